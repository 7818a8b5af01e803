#pragma once

#include "channelbridge/model/entity_type.hpp"

/// The closed code sets of products, prices, agreements, stock and sales reports (see
/// code_sets.hpp).
namespace channelbridge::model::code_sets {

namespace detail {

inline constexpr std::string_view kProductKind[] = {"goods",   "licence", "subscription",
                                                    "service", "bundle",  "kit"};
inline constexpr std::string_view kProductStatus[] = {"draft", "active", "end_of_sale",
                                                      "end_of_support", "retired"};
inline constexpr std::string_view kPriceBookStatus[] = {"draft", "published", "superseded",
                                                        "archived"};
inline constexpr std::string_view kDiscountKind[] = {"standing_partner", "volume",
                                                     "promotion",        "contracted_price",
                                                     "special_bid",      "price_protection"};
inline constexpr std::string_view kDiscountMethod[] = {"percent", "amount", "fixed_price",
                                                       "margin"};
inline constexpr std::string_view kDiscountStackRule[] = {"exclusive", "best_of", "additive",
                                                          "multiplicative"};
inline constexpr std::string_view kDiscountLevel[] = {"special", "customer", "partner",
                                                      "distributor"};
inline constexpr std::string_view kDiscountApproval[] = {"pending", "approved", "rejected",
                                                         "returned"};
inline constexpr std::string_view kDiscountStatus[] = {
    "draft", "pending_approval", "active", "exhausted", "expired", "cancelled"};
inline constexpr std::string_view kStockSource[] = {"wms", "erp", "partner_report", "calculated"};
inline constexpr std::string_view kSellThroughKind[] = {"sell_in", "sell_through", "sell_out",
                                                        "inventory", "purchase_sale_stock"};
inline constexpr std::string_view kSellThroughStatus[] = {
    "expected", "missing",  "received", "parsed", "matched", "accepted", "accepted_with_errors",
    "rejected", "corrected"};

}  // namespace detail

inline constexpr CodeSet kProductKind{"product_kind", detail::kProductKind};
inline constexpr CodeSet kProductStatus{"product_status", detail::kProductStatus};
inline constexpr CodeSet kPriceBookStatus{"price_book_status", detail::kPriceBookStatus};
inline constexpr CodeSet kDiscountKind{"discount_kind", detail::kDiscountKind};
inline constexpr CodeSet kDiscountMethod{"discount_method", detail::kDiscountMethod};
inline constexpr CodeSet kDiscountStackRule{"discount_stack_rule", detail::kDiscountStackRule};
inline constexpr CodeSet kDiscountLevel{"discount_level", detail::kDiscountLevel};
inline constexpr CodeSet kDiscountApproval{"discount_approval", detail::kDiscountApproval};
inline constexpr CodeSet kDiscountStatus{"discount_status", detail::kDiscountStatus};
inline constexpr CodeSet kStockSource{"stock_source", detail::kStockSource};
inline constexpr CodeSet kSellThroughKind{"sell_through_kind", detail::kSellThroughKind};
inline constexpr CodeSet kSellThroughStatus{"sell_through_status", detail::kSellThroughStatus};

}  // namespace channelbridge::model::code_sets

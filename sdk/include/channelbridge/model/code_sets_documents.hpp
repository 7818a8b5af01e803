#pragma once

#include "channelbridge/model/entity_type.hpp"

/// The closed code sets of quotes, orders and invoices (see code_sets.hpp).
namespace channelbridge::model::code_sets {

namespace detail {

inline constexpr std::string_view kQuoteKind[] = {"new", "amendment", "renewal"};
inline constexpr std::string_view kQuoteSide[] = {"vendor", "partner"};
inline constexpr std::string_view kQuoteStatus[] = {
    "draft",    "in_review", "approved", "presented",  "accepted",
    "rejected", "expired",   "ordered",  "superseded", "cancelled"};
/// The steps of the price waterfall, as to_string(PriceLevel) names them.
inline constexpr std::string_view kPriceLevel[] = {"list",     "special", "regular",
                                                   "customer", "partner", "net"};
/// UN/ECE 5305, the part of it that invoices use; of products and of lines.
inline constexpr std::string_view kTaxCategory[] = {"S", "Z", "E", "AE", "K", "G", "O"};
/// Incoterms 2020 (ICC).
inline constexpr std::string_view kIncoterms[] = {"EXW", "FCA", "CPT", "CIP", "DAP", "DPU",
                                                  "DDP", "FAS", "FOB", "CFR", "CIF"};
inline constexpr std::string_view kOrderKind[] = {"sell_in",       "drop_ship", "sell_out",
                                                  "replenishment", "renewal",   "return"};
inline constexpr std::string_view kOrderStatus[] = {
    "draft",     "submitted",        "acknowledged",      "confirmed", "partially_confirmed",
    "rejected",  "in_fulfilment",    "partially_shipped", "shipped",   "delivered",
    "completed", "change_requested", "cancelled",         "on_hold",   "return_requested",
    "returned"};
inline constexpr std::string_view kOrderPaymentStatus[] = {"none",    "submitted", "authorised",
                                                           "cleared", "failed",    "refunded"};
inline constexpr std::string_view kOrderBlockKind[] = {"credit", "delivery", "export"};
inline constexpr std::string_view kFulfilmentStatus[] = {
    "planned", "picked", "packed", "shipped", "delivered", "failed", "returned", "cancelled"};
inline constexpr std::string_view kSerialKind[] = {"serial", "licence_key"};
/// UNTDID 1001: 380, 381, 389.
inline constexpr std::string_view kInvoiceKind[] = {"invoice", "credit_note", "self_billed"};
inline constexpr std::string_view kInvoiceStatus[] = {"draft",          "issued", "sent",
                                                      "partially_paid", "paid",   "cancelled"};

}  // namespace detail

inline constexpr CodeSet kQuoteKind{"quote_kind", detail::kQuoteKind};
inline constexpr CodeSet kQuoteSide{"quote_side", detail::kQuoteSide};
inline constexpr CodeSet kQuoteStatus{"quote_status", detail::kQuoteStatus};
inline constexpr CodeSet kPriceLevel{"price_level", detail::kPriceLevel};
inline constexpr CodeSet kTaxCategory{"tax_category", detail::kTaxCategory};
inline constexpr CodeSet kIncoterms{"incoterms", detail::kIncoterms};
inline constexpr CodeSet kOrderKind{"order_kind", detail::kOrderKind};
inline constexpr CodeSet kOrderStatus{"order_status", detail::kOrderStatus};
inline constexpr CodeSet kOrderPaymentStatus{"order_payment_status", detail::kOrderPaymentStatus};
inline constexpr CodeSet kOrderBlockKind{"order_block_kind", detail::kOrderBlockKind};
inline constexpr CodeSet kFulfilmentStatus{"fulfilment_status", detail::kFulfilmentStatus};
inline constexpr CodeSet kSerialKind{"serial_kind", detail::kSerialKind};
inline constexpr CodeSet kInvoiceKind{"invoice_kind", detail::kInvoiceKind};
inline constexpr CodeSet kInvoiceStatus{"invoice_status", detail::kInvoiceStatus};

}  // namespace channelbridge::model::code_sets

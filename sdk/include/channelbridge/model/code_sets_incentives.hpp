#pragma once

#include "channelbridge/model/entity_type.hpp"

/// The closed code sets of incentives and commissions (see code_sets.hpp).
namespace channelbridge::model::code_sets {

namespace detail {

inline constexpr std::string_view kIncentiveKind[] = {
    "referral_commission", "agent_commission", "rebate", "spiff", "volume_bonus", "scan_back"};
inline constexpr std::string_view kIncentiveBase[] = {"invoice_net", "paid_amount", "margin",
                                                      "units"};
inline constexpr std::string_view kBandMetric[] = {"base", "retained_customers", "margin"};
inline constexpr std::string_view kBandMethod[] = {"whole_amount", "incremental"};
inline constexpr std::string_view kAccrualEvent[] = {"order", "invoice", "payment"};
inline constexpr std::string_view kHoldingCondition[] = {"customer_retained", "no_return", "paid"};
inline constexpr std::string_view kClawbackMethod[] = {"full", "prorata"};
inline constexpr std::string_view kCommissionStatus[] = {
    "accrued",       "holding", "earned",      "forfeited", "approved",
    "in_settlement", "paid",    "clawed_back", "disputed"};

}  // namespace detail

inline constexpr CodeSet kIncentiveKind{"incentive_kind", detail::kIncentiveKind};
inline constexpr CodeSet kIncentiveBase{"incentive_base", detail::kIncentiveBase};
inline constexpr CodeSet kBandMetric{"band_metric", detail::kBandMetric};
inline constexpr CodeSet kBandMethod{"band_method", detail::kBandMethod};
inline constexpr CodeSet kAccrualEvent{"accrual_event", detail::kAccrualEvent};
inline constexpr CodeSet kHoldingCondition{"holding_condition", detail::kHoldingCondition};
inline constexpr CodeSet kClawbackMethod{"clawback_method", detail::kClawbackMethod};
inline constexpr CodeSet kCommissionStatus{"commission_status", detail::kCommissionStatus};

}  // namespace channelbridge::model::code_sets

#pragma once

#include "channelbridge/model/entity_type.hpp"

/// The closed code sets of deals, territories, programmes and contracts.
namespace channelbridge::model::code_sets {

namespace detail {

inline constexpr std::string_view kOpportunityChannel[] = {"direct", "indirect"};
inline constexpr std::string_view kOpportunityKind[] = {"new", "upsell", "cross_sell", "renewal"};
inline constexpr std::string_view kOpportunityPartnerRole[] = {"sell_to", "sell_with", "referral"};
inline constexpr std::string_view kOpportunityStage[] = {"qualification", "development", "proposal",
                                                         "negotiation",   "won",         "lost",
                                                         "cancelled",     "reopened"};
inline constexpr std::string_view kDealKind[] = {"new_business", "expansion", "renewal", "tender"};
inline constexpr std::string_view kDealBenefit[] = {"extra_discount", "exclusivity", "presales"};
inline constexpr std::string_view kDealStatus[] = {
    "draft",     "submitted", "under_review",  "approved",       "rejected", "returned",
    "withdrawn", "expired",   "converted_won", "converted_lost", "revoked"};
inline constexpr std::string_view kDealExtensionDecision[] = {"approved", "rejected"};
inline constexpr std::string_view kTerritoryExclusivity[] = {"none", "exclusive", "limited"};
inline constexpr std::string_view kTerritoryStatus[] = {"draft", "active", "retired"};
inline constexpr std::string_view kTierMetric[] = {"revenue", "certifications", "headcount", "nps"};
inline constexpr std::string_view kTierComparison[] = {"lt", "le", "eq", "ge", "gt"};
inline constexpr std::string_view kTierPeriod[] = {"month", "quarter", "half_year", "year"};
inline constexpr std::string_view kContractKind[] = {"partner_agreement", "sales", "subscription",
                                                     "frame"};
inline constexpr std::string_view kContractStatus[] = {
    "draft", "in_approval", "active", "expiring", "renewed", "expired", "terminated"};
inline constexpr std::string_view kRenewalStage[] = {"scheduled", "quoted",   "awaiting_partner",
                                                     "approved",  "ordered",  "closed_renewed",
                                                     "churned",   "escalated"};

}  // namespace detail

inline constexpr CodeSet kOpportunityChannel{"opportunity_channel", detail::kOpportunityChannel};
inline constexpr CodeSet kOpportunityKind{"opportunity_kind", detail::kOpportunityKind};
inline constexpr CodeSet kOpportunityPartnerRole{"opportunity_partner_role",
                                                 detail::kOpportunityPartnerRole};
inline constexpr CodeSet kOpportunityStage{"opportunity_stage", detail::kOpportunityStage};
inline constexpr CodeSet kDealKind{"deal_kind", detail::kDealKind};
inline constexpr CodeSet kDealBenefit{"deal_benefit", detail::kDealBenefit};
inline constexpr CodeSet kDealStatus{"deal_status", detail::kDealStatus};
inline constexpr CodeSet kDealExtensionDecision{"deal_extension_decision",
                                                detail::kDealExtensionDecision};
inline constexpr CodeSet kTerritoryExclusivity{"territory_exclusivity",
                                               detail::kTerritoryExclusivity};
inline constexpr CodeSet kTerritoryStatus{"territory_status", detail::kTerritoryStatus};
inline constexpr CodeSet kTierMetric{"tier_metric", detail::kTierMetric};
inline constexpr CodeSet kTierComparison{"tier_comparison", detail::kTierComparison};
inline constexpr CodeSet kTierPeriod{"tier_period", detail::kTierPeriod};
inline constexpr CodeSet kContractKind{"contract_kind", detail::kContractKind};
inline constexpr CodeSet kContractStatus{"contract_status", detail::kContractStatus};
inline constexpr CodeSet kRenewalStage{"renewal_stage", detail::kRenewalStage};

}  // namespace channelbridge::model::code_sets

#pragma once

#include "channelbridge/model/entity_type.hpp"

/// The closed code sets of the canonical model. A mapping's `codes:` translate a system's own codes
/// to these.
namespace channelbridge::model::code_sets {

namespace detail {

inline constexpr std::string_view kPartnerRole[] = {"partner", "customer", "vendor",
                                                    "prospect_partner"};
inline constexpr std::string_view kPartnerType[] = {
    "vendor",      "distributor", "wholesaler",  "reseller",     "var",         "system_integrator",
    "msp",         "retailer",    "store_chain", "single_store", "marketplace", "agent",
    "broker",      "affiliate",   "referrer",    "implementer",  "oem",         "service_partner",
    "direct_mail", "dealer"};
inline constexpr std::string_view kTierRole[] = {"first_line", "second_line", "third_line",
                                                 "end_customer"};
inline constexpr std::string_view kChannelKind[] = {
    "direct_sales_force", "own_store",        "own_webshop", "distribution", "wholesale", "retail",
    "marketplace",        "agent_commission", "affiliate",   "direct_mail",  "event"};
inline constexpr std::string_view kPartnerStatus[] = {"prospect",  "onboarding", "active",
                                                      "suspended", "terminated", "disqualified"};
inline constexpr std::string_view kAddressKind[] = {"legal", "billing", "shipping"};
inline constexpr std::string_view kPhoneKind[] = {"main", "mobile", "fax", "other"};
inline constexpr std::string_view kEmailKind[] = {"main", "billing", "orders", "other"};
inline constexpr std::string_view kMembershipStatus[] = {"applied",    "active",  "upgraded",
                                                         "downgraded", "expired", "terminated"};
inline constexpr std::string_view kContactFunction[] = {"sales", "technical", "marketing",
                                                        "finance"};
inline constexpr std::string_view kPortalRole[] = {"partner_manager", "partner_employee", "none"};
inline constexpr std::string_view kContactStatus[] = {"invited", "active", "left"};
inline constexpr std::string_view kLeadSource[] = {
    "web_form",  "showroom", "event",       "campaign", "referral", "partner",
    "cold_call", "e_mail",   "marketplace", "import",   "other"};
inline constexpr std::string_view kLeadRating[] = {"hot", "warm", "cold"};
inline constexpr std::string_view kLeadStatus[] = {
    "captured", "validated", "dispatched", "accepted", "qualified", "converted", "declined",
    "expired",  "recalled",  "returned",   "lost",     "duplicate", "spam"};
inline constexpr std::string_view kLeadDeclineReason[] = {"no_capacity",
                                                          "outside_territory",
                                                          "outside_competence",
                                                          "existing_relationship",
                                                          "conflict_of_interest",
                                                          "bad_data",
                                                          "duplicate",
                                                          "spam",
                                                          "other"};
inline constexpr std::string_view kLostReason[] = {"price",       "competitor", "no_budget",
                                                   "no_decision", "timing",     "product_fit",
                                                   "unreachable", "duplicate",  "other"};
inline constexpr std::string_view kRecruitLossReason[] = {
    "unclear_terms", "margin_too_low",      "commission_too_low",
    "brand_unknown", "competing_vendor",    "conflict_with_direct",
    "no_capacity",   "failed_verification", "no_response",
    "other"};
inline constexpr std::string_view kDealRejectReason[] = {
    "duplicate_registration", "existing_direct_opportunity",
    "named_account",          "incomplete",
    "not_eligible_product",   "partner_not_certified",
    "outside_territory",      "customer_denied",
    "below_minimum",          "other"};
inline constexpr std::string_view kActivityType[] = {
    "trade_show",      "seminar",       "webinar",       "digital_ad", "print_ad",
    "e_mail_campaign", "telemarketing", "content",       "collateral", "demo_equipment",
    "training",        "incentive",     "store_display", "other"};
inline constexpr std::string_view kClaimAdjustReason[] = {
    "no_proof",           "not_preapproved",
    "over_limit",         "outside_period",
    "ineligible_expense", "wrong_rate",
    "duplicate_invoice",  "tax_not_reimbursable",
    "currency",           "other"};
inline constexpr std::string_view kEvidenceType[] = {
    "invoice", "receipt", "photo",  "screenshot", "attendee_list", "leads_list",
    "ad_copy", "agenda",  "report", "contract",   "other"};
inline constexpr std::string_view kPaymentMethod[] = {
    "credit_memo", "bank_transfer", "account_offset", "prepaid_card", "goods", "rebate_on_order"};
inline constexpr std::string_view kConflictType[] = {"direct_vs_partner", "partner_vs_partner",
                                                     "partner_multi_vendor"};
inline constexpr std::string_view kAssignmentOutcome[] = {"open", "accepted", "declined", "expired",
                                                          "recalled"};

}  // namespace detail

inline constexpr CodeSet kPartnerRole{"partner_role", detail::kPartnerRole};
inline constexpr CodeSet kPartnerType{"partner_type", detail::kPartnerType};
inline constexpr CodeSet kTierRole{"tier_role", detail::kTierRole};
inline constexpr CodeSet kChannelKind{"channel_kind", detail::kChannelKind};
inline constexpr CodeSet kPartnerStatus{"partner_status", detail::kPartnerStatus};
inline constexpr CodeSet kAddressKind{"address_kind", detail::kAddressKind};
inline constexpr CodeSet kPhoneKind{"phone_kind", detail::kPhoneKind};
inline constexpr CodeSet kEmailKind{"email_kind", detail::kEmailKind};
inline constexpr CodeSet kMembershipStatus{"membership_status", detail::kMembershipStatus};
inline constexpr CodeSet kContactFunction{"contact_function", detail::kContactFunction};
inline constexpr CodeSet kPortalRole{"portal_role", detail::kPortalRole};
inline constexpr CodeSet kContactStatus{"contact_status", detail::kContactStatus};
inline constexpr CodeSet kLeadSource{"lead_source", detail::kLeadSource};
inline constexpr CodeSet kLeadRating{"lead_rating", detail::kLeadRating};
inline constexpr CodeSet kLeadStatus{"lead_status", detail::kLeadStatus};
inline constexpr CodeSet kLeadDeclineReason{"lead_decline_reason", detail::kLeadDeclineReason};
inline constexpr CodeSet kLostReason{"lost_reason", detail::kLostReason};
inline constexpr CodeSet kRecruitLossReason{"recruit_loss_reason", detail::kRecruitLossReason};
inline constexpr CodeSet kDealRejectReason{"deal_reject_reason", detail::kDealRejectReason};
inline constexpr CodeSet kActivityType{"activity_type", detail::kActivityType};
inline constexpr CodeSet kClaimAdjustReason{"claim_adjust_reason", detail::kClaimAdjustReason};
inline constexpr CodeSet kEvidenceType{"evidence_type", detail::kEvidenceType};
inline constexpr CodeSet kPaymentMethod{"payment_method", detail::kPaymentMethod};
inline constexpr CodeSet kConflictType{"conflict_type", detail::kConflictType};
inline constexpr CodeSet kAssignmentOutcome{"assignment_outcome", detail::kAssignmentOutcome};

}  // namespace channelbridge::model::code_sets

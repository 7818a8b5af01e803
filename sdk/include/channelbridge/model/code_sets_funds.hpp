#pragma once

#include "channelbridge/model/entity_type.hpp"

/// The closed code sets of budgets, funds, requests, claims and settlements (see code_sets.hpp).
namespace channelbridge::model::code_sets {

namespace detail {

inline constexpr std::string_view kBudgetKind[] = {"mdf", "co_op", "spiff", "rebate",
                                                   "discretionary"};
inline constexpr std::string_view kBudgetValidation[] = {"strict", "warn"};
inline constexpr std::string_view kBudgetStatus[] = {"draft", "approved", "open", "frozen",
                                                     "closed"};
inline constexpr std::string_view kFundCarryOver[] = {"expire", "extend", "renew"};
inline constexpr std::string_view kAccrualPeriod[] = {"month", "quarter", "half_year", "year"};
inline constexpr std::string_view kFundStatus[] = {"planned", "active", "expiring", "expired",
                                                   "closed"};
inline constexpr std::string_view kPostingCategory[] = {"budget",
                                                        "budget_reduction_pending",
                                                        "distributed",
                                                        "prereserved",
                                                        "reserved",
                                                        "pending_claim",
                                                        "approved_claim",
                                                        "released_to_settle",
                                                        "settled",
                                                        "externally_settled",
                                                        "written_off",
                                                        "expired",
                                                        "accrual",
                                                        "over_consumption_requested",
                                                        "over_consumption_approved"};
/// What a posting is about.
inline constexpr std::string_view kPostingDocument[] = {
    "budget", "fund", "fund_request", "claim", "settlement", "invoice", "sell_through_report"};
inline constexpr std::string_view kFundRequestStatus[] = {
    "draft",     "submitted", "under_review", "approved",     "partially_approved",
    "rejected",  "returned",  "changed",      "in_execution", "closed",
    "withdrawn", "cancelled", "expired"};
/// Of one line of a request or of a claim.
inline constexpr std::string_view kFundLineDecision[] = {"accepted", "accepted_with_changes",
                                                         "denied", "returned"};
inline constexpr std::string_view kActivityStatus[] = {"planned",   "approved", "running",
                                                       "completed", "reported", "cancelled"};
inline constexpr std::string_view kCreativeApproval[] = {"pending", "approved", "rejected",
                                                         "returned"};
inline constexpr std::string_view kClaimKind[] = {"reimbursement", "direct_payment",   "deduction",
                                                  "special_bid",   "price_protection", "rebate"};
inline constexpr std::string_view kClaimStatus[] = {"draft",
                                                    "submitted",
                                                    "pre_validated",
                                                    "under_review",
                                                    "approved",
                                                    "partially_approved",
                                                    "rejected",
                                                    "returned",
                                                    "released_to_settle",
                                                    "settled",
                                                    "paid",
                                                    "corrected",
                                                    "withdrawn",
                                                    "expired_approved"};
inline constexpr std::string_view kClaimDecision[] = {"approved", "partially_approved", "rejected",
                                                      "returned"};
inline constexpr std::string_view kTaxTreatment[] = {"not_reimbursable", "reimbursable"};
inline constexpr std::string_view kEvidenceVerdict[] = {"accepted", "rejected"};
inline constexpr std::string_view kSettlementStatus[] = {"created", "sent_to_erp", "posted",
                                                         "paid",    "failed",      "reversed"};

}  // namespace detail

inline constexpr CodeSet kBudgetKind{"budget_kind", detail::kBudgetKind};
inline constexpr CodeSet kBudgetValidation{"budget_validation", detail::kBudgetValidation};
inline constexpr CodeSet kBudgetStatus{"budget_status", detail::kBudgetStatus};
inline constexpr CodeSet kFundCarryOver{"fund_carry_over", detail::kFundCarryOver};
inline constexpr CodeSet kAccrualPeriod{"accrual_period", detail::kAccrualPeriod};
inline constexpr CodeSet kFundStatus{"fund_status", detail::kFundStatus};
inline constexpr CodeSet kPostingCategory{"posting_category", detail::kPostingCategory};
inline constexpr CodeSet kPostingDocument{"posting_document", detail::kPostingDocument};
inline constexpr CodeSet kFundRequestStatus{"fund_request_status", detail::kFundRequestStatus};
inline constexpr CodeSet kFundLineDecision{"fund_line_decision", detail::kFundLineDecision};
inline constexpr CodeSet kActivityStatus{"activity_status", detail::kActivityStatus};
inline constexpr CodeSet kCreativeApproval{"creative_approval", detail::kCreativeApproval};
inline constexpr CodeSet kClaimKind{"claim_kind", detail::kClaimKind};
inline constexpr CodeSet kClaimStatus{"claim_status", detail::kClaimStatus};
inline constexpr CodeSet kClaimDecision{"claim_decision", detail::kClaimDecision};
inline constexpr CodeSet kTaxTreatment{"tax_treatment", detail::kTaxTreatment};
inline constexpr CodeSet kEvidenceVerdict{"evidence_verdict", detail::kEvidenceVerdict};
inline constexpr CodeSet kSettlementStatus{"settlement_status", detail::kSettlementStatus};

}  // namespace channelbridge::model::code_sets

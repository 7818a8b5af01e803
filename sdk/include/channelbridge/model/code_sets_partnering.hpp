#pragma once

#include "channelbridge/model/entity_type.hpp"

/// The closed code sets of certifications, recruitments, business plans and service cases (see
/// code_sets.hpp).
namespace channelbridge::model::code_sets {

namespace detail {

inline constexpr std::string_view kCertificationKind[] = {"sales", "technical", "service"};
inline constexpr std::string_view kCertificationStatus[] = {
    "enrolled", "in_progress", "passed", "failed", "expiring", "expired", "revoked"};
inline constexpr std::string_view kRecruitmentDirection[] = {"inbound", "outbound"};
inline constexpr std::string_view kRecruitmentStage[] = {"awareness", "proposal", "activation",
                                                         "won",       "lost",     "on_hold"};
inline constexpr std::string_view kPlanSide[] = {"vendor", "partner"};
inline constexpr std::string_view kPlanRole[] = {"manager", "executive_sponsor"};
inline constexpr std::string_view kBusinessPlanStatus[] = {"draft",     "proposed", "agreed",
                                                           "in_review", "closed",   "rejected"};
inline constexpr std::string_view kServiceCaseKind[] = {"technical", "order_status", "warranty",
                                                        "return",    "complaint",    "knowledge"};
inline constexpr std::string_view kServiceCaseStatus[] = {
    "new", "in_progress", "waiting_customer", "escalated", "solved", "closed"};

}  // namespace detail

inline constexpr CodeSet kCertificationKind{"certification_kind", detail::kCertificationKind};
inline constexpr CodeSet kCertificationStatus{"certification_status", detail::kCertificationStatus};
inline constexpr CodeSet kRecruitmentDirection{"recruitment_direction",
                                               detail::kRecruitmentDirection};
inline constexpr CodeSet kRecruitmentStage{"recruitment_stage", detail::kRecruitmentStage};
inline constexpr CodeSet kPlanSide{"plan_side", detail::kPlanSide};
inline constexpr CodeSet kPlanRole{"plan_role", detail::kPlanRole};
inline constexpr CodeSet kBusinessPlanStatus{"business_plan_status", detail::kBusinessPlanStatus};
inline constexpr CodeSet kServiceCaseKind{"service_case_kind", detail::kServiceCaseKind};
inline constexpr CodeSet kServiceCaseStatus{"service_case_status", detail::kServiceCaseStatus};

}  // namespace channelbridge::model::code_sets

#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// What a vendor and a partner mean to reach together in a period, and what each puts into it.
/// Quarters are counted from the first day of the period; a target without one is for all of it.
struct BusinessPlan {
  struct Target {
    std::optional<std::string> product_family{};  ///< empty: all goods together
    std::optional<std::int64_t> quarter{};
    Money money{};
    friend bool operator==(const Target&, const Target&) = default;
  };
  struct CertificationTarget {
    std::optional<std::string> curriculum_code{};
    std::optional<Code> kind{};
    std::optional<std::int64_t> quarter{};
    std::optional<std::int64_t> count{};
    friend bool operator==(const CertificationTarget&, const CertificationTarget&) = default;
  };
  struct MarketingEntry {
    std::optional<Code> activity_type{};
    std::optional<std::int64_t> quarter{};
    Money budget{};
    std::optional<std::int64_t> expected_leads{};
    friend bool operator==(const MarketingEntry&, const MarketingEntry&) = default;
  };
  struct Investments {
    Money vendor{};
    Money partner{};
    friend bool operator==(const Investments&, const Investments&) = default;
  };
  struct Goal {
    std::optional<Code> kpi{};
    std::optional<Decimal> target{};
    std::optional<Decimal> actual{};
    std::optional<Currency> currency{};  ///< of figures that are money
    friend bool operator==(const Goal&, const Goal&) = default;
  };
  struct Risk {
    std::optional<Code> conflict_type{};
    std::optional<std::string> description{};
    std::optional<std::string> mitigation{};
    friend bool operator==(const Risk&, const Risk&) = default;
  };
  /// Both managers sign; an executive sponsor stands behind the plan.
  struct Approver {
    std::optional<std::string> user{};
    std::optional<Code> side{};
    std::optional<Code> role{};
    std::optional<Timestamp> signed_at{};
    friend bool operator==(const Approver&, const Approver&) = default;
  };
  struct ReviewMeeting {
    std::optional<Date> date{};
    std::optional<std::string> notes{};
    std::optional<std::string> actions{};
    friend bool operator==(const ReviewMeeting&, const ReviewMeeting&) = default;
  };

  std::optional<Reference> partner{};
  Period period{};
  std::optional<std::string> title{};
  std::vector<Element<Target>> revenue_targets{};
  std::vector<Element<Target>> pipeline_targets{};
  std::vector<Element<CertificationTarget>> certification_targets{};
  std::vector<Element<MarketingEntry>> marketing_plan{};
  Investments investments{};
  std::vector<Element<Goal>> goals{};
  std::vector<Element<Risk>> risks{};
  std::vector<Element<Approver>> approvers{};
  std::vector<Element<ReviewMeeting>> review_meetings{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const BusinessPlan&, const BusinessPlan&) = default;
};

const EntityDescription& description(std::type_identity<BusinessPlan>);

}  // namespace channelbridge::model

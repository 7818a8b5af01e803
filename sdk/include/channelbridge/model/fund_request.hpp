#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A partner asks for money before it spends any. Amounts are in the request's currency.
struct FundRequest {
  /// One line of the request.
  struct ActivityEntry {
    std::optional<std::int64_t> no{};
    std::optional<Reference> activity{};
    friend bool operator==(const ActivityEntry&, const ActivityEntry&) = default;
  };
  struct Approved {
    std::optional<Decimal> amount{};
    std::optional<Percent> share_pct{};
    friend bool operator==(const Approved&, const Approved&) = default;
  };
  struct Expected {
    std::optional<std::int64_t> leads{};
    std::optional<Decimal> revenue{};
    friend bool operator==(const Expected&, const Expected&) = default;
  };
  /// What a claim has to prove.
  struct RequiredEvidence {
    std::optional<Code> evidence_type{};
    std::optional<std::int64_t> min_count{};  ///< empty: one
    friend bool operator==(const RequiredEvidence&, const RequiredEvidence&) = default;
  };
  struct LineDecision {
    std::optional<std::int64_t> line{};  ///< number of the activity's line
    std::optional<Code> decision{};
    std::optional<Decimal> amount{};  ///< what is granted; of a denied line nothing
    std::optional<Code> reason{};
    friend bool operator==(const LineDecision&, const LineDecision&) = default;
  };

  std::optional<std::string> number{};
  std::optional<std::string> title{};
  std::optional<std::string> description{};
  std::optional<Reference> partner{};
  std::optional<Reference> fund{};  ///< may be chosen when it is approved
  std::optional<Reference> budget{};
  std::vector<Element<ActivityEntry>> activities{};
  std::optional<Currency> currency{};
  std::optional<Decimal> requested_amount{};
  std::optional<Decimal> total_cost{};
  std::optional<Percent> vendor_share_pct{};  ///< what of the cost the vendor is asked to bear
  Approved approved{};
  std::optional<std::string> desired_outcome{};
  Expected expected{};
  std::optional<std::string> objective{};
  std::vector<Element<RequiredEvidence>> required_evidence{};
  std::optional<Date> claim_deadline{};
  std::vector<Element<LineDecision>> line_decisions{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const FundRequest&, const FundRequest&) = default;
};

const EntityDescription& description(std::type_identity<FundRequest>);

/// What was granted, refused or given up stays as it is: every field that differs, with the reason.
/// The state, its history, the claim deadline and custom fields go on. A granted request whose
/// state becomes "changed" may differ: it is reviewed again. Both are complete records.
std::vector<Problem> changes_of_granted(const Fields& before, const Fields& after);

/// What a partner does with the money.
struct MarketingActivity {
  struct ProductEntry {
    std::optional<Reference> product{};
    friend bool operator==(const ProductEntry&, const ProductEntry&) = default;
  };
  struct BrandEntry {
    std::optional<std::string> brand{};
    friend bool operator==(const BrandEntry&, const BrandEntry&) = default;
  };
  struct Cost {
    std::optional<Code> expense_type{};
    Money money{};
    friend bool operator==(const Cost&, const Cost&) = default;
  };
  struct Results {
    std::optional<std::int64_t> leads{};
    std::optional<std::int64_t> opportunities{};
    Money revenue{};
    std::optional<std::int64_t> attendees{};
    friend bool operator==(const Results&, const Results&) = default;
  };
  /// Of what the audience sees: texts, pictures, logos.
  struct CreativeApproval {
    std::optional<Code> status{};
    std::optional<std::string> by{};
    friend bool operator==(const CreativeApproval&, const CreativeApproval&) = default;
  };

  std::optional<Reference> request{};
  std::optional<Reference> partner{};
  std::optional<Code> activity_type{};
  std::optional<std::string> name{};
  Period dates{};
  std::optional<std::string> location{};
  std::optional<std::string> audience{};
  std::vector<Element<ProductEntry>> products{};
  std::vector<Element<BrandEntry>> brands{};
  std::vector<Element<Cost>> planned_costs{};
  std::vector<Element<Cost>> actual_costs{};
  std::optional<Reference> campaign{};
  Results results{};
  CreativeApproval creative_approval{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const MarketingActivity&, const MarketingActivity&) = default;
};

const EntityDescription& description(std::type_identity<MarketingActivity>);

}  // namespace channelbridge::model

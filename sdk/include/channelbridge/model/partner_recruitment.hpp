#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// The way to a new partner: from the first contact to the day on which it begins to sell.
struct PartnerRecruitment {
  /// What a stage asks for. Some are needed always, others where somebody made them mandatory: see
  /// before_next_stage().
  struct RequiredAction {
    std::optional<Code> stage{};
    std::optional<Code> code{};
    std::optional<std::string> label{};
    std::optional<bool> mandatory{};
    std::optional<Timestamp> done_at{};
    std::optional<std::string> by{};
    friend bool operator==(const RequiredAction&, const RequiredAction&) = default;
  };
  /// "revenue 500000 EUR a year"
  struct Target {
    std::optional<Code> kpi{};
    std::optional<Decimal> value{};
    std::optional<Currency> currency{};  ///< of a value that is money
    std::optional<Code> period{};
    friend bool operator==(const Target&, const Target&) = default;
  };
  struct OfferedTerms {
    std::optional<Percent> margin{};
    std::optional<Reference> commission_plan{};
    std::optional<Percent> mdf_pct{};
    std::optional<Code> exclusivity{};
    std::optional<Reference> territory{};
    std::vector<Element<Target>> targets{};
    friend bool operator==(const OfferedTerms&, const OfferedTerms&) = default;
  };
  /// Competence, market fit, solvency, reputation: what was found out about each.
  struct Finding {
    std::optional<Code> topic{};
    std::optional<Code> result{};
    std::optional<std::string> note{};
    friend bool operator==(const Finding&, const Finding&) = default;
  };
  struct Activity {
    std::optional<Code> kind{};
    std::optional<Timestamp> at{};
    std::optional<std::string> by{};
    std::optional<std::string> outcome{};
    friend bool operator==(const Activity&, const Activity&) = default;
  };
  struct Loss {
    std::optional<Code> reason{};
    std::optional<std::string> note{};
    friend bool operator==(const Loss&, const Loss&) = default;
  };

  std::optional<std::string> number{};
  std::optional<std::string> name{};
  Party candidate{};
  std::optional<Code> cooperation_form{};  ///< the type of partner that it is to become
  std::optional<Code> source{};
  std::optional<Code> direction{};  ///< inbound: it came to us
  std::optional<std::string> recruiter{};
  std::optional<Code> stage{};
  std::vector<Element<RequiredAction>> required_actions{};
  OfferedTerms offered_terms{};
  std::vector<Element<Finding>> due_diligence{};
  std::optional<std::int64_t> score{};
  std::vector<Element<Activity>> activities{};
  Loss loss{};
  std::optional<Date> expected_close{};
  std::optional<Timestamp> closed_at{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const PartnerRecruitment&, const PartnerRecruitment&) = default;
};

const EntityDescription& description(std::type_identity<PartnerRecruitment>);

/// What is still to be done before the recruitment leaves its stage for the next one: every
/// mandatory action of the stage, and what the stage is for. move_to() refuses the step until then.
///
/// awareness   action mutual_benefit, cooperation_form
/// proposal    action terms_accepted
/// activation  actions contract, price_list, portal_users and training: handed over
///
/// The path is that of the action, or of the list where it has none of that code. Empty: it may go
/// on, or it is in none of these stages.
std::vector<Problem> before_next_stage(const PartnerRecruitment& recruitment);

}  // namespace channelbridge::model

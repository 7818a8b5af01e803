#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fund_words_internal.hpp"

/// Who decided a request or a claim, and whether that was theirs to do. Pure: any thread.
namespace channelbridge::hub {

/// Something of a request or a claim that does not hold, and what is done about it.
struct Finding {
  LedgerRefusal what{};
  LedgerRules::Judgement does{};
};

/// Who took the steps of a request or a claim, by its history and its decisions. What was approved
/// before it was returned, rejected or changed is none of its approvals any more. A step that the
/// hub has heard of, and did not see, names nobody.
struct People {
  struct Approval {
    std::string by{};
    std::optional<model::Decimal> amount{};  ///< that it grants, where it says so
  };
  std::string handed_in{};  ///< the last time; "" = nobody says who, as below
  std::vector<Approval> approved{};
  std::string released{};
};
People people_of(const model::Fields& record);

/// approval_limit, approval_role: what is granted was not decided by who may grant it. `granted`:
/// the amount in the record's currency, then in its fund's.
std::optional<Finding> judge_decider(const People& people, const LedgerRules::Approval& rules,
                                     std::span<const model::Money> granted);

/// two_people: nobody grants what he has handed in, or releases what he has granted.
std::optional<LedgerRefusal> approved_by_who_handed_in(const People& people);
std::optional<LedgerRefusal> released_by_who_approved(const People& people);

}  // namespace channelbridge::hub

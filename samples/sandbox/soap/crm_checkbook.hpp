#pragma once

#include <array>
#include <string>
#include <vector>

#include "sandbox/soap/crm_records.hpp"

namespace channelbridge::sandbox::crm {

/// Value categories of postings, in the order in which a fund shows them.
inline constexpr std::array<const char*, 15> kCategories{"budget",
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

/// Categories whose postings a fund shows with itself: nothing else tells what they say.
inline constexpr std::array<const char*, 5> kOwnCategories{
    "budget_reduction_pending", "externally_settled", "accrual", "over_consumption_requested",
    "over_consumption_approved"};

/// What a posting belongs to.
struct Source {
  std::string type{};  ///< Budget, Fund, Invoice, Reservation, Claim, Settlement, Expiry
  std::string number{};
  std::string text{};
};

/// All postings of all funds. Only grows.
///
/// Threads: one at a time.
class Checkbook {
 public:
  /// The number of the posting; a value of zero makes none. `reversal_of`: number of the one that
  /// it takes back.
  std::string post(const std::string& fund, const std::string& category, const Decimal& value,
                   const Source& source, Timestamp at, const std::string& reversal_of = {});
  Decimal sum(const std::string& fund, const std::string& category) const;
  Decimal available_to_distribute(const std::string& fund) const;
  Decimal available_to_reserve(const std::string& fund) const;
  /// `direct`: claims without a reservation are allowed.
  Decimal available_to_spend(const std::string& fund, bool direct) const;
  Decimal remaining_cash(const std::string& fund) const;
  const std::vector<Posting>& postings() const { return postings_; }
  /// What planners have given it: its budget without what purchases have earned.
  Decimal planned(const std::string& fund) const;
  /// Null: there is no posting of that number.
  const Posting* find(const std::string& number) const;
  /// Has another posting taken it back?
  bool is_reversed(const std::string& number) const;
  /// The elements Budget, Checkbook and Posting of a fund.
  void write(soap::XmlWriter& xml, const Fund& fund, bool direct) const;

 private:
  std::vector<Posting> postings_{};
};

}  // namespace channelbridge::sandbox::crm

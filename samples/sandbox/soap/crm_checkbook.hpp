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

/// What a posting belongs to.
struct Source {
  std::string type{};  ///< Budget, Reservation, Claim, Settlement, Expiry
  std::string number{};
  std::string text{};
};

/// All postings of all funds. Only grows.
///
/// Threads: one at a time.
class Checkbook {
 public:
  /// Nothing for a value of zero.
  void post(const std::string& fund, const std::string& category, const Decimal& value,
            const Source& source, Timestamp at);
  Decimal sum(const std::string& fund, const std::string& category) const;
  Decimal available_to_distribute(const std::string& fund) const;
  Decimal available_to_reserve(const std::string& fund) const;
  /// `direct`: claims without a reservation are allowed.
  Decimal available_to_spend(const std::string& fund, bool direct) const;
  Decimal remaining_cash(const std::string& fund) const;
  const std::vector<Posting>& postings() const { return postings_; }
  /// The element Checkbook of a fund.
  void write(soap::XmlWriter& xml, const Fund& fund, bool direct) const;

 private:
  std::vector<Posting> postings_{};
};

}  // namespace channelbridge::sandbox::crm

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine_internal.hpp"
#include "fund_accounting_internal.hpp"

namespace channelbridge::hub {

/// Ids of all records that have a place in the books.
Result<std::vector<std::string>> ledger_records(store::Store& store);
/// "500.00 EUR"; without a currency as it stands.
std::string money_text(const std::string& amount, const std::string& currency);

/// What systems show of the money of records, against the books. Asks no system: as it was read
/// last.
///
/// Threads: one at a time.
class LedgerComparison {
 public:
  LedgerComparison(const HubConfig& config, store::Store& store, FundAccounting& accounting,
                   const std::map<std::string, store::LedgerWaitRow>& waits)
      : config_(config), store_(store), accounting_(accounting), waits_(waits) {}

  Result<void> compare(const std::string& record);
  /// All that was found; sums of each fund last.
  std::vector<LedgerDifference> finish();

 private:
  /// A record and its object in one system.
  struct Side {
    const Spoke* spoke{};
    const LedgerRecord* record{};
    const RecordState* state{};
    const store::LinkRow* link{};  ///< null = there is no object
    LinkState link_state{};
  };
  struct Sums {
    model::Decimal ledger{};
    model::Decimal shown{};
    std::size_t claims{};
    std::string currency{};
  };

  Result<bool> is_booked(const LedgerRecord& record);
  Result<void> compare_side(Side side);
  Result<void> compare_fields(const Side& side);
  Result<void> add_to_sums(const Side& side);
  Result<void> tell(const Side& side, std::string field, std::string ledger, std::string shown);
  Result<std::string> cause_of(const Side& side, const std::string& field);
  Result<std::string> cause_of_write(const Side& side);
  Result<std::string> booked_text(const LedgerRecord& record);

  const HubConfig& config_;
  store::Store& store_;
  FundAccounting& accounting_;
  const std::map<std::string, store::LedgerWaitRow>& waits_;
  std::map<std::pair<std::string, std::string>, Sums> sums_;  ///< by spoke and fund
  std::vector<LedgerDifference> differences_;
};

}  // namespace channelbridge::hub

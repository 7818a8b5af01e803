#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine_internal.hpp"
#include "fund_accounting_internal.hpp"

namespace channelbridge::hub {

/// Ids of all records that have a place in the books.
Result<std::vector<std::string>> ledger_records(store::Store& store);
/// "500.00 EUR"; without a currency as it stands.
std::string money_text(const std::string& amount, const std::string& currency);
/// Why a document was set aside: "refused there: period 03 is closed (rule F5201)"
std::string words_of(const store::DeadLetterRow& letter);
/// The funds and budgets whose money a record is about: in whose books it stands, or which it
/// names.
Result<std::set<std::string>> money_of(FundAccounting& accounting, const LedgerRecord& record);

/// Key figures of all funds, and of all budgets, each with its funds.
struct BookLines {
  std::map<std::string, LedgerLine> lines{};                ///< by record
  std::map<std::string, std::set<std::string>> funds_of{};  ///< of a budget, in its currency
  std::set<std::string> broken{};  ///< books that do not hold together, and their budgets
};
Result<BookLines> book_lines(FundAccounting& accounting, store::Store& store);
/// The record that a person names by its number, its id (or the beginning of it) or a key in one of
/// the systems; "" = all. Errors: NotFound; Invalid, several have the name.
Result<std::string> ledger_id_of(const HubConfig& config, store::Store& store,
                                 const std::string& entity, const std::string& name);
/// What goes beyond its fund, in all books that hold together.
Result<std::vector<LedgerExcess>> excess_lines(FundAccounting& accounting, store::Store& store);

/// Our last write of a record of a fund to a system.
struct LastWrite {
  Timestamp ended{};
  std::string document{};  ///< the record
};
using LastWrites = std::map<std::pair<std::string, std::string>, LastWrite>;  ///< system, fund

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
  /// What was found so far, but sums.
  const std::vector<LedgerDifference>& found() const { return differences_; }
  const LastWrites& writes() const { return writes_; }
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
  Result<void> compare_side(const Side& side);
  Result<void> note_write(const Side& side);
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
  LastWrites writes_;
  std::vector<LedgerDifference> differences_;
};

/// What systems' own sums of funds and budgets (fund_statement) are, against the books. Asks no
/// system: as it was read last.
///
/// Threads: one at a time.
class StatementComparison {
 public:
  /// `found`: what systems show otherwise of single records.
  StatementComparison(const HubConfig& config, store::Store& store, FundAccounting& accounting,
                      const std::vector<LedgerDifference>& found, const LastWrites& writes)
      : config_(config), store_(store), accounting_(accounting), found_(found), writes_(writes) {}

  Result<std::vector<LedgerDifference>> run();

 private:
  /// A statement of one system.
  struct Statement {
    const Spoke* spoke{};
    const store::LinkRow* link{};
    model::Fields shown{};
    Timestamp read{};               ///< when the system was looked at last
    std::string entity{};           ///< what it is of: "fund", "budget"
    const LedgerRecord* of{};       ///< null = it is not known
    LedgerLine line{};              ///< what the books have of it
    std::set<std::string> funds{};  ///< whose figures these are, a budget's own books among them
  };

  Result<void> compare(const Spoke& spoke, const store::LinkRow& link,
                       const std::optional<Timestamp>& pulled);
  /// False: there is nothing to compare with.
  Result<bool> find_books(Statement& statement);
  Result<void> compare_figures(const Statement& statement);
  Result<model::Decimal> figure_of(const Statement& statement, std::string_view figure);
  Result<model::Decimal> granted_to_requests(const std::string& fund);
  /// What these books flag and approve as beyond the budget: no other system counts it.
  Result<model::FundExcess> own_excess(const Statement& statement, bool of_budget);
  Result<std::string> cause_of(const Statement& statement, std::string_view figure,
                               const model::Decimal& shown);
  Result<std::string> cause_of_reading(const Statement& statement);
  Result<std::string> cause_of_documents(const Statement& statement, std::string_view figure);
  Result<std::string> cause_of_age(const Statement& statement);
  Result<std::string> cause_of_counting(const Statement& statement, std::string_view figure,
                                        const model::Decimal& shown);
  Result<std::vector<std::string>> requests_without_budget(const Statement& statement);
  Result<std::string> name_of(const std::string& record);
  void tell(const Statement& statement, std::string field, std::string ledger, std::string shown,
            std::string cause);

  const HubConfig& config_;
  store::Store& store_;
  FundAccounting& accounting_;
  const std::vector<LedgerDifference>& found_;
  const LastWrites& writes_;
  BookLines books_;
  std::vector<LedgerDifference> differences_;
};

}  // namespace channelbridge::hub

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/model/fund_ledger.hpp"
#include "channelbridge/store/store.hpp"
#include "fund_words_internal.hpp"

namespace channelbridge::hub {

/// The posting that a row of the store holds; Invalid where it holds none.
Result<model::FundPosting> posting_of(const store::FundPostingRow& row);

/// The books of one fund (or budget) at work. Events are given their ids: the document, what
/// happened, and for the how many-th time.
class Book {
 public:
  /// `rules`: as the fund's record states them; the currency of postings that are there goes
  /// before.
  Book(std::string fund, const model::FundRules& rules,
       const std::vector<store::FundPostingRow>& rows);

  const std::string& fund() const { return fund_; }
  const model::FundLedger& ledger() const { return ledger_; }
  const model::Currency& currency() const { return ledger_.rules().currency; }
  /// Why nothing can be posted here: somebody has changed the postings, or the fund its currency.
  const std::optional<LedgerRefusal>& broken() const { return broken_; }

  /// All of the event or nothing. An event with an id of its own that was posted before is posted.
  std::optional<LedgerRefusal> post(model::FundEvent event);
  std::size_t size() const { return ledger_.postings().size(); }
  /// Takes back what was posted since there were so many.
  void roll_back(std::size_t size);

 private:
  std::string fund_;
  model::FundLedger ledger_;
  std::optional<LedgerRefusal> broken_{};
};

/// The books that one step works on, and what it posts.
///
/// Threads: one at a time.
class FundBooks {
 public:
  /// The rules of a fund by its record; nothing where there is no such record, or it states no
  /// currency.
  using RulesOf = std::function<Result<std::optional<model::FundRules>>(const std::string& fund)>;

  FundBooks(store::Store& store, RulesOf rules_of, Timestamp now, std::int64_t run)
      : store_(store), rules_of_(std::move(rules_of)), now_(now), run_(run) {}

  /// Null: there are none, and none can be begun.
  Result<Book*> open(const std::string& fund);
  /// The books in which a document stands.
  Result<std::set<std::string>> funds_of(const std::string& document);

  /// Posts an event that `cause` is the reason of.
  struct Cause {
    std::string record{};
    std::int64_t version{};
  };
  std::optional<LedgerRefusal> post(Book& book, model::FundEvent event, const Cause& cause);

  std::size_t mark() const { return fresh_.size(); }
  void roll_back(std::size_t mark);
  const std::vector<store::FundPostingRow>& fresh() const { return fresh_; }

 private:
  store::Store& store_;
  RulesOf rules_of_;
  Timestamp now_;
  std::int64_t run_;
  std::map<std::string, std::optional<Book>> books_;
  std::map<std::string, std::set<std::string>> funds_of_;
  std::vector<store::FundPostingRow> fresh_;
  std::map<std::string, std::set<std::string>> fresh_funds_;  ///< of fresh_, by document
};

}  // namespace channelbridge::hub

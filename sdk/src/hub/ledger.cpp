#include "channelbridge/hub/ledger.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "ledger_internal.hpp"
#include "match_internal.hpp"

namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using model::Decimal;
using model::FundKeyFigures;

constexpr std::array<std::string_view, 3> kLineNames{"budget", "fund", "partner"};

/// All accounts but the other side of remarks.
std::map<std::string, Decimal> accounts_of(const model::FundLedger& ledger) {
  std::map<std::string, Decimal> out;
  for (std::uint8_t at = 0; at < static_cast<std::uint8_t>(Account::Remark); ++at) {
    const auto account = static_cast<Account>(at);
    const Decimal figure = ledger.figure(account);
    if (!figure.is_zero()) out[std::string(to_string(account))] = figure;
  }
  return out;
}

Decimal account_in(const LedgerLine& line, Account account) {
  const auto found = line.accounts.find(std::string(to_string(account)));
  return found == line.accounts.end() ? Decimal() : found->second;
}

/// What of the budget is granted or paid, in per cent with two decimals.
std::optional<model::Percent> utilisation_of(const LedgerLine& line) {
  if (line.figures.budget.sign() <= 0) return std::nullopt;
  const Decimal used = plus(
      plus(account_in(line, Account::ApprovedClaim), account_in(line, Account::ReleasedToSettle)),
      account_in(line, Account::Settled));
  const auto hundredfold = multiply(used, 100);
  const auto share = hundredfold ? divide(*hundredfold, line.figures.budget, 2) : hundredfold;
  return share ? std::optional(model::Percent{*share}) : std::nullopt;
}

/// Adds what funds do with their money; `with_budget`: also what they were given.
void add_figures(LedgerLine& out, const LedgerLine& fund, bool with_budget) {
  FundKeyFigures& sum = out.figures;
  const FundKeyFigures& more = fund.figures;
  if (with_budget) {
    sum.budget = plus(sum.budget, more.budget);
    sum.available_to_distribute = plus(sum.available_to_distribute, more.available_to_distribute);
    sum.remaining_cash = plus(sum.remaining_cash, more.remaining_cash);
  } else {
    sum.remaining_cash = minus(sum.remaining_cash, minus(more.budget, more.remaining_cash));
  }
  sum.available_to_reserve = plus(sum.available_to_reserve, more.available_to_reserve);
  sum.available_to_spend = plus(sum.available_to_spend, more.available_to_spend);
  for (const auto& [account, amount] : fund.accounts) {
    // What the funds have was counted where it came from.
    if (!with_budget && (account == "budget" || account == "available")) continue;
    out.accounts[account] = plus(out.accounts[account], amount);
  }
  out.postings += fund.postings;
}

/// The lines of all books.
class Lines {
 public:
  explicit Lines(FundAccounting& accounting) : accounting_(accounting) {}

  /// `leave_out`: books that do not hold together have no line, and neither have their budgets.
  Result<void> load(store::Store& store, bool leave_out = false) {
    auto funds = store.funds_of({});
    if (!funds) return std::move(funds).error();
    for (const std::string& fund : *funds) {
      if (auto done = add(fund, leave_out); !done) return done;
    }
    return {};
  }
  const std::set<std::string>& broken() const { return broken_; }

  std::vector<LedgerLine> of_budgets(const std::string& id) const {
    std::vector<LedgerLine> out;
    for (const Line& budget : budgets_) {
      if (!id.empty() && budget.line.record != id) continue;
      LedgerLine line = budget.line;
      line.figures.available_to_reserve = {};
      line.figures.available_to_spend = {};
      for (const Line& fund : funds_) {
        if (fund.budget == line.record && fund.line.currency == line.currency)
          add_figures(line, fund.line, false);
      }
      line.figures.utilisation = utilisation_of(line);
      out.push_back(std::move(line));
    }
    return out;
  }
  std::vector<LedgerLine> of_funds(const std::string& id, const std::string& budget,
                                   const std::string& partner) const {
    std::vector<LedgerLine> out;
    for (const Line& fund : funds_) {
      const bool wanted = (id.empty() || fund.line.record == id) &&
                          (budget.empty() || fund.budget == budget) &&
                          (partner.empty() || fund.partner == partner);
      if (wanted) out.push_back(fund.line);
    }
    return out;
  }
  Result<std::vector<LedgerLine>> of_partners(const std::string& id) {
    std::map<std::pair<std::string, std::string>, LedgerLine> sums;  // partner, currency
    for (const Line& fund : funds_) {
      if (fund.partner.empty() || (!id.empty() && fund.partner != id)) continue;
      LedgerLine& line = sums[{fund.partner, fund.line.currency}];
      line.of = LedgerLine::Of::Partner;
      line.record = fund.partner;
      line.currency = fund.line.currency;
      add_figures(line, fund.line, true);
    }
    std::vector<LedgerLine> out;
    for (auto& [names, line] : sums) {
      auto partner = accounting_.reader().find(line.record);
      if (!partner) return std::move(partner).error();
      if (*partner != nullptr) {
        line.number = model::get((*partner)->fields, "partner_number").value_or("");
        line.name = model::get((*partner)->fields, "name").value_or("");
      }
      line.figures.utilisation = utilisation_of(line);
      out.push_back(std::move(line));
    }
    return out;
  }

 private:
  struct Line {
    LedgerLine line{};
    std::string budget{};
    std::string partner{};
  };

  Result<void> add(const std::string& id, bool leave_out) {
    auto book = accounting_.books().open(id);
    if (!book) return std::move(book).error();
    auto record = accounting_.reader().find(id);
    if (!record) return std::move(record).error();
    if (*book == nullptr || ((*book)->broken() && (*book)->broken()->rule != "fund_currency")) {
      broken_.insert(id);
      if (*record != nullptr) broken_.insert(model::get((*record)->fields, "budget").value_or(""));
      if (leave_out) return {};
      return Error(ErrorCode::Internal,
                   "the books of fund " + id + " do not hold together: " +
                       (*book == nullptr ? std::string("they are in no known currency")
                                         : (*book)->broken()->detail) +
                       "; `ledger verify` names all that is wrong");
    }
    const model::FundLedger& ledger = (*book)->ledger();
    const model::Fields fields = *record == nullptr ? model::Fields() : (*record)->fields;
    // Books of a record that is gone have nothing left to tell, once they are empty.
    const bool gone = *record == nullptr || (*record)->gone;
    if (gone && accounts_of(ledger).empty()) return {};
    const bool budget = *record != nullptr && (*record)->entity == "budget";
    Line out{.line = {.of = budget ? LedgerLine::Of::Budget : LedgerLine::Of::Fund,
                      .record = id,
                      .number = model::get(fields, "number").value_or(""),
                      .name = model::get(fields, "title").value_or(""),
                      .currency = (*book)->currency().text(),
                      .figures = ledger.key_figures(),
                      .accounts = accounts_of(ledger),
                      .postings = ledger.postings().size()},
             .budget = model::get(fields, "budget").value_or(""),
             .partner = model::get(fields, "partner").value_or("")};
    (budget ? budgets_ : funds_).push_back(std::move(out));
    return {};
  }

  FundAccounting& accounting_;
  std::vector<Line> budgets_;
  std::vector<Line> funds_;
  std::set<std::string> broken_;
};

Result<std::string> id_by_key(const HubConfig& config, store::Store& store,
                              const std::string& entity, const std::string& name) {
  for (const Spoke& spoke : config.spokes) {
    if (spoke.mapping->entity().name() != entity) continue;
    auto links = store.links_by_key(spoke.name, {name});
    if (!links) return std::move(links).error();
    if (!links->empty()) return links->front().record;
  }
  return Error(ErrorCode::NotFound,
               "no " + entity + " has the id, the number or the key '" + name + "'");
}

/// By the number that people know it by.
Result<std::vector<std::string>> ids_by_number(const HubConfig& config, store::Store& store,
                                               const std::string& entity,
                                               const std::string& number) {
  const std::string kind = entity == "partner" ? "partner_number" : "number";
  for (const Spoke& spoke : config.spokes) {
    const model::EntityType& type = spoke.mapping->entity();
    if (type.name() == entity) return store.match(match_keys(type, {kind}, {{kind, number}}, ""));
  }
  return std::vector<std::string>();
}

}  // namespace

std::string_view to_string(LedgerLine::Of of) {
  return kLineNames.at(static_cast<std::size_t>(of));
}

Result<std::string> ledger_id_of(const HubConfig& config, store::Store& store,
                                 const std::string& entity, const std::string& name) {
  if (name.empty()) return std::string();
  auto numbered = ids_by_number(config, store, entity, name);
  if (!numbered) return std::move(numbered).error();
  for (const std::string& id : *numbered)
    if (!id.empty()) return id;
  auto rows = store.records_like(entity, name, 2);
  if (!rows) return std::move(rows).error();
  if (rows->size() > 1 && rows->front().id != name)
    return Error(ErrorCode::Invalid, "more than one " + entity + " begins with '" + name + "'");
  if (!rows->empty()) {
    const store::RecordRow& row = rows->front();
    return row.alias_of.empty() ? row.id : row.alias_of;
  }
  return id_by_key(config, store, entity, name);
}

Result<BookLines> book_lines(FundAccounting& accounting, store::Store& store) {
  Lines lines(accounting);
  if (auto done = lines.load(store, /*leave_out=*/true); !done) return std::move(done).error();
  BookLines out{.broken = lines.broken()};
  for (LedgerLine& fund : lines.of_funds("", "", "")) {
    std::string id = fund.record;
    out.lines.emplace(std::move(id), std::move(fund));
  }
  for (LedgerLine& budget : lines.of_budgets("")) {
    std::string id = budget.record;
    for (const LedgerLine& fund : lines.of_funds("", id, ""))
      if (fund.currency == budget.currency) out.funds_of[id].insert(fund.record);
    out.lines.emplace(std::move(id), std::move(budget));
  }
  return out;
}

Result<std::vector<LedgerLine>> Hub::ledger(const LedgerQuery& query) const {
  auto budget = ledger_id_of(config(), store(), "budget", query.budget);
  if (!budget) return std::move(budget).error();
  auto fund = ledger_id_of(config(), store(), "fund", query.fund);
  if (!fund) return std::move(fund).error();
  auto partner = ledger_id_of(config(), store(), "partner", query.partner);
  if (!partner) return std::move(partner).error();
  FundAccounting accounting(config(), LedgerReader(store()), Timestamp(), 0);
  Lines lines(accounting);
  if (auto done = lines.load(store()); !done) return std::move(done).error();
  std::vector<LedgerLine> out;
  const auto append = [&out](std::vector<LedgerLine> more) {
    std::move(more.begin(), more.end(), std::back_inserter(out));
  };
  const bool all = budget->empty() && fund->empty() && partner->empty();
  if (all || !budget->empty()) append(lines.of_budgets(*budget));
  append(lines.of_funds(*fund, *budget, *partner));
  if (all || !partner->empty()) {
    auto more = lines.of_partners(*partner);
    if (!more) return more;
    append(*std::move(more));
  }
  return out;
}

Result<LedgerEvaluation> Hub::evaluate_claim(const std::string& claim,
                                             const Context& context) const {
  auto id = ledger_id_of(config(), store(), "claim", claim);
  if (!id) return std::move(id).error();
  FundAccounting accounting(config(), LedgerReader(store()), context.clock().now(), 0);
  auto record = accounting.reader().find(*id);
  if (!record) return std::move(record).error();
  if (*record == nullptr || (*record)->gone)
    return Error(ErrorCode::NotFound, "there is no claim '" + claim + "'");
  return accounting.evaluate(**record);
}

Result<std::vector<LedgerPosting>> Hub::ledger_postings() const {
  auto funds = store().funds_of({});
  if (!funds) return std::move(funds).error();
  LedgerReader reader(store());
  std::vector<LedgerPosting> out;
  for (const std::string& fund : *funds) {
    auto rows = store().fund_postings({fund});
    if (!rows) return std::move(rows).error();
    for (store::FundPostingRow& row : *rows) {
      LedgerPosting posting;
      auto books = reader.find(row.fund);
      auto document = reader.find(row.document);
      if (!books) return std::move(books).error();
      if (!document) return std::move(document).error();
      if (*books != nullptr)
        posting.fund_number = model::get((*books)->fields, "number").value_or("");
      if (*document != nullptr) {
        posting.document_entity = (*document)->entity;
        posting.document_number = model::get((*document)->fields, "number").value_or("");
      }
      posting.row = std::move(row);
      out.push_back(std::move(posting));
    }
  }
  return out;
}

}  // namespace channelbridge::hub

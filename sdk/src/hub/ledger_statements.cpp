#include <algorithm>
#include <array>
#include <utility>

#include "ledger_internal.hpp"

namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;

constexpr std::string_view kStatement = "fund_statement";
constexpr std::string_view kFigures = "figures.";
constexpr std::size_t kNamed = 3;
constexpr int kMergers = 100;

/// "claim C-7, claim C-8, claim C-9 and 2 more"
std::string enumerated(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t at = 0; at < words.size() && at < kNamed; ++at)
    out += (at == 0 ? "" : ", ") + words[at];
  if (words.size() > kNamed) out += " and " + std::to_string(words.size() - kNamed) + " more";
  return out;
}

template <std::size_t kCount>
bool is_among(std::string_view name, const std::array<std::string_view, kCount>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Is a figure made of what documents of this kind say?
bool is_made_of(std::string_view figure, std::string_view entity) {
  constexpr std::array<std::string_view, 8> kOfFunds{"budget",
                                                     "budget_reduction_pending",
                                                     "distributed",
                                                     "available_to_distribute",
                                                     "externally_settled",
                                                     "accrual",
                                                     "over_consumption_requested",
                                                     "over_consumption_approved"};
  constexpr std::array<std::string_view, 2> kOfRequests{"prereserved", "granted_requests"};
  constexpr std::array<std::string_view, 7> kOfClaims{
      "pending_claim", "approved_claim", "released_to_settle", "settled",
      "paid",          "written_off",    "granted_claims"};
  if (is_among(figure, kOfFunds)) return entity == "budget" || entity == "fund";
  if (is_among(figure, kOfRequests)) return entity == "fund_request";
  if (is_among(figure, kOfClaims)) return entity == "claim" || entity == "settlement";
  return true;  // what is left is made of all of them
}

/// Which request a posting is about; "" = none.
const std::string& request_of(const model::FundEvent& event) {
  switch (event.kind) {
    case Kind::RequestSubmitted:
    case Kind::RequestApproved:
    case Kind::RequestClosed:
    case Kind::GrantRaised:
    case Kind::GrantLowered:
      return event.document;
    default:
      return event.request;
  }
}

/// Is what stands there granted to somebody, spent or not?
bool is_granted(Account account) {
  switch (account) {
    case Account::Reserved:
    case Account::ApprovedClaim:
    case Account::ReleasedToSettle:
    case Account::Settled:
    case Account::ExternallySettled:
    case Account::WrittenOff:
      return true;
    default:
      return false;
  }
}

/// "settled 300.00 EUR, paid 200.00 EUR"; "" = it shows no money.
std::string shown_figures(const model::Fields& shown) {
  const std::string currency = model::get(shown, "currency").value_or("");
  std::string out;
  for (auto at = shown.lower_bound(kFigures); at != shown.end() && at->first.starts_with(kFigures);
       ++at) {
    const auto amount = Decimal::parse(at->second);
    if (!amount || amount->is_zero()) continue;
    out += (out.empty() ? "" : ", ") + at->first.substr(kFigures.size()) + " " +
           money_text(at->second, currency);
  }
  return out;
}

}  // namespace

Result<std::set<std::string>> money_of(FundAccounting& accounting, const LedgerRecord& record) {
  std::set<std::string> out;
  if (record.entity == "budget" || record.entity == "fund") out.insert(record.id);
  std::vector<std::string> documents{record.id};
  if (record.entity == "settlement") documents = members_of(record.fields);
  for (const std::string& id : documents) {
    auto booked = accounting.books().funds_of(id);
    if (!booked) return booked;
    out.insert(booked->begin(), booked->end());
    // What waits stands in no books yet: it names its fund, or its request does.
    auto document = accounting.reader().find(id);
    if (!document) return std::move(document).error();
    if (*document == nullptr) continue;
    const model::Value request = model::get((*document)->fields, "request");
    auto above = accounting.reader().find(request.value_or(id));
    if (!above) return std::move(above).error();
    for (const LedgerRecord* each : {*document, *above}) {
      if (each == nullptr) continue;
      if (const model::Value fund = model::get(each->fields, "fund")) out.insert(*fund);
    }
  }
  return out;
}

Result<std::vector<LedgerDifference>> StatementComparison::run() {
  bool loaded = false;
  for (const Spoke& spoke : config_.spokes) {
    if (spoke.mapping->entity().name() != kStatement) continue;
    if (!std::exchange(loaded, true)) {
      auto books = book_lines(accounting_, store_);
      if (!books) return std::move(books).error();
      books_ = *std::move(books);
    }
    auto row = store_.spoke(spoke.name);
    if (!row) return std::move(row).error();
    for (std::string after;;) {
      auto links = store_.links_all(spoke.name, after, kStoreStep);
      if (!links) return std::move(links).error();
      if (links->empty()) break;
      after = links->back().key;
      for (const store::LinkRow& link : *links) {
        if (link.closed || link.secondary) continue;
        if (auto done = compare(spoke, link, row->pulled); !done) return std::move(done).error();
      }
    }
  }
  return std::exchange(differences_, {});
}

Result<void> StatementComparison::compare(const Spoke& spoke, const store::LinkRow& link,
                                          const std::optional<Timestamp>& pulled) {
  auto state = parse_link_state(link.state);
  if (!state) return std::move(state).error();
  Statement statement{.spoke = &spoke, .link = &link};
  for (const auto& [name, group] : state->groups)
    statement.shown.insert(group.held.begin(), group.held.end());
  statement.read = std::max(pulled.value_or(Timestamp()), state->looked.value_or(Timestamp()));
  auto found = find_books(statement);
  if (!found) return std::move(found).error();
  return *found ? compare_figures(statement) : Result<void>();
}

Result<bool> StatementComparison::find_books(Statement& statement) {
  statement.entity = model::get(statement.shown, "fund") ? "fund" : "budget";
  const std::string figures = shown_figures(statement.shown);
  const auto nowhere = [&](std::string cause) {
    if (!figures.empty()) tell(statement, "books", "nothing", figures, std::move(cause));
    return false;
  };
  const model::Value id = model::get(statement.shown, statement.entity);
  if (!id) return nowhere("it names neither a fund nor a budget");
  if (const auto pending = model::parse_pending_reference(*id))
    return nowhere("nobody has read " + statement.entity + " '" + pending->key + "' of " +
                   pending->system + " yet");
  auto record = accounting_.reader().find(*id);
  for (int step = 0; record && *record != nullptr && (*record)->gone && step < kMergers; ++step) {
    const std::string survivor = (*record)->alias_of;
    record = accounting_.reader().find(survivor);
  }
  if (!record) return std::move(record).error();
  if (*record == nullptr || (*record)->gone)
    return nowhere("its " + statement.entity + " is no record any more");
  statement.of = *record;
  const model::Fields& fields = statement.of->fields;
  const bool in_use =
      statement.entity == "budget"
          ? word_of_budget(fields).in_use
          : word_of_fund(fields, config_.ledger, model::Date(std::chrono::sys_days())).in_use;
  // What is planned has no books yet; of broken ones the faults tell.
  if (!in_use || books_.broken.contains(statement.of->id)) return false;
  const auto line = books_.lines.find(statement.of->id);
  if (line != books_.lines.end()) {
    statement.line = line->second;
  } else {
    statement.line.currency = model::get(fields, "currency").value_or("");
  }
  statement.funds.insert(statement.of->id);
  if (const auto funds = books_.funds_of.find(statement.of->id); funds != books_.funds_of.end())
    statement.funds.insert(funds->second.begin(), funds->second.end());
  const model::Value currency = model::get(statement.shown, "currency");
  if (!currency || *currency == statement.line.currency) return true;
  const std::string& own = statement.line.currency;
  tell(statement, "currency", own.empty() ? "nothing" : own, *currency, "another currency");
  return false;
}

Result<void> StatementComparison::compare_figures(const Statement& statement) {
  const mapping::Mapping& mapping = *statement.spoke->mapping;
  const std::string& currency = statement.line.currency;
  for (const model::FieldInfo& field : mapping.entity().fields()) {
    if (!field.path.starts_with(kFigures) || !mapping.may_state(field.path)) continue;
    const std::string figure = field.path.substr(kFigures.size());
    const auto there = amount_at(statement.shown, field.path);
    const Decimal amount = there.value_or(Decimal());
    auto ledger = figure_of(statement, figure);
    if (!ledger) return std::move(ledger).error();
    if (*ledger == amount) continue;
    auto cause = cause_of(statement, figure, amount);
    if (!cause) return std::move(cause).error();
    tell(statement, figure, money_text(to_string(*ledger), currency),
         there ? money_text(to_string(amount), currency) : "nothing", *std::move(cause));
  }
  return {};
}

Result<Decimal> StatementComparison::figure_of(const Statement& statement,
                                               std::string_view figure) {
  const model::FundKeyFigures& key = statement.line.figures;
  const auto account = [&](Account each) {
    const auto found = statement.line.accounts.find(std::string(to_string(each)));
    return found == statement.line.accounts.end() ? Decimal() : found->second;
  };
  if (figure == "available_to_distribute") return key.available_to_distribute;
  const bool to_reserve = figure == "available_to_reserve";
  const bool to_spend = figure == "available_to_spend" && config_.ledger.direct_claims;
  if (to_reserve || to_spend) {
    // Of a budget, what is available is that of its funds.
    auto own = own_excess(statement, /*of_budget=*/false);
    if (!own) return std::move(own).error();
    return minus(to_reserve ? key.available_to_reserve : key.available_to_spend, own->approved);
  }
  if (figure == "available_to_spend") return key.available_to_spend;
  if (figure == "remaining_cash") return key.remaining_cash;
  if (figure == "granted_claims")
    return plus(plus(account(Account::ApprovedClaim), account(Account::ReleasedToSettle)),
                account(Account::Settled));
  if (figure == "granted_requests") {
    Decimal sum;
    for (const std::string& fund : statement.funds) {
      auto granted = granted_to_requests(fund);
      if (!granted) return granted;
      sum = plus(sum, *granted);
    }
    return sum;
  }
  const auto known = model::fund_account(figure);
  if (known == Account::OverConsumptionRequested || known == Account::OverConsumptionApproved) {
    auto own = own_excess(statement, /*of_budget=*/true);
    if (!own) return std::move(own).error();
    const bool asked = known == Account::OverConsumptionRequested;
    return minus(account(*known), asked ? own->asked : own->approved);
  }
  return known ? account(*known) : Decimal();
}

Result<model::FundExcess> StatementComparison::own_excess(const Statement& statement,
                                                          bool of_budget) {
  model::FundExcess out;
  for (const std::string& fund : statement.funds) {
    const bool budget =
        statement.entity == "budget" && statement.of != nullptr && fund == statement.of->id;
    if (budget && !of_budget) continue;
    auto book = accounting_.books().open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    for (const auto& [document, excess] : (*book)->ledger().excesses()) {
      out.asked = plus(out.asked, excess.asked);
      out.approved = plus(out.approved, excess.approved);
    }
  }
  return out;
}

/// What requests were granted, spent or not. What a closed one has given back was granted to it.
Result<Decimal> StatementComparison::granted_to_requests(const std::string& fund) {
  Decimal sum;
  auto book = accounting_.books().open(fund);
  if (!book) return std::move(book).error();
  if (*book == nullptr) return sum;
  std::map<std::string, Decimal> given_back;  // by request, since it was granted last
  for (const model::FundPosting& posting : (*book)->ledger().postings()) {
    const std::string& request = request_of(posting.event);
    if (request.empty() || is_granted(posting.from) == is_granted(posting.to)) continue;
    Decimal& back = given_back[request];
    if (is_granted(posting.to)) {
      sum = plus(sum, posting.amount);
      if (posting.event.kind == Kind::RequestApproved) back = {};
      if (posting.event.kind == Kind::GrantRaised)
        back = std::max(minus(back, posting.amount), Decimal());
    } else {
      sum = minus(sum, posting.amount);
      if (posting.event.kind == Kind::RequestClosed) back = plus(back, posting.amount);
    }
  }
  for (const auto& [request, amount] : given_back) {
    if (amount.is_zero()) continue;
    auto record = accounting_.reader().find(request);
    if (!record) return std::move(record).error();
    const bool closed = *record != nullptr && model::get((*record)->fields, "status") == "closed";
    if (closed) sum = plus(sum, amount);
  }
  return sum;
}

Result<std::string> StatementComparison::cause_of(const Statement& statement,
                                                  std::string_view figure, const Decimal& shown) {
  auto cause = cause_of_reading(statement);
  if (cause && cause->empty()) cause = cause_of_documents(statement, figure);
  if (cause && cause->empty()) cause = cause_of_age(statement);
  if (cause && cause->empty()) cause = cause_of_counting(statement, figure, shown);
  return cause;
}

Result<std::string> StatementComparison::cause_of_reading(const Statement& statement) {
  if (!statement.link->stale) return std::string();
  auto letters = store_.dead_letters_of(statement.spoke->name, {statement.link->key});
  if (!letters) return std::move(letters).error();
  return letters->empty() ? std::string("its document cannot be read") : words_of(letters->front());
}

/// What the same system shows otherwise of the documents that the figure is made of.
Result<std::string> StatementComparison::cause_of_documents(const Statement& statement,
                                                            std::string_view figure) {
  std::set<std::string> seen;
  std::vector<std::string> words;
  for (const LedgerDifference& each : found_) {
    if (each.system != statement.spoke->system || !is_made_of(figure, each.entity)) continue;
    auto record = accounting_.reader().find(each.record);
    if (!record) return std::move(record).error();
    if (*record == nullptr) continue;
    auto funds = money_of(accounting_, **record);
    if (!funds) return std::move(funds).error();
    const bool ours = std::any_of(funds->begin(), funds->end(), [&](const std::string& fund) {
      return statement.funds.contains(fund);
    });
    if (!ours || !seen.insert(each.record).second) continue;
    words.push_back(each.entity + " " + (each.number.empty() ? each.record : each.number) + " (" +
                    each.cause + ")");
  }
  return words.empty() ? std::string() : "follows from " + enumerated(words);
}

/// What has moved since the system was looked at last.
Result<std::string> StatementComparison::cause_of_age(const Statement& statement) {
  for (const std::string& fund : statement.funds) {
    const auto write = writes_.find({statement.spoke->system, fund});
    if (write != writes_.end() && statement.read < write->second.ended) {
      auto document = name_of(write->second.document);
      if (!document) return document;
      return "was read before " + *document + " was written there";
    }
    auto book = accounting_.books().open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    for (const model::FundPosting& posting : (*book)->ledger().postings()) {
      if (posting.event.at <= statement.read) continue;
      auto document = name_of(posting.event.document);
      if (!document) return document;
      return "was read before posting " + std::to_string(posting.no) + " (" +
             std::string(to_string(posting.event.kind)) + " of " + *document + ")";
    }
  }
  return std::string();
}

/// The system has all that the books have, and shows another sum.
Result<std::string> StatementComparison::cause_of_counting(const Statement& statement,
                                                           std::string_view figure,
                                                           const Decimal& shown) {
  const model::FundKeyFigures& key = statement.line.figures;
  if (figure == "available_to_spend") {
    const bool here = config_.ledger.direct_claims;
    const Decimal otherwise = here ? minus(key.available_to_spend, key.available_to_reserve)
                                   : plus(key.available_to_spend, key.available_to_reserve);
    if (otherwise == shown)
      return "claims without a request are paid " +
             std::string(here ? "here, and not there" : "there, and not here") +
             " (ledger: direct_claims)";
  }
  std::string out = "counted otherwise there";
  if (const model::Value as_of = model::get(statement.shown, "as_of")) out += ", as of " + *as_of;
  constexpr std::array<std::string_view, 3> kOfItsOwn{"granted_requests", "granted_claims", "paid"};
  if (statement.entity != "budget" || !is_among(figure, kOfItsOwn)) return out;
  auto without = requests_without_budget(statement);
  if (!without) return std::move(without).error();
  if (!without->empty()) out += ": " + enumerated(*without) + " without a budget";
  return out;
}

/// A budget may count what names it, and not what names one of its funds.
Result<std::vector<std::string>> StatementComparison::requests_without_budget(
    const Statement& statement) {
  std::set<std::string> requests;
  for (const std::string& fund : statement.funds) {
    auto book = accounting_.books().open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    for (const model::FundPosting& posting : (*book)->ledger().postings())
      requests.insert(request_of(posting.event));
  }
  requests.erase("");
  std::vector<std::string> out;
  for (const std::string& request : requests) {
    auto record = accounting_.reader().find(request);
    if (!record) return std::move(record).error();
    if (*record == nullptr || (*record)->gone || model::get((*record)->fields, "budget")) continue;
    auto name = name_of(request);
    if (!name) return std::move(name).error();
    out.push_back(*std::move(name));
  }
  return out;
}

Result<std::string> StatementComparison::name_of(const std::string& record) {
  auto found = accounting_.reader().find(record);
  if (!found) return std::move(found).error();
  const std::string name = accounting_.reader().name_of(record);
  return name.empty() ? record : name;
}

void StatementComparison::tell(const Statement& statement, std::string field, std::string ledger,
                               std::string shown, std::string cause) {
  const bool known = statement.of != nullptr;
  const model::Fields& named = known ? statement.of->fields : statement.shown;
  differences_.push_back({.spoke = statement.spoke->name,
                          .system = statement.spoke->system,
                          .entity = known ? statement.entity : std::string(kStatement),
                          .record = known ? statement.of->id : statement.link->record,
                          .number = model::get(named, "number").value_or(""),
                          .key = statement.link->key,
                          .field = std::move(field),
                          .ledger = std::move(ledger),
                          .shown = std::move(shown),
                          .cause = std::move(cause)});
}

}  // namespace channelbridge::hub

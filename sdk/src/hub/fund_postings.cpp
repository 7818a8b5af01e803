#include <algorithm>
#include <set>
#include <utility>

#include "fund_accounting_internal.hpp"

/// Postings that a fund's own record states.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Kind = model::FundEventKind;
using model::Decimal;

/// What a posting is in the books; nothing where requests, claims and settlements say the same.
std::optional<Kind> event_kind_of(std::string_view category, bool adds) {
  if (category == "accrual") return adds ? Kind::Accrued : Kind::AccrualReversed;
  if (category == "budget_reduction_pending")
    return adds ? Kind::BudgetReductionAsked : Kind::BudgetReductionWithdrawn;
  if (category == "externally_settled")
    return adds ? Kind::SettledExternally : Kind::ExternallyReversed;
  if (category == "over_consumption_requested")
    return adds ? Kind::OverConsumptionAsked : Kind::OverConsumptionRefused;
  if (category == "over_consumption_approved")
    return adds ? Kind::OverConsumptionApproved : Kind::OverConsumptionReversed;
  return std::nullopt;
}

/// A posting that takes one back is about the same document.
void take_documents_over(std::vector<StatedPosting>& postings) {
  for (StatedPosting& posting : postings) {
    if (!posting.document.empty() || posting.reversal_of.empty()) continue;
    const auto original =
        std::find_if(postings.begin(), postings.end(),
                     [&posting](const auto& each) { return each.no == posting.reversal_of; });
    if (original == postings.end()) continue;
    posting.document_kind = original->document_kind;
    posting.document = original->document;
  }
}

/// What the keeper of a fund has posted about a document under one request, as it stands.
struct StatedSums {
  Decimal over_consumption{};  ///< approved
  Decimal asked{};             ///< of it, and approved by nobody
  Decimal external{};          ///< paid by another way

  bool none() const {
    return over_consumption.sign() <= 0 && asked.sign() <= 0 && external.sign() <= 0;
  }
};

/// By document. What is flagged as excess is under no request.
std::map<std::string, StatedSums> stated_under(const model::FundLedger& ledger,
                                               const std::string& request) {
  std::map<std::string, StatedSums> out;
  for (const model::FundPosting& posting : ledger.postings()) {
    if (posting.event.request != request) continue;
    const auto count = [&posting](Account account, bool comes_from, Decimal& figure) {
      const bool adds = (comes_from ? posting.from : posting.to) == account;
      const bool takes = (comes_from ? posting.to : posting.from) == account;
      if (adds) figure = plus(figure, posting.amount);
      if (takes) figure = minus(figure, posting.amount);
    };
    StatedSums& stated = out[posting.event.document];
    count(Account::OverConsumptionApproved, true, stated.over_consumption);
    count(Account::OverConsumptionRequested, false, stated.asked);
    count(Account::ExternallySettled, false, stated.external);
  }
  std::erase_if(out, [](const auto& each) { return each.second.none(); });
  return out;
}

/// Of a posting of the fund, by its number.
std::string event_id(const std::string& fund, const std::string& no) {
  return fund + ":posting:" + no;
}

}  // namespace

std::vector<StatedPosting> stated_postings(const model::Fields& fund) {
  struct Element {
    StatedPosting posting{};
    std::optional<Decimal> amount{};
  };
  std::map<std::string, Element> by_element;
  constexpr std::string_view kList = "postings[";
  for (auto at = fund.lower_bound(kList); at != fund.end() && at->first.starts_with(kList); ++at) {
    const auto inside = model::split_element(at->first);
    if (!inside) continue;
    auto& [posting, amount] = by_element[std::string(inside->element)];
    if (inside->field == "no") posting.no = at->second;
    if (inside->field == "category") posting.category = at->second;
    if (inside->field == "amount") amount = Decimal::parse(at->second);
    if (inside->field == "document.kind") posting.document_kind = at->second;
    if (inside->field == "document.number") posting.document = at->second;
    if (inside->field == "reversal_of") posting.reversal_of = at->second;
  }
  std::vector<StatedPosting> out;
  for (auto& [element, stated] : by_element) {
    auto& [posting, amount] = stated;
    if (posting.no.empty() || !amount || amount->is_zero()) continue;
    const bool adds = amount->sign() > 0;
    const auto kind = event_kind_of(posting.category, adds);
    if (!kind) continue;
    posting.kind = *kind;
    posting.amount = adds ? *amount : -*amount;
    out.push_back(std::move(posting));
  }
  const auto number = [](const StatedPosting& posting) {
    return Decimal::parse(posting.no).value_or(Decimal());
  };
  std::stable_sort(
      out.begin(), out.end(),
      [&number](const StatedPosting& a, const StatedPosting& b) { return number(a) < number(b); });
  take_documents_over(out);
  return out;
}

FundAccounting::Outcome FundAccounting::take_back_stated(const LedgerRecord& fund, Book& book,
                                                         const model::FundEvent& event) {
  model::FundEvent back{.document = event.document, .request = event.request};
  const auto held = [&](Account account) { return book.ledger().figure(account, back.document); };
  if (event.kind == Kind::Accrued && event.document == fund.id) {
    back.kind = Kind::AccrualReversed;
    back.amount = held(Account::Accrual);
  } else if (event.kind == Kind::SettledExternally) {
    back.kind = Kind::ExternallyReversed;
    back.amount = held(Account::ExternallySettled);
  } else if (event.kind == Kind::OverConsumptionApproved) {
    back.kind = Kind::OverConsumptionReversed;
    back.amount = book.ledger().stated(Account::OverConsumptionApproved, back.document);
  }
  if (!back.amount || back.amount->sign() <= 0) return Outcome();
  return books_.post(book, std::move(back), cause_of(fund));
}

Result<std::string> FundAccounting::document_of(const LedgerRecord& fund,
                                                const StatedPosting& posting) {
  // A system that keeps the fund numbers its documents by their keys.
  auto own = reader_.store().links_of_record(fund.id);
  if (!own) return std::move(own).error();
  std::set<std::string> found;
  for (const Spoke& spoke : config_.spokes) {
    const bool shows_fund = std::any_of(own->begin(), own->end(), [&spoke](const auto& link) {
      return link.system == spoke.system;
    });
    if (!shows_fund || spoke.mapping->entity().name() != posting.document_kind) continue;
    auto links = reader_.store().links_by_key(spoke.name, {posting.document});
    if (!links) return std::move(links).error();
    for (const store::LinkRow& link : *links) found.insert(link.record);
  }
  if (found.empty()) {
    auto id = reader_.by_number(posting.document_kind, posting.document);
    if (!id) return id;
    if (!id->empty()) found.insert(*std::move(id));
  }
  if (found.size() != 1) return std::string();
  auto record = standing(*found.begin());
  if (!record) return std::move(record).error();
  return *record == nullptr ? std::string() : (*record)->id;
}

Result<model::FundEvent> FundAccounting::place_of(const Book& book,
                                                  const model::FundEvent& posted) {
  auto document = standing(posted.document);
  if (!document) return std::move(document).error();
  const std::string by_now = *document == nullptr ? posted.document : (*document)->id;
  auto request = standing(posted.request);
  if (!request) return std::move(request).error();
  const std::string under = *request == nullptr ? posted.request : (*request)->id;
  model::FundEvent out = posted;
  if (by_now == posted.document && under == posted.request) return out;
  for (const model::FundPosting* posting : book.ledger().postings_of(by_now)) {
    const model::FundEvent& event = posting->event;
    if (event.kind == posted.kind && (event.request == under || event.request.empty())) out = event;
  }
  return out;
}

/// What a system has posted about a request that is gone is about the one that it was merged into:
/// the money that was paid out of the one is not reserved for the other once more.
Result<FundAccounting::Outcome> FundAccounting::hand_over(const LedgerRecord& request) {
  auto heir = standing(request.id);
  if (!heir) return std::move(heir).error();
  if (*heir == nullptr || (*heir)->entity != "fund_request") return Outcome();
  auto funds = books_.funds_of(request.id);
  if (!funds) return std::move(funds).error();
  for (const std::string& fund : *funds) {
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    auto refusal = hand_over(request, **heir, **book);
    if (!refusal || *refusal) return refusal;
  }
  return Outcome();
}

Result<FundAccounting::Outcome> FundAccounting::hand_over(const LedgerRecord& request,
                                                          const LedgerRecord& heir, Book& book) {
  const std::map<std::string, StatedSums> stated = stated_under(book.ledger(), request.id);
  if (stated.empty()) return Outcome();
  Outcome refusal;
  const auto happen = [&](Kind kind, const std::string& document, const std::string& under,
                          const Decimal& amount) {
    if (refusal || amount.sign() <= 0) return;
    refusal =
        books_.post(book, {.kind = kind, .document = document, .request = under, .amount = amount},
                    cause_of(heir));
  };
  // What comes back to a fund that has ended would end with it.
  const bool reopens = book.ledger().expired();
  if (reopens) refusal = post(heir, book, Kind::Renewed);
  if (!refusal) refusal = leave_claims_of(request, book);
  Decimal beyond;
  Decimal needed;
  for (const auto& [document, each] : stated) {
    happen(Kind::ExternallyReversed, document, request.id, each.external);
    beyond = plus(beyond, each.over_consumption);
    needed = plus(needed, minus(each.external, each.over_consumption));
  }
  // What it had beyond its grant may have been given back before.
  const Decimal lacking = minus(beyond, book.ledger().figure(Account::Reserved, request.id));
  happen(Kind::RequestSubmitted, request.id, "", lacking);
  happen(Kind::RequestApproved, request.id, "", lacking);
  for (const auto& [document, each] : stated) {
    happen(Kind::OverConsumptionReversed, document, request.id, each.over_consumption);
    happen(Kind::OverConsumptionRefused, document, request.id, each.asked);
  }
  if (!refusal) refusal = post(request, book, Kind::RequestClosed);
  if (refusal) return refusal;
  auto settled = settle_request(heir);
  if (!settled || *settled) return settled;
  auto fund = refer(heir, "fund", "fund");
  if (!fund) return std::move(fund).error();
  // Of a fund that the other one does not draw on, it was paid all the same.
  const bool draws = fund->record != nullptr && fund->record->id == book.fund();
  const std::string under = draws ? heir.id : "";
  if (draws) refusal = take_up_again(heir, book, needed);
  for (const auto& [document, each] : stated) {
    auto record = standing(document);
    if (!record) return std::move(record).error();
    const std::string by_now = document == request.id ? heir.id
                               : *record == nullptr   ? document
                                                      : (*record)->id;
    happen(Kind::OverConsumptionApproved, by_now, under, each.over_consumption);
    happen(Kind::OverConsumptionAsked, by_now, under, each.asked);
    happen(Kind::SettledExternally, by_now, under, each.external);
  }
  if (reopens && !refusal) refusal = post(heir, book, Kind::Expired);
  return refusal;
}

/// What of the fund's books only the system says that keeps them: accruals, over-consumption, what
/// was paid by another way. Each posting of it once, by its number. One that is refused keeps back
/// those that are about the same document, and nothing else.
Result<FundAccounting::Outcome> FundAccounting::post_stated(const LedgerRecord& fund, Book& book) {
  auto taken_over = take_over_accruals(fund, book);
  if (!taken_over) return taken_over;
  kept_ = books_.mark();
  Outcome first = *taken_over;
  const bool accruals_wait = first.has_value();
  std::set<std::pair<std::string, std::string>> kept_back;
  for (const StatedPosting& posting : stated_postings(fund.fields)) {
    const std::pair about(posting.document_kind, posting.document);
    if (kept_back.contains(about) || (accruals_wait && posting.category == "accrual")) continue;
    auto refusal = post_stated(fund, book, posting);
    if (!refusal) return refusal;
    kept_ = books_.mark();
    if (!*refusal) continue;
    kept_back.insert(about);
    if (!first) first = *std::move(refusal);
  }
  return first;
}

Result<FundAccounting::Outcome> FundAccounting::post_stated(const LedgerRecord& fund, Book& book,
                                                            const StatedPosting& posting) {
  model::FundEvent event{.id = event_id(fund.id, posting.no),
                         .kind = posting.kind,
                         .document = fund.id,
                         .amount = posting.amount};
  // It stays about what it was about when it was posted, and so does what takes it back.
  const model::FundEvent* posted = book.ledger().event(event.id);
  if (posted == nullptr && !posting.reversal_of.empty())
    posted = book.ledger().event(event_id(fund.id, posting.reversal_of));
  if (posted != nullptr) {
    auto place =
        posted->id == event.id ? Result<model::FundEvent>(*posted) : place_of(book, *posted);
    if (!place) return std::move(place).error();
    event.document = place->document;
    event.request = place->request;
  } else if (posting.is_about_record() && carries(posting.document_kind)) {
    auto id = document_of(fund, posting);
    if (!id) return std::move(id).error();
    auto document = reader_.find(*id);
    if (!document) return std::move(document).error();
    if (*document == nullptr)
      return Outcome(LedgerRefusal{
          "fund_reference", "posting " + posting.no + " is about " + posting.document_kind + " '" +
                                posting.document + "', which nobody has read yet"});
    event.document = event.request = *id;
    if (posting.document_kind == "claim") {
      auto request = refer(**document, "request", "fund_request");
      if (!request) return std::move(request).error();
      event.request = request->record == nullptr ? "" : request->record->id;
    }
  }
  return books_.post(book, std::move(event), cause_of(fund));
}

}  // namespace channelbridge::hub

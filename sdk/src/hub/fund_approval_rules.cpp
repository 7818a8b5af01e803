#include <algorithm>
#include <array>

#include "fund_accounting_internal.hpp"

/// Who may grant and release, how long ahead a request comes, and what came of its activities: what
/// does not hold is refused or told, as the project says.
namespace channelbridge::hub {

namespace {

using Account = model::FundAccount;
using Judgement = LedgerRules::Judgement;
using Kind = model::FundEventKind;
using model::Decimal;
using model::get;
using model::Money;

/// What an activity says of what came of it.
constexpr std::string_view kResults[] = {"results.leads", "results.opportunities",
                                         "results.revenue.amount", "results.attendees"};

/// What is granted in the record's own currency, and in that of its fund's books.
std::array<Money, 2> granted_sums(const LedgerRecord& record, const Decimal& own,
                                  const Decimal& booked, const model::Currency& books) {
  return {Money{.amount = own, .currency = currency_of(record.fields).value_or(books)},
          Money{.amount = booked, .currency = books}};
}

/// What came of an activity is said: it is reported, or some figure is above zero. Systems count
/// from zero by themselves.
bool has_results(const model::Fields& activity) {
  if (get(activity, "status") == "reported") return true;
  return std::any_of(std::begin(kResults), std::end(kResults), [&](std::string_view path) {
    const auto figure = amount_at(activity, path);
    return figure && figure->sign() > 0;
  });
}

std::string name_of_activity(const LedgerRecord& activity) {
  return get(activity.fields, "name").value_or(activity.id);
}

bool can_state_results(const HubConfig& config) {
  return std::any_of(config.spokes.begin(), config.spokes.end(), [](const Spoke& spoke) {
    return spoke.mapping->entity().name() == "marketing_activity" &&
           std::any_of(std::begin(kResults), std::end(kResults),
                       [&spoke](std::string_view path) { return spoke.mapping->may_state(path); });
  });
}

}  // namespace

Result<void> FundAccounting::remember_grants() {
  stood_.clear();
  for (const auto& [id, entity] : dirty_) {
    if (entity != "fund_request" && entity != "claim") continue;
    auto funds = books_.funds_of(id);
    if (!funds) return std::move(funds).error();
    if (funds->empty()) continue;
    auto survivor = standing(id);
    if (!survivor) return std::move(survivor).error();
    const std::string& by_now = *survivor == nullptr ? id : (*survivor)->id;
    for (const std::string& fund : *funds) {
      auto book = books_.open(fund);
      if (!book) return std::move(book).error();
      if (*book == nullptr) continue;
      Grant there;
      if (entity == "claim") {
        const ClaimHolding held = holding_of_claim((*book)->ledger(), id);
        there = {.approved = held.approved, .released = held.released, .settled = held.settled};
      } else {
        const RequestHolding held = holding_of_request((*book)->ledger(), id);
        there.approved = minus(plus(held.consumed, held.reserved), held.over_consumption);
      }
      Grant& most = stood_[by_now][(*book)->currency().text()];
      if (most.granted() < there.granted()) most = there;
    }
  }
  return {};
}

FundAccounting::Grant FundAccounting::stood(const std::string& id, const Book& book) const {
  const auto known = stood_.find(id);
  if (known == stood_.end()) return {};
  const auto held = known->second.find(book.currency().text());
  return held == known->second.end() ? Grant() : held->second;
}

/// What is granted beyond what the books hold wants to be decided by who may.
FundAccounting::Outcome FundAccounting::judge_grant(const LedgerRecord& request,
                                                    const Book& book) const {
  const RequestWord word = word_of_request(request.fields);
  if (!word.granted) return Outcome();
  const RequestHolding held = holding_of_request(book.ledger(), request.id);
  const bool reviewed = word.state == RequestWord::State::Reviewed && !held.granted;
  if (word.state != RequestWord::State::Granted && !reviewed) return Outcome();
  if (plus(*word.granted, held.over_consumption) <= plus(held.consumed, held.reserved) ||
      *word.granted <= stood(request.id, book).granted())
    return Outcome();
  return judge_who_granted(request, *word.granted, book);
}

FundAccounting::Outcome FundAccounting::judge_who_granted(const LedgerRecord& request,
                                                          const Decimal& granted,
                                                          const Book& book) const {
  const People people = people_of(request.fields);
  const auto decider = judge_decider(people, config_.ledger.approval,
                                     granted_sums(request, granted, granted, book.currency()));
  if (decider && decider->does == Judgement::Refuse) return decider->what;
  return approved_by_who_handed_in(people);
}

Result<std::optional<Finding>> FundAccounting::judge_ahead(const LedgerRecord& request,
                                                           const LedgerRecord* fund) {
  using Found = std::optional<Finding>;
  const LedgerRules& rules = config_.ledger;
  const RequestWord word = word_of_request(request.fields);
  const bool asked = word.state == RequestWord::State::Asked;
  if (rules.request_late == Judgement::Ignore ||
      (!asked && word.state != RequestWord::State::Granted))
    return Found();
  auto days = days_of_activities(request);
  if (!days) return std::move(days).error();
  const auto begin = model::Date::parse(days->first);
  if (!begin) return Found();
  const model::Date due = working_days_before(*begin, rules.request_ahead, rules.holidays);
  const auto came =
      seen_handed_in(request, due, fund == nullptr ? Timestamp::max() : fund->created);
  if (!came || day_of(came->earliest) <= due) return Found();
  return Found(Finding{
      .what = {"request_ahead", words_of(*came) + ", and its activity begins on " +
                                    to_string(*begin) + ": it was due " +
                                    std::to_string(rules.request_ahead) +
                                    (rules.request_ahead == 1 ? " working day" : " working days") +
                                    " before, on " + to_string(due)},
      // Who has granted it has seen its days.
      .does = asked ? rules.request_late : Judgement::Tell});
}

Result<std::vector<Finding>> FundAccounting::findings_of_request(const LedgerRecord& request) {
  std::vector<Finding> out;
  const RequestWord word = word_of_request(request.fields);
  if (word.state == RequestWord::State::Nothing) return out;
  auto fund = refer(request, "fund", "fund");
  if (!fund) return std::move(fund).error();
  auto ahead = judge_ahead(request, fund->record);
  if (!ahead) return std::move(ahead).error();
  if (*ahead) out.push_back(**std::move(ahead));
  if (word.state != RequestWord::State::Granted) return out;
  const People people = people_of(request.fields);
  if (const auto currency = currency_of(request.fields); currency && word.granted) {
    const auto sums = granted_sums(request, *word.granted, *word.granted, *currency);
    if (auto decider = judge_decider(people, config_.ledger.approval, sums))
      out.push_back(*std::move(decider));
  }
  if (auto same = approved_by_who_handed_in(people))
    out.push_back({.what = *std::move(same), .does = Judgement::Refuse});
  return out;
}

Result<FundAccounting::Outcome> FundAccounting::judge_steps(const LedgerRecord& claim,
                                                            const LedgerRecord* request,
                                                            const Book& book,
                                                            const ClaimTarget& target) {
  using State = ClaimWord::State;
  const ClaimWord word = claim.gone ? ClaimWord() : word_of_claim(claim.fields);
  if (word.state != State::Approved && word.state != State::Released) return Outcome();
  const ClaimHolding held = holding_of_claim(book.ledger(), claim.id);
  // What only a payment has made is granted by nobody once that is taken back.
  const auto stays = [&target](const Decimal& settled) {
    return target.lost ? std::min(settled, target.settled) : settled;
  };
  const Grant before = stood(claim.id, book);
  const Decimal stands =
      std::max(plus(stays(held.settled), held.unpaid()),
               plus(stays(before.settled), plus(before.approved, before.released)));
  const Decimal lost = target.lost ? Decimal() : lost_of(held, target, /*moves=*/false);
  if (stands < plus(target.granted, lost)) {
    auto found = findings_of_grant(claim, request, book, target);
    if (!found) return std::move(found).error();
    for (Finding& each : *found)
      if (each.does == Judgement::Refuse) return Outcome(std::move(each.what));
  }
  const Decimal released = std::max(plus(held.released, stays(held.settled)),
                                    plus(before.released, stays(before.settled)));
  if (target.released <= released) return Outcome();
  return released_by_who_approved(people_of(claim.fields));
}

Result<std::vector<Finding>> FundAccounting::findings_of_grant(const LedgerRecord& claim,
                                                               const LedgerRecord* request,
                                                               const Book& book,
                                                               const ClaimTarget& target) {
  std::vector<Finding> out;
  const People people = people_of(claim.fields);
  if (const auto approved = amount_at(claim.fields, "approved_amount")) {
    const auto sums = granted_sums(claim, *approved, target.granted, book.currency());
    if (auto decider = judge_decider(people, config_.ledger.approval, sums))
      out.push_back(*std::move(decider));
  }
  if (auto same = approved_by_who_handed_in(people))
    out.push_back({.what = *std::move(same), .does = Judgement::Refuse});
  if (request == nullptr) return out;
  const Decimal needed =
      needed_by(holding_of_claim(book.ledger(), claim.id), target, /*moves=*/false);
  auto results = judge_results(claim, *request, book, needed);
  if (!results) return std::move(results).error();
  if (*results) out.push_back(**std::move(results));
  return out;
}

/// It takes what is left of the grant, its request is done with, or its request's deadline is over
/// and no other one waits.
Result<bool> FundAccounting::is_last_claim(const LedgerRecord& claim, const LedgerRecord& request,
                                           const Book& book, const Decimal& needed) {
  if (word_of_request(request.fields).ended) return true;
  const model::FundLedger& ledger = book.ledger();
  bool granted = false;
  for (const model::FundPosting* posting : ledger.postings_of(request.id)) {
    if (posting->event.kind == Kind::RequestApproved) granted = true;
    if (posting->event.kind == Kind::RequestClosed) granted = false;
  }
  if (!granted) return false;
  if (ledger.figure(Account::Reserved, request.id) <= std::max(needed, Decimal())) return true;
  const Decimal others = minus(ledger.figure(Account::PendingClaim, request.id),
                               ledger.figure(Account::PendingClaim, claim.id));
  if (others.sign() > 0) return false;
  auto deadline = deadline_of(claim, request);
  if (!deadline) return std::move(deadline).error();
  return *deadline && (*deadline)->day < today_;
}

Result<std::optional<Finding>> FundAccounting::judge_results(const LedgerRecord& claim,
                                                             const LedgerRecord& request,
                                                             const Book& book,
                                                             const Decimal& needed) {
  using Found = std::optional<Finding>;
  if (config_.ledger.claim_results == Judgement::Ignore || !can_state_results(config_))
    return Found();
  std::string lacking;
  for (const std::string& id : elements_of(request.fields, "activities")) {
    auto activity =
        refer(request, model::element_path("activities", id, "activity"), "marketing_activity");
    if (!activity) return std::move(activity).error();
    if (activity->record == nullptr || has_results(activity->record->fields)) continue;
    lacking += (lacking.empty() ? "" : ", ") + name_of_activity(*activity->record);
  }
  if (lacking.empty()) return Found();
  auto last = is_last_claim(claim, request, book, needed);
  if (!last) return std::move(last).error();
  if (!*last) return Found();
  return Found(
      Finding{.what = {"activity_results", "is granted as the last claim of " + request.id +
                                               ", and nobody says what came of " + lacking},
              .does = config_.ledger.claim_results});
}

/// What is paid is, but for who was paid by whom, and how much.
Result<std::vector<Finding>> FundAccounting::findings_of_claim(const LedgerRecord& claim) {
  using State = ClaimWord::State;
  std::vector<Finding> out;
  const ClaimWord word = word_of_claim(claim.fields);
  const bool unpaid = word.state == State::Approved || word.state == State::Released;
  if (!unpaid && word.state != State::Settled) return out;
  auto request = refer(claim, "request", "fund_request");
  if (!request) return std::move(request).error();
  auto fund = fund_of(claim, *request);
  if (!fund) return std::move(fund).error();
  if (fund->record == nullptr) return out;
  auto book = books_.open(fund->record->id);
  if (!book) return std::move(book).error();
  auto payments = settled(claim.id);
  if (!payments) return std::move(payments).error();
  ClaimTarget target;
  if (*book == nullptr || (*book)->broken() ||
      target_of_claim(claim.fields, *payments, (*book)->currency(), target))
    return out;
  auto grant = findings_of_grant(claim, request->record, **book, target);
  if (!grant) return grant;
  for (Finding& each : *grant)
    if (unpaid || each.what.rule == "two_people") out.push_back(std::move(each));
  if (auto same = released_by_who_approved(people_of(claim.fields)))
    out.push_back({.what = *std::move(same), .does = Judgement::Refuse});
  auto amount = judge_amount(claim);
  if (!amount) return std::move(amount).error();
  if (*amount) out.push_back(**std::move(amount));
  return out;
}

Result<std::vector<LedgerRefusal>> FundAccounting::told(const std::string& id) {
  std::vector<LedgerRefusal> out;
  auto record = reader_.find(id);
  if (!record) return std::move(record).error();
  if (*record == nullptr || (*record)->gone) return out;
  auto waits = standing_refusal(id);
  if (!waits) return std::move(waits).error();
  if (*waits) return out;
  const std::string& entity = (*record)->entity;
  Result<std::vector<Finding>> found{std::vector<Finding>()};
  if (entity == "fund_request") found = findings_of_request(**record);
  if (entity == "claim") found = findings_of_claim(**record);
  if (!found) return std::move(found).error();
  for (Finding& each : *found) {
    if (each.does == Judgement::Ignore) continue;
    each.what.detail = readable(std::move(each.what.detail));
    out.push_back(std::move(each.what));
  }
  return out;
}

}  // namespace channelbridge::hub

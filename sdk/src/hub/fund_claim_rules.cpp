#include <algorithm>

#include "fund_accounting_internal.hpp"

/// What the books do not take of claims, whatever a system says of them.
namespace channelbridge::hub {

namespace {

using model::ClaimedInvoice;
using model::get;

/// A day is over when it is over everywhere.
constexpr std::chrono::hours kLastZone{12};
/// Whoever reads at least once a day has heard of it so much later at most.
constexpr std::chrono::hours kHeardWithin{24};

std::string claimed_text(const ClaimedInvoice& invoice, const model::Fields& claim) {
  if (!invoice.claimed) return "an unknown amount";
  const auto currency = currency_of(claim);
  return currency ? shown(*invoice.claimed, *currency) : to_string(*invoice.claimed);
}

/// "partner 0010100001 (Rheinwerk)"
std::string partner_text(const LedgerRecord& partner) {
  const model::Value name = get(partner.fields, "name");
  return "partner " + get(partner.fields, "partner_number").value_or(partner.id) +
         (name ? " (" + *name + ")" : std::string());
}

std::string count_of_days(int count) {
  return std::to_string(count) + (count == 1 ? " day" : " days");
}

}  // namespace

/// What comes into the books, and what is granted there, is its partner's, is claimed once, is for
/// the days that its money is for, comes in time, and has the proof that is asked for. What is
/// paid is, whatever the books say to it.
Result<FundAccounting::Outcome> FundAccounting::judge_claim(const LedgerRecord& claim,
                                                            const LedgerRecord* request,
                                                            const LedgerRecord& fund,
                                                            const model::FundLedger& ledger) {
  using State = ClaimWord::State;
  const ClaimWord word = claim.gone ? ClaimWord() : word_of_claim(claim.fields);
  const ClaimHolding held = holding_of_claim(ledger, claim.id);
  const bool granted = held.unpaid().sign() > 0 || held.settled.sign() > 0;
  const bool pays = !word.approved || word.approved->sign() > 0;
  const bool to_be_paid = word.state == State::Approved || word.state == State::Released;
  const bool news = (word.state == State::Waits && !held.waits) || (to_be_paid && pays);
  if (granted || !news) return Outcome();
  if (request != nullptr) {
    auto judged = judge_partner(claim, *request);
    if (!judged || *judged) return judged;
  }
  auto judged = judge_invoices(claim);
  if (!judged || *judged) return judged;
  judged = judge_days(claim, request, fund);
  if (!judged || *judged) return judged;
  if (request != nullptr) {
    judged = judge_deadline(claim, *request);
    if (!judged || *judged) return judged;
  }
  std::string lacking;
  for (const model::LackingEvidence& each : model::lacking_evidence(
           claim.fields, request == nullptr ? model::Fields() : request->fields)) {
    lacking += (lacking.empty() ? "has " : ", ") + std::to_string(each.there) + " of " +
               to_string(each.required) + " required of type " + each.type;
  }
  if (lacking.empty()) return Outcome();
  return Outcome(LedgerRefusal{"claim_evidence", std::move(lacking)});
}

/// The money of a request is its partner's. Where one of the two is not known, nobody is accused.
Result<FundAccounting::Outcome> FundAccounting::judge_partner(const LedgerRecord& claim,
                                                              const LedgerRecord& request) {
  auto own = refer(claim, "partner", "partner");
  if (!own) return std::move(own).error();
  auto its = refer(request, "partner", "partner");
  if (!its) return std::move(its).error();
  if (own->record == nullptr || its->record == nullptr || own->record->id == its->record->id)
    return Outcome();
  return Outcome(LedgerRefusal{"claim_partner", "is of " + partner_text(*own->record) + ", and " +
                                                    request.id + " of " +
                                                    partner_text(*its->record)});
}

/// An invoice of a supplier is paid once: of two claims the one goes first that stands in the
/// books.
Result<FundAccounting::Outcome> FundAccounting::judge_invoices(const LedgerRecord& claim) {
  const std::vector<ClaimedInvoice> own = model::claimed_invoices(claim.fields);
  if (own.empty()) return Outcome();
  auto ids = claims_with(own);
  if (!ids) return std::move(ids).error();
  auto standing = standing_of(claim);
  if (!standing) return std::move(standing).error();
  for (const std::string& id : *ids) {
    if (id == claim.id) continue;
    auto other = reader_.find(id);
    if (!other) return std::move(other).error();
    if (*other == nullptr || (*other)->gone) continue;
    const std::vector<ClaimedInvoice> theirs = model::claimed_invoices((*other)->fields);
    const auto shared = std::find_first_of(
        own.begin(), own.end(), theirs.begin(), theirs.end(),
        [](const ClaimedInvoice& one, const ClaimedInvoice& two) { return one.key == two.key; });
    if (shared == own.end()) continue;
    auto others = standing_of(**other);
    if (!others) return std::move(others).error();
    const bool goes_first = *others != Standing::Nowhere &&
                            (*others < *standing || (*others == *standing && id < claim.id));
    if (!goes_first) continue;
    const auto same =
        std::find_if(theirs.begin(), theirs.end(),
                     [&shared](const ClaimedInvoice& each) { return each.key == shared->key; });
    return Outcome(LedgerRefusal{"claim_invoice",
                                 claim.id + " claims " + claimed_text(*shared, claim.fields) +
                                     " for invoice " + shared->number + " of " + shared->supplier +
                                     ", and " + id + ", which stands in the books, " +
                                     claimed_text(*same, (*other)->fields)});
  }
  return Outcome();
}

Result<std::set<std::string>> FundAccounting::claims_with(
    const std::vector<ClaimedInvoice>& invoices) {
  std::set<std::string> out;
  std::vector<store::MatchKeyRow> keys;
  for (const ClaimedInvoice& each : invoices) {
    keys.push_back({.entity = "claim", .kind = std::string(model::kInvoiceKey), .value = each.key});
    if (const auto fresh = invoices_.find(each.key); fresh != invoices_.end())
      out.insert(fresh->second.begin(), fresh->second.end());
  }
  auto rows = reader_.store().holders(keys);
  if (!rows) return std::move(rows).error();
  for (store::MatchKeyRow& row : *rows) out.insert(std::move(row.record));
  return out;
}

/// Of one that asks for nothing any more, only what is settled is looked at: the rest is taken
/// back.
Result<FundAccounting::Standing> FundAccounting::standing_of(const LedgerRecord& claim) {
  const bool asks = asks_for_money(word_of_claim(claim.fields));
  auto funds = books_.funds_of(claim.id);
  if (!funds) return std::move(funds).error();
  Standing out = Standing::Nowhere;
  for (const std::string& fund : *funds) {
    auto book = books_.open(fund);
    if (!book) return std::move(book).error();
    if (*book == nullptr) continue;
    const ClaimHolding held = holding_of_claim((*book)->ledger(), claim.id);
    if (held.settled.sign() > 0 || (asks && held.unpaid().sign() > 0)) return Standing::WithMoney;
    if (asks && held.waits) out = Standing::Waiting;
  }
  return out;
}

Result<FundAccounting::Outcome> FundAccounting::judge_days(const LedgerRecord& claim,
                                                           const LedgerRecord* request,
                                                           const LedgerRecord& fund) {
  DaySpan limit;
  std::string whose = "the activities of its request are for ";
  if (request != nullptr) {
    auto activities = days_of_activities(*request);
    if (!activities) return std::move(activities).error();
    limit = *std::move(activities);
  }
  if (!limit.known() && !is_carried_over(fund.fields)) {
    limit = days_of(fund.fields, "valid");
    whose = "its fund is for ";
  }
  const DaySpan days = claimed_days(claim.fields);
  if (!is_outside(days, limit)) return Outcome();
  return Outcome(LedgerRefusal{"claim_period",
                               "is for " + words_of(days) + ", and " + whose + words_of(limit)});
}

Result<std::optional<FundAccounting::Deadline>> FundAccounting::deadline_of(
    const LedgerRecord& claim, const LedgerRecord& request) {
  if (const auto stated = model::Date::parse(get(request.fields, "claim_deadline").value_or("")))
    return std::optional(Deadline{*stated, to_string(*stated)});
  std::optional<Deadline> out;
  if (!config_.ledger.claim_within) return out;
  auto activities = days_of_activities(request);
  if (!activities) return std::move(activities).error();
  const std::string last = activities->last.empty()
                               ? get(claim.fields, "activity_period.end").value_or("")
                               : activities->last;
  const auto day = model::Date::parse(last);
  if (!day) return out;
  const int within = *config_.ledger.claim_within;
  const model::Date due(day->days() + std::chrono::days(within));
  out = Deadline{due, to_string(due) + ", " + count_of_days(within) + " after the activity"};
  return out;
}

/// Where no history tells when it was handed in, it was there when the hub first read it; that says
/// something only if the hub was there to see it come while there was time.
std::optional<HandedIn> FundAccounting::seen_handed_in(const LedgerRecord& record,
                                                       const model::Date& due, Timestamp watched) {
  const std::optional<HandedIn> known = handed_in(record.fields);
  HandedIn out = known.value_or(HandedIn{.at = record.created, .heard = true});
  if (!known && due < day_of(watched)) return std::nullopt;
  out.earliest = out.at - (out.heard ? kLastZone + kHeardWithin : kLastZone);
  return out;
}

/// What has stood in the books before was in time.
Result<FundAccounting::Outcome> FundAccounting::judge_deadline(const LedgerRecord& claim,
                                                               const LedgerRecord& request) {
  auto funds = books_.funds_of(claim.id);
  if (!funds) return std::move(funds).error();
  if (!funds->empty()) return Outcome();
  auto deadline = deadline_of(claim, request);
  if (!deadline) return std::move(deadline).error();
  if (!*deadline) return Outcome();
  const model::Date& due = (*deadline)->day;
  const std::optional<HandedIn> came = seen_handed_in(claim, due, request.created);
  const int grace = config_.ledger.claim_grace;
  if (!came || day_of(came->earliest) <= model::Date(due.days() + std::chrono::days(grace)))
    return Outcome();
  return Outcome(LedgerRefusal{
      "claim_deadline",
      words_of(*came) + ", and was due on " + (*deadline)->words +
          (grace == 0 ? std::string() : " (and " + count_of_days(grace) + " of grace)")});
}

}  // namespace channelbridge::hub

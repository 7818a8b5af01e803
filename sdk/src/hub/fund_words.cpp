#include <algorithm>
#include <array>
#include <initializer_list>

#include "fund_words_internal.hpp"

namespace channelbridge::hub {

namespace {

using model::Currency;
using model::Decimal;
using model::Fields;
using model::get;
using model::Value;

constexpr std::array<std::string_view, 5> kEntities{"budget", "fund", "fund_request", "claim",
                                                    "settlement"};

bool is_one_of(const Value& value, std::initializer_list<std::string_view> codes) {
  return value && std::find(codes.begin(), codes.end(), *value) != codes.end();
}

/// An amount of the claim in the currency of its fund, by the rate that the claim states.
std::optional<Decimal> converted(const Fields& claim, const Decimal& amount, const Currency& to,
                                 std::optional<LedgerRefusal>& refusal) {
  const auto own = currency_of(claim);
  if (!own || *own == to) return amount;
  const auto rate = amount_at(claim, "fx.rate");
  const bool stated = rate && rate->sign() > 0 && get(claim, "fx.date") && get(claim, "fx.source");
  if (!stated || get(claim, "fx.currency") != to.text()) {
    refusal = {"claim_rate", "is in " + own->text() + " and its fund in " + to.text() + ": " +
                                 shown(amount, *own) +
                                 " cannot be posted before it states a rate to " + to.text() +
                                 " with date and source (fx)"};
    return std::nullopt;
  }
  const auto stated_amount = amount_at(claim, "fx.approved_amount");
  if (stated_amount && amount_at(claim, "approved_amount") == amount) return stated_amount;
  const auto product = multiply(amount, *rate);
  if (!product) {
    refusal = {"claim_rate", product.error().message()};
    return std::nullopt;
  }
  return round(*product, model::minor_unit(to));
}

/// What payments of a claim are together, in the currency of its fund.
std::optional<Decimal> sum_of(const Fields& claim, const std::vector<Settled::Payment>& payments,
                              const Currency& to, std::optional<LedgerRefusal>& refusal) {
  const auto own = currency_of(claim);
  Decimal in_own;
  Decimal in_fund;
  for (const Settled::Payment& payment : payments) {
    if (!payment.currency || !own || *payment.currency == *own) {
      in_own = plus(in_own, payment.amount);
    } else if (*payment.currency == to) {
      in_fund = plus(in_fund, payment.amount);
    } else {
      refusal = {"claim_rate", "is settled by " + payment.settlement + " with " +
                                   shown(payment.amount, *payment.currency) + ", and is in " +
                                   own->text() + ", its fund in " + to.text()};
      return std::nullopt;
    }
  }
  if (in_own.is_zero()) return in_fund;
  const auto exchanged = converted(claim, in_own, to, refusal);
  if (!exchanged) return std::nullopt;
  return plus(*exchanged, in_fund);
}

}  // namespace

bool is_of_ledger(std::string_view entity) {
  return std::find(kEntities.begin(), kEntities.end(), entity) != kEntities.end();
}

bool may_accrue(std::string_view entity) {
  return entity == "invoice" || entity == "sell_through_report" || entity == "commission";
}

std::vector<std::string_view> money_fields(std::string_view entity) {
  if (entity == "budget" || entity == "fund") return {"status", "currency", "amount"};
  if (entity == "fund_request")
    return {"status", "currency", "requested_amount", "approved.amount"};
  if (entity == "claim") return {"status", "currency", "claimed_amount", "approved_amount"};
  if (entity == "settlement") return {"status", "currency", "gross"};
  return {};
}

std::set<std::string> elements_of(const Fields& fields, std::string_view list) {
  const std::string prefix = std::string(list) + "[";
  std::set<std::string> out;
  for (auto at = fields.lower_bound(prefix); at != fields.end() && at->first.starts_with(prefix);
       ++at) {
    if (const auto inside = model::split_element(at->first)) out.emplace(inside->element);
  }
  return out;
}

std::optional<Decimal> amount_at(const Fields& fields, std::string_view path) {
  const Value text = get(fields, path);
  return text ? Decimal::parse(*text) : std::nullopt;
}

std::optional<Currency> currency_of(const Fields& fields) {
  const Value text = get(fields, "currency");
  return text ? Currency::parse(*text) : std::nullopt;
}

std::string shown(const Decimal& amount, const Currency& currency) {
  return to_string(amount, model::minor_unit(currency)) + " " + currency.text();
}

DaySpan days_of(const Fields& fields, std::string_view period) {
  const std::string name(period);
  return {.first = get(fields, name + ".start").value_or(""),
          .last = get(fields, name + ".end").value_or("")};
}

bool is_outside(const DaySpan& days, const DaySpan& limit) {
  for (const std::string* day : {&days.first, &days.last}) {
    if (day->empty()) continue;
    if (!limit.first.empty() && *day < limit.first) return true;
    if (!limit.last.empty() && limit.last < *day) return true;
  }
  return false;
}

std::string words_of(const DaySpan& days) {
  const auto shown_day = [](const std::string& day) {
    return day.empty() ? std::string("an unknown day") : day;
  };
  return shown_day(days.first) + " to " + shown_day(days.last);
}

DaySpan claimed_days(const Fields& claim) {
  DaySpan out = days_of(claim, "performed_on");
  if (out.first.empty() && out.last.empty()) out = days_of(claim, "activity_period");
  return out;
}

bool is_carried_over(const Fields& fund) {
  return is_one_of(get(fund, "carry_over"), {"extend", "renew"});
}

FundWord word_of_budget(const Fields& fields) {
  FundWord out;
  out.in_use = get(fields, "status") != "draft";
  if (out.in_use) out.amount = amount_at(fields, "amount").value_or(Decimal());
  return out;
}

FundWord word_of_fund(const Fields& fields, const LedgerRules& rules, const model::Date& today) {
  FundWord out;
  const Value status = get(fields, "status");
  // Where a system has no states for its funds, they are in use.
  out.in_use = status != "planned";
  if (!out.in_use) return out;
  out.amount = amount_at(fields, "amount").value_or(Decimal());
  out.ended = is_one_of(status, {"expired", "closed"});
  if (rules.expiry != LedgerRules::Expiry::Date || out.ended) return out;
  const Value last = get(fields, "valid.end");
  const auto end = last ? model::Date::parse(*last) : std::nullopt;
  out.ended = end && *end < today && !is_carried_over(fields);
  return out;
}

RequestWord word_of_request(const Fields& fields) {
  RequestWord out;
  const Value status = get(fields, "status");
  out.asked = amount_at(fields, "requested_amount");
  out.granted = amount_at(fields, "approved.amount");
  if (is_one_of(status, {"submitted", "under_review"}))
    out.state = RequestWord::State::Asked;
  else if (is_one_of(status, {"approved", "partially_approved", "in_execution"}))
    out.state = RequestWord::State::Granted;
  else if (status == "changed")
    out.state = RequestWord::State::Reviewed;
  out.ended = is_one_of(status, {"closed", "expired", "cancelled"});
  return out;
}

ClaimWord word_of_claim(const Fields& fields) {
  ClaimWord out;
  const Value status = get(fields, "status");
  out.claimed = amount_at(fields, "claimed_amount");
  out.approved = amount_at(fields, "approved_amount");
  if (is_one_of(status, {"submitted", "pre_validated", "under_review"}))
    out.state = ClaimWord::State::Waits;
  else if (is_one_of(status, {"approved", "partially_approved", "expired_approved"}))
    out.state = ClaimWord::State::Approved;
  else if (status == "released_to_settle")
    out.state = ClaimWord::State::Released;
  else if (is_one_of(status, {"settled", "paid"}))
    out.state = ClaimWord::State::Settled;
  else if (status == "corrected")
    out.state = ClaimWord::State::TakenBack;
  out.paid = status == "paid";
  return out;
}

bool asks_for_money(const ClaimWord& word) {
  return word.state != ClaimWord::State::Nothing && word.state != ClaimWord::State::TakenBack;
}

std::string words_of(const HandedIn& came) {
  return (came.heard ? "was first seen as handed in on " : "was handed in on ") +
         to_string(day_of(came.at));
}

std::optional<HandedIn> handed_in(const Fields& record) {
  constexpr std::string_view kHistory = "state_history[";
  std::optional<HandedIn> out;
  for (auto at = record.lower_bound(kHistory);
       at != record.end() && at->first.starts_with(kHistory); ++at) {
    const auto inside = model::split_element(at->first);
    if (!inside || inside->field != "to" || at->second != "submitted") continue;
    const auto value = [&](std::string_view field) {
      return get(record, model::element_path("state_history", inside->element, field)).value_or("");
    };
    const auto time = parse_iso8601(value("at"));
    // What was returned had been handed in before.
    if (!time || value("from") == "returned" || (out && out->at <= *time)) continue;
    out = HandedIn{.at = *time, .heard = value("by").starts_with("adapter:")};
  }
  return out;
}

void add_settlement(Settled& out, const Fields& settlement, std::string_view claim) {
  const Value status = get(settlement, "status");
  const bool standing = is_one_of(status, {"posted", "paid"});
  if (!standing && status != "reversed") return;
  constexpr std::string_view kMembers = "members[";
  for (auto at = settlement.lower_bound(kMembers);
       at != settlement.end() && at->first.starts_with(kMembers); ++at) {
    const auto inside = model::split_element(at->first);
    if (!inside || inside->field != "claim" || at->second != claim) continue;
    out.any = true;
    (standing ? out.standing : out.taken_back)
        .push_back({.amount = amount_at(settlement,
                                        model::element_path("members", inside->element, "amount"))
                                  .value_or(Decimal()),
                    .currency = currency_of(settlement),
                    .settlement = get(settlement, "number").value_or("a settlement"),
                    .paid = status == "paid"});
  }
}

std::vector<std::string> members_of(const Fields& settlement) {
  return model::values_at(settlement, "members[].claim");
}

std::optional<LedgerRefusal> target_of_claim(const Fields& claim, const Settled& settled,
                                             const Currency& currency, ClaimTarget& out) {
  using State = ClaimWord::State;
  out = {};
  std::optional<LedgerRefusal> refusal;
  const ClaimWord word = word_of_claim(claim);
  const auto payments = sum_of(claim, settled.standing, currency, refusal);
  if (!payments) return refusal;
  const auto back = sum_of(claim, settled.taken_back, currency, refusal);
  std::vector<Settled::Payment> paid = settled.standing;
  std::erase_if(paid, [](const Settled::Payment& payment) { return !payment.paid; });
  // A sum that is rounded as a whole is the least of what its parts may be rounded to.
  out.paid = std::min(sum_of(claim, paid, currency, refusal).value_or(Decimal()), *payments);
  out.settled = *payments;
  out.granted = out.released = out.settled;
  if (settled.any) out.lost = back;
  const bool granted = word.state == State::Approved || word.state == State::Released ||
                       word.state == State::Settled;
  if (word.claimed && word.claimed->sign() > 0 && (granted || word.state == State::Waits)) {
    const auto claimed = converted(claim, *word.claimed, currency, refusal);
    if (!claimed) return refusal;
    // What is paid already waits for nothing, whatever the claim's own word still is.
    out.claimed = granted ? *claimed : std::max(minus(*claimed, out.settled), Decimal());
    out.waits = !granted && out.claimed.sign() > 0;
  }
  if (!granted) return std::nullopt;
  const bool taken_back = word.state == State::Settled && !settled.taken_back.empty();
  if (taken_back && settled.standing.empty() && !word.approved) return std::nullopt;
  const std::string status = get(claim, "status").value_or("");
  if (!word.approved)
    return LedgerRefusal{"claim_amount",
                         "is " + status + ", and does not say what of it is approved"};
  if (word.approved->sign() < 0)
    return LedgerRefusal{"claim_amount",
                         "is " + status + ", and " + to_string(*word.approved) + " are approved"};
  const auto approved = converted(claim, *word.approved, currency, refusal);
  if (!approved) return refusal;
  out.granted = *approved;
  if (taken_back && !back) return refusal;
  // A settlement that was taken back is younger than the claim's own word of it: so much of it is
  // not granted any more.
  if (taken_back) out.granted = std::min(*approved, std::max(out.settled, minus(*approved, *back)));
  if (word.state != State::Approved) out.released = out.granted;
  if (word.state == State::Settled && !settled.any) {
    out.settled = *approved;
    out.lost = Decimal();
  }
  // The claim's own word that it is paid is older than a settlement that was taken back.
  if (word.paid && settled.taken_back.empty()) out.paid = out.settled;
  return std::nullopt;
}

}  // namespace channelbridge::hub

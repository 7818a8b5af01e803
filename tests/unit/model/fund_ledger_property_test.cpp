// Thousands of random lives of a budget and its funds. Whatever happens: every key figure is what
// the postings make of it, no money comes or goes but by its source, and nothing is below zero
// where the rules forbid it. A failure is told as its seed and the shortest sequence that still
// fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "channelbridge/model/fund_ledger.hpp"

namespace channelbridge::model::fund_ledger_property_test {
namespace {

using Account = FundAccount;
using Kind = FundEventKind;
using Sums = std::map<Account, Decimal>;
using Breach = std::optional<std::string>;

constexpr std::size_t kLedgers = 3;  // a budget and two funds of it
constexpr std::uint64_t kLives = 3'000;

/// CHANNELBRIDGE_LIVES=n lives n times as many.
std::uint64_t lives() {
  const char* times = std::getenv("CHANNELBRIDGE_LIVES");
  return kLives * (times == nullptr ? 1 : std::strtoull(times, nullptr, 10));
}

/// One thing that happens. A transfer happens to two ledgers: the budget and `ledger`.
struct Step {
  enum class What : std::uint8_t { Event, Transfer, Return, Repeat } what{What::Event};
  std::size_t ledger{};
  FundEvent event{};
};

struct Life {
  std::uint64_t seed{};
  FundRules rules;
  std::vector<Step> steps{};
};

Decimal plus(const Decimal& left, const Decimal& right) { return add(left, right).value(); }
Decimal minus(const Decimal& left, const Decimal& right) { return subtract(left, right).value(); }

std::string told(const Step& step) {
  constexpr std::array kWords{"", "transfer ", "return ", "again: "};
  const FundEvent& event = step.event;
  return std::string(kWords[static_cast<std::size_t>(step.what)]) + "ledger " +
         std::to_string(step.ledger) + ": " + std::string(to_string(event.kind)) + " " + event.id +
         " of " + event.document + (event.request.empty() ? "" : " (" + event.request + ")") +
         (event.amount ? " " + to_string(*event.amount) : "");
}

// ---- what happens

bool takes_all(Kind kind) {
  return kind == Kind::RequestClosed || kind == Kind::ClaimRefused ||
         kind == Kind::ClaimTakenBack || kind == Kind::Expired || kind == Kind::Renewed;
}
bool is_of_request(Kind kind) {
  return kind == Kind::RequestSubmitted || kind == Kind::RequestApproved ||
         kind == Kind::RequestClosed || kind == Kind::GrantRaised || kind == Kind::GrantLowered;
}

/// Kinds as often as they happen: money comes in, is asked for, claimed and paid more often than it
/// is taken back.
constexpr std::array kKinds{Kind::BudgetIncreased,
                            Kind::BudgetIncreased,
                            Kind::BudgetReductionAsked,
                            Kind::BudgetReduced,
                            Kind::Accrued,
                            Kind::AccrualReversed,
                            Kind::RequestSubmitted,
                            Kind::RequestSubmitted,
                            Kind::RequestApproved,
                            Kind::RequestApproved,
                            Kind::RequestClosed,
                            Kind::GrantRaised,
                            Kind::GrantLowered,
                            Kind::ClaimSubmitted,
                            Kind::ClaimSubmitted,
                            Kind::ClaimApproved,
                            Kind::ClaimApproved,
                            Kind::ClaimRefused,
                            Kind::ClaimTakenBack,
                            Kind::ClaimReleased,
                            Kind::ClaimReleased,
                            Kind::ClaimSettled,
                            Kind::ClaimSettled,
                            Kind::ClaimPaid,
                            Kind::ClaimPaid,
                            Kind::PaymentReversed,
                            Kind::SettledExternally,
                            Kind::ReversedToReserve,
                            Kind::ReversedToWriteOff,
                            Kind::OverConsumptionAsked,
                            Kind::OverConsumptionApproved,
                            Kind::Expired,
                            Kind::Renewed};

/// How much of the money a kind moves at a time: what comes later in a claim's life moves less, so
/// that most lives reach their payments.
std::int64_t share_of(Kind kind) {
  switch (kind) {
    case Kind::BudgetIncreased:
      return 20;
    case Kind::Distributed:
    case Kind::RequestSubmitted:
      return 6;
    case Kind::RequestApproved:
      return 5;
    case Kind::ClaimSubmitted:
    case Kind::ClaimApproved:
      return 4;
    case Kind::ClaimReleased:
      return 3;
    case Kind::ClaimSettled:
      return 2;
    default:
      return 1;
  }
}

/// The way from a budget to a payment and back: three of four events are those that a life of its
/// length has come to.
constexpr std::array kWay{Kind::BudgetIncreased,   Kind::RequestSubmitted,  Kind::RequestApproved,
                          Kind::ClaimSubmitted,    Kind::ClaimApproved,     Kind::ClaimReleased,
                          Kind::ClaimSettled,      Kind::ClaimPaid,         Kind::PaymentReversed,
                          Kind::ReversedToReserve, Kind::ClaimApproved,     Kind::ClaimReleased,
                          Kind::ClaimSettled,      Kind::ReversedToWriteOff};

Kind kind_at(std::size_t step, std::size_t length, std::mt19937_64& random) {
  if (random() % 4 == 0) return kKinds[random() % kKinds.size()];
  return kWay[step * kWay.size() / length];
}
/// One of two, mostly the first.
std::string number(std::mt19937_64& random) { return random() % 4 == 0 ? "1" : "0"; }

Life life_of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const bool whole = seed % 5 == 0;
  Life out{.seed = seed, .rules = {.currency = *Currency::parse(whole ? "JPY" : "EUR")}};
  out.rules.direct_claims = seed % 2 == 0;
  if (seed % 3 == 0) out.rules.tolerance = Percent{Decimal(static_cast<std::int64_t>(seed % 10))};
  const auto amount = [&] {
    // Round amounts meet each other: what was granted is claimed and paid to the cent.
    const auto round = static_cast<std::int64_t>(1 + random() % 40) * 500;
    const auto odd = static_cast<std::int64_t>(1 + random() % 20'000);
    return Decimal(random() % 3 == 0 ? odd : round, whole ? 0 : 2);
  };
  const std::size_t length = 10 + random() % 90;
  const std::size_t busiest = random() % kLedgers;
  for (std::size_t i = 0; i < length; ++i) {
    Step step{.ledger = random() % 4 != 0 ? busiest : random() % kLedgers};
    FundEvent& event = step.event;
    const std::uint64_t dice = i == 0 ? 100 : random() % 100;
    if (dice < 8 && step.ledger > 0) step.what = Step::What::Transfer;
    if (dice >= 8 && dice < 12 && step.ledger > 0) step.what = Step::What::Return;
    if (dice >= 12 && dice < 16 && !out.steps.empty()) {
      step = out.steps[random() % out.steps.size()];
      step.what = Step::What::Repeat;
      out.steps.push_back(step);
      continue;
    }
    event.id = "e" + std::to_string(i);
    event.kind = i == 0 ? Kind::BudgetIncreased : kind_at(i, length, random);
    if (step.what != Step::What::Event) event.kind = Kind::Distributed;
    const std::string request = "R" + number(random);
    if (step.what != Step::What::Event)
      event.document = "F" + std::to_string(step.ledger);
    else
      event.document = is_of_request(event.kind) ? request : "C" + number(random);
    // Most claims are of the request of their number.
    if (!is_of_request(event.kind) && step.what == Step::What::Event && random() % 8 != 0)
      event.request = random() % 8 == 0 ? request : "R" + event.document.substr(1);
    if (!takes_all(event.kind)) event.amount = multiply(amount(), share_of(event.kind)).value();
    out.steps.push_back(std::move(step));
  }
  return out;
}

// ---- what must hold

/// One ledger, and beside it the sums of its postings, made here and by nobody else.
struct Watched {
  FundLedger ledger;
  Sums sums{};
  std::map<std::string, Sums> by_document{};
  Decimal most_tolerated{};  ///< what was tolerated stays taken when the budget shrinks
};

std::string holder_of(Account account, const FundEvent& event) {
  const bool of_request = account == Account::Prereserved || account == Account::Reserved;
  return of_request && !is_of_request(event.kind) ? event.request : event.document;
}

/// The key figures by their definitions (reference: 5.2).
FundKeyFigures figures_of(const Sums& sums, const FundRules& rules) {
  const auto at = [&](Account account) {
    const auto found = sums.find(account);
    return found == sums.end() ? Decimal() : found->second;
  };
  FundKeyFigures out;
  out.budget = -at(Account::Budget);
  out.available_to_distribute =
      minus(minus(out.budget, at(Account::Distributed)), at(Account::Expired));
  out.available_to_reserve = at(Account::Available);
  out.available_to_spend = minus(at(Account::Reserved), at(Account::PendingClaim));
  if (rules.direct_claims)
    out.available_to_spend = plus(out.available_to_spend, at(Account::Available));
  out.remaining_cash =
      minus(minus(minus(out.budget, at(Account::Settled)), at(Account::ExternallySettled)),
            at(Account::WrittenOff));
  const Decimal used =
      plus(plus(at(Account::ApprovedClaim), at(Account::ReleasedToSettle)), at(Account::Settled));
  if (out.budget.sign() > 0)
    out.utilisation = Percent{divide(multiply(used, 100).value(), out.budget, 2).value()};
  return out;
}

/// Which accounts may be below zero: where money comes from, remarks, and what is available as far
/// as it is tolerated.
Breach below_zero(const Watched& watched) {
  for (const auto& [account, total] : watched.sums) {
    if (account == Account::Budget || account == Account::OverConsumptionApproved) {
      if (total.sign() > 0)
        return "more went back to " + std::string(to_string(account)) + " than came from it";
      continue;
    }
    if (account == Account::Remark) continue;
    const Decimal least = account == Account::Available ? -watched.most_tolerated : Decimal();
    if (total < least)
      return std::string(to_string(account)) + " is " + to_string(total) + ", below " +
             to_string(least);
  }
  for (const auto& [document, sums] : watched.by_document)
    for (const Account account : {Account::Prereserved, Account::Reserved, Account::ApprovedClaim,
                                  Account::ReleasedToSettle, Account::Settled})
      if (const auto found = sums.find(account); found != sums.end() && found->second.sign() < 0)
        return document + " holds " + to_string(found->second) + " of " +
               std::string(to_string(account));
  for (const auto& [document, sums] : watched.by_document) {
    const auto paid = sums.find(Account::Paid);
    if (paid == sums.end() || paid->second.is_zero()) continue;
    const auto settled = sums.find(Account::Settled);
    if (settled == sums.end() || settled->second < paid->second)
      return document + " has got more than is settled: " + to_string(paid->second);
  }
  return std::nullopt;
}

Breach unequal(const Watched& watched) {
  Decimal money;
  Decimal remarks;  // say something of it, and move none
  for (const auto& [account, total] : watched.sums) {
    Decimal& whole = account < Account::PendingClaim ? money : remarks;
    whole = plus(whole, total);
    const bool source = account == Account::Budget || account == Account::OverConsumptionApproved;
    if (watched.ledger.figure(account) != (source ? -total : total))
      return std::string(to_string(account)) + " is said to be " +
             to_string(watched.ledger.figure(account)) + ", and its postings are " +
             to_string(source ? -total : total);
  }
  if (!money.is_zero()) return "money came from nowhere: " + to_string(money);
  if (!remarks.is_zero()) return "a remark moves money: " + to_string(remarks);
  if (watched.ledger.key_figures() != figures_of(watched.sums, watched.ledger.rules()))
    return "a key figure is not what the postings make of it";
  return std::nullopt;
}

void take(Watched& watched, const FundPosting& posting) {
  const auto change = [&](Account account, const Decimal& by) {
    watched.sums[account] = plus(watched.sums[account], by);
    Decimal& held = watched.by_document[holder_of(account, posting.event)][account];
    held = plus(held, by);
  };
  change(posting.from, -posting.amount);
  change(posting.to, posting.amount);
  const auto share = part(watched.ledger.rules().tolerance, -watched.sums[Account::Budget]);
  if (!share) return;
  const Decimal tolerated = round(*share, minor_unit(watched.ledger.rules().currency));
  watched.most_tolerated = std::max(watched.most_tolerated, tolerated);
}

/// Posts an event; what it breaks. `made`: how many postings it has made.
Breach post(Watched& watched, const FundEvent& event, std::size_t& made) {
  const std::size_t before = watched.ledger.postings().size();
  const FundKeyFigures figures = watched.ledger.key_figures();
  const auto posted = watched.ledger.post(event);
  made = posted ? posted->size() : 0;
  if (watched.ledger.postings().size() != before + made) return "postings that nobody was told of";
  if (!posted) {
    if (posted.error().problems().size() != 1 || posted.error().problems()[0].rule.empty())
      return "a refusal without its rule";
    if (watched.ledger.key_figures() != figures) return "a refusal has changed a figure";
    return std::nullopt;
  }
  for (const FundPosting& posting : *posted) {
    if (posting.amount.sign() < 0) return "a posting below zero";
    if (posting.amount.scale() > minor_unit(watched.ledger.rules().currency))
      return "a posting that no bank can pay";
    take(watched, posting);
  }
  if (auto breach = below_zero(watched)) return breach;
  return unequal(watched);
}

/// What goes beyond is flagged, every other time approved, and goes when it is not needed.
Breach keep_excess(Watched& watched, const std::string& after) {
  std::size_t made = 0;
  int no = 0;
  const auto happen = [&](Kind kind, const std::string& document, const Decimal& amount) {
    return post(watched,
                {.id = after + ":" + std::to_string(++no),
                 .kind = kind,
                 .document = document,
                 .amount = amount},
                made);
  };
  const auto before = watched.ledger.excesses();
  Decimal kept;
  for (const auto& [document, excess] : before) {
    const Decimal free = std::min(excess.approved, watched.ledger.figure(Account::Available));
    if (free.sign() > 0) {
      if (auto breach = happen(Kind::ExcessLapsed, document, free)) return breach;
      if (made == 0) return "an approval that nobody needs does not lapse";
    }
    const Decimal open = std::max(-watched.ledger.figure(Account::Available), Decimal());
    if (plus(kept, excess.asked) <= open) {
      kept = plus(kept, excess.asked);
      continue;
    }
    if (auto breach = happen(Kind::ExcessUnflagged, document, excess.asked)) return breach;
    if (made == 0) return "a flag that nobody needs stays";
  }
  Decimal asked;
  for (const auto& [document, excess] : watched.ledger.excesses())
    asked = plus(asked, excess.asked);
  const Decimal open = minus(-watched.ledger.figure(Account::Available), asked);
  if (open.sign() <= 0) return std::nullopt;
  const std::string document = "R" + after;
  if (auto breach = happen(Kind::ExcessFlagged, document, open)) return breach;
  if (made == 0) return "what goes beyond is not flagged";
  if (after.back() % 2 != 0) return std::nullopt;
  const Decimal left = watched.ledger.key_figures().available_to_reserve;
  if (auto breach = happen(Kind::ExcessApproved, document, open)) return breach;
  if (made != 2) return "what was flagged is not approved";
  if (watched.ledger.key_figures().available_to_reserve != plus(left, open))
    return "what was approved is not available";
  return std::nullopt;
}

/// Lives a life from its beginning. nullopt = everything held.
class World {
 public:
  explicit World(const FundRules& rules, bool keeps_excess = false)
      : watched_(kLedgers, Watched{.ledger = FundLedger(rules)}), keeps_excess_(keeps_excess) {}

  Breach step(const Step& step) {
    if (auto breach = happen(step)) return breach;
    for (std::size_t at = 0; keeps_excess_ && at < kLedgers; ++at) {
      const std::string after = "x" + std::to_string(at) + "-" + std::to_string(steps_);
      if (auto breach = keep_excess(watched_[at], after)) return breach;
    }
    ++steps_;
    return std::nullopt;
  }

  Breach happen(const Step& step) {
    std::size_t made = 0;
    switch (step.what) {
      case Step::What::Event:
        return post(watched_[step.ledger], step.event, made);
      case Step::What::Repeat: {
        FundLedger& ledger = watched_[step.ledger].ledger;
        const bool known = ledger.event(step.event.id) != nullptr;
        auto breach = post(watched_[step.ledger], step.event, made);
        if (!breach && known && made != 0) return "an event was posted twice";
        return breach;
      }
      case Step::What::Transfer:
        return move(step, Kind::Distributed, 0, Kind::BudgetIncreased, step.ledger);
      case Step::What::Return:
        // A fund has money of its own, too: only what the budget has handed on goes back.
        if (watched_[0].ledger.figure(Account::Distributed, step.event.document) <
            *step.event.amount)
          return std::nullopt;
        return move(step, Kind::BudgetReduced, step.ledger, Kind::DistributionReturned, 0);
    }
    return std::nullopt;
  }

  /// At the end: what is stored is all that there is.
  Breach end() const {
    for (const Watched& each : watched_) {
      Decimal asked;
      for (const auto& [document, excess] : each.ledger.excesses())
        asked = plus(asked, excess.asked);
      const Decimal open = std::max(-each.ledger.figure(Account::Available), Decimal());
      if (keeps_excess_ && asked != open)
        return to_string(open) + " go beyond, and " + to_string(asked) + " are flagged";
      std::map<std::string, std::vector<const FundPosting*>> of_document;
      for (const FundPosting& posting : each.ledger.postings())
        of_document[posting.event.document].push_back(&posting);
      for (const auto& [document, postings] : of_document)
        if (each.ledger.postings_of(document) != postings)
          return "what is found of " + document + " is not what was posted of it";
      const auto again = FundLedger::replay(each.ledger.rules(), each.ledger.postings());
      if (!again) return "the postings do not replay: " + again.error().message();
      if (again->key_figures() != each.ledger.key_figures()) return "replayed, a figure differs";
    }
    const Decimal handed_on = watched_[0].ledger.figure(Account::Distributed);
    if (handed_on != transferred_)
      return "the budget has handed on " + to_string(handed_on) + ", its funds got " +
             to_string(transferred_);
    return std::nullopt;
  }
  std::size_t postings() const {
    std::size_t out = 0;
    for (const Watched& each : watched_) out += each.ledger.postings().size();
    return out;
  }
  std::size_t count(Kind kind) const {
    std::size_t out = 0;
    for (const Watched& each : watched_)
      out += static_cast<std::size_t>(
          std::count_if(each.ledger.postings().begin(), each.ledger.postings().end(),
                        [kind](const FundPosting& posting) { return posting.event.kind == kind; }));
    return out;
  }

 private:
  /// Takes from one ledger, and only what was taken reaches the other.
  Breach move(const Step& step, Kind taken, std::size_t from, Kind given, std::size_t to) {
    FundEvent event = step.event;
    event.kind = taken;
    std::size_t made = 0;
    if (auto breach = post(watched_[from], event, made)) return breach;
    if (made == 0) return std::nullopt;
    event.kind = given;
    if (auto breach = post(watched_[to], event, made)) return breach;
    if (made == 0) return "money that left one ledger was refused by the other";
    const Decimal amount = *event.amount;
    transferred_ =
        taken == Kind::Distributed ? plus(transferred_, amount) : minus(transferred_, amount);
    return std::nullopt;
  }

  std::vector<Watched> watched_;
  bool keeps_excess_{};
  std::size_t steps_{};
  Decimal transferred_{};
};

Breach lived(const Life& life, std::size_t* postings = nullptr) {
  World run(life.rules);
  for (const Step& step : life.steps)
    if (auto breach = run.step(step)) return breach;
  if (postings != nullptr) *postings += run.postings();
  return run.end();
}

// ---- telling it

/// Leaves out what the breach does not need: halves first, then one step after the other.
Life shrunk(Life life, const std::function<bool(const Life&)>& fails) {
  for (std::size_t size = life.steps.size() / 2; size > 0; size /= 2) {
    for (std::size_t at = 0; at + size <= life.steps.size();) {
      Life shorter = life;
      const auto begin = shorter.steps.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
      if (fails(shorter))
        life = std::move(shorter);
      else
        at += size;
    }
  }
  return life;
}

std::string story_of(const Life& life, const std::string& breach) {
  std::string out = "seed " + std::to_string(life.seed) + ", " + life.rules.currency.text() +
                    ", tolerance " + to_string(life.rules.tolerance.value) + " %" +
                    (life.rules.direct_claims ? ", direct claims" : "") + ": " + breach;
  for (const Step& step : life.steps) out += "\n  " + told(step);
  return out;
}

TEST(FundLedgerProperty, NoSequenceOfEventsBreaksTheBooks) {
  std::size_t postings = 0;
  for (std::uint64_t seed = 1; seed <= lives(); ++seed) {
    const Life life = life_of(seed);
    if (!lived(life, &postings)) continue;
    const Life least = shrunk(life, [](const Life& each) { return lived(each).has_value(); });
    FAIL() << story_of(least, *lived(least));
  }
  EXPECT_GT(postings, kLives * 20) << "too little was posted: this proves little";
}

TEST(FundLedgerProperty, WhatGoesBeyondIsFlaggedAndApprovedAndBreaksNothing) {
  std::map<Kind, std::size_t> seen;
  for (std::uint64_t seed = 1; seed <= lives(); ++seed) {
    Life life = life_of(seed);
    life.rules.tolerance = Percent{Decimal(static_cast<std::int64_t>(5 + seed % 30))};
    World run(life.rules, /*keeps_excess=*/true);
    for (const Step& step : life.steps) {
      const Breach breach = run.step(step);
      ASSERT_FALSE(breach) << story_of(life, *breach);
    }
    const Breach breach = run.end();
    ASSERT_FALSE(breach) << story_of(life, *breach);
    for (const Kind kind :
         {Kind::ExcessFlagged, Kind::ExcessUnflagged, Kind::ExcessApproved, Kind::ExcessLapsed})
      seen[kind] += run.count(kind);
  }
  for (const auto& [kind, count] : seen) EXPECT_GT(count, 20U) << to_string(kind);
}

TEST(FundLedgerProperty, EveryKindOfEventIsPostedAndRefusedMoreThanOnce) {
  std::map<Kind, std::pair<int, int>> seen;
  for (std::uint64_t seed = 1; seed <= kLives; ++seed) {
    const Life life = life_of(seed);
    std::vector<FundLedger> ledgers(kLedgers, FundLedger(life.rules));
    for (const Step& step : life.steps) {
      if (step.what != Step::What::Event) continue;
      const bool posted = ledgers[step.ledger].post(step.event).has_value();
      ++(posted ? seen[step.event.kind].first : seen[step.event.kind].second);
    }
  }
  for (const Kind kind : kKinds) EXPECT_GT(seen[kind].first, 20) << to_string(kind);
  int refused = 0;
  for (const auto& [kind, counts] : seen) refused += counts.second;
  EXPECT_GT(refused, 1'000);
}

/// The proof of the proof: a rule that no ledger has is broken, and told as what it takes to break
/// it.
TEST(FundLedgerProperty, ABreachIsToldAsItsShortestSequenceAndItsSeed) {
  const auto breaks = [](const Life& life) {
    FundLedger ledger(life.rules);
    for (const Step& step : life.steps)
      if (step.what == Step::What::Event) static_cast<void>(ledger.post(step.event));
    const auto raised = std::count_if(
        ledger.postings().begin(), ledger.postings().end(),
        [](const FundPosting& each) { return each.event.kind == Kind::BudgetIncreased; });
    return raised > 2;
  };
  std::uint64_t seed = 1;
  while (!breaks(life_of(seed))) ++seed;
  const Life least = shrunk(life_of(seed), breaks);
  EXPECT_EQ(least.steps.size(), 3U);
  const std::string story = story_of(least, "raised three times");
  EXPECT_THAT(story, ::testing::HasSubstr("seed " + std::to_string(seed)));
  EXPECT_THAT(story, ::testing::HasSubstr("budget_increased"));
}

}  // namespace
}  // namespace channelbridge::model::fund_ledger_property_test

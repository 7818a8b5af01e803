// The books of a fund: what its key figures are, and what no sequence of events can do to them.
#include "channelbridge/model/fund_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace channelbridge::model::fund_ledger_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Account = FundAccount;
using Kind = FundEventKind;

FundRules rules(const char* currency = "EUR") { return {.currency = *Currency::parse(currency)}; }

Decimal number(const char* text) { return Decimal::parse(text).value(); }

/// Events with ids of their own.
class Books {
 public:
  explicit Books(FundRules with = rules()) : ledger(std::move(with)) {}

  Result<std::vector<FundPosting>> post(Kind kind, const std::string& document,
                                        const char* amount = nullptr,
                                        const std::string& request = "") {
    FundEvent event{
        .id = std::to_string(++last_), .kind = kind, .document = document, .request = request};
    if (amount != nullptr) event.amount = number(amount);
    return ledger.post(event);
  }
  void take(Kind kind, const std::string& document, const char* amount = nullptr,
            const std::string& request = "") {
    const auto posted = post(kind, document, amount, request);
    EXPECT_TRUE(posted) << to_string(posted.error());
  }
  std::string refusal(Kind kind, const std::string& document, const char* amount = nullptr,
                      const std::string& request = "") {
    const auto before = ledger.postings().size();
    const auto posted = post(kind, document, amount, request);
    EXPECT_EQ(ledger.postings().size(), before) << "all of it or nothing";
    if (posted) return "posted";
    EXPECT_THAT(posted.error().problems(), SizeIs(1));
    return posted.error().problems().front().rule + ": " + posted.error().message();
  }
  std::string figure(Account account) const { return to_string(ledger.figure(account)); }

  FundLedger ledger;

 private:
  int last_{};
};

TEST(FundLedger, FollowsARequestToItsPayment) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "10000");
  books.take(Kind::RequestSubmitted, "R1", "3000");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_reserve), "7000");
  books.take(Kind::RequestApproved, "R1", "2500");
  EXPECT_EQ(books.figure(Account::Prereserved), "0");
  EXPECT_EQ(books.figure(Account::Reserved), "2500");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_reserve), "7500");
  books.take(Kind::ClaimSubmitted, "C1", "1200.40", "R1");
  EXPECT_EQ(books.figure(Account::PendingClaim), "1200.4");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_reserve), "7500")
      << "a claim lies inside its reservation";
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_spend), "1299.6");
  books.take(Kind::ClaimApproved, "C1", "1000", "R1");
  EXPECT_EQ(books.figure(Account::PendingClaim), "0");
  EXPECT_EQ(books.figure(Account::ApprovedClaim), "1000");
  EXPECT_EQ(books.figure(Account::Reserved), "1500");
  books.take(Kind::ClaimReleased, "C1", "1000", "R1");
  books.take(Kind::ClaimSettled, "C1", "1000", "R1");
  books.take(Kind::RequestClosed, "R1");
  const FundKeyFigures figures = books.ledger.key_figures();
  EXPECT_EQ(to_string(figures.available_to_reserve), "9000");
  EXPECT_EQ(to_string(figures.remaining_cash), "9000");
  ASSERT_TRUE(figures.utilisation);
  EXPECT_EQ(to_string(figures.utilisation->value), "10");
}

TEST(FundLedger, AnEventThatComesAgainIsPostedOnce) {
  Books books;
  const FundEvent raised{
      .id = "x", .kind = Kind::BudgetIncreased, .document = "B1", .amount = number("100")};
  ASSERT_TRUE(books.ledger.post(raised));
  const auto again = books.ledger.post(raised);
  ASSERT_TRUE(again);
  EXPECT_THAT(*again, IsEmpty());
  EXPECT_EQ(books.figure(Account::Budget), "100");
  FundEvent other = raised;
  other.amount = number("101");
  const auto differs = books.ledger.post(other);
  ASSERT_FALSE(differs);
  EXPECT_EQ(differs.error().problems().front().rule, "fund_event_differs");
  EXPECT_EQ(books.figure(Account::Budget), "100");
}

TEST(FundLedger, RefusesWithRuleAndFigures) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "500");
  EXPECT_THAT(books.refusal(Kind::RequestSubmitted, "R1", "800.50"),
              HasSubstr("fund_available: request_submitted of R1 asks for 800.50 EUR, and 500.00 "
                        "EUR is available: 300.50 EUR too much"));
  books.take(Kind::RequestSubmitted, "R1", "400");
  EXPECT_THAT(books.refusal(Kind::RequestApproved, "R1", "401"), HasSubstr("fund_overdrawn"));
  books.take(Kind::RequestApproved, "R1", "400");
  EXPECT_THAT(books.refusal(Kind::ClaimApproved, "C1", "450", "R1"),
              HasSubstr("takes 450.00 EUR of reserved, where 400.00 EUR is held by R1"));
  EXPECT_THAT(books.refusal(Kind::ClaimSubmitted, "C2", "10"), HasSubstr("fund_direct_claim"));
  books.take(Kind::ClaimSubmitted, "C1", "400", "R1");
  EXPECT_THAT(books.refusal(Kind::RequestClosed, "R1"), HasSubstr("fund_claim_pending"));
  books.take(Kind::ClaimApproved, "C1", "300", "R1");
  EXPECT_THAT(books.refusal(Kind::ClaimSettled, "C1", "300", "R1"), HasSubstr("fund_overdrawn"))
      << "nobody has released it";
  for (const char* wrong : {"0", "-1", "1.001"})
    EXPECT_THAT(books.refusal(Kind::BudgetIncreased, "B2", wrong), HasSubstr("fund_amount"));
  EXPECT_THAT(books.refusal(Kind::BudgetIncreased, "B2"), HasSubstr("fund_amount"));
  EXPECT_THAT(books.refusal(Kind::Expired, "E1", "1"), HasSubstr("fund_amount"));
}

TEST(FundLedger, GrantsMoreAndLessButNeverLessThanClaimsWaitFor) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "1000");
  books.take(Kind::RequestSubmitted, "R1", "500");
  books.take(Kind::RequestApproved, "R1", "500");
  books.take(Kind::GrantRaised, "R1", "300");
  EXPECT_EQ(books.figure(Account::Reserved), "800");
  EXPECT_THAT(books.refusal(Kind::GrantRaised, "R1", "201"), HasSubstr("fund_available"));
  books.take(Kind::ClaimSubmitted, "C1", "600", "R1");
  EXPECT_THAT(
      books.refusal(Kind::GrantLowered, "R1", "250"),
      HasSubstr("fund_claim_pending: grant_lowered of R1 would leave 550.00 EUR, and claims "
                "of 600.00 EUR wait for their decision"));
  books.take(Kind::GrantLowered, "R1", "200");
  EXPECT_EQ(books.figure(Account::Reserved), "600");
  EXPECT_EQ(books.figure(Account::Available), "400");
}

TEST(FundLedger, TakesAnApprovalBackThatIsNotPaid) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "1000");
  books.take(Kind::RequestSubmitted, "R1", "500");
  books.take(Kind::RequestApproved, "R1", "500");
  books.take(Kind::ClaimApproved, "C1", "400", "R1");
  books.take(Kind::ClaimReleased, "C1", "300", "R1");
  books.take(Kind::ClaimSettled, "C1", "100", "R1");
  books.take(Kind::ClaimTakenBack, "C1", nullptr, "R1");
  EXPECT_EQ(books.figure(Account::ApprovedClaim), "0");
  EXPECT_EQ(books.figure(Account::ReleasedToSettle), "0");
  EXPECT_EQ(books.figure(Account::Settled), "100") << "what is paid is paid";
  EXPECT_EQ(books.figure(Account::Reserved), "400");
}

TEST(FundLedger, WhatIsPaidIsAPartOfWhatIsSettledAndIsReversedFirst) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "1000");
  books.take(Kind::RequestSubmitted, "R1", "500");
  books.take(Kind::RequestApproved, "R1", "500");
  books.take(Kind::ClaimApproved, "C1", "400", "R1");
  books.take(Kind::ClaimReleased, "C1", "400", "R1");
  books.take(Kind::ClaimSettled, "C1", "300", "R1");
  const FundKeyFigures before = books.ledger.key_figures();
  EXPECT_THAT(books.refusal(Kind::ClaimPaid, "C1", "300.01", "R1"), HasSubstr("fund_overdrawn"));
  books.take(Kind::ClaimPaid, "C1", "200", "R1");
  EXPECT_EQ(books.figure(Account::Paid), "200");
  EXPECT_EQ(books.figure(Account::Settled), "300");
  EXPECT_EQ(books.ledger.key_figures(), before) << "it left the fund when it was settled";
  EXPECT_THAT(books.refusal(Kind::ReversedToReserve, "C1", "200", "R1"),
              HasSubstr("fund_overdrawn"));
  books.take(Kind::ReversedToReserve, "C1", "100", "R1");
  books.take(Kind::PaymentReversed, "C1", "200", "R1");
  books.take(Kind::ReversedToWriteOff, "C1", "200", "R1");
  EXPECT_EQ(books.figure(Account::Paid), "0");
  EXPECT_EQ(books.figure(Account::WrittenOff), "200");
}

TEST(FundLedger, WhatWasLostPaidOtherwiseOrApprovedBeyondItsGrantIsTakenBack) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "1000");
  books.take(Kind::RequestSubmitted, "R1", "500");
  books.take(Kind::RequestApproved, "R1", "500");
  books.take(Kind::ClaimApproved, "C1", "400", "R1");
  books.take(Kind::ClaimReleased, "C1", "400", "R1");
  books.take(Kind::ClaimSettled, "C1", "400", "R1");
  books.take(Kind::ReversedToWriteOff, "C1", "400", "R1");
  EXPECT_THAT(books.refusal(Kind::WriteOffReversed, "C1", "401", "R1"),
              HasSubstr("fund_overdrawn"));
  books.take(Kind::WriteOffReversed, "C1", "400", "R1");
  EXPECT_EQ(books.figure(Account::WrittenOff), "0");
  EXPECT_EQ(books.figure(Account::Reserved), "500");
  books.take(Kind::SettledExternally, "C2", "100", "R1");
  EXPECT_THAT(books.refusal(Kind::ExternallyReversed, "C3", "100", "R1"),
              HasSubstr("fund_overdrawn"));
  books.take(Kind::ExternallyReversed, "C2", "100", "R1");
  EXPECT_EQ(books.figure(Account::Reserved), "500");
  books.take(Kind::OverConsumptionAsked, "C2", "50", "R1");
  books.take(Kind::OverConsumptionRefused, "C2", "50", "R1");
  EXPECT_EQ(books.figure(Account::OverConsumptionRequested), "0");
  books.take(Kind::OverConsumptionApproved, "C2", "50", "R1");
  EXPECT_EQ(books.figure(Account::Reserved), "550");
  EXPECT_THAT(books.refusal(Kind::OverConsumptionReversed, "C2", "51", "R1"),
              HasSubstr("takes back 51.00 EUR, and 50.00 EUR are approved"));
  books.take(Kind::OverConsumptionReversed, "C2", "50", "R1");
  EXPECT_EQ(books.figure(Account::Reserved), "500");
  EXPECT_EQ(books.figure(Account::OverConsumptionApproved), "0");
  books.take(Kind::BudgetReductionAsked, "B1", "300");
  books.take(Kind::BudgetReductionWithdrawn, "B1", "300");
  EXPECT_EQ(books.figure(Account::BudgetReductionPending), "0");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_reserve), "500");
}

TEST(FundLedger, WhatWasHandedOnComesBack) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "1000");
  books.take(Kind::Distributed, "F1", "700");
  EXPECT_THAT(books.refusal(Kind::Distributed, "F2", "301"), HasSubstr("fund_available"));
  EXPECT_THAT(books.refusal(Kind::DistributionReturned, "F2", "1"), HasSubstr("fund_overdrawn"));
  books.take(Kind::DistributionReturned, "F1", "200");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_distribute), "500");
}

TEST(FundLedger, ToleratesWhatItsRulesSay) {
  FundRules with = rules();
  with.tolerance = Percent{number("5")};
  Books books(with);
  books.take(Kind::BudgetIncreased, "B1", "1000");
  EXPECT_THAT(books.refusal(Kind::RequestSubmitted, "R1", "1050.01"), HasSubstr("1050.00 EUR"));
  books.take(Kind::RequestSubmitted, "R1", "1050");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_reserve), "-50");
}

TEST(FundLedger, WhatGoesBeyondIsFlaggedApprovedAndTakenBack) {
  FundRules with = rules();
  with.tolerance = Percent{number("5")};
  Books books(with);
  books.take(Kind::BudgetIncreased, "B1", "1000");
  EXPECT_THAT(books.refusal(Kind::ExcessFlagged, "R1", "1"), HasSubstr("fund_excess"));
  books.take(Kind::RequestSubmitted, "R1", "1040");
  EXPECT_EQ(to_string(books.ledger.excess()), "40");
  EXPECT_THAT(books.refusal(Kind::ExcessFlagged, "R1", "40.01"), HasSubstr("40.00 EUR go beyond"));
  EXPECT_THAT(books.refusal(Kind::ExcessApproved, "R1", "1"), HasSubstr("fund_excess"))
      << "what nobody has flagged";
  books.take(Kind::ExcessFlagged, "R1", "40");
  EXPECT_EQ(books.figure(Account::OverConsumptionRequested), "40");
  EXPECT_THAT(books.refusal(Kind::ExcessFlagged, "R1", "0.01"), HasSubstr("0.00 EUR go beyond"));
  books.take(Kind::ExcessApproved, "R1", "40");
  EXPECT_EQ(books.figure(Account::OverConsumptionRequested), "0");
  EXPECT_EQ(books.figure(Account::OverConsumptionApproved), "40");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_reserve), "0");
  EXPECT_EQ(to_string(books.ledger.excesses().at("R1").approved), "40");
  EXPECT_THAT(books.refusal(Kind::RequestSubmitted, "R2", "10.01"), HasSubstr("fund_available"))
      << "what is tolerated is tolerated once";
  EXPECT_THAT(books.refusal(Kind::OverConsumptionReversed, "R1", "40"), HasSubstr("0.00 EUR"))
      << "the keeper of the fund has not approved it";
  books.take(Kind::RequestClosed, "R1");
  EXPECT_THAT(books.refusal(Kind::BudgetReduced, "B1", "1000.01"), HasSubstr("fund_overdrawn"));
  EXPECT_THAT(books.refusal(Kind::ExcessLapsed, "R2", "40"), HasSubstr("0.00 EUR are approved"));
  books.take(Kind::ExcessLapsed, "R1", "40");
  EXPECT_EQ(to_string(books.ledger.key_figures().available_to_reserve), "1000");
  EXPECT_THAT(books.ledger.excesses(), IsEmpty());
  const auto again = FundLedger::replay(books.ledger.rules(), books.ledger.postings());
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->key_figures(), books.ledger.key_figures());
}

TEST(FundLedger, WhatEndedEndsAtOnceAndARenewalBringsItBack) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "1000");
  books.take(Kind::RequestSubmitted, "R1", "600");
  books.take(Kind::RequestApproved, "R1", "600");
  books.take(Kind::Expired, "E1");
  EXPECT_EQ(books.figure(Account::Expired), "400");
  EXPECT_EQ(books.figure(Account::Reserved), "600") << "what was promised is spared";
  books.take(Kind::RequestClosed, "R1");
  EXPECT_EQ(books.figure(Account::Expired), "1000");
  EXPECT_EQ(books.figure(Account::Available), "0");
  books.take(Kind::Renewed, "E2");
  EXPECT_EQ(books.figure(Account::Available), "1000");
}

TEST(FundLedger, ATamperedPostingIsFoundWithItsNumber) {
  Books books;
  books.take(Kind::BudgetIncreased, "B1", "1000");
  books.take(Kind::RequestSubmitted, "R1", "600");
  books.take(Kind::RequestApproved, "R1", "500");
  const std::vector<FundPosting> postings(books.ledger.postings().begin(),
                                          books.ledger.postings().end());
  ASSERT_THAT(postings, SizeIs(4));
  ASSERT_TRUE(FundLedger::replay(rules(), postings));
  const auto told = [](std::vector<FundPosting> changed) {
    const auto ledger = FundLedger::replay(rules(), changed);
    return ledger ? std::string("nothing") : ledger.error().message();
  };
  auto changed = postings;
  changed[2].amount = number("550");
  EXPECT_THAT(told(changed), HasSubstr("posting 3 (request_approved of R1) is 550.00 EUR from "
                                       "prereserved to reserved, and its event makes 500.00 EUR"));
  changed = postings;
  changed[1].to = Account::Settled;
  EXPECT_THAT(told(changed), HasSubstr("posting 2"));
  changed = postings;
  changed.pop_back();
  EXPECT_THAT(told(changed), HasSubstr("is missing"));
  changed = postings;
  changed.erase(changed.begin());
  EXPECT_THAT(told(changed), HasSubstr("posting 2"));
  changed = postings;
  changed.push_back(postings[0]);
  EXPECT_THAT(told(changed), HasSubstr("posted before"));
}

/// Random lives of a fund. Whatever happens, the figures are the sums of the postings, every
/// account that holds money holds none below zero, and all of the budget stands somewhere.
TEST(FundLedger, NoSequenceOfEventsBreaksTheBooks) {
  constexpr std::array kKinds{Kind::BudgetIncreased,
                              Kind::BudgetReductionAsked,
                              Kind::BudgetReduced,
                              Kind::Distributed,
                              Kind::DistributionReturned,
                              Kind::Accrued,
                              Kind::AccrualReversed,
                              Kind::RequestSubmitted,
                              Kind::RequestApproved,
                              Kind::RequestClosed,
                              Kind::GrantRaised,
                              Kind::GrantLowered,
                              Kind::ClaimSubmitted,
                              Kind::ClaimApproved,
                              Kind::ClaimRefused,
                              Kind::ClaimTakenBack,
                              Kind::ClaimReleased,
                              Kind::ClaimSettled,
                              Kind::ClaimPaid,
                              Kind::PaymentReversed,
                              Kind::SettledExternally,
                              Kind::ReversedToReserve,
                              Kind::ReversedToWriteOff,
                              Kind::OverConsumptionAsked,
                              Kind::OverConsumptionApproved,
                              Kind::BudgetReductionWithdrawn,
                              Kind::ExternallyReversed,
                              Kind::WriteOffReversed,
                              Kind::OverConsumptionRefused,
                              Kind::OverConsumptionReversed,
                              Kind::Expired,
                              Kind::Renewed};
  std::size_t posted = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    FundRules with = rules(seed % 3 == 0 ? "JPY" : "EUR");
    with.direct_claims = seed % 2 == 0;
    FundLedger ledger(with);
    for (int step = 0; step < 80; ++step) {
      const std::string request = "R" + std::to_string(random() % 3);
      const Kind kind = step == 0 ? Kind::BudgetIncreased : kKinds[random() % kKinds.size()];
      const bool of_request = kind == Kind::RequestSubmitted || kind == Kind::RequestApproved ||
                              kind == Kind::RequestClosed || kind == Kind::GrantRaised ||
                              kind == Kind::GrantLowered;
      FundEvent event{.id = std::to_string(step),
                      .kind = kind,
                      .document = of_request ? request : "C" + std::to_string(random() % 4),
                      .request = of_request || random() % 3 == 0 ? "" : request};
      const bool all = kind == Kind::RequestClosed || kind == Kind::ClaimRefused ||
                       kind == Kind::ClaimTakenBack || kind == Kind::Expired ||
                       kind == Kind::Renewed;
      if (!all)
        event.amount =
            Decimal(static_cast<std::int64_t>(1 + random() % 50'000), seed % 3 == 0 ? 0 : 2);
      const auto made = ledger.post(event);
      if (made) posted += made->size();
      if (!made) {
        ASSERT_EQ(made.error().code(), ErrorCode::Invalid);
        ASSERT_FALSE(made.error().problems().front().rule.empty());
      }
      std::map<Account, Decimal> sums;
      for (const FundPosting& posting : ledger.postings()) {
        ASSERT_GE(posting.amount.sign(), 0);
        sums[posting.from] = subtract(sums[posting.from], posting.amount).value();
        sums[posting.to] = add(sums[posting.to], posting.amount).value();
      }
      Decimal whole;
      for (const auto& [account, total] : sums) {
        whole = add(whole, total).value();
        const bool source =
            account == Account::Budget || account == Account::OverConsumptionApproved;
        ASSERT_EQ(ledger.figure(account), source ? -total : total) << to_string(account);
        const bool may_lack = account == Account::Available || account == Account::Remark;
        if (!source && !may_lack) {
          ASSERT_GE(total.sign(), 0) << "seed " << seed << ": " << to_string(account);
        }
      }
      ASSERT_TRUE(whole.is_zero());
      ASSERT_GE(sums[Account::Available].sign(), 0) << "a strict fund, seed " << seed;
      const FundKeyFigures figures = ledger.key_figures();
      ASSERT_EQ(figures.available_to_reserve, sums[Account::Available]);
    }
    const auto replayed = FundLedger::replay(with, ledger.postings());
    ASSERT_TRUE(replayed) << "seed " << seed << ": " << to_string(replayed.error());
    ASSERT_EQ(replayed->key_figures(), ledger.key_figures());
  }
  EXPECT_GT(posted, 3'000U) << "too little was posted: this proves little";
}

}  // namespace
}  // namespace channelbridge::model::fund_ledger_test

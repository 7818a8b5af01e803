// What of a claim may be paid, and why no more.
#include "channelbridge/model/claim_evaluation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class ClaimEvaluations : public ::testing::Test {
 protected:
  /// Half of two invoices: 500 and 400 EUR, and enough left for both.
  static ClaimFacts facts() {
    ClaimFacts out{.currency = *Currency::parse("EUR")};
    out.lines = {
        {.no = 1, .net = decimal("1000"), .tax = decimal("250"), .claimed = decimal("500")},
        {.no = 2, .net = decimal("800"), .claimed = decimal("400")}};
    out.share = Percent{Decimal(50)};
    out.request_left = Decimal(1000);
    out.fund_left = Decimal(5000);
    return out;
  }

  /// A claim in another currency, of one line: half of its net amount.
  static ClaimFacts foreign(const char* currency, const char* claimed, const char* rate,
                            const char* left) {
    ClaimFacts out{.currency = *Currency::parse(currency)};
    const Decimal amount = decimal(claimed);
    out.lines = {{.no = 1, .net = add(amount, amount).value(), .claimed = amount}};
    out.share = Percent{Decimal(50)};
    out.request_left = decimal(left);
    out.fund_left = Decimal(100000);
    out.conversion = ClaimConversion{.to = *Currency::parse("EUR"),
                                     .rate = decimal(rate),
                                     .date = *Date::parse("2026-03-31"),
                                     .source = "ECB"};
    return out;
  }

  /// "1 500 none " of each line: number, approved, limit, reason.
  static std::vector<std::string> lines_of(const ClaimEvaluation& evaluation) {
    std::vector<std::string> out;
    for (const EvaluatedLine& line : evaluation.lines)
      out.push_back(std::to_string(line.no) + " " + to_string(line.approved) + " " +
                    std::string(to_string(line.limit)) + " " + line.reason);
    return out;
  }
  static std::vector<std::string> lines_of(const ClaimFacts& facts) {
    return lines_of(evaluate(facts).value());
  }
};

TEST_F(ClaimEvaluations, GrantWhatIsClaimedWhereNothingStandsAgainstIt) {
  const ClaimEvaluation out = evaluate(facts()).value();
  EXPECT_THAT(lines_of(out), ElementsAre("1 500 none ", "2 400 none "));
  EXPECT_EQ(out.claimed, Decimal(900));
  EXPECT_EQ(out.eligible, Decimal(1800));
  EXPECT_EQ(out.computed, Decimal(900));
  EXPECT_EQ(out.approved, Decimal(900));
  EXPECT_EQ(out.limit, ClaimLimit::None);
  EXPECT_EQ(out.charged, (Money{.amount = Decimal(900), .currency = Currency::parse("EUR")}));
  EXPECT_FALSE(out.conversion);
  EXPECT_FALSE(out.late);
}

TEST_F(ClaimEvaluations, GrantNoMoreThanTheShareOfWhatIsEligible) {
  ClaimFacts some = facts();
  some.lines[0].claimed = Decimal(600);
  some.lines[1].claimed = Decimal(401);
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_THAT(lines_of(out),
              ElementsAre("1 500 share tax_not_reimbursable", "2 400 share wrong_rate"));
  EXPECT_EQ(out.limit, ClaimLimit::Share);
  some.lines[0].claimed = decimal("625.01");
  EXPECT_THAT(lines_of(some), ElementsAre("1 500 share wrong_rate", "2 400 share wrong_rate"))
      << "more than the tax explains";
}

TEST_F(ClaimEvaluations, ShareTheTaxThatThePartnerCannotReclaim) {
  ClaimFacts some = facts();
  some.tax_reimbursable = true;
  some.lines[0].claimed = Decimal(625);
  some.request_left = Decimal(1025);
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_THAT(lines_of(out), ElementsAre("1 625 none ", "2 400 none "));
  EXPECT_EQ(out.eligible, Decimal(2050));
  some.request_left = Decimal(1000);
  EXPECT_THAT(lines_of(some), ElementsAre("1 625 none ", "2 375 request over_limit"))
      << "with its tax, too, no more is paid than was approved beforehand";
}

TEST_F(ClaimEvaluations, GrantNothingOfWhatIsNotEligible) {
  ClaimFacts some = facts();
  some.lines[0].ineligible = "no_proof";
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_THAT(lines_of(out), ElementsAre("1 0 eligibility no_proof", "2 400 none "));
  EXPECT_EQ(out.eligible, Decimal(800));
  EXPECT_EQ(out.approved, Decimal(400));
  EXPECT_EQ(out.limit, ClaimLimit::Eligibility);
}

TEST_F(ClaimEvaluations, GiveWhatIsLeftToTheLinesInTheirOrder) {
  ClaimFacts some = facts();
  some.lines.push_back({.no = 3, .net = Decimal(100), .claimed = Decimal(50)});
  some.request_left = Decimal(700);
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_THAT(lines_of(out),
              ElementsAre("1 500 none ", "2 200 request over_limit", "3 0 request over_limit"));
  EXPECT_EQ(out.approved, Decimal(700));
  EXPECT_EQ(out.limit, ClaimLimit::Request);
}

TEST_F(ClaimEvaluations, AreBoundByTheOneThatHasLessLeft) {
  ClaimFacts some = facts();
  some.request_left = Decimal(700);
  some.fund_left = Decimal(650);
  EXPECT_THAT(lines_of(some), ElementsAre("1 500 none ", "2 150 fund over_limit"));
  some.fund_left = Decimal(700);
  EXPECT_THAT(lines_of(some), ElementsAre("1 500 none ", "2 200 request over_limit"));
  some.request_left.reset();
  EXPECT_THAT(lines_of(some), ElementsAre("1 500 none ", "2 200 fund over_limit"))
      << "a direct claim";
}

TEST_F(ClaimEvaluations, ExceedBothByTheOverConsumptionThatWasApproved) {
  ClaimFacts some = facts();
  some.request_left = Decimal(700);
  some.fund_left = Decimal(750);
  some.over_consumption = Decimal(100);
  EXPECT_THAT(lines_of(some), ElementsAre("1 500 none ", "2 300 request over_limit"));
}

TEST_F(ClaimEvaluations, GrantNothingWhereNothingIsLeft) {
  ClaimFacts some = facts();
  some.request_left = Decimal(-5);
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_THAT(lines_of(out), ElementsAre("1 0 request over_limit", "2 0 request over_limit"));
  EXPECT_TRUE(out.approved.is_zero());
  some.over_consumption = Decimal(25);
  EXPECT_THAT(lines_of(some), ElementsAre("1 20 request over_limit", "2 0 request over_limit"));
}

TEST_F(ClaimEvaluations, KeepTheReasonOfALineThatTheLimitDoesNotReduceFurther) {
  ClaimFacts some = facts();
  some.lines[0].claimed = Decimal(600);
  some.request_left = Decimal(700);
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_THAT(lines_of(out),
              ElementsAre("1 500 share tax_not_reimbursable", "2 200 request over_limit"));
  EXPECT_EQ(out.limit, ClaimLimit::Request);
}

TEST_F(ClaimEvaluations, AreMadeOfRoundedLines) {
  ClaimFacts some = facts();
  some.lines = {{.no = 1, .net = decimal("0.25"), .claimed = decimal("0.13")},
                {.no = 2, .net = decimal("0.25"), .claimed = decimal("0.13")}};
  EXPECT_EQ(evaluate(some)->approved, decimal("0.26")) << "not half of 0.50";
  const ClaimEvaluation even = evaluate(some, {.rounding = Rounding::HalfEven}).value();
  EXPECT_THAT(lines_of(even), ElementsAre("1 0.12 share wrong_rate", "2 0.12 share wrong_rate"));
  some.request_left = decimal("0.205");
  EXPECT_EQ(evaluate(some)->approved, decimal("0.2")) << "there is no half cent to give";
}

TEST_F(ClaimEvaluations, ChargeTheFundInItsOwnCurrency) {
  const ClaimFacts some = foreign("SEK", "1000", "0.0869", "86.9");
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_THAT(lines_of(out), ElementsAre("1 1000 none "));
  EXPECT_EQ(out.charged, (Money{.amount = decimal("86.9"), .currency = Currency::parse("EUR")}));
  EXPECT_EQ(out.conversion, some.conversion);
}

TEST_F(ClaimEvaluations, GrantInTheClaimsCurrencyWhatIsLeftInTheFunds) {
  const ClaimEvaluation less = evaluate(foreign("SEK", "1000", "0.0869", "86.89")).value();
  EXPECT_THAT(lines_of(less), ElementsAre("1 999.88 request over_limit"));
  EXPECT_EQ(less.charged.amount, decimal("86.89"));
  const ClaimEvaluation yen = evaluate(foreign("JPY", "1000", "0.00615", "5")).value();
  EXPECT_THAT(lines_of(yen), ElementsAre("1 813 request over_limit"));
  const ClaimEvaluation down = evaluate(foreign("JPY", "100", "0.6", "10")).value();
  EXPECT_THAT(lines_of(down), ElementsAre("1 16 request over_limit")) << "17 would be 10.20";
  EXPECT_EQ(down.charged.amount, decimal("9.6"));
}

TEST_F(ClaimEvaluations, NeverChargeMoreThanIsLeftNorGrantMoreThanIsClaimed) {
  for (const char* currency : {"SEK", "JPY", "KWD"}) {
    for (const char* rate : {"0.00615", "0.0869", "0.333333333", "1.1", "3.2571", "11.25"}) {
      for (int left = 0; left <= 60; ++left) {
        const ClaimFacts some =
            foreign(currency, "17", rate, to_string(Decimal(left * 7, 1)).c_str());
        const auto out = evaluate(some);
        ASSERT_TRUE(out) << out.error();
        EXPECT_LE(*out->charged.amount, *some.request_left) << currency << " " << rate;
        EXPECT_LE(out->approved, Decimal(17));
        EXPECT_EQ(out->approved == Decimal(17), out->limit == ClaimLimit::None);
      }
    }
  }
}

TEST_F(ClaimEvaluations, GrantNothingOfAClaimThatComesTooLate) {
  ClaimFacts some = facts();
  some.lines[1].ineligible = "no_proof";
  some.deadline = Date::parse("2026-05-15");
  some.submitted_on = Date::parse("2026-05-15");
  EXPECT_FALSE(evaluate(some)->late) << "the last day";
  some.submitted_on = Date::parse("2026-05-16");
  const ClaimEvaluation out = evaluate(some).value();
  EXPECT_TRUE(out.late);
  EXPECT_THAT(lines_of(out),
              ElementsAre("1 0 deadline outside_period", "2 0 eligibility no_proof"));
  EXPECT_EQ(out.limit, ClaimLimit::Deadline);
  EXPECT_TRUE(out.charged.amount->is_zero());
}

TEST_F(ClaimEvaluations, GrantWhatALateClaimMayHaveWithinTheGraceDays) {
  ClaimFacts some = facts();
  some.deadline = Date::parse("2026-05-15");
  some.submitted_on = Date::parse("2026-05-20");
  const ClaimEvaluation within = evaluate(some, {.grace_days = 5}).value();
  EXPECT_TRUE(within.late);
  EXPECT_EQ(within.approved, Decimal(900));
  EXPECT_TRUE(evaluate(some, {.grace_days = 4})->approved.is_zero());
}

TEST_F(ClaimEvaluations, AreRefusedWithEverythingThatIsWrong) {
  ClaimFacts some = facts();
  some.lines[0].net = Decimal(-1);
  some.lines[0].claimed = decimal("0.001");
  some.lines[1].ineligible = "because";
  some.share = Percent{Decimal(120)};
  some.over_consumption = Decimal(-1);
  some.conversion =
      ClaimConversion{.to = some.currency, .rate = Decimal(), .date = *Date::parse("2026-03-31")};
  some.deadline = Date::parse("2026-05-15");
  const auto out = evaluate(some, {.grace_days = -1});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), ErrorCode::Invalid);
  std::vector<std::string> problems;
  for (const Problem& problem : out.error().problems())
    problems.push_back(problem.path + " " + problem.message);
  EXPECT_THAT(problems,
              UnorderedElementsAre(
                  "lines[0].net is -1, below 0",
                  "lines[0].claimed is 0.001, with more decimals than EUR has",
                  "lines[1].ineligible is 'because', not one of the codes of "
                  "claim_adjust_reason",
                  "share is 120 %, not between 0 and 100", "over_consumption is -1, below 0",
                  "conversion.to is EUR, the claim's own currency",
                  "conversion.rate is 0, not above 0", "conversion.source is empty",
                  "submitted_on is not known, and the claim was due on 2026-05-15",
                  "grace_days is -1, below 0"));
}

}  // namespace
}  // namespace channelbridge::model

// When purchases count, reports of partners in place of invoices, and commissions.
#include "accruals_support.hpp"
#include "channelbridge/testing/fakes.hpp"
#include "fund_accounting_internal.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

model::Date day(const char* text) { return *model::Date::parse(text); }

TEST(AccrualPeriods, WhatIsEarnedIsThereWhenItsPeriodIsOver) {
  struct Case {
    const char* period;
    const char* bought;
    const char* not_yet;
    const char* there;
  };
  for (const Case& each : {Case{"month", "2027-02-01", "2027-02-28", "2027-03-01"},
                           Case{"quarter", "2027-03-31", "2027-03-31", "2027-04-01"},
                           Case{"quarter", "2027-11-02", "2027-12-31", "2028-01-01"},
                           Case{"half_year", "2027-06-30", "2027-06-30", "2027-07-01"},
                           Case{"year", "2027-01-01", "2027-12-31", "2028-01-01"}}) {
    AccrualTerms terms;
    terms.period = each.period;
    EXPECT_FALSE(is_due(terms, each.bought, day(each.not_yet))) << each.period << each.bought;
    EXPECT_TRUE(is_due(terms, each.bought, day(each.there))) << each.period << each.bought;
  }
  AccrualTerms terms;
  EXPECT_TRUE(is_due(terms, "2027-03-31", day("2027-03-31"))) << "a rule without a period";
  terms.period = "year";
  terms.valid.last = "2027-06-15";
  EXPECT_FALSE(is_due(terms, "2027-03-31", day("2027-06-14")));
  EXPECT_TRUE(is_due(terms, "2027-03-31", day("2027-06-15"))) << "while there is a fund";
}

/// The fund of Accruals; it is whatever day the test says.
class AccrualSources : public Accruals {
 protected:
  void SetUp() override {
    Accruals::SetUp();
    const std::string party = "{ path: Buyer, ref: partner, object: Account }";
    add_spoke("a-reports",
              ledger_mapping("Report", "sell_through_report",
                             "  kind: ReportKind\n  period.start: Start\n  period.end: End\n"
                             "  reporter: " +
                                 party +
                                 "\n"
                                 "children:\n  lines:\n    object: ReportLine\n"
                                 "    navigation: Lines\n    id: Id\n    fields:\n"
                                 "      no: No\n      date: Date\n      amount: Net\n"
                                 "      return_flag: { path: Back, as: boolean }\n"
                                 "  errors:\n    object: ReportError\n"
                                 "    navigation: Errors\n    id: Id\n    fields:\n"
                                 "      line: Line\n      code: Code\n"));
    const auto mapping = [](const char* object, const char* entity, const std::string& fields) {
      return std::string("system: fake\nobject: ") + object + "\nentity: " + entity +
             "\nid: Id\nversion: Version\nformat: json\nabsent: \"null\"\nfields:\n" + fields;
    };
    add_spoke("a-plans", mapping("Plan", "incentive", "  code: Number\n  kind: PlanKind\n"));
    add_spoke("a-commissions",
              mapping("Commission", "commission",
                      "  number: Number\n  status: Status\n  amount.amount: Amount\n"
                      "  amount.currency: Currency\n  accrued_at: At\n"
                      "  plan: { path: Plan, ref: incentive, object: Plan }\n"
                      "  partner: " +
                          party +
                          "\n"
                          "  reversal_of: { path: Of, ref: commission, object: Commission }\n"));
    config_.entities["sell_through_report"].match = {"number"};
    config_.entities["incentive"].match = {"code"};
    config_.entities["commission"].match = {"number"};
    open();
  }
  void sync_on(const char* date) {
    const auto clock = std::make_shared<channelbridge::testing::ManualClock>(day(date).days());
    const auto report = hub_->sync({}, Context(clock, {}));
    ASSERT_TRUE(report) << to_string(report.error());
  }
  std::string add_report(const std::string& number, const char* status,
                         const std::vector<Json>& lines, const Json& more = {}) {
    return add(*a_,
               {{"Kind", "Report"},
                {"Number", number},
                {"ReportKind", "sell_in"},
                {"Currency", "EUR"},
                {"Status", status},
                {"Start", "2027-03-01"},
                {"End", "2027-03-31"},
                {"Buyer", partner_},
                {"Lines", lines}},
               more);
  }
  std::string add_spiffs(const std::string& number, const Json& more = {}) {
    const std::string budget =
        add(*a_, {{"Kind", "Budget"}, {"Number", "B-" + number}, {"Currency", "EUR"}},
            {{"Status", "open"}, {"Amount", 1000}, {"BudgetKind", "spiff"}});
    Json fields{{"Partner", partner_}};
    if (more.is_object()) fields.update(more);
    return add_fund(number, budget, 100, fields);
  }
  std::string add_plan(const char* number, const char* kind) {
    return a_->add({{"Kind", "Plan"}, {"Number", number}, {"PlanKind", kind}});
  }
  std::string add_commission(const std::string& number, const std::string& plan, const Json& amount,
                             const Json& more = {}) {
    return add(*a_,
               {{"Kind", "Commission"},
                {"Number", number},
                {"Plan", plan},
                {"Buyer", partner_},
                {"Currency", "EUR"},
                {"Status", "accrued"},
                {"At", "2027-03-05T10:00:00Z"},
                {"Amount", amount}},
               more);
  }
};

TEST_F(AccrualSources, APeriodOfTheRuleIsOverBeforeWhatItHasEarnedIsThere) {
  a_->edit(fund_, {{"Period", "quarter"}});
  const std::string invoice = add_invoice("I-1", {line(1, 100)}, {{"Issued", "2027-02-10"}});
  sync_on("2027-03-31");
  EXPECT_EQ(figure("accrual"), "0");
  sync_on("2027-04-01");
  EXPECT_EQ(figure("accrual"), "2") << "nothing else has changed than the day";
  EXPECT_FALSE(verify().broken()) << to_json(verify());
  add_invoice("I-2", {line(1, 50)}, {{"Issued", "2027-04-01"}});
  add_invoice("N-1", {line(1, 40)},
              {{"InvoiceKind", "credit_note"}, {"Of", invoice}, {"Issued", "2027-04-02"}});
  sync_on("2027-04-03");
  EXPECT_EQ(figure("accrual"), "1.2") << "what a credit note takes back was there already";
  a_->edit(fund_, {{"Period", nullptr}});
  sync_on("2027-04-03");
  EXPECT_EQ(figure("accrual"), "2.2");
}

TEST_F(AccrualSources, WhatPartnersReportToHaveBoughtCountsLikeInvoices) {
  config_.ledger.accruals = LedgerRules::Accruals::SellIn;
  open();
  add_invoice("I-1", {line(1, 7000)});
  Json back = line(2, 20);
  back["Back"] = true;
  Json early = line(3, 500);
  early["Date"] = "2026-12-31";
  Json wrong = line(4, 900);
  const Json error{{"Id", "e1"}, {"Line", 4}, {"Code", "product"}};
  const std::string first = add_report("S-1", "matched", {line(1, 100), back, early, wrong},
                                       {{"Errors", Json::array({error})}});
  add_report("S-2", "accepted", {line(1, 5000)}, {{"ReportKind", "sell_out"}});
  sync();
  EXPECT_EQ(figure("accrual"), "0") << "it is not accepted, and an invoice is none of it";
  a_->edit(first, {{"Status", "accepted_with_errors"}});
  sync();
  EXPECT_EQ(figure("accrual"), "1.6") << "2.00 and -0.40, each line once";
  EXPECT_THAT(events_of("S-1"), ElementsAre("accrued", "accrual_reversed"));
  const std::size_t before = postings();
  sync();
  EXPECT_EQ(postings(), before);
  a_->edit(first, {{"Status", "corrected"}});
  add_report("S-3", "accepted", {line(1, 150)});
  sync();
  EXPECT_EQ(figure("accrual"), "3") << "another report stands in its place";
  EXPECT_FALSE(verify().broken()) << to_json(verify());
  config_.ledger.accruals = LedgerRules::Accruals::Invoices;
  open();
  sync();
  EXPECT_EQ(figure("accrual"), "140") << "one purchase is counted once: by its invoice now";
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(AccrualSources, CommissionsOfSpiffsAccrueToTheFundOfSpiffsWhereTheProjectSaysSo) {
  add_spiffs("SP-1");
  const std::string spiff = add_plan("P-S", "spiff");
  const std::string commission = add_commission("C-1", spiff, 40);
  add_commission("C-2", add_plan("P-R", "referral_commission"), 70);
  sync();
  EXPECT_EQ(figure("accrual", "SP-1"), "0") << "off by default";
  config_.ledger.commissions = true;
  open();
  sync();
  EXPECT_EQ(figure("accrual", "SP-1"), "40");
  EXPECT_EQ(figure("budget", "SP-1"), "140");
  EXPECT_EQ(figure("accrual"), "0") << "the co-op fund is for purchases";
  a_->edit(commission, {{"Status", "earned"}});
  sync();
  a_->edit(commission, {{"Status", "paid"}});
  sync();
  EXPECT_THAT(events_of("C-1"), ElementsAre("accrued")) << "once, whatever its state";
  a_->edit(commission, {{"Status", "clawed_back"}});
  sync();
  EXPECT_EQ(figure("accrual", "SP-1"), "0") << "nothing says that a part of it is left";
  add_commission("C-3", spiff, -15, {{"Of", commission}});
  sync();
  EXPECT_EQ(figure("accrual", "SP-1"), "25") << "15 of the 40 are taken back, and no more";
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(AccrualSources, ACommissionLeavesAFundThatWhatTookItBackHasEmptied) {
  config_.ledger.commissions = true;
  open();
  const std::string first = add_spiffs("SP-1", {{"Amount", 0}});
  const std::string spiff = add_plan("P-S", "spiff");
  const std::string commission = add_commission("C-1", spiff, 40, {{"Status", "clawed_back"}});
  add_commission("C-2", spiff, -40, {{"Of", commission}});
  sync();
  EXPECT_THAT(events_of("C-2"), ElementsAre("accrual_reversed"));
  EXPECT_EQ(figure("accrual", "SP-1"), "0");
  a_->edit(first, {{"Start", "2027-04-01"}, {"End", "2027-12-31"}});
  add_spiffs("SP-2", {{"Amount", 0}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_THAT(events_of("C-1"), UnorderedElementsAre("accrued", "accrual_reversed", "accrued"));
  EXPECT_THAT(events_of("C-2"),
              UnorderedElementsAre("accrual_reversed", "accrued", "accrual_reversed"));
  EXPECT_EQ(figure("accrual", "SP-1"), "0");
  EXPECT_EQ(figure("accrual", "SP-2"), "0");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(AccrualSources, ACommissionThatTwoFundsAreForWaits) {
  config_.ledger.commissions = true;
  open();
  add_spiffs("SP-1");
  const std::string other = add_spiffs("SP-2");
  add_commission("C-1", add_plan("P-S", "spiff"), 40);
  add_commission("C-2", add_plan("P-T", "spiff"), 10, {{"Status", "forfeited"}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "accrual_fund");
  EXPECT_THAT(ledger_waits()[0].detail, HasSubstr("plan P-S"));
  a_->edit(other, {{"Start", "2027-04-01"}, {"End", "2027-12-31"}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty()) << "it is of March";
  EXPECT_EQ(figure("accrual", "SP-1"), "40");
  EXPECT_EQ(figure("accrual", "SP-2"), "0");
}

}  // namespace
}  // namespace channelbridge::hub

#include "channelbridge/hub/ledger.hpp"

#include "ledger_support.hpp"

/// The hub keeps the books of funds: what systems say of money is posted, once, or waits.
namespace channelbridge::hub {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

using Json = nlohmann::json;

TEST_F(LedgerTest, FollowsAClaimFromItsBudgetToItsPaymentInEverySystem) {
  const std::string budget = add_budget(10000);
  const std::string fund_key = add_fund("F-1", budget, 5000);
  sync();
  EXPECT_EQ(to_reserve(), "5000");
  const LedgerLine whole = line_of({.budget = "MDF-26"});
  EXPECT_EQ(whole.of, LedgerLine::Of::Budget);
  EXPECT_EQ(to_string(whole.figures.available_to_distribute), "5000");
  EXPECT_EQ(to_string(whole.figures.available_to_reserve), "5000");

  const std::string request = add_request("R-1", fund_key, "submitted", 3000);
  sync();
  EXPECT_EQ(figure("prereserved"), "3000");
  a_->edit(request, {{"Status", "approved"}, {"Approved", 2500}});
  sync();
  EXPECT_EQ(figure("prereserved"), "0");
  EXPECT_EQ(figure("reserved"), "2500");

  const std::string claim = add_claim("C-1", request, "submitted", 1200.4);
  sync();
  EXPECT_EQ(figure("pending_claim"), "1200.4");
  EXPECT_EQ(to_reserve(), "2500") << "a claim lies inside its reservation";
  a_->edit(claim, {{"Status", "partially_approved"}, {"Approved", 1000}});
  sync();
  EXPECT_EQ(figure("pending_claim"), "0");
  EXPECT_EQ(figure("approved_claim"), "1000");
  EXPECT_EQ(figure("reserved"), "1500");
  a_->edit(claim, {{"Status", "released_to_settle"}});
  sync();
  EXPECT_EQ(figure("released_to_settle"), "1000");
  add_settlement("S-1", "posted", claim, 1000);
  sync();
  EXPECT_EQ(figure("settled"), "1000");
  a_->edit(claim, {{"Status", "paid"}});
  a_->edit(request, {{"Status", "closed"}});
  sync();
  EXPECT_EQ(figure("settled"), "1000") << "posted once, whoever says so";
  EXPECT_EQ(figure("paid"), "1000");
  EXPECT_EQ(figure("reserved"), "0");
  EXPECT_EQ(to_reserve(), "4000");
  EXPECT_EQ(to_string(fund().figures.remaining_cash), "4000");
  EXPECT_EQ(to_string(fund().figures.utilisation->value), "20");
  EXPECT_THAT(events_of("C-1"), ElementsAre("claim_submitted", "claim_approved", "claim_released",
                                            "claim_settled", "claim_paid"));
  const LedgerCheck check = verify();
  EXPECT_TRUE(check.equal()) << to_json(check);
  EXPECT_EQ(check.books, 2U);
  EXPECT_GT(check.sealed_by, 0);
  EXPECT_THAT(ledger_waits(), IsEmpty());
}

TEST_F(LedgerTest, AJumpOverStatesPostsWhatLiesBetween) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 500, 400);
  add_claim("C-1", request, "settled", 300, {{"Approved", 250}});
  sync();
  EXPECT_THAT(events_of("R-1"), ElementsAre("request_submitted", "request_approved"));
  EXPECT_THAT(events_of("C-1"),
              ElementsAre("claim_submitted", "claim_approved", "claim_released", "claim_settled"));
  EXPECT_EQ(figure("settled"), "250");
  EXPECT_EQ(figure("reserved"), "150");
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, TheSameNewsFromTwoSystemsIsPostedOnce) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 500, 500);
  const std::string claim = add_claim("C-1", request, "under_review", 300);
  sync();
  ASSERT_NE(in_b("C-1"), nullptr);
  a_->edit(claim, {{"Status", "approved"}, {"Approved", 300}});
  b_->edit(key_in_b("C-1"), {{"Status", "approved"}, {"Approved", 300}});
  sync();
  sync();
  EXPECT_THAT(events_of("C-1"), ElementsAre("claim_submitted", "claim_approved"));
  EXPECT_EQ(figure("approved_claim"), "300");
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, WhatIsGivenBackGoesWhereItCameFrom) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 500, 500);
  const std::string refused = add_request("R-2", fund_key, "submitted", 200);
  const std::string claim = add_claim("C-1", request, "under_review", 300);
  sync();
  EXPECT_EQ(to_reserve(), "300");
  a_->edit(claim, {{"Status", "returned"}});
  a_->edit(refused, {{"Status", "withdrawn"}});
  sync();
  EXPECT_EQ(figure("pending_claim"), "0");
  EXPECT_EQ(to_reserve(), "500");
  a_->edit(claim, {{"Status", "submitted"}, {"Claimed", 350}});
  sync();
  EXPECT_EQ(figure("pending_claim"), "350");
  EXPECT_THAT(events_of("C-1"), ElementsAre("claim_submitted", "claim_refused", "claim_submitted"));
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, AClaimThatCameBeforeItsApprovalWaitsForItsMoneyOnceThatIsThere) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "submitted", 500);
  add_claim("C-1", request, "submitted", 300);
  sync();
  EXPECT_EQ(figure("pending_claim"), "0") << "nothing is reserved";
  a_->edit(request, {{"Status", "approved"}, {"Approved", 500}});
  sync();
  EXPECT_EQ(figure("pending_claim"), "300");
  EXPECT_EQ(to_string(fund().figures.available_to_spend), "200");
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, AReversedSettlementGivesTheMoneyBackAndIsPaidByAnotherOne) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 500, 500);
  const std::string claim =
      add_claim("C-1", request, "released_to_settle", 300, {{"Approved", 300}});
  const std::string settlement = add_settlement("S-1", "posted", claim, 300);
  sync();
  EXPECT_EQ(figure("settled"), "300");
  a_->edit(settlement, {{"Status", "reversed"}});
  sync();
  EXPECT_EQ(figure("settled"), "0");
  EXPECT_EQ(figure("released_to_settle"), "300") << "it is released, and not paid any more";
  EXPECT_THAT(events_of("C-1"), Contains("reversed_to_reserve"));
  add_settlement("S-2", "paid", claim, 300);
  sync();
  EXPECT_EQ(figure("settled"), "300");
  EXPECT_EQ(figure("reserved"), "200");
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, APaidClaimIsTakenBackWhicheverOfTheTwoIsHeardFirst) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 600, 600);
  for (const char* first : {"C-1", "C-2"}) {
    const std::string claim = add_claim(first, request, "paid", 300, {{"Approved", 300}});
    const std::string settlement = add_settlement("S-" + std::string(first), "paid", claim, 300);
    sync();
    EXPECT_EQ(figure("paid"), "300") << first;
    const auto correct = [&] { a_->edit(claim, {{"Status", "corrected"}}); };
    const auto reverse = [&] { a_->edit(settlement, {{"Status", "reversed"}}); };
    first == std::string("C-1") ? correct() : reverse();
    sync();
    first == std::string("C-1") ? reverse() : correct();
    sync();
    EXPECT_EQ(figure("paid"), "0") << first;
    EXPECT_EQ(figure("settled"), "0") << first;
    EXPECT_EQ(figure("reserved"), "600") << first << ": its request's money again";
    EXPECT_THAT(events_of(first), IsSupersetOf({"payment_reversed", "reversed_to_reserve"}));
    EXPECT_TRUE(verify().equal()) << to_json(verify());
  }
  EXPECT_THAT(ledger_waits(), IsEmpty());
}

TEST_F(LedgerTest, AReversedSettlementMayBeALoss) {
  config_.ledger.reversed = LedgerRules::Reversed::WriteOff;
  open();
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 300, 300);
  const std::string claim = add_claim("C-1", request, "settled", 300, {{"Approved", 300}});
  const std::string settlement = add_settlement("S-1", "posted", claim, 300);
  sync();
  a_->edit(settlement, {{"Status", "reversed"}});
  sync();
  EXPECT_EQ(figure("written_off"), "300");
  EXPECT_EQ(to_string(fund().figures.remaining_cash), "700");
  EXPECT_THAT(ledger_waits(), IsEmpty());
}

TEST_F(LedgerTest, WhatTheBooksRefuseIsHeldBackWithRuleAndFiguresAndGoesOnByItself) {
  const std::string budget = add_budget(2000);
  const std::string fund_key = add_fund("F-1", budget, 500);
  sync();
  add_request("R-1", fund_key, "approved", 800, 800);
  const RunReport report = sync();
  EXPECT_EQ(in_b("R-1"), nullptr) << "what the books refuse is not passed on";
  EXPECT_EQ(report.ledger_waiting, 1U);
  EXPECT_TRUE(report.set_aside());
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  const Waiting wait = ledger_waits().front();
  EXPECT_EQ(wait.rule, "fund_available");
  EXPECT_EQ(wait.number, "R-1");
  EXPECT_EQ(wait.detail,
            "request_submitted of fund_request R-1 asks for 800.00 EUR, and 500.00 EUR is "
            "available: 300.00 EUR too much");
  EXPECT_EQ(wait.ends, "when the fund's books take it, or the record says something else");
  ASSERT_THAT(held_back("b-requests"), SizeIs(1));
  EXPECT_EQ(held_back("b-requests")[0].rule, "refused_by_ledger");
  EXPECT_THAT(held_back("b-requests")[0].detail, HasSubstr("300.00 EUR too much (rule fund_avail"));
  EXPECT_THAT(held_back("a-requests"), IsEmpty()) << "it stands there already";
  EXPECT_THAT(hub_->explain("fund_request", wait.record).value(), HasSubstr("fund_available"));
  const LedgerCheck differs = verify();
  EXPECT_FALSE(differs.broken()) << to_json(differs);
  ASSERT_FALSE(differs.differences.empty());
  EXPECT_THAT(differs.differences[0].cause, HasSubstr("waiting: request_submitted of"));
  const auto since = wait.since;
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].since, since);

  a_->edit(fund_key, {{"Amount", 1000}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  ASSERT_NE(in_b("R-1"), nullptr);
  EXPECT_EQ(figure("reserved"), "800");
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, ARecordWaitsForTheFundThatItNamesAndFollowsItOnceItIsRead) {
  const std::string budget = add_budget(1000);
  const std::string request = add_request("R-1", "A4", "approved", 100, 100);
  add_claim("C-1", request, "approved", 50, {{"Approved", 50}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(2));
  for (const Waiting& wait : ledger_waits()) {
    EXPECT_EQ(wait.rule, "fund_reference");
    EXPECT_EQ(wait.detail, "fund is fund 'A4' of a, which nobody has read yet");
  }
  ASSERT_EQ(add_fund("F-1", budget, 1000), "A4");
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("approved_claim"), "50");
  EXPECT_EQ(figure("reserved"), "50");
}

TEST_F(LedgerTest, AClaimInAnotherCurrencyIsPostedByTheRateThatItStates) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 500, 500);
  const std::string claim =
      add_claim("C-1", request, "approved", 1000, {{"Currency", "SEK"}, {"Approved", 1000}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "claim_rate");
  EXPECT_THAT(ledger_waits()[0].detail, HasSubstr("is in SEK and its fund in EUR: 1000.00 SEK"));
  EXPECT_EQ(in_b("C-1"), nullptr);
  // Who has decided a claim cannot add to it: the rate comes with another claim.
  add_claim("C-2", request, "approved", 1000,
            {{"Currency", "SEK"},
             {"Approved", 1000},
             {"FxCurrency", "EUR"},
             {"FxRate", 0.0875},
             {"FxDate", "2026-03-31"},
             {"FxSource", "ECB"},
             {"FxApproved", 87.5}});
  sync();
  EXPECT_EQ(figure("approved_claim"), "87.5");
  EXPECT_THAT(ledger_waits(), SizeIs(1));
}

TEST_F(LedgerTest, MoneyMovesBetweenFundsInWhateverOrderTheFundsCome) {
  const std::string budget = add_budget(1000);
  const std::string first = add_fund("F-1", budget, 600);
  const std::string second = add_fund("F-2", budget, 400);
  sync();
  a_->edit(second, {{"Amount", 500}});
  sync();
  EXPECT_THAT(ledger_waits(), SizeIs(1)) << "the budget has nothing to give";
  EXPECT_EQ(to_string(fund("F-2").figures.budget), "400");
  a_->edit(first, {{"Amount", 500}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(to_string(fund("F-1").figures.budget), "500");
  EXPECT_EQ(to_string(fund("F-2").figures.budget), "500");
  EXPECT_EQ(to_string(line_of({.budget = "MDF-26"}).figures.available_to_distribute), "0");
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, AFundEndsAndIsRenewed) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 600, 600);
  sync();
  a_->edit(fund_key, {{"Status", "expired"}});
  sync();
  EXPECT_EQ(figure("expired"), "400");
  EXPECT_EQ(figure("reserved"), "600") << "what was promised is spared";
  a_->edit(request, {{"Status", "cancelled"}});
  sync();
  EXPECT_EQ(figure("expired"), "1000");
  a_->edit(fund_key, {{"Status", "active"}});
  sync();
  EXPECT_EQ(figure("expired"), "0");
  EXPECT_EQ(to_reserve(), "1000");
  EXPECT_TRUE(verify().equal()) << to_json(verify());
}

TEST_F(LedgerTest, AFundEndsByItsLastDayWhereTheProjectSaysSo) {
  const std::string budget = add_budget(1000);
  add_fund("F-1", budget, 300, {{"Start", "2020-01-01"}, {"End", "2020-12-31"}});
  add_fund("F-2", budget, 300,
           {{"Start", "2020-01-01"}, {"End", "2020-12-31"}, {"CarryOver", "renew"}});
  sync();
  EXPECT_EQ(figure("expired"), "0");
  config_.ledger.expiry = LedgerRules::Expiry::Date;
  open();
  sync();
  EXPECT_EQ(figure("expired"), "300");
  EXPECT_EQ(figure("expired", "F-2"), "0");
}

TEST_F(LedgerTest, OverConsumptionThatIsApprovedPaysForMoreThanWasGranted) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 300, 300);
  add_claim("C-1", request, "approved", 400, {{"Approved", 400}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "fund_overdrawn");
  EXPECT_THAT(events_of("C-1"), IsEmpty()) << "all of it or nothing";
  EXPECT_EQ(ledger_waits()[0].detail,
            "claim_approved of claim C-1 takes 400.00 EUR of reserved, where 300.00 EUR is held by "
            "fund_request R-1");
  a_->edit(fund_key,
           {{"Postings", Json::array({Json::object({{"Id", "p7"},
                                                    {"No", 7},
                                                    {"Category", "over_consumption_approved"},
                                                    {"Amount", 100},
                                                    {"Kind", "fund_request"},
                                                    {"Document", "R-1"}})})}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("approved_claim"), "400");
  EXPECT_EQ(figure("reserved"), "0");
  EXPECT_EQ(figure("over_consumption_approved"), "100");
}

/// A posting of a fund's own books, with its document.
Json stated_posting(int no, const char* category, int amount, const std::string& document = {}) {
  Json out{{"Id", "p" + std::to_string(no)}, {"No", no}, {"Category", category}};
  out["Amount"] = amount;
  if (document.empty()) return out;
  out["Kind"] = "fund_request";
  out["Document"] = document;
  return out;
}

TEST_F(LedgerTest, WhatAFundWasGivenStandsThoughItsPostingsAreAboutWhatIsReadLater) {
  const std::string fund_key =
      add_fund("F-1", add_budget(1000), 1000,
               {{"Postings", Json::array({stated_posting(3, "externally_settled", 200, "R-1"),
                                          stated_posting(4, "externally_settled", 10, "R-9"),
                                          stated_posting(5, "accrual", 50)})}});
  add_request("R-1", fund_key, "approved", 300, 300);
  sync();
  EXPECT_EQ(figure("externally_settled"), "200");
  EXPECT_EQ(figure("reserved"), "100");
  EXPECT_EQ(figure("accrual"), "50") << "what is refused keeps nothing else back";
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "fund_reference");
  EXPECT_EQ(ledger_waits()[0].number, "F-1");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
  add_request("R-9", fund_key, "approved", 50, 50);
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("externally_settled"), "210");
  EXPECT_EQ(figure("reserved"), "140");
}

TEST_F(LedgerTest, APostingNamesItsDocumentByTheKeyThatItHasInTheSystemOfTheFund) {
  for (auto& [entity, rules] : config_.entities) rules.match.clear();
  open();
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 300, 300);
  a_->edit(fund_key,
           {{"Postings", Json::array({stated_posting(3, "externally_settled", 200, request)})}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("externally_settled", fund_key), "200");
  EXPECT_EQ(figure("reserved", fund_key), "100");
}

TEST_F(LedgerTest, APostingAboutWhatNobodyCarriesIsTheFundsOwn) {
  std::erase_if(config_.spokes, [](const Spoke& spoke) {
    return spoke.mapping->entity().name() == "fund_request" ||
           spoke.mapping->entity().name() == "claim" ||
           spoke.mapping->entity().name() == "settlement";
  });
  for (const char* entity : {"fund_request", "claim", "settlement"}) config_.entities.erase(entity);
  open();
  const std::string fund_key =
      add_fund("F-1", add_budget(1000), 1000,
               {{"Postings", Json::array({stated_posting(3, "externally_settled", 200, "R-1")})}});
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("externally_settled"), "200");
  EXPECT_EQ(to_reserve(), "800");
  Json taken_back = stated_posting(4, "externally_settled", -200, "R-1");
  a_->edit(fund_key, {{"Postings", Json::array({stated_posting(3, "externally_settled", 200, "R-1"),
                                                std::move(taken_back)})}});
  sync();
  EXPECT_EQ(figure("externally_settled"), "0");
}

TEST_F(LedgerTest, ABudgetThatOnlyWarnsToleratesWhatItSays) {
  const std::string budget = add_budget(1000, {{"Validation", "warn"}, {"Tolerance", 10}});
  const std::string fund_key = add_fund("F-1", budget, 1000);
  add_request("R-1", fund_key, "approved", 1100, 1100);
  sync();
  add_request("R-2", fund_key, "submitted", 1);
  sync();
  EXPECT_EQ(figure("over_consumption_approved"), "100") << "whoever granted it has approved it";
  EXPECT_EQ(to_reserve(), "0");
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].number, "R-2");
}

TEST_F(LedgerTest, DirectClaimsArePaidWhereTheProjectSaysSo) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  add_claim("C-1", "", "approved", 100,
            {{"Request", nullptr}, {"Fund", fund_key}, {"Approved", 100}});
  sync();
  ASSERT_THAT(ledger_waits(), SizeIs(1));
  EXPECT_EQ(ledger_waits()[0].rule, "fund_direct_claim");
  config_.ledger.direct_claims = true;
  open();
  sync();
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("approved_claim"), "100");
  EXPECT_EQ(to_reserve(), "900");
}

TEST_F(LedgerTest, SumsUpWhatAPartnerHas) {
  const std::string partner =
      a_->add({{"Kind", "Account"}, {"Name", "Nordpump AB"}, {"Number", "P-1"}});
  const std::string budget = add_budget(1000);
  add_fund("F-1", budget, 300, {{"Partner", partner}});
  add_fund("F-2", budget, 200, {{"Partner", partner}});
  add_fund("F-3", budget, 100);
  sync();
  const auto lines = hub_->ledger({.partner = "P-1"});
  ASSERT_TRUE(lines) << to_string(lines.error());
  ASSERT_THAT(*lines, SizeIs(3)) << "its funds, and what they make together";
  EXPECT_EQ(lines->back().of, LedgerLine::Of::Partner);
  EXPECT_EQ(lines->back().name, "Nordpump AB");
  EXPECT_EQ(to_string(lines->back().figures.budget), "500");
  EXPECT_THAT(hub_->ledger().value(), SizeIs(5));
  const auto nobody = hub_->ledger({.fund = "F-99"});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), ErrorCode::NotFound);
}

TEST_F(LedgerTest, ExportsEveryPostingInAStableOrder) {
  add_fund("F,1", add_budget(1000.5), 300.25);
  sync();
  const auto postings = hub_->ledger_postings();
  ASSERT_TRUE(postings);
  ASSERT_THAT(*postings, SizeIs(3));
  const std::string csv = to_csv(*postings);
  EXPECT_THAT(csv, ::testing::StartsWith(
                       "fund,fund_number,no,event,part,kind,document,document_entity,"
                       "document_number,request,amount,currency,at,from,to,moved,record,version,"
                       "run,chain\r\n"));
  EXPECT_THAT(csv, HasSubstr("\"F,1\""));
  EXPECT_THAT(csv, HasSubstr(",300.25,EUR,"));
  const Json json = Json::parse(to_json(*postings));
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[0]["moved"], (*postings)[0].row.moved);
  EXPECT_EQ(json[0]["chain"], (*postings)[0].row.chain);
}

TEST_F(LedgerTest, LookingAtTheBooksNeedsNoRunLock) {
  add_fund("F-1", add_budget(1000), 300);
  sync();
  auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string(), {.exclusive = false});
  ASSERT_TRUE(store) << to_string(store.error());
  const Hub other(config_, *std::move(store));
  EXPECT_TRUE(other.ledger());
  EXPECT_TRUE(other.ledger_postings());
  ASSERT_TRUE(other.verify_ledger());
  EXPECT_TRUE(other.verify_ledger()->equal());
}

}  // namespace
}  // namespace channelbridge::hub

// News of money that come late, in part, twice or of records that are gone: what the books hold
// then.
#include <algorithm>

#include "fund_accounting_internal.hpp"
#include "ledger_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::SizeIs;
using Account = model::FundAccount;
using model::Decimal;

/// A budget of 1000 with one fund of 1000; the hub hears of one record after the other.
class FundNews : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    say("budget", "budget", {{"status", "open"}, {"amount", "1000"}, {"validation", "strict"}});
    say_fund("active");
  }

  void say(const std::string& id, const std::string& entity, model::Fields fields) {
    fields["currency"] = "EUR";
    fields["number"] = id;
    LedgerRecord& record = known_[id];
    record.id = id;
    record.entity = entity;
    record.fields = std::move(fields);
    ++record.version;
    hear({id});
  }
  void say_fund(const std::string& status, model::Fields more = {}) {
    more["status"] = status;
    more["amount"] = "1000";
    more["budget"] = "budget";
    say("fund", "fund", std::move(more));
  }
  void say_request(const std::string& status, const std::string& approved,
                   const std::string& id = "request") {
    say(id, "fund_request",
        {{"status", status},
         {"fund", "fund"},
         {"requested_amount", "600"},
         {"approved.amount", approved}});
  }
  void say_claim(const std::string& id, const std::string& status, const std::string& claimed,
                 const std::string& approved = "0", const std::string& request = "request") {
    say(id, "claim",
        {{"status", status},
         {"request", request},
         {"claimed_amount", claimed},
         {"approved_amount", approved}});
  }
  void say_settlement(const std::string& id, const std::string& status, const std::string& amount) {
    say(id, "settlement",
        {{"status", status}, {"members[m].claim", "claim"}, {"members[m].amount", amount}});
  }
  /// The store finds it by its number.
  void number_of(const std::string& request) {
    store::Changes changes;
    changes.match_keys.push_back(
        {.entity = "fund_request", .kind = "number", .value = request, .record = request});
    ASSERT_TRUE(hub_->store().commit(std::move(changes)));
  }
  /// A line of the fund's own books.
  static model::Fields posting(int no, const std::string& category, const std::string& amount,
                               const std::string& request, const std::string& reversal_of = "") {
    const std::string path = "postings[p" + std::to_string(no) + "].";
    model::Fields out{{path + "no", std::to_string(no)},
                      {path + "category", category},
                      {path + "amount", amount}};
    if (!request.empty()) {
      out[path + "document.kind"] = "fund_request";
      out[path + "document.number"] = request;
    }
    if (!reversal_of.empty()) out[path + "reversal_of"] = reversal_of;
    return out;
  }
  void merge(const std::string& request, const std::string& into) {
    known_[request].gone = true;
    known_[request].alias_of = into;
    known_[request].fields.clear();
  }
  void hear(const std::vector<std::string>& ids) {
    LedgerReader reader(hub_->store());
    for (const auto& [id, record] : known_) reader.set(record);
    FundAccounting accounting(config_, std::move(reader), Timestamp(), 1);
    ASSERT_TRUE(accounting.account(ids));
    store::Changes changes;
    accounting.enter(changes);
    ASSERT_TRUE(hub_->store().commit(std::move(changes)));
    refused_ = accounting.refused();
  }
  /// What stands in an account of the fund.
  std::string held(Account account, const std::string& fund = "fund") {
    const std::string name(to_string(account));
    Decimal out;
    const auto rows = hub_->store().fund_postings({fund});
    EXPECT_TRUE(rows);
    for (const store::FundPostingRow& row : *rows) {
      const Decimal moved = Decimal::parse(row.moved).value();
      if (row.to == name) out = plus(out, moved);
      if (row.from == name) out = minus(out, moved);
    }
    return to_string(out);
  }
  /// Whoever looks at all of it finds nothing to post.
  void expect_followed() {
    LedgerReader reader(hub_->store());
    std::vector<std::string> all;
    for (const auto& [id, record] : known_) {
      reader.set(record);
      all.push_back(id);
    }
    FundAccounting accounting(config_, std::move(reader), Timestamp(), 1);
    ASSERT_TRUE(accounting.account(all));
    EXPECT_TRUE(accounting.posted().empty()) << accounting.posted().front().event;
  }

  std::map<std::string, LedgerRecord> known_;
  std::map<std::string, LedgerRefusal> refused_;
};

TEST_F(FundNews, AClaimOfARequestThatIsDoneWithIsInTheBooksAsFarAsThatWasGranted) {
  say_request("closed", "500");
  say_claim("claim", "paid", "300", "300");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::Settled), "300");
  EXPECT_EQ(held(Account::Reserved), "0");
  EXPECT_EQ(held(Account::Available), "700");
  say_claim("claim-2", "approved", "250", "250");
  ASSERT_THAT(refused_, Contains(Key("claim-2"))) << "200 are left of what was granted";
  EXPECT_EQ(refused_.at("claim-2").rule, "fund_overdrawn");
  say_claim("claim-3", "approved", "200", "200");
  EXPECT_EQ(held(Account::ApprovedClaim), "200");
  EXPECT_EQ(held(Account::Available), "500");
  expect_followed();
}

TEST_F(FundNews, ARequestThatIsCancelledBeforeItsClaimIsHeardOfPaysForItAllTheSame) {
  say_request("approved", "500");
  say_request("cancelled", "500");
  EXPECT_EQ(held(Account::Available), "1000");
  say_claim("claim", "approved", "300", "300");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::ApprovedClaim), "300");
  EXPECT_EQ(held(Account::Available), "700");
  say_claim("claim", "corrected", "300", "300");
  EXPECT_EQ(held(Account::Available), "1000") << "what it gives back is nobody's";
  say_request("rejected", "500", "request-2");
  say_claim("claim-2", "approved", "100", "100", "request-2");
  EXPECT_THAT(refused_, Contains(Key("claim-2"))) << "this one was never granted";
  expect_followed();
}

TEST_F(FundNews, ClaimsThatWaitShareWhatTheirRequestHasLeft) {
  say_request("approved", "400");
  say_claim("claim-1", "submitted", "300");
  say_claim("claim-2", "submitted", "300");
  EXPECT_EQ(held(Account::PendingClaim), "400");
  say_claim("claim-1", "partially_approved", "300", "100");
  EXPECT_EQ(held(Account::PendingClaim), "300") << "the other one has found its money";
  expect_followed();
  say_claim("claim-3", "approved", "250", "250");
  EXPECT_EQ(held(Account::Reserved), "50");
  EXPECT_EQ(held(Account::PendingClaim), "50") << "nobody waits for more than there is";
  expect_followed();
}

TEST_F(FundNews, AClaimWaitsForARequestThatWasADraftWhenItCame) {
  say_request("draft", "0");
  say_claim("claim", "submitted", "300");
  EXPECT_EQ(held(Account::PendingClaim), "0");
  say_request("approved", "500");
  EXPECT_EQ(held(Account::PendingClaim), "300");
  expect_followed();
}

TEST_F(FundNews, WhatIsPaidAlreadyIsNotWaitedFor) {
  say_request("approved", "500");
  say_claim("claim", "under_review", "300");
  say_settlement("settlement", "posted", "100");
  EXPECT_EQ(held(Account::Settled), "100");
  EXPECT_EQ(held(Account::PendingClaim), "200");
  say_settlement("settlement", "posted", "300");
  EXPECT_EQ(held(Account::Settled), "300");
  EXPECT_EQ(held(Account::PendingClaim), "0");
  EXPECT_EQ(held(Account::Reserved), "200");
  expect_followed();
}

TEST_F(FundNews, APartOfTheSettlementsThatIsTakenBackIsLostAndNoMore) {
  config_.ledger.reversed = LedgerRules::Reversed::WriteOff;
  say_request("approved", "300");
  say_claim("claim", "paid", "300", "300");
  say_settlement("settlement-1", "paid", "100");
  say_settlement("settlement-2", "posted", "200");
  EXPECT_EQ(held(Account::Settled), "300");
  say_settlement("settlement-2", "reversed", "200");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::Settled), "100");
  EXPECT_EQ(held(Account::WrittenOff), "200");
  EXPECT_EQ(held(Account::Available), "700");
  expect_followed();
}

TEST_F(FundNews, TheFirstOfSeveralSettlementsLosesNothingOfTheOthers) {
  config_.ledger.reversed = LedgerRules::Reversed::WriteOff;
  say_request("approved", "300");
  say_claim("claim", "paid", "300", "300");
  say_settlement("settlement-1", "paid", "100");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::Settled), "100");
  EXPECT_EQ(held(Account::ReleasedToSettle), "200");
  EXPECT_EQ(held(Account::WrittenOff), "0");
  expect_followed();
}

TEST_F(FundNews, AReversalThatIsUndoneLosesNothing) {
  config_.ledger.reversed = LedgerRules::Reversed::WriteOff;
  say_request("approved", "300");
  say_claim("claim", "paid", "300", "300");
  say_settlement("settlement", "posted", "300");
  say_settlement("settlement", "reversed", "300");
  EXPECT_EQ(held(Account::WrittenOff), "300");
  say_settlement("settlement", "posted", "300");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::WrittenOff), "0");
  EXPECT_EQ(held(Account::Settled), "300");
  EXPECT_EQ(held(Account::Available), "700");
  expect_followed();
}

TEST_F(FundNews, ASettlementIsRefusedWithItsClaimWhicheverComesFirst) {
  say_request("approved", "300");
  say_claim("claim", "under_review", "400");
  say_settlement("settlement", "created", "400");
  EXPECT_THAT(refused_, IsEmpty());
  say_claim("claim", "approved", "400", "400");
  ASSERT_THAT(refused_, Contains(Key("settlement")));
  EXPECT_EQ(refused_.at("settlement").rule, "fund_overdrawn");
  EXPECT_THAT(refused_.at("settlement").detail, HasSubstr("takes 400.00 EUR of reserved"));
  say_settlement("settlement", "failed", "400");
  EXPECT_THAT(refused_, ::testing::Not(Contains(Key("settlement")))) << "it pays nothing";
}

TEST_F(FundNews, ADirectClaimIsLoweredThoughItsFundHasEnded) {
  config_.ledger.direct_claims = true;
  const auto direct = [&](const std::string& approved) {
    say("claim", "claim",
        {{"status", "approved"},
         {"fund", "fund"},
         {"claimed_amount", "250"},
         {"approved_amount", approved}});
  };
  direct("250");
  say_fund("expired");
  EXPECT_EQ(held(Account::Expired), "750");
  direct("200");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::ApprovedClaim), "200");
  EXPECT_EQ(held(Account::Expired), "800");
  direct("210");
  EXPECT_THAT(refused_, Contains(Key("claim"))) << "more is not there any more";
  EXPECT_EQ(held(Account::ApprovedClaim), "200");
}

TEST_F(FundNews, APostingOfTheFundThatIsTakenBackCountsNoMore) {
  const model::Fields paid{{"postings[p1].no", "1"},
                           {"postings[p1].category", "externally_settled"},
                           {"postings[p1].amount", "200"},
                           {"postings[p2].no", "2"},
                           {"postings[p2].category", "over_consumption_approved"},
                           {"postings[p2].amount", "50"}};
  say_fund("active", paid);
  EXPECT_EQ(held(Account::ExternallySettled), "200");
  EXPECT_EQ(held(Account::Available), "850");
  model::Fields taken_back = paid;
  // In the order of elements, what takes back stands before what it takes back.
  taken_back["postings[a3].no"] = "3";
  taken_back["postings[a3].category"] = "externally_settled";
  taken_back["postings[a3].amount"] = "-200";
  taken_back["postings[a3].reversal_of"] = "1";
  taken_back["postings[a4].no"] = "4";
  taken_back["postings[a4].category"] = "over_consumption_approved";
  taken_back["postings[a4].amount"] = "-50";
  taken_back["postings[a4].reversal_of"] = "2";
  say_fund("active", taken_back);
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::ExternallySettled), "0");
  EXPECT_EQ(held(Account::OverConsumptionApproved), "0");
  EXPECT_EQ(held(Account::Available), "1000");
  expect_followed();
}

TEST_F(FundNews, AnApprovalBelowZeroIsRefused) {
  say_request("approved", "300");
  say_claim("claim", "approved", "100", "-50");
  ASSERT_THAT(refused_, Contains(Key("claim")));
  EXPECT_EQ(refused_.at("claim").rule, "claim_amount");
}

TEST_F(FundNews, ClaimsOfAMergedRequestArePostedUnderTheOtherOneThoughNothingElseIsLeft) {
  say_request("approved", "1000", "double");
  say_claim("claim", "approved", "300", "300", "double");
  say_request("approved", "1000");
  EXPECT_THAT(refused_, Contains(Key("request"))) << "the double has it all";
  known_["double"].gone = true;
  known_["double"].alias_of = "request";
  known_["double"].fields.clear();
  known_["claim"].fields["request"] = "request";
  hear({"double", "request"});
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::ApprovedClaim), "300");
  EXPECT_EQ(held(Account::Reserved), "700");
  EXPECT_EQ(held(Account::Available), "0");
  expect_followed();
}

TEST_F(FundNews, WhatASystemPostedAboutAMergedRequestIsTheOthersAndReservedOnce) {
  number_of("double");
  say_request("approved", "500", "double");
  model::Fields stated = posting(1, "externally_settled", "200", "double");
  stated.merge(posting(2, "over_consumption_approved", "50", "double"));
  say_fund("active", stated);
  say_claim("claim", "approved", "340", "340", "double");
  say_request("approved", "500");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::Reserved), "510") << "10 of the double, and the whole grant once more";
  merge("double", "request");
  known_["claim"].fields["request"] = "request";
  hear({"double", "request"});
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::ExternallySettled), "200");
  EXPECT_EQ(held(Account::ApprovedClaim), "340");
  EXPECT_EQ(held(Account::OverConsumptionApproved), "-50") << "where it came from";
  EXPECT_EQ(held(Account::Reserved), "10");
  EXPECT_EQ(held(Account::Available), "500");
  expect_followed();
  stated.merge(posting(3, "externally_settled", "-200", "", "1"));
  say_fund("active", stated);
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::ExternallySettled), "0");
  EXPECT_EQ(held(Account::Reserved), "210") << "it is the other one's again";
  expect_followed();
}

TEST_F(FundNews, WhatWasPaidOutOfAMergedRequestWaitsUntilTheOtherOneIsGranted) {
  number_of("double");
  say_request("approved", "500", "double");
  say_fund("active", posting(1, "externally_settled", "200", "double"));
  say_request("submitted", "0");
  merge("double", "request");
  hear({"double", "request"});
  ASSERT_THAT(refused_, Contains(Key("double")));
  EXPECT_EQ(refused_.at("double").rule, "fund_overdrawn");
  EXPECT_EQ(held(Account::ExternallySettled), "200") << "it was paid all the same";
  EXPECT_EQ(held(Account::Reserved), "0") << "and nothing else is set aside for it";
  EXPECT_EQ(held(Account::Prereserved), "600");
  say_request("approved", "500");
  hear({"double", "request"});
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::ExternallySettled), "200");
  EXPECT_EQ(held(Account::Reserved), "300");
  EXPECT_EQ(held(Account::Available), "500");
  expect_followed();
}

TEST_F(FundNews, TheBooksOfAMergedFundAreEmptiedAndItsBudgetHasWhatItGave) {
  say_fund("active", {{"postings[p1].no", "1"},
                      {"postings[p1].category", "accrual"},
                      {"postings[p1].amount", "40"}});
  say_request("approved", "500");
  say_claim("claim", "approved", "300", "300");
  say("other", "fund", {{"status", "active"}, {"amount", "1000"}, {"budget", "budget"}});
  EXPECT_THAT(refused_, Contains(Key("other"))) << "the budget has nothing left";
  known_["fund"].gone = true;
  known_["fund"].alias_of = "other";
  known_["fund"].fields.clear();
  known_["request"].fields["fund"] = "other";
  hear({"fund", "other", "request", "claim"});
  EXPECT_THAT(refused_, IsEmpty());
  for (const Account account :
       {Account::Available, Account::Reserved, Account::ApprovedClaim, Account::Accrual})
    EXPECT_EQ(held(account), "0") << to_string(account);
  Decimal approved;
  const auto rows = hub_->store().fund_postings({"other"}).value();
  for (const store::FundPostingRow& row : rows)
    if (row.to == "approved_claim") approved = plus(approved, Decimal::parse(row.moved).value());
  EXPECT_EQ(to_string(approved), "300");
  expect_followed();
}

TEST_F(FundNews, WhatWasGrantedBeforeARuleStandsWhereItsFundIsMerged) {
  say_request("approved", "500");
  say_claim("claim", "paid", "300", "300");
  say_claim("open", "approved", "100", "100");
  say_request("approved", "400", "closed");
  say_claim("late", "approved", "50", "50", "closed");
  say_request("closed", "400", "closed");
  ASSERT_THAT(refused_, IsEmpty());
  config_.ledger.approval = {.limits = {{"EUR", Decimal(40)}},
                             .finance = {"anna"},
                             .unnamed = LedgerRules::Judgement::Refuse};
  say("other", "fund", {{"status", "active"}, {"amount", "1000"}, {"budget", "budget"}});
  merge("fund", "other");
  for (const char* request : {"request", "closed"}) known_[request].fields["fund"] = "other";
  hear({"fund", "other", "request", "claim", "open", "closed", "late"});
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(held(Account::Reserved), "0");
  EXPECT_EQ(held(Account::Paid, "other"), "300");
  EXPECT_EQ(held(Account::ApprovedClaim, "other"), "150");
  EXPECT_EQ(held(Account::Reserved, "other"), "100");
  known_["request"].fields["approved.amount"] = "501";
  hear({"request"});
  ASSERT_THAT(refused_, Contains(Key("request"))) << "what is more is judged";
  EXPECT_EQ(refused_.at("request").rule, "approval_limit");
}

// ---- through the hub

TEST_F(LedgerTest, AFundThatHasEndedSparesWhatTheSameRunReadsOfItsRequests) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000, {{"Status", "expired"}});
  add_request("R-1", fund_key, "approved", 600, 600);
  const RunReport report = sync();
  EXPECT_EQ(report.ledger_waiting, 0U);
  EXPECT_THAT(ledger_waits(), IsEmpty());
  EXPECT_EQ(figure("reserved"), "600");
  EXPECT_EQ(figure("expired"), "400");
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

TEST_F(LedgerTest, ASettlementWaitsWhileTheBooksRefuseWhatItIsToPay) {
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 300, 300);
  const std::string claim = add_claim("C-1", request, "approved", 400, {{"Approved", 400}});
  add_settlement("S-1", "created", claim, 400);
  sync();
  EXPECT_EQ(in_b("S-1"), nullptr) << "400 would be paid of 300";
  const std::vector<Waiting> waits = ledger_waits();
  ASSERT_THAT(waits, SizeIs(2));
  const bool waiting = std::any_of(waits.begin(), waits.end(), [](const Waiting& wait) {
    return wait.number == "S-1" && wait.rule == "fund_overdrawn";
  });
  EXPECT_TRUE(waiting);
}

TEST_F(LedgerTest, WhatWasThereBeforeTheProjectCarriedFundsIsPostedOnce) {
  const std::vector<Spoke> all = config_.spokes;
  std::erase_if(config_.spokes, [](const Spoke& spoke) {
    const std::string& entity = spoke.mapping->entity().name();
    return entity == "fund" || entity == "budget";
  });
  open();
  const std::string fund_key = add_fund("F-1", add_budget(1000), 1000);
  const std::string request = add_request("R-1", fund_key, "approved", 500, 500);
  add_claim("C-1", request, "approved", 300, {{"Approved", 300}});
  sync();
  EXPECT_THAT(hub_->ledger_postings().value(), IsEmpty());
  config_.spokes = all;
  open();
  sync();
  sync();
  EXPECT_EQ(figure("approved_claim"), "300");
  EXPECT_EQ(figure("reserved"), "200");
  EXPECT_EQ(to_reserve(), "500");
  const std::vector<std::string> events = events_of("C-1");
  EXPECT_EQ(std::count(events.begin(), events.end(), "claim_approved"), 1);
  EXPECT_FALSE(verify().broken()) << to_json(verify());
}

}  // namespace
}  // namespace channelbridge::hub

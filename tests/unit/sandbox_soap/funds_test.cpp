// Funds plans, funds with their checkbook, and reservations.
#include "funds.hpp"

namespace channelbridge::sandbox::test {
namespace {

using Funds = CrmDesk;

TEST_F(Funds, ShowPlansAndCheckbooks) {
  open();
  const Answer plans = query("FundPlanQuery");
  EXPECT_EQ(plans.at("FundPlan/PlanNumber"), "0000000100");
  EXPECT_EQ(plans.at("FundPlan/Budget"), "5000.00");
  EXPECT_EQ(plans.at("FundPlan/AvailabilityControl"), "STRICT");
  const Answer funds = query("FundQuery", "<Number>0000000200</Number>");
  EXPECT_EQ(funds.all("Fund/Checkbook/ValueCategory/Category").size(), 15U);
  EXPECT_EQ(funds.at("Fund/Checkbook/ValueCategory/Value"), "1000.00");
  EXPECT_EQ(funds.at("Fund/Checkbook/AvailableToReserve"), "1000.00");
  EXPECT_EQ(funds.at("Fund/Checkbook/RemainingCash"), "1000.00");
  const Answer postings = query("FundPostingQuery", "<FundNumber>0000000200</FundNumber>");
  EXPECT_EQ(postings.all("FundPosting/Category"), std::vector<std::string>{"budget"});
  EXPECT_EQ(query("FundQuery", "<Partner>0099999999</Partner>").at("Fund/FundNumber"), "");
}

TEST_F(Funds, AreWithinTheirPlan) {
  open();
  EXPECT_TRUE(add_fund("0000000201", "4000"));
  const Result<void> refused = add_fund("0000000202", "0.01");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "Funds plan 0000000100 has 5000.00 EUR; its funds would have 5000.01 EUR");
}

TEST_F(Funds, MoveBudgetByPostings) {
  open();
  ASSERT_TRUE(add_fund("0000000201", "100"));
  EXPECT_TRUE(service->transfer("0000000200", "0000000201", number("250.50")));
  EXPECT_EQ(book("budget"), "749.50");
  EXPECT_EQ(book("budget", "0000000201"), "350.50");
  EXPECT_FALSE(service->change_budget("0000000200", number("-750"), "Cut"));
  EXPECT_EQ(query("FundPostingQuery").all("FundPosting/Value"),
            (std::vector<std::string>{"1000.00", "100.00", "-250.50", "250.50"}));
}

TEST_F(Funds, ShowPostingsThatNothingElseTells) {
  open();
  const std::string id = reserved("400.00");
  const std::string change = query("FundQuery").at("Fund/ChangeNumber");
  ASSERT_TRUE(service->accrue("0000000200", number("250.50"), "0090000007", "Spring"));
  EXPECT_NE(query("FundQuery").at("Fund/ChangeNumber"), change);
  ASSERT_TRUE(service->approve_over_consumption(id, number("100"), "ANNA"));
  ASSERT_TRUE(service->settle_externally(
      {.reservation = id, .amount = number("50"), .text = "Paid in cash"}));
  const Answer fund = query("FundQuery");
  EXPECT_EQ(fund.at("Fund/Budget"), "1000.00") << "what planners have given it";
  EXPECT_EQ(book("budget") + " " + book("accrual"), "1250.50 250.50");
  EXPECT_EQ(book("reserved") + " " + book("available_to_reserve"), "450.00 850.50");
  EXPECT_EQ(
      fund.all("Fund/Posting/Category"),
      (std::vector<std::string>{"accrual", "over_consumption_approved", "externally_settled"}))
      << "what the reservation and the plan tell is none of them";
  EXPECT_EQ(fund.all("Fund/Posting/Value"),
            (std::vector<std::string>{"250.50", "100.00", "50.00"}));
  EXPECT_EQ(fund.all("Fund/Posting/DocumentType"),
            (std::vector<std::string>{"Invoice", "Reservation", "Reservation"}));
  EXPECT_EQ(fund.all("Fund/Posting/DocumentNumber"),
            (std::vector<std::string>{"0090000007", id, id}));
  EXPECT_TRUE(add_fund("0000000201", "4000")) << "what is earned is not of the plan";
}

TEST_F(Funds, TakeSuchPostingsBackOnce) {
  open();
  const std::string id = reserved("400.00");
  const auto accrual = service->accrue("0000000200", number("250"), "", "Spring");
  const auto over = service->approve_over_consumption(id, number("100"));
  const auto paid = service->settle_externally({.reservation = id, .amount = number("50")});
  const auto direct = service->settle_externally({.fund = "0000000200", .amount = number("30")});
  ASSERT_TRUE(accrual && over && paid && direct);
  for (const std::string& each : {*accrual, *over, *paid, *direct}) {
    EXPECT_TRUE(service->reverse_posting(each)) << each;
    EXPECT_FALSE(service->reverse_posting(each)) << each;
  }
  EXPECT_EQ(book("budget") + " " + book("accrual"), "1000.00 0.00");
  EXPECT_EQ(book("externally_settled") + " " + book("over_consumption_approved"), "0.00 0.00");
  EXPECT_EQ(book("reserved") + " " + book("available_to_reserve"), "400.00 600.00");
  EXPECT_EQ(query("FundQuery").all("Fund/Posting/ReversalOf"),
            (std::vector<std::string>{*accrual, *over, *paid, *direct}));
  EXPECT_FALSE(service->reverse_posting("000000000001")) << "planners take a budget back";
}

TEST_F(Funds, RefusePostingsThatNobodyCanPay) {
  open();
  const std::string id = reserved("400.00");
  EXPECT_FALSE(service->settle_externally({.reservation = id, .amount = number("400.01")}));
  EXPECT_FALSE(service->settle_externally({.fund = "0000000200", .amount = number("600.01")}));
  EXPECT_FALSE(service->accrue("0000000200", number("0")));
  EXPECT_FALSE(service->accrue("0000000200", number("1"), "INVOICE-2026-1"));
  const auto accrual = service->accrue("0000000200", number("100"));
  ASSERT_TRUE(accrual);
  ASSERT_TRUE(service->settle_externally({.fund = "0000000200", .amount = number("650")}));
  const auto refused = service->reverse_posting(*accrual);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "Fund 0000000200 would have -50.00 EUR available to reserve");
  const auto over = service->approve_over_consumption(id, number("10"));
  ASSERT_TRUE(over);
  ASSERT_TRUE(service->settle_externally({.reservation = id, .amount = number("405")}));
  EXPECT_FALSE(service->reverse_posting(*over)) << "it is spent";
  EXPECT_EQ(numbers(call("ReservationDecide",
                         decision("Reservation", id, 4, "<Decision>CLOS</Decision>"))),
            "000");
  EXPECT_EQ(book("reserved"), "0.00");
}

TEST_F(Funds, TakePostingsOfPeopleAtTheirDesk) {
  open();
  const Response accrued = administer(
      *service, "accrue", R"({"fund":"0000000200","amount":"12.50","invoice":"0090000007"})");
  ASSERT_EQ(accrued.status, 200);
  const std::string posting = Json::parse(accrued.body)["posting"];
  EXPECT_EQ(book("accrual"), "12.50");
  EXPECT_EQ(administer(*service, "external", R"({"fund":"0000000200","amount":"2000"})").status,
            409);
  EXPECT_EQ(administer(*service, "over_consumption", R"({"reservation":"1"})").status, 400);
  EXPECT_EQ(administer(*service, "reverse", R"({"posting":")" + posting + "\"}").status, 200);
  EXPECT_EQ(book("accrual"), "0.00");
}

TEST_F(Funds, ReserveAskApproveAndClose) {
  open();
  const Answer submitted = call("ReservationSubmit", reservation("400.00"));
  EXPECT_EQ(numbers(submitted), "000");
  const std::string id = submitted.at("Reservation/ReservationNumber");
  EXPECT_EQ(submitted.at("Reservation/UserStatus"), "E0002");
  EXPECT_EQ(submitted.at("Reservation/ExternalReference"), "R-1");
  EXPECT_EQ(book("prereserved"), "400.00");
  const Answer unexplained = call(
      "ReservationDecide",
      decision("Reservation", id, 1, "<Decision>APPR</Decision>" + money("ApprovedAmount", "300")));
  EXPECT_EQ(numbers(unexplained), "016");
  const Answer approved = call(
      "ReservationDecide", decision("Reservation", id, 1,
                                    "<Decision>APPR</Decision>" + money("ApprovedAmount", "300") +
                                        "<Reason>Budget</Reason>"));
  EXPECT_EQ(numbers(approved), "000");
  EXPECT_EQ(approved.at("Reservation/ReservedAmount"), "300.00");
  EXPECT_EQ(approved.at("Reservation/Decision/DecidedBy"), "MANAGER");
  EXPECT_EQ(book("prereserved") + " " + book("reserved"), "0.00 300.00");
  EXPECT_EQ(book("available_to_reserve"), "700.00");
  EXPECT_EQ(numbers(call("ReservationDecide",
                         decision("Reservation", id, 2, "<Decision>CLOS</Decision>"))),
            "000");
  EXPECT_EQ(book("reserved") + " " + book("available_to_reserve"), "0.00 1000.00");
  EXPECT_EQ(desk->journal.counters()["by_object"]["Reservation"]["created"], 1);
  EXPECT_EQ(desk->journal.counters()["by_object"]["ReservationDecision"]["created"], 2);
}

TEST_F(Funds, RefuseADecisionOnWhatIsDecidedOrOutOfDate) {
  open();
  const std::string id =
      call("ReservationSubmit", reservation("400.00")).at("Reservation/ReservationNumber");
  const std::string approve = "<Decision>APPR</Decision>";
  const Answer stale = call("ReservationDecide", decision("Reservation", id, 7, approve));
  EXPECT_EQ(numbers(stale), "003");
  EXPECT_EQ(stale.at("Return/item/Field"), "ChangeNumber");
  EXPECT_EQ(numbers(call("ReservationDecide", decision("Reservation", id, 1, approve))), "000");
  const Answer again = call("ReservationDecide", decision("Reservation", id, 2, approve));
  EXPECT_EQ(numbers(again), "005");
  EXPECT_EQ(again.at("Return/item/Message"),
            "Reservation " + id + " has status Approved and cannot be decided");
  EXPECT_FALSE(again.content.child("Reservation"));
  EXPECT_EQ(book("reserved"), "400.00");
}

TEST_F(Funds, TakeAReturnedReservationAgain) {
  open();
  const std::string id =
      call("ReservationSubmit", reservation("400.00")).at("Reservation/ReservationNumber");
  const std::string once_more = "<ReservationNumber>" + id + "</ReservationNumber><ChangeNumber>2" +
                                "</ChangeNumber>" + reservation("350.00");
  EXPECT_EQ(numbers(call("ReservationDecide",
                         decision("Reservation", id, 1, "<Decision>RETN</Decision>"))),
            "016");
  EXPECT_EQ(numbers(call("ReservationDecide",
                         decision("Reservation", id, 1,
                                  "<Decision>RETN</Decision><Reason>Too much</Reason>"))),
            "000");
  EXPECT_EQ(book("prereserved"), "0.00");
  const Answer again = call("ReservationSubmit", once_more);
  EXPECT_EQ(again.at("Reservation/ReservationNumber"), id);
  EXPECT_EQ(again.at("Reservation/ChangeNumber"), "3");
  EXPECT_EQ(book("prereserved"), "350.00");
  EXPECT_EQ(numbers(call("ReservationSubmit", replaced(once_more, ">2<", ">3<"))), "004");
}

TEST_F(Funds, KeepToTheBudgetStrictly) {
  open();
  reserved("700.00");
  const Answer refused = call("ReservationSubmit", reservation("300.01"));
  EXPECT_EQ(numbers(refused), "010");
  EXPECT_EQ(refused.at("Return/item/Message"),
            "Fund 0000000200: 300.01 EUR wanted, 300.00 EUR available");
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("300.00"))), "000");
}

TEST_F(Funds, WarnWithinTheToleranceAndBookTheExcess) {
  open({}, false);
  reserved("700.00");
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("400.01"))), "010");
  const Answer warned = call("ReservationSubmit", reservation("400.00"));
  EXPECT_EQ(numbers(warned), "011 000");
  EXPECT_EQ(warned.all("Return/item/Type"), (std::vector<std::string>{"W", "S"}));
  EXPECT_EQ(book("over_consumption_requested"), "100.00");
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("0.01"))), "010");
  const std::string id = warned.at("Reservation/ReservationNumber");
  call("ReservationDecide", decision("Reservation", id, 1, "<Decision>APPR</Decision>"));
  EXPECT_EQ(book("over_consumption_requested"), "0.00");
  EXPECT_EQ(book("over_consumption_approved"), "100.00");
  EXPECT_EQ(book("available_to_reserve"), "0.00");
}

/// One change to a good reservation, and the message that refuses it.
struct BadReservation {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};

class ReservationRules : public CrmDesk, public ::testing::WithParamInterface<BadReservation> {};

TEST_P(ReservationRules, RefuseWithoutAnEffect) {
  open();
  service->add_partner("0010100009", "Flaute AG", true);
  service->add_partner("0010100002", "Other", false);
  const BadReservation& bad = GetParam();
  const Answer answer =
      call("ReservationSubmit", replaced(reservation("400.00"), bad.from, bad.to));
  EXPECT_EQ(numbers(answer), bad.message);
  EXPECT_EQ(answer.all("Return/item/Type"), std::vector<std::string>{"E"});
  EXPECT_EQ(book("prereserved"), "0.00");
  EXPECT_EQ(desk->journal.effects(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, ReservationRules,
    ::testing::Values(BadReservation{"fund", ">0000000200<", ">0000000299<", "001"},
                      BadReservation{"partner", ">0010100001<", ">0010100777<", "018"},
                      BadReservation{"other_partner", ">0010100001<", ">0010100002<", "018"},
                      BadReservation{"blocked_partner", ">0010100001<", ">0010100009<", "019"},
                      BadReservation{"after_fund", "2026-06-20", "2027-01-01", "007"},
                      BadReservation{"backwards", "2026-06-20", "2026-06-09", "007"},
                      BadReservation{"currency", "\"EUR\"", "\"USD\"", "008"},
                      BadReservation{"cents", ">400.00<", ">400.001<", "009"},
                      BadReservation{"negative", ">400.00<", ">-400<", "009"},
                      BadReservation{"nothing", ">400.00<", ">0<", "009"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(Funds, AreLockedByWhoWorksOnThem) {
  open();
  const std::string fund = "{\"object\":\"Fund\",\"number\":\"0000000200\",\"user\":\"ANNA\"}";
  EXPECT_EQ(administer(*service, "lock", fund).status, 204);
  const Answer locked = call("ReservationSubmit", reservation("400.00"), "id-1");
  EXPECT_EQ(numbers(locked), "002");
  EXPECT_EQ(locked.at("Return/item/Message"), "Fund 0000000200 is locked by user ANNA");
  EXPECT_EQ(administer(*service, "unlock", fund).status, 204);
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("400.00"), "id-1")), "000");
  desk->faults.add(Fault{.kind = "row_lock"});
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("1.00"))), "002");
  EXPECT_EQ(administer(*service, "lock", "{\"object\":\"Fund\",\"number\":\"1\"}").status, 409);
}

TEST_F(Funds, GiveTheFirstAnswerToAMessageThatComesAgain) {
  open();
  const Answer first = call("ReservationSubmit", reservation("400.00"), "urn:uuid:1");
  clock->advance(std::chrono::seconds(5));
  const Answer second = call("ReservationSubmit", reservation("400.00"), "urn:uuid:1");
  EXPECT_EQ(first.text, second.text);
  EXPECT_EQ(book("prereserved"), "400.00");
  EXPECT_EQ(desk->journal.effects(), 1U);
  call("ReservationSubmit", reservation("400.00"), "urn:uuid:2");
  EXPECT_EQ(desk->journal.effects(), 2U);
}

TEST_F(Funds, KnowNoMessageAgainWhereTheTenantDoesNot) {
  crm::CrmOptions options;
  options.idempotent = false;
  open(options);
  call("ReservationSubmit", reservation("400.00"), "urn:uuid:1");
  call("ReservationSubmit", reservation("400.00"), "urn:uuid:1");
  EXPECT_EQ(book("prereserved"), "800.00");
  const Answer both = query("ReservationQuery", "<ExternalReference>R-1</ExternalReference>");
  EXPECT_EQ(both.all("Reservation/ReservationNumber").size(), 2U);
}

TEST_F(Funds, RefuseASecondReferenceWhereTheTenantDoes) {
  crm::CrmOptions options;
  options.unique_reference = true;
  open(options);
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("1.00"))), "000");
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("1.00"))), "020");
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("1.00", "R-2"))), "000");
}

TEST_F(Funds, WantTheStepIntoApprovalWhereTheTenantDoes) {
  crm::CrmOptions options;
  options.approval_step = true;
  options.statuses[crm::Status::InApproval] = {"Z0003", "In Freigabe"};
  open(options);
  const std::string id =
      call("ReservationSubmit", reservation("400.00")).at("Reservation/ReservationNumber");
  EXPECT_EQ(numbers(call("ReservationDecide",
                         decision("Reservation", id, 1, "<Decision>APPR</Decision>"))),
            "004");
  const Answer taken =
      call("ReservationDecide", decision("Reservation", id, 1, "<Decision>REVW</Decision>"));
  EXPECT_EQ(taken.at("Reservation/UserStatus"), "Z0003");
  EXPECT_EQ(numbers(call("ReservationDecide",
                         decision("Reservation", id, 2, "<Decision>APPR</Decision>"))),
            "000");
}

TEST_F(Funds, ExpireWhatIsFreeAndSpareWhatIsReserved) {
  open();
  const std::string id = reserved("400.00");
  clock->advance(std::chrono::hours(24 * 300));
  EXPECT_EQ(service->expire(), std::vector<std::string>{"0000000200"});
  EXPECT_EQ(service->expire(), std::vector<std::string>{});
  EXPECT_EQ(book("expired") + " " + book("reserved"), "600.00 400.00");
  EXPECT_EQ(numbers(call("ReservationSubmit", reservation("1.00"))), "006");
  call("ReservationDecide", decision("Reservation", id, 2, "<Decision>CLOS</Decision>"));
  EXPECT_EQ(book("expired") + " " + book("available_to_reserve"), "1000.00 0.00");
}

TEST_F(Funds, ShowWhatChangedSinceInPages) {
  open();
  for (int i = 1; i <= 3; ++i) {
    clock->advance(std::chrono::seconds(1));
    call("ReservationSubmit", reservation("1.00", "R-" + std::to_string(i)));
  }
  const Answer since =
      query("ReservationQuery", "<ChangedSince>2026-06-01T10:00:02Z</ChangedSince>");
  EXPECT_EQ(since.all("Reservation/ExternalReference"), (std::vector<std::string>{"R-2", "R-3"}));
  const Answer page = query("ReservationQuery", "<PageSize>2</PageSize>");
  EXPECT_EQ(page.all("Reservation/ReservationNumber").size(), 2U);
  const std::string token = page.at("NextPageToken");
  clock->advance(std::chrono::seconds(1));
  call("ReservationSubmit", reservation("1.00", "R-4"));
  const Answer rest =
      query("ReservationQuery", "<PageSize>2</PageSize><PageToken>" + token + "</PageToken>");
  EXPECT_EQ(rest.all("Reservation/ExternalReference"), std::vector<std::string>{"R-3"});
  EXPECT_EQ(rest.at("ReadAt"), page.at("ReadAt"));
  EXPECT_EQ(rest.at("NextPageToken"), "");
  EXPECT_EQ(query("FundQuery", "<ChangedSince>" + rest.at("ReadAt") + "</ChangedSince>")
                .at("Fund/FundNumber"),
            "0000000200");
}

}  // namespace
}  // namespace channelbridge::sandbox::test

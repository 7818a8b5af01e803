// Programs, the initiatives of partners under them, and what refers to an initiative.
#include "funds.hpp"

namespace channelbridge::sandbox::test {
namespace {

/// A program of 2026 that asks for enrolment, in which Nordwind is from 1 February.
class Initiatives : public CrmDesk {
 protected:
  void start(const crm::CrmOptions& options = {}) {
    open(options);
    service->add_partner("0010100002", "Vind & Vatten AB");
    service->add_program({.number = "0000000300",
                          .description = "Trade shows",
                          .from = day("2026-01-01"),
                          .to = day("2026-12-31"),
                          .partner_types = {"RESE"},
                          .enrollment = true});
    service->add_template({.number = "TRADE_SHOW", .type = "EVNT", .program = "0000000300"});
    service->add_template({.number = "OTHER", .type = "OTHR"});
    ASSERT_TRUE(service->enroll("0000000300", {.partner = kNorth, .from = day("2026-02-01")}));
  }
  static std::string plan(const std::string& from = "2026-06-10",
                          const std::string& to = "2026-06-12", const std::string& more = {},
                          const std::string& show = "TRADE_SHOW",
                          const std::string& partner = kNorth) {
    return "<TemplateNumber>" + show + "</TemplateNumber><Partner>" + partner +
           "</Partner><Description>Messe Kiel</Description><ActivityFrom>" + from +
           "</ActivityFrom><ActivityTo>" + to + "</ActivityTo>" + more;
  }
  static std::string element(const std::string& type, const std::string& amount) {
    return "<Element><ElementType>" + type + "</ElementType>" + money("PlannedCost", amount) +
           "</Element>";
  }
  static std::string named(const std::string& id, int change) {
    return "<InitiativeNumber>" + id + "</InitiativeNumber><ChangeNumber>" +
           std::to_string(change) + "</ChangeNumber>";
  }
  Answer submit(const std::string& content, const std::string& reference = "I-1") {
    return call("InitiativeSubmit",
                "<ExternalReference>" + reference + "</ExternalReference>" + content);
  }
  /// Hands one in; its number.
  std::string planned() {
    return submit(plan("2026-06-10", "2026-06-12", element("BOOT", "300.00")))
        .at("Initiative/InitiativeNumber");
  }
  Answer decide(const std::string& id, int change, const std::string& content) {
    return call("InitiativeDecide", decision("Initiative", id, change, content));
  }
  Answer step(const std::string& id, int change, const std::string& code,
              const std::string& more = {}) {
    return call("InitiativeProgress", named(id, change) + "<Step>" + code + "</Step>" + more +
                                          "<ReportedBy>NORTH</ReportedBy>");
  }
  /// Money for these initiatives; without dates of its own.
  Answer reserve(const std::vector<std::string>& initiatives, const std::string& partner = kNorth) {
    std::string rows;
    for (const std::string& each : initiatives)
      rows += "<Initiative><InitiativeNumber>" + each + "</InitiativeNumber></Initiative>";
    return call("ReservationSubmit",
                "<ExternalReference>R-1</ExternalReference><FundNumber>0000000200</FundNumber>"
                "<Partner>" +
                    partner + "</Partner><Description>Trade fair</Description>" + rows +
                    money("RequestedAmount", "100.00"));
  }
};

TEST_F(Initiatives, AreHandedInApprovedHeldAndReported) {
  start();
  const Answer submitted = submit(
      plan("2026-06-10", "2026-06-12", element("BOOT", "300.00") + element("PRNT", "50.00")));
  EXPECT_EQ(numbers(submitted), "000");
  const std::string id = submitted.at("Initiative/InitiativeNumber");
  EXPECT_EQ(id, "6000000001");
  EXPECT_EQ(submitted.at("Initiative/ProgramNumber"), "0000000300") << "its template says so";
  EXPECT_EQ(submitted.at("Initiative/InitiativeType"), "EVNT");
  EXPECT_EQ(submitted.all("Initiative/Element/ElementNumber"),
            (std::vector<std::string>{"10", "20"}));
  EXPECT_EQ(submitted.at("Initiative/UserStatus"), "E0002");
  EXPECT_EQ(numbers(step(id, 1, "RUNN")), "004") << "nobody has approved it";
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>REVW</Decision>")), "000");
  EXPECT_EQ(numbers(decide(id, 2, "<Decision>APPR</Decision>")), "000");
  EXPECT_EQ(numbers(step(id, 3, "COMP")), "004");
  EXPECT_EQ(numbers(step(id, 3, "RUNN")), "000");
  const Answer over = step(
      id, 4, "COMP",
      "<Expense><ElementType>BOOT</ElementType>" + money("ActualCost", "280.00") + "</Expense>");
  EXPECT_EQ(over.at("Initiative/Expense/ActualCost"), "280.00");
  EXPECT_EQ(over.at("Initiative/UserStatus"), "E0014");
  EXPECT_EQ(numbers(step(id, 5, "REPT")), "026");
  const Answer told = step(id, 5, "REPT", "<Result><Leads>12</Leads></Result>");
  EXPECT_EQ(told.at("Initiative/Result/Leads"), "12");
  EXPECT_EQ(numbers(step(id, 6, "CANC", "<Reason>Rain</Reason>")), "004");
  const Answer found = query("InitiativeQuery", "<ExternalReference>I-1</ExternalReference>");
  EXPECT_EQ(found.at("Initiative/UserStatus"), "E0015");
  EXPECT_EQ(
      query("InitiativeQuery", "<Partner>0010100002</Partner>").at("Initiative/InitiativeNumber"),
      "");
}

TEST_F(Initiatives, AreForPartnersThatAreEnrolledOnTheirDays) {
  start();
  EXPECT_EQ(numbers(submit(plan("2026-06-10", "2026-06-12", "", "TRADE_SHOW", "0010100002"))),
            "025");
  EXPECT_EQ(numbers(submit(plan("2026-01-10", "2026-02-12"))), "025") << "not yet";
  EXPECT_EQ(numbers(submit(plan("2026-12-30", "2027-01-02"))), "007") << "beyond the program";
  EXPECT_EQ(numbers(submit(plan("2026-06-12", "2026-06-10"))), "007");
  EXPECT_EQ(numbers(submit(plan("2026-06-10", "2026-06-12", "", "OTHER", "0010100002"))), "000")
      << "of no program";
  EXPECT_EQ(numbers(submit(plan("2026-06-10", "2026-06-12", "", "PODCAST"))), "001");
  const Answer program = query("ProgramQuery", "<Number>0000000300</Number>");
  EXPECT_EQ(program.all("Program/Participant/Partner"), std::vector<std::string>{kNorth});
  const std::string change = program.at("Program/ChangeNumber");
  ASSERT_EQ(administer(*service, "enroll",
                       R"({"program":"0000000300","partner":"0010100002","from":"2026-06-01"})")
                .status,
            204);
  EXPECT_NE(query("ProgramQuery").at("Program/ChangeNumber"), change);
  EXPECT_EQ(numbers(submit(plan("2026-06-10", "2026-06-12", "", "TRADE_SHOW", "0010100002"))),
            "000");
  EXPECT_EQ(
      administer(*service, "enroll", R"({"program":"1","partner":"2","from":"2026-06-01"})").status,
      409);
}

TEST_F(Initiatives, HaveOneElementOfAType) {
  start();
  const auto with = [this](const std::string& elements) {
    return numbers(submit(plan("2026-06-10", "2026-06-12", elements)));
  };
  EXPECT_EQ(with(element("BOOT", "1.00") + element("BOOT", "2.00")), "013");
  EXPECT_EQ(with(element("BOOT", "1.00") +
                 "<Element><ElementType>PRNT</ElementType><PlannedCost currencyCode=\"PLN\">1.00"
                 "</PlannedCost></Element>"),
            "008");
  EXPECT_EQ(with(element("BOOT", "-1.00")), "009");
  EXPECT_EQ(with(element("BOOT", "1.001")), "009");
}

TEST_F(Initiatives, ArePlannedOtherwiseUntilTheyAreApproved) {
  start();
  const std::string id = planned();
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>RETN</Decision>")), "016");
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>RETN</Decision><Reason>Less</Reason>")), "000");
  const std::string less =
      plan("2026-06-10", "2026-06-12", element("PRNT", "10.00") + element("BOOT", "200.00"));
  const auto again = [&](int change, const std::string& content) {
    return call("InitiativeSubmit", named(id, change) + content);
  };
  EXPECT_EQ(numbers(again(1, less)), "003");
  const Answer changed = again(2, less);
  EXPECT_EQ(changed.at("Initiative/UserStatus"), "E0002") << "it is handed in anew";
  EXPECT_EQ(changed.all("Initiative/Element/ElementNumber"), (std::vector<std::string>{"20", "10"}))
      << "an element keeps its number";
  EXPECT_EQ(changed.at("Initiative/ExternalReference"), "I-1");
  EXPECT_EQ(numbers(decide(id, 3, "<Decision>APPR</Decision>")), "000");
  EXPECT_EQ(numbers(again(4, plan("2026-06-10", "2026-06-13"))), "004");
  const Answer counted = again(4, less + "<Result><Leads>3</Leads></Result>");
  EXPECT_EQ(counted.at("Initiative/UserStatus"), "E0004") << "what came of it is no plan";
  EXPECT_EQ(counted.at("Initiative/Result/Leads"), "3");
}

TEST_F(Initiatives, GiveTheirDaysToReservations) {
  start();
  const std::string id = planned();
  const Answer reserved = reserve({id});
  EXPECT_EQ(reserved.at("Reservation/ActivityFrom"), "2026-06-10");
  EXPECT_EQ(reserved.at("Reservation/ActivityTo"), "2026-06-12");
  EXPECT_EQ(reserved.at("Reservation/Initiative/InitiativeNumber"), id);
  ASSERT_EQ(numbers(call("InitiativeSubmit", named(id, 1) + plan("2026-06-10", "2026-06-20",
                                                                 element("BOOT", "300.00")))),
            "000");
  EXPECT_EQ(query("ReservationQuery").at("Reservation/ActivityTo"), "2026-06-20");
  EXPECT_EQ(reserve({}).at("Reservation/ActivityTo"), "2026-12-31")
      << "without one: the fund's validity";
}

TEST_F(Initiatives, OutsideOfTheFundGetNoMoney) {
  start();
  const std::string id =
      submit(plan("2026-12-30", "2027-01-02", "", "OTHER")).at("Initiative/InitiativeNumber");
  EXPECT_EQ(numbers(reserve({id})), "007");
  EXPECT_EQ(book("prereserved"), "0.00");
}

TEST_F(Initiatives, ThatAreUnknownRejectedCancelledOrOfOthersGetNoMoney) {
  start();
  EXPECT_EQ(numbers(reserve({"6000000009"})), "001");
  const std::string id = planned();
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>REJC</Decision><Reason>No</Reason>")), "000");
  EXPECT_EQ(numbers(reserve({id})), "004");
  const std::string other =
      submit(plan("2026-06-10", "2026-06-12", "", "OTHER", "0010100002"), "I-2")
          .at("Initiative/InitiativeNumber");
  EXPECT_EQ(numbers(reserve({other})), "018");
  EXPECT_EQ(numbers(step(other, 1, "CANC")), "016");
  EXPECT_EQ(numbers(step(other, 1, "CANC", "<Reason>Rain</Reason>")), "000");
  EXPECT_EQ(service->state()["initiatives"][1]["decision"]["reason"], "Rain");
  EXPECT_EQ(book("prereserved"), "0.00");
}

TEST_F(Initiatives, ThatAreCancelledLaterAreNeitherGrantedNorClaimed) {
  start();
  const std::string id = planned();
  const std::string waits = reserve({id}).at("Reservation/ReservationNumber");
  const std::string granted = reserve({id}).at("Reservation/ReservationNumber");
  const std::string approve = "<Decision>APPR</Decision>";
  ASSERT_EQ(numbers(call("ReservationDecide", decision("Reservation", granted, 1, approve))),
            "000");
  ASSERT_EQ(numbers(step(id, 1, "CANC", "<Reason>Rain</Reason>")), "000");
  EXPECT_EQ(numbers(call("ReservationDecide", decision("Reservation", waits, 1, approve))), "004");
  const std::string items = item("1", "FV-1", "60.00", "60.00");
  std::string asked = claim(granted, "60.00", items);
  asked = replaced(asked, "2026-06-20", "2026-06-12");
  EXPECT_EQ(numbers(call("ClaimSubmit", asked)), "004");
}

TEST_F(Initiatives, StandWithTheClaimsOfTheirReservation) {
  start();
  const std::string id = planned();
  const std::string granted = reserve({id}).at("Reservation/ReservationNumber");
  ASSERT_EQ(numbers(call("ReservationDecide",
                         decision("Reservation", granted, 1, "<Decision>APPR</Decision>"))),
            "000");
  const std::string items = replaced(item("1", "FV-1", "60.00", "60.00"), "</ItemNumber>",
                                     "</ItemNumber><ExpenseType>BOOT</ExpenseType>") +
                            replaced(item("2", "FV-2", "30.00", "30.00"), "</ItemNumber>",
                                     "</ItemNumber><ExpenseType>TRAV</ExpenseType>");
  const Answer claimed =
      call("ClaimSubmit", replaced(claim(granted, "90.00", items), "2026-06-20", "2026-06-12"));
  EXPECT_EQ(numbers(claimed), "000");
  EXPECT_EQ(claimed.at("Claim/InitiativeNumber"), id);
  EXPECT_EQ(claimed.all("Claim/Item/InitiativeElement"), std::vector<std::string>{"10"})
      << "nobody has planned to travel";
}

TEST_F(Initiatives, AreLockedAndHaveOneReference) {
  start({.unique_reference = true});
  const std::string id = planned();
  EXPECT_EQ(numbers(submit(plan())), "020");
  ASSERT_TRUE(service->lock("Initiative", id, "MILLER"));
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>APPR</Decision>")), "002");
  EXPECT_EQ(numbers(call("InitiativeSubmit", named(id, 1) + plan())), "002");
  ASSERT_TRUE(service->lock("Initiative", id, ""));
  EXPECT_EQ(
      administer(*service, "decide", R"({"initiative":"6000000001","decision":"APPR","by":"ANNA"})")
          .status,
      204);
  EXPECT_EQ(service->state()["initiatives"][0]["admin"]["status"], "Approved");
}

}  // namespace
}  // namespace channelbridge::sandbox::test

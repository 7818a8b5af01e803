// Claims: what is refused at submission, and what decisions do.
#include "funds.hpp"

namespace channelbridge::sandbox::test {
namespace {

class Claims : public CrmDesk {
 protected:
  /// A claim of 200.00 in two items on a reservation of 400.00; its number.
  std::string submitted() {
    open();
    of_reservation = reserved("400.00");
    const Answer answer = call("ClaimSubmit", good());
    EXPECT_EQ(numbers(answer), "000");
    return answer.at("Claim/ClaimNumber");
  }
  std::string good() const {
    return claim(of_reservation, "200.00",
                 item("1", "INV-1", "300.00", "150.00") + item("2", "INV-2", "100.00", "50.00"));
  }
  Answer decide(const std::string& id, int change, const std::string& content) {
    return call("ClaimDecide", decision("Claim", id, change, content));
  }
  std::string of_reservation{};
};

TEST_F(Claims, AreSubmittedAndApproved) {
  const std::string id = submitted();
  EXPECT_EQ(book("pending_claim") + " " + book("reserved"), "200.00 400.00");
  const Answer approved = decide(id, 1, "<Decision>APPR</Decision>");
  EXPECT_EQ(numbers(approved), "000");
  EXPECT_EQ(approved.at("Claim/ApprovedAmount"), "200.00");
  EXPECT_EQ(approved.all("Claim/Item/ApprovedAmount"),
            (std::vector<std::string>{"150.00", "50.00"}));
  EXPECT_EQ(approved.at("Claim/UserStatus"), "E0004");
  EXPECT_EQ(book("pending_claim"), "0.00");
  EXPECT_EQ(book("approved_claim") + " " + book("reserved"), "200.00 200.00");
  EXPECT_EQ(book("available_to_reserve"), "600.00");
  const Answer consumed = query("ReservationQuery", "<Number>" + of_reservation + "</Number>");
  EXPECT_EQ(consumed.at("Reservation/ConsumedAmount"), "200.00");
}

TEST_F(Claims, AreApprovedInPartWithAReasonForEachItem) {
  const std::string id = submitted();
  const auto partly = [](const std::string& amount, const std::string& reason) {
    return "<Decision>APPR</Decision><ItemDecision><ItemNumber>1</ItemNumber>" +
           money("ApprovedAmount", amount) + reason + "</ItemDecision>";
  };
  EXPECT_EQ(numbers(decide(id, 1, partly("100.00", ""))), "016");
  EXPECT_EQ(numbers(decide(id, 1, partly("150.01", "<Reason>More</Reason>"))), "009");
  const Answer approved = decide(id, 1, partly("100.00", "<Reason>No logo</Reason>"));
  EXPECT_EQ(numbers(approved), "000");
  EXPECT_EQ(approved.at("Claim/ApprovedAmount"), "150.00");
  EXPECT_EQ(approved.at("Claim/Item/Reason"), "No logo");
  EXPECT_EQ(approved.at("Claim/Decision/Code"), "APPR");
  const auto shown = service->state()["claims"][0];
  EXPECT_EQ(shown["items"][0]["approved"], "100.00");
  EXPECT_EQ(shown["items"][0]["reason"], "No logo");
  EXPECT_EQ(shown["items"][1]["approved"], "50.00");
  EXPECT_EQ(shown["decision"]["code"], "APPR");
  EXPECT_EQ(book("approved_claim") + " " + book("reserved"), "150.00 250.00");
}

TEST_F(Claims, AreReturnedAndSubmittedAgain) {
  const std::string id = submitted();
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>RETN</Decision>")), "016");
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>RETN</Decision><Reason>Proof</Reason>")), "000");
  EXPECT_EQ(book("pending_claim"), "0.00");
  const std::string again =
      "<ClaimNumber>" + id + "</ClaimNumber><ChangeNumber>2</ChangeNumber>" +
      claim(of_reservation, "150.00", item("1", "INV-1", "300.00", "150.00")) +
      "<Attachment><AttachmentType>PHOTO</AttachmentType><FileName>booth.jpg</FileName>"
      "<ContentHash>" +
      std::string(64, 'a') + "</ContentHash><Size>1024</Size></Attachment>";
  EXPECT_EQ(numbers(call("ClaimSubmit", replaced(again, ">2<", ">1<"))), "003");
  const Answer resubmitted = call("ClaimSubmit", again);
  EXPECT_EQ(resubmitted.at("Claim/ClaimNumber"), id);
  EXPECT_EQ(resubmitted.at("Claim/Attachment/ContentHash"), std::string(64, 'a'));
  EXPECT_EQ(book("pending_claim"), "150.00");
  EXPECT_EQ(desk->journal.counters()["by_object"]["Claim"]["updated"], 1);
}

TEST_F(Claims, AreDecidedOnce) {
  const std::string id = submitted();
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>REJC</Decision><Reason>No proof</Reason>")), "000");
  EXPECT_EQ(book("pending_claim") + " " + book("reserved"), "0.00 400.00");
  const Answer again = decide(id, 2, "<Decision>APPR</Decision>");
  EXPECT_EQ(numbers(again), "005");
  EXPECT_EQ(again.at("Return/item/Message"),
            "Claim " + id + " has status Rejected and cannot be decided");
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>APPR</Decision>")), "003");
  EXPECT_EQ(numbers(decide("0000000001", 1, "<Decision>APPR</Decision>")), "001");
}

TEST_F(Claims, CannotHaveAnInvoiceTwice) {
  const std::string id = submitted();
  const Answer twice =
      call("ClaimSubmit",
           claim(of_reservation, "10.00",
                 replaced(item("1", "inv-2", "20.00", "10.00"), "Messe Kiel", "MESSE KIEL.")));
  EXPECT_EQ(numbers(twice), "012");
  EXPECT_EQ(twice.at("Return/item/Message"),
            "Invoice inv-2 of MESSE KIEL. is claimed already in claim " + id);
  EXPECT_EQ(numbers(call("ClaimSubmit", claim(of_reservation, "20.00",
                                              item("1", "INV-9", "20.00", "10.00") +
                                                  item("2", "INV-9", "20.00", "10.00")))),
            "012");
  decide(id, 1, "<Decision>REJC</Decision><Reason>Wrong</Reason>");
  EXPECT_EQ(numbers(call("ClaimSubmit",
                         claim(of_reservation, "10.00", item("1", "INV-2", "20.00", "10.00")))),
            "000");
}

TEST_F(Claims, AreNotApprovedAboveTheirReservation) {
  open();
  of_reservation = reserved("100.00");
  const Answer above =
      call("ClaimSubmit", claim(of_reservation, "100.01", item("1", "INV-1", "300.00", "100.01")));
  EXPECT_EQ(numbers(above), "021 000");
  EXPECT_EQ(book("pending_claim"), "100.00");
  const std::string id = above.at("Claim/ClaimNumber");
  const Answer refused = decide(id, 1, "<Decision>APPR</Decision>");
  EXPECT_EQ(numbers(refused), "021");
  EXPECT_EQ(refused.at("Return/item/Message"), "Claim " + id +
                                                   ": 100.01 EUR is more than reservation " +
                                                   of_reservation + " has left, 100.00 EUR");
  EXPECT_EQ(book("approved_claim") + " " + book("pending_claim"), "0.00 100.00");
  ASSERT_TRUE(service->approve_over_consumption(of_reservation, number("0.01")));
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>APPR</Decision>")), "000");
  EXPECT_EQ(book("approved_claim") + " " + book("reserved"), "100.01 0.00");
}

/// One change to a good claim, and the message that refuses it.
struct BadClaim {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};

class ClaimRules : public Claims, public ::testing::WithParamInterface<BadClaim> {};

TEST_P(ClaimRules, RefuseWithoutAnEffect) {
  open();
  service->add_partner("0010100002", "Other");
  of_reservation = reserved("400.00");
  const std::uint64_t before = desk->journal.effects();
  const BadClaim& bad = GetParam();
  const Answer answer = call("ClaimSubmit", replaced(good(), bad.from, bad.to));
  EXPECT_EQ(numbers(answer), bad.message) << answer.text;
  EXPECT_EQ(book("pending_claim"), "0.00");
  EXPECT_EQ(desk->journal.effects(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Each, ClaimRules,
    ::testing::Values(BadClaim{"sum", ">200.00</Submitted", ">200.01</Submitted", "013"},
                      BadClaim{"share", ">300.00</Net", ">299.98</Net", "014"},
                      BadClaim{"item_twice", "<ItemNumber>2<", "<ItemNumber>1<", "013"},
                      BadClaim{"partner", ">0010100001<", ">0010100002<", "018"},
                      BadClaim{"period", "2026-06-20", "2026-06-21", "007"},
                      BadClaim{"currency", "\"EUR\">150", "\"USD\">150", "008"},
                      BadClaim{"cents", ">150.00<", ">150.001<", "009"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(Claims, KnowTheirDeadline) {
  open();
  of_reservation = reserved("400.00");
  clock->advance(std::chrono::hours(24 * 61));  // 1 August: the last day
  EXPECT_EQ(numbers(call("ClaimSubmit", replaced(good(), "INV-1", "INV-8"))), "000");
  clock->advance(std::chrono::hours(24));
  EXPECT_EQ(numbers(call("ClaimSubmit", good())), "015");
}

TEST_F(Claims, NeedAnApprovedReservation) {
  open();
  of_reservation =
      call("ReservationSubmit", reservation("400.00")).at("Reservation/ReservationNumber");
  EXPECT_EQ(numbers(call("ClaimSubmit", good())), "004");
  of_reservation = "0000000009";
  EXPECT_EQ(numbers(call("ClaimSubmit", good())), "001");
}

TEST_F(Claims, KeepAReservationOpenUntilTheyAreDecided) {
  const std::string id = submitted();
  const std::string close = decision("Reservation", of_reservation, 2, "<Decision>CLOS</Decision>");
  EXPECT_EQ(numbers(call("ReservationDecide", close)), "022");
  decide(id, 1, "<Decision>APPR</Decision>");
  EXPECT_EQ(numbers(call("ReservationDecide", replaced(close, ">2<", ">3<"))), "000");
  EXPECT_EQ(book("reserved") + " " + book("available_to_reserve"), "0.00 800.00");
}

TEST_F(Claims, GoToTheFundDirectlyWhereTheTenantAllowsIt) {
  open();
  const std::string direct = claim("", "200.00", item("1", "INV-1", "300.00", "200.00"));
  const Answer submitted = call("ClaimSubmit", direct);
  EXPECT_EQ(numbers(submitted), "000");
  decide(submitted.at("Claim/ClaimNumber"), 1, "<Decision>APPR</Decision>");
  EXPECT_EQ(book("approved_claim") + " " + book("reserved"), "200.00 0.00");
  crm::CrmOptions options;
  options.direct_claims = false;
  open(options);
  EXPECT_EQ(numbers(call("ClaimSubmit", direct)), "024");
}

TEST_F(Claims, NeedProofWhereTheTenantWantsIt) {
  crm::CrmOptions options;
  options.require_proof = true;
  open(options);
  of_reservation = reserved("400.00");
  const std::string id = call("ClaimSubmit", good()).at("Claim/ClaimNumber");
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>APPR</Decision>")), "017");
}

TEST_F(Claims, AreLocked) {
  const std::string id = submitted();
  ASSERT_TRUE(service->lock("Claim", id, "ANNA"));
  const Answer locked = decide(id, 1, "<Decision>APPR</Decision>");
  EXPECT_EQ(locked.at("Return/item/Message"), "Claim " + id + " is locked by user ANNA");
  ASSERT_TRUE(service->lock("Claim", id, ""));
  EXPECT_EQ(numbers(decide(id, 1, "<Decision>APPR</Decision>")), "000");
}

TEST_F(Claims, AreDecidedByPeopleAtTheSystem) {
  const std::string id = submitted();
  EXPECT_EQ(administer(*service, "decide",
                       "{\"claim\":\"" + id +
                           "\",\"decision\":\"APPR\",\"items\":{\"1\":{\"amount\":\"100.00\","
                           "\"reason\":\"No logo\"}},\"by\":\"ANNA\"}")
                .status,
            204);
  const Answer shown = query("ClaimQuery", "<ExternalReference>C-1</ExternalReference>");
  EXPECT_EQ(shown.at("Claim/ApprovedAmount"), "150.00");
  EXPECT_EQ(shown.at("Claim/Decision/DecidedBy"), "ANNA");
  EXPECT_EQ(
      administer(*service, "decide", "{\"claim\":\"" + id + "\",\"decision\":\"APPR\"}").status,
      409);
  EXPECT_EQ(
      administer(*service, "decide", "{\"claim\":\"" + id + "\",\"decision\":\"YES\"}").status,
      400);
}

}  // namespace
}  // namespace channelbridge::sandbox::test

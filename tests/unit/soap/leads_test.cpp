// Leads of sap_crm_funds.yaml: distributed to sales partners, and changed by what no step carries.
#include <gmock/gmock.h>

#include "funds_manifest.hpp"

namespace channelbridge::soap {
namespace {

using adapter::NodeOutcome;
using adapter::WriteStatus;
using test::answer;
using test::ClaimService;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class DispatchedLeads : public test::FundsManifest {
 protected:
  static std::string stamps(const std::string& change) {
    return "<ChangeNumber>" + change +
           "</ChangeNumber><ChangedAt>2027-03-10T10:00:00Z</ChangedAt><ChangedBy>CHM</ChangedBy>";
  }
  static std::string lead(const std::string& status, const std::string& change) {
    return "<Lead><LeadNumber>0000008001</LeadNumber><TransactionType>LEAD</TransactionType>"
           "<Description>Ten pumps</Description><SalesPartner>0010100009</SalesPartner>"
           "<ProspectName>Hafen</ProspectName><QualificationLevel>02</QualificationLevel>"
           "<UserStatus>" +
           status + "</UserStatus><StatusText>s</StatusText>" + stamps(change) + "</Lead>";
  }
  static std::string offer(const std::string& status) {
    return "<LeadOffer><LeadNumber>0000008001</LeadNumber><OfferNumber>1</OfferNumber>"
           "<SalesPartner>0010100001</SalesPartner><DistributedAt>2027-03-10T10:00:00Z"
           "</DistributedAt><AnswerDue>2027-03-12T10:00:00Z</AnswerDue><UserStatus>" +
           status + "</UserStatus><StatusText>s</StatusText>" + stamps("2") + "</LeadOffer>";
  }
  static http::Response says(const std::string& operation, const std::string& content) {
    return answer("<l:" + operation +
                  "Response xmlns:l=\"http://example.com/zcrm/lead_dispatch\">" + content +
                  "</l:" + operation + "Response>");
  }
  static http::Response shows(const std::string& content) {
    return says("LeadQuery", "<ReadAt>2027-03-10T10:00:00Z</ReadAt>" + content);
  }
  static http::Response done(const std::string& operation, const std::string& content) {
    return says(operation, content +
                               "<Return><item><Type>S</Type><Id>ZMDF</Id><Number>000</Number>"
                               "<Message>m</Message></item></Return>");
  }
  static http::Response refused(const std::string& operation) {
    return says(operation,
                "<Return><item><Type>E</Type><Id>ZMDF</Id><Number>040</Number><Message>Lead "
                "0000008001 is not qualified</Message></item></Return>");
  }
  NodeOutcome write(adapter::Operation operation, const std::string& key, const std::string& body,
                    const std::string& version = "1") {
    const bool offers = body.starts_with("<LeadOffer>");
    const bool creates = operation == adapter::Operation::Create;
    const std::string object = offers ? "LeadOffer" : "Lead";
    const adapter::WriteRequest request{.nodes = {{.operation = operation,
                                                   .object = object,
                                                   .key = key,
                                                   .body = body,
                                                   .expected_version = creates ? "" : version}},
                                        .correlation = creates ? ClaimService::kRecord : "",
                                        .number = ClaimService::kNumber,
                                        .decided = ClaimService::kDecided};
    auto out =
        adapter->write({.object = object, .id = offers ? "LeadNumber,OfferNumber" : "LeadNumber"},
                       {request}, Context());
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : NodeOutcome{};
  }
  NodeOutcome bring(const std::string& status, const std::string& more = {}) {
    return write(adapter::Operation::Update, "0000008001",
                 "<Lead>" + more + "<UserStatus>" + status + "</UserStatus></Lead>");
  }
};

TEST_F(DispatchedLeads, GoToThePartnerThatIsNamed) {
  transport->then(shows(lead("OPEN", "1"))).then(done("LeadDistribute", lead("DIST", "2")));
  const NodeOutcome out = bring("DIST", "<SalesPartner>0010100001</SalesPartner>");
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  EXPECT_EQ(out.version, "2");
  EXPECT_THAT(sent(1), AllOf(HasSubstr("<ChangeNumber>1</ChangeNumber><SalesPartner>0010100001<"),
                             HasSubstr("<UserStatus>DIST<"), HasSubstr("<DistributedBy>CHANNEL<")));
}

TEST_F(DispatchedLeads, GoToNobodyTwice) {
  transport->then(shows(lead("DIST", "2")));
  EXPECT_EQ(write(adapter::Operation::Update, "0000008001",
                  "<Lead><UserStatus>DIST</UserStatus></Lead>", "2")
                .status,
            WriteStatus::Unchanged);
  EXPECT_THAT(transport->seen(), SizeIs(1));
}

TEST_F(DispatchedLeads, ThatFellBackAreNotDistributedByALateAnswer) {
  transport->then(shows(lead("INPR", "1")));
  const NodeOutcome out = bring("SPAC");
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  EXPECT_THAT(to_string(*out.error), AllOf(HasSubstr("'INPR'"), HasSubstr("'SPAC'")));
  EXPECT_THAT(transport->seen(), SizeIs(1));
}

TEST_F(DispatchedLeads, AreLeftWhereSomebodyElseComesBetweenTwoCalls) {
  transport->then(shows(lead("OPEN", "1")))
      .then(done("LeadChange", lead("OPEN", "2")))
      .then(shows(lead("OPEN", "3")));
  EXPECT_EQ(bring("DIST", "<Phone>+49431</Phone>").status, WriteStatus::Unknown);
  EXPECT_THAT(transport->seen(), SizeIs(3)) << "it may be another partner's now";
}

TEST_F(DispatchedLeads, AreChangedFirstByWhatNoStepCarries) {
  transport->then(shows(lead("OPEN", "1")))
      .then(done("LeadChange", lead("OPEN", "2")))
      .then(shows(lead("OPEN", "2")))
      .then(done("LeadDistribute", lead("DIST", "3")));
  const NodeOutcome out = bring("DIST", "<Phone>+49431</Phone>");
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  EXPECT_EQ(out.version, "3");
  ASSERT_THAT(transport->seen(), SizeIs(4));
  const std::string own = std::string("urn:uuid:") + ClaimService::kNumber;
  EXPECT_THAT(sent(1),
              AllOf(HasSubstr("LeadChange"), HasSubstr("<Phone>+49431<"),
                    HasSubstr("<ChangeNumber>1<"), Not(HasSubstr("UserStatus")), HasSubstr(own)));
  EXPECT_THAT(sent(3), AllOf(HasSubstr("LeadDistribute"), HasSubstr("<ChangeNumber>2<"),
                             Not(HasSubstr("Phone")), Not(HasSubstr(own))));
}

TEST_F(DispatchedLeads, AreChangedAloneWhereTheyStandAlready) {
  transport->then(shows(lead("DIST", "1"))).then(done("LeadChange", lead("DIST", "2")));
  EXPECT_EQ(bring("DIST", "<Phone>+49431</Phone>").status, WriteStatus::Updated);
  EXPECT_THAT(transport->seen(), SizeIs(2));
}

TEST_F(DispatchedLeads, ThatAreRefusedTheirChangeAreNotDistributed) {
  transport->then(shows(lead("OPEN", "1"))).then(refused("LeadChange"));
  EXPECT_EQ(bring("DIST", "<Phone>+49431</Phone>").status, WriteStatus::Rejected);
  EXPECT_THAT(transport->seen(), SizeIs(2));
}

TEST_F(DispatchedLeads, ThatAreChangedAndNotDistributedAreHalfWay) {
  transport->then(shows(lead("OPEN", "1")))
      .then(done("LeadChange", lead("OPEN", "2")))
      .then(shows(lead("OPEN", "2")))
      .then(refused("LeadDistribute"));
  const NodeOutcome out = bring("DIST", "<Phone>+49431</Phone>");
  EXPECT_EQ(out.status, WriteStatus::Unknown) << "the object tells where it stands";
  EXPECT_THAT(to_string(*out.error), HasSubstr("not qualified"));
}

TEST_F(DispatchedLeads, AreNotChangedWhereTheStepIsNoMessage) {
  transport->then(shows(lead("OPEN", "1")));
  const NodeOutcome out =
      bring("DIST", "<Phone>+49431</Phone><SalesPartner>00101000010</SalesPartner>");
  EXPECT_EQ(out.status, WriteStatus::Rejected) << "eleven characters";
  EXPECT_THAT(transport->seen(), SizeIs(1));
}

TEST_F(DispatchedLeads, OfOursAreMadeUnderOurRecord) {
  transport->then(done("LeadCreate", lead("OPEN", "1")));
  const NodeOutcome out =
      write(adapter::Operation::Create, "",
            "<Lead><ProspectName>Hafen</ProspectName><ExpectedRevenue currencyCode=\"EUR\">5"
            "</ExpectedRevenue></Lead>");
  EXPECT_EQ(out.status, WriteStatus::Created) << (out.error ? to_string(*out.error) : "");
  EXPECT_EQ(out.key, "0000008001");
  EXPECT_THAT(sent(0), AllOf(HasSubstr("<TransactionType>LEAD<"),
                             HasSubstr(std::string("<ExternalReference>") + ClaimService::kRecord),
                             HasSubstr("<ExpectedRevenue currencyCode=\"EUR\">5<")));
}

TEST_F(DispatchedLeads, AreOfferedByAnAssignmentOfOurs) {
  transport->then(done("LeadDistribute", lead("DIST", "2") + offer("DIST")));
  const NodeOutcome out =
      write(adapter::Operation::Create, "",
            "<LeadOffer><LeadNumber>0000008001</LeadNumber><SalesPartner>0010100001</SalesPartner>"
            "<UserStatus>DIST</UserStatus></LeadOffer>");
  EXPECT_EQ(out.status, WriteStatus::Created) << (out.error ? to_string(*out.error) : "");
  EXPECT_EQ(out.key, "0000008001,1");
  EXPECT_EQ(out.version, "2");
  EXPECT_THAT(sent(0), AllOf(HasSubstr("<SalesPartner>0010100001</SalesPartner><UserStatus>DIST<"),
                             HasSubstr(std::string("<ExternalReference>") + ClaimService::kRecord),
                             Not(HasSubstr("ChangeNumber"))));
}

TEST_F(DispatchedLeads, WhoseOfferWasLostAreLookedForAmongAllOffers) {
  transport->fails(ErrorCode::Timeout, Sent::NoAnswer);
  EXPECT_EQ(write(adapter::Operation::Create, "",
                  "<LeadOffer><LeadNumber>0000008001</LeadNumber><SalesPartner>0010100001"
                  "</SalesPartner><UserStatus>DIST</UserStatus></LeadOffer>")
                .status,
            WriteStatus::Unknown);
  const std::string reference =
      std::string("<ExternalReference>") + ClaimService::kRecord + "</ExternalReference>";
  std::string over = offer("INPR");
  over.insert(over.find("<ChangeNumber>"), reference);
  transport->then(says("LeadOfferQuery", "<ReadAt>2027-03-13T10:00:00Z</ReadAt>" + over));
  const auto found = adapter->find({.object = "LeadOffer", .id = "LeadNumber,OfferNumber"},
                                   ClaimService::kRecord, Context());
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_THAT(*found, SizeIs(1)) << "it is over by now, and was made all the same";
  EXPECT_EQ(found->front().key, "0000008001,1");
}

TEST_F(DispatchedLeads, AreAnsweredByTheirOffer) {
  transport->then(says("LeadOfferQuery", "<ReadAt>2027-03-10T10:00:00Z</ReadAt>" + offer("DIST")))
      .then(done("LeadDispatchAnswer", lead("SPAC", "3") + offer("SPAC")));
  EXPECT_EQ(write(adapter::Operation::Update, "0000008001,1",
                  "<LeadOffer><UserStatus>SPAC</UserStatus></LeadOffer>", "2")
                .status,
            WriteStatus::Updated);
  EXPECT_THAT(sent(1), AllOf(HasSubstr("<LeadNumber>0000008001</LeadNumber><ChangeNumber>2<"),
                             HasSubstr("<Answer>SPAC<")));
}

}  // namespace
}  // namespace channelbridge::soap

// Changes whose message takes the whole object: initiatives of sap_crm_funds.yaml.
#include <gmock/gmock.h>

#include "funds_manifest.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::soap {
namespace {

using adapter::NodeOutcome;
using adapter::WriteStatus;
using test::answer;
using test::ClaimService;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// A trade show with one element, at change number 3.
class Initiatives : public test::FundsManifest {
 protected:
  static std::string initiative(const std::string& status) {
    return "<Initiative><InitiativeNumber>6000000001</InitiativeNumber>"
           "<ProgramNumber>0000000300</ProgramNumber><TemplateNumber>TRADE_SHOW</TemplateNumber>"
           "<InitiativeType>EVNT</InitiativeType><Partner>0010100001</Partner>"
           "<Description>Messe Posen</Description><ActivityFrom>2027-03-01</ActivityFrom>"
           "<ActivityTo>2027-03-05</ActivityTo><Element><ElementNumber>10</ElementNumber>"
           "<ElementType>BOOT</ElementType><PlannedCost currencyCode=\"EUR\">2500.00</PlannedCost>"
           "</Element><Expense><ElementType>BOOT</ElementType><ActualCost currencyCode=\"EUR\">"
           "100.00</ActualCost></Expense><Result><Leads>7</Leads></Result><UserStatus>" +
           status +
           "</UserStatus><StatusText>s</StatusText><ExternalReference>I-1</ExternalReference>"
           "<ChangeNumber>3</ChangeNumber><ChangedAt>2027-01-10T10:00:00Z</ChangedAt>"
           "<ChangedBy>ANNA</ChangedBy></Initiative>";
  }
  static http::Response shows(const std::string& status) {
    return answer(
        "<f:InitiativeQueryResponse xmlns:f=\"http://example.com/zcrm/channel_funds\"><ReadAt>"
        "2027-01-10T10:00:00Z</ReadAt>" +
        initiative(status) + "</f:InitiativeQueryResponse>");
  }
  static http::Response done(const std::string& operation, const std::string& status) {
    return answer("<f:" + operation +
                  "Response xmlns:f=\"http://example.com/zcrm/channel_funds\">" +
                  initiative(status) +
                  "<Return><item><Type>S</Type><Id>ZMDF</Id><Number>000</Number><Message>m"
                  "</Message></item></Return></f:" +
                  operation + "Response>");
  }
  NodeOutcome write(const std::string& inside,
                    const std::map<std::string, std::set<std::string>>& stood = {},
                    const std::string& version = "3") {
    const adapter::WriteRequest request{
        .nodes = {{.operation = adapter::Operation::Update,
                   .object = "Initiative",
                   .key = "6000000001",
                   .body = "<Initiative>" + inside + "</Initiative>",
                   .expected_version = version,
                   .stood = stood}},
        .number = ClaimService::kNumber,
        .decided = ClaimService::kDecided};
    auto out = adapter->write(selection, {request}, Context());
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : NodeOutcome{};
  }
  static std::string status(const std::string& code) {
    return "<UserStatus>" + code + "</UserStatus>";
  }

  const adapter::Selection selection{
      .object = "Initiative", .id = "InitiativeNumber", .correlation = "ExternalReference"};
};

TEST_F(Initiatives, AreChangedWithAllThatTheyShow) {
  transport->then(shows("E0006")).then(done("InitiativeSubmit", "E0002"));
  const NodeOutcome out = write("<ActivityTo>2027-03-08</ActivityTo>");
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  ASSERT_THAT(transport->seen(), SizeIs(2));
  EXPECT_THAT(
      sent(1),
      AllOf(HasSubstr("<InitiativeNumber>6000000001</InitiativeNumber><ChangeNumber>3"
                      "</ChangeNumber><ExternalReference>I-1</ExternalReference>"),
            HasSubstr("<ActivityFrom>2027-03-01</ActivityFrom><ActivityTo>2027-03-08</ActivityTo>"),
            HasSubstr("<Element><ElementType>BOOT</ElementType><PlannedCost currencyCode=\"EUR\">"
                      "2500.00</PlannedCost></Element><Expense>"),
            HasSubstr("<Leads>7</Leads>"), Not(HasSubstr("ElementNumber")),
            Not(HasSubstr("UserStatus"))));
}

TEST_F(Initiatives, LoseAnElementThatIsTakenAway) {
  transport->then(shows("E0002")).then(done("InitiativeSubmit", "E0002"));
  EXPECT_EQ(write("", {{"Element", {"BOOT"}}}).status, WriteStatus::Updated);
  EXPECT_THAT(sent(1), AllOf(Not(HasSubstr("PlannedCost")), HasSubstr("<ActualCost")));
}

TEST_F(Initiatives, KeepNoElementThatIsTakenAwayWithAStatus) {
  for (const char* code : {"E0013", "E0003"}) {
    transport->then(shows("E0004"));
    const std::size_t before = transport->seen().size();
    const NodeOutcome out = write(status(code), {{"Element", {"BOOT"}}});
    EXPECT_EQ(out.status, WriteStatus::Rejected) << code;
    EXPECT_EQ(transport->seen().size(), before + 1) << "the step has no place for what is gone";
  }
}

TEST_F(Initiatives, AreChangedWhereTheStatusThatIsWrittenIsTheirs) {
  transport->then(shows("E0003")).then(done("InitiativeSubmit", "E0002"));
  EXPECT_EQ(write("<Location>Posen</Location>" + status("E0003")).status, WriteStatus::Updated);
  EXPECT_THAT(sent(1), HasSubstr("<Location>Posen</Location>"));
  transport->then(shows("E0003"));
  EXPECT_EQ(write(status("E0003")).status, WriteStatus::Unchanged);
  EXPECT_THAT(transport->seen(), SizeIs(3));
}

TEST_F(Initiatives, ThatHaveMovedAreLookedAtFirst) {
  transport->then(shows("E0002"));
  EXPECT_EQ(write("<Location>Posen</Location>", {}, "2").status, WriteStatus::Conflict);
  EXPECT_THAT(transport->seen(), SizeIs(1));
}

TEST_F(Initiatives, ThatWereApprovedOutsideAreDecidedThere) {
  transport->then(shows("E0003")).then(done("InitiativeDecide", "E0004"));
  EXPECT_EQ(write(status("APPRV")).status, WriteStatus::Updated);
  EXPECT_THAT(sent(1),
              HasSubstr("<Decision>APPR</Decision><Reason>Decided outside of the CRM</Reason>"));
}

TEST_F(Initiatives, ThatRunAreApprovedByNobody) {
  for (const char* code : {"E0013", "E0014", "E0015"}) {
    transport->then(shows("E0002"));
    const std::size_t before = transport->seen().size();
    const NodeOutcome out = write(status(code));
    EXPECT_EQ(out.status, WriteStatus::Rejected) << code;
    ASSERT_TRUE(out.error);
    EXPECT_THAT(to_string(*out.error), HasSubstr("stands at 'E0002'"));
    EXPECT_THAT(transport->seen(), SizeIs(before + 1)) << "looked, and sent nothing";
  }
}

TEST_F(Initiatives, TellWhatCameOfThemStepByStep) {
  transport->then(shows("E0004"))
      .then(done("InitiativeProgress", "E0013"))
      .then(shows("E0013"))
      .then(done("InitiativeProgress", "E0014"));
  const NodeOutcome out = write("<Result><Attendees>950</Attendees></Result>" + status("E0014"));
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  EXPECT_THAT(sent(1), HasSubstr("<Step>RUNN</Step>"));
  EXPECT_THAT(sent(3), AllOf(HasSubstr("<Step>COMP</Step><Expense><ElementType>BOOT<"),
                             HasSubstr("<Leads>7</Leads><Attendees>950</Attendees>")));
}

TEST_F(Initiatives, LoseNothingThatIsPlannedOtherwiseBesideAStep) {
  transport->then(shows("E0004"));
  const NodeOutcome out = write("<ActivityTo>2027-03-08</ActivityTo>" + status("E0013"));
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  ASSERT_TRUE(out.error);
  EXPECT_THAT(rules_of(*out.error), ElementsAre("ActivityTo no_place"));
}

TEST_F(Initiatives, AreFoundByOurRecordId) {
  transport->then(shows("E0002"));
  const auto found = adapter->find(selection, "I-1", Context());
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->front().key, "6000000001");
  EXPECT_THAT(sent(0), HasSubstr("<ExternalReference>I-1</ExternalReference>"));
}

TEST(SoapWholeUpdates, AreOfWhatCanBeLookedAt) {
  const auto source = find_manifest("sap_crm_funds.yaml");
  ASSERT_TRUE(source);
  const auto problems = [&](const std::string& from, const std::string& to) {
    ManifestSource changed = *source;
    changed.text = test::altered(changed.text, {{from, to}});
    const auto manifest = load_manifest(changed);
    std::vector<std::string> out;
    if (manifest) return out;
    for (const Problem& each : manifest.error().problems())
      out.push_back(each.path + ' ' + each.rule);
    return out;
  };
  EXPECT_THAT(problems("    create:\n      operation: InitiativeSubmit\n",
                       "    create:\n      operation: InitiativeSubmit\n      whole: true\n"),
              ::testing::Contains("objects.Initiative.create.whole whole"));
  EXPECT_THAT(
      problems("    read_by_key: { operation: InitiativeQuery, request: { Selection: { Number: "
               "\"{key}\" } }, rows: Initiative }\n",
               ""),
      ::testing::Contains("objects.Initiative.update.whole whole"));
}

}  // namespace
}  // namespace channelbridge::soap

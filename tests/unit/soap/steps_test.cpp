// Objects that a service moves from status to status, and what a message takes of them.
#include <gmock/gmock.h>

#include "channelbridge/document/tree_path.hpp"
#include "claim_service.hpp"
#include "message_internal.hpp"

namespace channelbridge::soap {
namespace {

using adapter::WriteStatus;
using document::Tree;
using test::answer;
using test::claim;
using test::ClaimService;
using test::log_item;
using test::page;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

http::Response moved(const std::string& severity = "1", const std::string& version = "9") {
  return answer("<c:ClaimChangeResponse xmlns:c=\"urn:claims\"><c:Version>" + version +
                "</c:Version>" + log_item("DONE", severity, "said") + "</c:ClaimChangeResponse>");
}
http::Response shows(const std::string& status) {
  return page(claim("C1", "2026-03-01T10:00:00Z", "<c:Status>" + status + "</c:Status>"));
}

/// open > approved > gone, by ClaimChange.
const test::Replacements kSteps{
    {"    correlation: ExternalID\n", "    correlation: ExternalID\n    status: Status\n"},
    {"    # region: update\n",
     "    steps:\n"
     "      - from: \"{parameter.first}\"\n"
     "        to: approved\n"
     "        operation: ClaimChange\n"
     "        whole: true\n"
     "        request: { ClaimID: \"{key}\", Version: \"{version}\" }\n"
     "        body: Claim\n"
     "        answer: { version: Version, done: { Log/Severity: [\"1\"] },"
     " refused: { Log/Severity: [\"3\"] } }\n"
     "      - from: approved\n"
     "        to: [gone]\n"
     "        operation: ClaimChange\n"
     "        whole: true\n"
     "        request: { ClaimID: \"{key}\", Claim/ExternalID: \"{status}\" }\n"
     "        body: Claim\n"
     "        answer: { version: Version, done: { Log/Severity: [\"1\"] },"
     " refused: { Log/Severity: [\"3\"] } }\n"
     "    # region: update\n"},
    {"  client: {", "  first: { about: \"where claims begin\", default: open }\n  client: {"}};

adapter::WriteRequest to(const std::string& status, const std::string& more = {},
                         const std::string& version = "C1-v1") {
  adapter::WriteRequest out = ClaimService::update("C1", version);
  out.nodes[0].body = "<Claim><Status>" + status + "</Status>" + more + "</Claim>";
  return out;
}

TEST(SoapSteps, MoveAnObjectWithAllThatItShowsAndWhatIsWrittenOverIt) {
  ClaimService service(kSteps);
  service.transport->then(shows("open")).then(moved());
  const auto out = service.write({to("approved", "<Amount currency=\"EUR\">5</Amount>")})[0];
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  EXPECT_EQ(out.key, "C1");
  EXPECT_EQ(out.version, "9");
  ASSERT_THAT(service.transport->seen(), SizeIs(2));
  EXPECT_THAT(service.sent(1), AllOf(HasSubstr("Partner>P1</"), HasSubstr("currency=\"EUR\">5</"),
                                     HasSubstr("Version>C1-v1</"), Not(HasSubstr("Status")),
                                     HasSubstr(std::string("urn:uuid:") + ClaimService::kNumber)));
}

TEST(SoapSteps, GoOnUntilTheStatusIsReachedEachWithANumberOfItsOwn) {
  ClaimService service(kSteps);
  service.transport->then(shows("open"))
      .then(moved("1", "C1-v1"))
      .then(shows("approved"))
      .then(moved());
  EXPECT_EQ(service.write({to("gone")})[0].status, WriteStatus::Updated);
  ASSERT_THAT(service.transport->seen(), SizeIs(4));
  const std::string own = std::string("urn:uuid:") + ClaimService::kNumber;
  EXPECT_THAT(service.sent(1), HasSubstr(own));
  EXPECT_THAT(service.sent(3), AllOf(HasSubstr("ExternalID>gone</"), Not(HasSubstr(own))));
}

TEST(SoapSteps, ThatEndHalfWayAreUnknown) {
  ClaimService service(kSteps);
  service.transport->then(shows("open"))
      .then(moved("1", "C1-v1"))
      .then(shows("approved"))
      .then(moved("3"));
  const auto out = service.write({to("gone")})[0];
  EXPECT_EQ(out.status, WriteStatus::Unknown) << "the object tells where it stands";
  ASSERT_TRUE(out.error);
}

TEST(SoapSteps, DoNotGoOnFromWhatSomebodyElseHasChanged) {
  ClaimService service(kSteps);
  service.transport->then(shows("open")).then(moved("1", "C1-v2")).then(shows("approved"));
  EXPECT_EQ(service.write({to("gone")})[0].status, WriteStatus::Unknown);
  EXPECT_THAT(service.transport->seen(), SizeIs(3));
}

adapter::Halfway halfway(const ClaimService& service, const std::string& from,
                         const std::string& wanted, const std::string& now) {
  const auto shown = [](const std::string& status) {
    return document::Document::of("<Claim><Status>" + status + "</Status></Claim>",
                                  document::Format::Xml, true);
  };
  return service.adapter->halfway(service.claims, shown(from), to(wanted), shown(now),
                                  service.context);
}

TEST(SoapSteps, OfWhichALostAnswerLeftSomeUndoneAreKnown) {
  using adapter::Halfway;
  test::Replacements whole = kSteps;  // nothing is written beside the steps
  whole.emplace_back("      body: Claim\n      conditional: true\n",
                     "      body: Claim\n      whole: true\n      conditional: true\n");
  const ClaimService service(whole);
  EXPECT_EQ(halfway(service, "open", "gone", "approved"), Halfway::Steps);
  EXPECT_EQ(halfway(service, "open", "gone", "open"), Halfway::No);
  EXPECT_EQ(halfway(service, "open", "gone", "gone"), Halfway::No);
  EXPECT_EQ(halfway(service, "open", "approved", "gone"), Halfway::No) << "beyond what was written";
  EXPECT_EQ(halfway(service, "approved", "open", "gone"), Halfway::No) << "no step leads there";
  EXPECT_EQ(halfway(service, "", "gone", "approved"), Halfway::No);
  EXPECT_EQ(halfway(ClaimService(kSteps), "open", "gone", "approved"), Halfway::Fields)
      << "changes go before the steps";
  EXPECT_EQ(halfway(ClaimService(), "open", "gone", "approved"), Halfway::No);
}

TEST(SoapSteps, AreNotTakenFromAnObjectThatIsNotShownWhole) {
  ClaimService service(kSteps);
  service.transport->then(
      page(test::altered(claim("C1", "2026-03-01T10:00:00Z"),
                         {{"<c:Amount currency=\"EUR\">100.00</c:Amount>", ""}})));
  const auto out = service.write({to("approved")})[0];
  EXPECT_EQ(out.status, WriteStatus::Conflict) << "it is looked at again, and the others go on";
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->problems().at(0).path, "Amount");
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapSteps, AreRefusedWhereTheFirstOneIs) {
  ClaimService service(kSteps);
  service.transport->then(shows("open")).then(moved("3"));
  EXPECT_EQ(service.write({to("gone")})[0].status, WriteStatus::Rejected);
  EXPECT_THAT(service.transport->seen(), SizeIs(2));
}

TEST(SoapSteps, LeadSomewhereOrNothingIsSent) {
  ClaimService service(kSteps);
  service.transport->then(shows("approved"));
  const auto out = service.write({to("open")})[0];
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  EXPECT_THAT(to_string(*out.error), AllOf(HasSubstr("'approved'"), HasSubstr("'open'")));
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapSteps, AreNotTakenFromAnotherVersionOfTheObject) {
  ClaimService service(kSteps);
  service.transport->then(shows("open"));
  EXPECT_EQ(service.write({to("approved", {}, "C1-v0")})[0].status, WriteStatus::Conflict);
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapSteps, WriteNothingThatTheyHaveNoPlaceFor) {
  ClaimService service(kSteps);
  service.transport->then(shows("open"));
  const auto out = service.write({to("approved", "<Colour>red</Colour>")})[0];
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  EXPECT_THAT(to_string(*out.error), HasSubstr("Colour"));
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapSteps, AreNotNeededWhereTheObjectStandsAlready) {
  ClaimService service(kSteps);
  service.transport->then(shows("approved"));
  EXPECT_EQ(service.write({to("approved")})[0].status, WriteStatus::Unchanged);
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapSteps, AreNotAskedForByAnUpdateWithoutAStatus) {
  ClaimService service(kSteps);
  service.transport->then(moved());
  EXPECT_EQ(service.write({ClaimService::update("C1", "7")})[0].status, WriteStatus::Updated);
  EXPECT_THAT(service.transport->seen(), SizeIs(1)) << "the object's own update";
}

TEST(SoapSteps, LeadWhereTheProjectSaysByItsOwnCodes) {
  ClaimService service(kSteps);
  service.options.parameters["first"] = "gone";
  service.remake();
  service.transport->then(shows("open"));
  EXPECT_EQ(service.write({to("approved")})[0].status, WriteStatus::Rejected);
}

TEST(SoapSteps, MakeAStatusWritable) {
  const ClaimService service(kSteps);
  const auto described = service.adapter->describe("Claim", service.context);
  ASSERT_TRUE(described);
  EXPECT_TRUE(described->properties.at("Status").updatable);
  EXPECT_FALSE(described->properties.at("Status").creatable);
}

TEST(SoapRows, ThatAreNoneOfTheObjectAreNotShown) {
  ClaimService service(
      test::Replacements{{"    deleted: { Status: [gone] }", "    only: { ChangedOn: any }"}});
  service.transport->then(page(claim("C1", "") + claim("C2", "2026-03-01T10:00:00Z")))
      .then(page(claim("C1", "")));
  const adapter::Page shown = service.read();
  ASSERT_THAT(shown.changes, SizeIs(1));
  EXPECT_EQ(shown.changes[0].key, "C2");
  EXPECT_THAT(shown.unreadable, IsEmpty());
  const auto one = service.adapter->read_by_key(service.claims, "C1", service.context);
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code(), ErrorCode::NotFound);
}

/// CRMXIF_PARTNER_SAVE of sap_crm_funds.yaml.
struct PartnerSave {
  PartnerSave() {
    auto out = make_adapter(
        transport, {.system = "crm", .retry = {.max_attempts = 1}, .random = seeded_random(7)},
        {.manifest = "sap_crm_funds.yaml"});
    EXPECT_TRUE(out) << to_string(out.error());
    if (out) adapter = *out;
  }
  adapter::NodeOutcome write(adapter::Operation operation, const std::string& body) const {
    const adapter::WriteRequest request{
        .nodes = {{.operation = operation,
                   .object = "BusinessPartner",
                   .key = operation == adapter::Operation::Update ? "0010100001" : "",
                   .body = body}},
        .number = ClaimService::kNumber,
        .decided = ClaimService::kDecided};
    auto out =
        adapter->write({.object = "BusinessPartner", .id = "HEADER/PARTNER"}, {request}, Context());
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : adapter::NodeOutcome{};
  }
  static http::Response saved(const std::string& type) {
    return answer(
        "<r:CRMXIF_PARTNER_SAVEResponse "
        "xmlns:r=\"urn:sap-com:document:sap:rfc:functions\"><RETURN><item><OBJECT_TASK>M"
        "</OBJECT_TASK><EXTERNAL_ID/><PARTNER>0010100001</PARTNER><TYPE>" +
        type +
        "</TYPE><ID>ZBP</ID><NUMBER>000</NUMBER><MESSAGE>m</MESSAGE></item></RETURN>"
        "</r:CRMXIF_PARTNER_SAVEResponse>");
  }
  std::shared_ptr<http::ScriptedTransport> transport =
      std::make_shared<http::ScriptedTransport>("https://crm.example");
  std::shared_ptr<adapter::Adapter> adapter{};
};

TEST(SoapMarks, FlagWhatIsWritten) {
  PartnerSave service;
  service.transport->then(PartnerSave::saved("S")).then(PartnerSave::saved("S"));
  const auto made = service.write(
      adapter::Operation::Create,
      "<P><HEADER><PARTNER>0010100001</PARTNER></HEADER><CENTRAL><NAME_ORG1>Nord</NAME_ORG1>"
      "</CENTRAL></P>");
  EXPECT_EQ(made.status, WriteStatus::Created) << (made.error ? to_string(*made.error) : "");
  EXPECT_EQ(made.key, "0010100001");
  const std::string body = service.transport->seen()[0].body;
  EXPECT_THAT(body, AllOf(HasSubstr("<OBJECT_TASK>M<"), HasSubstr("<CENTRALX><NAME_ORG1>X<"),
                          Not(HasSubstr("ADDRESSX"))));
  EXPECT_EQ(service.write(adapter::Operation::Update, "<P><ADDRESS><CITY>Kiel</CITY></ADDRESS></P>")
                .status,
            WriteStatus::Updated);
  EXPECT_THAT(service.transport->seen()[1].body,
              AllOf(HasSubstr("<OBJECT_TASK>U</OBJECT_TASK><PARTNER>0010100001<"),
                    HasSubstr("<ADDRESSX><CITY>X<")));
}

TEST(SoapRepeatableWrites, AreSentAgainAfterALostAnswer) {
  PartnerSave service;
  service.transport->fails(ErrorCode::Timeout, Sent::NoAnswer);
  EXPECT_EQ(service
                .write(adapter::Operation::Create,
                       "<P><CENTRAL><NAME_ORG1>Nord</NAME_ORG1></CENTRAL></P>")
                .status,
            WriteStatus::Retry);
}

std::shared_ptr<const Wsdl> orders() {
  return wsdl_of(R"(
<xs:complexType name="Money"><xs:simpleContent><xs:extension base="xs:decimal">
  <xs:attribute name="unit" type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:element name="Send"><xs:complexType><xs:sequence>
  <xs:element name="Name" type="xs:string" minOccurs="0"/>
  <xs:element name="Sum" type="tns:Money" minOccurs="0"/>
  <xs:element name="Line" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    <xs:element name="No" type="xs:int"/><xs:element name="Net" type="tns:Money" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>)");
}
std::string text_of(const Tree& tree) {
  std::string out;
  document::append_xml(out, tree);
  return out;
}

TEST(SoapMessage, TakesOfWhatIsShownWhatItHasAPlaceFor) {
  const auto wsdl = orders();
  const Element& send = *wsdl->schema().element({"urn:t", "Send"});
  const Tree shown = tree_of(
      "<D><Name>old</Name><Sum unit=\"EUR\" x=\"1\">5</Sum><Extra>1</Extra>"
      "<Line><No>1</No><State>s</State></Line><Line><No>2</No></Line></D>");
  EXPECT_EQ(text_of(laid_over(send, shown, tree_of("<D><Name>new</Name></D>"))),
            "<D><Name>new</Name><Sum unit=\"EUR\">5</Sum><Line><No>1</No></Line><Line><No>2</No>"
            "</Line></D>");
  EXPECT_EQ(text_of(laid_over(send, shown, tree_of("<D><Line><No>7</No></Line><Name/></D>"))),
            "<D><Name/><Sum unit=\"EUR\">5</Sum><Line><No>7</No></Line></D>");
  EXPECT_EQ(text_of(laid_over(send, shown, tree_of("<D><Sum unit=\"USD\"/></D>"), {"Line"})),
            "<D><Name>old</Name><Sum unit=\"USD\">5</Sum></D>")
      << "the list is given, and empty";
}

TEST(SoapMessage, HasOneTextAtEveryElementThatWantsIt) {
  const auto wsdl = orders();
  const Element& send = *wsdl->schema().element({"urn:t", "Send"});
  Tree tree = tree_of(
      "<D><Sum>5</Sum><Line><No>1</No><Net>2</Net></Line><Line><No>2</No><Net unit=\"USD\">3</Net>"
      "</Line></D>");
  share(send, tree, "@unit", "EUR");
  EXPECT_EQ(text_of(tree),
            "<D><Sum unit=\"EUR\">5</Sum><Line><No>1</No><Net unit=\"EUR\">2</Net></Line>"
            "<Line><No>2</No><Net unit=\"USD\">3</Net></Line></D>");
}

TEST(SoapMessage, CallsElementsByItsOwnNames) {
  const Tree tree = tree_of("<D><Reserved>5</Reserved><Granted>1</Granted><Name>n</Name></D>");
  EXPECT_EQ(text_of(renamed(tree, {{"Reserved", "Granted"}})),
            "<D><Granted>5</Granted><Name>n</Name></D>");
}

}  // namespace
}  // namespace channelbridge::soap

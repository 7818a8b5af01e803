// Decisions with a row for each item of the document: claims of sap_crm_funds.yaml.
#include <gmock/gmock.h>

#include "channelbridge/document/tree_path.hpp"
#include "funds_manifest.hpp"
#include "manifest_internal.hpp"
#include "message_internal.hpp"
#include "text_forms_internal.hpp"

namespace channelbridge::soap {
namespace {

using adapter::NodeOutcome;
using adapter::WriteStatus;
using test::answer;
using test::ClaimService;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// A claim over 1,000 EUR in two items, at change number 1.
class ClaimDecisions : public test::FundsManifest {
 protected:
  static std::string item(const std::string& number, const std::string& net,
                          const std::string& submitted) {
    const auto amount = [](const std::string& name, const std::string& value) {
      return "<" + name + " currencyCode=\"EUR\">" + value + "</" + name + ">";
    };
    return "<Item><ItemNumber>" + number + "</ItemNumber><InvoiceNumber>FV-" + number +
           "</InvoiceNumber><InvoiceDate>2027-03-06</InvoiceDate><SupplierName>Messe Posen"
           "</SupplierName>" +
           amount("NetAmount", net) + amount("SubmittedAmount", submitted) + "</Item>";
  }
  static std::string claim(const std::string& status) {
    return "<Claim><ClaimNumber>5000000001</ClaimNumber><ClaimType>REIM</ClaimType>"
           "<FundNumber>0000000201</FundNumber><Partner>0010100001</Partner>"
           "<ActivityFrom>2027-03-01</ActivityFrom><ActivityTo>2027-03-05</ActivityTo>"
           "<SubmittedAmount currencyCode=\"EUR\">1000.00</SubmittedAmount>" +
           item("1", "1400.00", "700.00") + item("2", "600.00", "300.00") + "<UserStatus>" +
           status +
           "</UserStatus><StatusText>s</StatusText><ExternalReference>C-1</"
           "ExternalReference><ChangeNumber>1</ChangeNumber><ChangedAt>"
           "2027-03-10T10:00:00Z</ChangedAt><ChangedBy>ANNA</ChangedBy></Claim>";
  }
  static http::Response shows(const std::string& status) {
    return answer(
        "<f:ClaimQueryResponse xmlns:f=\"http://example.com/zcrm/channel_funds\"><ReadAt>"
        "2027-03-10T10:00:00Z</ReadAt>" +
        claim(status) + "</f:ClaimQueryResponse>");
  }
  static http::Response done(const std::string& operation, const std::string& status) {
    return answer("<f:" + operation +
                  "Response xmlns:f=\"http://example.com/zcrm/channel_funds\">" + claim(status) +
                  "<Return><item><Type>S</Type><Id>ZMDF</Id><Number>000</Number><Message>m"
                  "</Message></item></Return></f:" +
                  operation + "Response>");
  }
  /// A row as the mapping writes it: the whole of it, with what is approved.
  static std::string row(const std::string& number, const std::string& net,
                         const std::string& submitted, const std::string& approved,
                         const std::string& reason = {}) {
    return "<Item><ItemNumber>" + number + "</ItemNumber><InvoiceNumber>FV-" + number +
           "</InvoiceNumber><InvoiceDate>2027-03-06</InvoiceDate><SupplierName>Messe Posen"
           "</SupplierName><NetAmount>" +
           net + "</NetAmount><SubmittedAmount>" + submitted + "</SubmittedAmount>" +
           "<ApprovedAmount>" + approved + "</ApprovedAmount>" +
           (reason.empty() ? "" : "<Reason>" + reason + "</Reason>") + "</Item>";
  }
  NodeOutcome write(const std::string& status, const std::string& more = {}) {
    const adapter::WriteRequest request{
        .nodes = {{.operation = adapter::Operation::Update,
                   .object = "Claim",
                   .key = "5000000001",
                   .body = "<Claim>" + more + "<UserStatus>" + status + "</UserStatus></Claim>",
                   .expected_version = "1"}},
        .number = ClaimService::kNumber,
        .decided = ClaimService::kDecided};
    auto out = adapter->write({.object = "Claim", .id = "ClaimNumber"}, {request}, Context());
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : NodeOutcome{};
  }
};

TEST_F(ClaimDecisions, GoItemByItemWithTheReasonOfEachThatIsReduced) {
  transport->then(shows("E0002")).then(done("ClaimDecide", "E0004"));
  const NodeOutcome out =
      write("E0004", "<ApprovedAmount>800</ApprovedAmount>" + row("1", "1400", "700", "700") +
                         row("2", "600", "300", "100", "Over limit"));
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  ASSERT_THAT(transport->seen(), SizeIs(2));
  EXPECT_THAT(
      sent(1),
      AllOf(HasSubstr("<Decision>APPR</Decision><ItemDecision><ItemNumber>1</ItemNumber>"
                      "<ApprovedAmount currencyCode=\"EUR\">700</ApprovedAmount></ItemDecision>"
                      "<ItemDecision><ItemNumber>2</ItemNumber><ApprovedAmount "
                      "currencyCode=\"EUR\">100</ApprovedAmount><Reason>Over limit</Reason>"
                      "</ItemDecision>"),
            HasSubstr("<ChangeNumber>1</ChangeNumber>"), HasSubstr("<DecidedBy>CHANNEL<"),
            Not(HasSubstr("InvoiceNumber")), Not(HasSubstr("800"))));
}

TEST_F(ClaimDecisions, OfTheWholeNeedNoItems) {
  transport->then(shows("E0003")).then(done("ClaimDecide", "E0004"));
  EXPECT_EQ(write("E0004", "<ApprovedAmount>1000</ApprovedAmount>").status, WriteStatus::Updated);
  EXPECT_THAT(sent(1), Not(HasSubstr("ItemDecision")));
}

TEST_F(ClaimDecisions, OfAPartAreNotSentAsOfTheWhole) {
  for (const char* amount : {"<ApprovedAmount>800</ApprovedAmount>", ""}) {
    transport->then(shows("E0002"));
    const std::size_t before = transport->seen().size();
    const NodeOutcome out = write("E0004", amount);
    EXPECT_EQ(out.status, WriteStatus::Rejected) << amount;
    ASSERT_TRUE(out.error);
    EXPECT_THAT(to_string(*out.error), AllOf(HasSubstr("ApprovedAmount"), HasSubstr("1000.00")));
    EXPECT_THAT(transport->seen(), SizeIs(before + 1)) << "looked, and sent nothing";
  }
}

TEST_F(ClaimDecisions, ThatDoNotAddUpAreNotSent) {
  transport->then(shows("E0002"));
  const NodeOutcome out =
      write("E0004", "<ApprovedAmount>900</ApprovedAmount>" + row("1", "1400", "700", "700") +
                         row("2", "600", "300", "100", "Over limit"));
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  ASSERT_TRUE(out.error);
  EXPECT_THAT(rules_of(*out.error), ElementsAre("ApprovedAmount sum"));
  EXPECT_THAT(transport->seen(), SizeIs(1));
}

TEST_F(ClaimDecisions, LoseNothingThatIsChangedBesideThem) {
  transport->then(shows("E0002"));
  const NodeOutcome out =
      write("E0004", "<ApprovedAmount>800</ApprovedAmount>" + row("1", "1400.01", "700", "700") +
                         row("2", "600", "300", "100", "Over limit"));
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  ASSERT_TRUE(out.error);
  EXPECT_THAT(rules_of(*out.error), ElementsAre("Item[1].NetAmount no_place"));
  transport->then(shows("E0002"));
  const NodeOutcome other =
      write("E0004", "<ApprovedAmount>800</ApprovedAmount>" + row("1", "1400", "700", "700") +
                         row("3", "600", "300", "100"));
  ASSERT_TRUE(other.error);
  EXPECT_THAT(rules_of(*other.error), Contains("Item[3].InvoiceNumber no_place"))
      << "an item that is not there";
  EXPECT_THAT(transport->seen(), SizeIs(2));
}

TEST_F(ClaimDecisions, ThatRefuseAreTheDocumentsOwn) {
  for (const auto& [status, decision] :
       {std::pair("E0005", "<Decision>REJC</Decision><Reason>Decided outside of the CRM</Reason>"),
        std::pair("WITHD", "<Decision>REJC</Decision><Reason>Withdrawn by the partner</Reason>"),
        std::pair("E0006", "<Decision>RETN</Decision><Reason>Decided outside of the CRM<")}) {
    transport->then(shows("E0002")).then(done("ClaimDecide", "E0005"));
    const std::size_t before = transport->seen().size();
    EXPECT_EQ(write(status).status, WriteStatus::Updated) << status;
    EXPECT_THAT(sent(before + 1), HasSubstr(decision));
  }
}

TEST_F(ClaimDecisions, LeadNowhereFromAClaimThatIsDecided) {
  transport->then(shows("E0004"));
  EXPECT_EQ(write("WITHD").status, WriteStatus::Rejected);
  EXPECT_THAT(transport->seen(), SizeIs(1));
}

TEST_F(ClaimDecisions, OfAReturnedClaimFollowItsNextSubmission) {
  transport->then(shows("E0006"))
      .then(done("ClaimSubmit", "E0002"))
      .then(shows("E0002"))
      .then(done("ClaimDecide", "E0004"));
  const NodeOutcome out =
      write("E0004", "<ApprovedAmount>800</ApprovedAmount>" + row("1", "1400", "700", "700") +
                         row("2", "600", "300", "100", "Over limit"));
  EXPECT_EQ(out.status, WriteStatus::Updated) << (out.error ? to_string(*out.error) : "");
  EXPECT_THAT(sent(1), AllOf(HasSubstr("<InvoiceNumber>FV-2</InvoiceNumber>"),
                             Not(HasSubstr("ApprovedAmount")), Not(HasSubstr("Over limit"))));
  EXPECT_THAT(sent(3), HasSubstr("<Reason>Over limit</Reason>"));
}

TEST(SoapRowsOfAStep, AreHeldAgainstTheDescription) {
  const auto source = find_manifest("sap_crm_funds.yaml");
  ASSERT_TRUE(source);
  const auto problems = [&](const std::string& from, const std::string& to) {
    ManifestSource changed = *source;
    changed.text = test::altered(changed.text, {{from, to}});
    const auto manifest = load_manifest(changed);
    std::vector<std::string> out;
    if (manifest) return out;
    for (const Problem& each : manifest.error().problems())
      out.push_back(each.path + ' ' + each.rule +
                    (each.suggestion.empty() ? "" : " -> " + each.suggestion));
    return out;
  };
  const std::string rows = "rows: { Item: ItemNumber }          #";
  const std::string step = "objects.Claim.steps[1].";
  EXPECT_THAT(problems(rows, "rows: { Item: ItemNumbr }          #"),
              Contains(step + "rows.Item unknown_path -> ItemNumber"));
  EXPECT_THAT(problems(rows, "rows: { Itme: ItemNumber }          #"),
              Contains(step + "rows.Itme unknown_path -> Item"));
  EXPECT_THAT(problems("of: Item/ApprovedAmount", "of: Item/ApprovdAmount"),
              ElementsAre(step + "sums.ApprovedAmount.of unknown_path -> ApprovedAmount"));
  EXPECT_THAT(problems("otherwise: SubmittedAmount", "otherwise: Item"),
              ElementsAre(step + "sums.ApprovedAmount.otherwise shape"));
  EXPECT_THAT(problems(", otherwise: SubmittedAmount", ""),
              ElementsAre(step + "sums.ApprovedAmount.otherwise required"));
}

TEST(SoapRowsOfAStep, MakeWhatTheyCarryWritable) {
  auto adapter = make_adapter(std::make_shared<http::ScriptedTransport>("https://crm.example"),
                              {.system = "crm", .random = seeded_random(7)},
                              {.manifest = "sap_crm_funds.yaml"});
  ASSERT_TRUE(adapter) << to_string(adapter.error());
  const auto items = (*adapter)->describe("Claim/Item", Context());
  ASSERT_TRUE(items) << to_string(items.error());
  for (const char* decided : {"ApprovedAmount", "Reason"}) {
    EXPECT_TRUE(items->properties.at(decided).updatable) << decided;
    EXPECT_FALSE(items->properties.at(decided).creatable) << decided;
  }
  const auto claims = (*adapter)->describe("Claim", Context());
  ASSERT_TRUE(claims);
  EXPECT_TRUE(claims->properties.at("ApprovedAmount").updatable);
}

TEST(SoapDecimals, AddUpExactly) {
  EXPECT_EQ(is_sum("1000", {"700.00", "300"}), true);
  EXPECT_EQ(is_sum("0.3", {"0.1", "0.20"}), true);
  EXPECT_EQ(is_sum("-1.5", {"1", "-2.5"}), true);
  EXPECT_EQ(is_sum("0", {}), true);
  EXPECT_EQ(is_sum("1000", {"999.9999"}), false);
  EXPECT_EQ(is_sum("123456789012345678", {"123456789012345678"}), true);
  EXPECT_EQ(is_sum("1234567890123456789", {"1"}), std::nullopt);
  EXPECT_EQ(is_sum("", {"1"}), std::nullopt);
  EXPECT_EQ(is_sum("1", {"1.000,00"}), std::nullopt);
}

TEST(SoapRowsOfAStep, KeepWhatTheMessageHasAPlaceFor) {
  const auto wsdl = wsdl_of(R"(
<xs:element name="Send"><xs:complexType><xs:sequence>
  <xs:element name="Line" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    <xs:element name="No" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Other" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    <xs:element name="No" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>)");
  const Element& send = *wsdl->schema().element({"urn:t", "Send"});
  const document::Tree tree =
      tree_of("<D><Line><No>1</No><Net>2</Net></Line><Other><No>1</No><Net>2</Net></Other></D>");
  std::string text;
  document::append_xml(text, narrowed(send, tree, {"Line"}));
  EXPECT_EQ(text, "<D><Line><No>1</No></Line><Other><No>1</No><Net>2</Net></Other></D>");
}

}  // namespace
}  // namespace channelbridge::soap

// CRMXIF functions of sap_crm_funds.yaml: documents with tables, change flags of rows, partners
// that are named by our id.
#include <gmock/gmock.h>

#include "claim_service.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::soap {
namespace {

using adapter::WriteStatus;
using test::answer;
using test::ClaimService;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// One object of the manifest.
struct Xif {
  explicit Xif(std::string object, std::string id) : selection{.object = std::move(object)} {
    selection.id = std::move(id);
    selection.correlation = "HEADER/EXTERNAL_ID";
    auto out = make_adapter(
        transport, {.system = "crm", .retry = {.max_attempts = 1}, .random = seeded_random(7)},
        {.manifest = "sap_crm_funds.yaml"});
    EXPECT_TRUE(out) << to_string(out.error());
    if (out) adapter = *out;
  }
  adapter::NodeOutcome write(adapter::Operation operation, const std::string& body,
                             const std::string& key = {}) const {
    adapter::WriteRequest request{.nodes = {{.operation = operation,
                                             .object = selection.object,
                                             .key = key,
                                             .body = "<D>" + body + "</D>"}},
                                  .number = ClaimService::kNumber,
                                  .decided = ClaimService::kDecided};
    if (operation == adapter::Operation::Create) request.correlation = ClaimService::kRecord;
    auto out = adapter->write(selection, {request}, Context());
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? out->front().nodes.front() : adapter::NodeOutcome{};
  }
  /// What the function answers: of this type, number and class.
  void says(const std::string& function, const std::string& key_name, const std::string& key,
            const std::string& type = "S", const std::string& number = "000") const {
    transport->then(answer(
        "<r:" + function +
        "Response xmlns:r=\"urn:sap-com:document:sap:rfc:functions\"><RETURN>"
        "<item><OBJECT_TASK>M</OBJECT_TASK><EXTERNAL_ID/><" +
        key_name + ">" + key + "</" + key_name + "><TYPE>" + type + "</TYPE><ID>ZXIF</ID><NUMBER>" +
        number + "</NUMBER><MESSAGE>m</MESSAGE></item></RETURN></r:" + function + "Response>"));
  }
  std::string sent(std::size_t at = 0) const { return transport->seen().at(at).body; }

  std::shared_ptr<http::ScriptedTransport> transport =
      std::make_shared<http::ScriptedTransport>("https://crm.example");
  std::shared_ptr<adapter::Adapter> adapter{};
  adapter::Selection selection{};
};

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  EXPECT_NE(begin, std::string::npos) << from;
  if (begin == std::string::npos) return {};
  const std::size_t first = begin + from.size();
  return text.substr(first, text.find(to, first) - first);
}

TEST(SoapXif, EachRowOfADocumentHasItsFlagsAndAWholeTableItsOwn) {
  const Xif order("SalesOrder", "HEADER/OBJECT_ID");
  order.says("CRMXIF_ORDER_SAVE", "OBJECT_ID", "0008100001");
  const auto made = order.write(
      adapter::Operation::Create,
      "<HEADER><PROCESS_TYPE>TA</PROCESS_TYPE></HEADER><SALES><CURRENCY>EUR</CURRENCY></SALES>"
      "<PARTNERS><item><PARTNER_FCT>00000001</PARTNER_FCT><DATA><PARTNER_NO>7</PARTNER_NO></DATA>"
      "</item></PARTNERS><ITEMS><item><ITEM_NO>10</ITEM_NO><DATA><PRODUCT_ID>P</PRODUCT_ID>"
      "<QUANTITY>5</QUANTITY></DATA></item><item><ITEM_NO>20</ITEM_NO><DATA><QUANTITY>1</QUANTITY>"
      "</DATA></item></ITEMS>");
  EXPECT_EQ(made.status, WriteStatus::Created) << (made.error ? to_string(*made.error) : "");
  EXPECT_EQ(made.key, "0008100001");
  EXPECT_THAT(
      order.sent(),
      AllOf(HasSubstr("<OBJECT_TYPE>BUS2000115<"),
            HasSubstr("<EXTERNAL_ID>" + std::string(ClaimService::kRecordHex) + "<"),
            HasSubstr("<SALESX><CURRENCY>X</CURRENCY></SALESX>"),
            HasSubstr("</DATA><DATAX><PARTNER_NO>X</PARTNER_NO></DATAX></item></PARTNERS>"),
            HasSubstr("<DATAX><PRODUCT_ID>X</PRODUCT_ID><QUANTITY>X</QUANTITY></DATAX></item>"),
            HasSubstr("<DATAX><QUANTITY>X</QUANTITY></DATAX></item></ITEMS><ITEMSX>X</ITEMSX>"),
            Not(HasSubstr("ADMINX")), Not(HasSubstr("PARTNERSX"))));
}

TEST(SoapXif, ATableWithoutRowsIsSaidToBeWhole) {
  const Xif order("SalesOrder", "HEADER/OBJECT_ID");
  order.says("CRMXIF_ORDER_SAVE", "OBJECT_ID", "0008100001");
  EXPECT_EQ(order.write(adapter::Operation::Update, "<ITEMS/>", "0008100001").status,
            WriteStatus::Updated);
  EXPECT_THAT(order.sent(), AllOf(HasSubstr("<OBJECT_ID>0008100001<"),
                                  HasSubstr("<ITEMSX>X</ITEMSX>"), Not(HasSubstr("EXTERNAL_ID"))));
}

TEST(SoapXif, AFieldThatIsEmptiedIsFlagged) {
  const Xif order("SalesOrder", "HEADER/OBJECT_ID");
  order.says("CRMXIF_ORDER_SAVE", "OBJECT_ID", "0008100001");
  order.write(adapter::Operation::Update,
              "<DATES><item><APPT_TYPE>REQDELIVERY</APPT_TYPE><DATA><DATE></DATE></DATA></item>"
              "</DATES>",
              "0008100001");
  EXPECT_THAT(order.sent(), HasSubstr("<DATAX><DATE>X</DATE></DATAX>"));
}

TEST(SoapXif, ARelationNamesThePersonByTheIdWithWhichItWasSaved) {
  const Xif person("ContactPerson", "HEADER/PARTNER");
  person.says("CRMXIF_PARTNER_SAVE", "PARTNER", "7000000001");
  EXPECT_EQ(
      person.write(adapter::Operation::Create, "<PERSON><LASTNAME>Ek</LASTNAME></PERSON>").key,
      "7000000001");
  EXPECT_THAT(person.sent(), HasSubstr("<CENTRAL><CATEGORY>1</CATEGORY></CENTRAL>"));
  const std::string id = between(person.sent(), "<EXTERNAL_ID>", "<");
  EXPECT_FALSE(id.empty());

  const Xif relation("ContactRelation", "HEADER/RELATION");
  relation.says("CRMXIF_PARTNER_REL_SAVE", "RELATION", "000000000001");
  const auto made = relation.write(adapter::Operation::Create,
                                   "<HEADER><PARTNER1>0010100001</PARTNER1></HEADER>");
  EXPECT_EQ(made.status, WriteStatus::Created) << (made.error ? to_string(*made.error) : "");
  EXPECT_THAT(relation.sent(),
              AllOf(HasSubstr("<CATEGORY>BUR001<"), HasSubstr("<PARTNER1>0010100001<"),
                    HasSubstr("<PARTNER2_EXTERNAL_ID>" + id + "<")));
}

TEST(SoapXif, APartnerThatIsNotThereYetIsWaitedForAndOtherRefusalsAreTold) {
  const Xif relation("ContactRelation", "HEADER/RELATION");
  const auto write = [&relation] {
    return relation.write(adapter::Operation::Create,
                          "<HEADER><PARTNER1>0010100001</PARTNER1></HEADER>");
  };
  relation.says("CRMXIF_PARTNER_REL_SAVE", "RELATION", "", "E", "006");
  EXPECT_EQ(write().status, WriteStatus::Retry);
  relation.says("CRMXIF_PARTNER_REL_SAVE", "RELATION", "", "E", "007");
  const auto refused = write();
  EXPECT_EQ(refused.status, WriteStatus::Rejected);
  ASSERT_TRUE(refused.error);
  EXPECT_THAT(to_string(*refused.error), HasSubstr("ZXIF 007"));
}

TEST(SoapXif, MarksOfABlockThatIsNotThereAreNamed) {
  const auto source = find_manifest("sap_crm_funds.yaml");
  ASSERT_TRUE(source) << to_string(source.error());
  ManifestSource wrong = *source;
  wrong.text = test::altered(wrong.text, {{"ITEMS/item/DATA: DATAX", "ITEMS/item/DAT: DATAX"}});
  const auto manifest = load_manifest(wrong);
  ASSERT_FALSE(manifest);
  ASSERT_FALSE(manifest.error().problems().empty());
  EXPECT_THAT(to_string(manifest.error().problems().front()),
              AllOf(HasSubstr("marks"), HasSubstr("DAT")));
}

}  // namespace
}  // namespace channelbridge::soap

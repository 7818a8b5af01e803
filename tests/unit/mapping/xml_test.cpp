#include <pugixml.hpp>

#include "channelbridge/mapping/check.hpp"
#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

constexpr const char* kOrderYaml = R"(
system: sap_ecc
object: ORDERS05
entity: lead
id: IDOC/E1EDK01/BELNR
format: xml
fields:
  number: IDOC/E1EDK01/BELNR
  company.name: IDOC/E1EDKA1[PARVW=AG]/NAME1
  address.city: IDOC/E1EDKA1[PARVW=AG]/ORT01
  topic: IDOC/E1EDKA1[PARVW=WE]/NAME1
  estimated_value.amount: IDOC/cbc:Amount
  estimated_value.currency: IDOC/cbc:Amount/@currencyID
  qualification.at: { path: IDOC/E1EDK03/DATUM, as: compact_date, lossy: day }
)";

TEST(MappingXml, ReadsElementsSelectionsAndAttributesWithTheSamePaths) {
  EXPECT_EQ(read_lines(*mapping_of(kOrderYaml),
                       "<ORDERS05 xmlns:u='urn:u'><IDOC BEGIN=\"1\"><E1EDK01 "
                       "SEGMENT=\"1\"><BELNR>47<!-- c -->11</BELNR></E1EDK01>"
                       "<E1EDK03><DATUM>20260131</DATUM></E1EDK03>"
                       "<E1EDKA1><NAME1>Ship</NAME1><PARVW>WE</PARVW></E1EDKA1><E1EDKA1><PARVW>AG</"
                       "PARVW><NAME1>M&amp;S</NAME1></E1EDKA1>"
                       "<u:Amount currencyID=\"EUR\">12.50</u:Amount></IDOC></ORDERS05>"),
            "address.city~\ncompany.name=M&S\nestimated_value.amount=12.5\nestimated_value."
            "currency=EUR\nnumber=4711\n"
            "qualification.at=2026-01-31T00:00:00Z\ntopic=Ship\n");
}

TEST(MappingXml, WritesElementsSelectionsAndAttributes) {
  const model::Fields fields{{"number", "4711"},
                             {"company.name", "M&S"},
                             {"address.city", "Ulm"},
                             {"estimated_value.amount", "12.5"},
                             {"estimated_value.currency", "EUR"},
                             {"qualification.at", "2026-01-31T00:00:00Z"}};
  const auto written = mapping_of(kOrderYaml)->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->nodes.at(0).body,
            "<ORDERS05><IDOC><E1EDK01><BELNR>4711</BELNR></E1EDK01>"
            "<E1EDKA1><PARVW>AG</PARVW><NAME1>M&amp;S</NAME1><ORT01>Ulm</ORT01></E1EDKA1>"
            "<cbc:Amount "
            "currencyID=\"EUR\">12.5</cbc:Amount><E1EDK03><DATUM>20260131</DATUM></E1EDK03></"
            "IDOC></ORDERS05>");
}

constexpr const char* kAllOfXml = "a\r\nb\rc\nd\te <f> & \"g\" 'h' ]]> \xC2\x85 \xF0\x9F\x98\x80";

constexpr const char* kAttributeYaml = R"(
system: sap_ecc
object: ORDERS05
entity: lead
id: IDOC/E1EDK01/BELNR
format: xml
fields:
  topic: IDOC/E1EDKA1/NAME1
  company.name: IDOC/E1EDKA1/@note
)";

TEST(MappingXml, ATextIsReadAsItWasWritten) {
  const model::Fields fields{{"topic", kAllOfXml}, {"company.name", kAllOfXml}};
  const auto written = mapping_of(kAttributeYaml)->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(written) << written.error();
  pugi::xml_document parsed;
  ASSERT_TRUE(parsed.load_string(written->nodes.at(0).body.c_str()));
  const pugi::xml_node element = parsed.child("ORDERS05").child("IDOC").child("E1EDKA1");
  EXPECT_STREQ(element.child_value("NAME1"), kAllOfXml);
  EXPECT_STREQ(element.attribute("note").value(), kAllOfXml);
}

TEST(MappingXml, RefusesAFieldThatXmlCannotCarry) {
  for (const char* text : {"bell \x07", "\x1F", "\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    const model::Fields fields{{"topic", text}, {"company.name", "A"}};
    const auto written = mapping_of(kAttributeYaml)->write(fields, {.create = true}, {}, nullptr);
    ASSERT_FALSE(written) << written->nodes.at(0).body;
    EXPECT_EQ(written.error().code(), ErrorCode::Unmappable);
    ASSERT_EQ(written.error().problems().size(), 1U);
    EXPECT_EQ(written.error().problems().front().path, "topic");
  }
}

TEST(MappingXml, RefusesWhatTheGateRefuses) {
  const auto patch =
      mapping_of(kOrderYaml)
          ->read(document::Document::of("<!DOCTYPE a><a/>", document::Format::Xml), nullptr, "x");
  ASSERT_FALSE(patch);
  EXPECT_EQ(patch.error().code(), ErrorCode::Protocol);
}

constexpr const char* kPostingYaml = R"(
system: books
object: Entry
entity: settlement
id: Number
format: xml
create: { "Item[No=1]/Account": "0044000000", "Item[No=1]/Code": S, "Item[No=2]/Code": H }
fields:
  currency: { path: "Item[No=1]/Amount/@currency", also: ["Item[No=2]/Amount/@currency", Tax/Base/@currency], direction: write }
  net: { path: "Item[No=1]/Amount", also: Tax/Base, direction: write }
  gross: { path: "Item[No=2]/Amount", normalised: negated, direction: write }
children:
  debits:
    list: gl_postings
    path: Item
    element_key: No
    when: { Code: S }
    fields: { account: { path: Account, direction: read }, debit: { path: Amount, direction: read } }
  credits:
    list: gl_postings
    path: Item
    element_key: No
    when: { Code: H }
    fields: { account: { path: Account, direction: read }, credit: { path: Amount, normalised: negated, direction: read } }
)";

TEST(MappingXml, AnAmountIsWrittenInSeveralPlacesAndWithTheOtherSign) {
  const model::Fields fields{{"currency", "EUR"}, {"net", "500.1"}, {"gross", "595.12"}};
  const auto written = mapping_of(kPostingYaml)->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(written) << to_string(written.error());
  const std::string& body = written->nodes.at(0).body;
  for (const char* part :
       {"<Item><No>1</No><Amount currency=\"EUR\">500.1</Amount>", "<Account>0044000000</Account>",
        "<Amount currency=\"EUR\">-595.12</Amount>", "<Base currency=\"EUR\">500.1</Base>"})
    EXPECT_NE(body.find(part), std::string::npos) << part << "\n" << body;
}

TEST(MappingXml, AListThatIsOnlyReadLeavesItsPlaceToWhatIsWritten) {
  EXPECT_EQ(
      read_lines(*mapping_of(kPostingYaml),
                 "<Entry><Item><No>1</No><Code>S</Code><Account>A</Account><Amount>12.50</Amount>"
                 "</Item><Item><No>2</No><Code>H</Code><Account>B</Account><Amount>-12.50</Amount>"
                 "</Item></Entry>"),
      "gl_postings[@credits/2].account=B\ngl_postings[@credits/2].credit=12.5\n"
      "gl_postings[@debits/1].account=A\ngl_postings[@debits/1].debit=12.5\n"
      "gl_postings complete\n");
}

TEST(MappingXml, OnlyADecimalHasASign) {
  const auto refused = Mapping::parse(
      "system: a\nobject: b\nentity: settlement\nid: c\nfields: { number: { path: N, normalised: "
      "negated } }",
      "m.yaml", model::EntityRegistry::built_in());
  ASSERT_FALSE(refused);
  EXPECT_NE(to_string(refused.error()).find("only a decimal has a sign"), std::string::npos)
      << to_string(refused.error());
}

TEST(MappingXml, APlaceIsWrittenByOneRule) {
  const auto problems =
      check(*mapping_of("system: a\nobject: b\nentity: settlement\nid: c\nformat: xml\nfields: { "
                        "net: { path: N, also: "
                        "M, direction: write }, tax: { path: M, direction: write } }"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().rule, "written_twice");
}

}  // namespace
}  // namespace channelbridge::mapping

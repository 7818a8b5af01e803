#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

constexpr const char* kLead =
    R"({"Name":"Offer \u00e4","UserStatusCode":"1","Company":"Kixo","ContactFirstName":"",
  "ContactLastName":"Williams","ContactEMail":null,"ExpectedRevenueAmount":"99999600.000000","ExpectedRevenueCurrencyCode":"EUR",
  "AccountPartyID":"1001562","CreationDateTime":"\/Date(1503217112000+0000)\/","Score":0,"unwanted":{"Name":"no","x":[{}]}})";

TEST(MappingRead, TheCurrencyOfADocumentIsStatedWithAnythingOfIt) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: order\nid: c\nfields: { number: N, status: S, currency: { "
      "const: "
      "EUR } }\n");
  EXPECT_EQ(read_lines(*mapping, R"({"N":"1","S":null})"), "currency=EUR\nnumber=1\nstatus~\n");
  EXPECT_EQ(read_lines(*mapping, R"({"N":null,"S":null})"), "number~\nstatus~\n");
  EXPECT_EQ(lines(mapping->view({{"number", "1"}, {"currency", "PLN"}})),
            "currency=PLN\nnumber=1\n")
      << "a condition: the record keeps its own";
}

TEST(MappingRead, MakesAPatchOfExactlyTheCoveredFields) {
  EXPECT_EQ(
      read_lines(*mapping_of(kLeadYaml), kLead),
      "company.name=Kixo\ncontact.email~\ncontact.first_name~\ncontact.last_name=Williams\n"
      "customer=pending:crm/CorporateAccountCollection/1001562\nestimated_value.amount=99999600\n"
      "estimated_value.currency=EUR\nreceived_at=2017-08-20T08:18:32Z\nscore=0\nstatus="
      "captured\ntopic=Offer ä\n");
}

TEST(MappingRead, ZeroOfNoCurrencyIsNoAmount) {
  const auto mapping = mapping_of(kLeadYaml);
  const auto read = [&](const std::string& amount, const std::string& currency) {
    return read_lines(*mapping,
                      R"({"ExpectedRevenueAmount":")" + amount +
                          R"(","ExpectedRevenueCurrencyCode":)" + currency + "}",
                      false);
  };
  const std::string none = "estimated_value.amount~\nestimated_value.currency~\n";
  EXPECT_EQ(read("0.000000", R"("")"), none);
  EXPECT_EQ(read("0.000000", "null"), none);
  EXPECT_EQ(read("0.000000", R"("EUR")"),
            "estimated_value.amount=0\nestimated_value.currency=EUR\n");
  EXPECT_EQ(read("7.000000", R"("")"), "estimated_value.amount=7\nestimated_value.currency~\n");
}

TEST(MappingRead, WhatItTakesForGrantedIsLookedAt) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nexpect: { Per: 1 }\nfields: { topic: T }\n");
  EXPECT_EQ(mapping->required_paths(), (std::vector<std::string>{"Per", "T"}));
  for (const char* same :
       {R"({"T":"x","Per":1})", R"({"T":"x","Per":"1"})", R"({"T":"x","Per":"1.000"})"})
    EXPECT_EQ(read_lines(*mapping, same), "topic=x\n") << same;
  EXPECT_EQ(read_lines(*mapping, R"({"T":"x"})", /*full=*/false), "topic=x\n");
  for (const char* other :
       {R"({"T":"x","Per":"100"})", R"({"T":"x","Per":null})", R"({"T":"x"})"}) {
    const auto patch = mapping->read(document::Document::of(other), nullptr, "crm");
    ASSERT_FALSE(patch) << other;
    ASSERT_EQ(patch.error().problems().size(), 1U);
    EXPECT_EQ(patch.error().problems().front().rule, "expected");
    EXPECT_EQ(patch.error().problems().front().line, 5);
  }
}

TEST(MappingRead, ResolvesAReferenceThroughLinks) {
  const KnownReferences links({{{"CorporateAccountCollection", "1001562"}, "018f"}});
  EXPECT_NE(read_lines(*mapping_of(kLeadYaml), kLead, true, &links).find("customer=018f\n"),
            std::string::npos);
}

TEST(MappingRead, ReportsEveryBadValueWithRuleAndLine) {
  const auto mapping = mapping_of(kLeadYaml);
  std::string text = kLead;
  text.replace(text.find("\"1\""), 3, "\"99\"");
  text.replace(text.find("99999600.000000"), 15, "twelve");
  const auto patch = mapping->read(document::Document::of(text), nullptr, "crm");
  ASSERT_FALSE(patch);
  EXPECT_EQ(patch.error().code(), ErrorCode::Unmappable);
  const auto& problems = patch.error().problems();
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].path, "status");
  EXPECT_EQ(problems[0].rule, "unknown_code");
  EXPECT_EQ(problems[0].line, 13);
  EXPECT_NE(problems[0].message.find("'99'"), std::string::npos) << problems[0].message;
  EXPECT_EQ(problems[1].path, "estimated_value.amount");
}

TEST(MappingRead, AbsentIsDriftInAFullDocumentAndNoStatementInAPartialOne) {
  const auto mapping = mapping_of(kLeadYaml);
  EXPECT_EQ(read_lines(*mapping, R"({"Name":"x"})", false), "topic=x\n");
  const auto patch = mapping->read(document::Document::of(R"({"Name":"x"})"), nullptr, "crm");
  ASSERT_FALSE(patch);
  EXPECT_EQ(patch.error().problems().front().rule, "drift");
}

TEST(MappingRead, AnExtensionIsNoPartOfTheNumber) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { contact.phone: { path: P, normalised: e164 } }
)");
  const auto phone = [&](const std::string& text) {
    return read_lines(*mapping, R"({"P":")" + text + R"("})");
  };
  EXPECT_EQ(phone("+1 (555) 123-4567"), "contact.phone=+15551234567\n");
  for (const char* text : {"+1 555 123 4567 ext. 89", "+1 555 123 4567;89", "+1 555 123 4567, 89",
                           "+1 555 123 4567 #89"}) {
    EXPECT_EQ(phone(text).find("+1555123456789"), std::string::npos) << phone(text);
    EXPECT_NE(phone(text).find("89"), std::string::npos) << "nothing is lost: " << phone(text);
  }
}

TEST(MappingRead, AbsentCanBeSaidToMeanNothingOrEmpty) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { topic: { path: T, absent: unchanged }, rating: { path: R, absent: null, codes: { hot: Hot } } }
)");
  EXPECT_EQ(read_lines(*mapping, "{}"), "rating~\n");
}

TEST(MappingRead, KeepsPersonalValuesOutOfItsErrors) {
  const auto mapping =
      mapping_of("system: a\nobject: b\nentity: lead\nid: c\nfields: { contact.email: E }\n");
  const auto result = read_lines(*mapping, R"({"E":"not an address of ada"})");
  EXPECT_NE(result.find("error"), std::string::npos) << result;
  EXPECT_EQ(result.find("ada"), std::string::npos) << result;
}

TEST(MappingRead, SelectsByValueWhateverTheOrderOfKeys) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { topic: "to_P[F=AG].Name", company.name: "items[1].x.y", number: { path: "to_P[F=WE].Name", first: true } }
)");
  EXPECT_EQ(
      read_lines(
          *mapping,
          R"({"to_P":{"results":[{"Name":"no","F":"XX"},{"Name":"yes","F":"AG"}]},"items":[{},{"x":{"y":"1"}}]})"),
      "company.name=1\nnumber~\ntopic=yes\n");
  EXPECT_EQ(read_lines(*mapping, R"({"to_P":[],"items":[]})"), "company.name~\nnumber~\ntopic~\n");
  EXPECT_EQ(read_lines(*mapping, R"({"to_P":null,"items":null})"),
            "company.name~\nnumber~\ntopic~\n");
  const auto two =
      read_lines(*mapping, R"({"to_P":[{"F":"AG","Name":"1"},{"F":"AG","Name":"2"}],"items":[]})");
  EXPECT_NE(two.find("several"), std::string::npos) << two;
  const auto first =
      read_lines(*mapping, R"({"to_P":[{"F":"WE","Name":"1"},{"F":"WE","Name":"2"}],"items":[]})");
  EXPECT_NE(first.find("number=1\n"), std::string::npos) << first;
}

TEST(MappingRead, ANullParentEmptiesWhatIsBelow) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { topic: Owner.Name, number: Owner.Id "
      "}\n");
  EXPECT_EQ(read_lines(*mapping, R"({"Owner":null})"), "number~\ntopic~\n");
  EXPECT_EQ(read_lines(*mapping, R"({"Owner":{"Name":"x","Id":"1","attributes":{}}})"),
            "number=1\ntopic=x\n");
}

TEST(MappingRead, AConstantIsStatedOnlyBesideSomethingAndContradictedAloud) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { estimated_value.amount: A, estimated_value.currency: { const: EUR }, source: { path: S, const: partner, codes: { partner: P, event: E } } }
)");
  EXPECT_EQ(read_lines(*mapping, R"({"A":12.50,"S":"P"})"),
            "estimated_value.amount=12.5\nestimated_value.currency=EUR\nsource=partner\n");
  EXPECT_EQ(read_lines(*mapping, R"({"A":null,"S":"P"})"),
            "estimated_value.amount~\nsource=partner\n");
  EXPECT_NE(read_lines(*mapping, R"({"A":null,"S":"E"})").find("contradicts"), std::string::npos);
}

TEST(MappingRead, ACodeMapMayCatchAllOthersOrMeanEmpty) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { source: { path: S, codes: { event: E, other: "*" } }, rating: { path: R, codes: { hot: "1", "": ["0", "-"] } } }
)");
  EXPECT_EQ(read_lines(*mapping, R"({"S":"anything","R":"-"})"), "rating~\nsource=other\n");
}

TEST(MappingRead, RefusesGarbageDuplicateKeysAndDepthWhereverTheyAre) {
  const auto mapping =
      mapping_of("system: a\nobject: b\nentity: lead\nid: c\nfields: { topic: T }\n");
  for (const std::string text :
       {R"({"T":"1","T":"2"})", R"({"T":"1","u":{"x":1,"x":2}})", R"({"T":"1","u":tru})",
        R"({"T":"1"}x)", R"({"T":"1")", R"([{"T":"1"}])", "\"T\"", "{\"T\":\"\xff\"}"}) {
    const auto patch = mapping->read(document::Document::of(text), nullptr, "crm");
    ASSERT_FALSE(patch) << text;
    EXPECT_EQ(patch.error().code(), ErrorCode::Protocol);
  }
  const std::string deep =
      R"({"T":"1","u":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_FALSE(mapping->read(document::Document::of(deep), nullptr, "crm"));
}

TEST(MappingRead, KeepsExactNumbers) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { number: N, estimated_value.amount: A, "
      "estimated_value.currency: C }\n");
  EXPECT_EQ(
      read_lines(*mapping, R"({"N":12345678901234567890123,"A":123456789012345.78,"C":"EUR"})"),
      "estimated_value.amount=123456789012345.78\nestimated_value.currency=EUR\nnumber="
      "12345678901234567890123\n");
}

TEST(MappingRead, AcceptsOnlyWhatWhenAllows) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nwhen: { Category: \"2\" }\nfields: { topic: T "
      "}\n");
  EXPECT_TRUE(mapping->accepts(document::Document::of(R"({"T":"1","Category":"2"})")));
  EXPECT_FALSE(mapping->accepts(document::Document::of(R"({"T":"1","Category":"1"})")));
  EXPECT_FALSE(mapping->accepts(document::Document::of(R"({"T":"1"})")));
}

TEST(MappingRead, NormalFormsAreTakenBackToWhatTheyMean) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields:
  number: { path: N, normalised: "alpha:10" }
  topic: { path: T, normalised: [trim, upper] }
  time_frame: { path: F, normalised: "pad:8" }
)");
  EXPECT_EQ(read_lines(*mapping, R"({"N":"0000001000","T":" straße ä ","F":"Q1      "})"),
            "number=1000\ntime_frame=Q1\ntopic=STRAßE Ä\n");
}

TEST(MappingRead, AGtinIsOneNumberInAllItsForms) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: product
id: c
fields: { gtin: { path: G, normalised: gtin } }
)");
  const auto meaning = [&](const std::string& text) {
    return read_lines(*mapping, R"({"G":")" + text + R"("})");
  };
  EXPECT_EQ(meaning("12345670"), "gtin=00000012345670\n");
  EXPECT_EQ(meaning("614141000036"), "gtin=00614141000036\n");
  EXPECT_EQ(meaning(" 4006381333931"), "gtin=04006381333931\n");
  EXPECT_EQ(meaning("14006381333938"), "gtin=14006381333938\n");
  EXPECT_EQ(meaning("4711"), "gtin=4711\n") << "no GTIN: the model says so";
  EXPECT_EQ(meaning("40063813339X1"), "gtin=40063813339X1\n");
}

TEST(MappingRead, AGtinIsWrittenInTheDigitsOfItsField) {
  const auto written = [](const std::string& form, const std::string& gtin) {
    const auto mapping = mapping_of(
        "system: a\nobject: b\nentity: product\nid: c\nfields: { gtin: { path: G, normalised: '" +
        form + "', max_length: 14 } }\n");
    return mapping->write({{"gtin", gtin}}, {.create = true}, {}, nullptr)->nodes.at(0).body;
  };
  EXPECT_EQ(written("gtin", "04006381333931"), R"({"G":"04006381333931"})");
  EXPECT_EQ(written("gtin:13", "04006381333931"), R"({"G":"4006381333931"})");
  EXPECT_EQ(written("gtin:13", "00000012345670"), R"({"G":"0000012345670"})");
  EXPECT_EQ(written("gtin:13", "14006381333938"), R"({"G":"14006381333938"})");
  for (const char* wrong : {"gtin:", "gtin:12", "gtin:x"})
    EXPECT_FALSE(Mapping::parse(
        "system: a\nobject: b\nentity: product\nid: c\nfields: { gtin: { path: G, normalised: '" +
            std::string(wrong) + "' } }\n",
        "t.yaml", model::EntityRegistry::built_in()))
        << wrong;
}

}  // namespace
}  // namespace channelbridge::mapping

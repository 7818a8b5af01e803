#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

std::string body(const Mapping& mapping, const model::Fields& fields, const WriteScope& scope,
                 const References* references = nullptr) {
  const auto written = mapping.write(fields, scope, {}, references);
  return written ? written->nodes.at(0).body : "error: " + to_string(written.error());
}

TEST(MappingWrite, ACreateCarriesWhatThereIs) {
  const model::Fields fields{{"topic", "Offer \"ä\""},
                             {"status", "captured"},
                             {"estimated_value.amount", "12.5"},
                             {"estimated_value.currency", "EUR"},
                             {"score", "7"},
                             {"received_at", "2026-01-01T00:00:00Z"}};
  EXPECT_EQ(
      body(*mapping_of(kLeadYaml), fields, {.create = true}),
      R"({"Name":"Offer \"ä\"","UserStatusCode":"01","ExpectedRevenueAmount":"12.5","ExpectedRevenueCurrencyCode":"EUR","Score":7})");
}

TEST(MappingWrite, AnUpdateTouchesOnlyItsGroupsAndEmptiesWhatIsEmpty) {
  const model::Fields fields{{"topic", "x"}, {"estimated_value.amount", "12.5"}};
  const auto mapping = mapping_of(kLeadYaml);
  EXPECT_EQ(body(*mapping, fields, {.groups = {"estimated_value"}}),
            R"({"ExpectedRevenueAmount":"12.5","ExpectedRevenueCurrencyCode":""})");
  EXPECT_EQ(
      body(*mapping, {}, {.groups = {"topic", "score", "estimated_value"}}),
      R"({"Name":"","ExpectedRevenueAmount":null,"ExpectedRevenueCurrencyCode":"","Score":null})");
  EXPECT_EQ(body(*mapping, fields, {}), "{}");
}

TEST(MappingWrite, EveryWriteLeavesItsNumberAtTheRoot) {
  const auto mapping = mapping_of(R"(
system: a
object: Partner
entity: partner
id: Id
mark: Mark
fields:
  name: Name
children:
  addresses:
    object: Address
    navigation: to_Address
    id: AddressId
    fields: { city: City }
)");
  const model::Fields fields{{"name", "Nord"}, {"addresses[x].city", "Lund"}};
  const auto root = [&](WriteScope scope) {
    scope.mark = "018f";
    const auto written = mapping->write(fields, scope, {{"addresses", {{"x", "7"}}}}, nullptr);
    EXPECT_TRUE(written);
    return written->nodes.at(0).body;
  };
  EXPECT_EQ(root({.create = true}), R"({"Name":"Nord","Mark":"018f"})");
  EXPECT_EQ(root({.groups = {"name"}}), R"({"Name":"Nord","Mark":"018f"})");
  EXPECT_EQ(root({.groups = {"addresses[x]"}}), R"({"Mark":"018f"})") << "children alone, too";
  EXPECT_EQ(root({}), "{}") << "where nothing is to be written, nothing is";
  EXPECT_EQ(body(*mapping, fields, {.groups = {"name"}}), R"({"Name":"Nord"})");
}

TEST(MappingWrite, ReferencesAreKeysOrWithheldOrWaitedFor) {
  const KnownReferences links({{{"CorporateAccountCollection", "1001562"}, "018f"}});
  const auto mapping = mapping_of(kLeadYaml);
  EXPECT_EQ(body(*mapping, {{"customer", "018f"}}, {.create = true}, &links),
            R"({"AccountPartyID":"1001562"})");
  const auto other = mapping->write({{"customer", "0190"}}, {.create = true}, {}, &links);
  EXPECT_EQ(other->withheld, std::vector<std::string>{"customer"});
  EXPECT_EQ(other->nodes.at(0).body, "{}");
  const auto awaited = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { customer: { path: C, ref: partner, object: O, awaited: true } }
)");
  EXPECT_EQ(awaited->write({{"customer", "0190"}}, {.create = true}, {}, &links)->waiting,
            std::vector<std::string>{"customer"});
  EXPECT_TRUE(awaited->write({}, {.create = true}, {}, &links)->waiting.empty());
  const auto strict = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { customer: { path: C, ref: partner, object: O, required: true }, contact.last_name: { path: L, required: true } }
)");
  EXPECT_EQ(strict->write({{"customer", "0190"}}, {.create = true}, {}, &links)->waiting,
            (std::vector<std::string>{"customer", "contact.last_name"}));
}

TEST(MappingWrite, ASynonymThatIsThereStays) {
  const auto mapping = mapping_of(kLeadYaml);
  const auto present = document::Document::of(R"({"UserStatusCode":"1"})");
  const WriteScope scope{.groups = {"status"}, .present = &present};
  EXPECT_EQ(body(*mapping, {{"status", "captured"}}, scope), R"({"UserStatusCode":"1"})");
  EXPECT_EQ(body(*mapping, {{"status", "accepted"}}, scope), R"({"UserStatusCode":"03"})");
}

TEST(MappingWrite, ACodeWithoutCounterpartIsSaidNotGuessed) {
  const auto written =
      mapping_of(kLeadYaml)->write({{"status", "lost"}}, {.create = true}, {}, nullptr);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::Unmappable);
  EXPECT_EQ(written.error().problems().at(0).rule, "unknown_code");
}

TEST(MappingWrite, AnUndeclaredLossIsRefusedAndADeclaredOneDone) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields:
  topic: { path: T, max_length: 3 }
  number: { path: N, max_length: 3, lossy: "three characters there" }
  estimated_value.amount: { path: A, scale: 2, lossy: "cents" }
  budget.amount: { path: B, scale: 2 }
  estimated_value.currency: C
  budget.currency: D
)");
  EXPECT_EQ(
      body(*mapping, {{"number", "äöüß"}, {"estimated_value.amount", "1.235"}}, {.create = true}),
      R"({"N":"äöü","A":1.24})");
  EXPECT_NE(body(*mapping, {{"topic", "long"}}, {.create = true}).find("longer than the 3"),
            std::string::npos);
  EXPECT_NE(
      body(*mapping, {{"budget.amount", "1.235"}}, {.create = true}).find("more than 2 decimals"),
      std::string::npos);
}

TEST(MappingWrite, AConstantIsACondition) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { topic: T, estimated_value.amount: A, estimated_value.currency: { const: EUR } }
)");
  EXPECT_EQ(body(*mapping, {{"estimated_value.amount", "5"}, {"estimated_value.currency", "EUR"}},
                 {.groups = {"estimated_value"}}),
            R"({"A":5})");
  const auto other = mapping->write(
      {{"topic", "t"}, {"estimated_value.amount", "5"}, {"estimated_value.currency", "USD"}},
      {.create = true}, {}, nullptr);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->nodes.at(0).body, R"({"T":"t"})");
  EXPECT_EQ(other->contradicted, std::vector<std::string>{"estimated_value"});
}

// All amounts of a document are in its one currency: nothing of it goes to a system with another.
TEST(MappingWrite, ADocumentInAnotherCurrencyIsRefusedAsAWhole) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: order
id: c
fields: { number: N, currency: { const: EUR } }
children: { lines: { object: L, navigation: Lines, id: I, fields: { no: No, net_price: P } } }
)");
  const model::Fields euros{{"number", "1"}, {"currency", "EUR"}, {"lines[x].net_price", "5"}};
  EXPECT_TRUE(mapping->write(euros, {.create = true}, {}, nullptr));
  for (const bool create : {true, false}) {
    model::Fields zlotys = euros;
    zlotys["currency"] = "PLN";
    const auto written = mapping->write(zlotys, {.create = create, .groups = {"lines[x]"}},
                                        {{"lines", {{"x", "7"}}}}, nullptr);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), ErrorCode::Unmappable);
    EXPECT_NE(to_string(written.error()).find("currency: 'PLN' is not the currency"),
              std::string::npos)
        << written.error();
  }
}

TEST(MappingWrite, DefaultsAreForCreatesOnly) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { topic: { path: T, default: none } }\n");
  EXPECT_EQ(body(*mapping, {}, {.create = true}), R"({"T":"none"})");
  EXPECT_EQ(body(*mapping, {}, {.groups = {"topic"}}), R"({"T":null})");
}

TEST(MappingWrite, RulesWithOneSelectionAreOneElement) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields: { topic: "to_P[F=AG].Name", number: "to_P[F=AG].No", company.name: "to_P[F=WE].Name", rating: { path: "x.y.R", codes: { hot: H } } }
)");
  EXPECT_EQ(body(*mapping, {{"topic", "t"}, {"number", "1"}, {"rating", "hot"}}, {.create = true}),
            R"({"to_P":[{"F":"AG","Name":"t","No":"1"}],"x":{"y":{"R":"H"}}})");
}

TEST(MappingWrite, EachDialectWritesItsLiterals) {
  const std::string rules =
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { received_at: { path: T, as: "
      "datetimeoffset }, estimated_value.amount: A, "
      "estimated_value.currency: C, score: S, qualification.at: { path: D, as: date, lossy: day } "
      "}\n";
  const model::Fields fields{{"received_at", "2020-03-01T14:38:39Z"},
                             {"estimated_value.amount", "17.55"},
                             {"score", "3"},
                             {"qualification.at", "2020-05-01T00:00:00Z"}};
  const auto in = [&](const std::string& format) {
    return body(*mapping_of("format: " + format + rules.substr(0)), fields, {.create = true});
  };
  EXPECT_EQ(in("json\n"), R"({"T":"2020-03-01T14:38:39Z","A":17.55,"S":3,"D":"2020-05-01"})");
  EXPECT_EQ(in("odata_v2\n"),
            R"({"T":"/Date(1583073519000+0000)/","A":"17.55","S":3,"D":"/Date(1588291200000)/"})");
  EXPECT_EQ(in("odata_v4\n"), R"({"T":"2020-03-01T14:38:39Z","A":17.55,"S":3,"D":"2020-05-01"})");
  EXPECT_EQ(in("csv\n"), R"({"T":"2020-03-01T14:38:39Z","A":"17.55","S":"3","D":"2020-05-01"})");
}

TEST(MappingWrite, ACodeThatMeansEmptyStaysWhenTheFieldIsEmpty) {
  const auto mapping = mapping_of(
      "system: a\nobject: b\nentity: lead\nid: c\nfields: { rating: { path: R, codes: { hot: H, "
      "\"\": [\"\", none, later] } } }\n");
  const auto body = [&](const char* present, const model::Fields& fields) {
    const auto document = document::Document::of(present);
    const WriteScope scope{.groups = {"rating"}, .present = &document};
    return mapping->write(fields, scope, {}, nullptr)->nodes.at(0).body;
  };
  EXPECT_EQ(body(R"({"R":"later"})", {}), R"({"R":"later"})");
  EXPECT_EQ(body(R"({"R":"H"})", {}), R"({"R":""})");
  EXPECT_EQ(body(R"({"R":"later"})", {{"rating", "hot"}}), R"({"R":"H"})");
}

}  // namespace
}  // namespace channelbridge::mapping

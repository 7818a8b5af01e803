#include <algorithm>

#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

constexpr const char* kPartnerYaml = R"(
system: sap_s4hana
object: A_BusinessPartner
entity: partner
id: BusinessPartner
format: odata_v2
when: { BusinessPartnerCategory: "2" }
create: { BusinessPartnerGrouping: "BP02" }
fields:
  partner_number: { path: BusinessPartner, direction: read }
  name: { path: BusinessPartnerFullName, direction: read }
  legal_name: OrganizationBPName1
children:
  roles:
    object: A_BusinessPartnerRole
    navigation: to_BusinessPartnerRole
    id: BusinessPartnerRole
    fields: { code: { path: BusinessPartnerRole, codes: { customer: [FLCU01, FLCU00], vendor: FLVN01, "": "*" } } }
  addresses:
    object: A_BusinessPartnerAddress
    navigation: to_BusinessPartnerAddress
    id: AddressID
    fields: { kind: { const: legal }, city: CityName, country: Country, postal_code: PostalCode }
  phones:
    object: A_AddressPhoneNumber
    parent: addresses
    navigation: to_PhoneNumber
    id: [AddressID, Person, OrdinalNumber]
    fields: { kind: { path: PhoneNumberType, codes: { main: "1", mobile: "3" } }, number: InternationalPhoneNumber }
  vat:
    list: identifiers
    object: A_BusinessPartnerTaxNumber
    navigation: to_BusinessPartnerTax
    id: BPTaxType
    fields: { scheme: { path: BPTaxType, codes: { "9930": DE0, "9945": PL0 } }, value: BPTaxNumber }
  duns:
    list: identifiers
    object: A_BuPaIdentification
    navigation: to_BuPaIdentification
    id: [BPIdentificationType, BPIdentificationNumber]
    when: { BPIdentificationType: BUP001 }
    fields: { scheme: { const: "0060" }, value: BPIdentificationNumber }
)";

constexpr const char* kPartner =
    R"({"BusinessPartner":"1000","BusinessPartnerFullName":"Kixo GmbH","OrganizationBPName1":"Kixo",
 "to_BusinessPartnerRole":{"results":[{"BusinessPartnerRole":"000000"},{"BusinessPartnerRole":"FLCU00"},{"BusinessPartnerRole":"FLCU01"}]},
 "to_BusinessPartnerAddress":{"results":[{"CityName":"Berlin","AddressID":"7","Country":"DE","PostalCode":"10115",
   "to_PhoneNumber":{"results":[{"AddressID":"7","Person":"","OrdinalNumber":"1","PhoneNumberType":"1","InternationalPhoneNumber":"+49301234567"}]}}]},
 "to_BusinessPartnerTax":{"results":[{"BPTaxType":"DE0","BPTaxNumber":"DE123"}]},
 "to_BuPaIdentification":{"results":[{"BPIdentificationType":"OTHER","BPIdentificationNumber":"x"},
   {"BPIdentificationNumber":"123456789","BPIdentificationType":"BUP001"}]}})";

TEST(MappingLists, ReadsChildrenByTheSystemsOwnKeys) {
  EXPECT_EQ(read_lines(*mapping_of(kPartnerYaml), kPartner),
            "addresses[@7].city=Berlin\naddresses[@7].country=DE\naddresses[@7].kind="
            "legal\naddresses[@7].postal_code=10115\n"
            "identifiers[@duns/BUP001,123456789].scheme=0060\nidentifiers[@duns/"
            "BUP001,123456789].value=123456789\n"
            "identifiers[@vat/DE0].scheme=9930\nidentifiers[@vat/DE0].value=DE123\n"
            "legal_name=Kixo\nname=Kixo GmbH\npartner_number=1000\n"
            "phones[@7,,1].kind=main\nphones[@7,,1].number=+49301234567\n"
            "roles[@FLCU00].code=customer\n"
            "addresses complete\nidentifiers complete\nphones complete\nroles complete\n");
}

TEST(MappingLists, ATruncatedOrUnexpandedListIsNotComplete) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: partner
id: c
fields: { legal_name: N }
children: { addresses: { object: A, navigation: to_A, id: I, absent: unchanged, fields: { kind: { path: K, codes: { legal: L } }, city: C } } }
)");
  const std::string one = R"({"I":"1","K":"L","C":"x"})";
  const std::string shown = "addresses[@1].city=x\naddresses[@1].kind=legal\nlegal_name=n\n";
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":{"results":[)" + one + "]}}"),
            shown + "addresses complete\n");
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":[)" + one + "]}"),
            shown + "addresses complete\n");
  EXPECT_EQ(
      read_lines(*mapping, R"({"N":"n","to_A":{"results":[)" + one + R"(],"__next":"more"}})"),
      shown);
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":{"records":[)" + one + R"(],"done":false}})"),
            shown);
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":{"records":[)" + one + R"(],"done":true}})"),
            shown + "addresses complete\n");
  EXPECT_EQ(
      read_lines(*mapping, R"({"N":"n","to_A":[)" + one + R"(],"to_A@odata.nextLink":"more"})"),
      shown);
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":{"__deferred":{"uri":"u"}}})"),
            "legal_name=n\n");
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n"})"), "legal_name=n\n");
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":null})"), "legal_name=n\naddresses complete\n");
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":[]})"), "legal_name=n\naddresses complete\n");
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","to_A":[)" + one + "]}", false), shown);
}

TEST(MappingLists, AnElementWithoutItsKeyIsAnError) {
  const auto text = read_lines(
      *mapping_of(kPartnerYaml),
      R"({"BusinessPartner":"1","BusinessPartnerFullName":"x","OrganizationBPName1":"y","to_BusinessPartnerRole":[],
      "to_BusinessPartnerAddress":[{"CityName":"Berlin","Country":"DE","PostalCode":"1"}],"to_BusinessPartnerTax":[],"to_BuPaIdentification":[]})");
  EXPECT_NE(text.find("shows no key"), std::string::npos) << text;
}

TEST(MappingLists, AnElementWithAKeyOfItsOwnIsReadThoughWhatTellsItApartIsEmpty) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: partner
id: c
fields: { name: N }
children:
  programs: { object: M, navigation: to_M, id: I, fields: { program: { path: P, ref: partner_program, object: Program }, valid.start: Start, status: { path: S, codes: { active: "02" } } } }
)");
  EXPECT_EQ(
      read_lines(*mapping, R"({"N":"n","to_M":[{"I":"1","P":"PG01","Start":null,"S":"02"}]})"),
      "name=n\nprograms[@1].program=pending:crm/Program/PG01\nprograms[@1].status=active\n"
      "programs[@1].valid.start~\nprograms complete\n");
}

TEST(MappingLists, AnElementThatNothingTellsApartIsAnError) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: partner
id: c
fields: { name: N }
children:
  emails: { path: mails, key: kind, fields: { kind: { path: type, codes: { main: M, "": X } }, address: value } }
)");
  const std::string text =
      read_lines(*mapping, R"({"N":"n","mails":[{"type":null,"value":"a@b.de"}]})");
  EXPECT_NE(text.find("an element of 'emails' shows no key"), std::string::npos) << text;
  EXPECT_EQ(read_lines(*mapping, R"({"N":"n","mails":[{"type":"X","value":"a@b.de"}]})"),
            "name=n\nemails complete\n")
      << "its code says that it is none of ours";
}

TEST(MappingLists, WritesADeepTreeOnCreate) {
  const auto mapping = mapping_of(kPartnerYaml);
  const model::Fields fields{{"legal_name", "Kixo"},
                             {"roles[r1].code", "customer"},
                             {"addresses[a1].kind", "legal"},
                             {"addresses[a1].city", "Berlin"},
                             {"phones[p1].kind", "mobile"},
                             {"phones[p1].number", "+491701234567"},
                             {"identifiers[i1].scheme", "0060"},
                             {"identifiers[i1].value", "123456789"},
                             {"identifiers[i2].scheme", "9945"},
                             {"identifiers[i2].value", "PL1"}};
  const auto written = mapping->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(written) << to_string(written.error());
  const auto& nodes = written->nodes;
  ASSERT_EQ(nodes.size(), 6U);
  EXPECT_EQ(
      nodes[0].body,
      R"({"OrganizationBPName1":"Kixo","BusinessPartnerCategory":"2","BusinessPartnerGrouping":"BP02"})");
  EXPECT_EQ(nodes[1].body, R"({"CityName":"Berlin"})");
  EXPECT_EQ(nodes[1].navigation, "to_BusinessPartnerAddress");
  EXPECT_EQ(nodes[1].element, "a1");
  EXPECT_EQ(nodes[1].list, "addresses");
  EXPECT_EQ(nodes[2].object, "A_BuPaIdentification");
  EXPECT_EQ(nodes[2].body,
            R"({"BPIdentificationNumber":"123456789","BPIdentificationType":"BUP001"})");
  EXPECT_EQ(nodes[3].body, R"({"BPTaxType":"PL0","BPTaxNumber":"PL1"})");
  EXPECT_EQ(nodes[4].body, R"({"BusinessPartnerRole":"FLCU01"})");
  EXPECT_EQ(nodes[5].object, "A_AddressPhoneNumber");
  EXPECT_EQ(nodes[5].parent, 1);
}

TEST(MappingLists, UpdatesCreatesAndDeletesExactlyTheElementsAskedFor) {
  const auto mapping = mapping_of(kPartnerYaml);
  const model::Fields fields{{"legal_name", "Kixo"},          {"addresses[a1].kind", "legal"},
                             {"addresses[a1].city", "Bonn"},  {"addresses[a2].kind", "legal"},
                             {"addresses[a2].city", "Ulm"},   {"phones[p1].kind", "main"},
                             {"phones[p1].number", "+493012"}};
  const WriteScope scope{
      .groups = {"addresses[a1]", "phones[p1]"},
      .removed_elements = {"addresses[gone]", "identifiers[old]", "roles[never]"}};
  const ElementKeys keys{{"addresses", {{"a1", "7"}, {"a2", "8"}, {"gone", "9"}}},
                         {"identifiers", {{"old", "vat/DE0"}}}};
  const auto written = mapping->write(fields, scope, keys, nullptr);
  ASSERT_TRUE(written) << to_string(written.error());
  const auto& nodes = written->nodes;
  ASSERT_EQ(nodes.size(), 5U);
  EXPECT_EQ(nodes[0].body, "{}");
  EXPECT_EQ(nodes[0].operation, Node::Operation::Update);
  EXPECT_EQ(nodes[1].key, "7");
  EXPECT_EQ(nodes[1].body, R"({"CityName":"Bonn","Country":null,"PostalCode":null})");
  EXPECT_EQ(nodes[2].operation, Node::Operation::Create);
  EXPECT_EQ(nodes[2].parent, 1);
  EXPECT_EQ(nodes[3].operation, Node::Operation::Delete);
  EXPECT_EQ(nodes[3].key, "9");
  EXPECT_EQ(nodes[4].object, "A_BusinessPartnerTaxNumber");
  EXPECT_EQ(nodes[4].key, "DE0");
}

TEST(MappingLists, ANewChildOfAnUntouchedParentHangsOnAnAnchor) {
  const auto mapping = mapping_of(kPartnerYaml);
  const model::Fields fields{{"addresses[a1].kind", "legal"},
                             {"addresses[a1].city", "Bonn"},
                             {"phones[p1].kind", "main"},
                             {"phones[p1].number", "+493012"}};
  const auto written =
      mapping->write(fields, {.groups = {"phones[p1]"}}, {{"addresses", {{"a1", "7"}}}}, nullptr);
  ASSERT_TRUE(written);
  ASSERT_EQ(written->nodes.size(), 3U);
  EXPECT_EQ(written->nodes[1].key, "7");
  EXPECT_EQ(written->nodes[1].body, "{}");
  EXPECT_EQ(written->nodes[2].parent, 1);
  EXPECT_EQ(mapping->write(fields, {.groups = {"phones[p1]"}}, {}, nullptr)->waiting,
            std::vector<std::string>{"phones[p1]"});
}

TEST(MappingLists, ARowOfAnotherCodeIsLeftAloneInBothDirections) {
  const auto mapping = mapping_of(kPartnerYaml);
  const auto written = mapping->write(
      {{"legal_name", "Kixo"}, {"roles[r1].code", "partner"}, {"roles[r2].code", "vendor"}},
      {.create = true}, {}, nullptr);
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_EQ(written->contradicted, std::vector<std::string>{"roles[r1]"});
  ASSERT_EQ(written->nodes.size(), 2U);
  EXPECT_EQ(written->nodes[1].body, R"({"BusinessPartnerRole":"FLVN01"})");
}

TEST(MappingLists, NamesTheListThatAnotherHangsBelow) {
  const auto mapping = mapping_of(kPartnerYaml);
  const auto children = mapping->children();
  const auto phones = std::find_if(children.begin(), children.end(),
                                   [](const ChildInfo& child) { return child.label == "phones"; });
  ASSERT_NE(phones, children.end());
  EXPECT_EQ(phones->parent, "addresses");
  EXPECT_EQ(phones->navigation, "to_PhoneNumber");
  EXPECT_EQ(phones + 1, children.end()) << "it comes after those that hang on the root";
}

constexpr const char* kAccountYaml = R"(
system: salesforce
object: Account
entity: partner
id: Id
fields:
  name: Name
  addresses[kind=billing].city: BillingCity
  addresses[kind=billing].country: BillingCountryCode
  addresses[kind=shipping].city: ShippingCity
  phones[kind=main].number: Phone
)";

TEST(MappingFixed, FlatColumnsAreOneElementOfAList) {
  const auto mapping = mapping_of(kAccountYaml);
  EXPECT_EQ(
      read_lines(
          *mapping,
          R"({"Name":"n","BillingCity":"Ulm","BillingCountryCode":null,"ShippingCity":null,"Phone":"+49301234567"})"),
      "addresses[@kind=billing].city=Ulm\naddresses[@kind=billing].country~\naddresses[@kind="
      "billing].kind=billing\n"
      "addresses[@kind=shipping].city~\naddresses[@kind=shipping].kind~\n"
      "name=n\nphones[@kind=main].kind=main\nphones[@kind=main].number=+49301234567\n");
}

TEST(MappingFixed, AreWrittenAsColumnsAndEmptiedWhenTheElementIsGone) {
  const auto mapping = mapping_of(kAccountYaml);
  const model::Fields fields{{"name", "n"},
                             {"addresses[x].kind", "billing"},
                             {"addresses[x].city", "Ulm"},
                             {"addresses[y].kind", "legal"}};
  EXPECT_EQ(mapping->write(fields, {.create = true}, {}, nullptr)->nodes.at(0).body,
            R"({"Name":"n","BillingCity":"Ulm"})");
  EXPECT_EQ(mapping->write(fields, {.groups = {"addresses[x]"}}, {}, nullptr)->nodes.at(0).body,
            R"({"BillingCity":"Ulm","BillingCountryCode":null})");
  const auto gone = mapping->write(fields, {.removed_elements = {"addresses[z]"}},
                                   {{"addresses", {{"z", "kind=shipping"}}}}, nullptr);
  ASSERT_EQ(gone->nodes.size(), 1U);
  EXPECT_EQ(gone->nodes[0].body, R"({"ShippingCity":null})");
  const auto renamed = mapping->write(fields, {.groups = {"addresses[y]"}},
                                      {{"addresses", {{"y", "kind=shipping"}}}}, nullptr);
  EXPECT_EQ(renamed->nodes.at(0).body, R"({"ShippingCity":null})");
}

TEST(MappingFixed, AnElementOfColumnsIsNoneOfTheObjectsBesideThem) {
  const auto mapping = mapping_of(R"(
system: sap_c4c
object: PartnerCollection
entity: partner
id: ObjectID
fields:
  name: Name
  addresses[kind=billing].city: City
children:
  ship_to:
    list: addresses
    object: PartnerAddressCollection
    navigation: PartnerAddress
    id: ObjectID
    when: { MainIndicator: false }
    fields: { kind: { const: shipping }, city: City }
)");
  const model::Fields fields{{"name", "n"},
                             {"addresses[x].kind", "billing"},
                             {"addresses[x].city", "Ulm"},
                             {"addresses[y].kind", "shipping"},
                             {"addresses[y].city", "Lund"},
                             {"addresses[z].kind", "legal"}};
  const auto created = mapping->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(created);
  ASSERT_EQ(created->nodes.size(), 2U);
  EXPECT_EQ(created->nodes[0].body, R"({"Name":"n","City":"Ulm"})");
  EXPECT_EQ(created->nodes[1].body, R"({"City":"Lund","MainIndicator":false})");
  EXPECT_EQ(created->contradicted, std::vector<std::string>{"addresses[z]"});
  const auto gone =
      mapping->write({{"name", "n"}}, {.removed_elements = {"addresses[x]", "addresses[y]"}},
                     {{"addresses", {{"x", "kind=billing"}, {"y", "A2"}}}}, nullptr);
  ASSERT_TRUE(gone);
  ASSERT_EQ(gone->nodes.size(), 2U) << "the columns are emptied, the object is deleted";
  EXPECT_EQ(gone->nodes[0].body, R"({"City":null})");
  EXPECT_EQ(gone->nodes[1].key, "A2");
}

constexpr const char* kPriceYaml = R"(
system: salesforce
object: Price
entity: discount_agreement
id: Id
fields:
  number: Name
  scope.families[].family: Family
)";

TEST(MappingFixed, TheOnlyElementOfAListHasColumnsWithoutAValueThatNamesIt) {
  const auto mapping = mapping_of(kPriceYaml);
  EXPECT_EQ(read_lines(*mapping, R"({"Name":"n","Family":"Pumps"})"),
            "number=n\nscope.families[@only].family=Pumps\n");
  EXPECT_EQ(read_lines(*mapping, R"({"Name":"n","Family":null})"),
            "number=n\nscope.families[@only].family~\n");
  const model::Fields fields{{"number", "n"}, {"scope.families[x].family", "Pumps"}};
  EXPECT_EQ(mapping->write(fields, {.create = true}, {}, nullptr)->nodes.at(0).body,
            R"({"Name":"n","Family":"Pumps"})");
  const auto other = mapping->write(
      fields, {.groups = {"scope.families[x]"}, .removed_elements = {"scope.families[y]"}},
      {{"scope.families", {{"y", "only"}}}}, nullptr);
  EXPECT_EQ(other->nodes.at(0).body, R"({"Family":"Pumps"})");
  const auto gone = mapping->write({{"number", "n"}}, {.removed_elements = {"scope.families[y]"}},
                                   {{"scope.families", {{"y", "only"}}}}, nullptr);
  EXPECT_EQ(gone->nodes.at(0).body, R"({"Family":null})");
}

TEST(MappingFixed, ColumnsOfTheOnlyElementHoldNoneOfSeveral) {
  const model::Fields several{{"number", "n"},
                              {"scope.families[x].family", "Pumps"},
                              {"scope.families[y].family", "Valves"}};
  const auto mapping = mapping_of(kPriceYaml);
  const auto created = mapping->write(several, {.create = true}, {}, nullptr);
  EXPECT_EQ(created->nodes.at(0).body, R"({"Name":"n"})");
  EXPECT_EQ(created->contradicted,
            (std::vector<std::string>{"scope.families[x]", "scope.families[y]"}));
  const auto added = mapping->write(several, {.groups = {"scope.families[x]", "scope.families[y]"}},
                                    {{"scope.families", {{"x", "only"}}}}, nullptr);
  EXPECT_EQ(added->nodes.at(0).body, "{}") << "what is there stays";
  EXPECT_EQ(lines(mapping->view(several)), "number=n\n");

  const auto strict = mapping_of(std::string(kPriceYaml)
                                     .replace(std::string(kPriceYaml).find(": Family"), 8,
                                              ": { path: Family, required: true }"));
  const std::vector<std::string> family{"scope.families[].family"};
  const auto held = strict->write(several, {.create = true}, {}, nullptr);
  EXPECT_EQ(held->waiting, family);
  EXPECT_EQ(held->several, family);
  const auto empty = strict->write({{"number", "n"}}, {.create = true}, {}, nullptr);
  EXPECT_EQ(empty->waiting, family);
  EXPECT_TRUE(empty->several.empty());

  const auto awaited = mapping_of(std::string(kPriceYaml)
                                      .replace(std::string(kPriceYaml).find(": Family"), 8,
                                               ": { path: Family, awaited: true }"));
  EXPECT_EQ(awaited->write(several, {.create = true}, {}, nullptr)->waiting, family);
  EXPECT_TRUE(awaited->write({{"number", "n"}}, {.create = true}, {}, nullptr)->waiting.empty());
}

TEST(MappingEmbedded, AListInsideTheDocumentIsReadByKeyAndWrittenWhole) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: partner
id: c
fields: { name: N }
children:
  emails: { path: contact.mails, key: kind, fields: { kind: { path: type, codes: { main: M, billing: B } }, address: value } }
  own_brands: { path: brands, key: name, fields: { name: "\".\"" } }
)");
  EXPECT_EQ(
      read_lines(
          *mapping,
          R"({"N":"n","contact":{"mails":[{"value":"a@b.de","type":"M"}]},"brands":["Foo","Bar"]})"),
      "emails[@kind=main].address=a@b.de\nemails[@kind=main].kind=main\nname=n\n"
      "own_brands[@name=Bar].name=Bar\nown_brands[@name=Foo].name=Foo\nemails complete\nown_brands "
      "complete\n");
  const model::Fields fields{{"emails[e].kind", "billing"},
                             {"emails[e].address", "x@y.de"},
                             {"own_brands[1].name", "Foo"},
                             {"own_brands[2].name", "Bar"}};
  EXPECT_EQ(mapping->write(fields, {.groups = {"emails[e]"}}, {}, nullptr)->nodes.at(0).body,
            R"({"contact":{"mails":[{"type":"B","value":"x@y.de"}]}})");
  EXPECT_EQ(mapping->write(fields, {.groups = {"own_brands[1]"}}, {}, nullptr)->nodes.at(0).body,
            R"({"brands":["Foo","Bar"]})");
  EXPECT_EQ(mapping->write({}, {.removed_elements = {"emails[e]"}}, {}, nullptr)->nodes.at(0).body,
            R"({"contact":{"mails":[]}})");
}

}  // namespace
}  // namespace channelbridge::mapping

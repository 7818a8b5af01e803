// Fields that stand in more than one place of a document.
#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

constexpr const char* kHead = R"(
system: sap_s4hana
object: A_BusinessPartner
entity: partner
id: BusinessPartner
format: odata_v2
empty: text
)";

std::shared_ptr<const Mapping> account() {
  return mapping_of(std::string(kHead) + R"(
fields:
  phones[kind=main].number: { path: Phone, read: [NormalisedPhone, Phone] }
  addresses[kind=billing].line1:
    { path: Street, house_number: { path: HouseNumber, max_length: 10 }, max_length: 20, lossy: "short" }
)");
}

std::string line_of(const std::string& street, const std::string& number) {
  const std::string text = R"({"Phone":"","NormalisedPhone":"","Street":")" + street +
                           R"(","HouseNumber":")" + number + "\"}";
  const auto patch = account()->read(document::Document::of(text), nullptr, "crm");
  EXPECT_TRUE(patch);
  for (const auto& entry : patch->entries)
    if (entry.path == "addresses[@kind=billing].line1") return entry.value.value_or("~");
  return "none";
}

std::string body_of(const std::string& line) {
  const model::Fields fields{{"addresses[a].kind", "billing"}, {"addresses[a].line1", line}};
  const auto written = account()->write(fields, {.groups = {"addresses[a]"}},
                                        {{"addresses", {{"a", "kind=billing"}}}}, nullptr);
  EXPECT_TRUE(written);
  return written->nodes.front().body;
}

TEST(MappingPlaces, ReadsTheFirstPlaceThatShowsSomethingAndWritesTheOther) {
  const auto mapping = account();
  const auto phone = [&](const std::string& typed, const std::string& normal) {
    const std::string text = R"({"Phone":)" + typed + R"(,"NormalisedPhone":)" + normal + "}";
    return read_lines(*mapping, text, /*full=*/false);
  };
  EXPECT_EQ(phone("\"030 12\"", "\"+493012\""),
            "phones[@kind=main].kind=main\nphones[@kind=main].number=+493012\n");
  EXPECT_EQ(phone("\"+49 30 12\"", "\"\""),
            "phones[@kind=main].kind=main\nphones[@kind=main].number=+493012\n");
  EXPECT_EQ(phone("\"\"", "null"), "phones[@kind=main].kind~\nphones[@kind=main].number~\n");
  EXPECT_EQ(read_lines(*mapping, R"({"Phone":"030 12"})", false), "");
  const auto written = mapping->write({{"phones[p].kind", "main"}, {"phones[p].number", "+493012"}},
                                      {.create = true}, {}, nullptr);
  EXPECT_EQ(written->nodes.front().body, R"({"Phone":"+493012"})");
}

TEST(MappingPlaces, AskForEveryPlaceThatTheyRead) {
  EXPECT_EQ(account()->required_paths(),
            (std::vector<std::string>{"HouseNumber", "NormalisedPhone", "Phone", "Street"}));
}

TEST(MappingPlaces, AFullDocumentWithoutTheSecondPlaceIsDrift) {
  const auto text = read_lines(*account(), R"({"Phone":"","NormalisedPhone":"","Street":"x"})");
  EXPECT_NE(text.find("Street: is absent"), std::string::npos) << text;
}

TEST(MappingPlaces, AHouseNumberStandsBehindItsStreet) {
  EXPECT_EQ(line_of("Kaufingerstraße", "12 a"), "Kaufingerstraße 12 a");
  EXPECT_EQ(line_of("Kaufingerstraße", ""), "Kaufingerstraße");
  EXPECT_EQ(line_of("", "12"), "12");
  EXPECT_EQ(line_of("", ""), "~");
}

TEST(MappingPlaces, ALineIsTakenApartOnlyWhereItCanBePutTogetherAgain) {
  EXPECT_EQ(body_of("ul. Długa 3"), R"({"Street":"ul. Długa","HouseNumber":"3"})");
  EXPECT_EQ(body_of("Am Markt 12 a"), R"({"Street":"Am Markt","HouseNumber":"12 a"})");
  EXPECT_EQ(body_of("100 Main Street"), R"({"Street":"100 Main Street","HouseNumber":""})");
  EXPECT_EQ(body_of("Am Markt  7"), R"({"Street":"Am Markt  7","HouseNumber":""})");
  EXPECT_EQ(body_of("7"), R"({"Street":"7","HouseNumber":""})");
  EXPECT_EQ(body_of("Haus 1234567/89-1"), R"({"Street":"Haus 1234567/89-1","HouseNumber":""})");
  EXPECT_EQ(body_of("南京东路 1"), R"({"Street":"南京东路","HouseNumber":"1"})");
}

TEST(MappingPlaces, AnEmptyLineEmptiesBoth) {
  const auto written =
      account()->write({{"addresses[a].kind", "billing"}}, {.groups = {"addresses[a]"}},
                       {{"addresses", {{"a", "kind=billing"}}}}, nullptr);
  EXPECT_EQ(written->nodes.front().body, R"({"Street":"","HouseNumber":""})");
}

/// view() foretells what the system shows, and shows it again.
TEST(MappingPlaces, TheViewOfALineIsWhatItsPartsShow) {
  const auto mapping = account();
  for (const std::string line :
       {"Am Markt 12 a", "Am Markt 12 ab", "x  5", "  5", "5", "A very long street name 77",
        "A very long stree    77", "Straße Ä 1/2-3", "no number", "12 a", "B 12 a 7 b", "x\n5 3"}) {
    const model::Fields fields{{"addresses[a].kind", "billing"}, {"addresses[a].line1", line}};
    const auto written = mapping->write(fields, {.create = true}, {}, nullptr);
    ASSERT_TRUE(written);
    const auto read = mapping->read(
        document::Document::of(written->nodes.front().body, document::Format::Json, false), nullptr,
        "crm");
    ASSERT_TRUE(read) << line;
    const model::Fields view = mapping->view(fields);
    std::string shown;
    for (const auto& entry : read->entries)
      if (entry.path.ends_with("line1")) shown = entry.value.value_or("");
    EXPECT_EQ(shown, view.find("addresses[a].line1")->second) << line;
    EXPECT_EQ(lines(mapping->view(view)), lines(view)) << line;
  }
}

TEST(MappingPlaces, ACreateLeavesWhatComesLater) {
  const auto mapping = mapping_of(std::string(kHead) + R"(
fields:
  name: Name
  website: { path: Site, later: true }
  parent: { path: Parent, ref: partner, object: A_BusinessPartner, required: true, later: true }
)");
  const KnownReferences links({{{"A_BusinessPartner", "77"}, "0190"}});
  const model::Fields fields{{"name", "A"}, {"website", "https://a.example"}, {"parent", "0190"}};
  const auto created = mapping->write(fields, {.create = true}, {}, &links);
  EXPECT_EQ(created->nodes.front().body, R"({"Name":"A"})");
  EXPECT_TRUE(created->waiting.empty());
  const auto updated = mapping->write(fields, {.groups = {"website", "parent"}}, {}, &links);
  EXPECT_EQ(updated->nodes.front().body, R"({"Site":"https://a.example","Parent":"77"})");
  // A reference that is required is waited for before the create.
  EXPECT_EQ(mapping->write(fields, {.create = true}, {}, nullptr)->waiting,
            (std::vector<std::string>{"parent"}));
}

TEST(MappingPlaces, ACreateLeavesWhatGoesWithAnotherField) {
  const auto mapping = mapping_of(R"(
system: a
object: Claim
entity: claim
id: Id
format: xml
fields:
  approved_amount: { path: Approved, as: decimal, with: { status: [approved, partially_approved] } }
  status: { path: Status, codes: { approved: A, submitted: S } }
children:
  lines:
    path: Line
    element_key: No
    fields: { no: No, approved: { path: Approved, as: decimal, with: { status: approved } } }
)");
  const model::Fields fields{{"approved_amount", "5"},
                             {"status", "approved"},
                             {"lines[a].no", "1"},
                             {"lines[a].approved", "5"}};
  EXPECT_EQ(mapping->write(fields, {.create = true}, {}, nullptr)->nodes.front().body,
            "<Claim><Status>A</Status><Line><No>1</No></Line></Claim>");
  EXPECT_EQ(mapping
                ->write(fields, {.groups = {"approved_amount", "status", "lines[a]"}},
                        {{"lines", {{"a", "1"}}}}, nullptr)
                ->nodes.front()
                .body,
            "<Claim><Approved>5</Approved><Status>A</Status><Line><No>1</No><Approved>5"
            "</Approved></Line></Claim>");
  for (const RuleInfo& rule : mapping->rules()) {
    if (rule.field == "approved_amount") {
      EXPECT_EQ(rule.with.values, (std::vector<std::string>{"approved", "partially_approved"}));
    }
    EXPECT_EQ(rule.with.field,
              rule.field.ends_with("no") || rule.field == "status" ? "" : "status");
  }
}

TEST(MappingPlaces, ACreateTakesTextsFromTablesOfTheSystem) {
  const auto mapping = mapping_of(R"(
system: a
object: Posting
entity: settlement
id: Id
format: xml
create:
  Account: { by: method, codes: accounts }
  Terms: { by: due_date, codes: { "": N, "*": D } }
  "Withholding[Item=2]/Code": { by: method, codes: { bank_transfer: "7", "*": "" } }
fields:
  net: { path: Net, once: true, direction: write }
  status: { path: Status, codes: { posted: P, reversed: R }, with: { status: [reversed] } }
codes:
  accounts: { bank_transfer: "100", account_offset: "200" }
)");
  const auto body = [&](const model::Fields& fields, const WriteScope& scope) {
    const auto written = mapping->write(fields, scope, {}, nullptr);
    return written ? written->nodes.front().body : to_string(written.error());
  };
  const WriteScope create{.create = true};
  EXPECT_EQ(body({{"method", "bank_transfer"}, {"net", "5"}, {"status", "posted"}}, create),
            "<Posting><Net>5</Net><Account>100</Account><Terms>N</Terms><Withholding><Item>2</Item>"
            "<Code>7</Code></Withholding></Posting>");
  EXPECT_EQ(body({{"method", "account_offset"}, {"due_date", "2027-01-31"}}, create),
            "<Posting><Account>200</Account><Terms>D</Terms></Posting>")
      << "a code that is empty leaves its place out";
  EXPECT_NE(body({{"method", "goods"}}, create).find("accounts"), std::string::npos)
      << "what the table does not have is not guessed";
  EXPECT_EQ(body({{"method", "bank_transfer"}, {"net", "6"}, {"status", "reversed"}},
                 {.groups = {"method", "net", "status"}}),
            "<Posting><Status>R</Status></Posting>")
      << "a write after it has none of this";
}

TEST(MappingPlaces, AStreetThatGoesWithItsCreateAloneKeepsItsNumber) {
  const auto mapping = mapping_of(R"(
system: a
object: b
entity: lead
id: c
fields:
  address.line1: { path: Street, house_number: HouseNo, once: true }
  address.city: City
)");
  const model::Fields fields{{"address.line1", "Kaistr. 5"}, {"address.city", "Kiel"}};
  EXPECT_EQ(mapping->write(fields, {.groups = {"address"}}, {}, nullptr)->nodes.front().body,
            R"({"City":"Kiel"})");
}

TEST(MappingPlaces, AColumnMaySayThatAnElementIsThere) {
  const auto mapping = mapping_of(std::string(kHead) + R"(
fields:
  roles[code=partner].code: { path: IsPartner, as: boolean, codes: { partner: "true", "": "false" } }
)");
  EXPECT_EQ(read_lines(*mapping, R"({"IsPartner":true})"), "roles[@code=partner].code=partner\n");
  EXPECT_EQ(read_lines(*mapping, R"({"IsPartner":false})"), "roles[@code=partner].code~\n");
  EXPECT_EQ(mapping->write({{"roles[r].code", "partner"}}, {.create = true}, {}, nullptr)
                ->nodes.front()
                .body,
            R"({"IsPartner":true})");
  EXPECT_EQ(mapping
                ->write({}, {.removed_elements = {"roles[r]"}},
                        {{"roles", {{"r", "code=partner"}}}}, nullptr)
                ->nodes.front()
                .body,
            R"({"IsPartner":false})");
}

TEST(MappingPlaces, ACopySaysNothingOfItsOwnTimes) {
  const auto mapping = mapping_of(R"(
system: sap_c4c
object: LeadCollection
entity: lead
id: ObjectID
fields:
  topic: Name
  received_at: { path: Created, unless: ExternalID, direction: read }
)");
  EXPECT_EQ(mapping->required_paths(), (std::vector<std::string>{"Created", "ExternalID", "Name"}));
  const auto lead = [&](const std::string& id) {
    return read_lines(*mapping, R"({"Name":"x","Created":"2026-01-31T10:00:00Z")" + id + "}",
                      /*full=*/false);
  };
  EXPECT_EQ(lead(R"(,"ExternalID":"")"), "received_at=2026-01-31T10:00:00Z\ntopic=x\n");
  EXPECT_EQ(lead(R"(,"ExternalID":null)"), "received_at=2026-01-31T10:00:00Z\ntopic=x\n");
  EXPECT_EQ(lead(R"(,"ExternalID":"018f")"), "topic=x\n");
  EXPECT_EQ(lead(""), "topic=x\n");
}

TEST(MappingPlaces, AnAbsentGuardIsSettledAsItsRuleSays) {
  const std::string head = R"(
system: sap_c4c
object: LeadCollection
entity: lead
id: ObjectID
fields:
  topic: Name
  received_at: { path: Created, unless: ExternalID, direction: read, absent: )";
  const auto read = [&](const std::string& absent, bool full) {
    return read_lines(*mapping_of(head + absent + " }\n"),
                      R"({"Name":"x","Created":"2026-01-31T10:00:00Z"})", full);
  };
  EXPECT_EQ(read("null", true), "received_at=2026-01-31T10:00:00Z\ntopic=x\n");
  EXPECT_EQ(read("null", false), "topic=x\n") << "what was not shown may be there";
  EXPECT_EQ(read("unchanged", true), "topic=x\n");
  EXPECT_TRUE(read("error", true).starts_with("error: ")) << read("error", true);
}

TEST(MappingPlaces, AreRefusedWhereTheyMeanNothing) {
  const auto problem = [](const std::string& rule) {
    const auto mapping = Mapping::parse(std::string(kHead) + "fields:\n  " + rule + "\n", "t",
                                        model::EntityRegistry::built_in());
    return mapping ? std::string() : mapping.error().problems().front().path;
  };
  EXPECT_EQ(problem("name: { read: X, const: y }"), "fields.name.read");
  EXPECT_EQ(problem("name: { path: A, read: [B, C, D] }"), "fields.name.read");
  EXPECT_EQ(problem("name: { path: A, read: B, house_number: C }"), "fields.name.house_number");
  EXPECT_EQ(problem("name: { path: A, unless: B }"), "fields.name.unless");
  EXPECT_EQ(problem("credit_limit.amount: { path: A, house_number: C }"),
            "fields.credit_limit.amount.house_number");
}

}  // namespace
}  // namespace channelbridge::mapping

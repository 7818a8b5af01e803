#include <algorithm>

#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

std::vector<Problem> problems_of(const std::string& yaml) {
  const auto mapping = Mapping::parse(yaml, "bad.yaml", model::EntityRegistry::built_in());
  if (mapping) return {};
  EXPECT_EQ(mapping.error().code(), ErrorCode::Invalid);
  return mapping.error().problems();
}

const Problem* find(const std::vector<Problem>& problems, const std::string& rule,
                    const std::string& path) {
  const auto found = std::find_if(problems.begin(), problems.end(), [&](const Problem& each) {
    return each.rule == rule && each.path == path;
  });
  return found == problems.end() ? nullptr : &*found;
}

std::string problems_text(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& each : problems) out += to_string(each) + "\n";
  return out;
}

TEST(MappingFile, AMisspeltKeywordHidesNothingThatStandsUnderOrAfterIt) {
  const auto problems = problems_of(R"(system: crm
object: Lead
entity: lead
id: Id
feilds:
  topik: Title
children: [nonsense]
)");
  ASSERT_EQ(problems.size(), 3U) << problems_text(problems);
  EXPECT_EQ(find(problems, "unknown_key", "feilds")->suggestion, "fields");
  EXPECT_EQ(find(problems, "unknown_field", "fields.topik")->suggestion, "topic");
  EXPECT_EQ(find(problems, "unknown_field", "fields.topik")->line, 6);
  EXPECT_NE(find(problems, "wrong_type", "children"), nullptr);

  const auto without = problems_of("system: crm\nobject: Lead\nentity: lead\nid: Id\n");
  ASSERT_EQ(without.size(), 1U) << problems_text(without);
  EXPECT_NE(find(without, "missing", "fields"), nullptr);
}

TEST(MappingFile, ReportsAllProblemsAtOnceWithLineAndNearestName) {
  const auto problems = problems_of(R"(system: crm
object: Lead
entity: lead
id: Id
modifed: SystemModstamp
fields:
  topik: Title
  status: { path: Status, codes: lead_status }
  company.name: { path: "Company[", max_length: many }
  rating: { path: Rating, directon: read }
  customer: AccountId
  contact.email: { path: Email, as: dat }
codes:
  lead_status: { captured: "01", qualifed: "02", accepted: [] }
)");
  ASSERT_NE(find(problems, "unknown_key", "modifed"), nullptr);
  EXPECT_EQ(find(problems, "unknown_key", "modifed")->line, 5);
  EXPECT_EQ(find(problems, "unknown_key", "modifed")->suggestion, "modified");
  ASSERT_NE(find(problems, "unknown_field", "fields.topik"), nullptr);
  EXPECT_EQ(find(problems, "unknown_field", "fields.topik")->line, 7);
  EXPECT_EQ(find(problems, "unknown_field", "fields.topik")->suggestion, "topic");
  ASSERT_NE(find(problems, "bad_codes", "fields.status.codes"), nullptr);
  EXPECT_EQ(find(problems, "bad_codes", "fields.status.codes")->suggestion, "qualified");
  EXPECT_NE(find(problems, "wrong_type", "codes.lead_status.accepted"), nullptr);
  EXPECT_NE(find(problems, "bad_path", "fields.company.name.path"), nullptr);
  EXPECT_NE(find(problems, "wrong_type", "fields.company.name.max_length"), nullptr);
  ASSERT_NE(find(problems, "unknown_key", "fields.rating.directon"), nullptr);
  EXPECT_EQ(find(problems, "unknown_key", "fields.rating.directon")->suggestion, "direction");
  EXPECT_NE(find(problems, "missing", "fields.customer"), nullptr);
  ASSERT_NE(find(problems, "bad_value", "fields.contact.email.as"), nullptr);
  EXPECT_EQ(find(problems, "bad_value", "fields.contact.email.as")->suggestion, "date");
  for (const Problem& problem : problems) EXPECT_EQ(problem.file, "bad.yaml");
}

TEST(MappingFile, NamesAnUnknownEntityListAndCodeMap) {
  EXPECT_NE(find(problems_of("system: a\nobject: b\nentity: leed\nid: c\nfields: {}\n"),
                 "unknown_entity", "entity"),
            nullptr);
  const auto problems = problems_of(R"(
system: a
object: b
entity: partner
id: c
fields: { status: { path: S, codes: nothing } }
children: { adresses: { object: X, navigation: n, id: i, fields: {} } }
)");
  EXPECT_NE(find(problems, "unknown_codes", "fields.status.codes"), nullptr);
  ASSERT_NE(find(problems, "unknown_list", "children.adresses"), nullptr);
  EXPECT_EQ(find(problems, "unknown_list", "children.adresses")->suggestion, "addresses");
}

TEST(MappingFile, TheNumberOfAWriteHasAFieldOfTheObjectForItself) {
  const std::string rest = "system: a\nobject: b\nentity: lead\nid: c\nfields: { topic: T }\n";
  EXPECT_TRUE(problems_of(rest + "mark: Mark\n").empty());
  const auto taken = problems_of(rest + "mark: T\n");
  ASSERT_NE(find(taken, "taken", "mark"), nullptr);
  EXPECT_EQ(find(taken, "taken", "mark")->line, 6);
  EXPECT_NE(find(taken, "taken", "mark")->message.find("topic (line 5)"), std::string::npos);
  for (const char* other : {"correlation: M", "reference_key: M", "create: { M: x }"})
    EXPECT_NE(find(problems_of(rest + other + "\nmark: M\n"), "taken", "mark"), nullptr) << other;
  for (const char* path : {"'a,b'", "'@etag'", "a.b", "'a[k=1]'"})
    EXPECT_NE(find(problems_of(rest + "mark: " + path + "\n"), "bad_path", "mark"), nullptr)
        << path;
}

TEST(MappingFile, OnlyAFieldOfTheRecordItselfComesLater) {
  const auto problems = problems_of(R"(system: a
object: b
entity: partner
id: c
fields:
  name: { path: Name, later: true }
  addresses[kind=billing].city: { path: City, later: true }
children:
  emails:
    object: Email
    navigation: to_Email
    id: ID
    fields: { address: { path: Address, later: true } }
)");
  ASSERT_EQ(problems.size(), 2U) << problems_text(problems);
  const Problem* column = find(problems, "bad_value", "fields.addresses[kind=billing].city.later");
  ASSERT_NE(column, nullptr) << problems_text(problems);
  EXPECT_EQ(column->line, 7);
  const Problem* child = find(problems, "bad_value", "children.emails.fields.address.later");
  ASSERT_NE(child, nullptr) << problems_text(problems);
  EXPECT_EQ(child->line, 13);
}

TEST(MappingFile, AFieldGoesWithOneThatIsWritten) {
  const auto problems = problems_of(R"(system: a
object: b
entity: claim
id: c
fields:
  number: { path: Number, with: { number: "1" } }
  claimed_amount: { path: Claimed, with: { stauts: [approved] } }
  approved_amount: { path: Approved, with: status }
  eligible_amount: { path: Eligible, required: true, with: { kind: reimbursement } }
  kind: { path: Kind, with: { status: [approved] } }
  status: { path: Status, direction: read, with: { number: "1" } }
children:
  lines:
    path: Line
    element_key: No
    fields: { approved: { path: Approved, with: { status: [aproved] } } }
)");
  EXPECT_EQ(find(problems, "bad_value", "fields.number.with"), nullptr)
      << "a field may be written with some of its own values alone";
  const Problem* field = find(problems, "unknown_field", "fields.claimed_amount.with.stauts");
  ASSERT_NE(field, nullptr) << problems_text(problems);
  EXPECT_EQ(field->suggestion, "status");
  EXPECT_NE(find(problems, "bad_value", "fields.approved_amount.with"), nullptr);
  EXPECT_NE(find(problems, "bad_value", "fields.eligible_amount.with"), nullptr) << "is required";
  EXPECT_NE(find(problems, "not_written", "eligible_amount.with"), nullptr)
      << "what goes with another field brings nothing along";
  EXPECT_NE(find(problems, "not_written", "kind.with"), nullptr) << "status is only read";
  EXPECT_NE(find(problems, "bad_value", "fields.status.with"), nullptr) << "is only read";
  EXPECT_NE(find(problems, "bad_value", "children.lines.fields.approved.with.status"), nullptr);
}

TEST(MappingFile, ATableOfACreateNamesAFieldAndCodes) {
  const auto problems = problems_of(R"(system: a
object: b
entity: settlement
id: c
create:
  Account: { by: methd, codes: { "*": "1" } }
  Tax: { by: method }
  Terms: { by: method, codes: terms, with: 1 }
  Cost: { by: method, codes: { cheque: "2" } }
fields: { number: { path: Number, once: true, later: true } }
)");
  const Problem* field = find(problems, "unknown_field", "create.Account.by");
  ASSERT_NE(field, nullptr) << problems_text(problems);
  EXPECT_EQ(field->suggestion, "method");
  EXPECT_NE(find(problems, "missing", "create.Tax"), nullptr) << problems_text(problems);
  EXPECT_NE(find(problems, "unknown_key", "create.Terms.with"), nullptr) << problems_text(problems);
  EXPECT_NE(find(problems, "unknown_codes", "create.Terms.codes"), nullptr);
  EXPECT_NE(find(problems, "bad_codes", "create.Cost.codes"), nullptr);
  EXPECT_NE(find(problems, "bad_value", "fields.number.once"), nullptr);
}

TEST(MappingFile, TheOnlyElementOfAListHasNoOthersBesideIt) {
  const auto problems = problems_of(R"(system: a
object: b
entity: partner
id: c
fields:
  addresses[].city: City
  addresses[kind=billing].line1: Street
  emails[].address: Mail
children:
  emails:
    object: Email
    navigation: to_Email
    id: ID
    fields: { address: Address }
)");
  ASSERT_EQ(problems.size(), 2U) << problems_text(problems);
  const Problem* column = find(problems, "bad_element", "fields.addresses[kind=billing].line1");
  ASSERT_NE(column, nullptr) << problems_text(problems);
  EXPECT_NE(find(problems, "bad_element", "children"), nullptr) << problems_text(problems);
}

TEST(MappingFile, AListTakesNoKeywordOfTheOtherKind) {
  const auto problems = problems_of(R"(system: a
object: b
entity: partner
id: c
fields: { name: Name }
children:
  emails:
    path: emails
    id: ID
    navigation: to_Email
    parent: addresses
    fields: { address: Address }
  addresses:
    object: Address
    navigation: to_Address
    id: ID
    path: addresses
    element_key: ID
    fields: { city: City }
)");
  EXPECT_EQ(problems.size(), 5U) << problems_text(problems);
  for (const char* path :
       {"children.emails.id", "children.emails.navigation", "children.emails.parent",
        "children.addresses.path", "children.addresses.element_key"})
    EXPECT_NE(find(problems, "unknown_key", path), nullptr) << path;
}

TEST(MappingFile, SaysWhereYamlItselfIsBroken) {
  const auto problems = problems_of("system: a\nobject: [b\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].rule, "syntax");
  EXPECT_GT(problems[0].line, 0);
  EXPECT_EQ(problems_of("- a\n").size(), 1U);
  EXPECT_NE(find(problems_of("system: a\nsystem: b\n"), "duplicate_key", ""), nullptr);
}

TEST(MappingFile, FingerprintFollowsTheMeaningNotTheLayout) {
  const std::string base = kLeadYaml;
  const auto first = mapping_of(base)->fingerprint();
  EXPECT_EQ(first.size(), 64U);
  EXPECT_EQ(mapping_of("# a comment\n" + base + "\n\n")->fingerprint(), first);
  std::string other = base;
  other.replace(other.find("Name"), 4, "Nome");
  EXPECT_NE(mapping_of(other)->fingerprint(), first);
}

TEST(MappingFile, TellsTheHubAndTheAdapterWhatItNeeds) {
  const auto mapping = mapping_of(kLeadYaml);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->object_paths().correlation, "ExternalID");
  EXPECT_EQ(mapping->object_paths().version, "@etag");
  const auto paths = mapping->required_paths();
  EXPECT_EQ(paths.size(), 11U);
  EXPECT_TRUE(std::is_sorted(paths.begin(), paths.end()));
  const auto rules = mapping->rules();
  const auto customer = std::find_if(rules.begin(), rules.end(),
                                     [](const RuleInfo& rule) { return rule.field == "customer"; });
  ASSERT_NE(customer, rules.end());
  EXPECT_EQ(customer->refers_to, "partner");
  EXPECT_EQ(customer->ref_object, "CorporateAccountCollection");
  EXPECT_FALSE(customer->required_ref);
  const auto amount = std::find_if(rules.begin(), rules.end(), [](const RuleInfo& rule) {
    return rule.field == "estimated_value.amount";
  });
  EXPECT_EQ(amount->group, "estimated_value");
}

}  // namespace
}  // namespace channelbridge::mapping

#include <gmock/gmock.h>

#include "channelbridge/mapping/check.hpp"

#include <algorithm>

#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

std::string rules_broken(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& each : problems)
    out += each.path + ":" + each.rule +
           (each.suggestion.empty() ? "" : "(" + each.suggestion + ")") + "\n";
  return out;
}

std::shared_ptr<const Mapping> lead(const std::string& fields) {
  return mapping_of("system: a\nobject: Lead\nentity: lead\nid: Id\nfields:\n" + fields);
}

TEST(MappingCheck, NamesEveryLossUnlessItIsDeclared) {
  const auto mapping = lead(R"(
  topic: { path: T, max_length: 80 }
  company.name: { path: C, max_length: 80, lossy: "short field" }
  estimated_value.amount: { path: A, scale: 2 }
  estimated_value.currency: D
  qualification.at: { path: Q, as: date }
  converted.at: { path: V, as: date, direction: read }
  source: { path: S, codes: { event: E, other: "*" } }
  lost_reason: { path: L, codes: { price: P, timing: P } }
)");
  const auto text = rules_broken(check(*mapping));
  EXPECT_EQ(text,
            "topic:truncation(lossy: \"why this is acceptable\")\n"
            "estimated_value.amount:precision(lossy: \"why this is acceptable\")\n"
            "qualification.at:precision(lossy: \"why this is acceptable\")\n"
            "source:many_to_one(lossy: \"why this is acceptable\")\n"
            "lost_reason:many_to_one(lossy: \"why this is acceptable\")\n");
  EXPECT_EQ(mapping->image("lost_reason", "timing"), "price");
}

TEST(MappingCheck, AColumnOfTextMayHoldAnyType) {
  ObjectFacts columns;
  columns.properties = {{"Id", {.type = "text"}}, {"Score", {.type = "text"}}};
  const MetadataLookup lookup = [&](std::string_view) { return &columns; };
  const std::string fields =
      "entity: lead\nid: Id\nfields: { score: { path: Score, as: decimal } }\n";
  EXPECT_EQ(
      rules_broken(check(*mapping_of("system: a\nobject: l\nformat: csv\n" + fields), lookup)), "");
  EXPECT_THAT(rules_broken(check(*mapping_of("system: a\nobject: l\n" + fields), lookup)),
              ::testing::HasSubstr("wrong_type"));
}

TEST(MappingCheck, TheNumberOfAWriteMustFitWhereItGoes) {
  ObjectFacts lead_facts;
  lead_facts.properties = {{"Id", {}},
                           {"T", {}},
                           {"Short", {.max_length = 20}},
                           {"Fixed", {.updatable = false}},
                           {"Mark", {.max_length = 36}}};
  const MetadataLookup lookup = [&](std::string_view) { return &lead_facts; };
  const auto broken = [&](const std::string& field) {
    return rules_broken(check(*lead("  topic: T\nmark: " + field + "\n"), lookup));
  };
  EXPECT_EQ(broken("Mark"), "");
  EXPECT_EQ(broken("Short"), "mark:max_length\n");
  EXPECT_EQ(broken("Fixed"), "mark:not_writable\n");
  EXPECT_EQ(broken("Marc"), "mark:unknown_property(Mark)\n");
}

TEST(MappingCheck, AnAmountNeedsItsCurrency) {
  EXPECT_EQ(rules_broken(check(*lead("  budget.amount: A\n"))),
            "budget.amount:half_group(budget.currency: { const: … })\n");
  EXPECT_EQ(rules_broken(check(*lead("  budget.amount: A\n  budget.currency: { const: EUR }\n"))),
            "");
}

TEST(MappingCheck, WhatIsOnlyWrittenMayHaveItsUnitFromItsRow) {
  const auto broken = [](const std::string& header, const std::string& line) {
    return rules_broken(check(*mapping_of(
        "system: a\nobject: Order\nentity: order\nid: Id\nfields:\n  status: S\n" + header +
        "children:\n  lines:\n    object: Item\n    navigation: Items\n"
        "    id: Id\n    fields:\n      no: { path: N, as: text }\n" +
        line)));
  };
  const std::string unit = "      qty.unit: { path: U, direction: read }\n";
  const std::string written = "      qty_shipped.value: { path: V, direction: write }\n";
  const std::string half =
      "lines[].qty_shipped.value:half_group(lines[].qty_shipped.unit: { const: … })\n";
  EXPECT_EQ(broken("", unit + written), "");
  EXPECT_EQ(broken("", written), half);
  EXPECT_EQ(broken("", unit + "      qty_shipped.value: V\n"), half);
}

TEST(MappingCheck, OnePathIsWrittenByOneRule) {
  EXPECT_EQ(rules_broken(check(*lead("  topic: T\n  number: { path: T, direction: read }\n"))), "");
  EXPECT_EQ(rules_broken(check(*lead("  topic: T\n  time_frame: T\n"))),
            "time_frame:written_twice(direction: read)\n");
}

TEST(MappingCheck, ComparesNamesTypesLengthsAndCodesWithTheMetadata) {
  ObjectFacts lead_facts;
  lead_facts.properties = {
      {"Id", {.type = "id"}},
      {"Name", {.type = "string", .max_length = 121, .creatable = false, .updatable = false}},
      {"Company", {.type = "string", .max_length = 255}},
      {"Title", {.type = "string", .max_length = 20}},
      {"Status", {.type = "picklist", .max_length = 255, .values = {"Open", "Closed"}}},
      {"Score__c", {.type = "string"}},
      {"IsHot", {.type = "boolean"}}};
  lead_facts.navigations = {{"Owner", "User"}};
  ObjectFacts user;
  user.properties = {{"Alias", {.type = "string"}}};
  const MetadataLookup lookup = [&](std::string_view object) -> const ObjectFacts* {
    if (object == "Lead") return &lead_facts;
    return object == "User" ? &user : nullptr;
  };
  const auto mapping = lead(R"(
  topic: Name
  company.name: Compny
  contact.job_title: Title
  status: { path: Status, codes: { captured: Opne, lost: Closed } }
  score: Score__c
  number: { path: Owner.Alias, direction: read }
  time_frame: { path: Owner.Nick, direction: read }
  rating: { path: IsHot, codes: { hot: "true", cold: "false" } }
)");
  EXPECT_EQ(rules_broken(check(*mapping, lookup)),
            "topic:not_writable(direction: read)\n"
            "topic:truncation(lossy: \"why this is acceptable\")\n"
            "company.name:unknown_property(Company)\n"
            "contact.job_title:truncation(lossy: \"why this is acceptable\")\n"
            "status:unknown_value(Open)\n"
            "score:wrong_type(as: …, or codes: …)\n"
            "time_frame:unknown_property\n");
}

TEST(MappingCheck, AColumnOfWhichNothingIsSaidMayBeMissing) {
  ObjectFacts columns;
  columns.properties = {{"Id", {.type = "text"}}, {"Titel", {.type = "text"}}};
  const MetadataLookup lookup = [&](std::string_view) { return &columns; };
  const std::string text =
      "system: a\nobject: l\nentity: lead\nid: Id\nformat: csv\n"
      "fields: { topic: Title }\n";
  EXPECT_EQ(rules_broken(check(*mapping_of(text), lookup)), "topic:unknown_property(Titel)\n");
  EXPECT_EQ(rules_broken(check(*mapping_of(text + "absent: unchanged\n"), lookup)),
            "topic:missing_column(Titel)\n");
}

TEST(MappingCheck, NamesDecimalsThatTheSystemDoesNotKeep) {
  ObjectFacts facts;
  facts.properties = {{"Id", {}},
                      {"Whole", {.type = "currency", .scale = 0}},
                      {"Money", {.type = "currency", .scale = 2}},
                      {"Code", {.type = "string"}}};
  const MetadataLookup lookup = [&](std::string_view) { return &facts; };
  const auto broken = [&](const std::string& amount) {
    return rules_broken(check(
        *lead("  budget.amount: " + amount + "\n  budget.currency: { const: EUR }\n"), lookup));
  };
  EXPECT_EQ(broken("Whole"), "budget.amount:precision(lossy: \"why this is acceptable\")\n");
  EXPECT_EQ(broken("{ path: Whole, scale: 2, lossy: x }"), "budget.amount:scale(scale: 0)\n");
  EXPECT_EQ(broken("{ path: Money, scale: 2, lossy: x }"), "");
}

TEST(MappingCheck, NamesUnknownObjectsNavigationsAndKeys) {
  ObjectFacts root;
  root.properties = {{"Key", {}}, {"N", {}}};
  root.navigations = {{"to_Address", "A_Address"}};
  const MetadataLookup lookup = [&](std::string_view object) {
    return object == "BP" ? &root : nullptr;
  };
  const auto mapping = mapping_of(R"(
system: s
object: BP
entity: partner
id: Kee
reference_key: Numer
touch: [A_Gone]
fields: { website: N }
children: { addresses: { object: A_Adress, navigation: to_Adress, id: I, fields: { city: C } } }
)");
  const auto text = rules_broken(check(*mapping, lookup));
  EXPECT_NE(text.find("id:unknown_property(Key)"), std::string::npos) << text;
  EXPECT_NE(text.find("reference_key:unknown_property"), std::string::npos) << text;
  EXPECT_NE(text.find("touch:unknown_object"), std::string::npos) << text;
  EXPECT_NE(text.find("children.addresses:unknown_navigation(to_Address)"), std::string::npos)
      << text;
  EXPECT_NE(text.find("children.addresses:unknown_object"), std::string::npos) << text;
}

}  // namespace
}  // namespace channelbridge::mapping

// What an integrator writes to add an entity: one struct and one description. Everything else works
// on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/model/difference.hpp"
#include "channelbridge/model/json.hpp"
#include "channelbridge/model/record.hpp"
#include "channelbridge/model/transition.hpp"
#include "channelbridge/model/validate.hpp"

namespace dealer {

using namespace channelbridge::model;  // NOLINT

struct ShowroomVisit {
  struct Guest {
    std::optional<std::string> name{};
    std::optional<Phone> phone{};
    bool operator==(const Guest&) const = default;
  };
  std::optional<std::string> subject{};
  std::optional<Date> day{};
  std::optional<bool> bought{};
  Money spent{};
  std::optional<Percent> discount{};
  std::optional<Reference> dealer{};
  std::vector<Element<Guest>> guests{};
  std::optional<Code> state{};
  CustomFields custom{};
  bool operator==(const ShowroomVisit&) const = default;
};

constexpr auto kGuest = rows<ShowroomVisit::Guest>(
    field<&ShowroomVisit::Guest::name>("name", {.required = true, .max_length = 20}),
    field<&ShowroomVisit::Guest::phone>("phone", {.personal = true}));

constexpr auto kVisit = rows<ShowroomVisit>(
    field<&ShowroomVisit::subject>("subject", {.required = true, .max_length = 10}),
    field<&ShowroomVisit::day>("day"), field<&ShowroomVisit::bought>("bought"),
    group<&ShowroomVisit::spent>("spent", kMoneyRows), field<&ShowroomVisit::discount>("discount"),
    field<&ShowroomVisit::dealer>("dealer", {.refers_to = "partner"}),
    list<&ShowroomVisit::guests>("guests", kGuest, {.keys = "name"}),
    field<&ShowroomVisit::state>("state"), custom<&ShowroomVisit::custom>());

constexpr Transition kTransitions[] = {{"planned", "done", Actor::PartnerEmployee}};
constexpr StateMachine kStates{"state", "planned", kTransitions};
constexpr EntityDescription kDescription =
    entity<ShowroomVisit>("showroom_visit", kVisit, {.states = &kStates});

const EntityDescription& description(std::type_identity<ShowroomVisit>) { return kDescription; }

// A member without a row does not compile: rows<T>() counts them.
struct Grown : ShowroomVisit::Guest {
  std::optional<std::string> badge{};
};
static_assert(channelbridge::model::detail::HasMembers<ShowroomVisit, 9>);
static_assert(!channelbridge::model::detail::HasMembers<ShowroomVisit, 8>);
static_assert(!channelbridge::model::detail::HasMembers<ShowroomVisit, 10>);
static_assert(channelbridge::model::detail::HasMembers<Grown, 2>);

ShowroomVisit visit() {
  ShowroomVisit visit;
  visit.subject = "Demo";
  visit.day = Date::parse("2026-11-21");
  visit.bought = true;
  visit.spent = {.amount = Decimal(129950, 2), .currency = Currency::parse("SEK")};
  visit.discount = Percent{Decimal(125, 1)};
  visit.dealer = "pending:crm/Account/001";
  visit.guests.push_back({{.name = "Åsa", .phone = Phone::parse("+46 8 123 456")}, "018f"});
  visit.state = "planned";
  visit.custom["table"] = "7";
  return visit;
}

TEST(OwnEntity, FlattensAndComesBack) {
  const Fields fields = to_fields(visit());
  const Fields expected{{"subject", "Demo"},
                        {"day", "2026-11-21"},
                        {"bought", "true"},
                        {"spent.amount", "1299.5"},
                        {"spent.currency", "SEK"},
                        {"discount", "12.5"},
                        {"dealer", "pending:crm/Account/001"},
                        {"guests[018f].name", "Åsa"},
                        {"guests[018f].phone", "+468123456"},
                        {"state", "planned"},
                        {"custom.table", "7"}};
  EXPECT_EQ(fields, expected);
  EXPECT_EQ(*from_fields<ShowroomVisit>(fields), visit());
}

TEST(OwnEntity, HasJsonSchemaValidationStatesAndRegistry) {
  EntityRegistry registry = EntityRegistry::built_in();
  const std::vector<CustomField> custom{{.name = "table", .type = FieldType::Integer}};
  registry.add(*entity_type(kDescription)->with_custom(custom));
  const auto type = registry.find("showroom_visit");
  ASSERT_NE(type, nullptr);

  Fields fields = to_fields(visit());
  EXPECT_TRUE(validate(*type, fields));
  const std::string json = to_json(*type, fields);
  EXPECT_EQ(json,
            R"({"subject":"Demo","day":"2026-11-21","bought":true,"spent":{"amount":"1299.5",)"
            R"("currency":"SEK"},"discount":"12.5","dealer":"pending:crm/Account/001",)"
            R"("guests":[{"id":"018f","name":"Åsa","phone":"+468123456"}],"state":"planned",)"
            R"("custom":{"table":7}})");
  EXPECT_EQ(*from_json(*type, json), fields);
  EXPECT_NE(json_schema(*type).find("\"x-refers-to\": \"partner\""), std::string::npos);

  const auto random = channelbridge::seeded_random(1);
  EXPECT_TRUE(move_to(*type, fields, "done", {.actor = Actor::PartnerEmployee}, *random));
  EXPECT_EQ(get(fields, "state"), "done");
  EXPECT_EQ(difference(to_fields(visit()), fields),
            (std::vector<Change>{{.path = "state", .before = "planned", .after = "done"}}));
}

TEST(OwnEntity, LivesInARecord) {
  Record record("018f", visit());
  Record copy = record;
  copy.as<ShowroomVisit>()->subject = "Other";
  EXPECT_EQ(record.as<ShowroomVisit>()->subject, "Demo");
  EXPECT_FALSE(record == copy);
  copy = record;
  EXPECT_TRUE(record == copy);
  const auto made = Record::make("0190", kDescription, record.fields());
  ASSERT_TRUE(made);
  EXPECT_TRUE(*made == record);  // the id is outside equality
}

}  // namespace dealer

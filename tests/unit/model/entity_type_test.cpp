#include "channelbridge/model/entity_type.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EntityRegistry, KnowsTheBuiltInEntities) {
  const auto registry = EntityRegistry::built_in();
  EXPECT_THAT(
      registry.names(),
      ElementsAre("availability", "budget", "business_plan", "certification", "claim", "commission",
                  "contract", "deal_registration", "discount_agreement", "fund", "fund_request",
                  "fund_statement", "incentive", "inventory_position", "invoice", "lead",
                  "lead_assignment", "marketing_activity", "opportunity", "order", "partner",
                  "partner_contact", "partner_program", "partner_recruitment", "price_book",
                  "price_book_entry", "product", "program_tier", "quote", "renewal",
                  "sell_through_report", "service_case", "settlement", "subscription",
                  "territory"));
  EXPECT_EQ(registry.find("visit"), nullptr);
}

TEST(EntityType, FindsRecordPatchAndRowPaths) {
  const auto partner = type("partner");
  const FieldInfo* city = partner->find("addresses[].city");
  ASSERT_NE(city, nullptr);
  EXPECT_EQ(partner->find("addresses[018f].city"), city);
  EXPECT_EQ(partner->find("addresses[@7].city"), city);
  EXPECT_EQ(partner->find("addresses[@a.b[1]].city"), city);
  EXPECT_EQ(partner->find("addresses.city"), nullptr);
  EXPECT_NE(partner->find("programs[x].valid.start"), nullptr);
  EXPECT_NE(partner->find("onboarding.checklist[x].done"), nullptr);
  EXPECT_THAT(partner->find_list("identifiers")->keys, ElementsAre("scheme"));
  EXPECT_EQ(partner->find_list("identifier"), nullptr);
}

TEST(EntityType, NamesTheValueGroupOfEveryPath) {
  const auto lead = type("lead");
  EXPECT_EQ(lead->group_of("estimated_value.currency"), "estimated_value");
  EXPECT_EQ(lead->group_of("address.geo.latitude"), "address");
  EXPECT_EQ(lead->group_of("contact.first_name"), "contact.name");
  EXPECT_EQ(lead->group_of("contact.email"), "contact.email");
  EXPECT_EQ(lead->group_of("company.name"), "company.name");
  EXPECT_EQ(lead->group_of("product_interest[018f].quantity.unit"), "product_interest[018f]");
  EXPECT_EQ(lead->group_of("custom.region"), "custom.region");
}

TEST(EntityType, CarriesWhatTheDescriptionSays) {
  const auto lead = type("lead");
  EXPECT_TRUE(lead->find("number")->required);
  EXPECT_TRUE(lead->find("contact.email")->personal);
  EXPECT_TRUE(lead->find("state_history[].to")->read_only);
  EXPECT_EQ(lead->find("assigned_partner")->refers_to, "partner");
  EXPECT_EQ(lead->find("status")->codes->name, "lead_status");
  EXPECT_EQ(lead->find("estimated_value.amount")->scale, 4);
  EXPECT_EQ(lead->find("topic")->max_length, 255U);
}

TEST(EntityType, SuggestsTheNearestPath) {
  const auto lead = type("lead");
  EXPECT_EQ(lead->nearest("topik"), "topic");
  EXPECT_EQ(lead->nearest("compnay.name"), "company.name");
  EXPECT_EQ(lead->nearest("last_name"), "contact.last_name");
  EXPECT_EQ(type("partner")->nearest("addresses[1].ctiy"), "addresses[].city");
  EXPECT_EQ(lead->nearest("xyzzy_plugh_quux"), "");
  EXPECT_EQ(lead->nearest(std::string(100000, 'a')), "");
}

TEST(EntityType, TakesCustomFieldsWithTypeAndReportsAllBadOnes) {
  const std::vector<CustomField> good{{.name = "sales_region", .max_length = 40},
                                      {.name = "bonus", .type = FieldType::Percent}};
  const auto lead = type("lead")->with_custom(good);
  ASSERT_TRUE(lead);
  EXPECT_EQ((*lead)->find("custom.sales_region")->max_length, 40U);
  EXPECT_EQ((*lead)->find("custom.bonus")->type, FieldType::Percent);
  EXPECT_EQ((*lead)->find("custom.other"), nullptr);
  EXPECT_EQ(type("lead")->find("custom.bonus"), nullptr);

  const std::vector<CustomField> bad{
      {.name = "Region"}, {.name = ""}, {.name = "a"}, {.name = "a"}};
  const auto refused = type("lead")->with_custom(bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().problems().size(), 3U);
}

TEST(StateMachine, ListsWhatIsAllowedAndReplaysForeignJumps) {
  const StateMachine& states = *type("lead")->states();
  EXPECT_EQ(states.initial, "captured");
  EXPECT_TRUE(states.allows("dispatched", "accepted"));
  EXPECT_FALSE(states.allows("captured", "qualified"));
  EXPECT_THAT(states.shortest_path("captured", "qualified"),
              ElementsAre("validated", "dispatched", "accepted", "qualified"));
  EXPECT_THAT(states.shortest_path("converted", "captured"), IsEmpty());
  EXPECT_THAT(states.shortest_path("nowhere", "captured"), IsEmpty());
  EXPECT_TRUE(states.find("dispatched", "accepted")->who.contains(Actor::PartnerManager));
  EXPECT_FALSE(states.find("dispatched", "accepted")->who.contains(Actor::Customer));
  EXPECT_EQ(states.find("accepted", "lost")->reason, "lost_reason");
}

TEST(StateMachine, EveryStateIsACodeOfItsField) {
  const auto registry = EntityRegistry::built_in();
  for (const auto& name : registry.names()) {
    const auto entity = registry.find(name);
    if (entity->states() == nullptr) continue;
    const StateMachine& states = *entity->states();
    const CodeSet& codes = *entity->find(states.field)->codes;
    EXPECT_TRUE(codes.contains(states.initial));
    for (const Transition& transition : states.transitions) {
      EXPECT_TRUE(codes.contains(transition.from)) << name << " " << transition.from;
      EXPECT_TRUE(codes.contains(transition.to)) << name << " " << transition.to;
      EXPECT_NE(transition.who.bits, 0);
    }
    for (const std::string_view code : codes.codes) {
      EXPECT_TRUE(code == states.initial || !states.shortest_path(states.initial, code).empty())
          << name << " " << code;
    }
  }
}

TEST(EntityType, EveryReferencedRuleAndKeyFieldExists) {
  const auto registry = EntityRegistry::built_in();
  for (const auto& name : registry.names()) {
    const auto entity = registry.find(name);
    for (const ListInfo& list : entity->lists()) {
      EXPECT_FALSE(list.keys.empty()) << list.path;
      for (const std::string& key : list.keys) {
        EXPECT_NE(entity->find(list.path + "[]." + key), nullptr) << list.path << " " << key;
      }
    }
    for (const Requirement& requirement : entity->rules().requirements) {
      for (const std::string_view path : requirement.any_of) EXPECT_NE(entity->find(path), nullptr);
    }
    for (const std::string_view path : entity->rules().acyclic) {
      EXPECT_EQ(entity->find(path)->refers_to, name);
    }
  }
}

}  // namespace
}  // namespace channelbridge::model

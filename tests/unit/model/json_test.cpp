#include "channelbridge/model/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "channelbridge/model/record.hpp"
#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> problems(const EntityType& entity, std::string_view text) {
  std::vector<std::string> seen;
  const auto fields = from_json(entity, text);
  if (fields) return seen;
  for (const Problem& problem : fields.error().problems())
    seen.push_back(problem.path + " " + problem.rule);
  return seen;
}

TEST(Json, ReadsLikeAGlossary) {
  EXPECT_EQ(
      to_json(*type("lead"), to_fields(lead_sample())),
      R"({"number":"L-1","topic":"CNC machine","company":{"name":"Exempel Verkstad AB"},)"
      R"("contact":{"first_name":"Åsa","last_name":"Öberg","email":"asa@example.se",)"
      R"("phone":"+46812345678"},"address":{"line1":"Storgatan 1","city":"Lund","country":"SE"},)"
      R"("source":"web_form","product_interest":[{"id":"018f","no":10,)"
      R"("product":"pending:erp/Product/4711","quantity":{"value":"2","unit":"H87"}}],)"
      R"("estimated_value":{"amount":"50000.5","currency":"SEK"},"score":70,)"
      R"("status":"captured"})");
}

TEST(Json, RoundTripsEveryFieldOfEveryEntity) {
  const auto registry = EntityRegistry::built_in();
  for (const auto& name : registry.names()) {
    const auto entity = registry.find(name);
    const Fields fields = every_field(*entity);
    const auto back = from_json(*entity, to_json(*entity, fields, 2));
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(*back, fields);
  }
}

TEST(Json, TakesNumbersFromTheirText) {
  const auto fields = from_json(
      *type("lead"), R"({"budget":{"amount":100000000000000.10,"currency":"EUR"},"score":5.0})");
  ASSERT_TRUE(fields) << fields.error();
  EXPECT_EQ(get(*fields, "budget.amount"), "100000000000000.1");
  EXPECT_EQ(get(*fields, "score"), "5");
}

TEST(Json, NullIsEmptyAndNewElementsHaveAPosition) {
  const auto fields = from_json(
      *type("partner"),
      R"({"name":null,"phones":null,"onboarding":null,"addresses":[{"kind":"legal","city":"Lund"},{"id":"7","city":"Kiel"}]})");
  ASSERT_TRUE(fields) << fields.error();
  EXPECT_EQ(*fields, (Fields{{"addresses[7].city", "Kiel"},
                             {"addresses[@1].city", "Lund"},
                             {"addresses[@1].kind", "legal"}}));
}

TEST(Json, ReportsEveryProblemWithItsPath) {
  EXPECT_THAT(
      problems(*type("lead"),
               R"({"topik":"a","topic":5,"topic":"b","company":"c","company.name":"d",)"
               R"("contact":{"email":"nobody","age":1},"status":"Captured","score":true,)"
               R"("product_interest":[5,{"id":"1","no":"x"},{"id":"1","no":1},{"id":""}],)"
               R"("consents":{},"custom":{"a":1}})"),
      ElementsAre("topik unknown_field", "topic kind", "topic duplicate_key", "company kind",
                  "company.name unknown_field", "contact.email value", "contact.age unknown_field",
                  "status value", "score kind", "product_interest[@1] kind",
                  "product_interest[1].no value", "product_interest[@4].id value", "consents kind",
                  "custom unknown_field"));
  const auto refused = from_json(*type("lead"), R"({"topik":"a"})");
  EXPECT_EQ(refused.error().problems().front().suggestion, "topic");
}

TEST(Json, RefusesWhatIsNotARecord) {
  for (const auto* text : {"", "[]", "5", "{", "{\"topic\":}", "{\"score\":1e400}",
                           "{\"topic\":\"\xFF\"}", "{} {}", "{\"topic\":\"s3cret\" 5}"}) {
    const auto refused = from_json(*type("lead"), text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(to_string(refused.error()).find("s3cret"), std::string::npos);
  }
  std::string wide = "{";
  for (int i = 0; i < 100000; ++i) wide += "\"k" + std::to_string(i) + "\":1,";
  wide.back() = '}';
  EXPECT_EQ(from_json(*type("lead"), wide).error().problems().size(), 1000U);
  const std::string deep = std::string(100000, '[');
  EXPECT_FALSE(from_json(*type("lead"), "{\"topic\":" + deep));
}

TEST(JsonSchema, DescribesEveryFieldOfEveryEntity) {
  const auto registry = EntityRegistry::built_in();
  for (const auto& name : registry.names()) {
    const auto entity = registry.find(name);
    const auto schema = nlohmann::json::parse(json_schema(*entity));
    EXPECT_EQ(schema["title"], name);
    for (const FieldInfo& field : entity->fields()) {
      std::string pointer = "/properties/";
      for (const char c : field.path) {
        if (c == '.') {
          pointer += "/properties/";
        } else if (c == '[') {
          pointer += "/items";
        } else if (c != ']') {
          pointer += c;
        }
      }
      ASSERT_TRUE(schema.contains(nlohmann::json::json_pointer(pointer))) << pointer;
      EXPECT_EQ(schema[nlohmann::json::json_pointer(pointer)]["x-type"], to_string(field.type));
    }
  }
}

}  // namespace
}  // namespace channelbridge::model

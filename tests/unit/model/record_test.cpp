#include "channelbridge/model/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "all_entities.hpp"
#include "channelbridge/model/difference.hpp"
#include "samples.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;

TEST(Record, KnowsWhatItIs) {
  Record record("018f", lead_sample());
  EXPECT_EQ(record.entity().name, "lead");
  ASSERT_NE(record.as<Lead>(), nullptr);
  EXPECT_EQ(record.as<Partner>(), nullptr);
  record.as<Lead>()->topic = "Changed";
  EXPECT_EQ(get(record.fields(), "topic"), "Changed");
}

TEST(Record, EveryFieldOfEveryEntitySurvivesTheStruct) {
  const auto registry = EntityRegistry::built_in();
  ASSERT_EQ(all_descriptions().size(), registry.names().size());
  for (const EntityDescription* description : all_descriptions()) {
    const auto type = registry.find(description->name);
    const Fields fields = every_field(*type);
    EXPECT_EQ(fields.size(), type->fields().size());
    const auto record = Record::make("018f", *description, fields);
    ASSERT_TRUE(record) << record.error();
    EXPECT_EQ(record->fields(), fields);
  }
}

TEST(Record, RefusesWhatDoesNotFitWithEveryProblem) {
  const auto refused = from_fields<Lead>({{"topic", "x"},
                                          {"topik", "x"},
                                          {"score", "many"},
                                          {"budget", "5"},
                                          {"product_interest[1]", "x"},
                                          {"product_interest[1].nr", "x"},
                                          {"contact.email", "nobody"}});
  ASSERT_FALSE(refused);
  std::vector<std::string> seen;
  for (const Problem& problem : refused.error().problems())
    seen.push_back(problem.path + " " + problem.rule);
  EXPECT_THAT(
      seen, ElementsAre("budget unknown_field", "contact.email value",
                        "product_interest[1] unknown_field", "product_interest[1].nr unknown_field",
                        "score value", "topik unknown_field"));
}

TEST(Record, AddressesANewElementByItsPosition) {
  Partner partner;
  partner.addresses.push_back({{{.city = "Lund"}, "legal"}, ""});
  EXPECT_EQ(to_fields(partner),
            (Fields{{"addresses[@1].city", "Lund"}, {"addresses[@1].kind", "legal"}}));
}

TEST(Difference, IsEmptyExactlyForEqualContent) {
  const Fields fields = to_fields(lead_sample());
  EXPECT_TRUE(difference(fields, fields).empty());
  Fields other = fields;
  set(other, "topic", std::nullopt);
  set(other, "rating", "hot");
  set(other, "aaa", "new");
  EXPECT_EQ(difference(fields, other).size(), 3U);
  EXPECT_EQ(difference(fields, other).front().path, "aaa");
  EXPECT_EQ(difference(fields, other).front().before, std::nullopt);
  EXPECT_NE(hash(fields), hash(other));
}

TEST(Hash, IsStableAndSeesEveryBoundary) {
  EXPECT_EQ(hash({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash({{"topic", "CRM"}}), hash({{"topic", "CRM"}}));
  EXPECT_NE(hash({{"a", "bc"}}), hash({{"ab", "c"}}));
  EXPECT_NE(hash({{"a", ""}, {"b", "c"}}), hash({{"a", "b"}, {"", "c"}}));
}

}  // namespace
}  // namespace channelbridge::model

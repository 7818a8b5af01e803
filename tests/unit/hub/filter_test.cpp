#include "channelbridge/hub/filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace channelbridge::hub {
namespace {

const model::EntityType& lead() {
  static const auto type = model::EntityRegistry::built_in().find("lead");
  return *type;
}

bool passes(const std::string& text, const model::Fields& fields) {
  const auto filter = Filter::parse(text, lead());
  EXPECT_TRUE(filter) << (filter ? "" : to_string(filter.error()));
  return filter && filter->passes(fields);
}

TEST(Filter, ComparesTextsCodesAndNumbersByTheirTypes) {
  EXPECT_TRUE(passes("address.country = SE and status in (dispatched, accepted)",
                     {{"address.country", "SE"}, {"status", "accepted"}}));
  EXPECT_FALSE(passes("address.country = SE and status in (dispatched, accepted)",
                      {{"address.country", "PL"}, {"status", "accepted"}}));
  EXPECT_TRUE(passes("estimated_value.amount >= 1000", {{"estimated_value.amount", "1000"}}));
  EXPECT_TRUE(passes("estimated_value.amount < 1000.5", {{"estimated_value.amount", "999.99"}}));
  EXPECT_FALSE(passes("estimated_value.amount < 100", {{"estimated_value.amount", "99999"}}));
  EXPECT_TRUE(passes("estimated_value.amount < 0", {{"estimated_value.amount", "-3.5"}}));
}

TEST(Filter, AnEmptyFieldPassesOnlyIsEmptyAndNotEqual) {
  EXPECT_TRUE(passes("topic is empty", {}));
  EXPECT_FALSE(passes("topic = x", {}));
  EXPECT_TRUE(passes("topic != x", {}));
  EXPECT_TRUE(passes("not (topic = x or topic = y)", {}));
}

TEST(Filter, OneElementThatPassesIsEnough) {
  const auto partner = model::EntityRegistry::built_in().find("partner");
  const auto filter = Filter::parse("addresses[].country = SE", *partner);
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->passes({{"addresses[1].country", "PL"}, {"addresses[2].country", "SE"}}));
  EXPECT_FALSE(filter->passes({{"addresses[1].country", "PL"}}));
}

TEST(Filter, CodesAreBroughtToTheirCanonicalForm) {
  EXPECT_TRUE(passes("address.country = DEU", {{"address.country", "DE"}}));
}

TEST(Filter, EveryMistakeIsNamedWithItsColumn) {
  const auto filter = Filter::parse("statsu = x and topic ~ y", lead());
  ASSERT_FALSE(filter);
  ASSERT_GE(filter.error().problems().size(), 2U);
  EXPECT_EQ(filter.error().problems()[0].path, "column 1");
  EXPECT_EQ(filter.error().problems()[0].suggestion, "status");
}

TEST(Filter, NestingIsBounded) {
  for (const std::string opener : {"(", "not ", "not ("}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += opener;
    const auto filter = Filter::parse(text + "topic = x", lead());
    ASSERT_FALSE(filter);
    EXPECT_THAT(filter.error().problems().front().message, testing::HasSubstr("too deeply"));
  }
  EXPECT_TRUE(passes(std::string(90, '(') + "topic = x" + std::string(90, ')'), {{"topic", "x"}}));
}

TEST(Filter, WithoutTextPassesEverything) {
  EXPECT_TRUE(passes("", {}));
  EXPECT_TRUE(Filter().passes({{"topic", "x"}}));
}

}  // namespace
}  // namespace channelbridge::hub

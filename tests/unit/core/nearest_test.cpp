#include "channelbridge/core/nearest.hpp"

#include <gtest/gtest.h>

namespace channelbridge {
namespace {

TEST(NearestWord, FindsWhatWasProbablyMeant) {
  const std::vector<std::string> known{"mapping", "system", "direction", "filter"};
  EXPECT_EQ(nearest_word("maping", known), "mapping");
  EXPECT_EQ(nearest_word("ssytem", known), "system");
  EXPECT_EQ(nearest_word("direktion", known), "direction");
  EXPECT_EQ(nearest_word("credential", known), "");
  EXPECT_EQ(nearest_word("", known), "");
  EXPECT_EQ(nearest_word("x", {}), "");
  EXPECT_EQ(nearest_word(std::string(1'000'000, 'x'), known), "");
}

}  // namespace
}  // namespace channelbridge

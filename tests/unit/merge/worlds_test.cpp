#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "world.hpp"

namespace world {
namespace {

std::uint64_t number(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

/// CHANNELBRIDGE_WORLDS worlds from seed CHANNELBRIDGE_WORLD_SEED on.
TEST(RandomWorlds, KeepEveryPromise) {
  const std::uint64_t worlds = number("CHANNELBRIDGE_WORLDS", 6000);
  const std::uint64_t first = number("CHANNELBRIDGE_WORLD_SEED", 1);
  int broken = 0;
  int rewrites = 0;
  for (std::uint64_t seed = first; seed < first + worlds && broken < 3; ++seed) {
    const Config config = random_world(seed);
    const World world = play(config);
    rewrites += world.count("normalised");
    if (world.breaches().empty()) continue;
    ++broken;
    ADD_FAILURE() << "seed " << seed << "\n" << describe(shrink(config));
  }
  EXPECT_TRUE(worlds < 1000 || rewrites > 0) << "the worlds do not reach normalised values";
}

}  // namespace
}  // namespace world

#include "channelbridge/core/random.hpp"

#include <gtest/gtest.h>

#include <set>

namespace channelbridge {
namespace {

TEST(Random, SameSeedGivesTheSameSequence) {
  const auto a = seeded_random(7);
  const auto b = seeded_random(7);
  const auto c = seeded_random(8);
  const auto first = a->next();
  EXPECT_EQ(first, b->next());
  EXPECT_NE(first, c->next());
  EXPECT_NE(system_random()->next(), system_random()->next());
}

TEST(Uuid7, HasTimeVersionAndVariantInTheirPlaces) {
  // The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z.
  class Fixed final : public Random {
   public:
    std::uint64_t next() override {
      return first_ ? (first_ = false, 0xCC3ULL) : 0x18C4DC0C0C07398FULL;
    }
    bool first_ = true;
  } random;
  EXPECT_EQ(make_uuid7(parse_iso8601("2022-02-22T19:22:22Z").value(), random),
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(Uuid7, SortsByTimeAndDoesNotRepeat) {
  const auto random = seeded_random(1);
  std::set<std::string> ids;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const auto id =
        make_uuid7(Timestamp(std::chrono::milliseconds(1'700'000'000'000 + i)), *random);
    EXPECT_LT(last, id);
    ids.insert(last = id);
  }
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace channelbridge

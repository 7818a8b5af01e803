#include "channelbridge/core/context.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "channelbridge/testing/fakes.hpp"

namespace channelbridge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Context, KeepsTheEarlierDeadline) {
  const auto clock = std::make_shared<testing::ManualClock>();
  const Context context = Context(clock, {}).with_timeout(seconds(10)).with_timeout(seconds(60));
  EXPECT_EQ(context.remaining(seconds(99)), seconds(10));
  clock->advance(seconds(11));
  EXPECT_EQ(context.remaining(seconds(99)), seconds(0));
  EXPECT_EQ(context.check().error().code(), ErrorCode::Timeout);
  EXPECT_EQ(Context(clock, {}).remaining(seconds(99)), seconds(99));
  EXPECT_FALSE(Context(clock, {}).with_timeout(milliseconds::max()).deadline());
}

TEST(Context, NeverSleepsPastTheDeadline) {
  const auto clock = std::make_shared<testing::ManualClock>();
  const Context context = Context(clock, {}).with_timeout(seconds(10));
  EXPECT_TRUE(context.sleep(seconds(4)));
  EXPECT_EQ(context.sleep(seconds(7)).error().code(), ErrorCode::Timeout);
  EXPECT_EQ(clock->sleeps(), std::vector<milliseconds>{seconds(4)});
}

TEST(Context, StopWakesASleeper) {
  std::stop_source source;
  const Context context = Context().with_stop(source.get_token());
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(20));
    source.request_stop();
  });
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(context.sleep(seconds(60)).error().code(), ErrorCode::Cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(30));
  EXPECT_EQ(context.check().error().code(), ErrorCode::Cancelled);
}

TEST(Clock, SleepsItsWholeTime) {
  const auto clock = system_clock();
  const auto wake = clock->steady_now() + milliseconds(10);
  EXPECT_TRUE(clock->sleep_until(wake, {}));
  EXPECT_GE(clock->steady_now(), wake);
}

}  // namespace
}  // namespace channelbridge

#include "channelbridge/core/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>

namespace channelbridge {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<Secret>);
static_assert(!std::convertible_to<Secret, std::string>);

TEST(Secret, IsSeenOnlyByAsking) {
  Secret secret("s3cret");
  EXPECT_EQ(secret.reveal(), "s3cret");
  const Secret copy = secret;
  EXPECT_EQ(copy.reveal(), "s3cret");
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  Secret from("short");  // short enough to live inside the string object
  const char* bytes = from.reveal().data();
  const Secret to = std::move(from);
  EXPECT_EQ(to.reveal(), "short");
  EXPECT_EQ(std::string(bytes, 5), std::string(5, '\0'));
}

TEST(Secret, ReplacesAndSurvivesSelfAssignment) {
  Secret secret("one");
  secret = Secret("two");
  const Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), "two");
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace channelbridge

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/http/pipeline.hpp"
#include "scripted_transport.hpp"

namespace channelbridge::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Result<Response> post_answered_with(int status, const std::string& location) {
  const auto transport = std::make_shared<ScriptedTransport>();
  transport->then(status, {{"Location", location}});
  Pipeline pipeline(transport, {.system = "erp"});
  auto answer = pipeline.send({.method = "POST", .operation = "write lead"}, Context());
  EXPECT_EQ(transport->seen().size(), 1U) << "it is not followed";
  return answer;
}

TEST(Redirects, AreErrorsThatNameTheOtherHostAndNoMore) {
  for (const int status : {301, 302, 303, 307, 308}) {
    const auto answer = post_answered_with(status, "https://idp.example:8443/logon?secret=s");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
    EXPECT_EQ(answer.error().http_status(), status);
    EXPECT_THAT(answer.error().message(), HasSubstr("https://idp.example:8443"));
    EXPECT_THAT(to_string(answer.error()), Not(HasSubstr("secret")));
  }
  EXPECT_THAT(post_answered_with(302, "/logon?secret=s").error().message(),
              Not(HasSubstr("logon")));
}

TEST(Redirects, OnlyThoseThatAskForTheSameRequestProveThatNothingWasDone) {
  EXPECT_EQ(post_answered_with(307, "/").error().sent(), Sent::No);
  EXPECT_EQ(post_answered_with(308, "/").error().sent(), Sent::No);
  EXPECT_EQ(post_answered_with(302, "/").error().sent(), Sent::Answered);
  EXPECT_EQ(post_answered_with(303, "/").error().sent(), Sent::Answered);
}

TEST(Redirects, AreNoOtherAnswersOfTheirHundred) {
  EXPECT_TRUE(post_answered_with(300, "/"));
  EXPECT_TRUE(post_answered_with(304, "/"));
}

}  // namespace
}  // namespace channelbridge::http

#include "channelbridge/core/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace channelbridge {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string captured(LogLevel lowest, bool json, LogLevel level) {
  ::testing::internal::CaptureStderr();
  stderr_log(lowest, json)
      ->write(level, "page merged", {{"spoke", "crm-leads"}, {"note", "two words\n\"x\""}});
  return ::testing::internal::GetCapturedStderr();
}

TEST(StderrLog, WritesOneLineOfNamedValues) {
  EXPECT_THAT(captured(LogLevel::Info, false, LogLevel::Warning),
              HasSubstr("warning page merged spoke=crm-leads note=\"two words\\n\\\"x\\\"\"\n"));
}

TEST(StderrLog, WritesJsonObjects) {
  const std::string line = captured(LogLevel::Info, true, LogLevel::Error);
  EXPECT_THAT(line, StartsWith("{\"time\":\"20"));
  EXPECT_THAT(line, EndsWith("Z\",\"level\":\"error\",\"event\":\"page merged\","
                             "\"spoke\":\"crm-leads\",\"note\":\"two words\\n\\\"x\\\"\"}\n"));
}

TEST(StderrLog, IsSilentBelowItsLevel) {
  EXPECT_EQ(captured(LogLevel::Warning, false, LogLevel::Info), "");
  EXPECT_FALSE(stderr_log(LogLevel::Warning)->enabled(LogLevel::Info));
  EXPECT_FALSE(no_log()->enabled(LogLevel::Error));
}

}  // namespace
}  // namespace channelbridge

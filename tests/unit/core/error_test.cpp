#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "channelbridge/core/result.hpp"

namespace channelbridge {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(Error, PrintsWhereWhatAndWhatTheOtherSideSaid) {
  const Error error = Error(ErrorCode::Timeout, "no answer within 30 s")
                          .with_system("erp")
                          .with_operation("read A_BusinessPartner")
                          .with_http_status(504)
                          .with_request_id("42");
  EXPECT_EQ(to_string(error),
            "erp: read A_BusinessPartner: timeout: no answer within 30 s [http 504, id 42]");
  std::ostringstream out;
  out << error;
  EXPECT_EQ(out.str(), to_string(error));
}

TEST(Error, PrintsAllProblemsOnePerLine) {
  const Error error =
      Error(ErrorCode::Invalid, "2 problems")
          .with_problems({{.file = "lead.yaml",
                           .line = 12,
                           .path = "fields.topik",
                           .rule = "unknown_key",
                           .message = "no such field",
                           .suggestion = "topic"},
                          {.path = "system", .rule = "missing", .message = "is missing"}});
  EXPECT_EQ(
      to_string(error),
      "invalid: 2 problems\n  lead.yaml:12: fields.topik: no such field (did you mean 'topic'?)"
      "\n  system: is missing");
}

TEST(Error, NamesTheRequestAndSaysNothingTwice) {
  const Error refused = Error(ErrorCode::NotFound, "Not Found")
                            .with_request("GET https://erp.example/odata/$metadata")
                            .with_http_status(404)
                            .with_remote("", "Not Found")
                            .with_problems({{.path = "Name", .message = "is missing"}});
  EXPECT_EQ(to_string(refused),
            "not_found: Not Found [GET https://erp.example/odata/$metadata, http 404]\n"
            "  Name: is missing");
  const Problem problem{.file = "lead.yaml", .line = 37, .path = "topic", .message = "is too long"};
  const Error unmappable =
      Error(ErrorCode::Unmappable, "does not fit: " + to_string(problem)).with_problems({problem});
  EXPECT_EQ(to_string(unmappable), "unmappable: does not fit: lead.yaml:37: topic: is too long");
}

TEST(Error, KeepsEveryFactThatALayerAdded) {
  const Error error = Error(ErrorCode::RateLimited, "slow down")
                          .with_key("00Q1")
                          .with_remote("REQUEST_LIMIT_EXCEEDED", "too many")
                          .with_retry_after(milliseconds(1500))
                          .with_sent(Sent::NoAnswer);
  EXPECT_EQ(error.key(), "00Q1");
  EXPECT_EQ(error.remote_code(), "REQUEST_LIMIT_EXCEEDED");
  EXPECT_EQ(error.remote_message(), "too many");
  EXPECT_EQ(error.retry_after(), milliseconds(1500));
  EXPECT_EQ(error.sent(), Sent::NoAnswer);
  EXPECT_EQ(to_string(error),
            "rate_limited: slow down [key 00Q1, code REQUEST_LIMIT_EXCEEDED, said \"too many\", "
            "retry after 1500 ms, sent but not answered]");
}

TEST(Error, CopyIsChangedTheOriginalIsNot) {
  const Error original(ErrorCode::Internal, "disk full");
  const Error changed = original.with_system("store");
  EXPECT_EQ(original.system(), "");
  EXPECT_EQ(changed.system(), "store");
}

TEST(Error, BoundsTheRemoteMessageWithoutCuttingACharacter) {
  std::string words;
  for (int i = 0; i < 400; ++i) words += "å";
  const Error error = Error(ErrorCode::Rejected, "refused").with_remote("X", "a" + words);
  EXPECT_LT(error.remote_message().size(), 510U);
  EXPECT_THAT(error.remote_message(), HasSubstr("å…"));
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  const Result<int> bad = Error(ErrorCode::NotFound, "no such record");
  EXPECT_EQ(*good, 7);
  EXPECT_EQ(bad.value_or(3), 3);
  EXPECT_EQ(bad.error().code(), ErrorCode::NotFound);
  EXPECT_THROW((void)bad.value(), ErrorException);
  const Result<void> done;
  EXPECT_TRUE(done);
}

TEST(Result, PassesTheErrorThroughAChain) {
  const auto twice = [](int value) -> Result<int> { return value * 2; };
  EXPECT_EQ(*Result<int>(4).and_then(twice), 8);
  EXPECT_EQ(Result<int>(Error(ErrorCode::Conflict, "moved")).and_then(twice).error().message(),
            "moved");
}

}  // namespace
}  // namespace channelbridge

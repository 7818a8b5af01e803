#include "batch_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_service.hpp"

namespace channelbridge::odata {
namespace {

using ::testing::HasSubstr;

http::Response answer(const std::string& file, const std::string& boundary) {
  return {.status = 202,
          .headers = {{"Content-Type", "multipart/mixed; boundary=" + boundary}},
          .body = fixture(file)};
}

TEST(ODataBatch, WritesOneChangeSetPerGroup) {
  const BatchBody batch = write_batch({{{.method = "POST",
                                         .url = "A",
                                         .headers = {{"Content-Type", "application/json"}},
                                         .body = "{}",
                                         .content_id = "1"},
                                        {.method = "PATCH",
                                         .url = "$1",
                                         .headers = {{"If-Match", "*"}},
                                         .body = "{\"a\":1}",
                                         .content_id = "2"}},
                                       {{.method = "DELETE", .url = "B('1')", .content_id = "3"}}},
                                      "u");
  EXPECT_EQ(batch.content_type, "multipart/mixed; boundary=batch_u");
  EXPECT_EQ(batch.body,
            "--batch_u\r\nContent-Type: multipart/mixed; boundary=changeset_u_0\r\n\r\n"
            "--changeset_u_0\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: "
            "binary\r\nContent-ID: 1\r\n\r\n"
            "POST A HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}\r\n"
            "--changeset_u_0\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: "
            "binary\r\nContent-ID: 2\r\n\r\n"
            "PATCH $1 HTTP/1.1\r\nIf-Match: *\r\nContent-Length: 7\r\n\r\n{\"a\":1}\r\n"
            "--changeset_u_0--\r\n"
            "--batch_u\r\nContent-Type: multipart/mixed; boundary=changeset_u_1\r\n\r\n"
            "--changeset_u_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: "
            "binary\r\nContent-ID: 3\r\n\r\n"
            "DELETE B('1') HTTP/1.1\r\n\r\n\r\n"
            "--changeset_u_1--\r\n--batch_u--\r\n");
}

TEST(ODataBatch, ReadsGroupsReadsAndTheErrorThatTookAGroupsPlace) {
  const auto read = read_batch(
      answer("batch/v2/BatchResponse.txt", "batchresponse_76ef6b0a-a0e2-4f31-9f70-f5d3f73a6bef"));
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->size(), 5U);
  EXPECT_FALSE((*read)[0].group);
  EXPECT_TRUE((*read)[1].group);
  EXPECT_EQ((*read)[1].parts[0].response.status, 201);
  EXPECT_EQ((*read)[1].parts[0].response.body, R"({"d":{"IntegerValue":1337}})");
  ASSERT_EQ((*read)[3].parts.size(), 2U);
  EXPECT_EQ((*read)[3].parts[1].response.status, 204);
  EXPECT_FALSE((*read)[4].group);
  EXPECT_EQ((*read)[4].parts[0].response.status, 400);
  EXPECT_THAT((*read)[4].parts[0].response.body, HasSubstr("ZCU/100"));
}

TEST(ODataBatch, ReadsContentIdsFromPartHeaders) {
  const auto read = read_batch(answer("batch/v4/BatchWriteResponseBody.txt",
                                      "batchresponse_76ef6b0a-a0e2-4f31-9f70-f5d3f73a6bef"));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].parts[0].content_id, "2");
  EXPECT_EQ((*read)[0].parts[1].content_id, "3");
  EXPECT_EQ((*read)[1].parts[0].response.status, 404);
}

TEST(ODataBatch, DoesNotBelieveTheLengthsOfAC4CAnswer) {
  const auto read = read_batch(answer("batch/v2/c4c-batch-response.txt", "ejjeeffe0"));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_GE(read->size(), 2U);
  EXPECT_EQ((*read)[0].parts[0].response.status, 200);
}

TEST(ODataBatch, RefusesACutAnswer) {
  http::Response cut =
      answer("batch/v2/BatchResponse.txt", "batchresponse_76ef6b0a-a0e2-4f31-9f70-f5d3f73a6bef");
  cut.body.resize(cut.body.size() / 2);
  const auto read = read_batch(cut);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::Protocol);
  EXPECT_EQ(read.error().sent(), Sent::Answered);
}

TEST(ODataBatch, RefusesAnAnswerThatIsNoMultipart) {
  EXPECT_FALSE(
      read_batch({.status = 200, .headers = {{"content-type", "application/json"}}, .body = "{}"}));
}

std::vector<std::vector<BatchOperation>> two_groups() {
  return {{{.method = "POST",
            .url = "Orders",
            .headers = {{"Content-Type", "application/json"}},
            .body = R"({"Price":17.50})",
            .content_id = "1"},
           {.method = "POST", .url = "$1/Items", .body = R"({"No":"10"})", .content_id = "2"}},
          {{.method = "DELETE",
            .url = "Orders('7')",
            .headers = {{"If-Match", "W/\"x\""}},
            .content_id = "3"}}};
}

TEST(ODataJsonBatch, EachGroupIsAnAtomicityGroupAndBodiesKeepTheirNumbers) {
  const BatchBody batch = write_json_batch(two_groups());
  EXPECT_EQ(batch.content_type, "application/json");
  EXPECT_EQ(
      batch.body,
      R"j({"requests":[{"id":"1","atomicityGroup":"g1","method":"POST","url":"Orders","headers":{"content-type":"application/json"},"body":{"Price":17.50}},)j"
      R"j({"id":"2","atomicityGroup":"g1","dependsOn":["1"],"method":"POST","url":"$1/Items","headers":{},"body":{"No":"10"}},)j"
      R"j({"id":"3","atomicityGroup":"g2","method":"DELETE","url":"Orders('7')","headers":{"if-match":"W/\"x\""}}]})j");
}

TEST(ODataJsonBatch, AnswersAreToldByTheirIds) {
  const http::Response answer{
      .status = 200,
      .headers = {{"content-type", "application/json"}},
      .body =
          R"({"responses":[{"id":"3","status":204},{"id":"2","status":201,"headers":{"ETag":"W/1"},"body":{"No":"10"}},{"id":"1","status":201,"body":{"Price":17.50}}]})"};
  const auto read = read_json_batch(answer, two_groups());
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->size(), 2U);
  ASSERT_EQ(read->at(0).parts.size(), 2U);
  EXPECT_EQ(read->at(0).parts[0].response.body, R"({"Price":17.50})");
  EXPECT_EQ(read->at(0).parts[1].response.headers.get("etag"), "W/1");
  ASSERT_EQ(read->at(1).parts.size(), 1U);
  EXPECT_EQ(read->at(1).parts[0].response.status, 204);
}

TEST(ODataJsonBatch, AFailedGroupHasOneAnswerAndOneThatWasNotRunHasNone) {
  const http::Response answer{
      .status = 200,
      .body =
          R"({"responses":[{"id":"g1","atomicityGroup":"g1","status":400,"body":{"error":{"code":"V1/302","message":"no"}}}]})"};
  const auto read = read_json_batch(answer, two_groups());
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->at(0).parts.size(), 1U);
  EXPECT_EQ(read->at(0).parts[0].response.status, 400);
  EXPECT_TRUE(read->at(1).parts.empty());
}

TEST(ODataJsonBatch, AnAnswerThatIsNoneIsAnError) {
  for (const char* body : {"<html/>", "{}", R"({"responses":[{"id":"1"}]})"}) {
    const auto read = read_json_batch({.status = 200, .body = body}, two_groups());
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code(), ErrorCode::Protocol);
  }
}

}  // namespace
}  // namespace channelbridge::odata

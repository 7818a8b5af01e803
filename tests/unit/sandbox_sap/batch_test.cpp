#include <fstream>
#include <iterator>

#include "client.hpp"

namespace channelbridge::sandbox::test {
namespace {

constexpr const char* kGetHead =
    "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n";

std::string get_part(const std::string& target) {
  return std::string("--batch_1\r\n") + kGetHead + "GET " + target +
         " HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n";
}

std::string operation(const std::string& line, const std::string& body, const std::string& id,
                      const std::string& headers = {}) {
  return std::string(
             "--cs_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: "
             "binary\r\nContent-ID: ") +
         id + "\r\n\r\n" + line +
         " HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body + "\r\n";
}

std::string change_set(const std::string& operations) {
  return "--batch_1\r\nContent-Type: multipart/mixed; boundary=cs_1\r\n\r\n" + operations +
         "--cs_1--\r\n";
}

const std::string kEnd = "--batch_1--\r\n";
const std::string kNordljus =
    R"({"BusinessPartnerCategory":"2","OrganizationBPName1":"Nordljus AB"})";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

class PartnerBatch : public PartnerServer {
 protected:
  Client user = client();
};

TEST_F(PartnerBatch, AnswersEachPartInItsPlace) {
  seed_partner("11", "Vistula");
  const Answer answer = user.batch(get_part("A_BusinessPartner('11')") +
                                   change_set(operation("POST A_BusinessPartner", kNordljus, "1")) +
                                   get_part("A_BusinessPartner('77')") + kEnd);
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_TRUE(
      answer.headers.get("Content-Type").starts_with("multipart/mixed; boundary=batchresponse_"));
  const auto first = answer.body.find("HTTP/1.1 200 OK");
  const auto second = answer.body.find("HTTP/1.1 201 Created");
  const auto third = answer.body.find("HTTP/1.1 404 Not Found");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
  EXPECT_EQ(count(answer.body, "changesetresponse_"), 3U) << "named once, opened once, closed once";
}

TEST_F(PartnerBatch, RollsAFailedChangeSetBackAndGivesOneErrorInItsPlace) {
  const Answer answer =
      user.batch(change_set(operation("POST A_BusinessPartner", kNordljus, "1") +
                            operation("POST A_BusinessPartner", R"({"Nonsense":1})", "2")) +
                 change_set(operation("POST A_BusinessPartner", kNordljus, "3")) + kEnd);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(count(answer.body, "HTTP/1.1 400 Bad Request"), 1U);
  EXPECT_EQ(count(answer.body, "HTTP/1.1 201 Created"), 1U);
  EXPECT_EQ(count(answer.body, "changesetresponse_"), 3U) << "the failed one is no multipart";
  EXPECT_EQ(partners->count("A_BusinessPartner"), 1U);
  EXPECT_EQ(server->journal().effects(), 1U);
}

TEST_F(PartnerBatch, RefersToWhatTheSameChangeSetHasCreated) {
  const Answer answer = user.batch(
      change_set(operation("POST A_BusinessPartner", kNordljus, "1") +
                 operation("POST $1/to_BusinessPartnerAddress", R"({"Country":"SE"})", "2") +
                 operation("PATCH $1", R"({"SearchTerm1":"x"})", "3", "If-Match: *\r\n")) +
      kEnd);
  EXPECT_EQ(count(answer.body, "HTTP/1.1 201 Created"), 2U) << answer.body;
  EXPECT_EQ(count(answer.body, "HTTP/1.1 204 No Content"), 1U);
  EXPECT_EQ(partners->rows("A_BusinessPartnerAddress").at(0).at("BusinessPartner"), "1000000");
  EXPECT_EQ(partners->row("A_BusinessPartner", {"1000000"}).at("SearchTerm1"), "X");
}

TEST_F(PartnerBatch, TakesAbsoluteAndHostRelativeAddressesAndChecksETagsPerPart) {
  seed_partner("11", "Vistula");
  const std::string path = root + "A_BusinessPartner('11')";
  const Answer answer = user.batch(
      get_part(server->url() + path) + get_part(path) +
      change_set(operation("PATCH A_BusinessPartner('11')", R"({"SearchTerm1":"x"})", "1")) +
      change_set(operation("PATCH A_BusinessPartner('11')", R"({"SearchTerm1":"x"})", "1",
                           "If-Match: W/\"'OLD'\"\r\n")) +
      kEnd);
  EXPECT_EQ(count(answer.body, "HTTP/1.1 200 OK"), 2U) << answer.body;
  EXPECT_EQ(count(answer.body, "HTTP/1.1 428 "), 1U);
  EXPECT_EQ(count(answer.body, "HTTP/1.1 412 "), 1U);
}

TEST_F(PartnerBatch, RefusesMalformedBatchesAsAWhole) {
  EXPECT_EQ(user.batch("no parts").status, 400);
  EXPECT_EQ(user.batch(change_set(operation("POST A_BusinessPartner", kNordljus, "1"))).status, 400)
      << "the end is missing";
  EXPECT_EQ(user.batch("--batch_1\r\nContent-Type: text/plain\r\n\r\nx\r\n" + kEnd).status, 400);
  EXPECT_EQ(partners->count("A_BusinessPartner"), 0U);
  user.set_token("stale");
  EXPECT_EQ(user.batch(get_part("A_BusinessPartner") + kEnd).status, 403);
}

TEST_F(PartnerBatch, KeepsReadsOutOfChangeSetsAndWritesIn) {
  const Answer answer = user.batch(
      change_set(operation("GET A_BusinessPartner", "", "1")) + "--batch_1\r\n" + kGetHead +
      "POST A_BusinessPartner HTTP/1.1\r\nContent-Type: application/json\r\n\r\n" + kNordljus +
      "\r\n" + kEnd);
  EXPECT_EQ(count(answer.body, "HTTP/1.1 400 "), 2U);
  EXPECT_EQ(partners->count("A_BusinessPartner"), 0U);
}

}  // namespace
}  // namespace channelbridge::sandbox::test

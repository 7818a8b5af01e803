#include "status_internal.hpp"

#include <gtest/gtest.h>

#include "sap_system.hpp"

namespace channelbridge::idoc {
namespace {

Message only(const std::string& envelope_text) {
  auto read = read_envelope(envelope_text);
  EXPECT_TRUE(read && read->messages.size() == 1U);
  return read->messages.front().second;
}

TEST(IdocStatus, ReadsStatusAndAleaud) {
  const auto status = statuses_of(
      only(test::SapSystem::status_of("key", "51", "Sold-to party &amp;1 not maintained")));
  ASSERT_EQ(status.size(), 1U);
  EXPECT_EQ(status[0].archive_key, "key");
  EXPECT_EQ(status[0].status, "51");
  EXPECT_EQ(status[0].text, "Sold-to party 99999 not maintained");
  EXPECT_EQ(status[0].at, "20260301101500");

  const auto audit = statuses_of(only(test::SapSystem::idoc(
      "ALEAUD01", "ALEAUD", "7",
      "<E1ADHDR SEGMENT=\"1\"><MESTYP>ORDERS</MESTYP><E1STATE SEGMENT=\"1\"><DOCNUM>"
      "0000000000000042</DOCNUM><STATUS>53</STATUS><STAMID>V1</STAMID><STAMNO>311</STAMNO>"
      "</E1STATE></E1ADHDR>")));
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].number, "0000000000000042");
  EXPECT_EQ(audit[0].code, "V1/311");
}

TEST(IdocStatus, ErrorsMayStillBePosted) {
  EXPECT_EQ(verdict_of("64"), Verdict::InProcess);
  EXPECT_EQ(verdict_of("53"), Verdict::Posted);
  EXPECT_EQ(verdict_of("41"), Verdict::Posted);
  EXPECT_EQ(verdict_of("51"), Verdict::Failed);
  EXPECT_EQ(verdict_of("56"), Verdict::Failed);
  EXPECT_EQ(verdict_of("68"), Verdict::Ended);
  EXPECT_EQ(verdict_of("40"), Verdict::Ended);
}

TEST(IdocStatus, PostedIsPostedElseTheYoungestCounts) {
  const std::vector<StatusRecord> ended{{.status = "51", .at = "1"}, {.status = "68", .at = "2"}};
  EXPECT_EQ(decisive(ended)->status, "68");
  const std::vector<StatusRecord> late{{.status = "68", .at = "2"}, {.status = "51", .at = "1"}};
  EXPECT_EQ(decisive(late)->status, "68");
  const std::vector<StatusRecord> posted{{.status = "53", .at = "1"}, {.status = "51", .at = "2"}};
  EXPECT_EQ(decisive(posted)->status, "53");
  EXPECT_EQ(decisive({}), nullptr);
}

}  // namespace
}  // namespace channelbridge::idoc

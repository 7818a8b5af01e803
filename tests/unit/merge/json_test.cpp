#include <gtest/gtest.h>

#include <chrono>

#include "channelbridge/hub/merge.hpp"

namespace channelbridge::hub {
namespace {

LinkState full_link() {
  LinkState link{.version = "W/\"3\"",
                 .written_version = "3",
                 .fingerprint = "f",
                 .modified = Timestamp(std::chrono::microseconds(1'763'750'000'123'456)),
                 .write_ended = Timestamp(std::chrono::microseconds(2)),
                 .looked = Timestamp(std::chrono::microseconds(0)),
                 .position = 18'446'744'073'709'551'615U,
                 .look_due = true,
                 .due = true,
                 .closed = true,
                 .secondary = true,
                 .undecided = Timestamp(std::chrono::microseconds(3)),
                 .unresolved = WriteDecision{.groups = {{"note", {.values = {{"note", "x"}}}}},
                                             .expected_version = "2",
                                             .number = "I7"}};
  link.groups["addresses[018f]"] = {
      .met = true,
      .held = {{"addresses[018f].city", "Köln \"Süd\"\n"}},
      .sent = {{"addresses[018f].city", "Köln"}, {"addresses[018f].zip", std::nullopt}},
      .unknown = {"addresses[018f].pin"},
      .unseen = true,
      .last_write = true,
      .rewrites = {{.sent = {{"a", "1"}}, .shown = {{"a", std::nullopt}}}},
      .conflict = Conflict{ConflictReason::CannotTell, {{"a", ""}}},
      .version = "8",
      .meanwhile = {{"8", Timestamp(std::chrono::microseconds(4)), {{"a", std::nullopt}}}}};
  link.unread_version = "9";
  return link;
}

TEST(MergeJson, LinkStateSurvivesStorage) {
  const auto read = parse_link_state(to_json(full_link()));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, full_link());
}

TEST(MergeJson, QuietLinkIsAShortRow) {
  EXPECT_EQ(to_json(LinkState{}), "{}");
  EXPECT_EQ(*parse_link_state("{}"), LinkState{});
}

TEST(MergeJson, RecordStateSurvivesStorage) {
  const RecordState record{.fields = {{"note", "x"}},
                           .provenance = {{"note",
                                           {.system = "erp",
                                            .version = "7",
                                            .time = Timestamp(std::chrono::microseconds(-5)),
                                            .rank = 2,
                                            .line = "erp/lead.yaml:3"}}},
                           .version = 9};
  const auto read = parse_record_state(to_json(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, record);
}

TEST(MergeJson, WriteDecisionSurvivesStorage) {
  WriteDecision decision{
      .create = true, .expected_version = "1", .record_version = 4, .number = "17"};
  decision.groups["note"] = {.values = {{"note", "x"}},
                             .kept = {"note"},
                             .view = {{"note", "x"}},
                             .sent = {{"note", std::nullopt}}};
  const auto read = parse_write_decision(to_json(decision));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, decision);
}

TEST(MergeJson, ForeignTextIsRefusedWithoutQuotingIt) {
  for (const char* text :
       {"", "[]", "{\"groups\":{\"g\":{\"held\":3}}}", "{\"version\":{}}",
        "{\"groups\":{\"g\":{\"conflict\":{\"reason\":\"secret\",\"incoming\":{}}}}}"}) {
    const auto read = parse_link_state(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::Protocol);
    EXPECT_EQ(read.error().message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace channelbridge::hub

// Systems that send messages: each speaks of what it carries, whenever it arrives.
#include <gtest/gtest.h>

#include <chrono>

#include "channelbridge/hub/merge.hpp"

namespace channelbridge::hub {
namespace {

Timestamp when(int time) { return Timestamp(std::chrono::microseconds(time)); }

class TwoGroups : public Image {
 public:
  const std::vector<GroupShape>& groups() const override { return shapes; }
  model::Value image(std::string_view, const model::Value& value) const override { return value; }
  std::vector<GroupShape> shapes{
      {.name = "name", .fields = {"name"}, .readable = {"name"}, .writable = {"name"}},
      {.name = "phone", .fields = {"phone"}, .readable = {"phone"}, .writable = {"phone"}}};
};

class Messages : public testing::Test {
 protected:
  MergeContext context() { return {image, system, policies, linked}; }
  Admission says(const std::string& version, const Stated& what, bool whole = false,
                 bool open_intent = false) {
    ++now;
    std::string text;  // its control record is no part of what it says
    for (const auto& [path, value] : what) text += path + "=" + value.value_or("") + ";";
    const Look look{.began = when(now),
                    .now = when(now),
                    .version = version,
                    .modified = when(now),
                    .fingerprint = text,
                    .whole = whole,
                    .open_intent = open_intent};
    const Admission out = admit(link, system, look);
    if (out == Admission::Merge) merge_look(record, link, context(), look, what);
    return out;
  }
  /// The hub's name goes there and is posted.
  void writes(const std::string& name, const std::string& posted) {
    change_group(record, "name", {{"name", name}}, {.system = "person", .time = when(++now)});
    const Decision decision = decide_update(record, link, context());
    ASSERT_TRUE(decision.write);
    settle(record, link, context(), *decision.write, {.version = posted}, when(++now));
  }
  model::Value hub(const std::string& field) const { return model::get(record.fields, field); }

  TwoGroups image;
  SystemTraits system{.name = "erp", .versions = adapter::Versions::Messages};
  Policies policies{.first_contact = FirstContact::System};
  std::set<std::string, std::less<>> linked{"erp"};
  RecordState record;
  LinkState link;
  int now{10};
};

TEST_F(Messages, OneThatComesLateSaysWhatNoYoungerOneHasSaid) {
  says("1", {{"name", "A"}, {"phone", "1"}}, true);
  EXPECT_EQ(says("4", {{"name", "D"}}), Admission::Merge);
  EXPECT_EQ(says("3", {{"name", "C"}, {"phone", "3"}}), Admission::Merge);
  EXPECT_EQ(hub("name"), "D");
  EXPECT_EQ(hub("phone"), "3");
  EXPECT_EQ(says("2", {{"phone", "2"}}), Admission::Merge);
  EXPECT_EQ(hub("phone"), "3");
  EXPECT_EQ(link.version, "4");
}

TEST_F(Messages, OneThatSaysEverythingLeavesNothingToOlderOnes) {
  says("1", {{"name", "A"}}, true);
  says("4", {{"name", "D"}}, true);
  EXPECT_EQ(says("3", {{"name", "C"}, {"phone", "3"}}), Admission::Older);
  EXPECT_EQ(hub("phone"), std::nullopt);
}

TEST_F(Messages, FromBeforeOurWriteDoNotTakeItBack) {
  says("1", {{"name", "A"}, {"phone", "1"}}, true);
  writes("W", "5");
  // Made before the write was posted: what the write did not carry is news all the same.
  EXPECT_EQ(says("3", {{"name", "A"}, {"phone", "3"}}, true), Admission::Merge);
  EXPECT_EQ(hub("name"), "W");
  EXPECT_EQ(hub("phone"), "3");
  EXPECT_FALSE(decide_update(record, link, context()).write);
  says("6", {{"name", "F"}});
  EXPECT_EQ(hub("name"), "F");
}

TEST_F(Messages, OneThatComesWhileAWriteIsUnderWayIsHeard) {
  says("1", {{"name", "A"}, {"phone", "1"}}, true);
  change_group(record, "name", {{"name", "W"}}, {.system = "person", .time = when(++now)});
  const Decision decision = decide_update(record, link, context());
  ASSERT_TRUE(decision.write);
  EXPECT_EQ(decision.write->expected_version, "1");
  EXPECT_EQ(says("3", {{"phone", "3"}}, false, true), Admission::Merge);
  EXPECT_EQ(hub("phone"), "3");
  says("7", {{"name", "G"}}, false, true);  // after the write was posted, whose status comes now
  settle(record, link, context(), *decision.write, {.version = "5"}, when(++now));
  EXPECT_EQ(hub("name"), "G");
  EXPECT_FALSE(decide_update(record, link, context()).write);
  EXPECT_EQ(link.version, "7");
}

TEST_F(Messages, TheSameWordsLaterAreNews) {
  says("10", {{"name", "A"}});
  EXPECT_EQ(says("10", {{"name", "A"}}), Admission::Known);
  EXPECT_EQ(says("12", {{"name", "A"}}), Admission::Merge);
  says("11", {{"name", "B"}});
  EXPECT_EQ(hub("name"), "A");
}

TEST_F(Messages, AValueThatIsSetBackOnOurWriteStands) {
  for (const char* phone : {"1", "2"}) {  // with the words of the message before, or with others
    record = {};
    link = {};
    says("10", {{"name", "A"}, {"phone", "1"}});
    change_group(record, "name", {{"name", "W"}}, {.system = "person", .time = when(++now)});
    const Decision decision = decide_update(record, link, context());
    ASSERT_TRUE(decision.write);
    says("12", {{"name", "A"}, {"phone", phone}}, false, true);
    settle(record, link, context(), *decision.write, {.version = "11"}, when(++now));
    EXPECT_EQ(hub("name"), "A") << phone;
    EXPECT_FALSE(decide_update(record, link, context()).write);
  }
}

TEST_F(Messages, WhatNoneSaidAgainIsAsWeWroteIt) {
  image.shapes[0].fields = image.shapes[0].readable = image.shapes[0].writable = {"name", "title"};
  says("10", {{"name", "A"}, {"title", "T"}});
  change_group(record, "name", {{"name", "W"}, {"title", "X"}},
               {.system = "person", .time = when(++now)});
  const Decision decision = decide_update(record, link, context());
  ASSERT_TRUE(decision.write);
  says("9", {{"title", "S"}}, false, true);
  says("12", {{"name", "A"}}, false, true);
  settle(record, link, context(), *decision.write, {.version = "11"}, when(++now));
  EXPECT_EQ(hub("name"), "A");
  EXPECT_EQ(hub("title"), "X");
  EXPECT_FALSE(decide_update(record, link, context()).write);
}

TEST_F(Messages, OfAnObjectWhoseCreateIsUnderWayAreHeardAll) {
  policies.first_contact = FirstContact::Manual;
  change_group(record, "name", {{"name", "W"}}, {.system = "person", .time = when(++now)});
  const Decision create = decide_create(
      record, context(), {.initial_pull_done = true, .pulled = when(now), .born = when(now)});
  ASSERT_TRUE(create.write);
  EXPECT_EQ(says("7", {{"phone", "7"}}, false, true), Admission::Merge);
  EXPECT_EQ(says("6", {{"name", "F"}}, false, true), Admission::Merge);
  settle(record, link, context(), *create.write, {.version = "5"}, when(++now));
  EXPECT_EQ(hub("name"), "F");
  EXPECT_EQ(hub("phone"), "7");
  EXPECT_FALSE(link.groups.at("name").conflict);
  EXPECT_FALSE(decide_update(record, link, context()).write);
}

TEST_F(Messages, OfAnObjectThatWasJustAdoptedAreHeardAll) {
  change_group(record, "name", {{"name", "W"}}, {.system = "person", .time = when(++now)});
  change_group(record, "phone", {{"phone", "1"}}, {.system = "person", .time = when(++now)});
  const Decision create = decide_create(
      record, context(), {.initial_pull_done = true, .pulled = when(now), .born = when(now)});
  ASSERT_TRUE(create.write);
  adopt(link, context(), *create.write, FoundBy::Correlation, when(now + 100));
  EXPECT_EQ(says("7", {{"phone", "7"}}), Admission::Merge);
  EXPECT_EQ(says("6", {{"name", "F"}}), Admission::Merge);
  EXPECT_EQ(hub("name"), "F");
  EXPECT_EQ(hub("phone"), "7");
}

TEST_F(Messages, ALinkFromBeforeKnowsOneVersionOnly) {
  says("1", {{"name", "A"}, {"phone", "1"}}, true);
  for (auto& [name, group] : link.groups) group.version.clear();
  link.version = "4";
  says("3", {{"phone", "3"}});
  EXPECT_EQ(hub("phone"), "1");  // it cannot be told whether a younger one has said another
  const auto stored = parse_link_state(to_json(link));
  ASSERT_TRUE(stored);
  EXPECT_EQ(*stored, link);
}

}  // namespace
}  // namespace channelbridge::hub

// What is written, what waits, and what the system makes of it.
#include "rules.hpp"

namespace channelbridge::hub {
namespace {

TEST_F(MergeRule, AFlagThatNobodyHasSetDoesNotContradictAConstantFalse) {
  sync();
  image.shapes[0].constants = {{"optional", "false"}};
  change_group(record, "price", {{"amount", "12"}}, {.system = "other"});
  EXPECT_TRUE(decide_update(record, link, context()).write);
  change_group(record, "price", {{"optional", "true"}}, {.system = "other"});
  EXPECT_EQ(decide_update(record, link, context()).withheld.at("price"), Withheld::Constant);
}

TEST_F(MergeRule, AStepIsDueFromTheWriteOnAndKeepsTheLinkDue) {
  sync();
  system.steps = true;
  change_group(record, "note", {{"note", "x"}}, {.system = "person"});
  const auto write = decide_update(record, link, context()).write;
  ASSERT_TRUE(write);
  settle(record, link, context(), *write, {.version = "2"}, at(12));
  EXPECT_TRUE(link.step_due);
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Nothing);
  EXPECT_TRUE(link.due) << "push comes back to it";
  const auto read = parse_link_state(to_json(link));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, link);
}

TEST_F(MergeRule, CreatesOnlyAfterTheInitialPullAndPastTheRecordsBirth) {
  change_group(record, "note", {{"note", "x"}}, {.system = "other"});
  CreateGate gate{.born = at(5)};
  EXPECT_EQ(decide_create(record, context(), gate).reason, NoWrite::NotYet);
  gate.initial_pull_done = true;
  EXPECT_EQ(decide_create(record, context(), gate).reason, NoWrite::NotYet);
  gate.pulled = at(4);
  EXPECT_EQ(decide_create(record, context(), gate).reason, NoWrite::NotYet);
  gate.pulled = at(5);
  EXPECT_TRUE(decide_create(record, context(), gate).write);
  gate.position = record.version;
  EXPECT_EQ(decide_create(record, context(), gate).reason, NoWrite::AtPosition);
}

TEST_F(MergeRule, CreatesNothingWhereNothingWouldBeWritten) {
  image.shapes[1].writable.clear();
  change_group(record, "note", {{"note", "x"}}, {.system = "other"});
  const Decision decision =
      decide_create(record, context(), {.initial_pull_done = true, .pulled = at(5), .born = at(5)});
  EXPECT_EQ(decision.reason, NoWrite::Nothing);
  EXPECT_EQ(decision.withheld.at("note"), Withheld::ReadOnly);
  EXPECT_EQ(decision.withheld.at("price"), Withheld::NoValue);
}

TEST_F(MergeRule, NothingToWriteMovesThePosition) {
  sync();
  change_group(record, "note", {{"note", "abcdef"}}, {.system = "other"});  // the image shows abc
  const Decision decision = decide_update(record, link, context());
  EXPECT_EQ(decision.reason, NoWrite::Nothing);
  EXPECT_EQ(decision.withheld.at("note"), Withheld::Same);
  EXPECT_EQ(link.position, record.version);
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::AtPosition);
}

TEST_F(MergeRule, ConditionalWriteWaitsForAVersion) {
  sync();
  link.version.clear();
  change_group(record, "note", {{"note", "x"}}, {.system = "other"});
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::WaitsForLook);
  EXPECT_TRUE(link.look_due);
  EXPECT_TRUE(link.due);
}

TEST_F(MergeRule, ReferenceWithoutAKeyThereIsLeftAloneAndSentWhenItArrives) {
  sync();
  change_group(record, "price", {{"amount", "12"}, {"currency", "USD"}}, {.system = "other"});
  const auto write = decide_update(record, link, context(), {"currency"}).write;
  ASSERT_TRUE(write);
  EXPECT_EQ(model::get(write->groups.at("price").values, "currency"), "EUR");
  EXPECT_TRUE(write->groups.at("price").kept.contains("currency"));
  settle(record, link, context(), *write, {.version = "2"}, at(30));
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::AtPosition);
  link.due = true;
  const auto later = decide_update(record, link, context()).write;
  ASSERT_TRUE(later);
  EXPECT_EQ(model::get(later->groups.at("price").values, "currency"), "USD");
}

TEST_F(MergeRule, NormalisedByTheSystemIsShownAndNotMerged) {
  sync();
  change_group(record, "price", {{"amount", "12.345"}}, {.system = "other"});
  const auto write = decide_update(record, link, context()).write;
  settle(record, link, context(), *write, {.version = "2"}, at(30));
  const auto events =
      merge(look(40, "2"), {{"amount", "12.35"}, {"currency", "EUR"}, {"note", "abc"}});
  EXPECT_EQ(events[0].outcome, GroupOutcome::Normalised);
  EXPECT_EQ(model::get(record.fields, "amount"), "12.345");
  link.due = true;
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Nothing);
}

TEST_F(MergeRule, WhatTheSystemMakesOfOurWriteInFieldsThatWeOnlyReadIsTaken) {
  image.shapes[0].fields.emplace_back("total");
  image.shapes[0].readable.emplace_back("total");
  sync();
  change_group(record, "price", {{"amount", "12.345"}}, {.system = "other"});
  const auto write = decide_update(record, link, context()).write;
  settle(record, link, context(), *write, {.version = "2"}, at(30));
  const std::uint64_t before = record.version;
  const Stated shown{{"amount", "12.35"}, {"currency", "EUR"}, {"note", "abc"}, {"total", "123.5"}};
  const auto events = merge(look(40, "2"), shown);
  EXPECT_EQ(events[0].outcome, GroupOutcome::Taken);
  EXPECT_EQ(model::get(record.fields, "total"), "123.5");
  EXPECT_EQ(model::get(record.fields, "amount"), "12.345") << "its form of our own is not merged";
  EXPECT_EQ(record.version, before + 1) << "others hear of it";
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Nothing);
  EXPECT_EQ(merge(look(50, "2"), shown)[0].outcome, GroupOutcome::Unchanged);
}

TEST_F(MergeRule, WhatTheSystemComputesAsTheHubHasItStandsAgainstNothing) {
  for (const char* computed : {"total", "tax"}) {
    image.shapes[0].fields.emplace_back(computed);
    image.shapes[0].readable.emplace_back(computed);
  }
  sync();
  change_group(record, "price", {{"amount", "12.345"}, {"total", "123.5"}}, {.system = "other"});
  const auto write = decide_update(record, link, context()).write;
  settle(record, link, context(), *write, {.version = "2"}, at(30));
  Stated shown{{"amount", "12.35"}, {"currency", "EUR"}, {"note", "abc"}, {"tax", "19"}};
  const RecordState own = record;
  const LinkState sent = link;
  shown["total"] = "99";  // another total than the hub's own: neither it nor its tax is taken
  EXPECT_EQ(merge(look(40, "2"), shown)[0].outcome, GroupOutcome::Normalised);
  EXPECT_EQ(record.fields, own.fields);
  link = sent;
  shown["total"] = "123.5";
  EXPECT_EQ(merge(look(40, "2"), shown)[0].outcome, GroupOutcome::Taken);
  EXPECT_EQ(model::get(record.fields, "tax"), "19");
  EXPECT_EQ(model::get(record.fields, "amount"), "12.345");
}

TEST_F(MergeRule, WhatOurCreateCouldNotCarryIsTheSystemsAnswerAndNoFirstContact) {
  image.shapes[1].writable.clear();
  policies.first_contact = FirstContact::Manual;
  change_group(record, "price", {{"amount", "1"}, {"currency", "EUR"}}, {.system = "other"});
  change_group(record, "note", {{"note", "ask"}}, {.system = "other", .time = at(5)});
  const auto write =
      decide_create(record, context(), {.initial_pull_done = true, .pulled = at(5), .born = at(5)})
          .write;
  ASSERT_TRUE(write);
  settle(record, link, context(), *write, {.version = "1"}, at(30));
  LinkState again = *parse_link_state(to_json(link));
  const Stated shown{{"amount", "1"}, {"currency", "EUR"}, {"note", "yes"}};
  EXPECT_EQ(merge(look(40, "1"), shown)[1].outcome, GroupOutcome::Taken);
  EXPECT_EQ(model::get(record.fields, "note"), "yes");
  // What somebody said later stands, and what was settled for first contact holds.
  change_group(record, "note", {{"note", "no"}}, {.system = "other", .time = at(45)});
  link = again;
  EXPECT_EQ(merge(look(41, "1"), shown)[1].outcome, GroupOutcome::Overruled);
  change_group(record, "note", {{"note", "no"}}, {.system = "other", .time = at(5)});
  policies.first_contact = FirstContact::Hub;
  link = again;
  EXPECT_EQ(merge(look(42, "1"), shown)[1].outcome, GroupOutcome::Overruled);
  link = {};
  policies.first_contact = FirstContact::Manual;
  EXPECT_EQ(merge(look(43, "1"), shown)[1].outcome, GroupOutcome::Conflict) << "it was matched";
}

}  // namespace
}  // namespace channelbridge::hub

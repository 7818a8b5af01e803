// Writes and creates whose answers were lost.
#include "rules.hpp"

namespace channelbridge::hub {
namespace {

class LostAnswer : public MergeRule {
 protected:
  void SetUp() override {
    sync();
    change_group(record, "note", {{"note", "new"}}, {.system = "other", .time = at(11)});
    write = *decide_update(record, link, context()).write;
    write.number = "17";
  }
  Resolution resolve(const Look& seen, const std::string& note) {
    return resolve_update(record, link, context(), write, seen,
                          {{"amount", "10"}, {"currency", "EUR"}, {"note", note}});
  }
  WriteDecision write;
};

TEST_F(LostAnswer, LandedWhenTheObjectShowsWhatWasSent) {
  EXPECT_EQ(resolve(look(50, "2"), "new").fate, Fate::Landed);
  EXPECT_EQ(link.version, "2");
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Nothing);
}

TEST_F(LostAnswer, AbsentWhenTheVersionIsTheExpectedOne) {
  EXPECT_EQ(resolve(look(50, "1"), "abc").fate, Fate::Absent);
  EXPECT_TRUE(decide_update(record, link, context()).write);
}

TEST_F(LostAnswer, MarkMakesTheAnswerCertain) {
  system.mark = true;
  Look seen = look(50, "2");
  seen.mark = "16";
  EXPECT_EQ(resolve(seen, "new").fate, Fate::Absent);
}

TEST_F(LostAnswer, OldValueUnderANewVersionIsAConflict) {
  const Resolution resolution = resolve(look(50, "2"), "abc");
  EXPECT_EQ(resolution.fate, Fate::CannotTell);
  EXPECT_EQ(link.groups.at("note").conflict->reason, ConflictReason::CannotTell);
  EXPECT_EQ(decide_update(record, link, context()).withheld.at("note"), Withheld::InConflict);
}

TEST_F(LostAnswer, OtherValueCountsAsChangedOnBothSides) {
  policies.fallback.kind = Policy::Kind::Manual;
  EXPECT_EQ(resolve(look(50, "2"), "user").fate, Fate::CannotTell);
  EXPECT_EQ(link.groups.at("note").conflict->reason, ConflictReason::Manual);
}

TEST_F(LostAnswer, DeletedObjectClosesTheLink) {
  Look seen = look(50, "2");
  seen.deleted = true;
  EXPECT_EQ(resolve(seen, "").fate, Fate::Gone);
  EXPECT_TRUE(link.closed);
}

TEST_F(LostAnswer, AWriteHiddenByADeletionIsNoUsersEditWhenTheObjectComesBack) {
  Look gone = look(50, "2");
  gone.deleted = true;
  EXPECT_EQ(resolve(gone, "").fate, Fate::Gone);
  change_group(record, "note", {{"note", "newer"}}, {.system = "other", .time = at(40)});
  Look back = look(60, "3");
  back.source = LookSource::ByKey;
  back.modified = at(59);
  for (const GroupEvent& event : merge(back, {{"note", "new"}}))
    EXPECT_EQ(event.outcome, GroupOutcome::Unchanged) << event.group;
  EXPECT_EQ(model::get(record.fields, "note"), "newer");
  EXPECT_FALSE(link.unresolved);
  EXPECT_TRUE(link.due);
}

TEST_F(LostAnswer, WhereAWriteCanLandInPartItsMarkSaysNothingOfElements) {
  image.shapes.push_back({.name = "addresses[x]",
                          .fields = {"addresses[x].city"},
                          .readable = {"addresses[x].city"},
                          .writable = {"addresses[x].city"}});
  change_group(record, "addresses[x]", {{"addresses[x].city", "Lund"}}, {.system = "other"});
  system.mark = true;
  system.atomic = false;
  write = *decide_update(record, link, context()).write;
  ASSERT_TRUE(write.groups.contains("addresses[x]"));
  write.number = "17";
  Look seen = look(50, "2");
  seen.mark = "17";
  const Resolution resolution = resolve_update(record, link, context(), write, seen,
                                               {{"amount", "10"},
                                                {"currency", "EUR"},
                                                {"note", "new"},
                                                {"addresses[x].city", std::nullopt}});
  EXPECT_EQ(resolution.fate, Fate::Landed);
  EXPECT_EQ(model::get(record.fields, "addresses[x].city"), "Lund") << "it never arrived";
  EXPECT_TRUE(decide_update(record, link, context()).write->groups.contains("addresses[x]"));
}

TEST_F(LostAnswer, WhereAWriteCanLandInPartEachGroupIsJudgedByItself) {
  change_group(record, "price", {{"amount", "12"}, {"currency", "EUR"}}, {.system = "other"});
  system.atomic = false;
  write = *decide_update(record, link, context()).write;
  Look seen = look(50, "2");
  seen.modified_by_us = true;  // the note arrived, the price did not
  EXPECT_EQ(resolve(seen, "new").fate, Fate::Landed);
  EXPECT_EQ(model::get(record.fields, "amount"), "12");
  const Decision again = decide_update(record, link, context());
  EXPECT_TRUE(again.write->groups.contains("price"));
  EXPECT_FALSE(again.write->groups.contains("note"));
}

/// A settlement whose state the system is taken to step by step.
class LostSteps : public MergeRule {
 protected:
  void SetUp() override {
    image.shapes = {{.name = "status",
                     .fields = {"status", "note"},
                     .readable = {"status", "note"},
                     .writable = {"status", "note"}},
                    {.name = "paid_on",
                     .fields = {"paid_on"},
                     .readable = {"paid_on"},
                     .writable = {"paid_on"}}};
    system.versions = adapter::Versions::Ordered;
    Look first = look(10, "1");
    first.modified = at(5);
    merge(first, {{"status", "released"}, {"note", "a"}, {"paid_on", std::nullopt}});
    change_group(record, "status", {{"status", "paid"}, {"note", "b"}}, {.system = "books"});
    change_group(record, "paid_on", {{"paid_on", "2026-06-01"}}, {.system = "books"});
    write = *decide_update(record, link, steps()).write;
    seen = look(50, "2");
    seen.modified = at(40);
    seen.halfway = adapter::Halfway::Steps;
  }
  MergeContext steps() {
    MergeContext out = context();
    out.entity = &type;
    return out;
  }
  Resolution resolve(const std::string& status, const std::string& note) {
    return resolve_update(record, link, steps(), write, seen,
                          {{"status", status}, {"note", note}, {"paid_on", std::nullopt}});
  }
  std::string status() const { return model::get(record.fields, "status").value_or(""); }
  void expect_the_rest_due() {
    EXPECT_EQ(status(), "paid");
    EXPECT_FALSE(link.groups.at("status").conflict);
    EXPECT_FALSE(link.groups.at("paid_on").conflict) << "a later step carries it";
    const Decision rest = decide_update(record, link, steps());
    ASSERT_TRUE(rest.write) << "the rest of the way is due";
    EXPECT_EQ(rest.write->groups.at("status").view.at("status"), "paid");
    EXPECT_EQ(rest.write->groups.at("paid_on").view.at("paid_on"), "2026-06-01");
  }

  static constexpr model::Transition kWays[] = {{"released", "posted", model::Actor::Adapter},
                                                {"posted", "paid", model::Actor::Adapter}};
  model::StateMachine machine{.field = "status", .initial = "released", .transitions = kWays};
  model::EntityType type{"settlement", {{.path = "status"}, {.path = "note"}}, {}, &machine};
  WriteDecision write;
  Look seen;
};

TEST_F(LostSteps, WhatStandsBetweenTwoStepsIsTheWriteLandedSoFar) {
  const Resolution resolution = resolve("posted", "b");
  EXPECT_EQ(resolution.fate, Fate::CannotTell);
  for (const GroupEvent& event : resolution.events)
    EXPECT_EQ(event.outcome, GroupOutcome::Unchanged) << event.group;
  expect_the_rest_due();
}

TEST_F(LostSteps, ThatWeWroteItLastDoesNotMakeItWhole) {
  seen.modified_by_us = true;
  resolve("posted", "b");
  expect_the_rest_due();
}

TEST_F(LostSteps, WhereTheAdapterKnowsOfNoStepTheStateIsSomebodyElses) {
  seen.halfway = adapter::Halfway::No;
  resolve("posted", "b");
  EXPECT_EQ(status(), "posted") << "whatever ways the model lists";
}

TEST_F(LostSteps, WithWhatWeDidNotWriteItIsSomebodyElses) {
  resolve("posted", "c");
  EXPECT_EQ(status(), "posted");
}

TEST_F(LostSteps, WhatIsWrittenBeforeTheStepsAndIsAsBeforeSomebodyMayHaveTakenBack) {
  seen.halfway = adapter::Halfway::Fields;
  resolve("posted", "b");
  EXPECT_EQ(status(), "paid");
  EXPECT_FALSE(link.groups.at("status").conflict);
  ASSERT_TRUE(link.groups.at("paid_on").conflict);
  EXPECT_EQ(link.groups.at("paid_on").conflict->reason, ConflictReason::CannotTell);
}

TEST_F(LostSteps, AMarkThatIsNotOursSaysThatNoStepWas) {
  system.mark = true;
  write.number = "17";
  resolve("posted", "b");
  EXPECT_EQ(status(), "posted");
}

class LostCreate : public MergeRule {
 protected:
  static WriteDecision create(const std::string& number, const std::string& note) {
    return {.create = true,
            .groups = {{"price", {.view = {{"amount", "10"}, {"currency", "EUR"}}}},
                       {"note", {.view = {{"note", note}}}}},
            .number = number};
  }
  std::optional<RecognisedCreate> recognise(const Look& seen, const std::string& note) {
    return recognise_create(creates, context(), seen,
                            {{"amount", "10"}, {"currency", "EUR"}, {"note", note}});
  }
  std::vector<WriteDecision> creates{create("17", "old"), create("18", "new")};
};

TEST_F(LostCreate, WithoutAMarkTheOneThatTheObjectShowsBest) {
  EXPECT_EQ(recognise(look(50), "old")->index, 0U);
  EXPECT_EQ(recognise(look(50), "new")->index, 1U);
  const auto edited = recognise(look(50), "abc");
  EXPECT_EQ(edited->index, 1U);
  EXPECT_EQ(edited->landed.groups.size(), 1U) << "the note is somebody else's";
  EXPECT_EQ(edited->found, FoundBy::Content);
  creates = {create("17", "old")};
  creates[0].groups.erase("price");
  EXPECT_FALSE(recognise(look(50), "abc"));
}

TEST_F(LostCreate, AMarkDecidesAlone) {
  system.mark = true;
  Look seen = look(50);
  EXPECT_FALSE(recognise(seen, "new")) << "it shows the same and is not ours";
  seen.mark = "17";
  EXPECT_EQ(recognise(seen, "new")->index, 0U);
  EXPECT_EQ(recognise(seen, "new")->landed.groups.size(), 2U);
}

TEST_F(LostCreate, WhereCreatesLeaveTheRecordsIdItDecides) {
  system.correlates = true;
  Look seen = look(50);
  EXPECT_FALSE(recognise(seen, "new"));
  seen.correlated = true;
  EXPECT_EQ(recognise(seen, "abc")->index, 1U);
}

TEST_F(LostCreate, WhatACreateMadeWholeIsNoFirstContact) {
  image.shapes.push_back({.name = "lines[x]",
                          .fields = {"lines[x].qty", "lines[x].net_amount"},
                          .readable = {"lines[x].qty", "lines[x].net_amount"},
                          .writable = {"lines[x].qty"}});
  change_group(record, "lines[x]", {{"lines[x].qty", "2"}}, {.system = "other"});
  system.correlates = true;
  system.atomic = false;  // a later update may land in part
  WriteDecision made = create("17", "old");
  made.groups["lines[x]"] = {.view = {{"lines[x].qty", "2"}}, .sent = {{"lines[x].qty", "2"}}};
  const Stated seen{{"lines[x].qty", "2"}, {"lines[x].net_amount", "1621"}};
  for (const bool whole : {false, true}) {
    system.whole_create = whole;
    LinkState found;
    adopt(found, context(), made, FoundBy::Correlation, at(40));
    EXPECT_EQ(found.groups.contains("lines[x]"), whole);
    EXPECT_EQ(found.in_part, !whole);
    if (!whole) continue;
    RecordState after = record;
    merge_look(after, found, context(), look(50, "2"), seen);
    EXPECT_FALSE(found.groups.at("lines[x]").conflict);
    EXPECT_EQ(model::get(after.fields, "lines[x].net_amount"), "1621") << "it is its word";
  }
}

}  // namespace
}  // namespace channelbridge::hub

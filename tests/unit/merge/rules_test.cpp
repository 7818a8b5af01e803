// Single rules where a whole world would show too little.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "channelbridge/hub/merge.hpp"

namespace channelbridge::hub {
namespace {

Timestamp at(int time) { return Timestamp(std::chrono::microseconds(time)); }

/// One group "price" (amount, currency), one field "note"; the system cuts notes to three letters.
class PriceImage : public Image {
 public:
  const std::vector<GroupShape>& groups() const override { return shapes; }
  model::Value image(std::string_view path, const model::Value& value) const override {
    return value && path == "note" ? model::Value(value->substr(0, 3)) : value;
  }
  std::vector<GroupShape> shapes{
      {.name = "price",
       .fields = {"amount", "currency"},
       .readable = {"amount", "currency"},
       .writable = {"amount", "currency"},
       .line = "shop.yaml:7"},
      {.name = "note", .fields = {"note"}, .readable = {"note"}, .writable = {"note"}}};
};

class MergeRule : public testing::Test {
 protected:
  MergeContext context() { return {image, system, policies, linked}; }
  static Look look(int began, const std::string& version = "") {
    return {.began = at(began), .now = at(began), .version = version};
  }
  std::vector<GroupEvent> merge(const Look& seen, const Stated& incoming) {
    EXPECT_EQ(admit(link, system, seen), Admission::Merge);
    return merge_look(record, link, context(), seen, incoming);
  }
  /// A link in sync that shows 10 EUR and the note.
  void sync(const std::string& note = "abc") {
    merge(look(10, "1"), {{"amount", "10"}, {"currency", "EUR"}, {"note", note}});
    link.position = record.version;
    link.due = false;
  }

  PriceImage image;
  SystemTraits system{.name = "shop", .versions = adapter::Versions::Etag, .conditional = true};
  Policies policies{.first_contact = FirstContact::System};
  std::set<std::string, std::less<>> linked{"shop"};
  RecordState record;
  LinkState link;
};

TEST_F(MergeRule, AFlagThatNobodyHasSetDoesNotContradictAConstantFalse) {
  sync();
  image.shapes[0].constants = {{"optional", "false"}};
  change_group(record, "price", {{"amount", "12"}}, {.system = "other"});
  EXPECT_TRUE(decide_update(record, link, context()).write);
  change_group(record, "price", {{"optional", "true"}}, {.system = "other"});
  EXPECT_EQ(decide_update(record, link, context()).withheld.at("price"), Withheld::Constant);
}

/// The record is another system's, has no flag, and stands in the shop with a constant one.
class UnsetFlag : public MergeRule {
 protected:
  void SetUp() override {
    GroupShape& price = image.shapes[0];
    price.fields.push_back("optional");
    price.readable.push_back("optional");
    price.constants = {{"optional", "false"}};
    change_group(record, "price", {{"amount", "10"}, {"currency", "EUR"}}, {.system = "other"});
    adopt(link, context(), *decide_create(record, context(), open).write, FoundBy::Correlation,
          at(5));
    merge(by_key(10, "1"), shown("10"));
    link.position = record.version;
    ASSERT_FALSE(model::get(record.fields, "optional"));
  }
  static Look by_key(int began, const std::string& version) {
    Look out = look(began, version);
    out.source = LookSource::ByKey;
    return out;
  }
  static Stated shown(const std::string& amount) {
    return {{"amount", amount}, {"currency", "EUR"}, {"optional", "false"}};
  }
  void expect_taken() {
    merge(by_key(20, "2"), shown("12"));
    EXPECT_EQ(model::get(record.fields, "amount"), "12") << "nobody else changed it";
    EXPECT_FALSE(model::get(record.fields, "optional")) << "nobody set it";
    EXPECT_FALSE(link.groups.at("price").conflict);
    EXPECT_FALSE(needs_update());
  }
  bool needs_update() {
    link.due = true;
    return decide_update(record, link, context()).write.has_value();
  }
  const CreateGate open{.initial_pull_done = true, .pulled = at(1)};
};

TEST_F(UnsetFlag, AnEditBesideItCountsAsOneSidedUnderAPreference) {
  policies.groups["price"] = {Policy::Kind::Prefer, "other"};
  expect_taken();
}

TEST_F(UnsetFlag, NobodyIsAskedAboutAnEditBesideIt) {
  policies.groups["price"] = {Policy::Kind::Manual, ""};
  expect_taken();
}

TEST_F(UnsetFlag, AnEditThatTheHubShowsAlreadyClosesItsConflict) {
  policies.groups["price"] = {Policy::Kind::Manual, ""};
  change_group(record, "price", {{"amount", "11"}}, {.system = "other"});
  merge(by_key(20, "2"), shown("12"));
  ASSERT_TRUE(link.groups.at("price").conflict);
  change_group(record, "price", {{"amount", "12"}}, {.system = "other"});
  EXPECT_FALSE(needs_update());
  EXPECT_FALSE(link.groups.at("price").conflict);
}

TEST_F(MergeRule, TakesTheFirstValueWithItsProvenance) {
  sync();
  EXPECT_EQ(model::get(record.fields, "amount"), "10");
  EXPECT_EQ(record.version, 1U);
  const Provenance& provenance = record.provenance.at("price");
  EXPECT_EQ(provenance.system, "shop");
  EXPECT_EQ(provenance.version, "1");
  EXPECT_EQ(provenance.line, "shop.yaml:7");
  EXPECT_EQ(provenance.time, at(10));
}

TEST_F(MergeRule, FieldsThatADocumentDoesNotStateStayAsTheyAre) {
  sync();
  const auto events = merge(look(20, "2"), {{"amount", "12"}});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(model::get(record.fields, "amount"), "12");
  EXPECT_EQ(model::get(record.fields, "currency"), "EUR");
  EXPECT_EQ(model::get(record.fields, "note"), "abc");
}

TEST_F(MergeRule, YoungerLookMergedFirstMakesTheOlderOneNothing) {
  sync();
  EXPECT_EQ(admit(link, system, look(9, "0")), Admission::Older);
  system.versions = adapter::Versions::Ordered;
  link.version = "10";
  EXPECT_EQ(admit(link, system, look(30, "9")), Admission::Older);
  EXPECT_EQ(admit(link, system, look(9, "11")), Admission::Merge);
}

TEST_F(MergeRule, OrderedVersionsMayBeTimes) {
  system.versions = adapter::Versions::Ordered;
  link.version = "2026-11-21T10:00:00.5Z";
  EXPECT_EQ(admit(link, system, look(1, "2026-11-21T10:00:00Z")), Admission::Older);
  EXPECT_EQ(admit(link, system, look(1, "2026-11-21T10:00:01Z")), Admission::Merge);
}

TEST_F(MergeRule, LookThatBeganBeforeOurWriteEndedIsOnlyAHint) {
  sync();
  refused(link, Refusal::Conflict, at(20));
  link.look_due = false;
  EXPECT_EQ(admit(link, system, look(20, "2")), Admission::ReadByKey);
  EXPECT_TRUE(link.look_due);
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::WaitsForLook);
  Look by_key = look(21, "2");
  by_key.source = LookSource::ByKey;
  EXPECT_EQ(admit(link, system, by_key), Admission::Merge);
  EXPECT_FALSE(link.look_due);
}

TEST_F(MergeRule, NotFoundClosesAndOnlyAReadByKeyReopens) {
  sync();
  refused(link, Refusal::NotFound, at(20));
  EXPECT_TRUE(link.closed);
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Closed);
  EXPECT_EQ(admit(link, system, look(21, "2")), Admission::ReadByKey);
  EXPECT_TRUE(link.closed);
  Look by_key = look(22, "2");
  by_key.source = LookSource::ByKey;
  EXPECT_EQ(admit(link, system, by_key), Admission::Merge);
  EXPECT_FALSE(link.closed);
}

TEST_F(MergeRule, ReopensAsSecondaryBesideAnotherPrimary) {
  sync();
  link.closed = true;
  Look by_key = look(22, "2");
  by_key.source = LookSource::ByKey;
  by_key.other_primary = true;
  EXPECT_EQ(admit(link, system, by_key), Admission::Secondary);
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Secondary);
}

TEST_F(MergeRule, AConvertedObjectSpeaksOnceMoreAndItsLinkCloses) {
  sync();
  Look last = look(20, "2");
  last.converted = true;
  last.fingerprint = "last";
  EXPECT_EQ(admit(link, system, last), Admission::Last);
  merge_look(record, link, context(), last, {{"note", "end"}});
  EXPECT_EQ(record.fields["note"], "end");
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Closed);
  last.began = at(21);  // an overlap shows it again
  EXPECT_EQ(admit(link, system, last), Admission::Known);
  last.fingerprint = "corrected";
  EXPECT_EQ(admit(link, system, last), Admission::Last);
  EXPECT_TRUE(link.closed);
  last.fingerprint = "beside another";
  last.other_primary = true;
  EXPECT_EQ(admit(link, system, last), Admission::Secondary);
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

TEST_F(MergeRule, LastDocumentIsKnownUntilWeWrite) {
  Look seen = look(10, "1");
  seen.fingerprint = "f";
  merge(seen, {{"note", "abc"}});
  seen.began = at(11);
  EXPECT_EQ(admit(link, system, seen), Admission::Known);
  change_group(record, "note", {{"note", "x"}}, {.system = "person"});
  const auto write = decide_update(record, link, context()).write;
  ASSERT_TRUE(write);
  settle(record, link, context(), *write, {.version = "2"}, at(12));
  seen.began = at(13);
  EXPECT_EQ(admit(link, system, seen), Admission::Merge);
}

TEST_F(MergeRule, FieldThatWasEditedToAgreeKeepsTheHubsRicherForm) {
  image.shapes = {{.name = "price",
                   .fields = {"amount", "note"},
                   .readable = {"amount", "note"},
                   .writable = {"amount", "note"}}};
  merge(look(10, "1"), {{"amount", "1"}, {"note", "old"}});
  change_group(record, "price", {{"note", "newer"}}, {.system = "person", .time = at(11)});
  merge(look(20, "2"), {{"amount", "2"}, {"note", "new"}});
  EXPECT_EQ(model::get(record.fields, "amount"), "2");
  EXPECT_EQ(model::get(record.fields, "note"), "newer");
}

TEST_F(MergeRule, TimesInTheFutureCountAsReceived) {
  sync();
  record.provenance["note"].time = at(30);
  change_group(record, "note", {{"note", "hub"}}, {.system = "other", .time = at(30)});
  Look seen = look(20, "2");
  seen.modified = at(1000);
  const auto events = merge(seen, {{"note", "new"}});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].outcome, GroupOutcome::Overruled);
  EXPECT_EQ(events[0].because, Because::Latest);
}

TEST_F(MergeRule, EqualTimesGoToTheSystemNamedFirst) {
  sync();
  change_group(record, "note", {{"note", "hub"}}, {.system = "other", .time = at(20), .rank = 1});
  EXPECT_EQ(merge(look(20, "2"), {{"note", "new"}})[0].outcome, GroupOutcome::Taken);
}

TEST_F(MergeRule, EmptyAtFirstContactNeitherWipesNorConflicts) {
  policies.first_contact = FirstContact::Manual;
  change_group(record, "note", {{"note", "kept"}}, {.system = "other"});
  const auto events = merge(look(10, "1"), {{"note", std::nullopt}});
  EXPECT_EQ(events[0].because, Because::Empty);
  policies.first_contact = FirstContact::System;
  change_group(record, "price", {{"amount", "1"}, {"currency", "EUR"}}, {.system = "other"});
  merge(look(11, "2"), {{"amount", "2"}, {"currency", std::nullopt}});
  EXPECT_EQ(model::get(record.fields, "note"), "kept");
  EXPECT_EQ(model::get(record.fields, "amount"), "2");
  EXPECT_EQ(model::get(record.fields, "currency"), "EUR");
}

TEST_F(MergeRule, FirstContactByAuthorityAsksAPersonWhenNeitherSideIsTheAuthority) {
  policies = {.fallback = {.kind = Policy::Kind::Authority, .system = "erp"},
              .first_contact = FirstContact::Authority};
  change_group(record, "note", {{"note", "hub"}}, {.system = "other"});
  LinkState second = link;
  EXPECT_EQ(merge(look(10, "1"), {{"note", "new"}})[0].outcome, GroupOutcome::Conflict);
  link = second;
  linked.insert("erp");
  EXPECT_EQ(merge(look(10, "1"), {{"note", "new"}})[0].outcome, GroupOutcome::Overruled);
  link = second;
  system.name = "erp";
  EXPECT_EQ(merge(look(10, "1"), {{"note", "new"}})[0].outcome, GroupOutcome::Taken);
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

class OpenConflict : public MergeRule {
 protected:
  void SetUp() override {
    policies.fallback.kind = Policy::Kind::Manual;
    sync();
    change_group(record, "note", {{"note", "hub"}}, {.system = "other"});
    merge(look(20, "2"), {{"note", "sys"}});
    ASSERT_TRUE(link.groups.at("note").conflict);
  }
};

TEST_F(OpenConflict, PersonKeepsTheHubsValue) {
  EXPECT_TRUE(decide_conflict(record, link, context(), "note", Keep::Hub, at(30)));
  const auto write = decide_update(record, link, context()).write;
  ASSERT_TRUE(write);
  EXPECT_EQ(model::get(write->groups.at("note").values, "note"), "hub");
  EXPECT_FALSE(decide_conflict(record, link, context(), "note", Keep::Hub, at(31)));
}

TEST_F(OpenConflict, PersonTakesTheSystemsValue) {
  const auto before = record.version;
  EXPECT_TRUE(decide_conflict(record, link, context(), "note", Keep::System, at(30)));
  EXPECT_EQ(model::get(record.fields, "note"), "sys");
  EXPECT_EQ(record.provenance.at("note").system, "shop");
  EXPECT_EQ(record.version, before + 1);
  EXPECT_EQ(decide_update(record, link, context()).reason, NoWrite::Nothing);
}

TEST_F(OpenConflict, PersonWhoTakesTheSystemsValueTakesItsLaterEdit) {
  merge(look(30, "3"), {{"note", "new"}});
  decide_conflict(record, link, context(), "note", Keep::System, at(40));
  EXPECT_EQ(model::get(record.fields, "note"), "new");
}

TEST(MergePolicies, ElementsFollowThePolicyOfTheirList) {
  const Policies policies{
      .groups = {{"addresses[]", {.kind = Policy::Kind::Manual}},
                 {"addresses[1]", {.kind = Policy::Kind::Prefer, .system = "erp"}}}};
  EXPECT_EQ(policies.of("addresses[018f]").kind, Policy::Kind::Manual);
  EXPECT_EQ(policies.of("addresses[1]").kind, Policy::Kind::Prefer);
  EXPECT_EQ(policies.of("note").kind, Policy::Kind::Latest);
}

}  // namespace
}  // namespace channelbridge::hub

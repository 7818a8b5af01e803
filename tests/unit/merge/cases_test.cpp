// The counterexamples that the rules came out of, one by one. Systems a and b start in sync with
// p=abc, q=b, r=a.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "world.hpp"

namespace world {
namespace {

using Kind = Operation::Kind;
using Net = Operation::Net;
using PolicyKind = hub::Policy::Kind;

Operation edit(const std::string& system, const Values& values) {
  return {.kind = Kind::Edit, .system = system, .values = values};
}
Operation pull(const std::string& system, int overlap = 0) {
  return {.kind = Kind::Pull, .system = system, .overlap = overlap};
}
Operation push(const std::string& system, Net net = Net::Ok) {
  return {.kind = Kind::Push, .system = system, .net = net};
}
Operation step(Kind kind, const std::string& system, const std::string& match_key = "n1") {
  return {.kind = kind, .system = system, .match_key = match_key};
}

using Tune = std::function<void(SystemConfig&)>;
void plain(SystemConfig&) {}

/// Two systems; `policy` is that of group G, whose fields are p and q.
Config two(const Tune& tune_a, const Tune& tune_b, const hub::Policy& policy,
           std::vector<Operation> operations) {
  Config config;
  config.systems = {{.name = "a"}, {.name = "b"}};
  tune_a(config.systems[0]);
  tune_b(config.systems[1]);
  config.policies.groups = {{"G", policy}};
  config.policies.first_contact = hub::FirstContact::System;
  config.operations = std::move(operations);
  return config;
}

/// Plays, fails on every breach, and lets the test look at the end.
class Played {
 public:
  explicit Played(const Config& config) : world_(play(config)) {
    for (const Breach& breach : world_.breaches())
      ADD_FAILURE() << breach.promise << " " << breach.why;
    if (!world_.breaches().empty()) ADD_FAILURE() << describe(config);
  }
  std::string hub(const std::string& field, const std::string& match_key = "n1") {
    return channelbridge::model::get(world_.record_by_match_key(match_key)->state.fields, field)
        .value_or("-");
  }
  std::string shown(const std::string& system, const std::string& field,
                    const std::string& match_key = "n1") {
    const Object* object = world_.systems().at(system).find_by_match_key(match_key);
    return object ? value_in(object->state.values, field).value_or("-") : "no object";
  }
  /// What p, q or r is in a, in the hub and in b.
  std::string everywhere(const std::string& field, const std::string& match_key = "n1") {
    return shown("a", field, match_key) + "|" + hub(field, match_key) + "|" +
           shown("b", field, match_key);
  }
  World& operator*() { return world_; }
  World* operator->() { return &world_; }

 private:
  World world_;
};

const hub::Policy kLatest{};
const hub::Policy kManual{.kind = PolicyKind::Manual};
const hub::Policy kAuthorityA{.kind = PolicyKind::Authority, .system = "a"};

TEST(MergeCase, Case1BackToSentIsNotIgnored) {
  Played end(two(plain, plain, kLatest,
                 {edit("a", {{"p", "x"}}), pull("a"), push("b"), edit("b", {{"p", "y"}}), pull("b"),
                  push("a"), edit("b", {{"p", "x"}})}));
  EXPECT_EQ(end.everywhere("p"), "x|x|x");
}

TEST(MergeCase, Case2OverruledEditIsWrittenBack) {
  Played end(two(plain, plain, kAuthorityA, {edit("b", {{"p", "y"}})}));
  EXPECT_EQ(end.everywhere("p"), "abc|abc|abc");
  EXPECT_EQ(end->overruled(), 1U);
}

TEST(MergeCase, Case2bBackToSentFromElsewhereIsWritten) {
  Played end(two(plain, plain, kLatest,
                 {edit("a", {{"p", "x"}}), pull("a"), push("b"), edit("b", {{"p", "y"}}), pull("b"),
                  push("a"), edit("a", {{"p", "x"}})}));
  EXPECT_EQ(end.everywhere("p"), "x|x|x");
}

TEST(MergeCase, Case3UserEditRightAfterOurWriteIsAChange) {
  const Tune silent = [](SystemConfig& b) { b.reply = Reply::None; };
  Played end(two(plain, silent, kLatest,
                 {edit("a", {{"p", "x"}}), pull("a"), push("b"), edit("b", {{"p", "y"}})}));
  EXPECT_EQ(end.everywhere("p"), "y|y|y");
  EXPECT_EQ(end->count("normalised"), 0);
}

TEST(MergeCase, Case4EvidenceOfALaterWriteOfAnotherGroupIsNone) {
  const Tune tune = [](SystemConfig& b) {
    b.reply = Reply::None;
    b.conditional = false;
    b.modified_by = true;
  };
  Played end(two(plain, tune, kLatest,
                 {edit("a", {{"p", "x"}}), pull("a"), push("b"), edit("b", {{"p", "y"}}),
                  edit("a", {{"r", "z"}}), pull("a"), push("b")}));
  EXPECT_EQ(end.everywhere("p"), "y|y|y");
  EXPECT_EQ(end.everywhere("r"), "z|z|z");
}

TEST(MergeCase, Case5HubMovesWhileAWriteIsInFlight) {
  Played end(
      two(plain, plain, kLatest,
          {edit("a", {{"p", "x"}}), pull("a"), step(Kind::Decide, "b"), edit("a", {{"p", "y"}}),
           pull("a"), step(Kind::Send, "b"), step(Kind::Answer, "b")}));
  EXPECT_EQ(end.everywhere("p"), "y|y|y");
}

TEST(MergeCase, Case6TwoNormalisedFieldsOfOneGroupComeToRest) {
  const Tune tune = [](SystemConfig& b) { b.norm = {{"p", Loss::Cut2}, {"q", Loss::Upper}}; };
  Played end(two(plain, tune, kLatest, {edit("a", {{"q", "aB"}})}));
  EXPECT_EQ(end.everywhere("p"), "abc|abc|ab");
  EXPECT_EQ(end.everywhere("q"), "aB|aB|AB");
}

TEST(MergeCase, Case7ReplyShowsAnEditInAGroupThatWeDidNotWrite) {
  const Tune tune = [](SystemConfig& b) { b.conditional = false; };
  Played end(two(plain, tune, kLatest,
                 {edit("a", {{"p", "x"}}), edit("b", {{"r", "y"}}), pull("a"), push("b")}));
  EXPECT_EQ(end.everywhere("p"), "x|x|x");
  EXPECT_EQ(end.everywhere("r"), "y|y|y");
}

TEST(MergeCase, Case8PageReadBeforeOurWriteRevertsNothing) {
  Operation early = step(Kind::Fetch, "b");
  early.overlap = 1;
  Played end(two(plain, plain, kLatest,
                 {edit("a", {{"p", "y"}}), pull("a"), early, push("b"), step(Kind::Merge, "b")}));
  EXPECT_EQ(end.everywhere("p"), "y|y|y");
}

TEST(MergeCase, Case8bOldEventThatComesLateRevertsNothing) {
  const Tune tune = [](SystemConfig& b) { b.events = true; };
  Played end(
      two(plain, tune, kLatest, {edit("a", {{"p", "x"}}), pull("a"), push("b"), pull("b", 2)}));
  EXPECT_EQ(end.everywhere("p"), "x|x|x");
}

TEST(MergeCase, Case8bEventWithoutAnOrderedVersionIsOnlyAHint) {
  const Tune tune = [](SystemConfig& b) {
    b.events = true;
    b.versions = Versions::Etag;
  };
  Operation delayed = edit("b", {{"p", "late"}});
  delayed.delay = 3;
  Played end(two(plain, tune, kLatest,
                 {delayed, edit("b", {{"p", "new"}}), pull("b"), pull("b"), pull("b")}));
  EXPECT_EQ(end.everywhere("p"), "new|new|new");
  EXPECT_EQ(end->intents(), 2U);  // the create in b, one update of a
}

TEST(MergeCase, Case9UserWhoRestoresTheLastDocumentIsSeen) {
  const Tune tune = [](SystemConfig& b) {
    b.versions = Versions::None;
    b.modified_time = false;
    b.reply = Reply::None;
  };
  Played end(two(plain, tune, kLatest,
                 {edit("a", {{"p", "x"}}), pull("a"), push("b"), edit("b", {{"p", "abc"}})}));
  EXPECT_EQ(end.everywhere("p"), "abc|abc|abc");
}

TEST(MergeCase, Case10OverruledLinkIsDueThoughTheHubDidNotMove) {
  World world(two(plain, plain, kAuthorityA, {}));
  world.run({.kind = Kind::New, .system = "a", .values = {{"p", "abc"}, {"q", "b"}, {"r", "a"}}});
  ASSERT_TRUE(world.quiesce());
  const auto before = world.records().front().state.version;
  world.run(edit("b", {{"p", "y"}}));
  world.run(pull("b"));
  EXPECT_EQ(world.records().front().state.version, before);
  EXPECT_TRUE(world.primary("b", "R1")->state.due);
  world.check();
  EXPECT_TRUE(world.breaches().empty());
  EXPECT_EQ(value_in(world.systems().at("b").at("b1").state.values, "p"), "abc");
}

TEST(MergeCase, Case11UnknownUpsertIsLookedAtNotRepeated) {
  const Tune tune = [](SystemConfig& b) { b.idempotency = Idempotency::Upsert; };
  Played end(two(
      plain, tune, kLatest,
      {edit("a", {{"p", "x"}}), pull("a"), push("b", Net::LostAfter), edit("b", {{"p", "y"}})}));
  EXPECT_EQ(end.everywhere("p"), "y|y|y");
}

TEST(MergeCase, Case11WriteOnlyFieldIsWrittenOnceMoreAfterALostAnswer) {
  const Tune tune = [](SystemConfig& b) { b.map["p"].access = Access::Write; };
  Played end(two(plain, tune, kLatest,
                 {edit("a", {{"p", "x"}, {"q", "y"}}), pull("a"), push("b", Net::LostAfter)}));
  EXPECT_EQ(end.everywhere("p"), "x|x|x");
  EXPECT_EQ(end->intents(), 3U);  // the create, the update, the update once more
}

TEST(MergeCase, Case12MappingThatTrimsLeavesTheUsersOwnTypingAlone) {
  const Tune tune = [](SystemConfig& a) { a.map["r"].loss = Loss::Trim; };
  Played end(two(tune, plain, kLatest, {edit("a", {{"r", "Abd "}})}));
  EXPECT_EQ(end.everywhere("r"), "Abd |Abd |Abd ");
}

TEST(MergeCase, Case13LossyNeighbourDoesNotDegradeTheHub) {
  const Tune tune = [](SystemConfig& b) { b.map["p"].loss = Loss::Cut2; };
  Played end(two(plain, tune, kLatest, {edit("b", {{"q", "x"}})}));
  EXPECT_EQ(end.hub("p"), "abc");
  EXPECT_EQ(end.everywhere("q"), "x|x|x");
}

TEST(MergeCase, Case13WritingANeighbourLeavesTheSystemsRicherValueAlone) {
  const Tune tune = [](SystemConfig& b) { b.map["p"].loss = Loss::Upper; };
  Played end(two(plain, tune, kLatest,
                 {edit("b", {{"p", "aB"}}), pull("b"), push("a"), edit("a", {{"q", "x"}})}));
  EXPECT_EQ(end.everywhere("p"), "aB|aB|aB");
  EXPECT_EQ(end.everywhere("q"), "x|x|x");
}

TEST(MergeCase, Case14LatestDoesNotDependOnThePullOrder) {
  const std::vector<std::vector<std::string>> orders{{"a", "b", "c"}, {"a", "c", "b"},
                                                     {"b", "a", "c"}, {"b", "c", "a"},
                                                     {"c", "a", "b"}, {"c", "b", "a"}};
  for (const bool push_between : {false, true}) {
    for (const auto& order : orders) {
      Config config =
          two(plain, plain, kLatest,
              {edit("a", {{"p", "x"}}), edit("c", {{"p", "y"}}), edit("b", {{"p", "x"}})});
      config.systems.push_back({.name = "c"});
      for (const std::string& system : order) {
        config.operations.push_back(pull(system));
        for (const char* target : {"a", "b", "c"})
          if (push_between) config.operations.push_back(push(target));
      }
      Played end(config);
      EXPECT_EQ(end.hub("p"), "x") << order[0] << order[1] << order[2] << push_between;
    }
  }
}

TEST(MergeCase, Case15ReadOnlyFieldCountsAsAChangeOfTheHub) {
  const Tune tune = [](SystemConfig& b) { b.map["p"].access = Access::Read; };
  Played end(two(plain, tune, kManual,
                 {edit("a", {{"p", "x"}}), edit("b", {{"p", "y"}}), pull("a"), pull("b")}));
  EXPECT_EQ(end->open_conflicts(), 1U);
  EXPECT_EQ(end.hub("p"), "x");
}

TEST(MergeCase, Case16GroupThatContradictsAConstantIsNotWritten) {
  const Tune tune = [](SystemConfig& b) { b.map["q"].constant = "b"; };
  Played end(two(plain, tune, kLatest, {edit("a", {{"p", "100"}, {"q", "USD"}})}));
  EXPECT_EQ(end.shown("b", "p"), "abc");
  EXPECT_EQ(end.hub("p") + end.hub("q"), "100USD");
}

TEST(MergeCase, Case16EditBesideAConstantBringsTheConstantAlong) {
  const Tune tune = [](SystemConfig& b) { b.map["q"].constant = "EUR"; };
  Played end(two(
      plain, tune, kLatest,
      {edit("a", {{"p", "100"}, {"q", "USD"}}), pull("a"), push("b"), edit("b", {{"p", "120"}})}));
  EXPECT_EQ(end.hub("p") + end.hub("q"), "120EUR");
  EXPECT_EQ(end.shown("a", "p") + end.shown("a", "q"), "120EUR");
}

TEST(MergeCase, Case17TwoLateRewritersEndAsAConflict) {
  const auto rewrites = [](Loss loss) {
    return [loss](SystemConfig& system) {
      system.norm = {{"p", loss}};
      system.late = true;
      system.reply = Reply::None;
    };
  };
  Played end(two(rewrites(Loss::Lower), rewrites(Loss::Upper), kLatest, {edit("a", {{"p", "x"}})}));
  ASSERT_EQ(end->open_conflicts(), 1U);
  for (const World::Link& link : end->links()) {
    for (const auto& [name, group] : link.state.groups) {
      if (group.conflict) {
        EXPECT_EQ(group.conflict->reason, hub::ConflictReason::Rewritten);
      }
    }
  }
}

TEST(MergeCase, Case17FigureThatOnlyTheSystemMakesMayComeBack) {
  const Tune tune = [](SystemConfig& b) { b.map["p"].access = Access::Read; };
  std::vector<Operation> operations = {edit("a", {{"q", "x"}}), pull("a"), push("b"), pull("b")};
  for (const char* figure : {"1", "2", "1"}) {
    operations.push_back(edit("b", {{"p", figure}}));
    operations.push_back(pull("b"));
    operations.push_back(push("a"));
  }
  Played end(two(plain, tune, kLatest, operations));
  EXPECT_EQ(end->open_conflicts(), 0U);
  EXPECT_EQ(end.everywhere("p"), "1|1|1");
}

TEST(MergeCase, Case18OurOwnCreateIsRecognisedByItsMark) {
  const Tune tune = [](SystemConfig& b) { b.shows_key = false; };
  Operation create = step(Kind::New, "a", "n2");
  create.values = {{"p", "x"}, {"q", "y"}, {"r", "z"}};
  Played end(two(plain, tune, kLatest,
                 {create, pull("a"), pull("b"), step(Kind::Decide, "b", "n2"),
                  step(Kind::Send, "b"), step(Kind::Kill, "b"), pull("b")}));
  EXPECT_EQ(end->records().size(), 2U);
  EXPECT_EQ(end->systems().at("b").objects.size(), 2U);
}

TEST(MergeCase, Case19UpsertDoesNotRecreateADeletedObject) {
  const Tune tune = [](SystemConfig& b) { b.idempotency = Idempotency::Upsert; };
  Played end(two(plain, tune, kLatest,
                 {edit("a", {{"p", "x"}}), pull("a"), step(Kind::Delete, "b"), push("b")}));
  EXPECT_EQ(end.shown("b", "p"), "no object");
  EXPECT_TRUE(end->links().back().state.closed);
}

TEST(MergeCase, Case20EmptyAtFirstContactSaysNothing) {
  const Tune tune = [](SystemConfig& b) { b.map["r"].access = Access::Read; };
  Operation create = step(Kind::New, "a", "n2");
  create.values = {{"p", "x"}, {"q", "y"}, {"r", "z"}};
  Played end(two(plain, tune, kLatest, {create}));
  EXPECT_EQ(end.everywhere("r", "n2"), "z|z|-");
}

TEST(MergeCase, Case21ConflictClosesWhenTheUserGivesIn) {
  Played end(two(plain, plain, kManual,
                 {edit("a", {{"p", "x"}}), edit("b", {{"p", "y"}}), pull("a"), pull("b"),
                  edit("b", {{"p", "x"}}), pull("b"), edit("a", {{"p", "z"}})}));
  EXPECT_EQ(end->open_conflicts(), 0U);
  EXPECT_EQ(end.everywhere("p"), "z|z|z");
}

TEST(MergeCase, Case21ConflictClosesWhenTheHubComesToAgree) {
  Played end(two(plain, plain, kManual,
                 {edit("a", {{"p", "x"}}), edit("b", {{"p", "y"}}), pull("a"), pull("b"),
                  edit("a", {{"p", "y"}})}));
  EXPECT_EQ(end->open_conflicts(), 0U);
  EXPECT_EQ(end.everywhere("p"), "y|y|y");
}

TEST(MergeCase, Case22UndeletedBesideANewObjectIsSecondary) {
  Operation create = step(Kind::New, "b");
  create.values = {{"p", "new"}, {"q", "b"}, {"r", "a"}};
  Played end(two(plain, plain, kLatest,
                 {step(Kind::Delete, "b"), pull("b"), create, pull("b"), step(Kind::Undelete, "b"),
                  pull("b")}));
  int primaries = 0;
  int secondaries = 0;
  for (const World::Link& link : end->links()) {
    if (link.system != "b") continue;
    primaries += link.state.secondary ? 0 : 1;
    secondaries += link.state.secondary ? 1 : 0;
  }
  EXPECT_EQ(primaries, 1);
  EXPECT_EQ(secondaries, 1);
}

TEST(MergeCase, EditBesideALostCreateLeavesTheOtherGroupsOurs) {
  const Tune blind = [](SystemConfig& b) { b.idempotency = Idempotency::None; };
  Operation create = step(Kind::New, "a");
  create.values = {{"p", "old"}, {"q", "b"}, {"r", "a"}};
  Config config = two(plain, blind, kLatest,
                      {create, pull("a"), pull("b"), push("b", Net::LostAfter),
                       edit("a", {{"p", "new"}}), edit("b", {{"r", "z"}})});
  config.synced = false;
  Played end(config);
  EXPECT_EQ(end.everywhere("p"), "new|new|new");
  EXPECT_EQ(end.everywhere("r"), "z|z|z");
}

TEST(MergeCase, MarkNamesACreateWhoseAnswerIsStillUnderWay) {
  const Tune marked = [](SystemConfig& b) {
    b.idempotency = Idempotency::None;
    b.shows_key = false;
    b.mark = true;
  };
  Operation create = step(Kind::New, "a", "n2");
  create.values = {{"p", "x"}, {"q", "y"}, {"r", "z"}};
  Played end(two(plain, marked, kLatest,
                 {create, pull("a"), pull("b"), step(Kind::Decide, "b", "n2"),
                  step(Kind::Send, "b"), pull("b")}));
  EXPECT_EQ(end->records().size(), 2U);
  EXPECT_EQ(end->systems().at("b").objects.size(), 2U);
}

TEST(MergeCase, RefusedDuplicateThatIsOurOwnLostCreateIsNoFirstContact) {
  const Tune blind = [](SystemConfig& b) {
    b.idempotency = Idempotency::None;
    b.unique = true;
  };
  Operation late = push("b", Net::Late);
  Operation again = step(Kind::New, "a");
  again.values = {{"p", "b"}, {"q", "b"}, {"r", "b"}};
  Config config = two(plain, blind, kLatest,
                      {step(Kind::New, "a"), pull("a"), step(Kind::Delete, "a"), pull("a"),
                       pull("b"), late, step(Kind::Decide, "b"), again});
  config.synced = false;
  config.operations.front().values = {{"p", "A"}, {"q", "A"}, {"r", "A"}};
  Played end(config);
  EXPECT_EQ(end.everywhere("p"), "b|b|b");
}

}  // namespace
}  // namespace world

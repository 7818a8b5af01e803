// What is taken from a look at an object, and who decides where both sides have changed.
#include "channelbridge/model/inventory_position.hpp"
#include "rules.hpp"

namespace channelbridge::hub {
namespace {

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

TEST_F(MergeRule, ThatThereIsNothingIsTheAuthoritysWordToo) {
  policies.groups["note"] = {Policy::Kind::Authority, "erp"};
  linked.insert("erp");
  merge(look(10, "1"), {{"amount", "10"}, {"currency", "EUR"}, {"note", std::nullopt}});
  link.position = record.version;
  link.due = false;
  const auto events = merge(look(20, "2"), {{"note", "abc"}});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].outcome, GroupOutcome::Overruled);
  EXPECT_FALSE(model::get(record.fields, "note"));
  ASSERT_TRUE(link.due);
  const Decision decision = decide_update(record, link, context());
  ASSERT_TRUE(decision.write);
  ASSERT_EQ(decision.write->groups.size(), 1U);
  EXPECT_EQ(decision.write->groups.at("note").view.at("note"), std::nullopt) << "written back";
}

TEST_F(MergeRule, WhileTheAuthorityKnowsNothingOfTheRecordAnyoneMaySayTheFirstWord) {
  policies.groups["note"] = {Policy::Kind::Authority, "erp"};
  merge(look(10, "1"), {{"amount", "10"}, {"currency", "EUR"}, {"note", std::nullopt}});
  merge(look(20, "2"), {{"note", "abc"}});
  EXPECT_EQ(model::get(record.fields, "note"), "abc");
}

TEST_F(MergeRule, AnAuthorityForAllTheRestNeedNotCarryEachOfIt) {
  policies.fallback = {Policy::Kind::Authority, "erp"};
  linked.insert("erp");
  merge(look(10, "1"), {{"amount", "10"}, {"currency", "EUR"}, {"note", std::nullopt}});
  merge(look(20, "2"), {{"note", "abc"}});
  EXPECT_EQ(model::get(record.fields, "note"), "abc");
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

/// The shop keeps the day of a count only.
class CountOfADay : public MergeRule {
 protected:
  class DayImage : public Image {
   public:
    const std::vector<GroupShape>& groups() const override { return shapes; }
    model::Value image(std::string_view path, const model::Value& value) const override {
      return value && path == "as_of" ? model::Value(value->substr(0, 10)) : value;
    }
    std::vector<GroupShape> shapes{
        {.name = "lot", .fields = {"lot"}, .readable = {"lot"}, .writable = {"lot"}},
        {.name = "as_of", .fields = {"as_of"}, .readable = {"as_of"}, .writable = {"as_of"}}};
  };
  GroupOutcome first(int began, const std::string& lot, const std::string& day) {
    const Look seen = look(began, std::to_string(began));
    EXPECT_EQ(admit(link, system, seen), Admission::Merge);
    const MergeContext counted{day_, system, policies, linked, entity_.get()};
    return merge_look(record, link, counted, seen, {{"lot", lot}, {"as_of", day}})[0].outcome;
  }
  DayImage day_;
  std::shared_ptr<const model::EntityType> entity_ =
      model::entity_type(model::description(std::type_identity<model::InventoryPosition>()));
};

TEST_F(CountOfADay, IsNotOlderThanItsHour) {
  first(10, "a", "2026-11-20");
  record.fields["as_of"] = "2026-11-20T18:00:00Z";
  EXPECT_EQ(first(20, "b", "2026-11-20"), GroupOutcome::Taken);
  EXPECT_EQ(first(30, "c", "2026-11-19"), GroupOutcome::Outdated);
  EXPECT_EQ(model::get(record.fields, "lot"), "b");
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

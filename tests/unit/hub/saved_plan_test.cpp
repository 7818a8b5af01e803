#include <algorithm>
#include <set>

#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

/// A run that carries out what was planned, and nothing else.
class SavedPlanTest : public HubTest {
 protected:
  std::set<std::string> planned() {
    std::vector<PlannedAction> actions;
    plan(&actions);
    std::set<std::string> out;
    for (const PlannedAction& action : actions) out.insert(action.digest);
    return out;
  }
  RunReport carry_out(const std::set<std::string>& plan, bool accept_mapping_change = false) {
    return sync({.accept_mapping_change = accept_mapping_change,
                 .approve = [&, plan](const PlannedAction& action) {
                   const bool known = plan.contains(action.digest);
                   if (!known) refused_.push_back(action);
                   return known;
                 }});
  }
  /// What b shows of the lead with this e-mail address.
  std::string topic_in_b(const std::string& email) const {
    for (const auto& [key, object] : b_->objects()) {
      if (object.fields["Email"] == email) return object.fields["Topic"];
    }
    return "";
  }
  std::vector<PlannedAction> refused_;
};

TEST_F(SavedPlanTest, WhatWasPlannedIsWrittenThoughItsRecordsAreBornInTheRun) {
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  a_->add({{"Topic", "Valves"}, {"Email", "b@example.com"}});
  const auto plan = planned();
  EXPECT_THAT(plan, SizeIs(2));
  const RunReport report = carry_out(plan);
  EXPECT_EQ(report.written(), 2U);
  EXPECT_EQ(of(report, "b-leads").moved, 0U);
}

TEST_F(SavedPlanTest, WhatHasMovedSinceWaitsAndFollowsWithTheNextSync) {
  const std::string one = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  const std::string two = a_->add({{"Topic", "two"}, {"Email", "b@example.com"}});
  sync();
  a_->edit(one, {{"Topic", "one as planned"}});
  a_->edit(two, {{"Topic", "two as planned"}});
  const auto plan = planned();
  a_->edit(two, {{"Topic", "two moved"}});
  a_->add({{"Topic", "three"}, {"Email", "c@example.com"}});
  const RunReport report = carry_out(plan);
  EXPECT_EQ(report.written(), 1U);
  EXPECT_EQ(of(report, "b-leads").moved, 2U);
  EXPECT_EQ(of(report, "b-leads").waiting, 2U);
  EXPECT_TRUE(report.set_aside());
  EXPECT_EQ(topic_in_b("a@example.com"), "one as planned");
  EXPECT_EQ(topic_in_b("b@example.com"), "two");
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(sync().written(), 2U);
  EXPECT_EQ(topic_in_b("b@example.com"), "two moved");
  EXPECT_THAT(b_->objects(), SizeIs(3));
}

TEST_F(SavedPlanTest, AnEditOfTheOtherSideMovesAPlannedWrite) {
  config_.entities["lead"].policies.groups["topic"] = {Policy::Kind::Authority, "a"};
  open();
  const std::string key = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  sync();
  a_->edit(key, {{"Topic", "two"}});
  const auto plan = planned();
  b_->edit("B1", {{"Topic", "theirs"}});  // the same would be written, over something else
  EXPECT_EQ(of(carry_out(plan), "b-leads").moved, 1U);
  EXPECT_EQ(b_->at("B1").fields["Topic"], "theirs");
}

TEST_F(SavedPlanTest, AnEmptyPlanWritesNothing) {
  a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  EXPECT_EQ(carry_out({}).written(), 0U);
  EXPECT_THAT(b_->objects(), SizeIs(0));
  ASSERT_FALSE(refused_.empty());
  EXPECT_TRUE(refused_[0].create);
}

TEST_F(SavedPlanTest, AnotherMeaningOfTheMappingMovesAPlannedWrite) {
  const std::string key = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  sync();
  b_->edit("B1", {{"Subject", "one"}});
  sync();
  a_->edit(key, {{"Topic", "two"}});
  const auto plan = planned();
  std::string other = kLeads;
  other.replace(other.find("topic: Topic"), 12, "topic: Subject");
  config_.spokes[1].mapping = mapping_of(other);
  open();
  EXPECT_EQ(of(carry_out(plan, true), "b-leads").moved, 1U);
  EXPECT_EQ(b_->at("B1").fields["Subject"], "one");
}

/// Partners with a list of addresses, each a child of its own.
class PlannedElements : public SavedPlanTest {
 protected:
  static constexpr const char* kAddresses = R"(
system: fake
object: Account
entity: partner
id: Id
version: Version
format: json
absent: "null"
fields:
  name: Name
children:
  addresses:
    object: Address
    navigation: Addresses
    id: AddressID
    fields: { city: City, line1: Street }
)";
  void SetUp() override {
    HubTest::SetUp();
    for (Spoke& spoke : config_.spokes) spoke.mapping = mapping_of(kAddresses);
    config_.entities["partner"].match = {"name"};
    b_->child_id = "AddressID";
    open();
  }
  static nlohmann::json address(const char* id, const char* city, const char* street = nullptr) {
    return {{"AddressID", id},
            {"City", city},
            {"Street", street == nullptr ? nlohmann::json() : nlohmann::json(street)}};
  }
};

TEST_F(PlannedElements, AValueThatHasMovedToAnotherElementWaits) {
  const std::string key =
      a_->add({{"Name", "Nord"}, {"Addresses", {address("1", "Kiel"), address("2", "Ulm")}}});
  b_->add({{"Name", "Nord"}, {"Addresses", {address("8", "Kiel"), address("9", "Ulm")}}});
  sync();
  ASSERT_EQ(hub_->store().counts().value().records, 1);
  a_->edit(key, {{"Addresses", {address("1", "Kiel", "Kai 1"), address("2", "Ulm")}}});
  const auto plan = planned();
  ASSERT_THAT(plan, SizeIs(1));
  a_->edit(key, {{"Addresses", {address("1", "Kiel"), address("2", "Ulm", "Kai 1")}}});
  EXPECT_EQ(of(carry_out(plan), "b-leads").moved, 1U);
  EXPECT_EQ(b_->writes, 0U);
  a_->edit(key, {{"Addresses", {address("1", "Kiel", "Kai 1"), address("2", "Ulm")}}});
  carry_out(plan);
  EXPECT_EQ(b_->writes, 1U) << "as planned";
}

TEST_F(PlannedElements, ElementsThatAreBornInTheRunAreThoseThatWerePlanned) {
  a_->add({{"Name", "Nord"}, {"Addresses", {address("1", "Kiel"), address("2", "Ulm")}}});
  const auto plan = planned();
  const RunReport report = carry_out(plan);
  EXPECT_EQ(report.written(), 1U);
  EXPECT_EQ(of(report, "b-leads").moved, 0U);
}

/// Writes that follow from writes: what an object is given once it exists, and references to it.
class PlannedRounds : public SavedPlanTest {
 protected:
  static constexpr const char* kLaterLeads = R"(
system: fake
object: Lead
entity: lead
id: Id
version: Version
format: json
absent: "null"
fields:
  topic: Topic
  contact.last_name: { path: LastName, later: true }
  contact.email: Email
)";
  void add_partners() {
    config_.systems.push_back({"pa", pa_});
    config_.systems.push_back({"pb", pb_});
    config_.spokes.push_back(
        {.name = "pa", .system = "pa", .mapping = mapping_of(kPartnersOfPartners)});
    config_.spokes.push_back(
        {.name = "pb", .system = "pb", .mapping = mapping_of(kPartnersOfPartners)});
    open();
  }
  std::shared_ptr<FakeSystem> pa_ = std::make_shared<FakeSystem>("PA");
  std::shared_ptr<FakeSystem> pb_ = std::make_shared<FakeSystem>("PB");
};

TEST_F(PlannedRounds, WhatIsWrittenOnceTheObjectExistsIsPlannedToo) {
  config_.spokes[1].mapping = mapping_of(kLaterLeads);
  for (const bool conditional : {true, false}) {
    b_->capabilities().conditional = conditional;
    open();
    const std::string email = conditional ? "a@example.com" : "b@example.com";
    a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", email}});
    std::vector<PlannedAction> actions;
    plan(&actions);
    ASSERT_THAT(actions, SizeIs(2));
    EXPECT_TRUE(actions[0].create);
    EXPECT_FALSE(actions[1].create);
    EXPECT_EQ(actions[1].key, "");
    const RunReport report = carry_out({actions[0].digest, actions[1].digest});
    EXPECT_EQ(report.written(), 2U);
    EXPECT_FALSE(report.set_aside());
    EXPECT_EQ(of(report, "b-leads").moved, 0U);
    EXPECT_EQ(b_->objects().rbegin()->second.fields["LastName"], "Lind");
    EXPECT_TRUE(plan().empty());
  }
}

TEST_F(PlannedRounds, AReferenceToAnObjectThatThePlanCreatesIsPlannedToo) {
  add_partners();
  const std::string child = pa_->add({{"Name", "Nord"}});
  sync();
  pa_->edit(child, {{"Name", "North"}, {"Parent", pa_->add({{"Name", "Head"}})}});
  const auto plan = planned();
  EXPECT_THAT(plan, SizeIs(3)) << "its name, its parent, and then who its parent is";
  const RunReport report = carry_out(plan);
  EXPECT_EQ(report.written(), 3U);
  EXPECT_EQ(of(report, "pb").moved, 0U);
  EXPECT_EQ(pb_->at("PB1").fields["Parent"], "PB2");
}

TEST_F(PlannedRounds, ARecordThatWaitsForAFieldIsNamedOnce) {
  std::string needs = kLeads;
  needs.replace(needs.find("ref: partner,"), 13, "ref: partner, required: true,");
  config_.spokes[1].mapping = mapping_of(needs);
  config_.systems.push_back({"c", std::make_shared<FakeSystem>("C")});
  config_.spokes.push_back({.name = "c-leads", .system = "c", .mapping = mapping_of(kLeads)});
  open();
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}, {"Account", "unknown"}});
  std::vector<PlannedAction> actions;
  plan(&actions);
  EXPECT_EQ(std::count_if(actions.begin(), actions.end(),
                          [](const PlannedAction& action) { return !action.waits_for.empty(); }),
            1);
  EXPECT_THAT(actions, SizeIs(2)) << "and one that is created elsewhere";
}

TEST_F(PlannedRounds, WhatFollowsAWriteThatHasMovedWaitsAsWell) {
  config_.spokes[1].mapping = mapping_of(kLaterLeads);
  open();
  const std::string key = a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@b.com"}});
  const auto plan = planned();
  a_->edit(key, {{"LastName", "Berg"}});
  const RunReport report = carry_out(plan);
  EXPECT_EQ(report.written(), 1U) << "the create is as planned, what follows is not";
  EXPECT_EQ(of(report, "b-leads").moved, 1U);
  EXPECT_EQ(sync().written(), 1U);
  EXPECT_EQ(b_->at("B1").fields["LastName"], "Berg");
}

}  // namespace
}  // namespace channelbridge::hub

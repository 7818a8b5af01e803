#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::SizeIs;

/// What becomes of an object whose record stops passing the filter.
class LeaveTest : public HubTest {
 protected:
  void filter(model::Fields on_leave) {
    config_.spokes[1].filter =
        *Filter::parse("topic = ours", *model::EntityRegistry::built_in().find("lead"));
    config_.spokes[1].on_leave = std::move(on_leave);
    open();
    key_ = a_->add({{"Topic", "ours"}, {"Email", "a@example.com"}, {"Status", "New"}});
    sync();
    a_->edit(key_, {{"Topic", "theirs"}});
  }
  void widen() {
    config_.spokes[1].filter = *Filter::parse("topic = ours or topic = theirs",
                                              *model::EntityRegistry::built_in().find("lead"));
    open();
  }
  std::string key_;
};

TEST_F(LeaveTest, AnObjectIsKeptAsItIsUnlessTheSpokeSaysOtherwise) {
  filter({});
  const RunReport report = sync();
  EXPECT_EQ(report.written(), 0U);
  EXPECT_EQ(of(report, "b-leads").left, 1U);
  EXPECT_EQ(b_->at("B1").fields["Topic"], "ours");
  EXPECT_EQ(b_->at("B1").fields["Status"], "New");
}

TEST_F(LeaveTest, ARecordThatStandsInAnotherSpokeIsNotCreatedInOneThatExcludesIt) {
  config_.spokes[1].exclusive_with = {"a-leads"};
  open();
  key_ = a_->add({{"Topic", "ours"}, {"Email", "a@example.com"}, {"Status", "New"}});
  EXPECT_EQ(of(sync(), "b-leads").created, 0U);
  EXPECT_EQ(sync().written(), 0U) << "nor later";
  EXPECT_THAT(b_->journal(), SizeIs(0));
  const auto waits = hub_->store().waiting("b-leads", "", 10).value();
  ASSERT_THAT(waits, SizeIs(1));
  EXPECT_THAT(waits[0].detail, ::testing::HasSubstr("a-leads"));
  // In the one place where it is, it is kept.
  config_.spokes[1].exclusive_with.clear();
  open();
  sync();
  config_.spokes[1].exclusive_with = {"a-leads"};
  open();
  a_->edit(key_, {{"Topic", "other"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Topic"], "other");
}

TEST_F(LeaveTest, AnObjectIsGivenTheStatedValuesOnceAndTheHubKeepsItsOwn) {
  filter({{"status", "lost"}});
  EXPECT_EQ(sync().written(), 1U);
  EXPECT_EQ(b_->at("B1").fields["Status"], "Lost");
  EXPECT_EQ(b_->at("B1").fields["Topic"], "ours") << "nothing else is written";
  EXPECT_EQ(a_->at(key_).fields["Status"], "New") << "the record itself has not changed";
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_TRUE(plan().empty());
  EXPECT_THAT(a_->journal(), SizeIs(0));
}

TEST_F(LeaveTest, AnObjectWhoseRecordPassesAgainShowsTheHubsValues) {
  filter({{"status", "lost"}});
  sync();
  a_->edit(key_, {{"Topic", "ours"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "New");
  EXPECT_TRUE(plan().empty());
}

TEST_F(LeaveTest, AnObjectThatIsNeverReadAgainIsGivenTheHubsValuesUnderAWiderFilter) {
  filter({{"status", "lost"}});
  std::vector<std::string> sent;
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    sent.push_back(request.nodes.front().body);  // its feed does not show what we write
    return adapter::NodeOutcome{
        .status = adapter::WriteStatus::Updated, .key = "B1", .version = "9"};
  };
  sync();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(sent[0], ::testing::HasSubstr("Lost"));
  widen();
  sync();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_THAT(sent[1], ::testing::HasSubstr("New"));
}

TEST_F(LeaveTest, AnObjectWhoseRecordPassesAWiderFilterShowsTheHubsValues) {
  filter({{"status", "lost"}});
  sync();
  EXPECT_EQ(sync().written(), 0U);
  widen();
  EXPECT_EQ(sync().written(), 1U);
  EXPECT_EQ(b_->at("B1").fields["Status"], "New");
  EXPECT_EQ(b_->at("B1").fields["Topic"], "theirs");
  EXPECT_EQ(sync().written(), 0U);
}

TEST_F(LeaveTest, AnObjectWithoutAValueIsGivenOneAndLosesItWhenItsRecordPassesAgain) {
  filter({{"contact.last_name", "nobody"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["LastName"], "nobody");
  EXPECT_FALSE(a_->at(key_).fields.contains("LastName"));
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_TRUE(plan().empty());
  a_->edit(key_, {{"Topic", "ours"}});
  sync();
  EXPECT_TRUE(b_->at("B1").fields["LastName"].is_null());
  EXPECT_TRUE(plan().empty());
  EXPECT_THAT(a_->journal(), SizeIs(0));
}

TEST_F(LeaveTest, ARecordThatWasNeverThereIsNotCreatedToBeGivenThem) {
  filter({{"status", "lost"}});
  sync();
  a_->add({{"Topic", "never ours"}, {"Email", "b@example.com"}});
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_THAT(b_->objects(), SizeIs(1));
}

TEST_F(LeaveTest, WhatIsOverBeforeItWasThereDoesNotBeginThereAndWhatIsThereIsTold) {
  const auto creates = [this](const char* text) {
    config_.spokes[1].creates =
        *Filter::parse(text, *model::EntityRegistry::built_in().find("lead"));
    open();
  };
  creates("status != lost");
  const std::string there = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  const std::string over =
      a_->add({{"Topic", "two"}, {"Email", "b@example.com"}, {"Status", "Lost"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_TRUE(plan().empty());
  a_->edit(there, {{"Status", "Lost"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "Lost");
  EXPECT_THAT(b_->objects(), SizeIs(1));
  creates("status != qualified");  // another rule: every record is asked again
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(b_->at("B2").fields["Topic"], "two");
}

TEST_F(LeaveTest, ACreateThatWasRefusedIsNobodysCareOnceItDoesNotBeginThereAnyMore) {
  config_.spokes[1].creates =
      *Filter::parse("status != lost", *model::EntityRegistry::built_in().find("lead"));
  open();
  b_->before_write = [](const adapter::WriteRequest&) {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "no")};
  };
  const std::string refused = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}});
  EXPECT_EQ(of(sync(), "b-leads").dead_letters, 1U);
  a_->edit(refused, {{"Status", "Lost"}});
  EXPECT_EQ(of(sync(), "b-leads").dead_letters, 0U);
}

/// What only a step of the system carries.
class CompanionTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    std::string yaml = kLeads;
    const std::string topic = "  topic: Topic\n";
    yaml.replace(yaml.find(topic), topic.size(),
                 "  topic: { path: Topic, with: { status: [qualified] } }\n");
    config_.spokes[1].mapping = mapping_of(yaml);
    open();
    key_ = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}, {"Status", "New"}});
    sync();
  }
  std::string topic() { return b_->at("B1").fields.value("Topic", "none"); }

  std::string key_;
};

TEST_F(CompanionTest, IsWrittenByTheWriteThatBringsTheOtherFieldThereAndByNoOther) {
  EXPECT_EQ(topic(), "none") << "nor by the create";
  EXPECT_EQ(b_->at("B1").fields["Status"], "New");
  a_->edit(key_, {{"Topic", "two"}});
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_TRUE(plan().empty()) << "nothing waits for it";
  a_->edit(key_, {{"Email", "b@example.com"}});
  EXPECT_EQ(sync().written(), 1U);
  EXPECT_EQ(topic(), "none") << "not beside something else either";
  a_->edit(key_, {{"Status", "Qualified"}});
  sync();
  EXPECT_EQ(topic(), "two");
  EXPECT_EQ(b_->at("B1").fields["Status"], "Qualified");
  a_->edit(key_, {{"Topic", "three"}});
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_TRUE(plan().empty());
  EXPECT_EQ(topic(), "two");
  EXPECT_EQ(a_->at(key_).fields["Topic"], "three") << "what it shows is no word against it";
}

TEST_F(CompanionTest, GoesNowhereWithAnotherValueAndWhatIsSaidThereIsHeard) {
  a_->edit(key_, {{"Topic", "two"}, {"Status", "Lost"}});
  sync();
  EXPECT_EQ(topic(), "none");
  EXPECT_EQ(b_->at("B1").fields["Status"], "Lost");
  for (int i = 0; i < 3; ++i) b_->edit("B1", {{"Topic", "theirs"}});  // later than ours
  sync();
  EXPECT_EQ(a_->at(key_).fields["Topic"], "theirs");
  EXPECT_TRUE(plan().empty());
}

/// A status of which one value alone is written, beside what a create carries and no write after
/// it.
class OneValueTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    std::string yaml = kLeads;
    const auto replace = [&yaml](const std::string& from, const std::string& to) {
      yaml.replace(yaml.find(from), from.size(), to);
    };
    replace("  topic: Topic\n", "  topic: { path: Topic, once: true }\n");
    replace("lost: Lost } }\n", "lost: Lost }, with: { status: [lost] } }\n");
    config_.spokes[1].mapping = mapping_of(yaml);
    open();
    key_ = a_->add({{"Topic", "one"}, {"Email", "a@example.com"}, {"Status", "New"}});
    sync();
  }
  std::string there(const char* field) { return b_->at("B1").fields.value(field, "none"); }

  std::string key_;
};

TEST_F(OneValueTest, IsWrittenAndNoOtherIs) {
  EXPECT_EQ(there("Status"), "none");
  EXPECT_EQ(there("Topic"), "one");
  a_->edit(key_, {{"Status", "Qualified"}, {"Topic", "two"}});
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_TRUE(plan().empty()) << "nothing waits for it";
  a_->edit(key_, {{"Status", "Lost"}});
  EXPECT_EQ(sync().written(), 1U);
  EXPECT_EQ(there("Status"), "Lost");
  EXPECT_EQ(there("Topic"), "one") << "what was created with it stays";
  EXPECT_EQ(sync().written(), 0U);
  EXPECT_TRUE(plan().empty());
}

TEST_F(LeaveTest, WhatWasRefusedThereIsNobodysCareOnceItsRecordLeaves) {
  filter({});
  sync();
  b_->before_write = [](const adapter::WriteRequest&) {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "no")};
  };
  const std::string refused = a_->add({{"Topic", "ours"}, {"Email", "b@example.com"}});
  EXPECT_EQ(of(sync(), "b-leads").dead_letters, 1U);
  a_->edit(refused, {{"Topic", "theirs"}});
  EXPECT_EQ(of(sync(), "b-leads").dead_letters, 0U);
  b_->before_write = nullptr;
  a_->edit(refused, {{"Topic", "ours"}});
  EXPECT_EQ(of(sync(), "b-leads").created, 1U) << "it passes again, and is tried again";
}

}  // namespace
}  // namespace channelbridge::hub

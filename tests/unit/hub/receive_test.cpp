#include "hub_support.hpp"

/// What a system sends by itself: hints that are read by key, gaps that the next pull closes.
namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReceiveTest : public HubTest {
 protected:
  ReceiveReport receive(const adapter::Events& events, const std::string& system = "b") {
    auto report = hub_->receive(system, events, Context());
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    return report ? *report : ReceiveReport{};
  }
  static adapter::Events hints(const std::vector<std::string>& keys) {
    adapter::Events out;
    for (const std::string& key : keys) out.hints.push_back({.object = "Lead", .key = key});
    return out;
  }
  std::string topic_in_the_hub(const std::string& key) {
    const auto link = hub_->store().links_by_key("b-leads", {key}).value();
    if (link.empty()) return "(no link)";
    const auto record = hub_->store().records({link.at(0).record}).value();
    return model::get(parse_record_state(record.at(0).state).value().fields, "topic")
        .value_or("(empty)");
  }
};

TEST_F(ReceiveTest, ObjectsThatAreHintedAtAreReadByKeyAndMergedAndNothingIsWritten) {
  const std::string old = b_->add({{"Topic", "Pumps"}});
  const std::string other = b_->add({{"Topic", "Gears"}});
  sync();
  b_->edit(old, {{"Topic", "Valves"}});
  b_->edit(other, {{"Topic", "Wheels"}});
  const std::string young = b_->add({{"Topic", "Seals"}});
  const std::uint64_t looks = b_->looks;
  const std::uint64_t written = a_->writes;
  const ReceiveReport report = receive(hints({old, young, old}));
  EXPECT_TRUE(report.taken());
  EXPECT_THAT(report.left, IsEmpty());
  ASSERT_THAT(report.spokes, SizeIs(1));
  EXPECT_EQ(report.spokes[0].read, 2U) << "each object once";
  EXPECT_EQ(b_->looks, looks + 2) << "one call for each batch of the adapter";
  EXPECT_EQ(topic_in_the_hub(old), "Valves");
  EXPECT_EQ(topic_in_the_hub(young), "Seals") << "an object that nobody has met begins a record";
  EXPECT_EQ(topic_in_the_hub(other), "Gears") << "not hinted at";
  EXPECT_EQ(a_->writes, written);
  sync();
  EXPECT_EQ(topic_in_the_hub(other), "Wheels");
  EXPECT_THAT(a_->objects(), SizeIs(3));
  EXPECT_TRUE(plan().empty());
}

TEST_F(ReceiveTest, TheSameHintTwiceAndOneThatIsLateChangeNothing) {
  const std::string key = b_->add({{"Topic", "Pumps"}});
  sync();
  b_->edit(key, {{"Topic", "Valves"}});
  receive(hints({key}));
  const ReceiveReport again = receive(hints({key}));
  ASSERT_THAT(again.spokes, SizeIs(1));
  EXPECT_EQ(again.spokes[0].known, 1U);
  EXPECT_EQ(again.spokes[0].changed, 0U);
}

TEST_F(ReceiveTest, AnObjectThatIsGoneClosesItsLink) {
  const std::string key = b_->add({{"Topic", "Pumps"}});
  sync();
  b_->remove(key);
  EXPECT_EQ(receive(hints({key})).spokes.at(0).deleted, 1U);
  EXPECT_TRUE(hub_->store().links_by_key("b-leads", {key}).value().at(0).closed);
  EXPECT_THAT(receive(hints({"NOBODY"})).spokes, SizeIs(1));
  EXPECT_THAT(hub_->store().links_by_key("b-leads", {"NOBODY"}).value(), IsEmpty());
}

TEST_F(ReceiveTest, AGapIsLeftToTheNextPull) {
  const std::string key = b_->add({{"Topic", "Pumps"}});
  sync();
  b_->edit(key, {{"Topic", "Valves"}});
  adapter::Events events;
  events.gaps = {{.object = "Lead", .reason = "too many changes"}, {.object = "Quote"}};
  const ReceiveReport report = receive(events);
  EXPECT_TRUE(report.taken());
  EXPECT_THAT(report.left, ElementsAre("b-leads: too many changes"));
  EXPECT_EQ(topic_in_the_hub(key), "Pumps");
  sync();
  EXPECT_EQ(topic_in_the_hub(key), "Valves");
}

TEST_F(ReceiveTest, ASpokeThatWasNeverPulledOrWhoseMappingHasChangedTakesNoHints) {
  const std::string key = b_->add({{"Topic", "Pumps"}});
  EXPECT_THAT(receive(hints({key})).left,
              ElementsAre(HasSubstr("has not been pulled to its end yet")));
  EXPECT_EQ(b_->looks, 0U);
  sync();
  std::string changed = kLeads;
  changed.replace(changed.find("topic: Topic"), 12, "topic: Title");
  config_.spokes[1].mapping = mapping_of(changed);
  open();
  EXPECT_THAT(receive(hints({key})).left, ElementsAre(HasSubstr("the mapping has changed")));
}

TEST_F(ReceiveTest, WhatOnlyWhereCanTellWaitsForThePull) {
  config_.spokes[1].where = "Region = 'North'";
  open();
  const std::string known = b_->add({{"Topic", "Pumps"}});
  sync();
  b_->edit(known, {{"Topic", "Valves"}});
  const std::string stranger = b_->add({{"Topic", "Seals"}});
  const ReceiveReport report = receive(hints({known, stranger}));
  EXPECT_THAT(report.left, ElementsAre(HasSubstr("'where' may not want")));
  EXPECT_EQ(topic_in_the_hub(known), "Valves");
  EXPECT_EQ(topic_in_the_hub(stranger), "(no link)");
}

TEST_F(ReceiveTest, ASystemThatCannotBeReadIsToldToSendAgain) {
  const std::string key = b_->add({{"Topic", "Pumps"}});
  sync();
  b_->look_error = Error(ErrorCode::Unavailable, "down");
  const ReceiveReport report = receive(hints({key}));
  EXPECT_FALSE(report.taken());
  EXPECT_THAT(to_json(report), HasSubstr("\"taken\":false"));
  EXPECT_FALSE(hub_->receive("nobody", {}, Context()));
}

}  // namespace
}  // namespace channelbridge::hub

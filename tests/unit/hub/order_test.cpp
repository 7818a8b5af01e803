#include "channelbridge/core/clock.hpp"
#include "hub_support.hpp"

/// What comes in another order than it happened: clocks that step back, creates whose answers are
/// lost, objects that become something else, sources that are read anew.
namespace channelbridge::hub {
namespace {

using ::testing::SizeIs;

/// A wall clock that is set by hand.
class SetClock final : public Clock {
 public:
  Timestamp now() const override { return time; }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  bool sleep_until(std::chrono::steady_clock::time_point until, std::stop_token) const override {
    slept = std::max(slept, until - steady_now());
    return true;
  }
  mutable std::chrono::steady_clock::duration slept{};
  Timestamp time{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
};

class OrderTest : public HubTest {
 protected:
  RunReport sync_at_clock() {
    auto report = hub_->sync({}, Context(clock_, {}));
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    return report ? *report : RunReport{};
  }
  std::shared_ptr<SetClock> clock_ = std::make_shared<SetClock>();
};

TEST_F(OrderTest, AClockThatWasSetBackHidesNoEdit) {
  b_->capabilities().versions = adapter::Versions::None;
  b_->capabilities().conditional = false;
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync_at_clock();
  sync_at_clock();
  const std::string other = b_->journal()[0].key;
  clock_->time -= std::chrono::hours(1);
  open();
  b_->edit(other, {{"Topic", "Valves"}});
  sync_at_clock();
  EXPECT_EQ(a_->at(key).fields["Topic"], "Valves");
  a_->edit(key, {{"Topic", "Pipes"}});
  sync_at_clock();
  EXPECT_EQ(b_->at(other).fields["Topic"], "Pipes");
  EXPECT_TRUE(plan().empty());
}

TEST_F(OrderTest, AClockThatStandsStillKeepsNothingWaiting) {
  b_->capabilities().versions = adapter::Versions::None;
  b_->capabilities().conditional = false;
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync_at_clock();
  const std::string other = b_->journal()[0].key;
  for (const char* topic : {"Valves", "Pipes"}) {
    a_->edit(key, {{"Topic", topic}});
    sync_at_clock();
    EXPECT_EQ(b_->at(other).fields["Topic"], topic);
  }
}

TEST_F(OrderTest, ARefusedDuplicateIsRecognisedAsOurOwnLostCreate) {
  expect_stop_ = true;
  b_->capabilities().idempotency = adapter::Idempotency::None;
  std::string ours;
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    ours = b_->objects().begin()->first;
    b_->at(ours).changed = 0;  // no pull shows it
    b_->read_error = Error(ErrorCode::Unavailable, "down");
    return true;
  };
  const std::string key =
      a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@example.com"}});
  sync();
  ASSERT_FALSE(ours.empty());
  b_->read_error.reset();
  b_->lose_answer = nullptr;
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    if (request.nodes[0].operation != adapter::Operation::Create) return std::nullopt;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "exists"),
                                .duplicate_of = ours};
  };
  a_->edit(key, {{"LastName", "Berg"}});
  expect_stop_ = false;
  sync();
  EXPECT_THAT(hub_->store().conflicts().value(), SizeIs(0)) << "it is no first contact";
  EXPECT_EQ(b_->at(ours).fields["LastName"], "Berg");
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_TRUE(plan().empty());
}

TEST_F(OrderTest, ADuplicateThatIsNotThereLeavesALetterAndNoLink) {
  int refused = 0;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    ++refused;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "exists"),
                                .duplicate_of = "NOBODY"};
  };
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  sync();
  EXPECT_EQ(refused, 1) << "parked until somebody looks";
  EXPECT_THAT(hub_->store().links_by_key("b-leads", {"NOBODY"}).value(), SizeIs(0));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  b_->before_write = nullptr;
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
}

TEST_F(OrderTest, AnObjectThatBecameSomethingElseIsAClosedLink) {
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  b_->at(other).converted_into = "X1";
  b_->edit(other, {{"Topic", "converted"}});
  EXPECT_EQ(of(sync(), "b-leads").converted, 1U);
  EXPECT_EQ(a_->at(key).fields["Topic"], "converted") << "its last word counts";
  const auto links = hub_->store().links_by_key("b-leads", {other}).value();
  ASSERT_THAT(links, SizeIs(1));
  EXPECT_TRUE(links[0].closed);
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1)) << "neither written nor created anew";
}

TEST_F(OrderTest, WhatWasSetAsideOfASourceClosesWhenTheSourceIsReadAnewOrGone) {
  const auto broken = [this](const char* position) {
    a_->unreadable.push_back(
        {.position = position, .text = "?", .error = Error(ErrorCode::Protocol, "no row")});
  };
  broken("in/leads.csv:3");
  broken("in/leads.csv:7");
  broken("in/leads.csv.old:3");
  sync();
  const auto before = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(before, SizeIs(3));
  a_->renewed = {"in/leads.csv"};
  broken("in/leads.csv:3");
  sync();
  const auto after = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(after, SizeIs(2));
  for (const store::DeadLetterRow& letter : after) {
    if (letter.key != "in/leads.csv:3") continue;
    EXPECT_EQ(letter.attempts, 2) << "the same row is the same letter";
  }
  a_->renewed = {"in/leads.csv", "in/leads.csv.old"};
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
}

TEST_F(OrderTest, ASpokesPageSizeHoldsAndWithoutOneTheAdapters) {
  b_->capabilities().page_size = 2;
  std::size_t largest = 0;
  b_->alter_page = [&](adapter::Page& page) { largest = std::max(largest, page.changes.size()); };
  const auto largest_of_three = [&](const std::string& domain) {
    open();
    for (const char* name : {"1@", "2@", "3@"})
      b_->add({{"Topic", "new"}, {"Email", name + domain}});
    largest = 0;
    sync();
    return largest;
  };
  EXPECT_EQ(largest_of_three("a.example"), 2U);
  config_.spokes[1].page_size = 1;
  EXPECT_EQ(largest_of_three("b.example"), 1U);
}

TEST_F(OrderTest, APullThatGoesOnAtAnEarlierRunsBoundSaysNothingOfLater) {
  config_.spokes[1].page_size = 1;
  b_->bounded = true;
  open();
  for (const char* email : {"1@example.com", "2@example.com", "3@example.com"})
    b_->add({{"Topic", "old"}, {"Email", email}});
  sync();
  const std::string first = b_->objects().begin()->first;
  for (const char* topic : {"one", "two"}) b_->edit(first, {{"Topic", topic}});
  b_->edit(b_->objects().rbegin()->first, {{"Topic", "two"}});
  a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "x@example.com"}});
  int pages = 0;
  b_->alter_page = [&](adapter::Page&) {
    if (++pages == 1) b_->read_error = Error(ErrorCode::Unavailable, "down");
  };
  expect_stop_ = true;
  sync();
  expect_stop_ = false;
  b_->read_error.reset();
  // Meanwhile a person makes the same lead there, behind the bound of that pull.
  b_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "x@example.com"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(4)) << "nothing is created twice";
  EXPECT_TRUE(plan().empty());
}

TEST_F(OrderTest, TheLastWordOfAPageCountsAlsoWhenItIsAnOldOne) {
  b_->capabilities().versions = adapter::Versions::None;
  b_->capabilities().conditional = false;
  const std::string key = b_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  sync();
  b_->at(key).changed = 100;  // it comes again, twice: as somebody had it for a while, and as it is
  b_->alter_page = [](adapter::Page& page) {
    if (page.changes.empty()) return;
    adapter::Change before = page.changes[0];
    nlohmann::json document = nlohmann::json::parse(before.document.text());
    document["Topic"] = "Valves";
    before.document = document::Document::of(document.dump());
    page.changes.insert(page.changes.begin(), before);
  };
  sync();
  b_->alter_page = nullptr;
  sync();
  EXPECT_EQ(a_->objects().begin()->second.fields["Topic"], "Pumps");
  EXPECT_EQ(b_->at(key).fields["Topic"], "Pumps");
}

TEST_F(OrderTest, AnObjectThatIsGoneDoesNotMakeItsSuccessorBeWrittenTwice) {
  config_.entities["lead"].policies.fallback = {Policy::Kind::Authority, "a"};
  b_->capabilities().conditional = false;
  open();
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  const std::string gone = b_->journal()[0].key;
  b_->before_write = [](const adapter::WriteRequest&) {
    return std::optional(adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                              .error = Error(ErrorCode::Rejected, "no")});
  };
  b_->edit(gone, {{"Topic", "mine"}});  // overruled: due, and its lane is parked
  sync();
  b_->before_write = nullptr;
  b_->remove(gone);
  sync();
  const std::string again = b_->add({{"Topic", "mine"}, {"Email", "a@example.com"}});
  a_->edit(key, {{"LastName", "Lind"}});
  sync();
  EXPECT_EQ(b_->at(again).fields["Topic"], "Pumps");
  EXPECT_EQ(b_->at(again).fields["LastName"], "Lind");
  std::size_t updates = 0;
  for (const FakeSystem::Effect& effect : b_->journal()) updates += effect.key == again ? 1U : 0U;
  EXPECT_EQ(updates, 1U);
}

TEST_F(OrderTest, ALinkThatCanBeReadAgainIsPlannedAgain) {
  const std::string key = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  const std::string other = b_->journal()[0].key;
  sync();
  b_->edit(other, {{"Status", "?"}});
  sync();
  a_->edit(key, {{"LastName", "Lind"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1)) << "nothing goes over what was not understood";
  b_->at(other).fields.erase("Status");
  --b_->at(other).version;  // the very document that was known before
  b_->at(other).changed += 100;
  sync();
  EXPECT_EQ(b_->at(other).fields["LastName"], "Lind");
}

TEST_F(OrderTest, ABrokenRowBehindAGoodOneIsThePagesLastWord) {
  const std::string key = b_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync();
  b_->edit(key, {{"Topic", "Valves"}});
  b_->alter_page = [](adapter::Page& page) {
    if (page.changes.empty()) return;
    adapter::Change broken = page.changes[0];
    nlohmann::json document = nlohmann::json::parse(broken.document.text());
    document["Status"] = "?";
    broken.document = document::Document::of(document.dump());
    page.changes.push_back(broken);
  };
  sync();
  b_->alter_page = nullptr;
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  EXPECT_TRUE(hub_->store().links_by_key("b-leads", {key}).value().at(0).stale);
}

TEST_F(OrderTest, AnObjectInTheWayMayBeAnotherCreatesOwn) {
  b_->capabilities().batch_records = 1;
  b_->capabilities().idempotency = adapter::Idempotency::None;  // only what it shows tells whose
  const std::string two = a_->add({{"Topic", "two"}, {"Email", "2@example.com"}});
  b_->lose_answer = [](const adapter::WriteRequest&) { return true; };
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    const bool first = nlohmann::json::parse(request.nodes[0].body).value("Topic", "") == "two";
    if (first) return std::nullopt;
    if (b_->objects().empty())
      return adapter::NodeOutcome{.status = adapter::WriteStatus::Retry};  // its turn comes
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "not unique"),
                                .duplicate_of = b_->objects().begin()->first};
  };
  const std::string one = a_->add({{"Topic", "one"}, {"Email", "1@example.com"}});
  for (int i = 0; i < 3; ++i) sync();
  ASSERT_THAT(b_->objects(), SizeIs(1));
  const auto record_of = [&](const std::string& spoke, const std::string& key) {
    return hub_->store().links_by_key(spoke, {key}).value().at(0).record;
  };
  EXPECT_EQ(record_of("b-leads", b_->objects().begin()->first), record_of("a-leads", two));
  EXPECT_THAT(hub_->store().links_of_record(record_of("a-leads", one)).value(), SizeIs(1));
  EXPECT_THAT(hub_->store().duplicates().value(), SizeIs(1));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
}

TEST_F(OrderTest, ALostAnswerIsLookedForWhenTheSystemsTimeHasPassed) {
  b_->capabilities().settle = std::chrono::seconds(7);
  int lost = 0;
  b_->lose_answer = [&](const adapter::WriteRequest&) { return lost++ == 0; };
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync_at_clock();
  EXPECT_GE(clock_->slept, std::chrono::seconds(7));
  EXPECT_EQ(hub_->store().counts().value().open_intents, 0);
}

TEST_F(OrderTest, AWriteThatMayTakeLongIsLeftToALaterRun) {
  b_->capabilities().settle = std::chrono::minutes(11);
  int sent = 0;
  b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
    if (sent++ > 0) return std::nullopt;
    return adapter::NodeOutcome{
        .status = adapter::WriteStatus::Unknown,
        .error = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer)};
  };
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  for (int i = 0; i < 2; ++i) {
    sync_at_clock();
    clock_->time += std::chrono::minutes(5);
    EXPECT_EQ(sent, 1) << "it may still land";
    EXPECT_EQ(hub_->store().counts().value().open_intents, 1);
  }
  EXPECT_LT(clock_->slept, std::chrono::seconds(30)) << "nobody waits for it";
  clock_->time += std::chrono::minutes(2);
  sync_at_clock();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(hub_->store().counts().value().open_intents, 0);
  EXPECT_TRUE(plan().empty());
}

TEST_F(OrderTest, AWriteThatMayTakeLongIsFoundAsSoonAsItIsThere) {
  b_->capabilities().settle = std::chrono::minutes(11);
  b_->lose_answer = [](const adapter::WriteRequest&) { return true; };
  a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  sync_at_clock();
  EXPECT_EQ(hub_->store().counts().value().open_intents, 0);
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_LT(clock_->slept, std::chrono::seconds(30));
}

}  // namespace
}  // namespace channelbridge::hub

#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

/// What the hub takes for its own work when an answer was lost, and what it does not.
class OwnWritesTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    b_->capabilities().idempotency = adapter::Idempotency::None;
    config_.entities["lead"].policies.fallback = {.kind = Policy::Kind::Manual};
    open();
  }
  /// Leads whose mapping in b names a field for the number of each write.
  void leave_marks() {
    config_.spokes[1].mapping = mapping_of(std::string(kLeads) + "mark: Mark\n");
    open();
  }
  /// Syncs while b goes down with the next write: nothing tells what became of it before the next
  /// run.
  void sync_into_silence() {
    expect_stop_ = true;
    sync();
    expect_stop_ = false;
    b_->before_write = nullptr;
    b_->lose_answer = nullptr;
    b_->read_error.reset();
  }
  void fall_silent() { b_->read_error = Error(ErrorCode::Unavailable, "down"); }
  /// A create leaves for b and never arrives; a user makes an object there that shows the same.
  std::string made_by_a_user_meanwhile(const std::string& key) {
    std::string theirs;
    b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
      theirs = b_->add(a_->at(key).fields);
      fall_silent();
      return adapter::NodeOutcome{
          .status = adapter::WriteStatus::Unknown,
          .error = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer)};
    };
    sync_into_silence();
    EXPECT_FALSE(theirs.empty());
    return theirs;
  }
  /// The next write lands and its answer is lost. The object's key.
  std::string lose_the_next_answer() {
    b_->lose_answer = [&](const adapter::WriteRequest&) {
      fall_silent();
      return true;
    };
    const std::size_t before = b_->journal().size();
    sync_into_silence();
    EXPECT_EQ(b_->journal().size(), before + 1);
    return b_->journal().back().key;
  }
  /// An update lands, its answer is lost, and a user who saw it edits the same field.
  void edit_what_a_lost_update_wrote() {
    const std::string key = a_->add(lead_);
    sync();
    a_->edit(key, {{"Topic", "Valves"}});
    b_->edit(lose_the_next_answer(), {{"Topic", "Valves, large"}});
    sync();
  }

  const nlohmann::json lead_{{"Topic", "Pumps"}, {"LastName", "Lind"}, {"Email", "a@example.com"}};
};

TEST_F(OwnWritesTest, WhereCreatesLeaveNoMarkWhatAnObjectShowsDecides) {
  const std::string key = a_->add(lead_);
  const std::string ours = lose_the_next_answer();
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_EQ(b_->at(ours).fields["Topic"], "Valves");
  EXPECT_THAT(hub_->store().conflicts().value(), IsEmpty());
  EXPECT_THAT(b_->objects(), SizeIs(1));
}

TEST_F(OwnWritesTest, AnObjectWithoutTheMarkOfOurCreatesIsNotOne) {
  b_->capabilities().idempotency = adapter::Idempotency::Find;
  const std::string key = a_->add(lead_);
  const std::string theirs = made_by_a_user_meanwhile(key);
  a_->edit(key, {{"Topic", "Valves"}});
  fall_silent();
  sync_into_silence();  // the hub moves on before it meets that object
  sync();
  EXPECT_EQ(b_->at(theirs).fields["Topic"], "Pumps");
  EXPECT_THAT(hub_->store().conflicts().value(), SizeIs(1));
}

TEST_F(OwnWritesTest, EveryWriteCarriesItsNumber) {
  leave_marks();
  const std::string key = a_->add(lead_);
  sync();
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  ASSERT_THAT(b_->journal(), SizeIs(2));
  for (const FakeSystem::Effect& effect : b_->journal()) {
    const std::string mark = effect.body.value("Mark", "");
    const auto intents = hub_->store().intents_with({mark}).value();
    ASSERT_THAT(intents, SizeIs(1)) << mark;
    EXPECT_EQ(intents[0].key, effect.key);
  }
  EXPECT_NE(b_->journal()[0].body["Mark"], b_->journal()[1].body["Mark"]);
  EXPECT_TRUE(plan().empty());
}

TEST_F(OwnWritesTest, AMarkTellsThatALostUpdateLandedUnderALaterEdit) {
  leave_marks();
  edit_what_a_lost_update_wrote();
  EXPECT_THAT(hub_->store().conflicts().value(), IsEmpty());
  EXPECT_EQ(a_->objects().begin()->second.fields["Topic"], "Valves, large");
}

TEST_F(OwnWritesTest, WithoutAMarkNobodyCanTell) {
  edit_what_a_lost_update_wrote();
  EXPECT_THAT(hub_->store().conflicts().value(), SizeIs(1));
  EXPECT_EQ(a_->objects().begin()->second.fields["Topic"], "Valves");
}

TEST_F(OwnWritesTest, AMarkTellsOurLostCreateFromAnyOtherObject) {
  leave_marks();
  config_.entities["lead"].match.clear();
  open();
  const std::string key = a_->add(lead_);
  const std::string ours = lose_the_next_answer();
  b_->edit(ours, {{"Topic", "edited"}, {"LastName", "edited"}, {"Email", "edited@example.com"}});
  sync();
  EXPECT_EQ(hub_->store().counts().value().records, 1) << "it is not a new record";
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(a_->at(key).fields["Topic"], "edited") << "a user's edit of our object";
  EXPECT_THAT(hub_->store().conflicts().value(), IsEmpty());
}

TEST_F(OwnWritesTest, AMarkedCreateThatCannotBeReadIsNotMadeASecondTime) {
  leave_marks();
  config_.entities["lead"].match.clear();
  open();
  a_->add(lead_);
  const std::string ours = lose_the_next_answer();
  b_->edit(ours, {{"Email", "nowhere"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  b_->edit(ours, {{"Email", "b@example.com"}});
  sync();
  EXPECT_EQ(a_->objects().begin()->second.fields["Email"], "b@example.com");
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), IsEmpty());
  EXPECT_EQ(hub_->store().counts().value().records, 1);
}

TEST_F(OwnWritesTest, TheNumberTellsWhichOfTwoLostCreatesMadeAnObject) {
  leave_marks();
  const std::string key = a_->add(lead_);
  const std::string first = lose_the_next_answer();
  const std::int64_t place = std::exchange(b_->at(first).changed, 0);  // no pull shows it yet
  a_->edit(key, {{"Topic", "Valves"}});
  const std::string second = lose_the_next_answer();
  ASSERT_NE(first, second) << "a system where nothing can be found is at-least-once";
  b_->at(first).changed = place;
  sync();
  EXPECT_EQ(b_->at(first).fields["Topic"], "Valves") << "it was made with an older value";
  EXPECT_THAT(a_->objects(), SizeIs(1));
  EXPECT_EQ(hub_->store().counts().value().records, 1);
}

TEST_F(OwnWritesTest, ALostCreateOfAnObjectWithoutPlaceForOurIdStopsNothing) {
  b_->capabilities().idempotency = adapter::Idempotency::Find;
  b_->holds_ids = false;
  open();
  a_->add(lead_);
  lose_the_next_answer();
  sync();
  EXPECT_EQ(hub_->store().counts().value().open_intents, 0);
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "it is known by what it shows";
  EXPECT_EQ(hub_->store().counts().value().records, 1);
}

TEST_F(OwnWritesTest, ACopyThatAUserMakesOfOurObjectIsAnObjectOfItsOwn) {
  leave_marks();
  config_.entities["lead"].match.clear();
  open();
  a_->add(lead_);
  sync();
  nlohmann::json copy = b_->objects().begin()->second.fields;
  copy["LastName"] = "Berg";
  b_->add(copy);
  sync();
  EXPECT_EQ(hub_->store().counts().value().records, 2);
  EXPECT_THAT(a_->objects(), SizeIs(2));
  EXPECT_EQ(a_->objects().begin()->second.fields["LastName"], "Lind");
}

TEST_F(OwnWritesTest, ALostCreateThatSomebodyDeletedIsNotMadeAgain) {
  leave_marks();
  b_->capabilities().idempotency = adapter::Idempotency::Find;
  open();
  const std::string key = a_->add(lead_);
  b_->remove(lose_the_next_answer());
  sync();
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), IsEmpty());
}

TEST_F(OwnWritesTest, ALostCreateThatNoPullShowsIsLookedFor) {
  b_->capabilities().idempotency = adapter::Idempotency::Find;
  open();
  const std::string key = a_->add(lead_);
  const std::string ours = lose_the_next_answer();
  b_->at(ours).changed = 0;
  a_->edit(key, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->at(ours).fields["Topic"], "Valves");
}

TEST_F(OwnWritesTest, ACreateWhoseObjectIsAnotherRecordsWaitsForAPerson) {
  b_->capabilities().idempotency = adapter::Idempotency::Find;
  a_->add(lead_);
  const std::string ours = lose_the_next_answer();
  const store::RecordRow other{
      .id = "other", .entity = "lead", .version = 1, .state = to_json(RecordState{.version = 1})};
  const store::LinkRow link{.spoke = "b-leads",
                            .key = ours,
                            .system = "b",
                            .object = "Lead",
                            .entity = "lead",
                            .record = "other",
                            .state = "{}",
                            .elements = "{}"};
  ASSERT_TRUE(hub_->store().commit({.records = {other}, .links = {link}}));
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "nothing is created beside it";
  ASSERT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  EXPECT_EQ(hub_->store().dead_letters(true, 10).value()[0].rule, "possible_duplicate");
  EXPECT_THAT(hub_->store().duplicates().value(), SizeIs(1));
}

TEST_F(OwnWritesTest, AMarkIsFoundInAFieldThatShowsOnlyCapitals) {
  leave_marks();
  config_.entities["lead"].match.clear();
  open();
  b_->normalise = [](nlohmann::json& body) {
    std::string mark = body["Mark"];
    for (char& c : mark) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    body["Mark"] = mark;
  };
  a_->add(lead_);
  lose_the_next_answer();
  sync();
  EXPECT_EQ(hub_->store().counts().value().records, 1);
  EXPECT_THAT(b_->objects(), SizeIs(1));
}

}  // namespace
}  // namespace channelbridge::hub

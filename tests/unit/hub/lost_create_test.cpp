#include "hub_support.hpp"

/// Creates without an answer in a system whose objects carry no id of ours, of entities without a
/// match key: nothing can be asked for.
namespace channelbridge::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kQuotesWithMarks = R"(
system: fake
object: Quote
entity: quote
id: Id
version: Version
format: json
absent: "null"
fields:
  number: { path: Number, direction: read }
  currency: Currency
  valid.start: From
  valid.end: To
children:
  lines:
    object: QuoteLine
    navigation: Lines
    id: Id
    fields:
      no: No
      qty.value: Qty
      qty.unit: { const: C62 }
)";

nlohmann::json quote(int quantity = 2) {
  return {{"Currency", "EUR"},
          {"To", "2027-03-31"},
          {"Lines", {{{"Id", "l1"}, {"No", 10}, {"Qty", quantity}}}}};
}

class LostCreateTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.spokes = {{.name = "a-quotes", .system = "a", .mapping = mapping_of(kQuotesWithMarks)},
                      {.name = "b-quotes", .system = "b", .mapping = mapping_of(kQuotesWithMarks)}};
    b_->capabilities().idempotency = adapter::Idempotency::None;
    open();
  }
  /// Quotes are matched by their number; `here` is what b's mapping does with it.
  void match_numbers(const std::string& here) {
    std::string yaml = kQuotesWithMarks;
    const std::string read = "number: { path: Number, direction: read }";
    const std::string both = "number: Number";
    yaml.replace(yaml.find(read), read.size(), both);
    config_.spokes[0].mapping = mapping_of(yaml);
    yaml.replace(yaml.find(both), both.size(), here);
    config_.spokes[1].mapping = mapping_of(yaml);
    config_.entities["quote"].match = {"number"};
    open();
  }
  /// The record of an object.
  std::string record_of(const std::string& spoke, const std::string& key) {
    const auto links = hub_->store().links_by_key(spoke, {key}).value();
    return links.empty() ? "" : links[0].record;
  }
  std::vector<store::DeadLetterRow> letters() { return *hub_->store().dead_letters(true, 10); }
  store::Counts counts() { return *hub_->store().counts(); }
  /// The next creates land and their answers are lost.
  void lose_answers() {
    b_->lose_answer = [](const adapter::WriteRequest&) { return true; };
  }
  /// The next creates leave, never arrive, and nobody says so.
  void lose_requests() {
    b_->before_write = [](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
      return adapter::NodeOutcome{
          .status = adapter::WriteStatus::Unknown,
          .error = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer)};
    };
  }
};

TEST_F(LostCreateTest, AnObjectThatShowsWhatItCarriedIsItsOwn) {
  b_->normalise = [](nlohmann::json& fields) { fields["From"] = "2026-11-22"; };  // by default
  lose_answers();
  a_->add(quote(2));
  a_->add(quote(3));
  sync();
  b_->lose_answer = nullptr;
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_THAT(a_->objects(), SizeIs(2)) << "nothing came back as an object of its own";
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(counts().open_intents, 0);
  EXPECT_EQ(counts().records, 2);
  EXPECT_TRUE(plan().empty());
}

TEST_F(LostCreateTest, TwoThatAreAlikeHaveOneObjectEach) {
  lose_answers();
  a_->add(quote());
  a_->add(quote());
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_THAT(a_->objects(), SizeIs(2));
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(counts().records, 2);
}

TEST_F(LostCreateTest, OneThatShowsNowhereIsAQuestionAndIsNotMadeAgainByItself) {
  lose_requests();
  const std::string key = a_->add(quote());
  sync();
  b_->before_write = nullptr;
  a_->edit(key, {{"To", "2027-06-30"}});
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_THAT(b_->objects(), IsEmpty()) << "nobody knows whether it arrived";
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_EQ(letters()[0].rule, "lost_create");
  EXPECT_THAT(letters()[0].message, HasSubstr("dead-letters replay"));
  EXPECT_EQ(counts().open_intents, 1);
  // Somebody has looked: it is not there.
  ASSERT_TRUE(hub_->replay(letters()[0].id, Context()));
  sync();
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->objects().begin()->second.fields["To"], "2027-06-30");
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(counts().open_intents, 0);
}

TEST_F(LostCreateTest, WhereObjectsAreNeverShownItsMatchKeyIsNotWaitedFor) {
  match_numbers("number: Number");
  b_->capabilities().readable = false;
  b_->alter_page = [](adapter::Page& page) { page.changes.clear(); };
  lose_answers();
  nlohmann::json numbered = quote();
  numbered["Number"] = "Q-1";
  a_->add(numbered);
  sync();
  b_->lose_answer = nullptr;
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "that no pull shows it says nothing";
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_EQ(letters()[0].rule, "lost_create");
}

TEST_F(LostCreateTest, OneThatShowsNowhereWaitsForAPerson) {
  lose_requests();
  const std::string key = a_->add(quote());
  sync();
  b_->before_write = nullptr;
  for (const char* until : {"2027-06-30", "2027-07-31"}) {
    a_->edit(key, {{"To", until}});
    sync();
    const std::vector<Waiting> waits = *hub_->waiting(5);
    ASSERT_THAT(waits, SizeIs(1));
    EXPECT_EQ(waits[0].rule, "lost_create");
    EXPECT_THAT(waits[0].ends, HasSubstr("a person says what became of it: `dead-letters replay`"));
  }
  ASSERT_TRUE(hub_->replay(letters()[0].id, Context()));
  sync();
  EXPECT_THAT(*hub_->waiting(5), IsEmpty());
}

TEST_F(LostCreateTest, AnObjectOfSomebodyElseIsNotTakenForIt) {
  lose_requests();
  a_->add(quote(2));
  sync();
  b_->before_write = nullptr;
  const std::string theirs = b_->add(quote(7));
  sync();
  EXPECT_THAT(a_->objects(), SizeIs(2)) << "theirs crosses as always";
  EXPECT_THAT(letters(), SizeIs(1)) << "ours is still a question";
  nlohmann::json copy = quote(2);
  copy["Lines"].push_back({{"Id", "l2"}, {"No", 20}, {"Qty", 1}});
  copy["Currency"] = "USD";
  b_->add(copy);
  sync();
  EXPECT_THAT(a_->objects(), SizeIs(3));
  EXPECT_THAT(letters(), SizeIs(1));
}

TEST_F(LostCreateTest, OneThatShowsLateClosesItsLetter) {
  lose_answers();
  const std::string key = a_->add(quote());
  b_->alter_page = [](adapter::Page& page) { page.changes.clear(); };
  sync();
  b_->lose_answer = nullptr;
  sync();
  EXPECT_THAT(letters(), SizeIs(1));
  b_->alter_page = nullptr;
  b_->edit(b_->objects().begin()->first, {{"Notes", "a clerk has looked at it"}});
  a_->edit(key, {{"To", "2027-06-30"}});
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_THAT(letters(), IsEmpty());
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->objects().begin()->second.fields["To"], "2027-06-30");
  EXPECT_THAT(a_->objects(), SizeIs(1));
}

/// A match key of the record that the system does not show is nothing to look for.
TEST_F(LostCreateTest, AKeyThatTheCreateDidNotCarryFindsNothing) {
  match_numbers("number: { path: Number, direction: read }");
  lose_answers();
  nlohmann::json numbered = quote();
  numbered["Number"] = "Q-1";
  a_->add(numbered);
  b_->alter_page = [](adapter::Page& page) { page.changes.clear(); };
  sync();
  b_->lose_answer = nullptr;
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "it is not made again";
  EXPECT_THAT(letters(), SizeIs(1));
  b_->alter_page = nullptr;
  b_->edit(b_->objects().begin()->first, {{"Notes", "shown anew"}});
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "it is known by its content";
  EXPECT_THAT(a_->objects(), SizeIs(1));
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(counts().records, 1);
}

TEST_F(LostCreateTest, AKeyThatTheCreateCarriedIsLookedFor) {
  match_numbers("number: Number");
  lose_requests();
  nlohmann::json numbered = quote();
  numbered["Number"] = "Q-1";
  a_->add(numbered);
  sync();
  b_->before_write = nullptr;
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "no object of that number: it is made";
  EXPECT_THAT(letters(), IsEmpty());
}

TEST_F(LostCreateTest, AKeyThatChangesBeforeItsSystemIsPulledCostsNothing) {
  match_numbers("number: Number");
  nlohmann::json numbered = quote();
  numbered["Number"] = "Q-1";
  const std::string key = a_->add(numbered);
  std::stop_source kill;
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    kill.request_stop();
    return true;
  };
  ASSERT_TRUE(hub_->sync({}, Context().with_stop(kill.get_token())));
  b_->lose_answer = nullptr;
  ASSERT_THAT(b_->objects(), SizeIs(1));
  ASSERT_EQ(counts().open_intents, 1);
  a_->edit(key, {{"Number", "Q-2"}});
  for (int i = 0; i < 2; ++i) sync();
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->objects().begin()->second.fields["Number"], "Q-2");
  EXPECT_THAT(a_->objects(), SizeIs(1));
  EXPECT_EQ(counts().records, 1);
}

/// Finds by what it says it has a place for, and is not to be pulled for a time.
class Unpulled final : public FakeSystem {
 public:
  using FakeSystem::FakeSystem;
  Result<adapter::Page> read(const adapter::Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override {
    if (down) return Error(ErrorCode::Unavailable, "down for maintenance");
    return FakeSystem::read(selection, cursor, page_size, context);
  }
  bool down{};
};

TEST_F(LostCreateTest, AKeyThatChangesInARunThatEndsBeforeThePullCostsNothing) {
  for (const auto idempotency : {adapter::Idempotency::None, adapter::Idempotency::Find}) {
    SetUp();
    const auto a = std::make_shared<FakeSystem>("A");
    const auto b = std::make_shared<Unpulled>("B");
    b->capabilities().idempotency = idempotency;
    b->holds_ids = false;
    config_.systems = {{"a", a}, {"b", b}};
    match_numbers("number: Number");
    nlohmann::json numbered = quote();
    numbered["Number"] = "Q-1";
    const std::string key = a->add(numbered);
    std::stop_source kill;
    b->lose_answer = [&](const adapter::WriteRequest&) {
      kill.request_stop();
      return true;
    };
    ASSERT_TRUE(hub_->sync({}, Context().with_stop(kill.get_token())));
    b->lose_answer = nullptr;
    ASSERT_EQ(counts().open_intents, 1);
    b->down = expect_stop_ = true;
    sync();  // looked for in vain, and not pulled
    ASSERT_EQ(counts().open_intents, 0);
    a->edit(key, {{"Number", "Q-2"}});
    sync();
    b->down = expect_stop_ = false;
    open();
    EXPECT_EQ(of(plan().pulled, "b-quotes").new_records, 0U);
    for (int i = 0; i < 2; ++i) sync();
    ASSERT_THAT(b->objects(), SizeIs(1));
    EXPECT_EQ(b->objects().begin()->second.fields["Number"], "Q-2");
    EXPECT_THAT(a->objects(), SizeIs(1));
    EXPECT_EQ(counts().records, 1);
  }
}

TEST_F(LostCreateTest, AKeyThatItsRecordGetsLaterAnswersNoQuestion) {
  match_numbers("number: Number");
  lose_requests();
  const std::string key = a_->add(quote());
  sync();
  b_->before_write = nullptr;
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  a_->edit(key, {{"Number", "Q-1"}});
  for (int i = 0; i < 3; ++i) sync();
  EXPECT_THAT(b_->objects(), IsEmpty()) << "nobody has looked";
  EXPECT_THAT(letters(), SizeIs(1));
  EXPECT_EQ(counts().open_intents, 1);
}

TEST_F(LostCreateTest, AnObjectIsItsOwnWhateverBecameOfItsRecordMeanwhile) {
  nlohmann::json two = quote(2);
  two["Lines"].push_back({{"Id", "l2"}, {"No", 20}, {"Qty", 3}});
  lose_answers();
  b_->alter_page = [](adapter::Page& page) { page.changes.clear(); };
  const std::string key = a_->add(two);
  sync();
  b_->lose_answer = nullptr;
  b_->alter_page = nullptr;
  ASSERT_THAT(b_->objects(), SizeIs(1));
  const std::string made = b_->objects().begin()->first;
  b_->edit(made, {{"Notes", "shown anew"}});
  a_->edit(key, {{"To", "2027-06-30"}, {"Lines", {{{"Id", "l1"}, {"No", 10}, {"Qty", 2}}}}});
  for (int i = 0; i < 3; ++i) sync();
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(counts().records, 1);
  EXPECT_THAT(a_->objects(), SizeIs(1));
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->at(made).fields["To"], "2027-06-30");
  EXPECT_THAT(b_->at(made).fields["Lines"], SizeIs(1)) << "the line is gone there, too";
  EXPECT_THAT(a_->at(key).fields["Lines"], SizeIs(1)) << "and has not come back";
  EXPECT_TRUE(plan().empty());
}

TEST_F(LostCreateTest, APersonSaysThatItsObjectIsThatOfAnotherRecord) {
  b_->normalise = [](nlohmann::json& fields) { fields["Currency"] = "USD"; };
  lose_answers();
  const std::string key = a_->add(quote());
  sync();
  b_->lose_answer = nullptr;
  b_->normalise = nullptr;
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_THAT(letters()[0].message, HasSubstr("duplicates resolve"));
  ASSERT_THAT(b_->objects(), SizeIs(1));
  ASSERT_THAT(a_->objects(), SizeIs(2)) << "it crosses as a new one";
  const std::string made = b_->objects().begin()->first;
  const std::string ours = record_of("a-quotes", key);
  ASSERT_NE(record_of("b-quotes", made), ours);
  const auto merged = hub_->merge_duplicate(ours, record_of("b-quotes", made), Context());
  ASSERT_TRUE(merged) << to_string(merged.error());
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_EQ(counts().open_intents, 0);
  EXPECT_EQ(record_of("b-quotes", made), ours);
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "nothing is made again";
  EXPECT_EQ(b_->at(made).fields["Currency"], "EUR");
  a_->edit(key, {{"To", "2027-06-30"}});
  sync();
  EXPECT_EQ(b_->at(made).fields["To"], "2027-06-30");
}

TEST_F(LostCreateTest, TwoRecordsWithoutAnObjectBetweenThemLeaveTheQuestionOpen) {
  lose_requests();
  const std::string one = a_->add(quote(2));
  const std::string two = a_->add(quote(3));
  sync();
  b_->before_write = nullptr;
  ASSERT_THAT(letters(), SizeIs(2));
  const std::string ours = record_of("a-quotes", one);
  ASSERT_TRUE(hub_->merge_duplicate(ours, record_of("a-quotes", two), Context()));
  EXPECT_EQ(counts().open_intents, 2) << "nobody knows what became of either";
  sync();
  EXPECT_THAT(b_->objects(), IsEmpty());
  EXPECT_THAT(letters(), SizeIs(2));
}

TEST_F(LostCreateTest, AStandingQuestionDoesNotHoldUpOtherAnswers) {
  lose_requests();
  a_->add(quote(2));
  sync();
  b_->before_write = nullptr;
  ASSERT_EQ(counts().open_intents, 1);
  lose_answers();
  const std::string key = a_->add(quote(5));
  sync();
  EXPECT_EQ(counts().open_intents, 1) << "the run that lost it has found it";
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(record_of("b-quotes", b_->objects().begin()->first), record_of("a-quotes", key));
  EXPECT_THAT(letters(), SizeIs(1));
}

TEST_F(LostCreateTest, OneThatIsMadeAgainNamesTheNumberUnderWhichItWasLost) {
  b_->capabilities().idempotency = adapter::Idempotency::Find;
  std::vector<adapter::WriteRequest> sent;
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    sent.push_back(request);
    if (sent.size() > 2) return std::nullopt;
    return adapter::NodeOutcome{
        .status = adapter::WriteStatus::Unknown,
        .error = Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer)};
  };
  a_->add(quote());
  for (int i = 0; i < 3; ++i) sync();
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_EQ(sent[0].lost, "");
  for (const std::size_t again : {1U, 2U}) {
    EXPECT_EQ(sent[again].lost, sent[0].number);
    EXPECT_NE(sent[again].number, sent[0].number);
  }
  EXPECT_THAT(b_->objects(), SizeIs(1));
}

TEST_F(LostCreateTest, OneThatIsMadeAgainAndLostAgainIsAskedAgain) {
  lose_requests();
  a_->add(quote());
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  const std::string letter = letters()[0].id;
  ASSERT_TRUE(hub_->replay(letter, Context()));
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_EQ(letters()[0].id, letter);
  EXPECT_EQ(counts().open_intents, 1);
  ASSERT_TRUE(hub_->replay(letter, Context()));
  b_->before_write = nullptr;
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(letters(), IsEmpty());
}

}  // namespace
}  // namespace channelbridge::hub

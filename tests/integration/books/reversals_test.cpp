// Settlements that somebody else takes back after they were posted here.
#include <fstream>

#include "books_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Both ways into the books.
class Reversals : public BooksWorld, public ::testing::WithParamInterface<bool> {
 protected:
  /// 500 of Rheinwerk's claims are settled and posted.
  void begin() {
    start(GetParam());
    settle();
    settles("ST-4711", "Rheinwerk", "bank_transfer", "500", "95", "595");
    settle();
    number_ = document()["number"].get<std::string>();
  }
  /// The office takes it back.
  void take_back() {
    std::ofstream(folder_ / "office" / "from-partner" / "settlement-ST-4711-back.csv")
        << "settlement_id,status\nST-4711,reversed\n";
  }
  /// What the call that posts is known by.
  std::string door() const { return GetParam() ? "/sap/bc/soap/rfc" : "journalentrycreate"; }
  /// The document that reverses the settlement's; the test ends where there is another number of
  /// them.
  Json reversal() {
    const Json state = books().state();
    std::vector<Json> found;
    for (const Json& each : state["documents"])
      if (!each["reversal_of"].get<std::string>().empty()) found.push_back(each);
    EXPECT_THAT(found, SizeIs(1));
    return found.empty() ? Json::object() : found.front();
  }
  void expect_reversed_once() {
    EXPECT_EQ(documents(), 2U);
    EXPECT_THAT(reversal().value("reversal_of", ""), HasSubstr(number_));
    EXPECT_EQ(settlement()["status"], "reversed");
    EXPECT_EQ(settlement()["erp_document"], number_) << "a reversal settles nothing";
  }

  std::string number_;
};

TEST_P(Reversals, ArePostedByReferenceOnce) {
  begin();
  take_back();
  settle();
  expect_reversed_once();
  const Json taken = reversal();
  std::vector<std::string> amounts;
  for (const Json& line : taken["lines"]) amounts.push_back(line["amount"].get<std::string>());
  EXPECT_THAT(amounts, ::testing::UnorderedElementsAre("-500.00", "595.00", "-95.00"));
  if (!GetParam()) {
    const Json state = books().state();
    for (const Json& each : state["documents"])
      EXPECT_EQ(each["reference"] == taken["reference"], each["number"] == taken["number"])
          << "it has a reference of its own";
  }
}

TEST_P(Reversals, WhoseAnswerIsLostAreFoundAndNotPostedAgain) {
  begin();
  take_back();
  faults_of_books().add(
      {.kind = "reset_after", .match = door(), .after = GetParam() ? 1 : 0});  // of the commit
  run();
  settle();
  expect_reversed_once();
}

TEST_P(Reversals, ThatNeverArrivedArePosted) {
  begin();
  take_back();
  faults_of_books().add({.kind = "reset_before", .match = door()});
  run();
  settle();
  expect_reversed_once();
}

TEST_P(Reversals, OfWhatIsPaidAreRefusedUntilThePaymentIsReset) {
  begin();
  const std::vector<std::string> paid = pay().paid;
  ASSERT_THAT(paid, SizeIs(1));
  settle();
  take_back();
  run();
  run();
  ASSERT_THAT(letters(), SizeIs(1)) << open_things();
  EXPECT_THAT(letters()[0].message, HasSubstr("reset the clearing first"));
  EXPECT_EQ(documents(), 2U) << "the entry and the bank's payment";

  ASSERT_TRUE(books().reset_payment("1010", paid[0].substr(0, 10)));
  run();
  // What is open again there is a step back: a person says that the reversal stands.
  const auto conflicts = hub_->store().conflicts();
  ASSERT_TRUE(conflicts) << to_string(conflicts.error());
  for (const auto& conflict : *conflicts) {
    const auto done = hub_->resolve_conflict(conflict.spoke, conflict.key, conflict.group,
                                             hub::Keep::Hub, Context());
    ASSERT_TRUE(done) << to_string(done.error());
  }
  for (const store::DeadLetterRow& letter : letters())
    ASSERT_TRUE(hub_->replay(letter.id, Context()));
  settle();
  EXPECT_EQ(documents(), 3U);
  EXPECT_THAT(reversal().value("reversal_of", ""), HasSubstr(number_));
  EXPECT_EQ(settlement()["status"], "reversed");
}

TEST_P(Reversals, InAClosedPeriodGoWithTheDayOfTheirReplay) {
  begin();
  take_back();
  books().open_periods("2020-01", "2020-12");
  run();
  run();
  ASSERT_THAT(letters(), SizeIs(1)) << open_things();
  EXPECT_THAT(letters()[0].message, HasSubstr("is not open"));
  EXPECT_EQ(documents(), 1U);

  books().open_periods("1900-01", "9999-12");
  const auto replayed = hub_->replay(letters()[0].id, Context());
  ASSERT_TRUE(replayed) << to_string(replayed.error());
  settle();
  expect_reversed_once();
}

TEST_P(Reversals, ThatAccountingHasPostedItselfAreNoOccasionForAnother) {
  begin();
  const Json posted = document();
  take_back();
  ASSERT_TRUE(books().reverse("1010", number_, posted["year"].get<std::string>()));
  settle();
  expect_reversed_once();
}

INSTANTIATE_TEST_SUITE_P(ByBothWays, Reversals, ::testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "Bapi" : "JournalEntry");
});

}  // namespace
}  // namespace channelbridge::test

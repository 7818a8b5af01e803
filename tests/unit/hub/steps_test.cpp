#include "hub_support.hpp"

/// Declared steps that follow a write: done with it, or once more, until they are known to be done.
namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StepsTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    b_->capabilities().steps = true;
    b_->step = [this](const std::string& key) -> std::optional<Error> {
      steps_.push_back(key);
      if (trouble_.empty()) return std::nullopt;
      const Error out = trouble_.front();
      trouble_.erase(trouble_.begin());
      return out;
    };
    key_ = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
  }
  std::vector<std::string> letters() {
    std::vector<std::string> out;
    const auto open = hub_->store().dead_letters(true, 10);
    for (const store::DeadLetterRow& letter : open.value())
      out.push_back(letter.direction + ": " + letter.message);
    return out;
  }

  std::string key_;
  std::vector<std::string> steps_;
  std::vector<Error> trouble_;
};

TEST_F(StepsTest, AStepThatIsDoneWithTheWriteIsNotDoneAgainAndWhatItMadeIsRead) {
  const std::uint64_t looks = b_->looks;
  sync();
  sync();
  EXPECT_THAT(steps_, ElementsAre("B1"));
  EXPECT_GT(b_->looks, looks);
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(StepsTest, AStepThatFailsStaysDueUntilItIsDoneAndTheWriteIsNotRepeated) {
  trouble_.assign(3, Error(ErrorCode::Rejected, "the quote has no price book"));
  sync();  // with the write, and once more behind it
  EXPECT_THAT(steps_, SizeIs(2));
  EXPECT_THAT(letters(), ElementsAre(HasSubstr("no price book")));
  open();  // as after a restart
  sync();
  EXPECT_THAT(steps_, SizeIs(3));
  EXPECT_THAT(letters(), SizeIs(1));
  sync();
  EXPECT_THAT(steps_, SizeIs(4));
  EXPECT_THAT(letters(), IsEmpty());
  sync();
  EXPECT_THAT(steps_, SizeIs(4));
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(StepsTest, ASystemThatIsDownStopsTheSpokeAndTheStepStaysDue) {
  expect_stop_ = true;
  trouble_.assign(2, Error(ErrorCode::Unavailable, "down"));
  EXPECT_THAT(of(sync(), "b-leads").stopped, SizeIs(1));
  sync();
  EXPECT_THAT(steps_, SizeIs(3));
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(StepsTest, AWriteWhoseAnswerIsLostHasItsStepDoneOnceItWasFound) {
  int lost = 1;
  b_->lose_answer = [&](const adapter::WriteRequest&) { return lost-- > 0; };
  sync();
  EXPECT_THAT(steps_, ElementsAre("B1")) << "nobody knew whether it had been done";
  a_->edit(key_, {{"Topic", "Valves"}});
  lost = 1;
  sync();
  EXPECT_THAT(steps_, ElementsAre("B1", "B1"));
  EXPECT_THAT(b_->journal(), SizeIs(2));
}

TEST_F(StepsTest, WithoutDeclaredStepsNoneIsDone) {
  b_->capabilities().steps = false;
  b_->lose_answer = [](const adapter::WriteRequest&) { return true; };
  sync();
  EXPECT_THAT(steps_, IsEmpty());
}

}  // namespace
}  // namespace channelbridge::hub

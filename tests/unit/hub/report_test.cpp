#include <nlohmann/json.hpp>

#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

class ReportTest : public HubTest {};

TEST_F(ReportTest, APlanThatCouldNotReadASystemIsNotEmpty) {
  sync();
  EXPECT_TRUE(plan().empty());
  a_->read_error = Error(ErrorCode::Unavailable, "no route");
  const PlanSummary blind = plan();
  EXPECT_FALSE(blind.empty());
  EXPECT_FALSE(nlohmann::json::parse(to_json(blind))["empty"].get<bool>());
}

TEST_F(ReportTest, AReasonToStopThatIsNoUtf8IsToldAllTheSame) {
  a_->read_error = Error(ErrorCode::Unavailable, "cannot read /data/M\xfcller.csv");
  expect_stop_ = true;
  const RunReport report = sync();
  ASSERT_FALSE(of(report, "a-leads").stopped.empty());
  EXPECT_TRUE(nlohmann::json::accept(to_json(report)));
  EXPECT_TRUE(nlohmann::json::accept(to_json(plan())));
  ASSERT_FALSE(hub_->store().runs(1).value().empty());
  EXPECT_TRUE(nlohmann::json::accept(hub_->store().runs(1).value()[0].report));
}

TEST_F(ReportTest, AStoppedSpokeIsToldOnceInTheReport) {
  class Kept : public Log {
   public:
    bool enabled(LogLevel level) const override { return level >= LogLevel::Warning; }
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField>) override {
      if (enabled(level)) said += std::string(event) + "\n";
    }
    std::string said{};
  };
  const auto log = std::make_shared<Kept>();
  config_.log = log;
  open();
  a_->read_error = Error(ErrorCode::Unavailable, "no route");
  expect_stop_ = true;
  EXPECT_FALSE(of(sync(), "a-leads").stopped.empty());
  EXPECT_EQ(log->said, "");
}

TEST_F(ReportTest, AMisspeltNameOfASpokeOrAnEntityIsAnsweredWithTheNearest) {
  const auto suggestion = [](const auto& result) {
    return result || result.error().problems().empty() ? "none"
                                                       : result.error().problems()[0].suggestion;
  };
  EXPECT_EQ(suggestion(hub_->sync({.only = {"a-laeds"}}, Context())), "a-leads");
  EXPECT_EQ(suggestion(hub_->explain("leed", "x")), "lead");
  EXPECT_EQ(suggestion(hub_->resolve_conflict("b-leadz", "k", "topic", Keep::Hub, Context())),
            "b-leads");
}

}  // namespace
}  // namespace channelbridge::hub

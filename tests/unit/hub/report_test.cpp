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

/// Writes that are put off, of `rules` rules, each in words of its own.
class PutOffTest : public HubTest {
 protected:
  std::vector<PutOff> put_off(int rules) {
    std::size_t tries = 0;
    b_->before_write = [&](const adapter::WriteRequest&) -> std::optional<adapter::NodeOutcome> {
      const std::string rule = "RULE_" + std::to_string(tries % static_cast<std::size_t>(rules));
      const std::string words = "row " + std::to_string(++tries) + " is locked";
      return adapter::NodeOutcome{
          .status = adapter::WriteStatus::Retry,
          .error = Error(ErrorCode::Unavailable, words).with_remote(rule, words)};
    };
    for (int i = 0; i < 30; ++i)
      a_->add({{"Topic", "T"}, {"Email", std::to_string(i) + "@x.example"}});
    std::vector<PutOff> out = of(sync(), "b-leads").put_off;
    std::size_t told = 0;
    for (const PutOff& each : out) {
      told += each.writes;
      EXPECT_TRUE(each.why.empty() || each.writes == 1) << each.why << " is of one write alone";
    }
    EXPECT_EQ(told, tries) << "all are counted";
    return out;
  }
};

TEST_F(PutOffTest, WritesOfOneRuleAreCountedUnderIt) {
  const std::vector<PutOff> lines = put_off(1);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[2].why, "row 3 is locked");
  EXPECT_EQ(lines[3].rule, "RULE_0");
  EXPECT_GE(lines[3].writes, 27U);
}

TEST_F(PutOffTest, WhatIsLeftOverIsOfOtherRules) {
  const std::vector<PutOff> lines = put_off(30);
  ASSERT_EQ(lines.size(), 21U);
  EXPECT_EQ(lines[19].rule, "RULE_19");
  EXPECT_EQ(lines[19].writes, 1U);
  EXPECT_EQ(lines[20].rule, "other");
  EXPECT_EQ(lines[20].why, "");
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

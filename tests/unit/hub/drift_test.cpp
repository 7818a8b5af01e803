#include "channelbridge/testing/fakes.hpp"
#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using adapter::ObjectMetadata;
using adapter::PropertyMetadata;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A fake that describes its objects.
class DescribedSystem : public FakeSystem {
 public:
  using FakeSystem::FakeSystem;
  Result<ObjectMetadata> describe(std::string_view object, const Context&) override {
    ++described;
    if (object == "Lead") return lead;
    return Error(ErrorCode::NotFound, "no such object");
  }
  static PropertyMetadata text(std::size_t length) {
    return {.type = "string", .max_length = length};
  }
  ObjectMetadata lead{.name = "Lead",
                      .properties = {{"Id", text(18)},
                                     {"Version", text(20)},
                                     {"Topic", text(480)},
                                     {"LastName", text(480)},
                                     {"Email", text(480)},
                                     {"Status", text(480)},
                                     {"Account", text(480)},
                                     {"Unused", text(480)}}};
  int described{};
};

class DriftTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.systems = {{"a", a_}, {"b", described_}};
    open();
    a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}});
    EXPECT_THAT(of(run(), "b-leads").stopped, SizeIs(0));
  }
  /// A run two hours after the last one: metadata is looked at again.
  RunReport run(RunOptions options = {}) {
    clock_->advance(std::chrono::hours(2));
    auto report = hub_->sync(options, Context(clock_, {}));
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    return *report;
  }
  std::string stopped() {
    const auto reasons = of(run(), "b-leads").stopped;
    return reasons.empty() ? "" : reasons.front();
  }
  std::shared_ptr<DescribedSystem> described_ = std::make_shared<DescribedSystem>("B");
  std::shared_ptr<channelbridge::testing::ManualClock> clock_ =
      std::make_shared<channelbridge::testing::ManualClock>();
};

TEST_F(DriftTest, AUsedFieldThatIsGoneStopsTheSpokeAndNamesTheMappingLine) {
  described_->lead.properties.erase("Topic");
  described_->lead.properties["Subject"] = DescribedSystem::text(480);
  const std::string why = stopped();
  EXPECT_THAT(why, HasSubstr("Lead.Topic"));
  EXPECT_THAT(why, HasSubstr("is gone"));
  EXPECT_THAT(why, HasSubstr("Subject")) << "what it may be called now";
  EXPECT_THAT(why, HasSubstr("test.yaml:"));
  const std::uint64_t writes = described_->writes;
  a_->edit("A1", {{"LastName", "Lind"}});
  EXPECT_THAT(stopped(), HasSubstr("is gone"));
  EXPECT_EQ(described_->writes, writes);
}

TEST_F(DriftTest, AShorterARequiredAndARetypedFieldStopTheSpoke) {
  const ObjectMetadata before = described_->lead;
  described_->lead.properties["Topic"].max_length = 40;
  EXPECT_THAT(stopped(), HasSubstr("takes 40 characters (was 480)"));
  described_->lead = before;
  described_->lead.properties["Topic"].nullable = false;
  EXPECT_THAT(stopped(), HasSubstr("has become required"));
  described_->lead = before;
  described_->lead.properties["Topic"].type = "double";
  EXPECT_THAT(stopped(), HasSubstr("has become double"));
  described_->lead = before;
  EXPECT_EQ(stopped(), "");
}

TEST_F(DriftTest, WhatIsNewOrNotUsedIsToldAndStopsNothing) {
  described_->lead.properties["Budget"] = {.type = "currency"};
  described_->lead.properties.erase("Unused");
  const auto drift = hub_->metadata_drift("b-leads", Context(clock_, {}));
  ASSERT_TRUE(drift) << to_string(drift.error());
  EXPECT_THAT(drift->harmful, SizeIs(0));
  EXPECT_THAT(drift->other, Contains(HasSubstr("Lead.Budget is new")));
  EXPECT_THAT(drift->other, Contains(HasSubstr("Lead.Unused is gone")));
  EXPECT_EQ(stopped(), "");
  EXPECT_THAT(hub_->metadata_drift("b-leads", Context(clock_, {}))->other, SizeIs(0))
      << "the run has seen it";
}

TEST_F(DriftTest, AnAcceptedChangeIsTheNewState) {
  described_->lead.properties["Topic"].max_length = 40;
  EXPECT_NE(stopped(), "");
  EXPECT_THAT(of(run({.accept_metadata_change = true}), "b-leads").stopped, SizeIs(0));
  EXPECT_EQ(stopped(), "");
}

TEST_F(DriftTest, RunsInQuickSuccessionLookOnce) {
  const int before = described_->described;
  ASSERT_TRUE(hub_->sync({}, Context(clock_, {})));
  ASSERT_TRUE(hub_->sync({}, Context(clock_, {})));
  EXPECT_EQ(described_->described, before);
}

}  // namespace
}  // namespace channelbridge::hub

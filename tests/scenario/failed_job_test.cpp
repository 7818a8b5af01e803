#include "trouble.hpp"

namespace channelbridge::demo {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

/// Partners of the ERP go to the CRM as a bulk job.
class FailedJob : public Trouble {
 protected:
  void SetUp() override {
    Trouble::SetUp();
    replace_in_project("    settle: 1s\n",
                       "    settle: 1s\n    bulk: { from_records: 2, poll: 10ms }\n");
  }
};

TEST_F(FailedJob, HalfWayIsCompletedAndTheRunNamesTheJobItsRuleAndTheFigures) {
  world_->crm_server().desk->faults.add({.kind = "bulk_fail", .match = "PATCH", .value = 2});
  const auto report = run({"sync", "--only", "erp-partners", "crm-partners"});
  EXPECT_EQ(ended_.code, 0) << said();
  EXPECT_EQ(world_->crm().count("Account"), 6U);
  EXPECT_THAT(world_->doubles(), ::testing::IsEmpty());
  nlohmann::json crm;
  for (const auto& spoke : report["spokes"])
    if (spoke["spoke"] == "crm-partners") crm = spoke;
  ASSERT_EQ(crm["put_off"].size(), 1U) << crm;
  EXPECT_EQ(crm["put_off"][0]["rule"], "TooManyLockFailure");
  EXPECT_EQ(crm["put_off"][0]["writes"], 3);
  EXPECT_EQ(crm["created"], 5) << "the sixth was there";
  const auto why = crm["put_off"][0]["why"].get<std::string>();
  EXPECT_THAT(why, MatchesRegex("bulk job 750[0-9A-Za-z]{15} ended after 2 rows, before it: .*"));

  // Which record, and both its documents.
  const std::string job = why.substr(0, why.find(" ended"));
  std::size_t told = 0;
  for (const auto& account : world_->crm().records("Account")) {
    const auto story = run({"explain", "partner", account["Id"]});
    EXPECT_EQ(story["links"].size(), 2U) << "in the ERP and in the CRM";
    for (const auto& write : story["writes"])
      told += write["outcome"].get<std::string>().find(job) != std::string::npos ? 1U : 0U;
  }
  EXPECT_EQ(told, 3U);
}

TEST_F(FailedJob, IsToldOnTheTerminal) {
  world_->crm_server().desk->faults.add({.kind = "bulk_fail", .match = "PATCH", .value = 2});
  const std::string text = SmallWorld::run({"sync", "--only", "erp-partners", "crm-partners"});
  EXPECT_THAT(text, HasSubstr("put off: crm-partners: 3 writes: TooManyLockFailure: bulk job 750"));
  EXPECT_THAT(text, HasSubstr("ended after 2 rows, before it"));
}

}  // namespace
}  // namespace channelbridge::demo

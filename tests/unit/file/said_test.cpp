#include "partner_folder.hpp"

namespace channelbridge::file::test {
namespace {

using adapter::Operation;
using adapter::WriteStatus;

/// A lead of ours, to which the partner has answered.
struct Answered : Partner {
  Answered() {
    write(Operation::Create, "", R"({"id":"1","company":"A","status":"dispatched"})", "r1");
    leaves("lead-status.csv", "id,status\n1,accepted\n");
  }
};

TEST(FileSaid, AnUpdateOfAnotherColumnKeepsThePartnersWord) {
  Answered partner;
  const auto outcome = partner.write(Operation::Update, "1", R"({"company":"A, B"})");
  EXPECT_EQ(outcome.document.text(),
            R"({"id":"1","company":"A, B","status":"accepted","bridge_id":"r1"})");
  EXPECT_NE(partner.ours().find("1,\"A, B\",accepted,r1,"), std::string::npos) << partner.ours();
  EXPECT_EQ(partner.look("1").document.text(), outcome.document.text());
}

TEST(FileSaid, AWordAgainstThePartnersIsWrittenThoughOurOldRowHoldsIt) {
  Answered partner;
  partner.clock->advance(std::chrono::hours(1));
  const std::string before = partner.ours();
  EXPECT_EQ(partner.write(Operation::Update, "1", R"({"status":"dispatched"})").status,
            WriteStatus::Updated);
  EXPECT_NE(partner.ours(), before) << "written anew, under a new time";
  EXPECT_NE(partner.look("1").document.text().find("dispatched"), std::string::npos);
}

TEST(FileSaid, WhatThePartnerShowsAlreadyIsNotWritten) {
  Answered partner;
  EXPECT_EQ(partner.write(Operation::Update, "1", R"({"status":"accepted"})").status,
            WriteStatus::Unchanged);
  EXPECT_NE(partner.look("1").document.text().find("accepted"), std::string::npos);
}

TEST(FileSaid, AFileThatBringsAnOlderTimeAlongIsHeard) {
  Answered partner;  // its file says 2019, as one that was copied with its times
  EXPECT_NE(partner.look("1").document.text().find("accepted"), std::string::npos);
  EXPECT_EQ(partner.look("1").modified, Timestamp(partner.saved)) << "it is as old as it says";
}

TEST(FileSaid, WhatOurRowHasTakenInIsNotHeardAgain) {
  Answered partner;
  partner.write(Operation::Update, "1", R"({"status":"won"})");
  EXPECT_NE(partner.look("1").document.text().find("won"), std::string::npos);
  partner.leaves("lead-status-2.csv", "id,status\n1,declined\n");
  EXPECT_NE(partner.look("1").document.text().find("declined"), std::string::npos);
}

TEST(FileSaid, AFileThatCannotBeReadIsNoAnswerAboutItsRows) {
  Answered partner;
  // A regular file that everybody can open, and whose first byte nobody can read.
  fs::create_symlink("/proc/self/mem", partner.folder / "from-partner" / "lead-late.csv");
  auto page = partner.adapter->read_by_keys(partner.leads, {"1"}, partner.context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Unavailable);
  const std::string before = partner.ours();
  auto outcomes = partner.adapter->write(partner.leads,
                                         {{.nodes = {{.operation = Operation::Update,
                                                      .object = "lead",
                                                      .key = "P-1",
                                                      .body = R"({"status":"won"})"}}}},
                                         partner.context);
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(outcomes.error().sent(), Sent::No);
  EXPECT_EQ(partner.ours(), before);
}

}  // namespace
}  // namespace channelbridge::file::test

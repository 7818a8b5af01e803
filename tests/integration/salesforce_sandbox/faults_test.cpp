#include <stop_token>
#include <thread>

#include "connected_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::WriteStatus;

class SalesforceFaults : public ConnectedOrg {
 protected:
  std::int64_t answers(int status) {
    const Json counters = desk().journal.counters();
    return counters["by_status"].value(std::to_string(status), std::int64_t{0});
  }
};

TEST_F(SalesforceFaults, ResumesAfterTheSessionExpiresMidPage) {
  seed_leads(100);
  auto first = adapter->read(leads, "", 60, context);
  ASSERT_TRUE(first) << first.error();
  org().expire_sessions();
  auto second = adapter->read(leads, first->next, 60, context);
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->changes.size(), 40U);
  EXPECT_EQ(answers(401), 1) << "renewed once";
}

TEST_F(SalesforceFaults, AWriteWithAnExpiredSessionHasItsEffectOnce) {
  ASSERT_TRUE(adapter->describe("Lead", context));
  org().expire_sessions();
  EXPECT_EQ(write(create("r", {{"LastName", "S"}, {"Company", "A"}})).status, WriteStatus::Created);
  EXPECT_EQ(desk().journal.effects(), 1U);
}

TEST_F(SalesforceFaults, TooManyRequestsAreWaitedOut) {
  seed_leads(3);
  desk().faults.add({.kind = "rate_limit", .match = "queryAll", .value = 1});
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor).size(), 3U);
}

TEST_F(SalesforceFaults, AWriteWaitsTooManyRequestsOutAndHasItsEffectOnce) {
  ASSERT_TRUE(adapter->describe("Lead", context));
  desk().faults.add({.kind = "too_many_requests", .match = "composite", .value = 1});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(write(create("r", {{"LastName", "S"}, {"Company", "A"}})).status, WriteStatus::Created);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_EQ(answers(429), 1);
  EXPECT_EQ(desk().journal.effects(), 1U);
}

TEST_F(SalesforceFaults, AWriteWhoseAnswerAGatewayLosesIsUnknownAndFoundOnce) {
  ASSERT_TRUE(adapter->describe("Lead", context));
  desk().faults.add({.kind = "bad_gateway", .match = "composite"});
  EXPECT_EQ(write(create("r", {{"LastName", "S"}, {"Company", "A"}})).status, WriteStatus::Unknown);
  auto found = adapter->find(leads, "r", context);
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->size(), 1U);
  EXPECT_EQ(answers(502), 1) << "never sent a second time";
  EXPECT_EQ(desk().journal.effects(), 1U);
}

TEST_F(SalesforceFaults, AnInstanceThatMovesIsFollowed) {
  const auto ids = seed_leads(3);
  ASSERT_TRUE(adapter->describe("Lead", context));
  desk().faults.add(server::Fault{.kind = "move_instance"});
  org().expire_sessions();
  EXPECT_EQ(write(update(ids[0], {{"Company", "Moved"}})).status, WriteStatus::Updated);
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor).size(), 3U);
  EXPECT_EQ(answers(401), 1) << "only of the old session, at the old address";
}

TEST_F(SalesforceFaults, AnUnavailableServerIsAskedAgain) {
  seed_leads(3);
  desk().faults.add({.kind = "unavailable", .match = "queryAll", .count = 2, .value = 0});
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor).size(), 3U);
}

TEST_F(SalesforceFaults, AnAnswerCutInTheMiddleIsReadAgain) {
  seed_leads(300);
  desk().faults.add({.kind = "truncate", .match = "queryAll"});
  adapter::Cursor cursor;
  EXPECT_EQ(read_all(cursor).size(), 300U);
}

TEST_F(SalesforceFaults, AResetBeforeTheEffectIsUnknownAndNotThere) {
  ASSERT_TRUE(adapter->describe("Lead", context));
  desk().faults.add({.kind = "reset_before", .match = "composite"});
  const auto outcome = write(create("r", {{"LastName", "S"}, {"Company", "A"}}));
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_EQ(outcome.error->sent(), Sent::NoAnswer);
  auto found = adapter->find(leads, "r", context);
  ASSERT_TRUE(found) << found.error();
  EXPECT_TRUE(found->empty());
  EXPECT_EQ(desk().journal.effects(), 0U);
}

TEST_F(SalesforceFaults, AResetAfterTheEffectIsUnknownAndFoundOnce) {
  ASSERT_TRUE(adapter->describe("Lead", context));
  desk().faults.add({.kind = "reset_after", .match = "composite"});
  EXPECT_EQ(write(create("r", {{"LastName", "S"}, {"Company", "A"}})).status, WriteStatus::Unknown);
  auto found = adapter->find(leads, "r", context);
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->size(), 1U);
  EXPECT_EQ(desk().journal.effects(), 1U) << "never sent a second time";
}

TEST_F(SalesforceFaults, ALockedRowIsTriedAgainByItself) {
  const auto ids = seed_leads(2);
  desk().faults.add(server::Fault{.kind = "row_lock"});
  auto outcomes = adapter->write(
      leads, {update(ids[0], {{"Company", "a"}}), update(ids[1], {{"Company", "b"}})}, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(org().record(ids[0])["Company"], "a");
  EXPECT_EQ(org().record(ids[1])["Company"], "b");
}

TEST_F(SalesforceFaults, TheQuotaEndsTheRunAndKeepsTheCursor) {
  seed_leads(3);
  adapter::Cursor cursor;
  read_all(cursor);
  org().set_daily_calls(1);
  desk().clock->advance(std::chrono::hours(1));
  auto page = adapter->read(leads, cursor, 10, context);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::RateLimited);
}

TEST_F(SalesforceFaults, CancelReturnsPromptly) {
  desk().faults.add({.kind = "latency", .match = "queryAll", .value = 20'000});
  std::stop_source stop;
  const Context stoppable = context.with_stop(stop.get_token());
  ASSERT_TRUE(adapter->describe("Lead", context));
  std::jthread later([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    stop.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  auto page = adapter->read(leads, "", 10, stoppable);
  ASSERT_FALSE(page);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(page.error().code(), ErrorCode::Cancelled);
}

}  // namespace
}  // namespace channelbridge::salesforce::test

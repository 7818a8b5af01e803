// The books of funds in the store: what is posted stays, in its order, and older stores come along.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "channelbridge/store/store.hpp"

namespace channelbridge::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Postings : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-books-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return (folder_ / "hub.db").string(); }
  std::unique_ptr<Store> open() const {
    auto opened = open_store("sqlite:" + file());
    EXPECT_TRUE(opened) << to_string(opened.error());
    return std::move(opened).value();
  }
  /// True: the database let it happen.
  bool by_hand(const std::string& sql) const {
    const std::string command = "python3 -c \"import sqlite3; c=sqlite3.connect('" + file() +
                                "'); c.executescript('''" + sql +
                                " ;'''); c.commit()\" 2>/dev/null";
    return std::system(command.c_str()) == 0;
  }

  static FundPostingRow posting(std::int64_t no, const std::string& event,
                                const std::string& moved = "100") {
    return {.fund = "f1",
            .no = no,
            .event = event,
            .kind = "budget_increased",
            .document = "f1",
            .amount = moved,
            .currency = "EUR",
            .at = Timestamp(std::chrono::microseconds(5)),
            .from = "budget",
            .to = "available",
            .moved = moved,
            .record = "f1",
            .version = 1,
            .run = 1};
  }

  std::filesystem::path folder_;
};

TEST_F(Postings, AreKeptInTheirOrderEachWithTheChainOfTheOneBefore) {
  auto store = open();
  Changes changes;
  changes.postings = {posting(1, "e1"), posting(2, "e2", "0.5")};
  ASSERT_TRUE(store->commit(changes));
  changes = {};
  changes.postings = {posting(3, "e3")};
  ASSERT_TRUE(store->commit(changes));
  store.reset();
  store = open();
  const auto rows = store->fund_postings({"f1"}).value();
  ASSERT_THAT(rows, SizeIs(3));
  std::string before;
  for (const FundPostingRow& row : rows) {
    EXPECT_EQ(row.chain, chain_of(before, row));
    EXPECT_THAT(row.chain, SizeIs(64));
    before = row.chain;
  }
  EXPECT_EQ(rows[1].moved, "0.5");
  const auto heads = store->fund_heads().value();
  ASSERT_THAT(heads, SizeIs(1));
  EXPECT_EQ(heads[0].no, 3);
  EXPECT_EQ(heads[0].chain, before);
  EXPECT_THAT(store->funds_of({"f1"}).value(), ElementsAre("f1"));
  EXPECT_THAT(store->funds_of({}).value(), ElementsAre("f1"));
  EXPECT_THAT(store->funds_of({"other"}).value(), IsEmpty());
}

TEST_F(Postings, AChainSpeaksOfEveryWordOfAPosting) {
  const std::string chain = chain_of("", posting(1, "e1"));
  const auto differs = [&](auto&& change) {
    FundPostingRow row = posting(1, "e1");
    change(row);
    return chain_of("", row) != chain;
  };
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.fund = "f2"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.no = 2; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.event = "e2"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.part = 2; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.kind = "expired"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.document = "x"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.request = "x"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.amount = "101"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.currency = "SEK"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.at += std::chrono::microseconds(1); }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.from = "expired"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.to = "expired"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.moved = "101"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.record = "x"; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.version = 2; }));
  EXPECT_TRUE(differs([](FundPostingRow& row) { row.run = 2; }));
  EXPECT_FALSE(differs([](FundPostingRow& row) { row.chain = "x"; }));
  EXPECT_NE(chain_of("0", posting(1, "e1")), chain);
  FundPostingRow shifted = posting(1, "e1");
  shifted.event = "e";
  shifted.kind = "1" + shifted.kind;
  EXPECT_NE(chain_of("", shifted), chain) << "no word runs into the next one";
}

TEST_F(Postings, ThatDoNotFollowTheLastOneAreNotCommittedNorIsWhatComesWithThem) {
  auto store = open();
  Changes changes;
  changes.postings = {posting(1, "e1")};
  ASSERT_TRUE(store->commit(changes));
  for (const auto& [no, event] : {std::pair{1, "e2"}, std::pair{3, "e2"}, std::pair{2, "e1"}}) {
    changes = {};
    changes.records = {{.id = "r1", .entity = "fund", .version = 1, .state = "{}"}};
    changes.versions = {{.record = "r1", .entity = "fund", .version = 1, .changes = "{}"}};
    changes.postings = {posting(no, event)};
    const auto done = store->commit(changes);
    ASSERT_FALSE(done) << no << " " << event;
    EXPECT_EQ(done.error().code(), ErrorCode::Internal);
  }
  EXPECT_THAT(store->fund_postings({"f1"}).value(), SizeIs(1));
  EXPECT_THAT(store->records({"r1"}).value(), IsEmpty());
}

TEST_F(Postings, AreChangedAndRemovedByNobody) {
  {
    auto store = open();
    Changes changes;
    changes.postings = {posting(1, "e1")};
    ASSERT_TRUE(store->commit(changes));
  }
  EXPECT_TRUE(by_hand("UPDATE fund_postings SET moved = '999' WHERE fund = 'nobody'"));
  EXPECT_FALSE(by_hand("UPDATE fund_postings SET moved = '999'"));
  EXPECT_FALSE(by_hand("DELETE FROM fund_postings"));
  EXPECT_FALSE(
      by_hand("INSERT OR REPLACE INTO fund_postings SELECT fund, no, event, part, kind, document, "
              "request, amount, currency, at, from_account, to_account, '999', record, version, "
              "run, chain FROM fund_postings"));
  const auto rows = open()->fund_postings({"f1"}).value();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].moved, "100");
}

TEST_F(Postings, AStoreOfBeforeKeepsAllThatItHasAndTakesPostings) {
  {
    auto store = open();
    Changes changes;
    changes.records = {{.id = "r1", .entity = "claim", .version = 1, .state = "{\"v\":1}"}};
    changes.versions = {{.record = "r1", .entity = "claim", .version = 1, .changes = "{}"}};
    changes.links = {{.spoke = "s",
                      .key = "k",
                      .system = "a",
                      .object = "Claim",
                      .entity = "claim",
                      .record = "r1",
                      .state = "{}"}};
    changes.waiting = {{.spoke = "s", .record = "r1", .reason = "retry", .detail = "d"}};
    ASSERT_TRUE(store->commit(changes));
  }
  // What the version before had: version 7 only adds.
  ASSERT_TRUE(
      by_hand("DROP TABLE fund_postings; DROP TABLE fund_heads; DROP TABLE ledger_waits; "
              "DROP TABLE claim_settlements; PRAGMA user_version = 6"));
  auto store = open();
  ASSERT_THAT(store->records({"r1"}).value(), SizeIs(1));
  EXPECT_EQ(store->records({"r1"}).value()[0].state, "{\"v\":1}");
  EXPECT_THAT(store->versions("r1").value(), SizeIs(1));
  EXPECT_THAT(store->links_of_record("r1").value(), SizeIs(1));
  EXPECT_THAT(store->waiting("s", "", 10).value(), SizeIs(1));
  EXPECT_THAT(store->fund_heads().value(), IsEmpty());
  Changes changes;
  changes.postings = {posting(1, "e1")};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_FALSE(by_hand("DELETE FROM fund_postings"));
}

TEST_F(Postings, WhatWaitsForTheBooksWaitsSinceThenAndFollowsItsRecord) {
  auto store = open();
  const auto at = [](int time) { return Timestamp(std::chrono::microseconds(time)); };
  Changes changes;
  changes.ledger_waits = {{.record = "c1",
                           .entity = "claim",
                           .rule = "fund_available",
                           .detail = "500",
                           .since = at(1)}};
  changes.claim_settlements = {{.claim = "c1", .settlement = "s1"}};
  changes.postings = {posting(1, "e1")};
  changes.postings[0].document = "c1";
  ASSERT_TRUE(store->commit(changes));
  changes = {};
  changes.ledger_waits = {{.record = "c1",
                           .entity = "claim",
                           .rule = "fund_available",
                           .detail = "400",
                           .since = at(2)}};
  ASSERT_TRUE(store->commit(changes));
  auto waits = store->ledger_waits("", 10).value();
  ASSERT_THAT(waits, SizeIs(1));
  EXPECT_EQ(waits[0].detail, "400");
  EXPECT_EQ(waits[0].since, at(1));
  EXPECT_EQ(store->counts().value().ledger_waits, 1);
  changes = {};
  changes.repointed = {{"c1", "c2"}};
  ASSERT_TRUE(store->commit(changes));
  waits = store->ledger_waits("", 10).value();
  ASSERT_THAT(waits, SizeIs(2)) << "what stands under the old id is taken back by the next run";
  EXPECT_EQ(waits[0].rule, "retry");
  EXPECT_EQ(waits[1].record, "c2");
  EXPECT_THAT(store->claim_settlements({"c2"}).value(), SizeIs(1));
  EXPECT_EQ(store->fund_postings({"f1"}).value()[0].document, "c1") << "a posting stays";
  changes = {};
  changes.no_ledger_waits = {"c1", "c2"};
  changes.removed_claim_settlements = {{.claim = "c2", .settlement = "s1"}};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_THAT(store->ledger_waits("", 10).value(), IsEmpty());
  EXPECT_THAT(store->claim_settlements({"s1"}).value(), IsEmpty());
}

TEST_F(Postings, WhoTakesAnothersPlaceHasTheBooksLookedAtWithAllThatStandsUnderIt) {
  auto store = open();
  Changes changes;
  changes.records = {{.id = "s1", .entity = "settlement", .version = 1, .state = "{}"},
                     {.id = "s2", .entity = "settlement", .version = 1, .change = 1, .state = "{}"},
                     {.id = "r1", .entity = "fund_request", .version = 1, .state = "{}"},
                     {.id = "lead", .entity = "lead", .version = 1, .state = "{}"}};
  changes.claim_settlements = {{.claim = "c1", .settlement = "s1"},
                               {.claim = "c1", .settlement = "s2"}};
  changes.postings = {posting(1, "e1")};
  changes.postings[0].document = "c3";
  changes.postings[0].request = "r2";
  const auto committed = store->commit(changes);
  ASSERT_TRUE(committed) << to_string(committed.error());
  const auto waiting = [&] {
    std::vector<std::string> out;
    const auto rows = store->ledger_waits("", 10).value();
    for (const LedgerWaitRow& row : rows) out.push_back(row.record);
    return out;
  };
  // Of two settlements that are one, the claim was paid once.
  changes = {};
  changes.repointed = {{"s2", "s1"}};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_THAT(waiting(), ElementsAre("c1", "s1"));
  // A claim stands in the books under the request that is gone.
  changes = {};
  changes.no_ledger_waits = {"c1", "s1"};
  ASSERT_TRUE(store->commit(changes));
  changes = {};
  changes.repointed = {{"r2", "r1"}, {"other lead", "lead"}};
  ASSERT_TRUE(store->commit(changes));
  EXPECT_THAT(waiting(), ElementsAre("c3", "r1"));
}

}  // namespace
}  // namespace channelbridge::store

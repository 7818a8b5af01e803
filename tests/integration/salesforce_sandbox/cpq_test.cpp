// Salesforce CPQ's router, over real HTTP against the sandbox: quotes are read, calculated and
// saved as models, and calculated after the adapter's writes where the project says so.
#include "channelbridge/salesforce/cpq.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "connected_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSave = "POST /services/apexrest";
constexpr const char* kCalculate = "PATCH /services/apexrest";

class CpqTest : public ConnectedOrg {
 protected:
  CpqTest() : ConnectedOrg(asynchronous()) {}
  static server::salesforce::OrgOptions asynchronous() {
    auto out = options();
    out.cpq_asynchronous = true;
    return out;
  }
  void SetUp() override {
    product_ = org().insert("Product2", {{"Name", "Pump"}, {"IsActive", true}}).value();
    for (const Json& book : org().records("Pricebook2"))
      if (book["IsStandard"] == true) book_ = book["Id"];
    ASSERT_TRUE(org().insert("PricebookEntry", {{"Pricebook2Id", book_},
                                                {"Product2Id", product_},
                                                {"UnitPrice", 99.99},
                                                {"IsActive", true}}));
    quote_ = org().insert("SBQQ__Quote__c", {{"SBQQ__PriceBook__c", book_}}).value();
    line_ = org()
                .insert("SBQQ__QuoteLine__c", {{"SBQQ__Quote__c", quote_},
                                               {"SBQQ__Product__c", product_},
                                               {"SBQQ__Quantity__c", 3},
                                               {"SBQQ__Discount__c", 10}})
                .value();
    auto made = make_cpq_quotes(settings({{"settle", "50ms"}, {"retry.attempts", "1"}}));
    ASSERT_TRUE(made) << made.error();
    quotes_ = *std::move(made);
  }
  Json line() { return org().record(line_); }
  Json quote() { return org().record(quote_); }

  std::string product_;
  std::string book_;
  std::string quote_;
  std::string line_;
  std::unique_ptr<CpqQuotes> quotes_;
};

TEST_F(CpqTest, AQuoteIsReadCalculatedAndSavedWithExactNumbers) {
  const auto read = quotes_->read(quote_, context);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->id(), quote_);
  EXPECT_EQ(read->prices().at(line_ + ".SBQQ__ListPrice__c"), "99.99");
  EXPECT_FALSE(read->prices().contains(line_ + ".SBQQ__NetPrice__c"));

  const auto calculated = quotes_->calculate(*read, context);
  ASSERT_TRUE(calculated) << calculated.error();
  EXPECT_EQ(calculated->prices().at(line_ + ".SBQQ__NetPrice__c"), "89.99");
  EXPECT_EQ(calculated->prices().at("netTotal"), "269.97");
  EXPECT_TRUE(line()["SBQQ__NetPrice__c"].is_null()) << "a calculation saves nothing";

  const auto saved = quotes_->save(*calculated, context);
  ASSERT_TRUE(saved) << saved.error();
  EXPECT_EQ(saved->prices(), calculated->prices());
  EXPECT_EQ(server::dump_json(line()["SBQQ__NetPrice__c"]), "89.99");
  EXPECT_EQ(server::dump_json(quote()["SBQQ__NetAmount__c"]), "269.97");
  EXPECT_EQ(quote()["SBQQ__Uncalculated__c"], false);
}

TEST_F(CpqTest, PricesThatAreRightAreNotSavedAgain) {
  const auto first = quotes_->price(quote_, context);
  ASSERT_TRUE(first) << first.error();
  EXPECT_TRUE(first->saved);
  const Json after = quote();
  const auto again = quotes_->price(quote_, context);
  ASSERT_TRUE(again) << again.error();
  EXPECT_FALSE(again->saved);
  EXPECT_EQ(quote(), after);
}

TEST_F(CpqTest, ASaveWhoseAnswerIsLostIsSeenInTheQuote) {
  desk().faults.add({.kind = "reset_after", .match = kSave});
  const auto priced = quotes_->price(quote_, context);
  ASSERT_TRUE(priced) << priced.error();
  EXPECT_TRUE(priced->looked);
  EXPECT_EQ(server::dump_json(line()["SBQQ__NetPrice__c"]), "89.99");
}

TEST_F(CpqTest, ASaveThatDidNotArriveMayBeTriedAgain) {
  desk().faults.add({.kind = "reset_before", .match = kSave});
  const auto lost = quotes_->price(quote_, context);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().sent(), Sent::No);
  EXPECT_TRUE(line()["SBQQ__NetPrice__c"].is_null());
  EXPECT_TRUE(quotes_->price(quote_, context));
}

TEST_F(CpqTest, AnEditDuringTheCalculationIsNotSavedOver) {
  // Somebody orders more while CPQ calculates.
  desk().faults.add({.kind = "latency", .match = kCalculate, .value = 400});
  const std::jthread somebody([&] {
    while (!desk().faults.to_json().empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(org().edit(line_, {{"SBQQ__Quantity__c", 5}}));
  });
  const auto priced = quotes_->price(quote_, context);
  ASSERT_TRUE(priced) << priced.error();
  EXPECT_EQ(server::dump_json(line()["SBQQ__Quantity__c"]), "5.0");
  EXPECT_EQ(server::dump_json(quote()["SBQQ__NetAmount__c"]), "449.95");
}

TEST_F(CpqTest, WhatCpqRefusesKeepsItsWords) {
  const auto nobody = quotes_->read("a0q000000000999AAA", context);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), ErrorCode::Rejected);
  EXPECT_EQ(nobody.error().remote_code(), "APEX_ERROR");
  EXPECT_THAT(nobody.error().remote_message(), HasSubstr("List has no rows"));
  EXPECT_EQ(quotes_->read("x", context).error().code(), ErrorCode::Invalid);
}

// ---- Behind the adapter's writes

class CpqWrites : public CpqTest {
 protected:
  void SetUp() override {
    CpqTest::SetUp();
    adapter = connect({{"cpq", "calculate"}, {"settle", "50ms"}, {"retry.attempts", "1"}});
  }
  adapter::WriteRequest made() const {
    return {
        .nodes = {{.object = "SBQQ__Quote__c", .body = Json{{"SBQQ__PriceBook__c", book_}}.dump()},
                  {.object = "SBQQ__QuoteLine__c",
                   .parent = 0,
                   .navigation = "SBQQ__LineItems__r",
                   .body = Json{{"SBQQ__Product__c", product_},
                                {"SBQQ__Quantity__c", 2},
                                {"SBQQ__Discount__c", 50}}
                               .dump()}},
        .correlation_path = "ChannelbridgeId__c",
        .correlation = "record-1"};
  }
  adapter::WriteOutcome written(const adapter::WriteRequest& request) {
    auto outcomes = adapter->write(selection, {request}, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    return outcomes ? outcomes->front() : adapter::WriteOutcome{.nodes = {{}, {}}};
  }

  adapter::Selection selection{.object = "SBQQ__Quote__c",
                               .id = "Id",
                               .version = "SystemModstamp",
                               .correlation = "ChannelbridgeId__c",
                               .paths = {"SBQQ__PriceBook__c"},
                               .children = {{.navigation = "SBQQ__LineItems__r",
                                             .object = "SBQQ__QuoteLine__c",
                                             .paths = {"Id", "SBQQ__Quantity__c"}}}};
};

TEST_F(CpqWrites, AQuoteThatWasWrittenIsCalculatedAsAStepOfItsOwn) {
  EXPECT_TRUE(adapter->capabilities(selection).steps);
  EXPECT_FALSE(adapter->capabilities(leads).steps);
  const adapter::WriteOutcome outcome = written(made());
  ASSERT_EQ(outcome.nodes[1].status, adapter::WriteStatus::Created) << *outcome.nodes[1].error;
  EXPECT_FALSE(outcome.step) << *outcome.step;
  const Json line = org().record(outcome.nodes[1].key);
  EXPECT_EQ(server::dump_json(line["SBQQ__NetPrice__c"]), "50.0") << "49.995, half away from zero";
  EXPECT_EQ(org().record(outcome.nodes[0].key)["SBQQ__Uncalculated__c"], false);
}

TEST_F(CpqWrites, AStepThatFailsLeavesWhatWasWrittenAndIsDoneOnceMore) {
  desk().faults.add({.kind = "reset_before", .match = kSave});
  const adapter::WriteOutcome outcome = written(made());
  ASSERT_EQ(outcome.nodes[0].status, adapter::WriteStatus::Created);
  const std::string key = outcome.nodes[0].key;
  ASSERT_TRUE(outcome.step);
  EXPECT_EQ(org().record(key)["SBQQ__Uncalculated__c"], true);
  ASSERT_TRUE(adapter->complete(selection, key, context));
  EXPECT_EQ(org().record(key)["SBQQ__Uncalculated__c"], false);
  const Json after = org().record(key);
  ASSERT_TRUE(adapter->complete(selection, key, context));
  EXPECT_EQ(org().record(key), after) << "safe to repeat";
}

TEST_F(CpqWrites, WithoutTheSettingNothingIsCalculated) {
  adapter = connect({});
  EXPECT_FALSE(adapter->capabilities(selection).steps);
  const adapter::WriteOutcome outcome = written(made());
  EXPECT_FALSE(outcome.step);
  EXPECT_EQ(org().record(outcome.nodes[0].key)["SBQQ__Uncalculated__c"], true);
}

}  // namespace
}  // namespace channelbridge::salesforce::test

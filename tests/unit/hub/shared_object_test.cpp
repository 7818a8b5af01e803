#include "hub_support.hpp"

/// One object of a system that is read as two entities: what refers to its key means one of them.
namespace channelbridge::hub {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kSharedObject = R"(
system: fake
id: Id
version: Version
format: json
absent: "null"
)";

std::string as_entity(const std::string& object, const std::string& entity,
                      const std::string& fields) {
  return kSharedObject + ("object: " + object) + "\nentity: " + entity + "\nfields:\n" + fields;
}

/// Quotes that name an opportunity and a contract, by keys of these objects.
std::string quotes_of(const std::string& opportunity, const std::string& contract) {
  return as_entity("Quote", "quote",
                   "  number: Number\n"
                   "  opportunity: { path: Deal, ref: opportunity, object: " +
                       opportunity +
                       ", required: true }\n"
                       "  contract: { path: Frame, ref: contract, object: " +
                       contract + " }\n");
}

/// System a keeps opportunities and contracts as one object, Deal; system b keeps them apart.
class SharedObject : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    a_->kind_field = b_->kind_field = "Kind";
    const std::string name = "  name: Name\n";
    const std::string number = "  number: Name\n";
    config_.spokes = {
        {.name = "a-contracts",
         .system = "a",
         .mapping = mapping_of(as_entity("Deal", "contract", number)),
         .direction = SpokeDirection::Pull},
        {.name = "a-deals",
         .system = "a",
         .mapping = mapping_of(as_entity("Deal", "opportunity", name)),
         .direction = SpokeDirection::Pull},
        {.name = "a-quotes", .system = "a", .mapping = mapping_of(quotes_of("Deal", "Deal"))},
        {.name = "b-contracts",
         .system = "b",
         .mapping = mapping_of(as_entity("Contract", "contract", number))},
        {.name = "b-deals",
         .system = "b",
         .mapping = mapping_of(as_entity("Opportunity", "opportunity", name))},
        {.name = "b-quotes",
         .system = "b",
         .mapping = mapping_of(quotes_of("Opportunity", "Contract"))}};
    open();
  }
  std::string add_deal() { return a_->add({{"Kind", "Deal"}, {"Name", "Pumps"}}); }
  void add_quote(const nlohmann::json& deal, const nlohmann::json& frame) {
    a_->add({{"Kind", "Quote"}, {"Number", "Q1"}, {"Deal", deal}, {"Frame", frame}});
  }
  /// What the hub's one quote holds there.
  std::string quote_says(const std::string& field) {
    const auto rows = hub_->store().records_changed("quote", 0, 10).value();
    EXPECT_THAT(rows, SizeIs(1));
    return model::get(parse_record_state(rows.at(0).state).value().fields, field).value_or("");
  }
  std::string record_behind(const std::string& spoke, const std::string& key) {
    const auto links = hub_->store().links_by_key(spoke, {key}).value();
    return links.empty() ? std::string() : links.front().record;
  }
  /// The one object of that kind in b: its key.
  std::string in_b(const std::string& kind) {
    std::vector<std::string> keys;
    for (const auto& [key, object] : b_->objects())
      if (object.fields.value("Kind", "") == kind) keys.push_back(key);
    EXPECT_THAT(keys, SizeIs(1)) << kind;
    return keys.empty() ? std::string() : keys.front();
  }
  std::vector<store::PendingRow> pending(const std::string& key) {
    return hub_->store().pending("a", "Deal", {key}, 10).value();
  }
};

TEST_F(SharedObject, AKeyMeansTheRecordOfTheEntityThatTheFieldRefersTo) {
  const std::string deal = add_deal();
  sync();
  add_quote(deal, deal);
  sync();
  EXPECT_EQ(quote_says("opportunity"), record_behind("a-deals", deal));
  EXPECT_EQ(quote_says("contract"), record_behind("a-contracts", deal));
  const nlohmann::json there = b_->at(in_b("Quote")).fields;
  EXPECT_EQ(there["Deal"], in_b("Opportunity"));
  EXPECT_EQ(there["Frame"], in_b("Contract"));
  EXPECT_TRUE(plan().empty());
}

TEST_F(SharedObject, WhatWaitsForOneEntityGoesOnWaitingWhenTheOtherArrives) {
  add_quote("A2", "A2");
  sync();
  ASSERT_EQ(add_deal(), "A2");
  for (int i = 0; i < 2; ++i) {  // the second run finds what the first one has left
    sync({.only = {"a-contracts"}});
    EXPECT_EQ(quote_says("contract"), record_behind("a-contracts", "A2"));
    EXPECT_EQ(quote_says("opportunity"), "pending:a/Deal/A2");
    EXPECT_THAT(pending("A2"), SizeIs(1));
  }
  sync();
  EXPECT_EQ(quote_says("opportunity"), record_behind("a-deals", "A2"));
  EXPECT_EQ(quote_says("contract"), record_behind("a-contracts", "A2"));
  EXPECT_THAT(pending("A2"), IsEmpty());
  sync();
  const nlohmann::json there = b_->at(in_b("Quote")).fields;
  EXPECT_EQ(there["Deal"], in_b("Opportunity"));
  EXPECT_EQ(there["Frame"], in_b("Contract"));
  EXPECT_TRUE(plan().empty());
}

TEST_F(SharedObject, TheOtherEntityEndsNoWait) {
  add_quote("A2", nullptr);
  sync();
  add_deal();
  sync({.only = {"a-contracts"}});
  EXPECT_EQ(quote_says("opportunity"), "pending:a/Deal/A2");
  sync({.only = {"b-quotes"}});
  const auto waits = hub_->waiting(10).value();
  ASSERT_THAT(waits, SizeIs(1));
  EXPECT_EQ(waits[0].ends,
            "when a-deals reads opportunity 'A2' from a, or the document refers to another");
}

TEST_F(SharedObject, ManyThatWaitForOneEntityDoNotHideThoseThatWaitForTheOther) {
  constexpr int kMany = 450;  // more than one step of the store takes
  const std::string deal = "A" + std::to_string(2 * kMany + 1);
  for (int i = 0; i < 2 * kMany; ++i) {
    const bool first = i < kMany;
    a_->add({{"Kind", "Quote"},
             {"Number", "Q" + std::to_string(i)},
             {"Deal", first ? nlohmann::json(deal) : nlohmann::json()},
             {"Frame", first ? nlohmann::json() : nlohmann::json(deal)}});
  }
  sync({.only = {"a-quotes"}});
  ASSERT_EQ(add_deal(), deal);
  sync({.only = {"a-contracts"}});
  EXPECT_THAT(hub_->store().pending("a", "Deal", {deal}, 10 * kMany).value(), SizeIs(kMany));
}

}  // namespace
}  // namespace channelbridge::hub

#include "connected_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::WriteStatus;
using SalesforceWrites = ConnectedOrg;

TEST_F(SalesforceWrites, TwoHundredRecordsAreOneCall) {
  std::vector<adapter::WriteRequest> requests;
  for (int i = 0; i < 200; ++i) {
    requests.push_back(create("record-" + std::to_string(i),
                              {{"LastName", "Lead " + std::to_string(i)}, {"Company", "Acme"}}));
  }
  ASSERT_TRUE(adapter->probe(context));
  ASSERT_TRUE(adapter->describe("Lead", context));
  const auto before = desk().journal.requests();
  auto outcomes = adapter->write(leads, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  EXPECT_EQ(desk().journal.requests() - before, 1U);
  EXPECT_EQ(desk().journal.effects(), 200U);
  for (const auto& outcome : *outcomes)
    ASSERT_EQ(outcome.nodes[0].status, WriteStatus::Created) << *outcome.nodes[0].error;
  EXPECT_EQ(org().record((*outcomes)[42].nodes[0].key)["LastName"], "Lead 42");
}

TEST_F(SalesforceWrites, ACreateIsFoundAgainAndItsRepetitionIsAnUpdate) {
  const auto request = create("record-1", {{"LastName", "S"}, {"Company", "Acme"}});
  const auto first = write(request);
  EXPECT_EQ(first.status, WriteStatus::Created);
  auto found = adapter->find(leads, "record-1", context);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().key, first.key);
  EXPECT_TRUE(found->front().modified_by_us);
  const auto second = write(request);
  EXPECT_EQ(second.status, WriteStatus::Updated);
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(org().count("Lead"), 1U);
}

TEST_F(SalesforceWrites, GoodRecordsGoThroughBesideEveryKindOfBadOne) {
  const auto ids = seed_leads(2);
  ASSERT_TRUE(write(create("taken", {{"LastName", "T"}, {"Company", "Acme"}})).key.size());
  ASSERT_TRUE(org().remove(ids[1]));
  auto outcomes = adapter->write(
      leads,
      {update(ids[0], {{"Company", "Moved"}}), update(ids[0].substr(0, 15), {{"Phone", nullptr}}),
       update(ids[1], {{"Company", "Gone"}}), update(ids[0], {{"LastName", std::string(81, 'x')}}),
       update(ids[0], {{"ChannelbridgeId__c", "taken"}})},
      context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  const auto node = [&](std::size_t i) { return (*outcomes)[i].nodes[0]; };
  EXPECT_EQ(node(0).status, WriteStatus::Updated);
  EXPECT_EQ(node(1).status, WriteStatus::Updated);
  EXPECT_TRUE(node(2).not_found) << *node(2).error;
  EXPECT_EQ(node(3).status, WriteStatus::Rejected);
  EXPECT_EQ(node(3).error->remote_code(), "STRING_TOO_LONG");
  EXPECT_EQ(node(4).status, WriteStatus::Rejected);
  EXPECT_FALSE(node(4).duplicate_of.empty()) << *node(4).error;
  EXPECT_EQ(org().record(ids[0])["Company"], "Moved");
}

TEST_F(SalesforceWrites, AMissingFieldAndAnUnknownOneAreTheRecordsOwnFault) {
  auto outcomes = adapter->write(
      leads,
      {create("a", {{"LastName", "A"}, {"Company", "Acme"}}), create("b", {{"LastName", "B"}}),
       create("c", {{"LastName", "C"}, {"Company", "x"}, {"Nope", 1}}),
       create("d", {{"LastName", "D"}, {"Company", "Acme"}})},
      context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  const WriteStatus expected[] = {WriteStatus::Created, WriteStatus::Rejected,
                                  WriteStatus::Rejected, WriteStatus::Created};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ((*outcomes)[i].nodes[0].status, expected[i]) << i;
  EXPECT_EQ(org().count("Lead"), 2U);
}

TEST_F(SalesforceWrites, AConvertedLeadIsAConflictThatAReadExplains) {
  const auto ids = seed_leads(1);
  ASSERT_TRUE(org().convert_lead(ids[0]));
  EXPECT_EQ(write(update(ids[0], {{"Company", "x"}})).status, WriteStatus::Conflict);
  auto change = adapter->read_by_key(leads, ids[0], context);
  ASSERT_TRUE(change) << change.error();
  EXPECT_FALSE(change->converted_into.empty());
}

TEST_F(SalesforceWrites, ADuplicateRulesAlertIsARefusalUntilSettingsPassIt) {
  ASSERT_TRUE(org().add_duplicate_rule({.object = "Lead", .fields = {"Email"}}));
  const auto lead = [](const char* name) {
    return Json{{"LastName", name}, {"Company", "Acme"}, {"Email", "a@example.com"}};
  };
  ASSERT_TRUE(org().insert("Lead", lead("theirs")));
  auto outcomes = adapter->write(
      leads, {create("a", lead("ours")), create("b", {{"LastName", "Good"}, {"Company", "Acme"}})},
      context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  const auto& refused = (*outcomes)[0].nodes[0];
  ASSERT_EQ(refused.status, WriteStatus::Rejected);
  EXPECT_EQ(refused.error->remote_code(), "DUPLICATES_DETECTED");
  EXPECT_EQ(refused.error->remote_message(), "Use one of these records?");
  EXPECT_EQ(refused.duplicate_of, "") << "collections do not name the record in the way";
  EXPECT_EQ((*outcomes)[1].nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(org().count("Lead"), 2U);

  adapter = connect({{"allow_duplicates", "true"}});
  EXPECT_EQ(write(create("a", lead("ours"))).status, WriteStatus::Created);
  org().clear_duplicate_rules();
  ASSERT_TRUE(org().add_duplicate_rule({.object = "Lead", .fields = {"Email"}, .block = true}));
  EXPECT_EQ(write(create("c", lead("ours too"))).status, WriteStatus::Rejected);
  EXPECT_EQ(org().count("Lead"), 3U);
}

TEST_F(SalesforceWrites, DeletesAreOneCall) {
  const auto ids = seed_leads(3);
  std::vector<adapter::WriteRequest> requests;
  for (const std::string& id : ids)
    requests.push_back(
        {.nodes = {{.operation = adapter::Operation::Delete, .object = "Lead", .key = id}}});
  auto outcomes = adapter->write(leads, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Deleted);
  EXPECT_EQ(org().count("Lead"), 0U);
}

}  // namespace
}  // namespace channelbridge::salesforce::test

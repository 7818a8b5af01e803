#include "connected_org.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::NodeOutcome;
using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteStatus;

class SalesforceDocuments : public ConnectedOrg {
 protected:
  static WriteNode contact(Operation operation, const std::string& key, const Json& fields) {
    return {.operation = operation,
            .object = "Contact",
            .key = key,
            .parent = 0,
            .navigation = "Contacts",
            .body = operation == Operation::Delete ? "" : fields.dump()};
  }
  static adapter::WriteRequest account(const std::string& record,
                                       const std::vector<std::string>& contacts) {
    adapter::WriteRequest request{.nodes = {{.object = "Account", .body = R"({"Name":"Acme"})"}},
                                  .correlation_path = "ChannelbridgeId__c",
                                  .correlation = record};
    for (const std::string& name : contacts)
      request.nodes.push_back(contact(Operation::Create, "", {{"LastName", name}}));
    return request;
  }
  std::vector<NodeOutcome> write_nodes(const adapter::WriteRequest& request) {
    auto outcomes = adapter->write(accounts, {request}, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    return outcomes ? outcomes->front().nodes : std::vector<NodeOutcome>(request.nodes.size());
  }
  /// Names and ids of the contacts that a document shows.
  std::map<std::string, std::string> shown(const std::string& key) {
    auto change = adapter->read_by_key(accounts, key, context);
    EXPECT_TRUE(change) << (change ? "" : to_string(change.error()));
    std::map<std::string, std::string> out;
    if (!change) return out;
    const Json list = Json::parse(change->document.text())["Contacts"];
    if (list.is_null()) return out;
    EXPECT_EQ(list["done"], true);
    for (const Json& each : list["records"]) out[each["LastName"]] = each["Id"];
    return out;
  }

  adapter::Selection accounts{.object = "Account",
                              .id = "Id",
                              .version = "SystemModstamp",
                              .correlation = "ChannelbridgeId__c",
                              .paths = {"Name"},
                              .children = {{.navigation = "Contacts",
                                            .object = "Contact",
                                            .paths = {"Id", "LastName", "Owner.Name"}}}};
};

TEST_F(SalesforceDocuments, AreMadeChangedAndReadWithTheirChildren) {
  const auto made = write_nodes(account("record-1", {"Anders", "Berg", "Carl"}));
  ASSERT_EQ(made[3].status, WriteStatus::Created) << *made[3].error;
  EXPECT_EQ(org().record(made[0].key)["ChannelbridgeId__c"], "record-1");
  EXPECT_EQ(org().record(made[2].key)["AccountId"], made[0].key);
  EXPECT_EQ(shown(made[0].key),
            (std::map<std::string, std::string>{
                {"Anders", made[1].key}, {"Berg", made[2].key}, {"Carl", made[3].key}}));

  const auto before = desk().journal.requests();
  const auto changed = write_nodes(
      {.nodes = {
           {.operation = Operation::Update, .object = "Account", .key = made[0].key, .body = "{}"},
           contact(Operation::Create, "", {{"LastName", "Dahl"}}),
           contact(Operation::Update, made[1].key, {{"LastName", "Andersen"}}),
           contact(Operation::Delete, made[2].key, {})}});
  EXPECT_EQ(desk().journal.requests() - before, 1U);
  EXPECT_EQ(changed[0].status, WriteStatus::Unchanged);
  ASSERT_EQ(changed[1].status, WriteStatus::Created) << *changed[1].error;
  EXPECT_EQ(changed[2].status, WriteStatus::Updated);
  EXPECT_EQ(changed[3].status, WriteStatus::Deleted);
  EXPECT_EQ(shown(made[0].key),
            (std::map<std::string, std::string>{
                {"Andersen", made[1].key}, {"Carl", made[3].key}, {"Dahl", changed[1].key}}))
      << "a removed child is in no list, although the adapter reads deleted records";
}

TEST_F(SalesforceDocuments, AreWrittenWholeOrNotAtAll) {
  auto outcomes = adapter->write(
      accounts, {account("bad", {"Fine", std::string(81, 'x')}), account("good", {"Fine"})},
      context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  const auto& bad = (*outcomes)[0].nodes;
  for (const NodeOutcome& node : bad) {
    EXPECT_EQ(node.status, WriteStatus::Rejected);
    EXPECT_EQ(node.error->remote_code(), "STRING_TOO_LONG");
  }
  EXPECT_EQ((*outcomes)[1].nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(org().count("Account"), 1U);
  EXPECT_EQ(org().count("Contact"), 1U);
}

TEST_F(SalesforceDocuments, ManyBadOnesHideNoGoodOne) {
  std::vector<adapter::WriteRequest> requests;
  for (int i = 0; i < 40; ++i) {
    requests.push_back(
        account("record-" + std::to_string(i), {i % 2 == 0 ? std::string(81, 'x') : "Fine"}));
  }
  auto outcomes = adapter->write(accounts, requests, context);
  ASSERT_TRUE(outcomes) << outcomes.error();
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ((*outcomes)[i].nodes[0].status,
              i % 2 == 0 ? WriteStatus::Rejected : WriteStatus::Created)
        << i;
  }
  EXPECT_EQ(org().count("Account"), 20U);
}

TEST_F(SalesforceDocuments, ALostAnswerIsUnknownAndASecondCreateMakesNothingTwice) {
  ASSERT_TRUE(adapter->describe("Account", context));
  desk().faults.add({.kind = "bad_gateway", .match = "composite"});
  for (const NodeOutcome& node : write_nodes(account("record-1", {"Anders"})))
    EXPECT_EQ(node.status, WriteStatus::Unknown);
  auto found = adapter->find(accounts, "record-1", context);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1U);
  const auto again = write_nodes(account("record-1", {"Anders"}));
  EXPECT_EQ(again[0].status, WriteStatus::Rejected);
  EXPECT_EQ(again[0].duplicate_of, found->front().key) << *again[0].error;
  EXPECT_EQ(org().count("Account"), 1U);
  EXPECT_EQ(org().count("Contact"), 1U);
}

TEST_F(SalesforceDocuments, AChildThatIsGoneAsksForALookAndNothingIsWritten) {
  const auto made = write_nodes(account("record-1", {"Anders"}));
  ASSERT_TRUE(org().remove(made[1].key));
  const auto nodes =
      write_nodes({.nodes = {{.operation = Operation::Update,
                              .object = "Account",
                              .key = made[0].key,
                              .body = R"({"Name":"Moved"})"},
                             contact(Operation::Update, made[1].key, {{"LastName", "New"}})}});
  EXPECT_EQ(nodes[0].status, WriteStatus::Conflict) << *nodes[0].error;
  EXPECT_TRUE(nodes[1].not_found);
  EXPECT_EQ(org().record(made[0].key)["Name"], "Acme");
  EXPECT_TRUE(shown(made[0].key).empty());
}

TEST_F(SalesforceDocuments, AChangedOrRemovedChildReadsItsParentAgain) {
  const adapter::Selection deals{.object = "Opportunity",
                                 .id = "Id",
                                 .version = "SystemModstamp",
                                 .paths = {"Name"},
                                 .children = {{.navigation = "OpportunityContactRoles",
                                               .object = "OpportunityContactRole",
                                               .paths = {"Id", "Role"}}},
                                 .touch = {"OpportunityContactRole"}};
  adapter = connect({{"overlap", "2s"}});
  ASSERT_TRUE(adapter->probe(context));  // signed in while the clocks agree
  desk().clock->advance(-std::chrono::hours(3));
  const auto person = org().insert("Contact", {{"LastName", "Anders"}});
  ASSERT_TRUE(person) << person.error();
  std::vector<std::string> keys;
  std::vector<std::string> roles;
  for (const char* name : {"one", "two", "three"}) {
    auto deal = org().insert(
        "Opportunity", {{"Name", name}, {"StageName", "Prospecting"}, {"CloseDate", "2026-12-31"}});
    ASSERT_TRUE(deal) << deal.error();
    auto role =
        org().insert("OpportunityContactRole", {{"OpportunityId", *deal}, {"ContactId", *person}});
    ASSERT_TRUE(role) << role.error();
    keys.push_back(*deal);
    roles.push_back(*role);
  }
  adapter::Cursor cursor;
  const auto pass = [&] {
    std::map<std::string, Json> out;
    for (int i = 0; i < 100; ++i) {
      auto page = adapter->read(deals, cursor, 1, context);
      EXPECT_TRUE(page) << (page ? "" : to_string(page.error()));
      if (!page) break;
      for (const auto& change : page->changes)
        out[change.key] = Json::parse(change.document.text())["OpportunityContactRoles"];
      cursor = page->next;
      if (page->end) break;
    }
    return out;
  };
  desk().clock->advance(std::chrono::minutes(1));
  EXPECT_EQ(pass().size(), 3U);
  desk().clock->advance(std::chrono::hours(1));
  EXPECT_EQ(pass().size(), 0U);
  ASSERT_TRUE(org().edit(roles[1], {{"Role", "Decision Maker"}}));
  ASSERT_TRUE(org().remove(roles[2]));
  desk().clock->advance(std::chrono::hours(1));
  auto seen = pass();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[keys[1]]["records"][0]["Role"], "Decision Maker");
  EXPECT_TRUE(seen[keys[2]].is_null());
}

}  // namespace
}  // namespace channelbridge::salesforce::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "channelbridge/mapping/mapping.hpp"
#include "channelbridge/model/validate.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "sandbox/sap/c4c_server.hpp"

namespace channelbridge {
namespace {

using adapter::Change;
using adapter::Operation;
using adapter::Selection;
using adapter::WriteRequest;
using adapter::WriteStatus;
using sandbox::Json;
using ::testing::HasSubstr;

Selection leads() {
  Selection out{.object = "LeadCollection",
                .id = "ObjectID",
                .version = "@etag",
                .modified = "EntityLastChangedOn",
                .correlation = "ExternalID",
                .paths = {"ObjectID", "ID", "Name", "Company", "ContactLastName", "UserStatusCode"},
                .touch = {"LeadItemCollection"}};
  out.children = {{.navigation = "LeadItem",
                   .object = "LeadItemCollection",
                   .paths = {"ObjectID", "ProductID", "Quantity"}}};
  return out;
}

class Leads : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = sandbox::C4cServer::start(std::string(CHANNELBRIDGE_SOURCE_DIR) +
                                             "/tests/fixtures/sap/c4c/derived.edmx");
    ASSERT_TRUE(started) << to_string(started.error());
    server_ = std::move(*started);
    server_->clock().advance(std::chrono::hours(-3));
    auto transport = http::make_poco_transport(server_->url());
    http::PipelineOptions pipeline{.system = "crm"};
    pipeline.retry.first_backoff = std::chrono::milliseconds(5);
    pipeline.credential = http::make_basic("CHANNEL", Secret("Welcome1"));
    adapter_ = *sap_c4c::make_adapter(*transport, std::move(pipeline));
  }

  WriteRequest new_lead(const std::string& name, const std::string& mark) {
    return {
        .nodes = {{.operation = Operation::Create,
                   .object = "LeadCollection",
                   .body = R"({"Name":")" + name + R"(","Company":"Nord","ContactLastName":"Ek"})"},
                  {.operation = Operation::Create,
                   .object = "LeadItemCollection",
                   .parent = 0,
                   .navigation = "LeadItem",
                   .body = R"({"ProductID":"P100","Quantity":"2"})"}},
        .correlation_path = "ExternalID",
        .correlation = mark};
  }

  std::vector<adapter::WriteOutcome> write(const std::vector<WriteRequest>& requests) {
    auto outcomes = adapter_->write(leads(), requests, context_);
    EXPECT_TRUE(outcomes) << to_string(outcomes.error());
    return outcomes ? *outcomes : std::vector<adapter::WriteOutcome>(requests.size());
  }

  std::multiset<std::string> pull(adapter::Cursor& cursor, std::size_t page_size = 1000) {
    std::multiset<std::string> out;
    for (int i = 0; i < 200; ++i) {
      auto page = adapter_->read(leads(), cursor, page_size, context_);
      EXPECT_TRUE(page) << to_string(page.error());
      if (!page) break;
      for (const Change& change : page->changes) out.insert(change.key);
      cursor = page->next;
      if (page->end) return out;
    }
    ADD_FAILURE() << "the pull did not end";
    return out;
  }

  std::unique_ptr<sandbox::C4cServer> server_;
  std::shared_ptr<adapter::Adapter> adapter_;
  Context context_ = Context().with_timeout(std::chrono::seconds(60));
};

TEST_F(Leads, ALeadWithoutAValueComesBackWithoutOne) {
  const std::string key = write({new_lead("Cable", "018f-v")})[0].nodes[0].key;
  Selection selection = leads();
  selection.paths.insert(selection.paths.end(),
                         {"ExpectedRevenueAmount", "ExpectedRevenueCurrencyCode"});
  const auto lead = adapter_->read_by_key(selection, key, context_);
  ASSERT_TRUE(lead) << to_string(lead.error());
  EXPECT_THAT(std::string(lead->document.text()), HasSubstr(R"("ExpectedRevenueAmount":"0)"));
  auto mapping = mapping::Mapping::parse(R"(
system: sap_c4c
object: LeadCollection
entity: lead
id: ObjectID
format: odata_v2
empty: text
fields:
  estimated_value.amount: { path: ExpectedRevenueAmount, as: decimal }
  estimated_value.currency: ExpectedRevenueCurrencyCode
)",
                                         "lead.yaml", model::EntityRegistry::built_in());
  ASSERT_TRUE(mapping) << to_string(mapping.error());
  const auto patch = (*mapping)->read(lead->document, nullptr, "crm");
  ASSERT_TRUE(patch) << to_string(patch.error());
  EXPECT_THAT(model::check((*mapping)->entity(), *patch), ::testing::IsEmpty());
  for (const model::PatchEntry& entry : patch->entries) EXPECT_FALSE(entry.value) << entry.path;
}

TEST_F(Leads, ALeadWithItemsIsCreatedOnceAndFoundByItsMark) {
  const auto nodes = write({new_lead("Cable", "018f-a")})[0].nodes;
  ASSERT_EQ(nodes[0].status, WriteStatus::Created)
      << (nodes[0].error ? to_string(*nodes[0].error) : "");
  EXPECT_EQ(nodes[0].key.size(), 32U);
  EXPECT_EQ(nodes[1].key.size(), 32U);
  const auto found = adapter_->find(leads(), "018f-a", context_);
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->at(0).key, nodes[0].key);
  EXPECT_EQ(found->at(0).correlation, "018f-a");
}

TEST_F(Leads, MoreLeadsThanAnExpandedPageAreReadOnceEach) {
  for (int i = 0; i < 250; ++i) {
    ASSERT_TRUE(server_->api().seed(
        "LeadCollection",
        Json{{"Name", "L" + std::to_string(i)}, {"Company", "C"}, {"ContactLastName", "E"}}));
  }
  adapter::Cursor cursor;
  const auto keys = pull(cursor);
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 250U);
}

TEST_F(Leads, AChangedItemBringsItsLeadAgain) {
  const auto nodes = write({new_lead("Cable", "018f-a")})[0].nodes;
  adapter::Cursor cursor;
  EXPECT_TRUE(pull(cursor).contains(nodes[0].key));
  server_->clock().advance(std::chrono::hours(1));
  ASSERT_TRUE(
      server_->api().edit("MILLER", "LeadItemCollection", {nodes[1].key}, Json{{"Quantity", "3"}}));
  EXPECT_TRUE(pull(cursor).contains(nodes[0].key));
}

TEST_F(Leads, AnItemIsAddedChangedAndDeletedWithItsLead) {
  const auto created = write({new_lead("Cable", "018f-a")})[0].nodes;
  const auto now = adapter_->read_by_key(leads(), created[0].key, context_);
  ASSERT_TRUE(now) << to_string(now.error());
  WriteRequest request{.nodes = {{.operation = Operation::Update,
                                  .object = "LeadCollection",
                                  .key = created[0].key,
                                  .body = R"({"Name":"Cables"})",
                                  .expected_version = now->version},
                                 {.operation = Operation::Update,
                                  .object = "LeadItemCollection",
                                  .key = created[1].key,
                                  .parent = 0,
                                  .navigation = "LeadItem",
                                  .body = R"({"Quantity":"5"})"},
                                 {.operation = Operation::Create,
                                  .object = "LeadItemCollection",
                                  .parent = 0,
                                  .navigation = "LeadItem",
                                  .body = R"({"ProductID":"P200","Quantity":"1"})"}}};
  const auto done = write({request})[0].nodes;
  ASSERT_EQ(done[0].status, WriteStatus::Updated)
      << (done[0].error ? to_string(*done[0].error) : "");
  EXPECT_EQ(done[2].status, WriteStatus::Created);
  EXPECT_EQ(server_->api().count("LeadItemCollection"), 2U);
  WriteRequest remove{.nodes = {{.operation = Operation::Update,
                                 .object = "LeadCollection",
                                 .key = created[0].key,
                                 .body = "{}"},
                                {.operation = Operation::Delete,
                                 .object = "LeadItemCollection",
                                 .key = done[2].key,
                                 .parent = 0,
                                 .navigation = "LeadItem"}}};
  EXPECT_EQ(write({remove})[0].nodes[1].status, WriteStatus::Deleted);
  EXPECT_EQ(server_->api().count("LeadItemCollection"), 1U);
  const auto stale = write({request})[0].nodes;
  EXPECT_EQ(stale[0].status, WriteStatus::Conflict);
}

TEST_F(Leads, ABatchOfManyLeadsIsOneCall) {
  std::vector<WriteRequest> requests;
  for (int i = 0; i < 40; ++i)
    requests.push_back(new_lead("L" + std::to_string(i), "018f-" + std::to_string(i)));
  adapter_->describe("LeadCollection", context_).value();
  const auto before = adapter_->usage().requests;
  for (const auto& outcome : write(requests))
    EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Created);
  EXPECT_LE(adapter_->usage().requests - before, 2U);
}

}  // namespace
}  // namespace channelbridge

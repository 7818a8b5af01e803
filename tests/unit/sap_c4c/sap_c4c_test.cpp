#include "channelbridge/sap_c4c/sap_c4c.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_service.hpp"

namespace channelbridge::sap_c4c {
namespace {

using adapter::Operation;
using ::testing::HasSubstr;

adapter::Selection leads() {
  return {.object = "LeadCollection",
          .id = "ObjectID",
          .version = "@etag",
          .modified = "EntityLastChangedOn",
          .paths = {"ObjectID", "Name"},
          .children = {
              {.navigation = "LeadItem", .object = "LeadItemCollection", .paths = {"ObjectID"}}}};
}

struct Tenant {
  std::shared_ptr<odata::ScriptedTransport> transport{};
  std::shared_ptr<adapter::Adapter> adapter{};

  explicit Tenant(odata::ScriptedTransport::Answer answer) {
    transport = std::make_shared<odata::ScriptedTransport>(
        [answer = std::move(answer)](const http::Request& request) -> Result<http::Response> {
          if (request.target.find("$metadata") != std::string::npos) {
            return http::Response{.status = 200, .body = odata::fixture("c4c/derived.edmx")};
          }
          return answer(request);
        });
    adapter = *sap_c4c::make_adapter(transport, {.system = "crm"}, Options{.csrf = false});
  }
};

TEST(SapC4c, AsksForNoMoreParentsThanAnExpandedPageHas) {
  Tenant tenant([](const http::Request&) {
    return odata::json_answer(R"({"d":{"__count":"0","results":[]}})");
  });
  ASSERT_TRUE(tenant.adapter->read(leads(), {}, 1000, Context()));
  const std::string target =
      odata::decoded(tenant.transport->requests("LeadCollection").at(0).target);
  EXPECT_THAT(target, HasSubstr("/sap/c4c/odata/v1/c4codataapi/LeadCollection?"));
  EXPECT_THAT(target, HasSubstr("$top=100&"));
  EXPECT_THAT(target, HasSubstr("$orderby=EntityLastChangedOn,ObjectID"));
}

TEST(SapC4c, ANewItemNamesItsLeadInTheItemsOwnSet) {
  Tenant tenant(
      [](const http::Request&) { return odata::json_answer(R"({"d":{"ObjectID":"B"}})", 201); });
  const adapter::WriteRequest request{
      .nodes = {
          {.operation = Operation::Update, .object = "LeadCollection", .key = "A", .body = "{}"},
          {.operation = Operation::Create,
           .object = "LeadItemCollection",
           .parent = 0,
           .navigation = "LeadItem",
           .body = R"({"ProductID":"P1"})"}}};
  const auto outcomes = tenant.adapter->write(leads(), {request}, Context());
  ASSERT_TRUE(outcomes) << to_string(outcomes.error());
  EXPECT_EQ(outcomes->at(0).nodes[0].status, adapter::WriteStatus::Unchanged);
  EXPECT_EQ(outcomes->at(0).nodes[1].key, "B");
  const http::Request sent = tenant.transport->requests("LeadItemCollection").at(0);
  EXPECT_EQ(sent.body, R"({"ProductID":"P1","ParentObjectID":"A"})");
}

TEST(SapC4c, ALockedLeadIsTriedAgain) {
  int calls = 0;
  Tenant tenant([&](const http::Request&) {
    if (++calls < 3) {
      return odata::json_answer(
          R"({"error":{"code":"A1","message":{"value":"Lead 7: record locked by MILLER"}}})", 400);
    }
    return http::Response{.status = 204};
  });
  const auto clock = std::make_shared<testing::ManualClock>();
  const auto outcomes = tenant.adapter->write(leads(),
                                              {{.nodes = {{.operation = Operation::Update,
                                                           .object = "LeadCollection",
                                                           .key = "A",
                                                           .body = R"({"Name":"x"})"}}}},
                                              Context(clock, {}));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, adapter::WriteStatus::Updated);
}

TEST(SapC4c, TheDerivedMetadataSaysWhatIsUnconfirmed) {
  const auto lead = kind().published(
      "LeadCollection", std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap/c4c");
  ASSERT_TRUE(lead) << to_string(lead.error());
  EXPECT_EQ(lead->keys, std::vector<std::string>{"ObjectID"});
  EXPECT_EQ(lead->navigations.at("LeadItem"), "LeadItemCollection");
  EXPECT_FALSE(lead->properties.at("Company").origin.empty());
}

}  // namespace
}  // namespace channelbridge::sap_c4c

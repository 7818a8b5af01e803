// The partner of a lead in Cloud for Customer, through the shipped mapping.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/hub/hub.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "sandbox/sap/c4c_server.hpp"

namespace channelbridge {
namespace {

using adapter::Operation;
using adapter::WriteStatus;
using sandbox::Json;

/// Partner number N is record "partner-N".
class Numbers : public mapping::References {
 public:
  std::optional<std::string> record_of(std::string_view, std::string_view key) const override {
    return "partner-" + std::string(key);
  }
  std::optional<std::string> key_of(std::string_view, std::string_view record) const override {
    return std::string(record.substr(8));
  }
};

class Parties : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = sandbox::C4cServer::start(std::string(CHANNELBRIDGE_SOURCE_DIR) +
                                             "/tests/fixtures/sap/c4c/derived.edmx");
    ASSERT_TRUE(started) << to_string(started.error());
    server_ = std::move(*started);
    auto transport = http::make_poco_transport(server_->url());
    http::PipelineOptions pipeline{.system = "crm"};
    pipeline.credential = http::make_basic("CHANNEL", Secret("Welcome1"));
    adapter_ = *sap_c4c::make_adapter(*transport, std::move(pipeline));
    mapping::Tenant tenant;
    tenant.values["partner_role"] = "Z1";
    auto mapping = mapping::Mapping::load(
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings/sap_c4c/lead.yaml",
        model::EntityRegistry::built_in(), tenant);
    ASSERT_TRUE(mapping) << to_string(mapping.error());
    spoke_ = {.name = "leads", .system = "crm", .mapping = *mapping};
  }

  std::string lead(const Json& parties) {
    const auto key = server_->api().seed("LeadCollection", Json{{"Name", "Offer"},
                                                                {"Company", "Nord"},
                                                                {"ContactLastName", "Ek"},
                                                                {"LeadParty", parties}});
    EXPECT_TRUE(key) << to_string(key.error());
    return server_->api().rows("LeadCollection").back()["ObjectID"];
  }

  model::Value partner_of(const std::string& key) {
    const auto now = adapter_->read_by_key(hub::selection_of(spoke_), key, context_);
    EXPECT_TRUE(now) << to_string(now.error());
    const auto patch = spoke_.mapping->read(now->document, &numbers_, "crm");
    EXPECT_TRUE(patch) << to_string(patch.error());
    const auto* entry = patch->find("assigned_partner");
    return entry == nullptr ? model::Value("not stated") : entry->value;
  }

  void set_partner(const std::string& key, const model::Value& record) {
    const auto selection = hub::selection_of(spoke_);
    const auto now = adapter_->read_by_key(selection, key, context_);
    ASSERT_TRUE(now) << to_string(now.error());
    model::Fields fields{{"topic", "Offer"}};
    model::set(fields, "assigned_partner", record);
    const auto written =
        spoke_.mapping->write(fields, {.groups = {"assigned_partner"}}, {}, &numbers_);
    ASSERT_TRUE(written) << to_string(written.error());
    const auto outcomes = adapter_->write(selection,
                                          {{.nodes = {{.operation = Operation::Update,
                                                       .object = "LeadCollection",
                                                       .key = key,
                                                       .body = written->nodes[0].body,
                                                       .expected_version = now->version}}}},
                                          context_);
    ASSERT_TRUE(outcomes) << to_string(outcomes.error());
    const auto& root = outcomes->front().nodes.front();
    EXPECT_TRUE(root.status == WriteStatus::Updated || root.status == WriteStatus::Unchanged)
        << (root.error ? to_string(*root.error) : "");
  }

  /// "role:party" of each row.
  std::multiset<std::string> parties() {
    std::multiset<std::string> out;
    for (const Json& row : server_->api().rows("LeadPartyCollection"))
      out.insert(row["RoleCode"].get<std::string>() + ":" + row["PartyID"].get<std::string>());
    return out;
  }

  std::unique_ptr<sandbox::C4cServer> server_;
  std::shared_ptr<adapter::Adapter> adapter_;
  hub::Spoke spoke_;
  Numbers numbers_;
  Context context_ = Context().with_timeout(std::chrono::seconds(60));
};

TEST_F(Parties, ThePartyInTheTenantsRoleIsThePartner) {
  const std::string key = lead(Json::array(
      {Json{{"RoleCode", "39"}, {"PartyID", "7"}}, Json{{"RoleCode", "Z1"}, {"PartyID", "1001"}}}));
  EXPECT_EQ(partner_of(key), "partner-1001");
}

TEST_F(Parties, ALeadWithoutOneHasNoPartner) {
  EXPECT_EQ(partner_of(lead(Json::array({Json{{"RoleCode", "39"}, {"PartyID", "7"}}}))),
            std::nullopt);
}

TEST_F(Parties, ThePartnerIsAddedChangedAndTakenAway) {
  const std::string key = lead(Json::array({Json{{"RoleCode", "39"}, {"PartyID", "1001"}}}));
  // The same party in another role stays what it is.
  set_partner(key, "partner-1001");
  EXPECT_THAT(parties(), ::testing::ElementsAre("39:1001", "Z1:1001"));
  EXPECT_EQ(partner_of(key), "partner-1001");
  set_partner(key, "partner-1002");
  EXPECT_THAT(parties(), ::testing::ElementsAre("39:1001", "Z1:1002"));
  set_partner(key, "partner-1002");
  EXPECT_THAT(parties(), ::testing::ElementsAre("39:1001", "Z1:1002"));
  set_partner(key, std::nullopt);
  EXPECT_THAT(parties(), ::testing::ElementsAre("39:1001"));
  set_partner(key, std::nullopt);
  EXPECT_THAT(parties(), ::testing::ElementsAre("39:1001"));
}

TEST_F(Parties, ANewLeadBringsItsPartner) {
  const model::Fields fields{{"topic", "Offer"},
                             {"company.name", "Nord"},
                             {"contact.last_name", "Ek"},
                             {"assigned_partner", "partner-1001"}};
  const auto written = spoke_.mapping->write(fields, {.create = true}, {}, &numbers_);
  ASSERT_TRUE(written);
  const auto outcomes = adapter_->write(hub::selection_of(spoke_),
                                        {{.nodes = {{.operation = Operation::Create,
                                                     .object = "LeadCollection",
                                                     .body = written->nodes[0].body}},
                                          .correlation_path = "ExternalID",
                                          .correlation = "018f"}},
                                        context_);
  ASSERT_TRUE(outcomes) << to_string(outcomes.error());
  ASSERT_EQ(outcomes->front().nodes.front().status, WriteStatus::Created);
  EXPECT_EQ(partner_of(outcomes->front().nodes.front().key), "partner-1001");
}

}  // namespace
}  // namespace channelbridge

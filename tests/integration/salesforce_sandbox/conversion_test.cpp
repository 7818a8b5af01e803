// A lead that people convert in the org, with the mappings as they are shipped: the hub merges its
// last word, closes its link and follows it to the account, the contact and the opportunity.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "channelbridge/adapter/events.hpp"
#include "channelbridge/hub/hub.hpp"
#include "connected_org.hpp"
#include "fake_system.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kSalesOffice = R"(
system: any
object: Lead
entity: lead
id: Id
version: Version
format: json
absent: "null"
fields:
  company.name: Company
  contact.last_name: LastName
  contact.email: Email
  status: { path: Status, codes: { captured: new, qualified: qualified, converted: converted, "*": "*" } }
)";

class ConversionSync : public ConnectedOrg {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-convert-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    adapter = connect({{"settle", "200ms"}});
    hub::HubConfig config;
    config.systems = {{"office", office_}, {"crm", adapter}};
    config.spokes = {{.name = "office-leads", .system = "office", .mapping = office_mapping()},
                     {.name = "crm-leads", .system = "crm", .mapping = shipped("lead")},
                     {.name = "crm-accounts",
                      .system = "crm",
                      .mapping = shipped("account"),
                      .direction = hub::SpokeDirection::Pull},
                     {.name = "crm-contacts",
                      .system = "crm",
                      .mapping = shipped("contact"),
                      .direction = hub::SpokeDirection::Pull},
                     {.name = "crm-deals",
                      .system = "crm",
                      .mapping = shipped("opportunity"),
                      .direction = hub::SpokeDirection::Pull}};
    config.entities["lead"].match = {"contact.email"};
    config.entities["lead"].policies.fallback = {hub::Policy::Kind::Latest, ""};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << store.error();
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
    office_key_ = office_->add({{"Company", "Nord AB"},
                                {"LastName", "Berg"},
                                {"Email", "berg@nord.example"},
                                {"Status", "new"}});
    sync();
    lead_ = org().records("Lead").at(0)["Id"];
  }
  void TearDown() override {
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }
  static std::shared_ptr<const mapping::Mapping> office_mapping() {
    auto out =
        mapping::Mapping::parse(kSalesOffice, "test.yaml", model::EntityRegistry::built_in());
    EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
    return out ? *out : nullptr;
  }
  static std::shared_ptr<const mapping::Mapping> shipped(const std::string& name) {
    auto out = mapping::Mapping::load(
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings/salesforce/" + name + ".yaml",
        model::EntityRegistry::built_in());
    EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
    return out ? *out : nullptr;
  }
  hub::RunReport sync() {
    desk().clock->advance(std::chrono::minutes(1));
    auto report = hub_->sync({}, Context());
    EXPECT_TRUE(report) << report.error();
    if (!report) return {};
    for (const hub::SpokeReport& spoke : report->spokes)
      EXPECT_THAT(spoke.stopped, IsEmpty()) << spoke.spoke;
    const auto letters = hub_->store().dead_letters(true, 10);
    for (const store::DeadLetterRow& letter : letters.value()) ADD_FAILURE() << letter.message;
    return *report;
  }
  model::Fields record_of(const std::string& spoke, const std::string& key) {
    const auto links = hub_->store().links_by_key(spoke, {key}).value();
    if (links.empty()) return {};
    const auto records = hub_->store().records({links[0].record}).value();
    model::Fields out = hub::parse_record_state(records.at(0).state).value().fields;
    model::set(out, "test.id", records.at(0).id);
    return out;
  }
  static std::uint64_t converted(const hub::RunReport& report) {
    std::uint64_t out = 0;
    for (const hub::SpokeReport& spoke : report.spokes) out += spoke.converted;
    return out;
  }

  std::filesystem::path folder_;
  std::shared_ptr<hub::FakeSystem> office_ = std::make_shared<hub::FakeSystem>("O");
  std::unique_ptr<hub::Hub> hub_;
  std::string office_key_;
  std::string lead_;
};

TEST_F(ConversionSync, TheLeadIsFollowedIntoItsOpportunityAndNothingIsPushedToItAgain) {
  const auto became = org().convert_lead(lead_);
  ASSERT_TRUE(became) << became.error();
  EXPECT_EQ(converted(sync()), 1U);
  EXPECT_EQ(office_->at(office_key_).fields["Status"], "converted");
  const model::Fields lead = record_of("crm-leads", lead_);
  EXPECT_EQ(model::get(lead, "converted.opportunity"),
            model::get(record_of("crm-deals", became->opportunity_id), "test.id"));
  EXPECT_EQ(model::get(lead, "converted.account"),
            model::get(record_of("crm-accounts", became->account_id), "test.id"));
  EXPECT_EQ(model::get(lead, "converted.contact"),
            model::get(record_of("crm-contacts", became->contact_id), "test.id"));
  EXPECT_TRUE(model::get(lead, "converted.at"));

  office_->edit(office_key_, {{"Company", "Nord AB (publ)"}});
  EXPECT_EQ(converted(sync()), 0U);
  EXPECT_EQ(org().record(lead_)["Company"], "Nord AB");
  EXPECT_EQ(org().count("Lead"), 1U) << "not created anew";
}

TEST_F(ConversionSync, AnEditThatMeetsTheConversionIsNotPushed) {
  office_->edit(office_key_, {{"Company", "Nord AB (publ)"}});
  ASSERT_TRUE(org().convert_lead(lead_, {.opportunity = false}));
  sync();
  sync();
  EXPECT_EQ(org().record(lead_)["Company"], "Nord AB");
  const model::Fields lead = record_of("crm-leads", lead_);
  EXPECT_EQ(model::get(lead, "status"), "converted");
  EXPECT_FALSE(model::get(lead, "converted.opportunity"));
  EXPECT_TRUE(model::get(lead, "converted.account"));
}

TEST_F(ConversionSync, AChangeEventOfTheConversionBringsItAtOnce) {
  const auto became = org().convert_lead(lead_);
  ASSERT_TRUE(became) << became.error();
  desk().clock->advance(std::chrono::minutes(1));
  const auto event = [](const std::string& object, const std::string& id, const char* type,
                        int sequence) {
    return Json{{"channel", "/data/ChangeEvents"},
                {"data",
                 {{"payload",
                   {{"ChangeEventHeader",
                     {{"entityName", object},
                      {"recordIds", {id}},
                      {"changeType", type},
                      {"transactionKey", "0004a5c1"},
                      {"sequenceNumber", sequence},
                      {"commitTimestamp", 1'795'000'000'000}}}}},
                  {"event", {{"replayId", 10 + 3 * sequence}}}}}};
  };
  const Json body = {event("Account", became->account_id, "CREATE", 1),
                     event("Contact", became->contact_id, "CREATE", 2),
                     event("Opportunity", became->opportunity_id, "CREATE", 3),
                     event("Lead", lead_, "UPDATE", 4)};
  const auto events = adapter->events()->read({.body = body.dump()});
  ASSERT_TRUE(events) << events.error();
  const auto report = hub_->receive("crm", *events, context);
  ASSERT_TRUE(report) << report.error();
  EXPECT_TRUE(report->taken());
  EXPECT_THAT(report->left, IsEmpty());
  EXPECT_THAT(report->spokes, SizeIs(4));
  const model::Fields lead = record_of("crm-leads", lead_);
  EXPECT_EQ(model::get(lead, "status"), "converted");
  EXPECT_EQ(model::get(lead, "converted.opportunity"),
            model::get(record_of("crm-deals", became->opportunity_id), "test.id"));
}

}  // namespace
}  // namespace channelbridge::salesforce::test

// Contact persons of S/4HANA: persons and their relations with companies, through the shipped
// mappings and a hub between two systems.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "channelbridge/hub/hub.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;
using sandbox::Json;

class Contacts : public ::testing::Test {
 protected:
  Contacts() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    hub::HubConfig config;
    for (const char* name : {"one", "two"}) config.systems.push_back(system(name));
    for (const char* name : {"one", "two"}) {
      config.spokes.push_back(spoke(name, "business_partner"));
      config.spokes.push_back(spoke(name, "contact_person"));
    }
    config.entities["partner"].match = {"duns"};
    config.entities["partner_contact"].match = {"email"};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    EXPECT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
  }
  ~Contacts() override {
    hub_.reset();
    fs::remove_all(folder_);
  }

  hub::System system(const std::string& name) {
    sandbox::SapServiceSpec spec =
        sandbox::business_partner_service(std::string(CHANNELBRIDGE_SOURCE_DIR) +
                                          "/tests/fixtures/sap/odata-v2/API_BUSINESS_PARTNER.edmx");
    auto started = sandbox::SapServer::start({std::move(spec)});
    EXPECT_TRUE(started) << to_string(started.error());
    servers_[name] = *std::move(started);
    auto transport = http::make_poco_transport(servers_[name]->url());
    http::PipelineOptions pipeline{.system = name};
    pipeline.credential = http::make_basic("CHANNEL", Secret("Welcome1"));
    return {name, *sap_s4hana::make_adapter(
                      *transport, std::move(pipeline),
                      {.client = "100", .user = "channel", .identification_type = "CHBR"})};
  }

  static hub::Spoke spoke(const std::string& system, const std::string& object) {
    auto mapping = mapping::Mapping::load(
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings/sap_s4hana/" + object + ".yaml",
        model::EntityRegistry::built_in());
    EXPECT_TRUE(mapping) << to_string(mapping.error());
    return {.name = system + "-" + object,
            .system = system,
            .mapping = *mapping,
            .first_contact = hub::FirstContact::Hub};
  }

  sandbox::odata::Engine& engine(const std::string& system) {
    return servers_[system]->service("API_BUSINESS_PARTNER");
  }

  /// Writes of a run; every document and write must be fine.
  std::uint64_t sync() {
    const auto report = hub_->sync({}, context_);
    EXPECT_TRUE(report) << to_string(report.error());
    EXPECT_FALSE(report->stopped() || report->set_aside()) << to_json(*report) << open_things();
    return report->written();
  }

  Json person(const std::string& system, const std::string& last_name) {
    for (const Json& row : engine(system).rows("A_BusinessPartner"))
      if (row.value("LastName", "") == last_name) return row;
    return Json::object();
  }
  Json company(const std::string& system, const std::string& name) {
    for (const Json& row : engine(system).rows("A_BusinessPartner"))
      if (row.value("OrganizationBPName1", "") == name) return row;
    return Json::object();
  }
  /// "company number, e-mail, function" of each relation of the person.
  std::vector<std::string> relations(const std::string& system, const std::string& number) {
    std::vector<std::string> out;
    for (const Json& row : engine(system).rows("A_BPContactToFuncAndDept")) {
      const auto text = [&](const char* name) {
        return row.contains(name) && row[name].is_string() ? row[name].get<std::string>() : "";
      };
      if (text("BusinessPartnerPerson") == number)
        out.push_back(text("BusinessPartnerCompany") + "," + text("EmailAddress") + "," +
                      text("ContactPersonFunctionName"));
    }
    return out;
  }

  /// What waits and why, and what was set aside.
  std::string open_things() {
    std::string out;
    for (const hub::Spoke& each : hub_->config().spokes) {
      const auto rows = hub_->store().waiting(each.name, "", 100);
      EXPECT_TRUE(rows);
      for (const auto& row : *rows)
        out += "\n" + each.name + " waits: " + row.reason + " " + row.detail;
    }
    return out;
  }

  static std::vector<std::string> key_of(const Json& row) {
    return {row["RelationshipNumber"], row["BusinessPartnerCompany"], row["BusinessPartnerPerson"],
            "9999-12-31T00:00:00"};
  }

  void seed(const std::string& system, const Json& partner) {
    const auto key = engine(system).seed("A_BusinessPartner", partner);
    ASSERT_TRUE(key) << to_string(key.error());
  }

  void employ(const std::string& company, const std::string& person, const std::string& email,
              const std::string& last_name = "Ek") {
    seed("one", Json{{"BusinessPartner", company},
                     {"BusinessPartnerCategory", "2"},
                     {"OrganizationBPName1", "Company " + company}});
    seed("one", Json{{"BusinessPartner", person},
                     {"BusinessPartnerCategory", "1"},
                     {"FirstName", "Ewa"},
                     {"LastName", last_name}});
    const auto relation = engine("one").create(
        "MILLER", "A_BusinessPartnerContact",
        Json{{"BusinessPartnerCompany", company}, {"BusinessPartnerPerson", person}});
    ASSERT_TRUE(relation) << to_string(relation.error());
    const Json row = engine("one").rows("A_BPContactToFuncAndDept").back();
    ASSERT_TRUE(engine("one").edit("MILLER", "A_BPContactToFuncAndDept", key_of(row),
                                   Json{{"EmailAddress", email}}));
  }

  const fs::path folder_ = fs::temp_directory_path() / ("cb-contacts-" + std::to_string(getpid()));
  std::map<std::string, std::unique_ptr<sandbox::SapServer>> servers_;
  std::unique_ptr<hub::Hub> hub_;
  Context context_ = Context().with_timeout(std::chrono::seconds(120));
};

TEST_F(Contacts, OfACompanyGoThereAndComeBack) {
  employ("2000000", "2000001", "ewa@example.com");
  EXPECT_GE(sync(), 3U);  // the company, the person, and then the relation
  const std::string there = person("two", "Ek").value("BusinessPartner", "");
  const std::string company_there = company("two", "Company 2000000").value("BusinessPartner", "");
  ASSERT_FALSE(there.empty());
  ASSERT_FALSE(company_there.empty());
  ASSERT_THAT(relations("two", there), ::testing::ElementsAre(company_there + ",ewa@example.com,"));
  EXPECT_EQ(sync(), 0U) << "a second run has nothing to write";

  // A change of the person there, and of what the relation says of it.
  servers_["two"]->clock().advance(std::chrono::hours(1));
  const Json row = engine("two").rows("A_BPContactToFuncAndDept").back();
  ASSERT_TRUE(engine("two").edit("MILLER", "A_BPContactToFuncAndDept", key_of(row),
                                 Json{{"ContactPersonFunctionName", "Purchasing"}}));
  ASSERT_TRUE(
      engine("two").edit("MILLER", "A_BusinessPartner", {there}, Json{{"FirstName", "Eva"}}));
  EXPECT_GE(sync(), 1U);
  EXPECT_THAT(relations("one", "2000001"),
              ::testing::ElementsAre("2000000,ewa@example.com,Purchasing"));
  EXPECT_EQ(engine("one").row("A_BusinessPartner", {"2000001"})["FirstName"], "Eva");
  EXPECT_EQ(sync(), 0U);
}

TEST_F(Contacts, AnotherEmployerIsAnotherRelation) {
  employ("2000000", "2000001", "ewa@example.com");
  sync();
  const std::string there = person("two", "Ek").value("BusinessPartner", "");
  seed("two", Json{{"BusinessPartner", "3000000"},
                   {"BusinessPartnerCategory", "2"},
                   {"OrganizationBPName1", "Other"}});
  sync();
  servers_["two"]->clock().advance(std::chrono::hours(1));
  const Json row = engine("two").rows("A_BusinessPartnerContact").back();
  ASSERT_TRUE(engine("two").remove("MILLER", "A_BusinessPartnerContact", key_of(row)));
  ASSERT_TRUE(engine("two").create(
      "MILLER", "A_BusinessPartnerContact",
      Json{{"BusinessPartnerCompany", "3000000"}, {"BusinessPartnerPerson", there}}));
  ASSERT_TRUE(engine("two").edit("MILLER", "A_BusinessPartner", {there}, Json{{"FirstName", "E"}}));
  sync();
  const std::string other = company("one", "Other").value("BusinessPartner", "");
  ASSERT_FALSE(other.empty());
  std::vector<std::string> employers;
  for (const Json& each : engine("one").rows("A_BusinessPartnerContact"))
    if (each["BusinessPartnerPerson"] == "2000001")
      employers.push_back(each["BusinessPartnerCompany"]);
  EXPECT_THAT(employers, ::testing::ElementsAre(other));
}

/// A relation's change does not show on its person, and no pull brings it.
TEST_F(Contacts, AnEmployerThatWasChangedUnseenIsNotOverwrittenUnseen) {
  employ("2000000", "2000001", "ewa@example.com");
  employ("2000009", "2000010", "bo@example.com", "Berg");
  seed("two", Json{{"BusinessPartner", "3000000"},
                   {"BusinessPartnerCategory", "2"},
                   {"OrganizationBPName1", "Other"}});
  sync();
  sync();
  // Others are made and changed later: this person is not read again.
  servers_["one"]->clock().advance(std::chrono::hours(72));
  employ("2000020", "2000021", "cy@example.com", "Dahl");
  ASSERT_TRUE(
      engine("one").edit("MILLER", "A_BusinessPartner", {"2000010"}, Json{{"FirstName", "Bo"}}));
  sync();
  sync();
  const std::string there = person("two", "Ek").value("BusinessPartner", "");
  for (const auto& [system, number, company] :
       {std::tuple<std::string, std::string, std::string>{"one", "2000001", "2000009"},
        {"two", there, "3000000"}}) {
    servers_[system]->clock().advance(std::chrono::hours(1));
    for (const Json& row : engine(system).rows("A_BusinessPartnerContact")) {
      if (row["BusinessPartnerPerson"] != number) continue;
      ASSERT_TRUE(engine(system).remove("MILLER", "A_BusinessPartnerContact", key_of(row)));
    }
    ASSERT_TRUE(engine(system).create(
        "MILLER", "A_BusinessPartnerContact",
        Json{{"BusinessPartnerCompany", company}, {"BusinessPartnerPerson", number}}));
  }
  ASSERT_TRUE(engine("two").edit("MILLER", "A_BusinessPartner", {there}, Json{{"FirstName", "E"}}));
  const auto report = hub_->sync({}, context_);
  ASSERT_TRUE(report) << to_string(report.error());
  std::uint64_t seen = 0;
  for (const hub::SpokeReport& spoke : report->spokes) {
    if (spoke.spoke == "one-contact_person")
      seen += spoke.conflicts + spoke.overruled + spoke.changed;
  }
  EXPECT_GE(seen, 1U) << to_json(*report);
}

}  // namespace
}  // namespace channelbridge

// Opportunities, quotes, partners and their programmes of Cloud for Customer through the shipped
// mappings: a hub between two tenants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "channelbridge/hub/hub.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "sandbox/sap/c4c_server.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;
using sandbox::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class C4cSales : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    hub::HubConfig config;
    for (const char* name : {"one", "two"}) config.systems.push_back(system(name));
    for (const char* name : {"one", "two"}) {
      for (const char* object :
           {"corporate_account", "product", "partner_program", "opportunity", "sales_quote"})
        config.spokes.push_back(spoke(name, object));
    }
    config.entities["partner"].match = {"duns"};
    config.entities["product"].match = {"sku"};
    config.entities["partner_program"].match = {"code"};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
    customer_ = seed("one", "CorporateAccountCollection",
                     {{"Name", "Żagiel"}, {"DUNSID", "123456789"}, {"CountryCode", "PL"}});
    reseller_ =
        seed("one", "CorporateAccountCollection", {{"Name", "Kixo"}, {"CountryCode", "US"}});
    seed("one", "ProductCollection",
         {{"ID", "PU-100"},
          {"Description", "Pump"},
          {"UnitOfMeasureCode", "EA"},
          {"StatusCode", "2"}});
    sync();
  }
  void TearDown() override {
    hub_.reset();
    fs::remove_all(folder_);
  }

  hub::System system(const std::string& name) {
    sandbox::C4cServerOptions options;
    options.settings = sandbox::c4c_settings({.tax_percent = name == "one" ? "23" : "0"});
    auto started = sandbox::C4cServer::start(
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap/c4c/derived.edmx",
        std::move(options));
    EXPECT_TRUE(started) << to_string(started.error());
    servers_[name] = *std::move(started);
    auto transport = http::make_poco_transport(servers_[name]->url());
    http::PipelineOptions pipeline{.system = name};
    pipeline.credential = http::make_basic("CHANNEL", Secret("Welcome1"));
    return {name, *sap_c4c::make_adapter(*transport, std::move(pipeline))};
  }

  static hub::Spoke spoke(const std::string& system, const std::string& object) {
    mapping::Tenant tenant;
    tenant.values["partner_object"] = "CorporateAccountCollection";
    auto mapping = mapping::Mapping::load(
        std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings/sap_c4c/" + object + ".yaml",
        model::EntityRegistry::built_in(), tenant);
    EXPECT_TRUE(mapping) << to_string(mapping.error());
    hub::Spoke out{.name = system + "-" + object,
                   .system = system,
                   .mapping = *mapping,
                   .first_contact = hub::FirstContact::Hub};
    if (object == "partner_program") out.direction = hub::SpokeDirection::Pull;
    return out;
  }

  sandbox::odata::Engine& api(const std::string& system) { return servers_[system]->api(); }

  /// ObjectID of a row that somebody enters in the system, by its rules.
  std::string seed(const std::string& system, const std::string& set, const Json& row) {
    const auto key = api(system).seed(set, row);
    EXPECT_TRUE(key) << to_string(key.error());
    return api(system).rows(set).back()["ObjectID"];
  }
  std::string number_of(const std::string& system, const std::string& set,
                        const std::string& object, const std::string& property) {
    return api(system).row(set, {object})[property];
  }

  hub::RunReport run() {
    const auto report = hub_->sync({}, context_);
    EXPECT_TRUE(report) << to_string(report.error());
    return report ? *report : hub::RunReport{};
  }
  /// Writes of a run in which everything must be fine.
  std::uint64_t sync() {
    const hub::RunReport report = run();
    EXPECT_FALSE(report.stopped() || report.set_aside()) << to_json(report) << open_things();
    return report.written();
  }
  std::string open_things() {
    std::string out;
    for (const hub::Spoke& each : hub_->config().spokes) {
      const auto waiting = hub_->store().waiting(each.name, "", 100);
      for (const auto& row : waiting.value())
        out += "\n" + each.name + " waits: " + row.reason + " " + row.detail;
    }
    const auto letters = hub_->store().dead_letters(true, 100);
    for (const auto& letter : letters.value()) out += "\n" + letter.message;
    return out;
  }
  Json only(const std::string& system, const std::string& set) {
    const auto rows = api(system).rows(set);
    EXPECT_THAT(rows, SizeIs(1)) << set;
    return rows.at(0);  // throws where there is none: the test ends here, not the process
  }

  fs::path folder_ = fs::temp_directory_path() / ("cb-c4c-sales-" + std::to_string(::getpid()));
  std::map<std::string, std::unique_ptr<sandbox::C4cServer>> servers_;
  std::unique_ptr<hub::Hub> hub_;
  std::string customer_;
  std::string reseller_;
  Context context_ = Context().with_timeout(std::chrono::seconds(120));
};

TEST_F(C4cSales, AnOpportunityGoesThereAndBackAndIsQuietThen) {
  const std::string account =
      number_of("one", "CorporateAccountCollection", customer_, "AccountID");
  const std::string partner =
      number_of("one", "CorporateAccountCollection", reseller_, "AccountID");
  const std::string deal = seed(
      "one", "OpportunityCollection",
      {{"Name", "Pumpy dla Łodzi"},
       {"ProspectPartyID", account},
       {"LifeCycleStatusCode", "2"},
       {"ProbabilityPercent", "60"},
       {"ExpectedRevenueAmount", "1234.56"},
       {"ExpectedRevenueAmountCurrencyCode", "PLN"},
       {"OpportunityItem",
        Json::array({Json{{"ProductID", "PU-100"}, {"Quantity", "2"}, {"unitCode", "EA"}}})},
       {"OpportunityParty", Json::array({Json{{"RoleCode", "46"}, {"PartyID", partner}},
                                         Json{{"RoleCode", "39"}, {"PartyID", "8000000002"}}})}});
  EXPECT_GT(sync(), 0U);
  const Json copy = only("two", "OpportunityCollection");
  EXPECT_EQ(copy["Name"], "Pumpy dla Łodzi");
  EXPECT_EQ(copy["ExpectedRevenueAmount"], "1234.560000");
  EXPECT_EQ(copy["ProspectPartyName"], "Żagiel");
  EXPECT_EQ(only("two", "OpportunityItemCollection")["ProductID"], "PU-100");
  EXPECT_EQ(only("two", "OpportunityPartyCollection")["RoleCode"], "46") << "the owner stays";
  EXPECT_EQ(sync(), 0U);

  servers_["two"]->clock().advance(std::chrono::minutes(5));
  ASSERT_TRUE(api("two").edit("MILLER", "OpportunityCollection", {copy["ObjectID"]},
                              {{"LifeCycleStatusCode", "4"}, {"ProbabilityPercent", "100"}}));
  const std::string item = only("two", "OpportunityItemCollection")["ObjectID"];
  ASSERT_TRUE(api("two").edit("MILLER", "OpportunityItemCollection", {item}, {{"Quantity", "5"}}));
  EXPECT_GT(sync(), 0U);
  const Json won = api("one").row("OpportunityCollection", {deal});
  EXPECT_EQ(won["LifeCycleStatusCode"], "4");
  EXPECT_EQ(won["ProbabilityPercent"], "100.000000");
  EXPECT_EQ(only("one", "OpportunityItemCollection")["Quantity"], "5.00000000000000");
  EXPECT_THAT(api("one").rows("OpportunityPartyCollection"), SizeIs(2))
      << "the owner is there still";
  EXPECT_EQ(sync(), 0U);
}

TEST_F(C4cSales, AQuoteGoesThereAndBackAndIsQuietThen) {
  const std::string account =
      number_of("one", "CorporateAccountCollection", customer_, "AccountID");
  const Json quote{{"ObjectID", "00163E0C6CDB1EE79C91E958EAA0D001"},
                   {"ID", "17"},
                   {"BuyerPartyID", account},
                   {"CurrencyCode", "EUR"},
                   {"VersionID", "1"},
                   {"LifeCycleStatusCode", "1"},
                   {"ProcessingTypeCode", "AG"},
                   {"ValidFromDate", "/Date(1767225600000)/"},
                   {"ValidToDate", "/Date(1769817600000)/"},
                   {"NetAmount", "188.79"},
                   {"TaxAmount", "43.42"},
                   {"GrossAmount", "232.21"},
                   {"SalesQuoteItem", Json::array({Json{{"ItemID", "10"},
                                                        {"ProductInternalID", "PU-100"},
                                                        {"Quantity", "3"},
                                                        {"QuantityMeasureUnitCode", "EA"},
                                                        {"MainPrice", "70"},
                                                        {"NetPriceAmount", "62.93"},
                                                        {"NetAmount", "188.79"}},
                                                   Json{{"ItemID", "20"},
                                                        {"AlternativeToItemID", "10"},
                                                        {"ProductInternalID", "PU-100"},
                                                        {"Quantity", "1"},
                                                        {"QuantityMeasureUnitCode", "EA"},
                                                        {"NetPriceAmount", "99"},
                                                        {"NetAmount", "99"}}})}};
  seed("one", "SalesQuoteCollection", quote);
  EXPECT_GT(sync(), 0U);
  const Json copy = only("two", "SalesQuoteCollection");
  EXPECT_EQ(copy["NetAmount"], "188.790000") << "computed there, of the one price that we send";
  EXPECT_EQ(copy["CurrencyCode"], "EUR");
  EXPECT_EQ(copy["BuyerPartyName"], "Żagiel");
  const Json item = only("two", "SalesQuoteItemCollection");
  EXPECT_EQ(item["ItemID"], "10");
  EXPECT_EQ(item["MainPrice"], "62.930000");
  EXPECT_EQ(sync(), 0U);

  servers_["two"]->clock().advance(std::chrono::minutes(5));
  ASSERT_TRUE(api("two").edit("MILLER", "SalesQuoteCollection", {copy["ObjectID"]},
                              {{"ValidToDate", "/Date(1772236800000)/"}}));
  EXPECT_GT(sync(), 0U);
  const Json extended = only("one", "SalesQuoteCollection");
  EXPECT_EQ(extended["ValidToDate"], "2026-02-28T00:00:00");
  EXPECT_EQ(extended["ID"], "17");
  EXPECT_EQ(sync(), 0U);
}

TEST_F(C4cSales, AQuoteWhoseTotalsDoNotAddUpIsSetAsideWithTheFigures) {
  seed("one", "SalesQuoteCollection",
       {{"ID", "17"},
        {"BuyerPartyID", number_of("one", "CorporateAccountCollection", customer_, "AccountID")},
        {"CurrencyCode", "EUR"},
        {"LifeCycleStatusCode", "1"},
        {"NetAmount", "190"},
        {"SalesQuoteItem", Json::array({Json{{"ItemID", "10"},
                                             {"ProductInternalID", "PU-100"},
                                             {"Quantity", "3"},
                                             {"NetPriceAmount", "62.93"},
                                             {"NetAmount", "188.79"}}})}});
  EXPECT_TRUE(run().set_aside());
  const auto letters = hub_->store().dead_letters(true, 10).value();
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].rule, "lines_net");
  EXPECT_THAT(letters[0].message,
              HasSubstr("is 190.00, but the sum of lines[].net_amount of 1 element = 188.79, a "
                        "difference of 1.21"));
  EXPECT_EQ(api("two").count("SalesQuoteCollection"), 0U);
}

TEST_F(C4cSales, AQuoteWaitsForTheProductOfItsLine) {
  seed("one", "SalesQuoteCollection",
       {{"BuyerPartyID", number_of("one", "CorporateAccountCollection", customer_, "AccountID")},
        {"CurrencyCode", "EUR"},
        {"LifeCycleStatusCode", "1"},
        {"NetAmount", "10"},
        {"SalesQuoteItem", Json::array({Json{{"ItemID", "10"},
                                             {"ProductInternalID", "PU-200"},
                                             {"Quantity", "1"},
                                             {"NetPriceAmount", "10"},
                                             {"NetAmount", "10"}}})}});
  EXPECT_TRUE(run().set_aside());
  EXPECT_EQ(api("two").count("SalesQuoteCollection"), 0U);
  EXPECT_THAT(open_things(), HasSubstr("two-sales_quote waits"));
  seed("one", "ProductCollection",
       {{"ID", "PU-200"},
        {"Description", "Pump"},
        {"UnitOfMeasureCode", "EA"},
        {"StatusCode", "2"}});
  EXPECT_GT(sync(), 0U);
  EXPECT_EQ(only("two", "SalesQuoteItemCollection")["ProductInternalID"], "PU-200");
  EXPECT_EQ(sync(), 0U);
}

TEST_F(C4cSales, ProgrammesOfTheTenantsListAreReadOnce) {
  for (const char* system : {"one", "two"})
    ASSERT_TRUE(api(system).seed("PartnerProgramsPartnerProgramCollection",
                                 {{"Code", "PG01"}, {"Description", "Gold"}}));
  sync();
  EXPECT_EQ(hub_->store().counts().value().records, 4) << "two accounts, a product, one programme";
  EXPECT_EQ(sync(), 0U);
}

/// Partners of one tenant and the hub.
class C4cPartners : public C4cSales {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    hub::HubConfig config;
    for (const char* name : {"one", "two"}) {
      config.systems.push_back(system(name));
      config.spokes.push_back(spoke(name, "partner_program"));
      config.spokes.push_back(spoke(name, "partner"));
      ASSERT_TRUE(api(name).seed("PartnerProgramsPartnerProgramCollection",
                                 {{"Code", "PG01"}, {"Description", "Gold"}}));
    }
    config.entities["partner"].match = {"duns"};
    config.entities["partner_program"].match = {"code"};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
  }
};

TEST_F(C4cPartners, APartnerGoesWithItsAddressesAndMemberships) {
  const std::string partner = seed(
      "one", "PartnerCollection",
      {{"Name", "Jaxshare"},
       {"LifeCycleStatusCode", "2"},
       {"Street", "West El Camino Real"},
       {"HouseNumber", "256"},
       {"City", "Mountain View"},
       {"CountryCode", "US"},
       {"PartnerAddress",
        Json::array({Json{{"MainIndicator", true}, {"ShipTo", true}, {"City", "Mountain View"}},
                     Json{{"MainIndicator", false},
                          {"ShipTo", true},
                          {"City", "Łódź"},
                          {"CountryCode", "PL"}}})},
       {"PartnerPrograms", Json::array({Json{{"PartnerProgram", "PG01"},
                                             {"Status", "02"},
                                             {"AgreementStartDate", "/Date(1767225600000)/"}}})}});
  EXPECT_GT(sync(), 0U);
  const Json copy = only("two", "PartnerCollection");
  EXPECT_EQ(copy["City"], "Mountain View");
  std::multiset<std::string> cities;
  for (const Json& row : api("two").rows("PartnerAddressCollection"))
    cities.insert(row["City"].get<std::string>() + (row["MainIndicator"] == "true" ? " main" : ""));
  EXPECT_THAT(cities, ElementsAre("Mountain View main", "Łódź"));
  EXPECT_EQ(only("two", "PartnerProgramsCollection")["PartnerProgram"], "PG01");
  EXPECT_EQ(sync(), 0U);

  servers_["two"]->clock().advance(std::chrono::minutes(5));
  const std::string membership = only("two", "PartnerProgramsCollection")["ObjectID"];
  ASSERT_TRUE(api("two").edit("MILLER", "PartnerProgramsCollection", {membership},
                              {{"Status", "03"}, {"AgreementEndDate", "/Date(1782777600000)/"}}));
  EXPECT_GT(sync(), 0U);
  EXPECT_EQ(only("one", "PartnerProgramsCollection")["AgreementEndDate"], "2026-06-30T00:00:00");
  EXPECT_EQ(api("one").row("PartnerCollection", {partner})["Name"], "Jaxshare");
  EXPECT_EQ(sync(), 0U);
}

}  // namespace
}  // namespace channelbridge

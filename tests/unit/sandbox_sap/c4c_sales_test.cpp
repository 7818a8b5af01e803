#include "client.hpp"
#include "sandbox/sap/c4c_server.hpp"

namespace channelbridge::sandbox::test {
namespace {

/// Opportunities, quotes and partners of a Cloud-for-Customer-like tenant.
class C4cSalesRules : public ::testing::Test {
 protected:
  void open(C4cRules rules) {
    C4cServerOptions options;
    options.settings = c4c_settings(std::move(rules));
    auto started = C4cServer::start(fixture("c4c/derived.edmx"), std::move(options));
    ASSERT_TRUE(started.has_value()) << to_string(started.error());
    server = std::move(*started);
    user = Client(server->url(), std::string(C4cServer::kRoot) + "/");
    account = created("CorporateAccountCollection", {{"Name", "Porter LLC"}}).at("AccountID");
  }
  void SetUp() override { open({.tax_percent = "23"}); }

  Json created(const std::string& set, const Json& body) {
    const Answer answer = user.write("POST", set, body);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.status == 201 ? answer.json().at("d") : Json::object();
  }
  int post(const std::string& set, const Json& body) {
    return user.write("POST", set, body).status;
  }
  int patch(const std::string& set, const Json& row, const Json& body) {
    return user.write("PATCH", set + "('" + row.at("ObjectID").get<std::string>() + "')", body)
        .status;
  }
  Json now(const std::string& set, const Json& row) {
    return server->api().row(set, {row.at("ObjectID").get<std::string>()});
  }
  Json quote(const Json& more = Json::object()) {
    Json body{{"BuyerPartyID", account}, {"CurrencyCode", "EUR"}};
    body.update(more);
    return created("SalesQuoteCollection", body);
  }

  std::unique_ptr<C4cServer> server{};
  Client user{"", ""};
  std::string account{};
};

TEST_F(C4cSalesRules, AnOpportunityNeedsANameAKnownAccountAndAProbability) {
  EXPECT_EQ(post("OpportunityCollection", {{"ProspectPartyID", account}}), 400);
  EXPECT_EQ(post("OpportunityCollection", {{"Name", "x"}, {"ProspectPartyID", "77"}}), 400);
  EXPECT_EQ(post("OpportunityCollection", {{"Name", "x"}, {"ProbabilityPercent", "101"}}), 400);
  EXPECT_EQ(post("OpportunityCollection", {{"Name", "x"}, {"LifeCycleStatusCode", "9"}}), 400);
  EXPECT_EQ(post("OpportunityCollection", {{"Name", "x"}, {"ID", "1"}}), 400) << "it is assigned";
  const Json deal = created(
      "OpportunityCollection",
      {{"Name", "Trade"},
       {"ProspectPartyID", account},
       {"ProbabilityPercent", "60"},
       {"ExpectedRevenueAmount", "99999600"},
       {"ExpectedRevenueAmountCurrencyCode", "USD"},
       {"OpportunityItem", Json::array({Json{{"ProductID", "P300104"}, {"Quantity", "1"}}})}});
  EXPECT_EQ(deal.at("ProspectPartyName"), "Porter LLC");
  EXPECT_EQ(deal.at("WeightedExpectedNetAmount"), "59999760.000000") << "as published";
  EXPECT_EQ(deal.at("LifeCycleStatusCode"), "1");
  const Json item = deal.at("OpportunityItem").at("results").at(0);
  EXPECT_EQ(item.at("ID"), "10");
  EXPECT_EQ(item.at("OpportunityID"), deal.at("ID"));
  EXPECT_EQ(post("OpportunityItemCollection", {{"ParentObjectID", deal.at("ObjectID")}}), 400);
}

TEST_F(C4cSalesRules, ClosingAnOpportunityNeedsAReasonWhereTheTenantSaysSo) {
  const Json deal = created("OpportunityCollection", {{"Name", "x"}});
  EXPECT_EQ(patch("OpportunityCollection", deal, {{"LifeCycleStatusCode", "5"}}), 204);
  open({.reason_on_close = true});
  const Json other = created("OpportunityCollection", {{"Name", "x"}});
  EXPECT_EQ(patch("OpportunityCollection", other, {{"LifeCycleStatusCode", "5"}}), 400);
  EXPECT_EQ(patch("OpportunityCollection", other,
                  {{"LifeCycleStatusCode", "5"}, {"ResultReasonCode", "014"}}),
            204);
}

TEST_F(C4cSalesRules, AQuoteIsPricedByTheServiceAlone) {
  EXPECT_EQ(post("SalesQuoteCollection", {{"CurrencyCode", "EUR"}}), 400);
  EXPECT_EQ(post("SalesQuoteCollection", {{"BuyerPartyID", account}}), 400);
  EXPECT_EQ(post("SalesQuoteCollection", {{"BuyerPartyID", account}, {"CurrencyCode", "EUX"}}),
            400);
  EXPECT_EQ(post("SalesQuoteCollection",
                 {{"BuyerPartyID", account}, {"CurrencyCode", "EUR"}, {"NetAmount", "1"}}),
            400);
  const Json made = quote(
      {{"SalesQuoteItem", Json::array({Json{{"ProductInternalID", "P1"},
                                            {"Quantity", "3"},
                                            {"MainPrice", "69.92"},
                                            {"MainDiscount", "10"}},
                                       Json{{"ProductInternalID", "P2"}, {"MainPrice", "0.5"}},
                                       Json{{"ProductInternalID", "P3"},
                                            {"MainPrice", "99"},
                                            {"AlternativeToItemID", "10"}}})}});
  const auto items = server->api().rows("SalesQuoteItemCollection");
  ASSERT_EQ(items.size(), 3U);
  for (const Json& item : items) {
    if (item.at("ProductInternalID") != "P1") continue;
    EXPECT_EQ(item.at("NetPriceAmount"), "62.928000");
    EXPECT_EQ(item.at("NetAmount"), "188.780000") << "not three times the rounded price";
    EXPECT_EQ(item.at("TaxAmount"), "43.420000");
    EXPECT_EQ(item.at("MainPriceCurrencyCode"), "EUR");
  }
  Json total = now("SalesQuoteCollection", made);
  EXPECT_EQ(total.at("NetAmount"), "189.280000") << "without the alternative";
  EXPECT_EQ(total.at("TaxAmount"), "43.540000");
  EXPECT_EQ(total.at("GrossAmount"), "232.820000");
  for (const Json& item : items) {
    if (item.at("ProductInternalID") == "P2") {
      const std::string path =
          "SalesQuoteItemCollection('" + item.at("ObjectID").get<std::string>() + "')";
      EXPECT_EQ(user.write("DELETE", path, nullptr).status, 204);
    }
    if (item.at("ProductInternalID") == "P1") {
      EXPECT_EQ(patch("SalesQuoteItemCollection", item, {{"Quantity", "1"}}), 204);
    }
  }
  total = now("SalesQuoteCollection", made);
  EXPECT_EQ(total.at("NetAmount"), "62.930000");
  const Json parent{{"ParentObjectID", made.at("ObjectID")}};
  const auto item = [&](const Json& more) {
    Json body = parent;
    body.update(more);
    return post("SalesQuoteItemCollection", body);
  };
  EXPECT_EQ(item({{"MainPrice", "1"}}), 400) << "without a product";
  EXPECT_EQ(item({{"ProductInternalID", "P1"}, {"Quantity", "0"}}), 400);
  EXPECT_EQ(item({{"ProductInternalID", "P1"}, {"MainPriceBaseQuantity", "100"}}), 400);
  EXPECT_EQ(item({{"ProductInternalID", "P1"}, {"NetAmount", "1"}}), 400);
}

TEST_F(C4cSalesRules, AQuoteIsWonAndLostByItsFlagsAndIsFixedThen) {
  const Json won = quote();
  EXPECT_EQ(won.at("LifeCycleStatusCode"), "1");
  EXPECT_EQ(patch("SalesQuoteCollection", won, {{"LifeCycleStatusCode", "4"}}), 400);
  EXPECT_EQ(patch("SalesQuoteCollection", won, {{"Submit", true}}), 204);
  EXPECT_EQ(now("SalesQuoteCollection", won).at("LifeCycleStatusCode"), "2");
  EXPECT_EQ(patch("SalesQuoteCollection", won, {{"Submit", true}}), 400) << "it is submitted";
  EXPECT_EQ(patch("SalesQuoteCollection", won, {{"SetAsWon", true}}), 204);
  const Json row = now("SalesQuoteCollection", won);
  EXPECT_EQ(row.at("LifeCycleStatusCode"), "4");
  EXPECT_EQ(row.at("SetAsWon"), false) << "an action is no state";
  EXPECT_EQ(patch("SalesQuoteCollection", won, {{"SetAsLost", true}}), 400);
  EXPECT_EQ(patch("SalesQuoteCollection", won, {{"ValidToDate", "/Date(0)/"}}), 400);
  EXPECT_EQ(post("SalesQuoteItemCollection",
                 {{"ParentObjectID", won.at("ObjectID")}, {"ProductInternalID", "P1"}}),
            400);
  const Json lost = quote();
  EXPECT_EQ(patch("SalesQuoteCollection", lost, {{"SetAsLost", true}}), 204);
  EXPECT_EQ(now("SalesQuoteCollection", lost).at("LifeCycleStatusCode"), "5");
}

TEST_F(C4cSalesRules, APartnersColumnsAreItsMainAddress) {
  const Json partner = created("PartnerCollection", {{"Name", "Jaxshare"}, {"City", "Lund"}});
  auto addresses = server->api().rows("PartnerAddressCollection");
  ASSERT_EQ(addresses.size(), 1U);
  EXPECT_EQ(addresses[0].at("City"), "Lund");
  EXPECT_EQ(addresses[0].at("MainIndicator"), "true") << "rows() is plain text";
  EXPECT_EQ(addresses[0].at("PartnerID"), partner.at("PartnerID"));
  EXPECT_EQ(patch("PartnerCollection", partner, {{"City", "Malmö"}}), 204);
  addresses = server->api().rows("PartnerAddressCollection");
  ASSERT_EQ(addresses.size(), 1U);
  EXPECT_EQ(addresses[0].at("City"), "Malmö");
}

TEST_F(C4cSalesRules, AMembershipIsOfAProgrammeOfTheTenant) {
  const Json partner = created("PartnerCollection", {{"Name", "Jaxshare"}});
  const auto membership = [&](const Json& more) {
    Json body{{"ParentObjectID", partner.at("ObjectID")}};
    body.update(more);
    return post("PartnerProgramsCollection", body);
  };
  EXPECT_EQ(membership({{"PartnerProgram", "PG09"}}), 201) << "a tenant without a list";
  ASSERT_TRUE(server->api()
                  .seed("PartnerProgramsPartnerProgramCollection", {{"Code", "PG01"}})
                  .has_value());
  EXPECT_EQ(membership({{"PartnerProgram", "PG09"}}), 400);
  EXPECT_EQ(membership(Json::object()), 400);
  EXPECT_EQ(membership({{"PartnerProgram", "PG01"},
                        {"AgreementStartDate", "/Date(1767225600000)/"},
                        {"AgreementEndDate", "/Date(1735689600000)/"}}),
            400);
  EXPECT_EQ(membership({{"PartnerProgram", "PG01"},
                        {"AgreementStartDate", "/Date(1735689600000)/"},
                        {"AgreementEndDate", "/Date(1767225600000)/"}}),
            201);
  EXPECT_EQ(post("PartnerProgramsPartnerProgramCollection", {{"Code", "PG02"}}), 405);
}

}  // namespace
}  // namespace channelbridge::sandbox::test

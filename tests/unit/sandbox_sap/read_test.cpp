#include <fstream>
#include <iterator>

#include "client.hpp"

namespace channelbridge::sandbox::test {
namespace {

std::vector<std::string> names(const Answer& answer, const char* property = "BusinessPartner") {
  std::vector<std::string> found;
  const Json body = answer.json();
  for (const Json& row : body.at("d").at("results"))
    found.push_back(row.at(property).get<std::string>());
  return found;
}

using ::testing::Test;

class PartnerReading : public PartnerServer {
 protected:
  PartnerReading() {
    seed_partner(
        "11", "Nordljus AB",
        {{"SearchTerm1", "nordljus"},
         {"to_BusinessPartnerAddress",
          Json::array({Json{{"AddressID", "23"},
                            {"Country", "SE"},
                            {"CityName", "Malmö"},
                            {"to_EmailAddress",
                             Json::array({Json{{"EmailAddress", "info@nordljus.example"}}})}}})}});
    seed_partner("12", "O'Neil & Söhne", {{"CreationDate", "2020-05-01T00:00:00"}});
    seed_partner("9", "Vistula Sp. z o.o.");
  }
};

TEST_F(PartnerReading, PublishesItsSetsAndTheMetadataAsGiven) {
  const Json sets = client().get("").json().at("d").at("EntitySets");
  EXPECT_EQ(sets.size(), 52U);
  std::ifstream in(fixture("odata-v2/API_BUSINESS_PARTNER.edmx"));
  const Answer metadata = client().get("$metadata");
  EXPECT_EQ(metadata.body, std::string(std::istreambuf_iterator<char>(in), {}));
  EXPECT_EQ(metadata.headers.get("Content-Type"), "application/xml");
}

TEST_F(PartnerReading, ShowsAnEntityInTheFormOfV2) {
  const Answer answer = client().get("A_BusinessPartner('12')");
  const Json row = answer.json().at("d");
  const std::string uri = server->url() + root + "A_BusinessPartner('12')";
  EXPECT_EQ(row.at("__metadata").at("uri"), uri);
  EXPECT_EQ(row.at("__metadata").at("type"), "API_BUSINESS_PARTNER.A_BusinessPartnerType");
  EXPECT_EQ(row.at("__metadata").at("etag"), answer.headers.get("ETag"));
  EXPECT_TRUE(answer.headers.get("ETag").starts_with("W/\"'SETUP"));
  EXPECT_EQ(row.at("CreationDate"), "/Date(1588291200000)/");
  EXPECT_EQ(row.at("BirthDate"), nullptr);
  EXPECT_EQ(row.at("FirstName"), "");
  EXPECT_EQ(row.at("BusinessPartnerIsBlocked"), false);
  EXPECT_EQ(row.at("to_BusinessPartnerAddress").at("__deferred").at("uri"),
            uri + "/to_BusinessPartnerAddress");
  EXPECT_EQ(answer.headers.get("dataserviceversion"), "2.0");
}

TEST_F(PartnerReading, FindsAKeyWithAndWithoutLeadingZeros) {
  EXPECT_EQ(client().get("A_BusinessPartner('0000000011')").json().at("d").at("BusinessPartner"),
            "11");
  EXPECT_EQ(client().get("A_BusinessPartner(BusinessPartner='11')").status, 200);
  EXPECT_EQ(names(client().get("A_BusinessPartner?$filter=BusinessPartner%20eq%20'0000000012'")),
            std::vector<std::string>{"12"});
  EXPECT_EQ(client().get("A_BusinessPartner('77')").status, 404);
  EXPECT_EQ(client().get("A_BusinessPartner(77)").status, 400);
  EXPECT_EQ(client().get("A_BusinessPartnerAddress(BusinessPartner='11')").status, 400);
}

TEST_F(PartnerReading, OrdersByKeyAsNumbersUnlessAsked) {
  EXPECT_EQ(names(client().get("A_BusinessPartner")), (std::vector<std::string>{"9", "11", "12"}));
  EXPECT_EQ(names(client().get("A_BusinessPartner?$orderby=OrganizationBPName1%20desc")),
            (std::vector<std::string>{"9", "12", "11"}));
  EXPECT_EQ(names(client().get("A_BusinessPartner?$orderby=BusinessPartner%20desc")),
            (std::vector<std::string>{"12", "11", "9"}));
}

struct FilterCase {
  const char* filter;
  std::vector<std::string> found;
};

TEST_F(PartnerReading, FiltersAsGatewayDoes) {
  const FilterCase cases[] = {
      {"OrganizationBPName1 eq 'O''Neil & Söhne'", {"12"}},
      {"substringof('lju',OrganizationBPName1)", {"11"}},
      {"substringof('lju',OrganizationBPName1) eq true", {"11"}},
      {"startswith(OrganizationBPName1,'Vis') or endswith(OrganizationBPName1,'AB')", {"9", "11"}},
      {"not (BusinessPartner eq '11') and BusinessPartner ne '9'", {"12"}},
      {"BusinessPartnerCategory eq '2' and (BusinessPartner eq '9' or BusinessPartner eq '12')",
       {"9", "12"}},
      {"CreationDate eq datetime'2020-05-01T00:00:00'", {"12"}},
      {"CreationDate gt datetime'2020-05-01T00:00:00' and SearchTerm1 eq 'NORDLJUS'", {"11"}},
      {"BusinessPartnerIsBlocked eq true", {}},
      {"BusinessPartner gt '9'", {"11", "12"}},
      {"Customer eq ''", {"9", "11", "12"}},
  };
  for (const FilterCase& each : cases) {
    EXPECT_EQ(names(client().get("A_BusinessPartner?$filter=" + percent_encode(each.filter))),
              each.found)
        << each.filter;
  }
}

TEST_F(PartnerReading, RefusesFiltersItDoesNotUnderstand) {
  for (const char* filter :
       {"Name eq 'x'", "BusinessPartner eq 11", "CreationDate eq '2020'", "length(LastName) gt 3",
        "BusinessPartner eq 'x", "(BusinessPartner eq 'x'", "BusinessPartner add '1'"}) {
    const Answer answer = client().get("A_BusinessPartner?$filter=" + percent_encode(filter));
    EXPECT_GE(answer.status, 400) << filter;
    EXPECT_FALSE(answer.error("message").empty()) << filter;
  }
  EXPECT_EQ(client().get("A_BusinessPartner?$apply=x").status, 400);
  EXPECT_EQ(client().get("A_BusinessPartner?$top=x").status, 400);
  EXPECT_EQ(client().get("A_BusinessPartner?unknown=x").status, 200);
}

TEST_F(PartnerReading, ExpandsNestedRowsAndSelectsProperties) {
  const Json row = client()
                       .get(
                           "A_BusinessPartner('11')?$expand=to_BusinessPartnerAddress/"
                           "to_EmailAddress,to_Customer"
                           "&$select=BusinessPartner,to_BusinessPartnerAddress/"
                           "CityName,to_BusinessPartnerAddress/to_EmailAddress")
                       .json()
                       .at("d");
  EXPECT_FALSE(row.contains("OrganizationBPName1"));
  const Json& address = row.at("to_BusinessPartnerAddress").at("results").at(0);
  EXPECT_EQ(address.at("CityName"), "Malmö");
  EXPECT_FALSE(address.contains("Country"));
  EXPECT_EQ(address.at("to_EmailAddress").at("results").at(0).at("EmailAddress"),
            "info@nordljus.example");
  EXPECT_EQ(row.at("to_Customer"), nullptr);
  EXPECT_EQ(client().get("A_BusinessPartner?$select=to_BusinessPartnerAddress/CityName").status,
            400);
  EXPECT_TRUE(client()
                  .get("A_BusinessPartner('11')?$select=*,to_Customer&$expand=to_Customer")
                  .json()
                  .at("d")
                  .contains("OrganizationBPName1"));
  EXPECT_EQ(client().get("A_BusinessPartner?$expand=to_Nothing").status, 400);
}

TEST_F(PartnerReading, FollowsNavigationToRowsPropertiesAndCounts) {
  EXPECT_EQ(names(client().get("A_BusinessPartner('11')/to_BusinessPartnerAddress"), "AddressID"),
            std::vector<std::string>{"23"});
  EXPECT_EQ(client().get("A_BusinessPartner('11')/to_BusinessPartnerAddress/$count").body, "1");
  EXPECT_EQ(client()
                .get("A_BusinessPartner('11')/OrganizationBPName1")
                .json()
                .at("d")
                .at("OrganizationBPName1"),
            "Nordljus AB");
  EXPECT_EQ(client().get("A_BusinessPartner('11')/OrganizationBPName1/$value").body, "Nordljus AB");
  EXPECT_EQ(client()
                .get("A_BusinessPartner('11')/$links/to_BusinessPartnerAddress")
                .json()
                .at("d")
                .at("results")
                .size(),
            1U);
  EXPECT_EQ(client().get("A_BusinessPartner/$count").body, "3");
  EXPECT_EQ(client().get("A_Unknown").error("code"), "/IWBEP/CM_MGW_RT/020");
}

TEST_F(PartnerReading, PagesByOpaqueTokensUntilTheEnd) {
  for (int i = 0; i < 2500; ++i) seed_partner(std::to_string(100 + i), "Partner");
  Client user = client();
  std::string next =
      "A_BusinessPartner?$filter=OrganizationBPName1%20eq%20'Partner'&$inlinecount=allpages&$"
      "select=BusinessPartner";
  std::set<std::string> seen;
  int pages = 0;
  while (!next.empty()) {
    const Json page = user.get(next).json().at("d");
    EXPECT_EQ(page.at("__count"), "2500");
    for (const Json& row : page.at("results"))
      EXPECT_TRUE(seen.insert(row.at("BusinessPartner").get<std::string>()).second);
    next = page.contains("__next")
               ? page.at("__next").get<std::string>().substr(server->url().size())
               : "";
    ++pages;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 2500U);
  const Json limited = user.get("A_BusinessPartner?$top=1200&$skip=1000").json().at("d");
  EXPECT_EQ(limited.at("results").size(), 1000U);
  const std::string rest = limited.at("__next").get<std::string>().substr(server->url().size());
  EXPECT_EQ(user.get(rest).json().at("d").at("results").size(), 200U);
}

TEST_F(PartnerReading, SpeaksAtomUnlessAskedForJson) {
  const Answer feed = client().send("GET", "A_BusinessPartner?$inlinecount=allpages");
  EXPECT_TRUE(feed.headers.get("Content-Type").starts_with("application/atom+xml;type=feed"));
  EXPECT_NE(feed.body.find("<m:count>3</m:count>"), std::string::npos);
  EXPECT_NE(feed.body.find("O'Neil &amp; Söhne"), std::string::npos);
  const Answer missing = client().send("GET", "A_BusinessPartner('77')");
  EXPECT_NE(missing.body.find("<code>/IWBEP/CM_MGW_RT/020</code>"), std::string::npos);
  EXPECT_EQ(
      client().send("GET", "A_BusinessPartner?$format=json").json().at("d").at("results").size(),
      3U);
}

TEST_F(PartnerReading, AnswersAKnownETagWithNotModified) {
  Client user = client();
  const std::string etag = user.get("A_BusinessPartner('11')").headers.get("ETag");
  EXPECT_EQ(user.send("GET", "A_BusinessPartner('11')", {}, {{"If-None-Match", etag}}).status, 304);
}

TEST(SapReading, ServesAnyPublishedDocument) {
  const auto server = start({gateway_service("/sap/opu/odata/sap/NORTHWIND",
                                             fixture("odata-v2/northwind.metadata.xml"))});
  odata::Engine& northwind = server->service("NORTHWIND");
  ASSERT_TRUE(northwind.seed("Customers", {{"CustomerID", "ALFKI"}, {"CompanyName", "Alfreds"}})
                  .has_value());
  ASSERT_TRUE(
      northwind.seed("Orders", {{"OrderID", 10643}, {"CustomerID", "ALFKI"}, {"Freight", "29.46"}})
          .has_value());
  Client user(server->url(), "/sap/opu/odata/sap/NORTHWIND/");
  const Json order = user.get("Orders(10643)?$expand=Customer").json().at("d");
  EXPECT_EQ(order.at("Customer").at("CompanyName"), "Alfreds");
  EXPECT_EQ(user.get("Orders?$filter=Freight%20gt%2029.4M").json().at("d").at("results").size(),
            1U);
  EXPECT_EQ(user.get("Customers('ALFKI')/Orders(10643)/OrderID/$value").body, "10643");
}

/// What a function does stands in no metadata: calls are checked as far as that goes.
TEST(Functions, AreCheckedAgainstTheirMetadataAndThenRefused) {
  const auto server = start({gateway_service("/sap/opu/odata/sap/API_SALES_ORDER_SRV",
                                             fixture("odata-v2/API_SALES_ORDER_SRV.edmx"))});
  Client user(server->url(), "/sap/opu/odata/sap/API_SALES_ORDER_SRV/");
  user.fetch_token();
  const auto call = [&](const std::string& method, const std::string& target) {
    return user.send(method, target, {},
                     {{"X-CSRF-Token", user.token()}, {"Accept", "application/json"}});
  };
  EXPECT_EQ(call("GET", "releaseApprovalRequest?SalesOrder='1'").status, 405);
  EXPECT_EQ(call("POST", "releaseApprovalRequest?SalesOrder=1").status, 400);
  const Answer refused = call("POST", "releaseApprovalRequest?SalesOrder='1'");
  EXPECT_EQ(refused.status, 501);
  EXPECT_EQ(refused.error("message"),
            "Function import 'releaseApprovalRequest' is not implemented");
  EXPECT_EQ(server->journal().effects(), 0U);
}

}  // namespace
}  // namespace channelbridge::sandbox::test

#include <gtest/gtest.h>

#include "fuzz.hpp"
#include "sandbox/common/json.hpp"
#include "sandbox/salesforce/state.hpp"
#include "sandbox/sap/c4c_server.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace channelbridge::fuzz {
namespace {

using sandbox::Json;

TEST(Fuzz, SoqlIsAnsweredOrRefused) {
  namespace sf = sandbox::salesforce;
  auto org = sf::Org::open(
      {.metadata = std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/salesforce"},
      std::make_shared<sandbox::Desk>());
  ASSERT_TRUE(org) << org.error();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE((*org)->insert("Lead", Json{{"LastName", "Nr " + std::to_string(i)},
                                            {"Company", "Company"},
                                            {"AnnualRevenue", i}}));
  }
  run({.name = "soql",
       .language =
           {.seeds =
                {"SELECT Id, LastName, Partner__r.Name, Partner__r.Owner.Name, Address FROM Lead "
                 "WHERE (SystemModstamp > 2024-01-01T00:00:00Z AND LastName > 'a') ORDER BY "
                 "SystemModstamp, Id LIMIT 200",
                 "SELECT Id, (SELECT Id, Email FROM Contacts WHERE Email != null) FROM Account "
                 "WHERE Name LIKE '%a\\_x' AND NOT (Name = 'O\\'Neil' OR Website = null)",
                 "SELECT count() FROM Lead WHERE LastName NOT IN ('Adam', 'CESAR')",
                 "SELECT Id FROM Lead WHERE CreatedDate < LAST_N_DAYS:2 ORDER BY AnnualRevenue "
                 "DESC NULLS LAST, LastName LIMIT 5 OFFSET 3"},
            .words = {"SELECT",     "FROM",    "WHERE",  "AND",        "OR",
                      "NOT",        "(",       ")",      ",",          "'",
                      "\\'",        "=",       "<=",     "LIKE",       "IN",
                      "ORDER BY",   "LIMIT",   "OFFSET", "NULLS LAST", "null",
                      "Lead",       "Id",      "Name",   ".",          "LAST_N_DAYS:",
                      "2024-01-01", "count()", "-1",     "%"},
            .openers = {"(", "NOT ", "(SELECT Id FROM ", "Partner__r.", "NOT (", "'", "%"}},
       .parse =
           [&](const std::string& text) {
             sf::State& state = (*org)->state();
             const auto plan = sf::make_plan(state.database, text, state.now());
             if (!plan) {
               EXPECT_FALSE(plan.error().message().empty());
               return Taken::Refused;
             }
             for (const auto row : sf::find_rows(state.database, **plan, state.now(), false)) {
               sf::render(state.database, *(*plan)->table, (*plan)->table->row(row), (*plan)->shape,
                          "/services/data/v60.0", state.now());
             }
             return Taken::Yes;
           },
       .cases = 4000});
}

/// A read with these query options, straight into the engine; anything but an answer is a defect.
Taken read(sandbox::odata::Engine& engine, const std::string& set, const std::string& query) {
  sandbox::Request request{.method = "GET"};
  sandbox::set_target(request, "/root/" + set + "?" + query);
  request.headers.set("Accept", "application/json");
  const auto response = engine.handle(request, {set}, "http://127.0.0.1/root/", "CHANNEL");
  EXPECT_TRUE(response.status == 200 || (response.status >= 400 && response.status < 500) ||
              response.status == 501)
      << response.status << " " << response.body.substr(0, 300);
  return response.status == 200 ? Taken::Yes : Taken::Refused;
}

const std::vector<std::string> kOptionWords{"eq",
                                            "ne",
                                            "gt",
                                            "le",
                                            "and",
                                            "or",
                                            "not",
                                            "(",
                                            ")",
                                            "'",
                                            "''",
                                            "null",
                                            "true",
                                            "datetime'",
                                            "datetimeoffset'2024-01-01T00:00:00Z'",
                                            "guid'",
                                            "substringof(",
                                            "startswith(",
                                            "endswith(",
                                            "contains(",
                                            "any(x:x/",
                                            ",",
                                            "$filter=",
                                            "&$orderby=",
                                            "&$top=",
                                            "&$skip=",
                                            "&$expand=",
                                            "&$select=",
                                            "&$skiptoken=",
                                            "$inlinecount=allpages",
                                            "%27",
                                            "+",
                                            "%",
                                            "-1",
                                            "*",
                                            "/",
                                            "desc"};
const std::vector<std::string> kOptionOpeners{
    "(",           "not ", "not(",         "to_BusinessPartnerAddress/",
    "startswith(", "'",    "a eq 1 and (", "&$expand="};

TEST(Fuzz, QueryOptionsOfAnS4hanaAreAnsweredOrRefused) {
  auto server = sandbox::SapServer::start({sandbox::business_partner_service(
      std::string(CHANNELBRIDGE_SOURCE_DIR) +
      "/tests/fixtures/sap/odata-v2/API_BUSINESS_PARTNER.edmx")});
  ASSERT_TRUE(server) << server.error();
  auto& engine = (*server)->service("API_BUSINESS_PARTNER");
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(
        engine.seed("A_BusinessPartner",
                    Json{{"BusinessPartnerCategory", "2"},
                         {"OrganizationBPName1", "Nr " + std::to_string(i)},
                         {"to_BusinessPartnerAddress", Json::array({Json{{"Country", "DE"}}})}}));
  }
  run({.name = "s4hana options",
       .language = {.seeds = {"$filter=OrganizationBPName1 eq 'Nr 1' and (CreationDate ge "
                              "datetime'2016-01-01T00:00:00' or BusinessPartner gt '11')&$top=5",
                              "$orderby=BusinessPartner desc,LastChangeDate&$skip=2&$inlinecount="
                              "allpages&$select=BusinessPartner,OrganizationBPName1",
                              "$expand=to_BusinessPartnerAddress,to_BusinessPartnerRole&$select="
                              "BusinessPartner,to_BusinessPartnerAddress/Country",
                              "$filter=substringof('N',OrganizationBPName1) and not "
                              "startswith(OrganizationBPName1,'X')"},
                    .words = kOptionWords,
                    .openers = kOptionOpeners},
       .parse = [&](const std::string& text) { return read(engine, "A_BusinessPartner", text); },
       .cases = 4000});
}

TEST(Fuzz, QueryOptionsOfACloudForCustomerAreAnsweredOrRefused) {
  auto server = sandbox::C4cServer::start(std::string(CHANNELBRIDGE_SOURCE_DIR) +
                                          "/tests/fixtures/sap/c4c/derived.edmx");
  ASSERT_TRUE(server) << server.error();
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE((*server)->api().seed(
        "LeadCollection",
        Json{{"Name", "Nr " + std::to_string(i)}, {"Company", "Nord"}, {"ContactLastName", "Ek"}}));
  run({.name = "c4c options",
       .language = {.seeds = {"$filter=Name eq '*r 1*' and EntityLastChangedOn ge "
                              "datetimeoffset'2016-01-01T00:00:00Z'&$top=5",
                              "$orderby=ObjectID desc&$skip=2&$inlinecount=allpages",
                              "$expand=LeadItem&$select=ObjectID,Name"},
                    .words = kOptionWords,
                    .openers = kOptionOpeners},
       .parse =
           [&](const std::string& text) { return read((*server)->api(), "LeadCollection", text); },
       .cases = 4000});
}

TEST(Fuzz, ABodyOfJsonIsReadOrRefused) {
  run({.name = "sandbox json",
       .language = {.seeds = {R"({"a":[1,2.50,{"b":null,"c":"\u00e4"}],"d":100.00})"},
                    .words = {"{", "}", "[", "]", "\"", ":", ",", "1e999", "null"},
                    .openers = {"[", "{\"a\":"}},
       .parse =
           [](const std::string& text) {
             const auto json = sandbox::parse_json(text);
             if (!json) return Taken::Refused;
             const auto again = sandbox::parse_json(sandbox::dump_json(*json));
             EXPECT_TRUE(again && *again == *json);
             return Taken::Yes;
           },
       .cases = 3000});
}

}  // namespace
}  // namespace channelbridge::fuzz

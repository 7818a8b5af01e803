#include <algorithm>

#include "client.hpp"

namespace channelbridge::sandbox::test {
namespace {

/// The grocery store of SAP's Cloud SDK as a V4 service; its rows have the time of their last
/// change as ETag.
class GroceryV4 : public ::testing::Test {
 protected:
  GroceryV4() {
    SapServiceSpec spec = gateway_service("/sap/opu/odata4/sap/grocery/srvd_a2x/sap/grocery/0001",
                                          fixture("odata-v4/SDK_Grocery_Store.edmx"));
    spec.settings.etag_is_timestamp = true;
    spec.settings.page_size = 2;
    server = start({std::move(spec)});
    store = &server->service("0001");
    for (int id = 1; id <= 3; ++id) {
      const auto product =
          store->seed("Products", {{"Id", id},
                                   {"Name", "Product " + std::to_string(id)},
                                   {"VendorId", 7},
                                   {"ShelfId", 1},
                                   {"Price", exact_number(std::to_string(id) + ".50")},
                                   {"Categories", Json::array({"Food"})}});
      EXPECT_TRUE(product.has_value()) << (product ? "" : to_string(product.error()));
    }
    EXPECT_TRUE(store->seed("Shelves", {{"Id", 1}, {"FloorPlanId", 4}}).has_value());
    EXPECT_TRUE(store->seed("Customers", {{"Id", 7}, {"Name", "Nordljus AB"}}).has_value());
  }
  Client client() const {
    return {server->url(), "/sap/opu/odata4/sap/grocery/srvd_a2x/sap/grocery/0001/"};
  }

  std::unique_ptr<SapServer> server{};
  odata::Engine* store{};
};

TEST_F(GroceryV4, ShowsCollectionsAndEntitiesInTheFormOfV4) {
  Client user = client();
  const Answer first = user.get("Products?$count=true&$select=Id,Price");
  const Json page = first.json();
  EXPECT_EQ(page.at("@odata.context"), "$metadata#Products");
  EXPECT_EQ(page.at("@odata.count"), 3);
  EXPECT_EQ(page.at("value").size(), 2U);
  EXPECT_NE(first.body.find("\"Price\":1.50"), std::string::npos) << "a number, exactly as stored";
  EXPECT_EQ(first.headers.get("OData-Version"), "4.0");
  const std::string next = page.at("@odata.nextLink").get<std::string>();
  EXPECT_EQ(user.get(next.substr(server->url().size())).json().at("value").size(), 1U);
  EXPECT_EQ(
      user.send("GET", "Products(1)", {}, {{"Accept", "application/json;IEEE754Compatible=true"}})
          .json()
          .at("Price"),
      "1.50");
  EXPECT_EQ(user.send("GET", "Products", {}, {{"Prefer", "odata.maxpagesize=1"}})
                .json()
                .at("value")
                .size(),
            1U);
  const Json product = user.get("Products(1)").json();
  EXPECT_EQ(product.at("@odata.context"), "$metadata#Products/$entity");
  EXPECT_TRUE(product.at("@odata.etag").get<std::string>().starts_with("W/\""));
  EXPECT_EQ(product.at("Categories"), Json::array({"Food"}));
  EXPECT_EQ(user.get("Products/2").json().at("Name"), "Product 2") << "key as segment";
  EXPECT_EQ(user.get("").json().at("value").at(0).at("kind"), "EntitySet");
}

TEST_F(GroceryV4, ExpandsWithNestedOptionsAndFiltersWithLambdas) {
  Client user = client();
  const Json shelf =
      user.get("Shelves(1)?$expand=Products($select=Name;$top=2;$count=true;$orderby=Id%20desc)")
          .json();
  EXPECT_EQ(shelf.at("Products@odata.count"), 3);
  EXPECT_EQ(shelf.at("Products").at(0).at("Name"), "Product 3");
  EXPECT_FALSE(shelf.at("Products").at(0).contains("Id"));
  EXPECT_EQ(user.get("Shelves?$filter=" + percent_encode("Products/any(p:p/Price gt 3)"))
                .json()
                .at("value")
                .size(),
            1U);
  EXPECT_EQ(user.get("Shelves?$filter=" + percent_encode("Products/all(p:p/Price gt 3)"))
                .json()
                .at("value")
                .size(),
            0U);
  const auto found = [&](const std::string& filter) {
    return user.get("Products?$filter=" + percent_encode(filter)).json().at("value").size();
  };
  EXPECT_EQ(found("contains(Name,'3')"), 1U);
  EXPECT_EQ(found("Price gt 1.5 and Price lt 3.5"), 1U);
  EXPECT_EQ(user.get("Products?$filter=substringof('3',Name)").status, 501);
  EXPECT_EQ(user.get("Products?$inlinecount=allpages").status, 400);
}

TEST_F(GroceryV4, DemandsETagsAndAnswersPreferences) {
  Client user = client();
  const Answer missing = user.write("PATCH", "Products(1)", {{"Name", "New"}});
  EXPECT_EQ(missing.status, 428);
  EXPECT_EQ(missing.json().at("error").at("code"), "/IWBEP/CM_V4_APPS/017");
  EXPECT_TRUE(missing.json().at("error").at("message").is_string());
  EXPECT_EQ(
      user.write("PATCH", "Products(1)", {{"Name", "New"}}, {{"If-Match", "W/\"old\""}}).status,
      412);
  const std::string etag = user.get("Products(1)").headers.get("ETag");
  const Answer changed = user.write("PATCH", "Products(1)", {{"Name", "New"}},
                                    {{"If-Match", etag}, {"Prefer", "return=representation"}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.json().at("Name"), "New");
  EXPECT_EQ(changed.headers.get("Preference-Applied"), "return=representation");
  const Answer created =
      user.write("POST", "Customers", {{"Id", 8}, {"Name", "Vistula"}, {"AddressId", 1}},
                 {{"Prefer", "return=minimal"}});
  EXPECT_EQ(created.status, 204);
  EXPECT_EQ(created.headers.get("OData-EntityId"), created.headers.get("Location"));
}

TEST_F(GroceryV4, RunsJsonBatches) {
  Client user = client();
  const Json group{
      {"requests",
       Json::array({Json{{"id", "1"}, {"method", "GET"}, {"url", "Products(1)?$select=Name"}},
                    Json{{"id", "2"},
                         {"atomicityGroup", "g"},
                         {"method", "POST"},
                         {"url", "Customers"},
                         {"headers", Json{{"content-type", "application/json"}}},
                         {"body", Json{{"Id", 9}, {"Name", "X"}}}},
                    Json{{"id", "3"},
                         {"atomicityGroup", "g"},
                         {"dependsOn", Json::array({"2"})},
                         {"method", "PATCH"},
                         {"url", "$2"},
                         {"headers", Json{{"if-match", "*"}}},
                         {"body", Json{{"Name", "Vistula"}}}}})}};
  const Answer answer = user.write("POST", "$batch", group);
  EXPECT_EQ(answer.status, 200);
  const Json responses = answer.json().at("responses");
  ASSERT_EQ(responses.size(), 3U) << answer.body;
  EXPECT_EQ(responses.at(0).at("body").at("Name"), "Product 1");
  EXPECT_EQ(responses.at(1).at("status"), 201);
  EXPECT_EQ(responses.at(2).at("status"), 204);
  EXPECT_EQ(store->row("Customers", {"9"}).at("Name"), "Vistula");

  Json failing = group;
  failing["requests"][1]["body"]["Id"] = 10;
  failing["requests"][2]["body"] = Json{{"Nonsense", 1}};
  const Json refused = user.write("POST", "$batch", failing).json().at("responses");
  EXPECT_EQ(refused.back().at("status"), 400);
  EXPECT_EQ(store->count("Customers"), 2U) << "the group is all or nothing";
}

TEST_F(GroceryV4, EchoesContentIdsInMultipartBatches) {
  Client user = client();
  const Answer answer = user.batch(
      "--batch_1\r\nContent-Type: multipart/mixed; boundary=cs\r\n\r\n--cs\r\nContent-Type: "
      "application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 41\r\n\r\n"
      "POST Customers HTTP/1.1\r\nContent-Type: "
      "application/json\r\n\r\n{\"Id\":11,\"Name\":\"X\"}\r\n--cs--\r\n--batch_1--\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("Content-ID: 41"), std::string::npos);
  EXPECT_EQ(store->count("Customers"), 2U);
}

}  // namespace
}  // namespace channelbridge::sandbox::test

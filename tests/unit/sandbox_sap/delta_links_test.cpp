// Delta links of a V4 service (OData 4.0 part 1, 11.3), where the sandbox is told to offer them.
#include "client.hpp"
#include "sandbox/sap/sales.hpp"
#include "sandbox/sap/switches.hpp"

namespace channelbridge::sandbox::test {
namespace {

constexpr const char* kRoot = "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001/";
constexpr const char* kQuery =
    "SalesOrder?$select=SalesOrder&$filter=SalesOrderType%20eq%20'OR'"
    "&$expand=_Item($select=SalesOrderItem)";

class SapDeltaLinks : public ::testing::Test {
 protected:
  void SetUp() override { start_with({"SalesOrder"}); }
  void start_with(std::vector<std::string> sets) {
    server = start(sales_services(fixture(""), {.delta_links = std::move(sets)}));
    orders = server->sales()->service_with("SalesOrder");
    for (const char* number : {"1", "2", "3"}) seed(number);
  }
  void seed(const std::string& number) {
    const auto done =
        orders->seed("SalesOrder", Json{{"SalesOrder", number},
                                        {"SalesOrderType", "OR"},
                                        {"_Item", Json::array({Json{{"SalesOrderItem", "10"}}})}});
    ASSERT_TRUE(done) << to_string(done.error());
  }
  void change(const std::string& set, const std::vector<std::string>& key, const Json& fields) {
    const auto done = orders->work("BATCH", [&](odata::Transaction& work) {
      work.change_silently(set, work.find(set, key), fields);
    });
    ASSERT_TRUE(done) << to_string(done.error());
  }
  Client client() const { return {server->url(), kRoot}; }
  static Answer follow(Client& user, const std::string& path, const std::string& more = "") {
    return user.send("GET", path, {}, {{"Prefer", "odata.track-changes" + more}});
  }
  std::string path_of(const Json& answer, const char* link) const {
    return answer.at(link).get<std::string>().substr(server->url().size());
  }

  std::unique_ptr<SapServer> server{};
  odata::Engine* orders{};
};

TEST_F(SapDeltaLinks, ShowWhatIsNewWhatHasChangedAndWhatHasGone) {
  Client user = client();
  const Answer first = follow(user, kQuery);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.headers.get("Preference-Applied"), "odata.track-changes");
  EXPECT_EQ(first.json().at("value").size(), 3U);
  const std::string link = path_of(first.json(), "@odata.deltaLink");

  seed("4");
  change("SalesOrderItem", {"2", "10"}, Json{{"SalesOrderItemText", "changed"}});
  ASSERT_TRUE(orders->remove("DIALOG01", "SalesOrder", {"1"}));
  change("SalesOrder", {"3"}, Json{{"SalesOrderType", "CR"}});
  for (int asked = 0; asked < 2; ++asked) {  // an answer may be lost
    const Answer second = follow(user, link);
    ASSERT_EQ(second.status, 200) << second.body;
    const Json delta = second.json();
    EXPECT_EQ(delta.at("@odata.context"), "$metadata#SalesOrder/$delta");
    const Json& entries = delta.at("value");
    ASSERT_EQ(entries.size(), 4U) << second.body;
    EXPECT_EQ(entries.at(0).at("SalesOrder"), "2");
    EXPECT_EQ(entries.at(0).at("_Item").size(), 1U);
    EXPECT_EQ(entries.at(1).at("SalesOrder"), "4");
    EXPECT_EQ(entries.at(2).at("@removed").at("reason"), "deleted");
    EXPECT_EQ(entries.at(2).at("@id"), "SalesOrder('1')");
    EXPECT_EQ(entries.at(3).at("@removed").at("reason"), "changed");
    const Answer third = follow(user, path_of(delta, "@odata.deltaLink"));
    EXPECT_TRUE(third.json().at("value").empty()) << third.body;
  }
}

TEST_F(SapDeltaLinks, PagesOfOneAnswerLoseNothingThatChangesMeanwhile) {
  Client user = client();
  const Answer first = follow(user, kQuery, ",odata.maxpagesize=2");
  EXPECT_FALSE(first.json().contains("@odata.deltaLink"));
  ASSERT_TRUE(orders->remove("DIALOG01", "SalesOrder", {"1"}));
  const Answer rest = follow(user, path_of(first.json(), "@odata.nextLink"));
  ASSERT_EQ(rest.json().at("value").size(), 1U) << rest.body;
  EXPECT_EQ(rest.json().at("value").at(0).at("SalesOrder"), "3");
  const Answer delta = follow(user, path_of(rest.json(), "@odata.deltaLink"));
  ASSERT_EQ(delta.json().at("value").size(), 1U) << delta.body;
  EXPECT_EQ(delta.json().at("value").at(0).at("@id"), "SalesOrder('1')");
}

TEST_F(SapDeltaLinks, ExpireWithTheWordThatTheyAreGone) {
  Client user = client();
  const Json first = follow(user, kQuery).json();
  server->clock().advance(std::chrono::hours(24 * 8));
  const Answer late = follow(user, path_of(first, "@odata.deltaLink"));
  EXPECT_EQ(late.status, 410);
  EXPECT_NE(late.headers.get("Location").find("SalesOrder"), std::string::npos);
  EXPECT_FALSE(late.error("message").empty());
  EXPECT_EQ(follow(user, kQuery).json().at("value").size(), 3U);
}

TEST_F(SapDeltaLinks, AreThereOnlyWhereTheyAreOfferedAndAskedFor) {
  Client user = client();
  EXPECT_FALSE(user.get(kQuery).json().contains("@odata.deltaLink"));
  EXPECT_FALSE(follow(user, "SalesOrder?$top=1").headers.find("Preference-Applied").has_value());
  EXPECT_NE(user.get("$metadata").body.find("Capabilities.V1.ChangeTracking"), std::string::npos);
  start_with({});
  Client other = client();
  const Answer plain = follow(other, kQuery);
  EXPECT_FALSE(plain.headers.find("Preference-Applied").has_value());
  EXPECT_FALSE(plain.json().contains("@odata.deltaLink"));
  EXPECT_EQ(other.get("$metadata").body.find("ChangeTracking"), std::string::npos);
}

TEST(SapDeltaLinksSwitch, NamesASetOfAServiceOfVersionFour) {
  const auto start_with = [](const std::string& assignment) {
    std::vector<SapServiceSpec> services = sales_services(fixture(""));
    SapServerOptions options;
    for (SapServiceSpec& service : services)
      EXPECT_TRUE(change_setting(service.settings, options.gateway, assignment));
    return SapServer::start(std::move(services), options);
  };
  EXPECT_TRUE(start_with("delta_links=SalesOrder"));
  for (const char* wrong : {"delta_links=A_SalesOrder", "delta_links=Nothing"}) {
    const auto refused = start_with(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code(), ErrorCode::Invalid);
  }
  odata::Settings settings;
  odata::GatewayOptions gateway;
  EXPECT_FALSE(change_setting(settings, gateway, "delta_links="));
}

}  // namespace
}  // namespace channelbridge::sandbox::test

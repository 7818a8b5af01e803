#include "sandbox/sap/switches.hpp"

#include "client.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::sandbox::test {
namespace {

/// A grocery store with these settings.
std::unique_ptr<SapServer> start_with(const std::vector<std::string>& assignments,
                                      std::string& path) {
  SapServiceSpec spec = *published_service(fixture("odata-v2/SDK_Grocery_Store.edmx"));
  SapServerOptions options;
  for (const std::string& assignment : assignments) {
    const auto changed = change_setting(spec.settings, options.gateway, assignment);
    EXPECT_TRUE(changed) << (changed ? "" : to_string(changed.error()));
  }
  path = spec.path + "/";
  return start({std::move(spec)}, options);
}

struct Seen {
  int filter{};
  int batch{};
  int dead{};
  bool operator==(const Seen&) const = default;
};

Seen look(const std::vector<std::string>& assignments) {
  std::string path;
  const auto server = start_with(assignments, path);
  Client user(server->url(), path);
  Seen seen;
  seen.filter = user.get("Customers?$filter=Name%20eq%20'A'%20or%20Email%20eq%20'B'").status;
  EXPECT_EQ(user.get("Customers?$filter=Name%20eq%20'A'%20or%20Name%20eq%20'B'").status, 200);
  seen.batch = user.batch(
                       "--batch_1\r\nContent-Type: application/http\r\n\r\n"
                       "GET Customers HTTP/1.1\r\n\r\n\r\n--batch_1--\r\n")
                   .status;
  server->expire_sessions();
  seen.dead = user.write("POST", "Customers", {{"Name", "A"}}).status;
  return seen;
}

TEST(SapSwitches, ChangeWhatTheServerDoes) {
  EXPECT_EQ(look({}), (Seen{.filter = 200, .batch = 202, .dead = 403}));
  EXPECT_EQ(look({"strict_filter=true", "batch_status=200", "dead_session=401"}),
            (Seen{.filter = 400, .batch = 200, .dead = 401}));
  EXPECT_EQ(
      look({"strict_filter=true", "strict_filter=false", "batch_status=202", "dead_session=200"}),
      (Seen{.filter = 200, .batch = 202, .dead = 200}));
}

TEST(SapSwitches, RefuseWhatTheyDoNotKnowAndSayWhatTheyKnow) {
  odata::Settings settings;
  odata::GatewayOptions gateway;
  for (const char* wrong : {"", "strict_filter", "batch_status=500", "batch_status=200 "}) {
    const auto changed = change_setting(settings, gateway, wrong);
    ASSERT_FALSE(changed) << wrong;
    EXPECT_EQ(changed.error().code(), ErrorCode::Invalid);
    EXPECT_NE(changed.error().message().find("batch_status=200"), std::string::npos);
  }
}

TEST(SapSwitches, AFieldOfTheTenantHasItsFormAndASet) {
  odata::GatewayOptions gateway;
  for (const char* wrong :
       {"custom_field=", "custom_field=Customers", "custom_field=Customers.Record",
        "custom_field=Customers.YY1_Record", "custom_field=Customers.YY1_Re-cord_SDH",
        "custom_field=.YY1_Record_SDH"}) {
    odata::Settings settings;
    EXPECT_FALSE(change_setting(settings, gateway, wrong)) << wrong;
  }
  const auto start_with_field = [](const std::string& field) {
    SapServiceSpec spec = *published_service(fixture("odata-v2/SDK_Grocery_Store.edmx"));
    SapServerOptions options;
    EXPECT_TRUE(change_setting(spec.settings, options.gateway, "custom_field=" + field));
    return SapServer::start({std::move(spec)}, options);
  };
  EXPECT_TRUE(start_with_field("Customers.YY1_Record_SDH"));
  const auto nowhere = start_with_field("A_SalesQuotation.YY1_Record_SDH");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code(), ErrorCode::Invalid);
}

TEST(SapSwitches, AFieldThatACreateMaySetIsOneThatThePublishedMetadataForbids) {
  odata::GatewayOptions gateway;
  for (const char* wrong : {"creatable=", "creatable=A_SalesOrder", "creatable=.ExternalDocumentID",
                            "creatable=A_SalesOrder."}) {
    odata::Settings settings;
    EXPECT_FALSE(change_setting(settings, gateway, wrong)) << wrong;
  }
  const auto start_with_field = [](const std::string& field) {
    std::vector<SapServiceSpec> services = sales_services(fixture(""));
    SapServerOptions options;
    for (SapServiceSpec& service : services)
      EXPECT_TRUE(change_setting(service.settings, options.gateway, "creatable=" + field));
    return SapServer::start(std::move(services), options);
  };
  EXPECT_TRUE(start_with_field("A_SalesOrder.ExternalDocumentID"));
  for (const char* wrong : {"A_SalesOrder.Nothing", "A_SalesOrder.PurchaseOrderByCustomer",
                            "A_Nothing.ExternalDocumentID", "SalesOrder.SalesOrderDate"}) {
    const auto refused = start_with_field(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code(), ErrorCode::Invalid);
  }
}

}  // namespace
}  // namespace channelbridge::sandbox::test

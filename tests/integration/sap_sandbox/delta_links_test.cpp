// Orders of the V4 service followed by the server's own delta links, over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge {
namespace {

using adapter::Setting;
using sandbox::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Setting delta_setting(std::string value) {
  return {.text = std::move(value), .children = {}, .secret = false, .line = 1};
}

/// All pages of one pull.
struct Pull {
  std::vector<std::string> changed{};
  std::vector<std::string> deleted{};
  std::map<std::string, std::string> documents{};
  std::uint64_t requests{};
  bool renewed{};
};

class DeltaLinks : public ::testing::Test {
 protected:
  void SetUp() override { start({"SalesOrder"}); }
  void start(std::vector<std::string> offered) {
    auto started = sandbox::SapServer::start(
        sandbox::sales_services(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/sap",
                                {.delta_links = std::move(offered)}));
    ASSERT_TRUE(started) << to_string(started.error());
    server_ = *std::move(started);
    orders_ = server_->sales()->service_with("SalesOrder");
    ASSERT_TRUE(server_->sales()->seed("A_Customer", Json{{"Customer", "10100001"}}));
    ASSERT_TRUE(server_->sales()->seed("A_Product", Json{{"Product", "TG11"}, {"BaseUnit", "PC"}}));
  }
  std::shared_ptr<adapter::Adapter> connect(const std::string& strategy) {
    adapter::SystemSettings settings{.name = "erp"};
    Setting credential;
    credential.children = {{"kind", delta_setting("basic")},
                           {"user", delta_setting("CHANNEL")},
                           {"password", delta_setting("Welcome1")}};
    settings.settings.children = {{"url", delta_setting(server_->url())},
                                  {"client", delta_setting("100")},
                                  {"strategy", delta_setting(strategy)},
                                  {"page_size", delta_setting("2")},
                                  {"credential", credential}};
    auto made = sap_s4hana::kind().make(settings);
    EXPECT_TRUE(made) << (made ? "" : to_string(made.error()));
    return made ? *made : nullptr;
  }
  static adapter::Selection orders() {
    return {.object = "SalesOrder",
            .id = "SalesOrder",
            .version = "@etag",
            .modified = "LastChangeDateTime",
            .paths = {"SalesOrder", "PurchaseOrderByCustomer"},
            .children = {{.navigation = "_Item",
                          .object = "SalesOrderItem",
                          .paths = {"SalesOrderItem", "SalesDocumentRjcnReason"},
                          .children = {}}},
            .where = "SalesOrderType eq 'OR'"};
  }
  /// As a user of the ERP makes it; its number.
  std::string order() {
    const auto made = orders_->create(
        "DIALOG01", "SalesOrder",
        Json{{"SalesOrderType", "OR"},
             {"SalesOrganization", "1010"},
             {"DistributionChannel", "10"},
             {"OrganizationDivision", "00"},
             {"SoldToParty", "10100001"},
             {"_Item", Json::array({Json{{"Product", "TG11"},
                                         {"RequestedQuantity", 2},
                                         {"RequestedQuantitySAPUnit", "PC"},
                                         {"_ItemPricingElement",
                                          Json::array({Json{{"ConditionType", "PMP0"},
                                                            {"ConditionRateAmount", 10}}})}}})}});
    EXPECT_TRUE(made) << (made ? "" : to_string(made.error()));
    return made ? *made : "";
  }
  void edit(const std::string& set, const std::vector<std::string>& key, const Json& fields) {
    const auto done = orders_->edit("DIALOG01", set, key, fields);
    ASSERT_TRUE(done) << to_string(done.error());
  }

  Pull pull(adapter::Adapter& erp, adapter::Cursor& cursor) {
    Pull out;
    const std::uint64_t before = erp.usage().requests;
    for (bool more = true; more;) {
      const auto page = erp.read(orders(), cursor, 500, context_);
      if (!page) {
        ADD_FAILURE() << to_string(page.error());
        return out;
      }
      EXPECT_THAT(page->unreadable, IsEmpty());
      out.renewed = out.renewed || !page->renewed.empty();
      for (const adapter::Change& change : page->changes) {
        (change.deleted ? out.deleted : out.changed).push_back(change.key);
        if (!change.deleted) out.documents[change.key] = change.document.text();
      }
      cursor = page->next;
      more = !page->end;
    }
    out.requests = erp.usage().requests - before;
    std::sort(out.changed.begin(), out.changed.end());
    return out;
  }

  std::unique_ptr<sandbox::SapServer> server_;
  sandbox::odata::Engine* orders_{};
  Context context_ = Context().with_timeout(std::chrono::seconds(60));
};

TEST_F(DeltaLinks, TheSecondPullReadsWhatHasChangedAndSeesWhatIsDeleted) {
  for (const char* strategy : {"auto", "delta"}) {
    SCOPED_TRACE(strategy);
    start({"SalesOrder"});
    const auto erp = connect(strategy);
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i) made.push_back(order());
    adapter::Cursor cursor;
    EXPECT_EQ(pull(*erp, cursor).changed, made);
    const Pull quiet = pull(*erp, cursor);
    EXPECT_THAT(quiet.changed, IsEmpty());
    EXPECT_EQ(quiet.requests, 1U);

    const std::string added = order();
    edit("SalesOrder", {made[1]}, Json{{"PurchaseOrderByCustomer", "PO-77"}});
    edit("SalesOrderItem", {made[2], "10"}, Json{{"SalesDocumentRjcnReason", "10"}});
    ASSERT_TRUE(orders_->remove("DIALOG01", "SalesOrder", {made[3]}));
    const Pull second = pull(*erp, cursor);
    EXPECT_THAT(second.changed, UnorderedElementsAre(made[1], made[2], added));
    EXPECT_THAT(second.deleted, ElementsAre(made[3]));
    EXPECT_FALSE(second.renewed);
    EXPECT_THAT(second.documents.at(made[1]), HasSubstr("PO-77"));
    EXPECT_THAT(second.documents.at(made[2]), HasSubstr(R"("SalesDocumentRjcnReason":"10")"));
    EXPECT_THAT(pull(*erp, cursor).changed, IsEmpty());
  }
}

TEST_F(DeltaLinks, AnExpiredLinkLosesNothing) {
  const auto erp = connect("auto");
  std::vector<std::string> made{order(), order(), order()};
  adapter::Cursor cursor;
  EXPECT_EQ(pull(*erp, cursor).changed, made);
  edit("SalesOrder", {made[0]}, Json{{"PurchaseOrderByCustomer", "PO-78"}});
  made.push_back(order());
  server_->clock().advance(std::chrono::hours(24 * 8));
  const Pull again = pull(*erp, cursor);
  EXPECT_TRUE(again.renewed);
  EXPECT_EQ(again.changed, made);
  EXPECT_THAT(again.documents.at(made[0]), HasSubstr("PO-78"));
  // It goes on with the link of that read.
  edit("SalesOrder", {made[1]}, Json{{"PurchaseOrderByCustomer", "PO-79"}});
  const Pull after = pull(*erp, cursor);
  EXPECT_THAT(after.changed, ElementsAre(made[1]));
  EXPECT_FALSE(after.renewed);
}

TEST_F(DeltaLinks, ANewProcessGoesOnFromTheStoredLink) {
  adapter::Cursor cursor;
  const std::string first = order();
  EXPECT_THAT(pull(*connect("auto"), cursor).changed, ElementsAre(first));
  const std::string second = order();
  EXPECT_THAT(pull(*connect("auto"), cursor).changed, ElementsAre(second));
}

TEST_F(DeltaLinks, AServiceWithoutThemIsReadByTime) {
  start({});
  const auto erp = connect("auto");
  const std::string first = order();
  adapter::Cursor cursor;
  EXPECT_THAT(pull(*erp, cursor).changed, ElementsAre(first));
  const std::string second = order();
  const Pull later = pull(*erp, cursor);
  EXPECT_THAT(later.changed, ::testing::Contains(second));
  EXPECT_THAT(cursor, ::testing::Not(HasSubstr("deltatoken")));
}

}  // namespace
}  // namespace channelbridge

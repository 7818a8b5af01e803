#include "documents_support.hpp"

/// What waits, as an operator reads it.
namespace channelbridge::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kProducts = R"(
system: fake
object: Product
entity: product
id: Id
version: Version
format: json
absent: "null"
fields:
  sku: Sku
  family: Name
)";

class WaitingTest : public DocumentsTest {
 protected:
  void SetUp() override {
    DocumentsTest::SetUp();
    const std::string orders =
        std::string(kOrders) +
        "      product: { path: Product, ref: product, object: Product, required: true }\n";
    auto stocked = Filter::parse("family = stocked", mapping_of(kProducts)->entity());
    ASSERT_TRUE(stocked) << to_string(stocked.error());
    config_.spokes = {
        {.name = "a-products", .system = "a", .mapping = mapping_of(kProducts)},
        {.name = "b-products", .system = "b", .mapping = mapping_of(kProducts), .filter = *stocked},
        {.name = "a-orders", .system = "a", .mapping = mapping_of(orders)},
        {.name = "b-orders", .system = "b", .mapping = mapping_of(orders)}};
    open();
  }
  static nlohmann::json of_products(const std::string& first, const std::string& second) {
    nlohmann::json out = order();
    out["Lines"][0]["Product"] = first;
    out["Lines"][1]["Product"] = second;
    return out;
  }
  std::vector<Waiting> waits(std::size_t limit = 10) {
    auto out = hub_->waiting(limit);
    EXPECT_TRUE(out) << to_string(out.error());
    return out ? *out : std::vector<Waiting>{};
  }
};

TEST_F(WaitingTest, ALineWaitsForTheProductsObjectInItsSystemAndGoesWithIt) {
  const std::string pump = a_->add({{"Sku", "P-1"}, {"Name", "on order"}});
  key_ = a_->add(of_products(pump, pump));
  const RunReport report = sync();
  ASSERT_THAT(waits(), SizeIs(1));
  const Waiting wait = waits().front();
  EXPECT_EQ(wait.rule, "unresolved_reference");
  EXPECT_EQ(wait.spoke, "b-orders");
  EXPECT_EQ(wait.number, "4711");
  ASSERT_THAT(wait.objects, SizeIs(1));
  EXPECT_EQ(wait.objects[0].key, key_);
  ASSERT_THAT(wait.references, SizeIs(2)) << "both lines name it";
  for (const Waiting::Reference& reference : wait.references) {
    EXPECT_THAT(reference.path, HasSubstr("].product"));
    EXPECT_EQ(reference.entity, "product");
    EXPECT_EQ(reference.system, "a");
    EXPECT_EQ(reference.key, pump);
    EXPECT_FALSE(reference.record.empty());
  }
  EXPECT_EQ(wait.ends, "when b-products has the product in b");
  EXPECT_THAT(report.waits, SizeIs(1));
  EXPECT_EQ(hub_->store().waiting("b-orders", "", 10).value().at(0).reason, "reference")
      << "it is not tried in vain";

  a_->edit(pump, {{"Name", "stocked"}});
  sync();
  EXPECT_THAT(waits(), IsEmpty());
  EXPECT_THAT(b_->objects(), SizeIs(2)) << "the product and the order";
}

TEST_F(WaitingTest, ProductsThatNobodyHasReadAreToldTogether) {
  a_->add(of_products("A98", "A99"));
  sync();
  ASSERT_THAT(waits(), SizeIs(1));
  const Waiting wait = waits().front();
  EXPECT_THAT(to_string(wait), HasSubstr("lines[no=10].product refers to product 'A98' of a, "));
  EXPECT_THAT(to_string(wait), HasSubstr("lines[no=20].product refers to product 'A99' of a"));
  EXPECT_THAT(wait.ends, HasSubstr("when a-products reads product 'A98' from a, or the document"));
  EXPECT_THAT(wait.ends, HasSubstr("'A99'"));
  EXPECT_THAT(to_json(wait), HasSubstr(R"("key":"A98")"));
  EXPECT_THAT(waits(0), IsEmpty());
}

TEST_F(WaitingTest, SeveralElementsWaitUntilTheColumnsOfOneHoldThem) {
  const std::string agreement = R"(
system: fake
object: Agreement
entity: discount_agreement
id: Id
version: Version
format: json
absent: "null"
fields:
  number: Number
)";
  config_.spokes = {{.name = "a-agreements", .system = "a", .mapping = mapping_of(agreement + R"(
children:
  scope.families:
    object: Family
    navigation: Families
    id: Id
    fields:
      family: Family
)")},
                    {.name = "b-agreements", .system = "b", .mapping = mapping_of(agreement + R"(
  scope.families[].family: { path: Family, required: true }
)")}};
  open();
  const nlohmann::json pumps{{"Id", "f1"}, {"Family", "Pumps"}};
  const nlohmann::json valves{{"Id", "f2"}, {"Family", "Valves"}};
  const std::string key =
      a_->add({{"Number", "D-1"}, {"Families", nlohmann::json::array({pumps, valves})}});
  sync();
  ASSERT_THAT(waits(), SizeIs(1));
  EXPECT_EQ(waits()[0].rule, "several_elements");
  EXPECT_EQ(waits()[0].detail, "scope.families[].family");
  EXPECT_THAT(waits()[0].ends, HasSubstr("when scope.families has one element"));
  a_->edit(key, {{"Families", nlohmann::json::array()}});
  sync();
  ASSERT_THAT(waits(), SizeIs(1));
  EXPECT_EQ(waits()[0].rule, "field_missing");
  EXPECT_EQ(waits()[0].ends, "when scope.families[].family has a value");
  a_->edit(key, {{"Families", nlohmann::json::array({valves})}});
  sync();
  EXPECT_THAT(waits(), IsEmpty());
  EXPECT_THAT(b_->objects(), SizeIs(1));
}

}  // namespace
}  // namespace channelbridge::hub

#include "channelbridge/model/rounding.hpp"
#include "documents_support.hpp"

/// What a record says without its ground: a loss without a reason, a credit note without its
/// invoice, a state that its lines do not make.
namespace channelbridge::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kDeals = R"(
system: fake
object: Deal
entity: opportunity
id: Id
version: Version
format: json
absent: "null"
fields:
  number: Number
  name: Name
  stage: { path: Stage, codes: { proposal: Open, won: Won, lost: Lost } }
)";
constexpr const char* kReason =
    "  lost_reason: { path: Reason, codes: { price: Price, timing: Timing } }\n";

constexpr const char* kInvoices = R"(
system: fake
object: Invoice
entity: invoice
id: Id
version: Version
format: json
absent: "null"
fields:
  number: Number
  kind: { path: Kind, codes: { invoice: Invoice, credit_note: Credit } }
  reference_invoice: { path: Corrects, ref: invoice, object: Invoice }
)";

class Grounds : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    carry("opportunity", std::string(kDeals) + kReason, std::string(kDeals) + kReason);
  }
  void carry(const std::string& entity, const std::string& in_a, const std::string& in_b) {
    config_.spokes = {{.name = "a-records", .system = "a", .mapping = mapping_of(in_a)},
                      {.name = "b-records", .system = "b", .mapping = mapping_of(in_b)}};
    config_.entities.clear();
    config_.entities[entity].match = {"number"};
    open();
  }
  static nlohmann::json deal(const char* stage, const nlohmann::json& reason = nullptr) {
    return {{"Number", "D-1"}, {"Name", "Pumps"}, {"Stage", stage}, {"Reason", reason}};
  }
  std::vector<Waiting> waits() { return hub_->waiting(10).value(); }
};

TEST_F(Grounds, ALostDealWithoutItsReasonWaitsAndGoesWithIt) {
  const std::string key = a_->add(deal("Lost"));
  std::vector<PlannedAction> actions;
  plan(&actions);
  ASSERT_THAT(actions, SizeIs(1));
  EXPECT_EQ(actions[0].waits_for, "lost_reason");
  const RunReport report = sync();
  EXPECT_THAT(b_->objects(), IsEmpty());
  ASSERT_THAT(waits(), SizeIs(1));
  const Waiting wait = waits().front();
  EXPECT_EQ(wait.spoke, "b-records");
  EXPECT_EQ(wait.rule, "required_by_record");
  EXPECT_EQ(wait.number, "D-1");
  EXPECT_EQ(wait.detail,
            "lost_reason is empty, and stage is lost: a, which says so, has to give it (rule "
            "lost_reason)");
  EXPECT_EQ(wait.ends, "when it has a value, or nothing asks for it any more");
  EXPECT_TRUE(report.set_aside());
  EXPECT_THAT(report.waits, SizeIs(1));
  EXPECT_THAT(hub_->explain("opportunity", key).value(), HasSubstr("lost_reason is empty"));
  EXPECT_EQ(sync().written(), 0U);
  ASSERT_THAT(waits(), SizeIs(1));
  EXPECT_EQ(waits()[0].since, wait.since);

  a_->edit(key, {{"Reason", "Price"}});
  sync();
  EXPECT_THAT(waits(), IsEmpty());
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->at("B1").fields["Stage"], "Lost");
  EXPECT_EQ(b_->at("B1").fields["Reason"], "Price");
  EXPECT_THAT(hub_->explain("opportunity", key).value(),
              ::testing::Not(HasSubstr("required_by_record")));
}

TEST_F(Grounds, WhereTheDealIsLostTooNothingWaits) {
  const std::string key = a_->add(deal("Open"));
  sync();
  a_->edit(key, {{"Stage", "Lost"}});
  sync();
  ASSERT_THAT(waits(), SizeIs(1));
  b_->edit("B1", {{"Stage", "Lost"}});
  a_->edit(key, {{"Name", "Pumps for the plant"}});
  sync();
  EXPECT_THAT(waits(), IsEmpty());
  EXPECT_EQ(b_->at("B1").fields["Name"], "Pumps for the plant");
}

TEST_F(Grounds, ALinkedDealWaitsWholeAndItsOtherSystemGoesOnToSpeak) {
  const std::string key = a_->add(deal("Open"));
  sync();
  a_->edit(key, {{"Stage", "Lost"}, {"Name", "Pumps for the plant"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Stage"], "Open");
  EXPECT_EQ(b_->at("B1").fields["Name"], "Pumps");
  ASSERT_THAT(waits(), SizeIs(1));
  EXPECT_EQ(waits()[0].rule, "required_by_record");

  b_->edit("B1", {{"Number", "D-2"}});
  sync();
  EXPECT_EQ(a_->at(key).fields["Number"], "D-2") << "it says itself that the deal is lost";
  EXPECT_EQ(b_->at("B1").fields["Stage"], "Open");

  a_->edit(key, {{"Reason", "Timing"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Stage"], "Lost");
  EXPECT_EQ(b_->at("B1").fields["Reason"], "Timing");
  EXPECT_EQ(b_->at("B1").fields["Name"], "Pumps for the plant");
  EXPECT_THAT(waits(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(Grounds, ADealThatIsNotLostAfterAllWaitsNoLonger) {
  const std::string key = a_->add(deal("Lost"));
  sync();
  ASSERT_THAT(waits(), SizeIs(1));
  a_->edit(key, {{"Stage", "Open"}});
  sync();
  a_->edit(key, {{"Stage", "Won"}});
  sync();
  EXPECT_THAT(waits(), IsEmpty());
  EXPECT_EQ(b_->at("B1").fields["Stage"], "Won");
}

TEST_F(Grounds, WhoCannotSayWhyHoldsNothingBack) {
  carry("opportunity", kDeals, std::string(kDeals) + kReason);
  a_->add(deal("Lost"));
  sync();
  EXPECT_THAT(waits(), IsEmpty());
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->at("B1").fields["Stage"], "Lost");
}

TEST_F(Grounds, ACreditNoteWaitsForTheInvoiceThatItCorrects) {
  carry("invoice", kInvoices, kInvoices);
  const std::string credit =
      a_->add({{"Number", "C-1"}, {"Kind", "Credit"}, {"Corrects", nullptr}});
  const std::string invoice =
      a_->add({{"Number", "I-1"}, {"Kind", "Invoice"}, {"Corrects", nullptr}});
  sync();
  ASSERT_THAT(b_->objects(), SizeIs(1)) << "the invoice stands on nothing";
  ASSERT_THAT(waits(), SizeIs(1));
  EXPECT_EQ(waits()[0].detail,
            "reference_invoice is empty, and kind is credit_note: a, which says so, has to give it "
            "(rule reference_invoice)");
  a_->edit(credit, {{"Corrects", invoice}});
  sync();
  EXPECT_THAT(waits(), IsEmpty());
  ASSERT_THAT(b_->objects(), SizeIs(2));
}

/// Orders whose systems know when they are shipped.
class OrderStates : public DocumentsTest {
 protected:
  void SetUp() override {
    DocumentsTest::SetUp();
    std::string orders = kOrders;
    orders.insert(orders.find("cancelled: Cancelled"), "shipped: Shipped, ");
    for (Spoke& spoke : config_.spokes) spoke.mapping = mapping_of(orders);
    open();
  }
  static nlohmann::json shipped(const char* status, int first, int second) {
    nlohmann::json out = order();
    out["Status"] = status;
    out["Lines"][0]["Shipped"] = first;
    out["Lines"][1]["Shipped"] = second;
    return out;
  }
};

TEST_F(OrderStates, ThatSayMoreThanTheirLinesAreToldOnceAndStopNothing) {
  key_ = a_->add(shipped("Shipped", 3, 2));
  RunReport report = sync();
  ASSERT_THAT(report.contradictions, SizeIs(1));
  EXPECT_EQ(report.contradictions[0].rule, "state_against_lines");
  EXPECT_EQ(report.contradictions[0].record,
            hub_->store().links_by_key("a-orders", {key_}).value()[0].record);
  EXPECT_EQ(report.contradictions[0].other, "");
  EXPECT_EQ(report.contradictions[0].message,
            "of order 4711 the status is shipped, but the lines make it partially_shipped: line 10 "
            "has qty_shipped 3 of 5");
  EXPECT_FALSE(report.set_aside());
  EXPECT_EQ(b_->at("B1").fields["Status"], "Shipped");
  EXPECT_EQ(sync().contradicting, 0U) << "once";
  a_->edit(key_, {{"Lines", shipped("Shipped", 5, 2)["Lines"]}});
  EXPECT_EQ(sync().contradicting, 0U) << "the lines have come after it";
}

TEST_F(OrderStates, ThatLagBehindTheirLinesContradictNothing) {
  key_ = a_->add(shipped("Submitted", 3, 2));
  EXPECT_EQ(sync().contradicting, 0U);
  EXPECT_EQ(b_->at("B1").fields["Status"], "Submitted");
}

/// Orders whose line of 0.125 is rounded to 0.12 by their systems.
class HalfEven : public DocumentsTest {
 protected:
  static nlohmann::json rounded() {
    nlohmann::json first = line("l1", 10, 1, 0);
    first["Price"] = 0.125;
    first["Amount"] = 0.12;
    nlohmann::json out = order();
    out["Net"] = out["Total"] = 0.12;
    out["Lines"] = nlohmann::json::array({first});
    return out;
  }
  void round_half_to_even() {
    model::EntityRegistry entities = model::EntityRegistry::built_in();
    entities.add(model::rounded_half_to_even(*entities.find("order")).value());
    for (Spoke& spoke : config_.spokes)
      spoke.mapping = mapping::Mapping::parse(kOrders, "test.yaml", entities).value();
    open();
  }
};

TEST_F(HalfEven, AnOrderIsSetAsideWithBothFiguresUntilTheProjectSaysSo) {
  a_->add(rounded());
  sync();
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_EQ(letters()[0].rule, "line_amount");
  EXPECT_THAT(letters()[0].message, HasSubstr("is 0.12, but net_price 0.125 x qty 1 = 0.13"));
  EXPECT_THAT(b_->objects(), IsEmpty());
  round_half_to_even();
  ASSERT_TRUE(hub_->replay(letters()[0].id, Context()));
  sync();
  EXPECT_THAT(letters(), IsEmpty());
  ASSERT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(b_->at("B1").fields["Total"], 0.12);
  EXPECT_EQ(row(*b_, "B1", 10)["Amount"], 0.12) << "it adds up, and is written whole";
}

}  // namespace
}  // namespace channelbridge::hub

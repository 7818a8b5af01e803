#pragma once

#include <vector>

#include "hub_support.hpp"

/// Orders with lines, in two systems.
namespace channelbridge::hub {

inline constexpr const char* kOrders = R"(
system: fake
object: Order
entity: order
id: Id
version: Version
format: json
absent: "null"
fields:
  number: Number
  buyer_po_number: Po
  channel_ref: Channel
  currency: Currency
  status: { path: Status, codes: { draft: Draft, submitted: Submitted, confirmed: Confirmed, cancelled: Cancelled, completed: Completed } }
  totals.lines_net: Net
  totals.grand_total: Total
children:
  lines:
    object: OrderLine
    navigation: Lines
    id: Id
    fields:
      no: No
      qty.value: Qty
      qty.unit: { const: C62 }
      qty_shipped.value: Shipped
      qty_shipped.unit: { const: C62 }
      net_price: Price
      net_amount: Amount
)";

inline nlohmann::json line(const std::string& id, int no, int quantity, int price) {
  return {{"Id", id},       {"No", no},           {"Qty", quantity},
          {"Price", price}, {"Shipped", nullptr}, {"Amount", quantity * price}};
}

inline nlohmann::json order(int quantity = 5) {
  const int net = quantity * 10 + 40;
  return {
      {"Number", "4711"},      {"Po", "PO-1"},
      {"Channel", nullptr},    {"Currency", "EUR"},
      {"Status", "Submitted"}, {"Net", net},
      {"Total", net},          {"Lines", {line("l1", 10, quantity, 10), line("l2", 20, 2, 20)}}};
}

class DocumentsTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.spokes = {{.name = "a-orders", .system = "a", .mapping = mapping_of(kOrders)},
                      {.name = "b-orders", .system = "b", .mapping = mapping_of(kOrders)}};
    config_.entities["order"].match = {"number"};
    b_->capabilities().atomic_group = false;
    open();
  }
  /// The order stands in both systems; b has shipped four of its first line.
  void ship() {
    key_ = a_->add(order());
    sync();
    nlohmann::json lines = b_->at("B1").fields["Lines"];
    for (nlohmann::json& each : lines)
      if (each["No"] == 10) each["Shipped"] = 4;
    b_->edit("B1", {{"Lines", lines}});
    sync();
    ASSERT_EQ(row(*a_, key_, 10)["Shipped"], 4);
  }
  static nlohmann::json row(FakeSystem& system, const std::string& key, int no) {
    for (const nlohmann::json& each : system.at(key).fields["Lines"])
      if (each["No"] == no) return each;
    return nlohmann::json::object();
  }
  std::vector<store::ConflictRow> conflicts() { return *hub_->store().conflicts(); }
  std::vector<store::DeadLetterRow> letters() { return *hub_->store().dead_letters(true, 10); }
  std::size_t effects() const { return a_->journal().size() + b_->journal().size(); }

  std::string key_;
};

}  // namespace channelbridge::hub

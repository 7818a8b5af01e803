#include "channelbridge/model/decimal.hpp"
#include "sandbox/sap/rules.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::sandbox {

bool SalesDesk::deliver_all(const std::string& order) {
  odata::Engine* orders = service_with("A_SalesOrder");
  bool moved = false;
  for (const Json& line : orders->rows("A_SalesOrderScheduleLine")) {
    if (text_of(line, "SalesOrder") != order) continue;
    const std::string open = text_of(line, "OpenConfdDelivQtyInOrdQtyUnit", "0");
    const auto quantity = model::Decimal::parse(open);
    if (!quantity || quantity->sign() <= 0) continue;
    if (deliver(order, text_of(line, "SalesOrderItem"), open)) moved = true;
  }
  return moved;
}

void SalesDesk::move_on(Timestamp now, std::chrono::milliseconds pace) {
  const std::lock_guard lock(moving_);
  odata::Engine* orders = service_with("A_SalesOrder");
  if (orders == nullptr) return;
  for (const Json& row : orders->rows("A_SalesOrder")) {
    const std::string order = text_of(row, "SalesOrder");
    const std::string statuses =
        text_of(row, "OverallTotalDeliveryStatus") + text_of(row, "OverallSDProcessStatus");
    Standing& standing = standing_[order];
    if (standing.statuses != statuses) {
      standing = {.statuses = statuses, .since = now};
    } else if (now - standing.since >= pace) {
      if (!deliver_all(order)) (void)bill(order);  // refused where there is nothing to bill
      standing.since = now;
    }
  }
}

}  // namespace channelbridge::sandbox

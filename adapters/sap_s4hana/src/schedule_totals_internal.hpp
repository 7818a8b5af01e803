#pragma once

#include <memory>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::sap_s4hana {

/// What the schedule lines of an order's item say together, which the service shows line by line
/// only: properties of A_SalesOrderItem that this adapter adds. Read-only.
inline constexpr std::string_view kConfirmedQuantity = "total_ConfdOrderQtyByMatlAvailCheck";
inline constexpr std::string_view kDeliveredQuantity = "total_DeliveredQtyInOrderQtyUnit";
/// The day on which everything that is confirmed can be there: the last of the lines' dates.
inline constexpr std::string_view kConfirmedDate = "last_ConfirmedDeliveryDate";

/// `inner` with these properties, wherever a selection asks for them.
///
/// Threads: any.
std::shared_ptr<adapter::Adapter> with_schedule_totals(std::shared_ptr<adapter::Adapter> inner);

/// Adds them to the description of A_SalesOrderItem.
void add_schedule_totals(adapter::ObjectMetadata& metadata);

}  // namespace channelbridge::sap_s4hana

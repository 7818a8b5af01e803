#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/core/log.hpp"

namespace channelbridge::sap_s4hana {

/// What was billed of an order's item, which only the billing documents show: properties that this
/// adapter adds to A_SalesOrderItem and SalesOrderItem. Read-only. Invoices (SDDocumentCategory M)
/// that are not cancelled count.
inline constexpr std::string_view kBilledQuantity = "total_BillingQuantity";
inline constexpr std::string_view kBilledUnit = "total_BillingQuantityUnit";

/// `inner` with these properties, wherever a selection asks for them: one more query of
/// A_BillingDocumentItem for 40 orders. Null, with a warning in `log` (null = none), where the
/// rows of an item do not add up, or where nothing serves the billing documents.
///
/// Threads: any.
std::shared_ptr<adapter::Adapter> with_billed_quantities(std::shared_ptr<adapter::Adapter> inner,
                                                         std::string system,
                                                         std::shared_ptr<Log> log);

/// An order's item, as one of the two services calls it.
bool is_order_item(std::string_view object);
/// Adds them to the description of an order's item.
void add_billed_quantities(adapter::ObjectMetadata& metadata);

}  // namespace channelbridge::sap_s4hana

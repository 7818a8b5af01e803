#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace channelbridge::sandbox::salesforce {

/// What differs from org to org with orders.
struct OrderRules {
  /// What may be changed of an activated order and its products, beside the status. Sources:
  /// Salesforce Help, "Editing and Deletion Limitations for Orders" and "Editing and Deletion
  /// Considerations for Order Products".
  enum class Activated : std::uint8_t {
    Locked,      ///< nobody has the permission Edit Activated Orders
    Editable,    ///< everybody has it; account and contract stay
    PricesStay,  ///< the same with Enhanced Commerce Orders: so do quantities and prices
  } activated{Activated::Locked};
  /// Values of Order.Status of the category Activated; all others are of the category Draft.
  std::set<std::string, std::less<>> activated_statuses{"Activated", "Partially Shipped",
                                                        "Shipped"};
};

}  // namespace channelbridge::sandbox::salesforce

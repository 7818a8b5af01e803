#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace channelbridge::sap_s4hana {

/// Quantities of sales and billing documents have three decimals (Scale="3"), and are added as
/// whole thousandths: "2.500" -> 2500. nullopt: no such quantity.
std::optional<std::int64_t> thousandths(std::string text);
/// 2500 -> "2.500"
std::string quantity_text(std::int64_t thousandths);

}  // namespace channelbridge::sap_s4hana

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace channelbridge::model {

struct CountryRow {
  std::string_view alpha2{};
  std::string_view alpha3{};
};

struct NameRow {
  std::string_view name{};
  std::string_view code{};
};

struct CurrencyRow {
  std::string_view code{};
  std::uint8_t exponent{};
  bool withdrawn{};
};

std::span<const CountryRow> countries();
std::span<const NameRow> country_names();
std::span<const CurrencyRow> currencies();
/// Three-letter code -> two-letter code.
std::span<const NameRow> languages();

}  // namespace channelbridge::model

#pragma once

#include <optional>
#include <string>

#include "channelbridge/model/codes.hpp"
#include "channelbridge/model/decimal.hpp"

namespace channelbridge::model {

/// WGS 84, degrees.
struct GeoPoint {
  std::optional<Decimal> latitude{};
  std::optional<Decimal> longitude{};

  friend bool operator==(const GeoPoint&, const GeoPoint&) = default;
};

/// A postal address: one value group, so parts of two systems' addresses never mix.
struct Address {
  std::optional<std::string> line1{};
  std::optional<std::string> line2{};
  std::optional<std::string> city{};
  std::optional<std::string> region{};  ///< ISO 3166-2 where known, else as written
  std::optional<std::string> postal_code{};
  std::optional<Country> country{};
  GeoPoint geo{};

  friend bool operator==(const Address&, const Address&) = default;
};

}  // namespace channelbridge::model

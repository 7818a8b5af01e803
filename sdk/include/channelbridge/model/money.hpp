#pragma once

#include <optional>

#include "channelbridge/model/codes.hpp"
#include "channelbridge/model/decimal.hpp"

namespace channelbridge::model {

/// An exact amount of one currency. Both parts are needed to calculate; a field group may be empty.
struct Money {
  std::optional<Decimal> amount{};
  std::optional<Currency> currency{};

  friend bool operator==(const Money&, const Money&) = default;
};

/// Invalid when a part is missing or the currencies differ.
Result<Money> add(const Money& left, const Money& right);
Result<Money> subtract(const Money& left, const Money& right);
Result<Money> multiply(const Money& money, const Decimal& factor);
/// To the currency's minor unit.
Result<Money> round(const Money& money, Rounding rounding = Rounding::HalfAwayFromZero);

/// 12.5 means 12.5 %.
struct Percent {
  Decimal value{};

  friend bool operator==(const Percent&, const Percent&) = default;
};

/// `percent` of a number, unrounded.
Result<Decimal> part(const Percent& percent, const Decimal& whole);
Result<Money> part(const Percent& percent, const Money& whole);

/// A number of units.
struct Quantity {
  std::optional<Decimal> value{};
  std::optional<Unit> unit{};

  friend bool operator==(const Quantity&, const Quantity&) = default;
};

}  // namespace channelbridge::model

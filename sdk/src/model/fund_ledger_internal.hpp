#pragma once

#include "channelbridge/model/decimal.hpp"

namespace channelbridge::model {

/// An amount of a fund is its rules' business: sums of such amounts never outgrow a Decimal.
inline Decimal sum(const Decimal& left, const Decimal& right) { return add(left, right).value(); }
inline Decimal less(const Decimal& left, const Decimal& right) {
  return subtract(left, right).value();
}

}  // namespace channelbridge::model

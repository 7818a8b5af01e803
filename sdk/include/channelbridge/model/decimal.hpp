#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"

namespace channelbridge::model {

/// How a value between two neighbours is settled.
enum class Rounding {
  HalfAwayFromZero,  ///< 0.5 -> 1, -0.5 -> -1: the default of trade
  HalfEven,          ///< 0.5 -> 0, 1.5 -> 2: where an agreement or setting says so
};

/// An exact decimal number of at most 38 digits, 38 of them behind the point. Never binary floating
/// point.
///
/// Always in lowest form (no trailing zeros), so equal values are equal objects and print the same
/// text. Arithmetic is checked: a result that needs more digits is an error, never a rounded value.
/// Threads: immutable value.
class Decimal {
 public:
  static constexpr int kMaxDigits = 38;

  constexpr Decimal() = default;
  constexpr Decimal(std::int64_t value) : units_(value) {}
  /// units / 10^scale; Decimal(1234, 2) is 12.34. `scale` is 0 to 38.
  Decimal(std::int64_t units, int scale);

  /// "-12.50", ".5", "5.", "1.0E7". nullopt when it is not a number or needs more than 38 digits.
  static std::optional<Decimal> parse(std::string_view text);

  int scale() const { return scale_; }  ///< digits behind the point
  int sign() const { return units_ < 0 ? -1 : units_ > 0 ? 1 : 0; }
  bool is_zero() const { return units_ == 0; }

  friend bool operator==(const Decimal&, const Decimal&) = default;
  friend std::strong_ordering operator<=>(const Decimal& left, const Decimal& right);
  Decimal operator-() const;

  friend Result<Decimal> add(const Decimal& left, const Decimal& right);
  friend Result<Decimal> subtract(const Decimal& left, const Decimal& right);
  friend Result<Decimal> multiply(const Decimal& left, const Decimal& right);
  /// The quotient with at most `scale` decimals. Division by zero is Invalid.
  friend Result<Decimal> divide(const Decimal& left, const Decimal& right, int scale,
                                Rounding rounding);
  /// At most `scale` decimals.
  friend Decimal round(const Decimal& value, int scale, Rounding rounding);

  /// "12.5"; with at least `decimals` digits behind the point ("12.50").
  friend std::string to_string(const Decimal& value, int decimals);

 private:
  __extension__ using Units = __int128;
  static std::optional<Decimal> make(Units units, int scale);  // lowest form, nullopt when too long

  Units units_ = 0;
  std::int32_t scale_ = 0;
};

std::strong_ordering operator<=>(const Decimal& left, const Decimal& right);
Result<Decimal> add(const Decimal& left, const Decimal& right);
Result<Decimal> subtract(const Decimal& left, const Decimal& right);
Result<Decimal> multiply(const Decimal& left, const Decimal& right);
Result<Decimal> divide(const Decimal& left, const Decimal& right, int scale,
                       Rounding rounding = Rounding::HalfAwayFromZero);
Decimal round(const Decimal& value, int scale, Rounding rounding = Rounding::HalfAwayFromZero);
std::string to_string(const Decimal& value, int decimals = 0);

}  // namespace channelbridge::model

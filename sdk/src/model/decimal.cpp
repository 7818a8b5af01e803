#include "channelbridge/model/decimal.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

__extension__ using Units = __int128;

constexpr auto kPowers = [] {
  std::array<Units, Decimal::kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr Units power(int exponent) { return kPowers[static_cast<std::size_t>(exponent)]; }

Error too_long() {
  return Error(ErrorCode::Invalid, "the result of a calculation needs more than 38 digits");
}

/// numerator / denominator, settled to a whole number.
Units divide_rounded(Units numerator, Units denominator, Rounding rounding) {
  const Units quotient = numerator / denominator;
  const Units rest = numerator % denominator;
  if (rest == 0) return quotient;
  // |rest| against half of |denominator|, without doubling either.
  const Units distance = rest < 0 ? -rest : rest;
  const Units size = denominator < 0 ? -denominator : denominator;
  const Units other = size - distance;
  const bool up =
      distance > other ||
      (distance == other && (rounding == Rounding::HalfAwayFromZero || quotient % 2 != 0));
  if (!up) return quotient;
  return (numerator < 0) == (denominator < 0) ? quotient + 1 : quotient - 1;
}

}  // namespace

Decimal::Decimal(std::int64_t units, int scale) {
  assert(scale >= 0 && scale <= kMaxDigits);
  *this = *make(units, scale);
}

std::optional<Decimal> Decimal::make(Units units, int scale) {
  Decimal result;
  if (units == 0) return result;
  while (scale > 0 && units % 10 == 0) {
    units /= 10;
    --scale;
  }
  for (; scale < 0; ++scale) {
    if (__builtin_mul_overflow(units, Units{10}, &units)) return std::nullopt;
  }
  if (scale > kMaxDigits || units >= power(kMaxDigits) || units <= -power(kMaxDigits))
    return std::nullopt;
  result.units_ = units;
  result.scale_ = scale;
  return result;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  Units units = 0;
  int scale = 0;
  int zeros = 0;  // pending zeros, so that "1.000…" of any length still fits
  bool digits = false;
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
    } else if (is_digit(c)) {
      digits = true;
      if (point) ++scale;
      if (c == '0') {
        if (units != 0) ++zeros;
        continue;
      }
      for (; zeros > 0; --zeros) {
        if (units >= power(kMaxDigits - 1)) return std::nullopt;
        units *= 10;
      }
      if (units >= power(kMaxDigits - 1)) return std::nullopt;
      units = units * 10 + (c - '0');
    } else {
      break;
    }
  }
  if (!digits) return std::nullopt;
  int exponent = 0;
  if (i < text.size()) {
    if (lower(text[i]) != 'e') return std::nullopt;
    text.remove_prefix(i + 1);
    bool down = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
      down = text.front() == '-';
      text.remove_prefix(1);
    }
    if (text.empty() || text.size() > 4 || !all_of(text, is_digit)) return std::nullopt;
    for (const char c : text) exponent = exponent * 10 + (c - '0');
    if (down) exponent = -exponent;
  }
  if (units == 0) return Decimal();
  // `zeros` pending zeros were counted in the scale if they are behind the point; undo or apply
  // them.
  const int shift = zeros + exponent - scale;
  if (shift > kMaxDigits || shift < -2 * kMaxDigits) return std::nullopt;
  return make(negative ? -units : units, -shift);
}

std::strong_ordering operator<=>(const Decimal& left, const Decimal& right) {
  const Units left_whole = left.units_ / power(left.scale_);
  const Units right_whole = right.units_ / power(right.scale_);
  if (left_whole != right_whole) {
    return left_whole < right_whole ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  // Below one, both fit at the larger scale.
  const int scale = std::max(left.scale_, right.scale_);
  const Units left_part = left.units_ % power(left.scale_) * power(scale - left.scale_);
  const Units right_part = right.units_ % power(right.scale_) * power(scale - right.scale_);
  if (left_part == right_part) return std::strong_ordering::equal;
  return left_part < right_part ? std::strong_ordering::less : std::strong_ordering::greater;
}

Decimal Decimal::operator-() const {
  Decimal result = *this;
  result.units_ = -result.units_;
  return result;
}

Result<Decimal> add(const Decimal& left, const Decimal& right) {
  const int scale = std::max(left.scale_, right.scale_);
  Units a = 0, b = 0, sum = 0;
  if (__builtin_mul_overflow(left.units_, power(scale - left.scale_), &a) ||
      __builtin_mul_overflow(right.units_, power(scale - right.scale_), &b) ||
      __builtin_add_overflow(a, b, &sum))
    return too_long();
  const auto result = Decimal::make(sum, scale);
  if (!result) return too_long();
  return *result;
}

Result<Decimal> subtract(const Decimal& left, const Decimal& right) { return add(left, -right); }

Result<Decimal> multiply(const Decimal& left, const Decimal& right) {
  Units product = 0;
  if (__builtin_mul_overflow(left.units_, right.units_, &product)) return too_long();
  const auto result = Decimal::make(product, left.scale_ + right.scale_);
  if (!result) return too_long();
  return *result;
}

Result<Decimal> divide(const Decimal& left, const Decimal& right, int scale, Rounding rounding) {
  assert(scale >= 0 && scale <= Decimal::kMaxDigits);
  if (right.is_zero()) return Error(ErrorCode::Invalid, "division by zero");
  // left / 10^l / (right / 10^r) * 10^scale = left * 10^(scale + r - l) / right
  Units numerator = left.units_;
  Units denominator = right.units_;
  int shift = scale + right.scale_ - left.scale_;
  for (; shift > 0; --shift) {
    if (__builtin_mul_overflow(numerator, Units{10}, &numerator)) return too_long();
  }
  for (; shift < 0; ++shift) {
    if (__builtin_mul_overflow(denominator, Units{10}, &denominator)) return too_long();
  }
  const auto result = Decimal::make(divide_rounded(numerator, denominator, rounding), scale);
  if (!result) return too_long();
  return *result;
}

Decimal round(const Decimal& value, int scale, Rounding rounding) {
  assert(scale >= 0);
  if (value.scale_ <= scale) return value;
  const Units units = divide_rounded(value.units_, power(value.scale_ - scale), rounding);
  return *Decimal::make(units, scale);  // never longer than before: at least one digit went away
}

std::string to_string(const Decimal& value, int decimals) {
  std::array<char, 48> buffer{};
  auto* const end = buffer.data() + buffer.size();
  auto* begin = end;
  Units units = value.units_ < 0 ? -value.units_ : value.units_;
  for (int written = 0; units != 0 || written <= value.scale_; ++written) {
    if (written == value.scale_ && value.scale_ != 0) *--begin = '.';
    *--begin = static_cast<char>('0' + static_cast<int>(units % 10));
    units /= 10;
  }
  if (value.units_ < 0) *--begin = '-';
  std::string text(begin, end);
  if (decimals > value.scale_) {
    if (value.scale_ == 0) text += '.';
    text.append(static_cast<std::size_t>(decimals - value.scale_), '0');
  }
  return text;
}

}  // namespace channelbridge::model

#include "channelbridge/model/decimal.hpp"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include "channelbridge/core/random.hpp"
#include "channelbridge/model/field_type.hpp"
#include "channelbridge/model/money.hpp"

namespace channelbridge::model {
namespace {

using Big = boost::multiprecision::cpp_int;

Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

/// value * 10^scale of a plain decimal text, in unbounded integers.
Big scaled(std::string text, int scale) {
  const auto point = text.find('.');
  int decimals = 0;
  if (point != std::string::npos) {
    decimals = static_cast<int>(text.size() - point - 1);
    text.erase(point, 1);
  }
  const bool negative = text.front() == '-';
  if (negative) text.erase(0, 1);
  text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));  // else it reads octal
  Big value(text);
  for (int i = decimals; i < scale; ++i) value *= 10;
  return negative ? -value : value;
}

Big oracle_divide(Big numerator, Big denominator, Rounding rounding) {
  const bool negative = (numerator < 0) != (denominator < 0);
  numerator = abs(numerator);
  denominator = abs(denominator);
  Big quotient = numerator / denominator;
  const Big twice = (numerator % denominator) * 2;
  if (twice > denominator ||
      (twice == denominator && (rounding == Rounding::HalfAwayFromZero || quotient % 2 == 1)))
    ++quotient;
  return negative ? Big(-quotient) : quotient;
}

/// Numbers of many shapes: few and many digits, halves, both signs.
std::string random_decimal(Random& random) {
  const int digits = 1 + static_cast<int>(random.next() % 18);
  const int decimals = static_cast<int>(random.next() % static_cast<unsigned>(digits + 1));
  std::string text;
  for (int i = 0; i < digits; ++i) text += static_cast<char>('0' + random.next() % 10);
  if (random.next() % 4 == 0) text.back() = '5';
  text.insert(static_cast<std::size_t>(digits - decimals), ".");
  if (text.back() == '.') text.pop_back();
  if (text.front() == '.') text.insert(0, "0");
  return random.next() % 2 == 0 ? text : "-" + text;
}

TEST(Decimal, AgreesWithUnboundedArithmetic) {
  const auto random = seeded_random(20261121);
  for (int i = 0; i < 20000; ++i) {
    const std::string a = random_decimal(*random);
    const std::string b = random_decimal(*random);
    const Decimal x = d(a);
    const Decimal y = d(b);
    EXPECT_EQ(scaled(to_string(x), 18), scaled(a, 18)) << a;
    EXPECT_EQ(d(to_string(x)), x);
    EXPECT_EQ(canonical_text(FieldType::Decimal, a), to_string(x));
    EXPECT_EQ(scaled(to_string(*add(x, y)), 18), scaled(a, 18) + scaled(b, 18)) << a << " " << b;
    EXPECT_EQ(scaled(to_string(*subtract(x, y)), 18), scaled(a, 18) - scaled(b, 18));
    EXPECT_EQ(scaled(to_string(*multiply(x, y)), 36), scaled(a, 18) * scaled(b, 18))
        << a << " " << b;
    EXPECT_EQ(x < y, scaled(a, 18) < scaled(b, 18)) << a << " " << b;
    EXPECT_EQ(x == y, scaled(a, 18) == scaled(b, 18));

    const int scale = static_cast<int>(random->next() % 5);
    for (const auto rounding : {Rounding::HalfAwayFromZero, Rounding::HalfEven}) {
      Big unit = 1;
      for (int k = scale; k < 18; ++k) unit *= 10;
      EXPECT_EQ(scaled(to_string(round(x, scale, rounding)), scale),
                oracle_divide(scaled(a, 18), unit, rounding))
          << a << " at " << scale;
      if (y.is_zero()) continue;
      Big factor = 1;
      for (int k = 0; k < scale; ++k) factor *= 10;
      const auto quotient = divide(x, y, scale, rounding);
      ASSERT_TRUE(quotient) << a << " / " << b;
      EXPECT_EQ(scaled(to_string(*quotient), scale),
                oracle_divide(scaled(a, 18) * factor, scaled(b, 18), rounding))
          << a << " / " << b << " at " << scale;
    }
  }
}

TEST(Decimal, RefusesWhatDoesNotFit38Digits) {
  const std::string most(38, '9');
  EXPECT_EQ(to_string(d(most)), most);
  EXPECT_EQ(to_string(d("-0." + most)), "-0." + most);
  EXPECT_FALSE(Decimal::parse(most + "1"));
  EXPECT_FALSE(Decimal::parse("0." + std::string(38, '0') + "1"));
  EXPECT_EQ(d("1." + std::string(1000, '0')), Decimal(1));
  EXPECT_FALSE(add(d(most), Decimal(1)));
  EXPECT_FALSE(multiply(d(most), Decimal(2)));
  EXPECT_FALSE(divide(d(most), d("0.01"), 2));
  EXPECT_EQ(divide(Decimal(1), Decimal(0), 2).error().message(), "division by zero");
  EXPECT_LT(d("0." + most), d(most));
}

TEST(Decimal, PrintsTheDecimalsAskedFor) {
  EXPECT_EQ(to_string(d("12.5"), 2), "12.50");
  EXPECT_EQ(to_string(d("12"), 2), "12.00");
  EXPECT_EQ(to_string(d("12.345"), 2), "12.345");
  EXPECT_EQ(to_string(-d("0.05")), "-0.05");
  EXPECT_EQ(Decimal(1234, 2), d("12.34"));
}

TEST(Decimal, SettlesHalvesAsAsked) {
  EXPECT_EQ(round(d("2.5"), 0), Decimal(3));
  EXPECT_EQ(round(d("-2.5"), 0), Decimal(-3));
  EXPECT_EQ(round(d("2.5"), 0, Rounding::HalfEven), Decimal(2));
  EXPECT_EQ(round(d("3.5"), 0, Rounding::HalfEven), Decimal(4));
}

TEST(Money, RoundsToTheCurrencysMinorUnit) {
  const auto money = [](const char* amount, const char* currency) {
    return Money{.amount = d(amount), .currency = Currency::parse(currency)};
  };
  // The worked example of the price waterfall: 62.928 at quantity 3 is 188.78, not 3 x 62.93.
  EXPECT_EQ(*round(*multiply(money("62.928", "EUR"), Decimal(3))), money("188.78", "EUR"));
  EXPECT_EQ(*round(money("1.5", "JPY")), money("2", "JPY"));
  EXPECT_EQ(*round(money("1.2345", "KWD")), money("1.235", "KWD"));
  EXPECT_EQ(*add(money("1.10", "EUR"), money("2.20", "EUR")), money("3.3", "EUR"));
  EXPECT_EQ(*part(Percent{d("12.5")}, money("200", "EUR")), money("25", "EUR"));
}

TEST(Money, NeverMixesCurrencies) {
  const Money euro{.amount = Decimal(1), .currency = Currency::parse("EUR")};
  const Money krona{.amount = Decimal(1), .currency = Currency::parse("SEK")};
  EXPECT_EQ(add(euro, krona).error().code(), ErrorCode::Invalid);
  EXPECT_FALSE(subtract(euro, Money{.amount = Decimal(1)}));
  EXPECT_FALSE(multiply(Money{}, Decimal(2)));
}

}  // namespace
}  // namespace channelbridge::model

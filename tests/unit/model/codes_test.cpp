#include "channelbridge/model/codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "code_tables_internal.hpp"

namespace channelbridge::model {
namespace {

TEST(Codes, TablesAreSortedAndWhole) {
  const auto by = [](auto member) {
    return [member](const auto& a, const auto& b) { return a.*member < b.*member; };
  };
  const auto sorted = [](auto rows, auto less) {
    return std::is_sorted(rows.begin(), rows.end(), less) &&
           std::adjacent_find(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
             return !less(a, b);
           }) == rows.end();
  };
  EXPECT_TRUE(sorted(countries(), by(&CountryRow::alpha2)));
  EXPECT_TRUE(sorted(country_names(), by(&NameRow::name)));
  EXPECT_TRUE(sorted(currencies(), by(&CurrencyRow::code)));
  EXPECT_TRUE(sorted(languages(), by(&NameRow::name)));
  EXPECT_EQ(countries().size(), 250U);
  for (const CountryRow& row : countries()) {
    EXPECT_EQ(Country::parse(row.alpha3)->text(), row.alpha2);
  }
  for (const NameRow& row : country_names()) {
    ASSERT_TRUE(Country::parse(row.name)) << row.name;
    EXPECT_EQ(Country::parse(row.name)->text(), row.code);
  }
}

TEST(Currency, KnowsItsMinorUnit) {
  EXPECT_EQ(minor_unit(*Currency::parse("EUR")), 2);
  EXPECT_EQ(minor_unit(*Currency::parse("JPY")), 0);
  EXPECT_EQ(minor_unit(*Currency::parse("KWD")), 3);
  EXPECT_EQ(minor_unit(*Currency::parse("CLF")), 4);
  EXPECT_TRUE(is_withdrawn(*Currency::parse("DEM")));
  EXPECT_FALSE(is_withdrawn(*Currency::parse("PLN")));
}

TEST(Phone, ShortWayAgreesWithTheLibrary) {
  // A "tel:" in front is no punctuation, so the second form takes the way through the library.
  for (const std::string text :
       {"+46 (0)8 123 456 78", "+49 (0)89 1234567", "+44 (0)20 7946 0123", "+1 (212) 555-0100",
        "+48 22 123 45 67", "+86 10 6552 9988", "+39 06 1234 5678", "+353 1 234 5678",
        "+41 (0)44 668 18 00", "+7 495 123-45-67", "+33 (0)1 23 45 67 89"}) {
    EXPECT_EQ(Phone::parse(text)->text(), Phone::parse("tel:" + text)->text()) << text;
    EXPECT_TRUE(is_e164(*Phone::parse(text))) << text;
  }
}

TEST(Phone, ReadsNationalFormsWhereTheCountryIsKnown) {
  const auto germany = *Country::parse("DE");
  EXPECT_EQ(parse_phone("089 1234567", germany), Phone::parse("+49891234567"));
  EXPECT_EQ(parse_phone("+46 8 123 456 78", germany), Phone::parse("+46812345678"));
  EXPECT_EQ(parse_phone("no number", germany)->text(), "no number");
  EXPECT_TRUE(is_e164(*Phone::parse("+1 (212) 555-0100")));
  EXPECT_FALSE(is_e164(*Phone::parse("089 1234567")));
}

TEST(Code, ReadsAndComparesLikeText) {
  std::optional<Code> status;
  status = "captured";
  EXPECT_TRUE(status == "captured");
  EXPECT_EQ(status->text(), "captured");
  EXPECT_EQ(domain(*Email::parse("a@Example.se")), "example.se");
}

}  // namespace
}  // namespace channelbridge::model

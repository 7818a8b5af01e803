#include "values_internal.hpp"

#include <gtest/gtest.h>

namespace channelbridge::tryton {
namespace {

std::string shown(const std::string& row) {
  const auto tree = document::parse_tree(row, document::Format::Json);
  EXPECT_TRUE(tree) << tree.error();
  const auto out = plain(*tree);
  return out ? json_of(*out) : to_string(out.error());
}

std::string decimal(const std::string& digits) {
  return shown(R"({"a":{"__class__":"Decimal","decimal":")" + digits + "\"}}");
}

std::string sent(const std::string& type, const std::string& value) {
  const auto tree = document::parse_tree(value, document::Format::Json);
  EXPECT_TRUE(tree) << tree.error();
  const auto out = wire_value({.type = type}, "field", *tree);
  return out ? *out : "refused";
}

TEST(TrytonValues, DecimalsKeepTheirDigits) {
  EXPECT_EQ(decimal("899.0000"), R"({"a":899.0000})");
  EXPECT_EQ(decimal("-0.10"), R"({"a":-0.10})");
  EXPECT_EQ(decimal("12345678901234567890.1234"), R"({"a":12345678901234567890.1234})");
  EXPECT_EQ(sent("numeric", "899.0000"), R"({"__class__":"Decimal","decimal":"899.0000"})");
  EXPECT_EQ(sent("numeric", "\"0.1\""), R"({"__class__":"Decimal","decimal":"0.1"})");
}

TEST(TrytonValues, ADecimalWithAnExponentIsWrittenOut) {
  EXPECT_EQ(decimal("1E+2"), R"({"a":100})");
  EXPECT_EQ(decimal("0E-8"), R"({"a":0.00000000})");
  EXPECT_EQ(decimal("1.25E-3"), R"({"a":0.00125})");
  EXPECT_EQ(decimal("-1.25E+1"), R"({"a":-12.5})");
  EXPECT_EQ(decimal("NaN"), "protocol: a Decimal that is no finite number");
  EXPECT_EQ(decimal("1E+400"), "protocol: a Decimal that is no finite number");
}

TEST(TrytonValues, TimesAreUtcWithSixDigits) {
  EXPECT_EQ(
      shown(
          R"({"at":{"__class__":"datetime","year":2026,"month":11,"day":2,"hour":1,"minute":0,"second":3,"microsecond":168350},"on":{"__class__":"date","year":2026,"month":1,"day":9}})"),
      R"({"at":"2026-11-02T01:00:03.168350Z","on":"2026-01-09"})");
  EXPECT_EQ(
      sent("timestamp", "\"2026-11-02T01:00:03.16835Z\""),
      R"({"__class__":"datetime","year":2026,"month":11,"day":2,"hour":1,"minute":0,"second":3,"microsecond":168350})");
  EXPECT_EQ(sent("date", "\"2026-01-09\""),
            R"({"__class__":"date","year":2026,"month":1,"day":9})");
  EXPECT_EQ(sent("timestamp", "\"2026-11-02 01:00\""), "refused");
}

TEST(TrytonValues, OtherClassesGoBothWays) {
  EXPECT_EQ(shown(R"({"b":{"__class__":"bytes","base64":"AAE=\n"}})"), R"({"b":"AAE="})");
  EXPECT_EQ(sent("binary", "\"AAE=\""), R"({"__class__":"bytes","base64":"AAE="})");
  EXPECT_EQ(shown(R"({"d":{"__class__":"timedelta","seconds":90.5}})"), R"({"d":90.5})");
  EXPECT_EQ(sent("timedelta", "90.5"), R"({"__class__":"timedelta","seconds":90.5})");
  EXPECT_EQ(sent("time", "\"07:30:00\""),
            R"({"__class__":"time","hour":7,"minute":30,"second":0,"microsecond":0})");
  EXPECT_EQ(shown(R"({"x":{"__class__":"complex"}})"),
            "protocol: a value of the unknown class complex");
}

TEST(TrytonValues, RelatedFieldsTakeThePlaceOfTheBareId) {
  EXPECT_EQ(shown(R"({"z":1,"currency":4,"currency.":{"code":"EUR","id":4},"lines.":[{"id":2}]})"),
            R"({"currency":{"code":"EUR","id":4},"lines":[{"id":2}],"z":1})");
  EXPECT_EQ(shown(R"({"lang":null,"lang.":null})"), R"({"lang":null})");
}

TEST(TrytonValues, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(sent("integer", "1.5"), "refused");
  EXPECT_EQ(sent("float", "1.5"), "1.5");
  EXPECT_EQ(sent("numeric", "\"many\""), "refused");
  EXPECT_EQ(sent("many2one", "\"12\""), "12");
  EXPECT_EQ(sent("many2one", "\"sale.sale,12\""), "refused");
  EXPECT_EQ(sent("boolean", "\"yes\""), "refused");
  EXPECT_EQ(sent("char", "null"), "null");
}

}  // namespace
}  // namespace channelbridge::tryton

#include "sandbox/sap/value.hpp"

#include "client.hpp"
#include "sandbox/sap/phone.hpp"

namespace channelbridge::sandbox::odata {
namespace {

Property property(Edm type, const std::string& type_name) {
  return {.name = "P", .type_name = type_name, .type = type};
}

std::string through(const Property& declared, const Json& json, Version version = Version::V2,
                    TextForm form = {}) {
  const Parsed parsed = from_json(declared, json, form);
  if (!parsed.problem.empty()) return "refused";
  std::string out;
  write_json(out, declared, parsed.value, version, false);
  return out;
}

TEST(SapValue, KeepsDecimalsExactAndPadsThem) {
  Property amount = property(Edm::Decimal, "Edm.Decimal");
  amount.precision = 28;
  amount.scale = 6;
  EXPECT_EQ(through(amount, "99999600.5"), "\"99999600.500000\"");
  EXPECT_EQ(through(amount, exact_number("1234567890123456.78")), "\"1234567890123456.780000\"");
  EXPECT_EQ(through(amount, "-0"), "\"0.000000\"");
  EXPECT_EQ(through(amount, "1.1234567"), "refused");
  EXPECT_EQ(through(amount, "12345678901234567890123"), "refused");
  EXPECT_EQ(through(amount, "1e3"), "refused");
  EXPECT_EQ(through(amount, exact_number("17.55"), Version::V4), "17.550000");
}

TEST(SapValue, ReadsEveryFormOfADateAndWritesOne) {
  const Property date = property(Edm::DateTime, "Edm.DateTime");
  EXPECT_EQ(through(date, "/Date(1588291200000)/"), "\"/Date(1588291200000)/\"");
  EXPECT_EQ(through(date, "2020-05-01T00:00:00"), "\"/Date(1588291200000)/\"");
  EXPECT_EQ(through(date, "/Date(-1)/"), "\"/Date(-1)/\"");
  EXPECT_EQ(through(date, nullptr), "null");
  EXPECT_EQ(through(date, "2020-02-30T00:00:00"), "refused");
  const Property offset = property(Edm::DateTimeOffset, "Edm.DateTimeOffset");
  EXPECT_EQ(through(offset, "/Date(1583073519000+0060)/"), "\"/Date(1583073519000+0000)/\"");
  EXPECT_EQ(through(offset, "2020-03-01T15:38:39+01:00"), "\"/Date(1583073519000+0000)/\"");
  EXPECT_EQ(through(offset, "2020-03-01T14:38:39Z", Version::V4), "\"2020-03-01T14:38:39Z\"");
  EXPECT_EQ(through(property(Edm::Time, "Edm.Time"), "PT13H"), "\"PT13H00M00S\"");
}

TEST(SapValue, CutsBlanksZerosAndCaseAsTheMetadataSays) {
  Property code = property(Edm::String, "Edm.String");
  code.upper_case = true;
  code.max_length = 5;
  EXPECT_EQ(through(code, "abc  "), "\"ABC\"");
  EXPECT_EQ(through(code, "abcdef"), "refused");
  EXPECT_EQ(through(code, "ååååå"), "\"ååååå\"");
  EXPECT_EQ(through(code, "00011", Version::V2, {.alpha = true}), "\"11\"");
  EXPECT_EQ(through(code, "0001A", Version::V2, {.alpha = true}), "\"0001A\"");
  EXPECT_EQ(through(code, 12), "refused");
}

TEST(SapValue, KnowsTheLiteralsOfItsVersionOnly) {
  const Property date = property(Edm::DateTime, "Edm.DateTime");
  EXPECT_TRUE(from_literal(date, "datetime'2020-05-01T00:00:00'", Version::V2, {}).problem.empty());
  EXPECT_FALSE(
      from_literal(date, "datetimeoffset'2020-05-01T00:00:00Z'", Version::V2, {}).problem.empty());
  EXPECT_FALSE(from_literal(date, "'2020-05-01T00:00:00'", Version::V2, {}).problem.empty());
  const Property guid = property(Edm::Guid, "Edm.Guid");
  EXPECT_TRUE(from_literal(guid, "guid'34c6020a-aaaa-1111-2222-af75a376b0f9'", Version::V2, {})
                  .problem.empty());
  EXPECT_TRUE(
      from_literal(guid, "34c6020a-aaaa-1111-2222-af75a376b0f9", Version::V4, {}).problem.empty());
  EXPECT_EQ(
      std::get<std::string>(
          from_literal(property(Edm::String, "Edm.String"), "'O''Neil'", Version::V2, {}).value),
      "O'Neil");
}

TEST(SapValue, ComparesDecimalsByTheirWorth) {
  EXPECT_EQ(compare_decimals("10.0", "10"), 0);
  EXPECT_LT(compare_decimals("9.99", "10"), 0);
  EXPECT_LT(compare_decimals("-10", "-9"), 0);
  EXPECT_GT(compare_decimals("0.10", "0.09"), 0);
}

TEST(SapPhone, FindsTheCallingCode) {
  EXPECT_EQ(read_phone("+46 (0)8 123 456 78", "").formatted, "+46 812345678");
  EXPECT_EQ(read_phone("+1 (651) 733-2220", "").normal, "+16517332220");
  EXPECT_EQ(read_phone("+420 603 123 456", "").formatted, "+420 603123456");
  EXPECT_EQ(read_phone("08-123 456", "SE").normal, "+468123456");
  EXPECT_EQ(read_phone("ask Anna", "SE").normal, "");
}

}  // namespace
}  // namespace channelbridge::sandbox::odata

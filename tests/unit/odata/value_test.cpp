#include "channelbridge/odata/value.hpp"

#include <gtest/gtest.h>

namespace channelbridge::odata {
namespace {

TEST(ODataValue, ReadsEveryFormOfAMoment) {
  const auto shown = [](std::string_view text) {
    const auto time = parse_time(text);
    return time ? to_iso8601(*time) : std::string("none");
  };
  EXPECT_EQ(shown("/Date(1588291200000)/"), "2020-05-01T00:00:00Z");
  EXPECT_EQ(shown("/Date(1583073519000+0000)/"), "2020-03-01T14:38:39Z");
  // The offset is minutes and the milliseconds are UTC already.
  EXPECT_EQ(shown("/Date(1583073519000+0540)/"), "2020-03-01T14:38:39Z");
  EXPECT_EQ(shown("/Date(-86400000)/"), "1969-12-31T00:00:00Z");
  EXPECT_EQ(shown("/Date(253402300799999)/"), "9999-12-31T23:59:59.999000Z");
  EXPECT_EQ(shown("2015-10-22T00:00:00"), "2015-10-22T00:00:00Z");
  EXPECT_EQ(shown("2024-05-01"), "2024-05-01T00:00:00Z");
  EXPECT_EQ(shown("2024-05-01T10:00:00.123Z"), "2024-05-01T10:00:00.123000Z");
  EXPECT_EQ(shown("/Date(99999999999999999)/"), "none");
  EXPECT_EQ(shown("/Date(12x)/"), "none");
  EXPECT_EQ(shown("yesterday"), "none");
}

TEST(ODataValue, ReadsTimesOfDayWithMissingParts) {
  EXPECT_EQ(parse_time_of_day("PT13H00M05S"), std::chrono::seconds(13 * 3600 + 5));
  EXPECT_EQ(parse_time_of_day("PT5M"), std::chrono::minutes(5));
  EXPECT_EQ(parse_time_of_day("13:00:05"), std::chrono::seconds(13 * 3600 + 5));
  EXPECT_EQ(parse_time_of_day("ABC"), std::nullopt);
  EXPECT_EQ(parse_time_of_day("PT"), std::nullopt);
  EXPECT_EQ(parse_time_of_day("PT99H"), std::nullopt);
}

TEST(ODataValue, WritesLiteralsOfV2) {
  const auto v2 = [](std::string_view type, std::string_view text) {
    return literal(Version::V2, type, text).value_or("none");
  };
  EXPECT_EQ(v2("Edm.String", "O'Neil"), "'O''Neil'");
  EXPECT_EQ(v2("Edm.DateTime", "/Date(1588291200000)/"), "datetime'2020-05-01T00:00:00'");
  EXPECT_EQ(v2("Edm.DateTimeOffset", "2020-03-01T14:38:39.123456Z"),
            "datetimeoffset'2020-03-01T14:38:39.123Z'");
  EXPECT_EQ(v2("Edm.Time", "13:00:00"), "time'PT13H00M00S'");
  EXPECT_EQ(v2("Edm.Decimal", "17.55"), "17.55M");
  EXPECT_EQ(v2("Edm.Int64", "42"), "42L");
  EXPECT_EQ(v2("Edm.Guid", "34c6020a-aaaa-1111-2222-af75a376b0f9"),
            "guid'34c6020a-aaaa-1111-2222-af75a376b0f9'");
  EXPECT_EQ(v2("Edm.Boolean", "yes"), "none");
  EXPECT_EQ(v2("Edm.Int32", "1; drop"), "none");
}

TEST(ODataValue, WritesLiteralsOfV4WithoutPrefixes) {
  const auto v4 = [](std::string_view type, std::string_view text) {
    return literal(Version::V4, type, text).value_or("none");
  };
  EXPECT_EQ(v4("Edm.Date", "2024-05-01"), "2024-05-01");
  EXPECT_EQ(v4("Edm.DateTimeOffset", "2024-05-01T10:00:00.5Z"), "2024-05-01T10:00:00.500000Z");
  EXPECT_EQ(v4("Edm.Guid", "0f3c"), "0f3c");
  EXPECT_EQ(v4("Edm.Decimal", "17.55"), "17.55");
  EXPECT_EQ(v4("Edm.TimeOfDay", "PT13H00M00S"), "13:00:00");
}

TEST(ODataValue, KeepsExactNumbersInBodies) {
  EXPECT_EQ(body_value(Version::V2, "Edm.Decimal", "100.00", false), "\"100.00\"");
  EXPECT_EQ(body_value(Version::V4, "Edm.Decimal", "100.00", true), "100.00");
  EXPECT_EQ(body_value(Version::V4, "Edm.Decimal", "0012345678901234567890123.10", true),
            "12345678901234567890123.10");
  EXPECT_EQ(body_value(Version::V2, "Edm.String", "12345678901234567890123", false),
            "\"12345678901234567890123\"");
  EXPECT_EQ(body_value(Version::V2, "Edm.DateTime", "2020-05-01", true),
            "\"/Date(1588291200000)/\"");
  EXPECT_EQ(body_value(Version::V2, "Edm.DateTimeOffset", "2020-03-01T14:38:39Z", true),
            "\"/Date(1583073519000+0000)/\"");
  EXPECT_EQ(body_value(Version::V2, "Edm.Boolean", "true", true), "true");
  EXPECT_EQ(body_value(Version::V2, "Edm.Int16", "7", true), "7");
  EXPECT_EQ(body_value(Version::V2, "Edm.Decimal", "1,5", true), std::nullopt);
}

}  // namespace
}  // namespace channelbridge::odata

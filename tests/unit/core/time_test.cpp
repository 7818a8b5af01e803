#include "channelbridge/core/time.hpp"

#include <gtest/gtest.h>

namespace channelbridge {
namespace {

Timestamp utc(std::string_view text) { return parse_iso8601(text).value(); }

LocalTime wall(std::string_view text) {
  return LocalTime(parse_iso8601(text, true).value().time_since_epoch());
}

TEST(Iso8601, PrintsAFractionOnlyWhenThereIsOne) {
  EXPECT_EQ(to_iso8601(Timestamp{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_iso8601(Timestamp{} + std::chrono::microseconds(1)), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(to_iso8601(Timestamp{} - std::chrono::seconds(1)), "1969-12-31T23:59:59Z");
}

TEST(Iso8601, ReadsEveryZoneForm) {
  for (const auto* text :
       {"2026-11-21T18:46:26Z", "2026-11-21T19:46:26+01:00", "2026-11-21T19:46:26.000+0100",
        "2026-11-21 19:46:26+01", "2026-11-21T13:16:26-0530", "2026-11-21t18:46:26z"}) {
    ASSERT_TRUE(parse_iso8601(text)) << text;
    EXPECT_EQ(to_iso8601(*parse_iso8601(text)), "2026-11-21T18:46:26Z") << text;
  }
}

TEST(Iso8601, CutsTheFractionToMicroseconds) {
  EXPECT_EQ(to_iso8601(utc("2026-11-21T18:46:26.1234567Z")), "2026-11-21T18:46:26.123456Z");
  EXPECT_EQ(to_iso8601(utc("2026-11-21T18:46:26.5Z")), "2026-11-21T18:46:26.500000Z");
}

TEST(Iso8601, RefusesWhatIsNotAMoment) {
  for (const auto* text :
       {"", "2026-11-21", "2026-11-21T18:46:26", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T18:60:00Z", "2026-11-21T18:46:26.Z",
        "2026-11-21T18:46:26.1234567890Z", "2026-11-21T18:46:26Zx", "2026-11-21T18:46:26+1",
        "21.11.2026 18:46", "2026-11-21T18:46:26+25:00"}) {
    EXPECT_FALSE(parse_iso8601(text)) << text;
  }
  EXPECT_TRUE(parse_iso8601("2026-11-21T18:46:26", true));
}

TEST(HttpDate, ReadsAllThreeForms) {
  for (const auto* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"}) {
    ASSERT_TRUE(parse_http_date(text)) << text;
    EXPECT_EQ(to_iso8601(*parse_http_date(text)), "1994-11-06T08:49:37Z") << text;
  }
  EXPECT_EQ(to_http_date(utc("1994-11-06T08:49:37Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_FALSE(parse_http_date("Sun, 06 Nov 1994 08:49:37 CET"));
  EXPECT_FALSE(parse_http_date("120"));
}

TEST(TimeZone, KnowsWinterSummerAndTheYearsAfterTheTables) {
  const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
  EXPECT_EQ(berlin.to_utc(wall("2026-01-15T12:00:00")), utc("2026-01-15T11:00:00Z"));
  EXPECT_EQ(berlin.to_utc(wall("2026-07-15T12:00:00")), utc("2026-07-15T10:00:00Z"));
  EXPECT_EQ(berlin.to_utc(wall("2085-07-15T12:00:00")), utc("2085-07-15T10:00:00Z"));
  EXPECT_EQ(berlin.to_local(utc("2085-01-15T11:00:00Z")), wall("2085-01-15T12:00:00"));
  const TimeZone sydney = TimeZone::find("Australia/Sydney").value();
  EXPECT_EQ(sydney.to_utc(wall("2085-01-15T12:00:00")), utc("2085-01-15T01:00:00Z"));
  EXPECT_EQ(sydney.to_utc(wall("2085-07-15T12:00:00")), utc("2085-07-15T02:00:00Z"));
  const TimeZone kolkata = TimeZone::find("Asia/Kolkata").value();
  EXPECT_EQ(kolkata.to_utc(wall("2026-07-15T12:00:00")), utc("2026-07-15T06:30:00Z"));
  EXPECT_EQ(from_zone(wall("2026-07-15T12:00:00"), "UTC"), utc("2026-07-15T12:00:00Z"));
}

TEST(TimeZone, TakesTheFirstOfTwoAndMovesASkippedTimeForward) {
  const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
  EXPECT_EQ(berlin.to_utc(wall("2026-10-25T02:30:00")), utc("2026-10-25T00:30:00Z"));
  EXPECT_EQ(berlin.to_utc(wall("2026-03-29T02:30:00")), utc("2026-03-29T01:30:00Z"));
  EXPECT_EQ(berlin.to_local(utc("2026-03-29T01:30:00Z")), wall("2026-03-29T03:30:00"));
}

TEST(TimeZone, RoundTripsEveryHourOfAYearThatHasNoDouble) {
  for (const auto* name : {"Europe/Stockholm", "America/New_York", "Asia/Shanghai"}) {
    const TimeZone zone = TimeZone::find(name).value();
    for (Timestamp t = utc("2026-01-01T00:00:00Z"); t < utc("2027-01-01T00:00:00Z");
         t += std::chrono::hours(1)) {
      const Timestamp back = zone.to_utc(zone.to_local(t));
      EXPECT_TRUE(back == t || zone.to_local(back) == zone.to_local(t)) << name << to_iso8601(t);
    }
  }
}

TEST(TimeZone, RefusesUnknownAndEscapingNames) {
  for (const auto* name :
       {"", "Europe/Berlinn", "../../../etc/passwd", "/etc/passwd", "zone.tab"}) {
    EXPECT_FALSE(TimeZone::find(name)) << name;
    EXPECT_FALSE(to_zone(Timestamp{}, name)) << name;
  }
}

}  // namespace
}  // namespace channelbridge

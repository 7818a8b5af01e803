#include "channelbridge/model/date.hpp"

#include <gtest/gtest.h>

namespace channelbridge::model {
namespace {

Date day(std::string_view text) { return Date::parse(text).value(); }

TEST(Date, AddsMonthsAndClampsToTheMonthsEnd) {
  EXPECT_EQ(add_months(day("2026-08-31"), 6), day("2027-02-28"));
  EXPECT_EQ(add_months(day("2027-08-31"), 6), day("2028-02-29"));
  EXPECT_EQ(add_months(day("2026-03-31"), -1), day("2026-02-28"));
  EXPECT_EQ(to_string(add_months(day("2026-11-21"), 2)), "2027-01-21");
}

TEST(Date, CountsWorkingDaysBackwards) {
  EXPECT_EQ(working_days_before(day("2027-03-15"), 10), day("2027-03-01")) << "Monday to Monday";
  EXPECT_EQ(working_days_before(day("2027-03-14"), 1), day("2027-03-12")) << "of a Sunday: Friday";
  EXPECT_EQ(working_days_before(day("2027-03-15"), 1), day("2027-03-12"));
  EXPECT_EQ(working_days_before(day("2027-03-15"), 0), day("2027-03-15"));
  // A holiday is none; one that falls on a weekend takes no day away.
  EXPECT_EQ(working_days_before(day("2027-03-15"), 2, {day("2027-03-12"), day("2027-03-13")}),
            day("2027-03-10"));
}

TEST(Period, IncludesBothEndsAndMayBeOpen) {
  const Period year{.start = day("2026-01-01"), .end = day("2026-12-31")};
  EXPECT_TRUE(year.contains(day("2026-01-01")));
  EXPECT_TRUE(year.contains(day("2026-12-31")));
  EXPECT_FALSE(year.contains(day("2027-01-01")));
  EXPECT_TRUE((Period{.start = day("2026-01-01")}).contains(day("2099-01-01")));
}

}  // namespace
}  // namespace channelbridge::model

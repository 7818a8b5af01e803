#include "soql_internal.hpp"

#include <gtest/gtest.h>

namespace channelbridge::salesforce {
namespace {

// Ids and checksums: salesforce record ids of public samples, as in the reference of record ids.
TEST(SalesforceId, AFifteenCharacterIdGetsItsChecksum) {
  EXPECT_EQ(full_id("001R00000064wc7"), "001R00000064wc7IAA");
  EXPECT_EQ(full_id("003R000000DDMlT"), "003R000000DDMlTIAX");
  EXPECT_EQ(full_id("006R0000003FPYx"), "006R0000003FPYxIAO");
  EXPECT_EQ(full_id("0035f00002EztxD"), "0035f00002EztxDAAR");
}

TEST(SalesforceId, AnEighteenCharacterIdIsKeptAndOtherTextsAreNone) {
  EXPECT_EQ(full_id("0035f00002EztxDAAR"), "0035f00002EztxDAAR");
  EXPECT_FALSE(full_id("0035f00002Ezt"));
  EXPECT_FALSE(full_id("0035f00002Ezt'x"));
}

TEST(Soql, AQuoteInATextCannotEndTheLiteral) {
  EXPECT_EQ(soql_text("O'Neil \\ Co"), "'O\\'Neil \\\\ Co'");
  EXPECT_EQ(soql_text("a\nb"), "'a\\nb'");
}

TEST(Soql, TimesCarryThreeDigitsAndUtc) {
  EXPECT_EQ(soql_time(*parse_iso8601("2013-05-07T22:07:19.000+0000")), "2013-05-07T22:07:19.000Z");
  EXPECT_EQ(soql_time(*parse_iso8601("2013-05-07T22:07:19.045Z")), "2013-05-07T22:07:19.045Z");
}

TEST(ReadCursor, ComesBackFromItsText) {
  const std::string text =
      "keyset1 2026-01-01T00:00:00.000Z 2026-01-02T00:00:00.000Z 2026-01-01T12:00:00.000Z "
      "001R00000064wc7IAA";
  auto cursor = ReadCursor::parse(text);
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->text(), text);
  EXPECT_EQ(ReadCursor::parse("")->text(), "keyset1 - - - -");
  EXPECT_EQ(ReadCursor::parse(text + " OrderItems")->lane, "OrderItems");
  EXPECT_EQ(ReadCursor::parse(text + " OrderItems")->text(), text + " OrderItems");
}

TEST(ReadCursor, AForeignOrDamagedTextIsRefused) {
  for (const char* text :
       {"page=3", "keyset1 - - -", "keyset1 x - - -",
        "keyset1 - 2026-01-02T00:00:00.000Z 2026-01-01T12:00:00.000Z -",
        "keyset1 - - 2026-01-01T12:00:00.000Z 001R00000064wc7IAA", "keyset1 - - - - more",
        "keyset1 - 2026-01-02T00:00:00.000Z - - OrderItems",
        "keyset1 2026-01-01T00:00:00.000Z 2026-01-02T00:00:00.000Z - - Order Items"})
    EXPECT_FALSE(ReadCursor::parse(text)) << text;
}

}  // namespace
}  // namespace channelbridge::salesforce

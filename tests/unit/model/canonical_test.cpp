#include <gtest/gtest.h>

#include "channelbridge/model/entity_type.hpp"

namespace channelbridge::model {
namespace {

using Optional = std::optional<std::string>;

struct Case {
  FieldType type{};
  const char* text{};
  Optional canonical{};
};

class CanonicalText : public ::testing::TestWithParam<Case> {};

TEST_P(CanonicalText, IsTheOneFormOfAValue) {
  const Case& c = GetParam();
  EXPECT_EQ(canonical_text(c.type, c.text), c.canonical) << to_string(c.type) << " " << c.text;
  // What is canonical stays as it is.
  if (c.canonical) {
    EXPECT_EQ(canonical_text(c.type, *c.canonical), c.canonical);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, CanonicalText,
    ::testing::Values(
        Case{FieldType::Decimal, "100.00", "100"}, Case{FieldType::Decimal, "-0.0", "0"},
        Case{FieldType::Decimal, "1.0E7", "10000000"}, Case{FieldType::Decimal, "1.5e-3", "0.0015"},
        Case{FieldType::Decimal, ".5", "0.5"}, Case{FieldType::Decimal, "007.10", "7.1"},
        Case{FieldType::Decimal, "12345678901234567890123", "12345678901234567890123"},
        Case{FieldType::Decimal, "1e400", {}}, Case{FieldType::Decimal, "1,5", {}},
        Case{FieldType::Decimal, "", {}}, Case{FieldType::Decimal, ".", {}},
        Case{FieldType::Decimal, "1.2.3", {}}, Case{FieldType::Decimal, " 1", {}},
        Case{FieldType::Decimal, "NaN", {}}, Case{FieldType::Percent, "12.50", "12.5"},
        Case{FieldType::Integer, "5.0", "5"}, Case{FieldType::Integer, "+7", "7"},
        Case{FieldType::Integer, "-0", "0"}, Case{FieldType::Integer, "5.5", {}},
        Case{FieldType::Integer, "+-5", {}}, Case{FieldType::Integer, "9223372036854775808", {}},
        Case{FieldType::Boolean, "1", "true"}, Case{FieldType::Boolean, "false", "false"},
        Case{FieldType::Boolean, "yes", {}}));

INSTANTIATE_TEST_SUITE_P(
    Times, CanonicalText,
    ::testing::Values(
        Case{FieldType::Date, "20261121", "2026-11-21"},
        Case{FieldType::Date, "2026-11-21T00:00:00", "2026-11-21"},
        Case{FieldType::Date, "2026-11-21T00:00:00.000Z", "2026-11-21"},
        Case{FieldType::Date, "2026-11-21T10:00:00", {}}, Case{FieldType::Date, "00000000", {}},
        Case{FieldType::Date, "2026-02-29", {}}, Case{FieldType::Date, "21.11.2026", {}},
        Case{FieldType::Timestamp, "2026-11-21T19:46:26.000+0100", "2026-11-21T18:46:26Z"},
        Case{FieldType::Timestamp, "2026-11-21T19:46:26", {}},
        Case{FieldType::TimeZone, "Europe/Stockholm", "Europe/Stockholm"},
        Case{FieldType::TimeZone, "Stockholm", {}}));

INSTANTIATE_TEST_SUITE_P(
    Codes, CanonicalText,
    ::testing::Values(
        Case{FieldType::Country, "DEU", "DE"}, Case{FieldType::Country, "se", "SE"},
        Case{FieldType::Country, "EL", "GR"}, Case{FieldType::Country, "UK", "GB"},
        Case{FieldType::Country, "Sverige", "SE"}, Case{FieldType::Country, "中国", "CN"},
        Case{FieldType::Country, "POLAND", "PL"}, Case{FieldType::Country, "United States", "US"},
        Case{FieldType::Country, "USA", "US"}, Case{FieldType::Country, "ZZ", {}},
        Case{FieldType::Country, "Atlantis", {}}, Case{FieldType::Currency, "eur", "EUR"},
        Case{FieldType::Currency, "DEM", "DEM"}, Case{FieldType::Currency, "XYZ", {}},
        Case{FieldType::Language, "en_us", "en-US"},
        Case{FieldType::Language, "ZH-hant-tw", "zh-Hant-TW"},
        Case{FieldType::Language, "eng", "en"}, Case{FieldType::Language, "ger", "de"},
        Case{FieldType::Language, "iw", "he"}, Case{FieldType::Language, "es-419", "es-419"},
        Case{FieldType::Language, "de-CH-1996", "de-CH-1996"},
        Case{FieldType::Language, "en-x-Partner", "en-x-partner"},
        Case{FieldType::Language, "qq", {}}, Case{FieldType::Language, "english", {}},
        Case{FieldType::Language, "en-", {}}, Case{FieldType::Language, "en-US-DE", {}},
        Case{FieldType::Unit, "h87", "H87"}, Case{FieldType::Unit, "XBX", "XBX"},
        Case{FieldType::Unit, "piece", {}}, Case{FieldType::Unit, "", {}}));

INSTANTIATE_TEST_SUITE_P(
    Contacts, CanonicalText,
    ::testing::Values(
        Case{FieldType::Email, "Anna.Berg@Example.SE", "Anna.Berg@example.se"},
        Case{FieldType::Email, "info@blåbär.se", "info@xn--blbr-noae.se"},
        Case{FieldType::Email, "a@b@c.se", {}}, Case{FieldType::Email, "anna@", {}},
        Case{FieldType::Email, "anna berg@example.se", {}},
        Case{FieldType::Email, "anna@ex ample.se", {}},
        Case{FieldType::Web, "HTTPS://Www.Example.SE/", "https://www.example.se"},
        Case{FieldType::Web, "example.se/A?b=C", "example.se/A?b=C"},
        Case{FieldType::Web, "javascript://x", {}}, Case{FieldType::Web, "two words.se", {}},
        Case{FieldType::Phone, "+49 (89) 1", "+49891"},
        Case{FieldType::Phone, "+46 8-123 456 78", "+46812345678"},
        Case{FieldType::Phone, "+49 (0)89 1234567", "+49891234567"},
        Case{FieldType::Phone, "+39 06 1234 5678", "+390612345678"},
        Case{FieldType::Phone, "089 1234567", "089 1234567"},
        Case{FieldType::Phone, "+46 8 123 456 78 ext. 12", "+46 8 123 456 78 ext. 12"},
        Case{FieldType::Phone, "ask for Bob", "ask for Bob"}, Case{FieldType::Phone, "", {}}));

INSTANTIATE_TEST_SUITE_P(
    Others, CanonicalText,
    ::testing::Values(Case{FieldType::Text, "", ""}, Case{FieldType::Text, " zł ", " zł "},
                      Case{FieldType::Text, "\xC3\x28", {}},
                      Case{FieldType::Text, "\xED\xA0\x80", {}},
                      Case{FieldType::Text, "\xC0\xAF", {}}, Case{FieldType::Text, "\xE5", {}},
                      Case{FieldType::Code, "", {}}, Case{FieldType::Code, "ZB", "ZB"},
                      Case{FieldType::Reference, "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
                           "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"},
                      Case{FieldType::Reference, "pending:crm/Account/001A",
                           "pending:crm/Account/001A"},
                      Case{FieldType::Reference, "001A000001", {}}));

TEST(CanonicalText, KeepsFieldLimits) {
  const FieldInfo text{.path = "topic", .max_length = 4};
  EXPECT_EQ(canonical_text(text, "łódź"), "łódź");  // characters, not bytes
  EXPECT_EQ(canonical_text(text, "łódźi"), std::nullopt);
  EXPECT_EQ(refusal(text, "łódźi"), "is longer than 4 characters");

  const FieldInfo amount{.path = "amount", .type = FieldType::Decimal, .precision = 6, .scale = 2};
  EXPECT_EQ(canonical_text(amount, "9999.990"), "9999.99");
  EXPECT_EQ(canonical_text(amount, "9999.999"), std::nullopt);  // never rounded
  EXPECT_EQ(canonical_text(amount, "10000"), std::nullopt);
  EXPECT_EQ(canonical_text(amount, "-0.01"), "-0.01");
  EXPECT_EQ(refusal(amount, "1.234"),
            "has more than 2 decimals or more than 4 digits before the point");
  EXPECT_EQ(canonical_text({.type = FieldType::Decimal}, "1.23456789"), "1.23456789");

  static constexpr std::string_view kCodes[] = {"hot", "cold"};
  static constexpr CodeSet kSet{"lead_rating", kCodes};
  const FieldInfo code{.path = "rating", .type = FieldType::Code, .codes = &kSet};
  EXPECT_EQ(canonical_text(code, "hot"), "hot");
  EXPECT_EQ(canonical_text(code, "Hot"), std::nullopt);
  EXPECT_EQ(refusal(code, "Hot"), "is not one of the codes of lead_rating");
}

TEST(CanonicalText, RefusalNeverShowsTheValue) {
  for (int type = 0; type <= static_cast<int>(FieldType::Reference); ++type) {
    const FieldInfo field{.path = "x", .type = static_cast<FieldType>(type)};
    EXPECT_EQ(refusal(field, "s3cret\xFF").find("s3cret"), std::string::npos);
    EXPECT_EQ(parse_field_type(to_string(field.type)), field.type);
  }
  EXPECT_FALSE(parse_field_type("txt"));
}

}  // namespace
}  // namespace channelbridge::model

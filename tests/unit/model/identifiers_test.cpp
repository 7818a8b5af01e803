#include <gtest/gtest.h>

#include <string>

#include "channelbridge/core/random.hpp"
#include "channelbridge/model/validate.hpp"
#include "samples.hpp"

namespace channelbridge::model {
namespace {

bool accepted(const std::string& scheme, const std::string& value) {
  static const auto partner = type("partner");
  return check(*partner, Fields{{"identifiers[1].scheme", scheme}, {"identifiers[1].value", value}})
      .empty();
}

struct Known {
  const char* scheme{};
  const char* value{};
  std::string_view characters{"0123456789"};
};

constexpr std::string_view kCreditCode = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr std::string_view kAnything = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// GS1's published example of a check digit, an LEI in use, numbers that public descriptions of the
// check digits show; the others are computed.
constexpr Known kChecked[] = {
    {"0088", "4006381333931"},
    {"0199", "5493001KJTIIGC8Y1R12", kAnything},
    {"0007", "2120000787"},
    {"9945", "1234563218"},
    {"9930", "136695976"},
    {"9930", "123456788"},
    {"9955", "212000078701"},
    {"9955", "556677889901"},
    {"USCC", "91350100M000100Y43", kCreditCode},
};

TEST(Identifier, ACheckDigitCatchesEveryWrongCharacter) {
  for (const Known& known : kChecked) {
    const std::string value = known.value;
    ASSERT_TRUE(accepted(known.scheme, value)) << known.scheme << " " << value;
    // The two digits behind the organisation number of a Swedish VAT number count registrations.
    const std::size_t covered = std::string_view(known.scheme) == "9955" ? 10 : value.size();
    for (std::size_t i = 0; i < covered; ++i) {
      for (const char other : known.characters) {
        std::string wrong = value;
        // ISO 7064 mod 97-10 does not promise to tell a letter from a digit.
        const bool digit = other >= '0' && other <= '9';
        if (wrong.size() == 20 && digit != (wrong[i] >= '0' && wrong[i] <= '9')) continue;
        wrong[i] = other;
        EXPECT_EQ(accepted(known.scheme, wrong), wrong == value) << known.scheme << " " << wrong;
      }
    }
  }
}

TEST(Identifier, OneLastCharacterOnlyCompletesANumber) {
  const auto random = seeded_random(17);
  const auto completed = [&](const char* scheme, std::size_t size, std::string_view characters) {
    std::string number;
    while (number.size() < size) number += characters[random->next() % characters.size()];
    std::size_t valid = 0;
    for (const char last : characters) valid += accepted(scheme, number + last) ? 1U : 0U;
    return valid;
  };
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(completed("9930", 8, "0123456789"), 1U);
    EXPECT_EQ(completed("0007", 9, "0123456789"), 1U);
    EXPECT_EQ(completed("0088", 12, "0123456789"), 1U);
    EXPECT_EQ(completed("USCC", 17, kCreditCode), 1U);
    EXPECT_LE(completed("9945", 9, "0123456789"), 1U);  // ten is never given out
  }
}

TEST(Identifier, AnLeiEndsWithTwoDigits) { EXPECT_FALSE(accepted("0199", "5493001KJTIIGC8Y1R1B")); }

TEST(Identifier, AVatNumberHasTheFormOfItsCountry) {
  // An example and a number that is not one, each without the letters of the country.
  constexpr struct {
    const char* scheme{};
    const char* country{};
    const char* good{};
    const char* bad{};
  } kNumbers[] = {
      {"9914", "AT", "U12345678", "12345678"},        {"9925", "BE", "0123456789", "2123456789"},
      {"9925", "BE", "1123456789", "123456789"},      {"9926", "BG", "1234567890", "12345678"},
      {"9928", "CY", "12345678X", "123456789"},       {"9929", "CZ", "12345678", "1234567"},
      {"9930", "DE", "136695976", "13669597"},        {"0198", "DK", "12345678", "123456789"},
      {"9931", "EE", "123456789", "12345678"},        {"9920", "ES", "X1234567A", "123456789"},
      {"9920", "ES", "12345678Z", "X123456A"},        {"0213", "FI", "12345678", "1234567"},
      {"9957", "FR", "K7123456789", "1234567890"},    {"9932", "GB", "GD123", "GX123"},
      {"9932", "GB", "123456789012", "1234567890"},   {"9933", "EL", "123456789", "12345678"},
      {"9933", "GR", "123456789", "A23456789"},       {"9934", "HR", "12345678901", "1234567890"},
      {"9910", "HU", "12345678", "123456789"},        {"9935", "IE", "1+23456L", "1-23456L"},
      {"9935", "IE", "1234567WI", "1234567W1"},       {"0211", "IT", "12345678901", "1234567890"},
      {"9937", "LT", "123456789012", "1234567890"},   {"9938", "LU", "12345678", "L2345678"},
      {"9939", "LV", "12345678901", "123456789"},     {"9943", "MT", "12345678", "1234567"},
      {"9944", "NL", "123456789B01", "123456789A01"}, {"9945", "PL", "1234563218", "123456321"},
      {"9946", "PT", "123456789", "12345678"},        {"9947", "RO", "12", "1"},
      {"9947", "RO", "1234567890", "12345678901"},    {"9955", "SE", "212000078701", "2120000787"},
      {"9949", "SI", "12345678", "123456789"},        {"9950", "SK", "1234567890", "12345678"},
  };
  for (const auto& [scheme, country, good, bad] : kNumbers) {
    const std::string letters = country;
    EXPECT_TRUE(accepted(scheme, good)) << country << good;
    EXPECT_TRUE(accepted(scheme, letters + good)) << country << good;
    EXPECT_FALSE(accepted(scheme, bad)) << country << bad;
    EXPECT_FALSE(accepted(scheme, letters + bad)) << country << bad;
    EXPECT_FALSE(accepted(scheme, std::string("ZZ") + good)) << good;
    EXPECT_FALSE(accepted(scheme, letters)) << country;
  }
  EXPECT_TRUE(accepted("9930", "de 136.695.976"));
  EXPECT_TRUE(accepted("9945", "PL 123-456-32-18"));
  EXPECT_FALSE(accepted("9930", "NOTAVAT"));
  EXPECT_FALSE(accepted("9930", "XX"));
}

TEST(Identifier, AnEinBeginsAsTheIrsGivesThemOut) {
  EXPECT_TRUE(accepted("9959", "12-3456789"));
  EXPECT_TRUE(accepted("9959", "990000001"));
  EXPECT_FALSE(accepted("9959", "00-3456789"));
  EXPECT_FALSE(accepted("9959", "97-3456789"));
  EXPECT_FALSE(accepted("9959", "12-345678"));
  EXPECT_FALSE(accepted("9959", "12-345678A"));
  int given = 0;
  for (int prefix = 100; prefix < 200; ++prefix)
    given += accepted("9959", std::to_string(prefix).substr(1) + "3456789") ? 1 : 0;
  EXPECT_EQ(given, 83);
}

TEST(Identifier, ACreditCodeLeavesFiveLettersOut) {
  EXPECT_TRUE(accepted("USCC", "91350100m000100y43"));
  EXPECT_FALSE(accepted("USCC", "91350100M000100Y4"));
  for (const char letter : std::string_view("IOSVZ")) {
    EXPECT_FALSE(accepted("USCC", std::string("91350100M000100Y4") + letter)) << letter;
    EXPECT_FALSE(accepted("USCC", std::string(1, letter) + "1350100M000100Y43")) << letter;
  }
}

TEST(Identifier, OthersAreTakenAsTheyAreWritten) {
  EXPECT_TRUE(accepted("0060", "150483782"));
  EXPECT_FALSE(accepted("0060", "15048378"));
  EXPECT_TRUE(accepted("0007", "212000-0142"));
  EXPECT_TRUE(accepted("house", "anything at all"));
}

}  // namespace
}  // namespace channelbridge::model

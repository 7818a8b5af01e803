#include "csv_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace channelbridge::file {
namespace {

using State = CsvRecord::State;
using ::testing::ElementsAre;

TEST(Csv, QuotesSeparatorsAndLineBreaksInsideValuesAreKept) {
  const CsvRecord record = read_csv_record("7,\"a \"\"b\"\", c\r\nd\",\r\nnext", ',', true);
  ASSERT_EQ(record.state, State::Complete);
  EXPECT_THAT(record.values, ElementsAre("7", "a \"b\", c\r\nd", ""));
  EXPECT_EQ(record.lines, 2U);
}

TEST(Csv, AnotherSeparatorMakesTheCommaOrdinary) {
  const CsvRecord record = read_csv_record("1,5;x\n", ';', true);
  EXPECT_THAT(record.values, ElementsAre("1,5", "x"));
}

TEST(Csv, AnUnfinishedBufferAsksForMore) {
  for (const char* front : {"7,a", "7,\"a", "7,\"a\"", "7,a\r"})
    EXPECT_EQ(read_csv_record(front, ',', false).state, State::Incomplete) << front;
  EXPECT_EQ(read_csv_record("7,a", ',', true).state, State::Complete);
}

TEST(Csv, WhatIsNotRfc4180IsBadAndSaysWhy) {
  for (const char* text : {"7,a\"b\n", "7,\"a\"b\n", "7,\"a", "7,a\rb\n"}) {
    const CsvRecord record = read_csv_record(text, ',', true);
    EXPECT_EQ(record.state, State::Bad) << text;
    EXPECT_NE(record.reason, nullptr);
  }
}

TEST(Csv, AValueComesBackAsItWasWritten) {
  for (const char* value : {"plain", "a,b", "\"", "line\r\nbreak", " blank ", "", "ü,\n"}) {
    std::string text;
    append_csv_value(text, value, ',');
    text += "\r\n";
    const CsvRecord record = read_csv_record(text, ',', true);
    ASSERT_EQ(record.state, State::Complete) << text;
    EXPECT_THAT(record.values, ElementsAre(value));
  }
}

TEST(Encodings, BytesOfOldProgramsBecomeUtf8AndBack) {
  EXPECT_EQ(decode("M\xFCller", Encoding::Latin1), "Müller");
  EXPECT_EQ(decode("\x80 5", Encoding::Windows1252), "€ 5");
  EXPECT_EQ(encode("€ Müller", Encoding::Windows1252), "\x80 M\xFCller");
  EXPECT_FALSE(encode("€", Encoding::Latin1));
  EXPECT_FALSE(encode("北京", Encoding::Windows1252));
  EXPECT_FALSE(decode("\x81", Encoding::Windows1252));
}

TEST(Encodings, InvalidUtf8IsRefused) {
  for (const char* bytes :
       {"\xFF", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "a\x80"})
    EXPECT_FALSE(decode(bytes, Encoding::Utf8));
  EXPECT_TRUE(decode("北京 ü 😀", Encoding::Utf8));
}

}  // namespace
}  // namespace channelbridge::file

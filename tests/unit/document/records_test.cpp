#include <gtest/gtest.h>

#include "channelbridge/document/document.hpp"

namespace channelbridge::document {
namespace {

using State = Slot::State;

std::string cut(const Page& page, const RecordSpan& record) {
  return std::string(page.bytes().substr(record.offset, record.length));
}

TEST(JsonRecords, CutsAPageAndTakesWhatIsWanted) {
  const auto page = Page::make(
      R"( {"d" : {"results" : [ {"ID":"7","__metadata":{"etag":"W/\"1\""},"n":12345678901234567890123.00} ,
           {"x":[1,{"ID":"no"}],"ID":null}],"__next":"https://x/?$skiptoken=2", "__count":"2"}} )",
      Format::Json);
  const auto records =
      json_records(*page, "d.results", {"ID", "__metadata.etag", "n"}, {"d.__next", "d.__delta"});
  ASSERT_TRUE(records) << records.error();
  ASSERT_EQ(records->records.size(), 2U);
  const auto& first = records->records[0];
  EXPECT_EQ(cut(*page, first),
            R"({"ID":"7","__metadata":{"etag":"W/\"1\""},"n":12345678901234567890123.00})");
  EXPECT_EQ(first.slots[0].text, "7");
  EXPECT_EQ(first.slots[1].text, "W/\"1\"");
  EXPECT_EQ(first.slots[2].text, "12345678901234567890123.00");
  EXPECT_EQ(cut(*page, records->records[1]), R"({"x":[1,{"ID":"no"}],"ID":null})");
  EXPECT_EQ(records->records[1].slots[0].state, State::Null);
  EXPECT_EQ(records->records[1].slots[1].state, State::Absent);
  EXPECT_EQ(records->outside[0].text, "https://x/?$skiptoken=2");
  EXPECT_EQ(records->outside[1].state, State::Absent);
}

TEST(JsonRecords, TakesASingleObjectAsOneRecord) {
  const auto page = Page::make(R"({"d":{"ID":"1"}})", Format::Json);
  const auto inner = json_records(*page, "d", {"ID"});
  ASSERT_TRUE(inner);
  ASSERT_EQ(inner->records.size(), 1U);
  EXPECT_EQ(cut(*page, inner->records[0]), R"({"ID":"1"})");
  EXPECT_EQ(inner->records[0].slots[0].text, "1");
  const auto whole = json_records(*page, "", {"d.ID"});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->records.at(0).slots[0].text, "1");
}

TEST(JsonRecords, TakesARootArrayAndAnEmptyOne) {
  EXPECT_EQ(
      json_records(*Page::make(R"([{"a":1},{"a":2}])", Format::Json), "", {"a"})->records.size(),
      2U);
  EXPECT_TRUE(json_records(*Page::make("[]", Format::Json), "", {})->records.empty());
  EXPECT_TRUE(
      json_records(*Page::make(R"({"value":[]})", Format::Json), "value", {})->records.empty());
}

TEST(JsonRecords, GivesContainersAsTheirText) {
  const auto page =
      Page::make(R"([{"errors":[ {"code":"X"} ],"u":"\u00e4\ud83d\ude00"}])", Format::Json);
  const auto records = json_records(*page, "", {"errors", "u"});
  ASSERT_TRUE(records);
  EXPECT_EQ(records->records[0].slots[0].text, R"([ {"code":"X"} ])");
  EXPECT_EQ(records->records[0].slots[1].text, "ä😀");
}

TEST(JsonRecords, ReadsOdataAnnotationsWithoutQuotes) {
  const auto page =
      Page::make(R"({"@odata.nextLink":"n","value":[{"@odata.etag":"W/1"}]})", Format::Json);
  const auto records = json_records(*page, "value", {"@odata.etag"}, {"@odata.nextLink"});
  ASSERT_TRUE(records);
  EXPECT_EQ(records->records[0].slots[0].text, "W/1");
  EXPECT_EQ(records->outside[0].text, "n");
}

TEST(JsonRecords, RefusesAPageWithoutItsRecords) {
  for (const char* text : {R"({"error":1})", R"({"value":[1]})", R"({"value":[[{}]]})"}) {
    const auto records = json_records(*Page::make(text, Format::Json), "value", {});
    ASSERT_FALSE(records) << text;
    EXPECT_EQ(records.error().code(), ErrorCode::Protocol);
  }
}

TEST(JsonRecords, PagesOfAllSizesFollowEachOther) {
  const auto page = Page::make(R"([{"a":"1"}])", Format::Json);
  for (int i = 0; i < 100; ++i) {
    const auto big = Page::make(
        "[" + std::string(static_cast<std::size_t>(i) * 1000, ' ') + R"({"a":"2"}])", Format::Json);
    EXPECT_EQ(json_records(*big, "", {"a"})->records.at(0).slots[0].text, "2");
    EXPECT_EQ(json_records(*page, "", {"a"})->records.at(0).slots[0].text, "1");
  }
}

TEST(JsonString, EscapesWhatItMustAndKeepsTheRest) {
  std::string out;
  append_json_string(out, "a\"b\\c\n\t\x01 ä😀/");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\t\\u0001 ä😀/\"");
  EXPECT_TRUE(check_json(out));
}

}  // namespace
}  // namespace channelbridge::document

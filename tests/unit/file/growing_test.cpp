#include "partner_folder.hpp"

namespace channelbridge::file::test {
namespace {

using adapter::Operation;

constexpr std::chrono::seconds kStill{10};

std::string texts(const std::vector<adapter::Change>& changes) {
  std::string out;
  for (const auto& change : changes) out += change.document.text();
  return out;
}

TEST(FileGrowing, ARowIsReadWhenAllOfItIsThere) {
  Partner partner;
  adapter::Cursor cursor;
  partner.is_leaving("lead.csv", "id,company,status\n1,a,new\n2,b,100");
  EXPECT_EQ(texts(partner.read_all(cursor)), R"({"id":"1","company":"a","status":"new"})");
  EXPECT_TRUE(partner.read_all(cursor).empty());
  partner.is_leaving("lead.csv", "id,company,status\n1,a,new\n2,b,100000\n");
  EXPECT_EQ(texts(partner.read_all(cursor)), R"({"id":"2","company":"b","status":"100000"})");
}

TEST(FileGrowing, ALastRowWithoutALineBreakIsReadOnceTheFileLiesStill) {
  Partner partner;
  adapter::Cursor cursor;
  partner.is_leaving("lead.csv", "id,company,status\n1,a,new\n2,b,new");
  EXPECT_EQ(partner.read_all(cursor).size(), 1U);
  partner.clock->advance(kStill);
  EXPECT_EQ(texts(partner.read_all(cursor)), R"({"id":"2","company":"b","status":"new"})");
  EXPECT_TRUE(partner.read_all(cursor).empty()) << "once";
}

TEST(FileGrowing, NoOtherCutMakesALetter) {
  const std::string whole = "id,company,status\n1,\"a \"\"b\"\",\nc\",new\r\n";
  Partner partner;
  adapter::Cursor cursor;
  for (std::size_t length = 1; length < whole.size(); ++length) {
    partner.is_leaving("lead.csv", whole.substr(0, length));
    EXPECT_TRUE(partner.read_all(cursor).empty()) << length;
  }
  EXPECT_TRUE(partner.unreadable.empty()) << to_string(partner.unreadable.front().error);
  partner.is_leaving("lead.csv", whole);
  EXPECT_EQ(partner.read_all(cursor).size(), 1U);
}

TEST(FileGrowing, AHeaderThatGrowsDoesNotHoldUpTheFilesBesideIt) {
  Partner partner;
  partner.is_leaving("lead-0301.csv", "id,company,status");
  partner.leaves("lead-0302.csv", "id,company,status\n2,b,new\n");
  const adapter::Page page = partner.read();
  EXPECT_EQ(texts(page.changes), R"({"id":"2","company":"b","status":"new"})");
  EXPECT_TRUE(page.end);
  adapter::Cursor cursor = page.next;
  EXPECT_TRUE(partner.read_all(cursor).empty());
  partner.is_leaving("lead-0301.csv", "id,company,status\n1,a,new\n");
  EXPECT_EQ(texts(partner.read_all(cursor)), R"({"id":"1","company":"a","status":"new"})");
}

TEST(FileGrowing, SoDoLinesOfJson) {
  Partner partner;
  adapter::Cursor cursor;
  partner.is_leaving("lead.ndjson", "\xEF\xBB\xBF{\"id\":\"1\"");
  EXPECT_TRUE(partner.read_all(cursor).empty());
  partner.is_leaving("lead.ndjson", "\xEF\xBB\xBF{\"id\":\"1\"}");
  EXPECT_TRUE(partner.read_all(cursor).empty());
  partner.clock->advance(kStill);
  EXPECT_EQ(texts(partner.read_all(cursor)), R"({"id":"1"})");
  EXPECT_TRUE(partner.unreadable.empty());
}

TEST(FileGrowing, AFileFromALaterClockDoesNotWaitForIt) {
  Partner partner;
  partner.saved = std::chrono::sys_days(std::chrono::year(2099) / 1 / 1);
  partner.leaves("lead-1.csv", "id,company,status\n1,a,new\n");
  partner.leaves("lead-2.csv", "id,company,status\n2,a,new");
  adapter::Cursor cursor;
  EXPECT_EQ(partner.read_all(cursor).size(), 1U);
  partner.is_now(kStill + std::chrono::seconds(1));
  EXPECT_EQ(partner.read_all(cursor).size(), 1U);
}

TEST(FileGrowing, ALookAwaitsTheWholeRowAndOurWriteDoesNotMissIt) {
  Partner partner;
  partner.is_now();
  partner.write(Operation::Create, "", R"({"id":"1","company":"A","status":"dispatched"})", "r1");
  partner.is_leaving("lead-status.csv", "id,status\n1,accepted");
  EXPECT_NE(partner.look("1").document.text().find("dispatched"), std::string::npos);
  partner.write(Operation::Update, "1", R"({"company":"B"})");
  partner.clock->advance(kStill);
  EXPECT_EQ(partner.look("1").document.text(),
            R"({"id":"1","company":"B","status":"accepted","bridge_id":"r1"})");
}

}  // namespace
}  // namespace channelbridge::file::test

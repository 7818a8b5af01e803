#include "partner_folder.hpp"

namespace channelbridge::file::test {
namespace {

TEST(FileRead, RowsBecomeDocumentsOfTexts) {
  Partner partner;
  partner.leaves("lead.csv", "\xEF\xBB\xBFid,company,status\r\n7,\"Äcme, Inc\",\r\n007,x,new\r\n");
  const adapter::Page page = partner.read();
  EXPECT_TRUE(page.end);
  ASSERT_EQ(page.changes.size(), 2U);
  EXPECT_EQ(page.changes[0].key, "7");
  EXPECT_EQ(page.changes[0].document.text(), R"({"id":"7","company":"Äcme, Inc","status":null})");
  EXPECT_EQ(page.changes[1].key, "007") << "a key is text";
  EXPECT_TRUE(page.changes[0].document.full());
  EXPECT_EQ(page.changes[0].modified, Timestamp(partner.saved));
}

TEST(FileRead, LinesOfJsonAreDocumentsAsTheyAre) {
  Partner partner;
  partner.leaves("lead.ndjson",
                 "{\"id\":\"7\",\"company\":\"A\",\"status\":null,\"amount\":100.00}\n\n"
                 "{\"id\":\"8\"}\n");
  const adapter::Page page = partner.read();
  ASSERT_EQ(page.changes.size(), 2U);
  EXPECT_NE(page.changes[0].document.text().find("100.00"), std::string::npos);
  EXPECT_FALSE(page.changes[1].document.full()) << "what a line leaves out is no statement";
}

TEST(FileRead, AFileWithFewerColumnsIsAPartialStatement) {
  Partner partner;
  partner.leaves("lead-status.csv", "id,status\n7,accepted\n");
  EXPECT_FALSE(partner.read().changes.front().document.full());
}

TEST(FileRead, FilesAreReadInTheOrderOfTheirNamesAndOtherObjectsAreLeftAlone) {
  Partner partner;
  partner.leaves("lead-2.csv", "id,company,status\n2,b,\n");
  partner.leaves("lead-1.csv", "id,company,status\n1,a,\n");
  partner.leaves("lead_item.csv", "id\nx\n");
  partner.leaves("leads.csv", "id\nx\n");
  partner.leaves("lead-3.csv.tmp", "id\nx\n");
  adapter::Cursor cursor;
  const auto changes = partner.read_all(cursor);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].key, "1");
  EXPECT_EQ(changes[1].key, "2");
}

TEST(FileRead, ContinuesFromAStoredCursorInTheMiddleOfAFile) {
  Partner partner;
  std::string text = "id,company,status\n";
  for (int i = 0; i < 25; ++i) text += std::to_string(i) + ",\"line\nbreak\",new\n";
  partner.leaves("lead.csv", text);
  const adapter::Page first = partner.read({}, 10);
  EXPECT_FALSE(first.end);
  EXPECT_EQ(first.changes.size(), 10U);
  adapter::Cursor cursor = first.next;
  const auto rest = partner.read_all(cursor, 10);
  ASSERT_EQ(rest.size(), 15U);
  EXPECT_EQ(rest.front().key, "10");
  EXPECT_EQ(rest.back().key, "24");
}

TEST(FileRead, WhatHasBeenReadIsNotReadAgain) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status\n7,a,\n");
  adapter::Cursor cursor;
  EXPECT_EQ(partner.read_all(cursor).size(), 1U);
  EXPECT_EQ(partner.read_all(cursor).size(), 0U);
  partner.leaves("lead.csv", "id,company,status\n7,a,\n");  // saved again, the same
  EXPECT_EQ(partner.read_all(cursor).size(), 0U);
}

TEST(FileRead, AppendedRowsAreReadAloneAndAChangedFileFromItsStart) {
  Partner partner;
  adapter::Cursor cursor;
  partner.leaves("lead.csv", "id,company,status\n7,a,\n");
  EXPECT_EQ(partner.read_all(cursor).size(), 1U);
  partner.leaves("lead.csv", "id,company,status\n7,a,\n8,b,\n9,broken\n");
  auto appended = partner.read_all(cursor);
  ASSERT_EQ(appended.size(), 1U);
  EXPECT_EQ(appended[0].key, "8");
  EXPECT_EQ(partner.unreadable.at(0).position, "from-partner/lead.csv:4");
  partner.leaves("lead.csv", "id,company,status\n7,changed,\n8,b,\n");
  EXPECT_EQ(partner.read_all(cursor).size(), 2U);
}

TEST(FileRead, ALastLineWithoutABreakIsReadAgainWhenItGrows) {
  Partner partner;
  adapter::Cursor cursor;
  partner.leaves("lead.csv", "id,company,status\n7,a,ne");
  partner.read_all(cursor);
  partner.leaves("lead.csv", "id,company,status\n7,a,new\n");
  const auto again = partner.read_all(cursor);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_NE(again[0].document.text().find("\"new\""), std::string::npos);
}

TEST(FileRead, AFileThatGrowsBetweenTwoPagesGoesOnWhereItWas) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status\n1,a,\n2,a,\n3,a,\n");
  adapter::Cursor cursor = partner.read({}, 2).next;
  partner.leaves("lead.csv", "id,company,status\n1,a,\n2,a,\n3,a,\n4,a,\n");
  EXPECT_EQ(partner.read_all(cursor, 2).size(), 2U);
}

TEST(FileRead, ABrokenRowIsSetAsideWithItsPlaceAndTheOthersFlow) {
  Partner partner;
  partner.leaves("lead.csv",
                 "id,company,status\n"
                 "1,good,new\n"
                 "2,too few\n"
                 "3,\"stray \"quote\",new\n"
                 "4,\xFF\xFE,new\n"
                 ",no key,new\n"
                 "6,good,new\n"
                 "7,\"never closed,new\n"
                 "8,good,new\n");
  adapter::Cursor cursor;
  const auto changes = partner.read_all(cursor);
  std::string keys;
  for (const auto& change : changes) keys += change.key;
  EXPECT_EQ(keys, "168");
  ASSERT_EQ(partner.unreadable.size(), 5U);
  EXPECT_EQ(partner.unreadable[0].position, "from-partner/lead.csv:3");
  EXPECT_EQ(partner.unreadable[0].text, "2,too few\n");
  EXPECT_EQ(partner.unreadable[0].error.system(), "dealer");
  EXPECT_EQ(partner.unreadable[4].position, "from-partner/lead.csv:8");
}

TEST(FileRead, BrokenLinesOfJsonAreSetAsideToo) {
  Partner partner;
  partner.leaves("lead.ndjson",
                 "{\"id\":\"1\"}\n{\"id\":\n[1]\n{\"id\":\"2\",\"id\":\"3\"}\n{\"id\":\"4\"}\n" +
                     std::string(100'000, '[') + "\n{\"id\":\"5\"}\n");
  adapter::Cursor cursor;
  EXPECT_EQ(partner.read_all(cursor).size(), 3U);
  EXPECT_EQ(partner.unreadable.size(), 4U);
}

TEST(FileRead, ARowWithoutEndIsRefusedInBoundedMemory) {
  Options options;
  options.max_row_bytes = 1'000;
  Partner partner(options);
  partner.leaves("lead.csv",
                 "id,company,status\n1,\"" + std::string(3'000'000, 'x') + "\",a\n2,good,new\n");
  adapter::Cursor cursor;
  ASSERT_EQ(partner.read_all(cursor).size(), 1U);
  EXPECT_LE(partner.unreadable.front().text.size(), 1'000U);
}

TEST(FileRead, AFileWithoutAKeyColumnIsOneProblemAndStopsNoOther) {
  Partner partner;
  partner.leaves("lead-1.csv", "number,company\n1,a\n");
  partner.leaves("lead-2.csv", "id,id\n1,a\n");
  partner.leaves("lead-3.csv", "id,company,status\n1,a,\n");
  adapter::Cursor cursor;
  EXPECT_EQ(partner.read_all(cursor).size(), 1U);
  EXPECT_EQ(partner.unreadable.size(), 2U);
}

TEST(FileRead, AnEmptyOrMissingInboxIsAnEnd) {
  Partner partner;
  EXPECT_TRUE(partner.read().end);
  fs::remove_all(partner.folder / "from-partner");
  EXPECT_TRUE(partner.read().end);
  EXPECT_TRUE(partner.read().changes.empty());
}

TEST(FileRead, AFileThatVanishesInTheMiddleIsOver) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status\n1,a,\n2,a,\n3,a,\n");
  adapter::Cursor cursor = partner.read({}, 2).next;
  fs::remove(partner.folder / "from-partner" / "lead.csv");
  EXPECT_TRUE(partner.read_all(cursor).empty());
}

TEST(FileRead, ADamagedCursorIsRefused) {
  Partner partner;
  for (const char* cursor : {"{}", "[", "{\"files1\":{\"a\":1}}", "keyset1 - - - -"})
    EXPECT_FALSE(partner.adapter->read(partner.leads, cursor, 10, partner.context)) << cursor;
}

TEST(FileRead, WhatFilesCannotDoIsSaidAtOnce) {
  Partner partner;
  adapter::Selection selection = partner.leads;
  selection.where = "status = 'new'";
  EXPECT_EQ(partner.adapter->read(selection, "", 10, partner.context).error().code(),
            ErrorCode::Unsupported);
  selection = partner.leads;
  selection.object = "../lead";
  EXPECT_EQ(partner.adapter->read(selection, "", 10, partner.context).error().code(),
            ErrorCode::Invalid);
}

TEST(FileRead, ColumnsAreDescribedFromTheFilesThatAreThere) {
  Partner partner;
  EXPECT_EQ(partner.adapter->describe("lead", partner.context).error().code(),
            ErrorCode::Unsupported);
  partner.leaves("lead.csv", "id,company\n");
  auto metadata = partner.adapter->describe("lead", partner.context);
  ASSERT_TRUE(metadata);
  EXPECT_TRUE(metadata->properties.contains("company"));
}

}  // namespace
}  // namespace channelbridge::file::test

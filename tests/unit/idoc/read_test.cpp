#include "sap_system.hpp"

namespace channelbridge::idoc::test {
namespace {

constexpr const char* kItem = "<E1EDP01 SEGMENT=\"1\"><POSEX>000010</POSEX></E1EDP01>";

std::vector<std::string> keys(const adapter::Page& page) {
  std::vector<std::string> out;
  for (const adapter::Change& change : page.changes) out.push_back(change.key);
  return out;
}

TEST(IdocInbox, GivesTheMessagesOfItsObjectOldestFirst) {
  SapSystem sap;
  sap.leaves("b.xml", SapSystem::confirmation("1", "PO1", kItem));
  sap.leaves("a.xml", SapSystem::confirmation("2", "PO2", kItem, "20260302"));
  sap.leaves("s.xml", SapSystem::status_of("x", "53"));
  sap.leaves("c.txt", "not an IDoc");
  const adapter::Page page = sap.read(sap.confirmations);
  EXPECT_EQ(keys(page), (std::vector<std::string>{"0000301800,PO1", "0000301800,PO2"}));
  EXPECT_TRUE(page.end);
  EXPECT_TRUE(page.unreadable.empty());
  const adapter::Change& change = page.changes.front();
  EXPECT_FALSE(change.document.full());  // a confirmation speaks of what it carries
  EXPECT_EQ(change.version, "202603011015000000000000000001");
  EXPECT_EQ(to_iso8601(*change.modified), "2026-03-01T09:15:00Z");
  EXPECT_TRUE(keys(sap.read(sap.orders)).empty());
}

TEST(IdocInbox, ReadsEachFileOnceAndChangedOnesAgain) {
  SapSystem sap;
  sap.leaves("1.xml", SapSystem::confirmation("1", "PO1", kItem));
  sap.leaves("2.xml", SapSystem::confirmation("2", "PO2", kItem));
  adapter::Page page = sap.read(sap.confirmations, {}, 1);
  EXPECT_EQ(keys(page).size(), 1U);
  EXPECT_FALSE(page.end);
  page = sap.read(sap.confirmations, page.next, 1);
  EXPECT_EQ(keys(page), std::vector<std::string>{"0000301800,PO2"});
  const adapter::Cursor cursor = sap.read(sap.confirmations, page.next).next;
  sap.open();
  EXPECT_TRUE(keys(sap.read(sap.confirmations, cursor)).empty());
  sap.leaves("0.xml", SapSystem::confirmation("0", "PO0", kItem));  // sorted in front
  EXPECT_EQ(keys(sap.read(sap.confirmations, cursor)), std::vector<std::string>{"0000301800,PO0"});
  sap.leaves("1.xml", SapSystem::confirmation("3", "PO1", kItem));
  EXPECT_EQ(keys(sap.read(sap.confirmations, cursor)).size(), 2U);
  EXPECT_EQ(sap.adapter->read(sap.confirmations, "{}", 1, sap.context).error().code(),
            ErrorCode::Invalid);
}

TEST(IdocInbox, WaitsForAFileThatIsStillWritten) {
  SapSystem sap;
  const std::string whole = SapSystem::confirmation("1", "PO1", kItem);
  sap.saved = std::chrono::floor<std::chrono::seconds>(sap.clock->now()) - std::chrono::minutes(1);
  sap.leaves("1.xml", whole.substr(0, whole.size() / 2));
  adapter::Page page = sap.read(sap.confirmations);
  EXPECT_TRUE(page.changes.empty() && page.unreadable.empty());
  sap.clock->advance(std::chrono::minutes(1));
  page = sap.read(sap.confirmations, page.next);
  ASSERT_EQ(page.unreadable.size(), 1U);  // it has lain still: that is all of it
  EXPECT_EQ(page.unreadable.front().position, "1.xml");
  sap.leaves("1.xml", whole);
  page = sap.read(sap.confirmations, page.next);
  EXPECT_EQ(page.changes.size(), 1U);
  EXPECT_EQ(page.renewed, std::vector<std::string>{"1.xml"});
}

TEST(IdocInbox, SetsAsideWhatIsNotOurs) {
  SapSystem sap;
  std::string foreign = SapSystem::confirmation("1", "PO1", kItem);
  foreign.replace(foreign.find("ERPCLNT100"), 10, "ERPCLNT200");
  sap.leaves("1.xml", foreign);
  std::string astray = SapSystem::confirmation("2", "PO1", kItem);
  astray.replace(astray.find("CHBRIDGE"), 8, "OTHERONE");
  sap.leaves("2.xml", astray);
  sap.leaves("3.xml", SapSystem::confirmation("3", "", kItem));  // no document number
  const adapter::Page page = sap.read(sap.confirmations);
  EXPECT_TRUE(page.changes.empty());
  ASSERT_EQ(page.unreadable.size(), 3U);
  EXPECT_NE(page.unreadable[0].error.message().find("LS/ERPCLNT200"), std::string::npos);
  EXPECT_NE(page.unreadable[1].error.message().find("LS/OTHERONE"), std::string::npos);
}

TEST(IdocInbox, RefusesAnotherContentUnderANumberThatHasCome) {
  SapSystem sap;
  sap.leaves("1.xml", SapSystem::confirmation("77", "PO1", kItem));
  sap.leaves("2.xml", SapSystem::confirmation("77", "PO1", kItem));  // delivered twice
  sap.leaves("3.xml", SapSystem::confirmation("77", "PO9", kItem));
  const adapter::Page page = sap.read(sap.confirmations);
  EXPECT_EQ(page.changes.size(), 2U);
  ASSERT_EQ(page.unreadable.size(), 1U);
  EXPECT_EQ(page.unreadable.front().position, "3.xml:1");
  EXPECT_NE(page.unreadable.front().error.message().find("in 1.xml"), std::string::npos)
      << page.unreadable.front().error.message();
}

TEST(IdocInbox, ShowsADocumentAsItsNewestMessageHasIt) {
  SapSystem sap;
  sap.leaves("1.xml", SapSystem::confirmation("2", "0012", kItem, "20260303"));
  sap.leaves("2.xml", SapSystem::confirmation("1", "0012", kItem, "20260302"));
  sap.leaves("3.xml", SapSystem::confirmation("3", "12", kItem, "20260304"));
  // The system pads its customers' numbers; what the buyer calls its order is the buyer's own text.
  auto change = sap.adapter->read_by_key(sap.confirmations, "301800,0012", sap.context);
  ASSERT_TRUE(change) << to_string(change.error());
  EXPECT_EQ(change->version.substr(0, 8), "20260303");
  EXPECT_EQ(change->key, "301800,0012");
  // Nothing has come of it: nothing is said of it.
  change = sap.adapter->read_by_key(sap.orders, "301800,12", sap.context);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->document.full());
  EXPECT_EQ(change->document.text(),
            "<IDOC><E1EDKA1><PARVW>AG</PARVW><PARTN>301800</PARTN></E1EDKA1><E1EDK02><QUALF>001"
            "</QUALF><BELNR>12</BELNR></E1EDK02></IDOC>");
}

TEST(IdocInbox, MessagesHaveVersionsOfTheirOwn) {
  SapSystem sap;
  EXPECT_EQ(sap.adapter->capabilities(sap.confirmations).versions, adapter::Versions::Messages);
}

TEST(IdocInbox, SaysWhichMasterDataMessagesSayEverything) {
  SapSystem sap;
  const adapter::Selection partners{.object = "DEBMAS", .id = "E1KNA1M/KUNNR"};
  const auto customer = [](const std::string& function, const std::string& number) {
    return SapSystem::idoc("DEBMAS06", "DEBMAS", number,
                           "<E1KNA1M SEGMENT=\"1\"><MSGFN>" + function +
                               "</MSGFN><KUNNR>0000301800</KUNNR></E1KNA1M>");
  };
  sap.leaves("1.xml", customer("009", "1"));
  sap.leaves("2.xml", customer("004", "2"));
  const adapter::Page page = sap.read(partners);
  ASSERT_EQ(page.changes.size(), 2U);
  EXPECT_TRUE(page.changes[0].document.full());
  EXPECT_FALSE(page.changes[1].document.full());
}

TEST(IdocInbox, ReadsAFolderBehindAWebServer) {
  SapSystem sap;
  sap.options.received.clear();
  sap.options.listing = "/from-sap/";
  sap.open();
  sap.port->answers.push_back(http::Response{
      .status = 200,
      .body = R"([{"name":"old","type":"directory","mtime":"Sun, 01 Mar 2026 10:15:00 GMT"},
                  {"name":"a b.xml","type":"file","mtime":"Sun, 01 Mar 2026 10:15:00 GMT","size":9}])"});
  sap.port->answers.push_back(
      http::Response{.status = 200, .body = SapSystem::confirmation("1", "PO1", kItem)});
  EXPECT_EQ(keys(sap.read(sap.confirmations)), std::vector<std::string>{"0000301800,PO1"});
  ASSERT_EQ(sap.port->requests.size(), 2U);
  EXPECT_EQ(sap.port->requests[0].target, "/from-sap/");
  EXPECT_EQ(sap.port->requests[1].target, "/from-sap/a%20b.xml");
  sap.port->answers.push_back(http::Response{.status = 200, .body = "<html></html>"});
  EXPECT_EQ(sap.adapter->read(sap.confirmations, {}, 1, sap.context).error().code(),
            ErrorCode::Protocol);
  sap.port->answers.push_back(http::Response{.status = 403, .body = "no"});
  EXPECT_EQ(sap.adapter->read(sap.confirmations, {}, 1, sap.context).error().code(),
            ErrorCode::Forbidden);
}

TEST(IdocInbox, AMissingFolderIsAnError) {
  SapSystem sap;
  fs::remove_all(sap.folder);
  EXPECT_EQ(sap.adapter->read(sap.confirmations, {}, 1, sap.context).error().code(),
            ErrorCode::Unavailable);
}

TEST(IdocSettings, NameEveryProblem) {
  auto made = make_adapter(std::make_shared<Port>(), {.system = "erp"},
                           {.client = "1", .self = {.number = "CHANNELBRIDGE"}});
  ASSERT_FALSE(made);
  std::vector<std::string> paths;
  for (const Problem& problem : made.error().problems()) paths.push_back(problem.path);
  EXPECT_EQ(paths,
            (std::vector<std::string>{"client", "received", "partner.number", "self.number"}));
}

TEST(IdocSettings, ASelectionNamesAMessageOfAType) {
  SapSystem sap;
  EXPECT_TRUE(sap.adapter->check(sap.orders));
  const auto wrong = sap.adapter->check({.object = "ORDER", .id = "A/B"});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("did you mean 'ORDERS'"), std::string::npos);
  EXPECT_EQ(sap.adapter->check({.object = "ORDERS", .id = "A/B", .where = "x"}).error().code(),
            ErrorCode::Unsupported);
}

}  // namespace
}  // namespace channelbridge::idoc::test

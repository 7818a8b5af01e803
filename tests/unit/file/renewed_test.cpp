#include "partner_folder.hpp"

namespace channelbridge::file::test {
namespace {

using Sources = std::vector<std::string>;

TEST(FileRenewed, AChangedFileIsReadAnewAndSoAreItsBrokenRows) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status\n1,a,\n,broken,\n");
  const adapter::Page first = partner.read();
  ASSERT_EQ(first.unreadable.size(), 1U);
  EXPECT_EQ(first.unreadable[0].position, "from-partner/lead.csv:3");
  EXPECT_EQ(first.renewed, Sources{}) << "nothing was set aside of it before";
  partner.leaves("lead.csv", "id,company,status\n1,a,\n2,mended,\n");
  EXPECT_EQ(partner.read(first.next).renewed, Sources{"from-partner/lead.csv"});
}

TEST(FileRenewed, AppendedRowsRenewNothing) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status\n1,a,\n");
  const adapter::Page first = partner.read();
  partner.leaves("lead.csv", "id,company,status\n1,a,\n2,b,\n");
  EXPECT_EQ(partner.read(first.next).renewed, Sources{});
}

TEST(FileRenewed, AFileThatIsGoneSaysNothingAnyMore) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status\n,broken,\n");
  const adapter::Page first = partner.read();
  fs::remove(partner.folder / "from-partner" / "lead.csv");
  const adapter::Page second = partner.read(first.next);
  EXPECT_EQ(second.renewed, Sources{"from-partner/lead.csv"});
  EXPECT_EQ(partner.read(second.next).renewed, Sources{}) << "said once";
}

TEST(FileKeys, ManyRowsAreReadAtOnceAndTheMissingSayNothing) {
  Partner partner;
  partner.leaves("lead.csv", "id,company,status\n1,a,\n2,b,\n");
  auto page = partner.adapter->read_by_keys(partner.leads, {"2", "9", "1"}, partner.context);
  ASSERT_TRUE(page) << to_string(page.error());
  ASSERT_EQ(page->changes.size(), 3U);
  EXPECT_EQ(page->changes[0].key, "2");
  EXPECT_EQ(page->changes[1].key, "9");
  EXPECT_FALSE(page->changes[1].deleted) << "a file may be replaced by one about other rows";
  EXPECT_EQ(page->changes[1].document.text(), R"({"id":"9"})");
  EXPECT_FALSE(page->changes[1].document.full());
  EXPECT_FALSE(page->changes[1].modified);
  EXPECT_EQ(page->changes[2].key, "1");
}

}  // namespace
}  // namespace channelbridge::file::test

// Journal entries in batches, and their lookup after a lost answer.
#include <gmock/gmock.h>

#include "channelbridge/document/tree.hpp"
#include "peers.hpp"

namespace channelbridge::soap::peers {
namespace {

using adapter::NodeOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr Timestamp kEntryDecided{std::chrono::sys_days(std::chrono::year(2026) / 3 / 2)};

/// An entry as a mapping writes it: head and items in no particular order.
std::string entry(const std::string& debit, const std::string& credit,
                  const std::string& date = "2026-03-02", const std::string& text = "claim") {
  return "<JournalEntry><DebtorItem><AmountInTransactionCurrency currencyCode=\"EUR\">" + credit +
         "</AmountInTransactionCurrency><Debtor>0010100001</Debtor><ReferenceDocumentItem>2"
         "</ReferenceDocumentItem><DebitCreditCode>H</DebitCreditCode></DebtorItem><PostingDate>" +
         date +
         "</PostingDate><Item><GLAccount>0044000000</GLAccount>"
         "<AmountInTransactionCurrency currencyCode=\"EUR\">" +
         debit +
         "</AmountInTransactionCurrency><DebitCreditCode>S</DebitCreditCode></Item>"
         "<CompanyCode>1010</CompanyCode><DocumentDate>2026-03-01</DocumentDate>"
         "<CreatedByUser>CHANNEL</CreatedByUser><DocumentHeaderText>" +
         text +
         "</DocumentHeaderText><AccountingDocumentType>DG</AccountingDocumentType>"
         "<BusinessTransactionType>RFBU</BusinessTransactionType>"
         "<OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType></JournalEntry>";
}

class SoapPeerEntries : public PeerTest {
 protected:
  void SetUp() override {
    PeerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    books_ = adapter_for("entries.yaml", path_of("entries"));
    ASSERT_NE(books_, nullptr);
  }
  static WriteRequest create(int number, const std::string& body) {
    return {.nodes = {{.operation = adapter::Operation::Create,
                       .object = "JournalEntry",
                       .body = body}},
            .correlation = id(900 + number),
            .number = id(number),
            .decided = kEntryDecided};
  }
  std::vector<NodeOutcome> write(const std::vector<WriteRequest>& requests) {
    auto out = books_->write(entries_, requests, context_);
    EXPECT_TRUE(out) << (out ? "" : channelbridge::to_string(out.error()));
    std::vector<NodeOutcome> nodes;
    if (!out) return std::vector<NodeOutcome>(requests.size());
    for (adapter::WriteOutcome& each : *out) nodes.push_back(std::move(each.nodes.front()));
    return nodes;
  }
  std::vector<adapter::Change> find(int number) {
    auto out = books_->find(entries_, id(900 + number), context_);
    EXPECT_TRUE(out) << (out ? "" : channelbridge::to_string(out.error()));
    return out ? *std::move(out) : std::vector<adapter::Change>{};
  }

  std::shared_ptr<adapter::Adapter> books_{};
  adapter::Selection entries_{.object = "JournalEntry",
                              .id = "AccountingDocument,CompanyCode,FiscalYear"};
};

TEST_P(SoapPeerEntries, TheServersOwnDescriptionHasWhatTheManifestUses) {
  const auto probed = books_->probe(context_);
  ASSERT_TRUE(probed) << channelbridge::to_string(probed.error());
  EXPECT_THAT(*probed, HasSubstr("its description has everything that the manifest uses"));
}

TEST_P(SoapPeerEntries, EachEntryOfABatchHasAnAnswerOfItsOwn) {
  const auto out =
      write({create(1, entry("500.00", "-500.00")), create(2, entry("500.00", "-499.99")),
             create(3, entry("0.01", "-0.01", "2023-12-31")),
             create(4, entry("99999999999.9999", "-99999999999.9999"))});
  EXPECT_EQ(out[0].status, WriteStatus::Created);
  EXPECT_EQ(out[0].key, "0100000000,1010,2026");
  EXPECT_EQ(out[1].status, WriteStatus::Rejected);
  ASSERT_TRUE(out[1].error);
  EXPECT_THAT(out[1].error->remote_message(), HasSubstr("The balance is 0.0100"));
  ASSERT_THAT(out[1].error->problems(), SizeIs(2));
  EXPECT_EQ(out[1].error->problems()[1].rule, "702(F5)");
  EXPECT_EQ(out[1].error->problems()[1].path, "AmountInTransactionCurrency");
  EXPECT_EQ(out[2].status, WriteStatus::Rejected);
  EXPECT_THAT(out[2].error->remote_message(), HasSubstr("Period of 2023-12-31 is not open"));
  EXPECT_EQ(out[3].status, WriteStatus::Created);
  EXPECT_EQ(out[3].key, "0100000001,1010,2026");
  EXPECT_EQ(stored("entries"), 2);
}

TEST_P(SoapPeerEntries, AfterALostAnswerEveryEntryOfTheBatchIsFoundByItsShortId) {
  const auto out = write({create(1, entry("500.00", "-500.00")),
                          create(2, entry("7.50", "-7.50", "2026-03-02", "hang up")),
                          create(3, entry("1.00", "-2.00"))});
  for (const NodeOutcome& each : out) EXPECT_EQ(each.status, WriteStatus::Unknown);
  EXPECT_EQ(stored("entries"), 2) << "posted, and never sent a second time";
  const auto first = find(1);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].key, "0100000000,1010,2026");
  const auto second = find(2);
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].key, "0100000001,1010,2026");
  const auto tree = document::parse_tree(second[0].document.text(), document::Format::Xml);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->find("DocumentReferenceID")->text.size(), 16U);
  EXPECT_EQ(tree->find("Item")->find("Amount")->text, "7.50");
  EXPECT_THAT(find(3), SizeIs(0)) << "it was refused, and is not there";
}

INSTANTIATE_TEST_SUITE_P(Peers, SoapPeerEntries, ::testing::ValuesIn(all_peers()),
                         [](const auto& each) { return to_string(each.param); });

}  // namespace
}  // namespace channelbridge::soap::peers

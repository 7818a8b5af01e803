#pragma once

#include <string>

#include "client.hpp"

namespace channelbridge::sandbox::test {

inline constexpr const char* kEntry =
    "<JournalEntryCreateRequest><MessageHeader><ID>SUB_1</ID><CreationDateTime>"
    "2024-06-01T09:00:00.0000000Z</CreationDateTime></MessageHeader><JournalEntry>"
    "<OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType><BusinessTransactionType>"
    "RFBU</BusinessTransactionType><AccountingDocumentType>DG</AccountingDocumentType>"
    "<DocumentReferenceID>CLAIM-4711</DocumentReferenceID><DocumentHeaderText>MDF claim 4711"
    "</DocumentHeaderText><CreatedByUser>CHANNEL</CreatedByUser><CompanyCode>1010</CompanyCode>"
    "<DocumentDate>2024-06-01</DocumentDate><PostingDate>2024-06-01</PostingDate>"
    "<Item><ReferenceDocumentItem>1</ReferenceDocumentItem><GLAccount>0044000000</GLAccount>"
    "<AmountInTransactionCurrency currencyCode=\"EUR\">500.00</AmountInTransactionCurrency>"
    "<DebitCreditCode>S</DebitCreditCode><AccountAssignment><CostCenter>0010101101</CostCenter>"
    "</AccountAssignment></Item>"
    "<DebtorItem><ReferenceDocumentItem>2</ReferenceDocumentItem><Debtor>0010100001</Debtor>"
    "<AmountInTransactionCurrency currencyCode=\"EUR\">-500.00</AmountInTransactionCurrency>"
    "<DebitCreditCode>H</DebitCreditCode></DebtorItem></JournalEntry></JournalEntryCreateRequest>";

/// The request around entries.
inline std::string bulk(const std::string& entries) {
  return "<sfin:JournalEntryBulkCreateRequest xmlns:sfin=\"http://sap.com/xi/SAPSCORE/SFIN\">"
         "<MessageHeader><ID>MSG_1</ID><CreationDateTime>2024-06-01T09:00:00Z</CreationDateTime>"
         "</MessageHeader>" +
         entries + "</sfin:JournalEntryBulkCreateRequest>";
}

/// FI with a debtor and a creditor in company code 1010.
class FiDesk : public ::testing::Test {
 protected:
  void open(const fi::FiOptions& options = {}) {
    auto made = SapFiService::make(options, desk);
    ASSERT_TRUE(made) << made.error().message();
    service = *std::move(made);
    service->add_debtor("1010", "0010100001");
    service->add_creditor("1010", "0010300001");
  }
  Answer post(const std::string& entries) {
    return send(*service, Post{.path = SapFiService::kJournalEntry, .body = bulk(entries)});
  }
  /// TypeIDs in the log of the first entry.
  static std::vector<std::string> types(const Answer& answer) {
    return answer.all("JournalEntryCreateConfirmation/Log/Item/TypeID");
  }
  static std::string number(const Answer& answer) {
    return answer.at(
        "JournalEntryCreateConfirmation/JournalEntryCreateConfirmation/AccountingDocument");
  }
  Answer query(const std::string& selection) {
    const Answer answer = send(
        *service,
        Post{.path = SapFiService::kQuery,
             .body = "<q:JournalEntryByReferenceQuery "
                     "xmlns:q=\"urn:channelbridge:sandbox:journal-entry-query\"><CompanyCode>1010"
                     "</CompanyCode>" +
                     selection + "</q:JournalEntryByReferenceQuery>"});
    EXPECT_EQ(complaint("journal_entry_query", answer), "");
    return answer;
  }

  std::shared_ptr<Desk> desk = std::make_shared<Desk>();
  std::shared_ptr<SapFiService> service{};
};

}  // namespace channelbridge::sandbox::test

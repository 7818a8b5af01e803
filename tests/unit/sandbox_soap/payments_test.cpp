// What happens to documents after they are posted, and how it is read.
#include "channelbridge/testing/fakes.hpp"
#include "entries.hpp"

namespace channelbridge::sandbox::test {
namespace {

class Payments : public FiDesk {
 protected:
  Payments() { desk = std::make_shared<Desk>(clock); }
  Answer pay(const std::string& what) {
    const Response response = administer(*service, "payments", what);
    Answer out{.status = response.status, .text = response.body};
    return out;
  }
  static std::string creditor_entry() {
    std::string text = replaced(kEntry, "<DebtorItem>", "<CreditorItem>");
    text = replaced(text, "</DebtorItem>", "</CreditorItem>");
    return replaced(text, "<Debtor>0010100001</Debtor>", "<Creditor>0010300001</Creditor>");
  }
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>();
};

TEST_F(Payments, PaysWhatIsOpenOnce) {
  open();
  post(kEntry);
  post(creditor_entry());
  const Answer before = query("<DocumentReferenceID>CLAIM-4711</DocumentReferenceID>");
  EXPECT_EQ(before.all("JournalEntry/IsCleared"), (std::vector<std::string>{"false", "false"}));
  const std::string run = "{\"value_date\":\"2024-06-30\",\"bank_reference\":\"BANK-1\"}";
  const Answer paid = pay(run);
  EXPECT_EQ(paid.status, 200);
  EXPECT_EQ(paid.text, "{\"paid\":[\"200000000010102024\",\"200000000110102024\"],\"left\":[]}");
  EXPECT_EQ(pay(run).text, "{\"paid\":[],\"left\":[]}");
  const Answer after = query("<AccountingDocument>0100000000</AccountingDocument>");
  EXPECT_EQ(after.at("JournalEntry/IsCleared"), "true");
  EXPECT_EQ(after.at("JournalEntry/Item/Clearing/AccountingDocument"), "2000000000");
  EXPECT_EQ(after.at("JournalEntry/Item/Clearing/IsPayment"), "true");
  EXPECT_EQ(after.at("JournalEntry/Item/Clearing/ValueDate"), "2024-06-30");
  EXPECT_EQ(after.at("JournalEntry/Item/Clearing/BankReference"), "BANK-1");
  const Answer payment = query("<AccountingDocument>2000000000</AccountingDocument>");
  EXPECT_EQ(payment.at("JournalEntry/AccountingDocumentType"), "ZP");
  EXPECT_EQ(payment.all("JournalEntry/Item/Amount"),
            (std::vector<std::string>{"500.00", "-500.00"}));
  EXPECT_EQ(service->state()["documents"].size(), 4U);
  EXPECT_EQ(desk->journal.effects(), 4U);
}

TEST_F(Payments, DocumentsAreFoundByTheirKeyInOneTextAndByTheirUser) {
  open();
  post(kEntry);
  post(replaced(kEntry, "<CreatedByUser>CHANNEL<", "<CreatedByUser>MILLER<"));
  const Answer one =
      query("<OriginalReferenceDocument>010000000110102024</OriginalReferenceDocument>");
  EXPECT_EQ(one.all("JournalEntry/AccountingDocument"), std::vector<std::string>{"0100000001"});
  const Answer ours = query("<CreatedByUser>CHANNEL</CreatedByUser>");
  EXPECT_EQ(ours.all("JournalEntry/OriginalReferenceDocument"),
            std::vector<std::string>{"010000000010102024"});
}

TEST_F(Payments, LeaveBlockedItemsAndPartnersWithTheReason) {
  open();
  post(replaced(kEntry, "</DebitCreditCode></DebtorItem>",
                "</DebitCreditCode><PaymentDetails><PaymentBlockingReason>A"
                "</PaymentBlockingReason></PaymentDetails></DebtorItem>"));
  post(creditor_entry());
  administer(*service, "accounts",
             "{\"kind\":\"creditor\",\"number\":\"0010300001\",\"payment_block\":\"B\"}");
  const Answer left = pay("{\"value_date\":\"2024-06-30\"}");
  EXPECT_EQ(left.text,
            "{\"paid\":[],\"left\":[{\"document\":\"0100000000\",\"item\":\"2\",\"reason\":"
            "\"payment block A in the item\"},{\"document\":\"0100000001\",\"item\":\"2\","
            "\"reason\":\"payment block B of account 0010300001\"}]}");
  const Answer blocked = query("<AccountingDocument>0100000000</AccountingDocument>");
  EXPECT_EQ(blocked.at("JournalEntry/Item/PaymentBlockingReason"), "A");
  administer(*service, "accounts", "{\"kind\":\"creditor\",\"number\":\"0010300001\"}");
  EXPECT_EQ(service->pay({.company = "1010", .value_date = *model::Date::parse("2024-06-30")})
                .paid.size(),
            1U);
}

TEST_F(Payments, WantAnOpenPeriod) {
  fi::FiOptions options;
  options.open_to = "2024-06";
  open(options);
  post(kEntry);
  EXPECT_NE(pay("{\"value_date\":\"2024-07-01\"}").text.find("posting period of 2024-07-01"),
            std::string::npos);
  EXPECT_EQ(pay("{\"value_date\":\"soon\"}").status, 400);
}

TEST_F(Payments, AreNoObstacleUnlessTheDocumentIsReversed) {
  open();
  post(kEntry);
  pay("{\"value_date\":\"2024-06-30\"}");
  const std::string text = kEntry;
  const Answer refused =
      post(replaced(text.substr(0, text.find("<Item>")), "<CreatedByUser>",
                    "<ReversalReason>01</ReversalReason><ReversalReferenceDocument>0100000000"
                    "</ReversalReferenceDocument><CreatedByUser>") +
           "</JournalEntry></JournalEntryCreateRequest>");
  EXPECT_EQ(types(refused), (std::vector<std::string>{"609(RW)", "017(ZFI)"}));
  EXPECT_EQ(
      query("<AccountingDocument>0100000000</AccountingDocument>").at("JournalEntry/EntryStatus"),
      "paid");
  EXPECT_EQ(administer(*service, "resets", "{\"payment\":\"0100000000\"}").status, 400);
  EXPECT_EQ(administer(*service, "resets", "{\"payment\":\"2000000000\"}").status, 204);
  EXPECT_EQ(
      query("<AccountingDocument>0100000000</AccountingDocument>").at("JournalEntry/EntryStatus"),
      "posted");
}

TEST_F(Payments, AreSummedUpByAssignment) {
  open();
  const std::string assigned = "<AssignmentReference>F-1</AssignmentReference>";
  const std::string party = "<DebitCreditCode>H</DebitCreditCode>";
  const std::string entry = replaced(kEntry, party, party + assigned);
  const auto totals = [this](const std::string& selection) {
    const Answer answer =
        send(*service, Post{.path = SapFiService::kQuery,
                            .body = "<q:PostingTotalsQuery "
                                    "xmlns:q=\"urn:channelbridge:sandbox:journal-entry-query\">"
                                    "<CompanyCode>1010</CompanyCode>" +
                                    selection + "</q:PostingTotalsQuery>"});
    EXPECT_EQ(complaint("journal_entry_query", answer), "");
    return answer.at("PostingTotal/AssignmentReference") + " " + answer.at("PostingTotal/Posted") +
           " " + answer.at("PostingTotal/Paid");
  };
  EXPECT_EQ(totals(""), "  ") << "nothing is assigned";
  post(entry);
  post(entry);
  post(kEntry);
  EXPECT_EQ(totals(""), "F-1 1000.00 0.00") << "what is assigned to nothing is in no sum";
  EXPECT_EQ(totals("<AssignmentReference>F-2</AssignmentReference>"), "  ");
  pay("{\"value_date\":\"2024-06-30\",\"documents\":[\"0100000000\"]}");
  EXPECT_EQ(totals(assigned), "F-1 1000.00 500.00") << "a payment is no posting of the fund";
  ASSERT_TRUE(service->reverse("1010", "0100000001", "2024"));
  EXPECT_EQ(totals(assigned), "F-1 500.00 500.00") << "what was reversed is neither";
}

TEST_F(Payments, ShowWhatChangedSince) {
  open();
  post(kEntry);
  const std::string first = query("").at("ReadAt");
  clock->advance(std::chrono::seconds(60));
  post(creditor_entry());
  const std::string since = "<ChangedSince>" + first + "</ChangedSince>";
  EXPECT_EQ(query(since).all("JournalEntry/AccountingDocument").size(), 2U);  // both ends inside
  clock->advance(std::chrono::seconds(60));
  pay("{\"value_date\":\"2024-06-30\",\"documents\":[\"0100000000\"]}");
  const Answer changed = query("<ChangedSince>2026-01-01T00:01:30Z</ChangedSince>");
  EXPECT_EQ(changed.all("JournalEntry/AccountingDocument"),
            (std::vector<std::string>{"0100000000", "2000000000"}));
}

TEST_F(Payments, ReadPageByPageWithoutALoss) {
  open();
  for (int i = 0; i < 5; ++i) {
    clock->advance(std::chrono::seconds(1));
    post(kEntry);
  }
  std::vector<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const Answer page = query("<PageSize>2</PageSize>" +
                              (token.empty() ? "" : "<PageToken>" + token + "</PageToken>"));
    for (const std::string& number : page.all("JournalEntry/AccountingDocument"))
      seen.push_back(number);
    token = page.at("NextPageToken");
    clock->advance(std::chrono::seconds(1));
    if (++pages == 1) post(kEntry);  // after ReadAt: of the next query
  } while (!token.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen, (std::vector<std::string>{"0100000000", "0100000001", "0100000002", "0100000003",
                                            "0100000004"}));
  const Answer wrong =
      send(*service, Post{.path = SapFiService::kQuery,
                          .body = "<q:JournalEntryByReferenceQuery "
                                  "xmlns:q=\"urn:channelbridge:sandbox:journal-entry-query\">"
                                  "<CompanyCode>1010</CompanyCode><PageToken>mine</PageToken>"
                                  "</q:JournalEntryByReferenceQuery>"});
  EXPECT_EQ(wrong.status, 500);
}

}  // namespace
}  // namespace channelbridge::sandbox::test

// Journal entries: what is posted, and what each rule says.
#include "entries.hpp"

namespace channelbridge::sandbox::test {
namespace {

using Entries = FiDesk;
using Types = std::vector<std::string>;

TEST_F(Entries, PostsAndConfirms) {
  open();
  const Answer answer = post(kEntry);
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(complaint("journal_entry", answer), "");
  EXPECT_EQ(answer.at("MessageHeader/ReferenceID"), "MSG_1");
  EXPECT_EQ(answer.at("MessageHeader/SenderBusinessSystemID"), "0M1ABCD");
  EXPECT_EQ(answer.at("JournalEntryCreateConfirmation/MessageHeader/ReferenceID"), "SUB_1");
  EXPECT_EQ(number(answer), "0100000000");
  EXPECT_EQ(answer.at("JournalEntryCreateConfirmation/JournalEntryCreateConfirmation/FiscalYear"),
            "2024");
  EXPECT_EQ(types(answer), Types{"605(RW)"});
  EXPECT_EQ(answer.at("JournalEntryCreateConfirmation/Log/MaximumLogItemSeverityCode"), "1");
  EXPECT_EQ(answer.at("JournalEntryCreateConfirmation/Log/Item/Note"),
            "Document posted successfully: BKPFF 010000000010102024 0M1ABCD");
  const std::vector<JournalEntry> effects = desk->journal.entries();
  ASSERT_EQ(effects.size(), 1U);
  EXPECT_EQ(effects[0].object, "JournalEntry");
  EXPECT_EQ(effects[0].key, "010000000010102024");
  EXPECT_EQ(effects[0].correlation, "CLAIM-4711");
}

TEST_F(Entries, CountsPerCompanyCodeAndYear) {
  fi::FiOptions options;
  options.companies["2020"] = "EUR";
  open(options);
  service->add_debtor("2020", "0010100001");
  EXPECT_EQ(number(post(kEntry)), "0100000000");
  EXPECT_EQ(number(post(kEntry)), "0100000001");
  EXPECT_EQ(number(post(replaced(kEntry, "<PostingDate>2024", "<PostingDate>2025"))), "0100000000");
  EXPECT_EQ(number(post(replaced(kEntry, ">1010<", ">2020<"))), "0100000000");
}

TEST_F(Entries, PostsTheSameMessageTwice) {
  open();
  post(kEntry);
  const Answer again = post(kEntry);
  EXPECT_EQ(number(again), "0100000001");
  EXPECT_EQ(service->documents(), 2U);
}

TEST_F(Entries, EachIsAUnitOfWorkOfItsOwn) {
  open();
  const std::string bad = replaced(replaced(kEntry, "0010100001", "0099999999"), "SUB_1", "SUB_2");
  const std::string third = replaced(kEntry, "SUB_1", "SUB_3");
  const Answer answer = post(std::string(kEntry) + bad + third);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(complaint("journal_entry", answer), "");
  EXPECT_EQ(answer.all("JournalEntryCreateConfirmation/MessageHeader/ReferenceID"),
            (Types{"SUB_1", "SUB_2", "SUB_3"}));
  EXPECT_EQ(answer.all(
                "JournalEntryCreateConfirmation/JournalEntryCreateConfirmation/AccountingDocument"),
            (Types{"0100000000", "", "0100000001"}));
  EXPECT_EQ(answer.all("JournalEntryCreateConfirmation/JournalEntryCreateConfirmation/FiscalYear"),
            (Types{"2024", "0000", "2024"}));
  EXPECT_EQ(answer.all("JournalEntryCreateConfirmation/Log/MaximumLogItemSeverityCode"),
            (Types{"1", "3", "1"}));
}

/// One change to a good entry, the messages behind 609(RW) and what one of them says.
struct Refusal {
  const char* name;
  const char* from;
  const char* to;
  Types types;
  const char* note;
};

class Rules : public FiDesk, public ::testing::WithParamInterface<Refusal> {};

TEST_P(Rules, RefusesInTheBusinessAnswer) {
  fi::FiOptions options;
  options.open_from = "2024-05";
  options.open_to = "2024-07";
  options.ledger_accounts = {"0044000000"};
  open(options);
  service->add_debtor("1010", "0010100003", {.posting_block = true});
  const Refusal& refusal = GetParam();
  const Answer answer = post(replaced(kEntry, refusal.from, refusal.to));
  ASSERT_EQ(answer.status, 200) << answer.fault();
  EXPECT_EQ(complaint("journal_entry", answer), "");
  EXPECT_EQ(number(answer), "");
  Types expected{"609(RW)"};
  expected.insert(expected.end(), refusal.types.begin(), refusal.types.end());
  EXPECT_EQ(types(answer), expected);
  EXPECT_NE(answer.text.find(refusal.note), std::string::npos) << answer.text;
  EXPECT_EQ(service->documents(), 0U);
  EXPECT_EQ(desk->journal.effects(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, Rules,
    ::testing::Values(
        Refusal{"balance", "-500.00<", "-499.99<", {"702(F5)"}, "Balance in transaction currency"},
        Refusal{"sign",
                "<DebitCreditCode>S",
                "<DebitCreditCode>H",
                {"006(ZFI)"},
                "Item 1: amount 500 does not fit debit/credit code H"},
        Refusal{"debtor",
                "0010100001",
                "0010100009",
                {"102(F5)"},
                "Customer 0010100009 is not defined in company code 1010"},
        Refusal{"unpadded", "0010100001", "10100001", {"102(F5)"}, "Customer 10100001"},
        Refusal{"posting_block",
                "0010100001",
                "0010100003",
                {"010(ZFI)"},
                "0010100003 in company code 1010 is blocked for posting"},
        Refusal{"ledger_account", "0044000000", "0044000001", {"008(ZFI)"}, "0044000001"},
        Refusal{"type",
                "<AccountingDocumentType>DG",
                "<AccountingDocumentType>XX",
                {"002(ZFI)"},
                "Document type XX"},
        Refusal{"before",
                "<PostingDate>2024-06-01",
                "<PostingDate>2024-04-30",
                {"201(F5)"},
                "Posting period 004 2024 is not open"},
        Refusal{"after",
                "<PostingDate>2024-06-01",
                "<PostingDate>2024-08-01",
                {"201(F5)"},
                "Posting period 008 2024 is not open"},
        Refusal{"period",
                "</PostingDate>",
                "</PostingDate><PostingFiscalPeriod>5</PostingFiscalPeriod>",
                {"567(F5)"},
                "Period 05 is not allowed"},
        Refusal{"item_twice",
                "<ReferenceDocumentItem>2<",
                "<ReferenceDocumentItem>1<",
                {"007(ZFI)"},
                "Item 1 occurs twice"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(Entries, WantsTwoItems) {
  open();
  const std::string text = kEntry;
  const std::size_t party = text.find("<DebtorItem>");
  const std::string end = "</JournalEntry></JournalEntryCreateRequest>";
  EXPECT_EQ(types(post(text.substr(0, party) + end)), (Types{"609(RW)", "013(ZFI)"}));
  EXPECT_EQ(types(post(text.substr(0, text.find("<Item>")) + end)), (Types{"609(RW)", "013(ZFI)"}));
}

TEST_F(Entries, WantsOneKnownCurrencyWithItsDecimals) {
  open();
  const auto both = [](const char* currency, const char* amount) {
    std::string text =
        replaced(kEntry, "\"EUR\">500.00", std::string("\"") + currency + "\">" + amount);
    return replaced(text, "\"EUR\">-500.00", std::string("\"") + currency + "\">-" + amount);
  };
  EXPECT_EQ(types(post(both("XAU", "5"))), (Types{"609(RW)", "003(ZFI)", "003(ZFI)", "012(ZFI)"}));
  EXPECT_EQ(types(post(replaced(kEntry, "\"EUR\">-500", "\"USD\">-500"))),
            (Types{"609(RW)", "004(ZFI)"}));
  EXPECT_EQ(types(post(both("EUR", "5.005"))), (Types{"609(RW)", "005(ZFI)", "005(ZFI)"}));
  EXPECT_EQ(service->documents(), 0U);
}

TEST_F(Entries, WantsARateOrTheAmountInTheCompanysCurrency) {
  fi::FiOptions options;
  options.rates["SEK/EUR"] = *model::Decimal::parse("0.0875");
  open(options);
  const auto in = [](const std::string& currency, const std::string& more_debit = "",
                     const std::string& more_credit = "") {
    std::string text =
        replaced(kEntry, "\"EUR\">500.00</AmountInTransactionCurrency>",
                 "\"" + currency + "\">500.00</AmountInTransactionCurrency>" + more_debit);
    return replaced(text, "\"EUR\">-500.00</AmountInTransactionCurrency>",
                    "\"" + currency + "\">-500.00</AmountInTransactionCurrency>" + more_credit);
  };
  const auto local = [](const char* amount) {
    return std::string("<AmountInCompanyCodeCurrency currencyCode=\"EUR\">") + amount +
           "</AmountInCompanyCodeCurrency>";
  };
  EXPECT_EQ(types(post(in("USD"))), (Types{"609(RW)", "012(ZFI)"}));
  EXPECT_EQ(types(post(in("SEK"))), Types{"605(RW)"});
  EXPECT_EQ(types(post(in("USD", local("460.00"), local("-460.00")))), Types{"605(RW)"});
  EXPECT_EQ(types(post(in("USD", local("460.00"), local("-459.00")))),
            (Types{"609(RW)", "703(F5)"}));
}

TEST_F(Entries, ReversesOnceAndOnlyWhatIsOpen) {
  open();
  post(kEntry);
  const std::string text = kEntry;
  const std::string head = text.substr(0, text.find("<Item>"));
  const auto reversal = [&](const std::string& document, const std::string& reason = "01") {
    return replaced(head, "<CreatedByUser>",
                    (reason.empty() ? "" : "<ReversalReason>" + reason + "</ReversalReason>") +
                        "<ReversalReferenceDocument>" + document +
                        "</ReversalReferenceDocument><ReversalDate>2024-06-02</ReversalDate>"
                        "<CreatedByUser>") +
           "</JournalEntry></JournalEntryCreateRequest>";
  };
  EXPECT_EQ(types(post(reversal("0100000009"))), (Types{"609(RW)", "015(ZFI)"}));
  EXPECT_EQ(types(post(reversal("0100000000", ""))), (Types{"609(RW)", "014(ZFI)"}));
  const Answer reversed = post(reversal("010000000010102024"));
  EXPECT_EQ(types(reversed), Types{"605(RW)"});
  EXPECT_EQ(types(post(reversal("0100000000"))), (Types{"609(RW)", "016(ZFI)"}));
  const Json documents = service->state()["documents"];
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0]["reversed_by"], "0100000001");
  EXPECT_EQ(documents[1]["reversal_of"], "010000000010102024");
  EXPECT_EQ(documents[1]["lines"][0]["amount"], "-500.00");
  EXPECT_EQ(documents[0]["lines"][1]["cleared_by"], "0100000001");
  EXPECT_EQ(documents[0]["lines"][1]["paid"], false);
}

TEST_F(Entries, LetsNobodyPostOnALockedAccount) {
  open();
  const std::string account = "{\"kind\":\"debtor\",\"number\":\"0010100001\",\"user\":\"ANNA\"}";
  EXPECT_EQ(administer(*service, "lock", account).status, 204);
  const Answer answer = post(kEntry);
  EXPECT_EQ(types(answer), (Types{"609(RW)", "011(ZFI)"}));
  EXPECT_NE(answer.text.find("by user ANNA"), std::string::npos);
  EXPECT_EQ(administer(*service, "unlock", account).status, 204);
  EXPECT_EQ(types(post(kEntry)), Types{"605(RW)"});
}

TEST_F(Entries, OpensPeriodsWhenToldTo) {
  fi::FiOptions options;
  options.open_to = "2024-05";
  open(options);
  EXPECT_EQ(types(post(kEntry)), (Types{"609(RW)", "201(F5)"}));
  EXPECT_EQ(
      administer(*service, "periods", "{\"open_from\":\"2024-01\",\"open_to\":\"2024-06\"}").status,
      204);
  EXPECT_EQ(types(post(kEntry)), Types{"605(RW)"});
}

TEST_F(Entries, PadsAccountsWhereItIsToldTo) {
  fi::FiOptions options;
  options.pad_keys = true;
  open(options);
  EXPECT_EQ(types(post(replaced(kEntry, "0010100001", "10100001"))), Types{"605(RW)"});
}

}  // namespace
}  // namespace channelbridge::sandbox::test

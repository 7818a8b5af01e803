// Settlements as documents of accounting: posted once, and paid there.
#include <fstream>

#include "books_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class LedgerToBooks : public BooksWorld {
 protected:
  /// The office has settled 500 of Rheinwerk's claims.
  void begin(bool bapi = false) {
    start(bapi);
    settle();
    settles("ST-4711", "Rheinwerk", "bank_transfer", "500", "95", "595");
  }
  /// Debits and credits of the one document: "0044000000 500.00".
  std::vector<std::string> lines() {
    const Json posted = document();
    std::vector<std::string> out;
    for (const Json& line : posted["lines"])
      out.push_back(line.value("account", "") + " " + line.value("amount", ""));
    return out;
  }
};

TEST_F(LedgerToBooks, ASettlementIsPostedOnceWithItsTaxAndItsPartner) {
  begin();
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_THAT(lines(), ::testing::UnorderedElementsAre("0044000000 500.00", "0010100001 -595.00",
                                                       "0022000000 95.00"));
  const Json posted = settlement();
  EXPECT_EQ(posted["status"], "posted");
  EXPECT_EQ(posted["erp_document"], document()["number"]);
  EXPECT_EQ(posted["gross"], "595") << "what was sent stays as it was";
  EXPECT_THAT(sent_to_office(), HasSubstr("posted"));
}

TEST_F(LedgerToBooks, WhatTheBooksShowAreItsPostings) {
  begin();
  settle();
  const Json posted = settlement();
  std::string debit;
  std::string credit;
  for (const auto& [path, value] : posted.items()) {
    if (path.ends_with("].debit")) debit += value.get<std::string>() + " ";
    if (path.ends_with("].credit")) credit += value.get<std::string>() + " ";
  }
  EXPECT_EQ(credit, "595 ");
  EXPECT_TRUE(debit == "500 95 " || debit == "95 500 ") << debit;
}

TEST_F(LedgerToBooks, ItsPaymentComesBack) {
  begin();
  settle();
  EXPECT_THAT(pay().paid, SizeIs(1));
  settle();
  const Json paid = settlement();
  EXPECT_EQ(paid["status"], "paid");
  EXPECT_EQ(paid["value_date"], "2027-01-15");
  EXPECT_EQ(paid["bank_ref"], "BANK-1");
  EXPECT_THAT(sent_to_office(), HasSubstr("BANK-1"));
  EXPECT_EQ(documents(), 2U) << "the entry and the bank's payment";
}

TEST_F(LedgerToBooks, APostingWhoseAnswerIsLostIsFoundAndNotPostedAgain) {
  begin();
  faults_of_books().add({.kind = "reset_after", .match = "journalentrycreate"});
  run();
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_EQ(settlement()["erp_document"], document()["number"]);
}

TEST_F(LedgerToBooks, APostingThatNeverArrivedIsPosted) {
  begin();
  faults_of_books().add({.kind = "reset_before", .match = "journalentrycreate"});
  run();
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(settlement()["status"], "posted");
}

TEST_F(LedgerToBooks, AClosedPeriodParksItWithTheWordsOfAccountingUntilItIsOpened) {
  begin();
  books().open_periods("2020-01", "2020-12");
  run();
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_EQ(letters()[0].rule, "201(F5)");
  EXPECT_THAT(letters()[0].message, HasSubstr("Posting period"));
  EXPECT_THAT(letters()[0].message, HasSubstr("is not open"));
  EXPECT_EQ(documents(), 0U);
  EXPECT_EQ(settlement()["status"], "created");
  run();
  EXPECT_EQ(documents(), 0U) << "it is not tried again by itself";

  books().open_periods("1900-01", "9999-12");
  const auto replayed = hub_->replay(letters()[0].id, Context());
  ASSERT_TRUE(replayed) << to_string(replayed.error());
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(settlement()["status"], "posted");
}

TEST_F(LedgerToBooks, AnAccountThatMayNotBePostedToParksItAlone) {
  begin();
  books().add_debtor("1010", "0010100002", {.posting_block = true});
  settles("ST-2", "Seewerk", "bank_transfer", "10", "0", "10");
  run();
  run();
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_THAT(letters()[0].message, HasSubstr("0010100002"));
  EXPECT_THAT(letters()[0].message, HasSubstr("blocked for posting"));
  EXPECT_EQ(documents(), 1U) << "the other one is posted";
}

TEST_F(LedgerToBooks, APartnerWhoseAccountIsBeingEditedIsTriedAgain) {
  begin();
  books().add_debtor("1010", "0010100001", {.locked_by = "MILLER"});
  run();
  EXPECT_EQ(documents(), 0U);
  EXPECT_THAT(letters(), SizeIs(0)) << open_things();
  books().add_debtor("1010", "0010100001");
  settle();
  EXPECT_EQ(documents(), 1U);
}

TEST_F(LedgerToBooks, APartnerBlockedForPaymentIsPostedAndNotPaid) {
  begin();
  books().add_debtor("1010", "0010100001", {.payment_block = "A"});
  settle();
  const sandbox::fi::PaymentRun blocked = pay();
  ASSERT_THAT(blocked.left, SizeIs(1));
  EXPECT_THAT(blocked.left[0].reason, HasSubstr("payment block A"));
  settle();
  EXPECT_EQ(settlement()["status"], "posted");
  books().add_debtor("1010", "0010100001");
  EXPECT_THAT(pay().paid, SizeIs(1));
  settle();
  EXPECT_EQ(settlement()["status"], "paid");
}

TEST_F(LedgerToBooks, ByBapiItIsCommittedOnceAndPaid) {
  begin(true);
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_THAT(lines(), ::testing::UnorderedElementsAre("0044000000 500.00", "0010100001 -595.00",
                                                       "0022000000 95.00"));
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_THAT(pay().paid, SizeIs(1));
  settle();
  EXPECT_EQ(settlement()["status"], "paid");
}

TEST_F(LedgerToBooks, ACommitWhoseAnswerIsLostIsFoundByItsReference) {
  begin(true);
  // The first call posts, the second commits.
  faults_of_books().add({.kind = "reset_after", .match = "/sap/bc/soap/rfc", .after = 1});
  run();
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(settlement()["status"], "posted");
}

TEST_F(LedgerToBooks, ByBapiAClosedPeriodParksItAndNothingIsCommitted) {
  begin(true);
  books().open_periods("2020-01", "2020-12");
  run();
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_THAT(letters()[0].message, HasSubstr("is not open"));
  EXPECT_EQ(documents(), 0U);
}

/// What a document has at an account: tax code, due day, terms, method of payment, withholding tax.
class TablesOfTheBooks : public LedgerToBooks, public ::testing::WithParamInterface<bool> {
 protected:
  Json line(const std::string& reference, const std::string& account) {
    const Json state = books().state();
    for (const Json& document : state["documents"]) {
      if (document["lines"][0]["amount"] != reference) continue;
      for (const Json& each : document["lines"])
        if (each["account"] == account) return each;
    }
    ADD_FAILURE() << "nothing of " << reference << " stands at " << account;
    return Json::object();
  }
};

TEST_P(TablesOfTheBooks, SayAccountsTaxAndTermsByWhatTheSettlementIs) {
  otherwise_.books_settings =
      "    codes:\n"
      "      expense_account: { account_offset: \"0044000100\", \"*\": \"0044000000\" }\n"
      "      assigned_to: { account_offset: \"0010101102\", \"*\": \"0010101101\" }\n"
      "      tax_code: { \"0\": V0, \"*\": V1 }\n"
      "      payment_method: { bank_transfer: T, \"*\": \"\" }\n";
  otherwise_.books_settings +=
      GetParam() ? "      payment_terms: { bank_transfer: ZB30, \"*\": \"\" }\n"
                 : "      withholding_type: { bank_transfer: \"41\", \"*\": \"\" }\n"
                   "      withholding_code: { bank_transfer: \"02\", \"*\": \"\" }\n";
  start(GetParam());
  settle();
  settles("ST-1", "Rheinwerk", "account_offset", "500", "0", "500");
  std::ofstream(folder_ / "office" / "from-partner" / "settlement-ST-2.csv")
      << "settlement_id,number,dealer,method,currency,net,tax,gross,status,due\n"
         "ST-2,ST-2,Seewerk,bank_transfer,EUR,100,19,119,created,2027-01-31\n";
  settle();
  EXPECT_EQ(documents(), 2U);

  const Json offset = line("500.00", "0044000100");
  EXPECT_EQ(offset["tax_code"], "V0");
  EXPECT_EQ(offset["assigned_to"], "0010101102");
  EXPECT_EQ(line("500.00", "0022000000")["tax_code"], "V0");
  const Json owed = line("500.00", "0010100001");
  for (const char* absent : {"due", "terms", "payment_method", "withholding"})
    EXPECT_FALSE(owed.contains(absent)) << absent << " is the partner's own";

  EXPECT_EQ(line("100.00", "0044000000")["tax_code"], "V1");
  EXPECT_EQ(line("100.00", "0022000000")["tax_code"], "V1");
  const Json paid = line("100.00", "0010100002");
  EXPECT_EQ(paid["due"], "2027-01-31");
  EXPECT_EQ(paid["payment_method"], "T");
  EXPECT_EQ(paid["terms"], GetParam() ? "ZB30" : "P0D");
  EXPECT_EQ(paid.value("withholding", ""), GetParam() ? "" : "41/02");
}

TEST_P(TablesOfTheBooks, SetAsideWhatTheyDoNotHave) {
  otherwise_.books_settings = "    codes: { expense_account: { bank_transfer: \"0044000000\" } }\n";
  start(GetParam());
  settle();
  settles("ST-1", "Rheinwerk", "account_offset", "500", "0", "500");
  run();
  ASSERT_THAT(letters(), SizeIs(1)) << open_things();
  EXPECT_THAT(letters()[0].message, HasSubstr("account_offset"));
  EXPECT_EQ(documents(), 0U);
}

INSTANTIATE_TEST_SUITE_P(ByBothWays, TablesOfTheBooks, ::testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "Bapi" : "JournalEntry");
});

}  // namespace
}  // namespace channelbridge::test

// Settlements as documents of accounting: posted once, and paid there.
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

}  // namespace
}  // namespace channelbridge::test

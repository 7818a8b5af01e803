// Settlements that are paid by credit memo: requested in sales, approved, billed and cleared there.
#include "books_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class CreditMemos : public BooksWorld {
 protected:
  void SetUp() override {
    BooksWorld::SetUp();
    start();
    settle();
    settles("ST-5", "Seewerk", "credit_memo", "800", "0", "800");
  }
  std::string request() { return only("A_CreditMemoRequest").value("CreditMemoRequest", ""); }
};

TEST_F(CreditMemos, ASettlementIsAskedForAndNotBooked) {
  settle();
  const Json request = only("A_CreditMemoRequest");
  EXPECT_EQ(request["SoldToParty"], "10100002");
  EXPECT_EQ(request["PurchaseOrderByCustomer"], "ST-5");
  EXPECT_EQ(request["SDDocumentReason"], "100");
  EXPECT_EQ(request["HeaderBillingBlockReason"], "08") << "until somebody releases it";
  EXPECT_THAT(request["TotalNetAmount"].get<std::string>(), HasSubstr("800"));
  EXPECT_EQ(only("A_CreditMemoRequestItem")["Material"], "MDF");
  EXPECT_EQ(settlement()["status"], "sent_to_erp");
  EXPECT_EQ(documents(), 0U) << "the books have it from sales, and not from us";
}

TEST_F(CreditMemos, ItIsPaidWhenItsCreditMemoIsCleared) {
  settle();
  EXPECT_FALSE(desk().bill_credit(request())) << "it is blocked";
  ASSERT_TRUE(desk().release_credit(request()));
  const auto memo = desk().bill_credit(request());
  ASSERT_TRUE(memo) << to_string(memo.error());
  settle();
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_EQ(settlement()["erp_document"], only("A_BillingDocument")["AccountingDocument"]);
  EXPECT_TRUE(settlement()["value_date"].is_null());
  EXPECT_FALSE(desk().bill_credit(request())) << "it is billed";

  ASSERT_TRUE(desk().clear_credit(*memo));
  settle();
  EXPECT_EQ(settlement()["status"], "paid");
  EXPECT_TRUE(settlement()["value_date"].is_string()) << "it counts from the credit memo's day";
  EXPECT_THAT(sent_to_office(), HasSubstr("paid"));
  EXPECT_THAT(rows("A_CreditMemoRequest"), SizeIs(1));
}

TEST_F(CreditMemos, OneThatIsCancelledIsReversedAndNotAskedForAgain) {
  settle();
  ASSERT_TRUE(desk().release_credit(request()));
  const auto memo = desk().bill_credit(request());
  ASSERT_TRUE(memo) << to_string(memo.error());
  settle();
  const auto cancelled = desk().cancel_credit(*memo);
  ASSERT_TRUE(cancelled) << to_string(cancelled.error());
  EXPECT_FALSE(desk().cancel_credit(*memo)) << "once";
  settle();
  EXPECT_EQ(settlement()["status"], "reversed");
  EXPECT_THAT(rows("A_CreditMemoRequest"), SizeIs(1));
  EXPECT_THAT(rows("A_BillingDocument"), SizeIs(2)) << "the cancellation is nobody's settlement";
}

/// Sales adds tax that nobody has granted.
class TaxedCreditMemos : public CreditMemos {
 protected:
  void SetUp() override {
    otherwise_.credit_tax = "19";
    CreditMemos::SetUp();
  }
  void bill() {
    settle();
    ASSERT_TRUE(desk().release_credit(request()));
    ASSERT_TRUE(desk().bill_credit(request()));
  }
};

TEST_F(TaxedCreditMemos, AnotherAmountThanWasGrantedWaitsForAPersonWithBothFigures) {
  bill();
  run();
  EXPECT_EQ(settlement()["status"], "posted") << "it is in the books all the same";
  EXPECT_EQ(settlement()["gross"], "800") << "what was granted stays";
  EXPECT_THAT(
      open_things(),
      HasSubstr("gross locked gross cannot be changed: the settlement is posted over 800 EUR"));
  const auto conflicts = hub_->store().conflicts();
  EXPECT_THAT(conflicts.value(), SizeIs(1)) << "the net amount is as it was";
}

TEST_F(TaxedCreditMemos, WhereTaxComesOnTopOfWhatWasGrantedTheNetAmountIsCompared) {
  otherwise_.erp_values = ", billed_amount: TotalNetAmount";
  start();
  bill();
  settle();
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_EQ(settlement()["gross"], "800");
}

TEST_F(CreditMemos, ARequestWhoseAnswerIsLostIsFoundAndNotMadeAgain) {
  erp_->faults().add({.kind = "reset_after", .match = "API_CREDIT_MEMO_REQUEST_SRV/$batch"});
  run();
  settle();
  EXPECT_THAT(rows("A_CreditMemoRequest"), SizeIs(1));
  EXPECT_EQ(settlement()["status"], "sent_to_erp");
}

TEST_F(CreditMemos, ARequestThatIsRejectedHasFailed) {
  settle();
  ASSERT_TRUE(desk().reject_credit(request(), "50"));
  settle();
  EXPECT_EQ(settlement()["status"], "failed");
  EXPECT_FALSE(desk().bill_credit(request()));
}

TEST_F(CreditMemos, WithoutAReasonTheErpRefusesIt) {
  const auto refused = desk()
                           .service_with("A_CreditMemoRequest")
                           ->create("MILLER", "A_CreditMemoRequest",
                                    Json{{"CreditMemoRequestType", "CR"},
                                         {"SalesOrganization", "1010"},
                                         {"DistributionChannel", "10"},
                                         {"OrganizationDivision", "00"},
                                         {"SoldToParty", "10100002"}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("SDDocumentReason"));
}

TEST_F(CreditMemos, RequestsForOtherReasonsAreNobodysSettlement) {
  settle();
  const auto other = desk()
                         .service_with("A_CreditMemoRequest")
                         ->create("MILLER", "A_CreditMemoRequest",
                                  Json{{"CreditMemoRequestType", "CR"},
                                       {"SalesOrganization", "1010"},
                                       {"DistributionChannel", "10"},
                                       {"OrganizationDivision", "00"},
                                       {"SoldToParty", "10100002"},
                                       {"SDDocumentReason", "007"},
                                       {"PurchaseOrderByCustomer", "damaged goods"}});
  ASSERT_TRUE(other) << to_string(other.error());
  settle();
  EXPECT_EQ(settlement()["number"], "ST-5") << "there is one settlement";
}

}  // namespace
}  // namespace channelbridge::test

// A claim in another currency than its fund, from its decision to its payment.
#include <fstream>

#include "books_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kSpokesOfFunds = R"(
  office-budgets: { system: office, mapping: file/budget.yaml, direction: pull }
  office-funds: { system: office, mapping: file/fund.yaml, direction: pull }
  office-claims: { system: office, mapping: file/claim_row.yaml, direction: pull }
  office-payments: { system: office, mapping: file/payment.yaml, first_contact: system }
ledger: { direct_claims: true }
)";

/// A claim over 11,428.57 SEK of a fund in EUR, whose rate of 0.0875 the claim states. The company
/// code's own rate is another one.
class ForeignClaims : public BooksWorld {
 protected:
  void SetUp() override {
    BooksWorld::SetUp();
    mapping("budget", "budget", "amount: { path: amount, as: decimal }\n");
    mapping("fund", "fund",
            "amount: { path: amount, as: decimal }\n"
            "  budget: { path: budget, ref: budget, object: budget }\n"
            "  partner: { path: dealer, ref: partner, object: dealer }\n");
    mapping("claim_row", "claim",
            "kind: kind\n"
            "  partner: { path: dealer, ref: partner, object: dealer }\n"
            "  fund: { path: fund, ref: fund, object: fund }\n"
            "  claimed_amount: { path: claimed, as: decimal }\n"
            "  approved_amount: { path: approved, as: decimal }\n"
            "  fx.currency: fx_currency\n"
            "  fx.rate: { path: fx_rate, as: decimal }\n"
            "  fx.date: fx_date\n"
            "  fx.source: fx_source\n"
            "  fx.approved_amount: { path: fx_approved, as: decimal }\n");
    mapping("payment", "settlement",
            "partner: { path: dealer, ref: partner, object: dealer }\n"
            "  method: method\n"
            "  members[].claim: { path: claim, ref: claim, object: claim_row }\n"
            "  members[].amount: { path: gross, as: decimal, direction: read }\n"
            "  net: net\n"
            "  tax: tax\n"
            "  gross: gross\n"
            "  erp_document: document\n"
            "  value_date: paid_on\n");
    start(false, kSpokesOfFunds);
    settle();
    office("budget", "id,number,currency,status,amount\nb1,MDF-27,EUR,open,5000\n");
    office("fund",
           "id,number,currency,status,amount,budget,dealer\nf1,F-1,EUR,active,5000,b1,Rheinwerk\n");
    office(
        "claim_row",
        "id,number,kind,currency,status,dealer,fund,claimed,approved,fx_currency,fx_rate,fx_date,"
        "fx_source,fx_approved\n"
        "c1,C-1,reimbursement,SEK,approved,Rheinwerk,f1,12000,11428.57,EUR,0.0875,2027-01-31,ECB,"
        "1000\n");
  }
  void mapping(const std::string& object, const std::string& entity, const std::string& fields) {
    std::ofstream(folder_ / "file" / (object + ".yaml"))
        << "system: file\nobject: " << object << "\nentity: " << entity
        << "\nid: id\ncorrelation: id\nformat: csv\nabsent: unchanged\nfields:\n"
           "  number: number\n  currency: currency\n  status: status\n  "
        << fields;
  }
  void office(const std::string& object, const std::string& rows) {
    std::ofstream(folder_ / "office" / "from-partner" / (object + ".csv")) << rows;
  }
  /// The office hands the claim to accounting.
  void settle_claim() {
    office("payment",
           "id,number,currency,status,dealer,method,claim,net,tax,gross\n"
           "p1,ST-1,SEK,created,Rheinwerk,bank_transfer,c1,11428.57,0,11428.57\n");
  }
  /// What stands in an account of the fund, in EUR.
  std::string in_fund(const std::string& account) {
    const auto lines = hub_->ledger({.fund = "F-1"});
    if (!lines || lines->empty()) return "no fund";
    const auto at = lines->front().accounts.find(account);
    return at == lines->front().accounts.end() ? "0" : to_string(at->second);
  }
  void expect_clean() {
    const auto check = hub_->verify_ledger();
    ASSERT_TRUE(check) << to_string(check.error());
    EXPECT_THAT(check->faults, IsEmpty());
    EXPECT_THAT(check->differences, IsEmpty());
  }
};

TEST_F(ForeignClaims, ArePaidInTheirOwnCurrencyAndBookedByTheirOwnRate) {
  settle();
  EXPECT_EQ(in_fund("approved_claim"), "1000");
  books().set_rate("SEK/EUR", *model::Decimal::parse("0.091"));
  settle_claim();
  settle();
  const Json posted = document();
  EXPECT_EQ(posted["lines"][0]["currency"], "SEK");
  EXPECT_EQ(posted["lines"][0]["amount"], "11428.57");
  EXPECT_EQ(settlement()["status"], "posted");
  EXPECT_EQ(in_fund("settled"), "1000");
  EXPECT_EQ(in_fund("paid"), "0");
  expect_clean();

  EXPECT_THAT(pay().paid, SizeIs(1));
  settle();
  EXPECT_EQ(settlement()["status"], "paid");
  EXPECT_EQ(in_fund("paid"), "1000");
  EXPECT_EQ(in_fund("approved_claim"), "0");
  EXPECT_EQ(documents(), 2U) << "the entry and the bank's payment";
  EXPECT_THAT(sent_to_office(), HasSubstr("paid"));
  expect_clean();
}

TEST_F(ForeignClaims, WaitUntilTheBooksHaveARateOfTheirOwn) {
  settle();
  settle_claim();
  run();
  run();
  ASSERT_THAT(letters(), SizeIs(1)) << open_things();
  EXPECT_THAT(letters()[0].message, HasSubstr("No exchange rate from SEK to EUR"));
  EXPECT_EQ(in_fund("approved_claim"), "1000") << "nothing of it is settled";
  books().set_rate("SEK/EUR", *model::Decimal::parse("0.091"));
  const auto replayed = hub_->replay(letters()[0].id, Context());
  ASSERT_TRUE(replayed) << to_string(replayed.error());
  settle();
  EXPECT_EQ(documents(), 1U);
  EXPECT_EQ(in_fund("settled"), "1000");
}

}  // namespace
}  // namespace channelbridge::test

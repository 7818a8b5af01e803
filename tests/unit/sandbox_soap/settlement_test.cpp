// What accounting did with approved claims.
#include "funds.hpp"

namespace channelbridge::sandbox::test {
namespace {

class Settlements : public CrmDesk {
 protected:
  /// An approved claim of 200.00 on a reservation of 400.00.
  void SetUp() override {
    open();
    const std::string of_reservation = reserved("400.00");
    const Answer submitted = call(
        "ClaimSubmit", claim(of_reservation, "200.00", item("1", "INV-1", "400.00", "200.00")));
    id = submitted.at("Claim/ClaimNumber");
    call("ClaimDecide", decision("Claim", id, 1, "<Decision>APPR</Decision>"));
  }
  Answer confirm(int change, const std::string& step, const std::string& content = {}) {
    return call("ClaimSettlementConfirm", "<ClaimNumber>" + id + "</ClaimNumber><ChangeNumber>" +
                                              std::to_string(change) + "</ChangeNumber><Step>" +
                                              step + "</Step>" + content +
                                              "<ConfirmedBy>BRIDGE</ConfirmedBy>");
  }
  static std::string document(const std::string& amount = "200.00") {
    return money("SettledAmount", amount) +
           "<AccountingDocument>0100000000</AccountingDocument><CompanyCode>1010</CompanyCode>"
           "<FiscalYear>2026</FiscalYear>";
  }
  std::string id{};
};

TEST_F(Settlements, GoFromReleaseToPayment) {
  EXPECT_EQ(numbers(confirm(2, "RELS")), "000");
  EXPECT_EQ(book("approved_claim") + " " + book("released_to_settle"), "0.00 200.00");
  const Answer settled = confirm(3, "SETL", document());
  EXPECT_EQ(settled.at("SettlementStatus/AccountingDocument"), "0100000000");
  EXPECT_EQ(settled.at("SettlementStatus/SettledAmount"), "200.00");
  EXPECT_EQ(book("released_to_settle") + " " + book("settled"), "0.00 200.00");
  EXPECT_EQ(numbers(confirm(4, "PAID")), "023");
  EXPECT_EQ(numbers(confirm(4, "PAID",
                            "<ValueDate>2026-06-30</ValueDate><BankReference>B-1"
                            "</BankReference>")),
            "000");
  const Answer shown = query("ClaimSettlementStatusQuery", "<Number>" + id + "</Number>");
  EXPECT_EQ(shown.at("SettlementStatus/UserStatus"), "E0009");
  EXPECT_EQ(shown.at("SettlementStatus/ValueDate"), "2026-06-30");
  EXPECT_EQ(shown.at("SettlementStatus/BankReference"), "B-1");
  const Answer funds = query("FundQuery");
  EXPECT_EQ(funds.at("Fund/Checkbook/RemainingCash"), "800.00");
  EXPECT_EQ(desk->journal.counters()["by_object"]["Settlement"]["created"], 3);
}

TEST_F(Settlements, AreCreditedWithoutAValueDate) {
  const std::string of_reservation = reserved("100.00");
  const Answer submitted = call("ClaimSubmit", claim(of_reservation, "50.00",
                                                     "<SettlementMethod>CRME</SettlementMethod>" +
                                                         item("1", "INV-2", "100.00", "50.00"),
                                                     "C-2"));
  id = submitted.at("Claim/ClaimNumber");
  call("ClaimDecide", decision("Claim", id, 1, "<Decision>APPR</Decision>"));
  EXPECT_EQ(numbers(confirm(2, "SETL", document("50.00"))), "000");
  EXPECT_EQ(numbers(confirm(3, "PAID")), "000") << "it is set off: no bank is asked";
}

TEST_F(Settlements, FollowTheOrderOfTheSteps) {
  EXPECT_EQ(numbers(confirm(2, "PAID", "<ValueDate>2026-06-30</ValueDate>")), "004");
  EXPECT_EQ(numbers(confirm(2, "REVS", "<Reason>Wrong</Reason>")), "004");
  EXPECT_EQ(numbers(confirm(2, "SETL")), "023");
  EXPECT_EQ(numbers(confirm(2, "SETL", document("199.99"))), "009");
  EXPECT_EQ(numbers(confirm(1, "SETL", document())), "003");
  EXPECT_EQ(numbers(confirm(2, "SETL", document())), "000");
  EXPECT_EQ(numbers(confirm(3, "SETL", document())), "004");
  EXPECT_EQ(book("settled"), "200.00");
}

TEST_F(Settlements, AreReversedIntoTheReservation) {
  confirm(2, "SETL", document());
  EXPECT_EQ(numbers(confirm(3, "REVS")), "016");
  EXPECT_EQ(numbers(confirm(3, "REVS", "<Reason>Wrong account</Reason>")), "000");
  EXPECT_EQ(book("settled") + " " + book("reserved"), "0.00 400.00");
  EXPECT_EQ(query("ReservationQuery").at("Reservation/ConsumedAmount"), "0.00");
  const Answer again =
      call("ClaimSubmit", claim(query("ReservationQuery").at("Reservation/ReservationNumber"),
                                "200.00", item("1", "INV-1", "400.00", "200.00")));
  EXPECT_EQ(numbers(again), "000");
}

TEST_F(Settlements, AreMadeByPeopleAtTheSystem) {
  const auto settle = [this](const std::string& more) {
    return administer(*service, "settle", "{\"claim\":\"" + id + "\"," + more + "}").status;
  };
  EXPECT_EQ(settle("\"step\":\"SETL\""), 409);
  EXPECT_EQ(settle("\"step\":\"SETL\",\"document\":\"0100000000\",\"company_code\":\"1010\","
                   "\"year\":\"2026\""),
            204);
  EXPECT_EQ(settle("\"step\":\"PAID\",\"value_date\":\"2026-06-30\""), 204);
  EXPECT_EQ(service->state()["claims"][0]["paid_on"], "2026-06-30");
}

/// Every figure is the sum of postings, whatever has happened.
TEST_F(Settlements, LeaveABookThatEqualsItsPostings) {
  confirm(2, "RELS");
  confirm(3, "SETL", document());
  confirm(4, "REVS", "<Reason>Wrong</Reason>");
  std::map<std::string, model::Decimal> sums;
  const Answer postings = query("FundPostingQuery", "<PageSize>1000</PageSize>");
  const std::vector<std::string> categories = postings.all("FundPosting/Category");
  const std::vector<std::string> values = postings.all("FundPosting/Value");
  ASSERT_EQ(categories.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    sums[categories[i]] = soap::plus(sums[categories[i]], number(values[i].c_str()));
  for (const char* category : crm::kCategories)
    EXPECT_EQ(book(category), soap::amount_text({sums[category], "EUR"})) << category;
}

}  // namespace
}  // namespace channelbridge::sandbox::test

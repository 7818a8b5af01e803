// Credit memo requests: asked for with a reason, blocked until released, billed once, cleared.
#include "client.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::sandbox::test {
namespace {

constexpr const char* kCreditMemos = "/sap/opu/odata/sap/API_CREDIT_MEMO_REQUEST_SRV/";

class CreditMemos : public ::testing::Test {
 protected:
  void SetUp() override {
    server = start(sales_services(fixture("")));
    for (const auto& [set, row] :
         {std::pair("A_Customer", Json{{"Customer", "10100001"}}),
          std::pair("A_Product", Json{{"Product", "MDF"}, {"BaseUnit", "PC"}})}) {
      const auto done = server->sales()->seed(set, row);
      ASSERT_TRUE(done) << to_string(done.error());
    }
    client = Client(server->url(), kCreditMemos);
  }
  static Json request(const Json& more = Json::object()) {
    Json price{{"ConditionType", "PMP0"}, {"ConditionRateValue", "800"}};
    Json item{{"Material", "MDF"}, {"RequestedQuantity", "1"}};
    item["to_PricingElement"] = Json::array({price});
    Json body{{"CreditMemoRequestType", "CR"},    {"SalesOrganization", "1010"},
              {"DistributionChannel", "10"},      {"OrganizationDivision", "00"},
              {"SoldToParty", "10100001"},        {"SDDocumentReason", "100"},
              {"PurchaseOrderByCustomer", "ST-5"}};
    body["to_Item"] = Json::array({item});
    body.update(more);
    return body;
  }
  Json row(const std::string& set, const std::vector<std::string>& key) {
    return server->sales()->service_with(set)->row(set, key);
  }
  std::string made() {
    const Answer answer = client.write("POST", "A_CreditMemoRequest", request());
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.json().at("d").value("CreditMemoRequest", "");
  }
  std::unique_ptr<SapServer> server{};
  Client client{"", kCreditMemos};
};

TEST_F(CreditMemos, ARequestHasANumberAnAmountAndABlock) {
  const std::string number = made();
  EXPECT_EQ(number, "60000000");
  const Json header = row("A_CreditMemoRequest", {number});
  EXPECT_EQ(header["TotalNetAmount"], "800.000");
  EXPECT_EQ(header["HeaderBillingBlockReason"], "08");
  EXPECT_EQ(header["SalesDocApprovalStatus"], "A");
  EXPECT_EQ(header["OverallOrdReltdBillgStatus"], "A");
  EXPECT_EQ(row("A_CreditMemoReqPartner", {number, "PY"})["Customer"], "10100001");
}

TEST_F(CreditMemos, ItWantsAReasonACustomerAndAMaterial) {
  Json without = request();
  without.erase("SDDocumentReason");
  const Answer refused = client.write("POST", "A_CreditMemoRequest", without);
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("SDDocumentReason"), std::string::npos) << refused.body;
  EXPECT_EQ(
      client.write("POST", "A_CreditMemoRequest", request({{"SoldToParty", "10109999"}})).status,
      400);
  EXPECT_EQ(client.write("POST", "A_CreditMemoRequest", request({{"TotalNetAmount", "1"}})).status,
            400)
      << "amounts are the system's";
}

TEST_F(CreditMemos, ItIsBilledOnceAndOnlyWhenItIsReleased) {
  const std::string number = made();
  SalesDesk& desk = *server->sales();
  const auto blocked = desk.bill_credit(number);
  ASSERT_FALSE(blocked);
  EXPECT_NE(to_string(blocked.error()).find("blocked for billing (08)"), std::string::npos);
  ASSERT_TRUE(desk.release_credit(number));
  const auto memo = desk.bill_credit(number);
  ASSERT_TRUE(memo) << to_string(memo.error());
  const Json document = row("A_BillingDocument", {*memo});
  EXPECT_EQ(document["SDDocumentCategory"], "O");
  EXPECT_EQ(document["PurchaseOrderByCustomer"], "ST-5");
  EXPECT_EQ(document["TotalNetAmount"], "800.000");
  EXPECT_NE(document["AccountingDocument"], "");
  EXPECT_EQ(row("A_CreditMemoRequest", {number})["OverallOrdReltdBillgStatus"], "C");
  EXPECT_FALSE(desk.bill_credit(number));
  EXPECT_FALSE(desk.reject_credit(number, "50")) << "it has a subsequent document";
  ASSERT_TRUE(desk.clear_credit(*memo));
  EXPECT_EQ(row("A_BillingDocument", {*memo})["InvoiceClearingStatus"], "C");
}

TEST_F(CreditMemos, WhoTakesTheBlockAwayReleasesItToo) {
  const std::string number = made();
  const Answer changed = client.write("PATCH", "A_CreditMemoRequest('" + number + "')",
                                      {{"HeaderBillingBlockReason", ""}}, {{"If-Match", "*"}});
  EXPECT_EQ(changed.status, 204) << changed.body;
  EXPECT_TRUE(server->sales()->bill_credit(number));
}

TEST_F(CreditMemos, WhatIsRejectedIsNotBilled) {
  const std::string number = made();
  ASSERT_TRUE(server->sales()->reject_credit(number, "50"));
  EXPECT_EQ(row("A_CreditMemoRequest", {number})["OverallSDDocumentRejectionSts"], "C");
  ASSERT_TRUE(server->sales()->release_credit(number));
  EXPECT_FALSE(server->sales()->bill_credit(number));
}

TEST_F(CreditMemos, PeopleAskForItOverHttp) {
  const std::string number = made();
  SalesDesk& desk = *server->sales();
  const auto ask = [&desk](const std::string& what, const Json& body) {
    const auto answer = desk.administer(
        Request{.method = "POST", .path = "/__sandbox/" + what, .body = dump_json(body)});
    return answer ? *answer : Response{.status = 0};
  };
  EXPECT_EQ(ask("release", {{"credit_memo_request", number}}).status, 204);
  const Response billed = ask("bill", {{"credit_memo_request", number}});
  ASSERT_EQ(billed.status, 200) << billed.body;
  const std::string memo = Json::parse(billed.body).value("billing_document", "");
  EXPECT_EQ(ask("clear", {{"billing_document", memo}}).status, 204);
  EXPECT_EQ(ask("reject", {{"credit_memo_request", number}}).status, 400);
  EXPECT_EQ(ask("release", {{"credit_memo_request", "1"}}).status, 404);
}

}  // namespace
}  // namespace channelbridge::sandbox::test

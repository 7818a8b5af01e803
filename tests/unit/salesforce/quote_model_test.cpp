#include "quote_model_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace channelbridge::salesforce {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(QuoteModel, KeepsItsTextAndReadsPricesExactly) {
  const std::string text =
      R"({"record":{"attributes":{"type":"SBQQ__Quote__c"},"Id":"a0q00000000000A","SBQQ__NetAmount__c":1.10},)"
      R"("lineItems":[{"record":{"Id":"a0l00000000000BAAQ","SBQQ__ListPrice__c":1.0E7,"SBQQ__NetPrice__c":9007199254740993.10,)"
      R"("SBQQ__CustomerPrice__c":null,"SBQQ__Quantity__c":3.00},"key":2},)"
      R"({"record":{"SBQQ__NetPrice__c":-0.50},"key":3,"unheardOf":{"a":[1,2.50]}}],)"
      R"("lineItemGroups":[],"nextKey":4,"netTotal":100.00,"customerTotal":null})";
  const auto model = QuoteModel::parse(text);
  ASSERT_TRUE(model) << model.error();
  EXPECT_EQ(model->text(), text) << "what we do not know goes back as it came";
  EXPECT_EQ(model->id(), "a0q00000000000AAAQ");
  EXPECT_THAT(model->prices(),
              ElementsAre(Pair("a0l00000000000BAAQ.SBQQ__ListPrice__c", "10000000"),
                          Pair("a0l00000000000BAAQ.SBQQ__NetPrice__c", "9007199254740993.1"),
                          Pair("line 1.SBQQ__NetPrice__c", "-0.5"), Pair("netTotal", "100")));
}

TEST(QuoteModel, IsRefusedWhereItIsNone) {
  for (const char* text :
       {"", "[]", "{}", "{\"record\":{}}", "{\"record\":{},\"lineItems\":{}}",
        "{\"record\":1,\"lineItems\":[]}", "{\"record\":{},\"lineItems\":[1]}",
        "{\"record\":{},\"record\":{},\"lineItems\":[]}", "{\"record\":{},\"lineItems\":[]} x"}) {
    const auto model = QuoteModel::parse(text);
    ASSERT_FALSE(model) << text;
    EXPECT_EQ(model.error().code(), ErrorCode::Protocol) << text;
  }
}

TEST(QuoteModel, NumbersAreEqualWhenTheyAre) {
  for (const auto& [written, plain] :
       {std::pair("0", "0"), std::pair("-0", "0"), std::pair("0.00", "0"), std::pair("-0.0", "0"),
        std::pair("100", "100"), std::pair("100.10", "100.1"), std::pair("1E2", "100"),
        std::pair("1.0e+3", "1000"), std::pair("12.5E-3", "0.0125"), std::pair("1e-2", "0.01"),
        std::pair("-1.20E1", "-12"), std::pair("0.1E1", "1"),
        std::pair("12345678901234567890.123456789", "12345678901234567890.123456789"),
        std::pair("1e99", "1e99")})
    EXPECT_EQ(plain_decimal(written), plain) << written;
}

}  // namespace
}  // namespace channelbridge::salesforce

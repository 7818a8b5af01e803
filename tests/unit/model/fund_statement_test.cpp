#include "channelbridge/model/fund_statement.hpp"

#include "channelbridge/model/fund_ledger.hpp"
#include "entity_test.hpp"

namespace channelbridge::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FundStatements : public EntityTest {
 protected:
  static FundStatement sample() {
    FundStatement out;
    out.number = "F-1";
    out.fund = "pending:crm/Fund/1";
    out.currency = Currency::parse("EUR");
    out.as_of = parse_iso8601("2026-03-04T10:00:00Z");
    out.figures = {.budget = Decimal(5000),
                   .reserved = Decimal(80050, 2),
                   .settled = Decimal(300),
                   .available_to_reserve = Decimal(-1),
                   .granted_claims = Decimal(300)};
    return out;
  }
};

TEST_F(FundStatements, SurviveJson) { survives_json(sample()); }

TEST_F(FundStatements, AreOfAFundOrOfABudget) {
  Fields fields = to_fields(sample());
  set(fields, "budget", "pending:crm/Budget/1");
  EXPECT_THAT(
      breaches<FundStatement>(fields),
      ElementsAre("budget one_subject: is pending:crm/Budget/1, beside fund pending:crm/Fund/1"));
  set(fields, "fund", std::nullopt);
  EXPECT_THAT(breaches<FundStatement>(fields), IsEmpty());
  EXPECT_THAT(missed<FundStatement>(fields), IsEmpty());
  set(fields, "budget", std::nullopt);
  EXPECT_THAT(missed<FundStatement>(fields), ElementsAre("fund subject"));
}

TEST_F(FundStatements, AreInOneCurrency) {
  EXPECT_THAT(breaches<FundStatement>({{"figures.settled", "5"}, {"figures.reserved", "0"}}),
              ElementsAre("currency currency_missing: is missing beside figures.reserved and 1 "
                          "more"));
  EXPECT_THAT(breaches<FundStatement>({{"number", "F-1"}}), IsEmpty());
}

TEST_F(FundStatements, AreTakenWhole) {
  EXPECT_EQ(type_of<FundStatement>()->group_of("figures.settled"), "figures");
  EXPECT_EQ(type_of<FundStatement>()->group_of("figures.granted_requests"), "figures");
}

TEST_F(FundStatements, TellWhatStandsInEveryAccountOfTheBooks) {
  const auto type = type_of<FundStatement>();
  for (std::uint8_t at = 0; at < static_cast<std::uint8_t>(FundAccount::Remark); ++at) {
    const auto account = static_cast<FundAccount>(at);
    // What nobody has asked for is told as what is available to reserve.
    if (account == FundAccount::Available) continue;
    EXPECT_NE(type->find("figures." + std::string(to_string(account))), nullptr)
        << to_string(account);
  }
}

}  // namespace
}  // namespace channelbridge::model

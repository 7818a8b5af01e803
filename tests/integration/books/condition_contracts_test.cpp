// Rebates: a plan of the office as a condition contract of the ERP, and back.
#include <fstream>

#include "channelbridge/model/decimal.hpp"

#include "books_world.hpp"

namespace channelbridge::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPlan = R"(
system: file
object: plan
entity: incentive
id: plan_id
correlation: plan_id
format: csv
absent: unchanged
fields:
  code: code
  kind: kind
  partner_scope.partner: { path: dealer, ref: partner, object: dealer }
  period.start: from
  period.end: until
  base: base
  currency: currency
  rates[].pct: percent
)";

class ConditionContracts : public BooksWorld {
 protected:
  void SetUp() override {
    BooksWorld::SetUp();
    std::ofstream(folder_ / "file" / "plan.yaml") << kPlan;
    start(false, R"(
  office-plans: { system: office, mapping: file/plan.yaml, first_contact: system }
  erp-rebates: { system: erp, mapping: sap_s4hana/condition_contract.yaml, first_contact: system, filter: "kind = rebate" }
)");
    settle();
    std::ofstream(folder_ / "office" / "from-partner" / "plan.csv")
        << "plan_id,code,kind,dealer,from,until,base,currency,percent\n"
           "P-1,REB-27,rebate,Rheinwerk,2027-01-01,2027-12-31,invoice_net,EUR,3\n";
    settle();
  }
};

TEST_F(ConditionContracts, APlanBecomesAContractWithItsRate) {
  const Json contract = only("ConditionContract");
  EXPECT_EQ(contract["Customer"], "10100001");
  EXPECT_EQ(contract["ExternalDocumentReferenceID"], "REB-27");
  EXPECT_EQ(contract["CndnContrValidTo"], "2027-12-31");
  const Json record = only("CndnContrConditionRecord");
  EXPECT_EQ(record["ConditionContract"], contract["ConditionContract"]);
  EXPECT_EQ(record["ConditionType"], "REBU");
  const Json& rate = record["ConditionRateRatio"];
  const std::string figure = rate.is_string() ? rate.get<std::string>() : sandbox::dump_json(rate);
  EXPECT_EQ(model::Decimal::parse(figure), model::Decimal(3)) << figure;
}

TEST_F(ConditionContracts, ARateThatWasAgreedAnewComesBack) {
  const Json record = only("CndnContrConditionRecord");
  const auto done =
      desk()
          .service_with("ConditionContract")
          ->edit("MILLER", "CndnContrConditionRecord",
                 {record.value("ConditionContract", ""), record.value("ConditionRecord", "")},
                 Json{{"ConditionRateRatio", 4.5}});
  ASSERT_TRUE(done) << to_string(done.error());
  settle();
  EXPECT_THAT(sent_to_office(), HasSubstr("4.5"));
}

}  // namespace
}  // namespace channelbridge::test

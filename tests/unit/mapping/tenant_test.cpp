// What a project says of a system in place of its mapping files.
#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

constexpr const char* kYaml = R"(
system: sap_c4c
object: LeadCollection
entity: lead
id: ObjectID
fields:
  topic: Name
  status: { path: UserStatusCode, codes: lead_status, lossy: "short list" }
  assigned_partner: { path: "LeadParty[RoleCode=${role}].PartyID", ref: partner, object: Account }
create: { ProcessType: "L${role}" }
values: { role: "46" }
codes:
  lead_status: { captured: "01", accepted: "02" }
)";

Result<std::shared_ptr<const Mapping>> with(const Tenant& tenant, const std::string& yaml = kYaml) {
  return Mapping::parse(yaml, "lead.yaml", model::EntityRegistry::built_in(), tenant);
}

TEST(MappingTenant, ItsCodesStandInPlaceOfTheFiles) {
  Tenant tenant{.file = "channelbridge.yaml"};
  tenant.codes["lead_status"] = {.external = {{"captured", {"Y1"}}, {"accepted", {"Y2", "Y3"}}},
                                 .line = 7};
  const auto mapping = with(tenant);
  ASSERT_TRUE(mapping) << to_string(mapping.error());
  EXPECT_EQ(read_lines(**mapping, R"({"UserStatusCode":"Y3"})", false), "status=accepted\n");
  EXPECT_NE(read_lines(**mapping, R"({"UserStatusCode":"01"})", false).find("not in the code map"),
            std::string::npos);
  EXPECT_EQ((*mapping)->code_maps(), std::vector<std::string>{"lead_status"});
  // A mapping that means something else has another fingerprint.
  EXPECT_NE((*mapping)->fingerprint(), (*with({}))->fingerprint());
}

TEST(MappingTenant, ACodeThatTheModelDoesNotHaveIsNamedAtItsPlace) {
  Tenant tenant{.file = "channelbridge.yaml"};
  tenant.codes["lead_status"] = {.external = {{"capturd", {"Y1"}}}, .line = 7};
  const auto mapping = with(tenant);
  ASSERT_FALSE(mapping);
  const Problem& problem = mapping.error().problems().front();
  EXPECT_EQ(problem.file, "channelbridge.yaml");
  EXPECT_EQ(problem.line, 7);
  EXPECT_EQ(problem.suggestion, "captured");
}

TEST(MappingTenant, ItsValuesGoBeforeTheFiles) {
  const std::string document =
      R"({"LeadParty":[{"RoleCode":"46","PartyID":"1"},{"RoleCode":"Z9","PartyID":"2"}]})";
  EXPECT_EQ(read_lines(**with({}), document, false), "assigned_partner=pending:crm/Account/1\n");
  Tenant tenant;
  tenant.values["role"] = "Z9";
  const auto mapping = with(tenant);
  EXPECT_EQ(read_lines(**mapping, document, false), "assigned_partner=pending:crm/Account/2\n");
  const KnownReferences links({{{"Account", "2"}, "0190"}});
  EXPECT_EQ((*mapping)
                ->write({{"assigned_partner", "0190"}}, {.create = true}, {}, &links)
                ->nodes.front()
                .body,
            R"({"LeadParty":[{"RoleCode":"Z9","PartyID":"2"}],"ProcessType":"LZ9"})");
  EXPECT_EQ((*mapping)->values(), std::vector<std::string>{"role"});
  EXPECT_NE((*mapping)->fingerprint(), (*with({}))->fingerprint());
}

TEST(MappingTenant, AFieldWhosePlaceIsAnEmptyValueIsNotMapped) {
  const std::string yaml = R"(
system: sap_c4c
object: LeadCollection
entity: lead
id: ObjectID
fields: { topic: Name, company.name: "${company}" }
children:
  product_interest:
    object: Item
    navigation: Items
    id: ObjectID
    fields: { no: ID, quantity.value: { path: "${sold}" }, quantity.unit: { path: "${sold}Unit" } }
values: { company: "", sold: "" }
)";
  const std::string document =
      R"({"Name":"Offer","Company":"Nordljus","Items":[{"ObjectID":"1","ID":"10","Sold":"3","SoldUnit":"EA"}]})";
  const auto without = with({}, yaml);
  ASSERT_TRUE(without) << to_string(without.error());
  const std::string line = "product_interest[@1].";
  EXPECT_EQ(read_lines(**without, document, false), line + "no=10\ntopic=Offer\n");
  EXPECT_EQ(
      (*without)
          ->write({{"topic", "Offer"}, {"company.name", "Nordljus"}}, {.create = true}, {}, nullptr)
          ->nodes.front()
          .body,
      R"({"Name":"Offer"})");
  Tenant tenant;
  tenant.values = {{"company", "Company"}, {"sold", "Sold"}};
  const auto mapping = with(tenant, yaml);
  ASSERT_TRUE(mapping) << to_string(mapping.error());
  EXPECT_EQ(read_lines(**mapping, document, false), "company.name=Nordljus\n" + line + "no=10\n" +
                                                        line + "quantity.unit=EA\n" + line +
                                                        "quantity.value=3\ntopic=Offer\n");
  EXPECT_NE((*mapping)->fingerprint(), (*without)->fingerprint());
}

TEST(MappingTenant, APlaceStandsInForAConstantWhereTheTenantHasOne) {
  const std::string yaml = R"(
system: salesforce
object: PartnerFundAllocation
entity: fund
id: Id
fields:
  amount: { path: Amount, as: decimal }
  currency: { path: "${currency_field}", const: "${currency}" }
values: { currency: EUR, currency_field: "" }
)";
  const std::string document = R"({"Amount":5,"CurrencyIsoCode":"PLN"})";
  EXPECT_EQ(read_lines(**with({}, yaml), document, false), "amount=5\ncurrency=EUR\n");
  Tenant tenant;
  tenant.values = {{"currency", ""}, {"currency_field", "CurrencyIsoCode"}};
  const auto mapping = with(tenant, yaml);
  ASSERT_TRUE(mapping) << to_string(mapping.error());
  EXPECT_EQ(read_lines(**mapping, document, false), "amount=5\ncurrency=PLN\n");
  EXPECT_EQ((*mapping)
                ->write({{"amount", "5"}, {"currency", "PLN"}}, {.create = true}, {}, nullptr)
                ->nodes.front()
                .body,
            R"({"Amount":5,"CurrencyIsoCode":"PLN"})");
  // Both: the place shows this one, and no other.
  tenant.values["currency"] = "EUR";
  EXPECT_NE(read_lines(**with(tenant, yaml), document, false).find("contradicts the constant"),
            std::string::npos);
  tenant.values = {{"currency", ""}};
  EXPECT_EQ(read_lines(**with(tenant, yaml), document, false), "amount=5\n") << "not mapped";
}

TEST(MappingTenant, AListThatTheTenantDoesNotHaveIsNotMapped) {
  const std::string yaml = R"(
system: soap
object: Request
entity: fund_request
id: Number
format: xml
fields: { title: Title }
children:
  activities:
    path: "${activity}"
    element_key: No
    fields: { activity: { path: No, ref: marketing_activity, object: Activity, required: true } }
values: { activity: "" }
)";
  const model::Fields fields{{"title", "Booth"},
                             {"activities[e1].activity", "019c2e00-0000-7000-8000-000000000001"}};
  const auto without = with({}, yaml);
  ASSERT_TRUE(without) << to_string(without.error());
  const auto alone = (*without)->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(alone) << to_string(alone.error());
  EXPECT_EQ(alone->nodes.front().body, "<Request><Title>Booth</Title></Request>");
  EXPECT_TRUE(alone->waiting.empty());
  Tenant tenant;
  tenant.values = {{"activity", "Activity"}};
  const auto mapping = with(tenant, yaml);
  ASSERT_TRUE(mapping) << to_string(mapping.error());
  const auto waits = (*mapping)->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(waits) << to_string(waits.error());
  EXPECT_EQ(waits->waiting, std::vector<std::string>{"activities[e1].activity"});
}

TEST(MappingTenant, AValueThatNobodyNamesOrUsesIsAProblem) {
  const std::string yaml = std::string(kYaml) + "when: { A: \"${rolle}\" }\n";
  const auto unknown = with({}, yaml);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().problems().front().rule, "unknown_value");
  EXPECT_EQ(unknown.error().problems().front().suggestion, "role");
  EXPECT_EQ(unknown.error().problems().front().line, 14);
  std::string unused = kYaml;
  unused.replace(unused.find("role: \"46\""), 10, "role: \"46\", other: x");
  EXPECT_EQ(with({}, unused).error().problems().front().rule, "unused_value");
}

}  // namespace
}  // namespace channelbridge::mapping

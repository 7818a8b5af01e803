// What a vendor and its partners work on together: service cases, recruitments, certificates, joint
// plans, commissions, claims for lowered prices and their payment.
#include "partner_folders.hpp"

namespace channelbridge::test {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

class Partnering : public PartnerFolders {
 protected:
  static constexpr const char* kPeople = R"(
  dealer-contacts: { system: dealer, mapping: file/contact.yaml, first_contact: system }
  office-contacts: { system: office, mapping: file/contact.yaml, direction: push }
)";

  void a_person_of_the_dealer() {
    sends("dealer", "contact.csv",
          "contact_id,partner_duns,first_name,last_name,email,status\n"
          "P-7,123456789,Asa,Oberg,asa@example.com,active\n");
  }
  std::string recruitments() {
    return with(crm().records("RecordType"), "DeveloperName", "Partner_Recruitment")
        .value("Id", "");
  }
};

class ServiceCases : public Partnering {
 protected:
  void begin_with_cases() {
    begin(std::string(kCrmMaster) + kDealer + R"(
  crm-contacts: { system: crm, mapping: salesforce/contact.yaml, first_contact: hub }
  dealer-contacts: { system: dealer, mapping: file/contact.yaml, first_contact: system }
  crm-cases: { system: crm, mapping: salesforce/service_case.yaml, first_contact: system, where: "Partner__c != null" }
  dealer-cases: { system: dealer, mapping: file/service_case.yaml, first_contact: system }
)");
  }
};

TEST_F(ServiceCases, ACaseOfADealerIsSolvedByTheOrg) {
  begin_with_cases();
  a_person_of_the_dealer();
  in_crm("Case", {{"Subject", "of nobody"}});
  sends("dealer", "case.csv",
        "case_id,number,partner_duns,person,customer_duns,sku,serial,subject,kind,priority,status,"
        "opened_at\n"
        "S-501,S-501,123456789,P-7,987654321,PU-100,42-7,Pump stops,technical,high,"
        "in_progress,2024-11-20T08:00:00Z\n");
  settle();
  const Json there = with(crm().records("Case"), "Reference_Number__c", "S-501");
  ASSERT_FALSE(there.is_null());
  EXPECT_EQ(there["Partner__c"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(there["AccountId"], account("Seewerk")["Id"]);
  EXPECT_EQ(there["ContactId"], only_in_crm("Contact")["Id"]);
  EXPECT_EQ(there["Case_Product__c"], product("PU-100")["Id"]);
  EXPECT_EQ(there["Serial_Number__c"], "42-7");
  EXPECT_EQ(there["Type"], "Problem");
  EXPECT_EQ(there["Priority"], "High");
  EXPECT_EQ(there["Status"], "Working");
  EXPECT_EQ(record("service_case")["opened_at"], "2024-11-20T08:00:00Z")
      << "not when it was copied";

  sends("dealer", "case-2.csv", "case_id,status,escalated\nS-501,escalated,true\n");
  settle();
  EXPECT_EQ(crm().record(there["Id"])["Status"], "Escalated");
  EXPECT_EQ(crm().record(there["Id"])["IsEscalated"], true);

  edit_crm(there["Id"], {{"Status", "Closed"}, {"Resolution__c", "new seal"}});
  settle();
  Row answer = only("dealer", "case.csv");
  EXPECT_EQ(answer["case_id"], "S-501");
  EXPECT_EQ(answer["number"], "S-501");
  EXPECT_EQ(answer["status"], "solved");
  EXPECT_EQ(answer["resolution"], "new seal");
  EXPECT_THAT(answer["resolved_at"], Not(IsEmpty())) << "when the org closed it";
  EXPECT_EQ(made()["Case"], 1U);
}

TEST_F(ServiceCases, ACaseOfTheOrgIsSolvedByTheDealer) {
  begin_with_cases();
  const std::string there = in_crm("Case", {{"Subject", "Which seal?"},
                                            {"Type", "Question"},
                                            {"Partner__c", account("Rheinwerk")["Id"]},
                                            {"AccountId", account("Seewerk")["Id"]}});
  settle();
  Row asked = only("dealer", "case.csv");
  EXPECT_EQ(asked["number"], crm().record(there)["CaseNumber"].get<std::string>());
  EXPECT_EQ(asked["partner_duns"], "123456789");
  EXPECT_EQ(asked["customer_duns"], "987654321");
  EXPECT_EQ(asked["kind"], "knowledge");
  EXPECT_EQ(asked["status"], "new");
  EXPECT_THAT(asked["opened_at"], Not(IsEmpty()));
  sends("dealer", "case.csv", "case_id,status\n" + asked["case_id"] + ",in_progress\n");
  settle();
  EXPECT_EQ(crm().record(there)["Status"], "Working");
  sends("dealer", "case-2.csv",
        "case_id,status,resolution\n" + asked["case_id"] + ",solved,the small one\n");
  settle();
  EXPECT_EQ(crm().record(there)["IsClosed"], true);
  EXPECT_EQ(crm().record(there)["Resolution__c"], "the small one");
  EXPECT_EQ(made()["Case"], 0U) << "it is where it was made";

  edit_crm(there, {{"Status", "Working"}});
  EXPECT_TRUE(run().set_aside()) << "nobody opens a solved case again but a person";
  EXPECT_THAT(open_things(), ::testing::HasSubstr("no way is listed from solved to in_progress"));
}

TEST_F(Partnering, ARecruitmentOfAnOfficeIsWonInTheOrgAndTheOtherWayRound) {
  begin(std::string(kCrmMaster) + kOffice + R"(
  crm-deals: { system: crm, mapping: salesforce/opportunity.yaml, direction: pull, where: "RecordType.DeveloperName != 'Partner_Recruitment'" }
  crm-recruitments: { system: crm, mapping: salesforce/recruitment.yaml, first_contact: system }
  office-recruitments: { system: office, mapping: file/partner_recruitment.yaml, first_contact: system }
)",
        "    values: { record_type: \"" + recruitments() + "\" }\n");
  in_crm("Opportunity",
         {{"Name", "Pumps"}, {"StageName", "Prospecting"}, {"CloseDate", "2027-01-31"}});
  sends("office", "recruitment.csv",
        "recruitment_id,number,name,candidate_duns,cooperation_form,source,direction,recruiter,"
        "stage,mutual_benefit_at,margin,expected_close\n"
        "R-12,R-12,Seewerk becomes a dealer,987654321,dealer,web_form,outbound,eva.ek,proposal,"
        "2024-10-01T08:00:00Z,28,2027-01-31\n");
  settle();
  EXPECT_EQ(record("opportunity")["name"], "Pumps") << "a recruitment is no deal";
  const Json there = with(crm().records("Opportunity"), "Recruitment_Number__c", "R-12");
  ASSERT_FALSE(there.is_null());
  EXPECT_EQ(there["RecordTypeId"], recruitments());
  EXPECT_EQ(there["AccountId"], account("Seewerk")["Id"]);
  EXPECT_EQ(there["StageName"], "Proposal");
  EXPECT_EQ(there["Cooperation_Form__c"], "Dealer");
  EXPECT_EQ(there["LeadSource"], "Web");
  EXPECT_EQ(there["Recruiter__c"], "eva.ek");
  EXPECT_EQ(figure(there["Offered_Margin__c"]), "28");
  EXPECT_TRUE(there["Terms_Accepted_At__c"].is_null());

  edit_crm(there["Id"], {{"StageName", "Activation"},
                         {"Terms_Accepted_At__c", "2024-11-02T08:00:00Z"},
                         {"Contract_At__c", "2024-11-10T08:00:00Z"}});
  settle();
  Row told = only("office", "recruitment.csv");
  EXPECT_EQ(told["recruitment_id"], "R-12");
  EXPECT_EQ(told["stage"], "activation");
  EXPECT_EQ(told["contract_at"], "2024-11-10T08:00:00Z");
  EXPECT_EQ(told["recruiter"], "eva.ek") << "not who owns the copy";

  sends("office", "recruitment-2.csv",
        "recruitment_id,stage,training_at,closed_at\n"
        "R-12,won,2024-11-13T08:00:00Z,2024-11-14T08:00:00Z\n");
  settle();
  EXPECT_EQ(crm().record(there["Id"])["StageName"], "Closed Won");
  EXPECT_EQ(crm().record(there["Id"])["IsWon"], true);
  EXPECT_THAT(crm().record(there["Id"])["Training_At__c"].get<std::string>(),
              ::testing::StartsWith("2024-11-13T08:00:00"));
  EXPECT_EQ(made()["Opportunity"], 1U);
}

TEST_F(Partnering, AnEnrolmentOfADealerComesBackAsACertificate) {
  begin(std::string(kDealer) + kOffice + kPeople + R"(
  dealer-certifications: { system: dealer, mapping: file/certification.yaml, first_contact: system }
  office-certifications: { system: office, mapping: file/certification.yaml, first_contact: system }
)");
  a_person_of_the_dealer();
  sends("dealer", "certification.csv",
        "certification_id,partner_duns,person,curriculum,kind,status\n"
        "E-1,123456789,P-7,PUMP-2,technical,enrolled\n");
  settle();
  Row asked = only("office", "certification.csv");
  EXPECT_EQ(asked["partner_duns"], "123456789");
  EXPECT_EQ(asked["person"], only("office", "contact.csv")["contact_id"]);
  EXPECT_EQ(asked["curriculum"], "PUMP-2");
  EXPECT_EQ(asked["status"], "enrolled");

  sends("office", "certification.csv",
        "certification_id,status,passed_at,valid_from,valid_until,issuer,certificate\n" +
            asked["certification_id"] +
            ",passed,2024-11-19T14:30:00Z,2024-11-19,2026-11-18,Academy,A-17\n");
  settle();
  Row passed = only("dealer", "certification.csv");
  EXPECT_EQ(passed["certification_id"], "E-1");
  EXPECT_EQ(passed["status"], "passed");
  EXPECT_EQ(passed["valid_until"], "2026-11-18");
  EXPECT_EQ(passed["certificate"], "A-17");

  sends("dealer", "certification-2.csv", "certification_id,level\nE-1,expert\n");
  settle();
  EXPECT_EQ(only("office", "certification.csv")["level"], "expert");
}

TEST_F(Partnering, APlanIsAgreedByBothSides) {
  begin(std::string(kDealer) + kOffice + R"(
  dealer-plans: { system: dealer, mapping: file/business_plan.yaml, first_contact: system }
  office-plans: { system: office, mapping: file/business_plan.yaml, first_contact: system }
)");
  sends("dealer", "plan.csv",
        "plan_id,partner_duns,period_from,period_until,title,revenue,revenue_currency,"
        "partner_manager,partner_signed_at,status\n"
        "BP-27,123456789,2027-01-01,2027-12-31,Plan 2027,1500000,EUR,asa.oberg,"
        "2024-12-01T09:00:00Z,proposed\n");
  settle();
  Row proposed = only("office", "plan.csv");
  EXPECT_EQ(proposed["revenue"], "1500000");
  EXPECT_EQ(proposed["partner_manager"], "asa.oberg");
  sends("office", "plan.csv",
        "plan_id,vendor_manager,vendor_signed_at,sponsor,vendor_invests,vendor_currency,status\n" +
            proposed["plan_id"] + ",anna.berg,2024-12-03T10:00:00Z,m.lund,60000,EUR,agreed\n");
  settle();
  Row agreed = only("dealer", "plan.csv");
  EXPECT_EQ(agreed["status"], "agreed");
  EXPECT_EQ(agreed["vendor_manager"], "anna.berg");
  EXPECT_EQ(agreed["partner_signed_at"], "2024-12-01T09:00:00Z");
  EXPECT_EQ(agreed["vendor_invests"], "60000");
}

class Money : public Partnering {
 protected:
  static constexpr const char* kPayments = R"(
  office-settlements: { system: office, mapping: file/settlement.yaml, first_contact: system }
  dealer-settlements: { system: dealer, mapping: file/settlement.yaml, direction: push }
)";
};

TEST_F(Money, ACommissionIsGrantedDisputedAndPaid) {
  begin(std::string(kDealer) + kOffice + kPayments + R"(
  office-incentives: { system: office, mapping: file/incentive.yaml, first_contact: system }
  dealer-incentives: { system: dealer, mapping: file/incentive.yaml, direction: push }
  office-invoices: { system: office, mapping: file/invoice.yaml, first_contact: system }
  dealer-invoices: { system: dealer, mapping: file/invoice.yaml, direction: push }
  office-commissions: { system: office, mapping: file/commission.yaml, first_contact: system }
  dealer-commissions: { system: dealer, mapping: file/commission.yaml, first_contact: system }
)");
  sends(
      "office", "incentive.csv",
      "incentive_id,code,kind,base,rate_pct,accrued_by,holding_months,holding_condition,currency,"
      "cap\n"
      "REF-27,REF-27,referral_commission,invoice_net,15,invoice,6,customer_retained,EUR,100000\n");
  sends("office", "invoice.csv",
        "invoice_id,number,kind,partner_duns,issued_on,currency,net,tax,gross,status\n"
        "90000007,90000007,invoice,123456789,2024-01-15,EUR,1250,237.50,1487.50,issued\n");
  sends("office", "commission.csv",
        "commission_id,number,plan,partner_duns,customer_duns,invoice,invoice_line,base,"
        "base_currency,rate_pct,amount,currency,accrued_at,eligible_at,status\n"
        "K-81,K-81,REF-27,123456789,987654321,90000007,10,1250,EUR,15,187.50,EUR,"
        "2024-01-15T00:00:00Z,2024-07-15,holding\n");
  settle();
  EXPECT_EQ(only("dealer", "incentive.csv")["rate_pct"], "15");
  Row granted = only("dealer", "commission.csv");
  EXPECT_EQ(granted["plan"], "REF-27");
  EXPECT_EQ(granted["customer_duns"], "987654321");
  EXPECT_EQ(granted["invoice"], "90000007");
  EXPECT_EQ(granted["amount"], "187.5");
  EXPECT_EQ(granted["status"], "holding");

  sends("dealer", "commission.csv",
        "commission_id,status\n" + granted["commission_id"] + ",disputed\n");
  settle();
  EXPECT_EQ(only("office", "commission.csv")["status"], "disputed");

  sends("office", "commission-2.csv",
        "commission_id,evaluated_at,retained,status\nK-81,2024-07-15T06:00:00Z,true,holding\n");
  settle();
  sends("office", "remittance.csv",
        "remittance_id,number,partner_duns,method,commission_id,member_amount,currency,net,tax,"
        "gross,due_on,value_date,bank_reference,status\n"
        "1400000013,1400000013,123456789,bank_transfer,K-81,187.50,EUR,187.50,0,187.50,2024-08-15,"
        "2024-08-14,SEB 42/8,paid\n");
  settle();
  sends("office", "commission-3.csv", "commission_id,payment,status\nK-81,1400000013,paid\n");
  settle();
  Row paid = only("dealer", "commission.csv");
  EXPECT_EQ(paid["status"], "paid");
  EXPECT_EQ(paid["retained"], "true");
  EXPECT_EQ(paid["payment"], "1400000013");
  Row payment = only("dealer", "remittance.csv");
  EXPECT_EQ(payment["commission_id"], granted["commission_id"]);
  EXPECT_EQ(payment["bank_reference"], "SEB 42/8");
}

TEST_F(Money, AClaimUnderASpecialBidIsDecidedAndPaid) {
  begin(std::string(kDealer) + kOffice + kPayments + R"(
  office-discounts: { system: office, mapping: file/discount_agreement.yaml, first_contact: system }
  dealer-discounts: { system: dealer, mapping: file/discount_agreement.yaml, direction: push }
  dealer-sales: { system: dealer, mapping: file/sell_through_report.yaml, direction: pull }
  office-sales: { system: office, mapping: file/sell_through_report.yaml, direction: push }
  dealer-claims: { system: dealer, mapping: file/claim.yaml, first_contact: system }
  office-claims: { system: office, mapping: file/claim.yaml, first_contact: system }
)");
  sends("office", "discount.csv",
        "discount_id,number,kind,partner_duns,sku,method,value,currency,authorisation,valid_from,"
        "valid_until,status\n"
        "SB-9,SB-9,special_bid,123456789,PU-100,fixed_price,62.93,EUR,A-7,2024-11-01,2024-12-31,"
        "active\n");
  settle();
  const std::string bid = only("dealer", "discount.csv")["discount_id"];
  sends("dealer", "sale.csv",
        "sale_id,reporter_duns,kind,currency,sold_on,sku,quantity,unit,unit_price,amount,customer,"
        "country,invoice,authorisation\n"
        "S-1001,123456789,sell_out,EUR,2024-11-19,PU-100,3,H87,62.93,188.79,Talwerk,DE,F-77,A-7\n");
  sends("dealer", "claim.csv",
        "claim_id,number,kind,partner_duns,discount_id,sale_id,sale_line,currency,claimed,line,"
        "description,line_claimed,settlement,status\n"
        "CL-700,CL-700,special_bid,123456789," +
            bid + ",S-1001,1,EUR,21.18,1,3 x 7.06,21.18,bank_transfer,submitted\n");
  settle();
  Row asked = only("office", "claim.csv");
  EXPECT_EQ(asked["kind"], "special_bid");
  EXPECT_EQ(asked["discount_id"], "SB-9") << "as the office calls it";
  EXPECT_EQ(asked["sale_id"], only("office", "sale.csv")["sale_id"]);
  EXPECT_EQ(asked["claimed"], "21.18");

  sends("office", "claim.csv",
        "claim_id,status,currency,eligible,approved,line,line_approved,decision,reason\n" +
            asked["claim_id"] +
            ",partially_approved,EUR,21.18,14.12,1,14.12,accepted_with_changes,over_limit\n");
  sends("office", "remittance.csv",
        "remittance_id,number,partner_duns,method,claim,member_amount,currency,net,tax,gross,"
        "fx_rate,due_on,document,status\n"
        "1400000012,1400000012,123456789,bank_transfer,CL-700,14.12,EUR,14.12,0,14.12,11.2345,"
        "2025-01-31,1400000012,posted\n");
  settle();
  Row answer = only("dealer", "claim.csv");
  EXPECT_EQ(answer["claim_id"], "CL-700");
  EXPECT_EQ(answer["status"], "partially_approved");
  EXPECT_EQ(answer["approved"], "14.12");
  EXPECT_EQ(answer["reason"], "over_limit");
  Row advice = only("dealer", "remittance.csv");
  EXPECT_EQ(advice["claim"], "CL-700");
  EXPECT_EQ(advice["gross"], "14.12");
  EXPECT_EQ(advice["fx_rate"], "11.2345");
  EXPECT_EQ(advice["due_on"], "2025-01-31");
  EXPECT_EQ(advice["value_date"], "");

  sends("office", "remittance-2.csv",
        "remittance_id,status,value_date,bank_reference\n1400000012,paid,2025-01-29,SEB 42/7\n");
  settle();
  advice = only("dealer", "remittance.csv");
  EXPECT_EQ(advice["status"], "paid");
  EXPECT_EQ(advice["value_date"], "2025-01-29");
  EXPECT_EQ(advice["bank_reference"], "SEB 42/7");
}

}  // namespace
}  // namespace channelbridge::test

// Partner programmes, their levels and who takes part, between the CRM and the service cloud.
#include "trade_world.hpp"

namespace channelbridge::test {
namespace {

class Programs : public TradeWorld {
 protected:
  static constexpr const char* kPrograms = R"(
  crm-programs: { system: crm, mapping: salesforce/program.yaml, first_contact: system }
  crm-levels: { system: crm, mapping: salesforce/tier.yaml, first_contact: system }
  crm-partners: { system: crm, mapping: salesforce/partner_account.yaml, first_contact: hub }
  c4c-programs: { system: c4c, mapping: sap_c4c/partner_program.yaml, direction: pull, first_contact: hub }
  c4c-partners: { system: c4c, mapping: sap_c4c/partner.yaml, first_contact: hub, filter: "name = Rheinwerk" }
)";

  void SetUp() override {
    TradeWorld::SetUp();
    ASSERT_TRUE(c4c().seed("PartnerProgramsPartnerProgramCollection",
                           {{"Code", "PG01"}, {"Description", "Pump partners"}}));
    start(kPrograms);
    settle();
    program_ = only_in_crm("ChannelProgram").value("Id", "");
  }
  std::string level(const std::string& name, int rank) {
    return in_crm("ChannelProgramLevel", {{"Name", name}, {"ProgramId", program_}, {"Rank", rank}});
  }

  std::string program_{};
};

TEST_F(Programs, AreMadeInTheCrmAndTheirChangesFollow) {
  EXPECT_EQ(crm().record(program_)["Code__c"], "PG01");
  EXPECT_EQ(crm().record(program_)["Name"], "Pump partners");
  EXPECT_EQ(crm().record(program_)["IsActive"], true);
  edit_crm(program_, {{"Start_Date__c", "2027-01-01"}, {"End_Date__c", "2027-12-31"}});
  settle();
  EXPECT_EQ(record("partner_program")["period.start"], "2027-01-01");
  EXPECT_EQ(record("partner_program")["period.end"], "2027-12-31");
  EXPECT_EQ(made()["ChannelProgram"], 1U);
  EXPECT_EQ(c4c().rows("PartnerProgramsPartnerProgramCollection").size(), 1U);
}

TEST_F(Programs, AMembershipOfTheCrmIsOneThere) {
  const std::string silver = level("Silver", 1);
  const std::string gold = level("Gold", 2);
  const std::string partner = account("Rheinwerk")["Id"];
  const std::string member =
      in_crm("ChannelProgramMember",
             {{"PartnerId", partner}, {"ProgramId", program_}, {"LevelId", silver}});
  edit_crm(partner, {{"Website", "https://rheinwerk.example"}});
  settle();
  EXPECT_EQ(only_in_c4c("PartnerCollection")["Name"], "Rheinwerk");
  const Json membership = only_in_c4c("PartnerProgramsCollection");
  EXPECT_EQ(membership["PartnerProgram"], "PG01");
  EXPECT_EQ(membership["Status"], "02");

  edit_crm(member, {{"LevelId", gold}});
  edit_crm(partner, {{"Website", "https://rheinwerk.example/pumps"}});
  settle();
  EXPECT_EQ(only_in_c4c("PartnerProgramsCollection")["ObjectID"], membership["ObjectID"]);
  EXPECT_EQ(made()["PartnerProgramsCollection"], 1U);
}

TEST_F(Programs, AMembershipOfTheServiceCloudIsOneOfTheCrm) {
  const std::string partner = only_in_c4c("PartnerCollection")["ObjectID"];
  in_c4c("PartnerProgramsCollection", {{"ParentObjectID", partner},
                                       {"PartnerProgram", "PG01"},
                                       {"Status", "02"},
                                       {"AgreementStartDate", "2026-12-01T00:00:00"}});
  settle();
  const Json member = only_in_crm("ChannelProgramMember");
  EXPECT_EQ(member["ProgramId"], program_);
  EXPECT_EQ(member["PartnerId"], account("Rheinwerk")["Id"]);
  EXPECT_EQ(made()["ChannelProgramMember"], 1U);
}

}  // namespace
}  // namespace channelbridge::test

// Partner programmes, their levels and who takes part, between the CRM and the service cloud.
#include <fstream>

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
    begin(kPrograms);
    settle();
    program_ = only_in_crm("ChannelProgram").value("Id", "");
  }
  virtual void begin(const std::string& spokes) { start(spokes); }
  /// The hub's record of an entity in which a field has this value; its id.
  std::string id_of(const std::string& entity, const std::string& field, const Json& value) {
    const auto rows = hub_->store().records_changed(entity, 0, 10);
    EXPECT_TRUE(rows) << to_string(rows.error());
    for (const auto& row : *rows)
      if (Json::parse(row.state).at("fields").value(field, Json()) == value) return row.id;
    ADD_FAILURE() << "no " << entity << " with " << field << " " << value;
    return {};
  }
  Json rheinwerk() {
    const auto rows = hub_->store().records_changed("partner", 0, 10);
    for (const auto& row : rows.value()) {
      Json fields = Json::parse(row.state).at("fields");
      if (fields.value("name", "") == "Rheinwerk") return fields;
    }
    return Json::object();
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

TEST_F(Programs, ALevelIsATierWithItsRankAndAMembershipNamesIt) {
  const std::string silver = in_crm("ChannelProgramLevel", {{"Name", "Silver"},
                                                            {"ProgramId", program_},
                                                            {"Rank", 2},
                                                            {"Base_Margin__c", 12.5},
                                                            {"Revenue_A_Year__c", 100000}});
  settle();
  Json tier = record("program_tier");
  EXPECT_EQ(tier["name"], "Silver");
  EXPECT_EQ(tier["rank"], "2");
  EXPECT_EQ(tier["benefits.base_margin"], "12.5");
  EXPECT_EQ(tier["program"], id_of("partner_program", "name", "Pump partners"));
  EXPECT_EQ(in_line(tier, "value"), "100000");

  const std::string partner = account("Rheinwerk")["Id"];
  const std::string member =
      in_crm("ChannelProgramMember",
             {{"PartnerId", partner}, {"ProgramId", program_}, {"LevelId", silver}});
  edit_crm(partner, {{"Website", "https://rheinwerk.example"}});
  settle();
  EXPECT_EQ(in_line(rheinwerk(), "tier"), id_of("program_tier", "name", "Silver"));

  const std::string gold = level("Gold", 1);
  edit_crm(silver, {{"Rank", 3}});
  edit_crm(member, {{"LevelId", gold}});
  edit_crm(partner, {{"Website", "https://rheinwerk.example/pumps"}});
  settle();
  EXPECT_EQ(in_line(rheinwerk(), "tier"), id_of("program_tier", "name", "Gold"));
  EXPECT_EQ(id_of("program_tier", "rank", "3"), id_of("program_tier", "name", "Silver"));
}

/// An office keeps the levels of the programme in a table.
class Levels : public Programs {
 protected:
  static constexpr const char* kOffice = R"(
  office-programs: { system: office, mapping: file/program.yaml, direction: push }
  office-levels: { system: office, mapping: file/level.yaml, first_contact: system }
)";
  static constexpr const char* kProgram = R"(
system: file
object: program
entity: partner_program
id: program_id
correlation: program_id
reference_key: code
format: csv
absent: unchanged
fields:
  code: code
)";
  static constexpr const char* kLevel = R"(
system: file
object: level
entity: program_tier
id: level_id
correlation: level_id
format: csv
absent: unchanged
fields:
  program: { path: program, ref: partner_program, object: program, required: true }
  name: name
  rank: { path: rank, as: integer }
  benefits.base_margin: margin
)";

  void begin(const std::string& spokes) override {
    namespace fs = std::filesystem;
    fs::create_directories(folder_ / "office" / "from-partner");
    fs::create_directories(folder_ / "office" / "to-partner");
    fs::create_directories(folder_ / "file");
    std::ofstream(folder_ / "file" / "program.yaml") << kProgram;
    std::ofstream(folder_ / "file" / "level.yaml") << kLevel;
    start(spokes + kOffice, {{"crm", "  office: { adapter: file, folder: office }\n"}});
  }
  void sends(const std::string& file, const std::string& text) {
    std::ofstream(folder_ / "office" / "from-partner" / file) << text;
  }
};

TEST_F(Levels, OfAnOfficeAreMadeInTheCrmAndFollow) {
  sends("level.csv",
        "level_id,program,name,rank,margin\n"
        "L-1,PG01,Gold,1,20\nL-2,PG01,Silver,2,12.5\n");
  settle();
  Json silver = with(crm().records("ChannelProgramLevel"), "Name", "Silver");
  ASSERT_FALSE(silver.is_null());
  EXPECT_EQ(silver["ProgramId"], program_);
  EXPECT_EQ(figure(silver["Rank"]), "2");
  EXPECT_EQ(figure(silver["Base_Margin__c"]), "12.5");

  sends("level-2.csv", "level_id,rank,margin\nL-2,3,13\n");
  settle();
  silver = crm().record(silver["Id"]);
  EXPECT_EQ(figure(silver["Rank"]), "3");
  EXPECT_EQ(figure(silver["Base_Margin__c"]), "13");
  edit_crm(silver["Id"], {{"Rank", 4}});
  settle();
  EXPECT_EQ(id_of("program_tier", "rank", "4"), id_of("program_tier", "name", "Silver"));
  EXPECT_EQ(made()["ChannelProgramLevel"], 2U);
}

}  // namespace
}  // namespace channelbridge::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "small_world.hpp"

namespace channelbridge::demo {
namespace {

using testing::HasSubstr;
using testing::Not;

class ProgramTest : public SmallWorld {
 protected:
  std::uint64_t requests() const {
    return world_->crm_server().desk->journal.requests() +
           world_->erp_server().journal().requests() + world_->c4c_server().journal().requests();
  }
};

TEST_F(ProgramTest, EveryMistakeOfTheProjectIsNamedAtOnceAndNothingIsContacted) {
  replace_in_project("adapter: sap_c4c", "adaptor: sap_c4c\n    credental: { kind: basic }");
  replace_in_project("direction: push", "directon: push");
  replace_in_project("match: [duns, partner_number]", "match: [dunz]");
  replace_in_project("mapping: salesforce/lead.yaml", "mapping: salesforce/leed.yaml");
  const auto report = run_json({"sync"});
  EXPECT_EQ(code_, 3);
  std::vector<std::string> said;
  for (const auto& problem : report["error"]["problems"]) {
    EXPECT_GT(problem["line"].get<int>(), 0) << problem;
    said.push_back(problem["path"].get<std::string>() + " -> " +
                   problem["suggestion"].get<std::string>());
  }
  EXPECT_THAT(said, testing::ElementsAre("systems.c4c.adaptor -> adapter",
                                         "systems.c4c.credental -> credential",
                                         "entities.partner.match dunz -> ",
                                         "spokes.crm-leads.mapping -> salesforce/lead.yaml",
                                         "spokes.dealer-leads.directon -> direction"));
  EXPECT_EQ(requests(), 0U);
}

TEST_F(ProgramTest, AMistakeOnTheCommandLineEndsWith3AndNamesTheNearestWord) {
  run({"sync"});
  ASSERT_EQ(code_, 0);
  using Words = std::vector<std::string>;
  const std::vector<std::pair<Words, std::string>> mistakes{
      {{"plna"}, "did you mean 'plan'"},
      {{"conflicts", "lst"}, "did you mean 'list'"},
      {{"plan", "--shw", "3"}, "did you mean '--show'"},
      {{"plan", "--show", "-1"}, "--show"},
      {{"sync", "--timeout", "99999999999999999999"}, "--timeout"},
      {{"sync", "--limit", "-1"}, "--limit"},
      {{"sync", "--limit", "0"}, "--limit"},
      {{"sandbox", "salesforce", "--port", "99999"}, "--port"},
      {{"sandbox", "sap_c4c", "--metadata", "."}, "an EDMX file"},
      {{"sandbox", "sap_s4hana", "--set", "batch_status=500"}, "batch_status=202"},
      {{"sync", "--only", "crm-leed"}, "crm-leads"},
      {{"explain", "leed", "x"}, "lead"},
      {{"explain", "lead", "no-such-id"}, "no-such-id"},
      {{"dead-letters", "show", "zz"}, "zz"},
      {{"dead-letters", "replay", "zz"}, "zz"},
      {{"conflicts", "resolve", "crm-leed", "k", "topic", "--keep", "hub"}, "crm-leads"},
      {{"conflicts", "resolve", "crm-leads", "k", "topic", "--keep", "hub"}, "'k'"},
      {{"duplicates", "resolve", "a", "b", "--as", "same"}, "a"}};
  for (const auto& [words, named] : mistakes) {
    const auto answer = run_json(words);
    EXPECT_EQ(code_, 3) << testing::PrintToString(words);
    ASSERT_TRUE(answer.is_object() && answer.contains("error")) << testing::PrintToString(words);
    EXPECT_THAT(answer["error"].dump(), HasSubstr(named));
    for (const char* member : {"key", "request_id", "retry_after_ms", "sent", "problems"})
      EXPECT_TRUE(answer["error"].contains(member)) << member;
  }
}

TEST_F(ProgramTest, APlanThatCouldNotReadASystemIsNotEmpty) {
  run({"sync"});
  ASSERT_EQ(code_, 0);
  for (const char* name : {"CRM", "ERP", "C4C"}) {
    replace_in_project("url: \"${env:DEMO_" + std::string(name) + "_URL}\"",
                       "url: \"http://127.0.0.1:9\"\n    retry: { attempts: 1 }");
  }
  const auto plan = run_json({"plan"});
  EXPECT_EQ(code_, 2);
  EXPECT_FALSE(plan["empty"].get<bool>());
  const std::string said = run({"plan"});
  EXPECT_THAT(said, Not(HasSubstr("The plan is empty")));
  EXPECT_THAT(said, HasSubstr("The plan is not whole"));
}

TEST_F(ProgramTest, DoctorFindsNothingWrongOnceFilesAreThere) {
  run({"sync"});
  ASSERT_EQ(code_, 0);
  const auto findings = run_json({"doctor"});
  for (const auto& finding : findings) EXPECT_NE(finding["verdict"], "error") << finding;
  EXPECT_THAT(findings.dump(), HasSubstr("no file has a column 'bin' yet"));
  EXPECT_EQ(code_, 0);
}

TEST_F(ProgramTest, TheTemplateSaysWhatItNeedsAndWhereOurRecordIdGoes) {
  const std::string file = folder_ + "/template.yaml";
  const auto written = run_json({"init", "-p", file});
  EXPECT_EQ(code_, 0);
  EXPECT_THAT(written["variables"].dump(), HasSubstr("ERP_PASSWORD"));
  EXPECT_EQ(written["files"], nlohmann::json({"sf.pem"}));
  const auto checked = run_json({"doctor", "-p", file});
  EXPECT_EQ(code_, 3);
  EXPECT_EQ(checked["error"]["problems"].size(),
            written["variables"].size() + written["files"].size())
      << checked.dump(1);
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("identification_type: "));
  EXPECT_THAT(text.str(), HasSubstr("match: [tax_id, duns]")) << "keys that the mappings fill";
}

TEST_F(ProgramTest, AWrongPasswordNamesTheSystemAndShowsNoSecret) {
  replace_in_project("password: \"${env:DEMO_ERP_PASSWORD}\"", "password: \"not-the-password\"");
  const std::string out = run({"sync", "-o", "json"});
  EXPECT_EQ(code_, 2);
  EXPECT_THAT(out, HasSubstr("erp"));
  EXPECT_THAT(out, HasSubstr("unauthenticated"));
  EXPECT_THAT(out, HasSubstr("401"));
  EXPECT_THAT(out, Not(HasSubstr("not-the-password")));
  // The other systems went on.
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
}

TEST_F(ProgramTest, ASystemThatIsNotThereStopsAlone) {
  replace_in_project("url: \"${env:DEMO_ERP_URL}\"",
                     "url: \"http://127.0.0.1:9\"\n    retry: { attempts: 1 }");
  const std::string out = run({"sync", "-o", "json"});
  EXPECT_EQ(code_, 2);
  EXPECT_THAT(out, HasSubstr("erp"));
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
}

TEST_F(ProgramTest, ADocumentThatDoesNotFitIsADeadLetterAndTheRestFlows) {
  const auto leads = world_->crm().records("Lead");
  ASSERT_TRUE(world_->crm().edit(leads[3].value("Id", ""), sandbox::Json{{"Country", "Atlantis"}}));
  run({"sync"});
  EXPECT_EQ(code_, 1);
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 19U);
  const auto letters = run_json({"dead-letters", "list"});
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_THAT(letters[0]["message"].get<std::string>(), HasSubstr("address.country"));
  EXPECT_THAT(letters[0]["file"].get<std::string>(), HasSubstr("salesforce/lead.yaml"));
  EXPECT_GT(letters[0]["line"].get<int>(), 0);
  ASSERT_TRUE(world_->crm().edit(leads[3].value("Id", ""), sandbox::Json{{"Country", "Sweden"}}));
  run({"sync"});
  EXPECT_EQ(code_, 0);
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
}

TEST_F(ProgramTest, TwoRunsAtOnceAreRefused) {
  sandbox::Fault slow;
  slow.kind = "latency";
  slow.value = 300;
  slow.count = 1000;
  world_->c4c_server().faults().add(slow);
  const std::uint64_t before = requests();
  std::thread first([this] {
    int code = 0;
    run_program(*world_, kProgram, {"sync"}, code);
  });
  // Whoever asks a system for something has the store.
  const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (requests() == before && std::chrono::steady_clock::now() < late)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto second = run_json({"sync"});
  first.join();
  EXPECT_EQ(code_, 2);
  ASSERT_TRUE(second.contains("error")) << second.dump(2);
  EXPECT_THAT(second["error"]["message"].get<std::string>(), HasSubstr("in use by another run"));
}

TEST_F(ProgramTest, AFilledSystemThatIsAddedLaterIsNotDoubled) {
  run({"sync", "--only", "erp-partners", "crm-partners"});
  EXPECT_EQ(code_, 0);
  EXPECT_EQ(world_->crm().count("Account"), 6U);
  const std::size_t before = world_->c4c().count("CorporateAccountCollection");
  EXPECT_GT(before, 0U);
  run({"sync"});
  EXPECT_EQ(code_, 0);
  EXPECT_EQ(world_->c4c().count("CorporateAccountCollection"), 6U);
  EXPECT_EQ(world_->erp().count("A_BusinessPartner"), 6U);
}

TEST_F(ProgramTest, AStatusAndAStoryCanBeHadInJson) {
  run({"sync"});
  const auto status = run_json({"status"});
  EXPECT_EQ(status["spokes"].size(), 26U);
  EXPECT_EQ(code_, 0);
  const auto story =
      run_json({"explain", "lead", world_->crm().records("Lead")[0].value("Id", "")});
  EXPECT_EQ(story["entity"], "lead");
  EXPECT_GE(story["links"].size(), 2U);
}

TEST_F(ProgramTest, MappingsOfSoapAreCheckedAgainstTheManifestsThatComeAlong) {
  const std::string mappings = CHANNELBRIDGE_SOURCE_DIR "/mappings/";
  const auto report = run_json(
      {"mapping", "check", mappings + "sap_crm/claim.yaml", mappings + "sap_fi/settlement.yaml"});
  EXPECT_EQ(code_, 0) << report.dump(2);
  EXPECT_EQ(report["mappings"], 2);
}

TEST_F(ProgramTest, TroubleOnTheWireChangesNothingInTheEnd) {
  for (const char* kind : {"reset_before", "reset_after", "unavailable", "rate_limit"}) {
    sandbox::Fault fault;
    fault.kind = kind;
    fault.after = 2;
    fault.count = 1;
    world_->c4c_server().faults().add(fault);
    world_->crm_server().desk->faults.add(fault);
  }
  for (int i = 0; i < 4; ++i) run({"sync"});
  EXPECT_EQ(code_, 0);
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
  EXPECT_EQ(world_->crm().count("Account"), 6U);
  EXPECT_THAT(world_->doubles(), testing::IsEmpty());
  EXPECT_TRUE(run_json({"plan"})["empty"].get<bool>());
}

}  // namespace
}  // namespace channelbridge::demo

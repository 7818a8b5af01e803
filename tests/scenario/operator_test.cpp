#include <fcntl.h>
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

/// What an operator does with the program: backups, saved plans, duplicates, the store, watching.
namespace channelbridge::demo {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class OperatorTest : public SmallWorld {
 protected:
  OperatorTest() { size_ = {.partners = 4, .contacts = 2, .leads = 8}; }

  void new_lead(const std::string& name) const {
    const auto made = world_->crm().insert("Lead", sandbox::Json{{"LastName", name},
                                                                 {"Company", name + " AB"},
                                                                 {"Country", "Sweden"},
                                                                 {"Email", name + "@example.com"},
                                                                 {"Status", "Open - Not Contacted"},
                                                                 {"Estimated_Value__c", 1000.0}});
    ASSERT_TRUE(made) << to_string(made.error());
  }
  std::size_t leads_of_c4c() const { return world_->c4c().count("LeadCollection"); }
  std::size_t rows_of_dealer() const {
    std::set<std::string> rows;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder_ + "/dealer-se")) {
      if (!entry.is_regular_file() || entry.path().extension() != ".csv") continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) rows.insert(line);
    }
    return rows.size();
  }
};

TEST_F(OperatorTest, AfterAnOlderStoreWasPutBackNothingIsWrittenAndOnceAcceptedNothingTwice) {
  replace_in_project("lead:\n    match: [email]", "lead:\n    match: []");  // only marks can tell
  run({"sync"});
  ASSERT_EQ(code_, 0);
  run({"store", "backup", "backup.db"});
  ASSERT_EQ(code_, 0);
  new_lead("Lind");
  run({"sync"});
  ASSERT_EQ(leads_of_c4c(), 9U);
  const std::size_t rows = rows_of_dealer();

  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(folder_ + "/channelbridge.db" + suffix);
  std::filesystem::copy_file(folder_ + "/backup.db", folder_ + "/channelbridge.db");
  world_->clear_journals();
  const std::string held = run({"sync"});
  EXPECT_EQ(code_, 2);
  EXPECT_THAT(held, HasSubstr("older copy"));
  EXPECT_THAT(held, HasSubstr("LeadCollection"));
  EXPECT_THAT(held, HasSubstr("--accept-marks"));
  const std::string examined = run({"doctor"});
  EXPECT_EQ(code_, 2);
  EXPECT_THAT(examined, HasSubstr("carry record ids"));
  const auto accepted = run_json({"sync", "--accept-marks"});
  EXPECT_EQ(code_, 0) << accepted.dump(1);
  EXPECT_EQ(leads_of_c4c(), 9U);
  EXPECT_EQ(rows_of_dealer(), rows);
  EXPECT_THAT(world_->doubles(), IsEmpty());
  EXPECT_TRUE(run_json({"plan"})["empty"].get<bool>());
  EXPECT_THAT(run({"doctor"}), testing::Not(HasSubstr("carry record ids")));
}

TEST_F(OperatorTest, ASavedPlanIsCarriedOutAndWhatHasMovedWaits) {
  run({"sync"});
  new_lead("Lind");
  run({"plan", "--save", "plan.ndjson"});
  ASSERT_EQ(code_, 0);
  new_lead("Berg");
  const auto report = run_json({"sync", "--plan", "plan.ndjson"});
  EXPECT_EQ(code_, 1);
  EXPECT_EQ(leads_of_c4c(), 9U);
  EXPECT_EQ(report["plan"]["no_longer_needed"], 0);
  ASSERT_FALSE(report["plan"]["moved"].empty());
  EXPECT_THAT(report["plan"]["moved"].dump(), HasSubstr("Berg"));
  EXPECT_THAT(report["plan"]["moved"].dump(), testing::Not(HasSubstr("Lind")));
  run({"sync"});
  EXPECT_EQ(code_, 0);
  EXPECT_EQ(leads_of_c4c(), 10U);
}

TEST_F(OperatorTest, APlanOfAnotherStoreIsRefusedAsAWhole) {
  run({"plan", "--save", "plan.ndjson"});
  for (const char* suffix : {"", "-wal", "-shm"})
    std::filesystem::remove(folder_ + "/channelbridge.db" + suffix);
  world_->clear_journals();
  const auto refused = run_json({"sync", "--plan", "plan.ndjson"});
  EXPECT_EQ(code_, 3);
  EXPECT_THAT(refused["error"]["message"].get<std::string>(), HasSubstr("another store"));
  std::ofstream(folder_ + "/plan.ndjson", std::ios::trunc) << "{\"spoke\":\"crm-leads\"}\n";
  EXPECT_THAT(run_json({"sync", "--plan", "plan.ndjson"})["error"]["message"].get<std::string>(),
              HasSubstr("no saved plan"));
  EXPECT_EQ(code_, 3);
  EXPECT_EQ(world_->c4c_server().journal().requests(), 0U);
}

TEST_F(OperatorTest, PossibleDuplicatesAreListedAndDecided) {
  new_lead("Lind");
  new_lead("Berg");
  run({"sync"});
  EXPECT_THAT(run({"duplicates", "list"}), HasSubstr("no possible duplicates"));
  EXPECT_EQ(code_, 0);
  for (const auto& lead : world_->crm().records("Lead")) {
    if (lead.value("LastName", "") == "Berg") {
      ASSERT_TRUE(
          world_->crm().edit(lead.value("Id", ""), sandbox::Json{{"Email", "Lind@example.com"}}));
    }
  }
  run({"sync"});
  const auto listed = run_json({"duplicates", "list"});
  EXPECT_EQ(code_, 1);
  ASSERT_EQ(listed.size(), 1U);
  run({"duplicates", "resolve", listed[0]["record"], listed[0]["other"], "--as", "same"});
  EXPECT_EQ(code_, 0);
  EXPECT_EQ(run_json({"duplicates", "list"}).size(), 0U);
  run({"sync"});
  EXPECT_EQ(leads_of_c4c(), 10U);
  run({"duplicates", "resolve", "019", "018", "--as", "different"});
  EXPECT_EQ(code_, 3);
}

TEST_F(OperatorTest, AFileThatIsNoPlanOrADamagedOneIsNamedAndNothingIsWritten) {
  run({"plan", "--save", "plan.ndjson"});
  ASSERT_EQ(code_, 0);
  std::string head;
  std::getline(std::ifstream(folder_ + "/plan.ndjson") >> std::ws, head);
  const std::string format = R"("format":"channelbridge-plan")";
  for (const std::string& text :
       {std::string(), std::string("[1]"), "{" + format + "}", std::string(R"({"format":7})"),
        "{" + format + R"(,"version":"1"})", "{" + format + R"(,"version":1})",
        "{" + format + R"(,"version":1,"store":7})", head + "\n[]", head + "\n\"text\"",
        head + "\n{}", head + "\n{\"digest\":7}", head + "\n{\"digest\":"}) {
    std::ofstream(folder_ + "/damaged.ndjson", std::ios::trunc) << text << "\n";
    const auto answer = run_json({"sync", "--plan", "damaged.ndjson"});
    EXPECT_EQ(code_, 3) << text;
    ASSERT_TRUE(answer.is_object() && answer.contains("error")) << text;
    EXPECT_THAT(answer["error"].dump(), HasSubstr("damaged.ndjson")) << text;
  }
  EXPECT_EQ(leads_of_c4c(), 0U);
}

TEST_F(OperatorTest, WhatIsAcceptedOnceIsNotAcceptedInEveryRun) {
  for (const std::string flag :
       {"--accept-marks", "--accept-mapping-change", "--accept-metadata-change"}) {
    const auto answer = run_json({"sync", "--watch", "1s", flag, "--timeout", "1"});
    EXPECT_EQ(code_, 3) << flag;
    EXPECT_THAT(answer.dump(), HasSubstr("--watch")) << flag;
  }
}

TEST_F(OperatorTest, TheStoreIsCompactedAndBackedUp) {
  run({"sync"});
  replace_in_project("store:", "retention: { versions: 1d, runs: forever }\nstore:");
  const auto done = run_json({"store", "compact"});
  EXPECT_EQ(code_, 0);
  EXPECT_EQ(done["removed"]["versions"], 0) << "nothing is older than a day";
  EXPECT_GT(done["bytes_after"].get<int>(), 0);
  run({"store", "backup", "copy.db"});
  EXPECT_EQ(code_, 0);
  run({"store", "backup", "copy.db"});
  EXPECT_EQ(code_, 3) << "a backup replaces nothing";
  EXPECT_TRUE(run_json({"store", "backup", "caf\xe9.db"}).contains("backup"))
      << "a name that is no UTF-8";
  replace_in_project("versions: 1d", "versions: 1w");
  EXPECT_THAT(run({"store", "compact", "-o", "json"}), HasSubstr("1w"));
  EXPECT_EQ(code_, 3);
}

TEST_F(OperatorTest, WatchingRunsAgainAndEndsCleanlyWithCtrlC) {
  const std::string out = folder_ + "/watch.ndjson";
  std::vector<std::string> variables;
  for (const auto& [name, value] : world_->environment()) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  environment.push_back(nullptr);
  std::vector<std::string> words{kProgram, "sync", "--watch", "1s", "-o", "json"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(folder_.c_str()) != 0) ::_exit(127);
    const int file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, STDOUT_FILENO);
    ::execve(kProgram.c_str(), argv.data(), environment.data());
    ::_exit(127);
  }
  const auto wait_for = [&](std::size_t leads) {
    for (int i = 0; i < 600 && leads_of_c4c() < leads; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return leads_of_c4c();
  };
  EXPECT_EQ(wait_for(8), 8U);
  new_lead("Lind");
  EXPECT_EQ(wait_for(9), 9U);
  const auto lines = [&] {
    std::ifstream in(out);
    std::vector<nlohmann::json> reports;
    for (std::string line; std::getline(in, line);)
      reports.push_back(nlohmann::json::parse(line, nullptr, false));
    return reports;
  };
  for (int i = 0; i < 600 && lines().size() < 3; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  const auto reports = lines();
  ASSERT_GE(reports.size(), 3U);
  for (const nlohmann::json& report : reports) EXPECT_TRUE(report.contains("run")) << report;
  EXPECT_EQ(WEXITSTATUS(status), reports.back()["cancelled"].get<bool>() ? 2 : 0);
}

TEST_F(OperatorTest, ARecordedMessageIsReceivedAndReadAtOnce) {
  run({"sync"});
  ASSERT_EQ(code_, 0);
  const std::string lead = world_->crm().records("Lead").front()["Id"];
  ASSERT_TRUE(world_->crm().edit(lead, {{"Title", "Head of purchasing"}}));
  std::ofstream(folder_ + "/event.json")
      << R"({"channel":"/data/LeadChangeEvent","data":{"payload":{"ChangeEventHeader":{"entityName":"Lead","recordIds":[")"
      << lead
      << R"("],"changeType":"UPDATE","transactionKey":"t1","sequenceNumber":1}},"event":{"replayId":7}}})";
  const auto answer = run_json({"receive", "event.json", "--system", "crm"});
  EXPECT_EQ(code_, 0);
  ASSERT_TRUE(answer.is_object() && answer.contains("taken")) << answer;
  EXPECT_EQ(answer["taken"], true);
  EXPECT_EQ(answer["hints"][0]["key"], lead);
  EXPECT_EQ(answer["spokes"][0]["changed"], 1);
  EXPECT_THAT(run({"explain", "lead", lead}), HasSubstr("Head of purchasing"));
  const auto again = run_json({"receive", "event.json", "--system", "crm", "--after",
                               answer["position"].get<std::string>()});
  EXPECT_EQ(again["repeated"], 1);
  for (const auto& [words, named] :
       {std::pair(std::vector<std::string>{"receive", "event.json", "--system", "erp"}, "sends"),
        std::pair(std::vector<std::string>{"receive", "no.json", "--system", "crm"}, "no.json")}) {
    EXPECT_THAT(run_json(words).dump(), HasSubstr(named));
    EXPECT_EQ(code_, 3);
  }
}

TEST_F(OperatorTest, EveryCommandOfTheOperatorHasHelpWithAnExample) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"duplicates", "list"},
                                                  {"duplicates", "resolve"},
                                                  {"waiting", "list"},
                                                  {"store", "backup"},
                                                  {"store", "compact"},
                                                  {"sync"},
                                                  {"plan"},
                                                  {"doctor"}}) {
    std::vector<std::string> words = command;
    words.emplace_back("--help");
    EXPECT_THAT(run(words), HasSubstr("Example:\n  channelbridge " + command.front()));
    EXPECT_EQ(code_, 0);
  }
}

}  // namespace
}  // namespace channelbridge::demo

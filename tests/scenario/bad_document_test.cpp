#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include "relay.hpp"
#include "trouble.hpp"

namespace channelbridge::demo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kMapping = R"(system: file
object: answer
entity: lead
id: row_id
format: json
fields:
  topic: topic
  company.name: company
  contact.last_name: last_name
  contact.email: email
  estimated_value.amount: { path: value, as: decimal }
  estimated_value.currency: currency
  source: source
  status: { path: status, codes: { captured: NEW, accepted: TAKEN } }
  received_at: { path: received, direction: read }
)";

/// A folder in which a partner wrote what he pleased, one mistake a row.
class BadDocument : public Trouble {
 protected:
  void SetUp() override {
    Trouble::SetUp();
    std::ofstream(folder_ + "/answers.yaml") << kMapping;
    replace_in_project("spokes:\n",
                       "spokes:\n"
                       "  answers: { system: dealer-se, mapping: answers.yaml, direction: pull, "
                       "first_contact: system }\n");
  }

  void write_rows(const std::string& rows) const {
    const std::string file = folder_ + "/dealer-se/from-partner/answer.ndjson";
    std::ofstream(file, std::ios::trunc) << rows;
    // Files that changed a moment ago are left alone.
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));
  }

  static std::string row(int number, const std::map<std::string, std::string>& changed = {}) {
    std::map<std::string, std::string> values{
        {"topic", "Pumps"},
        {"company", "Kund " + std::to_string(number) + " AB"},
        {"last_name", "Ek"},
        {"email", "kund" + std::to_string(number) + "@example.com"},
        {"value", "100.50"},
        {"currency", "SEK"},
        {"source", "partner"},
        {"status", "NEW"},
        {"received", "2026-03-01T10:00:00Z"}};
    for (const auto& [name, value] : changed) values[name] = value;
    std::string out = R"({"row_id":")" + std::to_string(number) + "\"";
    for (const auto& [name, value] : values) {
      out += ",\"" + name + "\":\"" + value + "\"";
    }
    return out + "}\n";
  }
};

TEST_F(BadDocument, IsADeadLetterWithItsRuleFileLineAndValueAndTheRestFlows) {
  std::string longest;
  for (int i = 0; i < 300; ++i) longest += "ü";
  struct Mistake {
    std::map<std::string, std::string> changed;
    std::string where;  ///< path and value, as the letter shows them
    int line;           ///< of the mapping
  };
  const std::vector<Mistake> mistakes{
      {{{"received", "31.02.2026"}}, "'31.02.2026'", 15}, {{{"status", "MAYBE"}}, "'MAYBE'", 14},
      {{{"source", "rumour"}}, "'rumour'", 13},           {{{"topic", longest}}, "'üü", 7},
      {{{"value", "1.000,50"}}, "'1.000,50'", 11},        {{{"email", "nobody"}}, "email", 10}};
  std::string rows = row(1);
  for (std::size_t i = 0; i < mistakes.size(); ++i)
    rows += row(static_cast<int>(i) + 2, mistakes[i].changed);
  rows += row(90);
  write_rows(rows);
  run({"sync"});
  EXPECT_EQ(ended_.code, 1) << said();
  const auto letters = run({"dead-letters", "list"});
  ASSERT_TRUE(letters.is_array()) << said();
  EXPECT_EQ(letters.size(), mistakes.size()) << letters.dump(1);
  for (const auto& letter : letters) {
    const auto number = std::stoul(letter["key"].get<std::string>());
    ASSERT_LE(number - 2, mistakes.size()) << letter;
    const Mistake& mistake = mistakes[number - 2];
    EXPECT_EQ(letter["spoke"], "answers");
    EXPECT_THAT(letter["message"].get<std::string>(), HasSubstr(mistake.where)) << letter;
    EXPECT_THAT(letter["message"].get<std::string>(), Not(HasSubstr("nobody"))) << "personal";
    EXPECT_THAT(letter["file"].get<std::string>(), HasSubstr("answers.yaml")) << letter;
    EXPECT_EQ(letter["line"], mistake.line) << letter;
    EXPECT_FALSE(letter["rule"].get<std::string>().empty()) << letter;
  }
  EXPECT_EQ(world_->crm().count("Lead"), 22U);
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 22U);
}

/// A field that the protocol always delivers, and that is gone: the mapping does not fit any more.
TEST_F(Trouble, AFieldThatIsGoneStopsItsSpokeBeforeAnythingIsHarmed) {
  kit::Relay::Hooks hooks;
  hooks.edit = [](const kit::SeenRequest& request, std::string& body) {
    const std::size_t at = body.find("\"Company\":");
    if (request.line().find("FROM%20Lead") == std::string::npos || at == std::string::npos) return;
    body.erase(at, body.find("\",", at + 11) + 2 - at);
  };
  const kit::Relay relay(world_->crm_server().server->port(), std::move(hooks));
  replace_in_project("${env:DEMO_CRM_URL}", relay.origin());
  const auto report = run({"sync"});
  EXPECT_EQ(ended_.code, 2) << said();
  const std::string why = stopped(report, "crm-leads");
  EXPECT_THAT(why, HasSubstr("crm: read Lead: "));
  EXPECT_THAT(why, HasSubstr("salesforce/lead.yaml:12: company.name: Company: is absent"));
  EXPECT_EQ(world_->crm().count("Account"), 6U);
  EXPECT_EQ(world_->journal()["crm-leads"].updated, 0U);
}

TEST_F(Trouble, BytesThatAreNoTextAreNamedInAReportThatIsText) {
  replace_in_project("spokes:\n",
                     "spokes:\n  bad-\xFF: { system: \xFF\xFE, mapping: \xFF.yaml }\n");
  const auto report = run({"sync"});
  EXPECT_EQ(ended_.code, 3) << said();
  ASSERT_TRUE(report.is_object() && report.contains("error")) << said();
  EXPECT_GT(report["error"]["problems"][0]["line"].get<int>(), 0);
}

TEST_F(BadDocument, ARowThatIsNoRowStopsNoOther) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  write_rows(row(1) + "{\"row_id\":\"2\",\n" + "{\"row_id\":\"3\",\"topic\":\"\xFF\"}\n" +
             "{\"row_id\":\"4\",\"row_id\":\"5\"}\n" + deep + "\n" + row(6));
  run({"sync"});
  EXPECT_EQ(ended_.code, 1) << said();
  EXPECT_EQ(world_->crm().count("Lead"), 22U);
  const auto letters = run({"dead-letters", "list"});
  ASSERT_TRUE(letters.is_array()) << said();
  EXPECT_EQ(letters.size(), 4U) << letters.dump(1);
  for (const auto& letter : letters) {
    EXPECT_THAT(letter["message"].get<std::string>(), HasSubstr("answer.ndjson")) << letter;
    EXPECT_LT(letter.dump().size(), 4000U);
    run({"dead-letters", "show", letter["id"].get<std::string>()});
    EXPECT_EQ(ended_.code, 0) << said();
  }
}

}  // namespace
}  // namespace channelbridge::demo

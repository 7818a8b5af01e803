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

constexpr const char* kQuotes = R"(system: file
object: answer
entity: quote
id: row_id
format: json
fields:
  number: number
  version: { path: version, as: text }
  seller.partner: { path: seller, ref: partner, object: account }
  currency: currency
  lines[no=10].product: { path: product, ref: product, object: article }
  lines[no=10].qty.value: { path: quantity, as: decimal }
  lines[no=10].net_price: { path: price, as: decimal }
  lines[no=10].net_amount: { path: amount, as: decimal }
  totals.lines_net: { path: total, as: decimal }
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

/// Quotes of a partner: what cannot be is set aside with its rule and its figures, and what cannot
/// both be is named with both documents.
class BadQuotes : public BadDocument {
 protected:
  void SetUp() override {
    BadDocument::SetUp();
    std::ofstream(folder_ + "/answers.yaml", std::ios::trunc) << kQuotes;
  }
  static std::string quote(int number, const std::map<std::string, std::string>& changed = {}) {
    std::map<std::string, std::string> values{{"number", "Q-" + std::to_string(number)},
                                              {"version", "1"},
                                              {"seller", "V1"},
                                              {"currency", "EUR"},
                                              {"product", "PU-100"},
                                              {"quantity", "3"},
                                              {"price", "62.928"},
                                              {"amount", "188.78"},
                                              {"total", "188.78"}};
    for (const auto& [name, value] : changed) values[name] = value;
    std::string out = R"({"row_id":")" + std::to_string(number) + "\"";
    for (const auto& [name, value] : values) {
      out += ",\"" + name + "\":" + (value.empty() ? "null" : "\"" + value + "\"");
    }
    return out + "}\n";
  }
  static int new_quotes(const nlohmann::json& report) {
    for (const auto& spoke : report.value("spokes", nlohmann::json::array())) {
      if (spoke["spoke"] == "answers") return spoke["new_records"];
    }
    return -1;
  }
  static nlohmann::json letter_of(const nlohmann::json& letters, const std::string& key) {
    for (const auto& letter : letters) {
      if (letter["key"] == key) return letter;
    }
    ADD_FAILURE() << "no dead letter of row " << key << ": " << letters.dump(1);
    return {{"rule", ""}, {"message", ""}, {"file", ""}, {"line", 0}, {"id", ""}};
  }
};

TEST_F(BadQuotes, AreSetAsideWithTheirRuleAndTheirFiguresAndTheRestFlows) {
  write_rows(quote(1) + quote(2, {{"currency", ""}}) + quote(3, {{"currency", "EUX"}}) +
             quote(4, {{"total", "190"}}) + quote(5, {{"amount", "188.79"}, {"total", "188.79"}}) +
             quote(6));
  EXPECT_EQ(new_quotes(run({"sync"})), 2) << "the others have come";
  EXPECT_EQ(ended_.code, 1) << said();
  const auto letters = run({"dead-letters", "list"});
  ASSERT_TRUE(letters.is_array()) << said();
  EXPECT_EQ(letters.size(), 4U) << letters.dump(1);
  struct Mistake {
    std::string row;
    std::string rule;
    std::string figures;
  };
  for (const Mistake& mistake : std::vector<Mistake>{
           {"2", "currency_missing", "is missing beside lines[@no=10].net_amount and 2 more"},
           {"3", "bad_value", "'EUX'"},
           {"4", "lines_net",
            "is 190.00, but the sum of lines[].net_amount of 1 element = 188.78, a difference of "
            "1.22"},
           {"5", "line_amount",
            "is 188.79, but net_price 62.928 x qty 3 = 188.78, a difference of 0.01"}}) {
    const auto letter = letter_of(letters, mistake.row);
    EXPECT_EQ(letter["rule"], mistake.rule) << letter;
    EXPECT_THAT(letter["message"].get<std::string>(), HasSubstr(mistake.figures));
    EXPECT_THAT(letter["file"].get<std::string>(), HasSubstr("answers.yaml"));
    const auto whole = run({"dead-letters", "show", letter["id"].get<std::string>()});
    EXPECT_THAT(whole["payload"].get<std::string>(), HasSubstr("\"row_id\":\"" + mistake.row));
  }
  const std::string text = SmallWorld::run({"dead-letters", "list"});
  EXPECT_THAT(text, HasSubstr("lines_net"));
  EXPECT_THAT(text, HasSubstr("188.78"));
}

TEST_F(BadQuotes, TwoOfOneNumberAreNamedWithBothDocuments) {
  write_rows(quote(1, {{"number", "Q-7"}}) + quote(2, {{"number", "Q-7"}}) +
             quote(3, {{"number", "Q-7"}, {"version", "2"}}));
  EXPECT_EQ(new_quotes(run({"sync"})), 3) << "nobody is lost or made one";
  const auto pairs = run({"duplicates", "list"});
  EXPECT_EQ(ended_.code, 1);
  ASSERT_EQ(pairs.size(), 1U) << pairs.dump(1);
  EXPECT_THAT(pairs[0]["reason"].get<std::string>(), HasSubstr("document_key: "));
  EXPECT_THAT(pairs[0]["reason"].get<std::string>(), HasSubstr("/Q-7/1"));
  std::multiset<std::string> keys;
  for (const char* side : {"objects", "other_objects"}) {
    ASSERT_EQ(pairs[0][side].size(), 1U) << pairs.dump(1);
    EXPECT_EQ(pairs[0][side][0]["spoke"], "answers");
    keys.insert(pairs[0][side][0]["key"].get<std::string>());
  }
  EXPECT_EQ(keys, (std::multiset<std::string>{"1", "2"}));
  const std::string text = SmallWorld::run({"duplicates", "list"});
  EXPECT_THAT(text, HasSubstr("answers 1"));
  EXPECT_THAT(text, HasSubstr("answers 2"));
  EXPECT_THAT(text, HasSubstr("/Q-7/1"));
}

TEST_F(BadQuotes, OfAnUnknownProductKeepItsNumberUntilItComes) {
  write_rows(quote(1, {{"product", "XX-9"}}));
  run({"sync"});
  const auto story = run({"explain", "quote", "1"});
  EXPECT_THAT(story.dump(), HasSubstr("pending:dealer-se/article/XX-9")) << said();
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

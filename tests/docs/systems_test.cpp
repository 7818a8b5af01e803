// docs/systems.md: a row for each system with the tests that prove it, and one for each mapping.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "channelbridge/mapping/mapping.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = CHANNELBRIDGE_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string page() { return text_of(kSource / "docs/systems.md"); }

std::vector<fs::path> mapping_files() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "mappings")) {
    const std::string name = entry.path().filename().string();
    const std::string folder = entry.path().parent_path().filename().string();
    if (name.ends_with(".yaml") && !name.ends_with(".cases.yaml") && folder != "codes")
      out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// A unit or a currency that is read where its amount is not says nothing. A mapping has it for the
/// hub, which knows the lines that it writes by what could be read of them.
bool is_lone_unit(const mapping::Mapping& mapping, const mapping::RuleInfo& rule) {
  const model::FieldInfo* field = mapping.entity().find(rule.field);
  const std::size_t dot = rule.field.rfind('.');
  if (field == nullptr || dot == std::string::npos) return false;
  if (field->type != model::FieldType::Unit && field->type != model::FieldType::Currency)
    return false;
  const std::string amount = rule.field.substr(0, dot + 1);
  const auto rules = mapping.rules();
  return std::none_of(rules.begin(), rules.end(), [&](const mapping::RuleInfo& other) {
    return other.field != rule.field && other.field.starts_with(amount) &&
           other.direction != mapping::Direction::Write;
  });
}

std::string direction_of(const mapping::Mapping& mapping) {
  bool reads = false;
  bool writes = false;
  for (const mapping::RuleInfo& rule : mapping.rules()) {
    if (rule.path.empty() && rule.read.empty()) continue;
    reads = reads || (rule.direction != mapping::Direction::Write && !is_lone_unit(mapping, rule));
    writes = writes || rule.direction != mapping::Direction::Read;
  }
  return reads && writes ? "both" : writes ? "write" : "read";
}

/// The value that says where our record id goes, "" = none:  correlation: "${order_correlation}"
std::string setting_of(const fs::path& file) {
  const std::string text = text_of(file);
  static const std::regex kLine("(^|\n)correlation:[^\n#]*[$][{](\\w+)[}]");
  std::smatch found;
  return std::regex_search(text, found, kLine) ? found[2].str() : std::string();
}

std::string correlation_of(const mapping::Mapping& mapping, const fs::path& file) {
  const std::string& path = mapping.object_paths().correlation;
  const std::string setting = setting_of(file);
  std::string out = path.empty() ? "" : "`" + path + "`";
  if (!setting.empty()) out += (out.empty() ? "" : ", ") + ("setting `" + setting + "`");
  return out.empty() ? "–" : out;
}

/// The row that a mapping has on the page.
std::string row_of(const mapping::Mapping& mapping, const fs::path& file) {
  std::string objects = mapping.object();
  std::set<std::string> seen{mapping.object()};
  for (const mapping::ChildInfo& child : mapping.children()) {
    if (child.object.empty() || !seen.insert(child.object).second) continue;
    objects += ", " + child.object;
  }
  return "| `" + fs::relative(file, kSource / "mappings").string() + "` | " + objects + " | " +
         mapping.entity().name() + " | " + direction_of(mapping) + " | " +
         correlation_of(mapping, file) + " |\n";
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> out;
  for (std::size_t at = 1, end = line.find('|', at); end != std::string::npos;
       at = end + 1, end = line.find('|', at)) {
    const std::string cell = line.substr(at, end - at);
    const std::size_t first = cell.find_first_not_of(' ');
    out.push_back(first == std::string::npos
                      ? std::string()
                      : cell.substr(first, cell.find_last_not_of(' ') + 1 - first));
  }
  return out;
}

using Row = std::map<std::string, std::string>;  ///< column -> what stands there

/// The rows of the systems, by the name of the adapter.
std::map<std::string, Row> systems_of(const std::string& text) {
  std::map<std::string, Row> out;
  const std::size_t begin = text.find("\n| adapter |");
  if (begin == std::string::npos) return out;
  std::istringstream lines(text.substr(begin + 1));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> columns = cells_of(line);
  std::getline(lines, line);  // what is below them is a rule
  while (std::getline(lines, line) && line.starts_with('|')) {
    const std::vector<std::string> cells = cells_of(line);
    EXPECT_EQ(cells.size(), columns.size()) << line;
    if (cells.size() != columns.size()) continue;
    Row row;
    for (std::size_t i = 0; i < cells.size(); ++i) row.emplace(columns[i], cells[i]);
    std::string name = cells.front();
    std::erase(name, '`');
    out.emplace(name, std::move(row));
  }
  return out;
}

/// The names that ctest knows of the tests whose name is no variable.
std::set<std::string> tests_of_ctest() {
  static const std::regex kTest("^ *(?:channelbridge_test[(]|add_test[(]NAME )(\\w+)(?=[ )]|$)");
  std::set<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "tests")) {
    if (entry.path().filename() != "CMakeLists.txt") continue;
    std::istringstream lines(text_of(entry.path()));
    std::smatch found;
    for (std::string line; std::getline(lines, line);)
      if (std::regex_search(line, found, kTest)) out.insert(found[1].str());
  }
  return out;
}

/// What stands between backticks and is named like a test.
std::vector<std::string> tests_named(const std::string& text) {
  static const std::regex kName("`((?:unit|integration|scenario|crash|fuzz|docs)_\\w+)`");
  std::vector<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), kName), end; at != end; ++at)
    out.push_back((*at)[1].str());
  return out;
}

TEST(SystemsPage, HasARowForEachShippedMappingAndNoOther) {
  const std::string text = page();
  std::string rows;
  for (const fs::path& file : mapping_files()) {
    const auto mapping = mapping::Mapping::load(file.string(), model::EntityRegistry::built_in());
    ASSERT_TRUE(mapping) << mapping.error();
    rows += row_of(**mapping, file);
  }
  const std::size_t begin = text.find("| `", text.find("<!-- mappings -->"));
  const std::size_t end = text.find("<!-- end of mappings -->");
  ASSERT_NE(end, std::string::npos);
  ASSERT_LT(begin, end);
  EXPECT_EQ(text.substr(begin, end - begin), rows)
      << "what stands between the marks of docs/systems.md has to be:\n"
      << rows;
}

TEST(SystemsPage, SaysOfEachSystemHowItIsSpokenToAndWhichTestsProveIt) {
  const std::map<std::string, Row> systems = systems_of(page());
  const std::set<std::string> tests = tests_of_ctest();
  ASSERT_TRUE(tests.contains("docs_systems")) << "the names of tests are written otherwise now";
  std::set<std::string> wanted;
  for (const char* folder : {"adapters", "mappings"}) {
    for (const auto& entry : fs::directory_iterator(kSource / folder))
      if (entry.is_directory()) wanted.insert(entry.path().filename().string());
  }
  for (const char* other : {"codes", "manifests", "schema"}) wanted.erase(other);
  for (const std::string& name : wanted) {
    SCOPED_TRACE(name);
    const auto found = systems.find(name);
    if (found == systems.end()) {
      ADD_FAILURE() << "docs/systems.md has no row of it";
      continue;
    }
    Row row = found->second;
    for (const auto& [column, cell] : row) EXPECT_NE(cell, "") << column;
    for (const char* column : {"speaks", "logs in with", "finds changes by",
                               "finds its own creates by", "proven against"}) {
      EXPECT_NE(row[column], "") << column;
      EXPECT_NE(row[column], "–") << column;
    }
    const std::vector<std::string> named = tests_named(row["tests"]);
    EXPECT_FALSE(named.empty()) << "no test proves it";
    std::size_t names = 0;  // one that is named in another way would not be looked at
    for (const char each : row["tests"]) names += each == '`' ? 1U : 0U;
    EXPECT_EQ(names, 2 * named.size()) << row["tests"];
  }
  for (const auto& [name, row] : systems)
    EXPECT_TRUE(wanted.contains(name)) << name << " is no adapter";
}

TEST(SystemsPage, NamesOnlyTestsThatThereAre) {
  const std::set<std::string> tests = tests_of_ctest();
  for (const std::string& name : tests_named(page()))
    EXPECT_TRUE(tests.contains(name)) << "there is no test " << name;
}

}  // namespace
}  // namespace channelbridge

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "channelbridge/mapping/mapping.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = CHANNELBRIDGE_SOURCE_DIR;

std::string page() {
  std::ifstream in(kSource / "docs/systems.md");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

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

std::string direction_of(const mapping::Mapping& mapping) {
  bool reads = false;
  bool writes = false;
  for (const mapping::RuleInfo& rule : mapping.rules()) {
    const bool says = !rule.path.empty() || !rule.read.empty();
    reads = reads || (says && rule.direction != mapping::Direction::Write);
    writes = writes || (says && rule.direction != mapping::Direction::Read);
  }
  return reads && writes ? "both" : writes ? "write" : "read";
}

/// The row that a mapping has on the page.
std::string row_of(const mapping::Mapping& mapping, const fs::path& file) {
  std::string objects = mapping.object();
  std::set<std::string> seen{mapping.object()};
  for (const mapping::ChildInfo& child : mapping.children()) {
    if (child.object.empty() || !seen.insert(child.object).second) continue;
    objects += ", " + child.object;
  }
  const std::string& correlation = mapping.object_paths().correlation;
  return "| `" + fs::relative(file, kSource / "mappings").string() + "` | " + objects + " | " +
         mapping.entity().name() + " | " + direction_of(mapping) + " | " +
         (correlation.empty() ? "–" : "`" + correlation + "`") + " |\n";
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

TEST(SystemsPage, HasARowForEachSystemThatHasMappings) {
  const std::string text = page();
  for (const auto& entry : fs::directory_iterator(kSource / "mappings")) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name == "codes" || name == "schema") continue;
    EXPECT_NE(text.find("\n| `" + name + "` |"), std::string::npos)
        << "docs/systems.md says nothing of " << name;
  }
}

}  // namespace
}  // namespace channelbridge

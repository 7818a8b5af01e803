// The mapping files that the project ships, against their cases and against the published metadata
// of their systems.
#include "shipped.hpp"

#include <map>
#include <set>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/file/file.hpp"
#include "channelbridge/idoc/idoc.hpp"
#include "channelbridge/mapping/check.hpp"
#include "channelbridge/salesforce/salesforce.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "channelbridge/soap/soap.hpp"
#include "channelbridge/tryton/tryton.hpp"

namespace channelbridge::mapping {
namespace {

namespace fs = std::filesystem;

struct Source {
  adapter::AdapterKind kind{};
  std::string folder{};  ///< of published metadata, below tests/fixtures
};

std::map<std::string, Source> sources() {
  return {{"salesforce", {salesforce::kind(), "salesforce"}},
          {"sap_s4hana", {sap_s4hana::kind(), "sap"}},
          {"sap_c4c", {sap_c4c::kind(), "sap"}},
          {"file", {file::kind(), ""}},
          {"idoc", {idoc::kind(), ""}},
          {"soap", {soap::kind(), ""}},
          {"tryton", {tryton::kind(), "tryton"}}};
}

ObjectFacts facts_of(const adapter::ObjectMetadata& metadata) {
  ObjectFacts out{.navigations = metadata.navigations};
  for (const auto& [name, property] : metadata.properties) {
    out.properties.emplace(name, PropertyFacts{.type = property.type,
                                               .max_length = property.max_length,
                                               .creatable = property.creatable,
                                               .updatable = property.updatable,
                                               .values = property.values});
  }
  return out;
}

TEST(ShippedMappings, HoldTheirCases) {
  const std::vector<std::string> files = shipped_files();
  EXPECT_GE(files.size(), 8U);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const auto mapping = load_shipped(file);
    if (!mapping) continue;
    const fs::path path(file);
    const std::string cases =
        (path.parent_path() / (path.stem().string() + ".cases.yaml")).string();
    ASSERT_TRUE(fs::exists(cases)) << "a mapping has cases beside it";
    const auto problems = run_cases(*mapping, cases);
    ASSERT_TRUE(problems) << to_string(problems.error());
    for (const Problem& problem : *problems) ADD_FAILURE() << to_string(problem);
  }
}

TEST(ShippedMappings, LieInTheFolderOfTheirSystem) {
  for (const std::string& file : shipped_files()) {
    const auto mapping = load_shipped(file);
    // Many systems speak SOAP: there the folder names the one behind the service.
    if (!mapping || mapping->system() == "soap") continue;
    EXPECT_EQ(fs::path(file).parent_path().filename(), mapping->system()) << file;
  }
}

TEST(ShippedMappings, FitThePublishedMetadata) {
  const std::map<std::string, Source> known = sources();
  for (const std::string& file : shipped_files()) {
    SCOPED_TRACE(file);
    const auto mapping = load_shipped(file);
    if (!mapping) continue;
    const auto source = known.find(mapping->system());
    ASSERT_NE(source, known.end()) << mapping->system() << " is no kind of system";
    std::vector<Problem> problems = check(*mapping);
    if (source->second.kind.published) {
      const std::string folder =
          std::string(CHANNELBRIDGE_SOURCE_DIR "/tests/fixtures/") + source->second.folder;
      std::map<std::string, ObjectFacts, std::less<>> objects;
      problems = check(*mapping, [&](std::string_view object) -> const ObjectFacts* {
        if (const auto at = objects.find(object); at != objects.end()) return &at->second;
        const auto described = source->second.kind.published(object, folder);
        if (!described) return nullptr;
        return &objects.emplace(object, facts_of(*described)).first->second;
      });
    }
    for (const Problem& problem : problems) ADD_FAILURE() << to_string(problem);
  }
}

TEST(ShippedMappings, CarryEveryEntityOfTheModel) {
  const std::vector<std::string> names = model::EntityRegistry::built_in().names();
  std::set<std::string> missing(names.begin(), names.end());
  for (const std::string& file : shipped_files()) {
    if (const auto mapping = load_shipped(file)) missing.erase(mapping->entity().name());
  }
  EXPECT_EQ(missing, std::set<std::string>{}) << "no mapping carries them";
}

TEST(ShippedMappings, NameTheListThatAListHangsBelow) {
  for (const std::string& file : shipped_files()) {
    const auto mapping = load_shipped(file);
    if (!mapping) continue;
    std::vector<std::string> seen;
    for (const ChildInfo& child : mapping->children()) {
      const bool known =
          child.parent.empty() || std::find(seen.begin(), seen.end(), child.parent) != seen.end();
      EXPECT_TRUE(known) << file << ": " << child.label << " comes before " << child.parent;
      EXPECT_EQ(child.navigation.find('.'), std::string::npos) << child.navigation;
      seen.push_back(child.label);
    }
  }
}

}  // namespace
}  // namespace channelbridge::mapping

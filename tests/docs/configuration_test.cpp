// Every example of docs/configuration.md loads, and the page shows every setting that an adapter
// knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "channelbridge/adapter/http_settings.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/file/file.hpp"
#include "channelbridge/hub/project.hpp"
#include "channelbridge/idoc/idoc.hpp"
#include "channelbridge/odata/odata.hpp"
#include "channelbridge/salesforce/salesforce.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "channelbridge/soap/soap.hpp"
#include "channelbridge/tryton/tryton.hpp"
#include "fault_server_tls.hpp"

namespace channelbridge {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Example {
  int line{};
  std::string text{};
  bool has(const std::string& key) const {
    return text.starts_with(key + ":") || text.find("\n" + key + ":") != std::string::npos;
  }
};

std::vector<Example> examples_of(const std::string& page) {
  std::vector<Example> out;
  std::istringstream lines(page);
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!inside && line == "```yaml") {
      inside = true;
      out.push_back({.line = number});
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      out.back().text += line + "\n";
    }
  }
  return out;
}

/// What an example leaves out, so that it stands alone.
std::string completed(const Example& example) {
  std::string out = example.text;
  if (!example.has("systems")) {
    out +=
        "systems:\n"
        "  crm: { adapter: salesforce, url: 'https://crm.example', credential: { kind: "
        "client_credentials, client_id: c, client_secret: s } }\n"
        "  erp: { adapter: sap_s4hana, url: 'https://erp.example', credential: { kind: basic, "
        "user: u, password: p } }\n";
  }
  if (!example.has("spokes")) out += "spokes: {}\n";
  return out;
}

/// Kinds that note which settings the examples give them.
class Kinds {
 public:
  Kinds() {
    for (adapter::AdapterKind kind :
         {salesforce::kind(), sap_s4hana::kind(), sap_c4c::kind(), odata::kind(), file::kind(),
          idoc::kind(), soap::kind(), tryton::kind()}) {
      known_[kind.name] = kind.known_settings;
      kind.make = [this, name = kind.name,
                   make = kind.make](const adapter::SystemSettings& system) {
        note(name, "", system.settings);
        return make(system);
      };
      registry.add(std::move(kind));
    }
  }

  /// Settings that no example shows. What all HTTP or OData systems share may be shown for any.
  std::vector<std::string> never_shown() const {
    std::vector<std::string> shared = odata::setting_names();
    std::vector<std::string> out;
    for (const auto& [named, names] : known_) {
      const std::string& kind = named;
      for (const std::string& name : names) {
        const bool common = std::find(shared.begin(), shared.end(), name) != shared.end();
        const bool shown = std::any_of(shown_.begin(), shown_.end(), [&](const auto& pair) {
          const bool said = name.ends_with(".*")
                                ? pair.second.starts_with(name.substr(0, name.size() - 1))
                                : pair.second == name;
          return said && (common || pair.first == kind);
        });
        if (!shown) out.push_back(kind + ": " + name);
      }
    }
    return out;
  }

  /// All settings of all kinds.
  std::set<std::string> known() const {
    std::set<std::string> out{"adapter", "codes", "keys_of", "values"};
    for (const auto& [kind, names] : known_) {
      for (const std::string& name : names)  // "services.*": any name below it
        out.insert(name.ends_with(".*") ? name.substr(0, name.size() - 2) : name);
    }
    return out;
  }

  adapter::AdapterRegistry registry;

 private:
  void note(const std::string& kind, const std::string& path, const adapter::Setting& setting) {
    if (!path.empty()) shown_.emplace(kind, path);
    for (const auto& [name, child] : setting.children)
      note(kind, path.empty() ? name : path + "." + name, child);
  }

  std::map<std::string, std::vector<std::string>> known_;
  std::set<std::pair<std::string, std::string>> shown_;
};

class Configuration : public ::testing::Test {
 protected:
  Configuration() {
    fs::create_directories(folder_ / "idoc-types");
    const auto copy = [&](const std::string& from, const char* to) {
      fs::copy_file(from, folder_ / to, fs::copy_options::overwrite_existing);
    };
    copy(certificates_.ca_file(), "own-ca.pem");
    copy(certificates_.client_certificate(), "client.pem");
    copy(certificates_.client_key(), "client.key");
    copy(certificates_.client_key(), "sf.pem");
    fs::copy_file(fs::path(CHANNELBRIDGE_SOURCE_DIR) / "tests/fixtures/salesforce/overlay.json",
                  folder_ / "crm-overlay.json", fs::copy_options::overwrite_existing);
    fs::copy_file(fs::path(CHANNELBRIDGE_SOURCE_DIR) /
                      "tests/fixtures/sap/odata-v2/API_BUSINESS_PARTNER.edmx",
                  folder_ / "erp.edmx", fs::copy_options::overwrite_existing);
    fs::copy_file(
        fs::path(CHANNELBRIDGE_SOURCE_DIR) / "adapters/manifests/sap_fi_journal_entry.wsdl",
        folder_ / "posting.wsdl", fs::copy_options::overwrite_existing);
  }
  ~Configuration() override { fs::remove_all(folder_); }

  Result<hub::Project> load(const std::string& text) {
    const std::string file = (folder_ / "channelbridge.yaml").string();
    std::ofstream(file, std::ios::trunc) << text;
    return hub::load_project(
        file, kinds_.registry, model::EntityRegistry::built_in(),
        {.mapping_folders = {std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings"},
         .environment = [](const std::string& name) -> std::optional<std::string> {
           return name.ends_with("URL") ? "https://login.example" : "value-of-" + name;
         }});
  }

  const std::string page_ = text_of(fs::path(CHANNELBRIDGE_SOURCE_DIR) / "docs/configuration.md");
  const fs::path folder_ = fs::temp_directory_path() / ("cb-docs-" + std::to_string(::getpid()));
  testing::TestCertificates certificates_;
  Kinds kinds_;
};

TEST_F(Configuration, EveryExampleLoads) {
  const std::vector<Example> examples = examples_of(page_);
  EXPECT_GE(examples.size(), 8U);
  for (const Example& example : examples) {
    const auto project = load(completed(example));
    EXPECT_TRUE(project) << "docs/configuration.md:" << example.line << '\n' << project.error();
  }
}

TEST_F(Configuration, EverySettingOfEveryAdapterIsShown) {
  for (const Example& example : examples_of(page_)) static_cast<void>(load(completed(example)));
  EXPECT_THAT(kinds_.never_shown(), ::testing::IsEmpty());
}

TEST_F(Configuration, TheFirstProjectOfEveryAdapterPageLoads) {
  for (const char* name : {"salesforce", "sap_s4hana", "sap_c4c", "odata", "file", "idoc", "soap",
                           "sap_fi", "tryton"}) {
    const fs::path file =
        fs::path(CHANNELBRIDGE_SOURCE_DIR) / "docs/adapters" / (std::string(name) + ".md");
    for (const Example& example : examples_of(text_of(file))) {
      if (!example.has("systems")) continue;
      const auto project = load(completed(example));
      EXPECT_TRUE(project) << file << ':' << example.line << '\n' << project.error();
    }
  }
}

/// Dotted names of all properties of a schema's object, those of objects inside included.
std::set<std::string> names_in(const document::Tree& schema, const std::string& before = "") {
  const document::Tree* properties = schema.find("properties");
  if (properties == nullptr) return before.empty() ? std::set<std::string>{} : std::set{before};
  std::set<std::string> out;
  const document::Tree* type = schema.find("type");
  if (!before.empty() && type != nullptr && !type->children.empty())
    out.insert(before);  // a word in place of the object
  for (const document::Tree& property : properties->children)
    out.merge(names_in(property, before.empty() ? property.name : before + "." + property.name));
  return out;
}

std::vector<std::string> only_in_first(const std::set<std::string>& first,
                                       const std::set<std::string>& second) {
  std::vector<std::string> out;
  std::set_difference(first.begin(), first.end(), second.begin(), second.end(),
                      std::back_inserter(out));
  return out;
}

TEST_F(Configuration, TheSchemaHasExactlyTheKeysThatTheLoaderKnows) {
  const auto schema = document::parse_tree(
      text_of(fs::path(CHANNELBRIDGE_SOURCE_DIR) / "mappings/schema/project.schema.json"),
      document::Format::Json);
  ASSERT_TRUE(schema) << schema.error();
  const document::Tree& root = *schema->find("properties");
  const auto entry = [&](const char* name) -> const document::Tree& {
    return *root.find(name)->find("additionalProperties");
  };
  EXPECT_THAT(only_in_first(names_in(entry("systems")), kinds_.known()), ::testing::IsEmpty());
  EXPECT_THAT(only_in_first(kinds_.known(), names_in(entry("systems"))), ::testing::IsEmpty());
  for (const auto& [place, before] : {std::pair{"entities", "entities:\n  lead: { "},
                                      std::pair{"spokes", "spokes:\n  some: { "}}) {
    for (const std::string& key : names_in(entry(place))) {
      const auto project = load(before + key + ": { a: b } }\n");
      ASSERT_FALSE(project);
      for (const Problem& problem : project.error().problems())
        EXPECT_NE(problem.rule, "unknown_key") << place << ": " << key;
      EXPECT_THAT(page_, ::testing::HasSubstr(key + ":"));
    }
  }
}

TEST_F(Configuration, WhatATenantSaysMustBeAskedForByAMapping) {
  const auto project = load(R"(systems:
  c4c:
    adapter: sap_c4c
    url: https://c4c.example
    credential: { kind: basic, user: u, password: p }
    codes:
      lead_statsu: { captured: "01" }
      lead_source: { evnt: "003" }
      tax_scheme: { "9930": DE0 }
    values: { partner_rol: "31" }
spokes:
  leads: { system: c4c, mapping: sap_c4c/lead.yaml }
)");
  ASSERT_FALSE(project);
  std::map<std::string, std::string> said;
  for (const Problem& problem : project.error().problems()) {
    EXPECT_TRUE(problem.file.ends_with("channelbridge.yaml")) << problem.file;
    said[std::to_string(problem.line) + " " + problem.rule] = problem.suggestion;
  }
  EXPECT_THAT(said, ::testing::Contains(::testing::Pair("8 bad_codes", "event")));
}

TEST_F(Configuration, AMisspeltCodeMapOrValueIsNamedWithTheNearest) {
  const auto project = load(R"(systems:
  c4c:
    adapter: sap_c4c
    url: https://c4c.example
    credential: { kind: basic, user: u, password: p }
    codes:
      lead_statsu: { captured: "01" }
    values: { partner_rol: "31" }
spokes:
  leads: { system: c4c, mapping: sap_c4c/lead.yaml }
)");
  ASSERT_FALSE(project);
  std::map<std::string, std::string> said;
  for (const Problem& problem : project.error().problems())
    said[std::to_string(problem.line) + " " + problem.rule] = problem.suggestion;
  EXPECT_THAT(said, ::testing::ElementsAre(::testing::Pair("7 unknown_codes", "lead_status"),
                                           ::testing::Pair("8 unknown_values", "partner_role")));
}

TEST_F(Configuration, ASecretIsNeverPartOfAnError) {
  const auto project = load(
      "systems:\n  crm: { adapter: salesforce, url: 'https://crm.example', timeouts: { call: "
      "'${env:PASSWORD}' }, credential: { kind: basic, user: u, password: '${env:PASSWORD}' } }\n"
      "spokes: {}\n");
  ASSERT_FALSE(project);
  std::ostringstream shown;
  shown << project.error();
  EXPECT_THAT(shown.str(), ::testing::Not(::testing::HasSubstr("value-of-PASSWORD")));
}

}  // namespace
}  // namespace channelbridge

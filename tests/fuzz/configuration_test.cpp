#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "channelbridge/file/file.hpp"
#include "channelbridge/hub/filter.hpp"
#include "channelbridge/hub/project.hpp"
#include "channelbridge/mapping/check.hpp"
#include "channelbridge/mapping/mapping.hpp"
#include "channelbridge/odata/odata.hpp"
#include "channelbridge/salesforce/salesforce.hpp"
#include "fuzz.hpp"

namespace channelbridge::fuzz {
namespace {

const std::vector<std::string> kYamlWords{"{",    "}",  "[",   "]",  ": ",   "- ",      "\n  ",
                                          "\"",   "'",  "#",   "&a", "*a",   "!!str ",  "<<: *a",
                                          "|\n",  ">",  "---", "?",  "~",    "&a [*a]", "null",
                                          "true", "${", "0x1", ".5", "1e30", "\t"};
const std::vector<std::string> kYamlOpeners{"[", "{a: ", "- ", "{", "? ", "&a [", "a: {b: ", "\n "};

/// Whatever a file says, its problems are all of this file or of one that it names.
void expect_problems(const Error& error) {
  EXPECT_EQ(error.code(), ErrorCode::Invalid) << error;
  EXPECT_FALSE(error.message().empty());
}

TEST(Fuzz, AMappingFileIsCompiledOrRefused) {
  const auto& entities = model::EntityRegistry::built_in();
  Language language{.words = kYamlWords, .openers = kYamlOpeners, .most_bytes = 20'000};
  for (const char* name :
       {"file/lead", "salesforce/lead", "salesforce/contact", "sap_c4c/lead", "sap_c4c/contact"})
    language.seeds.push_back(source_file("mappings/" + std::string(name) + ".yaml"));
  for (const char* word : {"const: ",       "codes: ",        "path: ",
                           "as: decimal",   "lossy: \"x\"",   "direction: read",
                           "max_length: 1", "scale: -1",      "normalised: [upper, \"pad:3\"]",
                           "ref: partner",  "required: true", "first: true",
                           "key: ",         "list: ",         "parent: ",
                           "object: ",      "x[A=1,B=2].c",   "addresses[kind=billing].city",
                           "children:\n",   "fields:\n",      "\".\"",
                           "@etag"})
    language.words.emplace_back(word);
  run({.name = "mapping file",
       .language = std::move(language),
       .parse =
           [&](const std::string& text) {
             const auto mapping = mapping::Mapping::parse(text, "mapping.yaml", entities);
             if (!mapping) {
               expect_problems(mapping.error());
               return Taken::Refused;
             }
             // A mapping that compiles can be used.
             const auto patch = (*mapping)->read(document::Document::of("{}"), nullptr, "s");
             if (patch) (*mapping)->view({});
             return Taken::Yes;
           },
       .cases = 1500});
}

TEST(Fuzz, AProjectFileIsLoadedOrRefused) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("cb-fuzz-" + std::to_string(::getpid()) + "-project");
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/mappings/file/lead.yaml",
                             folder / "lead.yaml",
                             std::filesystem::copy_options::overwrite_existing);
  adapter::AdapterRegistry adapters;
  adapters.add(salesforce::kind());
  adapters.add(file::kind());
  adapters.add(odata::kind());
  Language language{.seeds = {R"yaml(store: sqlite:channelbridge.db
systems:
  dealer: { adapter: file, folder: dealer, quiet: 2s, separator: ";", max_row_bytes: 1000 }
entities:
  lead:
    match: [email, "company.name+address.postal_code"]
    groups: { status: { prefer: dealer }, company.name: manual, "*": latest }
    custom: { sales_region: { type: text, max: 40 }, loyal_since: date }
spokes:
  leads: { system: dealer, mapping: lead.yaml, direction: both, filter: "address.country = SE and status in (captured, accepted)", first_contact: hub, page_size: 500 }
)yaml",
                              R"yaml(systems:
  crm:
    adapter: salesforce
    url: http://127.0.0.1:9
    credential: { kind: basic, user: "${env:NAME}", password: "${file:lead.yaml}" }
    limits: { concurrency: 8, requests_per_second: 20, daily_calls: 80000, reserve: 10% }
    timeouts: { connect: 10s, idle: 8s, request: 250ms, call: 2m }
    retry: { attempts: 5, first: 200ms, longest: 20s }
  shop: { adapter: odata, url: "http://127.0.0.1:9/odata", credential: { kind: none }, time_zone: UTC }
entities: { lead: { match: [email] } }
spokes: {}
)yaml"},
                    .words = kYamlWords,
                    .openers = kYamlOpeners,
                    .most_bytes = 20'000};
  for (const char* word :
       {"adapter: ", "system: ", "mapping: ", "10%", "1h", "-5s", "99999999999999h", "${env:X}",
        "${file:/etc/passwd}", "${file:.}", "sqlite:", "${", "groups: ", "authority: ", "custom: "})
    language.words.emplace_back(word);
  const std::string path = (folder / "channelbridge.yaml").string();
  hub::ProjectOptions options;
  options.environment = [](const std::string& name) {
    return name == "NAME" ? std::optional<std::string>("somebody") : std::nullopt;
  };
  run({.name = "project file",
       .language = std::move(language),
       .parse =
           [&](const std::string& text) {
             std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
             const auto project =
                 hub::load_project(path, adapters, model::EntityRegistry::built_in(), options);
             if (project) return Taken::Yes;
             expect_problems(project.error());
             return Taken::Refused;
           },
       .cases = 600});
  std::filesystem::remove_all(folder);
}

TEST(Yaml, AnAliasThatLeadsToItselfOrUnfoldsWithoutEndIsRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string inner = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + inner;
    for (int k = 0; k < 9; ++k) bomb += ", " + inner;
    bomb += "]\n";
  }
  for (const std::string& text :
       {std::string("a: &a [*a]\n"), std::string("a: &a {b: *a}\n"), bomb}) {
    const auto mapping =
        mapping::Mapping::parse(text, "mapping.yaml", model::EntityRegistry::built_in());
    ASSERT_FALSE(mapping);
    EXPECT_EQ(mapping.error().problems().at(0).rule, "too_large") << mapping.error();
    EXPECT_FALSE(mapping::check_yaml(text, "channelbridge.yaml"));
  }
}

TEST(Fuzz, AFilterIsCompiledOrRefused) {
  const auto lead = model::EntityRegistry::built_in().find("lead");
  ASSERT_NE(lead, nullptr);
  const model::Fields fields;
  run({.name = "filter",
       .language = {.seeds = {"address.country = SE and status in (dispatched, accepted)",
                              "not (estimated_value.amount < 1000 or topic is empty)",
                              "product_interest[].no = 1 and (rating != hot or topic = 'its')"},
                    .words = {"and", "or", "not", "(", ")", "in (", ",", "is empty", "=", "!=", "<",
                              ">=", "'", "status", "[]", "."},
                    .openers = {"(", "not ", "not (", "status = a or (", "'"},
                    .most_bytes = 50'000},
       .parse =
           [&](const std::string& text) {
             const auto filter = hub::Filter::parse(text, *lead);
             if (!filter) return Taken::Refused;
             static_cast<void>(filter->passes(fields));
             return Taken::Yes;
           },
       .cases = 3000});
}

}  // namespace
}  // namespace channelbridge::fuzz

#include <fstream>
#include <sstream>

#include "channelbridge/document/tree.hpp"
#include "mapping_support.hpp"

namespace channelbridge::mapping {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/" + name, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(MappingDocs, EveryMappingShownLoads) {
  const std::string text = file("docs/mapping.md");
  std::size_t shown = 0;
  for (std::size_t at = text.find("```yaml\nsystem:"); at != std::string::npos;
       at = text.find("```yaml\nsystem:", at + 1)) {
    const std::size_t begin = at + 8;
    EXPECT_NE(mapping_of(text.substr(begin, text.find("```", begin) - begin)), nullptr);
    ++shown;
  }
  EXPECT_EQ(shown, 4U);
}

/// Every property has words and an example, and the loader knows it at the same place.
void expect_known(const document::Tree& properties, const std::string& before,
                  const std::string& after) {
  for (const document::Tree& keyword : properties.children) {
    EXPECT_TRUE(keyword.find("$ref") != nullptr || keyword.find("description") != nullptr)
        << keyword.name;
    EXPECT_TRUE(keyword.find("$ref") != nullptr || keyword.find("examples") != nullptr)
        << keyword.name;
    const auto mapping = Mapping::parse(before + keyword.name + ": x" + after, "t",
                                        model::EntityRegistry::built_in());
    if (mapping) continue;
    for (const Problem& problem : mapping.error().problems())
      EXPECT_NE(problem.rule, "unknown_key") << keyword.name;
  }
}

TEST(MappingDocs, TheSchemaAndTheLoaderKnowTheSameKeywords) {
  const auto schema =
      document::parse_tree(file("mappings/schema/mapping.schema.json"), document::Format::Json);
  ASSERT_TRUE(schema);
  const document::Tree& definitions = *schema->find("$defs");
  expect_known(*schema->find("properties"), "", "\n");
  const std::string head = "system: a\nobject: b\nentity: partner\nid: c\n";
  expect_known(*definitions.find("rule")->find("anyOf")->children.at(1).find("properties"),
               head + "fields: { name: { ", " } }\n");
  expect_known(*definitions.find("child")->find("properties"),
               head + "fields: {}\nchildren: { addresses: { ", " } }\n");
  for (const char* text : {"docs/mapping.md"}) {
    const std::string page = file(text);
    for (const document::Tree& keyword : schema->find("properties")->children) {
      EXPECT_NE(page.find("`" + keyword.name + "`"), std::string::npos)
          << keyword.name << " is not in " << text;
    }
    for (const document::Tree& keyword :
         definitions.find("rule")->find("anyOf")->children.at(1).find("properties")->children) {
      EXPECT_NE(page.find("`" + keyword.name + "`"), std::string::npos)
          << keyword.name << " is not in " << text;
    }
  }
}

}  // namespace
}  // namespace channelbridge::mapping

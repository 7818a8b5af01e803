// The mapping of docs/guide/from-wsdl-to-adapter.md against the service that it is for.
#include <gmock/gmock.h>

#include <map>

#include "channelbridge/mapping/check.hpp"
#include "channelbridge/mapping/mapping.hpp"
#include "channelbridge/model/entity_type.hpp"
#include "channelbridge/model/fields.hpp"
#include "claim_service.hpp"

namespace channelbridge::soap {
namespace {

using test::claim;
using test::ClaimService;
using test::page;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::shared_ptr<const mapping::Mapping> mapping_of(const test::Replacements& changes = {}) {
  auto out = mapping::Mapping::parse(
      test::altered(test::file_text(fixture("claims_mapping.yaml")), changes), "claim.yaml",
      model::EntityRegistry::built_in());
  EXPECT_TRUE(out) << to_string(out.error());
  return out ? *out : nullptr;
}

std::vector<Problem> checked(ClaimService& service, const mapping::Mapping& mapping) {
  std::map<std::string, mapping::ObjectFacts, std::less<>> known;
  return mapping::check(mapping, [&](std::string_view object) -> const mapping::ObjectFacts* {
    const auto described = service.adapter->describe(object, service.context);
    if (!described) return nullptr;
    mapping::ObjectFacts facts{.navigations = described->navigations};
    for (const auto& [name, property] : described->properties)
      facts.properties.emplace(name, mapping::PropertyFacts{.type = property.type,
                                                            .max_length = property.max_length,
                                                            .scale = property.scale,
                                                            .creatable = property.creatable,
                                                            .updatable = property.updatable,
                                                            .values = property.values});
    return &known.insert_or_assign(std::string(object), std::move(facts)).first->second;
  });
}

TEST(SoapMapping, TheGuidesMappingFitsTheDescription) {
  ClaimService service;
  const auto mapping = mapping_of();
  ASSERT_NE(mapping, nullptr);
  for (const Problem& problem : checked(service, *mapping)) ADD_FAILURE() << to_string(problem);
  EXPECT_TRUE(
      service.adapter->check({.object = mapping->object(), .id = mapping->object_paths().id}));
}

TEST(SoapMapping, AMisspeltPathAndAWrongTypeAreNamed) {
  ClaimService service;
  const auto mapping =
      mapping_of({{"description: Text", "description: Txet"},
                  {"path: Amount, as: decimal,", "path: ChangedOn, as: decimal,"}});
  ASSERT_NE(mapping, nullptr);
  std::string told;
  for (const Problem& problem : checked(service, *mapping)) told += to_string(problem) + '\n';
  EXPECT_THAT(told, HasSubstr("did you mean 'Text'?"));
  EXPECT_THAT(told, HasSubstr("dateTime"));
}

TEST(SoapMapping, ReadsWhatTheAdapterShowsAndWritesWhatItTakes) {
  ClaimService service;
  const auto mapping = mapping_of();
  ASSERT_NE(mapping, nullptr);
  service.transport->then(page(claim("C1", "2026-03-01T10:00:00Z")));
  const adapter::Page shown = service.read();
  ASSERT_THAT(shown.changes, SizeIs(1));
  const auto patch = mapping->read(shown.changes[0].document, nullptr, "crm");
  ASSERT_TRUE(patch) << to_string(patch.error());
  std::map<std::string, std::string> said;
  for (const model::PatchEntry& each : patch->entries)
    if (each.value) said[each.path] = *each.value;
  EXPECT_EQ(said["number"], "C1");
  EXPECT_EQ(said["currency"], "EUR");
  EXPECT_EQ(said["status"], "submitted");

  model::Fields fields;
  model::set(fields, "currency", "USD");
  model::set(fields, "claimed_amount", "250.5");
  const auto written = mapping->write(fields, {.create = true}, {}, nullptr);
  ASSERT_TRUE(written) << to_string(written.error());
  ASSERT_THAT(written->nodes, SizeIs(1));
  adapter::WriteRequest request = ClaimService::create(ClaimService::kNumber);
  request.nodes[0].body = written->nodes[0].body;
  const auto outcome = service.write({request});
  // The partner is the service's to ask for, and no field of this mapping.
  ASSERT_TRUE(outcome[0].error);
  EXPECT_THAT(to_string(*outcome[0].error), HasSubstr("Partner"));
  ASSERT_THAT(outcome[0].error->problems(), SizeIs(1)) << "and nothing else is wrong with it";
}

}  // namespace
}  // namespace channelbridge::soap

#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "channelbridge/mapping/mapping.hpp"

namespace channelbridge::mapping {

inline std::shared_ptr<const Mapping> mapping_of(const std::string& yaml) {
  auto mapping = Mapping::parse(yaml, "test.yaml", model::EntityRegistry::built_in());
  EXPECT_TRUE(mapping) << (mapping ? "" : to_string(mapping.error()));
  return mapping ? *mapping : nullptr;
}

/// Links of a test: (object, key) <-> record.
class KnownReferences : public References {
 public:
  explicit KnownReferences(std::map<std::pair<std::string, std::string>, std::string> links)
      : links_(std::move(links)) {}
  std::optional<std::string> record_of(std::string_view object,
                                       std::string_view key) const override {
    const auto found = links_.find({std::string(object), std::string(key)});
    return found == links_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::string> key_of(std::string_view object,
                                    std::string_view record) const override {
    for (const auto& [key, value] : links_) {
      if (key.first == object && value == record) return key.second;
    }
    return std::nullopt;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::string> links_;
};

/// "path=value" lines of a patch, an empty value as "path~".
inline std::string lines(const model::Patch& patch) {
  std::string out;
  for (const auto& entry : patch.entries)
    out += entry.path + (entry.value ? "=" + *entry.value : "~") + "\n";
  for (const auto& list : patch.complete_lists) out += list + " complete\n";
  return out;
}

inline std::string lines(const model::Fields& fields) {
  std::string out;
  for (const auto& [path, value] : fields) out += path + "=" + value + "\n";
  return out;
}

inline std::string read_lines(const Mapping& mapping, const std::string& text, bool full = true,
                              const References* references = nullptr) {
  const auto format = text.starts_with('<') ? document::Format::Xml : document::Format::Json;
  const auto patch = mapping.read(document::Document::of(text, format, full), references, "crm");
  return patch ? lines(*patch) : "error: " + to_string(patch.error());
}

inline model::Fields fields_of(const model::Patch& patch) {
  model::Fields out;
  for (const auto& entry : patch.entries) model::set(out, entry.path, entry.value);
  return out;
}

/// A lead as an OData V2 system has it.
constexpr const char* kLeadYaml = R"(
system: sap_c4c
object: LeadCollection
entity: lead
id: ObjectID
version: "@etag"
modified: EntityLastChangedOn
correlation: ExternalID
format: odata_v2
empty: text
fields:
  topic: Name
  status: { path: UserStatusCode, codes: lead_status }
  company.name: { path: Company, max_length: 40, lossy: "short field" }
  contact.first_name: ContactFirstName
  contact.last_name: ContactLastName
  contact.email: ContactEMail
  estimated_value.amount: { path: ExpectedRevenueAmount, as: decimal }
  estimated_value.currency: ExpectedRevenueCurrencyCode
  customer: { path: AccountPartyID, ref: partner, object: CorporateAccountCollection }
  received_at: { path: CreationDateTime, direction: read }
  score: Score
codes:
  lead_status: { captured: ["01", "1"], validated: "02", accepted: "03" }
)";

}  // namespace channelbridge::mapping

#pragma once

#include <string>
#include <vector>

#include "channelbridge/mapping/check.hpp"
#include "compiled_internal.hpp"

namespace channelbridge::mapping {

/// Collects findings about rules.
class Findings {
 public:
  explicit Findings(const Compiled& mapping) : mapping_(mapping) {}
  void add(std::uint32_t line, std::string path, std::string rule, std::string message,
           std::string suggestion = {});
  /// A loss is one only while nobody has declared it.
  void loss(const Rule& rule, std::string name, std::string message);
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  const Compiled& mapping_;
  std::vector<Problem> problems_{};
};

/// Characters that a canonical value can have at most; 0 = unlimited or not a text.
std::size_t longest(const model::FieldInfo& field);

void check_laws(const Compiled& mapping, Findings& findings);
void check_metadata(const Compiled& mapping, const MetadataLookup& metadata, Findings& findings);

}  // namespace channelbridge::mapping

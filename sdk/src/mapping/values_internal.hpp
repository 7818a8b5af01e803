#pragma once

#include <string>
#include <vector>

#include "channelbridge/mapping/mapping.hpp"
#include "yaml_internal.hpp"

namespace channelbridge::mapping {

/// Puts the file's `values:` in place of "${name}" everywhere below `root`; the tenant's own go
/// before the file's. Returns their names.
std::vector<std::string> put_values_in(const YAML::Node& root, const Tenant& tenant,
                                       YamlProblems& problems);

}  // namespace channelbridge::mapping

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/mapping/mapping.hpp"

namespace channelbridge::mapping {

/// Every file below a folder of mappings that is one: no cases, no shared code maps, no schema.
inline std::vector<std::string> shipped_files() {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(CHANNELBRIDGE_SOURCE_DIR) / "mappings";
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const fs::path& path = entry.path();
    const std::string folder = path.parent_path().filename().string();
    if (path.extension() != ".yaml" || folder == "codes" || folder == "schema") continue;
    if (path.stem().extension() != ".cases") out.push_back(path.string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

inline std::shared_ptr<const Mapping> load_shipped(const std::string& file) {
  auto mapping = Mapping::load(file, model::EntityRegistry::built_in());
  EXPECT_TRUE(mapping) << (mapping ? "" : to_string(mapping.error()));
  return mapping ? *mapping : nullptr;
}

}  // namespace channelbridge::mapping

#pragma once

#include <map>
#include <memory>
#include <string>

#include "channelbridge/adapter/registry.hpp"

namespace notebook {

/// The "system": people at a trade fair write leads into a notebook. Each page has a key, a number
/// that grows with every change, and its text as a JSON object.
struct Notebook {
  struct Page {
    std::string text{};
    std::string correlation{};  ///< the hub's record id, where the hub created the page
    std::uint64_t changed{};    ///< position in the order of all changes; serves as version, too
    channelbridge::Timestamp modified{};
  };
  std::map<std::string, Page> pages{};
  std::uint64_t changes{};

  std::string add(std::string key, std::string text);
  void edit(const std::string& key, std::string text);
};

/// The kind `notebook` for an AdapterRegistry. `notebooks` are the systems by the name that
/// `notebook:` gives in the project file; they must outlive the adapters.
channelbridge::adapter::AdapterKind kind(std::map<std::string, Notebook>& notebooks);

}  // namespace notebook

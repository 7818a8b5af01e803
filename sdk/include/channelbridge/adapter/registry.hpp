#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/core/log.hpp"
#include "channelbridge/core/random.hpp"

namespace channelbridge::adapter {

/// A value of the project file: text, or named values. Secrets are already resolved and marked.
///
/// Threads: as std::map.
struct Setting {
  std::string text{};
  std::map<std::string, Setting, std::less<>> children{};
  bool secret{};  ///< came from ${env:…} or ${file:…}: never shown
  int line{};     ///< in the project file

  const Setting* find(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view fallback) const;
};

/// What an adapter is made from: one entry of `systems:`.
struct SystemSettings {
  std::string name{};    ///< "crm"
  std::string folder{};  ///< relative paths are relative to this
  Setting settings{};    ///< url, credential, limits, transport …
  std::shared_ptr<Log> log{};
  std::shared_ptr<Random> random{};
};

/// One kind of system, as a program offers it.
struct AdapterKind {
  std::string name{};  ///< "odata", as written after `adapter:`
  /// Names of the settings that this kind knows, dotted ("credential.kind"); others are
  /// configuration errors.
  std::vector<std::string> known_settings{};
  /// Checks and builds; every problem at once in Error::problems(). Contacts nothing.
  std::function<Result<std::shared_ptr<Adapter>>(const SystemSettings&)> make{};
  /// Published metadata of this kind's objects, for `mapping check` without a connection; may be
  /// null.
  std::function<Result<ObjectMetadata>(std::string_view object, const std::string& metadata_folder)>
      published{};
  /// describe() of its adapters contacts nothing: the settings of a project say what objects there
  /// are, and `mapping check` asks the project's own adapter in place of `published`.
  bool describes_offline{};
};

/// The kinds that a program knows. An integrator adds his own with one line.
///
/// Threads: one at a time while kinds are added; any afterwards.
class AdapterRegistry {
 public:
  void add(AdapterKind kind);
  const AdapterKind* find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, AdapterKind, std::less<>> kinds_;
};

}  // namespace channelbridge::adapter

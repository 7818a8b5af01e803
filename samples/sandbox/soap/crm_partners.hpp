#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <pugixml.hpp>
#include <string>

#include "sandbox/common/journal.hpp"
#include "sandbox/soap/crm_records.hpp"

namespace channelbridge::sandbox::crm {

/// CRMXIF_PARTNER_SAVE: inserts (I), updates (U), modifies (M) and deletes (D) business partners,
/// each by itself, and says of each what became of it. Partners are named by their number or by the
/// caller's own id.
///
/// Threads: one at a time.
class PartnerImport {
 public:
  using Partners = std::map<std::string, Partner>;
  /// Number, what happened, the caller's id.
  using Saved = std::function<void(const std::string&, EffectKind, const std::string&)>;

  /// The answer's RETURN, with `saved` told of each effect.
  std::string save(Partners& partners, pugi::xml_node data, const Saved& saved);

 private:
  struct Outcome {
    std::string partner{};
    Note note{};
  };
  Outcome save_one(Partners& partners, pugi::xml_node item, const Saved& saved);
  std::string number_of(const Partners& partners, pugi::xml_node header) const;

  std::map<std::string, std::string> external_{};  ///< the callers' ids
  std::uint64_t range_{7'000'000'000};
};

}  // namespace channelbridge::sandbox::crm

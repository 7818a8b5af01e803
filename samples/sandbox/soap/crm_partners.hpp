#pragma once

#include <cstdint>
#include <map>
#include <pugixml.hpp>
#include <string>

#include "sandbox/soap/crm_xif.hpp"

namespace channelbridge::sandbox::crm {

using Partners = std::map<std::string, Partner>;

/// Category 1; everybody else is an organization.
bool is_person(const Partner& partner);

/// CRMXIF_PARTNER_SAVE: organizations and persons. They are named by their number or by the
/// caller's own id; one that is new gets the number that it comes with, else one of the range.
///
/// Threads: one at a time.
class PartnerImport {
 public:
  std::string save(Partners& partners, pugi::xml_node data, const XifSaved& saved);
  /// The partner that was saved under this id; "" = none.
  std::string saved_under(const std::string& external_id) const;

 private:
  XifOutcome save_one(Partners& partners, pugi::xml_node item);

  std::map<std::string, std::string> external_{};  ///< the callers' ids
  std::uint64_t range_{7'000'000'000};
};

}  // namespace channelbridge::sandbox::crm

#pragma once

#include <cstdint>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <string>

#include "sandbox/soap/crm_options.hpp"
#include "sandbox/soap/crm_partners.hpp"

namespace channelbridge::sandbox::crm {

/// That one partner is something to another one: its contact person, its employee.
struct Relation {
  std::string category{};
  std::string partner1{};
  std::string partner2{};
  XifFields contact{};
};

/// The partners of the system, and under which ids callers have saved some of them.
struct KnownPartners {
  const Partners& all;
  const PartnerImport& saved;

  /// The partner of this number, else the one saved under this id. Throws Refused.
  std::string named(const std::string& number, const std::string& external_id) const;
};

/// CRMXIF_PARTNER_REL_SAVE. A relation is known by its number, by the caller's own id, or by its
/// category and both partners; these never change. A contact person (BUR001) leads from an
/// organization to a person.
///
/// Threads: one at a time.
class RelationImport {
 public:
  explicit RelationImport(const CrmOptions& options) : categories_(options.relation_categories) {}

  std::string save(const KnownPartners& partners, pugi::xml_node data, const XifSaved& saved);
  const std::map<std::string, Relation>& relations() const { return relations_; }

 private:
  XifOutcome save_one(const KnownPartners& partners, pugi::xml_node item);
  Relation asked_for(const KnownPartners& partners, pugi::xml_node header) const;
  static bool other_ends(const KnownPartners& partners, pugi::xml_node header,
                         const Relation& relation);
  std::string number_of(pugi::xml_node header) const;
  std::string between(const Relation& wanted) const;

  const std::set<std::string> categories_;
  std::map<std::string, Relation> relations_{};
  std::map<std::string, std::string> external_{};  ///< the callers' ids
  std::uint64_t range_{0};
};

/// CRMXIF_PARTNER_HIER_SAVE: in each hierarchy a partner stands once, below another one that stands
/// there, or on top.
///
/// Threads: one at a time.
class HierarchyImport {
 public:
  explicit HierarchyImport(const CrmOptions& options) : hierarchies_(options.hierarchies) {}

  std::string save(const KnownPartners& partners, pugi::xml_node data, const XifSaved& saved);
  /// Partner -> the one that it stands below, "" = none; by hierarchy.
  const std::map<std::string, std::map<std::string, std::string>>& places() const {
    return places_;
  }

 private:
  XifOutcome save_one(const KnownPartners& partners, pugi::xml_node item);

  const std::set<std::string> hierarchies_;
  std::map<std::string, std::map<std::string, std::string>> places_{};
};

}  // namespace channelbridge::sandbox::crm

#pragma once

#include <cstdint>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <utility>

#include "sandbox/soap/crm_options.hpp"
#include "sandbox/soap/crm_products.hpp"
#include "sandbox/soap/crm_relations.hpp"

namespace channelbridge::sandbox::crm {

/// A lead (BUS2000108) or a sales order (BUS2000115). Partners by function, dates by type, texts by
/// type and language, items by number.
struct OneOrderDocument {
  std::string object_type{};
  std::string process_type{};
  std::map<std::string, XifFields> blocks{};  ///< ADMIN, LEAD, PROSPECT, SALES, STATUS
  std::map<std::string, XifRows> tables{};    ///< PARTNERS, DATES, TEXTS, ITEMS

  std::string at(const char* block, const char* field) const;
  const XifRows& rows(const char* table) const;
};

/// CRMXIF_ORDER_SAVE. Documents are named by their number or by the caller's own id, and get their
/// numbers from the system's range. Object type and transaction type never change.
///
/// Threads: one at a time.
class DocumentImport {
 public:
  /// What documents name.
  struct World {
    const Partners& partners;
    const std::map<std::string, Product>& products;
  };

  explicit DocumentImport(CrmOptions options) : options_(std::move(options)) {}

  std::string save(const World& world, pugi::xml_node data, const XifSaved& saved);
  const std::map<std::string, OneOrderDocument>& documents() const { return documents_; }

 private:
  XifOutcome save_one(const World& world, pugi::xml_node item);
  void take(pugi::xml_node item, bool exists, OneOrderDocument& document) const;
  void check(const World& world, OneOrderDocument& document) const;
  void check_partners(const World& world, XifRows& rows) const;
  void check_items(const World& world, const OneOrderDocument& document) const;
  void check_status(OneOrderDocument& document) const;

  const CrmOptions options_;
  std::map<std::string, OneOrderDocument> documents_{};
  std::map<std::string, std::string> external_{};  ///< the callers' ids
  std::uint64_t range_{8'100'000};
};

}  // namespace channelbridge::sandbox::crm

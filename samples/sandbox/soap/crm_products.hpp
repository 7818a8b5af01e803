#pragma once

#include <map>
#include <pugixml.hpp>
#include <string>
#include <utility>

#include "sandbox/soap/crm_options.hpp"
#include "sandbox/soap/crm_xif.hpp"

namespace channelbridge::sandbox::crm {

struct Product {
  XifFields material{};
  XifRows texts{};  ///< by language
};

/// CRMXIF_PRODUCT_MATERIAL_SAVE: products under the numbers that callers give them. A product has a
/// category, a base unit, which never changes, and a text in one language at least.
///
/// Threads: one at a time.
class ProductImport {
 public:
  explicit ProductImport(CrmOptions options) : options_(std::move(options)) {}

  std::string save(pugi::xml_node data, const XifSaved& saved);
  const std::map<std::string, Product>& products() const { return products_; }

 private:
  XifOutcome save_one(pugi::xml_node item);
  void check(const Product& product, const std::string& number) const;

  const CrmOptions options_;
  std::map<std::string, Product> products_{};
};

}  // namespace channelbridge::sandbox::crm

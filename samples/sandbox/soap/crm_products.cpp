#include "sandbox/soap/crm_products.hpp"

#include <utility>

namespace channelbridge::sandbox::crm {
namespace {

constexpr XifFunction kProductSave{.number = "PRODUCT_ID", .what = "Product"};

}  // namespace

void ProductImport::check(const Product& product, const std::string& number) const {
  for (const char* name : {"CATEGORY", "BASE_UOM"})
    require(product.material, name, "product " + number);
  require_known(options_.product_categories, product.material, "CATEGORY");
  require_known(options_.units, product.material, "BASE_UOM");
  require_known(options_.units, product.material, "WEIGHT_UOM");
  require_known(options_.product_statuses, product.material, "STATUS");
  const auto weight = Decimal::parse(field_of(product.material, "NET_WEIGHT"));
  if (weight && !weight->is_zero()) require(product.material, "WEIGHT_UOM", "product " + number);
  if (product.texts.empty())
    refuse_xif(kXifMissing, "Product " + number + " has no text in any language");
  for (const auto& [language, fields] : product.texts)
    require(fields, "TEXT", "product " + number + " in language " + language);
}

XifOutcome ProductImport::save_one(pugi::xml_node item) {
  const std::string number = soap::value_of(item.child("HEADER"), "PRODUCT_ID");
  const bool exists = products_.contains(number);
  const EffectKind effect = effect_of_task(kProductSave, item, exists, number);
  if (effect == EffectKind::Deleted) {
    products_.erase(number);
    return {number, effect};
  }
  Product changed = exists ? products_.at(number) : Product{};
  const std::string unit = field_of(changed.material, "BASE_UOM");
  take_block(item, "MATERIAL", exists, changed.material);
  take_rows(item, {.name = "SHORT_TEXTS", .keys = {"LANGUAGE"}}, changed.texts);
  check(changed, number);
  if (exists && field_of(changed.material, "BASE_UOM") != unit)
    refuse_xif(kXifFixed, "The base unit of product " + number + " does not change");
  products_[number] = std::move(changed);
  return {number, effect};
}

std::string ProductImport::save(pugi::xml_node data, const XifSaved& saved) {
  return save_each(
      kProductSave, data, [this](pugi::xml_node item) { return save_one(item); }, saved);
}

}  // namespace channelbridge::sandbox::crm

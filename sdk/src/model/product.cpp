#include "channelbridge/model/product.hpp"

#include "channelbridge/model/code_sets_catalog.hpp"
#include "channelbridge/model/code_sets_documents.hpp"
#include "rules_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace product_entity {
namespace {

constexpr auto kName =
    rows<Product::Text>(field<&Product::Text::language>("language", {.required = true}),
                        field<&Product::Text::text>("text", {.required = true, .max_length = 255}));

constexpr auto kLongText = rows<Product::Text>(
    field<&Product::Text::language>("language", {.required = true}),
    field<&Product::Text::text>("text", {.required = true, .max_length = 4000}));

constexpr auto kCategory = rows<Product::Category>(
    field<&Product::Category::level>("level", {.required = true}),
    field<&Product::Category::name>("name", {.required = true, .max_length = 255}));

constexpr auto kClass = rows<Product::Class>(
    field<&Product::Class::scheme>("scheme", {.required = true, .max_length = 20}),
    field<&Product::Class::code>("code", {.required = true, .max_length = 40}));

constexpr auto kSubscription = rows<Product::Subscription>(
    field<&Product::Subscription::term>("term"),
    field<&Product::Subscription::term_unit>("term_unit"),
    field<&Product::Subscription::billing_frequency>("billing_frequency", {.max_length = 40}),
    field<&Product::Subscription::renewable>("renewable"),
    field<&Product::Subscription::auto_renew>("auto_renew"));

constexpr auto kComponent = rows<Product::Component>(
    field<&Product::Component::product>("product", {.required = true, .refers_to = "product"}),
    group<&Product::Component::quantity>("quantity", kQuantityRows),
    field<&Product::Component::optional>("optional"));

constexpr FieldOptions kLength{.precision = 15, .scale = 3};
constexpr auto kDimensions =
    rows<Product::Dimensions>(field<&Product::Dimensions::length>("length", kLength),
                              field<&Product::Dimensions::width>("width", kLength),
                              field<&Product::Dimensions::height>("height", kLength),
                              field<&Product::Dimensions::unit>("unit"));

constexpr auto kAttribute = rows<Product::Attribute>(
    field<&Product::Attribute::name>("name", {.required = true, .max_length = 80}),
    field<&Product::Attribute::value>("value", {.required = true, .max_length = 1000}));

constexpr auto kBarcode = rows<Product::Barcode>(
    field<&Product::Barcode::value>("value", {.required = true, .max_length = 80}));

constexpr auto kLifecycle =
    rows<Product::Lifecycle>(field<&Product::Lifecycle::launch>("launch"),
                             field<&Product::Lifecycle::end_of_sale>("end_of_sale"),
                             field<&Product::Lifecycle::end_of_support>("end_of_support"));

constexpr auto kRows = rows<Product>(
    field<&Product::sku>("sku", {.required = true, .max_length = 80}),
    list<&Product::names>("names", kName, {.keys = "language", .required = true}),
    list<&Product::descriptions>("descriptions", kLongText, {.keys = "language"}),
    field<&Product::gtin>("gtin", {.max_length = 14}),
    field<&Product::mpn>("mpn", {.max_length = 80}),
    field<&Product::kind>("kind", {.required = true, .codes = &code_sets::kProductKind}),
    field<&Product::family>("family", {.max_length = 80}),
    field<&Product::brand>("brand", {.max_length = 80}),
    list<&Product::category_path>("category_path", kCategory, {.keys = "level"}),
    list<&Product::classes>("classes", kClass, {.keys = "scheme code"}),
    field<&Product::base_unit>("base_unit", {.required = true}),
    group<&Product::order_multiple>("order_multiple", kQuantityRows),
    group<&Product::min_qty>("min_qty", kQuantityRows),
    nested<&Product::subscription>("subscription", kSubscription),
    list<&Product::components>("components", kComponent, {.keys = "product"}),
    field<&Product::tax_category>("tax_category", {.codes = &code_sets::kTaxCategory}),
    group<&Product::weight>("weight", kQuantityRows),
    group<&Product::dimensions>("dimensions", kDimensions),
    list<&Product::attributes>("attributes", kAttribute, {.keys = "name"}),
    list<&Product::barcodes>("barcodes", kBarcode, {.keys = "value"}),
    field<&Product::status>("status", {.required = true, .codes = &code_sets::kProductStatus}),
    nested<&Product::lifecycle>("lifecycle", kLifecycle),
    list<&Product::state_history>("state_history", kStateChangeRows,
                                  {.keys = "at", .read_only = true}),
    custom<&Product::custom>());

// The system moves a product on when a day of its lifecycle comes.
constexpr Transition kTransitions[] = {
    {"draft", "active", Actor::VendorAdmin},
    {"active", "end_of_sale", Actor::VendorAdmin | Actor::System},
    {"end_of_sale", "end_of_support", Actor::VendorAdmin | Actor::System},
    {"end_of_support", "retired", Actor::VendorAdmin},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

/// GS1 General Specifications, section 7.9: weights 3 and 1, 3 beside the check digit.
char gs1_check_digit(std::string_view digits) {
  int sum = 0;
  int weight = 3;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, weight = 4 - weight)
    sum += weight * (*digit - '0');
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

void check_gtin(const Fields& fields, std::vector<Problem>& problems) {
  constexpr std::size_t kDigits = 14;
  const Value gtin = get(fields, "gtin");
  if (!gtin) return;
  const auto report = [&problems](std::string message, std::string suggestion = "") {
    problems.push_back({.path = "gtin",
                        .rule = "gtin",
                        .message = std::move(message),
                        .suggestion = std::move(suggestion)});
  };
  const std::size_t size = gtin->size();
  if (!all_of(*gtin, is_digit) || (size != 8 && size != 12 && size != 13 && size != kDigits))
    return report("is not a GTIN (8, 12, 13 or 14 digits)");
  const std::string_view number = std::string_view(*gtin).substr(0, size - 1);
  if (const char digit = gs1_check_digit(number); gtin->back() != digit)
    return report("ends in " + gtin->substr(size - 1) + ", the check digit of " +
                  std::string(number) + " is " + std::string(1, digit));
  // One product has one text: a GTIN-13 and the same number as GTIN-14 would look like two.
  if (size != kDigits)
    report("has " + std::to_string(size) + " digits, it is stored with 14 and zeros in front",
           std::string(kDigits - size, '0') + *gtin);
}

void check_lifecycle(const Fields& fields, std::vector<Problem>& problems) {
  check_order(fields, "lifecycle.launch", "lifecycle.end_of_sale", problems);
  check_order(fields, "lifecycle.end_of_sale", "lifecycle.end_of_support", problems);
  if (!get(fields, "lifecycle.end_of_sale"))
    check_order(fields, "lifecycle.launch", "lifecycle.end_of_support", problems);
}

constexpr ValueRule kValues[] = {{"gtin", check_gtin}, {"lifecycle", check_lifecycle}};

constexpr std::string_view kTerm[] = {"subscription.term", "subscription.billing_frequency"};
constexpr std::string_view kParts[] = {"components[].product"};
constexpr Requirement kRequirements[] = {
    {"subscription", kTerm,
     [](const Fields& fields) { return get(fields, "kind") == "subscription"; }},
    // A path of all elements is never filled: this is missed exactly when there is no component.
    {"components", kParts, [](const Fields& fields) {
       const Value kind = get(fields, "kind");
       return (kind == "bundle" || kind == "kit") &&
              values_at(fields, "components[].product").empty();
     }}};

constexpr NetworkKey kKeys[] = {
    {"sku", true, [](const Fields& fields) { return values_at(fields, "sku"); }},
    {"gtin", false, [](const Fields& fields) { return values_at(fields, "gtin"); }}};

constexpr std::string_view kAcyclic[] = {"components[].product"};

constexpr EntityDescription kProduct = entity<Product>("product", kRows,
                                                       {.states = &kStates,
                                                        .requirements = kRequirements,
                                                        .values = kValues,
                                                        .keys = kKeys,
                                                        .acyclic = kAcyclic});

}  // namespace
}  // namespace product_entity

const EntityDescription& description(std::type_identity<Product>) {
  return product_entity::kProduct;
}

}  // namespace channelbridge::model

#include "channelbridge/model/inventory_position.hpp"

#include "channelbridge/model/code_sets_catalog.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace inventory_position_entity {
namespace {

constexpr auto kLocation = rows<InventoryPosition::Location>(
    field<&InventoryPosition::Location::warehouse_code>("warehouse_code",
                                                        {.required = true, .max_length = 40}),
    field<&InventoryPosition::Location::bin>("bin", {.max_length = 40}));

constexpr auto kSerial = rows<InventoryPosition::Serial>(
    field<&InventoryPosition::Serial::value>("value", {.required = true, .max_length = 120}));

constexpr auto kRows = rows<InventoryPosition>(
    field<&InventoryPosition::holder>("holder", {.required = true, .refers_to = "partner"}),
    nested<&InventoryPosition::location>("location", kLocation),
    field<&InventoryPosition::product>("product", {.required = true, .refers_to = "product"}),
    field<&InventoryPosition::lot>("lot", {.max_length = 40}),
    list<&InventoryPosition::serials>("serials", kSerial, {.keys = "value"}),
    group<&InventoryPosition::on_hand>("on_hand", kQuantityRows),
    group<&InventoryPosition::reserved>("reserved", kQuantityRows),
    group<&InventoryPosition::picked>("picked", kQuantityRows),
    group<&InventoryPosition::held>("held", kQuantityRows),
    group<&InventoryPosition::available>("available", kQuantityRows),
    group<&InventoryPosition::incoming>("incoming", kQuantityRows),
    group<&InventoryPosition::in_transfer>("in_transfer", kQuantityRows),
    group<&InventoryPosition::safety_stock>("safety_stock", kQuantityRows),
    field<&InventoryPosition::as_of>("as_of", {.required = true}),
    field<&InventoryPosition::source_kind>("source_kind",
                                           {.required = true, .codes = &code_sets::kStockSource}),
    custom<&InventoryPosition::custom>());

/// available = on_hand - reserved - picked - held - safety_stock. Where one of them is not known,
/// at least no more can be available than the others leave. Figures of several units are not
/// compared.
void check_available(const Fields& fields, std::vector<Problem>& problems) {
  const Value available = get(fields, "available.value");
  const Value on_hand = get(fields, "on_hand.value");
  if (!available || !on_hand) return;
  const auto stated = Decimal::parse(*available);
  auto left = Decimal::parse(*on_hand);
  const Value unit = get(fields, "on_hand.unit");
  if (!stated || !left || get(fields, "available.unit") != unit) return;
  std::string terms = "on_hand " + *on_hand;
  bool complete = true;
  for (const std::string_view name : {"reserved", "picked", "held", "safety_stock"}) {
    const Value value = get(fields, std::string(name) + ".value");
    if (!value) {
      complete = false;
      continue;
    }
    const auto taken = Decimal::parse(*value);
    if (!taken || get(fields, std::string(name) + ".unit") != unit) return;
    const auto rest = subtract(*left, *taken);
    if (!rest) return;
    left = *rest;
    terms += " - " + std::string(name) + " " + *value;
  }
  if (complete ? *stated == *left : *stated <= *left) return;
  problems.push_back({.path = "available.value",
                      .rule = "available",
                      .message = "is " + *available + (complete ? ", not " : ", more than ") +
                                 terms + " = " + to_string(*left)});
}

constexpr ValueRule kValues[] = {{"available", check_available}};

constexpr std::string_view kOnHand[] = {"on_hand.value"};
constexpr Requirement kRequirements[] = {{"on_hand", kOnHand}};

constexpr NetworkKey kKeys[] = {{"position", true, [](const Fields& fields) {
                                   const Value holder = get(fields, "holder");
                                   const Value place = get(fields, "location.warehouse_code");
                                   const Value product = get(fields, "product");
                                   if (!holder || !place || !product)
                                     return std::vector<std::string>{};
                                   // Names of places and lots may contain any sign that is printed.
                                   return std::vector{*holder + "\x1f" + *place + "\x1f" +
                                                      get(fields, "location.bin").value_or("") +
                                                      "\x1f" + *product + "\x1f" +
                                                      get(fields, "lot").value_or("")};
                                 }}};

constexpr EntityDescription kInventoryPosition = entity<InventoryPosition>(
    "inventory_position", kRows,
    {.requirements = kRequirements, .values = kValues, .keys = kKeys, .dated_by = "as_of"});

}  // namespace
}  // namespace inventory_position_entity

const EntityDescription& description(std::type_identity<InventoryPosition>) {
  return inventory_position_entity::kInventoryPosition;
}

}  // namespace channelbridge::model

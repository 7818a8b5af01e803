#include <map>

#include "channelbridge/model/price_book.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace price_book_entry_entity {
namespace {

constexpr auto kPriceRows =
    rows<Money>(field<&Money::amount>("amount", kUnitPrice), field<&Money::currency>("currency"));

constexpr auto kTier =
    rows<PriceBookEntry::Tier>(group<&PriceBookEntry::Tier::min_qty>("min_qty", kQuantityRows),
                               group<&PriceBookEntry::Tier::price>("price", kPriceRows),
                               field<&PriceBookEntry::Tier::discount_pct>("discount_pct"));

constexpr auto kRows = rows<PriceBookEntry>(
    field<&PriceBookEntry::price_book>("price_book", {.required = true, .refers_to = "price_book"}),
    field<&PriceBookEntry::product>("product", {.required = true, .refers_to = "product"}),
    field<&PriceBookEntry::unit>("unit", {.required = true}),
    group<&PriceBookEntry::valid>("valid", kPeriodRows),
    group<&PriceBookEntry::list_price>("list_price", kPriceRows),
    group<&PriceBookEntry::floor_price>("floor_price", kPriceRows),
    group<&PriceBookEntry::msrp>("msrp", kPriceRows),
    group<&PriceBookEntry::cost>("cost", kPriceRows),
    list<&PriceBookEntry::tiers>("tiers", kTier, {.keys = "min_qty.value"}),
    custom<&PriceBookEntry::custom>());

void check_floor(const Fields& fields, std::vector<Problem>& problems) {
  const Value floor = get(fields, "floor_price.amount");
  const Value list = get(fields, "list_price.amount");
  const Value currency = get(fields, "list_price.currency");
  if (!floor || !list || get(fields, "floor_price.currency") != currency) return;
  const auto lowest = Decimal::parse(*floor);
  const auto full = Decimal::parse(*list);
  if (!lowest || !full || *lowest <= *full) return;
  problems.push_back({.path = "floor_price.amount",
                      .rule = "floor_above_list",
                      .message = "is " + *floor + ", above list_price " + *list +
                                 (currency ? " " + *currency : "")});
}

/// Every quantity has one price: no two steps begin at the same quantity, and a step says either
/// what a unit costs or what goes off.
void check_tiers(const Fields& fields, std::vector<Problem>& problems) {
  std::map<std::string, std::string> begins;  // quantity and unit -> element
  for (const auto& [path, value] : fields) {
    const auto element = split_element(path);
    if (!element || element->list != "tiers") continue;
    const auto at = [id = element->element](std::string_view field) {
      return element_path("tiers", id, field);
    };
    if (element->field == "min_qty.value") {
      const Value unit = get(fields, at("min_qty.unit"));
      const std::string quantity = unit ? value + " " + *unit : value;
      if (!begins.emplace(quantity, element->element).second)
        problems.push_back({.path = path,
                            .rule = "tier_quantity",
                            .message = "is " + quantity + ", where another step begins too"});
    }
    const Value price = get(fields, at("price.amount"));
    if (element->field == "discount_pct" && price)
      problems.push_back({.path = path,
                          .rule = "price_or_discount",
                          .message = "is " + value + " % beside a price of " + *price});
  }
}

constexpr ValueRule kValues[] = {{"period",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_order(fields, "valid.start", "valid.end", problems);
                                  }},
                                 {"floor_above_list", check_floor},
                                 {"tiers", check_tiers}};

constexpr std::string_view kListPrice[] = {"list_price.amount"};
constexpr Requirement kRequirements[] = {{"list_price", kListPrice}};

constexpr NetworkKey kKeys[] = {
    // Quantities are steps of one entry; overlapping periods are no key and stay to the processes.
    {"price", true, [](const Fields& fields) {
       const Value book = get(fields, "price_book");
       const Value product = get(fields, "product");
       if (!book || !product) return std::vector<std::string>{};
       return std::vector{*book + "\x1f" + *product + "\x1f" + get(fields, "unit").value_or("") +
                          "\x1f" + get(fields, "valid.start").value_or("")};
     }}};

constexpr EntityDescription kPriceBookEntry = entity<PriceBookEntry>(
    "price_book_entry", kRows, {.requirements = kRequirements, .values = kValues, .keys = kKeys});

}  // namespace
}  // namespace price_book_entry_entity

const EntityDescription& description(std::type_identity<PriceBookEntry>) {
  return price_book_entry_entity::kPriceBookEntry;
}

}  // namespace channelbridge::model

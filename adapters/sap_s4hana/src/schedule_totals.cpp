#include "schedule_totals_internal.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/odata/value.hpp"
#include "enriching_adapter_internal.hpp"
#include "quantities_internal.hpp"

namespace channelbridge::sap_s4hana {
namespace {

using adapter::Change;
using adapter::Page;
using adapter::Selection;
using Json = nlohmann::ordered_json;

constexpr std::string_view kItems = "A_SalesOrderItem";
constexpr std::string_view kItemsOf = "to_Item";
constexpr std::string_view kLinesOf = "to_ScheduleLine";

bool is_total(std::string_view path) {
  return path == kConfirmedQuantity || path == kDeliveredQuantity || path == kConfirmedDate;
}

bool asks_for_totals(const Selection& selection) {
  return std::any_of(selection.children.begin(), selection.children.end(), [](const auto& child) {
    return child.object == kItems && std::any_of(child.paths.begin(), child.paths.end(), is_total);
  });
}

/// The same with what the totals are made of in their place.
Selection of_lines(const Selection& selection) {
  Selection out = selection;
  for (Selection::Child& child : out.children) {
    if (child.object != kItems || std::erase_if(child.paths, is_total) == 0) continue;
    for (const char* name :
         {"ConfdOrderQtyByMatlAvailCheck", "DeliveredQtyInOrderQtyUnit", "ConfirmedDeliveryDate"})
      child.paths.push_back(std::string(kLinesOf) + "." + name);
  }
  return out;
}

/// Absent and null are none. nullopt: no such quantity.
std::optional<std::int64_t> line_quantity(const Json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) return 0;
  if (!found->is_string()) return std::nullopt;
  return thousandths(found->get_ref<const std::string&>());
}

/// An item one of whose lines says no quantity is left without totals: it does not show what the
/// service describes.
void add_totals(Json& item, const Json& lines) {
  std::int64_t confirmed = 0;
  std::int64_t delivered = 0;
  Json last = nullptr;
  std::optional<Timestamp> latest;
  for (const Json& line : lines) {
    if (!line.is_object()) return;
    const auto of_line = line_quantity(line, "ConfdOrderQtyByMatlAvailCheck");
    const auto gone = line_quantity(line, "DeliveredQtyInOrderQtyUnit");
    if (!of_line || !gone) return;
    confirmed += *of_line;
    delivered += *gone;
    const auto date = line.find("ConfirmedDeliveryDate");
    if (*of_line == 0 || date == line.end() || !date->is_string()) continue;
    const auto time = odata::parse_time(date->get_ref<const std::string&>());
    if (!time || (latest && *time <= *latest)) continue;
    latest = time;
    last = *date;
  }
  item[std::string(kConfirmedQuantity)] = quantity_text(confirmed);
  item[std::string(kDeliveredQuantity)] = quantity_text(delivered);
  item[std::string(kConfirmedDate)] = std::move(last);
}

/// Items whose lines do not stand there (a create's answer) get none: nothing is known of them.
document::Document with_totals(const document::Document& document) {
  Json root = Json::parse(document.text(), nullptr, false);
  if (!root.is_object() || !root.contains(kItemsOf)) return document;
  Json& items = root[std::string(kItemsOf)];
  if (!items.is_array()) return document;
  for (Json& item : items) {
    if (!item.is_object()) continue;
    const auto lines = item.find(kLinesOf);
    if (lines == item.end() || !lines->is_array()) continue;
    const Json copy = *lines;
    add_totals(item, copy);
  }
  return document::Document::of(root.dump(), document.format(), document.full());
}

class ScheduleTotals final : public EnrichingAdapter {
 public:
  using EnrichingAdapter::EnrichingAdapter;

 private:
  Selection served(const Selection& selection) const override { return of_lines(selection); }
  void add_description(std::string_view object, adapter::ObjectMetadata& metadata) const override {
    if (object == kItems) add_schedule_totals(metadata);
  }
  Result<void> complete_page(Page& page, const Selection& selection, const Context&) override {
    if (!asks_for_totals(selection)) return {};
    for (Change& change : page.changes) {
      if (!change.deleted) change.document = with_totals(change.document);
    }
    return {};
  }
};

}  // namespace

std::shared_ptr<adapter::Adapter> with_schedule_totals(std::shared_ptr<adapter::Adapter> inner) {
  return std::make_shared<ScheduleTotals>(std::move(inner));
}

void add_schedule_totals(adapter::ObjectMetadata& metadata) {
  for (const std::string_view name : {kConfirmedQuantity, kDeliveredQuantity, kConfirmedDate}) {
    const bool date = name == kConfirmedDate;
    metadata.properties.insert_or_assign(
        std::string(name),
        adapter::PropertyMetadata{.name = std::string(name),
                                  .type = date ? "Edm.DateTime" : "Edm.Decimal",
                                  .creatable = false,
                                  .updatable = false,
                                  .filterable = false,
                                  .origin = "of the item's schedule lines, added by the adapter",
                                  .scale = date ? std::nullopt : std::optional<int>(3)});
  }
}

}  // namespace channelbridge::sap_s4hana

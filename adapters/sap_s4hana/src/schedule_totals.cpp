#include "schedule_totals_internal.hpp"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/odata/value.hpp"

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

/// Quantities of schedule lines have three decimals and 13 digits (Precision="13" Scale="3").
constexpr std::size_t kDecimals = 3;
constexpr std::size_t kDigits = 15;

/// "2.500" -> 2500. V2 shows exact numbers as texts; absent and null are none. nullopt: no such
/// quantity.
std::optional<std::int64_t> thousandths(const Json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) return 0;
  if (!found->is_string()) return std::nullopt;
  std::string text = *found;
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits = text.substr(0, point);
  std::string decimals = point < text.size() ? text.substr(point + 1) : std::string();
  while (decimals.size() > kDecimals && decimals.ends_with('0')) decimals.pop_back();
  if (decimals.size() > kDecimals) return std::nullopt;
  decimals.resize(kDecimals, '0');
  digits += decimals;
  if (digits.size() > kDigits || digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  std::int64_t out = 0;
  for (const char c : digits) out = out * 10 + (c - '0');
  return negative ? -out : out;
}

std::string quantity(std::int64_t thousandth) {
  std::string out = std::to_string(thousandth < 0 ? -thousandth : thousandth);
  if (out.size() <= kDecimals) out.insert(0, kDecimals + 1 - out.size(), '0');
  out.insert(out.size() - kDecimals, 1, '.');
  return thousandth < 0 ? "-" + out : out;
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
    const auto of_line = thousandths(line, "ConfdOrderQtyByMatlAvailCheck");
    const auto gone = thousandths(line, "DeliveredQtyInOrderQtyUnit");
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
  item[std::string(kConfirmedQuantity)] = quantity(confirmed);
  item[std::string(kDeliveredQuantity)] = quantity(delivered);
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

class ScheduleTotals final : public adapter::Adapter {
 public:
  explicit ScheduleTotals(std::shared_ptr<adapter::Adapter> inner) : inner_(std::move(inner)) {}

  adapter::Capabilities capabilities(const Selection& selection) const override {
    return inner_->capabilities(of_lines(selection));
  }
  Result<void> check(const Selection& selection) const override {
    return inner_->check(of_lines(selection));
  }
  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override {
    auto out = inner_->describe(object, context);
    if (out && object == kItems) add_schedule_totals(*out);
    return out;
  }
  Result<std::string> probe(const Context& context) override { return inner_->probe(context); }
  adapter::Usage usage() const override { return inner_->usage(); }

  Result<Page> read(const Selection& selection, const adapter::Cursor& cursor,
                    std::size_t page_size, const Context& context) override {
    return with_sums(inner_->read(of_lines(selection), cursor, page_size, context), selection);
  }
  Result<Page> read_by_keys(const Selection& selection, const std::vector<std::string>& keys,
                            const Context& context) override {
    return with_sums(inner_->read_by_keys(of_lines(selection), keys, context), selection);
  }
  Result<Change> read_by_key(const Selection& selection, std::string_view key,
                             const Context& context) override {
    auto change = inner_->read_by_key(of_lines(selection), key, context);
    if (change && asks_for_totals(selection)) change->document = with_totals(change->document);
    return change;
  }
  Result<std::vector<Change>> find(const Selection& selection, std::string_view correlation,
                                   const Context& context) override {
    auto changes = inner_->find(of_lines(selection), correlation, context);
    if (!changes || !asks_for_totals(selection)) return changes;
    for (Change& change : *changes) change.document = with_totals(change.document);
    return changes;
  }
  Result<std::vector<adapter::WriteOutcome>> write(
      const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override {
    return inner_->write(of_lines(selection), requests, context);
  }

 private:
  static Result<Page> with_sums(Result<Page> page, const Selection& selection) {
    if (!page || !asks_for_totals(selection)) return page;
    for (Change& change : page->changes) {
      if (!change.deleted) change.document = with_totals(change.document);
    }
    return page;
  }

  std::shared_ptr<adapter::Adapter> inner_;
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

#include "billed_quantities_internal.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/document/tree.hpp"
#include "enriching_adapter_internal.hpp"
#include "quantities_internal.hpp"

namespace channelbridge::sap_s4hana {
namespace {

using adapter::Change;
using adapter::Page;
using adapter::Selection;
using document::Tree;

constexpr std::string_view kBilledItems = "A_BillingDocumentItem";
constexpr std::string_view kInvoice = "M";
constexpr std::size_t kOrdersPerCall = 40;
constexpr std::size_t kBilledRows = 1'000;

bool is_billed(std::string_view path) { return path == kBilledQuantity || path == kBilledUnit; }

/// The items' child of a selection that asks for what was billed of them.
const Selection::Child* asking(const Selection& selection) {
  const auto found =
      std::find_if(selection.children.begin(), selection.children.end(), [](const auto& child) {
        return is_order_item(child.object) &&
               std::any_of(child.paths.begin(), child.paths.end(), is_billed);
      });
  return found == selection.children.end() ? nullptr : &*found;
}

Selection without_billed(const Selection& selection) {
  Selection out = selection;
  for (Selection::Child& child : out.children) {
    if (is_order_item(child.object)) std::erase_if(child.paths, is_billed);
  }
  return out;
}

Selection billed_items() {
  return {
      .object = std::string(kBilledItems),
      .id = "BillingDocument,BillingDocumentItem",
      .paths = {"BillingDocument", "BillingDocumentItem", "SalesDocument", "SalesDocumentItem",
                "BillingQuantity", "BillingQuantityUnit", "to_BillingDocument.SDDocumentCategory",
                "to_BillingDocument.BillingDocumentIsCancelled"}};
}

/// Numbers of documents are shown with and without leading zeros.
std::string plain(std::string_view number) {
  const std::size_t first = number.find_first_not_of('0');
  const bool digits = number.find_first_not_of("0123456789") == std::string_view::npos;
  return std::string(!digits || first == std::string_view::npos ? number : number.substr(first));
}

std::string edm_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string text_of(const Tree& object, std::string_view name) {
  const Tree* member = object.find(name);
  return member == nullptr || member->kind == Tree::Kind::Null ? std::string() : member->text;
}

struct Billed {
  std::int64_t thousandths{};
  std::string unit{};
  bool known{true};
};
struct BilledOrder {
  std::map<std::string, Billed> items{};  ///< by number
  bool known{true};
};
using BilledOrders = std::map<std::string, BilledOrder>;

void count(const Tree& row, BilledOrders& orders) {
  BilledOrder& order = orders[plain(text_of(row, "SalesDocument"))];
  const Tree* document = row.find("to_BillingDocument");
  const std::string cancelled =
      document == nullptr ? std::string() : text_of(*document, "BillingDocumentIsCancelled");
  const std::string category =
      document == nullptr ? std::string() : text_of(*document, "SDDocumentCategory");
  Billed& item = order.items[plain(text_of(row, "SalesDocumentItem"))];
  if (category.empty()) {
    item.known = false;
    return;
  }
  if (category != kInvoice || cancelled == "true") return;
  const auto quantity = thousandths(text_of(row, "BillingQuantity"));
  const std::string unit = text_of(row, "BillingQuantityUnit");
  if (item.unit.empty()) item.unit = unit;
  item.known = item.known && quantity && unit == item.unit;
  item.thousandths += quantity.value_or(0);
}

class BilledQuantities final : public EnrichingAdapter {
 public:
  BilledQuantities(std::shared_ptr<adapter::Adapter> inner, std::string system,
                   std::shared_ptr<Log> log)
      : EnrichingAdapter(std::move(inner)), system_(std::move(system)), log_(std::move(log)) {}

  Result<void> check(const Selection& selection) const override {
    if (asking(selection) != nullptr) {
      if (auto fine = inner().check(billed_items()); !fine) return fine;
    }
    return EnrichingAdapter::check(selection);
  }

 private:
  Selection served(const Selection& selection) const override { return without_billed(selection); }
  void add_description(std::string_view object, adapter::ObjectMetadata& metadata) const override {
    if (is_order_item(object)) add_billed_quantities(metadata);
  }

  Result<void> complete_page(Page& page, const Selection& selection,
                             const Context& context) override {
    const Selection::Child* items = asking(selection);
    if (items == nullptr) return {};
    std::vector<std::string> orders;
    for (const Change& change : page.changes) {
      if (!change.deleted) orders.push_back(change.key);
    }
    if (orders.empty()) return {};
    const auto has_bills = is_served(context);
    if (!has_bills) return has_bills.error();
    const auto billed = *has_bills ? billed_of(orders, context) : BilledOrders();
    if (!billed) return billed.error();
    for (Change& change : page.changes) {
      if (change.deleted) continue;
      const auto found = billed->find(plain(change.key));
      const BilledOrder order = found == billed->end() ? BilledOrder{} : found->second;
      warn_of_sums(change.key, order);
      auto document = with_members(change.document, items->navigation, order, *has_bills);
      if (!document) return std::move(document).error();
      change.document = *std::move(document);
    }
    return {};
  }

  /// Has the system of these settings the billing documents at all?
  Result<bool> is_served(const Context& context) {
    const auto described = inner().describe(kBilledItems, context);
    if (described) return true;
    if (described.error().code() != ErrorCode::NotFound) return described.error();
    if (!warned_.exchange(true)) {
      log_->write(LogLevel::Warning,
                  "what was billed of orders is not read: no service here has the billing "
                  "documents; `services: { A_BillingDocument: … }` of the system names one, "
                  "`values: { billed: \"\" }` asks for none",
                  {{"system", system_}, {"reason", described.error().message()}});
    }
    return false;
  }

  void warn_of_sums(const std::string& key, const BilledOrder& order) const {
    for (const auto& [item, billed] : order.items) {
      if (billed.known) continue;
      log_->write(LogLevel::Warning, "what was billed of an order's item does not add up",
                  {{"system", system_}, {"order", key}, {"item", item}, {"unit", billed.unit}});
    }
  }

  /// Those that nobody has billed are not in it.
  Result<BilledOrders> billed_of(const std::vector<std::string>& orders, const Context& context) {
    BilledOrders out;
    Selection selection = billed_items();
    for (std::size_t begin = 0; begin < orders.size(); begin += kOrdersPerCall) {
      const std::size_t end = std::min(orders.size(), begin + kOrdersPerCall);
      selection.where.clear();
      for (std::size_t i = begin; i < end; ++i)
        selection.where +=
            (selection.where.empty() ? "" : " or ") + ("SalesDocument eq " + edm_string(orders[i]));
      adapter::Cursor cursor;
      for (bool more = true; more;) {
        auto page = inner().read(selection, cursor, kBilledRows, context);
        if (!page) return std::move(page).error();
        for (const Change& change : page->changes) {
          auto row = document::parse_tree(change.document.text(), document::Format::Json);
          if (!row) return std::move(row).error();
          count(*row, out);
        }
        for (const adapter::UnreadableDocument& row : page->unreadable) {
          const auto tree = document::parse_tree(row.text, document::Format::Json);
          const std::string order = tree ? text_of(*tree, "SalesDocument") : std::string();
          if (order.empty()) return row.error;
          out[plain(order)].known = false;
        }
        more = !page->end;
        cursor = page->next;
      }
    }
    return out;
  }

  /// Null where it is not known what was billed of an item. Where rows of the order could not be
  /// read its items stay without it: the document is set aside.
  static Result<document::Document> with_members(const document::Document& document,
                                                 const std::string& items,
                                                 const BilledOrder& billed, bool served) {
    auto root = document::parse_tree(document.text(), document::Format::Json);
    if (!root) return std::move(root).error();
    for (Tree& list : root->children) {
      if (list.name != items || list.kind != Tree::Kind::Array) continue;
      for (Tree& item : list.children) {
        const auto found = billed.items.find(plain(text_of(item, "SalesOrderItem")));
        const Billed of_item = found == billed.items.end() ? Billed{} : found->second;
        if (!billed.known || item.kind != Tree::Kind::Object) continue;
        const bool known = served && of_item.known;
        const auto kind = known ? Tree::Kind::Text : Tree::Kind::Null;
        item.children.push_back(
            {.kind = kind,
             .name = std::string(kBilledQuantity),
             .text = known ? quantity_text(of_item.thousandths) : std::string()});
        item.children.push_back({.kind = kind,
                                 .name = std::string(kBilledUnit),
                                 .text = known ? of_item.unit : std::string()});
      }
    }
    std::string text;
    document::append_json(text, *root);
    return document::Document::of(std::move(text), document.format(), document.full());
  }

  const std::string system_;
  const std::shared_ptr<Log> log_;
  std::atomic<bool> warned_{};
};

}  // namespace

std::shared_ptr<adapter::Adapter> with_billed_quantities(std::shared_ptr<adapter::Adapter> inner,
                                                         std::string system,
                                                         std::shared_ptr<Log> log) {
  return std::make_shared<BilledQuantities>(std::move(inner), std::move(system),
                                            log ? std::move(log) : no_log());
}

bool is_order_item(std::string_view object) {
  return object == "A_SalesOrderItem" || object == "SalesOrderItem";
}

void add_billed_quantities(adapter::ObjectMetadata& metadata) {
  for (const std::string_view name : {kBilledQuantity, kBilledUnit}) {
    const bool unit = name == kBilledUnit;
    metadata.properties.insert_or_assign(
        std::string(name),
        adapter::PropertyMetadata{.name = std::string(name),
                                  .type = unit ? "Edm.String" : "Edm.Decimal",
                                  .max_length = unit ? std::size_t{3} : 0,
                                  .creatable = false,
                                  .updatable = false,
                                  .filterable = false,
                                  .origin = "of the billing documents, added by the adapter",
                                  .scale = unit ? std::nullopt : std::optional<int>(3)});
  }
}

}  // namespace channelbridge::sap_s4hana

#include <algorithm>

#include "sandbox/salesforce/sales_internal.hpp"

/// Price books, and the lines of opportunities, quotes and orders.
namespace channelbridge::sandbox::salesforce::sales {
namespace {

struct LineKind {
  const char* object;
  const char* parent;  ///< field of the document
  const char* document;
};

constexpr LineKind kLines[] = {{"OpportunityLineItem", "OpportunityId", "Opportunity"},
                               {"QuoteLineItem", "QuoteId", "Quote"},
                               {"OrderItem", "OrderId", "Order"}};

const LineKind* kind_of(const Table& table) {
  for (const LineKind& kind : kLines)
    if (table.object().name() == kind.object) return &kind;
  return nullptr;
}

bool is_standard(Database& database, std::string_view book) {
  const auto found = find(database, book);
  return found && found->named().flag("IsStandard");
}

/// The entry of a product in the standard price book.
std::optional<Found> standard_entry(Database& database, std::string_view product) {
  for (const Found& entry : children(database, "PricebookEntry", "Product2Id", product))
    if (is_standard(database, entry.named().text("Pricebook2Id"))) return entry;
  return std::nullopt;
}

/// Price and total of a line that follow from each other. A quantity that comes alone keeps the
/// total. Source: Object Reference, "OpportunityLineItem" and "OrderItem", Quantity and UnitPrice.
void complete_price(const Save& save) {
  const bool quantity_alone = save.before != nullptr && given(save, "Quantity") &&
                              !given(save, "UnitPrice") && !given(save, "TotalPrice");
  const Named row = named(save);
  const Decimal quantity = row.amount("Quantity");
  const bool by_total =
      quantity_alone || (given(save, "TotalPrice") && !row.text("TotalPrice").empty());
  if (by_total && !quantity.is_zero() && row.number("TotalPrice"))
    put(save, "UnitPrice", divide(row.amount("TotalPrice"), quantity, 2));
  put(save, "TotalPrice", multiply(named(save).amount("UnitPrice"), quantity));
}

/// Source: Salesforce Help, "Editing and Deletion Considerations for Order Products".
Result<void> judge_line_of_activated(const Save& save) {
  using Activated = OrderRules::Activated;
  const Activated rule = save.transaction.orders().activated;
  if (rule == Activated::Locked || save.before == nullptr)
    return wrong_state("Products of an activated order cannot be added or changed");
  if (rule == Activated::Editable) return {};
  const Named before(save.table, *save.before);
  for (const char* field : {"Quantity", "UnitPrice"}) {
    if (before.amount(field) != named(save).amount(field))
      return wrong_state("The quantity and price of an activated order's products stay");
  }
  return {};
}

}  // namespace

bool is_line(const Table& table) { return kind_of(table) != nullptr; }

Result<void> complete_entry(const Save& save) {
  Database& database = save.transaction.database();
  const Named row = named(save);
  if (const auto product = find(database, row.text("Product2Id"))) {
    put(save, "Name", Stored(std::string(product->named().text("Name"))));
    const std::string code(product->named().text("ProductCode"));
    put(save, "ProductCode", code.empty() ? Stored() : Stored(code));
  }
  if (!row.flag("UseStandardPrice")) return {};
  if (const auto standard = standard_entry(database, row.text("Product2Id")))
    put(save, "UnitPrice", Stored(std::string(standard->named().text("UnitPrice"))));
  return {};
}

Result<void> judge_entry(const Save& save) {
  if (save.before != nullptr) return {};
  Database& database = save.transaction.database();
  const Named row = named(save);
  if (!is_standard(database, row.text("Pricebook2Id")) &&
      !standard_entry(database, row.text("Product2Id")))
    return refusal(400, "STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product");
  for (const Found& other :
       children(database, "PricebookEntry", "Product2Id", row.text("Product2Id"))) {
    const Named entry = other.named();
    if (entry.text("Pricebook2Id") == row.text("Pricebook2Id") &&
        entry.text("CurrencyIsoCode") == row.text("CurrencyIsoCode"))
      return refusal(400, "DUPLICATE_VALUE",
                     "This price definition already exists in this price book");
  }
  return {};
}

Result<void> complete_line(const Save& save) {
  Database& database = save.transaction.database();
  const std::string& object = save.table.object().name();
  if (const auto entry = find(database, named(save).text("PricebookEntryId"))) {
    const Named price = entry->named();
    put(save, "Product2Id", Stored(std::string(price.text("Product2Id"))));
    const std::string code(price.text("ProductCode"));
    put(save, "ProductCode", code.empty() ? Stored() : Stored(code));
    if (save.before == nullptr)
      put(save, "ListPrice", Stored(std::string(price.text("UnitPrice"))));
  }
  if (object == "OpportunityLineItem") {
    if (given(save, "UnitPrice") && given(save, "TotalPrice") &&
        !named(save).text("TotalPrice").empty())
      return integrity("only one of unit price or total price may be specified", {"UnitPrice"});
    if (save.before == nullptr && named(save).text("UnitPrice").empty() &&
        named(save).text("TotalPrice").empty())
      return refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [UnitPrice]",
                     {"UnitPrice"});
  }
  if (object == "QuoteLineItem") {
    const Named row = named(save);
    const auto whole = multiply(row.amount("UnitPrice"), row.amount("Quantity"));
    put(save, "Subtotal", whole);
    put(save, "TotalPrice", product(whole, rest_of(row.amount("Discount"))));
    return {};
  }
  complete_price(save);
  if (object == "OrderItem")
    put(save, "AvailableQuantity", Stored(std::string(named(save).text("Quantity"))));
  return {};
}

Result<void> judge_line(const Save& save) {
  Transaction& transaction = save.transaction;
  const LineKind& kind = *kind_of(save.table);
  const auto document = find(transaction.database(), named(save).text(kind.parent));
  if (!document) return {};
  const Named parent = document->named();
  if (parent.text("StatusCode") == "Activated") {
    if (Result<void> fine = judge_line_of_activated(save); !fine) return fine;
  }
  if (save.before != nullptr) return {};
  const auto entry = find(transaction.database(), named(save).text("PricebookEntryId"));
  if (!entry) return {};
  const std::string book(entry->named().text("Pricebook2Id"));
  if (!entry->named().flag("IsActive"))
    return integrity("PricebookEntryId (pricebook entry is inactive)", {"PricebookEntryId"});
  if (parent.text("Pricebook2Id") == book) return {};
  // An opportunity without a price book gets that of its first product.
  if (parent.text("Pricebook2Id").empty() && save.table.object().name() == "OpportunityLineItem") {
    transaction.set_computed(*document->table, document->number, {{"Pricebook2Id", book}});
    return {};
  }
  return integrity(
      "PricebookEntryId (pricebook entry is in a different pricebook than the one "
      "assigned to the " +
          lower_case(kind.document) + ")",
      {"PricebookEntryId"});
}

void roll_up(Transaction& transaction, const Table& lines, const Row& line) {
  const LineKind& kind = *kind_of(lines);
  Database& database = transaction.database();
  const std::string id(Named(lines, line).text(kind.parent));
  const auto document = find(database, id);
  if (!document) return;
  Decimal total;
  Decimal whole;
  Decimal quantity;
  const auto rows = children(database, kind.object, kind.parent, id);
  for (const Found& each : rows) {
    const Named row = each.named();
    total = add(total, row.amount("TotalPrice")).value_or(total);
    whole = add(whole, row.amount("Subtotal")).value_or(whole);
    quantity = add(quantity, row.amount("Quantity")).value_or(quantity);
  }
  const std::string sum = to_string(total);
  const std::string object = kind.document;
  if (object == "Order") {
    transaction.set_computed(*document->table, document->number, {{"TotalAmount", sum}});
  } else if (object == "Opportunity") {
    std::vector<std::pair<std::string, Stored>> values = {
        {"HasOpportunityLineItem", rows.empty() ? "false" : "true"},
        {"TotalOpportunityQuantity", rows.empty() ? Stored() : Stored(to_string(quantity))}};
    if (!rows.empty()) values.emplace_back("Amount", sum);
    transaction.set_computed(*document->table, document->number, values);
  } else {
    const Named quote = document->named();
    auto grand = add(total, quote.amount("Tax"));
    if (grand) grand = add(*grand, quote.amount("ShippingHandling"));
    // How much less than the undiscounted sum, in percent.
    const auto part = divide(total, whole.is_zero() ? Decimal(1) : whole, 20);
    const auto discount = whole.is_zero() || !part
                              ? Result<Decimal>(Decimal())
                              : product(subtract(Decimal(1), *part), Decimal(100));
    transaction.set_computed(*document->table, document->number,
                             {{"Subtotal", to_string(whole)},
                              {"TotalPrice", sum},
                              {"Discount", stored(discount, 2)},
                              {"GrandTotal", stored(grand, 2)},
                              {"LineItemCount", std::to_string(rows.size())}});
  }
}

}  // namespace channelbridge::sandbox::salesforce::sales

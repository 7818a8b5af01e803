#include <algorithm>
#include <array>

#include "channelbridge/model/codes.hpp"
#include "channelbridge/model/decimal.hpp"
#include "sandbox/sap/rules.hpp"
#include "sandbox/sap/sales.hpp"

// Message class V1 is that of sales documents; of its numbers, those of the sold-to party and the
// material (302) were seen in published answers, the others are ours (unconfirmed).
namespace channelbridge::sandbox {
namespace {

using model::Decimal;
using odata::refuse;
using odata::Row;
using odata::RowPtr;
using odata::Table;
using odata::text;
using odata::Transaction;

/// The states of a document and its items: not yet, partly, completely processed.
constexpr const char* kOpen = "A";

Decimal decimal(const std::string& value) { return Decimal::parse(value).value_or(Decimal()); }

Decimal product_of(const Decimal& left, const Decimal& right) {
  return multiply(left, right).value_or(Decimal());
}

/// JPY has no decimals, KWD three, most have two (ISO 4217).
int decimals_of(const std::string& currency) {
  constexpr std::array kNone{"JPY", "KRW", "HUF", "CLP", "ISK", "VND"};
  constexpr std::array kThree{"KWD", "BHD", "OMR", "TND", "JOD"};
  if (std::find(kNone.begin(), kNone.end(), currency) != kNone.end()) return 0;
  return std::find(kThree.begin(), kThree.end(), currency) != kThree.end() ? 3 : 2;
}

/// The rules of one kind of document. Immutable; every call has its own transaction.
class DocumentRules {
 public:
  DocumentRules(SalesDocument names, std::shared_ptr<SalesDesk> desk)
      : names_(std::move(names)), desk_(std::move(desk)) {}

  void before_save(Transaction& transaction, const std::string& set, Row& row) const {
    if (transaction.options().trusted) return;
    const Table& table = transaction.store().table(set);
    if (set == names_.root) check_header(transaction, table, row);
    if (set == names_.item) check_item(transaction, table, row);
    if (set == names_.element) check_element(transaction, table, row);
    if (set == names_.partner) {
      const std::string customer = text(table, row, "Customer");
      if (!customer.empty() && !desk_->customer_is_there(customer)) {
        refuse(400, "VP/201", "Customer " + customer + " does not exist",
               target(names_.partner, "Customer"));
      }
    }
  }

  void after_save(Transaction& transaction, const std::string& set, const Row& row,
                  bool created) const {
    if (transaction.options().trusted) return;
    const Table& table = transaction.store().table(set);
    if (set == names_.root) {
      if (created) add_partners(transaction, table, row);
      return;
    }
    if (set == names_.item) {
      const std::string document = text(table, row, names_.key);
      const std::string item = text(table, row, names_.item_key);
      find_price(transaction, document, item);
      calculate(transaction, document, item);
      schedule(transaction, document, item);
      add_up(transaction, document);
    }
    if (set == names_.element &&
        text(table, row, "ConditionType") == desk_->options().manual_condition) {
      const std::string document = text(table, row, names_.key);
      const std::string item = text(table, row, names_.item_key);
      calculate(transaction, document, item);
      add_up(transaction, document);
    }
  }

  /// An item with deliveries or invoices, or whose document has them, cannot be deleted.
  void before_remove(Transaction& transaction, const std::string& set, const Row& row) const {
    if (transaction.options().trusted) return;
    const Table& table = transaction.store().table(set);
    if (set == names_.item && is_processed(table, row)) refuse_processed(table, row);
    if (set != names_.root) return;
    for (const RowPtr& item : items_of(transaction, text(table, row, names_.key))) {
      const Table& items = transaction.store().table(names_.item);
      if (is_processed(items, *item)) refuse_processed(items, *item);
    }
  }

  /// A quotation has done its work when an order refers to it.
  void after_commit(const std::vector<odata::Change>& changes) const {
    for (const odata::Change& change : changes) {
      if (change.before || !change.after || change.table->set().name != names_.root) continue;
      const std::string reference = text(*change.table, *change.after, "ReferenceSDDocument");
      if (!reference.empty()) desk_->follow(reference);
    }
  }

  void after_remove(Transaction& transaction, const std::string& set, const Row& row) const {
    const Table& table = transaction.store().table(set);
    const std::string document = text(table, row, names_.key);
    if (set == names_.item && transaction.find(names_.root, {document}))
      add_up(transaction, document);
  }

 private:
  std::string target(const std::string& set, const std::string& property) const {
    return "/" + set + "/" + property;
  }

  void put(const Table& table, Row& row, const std::string& property, const Json& value) const {
    const auto index = table.type().find(property);
    if (!index) return;
    row.set(*index, from_json(table.type().properties[*index], value, table.form(*index)).value);
  }

  void put_if_empty(const Table& table, Row& row, const std::string& property,
                    const Json& value) const {
    if (text(table, row, property).empty()) put(table, row, property, value);
  }

  void check_header(Transaction& transaction, const Table& table, Row& row) const {
    const RowPtr before = transaction.find(names_.root, {text(table, row, names_.key)});
    for (const std::string& field :
         {names_.type, std::string("SalesOrganization"), std::string("DistributionChannel"),
          std::string("OrganizationDivision"), std::string("SoldToParty")}) {
      if (text(table, row, field).empty()) {
        refuse(400, "V1/391", "Enter a value for '" + field + "'", target(names_.root, field));
      }
      // The sales area and the customer are what the document is.
      if (before && text(table, *before, field) != text(table, row, field))
        refuse(400, "V1/392", "Property '" + field + "' cannot be changed any more",
               target(names_.root, field));
    }
    const std::string customer = text(table, row, "SoldToParty");
    if (!desk_->customer_is_there(customer)) {
      refuse(400, "V1/302",
             "Sold-to party " + customer + " not maintained for sales area " +
                 text(table, row, "SalesOrganization") + " " +
                 text(table, row, "DistributionChannel") + " " +
                 text(table, row, "OrganizationDivision"),
             target(names_.root, "SoldToParty"));
    }
    const std::string reference = text(table, row, "ReferenceSDDocument");
    // Only orders refer to what stands in another service.
    const bool referred = !names_.schedule.empty() && !reference.empty() &&
                          (!before || text(table, *before, "ReferenceSDDocument") != reference);
    if (const auto category = referred ? desk_->category_of(reference) : std::nullopt) {
      if (category->empty()) {
        refuse(400, "V1/322", "Sales document " + reference + " is not in the database",
               target(names_.root, "ReferenceSDDocument"));
      }
      put(table, row, "ReferenceSDDocumentCategory", *category);
    }
    put_if_empty(table, row, "TransactionCurrency", "EUR");
    const std::string currency = text(table, row, "TransactionCurrency");
    const std::set<std::string>& known = desk_->options().currencies;
    if (!model::Currency::parse(currency) || (!known.empty() && !known.contains(currency))) {
      refuse(400, "V1/398", "Currency " + currency + " is not defined",
             target(names_.root, "TransactionCurrency"));
    }
    const std::string today = odata::iso(transaction.options().now, 0).substr(0, 10) + "T00:00:00";
    const bool v4 = transaction.store().model().version == odata::Version::V4;
    const Json day = v4 ? today.substr(0, 10) : today;
    for (const std::string& date : {names_.date, std::string("PricingDate")})
      put_if_empty(table, row, date, day);
    if (before) return;
    for (const char* status :
         {"OverallSDProcessStatus", "OverallTotalDeliveryStatus", "OverallDeliveryStatus",
          "OverallOrdReltdBillgStatus", "OverallSDDocumentRejectionSts"})
      put(table, row, status, kOpen);
  }

  /// The item may not be changed in what was delivered or billed of it.
  void check_item(Transaction& transaction, const Table& table, Row& row) const {
    const std::string document = text(table, row, names_.key);
    const RowPtr header = transaction.find(names_.root, {document});
    if (!header) return;  // check_parent() says so
    const std::string item = text(table, row, names_.item_key);
    const RowPtr before = transaction.find(names_.item, {document, item});
    if (before && is_processed(table, *before)) {
      for (const std::string& field : {names_.material, std::string("RequestedQuantity"),
                                       names_.unit, std::string("SalesDocumentRjcnReason")}) {
        if (text(table, *before, field) != text(table, row, field)) refuse_processed(table, row);
      }
    }
    const std::string name = text(table, row, names_.material);
    const Json material = name.empty() ? Json() : desk_->material(name);
    if (material.is_null()) {
      const Table& headers = transaction.store().table(names_.root);
      refuse(400, "V1/302",
             "Material " + name + " is not defined for sales area " +
                 text(headers, *header, "SalesOrganization") + " " +
                 text(headers, *header, "DistributionChannel"),
             target(names_.item, names_.material));
    }
    if (decimal(text(table, row, "RequestedQuantity")).sign() <= 0) {
      refuse(400, "V1/395", "Enter a quantity for item " + item,
             target(names_.item, "RequestedQuantity"));
    }
    const std::string unit = text_of(material, "BaseUnit", "PC");
    put_if_empty(table, row, names_.unit, unit);
    if (material.contains("BaseUnit") && text(table, row, names_.unit) != unit) {
      refuse(400, "V1/384",
             "Sales unit " + text(table, row, names_.unit) + " is not defined for item " + item,
             target(names_.item, names_.unit));
    }
    put_if_empty(table, row, names_.text, text_of(material, "Description", name).substr(0, 40));
    const Table& headers = transaction.store().table(names_.root);
    put(table, row, "TransactionCurrency", text(headers, *header, "TransactionCurrency"));
    if (before) return;
    for (const char* status : {"SDProcessStatus", "DeliveryStatus", "OrderRelatedBillingStatus"})
      put(table, row, status, kOpen);
  }

  void check_element(Transaction& transaction, const Table& table, Row& row) const {
    const std::string document = text(table, row, names_.key);
    const std::string item = text(table, row, names_.item_key);
    const RowPtr of = transaction.find(names_.item, {document, item});
    if (!of) return;
    const Table& items = transaction.store().table(names_.item);
    const std::string type = text(table, row, "ConditionType");
    const RowPtr before =
        transaction.find(names_.element, {document, item, text(table, row, "PricingProcedureStep"),
                                          text(table, row, "PricingProcedureCounter")});
    const bool moved =
        !before || text(table, *before, names_.rate) != text(table, row, names_.rate);
    if (type == desk_->options().manual_condition && moved && is_processed(items, *of))
      refuse_processed(items, *of);
    const SalesOptions& options = desk_->options();
    if (type != options.manual_condition && type != options.price_condition &&
        type != options.tax_condition) {
      refuse(400, "VE/108", "Condition type " + type + " is not allowed",
             target(names_.element, "ConditionType"));
    }
    put_if_empty(table, row, "ConditionCurrency", text(items, *of, "TransactionCurrency"));
    if (decimal(text(table, row, "ConditionQuantity")).is_zero())
      put(table, row, "ConditionQuantity", "1");
    put(table, row, "TransactionCurrency", text(items, *of, "TransactionCurrency"));
    if (text(table, row, "ConditionCurrency") != text(items, *of, "TransactionCurrency")) {
      refuse(400, "V1/399",
             "No exchange rate from " + text(table, row, "ConditionCurrency") + " to " +
                 text(items, *of, "TransactionCurrency"),
             target(names_.element, "ConditionCurrency"));
    }
  }

  bool is_processed(const Table& items, const Row& row) const {
    const std::string delivery = text(items, row, "DeliveryStatus");
    const std::string billing = text(items, row, "OrderRelatedBillingStatus");
    return delivery == "B" || delivery == "C" || billing == "B" || billing == "C";
  }

  [[noreturn]] void refuse_processed(const Table& items, const Row& row) const {
    refuse(400, "V1/377",
           "Item " + text(items, row, names_.item_key) + " of " + names_.words + " " +
               text(items, row, names_.key) + " has subsequent documents and cannot be changed",
           target(names_.item, names_.item_key));
  }

  /// Ship-to, bill-to and payer come from the customer, unless somebody names others.
  void add_partners(Transaction& transaction, const Table& table, const Row& row) const {
    if (!transaction.store().has(names_.partner)) return;
    for (const char* function : {"SP", "SH", "BP", "PY"}) {
      transaction.create_silently(names_.partner,
                                  Json{{names_.key, text(table, row, names_.key)},
                                       {"PartnerFunction", function},
                                       {"Customer", text(table, row, "SoldToParty")}});
    }
  }

  std::vector<RowPtr> rows_of(const Transaction& transaction, const std::string& set,
                              const std::string& document, const std::string& item) const {
    std::vector<RowPtr> out;
    if (!transaction.store().has(set)) return out;
    const Table& table = transaction.store().table(set);
    const odata::Value number = document;
    for (const std::string& key : table.lookup({*table.type().find(names_.key)}, {&number})) {
      const RowPtr row = table.find(key);
      if (item.empty() || text(table, *row, names_.item_key) == item) out.push_back(row);
    }
    return out;
  }
  std::vector<RowPtr> items_of(const Transaction& transaction, const std::string& document) const {
    return rows_of(transaction, names_.item, document, "");
  }

  RowPtr element_of(const Transaction& transaction, const std::string& document,
                    const std::string& item, const std::string& type) const {
    const Table& table = transaction.store().table(names_.element);
    for (const RowPtr& row : rows_of(transaction, names_.element, document, item)) {
      if (text(table, *row, "ConditionType") == type) return row;
    }
    return nullptr;
  }

  void set_element(Transaction& transaction, const std::string& document, const std::string& item,
                   const std::string& type, const Json& fields) const {
    if (!transaction.store().has(names_.element)) return;
    if (const RowPtr present = element_of(transaction, document, item, type)) {
      transaction.change_silently(names_.element, present, fields);
      return;
    }
    Json body{{names_.key, document}, {names_.item_key, item}, {"ConditionType", type}};
    for (const auto& [name, value] : fields.items()) body[name] = value;
    transaction.create_silently(names_.element, body);
  }

  void find_price(Transaction& transaction, const std::string& document,
                  const std::string& item) const {
    const Table& items = transaction.store().table(names_.item);
    const Table& headers = transaction.store().table(names_.root);
    const RowPtr row = transaction.find(names_.item, {document, item});
    const RowPtr header = transaction.find(names_.root, {document});
    const auto price = desk_->price(text(items, *row, names_.material),
                                    text(headers, *header, "SalesOrganization"),
                                    text(headers, *header, "DistributionChannel"),
                                    text(headers, *header, "PricingDate").substr(0, 10),
                                    text(items, *row, "RequestedQuantity"));
    if (!price) return;
    Json fields{{names_.rate, price->amount},
                {"ConditionCurrency", price->currency},
                {"ConditionQuantity", price->per},
                {"ConditionQuantityUnit", text(items, *row, names_.unit)},
                {"ConditionRecord", price->record}};
    prune(transaction.store().table(names_.element), fields);
    set_element(transaction, document, item, desk_->options().price_condition, fields);
  }

  /// Only what the service's release has.
  void prune(const Table& table, Json& fields) const {
    for (auto field = fields.begin(); field != fields.end();) {
      field = table.type().find(field.key()) ? std::next(field) : fields.erase(field);
    }
  }

  /// Net amount and tax of an item from its active price.
  void calculate(Transaction& transaction, const std::string& document,
                 const std::string& item) const {
    const Table& items = transaction.store().table(names_.item);
    const RowPtr row = transaction.find(names_.item, {document, item});
    const std::string currency = text(items, *row, "TransactionCurrency");
    const Decimal quantity = decimal(text(items, *row, "RequestedQuantity"));
    Decimal net;
    if (transaction.store().has(names_.element)) {
      const SalesOptions& options = desk_->options();
      const Table& elements = transaction.store().table(names_.element);
      RowPtr manual = element_of(transaction, document, item, options.manual_condition);
      if (manual && decimal(text(elements, *manual, names_.rate)).is_zero()) manual = nullptr;
      const RowPtr listed = element_of(transaction, document, item, options.price_condition);
      for (const RowPtr& element : {listed, manual}) {
        if (!element) continue;
        const bool active = element == manual || !manual;
        const Decimal per = decimal(text(elements, *element, "ConditionQuantity"));
        const auto amount =
            divide(product_of(quantity, decimal(text(elements, *element, names_.rate))),
                   per.is_zero() ? Decimal(1) : per, decimals_of(currency));
        Json fields{{"ConditionAmount", to_string(amount.value_or(Decimal()))},
                    {"ConditionBaseValue", to_string(quantity)},
                    {"ConditionCalculationType", "C"},
                    {"ConditionInactiveReason", active ? "" : "M"},
                    {"TransactionCurrency", currency}};
        prune(elements, fields);
        transaction.change_silently(names_.element, element, fields);
        if (active) net = amount.value_or(Decimal());
      }
    }
    const Decimal tax = divide(product_of(net, decimal(desk_->options().tax_percent)), Decimal(100),
                               decimals_of(currency))
                            .value_or(Decimal());
    Json fields{{names_.rate, desk_->options().tax_percent},
                {"ConditionAmount", to_string(tax)},
                {"ConditionBaseValue", to_string(net)},
                {"ConditionCalculationType", "A"},
                {"TransactionCurrency", currency}};
    if (transaction.store().has(names_.element)) {
      if (names_.rate == "ConditionRateAmount")
        fields[names_.rate] = "0", fields["ConditionRateRatio"] = desk_->options().tax_percent;
      prune(transaction.store().table(names_.element), fields);
      set_element(transaction, document, item, desk_->options().tax_condition, fields);
    }
    Json amounts{{"NetAmount", to_string(net)}, {"TaxAmount", to_string(tax)}};
    prune(items, amounts);
    transaction.change_silently(names_.item, transaction.find(names_.item, {document, item}),
                                amounts);
  }

  /// What is on stock is confirmed for the wished date, the rest for when it will be there.
  void schedule(Transaction& transaction, const std::string& document,
                const std::string& item) const {
    if (!transaction.store().has(names_.schedule)) return;
    const Table& items = transaction.store().table(names_.item);
    const Table& headers = transaction.store().table(names_.root);
    const RowPtr row = transaction.find(names_.item, {document, item});
    if (is_processed(items, *row)) return;
    const Decimal quantity = decimal(text(items, *row, "RequestedQuantity"));
    const bool rejected = !text(items, *row, "SalesDocumentRjcnReason").empty();
    const auto stock = desk_->stock(text(items, *row, names_.material));
    Decimal now = stock ? std::min(quantity, decimal(*stock)) : quantity;
    if (rejected || now.sign() < 0) now = Decimal();
    const Decimal later = rejected ? Decimal() : subtract(quantity, now).value_or(Decimal());
    const RowPtr header = transaction.find(names_.root, {document});
    std::string wished = text(headers, *header, "RequestedDeliveryDate");
    const std::int64_t day = odata::kTicksPerSecond * 86'400;
    if (wished.empty()) wished = odata::iso(transaction.options().now, 0);
    const auto ticks = odata::parse_iso(wished.substr(0, 10) + "T00:00:00");
    const std::string then = odata::iso(ticks.value_or(0) + day * desk_->options().lead_days, 0);
    const bool v4 = transaction.store().model().version == odata::Version::V4;
    const auto date = [&](const std::string& text) {
      return v4 ? text.substr(0, 10) : text.substr(0, 10) + "T00:00:00";
    };
    set_line(transaction, document, item, "1",
             {{"RequestedDeliveryDate", date(wished)},
              {"ConfirmedDeliveryDate", now.is_zero() ? Json() : Json(date(wished))},
              {"OrderQuantityUnit", text(items, *row, names_.unit)},
              {"OrderQuantitySAPUnit", text(items, *row, names_.unit)},
              {"ScheduleLineOrderQuantity", to_string(quantity)},
              {"ConfdOrderQtyByMatlAvailCheck", to_string(now)},
              {"OpenConfdDelivQtyInOrdQtyUnit", to_string(now)},
              {"DeliveredQtyInOrderQtyUnit", "0"}});
    const RowPtr second = transaction.find(names_.schedule, {document, item, "2"});
    if (!later.is_zero() || second) {
      set_line(transaction, document, item, "2",
               {{"RequestedDeliveryDate", date(wished)},
                {"ConfirmedDeliveryDate", later.is_zero() ? Json() : Json(date(then))},
                {"OrderQuantityUnit", text(items, *row, names_.unit)},
                {"OrderQuantitySAPUnit", text(items, *row, names_.unit)},
                {"ScheduleLineOrderQuantity", "0"},
                {"ConfdOrderQtyByMatlAvailCheck", to_string(later)},
                {"OpenConfdDelivQtyInOrdQtyUnit", to_string(later)},
                {"DeliveredQtyInOrderQtyUnit", "0"}});
    }
    Json confirmed{{"ConfdDelivQtyInOrderQtyUnit", to_string(rejected ? Decimal() : quantity)}};
    prune(items, confirmed);
    transaction.change_silently(names_.item, transaction.find(names_.item, {document, item}),
                                confirmed);
  }

  void set_line(Transaction& transaction, const std::string& document, const std::string& item,
                const std::string& line, Json fields) const {
    prune(transaction.store().table(names_.schedule), fields);
    if (const RowPtr present = transaction.find(names_.schedule, {document, item, line})) {
      transaction.change_silently(names_.schedule, present, fields);
      return;
    }
    fields[names_.key] = document;
    fields[names_.item_key] = item;
    fields["ScheduleLine"] = line;
    transaction.create_silently(names_.schedule, fields);
  }

  /// The header's total is the sum of its items; rejected ones count for nothing.
  void add_up(Transaction& transaction, const std::string& document) const {
    const Table& items = transaction.store().table(names_.item);
    Decimal sum;
    std::size_t rejected = 0;
    const std::vector<RowPtr> all = items_of(transaction, document);
    for (const RowPtr& row : all) {
      if (!text(items, *row, "SalesDocumentRjcnReason").empty()) {
        ++rejected;
      } else {
        sum = add(sum, decimal(text(items, *row, "NetAmount"))).value_or(Decimal());
      }
    }
    const std::string rejection = rejected == 0 ? "A" : rejected == all.size() ? "C" : "B";
    Json totals{{"TotalNetAmount", to_string(sum)}, {"OverallSDDocumentRejectionSts", rejection}};
    // Nothing is left to do of a document that is rejected altogether.
    const Table& headers = transaction.store().table(names_.root);
    const RowPtr header = transaction.find(names_.root, {document});
    const bool was = text(headers, *header, "OverallSDDocumentRejectionSts") == "C";
    if (was != (rejection == "C"))
      totals["OverallSDProcessStatus"] = rejection == "C" ? "C" : kOpen;
    prune(transaction.store().table(names_.root), totals);
    transaction.change_silently(names_.root, transaction.find(names_.root, {document}), totals);
  }

  const SalesDocument names_;
  const std::shared_ptr<SalesDesk> desk_;
};

}  // namespace

SapServiceSpec sales_document_service(std::string path, std::string edmx_file,
                                      const SalesDocument& names,
                                      const std::shared_ptr<SalesDesk>& desk) {
  SapServiceSpec spec = gateway_service(std::move(path), std::move(edmx_file));
  spec.sales = desk;
  odata::Settings& settings = spec.settings;
  settings.component = "SD-SLS";
  settings.lock_code = "V1/042";  // unconfirmed
  settings.lock_text = names.words + " %k is currently being processed (by user %u)";
  for (const char* property : {"Material", "Product"}) std::erase(settings.alpha, property);
  for (const char* property : {"ReferenceSDDocument", "ReferenceSDDocumentItem", "HigherLevelItem"})
    settings.alpha.emplace_back(property);
  settings.numbering = {
      {names.root + "/" + names.key, {.first = names.first_number}},
      {names.item + "/" + names.item_key, {.first = 10, .step = 10, .per_parent = true}},
      {"PricingProcedureStep", {.first = 10, .step = 10, .per_parent = true}},
      {"PricingProcedureCounter", {.first = 1, .per_parent = true}}};
  settings.correlation = {{names.root, "ExternalDocumentID"}};
  const auto rules = std::make_shared<const DocumentRules>(names, desk);
  settings.before_save = [rules](Transaction& transaction, const std::string& set, Row& row) {
    rules->before_save(transaction, set, row);
  };
  settings.after_save = [rules](Transaction& transaction, const std::string& set, const Row& row,
                                bool created) {
    rules->after_save(transaction, set, row, created);
  };
  if (!names.schedule.empty()) {  // orders are delivered: nothing else refers to quotations
    settings.after_commit = [rules](const std::vector<odata::Change>& changes) {
      rules->after_commit(changes);
    };
  }
  settings.before_remove = [rules](Transaction& transaction, const std::string& set,
                                   const Row& row) { rules->before_remove(transaction, set, row); };
  settings.after_remove = [rules](Transaction& transaction, const std::string& set,
                                  const Row& row) { rules->after_remove(transaction, set, row); };
  return spec;
}

}  // namespace channelbridge::sandbox

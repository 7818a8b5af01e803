#include <algorithm>
#include <array>

#include "sandbox/sap/sales_checks.hpp"

namespace channelbridge::sandbox {
namespace {

using model::Decimal;
using odata::Row;
using odata::RowPtr;
using odata::Table;
using odata::text;
using odata::Transaction;
using sales::decimal;
using sales::is_processed;
using sales::kOpen;
using sales::rows_of;

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

/// What follows from a document that is kept: prices, amounts, confirmed quantities. Immutable;
/// every call has its own transaction.
class DocumentRules {
 public:
  DocumentRules(SalesDocument names, std::shared_ptr<SalesDesk> desk)
      : names_(std::move(names)), desk_(std::move(desk)) {}

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

  RowPtr element_of(const Transaction& transaction, const std::string& document,
                    const std::string& item, const std::string& type) const {
    const Table& table = transaction.store().table(names_.element);
    for (const RowPtr& row : rows_of(transaction, names_, names_.element, document, item)) {
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
    const std::vector<RowPtr> all = rows_of(transaction, names_, names_.item, document);
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
  const auto checks = std::make_shared<const sales::DocumentChecks>(names, desk);
  const auto rules = std::make_shared<const DocumentRules>(names, desk);
  settings.before_save = [checks](Transaction& transaction, const std::string& set, Row& row) {
    checks->before_save(transaction, set, row);
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
  settings.before_remove = [checks](Transaction& transaction, const std::string& set,
                                    const Row& row) {
    checks->before_remove(transaction, set, row);
  };
  settings.after_remove = [rules](Transaction& transaction, const std::string& set,
                                  const Row& row) { rules->after_remove(transaction, set, row); };
  return spec;
}

}  // namespace channelbridge::sandbox

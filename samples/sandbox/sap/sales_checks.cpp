#include "sandbox/sap/sales_checks.hpp"

#include "channelbridge/model/codes.hpp"

// Message class V1 is that of sales documents; of its numbers, those of the sold-to party and the
// material (302) were seen in published answers, the others are ours (unconfirmed).
namespace channelbridge::sandbox::sales {

using odata::refuse;
using odata::Row;
using odata::RowPtr;
using odata::Table;
using odata::text;
using odata::Transaction;

namespace {

std::string target(const std::string& set, const std::string& property) {
  return "/" + set + "/" + property;
}

void put(const Table& table, Row& row, const std::string& property, const Json& value) {
  const auto index = table.type().find(property);
  if (!index) return;
  row.set(*index, from_json(table.type().properties[*index], value, table.form(*index)).value);
}

void put_if_empty(const Table& table, Row& row, const std::string& property, const Json& value) {
  if (text(table, row, property).empty()) put(table, row, property, value);
}

}  // namespace

model::Decimal decimal(const std::string& value) {
  return model::Decimal::parse(value).value_or(model::Decimal());
}

std::vector<RowPtr> rows_of(const Transaction& transaction, const SalesDocument& names,
                            const std::string& set, const std::string& document,
                            const std::string& item) {
  std::vector<RowPtr> out;
  if (!transaction.store().has(set)) return out;
  const Table& table = transaction.store().table(set);
  const odata::Value number = document;
  for (const std::string& key : table.lookup({*table.type().find(names.key)}, {&number})) {
    const RowPtr row = table.find(key);
    if (item.empty() || text(table, *row, names.item_key) == item) out.push_back(row);
  }
  return out;
}

bool is_processed(const Table& items, const Row& row) {
  const std::string delivery = text(items, row, "DeliveryStatus");
  const std::string billing = text(items, row, "OrderRelatedBillingStatus");
  return delivery == "B" || delivery == "C" || billing == "B" || billing == "C";
}

void DocumentChecks::before_save(Transaction& transaction, const std::string& set, Row& row) const {
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

void DocumentChecks::before_remove(Transaction& transaction, const std::string& set,
                                   const Row& row) const {
  if (transaction.options().trusted) return;
  const Table& table = transaction.store().table(set);
  if (set == names_.item && is_processed(table, row)) refuse_processed(table, row);
  if (set != names_.root) return;
  for (const RowPtr& item :
       rows_of(transaction, names_, names_.item, text(table, row, names_.key))) {
    const Table& items = transaction.store().table(names_.item);
    if (is_processed(items, *item)) refuse_processed(items, *item);
  }
}

void DocumentChecks::check_header(Transaction& transaction, const Table& table, Row& row) const {
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
  if (names_.credit) check_credit(table, row, before == nullptr);
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

/// Money goes back for a reason, and not before somebody has released it.
void DocumentChecks::check_credit(const Table& table, Row& row, bool created) const {
  if (text(table, row, "SDDocumentReason").empty())
    refuse(400, "V1/391", "Enter a value for 'SDDocumentReason'",
           target(names_.root, "SDDocumentReason"));
  const std::string& block = desk_->options().credit_block;
  if (!created || block.empty()) return;
  put_if_empty(table, row, "HeaderBillingBlockReason", block);
  put(table, row, "SalesDocApprovalStatus", "A");
}

/// The item may not be changed in what was delivered or billed of it.
void DocumentChecks::check_item(Transaction& transaction, const Table& table, Row& row) const {
  const std::string document = text(table, row, names_.key);
  const RowPtr header = transaction.find(names_.root, {document});
  if (!header) return;  // check_parent() says so
  const std::string item = text(table, row, names_.item_key);
  const RowPtr before = transaction.find(names_.item, {document, item});
  const bool may = transaction.options().user == desk_->options().supervisor;
  if (before && !may && is_processed(table, *before)) {
    for (const std::string& field : {names_.material, std::string("RequestedQuantity"), names_.unit,
                                     std::string("SalesDocumentRjcnReason")}) {
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

void DocumentChecks::check_element(Transaction& transaction, const Table& table, Row& row) const {
  const std::string document = text(table, row, names_.key);
  const std::string item = text(table, row, names_.item_key);
  const RowPtr of = transaction.find(names_.item, {document, item});
  if (!of) return;
  const Table& items = transaction.store().table(names_.item);
  const std::string type = text(table, row, "ConditionType");
  const RowPtr before =
      transaction.find(names_.element, {document, item, text(table, row, "PricingProcedureStep"),
                                        text(table, row, "PricingProcedureCounter")});
  const bool moved = !before || text(table, *before, names_.rate) != text(table, row, names_.rate);
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

void DocumentChecks::refuse_processed(const Table& items, const Row& row) const {
  refuse(400, "V1/377",
         "Item " + text(items, row, names_.item_key) + " of " + names_.words + " " +
             text(items, row, names_.key) + " has subsequent documents and cannot be changed",
         target(names_.item, names_.item_key));
}

}  // namespace channelbridge::sandbox::sales

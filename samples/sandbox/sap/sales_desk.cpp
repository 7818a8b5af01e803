#include <algorithm>
#include <filesystem>

#include "channelbridge/model/decimal.hpp"
#include "sandbox/sap/rules.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::sandbox {
namespace {

using model::Decimal;
using odata::RowPtr;
using odata::text;
using odata::Transaction;

constexpr const char* kOrders = "A_SalesOrder";
constexpr const char* kItems = "A_SalesOrderItem";
constexpr const char* kLines = "A_SalesOrderScheduleLine";

Decimal number(const std::string& value) { return Decimal::parse(value).value_or(Decimal()); }

bool is_set(const Json& row, const char* flag) { return row.contains(flag) && row[flag] == true; }

/// The rows of a document, or of one of its items.
std::vector<RowPtr> rows_of(const Transaction& transaction, const std::string& set,
                            const std::string& order, const std::string& item = {}) {
  std::vector<RowPtr> out;
  const odata::Table& table = transaction.store().table(set);
  const odata::Value number = order;
  for (const std::string& key : table.lookup({*table.type().find("SalesOrder")}, {&number})) {
    const RowPtr row = table.find(key);
    if (item.empty() || text(table, *row, "SalesOrderItem") == item) out.push_back(row);
  }
  return out;
}

/// "A" nothing, "B" a part, "C" all of it.
std::string status_of(std::size_t none, std::size_t all, std::size_t of) {
  return all == of ? "C" : none == of ? "A" : "B";
}

/// The header's statuses follow from its items; rejected ones are not asked.
void set_header(Transaction& transaction, const std::string& order, bool moves_time) {
  const odata::Table& items = transaction.store().table(kItems);
  const odata::Table& orders = transaction.store().table(kOrders);
  std::size_t open = 0;
  std::map<std::string, std::map<std::string, std::size_t>> counts;
  for (const RowPtr& row : rows_of(transaction, kItems, order)) {
    if (!text(items, *row, "SalesDocumentRjcnReason").empty()) continue;
    ++open;
    for (const char* name : {"DeliveryStatus", "OrderRelatedBillingStatus", "SDProcessStatus"})
      ++counts[name][text(items, *row, name)];
  }
  const auto overall = [&](const char* name) {
    return status_of(counts[name]["A"], counts[name]["C"], open);
  };
  Json fields = Json::object();
  const std::pair<const char*, const char*> kinds[] = {
      {"OverallTotalDeliveryStatus", "DeliveryStatus"},
      {"OverallDeliveryStatus", "DeliveryStatus"},
      {"OverallOrdReltdBillgStatus", "OrderRelatedBillingStatus"},
      {"OverallSDProcessStatus", "SDProcessStatus"}};
  for (const auto& [header, item] : kinds) {
    if (orders.type().find(header)) fields[header] = overall(item);
  }
  if (moves_time) fields["LastChangeDateTime"] = odata::iso(transaction.options().now, 7) + "Z";
  transaction.change_silently(kOrders, transaction.find(kOrders, {order}), fields);
}

void set_item(Transaction& transaction, const RowPtr& row, const char* name,
              const std::string& status) {
  const odata::Table& items = transaction.store().table(kItems);
  const std::string other =
      name == std::string("DeliveryStatus") ? "OrderRelatedBillingStatus" : "DeliveryStatus";
  const std::string held = text(items, *row, other);
  transaction.change_silently(
      kItems, row,
      Json{{name, status}, {"SDProcessStatus", status == "C" && held == "C" ? "C" : "B"}});
}

Response outcome(const Result<void>& done) {
  if (done) return Response{.status = 204};
  return json_response(done.error().code() == ErrorCode::NotFound ? 404 : 400,
                       Json{{"error", done.error().message()}});
}

/// What was billed of an item so far.
Decimal billed_of(odata::Engine& billing, const std::string& order, const std::string& item) {
  Decimal sum;
  for (const Json& row : billing.rows("A_BillingDocumentItem")) {
    const bool of_item =
        text_of(row, "SalesDocument") == order && text_of(row, "SalesDocumentItem") == item;
    if (!of_item) continue;
    const Json document = billing.row("A_BillingDocument", {text_of(row, "BillingDocument")});
    if (!is_set(document, "BillingDocumentIsCancelled"))
      sum = add(sum, number(text_of(row, "BillingQuantity"))).value_or(Decimal());
  }
  return sum;
}

/// The names that services of version 2 make of the document's own: A_SalesQuotationItem with
/// SalesQuotationItemText.
SalesDocument sales_document(const std::string& name, std::int64_t first_number) {
  return {.root = "A_" + name,
          .item = "A_" + name + "Item",
          .partner = "A_" + name + "Partner",
          .element = "A_" + name + "ItemPrcgElmnt",
          .key = name,
          .item_key = name + "Item",
          .type = name + "Type",
          .date = name + "Date",
          .text = name + "ItemText",
          .words = "Sales document",
          .first_number = first_number};
}

}  // namespace

void SalesDesk::attach(odata::Gateway& gateway) { engines_ = gateway.engines(); }

odata::Engine* SalesDesk::service_with(const std::string& set) const {
  const auto found = std::find_if(engines_.begin(), engines_.end(), [&](odata::Engine* engine) {
    return engine->model().set(set) != nullptr;
  });
  return found == engines_.end() ? nullptr : *found;
}

Result<void> SalesDesk::seed(const std::string& set, const Json& row) const {
  odata::Engine* engine = service_with(set);
  if (engine == nullptr) return Error(ErrorCode::NotFound, "no service has a set " + set);
  auto key = engine->seed(set, row);
  if (!key) return std::move(key).error();
  return {};
}

Result<void> SalesDesk::seed_stock(const std::string& material, const std::string& quantity) const {
  return seed("A_MatlStkInAcctMod", Json{{"Material", material},
                                         {"Plant", "1010"},
                                         {"StorageLocation", "101A"},
                                         {"Batch", ""},
                                         {"Supplier", ""},
                                         {"Customer", ""},
                                         {"WBSElementInternalID", "0"},
                                         {"SDDocument", ""},
                                         {"SDDocumentItem", "0"},
                                         {"InventorySpecialStockType", ""},
                                         {"InventoryStockType", "01"},
                                         {"MaterialBaseUnit", "PC"},
                                         {"MatlWrhsStkQtyInMatlBaseUnit", quantity}});
}

bool SalesDesk::customer_is_there(const std::string& number) const {
  odata::Engine* partners = service_with("A_Customer");
  return partners == nullptr || !partners->row("A_Customer", {number}).is_null();
}

Json SalesDesk::material(const std::string& number) const {
  odata::Engine* products = service_with("A_Product");
  if (products == nullptr) return Json::object();
  Json row = products->row("A_Product", {number});
  if (row.is_null()) return row;
  Json out{{"BaseUnit", text_of(row, "BaseUnit", "PC")}};
  const Json words = products->row("A_ProductDescription", {number, "EN"});
  if (!words.is_null()) out["Description"] = text_of(words, "ProductDescription");
  return out;
}

std::optional<SalesDesk::Price> SalesDesk::price(const std::string& material,
                                                 const std::string& organization,
                                                 const std::string& channel,
                                                 const std::string& date,
                                                 const std::string& quantity) const {
  odata::Engine* conditions = service_with("A_SlsPrcgConditionRecord");
  if (conditions == nullptr) return std::nullopt;
  for (const Json& valid : conditions->rows("A_SlsPrcgCndnRecdValidity")) {
    const bool fits = text_of(valid, "Material") == material &&
                      text_of(valid, "ConditionType") == options_.price_condition &&
                      text_of(valid, "SalesOrganization", organization) == organization &&
                      text_of(valid, "DistributionChannel", channel) == channel &&
                      text_of(valid, "ConditionValidityStartDate").substr(0, 10) <= date &&
                      text_of(valid, "ConditionValidityEndDate").substr(0, 10) >= date;
    if (!fits) continue;
    const std::string record = text_of(valid, "ConditionRecord");
    for (const Json& row : conditions->rows("A_SlsPrcgConditionRecord")) {
      if (text_of(row, "ConditionRecord") != record || is_set(row, "ConditionIsDeleted")) continue;
      Price out{.amount = text_of(row, "ConditionRateValue", "0"),
                .per = text_of(row, "ConditionQuantity", "1"),
                .currency = text_of(row, "ConditionRateValueUnit", "EUR"),
                .unit = text_of(row, "ConditionQuantityUnit"),
                .record = record};
      Decimal best;
      for (const Json& scale : conditions->rows("A_SlsPrcgCndnRecordScale")) {
        const Decimal from = number(text_of(scale, "ConditionScaleQuantity"));
        if (text_of(scale, "ConditionRecord") != record || from > number(quantity) || from < best)
          continue;
        best = from;
        out.amount = text_of(scale, "ConditionRateValue", out.amount);
      }
      return out;
    }
  }
  return std::nullopt;
}

std::optional<std::string> SalesDesk::category_of(const std::string& document) const {
  std::optional<std::string> out;
  for (const auto& [set, category] :
       {std::pair("A_SalesQuotation", "B"), std::pair("A_SalesContract", "G")}) {
    odata::Engine* engine = service_with(set);
    if (engine == nullptr) continue;
    if (!engine->row(set, {document}).is_null()) return category;
    out = "";
  }
  return out;
}

void SalesDesk::follow(const std::string& document) const {
  odata::Engine* engine = service_with("A_SalesQuotation");
  if (engine == nullptr || engine->row("A_SalesQuotation", {document}).is_null()) return;
  const auto done = engine->work("SALES", [&](Transaction& transaction) {
    const RowPtr header = transaction.find("A_SalesQuotation", {document});
    transaction.change_silently(
        "A_SalesQuotation", header,
        Json{{"OverallSDProcessStatus", "C"},
             {"LastChangeDateTime", odata::iso(transaction.options().now, 7) + "Z"}});
    const odata::Table& items = transaction.store().table("A_SalesQuotationItem");
    std::vector<RowPtr> rows;
    for (const auto& [key, row] : items.rows()) {
      if (text(items, *row, "SalesQuotation") == document) rows.push_back(row);
    }
    for (const RowPtr& row : rows)
      transaction.change_silently("A_SalesQuotationItem", row, Json{{"SDProcessStatus", "C"}});
  });
  (void)done;  // the row was there, and nobody else deletes it
}

std::optional<std::string> SalesDesk::stock(const std::string& material) const {
  odata::Engine* stocks = service_with("A_MatlStkInAcctMod");
  if (stocks == nullptr) return std::nullopt;
  Decimal sum;
  for (const Json& row : stocks->rows("A_MatlStkInAcctMod")) {
    if (text_of(row, "Material") != material || text_of(row, "InventoryStockType", "01") != "01")
      continue;
    sum = add(sum, number(text_of(row, "MatlWrhsStkQtyInMatlBaseUnit"))).value_or(Decimal());
  }
  return to_string(sum);
}

Result<void> SalesDesk::deliver(const std::string& order, const std::string& item,
                                const std::string& quantity) {
  odata::Engine* orders = service_with(kOrders);
  if (orders == nullptr) return Error(ErrorCode::NotFound, "the server has no sales orders");
  std::string material;
  auto done = orders->work("WAREHOUSE", [&](Transaction& transaction) {
    const RowPtr row = transaction.find(kItems, {order, item});
    if (!row) odata::refuse(404, odata::kNotFound, "no item " + item + " of order " + order);
    const odata::Table& items = transaction.store().table(kItems);
    const odata::Table& lines = transaction.store().table(kLines);
    material = text(items, *row, "Material");
    Decimal left = number(quantity);
    Decimal delivered;
    for (const RowPtr& line : rows_of(transaction, kLines, order, item)) {
      const Decimal there = number(text(lines, *line, "DeliveredQtyInOrderQtyUnit"));
      const Decimal open = number(text(lines, *line, "OpenConfdDelivQtyInOrdQtyUnit"));
      const Decimal now = std::min(open, left);
      left = subtract(left, now).value_or(Decimal());
      const Decimal sum = add(there, now).value_or(Decimal());
      delivered = add(delivered, sum).value_or(Decimal());
      transaction.change_silently(kLines, line,
                                  Json{{"DeliveredQtyInOrderQtyUnit", to_string(sum)},
                                       {"OpenConfdDelivQtyInOrdQtyUnit",
                                        to_string(subtract(open, now).value_or(Decimal()))}});
    }
    if (number(quantity).sign() <= 0 || !left.is_zero())
      odata::refuse(400, "VL/150", "Only what is confirmed and open can be delivered");
    const bool all = delivered >= number(text(items, *row, "RequestedQuantity"));
    set_item(transaction, transaction.find(kItems, {order, item}), "DeliveryStatus",
             all ? "C" : "B");
    set_header(transaction, order, options_.progress_moves_time);
  });
  odata::Engine* stocks = service_with("A_MatlStkInAcctMod");
  if (!done || stocks == nullptr) return done;
  return stocks->work("WAREHOUSE", [&](Transaction& transaction) {
    const odata::Table& table = transaction.store().table("A_MatlStkInAcctMod");
    Decimal left = number(quantity);
    std::vector<RowPtr> places;
    for (const auto& [key, row] : table.rows()) {
      if (text(table, *row, "Material") == material) places.push_back(row);
    }
    for (const RowPtr& place : places) {
      const Decimal held = number(text(table, *place, "MatlWrhsStkQtyInMatlBaseUnit"));
      const Decimal taken = std::min(held, left);
      left = subtract(left, taken).value_or(Decimal());
      transaction.change_silently("A_MatlStkInAcctMod", place,
                                  Json{{"MatlWrhsStkQtyInMatlBaseUnit",
                                        to_string(subtract(held, taken).value_or(Decimal()))}});
    }
  });
}

Result<std::string> SalesDesk::bill(const std::string& order) {
  odata::Engine* orders = service_with(kOrders);
  odata::Engine* billing = service_with("A_BillingDocument");
  if (orders == nullptr || billing == nullptr)
    return Error(ErrorCode::NotFound, "the server has no orders or no billing documents");
  Json document;
  auto done = orders->work("BILLING", [&](Transaction& transaction) {
    const RowPtr header = transaction.find(kOrders, {order});
    if (!header) odata::refuse(404, odata::kNotFound, "no order " + order);
    const odata::Table& table = transaction.store().table(kOrders);
    const odata::Table& items = transaction.store().table(kItems);
    const odata::Table& lines = transaction.store().table(kLines);
    Decimal net_sum;
    Decimal tax_sum;
    Json billed = Json::array();
    for (const RowPtr& row : rows_of(transaction, kItems, order)) {
      const std::string item = text(items, *row, "SalesOrderItem");
      Decimal delivered;
      for (const RowPtr& line : rows_of(transaction, kLines, order, item)) {
        delivered =
            add(delivered, number(text(lines, *line, "DeliveredQtyInOrderQtyUnit"))).value();
      }
      const Decimal before = billed_of(*billing, order, item);
      const Decimal now = subtract(delivered, before).value_or(Decimal());
      if (now.sign() <= 0) continue;
      const Decimal ordered = number(text(items, *row, "RequestedQuantity"));
      const auto share = [&](const Decimal& whole) {
        return divide(multiply(whole, now).value_or(Decimal()), ordered, 2).value_or(Decimal());
      };
      const Decimal net = share(number(text(items, *row, "NetAmount")));
      const Decimal tax =
          divide(multiply(net, number(options_.tax_percent)).value_or(Decimal()), Decimal(100), 2)
              .value_or(Decimal());
      net_sum = add(net_sum, net).value_or(Decimal());
      tax_sum = add(tax_sum, tax).value_or(Decimal());
      billed.push_back(Json{{"BillingDocumentItem", item},
                            {"Material", text(items, *row, "Material")},
                            {"BillingDocumentItemText", text(items, *row, "SalesOrderItemText")},
                            {"BillingQuantity", to_string(now)},
                            {"BillingQuantityUnit", text(items, *row, "RequestedQuantityUnit")},
                            {"NetAmount", to_string(net)},
                            {"TaxAmount", to_string(tax)},
                            {"GrossAmount", to_string(add(net, tax).value_or(Decimal()))},
                            {"TransactionCurrency", text(items, *row, "TransactionCurrency")},
                            {"SalesDocument", order},
                            {"SalesDocumentItem", item},
                            {"ReferenceSDDocument", order},
                            {"ReferenceSDDocumentItem", item}});
      set_item(transaction, row, "OrderRelatedBillingStatus", delivered >= ordered ? "C" : "B");
    }
    if (billed.empty())
      odata::refuse(400, "VF/041", "Order " + order + " has nothing that can be billed");
    const std::string customer = text(table, *header, "SoldToParty");
    const std::string today = odata::iso(transaction.options().now, 0).substr(0, 10);
    document = Json{{"BillingDocumentType", "F2"},
                    {"SDDocumentCategory", "M"},
                    {"BillingDocumentIsCancelled", false},
                    {"BillingDocumentDate", today + "T00:00:00"},
                    {"SalesOrganization", text(table, *header, "SalesOrganization")},
                    {"DistributionChannel", text(table, *header, "DistributionChannel")},
                    {"SoldToParty", customer},
                    {"PayerParty", customer},
                    {"PurchaseOrderByCustomer", text(table, *header, "PurchaseOrderByCustomer")},
                    {"TransactionCurrency", text(table, *header, "TransactionCurrency")},
                    {"TotalNetAmount", to_string(net_sum)},
                    {"TaxAmount", to_string(tax_sum)},
                    {"TotalGrossAmount", to_string(add(net_sum, tax_sum).value_or(Decimal()))},
                    {"OverallBillingStatus", "A"},
                    {"AccountingTransferStatus", "C"},
                    {"to_Item", std::move(billed)}};
    set_header(transaction, order, options_.progress_moves_time);
  });
  if (!done) return done.error();
  return billing->issue("BILLING", "A_BillingDocument", document);
}

std::optional<Response> SalesDesk::administer(const Request& request) {
  const std::string what = request.path.substr(std::string_view("/__sandbox/").size());
  static const std::set<std::string> kOurs{"deliver", "bill",   "lock", "unlock",
                                           "release", "reject", "clear"};
  if (!kOurs.contains(what) || request.method != "POST") return std::nullopt;
  const Result<Json> body = parse_json(request.body);
  if (!body) return json_response(400, Json{{"error", body.error().message()}});
  if (auto credit = administer_credit(what, *body)) return credit;
  const std::string order = text_of(*body, "order");
  if (what == "deliver")
    return outcome(deliver(order, text_of(*body, "item"), text_of(*body, "quantity")));
  if (what == "bill") {
    const auto billed = bill(order);
    return billed ? json_response(200, Json{{"billing_document", *billed}})
                  : outcome(billed.error());
  }
  const std::string set = text_of(*body, "set");
  odata::Engine* engine = service_with(set);
  const auto keys = body->find("key");
  if (engine == nullptr || keys == body->end() || !keys->is_array())
    return json_response(400, Json{{"error", "set and key: a set and its key values expected"}});
  std::vector<std::string> key;
  for (const Json& each : *keys) key.push_back(each.is_string() ? each.get<std::string>() : "");
  if (engine->row(set, key).is_null()) return json_response(404, Json{{"error", "no such row"}});
  if (what == "lock") {
    engine->lock(set, key, text_of(*body, "user", "DIALOG01"));
  } else {
    engine->unlock(set, key);
  }
  return Response{.status = 204};
}

std::vector<SapServiceSpec> sales_services(const std::string& folder, const SalesOptions& options) {
  namespace fs = std::filesystem;
  const auto desk = std::make_shared<SalesDesk>(options);
  const std::string v2 = "/sap/opu/odata/sap/";
  std::vector<SapServiceSpec> out;
  const auto file = [&](const std::string& name) {
    for (const char* place : {"odata-v2/", "s4hana/"}) {
      std::string path = folder + "/" + place + name + ".edmx";
      if (fs::exists(path)) return path;
    }
    return std::string();
  };
  if (const std::string edmx = file("API_BUSINESS_PARTNER"); !edmx.empty())
    out.push_back(business_partner_service(edmx));
  SalesDocument order = sales_document("SalesOrder", 1);
  order.partner = "A_SalesOrderHeaderPartner";
  order.element = "A_SalesOrderItemPrElement";
  order.schedule = kLines;
  const SalesDocument quotation = sales_document("SalesQuotation", 20'000'000);
  const SalesDocument contract = sales_document("SalesContract", 40'000'000);
  const SalesDocument order_v4{.root = "SalesOrder",
                               .item = "SalesOrderItem",
                               .partner = "SalesOrderPartner",
                               .element = "SalesOrderItemPricingElement",
                               .schedule = "SalesOrderScheduleLine",
                               .key = "SalesOrder",
                               .item_key = "SalesOrderItem",
                               .type = "SalesOrderType",
                               .date = "SalesOrderDate",
                               .text = "SalesOrderItemText",
                               .material = "Product",
                               .unit = "RequestedQuantitySAPUnit",
                               .rate = "ConditionRateAmount",
                               .words = "Sales document",
                               .first_number = 5'000'000};
  SalesDocument credit = sales_document("CreditMemoRequest", 60'000'000);
  credit.partner = "A_CreditMemoReqPartner";
  credit.element = "A_CreditMemoReqItemPrcgElmnt";
  credit.words = "Credit memo request";
  credit.credit = true;
  const std::pair<std::string, const SalesDocument*> documents[] = {
      {"API_SALES_ORDER_SRV", &order},
      {"API_SALES_QUOTATION_SRV", &quotation},
      {"API_SALES_CONTRACT_SRV", &contract},
      {"API_CREDIT_MEMO_REQUEST_SRV", &credit}};
  for (const auto& [name, names] : documents) {
    if (const std::string edmx = file(name); !edmx.empty())
      out.push_back(sales_document_service(v2 + name, edmx, *names, desk));
  }
  if (const std::string edmx = file("CE_SALESORDER_0001"); !edmx.empty()) {
    out.push_back(sales_document_service(
        "/sap/opu/odata4/sap/api_salesorder/srvd_a2x/sap/salesorder/0001", edmx, order_v4, desk));
  }
  if (const std::string edmx = file("CONDITIONCONTRACT_0001"); !edmx.empty())
    out.push_back(condition_contract_service(edmx, desk));
  for (const std::string name : {"API_PRODUCT_SRV", "API_SLSPRICINGCONDITIONRECORD_SRV",
                                 "API_BILLING_DOCUMENT_SRV", "API_MATERIAL_STOCK_SRV"}) {
    const std::string edmx = file(name);
    if (edmx.empty()) continue;
    SapServiceSpec spec = gateway_service(v2 + name, edmx);
    spec.sales = desk;
    spec.settings.numbering = {{"A_BillingDocument/BillingDocument", {.first = 90'000'000}},
                               {"A_SlsPrcgConditionRecord/ConditionRecord", {.first = 100'000}}};
    for (const char* property :
         {"BillingDocument", "BillingDocumentItem", "SalesDocument", "SalesDocumentItem",
          "ReferenceSDDocument", "ReferenceSDDocumentItem", "PayerParty"})
      spec.settings.alpha.emplace_back(property);
    out.push_back(std::move(spec));
  }
  for (SapServiceSpec& spec : out) {
    spec.settings.custom_fields = options.custom_fields;
    spec.settings.creatable_fields = options.creatable_fields;
    spec.settings.delta_links = options.delta_links;
  }
  return out;
}

}  // namespace channelbridge::sandbox

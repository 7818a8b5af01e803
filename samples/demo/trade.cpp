#include "trade.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

#include "channelbridge/model/decimal.hpp"
#include "data.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::demo {

namespace {

using sandbox::Json;

std::string sku_of(std::size_t number) { return "CB-" + std::to_string(1000 + number); }
std::size_t price_of(std::size_t number) { return 100 + 5 * number; }
/// Two of a product at a price of its own and a half.
std::size_t sold_for(std::size_t number) { return 2 * (100 + number) + 1; }

constexpr std::size_t kDistributorHas = 2;      // of every fifth product
constexpr std::size_t kDistributorOrders = 24;  // a pallet

/// In an order that does not differ from run to run.
std::vector<Json> by(std::vector<Json> rows, const char* field) {
  std::sort(rows.begin(), rows.end(), [field](const Json& a, const Json& b) {
    return sandbox::dump_json(a[field]) < sandbox::dump_json(b[field]);
  });
  return rows;
}

model::Decimal decimal(const Json& value) {
  return model::Decimal::parse(value.is_string() ? value.get<std::string>()
                                                 : sandbox::dump_json(value))
      .value_or(model::Decimal());
}

/// The same number in the same form; "" = the system shows none.
std::string figure(const Json& value) { return value.is_null() ? "" : to_string(decimal(value)); }

}  // namespace

Result<void> Trade::fill(std::size_t products) {
  const sandbox::SalesDesk& desk = *at_.erp.sales();
  for (std::size_t i = 1; i <= products; ++i) {
    const std::string sku = sku_of(i);
    const std::string name = product(i) + " " + std::to_string(i);
    if (auto done = desk.seed("A_Product",
                              Json{{"Product", sku}, {"ProductType", "HAWA"}, {"BaseUnit", "PC"}});
        !done)
      return done;
    if (auto done =
            desk.seed("A_ProductDescription",
                      Json{{"Product", sku}, {"Language", "EN"}, {"ProductDescription", name}});
        !done)
      return done;
    if (auto done = desk.seed_stock(sku, i % 4 == 0 ? "3" : "500"); !done) return done;
    if (auto done = desk.seed(
            "A_SlsPrcgConditionRecord",
            Json{{"ConditionType", "PPR0"},
                 {"ConditionRateValue", std::to_string(price_of(i))},
                 {"ConditionRateValueUnit", "EUR"},
                 {"ConditionQuantity", "1"},
                 {"to_SlsPrcgCndnRecdValidity",
                  Json::array({Json{{"ConditionType", "PPR0"},
                                    {"Material", sku},
                                    {"SalesOrganization", "1010"},
                                    {"DistributionChannel", "10"},
                                    {"ConditionValidityStartDate", "2020-01-01T00:00:00"},
                                    {"ConditionValidityEndDate", "9999-12-31T00:00:00"}}})}});
        !done)
      return done;
  }
  products_ = products;

  const std::filesystem::path inbox = std::filesystem::path(at_.dealer) / "from-partner";
  std::ofstream stock(inbox / "stock.csv");
  std::ofstream sales(inbox / "sale.csv");
  stock << "position,holder_duns,sku,warehouse,on_hand,reserved,available,unit,as_of\n";
  sales << "sale_id,reporter_duns,kind,currency,sold_on,sku,quantity,unit,unit_price,amount,"
           "customer,country,invoice,returned\n";
  for (std::size_t i = 1; i <= products && !at_.duns.empty(); ++i) {
    const std::string& holder = at_.duns[i % at_.duns.size()];
    const std::size_t on_hand = 10 + i * 7 % 50;
    stock << "P-" << i << ',' << holder << ',' << sku_of(i) << ",MAIN," << on_hand << ",5,"
          << on_hand - 5 << ",H87,2026-11-20T18:00:00Z\n";
    sales << "S-" << i << ',' << holder << ",sell_out,EUR,2026-11-19," << sku_of(i) << ",2,H87,"
          << 100 + i << ".50," << sold_for(i) << ",End customer " << i << ",SE,F-" << i
          << ",false\n";
  }
  stock.close();
  sales.close();
  if (!stock || !sales) return Error(ErrorCode::Internal, "cannot write " + inbox.string());
  return report_stock(distributor_stock(), "2026-11-20T18:00:00Z");
}

void Trade::connect_distributor() {
  for (const std::string& customer : at_.customers)
    at_.distributor.service().add_customer(customer, "Customer " + customer, "Kiel", "DE");
  for (std::size_t i = 1; i <= products_; ++i) {  // it has little of every fifth product
    at_.distributor.service().add_material(
        sku_of(i), {.name = product(i) + " " + std::to_string(i),
                    .stock = i % 5 == 0 ? std::int64_t{1'000 * kDistributorHas} : -1});
  }
}

Result<void> Trade::enter_prices() {
  std::string book;
  for (const Json& each : at_.crm.records("Pricebook2"))
    if (each.value("IsStandard", false)) book = each["Id"];
  std::size_t number = 0;
  for (const Json& each : by(at_.crm.records("Product2"), "ProductCode")) {
    auto entry = at_.crm.insert("PricebookEntry", Json{{"Pricebook2Id", book},
                                                       {"Product2Id", each["Id"]},
                                                       {"UnitPrice", price_of(++number)},
                                                       {"IsActive", true}});
    if (!entry) return std::move(entry).error();
  }
  return {};
}

Result<Trade::Taken> Trade::take_orders(std::size_t quotes, std::size_t orders) {
  Taken out;
  struct Entry {
    std::string id{};
    std::string product{};
    Json price{};
  };
  std::vector<Entry> entries;
  std::string book;
  for (const Json& each : by(at_.crm.records("PricebookEntry"), "UnitPrice")) {
    entries.push_back({each["Id"], each["Product2Id"], each["UnitPrice"]});
    book = each["Pricebook2Id"];
  }
  if (entries.empty() || at_.accounts.empty())
    return Error(ErrorCode::Internal, "the CRM has no prices or no accounts");
  for (std::size_t i = 0; i < quotes; ++i) {
    auto quote = at_.crm.insert("SBQQ__Quote__c",
                                Json{{"SBQQ__Partner__c", at_.accounts[i % at_.accounts.size()]},
                                     {"SBQQ__Status__c", "Presented"},
                                     {"SBQQ__Type__c", "Quote"},
                                     {"SBQQ__PartnerDiscount__c", 10},
                                     {"SBQQ__ExpirationDate__c", "2027-03-31"}});
    if (!quote) return std::move(quote).error();
    for (std::size_t n = 0; n < 1 + i % 3; ++n) {
      const Entry& entry = entries[(i + n) % entries.size()];
      auto line = at_.crm.insert("SBQQ__QuoteLine__c", Json{{"SBQQ__Quote__c", *quote},
                                                            {"SBQQ__Product__c", entry.product},
                                                            {"SBQQ__Number__c", 10 * (n + 1)},
                                                            {"SBQQ__Quantity__c", 1 + n},
                                                            {"SBQQ__ListPrice__c", entry.price}});
      if (!line) return std::move(line).error();
    }
    quotes_.push_back(*quote);
    ++out.quotes;
  }
  for (std::size_t i = 0; i < orders; ++i) {
    const bool drop = i % 6 == 5;
    const char* kind = drop ? "Drop Shipment" : "Sell-in";
    auto order = at_.crm.insert("Order", Json{{"AccountId", at_.accounts[i % at_.accounts.size()]},
                                              {"EffectiveDate", "2026-11-22"},
                                              {"Status", "Draft"},
                                              {"Type", kind},
                                              {"Pricebook2Id", book},
                                              {"PoNumber", "PO-" + std::to_string(5000 + i)}});
    if (!order) return std::move(order).error();
    for (std::size_t n = 0; n < 1 + i % 4; ++n) {
      const Entry& entry = entries[(3 * i + n) % entries.size()];
      auto line = at_.crm.insert("OrderItem", Json{{"OrderId", *order},
                                                   {"PricebookEntryId", entry.id},
                                                   {"Line_No__c", 10 * (n + 1)},
                                                   {"Quantity", 1 + (i + n) % 5},
                                                   {"UnitPrice", entry.price}});
      if (!line) return std::move(line).error();
    }
    ++out.orders;
    if (drop) {
      ++out.drop_shipments;
      continue;
    }
    if (out.an_order.empty()) out.an_order = *order;
    orders_.push_back(*order);
  }
  return out;
}

Result<std::size_t> Trade::order_quotes() {
  std::vector<Json> entries = at_.crm.records("PricebookEntry");
  for (std::size_t i = 2; i < quotes_.size(); i += 3) {
    const std::string& key = quotes_[i];
    if (auto done = at_.crm.edit(key, Json{{"SBQQ__Status__c", "Accepted"}}); !done)
      return std::move(done).error();
    auto order =
        at_.crm.insert("Order", Json{{"AccountId", at_.crm.record(key)["SBQQ__Partner__c"]},
                                     {"EffectiveDate", "2026-11-22"},
                                     {"Status", "Draft"},
                                     {"Type", "Sell-in"},
                                     {"SBQQ__Quote__c", key},
                                     {"Pricebook2Id", entries.at(0)["Pricebook2Id"]},
                                     {"PoNumber", "PO-" + std::to_string(6000 + i)}});
    if (!order) return std::move(order).error();
    for (const Json& line : by(at_.crm.records("SBQQ__QuoteLine__c"), "SBQQ__Number__c")) {
      if (line["SBQQ__Quote__c"] != key) continue;
      const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Json& each) {
        return each["Product2Id"] == line["SBQQ__Product__c"];
      });
      if (entry == entries.end())
        return Error(ErrorCode::Internal, "a quoted product has no price");
      auto made = at_.crm.insert("OrderItem", Json{{"OrderId", *order},
                                                   {"PricebookEntryId", (*entry)["Id"]},
                                                   {"Line_No__c", line["SBQQ__Number__c"]},
                                                   {"Quantity", line["SBQQ__Quantity__c"]},
                                                   {"UnitPrice", line["SBQQ__NetPrice__c"]}});
      if (!made) return std::move(made).error();
    }
    order_of_[key] = *order;
    orders_.push_back(*order);
  }
  return order_of_.size();
}

std::vector<Trade::OrderedQuote> Trade::ordered_quotes() const {
  std::vector<OrderedQuote> out;
  const sandbox::SalesDesk& desk = *at_.erp.sales();
  for (const auto& [key, order_key] : order_of_) {
    const Json quote = at_.crm.record(key);
    const Json order = at_.crm.record(order_key);
    OrderedQuote shown{
        .key = key, .quote = quote["Name"], .order = order["OrderNumber"], .erp_order = {}};
    for (const Json& there : desk.service_with("A_SalesOrder")->rows("A_SalesOrder")) {
      if (there["PurchaseOrderByCustomer"] != order["PoNumber"]) continue;
      shown.erp_order = there["SalesOrder"];
      shown.quotation = there.value("ReferenceSDDocument", "");
      shown.same_total = figure(there["TotalNetAmount"]) == figure(quote["SBQQ__NetAmount__c"]);
      shown.total =
          figure(there["TotalNetAmount"]) + " " + there["TransactionCurrency"].get<std::string>();
    }
    out.push_back(std::move(shown));
  }
  return out;
}

Result<Trade::Delivered> Trade::deliver_and_bill() {
  Delivered out;
  sandbox::SalesDesk& desk = *at_.erp.sales();
  sandbox::odata::Engine* orders = desk.service_with("A_SalesOrder");
  const Json items = orders->rows("A_SalesOrderItem");
  std::size_t number = 0;
  for (const Json& order : orders->rows("A_SalesOrder")) {
    if (++number % 2 == 0) continue;
    const std::string key = order["SalesOrder"];
    bool left = false;
    std::size_t line = 0;
    for (const Json& item : items) {
      if (item["SalesOrder"] != key) continue;
      if (++line > 1 && number % 4 == 1) continue;  // the rest of these orders follows later
      // What is not on stock is not confirmed, and does not leave.
      if (!desk.deliver(key, item["SalesOrderItem"], item["RequestedQuantity"])) continue;
      ++out.items;
      left = true;
    }
    if (!left) continue;
    auto billed = desk.bill(key);
    if (!billed) return std::move(billed).error();
    ++out.invoices;
  }
  return out;
}

std::vector<Trade::OrderLine> Trade::order_lines() const {
  const sandbox::SalesDesk& desk = *at_.erp.sales();
  const auto rows = [&](const char* set) { return desk.service_with(set)->rows(set); };
  using Item = std::pair<std::string, std::string>;  // document, item
  struct Sums {
    model::Decimal confirmed{};
    model::Decimal shipped{};
    model::Decimal invoiced{};
  };
  std::map<Item, Sums> of_item;
  const auto count = [](model::Decimal& sum, const Json& value) {
    sum = add(sum, decimal(value)).value_or(sum);
  };
  for (const Json& line : rows("A_SalesOrderScheduleLine")) {
    Sums& sums = of_item[{line["SalesOrder"], line["SalesOrderItem"]}];
    count(sums.confirmed, line["ConfdOrderQtyByMatlAvailCheck"]);
    count(sums.shipped, line["DeliveredQtyInOrderQtyUnit"]);
  }
  for (const Json& item : rows("A_BillingDocumentItem"))
    count(of_item[{item["SalesDocument"], item["SalesDocumentItem"]}].invoiced,
          item["BillingQuantity"]);
  std::map<std::string, std::string> number_of;  // the buyer's number -> sales order
  for (const Json& order : rows("A_SalesOrder"))
    number_of[order["PurchaseOrderByCustomer"]] = order["SalesOrder"];

  std::vector<OrderLine> out;
  for (const Json& line : at_.crm.records("OrderItem")) {
    const std::string order = line["OrderId"];
    if (std::find(orders_.begin(), orders_.end(), order) == orders_.end()) continue;
    const Json header = at_.crm.record(order);
    OrderLine shown{.order = header["PoNumber"],
                    .status = header["Status"],
                    .number = std::stoul(figure(line["Line_No__c"])),
                    .quantity = figure(line["Quantity"]),
                    .crm = {.confirmed = figure(line["Confirmed_Quantity__c"]),
                            .shipped = figure(line["Shipped_Quantity__c"]),
                            .invoiced = figure(line["Invoiced_Quantity__c"])}};
    const Sums& sums = of_item[{number_of[shown.order], std::to_string(shown.number)}];
    shown.erp = {.confirmed = to_string(sums.confirmed),
                 .shipped = to_string(sums.shipped),
                 .invoiced = to_string(sums.invoiced)};
    out.push_back(std::move(shown));
  }
  std::sort(out.begin(), out.end(), [](const OrderLine& a, const OrderLine& b) {
    return std::tie(a.order, a.number) < std::tie(b.order, b.number);
  });
  return out;
}

std::vector<Trade::Stock> Trade::distributor_stock() const {
  std::map<std::string, std::size_t> ordered;
  const Json state = at_.distributor.service().state();
  for (const Json& order : state["orders"]) {
    for (const Json& item : order["items"])
      ordered[item["material"]] += item["ordered_thousandths"].get<std::size_t>() / 1'000;
  }
  std::vector<Stock> out;
  for (std::size_t i = 5; i <= products_; i += 5) {
    const std::string sku = sku_of(i);
    out.push_back({sku, kDistributorHas - std::min(kDistributorHas, ordered[sku])});
  }
  return out;
}

Result<void> Trade::report_stock(const std::vector<Stock>& stock, const std::string& as_of) const {
  const auto file = std::filesystem::path(at_.dealer) / "from-partner/stock-distributor.csv";
  std::ofstream out(file);
  out << "position,holder_duns,sku,warehouse,on_hand,safety_stock,unit,as_of\n";
  for (const auto& [product, on_hand] : stock)
    out << "D-" << product << ',' << at_.distributor_duns << ',' << product << ",CENTRAL,"
        << on_hand << ',' << kReorderPoint << ",H87," << as_of << '\n';
  out.close();
  if (!out) return Error(ErrorCode::Internal, "cannot write " + file.string());
  return {};
}

std::vector<Trade::Sale> Trade::dealer_sales() const {
  std::vector<Sale> out;
  for (std::size_t i = 1; i <= products_ && !at_.duns.empty(); ++i)
    out.push_back({.number = "S-" + std::to_string(i), .amount = std::to_string(sold_for(i))});
  return out;
}

Result<std::vector<Trade::Reorder>> Trade::reorder() {
  const std::vector<Stock> stock = distributor_stock();
  if (auto done = report_stock(stock, "2026-11-22T18:00:00Z"); !done)
    return std::move(done).error();
  std::vector<Reorder> out;
  for (const auto& [product, on_hand] : stock) {
    if (on_hand >= kReorderPoint) continue;
    const std::string number = at_.distributor.service().buy(
        {.buyer = at_.distributor_number,
         .date = "20261122",
         .delivery = "20261204",
         .items = {{"00010", {.material = product, .quantity = 1'000 * kDistributorOrders}}}});
    out.push_back({product, on_hand, kDistributorOrders, number});
  }
  return out;
}

std::vector<std::string> Trade::confirmations() const {
  std::vector<std::string> out;
  const Json state = at_.distributor.service().state();
  for (const Json& purchase : state["purchases"]) {
    if (purchase["answers"] != 1) continue;
    std::string line = purchase["number"].get<std::string>() + " is sales order " +
                       purchase["vendor_number"].get<std::string>() + ":";
    for (const Json& item : purchase["items"]) {
      for (const Json& promise : item["promised"])
        line += " " + promise["quantity"].get<std::string>() + " of " +
                item["material"].get<std::string>() + " on " + promise["day"].get<std::string>();
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace channelbridge::demo

#include "loads.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "channelbridge/model/decimal.hpp"
#include "sandbox/common/json.hpp"

namespace channelbridge::bench {
namespace {

using model::Decimal;
using sandbox::Json;
using sandbox::salesforce::Org;

constexpr int kProducts = 47;
constexpr const char* kMark = "ChannelbridgeId__c";

Decimal quantity_of(std::uint64_t number) {
  return Decimal(static_cast<std::int64_t>(number % 50 + 1));
}
Decimal price_of(std::uint64_t number) { return {static_cast<std::int64_t>(number * 100 + 25), 2}; }

/// The sum of the prices of an order's lines; nothing when it has too many digits.
std::optional<Decimal> total_of(std::uint64_t order, std::uint64_t lines) {
  Decimal total;
  const std::uint64_t end = std::min(lines, (order + 1) * kLinesOfOrder);
  for (std::uint64_t number = order * kLinesOfOrder; number < end; ++number) {
    const auto price = multiply(quantity_of(number), price_of(number));
    const auto sum = price ? add(total, *price) : price;
    if (!sum) return std::nullopt;
    total = *sum;
  }
  return total;
}

std::string standard_book(const Org& org) {
  for (const Json& book : org.records("Pricebook2"))
    if (book.value("IsStandard", false)) return sandbox::text_of(book, "Id");
  return {};
}

}  // namespace

Result<Catalogue> make_catalogue(Org& org) {
  Catalogue out{.book = standard_book(org)};
  auto account = org.insert("Account", {{"Name", "Nordljus Distribution"}});
  if (!account) return std::move(account).error();
  out.account = *account;
  std::vector<Json> products;
  for (int i = 0; i < kProducts; ++i) {
    const std::string code = "P-" + std::to_string(i);
    products.push_back(Json{{"Name", "Pump " + code}, {"ProductCode", code}, {"IsActive", true}});
  }
  auto ids = org.seed("Product2", products);
  if (!ids) return std::move(ids).error();
  std::vector<Json> entries;
  for (const std::string& id : *ids) {
    entries.push_back(Json{
        {"Pricebook2Id", out.book}, {"Product2Id", id}, {"UnitPrice", 100}, {"IsActive", true}});
  }
  auto made = org.seed("PricebookEntry", entries);
  if (!made) return std::move(made).error();
  out.entries = std::move(*made);
  return out;
}

adapter::Selection selection_of(const std::string& object) {
  adapter::Selection out{.object = object,
                         .id = "Id",
                         .version = "SystemModstamp",
                         .modified = "LastModifiedDate",
                         .correlation = kMark};
  if (object == "Lead")
    out.paths = {"LastName", "FirstName", "Company", "Email", "Street", "Description"};
  else if (object == "OrderItem")
    out.paths = {"OrderId",   "PricebookEntryId", "Line_No__c", "Quantity",
                 "UnitPrice", "TotalPrice",       "Description"};
  else
    out.paths = {"AccountId", "Pricebook2Id", "EffectiveDate", "Status", "TotalAmount"};
  return out;
}

std::string lead_body(std::uint64_t number) {
  const std::string i = std::to_string(number);
  return R"({"LastName":"Lead )" + i + R"(","FirstName":"Anna","Company":"Nord \"AB\", )" + i +
         R"(","Email":"lead)" + i +
         R"(@x.example","Street":"Kai 1\nHof 2","City":"Kiel","PostalCode":"24103",)"
         R"("Description":"first line\nsecond line","Estimated_Value__c":)" +
         i + ".50}";
}

std::string order_body(const Catalogue& catalogue) {
  return R"({"AccountId":")" + catalogue.account + R"(","Pricebook2Id":")" + catalogue.book +
         R"(","EffectiveDate":"2026-11-02","Status":"Draft"})";
}

std::string line_body(std::uint64_t number, const std::string& order, const Catalogue& catalogue) {
  const std::string& entry = catalogue.entries[number % catalogue.entries.size()];
  return R"({"OrderId":")" + order + R"(","PricebookEntryId":")" + entry + R"(","Line_No__c":)" +
         std::to_string(number % kLinesOfOrder + 1) + R"(,"Quantity":)" +
         to_string(quantity_of(number)) + R"(,"UnitPrice":)" + to_string(price_of(number)) +
         R"(,"Description":"line )" + std::to_string(number) + R"(, \"boxed\""})";
}

std::uint64_t orders_of(std::uint64_t lines) { return (lines + kLinesOfOrder - 1) / kLinesOfOrder; }

bool orders_add_up(const Org& org, std::uint64_t lines) {
  const std::vector<Json> orders = org.records("Order");
  if (orders.size() != orders_of(lines)) return false;
  return std::all_of(orders.begin(), orders.end(), [lines](const Json& order) {
    const std::string mark = sandbox::text_of(order, kMark);  // "Order-17"
    const std::uint64_t number = std::strtoull(mark.c_str() + mark.find('-') + 1, nullptr, 10);
    const auto shown = Decimal::parse(sandbox::number_text(order["TotalAmount"]));
    return shown && shown == total_of(number, lines);
  });
}

}  // namespace channelbridge::bench

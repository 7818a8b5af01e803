#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "channelbridge/odata/value.hpp"
#include "scripted_service.hpp"

/// Sales orders with a time of change, behind a service that filters, orders and pages.
namespace channelbridge::odata {

inline adapter::Selection orders() {
  return {.object = "A_SalesOrder",
          .id = "SalesOrder",
          .version = "@etag",
          .modified = "LastChangeDateTime",
          .paths = {"SalesOrder", "PurchaseOrderByCustomer",
                    "to_Partner[PartnerFunction=SH].Customer"}};
}

struct Order {
  std::string key{};
  std::int64_t ms{};
};

inline std::string row(const Order& order) {
  return R"({"__metadata":{"uri":"https://h/A","etag":"W/\"e)" + order.key +
         R"(\""},"SalesOrder":")" + order.key +
         R"(","PurchaseOrderByCustomer":"PO","LastChangeDateTime":"/Date()" +
         std::to_string(order.ms) +
         R"(+0000)/","to_Partner":{"results":[{"__metadata":{"uri":"u"},"PartnerFunction":"SH","Customer":"7"}]},"to_Item":{"__deferred":{"uri":"https://h/x"}}})";
}

inline std::string page(const std::vector<Order>& rows, const std::optional<std::size_t>& count,
                        const std::string& next = {}) {
  std::string out = R"({"d":{)";
  if (count) out += R"("__count":")" + std::to_string(*count) + "\",";
  out += R"("results":[)";
  for (std::size_t i = 0; i < rows.size(); ++i) out += (i == 0 ? "" : ",") + row(rows[i]);
  out += "]";
  if (!next.empty()) out += R"(,"__next":")" + next + "\"";
  return out + "}}";
}

/// A small service: filters by stamp and key, orders, cuts at $top, as the query asks.
class Orders {
 public:
  std::vector<Order> rows{};
  std::size_t most{1000};
  enum class Counts { Truly, AsZero, Not } counts{Counts::Truly};

  Result<http::Response> answer(const http::Request& request) {
    const std::string target = decoded(request.target);
    std::vector<Order> found;
    for (const Order& order : rows) {
      if (passes(target, order)) found.push_back(order);
    }
    const bool by_time = target.find("$orderby=LastChangeDateTime") != std::string::npos;
    std::sort(found.begin(), found.end(), [&](const Order& a, const Order& b) {
      return by_time && a.ms != b.ms ? a.ms < b.ms : a.key < b.key;
    });
    const std::size_t count = found.size();
    const std::size_t top = std::stoul(target.substr(target.find("$top=") + 5));
    if (found.size() > std::min(top, most)) found.resize(std::min(top, most));
    if (counts == Counts::Truly) return json_answer(page(found, count));
    return json_answer(
        page(found, counts == Counts::AsZero ? std::optional<std::size_t>(0) : std::nullopt));
  }

 private:
  static bool passes(const std::string& target, const Order& order) {
    for (const auto& [operation, keep] :
         std::vector<std::pair<std::string, std::function<bool(std::int64_t)>>>{
             {" ge ", [&](std::int64_t at) { return order.ms >= at; }},
             {" lt ", [&](std::int64_t at) { return order.ms < at; }},
             {" le ", [&](std::int64_t at) { return order.ms <= at; }}}) {
      const std::string term = "LastChangeDateTime" + operation + "datetimeoffset'";
      const std::size_t at = target.find(term);
      if (at == std::string::npos) continue;
      const std::size_t begin = at + term.size();
      const auto time = parse_time(target.substr(begin, target.find('\'', begin) - begin));
      if (!time || !keep(time->time_since_epoch().count() / 1000)) return false;
    }
    const std::size_t key = target.find("SalesOrder gt '");
    if (key != std::string::npos) {
      const std::size_t begin = key + 15;
      if (!(order.key > target.substr(begin, target.find('\'', begin) - begin))) return false;
    }
    return true;
  }
};

inline constexpr std::int64_t kDay =
    1'767'225'600'000 - 86'400'000;  // a day before the fixed Date header

inline std::vector<std::string> pull(Scripted& service, const adapter::Selection& selection,
                                     adapter::Cursor& cursor, std::size_t page_size,
                                     int* pages = nullptr) {
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    const auto page = service.adapter->read(selection, cursor, page_size, service.context());
    EXPECT_TRUE(page) << to_string(page.error());
    if (!page) break;
    if (pages != nullptr) ++*pages;
    for (const adapter::Change& change : page->changes) keys.push_back(change.key);
    cursor = page->next;
    if (page->end) break;
  }
  return keys;
}

}  // namespace channelbridge::odata

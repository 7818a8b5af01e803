// What the company behind the port buys from the partner, and what the partner answers.
#include <algorithm>

#include "sandbox/idoc/idoc_server.hpp"

namespace channelbridge::sandbox {
namespace {

using idoc::field_of;

/// Numbers of items come with other leading zeros than they were sent with.
std::string without_zeros(const std::string& number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

std::string tag(const char* name, const std::string& value) {
  pugi::xml_document text;
  text.append_child(name).text().set(value.c_str());
  return idoc::compact(text.document_element());
}

std::string qualified(const char* segment, const char* qualifier, const char* code,
                      const char* name, const std::string& value) {
  return "<" + std::string(segment) + " SEGMENT=\"1\">" + tag(qualifier, code) + tag(name, value) +
         "</" + segment + ">";
}

std::string quantity(std::int64_t thousandths) {
  return std::to_string(thousandths / 1'000) + "." +
         std::to_string(1'000 + thousandths % 1'000).substr(1);
}

bool is_day(const std::string& text) {
  return text.size() == 8 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string IdocService::buy(PurchaseOrder order) {
  const std::lock_guard lock(mutex_);
  purchases_.push_back({.number = next_number(purchase_range_, 10), .order = std::move(order)});
  send_purchase(purchases_.back());
  return purchases_.back().number;
}

void IdocService::send_again(const std::string& purchase_order) {
  const std::lock_guard lock(mutex_);
  for (const Purchase& purchase : purchases_)
    if (purchase.number == purchase_order) send_purchase(purchase);
}

void IdocService::send_purchase(const Purchase& purchase) {
  const PurchaseOrder& order = purchase.order;
  std::string text =
      "<E1EDK01 SEGMENT=\"1\">" + tag("CURCY", order.currency) + tag("BSART", order.type) +
      tag("BELNR", purchase.number) + "</E1EDK01>" +
      qualified("E1EDK14", "QUALF", "014", "ORGID", "2000") +
      qualified("E1EDK03", "IDDAT", "022", "DATUM", order.date) +
      (order.delivery.empty() ? std::string()
                              : qualified("E1EDK03", "IDDAT", "002", "DATUM", order.delivery)) +
      qualified("E1EDKA1", "PARVW", "AG", "PARTN", order.buyer) +
      qualified("E1EDK02", "QUALF", "001", "BELNR", purchase.number);
  for (const auto& [number, item] : order.items) {
    const auto material = materials_.find(item.material);
    text += "<E1EDP01 SEGMENT=\"1\">" + tag("POSEX", number) +
            tag("MENGE", quantity(item.quantity)) +
            tag("MENEE", material == materials_.end() ? "PCE" : material->second.unit) +
            qualified("E1EDP19", "QUALF", "001", "IDTNR", item.material) + "</E1EDP01>";
  }
  send("ORDERS05", "ORDERS", text);
}

IdocService::Posting IdocService::apply_answer(const Stored& stored, pugi::xml_node idoc) {
  const std::string number = field_of(idoc, "E1EDK02", "BELNR", "QUALF", "001");
  const auto purchase = std::find_if(purchases_.begin(), purchases_.end(),
                                     [&](const Purchase& each) { return each.number == number; });
  if (purchase == purchases_.end())
    return {.status = "51",
            .text = "Purchase order & does not exist",
            .area = "06",
            .variables = {number}};
  std::map<std::string, std::vector<Promise>> promised = purchase->promised;
  for (const pugi::xml_node segment : idoc.children("E1EDP01")) {
    const std::string key = segment.child_value("POSEX");
    const auto refuse = [&](std::string text) {
      return Posting{
          .status = "51", .text = std::move(text), .area = "ME", .variables = {key, number}};
    };
    const auto item = std::find_if(
        purchase->order.items.begin(), purchase->order.items.end(),
        [&](const auto& each) { return without_zeros(each.first) == without_zeros(key); });
    if (item == purchase->order.items.end())
      return refuse("Item &1 of purchase order &2 does not exist");
    const auto material = materials_.find(item->second.material);
    if (material != materials_.end() && material->second.unit != segment.child_value("MENEE"))
      return refuse("Unit of item &1 is not that of the order");
    std::vector<Promise> promises;
    if (const std::string reason = segment.child_value("ABGRU"); !reason.empty())
      promises.push_back({.rejected = reason});
    for (const pugi::xml_node line : segment.children("E1EDP20")) {
      const std::string day = line.child_value("EDATU");
      if (!is_day(day)) return refuse("Item &1 is confirmed for no day");
      promises.push_back({.quantity = line.child_value("WMENG"), .day = day});
    }
    promised[item->first] = std::move(promises);
  }
  purchase->promised = std::move(promised);
  purchase->vendor_number = field_of(idoc, "E1EDK02", "BELNR", "QUALF", "002");
  journal(stored, "OrderConfirmation", number,
          purchase->answers++ == 0 ? EffectKind::Created : EffectKind::Updated);
  return {.status = "53", .text = "Purchase order & changed", .area = "06", .variables = {number}};
}

Json IdocService::purchases() const {
  Json out = Json::array();
  for (const Purchase& purchase : purchases_) {
    Json items = Json::object();
    for (const auto& [number, item] : purchase.order.items) {
      Json promised = Json::array();
      if (const auto said = purchase.promised.find(number); said != purchase.promised.end())
        for (const Promise& promise : said->second)
          promised.push_back({{"quantity", promise.quantity},
                              {"day", promise.day},
                              {"rejected", promise.rejected}});
      items[number] = {{"material", item.material},
                       {"ordered_thousandths", item.quantity},
                       {"promised", promised}};
    }
    out.push_back({{"number", purchase.number},
                   {"vendor_number", purchase.vendor_number},
                   {"answers", purchase.answers},
                   {"items", items}});
  }
  return out;
}

}  // namespace channelbridge::sandbox

// What the application makes of an IDoc: orders, their changes and confirmations, customers.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "sandbox/idoc/idoc_server.hpp"

namespace channelbridge::sandbox {
namespace {

using idoc::field_of;

constexpr std::array<std::string_view, 7> kFunctions{"AG", "WE", "RE", "RG", "AP", "SP", "ZM"};

/// "5", "5.000", "5.25" in thousandths.
std::optional<std::int64_t> thousandths(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  std::string rest(point < text.size() ? text.substr(point + 1) : std::string_view());
  while (rest.size() > 3 && rest.back() == '0') rest.pop_back();
  if (digits.empty() || rest.size() > 3) return std::nullopt;
  digits += rest + std::string(3 - rest.size(), '0');
  std::int64_t out = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || out <= 0)
    return std::nullopt;
  return out;
}

std::string decimal(std::int64_t value) {
  std::string fraction = std::to_string(1'000 + value % 1'000).substr(1);
  return std::to_string(value / 1'000) + "." + fraction;
}

std::string element(const char* name, const std::string& value) {
  if (value.empty()) return {};
  pugi::xml_document text;
  text.append_child(name).text().set(value.c_str());
  return idoc::compact(text.document_element());
}

std::string later(const std::string& day) {  // the same day of the next month
  std::string out = day;
  const int month = (day[4] - '0') * 10 + (day[5] - '0');
  const int next = month == 12 ? 1 : month + 1;
  out[4] = static_cast<char>('0' + next / 10);
  out[5] = static_cast<char>('0' + next % 10);
  if (month == 12) out = std::to_string(std::stoi(day.substr(0, 4)) + 1) + out.substr(4);
  return out.substr(0, 6) + "01";
}

}  // namespace

IdocService::Posting IdocService::apply(const Stored& stored, pugi::xml_node idoc) {
  if (stored.message == "ORDERS") return apply_order(stored, idoc);
  if (stored.message == "ORDCHG") return apply_change(stored, idoc);
  if (stored.message == "ORDRSP") return apply_answer(stored, idoc);
  if (stored.message == "CRMXIF_PARTNER_SAVE_M") return apply_crm_partner(stored, idoc);
  return apply_customer(stored, idoc);
}

std::optional<IdocService::Posting> IdocService::check_parties(pugi::xml_node idoc) const {
  for (const pugi::xml_node party : idoc.children("E1EDKA1")) {
    const std::string function = party.child_value("PARVW");
    if (std::find(kFunctions.begin(), kFunctions.end(), function) == kFunctions.end())
      return Posting{.status = "51",
                     .text = "Partner function & is not defined",
                     .area = "VP",
                     .number = "450",
                     .variables = {function}};
    const std::string number = party.child_value("PARTN");
    if (!number.empty() && !customers_.contains(number))
      return Posting{.status = "51",
                     .text = (function == "AG" ? "Sold-to party &1 not maintained"
                                               : "Partner &1 not maintained"),
                     .area = "V1",
                     .variables = {number}};
  }
  if (field_of(idoc, "E1EDKA1", "PARTN", "PARVW", "AG").empty())
    return Posting{.status = "51", .text = "No sold-to party in the IDoc", .area = "V1"};
  return std::nullopt;
}

std::optional<IdocService::Posting> IdocService::take_items(Order& order, pugi::xml_node idoc,
                                                            bool change) const {
  for (const pugi::xml_node segment : idoc.children("E1EDP01")) {
    const std::string key = segment.child_value("POSEX");
    const std::string action = segment.child_value("ACTION");
    const auto refuse = [&](std::string text) {
      return Posting{.status = "51", .text = std::move(text), .area = "V1", .variables = {key}};
    };
    if (key.empty()) return refuse("An item has no number");
    const bool known = order.items.contains(key);
    if (change && action == "003") {
      if (!known) return refuse("Item &1 does not exist");
      order.items.erase(key);
      continue;
    }
    const bool adds = !change || action == "001";
    if (adds && known) return refuse("Item &1 exists already");
    if (!adds && (!known || action != "002")) return refuse("Item &1 does not exist");
    OrderItem item = known ? order.items[key] : OrderItem{};
    if (const std::string material = field_of(segment, "E1EDP19", "IDTNR", "QUALF", "002");
        !material.empty())
      item.material = material;
    if (!materials_.contains(item.material)) return refuse("Material of item &1 not defined");
    if (*segment.child_value("MENGE") != '\0') {
      const auto quantity = thousandths(segment.child_value("MENGE"));
      if (!quantity) return refuse("Quantity of item &1 is not valid");
      item.ordered = *quantity;
    }
    if (item.ordered == 0) return refuse("Item &1 has no quantity");
    item.unit = segment.child_value("MENEE");
    if (item.unit != materials_.at(item.material).unit)
      return refuse("Unit of item &1 is not that of the material");
    if (known) order.items.erase(key);
    order.items.emplace(key, std::move(item));
  }
  return std::nullopt;
}

IdocService::Posting IdocService::apply_order(const Stored& stored, pugi::xml_node idoc) {
  if (auto refused = check_parties(idoc)) return *std::move(refused);
  Order order{.customer = field_of(idoc, "E1EDKA1", "PARTN", "PARVW", "AG"),
              .purchase_order = field_of(idoc, "E1EDK02", "BELNR", "QUALF", "001"),
              .currency = field_of(idoc, "E1EDK01", "CURCY")};
  if (!options_.currencies.contains(order.currency))
    return {.status = "51",
            .text = "Currency & is not defined",
            .area = "VG",
            .number = "014",
            .variables = {order.currency}};
  for (const char* qualifier : {"006", "007", "008", "012"})
    if (field_of(idoc, "E1EDK14", "ORGID", "QUALF", qualifier).empty())
      return {.status = "51", .text = "Sales area is not complete", .area = "VG"};
  if (auto refused = take_items(order, idoc, false)) return *std::move(refused);
  if (order.items.empty()) return {.status = "51", .text = "The order has no item", .area = "V1"};
  const std::string date = field_of(idoc, "E1EDK03", "DATUM", "IDDAT", "002");
  for (auto& [key, item] : order.items) item.date = date;
  order.number = next_number(order_range_, 10);
  journal(stored, "SalesOrder", order.number, EffectKind::Created);
  const std::string number = order.number;
  orders_.push_back(std::move(order));
  if (options_.confirms) confirm(orders_.back(), {});
  return {.status = "53",
          .text = "&1 &2 has been saved",
          .area = "V1",
          .number = "311",
          .variables = {"Standard Order", number}};
}

IdocService::Posting IdocService::apply_change(const Stored& stored, pugi::xml_node idoc) {
  const std::string customer = field_of(idoc, "E1EDKA1", "PARTN", "PARVW", "AG");
  const std::string purchase_order = field_of(idoc, "E1EDK02", "BELNR", "QUALF", "001");
  const auto found = std::find_if(orders_.begin(), orders_.end(), [&](const Order& order) {
    return order.customer == customer && order.purchase_order == purchase_order;
  });
  if (found == orders_.end())
    return {.status = "51",
            .text = "No order with purchase order &1",
            .area = "V1",
            .variables = {purchase_order}};
  Order changed = *found;
  if (auto refused = take_items(changed, idoc, true)) return *std::move(refused);
  std::set<std::string> cancelled;
  for (const auto& [key, item] : found->items)
    if (!changed.items.contains(key)) cancelled.insert(key);
  const std::string date = field_of(idoc, "E1EDK03", "DATUM", "IDDAT", "002");
  for (auto& [key, item] : changed.items)
    if (item.date.empty() || !date.empty()) item.date = date;
  *found = std::move(changed);
  journal(stored, "SalesOrder", found->number, EffectKind::Updated);
  if (options_.confirms && options_.confirms_changes) confirm(*found, cancelled);
  return {.status = "53",
          .text = "&1 &2 has been saved",
          .area = "V1",
          .number = "311",
          .variables = {"Standard Order", found->number}};
}

IdocService::Posting IdocService::apply_customer(const Stored& stored, pugi::xml_node idoc) {
  const pugi::xml_node customer = idoc.child("E1KNA1M");
  const std::string number = customer.child_value("KUNNR");
  if (number.empty()) return {.status = "51", .text = "Customer number is missing", .area = "F2"};
  const bool known = customers_.contains(number);
  if (const std::string name = customer.child_value("NAME1"); !name.empty() || !known)
    customers_[number] = name;
  journal(stored, "Customer", number, known ? EffectKind::Updated : EffectKind::Created);
  return {.status = "53", .text = "Customer & was saved", .variables = {number}};
}

IdocService::Posting IdocService::apply_crm_partner(const Stored& stored, pugi::xml_node idoc) {
  const pugi::xml_node partner = idoc.child("E1CRMXIF_PARTNER_COMPLEX");
  const pugi::xml_node header = partner.child("E1CRMXIF_PARTNER_HEADER");
  const std::string number = header.child_value("PARTNER");
  const std::string task = header.child_value("OBJECT_TASK");
  const auto refuse = [&number](std::string text) {
    return Posting{.status = "51", .text = std::move(text), .area = "ZBP", .variables = {number}};
  };
  if (task != "I" && task != "U" && task != "M") return refuse("Object task of &1 is not known");
  if (number.empty()) return refuse("The business partner has no number");
  const bool known = customers_.contains(number);
  if (known && task == "I") return refuse("Business partner &1 exists already");
  if (!known && task == "U") return refuse("Business partner &1 does not exist");
  const std::string name = partner.child("E1CRMXIF_CENTRAL").child_value("NAME_ORG1");
  const std::string mark = partner.child("E1CRMXIF_CENTRALX").child_value("NAME_ORG1");
  const bool says = !known || mark == "X";
  if (says && name.empty()) return refuse("NAME_ORG1 of business partner &1 is missing");
  if (says) customers_[number] = name;
  journal(stored, "BusinessPartner", number, known ? EffectKind::Updated : EffectKind::Created);
  return {.status = "53", .text = "Business partner & was saved", .variables = {number}};
}

void IdocService::confirm(const Order& order, const std::set<std::string>& cancelled) {
  std::string text = "<E1EDK01 SEGMENT=\"1\">" + element("CURCY", order.currency) +
                     element("BELNR", order.number) + "</E1EDK01>" +
                     "<E1EDKA1 SEGMENT=\"1\"><PARVW>AG</PARVW>" + element("PARTN", order.customer) +
                     "</E1EDKA1>" + "<E1EDK02 SEGMENT=\"1\"><QUALF>001</QUALF>" +
                     element("BELNR", order.purchase_order) + "</E1EDK02>" +
                     "<E1EDK02 SEGMENT=\"1\"><QUALF>002</QUALF>" + element("BELNR", order.number) +
                     "</E1EDK02>";
  for (const std::string& key : cancelled)
    text += "<E1EDP01 SEGMENT=\"1\">" + element("POSEX", key) + "<ACTION>003</ACTION></E1EDP01>";
  for (const auto& [key, item] : order.items) {
    const Material& material = materials_.at(item.material);
    text += "<E1EDP01 SEGMENT=\"1\">" + element("POSEX", key) +
            element("MENGE", decimal(item.ordered)) + element("MENEE", item.unit) +
            (material.blocked ? element("ABGRU", "05") : std::string());
    const auto schedule = [&](std::int64_t quantity, const std::string& day) {
      if (quantity <= 0) return;
      text += "<E1EDP20 SEGMENT=\"1\">" + element("WMENG", decimal(quantity)) +
              element("EDATU", day) + "</E1EDP20>";
    };
    const std::string day = item.date.empty() ? "20261231" : item.date;
    const std::int64_t at_once =
        material.stock < 0 ? item.ordered : std::min(material.stock, item.ordered);
    if (!material.blocked) {
      schedule(at_once, day);
      schedule(item.ordered - at_once, later(day));
    }
    text += "<E1EDP19 SEGMENT=\"1\"><QUALF>002</QUALF>" + element("IDTNR", item.material) +
            "</E1EDP19></E1EDP01>";
  }
  send("ORDERS05", "ORDRSP", text);
}

void IdocService::leave(const std::string& name, const std::string& text) {
  const std::lock_guard lock(mutex_);
  sent_.push_back({.name = name, .text = text, .at = desk_->clock->now()});
}

void IdocService::add_customer(const std::string& number, const std::string& name,
                               const std::string& city, const std::string& country) {
  const std::lock_guard lock(mutex_);
  customers_[number] = name;
  send("DEBMAS07", "DEBMAS",
       "<E1KNA1M SEGMENT=\"1\"><MSGFN>009</MSGFN>" + element("KUNNR", number) +
           element("LAND1", country) + element("NAME1", name) + element("ORT01", city) +
           "</E1KNA1M>");
}

void IdocService::add_material(const std::string& number, const Material& material) {
  const std::lock_guard lock(mutex_);
  materials_[number] = material;
  send("MATMAS05", "MATMAS",
       "<E1MARAM SEGMENT=\"1\"><MSGFN>009</MSGFN>" + element("MATNR", number) +
           element("MEINS", material.unit) + "<E1MAKTM SEGMENT=\"1\"><MSGFN>009</MSGFN>" +
           element("MAKTX", material.name) + "<SPRAS_ISO>EN</SPRAS_ISO></E1MAKTM></E1MARAM>");
}

}  // namespace channelbridge::sandbox

#include "channelbridge/model/order.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "channelbridge/model/code_sets_documents.hpp"
#include "document_rules_internal.hpp"
#include "rules_internal.hpp"

namespace channelbridge::model {
namespace order_entity {
namespace {

constexpr auto kTotals = rows<Order::Totals>(base<Order::Totals>(kDocumentTotalsRows),
                                             field<&Order::Totals::paid>("paid", kAmount),
                                             field<&Order::Totals::invoiced>("invoiced", kAmount));

constexpr auto kBlock = rows<Order::Block>(
    field<&Order::Block::kind>("kind", {.required = true, .codes = &code_sets::kOrderBlockKind}),
    field<&Order::Block::since>("since"),
    field<&Order::Block::reason>("reason", {.max_length = 255}));

constexpr auto kLine = rows<Order::Line>(
    field<&Order::Line::no>("no", {.required = true}),
    field<&Order::Line::product>("product", {.required = true, .refers_to = "product"}),
    group<&Order::Line::qty>("qty", kLineQuantityRows),
    field<&Order::Line::net_price>("net_price", {.required = true, .precision = 19, .scale = 6}),
    field<&Order::Line::prorate>("prorate", kProrate),
    field<&Order::Line::net_amount>("net_amount", {.required = true, .precision = 19, .scale = 4}),
    field<&Order::Line::tax>("tax", kAmount), field<&Order::Line::quote_line>("quote_line"),
    field<&Order::Line::goods>("goods"),
    group<&Order::Line::qty_confirmed>("qty_confirmed", kQuantityRows),
    group<&Order::Line::qty_shipped>("qty_shipped", kQuantityRows),
    group<&Order::Line::qty_invoiced>("qty_invoiced", kQuantityRows),
    group<&Order::Line::qty_cancelled>("qty_cancelled", kQuantityRows),
    group<&Order::Line::qty_returned>("qty_returned", kQuantityRows),
    group<&Order::Line::qty_backordered>("qty_backordered", kQuantityRows),
    field<&Order::Line::confirmed_date>("confirmed_date"),
    field<&Order::Line::reject_reason>("reject_reason", {.max_length = 40}));

constexpr auto kFulfilment = rows<Order::Fulfilment>(
    field<&Order::Fulfilment::number>("number", {.required = true, .max_length = 40}),
    field<&Order::Fulfilment::carrier>("carrier", {.max_length = 80}),
    field<&Order::Fulfilment::service>("service", {.max_length = 80}),
    field<&Order::Fulfilment::tracking>("tracking", {.max_length = 120}),
    field<&Order::Fulfilment::shipped_at>("shipped_at"),
    field<&Order::Fulfilment::delivered_at>("delivered_at"),
    field<&Order::Fulfilment::location>("location", {.max_length = 80}),
    field<&Order::Fulfilment::status>("status", {.codes = &code_sets::kFulfilmentStatus}));

constexpr auto kFulfilmentLine = rows<Order::FulfilmentLine>(
    field<&Order::FulfilmentLine::fulfilment>("fulfilment", {.required = true, .max_length = 40}),
    field<&Order::FulfilmentLine::line>("line", {.required = true}),
    group<&Order::FulfilmentLine::qty>("qty", kLineQuantityRows));

constexpr auto kFulfilmentSerial = rows<Order::FulfilmentSerial>(
    field<&Order::FulfilmentSerial::fulfilment>("fulfilment", {.required = true, .max_length = 40}),
    field<&Order::FulfilmentSerial::line>("line", {.required = true}),
    field<&Order::FulfilmentSerial::kind>("kind", {.codes = &code_sets::kSerialKind}),
    field<&Order::FulfilmentSerial::value>("value", {.required = true, .max_length = 255}));

constexpr auto kRows = rows<Order>(
    field<&Order::number>("number", {.required = true, .max_length = 40}),
    field<&Order::buyer_po_number>("buyer_po_number", {.required = true, .max_length = 40}),
    field<&Order::revision>("revision"),
    field<&Order::kind>("kind", {.required = true, .codes = &code_sets::kOrderKind}),
    field<&Order::quote>("quote", {.refers_to = "quote"}),
    field<&Order::contract>("contract", {.refers_to = "contract"}),
    field<&Order::deal_registration>("deal_registration", {.refers_to = "deal_registration"}),
    field<&Order::channel_ref>("channel_ref", {.max_length = 80}),
    nested<&Order::seller>("seller", kPartyRows), nested<&Order::buyer>("buyer", kPartyRows),
    nested<&Order::bill_to>("bill_to", kPartyRows, {.personal = true}),
    nested<&Order::ship_to>("ship_to", kPartyRows, {.personal = true}),
    nested<&Order::payer>("payer", kPartyRows),
    nested<&Order::end_customer>("end_customer", kPartyRows, {.personal = true}),
    field<&Order::order_date>("order_date", {.required = true}),
    field<&Order::requested_delivery>("requested_delivery"),
    field<&Order::currency>("currency", {.required = true}),
    nested<&Order::totals>("totals", kTotals),
    field<&Order::payment_status>("payment_status", {.codes = &code_sets::kOrderPaymentStatus}),
    list<&Order::blocks>("blocks", kBlock, {.keys = "kind"}),
    field<&Order::status>("status", {.required = true, .codes = &code_sets::kOrderStatus}),
    list<&Order::lines>("lines", kLine, {.keys = "no", .required = true}),
    list<&Order::fulfilments>("fulfilments", kFulfilment, {.keys = "number"}),
    list<&Order::fulfilment_lines>("fulfilment_lines", kFulfilmentLine,
                                   {.keys = "fulfilment line"}),
    list<&Order::fulfilment_serials>("fulfilment_serials", kFulfilmentSerial,
                                     {.keys = "fulfilment line value"}),
    list<&Order::state_history>("state_history", kStateChangeRows,
                                {.keys = "at", .read_only = true}),
    custom<&Order::custom>());

constexpr Actors kBuyer = Actor::PartnerManager | Actor::PartnerEmployee | Actor::DistributorUser;
constexpr Actors kSeller = Actor::VendorSales | Actor::DistributorUser | Actor::System;
constexpr Actors kEither = kBuyer | kSeller;
constexpr Actors kHolder = kSeller | Actor::Finance;

constexpr Transition kTransitions[] = {
    {"draft", "submitted", kBuyer},
    {"submitted", "acknowledged", Actor::System},
    {"acknowledged", "confirmed", kSeller},
    {"acknowledged", "partially_confirmed", kSeller},
    {"acknowledged", "rejected", kSeller},
    {"partially_confirmed", "confirmed", kSeller},
    {"confirmed", "in_fulfilment", kSeller},
    // What is confirmed is shipped while the rest is awaited.
    {"partially_confirmed", "in_fulfilment", kSeller},
    {"in_fulfilment", "partially_shipped", kSeller},
    // Everything at once.
    {"in_fulfilment", "shipped", kSeller},
    {"partially_shipped", "shipped", kSeller},
    {"shipped", "delivered", kSeller},
    {"delivered", "completed", kSeller},
    {"delivered", "return_requested", kEither | Actor::Customer},
    {"return_requested", "returned", kSeller},
    // Of a partially shipped order the rest is cancelled by line.
    {"draft", "cancelled", kEither},
    {"submitted", "cancelled", kEither},
    {"acknowledged", "cancelled", kEither},
    {"confirmed", "cancelled", kEither},
    {"partially_confirmed", "cancelled", kEither},
    {"in_fulfilment", "cancelled", kEither},
    {"change_requested", "cancelled", kEither},
    {"on_hold", "cancelled", kEither},
    {"submitted", "change_requested", kBuyer},
    {"acknowledged", "change_requested", kBuyer},
    {"confirmed", "change_requested", kBuyer},
    {"partially_confirmed", "change_requested", kBuyer},
    {"in_fulfilment", "change_requested", kBuyer},
    {"change_requested", "submitted", kEither, "", true},
    {"change_requested", "acknowledged", kEither, "", true},
    {"change_requested", "confirmed", kEither, "", true},
    {"change_requested", "partially_confirmed", kEither, "", true},
    {"change_requested", "in_fulfilment", kEither, "", true},
    {"submitted", "on_hold", kHolder},
    {"acknowledged", "on_hold", kHolder},
    {"confirmed", "on_hold", kHolder},
    {"partially_confirmed", "on_hold", kHolder},
    {"in_fulfilment", "on_hold", kHolder},
    {"partially_shipped", "on_hold", kHolder},
    {"on_hold", "submitted", kHolder, "", true},
    {"on_hold", "acknowledged", kHolder, "", true},
    {"on_hold", "confirmed", kHolder, "", true},
    {"on_hold", "partially_confirmed", kHolder, "", true},
    {"on_hold", "in_fulfilment", kHolder, "", true},
    {"on_hold", "partially_shipped", kHolder, "", true},
};
constexpr StateMachine kStates{"status", "draft", kTransitions};

constexpr std::string_view kAmounts[] = {"totals.", "lines[].net_price", "lines[].net_amount",
                                         "lines[].tax"};

/// The quantities of one line, as far as they are there and in one unit: that of what was ordered,
/// or where it is not there, of what was shipped.
class LineQuantities {
 public:
  LineQuantities(const Fields& fields, std::string_view line)
      : fields_(fields), line_(line), unit_(text("qty.unit")) {
    if (!unit_) unit_ = text("qty_shipped.unit");
  }

  std::string path(std::string_view quantity) const {
    return element_path("lines", line_, std::string(quantity) + ".value");
  }
  Value text(std::string_view field) const {
    return get(fields_, element_path("lines", line_, field));
  }
  std::optional<Decimal> at(std::string_view quantity) const {
    const Value unit = text(std::string(quantity) + ".unit");
    if (unit && unit_ && *unit != *unit_) return std::nullopt;
    return number_at(fields_, path(quantity));
  }

 private:
  const Fields& fields_;
  std::string_view line_;
  Value unit_;
};

std::string figure(std::string_view name, const Decimal& value) {
  return std::string(name) + " " + to_string(value);
}

void check_limit(std::string_view rule, std::string path, const Decimal& value,
                 const std::string& what, const std::string& limit_name, const Decimal& limit,
                 std::vector<Problem>& problems) {
  if (value <= limit) return;
  const auto excess = subtract(value, limit);
  problems.push_back(
      {.path = std::move(path),
       .rule = std::string(rule),
       .message = what + " is more than " + figure(limit_name, limit) +
                  (excess ? ", a difference of " + to_string(*excess) : std::string())});
}

/// Paid for before it is shipped.
bool is_prepaid(const Fields& fields) {
  const Value paid = get(fields, "payment_status");
  return paid == "authorised" || paid == "cleared";
}

void check_quantities(const Fields& fields, std::vector<Problem>& problems) {
  const bool prepaid = is_prepaid(fields);
  for (const std::string_view id : element_ids(fields, "lines")) {
    const LineQuantities line(fields, id);
    const auto ordered = line.at("qty");
    const auto shipped = line.at("qty_shipped");
    const auto cancelled = line.at("qty_cancelled");
    if (ordered && (shipped || cancelled)) {
      const auto closed = add(shipped.value_or(Decimal()), cancelled.value_or(Decimal()));
      std::string what = shipped && cancelled ? figure("qty_shipped", *shipped) + " + " +
                                                    figure("qty_cancelled", *cancelled)
                         : shipped ? figure("qty_shipped", *shipped)
                                   : figure("qty_cancelled", *cancelled);
      if (shipped && cancelled && closed) what += " = " + to_string(*closed);
      if (closed)
        check_limit("shipped_beyond_ordered", line.path(shipped ? "qty_shipped" : "qty_cancelled"),
                    *closed, what, "qty", *ordered, problems);
    }
    if (!shipped) continue;
    const auto invoiced = line.at("qty_invoiced");
    if (invoiced && !prepaid && line.text("goods") == "true")
      check_limit("invoiced_beyond_shipped", line.path("qty_invoiced"), *invoiced,
                  figure("qty_invoiced", *invoiced), "qty_shipped", *shipped, problems);
    if (const auto returned = line.at("qty_returned"))
      check_limit("returned_beyond_shipped", line.path("qty_returned"), *returned,
                  figure("qty_returned", *returned), "qty_shipped", *shipped, problems);
  }
}

/// Goods of these fulfilments have not left, or will never leave.
bool is_not_shipped(std::string_view status) {
  return status == "planned" || status == "picked" || status == "packed" || status == "cancelled";
}

/// What the fulfilments carry of each line is what was shipped of it. A line that no fulfilment
/// names is not judged: services and licences often have none.
void check_fulfilments(const Fields& fields, std::vector<Problem>& problems) {
  const auto ids = element_ids(fields, "fulfilment_lines");
  if (ids.empty()) return;
  std::map<std::string, std::string> status_of;
  for (const std::string_view id : element_ids(fields, "fulfilments")) {
    const Value number = get(fields, element_path("fulfilments", id, "number"));
    const Value status = get(fields, element_path("fulfilments", id, "status"));
    if (number && status) status_of.emplace(*number, *status);
  }
  struct Carried {
    Decimal sum{};
    std::string unit{};
    bool known{true};
  };
  std::map<std::string, Carried> carried_of;  // by the number of the line
  for (const std::string_view id : ids) {
    const auto value = [&fields, id](std::string_view field) {
      return get(fields, element_path("fulfilment_lines", id, field));
    };
    const Value line = value("line");
    const auto quantity = number_at(fields, element_path("fulfilment_lines", id, "qty.value"));
    if (!line || !quantity) return;  // it may be of any line
    Carried& carried = carried_of[*line];
    const auto status = status_of.find(value("fulfilment").value_or(""));
    if (status != status_of.end() && is_not_shipped(status->second)) continue;
    const std::string unit = value("qty.unit").value_or("");
    if (carried.unit.empty()) carried.unit = unit;
    const auto sum = add(carried.sum, *quantity);
    carried.known = carried.known && sum && (unit.empty() || unit == carried.unit);
    if (sum) carried.sum = *sum;
  }
  std::map<std::string, int> lines_of;
  const auto lines = element_ids(fields, "lines");
  for (const std::string_view id : lines)
    ++lines_of[get(fields, element_path("lines", id, "no")).value_or("")];
  for (const std::string_view id : lines) {
    const LineQuantities line(fields, id);
    const Value no = line.text("no");
    const auto shipped = line.at("qty_shipped");
    if (!no || !shipped || lines_of[*no] > 1) continue;
    const auto carried = carried_of.find(*no);
    if (carried == carried_of.end() || !carried->second.known) continue;
    const std::string unit =
        line.text("qty_shipped.unit").value_or(line.text("qty.unit").value_or(""));
    const bool same_unit =
        unit.empty() || carried->second.unit.empty() || unit == carried->second.unit;
    const Decimal& sum = carried->second.sum;
    if (!same_unit || sum == *shipped) continue;
    const auto difference = subtract(*shipped, sum);
    problems.push_back(
        {.path = line.path("qty_shipped"),
         .rule = "fulfilment_quantity",
         .message = "is " + to_string(*shipped) + ", but the fulfilments of line " + *no +
                    " carry " + to_string(sum) +
                    (difference ? ", a difference of " + to_string(*difference) : std::string())});
  }
}

template <Rounding kRounding>
constexpr ValueRule kValues[] = {{"currency_missing",
                                  [](const Fields& fields, std::vector<Problem>& problems) {
                                    check_currency(fields, kAmounts, problems);
                                  }},
                                 {"line_amount", check_net_amounts<kRounding>},
                                 {"totals", check_document_totals<kRounding>},
                                 {"quantities", check_quantities},
                                 {"fulfilment_quantity", check_fulfilments}};

constexpr std::string_view kSellerPath[] = {"seller.partner"};
constexpr std::string_view kBuyerPath[] = {"buyer.partner"};
constexpr std::string_view kShipTo[] = {"ship_to.partner", "ship_to.address.line1"};
constexpr std::string_view kEndCustomer[] = {"end_customer.partner", "end_customer.name"};
constexpr Requirement kRequirements[] = {{"seller", kSellerPath},
                                         {"buyer", kBuyerPath},
                                         {"ship_to", kShipTo},
                                         {"end_customer", kEndCustomer, [](const Fields& fields) {
                                            const Value kind = get(fields, "kind");
                                            return kind == "drop_ship" || kind == "renewal";
                                          }}};

constexpr NetworkKey kKeys[] = {
    {"document_key", true,
     [](const Fields& fields) { return issued_number(fields, "seller.partner"); }},
    // One order of a revision of the buyer's purchase order.
    {"buyer_po", true, [](const Fields& fields) {
       const Value buyer = get(fields, "buyer.partner");
       const Value po = get(fields, "buyer_po_number");
       if (!buyer || !po) return std::vector<std::string>{};
       return std::vector{*buyer + "/" + *po + "/" + get(fields, "revision").value_or("0")};
     }}};

constexpr EntityDescription kOrder = entity<Order>("order", kRows,
                                                   {.states = &kStates,
                                                    .requirements = kRequirements,
                                                    .values = kValues<Rounding::HalfAwayFromZero>,
                                                    .keys = kKeys,
                                                    .locked = locked_changes});

bool is_invoiced_in_full(const Fields& fields) {
  const auto total = number_at(fields, "totals.grand_total");
  const auto invoiced = number_at(fields, "totals.invoiced");
  if (total && invoiced && invoiced->sign() > 0 && *invoiced >= *total) return true;
  bool any = false;
  for (const std::string_view id : element_ids(fields, "lines")) {
    const LineQuantities line(fields, id);
    const auto ordered = line.at("qty");
    if (!ordered) return false;
    const auto open = subtract(*ordered, line.at("qty_cancelled").value_or(Decimal()));
    const auto of_line = line.at("qty_invoiced").value_or(Decimal());
    if (!open || of_line < *open) return false;
    any = any || of_line.sign() > 0;
  }
  return any;
}

/// The field of a line, "" when the path is elsewhere.
std::string_view line_field(std::string_view path) {
  const auto element = split_element(path);
  return element && element->list == "lines" ? element->field : std::string_view();
}

/// The state, payments and invoicing: they go on when an order is closed.
bool goes_on_when_closed(std::string_view path) {
  return path == "status" || path == "payment_status" || path == "totals.paid" ||
         path == "totals.invoiced" || path.starts_with("state_history[") ||
         path.starts_with("custom.") || line_field(path).starts_with("qty_invoiced.");
}

/// And what the seller reports of the fulfilment: it goes on when an order is invoiced.
bool goes_on_when_invoiced(std::string_view path) {
  const std::string_view field = line_field(path);
  return goes_on_when_closed(path) || path.starts_with("blocks[") ||
         path.starts_with("fulfilments[") || path.starts_with("fulfilment_lines[") ||
         path.starts_with("fulfilment_serials[") || field == "confirmed_date" ||
         field.starts_with("qty_confirmed.") || field.starts_with("qty_shipped.") ||
         field.starts_with("qty_returned.") || field.starts_with("qty_backordered.");
}

/// The product, the prices and the quantity of a line of which something is shipped or invoiced.
void lock_line(const Fields& before, const Fields& after, std::string_view id,
               std::vector<Problem>& problems) {
  const LineQuantities was(before, id);
  const LineQuantities is(after, id);
  const auto done = [&](std::string_view quantity) {
    const auto value = number_at(before, was.path(quantity));
    return value && value->sign() > 0 ? value : std::nullopt;
  };
  const auto shipped = done("qty_shipped");
  const auto invoiced = done("qty_invoiced");
  if (!shipped && !invoiced) return;
  const auto lock = [&](std::string_view field, const std::string& what, bool by_shipment) {
    problems.push_back(
        {.path = element_path("lines", id, field),
         .rule = "locked",
         .message = "cannot be " + what + ": " +
                    (by_shipment ? to_string(*shipped) + " of the line are shipped"
                                 : to_string(*invoiced) + " of the line are invoiced")});
  };
  for (const std::string_view field : {"product", "net_price", "prorate", "qty.unit"}) {
    const Value old_value = was.text(field);
    const Value new_value = is.text(field);
    if (old_value != new_value)
      lock(field, !new_value ? "emptied" : !old_value ? "filled" : "changed", shipped.has_value());
  }
  const Value old_quantity = was.text("qty.value");
  const Value new_quantity = is.text("qty.value");
  if (old_quantity == new_quantity) return;
  const auto quantity = number_at(after, is.path("qty"));
  if (!quantity) return lock("qty.value", "emptied", shipped.has_value());
  // What is counted in another unit than the order is not comparable.
  const bool below_shipped = shipped && was.at("qty_shipped") && *quantity < *shipped;
  const bool below_invoiced = invoiced && was.at("qty_invoiced") && *quantity < *invoiced;
  if (below_shipped || below_invoiced)
    lock("qty.value", "changed from " + old_quantity.value_or("nothing") + " to " + *new_quantity,
         below_shipped);
}

}  // namespace
}  // namespace order_entity

const EntityDescription& description(std::type_identity<Order>) { return order_entity::kOrder; }

std::span<const ValueRule> half_even_rules(std::type_identity<Order>) {
  return order_entity::kValues<Rounding::HalfEven>;
}

std::vector<Problem> locked_changes(const Fields& before, const Fields& after) {
  std::vector<Problem> problems;
  const Value status = get(before, "status");
  if (status == "completed" || status == "cancelled") {
    lock_fields(before, after, order_entity::goes_on_when_closed, "the order is " + *status,
                problems);
    return problems;
  }
  if (order_entity::is_invoiced_in_full(before)) {
    lock_fields(before, after, order_entity::goes_on_when_invoiced, "the order is invoiced",
                problems);
    return problems;
  }
  for (const std::string_view id : element_ids(before, "lines"))
    order_entity::lock_line(before, after, id, problems);
  return problems;
}

}  // namespace channelbridge::model

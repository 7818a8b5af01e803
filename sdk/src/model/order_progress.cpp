#include <algorithm>
#include <map>
#include <set>

#include "channelbridge/model/order.hpp"

namespace channelbridge::model {
namespace {

/// A quantity in the unit of what was ordered; zero when it is not stated.
std::optional<Decimal> in_unit_of(const Quantity& ordered, const Quantity& quantity) {
  if (quantity.unit && ordered.unit && *quantity.unit != *ordered.unit) return std::nullopt;
  return quantity.value.value_or(Decimal());
}

/// What the lines of an order show together.
struct Progress {
  bool any_open{};
  bool any_ordered{};     ///< a quantity above zero
  bool any_taken_back{};  ///< a quantity below zero: a return
  bool any_rejected{};
  bool any_shipped{};
  bool any_confirmed{};
  bool all_shipped{true};
  bool all_confirmed{true};
  bool all_returned{true};
  bool all_delivered{true};
};

/// A return has nothing open either, and is no cancelled order.
bool is_cancelled(const Progress& progress) {
  return !progress.any_open && progress.any_ordered && !progress.any_taken_back;
}

/// The lines of the fulfilments that arrived, by the number of the order's line.
std::map<std::int64_t, std::vector<const Order::FulfilmentLine*>> arrivals(const Order& order) {
  std::set<std::string_view> arrived;
  for (const Order::Fulfilment& fulfilment : order.fulfilments) {
    const bool here =
        fulfilment.status ? *fulfilment.status == "delivered" : fulfilment.delivered_at.has_value();
    if (here && fulfilment.number) arrived.insert(*fulfilment.number);
  }
  std::map<std::int64_t, std::vector<const Order::FulfilmentLine*>> out;
  for (const Order::FulfilmentLine& carried : order.fulfilment_lines) {
    if (carried.line && carried.fulfilment && arrived.contains(*carried.fulfilment))
      out[*carried.line].push_back(&carried);
  }
  return out;
}

/// Nothing when the quantities cannot be added up.
std::optional<Decimal> sum_of(const Quantity& ordered,
                              const std::vector<const Order::FulfilmentLine*>& carried) {
  Decimal sum;
  for (const Order::FulfilmentLine* part : carried) {
    const auto quantity = in_unit_of(ordered, part->qty);
    if (!quantity) return std::nullopt;
    const auto next = add(sum, *quantity);
    if (!next) return std::nullopt;
    sum = *next;
  }
  return sum;
}

std::optional<Progress> progress_of(const Order& order) {
  auto arrived = arrivals(order);
  Progress out;
  for (const Order::Line& line : order.lines) {
    if (!line.qty.value) return std::nullopt;
    const auto cancelled = in_unit_of(line.qty, line.qty_cancelled);
    const auto confirmed = in_unit_of(line.qty, line.qty_confirmed);
    const auto shipped = in_unit_of(line.qty, line.qty_shipped);
    const auto returned = in_unit_of(line.qty, line.qty_returned);
    if (!cancelled || !confirmed || !shipped || !returned) return std::nullopt;
    const auto open = subtract(*line.qty.value, *cancelled);
    if (!open) return std::nullopt;
    const bool rejected = line.reject_reason && shipped->sign() <= 0;
    out.any_rejected = out.any_rejected || rejected;
    out.any_ordered = out.any_ordered || line.qty.value->sign() > 0;
    out.any_taken_back = out.any_taken_back || line.qty.value->sign() < 0;
    if (rejected || open->sign() <= 0) continue;
    out.any_open = true;
    out.any_shipped = out.any_shipped || shipped->sign() > 0;
    out.any_confirmed = out.any_confirmed || confirmed->sign() > 0;
    out.all_shipped = out.all_shipped && *shipped >= *open;
    out.all_confirmed = out.all_confirmed && *confirmed >= *open;
    out.all_returned = out.all_returned && *returned >= *shipped;
    const auto delivered = line.no ? sum_of(line.qty, arrived[*line.no]) : std::optional<Decimal>();
    out.all_delivered = out.all_delivered && delivered && *delivered >= *shipped;
  }
  return out;
}

bool is_being_fulfilled(const Order& order) {
  std::set<std::string_view> active;
  for (const Order::Fulfilment& fulfilment : order.fulfilments) {
    const bool cancelled = fulfilment.status && *fulfilment.status == "cancelled";
    if (fulfilment.number && !cancelled) active.insert(*fulfilment.number);
  }
  return std::any_of(order.fulfilment_lines.begin(), order.fulfilment_lines.end(),
                     [&active](const Order::FulfilmentLine& carried) {
                       return carried.fulfilment && active.contains(*carried.fulfilment);
                     });
}

/// What is open of a line, and how much of it is done; nothing where the two are not comparable.
struct LineFigures {
  Decimal open{};
  Decimal done{};
};
std::optional<LineFigures> figures_of(const Order::Line& line, const Quantity& quantity) {
  const auto cancelled = in_unit_of(line.qty, line.qty_cancelled);
  const auto done = in_unit_of(line.qty, quantity);
  if (!line.qty.value || !quantity.value || !cancelled || !done) return std::nullopt;
  const auto open = subtract(*line.qty.value, *cancelled);
  if (!open) return std::nullopt;
  return LineFigures{*open, *done};
}

/// "line 10 has qty_shipped 3 of 5"
std::string told(const Order::Line& line, std::string_view name, const LineFigures& figures) {
  return "line " + (line.no ? std::to_string(*line.no) : "?") + " has " + std::string(name) + " " +
         to_string(figures.done) + " of " + to_string(figures.open);
}

/// The open lines of goods that fall short; "" where one of them does not state the quantity.
std::string short_lines(const Order& order, std::string_view name,
                        Quantity Order::Line::*quantity) {
  std::string out;
  for (const Order::Line& line : order.lines) {
    if (line.reject_reason || !line.goods.value_or(true)) continue;
    const auto figures = figures_of(line, line.*quantity);
    if (!figures) return "";
    if (figures->done >= figures->open) continue;
    out += (out.empty() ? "" : ", ") + told(line, name, *figures);
  }
  return out;
}

/// The lines of which something is shipped.
std::string shipped_lines(const Order& order) {
  std::string out;
  for (const Order::Line& line : order.lines) {
    const auto figures = figures_of(line, line.qty_shipped);
    if (figures && figures->done.sign() > 0)
      out += (out.empty() ? "" : ", ") + told(line, "qty_shipped", *figures);
  }
  return out;
}

/// Does the state say that goods have left?
bool is_on_its_way(std::string_view status) {
  return status == "partially_shipped" || status == "shipped" || status == "delivered";
}

/// The figures that speak against `status`; "" = none do.
std::string figures_against(const Order& order, std::string_view status, const Progress& progress) {
  if (status == "cancelled" || status == "rejected")
    return progress.any_shipped && !progress.all_returned ? shipped_lines(order) : "";
  if (status == "confirmed") {
    const bool judged = progress.any_open && !progress.any_shipped;
    return judged ? short_lines(order, "qty_confirmed", &Order::Line::qty_confirmed) : "";
  }
  if (!is_on_its_way(status)) return "";
  if (!progress.any_open) return is_cancelled(progress) ? "no line is open" : "";
  const bool enough = status == "partially_shipped" && progress.any_shipped;
  return enough ? "" : short_lines(order, "qty_shipped", &Order::Line::qty_shipped);
}

}  // namespace

std::optional<std::string> state_from_lines(const Order& order) {
  if (order.lines.empty()) return std::nullopt;
  const auto progress = progress_of(order);
  if (!progress) return std::nullopt;
  if (!progress->any_open && progress->any_rejected) return "rejected";
  if (!progress->any_open)
    return is_cancelled(*progress) ? std::optional<std::string>("cancelled") : std::nullopt;
  if (progress->all_shipped)
    return progress->all_returned ? "returned" : progress->all_delivered ? "delivered" : "shipped";
  if (progress->any_shipped) return "partially_shipped";
  if (is_being_fulfilled(order)) return "in_fulfilment";
  if (!progress->any_confirmed) return std::nullopt;
  return progress->all_confirmed && !progress->any_rejected ? "confirmed" : "partially_confirmed";
}

std::optional<std::string> state_against_lines(const Order& order) {
  if (!order.status || order.lines.empty()) return std::nullopt;
  const auto progress = progress_of(order);
  if (!progress) return std::nullopt;
  const std::string& status = order.status->text();
  const std::string figures = figures_against(order, status, *progress);
  if (figures.empty()) return std::nullopt;
  const auto shown = state_from_lines(order);
  return "status is " + status + ", but the lines make it " +
         shown.value_or("no more than ordered") + ": " + figures;
}

}  // namespace channelbridge::model

#include "channelbridge/model/stock_movement.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace channelbridge::model {
namespace {

using Part = StockPart;

/// What a kind adds for each unit, beside what it takes away from the part that the goods are of.
struct Effect {
  StockMovementKind kind{};
  std::string_view name{};
  int on_hand{};
  int reserved{};
  int picked{};
  bool takes_free{true};
  bool takes_reserved{};
  bool takes_picked{};
};

constexpr std::array kEffects{
    Effect{StockMovementKind::Receipt, "receipt", 1, 0, 0},
    Effect{StockMovementKind::Sale, "sale", -1, 0, 0, true, true, true},
    Effect{StockMovementKind::TransferIn, "transfer_in", 1, 0, 0},
    Effect{StockMovementKind::TransferOut, "transfer_out", -1, 0, 0, true, true, true},
    Effect{StockMovementKind::Adjustment, "adjustment", 1, 0, 0},
    Effect{StockMovementKind::Return, "return", 1, 0, 0},
    Effect{StockMovementKind::Pick, "pick", 0, 0, 1, true, true, false},
    Effect{StockMovementKind::Reserve, "reserve", 0, 1, 0},
    Effect{StockMovementKind::Release, "release", 0, 0, 0, false, true, true},
};

const Effect& effect_of_kind(StockMovementKind kind) {
  return *std::find_if(kEffects.begin(), kEffects.end(),
                       [kind](const Effect& effect) { return effect.kind == kind; });
}

bool takes(const Effect& effect, Part from) {
  switch (from) {
    case Part::Free:
      return effect.takes_free;
    case Part::Reserved:
      return effect.takes_reserved;
    case Part::Picked:
      break;
  }
  return effect.takes_picked;
}

std::string_view name_of(Part part) {
  switch (part) {
    case Part::Free:
      return "free";
    case Part::Reserved:
      return "reserved";
    case Part::Picked:
      break;
  }
  return "picked";
}

Error invalid(const StockMovement& movement, const std::string& what) {
  return Error(ErrorCode::Invalid, "stock movement " + movement.id + " " + what)
      .with_key(movement.id);
}

Decimal times(int sign, const Decimal& quantity) {
  if (sign == 0) return {};
  return sign < 0 ? -quantity : quantity;
}

struct Figure {
  std::string_view name{};
  Quantity InventoryPosition::*member{};
};
constexpr std::array kFigures{Figure{"on_hand", &InventoryPosition::on_hand},
                              Figure{"reserved", &InventoryPosition::reserved},
                              Figure{"picked", &InventoryPosition::picked},
                              Figure{"available", &InventoryPosition::available}};

bool is_of(const StockMovement& movement, const InventoryPosition& position) {
  return movement.holder == position.holder && movement.location == position.location &&
         movement.product == position.product && movement.lot == position.lot;
}

/// The movements that count, each once. They go by id, so that no sum depends on their arrival.
Result<std::vector<const StockMovement*>> chosen(const InventoryPosition& count,
                                                 std::span<const StockMovement> movements,
                                                 std::optional<Timestamp> until) {
  std::map<std::string_view, const StockMovement*> by_id;
  for (const StockMovement& movement : movements) {
    if (movement.holder != count.holder) continue;  // another holder's ids are others
    if (movement.id.empty()) return Error(ErrorCode::Invalid, "a stock movement has no id");
    const auto [known, is_new] = by_id.emplace(movement.id, &movement);
    if (!is_new && *known->second != movement)
      return invalid(movement, "is told twice, and not the same: a correction is a movement too");
  }
  std::vector<const StockMovement*> out;
  for (const auto& entry : by_id) {
    const StockMovement& movement = *entry.second;
    const bool since = movement.at > *count.as_of && (!until || movement.at <= *until);
    if (since && is_of(movement, count)) out.push_back(&movement);
  }
  return out;
}

Result<void> move_figure(Quantity& figure, const Decimal& change, const StockMovement& movement) {
  if (!figure.value || change.is_zero()) return {};
  if (figure.unit != movement.quantity.unit)
    return invalid(movement, "is in another unit than the count");
  auto sum = add(*figure.value, change);
  if (!sum) return std::move(sum).error();
  figure.value = *sum;
  return {};
}

/// What a movement leaves for others to buy.
Result<Decimal> free_change(const StockEffect& effect) {
  auto left = subtract(effect.on_hand, effect.reserved);
  return left ? subtract(*left, effect.picked) : left;
}

Result<void> apply(InventoryPosition& position, const StockMovement& movement) {
  const auto effect = effect_of(movement);
  if (!effect) return effect.error();
  const auto available = free_change(*effect);
  if (!available) return available.error();
  const std::array changes{effect->on_hand, effect->reserved, effect->picked, *available};
  for (std::size_t i = 0; i < kFigures.size(); ++i) {
    if (auto moved = move_figure(position.*kFigures[i].member, changes[i], movement); !moved)
      return moved;
  }
  position.as_of = std::max(*position.as_of, movement.at);
  position.source_kind = "calculated";
  return {};
}

Error not_comparable(const std::string& why) {
  return Error(ErrorCode::Invalid, "two counts of stock cannot be compared: " + why);
}

Result<void> can_be_compared(const InventoryPosition& last, const InventoryPosition& counted) {
  const bool same = last.holder == counted.holder && last.location == counted.location &&
                    last.product == counted.product && last.lot == counted.lot;
  if (!same) return not_comparable("they are of different holders, places, products or lots");
  if (!last.as_of || !counted.as_of) return not_comparable("one has no as_of");
  if (*counted.as_of < *last.as_of)
    return not_comparable("the new one of " + to_iso8601(*counted.as_of) +
                          " is older than the last one of " + to_iso8601(*last.as_of));
  return {};
}

}  // namespace

std::optional<StockMovementKind> stock_movement_kind(std::string_view code) {
  for (const Effect& effect : kEffects)
    if (effect.name == code) return effect.kind;
  return std::nullopt;
}

std::string_view to_string(StockMovementKind kind) { return effect_of_kind(kind).name; }

Result<StockEffect> effect_of(const StockMovement& movement) {
  if (!movement.quantity.value) return invalid(movement, "has no quantity");
  const Decimal quantity = *movement.quantity.value;
  const Effect& effect = effect_of_kind(movement.kind);
  if (quantity.sign() < 0 && movement.kind != StockMovementKind::Adjustment)
    return invalid(movement, "is a " + std::string(effect.name) + " of " + to_string(quantity) +
                                 ": only an adjustment goes below zero");
  if (!takes(effect, movement.from))
    return invalid(movement, "is a " + std::string(effect.name) + " of goods that are " +
                                 std::string(name_of(movement.from)));
  const int reserved = effect.reserved - (movement.from == Part::Reserved ? 1 : 0);
  const int picked = effect.picked - (movement.from == Part::Picked ? 1 : 0);
  return StockEffect{.on_hand = times(effect.on_hand, quantity),
                     .reserved = times(reserved, quantity),
                     .picked = times(picked, quantity)};
}

Result<InventoryPosition> after_movements(const InventoryPosition& count,
                                          std::span<const StockMovement> movements,
                                          std::optional<Timestamp> until) {
  if (!count.as_of || !count.on_hand.value)
    return Error(ErrorCode::Invalid, "a count of stock has no as_of or no on_hand");
  const auto all = chosen(count, movements, until);
  if (!all) return all.error();
  InventoryPosition position = count;
  for (const StockMovement* movement : *all) {
    if (auto applied = apply(position, *movement); !applied) return std::move(applied).error();
  }
  return position;
}

bool StockReport::agrees() const {
  return std::all_of(figures.begin(), figures.end(),
                     [](const StockDifference& figure) { return figure.difference.is_zero(); });
}

Result<StockReport> reconcile(const InventoryPosition& last,
                              std::span<const StockMovement> movements,
                              const InventoryPosition& counted) {
  if (auto fine = can_be_compared(last, counted); !fine) return std::move(fine).error();
  const auto expected = after_movements(last, movements, counted.as_of);
  if (!expected) return expected.error();
  StockReport report{.holder = counted.holder,
                     .location = counted.location,
                     .product = counted.product,
                     .lot = counted.lot,
                     .since = *last.as_of,
                     .until = *counted.as_of};
  const bool rest_stayed = last.held == counted.held && last.safety_stock == counted.safety_stock;
  for (const Figure& figure : kFigures) {
    if (figure.member == &InventoryPosition::available && !rest_stayed) continue;
    const Quantity& should = *expected.*figure.member;
    const Quantity& is = counted.*figure.member;
    if (!should.value || !is.value) continue;
    if (should.unit != is.unit) return not_comparable("their units of " + std::string(figure.name));
    const auto difference = subtract(*is.value, *should.value);
    if (!difference) return difference.error();
    report.figures.push_back({.figure = std::string(figure.name),
                              .unit = is.unit,
                              .expected = *should.value,
                              .counted = *is.value,
                              .difference = *difference});
  }
  return report;
}

}  // namespace channelbridge::model

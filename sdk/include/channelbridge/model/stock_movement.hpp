#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/decimal.hpp"
#include "channelbridge/model/inventory_position.hpp"

/// What moves stock between two counts, and whether the next count agrees with it.
///
///     auto report = reconcile(last_count, movements, new_count);
///     if (report && !report->agrees()) ask_the_warehouse(*report);
///
/// Functions are pure: any thread. Nothing depends on the order in which movements arrive, and one
/// that arrives again counts once.
namespace channelbridge::model {

enum class StockMovementKind : std::uint8_t {
  Receipt,
  Sale,
  TransferIn,
  TransferOut,
  Adjustment,  ///< the only one whose quantity may be below zero
  Return,      ///< of goods by their buyer
  Pick,
  Reserve,
  Release,
};

/// "transfer_in"; nothing for a word that is no kind.
std::optional<StockMovementKind> stock_movement_kind(std::string_view code);
std::string_view to_string(StockMovementKind kind);

/// How goods stand that a movement takes. What is reserved is not picked, and neither is free.
enum class StockPart : std::uint8_t { Free, Reserved, Picked };

/// One movement of goods in one position.
struct StockMovement {
  std::string id{};  ///< by which its holder tells it from others
  StockMovementKind kind{};
  Quantity quantity{};
  /// A sale or a transfer may take goods of any part, a pick those that are free or reserved; a
  /// release says what it frees.
  StockPart from{};
  Timestamp at{};
  std::optional<Reference> holder{};
  InventoryPosition::Location location{};
  std::optional<Reference> product{};
  std::optional<std::string> lot{};

  friend bool operator==(const StockMovement&, const StockMovement&) = default;
};

/// What a movement adds to the figures of its position, in its own unit.
struct StockEffect {
  Decimal on_hand{};
  Decimal reserved{};
  Decimal picked{};

  friend bool operator==(const StockEffect&, const StockEffect&) = default;
};

/// Invalid: no quantity, one below zero where the kind knows none, or goods taken of a part that
/// the kind does not take from.
Result<StockEffect> effect_of(const StockMovement& movement);

/// The position after the movements of it that are younger than its `as_of` and, where `until` is
/// given, no younger than that; what is older is in the count already.
///
/// Moves    on_hand, reserved, picked, and available by what they leave. What the count does not
///          state stays unknown. Serial numbers stay those of the count.
/// Result   as_of of the last movement, source_kind "calculated"; without one the count itself
/// Invalid  a count without as_of or on_hand; two movements of one holder that share an id and
///          differ; a movement without an id, or in another unit than the figure that it moves
Result<InventoryPosition> after_movements(const InventoryPosition& count,
                                          std::span<const StockMovement> movements,
                                          std::optional<Timestamp> until = std::nullopt);

/// One figure of a count beside what it should be.
struct StockDifference {
  std::string figure{};  ///< "on_hand"
  std::optional<Unit> unit{};
  Decimal expected{};
  Decimal counted{};
  Decimal difference{};  ///< counted - expected: below zero when goods are missing

  friend bool operator==(const StockDifference&, const StockDifference&) = default;
};

/// The new count of a position beside the last one and what has moved since.
struct StockReport {
  std::optional<Reference> holder{};
  InventoryPosition::Location location{};
  std::optional<Reference> product{};
  std::optional<std::string> lot{};
  Timestamp since{};
  Timestamp until{};
  std::vector<StockDifference> figures{};  ///< all that were compared

  bool agrees() const;
};

/// Compares on_hand, reserved, picked and available where both counts state them; available only
/// while what is held and the safety stock have stayed, of which no movement speaks.
///
/// Invalid  counts of two positions, or in two units; a new count that is older than the last one;
///          what after_movements() refuses
Result<StockReport> reconcile(const InventoryPosition& last,
                              std::span<const StockMovement> movements,
                              const InventoryPosition& counted);

}  // namespace channelbridge::model

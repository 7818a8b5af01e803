#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// What one holder has of a product in one place at one time: stock of the vendor, a distributor or
/// a dealer; of licences, a pool of keys.
struct InventoryPosition {
  struct Location {
    std::optional<std::string> warehouse_code{};
    std::optional<std::string> bin{};
    friend bool operator==(const Location&, const Location&) = default;
  };
  struct Serial {
    std::optional<std::string> value{};
    friend bool operator==(const Serial&, const Serial&) = default;
  };

  std::optional<Reference> holder{};
  Location location{};
  std::optional<Reference> product{};
  std::optional<std::string> lot{};
  std::vector<Element<Serial>> serials{};
  Quantity on_hand{};
  Quantity reserved{};
  Quantity picked{};
  Quantity held{};
  Quantity available{};  ///< on_hand - reserved - picked - held - safety_stock
  Quantity incoming{};
  Quantity in_transfer{};
  Quantity safety_stock{};
  std::optional<Timestamp> as_of{};
  std::optional<Code> source_kind{};
  CustomFields custom{};

  friend bool operator==(const InventoryPosition&, const InventoryPosition&) = default;
};

const EntityDescription& description(std::type_identity<InventoryPosition>);

}  // namespace channelbridge::model

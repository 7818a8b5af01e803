#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A part of the market: which customers and goods it takes in, and how many partners share it.
struct Territory {
  /// As they are written; both inside.
  struct PostalRange {
    std::optional<std::string> from{};
    std::optional<std::string> to{};
    friend bool operator==(const PostalRange&, const PostalRange&) = default;
  };
  /// What matches all that is stated here. Of several named accounts each has an area of its own.
  struct Area {
    std::optional<Country> country{};
    std::optional<std::string> region{};  ///< ISO 3166-2 where known, else as written
    PostalRange postal_range{};
    std::optional<Code> industry{};
    std::optional<Reference> account{};
    std::optional<std::string> product_family{};
    friend bool operator==(const Area&, const Area&) = default;
  };

  std::optional<std::string> code{};
  std::optional<std::string> name{};
  std::optional<Reference> parent{};
  std::vector<Element<Area>> include{};
  std::vector<Element<Area>> exclude{};
  std::optional<Code> exclusivity{};
  std::optional<std::int64_t> max_partners{};
  std::optional<Reference> default_distributor{};
  std::optional<Reference> manager{};
  Period valid{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Territory&, const Territory&) = default;
};

const EntityDescription& description(std::type_identity<Territory>);

}  // namespace channelbridge::model

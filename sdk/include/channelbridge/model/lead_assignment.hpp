#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// One offer of a lead to one partner, and what became of it.
struct LeadAssignment {
  struct Decline {
    std::optional<Code> reason{};
    std::optional<std::string> note{};
    friend bool operator==(const Decline&, const Decline&) = default;
  };
  struct FirstContact {
    std::optional<Timestamp> at{};
    std::optional<Timestamp> due{};
    friend bool operator==(const FirstContact&, const FirstContact&) = default;
  };

  std::optional<Reference> lead{};
  std::optional<Reference> partner{};
  std::optional<Reference> contact{};
  std::optional<std::string> rule{};  ///< name of the routing rule that chose the partner
  std::optional<std::int64_t> sequence{};
  std::optional<Timestamp> offered_at{};
  std::optional<Timestamp> respond_by{};
  std::optional<Timestamp> responded_at{};
  std::optional<Code> outcome{};
  Decline decline{};
  FirstContact first_contact{};
  std::optional<Timestamp> feedback_due{};
  std::optional<std::int64_t> score_at_assignment{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const LeadAssignment&, const LeadAssignment&) = default;
};

const EntityDescription& description(std::type_identity<LeadAssignment>);

}  // namespace channelbridge::model

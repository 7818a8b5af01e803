#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A person who works for a partner.
struct PartnerContact {
  std::optional<Reference> partner{};
  std::optional<std::string> first_name{};
  std::optional<std::string> last_name{};
  std::optional<Email> email{};
  std::optional<Phone> phone{};
  std::optional<Phone> mobile{};
  std::optional<std::string> job_title{};
  std::optional<Code> function{};
  std::optional<Code> portal_role{};
  std::optional<Reference> reports_to{};
  std::vector<Element<Consent>> consents{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const PartnerContact&, const PartnerContact&) = default;
};

const EntityDescription& description(std::type_identity<PartnerContact>);

}  // namespace channelbridge::model

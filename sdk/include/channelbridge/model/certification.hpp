#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/partner_contact.hpp"
#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// What a person of a partner, or the partner itself, has been examined in.
struct Certification {
  std::optional<Reference> partner{};
  std::optional<Reference> contact{};  ///< none: the company's own
  std::optional<std::string> curriculum_code{};
  std::optional<Code> kind{};
  std::optional<std::string> product_family{};
  std::optional<Code> level{};
  std::optional<Decimal> score{};
  std::optional<Timestamp> passed_at{};
  Period valid{};
  std::optional<std::string> issuer{};
  std::optional<std::string> certificate_number{};  ///< as the issuer gave it
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Certification&, const Certification&) = default;
};

const EntityDescription& description(std::type_identity<Certification>);

/// Does it count for its partner on that day: passed, within a validity whose first day is known,
/// and held by somebody who has not left. One that is about to expire is valid all the same.
/// `contact`: the person of the certification; null where it is the company's own.
bool counts(const Certification& certification, const PartnerContact* contact, const Date& on);

}  // namespace channelbridge::model

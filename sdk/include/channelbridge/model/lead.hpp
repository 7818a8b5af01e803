#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// Someone who may buy: captured by the vendor, dispatched to a partner, converted into an
/// opportunity.
struct Lead {
  struct Company {
    std::optional<std::string> name{};
    friend bool operator==(const Company&, const Company&) = default;
  };
  /// Hidden from the partner until the lead is accepted, unless configured otherwise.
  struct Contact {
    std::optional<std::string> first_name{};
    std::optional<std::string> last_name{};
    std::optional<std::string> job_title{};
    std::optional<Email> email{};
    std::optional<Phone> phone{};
    friend bool operator==(const Contact&, const Contact&) = default;
  };
  struct ProductInterest {
    std::optional<std::int64_t> no{};  ///< line number, an ordinary field
    std::optional<Reference> product{};
    Quantity quantity{};
    friend bool operator==(const ProductInterest&, const ProductInterest&) = default;
  };
  /// Budget, authority, need, timing: what was found out about each.
  struct Bant {
    std::optional<std::string> budget{};
    std::optional<std::string> authority{};
    std::optional<std::string> need{};
    std::optional<std::string> timing{};
    friend bool operator==(const Bant&, const Bant&) = default;
  };
  struct Qualification {
    Bant bant{};
    std::optional<std::string> note{};
    std::optional<std::string> by{};
    std::optional<Timestamp> at{};
    friend bool operator==(const Qualification&, const Qualification&) = default;
  };
  struct Converted {
    std::optional<Reference> opportunity{};
    std::optional<Reference> account{};
    std::optional<Reference> contact{};
    std::optional<Timestamp> at{};
    friend bool operator==(const Converted&, const Converted&) = default;
  };

  std::optional<std::string> number{};
  std::optional<std::string> topic{};
  Company company{};
  Contact contact{};
  Address address{};
  std::optional<Reference> customer{};  ///< the account, where it is known already
  std::optional<Code> source{};
  std::optional<Reference> campaign{};
  std::optional<Timestamp> received_at{};
  std::vector<Element<ProductInterest>> product_interest{};
  Money budget{};
  Money estimated_value{};
  std::optional<Code> time_frame{};
  std::optional<Code> rating{};
  std::optional<std::int64_t> score{};
  std::optional<Reference> territory{};
  std::optional<Reference> assigned_partner{};
  std::optional<Reference> assignment{};  ///< the current LeadAssignment
  std::optional<Code> status{};
  Qualification qualification{};
  std::optional<Code> lost_reason{};
  Converted converted{};
  std::vector<Element<Consent>> consents{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Lead&, const Lead&) = default;
};

const EntityDescription& description(std::type_identity<Lead>);

}  // namespace channelbridge::model

#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A partner programme. Who has which level of it stands with the partner: Partner::programs.
struct PartnerProgram {
  struct PartnerTypeEntry {
    std::optional<Code> code{};
    friend bool operator==(const PartnerTypeEntry&, const PartnerTypeEntry&) = default;
  };

  /// A partner that is enrolled, where the programme itself says so (programmes for marketing
  /// funds, which have no levels).
  struct Participant {
    std::optional<Reference> partner{};
    Period valid{};
    friend bool operator==(const Participant&, const Participant&) = default;
  };

  std::optional<std::string> code{};
  std::optional<std::string> name{};
  Period period{};
  std::optional<std::string> description{};
  std::vector<Element<PartnerTypeEntry>> partner_types{};
  std::vector<Element<Participant>> participants{};
  CustomFields custom{};

  friend bool operator==(const PartnerProgram&, const PartnerProgram&) = default;
};

const EntityDescription& description(std::type_identity<PartnerProgram>);

/// A level of a programme: what it asks of a partner and what it gives.
struct ProgramTier {
  /// "revenue ge 500000 EUR a year"
  struct Condition {
    std::optional<Code> metric{};
    std::optional<Code> op{};
    std::optional<Decimal> value{};
    std::optional<Currency> currency{};  ///< of a value that is money
    std::optional<Code> period{};        ///< what the metric is taken over
    friend bool operator==(const Condition&, const Condition&) = default;
  };
  struct Benefits {
    std::optional<Percent> base_margin{};
    std::optional<Percent> mdf_accrual{};
    std::optional<std::int64_t> lead_priority{};
    std::optional<Percent> discount_cap{};
    std::optional<Code> support_level{};
    friend bool operator==(const Benefits&, const Benefits&) = default;
  };

  std::optional<Reference> program{};
  std::optional<std::string> name{};
  std::optional<std::int64_t> rank{};  ///< 1 is the lowest
  std::vector<Element<Condition>> requirements{};
  Benefits benefits{};
  CustomFields custom{};

  friend bool operator==(const ProgramTier&, const ProgramTier&) = default;
};

const EntityDescription& description(std::type_identity<ProgramTier>);

}  // namespace channelbridge::model

#pragma once

#include "channelbridge/model/describe.hpp"

namespace channelbridge::model {

/// One step of a record through its states. The hub appends one for every transition.
struct StateChange {
  std::optional<Code> from{};
  std::optional<Code> to{};
  std::optional<Timestamp> at{};
  std::optional<std::string> by{};  ///< who: an actor or "adapter:<system>"
  std::optional<Code> reason{};
  std::optional<std::string> comment{};

  friend bool operator==(const StateChange&, const StateChange&) = default;
};

/// What a person agreed to (GDPR, PIPL).
struct Consent {
  std::optional<Code> purpose{};
  std::optional<bool> granted{};
  std::optional<Timestamp> at{};

  friend bool operator==(const Consent&, const Consent&) = default;
};

/// A party of a document: who it is, and the name and address that it had when the document was
/// made, so that its history does not change with the partner.
struct Party {
  std::optional<Reference> partner{};
  std::optional<std::string> name{};
  Address address{};

  friend bool operator==(const Party&, const Party&) = default;
};

inline constexpr auto kStateChangeRows = rows<StateChange>(
    field<&StateChange::from>("from"), field<&StateChange::to>("to", {.required = true}),
    field<&StateChange::at>("at", {.required = true}),
    field<&StateChange::by>("by", {.required = true, .max_length = 120}),
    field<&StateChange::reason>("reason"),
    field<&StateChange::comment>("comment", {.max_length = 1000}));

inline constexpr auto kConsentRows = rows<Consent>(
    field<&Consent::purpose>("purpose", {.required = true, .max_length = 80}),
    field<&Consent::granted>("granted", {.required = true}), field<&Consent::at>("at"));

inline constexpr auto kPartyRows =
    rows<Party>(field<&Party::partner>("partner", {.refers_to = "partner"}),
                field<&Party::name>("name", {.max_length = 255}),
                group<&Party::address>("address", kAddressRows));

/// An amount of a document, in the document's currency.
inline constexpr FieldOptions kAmount{.precision = 19, .scale = 4};
/// A price of one unit: it is not rounded to the minor unit.
inline constexpr FieldOptions kUnitPrice{.precision = 19, .scale = 6};

}  // namespace channelbridge::model

#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// Any company in the channel; with roles also a customer or the vendor itself.
struct Partner {
  struct Role {
    std::optional<Code> code{};
    friend bool operator==(const Role&, const Role&) = default;
  };
  /// A distributor that supplies this partner, for all goods or for a region or family.
  struct Supply {
    std::optional<Reference> partner{};
    std::optional<std::int64_t> priority{};
    std::optional<std::string> region{};
    std::optional<std::string> product_family{};
    friend bool operator==(const Supply&, const Supply&) = default;
  };
  /// Scheme: ISO 6523 ICD or Peppol EAS; USCC, for which neither has a number. Checked are 0060
  /// DUNS, 0088 GLN, 0199 LEI, 0007 SE organisation, 9959 EIN, USCC and the VAT numbers of the EU
  /// and the United Kingdom (9930 DE, 9945 PL, …), with or without the letters of their country:
  /// check digits of DE, PL and SE, the form of the others.
  struct Identifier {
    std::optional<Code> scheme{};
    std::optional<std::string> value{};
    friend bool operator==(const Identifier&, const Identifier&) = default;
  };
  struct PartnerAddress : Address {
    std::optional<Code> kind{};
    friend bool operator==(const PartnerAddress&, const PartnerAddress&) = default;
  };
  struct PhoneEntry {
    std::optional<Code> kind{};
    std::optional<Phone> number{};
    friend bool operator==(const PhoneEntry&, const PhoneEntry&) = default;
  };
  struct EmailEntry {
    std::optional<Code> kind{};
    std::optional<Email> address{};
    friend bool operator==(const EmailEntry&, const EmailEntry&) = default;
  };
  /// Scheme: ISIC, NACE, NAICS or SIC.
  struct Industry {
    std::optional<Code> scheme{};
    std::optional<Code> code{};
    friend bool operator==(const Industry&, const Industry&) = default;
  };
  struct Segment {
    std::optional<Code> code{};
    friend bool operator==(const Segment&, const Segment&) = default;
  };
  struct TerritoryEntry {
    std::optional<Reference> territory{};
    friend bool operator==(const TerritoryEntry&, const TerritoryEntry&) = default;
  };
  struct Name {
    std::optional<std::string> name{};
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct ChecklistItem {
    std::optional<Code> code{};
    std::optional<Date> due{};
    std::optional<Date> done{};
    std::optional<std::string> by{};
    friend bool operator==(const ChecklistItem&, const ChecklistItem&) = default;
  };
  struct Onboarding {
    std::optional<Date> started{};
    std::optional<Date> completed{};
    std::vector<Element<ChecklistItem>> checklist{};
    friend bool operator==(const Onboarding&, const Onboarding&) = default;
  };
  /// Membership in a partner programme. A change of tier ends one and begins another.
  struct Membership {
    std::optional<Reference> program{};
    std::optional<Reference> tier{};
    Period valid{};
    std::optional<Code> status{};
    std::optional<Date> next_review{};
    friend bool operator==(const Membership&, const Membership&) = default;
  };

  std::optional<std::string> partner_number{};
  std::optional<std::string> name{};
  std::optional<std::string> legal_name{};
  std::vector<Element<Role>> roles{};
  std::optional<Code> partner_type{};
  std::optional<Code> tier_role{};
  std::optional<Reference> parent{};
  std::vector<Element<Supply>> distributors{};
  std::vector<Element<Identifier>> identifiers{};
  std::vector<Element<PartnerAddress>> addresses{};
  std::vector<Element<PhoneEntry>> phones{};
  std::vector<Element<EmailEntry>> emails{};
  std::optional<WebAddress> website{};
  std::optional<Currency> currency{};
  std::optional<Language> language{};
  std::optional<ZoneName> time_zone{};
  std::vector<Element<Industry>> industries{};
  std::vector<Element<Segment>> segments{};
  std::vector<Element<TerritoryEntry>> territories{};
  std::optional<Reference> channel_manager{};
  std::vector<Element<Name>> complementary_products{};
  std::vector<Element<Name>> own_brands{};
  std::vector<Element<Name>> competing_brands{};
  std::optional<Decimal> weight{};  ///< share in lead rotation, 0 = none
  Money credit_limit{};
  std::optional<Code> payment_terms{};
  std::optional<Code> price_group{};
  std::optional<Code> status{};
  Onboarding onboarding{};
  std::vector<Element<Membership>> programs{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Partner&, const Partner&) = default;
};

const EntityDescription& description(std::type_identity<Partner>);

}  // namespace channelbridge::model

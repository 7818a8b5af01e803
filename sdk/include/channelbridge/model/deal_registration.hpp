#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A partner's claim to a deal that it has found: reviewed by the vendor, then protected for a
/// time.
struct DealRegistration {
  struct Submitted {
    std::optional<Reference> by{};
    std::optional<Timestamp> at{};
    friend bool operator==(const Submitted&, const Submitted&) = default;
  };
  /// Scheme as in Partner::Identifier.
  struct TaxId {
    std::optional<Code> scheme{};
    std::optional<std::string> value{};
    friend bool operator==(const TaxId&, const TaxId&) = default;
  };
  struct EndCustomer : Party {
    std::optional<WebAddress> website{};
    TaxId tax_id{};
    friend bool operator==(const EndCustomer&, const EndCustomer&) = default;
  };
  struct Line {
    std::optional<Reference> product{};
    std::optional<std::string> product_family{};  ///< what is protected; of the product
    Quantity quantity{};
    std::optional<Decimal> unit_price{};
    std::optional<Decimal> amount{};
    std::optional<Currency> currency{};  ///< of both
    friend bool operator==(const Line&, const Line&) = default;
  };
  /// Meeting notes, a request for proposals: the file itself stays where it is.
  struct Attachment {
    std::optional<std::string> name{};
    std::optional<std::string> file{};
    std::optional<std::string> hash{};
    std::optional<std::string> uploaded_by{};
    std::optional<Timestamp> at{};
    friend bool operator==(const Attachment&, const Attachment&) = default;
  };
  struct Benefit {
    std::optional<Percent> extra_discount{};
    std::optional<Reference> special_price_list{};
    friend bool operator==(const Benefit&, const Benefit&) = default;
  };
  struct Decision {
    std::optional<std::string> by{};
    std::optional<Timestamp> at{};
    std::optional<Code> reason{};
    std::optional<std::string> comment{};
    Benefit benefit{};
    std::optional<std::string> authorisation_number{};
    friend bool operator==(const Decision&, const Decision&) = default;
  };
  /// Of a protection; at most two are approved.
  struct Extension {
    std::optional<Timestamp> requested_at{};
    std::optional<std::int64_t> days{};
    std::optional<Code> decision{};  ///< empty while it is open
    friend bool operator==(const Extension&, const Extension&) = default;
  };
  /// A deal that may be the same one, and the rule that found it.
  struct Duplicate {
    std::optional<Reference> deal_registration{};
    std::optional<Reference> opportunity{};
    std::optional<std::int64_t> score{};
    std::optional<std::string> rule{};
    friend bool operator==(const Duplicate&, const Duplicate&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Reference> partner{};
  std::optional<Reference> distributor{};
  Submitted submitted{};
  EndCustomer end_customer{};
  std::optional<std::string> project_name{};
  std::optional<std::string> description{};
  std::optional<Code> kind{};
  std::vector<Element<Line>> lines{};
  Money estimated_value{};
  std::optional<Date> expected_close{};
  std::vector<Element<Attachment>> evidence{};
  std::optional<Code> requested_benefit{};
  std::optional<Code> status{};
  std::optional<Code> status_reason{};
  Decision decision{};
  Period protection{};
  std::vector<Element<Extension>> extensions{};
  std::vector<Element<Duplicate>> duplicates{};
  std::optional<bool> shared{};  ///< the vendor lets several partners register this deal
  std::optional<Reference> opportunity{};
  /// The first complete submission: first come, first served.
  std::optional<Timestamp> first_valid_at{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const DealRegistration&, const DealRegistration&) = default;
};

const EntityDescription& description(std::type_identity<DealRegistration>);

}  // namespace channelbridge::model

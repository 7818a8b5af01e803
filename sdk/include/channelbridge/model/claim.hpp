#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "channelbridge/model/fund_request.hpp"

namespace channelbridge::model {

/// A partner asks for money that it has spent, or that a price was lowered by, with proof. Amounts
/// are in the claim's currency.
///
/// A claim that is paid may still be corrected, like one that is settled: a payment bounces, and
/// systems that pay take the settlement back then.
struct Claim {
  /// A line of a report that the claim is for.
  struct SellThroughLine {
    std::optional<Reference> report{};
    std::optional<std::int64_t> line{};  ///< its number
    friend bool operator==(const SellThroughLine&, const SellThroughLine&) = default;
  };
  /// From the claim's currency to the fund's.
  struct Fx {
    std::optional<Currency> currency{};  ///< the fund's
    std::optional<Decimal> rate{};       ///< what one unit of the claim's currency is in it
    std::optional<Date> date{};
    std::optional<std::string> source{};       ///< who stated the rate: a bank, a contract
    std::optional<Decimal> approved_amount{};  ///< in the fund's currency
    friend bool operator==(const Fx&, const Fx&) = default;
  };
  struct SupplierInvoice {
    std::optional<std::string> no{};
    std::optional<Date> date{};
    friend bool operator==(const SupplierInvoice&, const SupplierInvoice&) = default;
  };
  /// One expense: what a supplier billed, and what of it is claimed and granted.
  struct Line {
    std::optional<std::int64_t> no{};
    std::optional<Code> expense_type{};
    std::optional<std::string> description{};
    SupplierInvoice invoice{};
    std::optional<std::string> vendor_name{};  ///< the supplier's
    std::optional<Decimal> net{};
    std::optional<Decimal> tax{};
    std::optional<Decimal> claimed{};
    std::optional<Percent> share_pct{};
    std::optional<Decimal> approved{};
    std::optional<Code> decision{};
    std::optional<Code> reason{};  ///< why less is approved than was claimed
    friend bool operator==(const Line&, const Line&) = default;
  };
  /// One proof. It is known by its hash: the same file twice is one proof.
  struct Evidence {
    std::optional<Code> evidence_type{};
    std::optional<std::string> file{};
    std::optional<std::string> hash{};
    std::optional<std::string> uploaded_by{};
    std::optional<Timestamp> at{};
    std::optional<Code> verdict{};  ///< empty while nobody has looked
    friend bool operator==(const Evidence&, const Evidence&) = default;
  };
  struct Decision {
    std::optional<std::string> by{};
    std::optional<Timestamp> at{};
    std::optional<Code> decision{};
    std::optional<Decimal> amount{};
    std::optional<std::string> comment{};
    friend bool operator==(const Decision&, const Decision&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Code> kind{};
  std::optional<Reference> request{};
  std::optional<Reference> fund{};
  std::optional<Reference> partner{};
  std::optional<Reference> budget{};
  std::optional<Reference> agreement{};
  std::vector<Element<SellThroughLine>> sell_through_lines{};
  std::optional<Currency> currency{};
  std::optional<Decimal> claimed_amount{};
  std::optional<Decimal> eligible_amount{};
  std::optional<Decimal> approved_amount{};
  Fx fx{};
  Period activity_period{};
  Period performed_on{};
  std::vector<Element<Line>> lines{};
  std::vector<Element<FundRequest::RequiredEvidence>> required_evidence{};  ///< as of the request
  std::vector<Element<Evidence>> evidence{};
  std::optional<Code> tax_treatment{};
  std::optional<Code> settlement_preference{};
  std::vector<Element<Decision>> decisions{};
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Claim&, const Claim&) = default;
};

const EntityDescription& description(std::type_identity<Claim>);

/// A kind of proof of which a claim has less than it needs.
struct LackingEvidence {
  std::string type{};  ///< a code of evidence_type
  Decimal required{};  ///< files
  std::size_t there{};

  friend bool operator==(const LackingEvidence&, const LackingEvidence&) = default;
};

/// What a claim lacks of the proof that it, or its request (none: no fields), asks for; where both
/// name a kind, the larger number counts. The same file is one proof, however often it is there; a
/// rejected one is none. Pure: any thread.
std::vector<LackingEvidence> lacking_evidence(const Fields& claim, const Fields& request = {});

/// A supplier's invoice that a claim asks money for.
struct ClaimedInvoice {
  std::string key{};       ///< as invoices are compared: supplier and number in one form
  std::string supplier{};  ///< as the claim writes it, like the number
  std::string number{};
  std::optional<Decimal> claimed{};  ///< of its line

  friend bool operator==(const ClaimedInvoice&, const ClaimedInvoice&) = default;
};

/// By which records of claims are found: the network key whose values are those of `key` above.
inline constexpr std::string_view kInvoiceKey = "supplier_invoice";

/// The invoices of lines that are not denied, in the order of their paths; none of a claim that is
/// rejected, withdrawn or taken back. A line without supplier or number names none. Pure: any
/// thread.
std::vector<ClaimedInvoice> claimed_invoices(const Fields& claim);

/// What was decided or withdrawn stays as it is: every field that differs, with the reason. The
/// state, its history, further decisions and custom fields go on, and what a granted claim does not
/// say yet of its decision (the amounts, of the lines also decision and reason) may be filled in
/// where the amount that it grants stays. Proof may be added, by another hash than what is there,
/// until the claim is settled. Both are complete records.
std::vector<Problem> changes_of_decided(const Fields& before, const Fields& after);

}  // namespace channelbridge::model

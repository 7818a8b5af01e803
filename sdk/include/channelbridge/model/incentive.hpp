#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A plan by which partners earn beside their margin: commissions, rebates, bonuses. Amounts are of
/// its currency. See commissioning.hpp for what it makes of a sale.
struct Incentive {
  /// Without any of them: every partner.
  struct PartnerScope {
    std::optional<Reference> partner{};
    std::optional<Reference> tier{};
    std::optional<Reference> program{};
    std::optional<Reference> territory{};
    friend bool operator==(const PartnerScope&, const PartnerScope&) = default;
  };
  struct ScopeProduct {
    std::optional<Reference> product{};
    friend bool operator==(const ScopeProduct&, const ScopeProduct&) = default;
  };
  struct ScopeFamily {
    std::optional<std::string> family{};
    friend bool operator==(const ScopeFamily&, const ScopeFamily&) = default;
  };
  /// Without products and families: everything.
  struct ProductScope {
    std::vector<Element<ScopeProduct>> products{};
    std::vector<Element<ScopeFamily>> families{};
    friend bool operator==(const ProductScope&, const ProductScope&) = default;
  };
  /// A band of the plan's metric: from this figure on, and up to, not including, the other one.
  /// Empty: from zero, up to where the next band begins.
  struct Rate {
    std::optional<Decimal> from{};
    std::optional<Decimal> to{};
    std::optional<Percent> pct{};
    std::optional<Decimal> money_per_unit{};  ///< instead of pct, where units are counted
    friend bool operator==(const Rate&, const Rate&) = default;
  };
  struct Bands {
    std::optional<Code> metric{};  ///< what chooses the band; empty: the base itself
    std::optional<Code> method{};  ///< empty: the band that is reached holds for the whole
    friend bool operator==(const Bands&, const Bands&) = default;
  };
  struct Holding {
    std::optional<std::int64_t> months{};  ///< empty or 0: earned at once
    std::optional<Code> condition{};
    friend bool operator==(const Holding&, const Holding&) = default;
  };
  struct Clawback {
    std::optional<std::int64_t> window_months{};
    std::optional<Code> method{};
    friend bool operator==(const Clawback&, const Clawback&) = default;
  };

  std::optional<std::string> code{};
  std::optional<Code> kind{};
  Period period{};
  PartnerScope partner_scope{};
  ProductScope product_scope{};
  std::optional<Code> base{};
  std::vector<Element<Rate>> rates{};
  Bands bands{};
  std::optional<Code> accrual_event{};
  Holding holding{};
  Clawback clawback{};
  std::optional<Decimal> cap{};  ///< of all that is paid and pending
  std::optional<Currency> currency{};
  std::optional<Code> payout_frequency{};
  CustomFields custom{};

  friend bool operator==(const Incentive&, const Incentive&) = default;
};

const EntityDescription& description(std::type_identity<Incentive>);

/// What a plan grants for one line of a document. What is taken back is a commission of its own,
/// below zero.
struct Commission {
  /// One of the two, and the number of its line.
  struct SourceDoc {
    std::optional<Reference> order{};
    std::optional<Reference> invoice{};
    std::optional<std::int64_t> line{};
    friend bool operator==(const SourceDoc&, const SourceDoc&) = default;
  };
  /// What the rate is taken of: money, or a number of units.
  struct Base {
    Money amount{};
    Quantity quantity{};
    friend bool operator==(const Base&, const Base&) = default;
  };
  struct Rate {
    std::optional<Percent> pct{};
    std::optional<Decimal> money_per_unit{};  ///< in the currency of the amount
    friend bool operator==(const Rate&, const Rate&) = default;
  };
  /// The look at the plan's condition when the holding was over.
  struct Evaluated {
    std::optional<Timestamp> at{};
    std::optional<bool> retained{};
    std::optional<std::string> evidence{};
    friend bool operator==(const Evaluated&, const Evaluated&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Reference> plan{};
  std::optional<Reference> partner{};
  std::optional<Reference> contact{};
  std::optional<Reference> customer{};
  SourceDoc source_doc{};
  std::optional<std::int64_t> slice{};  ///< the band, where each band is granted by itself
  Base base{};
  Rate rate{};
  Money amount{};
  std::optional<Timestamp> accrued_at{};
  std::optional<Date> eligible_at{};
  Evaluated evaluated{};
  std::optional<Reference> paid_settlement{};
  std::optional<Reference> reversal_of{};  ///< the commission that this one takes back
  std::optional<Code> status{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Commission&, const Commission&) = default;
};

const EntityDescription& description(std::type_identity<Commission>);

/// A commission that is settled, or was, is immutable: every field that differs, with the reason.
/// The state, its history and custom fields go on, and the settlement is filled in. Both are
/// complete records.
std::vector<Problem> changes_of_settled(const Fields& before, const Fields& after);

}  // namespace channelbridge::model

#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// A claim for money: an invoice, a credit note, or an invoice that the buyer writes for the
/// seller. A credit note's amounts are above zero: its kind says in which direction they go.
struct Invoice {
  struct OrderEntry {
    std::optional<Reference> order{};
    friend bool operator==(const OrderEntry&, const OrderEntry&) = default;
  };
  struct Line {
    std::optional<std::int64_t> no{};
    std::optional<Reference> order{};
    std::optional<std::int64_t> order_line{};  ///< number of the order's line
    std::optional<Reference> product{};
    std::optional<std::string> description{};
    Quantity qty{};
    std::optional<Decimal> price{};  ///< of one unit, after all discounts and charges of the line
    std::optional<Decimal> net{};
    std::optional<Decimal> tax{};
    std::optional<Code> tax_category{};
    friend bool operator==(const Line&, const Line&) = default;
  };
  /// One category at one rate: base x rate = amount.
  struct Tax {
    std::optional<Code> category{};
    std::optional<Percent> rate{};
    std::optional<Decimal> base{};
    std::optional<Decimal> amount{};
    friend bool operator==(const Tax&, const Tax&) = default;
  };
  /// net - allowances + charges + tax = gross; gross - prepaid + rounding = payable.
  struct Totals {
    std::optional<Decimal> net{};         ///< of the lines
    std::optional<Decimal> allowances{};  ///< of the document
    std::optional<Decimal> charges{};     ///< of the document
    std::vector<Element<Tax>> taxes{};
    std::optional<Decimal> tax{};  ///< of all categories
    std::optional<Decimal> gross{};
    std::optional<Decimal> prepaid{};
    std::optional<Decimal> payable{};
    std::optional<Decimal> rounding{};  ///< what was added to make the payable amount a round one
    friend bool operator==(const Totals&, const Totals&) = default;
  };

  /// The rate by which the amounts count in another currency: in that of the funds that they raise.
  struct Fx {
    std::optional<Currency> currency{};
    std::optional<Decimal> rate{};  ///< what one unit of the invoice's currency is in it
    std::optional<Date> date{};
    std::optional<std::string> source{};  ///< who stated the rate: a bank, a contract
    friend bool operator==(const Fx&, const Fx&) = default;
  };

  std::optional<std::string> number{};
  std::optional<Code> kind{};
  Party seller{};
  Party buyer{};
  Party payer{};
  std::vector<Element<OrderEntry>> orders{};
  std::optional<Reference> reference_invoice{};  ///< the invoice that a credit note is for
  std::optional<Date> issue_date{};
  std::optional<Date> due_date{};
  Period period{};
  std::optional<Currency> currency{};
  Fx fx{};
  std::vector<Element<Line>> lines{};
  Totals totals{};
  std::optional<Decimal> paid_amount{};
  std::optional<Code> status{};
  std::optional<bool> overdue{};  ///< the due date passed before it was paid
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Invoice&, const Invoice&) = default;
};

const EntityDescription& description(std::type_identity<Invoice>);

}  // namespace channelbridge::model

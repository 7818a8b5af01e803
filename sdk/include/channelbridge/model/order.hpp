#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/model/quote.hpp"

namespace channelbridge::model {

/// What a buyer ordered, and how far its seller has come with it.
struct Order {
  struct Totals : Quote::Totals {
    std::optional<Decimal> paid{};
    std::optional<Decimal> invoiced{};
    friend bool operator==(const Totals&, const Totals&) = default;
  };
  struct Block {
    std::optional<Code> kind{};
    std::optional<Timestamp> since{};
    std::optional<std::string> reason{};
    friend bool operator==(const Block&, const Block&) = default;
  };
  struct Line {
    std::optional<std::int64_t> no{};
    std::optional<Reference> product{};
    Quantity qty{};
    std::optional<Decimal> net_price{};  ///< of one unit
    std::optional<Decimal> prorate{};    ///< as on a quote's line
    std::optional<Decimal> net_amount{};
    std::optional<Decimal> tax{};
    std::optional<std::int64_t> quote_line{};  ///< number of the quote's line
    std::optional<bool> goods{};  ///< is shipped, so that its invoice waits for the shipment
    Quantity qty_confirmed{};
    Quantity qty_shipped{};
    Quantity qty_invoiced{};
    Quantity qty_cancelled{};
    Quantity qty_returned{};
    Quantity qty_backordered{};
    std::optional<Date> confirmed_date{};
    std::optional<Code> reject_reason{};
    friend bool operator==(const Line&, const Line&) = default;
  };
  /// One shipment, or one delivery of licences.
  struct Fulfilment {
    std::optional<std::string> number{};
    std::optional<std::string> carrier{};
    std::optional<std::string> service{};
    std::optional<std::string> tracking{};
    std::optional<Timestamp> shipped_at{};
    std::optional<Timestamp> delivered_at{};
    std::optional<std::string> location{};  ///< where it leaves from
    std::optional<Code> status{};
    friend bool operator==(const Fulfilment&, const Fulfilment&) = default;
  };
  struct FulfilmentLine {
    std::optional<std::string> fulfilment{};  ///< its number
    std::optional<std::int64_t> line{};       ///< number of the order's line
    Quantity qty{};
    friend bool operator==(const FulfilmentLine&, const FulfilmentLine&) = default;
  };
  /// One piece of a fulfilment's line.
  struct FulfilmentSerial {
    std::optional<std::string> fulfilment{};
    std::optional<std::int64_t> line{};
    std::optional<Code> kind{};
    std::optional<std::string> value{};
    friend bool operator==(const FulfilmentSerial&, const FulfilmentSerial&) = default;
  };

  std::optional<std::string> number{};
  std::optional<std::string> buyer_po_number{};
  std::optional<std::int64_t> revision{};  ///< of the buyer's purchase order
  std::optional<Code> kind{};
  std::optional<Reference> quote{};
  std::optional<Reference> contract{};
  std::optional<Reference> deal_registration{};
  std::optional<std::string> channel_ref{};  ///< number of a marketplace or another sales channel
  Party seller{};
  Party buyer{};
  Party bill_to{};
  Party ship_to{};
  Party payer{};
  Party end_customer{};
  std::optional<Date> order_date{};
  std::optional<Date> requested_delivery{};
  std::optional<Currency> currency{};
  Totals totals{};
  std::optional<Code> payment_status{};
  std::vector<Element<Block>> blocks{};
  std::optional<Code> status{};
  std::vector<Element<Line>> lines{};
  std::vector<Element<Fulfilment>> fulfilments{};
  std::vector<Element<FulfilmentLine>> fulfilment_lines{};
  std::vector<Element<FulfilmentSerial>> fulfilment_serials{};
  std::vector<Element<StateChange>> state_history{};
  CustomFields custom{};

  friend bool operator==(const Order&, const Order&) = default;
};

const EntityDescription& description(std::type_identity<Order>);

/// The state that the lines show, whatever `status` says.
///
/// A line is open by qty - qty_cancelled; one with a reject_reason and nothing shipped is rejected.
/// The first that holds:
///   rejected             no line is open, and at least one was rejected
///   cancelled            no line is open, something was ordered, and no line is a return (qty < 0)
///   returned             everything open is shipped, and everything shipped came back
///   delivered            everything open is shipped, and all of it is on delivered fulfilments
///   shipped              everything open is shipped
///   partially_shipped    something is shipped
///   in_fulfilment        a fulfilment that is not cancelled carries a line
///   confirmed            everything open is confirmed, and no line was rejected
///   partially_confirmed  something is confirmed
/// Nothing when no line says more than what was ordered, when a quantity ordered is not known, or
/// when quantities of a line are in different units. What people decide (draft, submitted, on_hold,
/// change_requested, return_requested, completed, …) no line shows.
std::optional<std::string> state_from_lines(const Order& order);

/// How `status` contradicts what the lines say, with both states and the quantities; nothing where
/// it does not. A state that lags behind the lines contradicts nothing: systems move the two at
/// different moments, and some have no state for what their lines show.
///   shipped, delivered   an open line of goods is not shipped in full
///   partially_shipped    nothing is shipped
///   these three, too     no line is open, as for `cancelled` above
///   confirmed            an open line of goods is not confirmed in full, and nothing is shipped
///   cancelled, rejected  something is shipped, and did not come back
/// What a line does not state is not judged: every open line of goods has to state the quantity.
std::optional<std::string> state_against_lines(const Order& order);

/// The changes that are refused, each with the field and the reason; both are complete records.
///
///   completed, cancelled     every field but the state, its history, payments, invoicing and
///                            custom fields
///   invoiced in full         the same, and what the seller reports of the fulfilment, goes on
///   a line shipped           its product, its prices, its qty below what was shipped
///   a line invoiced          the same, by what was invoiced
///
/// Invoiced in full: totals.invoiced has reached totals.grand_total, or every line its qty.
std::vector<Problem> locked_changes(const Fields& before, const Fields& after);

}  // namespace channelbridge::model

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/model/fields.hpp"

namespace channelbridge::model {

/// Two records that cannot both be right, or one that says two things of itself.
/// Nobody is stopped by it: it is told, and whoever made the records mends them.
struct Contradiction {
  std::string entity{};   ///< of the one
  std::string rule{};     ///< "price_overlap"
  std::string record{};   ///< id of the one
  std::string other{};    ///< id of the other; "" = the record contradicts itself
  std::string message{};  ///< with the figures of both
};

/// What must hold between the records of an entity, and no key says:
///
/// territory           territory_overlap: two active exclusive territories share an area (country,
///                     region, postal codes, industry, account, product family; what one leaves
///                     open is all of it, what one excludes is none of it) and a day. A territory
///                     lies inside its parent.
/// discount_agreement  agreement_overlap: two active agreements that stand alone
///                     (stack_rule exclusive), of one priority and level, are for the same
///                     beneficiary, goods and day.
/// price_book_entry    price_overlap, price_gap: the entries of one product and unit in one price
///                     book follow each other without a day of two prices or of none.
/// invoice             credit_above_invoice: the credit notes of an invoice add up to more than it.
/// subscription        subscription_overlap: two active subscriptions of one contract, line and
///                     product supply on the same day, and begin on different ones (those that
///                     begin on one day have a key in common). A quantity of zero or less, as an
///                     amendment has it, supplies nothing.
/// business_plan       plan_overlap: two agreed plans of one partner share a day.
/// partner_recruitment won_candidate: one that is won, and whose candidate is a prospect still, or
///                     disqualified. Told when the recruitment changes.
/// commission          reversal_above_original: what takes a commission back adds up to more than
///                     it, or adds to it. cap_exceeded: what a plan has granted, less what was
///                     taken back, is more than its cap, in the plan's currency.
/// fund                funds_above_budget: the funds in use of a strict budget add up to more than
///                     it, in one currency.
/// claim               claims_above_request, claims_above_fund: what is approved of the claims of a
///                     request, or of a fund, adds up to more than was approved, or than the fund
///                     is, with the over-consumption that the fund's postings approve.
///                     invoice_claimed_twice: a supplier's invoice stands in two claims, in lines
///                     that are not denied. claim_of_request: a claim is of another partner, fund
///                     or budget than its request. fx_date: it is converted at the rate of another
///                     day than the last one of its activity (of a weekend also the Friday before).
/// settlement          open_settlements: two settlements that are neither paid nor reversed pay the
///                     same claim or commission. settled_otherwise: what is posted or paid of a
///                     claim is not what was approved of it.
/// order               state_against_lines: the state of an order says more than its lines, or that
///                     an order of which something is shipped is off (order.hpp). Each for itself.
///
/// Source  the entities' invariants between records, as the descriptions state them
/// Threads one at a time
class NetworkCheck {
 public:
  /// Null where the entity has no such rule.
  static std::unique_ptr<NetworkCheck> of(std::string_view entity);
  /// Entities whose checks look at records of this one: a claim matters to settlements, too.
  static std::vector<std::string> about(std::string_view entity);
  virtual ~NetworkCheck() = default;

  /// Whose records it looks at; empty: of the entity that it was made for only.
  virtual std::vector<std::string> entities() const { return {}; }

  /// Does one record alone tell? Then the others need not be added.
  virtual bool each_alone() const { return false; }
  /// Every record of its entities (of each_alone(): those in question), once each, in any order;
  /// what does not count is left out.
  virtual void add(std::string_view entity, const std::string& id, const Fields& fields) = 0;
  /// Of the entity that the check was made for, where that is the only one.
  void add(const std::string& id, const Fields& fields) { add({}, id, fields); }
  /// All that was found, by record.
  virtual std::vector<Contradiction> contradictions() const = 0;
};

}  // namespace channelbridge::model

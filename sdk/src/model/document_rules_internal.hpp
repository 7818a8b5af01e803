#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "channelbridge/model/claim.hpp"
#include "channelbridge/model/invoice.hpp"
#include "channelbridge/model/order.hpp"
#include "channelbridge/model/quote.hpp"
#include "channelbridge/model/sell_through_report.hpp"

/// What quotes, orders, invoices and claims share: rows, and the rules about their figures.
namespace channelbridge::model {

inline constexpr auto kLineQuantityRows = rows<Quantity>(
    field<&Quantity::value>("value", {.required = true, .precision = 15, .scale = 3}),
    field<&Quantity::unit>("unit"));

inline constexpr auto kDocumentTotalsRows = rows<Quote::Totals>(
    field<&Quote::Totals::lines_net>("lines_net", {.required = true, .precision = 19, .scale = 4}),
    field<&Quote::Totals::header_discount>("header_discount", kAmount),
    field<&Quote::Totals::freight>("freight", kAmount), field<&Quote::Totals::tax>("tax", kAmount),
    field<&Quote::Totals::grand_total>("grand_total",
                                       {.required = true, .precision = 19, .scale = 4}),
    field<&Quote::Totals::vendor_net>("vendor_net", kAmount),
    field<&Quote::Totals::partner_margin>("partner_margin", kAmount),
    field<&Quote::Totals::distributor_margin>("distributor_margin", kAmount));

/// The part of a product's term that a line is for.
inline constexpr FieldOptions kProrate{.precision = 12, .scale = 6};

/// Ids of the elements of a list that have at least one field, in the order of their paths.
std::vector<std::string_view> element_ids(const Fields& fields, std::string_view list);

/// The number at a path; nothing when there is none, or the text is not one.
std::optional<Decimal> number_at(const Fields& fields, std::string_view path);

/// Amounts of money need the document's currency. `amounts`: their row paths ("lines[].net_price"),
/// or what they begin with ("totals.").
void check_currency(const Fields& fields, std::span<const std::string_view> amounts,
                    std::vector<Problem>& problems);

/// Compares the figures of one document, in its one currency.
///
/// A rule is judged where all figures that it needs are there. One that is not met gives both
/// figures and their difference. Amounts are rounded to the minor unit of the currency.
class DocumentFigures {
 public:
  struct Term {
    std::string_view path{};
    bool taken_off{};
  };

  DocumentFigures(const Fields& fields, std::vector<Problem>& problems,
                  Rounding rounding = Rounding::HalfAwayFromZero);

  /// Each line's amount is its price x qty.value. The price is for the line's own term already
  /// (pricing.hpp).
  void check_line_amounts(std::string_view price, std::string_view amount) const;
  /// The field is the sum of the rounded amounts of a list's elements that are not optional.
  void check_sum(std::string_view rule, std::string_view total, std::string_view list,
                 std::string_view amount) const;
  /// The field is the sum of other fields.
  void check_total(std::string_view rule, std::string_view total,
                   std::span<const Term> terms) const;
  /// The steps of each line's price lead from its list price to its net price, each from where the
  /// one before it ended: before - amount = after, with a minor unit for rounding.
  void check_waterfall() const;
  /// A step's amount is its percentage of the price before it, within a minor unit; of the other
  /// prices that a percentage may be of, see Quote::Adjustment.
  void check_adjustment_percents() const;
  /// Each element's amount is its base x rate.
  void check_tax_amounts(std::string_view list) const;
  /// The field is what was calculated; `formula` says how.
  void check_equal(std::string_view rule, const std::string& path,
                   const Result<Decimal>& calculated, const std::string& formula) const;
  /// The field is at most another one.
  void check_at_most(std::string_view rule, const std::string& path,
                     const std::string& limit) const;
  /// The field is at most what was calculated.
  void check_at_most(std::string_view rule, const std::string& path,
                     const Result<Decimal>& calculated, const std::string& formula) const;
  /// A figure as the messages show it.
  std::string shown(const Decimal& value) const { return to_string(value, decimals_); }

 private:
  std::optional<Decimal> figure(std::string_view list, std::string_view element,
                                std::string_view field) const;
  Decimal rounded(const Decimal& value) const { return round(value, decimals_, rounding_); }
  void compare(std::string_view rule, std::string path, const Decimal& stated,
               const Result<Decimal>& calculated, const std::string& formula) const;
  void exceeds(std::string_view rule, const std::string& path, const Decimal& stated,
               const Decimal& most, const std::string& limit) const;
  /// Of two unit prices that are to be the same, but for one minor unit.
  void compare_prices(std::string path, const std::optional<Decimal>& stated,
                      const std::optional<Decimal>& expected, const std::string& formula) const;
  /// The prices that the percentage of a step may be of, `first` being the first of its level;
  /// none: not all of them are known.
  std::vector<Decimal> percent_bases(std::string_view step, std::string_view first,
                                     std::string_view line) const;
  /// To a minor unit; `or_less`: a smaller amount, not below zero, will do.
  bool is_part(const Decimal& amount, const Percent& percent, const Decimal& base,
               bool or_less) const;

  const Fields& fields_;
  std::vector<Problem>& problems_;
  Rounding rounding_{};
  bool judged_{};  ///< the currency is known, and with it how amounts are rounded
  int decimals_{};
};

/// lines_net - header_discount + freight + tax = grand_total, and lines_net from the lines.
template <Rounding kRounding>
void check_document_totals(const Fields& fields, std::vector<Problem>& problems) {
  constexpr DocumentFigures::Term kTerms[] = {
      {"totals.lines_net"}, {"totals.header_discount", true}, {"totals.freight"}, {"totals.tax"}};
  const DocumentFigures figures(fields, problems, kRounding);
  figures.check_sum("lines_net", "totals.lines_net", "lines", "net_amount");
  figures.check_total("grand_total", "totals.grand_total", kTerms);
}

/// A price of a unit and the amount of its line, of a quote or an order.
template <Rounding kRounding>
void check_net_amounts(const Fields& fields, std::vector<Problem>& problems) {
  DocumentFigures(fields, problems, kRounding).check_line_amounts("net_price", "net_amount");
}

/// The rules of an entity whose amounts are rounded half to even, in place of its description's.
std::span<const ValueRule> half_even_rules(std::type_identity<Quote>);
std::span<const ValueRule> half_even_rules(std::type_identity<Order>);
std::span<const ValueRule> half_even_rules(std::type_identity<Invoice>);
std::span<const ValueRule> half_even_rules(std::type_identity<SellThroughReport>);
std::span<const ValueRule> half_even_rules(std::type_identity<Claim>);

/// A business number as its issuer gave it: "<issuer>/<number>"; none while a part is not known.
std::vector<std::string> issued_number(const Fields& fields, std::string_view issuer);

/// Every path whose value differs, or is in one of them only, and that `may_change` does not let
/// pass: a problem "locked" with the reason.
void lock_fields(const Fields& before, const Fields& after,
                 bool (*may_change)(std::string_view path), const std::string& reason,
                 std::vector<Problem>& problems);

}  // namespace channelbridge::model

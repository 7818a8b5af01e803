#include "channelbridge/model/quoting.hpp"

#include <algorithm>

namespace channelbridge::model {
namespace {

bool is_one_of(const std::optional<Reference>& wanted, const std::vector<Reference>& have) {
  return wanted && std::find(have.begin(), have.end(), *wanted) != have.end();
}

bool benefits(const DiscountAgreement::Beneficiary& beneficiary, const AgreementFacts& facts) {
  return (beneficiary.partner && beneficiary.partner == facts.partner) ||
         is_one_of(beneficiary.tier, facts.tiers) ||
         is_one_of(beneficiary.program, facts.programs) ||
         is_one_of(beneficiary.territory, facts.territories);
}

bool covers(const DiscountAgreement::Scope& scope, const AgreementFacts& facts) {
  if (scope.end_customer && scope.end_customer != facts.end_customer) return false;
  if (scope.deal_registration && scope.deal_registration != facts.deal_registration) return false;
  if (scope.products.empty() && scope.families.empty()) return true;
  const bool of_product = std::any_of(scope.products.begin(), scope.products.end(),
                                      [&facts](const DiscountAgreement::ScopeProduct& row) {
                                        return row.product == facts.product;
                                      });
  const bool of_family =
      facts.family && std::any_of(scope.families.begin(), scope.families.end(),
                                  [&facts](const auto& row) { return row.family == facts.family; });
  return of_product || of_family;
}

bool same_unit(const Quantity& left, const Quantity& right) {
  return !left.unit || !right.unit || left.unit == right.unit;
}

/// What is left of the quantity that was granted takes the whole line.
bool has_left(const DiscountAgreement& agreement, const Quantity& wanted) {
  if (!agreement.max_qty.value) return true;
  if (!wanted.value || !same_unit(agreement.max_qty, wanted)) return false;
  const auto used = add(agreement.used_qty.value.value_or(Decimal()), *wanted.value);
  return used && *used <= *agreement.max_qty.value;
}

bool holds(const DiscountAgreement& agreement, const AgreementFacts& facts) {
  const bool of_amounts =
      agreement.method && (*agreement.method == "amount" || *agreement.method == "fixed_price");
  if (of_amounts && agreement.currency != facts.currency) return false;
  return agreement.status && *agreement.status == "active" && agreement.valid.contains(facts.on) &&
         benefits(agreement.beneficiary, facts) && covers(agreement.scope, facts) &&
         has_left(agreement, facts.quantity);
}

std::optional<Decimal> value_for(const DiscountAgreement& agreement, const Quantity& quantity) {
  std::optional<Decimal> from;
  std::optional<Decimal> value = agreement.value;
  for (const auto& tier : agreement.tiers) {
    if (!tier.min_qty.value || !quantity.value || !same_unit(tier.min_qty, quantity)) continue;
    if (*tier.min_qty.value > *quantity.value || (from && *tier.min_qty.value <= *from)) continue;
    from = tier.min_qty.value;
    value = tier.value;
  }
  return value;
}

StackRule stack_rule(const std::optional<Code>& code) {
  if (code && *code == "exclusive") return StackRule::Exclusive;
  if (code && *code == "best_of") return StackRule::BestOf;
  if (code && *code == "additive") return StackRule::Additive;
  return StackRule::Multiplicative;
}

Result<Discount> discount_of(const KnownAgreement& known, const Quantity& quantity) {
  const DiscountAgreement& agreement = known.agreement;
  const auto value = value_for(agreement, quantity);
  if (!value || !agreement.method)
    return Error(ErrorCode::Invalid, "agreement " + agreement.number.value_or(known.record) +
                                         " holds and says not what it grants");
  Discount out{.agreement = known.record,
               .stack = stack_rule(agreement.stack_rule),
               .priority = agreement.priority.value_or(0),
               .cap = agreement.cap_pct};
  if (*agreement.method == "amount")
    out.amount = *value;
  else if (*agreement.method == "fixed_price")
    out.fixed_price = *value;
  else if (*agreement.method == "margin")
    out.margin = Percent{*value};
  else
    out.percent = Percent{*value};
  return out;
}

std::vector<Discount> with(std::vector<Discount> agreed, const std::optional<Percent>& stated) {
  if (stated) agreed.push_back({.percent = stated});
  return agreed;
}

}  // namespace

Result<AgreedDiscounts> agreed_discounts(std::span<const KnownAgreement> agreements,
                                         const AgreementFacts& facts) {
  AgreedDiscounts out;
  for (const KnownAgreement& known : agreements) {
    if (!holds(known.agreement, facts)) continue;
    auto discount = discount_of(known, facts.quantity);
    if (!discount) return std::move(discount).error();
    const std::optional<Code>& level = known.agreement.waterfall_level;
    std::vector<Discount>& step = level && *level == "customer"      ? out.customer
                                  : level && *level == "partner"     ? out.partner
                                  : level && *level == "distributor" ? out.distributor
                                                                     : out.special;
    step.push_back(*std::move(discount));
  }
  return out;
}

Result<Price> price_line(Quote& quote, Quote::Line& line, const LineTerms& terms,
                         const PricingOptions& options) {
  if (!quote.currency) return Error(ErrorCode::Invalid, "the quote has no currency");
  const std::string number = line.no ? std::to_string(*line.no) : "without a number";
  if (!line.qty.value) return Error(ErrorCode::Invalid, "line " + number + " has no quantity");
  PriceRequest request{
      .currency = *quote.currency,
      .list = terms.list_price,
      .special = terms.agreed.special,
      .prorate = terms.prorate,
      .system = terms.schedules,
      .additional = terms.agreed.customer,
      .partner = with(terms.agreed.partner, quote.partner_discount_pct),
      .distributor = with(terms.agreed.distributor, quote.distributor_discount_pct),
      .quantity = *line.qty.value,
      .cost = terms.cost,
      .floor = terms.floor};
  const Quote::AdditionalDiscount& own = line.additional_discount;
  if (own.amount)
    request.additional.push_back({.amount = own.amount});
  else
    request.additional =
        with(std::move(request.additional), own.pct ? own.pct : quote.customer_discount_pct);
  auto priced = price(request, options);
  if (!priced) {
    const Error& refused = priced.error();
    return Error(refused.code(), "line " + number + ": " + refused.message());
  }
  line.list_price = priced->list;
  line.special_price = priced->special;
  line.regular_price = priced->regular;
  line.customer_price = priced->customer;
  line.partner_price = priced->partner;
  line.net_price = priced->net;
  line.net_amount = priced->line_net;
  if (terms.prorate != Decimal(1)) line.prorate = terms.prorate;
  std::erase_if(quote.adjustments,
                [&line](const Quote::Adjustment& row) { return row.line == line.no; });
  std::int64_t step = 0;
  for (const PriceAdjustment& made : priced->adjustments) {
    Element<Quote::Adjustment>& row = quote.adjustments.emplace_back();
    row.line = line.no;
    row.no = ++step;
    row.level = to_string(made.level);
    if (!made.agreement.empty()) row.agreement = made.agreement;
    row.pct = made.percent;
    row.amount = made.amount;
    row.before = made.before;
    row.after = made.after;
  }
  return priced;
}

Result<Quote::Totals> totals_of(const Quote& quote) {
  if (!quote.currency) return Error(ErrorCode::Invalid, "the quote has no currency");
  const int decimals = minor_unit(*quote.currency);
  Quote::Totals out = quote.totals;
  out.header_discount = out.header_discount.value_or(Decimal());
  out.freight = out.freight.value_or(Decimal());
  out.tax = out.tax.value_or(Decimal());
  Result<Decimal> lines{Decimal()};
  Result<Decimal> partner{Decimal()};
  Result<Decimal> distributor{Decimal()};
  bool priced = true;
  const auto plus = [](Result<Decimal>& sum, const Decimal& value) {
    sum = std::move(sum).and_then([&value](const Decimal& so_far) { return add(so_far, value); });
  };
  const auto margin = [&](const std::optional<Decimal>& from, const std::optional<Decimal>& to,
                          const Decimal& quantity) {
    return subtract(*from, *to).and_then([&](const Decimal& unit) {
      return multiply(unit, quantity);
    });
  };
  for (const auto& line : quote.lines) {
    if (line.optional.value_or(false)) continue;
    if (!line.net_amount)
      return Error(ErrorCode::Invalid,
                   "line " + (line.no ? std::to_string(*line.no) : "without a number") +
                       " has no net_amount");
    plus(lines, round(*line.net_amount, decimals));
    priced =
        priced && line.qty.value && line.customer_price && line.partner_price && line.net_price;
    if (!priced) continue;
    const auto of_partner = margin(line.customer_price, line.partner_price, *line.qty.value);
    if (!of_partner) return of_partner.error();
    plus(partner, round(*of_partner, decimals));
    const auto of_distributor = margin(line.partner_price, line.net_price, *line.qty.value);
    if (!of_distributor) return of_distributor.error();
    plus(distributor, round(*of_distributor, decimals));
  }
  if (!lines) return std::move(lines).error();
  out.lines_net = *lines;
  auto grand = subtract(*lines, *out.header_discount)
                   .and_then([&](const Decimal& sum) { return add(sum, *out.freight); })
                   .and_then([&](const Decimal& sum) { return add(sum, *out.tax); });
  if (!grand) return std::move(grand).error();
  out.grand_total = *grand;
  if (!priced) {
    out.vendor_net = out.partner_margin = out.distributor_margin = std::nullopt;
    return out;
  }
  if (!partner) return std::move(partner).error();
  if (!distributor) return std::move(distributor).error();
  out.vendor_net = *lines;
  out.partner_margin = *partner;
  out.distributor_margin = *distributor;
  return out;
}

}  // namespace channelbridge::model

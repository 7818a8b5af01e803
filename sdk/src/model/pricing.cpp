#include "channelbridge/model/pricing.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace channelbridge::model {
namespace {

constexpr int kUnitPriceScale = 6;
constexpr int kMarginScale = 4;

Result<Decimal> unit_price(Result<Decimal> value) {
  if (!value) return value;
  return round(*value, kUnitPriceScale);
}

Result<void> grants_one_thing(const Discount& discount) {
  const int grants = int{discount.percent.has_value()} + int{discount.amount.has_value()} +
                     int{discount.fixed_price.has_value()} + int{discount.margin.has_value()};
  if (grants == 1) return {};
  return Error(ErrorCode::Invalid, "discount '" + discount.agreement + "' grants " +
                                       (grants == 0 ? "nothing" : "several things"));
}

/// Walks the steps of one line. Every price that it holds is per unit.
class Waterfall {
 public:
  Waterfall(const PriceRequest& request, const PricingOptions& options)
      : request_(request), options_(options) {}

  Result<Price> run() {
    if (request_.list.sign() < 0) return negative("list price", request_.list);
    out_.list = request_.list;
    running_ = prorated_list_ = request_.list;
    if (auto done = stack(PriceLevel::Special, request_.special); !done)
      return std::move(done).error();
    out_.special = running_;
    auto prorated = unit_price(multiply(out_.special, request_.prorate));
    if (!prorated) return std::move(prorated).error();
    auto list = unit_price(multiply(request_.list, request_.prorate));
    if (!list) return std::move(list).error();
    prorated_list_ = *list;
    if (*prorated != out_.special)
      out_.adjustments.push_back({.level = PriceLevel::Regular,
                                  .amount = *subtract(out_.special, *prorated),
                                  .before = out_.special,
                                  .after = *prorated});
    running_ = *prorated;
    for (const PriceLevel level : order()) {
      if (auto done = step(level); !done) return std::move(done).error();
    }
    auto total = multiply(out_.net, request_.quantity);
    if (!total) return std::move(total).error();
    out_.line_net = round(*total, minor_unit(request_.currency), options_.rounding);
    if (request_.floor) {
      auto floor = multiply(*request_.floor, request_.prorate);
      if (!floor) return std::move(floor).error();
      out_.below_floor = out_.net < *floor;
    }
    return std::move(out_);
  }

 private:
  std::array<PriceLevel, 4> order() const {
    using enum PriceLevel;
    if (options_.partner_first)
      return options_.additional_last ? std::array{Partner, Regular, Net, Customer}
                                      : std::array{Partner, Regular, Customer, Net};
    return options_.additional_last ? std::array{Regular, Partner, Net, Customer}
                                    : std::array{Regular, Customer, Partner, Net};
  }

  Result<void> step(PriceLevel level) {
    const std::vector<Discount>& discounts = level == PriceLevel::Regular    ? request_.system
                                             : level == PriceLevel::Customer ? request_.additional
                                             : level == PriceLevel::Partner  ? request_.partner
                                                                             : request_.distributor;
    if (auto done = stack(level, discounts); !done) return done;
    Decimal& price = level == PriceLevel::Regular    ? out_.regular
                     : level == PriceLevel::Customer ? out_.customer
                     : level == PriceLevel::Partner  ? out_.partner
                                                     : out_.net;
    price = running_;
    return {};
  }

  /// The rule of the discount of the highest priority holds for the level; discounts of another
  /// rule do not join it.
  Result<void> stack(PriceLevel level, std::vector<Discount> discounts) {
    if (discounts.empty()) return {};
    for (const Discount& discount : discounts) {
      if (auto valid = grants_one_thing(discount); !valid) return valid;
    }
    std::stable_sort(discounts.begin(), discounts.end(),
                     [](const Discount& a, const Discount& b) { return a.priority > b.priority; });
    const StackRule rule = discounts.front().stack;
    std::erase_if(discounts, [&](const Discount& discount) { return discount.stack != rule; });
    if (rule == StackRule::Exclusive) discounts.resize(1);
    if (rule == StackRule::BestOf) {
      auto best = best_of(level, discounts);
      if (!best) return std::move(best).error();
      discounts = {discounts[*best]};
    }
    const Decimal before_level = running_;
    for (const Discount& discount : discounts) {
      // Summed percentages are all of the price before the level; each keeps its own row.
      const Decimal& base = rule == StackRule::Additive ? before_level : running_;
      auto off = amount_of(level, discount, base);
      if (!off) return std::move(off).error();
      if (auto done = take(level, discount, *off, before_level); !done) return done;
    }
    return {};
  }

  Result<std::size_t> best_of(PriceLevel level, std::span<const Discount> discounts) const {
    std::size_t best = 0;
    std::optional<Decimal> most;
    for (std::size_t i = 0; i < discounts.size(); ++i) {
      auto off = amount_of(level, discounts[i], running_);
      if (!off) return std::move(off).error();
      if (most && *off <= *most) continue;
      most = *off;
      best = i;
    }
    return best;
  }

  /// What the discount takes off one unit.
  Result<Decimal> amount_of(PriceLevel level, const Discount& discount, const Decimal& base) const {
    if (discount.percent) {
      const bool of_list =
          options_.channel_off_list && (level == PriceLevel::Partner || level == PriceLevel::Net);
      return unit_price(part(*discount.percent, of_list ? prorated_list_ : base));
    }
    if (discount.amount) {
      if (!options_.prorate_amounts) return *discount.amount;
      return unit_price(multiply(*discount.amount, prorate(level)));
    }
    if (discount.fixed_price) {
      auto fixed = unit_price(multiply(*discount.fixed_price, prorate(level)));
      if (!fixed) return fixed;
      return subtract(base, *fixed);
    }
    if (!request_.cost)
      return Error(ErrorCode::Invalid,
                   "discount '" + discount.agreement + "' is a margin, and the cost is not known");
    auto share = subtract(Decimal(100), discount.margin->value);
    if (!share) return share;
    if (share->sign() <= 0)
      return Error(ErrorCode::Invalid, "discount '" + discount.agreement + "' leaves a margin of " +
                                           to_string(discount.margin->value) + " %");
    auto hundredfold = multiply(*request_.cost, Decimal(100));
    if (!hundredfold) return hundredfold;
    auto target = divide(*hundredfold, *share, kUnitPriceScale);
    if (!target) return target;
    auto prorated = unit_price(multiply(*target, prorate(level)));
    if (!prorated) return prorated;
    return subtract(base, *prorated);
  }

  /// Special prices are for the whole term, as the list is; the term follows them.
  Decimal prorate(PriceLevel level) const {
    return level == PriceLevel::Special ? Decimal(1) : request_.prorate;
  }

  Result<void> take(PriceLevel level, const Discount& discount, Decimal off,
                    const Decimal& before_level) {
    if (discount.cap) {
      auto most = unit_price(part(*discount.cap, before_level));
      if (!most) return std::move(most).error();
      auto taken = subtract(before_level, running_);
      if (!taken) return std::move(taken).error();
      auto left = subtract(*most, *taken);
      if (!left) return std::move(left).error();
      off = std::min(off, std::max(*left, Decimal()));
    }
    auto after = subtract(running_, off);
    if (!after) return std::move(after).error();
    if (after->sign() < 0)
      return Error(ErrorCode::Invalid, "discount '" + discount.agreement + "' takes " +
                                           to_string(off) + " off a price of " +
                                           to_string(running_));
    out_.adjustments.push_back({.level = level,
                                .agreement = discount.agreement,
                                .percent = discount.percent,
                                .amount = off,
                                .before = running_,
                                .after = *after});
    running_ = *after;
    return {};
  }

  static Error negative(std::string_view what, const Decimal& value) {
    return Error(ErrorCode::Invalid, std::string(what) + " is below zero: " + to_string(value));
  }

  const PriceRequest& request_;
  const PricingOptions& options_;
  Price out_;
  Decimal prorated_list_;
  Decimal running_;
};

Result<std::optional<Percent>> share_of(const Decimal& whole, const Decimal& rest) {
  if (whole.is_zero()) return std::optional<Percent>();
  auto earned = subtract(whole, rest).and_then([](const Decimal& difference) {
    return multiply(difference, Decimal(100));
  });
  if (!earned) return std::move(earned).error();
  auto percent = divide(*earned, whole, kMarginScale);
  if (!percent) return std::move(percent).error();
  return std::optional<Percent>(Percent{*percent});
}

}  // namespace

std::string_view to_string(PriceLevel level) {
  constexpr std::array<std::string_view, 6> kNames{"list",     "special", "regular",
                                                   "customer", "partner", "net"};
  return kNames.at(static_cast<std::size_t>(level));
}

Result<Price> price(const PriceRequest& request, const PricingOptions& options) {
  return Waterfall(request, options).run();
}

Result<ChannelMargins> channel_margins(const Price& price, const std::optional<Decimal>& resale) {
  auto reseller = share_of(resale.value_or(price.customer), price.partner);
  if (!reseller) return std::move(reseller).error();
  auto distributor = share_of(price.partner, price.net);
  if (!distributor) return std::move(distributor).error();
  return ChannelMargins{
      .reseller = *reseller, .distributor = *distributor, .vendor_net = price.net};
}

Result<Decimal> months_of(const Period& term, TermUnit unit, int days_per_year) {
  if (!term.start || !term.end) return Error(ErrorCode::Invalid, "a term needs both its days");
  if (*term.end < *term.start)
    return Error(ErrorCode::Invalid, "a term ends on " + to_string(*term.end) +
                                         ", before it starts on " + to_string(*term.start));
  const Date after_end(term.end->days() + std::chrono::days(1));
  if (unit == TermUnit::Day) {
    if (days_per_year <= 0) return Error(ErrorCode::Invalid, "a year has no days");
    const std::int64_t days = (after_end.days() - term.start->days()).count();
    return divide(Decimal(days * 12), Decimal(days_per_year), kUnitPriceScale);
  }
  int months = 0;
  while (add_months(*term.start, months + 1) <= after_end) ++months;
  const Date rest_begins = add_months(*term.start, months);
  const std::int64_t rest = (after_end.days() - rest_begins.days()).count();
  const auto ymd = rest_begins.ymd();
  const std::chrono::year_month_day last(ymd.year() / ymd.month() / std::chrono::last);
  auto part = divide(Decimal(rest), Decimal(static_cast<unsigned>(last.day())), kUnitPriceScale);
  if (!part) return part;
  return add(Decimal(months), *part);
}

Result<Decimal> prorate(const Period& term, const Decimal& product_months, TermUnit unit,
                        int days_per_year) {
  if (product_months.sign() <= 0)
    return Error(ErrorCode::Invalid,
                 "a product's term is " + to_string(product_months) + " months");
  auto months = months_of(term, unit, days_per_year);
  if (!months) return months;
  return divide(*months, product_months, kUnitPriceScale);
}

}  // namespace channelbridge::model

#include "channelbridge/model/commissioning.hpp"

#include <algorithm>

namespace channelbridge::model {
namespace {

/// A band of rates with its end, which may be where the next one begins.
struct RateBand {
  Decimal from{};
  std::optional<Decimal> end{};
  Incentive::Rate rate{};
};

std::string words_of(const RateBand& band) {
  return "from " + to_string(band.from) + (band.end ? " to " + to_string(*band.end) : "");
}

/// The bands in their order.
Result<std::vector<RateBand>> rate_bands(std::span<const Element<Incentive::Rate>> rates) {
  std::vector<RateBand> bands;
  for (const Incentive::Rate& rate : rates) {
    RateBand band{.from = rate.from.value_or(Decimal()), .end = rate.to, .rate = rate};
    if (band.end && *band.end <= band.from)
      return Error(ErrorCode::Invalid, "the band " + words_of(band) + " ends before it begins");
    if (rate.pct.has_value() == rate.money_per_unit.has_value())
      return Error(ErrorCode::Invalid,
                   "the band " + words_of(band) + (rate.pct ? " has two rates" : " has no rate"));
    bands.push_back(band);
  }
  std::stable_sort(bands.begin(), bands.end(), [](const RateBand& left, const RateBand& right) {
    return left.from < right.from;
  });
  for (std::size_t i = 1; i < bands.size(); ++i) {
    RateBand& before = bands[i - 1];
    if (before.from == bands[i].from || (before.end && *before.end > bands[i].from))
      return Error(ErrorCode::Invalid,
                   "the bands " + words_of(before) + " and " + words_of(bands[i]) + " overlap");
    if (!before.end) before.end = bands[i].from;
  }
  return bands;
}

/// Nothing where the figure lies in no band.
const RateBand* band_of(const std::vector<RateBand>& bands, const Decimal& figure) {
  const auto found = std::find_if(bands.begin(), bands.end(), [&figure](const RateBand& band) {
    return band.from <= figure && (!band.end || figure < *band.end);
  });
  return found == bands.end() ? nullptr : &*found;
}

/// Why the contract does not hold on the day, "" when it does.
std::string inactive_on(const Contract& contract, const std::optional<Date>& notice_effective,
                        const Date& on) {
  const std::string status = contract.status ? contract.status->text() : "without a status";
  if (contract.start && on < *contract.start)
    return "begins on " + to_string(*contract.start) + ", after " + to_string(on);
  const bool ended = contract.end && *contract.end < on;
  if (status == "renewed") return "";
  if (status == "active" || status == "expiring")
    return ended && !contract.auto_renew.value_or(false) ? "ended on " + to_string(*contract.end)
                                                         : "";
  if (status == "expired" && contract.end)
    return ended ? "ended on " + to_string(*contract.end) : "";
  // What takes effect later left the contract as it was on that day.
  if (status == "terminated" && !ended && notice_effective && on <= *notice_effective) return "";
  return "is " + status;
}

bool is_unpaid(const Invoice& invoice) {
  if (!invoice.kind || *invoice.kind == "credit_note" || !invoice.status) return false;
  if (*invoice.status == "draft" || *invoice.status == "paid" || *invoice.status == "cancelled")
    return false;
  return !invoice.totals.payable || !invoice.paid_amount ||
         *invoice.paid_amount < *invoice.totals.payable;
}

Result<void> complete_amount(const Money& money) {
  if (money.amount && money.currency) return {};
  return Error(ErrorCode::Invalid,
               money.amount ? "an amount has no currency" : "an amount is empty");
}

}  // namespace

std::string_view after_accrual(const Incentive& plan) {
  return plan.holding.months.value_or(0) > 0 ? "holding" : "earned";
}

Result<Date> eligible_at(const Date& contract_start, std::int64_t holding_months) {
  constexpr std::int64_t kMostMonths = std::int64_t{12} * 9999;
  const auto refused = [&](const std::string& why) {
    return Error(ErrorCode::Invalid,
                 "a commission is held for " + std::to_string(holding_months) + " months" + why);
  };
  if (holding_months < 0) return refused(", which is below zero");
  if (holding_months > kMostMonths) return refused(", beyond the calendar");
  const Date day = add_months(contract_start, static_cast<int>(holding_months));
  if (day.ymd().year() > std::chrono::year(9999)) return refused(", beyond the calendar");
  return day;
}

Retention retention(const RetentionFacts& facts, const Date& on, const RetentionOptions& options) {
  const std::string contract = "contract " + facts.contract.number.value_or("");
  if (facts.notice_effective && *facts.notice_effective < on)
    return {.reason = "under_notice",
            .evidence = contract + " is off from " + to_string(*facts.notice_effective) +
                        ", before " + to_string(on)};
  if (std::string why = inactive_on(facts.contract, facts.notice_effective, on); !why.empty())
    return {.reason = "contract_inactive", .evidence = contract + " " + why};
  for (const Invoice& invoice : facts.invoices) {
    if (!invoice.due_date || !is_unpaid(invoice)) continue;
    const std::int64_t days = (on.days() - invoice.due_date->days()).count();
    if (days <= options.unpaid_days) continue;
    return {.reason = "unpaid_invoice",
            .evidence = "invoice " + invoice.number.value_or("") + " was due on " +
                        to_string(*invoice.due_date) + ", " + std::to_string(days) +
                        " days before " + to_string(on) + ", " +
                        std::to_string(options.unpaid_days) + " are allowed"};
  }
  return {.retained = true, .evidence = contract + " holds on " + to_string(on)};
}

Result<Incentive::Rate> rate_for(std::span<const Element<Incentive::Rate>> rates,
                                 const Decimal& figure) {
  const auto bands = rate_bands(rates);
  if (!bands) return bands.error();
  const RateBand* band = band_of(*bands, figure);
  return band == nullptr ? Incentive::Rate() : band->rate;
}

Result<Money> commission_amount(const Incentive::Rate& rate, const Decimal& base,
                                const Currency& currency, Rounding rounding) {
  if (rate.pct && rate.money_per_unit)
    return Error(ErrorCode::Invalid, "a rate is " + to_string(rate.pct->value) + " % and " +
                                         to_string(*rate.money_per_unit) + " a unit");
  if (!rate.pct && !rate.money_per_unit) return Money{.amount = Decimal(), .currency = currency};
  auto amount = rate.pct ? part(*rate.pct, base) : multiply(base, *rate.money_per_unit);
  if (!amount) return std::move(amount).error();
  return round(Money{.amount = *amount, .currency = currency}, rounding);
}

Result<Money> clawback_amount(const Money& granted, const Incentive::Clawback& terms,
                              const Date& begin, const Date& on, Rounding rounding) {
  if (auto complete = complete_amount(granted); !complete) return std::move(complete).error();
  if (granted.amount->sign() <= 0)
    return Error(ErrorCode::Invalid,
                 "of a commission of " + to_string(*granted.amount) + " nothing can be taken back");
  const std::int64_t months = terms.window_months.value_or(0);
  const auto end = eligible_at(begin, months);
  if (!end)
    return Error(ErrorCode::Invalid,
                 "the window is " + std::to_string(months) + " months, below zero or too long");
  if (on >= *end) return Money{.amount = Decimal(), .currency = granted.currency};
  if (terms.method && *terms.method == "full")
    return Money{.amount = -*granted.amount, .currency = granted.currency};
  if (!terms.method || *terms.method != "prorata")
    return Error(ErrorCode::Invalid, "the window of " + std::to_string(months) +
                                         " months does not say what is taken back in it");
  const std::int64_t window = (end->days() - begin.days()).count();
  const std::int64_t remaining = std::min(window, (end->days() - on.days()).count());
  auto share = multiply(*granted.amount, Decimal(remaining));
  if (!share) return std::move(share).error();
  auto amount = divide(*share, Decimal(window), minor_unit(*granted.currency), rounding);
  if (!amount) return std::move(amount).error();
  return Money{.amount = -*amount, .currency = granted.currency};
}

Result<VolumeRebate> volume_rebate(const Incentive& plan, const Decimal& volume,
                                   Rounding rounding) {
  if (!plan.currency) return Error(ErrorCode::Invalid, "the plan has no currency");
  if (plan.bands.metric && *plan.bands.metric != "base")
    return Error(ErrorCode::Invalid, "the bands of the plan are of " + plan.bands.metric->text());
  const auto bands = rate_bands(plan.rates);
  if (!bands) return bands.error();
  VolumeRebate out{.amount = {.amount = Decimal(), .currency = plan.currency}};
  const auto grant = [&](const RateBand& band, const Decimal& base) -> Result<void> {
    auto amount = commission_amount(band.rate, base, *plan.currency, rounding);
    if (!amount) return std::move(amount).error();
    auto sum = add(out.amount, *amount);
    if (!sum) return std::move(sum).error();
    out.slices.push_back(
        {.no = &band - bands->data() + 1, .base = base, .rate = band.rate, .amount = *amount});
    out.amount = *sum;
    return {};
  };
  if (plan.bands.method && *plan.bands.method == "incremental") {
    for (const RateBand& band : *bands) {
      const Decimal from = std::max(band.from, Decimal());
      const Decimal to = band.end ? std::min(volume, *band.end) : volume;
      if (to <= from) continue;
      auto base = subtract(to, from);
      if (!base) return std::move(base).error();
      if (auto done = grant(band, *base); !done) return std::move(done).error();
    }
  } else if (const RateBand* band = band_of(*bands, volume); band != nullptr && volume.sign() > 0) {
    if (auto done = grant(*band, volume); !done) return std::move(done).error();
  }
  return out;
}

Result<Money> less_payouts(const Money& rebate, std::span<const Money> payouts) {
  if (auto complete = complete_amount(rebate); !complete) return std::move(complete).error();
  Money rest = rebate;
  for (const Money& payout : payouts) {
    auto less = subtract(rest, payout);
    if (!less) return less;
    rest = *less;
  }
  if (rest.amount->sign() < 0) rest.amount = Decimal();
  return rest;
}

Result<Money> within_cap(const Money& amount, const Money& paid_and_pending, const Money& cap) {
  if (auto complete = complete_amount(amount); !complete) return std::move(complete).error();
  auto left = subtract(cap, paid_and_pending);
  if (!left) return left;
  // Of two currencies nothing can be compared.
  if (auto beyond = subtract(amount, *left); !beyond) return beyond;
  if (*amount.amount <= *left->amount || amount.amount->sign() < 0) return amount;
  if (left->amount->sign() < 0) left->amount = Decimal();
  return left;
}

}  // namespace channelbridge::model

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/contract.hpp"
#include "channelbridge/model/incentive.hpp"
#include "channelbridge/model/invoice.hpp"

/// What a plan grants for a sale, when it is earned, and what of it is taken back.
///
///     const auto day = eligible_at(*contract.start, *plan.holding.months);
///     if (retention({.contract = contract, .invoices = invoices}, *day).retained)
///       commission.amount = *commission_amount(*rate_for(plan.rates, retained), net, euro);
///
/// All figures are exact; amounts are rounded once, to the minor unit of their currency.
/// Functions are pure: any thread.
namespace channelbridge::model {

/// The state that follows "accrued": "holding" while the plan holds commissions back, else
/// "earned".
std::string_view after_accrual(const Incentive& plan);

/// The day on which a commission is judged: so many months after the contract began, on the same
/// day or that month's last (31 Aug + 6 months = 28 or 29 Feb). Invalid: months below zero, or a
/// day after the year 9999.
Result<Date> eligible_at(const Date& contract_start, std::int64_t holding_months);

/// What is known of a customer when its commission is judged.
struct RetentionFacts {
  Contract contract{};
  std::optional<Date> notice_effective{};  ///< from this day on the contract is off
  std::vector<Invoice> invoices{};         ///< of the customer; paid ones and credit notes may be
                                           ///< among them
};

struct RetentionOptions {
  std::int64_t unpaid_days{30};  ///< for so long after its due date an invoice may be unpaid
};

/// Was the customer kept?
struct Retention {
  bool retained{};
  std::string reason{};    ///< "contract_inactive", "under_notice", "unpaid_invoice"; "" = retained
  std::string evidence{};  ///< one sentence with the figures
};

/// The customer is kept when its contract holds on that day, no notice takes effect before it, and
/// no invoice is unpaid for longer than the options allow. The day may be past: a contract that
/// ended after it did hold on it. An invoice without a due date is not judged.
Retention retention(const RetentionFacts& facts, const Date& on,
                    const RetentionOptions& options = {});

/// The rate of the band that the figure lies in; one without pct and money_per_unit where it lies
/// in none. Invalid: bands that overlap or end before they begin (both figures are named), a band
/// with both rates or with none.
Result<Incentive::Rate> rate_for(std::span<const Element<Incentive::Rate>> rates,
                                 const Decimal& figure);

/// What the rate makes of a base: of an amount of `currency` by pct, of a number of units by
/// money_per_unit. Zero for a rate without both. Invalid: a rate with both.
Result<Money> commission_amount(const Incentive::Rate& rate, const Decimal& base,
                                const Currency& currency,
                                Rounding rounding = Rounding::HalfAwayFromZero);

/// What is taken back of a commission when the customer leaves on a day of the window, which begins
/// on `begin` and ends on the same day window_months later: all of it, or the part that the
/// remaining days are of all its days (prorata). Below zero; zero from the window's end on, and
/// where the terms have no window. Invalid: an amount that is not above zero or has no currency, a
/// window below zero, a window without a method.
Result<Money> clawback_amount(const Money& granted, const Incentive::Clawback& terms,
                              const Date& begin, const Date& on,
                              Rounding rounding = Rounding::HalfAwayFromZero);

/// What one band grants: a commission of its own.
struct RebateSlice {
  std::int64_t no{};  ///< of the band, counted from the lowest, which is 1
  Decimal base{};     ///< what of the volume it is for
  Incentive::Rate rate{};
  Money amount{};
};

struct VolumeRebate {
  std::vector<RebateSlice> slices{};
  Money amount{};  ///< the sum of the rounded slices
};

/// The rebate on a volume of a period, in the plan's currency or in units. The whole volume at the
/// rate of the band that it reaches, or, where the plan says incremental, each part of it at the
/// rate of its own band. No slices where it reaches none. Invalid: a plan without a currency, or
/// whose bands are of something else than the volume; what rate_for() refuses.
Result<VolumeRebate> volume_rebate(const Incentive& plan, const Decimal& volume,
                                   Rounding rounding = Rounding::HalfAwayFromZero);

/// What of a rebate is still to be paid, after payouts for parts of its period; never below zero.
/// Invalid: amounts of several currencies.
Result<Money> less_payouts(const Money& rebate, std::span<const Money> payouts);

/// What of an amount the cap leaves, beside what is paid and pending already; never below zero.
/// What is taken back (an amount below zero) is not capped. Invalid: amounts of several currencies.
Result<Money> within_cap(const Money& amount, const Money& paid_and_pending, const Money& cap);

}  // namespace channelbridge::model

#include "channelbridge/model/claim_evaluation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "channelbridge/model/code_sets.hpp"

namespace channelbridge::model {
namespace {

constexpr std::array<std::string_view, 6> kLimitNames{"none",    "eligibility", "share",
                                                      "request", "fund",        "deadline"};

/// Everything that the facts get wrong.
class ClaimFactsCheck {
 public:
  std::vector<Problem> of(const ClaimFacts& facts, const ClaimOptions& options) {
    for (std::size_t i = 0; i < facts.lines.size(); ++i) check_line(facts, i);
    if (facts.share.value.sign() < 0 || facts.share.value > Decimal(100))
      report("share", "share", "is " + to_string(facts.share.value) + " %, not between 0 and 100");
    not_below_zero("over_consumption", facts.over_consumption);
    if (facts.conversion) check_conversion(facts.currency, *facts.conversion);
    if (facts.deadline && !facts.submitted_on)
      report("submitted_on", "deadline",
             "is not known, and the claim was due on " + to_string(*facts.deadline));
    if (options.grace_days < 0)
      report("grace_days", "deadline", "is " + std::to_string(options.grace_days) + ", below 0");
    return std::move(problems_);
  }

 private:
  void report(std::string path, std::string rule, std::string message) {
    problems_.push_back(
        {.path = std::move(path), .rule = std::move(rule), .message = std::move(message)});
  }
  void not_below_zero(const std::string& path, const Decimal& amount) {
    if (amount.sign() < 0) report(path, "amount", "is " + to_string(amount) + ", below 0");
  }

  void check_line(const ClaimFacts& facts, std::size_t index) {
    const ClaimedLine& line = facts.lines[index];
    const std::string path = "lines[" + std::to_string(index) + "].";
    not_below_zero(path + "net", line.net);
    not_below_zero(path + "tax", line.tax);
    not_below_zero(path + "claimed", line.claimed);
    if (line.claimed.scale() > minor_unit(facts.currency))
      report(path + "claimed", "amount",
             "is " + to_string(line.claimed) + ", with more decimals than " +
                 facts.currency.text() + " has");
    if (!line.ineligible.empty() && !code_sets::kClaimAdjustReason.contains(line.ineligible))
      report(path + "ineligible", "reason",
             "is '" + line.ineligible + "', not one of the codes of claim_adjust_reason");
  }

  void check_conversion(const Currency& currency, const ClaimConversion& conversion) {
    if (conversion.to == currency)
      report("conversion.to", "conversion", "is " + currency.text() + ", the claim's own currency");
    if (conversion.rate.sign() <= 0)
      report("conversion.rate", "conversion", "is " + to_string(conversion.rate) + ", not above 0");
    if (conversion.source.empty()) report("conversion.source", "conversion", "is empty");
  }

  std::vector<Problem> problems_;
};

/// At most `value`, with at most `scale` decimals.
Result<Decimal> rounded_down(const Decimal& value, const Decimal& divisor, int scale) {
  auto quotient = divide(value, divisor, scale, Rounding::HalfAwayFromZero);
  if (!quotient) return quotient;
  auto back = multiply(*quotient, divisor);
  if (!back) return back;
  return *back > value ? subtract(*quotient, Decimal(1, scale)) : quotient;
}

/// Evaluates one claim, step by step; each leaves the lines with less, or as they are.
class Evaluator {
 public:
  Evaluator(const ClaimFacts& facts, const ClaimOptions& options)
      : facts_(facts), options_(options) {}

  Result<ClaimEvaluation> run() {
    if (auto done = price_lines(); !done) return std::move(done).error();
    out_.late = facts_.deadline && facts_.submitted_on && *facts_.deadline < *facts_.submitted_on;
    const bool too_late =
        out_.late && facts_.deadline->days() + std::chrono::days(options_.grace_days) <
                         facts_.submitted_on->days();
    if (too_late) {
      refuse_all();
    } else if (auto done = limit_total(); !done) {
      return std::move(done).error();
    }
    if (auto done = sum_up(); !done) return std::move(done).error();
    return std::move(out_);
  }

 private:
  const Currency& fund_currency() const {
    return facts_.conversion ? facts_.conversion->to : facts_.currency;
  }
  Decimal rate() const { return facts_.conversion ? facts_.conversion->rate : Decimal(1); }

  Result<Decimal> share_of(const Decimal& base) const {
    return part(facts_.share, base).and_then([this](const Decimal& value) -> Result<Decimal> {
      return round(value, minor_unit(facts_.currency), options_.rounding);
    });
  }
  Result<Decimal> charged(const Decimal& approved) const {
    return multiply(approved, rate()).and_then([this](const Decimal& value) -> Result<Decimal> {
      return round(value, minor_unit(fund_currency()), options_.rounding);
    });
  }

  static void reduce(EvaluatedLine& line, const Decimal& approved, ClaimLimit limit,
                     std::string reason) {
    line.approved = approved;
    line.limit = limit;
    line.reason = std::move(reason);
  }

  /// What each line is worth by itself.
  Result<void> price_lines() {
    for (const ClaimedLine& line : facts_.lines) {
      EvaluatedLine& out = out_.lines.emplace_back();
      out.no = line.no;
      out.approved = line.claimed;
      const auto gross = add(line.net, line.tax);
      if (!gross) return gross.error();
      if (!line.ineligible.empty()) {
        reduce(out, Decimal(), ClaimLimit::Eligibility, line.ineligible);
        continue;
      }
      out.eligible = facts_.tax_reimbursable ? *gross : line.net;
      const auto computed = share_of(out.eligible);
      const auto with_tax = share_of(*gross);
      if (!computed || !with_tax) return computed ? with_tax.error() : computed.error();
      out.computed = *computed;
      if (line.claimed > *computed)
        reduce(out, *computed, ClaimLimit::Share,
               line.claimed <= *with_tax ? "tax_not_reimbursable" : "wrong_rate");
    }
    return {};
  }

  void refuse_all() {
    for (EvaluatedLine& line : out_.lines) {
      if (!line.approved.is_zero()) reduce(line, Decimal(), ClaimLimit::Deadline, "outside_period");
    }
    bound_ = ClaimLimit::Deadline;
  }

  Result<Decimal> approved_so_far() const {
    Result<Decimal> sum{Decimal()};
    for (const EvaluatedLine& line : out_.lines)
      sum = std::move(sum).and_then(
          [&line](const Decimal& so_far) { return add(so_far, line.approved); });
    return sum;
  }

  /// What is left of the request and the fund, in the fund's currency, and which of them has less.
  Result<std::pair<Decimal, ClaimLimit>> what_is_left() const {
    std::pair<Decimal, ClaimLimit> least{facts_.fund_left, ClaimLimit::Fund};
    if (facts_.request_left && *facts_.request_left <= facts_.fund_left)
      least = {*facts_.request_left, ClaimLimit::Request};
    const auto left = add(least.first, facts_.over_consumption);
    if (!left) return left.error();
    auto whole = rounded_down(std::max(*left, Decimal()), Decimal(1), minor_unit(fund_currency()));
    if (!whole) return std::move(whole).error();
    return std::pair{*whole, least.second};
  }

  Result<void> limit_total() {
    const auto total = approved_so_far();
    const auto left = what_is_left();
    if (!total || !left) return total ? left.error() : total.error();
    const auto cost = charged(*total);
    if (!cost) return cost.error();
    if (*cost <= left->first) return {};
    bound_ = left->second;
    // As much of the claim's currency as what is left can pay.
    auto rest = rounded_down(left->first, rate(), minor_unit(facts_.currency));
    if (!rest) return std::move(rest).error();
    for (EvaluatedLine& line : out_.lines) {
      if (line.approved <= *rest) {
        rest = subtract(*rest, line.approved);
        if (!rest) return std::move(rest).error();
      } else {
        reduce(line, *rest, *bound_, "over_limit");
        rest = Decimal();
      }
    }
    return {};
  }

  Result<void> sum_up() {
    std::array<Decimal, kLimitNames.size()> taken_off{};
    const auto enter = [](Decimal& sum, const Result<Decimal>& more) -> Result<void> {
      auto longer = more ? add(sum, *more) : more;
      if (!longer) return std::move(longer).error();
      sum = *longer;
      return {};
    };
    for (std::size_t i = 0; i < out_.lines.size(); ++i) {
      const EvaluatedLine& line = out_.lines[i];
      const Decimal& claimed = facts_.lines[i].claimed;
      for (auto& [sum, amount] : {std::pair<Decimal*, Decimal>{&out_.claimed, claimed},
                                  {&out_.eligible, line.eligible},
                                  {&out_.computed, line.computed},
                                  {&out_.approved, line.approved}}) {
        if (auto done = enter(*sum, amount); !done) return done;
      }
      if (auto done = enter(taken_off[static_cast<std::size_t>(line.limit)],
                            subtract(claimed, line.approved));
          !done)
        return done;
    }
    if (bound_) {
      out_.limit = *bound_;
    } else {
      const auto most = std::max_element(taken_off.begin(), taken_off.end());
      out_.limit =
          most->is_zero() ? ClaimLimit::None : static_cast<ClaimLimit>(most - taken_off.begin());
    }
    auto cost = charged(out_.approved);
    if (!cost) return std::move(cost).error();
    out_.charged = {.amount = *cost, .currency = fund_currency()};
    out_.conversion = facts_.conversion;
    return {};
  }

  const ClaimFacts& facts_;
  const ClaimOptions& options_;
  ClaimEvaluation out_;
  std::optional<ClaimLimit> bound_;
};

}  // namespace

std::string_view to_string(ClaimLimit limit) {
  return kLimitNames[static_cast<std::size_t>(limit)];
}

Result<ClaimEvaluation> evaluate(const ClaimFacts& facts, const ClaimOptions& options) {
  if (auto problems = ClaimFactsCheck().of(facts, options); !problems.empty()) {
    const std::string first = problems.front().path + " " + problems.front().message;
    return Error(ErrorCode::Invalid, "the claim cannot be evaluated: " + first)
        .with_problems(std::move(problems));
  }
  return Evaluator(facts, options).run();
}

}  // namespace channelbridge::model

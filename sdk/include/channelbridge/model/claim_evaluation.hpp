#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/money.hpp"

/// What of a claim may be paid: line by line, and with the reason where it is less than was asked
/// for.
///
///     eligible of a line = its net amount, with its tax where the partner cannot reclaim that
///     computed of a line = eligible x share, rounded to the minor unit of the currency
///     approved           = the least of: what is claimed, what is computed,
///                          what is left of the request, what is left of the fund
///
/// All figures are exact. Functions are pure: any thread.
namespace channelbridge::model {

/// What kept an approved amount below what was claimed.
enum class ClaimLimit : std::uint8_t {
  None,         ///< all that was claimed is approved
  Eligibility,  ///< the reviewer takes the expense for none that is reimbursed
  Share,        ///< the vendor bears a part of it only
  Request,      ///< no more is left of what was approved beforehand
  Fund,         ///< no more is left of the fund
  Deadline      ///< it came too late
};
std::string_view to_string(ClaimLimit limit);  ///< "none", "eligibility", …

struct ClaimedLine {
  std::int64_t no{};
  Decimal net{};
  Decimal tax{};
  Decimal claimed{};
  /// Why a reviewer grants nothing of it, a code of claim_adjust_reason; "" = it is eligible.
  std::string ineligible{};
};

/// From the claim's currency to that of the request and the fund.
struct ClaimConversion {
  Currency to;
  Decimal rate{};  ///< what one unit of the claim's currency is in it
  Date date;       ///< of the rate: the last day of the activity, unless a contract says otherwise
  std::string source{};  ///< who stated it

  friend bool operator==(const ClaimConversion&, const ClaimConversion&) = default;
};

/// Amounts of lines are in the claim's currency; what is left is in the fund's, which is the same
/// where nothing is converted.
struct ClaimFacts {
  Currency currency;
  std::vector<ClaimedLine> lines{};
  Percent share{};                        ///< what of the eligible amount the vendor bears
  bool tax_reimbursable{};                ///< the partner cannot reclaim it
  std::optional<Decimal> request_left{};  ///< approved, less earlier claims; empty: no request
  Decimal fund_left{};
  Decimal over_consumption{};  ///< approved beyond both
  std::optional<ClaimConversion> conversion{};
  std::optional<Date> submitted_on{};
  std::optional<Date> deadline{};  ///< the last day for the claim; empty: none
};

struct ClaimOptions {
  int grace_days{};  ///< so many days after the deadline a claim is late, and still evaluated
  Rounding rounding{Rounding::HalfAwayFromZero};
};

struct EvaluatedLine {
  std::int64_t no{};
  Decimal eligible{};
  Decimal computed{};
  Decimal approved{};
  ClaimLimit limit{};
  std::string reason{};  ///< a code of claim_adjust_reason; "" = all that was claimed is approved

  friend bool operator==(const EvaluatedLine&, const EvaluatedLine&) = default;
};

/// Totals are sums of the lines' rounded amounts.
struct ClaimEvaluation {
  std::vector<EvaluatedLine> lines{};  ///< in the order of the claim's
  Decimal claimed{};
  Decimal eligible{};
  Decimal computed{};
  Decimal approved{};
  ClaimLimit limit{};  ///< the one that left the total where it is
  Money charged{};     ///< what the fund is charged with: approved, in its currency
  std::optional<ClaimConversion> conversion{};  ///< by which it was converted
  bool late{};                                  ///< came after the deadline
};

/// Where less is left than the lines make together, the lines get it in their order: the first ones
/// whole, one a part, the others nothing. What is left below zero is nothing.
///
/// Reasons of a line: its own where it is ineligible; tax_not_reimbursable where its tax alone
/// makes the difference, else wrong_rate, by its share; over_limit by the request or the fund;
/// outside_period for all lines of a claim that is later than the grace days allow.
///
/// The total is bound by the request or the fund where one of them took something off it (by the
/// request where both have as much left), else by what took the most off the claim.
///
/// Invalid, with all problems: an amount below zero; a claimed one with more decimals than the
/// currency has; a share that is not between 0 and 100; a reason that is no code; a conversion into
/// the claim's own currency, by a rate that is not above zero, or without a source; a deadline
/// without the day of the submission; grace days below zero.
Result<ClaimEvaluation> evaluate(const ClaimFacts& facts, const ClaimOptions& options = {});

}  // namespace channelbridge::model

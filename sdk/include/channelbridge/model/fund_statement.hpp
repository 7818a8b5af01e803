#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include "channelbridge/model/shared_parts.hpp"

namespace channelbridge::model {

/// What one system says that a fund, or a budget with all of its funds, stands at: to the books
/// (fund_ledger.hpp) what a bank statement is to a cash book. It is read and compared, and never
/// written; the statements of two systems are two records. Amounts are in its currency.
///
/// A figure is named like the account or the key figure of the books that it is to equal. One that
/// is empty is not told, or is zero.
struct FundStatement {
  struct Figures {
    std::optional<Decimal> budget{};
    std::optional<Decimal> budget_reduction_pending{};
    std::optional<Decimal> distributed{};
    std::optional<Decimal> prereserved{};
    std::optional<Decimal> reserved{};
    std::optional<Decimal> pending_claim{};
    std::optional<Decimal> approved_claim{};
    std::optional<Decimal> released_to_settle{};
    std::optional<Decimal> settled{};
    std::optional<Decimal> paid{};
    std::optional<Decimal> externally_settled{};
    std::optional<Decimal> written_off{};
    std::optional<Decimal> expired{};
    std::optional<Decimal> accrual{};
    std::optional<Decimal> over_consumption_requested{};
    std::optional<Decimal> over_consumption_approved{};
    std::optional<Decimal> available_to_distribute{};
    std::optional<Decimal> available_to_reserve{};
    std::optional<Decimal> available_to_spend{};
    std::optional<Decimal> remaining_cash{};
    /// What requests were granted, spent or not; one that is closed counts with all of its grant.
    std::optional<Decimal> granted_requests{};
    /// What claims were granted: approved, released and settled.
    std::optional<Decimal> granted_claims{};
    friend bool operator==(const Figures&, const Figures&) = default;
  };

  std::optional<std::string> number{};  ///< of the fund or the budget there
  std::optional<Reference> fund{};      ///< or `budget`, not both
  std::optional<Reference> budget{};
  std::optional<Currency> currency{};
  std::optional<Timestamp> as_of{};  ///< since when the system shows these figures
  Figures figures{};
  CustomFields custom{};

  friend bool operator==(const FundStatement&, const FundStatement&) = default;
};

const EntityDescription& description(std::type_identity<FundStatement>);

}  // namespace channelbridge::model

#include <algorithm>
#include <array>
#include <utility>

#include "channelbridge/model/fund_ledger.hpp"

namespace channelbridge::model {
namespace {

using Account = FundAccount;
using Kind = FundEventKind;

constexpr std::array kAccounts{
    std::pair{Account::Budget, std::string_view("budget")},
    std::pair{Account::OverConsumptionApproved, std::string_view("over_consumption_approved")},
    std::pair{Account::Available, std::string_view("available")},
    std::pair{Account::Distributed, std::string_view("distributed")},
    std::pair{Account::Prereserved, std::string_view("prereserved")},
    std::pair{Account::Reserved, std::string_view("reserved")},
    std::pair{Account::ApprovedClaim, std::string_view("approved_claim")},
    std::pair{Account::ReleasedToSettle, std::string_view("released_to_settle")},
    std::pair{Account::Settled, std::string_view("settled")},
    std::pair{Account::ExternallySettled, std::string_view("externally_settled")},
    std::pair{Account::WrittenOff, std::string_view("written_off")},
    std::pair{Account::Expired, std::string_view("expired")},
    std::pair{Account::PendingClaim, std::string_view("pending_claim")},
    std::pair{Account::BudgetReductionPending, std::string_view("budget_reduction_pending")},
    std::pair{Account::OverConsumptionRequested, std::string_view("over_consumption_requested")},
    std::pair{Account::Accrual, std::string_view("accrual")},
    std::pair{Account::Paid, std::string_view("paid")},
    std::pair{Account::Remark, std::string_view("remark")},
};

constexpr std::array kKinds{
    std::pair{Kind::BudgetIncreased, std::string_view("budget_increased")},
    std::pair{Kind::BudgetReductionAsked, std::string_view("budget_reduction_asked")},
    std::pair{Kind::BudgetReductionWithdrawn, std::string_view("budget_reduction_withdrawn")},
    std::pair{Kind::BudgetReduced, std::string_view("budget_reduced")},
    std::pair{Kind::Distributed, std::string_view("distributed")},
    std::pair{Kind::DistributionReturned, std::string_view("distribution_returned")},
    std::pair{Kind::Accrued, std::string_view("accrued")},
    std::pair{Kind::AccrualReversed, std::string_view("accrual_reversed")},
    std::pair{Kind::RequestSubmitted, std::string_view("request_submitted")},
    std::pair{Kind::RequestApproved, std::string_view("request_approved")},
    std::pair{Kind::RequestClosed, std::string_view("request_closed")},
    std::pair{Kind::GrantRaised, std::string_view("grant_raised")},
    std::pair{Kind::GrantLowered, std::string_view("grant_lowered")},
    std::pair{Kind::ClaimSubmitted, std::string_view("claim_submitted")},
    std::pair{Kind::ClaimApproved, std::string_view("claim_approved")},
    std::pair{Kind::ClaimRefused, std::string_view("claim_refused")},
    std::pair{Kind::ClaimTakenBack, std::string_view("claim_taken_back")},
    std::pair{Kind::ClaimReleased, std::string_view("claim_released")},
    std::pair{Kind::ClaimSettled, std::string_view("claim_settled")},
    std::pair{Kind::ClaimPaid, std::string_view("claim_paid")},
    std::pair{Kind::PaymentReversed, std::string_view("payment_reversed")},
    std::pair{Kind::SettledExternally, std::string_view("settled_externally")},
    std::pair{Kind::ExternallyReversed, std::string_view("externally_reversed")},
    std::pair{Kind::ReversedToReserve, std::string_view("reversed_to_reserve")},
    std::pair{Kind::ReversedToWriteOff, std::string_view("reversed_to_write_off")},
    std::pair{Kind::WriteOffReversed, std::string_view("write_off_reversed")},
    std::pair{Kind::OverConsumptionAsked, std::string_view("over_consumption_asked")},
    std::pair{Kind::OverConsumptionRefused, std::string_view("over_consumption_refused")},
    std::pair{Kind::OverConsumptionApproved, std::string_view("over_consumption_approved")},
    std::pair{Kind::OverConsumptionReversed, std::string_view("over_consumption_reversed")},
    std::pair{Kind::ExcessFlagged, std::string_view("excess_flagged")},
    std::pair{Kind::ExcessUnflagged, std::string_view("excess_unflagged")},
    std::pair{Kind::ExcessApproved, std::string_view("excess_approved")},
    std::pair{Kind::ExcessLapsed, std::string_view("excess_lapsed")},
    std::pair{Kind::Expired, std::string_view("expired")},
    std::pair{Kind::Renewed, std::string_view("renewed")},
};

template <typename Table, typename Key>
std::string_view name_in(const Table& table, Key key) {
  const auto row = std::find_if(table.begin(), table.end(),
                                [key](const auto& entry) { return entry.first == key; });
  return row == table.end() ? std::string_view() : row->second;
}

template <typename Table>
auto named_in(const Table& table, std::string_view name)
    -> std::optional<typename Table::value_type::first_type> {
  const auto row = std::find_if(table.begin(), table.end(),
                                [name](const auto& entry) { return entry.second == name; });
  if (row == table.end()) return std::nullopt;
  return row->first;
}

}  // namespace

std::optional<FundAccount> fund_account(std::string_view code) { return named_in(kAccounts, code); }
std::string_view to_string(FundAccount account) { return name_in(kAccounts, account); }
std::optional<FundEventKind> fund_event_kind(std::string_view code) {
  return named_in(kKinds, code);
}
std::string_view to_string(FundEventKind kind) { return name_in(kKinds, kind); }

}  // namespace channelbridge::model

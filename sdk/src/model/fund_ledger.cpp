#include "channelbridge/model/fund_ledger.hpp"

#include <algorithm>
#include <utility>

#include "fund_ledger_internal.hpp"

namespace channelbridge::model {
namespace {

using Account = FundAccount;
using Kind = FundEventKind;

bool moves_all(Kind kind) {
  return kind == Kind::RequestClosed || kind == Kind::ClaimRefused ||
         kind == Kind::ClaimTakenBack || kind == Kind::Expired || kind == Kind::Renewed;
}

bool is_of_request(Kind kind) {
  return kind == Kind::RequestSubmitted || kind == Kind::RequestApproved ||
         kind == Kind::RequestClosed || kind == Kind::GrantRaised || kind == Kind::GrantLowered;
}

/// Which reservation an event is about; "" = none.
const std::string& request_of(const FundEvent& event) {
  return is_of_request(event.kind) ? event.document : event.request;
}

/// Who holds what stands in an account: a request its reservation, a claim what was granted to it.
const std::string& holder_of(Account account, const FundEvent& event) {
  return account == Account::Prereserved || account == Account::Reserved ? request_of(event)
                                                                         : event.document;
}

Error refused(const FundEvent& event, std::string_view rule, const std::string& what) {
  const std::string message =
      std::string(to_string(event.kind)) + " of " + event.document + " " + what;
  return Error(ErrorCode::Invalid, message)
      .with_key(event.document)
      .with_problems({{.path = "amount", .rule = std::string(rule), .message = message}});
}

std::string shown(const Decimal& amount, const FundRules& rules) {
  return to_string(amount, minor_unit(rules.currency)) + " " + rules.currency.text();
}

}  // namespace

struct FundLedger::Movement {
  FundAccount from{};
  FundAccount to{};
  Decimal amount{};
};

FundLedger::FundLedger(FundRules rules) : rules_(std::move(rules)) {}

/// What may be reserved beyond what is there. What was approved of it is used up.
Decimal FundLedger::tolerated() const {
  const auto more = part(rules_.tolerance, figure(Account::Budget));
  return less(more ? round(*more, minor_unit(rules_.currency)) : Decimal(), excess_approved_);
}

void FundLedger::count_excess(const FundEvent& event, const Movement& movement) {
  const bool counts = event.kind == Kind::ExcessFlagged || event.kind == Kind::ExcessUnflagged ||
                      event.kind == Kind::ExcessApproved || event.kind == Kind::ExcessLapsed;
  if (!counts) return;
  FundExcess& held = excesses_[event.document];
  const auto change = [&](Decimal& part, Decimal& total, const Decimal& by) {
    part = sum(part, by);
    total = sum(total, by);
  };
  if (movement.to == Account::OverConsumptionRequested)
    change(held.asked, excess_asked_, movement.amount);
  if (movement.from == Account::OverConsumptionRequested)
    change(held.asked, excess_asked_, -movement.amount);
  if (movement.from == Account::OverConsumptionApproved)
    change(held.approved, excess_approved_, movement.amount);
  if (movement.to == Account::OverConsumptionApproved)
    change(held.approved, excess_approved_, -movement.amount);
  if (held.none()) excesses_.erase(event.document);
}

std::optional<Error> FundLedger::check_amount(const FundEvent& event) const {
  if (moves_all(event.kind)) {
    if (!event.amount) return std::nullopt;
    return refused(event, "fund_amount", "moves all there is and takes no amount");
  }
  if (!event.amount) return refused(event, "fund_amount", "has no amount");
  // More digits than any currency's budget has, and room to add up millions of such amounts.
  constexpr Decimal kMost(1'000'000'000'000'000);
  if (event.amount->sign() <= 0 || *event.amount >= kMost)
    return refused(event, "fund_amount", "has an amount of " + to_string(*event.amount));
  if (event.amount->scale() > minor_unit(rules_.currency))
    return refused(event, "fund_amount",
                   "has an amount of " + to_string(*event.amount) + ", more exact than " +
                       rules_.currency.text());
  return std::nullopt;
}

/// What an event moves, as far as the books have it.
Result<std::vector<FundLedger::Movement>> FundLedger::movements_of(const FundEvent& event) const {
  const Decimal amount = event.amount.value_or(Decimal());
  const auto held = [&](Account account) { return figure(account, holder_of(account, event)); };
  std::vector<Movement> out;
  std::optional<Error> error;
  const auto move = [&](Account from, Account to, const Decimal& moved) {
    out.push_back({from, to, moved});
  };
  /// Takes from what one document holds.
  const auto take = [&](Account from, Account to, const Decimal& moved) {
    if (const Decimal there = held(from); there < moved && !error)
      error = refused(event, "fund_overdrawn",
                      "takes " + shown(moved, rules_) + " of " + std::string(to_string(from)) +
                          ", where " + shown(there, rules_) + " is held by " +
                          (holder_of(from, event).empty() ? "nobody" : holder_of(from, event)));
    move(from, to, moved);
  };
  /// Takes from what is common to all documents. What was approved for one of them is not.
  const auto draw = [&](Account from, Account to, const Decimal& moved) {
    const Decimal there =
        from == Account::Available ? less(figure(from), excess_approved_) : figure(from);
    if (there < moved && !error)
      error = refused(event, "fund_overdrawn",
                      "takes " + shown(moved, rules_) + " of " + std::string(to_string(from)) +
                          ", where " + shown(there, rules_) + " is");
    move(from, to, moved);
  };
  /// No more goes back to the budget than came from it: what was over-consumed came from elsewhere.
  const auto give_back = [&](const Decimal& moved) {
    if (const Decimal there = figure(Account::Budget); there < moved && !error)
      error = refused(event, "fund_overdrawn",
                      "takes " + shown(moved, rules_) + " of a budget of " + shown(there, rules_));
    move(Account::Available, Account::Budget, moved);
  };
  const auto beyond = excesses_.find(event.document);
  const FundExcess own_excess = beyond == excesses_.end() ? FundExcess() : beyond->second;
  const auto direct = [&] { return event.request.empty(); };
  const Account home = direct() ? Account::Available : Account::Reserved;

  switch (event.kind) {
    case Kind::BudgetIncreased:
      move(Account::Budget, Account::Available, amount);
      break;
    case Kind::BudgetReductionAsked:
      move(Account::Remark, Account::BudgetReductionPending, amount);
      break;
    case Kind::BudgetReductionWithdrawn:
      move(Account::BudgetReductionPending, Account::Remark,
           std::min(held(Account::BudgetReductionPending), amount));
      break;
    case Kind::BudgetReduced:
      if (less(figure(Account::Available), excess_approved_) < amount)
        draw(Account::Available, Account::Budget, amount);
      else
        give_back(amount);
      if (const Decimal asked = held(Account::BudgetReductionPending); asked.sign() > 0)
        move(Account::BudgetReductionPending, Account::Remark, std::min(asked, amount));
      break;
    case Kind::Distributed:
      move(Account::Available, Account::Distributed, amount);
      break;
    case Kind::DistributionReturned:
      take(Account::Distributed, Account::Available, amount);
      break;
    case Kind::Accrued:
      move(Account::Budget, Account::Available, amount);
      move(Account::Remark, Account::Accrual, amount);
      break;
    case Kind::AccrualReversed:
      give_back(amount);
      draw(Account::Accrual, Account::Remark, amount);
      break;
    case Kind::RequestSubmitted:
      move(Account::Available, Account::Prereserved, amount);
      break;
    case Kind::RequestApproved:
      take(Account::Prereserved, Account::Reserved, amount);
      if (const Decimal asked = held(Account::Prereserved); asked > amount)
        move(Account::Prereserved, Account::Available, less(asked, amount));
      break;
    case Kind::RequestClosed:
      if (const Decimal pending = figure(Account::PendingClaim, event.document); pending.sign() > 0)
        return refused(event, "fund_claim_pending",
                       "would give back what claims of " + shown(pending, rules_) + " wait for");
      if (const Decimal asked = held(Account::Prereserved); asked.sign() > 0)
        move(Account::Prereserved, Account::Available, asked);
      if (const Decimal rest = held(Account::Reserved); rest.sign() > 0 || out.empty())
        move(Account::Reserved, Account::Available, rest);
      break;
    case Kind::GrantRaised:
      move(Account::Available, Account::Reserved, amount);
      break;
    case Kind::GrantLowered: {
      const Decimal pending = figure(Account::PendingClaim, event.document);
      if (const Decimal rest = less(held(Account::Reserved), amount);
          rest.sign() >= 0 && rest < pending)
        return refused(event, "fund_claim_pending",
                       "would leave " + shown(rest, rules_) + ", and claims of " +
                           shown(pending, rules_) + " wait for their decision");
      take(Account::Reserved, Account::Available, amount);
      break;
    }
    case Kind::ClaimSubmitted: {
      const Decimal left =
          direct() ? figure(Account::Available)
                   : less(held(Account::Reserved), figure(Account::PendingClaim, event.request));
      move(Account::Remark, Account::PendingClaim,
           std::clamp(amount, Decimal(), std::max(left, Decimal())));
      break;
    }
    case Kind::ClaimApproved:
      if (const Decimal pending = held(Account::PendingClaim); pending.sign() > 0)
        move(Account::PendingClaim, Account::Remark, pending);
      if (direct()) {
        draw(Account::Available, Account::ApprovedClaim, amount);
      } else {
        take(Account::Reserved, Account::ApprovedClaim, amount);
      }
      break;
    case Kind::ClaimRefused:
      move(Account::PendingClaim, Account::Remark, held(Account::PendingClaim));
      break;
    case Kind::ClaimTakenBack:
      for (const Account account : {Account::ApprovedClaim, Account::ReleasedToSettle}) {
        const Decimal granted = held(account);
        if (granted.sign() > 0) move(account, home, granted);
      }
      if (out.empty()) move(Account::ApprovedClaim, Account::Available, Decimal());
      break;
    case Kind::ClaimReleased:
      take(Account::ApprovedClaim, Account::ReleasedToSettle, amount);
      break;
    case Kind::ClaimSettled:
      take(Account::ReleasedToSettle, Account::Settled, amount);
      break;
    case Kind::ClaimPaid:
      if (const Decimal open = less(held(Account::Settled), held(Account::Paid)); open < amount)
        return refused(event, "fund_overdrawn",
                       "pays " + shown(amount, rules_) + ", and " + shown(open, rules_) +
                           " are settled and not paid");
      move(Account::Remark, Account::Paid, amount);
      break;
    case Kind::PaymentReversed:
      take(Account::Paid, Account::Remark, amount);
      break;
    case Kind::SettledExternally:
      if (direct()) {
        draw(Account::Available, Account::ExternallySettled, amount);
      } else {
        take(Account::Reserved, Account::ExternallySettled, amount);
      }
      break;
    case Kind::ExternallyReversed:
      take(Account::ExternallySettled, home, amount);
      break;
    case Kind::ReversedToReserve:
    case Kind::ReversedToWriteOff:
      if (const Decimal rest = less(held(Account::Settled), amount);
          rest.sign() >= 0 && rest < held(Account::Paid))
        return refused(event, "fund_overdrawn",
                       "takes back " + shown(amount, rules_) + ", and of what is settled " +
                           shown(held(Account::Paid), rules_) + " are paid");
      take(Account::Settled, event.kind == Kind::ReversedToReserve ? home : Account::WrittenOff,
           amount);
      break;
    case Kind::WriteOffReversed:
      take(Account::WrittenOff, home, amount);
      break;
    case Kind::OverConsumptionAsked:
      move(Account::Remark, Account::OverConsumptionRequested, amount);
      break;
    case Kind::OverConsumptionRefused:
      move(Account::OverConsumptionRequested, Account::Remark,
           std::min(stated(Account::OverConsumptionRequested, event.document), amount));
      break;
    case Kind::OverConsumptionReversed:
      if (const Decimal approved = stated(Account::OverConsumptionApproved, event.document);
          approved < amount)
        return refused(event, "fund_overdrawn",
                       "takes back " + shown(amount, rules_) + ", and " + shown(approved, rules_) +
                           " are approved");
      if (direct()) {
        draw(Account::Available, Account::OverConsumptionApproved, amount);
      } else {
        take(Account::Reserved, Account::OverConsumptionApproved, amount);
      }
      break;
    case Kind::OverConsumptionApproved:
      move(Account::OverConsumptionApproved, home, amount);
      if (const Decimal asked = stated(Account::OverConsumptionRequested, event.document);
          asked.sign() > 0)
        move(Account::OverConsumptionRequested, Account::Remark, asked);
      break;
    case Kind::ExcessFlagged:
      // Approved ones are available: what is below zero is approved by nobody.
      if (const Decimal open = less(-figure(Account::Available), excess_asked_); open < amount)
        return refused(event, "fund_excess",
                       "flags " + shown(amount, rules_) + ", and " +
                           shown(std::max(open, Decimal()), rules_) + " go beyond unflagged");
      move(Account::Remark, Account::OverConsumptionRequested, amount);
      break;
    case Kind::ExcessUnflagged:
      if (const Decimal asked = own_excess.asked; asked < amount)
        return refused(event, "fund_overdrawn",
                       "takes " + shown(amount, rules_) + " back, and " + shown(asked, rules_) +
                           " are flagged");
      move(Account::OverConsumptionRequested, Account::Remark, amount);
      break;
    case Kind::ExcessApproved:
      if (const Decimal open = std::min(own_excess.asked, -figure(Account::Available));
          open < amount)
        return refused(event, "fund_excess",
                       "approves " + shown(amount, rules_) + ", and " +
                           shown(std::max(open, Decimal()), rules_) + " are flagged and needed");
      move(Account::OverConsumptionApproved, Account::Available, amount);
      move(Account::OverConsumptionRequested, Account::Remark, amount);
      break;
    case Kind::ExcessLapsed:
      if (const Decimal approved = own_excess.approved; approved < amount)
        return refused(event, "fund_overdrawn",
                       "takes " + shown(amount, rules_) + " back, and " + shown(approved, rules_) +
                           " are approved");
      move(Account::Available, Account::OverConsumptionApproved, amount);
      break;
    case Kind::Expired:
      move(Account::Available, Account::Expired, std::max(figure(Account::Available), Decimal()));
      break;
    case Kind::Renewed:
      move(Account::Expired, Account::Available, figure(Account::Expired));
      break;
  }
  if (error) return *std::move(error);
  return out;
}

void FundLedger::book(const FundEvent& event, const Movement& movement) {
  postings_.push_back({.no = static_cast<std::int64_t>(postings_.size()) + 1,
                       .event = event,
                       .from = movement.from,
                       .to = movement.to,
                       .amount = movement.amount});
  of_document_[event.document].push_back(postings_.size() - 1);
  const auto change = [&](Account account, const Decimal& by) {
    Decimal& total = figures_[account];
    total = sum(total, by);
    const std::string& holder = holder_of(account, event);
    if (holder.empty()) return;
    Decimal& held = by_document_[holder][account];
    held = sum(held, by);
  };
  change(movement.from, -movement.amount);
  change(movement.to, movement.amount);
  count_excess(event, movement);
  // What waits of a request's claims is the request's, too.
  if (event.request.empty() || event.request == event.document) return;
  for (const auto& [account, by] :
       {std::pair(movement.from, -movement.amount), std::pair(movement.to, movement.amount)}) {
    if (account != Account::PendingClaim) continue;
    Decimal& held = by_document_[event.request][account];
    held = sum(held, by);
  }
}

Result<std::vector<FundPosting>> FundLedger::post(const FundEvent& event) {
  return post(event, /*within_rules=*/true);
}

Result<std::vector<FundPosting>> FundLedger::post(const FundEvent& event, bool within_rules) {
  if (const auto known = events_.find(event.id); known != events_.end()) {
    if (known->second == event) return std::vector<FundPosting>();
    return refused(event, "fund_event_differs",
                   "has the id " + event.id + " of a " +
                       std::string(to_string(known->second.kind)) + " of " +
                       known->second.document);
  }
  if (auto error = check_amount(event)) return *std::move(error);
  auto movements = movements_of(event);
  if (!movements) return std::move(movements).error();
  if (within_rules) {
    if (auto error = check_rules(event, *movements)) return *std::move(error);
  }
  // What comes back to a fund that has ended ends with it.
  if (event.kind == Kind::Expired || event.kind == Kind::Renewed)
    expired_ = event.kind == Kind::Expired;
  if (expired_ && event.kind != Kind::Expired) {
    Decimal back;
    for (const Movement& movement : *movements) {
      if (movement.to == Account::Available) back = sum(back, movement.amount);
      if (movement.from == Account::Available) back = less(back, movement.amount);
    }
    const Decimal there = sum(figure(Account::Available), back);
    if (const Decimal gone = std::min(back, there); gone.sign() > 0)
      movements->push_back({Account::Available, Account::Expired, gone});
  }
  const auto before = static_cast<std::ptrdiff_t>(postings_.size());
  for (const Movement& movement : *movements) book(event, movement);
  events_.emplace(event.id, event);
  return std::vector<FundPosting>(postings_.begin() + before, postings_.end());
}

/// What this fund allows, beyond what any books do.
std::optional<Error> FundLedger::check_rules(const FundEvent& event,
                                             std::span<const Movement> movements) const {
  const bool claims = event.kind == Kind::ClaimSubmitted || event.kind == Kind::ClaimApproved;
  if (claims && event.request.empty() && !rules_.direct_claims)
    return refused(event, "fund_direct_claim",
                   "names no request, and this fund pays only what was asked for before");
  Decimal taken;
  for (const Movement& movement : movements) {
    if (movement.from == Account::Available) taken = sum(taken, movement.amount);
  }
  // What has ended, or lapses, is what is there and not what somebody asks for.
  const bool asks = event.kind != Kind::Expired && event.kind != Kind::ExcessLapsed;
  const Decimal available = figure(Account::Available);
  const Decimal most = sum(available, tolerated());
  if (taken.sign() <= 0 || !asks || taken <= most) return std::nullopt;
  std::string what =
      "asks for " + shown(taken, rules_) + ", and " + shown(available, rules_) + " is available";
  if (most != available) what += ", with what is tolerated " + shown(most, rules_);
  return refused(event, "fund_available",
                 what + ": " + shown(less(taken, most), rules_) + " too much");
}

Result<FundLedger> FundLedger::replay(const FundRules& rules,
                                      std::span<const FundPosting> postings) {
  FundLedger out(rules);
  const auto differs = [](const FundPosting& posting, const std::string& what) {
    const std::string message = "posting " + std::to_string(posting.no) + " (" +
                                std::string(to_string(posting.event.kind)) + " of " +
                                posting.event.document + ") " + what;
    return Error(ErrorCode::Invalid, message)
        .with_key(posting.event.document)
        .with_problems({{.path = "postings[" + std::to_string(posting.no) + "]",
                         .rule = "fund_posting_differs",
                         .message = message}});
  };
  for (std::size_t at = 0; at < postings.size();) {
    auto made = out.post(postings[at].event, /*within_rules=*/false);
    if (!made) return differs(postings[at], "cannot be: " + made.error().message());
    if (made->empty()) return differs(postings[at], "is of an event that was posted before");
    for (const FundPosting& wanted : *made) {
      if (at == postings.size())
        return differs(wanted, "is missing: " + shown(wanted.amount, rules) + " from " +
                                   std::string(to_string(wanted.from)) + " to " +
                                   std::string(to_string(wanted.to)));
      const FundPosting& found = postings[at++];
      if (found == wanted) continue;
      return differs(
          found,
          "is " + shown(found.amount, rules) + " from " + std::string(to_string(found.from)) +
              " to " + std::string(to_string(found.to)) + ", and its event makes " +
              shown(wanted.amount, rules) + " from " + std::string(to_string(wanted.from)) +
              " to " + std::string(to_string(wanted.to)) + ", number " + std::to_string(wanted.no));
    }
  }
  return out;
}

}  // namespace channelbridge::model

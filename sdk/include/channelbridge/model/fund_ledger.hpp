#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/decimal.hpp"
#include "channelbridge/model/money.hpp"

/// The books of one fund: every amount moves from one account to another, and nothing else is
/// stored. What is left for new requests, or to be paid out, is a sum of those movements.
///
///     FundLedger ledger({.currency = *Currency::parse("EUR")});
///     ledger.post({.id = "b-1", .kind = Kind::BudgetIncreased, .document = "B1", .amount = 5000});
///     ledger.post({.id = "r-1", .kind = Kind::RequestSubmitted, .document = "R1", .amount = 800});
///     ledger.key_figures().available_to_reserve;  // 4200
namespace channelbridge::model {

/// Where money of a fund stands. The first two are where it comes from.
enum class FundAccount : std::uint8_t {
  Budget,
  OverConsumptionApproved,
  Available,    ///< what nobody has asked for
  Distributed,  ///< handed on to other funds
  Prereserved,  ///< asked for by a request
  Reserved,     ///< granted to a request
  ApprovedClaim,
  ReleasedToSettle,
  Settled,
  ExternallySettled,  ///< paid by another way than a claim
  WrittenOff,         ///< paid, taken back, and lost
  Expired,
  // The other side of these is Remark: they say something of money that stands elsewhere.
  PendingClaim,  ///< claimed, not decided: a part of what is reserved
  BudgetReductionPending,
  OverConsumptionRequested,
  Accrual,  ///< the part of the budget that was earned by purchases
  Paid,     ///< the part of what is settled that its partner has got
  Remark,
};

/// "released_to_settle"; nothing for a word that is no account.
std::optional<FundAccount> fund_account(std::string_view code);
std::string_view to_string(FundAccount account);

/// What happens to a fund. "Over consumption" is beyond the budget as somebody says who keeps the
/// fund; "excess" is what these books find there to be beyond it, as far as it is tolerated.
enum class FundEventKind : std::uint8_t {
  BudgetIncreased,
  BudgetReductionAsked,
  BudgetReductionWithdrawn,  ///< nobody asks for it any more
  BudgetReduced,             ///< takes what is available only
  Distributed,
  DistributionReturned,  ///< what was handed on comes back
  Accrued,               ///< raises the budget by what purchases have earned
  AccrualReversed,
  RequestSubmitted,
  RequestApproved,  ///< with the amount that is granted; the rest is given back
  RequestClosed,    ///< rejected, withdrawn, returned or done with: gives back all that it holds
  GrantRaised,      ///< more is granted than before, by this amount
  GrantLowered,     ///< less, but no less than its claims wait for
  ClaimSubmitted,
  ClaimApproved,  ///< with the amount that is granted
  ClaimRefused,   ///< rejected, returned or withdrawn
  /// An approval is taken back: all that is granted to the claim and not paid is its request's
  /// again.
  ClaimTakenBack,
  ClaimReleased,
  ClaimSettled,     ///< it is in the books of the ERP
  ClaimPaid,        ///< the partner has got it
  PaymentReversed,  ///< the partner has not, after all: it is settled still
  SettledExternally,
  ExternallyReversed,  ///< it was not, after all: the money is its request's again
  ReversedToReserve,   ///< a settlement that is not paid is taken back: its request's money again
  ReversedToWriteOff,  ///< a settlement that is not paid is taken back, its money is lost
  WriteOffReversed,    ///< it was not lost, after all: the money is its request's again
  OverConsumptionAsked,
  OverConsumptionRefused,  ///< nobody asks for it any more
  OverConsumptionApproved,
  OverConsumptionReversed,  ///< takes what was approved and nobody has used
  /// What a document takes beyond what there is, within the tolerance, asks to be approved.
  ExcessFlagged,
  ExcessUnflagged,  ///< it does not go beyond any more, or by less
  ExcessApproved,   ///< so much of what was flagged is available now
  ExcessLapsed,     ///< what was approved is not needed any more
  Expired,          ///< all that is available; what is given back later expires at once
  Renewed,          ///< all that had expired is available again
};

/// "claim_approved"
std::optional<FundEventKind> fund_event_kind(std::string_view code);
std::string_view to_string(FundEventKind kind);

/// One business fact about a fund.
struct FundEvent {
  std::string id{};  ///< by which a repetition is known
  FundEventKind kind{};
  std::string document{};  ///< the request, claim or posting that it is about
  std::string request{};   ///< of a claim's events: whose reservation pays; "" = a direct claim
  /// Above zero. Events that move all there is (RequestClosed, ClaimRefused, ClaimTakenBack,
  /// Expired, Renewed) take no amount.
  std::optional<Decimal> amount{};
  Timestamp at{};

  friend bool operator==(const FundEvent&, const FundEvent&) = default;
};

/// One movement. Never changed and never removed: what was wrong is moved back.
struct FundPosting {
  std::int64_t no{};  ///< 1, 2, 3, …
  FundEvent event{};  ///< that it is of; its amount is the event's
  FundAccount from{};
  FundAccount to{};
  Decimal amount{};  ///< not below zero; zero = the event found nothing to move

  friend bool operator==(const FundPosting&, const FundPosting&) = default;
};

/// Sums of postings.
struct FundKeyFigures {
  Decimal budget{};
  Decimal available_to_distribute{};
  Decimal available_to_reserve{};
  /// What claims may still ask for: reserved, less what is claimed already, and with direct claims
  /// what is available to reserve.
  Decimal available_to_spend{};
  Decimal remaining_cash{};              ///< budget that was neither paid nor lost
  std::optional<Percent> utilisation{};  ///< of the budget, two decimals; empty without a budget

  friend bool operator==(const FundKeyFigures&, const FundKeyFigures&) = default;
};

/// What of a document goes beyond its fund.
struct FundExcess {
  Decimal asked{};     ///< flagged, and not approved
  Decimal approved{};  ///< by which there is more than the budget has

  bool none() const { return asked.is_zero() && approved.is_zero(); }
  friend bool operator==(const FundExcess&, const FundExcess&) = default;
};

struct FundRules {
  Currency currency;
  /// Of the budget, by which more may be reserved than there is, approved or not; 0 = strict.
  Percent tolerance{};
  bool direct_claims{};  ///< claims without a request
};

/// The postings of one fund and what may still be posted.
///
/// Rules of an event that would break the books, each refused as Invalid with one Problem that has
/// the rule's name and the figures:
///
/// fund_amount          no amount where one is needed, one of zero or below, one with more decimals
///                      than the currency has, or one where the event moves all there is
/// fund_event_differs   the id was posted with another content
/// fund_overdrawn       takes more out of an account than it holds for this document
/// fund_available       asks for more than is available (and tolerated)
/// fund_excess          flags or approves more than goes beyond
/// fund_claim_pending   a request is closed, or granted less, while claims of it wait for the money
/// fund_direct_claim    a claim without a request, where the fund does not know that
///
/// Threads: one at a time.
class FundLedger {
 public:
  explicit FundLedger(FundRules rules);
  /// The ledger that these postings left. Invalid (rule fund_posting_differs) where they are not
  /// what their events make, with the number and the figures of the first that differs: somebody
  /// has changed them. What the fund tolerates may have changed since; it is not asked again.
  static Result<FundLedger> replay(const FundRules& rules, std::span<const FundPosting> postings);

  /// Posts an event, all of it or nothing. The postings that it made; none when its id was posted
  /// before.
  Result<std::vector<FundPosting>> post(const FundEvent& event);

  std::span<const FundPosting> postings() const { return postings_; }
  /// Those of one document's events, in their order, without a walk over all of them. They stay
  /// until the next post().
  std::vector<const FundPosting*> postings_of(std::string_view document) const;
  /// What stands in an account; of Budget and OverConsumptionApproved, what came from there.
  Decimal figure(FundAccount account) const;
  /// Documents that hold something of an account, or owe it.
  std::vector<std::string> holders(FundAccount account) const;
  /// The part of an account that a document holds.
  Decimal figure(FundAccount account, std::string_view document) const;
  FundKeyFigures key_figures() const;
  /// What goes beyond what there is: without what was approved of it, so much less were available.
  Decimal excess() const;
  /// What of it is flagged or approved, by document. None of them is empty.
  const std::map<std::string, FundExcess, std::less<>>& excesses() const { return excesses_; }
  /// The part of an account that a document holds by what its fund's keeper has said: without what
  /// is flagged or approved of its excess.
  Decimal stated(FundAccount account, std::string_view document) const;
  const FundRules& rules() const { return rules_; }
  /// Null when no event of that id was posted.
  const FundEvent* event(std::string_view id) const;
  /// Has it ended, and was not renewed since?
  bool expired() const { return expired_; }

 private:
  struct Movement;
  Result<std::vector<Movement>> movements_of(const FundEvent& event) const;
  Result<std::vector<FundPosting>> post(const FundEvent& event, bool within_rules);
  std::optional<Error> check_amount(const FundEvent& event) const;
  std::optional<Error> check_rules(const FundEvent& event,
                                   std::span<const Movement> movements) const;
  Decimal tolerated() const;
  void count_excess(const FundEvent& event, const Movement& movement);
  void book(const FundEvent& event, const Movement& movement);

  FundRules rules_;
  std::vector<FundPosting> postings_{};
  std::map<std::string, std::vector<std::size_t>, std::less<>> of_document_{};
  std::map<std::string, FundEvent, std::less<>> events_{};
  std::map<FundAccount, Decimal> figures_{};
  std::map<std::string, std::map<FundAccount, Decimal>, std::less<>> by_document_{};
  std::map<std::string, FundExcess, std::less<>> excesses_{};
  Decimal excess_asked_{};     ///< of all documents
  Decimal excess_approved_{};  ///< likewise
  bool expired_{};
};

}  // namespace channelbridge::model

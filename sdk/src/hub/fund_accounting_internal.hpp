#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/hub/hub.hpp"
#include "channelbridge/model/claim.hpp"
#include "fund_books_internal.hpp"
#include "fund_people_internal.hpp"

namespace channelbridge::hub {

/// A record as the books look at it.
struct LedgerRecord {
  std::string id{};
  std::string entity{};
  std::int64_t version{};
  model::Fields fields{};
  bool gone{};  ///< merged into another one: it asks for nothing any more
  std::string alias_of{};
  Timestamp created{};  ///< when the hub first read it
};

/// Records by id: those that a step has changed, else as the store has them.
///
/// Threads: one at a time.
class LedgerReader {
 public:
  explicit LedgerReader(store::Store& store) : store_(store) {}

  void set(LedgerRecord record) { records_[record.id] = std::move(record); }
  /// Null: there is no such record.
  Result<const LedgerRecord*> find(const std::string& id);
  /// Of an entity's records, the one with this number; "" = none.
  Result<std::string> by_number(const std::string& entity, const std::string& number);
  /// "claim C-7", where the record has been read; else "".
  std::string name_of(const std::string& id) const;
  /// All that have been read.
  const std::map<std::string, std::optional<LedgerRecord>>& read() const { return records_; }
  store::Store& store() { return store_; }

 private:
  store::Store& store_;
  std::map<std::string, std::optional<LedgerRecord>> records_;
};

/// What the books of a fund hold of one claim.
struct ClaimHolding {
  std::string request{};  ///< whose reservation pays
  bool waits{};
  model::Decimal claimed{};  ///< as it was submitted last
  model::Decimal approved{};
  model::Decimal released{};
  model::Decimal settled{};
  model::Decimal paid{};  ///< of what is settled
  model::Decimal lost{};  ///< was settled, taken back and written off

  model::Decimal unpaid() const { return plus(approved, released); }
  bool holds() const { return waits || unpaid().sign() > 0 || settled.sign() > 0; }
};
ClaimHolding holding_of_claim(const model::FundLedger& ledger, const std::string& claim);
/// Claims that stand in the books under a request, and hold something there.
std::set<std::string> claims_under(const model::FundLedger& ledger, const std::string& request);

/// What the books of a fund hold of one request.
struct RequestHolding {
  bool open{};     ///< submitted, and not closed since
  bool granted{};  ///< approved, and not closed since
  model::Decimal asked{};
  model::Decimal reserved{};
  model::Decimal consumed{};          ///< by its claims
  model::Decimal over_consumption{};  ///< approved beyond the grant
};
RequestHolding holding_of_request(const model::FundLedger& ledger, const std::string& request);

/// A fund to which a share of what its partner buys accrues, as its record and its budget's say.
struct AccrualTerms {
  std::string fund{};
  std::string partner{};
  model::Percent pct{};
  std::string family{};  ///< of products; "" = all goods
  std::string period{};  ///< at whose end it is there: "quarter"; "" = at once
  DaySpan valid{};
};
/// Is what was bought on that day there today?
bool is_due(const AccrualTerms& terms, const std::string& day, const model::Date& today);
/// The posting by which a fund's system says that it accrues itself; "" = it says no such thing.
std::string accrual_stated(const model::Fields& fund);

/// A fund of rebates or spiffs.
struct CommissionFund {
  std::string fund{};
  std::string partner{};  ///< "" = of all
  std::string kind{};     ///< of its budget, and of the plans whose commissions it pays
  DaySpan valid{};
};

/// Brings the books to what records say: the difference between what stands in the books for a
/// document and what its record asks for is posted as the events that lead there. The same news
/// twice, from two systems or in another order, makes no difference and posts nothing.
///
/// What the books refuse is posted for no part of it, and remembered with rule and figures. It is
/// tried again by account() with any other record, and by each run.
///
/// Threads: one at a time.
class FundAccounting {
 public:
  FundAccounting(const HubConfig& config, LedgerReader reader, Timestamp now, std::int64_t run);
  FundAccounting(const FundAccounting&) = delete;
  FundAccounting& operator=(const FundAccounting&) = delete;

  /// Funds do not end yet: what was promised before their end may still be read. They wait, and end
  /// with the next account() of somebody who has not asked for that.
  void leave_ends_open() { ends_wait_ = true; }
  /// Records of other entities are passed over. Errors: those of the store.
  Result<void> account(const std::vector<std::string>& records);
  /// What there is to commit.
  void enter(store::Changes& changes) const;

  /// Approves what is flagged there as beyond the fund, of one document or of all ("").
  /// Documents of which something was flagged. Errors: Invalid, the books do not take it.
  Result<std::vector<std::string>> approve_excess(const std::string& fund,
                                                  const std::string& document);

  const std::vector<store::FundPostingRow>& posted() const { return books_.fresh(); }
  const std::map<std::string, LedgerRefusal>& refused() const { return refused_; }
  FundBooks& books() { return books_; }
  LedgerReader& reader() { return reader_; }
  /// What settlements say of a claim, by its id.
  Result<Settled> settled(const std::string& claim);
  /// What does not hold of a record and stops nothing; nothing of one that the books refuse.
  Result<std::vector<LedgerRefusal>> told(const std::string& record);
  /// What of a claim may be paid. Invalid: it, its request or its fund does not say enough.
  Result<LedgerEvaluation> evaluate(const LedgerRecord& claim);
  /// All that purchases and commissions accrue by: where it differs, each of them may accrue
  /// otherwise.
  Result<std::string> accrual_terms();

 private:
  using Outcome = std::optional<LedgerRefusal>;
  /// What a field refers to.
  struct Reference {
    enum class State : std::uint8_t { None, Pending, Known };
    State state{};
    const LedgerRecord* record{};
    std::string words{};  ///< of one that is pending: "fund is Fund 'F-1' of crm"
  };
  Result<Reference> refer(const LedgerRecord& record, std::string_view path,
                          const std::string& entity);
  bool carries(std::string_view entity) const;
  /// The record of that id, or the one that it was merged into; null = there is none.
  Result<const LedgerRecord*> standing(const std::string& id);
  Result<std::optional<model::FundRules>> rules_of(const std::string& fund);

  /// Whatever these records make necessary to look at.
  Result<void> expand(const std::vector<std::string>& records);
  Result<void> expand_settlement(const LedgerRecord& settlement);
  Result<void> expand_request(const LedgerRecord& request);
  Result<void> expand_claim(const LedgerRecord& claim);
  Result<void> expand_fund(const LedgerRecord& fund);
  /// The request of that id, or what is left of it in the books.
  Result<void> expand_request_of(const std::string& id);
  std::vector<std::string> in_order() const;
  FundBooks::Cause cause_of(const LedgerRecord& record) const;
  /// The words of the books, with the numbers that people know records by.
  std::string readable(std::string detail) const;
  Outcome post(const LedgerRecord& record, Book& book, model::FundEventKind kind,
               const model::Decimal* amount = nullptr, const std::string& request = {});

  Result<Outcome> settle(const std::string& id);
  Result<Outcome> settle_one(const LedgerRecord& record);
  Result<Outcome> settle_budget(const LedgerRecord& budget);
  Result<Outcome> settle_fund(const LedgerRecord& fund);
  Result<Outcome> level_own(const LedgerRecord& fund, Book& book, const model::Decimal& amount);
  Result<Outcome> leave_budgets(const LedgerRecord& fund, const std::string& but);
  Result<Outcome> post_stated(const LedgerRecord& fund, Book& book);
  Result<Outcome> post_stated(const LedgerRecord& fund, Book& book, const StatedPosting& posting);
  /// The id of what a posting of the fund is about; "" = nobody has read it yet.
  Result<std::string> document_of(const LedgerRecord& fund, const StatedPosting& posting);
  /// Where what a posting was about stands by now: it may have been merged into another record.
  Result<model::FundEvent> place_of(const Book& book, const model::FundEvent& posted);
  Result<Outcome> hand_over(const LedgerRecord& request);
  Result<Outcome> hand_over(const LedgerRecord& request, const LedgerRecord& heir, Book& book);
  Result<Outcome> empty_books(const LedgerRecord& fund, Book& book);
  /// What it is by its own record, whatever else accrues to it; nothing where purchases do not.
  Result<std::optional<AccrualTerms>> accrual_rule_of(const LedgerRecord& fund);
  /// Does its system accrue, where the project has invoices accrue?
  Result<Outcome> judge_accruals(const LedgerRecord& fund);
  Result<bool> accrues_by_itself(const std::string& fund);
  Result<void> expand_accrual(const LedgerRecord& cause);
  Result<Outcome> take_over_accruals(const LedgerRecord& fund, Book& book);
  Result<void> load_terms();
  /// Those that an invoice or a report accrues by: of its buyer.
  Result<std::vector<AccrualTerms>> terms_for(const LedgerRecord& purchase);
  Result<Outcome> settle_purchase(const LedgerRecord& purchase);
  /// By line; credit notes below zero.
  using Earned = std::map<std::string, model::Decimal>;
  /// One line of a purchase, in its currency.
  struct Bought {
    std::string line{};
    model::Decimal worth{};  ///< below zero: taken back
  };
  Result<std::vector<Bought>> bought(const LedgerRecord& purchase, const AccrualTerms& terms);
  /// The invoice that a credit note takes back; null = it is none, or nobody knows.
  Result<const LedgerRecord*> original_of(const LedgerRecord& purchase);
  Result<Outcome> sum_up(const LedgerRecord& purchase, const AccrualTerms& terms,
                         const model::Currency& currency, Earned& out);
  Result<std::optional<CommissionFund>> commission_fund_of(const LedgerRecord& fund);
  Result<Outcome> settle_commission(const LedgerRecord& commission);
  Result<model::Decimal> accrued_by(const LedgerRecord& commission);
  Result<bool> has_reversal(const std::string& commission);
  /// Commissions below zero, by what they take back.
  using Reversals = std::map<std::string, std::set<std::string>>;
  Result<void> add_reversal(const std::string& commission, Reversals& out);
  /// Those that stood in the books of a fund when it was first asked for in this step.
  Result<const Reversals*> reversals_in(const std::string& fund);
  /// Those that this step looks at.
  Result<const Reversals*> reversals_at_hand();
  /// `out`: "" = there is none.
  Result<Outcome> find_fund(const LedgerRecord& commission, std::string& out);
  /// What the books hold of a document becomes what it has earned.
  Outcome level_accruals(const LedgerRecord& cause, const std::string& document, Book& book,
                         Earned earned);
  Outcome empty_accruals(const LedgerRecord& fund, Book& book);
  Outcome take_back_stated(const LedgerRecord& fund, Book& book, const model::FundEvent& event);
  /// All that a claim holds in one fund, for it stands elsewhere from now on.
  Outcome take_back_claim(const std::string& claim, Book& book);
  Result<Outcome> end_or_renew(const LedgerRecord& fund, Book& book, bool ended);
  Result<Outcome> settle_request(const LedgerRecord& request);
  Outcome leave_claims_of(const LedgerRecord& request, Book& book);
  Result<Outcome> leave_funds(const LedgerRecord& request, const std::string& but);
  Result<Outcome> level_request(const LedgerRecord& request, Book& book);
  /// The days of all its activities together; nothing while one of them is not known.
  Result<DaySpan> days_of_activities(const LedgerRecord& request);
  Result<Outcome> judge_request(const LedgerRecord& request, const LedgerRecord& fund,
                                const model::FundLedger& ledger);
  /// What is only to stand elsewhere by now (its fund or its request was merged) is decided
  /// already.
  Result<void> remember_grants();
  struct Grant {
    model::Decimal approved{};  ///< and, of a claim, not released
    model::Decimal released{};
    model::Decimal settled{};

    model::Decimal granted() const { return plus(approved, plus(released, settled)); }
  };
  Grant stood(const std::string& id, const Book& book) const;
  Outcome judge_grant(const LedgerRecord& request, const Book& book) const;
  Outcome judge_who_granted(const LedgerRecord& request, const model::Decimal& granted,
                            const Book& book) const;
  /// request_ahead: nothing where nobody knows the days; `fund`: null = it names none.
  Result<std::optional<Finding>> judge_ahead(const LedgerRecord& request, const LedgerRecord* fund);
  Result<std::vector<Finding>> findings_of_request(const LedgerRecord& request);
  Result<Outcome> settle_claim(const LedgerRecord& claim);
  /// Whose money a claim asks for: its request's fund, else its own.
  Result<Reference> fund_of(const LedgerRecord& claim, const Reference& request);
  /// What comes of a grant that the books do not have yet, or of a release.
  Result<Outcome> judge_steps(const LedgerRecord& claim, const LedgerRecord* request,
                              const Book& book, const ClaimTarget& target);
  Result<std::vector<Finding>> findings_of_grant(const LedgerRecord& claim,
                                                 const LedgerRecord* request, const Book& book,
                                                 const ClaimTarget& target);
  Result<std::vector<Finding>> findings_of_claim(const LedgerRecord& claim);
  /// activity_results: this is the last claim of its request, and of an activity nobody says what
  /// came of it.
  Result<std::optional<Finding>> judge_results(const LedgerRecord& claim,
                                               const LedgerRecord& request, const Book& book,
                                               const model::Decimal& needed);
  Result<bool> is_last_claim(const LedgerRecord& claim, const LedgerRecord& request,
                             const Book& book, const model::Decimal& needed);
  /// What evaluation asks for, and of `out` what is no part of that.
  Result<model::ClaimFacts> facts_of(const LedgerRecord& claim, LedgerEvaluation& out);
  model::ClaimOptions evaluation_options() const;
  /// above_evaluation: what is approved, against what its lines make together.
  Result<std::optional<Finding>> judge_amount(const LedgerRecord& claim);
  /// `request`: null = it has none.
  Result<Outcome> judge_claim(const LedgerRecord& claim, const LedgerRecord* request,
                              const LedgerRecord& fund, const model::FundLedger& ledger);
  Result<Outcome> judge_partner(const LedgerRecord& claim, const LedgerRecord& request);
  Result<Outcome> judge_invoices(const LedgerRecord& claim);
  Result<Outcome> judge_days(const LedgerRecord& claim, const LedgerRecord* request,
                             const LedgerRecord& fund);
  Result<Outcome> judge_deadline(const LedgerRecord& claim, const LedgerRecord& request);
  /// When a claim or a request was handed in, at the earliest; nothing where nobody was there to
  /// see it in time, who has known of it since `watched`.
  static std::optional<HandedIn> seen_handed_in(const LedgerRecord& record, const model::Date& due,
                                                Timestamp watched);
  /// Claims that name one of these invoices, by the store or by this step.
  Result<std::set<std::string>> claims_with(const std::vector<model::ClaimedInvoice>& invoices);
  /// How a claim stands in the books, the one that goes first first.
  enum class Standing : std::uint8_t { WithMoney, Waiting, Nowhere };
  Result<Standing> standing_of(const LedgerRecord& claim);
  /// The last day on which claims of a request may come.
  struct Deadline {
    model::Date day;
    std::string words{};  ///< "2027-05-15", and where it is from
  };
  Result<std::optional<Deadline>> deadline_of(const LedgerRecord& claim,
                                              const LedgerRecord& request);
  /// What the books of a request that is done with lack for what a claim was granted of it.
  Outcome take_up_again(const LedgerRecord& request, Book& book, const model::Decimal& needed);
  Result<Outcome> leave_claims_books(const LedgerRecord& claim, const std::string& fund,
                                     const std::string& request);
  /// `moves`: the same money is to stand elsewhere, and none of it is lost.
  Outcome bring_claim(const LedgerRecord& claim, Book& book, const std::string& request,
                      const ClaimTarget& target, bool moves);
  /// What a claim is to have beyond what it holds, of what its request has left.
  model::Decimal needed_by(const ClaimHolding& held, const ClaimTarget& target, bool moves) const;
  model::Decimal lost_of(const ClaimHolding& held, const ClaimTarget& target, bool moves) const;
  /// What goes beyond a fund within its tolerance is flagged, approved and taken back with what
  /// takes it.
  Result<void> level_excesses(std::size_t since);
  Result<Outcome> level_excess(Book& book);
  Result<Outcome> release_excess(Book& book);
  Result<Outcome> flag_excess(Book& book);
  Result<bool> approves_excess(const std::string& document);
  Result<Outcome> post_excess(Book& book, model::FundEventKind kind, const std::string& document,
                              const model::Decimal* amount);
  Result<Outcome> settle_settlement(const LedgerRecord& settlement);
  /// Of one that nobody has sent to the ERP yet.
  Result<Outcome> judge_settlement(const LedgerRecord& settlement, const std::string& claim);
  /// Settlements that name a claim.
  Result<std::set<std::string>> settlements_with(const std::string& claim);
  /// Why the books do not take a record, by now or since it was looked at last.
  Result<Outcome> standing_refusal(const std::string& record);

  const HubConfig& config_;
  LedgerReader reader_;
  FundBooks books_;
  model::Date today_;
  std::map<std::string, std::string> dirty_;  ///< id -> entity
  std::set<std::string> expanded_;            ///< requests
  std::map<std::string, LedgerRefusal> refused_;
  std::map<std::string, std::set<std::string>> invoices_;  ///< by key: claims of this step
  /// Up to where the postings of the record that is looked at stand, though the rest is refused.
  std::size_t kept_{};
  std::set<std::string> ends_;  ///< funds that end later
  bool ends_wait_{};
  std::map<std::string, std::set<std::string>> members_;  ///< settlement -> claims, from now on
  std::map<std::string, std::set<std::string>> members_before_;
  std::map<std::string, std::set<std::string>> settlements_of_;  ///< claim -> those in the store
  std::optional<std::map<std::string, std::vector<AccrualTerms>>> terms_;  ///< by partner
  std::vector<CommissionFund> commission_funds_;                           ///< with the terms
  std::map<std::string, FundBooks::Cause> causes_;  ///< of claims that a settlement speaks of
  std::map<std::string, Reversals> reversals_;      ///< by fund
  std::optional<Reversals> reversals_at_hand_;
  /// What requests and claims were granted when this step began, by the currency of the books that
  /// they stood in.
  std::map<std::string, std::map<std::string, Grant>> stood_;
  std::set<std::string> settled_in_part_;  ///< claims of which the books refuse what is not paid
  Timestamp now_;
};

}  // namespace channelbridge::hub

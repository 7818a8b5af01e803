#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/model/claim_evaluation.hpp"
#include "channelbridge/model/fund_ledger.hpp"
#include "channelbridge/store/store.hpp"

/// The books of marketing funds as the hub keeps them: each approved, released, settled, paid,
/// expired or reversed amount is a posting with its document (model/fund_ledger.hpp). The hub posts
/// what budgets, funds, requests, claims and settlements say, in the transaction that takes it
/// over; figures are sums of postings and are stored nowhere.
///
/// Amounts are exact and in the currency of the books; codes are those of the model.
namespace channelbridge::hub {

/// How the books are kept: `ledger:` of the project file.
struct LedgerRules {
  enum class Expiry : std::uint8_t {
    Status,  ///< a fund ends when its status says so
    Date,    ///< also when its last day is over and nothing is carried over
  };
  enum class Reversed : std::uint8_t { Reserve, WriteOff };
  enum class Accruals : std::uint8_t {
    None,      ///< systems that accrue state it as postings of their funds
    Invoices,  ///< what partners are invoiced raises their co-op funds, by each fund's accrual_rule
    SellIn,    ///< what they report to have bought does
  };
  /// What a fund's own system states to have accrued, where the hub has posted accruals before.
  enum class Stated : std::uint8_t {
    Replace,  ///< stands in their place
    Add,      ///< comes on top; what has accrued here stays as it is
  };

  /// What becomes of a request or a claim of which something does not hold.
  enum class Judgement : std::uint8_t {
    Ignore,
    Tell,    ///< as a contradiction of the run and a remark of verify_ledger()
    Refuse,  ///< the books do not take it: it waits
  };
  /// Who may grant what: `approval:`. People are named by model::person_key().
  struct Approval {
    /// By currency: what is granted above it wants a decision of finance. A claim goes by the limit
    /// of its own currency, else by that of its fund; where neither is here, there is none.
    std::map<std::string, model::Decimal> limits{};
    std::set<std::string> finance{};
    std::set<std::string> channel_marketing{};  ///< who else grants; empty = anybody
    Judgement unnamed{Judgement::Refuse};       ///< nobody says who has decided
  };

  /// Of its budget, by which more may be reserved than there is, where a budget does not say
  /// whether it is strict, or only warns and does not say from when on.
  model::Percent tolerance{};
  bool direct_claims{};  ///< claims without a request are paid, too
  Expiry expiry{Expiry::Status};
  Reversed reversed{Reversed::Reserve};  ///< what becomes of the money of a reversed settlement
  /// Days after its deadline on which a claim may still be handed in.
  int claim_grace{};
  /// Days after the last one of its activities within which claims of a request are handed in,
  /// where it states no deadline; nothing = they may come at any time.
  std::optional<int> claim_within{};
  Accruals accruals{Accruals::None};  ///< what the hub itself posts of what is bought
  Approval approval{};
  /// Working days before the first day of its activities on which a request is handed in at the
  /// latest. One that is granted all the same is told, and not refused.
  int request_ahead{10};
  std::set<model::Date> holidays{};  ///< no working days
  Judgement request_late{Judgement::Tell};
  /// The last claim of a request is granted, and nobody says what came of an activity.
  Judgement claim_results{Judgement::Tell};
  Stated accruals_stated{Stated::Replace};
  bool commissions{};  ///< those of rebates and spiffs accrue to the funds of that kind
};

/// Which lines are asked for: by record id, the beginning of one, a number, or a key in one of the
/// systems. Empty = all.
struct LedgerQuery {
  std::string budget{};
  std::string fund{};
  std::string partner{};
};

/// Key figures of one budget, fund or partner, in one currency.
///
/// Of a budget: what it is, and what it has left to hand on, is of its own books; what is reserved,
/// granted and paid is that of its funds together. Of a partner: its funds together.
struct LedgerLine {
  enum class Of : std::uint8_t { Budget, Fund, Partner };
  Of of{};
  std::string record{};
  std::string number{};
  std::string name{};  ///< title of the budget or fund, name of the partner
  std::string currency{};
  model::FundKeyFigures figures{};
  std::map<std::string, model::Decimal> accounts{};  ///< what stands in each, by its code
  std::uint64_t postings{};
};
std::string_view to_string(LedgerLine::Of of);  ///< "budget", "fund", "partner"

/// A posting and the numbers by which people know its books and its document.
struct LedgerPosting {
  store::FundPostingRow row{};
  std::string fund_number{};
  std::string document_entity{};
  std::string document_number{};
};

/// The books are not what they were when they were written, or do not follow from the records.
struct LedgerFault {
  std::string fund{};
  std::string number{};  ///< of the fund
  std::int64_t no{};     ///< of the posting; 0 = of the books as a whole
  /// posting_changed | posting_missing | chain_broken | head_differs | run_differs |
  /// fund_posting_differs | record_missing | not_posted
  std::string rule{};
  std::string message{};  ///< what it says, and what it should say
};

/// A system shows other figures than the ledger: of a record, or in its own sums of a fund or a
/// budget (model/fund_statement.hpp).
struct LedgerDifference {
  std::string spoke{};
  std::string system{};
  std::string entity{};
  std::string record{};
  std::string number{};
  std::string key{};     ///< of the object there; "" = there is none
  std::string field{};   ///< or the figure: "granted_claims"
  std::string ledger{};  ///< with its currency
  std::string shown{};
  std::string cause{};
};

/// What a document takes beyond what its fund has, within what the budget tolerates. It waits for
/// its approval until whoever grants the document has granted it, or a person approves it
/// (Hub::approve_excess()); it is gone as soon as the fund has the money.
struct LedgerExcess {
  std::string fund{};  ///< or budget, which has handed on too much
  std::string fund_number{};
  std::string document{};
  std::string document_entity{};
  std::string document_number{};
  std::string currency{};
  model::Decimal asked{};     ///< approved by nobody yet
  model::Decimal approved{};  ///< what there is more than the budget has
};

/// Where all books together end: their postings, and one SHA-256 over the ends of all of them.
struct LedgerSeal {
  std::int64_t postings{};
  std::string head{};  ///< "" = there are no books

  friend bool operator==(const LedgerSeal&, const LedgerSeal&) = default;
};

/// Of a request or a claim something does not hold that stops nothing: somebody looks at it.
struct LedgerRemark {
  std::string entity{};
  std::string record{};
  std::string number{};
  /// approval_limit | approval_role | two_people | request_ahead | activity_results |
  /// above_evaluation
  std::string rule{};
  std::string message{};  ///< with the figures
};

/// What of a claim may be paid, by its record, its request and the books
/// (model/claim_evaluation.hpp). What is left counts what the claim itself holds already, and
/// over-consumption that was approved; both are in the currency of the fund.
struct LedgerEvaluation {
  std::string claim{};  ///< record id
  std::string number{};
  std::string status{};
  std::string request{};  ///< number; "" = none
  std::string fund{};     ///< number
  std::string currency{};
  model::Percent share{};
  bool tax_reimbursable{};
  std::optional<model::Decimal> request_left{};  ///< empty: no request
  model::Decimal fund_left{};
  std::optional<model::Date> submitted_on{};  ///< with the deadline; at the earliest
  std::optional<model::Date> deadline{};      ///< empty: none, or not known whether it was kept
  std::optional<model::Decimal> approved{};   ///< what the claim's own record says
  model::ClaimEvaluation evaluation{};
  std::vector<std::string> assumed{};  ///< what nobody states, and what was taken for it

  /// More is approved than may be paid.
  bool exceeded() const { return approved && evaluation.approved < *approved; }
};

struct LedgerCheck {
  std::uint64_t books{};
  LedgerSeal seal{};
  std::int64_t sealed_by{};           ///< the run whose report was compared; 0 = none says anything
  std::vector<LedgerFault> faults{};  ///< the books themselves are broken
  std::vector<LedgerDifference> differences{};
  std::vector<LedgerRemark> remarks{};  ///< whatever they say, the books hold
  /// What goes beyond its fund, approved or not. It breaks nothing and makes nothing unequal.
  std::vector<LedgerExcess> excesses{};

  bool broken() const { return !faults.empty(); }
  bool equal() const { return faults.empty() && differences.empty(); }
};

std::string to_json(const std::vector<LedgerLine>& lines);
std::string to_json(const LedgerCheck& check);
std::string to_json(const std::vector<LedgerExcess>& excesses);
std::string to_json(const std::vector<LedgerPosting>& postings);
std::string to_json(const LedgerEvaluation& evaluation);
/// RFC 4180, with a line of names; the columns and their order are those of the JSON members, and
/// stay.
std::string to_csv(const std::vector<LedgerPosting>& postings);

}  // namespace channelbridge::hub

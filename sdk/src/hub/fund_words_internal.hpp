#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/time.hpp"
#include "channelbridge/hub/ledger.hpp"
#include "channelbridge/model/codes.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/fields.hpp"

/// What the books are to hold of a record, by its own word. Pure: any thread.
namespace channelbridge::hub {

/// Why the books cannot take something.
struct LedgerRefusal {
  std::string rule{};    ///< "fund_available"
  std::string detail{};  ///< with the figures

  friend bool operator==(const LedgerRefusal&, const LedgerRefusal&) = default;
};

/// Budgets, funds, requests, claims and settlements have their place in the books.
bool is_of_ledger(std::string_view entity);
/// Invoices, sell-in reports and commissions may accrue to funds: they are looked at once a run has
/// read.
bool may_accrue(std::string_view entity);
/// The fields of an entity of money that say what money it is about: its state, currency and
/// amounts.
std::vector<std::string_view> money_fields(std::string_view entity);

/// Amounts of books have at most 19 digits: their sums and differences always fit a Decimal.
inline model::Decimal plus(const model::Decimal& left, const model::Decimal& right) {
  return add(left, right).value();
}
inline model::Decimal minus(const model::Decimal& left, const model::Decimal& right) {
  return subtract(left, right).value();
}

/// Ids of the elements of a list.
std::set<std::string> elements_of(const model::Fields& fields, std::string_view list);
std::optional<model::Decimal> amount_at(const model::Fields& fields, std::string_view path);
std::optional<model::Currency> currency_of(const model::Fields& fields);
/// Of UTC.
inline model::Date day_of(Timestamp time) {
  return model::Date(std::chrono::floor<std::chrono::days>(time));
}
/// "120.50 EUR"
std::string shown(const model::Decimal& amount, const model::Currency& currency);

/// From one day to another, both inside, as canonical texts, which sort as days do; "" = not known.
struct DaySpan {
  std::string first{};
  std::string last{};

  bool known() const { return !first.empty() && !last.empty(); }
};
/// A period of a record ("performed_on").
DaySpan days_of(const model::Fields& fields, std::string_view period);
/// Does a day that is known lie before the first or after the last of the others?
bool is_outside(const DaySpan& days, const DaySpan& limit);
/// "2027-03-01 to 2027-03-05"
std::string words_of(const DaySpan& days);
/// The days that a claim is for: on which it was performed, else those of its activity.
DaySpan claimed_days(const model::Fields& claim);
/// Does its money go on beyond its last day?
bool is_carried_over(const model::Fields& fund);

/// A budget or a fund.
struct FundWord {
  bool in_use{};
  bool ended{};
  model::Decimal amount{};  ///< zero while it is not in use
};
FundWord word_of_budget(const model::Fields& fields);
/// `today`: for funds that end by their date.
FundWord word_of_fund(const model::Fields& fields, const LedgerRules& rules,
                      const model::Date& today);

/// What a fund's record states of its own books, and no other record says.
struct StatedPosting {
  std::string no{};
  std::string category{};
  model::FundEventKind kind{};
  model::Decimal amount{};  ///< above zero
  std::string document_kind{};
  std::string document{};  ///< its number
  std::string reversal_of{};

  /// Is it about a record that stands in the books by itself? Purchases do not.
  bool is_about_record() const {
    return (document_kind == "fund_request" || document_kind == "claim") && category != "accrual";
  }
};
/// In the order of their numbers. One that takes another one back is about the same document.
/// Categories that requests, claims and settlements tell are none of them.
std::vector<StatedPosting> stated_postings(const model::Fields& fund);

struct RequestWord {
  enum class State : std::uint8_t {
    Nothing,  ///< not asked for yet, refused, given up or done with
    Asked,
    Granted,
    Reviewed,  ///< granted, and reviewed again: it holds what it has
  };
  State state{};
  bool ended{};  ///< it was granted, and is done with or given up since
  std::optional<model::Decimal> asked{};
  std::optional<model::Decimal> granted{};
};
RequestWord word_of_request(const model::Fields& fields);

struct ClaimWord {
  enum class State : std::uint8_t { Nothing, Waits, Approved, Released, Settled, TakenBack };
  State state{};
  bool paid{};                              ///< settled, and the partner has got it
  std::optional<model::Decimal> claimed{};  ///< in the claim's currency
  std::optional<model::Decimal> approved{};
};
ClaimWord word_of_claim(const model::Fields& fields);
/// Does it ask for money, or has it got some?
bool asks_for_money(const ClaimWord& word);

/// When somebody first handed a request or a claim in.
struct HandedIn {
  Timestamp at{};
  bool heard{};          ///< the hub heard of it then: it was before
  Timestamp earliest{};  ///< counting that, and that a day is over when it is over everywhere
};
/// As its history says, `earliest` left out; nothing where that does not go back so far.
std::optional<HandedIn> handed_in(const model::Fields& record);
/// "was handed in on 2027-03-05"
std::string words_of(const HandedIn& came);

/// What settlements say of one claim.
struct Settled {
  bool any{};  ///< some of them is posted, paid or reversed
  struct Payment {
    model::Decimal amount{};
    std::optional<model::Currency> currency{};
    std::string settlement{};  ///< its number
    bool paid{};               ///< the partner has got it
  };
  std::vector<Payment> standing{};    ///< posted or paid
  std::vector<Payment> taken_back{};  ///< reversed
};
/// Adds what one settlement says of it.
void add_settlement(Settled& out, const model::Fields& settlement, std::string_view claim);
/// Claims that a settlement names: record ids and references that are pending.
std::vector<std::string> members_of(const model::Fields& settlement);

/// What the books of a fund are to hold of one claim, in their currency.
struct ClaimTarget {
  bool waits{};
  model::Decimal claimed{};   ///< what it still waits for, or was granted a part of
  model::Decimal granted{};   ///< all of it, paid or not
  model::Decimal released{};  ///< of it, paid or not
  model::Decimal settled{};   ///< of it
  model::Decimal paid{};      ///< of what is settled
  /// At most so much of what was paid and taken back is lost; nothing where nobody says that.
  std::optional<model::Decimal> lost{};

  friend bool operator==(const ClaimTarget&, const ClaimTarget&) = default;
};
/// Refused (claim_rate, claim_amount): what is asked for cannot be said in `currency`.
std::optional<LedgerRefusal> target_of_claim(const model::Fields& claim, const Settled& settled,
                                             const model::Currency& currency, ClaimTarget& out);

}  // namespace channelbridge::hub

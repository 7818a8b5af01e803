#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/core/clock.hpp"
#include "channelbridge/model/date.hpp"
#include "sandbox/soap/fi_options.hpp"
#include "sandbox/soap/xml.hpp"

namespace channelbridge::sandbox::fi {

/// A message with its variables filled in.
struct Finding {
  char type{'E'};  ///< S, I, W, E, A
  std::string area{};
  std::string number{};
  std::string text{};
  std::vector<std::string> variables{};
};

enum class AccountKind { Ledger, Tax, Debtor, Creditor };

/// Debtors and creditors have open items.
inline bool is_party(AccountKind kind) {
  return kind == AccountKind::Debtor || kind == AccountKind::Creditor;
}

/// What settled an open item.
struct Clearing {
  std::string number{};
  std::string year{};
  model::Date day;
  bool payment{};
  std::optional<model::Date> value_date{};
  std::string bank_reference{};
};

struct Line {
  std::string item{};
  AccountKind kind{};
  std::string account{};
  std::optional<soap::Amount> amount{};  ///< debit positive, credit negative
  std::optional<soap::Amount> local{};   ///< in the company's currency, where the caller says it
  std::string debit_credit{};            ///< S, H or nothing
  std::string text{};
  std::string assignment{};
  std::string cost_center{};
  std::string payment_block{};
  std::string tax_code{};
  std::optional<model::Date> due{};  ///< the day from which its terms count
  std::string terms{};               ///< a key, or the net days: "0001", "P30D"
  std::string payment_method{};
  std::string withholding{};  ///< type and code: "41/02"
  std::optional<Clearing> clearing{};
};

/// A document as a caller wants it.
struct Draft {
  std::string company{};
  std::string type{};
  std::string reference{};
  std::string header_text{};
  std::string user{};
  std::optional<model::Date> document_date{};
  std::optional<model::Date> posting_date{};
  std::string period{};
  std::optional<model::Decimal> rate{};
  std::vector<Line> lines{};
  std::string reversal_reason{};  ///< with `reversed`: no lines of its own
  std::string reversed{};         ///< number, or number, company code and year in one
};

struct Document {
  Draft draft{};
  std::string number{};
  std::string year{};
  std::string period{};
  Timestamp created{};
  Timestamp changed{};
  std::string reversal_of{};
  std::string reversed_by{};

  /// Number, company code and year: the key of the reference procedure.
  std::string key() const { return number + draft.company + year; }
};

struct Account {
  bool posting_block{};
  std::string payment_block{};  ///< "" = none
  std::string locked_by{};      ///< user who works on it
};

/// How Books name an account.
std::string account_key(AccountKind kind, const std::string& company, const std::string& number);

/// One item that a payment run did not pay, and why.
struct Left {
  std::string document{};
  std::string item{};
  std::string reason{};
};

struct Payment {
  std::string company{};
  model::Date value_date;
  std::string bank_reference{};
  std::set<std::string> documents{};  ///< numbers; empty = all
};

struct PaymentRun {
  std::vector<std::string> paid{};  ///< keys of the documents it made
  std::vector<Left> left{};
};

/// The books of a few company codes: what may be posted, what was, and what is still open.
///
/// Threads: one at a time.
class Books {
 public:
  Books(FiOptions options, std::shared_ptr<const Clock> clock)
      : options_(std::move(options)), clock_(std::move(clock)) {}

  /// Master data of a company code.
  void add(AccountKind kind, const std::string& company, const std::string& number,
           const Account& account = {});
  /// nullptr = there is none.
  Account* account(AccountKind kind, const std::string& company, const std::string& number);

  /// What stands against it; empty = it can be posted.
  std::vector<Finding> check(const Draft& draft) const;
  /// A document with its number, not in the books yet. `draft` has passed the check.
  Document draw(Draft draft);
  void save(Document document);
  PaymentRun pay(const Payment& payment);
  /// What a payment has cleared is open again. False = no such payment has cleared anything.
  bool reset_payment(const std::string& company, const std::string& number);

  const std::map<std::string, Document>& documents() const { return documents_; }
  Finding finding(Rule rule, const std::vector<std::string>& variables) const;
  const FiOptions& options() const { return options_; }
  void set_open_periods(const std::string& from, const std::string& to);
  /// "USD/EUR" -> what one USD costs.
  void set_rate(const std::string& pair, const model::Decimal& rate);
  /// Why an open item is not paid: a payment block of its own, else that of its account; "" = none.
  std::string payment_block_of(const Document& document, const Line& line) const;
  std::string padded(const std::string& account) const;

 private:
  using Findings = std::vector<Finding>;
  void check_header(const Draft& draft, Findings& out) const;
  void check_period(const Draft& draft, Findings& out) const;
  void check_line(const Draft& draft, const Line& line, Findings& out) const;
  void check_account(const Draft& draft, const Line& line, Findings& out) const;
  void check_sums(const Draft& draft, Findings& out) const;
  void check_local(const Draft& draft, const std::string& currency, Findings& out) const;
  void check_reversal(const Draft& draft, Findings& out) const;
  model::Date posting_day(const Draft& draft) const;
  bool is_open(const model::Date& day) const;
  const Document* reversed_by(const Draft& draft) const;
  std::vector<Line> mirrored(const Draft& draft) const;
  void clear(const std::string& key, const Clearing& clearing);
  std::string why_left(const Document& document, const Line& line) const;
  std::string pay_line(const Payment& payment, Document& document, Line& line);
  std::string next_number(const std::string& range, std::uint64_t first);

  FiOptions options_;
  std::shared_ptr<const Clock> clock_;
  std::map<std::string, Account> accounts_{};    ///< by kind, company and number
  std::map<std::string, Document> documents_{};  ///< by key
  std::map<std::string, std::uint64_t> ranges_{};
};

}  // namespace channelbridge::sandbox::fi

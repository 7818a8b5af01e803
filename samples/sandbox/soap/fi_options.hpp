#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/model/decimal.hpp"
#include "sandbox/soap/port.hpp"

namespace channelbridge::sandbox::fi {

/// Why a document is not posted.
enum class Rule {
  UnknownCompany,
  UnknownType,
  UnknownCurrency,
  TwoCurrencies,
  Decimals,
  Sign,
  ItemTwice,
  UnknownLedgerAccount,
  UnknownDebtor,
  UnknownCreditor,
  PostingBlock,
  Locked,
  ClosedPeriod,
  WrongPeriod,
  Balance,
  LocalBalance,
  NoRate,
  NoItems,
  NoReason,
  NoSuchDocument,
  AlreadyReversed,
  ClearedItems,
  NoSuchAmount,
};

/// A message of the system; & and &1 to &4 in its text are variables.
struct Words {
  std::string area{};
  std::string number{};
  std::string text{};
};

/// How the accounting system is set up. What no public source confirms is a setting here: words
/// whose area is ZFI are the sandbox's own, and so is the number range of payments.
struct FiOptions {
  soap::PortOptions port{};
  std::string business_system{"0M1ABCD"};  ///< in messages and message headers
  std::map<std::string, std::string> companies{{"1010", "EUR"}};  ///< with their currencies
  std::set<std::string> currencies{"EUR", "USD", "PLN", "SEK", "GBP", "CHF", "CNY", "JPY"};
  std::set<std::string> document_types{"SA", "AB", "DG", "DR", "DZ", "KG", "KR", "KZ", "ZP"};
  std::set<std::string> ledger_accounts{};  ///< empty = any
  /// Months that are open, "2024-06"; both inside.
  std::string open_from{"1900-01"};
  std::string open_to{"9999-12"};
  /// "USD/EUR" -> what one USD costs. Items that state their amount in the company's currency
  /// need none.
  std::map<std::string, model::Decimal> rates{};
  bool pad_keys{false};  ///< all-digit accounts are padded to ten digits, where they come without
  std::uint64_t first_number{100'000'000};
  std::uint64_t first_payment{2'000'000'000};
  std::string payment_type{"ZP"};
  std::string bank_account{"0011001001"};
  std::string tax_account{"0022000000"};  ///< of tax items that name none
  std::string reversal_type{"AB"};        ///< of documents by BAPI_ACC_DOCUMENT_REV_POST
  /// RFC: a table parameter comes back only when the request has it.
  bool tables_on_demand{true};
  /// RFC: only sap-sessioncmd=open begins a session; else every first call does.
  bool session_by_command{false};
  std::chrono::seconds session_idle{1'800};
  std::map<Rule, Words> words{};  ///< in place of the delivered ones
};

/// The words of a rule as this system has them.
Words words_of(const FiOptions& options, Rule rule);

/// "open_periods=2024-01:2024-06", "company=2020:USD", "currencies=EUR,USD",
/// "document_types=DG,KR", "ledger_accounts=…", "rate=USD/EUR:0.92", "pad_keys=true",
/// "tables_on_demand=false", "session_by_command=true", "session_idle=1800",
/// "unauthorized=GUEST", "business_system=…",
/// "words.closed_period=F5 201 Posting period & & is not open" (rules in snake_case).
/// Errors: Invalid.
Result<void> change_setting(FiOptions& options, const std::string& assignment);

}  // namespace channelbridge::sandbox::fi

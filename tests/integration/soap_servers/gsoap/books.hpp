#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace peer {

/// Ten-thousandths of an amount's text: the books add nothing up as floating point.
inline std::int64_t ten_thousandths(const std::string& text) {
  std::int64_t value = 0;
  int decimals = -1;  // -1 = before the point
  for (const char c : text) {
    if (c == '.') decimals = 0;
    if (c < '0' || c > '9' || decimals == 4) continue;
    value = value * 10 + (c - '0');
    if (decimals >= 0) ++decimals;
  }
  for (int i = decimals < 0 ? 0 : decimals; i < 4; ++i) value *= 10;
  return text.starts_with('-') ? -value : value;
}

inline std::string written(std::int64_t value) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (digits.size() < 5) digits.insert(0, 5 - digits.size(), '0');
  digits.insert(digits.size() - 4, ".");
  return (value < 0 ? "-" : "") + digits;
}

struct Amount {
  std::string text{};
  std::string currency{};
};

struct Reservation {
  std::string number{};
  std::string reference{};
  std::string partner{};
  std::string description{};
  std::string from{};
  std::string to{};
  Amount amount{};
  int change{};
  std::time_t changed{};
};

struct ClaimItem {
  std::string number{};
  std::string description{};
  std::string invoice{};
  std::string invoice_date{};
  std::string supplier{};
  Amount net{};
  Amount submitted{};
};
struct Claim {
  std::string number{};
  std::string reference{};
  std::string type{};
  std::string partner{};
  std::string from{};
  std::string to{};
  Amount amount{};
  std::vector<ClaimItem> items{};
  std::time_t changed{};
};

struct EntryItem {
  bool debtor{};
  std::string account{};
  Amount amount{};
  char side{};
};
struct Entry {
  std::string document{};
  std::string company{};
  std::string year{};
  std::string reference{};
  std::string type{};
  std::string text{};
  std::string document_date{};
  std::string posting_date{};
  std::time_t posted{};
  std::vector<EntryItem> items{};
};

struct Limit {
  std::string id{};
  std::string reference{};
  std::string partner{};
  std::optional<std::string> amount{};
  std::optional<std::string> until{};
  std::optional<std::int64_t> counter{};
  std::optional<std::string> comment{};
  std::optional<std::string> note{};
  std::optional<std::string> note_by{};
};

/// What the server keeps. Every stamp is a second later than the one before: a list has one order.
struct Books {
  static constexpr const char* kFund = "F100";
  static constexpr const char* kBudget = "9000000000000.0000";
  static constexpr const char* kClosedUntil = "2023-12-31";

  std::vector<Reservation> reservations{};
  std::map<std::string, std::string> answered{};  ///< message id -> number of the reservation
  std::vector<Claim> claims{};
  std::vector<Entry> entries{};
  std::vector<Limit> limits{};

  std::time_t now() { return clock_ += 1; }
  std::int64_t reserved() const {
    std::int64_t sum = 0;
    for (const Reservation& each : reservations) sum += ten_thousandths(each.amount.text);
    return sum;
  }

 private:
  std::time_t clock_ = 1'772'352'000;  // 2026-03-01T08:00:00Z
};

}  // namespace peer

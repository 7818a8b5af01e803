#pragma once

#include <Poco/Data/Binding.h>
#include <Poco/Data/Extraction.h>
#include <Poco/Data/Statement.h>

#include <chrono>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "channelbridge/store/store.hpp"

/// Rows as columns: the database takes and gives vectors, one per column (row-by-row binding costs
/// 4-5 times as much).
namespace channelbridge::store {

/// One column of a row type: how its member becomes a text or a 64-bit integer.
template <typename Row>
struct Column {
  const char* name{};
  bool key{};
  bool text{};
  std::string (*get_text)(const Row&){};
  std::int64_t (*get_number)(const Row&){};
  void (*set_text)(Row&, std::string&&){};
  void (*set_number)(Row&, std::int64_t){};
};

template <typename Row>
struct Table {
  const char* name{};
  std::vector<Column<Row>> columns{};
};

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

template <typename Member>
concept TextMember = std::is_same_v<Member, std::string> || std::is_same_v<Member, IntentState>;

template <auto Member, typename Row,
          typename Type = std::remove_cvref_t<decltype(std::declval<Row>().*Member)>>
Column<Row> column(const char* name, bool key = false) {
  Column<Row> out{.name = name, .key = key, .text = TextMember<Type>};
  if constexpr (std::is_same_v<Type, std::string>) {
    out.get_text = [](const Row& row) { return row.*Member; };
    out.set_text = [](Row& row, std::string&& text) { row.*Member = std::move(text); };
  } else if constexpr (std::is_same_v<Type, IntentState>) {
    out.get_text = [](const Row& row) { return std::string(to_string(row.*Member)); };
    out.set_text = [](Row& row, std::string&& text) {
      row.*Member = parse_intent_state(text).value_or(IntentState::Unknown);
    };
  } else if constexpr (std::is_same_v<Type, Timestamp>) {
    out.get_number = [](const Row& row) -> std::int64_t {
      return (row.*Member).time_since_epoch().count();
    };
    out.set_number = [](Row& row, std::int64_t n) {
      row.*Member = Timestamp(std::chrono::microseconds(n));
    };
  } else if constexpr (std::is_same_v<Type, std::optional<Timestamp>>) {
    out.get_number = [](const Row& row) -> std::int64_t {
      return row.*Member ? (row.*Member)->time_since_epoch().count() : kNoTime;
    };
    out.set_number = [](Row& row, std::int64_t n) {
      row.*Member =
          n == kNoTime ? std::nullopt : std::optional(Timestamp(std::chrono::microseconds(n)));
    };
  } else {
    out.get_number = [](const Row& row) { return static_cast<std::int64_t>(row.*Member); };
    out.set_number = [](Row& row, std::int64_t n) { row.*Member = static_cast<Type>(n); };
  }
  return out;
}

/// The table of a row type; its columns in the order of the schema, key columns first where
/// commands name them by position.
template <typename Row>
const Table<Row>& table_of();
template <>
const Table<RecordRow>& table_of<RecordRow>();
template <>
const Table<VersionRow>& table_of<VersionRow>();
template <>
const Table<LinkRow>& table_of<LinkRow>();
template <>
const Table<MatchKeyRow>& table_of<MatchKeyRow>();
template <>
const Table<PrimaryLink>& table_of<PrimaryLink>();
template <>
const Table<PendingRow>& table_of<PendingRow>();
template <>
const Table<SpokeRow>& table_of<SpokeRow>();
template <>
const Table<IntentRow>& table_of<IntentRow>();
template <>
const Table<WaitingRow>& table_of<WaitingRow>();
template <>
const Table<ConflictRow>& table_of<ConflictRow>();
template <>
const Table<DuplicateRow>& table_of<DuplicateRow>();
template <>
const Table<UnknownMarkRow>& table_of<UnknownMarkRow>();
template <>
const Table<MetadataRow>& table_of<MetadataRow>();
template <>
const Table<DeadLetterRow>& table_of<DeadLetterRow>();
template <>
const Table<RunRow>& table_of<RunRow>();
template <>
const Table<FundPostingRow>& table_of<FundPostingRow>();
template <>
const Table<FundHeadRow>& table_of<FundHeadRow>();
template <>
const Table<LedgerWaitRow>& table_of<LedgerWaitRow>();
template <>
const Table<ClaimSettlementRow>& table_of<ClaimSettlementRow>();

template <typename Row>
std::string select_sql(const Table<Row>& table) {
  std::string out = "SELECT ";
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out += (i ? ", " : "") + std::string(table.columns[i].name);
  return out + " FROM " + table.name;
}

template <typename Row>
std::string insert_sql(const Table<Row>& table) {
  std::string names;
  std::string marks;
  for (const Column<Row>& c : table.columns) {
    names += (names.empty() ? "" : ", ") + std::string(c.name);
    marks += marks.empty() ? "?" : ", ?";
  }
  return std::string("INSERT INTO ") + table.name + " (" + names + ") VALUES (" + marks + ")";
}

template <typename Row>
std::string upsert_sql(const Table<Row>& table) {
  std::string keys;
  std::string sets;
  for (const Column<Row>& c : table.columns) {
    if (c.key) {
      keys += (keys.empty() ? "" : ", ") + std::string(c.name);
    } else {
      sets += (sets.empty() ? "" : ", ") + std::string(c.name) + " = excluded." + c.name;
    }
  }
  return insert_sql(table) + " ON CONFLICT (" + keys + ") DO UPDATE SET " + sets;
}

/// One vector per column, alive while a statement runs.
class Columns {
 public:
  explicit Columns(std::size_t used) : texts_(used), numbers_(used) {}

  template <typename Row>
  void fill(const std::vector<Row>& rows) {
    for (std::size_t c = 0; c < texts_.size(); ++c) {
      const Column<Row>& column = table_of<Row>().columns[c];
      for (const Row& row : rows) {
        if (column.text) {
          texts_[c].push_back(column.get_text(row));
        } else {
          numbers_[c].push_back(column.get_number(row));
        }
      }
    }
  }

  template <typename Row>
  void add_use(Poco::Data::Statement& statement, const Table<Row>& table) {
    for (std::size_t c = 0; c < texts_.size(); ++c) {
      if (table.columns[c].text) {
        statement, Poco::Data::Keywords::use(texts_[c]);
      } else {
        statement, Poco::Data::Keywords::use(numbers_[c]);
      }
    }
  }

  template <typename Row>
  void add_into(Poco::Data::Statement& statement, const Table<Row>& table) {
    for (std::size_t c = 0; c < texts_.size(); ++c) {
      if (table.columns[c].text) {
        statement, Poco::Data::Keywords::into(texts_[c]);
      } else {
        statement, Poco::Data::Keywords::into(numbers_[c]);
      }
    }
  }

  template <typename Row>
  std::vector<Row> rows() {
    const std::vector<Column<Row>>& columns = table_of<Row>().columns;
    std::vector<Row> out(columns.front().text ? texts_.front().size() : numbers_.front().size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      for (std::size_t r = 0; r < out.size(); ++r) {
        if (columns[c].text) {
          columns[c].set_text(out[r], std::move(texts_[c][r]));
        } else {
          columns[c].set_number(out[r], numbers_[c][r]);
        }
      }
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> texts_;
  std::vector<std::vector<Poco::Int64>> numbers_;
};

}  // namespace channelbridge::store

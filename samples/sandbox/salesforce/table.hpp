#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sandbox/salesforce/values.hpp"

namespace channelbridge::sandbox::salesforce {

/// One record: the fields that are not null, by field number.
class Row {
 public:
  Stored get(std::uint16_t field) const;
  /// Empty when null.
  std::string_view view(std::uint16_t field) const;
  void set(std::uint16_t field, Stored value);

 private:
  std::vector<std::pair<std::uint16_t, std::string>> values_{};
};

using RowNumber = std::uint32_t;

/// The records of one sObject. Rows are never moved; a row number is the order of creation.
class Table {
 public:
  explicit Table(const ObjectType& object);

  const ObjectType& object() const { return *object_; }
  std::uint16_t id() const { return id_; }
  std::uint16_t modstamp() const { return modstamp_; }
  const std::optional<std::uint16_t>& deleted_flag() const { return deleted_; }

  /// Never given twice, not even after a rollback.
  std::string next_id() const;
  RowNumber append(Row row);
  void replace(RowNumber number, Row row);
  /// Takes back the newest rows (rollback of creates).
  void drop_last();
  std::size_t size() const { return rows_.size(); }

  const Row& row(RowNumber number) const { return rows_[number]; }
  bool deleted(RowNumber number) const;
  std::optional<RowNumber> find(std::string_view id) const;
  /// Rows that are not deleted and hold this value (compared without case) in an external id or
  /// idLookup field, or in a reference that is given by a create alone.
  std::vector<RowNumber> find_by(std::uint16_t field, std::string_view value) const;
  /// Does find_by() know the values of this field, and no transaction hides what it finds?
  bool indexed(std::uint16_t field) const { return by_key_.contains(field) && pending_.empty(); }
  /// (SystemModstamp, row), ascending.
  const std::set<std::pair<std::string, RowNumber>>& by_modstamp() const { return by_modstamp_; }

  /// Changes of a transaction that has not committed: others see the row as it was (or not at all).
  struct Pending {
    std::optional<Row> before{};
    Timestamp visible_at{};
  };
  void hold(RowNumber number, Pending pending) { pending_[number] = std::move(pending); }
  void release(RowNumber number) { pending_.erase(number); }
  void drop_past_pending(Timestamp now) {
    std::erase_if(pending_, [&](const auto& held) { return held.second.visible_at <= now; });
  }
  bool any_pending() const { return !pending_.empty(); }
  bool held(RowNumber number, Timestamp now) const;
  /// The row as readers see it; null = invisible.
  const Row* visible(RowNumber number, Timestamp now) const;

 private:
  void index(RowNumber number, const Row& row);
  void unindex(RowNumber number, const Row& row);

  const ObjectType* object_;
  std::uint16_t id_{};
  std::uint16_t modstamp_{};
  std::optional<std::uint16_t> deleted_{};
  std::deque<Row> rows_{};
  std::uint64_t created_{};
  std::unordered_map<std::string, RowNumber> by_id_{};
  std::map<std::uint16_t, std::multimap<std::string, RowNumber>> by_key_{};
  std::set<std::pair<std::string, RowNumber>> by_modstamp_{};
  std::map<RowNumber, Pending> pending_{};
};

}  // namespace channelbridge::sandbox::salesforce

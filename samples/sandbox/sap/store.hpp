#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sandbox/sap/edmx.hpp"
#include "sandbox/sap/settings.hpp"
#include "sandbox/sap/value.hpp"

namespace channelbridge::sandbox::odata {

/// One stored entity: only what differs from the initial value.
struct Row {
  std::vector<std::pair<std::uint16_t, Value>> values{};  ///< sorted by property number
  std::vector<std::pair<std::string, std::string>>
      links{};                ///< navigation without a join -> key of the target
  std::int64_t changed_at{};  ///< ticks of the last change; moves on every change

  const Value* find(std::size_t property) const;
  void set(std::size_t property, Value value);
};

using RowPtr = std::shared_ptr<const Row>;

/// The rows of one entity set, in the order of their keys.
class Table {
 public:
  Table(const EntitySet& entity_set, const EntityType& type, const Settings& settings);

  const EntitySet& set() const { return set_; }
  const EntityType& type() const { return type_; }
  const TextForm& form(std::size_t property) const { return forms_[property]; }
  /// The stored value, or the initial one.
  const Value& value(const Row& row, std::size_t property) const;
  const Value& value(const Row& row, std::string_view property) const;

  /// Orders numbers behind leading zeros as numbers: '9' before '10'.
  std::string key_of(const Row& row) const;
  std::string key_part(std::size_t property, const Value& value) const;
  /// A_SalesOrderItem(SalesOrder='1',SalesOrderItem='10'); the part in parentheses, unencoded.
  std::string predicate(const Row& row, Version version) const;

  RowPtr find(const std::string& key) const;
  const std::map<std::string, RowPtr>& rows() const { return rows_; }
  /// Keys of the rows whose `properties` hold `values`. The index is kept from the first call on.
  std::vector<std::string> lookup(const std::vector<std::size_t>& properties,
                                  const std::vector<const Value*>& values) const;
  void put(const std::string& key, RowPtr row);

 private:
  using Index = std::unordered_map<std::string, std::set<std::string>>;
  std::string index_key(const Row& row, const std::vector<std::size_t>& properties) const;

  const EntitySet& set_;
  const EntityType& type_;
  std::vector<TextForm> forms_{};
  std::vector<Value> initials_{};
  std::map<std::string, RowPtr> rows_{};
  mutable std::map<std::vector<std::size_t>, Index> indexes_{};
};

/// All rows of one service.
///
/// Threads: one at a time; the service serialises.
class Store {
 public:
  Store(const Model& model, const Settings& settings);

  const Model& model() const { return model_; }
  Table& table(std::string_view set) { return *tables_.find(set)->second; }
  const Table& table(std::string_view set) const { return *tables_.find(set)->second; }
  bool has(std::string_view set) const { return tables_.contains(set); }
  /// The rows behind a navigation of `row`.
  std::vector<RowPtr> related(const Table& from, const Row& row,
                              const Navigation& navigation) const;

  std::int64_t next_number(const std::string& counter, const Numbering& numbering);

 private:
  const Model& model_;
  std::map<std::string, std::unique_ptr<Table>, std::less<>> tables_{};
  std::map<std::string, std::int64_t> counters_{};
};

}  // namespace channelbridge::sandbox::odata

#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/common/journal.hpp"
#include "sandbox/salesforce/case_rules.hpp"
#include "sandbox/salesforce/duplicates.hpp"
#include "sandbox/salesforce/fund_rules.hpp"
#include "sandbox/salesforce/order_rules.hpp"
#include "sandbox/salesforce/table.hpp"

namespace channelbridge::sandbox::salesforce {

struct Database {
  Metadata metadata{};
  std::map<std::string, Table> tables{};  ///< by sObject name

  Table* table(std::string_view object);
  /// The table that an id's prefix belongs to.
  Table* table_of_id(std::string_view id);
};

struct Actor {
  std::string user_id{};
  std::string username{};
};

/// Writes of one request: checked in the order field, type, required, picklist, reference, unique,
/// state; applied at once; taken back by roll_back(); announced (effects) only by commit(). Rules
/// beyond the describe: sales_rules.hpp.
class Transaction {
 public:
  struct Settings {
    Timestamp now{};
    std::string correlation_field{};
    std::int64_t lock_every{};  ///< every n-th record written is locked by somebody else; 0 = none
    const std::vector<DuplicateRule>& duplicate_rules;
    DuplicateHeader duplicates{};
    const std::set<std::string>& locked;  ///< records that wait for an approval
    bool cpq_later{};                     ///< saved CPQ quotes are not calculated at once
    const OrderRules& orders;
    const FundRules& funds;
    const FileRules& files;
    const CaseRules& cases;
  };
  using Values = std::vector<std::pair<std::uint16_t, Stored>>;  ///< by field number
  struct Mark {
    std::size_t changes{};
    std::size_t effects{};
  };
  struct Upserted {
    std::string id{};
    bool created{};
  };

  Transaction(Database& database, Actor actor, Settings settings)
      : database_(database), actor_(std::move(actor)), settings_(std::move(settings)) {}

  Result<std::string> create(Table& table, const Json& fields);
  Result<std::string> update(Table& table, std::string_view id, const Json& fields);
  Result<void> remove(Table& table, std::string_view id);
  /// `matches` = the rows that hold the external id. Without one the record is created with `value`
  /// in `field`.
  Result<Upserted> upsert(Table& table, std::uint16_t field, const std::string& value,
                          const Json& fields, bool update_only);

  /// Values that no caller may write: conversion, merge, recycle bin. Stamps the row as modified.
  void set_system(Table& table, RowNumber row,
                  const std::vector<std::pair<std::string, Stored>>& values);

  /// Values that the system computes from other records. SystemModstamp tells it, and nothing else;
  /// what stays as it is leaves no trace.
  void set_computed(Table& table, RowNumber row,
                    const std::vector<std::pair<std::string, Stored>>& values);
  /// A record that the system makes by itself.
  RowNumber add_computed(Table& table, const std::vector<std::pair<std::string, Stored>>& values);

  Mark mark() const { return {changes_.size(), effects_.size()}; }
  void roll_back(const Mark& mark);
  /// What others may see only later: `visible_at` hides all changes until then.
  void hide_until(Timestamp visible_at);
  void reveal();
  const std::vector<Effect>& effects() const { return effects_; }
  /// The member `duplicateResult` of the last refusal by a duplicate rule.
  Json duplicate_result(const Table& table, const std::string& base) const;

  Database& database() { return database_; }
  Timestamp now() const { return settings_.now; }
  const Actor& actor() const { return actor_; }
  bool cpq_later() const { return settings_.cpq_later; }
  const OrderRules& orders() const { return settings_.orders; }
  const FundRules& funds() const { return settings_.funds; }
  const FileRules& files() const { return settings_.files; }
  const CaseRules& cases() const { return settings_.cases; }

 private:
  struct Change {
    Table* table{};
    RowNumber row{};
    std::optional<Row> before{};
  };

  Result<Values> read_fields(const ObjectType& object, const Json& fields, bool creating);
  Result<Stored> resolve_relationship(const Field& field, const Json& value);
  Result<RowNumber> writable_row(Table& table, std::string_view id);
  Result<void> check(const Table& table, const Row& row, const Values& values,
                     std::optional<RowNumber> self);
  Result<void> check_duplicates(const Table& table, const Row& row, const Values& values,
                                std::optional<RowNumber> self);
  bool locked();
  void stamp(const Table& table, Row& row, bool creating) const;
  void apply(Table& table, RowNumber number, Row row);
  void remember(const Table& table, const Row& row, EffectKind kind, Json fields);

  Database& database_;
  Actor actor_;
  Settings settings_;
  std::vector<Change> changes_{};
  std::vector<Effect> effects_{};
  std::int64_t records_{};
  Duplicates in_the_way_{};
};

/// First and last name joined, where the object computes Name from them.
void compute_name(const ObjectType& object, Row& row);

}  // namespace channelbridge::sandbox::salesforce

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/model/decimal.hpp"
#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/sales_rules.hpp"

/// What the files of the sales rules share.
namespace channelbridge::sandbox::salesforce::sales {

using model::Decimal;

/// A row with the names of its fields. A field that the org does not have is empty and stays so.
class Named {
 public:
  Named(const Table& table, const Row& row) : table_(table), row_(row) {}

  std::string_view text(std::string_view field) const {
    const auto number = table_.object().find(field);
    return number ? row_.view(*number) : std::string_view();
  }
  std::optional<Decimal> number(std::string_view field) const {
    return Decimal::parse(text(field));
  }
  Decimal amount(std::string_view field) const { return number(field).value_or(Decimal()); }
  bool flag(std::string_view field) const { return text(field) == "true"; }
  std::string_view id() const { return row_.view(table_.id()); }

 private:
  const Table& table_;
  const Row& row_;
};

inline bool is(const Table& table, std::string_view object) {
  return table.object().name() == object;
}

inline Named named(const Save& save) { return {save.table, save.row}; }

/// Did the caller send this field?
bool given(const Save& save, std::string_view field);
void put(const Save& save, std::string_view field, Stored value);
/// Rounded to the field's own scale, half away from zero.
void put(const Save& save, std::string_view field, const Result<Decimal>& value);
Stored stored(const Result<Decimal>& value, int scale);

/// A record that is not deleted.
struct Found {
  Table* table{};
  RowNumber number{};
  Named named() const { return {*table, table->row(number)}; }
};
std::optional<Found> find(Database& database, std::string_view id);
/// The records of `object` that name this one in a field that never changes.
std::vector<Found> children(Database& database, std::string_view object, std::string_view field,
                            std::string_view id);

/// 1 - percent/100
Decimal rest_of(const Decimal& percent);
Result<Decimal> product(const Result<Decimal>& left, const Decimal& right);

Error integrity(const std::string& message, const std::vector<std::string>& fields = {});
Error wrong_state(const std::string& message, std::string code = "INVALID_STATUS");

// By object; those of other objects do nothing.
Result<void> complete_entry(const Save& save);
Result<void> judge_entry(const Save& save);
Result<void> complete_line(const Save& save);
Result<void> judge_line(const Save& save);
/// Totals of the document of a line.
void roll_up(Transaction& transaction, const Table& lines, const Row& line);
bool is_line(const Table& table);

/// A quote that is in step with its opportunity.
void start_sync(Transaction& transaction, const Table& opportunities, RowNumber opportunity);
void keep_in_step(Transaction& transaction, Table& lines, RowNumber line, bool removed);

// Marketing funds, funds_rules.cpp.
bool is_fund_object(const Table& table);
void complete_fund(const Save& save);
Result<void> judge_fund(const Save& save);
void settle_fund(Transaction& transaction, Table& table, RowNumber number, const Row* before);

// Cases, cases.cpp.
void complete_case(const Save& save);

// Files, files.cpp.
Result<void> complete_file(const Save& save);
Result<void> judge_file(const Save& save);
void settle_file(Transaction& transaction, Table& table, RowNumber number, const Row* before);

Result<void> complete_cpq_line(const Save& save);
/// What CPQ computes of a line.
std::vector<std::pair<std::string, Stored>> cpq_prices(const Named& line, const Named& quote);
/// The sums of a quote of its lines as they are stored.
void sum_cpq_quote(Transaction& transaction, const Found& quote);
void settle_cpq(Transaction& transaction, Table& table, RowNumber number, const Row* before);

}  // namespace channelbridge::sandbox::salesforce::sales

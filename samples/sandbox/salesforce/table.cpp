#include "sandbox/salesforce/table.hpp"

#include <algorithm>

#include "sandbox/salesforce/record_id.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

auto position(auto& values, std::uint16_t field) {
  return std::lower_bound(
      values.begin(), values.end(), field,
      [](const auto& value, std::uint16_t wanted) { return value.first < wanted; });
}

}  // namespace

Stored Row::get(std::uint16_t field) const {
  const auto at = position(values_, field);
  return at != values_.end() && at->first == field ? Stored(at->second) : Stored();
}

std::string_view Row::view(std::uint16_t field) const {
  const auto at = position(values_, field);
  return at != values_.end() && at->first == field ? std::string_view(at->second)
                                                   : std::string_view();
}

void Row::set(std::uint16_t field, Stored value) {
  const auto at = position(values_, field);
  const bool present = at != values_.end() && at->first == field;
  if (value && present) {
    at->second = std::move(*value);
  } else if (value) {
    values_.emplace(at, field, std::move(*value));
  } else if (present) {
    values_.erase(at);
  }
}

Table::Table(const ObjectType& object)
    : object_(&object),
      id_(object.find("Id").value_or(0)),
      modstamp_(object.find("SystemModstamp").value_or(0)),
      deleted_(object.find("IsDeleted")) {
  for (std::uint16_t number = 0; number < object.field_count(); ++number) {
    const Field& field = object.fields()[number];
    // What a child is made below, it stays below: its parent finds it.
    const bool parent = field.type == FieldType::Reference && field.createable && !field.updateable;
    const bool key = field.external_id || field.id_lookup || field.unique || parent;
    if (field.type != FieldType::Id && key) by_key_[number] = {};
  }
}

std::string Table::next_id() const { return make_id(object_->prefix(), created_ + 1); }

RowNumber Table::append(Row row) {
  const auto number = static_cast<RowNumber>(rows_.size());
  by_id_[std::string(id15(row.view(id_)))] = number;
  ++created_;
  index(number, row);
  rows_.push_back(std::move(row));
  return number;
}

void Table::replace(RowNumber number, Row row) {
  unindex(number, rows_[number]);
  index(number, row);
  rows_[number] = std::move(row);
}

void Table::drop_last() {
  const auto number = static_cast<RowNumber>(rows_.size() - 1);
  unindex(number, rows_.back());
  by_id_.erase(std::string(id15(rows_.back().view(id_))));
  pending_.erase(number);
  rows_.pop_back();
}

bool Table::deleted(RowNumber number) const {
  return deleted_ && rows_[number].view(*deleted_) == "true";
}

std::optional<RowNumber> Table::find(std::string_view id) const {
  const auto found = by_id_.find(std::string(id15(id)));
  return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<RowNumber> Table::find_by(std::uint16_t field, std::string_view value) const {
  std::vector<RowNumber> result;
  const auto keys = by_key_.find(field);
  if (keys == by_key_.end()) return result;
  const auto [first, last] = keys->second.equal_range(lower_case(value));
  for (auto at = first; at != last; ++at) {
    if (!deleted(at->second)) result.push_back(at->second);
  }
  return result;
}

bool Table::held(RowNumber number, Timestamp now) const {
  const auto found = pending_.find(number);
  return found != pending_.end() && found->second.visible_at > now;
}

const Row* Table::visible(RowNumber number, Timestamp now) const {
  if (!held(number, now)) return &rows_[number];
  const std::optional<Row>& before = pending_.at(number).before;
  return before ? &*before : nullptr;
}

void Table::index(RowNumber number, const Row& row) {
  by_modstamp_.emplace(row.view(modstamp_), number);
  for (auto& [field, keys] : by_key_) {
    if (const std::string_view value = row.view(field); !value.empty())
      keys.emplace(lower_case(value), number);
  }
}

void Table::unindex(RowNumber number, const Row& row) {
  by_modstamp_.erase({std::string(row.view(modstamp_)), number});
  for (auto& [field, keys] : by_key_) {
    const std::string_view value = row.view(field);
    if (value.empty()) continue;
    const auto [first, last] = keys.equal_range(lower_case(value));
    for (auto at = first; at != last; ++at) {
      if (at->second == number) {
        keys.erase(at);
        break;
      }
    }
  }
}

}  // namespace channelbridge::sandbox::salesforce

#include "sandbox/sap/store.hpp"

#include <algorithm>

namespace channelbridge::sandbox::odata {
namespace {

constexpr char kSeparator = '\x1f';

bool digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const Value* Row::find(std::size_t property) const {
  const auto found =
      std::lower_bound(values.begin(), values.end(), property,
                       [](const auto& entry, std::size_t wanted) { return entry.first < wanted; });
  return found != values.end() && found->first == property ? &found->second : nullptr;
}

void Row::set(std::size_t property, Value value) {
  const auto found =
      std::lower_bound(values.begin(), values.end(), property,
                       [](const auto& entry, std::size_t wanted) { return entry.first < wanted; });
  if (found != values.end() && found->first == property) {
    found->second = std::move(value);
  } else {
    values.emplace(found, static_cast<std::uint16_t>(property), std::move(value));
  }
}

Table::Table(const EntitySet& entity_set, const EntityType& type, const Settings& settings)
    : set_(entity_set), type_(type) {
  for (const Property& property : type_.properties) {
    initials_.push_back(initial(property));
    forms_.push_back({.trim_front = settings.trim_front,
                      .alpha = std::find(settings.alpha.begin(), settings.alpha.end(),
                                         property.name) != settings.alpha.end()});
  }
}

const Value& Table::value(const Row& row, std::size_t property) const {
  const Value* stored = row.find(property);
  return stored != nullptr ? *stored : initials_[property];
}

const Value& Table::value(const Row& row, std::string_view property) const {
  static const Value kNone{};
  const auto index = type_.find(property);
  return index ? value(row, *index) : kNone;
}

std::string Table::key_part(std::size_t property, const Value& value) const {
  const Property& declared = type_.properties[property];
  std::string text = to_plain(declared, value);
  const bool number = std::holds_alternative<std::int64_t>(value) && declared.type != Edm::DateTime;
  if (number || forms_[property].alpha || declared.non_negative) {
    constexpr std::size_t kWidth = 20;
    if (digits(text) && text.size() < kWidth) text.insert(0, kWidth - text.size(), '0');
  }
  return text;
}

std::string Table::key_of(const Row& row) const {
  std::string key;
  for (const std::size_t property : type_.keys) {
    if (!key.empty()) key += kSeparator;
    key += key_part(property, value(row, property));
  }
  return key;
}

std::string Table::predicate(const Row& row, Version version) const {
  std::string text = "(";
  for (const std::size_t property : type_.keys) {
    if (text.size() > 1) text += ',';
    const Property& declared = type_.properties[property];
    if (type_.keys.size() > 1) text += declared.name + "=";
    text += to_literal(declared, value(row, property), version);
  }
  return text + ")";
}

RowPtr Table::find(const std::string& key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? nullptr : found->second;
}

std::string Table::index_key(const Row& row, const std::vector<std::size_t>& properties) const {
  std::string key;
  for (const std::size_t property : properties)
    key += key_part(property, value(row, property)) + kSeparator;
  return key;
}

std::vector<std::string> Table::lookup(const std::vector<std::size_t>& properties,
                                       const std::vector<const Value*>& values) const {
  const auto [index, fresh] = indexes_.try_emplace(properties);
  if (fresh) {
    for (const auto& [key, row] : rows_) index->second[index_key(*row, properties)].insert(key);
  }
  std::string wanted;
  for (std::size_t i = 0; i < properties.size(); ++i)
    wanted += key_part(properties[i], *values[i]) + kSeparator;
  const auto found = index->second.find(wanted);
  if (found == index->second.end()) return {};
  return {found->second.begin(), found->second.end()};
}

void Table::put(const std::string& key, RowPtr row) {
  RowPtr& place = rows_[key];
  for (auto& [properties, index] : indexes_) {
    if (place) {
      const auto entry = index.find(index_key(*place, properties));
      if (entry != index.end()) {
        entry->second.erase(key);
        if (entry->second.empty()) index.erase(entry);
      }
    }
    if (row) index[index_key(*row, properties)].insert(key);
  }
  if (row) {
    place = std::move(row);
  } else {
    rows_.erase(key);
  }
}

Store::Store(const Model& model, const Settings& settings) : model_(model) {
  for (const EntitySet& entity_set : model_.sets) {
    tables_[entity_set.name] =
        std::make_unique<Table>(entity_set, model_.type_of(entity_set), settings);
  }
}

std::vector<RowPtr> Store::related(const Table& from, const Row& row,
                                   const Navigation& navigation) const {
  std::vector<RowPtr> rows;
  if (navigation.target_set.empty() || !has(navigation.target_set)) return rows;
  const Table& target = table(navigation.target_set);
  if (navigation.join.empty()) {
    for (const auto& [name, key] : row.links) {
      if (name != navigation.name) continue;
      if (RowPtr found = target.find(key)) rows.push_back(std::move(found));
    }
    return rows;
  }
  std::vector<std::size_t> properties;
  std::vector<const Value*> values;
  std::vector<Value> constants(navigation.join.size());
  for (std::size_t i = 0; i < navigation.join.size(); ++i) {
    const auto& [source, joined] = navigation.join[i];
    const auto from_property = from.type().find(source);
    const auto to_property = target.type().find(joined);
    const bool constant = source.starts_with('=');
    if (constant) constants[i] = source.substr(1);
    if (!to_property || (!from_property && !constant)) return rows;
    properties.push_back(*to_property);
    values.push_back(constant ? &constants[i] : &from.value(row, *from_property));
  }
  // A reference that nobody has filled leads nowhere.
  if (!navigation.many && std::all_of(values.begin(), values.end(), [](const Value* value) {
        return is_null(*value) || *value == Value(std::string());
      })) {
    return rows;
  }
  for (const std::string& key : target.lookup(properties, values)) rows.push_back(target.find(key));
  if (!navigation.many && rows.size() > 1) rows.resize(1);
  return rows;
}

std::int64_t Store::next_number(const std::string& counter, const Numbering& numbering) {
  const auto [entry, fresh] = counters_.try_emplace(counter, numbering.first);
  if (!fresh) entry->second += numbering.step;
  return entry->second;
}

}  // namespace channelbridge::sandbox::odata

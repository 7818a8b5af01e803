#include <algorithm>

#include "sandbox/sap/phone.hpp"
#include "sandbox/sap/transaction_internal.hpp"

namespace channelbridge::sandbox::odata {
namespace {

/// User and YYYYMMDDhhmmss.
std::string user_time(const std::string& user, std::int64_t ticks) {
  std::string digits;
  for (const char c : iso(ticks, 0)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return user.substr(0, 12) + digits;
}

}  // namespace

void Transaction::fill(const Table& table, Row& row, const Json& body, bool creating,
                       const Row* before,
                       std::vector<std::pair<const Navigation*, const Json*>>* children) {
  for (const auto& [name, value] : body.items()) {
    if (name == "__metadata" || name.find('@') != std::string::npos) continue;
    if (const auto property = table.type().find(name)) {
      assign(table, row, *property, value, creating, before);
      continue;
    }
    const Navigation* navigation = table.type().navigation(name);
    if (navigation == nullptr) {
      refuse(400, kBadRequest, "Property '" + name + "' is invalid", target_of(table, name));
    }
    if (value.is_object() && value.contains("__deferred")) continue;
    if (children == nullptr) {
      refuse(400, kBadRequest, "Inline data for '" + name + "' is not allowed in an update",
             target_of(table, name));
    }
    children->emplace_back(navigation, &value);
  }
}

void Transaction::assign(const Table& table, Row& row, std::size_t property, const Json& value,
                         bool creating, const Row* before) {
  const Property& declared = table.type().properties[property];
  const bool administration = options_.trusted || silent_ > 0;
  if (settings_.ignore_texts_and_etag && !administration &&
      (declared.name == "ETag" || (declared.name.ends_with("Text") && !declared.creatable))) {
    return;
  }
  Parsed parsed = from_json(declared, value, table.form(property));
  if (!parsed.problem.empty())
    refuse(400, kBusiness, parsed.problem, target_of(table, declared.name));
  const bool equal =
      before != nullptr && compare(declared, table.value(*before, property), parsed.value) == 0;
  if (!administration) {
    const auto read_only = [&] {
      refuse(400, kBusiness, "Property '" + declared.name + "' is read-only",
             target_of(table, declared.name));
    };
    if (declared.key && before != nullptr) {
      const Value* fixed = before->find(property);
      if (fixed != nullptr && !equal) {
        refuse(400, kBadRequest, "Key property '" + declared.name + "' cannot be changed",
               target_of(table, declared.name));
      }
      if (fixed != nullptr) return;
    }
    if (creating && !declared.creatable) {
      if (settings_.nullable_false_is_mandatory && !declared.nullable) return;
      read_only();
    }
    if (!creating && !declared.updatable) {
      if (settings_.ignore_equal_read_only && equal) return;
      read_only();
    }
  }
  if (!administration) check_code(table, declared, parsed.value);
  row.set(property, std::move(parsed.value));
}

void Transaction::check_code(const Table& table, const Property& property,
                             const Value& value) const {
  const auto list = settings_.code_lists.find(table.set().name + "/" + property.name);
  const auto* code = std::get_if<std::string>(&value);
  if (list == settings_.code_lists.end() || code == nullptr || code->empty()) return;
  if (std::find(list->second.begin(), list->second.end(), *code) != list->second.end()) return;
  refuse(400, kBusiness, "Value '" + *code + "' is not valid for '" + property.name + "'",
         target_of(table, property.name));
}

void Transaction::write_code_texts(const Table& table, Row& row) const {
  for (const auto& [name, texts] : settings_.code_texts) {
    const auto code = table.type().find(name);
    const auto text = table.type().find(name + "Text");
    if (!code || !text) continue;
    const auto found =
        texts.find(to_plain(table.type().properties[*code], table.value(row, *code)));
    row.set(*text, found == texts.end() ? std::string() : found->second);
  }
}

void Transaction::number(const Table& table, Row& row) {
  for (std::size_t i = 0; i < table.type().properties.size(); ++i) {
    const Property& property = table.type().properties[i];
    const auto rule = settings_.numbering.find(table.set().name + "/" + property.name);
    const auto any =
        rule != settings_.numbering.end() ? rule : settings_.numbering.find(property.name);
    if (any == settings_.numbering.end()) continue;
    const Value* given = row.find(i);
    if (given != nullptr && !empty(*given) && *given != Value(std::string("0"))) continue;
    const Numbering& numbering = any->second;
    const auto value_of = [&](std::int64_t number) {
      return property.type == Edm::String ? Value(std::to_string(number)) : Value(number);
    };
    if (numbering.object_id) {
      row.set(i, ids_.object_id());
    } else if (!numbering.per_parent) {
      const std::string counter = table.set().name + "/" + property.name;
      do {
        row.set(i, value_of(store_.next_number(counter, numbering)));
      } while (property.key && table.find(table.key_of(row)) != nullptr);
    } else {
      std::int64_t next = numbering.first;
      do {
        row.set(i, value_of(next));
        next += numbering.step;
      } while (table.find(table.key_of(row)) != nullptr);
    }
  }
  if (settings_.number_open_keys && !options_.trusted) number_open_key(table, row);
}

/// Documents whose metadata nobody has rules for. An item's number is told from its other key
/// fields by its digits, or by the name that it shares with its type.
void Transaction::number_open_key(const Table& table, Row& row) {
  const EntityType& type = table.type();
  std::vector<std::size_t> open;
  for (const std::size_t key : type.keys) {
    const Value* given = row.find(key);
    if (given == nullptr || empty(*given)) open.push_back(key);
  }
  if (open.size() != 1) return;
  const std::size_t key = open.front();
  const Property& property = type.properties[key];
  const bool whole =
      property.type == Edm::Int16 || property.type == Edm::Int32 || property.type == Edm::Int64;
  const bool alone = type.keys.size() == 1;
  if (alone && property.type == Edm::Guid) {
    row.set(key, from_json(property, Json(ids_.uuid()), {}).value);
    return;
  }
  const bool named = property.non_negative || type.name.find(property.name) != std::string::npos;
  if (!(property.type == Edm::String || whole) || !(alone || named)) return;
  constexpr int kItemDigits = 5;
  constexpr int kDocumentDigits = 7;
  const int digits = property.type == Edm::Int16 ? 4 : property.max_length.value_or(10);
  Numbering range;
  if (!alone && digits >= kItemDigits) range = {.first = 10, .step = 10};
  if (alone && digits >= kDocumentDigits) range = {.first = 1'000'001};
  std::int64_t next = range.first;
  do {
    const std::int64_t number =
        alone ? store_.next_number(table.set().name + "/" + property.name, range) : next;
    next += range.step;
    const std::string text = std::to_string(number);
    if (static_cast<int>(text.size()) > digits) {
      refuse(400, kBusiness, "The number range of '" + property.name + "' is exhausted",
             target_of(table, property.name));
    }
    row.set(key, whole ? Value(number) : Value(text));
  } while (table.find(table.key_of(row)) != nullptr);
}

void Transaction::complete(const Table& table, Row& row) {
  for (std::size_t i = 0; i < table.type().properties.size(); ++i) {
    if (row.find(i) != nullptr) continue;
    const Property& property = table.type().properties[i];
    auto rule = settings_.defaults.find(table.set().name + "/" + property.name);
    if (rule == settings_.defaults.end()) rule = settings_.defaults.find(property.name);
    if (rule == settings_.defaults.end()) continue;
    const Result<Json> json = parse_json(rule->second);
    if (json) row.set(i, from_json(property, *json, table.form(i)).value);
  }
}

void Transaction::demand(const Table& table, const Row& row, const Json& body) const {
  for (std::size_t i = 0; i < table.type().properties.size(); ++i) {
    const Property& property = table.type().properties[i];
    const Value* value = row.find(i);
    const bool mandatory =
        settings_.nullable_false_is_mandatory && !property.nullable && property.creatable;
    const bool missing_key = property.key && value == nullptr;
    const bool missing_value = mandatory && (value == nullptr || empty(*value));
    // V4: a property that can neither be null nor be initial has to be said.
    const bool untold = store_.model().version == Version::V4 && !property.nullable &&
                        property.creatable && !property.key && value == nullptr &&
                        !body.contains(property.name) && property.type != Edm::String &&
                        property.type != Edm::Structured && is_null(initial(property));
    if (missing_key || missing_value || untold) {
      refuse(400, kBusiness, "Enter a value for '" + property.name + "'",
             target_of(table, property.name));
    }
  }
}

void Transaction::rewrite_phones(const Table& table, Row& row, const Row* before) {
  const auto rules = settings_.phones.find(table.set().name);
  if (rules == settings_.phones.end()) return;
  for (const PhoneRule& rule : rules->second) {
    const auto property = table.type().find(rule.property);
    if (!property) continue;
    const auto* text = std::get_if<std::string>(&table.value(row, *property));
    if (text == nullptr) continue;
    const auto country = table.type().find(rule.country);
    const std::string iso_country =
        country ? to_plain(table.type().properties[*country], table.value(row, *country))
                : std::string();
    const Phone phone = read_phone(*text, iso_country);
    const bool given = before == nullptr || table.value(*before, *property) != Value(*text);
    if (given && !text->empty() && phone.normal.empty()) {
      warn(settings_.phone_warning,
           "Phone number '" + *text + "' is kept as written: its country is not known",
           target_of(table, rule.property));
    }
    if (rule.rewrite && !phone.formatted.empty()) row.set(*property, phone.formatted);
    const auto normal = table.type().find(rule.normal);
    if (normal) row.set(*normal, phone.normal);
  }
}

void Transaction::stamp(const Table& table, Row& row, const Row* before, const Json* body) {
  const std::int64_t moment =
      before == nullptr ? options_.now : std::max(options_.now, before->changed_at + 1);
  row.changed_at = moment;
  if (body != nullptr) {
    // A given time of the last change counts for the ETag, too.
    for (const auto& [name, rule] : settings_.stamps) {
      const auto property = table.type().find(name);
      if (!property || !rule.on_change ||
          table.type().properties[*property].type != Edm::DateTimeOffset)
        continue;
      if (const auto* given = std::get_if<std::int64_t>(&table.value(row, *property));
          body->contains(name) && given != nullptr) {
        row.changed_at = *given;
      }
    }
  }
  for (std::size_t i = 0; i < table.type().properties.size(); ++i) {
    const Property& property = table.type().properties[i];
    const auto rule = settings_.stamps.find(property.name);
    if (rule == settings_.stamps.end() || (before != nullptr && !rule->second.on_change)) continue;
    if (body != nullptr && body->contains(property.name)) continue;
    const bool tag = rule->second.stamp == Stamp::UserTime;
    if (before == nullptr && rule->second.on_change && !tag && !settings_.change_time_on_create)
      continue;
    const bool moving = property.type == Edm::DateTime || property.type == Edm::DateTimeOffset ||
                        property.type == Edm::Date || property.type == Edm::Time ||
                        property.type == Edm::TimeOfDay;
    switch (rule->second.stamp) {
      case Stamp::Now: {
        if (!moving) break;
        std::int64_t ticks = moment;
        constexpr std::int64_t kDay = 86'400 * kTicksPerSecond;
        if (property.type == Edm::Time || property.type == Edm::TimeOfDay) ticks %= kDay;
        if (property.type == Edm::Date ||
            (property.type == Edm::DateTime && property.precision == 0))
          ticks -= ticks % kDay;
        if (property.precision.value_or(0) == 0) ticks -= ticks % kTicksPerSecond;
        row.set(i, ticks);
        break;
      }
      case Stamp::User:
        row.set(i, options_.user);
        break;
      case Stamp::Uuid:
        row.set(i, ids_.uuid());
        break;
      case Stamp::RowUuid: {
        std::string id = to_plain(table.type().properties[table.type().keys[0]],
                                  table.value(row, table.type().keys[0]));
        row.set(i, from_json(property, Json(id), {}).value);
        break;
      }
      case Stamp::UserTime: {
        // The real stamp has whole seconds and cannot tell two changes in one second apart; ours
        // never repeats.
        std::string text = user_time(options_.user, moment);
        for (std::int64_t second = 1; before != nullptr && table.value(*before, i) == Value(text);
             ++second) {
          text = user_time(options_.user, moment + second * kTicksPerSecond);
        }
        row.set(i, std::move(text));
      }
    }
  }
}

}  // namespace channelbridge::sandbox::odata

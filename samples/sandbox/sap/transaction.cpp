#include "sandbox/sap/transaction.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "sandbox/sap/phone.hpp"

namespace channelbridge::sandbox::odata {
namespace {

std::string target_of(const Table& table, std::string_view property) {
  return "/" + table.set().name + "/" + std::string(property);
}

bool empty(const Value& value) { return is_null(value) || value == Value(std::string()); }

const Json* list_of(const Json& child) {
  if (child.is_array()) return &child;
  if (child.is_object()) {
    const auto results = child.find("results");
    if (results != child.end() && results->is_array()) return &*results;
  }
  return nullptr;
}

/// User and YYYYMMDDhhmmss.
std::string user_time(const std::string& user, std::int64_t ticks) {
  std::string digits;
  for (const char c : iso(ticks, 0)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return user.substr(0, 12) + digits;
}

}  // namespace

std::string Ids::hex(std::size_t digits) {
  std::string text;
  while (text.size() < digits) {
    std::array<char, 17> block{};
    std::snprintf(block.data(), block.size(), "%016llX",
                  static_cast<unsigned long long>(engine_()));
    text += block.data();
  }
  return text.substr(0, digits);
}

std::string Ids::uuid() {
  std::string text = hex(32);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return text;
}

Transaction::Transaction(Store& store, const Settings& settings, Ids& ids, Options options)
    : store_(store), settings_(settings), ids_(ids), options_(std::move(options)) {}

Transaction::~Transaction() { roll_back(); }

std::vector<Effect> Transaction::commit() {
  done_ = true;
  return std::move(effects_);
}

void Transaction::roll_back() {
  if (done_) return;
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    change->table->put(change->key, change->before);
  }
  done_ = true;
}

void Transaction::put(Table& table, const std::string& key, RowPtr row) {
  if (options_.locked_by && !options_.trusted) {
    if (const auto owner = options_.locked_by(table.set().name, key)) {
      const RowPtr held = row ? row : table.find(key);
      refuse_locked(settings_, plain_key(table, *held), *owner);
    }
  }
  changes_.push_back({&table, key, table.find(key), row});
  table.put(key, std::move(row));
}

void Transaction::note(const Table& table, const Row& row, EffectKind kind, const Json& fields) {
  if (silent_ > 0 || options_.trusted) return;
  Effect effect{.object = table.set().name,
                .key = plain_key(table, row),
                .kind = kind,
                .fields = fields,
                .user = options_.user};
  const auto property = settings_.correlation.find(table.set().name);
  if (property != settings_.correlation.end()) {
    if (const auto index = table.type().find(property->second)) {
      effect.correlation = to_plain(table.type().properties[*index], table.value(row, *index));
    }
  }
  effects_.push_back(std::move(effect));
}

RowPtr Transaction::create(const std::string& set, const Json& body, const Parent* parent) {
  Table& table = store_.table(set);
  if (!body.is_object())
    refuse(400, kMalformed, "Error while parsing the request body: an object is expected");
  Row row;
  if (parent != nullptr) {
    for (const auto& [source, target] : parent->navigation->join) {
      const auto from = parent->table->type().find(source);
      const auto to = table.type().find(target);
      if (to && source.starts_with('=')) row.set(*to, source.substr(1));
      if (from && to && !empty(parent->table->value(*parent->row, *from))) {
        row.set(*to, parent->table->value(*parent->row, *from));
      }
    }
  }
  std::vector<std::pair<const Navigation*, const Json*>> children;
  const Row inherited = row;
  fill(table, row, body, true, parent != nullptr ? &inherited : nullptr, &children);
  number(table, row);
  complete(table, row);
  rewrite_phones(table, row);
  write_code_texts(table, row);
  stamp(table, row, nullptr, options_.trusted ? &body : nullptr);
  if (settings_.before_save) settings_.before_save(*this, set, row);
  if (!options_.trusted && silent_ == 0) {
    demand(table, row, body);
    if (parent == nullptr) check_parent(table, row);
  }
  const std::string key = table.key_of(row);
  if (const RowPtr present = table.find(key)) {
    // A rule has made it in this very unit of work (role -> customer): the request only adds its
    // fields.
    if (!fresh_.contains({&table, key})) {
      refuse(400, kBusiness,
             table.type().name + " " + table.predicate(row, store_.model().version) +
                 " already exists",
             target_of(table, table.type().properties[table.type().keys[0]].name));
    }
    Row merged = *present;
    for (const auto& [property, value] : row.values) {
      if (!empty(value)) merged.set(property, value);
    }
    row = std::move(merged);
  }
  fresh_.insert({&table, key});
  const auto saved = std::make_shared<const Row>(std::move(row));
  put(table, key, saved);
  note(table, *saved, EffectKind::Created, body);
  if (parent != nullptr && parent->navigation->join.empty()) {
    link(*parent->table, parent->row, *parent->navigation, key);
  }
  if (settings_.after_save) settings_.after_save(*this, set, *saved, true);
  create_children(set, saved, children);
  touch_parents(table, *saved, 0);
  return table.find(key);
}

void Transaction::create_children(
    const std::string& set, const RowPtr& row,
    const std::vector<std::pair<const Navigation*, const Json*>>& children) {
  Table& table = store_.table(set);
  const std::string key = table.key_of(*row);
  for (const auto& [navigation, body] : children) {
    if (navigation->target_set.empty() || !store_.has(navigation->target_set)) {
      refuse(501, kBusiness, "Deep insert through '" + navigation->name + "' is not supported",
             target_of(table, navigation->name));
    }
    const Parent parent{&table, table.find(key), navigation};
    if (!navigation->many) {
      if (body->is_null()) continue;
      const RowPtr child = create(navigation->target_set, *body, &parent);
      // The reference stands in the parent when its own key is not part of the join.
      const Table& target = store_.table(navigation->target_set);
      Row changed = *table.find(key);
      for (const auto& [source, joined] : navigation->join) {
        const auto property = table.type().find(source);
        if (property && empty(table.value(changed, *property))) {
          changed.set(*property, target.value(*child, joined));
        }
      }
      put(table, key, std::make_shared<const Row>(std::move(changed)));
      continue;
    }
    const Json* rows = list_of(*body);
    if (rows == nullptr) {
      refuse(400, kMalformed, "An array is expected for '" + navigation->name + "'",
             target_of(table, navigation->name));
    }
    for (const Json& child : *rows) {
      const Parent current{&table, table.find(key), navigation};
      create(navigation->target_set, child, &current);
    }
  }
}

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

void Transaction::rewrite_phones(const Table& table, Row& row) const {
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

RowPtr Transaction::update(const std::string& set, const RowPtr& row, const Json& body,
                           bool replace) {
  Table& table = store_.table(set);
  if (!body.is_object())
    refuse(400, kMalformed, "Error while parsing the request body: an object is expected");
  Row changed = *row;
  if (replace) {
    std::erase_if(changed.values, [&](const auto& entry) {
      const Property& property = table.type().properties[entry.first];
      return !property.key && property.updatable && !settings_.stamps.contains(property.name);
    });
  }
  fill(table, changed, body, false, row.get(), nullptr);
  rewrite_phones(table, changed);
  write_code_texts(table, changed);
  if (settings_.before_save) settings_.before_save(*this, set, changed);
  const bool moved = changed.values != row->values;
  if (moved) stamp(table, changed, row.get(), options_.trusted ? &body : nullptr);
  const std::string key = table.key_of(*row);
  const auto saved = std::make_shared<const Row>(std::move(changed));
  put(table, key, saved);
  note(table, *saved, EffectKind::Updated, body);
  if (settings_.after_save) settings_.after_save(*this, set, *saved, false);
  if (moved) touch_parents(table, *saved, 0);
  return table.find(key);
}

void Transaction::remove(const std::string& set, const RowPtr& row) {
  Table& table = store_.table(set);
  const std::string key = table.key_of(*row);
  if (table.find(key) == nullptr) return;
  put(table, key, nullptr);
  note(table, *row, EffectKind::Deleted, Json::object());
  for (const Navigation& navigation : table.type().navigations) {
    if (!part_of_parent(table, navigation)) continue;
    for (const RowPtr& child : store_.related(table, *row, navigation)) {
      ++silent_;
      remove(navigation.target_set, child);
      --silent_;
    }
  }
  touch_parents(table, *row, 0);
}

void Transaction::link(const Table& from, const RowPtr& row, const Navigation& navigation,
                       const std::string& target_key) {
  Table& table = store_.table(from.set().name);
  const std::string key = table.key_of(*row);
  Row changed = *table.find(key);
  if (!navigation.many) {
    std::erase_if(changed.links, [&](const auto& each) { return each.first == navigation.name; });
  }
  changed.links.emplace_back(navigation.name, target_key);
  put(table, key, std::make_shared<const Row>(std::move(changed)));
}

RowPtr Transaction::find(const std::string& set, const std::vector<std::string>& key) const {
  const Table& table = store_.table(set);
  Row probe;
  for (std::size_t i = 0; i < key.size() && i < table.type().keys.size(); ++i) {
    const std::size_t property = table.type().keys[i];
    const Property& declared = table.type().properties[property];
    // Raw literals of V4 are what people write for everything but texts.
    probe.set(property, declared.type == Edm::String
                            ? from_json(declared, Json(key[i]), table.form(property)).value
                            : from_literal(declared, key[i], Version::V4, {}).value);
  }
  return table.find(table.key_of(probe));
}

RowPtr Transaction::create_silently(const std::string& set, const Json& body) {
  ++silent_;
  RowPtr row = create(set, body);
  --silent_;
  return row;
}

void Transaction::change_silently(const std::string& set, const RowPtr& row, const Json& fields) {
  Table& table = store_.table(set);
  Row changed = *row;
  ++silent_;
  fill(table, changed, fields, false, row.get(), nullptr);
  --silent_;
  put(table, table.key_of(*row), std::make_shared<const Row>(std::move(changed)));
}

/// A child belongs to its parent when the join fills key fields of the child (or a declared parent
/// id), and the way leads from one parent: to many rows, or by the parent's whole key.
bool Transaction::part_of_parent(const Table& from, const Navigation& navigation) const {
  if (navigation.join.empty() || !store_.has(navigation.target_set)) return false;
  const EntityType& target = store_.table(navigation.target_set).type();
  const bool hard =
      std::all_of(navigation.join.begin(), navigation.join.end(), [&](const auto& pair) {
        if (pair.first.starts_with('=')) return true;
        const auto property = target.find(pair.second);
        return property &&
               (target.properties[*property].key ||
                std::find(settings_.hard_children.begin(), settings_.hard_children.end(),
                          pair.second) != settings_.hard_children.end());
      });
  if (!hard) return false;
  return navigation.many ||
         std::all_of(from.type().keys.begin(), from.type().keys.end(), [&](std::size_t key) {
           return std::any_of(
               navigation.join.begin(), navigation.join.end(),
               [&](const auto& pair) { return pair.first == from.type().properties[key].name; });
         });
}

std::vector<Transaction::Inbound> Transaction::inbound(const Table& table) const {
  std::vector<Inbound> found;
  for (const EntitySet& entity_set : store_.model().sets) {
    const Table& from = store_.table(entity_set.name);
    for (const Navigation& navigation : from.type().navigations) {
      if (navigation.target_set == table.set().name && part_of_parent(from, navigation)) {
        found.push_back({&from, &navigation});
      }
    }
  }
  return found;
}

std::vector<RowPtr> Transaction::parents(const Inbound& way, const Table& table,
                                         const Row& row) const {
  std::vector<std::size_t> properties;
  std::vector<const Value*> values;
  for (const auto& [source, target] : way.navigation->join) {
    if (source.starts_with('=')) continue;
    const auto property = way.table->type().find(source);
    if (!property) return {};
    properties.push_back(*property);
    values.push_back(&table.value(row, target));
  }
  std::vector<RowPtr> rows;
  for (const std::string& key : way.table->lookup(properties, values))
    rows.push_back(way.table->find(key));
  return rows;
}

void Transaction::check_parent(const Table& table, const Row& row) const {
  const std::vector<Inbound> ways = inbound(table);
  if (ways.empty()) return;
  for (const Inbound& way : ways) {
    if (!parents(way, table, row).empty()) return;
  }
  const std::string& property = ways.front().navigation->join.front().second;
  refuse(400, kBusiness,
         ways.front().table->type().name + " '" +
             to_plain(table.type().properties[*table.type().find(property)],
                      table.value(row, property)) +
             "' does not exist",
         target_of(table, property));
}

void Transaction::touch_parents(const Table& table, const Row& row, int depth) {
  constexpr int kDeepest = 6;
  if (!settings_.touch_parent || options_.trusted || silent_ > 0 || depth > kDeepest) return;
  for (const Inbound& way : inbound(table)) {
    Table& owner = store_.table(way.table->set().name);
    for (const RowPtr& parent : parents(way, table, row)) {
      const std::string key = owner.key_of(*parent);
      if (fresh_.contains({&owner, key})) continue;
      Row touched = *parent;
      stamp(owner, touched, parent.get(), nullptr);
      const auto saved = std::make_shared<const Row>(std::move(touched));
      put(owner, key, saved);
      touch_parents(owner, *saved, depth + 1);
    }
  }
}

void refuse_locked(const Settings& settings, const std::string& key, const std::string& user) {
  std::string text = settings.lock_text;
  const auto replace = [&](std::string_view mark, const std::string& with) {
    const auto at = text.find(mark);
    if (at != std::string::npos) text.replace(at, mark.size(), with);
  };
  replace("%k", key);
  replace("%u", user);
  refuse(settings.lock_status, settings.lock_code, text);
}

bool has_etag(const Table& table, const Settings& settings) {
  if (settings.etag_is_timestamp || !table.set().etag.empty()) return true;
  const auto& properties = table.type().properties;
  if (std::any_of(properties.begin(), properties.end(),
                  [](const Property& each) { return each.concurrency; }))
    return true;
  return std::any_of(settings.etag.begin(), settings.etag.end(),
                     [&](const std::string& name) { return table.type().find(name).has_value(); });
}

std::string etag_of(const Table& table, const Row& row, const Settings& settings, Version version) {
  const auto weak = [](std::string inner) {
    for (auto at = inner.find(':'); at != std::string::npos; at = inner.find(':'))
      inner.replace(at, 1, "%3A");
    return "W/\"" + inner + "\"";
  };
  if (settings.etag_is_timestamp) {
    const std::string time = iso(row.changed_at, 7) + "Z";
    return weak(version == Version::V2 ? "datetimeoffset'" + time + "'" : time);
  }
  std::optional<std::size_t> source;
  for (std::size_t i = 0; i < table.type().properties.size() && !source; ++i) {
    if (table.type().properties[i].concurrency) source = i;
  }
  if (!source && !table.set().etag.empty()) source = table.type().find(table.set().etag.front());
  for (const std::string& name : settings.etag) {
    if (!source) source = table.type().find(name);
  }
  if (!source) return {};
  const Property& property = table.type().properties[*source];
  return weak(version == Version::V2 ? to_literal(property, table.value(row, *source), version)
                                     : to_plain(property, table.value(row, *source)));
}

std::string plain_key(const Table& table, const Row& row) {
  std::string key;
  for (const std::size_t property : table.type().keys) {
    if (!key.empty()) key += ',';
    key += to_plain(table.type().properties[property], table.value(row, property));
  }
  return key;
}

}  // namespace channelbridge::sandbox::odata

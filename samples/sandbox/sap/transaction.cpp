#include "sandbox/sap/transaction.hpp"

#include <algorithm>

#include "sandbox/sap/transaction_internal.hpp"

namespace channelbridge::sandbox::odata {
namespace {

const Json* list_of(const Json& child) {
  if (child.is_array()) return &child;
  if (child.is_object()) {
    const auto results = child.find("results");
    if (results != child.end() && results->is_array()) return &*results;
  }
  return nullptr;
}

}  // namespace

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
  for (const auto& [name, given] : fields.items()) {
    const auto index = given.is_string() ? table.type().find(name) : std::nullopt;
    const auto* kept = index ? std::get_if<std::string>(&table.value(row, *index)) : nullptr;
    if (kept != nullptr && *kept != given.get_ref<const std::string&>()) ++effect.rewritten;
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
  rewrite_phones(table, row, nullptr);
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
  rewrite_phones(table, changed, row.get());
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
  if (settings_.before_remove && silent_ == 0) settings_.before_remove(*this, set, *row);
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
  if (settings_.after_remove && silent_ == 0) settings_.after_remove(*this, set, *row);
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
  if (!store_.has(set)) return nullptr;
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

void Transaction::warn(const std::string& code, const std::string& message,
                       const std::string& target) {
  warnings_.push_back({code, message, target});
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

}  // namespace channelbridge::sandbox::odata

#include "sandbox/salesforce/writes.hpp"

#include <algorithm>

#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/sales_rules.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

Error unknown_field(const std::string& name, const ObjectType& object) {
  return refusal(400, "INVALID_FIELD",
                 "No such column '" + name + "' on sobject of type " + object.name());
}

Error read_only(const std::string& name) {
  return refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE",
                 "Unable to create/update fields: " + name +
                     ". Please check the security settings of this field and verify that it is "
                     "read/write for your "
                     "profile or permission set.",
                 {name});
}

Error is_deleted() { return refusal(404, "ENTITY_IS_DELETED", "entity is deleted"); }

Error cannot_lock(std::string_view id) {
  return refusal(
      400, "UNABLE_TO_LOCK_ROW",
      "unable to obtain exclusive access to this record or 1 records: " + std::string(id));
}

}  // namespace

Table* Database::table(std::string_view object) {
  const ObjectType* type = metadata.find(object);
  const auto found = type == nullptr ? tables.end() : tables.find(type->name());
  return found == tables.end() ? nullptr : &found->second;
}

Table* Database::table_of_id(std::string_view id) {
  const ObjectType* type = metadata.find_by_prefix(id);
  return type == nullptr ? nullptr : table(type->name());
}

void compute_name(const ObjectType& object, Row& row) {
  const auto first = object.find("FirstName");
  const auto last = object.find("LastName");
  const auto name = object.find("Name");
  if (!first || !last || !name) return;
  const std::string first_name(row.view(*first));
  const std::string last_name(row.view(*last));
  row.set(*name, first_name.empty() ? last_name : first_name + " " + last_name);
}

Result<Transaction::Values> Transaction::read_fields(const ObjectType& object, const Json& fields,
                                                     bool creating) {
  std::vector<std::pair<const Field*, std::pair<std::uint16_t, const Json*>>> known;
  for (const auto& [name, value] : fields.items()) {
    if (name == "attributes") continue;
    auto number = object.find(name);
    if (!number && value.is_object()) number = object.find_relationship(name);
    if (!number) return unknown_field(name, object);
    const Field& field = object.fields()[*number];
    if (!(creating ? field.createable : field.updateable)) return read_only(field.name);
    known.push_back({&field, {*number, &value}});
  }
  Values values;
  for (const auto& [field, given] : known) {
    const auto& [number, value] = given;
    Result<Stored> stored = field->type == FieldType::Reference && value->is_object()
                                ? resolve_relationship(*field, *value)
                                : to_stored(object, *field, *value);
    if (!stored) return std::move(stored).error();
    values.emplace_back(number, std::move(*stored));
  }
  return values;
}

// "Account":{"Partner_Ext__c":"P-77"}: the parent is named by one of its external ids.
Result<Stored> Transaction::resolve_relationship(const Field& field, const Json& value) {
  for (const std::string& target : field.reference_to) {
    Table* table = database_.table(target);
    if (table == nullptr) continue;
    for (const auto& [name, key] : value.items()) {
      if (name == "attributes") continue;
      const auto number = table->object().find(name);
      if (!number || !key.is_string()) break;
      const Field& external = table->object().fields()[*number];
      if (!external.external_id && !external.id_lookup) break;
      const std::vector<RowNumber> rows = table->find_by(*number, key.get<std::string>());
      if (rows.size() == 1) return table->row(rows.front()).get(table->id());
      return refusal(400, "INVALID_FIELD",
                     "Foreign key external ID: " + lower_case(key.get<std::string>()) +
                         " not found for field " + external.name + " in entity " + target);
    }
  }
  return refusal(400, "INVALID_FIELD",
                 "The external foreign key reference does not reference a valid entity: " +
                     field.relationship);
}

Result<void> Transaction::check(const Table& table, const Row& row, const Values& values,
                                std::optional<RowNumber> self) {
  const ObjectType& object = table.object();
  std::string missing;
  std::vector<std::string> missing_fields;
  for (std::uint16_t number = 0; number < object.field_count(); ++number) {
    const Field& field = object.fields()[number];
    const bool needed = field.required() && field.type != FieldType::Boolean;
    if (!needed || !row.view(number).empty()) continue;
    missing += (missing.empty() ? "" : ", ") + field.name;
    missing_fields.push_back(field.name);
  }
  if (!missing.empty()) {
    return refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [" + missing + "]",
                   missing_fields);
  }
  for (const auto& [number, value] : values) {
    const Field& field = object.fields()[number];
    if (!field.restricted || !value || field.type != FieldType::Picklist) continue;
    if (std::find(field.picklist.begin(), field.picklist.end(), *value) == field.picklist.end()) {
      return refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                     field.label + ": bad value for restricted picklist field: " + *value,
                     {field.name});
    }
  }
  for (const auto& [number, value] : values) {
    const Field& field = object.fields()[number];
    if (field.type != FieldType::Reference || !value) continue;
    Table* target = database_.table_of_id(*value);
    const bool right_type =
        target == nullptr || std::find(field.reference_to.begin(), field.reference_to.end(),
                                       target->object().name()) != field.reference_to.end();
    if (!right_type) {
      return refusal(400, "MALFORMED_ID", field.label + ": id value of incorrect type: " + *value,
                     {field.name});
    }
    const auto found = target == nullptr ? std::nullopt : target->find(*value);
    if (!found || target->deleted(*found)) {
      return refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
    }
  }
  for (const auto& [number, value] : values) {
    const Field& field = object.fields()[number];
    if (!field.unique || !value) continue;
    for (const RowNumber other : table.find_by(number, *value)) {
      if (self && *self == other) continue;
      return refusal(400, "DUPLICATE_VALUE",
                     "duplicate value found: " + field.name +
                         " duplicates value on record with id: " +
                         std::string(id15(table.row(other).view(table.id()))));
    }
  }
  if (Result<void> fine = check_duplicates(table, row, values, self); !fine) return fine;
  const auto converted = object.find("IsConverted");
  if (self && converted && table.row(*self).view(*converted) == "true") {
    return refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead");
  }
  return {};
}

// A change of other fields is not looked at. Source: Salesforce Help, "Things to Know About
// Duplicate Rules": records of one save are not compared with each other.
Result<void> Transaction::check_duplicates(const Table& table, const Row& row, const Values& values,
                                           std::optional<RowNumber> self) {
  const auto created_here = [&](RowNumber number) {
    return std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) {
      return change.table == &table && change.row == number && !change.before;
    });
  };
  for (const DuplicateRule& rule : settings_.duplicate_rules) {
    if (table.object().name() != rule.object) continue;
    if (!rule.block && settings_.duplicates.allow_save) continue;
    const bool touched = !self || std::any_of(values.begin(), values.end(), [&](const auto& value) {
      const std::string& name = table.object().fields()[value.first].name;
      return std::find(rule.fields.begin(), rule.fields.end(), name) != rule.fields.end();
    });
    if (!touched) continue;
    std::vector<RowNumber> rows = find_duplicates(rule, table, row);
    std::erase_if(rows, created_here);
    if (rows.empty()) continue;
    in_the_way_ = {.rule = &rule, .rows = std::move(rows)};
    return refusal(400, "DUPLICATES_DETECTED", rule.message);
  }
  return {};
}

Json Transaction::duplicate_result(const Table& table, const std::string& base) const {
  return salesforce::duplicate_result(database_, table, in_the_way_, settings_.duplicates.details,
                                      base);
}

bool Transaction::locked() {
  ++records_;
  return settings_.lock_every > 0 && records_ % settings_.lock_every == 0;
}

void Transaction::stamp(const Table& table, Row& row, bool creating) const {
  const std::string now = datetime_text(settings_.now);
  const auto set = [&](const char* name, const std::string& value) {
    if (const auto field = table.object().find(name)) row.set(*field, value);
  };
  if (creating) {
    set("CreatedDate", now);
    set("CreatedById", actor_.user_id);
  }
  set("LastModifiedDate", now);
  set("LastModifiedById", actor_.user_id);
  set("SystemModstamp", now);
}

void Transaction::apply(Table& table, RowNumber number, Row row) {
  changes_.push_back({&table, number, table.row(number)});
  table.replace(number, std::move(row));
}

void Transaction::remember(const Table& table, const Row& row, EffectKind kind, Json fields) {
  const auto correlation = table.object().find(settings_.correlation_field);
  effects_.push_back(
      {.object = table.object().name(),
       .key = std::string(row.view(table.id())),
       .kind = kind,
       .fields = std::move(fields),
       .user = actor_.username,
       .correlation = correlation ? std::string(row.view(*correlation)) : std::string()});
}

Result<std::string> Transaction::create(Table& table, const Json& fields) {
  const ObjectType& object = table.object();
  if (!object.allows("createable")) {
    return refusal(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                   "entity type cannot be inserted: " + object.name());
  }
  Result<Values> values = read_fields(object, fields, true);
  if (!values) return std::move(values).error();
  if (locked()) return cannot_lock(table.next_id());
  Row row;
  row.set(table.id(), table.next_id());
  for (const auto& [number, value] : *values) row.set(number, value);
  for (std::uint16_t number = 0; number < object.field_count(); ++number) {
    const Field& field = object.fields()[number];
    if (!field.createable || !row.view(number).empty()) continue;
    if (field.name == "OwnerId") row.set(number, actor_.user_id);
    if (field.text() && field.default_value.is_string())
      row.set(number, field.default_value.get<std::string>());
  }
  compute_name(object, row);
  const Save save{*this, table, nullptr, row, *values};
  if (Result<void> fine = complete(save); !fine) return std::move(fine).error();
  if (Result<void> fine = check(table, row, *values, std::nullopt); !fine)
    return std::move(fine).error();
  if (Result<void> fine = judge(save); !fine) return std::move(fine).error();
  stamp(table, row, true);
  remember(table, row, EffectKind::Created, fields);
  const std::string id(row.view(table.id()));
  changes_.push_back({&table, table.append(std::move(row)), std::nullopt});
  settle(*this, table, changes_.back().row, nullptr);
  return id;
}

Result<RowNumber> Transaction::writable_row(Table& table, std::string_view id) {
  if (!well_formed_id(id)) {
    return refusal(400, "MALFORMED_ID",
                   table.object().name() + " ID: id value of incorrect type: " + std::string(id),
                   {"Id"});
  }
  const auto number = table.find(id);
  if (!number) return refusal(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
  if (table.deleted(*number)) return is_deleted();
  if (locked() || table.held(*number, settings_.now))
    return cannot_lock(table.row(*number).view(table.id()));
  if (settings_.locked.contains(std::string(table.row(*number).view(table.id()))))
    return refusal(400, "ENTITY_IS_LOCKED",
                   "This record is locked. If you need to edit it, contact your admin.");
  return *number;
}

Result<std::string> Transaction::update(Table& table, std::string_view id, const Json& fields) {
  const Result<RowNumber> number = writable_row(table, id);
  if (!number) return number.error();
  Result<Values> values = read_fields(table.object(), fields, false);
  if (!values) return std::move(values).error();
  Row row = table.row(*number);
  for (const auto& [field, value] : *values) row.set(field, value);
  compute_name(table.object(), row);
  const Row before = table.row(*number);
  const Save save{*this, table, &before, row, *values};
  if (Result<void> fine = complete(save); !fine) return std::move(fine).error();
  if (Result<void> fine = check(table, row, *values, *number); !fine)
    return std::move(fine).error();
  if (Result<void> fine = judge(save); !fine) return std::move(fine).error();
  stamp(table, row, false);
  remember(table, row, EffectKind::Updated, fields);
  std::string key(row.view(table.id()));
  apply(table, *number, std::move(row));
  settle(*this, table, *number, &before);
  return key;
}

Result<void> Transaction::remove(Table& table, std::string_view id) {
  const Result<RowNumber> number = writable_row(table, id);
  if (!number) return number.error();
  if (!table.object().allows("deletable") || !table.deleted_flag()) {
    return refusal(400, "INSUFFICIENT_ACCESS_OR_READONLY",
                   "entity type cannot be deleted: " + table.object().name());
  }
  if (Result<void> fine = judge_removal(*this, table, table.row(*number)); !fine) return fine;
  const std::string key(table.row(*number).view(table.id()));
  const Row before = table.row(*number);
  set_system(table, *number, {{"IsDeleted", "true"}});
  remember(table, table.row(*number), EffectKind::Deleted, Json::object());
  // Children go with their parent where the describe says so.
  for (const Json& child : table.object().describe().value("childRelationships", Json::array())) {
    if (!child.value("cascadeDelete", false)) continue;
    Table* children = database_.table(text_of(child, "childSObject"));
    const auto field =
        children == nullptr ? std::nullopt : children->object().find(text_of(child, "field"));
    if (!field) continue;
    for (RowNumber row = 0; row < children->size(); ++row) {
      if (children->deleted(row) || children->row(row).view(*field) != key) continue;
      if (Result<void> removed = remove(*children, children->row(row).view(children->id()));
          !removed)
        return removed;
    }
  }
  settle(*this, table, *number, &before);
  return {};
}

Result<Transaction::Upserted> Transaction::upsert(Table& table, std::uint16_t field,
                                                  const std::string& value, const Json& fields,
                                                  bool update_only) {
  const Field& key = table.object().fields()[field];
  const std::vector<RowNumber> matches = table.find_by(field, value);
  if (matches.size() > 1) {
    std::string ids;
    for (const RowNumber row : matches)
      ids += (ids.empty() ? "" : ", ") + std::string(table.row(row).view(table.id()));
    return refusal(300, "DUPLICATE_EXTERNAL_ID",
                   key.name + ": more than one record found for external id field: [" + ids + "]",
                   {key.name});
  }
  if (matches.size() == 1) {
    const std::string id(table.row(matches.front()).view(table.id()));
    Result<std::string> updated = update(table, id, fields);
    if (!updated) return std::move(updated).error();
    return Upserted{.id = id, .created = false};
  }
  if (update_only) return not_found();
  Json with_key = fields;
  with_key[key.name] = value;
  Result<std::string> created = create(table, with_key);
  if (!created) return std::move(created).error();
  return Upserted{.id = std::move(*created), .created = true};
}

void Transaction::set_system(Table& table, RowNumber number,
                             const std::vector<std::pair<std::string, Stored>>& values) {
  Row row = table.row(number);
  for (const auto& [name, value] : values) {
    if (const auto field = table.object().find(name)) row.set(*field, value);
  }
  stamp(table, row, false);
  apply(table, number, std::move(row));
}

void Transaction::set_computed(Table& table, RowNumber number,
                               const std::vector<std::pair<std::string, Stored>>& values) {
  Row row = table.row(number);
  bool moved = false;
  for (const auto& [name, value] : values) {
    const auto field = table.object().find(name);
    if (!field || row.get(*field) == value) continue;
    row.set(*field, value);
    moved = true;
  }
  if (!moved) return;
  row.set(table.modstamp(), datetime_text(settings_.now));
  apply(table, number, std::move(row));
}

RowNumber Transaction::add_computed(Table& table,
                                    const std::vector<std::pair<std::string, Stored>>& values) {
  Row row;
  row.set(table.id(), table.next_id());
  for (const auto& [name, value] : values) {
    if (const auto field = table.object().find(name)) row.set(*field, value);
  }
  stamp(table, row, true);
  changes_.push_back({&table, table.append(std::move(row)), std::nullopt});
  return changes_.back().row;
}

void Transaction::roll_back(const Mark& mark) {
  while (changes_.size() > mark.changes) {
    Change change = std::move(changes_.back());
    changes_.pop_back();
    if (change.before) {
      change.table->replace(change.row, std::move(*change.before));
    } else {
      change.table->drop_last();
    }
  }
  effects_.erase(effects_.begin() + static_cast<std::ptrdiff_t>(mark.effects), effects_.end());
}

void Transaction::hide_until(Timestamp visible_at) {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    change->table->hold(change->row, {.before = change->before, .visible_at = visible_at});
  }
}

void Transaction::reveal() {
  for (const Change& change : changes_) change.table->release(change.row);
}

}  // namespace channelbridge::sandbox::salesforce

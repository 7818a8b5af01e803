#include "query_internal.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "channelbridge/document/path.hpp"
#include "line_quantities_internal.hpp"

namespace channelbridge::tryton {
namespace {

using adapter::Selection;
using document::Tree;

void add_path(std::set<std::string>& fields, const std::string& prefix, std::string_view text) {
  if (text.empty() || text.starts_with('@')) return;
  const auto path = document::parse_path(text);
  if (!path) return;  // check() has said so
  std::string name = prefix;
  for (const document::Step& step : *path) {
    if (step.name == "." || step.name.empty()) break;
    if (!name.empty()) name += '.';
    name += step.name;
    for (const auto& [field, value] : step.where) fields.insert(name + "." + field);
  }
  fields.insert(name);
}

void add_children(std::set<std::string>& fields, const std::string& prefix,
                  const std::vector<Selection::Child>& children) {
  for (const Selection::Child& child : children) {
    const std::string below = prefix.empty() ? child.navigation : prefix + "." + child.navigation;
    fields.insert(below + "._timestamp");
    for (const std::string& path : child.paths)
      for (const std::string& each : read_for(child.object, path)) add_path(fields, below, each);
    add_children(fields, below, child.children);
  }
}

const Tree* value_at(const Tree& tree, const document::Path& path, std::size_t step) {
  if (step == path.size()) return &tree;
  if (tree.kind == Tree::Kind::Array) {
    for (const Tree& element : tree.children)
      if (const Tree* found = value_at(element, path, step)) return found;
    return nullptr;
  }
  const Tree* next = tree.find(path[step].name);
  if (next == nullptr) return nullptr;
  const auto fits = [&](const Tree& element) {
    return std::all_of(path[step].where.begin(), path[step].where.end(), [&](const auto& each) {
      const Tree* value = element.find(each.first);
      return value != nullptr && scalar_text(*value) == each.second;
    });
  };
  if (next->kind != Tree::Kind::Array)
    return fits(*next) ? value_at(*next, path, step + 1) : nullptr;
  for (const Tree& element : next->children) {
    if (!fits(element)) continue;
    if (const Tree* found = value_at(element, path, step + 1)) return found;
  }
  return nullptr;
}

/// A server on SQLite shows some truths as 1 and 0.
void name_truths(const Model& model, Tree& document) {
  for (Tree& member : document.children) {
    const Model::Field* field = model.find(member.name);
    if (field == nullptr || field->type != "boolean" || member.kind != Tree::Kind::Number) continue;
    member = {.kind = Tree::Kind::Boolean,
              .name = member.name,
              .text = member.text == "0" ? "false" : "true"};
  }
}

void name_state(const Model& model, Tree& document) {
  if (model.conclusions.empty()) return;
  std::string shown = shown_state(model, document);
  for (Tree& member : document.children)
    if (member.name == model.state_field) member.text = shown;
}

void drop_internal(Tree& tree) {
  std::erase_if(tree.children, [](const Tree& child) { return child.name == "_timestamp"; });
  for (Tree& child : tree.children) drop_internal(child);
}

}  // namespace

std::string ReadCursor::text() const {
  const auto stamp = [](const std::optional<Timestamp>& time) {
    return time ? json_text(to_iso8601(*time)) : std::string("null");
  };
  return "{\"low\":" + stamp(low) + ",\"bound\":" + stamp(bound) + ",\"lane\":\"" +
         (lane == Lane::Changed ? "changed"
          : lane == Lane::Below ? "below"
                                : "new") +
         "\",\"at\":" + stamp(at) + ",\"id\":" + json_text(id) + "}";
}

Result<ReadCursor> ReadCursor::parse(std::string_view text) {
  ReadCursor cursor;
  if (text.empty()) return cursor;
  const Error foreign(ErrorCode::Invalid, "the stored position is not one of this adapter");
  auto tree = document::parse_tree(text, document::Format::Json);
  if (!tree) return foreign;
  const Tree* lane = tree->find("lane");
  const Tree* id = tree->find("id");
  if (lane == nullptr || id == nullptr) return foreign;
  cursor.low = time_at(*tree, "low");
  cursor.bound = time_at(*tree, "bound");
  cursor.at = time_at(*tree, "at");
  if (lane->text == "changed") cursor.lane = Lane::Changed;
  if (lane->text == "below") cursor.lane = Lane::Below;
  cursor.id = id->text;
  if (!cursor.id.empty() && !is_id(cursor.id)) return foreign;
  return cursor;
}

Result<std::string> dotted(std::string_view text) {
  const auto path = document::parse_path(text);
  if (!path) return path.error();
  std::string name;
  for (const document::Step& step : *path) name += (name.empty() ? "" : ".") + step.name;
  return name;
}

Result<std::vector<std::string>> wanted_fields(const Selection& selection, const Model& model,
                                               const std::vector<RowList>& lists) {
  std::set<std::string> fields{"id",        "create_date", "write_date",
                               "write_uid", "create_uid",  "_timestamp"};
  for (const std::string& path : selection.paths) add_path(fields, {}, path);
  for (const std::string* path : {&selection.id, &selection.modified, &selection.modified_by,
                                  &selection.correlation, &selection.version})
    add_path(fields, {}, *path);
  add_children(fields, {}, selection.children);
  for (std::string& field : stamp_fields(lists)) fields.insert(std::move(field));
  const auto replaced = model.find("replaced_by");
  if (replaced != nullptr && replaced->relation == selection.object) fields.insert("replaced_by");
  if (fields.contains(model.state_field))
    for (const Conclusion& each : model.conclusions) fields.insert(each.field);
  std::vector<std::string> out;
  for (const std::string& field : fields) {
    const std::string root = field.substr(0, field.find('.'));
    if (root != "_timestamp" && model.find(root) == nullptr) {
      return Error(ErrorCode::Invalid, selection.object + " has no field '" + root + "'");
    }
    out.push_back(field);
  }
  return out;
}

std::string page_domain(const ReadCursor& cursor, std::chrono::milliseconds overlap,
                        const std::vector<std::string>& lists, const std::string& where) {
  const auto clause = [](const std::string& field, const char* op, Timestamp time) {
    return "[" + json_text(field) + ",\"" + op + "\"," + wire_datetime(time) + "]";
  };
  std::string domain = "[";
  if (cursor.lane == ReadCursor::Lane::Below) {
    const Timestamp since = cursor.low.value_or(Timestamp{}) - overlap;
    // What has moved itself was read before, or is in the next pass.
    domain += R"(["OR",[["write_date","=",null],)" + clause("create_date", "<", since) + "]," +
              clause("write_date", "<", since) + R"(],["OR")";
    for (const std::string& list : lists)
      for (const char* field : {".create_date", ".write_date"})
        domain += "," + clause(list + field, ">=", since);
    domain += "]";
    if (!cursor.id.empty()) domain += R"(,["id",">",)" + cursor.id + "]";
  } else {
    const std::string field = cursor.time_field();
    const bool changed = cursor.lane == ReadCursor::Lane::Changed;
    domain += changed ? R"(["write_date","!=",null])" : R"(["write_date","=",null])";
    if (cursor.low) domain += "," + clause(field, ">=", *cursor.low - overlap);
    if (cursor.bound) domain += "," + clause(field, "<", *cursor.bound);
    if (cursor.at) {
      domain += ",[\"OR\"," + clause(field, ">", *cursor.at) + ",[" +
                clause(field, "=", *cursor.at) + R"(,["id",">",)" + cursor.id + "]]]";
    }
  }
  if (!where.empty()) domain += "," + where;
  return domain + "]";
}

std::string search_read(const std::string& domain, std::size_t limit, const std::string& order,
                        const std::vector<std::string>& fields) {
  std::string out = "[" + domain + ",0," + std::to_string(limit) + "," + order + ",[";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    out += json_text(fields[i]);
  }
  return out + "]";
}

std::string ids_domain(const std::vector<std::string>& ids) {
  std::string out = R"([["id","in",[)";
  for (std::size_t i = 0; i < ids.size(); ++i) out += (i > 0 ? "," : "") + ids[i];
  return out + "]]]";
}

bool is_id(std::string_view key) {
  return !key.empty() && key.size() <= 18 && key.front() != '0' &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string text_at_path(const Tree& document, std::string_view path) {
  const auto steps = document::parse_path(path);
  if (!steps) return {};
  const Tree* value = value_at(document, *steps, 0);
  if (value == nullptr || value->kind == Tree::Kind::Array || value->kind == Tree::Kind::Object)
    return {};
  return scalar_text(*value);
}

Result<adapter::Change> change_of(const Selection& selection, const Model& model, const Tree& row,
                                  const std::vector<RowList>& lists, std::int64_t user_id) {
  auto document = plain(row);
  if (!document) return std::move(document).error();
  const Tree* id = document->find("id");
  if (id == nullptr || !is_id(id->text))
    return Error(ErrorCode::Protocol, "a row of " + selection.object + " without an id");
  adapter::Change change;
  change.key = id->text;
  const auto replaced = model.find("replaced_by");
  if (replaced != nullptr && replaced->relation == selection.object) {
    // Source: Tryton 6.0, module party, wizard party.replace.
    const Tree* survivor = document->find("replaced_by");
    if (survivor != nullptr && survivor->kind == Tree::Kind::Number) {
      change.deleted = true;
      change.merged_into = survivor->text;
      return change;
    }
  }
  Latest found = latest_of(*document, lists);
  change.version = std::move(found.time);
  change.modified = parse_iso8601(change.version);
  if (!selection.correlation.empty())
    change.correlation = text_at_path(*document, selection.correlation);
  // Rows move by themselves: the last to write is who wrote the latest one, whichever it is.
  change.modified_by_us = !selection.modified_by.empty() && user_id > 0 &&
                          found.users == std::set<std::string>{std::to_string(user_id)};
  name_truths(model, *document);
  name_state(model, *document);
  drop_internal(*document);
  add_line_quantities(selection, *document);
  change.document = document::Document::of(json_of(*document));
  return change;
}

}  // namespace channelbridge::tryton

#include "stamps_internal.hpp"

#include <algorithm>

#include "channelbridge/document/path.hpp"
#include "line_quantities_internal.hpp"
#include "values_internal.hpp"

namespace channelbridge::tryton {
namespace {

using adapter::Selection;
using document::Tree;

/// Steps of a selection that may be lists, with dots.
using Names = std::set<std::string>;

void add_steps(Names& names, std::string name, const std::string& text) {
  const auto path = document::parse_path(text);
  if (!path) return;  // check() has said so
  for (std::size_t i = 0; i + 1 < path->size(); ++i) {
    const std::string& next = (*path)[i + 1].name;
    if (next.empty() || next == ".") return;  // ids alone
    name += (name.empty() ? "" : ".") + (*path)[i].name;
    names.insert(name);
  }
}

void add_child_steps(Names& names, const std::string& prefix,
                     const std::vector<Selection::Child>& children) {
  for (const Selection::Child& child : children) {
    const std::string name = prefix.empty() ? child.navigation : prefix + "." + child.navigation;
    names.insert(name);
    for (const std::string& path : child.paths)
      for (const std::string& each : read_for(child.object, path)) add_steps(names, name, each);
    add_child_steps(names, name, child.children);
  }
}

/// Those of the names one step below `prefix` ("lines.", "" = the root) that are lists of `object`.
Result<std::vector<RowList>> lists_of(const std::string& object, const std::string& prefix,
                                      const Names& names, Models& models, const Context& context) {
  std::vector<RowList> lists;
  std::shared_ptr<const Model> model;
  for (const std::string& name : names) {
    if (!name.starts_with(prefix) || name.find('.', prefix.size()) != std::string::npos) continue;
    if (model == nullptr) {
      auto got = models.get(object, context);
      if (!got) return std::move(got).error();
      model = std::move(*got);
    }
    const std::string step = name.substr(prefix.size());
    const Model::Field* field = model->find(step);
    if (field == nullptr || !field->list()) continue;
    auto below = lists_of(field->relation, name + ".", names, models, context);
    if (!below) return below;
    const auto property = model->metadata.properties.find(step);
    lists.push_back(
        {.name = step,
         .searchable = property != model->metadata.properties.end() && property->second.filterable,
         .below = std::move(*below)});
  }
  return lists;
}

void add_stamp_fields(std::vector<std::string>& fields, const std::string& prefix,
                      const std::vector<RowList>& lists) {
  for (const RowList& list : lists) {
    for (const char* field : {".id", ".create_date", ".write_date", ".create_uid", ".write_uid"})
      fields.push_back(prefix + list.name + field);
    add_stamp_fields(fields, prefix + list.name + ".", list.below);
  }
}

void add_searchable(std::vector<std::string>& names, const std::string& prefix,
                    const std::vector<RowList>& lists) {
  for (const RowList& list : lists) {
    if (!list.searchable) continue;  // nor is what lies below it
    names.push_back(prefix + list.name);
    add_searchable(names, prefix + list.name + ".", list.below);
  }
}

/// When a row of a plain document was last written, and by whom ("" = not told).
struct Stamp {
  std::string time{};
  std::string user{};
};

Stamp stamp_of(const Tree& row) {
  const auto shown = [&row](const char* name) {
    const Tree* value = row.find(name);
    const bool told =
        value != nullptr && (value->kind == Tree::Kind::Text || value->kind == Tree::Kind::Number);
    return told ? value->text : std::string();
  };
  if (std::string written = shown("write_date"); !written.empty())
    return {std::move(written), shown("write_uid")};
  return {shown("create_date"), shown("create_uid")};
}

void add_latest(Latest& out, const Tree& row, const std::vector<RowList>& lists) {
  Stamp stamp = stamp_of(row);
  if (stamp.time > out.time) out = {.time = stamp.time};
  if (!stamp.time.empty() && stamp.time == out.time) out.users.insert(std::move(stamp.user));
  for (const RowList& list : lists) {
    const Tree* rows = row.find(list.name);
    if (rows == nullptr) continue;
    for (const Tree& element : rows->children) add_latest(out, element, list.below);
  }
}

const Tree* row_with_id(const Tree* list, const std::string& id) {
  if (list == nullptr) return nullptr;
  for (const Tree& row : list->children) {
    const Tree* own = row.find("id");
    if (own != nullptr && own->text == id) return &row;
  }
  return nullptr;
}

std::string id_of(const Tree& row) {
  const Tree* id = row.find("id");
  return id == nullptr ? std::string() : id->text;
}

}  // namespace

Result<std::vector<RowList>> row_lists(const Selection& selection, Models& models,
                                       const Context& context) {
  Names names;
  for (const std::string& path : selection.paths) add_steps(names, {}, path);
  add_child_steps(names, {}, selection.children);
  return lists_of(selection.object, {}, names, models, context);
}

std::vector<std::string> stamp_fields(const std::vector<RowList>& lists) {
  std::vector<std::string> fields;
  add_stamp_fields(fields, {}, lists);
  return fields;
}

std::vector<std::string> searchable_names(const std::vector<RowList>& lists) {
  std::vector<std::string> names;
  add_searchable(names, {}, lists);
  return names;
}

Latest latest_of(const Tree& document, const std::vector<RowList>& lists) {
  Latest found;
  add_latest(found, document, lists);
  return found;
}

bool changed_by_others(const Tree* before, const Tree& now, const std::vector<RowList>& lists,
                       std::int64_t user_id, const std::set<std::string>& deleted) {
  const Stamp stamp = stamp_of(now);
  const bool moved = before == nullptr || stamp_of(*before).time != stamp.time;
  if (moved && stamp.user != std::to_string(user_id)) return true;
  for (const RowList& list : lists) {
    const Tree* rows = now.find(list.name);
    const Tree* old = before == nullptr ? nullptr : before->find(list.name);
    if (rows != nullptr) {
      for (const Tree& row : rows->children)
        if (changed_by_others(row_with_id(old, id_of(row)), row, list.below, user_id, deleted))
          return true;
    }
    if (old == nullptr) continue;
    for (const Tree& row : old->children)
      if (row_with_id(rows, id_of(row)) == nullptr && !deleted.contains(id_of(row))) return true;
  }
  return false;
}

}  // namespace channelbridge::tryton

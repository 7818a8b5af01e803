#include "composer_internal.hpp"

#include "channelbridge/document/path.hpp"
#include "values_internal.hpp"

namespace channelbridge::tryton {
namespace {

using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteRequest;
using document::Tree;

Error refused(std::string message) {
  return Error(ErrorCode::Rejected, std::move(message)).with_sent(Sent::No);
}

void add(std::string& list, const std::string& command) {
  if (!list.empty()) list += ',';
  list += command;
}

std::string text_of(const std::map<std::string, std::string>& members) {
  std::string out;
  for (const auto& [name, value] : members) add(out, json_text(name) + ":" + value);
  return "{" + out + "}";
}

/// The ids that an on_change adds to a list: [1, 2] or {"add":[[0,{"id":1}]]}; "" = none.
std::string added_ids(const Tree& change) {
  std::string ids;
  const auto note = [&ids](const Tree& value) {
    const Tree* id = value.kind == Tree::Kind::Object ? value.find("id") : &value;
    if (id != nullptr && id->kind == Tree::Kind::Number) add(ids, id->text);
  };
  const Tree* added = change.kind == Tree::Kind::Array ? &change : change.find("add");
  if (added == nullptr) return {};
  for (const Tree& element : added->children)
    note(element.kind == Tree::Kind::Array && element.children.size() == 2 ? element.children[1]
                                                                           : element);
  return ids.empty() ? std::string() : "[[\"add\",[" + ids + "]]]";
}

/// Our record id at its place: a field of the root, or a new row of one of its lists.
Result<void> leave_mark(Tree& body, const WriteRequest& request) {
  if (request.correlation_path.empty() || request.correlation.empty()) return {};
  const auto path = document::parse_path(request.correlation_path);
  if (!path) return path.error();
  const auto text = [](std::string name, const std::string& value) {
    return Tree{.kind = value.empty() ? Tree::Kind::Null : Tree::Kind::Text,
                .name = std::move(name),
                .text = value};
  };
  const document::Step& first = path->front();
  if (body.find(first.name) != nullptr && path->size() == 1) return {};  // a field shows it already
  if (path->size() == 1) {
    body.children.push_back(text(first.name, request.correlation));
    return {};
  }
  if (path->size() > 2) return refused("our record id goes into the record or a row of its lists");
  Tree row{.kind = Tree::Kind::Object};
  for (const auto& [name, value] : first.where) row.children.push_back(text(name, value));
  row.children.push_back(text((*path)[1].name, request.correlation));
  for (Tree& member : body.children) {
    if (member.name != first.name || member.kind != Tree::Kind::Array) continue;
    member.children.push_back(std::move(row));
    return {};
  }
  Tree list{.kind = Tree::Kind::Array, .name = first.name};
  list.children.push_back(std::move(row));
  body.children.push_back(std::move(list));
  return {};
}

}  // namespace

/// The object's members as clauses of a domain, members of an object below with dotted names. A
/// value goes in its field's own type: Tryton takes a text for a relation as words to search for.
Result<void> Composer::add_clauses(const std::string& relation, const Tree& object,
                                   const std::string& prefix, std::string& clauses,
                                   const Context& context) {
  auto model = models_.get(relation, context);
  if (!model) return std::move(model).error();
  for (const Tree& member : object.children) {
    if (member.kind == Tree::Kind::Null) continue;
    const Model::Field* field = (*model)->find(member.name);
    if (field == nullptr) return refused(relation + " has no field '" + member.name + "'");
    if (member.kind == Tree::Kind::Object) {
      auto below =
          add_clauses(field->relation, member, prefix + member.name + ".", clauses, context);
      if (!below) return below;
      continue;
    }
    auto value = wire_value(*field, member.name, member);
    if (!value) return std::move(value).error();
    add(clauses, "[" + json_text(prefix + member.name) + ",\"=\"," + *value + "]");
  }
  return {};
}

Result<std::string> Composer::look_up(const Model::Field& field, std::string_view name,
                                      const Tree& value, const Context& context) {
  const Tree* id = value.find("id");
  if (id != nullptr && id->kind != Tree::Kind::Null) return wire_value(field, name, *id);
  std::string clauses;
  if (auto made = add_clauses(field.relation, value, {}, clauses, context); !made)
    return std::move(made).error();
  if (clauses.empty()) return std::string("null");
  const auto known = found_.find(field.relation + clauses);
  if (known != found_.end()) return known->second;
  auto ids = rpc_.read("model." + field.relation + ".search", "[[" + clauses + "],0,2,null",
                       "look up " + field.relation, context);
  if (!ids) return std::move(ids).error();
  if (ids->children.size() != 1) {
    return refused((ids->children.empty() ? "no " : "more than one ") + field.relation + " has " +
                   json_of(value));
  }
  return found_[field.relation + clauses] = ids->children.front().text;
}

Result<std::string> Composer::list(const Model::Field& field, const Tree& value, bool create,
                                   const Context& context) {
  if (!create || value.kind != Tree::Kind::Array) {
    return Error(ErrorCode::Unsupported,
                 "a list of " + field.relation +
                     " inside its record is only created: map it under 'children'")
        .with_sent(Sent::No);
  }
  auto model = models_.get(field.relation, context);
  if (!model) return std::move(model).error();
  std::string rows;
  std::string ids;
  for (const Tree& element : value.children) {
    if (element.kind != Tree::Kind::Object) {
      add(ids, scalar_text(element));
      continue;
    }
    auto row = object(**model, element, true, context);
    if (!row) return std::move(row).error();
    add(rows, text_of(*row));
  }
  std::string commands;
  if (!rows.empty()) add(commands, "[\"create\",[" + rows + "]]");
  if (!ids.empty()) add(commands, "[\"add\",[" + ids + "]]");
  return "[" + commands + "]";
}

Result<Composer::Members> Composer::object(const Model& model, const Tree& body, bool create,
                                           const Context& context) {
  Members members;
  for (const Tree& member : body.children) {
    const Model::Field* field = model.find(member.name);
    if (field == nullptr)
      return refused(model.metadata.name + " has no field '" + member.name + "'");
    auto value = field->list() ? list(*field, member, create, context)
                 : member.kind == Tree::Kind::Object && field->type == "many2one"
                     ? look_up(*field, member.name, member, context)
                     : wire_value(*field, member.name, member);
    if (!value) return std::move(value).error();
    members.emplace(member.name, std::move(*value));
  }
  return members;
}

/// What the server's own clients would have filled in. Members of the parent go as
/// "_parent_sale.party"; a parent that is there already is named by its id.
Result<void> Composer::fill_in(const Model& model, const Members& parent, Members& members,
                               const Context& context) {
  const auto asked = options_.on_change.find(model.metadata.name);
  if (asked == options_.on_change.end()) return {};
  std::string names;
  for (const std::string& name : asked->second) {
    const auto member = members.find(name);
    if (member != members.end() && member->second != "null") add(names, json_text(name));
  }
  if (names.empty()) return {};
  Members all = members;
  all.insert(parent.begin(), parent.end());
  if (model.find("company") != nullptr && rpc_.company() > 0)
    all.emplace("company", std::to_string(rpc_.company()));
  std::erase_if(all, [&model](const auto& member) {
    const Model::Field* field = model.find(member.first);
    return field != nullptr && field->list();
  });
  auto changed =
      rpc_.read("model." + model.metadata.name + ".on_change",
                "[" + text_of(all) + ",[" + names + "]", "fill in " + model.metadata.name, context);
  if (!changed) return std::move(changed).error();
  for (const Tree& change : changed->children) {
    for (const Tree& member : change.children) {
      const auto property = model.metadata.properties.find(member.name);
      if (property == model.metadata.properties.end() || !property->second.updatable ||
          members.contains(member.name) || member.kind == Tree::Kind::Null)
        continue;
      const std::string value =
          model.find(member.name)->list() ? added_ids(member) : json_of(member);
      if (!value.empty()) members.emplace(member.name, value);
    }
  }
  return {};
}

Result<void> Composer::add_children(const WriteRequest& request, std::size_t at, const Model& model,
                                    Members& members, const Context& context) {
  std::map<std::string, std::string> commands;
  std::map<std::string, std::string> created;
  for (std::size_t i = at + 1; i < request.nodes.size(); ++i) {
    const WriteNode& child = request.nodes[i];
    if (child.parent != static_cast<int>(at)) continue;
    const Model::Field* list = model.find(child.navigation);
    if (list == nullptr)
      return refused(model.metadata.name + " has no list '" + child.navigation + "'");
    if (child.operation == Operation::Delete) {
      add(commands[child.navigation], "[\"delete\",[" + child.key + "]]");
      continue;
    }
    Members parent;
    const std::string prefix = "_parent_" + list->inverse + ".";
    if (request.nodes[at].operation == Operation::Create) {
      for (const auto& [name, value] : members)
        if (!model.find(name)->list()) parent.emplace(prefix + name, value);
      if (model.find("company") != nullptr && rpc_.company() > 0)
        parent.emplace(prefix + "company", std::to_string(rpc_.company()));
    } else {
      parent.emplace(prefix + "id", request.nodes[at].key);
    }
    auto values = node(request, i, parent, nullptr, context);
    if (!values) return std::move(values).error();
    if (child.operation == Operation::Create)
      add(created[child.navigation], text_of(*values));
    else
      add(commands[child.navigation], "[\"write\",[" + child.key + "]," + text_of(*values) + "]");
  }
  // All new rows in one command, in order: their ids ascend in the same order.
  for (const auto& [navigation, rows] : created)
    add(commands[navigation], "[\"create\",[" + rows + "]]");
  for (const auto& [navigation, list] : commands) {
    std::string& own = members[navigation];  // what the record's own body makes of the list
    const std::string before = own.empty() ? "" : own.substr(1, own.size() - 2);
    own = "[" + before + (before.empty() ? "" : ",") + list + "]";
  }
  return {};
}

Result<Composer::Members> Composer::node(const WriteRequest& request, std::size_t at,
                                         const Members& parent, std::string* state,
                                         const Context& context) {
  const WriteNode& node = request.nodes[at];
  auto model = models_.get(node.object, context);
  if (!model) return std::move(model).error();
  auto body = document::parse_tree(node.body.empty() ? "{}" : node.body, document::Format::Json);
  if (!body) return refused("the body is no JSON object");
  const bool create = node.operation == Operation::Create;
  if (at == 0 && create)
    if (auto marked = leave_mark(*body, request); !marked) return std::move(marked).error();
  const auto workflow = options_.workflows.find(node.object);
  if (workflow != options_.workflows.end()) {
    const Tree* wanted = body->find(workflow->second.field);
    if (wanted != nullptr && state == nullptr)
      return refused("the state of a " + node.object + " inside another record is not written");
    if (wanted != nullptr) {
      *state = scalar_text(*wanted);
      std::erase_if(body->children,
                    [&](const Tree& member) { return member.name == workflow->second.field; });
    }
  }
  auto members = object(**model, *body, create, context);
  if (!members) return members;
  if (create)
    if (auto filled = fill_in(**model, parent, *members, context); !filled)
      return std::move(filled).error();
  if (auto added = add_children(request, at, **model, *members, context); !added)
    return std::move(added).error();
  return members;
}

Result<RootValues> Composer::root(const WriteRequest& request, const Context& context) {
  RootValues values;
  auto members = node(request, 0, {}, &values.state, context);
  if (!members) return std::move(members).error();
  values.json = text_of(*members);
  const WriteNode& root = request.nodes.front();
  const auto workflow = options_.workflows.find(root.object);
  if (root.operation == Operation::Create && !values.state.empty() &&
      values.state != workflow->second.initial) {
    // The server would store any state unchecked, and none of its workflow would run.
    return refused("a " + root.object + " begins as '" + workflow->second.initial +
                   "': mark the state's rule with 'later: true'");
  }
  return values;
}

}  // namespace channelbridge::tryton

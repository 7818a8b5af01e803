#include <algorithm>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"
#include "reader_internal.hpp"
#include "writer_internal.hpp"

namespace channelbridge::odata {
namespace {

using adapter::Operation;
using adapter::WriteNode;

Error wrong(std::string message) {
  return Error(ErrorCode::Invalid, std::move(message)).with_sent(Sent::No);
}

bool shows(std::string_view element,
           const std::vector<std::pair<std::string, std::string>>& conditions) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
    return json::text(json::member(element, condition.first)) == condition.second;
  });
}

bool is_key(const Type& type, std::string_view name) {
  return std::find(type.keys.begin(), type.keys.end(), name) != type.keys.end();
}

/// Capitals, leading zeros and the writing of a date make no other key.
bool same_key(const Type& type, const std::string& name, std::string_view sent,
              std::string_view held) {
  const auto plain = [&](std::string_view text) {
    if (const auto time = parse_time(text)) return std::to_string(time->time_since_epoch().count());
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
      text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
    }
    const Property& property = type.properties.find(name)->second;
    const bool capitals = property.upper || property.description.type == "Edm.Guid";
    return capitals ? upper(text) : std::string(text);
  };
  return sent == held || plain(sent) == plain(held);
}

bool agrees(std::string_view sent, std::string_view held) {
  if (json::is_null(sent)) return json::is_null(held) || json::text(held).empty();
  return json::text(sent) == json::text(held);
}

}  // namespace

std::vector<std::string>& Body::list(const std::string& navigation) {
  for (auto& [name, elements] : lists) {
    if (name == navigation) return elements;
  }
  return lists.emplace_back(navigation, std::vector<std::string>{}).second;
}

std::string Body::text() const {
  std::string out = "{";
  const auto name = [&out](const std::string& text) {
    if (out.size() > 1) out += ',';
    out += '"' + text + "\":";
  };
  for (const auto& [property, value] : scalars) {
    name(property);
    out += value;
  }
  for (const auto& [navigation, elements] : lists) {
    name(navigation);
    out += '[';
    for (std::size_t i = 0; i < elements.size(); ++i) out += (i == 0 ? "" : ",") + elements[i];
    out += ']';
  }
  for (const auto& [navigation, object] : singles) {
    name(navigation);
    out += object;
  }
  return out + "}";
}

Result<Body> Writer::body(const Type& type, std::string_view text) const {
  if (const auto gate = document::check_json(text); !gate) return gate.error().with_sent(Sent::No);
  Body out;
  for (const json::Member& member : json::members(text)) {
    const std::string name(member.name);
    if (const auto found = type.properties.find(name); found != type.properties.end()) {
      const std::string& edm = found->second.description.type;
      if (json::is_null(member.value) || json::is_object(member.value) ||
          json::is_array(member.value)) {
        out.scalars.emplace_back(name, member.value);
        continue;
      }
      auto value = body_value(metadata_->version(), edm, json::text(member.value),
                              json::is_string(member.value));
      if (!value) return wrong("the value of " + name + " is no " + edm);
      out.scalars.emplace_back(name, std::move(*value));
    } else if (const Navigation* navigation = metadata_->navigation(type, name)) {
      const Type* target = metadata_->type(navigation->type);
      if (target == nullptr) return wrong("the service does not describe " + name);
      if (json::is_null(member.value)) continue;
      if (!json::is_array(member.value)) {
        auto child = body(*target, member.value);
        if (!child) return child;
        if (navigation->many) {
          out.list(name).push_back(child->text());
        } else {
          out.singles.emplace_back(name, child->text());
        }
        continue;
      }
      for (const std::string_view element : json::elements(member.value)) {
        auto child = body(*target, element);
        if (!child) return child;
        out.list(name).push_back(child->text());
      }
    } else {
      std::vector<std::string> names;
      for (const auto& [property, description] : type.properties) names.push_back(property);
      const std::string near = nearest_word(name, names);
      return wrong(type.name + " has no property '" + name + "'" +
                   (near.empty() ? "" : " (did you mean '" + near + "'?)"));
    }
  }
  return out;
}

Result<const Type*> Writer::type_of(const Plan& plan, std::size_t index) const {
  const WriteNode& node = plan.request->nodes[index];
  const std::string& set = node.object.empty() && node.parent < 0 ? selection_.object : node.object;
  if (const Type* type = metadata_->type_of_set(set)) return type;
  if (node.parent >= 0 && static_cast<std::size_t>(node.parent) < index) {
    const Type* parent = plan.types[static_cast<std::size_t>(node.parent)];
    if (const Navigation* navigation = metadata_->navigation(*parent, node.navigation)) {
      if (const Type* type = metadata_->type(navigation->type)) return type;
    }
  }
  return wrong("the service has no entity set '" + set + "'");
}

/// Names and values of the keys of the nodes above, so that a child's key may leave them out.
std::vector<std::pair<std::string, std::string>> Writer::known_keys(const Plan& plan,
                                                                    std::size_t index) const {
  std::vector<std::pair<std::string, std::string>> out;
  for (int at = plan.request->nodes[index].parent; at >= 0;
       at = plan.request->nodes[static_cast<std::size_t>(at)].parent) {
    const auto parent = static_cast<std::size_t>(at);
    const std::string& key = plan.outcome.nodes[parent].key.empty()
                                 ? plan.request->nodes[parent].key
                                 : plan.outcome.nodes[parent].key;
    if (key.empty()) continue;
    const Type& type = *plan.types[parent];
    const auto parts = type.keys.size() == 1 ? std::vector<std::string>{key} : key_parts(key);
    // A part key names what its own parents do not.
    std::size_t next = 0;
    const auto above = parts.size() < type.keys.size()
                           ? known_keys(plan, parent)
                           : std::vector<std::pair<std::string, std::string>>{};
    for (const std::string& name : type.keys) {
      const auto given = std::find_if(above.begin(), above.end(),
                                      [&](const auto& pair) { return pair.first == name; });
      if (given != above.end()) {
        out.push_back(*given);
      } else if (next < parts.size()) {
        out.emplace_back(name, parts[next++]);
      }
    }
  }
  return out;
}

Result<std::string> Writer::entity_url(const Plan& plan, std::size_t index) const {
  const WriteNode& node = plan.request->nodes[index];
  const auto predicate =
      key_predicate(*metadata_, *plan.types[index], node.key, known_keys(plan, index));
  if (!predicate) return predicate.error();
  const std::string& set = node.object.empty() && node.parent < 0 ? selection_.object : node.object;
  if (metadata_->set(set) != nullptr) return set + *predicate;
  return plan.urls[static_cast<std::size_t>(node.parent)] + "/" + node.navigation + *predicate;
}

bool Writer::nested_in_parent(const Plan& plan, std::size_t index) const {
  const WriteNode& node = plan.request->nodes[index];
  if (node.operation != Operation::Create || node.parent < 0 || !service_.options().deep_create) {
    return false;
  }
  const auto parent = static_cast<std::size_t>(node.parent);
  return plan.request->nodes[parent].operation == Operation::Create &&
         metadata_->navigation(*plan.types[parent], node.navigation) != nullptr;
}

void Writer::add_correlation(Body& body, const Plan& plan) const {
  std::string text = plan.request->correlation_path;
  if (text.empty()) text = selection_.correlation;
  if (text.empty()) text = service_.options().correlation;
  const auto path = document::parse_path(text);
  if (plan.request->correlation.empty() || !path) return;
  const Type& type = *plan.types[0];
  const std::string value = json::quoted(plan.request->correlation);
  const std::string& first = path->front().name;
  if (path->size() == 1 && type.properties.contains(first)) {
    const bool there = std::any_of(body.scalars.begin(), body.scalars.end(),
                                   [&](const auto& scalar) { return scalar.first == first; });
    if (!there) body.scalars.emplace_back(first, value);
  } else if (path->size() == 2 && type.navigations.contains(first)) {
    Body row;
    for (const auto& [name, is] : path->front().where)
      row.scalars.emplace_back(name, json::quoted(is));
    row.scalars.emplace_back((*path)[1].name, value);
    std::vector<std::string>& rows = body.list(first);
    if (std::find(rows.begin(), rows.end(), row.text()) == rows.end()) rows.push_back(row.text());
  }
}

Result<Body> Writer::create_body(Plan& plan, std::size_t index) {
  const std::vector<WriteNode>& nodes = plan.request->nodes;
  auto out = body(*plan.types[index], nodes[index].body.empty() ? "{}" : nodes[index].body);
  if (!out) return out;
  for (std::size_t child = index + 1; child < nodes.size(); ++child) {
    if (nodes[child].parent != static_cast<int>(index) || !nested_in_parent(plan, child)) continue;
    auto inner = create_body(plan, child);
    if (!inner) return inner;
    const Navigation& navigation =
        *metadata_->navigation(*plan.types[index], nodes[child].navigation);
    Nested nested{.node = child, .parent = index, .navigation = nodes[child].navigation};
    if (navigation.many) {
      std::vector<std::string>& list = out->list(nodes[child].navigation);
      nested.position = list.size();
      list.push_back(inner->text());
    } else {
      out->singles.emplace_back(nodes[child].navigation, inner->text());
    }
    plan.nested.push_back(nested);
  }
  if (index == 0) add_correlation(*out, plan);
  return out;
}

void Writer::add_operation(Plan& plan, std::size_t index, const Type& type, std::string method,
                           std::string url, std::string text, bool deep_update) {
  Planned planned{.node = index, .type = &type, .deep_update = deep_update};
  planned.operation.content_id = std::to_string(next_content_id_++);
  planned.operation.url = std::move(url);
  planned.operation.body = std::move(text);
  auto& headers = planned.operation.headers;
  headers.emplace_back("Accept", "application/json");
  if (!planned.operation.body.empty()) headers.emplace_back("Content-Type", "application/json");
  if (method != "POST") {
    const std::string& version = plan.request->nodes[index].expected_version;
    const bool etag = selection_.version == "@etag";  // a property's value is none
    if (etag && !version.empty() && !deep_update) {
      headers.emplace_back("If-Match", version);
    } else if (type.versioned) {
      headers.emplace_back("If-Match",
                           "*");  // a service with ETags refuses a change without one (428)
    }
  }
  if (method == "PATCH" && service_.options().update_by_merge) {
    method = "POST";
    headers.emplace_back("X-HTTP-Method", "MERGE");
    planned.merges = true;
  }
  planned.operation.method = std::move(method);
  plan.operations.push_back(std::move(planned));
}

Result<void> Writer::plan_create(Plan& plan, std::size_t index) {
  const WriteNode& node = plan.request->nodes[index];
  if (nested_in_parent(plan, index)) return {};
  auto made = create_body(plan, index);
  if (!made) return made.error();
  std::string url = node.object.empty() && node.parent < 0 ? selection_.object : node.object;
  if (node.parent >= 0) {
    const auto parent = static_cast<std::size_t>(node.parent);
    const std::string& property = service_.options().parent_property;
    const std::string parent_key = plan.request->nodes[parent].key;
    if (!property.empty() && !parent_key.empty() &&
        plan.types[index]->properties.contains(property)) {
      const bool there = std::any_of(made->scalars.begin(), made->scalars.end(),
                                     [&](const auto& scalar) { return scalar.first == property; });
      if (!there) made->scalars.emplace_back(property, json::quoted(parent_key));
    } else {
      url = plan.urls[parent] + "/" + node.navigation;
    }
  }
  plan.urls[index] = "$" + std::to_string(next_content_id_);
  add_operation(plan, index, *plan.types[index], "POST", std::move(url), made->text());
  return {};
}

bool Writer::moves_key(const Plan& plan, std::size_t index, const Body& made) const {
  const WriteNode& node = plan.request->nodes[index];
  const Type& type = *plan.types[index];
  const auto parts =
      type.keys.size() == 1 ? std::vector<std::string>{node.key} : key_parts(node.key);
  const auto above = parts.size() < type.keys.size()
                         ? known_keys(plan, index)
                         : std::vector<std::pair<std::string, std::string>>{};
  std::size_t next = 0;
  for (const std::string& name : type.keys) {
    const bool given = std::any_of(above.begin(), above.end(),
                                   [&](const auto& pair) { return pair.first == name; });
    if (given || next >= parts.size()) continue;
    const std::string& held = parts[next++];
    for (const auto& [property, value] : made.scalars) {
      if (property == name && !same_key(type, name, json::text(value), held)) return true;
    }
  }
  return false;
}

Result<void> Writer::replace_node(Plan& plan, std::size_t index, const Body& made) {
  const WriteNode& node = plan.request->nodes[index];
  if (node.parent < 0 || !made.lists.empty() || !made.singles.empty()) {
    return Error(ErrorCode::Unsupported,
                 "an update cannot change the key of " + plan.types[index]->name)
        .with_sent(Sent::No);
  }
  auto held = service_.get(service_.target(plan.urls[index]), operation(), context_);
  if (!held) return held.error().with_sent(Sent::No);
  const auto parent = static_cast<std::size_t>(node.parent);
  return replace_row(plan, index, *plan.types[index], metadata_->set(node.object), plan.urls[index],
                     plan.urls[parent] + "/" + node.navigation,
                     read_entity(held->body, metadata_->version()), made, false);
}

Result<void> Writer::replace_row(Plan& plan, std::size_t index, const Type& type, const Set* set,
                                 const std::string& url, const std::string& list,
                                 std::string_view row, const Body& changes, bool deep_update) {
  // Both or neither: one by one, what is refused between them would lose the row or leave it twice.
  if (!service_.options().batch) {
    return Error(ErrorCode::Unsupported, "an update cannot change the key of " + type.name +
                                             " without $batch: its row is deleted and posted anew")
        .with_sent(Sent::No);
  }
  if (set == nullptr || !set->deletable || !set->creatable) {
    return Error(ErrorCode::Unsupported,
                 "an update cannot change the key of " + type.name +
                     ", and the service does not delete and create its rows")
        .with_sent(Sent::No);
  }
  Body kept;
  for (const json::Member& member : json::members(row)) {
    const auto property = type.properties.find(member.name);
    if (property == type.properties.end() || !property->second.description.creatable ||
        json::is_null(member.value)) {
      continue;
    }
    kept.scalars.emplace_back(member.name, member.value);
  }
  auto made = body(type, kept.text());
  if (!made) return made.error();
  for (const auto& change : changes.scalars) {
    std::erase_if(made->scalars, [&](const auto& scalar) { return scalar.first == change.first; });
    made->scalars.push_back(change);
  }
  add_operation(plan, index, type, "DELETE", url, {}, deep_update);
  add_operation(plan, index, type, "POST", list, made->text(), deep_update);
  return {};
}

Result<void> Writer::plan_update(Plan& plan, std::size_t index) {
  const WriteNode& node = plan.request->nodes[index];
  const std::string_view text = node.body.empty() ? std::string_view("{}") : node.body;
  auto made = body(*plan.types[index], text);
  if (!made) return made.error();
  if (moves_key(plan, index, *made)) {
    if (auto done = replace_node(plan, index, *made); !done) return done;
  } else if (!made->scalars.empty()) {
    add_operation(plan, index, *plan.types[index], "PATCH", plan.urls[index],
                  Body{.scalars = made->scalars}.text());
  }
  for (const json::Member& member : json::members(text)) {
    const std::string name(member.name);
    if (metadata_->navigation(*plan.types[index], name) == nullptr) continue;
    if (auto done = deep_update(plan, index, name, member.value); !done) return done;
  }
  return {};
}

void Writer::each_path(const Plan& plan, std::size_t index, const std::string& navigation,
                       const std::function<void(const document::Path&)>& use) const {
  const WriteNode& node = plan.request->nodes[index];
  const auto look = [&](const std::vector<std::string>& paths) {
    for (const std::string& text : paths) {
      const auto path = document::parse_path(text);
      if (path && path->front().name == navigation) use(*path);
    }
  };
  if (node.parent < 0) return look(selection_.paths);
  const auto descend = [&](const auto& self,
                           const std::vector<adapter::Selection::Child>& children) -> void {
    for (const adapter::Selection::Child& child : children) {
      if (child.navigation == node.navigation) look(child.paths);
      self(self, child.children);
    }
  };
  descend(descend, selection_.children);
}

/// The properties by which the selection chooses this element: "RoleCode" of
/// "LeadParty[RoleCode=31].PartyID"; empty when it does not.
std::vector<std::string> Writer::selectors(const Plan& plan, std::size_t index,
                                           const std::string& navigation,
                                           std::string_view element) const {
  std::vector<std::string> out;
  each_path(plan, index, navigation, [&](const document::Path& path) {
    const auto& where = path.front().where;
    if (!shows(element, where) || where.size() < out.size()) return;
    out.clear();
    for (const auto& [name, value] : where) out.push_back(name);
  });
  return out;
}

std::vector<std::string> Writer::mapped(const Plan& plan, std::size_t index,
                                        const std::string& navigation,
                                        std::string_view element) const {
  std::vector<std::string> out;
  each_path(plan, index, navigation, [&](const document::Path& path) {
    if (path.size() > 1 && shows(element, path.front().where)) out.push_back(path[1].name);
  });
  return out;
}

/// OData V2 has no deep update: what an update says of children is written child by child. A child
/// that the mapping chose by value ("LeadParty[RoleCode=31]") is the row that shows these values;
/// one that it did not choose is the row that agrees in most.
Result<void> Writer::deep_update(Plan& plan, std::size_t index, const std::string& navigation,
                                 std::string_view value) {
  const Navigation& way = *metadata_->navigation(*plan.types[index], navigation);
  const Type* target = metadata_->type(way.type);
  if (target == nullptr || json::is_null(value)) return {};
  const auto elements =
      json::is_array(value) ? json::elements(value) : std::vector<std::string_view>{value};
  if (elements.empty()) return {};
  auto answer =
      service_.get(service_.target(plan.urls[index] + "/" + navigation), operation(), context_);
  // An empty navigation to one is a 404 in V2 and a 204 in V4.
  const bool none =
      !way.many && !answer &&
      (answer.error().code() == ErrorCode::NotFound || answer.error().http_status() == 204);
  if (!answer && !none) return answer.error().with_sent(Sent::No);
  std::vector<std::string_view> rows;
  if (none) {
    // Nothing to compare with: what is sent is added.
  } else if (way.many) {
    auto read = read_rows(answer->body, metadata_->version());
    if (!read) return read.error().with_sent(Sent::No);
    if (!read->next.empty()) {
      return Error(ErrorCode::Unsupported, "the list " + navigation + " is longer than a page")
          .with_sent(Sent::No);
    }
    rows = read->rows;
  } else if (const std::string_view row = read_entity(answer->body, metadata_->version());
             json::is_object(row)) {
    rows.push_back(row);
  }
  for (const std::string_view element : elements) {
    auto made = body(*target, element);
    if (!made) return made.error();
    const auto members = json::members(element);
    const std::vector<std::string> chosen_by = selectors(plan, index, navigation, element);
    const auto selects = [&chosen_by](std::string_view name) {
      return std::find(chosen_by.begin(), chosen_by.end(), name) != chosen_by.end();
    };
    std::size_t best = rows.size();
    long best_score = way.many && chosen_by.empty() ? 0 : -1;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      long score = 0;
      bool other_key = false;
      for (const json::Member& member : members) {
        const bool same = agrees(member.value, json::member(rows[i], member.name));
        score += same && !json::is_null(member.value) ? 1 : 0;
        // A row that the selection chooses is that row, whatever became of its number.
        const bool tells = chosen_by.empty() ? is_key(*target, member.name) : selects(member.name);
        other_key = other_key || (tells && !same);
      }
      if (!other_key && score > best_score) {
        best = i;
        best_score = score;
      }
    }
    if (best == rows.size()) {
      const bool nothing =
          std::all_of(members.begin(), members.end(), [&selects](const json::Member& member) {
            return json::is_null(member.value) || selects(member.name);
          });
      if (!nothing) add_child(plan, index, way, navigation, *std::move(made));
      continue;
    }
    if (auto done = update_row(plan, index, navigation, element, *made, rows[best]); !done) {
      return done;
    }
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return {};
}

Result<void> Writer::update_row(Plan& plan, std::size_t index, const std::string& navigation,
                                std::string_view element, const Body& made, std::string_view row) {
  const Navigation& way = *metadata_->navigation(*plan.types[index], navigation);
  const Type& target = *metadata_->type(way.type);
  if (!made.lists.empty() || !made.singles.empty()) {
    return Error(ErrorCode::Unsupported,
                 "an update of " + navigation + " does not reach the lists inside its rows")
        .with_sent(Sent::No);
  }
  Body changed;
  bool moved = false;
  for (const auto& [name, sent] : made.scalars) {
    if (agrees(json::member(element, name), json::member(row, name))) continue;
    changed.scalars.emplace_back(name, sent);
    moved = moved || is_key(target, name);
  }
  if (changed.empty()) return {};
  const auto predicate = key_predicate(*metadata_, target, key_of(target, row));
  if (!predicate) return predicate.error();
  const std::string list = plan.urls[index] + "/" + navigation;
  const std::string url = (way.set.empty() ? list : way.set) + *predicate;
  const Set* set = metadata_->set(way.set);
  // The row goes only when nothing that the mapping knows of it would be left.
  const auto chosen_by = selectors(plan, index, navigation, element);
  auto spoken = mapped(plan, index, navigation, element);
  for (const auto& [name, sent] : made.scalars) spoken.push_back(name);
  const bool emptied = std::all_of(spoken.begin(), spoken.end(), [&](const std::string& name) {
    if (std::find(chosen_by.begin(), chosen_by.end(), name) != chosen_by.end()) return true;
    const std::string_view sent = json::member(element, name);
    return json::text(sent.empty() ? json::member(row, name) : sent).empty();
  });
  if (emptied && way.many && set != nullptr && set->deletable) {
    add_operation(plan, index, target, "DELETE", url, {}, true);
  } else if (moved) {
    return replace_row(plan, index, target, set, url, list, row, changed, true);
  } else {
    add_operation(plan, index, target, "PATCH", url, changed.text(), true);
  }
  return {};
}

/// A child that an update adds: by its own set where that has the property of its parent's key.
void Writer::add_child(Plan& plan, std::size_t index, const Navigation& way,
                       const std::string& navigation, Body body) {
  const Type& target = *metadata_->type(way.type);
  const std::string& property = service_.options().parent_property;
  const std::string& key = plan.request->nodes[index].key;
  std::string url = plan.urls[index] + "/" + navigation;
  if (!property.empty() && !key.empty() && !way.set.empty() &&
      target.properties.contains(property)) {
    body.scalars.emplace_back(property, json::quoted(key));
    url = way.set;
  }
  add_operation(plan, index, target, "POST", std::move(url), body.text(), true);
}

Result<void> Writer::plan_node(Plan& plan, std::size_t index) {
  const WriteNode& node = plan.request->nodes[index];
  if (node.parent >= static_cast<int>(index)) return wrong("a node stands before its parent");
  auto type = type_of(plan, index);
  if (!type) return type.error();
  plan.types[index] = *type;
  if (node.operation == Operation::Create) return {};
  auto url = entity_url(plan, index);
  if (!url) return url.error();
  plan.urls[index] = std::move(*url);
  return {};
}

Result<void> Writer::plan(Plan& plan) {
  const std::vector<WriteNode>& nodes = plan.request->nodes;
  plan.types.resize(nodes.size());
  plan.urls.resize(nodes.size());
  plan.outcome.nodes.resize(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (auto done = plan_node(plan, i); !done) return done;
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Result<void> done;
    switch (nodes[i].operation) {
      case Operation::Create:
        done = plan_create(plan, i);
        break;
      case Operation::Update:
        done = plan_update(plan, i);
        break;
      case Operation::Delete:
        add_operation(plan, i, *plan.types[i], "DELETE", plan.urls[i], {});
        break;
    }
    if (!done) return done;
  }
  return {};
}

}  // namespace channelbridge::odata

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
  const std::string& key = node.key.empty() ? plan.outcome.nodes[index].key : node.key;
  const auto predicate =
      key_predicate(*metadata_, *plan.types[index], key, known_keys(plan, index));
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
    const std::string& held = plan.request->nodes[parent].key;
    const std::string parent_key = held.empty() ? plan.outcome.nodes[parent].key : held;
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
  // Nothing else tells a child which root is meant that does not exist yet.
  plan.one_by_one =
      !service_.options().batch && !service_.options().deep_create && creates_below_created(plan);
  return plan_open(plan);
}

Result<void> Writer::plan_open(Plan& plan) {
  const std::size_t before = plan.operations.size();
  while (plan.planned < plan.request->nodes.size()) {
    if (plan.one_by_one && plan.operations.size() > before) break;
    if (auto done = plan_operation(plan, plan.planned); !done) return done;
    ++plan.planned;
  }
  return {};
}

bool Writer::creates_below_created(const Plan& plan) {
  const std::vector<WriteNode>& nodes = plan.request->nodes;
  return std::any_of(nodes.begin(), nodes.end(), [&nodes](const WriteNode& node) {
    return node.operation == Operation::Create && node.parent >= 0 &&
           nodes[static_cast<std::size_t>(node.parent)].operation == Operation::Create;
  });
}

bool Writer::has_children(const Plan& plan, std::size_t index) {
  const std::vector<WriteNode>& nodes = plan.request->nodes;
  return std::any_of(nodes.begin(), nodes.end(), [index](const WriteNode& node) {
    return node.parent == static_cast<int>(index);
  });
}

Result<void> Writer::plan_operation(Plan& plan, std::size_t index) {
  switch (plan.request->nodes[index].operation) {
    case Operation::Create:
      return plan_create(plan, index);
    case Operation::Update:
      return plan_update(plan, index);
    case Operation::Delete:
      add_operation(plan, index, *plan.types[index], "DELETE", plan.urls[index], {});
      break;
  }
  return {};
}

Result<void> Writer::plan_next(Plan& plan, const Planned& sent, const http::Response& answer) {
  const std::size_t node = sent.node;
  const bool created =
      !sent.deep_update && plan.request->nodes[node].operation == Operation::Create;
  if (created) read_created(plan, sent, answer);
  if (created && has_children(plan, node)) {
    auto url = entity_url(plan, node);
    if (!url) return url.error();
    plan.urls[node] = *std::move(url);
  }
  const bool all_answered = &sent == &plan.operations.back();
  return all_answered ? plan_open(plan) : Result<void>();
}

void Writer::follow_carriers(Plan& plan, const adapter::WriteOutcome& refused) {
  const auto holder = [&](std::size_t node) {
    return std::find_if(plan.nested.begin(), plan.nested.end(),
                        [node](const Nested& nested) { return nested.node == node; });
  };
  for (const Nested& nested : plan.nested) {
    std::size_t carrier = nested.parent;
    for (auto at = holder(carrier); at != plan.nested.end(); at = holder(carrier))
      carrier = at->parent;
    const adapter::WriteStatus fate = plan.outcome.nodes[carrier].status;
    adapter::NodeOutcome& node = plan.outcome.nodes[nested.node];
    // What was created may have told its children's keys: they stay.
    if (fate != adapter::WriteStatus::Created) node = refused.nodes[nested.node];
    node.status = fate;
  }
}

}  // namespace channelbridge::odata

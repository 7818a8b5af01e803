#include <algorithm>

#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"
#include "writer_internal.hpp"

/// What an update says of rows below its objects: which row is meant, and what is sent of it.
namespace channelbridge::odata {
namespace {

using adapter::WriteNode;

bool shows(std::string_view element,
           const std::vector<std::pair<std::string, std::string>>& conditions) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
    return json::text(json::member(element, condition.first)) == condition.second;
  });
}

bool is_key(const Type& type, std::string_view name) {
  return std::find(type.keys.begin(), type.keys.end(), name) != type.keys.end();
}

bool agrees(std::string_view sent, std::string_view held) {
  if (json::is_null(sent)) return json::is_null(held) || json::text(held).empty();
  return json::text(sent) == json::text(held);
}

}  // namespace

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

}  // namespace channelbridge::odata

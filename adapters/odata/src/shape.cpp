#include "shape_internal.hpp"

#include <algorithm>

#include "channelbridge/core/nearest.hpp"

namespace channelbridge::odata {
namespace {

class ShapeBuilder {
 public:
  explicit ShapeBuilder(const Metadata& metadata) : metadata_(metadata) {}

  void add(Wanted& at, const document::Path& path, std::size_t step, std::string_view shown) {
    if (step >= path.size() || path[step].name.starts_with('@')) return;
    const document::Step& here = path[step];
    if (const Navigation* navigation = metadata_.navigation(*at.type, here.name)) {
      const Type* target = metadata_.type(navigation->type);
      if (target == nullptr) return problem(shown, here.name, {});
      Wanted& child = at.expand[here.name];
      child.type = target;
      child.select.insert(target->keys.begin(), target->keys.end());
      for (const auto& [name, value] : here.where) add_property(child, name, shown);
      return add(child, path, step + 1, shown);
    }
    add_property(at, here.name, shown);
  }

  void add_text(Wanted& at, std::string_view text) {
    if (text.empty() || text.starts_with('@')) return;
    const auto path = document::parse_path(text);
    if (!path) {
      problems_.push_back(
          {.path = std::string(text), .rule = "path", .message = path.error().message()});
      return;
    }
    add(at, *path, 0, text);
  }

  void add_property(Wanted& at, const std::string& name, std::string_view shown) {
    if (at.type->properties.contains(name)) {
      at.select.insert(name);
      return;
    }
    std::vector<std::string> names;
    for (const auto& [property, description] : at.type->properties) names.push_back(property);
    for (const auto& [navigation, description] : at.type->navigations) names.push_back(navigation);
    problem(shown, name, nearest_word(name, names));
  }

  void add_child(Wanted& at, const adapter::Selection::Child& child) {
    const Navigation* navigation = metadata_.navigation(*at.type, child.navigation);
    const Type* target = navigation == nullptr ? nullptr : metadata_.type(navigation->type);
    if (target == nullptr) {
      std::vector<std::string> names;
      for (const auto& [name, description] : at.type->navigations) names.push_back(name);
      return problem(child.navigation, child.navigation, nearest_word(child.navigation, names));
    }
    Wanted& wanted = at.expand[child.navigation];
    wanted.type = target;
    wanted.select.insert(target->keys.begin(), target->keys.end());
    for (const std::string& path : child.paths) add_text(wanted, path);
    for (const adapter::Selection::Child& inner : child.children) add_child(wanted, inner);
  }

  std::vector<Problem> take_problems() { return std::move(problems_); }

 private:
  void problem(std::string_view path, const std::string& name, std::string near) {
    problems_.push_back({.path = std::string(path),
                         .rule = "unknown_property",
                         .message = "the service has no '" + name + "' here",
                         .suggestion = std::move(near)});
  }

  const Metadata& metadata_;
  std::vector<Problem> problems_;
};

void flatten(const Wanted& wanted, const std::string& prefix, std::string& select,
             std::string& expand) {
  const auto append = [](std::string& list, const std::string& item) {
    list += (list.empty() ? "" : ",") + item;
  };
  for (const std::string& name : wanted.select) append(select, prefix + name);
  if (wanted.select.empty())
    append(select, prefix.empty() ? "*" : prefix.substr(0, prefix.size() - 1));
  for (const auto& [name, child] : wanted.expand) {
    append(expand, prefix + name);
    flatten(child, prefix + name + "/", select, expand);
  }
}

std::string nest(const Wanted& wanted) {
  std::string out;
  for (const std::string& name : wanted.select) {
    out += (out.empty() ? "$select=" : ",") + name;
  }
  std::string expand;
  for (const auto& [name, child] : wanted.expand) {
    expand += (expand.empty() ? "" : ",") + name;
    if (const std::string inner = nest(child); !inner.empty()) expand += "(" + inner + ")";
  }
  if (!expand.empty()) out += (out.empty() ? "" : ";") + ("$expand=" + expand);
  return out;
}

}  // namespace

StampPath stamp_path(const Type& type, std::string_view path) {
  StampPath out;
  if (path.empty()) return out;
  const std::size_t comma = path.find(',');
  out.first = path.substr(0, comma);
  const auto first = type.properties.find(out.first);
  if (first == type.properties.end()) return {};
  out.type = first->second.description.type;
  if (comma != std::string_view::npos) {
    out.second = path.substr(comma + 1);
    if (!type.properties.contains(out.second)) return {};
  } else if (first->second.date_only && out.first.ends_with("Date")) {
    out.second = out.first.substr(0, out.first.size() - 4) + "Time";
    const auto second = type.properties.find(out.second);
    if (second == type.properties.end() || (second->second.description.type != "Edm.Time" &&
                                            second->second.description.type != "Edm.TimeOfDay")) {
      out.second.clear();
    }
  }
  return out;
}

std::string default_stamp(const Type& type) {
  for (const std::string_view name :
       {"EntityLastChangedOn", "LastChangeDateTime", "ChangedOn", "modifiedAt", "LastChangeDate"}) {
    if (type.properties.contains(name)) return std::string(name);
  }
  return {};
}

bool leads_from(const Type& type, const document::Path& path) {
  const std::string& first = path.front().name;
  return type.properties.contains(first) || type.navigations.contains(first);
}

Result<Shape> make_shape(const Service& service, const Metadata& metadata,
                         const adapter::Selection& selection) {
  const auto wrong = [&](const Error& error) {
    return error.with_system(service.system())
        .with_operation("read " + selection.object)
        .with_sent(Sent::No);
  };
  Shape shape{.metadata = &metadata,
              .set = selection.object,
              .type = metadata.type_of_set(selection.object)};
  if (shape.type == nullptr) {
    return wrong(Error(ErrorCode::Invalid, metadata.describe(selection.object).error().message()));
  }
  if (shape.type->keys.empty()) {
    return wrong(Error(ErrorCode::Unsupported, "entities of this set have no key"));
  }
  shape.wanted.type = shape.type;
  ShapeBuilder builder(metadata);
  shape.wanted.select.insert(shape.type->keys.begin(), shape.type->keys.end());
  for (const std::string& path : selection.paths) builder.add_text(shape.wanted, path);
  for (const adapter::Selection::Child& child : selection.children) {
    builder.add_child(shape.wanted, child);
  }
  shape.version = selection.version;
  builder.add_text(shape.wanted, selection.version);
  shape.modified_by = selection.modified_by;
  builder.add_text(shape.wanted, selection.modified_by);

  shape.modified = stamp_path(*shape.type, selection.modified);
  if (shape.modified.first.empty()) {
    builder.add_text(shape.wanted, selection.modified);  // reports what is not there
  }
  if (const std::string& created = service.options().created;
      !shape.modified.first.empty() && !created.empty()) {
    shape.created = stamp_path(*shape.type, created);
    // Some types have the date of creation and no time beside it.
    if (shape.created.first.empty()) {
      shape.created = stamp_path(*shape.type, created.substr(0, created.find(',')));
    }
  }
  for (const StampPath* stamp : {&shape.modified, &shape.created}) {
    for (const std::string& name : {stamp->first, stamp->second}) {
      if (!name.empty()) builder.add_property(shape.wanted, name, name);
    }
  }
  const std::string& correlation =
      selection.correlation.empty() ? service.options().correlation : selection.correlation;
  if (!correlation.empty()) {
    const auto path = document::parse_path(correlation);
    if (!path) return wrong(path.error());
    // The default of a kind does not fit each of its objects.
    if (!selection.correlation.empty() || leads_from(*shape.type, *path)) {
      shape.correlation = *path;
      builder.add(shape.wanted, *path, 0, correlation);
    }
  }
  if (auto problems = builder.take_problems(); !problems.empty()) {
    return wrong(Error(ErrorCode::Invalid,
                       "the service does not have everything that is asked of " + selection.object)
                     .with_problems(std::move(problems)));
  }
  return shape;
}

Query shape_query(const Shape& shape) {
  Query out;
  std::string select;
  std::string expand;
  if (shape.metadata->version() == Version::V2) {
    flatten(shape.wanted, "", select, expand);
  } else {
    Wanted root = shape.wanted;
    root.expand.clear();
    const std::string own = nest(root);
    if (!own.empty()) select = own.substr(8);
    Wanted children = shape.wanted;
    children.select.clear();
    const std::string inner = nest(children);
    if (!inner.empty()) expand = inner.substr(8);
  }
  // Beyond this, proxies cut request lines; everything is then read, which is slower and not wrong.
  constexpr std::size_t kLongestSelect = 6'000;
  if (select.size() <= kLongestSelect) out.emplace_back("$select", select);
  if (!expand.empty()) out.emplace_back("$expand", expand);
  return out;
}

}  // namespace channelbridge::odata

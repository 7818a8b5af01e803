#include <algorithm>

#include "merge_internal.hpp"

namespace channelbridge::hub {

const model::Value* find(const Stated& stated, std::string_view path) {
  const auto found = stated.find(path);
  return found == stated.end() ? nullptr : &found->second;
}

Stated to_stated(const model::Patch& patch) {
  Stated stated;
  for (const model::PatchEntry& entry : patch.entries)
    stated.insert_or_assign(entry.path, entry.value);
  return stated;
}

const Policy& Policies::of(std::string_view group) const {
  if (const auto own = groups.find(group); own != groups.end()) return own->second;
  const auto open = group.find('[');
  const auto close = group.find(']', open == std::string_view::npos ? group.size() : open);
  if (close != std::string_view::npos) {
    std::string any(group.substr(0, open + 1));
    any += group.substr(close);
    if (const auto every = groups.find(any); every != groups.end()) return every->second;
  }
  return fallback;
}

model::Value view(const Image& image, const GroupShape& shape, const std::string& path,
                  const model::Value& value) {
  return shape.constants.contains(path) ? value : image.image(path, value);
}

Stated statement(const GroupShape& shape, const GroupLink* group, const Stated& incoming) {
  Stated said;
  bool empty = true;
  for (const std::string& path : shape.readable) {
    if (shape.constants.contains(path)) continue;
    if (const model::Value* value = find(incoming, path)) {
      said.emplace(path, *value);
      empty = empty && !*value;
    } else if (group) {
      empty = empty && !model::get(group->held, path);
    }
  }
  const bool alone =
      std::all_of(shape.readable.begin(), shape.readable.end(),
                  [&shape](const std::string& path) { return shape.constants.contains(path); });
  // With nothing beside it a constant is said where the document says it: the currency of all its
  // amounts.
  if (alone) {
    for (const std::string& path : shape.readable)
      if (const model::Value* value = find(incoming, path)) said.emplace(path, *value);
  }
  if (said.empty() || alone) return said;
  for (const auto& [path, constant] : shape.constants)
    if (contains(shape.readable, path)) said.emplace(path, empty ? model::Value{} : constant);
  // Of what a system does not show it says one thing: that the element is gone with it.
  for (const std::string& path : shape.fields)
    if (const model::Value* value = find(incoming, path); empty && value)
      said.emplace(path, *value);
  return said;
}

bool is_gone(const GroupShape& shape, const Stated& shown) {
  return shape.name.ends_with(']') &&
         std::all_of(shape.fields.begin(), shape.fields.end(), [&](const std::string& path) {
           const model::Value* value = find(shown, path);
           return value && !*value;
         });
}

bool drop_element(RecordState& record, const GroupShape& shape) {
  const std::string inside = shape.name + ".";
  return std::erase_if(record.fields,
                       [&](const auto& field) { return field.first.starts_with(inside); }) != 0;
}

bool same(const GroupShape& shape, const std::string& path, const model::Value& one,
          const model::Value& other) {
  if (one == other) return true;
  const model::Value* constant = find(shape.constants, path);
  return constant && *constant == "false" && one.value_or("false") == other.value_or("false");
}

std::vector<std::string> hub_changes(const RecordState& record, const GroupLink* group,
                                     const Image& image, const GroupShape& shape,
                                     const std::vector<std::string>& paths) {
  std::vector<std::string> changed;
  for (const std::string& path : paths) {
    const model::Value hub = view(image, shape, path, model::get(record.fields, path));
    // view(held), not held: a mapping that writes narrower than users type would overwrite their
    // typing (case 12).
    const model::Value held =
        view(image, shape, path, group ? model::get(group->held, path) : model::Value{});
    const bool in_doubt = group && group->unknown.contains(path);
    if (!in_doubt && same(shape, path, hub, held)) continue;
    const model::Value* sent = group ? find(group->sent, path) : nullptr;
    if (sent && *sent == hub) continue;
    changed.push_back(path);
  }
  return changed;
}

bool contradicts(const RecordState& record, const GroupShape& shape) {
  const auto filled = [&](const std::string& path) { return record.fields.contains(path); };
  if (std::none_of(shape.fields.begin(), shape.fields.end(), filled)) return false;
  return std::any_of(shape.constants.begin(), shape.constants.end(), [&](const auto& constant) {
    return !same(shape, constant.first, model::get(record.fields, constant.first), constant.second);
  });
}

const GroupLink* find_group(const LinkState& link, std::string_view group) {
  const auto found = link.groups.find(group);
  return found == link.groups.end() ? nullptr : &found->second;
}

std::vector<std::string> write_only(const GroupShape& shape) {
  std::vector<std::string> paths;
  for (const std::string& path : shape.writable)
    if (!contains(shape.readable, path)) paths.push_back(path);
  return paths;
}

namespace {

/// Does the write that is due bring that field to one of these values?
bool brings(const RecordState& record, const LinkState& link, const Image& image,
            const Companion& companion) {
  const model::Value value = model::get(record.fields, companion.field);
  if (!value || !contains(companion.values, *value)) return false;
  const std::vector<GroupShape>& shapes = image.groups();
  const auto shape = std::find_if(shapes.begin(), shapes.end(), [&companion](const auto& each) {
    return contains(each.writable, companion.field);
  });
  Withheld why{};
  return shape != shapes.end() &&
         contains(needed(record, link, image, *shape, why), companion.field);
}

}  // namespace

std::vector<std::string> needed(const RecordState& record, const LinkState& link,
                                const Image& image, const GroupShape& shape, Withheld& why) {
  const GroupLink* group = find_group(link, shape.name);
  why = group && group->conflict                  ? Withheld::InConflict
        : !record.provenance.contains(shape.name) ? Withheld::NoValue
        : shape.writable.empty()                  ? Withheld::ReadOnly
        : contradicts(record, shape)              ? Withheld::Constant
                                                  : Withheld::Same;
  if (why != Withheld::Same) return {};
  std::vector<std::string> changed = hub_changes(record, group, image, shape, shape.writable);
  std::erase_if(changed, [&](const std::string& path) {
    if (contains(shape.once, path)) return true;
    const auto companion = shape.with.find(path);
    if (companion == shape.with.end()) return false;
    if (companion->second.field != path) return !brings(record, link, image, companion->second);
    const model::Value value = model::get(record.fields, path);
    return !value || !contains(companion->second.values, *value);
  });
  return changed;
}

bool needs_write(const RecordState& record, const LinkState& link, const Image& image) {
  const std::vector<GroupShape>& shapes = image.groups();
  return std::any_of(shapes.begin(), shapes.end(), [&](const GroupShape& shape) {
    Withheld why{};
    return !needed(record, link, image, shape, why).empty();
  });
}

void hold(GroupLink& group, const Stated& shown) {
  for (const auto& [path, value] : shown) {
    if (value != model::get(group.held, path)) group.sent.erase(path);
    model::set(group.held, path, value);
  }
  group.met = true;
  group.unseen = false;
}

}  // namespace channelbridge::hub

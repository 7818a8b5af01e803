#include "merge_internal.hpp"

/// What a record must not take, and what it must not tell: locked documents, and documents whose
/// figures contradict each other.
namespace channelbridge::hub {

namespace {

std::vector<Problem> breaches(const model::EntityType& entity, const model::Fields& fields) {
  std::vector<Problem> out;
  for (const model::ValueRule& rule : entity.rules().values) rule.check(fields, out);
  return out;
}

std::string words(const Problem& problem) { return problem.path + " " + problem.message; }

/// "totals." of "totals.tax"; "" of a field that stands alone or in a list.
std::string part_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos || path.find('[') != std::string_view::npos
             ? ""
             : std::string(path.substr(0, dot + 1));
}

bool is_figure(const model::EntityType& entity, std::string_view path) {
  const model::FieldInfo* field = entity.find(path);
  return field != nullptr && field->type == model::FieldType::Decimal;
}

/// A figure of the document as a whole.
bool is_total(const model::EntityType& entity, std::string_view path) {
  return path.find('[') == std::string_view::npos && is_figure(entity, path);
}

/// The first look after a write of ours: where the hub says nothing, the system's own values are
/// its answer and no change of the document.
bool is_answer_to_write(const RecordState& record, const LinkState& link,
                        const model::EntityType& entity, const std::string& path) {
  if (record.fields.contains(path)) return false;
  if (const GroupLink* group = find_group(link, entity.group_of(path))) return group->unseen;
  return std::any_of(link.groups.begin(), link.groups.end(),
                     [](const auto& group) { return group.second.unseen; });
}

}  // namespace

RefusedGroups refused_groups(const RecordState& record, const LinkState& link,
                             const MergeContext& context, const Trial& merge) {
  RefusedGroups out;
  if (context.entity == nullptr) return out;
  const model::EntityType& entity = *context.entity;
  const model::EntityRules& rules = entity.rules();
  if (rules.locked == nullptr && rules.values.empty()) return out;
  const bool sound = breaches(entity, record.fields).empty();
  bool locked = false;
  for (std::size_t known = 0;; known = out.size()) {
    RecordState after = record;
    LinkState shown = link;
    merge(after, shown, out);
    if (after.fields == record.fields) return out;
    if (rules.locked != nullptr) {
      for (const Problem& problem : rules.locked(record.fields, after.fields)) {
        if (is_answer_to_write(record, link, entity, problem.path)) continue;
        out.emplace(entity.group_of(problem.path), Refused{ConflictReason::Locked, words(problem)});
        locked = true;
      }
    }
    if (sound) {
      for (const Problem& problem : breaches(entity, after.fields)) {
        if (!locked && !is_total(entity, problem.path)) continue;
        const Refused why{locked ? ConflictReason::Locked : ConflictReason::DoesNotAddUp,
                          words(problem)};
        const std::string part = part_of(problem.path);
        out.emplace(entity.group_of(problem.path), why);
        for (const GroupShape& shape : context.image.groups())
          if (!part.empty() && shape.name.starts_with(part)) out.emplace(shape.name, why);
      }
    }
    if (out.size() == known) return out;
  }
}

std::map<std::string, std::string, std::less<>> contradicted_figures(const RecordState& record,
                                                                     const MergeContext& context) {
  std::map<std::string, std::string, std::less<>> out;
  if (context.entity == nullptr) return out;
  const model::EntityType& entity = *context.entity;
  for (const Problem& problem : breaches(entity, record.fields)) {
    if (!is_figure(entity, problem.path)) continue;
    out.emplace(problem.path, words(problem));
    const std::string part = part_of(problem.path);
    if (part.empty()) continue;
    for (auto field = record.fields.lower_bound(part);
         field != record.fields.end() && field->first.starts_with(part); ++field)
      if (is_total(entity, field->first)) out.emplace(field->first, words(problem));
  }
  return out;
}

std::string hold_back_elements(const RecordState& record, const LinkState& link,
                               const MergeContext& context, std::vector<Needed>& writes) {
  if (context.entity == nullptr || link.in_part || link.incomplete) return {};
  const model::EntityType& entity = *context.entity;
  // A total that contradicts lines which others have changed is computed anew there, of all lines.
  const auto is_open = [&](std::string_view total) {
    return std::any_of(writes.begin(), writes.end(), [&](const Needed& each) {
      const GroupLink* group = find_group(link, each.shape->name);
      return group != nullptr && group->conflict &&
             group->conflict->reason != ConflictReason::DoesNotAddUp &&
             contains(each.shape->writable, total);
    });
  };
  const auto has_figures = [&](const Needed& each) {
    return each.shape->name.ends_with(']') &&
           std::any_of(each.changed.begin(), each.changed.end(),
                       [&](const std::string& path) { return is_figure(entity, path); });
  };
  if (std::none_of(writes.begin(), writes.end(), has_figures)) return {};
  model::Fields after;
  for (const Needed& each : writes) {
    const GroupLink* group = find_group(link, each.shape->name);
    for (const std::string& path : each.shape->readable) {
      const bool written = contains(each.changed, path);
      const model::Value held = group ? model::get(group->held, path) : model::Value{};
      model::set(
          after, path,
          written ? view(context.image, *each.shape, path, model::get(record.fields, path)) : held);
    }
  }
  for (const Problem& problem : breaches(entity, after)) {
    if (!is_total(entity, problem.path) || !is_open(problem.path)) continue;
    for (Needed& each : writes) {
      if (!has_figures(each)) continue;
      each.changed.clear();
      each.why = Withheld::InConflict;
    }
    return words(problem);
  }
  return {};
}

Stated without_figures_of_a_part(const RecordState& record, LinkState& link,
                                 const MergeContext& context, Stated incoming) {
  if (context.entity == nullptr || !(link.in_part || link.incomplete)) return incoming;
  for (const GroupShape& shape : context.image.groups()) {
    for (const std::string& path : shape.readable) {
      const model::Value* said = find(incoming, path);
      if (said == nullptr || !is_computed(shape, path) || !is_total(*context.entity, path))
        continue;
      if (*said != view(context.image, shape, path, model::get(record.fields, path)))
        link.figures_due = true;
      incoming.erase(path);
    }
  }
  return incoming;
}

}  // namespace channelbridge::hub

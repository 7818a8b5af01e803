#include <algorithm>

#include "sandbox/sap/transaction_internal.hpp"

namespace channelbridge::sandbox::odata {

/// A child belongs to its parent when the join fills key fields of the child (or a declared parent
/// id), and the way leads from one parent: to many rows, or by the parent's whole key.
bool Transaction::part_of_parent(const Table& from, const Navigation& navigation) const {
  if (navigation.join.empty() || !store_.has(navigation.target_set)) return false;
  const EntityType& target = store_.table(navigation.target_set).type();
  const bool hard =
      std::all_of(navigation.join.begin(), navigation.join.end(), [&](const auto& pair) {
        if (pair.first.starts_with('=')) return true;
        const auto property = target.find(pair.second);
        return property &&
               (target.properties[*property].key ||
                std::find(settings_.hard_children.begin(), settings_.hard_children.end(),
                          pair.second) != settings_.hard_children.end());
      });
  if (!hard) return false;
  return navigation.many ||
         std::all_of(from.type().keys.begin(), from.type().keys.end(), [&](std::size_t key) {
           return std::any_of(
               navigation.join.begin(), navigation.join.end(),
               [&](const auto& pair) { return pair.first == from.type().properties[key].name; });
         });
}

std::vector<Transaction::Inbound> Transaction::inbound(const Table& table) const {
  std::vector<Inbound> found;
  for (const EntitySet& entity_set : store_.model().sets) {
    const Table& from = store_.table(entity_set.name);
    for (const Navigation& navigation : from.type().navigations) {
      if (navigation.target_set == table.set().name && part_of_parent(from, navigation)) {
        found.push_back({&from, &navigation});
      }
    }
  }
  return found;
}

std::vector<RowPtr> Transaction::parents(const Inbound& way, const Table& table,
                                         const Row& row) const {
  std::vector<std::size_t> properties;
  std::vector<const Value*> values;
  for (const auto& [source, target] : way.navigation->join) {
    if (source.starts_with('=')) continue;
    const auto property = way.table->type().find(source);
    if (!property) return {};
    properties.push_back(*property);
    values.push_back(&table.value(row, target));
  }
  std::vector<RowPtr> rows;
  for (const std::string& key : way.table->lookup(properties, values))
    rows.push_back(way.table->find(key));
  return rows;
}

void Transaction::check_parent(const Table& table, const Row& row) const {
  const std::vector<Inbound> ways = inbound(table);
  if (ways.empty()) return;
  for (const Inbound& way : ways) {
    if (!parents(way, table, row).empty()) return;
  }
  const std::string& property = ways.front().navigation->join.front().second;
  refuse(400, kBusiness,
         ways.front().table->type().name + " '" +
             to_plain(table.type().properties[*table.type().find(property)],
                      table.value(row, property)) +
             "' does not exist",
         target_of(table, property));
}

void Transaction::touch_parents(const Table& table, const Row& row, int depth) {
  constexpr int kDeepest = 6;
  if (!settings_.touch_parent || options_.trusted || silent_ > 0 || depth > kDeepest) return;
  for (const Inbound& way : inbound(table)) {
    Table& owner = store_.table(way.table->set().name);
    for (const RowPtr& parent : parents(way, table, row)) {
      const std::string key = owner.key_of(*parent);
      if (fresh_.contains({&owner, key})) continue;
      Row touched = *parent;
      stamp(owner, touched, parent.get(), nullptr);
      const auto saved = std::make_shared<const Row>(std::move(touched));
      put(owner, key, saved);
      touch_parents(owner, *saved, depth + 1);
    }
  }
}

}  // namespace channelbridge::sandbox::odata

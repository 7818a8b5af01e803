#include <algorithm>

#include "sandbox/salesforce/conversion.hpp"
#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/salesforce/sales_internal.hpp"
#include "sandbox/salesforce/state.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

// One change by a person at the screen: all of it or nothing.
template <typename Work>
auto change(State& state, const As& as, Work&& work)
    -> decltype(work(std::declval<Transaction&>())) {
  const std::lock_guard lock(state.mutex);
  const auto& users = state.options.users;
  const std::string username =
      as.user.empty() ? users[std::min<std::size_t>(1, users.size() - 1)].username : as.user;
  const auto actor = state.actors.find(username);
  if (actor == state.actors.end()) return Error(ErrorCode::Invalid, "no user '" + username + "'");
  Transaction transaction = state.begin(actor->second, 0, {.allow_save = true});
  auto result = work(transaction);
  if (!result) {
    transaction.roll_back({});
  } else if (as.visible_after.count() > 0) {
    transaction.hide_until(transaction.now() + as.visible_after);
  }
  return result;
}

Result<std::pair<Table*, RowNumber>> locate(Database& database, const std::string& id) {
  Table* table = database.table_of_id(id);
  const auto number = table == nullptr ? std::nullopt : table->find(id);
  if (!number) return not_found();
  return std::pair(table, *number);
}

Result<void> merge_rows(Transaction& transaction, const std::string& winner,
                        const std::string& loser) {
  Database& database = transaction.database();
  const auto kept = locate(database, winner);
  const auto lost = locate(database, loser);
  if (!kept || !lost || kept->first != lost->first) return not_found();
  Table& table = *kept->first;
  const std::string winner_id(table.row(kept->second).view(table.id()));
  const std::string loser_id(table.row(lost->second).view(table.id()));
  for (const Json& child : table.object().describe().value("childRelationships", Json::array())) {
    Table* children = database.table(text_of(child, "childSObject"));
    const std::string name = text_of(child, "field");
    const auto field = children == nullptr ? std::nullopt : children->object().find(name);
    if (!field) continue;
    for (RowNumber row = 0; row < children->size(); ++row) {
      if (!children->deleted(row) && children->row(row).view(*field) == loser_id) {
        transaction.set_system(*children, row, {{name, winner_id}});
      }
    }
  }
  transaction.set_system(table, lost->second,
                         {{"IsDeleted", "true"}, {"MasterRecordId", winner_id}});
  transaction.set_system(table, kept->second, {});
  return {};
}

}  // namespace

Result<std::string> Org::insert(const std::string& object, const Json& fields, const As& as) {
  Result<std::vector<std::string>> ids = seed(object, {fields}, as);
  if (!ids) return std::move(ids).error();
  return std::move(ids->front());
}

Result<std::vector<std::string>> Org::seed(const std::string& object,
                                           const std::vector<Json>& records, const As& as) {
  return change(*state_, as, [&](Transaction& transaction) -> Result<std::vector<std::string>> {
    Table* table = transaction.database().table(object);
    if (table == nullptr) return not_found();
    std::vector<std::string> ids;
    for (const Json& fields : records) {
      Result<std::string> id = transaction.create(*table, fields);
      if (!id) return std::move(id).error();
      ids.push_back(std::move(*id));
    }
    return ids;
  });
}

Result<void> Org::edit(const std::string& id, const Json& fields, const As& as) {
  return change(*state_, as, [&](Transaction& transaction) -> Result<void> {
    Table* table = transaction.database().table_of_id(id);
    if (table == nullptr) return not_found();
    const Result<std::string> updated = transaction.update(*table, id, fields);
    return updated ? Result<void>() : updated.error();
  });
}

Result<void> Org::remove(const std::string& id, const As& as) {
  return change(*state_, as, [&](Transaction& transaction) -> Result<void> {
    Table* table = transaction.database().table_of_id(id);
    return table == nullptr ? not_found() : transaction.remove(*table, id);
  });
}

Result<void> Org::undelete(const std::string& id, const As& as) {
  return change(*state_, as, [&](Transaction& transaction) -> Result<void> {
    const auto found = locate(transaction.database(), id);
    if (!found) return found.error();
    if (sales::is_fund_object(*found->first))
      return refusal(400, "UNDELETE_FAILED",
                     "entity type cannot be undeleted: " + found->first->object().name());
    transaction.set_system(*found->first, found->second,
                           {{"IsDeleted", Stored()}, {"MasterRecordId", Stored()}});
    return {};
  });
}

Result<ConvertedLead> Org::convert_lead(const std::string& id, const LeadConversion& how,
                                        const As& as) {
  return change(*state_, as, [&](Transaction& transaction) {
    return convert(state_->options, transaction, id, how);
  });
}

Result<std::string> Org::add_classic_job(const std::string& object, const As& as) {
  return change(*state_, as, [&](Transaction& transaction) -> Result<std::string> {
    return salesforce::add_classic_job(*state_, transaction.actor(), object);
  });
}

Result<void> Org::merge(const std::string& winner, const std::string& loser, const As& as) {
  return change(*state_, as,
                [&](Transaction& transaction) { return merge_rows(transaction, winner, loser); });
}

}  // namespace channelbridge::sandbox::salesforce

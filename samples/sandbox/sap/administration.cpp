#include <exception>

#include "sandbox/sap/engine.hpp"

namespace channelbridge::sandbox::odata {

template <typename Work>
auto Engine::administer(const std::string& user, bool trusted, Work work) {
  using Answer = std::invoke_result_t<Work, Transaction&>;
  const std::lock_guard lock(mutex_);
  Transaction transaction = begin(user, trusted);
  try {
    if constexpr (std::is_void_v<Answer>) {
      work(transaction);
      transaction.commit();
      return Result<void>();
    } else {
      Answer answer = work(transaction);
      transaction.commit();
      return Result<Answer>(std::move(answer));
    }
  } catch (const Refusal& refusal) {
    const Error error(refusal.status == 404 ? ErrorCode::NotFound : ErrorCode::Rejected,
                      refusal.message);
    if constexpr (std::is_void_v<Answer>) {
      return Result<void>(error);
    } else {
      return Result<Answer>(error);
    }
  }
}

namespace {

RowPtr demand_row(const Transaction& transaction, Store& store, const std::string& set,
                  const std::vector<std::string>& key) {
  if (!store.has(set)) refuse(404, kNotFound, "entity set '" + set + "' is unknown");
  RowPtr row = transaction.find(set, key);
  if (!row) refuse(404, kNotFound, "no such row in " + set);
  return row;
}

void demand_set(const Store& store, const std::string& set) {
  if (!store.has(set)) refuse(404, kNotFound, "entity set '" + set + "' is unknown");
}

}  // namespace

Result<std::string> Engine::seed(const std::string& set, const Json& row) {
  return administer("SETUP", true, [&](Transaction& transaction) {
    demand_set(store_, set);
    return plain_key(store_.table(set), *transaction.create(set, row));
  });
}

Result<std::string> Engine::create(const std::string& user, const std::string& set,
                                   const Json& row) {
  return administer(user, false, [&](Transaction& transaction) {
    demand_set(store_, set);
    return plain_key(store_.table(set), *transaction.create(set, row));
  });
}

Result<void> Engine::edit(const std::string& user, const std::string& set, const Keys& key,
                          const Json& fields) {
  return administer(user, false, [&](Transaction& transaction) {
    transaction.update(set, demand_row(transaction, store_, set, key), fields, false);
  });
}

Result<void> Engine::remove(const std::string& user, const std::string& set, const Keys& key) {
  return administer(user, false, [&](Transaction& transaction) {
    transaction.remove(set, demand_row(transaction, store_, set, key));
  });
}

Result<std::function<void()>> Engine::edit_late(const std::string& user, const std::string& set,
                                                const Keys& key, const Json& fields) {
  return administer(user, false, [&](Transaction& transaction) -> std::function<void()> {
    transaction.update(set, demand_row(transaction, store_, set, key), fields, false);
    const std::vector<Change> changes = transaction.changes();
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      change->table->put(change->key, change->before);
      locks_[{change->table->set().name, change->key}] = user;
    }
    return [this, changes] {
      const std::lock_guard lock(mutex_);
      for (const Change& change : changes) {
        change.table->put(change.key, change.after);
        locks_.erase({change.table->set().name, change.key});
      }
    };
  });
}

Result<void> Engine::work(const std::string& user, const std::function<void(Transaction&)>& work) {
  return administer(user, false, [&](Transaction& transaction) { work(transaction); });
}

Result<std::string> Engine::issue(const std::string& user, const std::string& set,
                                  const Json& row) {
  return administer(user, true, [&](Transaction& transaction) {
    demand_set(store_, set);
    return plain_key(store_.table(set), *transaction.create(set, row));
  });
}

void Engine::lock(const std::string& set, const Keys& key, const std::string& user) {
  const auto locked = administer(user, true, [&](Transaction& transaction) {
    locks_[{set, store_.table(set).key_of(*demand_row(transaction, store_, set, key))}] = user;
  });
  (void)locked;
}

void Engine::unlock(const std::string& set, const Keys& key) {
  const auto unlocked = administer("SETUP", true, [&](Transaction& transaction) {
    locks_.erase({set, store_.table(set).key_of(*demand_row(transaction, store_, set, key))});
  });
  (void)unlocked;
}

Json Engine::row(const std::string& set, const Keys& key) {
  const auto found = administer("SETUP", true, [&](Transaction& transaction) {
    const RowPtr row = demand_row(transaction, store_, set, key);
    const Renderer render(store_, settings_, "/", true);
    return render.entity(store_.table(set), *row, Shape{});
  });
  if (!found) return nullptr;
  Result<Json> json = parse_json(*found);
  if (!json) return nullptr;
  return json->contains("d") ? json->at("d") : *json;
}

Json Engine::rows(const std::string& set) {
  const std::lock_guard lock(mutex_);
  Json list = Json::array();
  if (!store_.has(set)) return list;
  const Table& table = store_.table(set);
  for (const auto& [key, row] : table.rows()) {
    Json fields = Json::object();
    for (const auto& [property, value] : row->values) {
      const Property& declared = table.type().properties[property];
      fields[declared.name] = is_null(value) ? Json(nullptr) : Json(to_plain(declared, value));
    }
    list.push_back(std::move(fields));
  }
  return list;
}

std::size_t Engine::count(const std::string& set) {
  const std::lock_guard lock(mutex_);
  return store_.has(set) ? store_.table(set).rows().size() : 0;
}

Json Engine::state() {
  Json all = Json::object();
  for (const EntitySet& set : model_.sets) {
    Json list = rows(set.name);
    if (!list.empty()) all[set.name] = std::move(list);
  }
  return all;
}

}  // namespace channelbridge::sandbox::odata

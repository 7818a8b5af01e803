#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/common/journal.hpp"
#include "sandbox/sap/etag.hpp"
#include "sandbox/sap/ids.hpp"
#include "sandbox/sap/refusal.hpp"
#include "sandbox/sap/store.hpp"

namespace channelbridge::sandbox::odata {

/// Which row of which set a change set holds, and what it was before.
struct Change {
  Table* table{};
  std::string key{};
  RowPtr before{};
  RowPtr after{};
};

/// One unit of work: everything that a request or a change set does, all or nothing.
///
/// Threads: one at a time.
class Transaction {
 public:
  struct Options {
    std::string user{};
    std::int64_t now{};
    bool trusted = false;  ///< administration: read-only fields may be given, nothing is demanded
    std::function<std::optional<std::string>(const std::string& set, const std::string& key)>
        locked_by{};
  };
  /// The row under which a new one is created, and the way there.
  struct Parent {
    const Table* table{};
    RowPtr row{};
    const Navigation* navigation{};
  };

  Transaction(Store& store, const Settings& settings, Ids& ids, Options options);
  /// Takes back whatever was not committed.
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  RowPtr create(const std::string& set, const Json& body, const Parent* parent = nullptr);
  RowPtr update(const std::string& set, const RowPtr& row, const Json& body, bool replace);
  void remove(const std::string& set, const RowPtr& row);
  void link(const Table& from, const RowPtr& row, const Navigation& navigation,
            const std::string& target_key);

  // For business rules: no checks, no journal.
  Store& store() const { return store_; }
  const Options& options() const { return options_; }
  Ids& ids() { return ids_; }
  /// The row with these key values, given as plain text.
  RowPtr find(const std::string& set, const std::vector<std::string>& key) const;
  RowPtr create_silently(const std::string& set, const Json& body);
  /// A word that goes with the good answer.
  void warn(const std::string& code, const std::string& message, const std::string& target);
  std::vector<Refusal::Detail> take_warnings() { return std::exchange(warnings_, {}); }
  void change_silently(const std::string& set, const RowPtr& row, const Json& fields);

  const std::vector<Change>& changes() const { return changes_; }
  std::vector<Effect> commit();
  void roll_back();

 private:
  struct Inbound {
    const Table* table;
    const Navigation* navigation;
  };

  void fill(const Table& table, Row& row, const Json& body, bool creating, const Row* before,
            std::vector<std::pair<const Navigation*, const Json*>>* children);
  void assign(const Table& table, Row& row, std::size_t property, const Json& value, bool creating,
              const Row* before);
  void number(const Table& table, Row& row);
  void number_open_key(const Table& table, Row& row);
  void complete(const Table& table, Row& row);
  void demand(const Table& table, const Row& row, const Json& body) const;
  void rewrite_phones(const Table& table, Row& row, const Row* before);
  void check_code(const Table& table, const Property& property, const Value& value) const;
  void write_code_texts(const Table& table, Row& row) const;
  void stamp(const Table& table, Row& row, const Row* before, const Json* body);
  void create_children(const std::string& set, const RowPtr& row,
                       const std::vector<std::pair<const Navigation*, const Json*>>& children);
  void check_parent(const Table& table, const Row& row) const;
  void touch_parents(const Table& table, const Row& row, int depth);
  bool part_of_parent(const Table& from, const Navigation& navigation) const;
  std::vector<Inbound> inbound(const Table& table) const;
  std::vector<RowPtr> parents(const Inbound& inbound, const Table& table, const Row& row) const;
  void put(Table& table, const std::string& key, RowPtr row);
  void note(const Table& table, const Row& row, EffectKind kind, const Json& fields);

  Store& store_;
  const Settings& settings_;
  Ids& ids_;
  Options options_;
  std::vector<Change> changes_{};
  std::vector<Effect> effects_{};
  std::vector<Refusal::Detail> warnings_{};
  std::set<std::pair<const Table*, std::string>> fresh_{};  ///< created in this unit of work
  bool done_ = false;
  int silent_ = 0;
};

/// Refuses with the system's words for "somebody else works on this".
[[noreturn]] void refuse_locked(const Settings& settings, const std::string& key,
                                const std::string& user);

}  // namespace channelbridge::sandbox::odata

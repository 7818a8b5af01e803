#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>

#include "row_tables_internal.hpp"
#include "run_lock_internal.hpp"
#include "sqlite_store_internal.hpp"

using namespace Poco::Data::Keywords;
using Poco::Data::Session;
using Poco::Data::Statement;

namespace channelbridge::store {

namespace {

/// Runs `work` and turns every exception of the database into an Error that names the file.
template <typename Work>
auto guarded(const std::string& file, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const Poco::Exception& e) {
    return Error(ErrorCode::Internal, "store file " + file + ": " + e.displayText());
  } catch (const std::exception& e) {
    return Error(ErrorCode::Internal, "store file " + file + ": " + e.what());
  }
}

std::string as_text(std::string_view text) { return std::string(text); }

class SqliteStore : public Store {
 public:
  SqliteStore(std::string file, std::unique_ptr<RunLock> lock, bool temporary)
      : file_(std::move(file)), lock_(std::move(lock)), temporary_(temporary) {}

  ~SqliteStore() override {
    session_.reset();
    if (temporary_) {
      std::error_code ignored;  // a leftover temporary file harms nobody
      for (const char* suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(file_ + suffix, ignored);
    }
  }

  Result<void> open() {
    return guarded([&]() -> Result<void> {
      Poco::Data::SQLite::Connector::registerConnector();
      session_ = std::make_unique<Session>("SQLite", file_, 10);
      // First, because it leaves a file alone that is not ours.
      if (auto migrated = migrate(*session_, file_); !migrated) return migrated;
      *session_ << "PRAGMA journal_mode = WAL", now;
      set_synchronous(Durability::Normal);
      *session_ << "SELECT id FROM store_info LIMIT 1", into(id_), now;
      *session_ << "SELECT coalesce(max(position), 0) FROM record_versions", into(last_change_),
          now;
      return {};
    });
  }

  Result<void> commit(Changes changes, Durability durability) override {
    const std::lock_guard guard(mutex_);
    bool lost = false;
    auto done = guarded([&]() -> Result<void> {
      if (durability != durability_) set_synchronous(durability);
      const std::int64_t before = last_change_;
      *session_ << "BEGIN IMMEDIATE", now;
      try {
        last_change_ = apply(*session_, changes, last_change_);
        *session_ << "COMMIT", now;
      } catch (...) {
        last_change_ = before;
        lost = !roll_back(*session_);
        throw;
      }
      return {};
    });
    // SQLite has rolled back by itself (disk full): from now on everybody hears of that first.
    if (lost && !done) broken_ = done.error();
    return done;
  }

  Result<std::vector<RecordRow>> records(const std::vector<std::string>& ids) override {
    return select<RecordRow>(std::string("WHERE id") + kInList, json_list(ids));
  }
  Result<std::vector<RecordRow>> records_changed(std::string_view entity, std::int64_t change,
                                                 std::size_t limit) override {
    return select<RecordRow>("WHERE entity = ? AND change > ? ORDER BY change LIMIT ?",
                             as_text(entity), change, limit);
  }
  Result<std::vector<RecordRow>> records_like(std::string_view entity, std::string_view prefix,
                                              std::size_t limit) override {
    const std::string low(prefix);
    return select<RecordRow>("WHERE entity = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?",
                             as_text(entity), low, low + "\x7f", limit);
  }
  Result<std::vector<VersionRow>> versions(std::string_view record) override {
    return select<VersionRow>("WHERE record = ? ORDER BY position", as_text(record));
  }
  Result<std::int64_t> last_change() override {
    const std::lock_guard guard(mutex_);
    return last_change_;
  }

  Result<std::vector<LinkRow>> links_by_key(std::string_view spoke,
                                            const std::vector<std::string>& keys) override {
    return select<LinkRow>(std::string("WHERE spoke = ? AND key") + kInList, as_text(spoke),
                           json_list(keys));
  }
  Result<std::vector<LinkRow>> links_of(std::string_view spoke,
                                        const std::vector<std::string>& ids) override {
    return select<LinkRow>(std::string("WHERE spoke = ? AND record") + kInList, as_text(spoke),
                           json_list(ids));
  }
  Result<std::vector<LinkRow>> links_of_record(std::string_view record) override {
    return select<LinkRow>("WHERE record = ? ORDER BY spoke, key", as_text(record));
  }
  Result<std::vector<PrimaryLink>> primary_links(const std::vector<std::string>& ids) override {
    return select<PrimaryLink>(
        std::string("WHERE record") + kInList + " AND closed = 0 AND secondary = 0",
        json_list(ids));
  }
  Result<std::vector<PrimaryLink>> links_by_reference(
      std::string_view system, std::string_view object,
      const std::vector<std::string>& keys) override {
    const std::string list = json_list(keys);
    return select<PrimaryLink>(std::string("WHERE system = ? AND object = ? AND (key") + kInList +
                                   " OR (reference_key <> '' AND reference_key" + kInList +
                                   ")) ORDER BY secondary, closed",
                               as_text(system), as_text(object), list, list);
  }
  Result<std::vector<PendingRow>> pending(std::string_view system, std::string_view object,
                                          const std::vector<std::string>& keys, std::size_t limit,
                                          const PendingRow& after) override {
    return select<PendingRow>(std::string("WHERE system = ? AND object = ? AND key") + kInList +
                                  " AND (key, record) > (?, ?) ORDER BY key, record LIMIT ?",
                              as_text(system), as_text(object), json_list(keys), after.key,
                              after.record, limit);
  }
  Result<std::vector<std::string>> pending_arrived(std::string_view system, std::string_view object,
                                                   std::string_view entity) override {
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<std::vector<std::string>> {
      std::vector<std::string> keys;
      std::string of_system(system);
      std::string of_object(object);
      std::string of_entity(entity);
      *session_ << "SELECT key FROM (SELECT DISTINCT system, object, key FROM pending_references"
                   " WHERE system = ? AND object = ?) AS waited_for WHERE EXISTS"
                   " (SELECT 1 FROM links WHERE system = waited_for.system"
                   " AND object = waited_for.object AND key = waited_for.key AND entity = ?)"
                   " OR EXISTS"
                   " (SELECT 1 FROM links WHERE system = waited_for.system"
                   " AND object = waited_for.object AND reference_key <> ''"
                   " AND reference_key = waited_for.key AND entity = ?)",
          use(of_system), use(of_object), use(of_entity), use(of_entity), into(keys), now;
      return keys;
    });
  }
  Result<std::vector<LinkRow>> links_due(std::string_view spoke, std::string_view after_key,
                                         std::size_t limit) override {
    return select<LinkRow>(
        "WHERE spoke = ? AND due = 1 AND closed = 0 AND secondary = 0 AND key > ?"
        " ORDER BY key LIMIT ?",
        as_text(spoke), as_text(after_key), limit);
  }
  Result<std::vector<LinkRow>> links_to_look(std::string_view spoke, std::string_view after_key,
                                             std::size_t limit) override {
    return select<LinkRow>("WHERE spoke = ? AND look_due = 1 AND key > ? ORDER BY key LIMIT ?",
                           as_text(spoke), as_text(after_key), limit);
  }
  Result<std::vector<LinkRow>> links_all(std::string_view spoke, std::string_view after_key,
                                         std::size_t limit) override {
    return select<LinkRow>("WHERE spoke = ? AND key > ? ORDER BY key LIMIT ?", as_text(spoke),
                           as_text(after_key), limit);
  }

  Result<std::vector<std::string>> match(const std::vector<MatchKeyRow>& keys) override {
    auto rows = holders(keys);
    if (!rows) return std::move(rows).error();
    std::map<std::pair<std::string_view, std::string_view>, std::string_view> found;
    for (const MatchKeyRow& row : *rows) found.try_emplace({row.kind, row.value}, row.record);
    std::vector<std::string> out;
    for (const MatchKeyRow& key : keys) {
      const auto at = found.find({key.kind, key.value});
      out.emplace_back(at == found.end() ? std::string_view() : at->second);
    }
    return out;
  }

  Result<std::vector<MatchKeyRow>> holders(const std::vector<MatchKeyRow>& keys) override {
    if (keys.empty()) return std::vector<MatchKeyRow>();
    std::set<std::pair<std::string_view, std::string_view>> wanted;
    std::vector<std::string> kinds;
    std::vector<std::string> values;
    for (const MatchKeyRow& key : keys) {
      wanted.emplace(key.kind, key.value);
      kinds.push_back(key.kind);
      values.push_back(key.value);
    }
    auto rows = select<MatchKeyRow>(std::string("WHERE entity = ? AND kind") + kInList +
                                        " AND value" + kInList + " ORDER BY record",
                                    keys.front().entity, json_list(kinds), json_list(values));
    if (!rows) return rows;
    std::erase_if(*rows, [&wanted](const MatchKeyRow& row) {
      return !wanted.contains(std::pair<std::string_view, std::string_view>(row.kind, row.value));
    });
    return rows;
  }

  Result<SpokeRow> spoke(std::string_view name) override {
    auto rows = select<SpokeRow>("WHERE spoke = ?", as_text(name));
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return SpokeRow{.spoke = std::string(name)};
    return rows->front();
  }
  Result<std::vector<IntentRow>> intents(std::string_view spoke,
                                         const std::vector<IntentState>& states) override {
    std::vector<std::string> names;
    names.reserve(states.size());
    for (const IntentState state : states) names.emplace_back(to_string(state));
    return select<IntentRow>(std::string("WHERE spoke = ? AND state") + kInList + " ORDER BY id",
                             as_text(spoke), json_list(names));
  }
  Result<std::vector<IntentRow>> intents_of(std::string_view spoke,
                                            const std::vector<std::string>& ids) override {
    return select<IntentRow>(
        std::string("WHERE record") + kInList +
            " AND spoke = ? AND state IN ('sending', 'unknown', 'absent') ORDER BY id",
        json_list(ids), as_text(spoke));
  }
  Result<std::vector<IntentRow>> intents_of_record(std::string_view record) override {
    return select<IntentRow>("WHERE record = ? ORDER BY id", as_text(record));
  }
  Result<std::vector<IntentRow>> intents_with(const std::vector<std::string>& ids) override {
    return select<IntentRow>(std::string("WHERE id") + kInList, json_list(ids));
  }
  Result<std::vector<WaitingRow>> waiting(std::string_view spoke, std::string_view after_record,
                                          std::size_t limit) override {
    return select<WaitingRow>("WHERE spoke = ? AND record > ? ORDER BY record, detail LIMIT ?",
                              as_text(spoke), as_text(after_record), limit);
  }
  Result<std::vector<WaitingRow>> waiting_to_retry(std::string_view spoke,
                                                   std::string_view after_record,
                                                   std::size_t limit) override {
    return select<WaitingRow>(
        "WHERE spoke = ? AND record > ? AND reason NOT IN ('reference', 'conflict')"
        " GROUP BY record ORDER BY record LIMIT ?",
        as_text(spoke), as_text(after_record), limit);
  }
  Result<std::vector<ConflictRow>> conflicts(std::string_view spoke) override {
    if (spoke.empty()) return select<ConflictRow>("ORDER BY spoke, key, grp");
    return select<ConflictRow>("WHERE spoke = ? ORDER BY key, grp", as_text(spoke));
  }
  Result<std::vector<ConflictRow>> conflicts_of(std::string_view spoke,
                                                const std::vector<std::string>& keys) override {
    return select<ConflictRow>(std::string("WHERE spoke = ? AND key") + kInList, as_text(spoke),
                               json_list(keys));
  }
  Result<std::vector<DuplicateRow>> duplicates() override {
    return select<DuplicateRow>("WHERE dismissed = 0 ORDER BY since");
  }
  Result<std::vector<UnknownMarkRow>> unknown_marks(std::string_view spoke) override {
    if (spoke.empty()) return select<UnknownMarkRow>("ORDER BY own DESC, spoke, key");
    return select<UnknownMarkRow>("WHERE spoke = ? ORDER BY own DESC, key", as_text(spoke));
  }
  Result<std::vector<UnknownMarkRow>> own_marks(bool adopted_only) override {
    return select<UnknownMarkRow>(adopted_only ? "WHERE own = 1 AND adopted = 1" : "WHERE own = 1");
  }
  Result<std::vector<std::string>> records_ending(
      const std::vector<std::string>& endings) override {
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<std::vector<std::string>> {
      std::vector<std::string> ids;
      std::string list = json_list(endings);
      *session_ << std::string("SELECT id FROM records WHERE substr(id, 16)") + kInList, use(list),
          into(ids), now;
      return ids;
    });
  }
  Result<std::vector<MetadataRow>> metadata(std::string_view spoke) override {
    return select<MetadataRow>("WHERE spoke = ? ORDER BY object", as_text(spoke));
  }
  Result<std::vector<DeadLetterRow>> dead_letters(bool open_only, std::size_t limit) override {
    return select<DeadLetterRow>(
        open_only ? "WHERE open = 1 ORDER BY id LIMIT ?" : "ORDER BY id LIMIT ?", limit);
  }
  Result<std::optional<DeadLetterRow>> dead_letter(std::string_view id_or_prefix) override {
    const std::string low(id_or_prefix);
    auto rows =
        select<DeadLetterRow>("WHERE id >= ? AND id < ? ORDER BY id LIMIT 2", low, low + "\x7f");
    if (!rows) return std::move(rows).error();
    if (rows->size() > 1)
      return Error(ErrorCode::Invalid, "more than one dead letter begins with '" + low + "'");
    if (rows->empty()) return std::optional<DeadLetterRow>();
    return std::optional<DeadLetterRow>(rows->front());
  }
  Result<std::vector<DeadLetterRow>> dead_letters_of(
      std::string_view spoke, const std::vector<std::string>& names) override {
    const std::string list = json_list(names);
    return select<DeadLetterRow>(std::string("WHERE open = 1 AND spoke = ? AND (key") + kInList +
                                     " OR record" + kInList + ")",
                                 as_text(spoke), list, list);
  }
  Result<std::vector<DeadLetterRow>> dead_letters_from(std::string_view spoke,
                                                       std::string_view source,
                                                       std::string_view after_key,
                                                       std::size_t limit) override {
    const std::string low = as_text(source) + ":";
    return select<DeadLetterRow>(
        "WHERE open = 1 AND spoke = ? AND direction = 'read' AND key > ? AND key < ?"
        " ORDER BY key LIMIT ?",
        as_text(spoke), std::max(low, as_text(after_key)), low + "\x7f", limit);
  }

  Result<std::vector<FundPostingRow>> fund_postings(
      const std::vector<std::string>& funds) override {
    return select<FundPostingRow>(std::string("WHERE fund") + kInList + " ORDER BY fund, no",
                                  json_list(funds));
  }
  Result<std::vector<std::string>> funds_of(const std::vector<std::string>& documents) override {
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<std::vector<std::string>> {
      std::vector<std::string> funds;
      std::string list = json_list(documents);
      *session_ << std::string(
                       "SELECT DISTINCT fund FROM fund_postings WHERE ? = '[]' OR document") +
                       kInList + " ORDER BY fund",
          use(list), use(list), into(funds), now;
      return funds;
    });
  }
  Result<std::vector<FundHeadRow>> fund_heads() override {
    return select<FundHeadRow>("ORDER BY fund");
  }
  Result<std::vector<LedgerWaitRow>> ledger_waits(std::string_view after_record,
                                                  std::size_t limit) override {
    return select<LedgerWaitRow>("WHERE record > ? ORDER BY record LIMIT ?", as_text(after_record),
                                 limit);
  }
  Result<std::vector<LedgerWaitRow>> ledger_waits_of(const std::vector<std::string>& ids) override {
    return select<LedgerWaitRow>(std::string("WHERE record") + kInList, json_list(ids));
  }
  Result<std::vector<ClaimSettlementRow>> claim_settlements(
      const std::vector<std::string>& ids) override {
    const std::string list = json_list(ids);
    return select<ClaimSettlementRow>(
        std::string("WHERE claim") + kInList + " OR settlement" + kInList, list, list);
  }

  Result<Counts> counts(std::string_view spoke) override {
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<Counts> {
      Counts out;
      const std::string where = spoke.empty() ? "" : " spoke = '" + quoted(spoke) + "'";
      const auto count = [&](const std::string& table, const std::string& condition, bool by_spoke,
                             const std::string& what = "*") {
        std::int64_t n = 0;
        std::string sql = "SELECT count(" + what + ") FROM " + table;
        std::string conditions = condition;
        if (by_spoke && !where.empty()) conditions += (conditions.empty() ? "" : " AND") + where;
        if (!conditions.empty()) sql += " WHERE " + conditions;
        *session_ << sql, into(n), now;
        return n;
      };
      out.records = count("records", "alias_of = ''", false);
      out.links = count("links", "closed = 0", true);
      out.waiting = count("waiting", "", true, "DISTINCT spoke || ' ' || record");
      out.conflicts = count("conflicts", "", true);
      out.dead_letters = count("dead_letters", "open = 1", true);
      out.duplicates = count("duplicates", "dismissed = 0", false);
      out.ledger_waits = count("ledger_waits", "", false);
      out.open_intents = count("intents", "state IN ('decided', 'sending', 'unknown')", true);
      return out;
    });
  }

  Result<std::int64_t> next_run() override {
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<std::int64_t> {
      std::int64_t last = 0;
      *session_ << "SELECT coalesce(max(id), 0) FROM runs", into(last), now;
      return last + 1;
    });
  }
  Result<std::vector<RunRow>> runs(std::size_t limit) override {
    return select<RunRow>("ORDER BY id DESC LIMIT ?", limit);
  }
  const std::string& id() const override { return id_; }

  Result<std::unique_ptr<Store>> scratch_copy() override {
    std::string copy =
        (std::filesystem::temp_directory_path() / "channelbridge-plan-XXXXXX").string();
    const int descriptor = ::mkstemp(copy.data());
    if (descriptor < 0)
      return Error(ErrorCode::Internal, "cannot make a temporary file for the plan in " + copy);
    ::close(descriptor);
    auto out = std::make_unique<SqliteStore>(copy, nullptr, true);  // removes it, come what may
    auto made = guarded([&]() -> Result<void> {
      const std::lock_guard guard(mutex_);
      // Into the empty file that is there: only its owner reads it, and nobody else takes the name.
      *session_ << "VACUUM INTO '" + quoted(copy) + "'", now;
      return {};
    });
    if (!made) return std::move(made).error();
    if (auto opened = out->open(); !opened) return std::move(opened).error();
    return std::unique_ptr<Store>(std::move(out));
  }
  Result<void> backup(const std::string& file) override {
    if (std::filesystem::exists(file))
      return Error(ErrorCode::Invalid, file + " is there already; a backup replaces nothing");
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<void> {
      copy_to(*session_, file_, file);
      return {};
    });
  }
  Result<Compacted> compact(const Retention& retention) override {
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<Compacted> { return store::compact(*session_, retention); });
  }

 private:
  template <typename Work>
  auto guarded(Work&& work) -> decltype(work()) {
    if (broken_) return *broken_;
    return store::guarded(file_, std::forward<Work>(work));
  }

  static std::string quoted(std::string_view text) {
    std::string out;
    for (const char c : text) {
      out += c;
      if (c == '\'') out += c;
    }
    return out;
  }

  void set_synchronous(Durability durability) {
    *session_ << (durability == Durability::Full ? "PRAGMA synchronous = FULL"
                                                 : "PRAGMA synchronous = NORMAL"),
        now;
    durability_ = durability;
  }

  template <typename Row, typename... Arguments>
  Result<std::vector<Row>> select(std::string_view condition, Arguments... arguments) {
    const std::lock_guard guard(mutex_);
    return guarded([&]() -> Result<std::vector<Row>> {
      Columns columns(table_of<Row>().columns.size());
      Statement statement(*session_);
      statement << select_sql(table_of<Row>()) << ' ' << std::string(condition);
      (add_argument(statement, arguments), ...);
      columns.add_into(statement, table_of<Row>());
      statement.execute();
      return columns.template rows<Row>();
    });
  }
  static void add_argument(Statement& statement, std::string& text) { statement, use(text); }
  static void add_argument(Statement& statement, std::int64_t& number) { statement, use(number); }
  static void add_argument(Statement& statement, std::size_t& number) {
    statement, bind(static_cast<Poco::Int64>(
                   std::min<std::size_t>(number, std::numeric_limits<std::int32_t>::max())));
  }

  std::string file_;
  std::optional<Error> broken_{};  ///< why nothing works any more
  std::unique_ptr<RunLock> lock_;
  bool temporary_;
  std::mutex mutex_;
  std::unique_ptr<Session> session_;
  Durability durability_{Durability::Normal};
  std::string id_;
  std::int64_t last_change_{};
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& file, StoreOptions options) {
  if (!options.create && !std::filesystem::exists(file)) {
    return Error(ErrorCode::NotFound, "there is no store file " + file + "; `sync` makes it");
  }
  auto lock = std::make_unique<RunLock>();
  if (options.exclusive) {
    if (auto taken = lock->take(file); !taken) return std::move(taken).error();
  }
  auto out = std::make_unique<SqliteStore>(file, std::move(lock), false);
  if (auto opened = out->open(); !opened) return std::move(opened).error();
  return std::unique_ptr<Store>(std::move(out));
}

}  // namespace channelbridge::store

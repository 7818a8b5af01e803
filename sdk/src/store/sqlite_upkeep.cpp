#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "sqlite_store_internal.hpp"

using namespace Poco::Data::Keywords;
using Poco::Data::Session;

namespace channelbridge::store {

namespace {

std::int64_t micros(Timestamp time) { return time.time_since_epoch().count(); }

std::int64_t number(Session& session, const std::string& sql) {
  std::int64_t out = 0;
  session << sql, into(out), now;
  return out;
}

/// Deletes and tells how many rows went.
std::int64_t remove(Session& session, const std::string& table, const std::string& condition) {
  session << "DELETE FROM " + table + " WHERE " + condition, now;
  return number(session, "SELECT changes()");
}

std::int64_t bytes(Session& session) {
  return number(session, "PRAGMA page_count") * number(session, "PRAGMA page_size");
}

void flush_to_disk(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!flushed) throw Poco::IOException("cannot flush " + file + " to the disk");
}

std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

/// The lesser id of a pair stands first; of two pairs that become one, the open one stays: that
/// somebody dismissed one of them says nothing of the other.
void repoint_pairs(Session& session, std::string& old_id, std::string& new_id) {
  session << "INSERT INTO duplicates (entity, record, other, reason, since, dismissed)"
             " SELECT entity, min(id, peer), max(id, peer), reason, since, dismissed FROM"
             " (SELECT *, ? AS id, iif(record = ?, other, record) AS peer FROM duplicates"
             " WHERE record = ? OR other = ?) WHERE id <> peer"
             " ON CONFLICT (record, other) DO UPDATE SET reason = excluded.reason,"
             " since = excluded.since, dismissed = 0 WHERE excluded.dismissed < dismissed",
      use(new_id), use(old_id), use(old_id), use(old_id), now;
  session << "DELETE FROM duplicates WHERE record = ? OR other = ?", use(old_id), use(old_id), now;
}

/// What stands in the books under the old id stays there: the next run takes it back, and posts it
/// under the new one. A settlement stands nowhere itself, its claims are looked at; whoever takes
/// the place of a record of money is, too.
void book_anew(Session& session, std::string& old_id, std::string& new_id) {
  session << "INSERT OR IGNORE INTO ledger_waits (record, entity, rule, detail, since)"
             " SELECT id, '', 'retry', 'another record takes its place in the books', 0 FROM"
             " (SELECT document AS id FROM fund_postings WHERE fund = ? UNION"
             " SELECT document FROM fund_postings WHERE document = ? OR request = ? UNION"
             " SELECT ? FROM fund_postings WHERE fund = ? OR document = ? UNION"
             " SELECT claim FROM claim_settlements WHERE settlement = ? UNION"
             " SELECT id FROM records WHERE id = ? AND entity IN"
             " ('budget', 'fund', 'fund_request', 'claim', 'settlement'))",
      use(old_id), use(old_id), use(old_id), use(new_id), use(old_id), use(old_id), use(new_id),
      use(new_id), now;
}

}  // namespace

void repoint(Session& session,
             const std::vector<std::pair<std::string, std::string>>& old_and_new) {
  using Column = std::pair<std::string_view, std::string_view>;  // of a table
  constexpr std::array<Column, 13> kIds{{{"record_versions", "record"},
                                         {"links", "record"},
                                         {"match_keys", "record"},
                                         {"intents", "record"},
                                         {"waiting", "record"},
                                         {"waiting", "detail"},
                                         {"pending_references", "record"},
                                         {"conflicts", "record"},
                                         {"dead_letters", "record"},
                                         {"ledger_waits", "record"},
                                         {"claim_settlements", "claim"},
                                         {"claim_settlements", "settlement"},
                                         {"records", "alias_of"}}};
  // Ids are UUIDs: inside a JSON text nothing else looks like one of them.
  constexpr std::array<Column, 3> kTexts{
      {{"records", "state"}, {"links", "state"}, {"intents", "decision"}}};
  for (const auto& pair : old_and_new) {
    std::string old_id = pair.first;
    std::string new_id = pair.second;
    session << "UPDATE OR IGNORE records SET id = ? WHERE id = ?", use(new_id), use(old_id), now;
    for (const auto& [table, column] : kIds) {
      session << joined(
          {"UPDATE OR REPLACE ", table, " SET ", column, " = ? WHERE ", column, " = ?"}),
          use(new_id), use(old_id), now;
    }
    repoint_pairs(session, old_id, new_id);
    book_anew(session, old_id, new_id);
    for (const auto& [table, column] : kTexts) {
      session << joined({"UPDATE ", table, " SET ", column, " = replace(", column,
                         ", ?, ?) WHERE instr(", column, ", ?) > 0"}),
          use(old_id), use(new_id), use(old_id), now;
    }
  }
}

void copy_to(Session& session, const std::string& store, const std::string& file) {
  // Under another name until it is whole: a backup that was cut short is never taken for one.
  const std::string part = file + ".part";
  std::filesystem::remove(part);
  // Whoever may not read the store may not read its copy either, from the first byte on.
  const int made = ::open(part.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made < 0) throw Poco::IOException("cannot make " + part);
  ::close(made);
  std::filesystem::permissions(part, std::filesystem::status(store).permissions());
  session << "VACUUM INTO '" + quoted(part) + "'", now;
  flush_to_disk(part);
  std::filesystem::rename(part, file);
  flush_to_disk(std::filesystem::absolute(file).parent_path().string());
}

Compacted compact(Session& session, const Retention& retention) {
  Compacted out{.bytes_before = bytes(session)};
  session << "BEGIN IMMEDIATE", now;
  try {
    if (retention.versions) {
      std::string unread;
      for (const auto& [entity, position] : retention.read_up_to) {
        unread += " AND NOT (entity = '" + quoted(entity) + "' AND position > " +
                  std::to_string(position) + ")";
      }
      out.versions = remove(
          session, "record_versions",
          "at < " + std::to_string(micros(*retention.versions)) + unread +
              " AND position < (SELECT max(position) FROM record_versions)" +
              " AND version < (SELECT version FROM records WHERE id = record_versions.record)");
    }
    if (retention.intents) {
      out.intents = remove(session, "intents",
                           "state IN ('done', 'rejected') AND decided < " +
                               std::to_string(micros(*retention.intents)));
    }
    if (retention.letters) {
      out.letters = remove(session, "dead_letters",
                           "open = 0 AND at < " + std::to_string(micros(*retention.letters)));
    }
    if (retention.runs) {
      out.runs = remove(session, "runs",
                        "started < " + std::to_string(micros(*retention.runs)) +
                            " AND id < (SELECT max(id) FROM runs)");
    }
    session << "COMMIT", now;
  } catch (...) {
    roll_back(session);
    throw;
  }
  session << "VACUUM", now;
  session << "PRAGMA wal_checkpoint(TRUNCATE)", now;
  out.bytes_after = bytes(session);
  return out;
}

}  // namespace channelbridge::store

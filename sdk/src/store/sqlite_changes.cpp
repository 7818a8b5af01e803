#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <Poco/Data/DataException.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "row_tables_internal.hpp"
#include "sqlite_store_internal.hpp"

using namespace Poco::Data::Keywords;
using Poco::Data::Session;
using Poco::Data::Statement;

namespace channelbridge::store {

std::string json_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        constexpr std::string_view kHex = "0123456789abcdef";
        out += "\\u00";
        out += kHex[static_cast<std::size_t>(c) >> 4U];
        out += kHex[static_cast<std::size_t>(c) & 15U];
      } else {
        out += c;
      }
    }
    out += '"';
  }
  return out + "]";
}

namespace {

/// Writes the rows of one commit, in an order that no constraint minds.
///
/// Threads: one at a time, inside a transaction.
class ChangeWriter {
 public:
  explicit ChangeWriter(Session& session) : session_(session) {}

  /// The position of the last version.
  std::int64_t apply(Changes& changes, std::int64_t last_change) {
    std::map<std::string_view, std::int64_t> position_of;
    for (VersionRow& version : changes.versions) {
      version.position = ++last_change;
      position_of[version.record] = version.position;
    }
    for (RecordRow& record : changes.records) {
      if (const auto at = position_of.find(record.id); at != position_of.end())
        record.change = at->second;
    }
    run_pairs("DELETE FROM links WHERE spoke = ? AND key = ?", changes.removed_links);
    // A link that stops being the primary one goes first: there is never more than one.
    std::stable_partition(changes.links.begin(), changes.links.end(),
                          [](const LinkRow& link) { return link.closed || link.secondary; });
    put(changes.records);
    put(changes.versions);
    put(changes.links);
    if (!changes.removed_match_keys.empty()) {
      run("DELETE FROM match_keys WHERE entity = ? AND kind = ? AND value = ? AND record = ?",
          changes.removed_match_keys, 4);
    }
    if (!changes.match_keys.empty()) {
      run("INSERT INTO match_keys (entity, kind, value, record) VALUES (?, ?, ?, ?) ON CONFLICT DO "
          "NOTHING",
          changes.match_keys, 4);
    }
    if (!changes.resolved.empty()) {
      run("DELETE FROM pending_references WHERE system = ? AND object = ? AND key = ? AND record = "
          "?",
          changes.resolved, 4);
    }
    if (!changes.pending.empty()) {
      run("INSERT INTO pending_references (system, object, key, record) VALUES (?, ?, ?, ?) ON "
          "CONFLICT DO NOTHING",
          changes.pending, 4);
    }
    put(changes.spokes);
    put(changes.intents);
    keep_since(changes.waiting);
    for (const WaitingRow& row : changes.waiting)
      changes.no_longer_waiting.emplace_back(row.spoke, row.record);
    run_pairs("DELETE FROM waiting WHERE spoke = ? AND record = ?", changes.no_longer_waiting);
    put(changes.waiting);
    if (!changes.closed_conflicts.empty()) {
      run("DELETE FROM conflicts WHERE spoke = ? AND key = ? AND grp = ?", changes.closed_conflicts,
          3);
    }
    put(changes.conflicts);
    for (std::vector<DuplicateRow>* rows : {&changes.duplicates, &changes.decided_duplicates}) {
      for (DuplicateRow& row : *rows) {
        if (row.other < row.record) std::swap(row.record, row.other);
      }
    }
    if (!changes.duplicates.empty()) {
      run("INSERT INTO duplicates (entity, record, other, reason, since, dismissed) VALUES (?, ?, "
          "?, ?, ?, ?) ON CONFLICT DO NOTHING",
          changes.duplicates, 6);
    }
    put(changes.decided_duplicates);
    run_pairs("DELETE FROM unknown_marks WHERE spoke = ? AND key = ?", changes.known_marks);
    put(changes.unknown_marks);
    put(changes.metadata);
    put(changes.dead_letters);
    put(changes.runs);
    append(changes.postings);
    put_ledger_waits(changes);
    put_claim_settlements(changes);
    if (!changes.arrived_records.empty()) {
      std::string list = json_list(changes.arrived_records);
      session_ << std::string(
                      "UPDATE waiting SET reason = 'retry' WHERE reason = 'reference' AND detail") +
                      kInList,
          use(list), now;
    }
    repoint(session_, changes.repointed);
    return last_change;
  }

 private:
  /// What is still waited for has been waited for since then.
  void keep_since(std::vector<WaitingRow>& rows) {
    if (rows.empty()) return;
    std::vector<std::string> spokes;
    std::vector<std::string> records;
    for (const WaitingRow& row : rows) {
      spokes.push_back(row.spoke);
      records.push_back(row.record);
    }
    std::string spoke_list = json_list(spokes);
    std::string record_list = json_list(records);
    Columns columns(table_of<WaitingRow>().columns.size());
    Statement statement(session_);
    statement << select_sql(table_of<WaitingRow>()) << " WHERE spoke" << kInList << " AND record"
              << kInList,
        use(spoke_list), use(record_list);
    columns.add_into(statement, table_of<WaitingRow>());
    statement.execute();
    const auto cause = [](const WaitingRow& row) {
      return std::tie(row.spoke, row.record, row.reason, row.detail);
    };
    for (const WaitingRow& before : columns.rows<WaitingRow>())
      for (WaitingRow& row : rows)
        if (cause(row) == cause(before)) row.since = before.since;
  }

  /// The postings become the next ones of their books. A number that is not the next one was
  /// computed from books that have moved since: nothing of the commit stays.
  void append(std::vector<FundPostingRow>& postings) {
    if (postings.empty()) return;
    std::map<std::string_view, FundHeadRow> heads;
    for (const FundPostingRow& posting : postings) {
      if (heads.contains(posting.fund)) continue;
      FundHeadRow head{.fund = posting.fund};
      std::string fund = posting.fund;
      std::vector<Poco::Int64> numbers;
      std::vector<std::string> chains;
      session_ << "SELECT no, chain FROM fund_heads WHERE fund = ?", use(fund), into(numbers),
          into(chains), now;
      if (!numbers.empty()) {
        head.no = numbers.front();
        head.chain = std::move(chains.front());
      }
      heads.emplace(posting.fund, std::move(head));
    }
    for (FundPostingRow& posting : postings) {
      FundHeadRow& head = heads.at(posting.fund);
      if (posting.no != head.no + 1)
        throw Poco::Data::DataException("posting " + std::to_string(posting.no) + " of fund " +
                                        posting.fund + " cannot follow posting " +
                                        std::to_string(head.no));
      posting.chain = chain_of(head.chain, posting);
      head.no = posting.no;
      head.chain = posting.chain;
    }
    std::vector<FundHeadRow> ends;
    ends.reserve(heads.size());
    for (auto& [fund, head] : heads) ends.push_back(std::move(head));
    run(insert_sql(table_of<FundPostingRow>()), postings,
        table_of<FundPostingRow>().columns.size());
    put(ends);
  }
  void put_ledger_waits(Changes& changes) {
    if (!changes.ledger_waits.empty()) {
      // What waits for the same reason has waited since then.
      run("INSERT INTO ledger_waits (record, entity, rule, detail, since) VALUES (?, ?, ?, ?, ?)"
          " ON CONFLICT (record) DO UPDATE SET entity = excluded.entity, detail = excluded.detail,"
          " since = CASE WHEN rule = excluded.rule THEN since ELSE excluded.since END,"
          " rule = excluded.rule",
          changes.ledger_waits, 5);
    }
    if (changes.no_ledger_waits.empty()) return;
    std::string list = json_list(changes.no_ledger_waits);
    session_ << std::string("DELETE FROM ledger_waits WHERE record") + kInList, use(list), now;
  }
  void put_claim_settlements(const Changes& changes) {
    if (!changes.removed_claim_settlements.empty()) {
      run("DELETE FROM claim_settlements WHERE claim = ? AND settlement = ?",
          changes.removed_claim_settlements, 2);
    }
    if (!changes.claim_settlements.empty()) {
      run("INSERT INTO claim_settlements (claim, settlement) VALUES (?, ?) ON CONFLICT DO NOTHING",
          changes.claim_settlements, 2);
    }
  }

  template <typename Row>
  void put(const std::vector<Row>& rows) {
    if (!rows.empty()) run(upsert_sql(table_of<Row>()), rows, table_of<Row>().columns.size());
  }
  /// `sql` has one placeholder for each of the first `used` columns of Row.
  template <typename Row>
  void run(const std::string& sql, const std::vector<Row>& rows, std::size_t used) {
    Columns columns(used);
    columns.fill(rows);
    Statement statement(session_);
    statement << sql;
    columns.add_use(statement, table_of<Row>());
    statement.execute();
  }
  void run_pairs(const std::string& sql,
                 const std::vector<std::pair<std::string, std::string>>& pairs) {
    if (pairs.empty()) return;
    std::vector<std::string> first;
    std::vector<std::string> second;
    for (const auto& [a, b] : pairs) {
      first.push_back(a);
      second.push_back(b);
    }
    session_ << sql, use(first), use(second), now;
  }

  Session& session_;
};

}  // namespace

std::int64_t apply(Session& session, Changes& changes, std::int64_t last_change) {
  return ChangeWriter(session).apply(changes, last_change);
}

}  // namespace channelbridge::store

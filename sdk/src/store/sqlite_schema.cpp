#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>

#include <array>
#include <string_view>
#include <vector>

#include "sqlite_store_internal.hpp"

using namespace Poco::Data::Keywords;

namespace channelbridge::store {

namespace {

// Each entry brings the schema one version forward; entries are never changed once released.
// Texts are never NULL, times are integer microseconds since 1970 (UTC), booleans 0 or 1.
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE store_info (id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE records (
  id TEXT NOT NULL PRIMARY KEY, entity TEXT NOT NULL, version INTEGER NOT NULL, change INTEGER NOT NULL,
  state TEXT NOT NULL, alias_of TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX records_by_change ON records (entity, change);
CREATE TABLE record_versions (
  position INTEGER PRIMARY KEY, record TEXT NOT NULL, entity TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL,
  run INTEGER NOT NULL, actor TEXT NOT NULL, changes TEXT NOT NULL
);
CREATE INDEX record_versions_by_record ON record_versions (record, version);
CREATE TABLE links (
  spoke TEXT NOT NULL, key TEXT NOT NULL, system TEXT NOT NULL, object TEXT NOT NULL, reference_key TEXT NOT NULL,
  entity TEXT NOT NULL, record TEXT NOT NULL, state TEXT NOT NULL, elements TEXT NOT NULL, last_document TEXT NOT NULL,
  fingerprint TEXT NOT NULL, version INTEGER NOT NULL, due INTEGER NOT NULL, look_due INTEGER NOT NULL,
  closed INTEGER NOT NULL, secondary INTEGER NOT NULL, stale INTEGER NOT NULL,
  PRIMARY KEY (spoke, key)
);
CREATE INDEX links_by_record ON links (record, spoke);
CREATE INDEX links_by_object ON links (system, object, key);
CREATE INDEX links_by_reference ON links (system, object, reference_key) WHERE reference_key <> '';
CREATE INDEX links_due ON links (spoke, key) WHERE due = 1;
CREATE INDEX links_to_look ON links (spoke, key) WHERE look_due = 1;
CREATE UNIQUE INDEX one_primary_link ON links (spoke, record) WHERE secondary = 0 AND closed = 0;
CREATE TABLE pending_references (
  system TEXT NOT NULL, object TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (system, object, key, record)
) WITHOUT ROWID;
CREATE TABLE match_keys (
  entity TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (entity, kind, value)
) WITHOUT ROWID;
CREATE INDEX match_keys_by_record ON match_keys (record);
CREATE TABLE spokes (
  spoke TEXT NOT NULL PRIMARY KEY, cursor TEXT NOT NULL, position INTEGER NOT NULL, initial_done INTEGER NOT NULL,
  fingerprint TEXT NOT NULL, filter TEXT NOT NULL, accepted TEXT NOT NULL, pulled INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE intents (
  id TEXT NOT NULL PRIMARY KEY, spoke TEXT NOT NULL, record TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,
  record_version INTEGER NOT NULL, decision TEXT NOT NULL, request TEXT NOT NULL, run INTEGER NOT NULL,
  decided INTEGER NOT NULL, answered INTEGER NOT NULL, outcome TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX intents_by_record ON intents (record, spoke);
CREATE INDEX intents_open ON intents (spoke, state) WHERE state IN ('decided', 'sending', 'unknown');
CREATE TABLE waiting (
  spoke TEXT NOT NULL, record TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (spoke, record)
) WITHOUT ROWID;
CREATE INDEX waiting_for ON waiting (detail) WHERE reason = 'reference';
CREATE TABLE conflicts (
  spoke TEXT NOT NULL, key TEXT NOT NULL, grp TEXT NOT NULL, record TEXT NOT NULL, entity TEXT NOT NULL, reason TEXT NOT NULL,
  hub TEXT NOT NULL, system TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (spoke, key, grp)
) WITHOUT ROWID;
CREATE TABLE duplicates (
  entity TEXT NOT NULL, record TEXT NOT NULL, other TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (record, other)
) WITHOUT ROWID;
CREATE TABLE dead_letters (
  id TEXT NOT NULL PRIMARY KEY, spoke TEXT NOT NULL, direction TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL,
  rule TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, message TEXT NOT NULL, payload TEXT NOT NULL,
  fingerprint TEXT NOT NULL, record_version INTEGER NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL, open INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX dead_letters_by_key ON dead_letters (spoke, key) WHERE open = 1;
CREATE INDEX dead_letters_by_record ON dead_letters (spoke, record) WHERE open = 1;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL, report TEXT NOT NULL
);
INSERT INTO store_info (id) VALUES (lower(hex(randomblob(16))));
)sql";

constexpr std::string_view kVersion2 = R"sql(
CREATE TABLE unknown_marks (
  spoke TEXT NOT NULL, key TEXT NOT NULL, system TEXT NOT NULL, object TEXT NOT NULL, mark TEXT NOT NULL,
  own INTEGER NOT NULL, adopted INTEGER NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (spoke, key)
) WITHOUT ROWID;
CREATE TABLE metadata (
  spoke TEXT NOT NULL, object TEXT NOT NULL, fingerprint TEXT NOT NULL, facts TEXT NOT NULL, checked INTEGER NOT NULL,
  PRIMARY KEY (spoke, object)
) WITHOUT ROWID;
ALTER TABLE duplicates ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0;
UPDATE OR IGNORE duplicates SET record = other, other = record WHERE other < record;
DELETE FROM duplicates WHERE other < record;
)sql";

constexpr std::string_view kVersion3 = R"sql(
CREATE TABLE waiting_each (
  spoke TEXT NOT NULL, record TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (spoke, record, detail)
) WITHOUT ROWID;
INSERT INTO waiting_each SELECT spoke, record, reason, detail, since FROM waiting;
DROP TABLE waiting;
ALTER TABLE waiting_each RENAME TO waiting;
CREATE INDEX waiting_for ON waiting (detail) WHERE reason = 'reference';
CREATE TABLE match_keys_each (
  entity TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (entity, kind, value, record)
) WITHOUT ROWID;
INSERT INTO match_keys_each SELECT entity, kind, value, record FROM match_keys;
DROP TABLE match_keys;
ALTER TABLE match_keys_each RENAME TO match_keys;
CREATE INDEX match_keys_by_record ON match_keys (record);
ALTER TABLE spokes ADD COLUMN at_end INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view kVersion4 = R"sql(
ALTER TABLE conflicts ADD COLUMN detail TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::string_view kVersion5 = R"sql(
ALTER TABLE dead_letters ADD COLUMN version TEXT NOT NULL DEFAULT '';
)sql";

// Of writes from before nobody knows: they are not sent again.
constexpr std::string_view kVersion6 = R"sql(
ALTER TABLE intents ADD COLUMN taken INTEGER NOT NULL DEFAULT 1;
)sql";

// The books of funds. A posting is added and stays as it is, whoever asks.
constexpr std::string_view kVersion7 = R"sql(
CREATE TABLE fund_postings (
  fund TEXT NOT NULL, no INTEGER NOT NULL, event TEXT NOT NULL, part INTEGER NOT NULL, kind TEXT NOT NULL,
  document TEXT NOT NULL, request TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL, at INTEGER NOT NULL,
  from_account TEXT NOT NULL, to_account TEXT NOT NULL, moved TEXT NOT NULL, record TEXT NOT NULL,
  version INTEGER NOT NULL, run INTEGER NOT NULL, chain TEXT NOT NULL,
  PRIMARY KEY (fund, no)
) WITHOUT ROWID;
CREATE UNIQUE INDEX fund_postings_once ON fund_postings (fund, event, part);
CREATE INDEX fund_postings_by_document ON fund_postings (document);
CREATE TRIGGER fund_postings_stay BEFORE UPDATE ON fund_postings BEGIN SELECT RAISE(ABORT, 'a posting is never changed'); END;
CREATE TRIGGER fund_postings_last BEFORE DELETE ON fund_postings BEGIN SELECT RAISE(ABORT, 'a posting is never removed'); END;
CREATE TRIGGER fund_postings_new BEFORE INSERT ON fund_postings WHEN EXISTS (SELECT 1 FROM fund_postings
  WHERE fund = NEW.fund AND (no = NEW.no OR (event = NEW.event AND part = NEW.part)))
  BEGIN SELECT RAISE(ABORT, 'a posting is never replaced'); END;
CREATE TABLE fund_heads (fund TEXT NOT NULL PRIMARY KEY, no INTEGER NOT NULL, chain TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ledger_waits (
  record TEXT NOT NULL PRIMARY KEY, entity TEXT NOT NULL, rule TEXT NOT NULL, detail TEXT NOT NULL, since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE claim_settlements (
  claim TEXT NOT NULL, settlement TEXT NOT NULL,
  PRIMARY KEY (claim, settlement)
) WITHOUT ROWID;
CREATE INDEX claim_settlements_by_settlement ON claim_settlements (settlement);
)sql";

constexpr std::array<std::string_view, 7> kSteps{kVersion1, kVersion2, kVersion3, kVersion4,
                                                 kVersion5, kVersion6, kVersion7};

/// Poco runs only the first command of a text, so a step is cut where a semicolon ends a line (none
/// does inside a literal or a trigger).
std::vector<std::string> commands(std::string_view step) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < step.size();) {
    const std::size_t end = step.find(";\n", begin);
    if (end == std::string_view::npos) break;
    out.emplace_back(step.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

bool roll_back(Poco::Data::Session& session) {
  try {
    session << "ROLLBACK", now;
    return true;
  } catch (const Poco::Exception&) {
    return false;  // the failure that led here is the one to tell
  }
}

Result<void> migrate(Poco::Data::Session& session, const std::string& file) {
  int version = 0;
  int tables = 0;
  session << "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version",
      into(version), into(tables), now;
  const int newest = static_cast<int>(kSteps.size());
  if (version > newest) {
    return Error(ErrorCode::Unsupported, "store file " + file + " has schema version " +
                                             std::to_string(version) +
                                             "; this program knows versions up to " +
                                             std::to_string(newest) + ": use the newer program");
  }
  if (version == 0 && tables > 0) {
    return Error(ErrorCode::Unsupported,
                 "store file " + file + " is a database of another program; it is left alone");
  }
  for (int step = version; step < newest; ++step) {
    session << "BEGIN IMMEDIATE", now;
    try {
      for (const std::string& command : commands(kSteps.at(static_cast<std::size_t>(step))))
        session << command, now;
      session << "PRAGMA user_version = " + std::to_string(step + 1), now;
      session << "COMMIT", now;
    } catch (...) {
      roll_back(session);
      throw;
    }
  }
  return {};
}

}  // namespace channelbridge::store

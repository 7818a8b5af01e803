#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/core/time.hpp"

namespace channelbridge::store {

/// One canonical record as stored. `state` is the hub's JSON: fields and their provenance.
struct RecordRow {
  std::string id{};
  std::string entity{};
  std::int64_t version{};  ///< 1 = first
  std::int64_t change{};   ///< position of its last version in the change log; set by commit()
  std::string state{};
  std::string alias_of{};  ///< the surviving record, when this one was merged away
  Timestamp created{};
  Timestamp updated{};
};

/// One entry of the change log: what made a version of a record.
struct VersionRow {
  std::int64_t position{};  ///< set by commit()
  std::string record{};
  std::string entity{};
  std::int64_t version{};
  Timestamp at{};
  std::int64_t run{};
  std::string actor{};    ///< spoke or process
  std::string changes{};  ///< JSON: field -> old, new, mapping line
};

/// The cross-reference (spoke, key) <-> record.
struct LinkRow {
  std::string spoke{};
  std::string key{};
  std::string system{};
  std::string object{};
  std::string reference_key{};  ///< the key that other objects of the system use to refer to this
                                ///< one; "" = `key`
  std::string entity{};
  std::string record{};
  std::string state{};          ///< JSON of hub::LinkState
  std::string elements{};       ///< JSON: list -> element id -> child key
  std::string last_document{};  ///< as it came; "" after a write of ours
  std::string fingerprint{};    ///< of the mapping that read it
  std::int64_t version{};       ///< record version that this system has been brought to
  bool due{};
  bool look_due{};
  bool closed{};
  bool secondary{};
  bool stale{};  ///< its last document could not be read: nothing is pushed over it
};

/// Who is linked where: the few columns of an open primary link that references and policies need.
struct PrimaryLink {
  std::string record{};
  std::string system{};
  std::string object{};
  std::string entity{};
  std::string key{};
  std::string reference_key{};
};

/// A record holds a reference to an object that has no link yet.
struct PendingRow {
  std::string system{};
  std::string object{};
  std::string key{};
  std::string record{};
};

/// One strong match key of a record; (entity, kind, value) is unique.
struct MatchKeyRow {
  std::string entity{};
  std::string kind{};
  std::string value{};
  std::string record{};
};

/// How far a spoke has come.
struct SpokeRow {
  std::string spoke{};
  std::string cursor{};       ///< of the adapter, opaque
  std::int64_t position{};    ///< in the change log
  bool initial_done{};        ///< its first pull has reached the end mark
  std::string fingerprint{};  ///< of the mapping at the last run
  std::string filter{};       ///< text of the filter that `position` was reached with
  std::string accepted{};     ///< fingerprint whose writes were accepted
  std::optional<Timestamp> pulled{};
  bool at_end{};  ///< `cursor` stands where a pull saw the end mark, not between two of its pages
};

enum class IntentState : std::uint8_t { Decided, Sending, Done, Rejected, Unknown, Absent };
std::string_view to_string(IntentState state);
std::optional<IntentState> parse_intent_state(std::string_view text);

/// A write that has been decided and stored before it is sent.
struct IntentRow {
  std::string id{};  ///< UUIDv7
  std::string spoke{};
  std::string record{};
  std::string key{};  ///< "" = a create
  IntentState state{IntentState::Decided};
  std::int64_t record_version{};
  std::string decision{};  ///< JSON of hub::WriteDecision: groups, values, expected version
  std::string request{};   ///< JSON of the nodes: the bytes to send
  std::int64_t run{};
  Timestamp decided{};
  std::optional<Timestamp> answered{};
  std::string outcome{};  ///< code and words of the system
  bool taken{};           ///< the system has it, whatever becomes of it there
};

/// A record that cannot be pushed to a spoke yet, and what it waits for.
struct WaitingRow {
  std::string spoke{};
  std::string record{};
  /// reference | field | several_elements | conflict | answer_outstanding | lost_create | retry
  std::string reason{};
  std::string detail{};  ///< record id awaited, field path, …
  Timestamp since{};
};

struct ConflictRow {
  std::string spoke{};
  std::string key{};
  std::string group{};
  std::string record{};
  std::string entity{};
  std::string reason{};
  std::string detail{};  ///< the rule's own words and figures
  std::string hub{};     ///< JSON field -> value at the time
  std::string system{};  ///< JSON field -> value that the system shows
  Timestamp since{};
};

/// Two records that may be one, or one object claimed by two records.
struct DuplicateRow {
  std::string entity{};
  std::string record{};  ///< the smaller of the two ids; set by commit()
  std::string other{};
  std::string reason{};
  Timestamp since{};
  bool dismissed{};  ///< a person said that they are two: kept, so that it is not asked again
};

/// An object that carries a record id which this store does not know: it is not merged before a
/// person says so.
struct UnknownMarkRow {
  std::string spoke{};
  std::string key{};
  std::string system{};
  std::string object{};
  std::string mark{};
  bool own{};  ///< this very store gave the id out: it is an older copy, or a copy of it is in use
  bool adopted{};  ///< accepted: a record has the id again, and waits for the object it was born of
  Timestamp since{};
};

/// What a system said of one object when a run last looked.
struct MetadataRow {
  std::string spoke{};
  std::string object{};
  std::string fingerprint{};  ///< of the mapping that these facts were found to fit
  std::string facts{};        ///< JSON
  Timestamp checked{};
};

/// A document or write that cannot proceed without a person.
struct DeadLetterRow {
  std::string id{};  ///< UUIDv7
  std::string spoke{};
  std::string direction{};  ///< read | write
  std::string key{};        ///< of the object, if known
  std::string record{};     ///< if known
  std::string rule{};       ///< rule or remote code
  std::string file{};
  std::int64_t line{};
  std::string message{};
  std::string payload{};      ///< the document, or the request, whole
  std::string fingerprint{};  ///< of the mapping that failed
  std::string version{};      ///< of a message: an older one does not close its letter
  std::int64_t record_version{};
  Timestamp at{};
  std::int64_t attempts{1};
  bool open{true};
};

/// One movement in the books of a fund or a budget. It is never changed and never removed: another
/// one takes it back.
struct FundPostingRow {
  std::string fund{};    ///< record of the fund or the budget whose books these are
  std::int64_t no{};     ///< 1, 2, 3, … in these books
  std::string event{};   ///< id of what happened: it is posted once
  std::int64_t part{1};  ///< 1, 2, …: which movement of the event
  std::string kind{};    ///< "claim_approved"
  std::string document{};
  std::string request{};  ///< whose reservation pays; "" = none
  std::string amount{};   ///< the event's; "" = it moves all there is
  std::string currency{};
  Timestamp at{};
  std::string from{};
  std::string to{};
  std::string moved{};   ///< the amount of this movement
  std::string record{};  ///< that said so, and in which version
  std::int64_t version{};
  std::int64_t run{};
  std::string chain{};  ///< set by commit(): chain_of() the posting before it

  friend bool operator==(const FundPostingRow&, const FundPostingRow&) = default;
};
/// SHA-256 over the chain of the posting before ("" = it is the first of its books) and over all
/// that this one says.
std::string chain_of(std::string_view before, const FundPostingRow& posting);

/// Where the books of a fund end.
struct FundHeadRow {
  std::string fund{};
  std::int64_t no{};
  std::string chain{};
};

/// A record that the books cannot take as it is, and why.
struct LedgerWaitRow {
  std::string record{};
  std::string entity{};
  std::string rule{};    ///< "fund_available"
  std::string detail{};  ///< with the figures
  Timestamp since{};
};

/// A settlement that names a claim among its members.
struct ClaimSettlementRow {
  std::string claim{};
  std::string settlement{};
};

struct RunRow {
  std::int64_t id{};
  std::string kind{};  ///< sync | plan
  Timestamp started{};
  std::optional<Timestamp> ended{};
  std::string report{};  ///< JSON
};

/// Everything that one step changes; applied in one transaction or not at all. Rows replace those
/// with the same key.
struct Changes {
  std::vector<RecordRow> records{};
  std::vector<VersionRow> versions{};  ///< appended in this order; the record's `change` follows
  std::vector<LinkRow> links{};
  std::vector<std::pair<std::string, std::string>> removed_links{};  ///< (spoke, key)
  std::vector<MatchKeyRow> match_keys{};  ///< a value that another record holds is left there
  std::vector<MatchKeyRow> removed_match_keys{};
  std::vector<SpokeRow> spokes{};
  std::vector<IntentRow> intents{};
  std::vector<WaitingRow> waiting{};  ///< in place of all that these records waited for before
  std::vector<std::pair<std::string, std::string>> no_longer_waiting{};  ///< (spoke, record)
  std::vector<ConflictRow> conflicts{};
  std::vector<ConflictRow> closed_conflicts{};  ///< spoke, key, group
  std::vector<DuplicateRow> duplicates{};       ///< new ones; a pair that is known stays as it is
  std::vector<DuplicateRow> decided_duplicates{};
  std::vector<UnknownMarkRow> unknown_marks{};
  std::vector<std::pair<std::string, std::string>> known_marks{};  ///< (spoke, key): settled
  std::vector<MetadataRow> metadata{};
  std::vector<DeadLetterRow> dead_letters{};
  std::vector<RunRow> runs{};
  /// Appended, in this order: each is the next number of its books, else nothing is committed.
  std::vector<FundPostingRow> postings{};
  std::vector<LedgerWaitRow> ledger_waits{};
  std::vector<std::string> no_ledger_waits{};  ///< records
  std::vector<ClaimSettlementRow> claim_settlements{};
  std::vector<ClaimSettlementRow> removed_claim_settlements{};
  std::vector<PendingRow> pending{};
  std::vector<PendingRow> resolved{};  ///< pending references that are none any more
  /// Records that got a link somewhere: who waits for them on a spoke may be tried again.
  std::vector<std::string> arrived_records{};
  /// (old id, new id), applied last: whatever names the old one names the new one from now on. The
  /// old row takes the new id unless that is a record already.
  std::vector<std::pair<std::string, std::string>> repointed{};

  bool empty() const;
};

/// Full: on the disk when commit() returns, whatever happens to the machine. Normal: consistent,
/// the last moments may be lost with the machine (never with the process).
enum class Durability : std::uint8_t { Normal, Full };

struct Counts {
  std::int64_t records{};
  std::int64_t links{};
  std::int64_t waiting{};
  std::int64_t conflicts{};
  std::int64_t dead_letters{};
  std::int64_t duplicates{};
  std::int64_t open_intents{};
  std::int64_t ledger_waits{};  ///< of all spokes together
};

/// What compact() may remove: rows older than these times.
struct Retention {
  std::optional<Timestamp> versions{};  ///< of the change log; nullopt = keep all
  std::optional<Timestamp> intents{};   ///< done and refused
  std::optional<Timestamp> letters{};   ///< closed
  std::optional<Timestamp> runs{};
  /// Entity -> position up to which every reader of its changes has come: what is behind it stays.
  std::map<std::string, std::int64_t> read_up_to{};
};
struct Compacted {
  std::int64_t versions{};
  std::int64_t intents{};
  std::int64_t letters{};
  std::int64_t runs{};
  std::int64_t bytes_before{};
  std::int64_t bytes_after{};
};

/// Durable state of one tenant. All reads see committed state; commit() is all or nothing.
///
/// Lists come in pages: `limit` rows after `after`. Errors: Internal (disk full, damaged file),
/// with the file named. Threads: any; calls are serialised.
class Store {
 public:
  virtual ~Store() = default;

  virtual Result<void> commit(Changes changes, Durability durability = Durability::Normal) = 0;

  virtual Result<std::vector<RecordRow>> records(const std::vector<std::string>& ids) = 0;
  /// Records of `entity` whose last change is after `change`, in order of change.
  virtual Result<std::vector<RecordRow>> records_changed(std::string_view entity,
                                                         std::int64_t change,
                                                         std::size_t limit) = 0;
  /// Records of which an id begins with `prefix` ("018f…"), at most `limit`.
  virtual Result<std::vector<RecordRow>> records_like(std::string_view entity,
                                                      std::string_view prefix,
                                                      std::size_t limit) = 0;
  virtual Result<std::vector<VersionRow>> versions(std::string_view record) = 0;
  virtual Result<std::int64_t> last_change() = 0;

  virtual Result<std::vector<LinkRow>> links_by_key(std::string_view spoke,
                                                    const std::vector<std::string>& keys) = 0;
  virtual Result<std::vector<LinkRow>> links_of(std::string_view spoke,
                                                const std::vector<std::string>& records) = 0;
  virtual Result<std::vector<LinkRow>> links_of_record(std::string_view record) = 0;
  /// The open primary links of these records, in all systems.
  virtual Result<std::vector<PrimaryLink>> primary_links(
      const std::vector<std::string>& records) = 0;
  /// The records behind these keys of an object, primary links first; closed links count: a
  /// reference outlives its object. One object may be several entities': a record of each.
  virtual Result<std::vector<PrimaryLink>> links_by_reference(
      std::string_view system, std::string_view object, const std::vector<std::string>& keys) = 0;
  /// Who waits for these keys, in the order of key and record, after `after`.
  virtual Result<std::vector<PendingRow>> pending(std::string_view system, std::string_view object,
                                                  const std::vector<std::string>& keys,
                                                  std::size_t limit,
                                                  const PendingRow& after = {}) = 0;
  /// Of the keys that records wait for, those that a record of `entity` is linked to by now.
  virtual Result<std::vector<std::string>> pending_arrived(std::string_view system,
                                                           std::string_view object,
                                                           std::string_view entity) = 0;
  virtual Result<std::vector<LinkRow>> links_due(std::string_view spoke, std::string_view after_key,
                                                 std::size_t limit) = 0;
  virtual Result<std::vector<LinkRow>> links_to_look(std::string_view spoke,
                                                     std::string_view after_key,
                                                     std::size_t limit) = 0;
  virtual Result<std::vector<LinkRow>> links_all(std::string_view spoke, std::string_view after_key,
                                                 std::size_t limit) = 0;

  /// Record ids by match key, in the order of `keys`; "" where there is none. Of several holders
  /// the oldest record (ids are ordered by time). `record` of a key is ignored.
  virtual Result<std::vector<std::string>> match(const std::vector<MatchKeyRow>& keys) = 0;
  /// Every record that holds one of these keys, all of one entity, with the key; by record.
  /// `record` of a key is ignored.
  virtual Result<std::vector<MatchKeyRow>> holders(const std::vector<MatchKeyRow>& keys) = 0;

  virtual Result<SpokeRow> spoke(
      std::string_view name) = 0;  ///< an empty row when it has never run
  virtual Result<std::vector<IntentRow>> intents(std::string_view spoke,
                                                 const std::vector<IntentState>& states) = 0;
  virtual Result<std::vector<IntentRow>> intents_of(
      std::string_view spoke,
      const std::vector<std::string>& records) = 0;  ///< sending, unknown, absent
  virtual Result<std::vector<IntentRow>> intents_of_record(std::string_view record) = 0;
  virtual Result<std::vector<IntentRow>> intents_with(const std::vector<std::string>& ids) = 0;
  /// One row for each thing that a record waits for; `limit` counts rows.
  virtual Result<std::vector<WaitingRow>> waiting(std::string_view spoke,
                                                  std::string_view after_record,
                                                  std::size_t limit) = 0;
  /// One row for each record that is to be tried again (retry, field): references wake by
  /// themselves.
  virtual Result<std::vector<WaitingRow>> waiting_to_retry(std::string_view spoke,
                                                           std::string_view after_record,
                                                           std::size_t limit) = 0;
  virtual Result<std::vector<ConflictRow>> conflicts(std::string_view spoke = {}) = 0;
  virtual Result<std::vector<ConflictRow>> conflicts_of(std::string_view spoke,
                                                        const std::vector<std::string>& keys) = 0;
  virtual Result<std::vector<DuplicateRow>> duplicates() = 0;  ///< without the dismissed ones
  virtual Result<std::vector<UnknownMarkRow>> unknown_marks(std::string_view spoke = {}) = 0;
  /// Of those that this store gave out: the adopted ones, or all.
  virtual Result<std::vector<UnknownMarkRow>> own_marks(bool adopted_only) = 0;
  /// Ids that end so: all of a UUIDv7 but its time. Reads the whole table.
  virtual Result<std::vector<std::string>> records_ending(
      const std::vector<std::string>& endings) = 0;
  virtual Result<std::vector<MetadataRow>> metadata(std::string_view spoke) = 0;
  virtual Result<std::vector<DeadLetterRow>> dead_letters(bool open_only, std::size_t limit) = 0;
  virtual Result<std::optional<DeadLetterRow>> dead_letter(std::string_view id_or_prefix) = 0;
  virtual Result<std::vector<DeadLetterRow>> dead_letters_of(
      std::string_view spoke, const std::vector<std::string>& keys_or_records) = 0;  ///< open ones
  /// Open ones of what was set aside from a source: their key is `source`, ':', a place in it.
  virtual Result<std::vector<DeadLetterRow>> dead_letters_from(std::string_view spoke,
                                                               std::string_view source,
                                                               std::string_view after_key,
                                                               std::size_t limit) = 0;
  /// The books of these funds, each in the order of its numbers.
  virtual Result<std::vector<FundPostingRow>> fund_postings(
      const std::vector<std::string>& funds) = 0;
  /// The books in which these documents stand; without a document all that there are.
  virtual Result<std::vector<std::string>> funds_of(const std::vector<std::string>& documents) = 0;
  virtual Result<std::vector<FundHeadRow>> fund_heads() = 0;  ///< by fund
  virtual Result<std::vector<LedgerWaitRow>> ledger_waits(std::string_view after_record,
                                                          std::size_t limit) = 0;
  virtual Result<std::vector<LedgerWaitRow>> ledger_waits_of(
      const std::vector<std::string>& records) = 0;
  /// Whose members they are or were: rows that name one of these claims, or one of these
  /// settlements.
  virtual Result<std::vector<ClaimSettlementRow>> claim_settlements(
      const std::vector<std::string>& claims_or_settlements) = 0;
  virtual Result<Counts> counts(std::string_view spoke = {}) = 0;
  virtual Result<std::int64_t> next_run() = 0;
  virtual Result<std::vector<RunRow>> runs(std::size_t limit) = 0;
  /// Identity of this store, made when it was created: part of correlation marks.
  virtual const std::string& id() const = 0;
  /// A private copy for a dry run; it vanishes with the object.
  virtual Result<std::unique_ptr<Store>> scratch_copy() = 0;
  /// A whole and consistent copy in a new file, also while a run lasts. Invalid when the file is
  /// there already.
  virtual Result<void> backup(const std::string& file) = 0;
  /// Removes what retention allows, and gives the space back. The newest version of each record and
  /// the newest run stay, and so does what some reader has not read, whatever its age.
  virtual Result<Compacted> compact(const Retention& retention) = 0;
};

struct StoreOptions {
  bool create{true};     ///< make the file when it is not there
  bool exclusive{true};  ///< take the run lock: a second opener is refused with Unavailable
};

/// Opens "sqlite:<file>" and brings its schema forward. A file of a newer version is refused
/// (Unsupported).
Result<std::unique_ptr<Store>> open_store(std::string_view url, StoreOptions options = {});

}  // namespace channelbridge::store

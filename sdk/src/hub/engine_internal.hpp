#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "channelbridge/hub/hub.hpp"
#include "clock_internal.hpp"
#include "image_internal.hpp"
#include "match_internal.hpp"

namespace channelbridge::hub {

/// Rows that are taken from the store in one go.
inline constexpr std::size_t kStoreStep = 200;

/// Stands for the hub where a policy names a system: nothing is taken from a spoke that only
/// pushes.
inline constexpr std::string_view kHubAuthority = "(hub)";
/// The version of an object that a plan has pretended to write: what its system shows is older.
inline constexpr std::string_view kPlannedVersion = "(planned)";

/// A spoke at work: what is configured, what the adapter declares, how far this run has come.
struct SpokeRun {
  const Spoke* spoke{};
  const System* system{};
  adapter::Selection selection{};
  adapter::Capabilities capabilities{};
  SystemTraits traits{};
  Policies policies{};
  std::vector<std::string> match{};
  std::vector<std::string> keys{};  ///< `match`, and what must be unique in the hub: reported only
  Shapes shapes{};
  store::SpokeRow row{};
  std::optional<Timestamp> pulled{};  ///< begin of the youngest page merged in this run
  SpokeReport report{};
  PlanSummary::Line planned{};
  std::uint64_t writes{};
  std::set<std::string> moved{};          ///< records decided otherwise than the saved plan says
  std::set<std::string> left{};           ///< linked records that do not pass the filter
  std::set<std::string> created{};        ///< keys of objects that this run has made; for plans
  std::set<std::string> awaiting{};       ///< records that the plan says wait for a field
  std::set<std::string> refused_steps{};  ///< keys of objects, in this run
  std::set<std::string> sought{};         ///< intents: lost creates that a match key may bring
  bool searched{};                        ///< this run has asked for creates by our ids
  bool stopped{};
  bool learns_keys{};  ///< objects were created whose reference key only a look tells
  bool not_yet{};      ///< some record was born after this spoke's youngest page
  bool asked{};        ///< whose answers come later was asked in vain in this run
};

/// One run: the spokes, the store, and what they share. The mutex makes "load, merge, commit" one
/// step.
struct Engine {
  const HubConfig& config;
  store::Store& store;
  const RunOptions& options;
  const Context& context;
  std::int64_t run{};
  bool dry{};
  std::function<void(const PlannedAction&)> sink{};
  Log& log;
  Random& random;
  std::mutex mutex{};
  std::atomic<Timestamp> last_born{Timestamp::min()};  ///< when this run made its youngest record
  std::mutex progress_mutex{};

  HubClock clock{context.clock()};

  Timestamp now() const { return clock.now(); }
  /// Time goes on where the store's last run left it, whatever the machine's clock says.
  Result<void> continue_clock();
  /// What a person decides between two runs is posted by the run to come.
  Result<std::int64_t> run_of_postings() const;
  std::string make_id() { return make_uuid7(now(), random); }
  void advance(const SpokeRun& spoke, std::string_view phase, std::uint64_t done);
};

/// A record in memory while one step works on it.
struct LoadedRecord {
  store::RecordRow row{};
  RecordState state{};
  model::Fields before{};
  std::uint64_t version_before{};
  std::vector<store::MatchKeyRow> keys_before{};
  std::string note{};  ///< JSON members added to the entry of the change log
};

/// A link in memory while one step works on it.
struct LoadedLink {
  store::LinkRow row{};
  LinkState state{};
  mapping::ElementKeys elements{};
  std::set<std::string> conflicts_before{};
  bool secondary_before{};
  bool asked_before{};  ///< somebody had to say what this second object is
  bool touched{};
};

/// The rows that one step needs, loaded together and committed together.
class Workset {
 public:
  Workset(Engine& engine, SpokeRun& spoke) : engine_(engine), spoke_(spoke) {}

  Result<void> load_links_by_key(const std::vector<std::string>& keys);
  Result<void> load_links_of(const std::vector<std::string>& records);
  /// Aliases are followed: record(id) gives the survivor.
  Result<void> load_records(const std::vector<std::string>& ids);
  /// Which systems the loaded records have an open primary link in, and their keys there.
  Result<void> load_presence();
  Result<void> load_open_intents();

  LoadedRecord* record(std::string_view id);
  LoadedRecord& new_record(std::string id);
  LoadedLink* link(std::string_view key);
  /// The link that push works on: the open primary one, else a closed one, else null.
  LoadedLink* link_of(std::string_view record);
  LoadedLink& new_link(std::string key, std::string record);
  std::map<std::string, LoadedLink>& links() { return links_; }
  std::map<std::string, LoadedRecord>& records() { return records_; }
  bool has_primary(std::string_view record, std::string_view except_key = {});

  /// What surrounds the link of `record` while the rules look at it; refers to `image`.
  MergeContext context(const std::string& record, const Image& image);
  const std::vector<store::PrimaryLink>& presence(const std::string& record);
  /// Intents of the spoke for this record that are sending, unknown or absent, oldest first.
  std::vector<store::IntentRow>& intents(const std::string& record) { return intents_[record]; }
  bool has_open_intent(const std::string& record);

  /// Everything that was touched, as rows: versions for changed records, conflicts that opened and
  /// closed, match keys.
  Result<store::Changes> finish();
  store::Changes changes{};  ///< what the step adds by itself

 private:
  std::vector<store::MatchKeyRow> keys_of(const LoadedRecord& record) const;
  Result<void> note_shared_keys(const std::vector<store::MatchKeyRow>& gained, store::Changes& out);
  Result<void> note_circles(const LoadedRecord& record);
  void note_double(LoadedLink& link, store::Changes& out);
  Result<std::optional<RecordState>> state_of(const std::string& id);
  /// Posts what the records of `out` say of money.
  Result<void> keep_books(store::Changes& out);

  Engine& engine_;
  SpokeRun& spoke_;
  std::map<std::string, LoadedRecord> records_;
  std::map<std::string, std::string, std::less<>> aliases_;
  std::map<std::string, LoadedLink> links_;  ///< by key
  std::map<std::string, std::vector<store::PrimaryLink>> presence_;
  std::map<std::string, std::set<std::string, std::less<>>> linked_;
  std::map<std::string, std::vector<store::IntentRow>> intents_;
};

/// What two records share, for whoever decides: not where it tells who somebody is.
std::string shown_key(const store::MatchKeyRow& key, const model::EntityType& entity,
                      const model::Fields& fields);

/// A configured spoke, ready to work: what the mapping wants, what the adapter declares, where it
/// stands.
Result<SpokeRun> prepare_spoke(Engine& engine, const Spoke& spoke);

/// Reads pages and merges them until the end mark; then reads by key what only was hinted at.
Result<void> pull(Engine& engine, SpokeRun& spoke);
Result<void> look_at_hints(Engine& engine, SpokeRun& spoke);
/// Reads these objects as they are now and merges what they show; the keys that could be read.
Result<std::set<std::string>> look_at(Engine& engine, SpokeRun& spoke,
                                      const std::vector<std::string>& keys);
/// Merges changes that came from one read.
Result<void> merge_changes(Engine& engine, SpokeRun& spoke,
                           const std::vector<adapter::Change>& changes, Timestamp began,
                           LookSource source, const store::SpokeRow* progress);
/// Turns a document into statements about a record; elements still carry child keys, references are
/// resolved where a link exists.
Result<model::Patch> read_document(Engine& engine, SpokeRun& spoke,
                                   const document::Document& document);
Result<void> resolve_references(Engine& engine, SpokeRun& spoke,
                                const std::vector<model::Patch*>& patches);
/// Records that wait for one of these objects hold its record from now on: step by step, each step
/// a transaction, for a million may wait for one object.
Result<void> resolve_arrived(Engine& engine, SpokeRun& spoke, const std::vector<std::string>& keys);
/// What a run that was killed has left of that.
Result<void> resolve_left_over(Engine& engine, SpokeRun& spoke);
/// Statements of one patch about one record on one link, elements resolved.
Stated statements(Engine& engine, SpokeRun& spoke, model::Patch patch, const LoadedRecord& record,
                  LoadedLink& link);
Look make_look(Engine& engine, const SpokeRun& spoke, const adapter::Change& change,
               Timestamp began, LookSource source);
/// Counts what happened and keeps foreign jumps of a state machine that no listed path allows as
/// conflicts.
void note_events(Engine& engine, SpokeRun& spoke, LoadedRecord& record, LoadedLink& link,
                 const std::vector<GroupEvent>& events);
/// Is it a message that speaks of a part of its object only? What another one said, it does not
/// say.
bool says_a_part(const SpokeRun& spoke, const adapter::Change& change);
/// A document of the object that nobody could read: nothing is pushed over it.
void set_stale(const SpokeRun& spoke, LoadedLink& link, const std::string& version);
/// The same for a link that is made after messages of its object that nobody could read.
Result<void> meet_letters(Engine& engine, const SpokeRun& spoke, LoadedLink& link);
/// A document that cannot be read: kept whole, the link is stale. `record`: one that an object
/// without a link may be; it is not created beside the object while the letter is open.
void set_aside_document(Engine& engine, SpokeRun& spoke, Workset& work,
                        const adapter::Change& change, const Error& error,
                        const std::string& record = {});
/// Pieces of an answer that are no documents, with the engine's mutex free.
Result<void> set_aside_unreadable(Engine& engine, SpokeRun& spoke,
                                  const std::vector<adapter::UnreadableDocument>& unreadable);

/// The mapping's meaning has changed since the spoke's last run: what its links hold is said anew,
/// from the stored documents.
Result<void> rebase(Engine& engine, SpokeRun& spoke);

/// Decides what a lost answer left open: by correlation, by key, never by sending again.
Result<void> recover(Engine& engine, SpokeRun& spoke);
/// Lost creates that were looked for in vain, in this run or in one that was stopped before it had
/// decided on their records again: an object that nobody has met may still be theirs.
Result<void> remember_sought(Engine& engine, SpokeRun& spoke);
/// Has the steps done that follow writes of ours and that are not known to be done. One that is
/// refused stays due, and a dead letter says why.
Result<void> follow_up(Engine& engine, SpokeRun& spoke);
/// Writes what is due. `moved` tells whether anything was written.
Result<void> push(Engine& engine, SpokeRun& spoke, bool& moved);

/// Records that cannot both be right, at least one of which has changed after position `since` of
/// the change log: into the report and the log, once.
Result<void> note_contradictions(Engine& engine, std::int64_t since, RunReport& report);

/// Where the project's spokes carry other entities of money than before (a first one, a budget
/// beside the funds): what the store has of them is looked at once more, for the books say of it
/// what they said then.
Result<void> begin_books(Engine& engine);
/// Tries again what the books of funds could not take, and ends the funds whose last day is over.
Result<void> settle_ledger(Engine& engine, bool first_round);
/// Where the books of all funds end.
LedgerSeal seal_of(const std::vector<store::FundHeadRow>& heads);
Result<LedgerSeal> seal_of(store::Store& store);

/// What the system says of the objects that the spoke uses is what it said when a run last looked;
/// asked now and then. Errors: Invalid, with every used field that has changed.
Result<void> check_metadata(Engine& engine, SpokeRun& spoke);

/// Equal for the same write, decided by a plan and by the run after it: a record that is born twice
/// of one object counts as one. `children`: of the object, where it is older than the run;
/// `mapping`: its fingerprint.
std::string digest_of(const PlannedAction& action, const model::Fields& record,
                      const mapping::ElementKeys& children, std::string_view mapping);

/// The key that other objects of the system use to refer to this one, where it is not the object's
/// own key; "" otherwise.
std::string reference_key_of(const SpokeRun& spoke, const document::Document& document);
/// The number of the intent that wrote the object last, where the mapping names a `mark:`; ""
/// otherwise.
std::string mark_of(const SpokeRun& spoke, const document::Document& document);
/// A document as the store has kept it. XML counts as partial: whether a message said all of its
/// object is not kept, and what it leaves out must not be emptied.
document::Document stored_document(const std::string& text);
std::string fingerprint_of(std::string_view text, std::string_view mapping);
/// Of a live or last document; what equals the link's is known.
std::string fingerprint_of(const SpokeRun& spoke, const adapter::Change& change);
/// It became another object (a lead its opportunity): its document is the last one.
inline bool is_converted(const adapter::Change& change) { return !change.converted_into.empty(); }

}  // namespace channelbridge::hub

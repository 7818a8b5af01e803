#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/adapter/events.hpp"
#include "channelbridge/core/log.hpp"
#include "channelbridge/core/random.hpp"
#include "channelbridge/hub/filter.hpp"
#include "channelbridge/hub/ledger.hpp"
#include "channelbridge/hub/merge.hpp"
#include "channelbridge/mapping/mapping.hpp"
#include "channelbridge/model/entity_type.hpp"
#include "channelbridge/model/network.hpp"
#include "channelbridge/store/store.hpp"

namespace channelbridge::hub {

/// One external endpoint under its configured name.
struct System {
  std::string name{};
  std::shared_ptr<adapter::Adapter> adapter{};
  /// Another system whose keys this one uses too: two services of one ERP know a customer by one
  /// number. References to objects that no spoke of this system carries are those of that system's.
  /// "" = none.
  std::string keys_of{};
};

enum class SpokeDirection : std::uint8_t { Both, Pull, Push };

/// A configured line between a system and the hub.
struct Spoke {
  std::string name{};
  std::string system{};
  std::shared_ptr<const mapping::Mapping> mapping{};
  SpokeDirection direction{SpokeDirection::Both};
  std::string where{};  ///< the system's own query text
  Filter filter{};      ///< which records are pushed; empty = all
  Filter creates{};     ///< which of these begin there, where they have no object yet; empty = all
  FirstContact first_contact{FirstContact::Manual};
  /// Spokes in which a record is instead: one that stands in one of them, or may, is not created in
  /// this one. For documents that one of several systems makes: a settlement is posted or credited.
  std::vector<std::string> exclusive_with{};
  /// Canonical values that an object is given, once, when its record stops passing the filter; the
  /// hub's own record keeps its values. Empty = the object is kept as it is.
  model::Fields on_leave{};
  /// Canonical values that an object is given when we created it in part and the rest was refused
  /// for good: the step that compensates for the part. A newer version of the record completes the
  /// object and writes the hub's own values back. Empty = the part stays as it is.
  model::Fields on_incomplete{};
  std::optional<std::size_t> page_size{};  ///< nullopt = the adapter's own
};

/// What a spoke asks its adapter for: the mapping's paths, its children, what identifies an object.
adapter::Selection selection_of(const Spoke& spoke);

/// How one entity is matched and merged.
struct EntityRules {
  /// Strong match keys: names of the entity's own keys ("tax_id", "duns", "email"), or field paths,
  /// joined with '+' when only together they are strong; an element is selected by value:
  /// "identifiers[scheme=0060].value", "contact.email+company.name". Case, spaces and punctuation
  /// do not count.
  std::vector<std::string> match{};
  Policies policies{};
};

/// How long history is kept, for compact(); nullopt = for good.
struct Retention {
  std::optional<std::chrono::hours> versions{std::chrono::hours(24 * 730)};  ///< of the change log
  std::optional<std::chrono::hours> intents{std::chrono::hours(24 * 90)};    ///< done and refused
  std::optional<std::chrono::hours> letters{std::chrono::hours(24 * 90)};    ///< closed
  std::optional<std::chrono::hours> runs{std::chrono::hours(24 * 90)};
};

struct HubConfig {
  std::vector<System> systems{};  ///< in order of rank
  std::vector<Spoke> spokes{};
  std::map<std::string, EntityRules, std::less<>> entities{};
  Retention retention{};
  LedgerRules ledger{};
  std::shared_ptr<Log> log{};        ///< null = none
  std::shared_ptr<Random> random{};  ///< null = the system's
};

/// Writes that a system did not carry out for now: rows of a job that failed before them, locked
/// rows. They are tried again by themselves.
struct PutOff {
  std::string rule{};  ///< the system's code, else ours
  std::string why{};   ///< its words; "" = several others than those that are told beside it
  std::uint64_t writes{};
};

/// What one spoke did in a run.
struct SpokeReport {
  std::string spoke{};
  std::string system{};
  std::string entity{};
  std::uint64_t read{};         ///< documents that came
  std::uint64_t known{};        ///< of these, equal to the last document
  std::uint64_t new_records{};  ///< records made by this pull
  std::uint64_t changed{};      ///< records changed by this pull
  std::uint64_t created{};      ///< objects that we created there
  std::uint64_t updated{};
  std::uint64_t unchanged{};     ///< looked at by push, nothing to write
  std::uint64_t waiting{};       ///< records that wait now
  std::uint64_t conflicts{};     ///< open now
  std::uint64_t dead_letters{};  ///< open now
  std::uint64_t overruled{};
  std::uint64_t normalised{};
  std::uint64_t outdated{};   ///< older than the record that they speak of: not taken
  std::uint64_t deleted{};    ///< links closed because the object is gone
  std::uint64_t converted{};  ///< links closed because the object became another
  std::uint64_t secondary{};  ///< doubles seen inside the system
  std::uint64_t doubles{};    ///< of these, nobody has said yet what they are: listed now
  std::uint64_t unknown{};    ///< answers lost, still to be resolved
  std::uint64_t circles{};  ///< records that were made to lead back to themselves, by their parents
  std::uint64_t circles_unseen{};  ///< records whose references were followed for a thousand others
                                   ///< without an end: a circle behind these would not be seen
  std::uint64_t moved{};           ///< decided otherwise than the saved plan says: they wait
  std::uint64_t left{};  ///< linked objects whose record does not pass the filter, seen by push
  std::uint64_t unknown_marks{};  ///< objects that carry another store's record id, held back now
  std::uint64_t calls{};          ///< requests on the wire
  bool unconditional{};  ///< updates carry no condition: each object is read right before, and
                         ///< an edit in the moment between can still be lost
  std::chrono::milliseconds elapsed{};
  std::vector<PutOff> put_off{};       ///< at most twenty, and what is left over as rule "other"
  std::vector<std::string> stopped{};  ///< why the spoke stopped, if it did
};

/// Stands where a spoke is named, of what waits for the books of a fund.
inline constexpr std::string_view kLedgerSpoke = "(ledger)";

/// What a record that cannot be pushed yet waits for.
struct Waiting {
  struct Object {
    std::string spoke{};
    std::string object{};
    std::string key{};
  };
  /// A field that refers to what is not there: to an object that nobody has read yet, or to a
  /// record that has no object in the spoke's system yet.
  struct Reference {
    std::string path{};    ///< "lines[no=10].product"
    std::string entity{};  ///< "product"
    std::string system{};  ///< whose key is given
    std::string object{};
    std::string key{};
    std::string record{};  ///< "" = nobody has read the object
  };
  std::string spoke{};  ///< where it would be written; kLedgerSpoke = into the books of its fund
  std::string entity{};
  std::string record{};
  std::string number{};           ///< by which people know the document, where it has one
  std::vector<Object> objects{};  ///< where the record stands already
  /// unresolved_reference | field_missing | required_by_record | refused_by_ledger |
  /// several_elements | does_not_add_up | answer_outstanding | lost_create | retry; of the books
  /// the rule that refused it: fund_available, fund_overdrawn, claim_rate, …
  std::string rule{};
  std::string detail{};                 ///< the field, the figures, or why it is tried again
  std::vector<Reference> references{};  ///< of unresolved_reference
  std::string ends{};                   ///< what ends the wait
  Timestamp since{};
};
/// "lines[no=10].product refers to product 'XX-9' of dealer-se; ends when …"
std::string to_string(const Waiting& waiting);
std::string to_json(const Waiting& waiting);

struct RunReport {
  std::int64_t run{};
  std::vector<SpokeReport> spokes{};
  std::vector<Waiting> waits{};  ///< the first twenty of those that wait now
  /// What records of this run and others, or one alone, cannot be right in, and what the books tell
  /// of requests and claims that changed (LedgerRules::Judgement::Tell), the first hundred;
  /// `contradicting` counts all. Reported once, stops nothing.
  std::vector<model::Contradiction> contradictions{};
  std::uint64_t contradicting{};
  std::uint64_t ledger_waiting{};  ///< records that the books of their funds cannot take now
  LedgerSeal ledger{};             ///< where the books end: keep it, and nobody can shorten them
  bool cancelled{};

  bool stopped() const;  ///< some spoke stopped with an error
  /// Conflicts, dead letters, waiting records or second objects of a record are open.
  bool set_aside() const;
  std::uint64_t written() const;  ///< objects created or updated
};
/// The report as a JSON object, one member per field above.
std::string to_json(const RunReport& report);

/// What came of messages that a system has sent by itself.
struct ReceiveReport {
  std::vector<SpokeReport> spokes{};  ///< those that the messages are about
  std::vector<std::string> left{};    ///< "spoke: why": what only its next pull brings

  /// Everything hinted at was read, or is left to a pull: the messages need not come again.
  bool taken() const;
};
std::string to_json(const ReceiveReport& report);

/// One write that a plan would make.
struct PlannedAction {
  struct Field {
    std::string path{};
    model::Value shown{};    ///< what the system shows now
    model::Value written{};  ///< what it would show
  };
  std::string spoke{};
  std::string system{};
  std::string entity{};
  std::string record{};
  std::string key{};  ///< "" = of an object that this run creates
  bool create{};
  std::vector<Field> fields{};
  std::string waits_for{};  ///< not written yet, and why; "" = would be written
  /// Equal when the same write is decided again, by a later run: which object of which spoke, what
  /// it shows, what it would show.
  std::string digest{};
};

struct PlanSummary {
  RunReport pulled{};
  struct Line {
    std::string spoke{};
    std::uint64_t creates{};
    std::uint64_t updates{};
    std::uint64_t waiting{};
    std::uint64_t conflicts{};
    std::uint64_t calls{};  ///< at the adapter's batch size
  };
  std::vector<Line> lines{};
  bool empty() const;
};
std::string to_json(const PlanSummary& summary);

/// Told about progress.
///
/// Threads: called from the run's threads, one call at a time.
class Progress {
 public:
  virtual ~Progress() = default;
  /// `phase` is "pull", "look", "push" or "recover"; `done` counts documents or records so far in
  /// this run.
  virtual void advance(std::string_view spoke, std::string_view phase, std::uint64_t done) = 0;
};

struct RunOptions {
  std::vector<std::string> only{};  ///< names of spokes; empty = all
  std::uint64_t limit{};            ///< at most so many writes per spoke; 0 = no limit
  bool link_only{};                 ///< match and link, write nothing
  bool accept_mapping_change{};     ///< write although a mapping's meaning has changed
  bool accept_metadata_change{};    ///< go on although a system describes a used field otherwise
  bool accept_marks{};              ///< objects with record ids of another store count as found
  /// Asked right before each write is stored; false = it waits and counts as moved. Null = all are
  /// written. Called from the run's threads, one call at a time.
  std::function<bool(const PlannedAction&)> approve{};
  Progress* progress{};
};

/// What a system says of the objects of a spoke, against what it said when a run last looked.
struct MetadataDrift {
  std::vector<Problem> harmful{};    ///< in fields that the mapping uses; each with file and line
  std::vector<std::string> other{};  ///< what is new there, or does not matter to the mapping
};

/// Keeps all systems agreed: pulls, merges, pushes, and remembers.
///
/// Killing the process at any instruction and running again loses nothing and writes nothing twice.
/// Systems are worked on in parallel, one thread each while a run lasts; writes to one record stay
/// in order. Threads: one run at a time; explain() and the lists may be called from others.
class Hub {
 public:
  Hub(HubConfig config, std::unique_ptr<store::Store> store);
  ~Hub();

  /// Pull, merge, push, until nothing is due. Errors of one spoke stop that spoke and are in its
  /// report; an Error here means that the store or the configuration does not work.
  Result<RunReport> sync(const RunOptions& options, const Context& context);
  /// A system has said that objects changed (EventReader): those hinted at are read by key, now,
  /// and merged; nothing is written. What a message cannot tell, a gap, an object that is first met
  /// or that lies inside another, is left to the next pull, which reads everything anyway: messages
  /// make changes come sooner and lose nothing when they do not come. Counts as a run. Errors:
  /// Invalid, there is no such system.
  Result<ReceiveReport> receive(std::string_view system, const adapter::Events& events,
                                const Context& context);
  /// All of sync but the sending, on a private copy of the store. `sink` is called for each planned
  /// write.
  Result<PlanSummary> plan(const RunOptions& options, const Context& context,
                           const std::function<void(const PlannedAction&)>& sink);

  /// The story of one record: fields, where each came from, its versions, links, intents,
  /// conflicts. JSON.
  Result<std::string> explain(std::string_view entity, std::string_view id_prefix_or_key) const;
  /// What waits, at most `limit` per spoke, in the order of the spokes.
  Result<std::vector<Waiting>> waiting(std::size_t limit) const;
  /// A person decides: "keep hub" or "keep system" for one conflict. The write follows with the
  /// next sync.
  Result<void> resolve_conflict(std::string_view spoke, std::string_view key,
                                std::string_view group, Keep keep, const Context& context);
  /// Tries a dead letter once more with the next sync: a document is read again by key, a write is
  /// planned afresh.
  Result<void> replay(std::string_view dead_letter, const Context& context);

  /// A person says that two records, by id or the beginning of it, are two: they are not shown as
  /// possible duplicates again. `other` may be a second object of the record, as it is listed: it
  /// is the object of a record of its own from now on (on a spoke that only pushes: nobody's).
  Result<void> dismiss_duplicate(std::string_view record, std::string_view other,
                                 const Context& context = {});
  /// A person says that two records are one. `record` survives; where it has no value, `other`'s
  /// stays. Objects of `other` belong to it from now on, as doubles where it has one itself. The
  /// systems follow with the next sync. A second object of the record stays a double of it, or is
  /// its own where the first one is gone.
  Result<void> merge_duplicate(std::string_view record, std::string_view other,
                               const Context& context);
  /// Key figures of budgets, funds and partners, by name. Errors: NotFound, nothing has the name
  /// that was asked for; Invalid, several have it; Internal, books that do not hold together (see
  /// verify_ledger()).
  Result<std::vector<LedgerLine>> ledger(const LedgerQuery& query = {}) const;
  /// Do the books hold, do they follow from the records, and does every system show the same? Asks
  /// no system: compares what they showed when they were last read.
  Result<LedgerCheck> verify_ledger() const;
  /// What of a claim may be paid, by its name (id, number or key). Errors: NotFound, there is no
  /// such claim; Invalid, several have the name, or it does not say enough to be evaluated, with
  /// what is lacking.
  Result<LedgerEvaluation> evaluate_claim(const std::string& claim,
                                          const Context& context = {}) const;
  /// All postings, in the order of funds and numbers.
  Result<std::vector<LedgerPosting>> ledger_postings() const;
  /// A person approves what goes beyond a fund (or a budget, by its number, id or key) within its
  /// tolerance: of one document (its number, its id or the beginning of it), or of all of them
  /// (""). What was approved, as it was asked for. Errors: NotFound, nothing waits there; Invalid,
  /// the books do not take it.
  Result<std::vector<LedgerExcess>> approve_excess(std::string_view fund, std::string_view document,
                                                   const Context& context);

  /// Asks the spoke's system. Writes nothing.
  Result<MetadataDrift> metadata_drift(std::string_view spoke, const Context& context) const;
  /// Removes history that is older than the configured retention and that every spoke has read.
  Result<store::Compacted> compact(const Context& context);

  store::Store& store() const;
  const HubConfig& config() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace channelbridge::hub

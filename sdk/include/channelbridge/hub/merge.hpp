#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/hub/merge_state.hpp"
#include "channelbridge/model/entity_type.hpp"

/// The rules by which looks become records and records become writes, without storage, network or
/// clock.
///
/// The hub calls, inside its own transactions:
///
///     admit()        a document arrived: merge it, or is it known, older, or only a hint?
///     merge_look()   what it says, group by group, becomes record and link
///     decide_…()     what should be written to this link, or why nothing
///     settle()       the write was answered; or adopt() / resolve_update() when its answer was
///     lost refused()      the system said no
///
/// Every function changes only the states that it is handed. When a step around it fails (mapping,
/// store), drop the changed copies. Times (`began`, `now`) come from one clock that never runs
/// backwards, restarts included. Threads: any, on states of their own.
namespace channelbridge::hub {

// ---- What stays the same between two looks

/// What the rules must know of the system behind a link.
struct SystemTraits {
  std::string name{};
  int rank{};  ///< place in the project file; the smaller wins between equal times
  adapter::Versions versions{adapter::Versions::None};
  bool conditional{};   ///< updates are refused when the version has moved
  bool mark{};          ///< every write leaves the intent's number in a field
  bool correlates{};    ///< every create leaves the record's id in a field
  bool steps{};         ///< a write is followed by a declared step of its own
  bool atomic{true};    ///< a write lands whole or not at all; else each group is judged by itself
  bool whole_create{};  ///< a create lands with its children or not at all, whatever `atomic` says
};

/// How one value group is settled when a system's edit meets the hub's value.
struct Policy {
  enum class Kind : std::uint8_t {
    Latest,     ///< the later modification wins, ties by rank
    Manual,     ///< a person decides
    Authority,  ///< only `system` (or a process) changes the group; other edits are written back
    Prefer,     ///< `system` wins when both changed; without it, as Latest
  };
  Kind kind{Kind::Latest};
  std::string system{};
};

/// Who wins when two values meet without a base.
enum class FirstContact : std::uint8_t {
  Authority,  ///< the group's authority (or preferred system) when it is one of the two, else a
              ///< person
  Hub,
  System,
  Manual,
};

struct Policies {
  Policy fallback{};
  std::map<std::string, Policy, std::less<>> groups{};  ///< "addresses[]" stands for every element
  FirstContact first_contact{FirstContact::Manual};

  const Policy& of(std::string_view group) const;
};

/// The field, and the values of it, with which alone another field is written: what a step of the
/// system carries, and nothing else can say.
struct Companion {
  std::string field{};
  std::vector<std::string> values{};
};

/// One value group of a record, as this link's mapping covers it.
struct GroupShape {
  std::string name{};
  std::vector<std::string> fields{};    ///< all fields of the group, covered or not
  std::vector<std::string> readable{};  ///< the mapping reads them; constants among them
  std::vector<std::string> writable{};  ///< the mapping writes them; constants are not among them
  Stated constants{};                   ///< supplied by the mapping: a condition for writing
  std::map<std::string, Companion, std::less<>> with{};  ///< of the writable ones
  std::vector<std::string> once{};  ///< of these, what a create carries and no write after it
  std::string line{};               ///< "file:line", for provenance
};

/// One system's way of seeing one record: stands between the rules and the mapping.
///
/// Threads: one at a time.
class Image {
 public:
  virtual ~Image() = default;
  /// The groups of this record; an element of a list is a group of its own.
  virtual const std::vector<GroupShape>& groups() const = 0;
  /// What the system shows when it is sent `value`: read(write(value)), declared normal form
  /// included.
  virtual model::Value image(std::string_view path, const model::Value& value) const = 0;
};

/// What surrounds one link while the rules look at it.
struct MergeContext {
  const Image& image;
  const SystemTraits& system;
  const Policies& policies;
  /// Names of the systems where this record has an open primary link.
  std::set<std::string, std::less<>> linked;
  /// Whose locks hold (model::EntityRules::locked); null = none.
  const model::EntityType* entity{};
};

// ---- Looks

enum class LookSource : std::uint8_t {
  Page,   ///< a pull: the state when the page was read, or earlier
  Event,  ///< a snapshot that may come late and out of order
  ByKey,  ///< read now, because we asked for this object
};

/// One document, apart from its fields.
struct Look {
  LookSource source{LookSource::Page};
  Timestamp began{};  ///< when the read that brought it began
  Timestamp now{};
  std::string version{};                ///< "" = none
  std::optional<Timestamp> modified{};  ///< the object's own time of its last change
  std::string fingerprint{};            ///< of document and mapping; equal = nothing new
  std::string mark{};                   ///< number of the intent that wrote it last, "" = none
  bool correlated{};                    ///< it carries the id of the link's record
  bool modified_by_us{};
  bool whole{};  ///< the document says everything of its object
  bool deleted{};
  bool converted{};      ///< it became another object: this is its last document
  bool open_intent{};    ///< a write to this object is under way or its fate unknown
  bool other_primary{};  ///< the record has another open primary link in this system
  /// Where it stands on the way of the write that resolve_update() asks about.
  adapter::Halfway halfway{adapter::Halfway::No};
};

enum class Admission : std::uint8_t {
  Merge,      ///< call merge_look()
  Last,       ///< call merge_look(): the object's last word, the link is closed now
  Known,      ///< equals the last document
  Older,      ///< a younger look has been merged: forget it (not so of messages: merge_look() takes
              ///< what no younger one has spoken of)
  ReadByKey,  ///< only a hint: the link is marked, read the object by key
  Deleted,    ///< the link is closed now
  Secondary,  ///< a double: index it, merge nothing
};
std::string_view to_string(Admission admission);

/// Looks have an order: decides whether this one may speak, and opens or closes the link.
Admission admit(LinkState& link, const SystemTraits& system, const Look& look);

enum class GroupOutcome : std::uint8_t {
  Unchanged,   ///< the system shows what it held
  Agreed,      ///< it shows view(hub): the hub keeps its richer value
  Taken,       ///< the hub took the system's value
  Overruled,   ///< the hub's value stays and will be written back
  Normalised,  ///< the system's own form of what we wrote: shown, not merged
  Conflict,    ///< a person decides
  Outdated,    ///< older than what dates the record (model::EntityRules::dated_by): not taken
};
std::string_view to_string(GroupOutcome outcome);

enum class Because : std::uint8_t {
  Same,               ///< nothing to decide
  Empty,              ///< empty at first contact says nothing
  NoValueYet,         ///< the hub had no value for the group
  OnlySystemChanged,  ///< nobody else edited the group
  Authority,
  Preferred,
  Latest,
  FirstContact,
  Manual,
  Evidence,  ///< version or modifier say that the difference is our own write, normalised
  Rewritten,
  CannotTell,
  Locked,
  DoesNotAddUp,
};
std::string_view to_string(Because because);

/// What happened to one group: for the change log, `explain` and the counters.
struct GroupEvent {
  std::string group{};
  GroupOutcome outcome{GroupOutcome::Unchanged};
  Because because{Because::Same};
  Stated incoming{};       ///< what the system shows
  model::Fields before{};  ///< the hub's fields of the group until now
  bool first_contact{};
  bool both_changed{};
  bool conflict_closed{};
};

/// Merges an admitted look into the record, group by group. What the record's state locks is not
/// taken: it becomes a conflict with the rule's words, and so does what would no longer add up
/// without it, and a total of the document that is not what the record's own lines make of it. What
/// the system computes of a document that stands there in part is no statement.
std::vector<GroupEvent> merge_look(RecordState& record, LinkState& link,
                                   const MergeContext& context, const Look& look,
                                   const Stated& incoming);

// ---- Writes

/// A spoke never creates before its initial pull has reached the end once and, in this run, it has
/// been pulled past the moment the record was merged.
struct CreateGate {
  bool initial_pull_done{};
  std::optional<Timestamp> pulled{};  ///< begin of the youngest page merged in this run
  Timestamp born{};                   ///< when the record was first merged
  std::uint64_t position{};  ///< record version whose create was refused for good; 0 = none
};

enum class NoWrite : std::uint8_t {
  AtPosition,    ///< seen already, nothing due
  Nothing,       ///< looked: nothing to write, the position moves
  NotYet,        ///< the create gate is shut
  WaitsForLook,  ///< the object is read by key first
  Closed,
  Secondary,
};
std::string_view to_string(NoWrite reason);

/// Why a group was left out of a decision.
enum class Withheld : std::uint8_t {
  Same,      ///< the system shows view(hub)
  NoValue,   ///< the hub has no value for it
  ReadOnly,  ///< the mapping writes nothing of it
  InConflict,
  Constant,  ///< the hub's value contradicts a constant of the mapping
};
std::string_view to_string(Withheld reason);

struct Decision {
  std::optional<WriteDecision> write{};
  NoWrite reason{NoWrite::AtPosition};  ///< only without `write`
  std::map<std::string, Withheld, std::less<>> withheld{};
  /// Figures that are not written because the record's own figures contradict them, or a total of
  /// the object that is in conflict does, each with the rule's words.
  std::vector<std::string> left_out{};
};

/// Paths left as the system shows them for now: references without a key there. Set `due` when one
/// arrives.
using Later = std::set<std::string, std::less<>>;

/// What a linked object should be sent. The caller has seen that no intent is open for it.
/// Closes a conflict whose value the hub has come to show by itself.
Decision decide_update(const RecordState& record, LinkState& link, const MergeContext& context,
                       const Later& later = {});
/// What a new object should be sent. The caller has seen that the record has no link there, closed
/// ones included.
Decision decide_create(const RecordState& record, const MergeContext& context,
                       const CreateGate& gate, const Later& later = {});

/// What the answer to a write told.
struct Reply {
  std::string version{};                ///< "" = none
  std::optional<Timestamp> modified{};  ///< only with `incoming`
  std::optional<Stated> incoming{};  ///< the object after the write, where the system returned it
};

/// The object shows all that our writes were to carry: what was not taken from a part is read.
void made_whole(LinkState& link);

/// The write was answered: it landed. Groups that it did not carry are merged like a look.
std::vector<GroupEvent> settle(RecordState& record, LinkState& link, const MergeContext& context,
                               const WriteDecision& write, const Reply& reply, Timestamp now);

enum class FoundBy : std::uint8_t {
  Correlation,  ///< it carries our mark
  Content,      ///< it shows what the intent carried
};

/// A create whose answer was lost, met again in an object.
struct RecognisedCreate {
  std::size_t index{};     ///< in the creates asked about
  WriteDecision landed{};  ///< the groups that stand for what the create made
  FoundBy found{};
};
/// Which of these creates, oldest first, made the object that nobody has met, and that was matched
/// to their record? Where our creates leave a mark, it decides alone. Elsewhere what the object
/// shows tells: the groups that it shows exactly and that say something (a user may have edited the
/// others since), of the create with most of them, the youngest of these. Nothing: it is first
/// contact.
std::optional<RecognisedCreate> recognise_create(std::span<const WriteDecision> creates,
                                                 const MergeContext& context, const Look& look,
                                                 const Stated& incoming);

/// Does an object show every value that the create carried and that can be seen? What the create
/// left empty the system may have filled in. False where nothing of it can be seen.
bool shows_create(const WriteDecision& create, const Image& image, const Stated& incoming);

/// A create whose answer was lost has been found: the object's base is the intent's view, no first
/// contact. The link is then read by key.
void adopt(LinkState& link, const MergeContext& context, const WriteDecision& create, FoundBy found,
           Timestamp now);

enum class Fate : std::uint8_t {
  Landed,
  Absent,      ///< not landed: planned afresh
  Gone,        ///< the object was deleted: the link is closed
  CannotTell,  ///< counts as changed on both sides: policy or conflict, then planned afresh
};
std::string_view to_string(Fate fate);

struct Resolution {
  Fate fate{Fate::Absent};
  std::vector<GroupEvent> events{};
};

/// An update whose answer was lost: a read by key, made after the system's settling time, decides.
/// Never resends.
Resolution resolve_update(RecordState& record, LinkState& link, const MergeContext& context,
                          const WriteDecision& write, const Look& look, const Stated& incoming);

enum class Refusal : std::uint8_t {
  Conflict,   ///< the version had moved: read, merge, plan afresh
  NotFound,   ///< the object is gone: the link closes, nothing recreates it
  Duplicate,  ///< `link` is the link of the object that the system named: it is read first
};

/// The system refused the write.
void refused(LinkState& link, Refusal refusal, Timestamp now);

// ---- People and processes

/// A process or a person sets fields of one group. The version moves when something changed.
void change_group(RecordState& record, std::string_view group, const Stated& values,
                  Provenance provenance);

enum class Keep : std::uint8_t { Hub, System };

/// A person decides an open conflict. False when there is none in the group.
bool decide_conflict(RecordState& record, LinkState& link, const MergeContext& context,
                     std::string_view group, Keep keep, Timestamp now);

}  // namespace channelbridge::hub

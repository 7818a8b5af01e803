#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/core/time.hpp"
#include "channelbridge/model/fields.hpp"

namespace channelbridge::hub {

/// What somebody says about some fields. An absent path is not stated; nullopt is stated to be
/// empty.
using Stated = std::map<std::string, model::Value, std::less<>>;

/// The statements of a patch whose list elements already carry hub ids.
Stated to_stated(const model::Patch& patch);

/// Where the hub's value of a group comes from.
struct Provenance {
  std::string system{};   ///< the system whose value was taken, or the process that set it
  std::string version{};  ///< that system's version of the object
  Timestamp time{};       ///< latest statement of this value, by `system` or by one that agreed
  int rank{};             ///< rank of the system that `time` is from: decides between equal times
  std::string line{};     ///< "file:line" of the mapping

  friend bool operator==(const Provenance&, const Provenance&) = default;
};

/// One record as the merge sees it. A group without provenance has no value yet.
struct RecordState {
  model::Fields fields{};
  std::map<std::string, Provenance, std::less<>> provenance{};  ///< by group
  std::uint64_t version{};  ///< moves when `fields` may have changed; a row of the change log each

  friend bool operator==(const RecordState&, const RecordState&) = default;
};

enum class ConflictReason : std::uint8_t {
  Manual,        ///< both sides changed and the policy asks a person
  FirstContact,  ///< two values met without a base and first_contact asks a person
  Rewritten,     ///< the system answered the same write with the same other value a second time
  CannotTell,    ///< an answer was lost and the look does not say whether the write landed
  Locked,        ///< the state of the record forbids the change
  DoesNotAddUp,  ///< a total that is not what the record's lines make of it, other changes counted
  StateJump,     ///< no listed transition leads to the state that the system shows
};
std::string_view to_string(ConflictReason reason);

/// Two values wait for a person: the hub's, and this one. Nothing is written to the group on this
/// link.
struct Conflict {
  ConflictReason reason{ConflictReason::Manual};
  Stated incoming{};     ///< what the system shows; follows its later edits
  std::string detail{};  ///< the rule's own words and figures, "" = the reason says it all

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

/// A write of ours and the other value that the system showed for it.
struct Rewrite {
  Stated sent{};
  Stated shown{};

  friend bool operator==(const Rewrite&, const Rewrite&) = default;
};

/// What a message said of a group.
struct Said {
  std::string version{};
  std::optional<Timestamp> modified{};
  Stated values{};

  friend bool operator==(const Said&, const Said&) = default;
};

/// One value group on one link. Decided per group, remembered per field.
struct GroupLink {
  bool met{};            ///< first contact is behind us: `held` is a base
  model::Fields held{};  ///< what the system shows, as far as we know
  Stated sent{};         ///< the view that we wrote, only while `held` is its outcome
  std::set<std::string, std::less<>> unknown{};  ///< write-only fields in doubt after a lost answer
  /// Written, and not looked at since; also what our create could not carry (it is only read).
  bool unseen{};
  bool last_write{};  ///< belongs to our last write (or an unbroken chain of conditional ones)
  std::vector<Rewrite> rewrites{};  ///< undeclared rewrites that were merged once
  std::optional<Conflict> conflict{};
  /// Where versions are those of messages: of the youngest that spoke of this group, our own writes
  /// among them; "" = as LinkState::version.
  std::string version{};
  /// By messages while a write of ours is under way, oldest first: which of them spoke after it is
  /// known once it is known when it was posted.
  std::vector<Said> meanwhile{};

  friend bool operator==(const GroupLink&, const GroupLink&) = default;
};

/// One group of a write.
struct GroupWrite {
  model::Fields
      values{};  ///< canonical values to hand to the mapping, for every writable field of the group
  std::set<std::string, std::less<>>
      kept{};     ///< of these, the ones the hub did not change: as the system shows them
  Stated view{};  ///< what the system should show afterwards
  Stated sent{};  ///< what `GroupLink::sent` becomes once it landed

  friend bool operator==(const GroupWrite&, const GroupWrite&) = default;
};

/// One decided write: the part of an intent that the merge needs again when it has landed.
struct WriteDecision {
  bool create{};
  std::map<std::string, GroupWrite, std::less<>> groups{};
  std::string expected_version{};  ///< of the object; "" on a create
  std::uint64_t record_version{};  ///< what was written
  std::string number{};            ///< the intent's number, set by the hub; `mark:` fields carry it

  friend bool operator==(const WriteDecision&, const WriteDecision&) = default;
};

/// What the hub remembers of one object in one system.
struct LinkState {
  std::map<std::string, GroupLink, std::less<>> groups{};
  std::string version{};                ///< the object's version as far as we know, "" = not known
  std::string written_version{};        ///< the version that our last write returned, "" = none
  std::string whole_version{};          ///< of the youngest message that said everything
  std::string unread_version{};         ///< of the youngest message that nobody could read
  std::string fingerprint{};            ///< of the last document merged; "" after a write of ours
  std::optional<Timestamp> modified{};  ///< the object's own time of its last change
  std::optional<Timestamp> write_ended{};  ///< when our last request to the object was answered
  std::optional<Timestamp> looked{};       ///< when the youngest merged look began
  std::uint64_t position{};  ///< record version up to which push has looked at this link
  bool look_due{};           ///< must be read by key before anything is written to it
  bool due{};  ///< shows something else than view(hub): push looks at it whatever its position
  /// Written, and the step that follows a write there is not known to be done; stays `due` till
  /// then.
  bool step_due{};
  bool closed{};     ///< the object is gone: never written, reopened only by a read by key
  bool secondary{};  ///< a double inside the system: read, never written
  /// Since when a person is asked whether the double is one; empty = it is.
  std::optional<Timestamp> undecided{};
  bool incomplete{};   ///< our create has not landed with all that it was to carry
  bool compensated{};  ///< the values that compensate for the part have been given once
  bool in_part{};      ///< our last write landed in part, or may have
  /// The system computed figures of a part: they were not taken, and are read once it is whole.
  bool figures_due{};
  /// A write without an answer to an object that was gone when it was looked for: whether it landed
  /// is decided by the look that opens the link again.
  std::optional<WriteDecision> unresolved{};

  friend bool operator==(const LinkState&, const LinkState&) = default;
};

/// JSON texts for the store. Defaults are left out, so that a quiet link stays a short row.
std::string to_json(const RecordState& record);
std::string to_json(const LinkState& link);
std::string to_json(const WriteDecision& decision);

/// Errors: Protocol, when the text is not one that to_json() wrote.
Result<RecordState> parse_record_state(std::string_view text);
Result<LinkState> parse_link_state(std::string_view text);
Result<WriteDecision> parse_write_decision(std::string_view text);

}  // namespace channelbridge::hub

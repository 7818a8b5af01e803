#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/hub/merge.hpp"

namespace channelbridge::hub {

inline bool contains(const std::vector<std::string>& paths, std::string_view path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

/// What the statement says of a path: nothing (null), empty, or a text.
const model::Value* find(const Stated& stated, std::string_view path);

/// view(value) of one field. A constant of the mapping is a condition: the view keeps the hub's own
/// value (case 16).
model::Value view(const Image& image, const GroupShape& shape, const std::string& path,
                  const model::Value& value);

/// The part of a document that speaks about this group. A constant with nothing beside it is no
/// statement.
Stated statement(const GroupShape& shape, const GroupLink* group, const Stated& incoming);

/// Is the element of a list not there any more? Every field of it is stated to be empty.
bool is_gone(const GroupShape& shape, const Stated& shown);
/// Takes an element from the record whole, with what only other systems show of it. True: something
/// was there.
bool drop_element(RecordState& record, const GroupShape& shape);

/// Do two say the same of a field? A flag that nobody has set says what a constant "false" says.
bool same(const GroupShape& shape, const std::string& path, const model::Value& one,
          const model::Value& other);

/// Of `paths`, those where the hub's view is neither what the system shows nor what we wrote to get
/// what it shows.
std::vector<std::string> hub_changes(const RecordState& record, const GroupLink* group,
                                     const Image& image, const GroupShape& shape,
                                     const std::vector<std::string>& paths);

/// Of the group's writable fields, those to write; `why` says why none.
std::vector<std::string> needed(const RecordState& record, const LinkState& link,
                                const Image& image, const GroupShape& shape, Withheld& why);
bool needs_write(const RecordState& record, const LinkState& link, const Image& image);

/// Does the hub's value contradict a constant of the mapping (case 16)?
bool contradicts(const RecordState& record, const GroupShape& shape);

/// What the mapping reads and never writes was part of no write of ours: it is the system's word,
/// not the form that it gave ours (the amount that it makes of a line's price).
bool is_computed(const GroupShape& shape, std::string_view path);

const GroupLink* find_group(const LinkState& link, std::string_view group);
/// In the order of the shape: those that we write and never see.
std::vector<std::string> write_only(const GroupShape& shape);

/// held := what the system shows; `sent` dies with each field that changed (cases 2, 6).
void hold(GroupLink& group, const Stated& shown);

/// The link is open again, and with it the question what became of LinkState::unresolved.
std::vector<GroupEvent> reopen(RecordState& record, LinkState& link, const MergeContext& context,
                               const Look& look, const Stated& incoming);

/// Why a group's change is refused, with the rule's words.
struct Refused {
  ConflictReason reason{ConflictReason::Locked};
  std::string words{};
};
using RefusedGroups = std::map<std::string, Refused, std::less<>>;

/// Merges one statement into copies of a record and of a link.
using Trial = std::function<void(RecordState&, LinkState&, const RefusedGroups&)>;
/// What of a statement the record must not take. A document is refused in as far as it is locked;
/// what no longer adds up without that (the totals of a line that stays) is refused with it, and so
/// are totals that contradict lines which others have changed.
RefusedGroups refused_groups(const RecordState& record, const LinkState& link,
                             const MergeContext& context, const Trial& merge);

/// Figures that the record's own figures contradict, each with the rule's words: its lines changed,
/// and nobody has computed them anew.
std::map<std::string, std::string, std::less<>> contradicted_figures(const RecordState& record,
                                                                     const MergeContext& context);

/// What is to be written of one group, and why nothing.
struct Needed {
  const GroupShape* shape{};
  std::vector<std::string> changed{};
  Withheld why{};
};
/// A person is asked about a total, and elements that are to be written contradict what the object
/// shows of it: they wait for the answer, else nobody could read the object any more. Takes them
/// from `writes`; the rule's words, "" = none.
std::string hold_back_elements(const RecordState& record, const LinkState& link,
                               const MergeContext& context, std::vector<Needed>& writes);

/// A part of a document has totals of its own, and they are no facts of the document.
Stated without_figures_of_a_part(const RecordState& record, LinkState& link,
                                 const MergeContext& context, Stated incoming);

/// Versions are times, or texts of which the longer or the larger is younger.
bool is_older(std::string_view version, std::string_view than);
/// The version of what is known of a group: of the message that spoke of it last.
const std::string& version_of(const LinkState& link, const GroupLink& group);

/// Is this the last document that was merged? The same message said once more is news: another
/// write, another message may stand between the two.
bool is_last_document(const LinkState& link, const SystemTraits& system, std::string_view version,
                      std::string_view fingerprint);

/// Merges the groups of one document into one record.
class GroupMerge {
 public:
  GroupMerge(RecordState& record, LinkState& link, const MergeContext& context, const Look& look,
             const RefusedGroups& refused)
      : record_(record), link_(link), context_(context), look_(look), refused_(refused) {}

  /// What a look says about one group.
  void merge(const GroupShape& shape, const Stated& incoming);
  /// Both sides count as changed: policy or conflict.
  void contest(const GroupShape& shape, GroupLink& group, const Stated& shown);
  void conflict(const GroupShape& shape, GroupLink& group, const Stated& shown,
                ConflictReason reason, Because because, bool both_changed);

  /// What happened. The record's version moves once for all of it.
  std::vector<GroupEvent> finish();

 private:
  struct Stamp {
    Timestamp time;
    int rank;
  };

  void first_contact(const GroupShape& shape, GroupLink& group, const Stated& shown);
  void decide(const GroupShape& shape, GroupLink& group, const Stated& shown, bool both_changed);
  void agree(const GroupShape& shape, GroupLink& group, const Stated& shown, bool ours);
  void take(const GroupShape& shape, GroupLink& group, const Stated& shown, Because because,
            bool both_changed);
  void overrule(const GroupShape& shape, GroupLink& group, const Stated& shown, Because because,
                bool both_changed);

  /// Does the look say something new in what the mapping only reads, and is it this system's to
  /// say?
  bool computed(const GroupShape& shape, const GroupLink& group, const Stated& shown) const;
  void take_computed(const GroupShape& shape, const Stated& shown);
  bool matches_view(const GroupShape& shape, const Stated& shown) const;
  bool shows_hub(const GroupShape& shape, const std::string& path, const model::Value& value) const;
  bool has_evidence(const GroupLink& group) const;
  bool is_later(const Provenance& than) const;
  Stamp stamp() const;
  /// True: the group's change is refused, and has become a conflict.
  bool refuse(const GroupShape& shape, GroupLink& group, const Stated& shown, bool both_changed);
  GroupEvent& note(const GroupShape& shape, const Stated& shown, GroupOutcome outcome,
                   Because because);

  RecordState& record_;
  LinkState& link_;
  const MergeContext& context_;
  const Look& look_;
  const RefusedGroups& refused_;
  std::vector<GroupEvent> events_{};
  bool changed_{};
};

}  // namespace channelbridge::hub

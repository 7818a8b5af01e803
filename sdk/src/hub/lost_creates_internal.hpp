#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine_internal.hpp"

namespace channelbridge::hub {

/// The records of our own creates, by key of the new object that carries their number. Empty where
/// the mapping names no `mark:`.
Result<std::map<std::string, std::string>> records_by_mark(
    Engine& engine, const SpokeRun& spoke, const std::vector<const adapter::Change*>& changes);

/// An object that nobody has met may come from a create of ours whose answer was lost: then that
/// create is its base, it is no first contact, and the object is read by key next. `patch`: what it
/// says, none where nobody can read it; `landed`: when that write was over at the latest. False:
/// nothing says that it is ours.
Result<bool> adopt_lost_create(Engine& engine, SpokeRun& spoke, Workset& work, LoadedRecord& record,
                               LoadedLink& link, const Look& look, const model::Patch& patch,
                               Timestamp landed);

/// Adds the list elements that a create carried: its record may not have them any more.
void add_elements(Elements& elements, const WriteDecision& create);

/// The letter of a create that nobody can look for: `replay` says that it never arrived.
inline constexpr std::string_view kLostCreate = "lost_create";

/// Of these records, those with such a letter.
Result<std::set<std::string>> questions(store::Store& store, std::string_view spoke,
                                        const std::vector<std::string>& records);

/// A create without an answer whose object nothing names: no mark, no record id, and no match key
/// of its record that the create carried and that the system shows. It may have arrived, so it is
/// not made again by itself.
bool is_beyond_search(const SpokeRun& spoke, const LoadedRecord& record,
                      const WriteDecision& create);

/// The create stays open, with a letter for a person, until its object shows itself or the person
/// says that it never arrived. The links of the record are loaded.
Result<void> leave_open(Engine& engine, SpokeRun& spoke, Workset& work, store::IntentRow intent,
                        const LoadedRecord& record);

/// Creates that were looked for in vain, and whose records nobody has decided on since.
Result<std::vector<store::IntentRow>> sought_creates(Engine& engine, const SpokeRun& spoke);

/// The open creates of a spoke without anything that would name their objects: one is known by its
/// content, before it is taken for an object that somebody else has made.
class OpenCreates {
 public:
  OpenCreates(Engine& engine, SpokeRun& spoke, Workset& work)
      : engine_(engine), spoke_(spoke), work_(work) {}

  /// Loads them and their records.
  Result<void> load();
  /// The record whose create carried everything that this new object shows, the oldest of several;
  /// "" = none. Each create makes one object.
  Result<std::string> maker_of(const model::Patch& patch);

 private:
  Engine& engine_;
  SpokeRun& spoke_;
  Workset& work_;
  std::vector<store::IntentRow> open_{};
};

}  // namespace channelbridge::hub

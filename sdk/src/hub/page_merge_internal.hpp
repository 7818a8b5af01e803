#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine_internal.hpp"

namespace channelbridge::hub {

/// What one change is, while its page is being merged.
struct Incoming {
  const adapter::Change* change{};
  model::Patch patch{};
  bool mapped{};
  bool gone{};  ///< deleted, or converted into what this mapping says nothing of
  std::string record{};
};

/// A page of changes that is being merged: what its steps share.
struct PageWork {
  PageWork(Engine& of_engine, SpokeRun& of_spoke, Timestamp read_began, LookSource look_source)
      : engine(of_engine),
        spoke(of_spoke),
        began(read_began),
        source(look_source),
        work(of_engine, of_spoke) {}

  const std::string& entity() const { return spoke.spoke->mapping->entity().name(); }
  std::vector<store::MatchKeyRow> keys_of(const Incoming& change) const;
  Look look_of(const adapter::Change& change, const LoadedLink& link);
  /// The first sight of an object: a second one of the record, or a new link.
  LoadedLink& first_link(const adapter::Change& change, const LoadedRecord& record);
  /// A document that can be read again, or an object that is gone, closes its letters, but for
  /// those of younger messages. Where it does not speak for all others of its object, it closes its
  /// own letter only: what another one was to say, it does not.
  void close_letters(const adapter::Change& change, bool for_all = true);
  /// Was there a message after this one that nobody could read?
  bool has_younger_letter(const adapter::Change& change) const;
  /// Is there another document of the object that nobody could read?
  bool has_other_letters(const adapter::Change& change) const;

  Engine& engine;
  SpokeRun& spoke;
  Timestamp began;
  LookSource source;
  Workset work;
  std::vector<Incoming> incoming{};
  std::vector<const adapter::Change*> unread{};  ///< set aside
  std::set<std::string> new_records{};
  std::set<std::string> released{};  ///< objects that are no doubles of their record any more
  std::multimap<std::string, store::DeadLetterRow> letters{};  ///< open ones, by key
};

/// Finds the record behind each document: link, our correlation mark, strong match keys, else a new
/// one; and loads what surrounds these records.
Result<void> identify(PageWork& page);

}  // namespace channelbridge::hub

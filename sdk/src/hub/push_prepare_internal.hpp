#pragma once

#include <optional>
#include <string>
#include <vector>

#include "linked_references_internal.hpp"
#include "outbox_internal.hpp"

namespace channelbridge::hub {

/// Makes the request and the intent of a write that has been decided, or says what it waits for.
///
/// Threads: one at a time.
class Preparation {
 public:
  Preparation(Engine& engine, SpokeRun& spoke, Outbox& outbox)
      : engine_(engine), spoke_(spoke), mapping_(*spoke.spoke->mapping), outbox_(outbox) {}

  /// Reference fields whose record has no key here yet: left as the system shows them.
  /// A create leaves to the write after it what its mapping calls `later`.
  Later later_fields(const LoadedRecord& record, const LinkedReferences& references,
                     bool create) const;
  Result<void> prepare(Workset& work, LoadedRecord& record, LoadedLink* link,
                       WriteDecision decision, const LinkedReferences& references,
                       std::vector<Prepared>& prepared);
  /// An optional reference without a key here is withheld, and sent when its record arrives.
  /// `held_up`: the object itself waits, and says why.
  void wait_for_later(Workset& work, const LoadedRecord& record, const Later& later, bool create,
                      bool held_up);
  /// What the record needs by its own word, and lacks; or else that the books of its fund refuse
  /// what it says.
  void hold_back(Workset& work, const LoadedRecord& record, const std::optional<Problem>& lacking,
                 const store::LedgerWaitRow* refused);

 private:
  /// The plan says once what a record waits for.
  void tell_plan(const LoadedRecord& record, const std::string& path);
  PlannedAction action_of(const LoadedRecord& record, const LoadedLink* link,
                          const WriteDecision& decision) const;
  /// A saved plan is carried out as it was looked at: what is decided otherwise by now waits.
  bool approved(Workset& work, const PlannedAction& action);
  /// A required reference without a key here, or a field that the system needs.
  void wait_for(Workset& work, const LoadedRecord& record, const mapping::Written& written);

  Engine& engine_;
  SpokeRun& spoke_;
  const mapping::Mapping& mapping_;
  Outbox& outbox_;
};

}  // namespace channelbridge::hub

#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine_internal.hpp"

namespace channelbridge::hub {

/// One write that has been decided: what goes out, and the row that remembers it.
struct Prepared {
  store::IntentRow intent{};
  WriteDecision decision{};
  adapter::WriteRequest request{};
};

/// Sends decided writes and remembers what became of each. The intents are in the store before
/// send() is called.
///
/// Threads: one at a time.
class Outbox {
 public:
  Outbox(Engine& engine, SpokeRun& spoke)
      : engine_(engine), spoke_(spoke), mapping_(*spoke.spoke->mapping) {}

  Result<void> send(std::vector<Prepared>& prepared);
  /// What has become of writes whose answers come later: one outcome for each of these.
  Result<void> settle_later(std::span<const Prepared> open,
                            const std::vector<adapter::WriteOutcome>& outcomes) {
    return remember(open, outcomes);
  }
  /// A plan goes on as if each write had landed: what refers to a created object is planned, too.
  Result<void> pretend(Workset& work, std::vector<Prepared>& prepared);
  /// Something was written, or must be looked at and planned again in this run.
  bool wrote() const { return wrote_; }

  /// The rows that decisions about these records need.
  static Result<void> load(Workset& work, const std::vector<std::string>& ids);
  /// The record cannot be written now; the row says why, and what ends the wait.
  void wait(Workset& work, const std::string& record, std::string reason, std::string detail);
  /// A write that cannot go on without a person; an earlier letter of the same lane is continued.
  void dead_letter(Workset& work, const store::IntentRow& intent, const LoadedRecord& record,
                   std::string direction, const Error& error);

 private:
  Result<void> not_sent(std::span<const Prepared> prepared, const Error& error);
  Result<void> remember(std::span<const Prepared> prepared,
                        const std::vector<adapter::WriteOutcome>& outcomes);
  Result<void> answer(Workset& work, const Prepared& item, const adapter::WriteOutcome& outcome);
  Result<void> landed(Workset& work, const Prepared& item, const adapter::WriteOutcome& outcome,
                      LoadedRecord& record, LoadedLink* link, store::IntentRow& intent);
  bool others_may_have_made_it(const std::string& record);
  bool has_later(const LoadedRecord& record) const;  ///< fields for a second write
  void rejected(Workset& work, const adapter::NodeOutcome& root, LoadedRecord& record,
                LoadedLink* link, const store::IntentRow& intent);

  Engine& engine_;
  SpokeRun& spoke_;
  const mapping::Mapping& mapping_;
  bool wrote_{};
  bool part_unknown_{};  ///< an answer told nothing of a child
};

}  // namespace channelbridge::hub

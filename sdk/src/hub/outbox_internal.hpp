#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine_internal.hpp"

namespace channelbridge::hub {

/// The rule of a letter about a create that stands in another record's object.
inline constexpr std::string_view kPossibleDuplicate = "possible_duplicate";

/// One write that has been decided: what goes out, and the row that remembers it.
struct Prepared {
  store::IntentRow intent{};
  WriteDecision decision{};
  adapter::WriteRequest request{};
};

/// Sends decided writes and remembers what became of each. The intents are in the store before
/// add() is called: as `decided`, and as `sending` before the call that carries them. A run that is
/// killed has sent nothing of what is `decided`.
///
/// Threads: one at a time.
class Outbox {
 public:
  Outbox(Engine& engine, SpokeRun& spoke)
      : engine_(engine), spoke_(spoke), mapping_(*spoke.spoke->mapping) {}

  /// Those that add() sends with its first call, the others behind them, become `sending`: the
  /// caller stores them so, on the disk. False: none is sent at once.
  bool begin(std::vector<Prepared>& prepared) const;
  /// Sends these, or keeps them until so many have come together that one call with all of them is
  /// cheaper (Capabilities::bulk_from): many creates wait for each other, and updates where nobody
  /// minds the time between the look at their objects and the write. At most about
  /// `bulk_records` writes and `bulk_bytes` of bodies are held.
  Result<void> add(std::vector<Prepared> prepared);
  /// Sends what is held. `stopped`: nothing more is to be sent, and this is why.
  Result<void> flush(const std::optional<Error>& stopped = {});
  /// Is a write of one of these records held? What refers to its object waits for it.
  bool holds(const std::vector<std::string>& records) const;
  /// Writes that are held.
  std::size_t held() const { return held_.size(); }
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
  bool may_wait(const Prepared& item) const;
  std::vector<Prepared>::iterator put_waiting_last(std::vector<Prepared>& prepared) const;
  std::size_t next_call(std::span<const Prepared> prepared) const;
  Result<void> send(std::span<Prepared> prepared);
  Result<void> store_sending(std::span<Prepared> batch);
  Result<void> not_sent(std::span<const Prepared> prepared, const Error& error);
  Result<void> remember(std::span<const Prepared> prepared,
                        std::span<const adapter::WriteOutcome> outcomes);
  Result<void> load_letters(Workset& work);
  Result<void> answer(Workset& work, const Prepared& item, const adapter::WriteOutcome& outcome);
  Result<void> landed(Workset& work, const Prepared& item, const adapter::WriteOutcome& outcome,
                      LoadedRecord& record, LoadedLink* link, store::IntentRow& intent);
  void landed_on_another(Workset& work, const LoadedRecord& record, const LoadedLink& there,
                         store::IntentRow& intent);
  bool others_may_have_made_it(const std::string& record);
  bool has_later(const LoadedRecord& record) const;  ///< fields for a second write
  void put_off(const Error& why) const;              ///< for the report
  void rejected(Workset& work, const adapter::NodeOutcome& root, LoadedRecord& record,
                LoadedLink* link, const store::IntentRow& intent);

  Engine& engine_;
  SpokeRun& spoke_;
  const mapping::Mapping& mapping_;
  std::vector<Prepared> held_{};
  std::size_t held_bytes_{};
  std::set<std::string> held_records_{};
  std::multimap<std::string, store::DeadLetterRow> letters_{};  ///< by record, of one batch
  bool wrote_{};
  bool part_unknown_{};  ///< an answer told nothing of a child
};

/// Nothing of these writes left: their records are planned again.
Result<void> plan_again(Engine& engine, SpokeRun& spoke, std::vector<store::IntentRow> intents,
                        const std::string& why);
/// A write that compensates for a refused part has not landed: it is due once more.
void not_compensated(LoadedLink& link, const WriteDecision& decision);

}  // namespace channelbridge::hub

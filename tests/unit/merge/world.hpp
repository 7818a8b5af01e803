#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "world_system.hpp"

namespace world {

namespace hub = channelbridge::hub;

/// The time of an operation of this world, which counts in microseconds.
inline channelbridge::Timestamp at(int time) {
  return channelbridge::Timestamp(std::chrono::microseconds(time));
}

/// Between two operations anything may happen; the process may be killed.
struct Operation {
  enum class Kind : std::uint8_t {
    Edit,
    New,
    Delete,
    Undelete,  // users
    Fetch,
    Merge,
    Pull,
    ReadByKey,  // looks
    Decide,
    Send,
    Answer,
    Push,  // writes
    Workflow,
    LandLate,
    Kill,
  };
  enum class Net : std::uint8_t { Ok, LostBefore, LostAfter, Late };
  Kind kind{};
  std::string system{};
  std::string match_key{"n1"};
  Values values{};
  int back{};     ///< Edit: the modification time lies this far back
  int delay{};    ///< Edit: the feed shows it this much later
  int overlap{};  ///< Fetch, Pull: entries of the feed read again
  bool reversed{};
  Net net{Net::Ok};
};
std::string to_string(const Operation& operation);

struct Config {
  std::vector<SystemConfig> systems{};
  hub::Policies policies{};
  bool synced{true};  ///< starts with one record in sync everywhere
  Values first_values{{"p", "abc"}, {"q", "b"}, {"r", "a"}};
  std::vector<Operation> operations{};
};

/// A promise that was not kept.
struct Breach {
  std::string promise{};
  std::string why{};
};

class World {
 public:
  explicit World(const Config& config);

  void run(const Operation& operation);
  /// Users have stopped: pull and push until nothing moves. False when it never comes to rest.
  bool quiesce();
  /// Quiesces and judges P1 (every system shows the hub's view), P2 (writes are bounded, the plan
  /// is empty), P3 (no edit is lost), P4 (no value is degraded), P5 (nothing is doubled), P6 (the
  /// authority holds).
  void check();
  void start_measuring();

  const std::vector<Breach>& breaches() const { return breaches_; }
  const std::vector<std::string>& trace() const { return trace_; }

  struct Record {
    std::string id{};
    std::string match_key{};
    hub::RecordState state{};
    Ghosts history{};
    int born{};
  };
  struct Link {
    std::string system{};
    std::string key{};
    std::string record{};
    hub::LinkState state{};
    std::map<std::size_t, Ghost> in_conflict{};  ///< ghost
  };
  struct Edit {
    std::string system{};
    std::string match_key{};
    std::size_t group{};
    std::set<std::string> fields{};
    Values saw{};
    Values values{};
    enum class Overwritten : std::uint8_t { No, Conditional, Window } overwritten{Overwritten::No};
    std::set<std::string>
        in_window{};  ///< of the fields, those that a write between two looks took
  };

  const std::deque<Record>& records() const { return records_; }
  const std::deque<Link>& links() const { return links_; }
  std::map<std::string, System>& systems() { return systems_; }
  Record* record_by_match_key(const std::string& match_key);
  Link* primary(const std::string& system, const std::string& record);  ///< open ones only
  std::size_t intents() const { return intents_.size(); }
  std::size_t open_conflicts() const;
  int count(const std::string& note) const;
  std::size_t overruled() const { return overruled_.count(); }

 private:
  struct Intent {
    enum class State : std::uint8_t {
      Sending,
      Unknown,
      Done,
      Absent,
      Rejected
    } state{State::Sending};
    std::string system{};
    std::string record{};
    std::string key{};
    hub::WriteDecision write{};
    Ghosts history{};
  };
  struct Answer {
    enum class Kind : std::uint8_t { Landed, Timeout, Conflict, NotFound, Duplicate } kind{};
    Document document{};
    std::string other_key{};
  };
  struct Message {
    Intent* intent{};
    std::optional<Answer> answer{};  ///< none = a request
  };
  struct Page {
    int began{};
    std::vector<Document> documents{};
    std::vector<std::size_t> entries{};
  };
  struct Spoke {
    std::deque<Page> pages{};
    std::deque<Message> wire{};
    std::optional<int> pulled{};
    bool initial_pull_done{};
  };

  // world.cpp: looks
  void fetch(const std::string& system, int overlap, bool reversed);
  bool may_merge(const std::string& system) const;
  void merge_page(const std::string& system);
  void read_due(const std::string& system);
  void look(const std::string& system, const Document& document, int began, hub::LookSource source);
  Link* identify(const std::string& system, const Document& document);
  Link& link_object(const std::string& system, const Document& document, const Record& of);
  static bool may_have_landed(const Intent& intent);
  hub::Look look_of(const Link& link, const Document& document, int began, hub::LookSource source);
  hub::Stated incoming(const System& system, const Document& document) const;
  std::set<std::string, std::less<>> linked(const std::string& record);

  // world_write.cpp: decide, send, answer, resolve
  bool decide(const std::string& system, const std::string& record);
  void settle_conflicts(Link& link, Record& record);
  bool send(const std::string& system, Operation::Net net);
  Answer effect(Intent& intent);
  Answer overwrite(Intent& intent, Object& object);
  Values raw_values(const Intent& intent);
  void answer(const std::string& system);
  void settle(Link& link, Intent& intent, const Document& document);
  void resolve(Intent& intent);
  void resolve_create(Intent& intent);
  void resolve_unknown(const std::string& system, const std::string& match_key);
  void land_late();
  void kill();
  Intent* open_intent(const std::string& system, const std::string& record);

  // world_users.cpp
  void edit(const Operation& operation);
  void create(const Operation& operation);
  void remove(const std::string& system, const std::string& match_key, bool undo);
  Ghost new_edit(const std::string& system, const std::string& match_key, std::size_t group,
                 const Values& saw, const Values& values);

  // world_check.cpp: ghosts
  void observe(Link& link, const Document& document, const std::vector<hub::GroupEvent>& events);
  void check_silent(const Link& link, const Document& document, const hub::GroupEvent& event);
  void check_taken(const Link& link, const Document& document, const hub::GroupEvent& event);
  void edited_back(Link& link, std::size_t group, const Document& document);
  bool is_provable(const SystemConfig& config) const;
  void check_views();
  void check_edits();
  void check_writes();
  void check_doubles();
  void check_rest();

  Record* record(const std::string& id);
  Link* link(const std::string& system, const std::string& key);
  Link* any_link(const std::string& system, const std::string& record);
  Link& add_link(const std::string& system, const std::string& key, const std::string& record);
  System& system(const std::string& name) { return systems_.at(name); }
  hub::SystemTraits traits(const std::string& system) const;
  void fail(const std::string& promise, const std::string& why);
  void say(const std::string& line) { trace_.push_back(line); }

  hub::Policies policies_;
  std::vector<std::string> order_{};
  std::map<std::string, System> systems_{};
  std::map<std::string, ConfigImage> images_{};
  int now_{};

  // what a restart keeps
  std::deque<Record> records_{};
  std::deque<Link> links_{};
  std::deque<Intent> intents_{};
  std::map<std::pair<std::string, std::string>, std::uint64_t>
      refused_creates_{};                  ///< (system, record)
  std::map<std::string, Spoke> spokes_{};  ///< pages, wire and `pulled` die with the process
  std::deque<Intent*> late_{};             ///< requests that will arrive some day

  // ghosts
  std::vector<Edit> edits_{};
  Ghost overruled_{};
  Ghost doubles_{};
  Ghost without_effect_{};  ///< edited and edited back between two looks
  std::map<std::string, int> notes_{};
  std::map<std::tuple<std::string, std::string, std::size_t>, int>
      writes_{};  ///< (system, record, group)
  std::map<std::tuple<std::string, std::string, std::size_t>, int> allowed_{};
  int faults_{};
  std::vector<Breach> breaches_{};
  std::vector<std::string> trace_{};
};

/// Starts the world, runs its operations and checks it.
World play(const Config& config);
/// The world of a seed: 2-4 systems, 4-25 operations.
Config random_world(std::uint64_t seed);
/// The shortest list of operations that still breaks the same promise.
Config shrink(Config config);
/// The trace and what was broken, for people.
std::string describe(const Config& config);

}  // namespace world

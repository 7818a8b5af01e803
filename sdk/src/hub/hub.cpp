#include "channelbridge/hub/hub.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "channelbridge/core/nearest.hpp"
#include "doubles_internal.hpp"
#include "lost_creates_internal.hpp"
#include "marks_internal.hpp"
#include "waiting_internal.hpp"

namespace channelbridge::hub {

namespace {

/// Rounds of one run: replies and arrived references make more due; more than this is a defect of a
/// mapping, not work.
constexpr int kMaxRounds = 8;

/// Entities in the order of their references, so that what is referred to exists first.
std::vector<std::string> entity_order(const std::vector<SpokeRun>& spokes) {
  std::map<std::string, std::set<std::string>> needs;
  for (const SpokeRun& spoke : spokes) {
    const std::string& entity = spoke.spoke->mapping->entity().name();
    std::set<std::string>& of = needs[entity];
    for (const mapping::RuleInfo& rule : spoke.spoke->mapping->rules()) {
      if (!rule.refers_to.empty() && rule.refers_to != entity) of.insert(rule.refers_to);
    }
  }
  std::vector<std::string> out;
  while (out.size() < needs.size()) {
    const std::size_t before = out.size();
    for (const auto& [entity, of] : needs) {
      if (std::find(out.begin(), out.end(), entity) != out.end()) continue;
      const bool ready = std::all_of(of.begin(), of.end(), [&](const std::string& other) {
        return !needs.contains(other) || std::find(out.begin(), out.end(), other) != out.end();
      });
      if (ready) out.push_back(entity);
    }
    if (out.size() > before) continue;
    for (const auto& [entity, of] :
         needs) {  // a cycle: the first goes ahead without its optional references
      if (std::find(out.begin(), out.end(), entity) == out.end()) {
        out.push_back(entity);
        break;
      }
    }
  }
  return out;
}

bool chosen(const RunOptions& options, const Spoke& spoke) {
  return options.only.empty() ||
         std::find(options.only.begin(), options.only.end(), spoke.name) != options.only.end();
}

Result<void> check(const HubConfig& config, const RunOptions& options) {
  std::vector<Problem> problems;
  std::vector<std::string> spokes;
  for (const Spoke& spoke : config.spokes) spokes.push_back(spoke.name);
  for (const std::string& name : options.only) {
    if (std::find(spokes.begin(), spokes.end(), name) == spokes.end())
      problems.push_back({.path = name,
                          .rule = "unknown_spoke",
                          .message = "there is no spoke of this name",
                          .suggestion = nearest_word(name, spokes)});
  }
  for (const Spoke& spoke : config.spokes) {
    const bool known = std::any_of(config.systems.begin(), config.systems.end(),
                                   [&](const System& s) { return s.name == spoke.system; });
    if (!known)
      problems.push_back({.path = spoke.name,
                          .rule = "unknown_system",
                          .message = "there is no system '" + spoke.system + "'"});
    const auto rules = config.entities.find(spoke.mapping->entity().name());
    if (rules == config.entities.end()) continue;
    for (Problem& problem : check_match(rules->second.match, spoke.mapping->entity()))
      problems.push_back(std::move(problem));
  }
  if (problems.empty()) return {};
  return Error(ErrorCode::Invalid, "the hub's configuration does not hold together")
      .with_problems(std::move(problems));
}

/// A run's spokes, grouped by system: each system has one thread, and works on its spokes in the
/// order of entities.
class Run {
 public:
  explicit Run(Engine& engine) : engine_(engine) {}

  Result<void> prepare() {
    if (auto begun = begin_books(engine_); !begun) return begun;
    for (const Spoke& spoke : engine_.config.spokes) {
      if (!chosen(engine_.options, spoke)) continue;
      auto run = prepare_spoke(engine_, spoke);
      if (!run) return std::move(run).error();
      spokes_.push_back(*std::move(run));
    }
    const std::vector<std::string> order = entity_order(spokes_);
    std::stable_sort(spokes_.begin(), spokes_.end(), [&](const SpokeRun& a, const SpokeRun& b) {
      return std::find(order.begin(), order.end(), a.report.entity) <
             std::find(order.begin(), order.end(), b.report.entity);
    });
    return {};
  }

  Result<void> work() {
    auto done = rounds();
    // What was read beside the last writes is posted, too.
    return done ? settle_ledger(engine_, false) : done;
  }

  std::vector<SpokeRun>& spokes() { return spokes_; }

 private:
  Result<void> rounds() {
    for (int round = 0; round < kMaxRounds; ++round) {
      for (SpokeRun& spoke : spokes_) spoke.not_yet = false;
      if (auto done = each([&](SpokeRun& spoke) {
            return engine_.dry ? remember_sought(engine_, spoke) : recover(engine_, spoke);
          });
          !done)
        return done;
      if (round == 0) {
        if (auto done = each([&](SpokeRun& spoke) {
              auto known = check_metadata(engine_, spoke);
              return known ? pull(engine_, spoke) : known;
            });
            !done) {
          return done;
        }
      }
      // A record born while another spoke was being pulled is created there only after one more
      // look at what that system has.
      if (auto done = each([&](SpokeRun& spoke) {
            if (spoke.pulled && (engine_.last_born.load() >= *spoke.pulled || spoke.learns_keys)) {
              spoke.learns_keys = false;
              if (auto pulled = pull(engine_, spoke); !pulled) return pulled;
            }
            if (auto met = meet_held(engine_, spoke); !met) return met;
            return look_at_hints(engine_, spoke);
          });
          !done) {
        return done;
      }
      if (auto settled = settle_ledger(engine_, round == 0); !settled) return settled;
      if (engine_.options.link_only) return {};
      std::atomic<bool> moved{false};
      if (auto done = each([&](SpokeRun& spoke) {
            if (auto known = check_marks(engine_, spoke); !known) return known;
            bool wrote = false;
            auto pushed = push(engine_, spoke, wrote);
            if (wrote) moved = true;
            return pushed;
          });
          !done) {
        return done;
      }
      const bool not_yet = std::any_of(spokes_.begin(), spokes_.end(), [](const SpokeRun& spoke) {
        return spoke.not_yet && !spoke.stopped;
      });
      if (!moved && !not_yet && !unknown_answers()) return {};
    }
    return {};
  }

  /// Is there one that another look may bring? A person is asked about the others.
  bool unknown_answers() const {
    return !engine_.dry && std::any_of(spokes_.begin(), spokes_.end(), [&](const SpokeRun& spoke) {
      if (spoke.stopped || spoke.asked) return false;
      auto open = engine_.store.intents(spoke.spoke->name, {store::IntentState::Unknown});
      if (!open) return false;
      std::vector<std::string> records;
      for (const store::IntentRow& intent : *open) records.push_back(intent.record);
      auto asked = questions(engine_.store, spoke.spoke->name, records);
      return asked && std::any_of(open->begin(), open->end(), [&](const store::IntentRow& intent) {
               return !intent.key.empty() || !asked->contains(intent.record);
             });
    });
  }

  /// Runs `step` for each spoke: systems in parallel, the spokes of one system in order. An error
  /// stops that spoke, or all of its system when everybody would meet it; an error of the store
  /// stops the run.
  template <typename Step>
  Result<void> each(const Step& step) {
    std::map<std::string, std::vector<SpokeRun*>> by_system;
    for (SpokeRun& spoke : spokes_) by_system[spoke.spoke->system].push_back(&spoke);
    std::mutex fatal_mutex;
    std::optional<Error> fatal;
    {
      std::vector<std::jthread> threads;
      threads.reserve(by_system.size());
      for (auto& [system, spokes] : by_system) {
        threads.emplace_back([&, members = &spokes] {
          for (SpokeRun* spoke : *members) {
            if (spoke->stopped) continue;
            const auto began = engine_.context.clock().steady_now();
            const std::uint64_t calls = spoke->system->adapter->usage().requests;
            auto done = step(*spoke);
            spoke->report.calls += spoke->system->adapter->usage().requests - calls;
            spoke->report.elapsed += std::chrono::duration_cast<std::chrono::milliseconds>(
                engine_.context.clock().steady_now() - began);
            if (done) continue;
            const Error error = std::move(done).error();
            if (error.code() == ErrorCode::Cancelled || error.code() == ErrorCode::Internal) {
              const std::lock_guard guard(fatal_mutex);
              if (!fatal) fatal = error;
              return;
            }
            spoke->stopped = true;
            spoke->report.stopped.push_back(to_string(error));
            // The report says it to whoever asked for the run.
            engine_.log.write(LogLevel::Info, "spoke stopped",
                              {{"spoke", spoke->spoke->name}, {"error", to_string(error)}});
            if (error.code() == ErrorCode::Unauthenticated ||
                error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::RateLimited ||
                error.code() == ErrorCode::Timeout) {
              for (SpokeRun* other : *members) {
                if (other->stopped) continue;
                other->stopped = true;
                other->report.stopped.push_back("its system stopped with spoke " +
                                                spoke->spoke->name);
              }
              return;
            }
          }
        });
      }
    }
    if (fatal) return *fatal;
    return {};
  }

  Engine& engine_;
  std::vector<SpokeRun> spokes_;
};

constexpr std::size_t kWaitsInReport = 20;

Result<RunReport> collect(Engine& engine, Run& run, bool cancelled) {
  RunReport report{.run = engine.run, .cancelled = cancelled};
  auto all = engine.store.counts();
  if (!all) return std::move(all).error();
  report.ledger_waiting = static_cast<std::uint64_t>(all->ledger_waits);
  auto seal = seal_of(engine.store);
  if (!seal) return std::move(seal).error();
  report.ledger = *std::move(seal);
  auto unposted = waits_of_ledger(engine.store, kWaitsInReport);
  if (!unposted) return std::move(unposted).error();
  report.waits = *std::move(unposted);
  if (!cancelled) {
    auto listed = engine.store.duplicates();
    if (!listed) return std::move(listed).error();
    for (SpokeRun& spoke : run.spokes()) {
      auto described = describe_doubles(engine, spoke, *listed);
      if (described) continue;
      if (described.error().code() != ErrorCode::Cancelled) return std::move(described).error();
      report.cancelled = true;
      break;
    }
  }
  auto listed = engine.store.duplicates();
  if (!listed) return std::move(listed).error();
  auto marks = engine.store.unknown_marks();
  if (!marks) return std::move(marks).error();
  for (SpokeRun& spoke : run.spokes()) {
    spoke.report.unknown_marks = static_cast<std::uint64_t>(
        std::count_if(marks->begin(), marks->end(), [&](const store::UnknownMarkRow& row) {
          return !row.adopted && row.spoke == spoke.spoke->name;
        }));
    const std::string doubles = double_name(spoke.spoke->name, "");
    spoke.report.doubles = static_cast<std::uint64_t>(std::count_if(
        listed->begin(), listed->end(),
        [&](const store::DuplicateRow& row) { return row.other.starts_with(doubles); }));
    auto counts = engine.store.counts(spoke.spoke->name);
    if (!counts) return std::move(counts).error();
    spoke.report.waiting = static_cast<std::uint64_t>(counts->waiting);
    spoke.report.conflicts = static_cast<std::uint64_t>(counts->conflicts);
    spoke.report.dead_letters = static_cast<std::uint64_t>(counts->dead_letters);
    spoke.report.unknown = static_cast<std::uint64_t>(counts->open_intents);
    report.spokes.push_back(spoke.report);
    if (report.waits.size() == kWaitsInReport) continue;
    auto waits = waits_of(engine.config, engine.store, *spoke.spoke, kWaitsInReport);
    if (!waits) return std::move(waits).error();
    const std::size_t room = kWaitsInReport - report.waits.size();
    for (std::size_t i = 0; i < std::min(room, waits->size()); ++i)
      report.waits.push_back(std::move((*waits)[i]));
  }
  return report;
}

}  // namespace

adapter::Selection selection_of(const Spoke& spoke) {
  const mapping::Mapping& mapping = *spoke.mapping;
  const mapping::ObjectPaths& paths = mapping.object_paths();
  adapter::Selection out{.object = mapping.object(),
                         .id = paths.id,
                         .version = paths.version,
                         .modified = paths.modified,
                         .modified_by = paths.modified_by,
                         .correlation = paths.correlation,
                         .paths = mapping.required_paths(),
                         .where = spoke.where,
                         .touch = mapping.touch()};
  for (const std::string& path : {paths.reference_key, paths.mark}) {
    if (!path.empty() && std::find(out.paths.begin(), out.paths.end(), path) == out.paths.end())
      out.paths.push_back(path);
  }
  std::map<std::string, std::size_t, std::less<>> at;  // label -> place among the root's children
  for (const mapping::ChildInfo& child : mapping.children()) {
    const auto parent = at.find(child.parent);
    if (child.parent.empty()) at.emplace(child.label, out.children.size());
    auto& below = parent == at.end() ? out.children : out.children[parent->second].children;
    below.push_back({.navigation = child.navigation, .object = child.object, .paths = child.paths});
  }
  return out;
}

Result<SpokeRun> prepare_spoke(Engine& engine, const Spoke& spoke) {
  SpokeRun run{.spoke = &spoke, .selection = selection_of(spoke)};
  for (std::size_t rank = 0; rank < engine.config.systems.size(); ++rank) {
    if (engine.config.systems[rank].name != spoke.system) continue;
    run.system = &engine.config.systems[rank];
    run.traits.rank = static_cast<int>(rank);
  }
  run.capabilities = run.system->adapter->capabilities(run.selection);
  run.traits.name = spoke.system;
  run.traits.versions = run.capabilities.versions;
  run.traits.conditional = run.capabilities.conditional;
  run.traits.mark = !spoke.mapping->object_paths().mark.empty();
  run.traits.atomic = run.capabilities.atomic_group;
  run.traits.whole_create = run.capabilities.deep_create;
  run.traits.steps = run.capabilities.steps;
  run.traits.correlates = run.capabilities.idempotency != adapter::Idempotency::None;
  if (const auto rules = engine.config.entities.find(spoke.mapping->entity().name());
      rules != engine.config.entities.end()) {
    run.policies = rules->second.policies;
    run.match = rules->second.match;
  }
  run.keys = run.match;
  for (const model::NetworkKey& key : spoke.mapping->entity().rules().keys) {
    if (key.unique && std::find(run.keys.begin(), run.keys.end(), key.name) == run.keys.end())
      run.keys.emplace_back(key.name);
  }
  run.policies.first_contact = spoke.first_contact;
  if (spoke.direction == SpokeDirection::Push) {
    run.policies = {.fallback = {Policy::Kind::Authority, std::string(kHubAuthority)},
                    .first_contact = FirstContact::Hub};
  }
  run.shapes = shapes_of(*spoke.mapping);
  auto row = engine.store.spoke(spoke.name);
  if (!row) return std::move(row).error();
  run.row = *std::move(row);
  run.report.spoke = spoke.name;
  run.report.system = spoke.system;
  run.report.entity = spoke.mapping->entity().name();
  run.report.unconditional =
      spoke.direction != SpokeDirection::Pull && !run.capabilities.conditional;
  run.planned.spoke = spoke.name;
  return run;
}

struct Hub::Impl {
  HubConfig config;
  std::unique_ptr<store::Store> store;
};

Hub::Hub(HubConfig config, std::unique_ptr<store::Store> store)
    : impl_(std::make_unique<Impl>(Impl{std::move(config), std::move(store)})) {
  if (!impl_->config.log) impl_->config.log = no_log();
  if (!impl_->config.random) impl_->config.random = system_random();
}
Hub::~Hub() = default;

store::Store& Hub::store() const { return *impl_->store; }
const HubConfig& Hub::config() const { return impl_->config; }

Result<RunReport> Hub::sync(const RunOptions& options, const Context& context) {
  if (auto valid = check(impl_->config, options); !valid) return std::move(valid).error();
  auto number = impl_->store->next_run();
  if (!number) return std::move(number).error();
  Engine engine{.config = impl_->config,
                .store = *impl_->store,
                .options = options,
                .context = context,
                .run = *number,
                .log = *impl_->config.log,
                .random = *impl_->config.random};
  if (auto done = engine.continue_clock(); !done) return std::move(done).error();
  store::RunRow row{.id = *number, .kind = "sync", .started = engine.now()};
  store::Changes begin;
  begin.runs.push_back(row);
  if (auto done = impl_->store->commit(std::move(begin)); !done) return std::move(done).error();
  const auto since = impl_->store->last_change();
  if (!since) return since.error();
  Run run(engine);
  if (auto done = run.prepare(); !done) return std::move(done).error();
  auto worked = run.work();
  const bool cancelled = !worked && worked.error().code() == ErrorCode::Cancelled;
  if (!worked && !cancelled) return std::move(worked).error();
  auto report = collect(engine, run, cancelled);
  if (!report) return report;
  if (!cancelled) {
    auto noted = note_contradictions(engine, *since, *report);
    if (!noted && noted.error().code() != ErrorCode::Cancelled) return std::move(noted).error();
    if (!noted) report->cancelled = true;
  }
  row.ended = engine.now();
  row.report = to_json(*report);
  store::Changes end;
  end.runs.push_back(std::move(row));
  if (auto done = impl_->store->commit(std::move(end)); !done) return std::move(done).error();
  return report;
}

Result<PlanSummary> Hub::plan(const RunOptions& options, const Context& context,
                              const std::function<void(const PlannedAction&)>& sink) {
  if (auto valid = check(impl_->config, options); !valid) return std::move(valid).error();
  auto scratch = impl_->store->scratch_copy();
  if (!scratch) return std::move(scratch).error();
  std::mutex sink_mutex;
  Engine engine{.config = impl_->config,
                .store = **scratch,
                .options = options,
                .context = context,
                .run = 0,
                .dry = true,
                .sink =
                    [&](const PlannedAction& action) {
                      const std::lock_guard guard(sink_mutex);
                      if (sink) sink(action);
                    },
                .log = *impl_->config.log,
                .random = *impl_->config.random};
  if (auto done = engine.continue_clock(); !done) return std::move(done).error();
  Run run(engine);
  if (auto done = run.prepare(); !done) return std::move(done).error();
  auto worked = run.work();
  const bool cancelled = !worked && worked.error().code() == ErrorCode::Cancelled;
  if (!worked && !cancelled) return std::move(worked).error();
  auto report = collect(engine, run, cancelled);
  if (!report) return std::move(report).error();
  PlanSummary out{.pulled = *std::move(report)};
  for (SpokeRun& spoke : run.spokes()) {
    spoke.planned.waiting = spoke.report.waiting;
    spoke.planned.conflicts = spoke.report.conflicts;
    out.lines.push_back(spoke.planned);
  }
  return out;
}

}  // namespace channelbridge::hub

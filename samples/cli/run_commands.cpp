#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands.hpp"
#include "output.hpp"
#include "plan_file.hpp"

namespace cli {

namespace {

int exit_code(const cb::hub::RunReport& report) {
  if (report.stopped()) return kStopped;
  return report.set_aside() ? kSetAside : kDone;
}

void print_action(const cb::hub::PlannedAction& action) {
  if (!action.waits_for.empty()) {
    std::cout << "  wait    " << action.spoke << "  " << action.record << "  for "
              << action.waits_for << '\n';
    return;
  }
  std::cout << (action.create ? "  create  " : "  update  ") << action.spoke << "  "
            << (action.key.empty() ? action.record : action.key) << '\n';
  if (action.create) return;
  for (const auto& field : action.fields) {
    std::cout << "            " << field.path << ": " << field.shown.value_or("(empty)") << " -> "
              << field.written.value_or("(empty)") << '\n';
  }
}

}  // namespace

namespace {

/// One run and its report; the exit code.
int sync_once(const Common& common, const SyncArguments& arguments, cb::hub::Hub& hub,
              const cb::Context& stoppable) {
  std::optional<SavedPlan> saved;
  if (!arguments.plan.empty()) {
    auto loaded = SavedPlan::load(arguments.plan, hub.store().id());
    if (!loaded) return fail(common, loaded.error());
    saved = *std::move(loaded);
  }
  cb::Context context = stoppable;
  if (arguments.timeout_seconds > 0)
    context = context.with_timeout(std::chrono::seconds(arguments.timeout_seconds));
  cb::Result<cb::hub::RunReport> report =
      cb::Error(cb::ErrorCode::Internal, "the run did not start");
  {
    TerminalProgress progress(common.json());
    cb::hub::RunOptions options{.only = arguments.only,
                                .limit = arguments.limit,
                                .link_only = arguments.link_only,
                                .accept_mapping_change = arguments.accept_mapping_change,
                                .accept_metadata_change = arguments.accept_metadata_change,
                                .accept_marks = arguments.accept_marks,
                                .progress = &progress};
    if (saved) {
      options.approve = [&](const cb::hub::PlannedAction& action) {
        return saved->approves(action);
      };
    }
    report = hub.sync(options, context);
  }
  if (!report) return fail(common, report.error());
  if (common.json()) {
    nlohmann::json out = nlohmann::json::parse(cb::hub::to_json(*report));
    if (saved) {
      out["plan"] = {{"planned", saved->size()}, {"no_longer_needed", saved->unused()}};
      out["plan"]["moved"] = nlohmann::json::array();
      for (const auto& action : saved->moved())
        out["plan"]["moved"].push_back(nlohmann::json::parse(to_json(action)));
    }
    std::cout << out.dump() << std::endl;
    return exit_code(*report);
  }
  print_report(*report);
  if (saved && !saved->moved().empty()) {
    std::cout << "moved since the plan; these wait for the next sync:\n";
    for (const auto& action : saved->moved()) print_action(action);
  }
  if (saved && saved->unused() > 0)
    std::cout << saved->unused() << " of " << saved->size()
              << " planned writes were not needed any more\n";
  if (report->set_aside())
    std::cout << "Some records were set aside: see `channelbridge status`, `waiting list`, "
                 "`conflicts list`, `dead-letters list`.\n";
  std::cout << std::flush;
  return exit_code(*report);
}

}  // namespace

int sync(const Common& common, const SyncArguments& arguments) {
  if (arguments.watch_seconds > 0 && (arguments.accept_marks || arguments.accept_mapping_change ||
                                      arguments.accept_metadata_change)) {
    return fail(
        common,
        cb::Error(cb::ErrorCode::Invalid,
                  "to accept is one act, for what is there now, and --watch would repeat it "
                  "in every run: run `sync` with it once, then `sync --watch` without"));
  }
  const StopOnSignal stop;  // first: threads that adapters start shall leave the signals to it
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  const cb::Context context(cb::system_clock(), stop.token());
  const std::chrono::seconds interval(arguments.watch_seconds);
  while (true) {
    int code = kDone;
    {
      // Opened anew for each run: between runs others decide conflicts, and look.
      auto hub = open_hub(*project, true, true);
      code = hub ? sync_once(common, arguments, **hub, context) : fail(common, hub.error());
    }
    if (interval.count() == 0 || code == kConfiguration || !context.check()) return code;
    if (!context.sleep(interval)) return code;
  }
}

int plan(const Common& common, const PlanArguments& arguments) {
  const StopOnSignal stop;  // first: threads that adapters start shall leave the signals to it
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), false, true);
  if (!hub) return fail(common, hub.error());
  PlanWriter file;
  if (!arguments.file.empty()) {
    auto opened = file.open(arguments.file, common.project, (*hub)->store().id());
    if (!opened) return fail(common, opened.error());
  }
  const cb::Context context(cb::system_clock(), stop.token());
  std::uint64_t printed = 0;
  cb::Result<cb::hub::PlanSummary> summary =
      cb::Error(cb::ErrorCode::Internal, "the plan did not start");
  {
    TerminalProgress progress(common.json());
    summary = (*hub)->plan({.only = arguments.only,
                            .accept_metadata_change = arguments.accept_metadata_change,
                            .accept_marks = arguments.accept_marks,
                            .progress = &progress},
                           context, [&](const cb::hub::PlannedAction& action) {
                             if (file.is_open()) file.add(action);
                             if (!common.json() && printed++ < arguments.show) print_action(action);
                           });
  }
  if (!summary) return fail(common, summary.error());
  if (common.json()) {
    std::cout << cb::hub::to_json(*summary) << '\n';
  } else {
    if (printed > arguments.show)
      std::cout << "  … and " << printed - arguments.show
                << " more (--show N, or --save FILE for all)\n";
    Table table({"spoke", "would create", "would update", "waiting", "conflicts", "calls"});
    for (const auto& line : summary->lines) {
      table.add({line.spoke, std::to_string(line.creates), std::to_string(line.updates),
                 std::to_string(line.waiting), std::to_string(line.conflicts),
                 std::to_string(line.calls)});
    }
    std::cout << table.text();
    for (const auto& spoke : summary->pulled.spokes) {
      for (const std::string& why : spoke.stopped)
        std::cout << "stopped: " << spoke.spoke << ": " << why << '\n';
    }
    if (summary->pulled.stopped())
      std::cout << "The plan is not whole: what was not read may differ.\n";
    if (summary->empty()) std::cout << "The plan is empty: all systems agree.\n";
  }
  if (auto written = file.close(); !written) return fail(common, written.error());
  return summary->pulled.stopped() ? kStopped : kDone;
}

}  // namespace cli

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "output.hpp"

namespace cli {

namespace {

int exit_code(const cb::hub::RunReport& report) {
  if (report.stopped()) return kStopped;
  return report.set_aside() ? kSetAside : kDone;
}

nlohmann::json json_of(const cb::hub::PlannedAction& action) {
  nlohmann::json fields = nlohmann::json::array();
  for (const auto& field : action.fields) {
    fields.push_back(
        {{"path", field.path},
         {"shown", field.shown ? nlohmann::json(*field.shown) : nlohmann::json()},
         {"written", field.written ? nlohmann::json(*field.written) : nlohmann::json()}});
  }
  return {{"spoke", action.spoke},
          {"system", action.system},
          {"entity", action.entity},
          {"record", action.record},
          {"key", action.key},
          {"operation", !action.waits_for.empty() ? "wait"
                        : action.create           ? "create"
                                                  : "update"},
          {"waits_for", action.waits_for},
          {"fields", std::move(fields)}};
}

void print_action(const cb::hub::PlannedAction& action) {
  if (!action.waits_for.empty()) {
    std::cout << "  wait    " << action.spoke << "  " << action.record << "  for "
              << action.waits_for << '\n';
    return;
  }
  std::cout << (action.create ? "  create  " : "  update  ") << action.spoke << "  "
            << (action.create ? action.record : action.key) << '\n';
  if (action.create) return;
  for (const auto& field : action.fields) {
    std::cout << "            " << field.path << ": " << field.shown.value_or("(empty)") << " -> "
              << field.written.value_or("(empty)") << '\n';
  }
}

}  // namespace

int sync(const Common& common, const SyncArguments& arguments) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), true, true);
  if (!hub) return fail(common, hub.error());
  const StopOnSignal stop;
  cb::Context context(cb::system_clock(), stop.token());
  if (arguments.timeout_seconds > 0)
    context = context.with_timeout(std::chrono::seconds(arguments.timeout_seconds));
  cb::Result<cb::hub::RunReport> report =
      cb::Error(cb::ErrorCode::Internal, "the run did not start");
  {
    TerminalProgress progress(common.json());
    report = (*hub)->sync({.only = arguments.only,
                           .limit = arguments.limit,
                           .link_only = arguments.link_only,
                           .accept_mapping_change = arguments.accept_mapping_change,
                           .progress = &progress},
                          context);
  }
  if (!report) return fail(common, report.error());
  if (common.json()) {
    std::cout << to_json(*report) << '\n';
  } else {
    print_report(*report);
    if (report->set_aside())
      std::cout << "Some records were set aside: see `channelbridge status`, `conflicts list`, "
                   "`dead-letters list`.\n";
  }
  return exit_code(*report);
}

int plan(const Common& common, const PlanArguments& arguments) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), false, true);
  if (!hub) return fail(common, hub.error());
  std::ofstream file;
  if (!arguments.file.empty()) {
    file.open(arguments.file, std::ios::trunc);
    if (!file)
      return fail(common,
                  cb::Error(cb::ErrorCode::Invalid, "cannot write the plan to " + arguments.file));
  }
  const StopOnSignal stop;
  const cb::Context context(cb::system_clock(), stop.token());
  std::uint64_t printed = 0;
  cb::Result<cb::hub::PlanSummary> summary =
      cb::Error(cb::ErrorCode::Internal, "the plan did not start");
  {
    TerminalProgress progress(common.json());
    summary = (*hub)->plan({.only = arguments.only, .progress = &progress}, context,
                           [&](const cb::hub::PlannedAction& action) {
                             if (file.is_open()) file << json_of(action).dump() << '\n';
                             if (!common.json() && printed++ < arguments.show) print_action(action);
                           });
  }
  if (!summary) return fail(common, summary.error());
  if (common.json()) {
    std::cout << to_json(*summary) << '\n';
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
    if (summary->empty()) std::cout << "The plan is empty: all systems agree.\n";
  }
  if (file.is_open() && !file.flush())
    return fail(common, cb::Error(cb::ErrorCode::Internal,
                                  "the plan could not be written to " + arguments.file));
  return summary->pulled.stopped() ? kStopped : kDone;
}

}  // namespace cli

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "channelbridge/adapter/events.hpp"
#include "commands.hpp"
#include "output.hpp"

namespace cli {

namespace {

nlohmann::json json_of(const cb::adapter::Events& events, const cb::hub::ReceiveReport& report) {
  nlohmann::json out = nlohmann::json::parse(cb::hub::to_json(report));
  out["hints"] = nlohmann::json::array();
  for (const cb::adapter::Hint& hint : events.hints) {
    out["hints"].push_back({{"object", hint.object},
                            {"key", hint.key},
                            {"kind", std::string(cb::adapter::to_string(hint.kind))},
                            {"fields", hint.fields}});
    if (hint.at) out["hints"].back()["at"] = cb::to_iso8601(*hint.at);
  }
  out["gaps"] = nlohmann::json::array();
  for (const cb::adapter::Gap& gap : events.gaps)
    out["gaps"].push_back({{"object", gap.object}, {"reason", gap.reason}});
  out["repeated"] = events.repeated;
  out["position"] = events.position;
  return out;
}

void print(const cb::adapter::Events& events, const cb::hub::ReceiveReport& report) {
  for (const cb::adapter::Hint& hint : events.hints) {
    std::cout << "  " << cb::adapter::to_string(hint.kind) << "  " << hint.object << "  "
              << hint.key << '\n';
  }
  for (const cb::adapter::Gap& gap : events.gaps)
    std::cout << "  gap  " << (gap.object.empty() ? "(all objects)" : gap.object) << "  "
              << gap.reason << '\n';
  print_report({.spokes = report.spokes});
  for (const std::string& left : report.left)
    std::cout << "left to the next pull: " << left << '\n';
  if (!events.position.empty()) std::cout << "position: " << events.position << '\n';
}

}  // namespace

int receive(const Common& common, const ReceiveArguments& arguments) {
  const StopOnSignal stop;  // first: threads that adapters start shall leave the signals to it
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), true, true);
  if (!hub) return fail(common, hub.error());
  std::shared_ptr<cb::adapter::EventReader> reader;
  for (const cb::hub::System& system : (*hub)->config().systems)
    if (system.name == arguments.system) reader = system.adapter->events();
  if (reader == nullptr) {
    return fail(common, cb::Error(cb::ErrorCode::Invalid,
                                  "'" + arguments.system +
                                      "' is no system of this project that sends messages"));
  }
  std::ifstream file(arguments.file, std::ios::binary);
  std::stringstream body;
  body << file.rdbuf();
  if (!file)
    return fail(common, cb::Error(cb::ErrorCode::Invalid, arguments.file + " cannot be read"));
  auto events = reader->read({.body = std::move(body).str(), .position = arguments.position});
  if (!events) return fail(common, events.error().with_system(arguments.system));
  const cb::Context context(cb::system_clock(), stop.token());
  auto report = (*hub)->receive(arguments.system, *events, context);
  if (!report) return fail(common, report.error());
  if (report->taken()) reader->taken(*events);
  if (common.json()) {
    std::cout
        << json_of(*events, *report).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
        << std::endl;
  } else {
    print(*events, *report);
    std::cout << std::flush;
  }
  return report->taken() ? kDone : kStopped;
}

}  // namespace cli

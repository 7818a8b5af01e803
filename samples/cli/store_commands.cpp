#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "output.hpp"

namespace cli {

int store_backup(const Common& common, const std::string& file) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), false, false);
  if (!hub) return fail(common, hub.error());
  if (auto done = (*hub)->store().backup(file); !done) return fail(common, done.error());
  if (common.json()) {
    std::cout << nlohmann::json{{"backup", file}, {"store", (*hub)->store().id()}}.dump(
                     -1, ' ', false, nlohmann::json::error_handler_t::replace)
              << '\n';
  } else {
    std::cout << "Wrote " << file << ".\n";
  }
  return kDone;
}

int store_compact(const Common& common) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), true, false);
  if (!hub) return fail(common, hub.error());
  auto done = (*hub)->compact(cb::Context());
  if (!done) return fail(common, done.error());
  if (common.json()) {
    std::cout << nlohmann::json{{"removed",
                                 {{"versions", done->versions},
                                  {"intents", done->intents},
                                  {"letters", done->letters},
                                  {"runs", done->runs}}},
                                {"bytes_before", done->bytes_before},
                                {"bytes_after", done->bytes_after}}
                     .dump()
              << '\n';
    return kDone;
  }
  Table table({"removed", "rows"});
  table.add({"entries of the change log", std::to_string(done->versions)});
  table.add({"writes done or refused", std::to_string(done->intents)});
  table.add({"closed dead letters", std::to_string(done->letters)});
  table.add({"reports of runs", std::to_string(done->runs)});
  std::cout << table.text() << "The file has " << done->bytes_after
            << " bytes (before: " << done->bytes_before << ").\n";
  return kDone;
}

}  // namespace cli

#include "plan_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cli {

namespace {

constexpr int kVersion = 1;
constexpr const char* kFormat = "channelbridge-plan";

cb::Error no_plan(const std::string& file, const std::string& why) {
  return {cb::ErrorCode::Invalid, file + " " + why};
}

/// A member of a line of the file; null when it is not there.
nlohmann::json member(const nlohmann::json& line, const char* name) {
  const auto found = line.find(name);
  return found == line.end() ? nlohmann::json() : *found;
}

}  // namespace

std::string to_json(const cb::hub::PlannedAction& action) {
  nlohmann::json fields = nlohmann::json::array();
  for (const auto& field : action.fields) {
    fields.push_back(
        {{"path", field.path},
         {"shown", field.shown ? nlohmann::json(*field.shown) : nlohmann::json()},
         {"written", field.written ? nlohmann::json(*field.written) : nlohmann::json()}});
  }
  return nlohmann::json{{"spoke", action.spoke},
                        {"system", action.system},
                        {"entity", action.entity},
                        {"record", action.record},
                        {"key", action.key},
                        {"operation", !action.waits_for.empty() ? "wait"
                                      : action.create           ? "create"
                                                                : "update"},
                        {"waits_for", action.waits_for},
                        {"digest", action.digest},
                        {"fields", std::move(fields)}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

cb::Result<void> PlanWriter::open(const std::string& file, const std::string& project,
                                  const std::string& store) {
  file_ = file;
  out_.open(file, std::ios::trunc);
  if (!out_) return cb::Error(cb::ErrorCode::Invalid, "cannot write the plan to " + file);
  out_ << nlohmann::json{{"format", kFormat},
                         {"version", kVersion},
                         {"project", project},
                         {"store", store}}
              .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
       << '\n';
  return {};
}

cb::Result<void> PlanWriter::close() {
  if (out_.is_open() && !out_.flush())
    return cb::Error(cb::ErrorCode::Internal, "the plan could not be written to " + file_);
  return {};
}

cb::Result<SavedPlan> SavedPlan::load(const std::string& file, const std::string& store) {
  std::ifstream in(file);
  if (!in) return no_plan(file, "cannot be read");
  std::string line;
  std::getline(in, line);
  const nlohmann::json head = nlohmann::json::parse(line, nullptr, false);
  if (!head.is_object() || member(head, "format") != kFormat)
    return no_plan(file, "is no saved plan; `channelbridge plan --save` writes one");
  if (member(head, "version") != kVersion)
    return no_plan(file, "is a plan of another version of the program: plan again");
  if (member(head, "store") != store)
    return no_plan(file, "was made on another store: plan again on this one");
  SavedPlan out;
  for (int number = 2; std::getline(in, line); ++number) {
    const nlohmann::json action = nlohmann::json::parse(line, nullptr, false);
    const nlohmann::json digest = action.is_object() ? member(action, "digest") : nlohmann::json();
    if (!digest.is_string()) return no_plan(file, "is damaged in line " + std::to_string(number));
    if (digest != "") out.planned_.emplace(digest.get<std::string>(), false);
  }
  return out;
}

bool SavedPlan::approves(const cb::hub::PlannedAction& action) {
  if (const auto at = planned_.find(action.digest); at != planned_.end()) return at->second = true;
  const bool known = std::any_of(moved_.begin(), moved_.end(),
                                 [&](const auto& other) { return other.digest == action.digest; });
  if (!known) moved_.push_back(action);
  return false;
}

std::size_t SavedPlan::unused() const {
  return static_cast<std::size_t>(std::count_if(
      planned_.begin(), planned_.end(), [](const auto& planned) { return !planned.second; }));
}

}  // namespace cli

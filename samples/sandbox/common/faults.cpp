#include "sandbox/common/faults.hpp"

#include <algorithm>
#include <array>

namespace channelbridge::sandbox {
namespace {

constexpr std::array<std::string_view, 18> kKinds{
    "latency",     "too_many_requests", "unavailable",        "rate_limit",          "reset_before",
    "reset_after", "bad_gateway",       "truncate",           "expire_sessions",     "row_lock",
    "late_commit", "move_instance",     "duplicate_delivery", "precondition_failed", "bulk_fail",
    "bulk_stall",  "bulk_in_flight",    "logon_page"};

}  // namespace

void Faults::add(Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

Result<void> Faults::add(const Json& fault) {
  const std::string kind = text_of(fault, "kind");
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
    return Error(ErrorCode::Invalid, "unknown fault kind '" + kind + "'");
  }
  const auto number = [&](const char* name, std::int64_t otherwise) {
    const auto found = fault.find(name);
    return found != fault.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                              : otherwise;
  };
  add(Fault{.kind = kind,
            .match = text_of(fault, "match"),
            .count = number("count", 1),
            .after = number("after", 0),
            .value = number("value", 0)});
  return {};
}

void Faults::clear() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::optional<Fault> Faults::take(std::string_view kind, std::string_view line) {
  const std::lock_guard lock(mutex_);
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->kind != kind || line.find(fault->match) == std::string_view::npos) continue;
    if (fault->after > 0) {
      --fault->after;
      continue;
    }
    Fault hit = *fault;
    if (fault->count > 0 && --fault->count == 0) faults_.erase(fault);
    return hit;
  }
  return std::nullopt;
}

Json Faults::to_json() const {
  const std::lock_guard lock(mutex_);
  Json list = Json::array();
  for (const Fault& fault : faults_) {
    list.push_back(Json{{"kind", fault.kind},
                        {"match", fault.match},
                        {"count", fault.count},
                        {"after", fault.after},
                        {"value", fault.value}});
  }
  return list;
}

}  // namespace channelbridge::sandbox

#include <algorithm>
#include <nlohmann/json.hpp>

#include "channelbridge/core/time.hpp"
#include "channelbridge/hub/hub.hpp"

namespace channelbridge::hub {

namespace {

nlohmann::json json_of(const SpokeReport& spoke) {
  nlohmann::json put_off = nlohmann::json::array();
  for (const PutOff& each : spoke.put_off)
    put_off.push_back({{"rule", each.rule}, {"why", each.why}, {"writes", each.writes}});
  return {{"spoke", spoke.spoke},
          {"system", spoke.system},
          {"entity", spoke.entity},
          {"read", spoke.read},
          {"known", spoke.known},
          {"new_records", spoke.new_records},
          {"changed", spoke.changed},
          {"created", spoke.created},
          {"updated", spoke.updated},
          {"unchanged", spoke.unchanged},
          {"waiting", spoke.waiting},
          {"conflicts", spoke.conflicts},
          {"dead_letters", spoke.dead_letters},
          {"overruled", spoke.overruled},
          {"normalised", spoke.normalised},
          {"outdated", spoke.outdated},
          {"deleted", spoke.deleted},
          {"converted", spoke.converted},
          {"secondary", spoke.secondary},
          {"doubles", spoke.doubles},
          {"unknown", spoke.unknown},
          {"circles", spoke.circles},
          {"circles_unseen", spoke.circles_unseen},
          {"moved", spoke.moved},
          {"left", spoke.left},
          {"unknown_marks", spoke.unknown_marks},
          {"calls", spoke.calls},
          {"unconditional", spoke.unconditional},
          {"elapsed_ms", spoke.elapsed.count()},
          {"put_off", std::move(put_off)},
          {"stopped", spoke.stopped}};
}

nlohmann::json json_of(const Waiting& waiting) {
  nlohmann::json objects = nlohmann::json::array();
  for (const Waiting::Object& each : waiting.objects)
    objects.push_back({{"spoke", each.spoke}, {"object", each.object}, {"key", each.key}});
  nlohmann::json references = nlohmann::json::array();
  for (const Waiting::Reference& each : waiting.references) {
    references.push_back({{"path", each.path},
                          {"entity", each.entity},
                          {"system", each.system},
                          {"object", each.object},
                          {"key", each.key},
                          {"record", each.record}});
  }
  return {{"spoke", waiting.spoke},        {"entity", waiting.entity},
          {"record", waiting.record},      {"number", waiting.number},
          {"objects", std::move(objects)}, {"rule", waiting.rule},
          {"detail", waiting.detail},      {"references", std::move(references)},
          {"ends", waiting.ends},          {"since", to_iso8601(waiting.since)}};
}

nlohmann::json json_of(const RunReport& report) {
  nlohmann::json spokes = nlohmann::json::array();
  for (const SpokeReport& spoke : report.spokes) spokes.push_back(json_of(spoke));
  nlohmann::json waits = nlohmann::json::array();
  for (const Waiting& each : report.waits) waits.push_back(json_of(each));
  nlohmann::json contradictions = nlohmann::json::array();
  for (const model::Contradiction& each : report.contradictions) {
    contradictions.push_back({{"entity", each.entity},
                              {"rule", each.rule},
                              {"record", each.record},
                              {"other", each.other},
                              {"message", each.message}});
  }
  return {{"run", report.run},
          {"cancelled", report.cancelled},
          {"contradicting", report.contradicting},
          {"contradictions", std::move(contradictions)},
          {"ledger_waiting", report.ledger_waiting},
          {"ledger", {{"postings", report.ledger.postings}, {"head", report.ledger.head}}},
          {"waits", std::move(waits)},
          {"spokes", std::move(spokes)}};
}

/// A reason to stop may name a path whose bytes are no UTF-8.
std::string text_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

bool RunReport::stopped() const {
  return cancelled || std::any_of(spokes.begin(), spokes.end(),
                                  [](const SpokeReport& spoke) { return !spoke.stopped.empty(); });
}

bool RunReport::set_aside() const {
  if (ledger_waiting > 0) return true;
  return std::any_of(spokes.begin(), spokes.end(), [](const SpokeReport& spoke) {
    return spoke.waiting > 0 || spoke.conflicts > 0 || spoke.dead_letters > 0 ||
           spoke.doubles > 0 || spoke.unknown > 0;
  });
}

std::uint64_t RunReport::written() const {
  std::uint64_t out = 0;
  for (const SpokeReport& spoke : spokes) out += spoke.created + spoke.updated;
  return out;
}

bool PlanSummary::empty() const {
  if (pulled.stopped()) return false;  // what was not read may differ
  return std::all_of(lines.begin(), lines.end(),
                     [](const Line& line) { return line.creates == 0 && line.updates == 0; });
}

std::string to_json(const Waiting& waiting) { return text_of(json_of(waiting)); }

std::string to_json(const RunReport& report) { return text_of(json_of(report)); }

std::string to_json(const ReceiveReport& report) {
  nlohmann::json spokes = nlohmann::json::array();
  for (const SpokeReport& spoke : report.spokes) spokes.push_back(json_of(spoke));
  return text_of({{"taken", report.taken()}, {"spokes", std::move(spokes)}, {"left", report.left}});
}

std::string to_json(const PlanSummary& summary) {
  nlohmann::json lines = nlohmann::json::array();
  for (const PlanSummary::Line& line : summary.lines) {
    lines.push_back({{"spoke", line.spoke},
                     {"creates", line.creates},
                     {"updates", line.updates},
                     {"waiting", line.waiting},
                     {"conflicts", line.conflicts},
                     {"calls", line.calls}});
  }
  return text_of({{"empty", summary.empty()},
                  {"lines", std::move(lines)},
                  {"pulled", json_of(summary.pulled)}});
}

}  // namespace channelbridge::hub

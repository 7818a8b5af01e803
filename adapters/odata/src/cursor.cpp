#include "cursor_internal.hpp"

#include <nlohmann/json.hpp>

namespace channelbridge::odata {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kModes[] = {"all", "changes", "links"};

Json lane_json(const Lane& lane) {
  Json out = Json::object();
  if (lane.at) out["at"] = *lane.at;
  if (!lane.raw.empty()) out["raw"] = lane.raw;
  if (!lane.key.empty()) out["key"] = lane.key;
  if (lane.beyond) out["beyond"] = true;
  if (lane.inside) {
    out["inside"] = true;
    out["count"] = lane.inside_count;
    out["seen"] = lane.inside_seen;
  }
  if (!lane.repeats.empty()) out["repeats"] = lane.repeats;
  return out;
}

Lane lane_of(const Json& json) {
  Lane lane;
  if (json.contains("at")) lane.at = json.at("at").get<std::int64_t>();
  lane.raw = json.value("raw", "");
  lane.key = json.value("key", "");
  lane.beyond = json.value("beyond", false);
  lane.inside = json.value("inside", false);
  lane.inside_count = json.value("count", std::uint64_t{0});
  lane.inside_seen = json.value("seen", std::uint64_t{0});
  if (json.contains("repeats")) lane.repeats = json.at("repeats").get<std::vector<std::string>>();
  return lane;
}

}  // namespace

std::string to_text(const CursorState& state) {
  Json out = {{"odata", 1}, {"mode", kModes[static_cast<std::size_t>(state.mode)]}};
  if (state.pulling) out["pulling"] = true;
  if (state.first) out["first"] = true;
  if (state.until) out["until"] = *state.until;
  if (state.lane != 0) out["lane"] = state.lane;
  if (!state.key.empty()) out["key"] = state.key;
  if (!state.link.empty()) out["link"] = state.link;
  if (!state.asked.empty()) out["asked"] = state.asked;
  if (state.count != 0) out["count"] = state.count;
  if (state.seen != 0) out["seen"] = state.seen;
  for (const Lane& lane : state.lanes) out["lanes"].push_back(lane_json(lane));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<CursorState> parse_cursor(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    CursorState state;
    const std::string mode = json.at("mode").get<std::string>();
    bool known = json.at("odata") == 1;
    for (std::size_t i = 0; i < std::size(kModes); ++i) {
      if (mode == kModes[i]) state.mode = static_cast<CursorState::Mode>(i);
    }
    known = known && mode == kModes[static_cast<std::size_t>(state.mode)];
    state.pulling = json.value("pulling", false);
    state.first = json.value("first", false);
    if (json.contains("until")) state.until = json.at("until").get<std::int64_t>();
    state.lane = json.value("lane", std::size_t{0});
    state.key = json.value("key", "");
    state.link = json.value("link", "");
    state.asked = json.value("asked", "");
    state.count = json.value("count", std::uint64_t{0});
    state.seen = json.value("seen", std::uint64_t{0});
    if (json.contains("lanes")) {
      for (const Json& lane : json.at("lanes")) state.lanes.push_back(lane_of(lane));
    }
    if (known) return state;
  } catch (const std::exception&) {
    // Falls through: whatever is wrong with the text, it is not ours.
  }
  return Error(ErrorCode::Invalid, "the stored cursor is not one of this adapter")
      .with_sent(Sent::No);
}

std::string row_hash(std::string_view row) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : row) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  constexpr char kHex[] = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 0; i < 16; ++i) out[i] = kHex[(hash >> (60 - 4 * i)) & 0xF];
  return out;
}

}  // namespace channelbridge::odata

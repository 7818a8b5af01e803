#include "read_cursor_internal.hpp"

#include <nlohmann/json.hpp>

namespace channelbridge::soap {
namespace {

using Json = nlohmann::json;

void put_time(Json& json, const char* name, const std::optional<Timestamp>& time) {
  if (time) json[name] = time->time_since_epoch().count();
}

std::optional<Timestamp> time_in(const Json& json, const char* name) {
  if (!json.contains(name)) return std::nullopt;
  return Timestamp(std::chrono::microseconds(json.at(name).get<std::int64_t>()));
}

}  // namespace

std::string to_text(const ReadCursor& cursor) {
  Json out = {{"soap", 1}};
  put_time(out, "since", cursor.since);
  put_time(out, "high", cursor.high);
  put_time(out, "began", cursor.began);
  if (!cursor.token.empty()) out["token"] = cursor.token;
  if (cursor.rows > 0) out["rows"] = cursor.rows;
  if (cursor.restarts > 0) out["restarts"] = cursor.restarts;
  put_time(out, "restarted", cursor.restarted);
  Json seen = Json::array();
  for (const auto& [time, hash] : cursor.seen)
    seen.push_back({time.time_since_epoch().count(), hash});
  if (!seen.empty()) out["seen"] = std::move(seen);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ReadCursor> parse_read_cursor(std::string_view text) {
  ReadCursor out;
  if (text.empty()) return out;
  try {
    const Json json = Json::parse(text);
    if (json.at("soap").get<int>() != 1)
      return Error(ErrorCode::Invalid, "the stored cursor is of another version of this adapter");
    out.since = time_in(json, "since");
    out.high = time_in(json, "high");
    out.began = time_in(json, "began");
    out.token = json.value("token", "");
    out.rows = json.value("rows", std::uint64_t{0});
    out.restarts = json.value("restarts", 0);
    out.restarted = time_in(json, "restarted");
    for (const Json& each : json.value("seen", Json::array()))
      out.seen.emplace_back(Timestamp(std::chrono::microseconds(each.at(0).get<std::int64_t>())),
                            each.at(1).get<std::string>());
  } catch (const Json::exception&) {  // its text would quote the cursor
    return Error(ErrorCode::Invalid, "the stored cursor is not one of this adapter");
  }
  return out;
}

}  // namespace channelbridge::soap

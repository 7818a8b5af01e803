#include <charconv>
#include <nlohmann/json.hpp>

#include "channelbridge/document/document.hpp"
#include "events_internal.hpp"
#include "json_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::HintKind;
using Json = nlohmann::json;

/// The channel that shows all objects: only there do the numbers of one transaction follow each
/// other; a channel of one object leaves the others' out.
constexpr std::string_view kEveryObject = "/data/ChangeEvents";
constexpr std::string_view kNoRecord = "000000000000000";       // recordIds of an overflow event
constexpr std::int64_t kLastMillisecond = 253'402'300'799'999;  // of the year 9999
constexpr std::int64_t kMostEvents = 1'000'000'000;             // of one transaction

std::optional<std::int64_t> whole_number(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

/// Place of an event in its transaction, from 1; 0 = not told.
std::int64_t sequence_of(const Json& object, const char* name) {
  const std::int64_t sequence = whole_number(object, name).value_or(0);
  return sequence > 0 && sequence <= kMostEvents ? sequence : 0;
}

HintKind hint_kind(std::string_view type) {
  if (type.starts_with("GAP_")) type.remove_prefix(4);
  if (type == "CREATE") return HintKind::Created;
  if (type == "UPDATE") return HintKind::Updated;
  if (type == "DELETE") return HintKind::Deleted;
  if (type == "UNDELETE") return HintKind::Restored;
  return HintKind::Changed;
}

/// Where one channel stands.
struct Place {
  std::string replay{};
  std::string transaction{};
  std::int64_t sequence{};
};

class Decoder {
 public:
  Result<void> start(std::string_view position) {
    if (position.empty()) return {};
    const Json places = document::check_json(position) ? Json::parse(position, nullptr, false)
                                                       : Json(Json::value_t::discarded);
    if (!places.is_object())
      return Error(ErrorCode::Invalid, "the position is none of this subscription's");
    for (const auto& [channel, place] : places.items()) {
      if (!place.is_object())
        return Error(ErrorCode::Invalid, "the position is none of this subscription's");
      places_[channel] = {.replay = text_of(place, "replay"),
                          .transaction = text_of(place, "transaction"),
                          .sequence = sequence_of(place, "sequence")};
    }
    return {};
  }

  /// A Bayeux message, an event of Pub/Sub API, or the payload of one. False: none of these.
  bool message(const Json& message) {
    if (!message.is_object()) return false;
    const std::string channel = text_of(message, "channel");
    if (channel.starts_with("/meta/")) {
      meta(message, channel);
      return true;
    }
    const auto data = message.find("data");
    const Json& event = data != message.end() ? *data : message;
    if (!channel.empty() && !channel.starts_with("/data/")) return true;  // a platform event
    if (!event.is_object()) return false;
    if (event.contains("ChangeEventHeader")) {
      change(channel, "", event);
      return true;
    }
    const auto payload = event.find("payload");
    if (payload == event.end() || !payload->is_object()) return false;
    change(channel, replay_of(event), *payload);
    return true;
  }

  adapter::Events finish() {
    Json places = Json::object();
    for (const auto& [channel, place] : places_) {
      places[channel] = {{"replay", place.replay},
                         {"transaction", place.transaction},
                         {"sequence", place.sequence}};
    }
    if (!places.empty())
      out_.position = places.dump(-1, ' ', false, Json::error_handler_t::replace);
    return std::move(out_);
  }

 private:
  /// Numbers over CometD, opaque bytes over Pub/Sub API.
  static std::string replay_of(const Json& event) {
    const auto inner = event.find("event");
    const Json& at = inner != event.end() && inner->is_object() ? *inner : event;
    const auto replay = at.find("replayId");
    if (replay == at.end()) return {};
    if (replay->is_string()) return replay->get<std::string>();
    return replay->is_number_integer() ? replay->dump() : std::string();
  }

  static std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
  }

  void gap(std::string object, std::string reason) {
    adapter::Gap gap{std::move(object), std::move(reason)};
    for (const adapter::Gap& other : out_.gaps)
      if (other == gap) return;
    out_.gaps.push_back(std::move(gap));
  }

  void meta(const Json& message, const std::string& channel) {
    if (channel != "/meta/subscribe" || message.value("successful", Json(true)) != false) return;
    const std::string error = text_of(message, "error");
    if (!error.starts_with("400:") || error.find("replayId") == std::string::npos) return;
    places_.erase(text_of(message, "subscription"));
    gap("", "events of " + text_of(message, "subscription") +
                " are no longer kept as far back as this subscription stood");
  }

  void change(const std::string& channel, const std::string& replay, const Json& payload) {
    const auto header = payload.find("ChangeEventHeader");
    if (header == payload.end() || !header->is_object())
      return gap("", "an event that cannot be read");
    const bool again = follow(channel, replay, *header);
    if (again) {
      ++out_.repeated;
      return;
    }
    const std::string object = text_of(*header, "entityName");
    const std::string type = text_of(*header, "changeType");
    if (object.empty()) return gap("", "an event that cannot be read");
    if (type == "GAP_OVERFLOW")
      return gap(object, "one transaction changed more than change events tell");
    const auto keys = header->find("recordIds");
    if (keys == header->end() || !keys->is_array() || keys->empty())
      return gap(object, "an event that names no record");
    adapter::Hint hint{.object = object, .kind = hint_kind(type)};
    if (const auto at = whole_number(*header, "commitTimestamp");
        at && *at >= 0 && *at <= kLastMillisecond)
      hint.at = Timestamp(std::chrono::milliseconds(*at));
    if (type == "UPDATE") hint.fields = fields_of(*header, payload);
    for (const Json& key : *keys) {
      const std::string text = key.is_string() ? key.get<std::string>() : std::string();
      const auto id = full_id(text);
      if (!id || id->starts_with(kNoRecord)) {
        gap(object, text.ends_with('*') ? "a field of all records has another type now"
                                        : "an event that names no record");
        continue;
      }
      hint.key = *id;
      out_.hints.push_back(hint);
    }
  }

  /// Moves the channel's place to this event; true when the event was the last one already. Replay
  /// ids rise with holes: a hole says nothing.
  bool follow(const std::string& channel, const std::string& replay, const Json& header) {
    const auto known = places_.find(channel);
    const Place before = known == places_.end() ? Place{} : known->second;
    Place now{.replay = replay,
              .transaction = text_of(header, "transactionKey"),
              .sequence = sequence_of(header, "sequenceNumber")};
    if (!replay.empty() && replay == before.replay) return true;
    const auto from = number(before.replay);
    const auto to = number(replay);
    const bool back = from && to && *to < *from;
    if (back) {
      gap("", "the events of " + channel + " began anew, at " + replay + " after " + before.replay);
    } else if (channel == kEveryObject && now.sequence > 0) {
      const std::int64_t next = now.transaction == before.transaction ? before.sequence + 1 : 1;
      if (now.sequence > next) {
        gap("", "event " + std::to_string(next) + " of transaction " + now.transaction +
                    " did not come");
      }
    }
    places_[channel] = std::move(now);
    return false;
  }

  /// Names of what an update changed. Pub/Sub API sends bitmaps, which only the event's schema
  /// resolves: not told.
  static std::vector<std::string> fields_of(const Json& header, const Json& payload) {
    std::vector<std::string> out;
    bool listed = false;
    for (const char* name : {"changedFields", "nulledFields", "diffFields"}) {
      const auto list = header.find(name);
      if (list == header.end() || !list->is_array()) continue;
      listed = listed || !list->empty();
      for (const Json& field : *list) {
        if (!field.is_string()) continue;
        std::string text = field.get<std::string>();
        if (text.starts_with("0x") || text.find("-0x") != std::string::npos) return {};
        out.push_back(std::move(text));
      }
    }
    if (listed) return out;
    for (const auto& [name, value] : payload.items())
      if (name != "ChangeEventHeader" && !value.is_null()) out.push_back(name);
    return out;
  }

  std::map<std::string, Place, std::less<>> places_;
  adapter::Events out_;
};

}  // namespace

Result<adapter::Events> read_change_events(std::string_view body, std::string_view position) {
  if (auto strict = document::check_json(body); !strict) return std::move(strict).error();
  Decoder decoder;
  if (auto started = decoder.start(position); !started) return std::move(started).error();
  const Json json = Json::parse(body, nullptr, false);
  bool read = false;
  if (json.is_array()) {
    for (const Json& message : json) {
      if (!decoder.message(message))
        return Error(ErrorCode::Protocol, "the body holds something else than change events");
      read = true;
    }
  } else {
    read = decoder.message(json);
  }
  if (!read) return Error(ErrorCode::Protocol, "the body holds no change events");
  return decoder.finish();
}

}  // namespace channelbridge::salesforce

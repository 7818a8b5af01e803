#include <algorithm>
#include <charconv>

#include "json_internal.hpp"
#include "service_internal.hpp"

namespace channelbridge::odata {
namespace {

std::optional<std::uint64_t> to_count(std::string_view value) {
  const std::string text = json::text(value);  // V2 sends the number as a string
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

}  // namespace

Result<Rows> read_rows(std::string_view body, Version version) {
  Rows out;
  std::string_view list;
  if (version == Version::V2) {
    const std::string_view data = json::member(body, "d");
    if (json::is_array(data)) {  // OData 1.0 servers: no "results"
      list = data;
    } else {
      for (const json::Member& member : json::members(data)) {
        if (member.name == "results") list = member.value;
        if (member.name == "__next") out.next = json::text(member.value);
        if (member.name == "__delta") out.delta = json::text(member.value);
        if (member.name == "__count") out.count = to_count(member.value);
      }
    }
  } else {
    for (const json::Member& member : json::members(body)) {
      if (member.name == "value") list = member.value;
      if (member.name == "@odata.nextLink" || member.name == "@nextLink") {
        out.next = json::text(member.value);
      }
      if (member.name == "@odata.deltaLink" || member.name == "@deltaLink") {
        out.delta = json::text(member.value);
      }
      if (member.name == "@odata.count" || member.name == "@count")
        out.count = to_count(member.value);
    }
  }
  if (!json::is_array(list)) {
    return Error(ErrorCode::Protocol, "the answer holds no list of entities")
        .with_sent(Sent::Answered);
  }
  out.rows = json::elements(list);
  return out;
}

std::string_view read_entity(std::string_view body, Version version) {
  return version == Version::V2 ? json::member(body, "d") : body;
}

std::string etag_of(std::string_view entity, Version version) {
  if (version == Version::V2) return json::text_of(json::member(entity, "__metadata"), "etag");
  const std::string etag = json::text_of(entity, "@odata.etag");
  return etag.empty() ? json::text_of(entity, "@etag") : etag;
}

bool has_key(const Type& type, std::string_view entity) {
  const auto said = [&](const std::string& name) {
    const std::string_view value = json::member(entity, name);
    // A part of a compound key may be the empty text.
    return !json::is_null(value) && (type.keys.size() > 1 || value != "\"\"");
  };
  return json::is_object(entity) && std::all_of(type.keys.begin(), type.keys.end(), said);
}

std::string key_of(const Type& type, std::string_view entity) {
  if (type.keys.size() == 1) return json::text_of(entity, type.keys[0]);
  std::string out;
  for (std::size_t i = 0; i < type.keys.size(); ++i) {
    if (i > 0) out += ',';
    for (const char c : json::text_of(entity, type.keys[i])) {
      if (c == ',') {
        out += "%2C";
      } else if (c == '%') {
        out += "%25";
      } else {
        out += c;
      }
    }
  }
  return out;
}

}  // namespace channelbridge::odata

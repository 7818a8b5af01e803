#include "channelbridge/odata/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "channelbridge/document/document.hpp"
#include "channelbridge/http/pipeline.hpp"

namespace channelbridge::odata {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  bool digits = false;
  bool point = false;
  bool exponent = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c >= '0' && c <= '9') {
      digits = true;
    } else if (c == '.' && !point && !exponent) {
      point = true;
    } else if ((c == 'e' || c == 'E') && digits && !exponent) {
      exponent = true;
      digits = false;
      if (at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+')) ++at;
    } else {
      return false;
    }
  }
  return digits;
}

/// JSON allows neither a plus sign nor leading zeros nor a bare point.
std::string json_number(std::string_view text) {
  std::string out;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('-')) {
    out += '-';
    text.remove_prefix(1);
  }
  while (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
    text.remove_prefix(1);
  }
  if (text.starts_with('.')) out += '0';
  out += text;
  if (out.ends_with('.')) out += '0';
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string json_quote(std::string_view text) {
  std::string out;
  document::append_json_string(out, text);
  return out;
}

std::int64_t unix_ms(Timestamp time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}

/// ISO 8601 with at most milliseconds: SAP Gateway refuses finer fractions in a literal.
std::string iso_ms(Timestamp time, bool zone) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::int64_t ms = std::chrono::floor<milliseconds>(time - day).count();
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02lld:%02lld:%02lld", int(date.year()),
                unsigned(date.month()), unsigned(date.day()),
                static_cast<long long>(ms / 3'600'000), static_cast<long long>(ms / 60'000 % 60),
                static_cast<long long>(ms / 1'000 % 60));
  std::string out = text;
  if (ms % 1'000 != 0) {
    std::snprintf(text, sizeof text, ".%03lld", static_cast<long long>(ms % 1'000));
    out += text;
  }
  return zone ? out + "Z" : out;
}

bool finer_than_us(std::string_view iso) {
  const std::size_t point = iso.find('.');
  if (point == std::string_view::npos) return false;
  const std::size_t end = std::min(iso.find_first_not_of("0123456789", point + 1), iso.size());
  return end - point - 1 > 6;
}

std::string duration_text(microseconds time) {
  const std::int64_t s = time.count() / 1'000'000;
  char text[32];
  std::snprintf(text, sizeof text, "PT%02lldH%02lldM%02lldS", static_cast<long long>(s / 3600),
                static_cast<long long>(s / 60 % 60), static_cast<long long>(s % 60));
  return text;
}

std::string clock_text(microseconds time) {
  const std::int64_t s = time.count() / 1'000'000;
  char text[32];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld", static_cast<long long>(s / 3600),
                static_cast<long long>(s / 60 % 60), static_cast<long long>(s % 60));
  return text;
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view text) {
  if (text.starts_with("/Date(") && text.ends_with(")/")) {
    const std::string_view inside = text.substr(6, text.size() - 8);
    std::int64_t ms = 0;
    const char* last = inside.data() + inside.size();
    const auto [end, error] = std::from_chars(inside.data(), last, ms);
    // Year 1 to 9999: beyond, microseconds and calendar texts have no room.
    constexpr std::int64_t kFirst = -62'135'596'800'000;
    constexpr std::int64_t kLast = 253'402'300'799'999;
    if (error != std::errc() || ms < kFirst || ms > kLast) return std::nullopt;
    if (end != last && *end != '+' && *end != '-') return std::nullopt;
    return Timestamp(milliseconds(ms));
  }
  if (text.size() == 10) return parse_iso8601(std::string(text) + "T00:00:00Z");
  return parse_iso8601(text, true);
}

std::optional<microseconds> parse_time_of_day(std::string_view text) {
  if (!text.starts_with("PT")) {
    const auto time = parse_iso8601("1970-01-01T" + std::string(text) + "Z");
    if (!time || text.find(':') == std::string_view::npos) return std::nullopt;
    return time->time_since_epoch();
  }
  text.remove_prefix(2);
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    double count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end == text.data() + text.size() || count < 0) return std::nullopt;
    if (*end == 'H') {
      seconds += count * 3600;
    } else if (*end == 'M') {
      seconds += count * 60;
    } else if (*end == 'S') {
      seconds += count;
    } else {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end + 1 - text.data()));
  }
  if (seconds > 86'400) return std::nullopt;
  return microseconds(static_cast<std::int64_t>(seconds * 1e6));
}

std::optional<std::string> literal(Version version, std::string_view type, std::string_view text) {
  const bool v2 = version == Version::V2;
  if (type == "Edm.DateTime" || type == "Edm.DateTimeOffset" || type == "Edm.Date") {
    const auto time = parse_time(text);
    if (!time) return std::nullopt;
    if (type == "Edm.DateTime") return "datetime'" + iso_ms(*time, false) + "'";
    if (type == "Edm.Date") return iso_ms(*time, false).substr(0, 10);
    if (v2) return "datetimeoffset'" + iso_ms(*time, true) + "'";
    // A stamp finer than ours goes back as it came: cut, it would lie before its own row.
    return finer_than_us(text) ? std::string(text) : to_iso8601(*time);
  }
  if (type == "Edm.Time" || type == "Edm.TimeOfDay") {
    const auto time = parse_time_of_day(text);
    if (!time) return std::nullopt;
    return v2 ? "time'" + duration_text(*time) + "'" : clock_text(*time);
  }
  if (type == "Edm.Guid") return v2 ? "guid" + quote(text) : std::string(text);
  if (type == "Edm.Boolean") {
    if (text != "true" && text != "false") return std::nullopt;
    return std::string(text);
  }
  if (type == "Edm.Binary") return "binary" + quote(text);
  const bool decimal = type == "Edm.Decimal";
  const bool wide = type == "Edm.Int64";
  const bool floating = type == "Edm.Double" || type == "Edm.Single";
  if (decimal || wide || floating || type == "Edm.Int32" || type == "Edm.Int16" ||
      type == "Edm.Byte" || type == "Edm.SByte") {
    if (!is_number(text)) return std::nullopt;
    std::string out(text);
    if (v2 && decimal) out += 'M';
    if (v2 && wide) out += 'L';
    if (v2 && floating) out += type == "Edm.Double" ? 'd' : 'f';
    return out;
  }
  return quote(text);
}

std::optional<std::string> body_value(Version version, std::string_view type, std::string_view text,
                                      bool quoted) {
  const bool v2 = version == Version::V2;
  if (type == "Edm.DateTime" || type == "Edm.DateTimeOffset" || type == "Edm.Date") {
    const auto time = parse_time(text);
    if (!time) return std::nullopt;
    if (type == "Edm.Date") return json_quote(iso_ms(*time, false).substr(0, 10));
    if (!v2) return json_quote(to_iso8601(*time));
    return json_quote("/Date(" + std::to_string(unix_ms(*time)) +
                      (type == "Edm.DateTimeOffset" ? "+0000)/" : ")/"));
  }
  if (type == "Edm.Time" || type == "Edm.TimeOfDay") {
    const auto time = parse_time_of_day(text);
    if (!time) return std::nullopt;
    return json_quote(v2 ? duration_text(*time) : clock_text(*time));
  }
  if (type == "Edm.Boolean") {
    if (text != "true" && text != "false") return std::nullopt;
    return std::string(text);
  }
  if (type == "Edm.Decimal" || type == "Edm.Int64" || type == "Edm.Double" ||
      type == "Edm.Single") {
    if (!is_number(text)) return std::nullopt;
    return v2 ? json_quote(text) : json_number(text);
  }
  if (type == "Edm.Int32" || type == "Edm.Int16" || type == "Edm.Byte" || type == "Edm.SByte") {
    if (!is_number(text)) return std::nullopt;
    return json_number(text);
  }
  if (type.starts_with("Edm.")) return json_quote(text);
  return quoted ? json_quote(text) : std::string(text);  // enumerations and types of the service
}

std::string encode_query(std::string_view text) {
  // Left readable: characters that RFC 3986 allows in a query and that OData expressions use.
  std::string out;
  std::size_t from = 0;
  const auto flush = [&](std::size_t to) {
    out += http::encode_component(text.substr(from, to - from));
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (std::string_view("'(),$/*").find(text[at]) == std::string_view::npos) continue;
    flush(at);
    out += text[at];
    from = at + 1;
  }
  flush(text.size());
  return out;
}

}  // namespace channelbridge::odata

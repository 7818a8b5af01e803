#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "channelbridge/core/time.hpp"

namespace channelbridge {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

/// One half of a POSIX rule ("M3.5.0/2"): the day a clock changes, and the wall-clock second on it.
struct Change {
  enum class Kind { MonthWeekDay, JulianNoLeap, DayOfYear } kind = Kind::DayOfYear;
  int month = 0, week = 0, weekday = 0, day = 0;
  seconds time{7200};

  std::chrono::sys_days on(std::chrono::year year) const {
    using namespace std::chrono;
    const sys_days january = sys_days(year / January / 1);
    switch (kind) {
      case Kind::MonthWeekDay: {
        const auto m = std::chrono::month(static_cast<unsigned>(month));
        const auto d = std::chrono::weekday(static_cast<unsigned>(weekday));
        if (week == 5) return sys_days(year / m / d[last]);
        return sys_days(year / m / d[static_cast<unsigned>(week)]);
      }
      case Kind::JulianNoLeap:  // day 60 is always 1 March
        return january + days(day - 1 + (year.is_leap() && day >= 60 ? 1 : 0));
      case Kind::DayOfYear:
        return january + days(day);
    }
    return january;
  }
};

/// The footer of a TZif file: what holds after its last transition.
struct Footer {
  seconds standard{0};
  seconds daylight{0};
  bool has_daylight = false;
  Change start{}, end{};

  seconds offset_at(sys_seconds time) const {
    if (!has_daylight) return standard;
    const std::chrono::year_month_day date(std::chrono::floor<days>(time + standard));
    const sys_seconds begin = start.on(date.year()) + start.time - standard;
    const sys_seconds finish = end.on(date.year()) + end.time - daylight;
    const bool summer = begin < finish ? time >= begin && time < finish
                                       : time >= begin || time < finish;  // southern half
    return summer ? daylight : standard;
  }
};

/// Reads "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX TZ, with RFC 8536's longer hours).
class FooterReader {
 public:
  explicit FooterReader(std::string_view text) : rest_(text) {}

  bool read(Footer& out) {
    if (!name() || !clock(out.standard)) return false;
    out.standard = -out.standard;  // POSIX counts westwards
    if (rest_.empty()) return true;
    out.has_daylight = true;
    out.daylight = out.standard + std::chrono::hours(1);
    if (!name()) return false;
    if (!rest_.starts_with(',')) {
      if (!clock(out.daylight)) return false;
      out.daylight = -out.daylight;
    }
    return change(out.start) && change(out.end) && rest_.empty();
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool name() {
    std::size_t size = 0;
    if (rest_.starts_with('<')) {
      size = rest_.find('>');
      if (size == std::string_view::npos) return false;
      rest_.remove_prefix(size + 1);
      return true;
    }
    while (size < rest_.size() && ((rest_[size] | 0x20) >= 'a' && (rest_[size] | 0x20) <= 'z'))
      ++size;
    rest_.remove_prefix(size);
    return size >= 3;
  }

  bool number(int& value, int low, int high) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < low || value > high) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  bool clock(seconds& value) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hour = 0, minute = 0, second = 0;
    if (!number(hour, 0, 167)) return false;
    if (take(':') && !number(minute, 0, 59)) return false;
    if (take(':') && !number(second, 0, 59)) return false;
    value = std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
    if (negative) value = -value;
    return true;
  }

  bool change(Change& out) {
    if (!take(',')) return false;
    if (take('M')) {
      out.kind = Change::Kind::MonthWeekDay;
      if (!number(out.month, 1, 12) || !take('.') || !number(out.week, 1, 5) || !take('.') ||
          !number(out.weekday, 0, 6))
        return false;
    } else if (take('J')) {
      out.kind = Change::Kind::JulianNoLeap;
      if (!number(out.day, 1, 365)) return false;
    } else if (!number(out.day, 0, 365)) {
      return false;
    }
    return !take('/') || clock(out.time);
  }

  std::string_view rest_;
};

}  // namespace

struct TimeZone::Rules {
  std::vector<std::int64_t> transitions{};  // UTC seconds, ascending
  std::vector<seconds> after{};             // the offset from that transition on
  seconds before{0};                        // the offset ahead of the first transition
  std::optional<Footer> footer{};

  seconds offset_at(sys_seconds time) const {
    const auto next =
        std::upper_bound(transitions.begin(), transitions.end(), time.time_since_epoch().count());
    if (next == transitions.end() && footer) return footer->offset_at(time);
    if (next == transitions.begin()) return before;
    return after[static_cast<std::size_t>(next - transitions.begin()) - 1];
  }
};

namespace {

/// Big-endian integers out of a TZif file (RFC 8536, section 3), never past its end.
class Bytes {
 public:
  explicit Bytes(std::string_view data) : data_(data) {}
  bool skip(std::size_t size) {
    if (size > data_.size()) return false;
    data_.remove_prefix(size);
    return true;
  }
  bool big_endian(std::size_t size, std::int64_t& value) {
    if (size > data_.size()) return false;
    std::uint64_t bits = (static_cast<unsigned char>(data_[0]) & 0x80U) != 0 ? ~0ULL : 0ULL;
    for (std::size_t i = 0; i < size; ++i)
      bits = (bits << 8U) | static_cast<unsigned char>(data_[i]);
    value = static_cast<std::int64_t>(bits);
    data_.remove_prefix(size);
    return true;
  }
  std::string_view rest() const { return data_; }

 private:
  std::string_view data_;
};

struct Header {
  std::int64_t ut = 0, standard = 0, leap = 0, time = 0, type = 0, chars = 0;

  bool read(Bytes& in) {
    if (!in.rest().starts_with("TZif") || !in.skip(20)) return false;
    for (std::int64_t* count : {&ut, &standard, &leap, &time, &type, &chars}) {
      if (!in.big_endian(4, *count) || *count < 0 || *count > 100'000) return false;
    }
    return type > 0;
  }
  std::size_t size(int time_size) const {
    return static_cast<std::size_t>(time * (time_size + 1) + type * 6 + chars +
                                    leap * (time_size + 4) + standard + ut);
  }
};

bool read_rules(std::string_view data, TimeZone::Rules& out) {
  Bytes in(data);
  Header header;
  if (data.size() < 5 || data[4] < '2') return false;  // version 1 has no 64-bit block
  if (!header.read(in) || !in.skip(header.size(4)) || !header.read(in)) return false;
  Bytes block = in;
  if (!in.skip(header.size(8))) return false;

  const auto count = static_cast<std::size_t>(header.time);
  out.transitions.resize(count);
  for (auto& at : out.transitions) {
    if (!block.big_endian(8, at)) return false;
  }
  std::vector<std::int64_t> types(count);
  for (auto& type : types) {
    if (!block.big_endian(1, type) || type < 0 || type >= header.type) return false;
  }
  std::vector<seconds> offsets;
  for (std::int64_t i = 0, offset = 0; i < header.type; ++i) {
    if (!block.big_endian(4, offset) || !block.skip(2)) return false;
    offsets.emplace_back(offset);
  }
  out.before = offsets.front();
  for (const auto type : types) out.after.push_back(offsets[static_cast<std::size_t>(type)]);

  std::string_view rest = in.rest();
  if (rest.size() < 2 || rest.front() != '\n') return false;
  rest.remove_prefix(1);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.empty()) return true;
  Footer footer;
  if (!FooterReader(rest).read(footer)) return false;
  out.footer = footer;
  return true;
}

/// Only names that stay inside the database's folder.
bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/' || name.front() == '-') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

TimeZone::TimeZone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  if (!is_zone_name(name)) return std::nullopt;
  const char* folder = std::getenv("TZDIR");
  std::ifstream file(
      std::string(folder != nullptr ? folder : "/usr/share/zoneinfo") + "/" + std::string(name),
      std::ios::binary);
  const std::string data((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto rules = std::make_shared<Rules>();
  if (!read_rules(data, *rules)) return std::nullopt;
  return TimeZone(std::move(rules));
}

Timestamp TimeZone::to_utc(LocalTime wall) const {
  const Timestamp as_utc(wall.time_since_epoch());
  const auto offset_at = [this](Timestamp time) {
    return rules_->offset_at(std::chrono::floor<seconds>(time));
  };
  // No zone is more than a day away from UTC, and none changes twice within two days.
  const seconds earlier = offset_at(as_utc - days(1));
  const seconds later = offset_at(as_utc + days(1));
  if (offset_at(as_utc - earlier) == earlier) return as_utc - earlier;
  if (offset_at(as_utc - later) == later) return as_utc - later;
  return as_utc - earlier;  // skipped: the old offset lands behind the gap
}

LocalTime TimeZone::to_local(Timestamp time) const {
  const seconds offset = rules_->offset_at(std::chrono::floor<seconds>(time));
  return LocalTime(time.time_since_epoch() + offset);
}

std::optional<Timestamp> from_zone(LocalTime wall, std::string_view zone) {
  const auto found = TimeZone::find(zone);
  if (!found) return std::nullopt;
  return found->to_utc(wall);
}

std::optional<LocalTime> to_zone(Timestamp time, std::string_view zone) {
  const auto found = TimeZone::find(zone);
  if (!found) return std::nullopt;
  return found->to_local(time);
}

}  // namespace channelbridge

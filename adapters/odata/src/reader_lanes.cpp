#include <algorithm>
#include <utility>

#include "json_internal.hpp"
#include "reader_internal.hpp"

namespace channelbridge::odata {
namespace {

using std::chrono::microseconds;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

std::string iso(std::int64_t at) { return to_iso8601(Timestamp(microseconds(at))); }

std::int64_t day_of(std::int64_t at) { return at - ((at % kDay) + kDay) % kDay; }

}  // namespace

std::int64_t Reader::width_of(const LaneSpec& spec) const {
  if (spec.stamp.pair()) return kSecond;
  const auto property = spec.type->properties.find(spec.stamp.first);
  if (property != spec.type->properties.end() && property->second.date_only) return kDay;
  return metadata_->version() == Version::V2 ? 1'000 : 1;
}

std::int64_t Reader::repeated_hour(const LaneSpec& spec, std::int64_t at) const {
  if (!spec.stamp.pair() && spec.stamp.type == "Edm.DateTimeOffset") return 0;
  const auto offset = [this](Timestamp time) {
    return service_.zone().to_local(time).time_since_epoch() - time.time_since_epoch();
  };
  // A local time of that hour may be its first or its second: the offset is taken from before it.
  const Timestamp before =
      service_.zone().to_utc(LocalTime(microseconds(at))) - std::chrono::hours(3);
  const auto back = offset(before) - offset(context_.clock().now());
  return std::max<std::int64_t>(std::chrono::duration_cast<microseconds>(back).count(), 0);
}

std::optional<std::int64_t> Reader::stamp_of(const LaneSpec& spec, std::string_view row) const {
  const auto first = parse_time(json::text_of(row, spec.stamp.first));
  if (!first) return std::nullopt;
  std::int64_t at = first->time_since_epoch().count();
  if (spec.stamp.pair()) {
    const auto second = parse_time_of_day(json::text_of(row, spec.stamp.second));
    at = day_of(at) + (second ? second->count() : 0);
  }
  const std::int64_t width = width_of(spec);
  return at - ((at % width) + width) % width;
}

std::int64_t Reader::server_stamp(const LaneSpec& spec, std::int64_t until) const {
  if (!spec.stamp.pair() && spec.stamp.type == "Edm.DateTimeOffset") return until;
  return service_.zone().to_local(Timestamp(microseconds(until))).time_since_epoch().count();
}

std::string Reader::lane_filter(const LaneSpec& spec, const Lane& lane,
                                const CursorState& state) const {
  const std::string& name = spec.stamp.first;
  const auto stamp = [&](std::int64_t at) { return literal_of(*spec.type, name, iso(at)); };
  const std::string key_after =
      spec.type->keys.size() == 1 && !lane.key.empty()
          ? spec.type->keys[0] + " gt " + literal_of(*spec.type, spec.type->keys[0], lane.key)
          : std::string();
  std::string filter;
  const auto also = [&filter](const std::string& term) {
    if (!term.empty()) filter += (filter.empty() ? "" : " and ") + term;
  };
  // A Date header names a second: what was changed within it belongs to this pull, too (SAP's CAP
  // stamps milliseconds).
  const std::string until = state.until
                                ? name + " le " + stamp(server_stamp(spec, *state.until + kSecond))
                                : std::string();
  if (spec.stamp.pair()) {
    const std::int64_t day = lane.at ? day_of(*lane.at) : 0;
    const auto time = [&] {
      return literal_of(*spec.type, spec.stamp.second, iso(*lane.at).substr(11, 8));
    };
    if (!lane.at) {
      also(until);
    } else if (lane.beyond) {
      also(name + " gt " + stamp(day));
      also(until);
    } else {
      also(name + " eq " + stamp(day));
      also(spec.stamp.second + (lane.inside ? " eq " : " ge ") + time());
      if (lane.inside) also(key_after);
    }
  } else if (lane.inside) {
    // Finer than shown: the shown stamp is an interval.
    const std::int64_t width = width_of(spec);
    also(name + " ge " + stamp(*lane.at));
    also(name + " lt " + stamp(*lane.at + width));
    also(key_after);
  } else {
    if (!lane.raw.empty() && !key_after.empty()) {
      const std::string raw = literal_of(*spec.type, name, lane.raw);
      also("(" + name + " gt " + raw + " or (" + name + " eq " + raw + " and " + key_after + "))");
    } else if (lane.at) {
      also(name + " ge " + stamp(*lane.at));
    }
    also(until);
  }
  return spec.root_key.empty() ? with_where(std::move(filter)) : filter;
}

Query Reader::lane_query(const LaneSpec& spec, const Lane& lane, const CursorState& state,
                         std::size_t rows) const {
  Query query;
  if (spec.root_key.empty()) {
    query = shape_query(shape_);
  } else {
    std::string names = key_order(*spec.type);
    for (const std::string& name : {spec.root_key, spec.stamp.first, spec.stamp.second}) {
      if (!name.empty() && std::find(spec.type->keys.begin(), spec.type->keys.end(), name) ==
                               spec.type->keys.end()) {
        names += "," + name;
      }
    }
    query.emplace_back("$select", names);
  }
  if (std::string filter = lane_filter(spec, lane, state); !filter.empty()) {
    query.emplace_back("$filter", std::move(filter));
  }
  std::string order = key_order(*spec.type);
  if (!lane.inside) {
    order = spec.stamp.first + (spec.stamp.pair() ? "," + spec.stamp.second : std::string()) + "," +
            order;
  }
  query.emplace_back("$orderby", order);
  query.emplace_back("$top", std::to_string(rows));
  // A compound key cannot be compared in one term: the rows of one moment are then skipped by
  // number, and counted.
  if (lane.inside && spec.type->keys.size() > 1 && lane.inside_seen > 0) {
    query.emplace_back("$skip", std::to_string(lane.inside_seen));
  }
  query.push_back(count_option());
  return query;
}

Result<void> Reader::step(const LaneSpec& spec, Lane& lane, CursorState& state,
                          std::size_t page_size, Timestamp began, adapter::Page& page,
                          bool& lane_end) {
  const bool root = spec.root_key.empty();
  const std::size_t wanted = top(page_size, root && !shape_.wanted.expand.empty());
  auto answer =
      fetch(service_.target(spec.set, lane_query(spec, lane, state, wanted)), operation("read"));
  if (!answer) return answer.error();
  const Rows& rows = answer->rows;
  const bool opening = !state.until;
  note_server_time(state, *answer, began);
  if (opening && state.first) {
    const auto specs = lane_specs();
    for (std::size_t i = 1; specs && i < specs->size(); ++i) {
      state.lanes[i].at = server_stamp((*specs)[i], *state.until);
    }
  }
  std::vector<std::string_view> fresh;
  for (const std::string_view row : rows.rows) {
    if (std::find(lane.repeats.begin(), lane.repeats.end(), row_hash(row)) == lane.repeats.end()) {
      fresh.push_back(row);
    }
  }
  if (root) {
    auto found = cut(fresh);
    if (!found) return found.error();
    page.changes = std::move(found->changes);
    page.unreadable = std::move(found->unreadable);
  } else {
    std::vector<std::string> keys;
    for (const std::string_view row : fresh) {
      std::string key = json::text_of(row, spec.root_key);
      if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) {
        keys.push_back(std::move(key));
      }
    }
    auto found = by_keys_within(keys);
    if (!found) return found.error();
    std::erase_if(found->changes, [](const adapter::Change& change) { return change.deleted; });
    page.changes = std::move(found->changes);
    page.unreadable = std::move(found->unreadable);
  }
  // The server's own word that there is no more: no link and, where it counts, as many rows as it
  // counts. (Row numbers are never followed here: rows that change meanwhile would shift the
  // pages.)
  const std::uint64_t before =
      lane.inside && spec.type->keys.size() > 1 ? lane.inside_seen : std::uint64_t{0};
  const bool complete = rows.next.empty() && all_said(rows, before);
  return move_on(spec, lane, state, rows, complete, lane_end);
}

Result<void> Reader::move_inside(const LaneSpec& spec, Lane& lane, const CursorState& state,
                                 const Rows& rows, bool complete) {
  const bool by_number = spec.type->keys.size() > 1;
  if (by_number && lane.inside_seen > 0 && rows.count.value_or(0) != lane.inside_count) {
    // A row left this stamp or came to it: the numbers are other rows' now, and one of them may
    // have been skipped.
    lane = {.at = lane.at, .inside = true};
    return {};
  }
  if (lane.inside_seen == 0) lane.inside_count = rows.count.value_or(0);
  lane.inside_seen += rows.rows.size();
  const std::string_view last = last_with_key(*spec.type, rows.rows);
  const std::string seen_last =
      std::exchange(lane.key, last.empty() ? lane.key : key_of(*spec.type, last));
  if (!complete) {
    if (!last.empty() && lane.key == seen_last) return same_page();
    const bool goes_on = by_number ? !rows.rows.empty() : !last.empty();
    if (goes_on) return {};
    return service_.located(
        Error(ErrorCode::Protocol, "the service counts rows that it does not send"),
        operation("read"));
  }
  if (lane.inside_seen < lane.inside_count) {
    Lane whole = lane;
    whole.key.clear();
    const auto now = count_now(spec.set, *spec.type, lane_filter(spec, whole, state));
    if (!now) return now.error();
    if (lane.inside_seen < *now) {
      return service_.located(
          Error(ErrorCode::Protocol, "of " + std::to_string(*now) + " rows on one stamp " +
                                         std::to_string(lane.inside_seen) +
                                         " came: the service's order and its comparison disagree"),
          operation("read"));
    }
  }
  lane = {.at = *lane.at + width_of(spec)};
  return {};
}

Result<void> Reader::move_on(const LaneSpec& spec, Lane& lane, const CursorState& state,
                             const Rows& rows, bool complete, bool& lane_end) {
  if (lane.inside) return move_inside(spec, lane, state, rows, complete);
  std::optional<std::int64_t> last;
  for (const std::string_view row : rows.rows) {
    const auto stamp = stamp_of(spec, row);
    if (stamp && (!last || *last < *stamp)) last = stamp;
  }
  if (complete) {
    const bool one_day = spec.stamp.pair() && lane.at && !lane.beyond;
    if (last && (!lane.at || *lane.at < *last)) lane.at = last;
    if (one_day) {
      lane.beyond = true;  // this day is read; now the days after it
      lane.repeats.clear();
      return {};
    }
    // A stamp in the future (a wrong clock, 9999-12-31) must not hide what happens until then.
    const std::int64_t until = server_stamp(spec, *state.until);
    const std::int64_t width = width_of(spec);
    if (lane.at) lane.at = std::min(*lane.at, until - ((until % width) + width) % width);
    lane_end = true;
    return {};
  }
  if (rows.rows.empty()) {
    return service_.located(
        Error(ErrorCode::Protocol, "the service counts rows that it does not send"),
        operation("read"));
  }
  if (!last) {
    return service_.located(
        Error(ErrorCode::Unsupported,
              "more objects than one page has room for have no time of change; read them with "
              "'strategy: snapshot'"),
        operation("read"));
  }
  if (lane.at && *last < *lane.at) {
    return service_.located(
        Error(ErrorCode::Protocol, "the service sends rows older than asked for"),
        operation("read"));
  }
  if (strategy() == Strategy::Keyset && !spec.stamp.pair() && spec.type->keys.size() == 1) {
    const std::string_view row = last_with_key(*spec.type, rows.rows);
    if (row.empty()) {
      return service_.located(Error(ErrorCode::Protocol,
                                    "no row of a page has its key: the next page cannot be asked "
                                    "for"),
                              operation("read"));
    }
    std::string raw = json::text_of(row, spec.stamp.first);
    std::string key = key_of(*spec.type, row);
    if (raw == lane.raw && key == lane.key) return same_page();
    lane.raw = std::move(raw);
    lane.key = std::move(key);
    lane.at = last;
    return {};
  }
  if (lane.at && *lane.at == *last && !lane.beyond) {
    // A whole page on one stamp: no step leads out of it.
    lane = {.at = lane.at, .inside = true, .repeats = std::move(lane.repeats)};
    return {};
  }
  lane = {.at = last};
  for (const std::string_view row : rows.rows) {
    if (stamp_of(spec, row) == last) lane.repeats.push_back(row_hash(row));
  }
  return {};
}

}  // namespace channelbridge::odata

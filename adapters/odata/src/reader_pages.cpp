#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "json_internal.hpp"
#include "reader_internal.hpp"

namespace channelbridge::odata {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

std::int64_t us(std::chrono::milliseconds value) {
  return duration_cast<microseconds>(value).count();
}

/// A condition may be written over several lines; OData knows blanks only.
std::string in_one_line(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    out += !quoted && (c == '\n' || c == '\r' || c == '\t') ? ' ' : c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

/// Does `or` stand in it as a word, outside of quotes?
bool has_or(std::string_view text) {
  const auto in_word = [&](std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\'') quoted = !quoted;
    const bool alone = at > 0 && !in_word(at - 1) && !in_word(at + 2);
    if (!quoted && alone && text.substr(at, 2) == "or") return true;
  }
  return false;
}

}  // namespace

Strategy Reader::strategy() const {
  const Strategy asked = service_.options().strategy;
  if (asked == Strategy::Delta) return asked;
  if (shape_.modified.first.empty()) return Strategy::Snapshot;
  if (asked != Strategy::Auto) return asked;
  return metadata_->version() == Version::V4 && !shape_.modified.pair() &&
                 shape_.type->keys.size() == 1
             ? Strategy::Keyset
             : Strategy::TimeStep;
}

Result<std::vector<Reader::LaneSpec>> Reader::lane_specs() const {
  std::vector<LaneSpec> out{{.set = shape_.set, .type = shape_.type, .stamp = shape_.modified}};
  if (!shape_.created.first.empty()) {
    out.push_back({.set = shape_.set, .type = shape_.type, .stamp = shape_.created});
  }
  for (const std::string& name : selection_.touch) {
    LaneSpec spec{.set = name, .type = metadata_->type_of_set(name)};
    const auto wrong = [&](const std::string& why) {
      return service_
          .located(Error(ErrorCode::Invalid, "touch: " + name + " " + why), operation("read"))
          .with_sent(Sent::No);
    };
    if (spec.type == nullptr) return wrong("is no entity set of this service");
    spec.stamp = stamp_path(*spec.type, selection_.modified);
    if (spec.stamp.first.empty()) spec.stamp = stamp_path(*spec.type, default_stamp(*spec.type));
    if (spec.stamp.first.empty()) {
      // The children of A_BusinessPartner have none: their changes show by their root's time of
      // change only.
      service_.warn("touched set has no time of change; its root's is followed", name);
      continue;
    }
    const std::string& parent = service_.options().parent_property;
    spec.root_key =
        !parent.empty() && spec.type->properties.contains(parent) ? parent : shape_.type->keys[0];
    if (!spec.type->properties.contains(spec.root_key) || shape_.type->keys.size() != 1) {
      return wrong("does not name its root");
    }
    out.push_back(std::move(spec));
  }
  return out;
}

std::string Reader::with_where(std::string filter) const {
  if (selection_.where.empty()) return filter;
  std::string where = in_one_line(selection_.where);
  if (filter.empty()) return where;
  // Some services refuse needless parentheses.
  return filter + " and " + (has_or(where) ? "(" + where + ")" : where);
}

std::pair<std::string, std::string> Reader::count_option() const {
  if (metadata_->version() == Version::V2) return {"$inlinecount", "allpages"};
  return {"$count", "true"};
}

void Reader::note_server_time(CursorState& state, const Fetched& fetched, Timestamp began) const {
  if (state.until) return;
  // Both clocks may differ: the server's own Date is the bound, ours only where it sends none.
  state.until = fetched.server_time.value_or(began).time_since_epoch().count();
}

void Reader::begin_pull(CursorState& state, const std::vector<LaneSpec>& specs) {
  state.pulling = true;
  state.until.reset();
  state.lane = 0;
  state.key.clear();
  state.count = state.seen = 0;
  state.lanes.resize(specs.size());
  for (std::size_t i = 0; i < state.lanes.size(); ++i) {
    Lane& lane = state.lanes[i];
    // A set that is followed only now begins where its root stands.
    if (!lane.at && i > 0) lane.at = state.lanes[0].at;
    if (lane.at) *lane.at -= us(service_.options().overlap) + repeated_hour(specs[i], *lane.at);
    lane = {.at = lane.at};
  }
}

/// A comparison is never met by an empty stamp: what has none until its first change is not seen.
void Reader::warn_of_empty_stamps(Strategy how) const {
  if (how == Strategy::Snapshot || !shape_.created.first.empty()) return;
  if (service_.options().always_stamped) return;
  const auto stamp = shape_.type->properties.find(shape_.modified.first);
  if (stamp == shape_.type->properties.end() || !stamp->second.description.nullable) return;
  service_.warn(
      "the time of change may be empty: objects that have none are not followed; name the time of "
      "creation with 'created', or use 'strategy: snapshot'",
      selection_.object);
}

Result<adapter::Page> Reader::read(const adapter::Cursor& cursor, std::size_t page_size) {
  if (auto ready = prepare(); !ready) return ready.error();
  CursorState state;
  state.first = cursor.empty();
  if (!cursor.empty()) {
    auto parsed = parse_cursor(cursor);
    if (!parsed) return service_.located(parsed.error(), operation("read"));
    state = std::move(*parsed);
  }
  const auto specs = lane_specs();
  if (!specs) return specs.error();
  if (!state.pulling) choose_links(state);
  adapter::Page before;
  adapter::Page page;
  const Timestamp began = context_.clock().now();
  bool linked = state.pulling && state.mode == CursorState::Mode::Links;
  if (linked) {
    if (is_of_another_query(state)) {
      auto told = last_deletes(state, page_size);
      if (!told) return told.error();
      before = *std::move(told);
    }
    const auto tracked = read_links(state, page_size, began, page);
    if (!tracked) return tracked.error();
    linked = *tracked;
    if (!linked) state = {.first = true};
  }
  const auto done = linked ? Result<void>() : read_unlinked(state, *specs, page_size, began, page);
  if (!done) return done.error();
  put_before(std::move(before), page);
  if (page.end) {
    state.pulling = false;
    state.first = false;
  }
  page.next = to_text(state);
  return page;
}

Result<void> Reader::read_unlinked(CursorState& state, const std::vector<LaneSpec>& specs,
                                   std::size_t page_size, Timestamp began, adapter::Page& page) {
  const Strategy how = strategy();
  if (state.first) warn_of_empty_stamps(how);
  if (!state.pulling) {
    const bool all = how == Strategy::Snapshot || (state.first && !shape_.created.first.empty());
    state.mode = all ? CursorState::Mode::All : CursorState::Mode::Changes;
    state.link.clear();
    begin_pull(state, specs);
  }
  if (state.lanes.size() != specs.size()) state.lanes.resize(specs.size());
  return state.mode == CursorState::Mode::All ? read_all(state, page_size, began, page)
                                              : read_changes(state, page_size, began, page);
}

Result<std::uint64_t> Reader::count_now(const std::string& set, const Type& type,
                                        const std::string& filter) {
  Query query{{"$select", key_order(type)}, {"$top", "1"}, count_option()};
  if (!filter.empty()) query.emplace_back("$filter", filter);
  auto answer = fetch(service_.target(set, query), operation("count"));
  if (!answer) return answer.error();
  return answer->rows.count.value_or(0);
}

Result<void> Reader::read_all(CursorState& state, std::size_t page_size, Timestamp began,
                              adapter::Page& page) {
  const Type& type = *shape_.type;
  const bool single = type.keys.size() == 1;
  std::string target;
  http::Headers headers;
  if (state.link.empty()) {
    Query query = shape_query(shape_);
    std::string filter;
    const std::size_t rows = top(page_size, !shape_.wanted.expand.empty());
    if (single) {
      query.emplace_back("$top", std::to_string(rows));
      if (!state.key.empty()) {
        filter = type.keys[0] + " gt " + literal_of(type, type.keys[0], state.key);
      }
    } else if (metadata_->version() == Version::V4) {
      headers.set("prefer", "odata.maxpagesize=" + std::to_string(rows));
    }
    filter = with_where(std::move(filter));
    if (!filter.empty()) query.emplace_back("$filter", filter);
    query.emplace_back("$orderby", key_order(type));
    query.push_back(count_option());
    target = service_.target(shape_.set, query);
  } else {
    target = service_.link_target(state.link);
  }
  auto answer = fetch(target, operation("read"), headers);
  if (!answer) return answer.error();
  note_server_time(state, *answer, began);
  const Rows& rows = answer->rows;
  auto found = cut(rows.rows);
  if (!found) return found.error();
  page.changes = std::move(found->changes);
  page.unreadable = std::move(found->unreadable);
  if (state.seen == 0) {
    state.count = rows.count.value_or(0);
    page.renewed.push_back(selection_.object);  // everything is read anew from here on
  }
  state.seen += rows.rows.size();

  bool complete = rows.next.empty();
  if (single) {
    complete = complete && all_said(rows);
    if (!complete && rows.rows.empty()) {
      return service_.located(
          Error(ErrorCode::Protocol, "the service counts rows that it does not send"),
          operation("read"));
    }
    if (!complete) {
      const std::string_view last = last_with_key(type, rows.rows);
      if (last.empty()) {
        return service_.located(Error(ErrorCode::Protocol,
                                      "no row of a page has its key: the next page cannot be asked "
                                      "for"),
                                operation("read"));
      }
      std::string key = key_of(type, last);
      if (key == state.key) return same_page();
      state.key = std::move(key);
    }
  } else {
    if (!complete && rows.next == state.link) {
      return same_link();
    }
    state.link = rows.next;
  }
  if (!complete) return {};
  if (state.seen < state.count) {
    // Fewer than counted first: rows deleted meanwhile, or lost between two pages?
    const auto now = count_now(shape_.set, type, with_where({}));
    if (!now) return now.error();
    if (state.seen < *now) {
      return service_.located(
          Error(ErrorCode::Protocol, "a full read brought " + std::to_string(state.seen) + " of " +
                                         std::to_string(*now) +
                                         " rows: the service's order and its comparison disagree"),
          operation("read"));
    }
  }
  page.end = true;
  state.key.clear();
  const auto specs = lane_specs();
  if (!specs) return specs.error();
  if (strategy() == Strategy::Snapshot) return {};
  for (std::size_t i = 0; i < specs->size(); ++i) {
    // What changed while everything was read lies after its beginning; a date and time without zone
    // may be up to a day off when `time_zone` is not the system's, and a date alone begins its day.
    const LaneSpec& spec = (*specs)[i];
    const bool days = spec.stamp.pair() || width_of(spec) > us(std::chrono::seconds(1));
    state.lanes[i] = {.at = server_stamp(spec, *state.until) -
                            (days ? us(std::chrono::hours(24)) : 0)};
  }
  return {};
}

Result<void> Reader::read_changes(CursorState& state, std::size_t page_size, Timestamp began,
                                  adapter::Page& page) {
  const auto specs = lane_specs();
  if (!specs) return specs.error();
  if (state.lane >= specs->size()) state.lane = 0;
  bool lane_end = false;
  if (auto done = step((*specs)[state.lane], state.lanes[state.lane], state, page_size, began, page,
                       lane_end);
      !done) {
    return done;
  }
  if (!lane_end) return {};
  // The first pull has read every root: its touched children hold nothing new.
  if (state.first || ++state.lane >= specs->size()) {
    page.end = true;
    state.lane = 0;
  }
  return {};
}

}  // namespace channelbridge::odata

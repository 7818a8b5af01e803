// The server's own delta links (OData 4.0 part 1, 11.3; JSON format 4.0, 14 and 4.01, 15).
#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "json_internal.hpp"
#include "reader_internal.hpp"

namespace channelbridge::odata {
namespace {

constexpr int kGone = 410;
/// A full read whose links go sooner than this after it began is not begun again.
constexpr std::chrono::hours kLeastLife{1};

/// Segments of an address or of a context; a '/' inside of a predicate parts nothing.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < path.size(); ++at) {
    const char c = path[at];
    if (c == '\'' && depth > 0) quoted = !quoted;
    if (quoted) continue;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c != '/' || depth > 0) continue;
    out.push_back(path.substr(begin, at - begin));
    begin = at + 1;
  }
  out.push_back(path.substr(begin));
  return out;
}

/// "Model.SpecialOrder" behind an entity: the same one, of a derived type.
bool is_cast(std::string_view segment) {
  return segment.find('.') != std::string_view::npos && segment.find('(') == std::string_view::npos;
}

std::string set_of(std::string_view segment) {
  return std::string(segment.substr(0, segment.find('(')));
}

/// "…#SalesOrderItem/$deletedEntity" -> set "SalesOrderItem", kind "$deletedEntity"; of an entry
/// without a context both are "": it is one of the set that is followed. Of a contained set
/// ("#Orders(1)/Items/$deletedEntity") `owner` is "Orders(1)".
struct EntryContext {
  std::string set{};
  std::string kind{};
  std::string owner{};
  bool link() const { return kind == "$link" || kind == "$deletedLink"; }
};

EntryContext context_of(std::string_view row) {
  std::string context = json::text_of(row, "@odata.context");
  if (context.empty()) context = json::text_of(row, "@context");
  const std::size_t hash = context.find('#');
  if (hash == std::string::npos) return {};
  std::vector<std::string_view> parts = segments_of(std::string_view(context).substr(hash + 1));
  EntryContext out;
  if (parts.back().starts_with('$')) {
    out.kind = parts.back();
    parts.pop_back();
  }
  std::erase_if(parts, is_cast);
  if (parts.empty()) return out;
  out.set = set_of(parts.back());
  if (parts.size() > 1) out.owner = parts.front();
  return out;
}

/// Where an entity stands: the first segment of its address that is an entity of a set, and whether
/// that is the entity itself.
struct Place {
  std::string first{};
  bool alone{};
};

Place place_of(const Metadata& metadata, std::string_view address) {
  const std::vector<std::string_view> parts = segments_of(address);
  const auto has_predicate = [](std::string_view part) {
    return part.find('(') != std::string_view::npos;
  };
  auto first = std::find_if(parts.begin(), parts.end(), [&](std::string_view part) {
    return has_predicate(part) && metadata.set(set_of(part)) != nullptr;  // not the service's path
  });
  if (first == parts.end()) first = std::find_if(parts.begin(), parts.end(), has_predicate);
  if (first == parts.end()) return {};
  return {.first = std::string(*first), .alone = std::all_of(first + 1, parts.end(), is_cast)};
}

/// "id" is an address in the entries of OData 4.0 that tell a delete; else it is a property.
std::string address_of(std::string_view row, const EntryContext& context) {
  if (context.link()) return json::text_of(row, "source");
  for (const char* name : {"@id", "@odata.id", "id"}) {
    if (name == std::string_view("id") && context.kind != "$deletedEntity") continue;
    if (std::string address = json::text_of(row, name); !address.empty()) return address;
  }
  return {};
}

std::string_view removal(std::string_view row) {
  const std::string_view removed = json::member(row, "@removed");
  return removed.empty() ? json::member(row, "@odata.removed") : removed;
}

/// An entity that fits the query no more is there, and nobody has deleted it.
bool has_left(std::string_view row) {
  return json::text_of(row, "reason") == "changed" ||
         json::text_of(removal(row), "reason") == "changed";
}

}  // namespace

/// The links are those of a query: another selection is another query.
std::string Reader::links_target() const {
  Query query = shape_query(shape_);
  if (std::string filter = with_where({}); !filter.empty()) {
    query.emplace_back("$filter", std::move(filter));
  }
  return service_.target(shape_.set, query);
}

bool Reader::offers_links() const { return offers_links(*metadata_, shape_, selection_); }

bool Reader::offers_links(const Metadata& metadata, const Shape& shape,
                          const adapter::Selection& selection) {
  const Set* set = metadata.set(shape.set);
  // A child set that is followed by itself may stand outside of what the link covers.
  return metadata.version() == Version::V4 && set != nullptr && set->tracks_changes &&
         selection.touch.empty() && covers(*set, shape.wanted, {});
}

/// A child that is expanded, and that the links do not cover, would change unseen.
bool Reader::covers(const Set& set, const Wanted& wanted, const std::string& above) {
  for (const auto& [name, child] : wanted.expand) {
    const std::string path = above + name;
    if (!set.tracked_children.contains(path) || !covers(set, child, path + "/")) return false;
  }
  return true;
}

bool Reader::follows_links(const CursorState& state) const {
  const Strategy asked = service_.options().strategy;
  if (asked != Strategy::Auto) return asked == Strategy::Delta;
  const bool has_link = state.mode == CursorState::Mode::Links && !state.link.empty();
  return has_link || (state.first && offers_links());
}

void Reader::choose_links(CursorState& state) const {
  if (follows_links(state)) {
    state.mode = CursorState::Mode::Links;
    state.pulling = true;
    state.until.reset();
  } else if (state.mode == CursorState::Mode::Links) {
    state = {.first = true};  // a link says nothing of times and keys
  }
}

void Reader::begin_links(CursorState& state, const std::string& target) {
  state = {.mode = CursorState::Mode::Links, .pulling = true, .first = true};
  state.asked = row_hash(target);
}

/// The link of a pull that is over may be old, and a service forgets. In the middle of a full read
/// it is begun again only where that has taken long: else it would begin for ever.
bool Reader::may_begin_anew(const CursorState& state, const Error& error, Timestamp began) const {
  if (error.http_status() != kGone || state.link.empty()) return false;
  const auto since = state.until ? Timestamp(std::chrono::microseconds(*state.until)) : began;
  return !state.first || began - since >= kLeastLife;
}

Result<Reader::Fetched> Reader::fetch_links(const CursorState& state, const std::string& target,
                                            std::size_t page_size) {
  http::Headers headers;
  const std::size_t rows = top(page_size, !shape_.wanted.expand.empty());
  const bool v4 = metadata_->version() == Version::V4;
  headers.set("prefer", "odata.track-changes" +
                            (v4 ? ",odata.maxpagesize=" + std::to_string(rows) : std::string()));
  return fetch(state.link.empty() ? target : service_.link_target(state.link), operation("read"),
               headers);
}

Result<bool> Reader::read_links(CursorState& state, std::size_t page_size, Timestamp began,
                                adapter::Page& page) {
  const std::string target = links_target();
  if (state.link.empty() || state.asked != row_hash(target)) begin_links(state, target);
  auto answer = fetch_links(state, target, page_size);
  if (!answer && may_begin_anew(state, answer.error(), began)) {
    service_.warn(
        "the service has forgotten a delta link: everything is read again, and what was deleted "
        "since the last pull is not told",
        selection_.object);
    begin_links(state, target);
    answer = fetch_links(state, target, page_size);
  }
  const bool begins = state.link.empty();
  const std::string asked_for = begins ? target : service_.link_target(state.link);
  if (begins && service_.options().strategy == Strategy::Auto && !is_tracked(answer)) return false;
  if (!answer) return answer.error();
  note_server_time(state, *answer, began);
  const Rows& rows = answer->rows;
  if (rows.next.empty() && rows.delta.empty()) {
    return service_.located(
        Error(ErrorCode::Unsupported, "the service gives no delta link; use another strategy"),
        operation("read"));
  }
  if (begins) page.renewed.push_back(selection_.object);
  auto told = state.first ? take_whole(rows.rows, page) : take_delta(rows.rows, page);
  if (!told) return told.error();
  if (!*told) {
    // Nothing of a page may be lost: what cannot be understood of it is read with everything. The
    // deletes that it has told for certain stay told.
    service_.warn(
        "a delta speaks of something that leads to no object: everything is read again, and what "
        "was deleted behind this page is not told",
        selection_.object);
    begin_links(state, target);
    adapter::Page told_before = std::exchange(page, {});
    auto read = read_links(state, page_size, began, page);
    put_before(std::move(told_before), page);
    return read;
  }
  page.end = rows.next.empty();
  if (!page.end && service_.link_target(rows.next) == asked_for) return same_link();
  state.link = page.end ? rows.delta : rows.next;
  return true;
}

void Reader::put_before(adapter::Page before, adapter::Page& page) {
  page.changes.insert(page.changes.begin(), std::make_move_iterator(before.changes.begin()),
                      std::make_move_iterator(before.changes.end()));
  page.unreadable.insert(page.unreadable.begin(),
                         std::make_move_iterator(before.unreadable.begin()),
                         std::make_move_iterator(before.unreadable.end()));
}

Error Reader::same_link() const {
  return service_.located(
      Error(ErrorCode::Protocol, "the link to the next page leads to the same page"),
      operation("read"));
}

bool Reader::is_of_another_query(const CursorState& state) const {
  return !state.first && !state.link.empty() && state.asked != row_hash(links_target());
}

/// The deletes that the link of the old query still tells; what has changed comes with everything.
Result<adapter::Page> Reader::last_deletes(CursorState state, std::size_t page_size) {
  service_.warn("the selection is another one: everything is read again", selection_.object);
  adapter::Page out;
  for (bool end = false; !end;) {
    auto answer = fetch_links(state, {}, page_size);
    if (!answer && (answer.error().http_status() == kGone || !is_tracked(answer))) {
      service_.warn(
          "the service has forgotten a delta link: what was deleted since the last pull is not "
          "told",
          selection_.object);
      return out;
    }
    if (!answer) return answer.error();
    const Rows& rows = answer->rows;
    Words words;
    for (const std::string_view row : rows.rows) hear(row, words, out);
    tell_deletes(words, out);
    end = rows.next.empty();
    if (!end && service_.link_target(rows.next) == service_.link_target(state.link))
      return same_link();
    state.link = rows.next;
  }
  return out;
}

/// A service that follows a query says so with the first page. One that cannot follow this query
/// ignores the preference or refuses it; any other failure is one.
bool Reader::is_tracked(const Result<Fetched>& answer) {
  if (answer) {
    const std::string applied = answer->response.headers.get("preference-applied").value_or("");
    return applied.find("track-changes") != std::string::npos;
  }
  const ErrorCode code = answer.error().code();
  return code != ErrorCode::Invalid && code != ErrorCode::Rejected &&
         code != ErrorCode::Unsupported;
}

Result<bool> Reader::take_whole(const std::vector<std::string_view>& rows, adapter::Page& page) {
  std::vector<std::string_view> living;
  for (const std::string_view row : rows) {
    if (!is_removed(row)) {
      living.push_back(row);
    } else if (const std::string key = removed_key(row, page); !key.empty()) {
      page.changes.push_back({.key = key, .deleted = true});
    }
  }
  auto found = cut(living);
  if (!found) return found.error();
  page.changes.insert(page.changes.begin(), std::make_move_iterator(found->changes.begin()),
                      std::make_move_iterator(found->changes.end()));
  std::move(found->unreadable.begin(), found->unreadable.end(),
            std::back_inserter(page.unreadable));
  return true;
}

bool Reader::hear(std::string_view row, Words& words, adapter::Page& page) const {
  if (!is_of_root(row)) {
    const std::string root = root_of_entry(row);
    if (!root.empty()) words.try_emplace(root, Word::Changed);
    return !root.empty();
  }
  if (is_removed(row)) {
    const std::string key = removed_key(row, page);
    if (!key.empty()) words[key] = has_left(row) ? Word::Left : Word::Deleted;
    return true;
  }
  const std::string key = living_key(row);
  if (!key.empty()) words[key] = Word::Changed;
  return !key.empty();
}

void Reader::tell_deletes(const Words& words, adapter::Page& page) {
  for (const auto& [key, word] : words) {
    if (word == Word::Deleted) page.changes.push_back({.key = key, .deleted = true});
  }
}

/// A delta says which objects have changed; of what they are now it may say a part (changed
/// properties, children as entries of their own). They are read as they stand. False: it speaks of
/// something that leads to no object; then the deletes are told and nothing else.
Result<bool> Reader::take_delta(const std::vector<std::string_view>& rows, adapter::Page& page) {
  Words words;
  bool understood = true;
  for (const std::string_view row : rows) understood = hear(row, words, page) && understood;
  std::vector<std::string> changed;
  for (const auto& [key, word] : words) {
    // Without a condition there is nothing that it could have left: a look tells.
    if (word == Word::Changed || (word == Word::Left && selection_.where.empty()))
      changed.push_back(key);
  }
  if (understood && !changed.empty()) {
    auto now = by_keys_within(changed);
    if (!now) return now.error();
    std::move(now->changes.begin(), now->changes.end(), std::back_inserter(page.changes));
    std::move(now->unreadable.begin(), now->unreadable.end(), std::back_inserter(page.unreadable));
  }
  tell_deletes(words, page);
  return understood;
}

bool Reader::is_removed(std::string_view row) {
  return !removal(row).empty() || context_of(row).kind == "$deletedEntity";
}

bool Reader::is_of_root(std::string_view row) const {
  const EntryContext context = context_of(row);
  const bool elsewhere = !context.set.empty() && context.set != shape_.set;
  if (context.link() || elsewhere || !context.owner.empty()) return false;
  const Place place = place_of(*metadata_, address_of(row, context));
  return place.first.empty() || (place.alone && set_of(place.first) == shape_.set);
}

std::string Reader::living_key(std::string_view row) const {
  const EntryContext context = context_of(row);
  const bool shows = context.kind != "$deletedEntity" && has_key(*shape_.type, row);
  if (shows) return key_of(*shape_.type, row);
  const Place place = place_of(*metadata_, address_of(row, context));
  const std::string told = entity_in(*metadata_, *shape_.type, place.first);
  return told.empty() ? std::string() : key_of(*shape_.type, told);
}

std::string Reader::removed_key(std::string_view row, adapter::Page& page) const {
  std::string key = living_key(row);
  if (key.empty()) {
    page.unreadable.push_back(
        {.position = selection_.object + ":" + row_hash(row),
         .text = std::string(row),
         .error =
             service_.located(Error(ErrorCode::Protocol, "a removed entity comes without its key"),
                              operation("read"))});
  }
  return key;
}

/// Of a child, or of a link between two entities: the object that shows it. "" where nothing says
/// for certain which it is.
std::string Reader::root_of_entry(std::string_view row) const {
  const EntryContext context = context_of(row);
  Place place = place_of(*metadata_, address_of(row, context));
  if (place.first.empty()) place = {.first = context.owner};
  if (!place.first.empty() && set_of(place.first) == shape_.set) {
    const std::string told = entity_in(*metadata_, *shape_.type, place.first);
    return told.empty() ? std::string() : key_of(*shape_.type, told);
  }
  const bool contained = !place.first.empty() && !place.alone;
  const Type* type =
      metadata_->type_of_set(place.first.empty() ? context.set : set_of(place.first));
  if (contained || type == nullptr) return {};
  const std::string property = root_property(*type);
  if (property.empty()) return {};
  const std::string told = entity_in(*metadata_, *type, place.first);
  std::string root = told.empty() ? std::string() : json::text_of(told, property);
  const bool shows = !context.link() && context.kind != "$deletedEntity";
  if (root.empty() && shows) root = json::text_of(row, property);
  return root;
}

/// The property of a child's that holds its root's key: that of a referential constraint, or the
/// one that the options name. A property that only has the name of the root's key may be the
/// child's own.
std::string Reader::root_property(const Type& child) const {
  if (shape_.type->keys.size() != 1) return {};
  const auto leads_here = [&](const Navigation& way) { return way.type == child.name; };
  std::set<std::string> bound;
  for (const auto& [name, way] : child.navigations) {
    if (way.type != shape_.type->name || way.many) continue;
    const Navigation* back = metadata_->navigation(*shape_.type, way.partner);
    if (!way.partner.empty() && (back == nullptr || !leads_here(*back))) continue;
    for (const auto& [here, there] : way.constraints) {
      if (there == shape_.type->keys[0]) bound.insert(here);
    }
  }
  if (!bound.empty()) return bound.size() == 1 ? *bound.begin() : std::string();
  const std::string& parent = service_.options().parent_property;
  const bool below = std::any_of(shape_.type->navigations.begin(), shape_.type->navigations.end(),
                                 [&](const auto& way) { return leads_here(way.second); });
  const bool whole_key = child.keys == std::vector<std::string>{parent};
  return below && !whole_key && child.properties.contains(parent) ? parent : std::string();
}

}  // namespace channelbridge::odata

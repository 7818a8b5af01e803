// The server's own delta links (OData 4.0 part 1, 11.3; JSON format 4.0, 14 and 4.01, 15).
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "json_internal.hpp"
#include "reader_internal.hpp"

namespace channelbridge::odata {
namespace {

constexpr int kGone = 410;
/// A full read whose links go sooner than this after it began is not begun again.
constexpr std::chrono::hours kLeastLife{1};

enum class Word : std::uint8_t { Changed, Deleted, Left };

/// "…#SalesOrderItem/$deletedEntity" -> set "SalesOrderItem", kind "$deletedEntity"; of an entry
/// without a context both are "": it is one of the set that is followed.
struct EntryContext {
  std::string set{};
  std::string kind{};
};

EntryContext context_of(std::string_view row) {
  std::string context = json::text_of(row, "@odata.context");
  if (context.empty()) context = json::text_of(row, "@context");
  const std::size_t hash = context.find('#');
  if (hash == std::string::npos) return {};
  const std::size_t end = std::min(context.find_first_of("/(", hash), context.size());
  const std::size_t slash = context.rfind('/');
  return {.set = context.substr(hash + 1, end - hash - 1),
          .kind = slash == std::string::npos || slash < hash ? "" : context.substr(slash + 1)};
}

std::string address_of(std::string_view row) {
  for (const char* name : {"@id", "@odata.id", "id"}) {
    if (std::string address = json::text_of(row, name); !address.empty()) return address;
  }
  return {};
}

/// "https://h/root/SalesOrderItem(SalesOrder='1',…)" -> "SalesOrderItem"
std::string set_in(std::string_view address) {
  address = address.substr(0, address.find('('));
  return std::string(address.substr(address.rfind('/') + 1));
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

bool Reader::offers_links() const {
  const Set* set = metadata_->set(shape_.set);
  // A child set that is followed by itself may stand outside of what the link covers.
  return metadata_->version() == Version::V4 && set != nullptr && set->tracks_changes &&
         selection_.touch.empty();
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
    // Nothing of a page may be lost: what cannot be understood of it is read with everything.
    page = {};
    begin_links(state, target);
    return read_links(state, page_size, began, page);
  }
  page.end = rows.next.empty();
  state.link = page.end ? rows.delta : rows.next;
  return true;
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

/// A delta says which objects have changed; of what they are now it may say a part (changed
/// properties, children as entries of their own). They are read as they stand. False: it speaks of
/// something that leads to no object.
Result<bool> Reader::take_delta(const std::vector<std::string_view>& rows, adapter::Page& page) {
  std::map<std::string, Word> words;
  for (const std::string_view row : rows) {
    const EntryContext context = context_of(row);
    const bool link = context.kind == "$link" || context.kind == "$deletedLink";
    const bool ours = context.set.empty() || context.set == shape_.set;
    if (link || !ours) {
      const std::string root = root_of_entry(context.set, row, link);
      if (root.empty()) return false;
      words.try_emplace(root, Word::Changed);
    } else if (is_removed(row)) {
      const std::string key = removed_key(row, page);
      if (!key.empty()) words[key] = has_left(row) ? Word::Left : Word::Deleted;
    } else {
      const std::string key = living_key(row);
      if (key.empty()) return false;
      words[key] = Word::Changed;
    }
  }
  std::vector<std::string> changed;
  for (const auto& [key, word] : words) {
    // Without a condition there is nothing that it could have left: a look tells.
    if (word == Word::Changed || (word == Word::Left && selection_.where.empty()))
      changed.push_back(key);
  }
  if (!changed.empty()) {
    auto now = by_keys_within(changed);
    if (!now) return now.error();
    std::move(now->changes.begin(), now->changes.end(), std::back_inserter(page.changes));
    std::move(now->unreadable.begin(), now->unreadable.end(), std::back_inserter(page.unreadable));
  }
  for (const auto& [key, word] : words) {
    if (word == Word::Deleted) page.changes.push_back({.key = key, .deleted = true});
  }
  return true;
}

bool Reader::is_removed(std::string_view row) {
  return !removal(row).empty() || context_of(row).kind == "$deletedEntity";
}

std::string Reader::living_key(std::string_view row) const {
  if (has_key(*shape_.type, row)) return key_of(*shape_.type, row);
  const std::string told = entity_in(*metadata_, *shape_.type, address_of(row));
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

/// Of a child, or of a link between two entities: the object that shows it. A child's key names its
/// root by properties of the same name, or nothing is known of it.
std::string Reader::root_of_entry(const std::string& set, std::string_view row, bool link) const {
  const std::string address = link ? json::text_of(row, "source") : address_of(row);
  const std::string named = address.empty() ? set : set_in(address);
  const Type* type = metadata_->type_of_set(named);
  if (type == nullptr || shape_.type->keys.size() != 1) return {};
  const std::string& key = shape_.type->keys[0];
  if (!type->properties.contains(key)) return {};
  const std::string told = address.empty() ? std::string() : entity_in(*metadata_, *type, address);
  std::string root = told.empty() ? std::string() : json::text_of(told, key);
  if (root.empty() && !link) root = json::text_of(row, key);
  return root;
}

}  // namespace channelbridge::odata

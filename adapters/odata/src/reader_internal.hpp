#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cursor_internal.hpp"
#include "shape_internal.hpp"

namespace channelbridge::odata {

/// ASCII letters only: what a service does with a mark.
std::string upper(std::string_view text);

/// Does the page hold all that was asked for, as the service counts? A count below what was read
/// cannot be true ("0" beside a thousand rows) and says as little as none: then only an empty page
/// is the end. `before` are rows of the same count on earlier pages.
bool all_said(const Rows& rows, std::uint64_t before = 0);

/// Reads one selection: pages of changes, one object, objects by our mark.
///
/// Threads: one at a time; a reader lives for one call.
class Reader {
 public:
  Reader(Service& service, const adapter::Selection& selection, const Context& context)
      : service_(service), selection_(selection), context_(context) {}

  /// Does the metadata say that `auto` may follow this selection by links?
  static bool offers_links(const Metadata& metadata, const Shape& shape,
                           const adapter::Selection& selection);

  static constexpr std::size_t kMostKeys = 50;  ///< objects in one read by keys

  Result<adapter::Page> read(const adapter::Cursor& cursor, std::size_t page_size);
  Result<adapter::Change> read_by_key(std::string_view key);
  Result<adapter::Page> read_by_keys(const std::vector<std::string>& keys);
  Result<std::vector<adapter::Change>> find(std::string_view correlation);

 private:
  struct Fetched {
    http::Response response{};
    Rows rows{};
    std::optional<Timestamp> server_time{};
  };
  struct Cut {
    std::vector<adapter::Change> changes{};
    std::vector<adapter::UnreadableDocument> unreadable{};
  };
  /// One set that is followed by one stamp. The first is the root's; a touched child's has
  /// `root_key`.
  struct LaneSpec {
    std::string set{};
    const Type* type{};
    StampPath stamp{};
    std::string root_key{};
  };

  Result<void> prepare();
  Strategy strategy() const;
  Result<std::vector<LaneSpec>> lane_specs() const;
  Result<Fetched> fetch(std::string target, const std::string& operation,
                        const http::Headers& headers = {});
  /// A row that has no key, or that cannot be cut, is set aside and keeps nobody back.
  Result<Cut> cut(const std::vector<std::string_view>& rows);
  adapter::Change change(std::string_view row, document::Document document) const;
  /// Where a read by key goes on; "" when no row has one.
  std::string_view last_with_key(const Type& type, const std::vector<std::string_view>& rows) const;
  std::string correlation_of(std::string_view document) const;
  /// Does the service turn the property that carries our mark into capitals?
  bool upper_mark() const;
  Result<Cut> by_key(std::string_view key);
  Result<adapter::Page> by_keys(const std::vector<std::string>& keys);
  /// Those of them that `where` lets through.
  Result<adapter::Page> by_keys_within(const std::vector<std::string>& keys);
  /// Can a list be asked for by this key?
  bool listed_by_key() const;
  Result<void> list_by_keys(const std::vector<std::string>& keys, bool within,
                            const std::function<void(Cut)>& keep);
  /// `Key eq … or Key eq …` of as many as one request takes; `next` moves behind them.
  std::string key_filter(const std::vector<std::string>& keys, std::size_t& next) const;
  std::string operation(std::string_view verb) const;
  std::size_t top(std::size_t page_size, bool expanded) const;

  // By what the service shows: All, Changes.
  Result<void> read_unlinked(CursorState& state, const std::vector<LaneSpec>& specs,
                             std::size_t page_size, Timestamp began, adapter::Page& page);
  // All: everything, ordered by key.
  Result<void> read_all(CursorState& state, std::size_t page_size, Timestamp began,
                        adapter::Page& page);
  // Changes: lane by lane, by time.
  Result<void> read_changes(CursorState& state, std::size_t page_size, Timestamp began,
                            adapter::Page& page);
  Result<void> step(const LaneSpec& spec, Lane& lane, CursorState& state, std::size_t page_size,
                    Timestamp began, adapter::Page& page, bool& lane_end);
  std::string lane_filter(const LaneSpec& spec, const Lane& lane, const CursorState& state) const;
  Query lane_query(const LaneSpec& spec, const Lane& lane, const CursorState& state,
                   std::size_t rows) const;
  std::optional<std::int64_t> stamp_of(const LaneSpec& spec, std::string_view row) const;
  /// The width of one shown stamp: services keep finer ones than they show (V2 JSON has
  /// milliseconds).
  std::int64_t width_of(const LaneSpec& spec) const;
  /// What a stamp without zone must go back further because the zone's clocks were put back since:
  /// an hour of local times came twice.
  std::int64_t repeated_hour(const LaneSpec& spec, std::int64_t at) const;
  void warn_of_empty_stamps(Strategy how) const;
  std::int64_t server_stamp(const LaneSpec& spec, std::int64_t until) const;
  Result<void> move_on(const LaneSpec& spec, Lane& lane, const CursorState& state, const Rows& rows,
                       bool complete, bool& lane_end);
  Result<void> move_inside(const LaneSpec& spec, Lane& lane, const CursorState& state,
                           const Rows& rows, bool complete);
  Error same_page() const;
  void begin_pull(CursorState& state, const std::vector<LaneSpec>& specs);
  void note_server_time(CursorState& state, const Fetched& fetched, Timestamp began) const;
  /// Rows that a filter has now.
  Result<std::uint64_t> count_now(const std::string& set, const Type& type,
                                  const std::string& filter);
  // Links: the server's own delta.
  /// False: the service does not follow this query, and nothing was read.
  Result<bool> read_links(CursorState& state, std::size_t page_size, Timestamp began,
                          adapter::Page& page);
  Result<Fetched> fetch_links(const CursorState& state, const std::string& target,
                              std::size_t page_size);
  std::string links_target() const;
  static void begin_links(CursorState& state, const std::string& target);
  bool may_begin_anew(const CursorState& state, const Error& error, Timestamp began) const;
  /// Begins a pull by links where one is followed or offered.
  void choose_links(CursorState& state) const;
  bool follows_links(const CursorState& state) const;
  /// Does the service's metadata say that it follows this set?
  bool offers_links() const;
  static bool covers(const Set& set, const Wanted& wanted, const std::string& above);
  static bool is_tracked(const Result<Fetched>& answer);
  Result<bool> take_whole(const std::vector<std::string_view>& rows, adapter::Page& page);
  Result<bool> take_delta(const std::vector<std::string_view>& rows, adapter::Page& page);
  /// What a delta says of an object.
  enum class Word : std::uint8_t { Changed, Deleted, Left };
  using Words = std::map<std::string, Word>;
  /// False: the entry leads to no object.
  bool hear(std::string_view row, Words& words, adapter::Page& page) const;
  static void tell_deletes(const Words& words, adapter::Page& page);
  /// What was told before the rest of a page stands in front of it.
  static void put_before(adapter::Page before, adapter::Page& page);
  bool is_of_another_query(const CursorState& state) const;
  Result<adapter::Page> last_deletes(CursorState state, std::size_t page_size);
  Error same_link() const;
  /// Is it an object of the set that is followed, and not a child or a link?
  bool is_of_root(std::string_view row) const;
  static bool is_removed(std::string_view row);
  std::string living_key(std::string_view row) const;
  /// "" and a word in `page` where the entry does not tell it.
  std::string removed_key(std::string_view row, adapter::Page& page) const;
  std::string root_of_entry(std::string_view row) const;
  std::string root_property(const Type& child) const;

  std::string literal_of(const Type& type, std::string_view property, std::string_view text) const;
  std::string key_order(const Type& type) const;
  std::string with_where(std::string filter) const;
  std::pair<std::string, std::string> count_option() const;

  Service& service_;
  const adapter::Selection& selection_;
  const Context& context_;
  std::shared_ptr<const Metadata> metadata_{};
  Shape shape_{};
};

}  // namespace channelbridge::odata

#include "sandbox/sap/delta_links.hpp"

#include <algorithm>
#include <optional>

#include "sandbox/sap/engine.hpp"

namespace channelbridge::sandbox::odata {
namespace {

constexpr std::string_view kTrackChanges = "odata.track-changes";
constexpr char kPageMark = '.';  ///< no $skiptoken of another answer has it

bool wants_tracking(const Request& request) {
  // OData 4.01 names preferences with and without their prefix.
  return request.headers.get("Prefer").find("track-changes") != std::string::npos;
}

void add_expanded(const Store& store, const Table& table, const Row& row, const Shape& shape,
                  std::vector<RowPtr>& out) {
  for (const auto& [navigation, below] : shape.expand) {
    const Table& target = store.table(navigation->target_set);
    for (const RowPtr& child : store.related(table, row, *navigation)) {
      out.push_back(child);
      add_expanded(store, target, *child, below, out);
    }
  }
}

}  // namespace

std::vector<RowPtr> with_expanded(const Store& store, const Table& table, const RowPtr& row,
                                  const Shape& shape) {
  std::vector<RowPtr> out{row};
  add_expanded(store, table, *row, shape, out);
  return out;
}

const Followed* DeltaLinks::find(const std::string& token, std::int64_t now,
                                 std::chrono::seconds life) {
  const std::int64_t oldest = now - to_ticks(Timestamp(life)) + to_ticks(Timestamp{});
  std::erase_if(followed_, [&](const auto& each) { return each.second.since < oldest; });
  const auto found = followed_.find(token);
  return found == followed_.end() ? nullptr : &found->second;
}

std::string DeltaLinks::keep(Followed followed) {
  // Of one width, so that a text is a token or is not.
  std::string token = std::to_string(++last_);
  token.insert(0, 12 - std::min<std::size_t>(token.size(), 12), '0');
  followed_.insert_or_assign(token, std::move(followed));
  return token;
}

bool Engine::tracks(const Call& call, const Resource& resource) const {
  const auto& sets = settings_.delta_links;
  const std::string& set = resource.table->set().name;
  if (std::find(sets.begin(), sets.end(), set) == sets.end()) return false;
  // A delta link encodes no $top and no $skip, and follows a set.
  const bool part = call.request.parameter("$top") || call.request.parameter("$skip");
  return wants_tracking(call.request) && !part && resource.parent == nullptr && !resource.count &&
         !resource.links;
}

std::optional<Response> Engine::read_tracked(const Call& call, const Resource& resource) {
  const auto token = call.request.parameter("$deltatoken");
  const auto page = call.request.parameter("$skiptoken");
  const std::size_t mark = page ? page->find(kPageMark) : std::string::npos;
  if (token) {
    const Followed* known = delta_links_.find(*token, now(), settings_.delta_life);
    if (known == nullptr) return expired_link(call, resource);
    return follow(call, resource, known->defining, known);
  }
  if (mark != std::string::npos) {
    const std::string of = page->substr(0, mark);
    const Followed* known = delta_links_.find(of, now(), settings_.delta_life);
    if (known == nullptr) return expired_link(call, resource);
    const std::size_t offset = std::strtoul(page->c_str() + mark + 1, nullptr, 10);
    return tracked_page(call, resource, of, *known, offset);
  }
  if (page || !tracks(call, resource)) return std::nullopt;
  return follow(call, resource, call.request, nullptr);
}

Response Engine::expired_link(const Call& call, const Resource& resource) {
  Response response = error({.status = 410,
                             .code = kNotFound,
                             .message = "The delta link is no longer valid",
                             .target = {},
                             .details = {}},
                            call.request);
  response.headers.set("Location", call.root + resource.table->set().name);
  return response;
}

/// Compares what the query finds now with what was shown before, and keeps both for the next time.
/// Asked twice with one link, it says what has changed since that link: answers may be lost.
Response Engine::follow(const Call& call, const Resource& resource, const Request& defining,
                        const Followed* before) {
  const Table& table = *resource.table;
  const Query query = parse_query(defining, table, store_, settings_);
  Followed following{.defining = defining, .since = now(), .first = before == nullptr};
  static const std::map<std::string, std::vector<RowPtr>> kNothing;
  const auto& shown = before == nullptr ? kNothing : before->shown;
  for (const RowPtr& row : matching(resource, query)) {
    const std::string key = table.key_of(*row);
    std::vector<RowPtr> all = with_expanded(store_, table, row, query.shape);
    const auto known = shown.find(key);
    if (known == shown.end() || known->second != all) following.answer.push_back({.row = row});
    following.shown.emplace(key, std::move(all));
  }
  for (const auto& [key, rows] : shown) {
    if (following.shown.contains(key)) continue;
    following.answer.push_back(
        {.row = rows.front(), .gone = table.find(key) ? "changed" : "deleted"});
  }
  const std::string token = delta_links_.keep(std::move(following));
  const Followed* kept = delta_links_.find(token, now(), settings_.delta_life);
  Response response = tracked_page(call, resource, token, *kept, 0);
  response.headers.set("Preference-Applied", std::string(kTrackChanges));
  return response;
}

Response Engine::tracked_page(const Call& call, const Resource& resource, const std::string& token,
                              const Followed& followed, std::size_t offset) {
  const Table& table = *resource.table;
  const Query query = parse_query(followed.defining, table, store_, settings_);
  const std::size_t limit = page_limit(call, query);
  const std::size_t from = std::min(offset, followed.answer.size());
  const std::size_t end =
      limit == 0 ? followed.answer.size() : std::min(from + limit, followed.answer.size());
  Page page;
  page.changes = !followed.first;
  for (std::size_t i = from; i < end; ++i) {
    const Tracked& entry = followed.answer[i];
    if (entry.gone.empty()) {
      page.rows.push_back(entry.row);
    } else {
      page.removed.emplace_back(entry.row, entry.gone);
    }
  }
  const std::string start = call.root + table.set().name;
  if (end < followed.answer.size()) {
    page.next = start + "?$skiptoken=" + token + kPageMark + std::to_string(end);
  } else {
    page.delta = start + "?$deltatoken=" + token;
  }
  return answer(200, json_type(), renderer(call).collection(table, page, query.shape));
}

}  // namespace channelbridge::sandbox::odata

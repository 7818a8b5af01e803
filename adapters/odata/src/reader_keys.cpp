#include <algorithm>
#include <iterator>

#include "json_internal.hpp"
#include "reader_internal.hpp"

/// Objects by their keys, and by our mark.
namespace channelbridge::odata {
namespace {

using adapter::Change;

/// A filter of `or` terms stays well within a request line, beside $select and $expand.
constexpr std::size_t kLongestFilter = 3'000;

}  // namespace

Result<Reader::Cut> Reader::by_key(std::string_view key) {
  const auto predicate = key_predicate(*metadata_, *shape_.type, key);
  if (!predicate) return service_.located(predicate.error(), operation("read"));
  Query query = shape_query(shape_);
  auto response =
      service_.get(service_.target(shape_.set + *predicate, query), operation("read"), context_);
  if (!response) return response.error().with_key(std::string(key));
  const std::string_view entity = read_entity(response->body, metadata_->version());
  if (!json::is_object(entity)) {
    return service_
        .located(Error(ErrorCode::Protocol, "the answer holds no entity"), operation("read"))
        .with_key(std::string(key));
  }
  return cut({entity});
}

Result<Change> Reader::read_by_key(std::string_view key) {
  if (auto ready = prepare(); !ready) return ready.error();
  auto found = by_key(key);
  if (!found) return found.error();
  if (!found->unreadable.empty()) return found->unreadable.front().error;
  return std::move(found->changes.front());
}

Result<adapter::Page> Reader::read_by_keys(const std::vector<std::string>& keys) {
  if (auto ready = prepare(); !ready) return ready.error();
  return by_keys(keys);
}

std::string Reader::key_filter(const std::vector<std::string>& keys, std::size_t& next) const {
  // `Key eq 'a' or Key eq 'b'` stays within what every SAP service accepts: one property.
  const std::string& name = shape_.type->keys[0];
  const auto property = shape_.type->properties.find(name);
  const std::string edm =
      property == shape_.type->properties.end() ? "Edm.String" : property->second.description.type;
  std::string filter;
  for (std::size_t terms = 0;
       next < keys.size() && terms < kMostKeys && filter.size() < kLongestFilter; ++next) {
    const auto text = literal(metadata_->version(), edm, keys[next]);
    if (!text) continue;
    filter += (filter.empty() ? "" : " or ") + name + " eq " + *text;
    ++terms;
  }
  return filter;
}

bool Reader::listed_by_key() const {
  if (shape_.type->keys.size() != 1) return false;
  const auto property = shape_.type->properties.find(shape_.type->keys[0]);
  return property == shape_.type->properties.end() || property->second.description.filterable;
}

Result<void> Reader::list_by_keys(const std::vector<std::string>& keys, bool within,
                                  const std::function<void(Cut)>& keep) {
  for (std::size_t next = 0; next < keys.size();) {
    Query query = shape_query(shape_);
    std::string filter = key_filter(keys, next);
    if (filter.empty()) break;
    if (within && !selection_.where.empty()) {
      if (filter.find(" or ") != std::string::npos) filter = "(" + filter + ")";
      filter = with_where(std::move(filter));
    }
    query.emplace_back("$filter", filter);
    std::string target = service_.target(shape_.set, query);
    while (!target.empty()) {
      auto answer = fetch(target, operation("read"));
      if (!answer) return answer.error();
      auto found = cut(answer->rows.rows);
      if (!found) return found.error();
      keep(*std::move(found));
      std::string more = answer->rows.next.empty() ? "" : service_.link_target(answer->rows.next);
      target = more == target ? "" : std::move(more);
    }
  }
  return {};
}

Result<adapter::Page> Reader::by_keys_within(const std::vector<std::string>& keys) {
  if (selection_.where.empty() || !listed_by_key()) return by_keys(keys);
  adapter::Page page{.end = true};
  auto done = list_by_keys(keys, true, [&page](Cut found) {
    std::move(found.changes.begin(), found.changes.end(), std::back_inserter(page.changes));
    std::move(found.unreadable.begin(), found.unreadable.end(),
              std::back_inserter(page.unreadable));
  });
  if (!done) return done.error();
  return page;
}

Result<adapter::Page> Reader::by_keys(const std::vector<std::string>& keys) {
  adapter::Page page{.end = true};
  std::set<std::string, std::less<>> open(keys.begin(), keys.end());
  const auto keep = [&](Cut found) {
    for (Change& change : found.changes) {
      if (open.erase(change.key) > 0) page.changes.push_back(std::move(change));
    }
    for (adapter::UnreadableDocument& row : found.unreadable) {
      if (open.erase(row.key) > 0) page.unreadable.push_back(std::move(row));
    }
  };
  if (keys.size() > 1 && listed_by_key()) {
    if (auto done = list_by_keys(keys, false, keep); !done) return done.error();
  }
  // A list may be cut or leave something out: only its own address says that an object is gone.
  for (const std::string& key : keys) {
    if (!open.contains(key)) continue;
    auto found = by_key(key);
    if (!found) {
      if (found.error().code() != ErrorCode::NotFound) return found.error();
      page.changes.push_back({.key = key, .deleted = true});
    } else {
      for (Change& change : found->changes) change.key = key;
      for (adapter::UnreadableDocument& row : found->unreadable) row.key = key;
      keep(*std::move(found));
    }
    open.erase(key);
  }
  return page;
}

Result<std::vector<Change>> Reader::find(std::string_view correlation) {
  if (auto ready = prepare(); !ready) return ready.error();
  const document::Path& path = shape_.correlation;
  if (path.empty()) {
    return service_
        .located(Error(ErrorCode::Unsupported,
                       "no property carries our record id; name one with 'correlation'"),
                 operation("find"))
        .with_sent(Sent::No);
  }
  const std::string mark = upper_mark() ? upper(correlation) : std::string(correlation);
  if (path.size() == 1) {
    Query query = shape_query(shape_);
    query.emplace_back("$filter",
                       path[0].name + " eq " + literal_of(*shape_.type, path[0].name, mark));
    auto answer = fetch(service_.target(shape_.set, query), operation("find"));
    if (!answer) return answer.error();
    auto found = cut(answer->rows.rows);
    if (!found) return found.error();
    if (!found->unreadable.empty()) return found->unreadable.front().error;
    return std::move(found->changes);
  }
  // The mark stands in a child: its set is searched, and its rows name their root.
  const Set& own = *metadata_->set(shape_.set);
  const auto bound = own.bindings.find(path[0].name);
  const std::string& marked = bound != own.bindings.end()
                                  ? bound->second
                                  : shape_.type->navigations.find(path[0].name)->second.set;
  const Type* child = metadata_->type_of_set(marked);
  if (child == nullptr || path.size() != 2) {
    return service_.located(Error(ErrorCode::Unsupported, "the mark's set cannot be searched"),
                            operation("find"));
  }
  std::string filter = path[1].name + " eq " + literal_of(*child, path[1].name, mark);
  for (const auto& [name, value] : path[0].where) {
    filter += " and " + name + " eq " + literal_of(*child, name, value);
  }
  std::string names = key_order(*shape_.type);
  const std::string& parent = service_.options().parent_property;
  const bool by_parent = !parent.empty() && child->properties.contains(parent);
  if (by_parent) names = parent;
  auto answer =
      fetch(service_.target(marked, {{"$filter", filter}, {"$select", names}}), operation("find"));
  if (!answer) return answer.error();
  std::vector<std::string> keys;
  for (const std::string_view row : answer->rows.rows) {
    std::string key = by_parent ? json::text_of(row, parent) : key_of(*shape_.type, row);
    if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.push_back(std::move(key));
    }
  }
  auto found = by_keys(keys);
  if (!found) return found.error();
  if (!found->unreadable.empty()) return found->unreadable.front().error;
  std::erase_if(found->changes, [](const Change& change) { return change.deleted; });
  return std::move(found->changes);
}

}  // namespace channelbridge::odata

#include "reader_internal.hpp"

#include <algorithm>

#include "document_internal.hpp"
#include "json_internal.hpp"

namespace channelbridge::odata {
namespace {

using adapter::Change;
using std::chrono::microseconds;

constexpr std::size_t kMostPageBytes = 256U << 20U;

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  });
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return out;
}

}  // namespace

std::string Reader::operation(std::string_view verb) const {
  return std::string(verb) + " " + selection_.object;
}

Result<void> Reader::prepare() {
  auto metadata = service_.metadata(context_);
  if (!metadata) return metadata.error();
  metadata_ = *metadata;
  auto shape = make_shape(service_, *metadata_, selection_);
  if (!shape) return shape.error();
  shape_ = std::move(*shape);
  return {};
}

std::size_t Reader::top(std::size_t page_size, bool expanded) const {
  const Options& options = service_.options();
  const std::size_t most = expanded ? options.max_expanded_page : options.max_page;
  return std::clamp<std::size_t>(page_size, 1, std::max<std::size_t>(most, 1));
}

Result<Reader::Fetched> Reader::fetch(std::string target, std::string name,
                                      const http::Headers& headers) {
  auto response = service_.get(std::move(target), name, context_, headers);
  if (!response) return response.error();
  Fetched out{.response = std::move(*response)};
  auto rows = read_rows(out.response.body, metadata_->version());
  if (!rows) return service_.located(rows.error(), name);
  out.rows = std::move(*rows);
  out.server_time = parse_http_date(out.response.headers.get("date").value_or(""));
  return out;
}

std::string Reader::literal_of(const Type& type, std::string_view property,
                               std::string_view text) const {
  const auto found = type.properties.find(property);
  const std::string edm =
      found == type.properties.end() ? "Edm.String" : found->second.description.type;
  return literal(metadata_->version(), edm, text).value_or("null");
}

std::string Reader::key_order(const Type& type) const {
  std::string out;
  for (const std::string& key : type.keys) out += (out.empty() ? "" : ",") + key;
  return out;
}

Result<Change> Reader::change(std::string_view row) {
  auto changes = this->changes({row});
  if (!changes) return changes.error();
  return std::move(changes->front());
}

Result<std::vector<Change>> Reader::changes(const std::vector<std::string_view>& rows) {
  const Version version = metadata_->version();
  const Fetch fetch_more = [&](std::string_view link) -> Result<std::string> {
    auto more = service_.get(service_.link_target(link), operation("read children of"), context_);
    if (!more) return more.error();
    return std::move(more->body);
  };
  // The documents share one page: their bytes lie side by side in it.
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  for (const std::string_view row : rows) {
    const std::size_t begin = text.size();
    if (auto done = append_document(text, row, version, fetch_more); !done) {
      return service_.located(done.error(), operation("read"));
    }
    spans.emplace_back(begin, text.size() - begin);
    if (text.size() > kMostPageBytes) {
      return service_.located(
          Error(ErrorCode::Protocol, "a page with its children is larger than 256 MB"),
          operation("read"));
    }
  }
  const auto page = document::Page::make(std::move(text), document::Format::Json);
  std::vector<Change> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string_view row = rows[i];
    Change change;
    change.key = key_of(*shape_.type, row);
    if (change.key.empty()) {
      return service_.located(Error(ErrorCode::Protocol, "an entity comes without its key"),
                              operation("read"));
    }
    change.version = shape_.version == "@etag" ? etag_of(row, version)
                     : shape_.version.empty()  ? std::string()
                                               : json::text_of(row, shape_.version);
    for (const StampPath* stamp : {&shape_.modified, &shape_.created}) {
      if (stamp->first.empty()) continue;
      const LaneSpec spec{.type = shape_.type, .stamp = *stamp};
      if (const auto at = stamp_of(spec, row)) {
        const Timestamp local{microseconds(*at)};
        // Dates and times without a zone belong to the system's zone (SAP Business Partner change
        // documents).
        const bool zoned = !stamp->pair() && stamp->type == "Edm.DateTimeOffset";
        const Timestamp utc =
            zoned ? local : service_.zone().to_utc(LocalTime(local.time_since_epoch()));
        if (!change.modified || *change.modified < utc) change.modified = utc;
      }
    }
    if (!shape_.modified_by.empty() && !service_.options().user.empty()) {
      change.modified_by_us =
          upper(json::text_of(row, shape_.modified_by)) == upper(service_.options().user);
    }
    change.document = document::Document(page, spans[i].first, spans[i].second);
    change.correlation = correlation_of(change.document.text());
    out.push_back(std::move(change));
  }
  return out;
}

std::string Reader::correlation_of(std::string_view document) const {
  std::vector<std::string_view> at{document};
  for (const document::Step& step : shape_.correlation) {
    std::vector<std::string_view> next;
    for (const std::string_view object : at) {
      const std::string_view value = json::member(object, step.name);
      const auto candidates =
          json::is_array(value) ? json::elements(value) : std::vector<std::string_view>{value};
      for (const std::string_view candidate : candidates) {
        const bool chosen = std::all_of(step.where.begin(), step.where.end(), [&](const auto& is) {
          return json::text_of(candidate, is.first) == is.second;
        });
        if (chosen && !candidate.empty()) next.push_back(candidate);
      }
    }
    at = std::move(next);
  }
  if (shape_.correlation.empty() || at.empty()) return {};
  // Record ids are lower-case; a service that keeps capitals gives them back so.
  return upper_mark() ? lower(json::text(at.front())) : json::text(at.front());
}

bool Reader::upper_mark() const {
  const Type* type = shape_.type;
  for (const document::Step& step : shape_.correlation) {
    if (const auto property = type->properties.find(step.name);
        property != type->properties.end()) {
      return property->second.upper;
    }
    const Navigation* navigation = metadata_->navigation(*type, step.name);
    type = navigation == nullptr ? nullptr : metadata_->type(navigation->type);
    if (type == nullptr) return false;
  }
  return false;
}

Result<Change> Reader::read_by_key(std::string_view key) {
  if (auto ready = prepare(); !ready) return ready.error();
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
  return change(entity);
}

Result<std::vector<Change>> Reader::roots(const std::vector<std::string>& keys) {
  // `Key eq 'a' or Key eq 'b'` stays within what every SAP service accepts: one property.
  constexpr std::size_t kKeysPerRequest = 20;
  std::vector<Change> out;
  const bool single = shape_.type->keys.size() == 1;
  for (std::size_t begin = 0; begin < keys.size(); begin += single ? kKeysPerRequest : 1) {
    if (!single) {
      auto found = read_by_key(keys[begin]);
      if (found) {
        out.push_back(std::move(*found));
      } else if (found.error().code() != ErrorCode::NotFound) {
        return found.error();
      }
      continue;
    }
    std::string filter;
    const std::string& name = shape_.type->keys[0];
    for (std::size_t i = begin; i < std::min(begin + kKeysPerRequest, keys.size()); ++i) {
      filter +=
          (filter.empty() ? "" : " or ") + name + " eq " + literal_of(*shape_.type, name, keys[i]);
    }
    Query query = shape_query(shape_);
    query.emplace_back("$filter", filter);
    std::string target = service_.target(shape_.set, query);
    while (!target.empty()) {
      auto answer = fetch(target, operation("read"));
      if (!answer) return answer.error();
      auto changes = this->changes(answer->rows.rows);
      if (!changes) return changes.error();
      std::move(changes->begin(), changes->end(), std::back_inserter(out));
      target = answer->rows.next.empty() ? "" : service_.link_target(answer->rows.next);
    }
  }
  return out;
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
    return changes(answer->rows.rows);
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
  return roots(keys);
}

}  // namespace channelbridge::odata

#include "reader_internal.hpp"

#include <algorithm>

#include "document_internal.hpp"
#include "json_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::odata {
namespace {

using adapter::Change;
using std::chrono::microseconds;

constexpr std::size_t kMostPageBytes = 256U << 20U;

}  // namespace

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  });
  return out;
}

bool all_said(const Rows& rows, std::uint64_t before) {
  const std::uint64_t read = before + rows.rows.size();
  return rows.count && *rows.count >= read ? *rows.count == read : rows.rows.empty();
}

Error Reader::same_page() const {
  return service_.located(Error(ErrorCode::Protocol,
                                "the service sends one page again and again: its keys are no "
                                "bound to it"),
                          operation("read"));
}

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

Result<Reader::Fetched> Reader::fetch(std::string target, const std::string& name,
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

Result<Reader::Cut> Reader::cut(const std::vector<std::string_view>& rows) {
  const Version version = metadata_->version();
  std::optional<Error> not_fetched;
  const Fetch fetch_more = [&](std::string_view link) -> Result<std::string> {
    auto more = service_.get(service_.link_target(link), operation("read children of"), context_);
    if (more) return std::move(more->body);
    not_fetched = more.error();
    return more.error();
  };
  Cut out;
  const auto set_aside = [&](std::string_view row, const Error& error) {
    out.unreadable.push_back({.key = has_key(*shape_.type, row) ? key_of(*shape_.type, row) : "",
                              .position = selection_.object + ":" + row_hash(row),
                              .text = std::string(row),
                              .error = service_.located(error, operation("read"))});
  };
  // The documents share one page: their bytes lie side by side in it.
  std::string text;
  struct Span {
    std::string_view row{};
    std::size_t begin{};
    std::size_t end{};
  };
  std::vector<Span> spans;
  for (const std::string_view row : rows) {
    if (!json::is_object(row)) {
      set_aside(row, Error(ErrorCode::Protocol,
                           "the answer's list holds something that is no "
                           "entity"));
      continue;
    }
    if (!has_key(*shape_.type, row)) {
      set_aside(row, Error(ErrorCode::Protocol, "an entity comes without its key"));
      continue;
    }
    const std::size_t begin = text.size();
    if (auto done = append_document(text, row, version, fetch_more); !done) {
      if (not_fetched) return service_.located(*not_fetched, operation("read"));
      text.resize(begin);
      set_aside(row, done.error());
      continue;
    }
    spans.push_back({row, begin, text.size()});
    if (text.size() > kMostPageBytes) {
      return service_.located(
          Error(ErrorCode::Protocol, "a page with its children is larger than 256 MB"),
          operation("read"));
    }
  }
  const auto page = document::Page::make(std::move(text), document::Format::Json);
  out.changes.reserve(spans.size());
  for (const Span& span : spans) {
    out.changes.push_back(
        change(span.row, document::Document(page, span.begin, span.end - span.begin)));
  }
  return out;
}

Change Reader::change(std::string_view row, document::Document document) const {
  const Version version = metadata_->version();
  Change change;
  change.key = key_of(*shape_.type, row);
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
  change.document = std::move(document);
  change.correlation = correlation_of(change.document.text());
  return change;
}

std::string_view Reader::last_with_key(const Type& type,
                                       const std::vector<std::string_view>& rows) const {
  const auto last = std::find_if(rows.rbegin(), rows.rend(),
                                 [&](std::string_view row) { return has_key(type, row); });
  return last == rows.rend() ? std::string_view() : *last;
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

}  // namespace channelbridge::odata

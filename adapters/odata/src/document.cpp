#include "document_internal.hpp"

#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"
#include "service_internal.hpp"

namespace channelbridge::odata {
namespace {

constexpr int kMostChildPages = 10'000;  // a link that leads in a circle ends

class Unwrapper {
 public:
  Unwrapper(std::string& out, Version version, const Fetch& fetch)
      : out_(out), version_(version), fetch_(fetch) {}

  Result<void> value(std::string_view text) {
    if (json::is_array(text)) {
      out_ += '[';
      bool first = true;
      if (auto done = elements(text, first); !done) return done;
      out_ += ']';
      return {};
    }
    if (json::is_object(text)) return object(text);
    out_ += text;
    return {};
  }

 private:
  Result<void> object(std::string_view text) {
    const std::vector<json::Member> members = json::members(text);
    if (version_ == Version::V2) {
      for (const json::Member& member : members) {
        if (member.name == "results" && json::is_array(member.value)) {
          return list(member.value, json::text_of(text, "__next"));
        }
      }
    }
    out_ += '{';
    bool first = true;
    for (const json::Member& member : members) {
      if (version_ == Version::V2 && (member.name == "__metadata" || deferred(member.value)))
        continue;
      if (version_ == Version::V4 && next_link_of(member.name)) continue;
      out_ += first ? "\"" : ",\"";
      first = false;
      out_ += member.name;
      out_ += "\":";
      std::string next;
      if (version_ == Version::V4 && json::is_array(member.value)) {
        next = json::text_of(text, std::string(member.name) + "@odata.nextLink");
      }
      auto done = next.empty() ? value(member.value) : list(member.value, next);
      if (!done) return done;
    }
    out_ += '}';
    return {};
  }

  Result<void> elements(std::string_view array, bool& first) {
    for (const std::string_view element : json::elements(array)) {
      if (!first) out_ += ',';
      first = false;
      if (auto done = value(element); !done) return done;
    }
    return {};
  }

  Result<void> list(std::string_view array, std::string next) {
    out_ += '[';
    bool first = true;
    if (auto done = elements(array, first); !done) return done;
    for (int page = 0; !next.empty(); ++page) {
      if (page == kMostChildPages) {
        return Error(ErrorCode::Protocol, "the pages of an expanded list do not end");
      }
      const Result<std::string> body = fetch_(next);
      if (!body) return body.error();
      const Result<Rows> rows = read_rows(*body, version_);
      if (!rows) return rows.error();
      for (const std::string_view row : rows->rows) {
        if (!json::is_object(row))
          return Error(ErrorCode::Protocol, "a list of children holds something that is no entity");
        if (!first) out_ += ',';
        first = false;
        if (auto done = value(row); !done) return done;
      }
      next = rows->next;
    }
    out_ += ']';
    return {};
  }

  static bool deferred(std::string_view value) {
    if (!json::is_object(value)) return false;
    const auto members = json::members(value);
    return members.size() == 1 && members[0].name == "__deferred";
  }
  static bool next_link_of(std::string_view name) {
    return name.size() > 15 && name.ends_with("@odata.nextLink");
  }

  std::string& out_;
  const Version version_;
  const Fetch& fetch_;
};

}  // namespace

Result<void> append_document(std::string& out, std::string_view entity, Version version,
                             const Fetch& fetch) {
  return Unwrapper(out, version, fetch).value(entity);
}

}  // namespace channelbridge::odata

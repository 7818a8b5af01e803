#include <algorithm>
#include <map>

#include "sandbox/sap/engine.hpp"

namespace channelbridge::sandbox::odata {

/// One MIME part: its headers and what follows the empty line.
struct Engine::Part {
  Headers headers{};
  std::string content{};
};

namespace {

constexpr std::string_view kMixed = "multipart/mixed";

[[noreturn]] void malformed(const std::string& why) {
  refuse(400, kMalformed, "Invalid batch request: " + why);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

/// Takes one line off `text`; CRLF and LF both end it.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trim(line);
}

Headers take_headers(std::string_view& text) {
  Headers headers;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) malformed("a header line without colon");
    headers.add(std::string(trim(line.substr(0, colon))),
                std::string(trim(line.substr(colon + 1))));
  }
  return headers;
}

std::string boundary_of(const std::string& content_type) {
  const auto at = content_type.find("boundary=");
  if (!content_type.starts_with(kMixed) || at == std::string::npos) malformed("no boundary");
  std::string boundary = content_type.substr(at + 9);
  boundary = boundary.substr(0, boundary.find(';'));
  if (boundary.size() > 1 && boundary.front() == '"' && boundary.back() == '"') {
    boundary = boundary.substr(1, boundary.size() - 2);
  }
  if (boundary.empty()) malformed("no boundary");
  return std::string(trim(boundary));
}

/// The texts between the delimiter lines. Content-Length of a part is not trusted: samples of SAP
/// carry wrong ones.
std::vector<std::string_view> split_parts(std::string_view body, const std::string& boundary) {
  const std::string delimiter = "--" + boundary;
  std::vector<std::string_view> parts;
  std::size_t start = std::string_view::npos;
  std::size_t at = 0;
  while (at < body.size()) {
    const auto end = body.find('\n', at);
    const std::size_t next = end == std::string_view::npos ? body.size() : end + 1;
    const std::string_view line =
        trim(body.substr(at, next - at - (end == std::string_view::npos ? 0 : 1)));
    const bool closing = line == delimiter + "--";
    if (line == delimiter || closing) {
      if (start != std::string_view::npos) parts.push_back(body.substr(start, at - start));
      start = next;
      if (closing) return parts;
    }
    at = next;
  }
  malformed("the closing boundary is missing");
}

/// The language of the logon holds for what a batch contains, too.
void keep_language(Request& inner, const Request& outer) {
  const std::string language =
      outer.parameter("sap-language").value_or(outer.headers.get("Accept-Language"));
  if (!language.empty() && !inner.headers.find("Accept-Language"))
    inner.headers.set("Accept-Language", language);
}

/// GET A_SalesOrder?$top=1 HTTP/1.1, headers, body.
Request read_inner(std::string_view text, const Request& outer) {
  while (text.starts_with('\r') || text.starts_with('\n')) text.remove_prefix(1);
  const std::string_view line = take_line(text);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last <= first ||
      !line.substr(last + 1).starts_with("HTTP/")) {
    malformed("an embedded request line is expected");
  }
  Request request{.method = std::string(line.substr(0, first))};
  set_target(request, std::string(trim(line.substr(first + 1, last - first - 1))));
  request.headers = take_headers(text);
  keep_language(request, outer);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  request.body = std::string(text);
  return request;
}

/// Relative, host-relative and absolute addresses all occur; only what stands below the root
/// counts.
std::vector<std::string> segments_below(const Request& inner, const std::string& root) {
  std::string path = inner.path;
  const auto root_path = [&] {
    const auto scheme = root.find("://");
    const auto slash = root.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    return root.substr(slash);
  }();
  if (const auto scheme = path.find("://"); scheme != std::string::npos) {
    const auto slash = path.find('/', scheme + 3);
    path = slash == std::string::npos ? "/" : path.substr(slash);
  }
  if (path.starts_with(root_path)) path = path.substr(root_path.size());
  Request below;
  below.path = path;
  return below.segments();
}

const char* reason(int status) {
  static const std::map<int, const char*> kReasons{{200, "OK"},
                                                   {201, "Created"},
                                                   {202, "Accepted"},
                                                   {204, "No Content"},
                                                   {304, "Not Modified"},
                                                   {400, "Bad Request"},
                                                   {403, "Forbidden"},
                                                   {404, "Not Found"},
                                                   {405, "Method Not Allowed"},
                                                   {409, "Conflict"},
                                                   {412, "Precondition Failed"},
                                                   {415, "Unsupported Media Type"},
                                                   {424, "Failed Dependency"},
                                                   {428, "Precondition Required"},
                                                   {501, "Not Implemented"}};
  const auto found = kReasons.find(status);
  return found == kReasons.end() ? "Internal Server Error" : found->second;
}

/// The part's MIME headers, then the whole HTTP message.
std::string http_part(const Response& response, const std::string& mime_id,
                      const std::string& inner_id) {
  std::string message =
      "HTTP/1.1 " + std::to_string(response.status) + " " + reason(response.status) + "\r\n";
  for (const auto& [name, value] : response.headers.fields())
    message += name + ": " + value + "\r\n";
  if (!inner_id.empty()) message += "Content-ID: " + inner_id + "\r\n";
  message += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" +
             response.body + "\r\n";
  std::string part =
      "Content-Type: application/http\r\nContent-Length: " + std::to_string(message.size()) +
      "\r\nContent-Transfer-Encoding: binary\r\n";
  if (!mime_id.empty()) part += "Content-ID: " + mime_id + "\r\n";
  return part + "\r\n" + message;
}

std::string wrap(const std::vector<std::string>& parts, const std::string& boundary) {
  std::string body;
  for (const std::string& part : parts) body += "--" + boundary + "\r\n" + part;
  return body + "--" + boundary + "--\r\n";
}

}  // namespace

Response Engine::run_in(const Call& outer, const Request& inner, Transaction* transaction,
                        RowPtr* written, const Table** table, Lock& lock) {
  const Call call{.request = inner,
                  .segments = segments_below(inner, outer.root),
                  .root = outer.root,
                  .user = outer.user,
                  .outer = &outer.request};
  return transaction != nullptr ? write(call, *transaction, written, table) : single(call, lock);
}

Response Engine::batch(const Call& call, Lock& lock) {
  const std::string type = call.request.headers.get("Content-Type");
  if (model_.version == Version::V4 && type.starts_with("application/json"))
    return json_batch(call, lock);
  const std::string boundary = boundary_of(type);
  const bool v4 = model_.version == Version::V4;
  const bool go_on =
      !v4 || call.request.headers.get("Prefer").find("continue-on-error") != std::string::npos;
  std::vector<std::string> answers;
  for (std::string_view text : split_parts(call.request.body, boundary)) {
    const Headers headers = take_headers(text);
    const std::string part_type = headers.get("Content-Type");
    bool failed = false;
    if (part_type.starts_with(kMixed)) {
      answers.push_back(change_set(call, boundary_of(part_type), std::string(text), lock, failed));
    } else if (part_type.starts_with("application/http")) {
      const Request inner = read_inner(text, call.request);
      Response response;
      try {
        // V2: writes live in change sets only.
        if (!v4 && inner.method != "GET")
          refuse(400, kBadRequest, "A change operation must stand in a change set");
        response = run_in(call, inner, nullptr, nullptr, nullptr, lock);
      } catch (const Refusal& refusal) {
        response = error(refusal, inner);
      }
      failed = response.status >= 400;
      answers.push_back(http_part(response, v4 ? headers.get("Content-ID") : std::string(), {}));
    } else {
      malformed("a part has the content type '" + part_type + "'");
    }
    if (failed && !go_on) break;
  }
  const std::string own = settings_.batch_boundary.empty() ? "batchresponse_" + ids_.uuid()
                                                           : settings_.batch_boundary + "0";
  return answer(v4 ? 200 : settings_.batch_status, "multipart/mixed; boundary=" + own,
                wrap(answers, own));
}

std::string Engine::change_set(const Call& call, const std::string& boundary,
                               const std::string& body, Lock& lock, bool& failed) {
  Transaction transaction = begin(call.user, false);
  std::vector<std::string> answers;
  std::map<std::string, std::string> created;  // Content-ID -> address
  const bool v4 = model_.version == Version::V4;
  Request inner;
  std::string id;
  try {
    for (std::string_view text : split_parts(body, boundary)) {
      const Headers headers = take_headers(text);
      inner = read_inner(text, call.request);
      // Content-ID stands in the part's headers (OData) or among those of the request (C4C
      // samples).
      id = headers.get("Content-ID", inner.headers.get("Content-ID"));
      if (inner.method == "GET") refuse(400, kBadRequest, "A change set must not contain a GET");
      if (v4 && id.empty()) refuse(400, kBadRequest, "Content-ID is missing in a change set");
      if (inner.path.starts_with('$')) {
        const auto slash = inner.path.find('/');
        const auto known =
            created.find(inner.path.substr(1, slash == std::string::npos ? slash : slash - 1));
        if (known == created.end())
          refuse(400, kBadRequest, "Content-ID '" + inner.path + "' is unknown");
        const std::string rest =
            slash == std::string::npos ? std::string() : inner.target.substr(slash);
        set_target(inner, known->second + rest);
      }
      RowPtr written;
      const Table* table = nullptr;
      const Response response = run_in(call, inner, &transaction, &written, &table, lock);
      if (!id.empty() && written) {
        created[id] = Renderer(store_, settings_, call.root, false).address(*table, *written);
      }
      const bool echo_inside = settings_.batch_echoes_content_id;
      answers.push_back(
          http_part(response, v4 ? id : std::string(), echo_inside ? id : std::string()));
    }
  } catch (const Refusal& refusal) {
    // One application/http part stands for the whole change set.
    failed = true;
    transaction.roll_back();
    return http_part(error(refusal, inner), v4 ? id : std::string(), {});
  }
  finish(transaction, {.request = inner, .user = call.user, .outer = &call.request}, lock);
  const std::string own = settings_.batch_boundary.empty() ? "changesetresponse_" + ids_.uuid()
                                                           : settings_.batch_boundary + "1";
  const std::string content = wrap(answers, own);
  return "Content-Type: multipart/mixed; boundary=" + own +
         "\r\nContent-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content + "\r\n";
}

Response Engine::json_batch(const Call& call, Lock& lock) {
  const Json body = read_body(call.request);
  const auto requests = body.find("requests");
  if (requests == body.end() || !requests->is_array()) malformed("'requests' is missing");
  const bool go_on =
      call.request.headers.get("Prefer").find("continue-on-error") != std::string::npos;
  Json responses = Json::array();
  std::map<std::string, std::string> created;
  std::map<std::string, bool> failed;
  const auto add = [&](const std::string& id, const std::string& group, const Response& response) {
    Json headers = Json::object();
    for (const auto& [name, value] : response.headers.fields()) headers[name] = value;
    Json entry{{"id", id}};
    if (!group.empty()) entry["atomicityGroup"] = group;
    entry["status"] = response.status;
    entry["headers"] = std::move(headers);
    if (!response.body.empty()) {
      Result<Json> parsed = parse_json(response.body);
      entry["body"] = parsed ? std::move(*parsed) : Json(response.body);
    }
    responses.push_back(std::move(entry));
    failed[id] = response.status >= 400;
    return response.status < 400;
  };
  for (std::size_t i = 0; i < requests->size();) {
    const std::string group = text_of(requests->at(i), "atomicityGroup");
    std::size_t end = i + 1;
    while (!group.empty() && end < requests->size() &&
           text_of(requests->at(end), "atomicityGroup") == group)
      ++end;
    Transaction transaction = begin(call.user, false);
    std::vector<std::pair<std::string, Response>> answers;
    Request inner;
    bool good = true;
    for (std::size_t at = i; at < end && good; ++at) {
      const Json& item = requests->at(at);
      const std::string id = text_of(item, "id");
      inner = Request{.method = text_of(item, "method")};
      std::string url = text_of(item, "url");
      if (url.starts_with('$')) {
        const auto slash = url.find('/');
        const auto known =
            created.find(url.substr(1, slash == std::string::npos ? slash : slash - 1));
        if (known != created.end())
          url = known->second + (slash == std::string::npos ? "" : url.substr(slash));
      }
      set_target(inner, url);
      if (const auto headers = item.find("headers");
          headers != item.end() && headers->is_object()) {
        for (const auto& [name, value] : headers->items()) {
          if (value.is_string()) inner.headers.set(name, value.get<std::string>());
        }
      }
      keep_language(inner, call.request);
      if (const auto content = item.find("body"); content != item.end())
        inner.body = dump_json(*content);
      Response response;
      try {
        if (const auto needs = item.find("dependsOn"); needs != item.end() && needs->is_array()) {
          for (const Json& need : *needs) {
            if (need.is_string() && failed[need.get<std::string>()])
              refuse(424, kBadRequest, "A request that this one depends on has failed");
          }
        }
        RowPtr written;
        const Table* table = nullptr;
        const bool write_request = inner.method != "GET";
        response =
            run_in(call, inner, write_request ? &transaction : nullptr, &written, &table, lock);
        if (written)
          created[id] = Renderer(store_, settings_, call.root, false).address(*table, *written);
      } catch (const Refusal& refusal) {
        response = error(refusal, inner);
      }
      good = response.status < 400;
      if (!good) answers.clear();
      answers.emplace_back(id, std::move(response));
    }
    if (good) {
      finish(transaction, {.request = inner, .user = call.user, .outer = &call.request}, lock);
    } else {
      transaction.roll_back();
      for (std::size_t at = i; at < end; ++at) failed[text_of(requests->at(at), "id")] = true;
    }
    for (const auto& [id, response] : answers) add(id, group, response);
    if (!good && !go_on) break;
    i = end;
  }
  return answer(200, "application/json", dump_json(Json{{"responses", std::move(responses)}}));
}

}  // namespace channelbridge::sandbox::odata

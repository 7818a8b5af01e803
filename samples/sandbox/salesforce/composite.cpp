#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kMaxParts = 25;
constexpr std::ptrdiff_t kMaxQueries = 5;
// Source: REST API Developer Guide, "Composite Graph Limits".
constexpr std::size_t kMaxGraphs = 75;
constexpr std::size_t kMaxGraphNodes = 500;
constexpr std::size_t kMaxDepth = 15;
constexpr std::size_t kMaxNodeKinds = 15;
constexpr std::size_t kMaxFailedGraphs = 14;
constexpr int kOldestGraphVersion = 50;

Error halted(const std::string& message) { return refusal(400, "PROCESSING_HALTED", message); }

// The codes of whole-request refusals are not told by the documentation; the texts are as users
// report them.
Error bad_composite(const std::string& message) { return refusal(400, "INVALID_INPUT", message); }

Response run_part(Call& outer, const std::string& method, const std::string& url,
                  const Json& headers, std::string body) {
  Request request{.method = method,
                  .body = std::move(body),
                  .call = outer.request.call,
                  .secure = outer.request.secure};
  set_target(request, url);
  if (headers.is_object()) {
    for (const auto& [name, value] : headers.items()) {
      if (value.is_string()) request.headers.set(name, value.get<std::string>());
    }
  }
  const std::vector<std::string> segments = request.segments();
  const int version = segments.size() > 2 ? version_of(segments[2]) : 0;
  if (version == 0) return error_response(not_found());
  Call part{.state = outer.state,
            .transaction = outer.transaction,
            .request = request,
            .version = version,
            .base = "/services/data/" + segments[2],
            .path = {segments.begin() + 3, segments.end()},
            .in_composite = true};
  return dispatch(part);
}

Json body_of(const Response& response) {
  if (response.body.empty()) return nullptr;
  const Result<Json> body = parse_json(response.body);
  return body ? *body : Json(response.body);
}

/// The subrequests of one composite call or of one graph, which name each other's answers.
class Parts {
 public:
  Parts(Call& call, const Json& parts) : call_(call), parts_(parts) {}

  /// In their order. Together = all of them or none.
  void run(bool together) {
    const Transaction::Mark start = call_.transaction.mark();
    std::optional<std::size_t> cause;
    for (const Json& part : parts_) {
      responses_.push_back(run(part));
      if (responses_.back().status < 300) continue;
      failed_ = true;
      if (!cause) cause = responses_.size() - 1;
      if (together) break;
    }
    if (!cause || !together) return;
    call_.transaction.roll_back(start);
    const Response refused = responses_[*cause];
    halt("The transaction was rolled back since another operation in the same transaction failed.");
    responses_[*cause] = refused;
  }

  void halt(const std::string& why) {
    failed_ = true;
    responses_.assign(parts_.size(), error_response(halted(why)));
  }

  bool failed() const { return failed_; }

  /// {"compositeResponse":[…]}
  Json answer() const {
    Json results = Json::array();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      Json headers = Json::object();
      if (const auto location = responses_[i].headers.find("Location"))
        headers["Location"] = *location;
      results.push_back(Json{{"body", body_of(responses_[i])},
                             {"httpHeaders", std::move(headers)},
                             {"httpStatusCode", responses_[i].status},
                             {"referenceId", text_of(parts_[i], "referenceId")}});
    }
    return Json{{"compositeResponse", std::move(results)}};
  }

 private:
  Response run(const Json& part) {
    std::optional<Error> broken;
    const Json url = substitute(part.at("url"), broken);
    Json body = part.value("body", Json());
    replace_all(body, broken);
    if (broken) return error_response(*broken);
    Response response =
        run_part(call_, text_of(part, "method"), url.is_string() ? url.get<std::string>() : "",
                 part.value("httpHeaders", Json()), body.is_null() ? "" : dump_json(body));
    if (response.status < 300) answers_[text_of(part, "referenceId")] = body_of(response);
    return response;
  }

  void replace_all(Json& value, std::optional<Error>& broken) const {
    if (value.is_string()) value = substitute(value, broken);
    if (value.is_structured()) {
      for (Json& element : value) replace_all(element, broken);
    }
  }

  // "@{ref.path}": a text that is nothing but a reference takes the value itself.
  Json substitute(const Json& given, std::optional<Error>& broken) const {
    std::string text = given.get<std::string>();
    std::size_t start = text.find("@{");
    while (start != std::string::npos) {
      const std::size_t end = text.find('}', start);
      if (end == std::string::npos) break;
      const std::string name = text.substr(start + 2, end - start - 2);
      const std::optional<Json> value = look_up(name);
      if (!value) {
        if (!broken)
          broken = halted("Invalid reference specified. No value for " + name +
                          " found in the response.");
        return given;
      }
      if (start == 0 && end + 1 == text.size()) return *value;
      const std::string shown = value->is_string() ? value->get<std::string>() : dump_json(*value);
      text.replace(start, end - start + 1, shown);
      start = text.find("@{", start + shown.size());
    }
    return text;
  }

  std::optional<Json> look_up(const std::string& name) const {
    const std::size_t first = std::min(name.find_first_of(".["), name.size());
    const auto answer = answers_.find(name.substr(0, first));
    if (answer == answers_.end()) return std::nullopt;
    const Json* at = &answer->second;
    std::size_t position = first;
    while (position < name.size()) {
      const bool index = name[position] == '[';
      const std::size_t end = index ? name.find(']', position)
                                    : std::min(name.find_first_of(".[", position + 1), name.size());
      if (end == std::string::npos) return std::nullopt;
      const std::string step = name.substr(position + 1, end - position - 1);
      if (index) {
        const auto number = static_cast<std::size_t>(std::strtoul(step.c_str(), nullptr, 10));
        if (!at->is_array() || number >= at->size()) return std::nullopt;
        at = &(*at)[number];
      } else {
        if (!at->is_object() || !at->contains(step)) return std::nullopt;
        at = &at->at(step);
      }
      position = index ? end + 1 : end;
    }
    if (at->is_null() && call_.version < 52) return std::nullopt;  // later ones take the null
    return *at;
  }

  Call& call_;
  const Json& parts_;
  std::map<std::string, Json> answers_{};
  std::vector<Response> responses_{};
  bool failed_{};
};

/// What makes a list of subrequests malformed, whatever they do.
Result<void> check_references(const Json& parts) {
  std::set<std::string> references;
  for (const Json& part : parts) {
    const std::string id = text_of(part, "referenceId");
    const bool legal = !id.empty() && id[0] != '_' && std::all_of(id.begin(), id.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    });
    if (!legal) return bad_composite("Invalid reference Id: " + id);
    if (!references.insert(id).second) return bad_composite("Duplicate reference Id: " + id);
    const std::string url = text_of(part, "url");
    if (!url.starts_with("/services/data/v"))
      return bad_composite("Url should begin with a slash and a version: " + url);
    for (const char* header : {"Accept", "Authorization", "Content-Type"}) {
      if (part.value("httpHeaders", Json::object()).contains(header)) {
        return bad_composite(std::string("The header is not allowed in a subrequest: ") + header);
      }
    }
  }
  return {};
}

/// The subrequests of a body or of a graph.
Result<Json> parts_of(const Json& body) {
  const auto parts = body.find("compositeRequest");
  if (parts == body.end() || !parts->is_array() || parts->empty())
    return bad_composite("compositeRequest is required");
  return *parts;
}

Result<void> check_composite(const Json& parts) {
  if (parts.size() > kMaxParts) {
    return bad_composite("Limit exceeded on number of subrequests. Limit=25. Current subrequests=" +
                         std::to_string(parts.size()));
  }
  const auto queries = std::count_if(parts.begin(), parts.end(), [](const Json& part) {
    const std::string url = text_of(part, "url");
    return url.find("/query") != std::string::npos ||
           url.find("/composite/sobjects") != std::string::npos;
  });
  if (queries > kMaxQueries)
    return bad_composite("Limit exceeded on number of query and collections subrequests. Limit=5");
  return check_references(parts);
}

Response answer_parts(Call& call) {
  const Result<Json> body = object_body(call.request);
  if (!body) return error_response(body.error());
  const Result<Json> parts = parts_of(*body);
  if (!parts) return error_response(parts.error());
  if (Result<void> fine = check_composite(*parts); !fine) return error_response(fine.error());
  Parts run(call, *parts);
  run.run(body->value("allOrNone", Json(false)) == true);
  return json_response(200, run.answer());
}

/// How many nodes stand in a row of references that ends at a node of this text.
std::size_t depth_of(const std::string& node, const std::map<std::string, std::size_t>& depths) {
  std::size_t depth = 1;
  for (std::size_t at = node.find("@{"); at != std::string::npos; at = node.find("@{", at + 2)) {
    const std::size_t end = std::min(node.find_first_of(".[}", at), node.size());
    const auto before = depths.find(node.substr(at + 2, end - at - 2));
    if (before != depths.end()) depth = std::max(depth, before->second + 1);
  }
  return depth;
}

/// Nodes are rows and nothing else; two kinds differ in version, method or object.
Result<void> check_graph(const Json& nodes) {
  if (Result<void> fine = check_references(nodes); !fine) return fine;
  std::set<std::string> kinds;
  std::map<std::string, std::size_t> depths;
  for (const Json& node : nodes) {
    const std::string method = text_of(node, "method");
    Request request;
    set_target(request, text_of(node, "url"));
    const std::vector<std::string> path = request.segments();
    const bool row = path.size() >= 5 && path.size() <= 7 && path[3] == "sobjects" &&
                     version_of(path[2]) >= kOldestGraphVersion;
    if (!row || (method != "POST" && method != "PATCH" && method != "GET" && method != "DELETE"))
      return bad_composite("Not allowed in a graph: " + method + " " + text_of(node, "url"));
    kinds.insert(path[2] + " " + method + " " + path[4]);
    const std::size_t depth = depth_of(dump_json(node), depths);
    if (depth > kMaxDepth) return bad_composite("Limit exceeded on depth of a graph. Limit=15");
    depths[text_of(node, "referenceId")] = depth;
  }
  if (kinds.size() > kMaxNodeKinds)
    return bad_composite("Limit exceeded on different nodes of a graph. Limit=15");
  return {};
}

/// Each graph is all or nothing by itself.
Response answer_graphs(Call& call) {
  const Result<Json> body = object_body(call.request);
  if (!body) return error_response(body.error());
  const Json graphs = body->value("graphs", Json::array());
  if (!graphs.is_array() || graphs.empty() || graphs.size() > kMaxGraphs)
    return error_response(bad_composite("graphs: 1 to 75 are expected"));
  std::set<std::string> ids;
  std::size_t nodes = 0;
  std::vector<Json> parts;
  for (const Json& graph : graphs) {
    if (!graph.is_object() || !ids.insert(text_of(graph, "graphId")).second)
      return error_response(bad_composite("Each graph needs a graphId of its own"));
    Result<Json> found = parts_of(graph);
    if (!found) return error_response(found.error());
    nodes += found->size();
    if (nodes > kMaxGraphNodes)
      return error_response(bad_composite("Limit exceeded on number of nodes. Limit=500"));
    if (Result<void> fine = check_graph(*found); !fine) return error_response(fine.error());
    parts.push_back(std::move(*found));
  }
  std::size_t failed = 0;
  Json results = Json::array();
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    Parts graph(call, parts[i]);
    if (failed < kMaxFailedGraphs) {
      graph.run(true);
    } else {  // the text is not told by the documentation
      graph.halt("Too many graphs of this request have failed.");
    }
    if (graph.failed()) ++failed;
    results.push_back(Json{{"graphId", text_of(graphs[i], "graphId")},
                           {"graphResponse", graph.answer()},
                           {"isSuccessful", !graph.failed()}});
  }
  return json_response(200, Json{{"graphs", std::move(results)}});
}

Response answer_batch(Call& call) {
  const Result<Json> body = object_body(call.request);
  if (!body) return error_response(body.error());
  const Json parts = body->value("batchRequests", Json::array());
  if (!parts.is_array() || parts.size() > kMaxParts)
    return error_response(bad_composite("at most 25 batchRequests"));
  const bool halt = body->value("haltOnError", Json(false)) == true;
  bool failed = false;
  Json results = Json::array();
  for (const Json& part : parts) {
    if (failed && halt) {
      results.push_back(
          Json{{"statusCode", 412},
               {"result", error_body(refusal(412, "BATCH_PROCESSING_HALTED",
                                             "Batch processing halted per request"))}});
      continue;
    }
    const Json input = part.value("richInput", Json());
    const Response response =
        run_part(call, text_of(part, "method"), "/services/data/" + text_of(part, "url"), Json(),
                 input.is_null() ? "" : dump_json(input));
    failed = failed || response.status >= 300;
    results.push_back(Json{{"statusCode", response.status}, {"result", body_of(response)}});
  }
  return json_response(200, Json{{"hasErrors", failed}, {"results", std::move(results)}});
}

}  // namespace

Response answer_composite(Call& call) {
  if (call.in_composite)
    return error_response(bad_composite("composite requests cannot be nested"));
  if (!call.is("POST")) return method_not_allowed("POST");
  if (call.path.size() == 1) return answer_parts(call);
  if (call.path.size() == 2 && call.path[1] == "batch") return answer_batch(call);
  if (call.path.size() == 2 && call.path[1] == "graph" && call.version >= kOldestGraphVersion)
    return answer_graphs(call);
  if (call.path.size() == 3 && call.path[1] == "tree") return answer_tree(call);
  return error_response(not_found());
}

}  // namespace channelbridge::sandbox::salesforce

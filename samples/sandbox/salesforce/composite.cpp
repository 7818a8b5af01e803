#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kMaxParts = 25;
constexpr std::size_t kMaxQueries = 5;

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
  Call part{.state = outer.state,
            .transaction = outer.transaction,
            .request = request,
            .version = outer.version,
            .base = outer.base,
            .path = segments.size() > 3
                        ? std::vector<std::string>(segments.begin() + 3, segments.end())
                        : std::vector<std::string>(),
            .in_composite = true};
  return dispatch(part);
}

Json body_of(const Response& response) {
  if (response.body.empty()) return nullptr;
  const Result<Json> body = parse_json(response.body);
  return body ? *body : Json(response.body);
}

class Composite {
 public:
  explicit Composite(Call& call) : call_(call) {}

  Response answer() {
    const Result<Json> body = object_body(call_.request);
    if (!body) return error_response(body.error());
    const auto parts = body->find("compositeRequest");
    if (parts == body->end() || !parts->is_array() || parts->empty()) {
      return error_response(bad_composite("compositeRequest is required"));
    }
    if (Result<void> fine = check(*parts); !fine) return error_response(fine.error());
    const bool all_or_none = body->value("allOrNone", Json(false)) == true;
    const Transaction::Mark start = call_.transaction.mark();
    std::vector<Response> responses;
    std::optional<std::size_t> failed;
    for (const Json& part : *parts) {
      responses.push_back(run(part));
      if (responses.back().status < 300) continue;
      if (!failed) failed = responses.size() - 1;
      if (all_or_none) break;
    }
    if (failed && all_or_none) {
      call_.transaction.roll_back(start);
      const Response rolled_back =
          error_response(halted("The transaction was rolled back since another operation in the "
                                "same transaction failed."));
      const Response cause = responses[*failed];
      responses.assign(parts->size(), rolled_back);
      responses[*failed] = cause;
    }
    Json results = Json::array();
    for (std::size_t i = 0; i < parts->size(); ++i) {
      Json headers = Json::object();
      if (const auto location = responses[i].headers.find("Location"))
        headers["Location"] = *location;
      results.push_back(Json{{"body", body_of(responses[i])},
                             {"httpHeaders", std::move(headers)},
                             {"httpStatusCode", responses[i].status},
                             {"referenceId", text_of((*parts)[i], "referenceId")}});
    }
    return json_response(200, Json{{"compositeResponse", std::move(results)}});
  }

 private:
  Result<void> check(const Json& parts) const {
    if (parts.size() > kMaxParts) {
      return bad_composite(
          "Limit exceeded on number of subrequests. Limit=25. Current subrequests=" +
          std::to_string(parts.size()));
    }
    std::set<std::string> references;
    std::size_t queries = 0;
    for (const Json& part : parts) {
      const std::string id = text_of(part, "referenceId");
      const bool legal =
          !id.empty() && id[0] != '_' && std::all_of(id.begin(), id.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
          });
      if (!legal) return bad_composite("Invalid reference Id: " + id);
      if (!references.insert(id).second) return bad_composite("Duplicate reference Id: " + id);
      const std::string url = text_of(part, "url");
      if (!url.starts_with("/services/data/v"))
        return bad_composite("Url should begin with a slash and a version: " + url);
      if (url.find("/query") != std::string::npos ||
          url.find("/composite/sobjects") != std::string::npos)
        ++queries;
      for (const char* header : {"Accept", "Authorization", "Content-Type"}) {
        if (part.value("httpHeaders", Json::object()).contains(header)) {
          return bad_composite(std::string("The header is not allowed in a subrequest: ") + header);
        }
      }
    }
    if (queries > kMaxQueries)
      return bad_composite(
          "Limit exceeded on number of query and collections subrequests. Limit=5");
    return {};
  }

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
    return *at;
  }

  Call& call_;
  std::map<std::string, Json> answers_{};
};

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
  if (call.path.size() == 1) return Composite(call).answer();
  if (call.path.size() == 2 && call.path[1] == "batch") return answer_batch(call);
  return error_response(not_found());
}

}  // namespace channelbridge::sandbox::salesforce

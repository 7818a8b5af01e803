#include "sandbox/salesforce/errors.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

Json fields_of(const Error& error) {
  Json fields = Json::array();
  for (const Problem& problem : error.problems()) fields.push_back(problem.path);
  return fields;
}

}  // namespace

Error refusal(int status, std::string code, std::string message,
              const std::vector<std::string>& fields) {
  std::vector<Problem> problems;
  problems.reserve(fields.size());
  for (const std::string& field : fields) problems.push_back({.path = field});
  return Error(ErrorCode::Rejected, std::move(message))
      .with_http_status(status)
      .with_remote(std::move(code), {})
      .with_problems(std::move(problems));
}

Error not_found(std::string message) { return refusal(404, "NOT_FOUND", std::move(message)); }

Error malformed_json(const std::string& detail) {
  return refusal(400, "JSON_PARSER_ERROR", detail);
}

Json error_body(const Error& error) {
  Json element{{"message", error.message()}, {"errorCode", error.remote_code()}};
  if (!error.problems().empty()) element["fields"] = fields_of(error);
  return Json::array({element});
}

Response error_response(const Error& error) {
  return json_response(error.http_status(), error_body(error));
}

Json record_error(const Error& error) {
  return Json{{"statusCode", error.remote_code()},
              {"message", error.message()},
              {"fields", fields_of(error)}};
}

}  // namespace channelbridge::sandbox::salesforce

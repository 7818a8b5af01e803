#include "refusal_internal.hpp"

#include "channelbridge/core/shown.hpp"

namespace channelbridge::idoc {
namespace {

constexpr std::size_t kMostShown = 200;

/// The title of an HTML page, else the beginning of a text.
std::string words_of(const std::string& body) {
  const std::size_t open = body.find("<title>");
  const std::size_t close = body.find("</title>");
  if (open != std::string::npos && close != std::string::npos && close > open)
    return std::string(shown(body.substr(open + 7, close - open - 7), kMostShown));
  return body.find('<') == std::string::npos ? std::string(shown(body, kMostShown)) : std::string();
}

ErrorCode code_of(int status) {
  if (status == 401) return ErrorCode::Unauthenticated;
  if (status == 403) return ErrorCode::Forbidden;
  if (status == 404) return ErrorCode::NotFound;
  if (status == 429) return ErrorCode::RateLimited;
  if (status >= 500) return ErrorCode::Unavailable;
  return status >= 400 ? ErrorCode::Rejected : ErrorCode::Protocol;
}

}  // namespace

Error refusal(const http::Response& response, const std::string& operation) {
  std::string message = "the system answers " + std::to_string(response.status);
  if (response.status == 404) message += ": nothing stands at this path (is the node active?)";
  return Error(code_of(response.status), std::move(message))
      .with_operation(operation)
      .with_http_status(response.status)
      .with_remote("", words_of(response.body))
      .with_request(response.request)
      .with_sent(Sent::Answered);
}

}  // namespace channelbridge::idoc

#include "channelbridge/core/error.hpp"

#include <ostream>
#include <utility>

#include "channelbridge/core/shown.hpp"

namespace channelbridge {

struct Error::Details {
  ErrorCode code = ErrorCode::Internal;
  std::string message{};
  std::string system{};
  std::string operation{};
  std::string key{};
  int http_status = 0;
  std::string remote_code{};
  std::string remote_message{};
  std::string request_id{};
  std::string request{};
  std::optional<std::chrono::milliseconds> retry_after{};
  Sent sent = Sent::No;
  std::vector<Problem> problems{};
};

namespace {

/// A system's own words are kept, but not its whole answer.
constexpr std::size_t kMaxRemoteMessage = 500;

std::string bounded(std::string text) {
  text = shown(text, kMaxRemoteMessage);
  return text;
}

void append(std::string& list, std::string_view label, std::string_view value) {
  if (value.empty()) return;
  if (!list.empty()) list += ", ";
  list += label;
  list += value;
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::Invalid:
      return "invalid";
    case ErrorCode::Unsupported:
      return "unsupported";
    case ErrorCode::Unauthenticated:
      return "unauthenticated";
    case ErrorCode::Forbidden:
      return "forbidden";
    case ErrorCode::NotFound:
      return "not_found";
    case ErrorCode::RateLimited:
      return "rate_limited";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::Timeout:
      return "timeout";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::Rejected:
      return "rejected";
    case ErrorCode::Unmappable:
      return "unmappable";
    case ErrorCode::Protocol:
      return "protocol";
    case ErrorCode::Internal:
      return "internal";
    case ErrorCode::Cancelled:
      return "cancelled";
  }
  return "internal";
}

std::string_view to_string(Sent sent) {
  switch (sent) {
    case Sent::No:
      return "no";
    case Sent::NoAnswer:
      return "no_answer";
    case Sent::Answered:
      return "answered";
  }
  return "no_answer";
}

std::string to_string(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) {
    if (!text.empty()) text += ':';
    text += std::to_string(problem.line);
  }
  if (!text.empty()) text += ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  text += problem.message;
  if (!problem.suggestion.empty()) text += " (did you mean '" + problem.suggestion + "'?)";
  return text;
}

Error::Error(ErrorCode code, std::string message)
    : details_(
          std::make_shared<const Details>(Details{.code = code, .message = std::move(message)})) {}

Error::Error(std::shared_ptr<const Details> details) : details_(std::move(details)) {}

ErrorCode Error::code() const { return details_->code; }
const std::string& Error::message() const { return details_->message; }
const std::string& Error::system() const { return details_->system; }
const std::string& Error::operation() const { return details_->operation; }
const std::string& Error::key() const { return details_->key; }
int Error::http_status() const { return details_->http_status; }
const std::string& Error::remote_code() const { return details_->remote_code; }
const std::string& Error::remote_message() const { return details_->remote_message; }
const std::string& Error::request_id() const { return details_->request_id; }
const std::string& Error::request() const { return details_->request; }
std::optional<std::chrono::milliseconds> Error::retry_after() const {
  return details_->retry_after;
}
Sent Error::sent() const { return details_->sent; }
const std::vector<Problem>& Error::problems() const { return details_->problems; }

Error Error::with_system(std::string value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->system = std::move(value);
  return Error(std::move(copy));
}

Error Error::with_operation(std::string value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->operation = std::move(value);
  return Error(std::move(copy));
}

Error Error::with_key(std::string value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->key = std::move(value);
  return Error(std::move(copy));
}

Error Error::with_http_status(int value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->http_status = value;
  return Error(std::move(copy));
}

Error Error::with_remote(std::string code, std::string message) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->remote_code = bounded(std::move(code));
  copy->remote_message = bounded(std::move(message));
  return Error(std::move(copy));
}

Error Error::with_request_id(std::string value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->request_id = bounded(std::move(value));
  return Error(std::move(copy));
}

Error Error::with_request(std::string value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->request = bounded(std::move(value));
  return Error(std::move(copy));
}

Error Error::with_retry_after(std::chrono::milliseconds value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->retry_after = value;
  return Error(std::move(copy));
}

Error Error::with_sent(Sent value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->sent = value;
  return Error(std::move(copy));
}

Error Error::with_problems(std::vector<Problem> value) const {
  auto copy = std::make_shared<Details>(*details_);
  copy->problems = std::move(value);
  return Error(std::move(copy));
}

std::string to_string(const Error& error) {
  std::string text;
  for (const std::string* part : {&error.system(), &error.operation()}) {
    if (!part->empty()) text += *part + ": ";
  }
  text += to_string(error.code());
  text += ": " + error.message();

  std::string facts;
  append(facts, "", error.request());
  append(facts, "key ", error.key());
  if (error.http_status() != 0) append(facts, "http ", std::to_string(error.http_status()));
  append(facts, "code ", error.remote_code());
  const std::string& said = error.remote_message();
  if (!said.empty() && error.message().find(said) == std::string::npos)
    append(facts, "said ", "\"" + said + "\"");
  append(facts, "id ", error.request_id());
  if (error.retry_after())
    append(facts, "retry after ", std::to_string(error.retry_after()->count()) + " ms");
  if (error.sent() == Sent::NoAnswer) append(facts, "sent but ", "not answered");
  if (!facts.empty()) text += " [" + facts + "]";

  for (const Problem& problem : error.problems()) {
    const std::string line = to_string(problem);
    if (error.message().find(line) == std::string::npos) text += "\n  " + line;
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Error& error) { return out << to_string(error); }

}  // namespace channelbridge

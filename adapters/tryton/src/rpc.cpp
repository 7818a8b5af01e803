#include "rpc_internal.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "channelbridge/document/document.hpp"
#include "channelbridge/http/encoding.hpp"

namespace channelbridge::tryton {
namespace {

using document::Tree;

constexpr int kMostWarnings = 8;  // that one call may ask one after another

std::string text_at(const Tree& list, std::size_t at) {
  if (at >= list.children.size()) return {};
  const Tree& value = list.children[at];
  return value.kind == Tree::Kind::Text ? value.text : std::string();
}

std::string joined(const std::string& message, const std::string& description) {
  return description.empty() ? message : message + " - " + description;
}

Error status_error(const http::Response& response) {
  switch (response.status) {
    case 400:
      return {ErrorCode::Invalid, "the server does not take this as a call of its JSON-RPC"};
    case 401:
      return {ErrorCode::Unauthenticated, "the session was refused"};
    case 403:
      return {ErrorCode::Forbidden, "the server does not offer this method to clients"};
    case 404:
    case 405:
      return {ErrorCode::NotFound, "there is no such database at this address"};
    case 429:
      return {ErrorCode::RateLimited, "too many failed logins: the server asks to wait"};
    default:
      break;
  }
  const std::string message = "the server answered with status " + std::to_string(response.status);
  return {response.status >= 500 ? ErrorCode::Unavailable : ErrorCode::Protocol, message};
}

/// What the database says when it wants the transaction again. Source: psycopg2 and sqlite3 errors
/// that trytond hands on after its own repeats.
bool asks_for_a_repeat(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kWords = {
      "could not serialize access", "deadlock detected", "could not obtain lock",
      "database is locked"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [text](std::string_view word) { return text.find(word) != text.npos; });
}

Error remote_error(const Tree& error) {
  const std::string kind = text_at(error, 0);
  const Tree* args = error.children.size() > 1 ? &error.children[1] : nullptr;
  const bool list = args != nullptr && args->kind == Tree::Kind::Array;
  if (kind == "UserError" && list) {
    return Error(ErrorCode::Rejected, "the server refused the content")
        .with_remote(kind, joined(text_at(*args, 0), text_at(*args, 1)));
  }
  if (kind == "UserWarning" && list) {
    return Error(ErrorCode::Rejected, "the server asks a person to confirm")
        .with_remote("UserWarning/" + text_at(*args, 0),
                     joined(text_at(*args, 1), text_at(*args, 2)));
  }
  if (kind == "ConcurrencyException") {
    return Error(ErrorCode::Conflict, "the record has been changed meanwhile")
        .with_remote(kind, text_at(error, 1));
  }
  if (kind == "LoginException" && list) {
    return Error(ErrorCode::Unauthenticated, "the login asks for a further factor")
        .with_remote(kind, text_at(*args, 1));
  }
  if (asks_for_a_repeat(kind)) {
    return Error(ErrorCode::Unavailable, "the database is busy with these records")
        .with_remote("Exception", kind);
  }
  return Error(ErrorCode::Protocol, "the server failed with an exception")
      .with_remote("Exception", kind);
}

http::PipelineOptions with_session(http::PipelineOptions pipeline,
                                   std::shared_ptr<Session> session) {
  pipeline.credential = std::move(session);
  return pipeline;
}

std::string target_of(const std::string& base_path, const Options& options) {
  std::string path = options.endpoint;
  static constexpr std::string_view kName = "{database}";
  if (const std::size_t at = path.find(kName); at != std::string::npos)
    path.replace(at, kName.size(), http::encode_component(options.database));
  return base_path + "/" + path;
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string out;
  document::append_json_string(out, text);
  return out;
}

http::Request rpc_request(const std::string& target, std::string_view method,
                          const std::string& params, std::string operation) {
  http::Request request{.method = "POST", .target = target, .operation = std::move(operation)};
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Accept", "application/json");
  // The server answers in this form only to exactly these three members.
  request.body = R"({"id":1,"method":)" + json_text(method) + R"(,"params":)" + params + "}";
  return request;
}

Result<Tree> rpc_result(const http::Response& response, const std::string& operation) {
  const auto explained = [&](const Error& error) {
    return error.with_operation(operation)
        .with_http_status(response.status)
        .with_request(response.request)
        .with_sent(Sent::Answered);
  };
  if (response.status != 200) return explained(status_error(response));
  auto body = document::parse_tree(response.body, document::Format::Json);
  if (!body) return explained(body.error());
  if (const Tree* error = body->find("error"); error != nullptr)
    return explained(remote_error(*error));
  const Tree* result = body->find("result");
  if (result == nullptr)
    return explained(Error(ErrorCode::Protocol, "the answer has neither 'result' nor 'error'"));
  return *result;
}

bool may_have_landed(const Error& error) {
  if (error.sent() == Sent::NoAnswer) return true;
  if (error.sent() == Sent::No) return false;
  return error.http_status() >= 500 || error.http_status() == 408 ||
         (error.http_status() == 200 && error.remote_code().empty());
}

Rpc::Rpc(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
         const std::string& base_path, const Options& options)
    : options_(options),
      system_(pipeline.system),
      target_(target_of(base_path, options)),
      session_(std::make_shared<Session>(transport, target_, options)),
      company_(options.company),
      pipeline_(std::move(transport), with_session(std::move(pipeline), session_)) {}

Error Rpc::located(const Error& error, const std::string& operation) const {
  const Error named = error.system().empty() ? error.with_system(system_) : error;
  return named.operation().empty() ? named.with_operation(operation) : named;
}

std::string Rpc::context_json(const std::string& timestamps) const {
  // Inactive records are read too: that one is inactive is what another system has to learn.
  std::string out = R"({"active_test":false,"language":)" + json_text(options_.language);
  if (company_ > 0) out += ",\"company\":" + std::to_string(company_);
  if (employee_ > 0) out += ",\"employee\":" + std::to_string(employee_);
  if (!timestamps.empty()) out += ",\"_timestamp\":" + timestamps;
  return out + "}";
}

Result<http::Response> Rpc::send(std::string_view method, const std::string& params,
                                 const std::string& timestamps, http::Repeatable repeatable,
                                 const std::string& operation, const Context& context) {
  if (!asked_) {
    // Clients name company and employee in each call: prices and accounts are kept by company, and
    // what needs an employee takes the user's own.
    auto own = preferences(context);
    if (!own) return std::move(own).error();
  }
  http::Request request =
      rpc_request(target_, method, params + "," + context_json(timestamps) + "]", operation);
  request.repeatable = repeatable;
  auto response = pipeline_.send(std::move(request), context);
  if (!response) return located(response.error(), operation);
  return response;
}

Result<Tree> Rpc::read(std::string_view method, const std::string& params,
                       const std::string& operation, const Context& context) {
  auto response = send(method, params, {}, http::Repeatable::Yes, operation, context);
  if (!response) return std::move(response).error();
  auto result = rpc_result(*response, operation);
  if (result) return result;
  Error error = located(result.error(), operation);
  if (error.remote_code() != "UserError") return error;
  // What a read is refused for is no record's content: it is the user's rights.
  return Error(ErrorCode::Forbidden, "the server does not let this user read that")
      .with_system(error.system())
      .with_operation(operation)
      .with_http_status(error.http_status())
      .with_remote(error.remote_code(), error.remote_message())
      .with_request(error.request())
      .with_sent(Sent::Answered);
}

bool Rpc::accepted(const Error& error) const {
  static constexpr std::string_view kPrefix = "UserWarning/";
  if (!error.remote_code().starts_with(kPrefix)) return false;
  const std::string name = error.remote_code().substr(kPrefix.size());
  const auto& known = options_.accept_warnings;
  return std::any_of(known.begin(), known.end(), [&name](const std::string& beginning) {
    return beginning == "*" || name.starts_with(beginning);
  });
}

Result<Tree> Rpc::write(std::string_view method, const std::string& params,
                        const std::string& timestamps, const std::string& operation,
                        const Context& context) {
  for (int warnings = 0;; ++warnings) {
    auto response = send(method, params, timestamps, http::Repeatable::No, operation, context);
    if (!response) return std::move(response).error();
    auto result = rpc_result(*response, operation);
    if (result) return result;
    const Error error = located(result.error(), operation);
    if (warnings == kMostWarnings || !accepted(error)) return error;
    // A confirmed warning is a row that the same call uses up. Source: Tryton 6.0,
    // res.user.warning.
    const std::string name = error.remote_code().substr(error.remote_code().find('/') + 1);
    const std::string row = "[[{\"user\":" + std::to_string(user_id()) +
                            ",\"name\":" + json_text(name) + ",\"always\":false}]";
    auto confirmed = send("model.res.user.warning.create", row, {}, http::Repeatable::No,
                          "confirm a warning", context);
    if (!confirmed) return error;
    if (auto landed = rpc_result(*confirmed, "confirm a warning"); !landed) return error;
  }
}

Result<Rpc::Preferences> Rpc::preferences(const Context& context) {
  const std::string operation = "read the server's clock";
  http::Request request = rpc_request(target_, "model.res.user.get_preferences",
                                      "[true," + context_json({}) + "]", operation);
  request.repeatable = http::Repeatable::Yes;
  auto response = pipeline_.send(std::move(request), context);
  if (!response) return located(response.error(), operation);
  auto result = rpc_result(*response, operation);
  if (!result) return located(result.error(), operation);
  const auto date = response->headers.get("Date");
  const auto now = date ? parse_http_date(*date) : std::nullopt;
  if (!now) {
    return located(Error(ErrorCode::Protocol, "the answer carries no readable Date header")
                       .with_sent(Sent::Answered),
                   operation);
  }
  const auto id_of = [&](const char* name) -> std::int64_t {
    const Tree* id = result->find(name);
    const bool said = id != nullptr && id->kind == Tree::Kind::Number;
    return said ? std::strtoll(id->text.c_str(), nullptr, 10) : 0;
  };
  if (options_.company == 0) company_ = id_of("company");
  employee_ = id_of("employee");
  asked_ = true;
  return Preferences{.values = std::move(*result), .now = *now};
}

}  // namespace channelbridge::tryton

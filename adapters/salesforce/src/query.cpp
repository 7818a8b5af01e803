#include "query_internal.hpp"

#include <charconv>
#include <cstdlib>

#include "channelbridge/http/encoding.hpp"
#include "errors_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using document::Slot;

// URI and headers together may have 16,384 bytes (status 414 or 431); the token takes its part.
constexpr std::size_t kLongestTarget = 12'000;

}  // namespace

std::string_view value_at(const document::RecordSpan& record, int at) {
  if (at < 0) return {};
  const Slot& slot = record.slots[static_cast<std::size_t>(at)];
  return slot.state == Slot::State::Text ? std::string_view(slot.text) : std::string_view();
}

/// The body of a query's answer. A statement too long for a URI goes inside a composite call, which
/// only reads.
Result<std::string> Queries::send(const std::string& soql, const std::string& operation, bool all,
                                  const Context& context) {
  std::string target =
      session_.path(all ? "/queryAll?q=" : "/query?q=") + http::encode_component(soql);
  if (target.size() <= kLongestTarget) {
    http::Request request{.method = "GET", .target = std::move(target), .operation = operation};
    request.headers.set("Sforce-Query-Options", "batchSize=" + std::to_string(kLongestPage));
    auto response = session_.call(std::move(request), context);
    if (!response) return std::move(response).error();
    return std::move(response->body);
  }
  std::string body = R"({"compositeRequest":[{"method":"GET","referenceId":"q","url":)";
  document::append_json_string(body, target);
  body += "}]}";
  auto response = session_.call({.method = "POST",
                                 .target = session_.path("/composite"),
                                 .body = std::move(body),
                                 .repeatable = http::Repeatable::Yes,
                                 .operation = operation},
                                context);
  if (!response) return std::move(response).error();
  const auto page = document::Page::make(std::move(response->body), document::Format::Json);
  auto parts = document::json_records(*page, "compositeResponse", {"httpStatusCode", "body"});
  if (!parts) return session_.located(parts.error(), operation);
  if (parts->records.size() != 1) {
    return session_.located(Error(ErrorCode::Protocol, "a composite answer without its part"),
                            operation);
  }
  std::vector<Slot>& part = parts->records.front().slots;
  const int status = std::atoi(part[0].text.c_str());
  if (status == 200) return std::move(part[1].text);
  return response_error({.status = status, .body = std::move(part[1].text)}, operation)
      .with_system(session_.system());
}

Result<Rows> Queries::query(const std::vector<std::string>& wanted, const std::string& soql,
                            const std::string& operation, const Context& context, Deleted deleted) {
  auto body = send(soql, operation, options_.deletes || deleted == Deleted::Shown, context);
  if (!body) return std::move(body).error();
  Rows rows;
  rows.page = document::Page::make(std::move(*body), document::Format::Json);
  auto records = document::json_records(*rows.page, "records", wanted, {"done", "totalSize"});
  if (!records) return session_.located(records.error(), operation).with_sent(Sent::Answered);
  rows.records = std::move(*records);
  const Slot& done = rows.records.outside[0];
  const Slot& total = rows.records.outside[1];
  if (done.state != Slot::State::Text || total.state != Slot::State::Text) {
    return session_.located(
        Error(ErrorCode::Protocol, "a query's answer without 'done' or 'totalSize'"), operation);
  }
  rows.done = done.text == "true";
  rows.total = static_cast<std::size_t>(std::strtoull(total.text.c_str(), nullptr, 10));
  if (rows.done && rows.total != rows.records.records.size()) {
    return session_.located(
        Error(ErrorCode::Protocol, "the answer says it is complete, but has " +
                                       std::to_string(rows.records.records.size()) + " of " +
                                       total.text + " rows"),
        operation);
  }
  return rows;
}

Result<std::uint64_t> Queries::count(const std::string& soql, const std::string& operation,
                                     const Context& context) {
  auto body = send(soql, operation, options_.deletes, context);
  if (!body) return std::move(body).error();
  const auto page = document::Page::make(std::move(*body), document::Format::Json);
  auto read = document::json_records(*page, "records", {}, {"totalSize"});
  if (!read) return session_.located(read.error(), operation);
  const std::string& text = read->outside[0].text;
  std::uint64_t rows = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), rows);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size()) {
    return session_.located(
        Error(ErrorCode::Protocol, "a count without 'totalSize'").with_sent(Sent::Answered),
        operation);
  }
  return rows;
}

}  // namespace channelbridge::salesforce

#include <algorithm>
#include <charconv>
#include <string_view>

#include "batch_internal.hpp"
#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"
#include "text_internal.hpp"

namespace channelbridge::odata {
namespace {

std::string group_name(std::size_t index) { return "g" + std::to_string(index + 1); }

/// "$3/_Item" refers to the entity that the operation 3 of the same group makes.
std::string referred(const std::string& url) {
  return url.starts_with('$') ? url.substr(1, url.find('/') - 1) : std::string();
}

Error unreadable(std::string_view what) {
  return Error(ErrorCode::Protocol, "the answer to $batch " + std::string(what))
      .with_sent(Sent::Answered);
}

Result<BatchPart> part_of(std::string_view response) {
  BatchPart part{.content_id = json::text_of(response, "id")};
  const std::string_view status = json::member(response, "status");
  const auto [end, error] =
      std::from_chars(status.data(), status.data() + status.size(), part.response.status);
  if (error != std::errc() || part.response.status < 100)
    return unreadable("has a response without a status");
  for (const json::Member& header : json::members(json::member(response, "headers")))
    part.response.headers.set(lower(header.name), json::text(header.value));
  const std::string_view body = json::member(response, "body");
  // A body that is no JSON stands as a text.
  part.response.body = json::is_string(body) ? json::text(body) : std::string(body);
  if (!body.empty() && !json::is_string(body) && !part.response.headers.get("content-type"))
    part.response.headers.set("content-type", "application/json");
  return part;
}

}  // namespace

BatchBody write_json_batch(const std::vector<std::vector<BatchOperation>>& groups) {
  BatchBody out{.content_type = "application/json", .body = R"({"requests":[)"};
  std::string& body = out.body;
  bool first = true;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const BatchOperation& operation : groups[i]) {
      body += std::string(first ? "" : ",") + R"({"id":)" + json::quoted(operation.content_id) +
              R"(,"atomicityGroup":")" + group_name(i) + '"';
      first = false;
      if (const std::string needs = referred(operation.url); !needs.empty())
        body += R"(,"dependsOn":[)" + json::quoted(needs) + "]";
      body += R"(,"method":)" + json::quoted(operation.method) + R"(,"url":)" +
              json::quoted(operation.url) + R"(,"headers":{)";
      for (std::size_t n = 0; n < operation.headers.size(); ++n) {
        const auto& [name, value] = operation.headers[n];
        body += (n == 0 ? "" : ",") + json::quoted(lower(name)) + ":" + json::quoted(value);
      }
      body += "}";
      if (!operation.body.empty()) body += R"(,"body":)" + operation.body;
      body += "}";
    }
  }
  body += "]}";
  return out;
}

Result<std::vector<BatchAnswer>> read_json_batch(
    const http::Response& response, const std::vector<std::vector<BatchOperation>>& groups) {
  if (const auto gate = document::check_json(response.body); !gate)
    return unreadable("is no JSON: " + gate.error().message());
  const std::string_view responses = json::member(response.body, "responses");
  if (!json::is_array(responses)) return unreadable("has no responses");
  const std::vector<std::string_view> all = json::elements(responses);
  std::vector<BatchAnswer> out(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    // A failed group has one response, with the group's name or a member's id, or one per member;
    // a good one has one per member, in any order.
    for (const BatchOperation& operation : groups[i]) {
      const auto found = std::find_if(all.begin(), all.end(), [&](std::string_view each) {
        return json::text_of(each, "id") == operation.content_id;
      });
      if (found == all.end()) continue;
      auto part = part_of(*found);
      if (!part) return part.error();
      out[i].parts.push_back(*std::move(part));
    }
    if (!out[i].parts.empty()) continue;
    for (const std::string_view each : all) {
      if (json::text_of(each, "atomicityGroup") != group_name(i) &&
          json::text_of(each, "id") != group_name(i))
        continue;
      auto part = part_of(each);
      if (!part) return part.error();
      part->content_id.clear();
      out[i].parts.push_back(*std::move(part));
    }
  }
  for (BatchAnswer& answer : out) answer.group = answer.parts.size() > 1;
  return out;
}

}  // namespace channelbridge::odata

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "channelbridge/http/transport.hpp"

namespace channelbridge::odata {

/// One operation inside a change set.
struct BatchOperation {
  std::string method{};
  std::string
      url{};  ///< relative to the service root, percent-encoded; "$1/to_X" for a member's child
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  std::string content_id{};
};

/// multipart/mixed with one change set per group: a group succeeds or fails as a whole.
struct BatchBody {
  std::string content_type{};
  std::string body{};
};
/// `unique` makes the boundaries; it must not occur in any body.
BatchBody write_batch(const std::vector<std::vector<BatchOperation>>& groups,
                      const std::string& unique);

struct BatchPart {
  http::Response response{};
  std::string content_id{};
};
/// What stands in one place of the answer: the members of a change set, or the single error that
/// took its place.
struct BatchAnswer {
  bool group{};
  std::vector<BatchPart> parts{};
};

/// Reads an answer by its boundaries. Lengths in part headers are not believed: published samples
/// have wrong ones. Errors: Protocol.
Result<std::vector<BatchAnswer>> read_batch(const http::Response& response);

/// The same as a JSON object (OData JSON Format 4.01, 19): one atomicity group per group.
BatchBody write_json_batch(const std::vector<std::vector<BatchOperation>>& groups);
/// Answers of a JSON batch, one per group: a group that has none is empty. Errors: Protocol.
Result<std::vector<BatchAnswer>> read_json_batch(
    const http::Response& response, const std::vector<std::vector<BatchOperation>>& groups);

}  // namespace channelbridge::odata

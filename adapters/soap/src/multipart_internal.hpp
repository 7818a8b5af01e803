#pragma once

#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"

namespace channelbridge::soap {

/// A media type with its parameters: "multipart/related; boundary=x". Names compare without case.
struct MediaType {
  explicit MediaType(std::string_view header);
  /// "" = it is not there.
  std::string parameter(std::string_view name) const;

  std::string type{};  ///< in lower case, "" when nothing is said
  std::string rest{};
};

/// The envelope in an HTTP body: the body itself, or the only part of multipart/related.
/// Errors as read_envelope().
Result<std::string_view> envelope_in(std::string_view body, std::string_view content_type);

}  // namespace channelbridge::soap

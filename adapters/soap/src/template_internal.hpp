#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/core/time.hpp"

namespace channelbridge::soap {

/// The form that a moment takes where a text is nothing but that moment.
enum class TimeForm : std::uint8_t { DateTime, Date };

/// What the placeholders of one call stand for.
struct Values {
  std::map<std::string, std::string, std::less<>> texts{};
  std::map<std::string, Timestamp, std::less<>> times{};
};

/// A text of a manifest with placeholders: "{parameter.client}", "{number}". "{{" is a brace.
///
/// Threads: immutable.
class Template {
 public:
  Template() = default;
  /// Errors: Invalid, a brace that is not closed or names nothing.
  static Result<Template> parse(std::string_view text);

  /// The names between braces, in order.
  const std::vector<std::string>& names() const { return names_; }
  bool constant() const { return names_.empty(); }
  /// nullopt when one of its names stands for nothing, or for an empty text. Moments are written in
  /// UTC, dates as those of `zone`.
  std::optional<std::string> expand(const Values& values, TimeForm form,
                                    const TimeZone& zone) const;
  /// Without placeholders: the text.
  std::string text() const { return literals_.empty() ? std::string() : literals_.front(); }

 private:
  std::vector<std::string> literals_{};  ///< one more than names, around them
  std::vector<std::string> names_{};
};

}  // namespace channelbridge::soap

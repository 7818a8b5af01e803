#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace channelbridge {

enum class LogLevel { Debug, Info, Warning, Error };

/// One named value of a log line. Values are texts; never a secret or a body.
struct LogField {
  std::string_view name{};
  std::string value{};
};

/// Structured logging: an event name in words and named values.
///
///     log.write(LogLevel::Info, "page merged", {{"spoke", name}, {"documents",
///     std::to_string(n)}});
///
/// Threads: any.
class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(LogLevel level) const = 0;
  virtual void write(LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) = 0;
};

/// Discards everything.
std::shared_ptr<Log> no_log();
/// One line per event on standard error: key=value, or JSON objects when `json`.
std::shared_ptr<Log> stderr_log(LogLevel lowest, bool json = false);

}  // namespace channelbridge

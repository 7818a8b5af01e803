#include "channelbridge/core/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace channelbridge {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// A quoted text in which no character can end the line or the quotes.
std::string in_quotes(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// Bare when it reads as one word, quoted otherwise.
std::string word(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' || c == 0x7F)
      return in_quotes(text);
  }
  return text.empty() ? "\"\"" : std::string(text);
}

class NoLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

class StderrLog final : public Log {
 public:
  StderrLog(LogLevel lowest, bool json)
      : json_(json), logger_("channelbridge", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(to_spdlog(lowest));
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})"
             : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
        spdlog::pattern_time_type::utc));
  }

  bool enabled(LogLevel level) const override { return logger_.should_log(to_spdlog(level)); }

  void write(LogLevel level, std::string_view event,
             std::initializer_list<LogField> fields) override {
    if (!enabled(level)) return;
    std::string line = json_ ? "\"event\":" + in_quotes(event) : std::string(event);
    for (const LogField& field : fields) {
      line += json_ ? "," + in_quotes(field.name) + ":" + in_quotes(field.value)
                    : " " + std::string(field.name) + "=" + word(field.value);
    }
    logger_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  bool json_;
  spdlog::logger logger_;
};

}  // namespace

std::shared_ptr<Log> no_log() { return std::make_shared<NoLog>(); }

std::shared_ptr<Log> stderr_log(LogLevel lowest, bool json) {
  return std::make_shared<StderrLog>(lowest, json);
}

}  // namespace channelbridge

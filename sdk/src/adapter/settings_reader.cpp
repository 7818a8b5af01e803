#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "channelbridge/adapter/http_settings.hpp"

namespace channelbridge::adapter {
namespace {

std::string shown(const Setting& setting) {
  return setting.secret ? std::string("the value") : "'" + setting.text + "'";
}

template <typename Number>
bool parse_all(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

const Setting* SettingsReader::find(std::string_view path) const {
  const Setting* at = &system_.settings;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    at = at->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return at;
}

bool SettingsReader::has(std::string_view path) const { return find(path) != nullptr; }

std::string SettingsReader::text(std::string_view path, std::string_view fallback) const {
  const Setting* found = find(path);
  return found == nullptr ? std::string(fallback) : found->text;
}

std::string SettingsReader::required(std::string_view path) {
  const Setting* found = find(path);
  if (found != nullptr && !found->text.empty()) return found->text;
  problem(path, "required", found == nullptr ? "is missing" : "is empty");
  return {};
}

Secret SettingsReader::secret(std::string_view path) const { return Secret(text(path)); }

Secret SettingsReader::required_secret(std::string_view path) { return Secret(required(path)); }

std::int64_t SettingsReader::integer(std::string_view path, std::int64_t fallback,
                                     std::int64_t lowest, std::int64_t highest) {
  const Setting* found = find(path);
  if (found == nullptr) return fallback;
  std::int64_t value = 0;
  if (parse_all(std::string_view(found->text), value) && value >= lowest && value <= highest) {
    return value;
  }
  problem(path, "integer",
          shown(*found) + " is not a whole number from " + std::to_string(lowest) + " to " +
              std::to_string(highest));
  return fallback;
}

double SettingsReader::number(std::string_view path, double fallback) {
  const Setting* found = find(path);
  if (found == nullptr) return fallback;
  double value = 0;
  if (parse_all(std::string_view(found->text), value) && std::isfinite(value) && value >= 0) {
    return value;
  }
  problem(path, "number", shown(*found) + " is not a number of at least 0");
  return fallback;
}

bool SettingsReader::flag(std::string_view path, bool fallback) {
  const Setting* found = find(path);
  if (found == nullptr) return fallback;
  if (found->text == "true" || found->text == "yes") return true;
  if (found->text == "false" || found->text == "no") return false;
  problem(path, "flag", shown(*found) + " is neither true nor false");
  return fallback;
}

std::chrono::milliseconds SettingsReader::duration(std::string_view path,
                                                   std::chrono::milliseconds fallback) {
  const Setting* found = find(path);
  if (found == nullptr) return fallback;
  const std::string_view text = found->text;
  const std::size_t unit_at = text.find_first_not_of("0123456789");
  const std::string_view unit = unit_at == std::string_view::npos ? "s" : text.substr(unit_at);
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000}};
  constexpr std::int64_t kLongest = 366LL * 24 * 3'600'000;
  std::int64_t count = 0;
  if (parse_all(text.substr(0, unit_at), count)) {
    for (const auto& [name, factor] : kUnits) {
      if (name == unit && count <= kLongest / factor) {
        return std::chrono::milliseconds(count * factor);
      }
    }
  }
  problem(path, "duration", shown(*found) + " is not a duration", "write 250ms, 30s, 5m or 2h");
  return fallback;
}

std::string SettingsReader::one_of(std::string_view path,
                                   std::initializer_list<std::string_view> choices,
                                   std::string_view fallback) {
  const Setting* found = find(path);
  if (found == nullptr) return std::string(fallback);
  std::string list;
  for (const std::string_view choice : choices) {
    if (choice == found->text) return found->text;
    list += (list.empty() ? "" : ", ") + std::string(choice);
  }
  problem(path, "one_of", shown(*found) + " is not one of its values", list);
  return std::string(fallback);
}

std::string SettingsReader::file(std::string_view path) {
  const Setting* found = find(path);
  if (found == nullptr || found->text.empty()) return {};
  const std::filesystem::path name = std::filesystem::path(system_.folder) / found->text;
  std::error_code ignored;  // an unreadable file counts as missing
  if (!std::filesystem::is_regular_file(name, ignored)) {
    problem(path, "file", "there is no file " + name.string());
    return {};
  }
  return name.string();
}

void SettingsReader::problem(std::string_view path, std::string rule, std::string message,
                             std::string suggestion) {
  // A missing value has no line of its own: the nearest parent's is shown.
  int line = system_.settings.line;
  for (std::string_view at = path; !at.empty();) {
    if (const Setting* found = find(at); found != nullptr && found->line > 0) {
      line = found->line;
      break;
    }
    const std::size_t dot = at.rfind('.');
    at = dot == std::string_view::npos ? std::string_view{} : at.substr(0, dot);
  }
  problems_.push_back({.file = {},
                       .line = line,
                       .path = "systems." + system_.name + "." + std::string(path),
                       .rule = std::move(rule),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion)});
}

Result<void> SettingsReader::finish() const {
  if (problems_.empty()) return {};
  return Error(ErrorCode::Invalid, "the settings of system '" + system_.name + "' do not hold")
      .with_system(system_.name)
      .with_operation("read settings")
      .with_problems(problems_);
}

}  // namespace channelbridge::adapter

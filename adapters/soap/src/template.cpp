#include "template_internal.hpp"

#include <utility>

namespace channelbridge::soap {
namespace {

std::string written(Timestamp time, TimeForm form, const TimeZone& zone) {
  if (form == TimeForm::DateTime) return to_iso8601(time);
  constexpr std::size_t kDate = 10;  // "2026-11-21"
  return to_iso8601(Timestamp(zone.to_local(time).time_since_epoch())).substr(0, kDate);
}

}  // namespace

Result<Template> Template::parse(std::string_view text) {
  Template out;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if ((text[i] == '{' || text[i] == '}') && doubled) {
      literal += text[i++];
      continue;
    }
    if (text[i] == '}') return Error(ErrorCode::Invalid, "has a '}' without its '{'");
    if (text[i] != '{') {
      literal += text[i];
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string_view::npos)
      return Error(ErrorCode::Invalid, "has a '{' without its '}'; a brace is written '{{'");
    const std::string_view name = text.substr(i + 1, end - i - 1);
    if (name.empty() || name.find('{') != std::string_view::npos)
      return Error(ErrorCode::Invalid, "has braces that name nothing; a brace is written '{{'");
    out.literals_.push_back(std::exchange(literal, {}));
    out.names_.emplace_back(name);
    i = end;
  }
  out.literals_.push_back(std::move(literal));
  return out;
}

std::optional<std::string> Template::expand(const Values& values, TimeForm form,
                                            const TimeZone& zone) const {
  std::string out = text();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (const auto time = values.times.find(names_[i]); time != values.times.end()) {
      out += written(time->second, form, zone);
    } else {
      const auto known = values.texts.find(names_[i]);
      if (known == values.texts.end() || known->second.empty()) return std::nullopt;
      out += known->second;
    }
    out += literals_[i + 1];
  }
  return out;
}

}  // namespace channelbridge::soap

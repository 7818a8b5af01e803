#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace channelbridge::model {

// One function per kind of text; all keep the promises of canonical_text().
std::optional<std::string> canonical_decimal(std::string_view text);
std::optional<std::string> canonical_country(std::string_view text);
std::optional<std::string> canonical_currency(std::string_view text);
std::optional<std::string> canonical_language(std::string_view text);
std::optional<std::string> canonical_phone(std::string_view text);
std::optional<std::string> canonical_email(std::string_view text);
std::optional<std::string> canonical_web(std::string_view text);
std::optional<std::string> canonical_reference(std::string_view text);

}  // namespace channelbridge::model

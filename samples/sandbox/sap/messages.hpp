#pragma once

#include <string>
#include <string_view>

namespace channelbridge::sandbox::odata {

/// A text of these servers in the language of the logon, "en" or "de". The code says it in English,
/// which names the text in the table, too; a text that the table lacks stays English.
std::string in_language(const std::string& english, std::string_view language);

}  // namespace channelbridge::sandbox::odata

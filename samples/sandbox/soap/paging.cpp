#include "sandbox/soap/paging.hpp"

#include <charconv>

#include "sandbox/soap/xml.hpp"

namespace channelbridge::sandbox::soap {
namespace {

std::optional<Timestamp> take_time(std::string_view& text) {
  const std::size_t end = text.find('-');
  if (end == std::string_view::npos) return std::nullopt;
  std::int64_t microseconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + end, microseconds, 36);
  if (read.ec != std::errc{} || read.ptr != text.data() + end) return std::nullopt;
  text.remove_prefix(end + 1);
  return Timestamp(std::chrono::microseconds(microseconds));
}

std::string base36(Timestamp at) {
  constexpr std::size_t kDigits = 16;
  std::string out(kDigits, '\0');
  const auto written =
      std::to_chars(out.data(), out.data() + out.size(), at.time_since_epoch().count(), 36);
  out.resize(static_cast<std::size_t>(written.ptr - out.data()));
  return out;
}

}  // namespace

PageRequest page_request_of(pugi::xml_node selection) {
  PageRequest out{.since = time_of(selection, "ChangedSince"),
                  .token = value_of(selection, "PageToken")};
  const std::string size = value_of(selection, "PageSize");
  std::from_chars(size.data(), size.data() + size.size(), out.size);
  return out;
}

std::string to_token(const Cursor& cursor) {
  return "p-" + base36(cursor.bound) + "-" + base36(cursor.after.changed) + "-" + cursor.after.key;
}

Cursor parse_token(const std::string& token) {
  std::string_view rest = token;
  const bool ours = rest.starts_with("p-");
  rest.remove_prefix(ours ? 2 : 0);
  const auto bound = take_time(rest);
  const auto changed = bound ? take_time(rest) : std::nullopt;
  if (!ours || !changed)
    throw SoapFault{SoapFault::Code::Client, "PageToken is none that this service gave",
                    "token '" + token + "'"};
  return {{*changed, std::string(rest)}, *bound};
}

}  // namespace channelbridge::sandbox::soap

#include "channelbridge/core/shown.hpp"

namespace channelbridge {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of the character that `text` begins with (RFC 3629, section 4); 0 when it is none.
std::size_t character(std::string_view text) {
  const auto within = [&](std::size_t at, unsigned low, unsigned high) {
    const unsigned byte = at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    return byte >= low && byte <= high;
  };
  const auto tail = [&](std::size_t at) { return within(at, 0x80, 0xBF); };
  if (within(0, 0x00, 0x7F)) return 1;
  if (within(0, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (within(0, 0xE0, 0xEF)) {
    const unsigned low = within(0, 0xE0, 0xE0) ? 0xA0 : 0x80;
    const unsigned high = within(0, 0xED, 0xED) ? 0x9F : 0xBF;
    return within(1, low, high) && tail(2) ? 3 : 0;
  }
  if (within(0, 0xF0, 0xF4)) {
    const unsigned low = within(0, 0xF0, 0xF0) ? 0x90 : 0x80;
    const unsigned high = within(0, 0xF4, 0xF4) ? 0x8F : 0xBF;
    return within(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string shown(std::string_view text, std::size_t most) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = length == 1 && (first < 0x20 || first == 0x7F);
    const std::string_view next = length == 0 ? kReplacement
                                  : control   ? std::string_view(" ")
                                              : text.substr(0, length);
    if (out.size() + next.size() > most) return out + "…";
    out += next;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace channelbridge

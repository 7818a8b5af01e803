#include <unicode/uidna.h>

#include <array>
#include <memory>

#include "canonical_internal.hpp"
#include "channelbridge/model/codes.hpp"
#include "text_internal.hpp"

namespace channelbridge::model {
namespace {

/// A host in lower case; names of other scripts as RFC 5891 A-labels ("xn--…"), through UTS 46.
std::optional<std::string> canonical_host(std::string_view host) {
  if (host.empty() || host.size() > 253) return std::nullopt;
  std::string ascii;
  if (all_of(host, is_ascii)) {
    ascii = lower(host);
  } else {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
        uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &status), &uidna_close);
    if (U_FAILURE(status) != 0) return std::nullopt;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    std::array<char, 256> buffer{};
    const auto size = uidna_nameToASCII_UTF8(
        idna.get(), host.data(), static_cast<std::int32_t>(host.size()), buffer.data(),
        static_cast<std::int32_t>(buffer.size()), &info, &status);
    if (U_FAILURE(status) != 0 || info.errors != 0) return std::nullopt;
    ascii.assign(buffer.data(), static_cast<std::size_t>(size));
  }
  std::size_t label = 0;
  for (const char c : ascii) {
    if (c == '.') {
      if (label == 0) return std::nullopt;
      label = 0;
    } else if (is_alnum(c) || c == '-' || c == '_') {
      if (++label > 63) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (label == 0) return std::nullopt;
  return ascii;
}

/// RFC 5321, section 4.1.2, with the UTF-8 of RFC 6531: a dot-atom or a quoted text.
bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > 64) return false;
  if (local.size() >= 3 && local.front() == '"' && local.back() == '"') {
    return local.substr(1, local.size() - 2).find_first_of("\"\r\n") == std::string_view::npos;
  }
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
    return false;
  return all_of(local, [](char c) {
    constexpr std::string_view kAtom = "!#$%&'*+-/=?^_`{|}~.";
    return is_alnum(c) || !is_ascii(c) || kAtom.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<std::string> canonical_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254 || !count_characters(text))
    return std::nullopt;
  const std::string_view local = text.substr(0, at);
  if (!is_local_part(local)) return std::nullopt;
  const auto host = canonical_host(text.substr(at + 1));
  if (!host) return std::nullopt;
  return std::string(local) + "@" + *host;
}

std::optional<std::string> canonical_web(std::string_view text) {
  if (text.size() > 2048 || !count_characters(text)) return std::nullopt;
  if (!all_of(text, [](char c) { return !is_ascii(c) || (c > 0x20 && c != 0x7F); }))
    return std::nullopt;
  std::string scheme;
  if (const auto colon = text.find("://"); colon != std::string_view::npos) {
    scheme = lower(text.substr(0, colon));
    if (scheme != "http" && scheme != "https") return std::nullopt;
    scheme += "://";
    text.remove_prefix(colon + 3);
  }
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  std::string_view rest = text.substr(authority.size());
  if (rest == "/") rest = {};
  const std::size_t colon = authority.find(':');
  const auto host = canonical_host(authority.substr(0, colon));
  if (!host) return std::nullopt;
  std::string_view port;
  if (colon != std::string_view::npos) {
    port = authority.substr(colon);
    if (port.size() < 2 || port.size() > 6 || !all_of(port.substr(1), is_digit))
      return std::nullopt;
  }
  return scheme + *host + std::string(port) + std::string(rest);
}

std::string_view domain(const Email& email) {
  const std::string_view text = email.text();
  return text.substr(text.rfind('@') + 1);
}

}  // namespace channelbridge::model

#include "channelbridge/core/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <exception>
#include <memory>

namespace channelbridge {

std::string sha256_hex(std::initializer_list<std::string_view> parts) {
  std::array<unsigned char, 32> digest{};
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  bool done = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const std::string_view part : parts)
    done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  done = done && EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  if (!done) std::terminate();  // SHA-256 is always there; a wrong hash would hide changes
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kHex[byte >> 4U];
    text += kHex[byte & 0xFU];
  }
  return text;
}

std::string sha256_hex(std::string_view text) { return sha256_hex({text}); }

}  // namespace channelbridge

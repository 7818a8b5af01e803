#include "channelbridge/core/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace channelbridge {

Secret::Secret(std::string value) : value_(value) {
  // Copied rather than moved, so that a short text does not stay behind in the parameter's buffer.
  OPENSSL_cleanse(value.data(), value.size());
}

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept {
  // A moved-from short text leaves its bytes in the buffer: wipe the capacity, not the size.
  value_.resize(value_.capacity());
  OPENSSL_cleanse(value_.data(), value_.size());
  value_.clear();
}

}  // namespace channelbridge

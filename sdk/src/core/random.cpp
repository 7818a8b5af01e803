#include "channelbridge/core/random.hpp"

#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <mutex>
#include <random>

namespace channelbridge {
namespace {

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t value = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) == 1) return value;
    if (getentropy(&value, sizeof value) == 0) return value;
    // Without randomness ids would collide and records would be joined that are not the same.
    std::terminate();
  }
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override {
    const std::lock_guard lock(mutex_);
    return engine_();
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace

std::shared_ptr<Random> system_random() { return std::make_shared<SystemRandom>(); }

std::shared_ptr<Random> seeded_random(std::uint64_t seed) {
  return std::make_shared<SeededRandom>(seed);
}

std::string make_uuid7(Timestamp now, Random& random) {
  const auto since_epoch =
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  const auto millis = static_cast<std::uint64_t>(since_epoch) & 0xFFFF'FFFF'FFFFULL;
  // RFC 9562, section 5.7: unix_ts_ms(48) ver(4)=7 rand_a(12) var(2)=10 rand_b(62).
  const std::array<std::uint64_t, 2> words{
      (millis << 16U) | 0x7000ULL | (random.next() & 0x0FFFULL),
      0x8000'0000'0000'0000ULL | (random.next() & 0x3FFF'FFFF'FFFF'FFFFULL)};
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (unsigned digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    text += kHex[(words[digit / 16] >> (60U - 4U * (digit % 16U))) & 0xFU];
  }
  return text;
}

}  // namespace channelbridge

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "channelbridge/core/time.hpp"

namespace channelbridge {

/// The only source of randomness (ids, jitter). Tests pass a seeded one.
///
/// Threads: any.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

/// From the operating system.
std::shared_ptr<Random> system_random();
/// Deterministic: the same seed gives the same sequence.
std::shared_ptr<Random> seeded_random(std::uint64_t seed);

/// RFC 9562 version 7: 48 bits of Unix milliseconds, then random bits. Lower-case text of 36
/// characters.
std::string make_uuid7(Timestamp now, Random& random);

}  // namespace channelbridge

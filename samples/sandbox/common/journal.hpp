#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channelbridge/core/clock.hpp"
#include "sandbox/common/http.hpp"

namespace channelbridge::sandbox {

enum class EffectKind { Created, Updated, Deleted };
std::string_view to_string(EffectKind kind);

/// What one request did to one record.
struct Effect {
  std::string object{};  ///< sObject or entity set
  std::string key{};
  EffectKind kind{};
  Json fields{};  ///< as the caller sent them; kept as a digest only
  std::string user{};
  std::string correlation{};  ///< value of the configured correlation field, if any
  std::uint64_t rewritten{};  ///< texts that are kept in another form than the caller's
};

struct JournalEntry {
  std::uint64_t sequence{};  ///< from 1, without gaps
  Timestamp time{};
  std::uint64_t
      call{};  ///< number of the request that had the effect; several entries may share it
  std::string method{};
  std::string path{};
  std::string object{};
  std::string key{};
  EffectKind kind{};
  std::string digest{};  ///< SHA-256 of the fields, first 16 hex digits
  std::string user{};
  std::string correlation{};
  std::uint64_t rewritten{};
};

/// Every effect that requests had, in order, and how many requests came at all.
///
/// Threads: any.
class Journal {
 public:
  explicit Journal(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}

  void record(const Request& request, const Effect& effect);
  /// Counts an answered request under "METHOD first-path-segments" and its status.
  void count(const Request& request, int status);

  std::vector<JournalEntry> entries() const;
  std::uint64_t effects() const;
  std::uint64_t requests() const;
  /// {"requests":n,"effects":n,"by_status":{…},"by_method":{…},"by_object":{"Lead":{"created":n,…}}}
  Json counters() const;
  /// One JSON object per line, then one line with {"counters":{…}}.
  std::string ndjson() const;
  void clear();

 private:
  std::shared_ptr<const Clock> clock_;
  mutable std::mutex mutex_{};
  std::vector<JournalEntry> entries_{};
  std::uint64_t requests_{};
  std::map<int, std::uint64_t> by_status_{};
  std::map<std::string, std::uint64_t> by_method_{};
};

Json to_json(const JournalEntry& entry);
/// Lower-case hex SHA-256.
std::string sha256_hex(std::string_view text);

}  // namespace channelbridge::sandbox

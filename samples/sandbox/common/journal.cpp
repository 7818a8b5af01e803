#include "sandbox/common/journal.hpp"

#include <openssl/evp.h>

#include <array>

namespace channelbridge::sandbox {

std::string_view to_string(EffectKind kind) {
  switch (kind) {
    case EffectKind::Created:
      return "created";
    case EffectKind::Updated:
      return "updated";
    case EffectKind::Deleted:
      return "deleted";
  }
  return "";
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < length; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

void Journal::record(const Request& request, const Effect& effect) {
  JournalEntry entry{.time = clock_->now(),
                     .call = request.call,
                     .method = request.method,
                     .path = request.path,
                     .object = effect.object,
                     .key = effect.key,
                     .kind = effect.kind,
                     .digest = sha256_hex(dump_json(effect.fields)).substr(0, 16),
                     .user = effect.user,
                     .correlation = effect.correlation,
                     .rewritten = effect.rewritten};
  const std::lock_guard lock(mutex_);
  entry.sequence = entries_.size() + 1;
  entries_.push_back(std::move(entry));
}

void Journal::count(const Request& request, int status) {
  const std::lock_guard lock(mutex_);
  ++requests_;
  ++by_status_[status];
  ++by_method_[request.method];
}

std::vector<JournalEntry> Journal::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::uint64_t Journal::effects() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t Journal::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Json Journal::counters() const {
  const std::lock_guard lock(mutex_);
  Json result{{"requests", requests_}, {"effects", entries_.size()}};
  Json& by_status = result["by_status"] = Json::object();
  for (const auto& [status, n] : by_status_) by_status[std::to_string(status)] = n;
  Json& by_method = result["by_method"] = Json::object();
  for (const auto& [method, n] : by_method_) by_method[method] = n;
  std::map<std::string, std::map<std::string, std::uint64_t>> objects;
  for (const JournalEntry& entry : entries_)
    ++objects[entry.object][std::string(to_string(entry.kind))];
  Json& by_object = result["by_object"] = Json::object();
  for (const auto& [object, kinds] : objects) {
    for (const auto& [kind, n] : kinds) by_object[object][kind] = n;
  }
  return result;
}

std::string Journal::ndjson() const {
  std::string out;
  for (const JournalEntry& entry : entries()) out += dump_json(to_json(entry)) + "\n";
  return out + dump_json(Json{{"counters", counters()}}) + "\n";
}

void Journal::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  requests_ = 0;
  by_status_.clear();
  by_method_.clear();
}

Json to_json(const JournalEntry& entry) {
  return Json{{"sequence", entry.sequence},
              {"time", to_iso8601(entry.time)},
              {"call", entry.call},
              {"method", entry.method},
              {"path", entry.path},
              {"object", entry.object},
              {"key", entry.key},
              {"effect", to_string(entry.kind)},
              {"digest", entry.digest},
              {"user", entry.user},
              {"correlation", entry.correlation},
              {"rewritten", entry.rewritten}};
}

}  // namespace channelbridge::sandbox

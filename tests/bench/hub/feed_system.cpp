#include "feed_system.hpp"

#include <time.h>

#include <algorithm>

namespace channelbridge::bench {
namespace {

std::int64_t thread_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// Adds the processor time of its own lifetime.
class Spent {
 public:
  explicit Spent(std::atomic<std::int64_t>& to) : to_(to) {}
  ~Spent() { to_ += thread_time() - begun_; }
  Spent(const Spent&) = delete;
  Spent& operator=(const Spent&) = delete;

 private:
  std::atomic<std::int64_t>& to_;
  const std::int64_t begun_ = thread_time();
};

}  // namespace

void FeedSystem::add(const std::string& members) {
  const std::lock_guard lock(mutex_);
  make(members, {});
}

std::size_t FeedSystem::count() const {
  const std::lock_guard lock(mutex_);
  return objects_.size();
}

std::size_t FeedSystem::make(std::string members, std::string correlation) {
  const std::size_t at = objects_.size();
  const std::string key = prefix_ + std::to_string(1'000'000 + at);
  by_key_.emplace(key, at);
  if (!correlation.empty()) by_correlation_.emplace(correlation, at);
  objects_.push_back({key, std::move(members), std::move(correlation)});
  feed_.push_back(at);
  return at;
}

adapter::Capabilities FeedSystem::capabilities(const adapter::Selection&) const {
  return {.versions = adapter::Versions::Ordered,
          .conditional = true,
          .reply = adapter::Reply::Version,
          .idempotency = adapter::Idempotency::Find,
          .atomic_group = true,
          .page_size = 500,
          .batch_records = 200,
          .settle = std::chrono::milliseconds(0)};
}

adapter::Change FeedSystem::change_of(const Object& object) const {
  const std::string version = std::to_string(1'000'000 + object.version);
  return {.key = object.key,
          .version = version,
          .modified = Timestamp(std::chrono::seconds(1'700'000'000)),
          .correlation = object.correlation,
          .document = document::Document::of("{\"Id\":\"" + object.key + "\",\"Version\":\"" +
                                             version + "\"," + object.members + "}")};
}

Result<adapter::Page> FeedSystem::read(const adapter::Selection&, const adapter::Cursor& cursor,
                                       std::size_t page_size, const Context&) {
  const std::lock_guard lock(mutex_);
  const Spent spent(nanoseconds_);
  std::size_t at = cursor.empty() ? 0 : std::stoull(cursor);
  const std::size_t end = std::min(feed_.size(), at + page_size);
  adapter::Page page;
  for (; at < end; ++at) page.changes.push_back(change_of(objects_[feed_[at]]));
  page.next = std::to_string(at);
  page.end = at == feed_.size();
  return page;
}

Result<adapter::Change> FeedSystem::read_by_key(const adapter::Selection&, std::string_view key,
                                                const Context&) {
  const std::lock_guard lock(mutex_);
  const Spent spent(nanoseconds_);
  const auto found = by_key_.find(std::string(key));
  if (found == by_key_.end()) return Error(ErrorCode::NotFound, "no such object");
  return change_of(objects_[found->second]);
}

Result<std::vector<adapter::Change>> FeedSystem::find(const adapter::Selection&,
                                                      std::string_view correlation,
                                                      const Context&) {
  const std::lock_guard lock(mutex_);
  const Spent spent(nanoseconds_);
  std::vector<adapter::Change> out;
  if (const auto found = by_correlation_.find(std::string(correlation));
      found != by_correlation_.end())
    out.push_back(change_of(objects_[found->second]));
  return out;
}

Result<std::vector<adapter::WriteOutcome>> FeedSystem::write(
    const adapter::Selection&, const std::vector<adapter::WriteRequest>& requests, const Context&) {
  const std::lock_guard lock(mutex_);
  const Spent spent(nanoseconds_);
  std::vector<adapter::WriteOutcome> out;
  for (const adapter::WriteRequest& request : requests) {
    const adapter::WriteNode& node = request.nodes.front();
    if (node.operation != adapter::Operation::Create)
      return Error(ErrorCode::Unsupported, "this bench only creates").with_sent(Sent::No);
    const std::size_t at = make(node.body.substr(1, node.body.size() - 2), request.correlation);
    out.push_back({{{.status = adapter::WriteStatus::Created,
                     .key = objects_[at].key,
                     .version = std::to_string(1'000'000 + objects_[at].version)}}});
  }
  return out;
}

}  // namespace channelbridge::bench

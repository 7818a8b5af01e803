#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::bench {

/// A system in memory that costs next to nothing: objects in the order of their changes, each with
/// its text. Counts the processor time that it takes itself.
///
/// Threads: any.
class FeedSystem final : public adapter::Adapter {
 public:
  explicit FeedSystem(std::string prefix) : prefix_(std::move(prefix)) {}

  /// Adds an object; `members` is JSON without its outer braces.
  void add(const std::string& members);
  std::size_t count() const;
  /// Spent inside this class, by all threads.
  double seconds() const { return static_cast<double>(nanoseconds_) / 1e9; }

  adapter::Capabilities capabilities(const adapter::Selection&) const override;
  Result<adapter::ObjectMetadata> describe(std::string_view, const Context&) override {
    return Error(ErrorCode::Unsupported, "there is no metadata");
  }
  Result<std::string> probe(const Context&) override { return std::string("here"); }
  Result<adapter::Page> read(const adapter::Selection&, const adapter::Cursor&, std::size_t,
                             const Context&) override;
  Result<adapter::Change> read_by_key(const adapter::Selection&, std::string_view,
                                      const Context&) override;
  Result<std::vector<adapter::Change>> find(const adapter::Selection&, std::string_view,
                                            const Context&) override;
  Result<std::vector<adapter::WriteOutcome>> write(const adapter::Selection&,
                                                   const std::vector<adapter::WriteRequest>&,
                                                   const Context&) override;
  adapter::Usage usage() const override { return {}; }

 private:
  struct Object {
    std::string key{};
    std::string members{};
    std::string correlation{};
    std::size_t version{1};
  };
  std::size_t make(std::string members, std::string correlation);
  adapter::Change change_of(const Object& object) const;

  const std::string prefix_;
  mutable std::mutex mutex_;
  std::vector<Object> objects_;
  std::vector<std::size_t> feed_;  ///< indexes of objects, oldest change first
  std::unordered_map<std::string, std::size_t> by_key_;
  std::unordered_map<std::string, std::size_t> by_correlation_;
  std::atomic<std::int64_t> nanoseconds_{};
};

}  // namespace channelbridge::bench

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "metadata_internal.hpp"
#include "session_internal.hpp"

namespace channelbridge::salesforce {

/// The org's own metadata with the overlay on top; each object is asked for once.
///
/// Threads: any.
class Describes {
 public:
  Describes(Session& session, const Options& options) : session_(session), options_(options) {}

  /// NotFound: the org has no such object.
  Result<std::shared_ptr<const ObjectDescribe>> get(std::string_view object,
                                                    const Context& context);

 private:
  Session& session_;
  const Options& options_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ObjectDescribe>, std::less<>> known_;
};

}  // namespace channelbridge::salesforce

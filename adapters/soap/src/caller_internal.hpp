#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "channelbridge/core/random.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/soap/envelope.hpp"
#include "channelbridge/soap/reply.hpp"
#include "channelbridge/soap/soap.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::soap {

/// What a call that brought no answer can have done.
enum class Effect : std::uint8_t {
  None,     ///< nothing, and the same may be sent again
  Refused,  ///< nothing: the content was refused
  Maybe,    ///< anything
};

/// The cookies of one write: a stateful service knows its session by them.
///
/// Threads: one at a time.
class Cookies {
 public:
  void take(const http::Headers& headers);
  bool empty() const { return values_.empty(); }
  /// Is there one whose name begins so? "" = any.
  bool has(std::string_view name) const;
  /// Is there a cookie whose name begins so, and that was not there, or was another one, `before`?
  /// One with a date or an age is none: services take a session's cookie back by those.
  bool differs(const Cookies& before, std::string_view name) const;
  std::string header() const;

 private:
  std::map<std::string, std::string> values_{};
  std::set<std::string> limited_{};  ///< those with a date or an age
};

/// One call, beside what it carries.
struct CallOptions {
  std::string operation{};   ///< for errors: "write JournalEntry"
  std::string message_id{};  ///< a UUID; "" = a new one
  bool repeatable{};
  Cookies* cookies{};    ///< null = none are kept
  const Query* query{};  ///< beside the service's own; null = none
};

/// What came of a call: the answer's element, or the error and what may have been done.
struct Exchange {
  std::optional<Node> payload{};
  std::optional<Error> error{};  ///< set exactly when there is no payload
  Effect effect{Effect::Maybe};
  bool fault{};         ///< the error is a SOAP fault
  bool nothing_done{};  ///< the manifest says of it that it comes before any effect
  bool strange{};  ///< a successful status with something that is no SOAP: a logon page, a proxy's
  std::optional<Timestamp> at{};  ///< the server's clock
};

/// Sends the calls of a manifest to its services.
///
/// Threads: any.
class Caller {
 public:
  Caller(std::shared_ptr<const Manifest> manifest, std::shared_ptr<http::Pipeline> pipeline,
         const Options& options, std::string base_path, TimeZone zone,
         std::shared_ptr<Random> random, std::string system);

  Exchange call(const Call& call, document::Tree body, const CallOptions& options,
                const Context& context) const;
  /// GET of a path of the own service, for probe().
  Result<http::Response> get(const std::string& target, const Context& context) const;
  /// Path and query of a service.
  Result<std::string> target(const ServiceUse& use, const Query* more) const;
  /// What every text of a call may name.
  Values values(const Context& context) const;
  const TimeZone& zone() const { return zone_; }
  Error located(const Error& error, const std::string& operation) const;

 private:
  Result<std::string> path(const ServiceUse& use) const;
  Exchange read(const Call& call, const http::Response& response,
                const std::string& message_id) const;
  Exchange of_fault(const Fault& fault, const http::Response& response) const;

  const std::shared_ptr<const Manifest> manifest_;
  const std::shared_ptr<http::Pipeline> pipeline_;
  const std::map<std::string, std::string, std::less<>> parameters_;
  const std::optional<UsernameToken> username_;
  const std::string base_path_;
  const TimeZone zone_;
  const std::shared_ptr<Random> random_;
  const std::string system_;
};

/// The first line of the manifest's table that fits one of these codes and the words.
const Meaning* in_table(const Manifest& manifest, const std::vector<std::string>& codes,
                        const std::string& words);

/// Is it said of one document, and not of the service or the user?
bool is_of_content(ErrorCode code);

/// A UUID that follows from a text: the same for the same write.
std::string uuid_of(std::string_view text);

}  // namespace channelbridge::soap

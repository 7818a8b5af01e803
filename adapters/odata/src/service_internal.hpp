#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/odata/metadata.hpp"
#include "channelbridge/odata/odata.hpp"
#include "host_internal.hpp"
#include "refusal_internal.hpp"
#include "timed_mutex_internal.hpp"

namespace channelbridge::odata {

using Query =
    std::vector<std::pair<std::string, std::string>>;  ///< names and values, not yet encoded

/// One OData service: its metadata, its addresses, and the host it stands on. Shared by reading and
/// writing.
///
/// Threads: any.
class Service {
 public:
  Service(std::shared_ptr<Host> host, Options options, TimeZone zone);

  const Options& options() const { return options_; }
  const std::string& system() const { return host_->system(); }
  int concurrency() const { return host_->concurrency(); }
  const TimeZone& zone() const { return zone_; }
  Random& random() { return host_->random(); }
  adapter::Usage usage() const { return host_->usage(); }

  /// Asked for once and kept: a service's shape does not change while a program runs.
  Result<std::shared_ptr<const Metadata>> metadata(const Context& context);

  /// Null = not asked for yet.
  std::shared_ptr<const Metadata> known_metadata() const {
    const std::lock_guard lock(mutex_);
    return metadata_;
  }

  /// `path` is relative to the service root and already encoded.
  std::string target(std::string_view path, const Query& query = {}) const;
  /// A link of an answer, whatever its host: only its path and query are followed.
  std::string link_target(std::string_view link) const;

  /// Any complete answer, errors located (system, operation).
  Result<http::Response> send(http::Request request, const Context& context);
  /// A JSON answer that passed the gate, or the refusal as an Error.
  Result<http::Response> get(std::string target, std::string operation, const Context& context,
                             const http::Headers& headers = {});
  Refusal refusal(const http::Response& response, const std::string& operation) const;
  Error located(const Error& error, const std::string& operation) const;
  /// One line in the log per set, however often it is asked.
  void warn(std::string_view event, const std::string& set);

 private:
  const std::shared_ptr<Host> host_;
  const Options options_;
  const TimeZone zone_;
  std::set<std::string> warned_;
  TimedMutex loading_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Metadata> metadata_;
};

/// "Set('1')", "Set(A='1',B=guid'…')": percent-encoded. `key` joins the parts with ',' in the order
/// of the type's keys; `known` fills parts that the key leaves out (a child's key without its
/// parent's). Invalid when parts are missing.
Result<std::string> key_predicate(
    const Metadata& metadata, const Type& type, std::string_view key,
    const std::vector<std::pair<std::string, std::string>>& known = {});
/// The key properties that an entity's address tells ("…/Set(A='1',B=guid'…')", percent-encoded),
/// as a JSON object; "" when it does not tell them all.
std::string entity_in(const Metadata& metadata, const Type& type, std::string_view address);
/// The key of an entity as JSON: its parts joined with ','. A comma or '%' inside a part is
/// percent-encoded.
std::string key_of(const Type& type, std::string_view entity);
/// Does the row say every part of its key?
bool has_key(const Type& type, std::string_view entity);
std::vector<std::string> key_parts(std::string_view key);

/// Envelope of a collection's answer.
struct Rows {
  std::vector<std::string_view> rows{};  ///< spans of the answer's body
  std::string next{};
  std::string delta{};
  std::optional<std::uint64_t> count{};
};
/// `body` passed the gate. Errors: Protocol.
Result<Rows> read_rows(std::string_view body, Version version);
/// The entity in a single answer, without "d".
std::string_view read_entity(std::string_view body, Version version);
std::string etag_of(std::string_view entity, Version version);

}  // namespace channelbridge::odata

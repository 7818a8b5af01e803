#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/common/server.hpp"
#include "sandbox/sap/delta_links.hpp"
#include "sandbox/sap/edmx.hpp"
#include "sandbox/sap/render.hpp"
#include "sandbox/sap/resource.hpp"
#include "sandbox/sap/settings.hpp"
#include "sandbox/sap/store.hpp"
#include "sandbox/sap/transaction.hpp"

namespace channelbridge::sandbox::odata {

/// One OData service, V2 or V4, driven by its metadata document and the settings of the system that
/// it stands for. Logon, sessions and CSRF are the business of the server around it.
///
/// Threads: any; requests run one after another.
class Engine {
 public:
  Engine(Model model, Settings settings, std::shared_ptr<Desk> desk);

  /// `segments`: decoded path below the service root; `root`: its absolute URL with a trailing
  /// slash.
  Response handle(const Request& request, const std::vector<std::string>& segments,
                  const std::string& root, const std::string& user);
  /// A refusal in the words of this service.
  Response error(Refusal refusal, const Request& request);

  const Model& model() const { return model_; }
  const Settings& settings() const { return settings_; }

  // Administration: the part of the world that is not behind HTTP. Nothing of it stands in the
  // journal.

  /// Adds a row, children inline; every property may be given. The key as in the journal.
  Result<std::string> seed(const std::string& set, const Json& row);
  /// What another user does in the system's own screens. `key`: key values in the order of the
  /// metadata.
  Result<void> edit(const std::string& user, const std::string& set,
                    const std::vector<std::string>& key, const Json& fields);
  Result<std::string> create(const std::string& user, const std::string& set, const Json& row);
  Result<void> remove(const std::string& user, const std::string& set,
                      const std::vector<std::string>& key);
  /// An edit that has its time stamp now and is seen only when the returned function is called.
  Result<std::function<void()>> edit_late(const std::string& user, const std::string& set,
                                          const std::vector<std::string>& key, const Json& fields);
  /// What the system does by itself with documents of its own: no journal, no checks but those of
  /// `work`, which refuses by throwing Refusal. All or nothing.
  Result<void> work(const std::string& user, const std::function<void(Transaction&)>& work);
  /// A document that the system itself makes: every property may be given, numbers come from their
  /// ranges. The key as in the journal.
  Result<std::string> issue(const std::string& user, const std::string& set, const Json& row);
  void lock(const std::string& set, const std::vector<std::string>& key, const std::string& user);
  void unlock(const std::string& set, const std::vector<std::string>& key);
  /// The row's properties as the service shows them; null when there is none.
  Json row(const std::string& set, const std::vector<std::string>& key);
  Json rows(const std::string& set);
  std::size_t count(const std::string& set);
  /// All filled sets with their rows.
  Json state();

 private:
  struct Call {
    const Request& request;
    std::vector<std::string> segments{};
    std::string root{};
    std::string user{};
    const Request* outer{};  ///< the $batch around it
  };
  using Lock = std::unique_lock<std::mutex>;
  using Keys = std::vector<std::string>;
  struct Part;

  Response single(const Call& call, Lock& lock);
  Response read(const Call& call);
  Response read_collection(const Call& call, const Resource& resource);
  Response read_entity(const Call& call, const Resource& resource);
  std::vector<RowPtr> matching(const Resource& resource, const Query& query) const;
  std::size_t page_limit(const Call& call, const Query& query) const;
  // Delta links. Nothing: the request has nothing to do with them.
  std::optional<Response> read_tracked(const Call& call, const Resource& resource);
  bool tracks(const Call& call, const Resource& resource) const;
  Response follow(const Call& call, const Resource& resource, const Request& defining,
                  const Followed* before);
  Response tracked_page(const Call& call, const Resource& resource, const std::string& token,
                        const Followed& followed, std::size_t offset);
  Response expired_link(const Call& call, const Resource& resource);
  Response write(const Call& call, Transaction& transaction, RowPtr* written, const Table** table);
  Response post(const Call& call, const Resource& resource, Transaction& transaction,
                RowPtr* written, const Table** table);
  Response change(const Call& call, const Resource& resource, Transaction& transaction,
                  RowPtr* written);
  void check_etag(const Call& call, const Table& table, const Row& row) const;
  void finish(Transaction& transaction, const Call& call, Lock& lock);
  Transaction begin(const std::string& user, bool trusted);
  template <typename Work>
  auto administer(const std::string& user, bool trusted, Work work);

  Response batch(const Call& call, Lock& lock);
  std::string change_set(const Call& call, const std::string& boundary, const std::string& body,
                         Lock& lock, bool& failed);
  Response json_batch(const Call& call, Lock& lock);
  Response run_in(const Call& outer, const Request& inner, Transaction* transaction,
                  RowPtr* written, const Table** table, Lock& lock);

  Response answer(int status, std::string type, std::string body) const;
  Response no_content() const;
  void warn(Response& response, const std::vector<Refusal::Detail>& warnings,
            const Request& request) const;
  bool wants_json(const Request& request) const;
  std::string json_type() const;
  Renderer renderer(const Call& call) const;
  std::string now_text() const;
  std::int64_t now() const { return to_ticks(desk_->clock->now()); }

  Model model_;
  Settings settings_;
  std::shared_ptr<Desk> desk_;
  Store store_;
  Ids ids_;
  DeltaLinks delta_links_{};
  std::mutex mutex_{};
  std::map<std::pair<std::string, std::string>, std::string> locks_{};  ///< set and key -> user
  std::int64_t late_ms_ = -1;  ///< asked for by the running unit of work
};

/// The entity set's body of a request: JSON, with or without {"d":…}.
Json read_body(const Request& request);

}  // namespace channelbridge::sandbox::odata

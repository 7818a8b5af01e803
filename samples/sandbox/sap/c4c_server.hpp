#pragma once

#include <memory>
#include <string>

#include "sandbox/sap/c4c_sales.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace channelbridge::sandbox {

/// The OData V2 dialect of SAP Cloud for Customer: row-number skiptokens, `or` on one property
/// only, ObjectID keys, texts beside codes, ETags with 100 ns. What a tenant may set differently is
/// a member of the settings.
odata::Settings c4c_settings(C4cRules rules = {});

struct C4cServerOptions {
  odata::Settings settings = c4c_settings();
  odata::GatewayOptions gateway{
      .system_id = "C4C", .client = "001", .csrf_with_bearer = false, .redirect_bare_root = false};
  ServerOptions server{};
  std::shared_ptr<const Clock> clock = system_clock();
};

/// A Cloud-for-Customer-like system on the loopback interface, driven by derived.edmx (or a
/// tenant's $metadata).
///
/// Threads: any.
class C4cServer {
 public:
  static constexpr const char* kRoot = "/sap/c4c/odata/v1/c4codataapi";

  static Result<std::unique_ptr<C4cServer>> start(std::string edmx_file,
                                                  C4cServerOptions options = {});

  /// "http://127.0.0.1:port"; the service root is url() + kRoot + "/".
  const std::string& url() const { return server_->url(); }
  std::uint16_t port() const { return server_->port(); }
  odata::Engine& api() const { return server_->service(kRoot); }
  Journal& journal() const { return server_->journal(); }
  Faults& faults() const { return server_->faults(); }
  OffsetClock& clock() const { return server_->clock(); }
  void expire_sessions() const { server_->expire_sessions(); }
  void expire_csrf_tokens() const { server_->expire_csrf_tokens(); }
  void stop() { server_->stop(); }

 private:
  explicit C4cServer(std::unique_ptr<SapServer> server) : server_(std::move(server)) {}
  std::unique_ptr<SapServer> server_;
};

}  // namespace channelbridge::sandbox

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sap/gateway.hpp"

namespace channelbridge::sandbox {

class SalesDesk;

/// One OData service of the server: where it stands, its published metadata, how the system
/// behaves.
struct SapServiceSpec {
  std::string path{};       ///< "/sap/opu/odata/sap/API_BUSINESS_PARTNER"
  std::string edmx_file{};  ///< $metadata as published
  odata::Settings settings{};
  std::shared_ptr<SalesDesk> sales{};  ///< part of a sales world; null = none
};

/// Any published EDMX with the rules that all Gateway services share.
SapServiceSpec gateway_service(std::string path, std::string edmx_file);
/// API_BUSINESS_PARTNER: number ranges, names, roles that make customers, relations of contact
/// persons.
SapServiceSpec business_partner_service(std::string edmx_file);

/// The service of a published EDMX under its own path, /sap/opu/odata/sap/<namespace> (V4:
/// odata4): API_BUSINESS_PARTNER with its rules, any other with those of gateway_service().
///
/// Errors   Invalid: no such file, not an EDMX
Result<SapServiceSpec> published_service(const std::string& edmx_file);

struct SapServerOptions {
  odata::GatewayOptions gateway{};
  ServerOptions server{};
  std::shared_ptr<const Clock> clock = system_clock();
};

/// An S/4HANA-like system on the loopback interface. State in memory; effects in the journal;
/// faults on request.
///
///     auto server = SapServer::start({business_partner_service("…/API_BUSINESS_PARTNER.edmx")});
///     (*server)->service("API_BUSINESS_PARTNER").seed("A_BusinessPartner", {...});
///
/// Threads: any.
class SapServer {
 public:
  static Result<std::unique_ptr<SapServer>> start(std::vector<SapServiceSpec> services,
                                                  const SapServerOptions& options = {});

  /// "http://127.0.0.1:port"
  const std::string& url() const { return server_->url(); }
  std::uint16_t port() const { return server_->port(); }
  /// By path or by its last segment. The service must exist.
  odata::Engine& service(std::string_view name) const { return *gateway_->service(name); }
  Journal& journal() const { return desk_->journal; }
  Faults& faults() const { return desk_->faults; }
  /// Deliveries, billing, stock; null where no service belongs to a sales world.
  SalesDesk* sales() const { return sales_.get(); }
  OffsetClock& clock() const { return *desk_->clock; }
  void expire_sessions() const { gateway_->expire_sessions(); }
  void expire_sessions(odata::DeadSession answer) const { gateway_->expire_sessions(answer); }
  void expire_csrf_tokens() const { gateway_->expire_csrf_tokens(); }
  void stop() { server_->stop(); }

 private:
  SapServer() = default;
  std::shared_ptr<Desk> desk_{};
  std::shared_ptr<odata::Gateway> gateway_{};
  std::shared_ptr<SalesDesk> sales_{};
  std::unique_ptr<Server> server_{};
};

}  // namespace channelbridge::sandbox

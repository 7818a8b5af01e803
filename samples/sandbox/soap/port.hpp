#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/common/server.hpp"
#include "sandbox/soap/contract.hpp"

namespace channelbridge::sandbox::soap {

/// Who may come in.
struct PortOptions {
  std::string system_id{"S4H"};
  std::string client{"100"};
  std::map<std::string, std::string> users{{"CHANNEL", "Welcome1"}};
  std::set<std::string> unauthorized{};  ///< users who log on and may call nothing
};

/// One request on its way through a service.
struct Call {
  const Request& request;
  const Message& message;
  const std::string& user;
  Headers& answer;  ///< more headers of the answer
};

/// How an address of the server looks.
struct Endpoint {
  std::string path{};
  std::shared_ptr<const Contract> contract{};
  /// The element of the answer's body; throws SoapFault.
  std::function<std::string(const Call&)> answer{};
  bool rfc{};  ///< envelope and faults as /sap/bc/soap/rfc writes them
};

/// Logon, WSDLs, envelopes and faults of a server with SOAP services.
///
///     GET  <path>?wsdl     the WSDL with this server's address
///     POST <path>          SOAP 1.1 (text/xml) or 1.2 (application/soap+xml)
///
/// A fault is HTTP 500, whatever its code; a wrong password 401 and a user without authorization
/// 403 in HTML (RFC: a fault that names the function group).
///
/// Threads: any, once all endpoints are there.
class Port {
 public:
  explicit Port(PortOptions options) : options_(std::move(options)) {}

  void add(Endpoint endpoint) { endpoints_.push_back(std::move(endpoint)); }
  /// A request to none of these paths is answered by `otherwise`; it has logged on.
  void otherwise(std::function<std::optional<Response>(const Request&)> answer) {
    otherwise_ = std::move(answer);
  }
  Response handle(const Request& request) const;
  /// "http://host:port" as the caller wrote it.
  static std::string root_of(const Request& request);

 private:
  std::optional<std::string> user_of(const Request& request) const;
  Response unauthenticated() const;
  Response serve(const Endpoint& endpoint, const Request& request, const std::string& user) const;

  const PortOptions options_;
  std::vector<Endpoint> endpoints_{};
  std::function<std::optional<Response>(const Request&)> otherwise_{};
};

/// A page as the web server of the system answers where no service does.
Response html_page(int status, const std::string& title, const std::string& text);

}  // namespace channelbridge::sandbox::soap

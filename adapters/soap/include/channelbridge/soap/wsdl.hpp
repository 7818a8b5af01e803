#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/soap/schema.hpp"

namespace channelbridge::soap {

/// One direction of an operation.
struct Message {
  /// What the Body holds: the declared element, or for rpc/literal the wrapper made of the parts;
  /// nullptr = the Body is empty.
  const Element* root{};
  std::string action{};  ///< WS-Addressing Action (https://www.w3.org/TR/ws-addr-metadata/, 4.4)
  std::vector<const Element*> headers{};  ///< header blocks that the binding names
};

struct OperationFault {
  std::string name{};
  const Element* element{};  ///< in the fault's detail
};

struct Operation {
  std::string name{};
  std::string soap_action{};  ///< "" is a value, too
  bool rpc{};
  Message input{};
  std::optional<Message> output{};  ///< nullopt = one-way
  std::vector<OperationFault> faults{};
  std::optional<Problem> refused{};  ///< it cannot be called with this driver, and why
};

struct Port {
  std::string name{};
  std::string address{};
  QName binding{};
  Version version{Version::Soap11};
  std::vector<Operation> operations{};
};

struct Service {
  QName name{};
  std::vector<Port> ports{};  ///< those with a SOAP binding
};

struct WsdlOptions {
  /// Local files in place of addresses that imports name: "http://host/a.xsd" -> "a.xsd", relative
  /// to the folder of the WSDL. Nothing is ever fetched.
  std::map<std::string, std::string, std::less<>> locations{};
};

/// What a WSDL 1.1 file says, with its inline and imported schemas.
///
/// SOAP 1.1 and 1.2 bindings, document/literal and rpc/literal. rpc/encoded operations, bodies of
/// several parts and parts by type in document style are there and `refused`. Other bindings (HTTP
/// GET, MIME) are passed over, policies too.
/// Source: https://www.w3.org/TR/wsdl, http://www.ws-i.org/Profiles/BasicProfile-1.1.html
/// Threads: immutable.
class Wsdl {
 public:
  /// Errors: Invalid with all problems (file, line, rule, nearest name): a file that cannot be
  /// read, is no WSDL 1.1, does not pass the XML gate, names what is not there, imports what is not
  /// local. Problems of the rule "unsupported" are of WSDL or XSD, but not of this driver.
  static Result<std::shared_ptr<const Wsdl>> load(const std::string& file,
                                                  const WsdlOptions& options = {});
  /// The same of a text; `file` is its name in problems, and imports are relative to its folder.
  static Result<std::shared_ptr<const Wsdl>> parse(std::string_view text, const std::string& file,
                                                   const WsdlOptions& options = {});

  const std::vector<Service>& services() const { return services_; }
  const Schema& schema() const { return *schema_; }

  /// A port by its name; "" = the only one of that version, or the first of SOAP 1.1. It lives as
  /// long as the Wsdl. Errors: NotFound with the nearest name.
  Result<const Port*> port(std::string_view name = {},
                           std::optional<Version> version = std::nullopt) const;
  /// An operation that can be called. Errors: NotFound with the nearest name, Unsupported with the
  /// place and the reason when it is `refused`.
  static Result<const Operation*> operation(const Port& port, std::string_view name);

 private:
  friend class WsdlReader;
  std::vector<Service> services_{};
  std::shared_ptr<const Schema> schema_{};
};

}  // namespace channelbridge::soap

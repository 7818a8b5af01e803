#pragma once

#include <map>
#include <memory>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <string_view>

#include "channelbridge/core/result.hpp"

namespace channelbridge::sandbox::soap {

/// The text of a WSDL file of samples/sandbox/soap/wsdl by its name without ".wsdl"; "" = none.
std::string_view wsdl_text(std::string_view name);

enum class Version { Soap11, Soap12 };

/// Why a request is not carried out, thrown where it is known. The port makes a SOAP fault of it.
struct SoapFault {
  enum class Code { Server, Client, MustUnderstand, VersionMismatch };

  Code code{Code::Server};
  std::string text{};
  std::string detail{};
};

/// One request that is what its WSDL says.
struct Message {
  Version version{};
  std::string operation{};   ///< of the WSDL
  std::string message_id{};  ///< wsa:MessageID; "" = none
  std::shared_ptr<pugi::xml_document> document{};
  pugi::xml_node body{};  ///< the element in the SOAP body; lives as long as `document`
};

/// A published interface: its WSDL, and requests checked against the XML Schema in it by libxml2.
///
/// Threads: any.
class Contract {
 public:
  /// `wsdl`: one document with one xsd:schema that declares its own prefixes.
  /// Errors   Internal: no WSDL, or a schema that cannot be compiled
  static Result<std::shared_ptr<const Contract>> read(std::string_view wsdl);
  ~Contract();
  Contract(const Contract&) = delete;
  Contract& operator=(const Contract&) = delete;

  /// The WSDL with this address in its ports. `operations`: only these; empty = all.
  std::string published(const std::string& address,
                        const std::set<std::string>& operations = {}) const;
  bool has(const std::string& operation) const { return actions_.contains(operation); }

  /// Reads an envelope and checks it. `action`: SOAPAction without quotes, or SOAP 1.2's parameter
  /// of the media type; "" = none. Throws SoapFault.
  Message open(const std::string& text, Version version, const std::string& action) const;

  /// What the schema says against a document whose root is one of its elements; "" = nothing.
  std::string complaint(const std::string& document) const;

 private:
  struct Schema;
  Contract();

  std::string text_{};
  std::string namespace_{};
  std::map<std::string, std::string> actions_{};     ///< by operation
  std::map<std::string, std::string> operations_{};  ///< by the request's element
  std::unique_ptr<Schema> schema_;
};

}  // namespace channelbridge::sandbox::soap

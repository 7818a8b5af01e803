#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/document/document.hpp"
#include "channelbridge/soap/names.hpp"

namespace channelbridge::soap {

/// An element of a message, its names resolved. Absent: it is not there; null: `nil`; empty: it is
/// there with no text.
struct Node {
  QName name{};
  bool nil{};                                               ///< xsi:nil is true
  std::optional<QName> type{};                              ///< xsi:type; kept, never followed
  std::vector<std::pair<QName, std::string>> attributes{};  ///< without those of xsi and xmlns
  std::string text{};  ///< all of it in order, CDATA included; blanks between children left out
  std::vector<Node> children{};

  /// The first child of that name, in whatever namespace.
  const Node* find(std::string_view local) const;
  const Node* find(const QName& child) const;
};

/// A SOAP fault of either version.
/// Source: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ (4.4),
/// https://www.w3.org/TR/soap12-part1/ (5.4)
struct Fault {
  QName code{};                   ///< the envelope's own word, or with 1.1 another's
  std::vector<QName> subcodes{};  ///< outermost first; of 1.1 what follows a dot in the code
  std::string reason{};           ///< in the language asked for, else the first
  std::vector<std::pair<std::string, std::string>> reasons{};  ///< xml:lang, text
  std::string role{};                                          ///< faultactor, or Role
  std::string node{};                                          ///< 1.2: Node
  std::string detail{};         ///< "name: text" of what has text, with "; " between
  std::vector<Node> details{};  ///< the entries of the detail
};

/// One line of a system's own table of faults; the first that fits wins. Texts are constants.
struct FaultRule {
  std::string_view code{};   ///< local name of the code or of a subcode; "" = any
  std::string_view words{};  ///< part of reason or detail, in lower case; "" = any
  ErrorCode meaning{ErrorCode::Rejected};
};

/// What a fault means: `rules` first, then
///   wsse: UnsupportedSecurityToken, UnsupportedAlgorithm          Unsupported
///   wsse: all others; wsu: (MessageExpired); 1.1 "Client.Authentication"      Unauthenticated
///   wsa: EndpointUnavailable (with its RetryAfter), DestinationUnreachable    Unavailable
///   wsa: all others; VersionMismatch, MustUnderstand, DataEncodingUnknown     Unsupported
///   Server, Receiver                                              Unavailable
///   Client, Sender, and every other code                          Rejected
/// The remote code is the innermost code's local name, the remote message reason and detail.
/// Source: OASIS WSS: SOAP Message Security 1.1, section 12; https://www.w3.org/TR/ws-addr-soap/, 6
Error to_error(const Fault& fault, int http_status = 0, std::span<const FaultRule> rules = {});

/// What an envelope holds.
struct Reply {
  Version version{Version::Soap11};
  std::optional<Node> payload{};  ///< nullopt: a fault, or an empty Body
  std::optional<Fault> fault{};
  std::vector<Node> headers{};  ///< all blocks
  std::string message_id{};     ///< WS-Addressing; "" = none
  std::string relates_to{};     ///< the message that this one answers
  std::string action{};
};

struct ReadOptions {
  document::Limits limits{};
  std::set<QName> understood{};  ///< header blocks beside those of WS-Addressing that we know
  std::string language{"en"};    ///< of a fault's reason, where it has several
};

/// Reads a message behind the XML gate: SOAP 1.1 or 1.2, namespaces by URI, whatever prefix. Also
/// multipart/related with the root part alone (MTOM without attachments).
///
/// `content_type` is the HTTP header's value; "" = not told, taken for XML.
/// Errors: Protocol: not XML, no envelope, another version, a header that must be understood and is
/// not known; Unsupported: attachments, xop:Include, several elements in the Body, a charset other
/// than UTF-8.
/// Source: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ (4), https://www.w3.org/TR/soap12-part1/
/// (2.4, 5), RFC 2387, https://www.w3.org/TR/soap12-mtom/
Result<Reply> read_envelope(std::string_view bytes, std::string_view content_type = {},
                            const ReadOptions& options = {});

/// The payload, which is this element; a fault is its Error. Protocol: another element, or none.
Result<Node> payload_of(Reply reply, const QName& expected, int http_status = 0,
                        std::span<const FaultRule> rules = {});

/// A node as mappings read it: local names, no namespaces; xsi:nil is null, xsi:type is "@xsi:type"
/// with its local name, xml:lang keeps its prefix.
///
/// `without`  namespaces whose elements and attributes are left out
/// Errors: Unmappable: siblings (or attributes) of one local name in two namespaces, which a
/// mapping could not tell apart.
Result<document::Document> to_document(const Node& node, const std::set<std::string>& without = {});

}  // namespace channelbridge::soap

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "channelbridge/core/clock.hpp"
#include "channelbridge/core/random.hpp"
#include "channelbridge/core/result.hpp"
#include "channelbridge/core/secret.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/soap/wsdl.hpp"

namespace channelbridge::soap {

/// What an empty text means where the type has no empty form (numbers, dates, enumerations).
/// Mappings write null as an empty element.
enum class Empty : std::uint8_t {
  Refuse,  ///< it is a wrong text
  Null,    ///< as Tree::Kind::Null: xsi:nil where the element is nillable; left out where it may be
};

/// Writes one element as its schema wants it: children in the schema's order, whatever order they
/// came in, in a namespace or in none as declared; namespaces are declared on the element itself.
///
/// `tree` holds names and texts as a mapping writes them (its own name counts for nothing):
///   Name           a child; a name that is declared in two namespaces is written "{urn:x}Name"
///   @name          an attribute
///   @xsi:type      a type derived from the declared one: "Local" or "{urn:x}Local"
///   Kind::Null     xsi:nil, with its attributes; only where the element is nillable
/// Children of a wildcard are in its namespace where it names one, else "{urn:x}Name" is asked for.
/// In a sequence that repeats, the order of what came tells where the next one begins. Texts are
/// UTF-8 and go out as they are: decimals and integers are never converted.
///
/// Not checked: bounds of dates and floats, patterns beyond plain classes, groups and counts (see
/// text rules in docs/adapters/soap.md), identity constraints, substitution groups.
/// Errors: Rejected with all problems (path, rule, message, nearest name).
Result<std::string> write_element(const Schema& schema, const Element& element,
                                  const document::Tree& tree, Empty empty = Empty::Refuse);

/// WS-Addressing 1.0 headers of a request. Source: https://www.w3.org/TR/ws-addr-core/,
/// https://www.w3.org/TR/ws-addr-soap/
struct Addressing {
  /// An absolute IRI, the same for as long as the same message is sent again; "" = a new urn:uuid.
  std::string message_id{};
  std::string action{};
  std::string to{};          ///< "" = none
  bool reply_to{true};       ///< ReplyTo anonymous: the answer comes on the same connection
  std::string relates_to{};  ///< of an answer; "" = none
};

/// A WS-Security UsernameToken. Source: OASIS Web Services Security UsernameToken Profile 1.1,
/// http://docs.oasis-open.org/wss/v1.1/wss-v1.1-spec-os-UsernameTokenProfile.pdf
struct UsernameToken {
  enum class Password : std::uint8_t {
    Text,    ///< readable for everyone who sees the message: over TLS only
    Digest,  ///< Base64(SHA-1(nonce + created + password)), 16 random bytes, the clock's second
  };
  std::string user{};
  Secret password{};
  Password kind{Password::Text};
  bool must_understand{true};
};

/// A header block of the service's own (a session, a call's options).
struct HeaderBlock {
  const Element* element{};  ///< not null
  document::Tree tree{};
  bool must_understand{};
};

/// One request.
struct Envelope {
  Version version{Version::Soap11};
  std::string soap_action{};
  const Element* root{};  ///< nullptr = an empty Body
  document::Tree body{};
  Empty empty{Empty::Refuse};
  std::vector<HeaderBlock> headers{};
  std::optional<Addressing> addressing{};
  std::optional<UsernameToken> username{};
};

/// What goes over HTTP.
struct Written {
  std::string bytes{};
  /// "text/xml; charset=utf-8", or "application/soap+xml; charset=utf-8; action=…"
  std::string content_type{};
  /// Of the header SOAPAction, in quotes, with 1.1; nullopt = 1.2 has none
  std::optional<std::string> soap_action{};
  std::string message_id{};  ///< as sent; "" = no addressing
};

/// Writes a request. `bytes` holds the password with Password::Text: it is a body, and no log's.
///
/// Errors: Rejected with all problems of the body ("Body/…") and header blocks ("Header/…"; their
/// texts are not shown); Invalid when an action, an address, a message id, a user or a password
/// cannot be written; Internal when this machine's OpenSSL has no SHA-1.
/// Source: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ (6.1.1),
/// https://www.w3.org/TR/soap12-part2/ (7), RFC 3902
Result<Written> write_envelope(const Schema& schema, const Envelope& envelope, const Clock& clock,
                               Random& random);

}  // namespace channelbridge::soap

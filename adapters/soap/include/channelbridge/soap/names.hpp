#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace channelbridge::soap {

/// Envelopes differ by namespace, content type, and the shape of faults.
/// Source: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ and https://www.w3.org/TR/soap12-part1/
enum class Version : std::uint8_t { Soap11, Soap12 };

/// A name by its namespace. Prefixes are the writer's choice and never kept.
/// Source: https://www.w3.org/TR/xml-names/
struct QName {
  std::string space{};  ///< namespace URI; "" = in none
  std::string local{};

  bool empty() const { return local.empty(); }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a 0 in what is generated
  friend auto operator<=>(const QName&, const QName&) = default;
};

/// "{urn:x}Name"; "Name" when it is in no namespace.
std::string to_string(const QName& name);
/// The other way round; a text without braces is in no namespace.
QName parse_qname(std::string_view text);

inline constexpr std::string_view kEnvelope11 = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view kEnvelope12 = "http://www.w3.org/2003/05/soap-envelope";
inline constexpr std::string_view kSchema = "http://www.w3.org/2001/XMLSchema";
inline constexpr std::string_view kInstance = "http://www.w3.org/2001/XMLSchema-instance";
inline constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";
/// WS-Addressing 1.0. Source: https://www.w3.org/TR/ws-addr-core/
inline constexpr std::string_view kAddressing = "http://www.w3.org/2005/08/addressing";
/// WS-Security 1.0/1.1 (OASIS).
inline constexpr std::string_view kSecurity =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
inline constexpr std::string_view kSecurityUtility =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// The namespace of a version's envelope.
std::string_view envelope_namespace(Version version);

}  // namespace channelbridge::soap

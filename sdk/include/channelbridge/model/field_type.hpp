#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace channelbridge::model {

// GCC 12 takes scoped enumerators for shadows of the classes with the same names.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"

/// The value types of fields.
enum class FieldType : std::uint8_t {
  Text,       ///< valid UTF-8 without NUL
  Code,       ///< a code of a set, or any text when the set is open
  Boolean,    ///< true, false (also read: 1, 0)
  Integer,    ///< 64 bits
  Decimal,    ///< exact, at most 38 digits; canonical without trailing zeros or exponent
  Percent,    ///< a decimal; 12.5 means 12.5 %
  Date,       ///< 2026-11-21; never shifted by a zone
  Timestamp,  ///< UTC with microseconds
  Country,    ///< ISO 3166-1 alpha-2; alpha-3 and common names are read
  Currency,   ///< ISO 4217
  Language,   ///< BCP 47
  Unit,       ///< UN/ECE Rec 20
  TimeZone,   ///< IANA
  Email,      ///< RFC 5321; the domain in lower case and ASCII
  Phone,      ///< E.164 where the text says so, else the text as it came
  Web,        ///< http(s) URL or bare host with path; the host in lower case and ASCII
  Reference,  ///< a record id (UUID) or a pending reference
};

#pragma GCC diagnostic pop

/// Lower-case name: "text", "time_zone".
std::string_view to_string(FieldType type);
/// The reverse, for project files.
std::optional<FieldType> parse_field_type(std::string_view name);

/// The canonical form of a text of that type, nullopt when it is not of the type.
/// Trims nothing, rounds nothing. Never throws, allocates only the result.
std::optional<std::string> canonical_text(FieldType type, std::string_view text);

/// Characters (code points) of a text, nullopt when it is not valid UTF-8 or contains NUL.
std::optional<std::size_t> count_characters(std::string_view text);

}  // namespace channelbridge::model

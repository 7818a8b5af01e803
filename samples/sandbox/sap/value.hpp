#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "channelbridge/core/time.hpp"
#include "sandbox/common/json.hpp"
#include "sandbox/sap/edmx.hpp"

namespace channelbridge::sandbox::odata {

/// A property's value as it is stored. The property says how to read it: times are 100 ns ticks
/// since 1970 (time of day: since midnight), decimals are exact text, structured values are JSON
/// text. monostate = null.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

inline constexpr std::int64_t kTicksPerSecond = 10'000'000;

std::int64_t to_ticks(Timestamp time);
bool is_null(const Value& value);

/// How texts are cleaned before they are stored.
struct TextForm {
  bool trim_front = false;  ///< trailing blanks never survive
  bool alpha = false;       ///< shown without leading zeros
};

/// A request's JSON value as a stored value; the problem's text otherwise.
/// Checks type, MaxLength, Precision and Scale; pads decimals to the scale.
struct Parsed {
  Value value{};
  std::string problem{};
};
Parsed from_json(const Property& property, const Json& json, const TextForm& form);

/// A literal of a URL: quoted and prefixed in V2, raw in V4. `problem` is set when it has no
/// meaning for the property.
Parsed from_literal(const Property& property, std::string_view literal, Version version,
                    const TextForm& form);

/// What a property holds that nobody has filled: ABAP fields are initial, not null.
Value initial(const Property& property);

/// Appends the JSON form: /Date(ms)/ and texts for exact numbers in V2, ISO forms and numbers in
/// V4.
void write_json(std::string& out, const Property& property, const Value& value, Version version,
                bool exact_numbers_as_text);
void write_text(std::string& out, std::string_view text);
/// The form of key predicates and ETags: 'x', guid'…', datetime'…'.
std::string to_literal(const Property& property, const Value& value, Version version);
/// The form of $value and of Atom.
std::string to_plain(const Property& property, const Value& value);

/// <0, 0, >0; null is less than everything.
int compare(const Property& property, const Value& a, const Value& b);
int compare_decimals(std::string_view a, std::string_view b);

/// "2024-05-01T10:00:00.1234560" with `digits` of fraction.
std::string iso(std::int64_t ticks, int digits);
std::optional<std::int64_t> parse_iso(std::string_view text);

}  // namespace channelbridge::sandbox::odata

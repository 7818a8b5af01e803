#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "sandbox/sap/value_internal.hpp"

namespace channelbridge::sandbox::odata {
namespace {

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    result += c;
    if (c == '\'') result += c;
  }
  return result + "'";
}

std::string double_text(double value) {
  std::array<char, 40> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::string(text.data(), end) : "0";
}

/// Precision 7 keeps all digits, otherwise only what is there.
std::string offset_text(const Property& property, std::int64_t ticks) {
  const int digits = property.precision.value_or(0) > 0 ? std::min(*property.precision, 7)
                                                        : (ticks % kTicksPerSecond == 0 ? 0 : 7);
  return iso(ticks, digits) + "Z";
}

}  // namespace

void write_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          std::array<char, 8> escaped{};
          std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
          out += escaped.data();
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void write_json(std::string& out, const Property& property, const Value& value, Version version,
                bool exact_numbers_as_text) {
  if (is_null(value)) {
    out += "null";
    return;
  }
  const bool v2 = version == Version::V2;
  switch (property.type) {
    case Edm::Boolean:
      out += std::get<bool>(value) ? "true" : "false";
      return;
    case Edm::Byte:
    case Edm::SByte:
    case Edm::Int16:
    case Edm::Int32:
      out += std::to_string(std::get<std::int64_t>(value));
      return;
    case Edm::Int64:
    case Edm::Decimal:
      if (v2 || exact_numbers_as_text) {
        write_text(out, to_plain(property, value));
      } else {
        out += to_plain(property, value);
      }
      return;
    case Edm::Double:
    case Edm::Single:
      if (v2) {
        write_text(out, to_plain(property, value));
      } else {
        out += to_plain(property, value);
      }
      return;
    case Edm::DateTime:
    case Edm::DateTimeOffset:
      if (v2) {
        const std::int64_t ticks = std::get<std::int64_t>(value);
        const std::int64_t ms = ticks / 10'000 - (ticks % 10'000 < 0 ? 1 : 0);
        out += "\"/Date(" + std::to_string(ms) +
               (property.type == Edm::DateTimeOffset ? "+0000)/\"" : ")/\"");
        return;
      }
      [[fallthrough]];
    case Edm::Date:
    case Edm::Time:
    case Edm::TimeOfDay:
      write_text(out, to_plain(property, value));
      return;
    case Edm::Structured:
      out += std::get<std::string>(value);
      return;
    case Edm::String:
    case Edm::Guid:
    case Edm::Binary:
      write_text(out, std::get<std::string>(value));
  }
}

std::string to_plain(const Property& property, const Value& value) {
  if (is_null(value)) return {};
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return double_text(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const std::int64_t number = std::get<std::int64_t>(value);
  switch (property.type) {
    case Edm::DateTime:
      return iso(number, number % kTicksPerSecond == 0 ? 0 : 7);
    case Edm::DateTimeOffset:
      return offset_text(property, number);
    case Edm::Date:
      return iso(number, 0).substr(0, 10);
    case Edm::Time:
      return duration_text(number);
    case Edm::TimeOfDay:
      return clock_text(number);
    default:
      return std::to_string(number);
  }
}

std::string to_literal(const Property& property, const Value& value, Version version) {
  if (is_null(value)) return "null";
  std::string plain = to_plain(property, value);
  switch (property.type) {
    case Edm::String:
    case Edm::Binary:
    case Edm::Structured:
      return in_quotes(plain);
    case Edm::Guid:
      return version == Version::V2 ? "guid'" + plain + "'" : plain;
    case Edm::DateTime:
      return "datetime'" + plain + "'";
    case Edm::DateTimeOffset:
      return version == Version::V2 ? "datetimeoffset'" + plain + "'" : plain;
    case Edm::Time:
      return "time'" + plain + "'";
    case Edm::Int64:
      return version == Version::V2 ? plain + "L" : plain;
    case Edm::Decimal:
      return version == Version::V2 ? plain + "M" : plain;
    default:
      return plain;
  }
}

}  // namespace channelbridge::sandbox::odata

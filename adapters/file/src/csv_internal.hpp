#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/file/file.hpp"

namespace channelbridge::file {

/// What the front of a buffer holds.
struct CsvRecord {
  enum class State { Complete, Incomplete, Bad } state{State::Incomplete};
  std::vector<std::string> values{};  ///< undecoded
  std::vector<bool> quoted{};         ///< of each value
  std::size_t length{};               ///< bytes with the line break, when Complete
  std::size_t lines{};                ///< line breaks among them
  const char* reason{};               ///< when Bad
};

/// RFC 4180. `at_end` = no more bytes follow the buffer.
CsvRecord read_csv_record(std::string_view buffer, char separator, bool at_end);
/// An empty value is `""`: nothing at all is no value.
void append_csv_value(std::string& out, std::string_view value, char separator);

/// Text in UTF-8, or nullopt: invalid UTF-8, or a byte that the encoding does not have.
std::optional<std::string> decode(std::string_view bytes, Encoding encoding);
/// Bytes of a UTF-8 text, or nullopt when the encoding lacks a character.
std::optional<std::string> encode(std::string_view text, Encoding encoding);

}  // namespace channelbridge::file

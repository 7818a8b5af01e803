#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace channelbridge::document {

/// What the front of a buffer of comma-separated values holds.
struct CsvRecord {
  enum class State : std::uint8_t { Complete, Incomplete, Bad } state{State::Incomplete};
  std::vector<std::string> values{};  ///< undecoded
  std::vector<bool> quoted{};         ///< of each value
  std::size_t length{};               ///< bytes with the line break, when Complete
  std::size_t lines{};                ///< line breaks among them
  const char* reason{};               ///< when Bad
};

/// RFC 4180, line breaks as LF or CRLF. `at_end` = no more bytes follow the buffer.
CsvRecord read_csv_record(std::string_view buffer, char separator, bool at_end);
/// An empty value is `""`: nothing at all is no value.
void append_csv_value(std::string& out, std::string_view value, char separator);

}  // namespace channelbridge::document

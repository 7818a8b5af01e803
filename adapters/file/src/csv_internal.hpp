#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/document/csv.hpp"
#include "channelbridge/file/file.hpp"

namespace channelbridge::file {

using document::append_csv_value;
using document::CsvRecord;
using document::read_csv_record;

/// Text in UTF-8, or nullopt: invalid UTF-8, or a byte that the encoding does not have.
std::optional<std::string> decode(std::string_view bytes, Encoding encoding);
/// Bytes of a UTF-8 text, or nullopt when the encoding lacks a character.
std::optional<std::string> encode(std::string_view text, Encoding encoding);

}  // namespace channelbridge::file

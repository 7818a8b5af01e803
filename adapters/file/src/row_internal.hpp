#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/document/tree.hpp"

namespace channelbridge::file {

/// One object of a file: named values. A CSV cell is Text, or Null when it is empty.
using Row = document::Tree;

/// The text of a top-level value, "" when it is null or missing.
std::string text_of(const Row& row, std::string_view name);
/// Sets or adds a value.
void set(Row& row, document::Tree value);
/// Sets all values of `over`, except `but`.
void overlay(Row& row, const Row& over, std::string_view but = {});
void erase(Row& row, std::string_view name);
Row text_value(std::string name, std::string text);

std::string to_json(const Row& row);
Result<Row> parse_row(std::string_view json);

/// The column that a mapping's path names; Unsupported when the path is no plain name.
Result<std::string> column_of(std::string_view path);

}  // namespace channelbridge::file

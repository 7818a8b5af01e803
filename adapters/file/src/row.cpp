#include "row_internal.hpp"

#include <algorithm>

#include "channelbridge/document/document.hpp"
#include "channelbridge/document/path.hpp"

namespace channelbridge::file {

using document::Tree;

std::string text_of(const Row& row, std::string_view name) {
  const Tree* value = row.find(name);
  return value == nullptr ? std::string() : value->text;
}

void set(Row& row, Tree value) {
  for (Tree& child : row.children) {
    if (child.name != value.name) continue;
    child = std::move(value);
    return;
  }
  row.children.push_back(std::move(value));
}

void overlay(Row& row, const Row& over, std::string_view but) {
  for (const Tree& value : over.children)
    if (but.empty() || value.name != but) set(row, value);
}

void erase(Row& row, std::string_view name) {
  std::erase_if(row.children, [&](const Tree& child) { return child.name == name; });
}

Row text_value(std::string name, std::string text) {
  Row value;
  value.kind = text.empty() ? Tree::Kind::Null : Tree::Kind::Text;
  value.name = std::move(name);
  value.text = std::move(text);
  return value;
}

std::string to_json(const Row& row) {
  std::string out;
  append_json(out, row);
  return out;
}

Result<Row> parse_row(std::string_view json) {
  auto tree = document::parse_tree(json, document::Format::Json);
  if (tree && tree->kind != Tree::Kind::Object)
    return Error(ErrorCode::Protocol, "it is no JSON object");
  return tree;
}

Result<std::string> column_of(std::string_view path) {
  auto steps = document::parse_path(path);
  if (!steps) return std::move(steps).error();
  if (steps->size() != 1 || steps->front().selects())
    return Error(ErrorCode::Unsupported,
                 "'" + std::string(path) + "' is no column: files have no nested values");
  return steps->front().name;
}

}  // namespace channelbridge::file

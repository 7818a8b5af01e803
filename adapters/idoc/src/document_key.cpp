#include "document_key_internal.hpp"

#include <algorithm>

namespace channelbridge::idoc {
namespace {

using document::Path;
using document::Tree;

std::vector<std::string_view> split_key(std::string_view key) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find(',', begin), key.size());
    out.push_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

}  // namespace

Result<std::vector<Path>> key_paths(std::string_view text) {
  std::vector<Path> out;
  std::size_t begin = 0;
  bool inside = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size()) {
      if (text[i] == '[') inside = true;
      if (text[i] == ']') inside = false;
      if (text[i] != ',' || inside) continue;
    }
    auto path = document::parse_path(text.substr(begin, i - begin));
    if (!path) return std::move(path).error();
    out.push_back(*std::move(path));
    begin = i + 1;
  }
  return out;
}

std::string key_at(const Tree& root, const std::vector<Path>& paths) {
  std::string out;
  for (const Path& path : paths) {
    const std::string part = document::text_at(root, path);
    if (part.empty() || (paths.size() > 1 && part.find(',') != std::string::npos)) return {};
    out += (out.empty() ? "" : ",") + part;
  }
  return out;
}

Result<void> put_key(Tree& root, const std::vector<Path>& paths, std::string_view key) {
  if (paths.size() == 1) {
    document::put(root, paths.front(), std::string(key));
    return {};
  }
  const std::vector<std::string_view> parts = split_key(key);
  if (parts.size() != paths.size())
    return Error(ErrorCode::Invalid, "the key has " + std::to_string(parts.size()) +
                                         " parts, and the mapping's has " +
                                         std::to_string(paths.size()));
  for (std::size_t i = 0; i < parts.size(); ++i)
    document::put(root, paths[i], std::string(parts[i]));
  return {};
}

std::string_view without_zeros(std::string_view text) {
  const bool number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return text;
  const std::size_t first = text.find_first_not_of('0');
  return first == std::string_view::npos ? text.substr(text.size() - 1) : text.substr(first);
}

bool same_key(std::string_view a, std::string_view b, const std::vector<bool>& padded) {
  // A key of one part may hold a ',' of its own.
  const bool one = padded.size() <= 1;
  const auto left = one ? std::vector<std::string_view>{a} : split_key(a);
  const auto right = one ? std::vector<std::string_view>{b} : split_key(b);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool number = i < padded.size() && padded[i];
    if (number ? without_zeros(left[i]) != without_zeros(right[i]) : left[i] != right[i])
      return false;
  }
  return true;
}

}  // namespace channelbridge::idoc

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "files_internal.hpp"

namespace channelbridge::soap {
namespace {

constexpr std::size_t kMostFiles = 500;

std::string path_of(pugi::xml_node node) {
  std::string out;
  for (; node.type() == pugi::node_element; node = node.parent()) {
    const std::string_view name = node.attribute("name").value();
    if (name.empty()) continue;
    out = out.empty() ? std::string(name) : std::string(name) + '/' + out;
  }
  return out;
}

}  // namespace

void Files::problem(const SourceFile& file, pugi::xml_node node, std::string rule,
                    std::string message, std::string suggestion) {
  problems_.push_back({.file = file.name,
                       .line = file.line_of(node),
                       .path = path_of(node),
                       .rule = std::move(rule),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion)});
}

const SourceFile* Files::add(std::string_view text, const std::string& path) {
  auto file = std::make_unique<SourceFile>();
  file->name = path;
  file->folder = std::filesystem::path(path).parent_path().string();
  if (files_.empty()) folder_ = file->folder;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  file->lines.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') file->lines.push_back(i + 1);
  if (auto parsed = parse_checked(text, {}, file->document); !parsed) {
    problems_.push_back({.file = path, .rule = "xml", .message = parsed.error().message()});
    return nullptr;
  }
  return (files_[std::filesystem::path(path).lexically_normal().string()] = std::move(file)).get();
}

const SourceFile* Files::open(const std::string& path) {
  std::error_code failed;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, failed)) {
    problems_.push_back({.file = path, .rule = "file", .message = "cannot be read"});
    return nullptr;
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return add(text, path);
}

const SourceFile* Files::import(const SourceFile& from, pugi::xml_node node,
                                std::string_view location, bool& again) {
  again = false;
  std::string path;
  if (const auto known = options_.locations.find(location); known != options_.locations.end()) {
    path = (std::filesystem::path(folder_) / known->second).string();
  } else {
    const std::string_view scheme = location.substr(0, location.find('/'));
    if (location.starts_with('/') || scheme.find(':') != std::string_view::npos) {
      problem(from, node, "not_local",
              "imports '" + std::string(location) +
                  "', which is no file beside this one, and nothing is fetched",
              "save it and name it in `locations`");
      return nullptr;
    }
    path = (std::filesystem::path(from.folder) / location).string();
  }
  path = std::filesystem::path(path).lexically_normal().string();
  if (const auto known = files_.find(path); known != files_.end()) {
    again = true;
    return known->second.get();
  }
  if (files_.size() >= kMostFiles) {
    problem(from, node, "too_many_files", "imports more than 500 files");
    return nullptr;
  }
  const std::size_t before = problems_.size();
  const SourceFile* file = open(path);
  if (file == nullptr && problems_.size() > before)
    problems_.back().message +=
        " (imported by " + from.name + ':' + std::to_string(from.line_of(node)) + ')';
  return file;
}

}  // namespace channelbridge::soap

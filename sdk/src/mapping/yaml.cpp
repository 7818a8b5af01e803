#include <algorithm>
#include <charconv>
#include <map>

#include "channelbridge/mapping/check.hpp"
#include "yaml_internal.hpp"

namespace channelbridge::mapping {

std::uint32_t line_of(const YAML::Node& node) {
  if (!node.IsDefined()) return 0U;  // a key that is not there has no place
  const int line = node.Mark().line;
  return line < 0 ? 0U : static_cast<std::uint32_t>(line) + 1;
}

void YamlProblems::add(const YAML::Node& at, std::string path, std::string rule,
                       std::string message, std::string suggestion) {
  problems_.push_back({.file = file_,
                       .line = static_cast<int>(line_of(at)),
                       .path = std::move(path),
                       .rule = std::move(rule),
                       .message = std::move(message),
                       .suggestion = std::move(suggestion)});
}

void YamlProblems::check_twice(const YAML::Node& map, const std::string& path) {
  std::map<std::string, int> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) {
      add(entry.first, path, "wrong_type", "a key must be a text");
    } else if (++seen[entry.first.Scalar()] == 2) {
      add(entry.first, path, "duplicate_key", "'" + entry.first.Scalar() + "' occurs twice");
    }
  }
}

void YamlProblems::check_keys(const YAML::Node& map, const std::string& path,
                              std::initializer_list<const char*> known) {
  const std::vector<std::string> words(known.begin(), known.end());
  check_twice(map, path);
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) continue;
    const std::string& key = entry.first.Scalar();
    if (std::find(words.begin(), words.end(), key) != words.end()) continue;
    add(entry.first, path.empty() ? key : path + "." + key, "unknown_key",
        "'" + key + "' is not a keyword here", nearest_word(key, words));
  }
}

std::optional<std::string> YamlProblems::text(const YAML::Node& map, const char* key,
                                              const std::string& path) {
  const YAML::Node node = map[key];
  if (!node || node.IsNull()) return std::nullopt;
  if (!node.IsScalar()) {
    add(node, path + "." + key, "wrong_type", "must be one text");
    return std::nullopt;
  }
  return node.Scalar();
}

std::vector<std::string> YamlProblems::texts(const YAML::Node& map, const char* key,
                                             const std::string& path) {
  std::vector<std::string> out;
  const YAML::Node node = map[key];
  if (!node || node.IsNull()) return out;
  if (node.IsScalar()) return {node.Scalar()};
  if (!node.IsSequence())
    add(node, path + "." + key, "wrong_type", "must be a text or a list of texts");
  for (const auto& each : node) {
    if (each.IsScalar()) {
      out.push_back(each.Scalar());
    } else {
      add(each, path + "." + key, "wrong_type", "must be a text or a list of texts");
    }
  }
  return out;
}

bool YamlProblems::flag(const YAML::Node& map, const char* key, const std::string& path) {
  const auto value = text(map, key, path);
  if (value && *value != "true" && *value != "false")
    add(map[key], path + "." + key, "wrong_type", "must be true or false");
  return value == "true";
}

std::optional<std::uint32_t> YamlProblems::number(const YAML::Node& map, const char* key,
                                                  const std::string& path) {
  const auto value = text(map, key, path);
  if (!value) return std::nullopt;
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), out);
  if (error == std::errc{} && end == value->data() + value->size()) return out;
  add(map[key], path + "." + key, "wrong_type", "must be a whole number, not '" + *value + "'");
  return std::nullopt;
}

Error YamlProblems::error(const std::string& what) const {
  return Error(ErrorCode::Invalid, what + " " + file_ + " has " + std::to_string(problems_.size()) +
                                       (problems_.size() == 1 ? " problem" : " problems"))
      .with_problems(problems_);
}

void append_semantics(const YAML::Node& node, std::string& out) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      out += std::to_string(node.Scalar().size()) + ":" + node.Scalar() +
             (node.Tag() == "!" ? "q" : "p");
      break;
    case YAML::NodeType::Sequence:
      out += '[';
      for (const auto& each : node) append_semantics(each, out);
      out += ']';
      break;
    case YAML::NodeType::Map: {
      std::map<std::string, YAML::Node> sorted;
      for (const auto& entry : node) sorted[entry.first.Scalar()] = entry.second;
      out += '{';
      for (const auto& [key, value] : sorted) {
        out += std::to_string(key.size()) + ":" + key + "=";
        append_semantics(value, out);
      }
      out += '}';
      break;
    }
    default:
      out += '~';
  }
}

namespace {

/// Aliases may lead back to where they stand, or unfold to any size.
bool within_bounds(const YAML::Node& node, std::size_t depth, std::size_t& nodes) {
  constexpr std::size_t kDeepest = 64;
  constexpr std::size_t kMostNodes = 100'000;
  if (depth > kDeepest || ++nodes > kMostNodes) return false;
  if (node.IsSequence()) {
    return std::all_of(node.begin(), node.end(),
                       [&](const auto& each) { return within_bounds(each, depth + 1, nodes); });
  }
  if (!node.IsMap()) return true;
  return std::all_of(node.begin(), node.end(), [&](const auto& entry) {
    return within_bounds(entry.first, depth + 1, nodes) &&
           within_bounds(entry.second, depth + 1, nodes);
  });
}

}  // namespace

std::optional<YAML::Node> load_yaml(std::string_view text, YamlProblems& problems) {
  try {
    YAML::Node root = YAML::Load(std::string(text));
    std::size_t nodes = 0;
    if (!within_bounds(root, 0, nodes)) {
      problems.add(root, "", "too_large",
                   "the file is nested too deeply, too large, or an alias in it leads to itself");
    } else if (root.IsMap()) {
      return root;
    } else {
      problems.add(root, "", "wrong_type", "the file must be a map of keywords");
    }
  } catch (const YAML::Exception& error) {
    problems.all().push_back({.file = problems.file(),
                              .line = error.mark.line < 0 ? 0 : error.mark.line + 1,
                              .path = {},
                              .rule = "syntax",
                              .message = "not YAML: " + error.msg,
                              .suggestion = {}});
  }
  return std::nullopt;
}

Result<void> check_yaml(std::string_view text, const std::string& file) {
  YamlProblems problems(file);
  if (load_yaml(text, problems)) return {};
  return problems.error("the file");
}

}  // namespace channelbridge::mapping

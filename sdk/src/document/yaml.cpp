#include "channelbridge/document/yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace channelbridge::document {
namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostNodes = 100'000;

int line_of(const YAML::Node& node) {
  const int line = node.Mark().line;
  return line < 0 ? 0 : line + 1;
}

/// Copies a tree of the library's; aliases may lead back to where they stand, or unfold to any
/// size.
class Copier {
 public:
  explicit Copier(const std::string& file) : file_(file) {}

  YamlNode copy(const YAML::Node& node, std::size_t depth) {
    YamlNode out{.line = line_of(node), .key_line = line_of(node)};
    if (depth > kDeepest || ++nodes_ > kMostNodes) {
      too_large_ = true;
      return out;
    }
    if (node.IsScalar()) {
      out.kind = YamlNode::Kind::Text;
      out.text = node.Scalar();
    } else if (node.IsSequence()) {
      out.kind = YamlNode::Kind::List;
      for (const auto& each : node) {
        if (too_large_) break;
        out.items.push_back(copy(each, depth + 1));
      }
    } else if (node.IsMap()) {
      out.kind = YamlNode::Kind::Map;
      members(node, depth, out);
    }
    return out;
  }

  std::vector<Problem> problems() && {
    if (too_large_)
      return {{.file = file_,
               .rule = "too_large",
               .message =
                   "the file is nested too deeply, too large, or an alias in it leads to itself"}};
    return std::move(problems_);
  }

 private:
  void members(const YAML::Node& node, std::size_t depth, YamlNode& out) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      if (too_large_) return;
      if (!entry.first.IsScalar()) {
        problem(line_of(entry.first), "", "wrong_type", "a key must be a text");
        continue;
      }
      const std::string& key = entry.first.Scalar();
      if (!seen.insert(key).second) {
        problem(line_of(entry.first), key, "duplicate_key", "'" + key + "' occurs twice");
        continue;
      }
      YamlNode value = copy(entry.second, depth + 1);
      value.key_line = line_of(entry.first);
      if (value.line == 0) value.line = value.key_line;
      out.members.emplace_back(key, std::move(value));
    }
  }
  void problem(int line, std::string path, std::string rule, std::string message) {
    problems_.push_back({.file = file_,
                         .line = line,
                         .path = std::move(path),
                         .rule = std::move(rule),
                         .message = std::move(message)});
  }

  const std::string& file_;
  std::size_t nodes_{};
  bool too_large_{};
  std::vector<Problem> problems_{};
};

Error refused(const std::string& file, std::vector<Problem> problems) {
  return Error(ErrorCode::Invalid, "the file " + file + " cannot be read as YAML")
      .with_problems(std::move(problems));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [key](const auto& member) { return member.first == key; });
  return found == members.end() ? nullptr : &found->second;
}

Result<YamlNode> parse_yaml(std::string_view text, const std::string& file) {
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (!root.IsMap())
      return refused(file, {{.file = file,
                             .line = line_of(root),
                             .rule = "wrong_type",
                             .message = "the file must be a map of keywords"}});
    Copier copier(file);
    YamlNode out = copier.copy(root, 0);
    if (auto problems = std::move(copier).problems(); !problems.empty())
      return refused(file, std::move(problems));
    return out;
  } catch (const YAML::Exception& error) {
    return refused(file, {{.file = file,
                           .line = error.mark.line < 0 ? 0 : error.mark.line + 1,
                           .rule = "syntax",
                           .message = "not YAML: " + error.msg}});
  }
}

}  // namespace channelbridge::document

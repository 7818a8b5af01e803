#include "channelbridge/document/tree.hpp"

#include <utility>

#include "channelbridge/document/json_gate.hpp"
#include "channelbridge/document/json_index.hpp"
#include "xml_internal.hpp"

namespace channelbridge::document {

const Tree* Tree::find(std::string_view child) const {
  for (const Tree& each : children) {
    if (each.name == child) return &each;
  }
  return nullptr;
}

namespace {

/// Builds the tree while the gate walks; the stack holds the open containers.
class Builder {
 public:
  struct Node {
    std::string name{};
  };
  explicit Builder(Tree& root) : root_(root) {}

  Node member(const Node&, std::string_view key) { return {std::string(key)}; }
  Node element(const Node&, std::size_t) { return {}; }
  void scalar(const Node& node, char first, std::string_view text) {
    const auto kind = first == '"'                   ? Tree::Kind::Text
                      : first == 'n'                 ? Tree::Kind::Null
                      : first == 't' || first == 'f' ? Tree::Kind::Boolean
                                                     : Tree::Kind::Number;
    add({.kind = kind, .name = node.name, .text = std::string(text)});
  }
  void open(const Node& node, char bracket, std::size_t) {
    open_.push_back(
        {.kind = bracket == '{' ? Tree::Kind::Object : Tree::Kind::Array, .name = node.name});
  }
  void close(const Node&, char, std::size_t, std::size_t) {
    Tree done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done));
  }

 private:
  void add(Tree tree) {
    if (open_.empty()) {
      root_ = std::move(tree);
    } else {
      open_.back().children.push_back(std::move(tree));
    }
  }
  Tree& root_;
  std::vector<Tree> open_{};
};

bool is_nil(pugi::xml_node element) {
  for (const pugi::xml_attribute attribute : element.attributes()) {
    const std::string_view name = attribute.name();
    if (name.ends_with(":nil") && attribute.as_bool()) return true;
  }
  return false;
}

Tree tree_of(pugi::xml_node element) {
  Tree tree{.kind = Tree::Kind::Text, .name = element.name()};
  for (const pugi::xml_attribute attribute : element.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "xmlns" || name.starts_with("xmlns:")) continue;
    tree.children.push_back(
        {.kind = Tree::Kind::Text, .name = "@" + std::string(name), .text = attribute.value()});
  }
  bool elements = false;
  for (const pugi::xml_node child : element.children()) {
    if (child.type() == pugi::node_element) {
      elements = true;
      tree.children.push_back(tree_of(child));
    } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      tree.text += child.value();
    }
  }
  if (elements && tree.text.find_first_not_of(" \t\r\n") == std::string::npos) tree.text.clear();
  if (!tree.children.empty()) tree.kind = Tree::Kind::Object;
  if (is_nil(element)) tree = {.kind = Tree::Kind::Null, .name = element.name()};
  return tree;
}

std::string flat_value(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::Text:
      return "s:" + tree.text;
    case Tree::Kind::Number:
      return "n:" + tree.text;
    case Tree::Kind::Boolean:
      return "b:" + tree.text;
    case Tree::Kind::Null:
      return "null";
    case Tree::Kind::Object:
      return "{}";
    case Tree::Kind::Array:
      return "[]";
  }
  return {};
}

void flatten_into(const Tree& tree, const std::string& path,
                  std::map<std::string, std::string>& out) {
  const bool container = tree.kind == Tree::Kind::Object || tree.kind == Tree::Kind::Array;
  if (!container || tree.children.empty()) {
    out[path] = flat_value(tree);
    return;
  }
  if (!tree.text.empty()) out[path] = "s:" + tree.text;
  std::map<std::string, std::size_t> seen;
  std::size_t index = 0;
  for (const Tree& child : tree.children) {
    if (tree.kind == Tree::Kind::Array) {
      flatten_into(child, path + "[" + std::to_string(index++) + "]", out);
      continue;
    }
    const std::size_t nth = seen[child.name]++;  // XML repeats a name where JSON has an array
    std::string below = path.empty() ? child.name : path + "." + child.name;
    if (nth > 0) below += "[" + std::to_string(nth) + "]";
    flatten_into(child, below, out);
  }
}

}  // namespace

Result<Tree> parse_tree(std::string_view text, Format format, const Limits& limits) {
  Tree root;
  if (format == Format::Xml) {
    pugi::xml_document document;
    if (auto parsed = parse_xml(text, limits, document); !parsed) return std::move(parsed).error();
    root = tree_of(document.document_element());
    return root;
  }
  if (text.size() > limits.max_bytes)
    return Error(ErrorCode::Protocol, "the JSON text is larger than the limit");
  const auto page = Page::make(std::string(text), Format::Json);
  JsonIndex index;
  if (auto built = index.build(page->bytes()); !built) return std::move(built).error();
  Builder builder(root);
  JsonGate<Builder> gate(index, limits, builder);
  if (auto walked = gate.run({}); !walked) return std::move(walked).error();
  return root;
}

void append_json(std::string& out, const Tree& tree) {
  const auto members = [&](char open, char close) {
    out += open;
    for (std::size_t i = 0; i < tree.children.size(); ++i) {
      if (i > 0) out += ',';
      if (open == '{') {
        append_json_string(out, tree.children[i].name);
        out += ':';
      }
      append_json(out, tree.children[i]);
    }
    out += close;
  };
  switch (tree.kind) {
    case Tree::Kind::Object:
      return members('{', '}');
    case Tree::Kind::Array:
      return members('[', ']');
    case Tree::Kind::Text:
      return append_json_string(out, tree.text);
    case Tree::Kind::Null:
      out += "null";
      return;
    default:
      out += tree.text;
  }
}

std::map<std::string, std::string> flatten(const Tree& tree) {
  std::map<std::string, std::string> out;
  flatten_into(tree, "", out);
  return out;
}

}  // namespace channelbridge::document

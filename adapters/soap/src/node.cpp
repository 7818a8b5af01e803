#include <algorithm>
#include <map>

#include "channelbridge/document/xml_text.hpp"
#include "reply_internal.hpp"
#include "xml_internal.hpp"

namespace channelbridge::soap {
namespace {

/// Builds nodes while it goes down; the innermost binding of a prefix is the last one.
class Builder {
 public:
  explicit Builder(pugi::xml_node element) {
    for (pugi::xml_node at = element.parent(); at.type() == pugi::node_element; at = at.parent())
      bind(at, 0);
  }

  Result<Node> build(pugi::xml_node element) {
    const std::size_t mark = bound_.size();
    bind(element, mark);
    auto out = inside(element);
    bound_.resize(mark);
    return out;
  }

 private:
  void bind(pugi::xml_node element, std::size_t at) {
    for (const pugi::xml_attribute attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      if (name != "xmlns" && !name.starts_with("xmlns:")) continue;
      bound_.insert(bound_.begin() + static_cast<std::ptrdiff_t>(at),
                    {name == "xmlns" ? std::string_view() : name.substr(6), attribute.value()});
    }
  }

  std::optional<std::string> space_of(std::string_view prefix) const {
    if (prefix == "xml") return std::string(kXml);
    const auto found = std::find_if(bound_.rbegin(), bound_.rend(),
                                    [prefix](const auto& each) { return each.first == prefix; });
    if (found == bound_.rend()) {
      if (prefix == "xsi") return std::string(kInstance);  // as the gate takes it
      return prefix.empty() ? std::optional<std::string>("") : std::nullopt;
    }
    if (found->second.empty() && !prefix.empty()) return std::nullopt;
    return std::string(found->second);
  }

  Result<Node> inside(pugi::xml_node element) {
    Node out;
    const auto space = space_of(prefix_of(element.name()));
    if (!space) return protocol_error("an XML prefix is not bound");
    out.name = {.space = *space, .local = std::string(local_of(element.name()))};
    if (!is_name(out.name.local)) return protocol_error("the name of an XML element is none");
    if (auto done = attributes(element, out); !done) return std::move(done).error();
    for (const pugi::xml_node child : element.children()) {
      if (child.type() != pugi::node_element) continue;
      auto below = build(child);
      if (!below) return below;
      out.children.push_back(*std::move(below));
    }
    out.text = text_of(element);
    if (!out.children.empty() && trimmed(out.text).empty()) out.text.clear();
    if (out.nil && trimmed(out.text).empty()) out.text.clear();
    if (out.nil && (!out.text.empty() || !out.children.empty()))
      return protocol_error("the element '" + out.name.local + "' is nil and has content");
    return out;
  }

  Result<void> attributes(pugi::xml_node element, Node& out) {
    for (const pugi::xml_attribute attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      const std::string_view prefix = prefix_of(name);
      if (name == "xmlns" || prefix == "xmlns") continue;
      const auto space = prefix.empty() ? std::optional<std::string>("") : space_of(prefix);
      if (!space) return protocol_error("an XML prefix is not bound");
      QName known{.space = *space, .local = std::string(local_of(name))};
      if (!is_name(known.local)) return protocol_error("the name of an XML attribute is none");
      const std::string_view value = trimmed(attribute.value());
      if (known.space == kInstance) {
        if (known.local == "nil") {
          if (value != "true" && value != "1" && value != "false" && value != "0")
            return protocol_error("xsi:nil is neither true nor false");
          out.nil = value == "true" || value == "1";
        } else if (known.local == "type") {
          const auto type_space = space_of(prefix_of(value));
          if (!type_space) return protocol_error("the prefix of an xsi:type is not bound");
          out.type = QName{.space = *type_space, .local = std::string(local_of(value))};
        }
        continue;
      }
      const bool twice = std::any_of(out.attributes.begin(), out.attributes.end(),
                                     [&](const auto& each) { return each.first == known; });
      if (twice) return protocol_error("an XML attribute occurs twice");
      out.attributes.emplace_back(std::move(known), attribute.value());
    }
    return {};
  }

  std::vector<std::pair<std::string_view, std::string_view>> bound_{};
};

class Printer {
 public:
  explicit Printer(const std::set<std::string>& without) : without_(without) {}

  bool print(const Node& node, bool root) {
    out_ += '<' + node.name.local;
    if (root) out_ += " xmlns:xsi=\"" + std::string(kInstance) + '"';
    if (node.nil) out_ += " xsi:nil=\"true\"";
    if (node.type) attribute("xsi:type", node.type->local);
    std::map<std::string, const QName*> seen;
    for (const auto& [name, value] : node.attributes) {
      if (without_.contains(name.space)) continue;
      const std::string written = name.space == kXml ? "xml:" + name.local : name.local;
      if (!tell_apart(seen, written, name)) return false;
      attribute(written, value);
    }
    out_ += '>';
    document::append_xml_text(out_, node.text);
    seen.clear();
    for (const Node& child : node.children) {
      if (without_.contains(child.name.space)) continue;
      if (!tell_apart(seen, child.name.local, child.name) || !print(child, false)) return false;
    }
    out_ += "</" + node.name.local + '>';
    return true;
  }

  std::string out_{};
  std::string clash_{};

 private:
  void attribute(std::string_view name, std::string_view value) {
    out_ += ' ' + std::string(name) + "=\"";
    document::append_xml_text(out_, value, document::XmlPlace::Attribute);
    out_ += '"';
  }
  bool tell_apart(std::map<std::string, const QName*>& seen, const std::string& written,
                  const QName& name) {
    const auto [known, fresh] = seen.emplace(written, &name);
    if (fresh || *known->second == name) return true;
    clash_ = "'" + to_string(*known->second) + "' and '" + to_string(name) + "'";
    return false;
  }
  const std::set<std::string>& without_;
};

}  // namespace

const Node* Node::find(std::string_view local) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [local](const Node& each) { return each.name.local == local; });
  return found == children.end() ? nullptr : &*found;
}

const Node* Node::find(const QName& child) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Node& each) { return each.name == child; });
  return found == children.end() ? nullptr : &*found;
}

std::string text_of(pugi::xml_node element) {
  std::string out;
  for (const pugi::xml_node child : element.children())
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  return out;
}

Result<Node> node_of(pugi::xml_node element) { return Builder(element).build(element); }

Result<document::Document> to_document(const Node& node, const std::set<std::string>& without) {
  Printer printer(without);
  if (!printer.print(node, true))
    return Error(ErrorCode::Unmappable,
                 "one element holds " + printer.clash_ + ", which local names do not tell apart");
  return document::Document::of(std::move(printer.out_), document::Format::Xml);
}

}  // namespace channelbridge::soap

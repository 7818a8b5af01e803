#include "computed_internal.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "channelbridge/document/document.hpp"
#include "local_name_internal.hpp"

namespace channelbridge::mapping {

namespace {

using document::Tree;
using TreeKind = Tree::Kind;

/// What jq's numbers carry without loss: 15 significant digits (jq 1.6 computes in binary).
constexpr std::size_t kDigits = 15;
constexpr int kMostExponent = 290;

/// The needed paths as one tree; a leaf wants all that stands there.
struct Want {
  std::string name{};
  std::string path{};
  std::vector<Want> members{};
};

Want wanted(const std::vector<document::Path>& needs) {
  Want root;
  for (const document::Path& path : needs) {
    Want* at = &root;
    for (const document::Step& step : path) {
      const auto known = std::find_if(at->members.begin(), at->members.end(),
                                      [&](const Want& each) { return each.name == step.name; });
      if (known != at->members.end()) {
        at = &*known;
        continue;
      }
      at->members.push_back(
          {.name = step.name, .path = at->path + (at->path.empty() ? "" : ".") + step.name});
      at = &at->members.back();
    }
  }
  return root;
}

bool is_exact_in_jq(std::string_view number) {
  const std::size_t e = number.find_first_of("eE");
  int exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view digits = number.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (failed != std::errc() || std::abs(exponent) > kMostExponent) return false;
  }
  std::string digits;
  for (const char c : number.substr(0, e)) {
    if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) digits += c;
  }
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits.size() <= kDigits && number.size() <= kMostExponent;
}

class Cutter {
 public:
  Cutter(const Computed& computed, bool xml) : computed_(computed), xml_(xml) {}

  void value(const Tree& tree, const Want& want) {
    switch (tree.kind) {
      case TreeKind::Array:
        return array(tree, want);
      case TreeKind::Object:
        return want.members.empty() ? whole(tree) : object(tree, want);
      case TreeKind::Text:
        // An element without members may say that there are none.
        if (!want.members.empty() && !(xml_ && tree.text.empty())) return no_object(want);
        return want.members.empty() ? string(tree.text) : void(out.json += "null");
      case TreeKind::Number:
        return want.members.empty() ? number(tree.text) : no_object(want);
      case TreeKind::Boolean:
        return want.members.empty() ? void(out.json += tree.text) : no_object(want);
      case TreeKind::Null:
        out.json += "null";
    }
  }

  Needed out{};

 private:
  void string(std::string_view text) { document::append_json_string(out.json, text); }

  void number(const std::string& text) {
    if (computed_.numbers_as_text) return string(text);
    if (!is_exact_in_jq(text) && out.refused.empty())
      out.refused = "jq computes with " + std::to_string(kDigits) + " digits only, and " + text +
                    " has more: say 'numbers: text'";
    out.json += text;
  }

  void no_object(const Want& want) {
    if (out.refused.empty())
      out.refused = want.path + " is one value, and the program needs what is inside it";
    out.json += "null";
  }

  void array(const Tree& tree, const Want& want) {
    out.json += '[';
    for (const Tree& each : tree.children) {
      if (&each != &tree.children.front()) out.json += ',';
      value(each, want);
    }
    out.json += ']';
  }

  void object(const Tree& tree, const Want& want) {
    const auto named = [&](std::string_view name) {
      return std::any_of(want.members.begin(), want.members.end(),
                         [&](const Want& each) { return each.name == name; });
    };
    if (!xml_) {
      for (const char* wrapper : {"results", "records"}) {
        const Tree* inside = tree.find(wrapper);
        if (inside != nullptr && !named(wrapper)) return value(*inside, want);
      }
      if (tree.find("__deferred") != nullptr) {
        out.absent.push_back(want.path);
        out.json += "null";
        return;
      }
    }
    out.json += '{';
    for (const Want& each : want.members) {
      if (&each != &want.members.front()) out.json += ',';
      string(each.name);
      out.json += ':';
      member(tree, each);
    }
    // An element with attributes and a text of its own.
    if (!tree.text.empty()) {
      out.json += ",\"#text\":";
      string(tree.text);
    }
    out.json += '}';
  }

  void member(const Tree& tree, const Want& want) {
    std::vector<const Tree*> found;
    for (const Tree& child : tree.children) {
      if ((xml_ ? local_name(child.name) : std::string_view(child.name)) == want.name)
        found.push_back(&child);
    }
    if (found.empty()) {
      out.absent.push_back(want.path);
      out.json += "null";
      return;
    }
    if (found.size() == 1) return value(*found.front(), want);
    out.json += '[';
    for (const Tree* each : found) {
      if (each != found.front()) out.json += ',';
      value(*each, want);
    }
    out.json += ']';
  }

  /// All of an object that is needed as it stands.
  void whole(const Tree& tree) {
    if (xml_ && !tree.text.empty()) return string(tree.text);
    out.json += '{';
    std::vector<std::string_view> seen;
    for (const Tree& child : tree.children) {
      const std::string_view name = xml_ ? local_name(child.name) : std::string_view(child.name);
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
      if (!seen.empty()) out.json += ',';
      seen.push_back(name);
      string(name);
      out.json += ':';
      member(tree, {.name = std::string(name)});
    }
    out.json += '}';
  }

  const Computed& computed_;
  const bool xml_;
};

}  // namespace

Needed needed_of(const Computed& computed, const document::Tree& document, bool xml) {
  Cutter cutter(computed, xml);
  cutter.value(document, wanted(computed.needs));
  // One answer for each path, however many elements lack it.
  auto& absent = cutter.out.absent;
  std::sort(absent.begin(), absent.end());
  absent.erase(std::unique(absent.begin(), absent.end()), absent.end());
  return std::move(cutter.out);
}

}  // namespace channelbridge::mapping

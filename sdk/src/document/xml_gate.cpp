#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "xml_internal.hpp"

namespace channelbridge::document {

namespace {

/// What pugixml lets pass and XML 1.0 does not: looked for in the text itself, before anything is
/// built, so that depth and counts are bounded first.
class XmlScan {
 public:
  XmlScan(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  /// The reason for refusing, or nullptr.
  const char* run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size() && reason_ == nullptr) {
      if (text_[at_] == '<') {
        markup();
      } else {
        content();
      }
    }
    if (reason_ == nullptr && depth_ != 0) reason_ = "the XML text ends too early";
    if (reason_ == nullptr && roots_ != 1) reason_ = "the XML text has not exactly one root";
    return reason_;
  }

 private:
  void fail(const char* reason) {
    if (reason_ == nullptr) reason_ = reason;
  }
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }
  void pass(std::string_view open, std::string_view close) {
    const std::size_t end = text_.find(close, at_ + open.size());
    if (end == std::string_view::npos) return fail("the XML text ends too early");
    for (std::size_t i = at_; i < end; ++i) allowed(text_[i]);
    at_ = end + close.size();
  }
  void allowed(char c) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') {
      fail("the XML text holds a control character");
    }
  }

  void markup() {
    if (starts("<!--")) return pass("<!--", "-->");
    if (starts("<![CDATA[")) {
      if (depth_ == 0) return fail("text outside the root of the XML text");
      return pass("<![CDATA[", "]]>");
    }
    if (starts("<!")) return fail("a document type declaration is not allowed");
    if (starts("<?")) return pass("<?", "?>");
    if (starts("</")) {
      if (depth_ == 0) return fail("an XML end tag without its start");
      --depth_;
      return pass("</", ">");
    }
    start_tag();
  }

  void start_tag() {
    if (depth_ == 0 && ++roots_ > 1) return fail("the XML text has not exactly one root");
    if (++elements_ > limits_.max_elements) return fail("the XML text holds too many elements");
    ++at_;
    bool closed = false;
    while (at_ < text_.size() && reason_ == nullptr) {
      const char c = text_[at_];
      if (c == '>') {
        closed = true;
        break;
      }
      if (c == '<') return fail("'<' inside an XML tag");
      if (c == '"' || c == '\'') {
        attribute_value(c);
      } else {
        allowed(c);
        ++at_;
      }
    }
    if (!closed) return fail("the XML text ends too early");
    if (text_[at_ - 1] != '/' && ++depth_ > limits_.max_depth)
      return fail("the XML text is nested too deeply");
    ++at_;
  }

  void attribute_value(char quote) {
    if (++elements_ > limits_.max_elements) return fail("the XML text holds too many attributes");
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote && reason_ == nullptr) {
      if (text_[at_] == '<') return fail("'<' inside an XML attribute");
      character();
    }
    if (at_ >= text_.size()) return fail("the XML text ends too early");
    ++at_;
  }

  void content() {
    const char c = text_[at_];
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (depth_ == 0 && !blank) {
      return fail(roots_ == 0 ? "the text is not XML" : "text outside the root of the XML text");
    }
    character();
  }

  void character() {
    allowed(text_[at_]);
    if (text_[at_] == '&') return reference();
    ++at_;
  }

  void reference() {
    const std::size_t end = text_.find(';', at_);
    if (end == std::string_view::npos || end - at_ > 12)
      return fail("'&' without a reference in the XML text");
    const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
    const bool known =
        name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
    if (!known && !character_reference(name)) return fail("an unknown reference in the XML text");
    at_ = end + 1;
  }

  /// Source: XML 1.0, section 2.2, production Char.
  static bool character_reference(std::string_view name) {
    if (name.size() < 2 || name.front() != '#') return false;
    const bool hex = name[1] == 'x';
    const std::string_view digits = name.substr(hex ? 2 : 1);
    unsigned long code = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (error != std::errc{} || end != digits.data() + digits.size()) return false;
    return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t at_{};
  std::size_t depth_{};
  std::size_t elements_{};
  std::size_t roots_{};
  const char* reason_{};
};

bool utf8_declared(const pugi::xml_document& document) {
  for (const pugi::xml_node node : document.children()) {
    if (node.type() != pugi::node_declaration) continue;
    std::string encoding = node.attribute("encoding").value();
    std::transform(encoding.begin(), encoding.end(), encoding.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (!encoding.empty() && encoding != "utf-8" && encoding != "us-ascii") return false;
  }
  return true;
}

std::string_view prefix_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

/// Names of one tree: prefixes bound, attributes not twice. Depth is bounded already, so recursion
/// is safe.
class Names {
 public:
  const char* check(pugi::xml_node element) {
    const std::size_t mark = bound_.size();
    for (const pugi::xml_attribute attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      if (name.starts_with("xmlns:")) bound_.push_back(name.substr(6));
    }
    if (const char* reason = attributes(element)) return reason;
    if (!is_bound(prefix_of(element.name()))) return "an XML prefix is not bound";
    for (const pugi::xml_node child : element.children()) {
      if (child.type() != pugi::node_element) continue;
      if (const char* reason = check(child)) return reason;
    }
    bound_.resize(mark);
    return nullptr;
  }

 private:
  const char* attributes(pugi::xml_node element) {
    std::vector<std::string_view> names;
    for (const pugi::xml_attribute attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      const std::string_view prefix = prefix_of(name);
      if (prefix != "xmlns" && !is_bound(prefix)) return "an XML prefix is not bound";
      names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end())
      return "an XML attribute occurs twice";
    return nullptr;
  }
  /// "xsi" needs no declaration: servers of npm's `soap` write xsi:nil without one, and nobody
  /// means anything else by it.
  bool is_bound(std::string_view prefix) const {
    return prefix.empty() || prefix == "xml" || prefix == "xsi" ||
           std::find(bound_.begin(), bound_.end(), prefix) != bound_.end();
  }
  std::vector<std::string_view> bound_{};
};

}  // namespace

Result<void> parse_xml(std::string_view text, const Limits& limits, pugi::xml_document& out) {
  if (text.size() > limits.max_bytes) {
    return Error(ErrorCode::Protocol,
                 "the XML text has " + std::to_string(text.size()) + " bytes, more than the limit");
  }
  if (!simdjson::validate_utf8(text.data(), text.size()))
    return Error(ErrorCode::Protocol, "the XML text is not valid UTF-8");
  if (const char* reason = XmlScan(text, limits).run()) return Error(ErrorCode::Protocol, reason);
  constexpr unsigned kOptions =
      pugi::parse_default | pugi::parse_declaration | pugi::parse_ws_pcdata_single;
  const pugi::xml_parse_result parsed =
      out.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (!parsed) {
    return Error(ErrorCode::Protocol, std::string("the text is not XML: ") + parsed.description() +
                                          " (byte " + std::to_string(parsed.offset) + ")");
  }
  if (!utf8_declared(out))
    return Error(ErrorCode::Protocol, "the XML text declares another encoding than UTF-8");
  if (const char* reason = Names().check(out.document_element()))
    return Error(ErrorCode::Protocol, reason);
  return {};
}

Result<void> check_xml(std::string_view text, const Limits& limits) {
  pugi::xml_document document;
  return parse_xml(text, limits, document);
}

}  // namespace channelbridge::document

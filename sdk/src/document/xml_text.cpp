#include "channelbridge/document/xml_text.hpp"

namespace channelbridge::document {
namespace {

/// The form of a character that does not stand for itself; "" = it does.
std::string_view reference_for(char c, XmlPlace place) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";  // "]]>" may not stand in content
    case '"':
      return "&quot;";
    case '\r':
      return "&#13;";
    case '\n':
      return place == XmlPlace::Attribute ? "&#10;" : "";
    case '\t':
      return place == XmlPlace::Attribute ? "&#9;" : "";
    default:
      return "";
  }
}

}  // namespace

bool fits_xml(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return false;
    const std::string_view three = text.substr(i, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") return false;
  }
  return true;
}

void append_xml_text(std::string& out, std::string_view text, XmlPlace place) {
  for (const char c : text) {
    const std::string_view reference = reference_for(c, place);
    if (reference.empty())
      out += c;
    else
      out += reference;
  }
}

}  // namespace channelbridge::document

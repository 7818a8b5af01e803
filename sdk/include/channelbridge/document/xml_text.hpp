#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace channelbridge::document {

/// Where a text stands in an XML document.
enum class XmlPlace : std::uint8_t { Content, Attribute };

/// Can XML 1.0 hold this text? Control characters other than tab, line feed and carriage return
/// have no form there, not even an escaped one; nor have U+FFFE and U+FFFF.
/// `text` is UTF-8. Source: XML 1.0, section 2.2, production Char.
bool fits_xml(std::string_view text);

/// Appends a text so that a reader gets it back byte for byte: markup escaped; a carriage return as
/// "&#13;", which would be read as a line feed otherwise; in an attribute (between double quotes)
/// line feed and tab as references, too, which would be read as blanks.
/// `text` fits_xml(). Source: XML 1.0, sections 2.4, 2.11 and 3.3.3.
void append_xml_text(std::string& out, std::string_view text, XmlPlace place = XmlPlace::Content);

}  // namespace channelbridge::document

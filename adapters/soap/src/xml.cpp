#include <algorithm>

#include "xml_internal.hpp"

namespace channelbridge::soap {

std::string to_string(const QName& name) {
  return name.space.empty() ? name.local : '{' + name.space + '}' + name.local;
}

QName parse_qname(std::string_view text) {
  const std::size_t end = text.starts_with('{') ? text.find('}') : std::string_view::npos;
  if (end == std::string_view::npos) return {.local = std::string(text)};
  return {.space = std::string(text.substr(1, end - 1)),
          .local = std::string(text.substr(end + 1))};
}

std::string_view envelope_namespace(Version version) {
  return version == Version::Soap11 ? kEnvelope11 : kEnvelope12;
}

Result<void> parse_checked(std::string_view text, const document::Limits& limits,
                           pugi::xml_document& out) {
  if (auto gate = document::check_xml(text, limits); !gate) return gate;
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata;
  if (!out.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8))
    return Error(ErrorCode::Protocol, "the text is not XML");
  return {};
}

std::string_view prefix_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

std::string_view local_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::vector<std::string_view> out;
  std::size_t at = text.find_first_not_of(kBlank);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return out;
}

std::optional<std::string> space_at(pugi::xml_node node, std::string_view prefix) {
  if (prefix == "xml") return std::string(kXml);
  const std::string wanted = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
  for (; node.type() == pugi::node_element; node = node.parent()) {
    if (const pugi::xml_attribute found = node.attribute(wanted.c_str())) {
      const std::string space = found.value();
      if (space.empty() && !prefix.empty()) return std::nullopt;  // Namespaces in XML 1.0, 5
      return space;
    }
  }
  if (prefix.empty()) return std::string();
  return std::nullopt;
}

QName name_of(pugi::xml_node node) {
  return {.space = space_at(node, prefix_of(node.name())).value_or(std::string()),
          .local = std::string(local_of(node.name()))};
}

std::optional<QName> resolve(pugi::xml_node node, std::string_view text) {
  text = trimmed(text);
  auto space = space_at(node, prefix_of(text));
  if (!space) return std::nullopt;
  return QName{.space = *std::move(space), .local = std::string(local_of(text))};
}

bool is(pugi::xml_node node, std::string_view space, std::string_view local) {
  return local_of(node.name()) == local && space_at(node, prefix_of(node.name())) == space;
}

std::vector<pugi::xml_node> elements_of(pugi::xml_node node) {
  std::vector<pugi::xml_node> out;
  for (const pugi::xml_node child : node.children())
    if (child.type() == pugi::node_element) out.push_back(child);
  return out;
}

pugi::xml_node child_of(pugi::xml_node node, std::string_view space, std::string_view local) {
  for (const pugi::xml_node each : elements_of(node))
    if (is(each, space, local)) return each;
  return {};
}

Error protocol_error(std::string message) { return Error(ErrorCode::Protocol, std::move(message)); }

int SourceFile::line_of(pugi::xml_node node) const {
  const auto offset = node.offset_debug();
  if (offset < 0) return 0;
  const auto after = std::upper_bound(lines.begin(), lines.end(), static_cast<std::size_t>(offset));
  return static_cast<int>(after - lines.begin());
}

}  // namespace channelbridge::soap

#include "channelbridge/soap/reply.hpp"

#include <algorithm>

#include "channelbridge/core/shown.hpp"
#include "multipart_internal.hpp"
#include "reply_internal.hpp"
#include "xml_internal.hpp"

namespace channelbridge::soap {
namespace {

constexpr std::string_view kNext11 = "http://schemas.xmlsoap.org/soap/actor/next";
constexpr std::string_view kRoles12 = "http://www.w3.org/2003/05/soap-envelope/role/";
constexpr std::string_view kInclude = "http://www.w3.org/2004/08/xop/include";

std::string attribute(const Node& node, std::string_view space, std::string_view local) {
  for (const auto& [name, value] : node.attributes)
    if (name.space == space && name.local == local) return std::string(trimmed(value));
  return {};
}

/// Is a header block meant for who receives the message last?
bool is_for_us(const Node& header, Version version) {
  if (version == Version::Soap11) {
    const std::string actor = attribute(header, kEnvelope11, "actor");
    return actor.empty() || actor == kNext11;
  }
  const std::string role = attribute(header, kEnvelope12, "role");
  return role.empty() || role == std::string(kRoles12) + "next" ||
         role == std::string(kRoles12) + "ultimateReceiver";
}

Result<void> check_understood(const Node& header, Version version, const ReadOptions& options) {
  const std::string must = attribute(header, envelope_namespace(version), "mustUnderstand");
  if (must.empty() || must == "0" || must == "false") return {};
  if (must != "1" && must != "true")
    return protocol_error("mustUnderstand is neither true nor false");
  if (!is_for_us(header, version) || header.name.space == kAddressing ||
      options.understood.contains(header.name))
    return {};
  return protocol_error("the header '" + shown(to_string(header.name), 200) +
                        "' must be understood, and is not known here");
}

Result<void> read_headers(pugi::xml_node element, const ReadOptions& options, Reply& out) {
  for (const pugi::xml_node each : elements_of(element)) {
    auto header = node_of(each);
    if (!header) return std::move(header).error();
    if (auto known = check_understood(*header, out.version, options); !known) return known;
    if (header->name.space == kAddressing) {
      const std::string text(trimmed(header->text));
      if (header->name.local == "MessageID") out.message_id = text;
      if (header->name.local == "Action") out.action = text;
      // Of several relationships the one without a type of its own is the answer's (3.2).
      const std::string kind = attribute(*header, "", "RelationshipType");
      if (header->name.local == "RelatesTo" &&
          (kind.empty() || kind == std::string(kAddressing) + "/reply"))
        out.relates_to = text;
    }
    out.headers.push_back(*std::move(header));
  }
  return {};
}

bool holds_include(const Node& node) {
  return (node.name.space == kInclude && node.name.local == "Include") ||
         std::any_of(node.children.begin(), node.children.end(), holds_include);
}

Result<void> read_body(pugi::xml_node body, const ReadOptions& options, Reply& out) {
  if (!trimmed(text_of(body)).empty())
    return protocol_error("the Body of the message holds a text");
  const std::vector<pugi::xml_node> inside = elements_of(body);
  if (inside.empty()) return {};
  if (inside.size() > 1)
    return Error(ErrorCode::Unsupported, "the Body of the message holds several elements");
  if (is(inside.front(), envelope_namespace(out.version), "Fault")) {
    auto fault = fault_of(inside.front(), out.version, options.language);
    if (!fault) return std::move(fault).error();
    out.fault = *std::move(fault);
    return {};
  }
  auto node = node_of(inside.front());
  if (!node) return std::move(node).error();
  if (holds_include(*node))
    return Error(ErrorCode::Unsupported,
                 "the message refers to attachments (xop:Include), which are not supported");
  out.payload = *std::move(node);
  return {};
}

}  // namespace

Result<Reply> read_envelope(std::string_view bytes, std::string_view content_type,
                            const ReadOptions& options) {
  const auto text = envelope_in(bytes, content_type);
  if (!text) return text.error();
  pugi::xml_document document;
  if (auto parsed = parse_checked(*text, options.limits, document); !parsed)
    return std::move(parsed).error();
  const pugi::xml_node root = document.document_element();
  Reply out;
  if (is(root, kEnvelope12, "Envelope"))
    out.version = Version::Soap12;
  else if (local_of(root.name()) != "Envelope")
    return protocol_error("the answer is no SOAP envelope but '" +
                          shown(to_string(name_of(root)), 200) + "'");
  else if (!is(root, kEnvelope11, "Envelope"))
    return protocol_error("the envelope is neither of SOAP 1.1 nor of 1.2 but of '" +
                          shown(name_of(root).space, 200) + "'");
  const std::string_view space = envelope_namespace(out.version);
  pugi::xml_node body;
  bool header = false;
  for (const pugi::xml_node part : elements_of(root)) {
    if (is(part, space, "Header") && !header && !body) {
      header = true;
      if (auto done = read_headers(part, options, out); !done) return std::move(done).error();
    } else if (is(part, space, "Body") && !body) {
      body = part;
    } else if (out.version == Version::Soap12 || !body || is(part, space, "Body") ||
               is(part, space, "Header")) {
      return protocol_error("the envelope holds '" + shown(to_string(name_of(part)), 200) +
                            "' where it may not stand");
    }
  }
  if (!body) return protocol_error("the envelope has no Body");
  if (auto done = read_body(body, options, out); !done) return std::move(done).error();
  return out;
}

Result<Node> payload_of(Reply reply, const QName& expected, int http_status,
                        std::span<const FaultRule> rules) {
  if (reply.fault) return to_error(*reply.fault, http_status, rules);
  if (!reply.payload)
    return protocol_error("the Body of the answer is empty, '" + to_string(expected) +
                          "' was expected")
        .with_http_status(http_status)
        .with_sent(Sent::Answered);
  if (reply.payload->name != expected)
    return protocol_error("the answer is '" + shown(to_string(reply.payload->name), 200) + "', '" +
                          to_string(expected) + "' was expected")
        .with_http_status(http_status)
        .with_sent(Sent::Answered);
  return *std::move(reply.payload);
}

}  // namespace channelbridge::soap

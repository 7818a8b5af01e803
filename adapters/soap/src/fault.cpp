#include <algorithm>
#include <charconv>

#include "reply_internal.hpp"
#include "xml_internal.hpp"

namespace channelbridge::soap {
namespace {

/// With 1.1 a fault's parts are in no namespace; some services put them in the envelope's.
pugi::xml_node part11(pugi::xml_node fault, std::string_view local) {
  for (const pugi::xml_node each : elements_of(fault)) {
    const auto space = space_at(each, prefix_of(each.name()));
    if (local_of(each.name()) == local &&
        (space == std::string() || space == kEnvelope11 || space == kEnvelope12))
      return each;
  }
  return {};
}

/// A code's name; one whose prefix nothing binds keeps its local name.
QName code_of(pugi::xml_node node) {
  const std::string text = text_of(node);
  if (auto name = resolve(node, text)) return *std::move(name);
  return {.local = std::string(local_of(trimmed(text)))};
}

void tell(const Node& node, std::string& out) {
  const std::string_view text = trimmed(node.text);
  if (!text.empty()) {
    if (!out.empty()) out += "; ";
    out += node.name.local + ": " + std::string(text);
  }
  for (const Node& below : node.children) tell(below, out);
}

Result<void> read_details(pugi::xml_node detail, Fault& out) {
  for (const pugi::xml_node entry : elements_of(detail)) {
    auto node = node_of(entry);
    if (!node) return std::move(node).error();
    tell(*node, out.detail);
    out.details.push_back(*std::move(node));
  }
  if (out.details.empty()) out.detail = trimmed(text_of(detail));
  return {};
}

std::string_view primary(std::string_view language) {
  return language.substr(0, language.find('-'));
}

std::string same_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string choose(const std::vector<std::pair<std::string, std::string>>& reasons,
                   const std::string& language) {
  const std::string wanted = same_case(language);
  for (const auto& [said, text] : reasons)
    if (same_case(said) == wanted) return text;
  for (const auto& [said, text] : reasons)
    if (primary(same_case(said)) == primary(wanted)) return text;
  return reasons.empty() ? std::string() : reasons.front().second;
}

/// The shape of 1.1: faultcode, faultstring, faultactor, detail.
Result<Fault> plain_fault(pugi::xml_node fault) {
  Fault out;
  out.code = code_of(part11(fault, "faultcode"));
  // "Client.Authentication": what follows the dot says more (4.4.1).
  if (out.code.space == kEnvelope11 || out.code.space.empty()) {
    std::string_view rest = out.code.local;
    std::vector<std::string> words;
    for (std::size_t dot = rest.find('.'); !rest.empty(); dot = rest.find('.')) {
      words.emplace_back(rest.substr(0, dot));
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    for (std::size_t i = 1; i < words.size(); ++i)
      out.subcodes.push_back({.space = out.code.space, .local = words[i]});
    if (!words.empty()) out.code.local = words.front();
  }
  const pugi::xml_node words = part11(fault, "faultstring");
  out.reason = trimmed(text_of(words));
  if (words) out.reasons.emplace_back(words.attribute("xml:lang").value(), out.reason);
  out.role = trimmed(text_of(part11(fault, "faultactor")));
  if (auto done = read_details(part11(fault, "detail"), out); !done) return std::move(done).error();
  return out;
}

/// The shape of 1.2, whose parts are in the envelope's namespace: Code, Reason, Node, Role, Detail.
Result<Fault> nested_fault(pugi::xml_node fault, std::string_view space,
                           const std::string& language) {
  Fault out;
  const pugi::xml_node code = child_of(fault, space, "Code");
  out.code = code_of(child_of(code, space, "Value"));
  for (pugi::xml_node at = child_of(code, space, "Subcode"); at;
       at = child_of(at, space, "Subcode"))
    out.subcodes.push_back(code_of(child_of(at, space, "Value")));
  for (const pugi::xml_node text : elements_of(child_of(fault, space, "Reason"))) {
    if (!is(text, space, "Text")) continue;
    out.reasons.emplace_back(text.attribute("xml:lang").value(), trimmed(text_of(text)));
  }
  out.reason = choose(out.reasons, language);
  out.node = trimmed(text_of(child_of(fault, space, "Node")));
  out.role = trimmed(text_of(child_of(fault, space, "Role")));
  if (auto done = read_details(child_of(fault, space, "Detail"), out); !done)
    return std::move(done).error();
  return out;
}

ErrorCode meaning_of(const Fault& fault) {
  std::vector<QName> codes = fault.subcodes;
  codes.push_back(fault.code);
  for (const QName& code : codes) {
    if (code.space == kSecurityUtility) return ErrorCode::Unauthenticated;
    if (code.space == kSecurity)
      return code.local == "UnsupportedSecurityToken" || code.local == "UnsupportedAlgorithm"
                 ? ErrorCode::Unsupported
                 : ErrorCode::Unauthenticated;
    if (code.space == kAddressing)
      return code.local == "EndpointUnavailable" || code.local == "DestinationUnreachable"
                 ? ErrorCode::Unavailable
                 : ErrorCode::Unsupported;
  }
  const std::string& code = fault.code.local;
  if (!fault.code.space.empty() && fault.code.space != kEnvelope11 &&
      fault.code.space != kEnvelope12)
    return ErrorCode::Rejected;
  if (code == "VersionMismatch" || code == "MustUnderstand" || code == "DataEncodingUnknown")
    return ErrorCode::Unsupported;
  if (code == "Server" || code == "Receiver") return ErrorCode::Unavailable;
  if (!fault.subcodes.empty() && code == "Client" &&
      fault.subcodes.front().local == "Authentication")
    return ErrorCode::Unauthenticated;
  return ErrorCode::Rejected;
}

bool fits(const FaultRule& rule, const Fault& fault, const std::string& words) {
  const auto same = [&](const QName& code) { return code.local == rule.code; };
  if (!rule.code.empty() && !same(fault.code) &&
      std::none_of(fault.subcodes.begin(), fault.subcodes.end(), same))
    return false;
  return words.find(rule.words) != std::string::npos;
}

std::optional<std::chrono::milliseconds> retry_after(const Fault& fault) {
  constexpr long long kLongest = 24LL * 3600 * 1000;
  for (const Node& detail : fault.details) {
    const QName wanted{std::string(kAddressing), "RetryAfter"};
    const Node* said = detail.name == wanted ? &detail : detail.find(wanted);
    if (said == nullptr) continue;
    const std::string_view text = trimmed(said->text);
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= 0)
      return std::chrono::milliseconds(std::min(value, kLongest));
  }
  return std::nullopt;
}

}  // namespace

Result<Fault> fault_of(pugi::xml_node element, Version version, const std::string& language) {
  // Some servers write the parts of one version into the envelope of the other (npm's `soap` those
  // of 1.2 into 1.1): what is there tells, not the envelope.
  const std::string_view space = envelope_namespace(version);
  const bool nested = static_cast<bool>(child_of(element, space, "Code"));
  const bool plain = static_cast<bool>(part11(element, "faultcode"));
  return nested || (version == Version::Soap12 && !plain) ? nested_fault(element, space, language)
                                                          : plain_fault(element);
}

Error to_error(const Fault& fault, int http_status, std::span<const FaultRule> rules) {
  std::string words = fault.reason;
  if (!fault.detail.empty())
    words += (words.empty() ? "" : " (") + fault.detail + (words.empty() ? "" : ")");
  const std::string lower = same_case(words);
  ErrorCode code = meaning_of(fault);
  for (const FaultRule& rule : rules) {
    if (!fits(rule, fault, lower)) continue;
    code = rule.meaning;
    break;
  }
  const QName& inner = fault.subcodes.empty() ? fault.code : fault.subcodes.back();
  Error out = Error(code, "the service answered with a SOAP fault")
                  .with_remote(inner.local, words)
                  .with_sent(Sent::Answered);
  if (http_status != 0) out = out.with_http_status(http_status);
  if (const auto wait = retry_after(fault)) out = out.with_retry_after(*wait);
  return out;
}

}  // namespace channelbridge::soap

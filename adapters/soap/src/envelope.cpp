#include "channelbridge/soap/envelope.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "channelbridge/document/xml_text.hpp"
#include "channelbridge/http/encoding.hpp"
#include "element_writer_internal.hpp"

namespace channelbridge::soap {
namespace {

using document::append_xml_text;

constexpr std::string_view kAnonymous = "http://www.w3.org/2005/08/addressing/anonymous";
constexpr std::string_view kUsernameProfile =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#";
constexpr std::string_view kBase64Kind =
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// An IRI goes into headers and quoted strings: nothing in it may end them.
bool is_iri(std::string_view text) {
  return text.find(':') != std::string_view::npos &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F ||
                  std::string_view("\"<>\\").find(c) != std::string_view::npos;
         });
}

/// SOAPAction is quoted text: what would end or break the header is refused.
bool is_quotable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F ||
           c == '"' || c == '\\';
  });
}

Error invalid(std::string message) { return Error(ErrorCode::Invalid, std::move(message)); }

std::string must_understand(Version version) {
  return std::string(" soap:mustUnderstand=\"") + (version == Version::Soap11 ? "1" : "true") + '"';
}

void block(std::string& out, std::string_view name, std::string_view text) {
  out += "<wsa:" + std::string(name) + '>';
  append_xml_text(out, text);
  out += "</wsa:" + std::string(name) + '>';
}

Result<std::string> addressing(const Addressing& says, const Clock& clock, Random& random,
                               std::string& out) {
  const std::string id =
      says.message_id.empty() ? "urn:uuid:" + make_uuid7(clock.now(), random) : says.message_id;
  if (!is_iri(id)) return invalid("the WS-Addressing message id is no absolute IRI");
  if (!is_iri(says.action)) return invalid("the WS-Addressing action is no absolute IRI");
  if (!says.to.empty() && !is_iri(says.to))
    return invalid("the WS-Addressing address is no absolute IRI");
  if (!says.relates_to.empty() && !is_iri(says.relates_to))
    return invalid("the WS-Addressing id of the related message is no absolute IRI");
  block(out, "MessageID", id);
  block(out, "Action", says.action);
  if (!says.to.empty()) block(out, "To", says.to);
  if (!says.relates_to.empty()) block(out, "RelatesTo", says.relates_to);
  if (says.reply_to) {
    out += "<wsa:ReplyTo>";
    block(out, "Address", kAnonymous);
    out += "</wsa:ReplyTo>";
  }
  return id;
}

std::string random_bytes(Random& random, std::size_t count) {
  std::string out;
  while (out.size() < count) {
    std::uint64_t bits = random.next();
    for (int i = 0; i < 8 && out.size() < count; ++i, bits >>= 8U)
      out += static_cast<char>(static_cast<unsigned char>(bits & 0xFFU));
  }
  return out;
}

Result<std::string> digest(std::string_view nonce, std::string_view created,
                           const Secret& password) {
  std::array<unsigned char, 20> bytes{};
  unsigned size = 0;
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  bool done = context && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1;
  for (const std::string_view part : {nonce, created, std::string_view(password.reveal())})
    done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  if (!done || EVP_DigestFinal_ex(context.get(), bytes.data(), &size) != 1)
    return Error(ErrorCode::Internal, "OpenSSL offers no SHA-1, which a PasswordDigest is made of");
  return http::base64(std::string(bytes.begin(), bytes.end()));
}

Result<void> username(const UsernameToken& token, Version version, const Clock& clock,
                      Random& random, std::string& out) {
  if (token.user.empty() || !document::fits_xml(token.user))
    return invalid("the user of a UsernameToken is empty or cannot stand in XML");
  if (!document::fits_xml(token.password.reveal()))
    return invalid("the password of a UsernameToken cannot stand in XML");
  out += "<wsse:Security xmlns:wsse=\"" + std::string(kSecurity) + "\" xmlns:wsu=\"" +
         std::string(kSecurityUtility) + '"';
  if (token.must_understand) out += must_understand(version);
  out += "><wsse:UsernameToken><wsse:Username>";
  append_xml_text(out, token.user);
  out += "</wsse:Username><wsse:Password Type=\"" + std::string(kUsernameProfile);
  if (token.kind == UsernameToken::Password::Text) {
    out += "PasswordText\">";
    append_xml_text(out, token.password.reveal());
    out += "</wsse:Password>";
  } else {
    constexpr std::size_t kNonce = 16;
    const std::string nonce = random_bytes(random, kNonce);
    // Whole seconds: some services cannot read six digits behind them.
    const std::string created =
        to_iso8601(Timestamp(std::chrono::floor<std::chrono::seconds>(clock.now())));
    auto proof = digest(nonce, created, token.password);
    if (!proof) return std::move(proof).error();
    out += "PasswordDigest\">" + *proof + "</wsse:Password><wsse:Nonce EncodingType=\"" +
           std::string(kBase64Kind) + "\">" + http::base64(nonce) + "</wsse:Nonce><wsu:Created>" +
           created + "</wsu:Created>";
  }
  out += "</wsse:UsernameToken></wsse:Security>";
  return {};
}

Error misfit(std::vector<Problem> problems, std::string_view what) {
  std::string words = "the " + std::string(what) +
                      " does not fit the service's schema: " + to_string(problems.front());
  return Error(ErrorCode::Rejected, std::move(words)).with_problems(std::move(problems));
}

std::string content_type(const Envelope& envelope) {
  if (envelope.version == Version::Soap11) return "text/xml; charset=utf-8";
  std::string out = "application/soap+xml; charset=utf-8";
  if (!envelope.soap_action.empty()) out += "; action=\"" + envelope.soap_action + '"';
  return out;
}

}  // namespace

Result<std::string> write_element(const Schema& schema, const Element& element,
                                  const document::Tree& tree, Empty empty) {
  std::vector<Problem> problems;
  std::string out =
      ElementWriter(schema, empty, true, problems).write(element, tree, element.name.local);
  if (!problems.empty()) return misfit(std::move(problems), "element");
  return out;
}

Result<Written> write_envelope(const Schema& schema, const Envelope& envelope, const Clock& clock,
                               Random& random) {
  if (!is_quotable(envelope.soap_action))
    return invalid("the SOAP action has characters that a header cannot carry");
  Written out{.content_type = content_type(envelope)};
  if (envelope.version == Version::Soap11) out.soap_action = '"' + envelope.soap_action + '"';

  std::vector<Problem> problems;
  std::string header;
  if (envelope.addressing) {
    auto id = addressing(*envelope.addressing, clock, random, header);
    if (!id) return std::move(id).error();
    out.message_id = *std::move(id);
  }
  if (envelope.username) {
    if (auto done = username(*envelope.username, envelope.version, clock, random, header); !done)
      return std::move(done).error();
  }
  for (const HeaderBlock& each : envelope.headers) {
    ElementWriter writer(schema, envelope.empty, false, problems);
    header += writer.write(*each.element, each.tree, "Header/" + each.element->name.local,
                           each.must_understand ? must_understand(envelope.version) : "");
  }
  std::string body;
  if (envelope.root != nullptr) {
    ElementWriter writer(schema, envelope.empty, true, problems);
    body = writer.write(*envelope.root, envelope.body, "Body/" + envelope.root->name.local);
  }
  if (!problems.empty()) return misfit(std::move(problems), "message");

  out.bytes = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"" +
              std::string(envelope_namespace(envelope.version)) + '"';
  if (envelope.addressing) out.bytes += " xmlns:wsa=\"" + std::string(kAddressing) + '"';
  out.bytes += '>';
  if (!header.empty()) out.bytes += "<soap:Header>" + header + "</soap:Header>";
  out.bytes += "<soap:Body>" + body + "</soap:Body></soap:Envelope>";
  return out;
}

}  // namespace channelbridge::soap

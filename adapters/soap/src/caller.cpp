#include "caller_internal.hpp"

#include <algorithm>
#include <utility>

#include "channelbridge/core/sha256.hpp"
#include "channelbridge/core/shown.hpp"
#include "channelbridge/http/encoding.hpp"

namespace channelbridge::soap {
namespace {

constexpr std::size_t kMostWords = 1'000;

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Path and query of an address: "/sap/bc/srt".
std::string target_of(const std::string& address) {
  const std::size_t scheme = address.find("://");
  const std::size_t slash =
      address.find('/', scheme == std::string::npos ? std::size_t{0} : scheme + 3);
  return slash == std::string::npos ? std::string("/") : address.substr(slash);
}

/// A status that says by itself that the service did nothing; nullopt = its body says more.
std::optional<ErrorCode> refused_at_the_door(const http::Response& response) {
  switch (response.status) {
    case 401:
      return ErrorCode::Unauthenticated;
    case 403:
      return ErrorCode::Forbidden;
    case 404:
    case 405:
      return ErrorCode::NotFound;
    case 415:
      return ErrorCode::Unsupported;
    case 429:
      return ErrorCode::RateLimited;
    case 503:
      if (response.headers.get("retry-after")) return ErrorCode::Unavailable;
      break;
    default:
      break;
  }
  return std::nullopt;
}

Exchange failed(const Error& error, Effect effect) {
  Exchange out{.effect = effect};
  out.error = error;
  return out;
}

bool is_good(int status) { return status >= 200 && status < 300; }

/// Does a fault say that the service has had this message before? What it did with that is left
/// open: a proxy may have sent it twice. WS-Security has no code for a nonce that was used.
/// Source: https://www.w3.org/TR/ws-addr-soap/ (6.4.1), OASIS UsernameToken Profile 1.1 (3.1)
bool is_second_of_its_kind(const Fault& fault) {
  const auto& codes = fault.subcodes;
  const auto is_duplicate = [](const QName& code) {
    return code.space == kAddressing && code.local == "DuplicateMessageID";
  };
  if (is_duplicate(fault.code) || std::any_of(codes.begin(), codes.end(), is_duplicate))
    return true;
  const auto of_security = [](const QName& code) { return code.space == kSecurity; };
  if (!of_security(fault.code) && std::none_of(codes.begin(), codes.end(), of_security))
    return false;
  const std::string words = in_lower_case(fault.reason + ' ' + fault.detail);
  return words.find("nonce") != std::string::npos || words.find("replay") != std::string::npos;
}

/// What a fault has done, where the manifest does not say.
Effect effect_of(const Fault& fault) {
  if (is_second_of_its_kind(fault)) return Effect::Maybe;
  const auto& codes = fault.subcodes;
  const auto before_any_effect = [](const QName& code) {
    return code.space == kSecurity || code.space == kSecurityUtility || code.space == kAddressing;
  };
  if (before_any_effect(fault.code) || std::any_of(codes.begin(), codes.end(), before_any_effect))
    return Effect::None;
  const bool own = !fault.code.space.empty() && fault.code.space != kEnvelope11 &&
                   fault.code.space != kEnvelope12;
  const std::string& code = fault.code.local;
  if (own) return Effect::Maybe;
  if (code == "VersionMismatch" || code == "MustUnderstand" || code == "DataEncodingUnknown")
    return Effect::None;
  if (code != "Client" && code != "Sender") return Effect::Maybe;
  const bool logon = !codes.empty() && codes.front().local == "Authentication";
  return logon ? Effect::None : Effect::Refused;
}

/// The same, where the manifest says what the fault means.
Effect effect_of(const Fault& fault, const Meaning& meaning) {
  if (is_of_content(meaning.means)) return Effect::Refused;
  const bool nothing = meaning.nothing_done || effect_of(fault) == Effect::None;
  return nothing ? Effect::None : Effect::Maybe;
}

/// Does the answer say that it belongs to another request? One that says nothing is believed: many
/// services leave RelatesTo out. A fault may not have been able to read our id.
/// Source: https://www.w3.org/TR/ws-addr-core/ (3.4), https://www.w3.org/TR/ws-addr-soap/ (6)
bool is_of_another(const Reply& reply, const std::string& message_id) {
  constexpr std::string_view kUnspecified = "http://www.w3.org/2005/08/addressing/unspecified";
  if (message_id.empty() || reply.relates_to.empty() || reply.relates_to == message_id)
    return false;
  return !reply.fault || reply.relates_to != kUnspecified;
}

}  // namespace

bool is_of_content(ErrorCode code) {
  return code == ErrorCode::Rejected || code == ErrorCode::Conflict || code == ErrorCode::NotFound;
}

void Cookies::take(const http::Headers& headers) {
  for (const std::string& line : headers.all("set-cookie")) {
    const std::string pair = line.substr(0, line.find(';'));
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    const std::string name = pair.substr(0, equals);
    const std::string value = pair.substr(equals + 1);
    if (value.empty())
      values_.erase(name);
    else
      values_.insert_or_assign(name, value);
    const std::string attributes = in_lower_case(line.substr(pair.size()));
    const bool limited = attributes.find("expires=") != std::string::npos ||
                         attributes.find("max-age=") != std::string::npos;
    limited_.erase(name);
    if (limited) limited_.insert(name);
  }
}

bool Cookies::has(std::string_view name) const {
  return std::any_of(values_.begin(), values_.end(),
                     [name](const auto& cookie) { return cookie.first.starts_with(name); });
}

std::string Cookies::header() const {
  std::string out;
  for (const auto& [name, value] : values_) out += (out.empty() ? "" : "; ") + name + '=' + value;
  return out;
}

bool Cookies::differs(const Cookies& before, std::string_view name) const {
  return std::any_of(values_.begin(), values_.end(), [&](const auto& cookie) {
    const auto& [key, value] = cookie;
    const auto known = before.values_.find(key);
    return key.starts_with(name) && !limited_.contains(key) &&
           (known == before.values_.end() || known->second != value);
  });
}

const Meaning* in_table(const Manifest& manifest, const std::vector<std::string>& codes,
                        const std::string& words) {
  const std::string lower = in_lower_case(words);
  const auto found =
      std::find_if(manifest.meanings.begin(), manifest.meanings.end(), [&](const Meaning& each) {
        const bool named =
            each.code.empty() || std::find(codes.begin(), codes.end(), each.code) != codes.end();
        return named && lower.find(each.words) != std::string::npos;
      });
  return found == manifest.meanings.end() ? nullptr : &*found;
}

std::string uuid_of(std::string_view text) {
  std::string out = sha256_hex(text).substr(0, 32);
  out[12] = '8';  // RFC 9562: version 8, whose bits are the maker's own
  out[16] = "89ab"[out[16] % 4];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) out.insert(at, 1, '-');
  return out;
}

Caller::Caller(std::shared_ptr<const Manifest> manifest, std::shared_ptr<http::Pipeline> pipeline,
               const Options& options, std::string base_path, TimeZone zone,
               std::shared_ptr<Random> random, std::string system)
    : manifest_(std::move(manifest)),
      pipeline_(std::move(pipeline)),
      parameters_(options.parameters),
      username_(options.username_token),
      base_path_(std::move(base_path)),
      zone_(std::move(zone)),
      random_(std::move(random)),
      system_(std::move(system)) {}

Error Caller::located(const Error& error, const std::string& operation) const {
  const Error named = error.system().empty() ? error.with_system(system_) : error;
  return named.operation().empty() ? named.with_operation(operation) : named;
}

Values Caller::values(const Context& context) const {
  Values out;
  out.times.emplace("now", context.clock().now());
  for (const auto& [name, parameter] : manifest_->parameters) {
    const auto given = parameters_.find(name);
    out.texts.emplace("parameter." + name, given == parameters_.end()
                                               ? parameter.fallback.value_or(std::string())
                                               : given->second);
  }
  return out;
}

Result<std::string> Caller::path(const ServiceUse& use) const {
  const bool own = &use == &manifest_->own;
  if (use.path.constant() && use.path.text().empty())
    return own && !base_path_.empty() ? base_path_ : target_of(use.bound->address);
  Values encoded = values(Context());
  for (auto& [name, text] : encoded.texts) text = http::encode_component(text);
  auto out = use.path.expand(encoded, TimeForm::DateTime, zone_);
  if (out) return *std::move(out);
  return Error(ErrorCode::Invalid, "the path of the service names a parameter without a value");
}

Result<std::string> Caller::target(const ServiceUse& use, const Query* more) const {
  auto out = path(use);
  if (!out) return out;
  const Values known = values(Context());
  char before = out->find('?') == std::string::npos ? '?' : '&';
  for (const Query* query : {&use.query, more}) {
    if (query == nullptr) continue;
    for (const auto& [name, text] : *query) {
      const auto value = text.expand(known, TimeForm::DateTime, zone_);
      if (!value) continue;
      *out += std::exchange(before, '&') + http::encode_component(name) + '=' +
              http::encode_component(*value);
    }
  }
  return out;
}

Exchange Caller::call(const Call& call, document::Tree body, const CallOptions& options,
                      const Context& context) const {
  const auto not_sent = [&](const Error& error, Effect effect) {
    return failed(located(error, options.operation).with_sent(Sent::No), effect);
  };
  auto address = target(*call.use, options.query);
  if (!address) return not_sent(address.error(), Effect::None);
  Envelope envelope{.version = call.use->bound->version,
                    .soap_action = call.bound->soap_action,
                    .root = call.bound->input.root,
                    .body = std::move(body),
                    .empty = Empty::Null,
                    .username = username_};
  if (manifest_->addressing) {
    envelope.addressing = Addressing{.action = call.bound->input.action};
    if (!options.message_id.empty())
      envelope.addressing->message_id = "urn:uuid:" + options.message_id;
  }
  auto written =
      write_envelope(call.use->description->schema(), envelope, context.clock(), *random_);
  if (!written) {
    const bool content = written.error().code() == ErrorCode::Rejected;
    return not_sent(written.error(), content ? Effect::Refused : Effect::None);
  }
  http::Request request{
      .method = "POST",
      .target = *std::move(address),
      .body = std::move(written->bytes),
      .repeatable = options.repeatable ? http::Repeatable::Yes : http::Repeatable::No,
      .operation = options.operation};
  request.headers.set("content-type", written->content_type);
  request.headers.set("accept", "text/xml, application/soap+xml, multipart/related");
  if (written->soap_action) request.headers.set("soapaction", *written->soap_action);
  if (options.cookies != nullptr && !options.cookies->empty())
    request.headers.set("cookie", options.cookies->header());
  auto response = pipeline_->send(std::move(request), context);
  if (!response) {
    const Error error = located(response.error(), options.operation);
    return failed(error, error.sent() == Sent::No ? Effect::None : Effect::Maybe);
  }
  if (options.cookies != nullptr) options.cookies->take(response->headers);
  Exchange out = read(call, *response, written->message_id);
  if (const auto date = response->headers.get("date")) out.at = parse_http_date(*date);
  if (out.error)
    out.error = located(*out.error, options.operation)
                    .with_http_status(response->status)
                    .with_request(response->request)
                    .with_sent(out.effect == Effect::None ? Sent::No : Sent::Answered);
  return out;
}

Exchange Caller::read(const Call& call, const http::Response& response,
                      const std::string& message_id) const {
  if (const auto refused = refused_at_the_door(response)) {
    std::string words = "the service answers " + std::to_string(response.status);
    if (*refused == ErrorCode::NotFound) words += ": nothing of its kind stands at this path";
    Error error(*refused, std::move(words));
    if (const auto wait = http::retry_after(response, *system_clock()))
      error = error.with_retry_after(*wait);
    return failed(error, Effect::None);
  }
  auto reply = read_envelope(response.body, response.headers.get("content-type").value_or(""));
  if (!reply) {
    const int status = response.status;
    if (is_good(
            status)) {  // a logon page, a proxy: nobody can tell whether the service has seen it
      Exchange out =
          failed(Error(reply.error().code(), "the answer is no SOAP message that can be read: " +
                                                 reply.error().message()),
                 Effect::Maybe);
      out.strange = true;
      return out;
    }
    const std::string words =
        "the service answers " + std::to_string(status) + " without a SOAP message";
    if (status >= 400 && status < 500 && status != 408)
      return failed(Error(ErrorCode::Rejected, words), Effect::Refused);
    return failed(Error(ErrorCode::Unavailable, words), Effect::Maybe);
  }
  if (is_of_another(*reply, message_id))
    return failed(Error(ErrorCode::Protocol,
                        "the answer relates to another message than the one that was sent"),
                  Effect::Maybe);
  if (reply->fault) return of_fault(*reply->fault, response);
  auto payload = payload_of(*std::move(reply), call.bound->output->root->name, response.status);
  if (!payload) return failed(payload.error(), Effect::Maybe);
  if (!is_good(response.status))
    return failed(
        Error(ErrorCode::Protocol, "the service answers " + std::to_string(response.status) +
                                       " with a message that is no fault"),
        Effect::Maybe);
  Exchange out;
  out.payload = *std::move(payload);
  return out;
}

Exchange Caller::of_fault(const Fault& fault, const http::Response& response) const {
  std::vector<std::string> codes{fault.code.local};
  for (const QName& code : fault.subcodes) codes.push_back(code.local);
  const Meaning* meaning = in_table(*manifest_, codes, fault.reason + ' ' + fault.detail);
  if (meaning == nullptr) {
    const Error error = to_error(fault, response.status);
    Exchange out =
        failed(error.with_remote(error.remote_code(), shown(error.remote_message(), kMostWords)),
               effect_of(fault));
    out.fault = true;
    return out;
  }
  const FaultRule rule{.meaning = meaning->means};
  const Error error = to_error(fault, response.status, {&rule, 1});
  Exchange out =
      failed(error.with_remote(error.remote_code(), shown(error.remote_message(), kMostWords)),
             effect_of(fault, *meaning));
  out.fault = true;
  out.nothing_done = meaning->nothing_done;
  return out;
}

Result<http::Response> Caller::get(const std::string& target, const Context& context) const {
  http::Request request{.target = target, .operation = "probe"};
  request.headers.set("accept", "text/xml, application/xml, */*");
  return pipeline_->send(std::move(request), context);
}

}  // namespace channelbridge::soap

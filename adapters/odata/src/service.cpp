#include "service_internal.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>

#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"
#include "session_internal.hpp"

namespace channelbridge::odata {
namespace {

std::string root_target(const Options& options) {
  std::string root = options.service_path;
  if (!root.ends_with('/')) root += '/';
  char separator = '?';
  for (const auto& [name, value] : options.parameters) {
    root += separator + name + "=" + encode_query(value);
    separator = '&';
  }
  return root;
}

/// What is no escape stays: some services put keys into addresses as they are.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const bool escape =
        text[at] == '%' && at + 2 < text.size() &&
        std::from_chars(&text[at + 1], &text[at + 1] + 2, value, 16).ptr == &text[at + 1] + 2;
    out += escape ? static_cast<char>(value) : text[at];
    if (escape) at += 2;
  }
  return out;
}

/// What stands between the last parentheses outside of quotes.
std::string_view last_predicate(std::string_view address) {
  std::size_t open = std::string_view::npos;
  std::size_t close = std::string_view::npos;
  bool quoted = false;
  for (std::size_t at = 0; at < address.size(); ++at) {
    if (address[at] == '\'') quoted = !quoted;
    if (!quoted && address[at] == '(') open = at + 1;
    if (!quoted && address[at] == ')') close = at;
  }
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  return address.substr(open, close - open);
}

std::vector<std::string_view> split_outside_quotes(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t from = 0;
  bool quoted = false;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '\'') quoted = !quoted;
    if (at < text.size() && (quoted || text[at] != ',')) continue;
    out.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  return out;
}

/// A literal of an address as the entity's JSON shows it: "guid'34c6…'", "'O''Neil'", "42L".
std::string plain_value(Version version, const std::string& type, std::string_view literal) {
  const std::size_t open = literal.find('\'');
  std::string text;
  if (open == std::string_view::npos) {
    const bool suffix = version == Version::V2 && !literal.empty() &&
                        (type == "Edm.Decimal" || type == "Edm.Int64" || type == "Edm.Double" ||
                         type == "Edm.Single");
    text = suffix && std::isalpha(static_cast<unsigned char>(literal.back())) != 0
               ? literal.substr(0, literal.size() - 1)
               : literal;
  } else {
    for (std::size_t at = open + 1; at < literal.size(); ++at) {
      if (literal[at] == '\'' && literal.substr(at, 2) != "''") break;
      text += literal[at];
      if (literal[at] == '\'') ++at;
    }
  }
  if (version == Version::V2 && (type == "Edm.DateTime" || type == "Edm.DateTimeOffset")) {
    if (const auto shown = body_value(version, type, text, true)) return json::text(*shown);
  }
  return text;
}

}  // namespace

Service::Service(std::shared_ptr<Host> host, Options options, TimeZone zone)
    : host_(std::move(host)), options_(std::move(options)), zone_(std::move(zone)) {
  host_->add_service(root_target(options_), options_.csrf);
}

std::string Service::target(std::string_view path, const Query& query) const {
  std::string out = options_.service_path;
  if (!out.ends_with('/')) out += '/';
  out += path;
  char separator = '?';
  for (const auto* part : {&query, &options_.parameters}) {
    for (const auto& [name, value] : *part) {
      out += separator + name + "=" + encode_query(value);
      separator = '&';
    }
  }
  return out;
}

std::string Service::link_target(std::string_view link) const {
  if (const std::size_t scheme = link.find("://");
      scheme != std::string_view::npos && scheme < link.find_first_of("/?")) {
    const std::size_t slash = link.find('/', scheme + 3);
    link = slash == std::string_view::npos ? std::string_view("/") : link.substr(slash);
  }
  std::string out;
  if (!link.starts_with('/')) {
    out = options_.service_path;
    if (!out.ends_with('/')) out += '/';
  }
  // Some services put blanks and quotes into links as they are: what a request line cannot carry is
  // encoded.
  for (const char c : link) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F &&
        std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += http::encode_component(std::string_view(&c, 1));
    }
  }
  for (const auto& [name, value] : options_.parameters) {
    if (out.find(name + "=") != std::string::npos) continue;
    out += (out.find('?') == std::string::npos ? "?" : "&") + name + "=" + encode_query(value);
  }
  return out;
}

Error Service::located(const Error& error, const std::string& operation) const {
  Error out = error.system().empty() ? error.with_system(system()) : error;
  return out.operation().empty() ? out.with_operation(operation) : out;
}

Refusal Service::refusal(const http::Response& response, const std::string& operation) const {
  Refusal out = read_refusal(response, options_.errors);
  out.error = located(out.error, operation);
  return out;
}

void Service::warn(std::string_view event, const std::string& set) {
  const std::lock_guard lock(mutex_);
  if (warned_.insert(set).second) {
    host_->log().write(LogLevel::Warning, event, {{"system", system()}, {"set", set}});
  }
}

Result<http::Response> Service::send(http::Request request, const Context& context) {
  const std::string operation = request.operation;
  Result<http::Response> answer = host_->send(std::move(request), context);
  if (!answer) return located(answer.error(), operation);
  if (answer->status < 300 && is_page(*answer)) {
    return located(Error(ErrorCode::Unauthenticated, "the service answered with a logon page")
                       .with_http_status(answer->status)
                       .with_sent(Sent::Answered),
                   operation);
  }
  return answer;
}

Result<http::Response> Service::get(std::string target, std::string operation,
                                    const Context& context, const http::Headers& headers) {
  http::Request request;
  request.target = std::move(target);
  request.operation = std::move(operation);
  request.headers = headers;
  request.headers.set("accept", "application/json");
  request.repeatable = http::Repeatable::Yes;
  const std::string name = request.operation;
  Result<http::Response> answer = send(std::move(request), context);
  if (!answer) return answer;
  if (answer->status >= 400) {
    Refusal refused = refusal(*answer, name);
    // Only an object that the service itself does not find is "not found"; a missing service is the
    // operator's.
    if (refused.error.code() == ErrorCode::NotFound && !refused.gone) {
      return Error(ErrorCode::Unavailable, "the service is not there: " + refused.error.message())
          .with_system(system())
          .with_operation(name)
          .with_http_status(answer->status)
          .with_remote(refused.error.remote_code(), refused.error.remote_message())
          .with_sent(Sent::Answered);
    }
    return refused.error;
  }
  if (answer->status != 200) {
    return located(
        Error(ErrorCode::Protocol, "an answer without content where content was asked for")
            .with_http_status(answer->status)
            .with_sent(Sent::Answered),
        name);
  }
  if (const auto gate = document::check_json(answer->body); !gate) {
    return located(gate.error().with_http_status(answer->status).with_sent(Sent::Answered), name);
  }
  return answer;
}

Result<std::shared_ptr<const Metadata>> Service::metadata(const Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (metadata_) return metadata_;
  }
  const std::unique_lock loading(loading_, context.remaining(std::chrono::minutes(2)));
  if (!loading.owns_lock()) {
    return located(Error(ErrorCode::Timeout, "another request's fetch of $metadata took too long")
                       .with_sent(Sent::No),
                   "read $metadata");
  }
  {
    const std::lock_guard lock(mutex_);
    if (metadata_) return metadata_;
  }
  const auto file_text = [](const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  std::string text;
  if (options_.metadata_file.empty()) {
    http::Request request;
    request.target = target("$metadata");
    request.operation = "read $metadata";
    request.headers.set("accept", "application/xml");
    request.repeatable = http::Repeatable::Yes;
    Result<http::Response> answer = send(std::move(request), context);
    if (!answer) return answer.error().with_sent(Sent::No);  // nothing but metadata was asked for
    if (answer->status >= 400) {
      return refusal(*answer, "read $metadata").error.with_sent(Sent::No);
    }
    text = std::move(answer->body);
  } else {
    text = file_text(options_.metadata_file);
  }
  auto parsed = Metadata::parse(text);
  if (!parsed) return located(parsed.error().with_sent(Sent::No), "read $metadata");
  if (!options_.overlay_file.empty()) {
    const auto overlay = Metadata::parse(file_text(options_.overlay_file));
    if (!overlay) {
      return located(Error(ErrorCode::Invalid, "the overlay " + options_.overlay_file + ": " +
                                                   overlay.error().message())
                         .with_sent(Sent::No),
                     "read $metadata");
    }
    parsed = (*parsed)->with(**overlay);
  }
  const std::lock_guard lock(mutex_);
  metadata_ = *parsed;
  return metadata_;
}

std::vector<std::string> key_parts(std::string_view key) {
  std::vector<std::string> parts(1);
  for (std::size_t at = 0; at < key.size(); ++at) {
    if (key[at] == ',') {
      parts.emplace_back();
    } else if (key.substr(at, 3) == "%2C" || key.substr(at, 3) == "%25") {
      parts.back() += key[at + 2] == 'C' ? ',' : '%';
      at += 2;
    } else {
      parts.back() += key[at];
    }
  }
  return parts;
}

std::string entity_in(const Metadata& metadata, const Type& type, std::string_view address) {
  const std::string text = percent_decoded(address);
  const std::string_view predicate = last_predicate(text);
  std::string out = "{";
  for (const std::string_view part : split_outside_quotes(predicate)) {
    const std::size_t quote = part.find('\'');
    const std::size_t equals = part.substr(0, quote).find('=');
    const bool named = equals != std::string_view::npos && type.keys.size() > 1;
    if (!named && type.keys.size() > 1) return {};
    const std::string name(named ? part.substr(0, equals) : std::string_view(type.keys.front()));
    const auto property = type.properties.find(name);
    if (property == type.properties.end()) return {};
    const std::string_view value =
        equals != std::string_view::npos && part.substr(0, equals) == name ? part.substr(equals + 1)
                                                                           : part;
    const std::string plain =
        plain_value(metadata.version(), property->second.description.type, value);
    out += (out.size() > 1 ? "," : "") + json::quoted(name) + ":" + json::quoted(plain);
  }
  out += "}";
  return has_key(type, out) ? out : std::string();
}

Result<std::string> key_predicate(const Metadata& metadata, const Type& type, std::string_view key,
                                  const std::vector<std::pair<std::string, std::string>>& known) {
  std::vector<std::string> values;
  if (type.keys.size() == 1) {
    values.emplace_back(key);
  } else {
    const std::vector<std::string> parts = key_parts(key);
    std::size_t next = 0;
    for (const std::string& name : type.keys) {
      const auto given = std::find_if(known.begin(), known.end(),
                                      [&](const auto& pair) { return pair.first == name; });
      if (parts.size() < type.keys.size() && given != known.end()) {
        values.push_back(given->second);
      } else if (next < parts.size()) {
        values.push_back(parts[next++]);
      }
    }
    if (values.size() != type.keys.size() || next != parts.size()) {
      return Error(ErrorCode::Invalid, "the key of " + type.name + " has " +
                                           std::to_string(type.keys.size()) + " parts, not these " +
                                           std::to_string(parts.size()))
          .with_key(std::string(key))
          .with_sent(Sent::No);
    }
  }
  std::string out = "(";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto property = type.properties.find(type.keys[i]);
    const std::string edm =
        property == type.properties.end() ? "Edm.String" : property->second.description.type;
    const auto text = literal(metadata.version(), edm, values[i]);
    if (!text) {
      return Error(ErrorCode::Invalid, "a part of the key is no " + edm)
          .with_key(std::string(key))
          .with_sent(Sent::No);
    }
    // Quotes stay readable; everything else that is reserved is encoded, '/' above all.
    std::string encoded = http::encode_component(*text);
    for (std::size_t at = 0; (at = encoded.find("%27", at)) != std::string::npos; ++at) {
      encoded.replace(at, 3, "'");
    }
    if (i > 0) out += ',';
    if (values.size() > 1) out += type.keys[i] + "=";
    out += encoded;
  }
  return out + ")";
}

}  // namespace channelbridge::odata

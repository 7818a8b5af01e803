#include "channelbridge/adapter/http_settings.hpp"

#include <charconv>
#include <utility>

namespace channelbridge::adapter {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

struct Url {
  std::string origin{};
  std::string path{};
};

Url read_url(SettingsReader& reader, std::string_view path, const std::string& text) {
  if (text.empty()) return {};
  const std::size_t scheme = text.find("://");
  const std::string_view name = std::string_view(text).substr(0, scheme);
  if (scheme == std::string::npos || (name != "http" && name != "https")) {
    reader.problem(path, "url", "'" + text + "' does not begin with https:// or http://");
    return {};
  }
  if (text.find_first_of("?# ") != std::string::npos || text.find('@') != std::string::npos) {
    reader.problem(path, "url", "has a query, a fragment, a blank or a user name",
                   "write scheme, host, port and path only");
    return {};
  }
  const std::size_t slash = text.find('/', scheme + 3);
  Url url{.origin = text.substr(0, slash),
          .path = slash == std::string::npos ? std::string() : text.substr(slash)};
  while (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  if (url.origin.size() == scheme + 3) reader.problem(path, "url", "has no host");
  return url;
}

http::TransportOptions read_transport_options(SettingsReader& reader) {
  http::TransportOptions options;
  options.connect_timeout = reader.duration("timeouts.connect", options.connect_timeout);
  options.idle_timeout = reader.duration("timeouts.idle", options.idle_timeout);
  options.default_timeout = reader.duration("timeouts.request", options.default_timeout);
  options.connections = static_cast<std::size_t>(reader.integer("limits.concurrency", 8, 1, 256));
  options.tls.ca_file = reader.file("tls.ca");
  options.tls.certificate_file = reader.file("tls.certificate");
  options.tls.key_file = reader.file("tls.key");
  options.tls.key_password = reader.secret("tls.key_password");
  options.tls.security_level = static_cast<int>(reader.integer("tls.security_level", -1, -1, 5));
  options.proxy = reader.text("proxy");
  if (options.tls.certificate_file.empty() != options.tls.key_file.empty()) {
    reader.problem("tls", "pair", "a client certificate needs both 'certificate' and 'key'");
  }
  return options;
}

std::shared_ptr<http::Transport> make_transport(SettingsReader& reader, std::string_view path,
                                                const std::string& kind, const std::string& origin,
                                                const http::TransportOptions& options) {
  if (origin.empty()) return nullptr;
  auto transport = kind == "cpprest" ? http::make_cpprest_transport(origin, options)
                                     : http::make_poco_transport(origin, options);
  if (!transport) {
    reader.problem(path, "transport", transport.error().message());
    return nullptr;
  }
  return *transport;
}

http::OAuthClient read_client(SettingsReader& reader, const HttpDefaults& defaults,
                              bool secret_required) {
  http::OAuthClient client;
  client.token_target = reader.text("credential.token_path", defaults.token_path);
  client.client_id = reader.required("credential.client_id");
  client.client_secret = secret_required ? reader.required_secret("credential.client_secret")
                                         : reader.secret("credential.client_secret");
  client.secret_in_header = reader.flag("credential.secret_in_header", false);
  client.scope = reader.text("credential.scope");
  client.assumed_lifetime = std::chrono::duration_cast<std::chrono::seconds>(
      reader.duration("credential.lifetime", client.assumed_lifetime));
  return client;
}

std::shared_ptr<http::Credential> read_credential(SettingsReader& reader,
                                                  const HttpDefaults& defaults,
                                                  const HttpSettings& settings,
                                                  const std::string& transport_kind,
                                                  const http::TransportOptions& options) {
  if (!reader.has("credential")) {
    if (defaults.credential_required && options.tls.certificate_file.empty()) {
      reader.problem("credential", "required", "is missing");
    }
    return nullptr;
  }
  const std::string kind =
      reader.one_of("credential.kind",
                    {"none", "basic", "client_credentials", "jwt_bearer", "refresh_token"}, "");
  if (kind.empty()) {
    if (!reader.has("credential.kind")) reader.required("credential.kind");
    return nullptr;
  }
  if (kind == "none") return nullptr;
  if (kind == "basic") {
    std::string user = reader.required("credential.user");
    Secret password = reader.required_secret("credential.password");
    if (user.find(':') != std::string::npos) {  // RFC 7617: the first colon ends the name
      reader.problem("credential.user", "user", "has a colon, which Basic cannot carry");
    }
    return http::make_basic(std::move(user), password);
  }

  std::shared_ptr<http::Transport> token_server = settings.transport;
  if (reader.has("credential.url")) {
    const Url url = read_url(reader, "credential.url", reader.required("credential.url"));
    token_server = make_transport(reader, "credential.url", transport_kind, url.origin, options);
  }
  http::OAuthClient client = read_client(reader, defaults, kind == "client_credentials");
  if (kind == "client_credentials") {
    if (token_server == nullptr) return nullptr;
    return http::make_client_credentials(token_server, std::move(client));
  }
  if (kind == "jwt_bearer") {
    std::string user = reader.required("credential.user");
    Secret key = reader.required_secret("credential.key");
    if (token_server == nullptr) return nullptr;
    std::string audience =
        reader.text("credential.audience",
                    defaults.audience.empty() ? token_server->origin() : defaults.audience);
    auto credential = http::make_jwt_bearer(token_server, std::move(client), std::move(user),
                                            std::move(audience), key);
    if (!credential) {
      reader.problem("credential.key", "key", credential.error().message());
      return nullptr;
    }
    return *credential;
  }
  Secret token = reader.required_secret("credential.refresh_token");
  if (token_server == nullptr) return nullptr;
  return http::make_refresh_token(token_server, std::move(client),
                                  http::make_memory_token_store(std::move(token)));
}

std::int64_t read_reserve(SettingsReader& reader, std::int64_t daily_calls) {
  const std::string text = reader.text("limits.reserve", "0");
  const bool percent = text.ends_with('%');
  std::int64_t value = 0;
  const char* last = text.data() + text.size() - (percent ? 1 : 0);
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last || value < 0 || (percent && value > 100)) {
    reader.problem("limits.reserve", "reserve",
                   "'" + text + "' is not a number of calls or a percentage", "write 500 or 10%");
    return 0;
  }
  return percent ? daily_calls / 100 * value + daily_calls % 100 * value / 100 : value;
}

}  // namespace

std::vector<std::string> http_setting_names() {
  return {"url",
          "transport",
          "proxy",
          "credential.kind",
          "credential.user",
          "credential.password",
          "credential.client_id",
          "credential.client_secret",
          "credential.key",
          "credential.refresh_token",
          "credential.audience",
          "credential.scope",
          "credential.url",
          "credential.token_path",
          "credential.lifetime",
          "credential.secret_in_header",
          "limits.concurrency",
          "limits.requests_per_second",
          "limits.daily_calls",
          "limits.reserve",
          "timeouts.connect",
          "timeouts.idle",
          "timeouts.request",
          "timeouts.call",
          "retry.attempts",
          "retry.first",
          "retry.longest",
          "tls.ca",
          "tls.certificate",
          "tls.key",
          "tls.key_password",
          "tls.security_level"};
}

HttpSettings read_http_settings(SettingsReader& reader, const HttpDefaults& defaults) {
  HttpSettings settings;
  const Url url = read_url(reader, "url", reader.required("url"));
  const std::string transport_kind = reader.one_of("transport", {"poco", "cpprest"}, "poco");
  const http::TransportOptions options = read_transport_options(reader);
  settings.base_path = url.path;
  settings.transport = make_transport(reader, "url", transport_kind, url.origin, options);

  http::PipelineOptions& pipeline = settings.pipeline;
  pipeline.system = reader.system().name;
  pipeline.log = reader.system().log;
  pipeline.random = reader.system().random;
  pipeline.rate.concurrency = static_cast<int>(options.connections);
  pipeline.rate.requests_per_second = reader.number("limits.requests_per_second", 0);
  pipeline.retry.attempt_timeout = options.default_timeout;
  pipeline.retry.call_timeout = reader.duration("timeouts.call", pipeline.retry.call_timeout);
  pipeline.transport_for = [transport_kind, options](const std::string& origin) {
    return transport_kind == "cpprest" ? http::make_cpprest_transport(origin, options)
                                       : http::make_poco_transport(origin, options);
  };
  pipeline.retry.max_attempts =
      static_cast<int>(reader.integer("retry.attempts", pipeline.retry.max_attempts, 1, 100));
  pipeline.retry.first_backoff = reader.duration("retry.first", pipeline.retry.first_backoff);
  pipeline.retry.max_backoff = reader.duration("retry.longest", pipeline.retry.max_backoff);
  pipeline.credential = read_credential(reader, defaults, settings, transport_kind, options);

  settings.daily_calls = reader.integer("limits.daily_calls", 0, 0, 1'000'000'000);
  settings.reserve_calls = read_reserve(reader, settings.daily_calls);
  return settings;
}

}  // namespace channelbridge::adapter

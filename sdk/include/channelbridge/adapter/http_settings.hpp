#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/core/secret.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::adapter {

/// Reads one entry of `systems:` and collects every problem, so that a user sees all of them at
/// once.
///
/// Paths are dotted ("limits.concurrency"). A value that cannot be read is a problem and gives the
/// fallback. Threads: one at a time.
class SettingsReader {
 public:
  explicit SettingsReader(const SystemSettings& system) : system_(system) {}

  const SystemSettings& system() const { return system_; }
  bool has(std::string_view path) const;
  std::string text(std::string_view path, std::string_view fallback = {}) const;
  std::string required(std::string_view path);
  Secret secret(std::string_view path) const;
  Secret required_secret(std::string_view path);
  std::int64_t integer(std::string_view path, std::int64_t fallback, std::int64_t lowest,
                       std::int64_t highest);
  double number(std::string_view path, double fallback);
  bool flag(std::string_view path, bool fallback);
  /// "250ms", "30s", "5m", "2h"; a bare number is seconds.
  std::chrono::milliseconds duration(std::string_view path, std::chrono::milliseconds fallback);
  std::string one_of(std::string_view path, std::initializer_list<std::string_view> choices,
                     std::string_view fallback);
  /// A file name, relative to the project file's folder; it must exist.
  std::string file(std::string_view path);

  void problem(std::string_view path, std::string rule, std::string message,
               std::string suggestion = {});
  /// Invalid with all problems, or nothing.
  Result<void> finish() const;

 private:
  const Setting* find(std::string_view path) const;
  const SystemSettings& system_;
  std::vector<Problem> problems_;
};

/// What every HTTP adapter is built from.
struct HttpSettings {
  std::shared_ptr<http::Transport> transport{};
  /// System name, credential, rate, retry, log and random are set; the adapter adds its layer and
  /// its tables.
  http::PipelineOptions pipeline{};
  std::string base_path{};       ///< of `url`, without the last slash: "/sap/opu/odata/sap"
  std::int64_t daily_calls{};    ///< 0 = no budget
  std::int64_t reserve_calls{};  ///< of these, kept for people and other programs
};

/// What a kind of system fixes where the user says nothing.
struct HttpDefaults {
  std::string token_path{"/oauth2/token"};  ///< of an OAuth credential
  std::string audience{};                   ///< of a JWT bearer assertion; "" = the token origin
  bool credential_required{true};
};

/// Names for AdapterKind::known_settings.
std::vector<std::string> http_setting_names();

/// Reads `url`, `transport`, `credential`, `limits`, `timeouts`, `retry`, `tls` and `proxy`.
/// Contacts nothing. Incomplete after a problem: ask SettingsReader::finish() before use.
///
///     url: https://host/path           transport: poco | cpprest        proxy: http://host:port
///     credential: { kind: none | basic | client_credentials | jwt_bearer | refresh_token,
///                   user, password, client_id, client_secret, key, refresh_token, audience, scope,
///                   url (of the token server), token_path, lifetime, secret_in_header }
///     limits:   { concurrency: 8, requests_per_second: 0, daily_calls: 0, reserve: 10% }
///     timeouts: { connect: 10s, idle: 8s, request: 60s, call: 2m }
///     retry:    { attempts: 5, first: 200ms, longest: 20s }
///     tls:      { ca, certificate, key, key_password, security_level }
HttpSettings read_http_settings(SettingsReader& reader, const HttpDefaults& defaults = {});

}  // namespace channelbridge::adapter

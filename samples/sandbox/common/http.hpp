#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/common/json.hpp"

namespace channelbridge::sandbox {

/// Header fields in order; names compare without case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  std::optional<std::string> find(std::string_view name) const;
  std::string get(std::string_view name, std::string fallback = {}) const;
  /// Every value of a repeated field, e.g. Set-Cookie.
  std::vector<std::string> all(std::string_view name) const;
  void set(std::string_view name, std::string value);
  void add(std::string_view name, std::string value);
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_{};
};

bool equal_without_case(std::string_view a, std::string_view b);

struct Request {
  std::string method{};
  std::string target{};                                      ///< as it was on the request line
  std::string path{};                                        ///< before '?', still percent-encoded
  std::vector<std::pair<std::string, std::string>> query{};  ///< decoded, in order; '+' is a space
  Headers headers{};
  std::string body{};    ///< after content decoding
  std::uint64_t call{};  ///< number of the call on this server, from 1
  bool secure{};

  std::optional<std::string> parameter(std::string_view name) const;
  /// Decoded path segments without empty ones; a %2F stays inside its segment.
  std::vector<std::string> segments() const;
  /// "METHOD target", what fault patterns are matched against.
  std::string line() const { return method + " " + target; }
};

/// Fills target, path and query from the request line's target.
void set_target(Request& request, std::string target);

struct Response {
  int status{200};
  Headers headers{};
  std::string body{};
};

Response json_response(int status, const Json& body);
Response text_response(int status, std::string content_type, std::string body);

std::string percent_decode(std::string_view text, bool plus_is_space = false);
/// Everything but unreserved characters (RFC 3986) is encoded.
std::string percent_encode(std::string_view text);
/// Name and value pairs of a query or of an application/x-www-form-urlencoded body.
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text);

}  // namespace channelbridge::sandbox

#pragma once

#include <optional>
#include <string>

#include "books.hpp"
#include "soapH.h"

namespace peer {

struct Server {
  Books books{};
  std::string wsdls{};
  std::string limits_wsdl{};
};
/// The generated functions take no argument of ours.
Server& server();

/// WS-Addressing and WS-Security by gSOAP's plugins: what is asked for is checked, and the answer
/// names the message that it answers.
int enter(soap* c, const char* operation);
/// After enter(): the id is in the answer's header.
std::string message_id(const soap* c);

inline std::string* text(soap* c, const std::string& value) {
  std::string* out = soap_new_std__string(c);
  *out = value;
  return out;
}
inline std::string* text_or_null(soap* c, const std::optional<std::string>& value) {
  return value ? text(c, *value) : nullptr;
}
inline std::optional<std::string> optional_text(const std::string* node) {
  return node == nullptr ? std::nullopt : std::optional<std::string>(*node);
}
inline bool fits(const std::string& found, const std::string* asked) {
  return asked == nullptr || *asked == found;
}

}  // namespace peer

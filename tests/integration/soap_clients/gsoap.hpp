#pragma once

#include <string>

#include "soapH.h"

/// Of generated classes: what is optional is a pointer, and the context owns it.
namespace gsoap {

inline std::string* some(soap* context, const std::string& text) {
  std::string* out = soap_new_std__string(context);
  *out = text;
  return out;
}

inline std::string shown(const std::string* text) { return text == nullptr ? "-" : *text; }

}  // namespace gsoap

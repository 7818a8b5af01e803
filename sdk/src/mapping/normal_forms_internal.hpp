#pragma once

#include <string>

#include "definition_internal.hpp"

namespace channelbridge::mapping {

/// Brings an external text to what it means: padding and leading zeros away, case and blanks as
/// declared.
void to_canonical_form(const NormalForm& form, std::string& text);
/// Brings a text to the form that the system gives it.
void to_external_form(const NormalForm& form, std::string& text);

}  // namespace channelbridge::mapping

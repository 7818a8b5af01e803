#pragma once

#include <string>
#include <string_view>

#include "definition_internal.hpp"

namespace channelbridge::mapping {

/// What a document's text means for a rule.
enum class Reading : std::uint8_t { Value, Empty, Wrong };

/// External text -> canonical text. A reference stays the system's key. `reason` is set for Wrong.
Reading decode(const Rule& rule, std::string_view external, std::string& out, std::string& reason);

/// How strictly a value must fit the system: Exact refuses what an undeclared loss would change,
/// Image shows the loss.
enum class Fit : std::uint8_t { Exact, Image };

/// Canonical text -> external text; false with a reason when the system cannot hold it.
bool encode(const Rule& rule, Dialect dialect, Fit fit, std::string_view canonical,
            std::string& out, std::string& reason);

/// Is `canonical` a value that a rule with codes reads?
bool reads_code(const Rule& rule, std::string_view canonical);

/// Is the written text a JSON string (or a bare number, true, false)?
bool is_quoted(const Rule& rule, Dialect dialect);

/// What the system shows when it is sent `canonical`; of what is only read, when it said so itself.
model::Value image_of(const Rule& rule, Dialect dialect, std::string_view canonical);

}  // namespace channelbridge::mapping

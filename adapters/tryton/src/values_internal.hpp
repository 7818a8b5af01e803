#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "channelbridge/core/time.hpp"
#include "channelbridge/document/tree.hpp"
#include "models_internal.hpp"

namespace channelbridge::tryton {

/// A row of an answer as a document shows it: members in the order of their names, typed values as
/// plain JSON, related records ("currency." with its fields) below the name of their field, where
/// they take the place of the bare id.
///
///   Decimal    a number with the same digits       date      "2026-11-22"
///   datetime   "2026-11-22T11:00:03.168350Z" (the server keeps UTC), six digits always
///   timedelta  seconds                             time      "11:00:03.000000"
///   bytes      base64 without line breaks
/// Source: Tryton 6.0, trytond/protocols/jsonrpc.py. Errors: Protocol.
Result<document::Tree> plain(const document::Tree& row);
/// JSON text of a plain tree; numbers keep their text.
std::string json_of(const document::Tree& tree);

/// The scalar of a document as the protocol writes a value of this type; for relations see
/// Composer. Errors: Rejected, with the field.
Result<std::string> wire_value(const Model::Field& field, std::string_view name,
                               const document::Tree& value);
/// {"__class__":"datetime",…}
std::string wire_datetime(Timestamp time);

/// The time of a plain document's member.
std::optional<Timestamp> time_at(const document::Tree& document, std::string_view name);
/// The text of a scalar; "" for null.
std::string scalar_text(const document::Tree& value);

}  // namespace channelbridge::tryton

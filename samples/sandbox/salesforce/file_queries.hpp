#pragma once

#include <optional>
#include <string_view>

#include "channelbridge/core/error.hpp"
#include "sandbox/salesforce/soql.hpp"

namespace channelbridge::sandbox::salesforce {

/// Links are found by their own ids, a file's fields count for the links of a record alone, and a
/// record's never. That a user with the permission Query All Files needs no id (since API 59.0) is
/// not there. Source: Object Reference, ContentDocumentLink; codes and texts of the two latter are
/// (unconfirmed).
std::optional<Error> refused_link_filter(const soql::Query& query, std::string_view text);

}  // namespace channelbridge::sandbox::salesforce

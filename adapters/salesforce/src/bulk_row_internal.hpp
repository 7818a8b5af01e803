#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "errors_internal.hpp"

namespace channelbridge::salesforce {

/// The values of a write's body by column ("LastName", "Account.Ext__c"), as an upload has them:
/// null and empty text are `#N/A`. Nullopt: a row of an upload cannot say it (lists, objects of
/// several members, a text that would be read as null, a value that is too long).
std::optional<std::map<std::string, std::string>> bulk_cells(std::string_view body);

/// Appends one value of an upload; "" says nothing.
void append_bulk_value(std::string& out, std::string_view value);

/// What a row of failedResults says. Source: Bulk API 2.0 Developer Guide, "Get Job Failed Record
/// Results"; the form "CODE:message:fields --" is (unconfirmed): what does not follow it is all
/// message.
RemoteError read_row_error(std::string_view text);

}  // namespace channelbridge::salesforce

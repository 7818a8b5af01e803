#pragma once

#include <string>
#include <vector>

#include "sandbox/salesforce/service.hpp"

namespace channelbridge::sandbox::salesforce {

/// The fields that a request gives: a JSON object, or a multipart body, whose first part is one and
/// whose other parts are the bytes of fields, here as base64.
/// Source: REST API Developer Guide, "Insert or Update Blob Data".
Result<Json> fields_of_body(const Call& call, const Table& table);

/// Does the path name the bytes of a record: sobjects/ContentVersion/068…/VersionData?
bool names_bytes(const std::vector<std::string>& path, const Table& table);
Response answer_bytes(Call& call, const Table& table);

}  // namespace channelbridge::sandbox::salesforce

#include "errors_internal.hpp"

#include <nlohmann/json.hpp>

#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::WriteStatus;
using Json = nlohmann::json;

// Source: the status and exception codes of the partner WSDL; what each asks for, from the REST API
// Developer Guide, "Status Codes and Error Responses". Rows with words come before those without.
constexpr ErrorRow kTable[] = {
    {"INVALID_SESSION_ID", "not valid for use with the REST API", Remedy::Setup},
    {"INVALID_SESSION_ID", "Connected app is not attached", Remedy::Setup},
    {"INVALID_SESSION_ID", "", Remedy::Login},
    {"REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn", Remedy::Repeat},
    {"REQUEST_LIMIT_EXCEEDED", "", Remedy::Wait},
    {"SERVER_UNAVAILABLE", "", Remedy::Repeat},
    {"UNABLE_TO_LOCK_ROW", "", Remedy::Repeat},
    {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "UNABLE_TO_LOCK_ROW", Remedy::Repeat},
    {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "", Remedy::Fix},
    {"CANNOT_EXECUTE_FLOW_TRIGGER", "UNABLE_TO_LOCK_ROW", Remedy::Repeat},
    {"CANNOT_EXECUTE_FLOW_TRIGGER", "", Remedy::Fix},
    {"QUERY_TIMEOUT", "", Remedy::Repeat},
    {"REQUEST_RUNNING_TOO_LONG", "", Remedy::Repeat},
    {"INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "", Remedy::Repeat},
    {"FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", "", Remedy::Repeat},
    {"ORG_IN_MAINTENANCE", "", Remedy::Repeat},
    {"UNKNOWN_EXCEPTION", "", Remedy::Repeat},
    {"INVALID_QUERY_LOCATOR", "", Remedy::Read},
    {"TXN_SECURITY_METERING_ERROR", "", Remedy::Repeat},
    {"DUPLICATE_VALUE", "", Remedy::Duplicate},
    {"DUPLICATES_DETECTED", "", Remedy::Duplicate},
    {"DUPLICATE_EXTERNAL_ID", "", Remedy::Read},
    {"ENTITY_IS_DELETED", "", Remedy::Gone},
    {"ENTITY_IS_LOCKED", "", Remedy::Setup},
    {"NOT_FOUND", "", Remedy::Gone},
    {"MALFORMED_ID", "", Remedy::Fix},
    {"INVALID_CROSS_REFERENCE_KEY", "", Remedy::Fix},
    {"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "", Remedy::Setup},
    {"INSUFFICIENT_ACCESS_OR_READONLY", "", Remedy::Setup},
    {"INSUFFICIENT_ACCESS", "", Remedy::Setup},
    {"API_DISABLED_FOR_ORG", "", Remedy::Setup},
    {"API_CURRENTLY_DISABLED", "", Remedy::Setup},
    {"FUNCTIONALITY_NOT_ENABLED", "", Remedy::Setup},
    {"PORTAL_NO_ACCESS", "", Remedy::Setup},
    {"NO_PARTNER_PERMISSION", "", Remedy::Setup},
    {"REQUIRED_FIELD_MISSING", "", Remedy::Fix},
    {"STRING_TOO_LONG", "", Remedy::Fix},
    {"INVALID_FIELD", "", Remedy::Fix},
    {"INVALID_FIELD_FOR_INSERT_UPDATE", "", Remedy::Fix},
    {"INVALID_TYPE", "", Remedy::Fix},
    {"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "", Remedy::Fix},
    {"INVALID_EMAIL_ADDRESS", "", Remedy::Fix},
    {"NUMBER_OUTSIDE_VALID_RANGE", "", Remedy::Fix},
    {"INVALID_CURRENCY_ISO", "", Remedy::Fix},
    {"TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET", "", Remedy::Fix},
    {"FIELD_CUSTOM_VALIDATION_EXCEPTION", "", Remedy::Fix},
    {"FIELD_INTEGRITY_EXCEPTION", "", Remedy::Fix},
    {"FIELD_FILTER_VALIDATION_EXCEPTION", "", Remedy::Fix},
    {"STANDARD_PRICE_NOT_DEFINED", "", Remedy::Fix},
    {"FAILED_ACTIVATION", "", Remedy::Fix},
    {"INVALID_STATUS", "", Remedy::Fix},
    {"CANNOT_UPDATE_CONVERTED_LEAD", "", Remedy::Read},
    {"ALREADY_IN_PROCESS", "", Remedy::Read},
    {"NO_APPLICABLE_PROCESS", "", Remedy::Fix},
    {"DELETE_FAILED", "", Remedy::Read},
    {"DEPENDENCY_EXISTS", "", Remedy::Read},
    {"DELETE_REQUIRED_ON_CASCADE", "", Remedy::Read},
    {"ALL_OR_NONE_OPERATION_ROLLED_BACK", "", Remedy::Collateral},
    {"PROCESSING_HALTED", "", Remedy::Collateral},
    {"MALFORMED_QUERY", "", Remedy::Fix},
    {"MALFORMED_SEARCH", "", Remedy::Fix},
    {"QUERY_TOO_COMPLICATED", "", Remedy::Fix},
    {"JSON_PARSER_ERROR", "", Remedy::Fix},
    {"XML_PARSER_ERROR", "", Remedy::Fix},
    {"POST_BODY_PARSE_ERROR", "", Remedy::Fix},
    {"UNSUPPORTED_MEDIA_TYPE", "", Remedy::Fix},
    {"LIMIT_EXCEEDED", "", Remedy::Wait},
    {"STORAGE_LIMIT_EXCEEDED", "", Remedy::Setup},
    {"LICENSE_LIMIT_EXCEEDED", "", Remedy::Setup},
    {"EXCEEDED_ID_LIMIT", "", Remedy::Fix},
    {"INVALID_REPLICATION_DATE", "", Remedy::Fix},
    {"EXCEEDED_LEAD_CONVERT_LIMIT", "", Remedy::Fix},
    {"MIXED_DML_OPERATION", "", Remedy::Setup},
    {"TOO_MANY_APEX_REQUESTS", "", Remedy::Repeat},
    {"APEX_TRIGGER_COUPLING_LIMIT", "", Remedy::Setup},
    // Bulk API 2.0 Developer Guide, "Errors"; upper case in this API's answers (unconfirmed).
    {"MISSING_ARGUMENT", "", Remedy::Fix},
    {"INVALID_TYPE_ON_FIELD_IN_RECORD", "", Remedy::Fix},
    {"CLIENTINPUTERROR", "", Remedy::Fix},
    {"INVALIDENTITY", "", Remedy::Fix},
    {"INVALIDBATCH", "", Remedy::Fix},
    {"INVALIDJOB", "", Remedy::Fix},
    {"INVALIDJOBSTATE", "", Remedy::Read},
    {"EXCEEDEDQUOTA", "", Remedy::Wait},
    {"FEATURENOTENABLED", "", Remedy::Setup},
    {"TOOMANYLOCKFAILURE", "", Remedy::Repeat},
};

/// The first id of 15 or 18 characters that follows "id: " in a message (DUPLICATE_VALUE).
std::string id_in(std::string_view message) {
  static constexpr std::string_view kMark = "id: ";
  const std::size_t at = message.rfind(kMark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = message.substr(at + kMark.size());
  const std::size_t length = std::min(rest.find_first_of(" ,.;]"), rest.size());
  return full_id(rest.substr(0, length)).value_or("");
}

/// The first matching record of a duplicate rule's answer.
std::string matched_record(const Json& error) {
  // Older versions misspell the member (seen in v54).
  for (const char* name : {"duplicateResult", "duplicateResut"}) {
    const auto result = error.find(name);
    if (result == error.end() || !result->is_object()) continue;
    const auto matches = result->find("matchResults");
    if (matches == result->end() || !matches->is_array()) continue;
    for (const Json& match : *matches) {
      const auto records = match.find("matchRecords");
      if (records == match.end() || !records->is_array()) continue;
      for (const Json& record : *records) {
        const auto row = record.find("record");
        if (row == record.end() || !row->is_object()) continue;
        if (auto id = full_id(text_of(*row, "Id"))) return *id;
      }
    }
  }
  return {};
}

RemoteError read_error(const Json& element) {
  RemoteError error;
  error.code = text_of(element, "errorCode");
  if (error.code.empty()) error.code = text_of(element, "statusCode");
  error.message = text_of(element, "message");
  if (const auto fields = element.find("fields"); fields != element.end() && fields->is_array()) {
    for (const Json& field : *fields)
      if (field.is_string()) error.fields.push_back(field.get<std::string>());
  }
  name_duplicate(error);
  if (error.code == "DUPLICATES_DETECTED") error.duplicate_of = matched_record(element);
  return error;
}

ErrorCode code_of_status(int status) {
  switch (status) {
    case 300:
    case 409:
    case 412:
      return ErrorCode::Conflict;
    case 401:
      return ErrorCode::Unauthenticated;
    case 403:
      return ErrorCode::Forbidden;
    case 404:
      return ErrorCode::NotFound;
    case 408:
      return ErrorCode::Timeout;
    case 410:
      return ErrorCode::Unsupported;
    case 429:
      return ErrorCode::RateLimited;
    case 420:  // the edge has no route to this host (yet)
    case 500:
    case 502:
    case 503:
    case 504:
      return ErrorCode::Unavailable;
    default:
      return status >= 400 && status < 500 ? ErrorCode::Invalid : ErrorCode::Protocol;
  }
}

ErrorCode code_of(Remedy remedy) {
  switch (remedy) {
    case Remedy::Login:
      return ErrorCode::Unauthenticated;
    case Remedy::Wait:
      return ErrorCode::RateLimited;
    case Remedy::Repeat:
      return ErrorCode::Unavailable;
    case Remedy::Read:
      return ErrorCode::Conflict;
    case Remedy::Gone:
      return ErrorCode::NotFound;
    case Remedy::Setup:
      return ErrorCode::Forbidden;
    case Remedy::Duplicate:
    case Remedy::Fix:
    case Remedy::Collateral:
      break;
  }
  return ErrorCode::Rejected;
}

std::string sentence(Remedy remedy) {
  switch (remedy) {
    case Remedy::Login:
      return "the session was refused";
    case Remedy::Wait:
      return "a limit of the org is used up";
    case Remedy::Repeat:
      return "the org cannot do this right now";
    case Remedy::Read:
      return "the record is not in the state that this needs";
    case Remedy::Duplicate:
      return "another record is in the way";
    case Remedy::Gone:
      return "it does not exist, or is not visible";
    case Remedy::Setup:
      return "the org's permissions or settings do not allow this";
    case Remedy::Fix:
    case Remedy::Collateral:
      break;
  }
  return "the content was refused";
}

/// All errors of one refusal in one text: "CODE" of the cause, every message.
std::string all_messages(const std::vector<RemoteError>& errors) {
  std::string out;
  for (const RemoteError& error : errors) {
    if (errors.size() > 1 && remedy_of(error) == Remedy::Collateral) continue;
    if (!out.empty()) out += "; ";
    out += error.message;
    if (error.fields.empty()) continue;
    out += " [";
    for (std::size_t i = 0; i < error.fields.size(); ++i)
      out += (i > 0 ? ", " : "") + error.fields[i];
    out += "]";
  }
  return out;
}

}  // namespace

void name_duplicate(RemoteError& error) {
  if (error.code == "DUPLICATE_VALUE") error.duplicate_of = id_in(error.message);
}

std::span<const ErrorRow> error_table() { return kTable; }

bool known_code(std::string_view code) {
  for (const ErrorRow& row : kTable)
    if (row.code == code) return true;
  return false;
}

Remedy remedy_of(const RemoteError& error) {
  for (const ErrorRow& row : kTable) {
    if (row.code != error.code) continue;
    if (error.message.find(row.words) != std::string::npos) return row.remedy;
  }
  return Remedy::Fix;
}

std::vector<RemoteError> read_errors(std::string_view body) {
  std::vector<RemoteError> errors;
  if (!document::check_json(body)) return errors;
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_object()) {
    const std::string code = text_of(json, "error");  // OAuth's form
    if (!code.empty())
      errors.push_back({.code = code, .message = text_of(json, "error_description")});
    return errors;
  }
  if (!json.is_array()) return errors;
  for (const Json& element : json) {
    if (!element.is_object()) continue;
    RemoteError error = read_error(element);
    const auto inner = element.find("errors");  // results of single records and of approvals
    if (!error.code.empty() || inner == element.end() || !inner->is_array()) {
      errors.push_back(std::move(error));
      continue;
    }
    for (const Json& each : *inner)
      if (each.is_object()) errors.push_back(read_error(each));
  }
  return errors;
}

const RemoteError* cause_of(const std::vector<RemoteError>& errors) {
  for (const RemoteError& error : errors)
    if (remedy_of(error) != Remedy::Collateral) return &error;
  return errors.empty() ? nullptr : &errors.front();
}

bool session_refused(const http::Response& response) {
  if (response.status != 401) return false;
  const std::vector<RemoteError> errors = read_errors(response.body);
  const RemoteError* cause = cause_of(errors);
  return cause == nullptr || remedy_of(*cause) == Remedy::Login;
}

bool transient(const http::Response& response) {
  if (response.status < 400) return false;
  const std::vector<RemoteError> errors = read_errors(response.body);
  const RemoteError* cause = cause_of(errors);
  if (cause == nullptr) return response.status == 500;
  // A query that took too long takes too long again: the reader narrows it.
  if (cause->code == "QUERY_TIMEOUT" || cause->code == "REQUEST_RUNNING_TOO_LONG") return false;
  return remedy_of(*cause) == Remedy::Repeat;
}

Error response_error(const http::Response& response, const std::string& operation) {
  const std::vector<RemoteError> errors = read_errors(response.body);
  const RemoteError* cause = cause_of(errors);
  ErrorCode code = code_of_status(response.status);
  std::string message = "the org answered with status " + std::to_string(response.status);
  if (cause != nullptr && known_code(cause->code)) {
    const Remedy remedy = remedy_of(*cause);
    code = code_of(remedy);
    // A whole request that is refused for its content is ours to correct, not a record's owner's.
    if (code == ErrorCode::Rejected) code = ErrorCode::Invalid;
    if (cause->code == "QUERY_TIMEOUT" || cause->code == "REQUEST_RUNNING_TOO_LONG")
      code = ErrorCode::Timeout;
    message = sentence(remedy);
  }
  Error error = Error(code, std::move(message))
                    .with_operation(operation)
                    .with_http_status(response.status)
                    .with_request(response.request)
                    .with_sent(Sent::Answered);
  if (cause != nullptr) error = error.with_remote(cause->code, all_messages(errors));
  return error;
}

bool proves_no_effect(const Error& error) {
  if (error.http_status() >= 300 && error.http_status() < 500)
    return error.http_status() != 408;  // a gateway's, too, that waited for the org
  if (error.http_status() != 503) return false;
  return error.retry_after().has_value() || error.remote_code() == "SERVER_UNAVAILABLE" ||
         error.remote_code() == "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE" ||
         error.remote_code() == "ORG_IN_MAINTENANCE";
}

bool refused_for_now(const http::Response& response) {
  return transient(response) && proves_no_effect(response_error(response, {}));
}

adapter::NodeOutcome refused_record(const std::vector<RemoteError>& errors,
                                    adapter::Operation operation, const std::string& key) {
  adapter::NodeOutcome outcome;
  const RemoteError* cause = cause_of(errors);
  const RemoteError unexplained{.code = "", .message = "no reason given"};
  if (cause == nullptr) cause = &unexplained;
  const Remedy remedy = remedy_of(*cause);
  switch (remedy) {
    case Remedy::Wait:
    case Remedy::Repeat:
    case Remedy::Login:
    case Remedy::Collateral:
      outcome.status = WriteStatus::Retry;
      break;
    case Remedy::Read:
      outcome.status = WriteStatus::Conflict;
      break;
    case Remedy::Gone:
      outcome.status = WriteStatus::Rejected;
      outcome.not_found = operation != adapter::Operation::Create;
      break;
    case Remedy::Duplicate:
    case Remedy::Fix:
    case Remedy::Setup:
      outcome.status = WriteStatus::Rejected;
      break;
  }
  outcome.key = key;
  outcome.duplicate_of = cause->duplicate_of;
  outcome.error = Error(code_of(remedy), sentence(remedy))
                      .with_key(key)
                      .with_remote(cause->code, all_messages(errors))
                      .with_sent(Sent::Answered);
  return outcome;
}

}  // namespace channelbridge::salesforce

#include "errors_internal.hpp"

#include <set>

#include "org_script.hpp"

namespace channelbridge::salesforce::test {
namespace {

using adapter::WriteStatus;

struct Line {
  int status;
  const char* code;
  const char* message;
  ErrorCode request;   ///< when the whole request is refused with it
  WriteStatus record;  ///< when one record of a collection is
};

// The lines of the reference's table of codes, in its order. Messages that the reference quotes are
// quoted.
const Line kLines[] = {
    {401, "INVALID_SESSION_ID", "Session expired or invalid", ErrorCode::Unauthenticated,
     WriteStatus::Retry},
    {401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API",
     ErrorCode::Forbidden, WriteStatus::Rejected},
    {401, "INVALID_SESSION_ID", "Connected app is not attached to Agent", ErrorCode::Forbidden,
     WriteStatus::Rejected},
    {403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", ErrorCode::RateLimited,
     WriteStatus::Retry},
    {403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.",
     ErrorCode::Unavailable, WriteStatus::Retry},
    {503, "SERVER_UNAVAILABLE", "", ErrorCode::Unavailable, WriteStatus::Retry},
    {400, "UNABLE_TO_LOCK_ROW",
     "unable to obtain exclusive access to this record or 1 records: 001", ErrorCode::Unavailable,
     WriteStatus::Retry},
    {400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: execution of AfterInsert",
     ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
     "LeadTrigger: Upsert failed; first error: UNABLE_TO_LOCK_ROW, unable to obtain",
     ErrorCode::Unavailable, WriteStatus::Retry},
    {400, "CANNOT_EXECUTE_FLOW_TRIGGER", "a flow failed", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "CANNOT_EXECUTE_FLOW_TRIGGER", "This error occurred: UNABLE_TO_LOCK_ROW",
     ErrorCode::Unavailable, WriteStatus::Retry},
    {400, "QUERY_TIMEOUT", "Your query request was running for too long.", ErrorCode::Timeout,
     WriteStatus::Retry},
    {500, "REQUEST_RUNNING_TOO_LONG", "", ErrorCode::Timeout, WriteStatus::Retry},
    {503, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "", ErrorCode::Unavailable,
     WriteStatus::Retry},
    {503, "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", "", ErrorCode::Unavailable, WriteStatus::Retry},
    {503, "ORG_IN_MAINTENANCE", "", ErrorCode::Unavailable, WriteStatus::Retry},
    {500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", ErrorCode::Unavailable,
     WriteStatus::Retry},
    {400, "INVALID_QUERY_LOCATOR", "", ErrorCode::Conflict, WriteStatus::Conflict},
    {403, "TXN_SECURITY_METERING_ERROR", "", ErrorCode::Unavailable, WriteStatus::Retry},
    {400, "DUPLICATE_VALUE",
     "duplicate value found: Ext__c duplicates value on record with id: 001R00000064wc7",
     ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "DUPLICATES_DETECTED", "Use one of these records?", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "DUPLICATE_EXTERNAL_ID", "", ErrorCode::Conflict, WriteStatus::Conflict},
    {404, "ENTITY_IS_DELETED", "entity is deleted", ErrorCode::NotFound, WriteStatus::Rejected},
    {400, "ENTITY_IS_LOCKED", "the entity is locked for editing", ErrorCode::Forbidden,
     WriteStatus::Rejected},
    {404, "NOT_FOUND", "The requested resource does not exist", ErrorCode::NotFound,
     WriteStatus::Rejected},
    {400, "MALFORMED_ID", "Account ID: id value of incorrect type: 001900K", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "", ErrorCode::Forbidden,
     WriteStatus::Rejected},
    {403, "INSUFFICIENT_ACCESS_OR_READONLY", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {403, "INSUFFICIENT_ACCESS", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {403, "API_DISABLED_FOR_ORG", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {403, "API_CURRENTLY_DISABLED", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {403, "FUNCTIONALITY_NOT_ENABLED", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {403, "PORTAL_NO_ACCESS", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {403, "NO_PARTNER_PERMISSION", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "STRING_TOO_LONG", "Last Name: data value too large: x (max length=80)",
     ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALID_FIELD", "No such column 'foo' on sobject of type Bar", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "INVALID_FIELD_FOR_INSERT_UPDATE", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALID_TYPE", "sObject type 'XYZZY' is not supported.", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: 123", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "NUMBER_OUTSIDE_VALID_RANGE", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALID_CURRENCY_ISO", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "A partner needs a tier.", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "FIELD_INTEGRITY_EXCEPTION", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "FIELD_FILTER_VALIDATION_EXCEPTION", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "STANDARD_PRICE_NOT_DEFINED", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "FAILED_ACTIVATION", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALID_STATUS", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ErrorCode::Conflict,
     WriteStatus::Conflict},
    {400, "ALREADY_IN_PROCESS", "", ErrorCode::Conflict, WriteStatus::Conflict},
    {400, "NO_APPLICABLE_PROCESS", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "DELETE_FAILED", "", ErrorCode::Conflict, WriteStatus::Conflict},
    {400, "DEPENDENCY_EXISTS", "", ErrorCode::Conflict, WriteStatus::Conflict},
    {400, "DELETE_REQUIRED_ON_CASCADE", "", ErrorCode::Conflict, WriteStatus::Conflict},
    {400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back", ErrorCode::Invalid,
     WriteStatus::Retry},
    {400, "PROCESSING_HALTED", "The transaction was rolled back", ErrorCode::Invalid,
     WriteStatus::Retry},
    {400, "MALFORMED_QUERY", "unexpected token: FROM", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "MALFORMED_SEARCH", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "QUERY_TOO_COMPLICATED", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "JSON_PARSER_ERROR", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "XML_PARSER_ERROR", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "POST_BODY_PARSE_ERROR", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {415, "UNSUPPORTED_MEDIA_TYPE", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {403, "LIMIT_EXCEEDED", "", ErrorCode::RateLimited, WriteStatus::Retry},
    {403, "STORAGE_LIMIT_EXCEEDED", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {403, "LICENSE_LIMIT_EXCEEDED", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {400, "EXCEEDED_ID_LIMIT", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALID_REPLICATION_DATE", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {500, "EXCEEDED_LEAD_CONVERT_LIMIT", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "MIXED_DML_OPERATION", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {400, "TOO_MANY_APEX_REQUESTS", "", ErrorCode::Unavailable, WriteStatus::Retry},
    {400, "APEX_TRIGGER_COUPLING_LIMIT", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {400, "MISSING_ARGUMENT", "Id not specified in an update call", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "INVALID_TYPE_ON_FIELD_IN_RECORD", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "CLIENTINPUTERROR", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALIDENTITY", "Lead is not supported by the Bulk API", ErrorCode::Invalid,
     WriteStatus::Rejected},
    {400, "INVALIDBATCH", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALIDJOB", "", ErrorCode::Invalid, WriteStatus::Rejected},
    {400, "INVALIDJOBSTATE", "", ErrorCode::Conflict, WriteStatus::Conflict},
    {400, "EXCEEDEDQUOTA", "", ErrorCode::RateLimited, WriteStatus::Retry},
    {400, "FEATURENOTENABLED", "", ErrorCode::Forbidden, WriteStatus::Rejected},
    {400, "TOOMANYLOCKFAILURE", "", ErrorCode::Unavailable, WriteStatus::Retry},
};

std::string body_of(const Line& line) {
  return nlohmann::json::array({{{"errorCode", line.code}, {"message", line.message}}}).dump();
}

TEST(SalesforceErrors, EveryLineOfTheTableSaysWhoActs) {
  for (const Line& line : kLines) {
    SCOPED_TRACE(std::string(line.code) + ": " + line.message);
    const Error error = response_error(answer(line.status, body_of(line)), "write Lead");
    EXPECT_EQ(error.code(), line.request);
    EXPECT_EQ(error.remote_code(), line.code);
    EXPECT_EQ(error.http_status(), line.status);
    EXPECT_EQ(error.sent(), Sent::Answered);
    const auto outcome = refused_record(read_errors(body_of(line)), adapter::Operation::Update,
                                        "00QR00000064wc7IAA");
    EXPECT_EQ(outcome.status, line.record);
    EXPECT_EQ(outcome.error->key(), "00QR00000064wc7IAA");
    // What is wrong with a whole request is ours; with a record, its owner's.
    EXPECT_EQ(outcome.error->code(),
              line.request == ErrorCode::Invalid ? ErrorCode::Rejected : outcome.error->code());
  }
}

TEST(SalesforceErrors, NoCodeOfTheTableIsUntested) {
  std::set<std::string_view> tested;
  for (const Line& line : kLines) tested.insert(line.code);
  for (const ErrorRow& row : error_table()) EXPECT_TRUE(tested.contains(row.code)) << row.code;
}

TEST(SalesforceErrors, StatusesWithoutACodeSpeakForThemselves) {
  const std::pair<int, ErrorCode> statuses[] = {
      {300, ErrorCode::Conflict},    {401, ErrorCode::Unauthenticated},
      {403, ErrorCode::Forbidden},   {404, ErrorCode::NotFound},
      {405, ErrorCode::Invalid},     {408, ErrorCode::Timeout},
      {409, ErrorCode::Conflict},    {410, ErrorCode::Unsupported},
      {412, ErrorCode::Conflict},    {414, ErrorCode::Invalid},
      {415, ErrorCode::Invalid},     {420, ErrorCode::Unavailable},
      {428, ErrorCode::Invalid},     {429, ErrorCode::RateLimited},
      {431, ErrorCode::Invalid},     {500, ErrorCode::Unavailable},
      {502, ErrorCode::Unavailable}, {503, ErrorCode::Unavailable},
      {304, ErrorCode::Protocol}};
  for (const auto& [status, code] : statuses) {
    const Error error = response_error(
        answer(status, "<h1>Bad Message</h1><pre>reason: URI Too Long</pre>"), "read Lead");
    EXPECT_EQ(error.code(), code) << status;
  }
}

TEST(SalesforceErrors, PublishedErrorBodiesAreUnderstood) {
  EXPECT_EQ(read_errors(fixture("rest/expired_session_response.json")).front().code,
            "INVALID_SESSION_ID");
  EXPECT_EQ(read_errors(fixture("rest/sobject_write_error_response.json")).front().code,
            "INVALID_FIELD");
  EXPECT_EQ(read_errors(fixture("rest/refresh_error_response.json")).front().message,
            "expired access/refresh token");
  EXPECT_EQ(response_error(answer(404, fixture("rest/sobject_upsert_error_response.json")), "write")
                .code(),
            ErrorCode::NotFound);
  // 300: an array of addresses, no errors.
  EXPECT_TRUE(read_errors(fixture("rest/sobject_upsert_multiple_error_response.json")).empty());
}

TEST(SalesforceErrors, ADuplicateNamesTheRecordInTheWay) {
  const auto value = read_errors(
      R"([{"statusCode":"DUPLICATE_VALUE","message":"duplicate value found: Ext__c duplicates value on record with id: 001R00000064wc7","fields":[]}])");
  EXPECT_EQ(value.front().duplicate_of, "001R00000064wc7IAA");
  for (const char* member : {"duplicateResult", "duplicateResut"}) {
    const auto rule = read_errors(
        R"([{"errorCode":"DUPLICATES_DETECTED","message":"Use one of these records?",")" +
        std::string(member) +
        R"(":{"matchResults":[{"matchRecords":[{"record":{"Id":"003R000000DDMlT"}}]}]}}])");
    EXPECT_EQ(value.size(), 1U);
    EXPECT_EQ(rule.front().duplicate_of, "003R000000DDMlTIAX") << member;
  }
}

TEST(SalesforceErrors, TheCauseIsNotTheCollateral) {
  const auto errors = read_errors(
      R"([{"statusCode":"ALL_OR_NONE_OPERATION_ROLLED_BACK","message":"rolled back"},
          {"statusCode":"STRING_TOO_LONG","message":"too long","fields":["LastName"]}])");
  EXPECT_EQ(cause_of(errors)->code, "STRING_TOO_LONG");
  const auto outcome = refused_record(errors, adapter::Operation::Create, "");
  EXPECT_EQ(outcome.error->remote_message(), "too long [LastName]");
}

TEST(SalesforceErrors, ADeletedRecordClosesTheLinkButAMissingParentDoesNot) {
  const auto gone =
      read_errors(R"([{"statusCode":"ENTITY_IS_DELETED","message":"entity is deleted"}])");
  EXPECT_TRUE(refused_record(gone, adapter::Operation::Update, "k").not_found);
  EXPECT_FALSE(refused_record(gone, adapter::Operation::Create, "").not_found);
  const auto parent = read_errors(
      R"([{"statusCode":"INVALID_CROSS_REFERENCE_KEY","message":"invalid cross reference id"}])");
  EXPECT_FALSE(refused_record(parent, adapter::Operation::Update, "k").not_found);
}

TEST(SalesforceErrors, OnlyACurableSessionIsRenewed) {
  EXPECT_TRUE(session_refused(answer(401, fixture("rest/expired_session_response.json"))));
  EXPECT_TRUE(session_refused(answer(401, "")));
  EXPECT_FALSE(session_refused(answer(
      401,
      R"([{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}])")));
  EXPECT_FALSE(session_refused(answer(403, "")));
}

}  // namespace
}  // namespace channelbridge::salesforce::test

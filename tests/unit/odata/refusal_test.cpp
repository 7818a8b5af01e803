#include "refusal_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channelbridge/odata/metadata.hpp"
#include "scripted_service.hpp"

namespace channelbridge::odata {
namespace {

using adapter::WriteStatus;
using ::testing::HasSubstr;

http::Response answer(int status, std::string body, std::string type = "application/json") {
  return {
      .status = status, .headers = {{"content-type", std::move(type)}}, .body = std::move(body)};
}

std::string v2_error(const std::string& code, const std::string& message) {
  return R"({"error":{"code":")" + code + R"(","message":{"lang":"en","value":")" + message +
         R"("}}})";
}

/// The whole table: each line of standard_errors() has a row here.
TEST(ODataErrors, EveryLineOfTheTableHasItsMeaning) {
  struct Row {
    int status;
    const char* code;
    const char* message;
    ErrorCode meaning;
    WriteStatus write;
  };
  const Row rows[] = {
      {400, "V1/042", "Sales document 1 is currently being processed by user X",
       ErrorCode::Unavailable, WriteStatus::Retry},
      {400, "VL/045", "Document 1 is being processed by user X", ErrorCode::Unavailable,
       WriteStatus::Retry},
      {409, "APC", "Lead 1: record locked by user X", ErrorCode::Unavailable, WriteStatus::Retry},
      {423, "", "Locked", ErrorCode::Unavailable, WriteStatus::Retry},
      {412, "/IWBEP/CM_MGW_RT/190", "state of the resource was already changed",
       ErrorCode::Conflict, WriteStatus::Conflict},
      {428, "/IWBEP/CM_V4_APPS/017", "ETag required", ErrorCode::Conflict, WriteStatus::Conflict},
      {409, "X/1", "Object already exists", ErrorCode::Rejected, WriteStatus::Rejected},
      {400, "R11/100", "Business partner 1000042 already exists", ErrorCode::Rejected,
       WriteStatus::Rejected},
      {409, "", "conflict", ErrorCode::Conflict, WriteStatus::Conflict},
      {400, "/IWBEP/CM_MGW_RT/021", "key predicate", ErrorCode::Invalid, WriteStatus::Rejected},
      {400, "/IWBEP/CM_MGW_RT/176", "language", ErrorCode::Invalid, WriteStatus::Rejected},
      {400, "/IWBEP/CM_MGW_RT/022", "Enter a name", ErrorCode::Rejected, WriteStatus::Rejected},
      {405, "", "no", ErrorCode::Unsupported, WriteStatus::Rejected},
      {406, "", "no", ErrorCode::Unsupported, WriteStatus::Rejected},
      {415, "", "no", ErrorCode::Unsupported, WriteStatus::Rejected},
      {501, "", "no", ErrorCode::Unsupported, WriteStatus::Rejected},
      {401, "", "logon", ErrorCode::Unauthenticated, WriteStatus::Retry},
      {400, "/IWFND/CM_MGW/098", "CSRF", ErrorCode::Unauthenticated, WriteStatus::Retry},
      {403, "", "no authorization", ErrorCode::Forbidden, WriteStatus::Rejected},
      {404, "/IWBEP/CM_MGW_RT/020", "Resource not found", ErrorCode::NotFound,
       WriteStatus::Rejected},
      {410, "", "gone", ErrorCode::NotFound, WriteStatus::Rejected},
      {408, "", "slow", ErrorCode::Timeout, WriteStatus::Unknown},
      {429, "", "quota", ErrorCode::RateLimited, WriteStatus::Retry},
      {500, "/IWBEP/CX_MGW_TECH_EXCEPTION", "dump", ErrorCode::Unavailable, WriteStatus::Unknown},
      {502, "", "proxy", ErrorCode::Unavailable, WriteStatus::Unknown},
      {503, "", "busy", ErrorCode::Unavailable, WriteStatus::Retry},
      {504, "", "proxy", ErrorCode::Unavailable, WriteStatus::Unknown},
      {422, "", "content", ErrorCode::Rejected, WriteStatus::Rejected},
  };
  for (const Row& row : rows) {
    const Refusal refusal = read_refusal(answer(row.status, v2_error(row.code, row.message)), {});
    EXPECT_EQ(refusal.error.code(), row.meaning)
        << row.status << ' ' << row.code << ' ' << row.message;
    EXPECT_EQ(write_status(refusal), row.write)
        << row.status << ' ' << row.code << ' ' << row.message;
    EXPECT_EQ(refusal.error.remote_code(), row.code);
    EXPECT_EQ(refusal.error.http_status(), row.status);
    EXPECT_EQ(refusal.error.sent(), Sent::Answered);
  }
}

TEST(ODataErrors, ShowsTheDetailsInPlaceOfTheGenericMessage) {
  const Refusal refusal = read_refusal(
      answer(
          400,
          R"({"error":{"code":"/IWBEP/CX_MGW_BUSI_EXCEPTION","message":{"lang":"en","value":"An exception was raised"},
        "innererror":{"transactionid":"23F2932D54040110E005FD84A23B406E","errordetails":[
          {"code":"R11/401","message":"Enter a name","severity":"error"},
          {"code":"AM/1","message":"Only a hint","severity":"warning"},
          {"code":"/IWBEP/CX_MGW_BUSI_EXCEPTION","message":"An exception was raised","severity":"error"}]}}})"),
      {});
  EXPECT_EQ(refusal.error.message(), "Enter a name");
  EXPECT_EQ(refusal.error.remote_code(), "R11/401");
  EXPECT_EQ(refusal.error.request_id(), "23F2932D54040110E005FD84A23B406E");
}

TEST(ODataErrors, ReadsV4AtomAndHtml) {
  const Refusal v4 = read_refusal(
      answer(
          400,
          R"({"error":{"code":"V1/302","message":"Sold-to party missing","@Core.ContentID":"2"}})"),
      {});
  EXPECT_EQ(v4.error.message(), "Sold-to party missing");
  EXPECT_EQ(v4.content_id, "2");
  const Refusal atom = read_refusal(
      answer(
          404,
          R"(<?xml version="1.0"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code>/IWBEP/CM_MGW_RT/020</code><message xml:lang="en">Resource not found</message></error>)",
          "application/xml"),
      {});
  EXPECT_EQ(atom.error.remote_code(), "/IWBEP/CM_MGW_RT/020");
  EXPECT_TRUE(atom.gone);
  const Refusal page = read_refusal(
      answer(503, "<html><head><title>Service Unavailable</title></head></html>", "text/html"), {});
  EXPECT_EQ(page.error.message(), "Service Unavailable");
}

TEST(ODataErrors, ASwitchedOffServiceMeansThatNoObjectIsGone) {
  EXPECT_FALSE(read_refusal(answer(404, "<html><title>404</title></html>", "text/html"), {}).gone);
  EXPECT_FALSE(read_refusal(answer(404, v2_error("/IWFND/MED/170", "No service found")), {}).gone);
  EXPECT_TRUE(
      read_refusal(answer(404, v2_error("/IWBEP/CM_MGW_RT/020", "Resource not found")), {}).gone);
}

Type partner_type() {
  return *(*Metadata::parse(fixture("odata-v2/API_BUSINESS_PARTNER.edmx")))
              ->type_of_set("A_BusinessPartner");
}

TEST(ODataErrors, NamesTheObjectThatIsInTheWay) {
  const Type type = partner_type();
  EXPECT_TRUE(
      read_refusal(answer(400, v2_error("R11/1", "Business partner 1000042 already exists")), {})
          .duplicate);
  for (const char* words :
       {"Business partner 1000042 already exists", "Business Partner number 1000042 is a duplicate",
        "A_BusinessPartnerType A_BusinessPartner('1000042') already exists",
        "Tax number DE123456789 already exists for business partner 1000042"}) {
    EXPECT_EQ(duplicate_key(words, type), "1000042") << words;
  }
}

TEST(ODataErrors, ANumberOfSomethingElseIsNobodysKey) {
  const Type type = partner_type();
  for (const char* words :
       {"Tax number DE123456789 already exists for partner 4711",
        "Bank account 1000042 already exists", "Tax number DE1234567 already exists",
        "Address 77 of business partner already exists",
        "Business partner 1000042 already exists in client 100",
        "Business partner already exists"}) {
    EXPECT_EQ(duplicate_key(words, type), "") << words;
  }
  Type lead{.name = "c4codataapi.Lead", .keys = {"ObjectID"}};
  lead.properties["ObjectID"].description = {
      .name = "ObjectID", .type = "Edm.String", .max_length = 70};
  EXPECT_EQ(duplicate_key("Lead with ID 4711 already exists", lead), "");
  EXPECT_EQ(duplicate_key("Lead 00163E0C6CDB1ED7A1B004E3242D49E9 is a duplicate", lead),
            "00163E0C6CDB1ED7A1B004E3242D49E9");
}

TEST(ODataErrors, ReadsBothFormsOfRetryAfter) {
  http::Response seconds = answer(429, "");
  seconds.headers.add("Retry-After", "7");
  EXPECT_EQ(read_refusal(seconds, {}).error.retry_after(), std::chrono::seconds(7));
  http::Response date = answer(503, "");
  date.headers.add("Date", "Thu, 01 Jan 2026 00:00:00 GMT");
  date.headers.add("Retry-After", "Thu, 01 Jan 2026 00:00:30 GMT");
  EXPECT_EQ(read_refusal(date, {}).error.retry_after(), std::chrono::seconds(30));
}

}  // namespace
}  // namespace channelbridge::odata

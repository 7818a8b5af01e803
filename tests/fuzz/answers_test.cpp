#include <gtest/gtest.h>

#include "batch_internal.hpp"
#include "channelbridge/odata/metadata.hpp"
#include "errors_internal.hpp"
#include "fuzz.hpp"
#include "refusal_internal.hpp"

namespace channelbridge::fuzz {
namespace {

TEST(Fuzz, MetadataIsReadOrRefused) {
  run({.name = "edmx",
       .language = {.seeds = {fixture("sap/odata-v2/API_BUSINESS_PARTNER.ecc-mini.edmx"),
                              fixture("sap/odata-v2/SDK_Grocery_Store.edmx"),
                              fixture("sap/odata-v4/SDK_Grocery_Store.edmx"),
                              fixture("sap/odata-v4/trippin.metadata.xml")},
                    .words = {"<Property Name=\"A\" Type=\"Edm.String\"/>",
                              "<Key>",
                              "</Key>",
                              "BaseType=\"A.B\"",
                              "Type=\"Collection(",
                              "Name=\"",
                              "EntityType",
                              "EntitySet",
                              "Association",
                              "NavigationProperty",
                              "Schema",
                              "MaxLength=\"",
                              "-1",
                              "99999999999",
                              "Max",
                              "Nullable=\"false\"",
                              "sap:updatable=\"x\"",
                              "<",
                              ">",
                              "/>",
                              "\"",
                              "<!DOCTYPE a>",
                              "xmlns=\"",
                              "."},
                    .openers = {"<Schema>", "<EntityType Name=\"a\">", "<a>", "Collection("},
                    .most_bytes = 60'000},
       .parse =
           [](const std::string& text) {
             const auto metadata = odata::Metadata::parse(text);
             if (!metadata) {
               EXPECT_EQ(metadata.error().code(), ErrorCode::Protocol) << metadata.error();
               return Taken::Refused;
             }
             for (const std::string& set : (*metadata)->sets())
               static_cast<void>((*metadata)->describe(set));
             return Taken::Yes;
           },
       .cases = 1500});
}

/// The first line of a body is its boundary.
http::Response multipart(const std::string& text) {
  const std::size_t begin = text.find_first_not_of("-\r\n");
  const std::string boundary = begin == std::string::npos
                                   ? ""
                                   : text.substr(begin, text.find_first_of("\r\n", begin) - begin);
  return {.status = 202,
          .headers = {{"Content-Type", "multipart/mixed; boundary=" + boundary}},
          .body = text};
}

TEST(Fuzz, AnAnsweredBatchIsReadOrRefused) {
  run({.name = "batch",
       .language = {.seeds = {fixture("sap/batch/v2/BatchResponse.txt"),
                              fixture("sap/batch/v2/BatchResponseWithError.txt"),
                              fixture("sap/batch/v2/BatchResponseWithChangeset.txt"),
                              fixture("sap/batch/v2/c4c-batch-response.txt"),
                              fixture("sap/batch/v4/BatchWriteResponseBody.txt")},
                    .words = {"\r\n", "\r\n\r\n", "--", "HTTP/1.1 201 Created\r\n", "HTTP/1.1 ",
                              "Content-Type: multipart/mixed; boundary=", "Content-ID: 1\r\n",
                              "Content-Length: 99999999999\r\n", "Content-Length: -1\r\n",
                              "Content-Type: application/http\r\n", "boundary=\"", ":", "999"},
                    .openers = {"--", "\r\n",
                                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
                                "A: b\r\n"},
                    .most_bytes = 60'000},
       .parse =
           [](const std::string& text) {
             const auto answers = odata::read_batch(multipart(text));
             if (!answers) {
               EXPECT_EQ(answers.error().code(), ErrorCode::Protocol) << answers.error();
               return Taken::Refused;
             }
             std::size_t bytes = 0;
             for (const odata::BatchAnswer& answer : *answers) {
               for (const odata::BatchPart& part : answer.parts) {
                 bytes += part.response.body.size();
                 if (part.response.status >= 400)
                   static_cast<void>(odata::read_refusal(part.response, {}));
               }
             }
             EXPECT_LE(bytes, text.size());
             return Taken::Yes;
           },
       .cases = 3000});
}

TEST(Fuzz, ARefusalIsUnderstoodAsFarAsItGoes) {
  run({.name = "refusal",
       .language =
           {.seeds =
                {fixture("salesforce/rest/sobject_write_error_response.json"),
                 fixture("salesforce/rest/refresh_error_response.json"),
                 fixture("salesforce/rest/expired_session_response.json"),
                 R"({"error":{"code":"R11/656","message":{"lang":"en","value":"no"},"innererror":{"errordetails":[{"code":"A","message":"b","target":"/X/Y","ContentID":"1"}]}}})",
                 R"({"error":{"code":"E","message":"no","details":[{"code":"A","message":"b"}]}})",
                 "<error xmlns=\"http://schemas.microsoft.com/ado/2007/08/dataservices/"
                 "metadata\"><code>A</code><message xml:lang=\"en\">b</message></error>",
                 "<html><head><title>Logon</title></head><body>Error</body></html>"},
            .words = {"{", "}", "[", "]", "\"", ",", ":", "null", "1", "\"message\":", "\"code\":",
                      "\"errordetails\":", "\"error\":", "\"duplicateResult\":", "<code>",
                      "\\u001b"},
            .openers = {"[", "{\"error\":", "{\"message\":", "<a>", "[{\"errorCode\":"}},
       .parse =
           [](const std::string& text) {
             for (const int status : {400, 412, 500}) {
               const http::Response response{.status = status, .body = text};
               const auto refusal = odata::read_refusal(response, {});
               EXPECT_LT(refusal.error.remote_message().size(), 510U);
               const Error error = salesforce::response_error(response, "write");
               EXPECT_LT(error.remote_message().size(), 510U);
             }
             return Taken::Yes;
           },
       .cases = 2000});
}

}  // namespace
}  // namespace channelbridge::fuzz

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_service.hpp"

/// Rows below an object: what a refusal of one says of its root, keys that change, rows that are
/// emptied; and keys that only an address tells.
namespace channelbridge::odata {
namespace {

using adapter::Operation;
using adapter::Selection;
using adapter::WriteNode;
using adapter::WriteOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kPartners = "odata-v2/API_BUSINESS_PARTNER.edmx";

Selection partners_with(std::vector<std::string> paths = {"OrganizationBPName1"}) {
  return {.object = "A_BusinessPartner", .id = "BusinessPartner", .paths = std::move(paths)};
}
WriteNode root(std::string body, Operation operation = Operation::Update) {
  return {.operation = operation,
          .object = "A_BusinessPartner",
          .key = operation == Operation::Create ? "" : "1",
          .body = std::move(body)};
}
WriteNode child(std::string object, std::string navigation, std::string key, std::string body) {
  return {.operation = Operation::Update,
          .object = std::move(object),
          .key = std::move(key),
          .parent = 0,
          .navigation = std::move(navigation),
          .body = std::move(body)};
}
WriteRequest name_and_address() {
  return {.nodes = {root(R"({"OrganizationBPName1":"Nord"})"),
                    child("A_BusinessPartnerAddress", "to_BusinessPartnerAddress", "77",
                          R"({"CityName":"Lund"})")}};
}
const std::string kNotFound =
    R"({"error":{"code":"/IWBEP/CM_MGW_RT/020","message":{"value":"Resource not found"}}})";

WriteOutcome written(Scripted& service, const WriteRequest& request,
                     const Selection& selection = partners_with()) {
  const auto outcomes = service.adapter->write(selection, {request}, service.context());
  EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
  return outcomes ? outcomes->at(0) : WriteOutcome{.nodes = {{}, {}}};
}

TEST(ODataGone, A404OfAChildSaysNothingOfItsRoot) {
  struct Case {
    const char* content_id;
    bool root_gone;
    bool child_gone;
  };
  for (const Case& each : {Case{"", false, false}, Case{"Content-ID: 2\r\n", false, true},
                           Case{"Content-ID: 1\r\n", true, false}}) {
    Scripted service = script(kPartners, [&](const http::Request&) {
      return multipart({part("404 Not Found", kNotFound, each.content_id)});
    });
    const WriteOutcome outcome = written(service, name_and_address());
    EXPECT_EQ(outcome.nodes[0].not_found, each.root_gone) << each.content_id;
    EXPECT_EQ(outcome.nodes[1].not_found, each.child_gone) << each.content_id;
    EXPECT_EQ(outcome.nodes[0].status,
              each.root_gone ? WriteStatus::Rejected : WriteStatus::Conflict);
  }
}

TEST(ODataGone, A404OfANestedRowSaysNothingOfItsRoot) {
  Scripted service = script(kPartners, [](const http::Request& request) {
    if (request.method != "GET") return json_answer(kNotFound, 404);
    return json_answer(
        R"({"d":{"results":[{"BusinessPartner":"1","BPTaxType":"DE0","BPTaxNumber":"1"}]}})");
  });
  const WriteOutcome outcome = written(
      service,
      {.nodes = {root(R"({"to_BusinessPartnerTax":[{"BPTaxType":"DE0","BPTaxNumber":"2"}]})")}});
  EXPECT_FALSE(outcome.nodes[0].not_found);
  EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Conflict);
}

TEST(ODataGone, AListThatIsNotFoundWhilePlanningSaysNothingOfItsRoot) {
  Scripted service =
      script(kPartners, [](const http::Request&) { return json_answer(kNotFound, 404); });
  const WriteOutcome outcome = written(
      service,
      {.nodes = {root(R"({"to_BusinessPartnerTax":[{"BPTaxType":"DE0","BPTaxNumber":"2"}]})")}});
  EXPECT_FALSE(outcome.nodes[0].not_found);
  EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Conflict);
}

TEST(ODataGone, AnEmptyNavigationToOneIsFilled) {
  Scripted service = script(kPartners, [](const http::Request& request) {
    if (request.method == "GET") return json_answer(kNotFound, 404);
    return http::Response{.status = 201};
  });
  const WriteOutcome outcome =
      written(service, {.nodes = {root(R"({"to_Customer":{"OrderIsBlockedForCustomer":"01"}})")}});
  EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Updated);
  const auto sent = service.transport->requests("to_Customer");
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[1].method, "POST");
}

TEST(ODataDuplicates, OnlyTheObjectsOwnKeyIsTakenForIt) {
  struct Case {
    std::string words;
    std::string key;
  };
  for (const Case& known :
       std::vector<Case>{{"Business partner 1000042 already exists", "1000042"},
                         {"Bank account 1000042 already exists", ""},
                         {"Tax number DE123456789 already exists for partner 4711", ""}}) {
    Scripted service = script(kPartners, [&](const http::Request&) {
      return json_answer(
          R"({"error":{"code":"R11/1","message":{"lang":"en","value":")" + known.words + R"("}}})",
          400);
    });
    const WriteOutcome outcome =
        written(service, {.nodes = {root(R"({"OrganizationBPName1":"N"})", Operation::Create)}});
    EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Rejected);
    EXPECT_EQ(outcome.nodes[0].duplicate_of, known.key) << known.words;
  }
}

TEST(ODataKeyChange, ARowWhoseKeyChangesIsDeletedAndPosted) {
  Scripted service = script(kPartners, [](const http::Request& request) {
    if (request.method == "GET") {
      return json_answer(
          R"({"d":{"BusinessPartner":"1","BPIdentificationType":"BUP001","BPIdentificationNumber":"123456789","Country":"SE","Region":null,"ValidityStartDate":"/Date(1767139200000)/"}})");
    }
    return multipart({group(
        {part("204 No Content"),
         part(
             "201 Created",
             R"({"d":{"BusinessPartner":"1","BPIdentificationType":"BUP001","BPIdentificationNumber":"987654321"}})")})});
  });
  const WriteOutcome outcome =
      written(service, {.nodes = {root(""), child("A_BuPaIdentification", "to_BuPaIdentification",
                                                  "BUP001,123456789",
                                                  R"({"BPIdentificationNumber":"987654321"})")}});
  EXPECT_EQ(outcome.nodes[1].status, WriteStatus::Updated);
  EXPECT_EQ(outcome.nodes[1].key, "BUP001,987654321");
  const std::string body = service.transport->requests("$batch").at(0).body;
  EXPECT_THAT(body, HasSubstr("DELETE A_BuPaIdentification(BusinessPartner='1',BPIdentificationType"
                              "='BUP001',BPIdentificationNumber='123456789') HTTP/1.1"));
  EXPECT_THAT(body, HasSubstr("POST A_BusinessPartner('1')/to_BuPaIdentification HTTP/1.1"));
  EXPECT_THAT(
      body,
      HasSubstr(
          R"({"BusinessPartner":"1","BPIdentificationType":"BUP001","Country":"SE","ValidityStartDate":"/Date(1767139200000)/","BPIdentificationNumber":"987654321"})"));
}

TEST(ODataKeyChange, AnotherWritingOfTheSameKeyIsAnUpdate) {
  Scripted service =
      script(kPartners, [](const http::Request&) { return http::Response{.status = 204}; });
  written(service, {.nodes = {root(""), child("A_BusinessPartnerTaxNumber", "to_BusinessPartnerTax",
                                              "DE0", R"({"BPTaxType":"de0","BPTaxNumber":"2"})")}});
  EXPECT_EQ(service.transport->requests("A_BusinessPartnerTaxNumber").at(0).method, "PATCH");
}

TEST(ODataKeyChange, WhereRowsCannotBeDeletedItIsRefused) {
  Scripted service = script(kPartners, [](const http::Request&) {
    return json_answer(R"({"d":{"BusinessPartner":"1","BusinessPartnerRole":"FLCU00"}})");
  });
  const WriteOutcome outcome = written(
      service, {.nodes = {root(""), child("A_BusinessPartnerRole", "to_BusinessPartnerRole",
                                          "FLCU00", R"({"BusinessPartnerRole":"FLCU01"})")}});
  EXPECT_EQ(outcome.nodes[1].status, WriteStatus::Rejected);
  EXPECT_EQ(outcome.nodes[1].error->code(), ErrorCode::Unsupported);
}

TEST(ODataKeyChange, WithoutAChangeSetTheRowIsNotPutAtRisk) {
  Options alone;
  alone.batch = false;
  const std::string row =
      R"({"BusinessPartner":"1","BPIdentificationType":"BUP001","BPIdentificationNumber":"123456789"})";
  Scripted service = script(
      kPartners,
      [&](const http::Request& request) {
        const bool list = request.target.ends_with("to_BuPaIdentification");
        return json_answer(list ? R"({"d":{"results":[)" + row + "]}}" : R"({"d":)" + row + "}");
      },
      alone);
  const WriteRequest by_child{
      .nodes = {root(""), child("A_BuPaIdentification", "to_BuPaIdentification", "BUP001,123456789",
                                R"({"BPIdentificationNumber":"987654321"})")}};
  const WriteRequest by_path{
      .nodes = {root(
          R"({"to_BuPaIdentification":[{"BPIdentificationType":"BUP001","BPIdentificationNumber":"987654321"}]})")}};
  const Selection chosen =
      partners_with({"to_BuPaIdentification[BPIdentificationType=BUP001].BPIdentificationNumber"});
  for (const WriteRequest& request : {by_child, by_path}) {
    const WriteOutcome outcome = written(service, request, chosen);
    EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Rejected);
    ASSERT_TRUE(outcome.nodes[0].error);
    EXPECT_EQ(outcome.nodes[0].error->code(), ErrorCode::Unsupported);
  }
  for (const http::Request& request : service.transport->requests())
    EXPECT_EQ(request.method, "GET");
}

/// One identification with a number and an institute, chosen by its type.
http::Request row_change(const std::string& element) {
  Scripted service = script(kPartners, [](const http::Request& request) {
    if (request.method != "GET") return http::Response{.status = 204};
    return json_answer(
        R"({"d":{"results":[{"BusinessPartner":"1","BPIdentificationType":"X","BPIdentificationNumber":"7","BPIdnNmbrIssuingInstitute":"I"}]}})");
  });
  written(
      service, {.nodes = {root(R"({"to_BuPaIdentification":[)" + element + "]}")}},
      partners_with({"to_BuPaIdentification[BPIdentificationType=X].BPIdentificationNumber",
                     "to_BuPaIdentification[BPIdentificationType=X].BPIdnNmbrIssuingInstitute"}));
  return service.transport->requests("BPIdentificationNumber='7'").at(0);
}

TEST(ODataRows, ClearingOneFieldLeavesTheRow) {
  const http::Request sent =
      row_change(R"({"BPIdentificationType":"X","BPIdnNmbrIssuingInstitute":null})");
  EXPECT_EQ(sent.method, "PATCH");
  EXPECT_EQ(sent.body, R"({"BPIdnNmbrIssuingInstitute":null})");
}

TEST(ODataRows, ClearingEveryFieldTakesTheRowAway) {
  EXPECT_EQ(
      row_change(
          R"({"BPIdentificationType":"X","BPIdentificationNumber":null,"BPIdnNmbrIssuingInstitute":null})")
          .method,
      "DELETE");
}

TEST(ODataRows, ListsInsideARowThatIsThereAreRefusedAndNotForgotten) {
  Scripted service = script(kPartners, [](const http::Request&) {
    return json_answer(
        R"({"d":{"results":[{"BusinessPartner":"1","AddressID":"77","Country":"SE"}]}})");
  });
  const WriteOutcome outcome = written(
      service,
      {.nodes = {root(
           R"({"to_BusinessPartnerAddress":[{"Country":"SE","to_EmailAddress":[{"EmailAddress":"a@example.com"}]}]})")}});
  EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(outcome.nodes[0].error->code(), ErrorCode::Unsupported);
}

TEST(ODataCreated, AnAddressTellsTheKeyThatTheBodyLeavesOut) {
  struct Case {
    const char* metadata;
    const char* set;
    const char* header;
    const char* address;
    const char* key;
  };
  for (const Case& each :
       {Case{kPartners, "A_BusinessPartner", "location",
             "https://h/sap(bD1l)/A_BusinessPartner('O''N%20%2F1')", "O'N /1"},
        Case{"odata-v4/manageLineItems.metadata.xml", "LineItems", "location",
             "/root/LineItems(ID=7,IsActiveEntity=false)", "7,false"},
        Case{"odata-v4/trippin.metadata.xml", "People", "odata-entityid", "People('x')", "x"}}) {
    Scripted service = script(each.metadata, [&](const http::Request&) {
      http::Response answer{.status = 204};
      answer.headers.set(each.header, each.address);
      return answer;
    });
    const Selection selection{.object = each.set, .id = "ID"};
    const WriteRequest create{
        .nodes = {{.operation = Operation::Create, .object = each.set, .body = "{}"}}};
    EXPECT_EQ(written(service, create, selection).nodes[0].key, each.key) << each.address;
  }
}

}  // namespace
}  // namespace channelbridge::odata

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "written_partners.hpp"

namespace channelbridge::odata {
namespace {

using adapter::Operation;
using adapter::Selection;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ODataWrite, CreatesARootWithItsChildrenAndOurMarkInOneRequest) {
  Options options;
  options.correlation = "to_BuPaIdentification[BPIdentificationType=CHBR].BPIdentificationNumber";
  Scripted service = script(
      kPartners,
      [](const http::Request&) {
        http::Response created = json_answer(
            R"({"d":{"__metadata":{"etag":"W/\"9\""},"BusinessPartner":"1000001","to_BusinessPartnerAddress":{"results":[{"BusinessPartner":"1000001","AddressID":"77","Country":"SE","CityName":"Malmö"}]}}})",
            201);
        return created;
      },
      options);
  const auto outcomes =
      service.adapter->write(partners(), {create_with_address()}, service.context());
  ASSERT_TRUE(outcomes) << to_string(outcomes.error());
  const adapter::WriteOutcome& outcome = outcomes->at(0);
  EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Created);
  EXPECT_EQ(outcome.nodes[0].key, "1000001");
  EXPECT_EQ(outcome.nodes[0].version, "W/\"9\"");
  EXPECT_FALSE(outcome.nodes[0].document.full());
  EXPECT_EQ(outcome.nodes[1].status, WriteStatus::Created);
  EXPECT_EQ(outcome.nodes[1].key, "77");
  const http::Request sent = service.transport->requests("A_BusinessPartner").at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.repeatable, http::Repeatable::No);
  EXPECT_EQ(
      sent.body,
      R"({"BusinessPartnerCategory":"2","OrganizationBPName1":"Nordkabel AB","to_BusinessPartnerAddress":[{"Country":"SE","CityName":"Malmö","to_EmailAddress":[{"EmailAddress":"a@example.com"}]}],"to_BuPaIdentification":[{"BPIdentificationType":"CHBR","BPIdentificationNumber":"018f-record"}]})");
}

TEST(ODataWrite, ReadsTheKeysOfChildrenThatTheAnswerLeavesOut) {
  Scripted service = script(kPartners, [](const http::Request& request) {
    if (request.method == "POST") return json_answer(R"({"d":{"BusinessPartner":"1000001"}})", 201);
    return json_answer(
        R"({"d":{"BusinessPartner":"1000001","to_BusinessPartnerAddress":{"results":[{"AddressID":"5","Country":"DE"},{"AddressID":"6","Country":"SE","CityName":"Malmö"}]}}})");
  });
  const auto outcomes =
      service.adapter->write(partners(), {create_with_address()}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[1].key, "6");
}

TEST(ODataWrite, AChildsChangesGoWithTheRootInOneChangeSet) {
  WriteRequest request = update("1000001", "Nord");
  request.nodes.push_back({.operation = Operation::Update,
                           .object = "A_BusinessPartnerAddress",
                           .key = "77",
                           .parent = 0,
                           .navigation = "to_BusinessPartnerAddress",
                           .body = R"({"CityName":"Lund"})"});
  request.nodes.push_back({.operation = Operation::Create,
                           .object = "A_BusinessPartnerRole",
                           .parent = 0,
                           .navigation = "to_BusinessPartnerRole",
                           .body = R"({"BusinessPartnerRole":"FLCU01"})"});
  request.nodes.push_back({.operation = Operation::Delete,
                           .object = "A_BusinessPartnerTaxNumber",
                           .key = "DE0",
                           .parent = 0,
                           .navigation = "to_BusinessPartnerTax"});
  Scripted service = script(kPartners, [](const http::Request&) {
    return multipart(
        {group({part("204 No Content", "", "ETag: W/\"2\"\r\n"), part("204 No Content"),
                part("201 Created",
                     R"({"d":{"BusinessPartner":"1000001","BusinessPartnerRole":"FLCU01"}})"),
                part("204 No Content")})});
  });
  const auto outcomes = service.adapter->write(partners(), {request}, service.context());
  ASSERT_TRUE(outcomes) << to_string(outcomes.error());
  const auto& nodes = outcomes->at(0).nodes;
  EXPECT_EQ(nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(nodes[0].version, "W/\"2\"");
  EXPECT_EQ(nodes[1].status, WriteStatus::Updated);
  EXPECT_EQ(nodes[2].status, WriteStatus::Created);
  EXPECT_EQ(nodes[2].key, "FLCU01");
  EXPECT_EQ(nodes[3].status, WriteStatus::Deleted);
  const std::string body = service.transport->requests("$batch").at(0).body;
  EXPECT_THAT(body, HasSubstr("PATCH A_BusinessPartner('1000001') HTTP/1.1"));
  EXPECT_THAT(body, HasSubstr("If-Match: W/\"1\""));
  EXPECT_THAT(
      body,
      HasSubstr(
          "PATCH A_BusinessPartnerAddress(BusinessPartner='1000001',AddressID='77') HTTP/1.1"));
  EXPECT_THAT(body, HasSubstr("POST A_BusinessPartner('1000001')/to_BusinessPartnerRole HTTP/1.1"));
  EXPECT_THAT(
      body,
      HasSubstr(
          "DELETE A_BusinessPartnerTaxNumber(BusinessPartner='1000001',BPTaxType='DE0') HTTP/1.1"));
}

TEST(ODataWrite, OneRefusedGroupLeavesItsNeighboursAlone) {
  Scripted service = script(kPartners, [](const http::Request&) {
    return multipart({group({part("204 No Content")}), part("400 Bad Request", kError),
                      group({part("204 No Content")})});
  });
  const auto outcomes = service.adapter->write(
      partners(), {update("1", "A"), update("2", ""), update("3", "C")}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(outcomes->at(1).nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(outcomes->at(1).nodes[0].error->remote_code(), "R11/401");
  EXPECT_EQ(outcomes->at(1).nodes[0].error->key(), "2");
  EXPECT_EQ(outcomes->at(2).nodes[0].status, WriteStatus::Updated);
}

/// SAP's CAP server answers 201 for a member of a group that it then rolls back.
TEST(ODataWrite, A201InsideAFailedGroupIsNoSuccess) {
  Options flat;
  flat.deep_create = false;
  Scripted service = script(
      kPartners,
      [](const http::Request& request) {
        if (request.method == "GET") {
          return json_answer(R"({"error":{"code":"404","message":"Not Found"}})", 404);
        }
        return multipart({group({part("201 Created", R"({"d":{"BusinessPartner":"1000001"}})"),
                                 part("400 Bad Request", kError)})});
      },
      flat);
  const auto outcomes =
      service.adapter->write(partners(), {create_with_address()}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Rejected);
  EXPECT_EQ(outcomes->at(0).nodes[1].status, WriteStatus::Rejected);
  EXPECT_THAT(service.transport->requests("$batch").at(0).body,
              HasSubstr("POST $1/to_BusinessPartnerAddress HTTP/1.1"));
}

TEST(ODataWrite, A201OfAFailedGroupThatStandsNeverthelessIsUnknown) {
  Options flat;
  flat.deep_create = false;
  Scripted service = script(
      kPartners,
      [](const http::Request& request) {
        if (request.method == "GET") return json_answer(R"({"d":{"BusinessPartner":"1000001"}})");
        return multipart({group({part("201 Created", R"({"d":{"BusinessPartner":"1000001"}})"),
                                 part("400 Bad Request", kError)})});
      },
      flat);
  const auto outcomes =
      service.adapter->write(partners(), {create_with_address()}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Unknown);
}

TEST(ODataWrite, ALostAnswerIsUnknownForEveryMember) {
  Scripted service = script(kPartners, [](const http::Request&) -> Result<http::Response> {
    return Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
  });
  const auto outcomes =
      service.adapter->write(partners(), {update("1", "A"), update("2", "B")}, service.context());
  ASSERT_TRUE(outcomes);
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Unknown);
  const auto sent = service.transport->requests("$batch");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].headers.get("prefer"), "odata.continue-on-error")
      << "V2 services ask for it too";
}

TEST(ODataWrite, ABatchThatNeverLeftIsAnError) {
  Scripted service = script(kPartners, [](const http::Request&) -> Result<http::Response> {
    return Error(ErrorCode::Unavailable, "no connection").with_sent(Sent::No);
  });
  const auto outcomes =
      service.adapter->write(partners(), {update("1", "A"), update("2", "B")}, service.context());
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().sent(), Sent::No);
}

TEST(ODataWrite, ACutBatchAnswerIsUnknown) {
  Scripted service = script(kPartners, [](const http::Request&) {
    http::Response cut =
        multipart({group({part("204 No Content")}), group({part("204 No Content")})});
    cut.body.resize(cut.body.size() - 30);
    return cut;
  });
  const auto outcomes =
      service.adapter->write(partners(), {update("1", "A"), update("2", "B")}, service.context());
  ASSERT_TRUE(outcomes);
  for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.nodes[0].status, WriteStatus::Unknown);
}

TEST(ODataWrite, AMissingPlaceInTheAnswerIsUnknown) {
  Scripted service = script(
      kPartners, [](const http::Request&) { return multipart({group({part("204 No Content")})}); });
  const auto outcomes =
      service.adapter->write(partners(), {update("1", "A"), update("2", "B")}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(outcomes->at(1).nodes[0].status, WriteStatus::Unknown);
}

TEST(ODataWrite, ARowLockIsTriedAgainAndOnlyTheLockedRecord) {
  int batches = 0;
  Scripted service = script(kPartners, [&](const http::Request& request) {
    if (request.target.find("$batch") == std::string::npos) return http::Response{.status = 204};
    ++batches;
    return multipart(
        {group({part("204 No Content")}),
         part(
             "400 Bad Request",
             R"({"error":{"code":"R1/2","message":{"value":"Business partner 2 is currently being processed by user X"}}})")});
  });
  const auto outcomes =
      service.adapter->write(partners(), {update("1", "A"), update("2", "B")}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(batches, 1);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(outcomes->at(1).nodes[0].status, WriteStatus::Updated);
  EXPECT_EQ(service.transport->requests("A_BusinessPartner('2')").size(), 1U);
  EXPECT_FALSE(service.clock->sleeps().empty());
}

TEST(ODataWrite, AStaleVersionIsAConflict) {
  Scripted service = script(kPartners, [](const http::Request&) {
    return json_answer(
        R"({"error":{"code":"/IWBEP/CM_MGW_RT/190","message":{"value":"already changed"}}})", 412);
  });
  const auto outcomes = service.adapter->write(partners(), {update("1", "A")}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Conflict);
}

WriteRequest move_address(const std::string& key) {
  return {.nodes = {{.operation = Operation::Update,
                     .object = "A_BusinessPartner",
                     .key = key,
                     .body = "{}",
                     .expected_version = "W/\"1\""},
                    {.operation = Operation::Update,
                     .object = "A_BusinessPartnerAddress",
                     .key = "77",
                     .parent = 0,
                     .navigation = "to_BusinessPartnerAddress",
                     .body = R"({"CityName":"Lund"})"}}};
}

/// An address has no version; the root's moves with it.
TEST(ODataWrite, AChildOfAnObjectThatHasMovedIsAConflict) {
  const auto partner = [](const std::string& key, const std::string& version) {
    return R"({"__metadata":{"etag":"W/\")" + version + R"(\""},"BusinessPartner":")" + key + "\"}";
  };
  Scripted service = script(kPartners, [&](const http::Request& request) {
    if (request.method == "GET") {
      if (request.target.find("A_BusinessPartner('3')") != std::string::npos) {
        return json_answer(
            R"({"error":{"code":"/IWBEP/CM_MGW_RT/020","message":{"value":"Resource not found"}}})",
            404);
      }
      return json_answer(R"({"d":{"results":[)" + partner("1", "1") + "," + partner("2", "2") +
                         "]}}");
    }
    return http::Response{.status = 204};
  });
  const auto outcomes = service.adapter->write(
      partners(), {move_address("1"), move_address("2"), move_address("3")}, service.context());
  ASSERT_TRUE(outcomes) << to_string(outcomes.error());
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Unchanged);
  EXPECT_EQ(outcomes->at(0).nodes[1].status, WriteStatus::Updated);
  for (const auto& node : outcomes->at(1).nodes) EXPECT_EQ(node.status, WriteStatus::Conflict);
  EXPECT_FALSE(outcomes->at(1).nodes[0].not_found);
  EXPECT_TRUE(outcomes->at(2).nodes[0].not_found);
  for (const http::Request& sent : service.transport->requests("A_BusinessPartnerAddress")) {
    EXPECT_THAT(sent.target, HasSubstr("'1'"));
  }
}

TEST(ODataWrite, AChildIsNotWrittenWhereItsObjectCannotBeLookedAt) {
  Scripted service = script(kPartners, [](const http::Request& request) -> Result<http::Response> {
    if (request.method == "GET")
      return Error(ErrorCode::Timeout, "no answer").with_sent(Sent::NoAnswer);
    return http::Response{.status = 204};
  });
  const auto outcomes = service.adapter->write(partners(), {move_address("1")}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Retry);
  EXPECT_TRUE(service.transport->requests("A_BusinessPartnerAddress").empty());
}

TEST(ODataWrite, WhereChildrenAreFollowedByThemselvesTheRootsVersionIsNoCondition) {
  Scripted service =
      script(kPartners, [](const http::Request&) { return http::Response{.status = 204}; });
  Selection selection = partners();
  EXPECT_TRUE(service.adapter->capabilities(selection).conditional);
  selection.touch = {"A_BusinessPartnerAddress"};
  EXPECT_FALSE(service.adapter->capabilities(selection).conditional);
}

TEST(ODataWrite, AVersionThatIsAPropertyIsNoETag) {
  Scripted service =
      script(kPartners, [](const http::Request&) { return http::Response{.status = 204}; });
  Selection selection = partners();
  selection.version = "LastChangeDate";
  WriteRequest request = update("1", "A");
  request.nodes[0].expected_version = "/Date(1422921600000)/";
  const auto outcomes = service.adapter->write(selection, {request}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Updated);
  const auto sent = service.transport->requests("A_BusinessPartner('1')").at(0);
  EXPECT_NE(sent.headers.get("if-match").value_or(""), "/Date(1422921600000)/");
}

TEST(ODataWrite, AnObjectThatIsGoneClosesItsLink) {
  Scripted service = script(kPartners, [](const http::Request&) {
    return json_answer(
        R"({"error":{"code":"/IWBEP/CM_MGW_RT/020","message":{"value":"Resource not found"}}})",
        404);
  });
  const auto outcomes = service.adapter->write(partners(), {update("1", "A")}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Rejected);
  EXPECT_TRUE(outcomes->at(0).nodes[0].not_found);
}

TEST(ODataWrite, ABodyThatDoesNotFitIsRefusedBeforeItIsSent) {
  Scripted service =
      script(kPartners, [](const http::Request&) { return http::Response{.status = 204}; });
  WriteRequest wrong = update("1", "A");
  wrong.nodes[0].body = R"({"OrganizationBPNam1":"x"})";
  const auto outcomes = service.adapter->write(partners(), {wrong}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Rejected);
  EXPECT_THAT(outcomes->at(0).nodes[0].error->message(), HasSubstr("OrganizationBPName1"));
  EXPECT_TRUE(service.transport->requests("A_BusinessPartner").empty());
}

TEST(ODataWrite, AnUpdateOfANestedListWritesTheRowThatAgrees) {
  WriteRequest nested{
      .nodes = {
          {.operation = Operation::Update,
           .object = "A_BusinessPartnerAddress",
           .key = "1000001,77",
           .body =
               R"({"to_EmailAddress":[{"IsDefaultEmailAddress":true,"EmailAddress":"new@example.com"}]})"}}};
  Selection addresses{.object = "A_BusinessPartnerAddress",
                      .id = "BusinessPartner,AddressID",
                      .paths = {"CityName"}};
  Scripted service = script(kPartners, [](const http::Request& request) {
    if (request.method == "GET") {
      return json_answer(
          R"({"d":{"results":[{"AddressID":"77","Person":"","OrdinalNumber":"1","IsDefaultEmailAddress":false,"EmailAddress":"b@example.com"},
                              {"AddressID":"77","Person":"","OrdinalNumber":"2","IsDefaultEmailAddress":true,"EmailAddress":"old@example.com"}]}})");
    }
    return http::Response{.status = 204};
  });
  const auto outcomes = service.adapter->write(addresses, {nested}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Updated);
  const http::Request sent = service.transport->requests("A_AddressEmailAddress(").at(0);
  EXPECT_THAT(decoded(sent.target), HasSubstr("(AddressID='77',Person='',OrdinalNumber='2')"));
  EXPECT_EQ(sent.body, R"({"EmailAddress":"new@example.com"})");
}

TEST(ODataWrite, NothingToWriteSendsNothing) {
  Scripted service =
      script(kPartners, [](const http::Request&) { return http::Response{.status = 204}; });
  WriteRequest empty{.nodes = {{.operation = Operation::Update,
                                .object = "A_BusinessPartner",
                                .key = "1",
                                .body = "{}"}}};
  const auto outcomes = service.adapter->write(partners(), {empty}, service.context());
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0).nodes[0].status, WriteStatus::Unchanged);
  EXPECT_TRUE(service.transport->requests("A_BusinessPartner").empty());
}

TEST(ODataWrite, FindsOurMarkInAChildSet) {
  Options options;
  options.correlation = "to_BuPaIdentification[BPIdentificationType=CHBR].BPIdentificationNumber";
  Scripted service = script(
      kPartners,
      [](const http::Request& request) {
        if (request.target.find("A_BuPaIdentification") != std::string::npos) {
          return json_answer(R"({"d":{"results":[{"BusinessPartner":"1000001"}]}})");
        }
        return json_answer(
            R"({"d":{"BusinessPartner":"1000001","to_BuPaIdentification":{"results":[{"BPIdentificationType":"CHBR","BPIdentificationNumber":"018f"}]}}})");
      },
      options);
  const auto found = service.adapter->find(partners(), "018f", service.context());
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->at(0).key, "1000001");
  EXPECT_EQ(found->at(0).correlation, "018f");
  EXPECT_THAT(
      decoded(service.transport->requests("A_BuPaIdentification?").at(0).target),
      HasSubstr("$filter=BPIdentificationNumber eq '018F' and BPIdentificationType eq 'CHBR'"));
}

TEST(ODataWrite, TheDefaultPlaceOfOurIdIsPromisedOnlyWhereAnObjectHasIt) {
  Options options;
  options.correlation = "to_BuPaIdentification[BPIdentificationType=CHBR].BPIdentificationNumber";
  Scripted service = script(
      kPartners, [](const http::Request&) { return json_answer("{}"); }, options);
  const adapter::Selection addresses{.object = "A_BusinessPartnerAddress"};
  ASSERT_TRUE(service.adapter->describe(addresses.object, service.context()));
  EXPECT_EQ(service.adapter->capabilities(addresses).idempotency, adapter::Idempotency::None);
  EXPECT_EQ(service.adapter->capabilities(partners()).idempotency, adapter::Idempotency::Find);
}

TEST(ODataWrite, NoMarkIsFoundWithoutAnError) {
  Options options;
  options.correlation = "SearchTerm1";
  Scripted service = script(
      kPartners, [](const http::Request&) { return json_answer(R"({"d":{"results":[]}})"); },
      options);
  const auto found = service.adapter->find(partners(), "018f", service.context());
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->empty());
}

TEST(ODataWrite, V4SendsItsHeadersAndBareNumbers) {
  WriteRequest create{.nodes = {{.operation = Operation::Create,
                                 .object = "People",
                                 .body = R"({"UserName":"x","Age":"42"})"}}};
  WriteRequest second = create;
  Selection people{.object = "People", .id = "UserName", .paths = {"FirstName"}};
  Scripted service = script("odata-v4/trippin.metadata.xml", [](const http::Request&) {
    http::Response answer =
        multipart({group({part("201 Created", R"({"@odata.etag":"W/\"1\"","UserName":"x"})")}),
                   group({part("201 Created", R"({"UserName":"x"})")})});
    answer.status = 200;
    return answer;
  });
  const auto outcomes = service.adapter->write(people, {create, second}, service.context());
  ASSERT_TRUE(outcomes) << to_string(outcomes.error());
  EXPECT_EQ(outcomes->at(0).nodes[0].key, "x");
  EXPECT_EQ(outcomes->at(0).nodes[0].version, "W/\"1\"");
  const http::Request sent = service.transport->requests("$batch").at(0);
  EXPECT_EQ(sent.headers.get("prefer"), "odata.continue-on-error");
  EXPECT_THAT(sent.body, HasSubstr(R"({"UserName":"x","Age":42})"));
}

}  // namespace
}  // namespace channelbridge::odata

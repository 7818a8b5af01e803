#include <gmock/gmock.h>

#include <functional>

#include "claim_service.hpp"

namespace channelbridge::soap {
namespace {

using adapter::WriteStatus;
using test::answer;
using test::ClaimService;
using test::fault;
using test::log_item;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string result(const std::string& ref, const std::string& inside) {
  return "<c:Result><c:Ref>" + ref + "</c:Ref>" + inside + "</c:Result>";
}
std::string made(const std::string& ref, const std::string& id) {
  return result(ref, "<c:ClaimID>" + id + "</c:ClaimID><c:Version>1</c:Version>");
}
http::Response submitted(const std::string& results) {
  return answer("<c:ClaimSubmitResponse xmlns:c=\"urn:claims\">" + results +
                "</c:ClaimSubmitResponse>");
}
http::Response changed(const std::string& inside) {
  return answer("<c:ClaimChangeResponse xmlns:c=\"urn:claims\">" + inside +
                "</c:ClaimChangeResponse>");
}

std::vector<WriteStatus> statuses(const std::vector<adapter::NodeOutcome>& outcomes) {
  std::vector<WriteStatus> out;
  for (const adapter::NodeOutcome& each : outcomes) out.push_back(each.status);
  return out;
}

TEST(SoapWriteAdapter, SendsTheDocumentInTheSchemasOrderWithItsHeadersAndOurIds) {
  ClaimService service;
  service.transport->then(submitted(made(ClaimService::kNumber, "C1")));
  const auto out = service.write({ClaimService::create(ClaimService::kNumber)});
  EXPECT_EQ(out[0].status, WriteStatus::Created);
  EXPECT_EQ(out[0].key, "C1");
  EXPECT_EQ(out[0].version, "1");
  const std::string body = service.sent(0);
  EXPECT_THAT(body, AllOf(HasSubstr(std::string(":ID>") + ClaimService::kNumber + "</"),
                          HasSubstr(":At>2026-03-02T00:00:00Z</"),
                          HasSubstr(std::string(":Ref>") + ClaimService::kNumber + "</"),
                          HasSubstr(std::string(":ExternalID>") + ClaimService::kRecordHex + "</"),
                          HasSubstr(std::string("urn:uuid:") + ClaimService::kNumber)));
  EXPECT_LT(body.find("ExternalID"), body.find("Partner"));
  EXPECT_LT(body.find("Partner"), body.find("Amount"));
  EXPECT_EQ(service.transport->seen()[0].repeatable, http::Repeatable::No);
}

TEST(SoapWriteAdapter, TheSameWriteIsTheSameMessageInAnotherProcess) {
  ClaimService service;
  for (int i = 0; i < 2; ++i) {
    service.transport->then(submitted(made(ClaimService::kNumber, "C1")));
    static_cast<void>(service.write({ClaimService::create(ClaimService::kNumber)}));
    service.clock->advance(std::chrono::hours(5));
    service.remake();
  }
  EXPECT_EQ(service.sent(0), service.sent(1));
}

TEST(SoapWriteAdapter, MatchesTheDocumentsOfABatchByNumberInWhateverOrderTheyAreAnswered) {
  ClaimService service;
  service.transport->then(submitted(
      made(ClaimService::kThird, "C3") + made(ClaimService::kNumber, "C1") +
      result(ClaimService::kOther, log_item("F5 702", "3", "Balance is not zero", "Amount"))));
  const auto out = service.write({ClaimService::create(ClaimService::kNumber),
                                  ClaimService::create(ClaimService::kOther),
                                  ClaimService::create(ClaimService::kThird)});
  EXPECT_THAT(statuses(out),
              ElementsAre(WriteStatus::Created, WriteStatus::Rejected, WriteStatus::Created));
  EXPECT_EQ(out[0].key, "C1");
  EXPECT_EQ(out[2].key, "C3");
  ASSERT_TRUE(out[1].error);
  EXPECT_EQ(out[1].error->code(), ErrorCode::Rejected);
  EXPECT_EQ(out[1].error->remote_code(), "F5 702");
  EXPECT_EQ(out[1].error->remote_message(), "Balance is not zero");
  EXPECT_EQ(out[1].error->problems().at(0).path, "Amount");
  EXPECT_THAT(service.transport->seen(), SizeIs(1)) << "one call";
}

TEST(SoapWriteAdapter, AFourthDocumentGoesInACallOfItsOwn) {
  ClaimService service;
  service.transport->then(submitted(made(ClaimService::kNumber, "C1") +
                                    made(ClaimService::kOther, "C2") +
                                    made(ClaimService::kThird, "C3")));
  const std::string fourth = "018f2b6a-5c1e-7d3a-9b1f-dddddddddddd";
  service.transport->then(submitted(made(fourth, "C4")));
  const auto out = service.write(
      {ClaimService::create(ClaimService::kNumber), ClaimService::create(ClaimService::kOther),
       ClaimService::create(ClaimService::kThird), ClaimService::create(fourth)});
  EXPECT_EQ(out[3].key, "C4");
  EXPECT_THAT(service.transport->seen(), SizeIs(2));
}

TEST(SoapWriteAdapter, WhatDoesNotFitTheSchemaIsRefusedAndItsNeighboursGo) {
  ClaimService service;
  service.transport->then(submitted(made(ClaimService::kOther, "C2")));
  const auto out = service.write({ClaimService::create(ClaimService::kNumber, "a partner too long"),
                                  ClaimService::create(ClaimService::kOther)});
  EXPECT_THAT(statuses(out), ElementsAre(WriteStatus::Rejected, WriteStatus::Created));
  EXPECT_THAT(to_string(*out[0].error), HasSubstr("Partner"));
  EXPECT_THAT(service.sent(0), Not(HasSubstr("too long")));
}

TEST(SoapWriteAdapter, AnAnswerThatIsNeitherIsUnknown) {
  ClaimService service;
  const auto said = [&](const http::Response& response) {
    service.transport->then(response);
    return service.write({ClaimService::create(ClaimService::kNumber)})[0];
  };
  EXPECT_EQ(said(submitted("")).status, WriteStatus::Unknown) << "nothing is said of it";
  EXPECT_EQ(said(submitted(made(ClaimService::kOther, "C1"))).status, WriteStatus::Unknown)
      << "said of another";
  EXPECT_EQ(
      said(submitted(made(ClaimService::kNumber, "C1") + made(ClaimService::kNumber, "C2"))).status,
      WriteStatus::Unknown)
      << "said twice";
  EXPECT_EQ(said(submitted(result(ClaimService::kNumber, ""))).status, WriteStatus::Unknown)
      << "neither a key nor an error";
  const auto both = said(submitted(result(
      ClaimService::kNumber, "<c:ClaimID>C1</c:ClaimID>" + log_item("1", "3", "went wrong"))));
  EXPECT_EQ(both.status, WriteStatus::Unknown) << "a key, and an error";
  EXPECT_EQ(both.error->remote_message(), "went wrong");
  EXPECT_EQ(said(answer("<c:Other xmlns:c=\"urn:claims\"/>")).status, WriteStatus::Unknown);
  EXPECT_EQ(said(http::Response{.status = 502, .body = "bad gateway"}).status,
            WriteStatus::Unknown);
}

TEST(SoapWriteAdapter, ALostAnswerIsUnknownAndNeverSentAgain) {
  ClaimService service;
  service.transport->fails(ErrorCode::Timeout, Sent::NoAnswer);
  const auto out = service.write(
      {ClaimService::create(ClaimService::kNumber), ClaimService::create(ClaimService::kOther)});
  EXPECT_THAT(statuses(out), ElementsAre(WriteStatus::Unknown, WriteStatus::Unknown));
  EXPECT_EQ(out[0].error->sent(), Sent::NoAnswer);
  EXPECT_EQ(out[0].error->system(), "crm");
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapWriteAdapter, WhatNeverLeftOrWasTurnedAwayAtTheDoorIsAnErrorOfTheWholeCall) {
  ClaimService service;
  service.options.parameters["organisation"] = "1010";
  const auto error_of = [&] {
    const auto out = service.adapter->write(
        service.claims, {ClaimService::create(ClaimService::kNumber)}, service.context);
    EXPECT_FALSE(out);
    return out ? Error(ErrorCode::Internal, "written") : out.error();
  };
  for (const int status : {401, 403, 404, 415}) {
    service.transport->then(status);
    const Error error = error_of();
    EXPECT_EQ(error.sent(), Sent::No) << status;
    EXPECT_EQ(error.http_status(), status);
  }
  service.transport->then(fault("e:MustUnderstand", "what is wsa?"));
  EXPECT_EQ(error_of().sent(), Sent::No);
  service.transport->then(fault("e:Server", "Claim is LOCKED BY user MEIER"));
  const Error locked = error_of();
  EXPECT_EQ(locked.code(), ErrorCode::Unavailable) << "the manifest says so";
  EXPECT_EQ(locked.sent(), Sent::No);
}

TEST(SoapWriteAdapter, AFaultIsClassifiedByWhatItCanHaveDone) {
  ClaimService service;
  const auto said = [&](const std::string& code, const std::string& words) {
    service.transport->then(fault(code, words));
    return service.write({ClaimService::create(ClaimService::kNumber)})[0];
  };
  EXPECT_EQ(said("e:Server", "short dump").status, WriteStatus::Unknown);
  EXPECT_EQ(said("Z_OWN", "something").status, WriteStatus::Unknown);
  EXPECT_EQ(said("e:Client", "no such element").status, WriteStatus::Rejected);
  EXPECT_EQ(said("e:Server", "The period is closed").status, WriteStatus::Rejected)
      << "a line of the manifest's table";
  EXPECT_EQ(said("DUP", "there already").status, WriteStatus::Rejected);
}

std::vector<adapter::WriteRequest> two() {
  return {ClaimService::create(ClaimService::kNumber), ClaimService::create(ClaimService::kOther)};
}

TEST(SoapWriteAdapter, ABatchRefusedBeforeAnyEffectIsSentOneByOne) {
  const test::Replacements known{
      {"faults:\n", "faults:\n  - { code: Client, means: rejected, nothing_done: true }\n"}};
  for (const bool without_soap : {false, true}) {
    ClaimService service(known);
    if (without_soap)
      service.transport->then(400);
    else
      service.transport->then(fault("e:Client", "bad Entry"));
    service.transport->then(submitted(made(ClaimService::kNumber, "C1")))
        .then(fault("e:Client", "bad Entry"));
    const auto out = service.write(two());
    EXPECT_THAT(statuses(out), ElementsAre(WriteStatus::Created, WriteStatus::Rejected));
    EXPECT_THAT(service.transport->seen(), SizeIs(3));
  }
}

TEST(SoapWriteAdapter, AfterAFaultOnABatchOnlyWhatIsNotThereGoesAgain) {
  ClaimService service;
  service.transport->then(fault("e:Client", "bad Entry"))
      .then(test::page(test::claim("C1", "",
                                   "<c:ExternalID>" + std::string(ClaimService::kRecordHex) +
                                       "</c:ExternalID><c:Status>open</c:Status>")))
      .then(test::page(""))
      .then(submitted(made(ClaimService::kOther, "C2")));
  const auto out = service.write(two());
  EXPECT_THAT(statuses(out), ElementsAre(WriteStatus::Created, WriteStatus::Created));
  EXPECT_EQ(out[0].key, "C1") << "the service had made it before it came to the bad one";
  EXPECT_EQ(out[1].key, "C2");
  EXPECT_THAT(service.transport->seen(), SizeIs(4));
  EXPECT_THAT(service.sent(3), Not(HasSubstr(ClaimService::kNumber)));
}

TEST(SoapWriteAdapter, AfterAFaultOnABatchThatNothingFindsAPersonIsAsked) {
  ClaimService service(test::Replacements{
      {"    find:\n      operation: ClaimQuery\n      request: { Filter/ExternalID: "
       "\"{record.hex}\", Organisation: \"{parameter.organisation}\" }\n      rows: Claim\n",
       ""}});
  service.transport->then(fault("e:Client", "bad Entry"));
  const auto out = service.write(two());
  EXPECT_THAT(statuses(out), ElementsAre(WriteStatus::Unknown, WriteStatus::Unknown));
  EXPECT_THAT(service.transport->seen(), SizeIs(1)) << "nothing went a second time";
}

TEST(SoapWriteAdapter, AFaultAboutOneDocumentOfABatchProvesNothingOfTheOthers) {
  ClaimService service;
  service.transport->then(fault("e:Server", "Claim is LOCKED BY user MEIER"));
  const auto out = service.write(two());
  EXPECT_THAT(statuses(out), ElementsAre(WriteStatus::Unknown, WriteStatus::Unknown));
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapWriteAdapter, ABatchThatMayTakeLongIsNotSentAgainBeforeSomebodyHasLooked) {
  ClaimService service;
  service.options.settle = std::chrono::minutes(11);
  service.remake();
  service.transport->then(fault("e:Client", "bad Entry"));
  const auto out = service.write(two());
  EXPECT_THAT(statuses(out), ElementsAre(WriteStatus::Unknown, WriteStatus::Unknown));
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
  EXPECT_THAT(service.clock->sleeps(), IsEmpty());
}

TEST(SoapWriteAdapter, AMessageThatWasHadBeforeMayHaveBeenDone) {
  const std::pair<std::string, std::string> faults[] = {
      {"http://www.w3.org/2005/08/addressing", "DuplicateMessageID"},
      {"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
       "InvalidSecurityToken"}};
  for (const auto& [space, code] : faults) {
    ClaimService service;
    service.transport->then(answer("<e:Fault xmlns:w=\"" + space + "\"><faultcode>w:" + code +
                                       "</faultcode><faultstring>The Nonce was used before"
                                       "</faultstring></e:Fault>",
                                   500));
    const auto out = service.write({ClaimService::create(ClaimService::kNumber)});
    EXPECT_EQ(out[0].status, WriteStatus::Unknown) << code << ": a proxy has sent it twice";
  }
}

TEST(SoapWriteAdapter, ACreateThatIsMadeAgainGoesWithTheIdUnderWhichItWasLost) {
  ClaimService service;
  service.transport->then(submitted(made(ClaimService::kNumber, "C1")));
  adapter::WriteRequest again = ClaimService::create(ClaimService::kNumber);
  again.lost = ClaimService::kOther;
  EXPECT_EQ(service.write({again})[0].status, WriteStatus::Created);
  EXPECT_THAT(service.sent(0), AllOf(HasSubstr(std::string("urn:uuid:") + ClaimService::kOther),
                                     HasSubstr(std::string(":Ref>") + ClaimService::kNumber)));
}

http::Response relating_to(const std::string& id, const std::string& body) {
  http::Response out = answer(body);
  const std::string header =
      "<e:Header><w:RelatesTo xmlns:w=\"http://www.w3.org/2005/08/addressing\">" + id +
      "</w:RelatesTo></e:Header><e:Body>";
  out.body.replace(out.body.find("<e:Body>"), 8, header);
  return out;
}

TEST(SoapWriteAdapter, TheAnswerToAnotherMessageSaysNothingOfOurs) {
  ClaimService service;
  const std::string body = "<c:ClaimSubmitResponse xmlns:c=\"urn:claims\">" +
                           made(ClaimService::kNumber, "C1") + "</c:ClaimSubmitResponse>";
  service.transport->then(relating_to(std::string("urn:uuid:") + ClaimService::kOther, body))
      .then(relating_to(std::string("urn:uuid:") + ClaimService::kNumber, body));
  const auto strange = service.write({ClaimService::create(ClaimService::kNumber)})[0];
  EXPECT_EQ(strange.status, WriteStatus::Unknown);
  EXPECT_EQ(strange.error->code(), ErrorCode::Protocol);
  EXPECT_THAT(strange.error->message(), HasSubstr("another message"));
  const auto ours = service.write({ClaimService::create(ClaimService::kNumber)})[0];
  EXPECT_EQ(ours.status, WriteStatus::Created);
}

TEST(SoapWriteAdapter, AFaultThatCouldNotReadOurIdIsReadAllTheSame) {
  ClaimService service;
  service.transport->then(
      relating_to("http://www.w3.org/2005/08/addressing/unspecified",
                  "<e:Fault><faultcode>e:Client</faultcode><faultstring>bad Entry</faultstring>"
                  "</e:Fault>"));
  EXPECT_EQ(service.write({ClaimService::create(ClaimService::kNumber)})[0].status,
            WriteStatus::Rejected);
}

TEST(SoapWriteAdapter, AfterAPartHasGoneTheRestComesAgain) {
  ClaimService service(test::Replacements{{"      batch: 3\n", ""}});
  service.transport->then(submitted(made(ClaimService::kNumber, "C1"))).then(403);
  const auto out = service.write({ClaimService::create(ClaimService::kNumber),
                                  ClaimService::create(ClaimService::kOther),
                                  ClaimService::create(ClaimService::kThird)});
  EXPECT_THAT(statuses(out),
              ElementsAre(WriteStatus::Created, WriteStatus::Retry, WriteStatus::Retry));
  EXPECT_THAT(service.transport->seen(), SizeIs(2));
}

TEST(SoapWriteAdapter, AfterALogonPageNothingMoreIsSent) {
  ClaimService service(test::Replacements{{"      batch: 3\n", ""}});
  service.transport->then(http::Response{
      .status = 200, .headers = {{"content-type", "text/html"}}, .body = "<html>log on</html>"});
  EXPECT_EQ(service.write({ClaimService::create(ClaimService::kNumber)})[0].status,
            WriteStatus::Unknown);
  const auto next = service.adapter->write(
      service.claims, {ClaimService::create(ClaimService::kOther)}, service.context);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().sent(), Sent::No);
  EXPECT_THAT(service.transport->seen(), SizeIs(1));
}

TEST(SoapWriteAdapter, AnUpdateCarriesKeyAndVersionAndSaysWhatMoved) {
  ClaimService service;
  service.transport->then(changed("<c:Version>8</c:Version>" + log_item("1", "1", "done")))
      .then(changed(log_item("DUP", "3", "changed by MEIER")))
      .then(changed(log_item("NOTFOUND", "3", "no such claim")))
      .then(changed("<c:Version>8</c:Version>"));
  const auto done = service.write({ClaimService::update("C1", "7")})[0];
  EXPECT_EQ(done.status, WriteStatus::Updated);
  EXPECT_EQ(done.key, "C1");
  EXPECT_EQ(done.version, "8");
  EXPECT_THAT(service.sent(0), AllOf(HasSubstr("ClaimID>C1</"), HasSubstr("Version>7</")));
  const auto moved = service.write({ClaimService::update("C1", "7")})[0];
  EXPECT_EQ(moved.status, WriteStatus::Conflict);
  const auto gone = service.write({ClaimService::update("C1", "7")})[0];
  EXPECT_EQ(gone.status, WriteStatus::Rejected);
  EXPECT_TRUE(gone.not_found);
  EXPECT_EQ(gone.error->key(), "C1");
  const auto silent = service.write({ClaimService::update("C1", "")})[0];
  EXPECT_EQ(silent.status, WriteStatus::Unknown) << "an answer without its success code";
  EXPECT_THAT(service.sent(3), Not(HasSubstr("Version>"))) << "nothing was expected";
}

TEST(SoapWriteAdapter, WhatTheManifestDoesNotOfferIsRefused) {
  ClaimService service;
  adapter::WriteRequest request = ClaimService::update("C1", "7");
  request.nodes[0].operation = adapter::Operation::Delete;
  const auto out = service.write({request})[0];
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  EXPECT_THAT(out.error->message(), HasSubstr("delete"));
  EXPECT_THAT(service.transport->seen(), IsEmpty());
}

TEST(SoapWriteAdapter, ARequestThatIsNoneOfThisSystemSendsNothingOfTheBatch) {
  ClaimService service;
  std::vector<adapter::WriteRequest> wrong(3, ClaimService::create(ClaimService::kNumber));
  wrong[0].nodes[0].body = "{}";
  wrong[1].number.clear();
  wrong[2].nodes.push_back(wrong[2].nodes[0]);
  for (const adapter::WriteRequest& each : wrong) {
    const auto out = service.adapter->write(
        service.claims, {ClaimService::create(ClaimService::kOther), each}, service.context);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code(), ErrorCode::Invalid);
    EXPECT_EQ(out.error().sent(), Sent::No);
  }
  EXPECT_THAT(service.transport->seen(), IsEmpty());
}

TEST(SoapWriteAdapter, PasswordsAndBodiesStandInNoError) {
  ClaimService service;
  service.options.username_token = UsernameToken{.user = "CHANNEL", .password = Secret("s3cret")};
  service.remake();
  service.transport->fails(ErrorCode::Timeout, Sent::NoAnswer);
  const auto out = service.write({ClaimService::create(ClaimService::kNumber, "P-IN-BODY")});
  EXPECT_THAT(service.sent(0), HasSubstr("s3cret"));
  const std::string shown = to_string(*out[0].error);
  EXPECT_THAT(shown, AllOf(Not(HasSubstr("s3cret")), Not(HasSubstr("P-IN-BODY"))));
}

}  // namespace
}  // namespace channelbridge::soap

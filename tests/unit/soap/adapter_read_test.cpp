#include <gmock/gmock.h>

#include "claim_service.hpp"

namespace channelbridge::soap {
namespace {

using test::altered;
using test::claim;
using test::ClaimService;
using test::fault;
using test::log_item;
using test::page;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> keys_of(const adapter::Page& page) {
  std::vector<std::string> out;
  for (const adapter::Change& change : page.changes) out.push_back(change.key);
  return out;
}

const test::Replacements kSnapshot{
    {"        Filter/ChangedSince: \"{since}\"\n", "        Skip: \"{skip}\"\n"},
    {"        Token: \"{token}\"\n", ""},
    {"      next: NextToken\n", "      more: More\n      total: Total\n"}};

TEST(SoapReadAdapter, ShowsRowsAsDocumentsWithTheirKeyVersionAndTime) {
  ClaimService service;
  service.transport->then(page(claim("C1", "2026-03-01T10:00:00Z")));
  const adapter::Page out = service.read();
  ASSERT_THAT(out.changes, SizeIs(1));
  const adapter::Change& change = out.changes.front();
  EXPECT_EQ(change.key, "C1");
  EXPECT_EQ(change.version, "C1-v1");
  EXPECT_EQ(to_iso8601(*change.modified), "2026-03-01T10:00:00Z");
  EXPECT_EQ(change.document.format(), document::Format::Xml);
  EXPECT_TRUE(change.document.full());
  const document::Tree tree = tree_of(change.document.text());
  EXPECT_EQ(tree.find("Partner")->text, "P1");
  EXPECT_EQ(tree.find("Amount")->text, "100.00") << "digits stay";
  EXPECT_TRUE(out.end);
}

TEST(SoapReadAdapter, AsksForEverythingFirstThenForWhatChangedSinceWithItsOverlap) {
  ClaimService service;
  service.transport->then(page(claim("C1", "2026-03-01T10:00:00Z")));
  const adapter::Page first = service.read();
  service.transport->then(page(claim("C2", "2026-03-01T10:30:00Z")));
  const adapter::Page second = service.read(first.next);
  EXPECT_THAT(service.sent(0), Not(HasSubstr("ChangedSince")));
  EXPECT_THAT(service.sent(0), HasSubstr(">1010</"));
  EXPECT_THAT(service.sent(0), HasSubstr(">50</"));
  EXPECT_THAT(service.sent(1), HasSubstr(">2026-03-01T09:58:00Z</")) << "two minutes behind";
  EXPECT_THAT(keys_of(second), ElementsAre("C2"));
  service.transport->then(page(""));
  static_cast<void>(service.read(second.next));
  EXPECT_THAT(service.sent(2), HasSubstr(">2026-03-01T10:28:00Z</"));
}

TEST(SoapReadAdapter, DropsWhatTheOverlapShowsAgainAndTakesWhatHasChanged) {
  ClaimService service;
  service.transport->then(
      page(claim("C1", "2026-03-01T10:00:00Z") + claim("C2", "2026-03-01T10:01:00Z")));
  const adapter::Page first = service.read();
  service.transport->then(
      page(claim("C1", "2026-03-01T10:00:00Z") +
           claim("C2", "2026-03-01T10:01:00Z", "<c:Status>approved</c:Status>") +
           claim("C3", "2026-03-01T10:01:00Z")));
  EXPECT_THAT(keys_of(service.read(first.next)), ElementsAre("C2", "C3"))
      << "a change within one stamp, and a late commit";
}

TEST(SoapReadAdapter, FollowsPageTokensToTheServicesOwnEnd) {
  ClaimService service;
  service.transport
      ->then(page(claim("C1", "2026-03-01T10:00:00Z") + "<c:NextToken>t1</c:NextToken>"))
      .then(page("<c:NextToken>t2</c:NextToken>"))
      .then(page(claim("C2", "2026-03-01T11:00:00Z")));
  const adapter::Page first = service.read();
  EXPECT_FALSE(first.end);
  service.remake();
  const adapter::Page second = service.read(first.next);
  EXPECT_FALSE(second.end) << "an empty page is not the last one";
  const adapter::Page third = service.read(second.next);
  EXPECT_TRUE(third.end);
  EXPECT_THAT(keys_of(third), ElementsAre("C2"));
  EXPECT_THAT(service.sent(1), HasSubstr(">t1</"));
  EXPECT_THAT(service.sent(2), HasSubstr(">t2</"));
  EXPECT_THAT(service.sent(2), Not(HasSubstr("ChangedSince"))) << "the bound is the round's";
}

TEST(SoapReadAdapter, APageThatNamesItselfIsRefused) {
  ClaimService service;
  service.transport
      ->then(page(claim("C1", "2026-03-01T10:00:00Z") + "<c:NextToken>t1</c:NextToken>"))
      .then(page("<c:NextToken>t1</c:NextToken>"));
  const adapter::Page first = service.read();
  const auto second = service.adapter->read(service.claims, first.next, 50, service.context);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Protocol);
}

TEST(SoapReadAdapter, AForgottenTokenBeginsTheRoundAnew) {
  ClaimService service;
  service.transport
      ->then(page(claim("C1", "2026-03-01T10:00:00Z") + "<c:NextToken>t1</c:NextToken>"))
      .then(fault("e:Client", "token expired"))
      .then(page(claim("C1", "2026-03-01T10:00:00Z") + claim("C2", "2026-03-01T10:00:00Z")));
  const adapter::Page first = service.read();
  const adapter::Page again = service.read(first.next);
  EXPECT_TRUE(again.end);
  EXPECT_THAT(keys_of(again), ElementsAre("C2"));
  EXPECT_THAT(service.sent(2), Not(HasSubstr("t1")));
}

TEST(SoapReadAdapter, ATokenRefusedAgainAndAgainIsToldAndTriedAnHourLater) {
  ClaimService service;
  const auto first_page = [] {
    return page(claim("C1", "2026-03-01T10:00:00Z") + "<c:NextToken>t1</c:NextToken>");
  };
  service.transport->then(first_page());
  adapter::Cursor cursor = service.read().next;
  for (int round = 0; round < 3; ++round) {
    service.transport->then(fault("e:Server", "row 10001 is beyond the limit")).then(first_page());
    cursor = service.read(cursor).next;
  }
  service.transport->then(fault("e:Server", "row 10001 is beyond the limit"));
  const auto told = service.adapter->read(service.claims, cursor, 50, service.context);
  ASSERT_FALSE(told) << "a pull must not go round in circles";
  EXPECT_THAT(told.error().remote_message(), HasSubstr("beyond the limit"));
  service.clock->advance(std::chrono::hours(2));
  service.transport->then(fault("e:Server", "row 10001 is beyond the limit"))
      .then(page(claim("C2", "2026-03-01T10:00:00Z")));
  EXPECT_TRUE(service.read(cursor).end);
}

TEST(SoapReadAdapter, AStampOfTheFutureHidesNothingThatChangesBeforeIt) {
  ClaimService service;
  service.transport->then(
      page(claim("C1", "2099-01-01T00:00:00Z") + claim("C2", "2026-03-01T10:00:00Z")));
  const adapter::Page first = service.read();
  EXPECT_THAT(keys_of(first), ElementsAre("C1", "C2"));
  service.transport->then(
      page(claim("C1", "2099-01-01T00:00:00Z") + claim("C3", "2026-03-02T10:00:05Z")));
  const adapter::Page second = service.read(first.next);
  EXPECT_THAT(service.sent(1), HasSubstr(">2026-03-02T09:58:00Z</"))
      << "behind the server's own clock";
  EXPECT_THAT(keys_of(second), ElementsAre("C3"));
}

TEST(SoapReadAdapter, AWordThatSaysNeitherYesNorNoEndsNoList) {
  ClaimService service(kSnapshot);
  service.transport->then(page(claim("C1", "") + "<c:More>Y</c:More><c:Total>1</c:Total>"));
  const auto out = service.adapter->read(service.claims, {}, 50, service.context);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), ErrorCode::Protocol);
  EXPECT_THAT(out.error().message(), HasSubstr("'Y'"));
}

TEST(SoapReadAdapter, APathThatIsGoneIsNoObjectThatIsGone) {
  ClaimService service;
  service.transport->then(404);
  const auto out = service.adapter->read_by_key(service.claims, "C1", service.context);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), ErrorCode::Unavailable)
      << "whoever takes it for deleted closes a link";
  EXPECT_EQ(out.error().http_status(), 404);
}

TEST(SoapReadAdapter, AnAnswerAboutOtherObjectsDoesNotSayThatThisOneIsGone) {
  ClaimService service;
  service.transport->then(page(claim("C8", "") + claim("C9", "")));
  const auto out = service.adapter->read_by_key(service.claims, "C1", service.context);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), ErrorCode::Protocol);
}

TEST(SoapReadAdapter, ACreateThatCarriesOurIdNowhereIsNotCalledFindable) {
  ClaimService service(test::Replacements{{"    correlation: ExternalID\n", ""}});
  EXPECT_EQ(service.adapter->capabilities(service.claims).idempotency, adapter::Idempotency::None);
  adapter::Selection with = service.claims;
  with.correlation = "ExternalID";
  EXPECT_EQ(service.adapter->capabilities(with).idempotency, adapter::Idempotency::Find);
  with.correlation = "ClaimID";
  EXPECT_EQ(service.adapter->capabilities(with).idempotency, adapter::Idempotency::None)
      << "the document of a create has no such element";
}

TEST(SoapReadAdapter, ARowWithoutAKeyIsSetAsideAndTheOthersFlow) {
  ClaimService service;
  service.transport->then(
      page(claim("", "2026-03-01T10:00:00Z") + claim("C2", "2026-03-01T10:00:00Z")));
  const adapter::Page out = service.read();
  EXPECT_THAT(keys_of(out), ElementsAre("C2"));
  ASSERT_THAT(out.unreadable, SizeIs(1));
  EXPECT_THAT(out.unreadable[0].position, HasSubstr("Claim:"));
  EXPECT_THAT(out.unreadable[0].error.message(), HasSubstr("ClaimID"));
  EXPECT_THAT(out.unreadable[0].text, HasSubstr("P1"));
}

TEST(SoapReadAdapter, ARowThatLacksWhatItsDescriptionRequiresIsSetAsideAndIsNotEmptied) {
  ClaimService service;
  service.transport->then(page(altered(claim("C1", "2026-03-01T10:00:00Z"),
                                       {{"<c:Amount currency=\"EUR\">100.00</c:Amount>", ""}}) +
                               claim("C2", "2026-03-01T10:00:00Z")));
  const adapter::Page out = service.read();
  EXPECT_THAT(keys_of(out), ElementsAre("C2"));
  ASSERT_THAT(out.unreadable, SizeIs(1));
  EXPECT_EQ(out.unreadable[0].key, "C1");
  ASSERT_THAT(out.unreadable[0].error.problems(), SizeIs(1));
  const Problem& problem = out.unreadable[0].error.problems()[0];
  EXPECT_EQ(problem.path, "Amount");
  EXPECT_EQ(problem.rule, "missing_element");
  EXPECT_THAT(problem.file, HasSubstr("claims.wsdl"));
  EXPECT_EQ(problem.line, 23);
}

TEST(SoapReadAdapter, OneOfSeveralLooksThatCannotBeReadLeavesTheOthers) {
  ClaimService service;
  service.transport
      ->then(page(altered(claim("C1", "2026-03-01T10:00:00Z"),
                          {{"<c:Partner>P1</c:Partner>", "<c:Partner/>"},
                           {"<c:Amount currency=\"EUR\">100.00</c:Amount>", ""}})))
      .then(page(""))
      .then(page(claim("C3", "2026-03-01T10:00:00Z")));
  const auto out =
      service.adapter->read_by_keys(service.claims, {"C1", "C2", "C3"}, service.context);
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_THAT(keys_of(*out), ElementsAre("C2", "C3"));
  EXPECT_TRUE(out->changes[0].deleted);
  EXPECT_FALSE(out->changes[1].deleted);
  ASSERT_THAT(out->unreadable, SizeIs(1));
  EXPECT_EQ(out->unreadable[0].key, "C1");
  EXPECT_EQ(out->unreadable[0].position, "Claim:C1");
}

TEST(SoapReadAdapter, ADeletedRowIsAKeyAndNothingElse) {
  ClaimService service;
  service.transport->then(page(claim("C1", "2026-03-01T10:00:00Z", "<c:Status>gone</c:Status>")));
  const adapter::Page out = service.read();
  ASSERT_THAT(out.changes, SizeIs(1));
  EXPECT_TRUE(out.changes[0].deleted);
  EXPECT_TRUE(out.changes[0].document.empty());
  EXPECT_TRUE(service.adapter->capabilities(service.claims).deletes_visible);
}

TEST(SoapReadAdapter, ARefusalUnderStatus200IsAnErrorWithItsCodeAndText) {
  ClaimService service;
  service.transport->then(
      page(log_item("210(Z)", "3", "no authorisation for 1010", "Organisation")));
  const auto out = service.adapter->read(service.claims, {}, 50, service.context);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().remote_code(), "210(Z)");
  EXPECT_EQ(out.error().remote_message(), "no authorisation for 1010");
  EXPECT_EQ(out.error().system(), "crm");
  EXPECT_EQ(out.error().operation(), "read Claim");
  ASSERT_THAT(out.error().problems(), SizeIs(1));
  EXPECT_EQ(out.error().problems()[0].path, "Organisation");
}

TEST(SoapReadAdapter, ASnapshotCountsItsRowsAndReadsAgainWhenTheListHasMoved) {
  ClaimService service(kSnapshot);
  const auto half = [](const std::string& id, const std::string& rest) {
    return page(claim(id, "2026-03-01T10:00:00Z") + rest);
  };
  service.transport->then(half("C1", "<c:More>true</c:More><c:Total>2</c:Total>"))
      .then(half("C2", "<c:More>false</c:More><c:Total>3</c:Total>"));
  const adapter::Page first = service.read();
  EXPECT_THAT(first.renewed, ElementsAre("Claim"));
  const adapter::Page second = service.read(first.next);
  EXPECT_FALSE(second.end) << "three were announced, two came";
  service.transport->then(half("C1", "<c:More>true</c:More><c:Total>2</c:Total>"))
      .then(half("C2", "<c:More>false</c:More><c:Total>2</c:Total>"));
  const adapter::Page third = service.read(second.next);
  EXPECT_THAT(keys_of(third), ElementsAre("C1"));
  EXPECT_TRUE(service.read(third.next).end);
  EXPECT_THAT(service.sent(1), HasSubstr("Skip>1</"));
  EXPECT_THAT(service.sent(2), HasSubstr("Skip>0</"));
}

TEST(SoapReadAdapter, AListThatAlwaysMovesIsTold) {
  ClaimService service(kSnapshot);
  adapter::Cursor cursor;
  for (int round = 0; round < 3; ++round) {
    service.transport->then(page("<c:More>false</c:More><c:Total>1</c:Total>"));
    cursor = service.read(cursor).next;
  }
  service.transport->then(page("<c:More>false</c:More><c:Total>1</c:Total>"));
  const auto out = service.adapter->read(service.claims, cursor, 50, service.context);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), ErrorCode::Unavailable);
}

TEST(SoapReadAdapter, WithoutATimeOfChangeTheServersClockBoundsTheRound) {
  ClaimService service(test::Replacements{{"    modified: ChangedOn\n", ""}});
  service.transport->then(page(claim("C1", "")));
  const adapter::Page first = service.read();
  service.transport->then(page(""));
  static_cast<void>(service.read(first.next));
  EXPECT_THAT(service.sent(1), HasSubstr(">2026-03-02T09:58:00Z</"));
}

TEST(SoapReadAdapter, StampsWithoutAZoneAreThoseOfTheSettings) {
  ClaimService service;
  service.options.time_zone = "Europe/Berlin";
  service.remake();
  service.transport->then(page(claim("C1", "2026-03-01T10:00:00")));
  EXPECT_EQ(to_iso8601(*service.read().changes.at(0).modified), "2026-03-01T09:00:00Z");
}

TEST(SoapReadAdapter, ReadsOneByKeyAndSaysWhenItIsGone) {
  ClaimService service;
  service.transport
      ->then(page(claim("C9", "2026-03-01T10:00:00Z") + claim("C1", "2026-03-01T10:00:00Z")))
      .then(page(""))
      .then(fault("NOTFOUND", "no such claim"));
  const auto there = service.adapter->read_by_key(service.claims, "C1", service.context);
  ASSERT_TRUE(there) << to_string(there.error());
  EXPECT_EQ(there->key, "C1");
  EXPECT_THAT(service.sent(0), HasSubstr("ClaimID>C1</"));
  for (int i = 0; i < 2; ++i) {
    const auto gone = service.adapter->read_by_key(service.claims, "C1", service.context);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code(), ErrorCode::NotFound);
    EXPECT_EQ(gone.error().key(), "C1");
  }
}

TEST(SoapReadAdapter, FindsByOurRecordIdAndBelievesOnlyWhatCarriesIt) {
  ClaimService service;
  const auto with_id = [](const std::string& id) {
    return "<c:ExternalID>" + id + "</c:ExternalID><c:Status>open</c:Status>";
  };
  service.transport->then(page(claim("C1", "", with_id(ClaimService::kRecordHex)) +
                               claim("C2", "", with_id("ffffffffffffffffffffffffffffffff")) +
                               claim("C3", "")));
  const auto found = service.adapter->find(service.claims, ClaimService::kRecord, service.context);
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->front().key, "C1");
  EXPECT_EQ(found->front().correlation, ClaimService::kRecord) << "its hyphens are back";
  EXPECT_THAT(service.sent(0), HasSubstr(ClaimService::kRecordHex));
  service.transport->then(page(""));
  const auto none = service.adapter->find(service.claims, ClaimService::kRecord, service.context);
  ASSERT_TRUE(none);
  EXPECT_THAT(*none, IsEmpty());
}

TEST(SoapReadAdapter, AnAnswerAboutSomethingElseDoesNotSayThatOursIsNotThere) {
  const std::string other =
      "<c:ExternalID>ffffffffffffffffffffffffffffffff</c:ExternalID><c:Status>open</c:Status>";
  const std::pair<std::string, std::string> answers[] = {
      {claim("C2", "", other), "other objects"},
      {claim("C3", ""), "other objects"},  // it shows nobody's id
      {"<c:NextToken>2</c:NextToken>", "there are more"},
      {"<c:Warning>the index is being rebuilt</c:Warning>", "'Warning'"}};
  for (const auto& [said, why] : answers) {
    ClaimService service;
    service.transport->then(page(said));
    const auto found =
        service.adapter->find(service.claims, ClaimService::kRecord, service.context);
    ASSERT_FALSE(found) << why;
    EXPECT_EQ(found.error().code(), ErrorCode::Protocol);
    EXPECT_THAT(found.error().message(), HasSubstr(why));
  }
}

TEST(SoapReadAdapter, SaysHowLongAWriteMayTakeAsTheManifestDoes) {
  const auto settle = [](const ClaimService& service) {
    return service.adapter->capabilities(service.claims).settle;
  };
  EXPECT_EQ(settle(ClaimService()), std::chrono::seconds(5));
  ClaimService slow(test::Replacements{
      {"    correlation: ExternalID\n", "    correlation: ExternalID\n    settle: 660\n"}});
  EXPECT_EQ(settle(slow), std::chrono::seconds(660));
  slow.options.settle = std::chrono::seconds(1);
  slow.remake();
  EXPECT_EQ(settle(slow), std::chrono::seconds(1)) << "the project knows better";
}

TEST(SoapReadAdapter, WithoutARecordIdNothingIsLookedFor) {
  ClaimService service;
  const auto found = service.adapter->find(service.claims, "", service.context);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(service.transport->seen(), IsEmpty()) << "a request without its filter";
}

TEST(SoapReadAdapter, AReadIsRepeatedAndAddressedAsTheManifestSays) {
  ClaimService service;
  service.options.parameters["client"] = "100";
  service.remake();
  service.transport->fails(ErrorCode::Unavailable, Sent::NoAnswer)
      .then(page(claim("C1", "2026-03-01T10:00:00Z")));
  EXPECT_THAT(keys_of(service.read()), ElementsAre("C1"));
  const auto seen = service.transport->seen();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].target, "/sap/claims?sap-client=100");
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].headers.get("soapaction"), "\"urn:claims/query\"");
  EXPECT_EQ(seen[0].headers.get("content-type"), "text/xml; charset=utf-8");
  EXPECT_THAT(seen[0].body, HasSubstr("MessageID>urn:uuid:"));
}

TEST(SoapReadAdapter, WhatIsNoSoapAndFaultsAreErrorsWithTheirPlace) {
  ClaimService service;
  service.transport->then(http::Response{.status = 200, .body = "<html>log on</html>"})
      .then(http::Response{.status = 401})
      .then(fault("e:Server", "short dump"));
  for (const ErrorCode code :
       {ErrorCode::Protocol, ErrorCode::Unauthenticated, ErrorCode::Unavailable}) {
    const auto out = service.adapter->read(service.claims, {}, 50, service.context);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code(), code) << to_string(out.error());
    EXPECT_EQ(out.error().operation(), "read Claim");
  }
}

TEST(SoapReadAdapter, AStrangeCursorIsRefusedWithoutItsText) {
  ClaimService service;
  for (const char* cursor :
       {"x-secret", "{}", "{\"soap\":9}", "{\"soap\":1,\"since\":\"x-secret\"}"}) {
    const auto out = service.adapter->read(service.claims, cursor, 50, service.context);
    ASSERT_FALSE(out) << cursor;
    EXPECT_EQ(out.error().code(), ErrorCode::Invalid);
    EXPECT_THAT(to_string(out.error()), Not(HasSubstr("x-secret")));
  }
}

TEST(SoapReadAdapter, DeclaresWhatTheManifestOffers) {
  ClaimService service;
  const adapter::Capabilities can = service.adapter->capabilities(service.claims);
  EXPECT_EQ(can.idempotency, adapter::Idempotency::Find);
  EXPECT_EQ(can.versions, adapter::Versions::Etag);
  EXPECT_EQ(can.reply, adapter::Reply::Version);
  EXPECT_TRUE(can.conditional);
  EXPECT_TRUE(can.readable);
  EXPECT_EQ(can.batch_records, 3U);
  EXPECT_EQ(can.overlap, std::chrono::minutes(2));
  Options options{.manifest = "sap_fi_journal_entry"};
  const auto fi = make_adapter(service.transport, {.system = "fi"}, options);
  ASSERT_TRUE(fi) << to_string(fi.error());
  const adapter::Capabilities posts = (*fi)->capabilities({.object = "JournalEntry"});
  EXPECT_EQ(posts.idempotency, adapter::Idempotency::None);
  EXPECT_FALSE(posts.readable);
  const auto nothing = (*fi)->read({.object = "JournalEntry"}, {}, 10, service.context);
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->end);
  EXPECT_THAT(nothing->changes, IsEmpty());
  EXPECT_THAT(service.transport->seen(), IsEmpty()) << "nobody is asked";
}

TEST(SoapReadAdapter, ASelectionThatTheManifestCannotServeIsRefused) {
  ClaimService service;
  const auto why = [&](const adapter::Selection& selection) {
    const auto checked = service.adapter->check(selection);
    return checked ? std::string() : checked.error().message();
  };
  EXPECT_EQ(why(service.claims), "");
  EXPECT_THAT(why({.object = "Clam"}), HasSubstr("did you mean 'Claim'?"));
  EXPECT_THAT(why({.object = "Claim", .id = "ExternalID"}), HasSubstr("'ClaimID'"));
  EXPECT_THAT(why({.object = "Claim", .where = "Status=open"}), HasSubstr("where"));
  EXPECT_THAT(why({.object = "Claim", .children = {{.navigation = "Line", .object = "ClaimLine"}}}),
              HasSubstr("'Line'"));
}

TEST(SoapProbe, HoldsTheServicesOwnDescriptionAgainstWhatIsUsed) {
  ClaimService service;
  const std::string own = test::file_text(fixture("claims.wsdl"));
  const auto live = [&](const std::string& text, int status = 200) {
    service.transport->then(http::Response{.status = status, .body = text});
    return service.adapter->probe(service.context);
  };
  const auto same = live(own);
  ASSERT_TRUE(same) << to_string(same.error());
  EXPECT_THAT(*same, HasSubstr("has everything"));
  EXPECT_EQ(service.transport->seen()[0].target, "/sap/claims?wsdl");
  EXPECT_EQ(service.transport->seen()[0].method, "GET");

  const auto differs = live(test::altered(
      own, {{"<xs:element name=\"NextToken\"", "<xs:element name=\"PagingToken\""},
            {"<xs:element name=\"Ref\" type=\"xs:token\"/><xs:element name=\"Claim\"",
             "<xs:element name=\"Ref\" type=\"xs:token\"/><xs:element name=\"Klaim\""}}));
  ASSERT_FALSE(differs);
  const std::string told = to_string(differs.error());
  EXPECT_THAT(told, HasSubstr("NextToken"));
  EXPECT_THAT(told, HasSubstr("did you mean 'Klaim'?"));

  EXPECT_EQ(live("", 401).error().code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(live("", 404).error().code(), ErrorCode::NotFound);
  EXPECT_THAT(live("<html><p>hello</p></html>").value(), HasSubstr("cannot be compared"));
  EXPECT_THAT(
      live(test::altered(own, {{"<wsdl:types>",
                                "<wsdl:import namespace=\"urn:x\" location=\"/etc/passwd\"/>"
                                "<wsdl:types>"}}))
          .value(),
      HasSubstr("several files"));
}

}  // namespace
}  // namespace channelbridge::soap

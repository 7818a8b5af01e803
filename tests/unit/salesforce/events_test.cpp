#include "events_internal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "channelbridge/document/tree.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::Events;
using adapter::Gap;
using adapter::Hint;
using adapter::HintKind;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string fixture(const std::string& name) {
  std::ifstream file(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/tests/fixtures/salesforce/soap/" +
                     name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

constexpr const char* kOrg = "0123456789ABCDENNN";  // of the published message

Events read(SalesforceEvents& reader, const std::string& body, const std::string& position = "") {
  auto events = reader.read({.body = body, .position = position});
  EXPECT_TRUE(events) << (events ? "" : to_string(events.error()));
  return events ? *events : Events{};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

// ---- Outbound messages

TEST(SalesforceEvents, ThePublishedOutboundMessageGivesAHintForEachNotification) {
  SalesforceEvents reader(kOrg);
  const Events events = read(reader, fixture("outbound_message_2_notifications.xml"));
  const Timestamp at = *parse_iso8601("2015-08-14T18:27:02Z");
  EXPECT_THAT(events.hints,
              ElementsAre(Hint{.object = "Lead1", .key = "0123456789ABCDEEAE", .at = at},
                          Hint{.object = "Lead2", .key = "1123456789ABCDEEAE", .at = at},
                          Hint{.object = "Lead3", .key = "2123456789ABCDEEAE", .at = at}));
  EXPECT_THAT(events.ids,
              ElementsAre("04l37000000L0E5AAK", "14l37000123L0E5AAK", "24l37123450L0E5AAK"));
  EXPECT_THAT(events.gaps, IsEmpty());
  EXPECT_EQ(events.position, "");
}

TEST(SalesforceEvents, AnotherOrgsMessageIsRefused) {
  SalesforceEvents reader("00D000000000001EAA");
  const auto events = reader.read({.body = fixture("outbound_message_2_notifications.xml")});
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(to_string(events.error()).find("BSGSRAzG9lPxyKRPjJ3"), std::string::npos)
      << "the session id inside is nobody's business";
  const auto message = reader.read({.body = fixture("outbound_message_minimal.xml")});
  ASSERT_FALSE(message) << "a message that names no org";
  EXPECT_EQ(message.error().code(), ErrorCode::Forbidden);
}

TEST(SalesforceEvents, TheOrgIsComparedOnFifteenCharactersAndMustBeConfigured) {
  const std::string body = fixture("outbound_message_2_notifications.xml");
  SalesforceEvents fifteen(std::string(kOrg, 15));
  EXPECT_TRUE(fifteen.read({.body = body}));
  SalesforceEvents none("");
  const auto events = none.read({.body = body});
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(events.error().message(), HasSubstr("organization"));
}

TEST(SalesforceEvents, ANotificationIsRepeatedOnlyOnceItWasTaken) {
  SalesforceEvents reader(kOrg);
  const std::string body = fixture("outbound_message_2_notifications.xml");
  const Events first = read(reader, body);
  EXPECT_THAT(read(reader, body).hints, SizeIs(3)) << "declined: it comes again, whole";
  reader.taken(first);
  const Events again = read(reader, body);
  EXPECT_THAT(again.hints, IsEmpty());
  EXPECT_EQ(again.repeated, 3U);
  const Events mixed =
      read(reader, replaced(body, "<Id>14l37000123L0E5AAK", "<Id>14l37000123L0E6AAK"));
  EXPECT_THAT(mixed.hints, ElementsAre(Field(&Hint::object, "Lead2")));
}

TEST(SalesforceEvents, AnIdTwiceInOneMessageIsOneHint) {
  SalesforceEvents reader(kOrg);
  const Events events = read(reader, replaced(fixture("outbound_message_2_notifications.xml"),
                                              "14l37000123L0E5AAK", "04l37000000L0E5AAK"));
  EXPECT_THAT(events.hints, SizeIs(2));
  EXPECT_EQ(events.repeated, 1U);
}

TEST(SalesforceEvents, TheAnswersAreThoseOfThePublishedReceiver) {
  SalesforceEvents reader(kOrg);
  const Events events = read(reader, fixture("outbound_message_2_notifications.xml"));
  const auto same = [](const std::string& a, const std::string& b) {
    const auto x = document::parse_tree(a, document::Format::Xml);
    const auto y = document::parse_tree(b, document::Format::Xml);
    ASSERT_TRUE(x && y) << a;
    EXPECT_EQ(document::flatten(*x), document::flatten(*y));
  };
  EXPECT_EQ(events.accepted.status, 200);
  EXPECT_THAT(events.accepted.content_type, HasSubstr("text/xml"));
  same(events.accepted.body, fixture("outbound_ack.xml"));
  EXPECT_EQ(events.declined.status, 200);
  same(events.declined.body, replaced(fixture("outbound_ack.xml"), "true", "false"));
  const adapter::Answer refusal = reader.refusal(Error(ErrorCode::Forbidden, "a < b & c"));
  EXPECT_EQ(refusal.status, 500);
  same(refusal.body, replaced(fixture("outbound_fault_template.xml"), "{0}", "a &lt; b &amp; c"));
}

TEST(SalesforceEvents, WhatIsNoOutboundMessageIsRefused) {
  SalesforceEvents reader(kOrg);
  const std::string good = fixture("outbound_message_2_notifications.xml");
  const std::vector<std::pair<std::string, std::string>> breaks = {
      {"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"},
      {"http://soap.sforce.com/2005/09/outbound", "http://soap.example.com/2005/09/outbound"},
      {"urn:sobject.enterprise.soap.sforce.com", "urn:sobject.example.com"},
      {"http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"},
      {"<sf:Id>0123456789ABCDEEAE</sf:Id>", ""},
      {"<sf:Id>0123456789ABCDEEAE</sf:Id>", "<sf:Id>0123</sf:Id>"},
      {"<Id>04l37000000L0E5AAK</Id>", ""},
      {"<soapenv:Envelope", "<!DOCTYPE a [<!ENTITY b \"c\">]><soapenv:Envelope"},
      {"</notifications>",
       "</notifications><notifications xmlns=\"http://soap.sforce.com/2005/09/outbound\"/>"},
  };
  for (const auto& [from, to] : breaks) {
    const auto events = reader.read({.body = replaced(good, from, to)});
    ASSERT_FALSE(events) << to;
    EXPECT_EQ(events.error().code(), ErrorCode::Protocol) << to;
  }
  for (const char* body : {"", " ", "<a", "hello", "\xEF\xBB\xBF"})
    EXPECT_FALSE(reader.read({.body = body})) << body;
}

TEST(SalesforceEvents, APartnerRowNamesItsTypeInside) {
  SalesforceEvents reader(kOrg);
  std::string body =
      replaced(fixture("outbound_message_2_notifications.xml"),
               "xsi:type=\"sf:Lead1\" xmlns:sf=\"urn:sobject.enterprise.soap.sforce.com\">",
               "xsi:type=\"sf:sObject\" xmlns:sf=\"urn:sobject.partner.soap.sforce.com\">"
               "<sf:type>Deal_Reg__c</sf:type>");
  body = replaced(body, "<sf:City>Redmond</sf:City>", "<sf:Id>0123456789ABCDEEAE</sf:Id>");
  EXPECT_EQ(read(reader, body).hints.at(0).object, "Deal_Reg__c");
}

// ---- Change events

std::string header(const std::string& object, const std::string& ids, const std::string& type,
                   const std::string& transaction = "t1", int sequence = 1,
                   const std::string& more = "") {
  return R"("ChangeEventHeader":{"entityName":")" + object + R"(","recordIds":[)" + ids +
         R"(],"changeType":")" + type + R"(","transactionKey":")" + transaction +
         R"(","sequenceNumber":)" + std::to_string(sequence) +
         R"(,"commitTimestamp":1719705600123,"commitUser":"005RM000002aBcDYAU")" + more + "}";
}
std::string cometd(const std::string& channel, std::int64_t replay, const std::string& payload) {
  return R"({"channel":")" + channel + R"(","data":{"schema":"s","payload":{)" + payload +
         R"(},"event":{"replayId":)" + std::to_string(replay) + "}}}";
}
constexpr const char* kAll = "/data/ChangeEvents";
constexpr const char* kLead = "\"00QRM000004aBcDYAU\"";

TEST(SalesforceEvents, ALeadConversionIsFourHintsOfOneTransaction) {
  SalesforceEvents reader("");
  const std::string body =
      "[" +
      cometd(kAll, 11,
             header("Account", "\"001RM000004aBcDYAU\"", "CREATE", "t1", 1) + R"(,"Name":"Nord")") +
      "," + cometd(kAll, 14, header("Contact", "\"003RM000004aBcDYAU\"", "CREATE", "t1", 2)) + "," +
      cometd(kAll, 15, header("Opportunity", "\"006RM000004aBcDYAU\"", "CREATE", "t1", 3)) + "," +
      cometd(kAll, 21,
             header("Lead", kLead, "UPDATE", "t1", 4,
                    R"(,"changedFields":["Status","IsConverted","ConvertedOpportunityId"])")) +
      "]";
  const Events events = read(reader, body);
  ASSERT_THAT(events.hints, SizeIs(4));
  EXPECT_EQ(events.hints[0].object, "Account");
  EXPECT_EQ(events.hints[0].kind, HintKind::Created);
  EXPECT_THAT(events.hints[0].fields, IsEmpty());
  EXPECT_EQ(events.hints[3], (Hint{.object = "Lead",
                                   .key = "00QRM000004aBcDYAU",
                                   .kind = HintKind::Updated,
                                   .at = *parse_iso8601("2024-06-30T00:00:00.123Z"),
                                   .fields = {"Status", "IsConverted", "ConvertedOpportunityId"}}));
  EXPECT_THAT(events.gaps, IsEmpty()) << "replay ids rise with holes";
  EXPECT_EQ(events.accepted.status, 0) << "nobody waits for an answer";
}

TEST(SalesforceEvents, AChangeOfSeveralRecordsIsAHintForEach) {
  SalesforceEvents reader("");
  const Events events = read(
      reader, cometd("/data/LeadChangeEvent", 5,
                     header("Lead", R"("00QRM000004aBcDYAU","00QRM000004aBcE")", "UPDATE") +
                         R"(,"Status":"Working - Contacted","LastModifiedDate":1719705600000)"));
  ASSERT_THAT(events.hints, SizeIs(2));
  EXPECT_EQ(events.hints[1].key, "00QRM000004aBcE2AU");
  EXPECT_THAT(events.hints[1].fields, ElementsAre("LastModifiedDate", "Status"))
      << "without a list the body tells";
}

TEST(SalesforceEvents, EventsOfPubSubApiAreReadAndTheirBitmapsAreNotTold) {
  SalesforceEvents reader("");
  const std::string event =
      R"({"replayId":"AAAAAAAABhQAAA==","payload":{)" +
      header("Lead", kLead, "UPDATE", "t1", 1,
             R"(,"changedFields":["0x08F81000","4-0x03"],"nulledFields":[],"diffFields":[])") +
      R"(,"Name":null,"Status":"Working - Contacted"}})";
  const Events events = read(reader, "[" + event + "]");
  ASSERT_THAT(events.hints, SizeIs(1));
  EXPECT_THAT(events.hints[0].fields, IsEmpty());
  EXPECT_EQ(read(reader, event, events.position).repeated, 1U) << "the same replay id";
  EXPECT_THAT(read(reader, "{" + header("Lead", kLead, "DELETE") + "}").hints,
              ElementsAre(Field(&Hint::kind, HintKind::Deleted)));
}

TEST(SalesforceEvents, AGapEventOfARecordIsAHintAndAnOverflowIsAGapOfItsObject) {
  SalesforceEvents reader("");
  EXPECT_THAT(read(reader, cometd(kAll, 1, header("Lead", kLead, "GAP_UPDATE"))).hints,
              ElementsAre(Field(&Hint::kind, HintKind::Updated)));
  const Events overflow =
      read(reader, cometd(kAll, 2, header("Account", "\"000000000000000AAA\"", "GAP_OVERFLOW")));
  EXPECT_THAT(overflow.hints, IsEmpty());
  EXPECT_THAT(overflow.gaps, ElementsAre(Field(&Gap::object, "Account")));
  const Events wildcard = read(reader, cometd(kAll, 3, header("Account", "\"001*\"", "UPDATE")));
  EXPECT_THAT(wildcard.hints, IsEmpty());
  EXPECT_THAT(wildcard.gaps, ElementsAre(Field(&Gap::object, "Account")));
}

TEST(SalesforceEvents, AMissingEventOfATransactionIsAGap) {
  SalesforceEvents reader("");
  const Events first = read(reader, cometd(kAll, 7, header("Lead", kLead, "UPDATE", "t1", 1)));
  EXPECT_THAT(first.gaps, IsEmpty());
  const Events third =
      read(reader, cometd(kAll, 9, header("Lead", kLead, "UPDATE", "t1", 3)), first.position);
  EXPECT_THAT(third.hints, SizeIs(1));
  EXPECT_THAT(third.gaps, ElementsAre(Gap{"", "event 2 of transaction t1 did not come"}));
  const Events begun =
      read(reader, cometd(kAll, 12, header("Lead", kLead, "UPDATE", "t2", 2)), third.position);
  EXPECT_THAT(begun.gaps, ElementsAre(Gap{"", "event 1 of transaction t2 did not come"}));
  const Events one_object =
      read(reader, cometd("/data/LeadChangeEvent", 12, header("Lead", kLead, "UPDATE", "t2", 4)));
  EXPECT_THAT(one_object.gaps, IsEmpty()) << "a channel of one object leaves the others' out";
}

TEST(SalesforceEvents, AReplayIsRepeatedAndAStreamThatBeginsAnewIsAGap) {
  SalesforceEvents reader("");
  const std::string event = cometd(kAll, 82, header("Lead", kLead, "UPDATE"));
  const Events first = read(reader, event);
  const Events again = read(reader, event, first.position);
  EXPECT_THAT(again.hints, IsEmpty());
  EXPECT_EQ(again.repeated, 1U);
  EXPECT_EQ(again.position, first.position);
  const Events back =
      read(reader, cometd(kAll, 5, header("Lead", kLead, "UPDATE", "t9")), first.position);
  EXPECT_THAT(back.hints, SizeIs(1)) << "not known to be old";
  EXPECT_THAT(back.gaps, ElementsAre(Field(&Gap::reason, HasSubstr("began anew"))));
}

TEST(SalesforceEvents, ARefusedReplayIdIsAGapAndForgetsThePlace) {
  SalesforceEvents reader("");
  const Events first = read(reader, cometd(kAll, 82, header("Lead", kLead, "UPDATE")));
  const Events refused = read(
      reader,
      R"([{"channel":"/meta/subscribe","subscription":"/data/ChangeEvents","successful":false,)"
      R"("error":"400::The replayId {82} you provided was invalid. Please provide a valid ID, -2 to replay all events, or -1 to replay only new events."},)"
      R"({"channel":"/meta/connect","successful":false,"error":"403::Unknown client"}])",
      first.position);
  EXPECT_THAT(refused.gaps, SizeIs(1));
  EXPECT_EQ(refused.position, "");
}

TEST(SalesforceEvents, AnEventThatCannotBeReadIsAGapAndTheOthersAreTold) {
  SalesforceEvents reader("");
  const Events events =
      read(reader, "[" + cometd(kAll, 1, R"("Name":"x")") + "," +
                       cometd(kAll, 2, R"("ChangeEventHeader":{"recordIds":[1]})") + "," +
                       cometd(kAll, 3, header("Lead", "", "UPDATE")) + "," +
                       cometd(kAll, 4, header("Lead", kLead, "UPDATE", "t2")) + "," +
                       R"({"channel":"/event/Price__e","data":{"payload":{}}})" + "]");
  EXPECT_THAT(events.hints, SizeIs(1));
  EXPECT_THAT(events.gaps, ElementsAre(Gap{"", "an event that cannot be read"},
                                       Gap{"Lead", "an event that names no record"}));
}

TEST(SalesforceEvents, WhatIsNoChangeEventIsRefused) {
  SalesforceEvents reader("");
  for (const char* body :
       {"[]", "{}", "[1]", "3", "{\"a\":1}", R"({"channel":3})", "[{}", "null"}) {
    const auto events = reader.read({.body = body});
    ASSERT_FALSE(events) << body;
    EXPECT_EQ(events.error().code(), ErrorCode::Protocol) << body;
  }
  for (const char* position : {"x", "[]", "{\"a\":1}"}) {
    const auto events = reader.read(
        {.body = cometd(kAll, 1, header("Lead", kLead, "UPDATE")), .position = position});
    ASSERT_FALSE(events) << position;
    EXPECT_EQ(events.error().code(), ErrorCode::Invalid) << position;
  }
}

}  // namespace
}  // namespace channelbridge::salesforce

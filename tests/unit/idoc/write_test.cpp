#include "sap_system.hpp"

namespace channelbridge::idoc::test {
namespace {

using adapter::Operation;
using adapter::WriteStatus;

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find(to, begin + from.size());
  return text.substr(begin + from.size(), end - begin - from.size());
}

adapter::WriteRequest change(const std::string& body) {
  return {.nodes = {{.operation = Operation::Update,
                     .object = "ORDERS",
                     .key = "0000301800,PO1",
                     .body = body}},
          .number = SapSystem::kNumber,
          .decided = SapSystem::kDecided};
}

TEST(IdocPost, SendsOneIdocWithItsControlRecordAndWaitsForItsStatus) {
  SapSystem sap;
  const adapter::NodeOutcome outcome = sap.write(SapSystem::order());
  // The answer proves that it was stored, no more.
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_FALSE(outcome.error);
  ASSERT_EQ(sap.port->requests.size(), 1U);
  const http::Request& request = sap.port->requests.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/sap/bc/idoc_xml?sap-client=100");
  EXPECT_EQ(request.headers.get("content-type"), "application/xml");
  EXPECT_EQ(request.repeatable, http::Repeatable::No);
  const std::string number = between(request.body, "<DOCNUM>", "</DOCNUM>");
  EXPECT_EQ(number.size(), 16U);
  EXPECT_EQ(request.body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ORDERS05><IDOC BEGIN=\"1\"><EDI_DC40 "
            "SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><DOCNUM>" +
                number +
                "</DOCNUM><DIRECT>2</DIRECT><IDOCTYP>ORDERS05</IDOCTYP><MESTYP>ORDERS</MESTYP>"
                "<SNDPOR>CHBRIDGE</SNDPOR><SNDPRT>LS</SNDPRT><SNDPRN>CHBRIDGE</SNDPRN><RCVPOR>"
                "SAPERP</RCVPOR><RCVPRT>LS</RCVPRT><RCVPRN>ERPCLNT100</RCVPRN><CREDAT>20260302"
                "</CREDAT><CRETIM>010000</CRETIM><ARCKEY>" +
                SapSystem::kArchiveKey +
                "</ARCKEY></EDI_DC40><E1EDK01 SEGMENT=\"1\"><CURCY>EUR</CURCY></E1EDK01><E1EDKA1 "
                "SEGMENT=\"1\"><PARVW>AG</PARVW><PARTN>0000301800</PARTN></E1EDKA1><E1EDK02 "
                "SEGMENT=\"1\"><QUALF>001</QUALF><BELNR>PO &amp; 1</BELNR></E1EDK02><E1EDP01 "
                "SEGMENT=\"1\"><POSEX>000010</POSEX><MENGE>5</MENGE></E1EDP01></IDOC></ORDERS05>");

  sap.leaves("1.xml", SapSystem::status_of(SapSystem::kArchiveKey, "53"));
  const adapter::NodeOutcome settled = sap.ask(SapSystem::order());
  EXPECT_EQ(settled.status, WriteStatus::Created);
  EXPECT_EQ(settled.key, "0000301800,PO & 1");
  // Posted at that time, by the system's clock: what it said before is older.
  EXPECT_EQ(settled.version, "202603011015000000000000000000");
}

TEST(IdocPost, TheSameWriteCarriesTheSameNumberInAnyProcess) {
  SapSystem sap;
  sap.write(SapSystem::order());
  sap.clock->advance(std::chrono::hours(5));
  sap.open();
  sap.write(SapSystem::order());
  sap.write(SapSystem::order(SapSystem::kOrder, "018f2b6a-5c1e-7d3a-9b1f-bbbbbbbbbbbb"));
  ASSERT_EQ(sap.port->requests.size(), 3U);
  const auto number = [&](std::size_t i) {
    return between(sap.port->requests[i].body, "<DOCNUM>", "</DOCNUM>") + "/" +
           between(sap.port->requests[i].body, "<ARCKEY>", "</ARCKEY>");
  };
  EXPECT_EQ(number(0), number(1));
  EXPECT_NE(number(0), number(2));
}

TEST(IdocPost, NoStatusIsNoOutcome) {
  SapSystem sap;
  sap.leaves("1.xml", SapSystem::status_of("018f2b6a5c1e7d3a9b1fbbbbbbbbbbbb", "53"));
  const Timestamp began = sap.clock->now();
  const adapter::NodeOutcome outcome = sap.ask(SapSystem::order());
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_EQ(outcome.error->code(), ErrorCode::Timeout);
  // A person finds it there by either of its numbers.
  EXPECT_NE(outcome.error->message().find("018f2b6a5c1e7d3a9b1faaaaaaaaaaaa (DOCNUM "),
            std::string::npos)
      << outcome.error->message();
  EXPECT_GE(sap.clock->now() - began, std::chrono::seconds(29));  // settle
  EXPECT_TRUE(sap.port->requests.empty());                        // looked for, never sent again
}

constexpr const char* kRepeated = "received before";
constexpr bool kRepeatable = true;

TEST(IdocPost, OneOfWhichNobodySpeaksIsSentAgainWhereItsNumberIsRefused) {
  SapSystem sap({.repeated = kRepeated});
  sap.port->answers.push_back(Error(ErrorCode::Timeout, "cut").with_sent(Sent::NoAnswer));
  EXPECT_FALSE(sap.write(SapSystem::order()).taken);
  sap.clock->advance(std::chrono::hours(5));
  sap.open();
  const Timestamp began = sap.clock->now();
  const adapter::NodeOutcome outcome = sap.ask(SapSystem::order(), kRepeatable);
  ASSERT_EQ(sap.port->requests.size(), 2U);
  EXPECT_EQ(sap.port->requests[0].body, sap.port->requests[1].body);
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_TRUE(outcome.taken);
  // It has listened before it sent, for another process may have done so just before, and after.
  EXPECT_GE(sap.clock->now() - began, std::chrono::seconds(58));
  // Whoever knows that it has arrived asks, and no more.
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Unknown);
  sap.leaves("1.xml", SapSystem::status_of(SapSystem::kArchiveKey, "53"));
  EXPECT_EQ(sap.ask(SapSystem::order(), kRepeatable).status, WriteStatus::Created);
  EXPECT_EQ(sap.port->requests.size(), 2U);
}

TEST(IdocPost, IsNeverSentAgainWhereOneNumberIsTakenTwice) {
  SapSystem sap;
  EXPECT_EQ(sap.ask(SapSystem::order(), kRepeatable).status, WriteStatus::Unknown);
  EXPECT_TRUE(sap.port->requests.empty());
}

TEST(IdocPost, OneThatWasStoredIsTaken) {
  SapSystem sap({.repeated = kRepeated});
  EXPECT_TRUE(sap.write(SapSystem::order()).taken);
  // One that the port has had, too, whatever status it says so with.
  sap.port->answers.push_back(
      http::Response{.status = 409, .body = "<html>The IDoc was received before</html>"});
  const adapter::NodeOutcome outcome = sap.write(SapSystem::order());
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_TRUE(outcome.taken);
}

TEST(IdocPost, ARefusedCopySaysThatTheFirstArrivedAndNoMore) {
  const auto copy = [](const std::string& time) {
    return SapSystem::status_of(SapSystem::kArchiveKey, "51", "The IDoc was received before", time);
  };
  SapSystem sap({.repeated = kRepeated, .reprocessing = false});
  sap.leaves("1.xml", copy("101500"));
  adapter::NodeOutcome outcome = sap.ask(SapSystem::order(), kRepeatable);
  EXPECT_EQ(outcome.status, WriteStatus::Unknown) << "the first may be posted yet";
  EXPECT_TRUE(outcome.taken);
  EXPECT_TRUE(sap.port->requests.empty());
  // Somebody there clears the copy away: the first still counts.
  sap.leaves("2.xml", SapSystem::status_of(SapSystem::kArchiveKey, "68", "ended", "201500"));
  EXPECT_EQ(sap.ask(SapSystem::order(), kRepeatable).status, WriteStatus::Unknown);
  sap.leaves("3.xml", SapSystem::status_of(SapSystem::kArchiveKey, "53", "posted", "211500"));
  sap.leaves("4.xml", copy("221500"));
  EXPECT_EQ(sap.ask(SapSystem::order(), kRepeatable).status, WriteStatus::Created);

  SapSystem failed({.repeated = "V1/311", .reprocessing = false});
  failed.leaves("1.xml", copy("101500"));  // words of something else
  outcome = failed.ask(SapSystem::order(), kRepeatable);
  EXPECT_EQ(outcome.status, WriteStatus::Unknown) << "nobody knows whether it was sent again";
  EXPECT_TRUE(outcome.taken);
  failed.write(SapSystem::order());  // stored at once: there is no other
  EXPECT_EQ(failed.ask(SapSystem::order()).status, WriteStatus::Rejected);

  SapSystem doubled({.repeated = kRepeated, .reprocessing = false});
  doubled.write(SapSystem::order());  // stored at once, and somebody on the way sends it once more
  doubled.leaves("1.xml", copy("101500"));
  EXPECT_EQ(doubled.ask(SapSystem::order(), kRepeatable).status, WriteStatus::Unknown);
}

TEST(IdocPost, AnotherRefusalOfACopyIsNotTheFirstsOwn) {
  SapSystem sap({.repeated = kRepeated, .reprocessing = false});
  sap.port->answers.push_back(Error(ErrorCode::Timeout, "cut").with_sent(Sent::NoAnswer));
  sap.write(SapSystem::order());
  sap.ask(SapSystem::order(), kRepeatable);
  ASSERT_EQ(sap.port->requests.size(), 2U);
  sap.leaves("1.xml", SapSystem::status_of(SapSystem::kArchiveKey, "51", "locked by user X"));
  adapter::NodeOutcome outcome = sap.ask(SapSystem::order());
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_NE(outcome.error->message().find("another of this number may be posted yet"),
            std::string::npos)
      << outcome.error->message();
  sap.open();  // another process
  sap.leaves("2.xml", SapSystem::status_of(SapSystem::kArchiveKey, "68", "ended", "201500"));
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Unknown);
  sap.leaves("3.xml", SapSystem::status_of(SapSystem::kArchiveKey, "53", "posted", "211500"));
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Created);
}

TEST(IdocPost, WhatRefusesACopyTellsNothingOfTheFirst) {
  SapSystem sap({.repeated = kRepeated});
  for (const int status : {400, 500, 502}) {
    sap.port->answers.push_back(http::Response{.status = status, .body = "<html></html>"});
    const adapter::NodeOutcome outcome = sap.ask(SapSystem::order(), kRepeatable);
    EXPECT_EQ(outcome.status, WriteStatus::Unknown) << status;
    EXPECT_FALSE(outcome.taken) << status;
    for (const std::string& said : {std::string("018f2b6a5c1e7d3a9b1faaaaaaaaaaaa (DOCNUM "),
                                    "sent again: the system answers " + std::to_string(status)})
      EXPECT_NE(outcome.error->message().find(said), std::string::npos) << outcome.error->message();
  }
  EXPECT_EQ(sap.port->requests.size(), 3U) << "once in each run";
  for (int i = 0; i < 2; ++i)
    sap.port->answers.push_back(http::Response{.status = 401, .body = "<html></html>"});
  EXPECT_FALSE(sap.ask(SapSystem::order(), kRepeatable).taken);
  sap.port->answers.clear();
  sap.port->answers.push_back(http::Response{.status = 200, .body = "<html>Log on</html>"});
  EXPECT_FALSE(sap.ask(SapSystem::order(), kRepeatable).taken);
  const std::size_t sent = sap.port->requests.size();
  EXPECT_FALSE(sap.ask(SapSystem::order(), kRepeatable).taken);
  EXPECT_EQ(sap.port->requests.size(), sent) << "that is not the port";
}

TEST(IdocPost, AnAnsweredOrderIsNotSentAgain) {
  SapSystem sap({.repeated = kRepeated});
  sap.leaves("1.xml", SapSystem::confirmation("5", "PO &amp; 1", ""));
  const adapter::NodeOutcome outcome = sap.ask(SapSystem::order(), kRepeatable);
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_TRUE(sap.port->requests.empty());
  EXPECT_NE(outcome.error->message().find("; not sent again: "), std::string::npos)
      << outcome.error->message();
}

TEST(IdocPost, FlagsWhatItSendsWhereTheTypeWantsIt) {
  const adapter::Selection partners{.object = "CRMXIF_PARTNER_SAVE_M",
                                    .id =
                                        "E1CRMXIF_PARTNER_COMPLEX/E1CRMXIF_PARTNER_HEADER/"
                                        "PARTNER"};
  adapter::WriteRequest renamed{
      .nodes = {{.operation = Operation::Update,
                 .object = partners.object,
                 .key = "0010100001",
                 .body = "<CRMXIF_PARTNER_SAVE_M><E1CRMXIF_PARTNER_COMPLEX><E1CRMXIF_CENTRAL>"
                         "<NAME_ORG1>Nord</NAME_ORG1></E1CRMXIF_CENTRAL>"
                         "</E1CRMXIF_PARTNER_COMPLEX></CRMXIF_PARTNER_SAVE_M>"}},
      .number = SapSystem::kNumber,
      .decided = SapSystem::kDecided};
  SapSystem sap;
  ASSERT_TRUE(sap.adapter->write(partners, {renamed}, sap.context));
  ASSERT_EQ(sap.port->requests.size(), 1U);
  EXPECT_EQ(between(sap.port->requests[0].body, "</EDI_DC40>", "</IDOC>"),
            "<E1CRMXIF_PARTNER_COMPLEX SEGMENT=\"1\"><E1CRMXIF_PARTNER_HEADER SEGMENT=\"1\">"
            "<OBJECT_TASK>U</OBJECT_TASK><PARTNER>0010100001</PARTNER></E1CRMXIF_PARTNER_HEADER>"
            "<E1CRMXIF_CENTRAL SEGMENT=\"1\"><NAME_ORG1>Nord</NAME_ORG1></E1CRMXIF_CENTRAL>"
            "<E1CRMXIF_CENTRALX SEGMENT=\"1\"><NAME_ORG1>X</NAME_ORG1></E1CRMXIF_CENTRALX>"
            "</E1CRMXIF_PARTNER_COMPLEX>");
}

TEST(IdocPost, AnOldChangeDoesNotFollowAYoungerWordOfTheSystem) {
  const adapter::Selection partners{.object = "DEBMAS", .id = "E1KNA1M/KUNNR"};
  const adapter::WriteRequest renamed{
      .nodes = {{.operation = Operation::Update,
                 .object = "DEBMAS",
                 .key = "0000301800",
                 .body = "<DEBMAS><E1KNA1M><NAME1>Nord</NAME1></E1KNA1M></DEBMAS>"}},
      .number = SapSystem::kNumber,
      .decided = SapSystem::kDecided};
  const auto ask = [&](SapSystem& sap) {
    const auto outcomes = sap.adapter->settled(
        partners, {{.request = renamed, .sent = SapSystem::kDecided, .repeatable = true}},
        sap.context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    return outcomes ? outcomes->front().nodes.front() : adapter::NodeOutcome{};
  };
  const auto said = [](const std::string& day) {
    return SapSystem::idoc("DEBMAS07", "DEBMAS", "4",
                           "<E1KNA1M SEGMENT=\"1\"><MSGFN>009</MSGFN><KUNNR>0000301800</KUNNR>"
                           "<NAME1>Nordwind</NAME1></E1KNA1M>",
                           day);
  };
  SapSystem sap({.repeated = kRepeated});
  sap.leaves("1.xml", said("20260301"));
  EXPECT_TRUE(ask(sap).taken);
  EXPECT_EQ(sap.port->requests.size(), 1U);

  SapSystem moved({.repeated = kRepeated});
  moved.leaves("1.xml", said("20260303"));
  const adapter::NodeOutcome outcome = ask(moved);
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_NE(outcome.error->message().find("younger"), std::string::npos);
  EXPECT_TRUE(moved.port->requests.empty());
}

TEST(IdocPost, AnOldChangeDoesNotFollowAYoungerAnswer) {
  SapSystem sap({.repeated = kRepeated});
  // An item that the receiver added of its own: the old change would cancel it.
  sap.leaves("1.xml",
             SapSystem::confirmation(
                 "5", "PO1", "<E1EDP01 SEGMENT=\"1\"><POSEX>000040</POSEX></E1EDP01>", "20260303"));
  adapter::WriteRequest old = change("<ORDERS><E1EDP01><POSEX>000010</POSEX></E1EDP01></ORDERS>");
  old.nodes.front().stood["E1EDP01"] = {"000010"};
  const adapter::NodeOutcome outcome = sap.ask(old, kRepeatable);
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_TRUE(sap.port->requests.empty());
}

std::string by_hand(const std::string& status) {
  return "<SYSTAT01><IDOC BEGIN=\"1\"><EDI_DC40 SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><DIRECT>1"
         "</DIRECT><IDOCTYP>SYSTAT01</IDOCTYP><MESTYP>STATUS</MESTYP></EDI_DC40><E1STATS "
         "SEGMENT=\"1\"><STATUS>" +
         status + "</STATUS><ARCKEY>018f2b6a5c1e7d3a9b1faaaaaaaaaaaa</ARCKEY></E1STATS></IDOC>" +
         "</SYSTAT01>";
}

TEST(IdocPost, APersonsWordEndsWhatACopyLeavesOpen) {
  const auto status = [](const std::string& number, const std::string& text,
                         const std::string& time) {
    return SapSystem::status_of(SapSystem::kArchiveKey, number, text, time);
  };
  SapSystem sap({.repeated = kRepeated});
  sap.leaves("1.xml", status("51", "locked", "001500"));
  sap.leaves("2.xml", status("51", "The IDoc was received before", "101500"));
  sap.leaves("3.xml", status("68", "ended", "101500"));  // of the one or of the other
  adapter::NodeOutcome outcome = sap.ask(SapSystem::order());
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_NE(outcome.error->message().find("may be posted yet"), std::string::npos)
      << outcome.error->message();
  sap.leaves("4.xml", by_hand("68"));
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Rejected);
  // What comes later was not known to who said so.
  sap.leaves("5.xml", status("51", "locked once more", "201500"));
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Unknown);
  sap.leaves("6.xml", by_hand("68"));
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Rejected);
  sap.leaves("7.xml", status("53", "posted", "141500"));
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Created);
}

TEST(IdocPost, AnErrorThatPeopleMayProcessAgainStaysOpen) {
  SapSystem sap;
  sap.leaves("1.xml", SapSystem::status_of(SapSystem::kArchiveKey, "51", "no &amp;1"));
  adapter::NodeOutcome outcome = sap.ask(SapSystem::order());
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_EQ(outcome.error->remote_message(), "no 99999");
  sap.leaves("2.xml", SapSystem::status_of(SapSystem::kArchiveKey, "68", "ended", "201500"));
  EXPECT_EQ(sap.ask(SapSystem::order()).status, WriteStatus::Rejected);

  SapSystem strict({.reprocessing = false});
  strict.leaves("1.xml", SapSystem::status_of(SapSystem::kArchiveKey, "51", "no &amp;1"));
  outcome = strict.ask(SapSystem::order());
  EXPECT_EQ(outcome.status, WriteStatus::Rejected);
  EXPECT_EQ(outcome.error->code(), ErrorCode::Rejected);
}

TEST(IdocPost, AnAuditMessageTellsByItsNumber) {
  SapSystem sap;
  sap.write(SapSystem::order());
  const std::string number = between(sap.port->requests.front().body, "<DOCNUM>", "</DOCNUM>");
  sap.leaves("1.xml",
             SapSystem::idoc("ALEAUD01", "ALEAUD", "7",
                             "<E1ADHDR SEGMENT=\"1\"><E1STATE SEGMENT=\"1\"><DOCNUM>" + number +
                                 "</DOCNUM><STATUS>53</STATUS></E1STATE></E1ADHDR>"));
  const adapter::NodeOutcome settled = sap.ask(SapSystem::order());
  EXPECT_EQ(settled.status, WriteStatus::Created);
  // It tells no time of the posting, only its own: after we have decided on it.
  EXPECT_EQ(settled.version, "202603020100000000000000000000");
}

TEST(IdocPost, NothingWasDoneWhereTheDoorIsShut) {
  SapSystem sap;
  for (const int status : {401, 403, 404}) {
    for (int i = 0; i < 2; ++i)
      sap.port->answers.push_back(http::Response{.status = status, .body = "<html></html>"});
    const auto outcomes = sap.adapter->write(sap.orders, {SapSystem::order()}, sap.context);
    ASSERT_FALSE(outcomes) << status;
    EXPECT_EQ(outcomes.error().sent(), Sent::No) << status;
    sap.port->answers.clear();
  }
}

TEST(IdocPost, AFaultBehindThePortMayHaveStoredIt) {
  SapSystem sap;
  for (const int status : {500, 502, 504}) {
    sap.port->answers.push_back(http::Response{.status = status, .body = "<html></html>"});
    EXPECT_EQ(sap.write(SapSystem::order()).status, WriteStatus::Unknown) << status;
  }
  sap.port->answers.push_back(Error(ErrorCode::Timeout, "cut").with_sent(Sent::NoAnswer));
  EXPECT_EQ(sap.write(SapSystem::order()).status, WriteStatus::Unknown);
  EXPECT_EQ(sap.port->requests.size(), 4U);
  sap.port->answers.push_back(http::Response{.status = 400, .body = "<html></html>"});
  EXPECT_EQ(sap.write(SapSystem::order()).status, WriteStatus::Rejected);
}

TEST(IdocPost, StopsWhereSomethingElseAnswers) {
  SapSystem sap;
  sap.port->answers.push_back(http::Response{.status = 200, .body = "<html>Log on</html>"});
  EXPECT_EQ(sap.write(SapSystem::order()).status, WriteStatus::Unknown);
  const auto next = sap.adapter->write(sap.orders, {SapSystem::order()}, sap.context);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().sent(), Sent::No);
  EXPECT_EQ(sap.port->requests.size(), 1U);
}

TEST(IdocPost, ADocumentThatWasAnsweredIsNotSentAgain) {
  SapSystem sap;
  sap.leaves("1.xml", SapSystem::confirmation("5", "PO &amp; 1", ""));
  const adapter::NodeOutcome outcome = sap.write(SapSystem::order());
  EXPECT_EQ(outcome.status, WriteStatus::Rejected);
  EXPECT_EQ(outcome.duplicate_of, "0000301800,PO & 1");
  EXPECT_TRUE(sap.port->requests.empty());
}

TEST(IdocPost, ABuyersNumber007IsNot7) {
  SapSystem sap;
  sap.leaves("1.xml", SapSystem::confirmation("5", "7", ""));
  std::string other = SapSystem::kOrder;
  other.replace(other.find("PO &amp; 1"), 10, "007");
  const adapter::NodeOutcome outcome = sap.write(SapSystem::order(other));
  EXPECT_EQ(outcome.status, WriteStatus::Unknown);
  EXPECT_EQ(sap.port->requests.size(), 1U);
}

TEST(IdocPost, RefusesWhatTheTypeCannotHold) {
  SapSystem sap;
  adapter::NodeOutcome outcome = sap.write(SapSystem::order(
      "<ORDERS><E1EDKA1><PARVW>AG</PARVW><PARTN>1</PARTN></E1EDKA1><E1EDK02><QUALF>001</QUALF>"
      "<BELNR>1</BELNR></E1EDK02><E1EDK01><CURCY>EURO</CURCY></E1EDK01></ORDERS>"));
  EXPECT_EQ(outcome.status, WriteStatus::Rejected);
  EXPECT_NE(outcome.error->message().find("E1EDK01/CURCY"), std::string::npos);
  outcome = sap.write(SapSystem::order("<ORDERS><E1EDK01><CURCY>EUR</CURCY></E1EDK01></ORDERS>"));
  EXPECT_EQ(outcome.status, WriteStatus::Rejected);  // no number to find it by
  EXPECT_TRUE(sap.port->requests.empty());
}

TEST(IdocPost, AChangeSaysOfEachItemWhatHappens) {
  SapSystem sap;
  const std::string body =
      "<ORDERS><E1EDP01><POSEX>000010</POSEX><MENGE>7</MENGE></E1EDP01><E1EDP01><POSEX>000030"
      "</POSEX></E1EDP01></ORDERS>";
  // The seller has not said yet which items it has.
  EXPECT_EQ(sap.write(change(body)).status, WriteStatus::Retry);
  EXPECT_TRUE(sap.port->requests.empty());
  sap.leaves("1.xml", SapSystem::confirmation(
                          "5", "PO1",
                          "<E1EDP01 SEGMENT=\"1\"><POSEX>000010</POSEX></E1EDP01><E1EDP01 "
                          "SEGMENT=\"1\"><POSEX>000020</POSEX></E1EDP01><E1EDP01 SEGMENT=\"1\">"
                          "<POSEX>000040</POSEX><ACTION>003</ACTION></E1EDP01>"));
  EXPECT_EQ(sap.write(change(body)).status, WriteStatus::Unknown);
  ASSERT_EQ(sap.port->requests.size(), 1U);
  const std::string& sent = sap.port->requests.front().body;
  EXPECT_EQ(between(sent, "<MESTYP>", "</MESTYP>"), "ORDCHG");
  EXPECT_EQ(between(sent, "<ARCKEY>", "</ARCKEY>"), "018f2b6a5c1e7d3a9b1faaaaaaaaaaaa");
  EXPECT_EQ(sent.substr(sent.find("</EDI_DC40>") + 11),
            "<E1EDK01 SEGMENT=\"1\"><ACTION>004</ACTION></E1EDK01><E1EDKA1 SEGMENT=\"1\"><PARVW>AG"
            "</PARVW><PARTN>0000301800</PARTN></E1EDKA1><E1EDK02 SEGMENT=\"1\"><QUALF>001</QUALF>"
            "<BELNR>PO1</BELNR></E1EDK02><E1EDP01 SEGMENT=\"1\"><POSEX>000010</POSEX><ACTION>002"
            "</ACTION><MENGE>7</MENGE></E1EDP01><E1EDP01 SEGMENT=\"1\"><POSEX>000030</POSEX>"
            "<ACTION>001</ACTION></E1EDP01><E1EDP01 SEGMENT=\"1\"><POSEX>000020</POSEX><ACTION>003"
            "</ACTION></E1EDP01></IDOC></ORDERS05>");
}

/// The actions of a change's items: "000010=002 …".
std::string actions(const std::string& sent) {
  std::string out;
  for (std::size_t at = sent.find("<POSEX>"); at != std::string::npos;
       at = sent.find("<POSEX>", at + 1)) {
    const std::string item = sent.substr(at);
    out +=
        between(item, "<POSEX>", "</POSEX>") + "=" + between(item, "<ACTION>", "</ACTION>") + " ";
  }
  return out;
}

adapter::WriteRequest change_since(const std::string& body, const std::string& version,
                                   const std::set<std::string>& stood) {
  adapter::WriteRequest out = change(body);
  out.nodes.front().expected_version = version;
  out.nodes.front().stood["E1EDP01"] = stood;
  return out;
}

TEST(IdocPost, AChangeFollowsWhatWasSaidLast) {
  SapSystem sap;
  const std::string both =
      "<E1EDP01 SEGMENT=\"1\"><POSEX>000010</POSEX></E1EDP01>"
      "<E1EDP01 SEGMENT=\"1\"><POSEX>000020</POSEX></E1EDP01>";
  sap.leaves("1.xml", SapSystem::confirmation("5", "PO1", both));
  const std::string body = "<ORDERS><E1EDP01><POSEX>000010</POSEX></E1EDP01></ORDERS>";
  const std::string posted = "202603050000000000000000000000";  // after that confirmation
  // By a change of ours 20 went and 30 came: the confirmation from before knows nothing of it.
  sap.write(change_since(body, posted, {"000010", "000030"}));
  EXPECT_EQ(actions(sap.port->requests.back().body), "000010=002 000030=003 ");
  // What came of it later speaks of what it carries, and of nothing else.
  sap.leaves("2.xml",
             SapSystem::confirmation(
                 "6", "PO1",
                 "<E1EDP01 SEGMENT=\"1\"><POSEX>000030</POSEX><ACTION>003</ACTION></E1EDP01>"
                 "<E1EDP01 SEGMENT=\"1\"><POSEX>000040</POSEX></E1EDP01>",
                 "20260306"));
  sap.write(change_since(body, posted, {"10", "000030"}));
  EXPECT_EQ(actions(sap.port->requests.back().body), "000010=002 000040=003 ");
  // All items go.
  sap.write(change_since("<ORDERS/>", posted, {"000010", "000030"}));
  EXPECT_EQ(actions(sap.port->requests.back().body), "000010=003 000040=003 ");
  // Of a link from before we kept the time of a write: an item that either has is there.
  sap.write(change_since(body, "", {"000010", "000030"}));
  EXPECT_EQ(actions(sap.port->requests.back().body),
            "000010=002 000020=003 000030=003 000040=003 ");
}

TEST(IdocPost, AChangeNeedsNoConfirmationOfWhatWeHaveSent) {
  SapSystem sap;
  const std::string body = "<ORDERS><E1EDP01><POSEX>000010</POSEX></E1EDP01></ORDERS>";
  EXPECT_EQ(sap.write(change(body)).status, WriteStatus::Retry);
  EXPECT_EQ(sap.write(change_since(body, "202603050000000000000000000000", {"000010"})).status,
            WriteStatus::Unknown);
  EXPECT_EQ(actions(sap.port->requests.back().body), "000010=002 ");
}

TEST(IdocPost, CannotTakeBackAMessage) {
  SapSystem sap;
  adapter::WriteRequest request = change("");
  request.nodes.front().operation = Operation::Delete;
  EXPECT_EQ(sap.write(request).status, WriteStatus::Rejected);
  adapter::WriteRequest nameless = SapSystem::order();
  nameless.number.clear();
  EXPECT_EQ(sap.adapter->write(sap.orders, {nameless}, sap.context).error().code(),
            ErrorCode::Invalid);
}

}  // namespace
}  // namespace channelbridge::idoc::test

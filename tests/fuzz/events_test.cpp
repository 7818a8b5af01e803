#include <gtest/gtest.h>

#include "events_internal.hpp"
#include "fuzz.hpp"

namespace channelbridge::fuzz {
namespace {

/// Whatever is read gives hints with an object and a key, and a position that is taken again.
Taken read(salesforce::SalesforceEvents& reader, const std::string& text) {
  const auto events = reader.read({.body = text});
  if (!events) {
    EXPECT_EQ(events.error().code(), ErrorCode::Protocol) << events.error();
    return Taken::Refused;
  }
  for (const adapter::Hint& hint : events->hints) {
    EXPECT_FALSE(hint.object.empty());
    EXPECT_EQ(hint.key.size(), 18U);
  }
  for (const adapter::Gap& gap : events->gaps) EXPECT_FALSE(gap.reason.empty());
  EXPECT_TRUE(reader.read({.body = text, .position = events->position}));
  return Taken::Yes;
}

TEST(Fuzz, AnOutboundMessageIsReadOrRefused) {
  const std::string message = fixture("salesforce/soap/outbound_message_2_notifications.xml");
  run({.name = "outbound",
       .language = {.seeds = {message},
                    .words = {"<Notification>", "</Notification>", "<Id>", "</Id>", "<sf:Id>",
                              "xsi:type=\"sf:", "xsi:nil=\"true\"", "xmlns:sf=\"urn:sobject",
                              "xmlns=\"", "<sObject>", "<![CDATA[", "]]>", "<!DOCTYPE a>", "&amp;",
                              "\"", "<", ">", "/>", ":"},
                    .openers = {"<a>", "<sf:a>", "<Notification>", "<!--"},
                    .most_bytes = 20'000},
       .parse =
           [](const std::string& text) {
             salesforce::SalesforceEvents reader("0123456789ABCDENNN");
             const auto events = reader.read({.body = text});
             if (!events && events.error().code() == ErrorCode::Forbidden) return Taken::Refused;
             return read(reader, text);
           },
       .cases = 1500});
}

TEST(Fuzz, ChangeEventsAreReadOrRefused) {
  run({.name = "change events",
       .language =
           {.seeds =
                {R"([{"channel":"/data/ChangeEvents","data":{"schema":"s","payload":{"ChangeEventHeader":{"entityName":"Lead","recordIds":["00QRM000004aBcDYAU"],"changeType":"UPDATE","transactionKey":"t1","sequenceNumber":1,"commitTimestamp":1719705600123,"changedFields":["Status"]},"Status":"Open"},"event":{"replayId":11}}},{"channel":"/meta/connect","successful":true}])",
                 R"({"replayId":"AAAA","payload":{"ChangeEventHeader":{"entityName":"Account","recordIds":["001*"],"changeType":"GAP_OVERFLOW","nulledFields":["0x08"]}}})",
                 R"([{"channel":"/meta/subscribe","subscription":"/data/ChangeEvents","successful":false,"error":"400::The replayId {82} you provided was invalid."}])"},
            .words = {"{",
                      "}",
                      "[",
                      "]",
                      "\"",
                      ",",
                      ":",
                      "null",
                      "1",
                      "-1",
                      "1e9",
                      "9223372036854775807",
                      "9223372036854775808",
                      "\"changeType\":",
                      "\"GAP_UPDATE\"",
                      "\"recordIds\":",
                      "\"sequenceNumber\":",
                      "\"commitTimestamp\":",
                      "\"replayId\":",
                      "\"payload\":",
                      "\"event\":",
                      "\"data\":",
                      "\"000000000000000AAA\"",
                      "\\u0000",
                      "\\ud800"},
            .openers = {"[", "{\"data\":", "{\"payload\":", "{\"ChangeEventHeader\":"}},
       .parse =
           [](const std::string& text) {
             salesforce::SalesforceEvents reader("");
             if (text.find('<') != std::string::npos) return Taken::Refused;
             return read(reader, text);
           },
       .cases = 3000});
}

}  // namespace
}  // namespace channelbridge::fuzz

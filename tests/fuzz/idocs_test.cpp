#include <gtest/gtest.h>

#include "document_key_internal.hpp"
#include "fuzz.hpp"
#include "status_internal.hpp"

namespace channelbridge::fuzz {
namespace {

TEST(Fuzz, AnEnvelopeOfIdocsIsReadOrRefused) {
  const auto types = idoc::Types::load();
  ASSERT_TRUE(types) << types.error();
  const auto id = idoc::key_paths("E1EDKA1[PARVW=AG]/PARTN,E1EDK02[QUALF=001]/BELNR");
  ASSERT_TRUE(id);
  const std::string control =
      "<EDI_DC40 SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><DOCNUM>1</DOCNUM><IDOCTYP>";
  run({.name = "idoc",
       .language =
           {.seeds = {fixture("sap/idoc/DELVRY03-Avon.xml"), fixture("sap/idoc/DELVRY03-back.xml"),
                      fixture("sap/idoc/SALESORDER_CREATEFROMDAT202.xml"),
                      "<ORDERS05><IDOC BEGIN=\"1\">" + control +
                          "ORDERS05</IDOCTYP><MESTYP>ORDRSP</MESTYP><CREDAT>20260301</CREDAT>"
                          "<CRETIM>101500</CRETIM></EDI_DC40><E1EDKA1><PARVW>AG</PARVW><PARTN>1"
                          "</PARTN></E1EDKA1><E1EDK02><QUALF>001</QUALF><BELNR>2</BELNR></E1EDK02>"
                          "<E1EDP01><POSEX>10</POSEX><E1EDP20><WMENG>1</WMENG></E1EDP20></E1EDP01>"
                          "</IDOC></ORDERS05>",
                      "<SYSTAT01><IDOC BEGIN=\"1\">" + control +
                          "SYSTAT01</IDOCTYP><MESTYP>STATUS</MESTYP></EDI_DC40><E1STATS><STATUS>53"
                          "</STATUS><STATXT>&amp;1 &amp; &amp;4</STATXT><STAPA1>x</STAPA1><ARCKEY>k"
                          "</ARCKEY></E1STATS></IDOC></SYSTAT01>"},
            .words = {"<IDOC BEGIN=\"1\">", "</IDOC>", "<EDI_DC40>", "</EDI_DC40>", "<E1STATS>",
                      "SEGMENT=\"1\"", "<MESTYP>", "CREDAT", "99999999", "00000000", "&amp;",
                      "&amp;9", "<!DOCTYPE a>", "<![CDATA[", "]]>", "<", ">", "/>", ","},
            .openers = {"<IDOC>", "<E1EDP01>", "<a>"},
            .most_bytes = 20'000},
       .parse =
           [&](const std::string& text) {
             const auto envelope = idoc::read_envelope(text);
             if (!envelope) {
               EXPECT_EQ(envelope.error().code(), ErrorCode::Protocol) << envelope.error();
               return Taken::Refused;
             }
             for (const auto& [place, message] : envelope->messages) {
               // What is read is written, and read again as the same.
               const std::string again = idoc::envelope(message.type(), {message});
               const auto twice = idoc::read_envelope(again);
               EXPECT_TRUE(twice && twice->messages.size() == 1U) << again;
               if (twice && twice->messages.size() == 1U) {
                 EXPECT_EQ(twice->messages.front().second.xml(), message.xml());
               }
               static_cast<void>(message.version());
               static_cast<void>(message.made(*TimeZone::find("UTC")));
               static_cast<void>(idoc::key_at(message.tree, *id));
               static_cast<void>(idoc::statuses_of(message));
               if (const idoc::Type* type = types->find(message.type()))
                 static_cast<void>(type->check(message.tree));
             }
             return Taken::Yes;
           },
       .cases = 2000});
}

}  // namespace
}  // namespace channelbridge::fuzz

#include "message_internal.hpp"

#include "sap_system.hpp"

namespace channelbridge::idoc {
namespace {

using test::fixture;

TEST(IdocMessage, ReadsPublishedDocuments) {
  // Its receiver's number is longer than a control record holds.
  const std::string delivered = fixture("DELVRY03-Avon.xml");
  const auto delivery = read_envelope(delivered);
  ASSERT_TRUE(delivery) << to_string(delivery.error());
  ASSERT_EQ(delivery->broken.size(), 1U);
  EXPECT_NE(delivery->broken.front().error.message().find("RCVPRN"), std::string::npos);
  std::string shorter = delivered;
  shorter.replace(shorter.find("RECIPIENT_SAP"), 13, "RECIPIENT");
  const auto read = read_envelope(shorter);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->messages.size(), 1U);
  const Message& message = read->messages.front().second;
  EXPECT_EQ(message.type(), "DELVRY03");
  EXPECT_EQ(message.message(), "DESADV");
  EXPECT_EQ(message.number(), "Avon");
  EXPECT_EQ(message.sender(), "LS/YOUR_SAP");
  EXPECT_EQ(message.version(), "");  // it does not say when it was made

  // Its number is the template's own, longer than a number is.
  const auto order = read_envelope(fixture("SALESORDER_CREATEFROMDAT202.xml"));
  ASSERT_TRUE(order) << to_string(order.error());
  ASSERT_EQ(order->broken.size(), 1U);
  EXPECT_NE(order->broken.front().error.message().find("DOCNUM"), std::string::npos);

  std::string filled = fixture("SALESORDER_CREATEFROMDAT202.xml");
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>("{{GENERATED_IDOC_NUMBER}}", "0000000000123456"),
        {"{{GENERATED_MESSAGE_ID}}", "20210126150437"}})
    filled.replace(filled.find(from), from.size(), to);
  const auto sent = read_envelope(filled);
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->messages.size(), 1U);
  const Message& created = sent->messages.front().second;
  EXPECT_EQ(created.version(), "202101261504370000000000123456");
  EXPECT_EQ(to_iso8601(*created.made(*TimeZone::find("America/Los_Angeles"))),
            "2021-01-26T23:04:37Z");
}

TEST(IdocMessage, HasOrderedVersions) {
  const auto version = [](const std::string& number, const std::string& day) {
    const auto read = read_envelope(
        test::SapSystem::idoc("ORDERS05", "ORDRSP", number, "<E1EDK01 SEGMENT=\"1\"/>", day));
    return read->messages.front().second.version();
  };
  EXPECT_LT(version("99", "20260301"), version("1", "20260302"));
  EXPECT_LT(version("99", "20260301"), version("100", "20260301"));
  EXPECT_EQ(version("99", "20260301").size(), version("1000", "20260301").size());
}

TEST(IdocMessage, OneBrokenIdocStopsNoOther) {
  const std::string good = test::SapSystem::control("ORDERS05", "ORDRSP", "1");
  std::string wrong_type = good;
  wrong_type.replace(wrong_type.find("ORDERS05"), 8, "ORDERS04");
  std::string long_field = good;
  long_field.replace(long_field.find("<MANDT>100"), 10, "<MANDT>1000");
  std::string unknown_field = good;
  unknown_field.replace(unknown_field.find("MANDT"), 5, "MANDAT");
  unknown_field.replace(unknown_field.find("/MANDT"), 6, "/MANDAT");
  std::string text = "<ORDERS05>";
  for (const std::string& control :
       {wrong_type, good, long_field, unknown_field, std::string("<E1EDK01/>") + good})
    text += "<IDOC BEGIN=\"1\">" + control + "</IDOC>";
  text += "<IDOC2/></ORDERS05>";
  const auto read = read_envelope(text);
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->messages.size(), 1U);
  EXPECT_EQ(read->messages.front().first, 2U);
  std::vector<std::size_t> places;
  for (const BrokenMessage& broken : read->broken) places.push_back(broken.place);
  EXPECT_EQ(places, (std::vector<std::size_t>{1, 3, 4, 5, 6}));
  EXPECT_NE(read->broken[2].error.message().find("did you mean MANDT?"), std::string::npos);
}

TEST(IdocMessage, RefusesWhatIsNoEnvelope) {
  for (const char* text : {"", "<ORDERS05/>", "<ORDERS05>x</ORDERS05>", "<html><body></html>",
                           "<!DOCTYPE a><ORDERS05><IDOC/></ORDERS05>"}) {
    const auto read = read_envelope(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::Protocol) << text;
  }
}

TEST(IdocMessage, IsWrittenCompactWithItsControlRecordInFront) {
  auto tree = document::parse_tree(
      "<ORDERS><E1EDK01><CURCY>EUR</CURCY></E1EDK01><E1EDKA1><PARVW>AG</PARVW><NAME1>A &amp; B"
      "</NAME1></E1EDKA1></ORDERS>",
      document::Format::Xml);
  ASSERT_TRUE(tree);
  std::vector<Problem> problems;
  const Message message = make_message(
      *std::move(tree),
      {{"SNDPRN", "CHBRIDGE"}, {"TABNAM", "EDI_DC40"}, {"MESTYP", "ORDERS"}, {"MANDT", ""}},
      problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(envelope("ORDERS05", {message}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ORDERS05><IDOC BEGIN=\"1\">"
            "<EDI_DC40 SEGMENT=\"1\"><TABNAM>EDI_DC40</TABNAM><MESTYP>ORDERS</MESTYP><SNDPRN>"
            "CHBRIDGE</SNDPRN></EDI_DC40><E1EDK01 SEGMENT=\"1\"><CURCY>EUR</CURCY></E1EDK01>"
            "<E1EDKA1 SEGMENT=\"1\"><PARVW>AG</PARVW><NAME1>A &amp; B</NAME1></E1EDKA1></IDOC>"
            "</ORDERS05>");
  std::vector<Problem> too_long;
  make_message({}, {{"SNDPRN", "CHANNELBRIDGE"}}, too_long);
  ASSERT_EQ(too_long.size(), 1U);
  EXPECT_EQ(too_long.front().path, "EDI_DC40/SNDPRN");
}

}  // namespace
}  // namespace channelbridge::idoc

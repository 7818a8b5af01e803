#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "channelbridge/soap/reply.hpp"
#include "soap_service.hpp"

namespace channelbridge::soap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string in11(const std::string& body, const std::string& header = {}) {
  return "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">" +
         (header.empty() ? "" : "<e:Header>" + header + "</e:Header>") + "<e:Body>" + body +
         "</e:Body></e:Envelope>";
}
std::string in12(const std::string& body, const std::string& header = {}) {
  std::string out = in11(body, header);
  const std::string_view old = kEnvelope11;
  return out.replace(out.find(old), old.size(), kEnvelope12);
}

Reply read(const std::string& text, std::string_view type = {}, const ReadOptions& options = {}) {
  const auto out = read_envelope(text, type, options);
  EXPECT_TRUE(out) << to_string(out.error());
  return out ? *out : Reply{};
}
ErrorCode refused(const std::string& text, std::string_view type = {}) {
  const auto out = read_envelope(text, type);
  EXPECT_FALSE(out);
  return out ? ErrorCode::Internal : out.error().code();
}

TEST(SoapRead, ResolvesAnyPrefixTheDefaultAndARedeclaredOne) {
  const Reply reply =
      read(in11("<p:A xmlns:p=\"urn:1\"><B xmlns=\"urn:2\"><p:C xmlns:p=\"urn:3\"><p:D/></p:C>"
                "<E xmlns=\"\"/></B><p:F/></p:A>"));
  ASSERT_TRUE(reply.payload);
  const Node& a = *reply.payload;
  EXPECT_EQ(to_string(a.name), "{urn:1}A");
  EXPECT_EQ(to_string(a.children[0].name), "{urn:2}B");
  EXPECT_EQ(to_string(a.children[0].children[0].name), "{urn:3}C");
  EXPECT_EQ(to_string(a.children[0].children[0].children[0].name), "{urn:3}D");
  EXPECT_EQ(to_string(a.children[0].children[1].name), "E");
  EXPECT_EQ(to_string(a.children[1].name), "{urn:1}F");
}

TEST(SoapRead, JoinsTextsAroundCommentsAndCdata) {
  const Reply reply = read(in11("<A><B>a<!-- x -->b<![CDATA[<c>]]> &amp;d</B><C> </C>\n <D/></A>"));
  EXPECT_EQ(reply.payload->find("B")->text, "ab<c> &d");
  EXPECT_EQ(reply.payload->find("C")->text, " ");
  EXPECT_EQ(reply.payload->text, "");
}

TEST(SoapRead, NullAbsentAndEmptyDiffer) {
  const Reply reply =
      read(in11("<A xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:t=\"urn:t\">"
                "<N i:nil=\"1\" cur=\"EUR\"/><E/><F i:nil=\"false\" i:type=\"t:X\">f</F></A>"));
  const Node& a = *reply.payload;
  EXPECT_TRUE(a.find("N")->nil);
  EXPECT_EQ(a.find("N")->attributes.at(0).second, "EUR");
  EXPECT_FALSE(a.find("E")->nil);
  EXPECT_EQ(a.find("G"), nullptr);
  EXPECT_EQ(a.find("F")->type, (QName{"urn:t", "X"}));
  const auto document = to_document(a);
  ASSERT_TRUE(document);
  const auto tree = tree_of(document->text());
  EXPECT_EQ(tree.find("N")->kind, document::Tree::Kind::Null);
  EXPECT_EQ(tree.find("E")->kind, document::Tree::Kind::Text);
  EXPECT_EQ(tree.find("F")->find("@xsi:type")->text, "X");
  EXPECT_EQ(tree.find("F")->text, "f");
}

TEST(SoapRead, ADocumentHasLocalNamesAndTellsNamespacesApart) {
  const Reply reply =
      read(in11("<p:A xmlns:p=\"urn:1\" xmlns:q=\"urn:2\" p:k=\"1\" q:l=\"2\" "
                "xml:lang=\"de\"><p:B>1</p:B><q:B>2</q:B></p:A>"));
  const auto both = to_document(*reply.payload);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code(), ErrorCode::Unmappable);
  EXPECT_THAT(both.error().message(), HasSubstr("'{urn:1}B' and '{urn:2}B'"));
  const auto own = to_document(*reply.payload, {"urn:2"});
  ASSERT_TRUE(own);
  EXPECT_EQ(own->text(),
            "<A xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" k=\"1\" "
            "xml:lang=\"de\"><B>1</B></A>");
  EXPECT_EQ(reply.payload->find(QName{"urn:2", "B"})->text, "2");
}

TEST(SoapRead, ReadsAnOutboundMessageAsItIsSent) {
  std::ifstream in(std::string(CHANNELBRIDGE_SOURCE_DIR) +
                   "/tests/fixtures/salesforce/soap/outbound_message_2_notifications.xml");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Reply reply = read(text, "text/xml; charset=utf-8");
  ASSERT_TRUE(reply.payload);
  EXPECT_EQ(to_string(reply.payload->name),
            "{http://soap.sforce.com/2005/09/outbound}notifications");
  const Node* object = reply.payload->find("Notification")->find("sObject");
  EXPECT_EQ(object->type, (QName{"urn:sobject.enterprise.soap.sforce.com", "Lead1"}));
  EXPECT_TRUE(to_document(*object));
}

TEST(SoapRead, RefusesWhatIsNoEnvelope) {
  EXPECT_EQ(refused(""), ErrorCode::Protocol);
  EXPECT_EQ(refused("<html/>"), ErrorCode::Protocol);
  EXPECT_EQ(refused("<html></html>", "text/html"), ErrorCode::Protocol);
  EXPECT_EQ(refused("<Envelope xmlns=\"urn:old\"><Body/></Envelope>"), ErrorCode::Protocol);
  EXPECT_EQ(refused("<!DOCTYPE a>" + in11("<a/>")), ErrorCode::Protocol);
  EXPECT_EQ(refused("<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"/>"),
            ErrorCode::Protocol);
  EXPECT_EQ(refused(in11("text")), ErrorCode::Protocol);
  EXPECT_EQ(refused(in11("<a/><b/>")), ErrorCode::Unsupported);
  EXPECT_EQ(refused(in11("<p:a/>")), ErrorCode::Protocol);
  EXPECT_EQ(refused(in11("<p:a xmlns:p=\"\"/>")), ErrorCode::Protocol);
  EXPECT_EQ(refused(in11("<a xmlns:p=\"urn:1\" xmlns:q=\"urn:1\" p:k=\"1\" q:k=\"2\"/>")),
            ErrorCode::Protocol);
  const std::string nil = "<a xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=";
  EXPECT_EQ(refused(in11(nil + "\"yes\"/>")), ErrorCode::Protocol);
  EXPECT_EQ(refused(in11(nil + "\"true\">x</a>")), ErrorCode::Protocol);
  EXPECT_EQ(refused(in11("<a/>"), "text/xml; charset=ISO-8859-1"), ErrorCode::Unsupported);
  std::string two = in12("<a/>");
  two.insert(two.find("</e:Envelope>"), "<e:Body/>");
  EXPECT_EQ(refused(two), ErrorCode::Protocol);
}

TEST(SoapRead, AHeaderThatMustBeUnderstoodIsKnownOrRefused) {
  const auto header = [](const std::string& attributes) {
    return "<h:Tx xmlns:h=\"urn:h\" " + attributes + "/>";
  };
  EXPECT_EQ(refused(in11("<a/>", header("e:mustUnderstand=\"1\""))), ErrorCode::Protocol);
  EXPECT_EQ(refused(in12("<a/>", header("e:mustUnderstand=\"true\""))), ErrorCode::Protocol);
  EXPECT_EQ(refused(in12("<a/>", header("e:mustUnderstand=\"maybe\""))), ErrorCode::Protocol);
  EXPECT_EQ(read(in11("<a/>", header("e:mustUnderstand=\"0\""))).headers.size(), 1U);
  EXPECT_EQ(read(in11("<a/>", header("mustUnderstand=\"1\""))).headers.size(), 1U);
  EXPECT_EQ(
      read(in11("<a/>", header("e:mustUnderstand=\"1\" e:actor=\"urn:other\""))).headers.size(),
      1U);
  EXPECT_EQ(
      read(in12("<a/>", header("e:mustUnderstand=\"1\" e:role=\"urn:other\""))).headers.size(), 1U);
  const ReadOptions known{.understood = {{"urn:h", "Tx"}}};
  EXPECT_EQ(read(in11("<a/>", header("e:mustUnderstand=\"1\"")), "", known).headers.size(), 1U);
}

TEST(SoapRead, ShowsTheMessageThatItAnswers) {
  const Reply reply = read(in12(
      "<a/>",
      "<w:RelatesTo xmlns:w=\"http://www.w3.org/2005/08/addressing\" e:mustUnderstand=\"true\"> "
      "urn:uuid:1 </w:RelatesTo><w:RelatesTo xmlns:w=\"http://www.w3.org/2005/08/addressing\" "
      "RelationshipType=\"urn:x\">urn:uuid:2</w:RelatesTo>"
      "<RelatesTo>3</RelatesTo>"));
  EXPECT_EQ(reply.relates_to, "urn:uuid:1");
}

TEST(SoapFault, ReadsVersion11) {
  const Reply reply = read(
      in11("<e:Fault><faultcode>e:Client.Authentication</faultcode><faultstring "
           "xml:lang=\"en\">no<!-- --> entry</faultstring><faultactor>urn:me</faultactor>"
           "<detail><f:X xmlns:f=\"urn:f\"><f:code>7</f:code><f:text>seven</f:text></f:X></detail>"
           "</e:Fault>"));
  ASSERT_TRUE(reply.fault);
  EXPECT_EQ(reply.fault->code, (QName{std::string(kEnvelope11), "Client"}));
  EXPECT_EQ(reply.fault->subcodes.at(0).local, "Authentication");
  EXPECT_EQ(reply.fault->reason, "no entry");
  EXPECT_EQ(reply.fault->role, "urn:me");
  EXPECT_EQ(reply.fault->detail, "code: 7; text: seven");
  EXPECT_EQ(to_string(reply.fault->details.at(0).name), "{urn:f}X");
  const Error error = to_error(*reply.fault, 500);
  EXPECT_EQ(error.code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(error.remote_message(), "no entry (code: 7; text: seven)");
  EXPECT_EQ(error.http_status(), 500);
  EXPECT_EQ(error.sent(), Sent::Answered);
}

std::string fault12(const std::string& code) {
  return "<e:Fault><e:Code>" + code +
         "</e:Code><e:Reason><e:Text xml:lang=\"de\">nein</e:Text>"
         "<e:Text xml:lang=\"en-US\">no</e:Text></e:Reason><e:Node>urn:n</e:Node>"
         "<e:Role>urn:r</e:Role></e:Fault>";
}

TEST(SoapFault, ReadsVersion12WithSubcodesAndLanguages) {
  const std::string text = in12(
      fault12("<e:Value>e:Sender</e:Value><e:Subcode><e:Value xmlns:m=\"urn:m\">m:Outer</e:Value>"
              "<e:Subcode><e:Value xmlns:m=\"urn:m2\">m:Inner</e:Value></e:Subcode></e:Subcode>"));
  const Reply reply = read(text);
  ASSERT_TRUE(reply.fault);
  EXPECT_EQ(reply.fault->reason, "no");
  EXPECT_EQ(reply.fault->reasons.size(), 2U);
  EXPECT_EQ(reply.fault->node, "urn:n");
  EXPECT_EQ(reply.fault->role, "urn:r");
  EXPECT_THAT(reply.fault->subcodes,
              ElementsAre(QName{"urn:m", "Outer"}, QName{"urn:m2", "Inner"}));
  EXPECT_EQ(to_error(*reply.fault).code(), ErrorCode::Rejected);
  EXPECT_EQ(to_error(*reply.fault).remote_code(), "Inner");
  EXPECT_EQ(read(text, "", {.language = "de-AT"}).fault->reason, "nein");
  EXPECT_EQ(read(text, "", {.language = "fr"}).fault->reason, "nein");  // the first
}

TEST(SoapFault, IsReadByItsPartsWhateverTheEnvelope) {
  const Reply newer = read(
      in11("<e:Fault><e:Code><e:Value>SOAP-ENV:Server</e:Value><e:Subcode><e:Value>Dump</e:Value>"
           "</e:Subcode></e:Code><e:Reason><e:Text>short dump</e:Text></e:Reason></e:Fault>"));
  ASSERT_TRUE(newer.fault);
  EXPECT_EQ(newer.fault->code.local, "Server");
  EXPECT_EQ(newer.fault->reason, "short dump");
  EXPECT_EQ(to_error(*newer.fault).code(), ErrorCode::Unavailable);
  EXPECT_EQ(to_error(*newer.fault).remote_code(), "Dump");
  const Reply older =
      read(in12("<e:Fault><faultcode>e:Sender</faultcode><faultstring>no</faultstring></e:Fault>"));
  ASSERT_TRUE(older.fault);
  EXPECT_EQ(older.fault->code, (QName{std::string(kEnvelope12), "Sender"}));
  EXPECT_EQ(older.fault->reason, "no");
}

TEST(SoapRead, AnUndeclaredXsiIsWhatEverybodyMeansByIt) {
  const Reply reply = read(in11("<a><b xsi:nil=\"true\"></b><c xsi:nil=\"false\">1</c></a>"));
  ASSERT_TRUE(reply.payload);
  EXPECT_TRUE(reply.payload->find("b")->nil);
  EXPECT_FALSE(reply.payload->find("c")->nil);
  EXPECT_FALSE(read_envelope(in11("<a><b xsj:nil=\"true\"/></a>")));
}

TEST(SoapFault, HasAMeaning) {
  const auto meaning = [](const std::string& code, const std::string& space, bool newer = false) {
    const std::string value = "x:" + code;
    const std::string name = " xmlns:x=\"" + space + "\"";
    const Reply reply = newer ? read(in12(fault12("<e:Value" + name + ">" + value + "</e:Value>")))
                              : read(in11("<e:Fault><faultcode" + name + ">" + value +
                                          "</faultcode><faultstring>s</faultstring></e:Fault>"));
    return to_error(*reply.fault).code();
  };
  const std::string e11(kEnvelope11);
  const std::string e12(kEnvelope12);
  const std::string wsse(kSecurity);
  const std::string wsa(kAddressing);
  EXPECT_EQ(meaning("Client", e11), ErrorCode::Rejected);
  EXPECT_EQ(meaning("Server", e11), ErrorCode::Unavailable);
  EXPECT_EQ(meaning("Server.Busy", e11), ErrorCode::Unavailable);
  EXPECT_EQ(meaning("MustUnderstand", e11), ErrorCode::Unsupported);
  EXPECT_EQ(meaning("VersionMismatch", e11), ErrorCode::Unsupported);
  EXPECT_EQ(meaning("Sender", e12, true), ErrorCode::Rejected);
  EXPECT_EQ(meaning("Receiver", e12, true), ErrorCode::Unavailable);
  EXPECT_EQ(meaning("DataEncodingUnknown", e12, true), ErrorCode::Unsupported);
  EXPECT_EQ(meaning("FailedAuthentication", wsse), ErrorCode::Unauthenticated);
  EXPECT_EQ(meaning("InvalidSecurityToken", wsse), ErrorCode::Unauthenticated);
  EXPECT_EQ(meaning("UnsupportedSecurityToken", wsse), ErrorCode::Unsupported);
  EXPECT_EQ(meaning("MessageExpired", std::string(kSecurityUtility)), ErrorCode::Unauthenticated);
  EXPECT_EQ(meaning("ActionNotSupported", wsa), ErrorCode::Unsupported);
  EXPECT_EQ(meaning("DestinationUnreachable", wsa), ErrorCode::Unavailable);
  EXPECT_EQ(meaning("INVALID_FIELD", "urn:own"), ErrorCode::Rejected);
  EXPECT_EQ(meaning("Server", "urn:own"), ErrorCode::Rejected);
}

TEST(SoapFault, AServersPauseAndASystemsOwnTableAreKept) {
  const Reply busy = read(in12(
      "<e:Fault><e:Code><e:Value>e:Receiver</e:Value><e:Subcode>"
      "<e:Value xmlns:w=\"http://www.w3.org/2005/08/addressing\">w:EndpointUnavailable</e:Value>"
      "</e:Subcode></e:Code><e:Reason><e:Text xml:lang=\"en\">busy</e:Text></e:Reason><e:Detail>"
      "<w:RetryAfter xmlns:w=\"http://www.w3.org/2005/08/addressing\">1500</w:RetryAfter>"
      "</e:Detail></e:Fault>"));
  EXPECT_EQ(to_error(*busy.fault).retry_after(), std::chrono::milliseconds(1500));
  const FaultRule rules[] = {
      {.words = "rfc_authorization_failure", .meaning = ErrorCode::Forbidden},
      {.code = "Receiver", .meaning = ErrorCode::RateLimited}};
  EXPECT_EQ(to_error(*busy.fault, 0, rules).code(), ErrorCode::RateLimited);
  const Reply denied = read(in11(
      "<e:Fault><faultcode>Client</faultcode><faultstring>No RFC_AUTHORIZATION_FAILURE of group"
      "</faultstring><detail/></e:Fault>"));
  EXPECT_EQ(to_error(*denied.fault, 500, rules).code(), ErrorCode::Forbidden);
  EXPECT_EQ(to_error(*denied.fault, 500).code(), ErrorCode::Rejected);
}

TEST(SoapFault, APayloadIsTheExpectedOneOrAnError) {
  EXPECT_TRUE(payload_of(read(in11("<a xmlns=\"urn:1\"/>")), {"urn:1", "a"}));
  EXPECT_EQ(payload_of(read(in11("<a/>")), {"urn:1", "a"}).error().code(), ErrorCode::Protocol);
  EXPECT_EQ(payload_of(read(in11("")), {"urn:1", "a"}).error().code(), ErrorCode::Protocol);
  EXPECT_EQ(payload_of(read(in11("<e:Fault><faultcode>e:Server</faultcode></e:Fault>")),
                       {"urn:1", "a"}, 500)
                .error()
                .http_status(),
            500);
}

TEST(SoapMultipart, TakesTheOnlyPartAndNoAttachments) {
  const std::string type =
      "Multipart/Related; type=\"application/xop+xml\"; boundary=\"b;1\"; start=\"<r>\"";
  const std::string part =
      "--b;1\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\n"
      "Content-Transfer-Encoding: binary\r\nContent-ID: <r>\r\n\r\n" +
      in11("<a>1</a>");
  EXPECT_EQ(read(part + "\r\n--b;1--\r\n", type).payload->text, "1");
  EXPECT_EQ(read("preamble\r\n" + part + "\n--b;1--", type).payload->text, "1");
  EXPECT_EQ(refused(part + "\r\n--b;1\r\nContent-ID: <x>\r\n\r\nx\r\n--b;1--\r\n", type),
            ErrorCode::Unsupported);
  EXPECT_EQ(refused(part, type), ErrorCode::Protocol);
  EXPECT_EQ(refused(part, "multipart/related"), ErrorCode::Protocol);
  EXPECT_EQ(refused("nothing", type), ErrorCode::Protocol);
  std::string encoded = part + "\r\n--b;1--\r\n";
  encoded.replace(encoded.find("binary"), 6, "base64");
  EXPECT_EQ(refused(encoded, type), ErrorCode::Unsupported);
  EXPECT_EQ(refused(in11("<a><x:Include xmlns:x=\"http://www.w3.org/2004/08/xop/include\" "
                         "href=\"cid:1\"/></a>")),
            ErrorCode::Unsupported);
}

}  // namespace
}  // namespace channelbridge::soap

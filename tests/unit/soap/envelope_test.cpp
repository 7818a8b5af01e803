#include "channelbridge/soap/envelope.hpp"

#include <gmock/gmock.h>

#include "channelbridge/http/encoding.hpp"
#include "channelbridge/soap/reply.hpp"
#include "channelbridge/testing/fakes.hpp"
#include "soap_service.hpp"

namespace channelbridge::soap {
namespace {

using document::Tree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SoapEnvelope : public ::testing::Test {
 protected:
  Result<Written> write(const Envelope& envelope) {
    return write_envelope(wsdl->schema(), envelope, clock, *random);
  }
  Envelope send(const std::string& text) const {
    Envelope out{.soap_action = "urn:send", .root = wsdl->schema().element({"urn:t", "Send"})};
    out.body = {.kind = Tree::Kind::Text, .name = "Send", .text = text};
    return out;
  }

  std::shared_ptr<const Wsdl> wsdl = wsdl_of(
      R"(<xs:element name="Send" type="xs:token"/>
<xs:element name="Session"><xs:complexType><xs:sequence><xs:element name="Id"><xs:simpleType>
<xs:restriction base="xs:string"><xs:maxLength value="4"/></xs:restriction></xs:simpleType></xs:element>
</xs:sequence></xs:complexType></xs:element>)");
  testing::ManualClock clock{};
  std::shared_ptr<Random> random = seeded_random(7);
};

TEST_F(SoapEnvelope, WritesVersion11WithAQuotedAction) {
  const auto out = write(send("x"));
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(out->bytes,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope "
            "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>"
            "<n0:Send xmlns:n0=\"urn:t\">x</n0:Send></soap:Body></soap:Envelope>");
  EXPECT_EQ(out->content_type, "text/xml; charset=utf-8");
  EXPECT_EQ(out->soap_action, "\"urn:send\"");
  EXPECT_EQ(out->message_id, "");
}

TEST_F(SoapEnvelope, WritesVersion12WithTheActionInTheContentType) {
  Envelope envelope = send("x");
  envelope.version = Version::Soap12;
  const auto out = write(envelope);
  ASSERT_TRUE(out);
  EXPECT_THAT(out->bytes, HasSubstr("http://www.w3.org/2003/05/soap-envelope"));
  EXPECT_EQ(out->content_type, "application/soap+xml; charset=utf-8; action=\"urn:send\"");
  EXPECT_FALSE(out->soap_action);
}

TEST_F(SoapEnvelope, AddressesAMessageWithItsOwnIdOrANewOne) {
  Envelope envelope = send("x");
  envelope.addressing =
      Addressing{.message_id = "urn:uuid:1", .action = "urn:a", .to = "https://s.example/?a=1&b=2"};
  const auto out = write(envelope);
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_EQ(out->message_id, "urn:uuid:1");
  const auto read = read_envelope(out->bytes);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->message_id, "urn:uuid:1");
  EXPECT_EQ(read->action, "urn:a");
  ASSERT_EQ(read->headers.size(), 4U);
  EXPECT_EQ(read->headers[2].text, "https://s.example/?a=1&b=2");
  EXPECT_EQ(read->headers[3].find("Address")->text,
            "http://www.w3.org/2005/08/addressing/anonymous");
  envelope.addressing->message_id.clear();
  const auto fresh = write(envelope);
  ASSERT_TRUE(fresh);
  EXPECT_THAT(fresh->message_id, HasSubstr("urn:uuid:0"));
  EXPECT_EQ(fresh->message_id.size(), 45U);
}

TEST_F(SoapEnvelope, WritesAPasswordAsText) {
  Envelope envelope = send("x");
  envelope.username = UsernameToken{.user = "a<b", .password = Secret("p&w")};
  const auto out = write(envelope);
  ASSERT_TRUE(out);
  EXPECT_THAT(out->bytes, HasSubstr("<wsse:Username>a&lt;b</wsse:Username>"));
  EXPECT_THAT(out->bytes, HasSubstr("#PasswordText\">p&amp;w</wsse:Password>"));
  EXPECT_THAT(out->bytes, HasSubstr(" soap:mustUnderstand=\"1\">"));
  EXPECT_THAT(out->bytes, Not(HasSubstr("Nonce")));
}

/// Nonce, time and password of this test give this proof with OpenSSL's own command:
/// (printf '%s' "$NONCE" | base64 -d; printf '%s' 2026-01-01T00:00:00Zsecret) |
///     openssl dgst -sha1 -binary | base64
TEST_F(SoapEnvelope, WritesAPasswordAsDigest) {
  Envelope envelope = send("x");
  envelope.version = Version::Soap12;
  envelope.username = UsernameToken{
      .user = "u", .password = Secret("secret"), .kind = UsernameToken::Password::Digest};
  const auto out = write(envelope);
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_THAT(out->bytes, Not(HasSubstr("secret<")));
  EXPECT_THAT(out->bytes, HasSubstr(" soap:mustUnderstand=\"true\">"));
  const auto read =
      read_envelope(out->bytes, "", {.understood = {{std::string(kSecurity), "Security"}}});
  ASSERT_TRUE(read) << to_string(read.error());
  const Node* token = read->headers.at(0).find("UsernameToken");
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(token->find("Created")->text, "2026-01-01T00:00:00Z");
  EXPECT_EQ(token->find("Nonce")->text, "p9lm6zFlH8FiwTR6VGcF8w==");
  EXPECT_EQ(token->find("Password")->text, "E64NCrR5OjQNle+Ad4XvUvhZCNM=");
  const auto next = write(envelope);
  ASSERT_TRUE(next);
  EXPECT_THAT(next->bytes, Not(HasSubstr(token->find("Nonce")->text)));
}

TEST_F(SoapEnvelope, WritesHeaderBlocksAndNeverShowsTheirTexts) {
  Envelope envelope = send("a  b");
  envelope.headers.push_back({.element = wsdl->schema().element({"urn:t", "Session"}),
                              .tree = tree_of("<Session><Id>1234</Id></Session>"),
                              .must_understand = true});
  const auto out = write(envelope);
  ASSERT_TRUE(out) << to_string(out.error());
  EXPECT_THAT(out->bytes,
              HasSubstr("<soap:Header><n0:Session xmlns:n0=\"urn:t\" soap:mustUnderstand=\"1\">"
                        "<n0:Id>1234</n0:Id></n0:Session></soap:Header>"));
  envelope.headers[0].tree = tree_of("<Session><Id>TOPSECRET</Id></Session>");
  const auto refused = write(envelope);
  ASSERT_FALSE(refused);
  EXPECT_THAT(rules_of(refused.error()), ElementsAre("Header/Session/Id length"));
  EXPECT_THAT(to_string(refused.error()), Not(HasSubstr("TOPSECRET")));
}

TEST_F(SoapEnvelope, RefusesWhatAHeaderCannotCarryAndShowsNoSecret) {
  const auto refused = [&](auto change) {
    Envelope envelope = send("x");
    change(envelope);
    const auto out = write(envelope);
    EXPECT_FALSE(out);
    if (out) return;
    EXPECT_EQ(out.error().code(), ErrorCode::Invalid);
    EXPECT_THAT(to_string(out.error()), Not(HasSubstr("hidden")));
  };
  refused([](Envelope& e) { e.soap_action = "a\r\nX: y"; });
  refused([](Envelope& e) { e.soap_action = "a\"b"; });
  refused([](Envelope& e) { e.addressing = Addressing{.action = ""}; });
  refused([](Envelope& e) { e.addressing = Addressing{.message_id = "1", .action = "urn:a"}; });
  refused([](Envelope& e) { e.addressing = Addressing{.action = "urn:a", .to = "a b:c"}; });
  refused([](Envelope& e) { e.addressing = Addressing{.action = "urn:a", .relates_to = "x"}; });
  refused([](Envelope& e) { e.username = UsernameToken{.password = Secret("hidden")}; });
  refused([](Envelope& e) {
    e.username = UsernameToken{.user = "u", .password = Secret("hidden\x02")};
  });
}

TEST_F(SoapEnvelope, AnEmptyBodyHasNoRoot) {
  const auto out = write({.version = Version::Soap12});
  ASSERT_TRUE(out);
  const auto read = read_envelope(out->bytes, out->content_type);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->payload);
  EXPECT_FALSE(read->fault);
}

TEST_F(SoapEnvelope, WhatIsWrittenIsReadAgain) {
  const auto journal = loaded("journal-entry.wsdl");
  const QName root{"http://sap.com/xi/SAPSCORE/SFIN", "JournalEntryBulkCreateConfirmation"};
  const Tree tree = tree_of(
      "<JournalEntryBulkCreateConfirmation><MessageHeader><ReferenceID>&lt;1&gt;</ReferenceID>"
      "<CreationDateTime>2024-06-01T09:00:00Z</CreationDateTime></MessageHeader>"
      "</JournalEntryBulkCreateConfirmation>");
  for (const Version version : {Version::Soap11, Version::Soap12}) {
    Envelope envelope{.version = version, .root = journal->schema().element(root), .body = tree};
    const auto out = write_envelope(journal->schema(), envelope, clock, *random);
    ASSERT_TRUE(out) << to_string(out.error());
    auto read = read_envelope(out->bytes, out->content_type);
    ASSERT_TRUE(read) << to_string(read.error());
    const auto payload = payload_of(*std::move(read), root);
    ASSERT_TRUE(payload);
    const auto document = to_document(*payload);
    ASSERT_TRUE(document);
    EXPECT_EQ(document::flatten(tree_of(document->text())), document::flatten(tree));
  }
}

}  // namespace
}  // namespace channelbridge::soap

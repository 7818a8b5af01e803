// The protocol layer by itself: what these libraries write, read by namespaces, and what they read.
#include <gmock/gmock.h>

#include "channelbridge/core/clock.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/soap/envelope.hpp"
#include "channelbridge/soap/reply.hpp"
#include "peers.hpp"

namespace channelbridge::soap::peers {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFunds = "http://example.com/zcrm/channel_funds";

class SoapPeerMessages : public PeerTest {
 protected:
  void SetUp() override {
    PeerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto loaded = Wsdl::load(std::string(CHANNELBRIDGE_SOURCE_DIR) +
                             "/samples/sandbox/soap/wsdl/channel_funds.wsdl");
    ASSERT_TRUE(loaded) << channelbridge::to_string(loaded.error());
    wsdl_ = *std::move(loaded);
    const auto port = wsdl_->port("", GetParam().version);
    ASSERT_TRUE(port) << channelbridge::to_string(port.error());
    const auto found = Wsdl::operation(**port, "ReservationSubmit");
    ASSERT_TRUE(found) << channelbridge::to_string(found.error());
    submit_ = *found;
  }
  /// A request for a partner's reservation, addressed.
  Written request(const std::string& partner) {
    auto body = document::parse_tree(
        "<R><Partner>" + partner +
            "</Partner><RequestedAmount currencyCode=\"EUR\">1.50</RequestedAmount>"
            "<ExternalReference>X1</ExternalReference><FundNumber>F100</FundNumber>"
            "<Description>d</Description><ActivityFrom>2026-04-01</ActivityFrom>"
            "<ActivityTo>2026-04-02</ActivityTo></R>",
        document::Format::Xml);
    EXPECT_TRUE(body);
    Envelope envelope{.version = GetParam().version,
                      .soap_action = submit_->soap_action,
                      .root = submit_->input.root,
                      .body = *std::move(body)};
    envelope.addressing =
        Addressing{.message_id = "urn:uuid:" + id(1), .action = submit_->input.action};
    auto out = write_envelope(wsdl_->schema(), envelope, *system_clock(), *random_);
    EXPECT_TRUE(out) << (out ? "" : channelbridge::to_string(out.error()));
    return out ? *std::move(out) : Written{};
  }
  http::Response post(const Written& message) {
    http::Request request{.method = "POST", .target = path_of("funds"), .body = message.bytes};
    request.headers.set("content-type", message.content_type);
    if (message.soap_action) request.headers.set("soapaction", *message.soap_action);
    auto answer = server_->transport()->send(request, context_);
    EXPECT_TRUE(answer) << (answer ? "" : channelbridge::to_string(answer.error()));
    return answer ? *std::move(answer) : http::Response{};
  }
  Reply read(const http::Response& answer) {
    auto out = read_envelope(answer.body, answer.headers.get("content-type").value_or(""));
    EXPECT_TRUE(out) << answer.body;
    return out ? *std::move(out) : Reply{};
  }
  std::string envelope_space() const { return std::string(envelope_namespace(GetParam().version)); }

  std::shared_ptr<const Wsdl> wsdl_{};
  const Operation* submit_{};
  std::shared_ptr<Random> random_ = seeded_random(7);
};

TEST_P(SoapPeerMessages, AnAnswerInPrefixesOfItsOwnIsReadByNamespaces) {
  const http::Response answer = post(request("P1"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, Not(HasSubstr("<n0:"))) << "not our own prefixes";
  const Reply reply = read(answer);
  EXPECT_EQ(reply.version, GetParam().version);
  ASSERT_TRUE(reply.payload);
  EXPECT_EQ(reply.payload->name, (QName{kFunds, "ReservationSubmitResponse"}));
  const Node* made = reply.payload->find("Reservation");
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->name.space, "") << "the schema's local elements are in no namespace";
  EXPECT_EQ(made->find("RequestedAmount")->text, "1.50");
}

TEST_P(SoapPeerMessages, TheAnswerRelatesToOurMessage) {
  const Written message = request("P1");
  EXPECT_EQ(message.message_id, "urn:uuid:" + id(1));
  const Reply reply = read(post(message));
  EXPECT_EQ(reply.relates_to, message.message_id);
  EXPECT_EQ(reply.action, "urn:answer:ReservationSubmit");
}

TEST_P(SoapPeerMessages, FaultsOfItsVersionHaveCodeReasonAndDetail) {
  const bool soap11 = GetParam().version == Version::Soap11;
  const http::Response refused = post(request("BARRED"));
  EXPECT_GE(refused.status, 400);
  const Reply sender = read(refused);
  ASSERT_TRUE(sender.fault);
  EXPECT_EQ(sender.fault->code, (QName{envelope_space(), soap11 ? "Client" : "Sender"}));
  EXPECT_EQ(sender.fault->reason, "Partner BARRED asks for no funds");
  EXPECT_THAT(sender.fault->detail, HasSubstr("User: ADMIN"));
  EXPECT_EQ(to_error(*sender.fault).code(), ErrorCode::Rejected);
  const Reply receiver = read(post(request("LOCKED")));
  ASSERT_TRUE(receiver.fault);
  EXPECT_EQ(receiver.fault->code, (QName{envelope_space(), soap11 ? "Server" : "Receiver"}));
  EXPECT_EQ(to_error(*receiver.fault).code(), ErrorCode::Unavailable);
}

TEST_P(SoapPeerMessages, AFaultOfTheLibraryItselfHasItsCodeAndReason) {
  const Reply reply = read(post(request("BROKEN")));
  ASSERT_TRUE(reply.fault);
  EXPECT_THAT(reply.fault->code.local, ::testing::AnyOf("Server", "Receiver"));
  EXPECT_EQ(reply.fault->reason, "Error: short dump");
}

/// What only gSOAP checks: npm's `soap` takes any elements and does not look at mustUnderstand.
class SoapPeerStrict : public SoapPeerMessages {};

TEST_P(SoapPeerStrict, TakesOurElementsAndNoneFewerOrMore) {
  EXPECT_TRUE(read(post(request("P1"))).payload);
  const std::string partner = "<Partner>P1</Partner>";
  for (const std::string& instead :
       {std::string(), partner + partner, partner + "<Wholesaler>P1</Wholesaler>"}) {
    Written wrong = request("P1");
    const std::size_t at = wrong.bytes.find(partner);
    ASSERT_NE(at, std::string::npos);
    wrong.bytes.replace(at, partner.size(), instead);
    EXPECT_TRUE(read(post(wrong)).fault) << instead;
  }
  EXPECT_EQ(stored("reservations"), 1);
}

TEST_P(SoapPeerStrict, AHeaderThatIsNotUnderstoodComesBackAsSuchAFault) {
  Written message = request("P1");
  const std::string header = "<soap:Header>";
  const std::string must = GetParam().version == Version::Soap11 ? "1" : "true";
  message.bytes.insert(
      message.bytes.find(header) + header.size(),
      "<x:Deal xmlns:x=\"urn:example:deal\" soap:mustUnderstand=\"" + must + "\">1</x:Deal>");
  const Reply reply = read(post(message));
  ASSERT_TRUE(reply.fault);
  EXPECT_EQ(reply.fault->code, (QName{envelope_space(), "MustUnderstand"}));
  EXPECT_EQ(to_error(*reply.fault).code(), ErrorCode::Unsupported);
  EXPECT_EQ(stored("reservations"), 0);
}

INSTANTIATE_TEST_SUITE_P(Peers, SoapPeerMessages, ::testing::ValuesIn(all_peers()),
                         [](const auto& each) { return to_string(each.param); });

INSTANTIATE_TEST_SUITE_P(Peers, SoapPeerStrict,
                         ::testing::Values(Peer{Library::Gsoap, Version::Soap11},
                                           Peer{Library::Gsoap, Version::Soap12}),
                         [](const auto& each) { return to_string(each.param); });

}  // namespace
}  // namespace channelbridge::soap::peers

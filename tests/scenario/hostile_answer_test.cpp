#include <zlib.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <type_traits>

#include "relay.hpp"
#include "trouble.hpp"

namespace channelbridge::demo {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// One system of the demo, and where its data passes.
struct RudeServer {
  std::string system{};
  std::string variable{};  ///< that holds its URL in the demo's project
  std::string spoke{};     ///< whose reads are met
  std::string read{};      ///< part of the request line of these reads
  std::string field{};     ///< how a field begins in the answer
  std::uint16_t (*port)(const World&){};
};

bool reads(const kit::SeenRequest& request, const RudeServer& server) {
  return request.head.starts_with("GET ") && request.line().find(server.read) != std::string::npos;
}

void send_json(kit::FaultPeer& peer, const std::string& body, std::string_view more = {}) {
  peer.answer(body, "Content-Type: application/json\r\n" + std::string(more));
}

void send_deep(kit::FaultPeer& peer) {
  const std::size_t levels = 100'000;
  send_json(peer, R"({"d":{"results":)" + std::string(levels, '[') + std::string(levels, ']') +
                      R"(},"value":[],"records":[]})");
}

/// 2 GB of blanks inside a JSON text, unless the reader hangs up.
void send_endless(kit::FaultPeer& peer) {
  peer.write(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n1\r\n{\r\n");
  const std::string chunk = "100000\r\n" + std::string(0x100000, ' ') + "\r\n";
  for (int i = 0; i < 2048; ++i) {
    if (!peer.write(chunk)) return;
  }
  peer.close();
}

/// 1 GB of blanks as 1 MB of gzip: one flushed block, a thousand times.
std::string bomb() {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string blanks(1U << 20U, ' ');
  const auto block = [&] {
    std::string out(1U << 16U, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(blanks.data());
    stream.avail_in = static_cast<uInt>(blanks.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FULL_FLUSH);
    out.resize(out.size() - stream.avail_out);
    return out;
  };
  std::string out = block();  // with gzip's header
  const std::string again = block();
  deflateEnd(&stream);
  for (int i = 0; i < 1024; ++i) out += again;
  return out;
}

void send_bomb(kit::FaultPeer& peer) {
  static const std::string packed = bomb();
  send_json(peer, packed, "Content-Encoding: gzip\r\n");
}

void send_truncated(kit::FaultPeer& peer) {
  send_json(peer, R"({"d":{"results":[{"BusinessPartner":"1","Nam)");
}

void send_nothing_of_json(kit::FaultPeer& peer) { send_json(peer, "\x7f\x45LF\x02\x01\x01"); }

/// A refusal that writes on the terminal and never ends.
void send_rude_words(kit::FaultPeer& peer) {
  std::string words = "\\u001b[2J\\u001b]0;owned\\u0007 \\r\\n";
  for (int i = 0; i < 5000; ++i) words += "ä";
  const std::string text = R"("message":")" + words + R"(")";
  const std::string odata =
      R"({"error":{"code":"X/1","message":{"lang":"en","value":")" + words + R"("}}})";
  const std::string salesforce = R"([{"errorCode":"MALFORMED_QUERY",)" + text + "}]";
  static std::atomic<int> turn{};
  peer.answer(turn++ % 2 == 0 ? odata : salesforce, "Content-Type: application/json\r\n",
              "400 Bad Request");
}

class HostileAnswer : public Trouble, public ::testing::WithParamInterface<RudeServer> {
 protected:
  void SetUp() override {
    Trouble::SetUp();
    kit::Relay::Hooks hooks;
    hooks.instead = [this](const kit::SeenRequest& request, kit::FaultPeer& peer) {
      const auto instead = copy_of(instead_);
      if (!instead || !reads(request, GetParam())) return false;
      instead(peer);
      return true;
    };
    hooks.edit = [this](const kit::SeenRequest& request, std::string& body) {
      if (const auto edit = copy_of(edit_)) edit(request, body);
    };
    relay_ = std::make_unique<kit::Relay>(GetParam().port(*world_), std::move(hooks));
    replace_in_project("${env:" + GetParam().variable + "}", relay_->origin());
  }
  void TearDown() override {
    relay_.reset();
    Trouble::TearDown();
  }

  void expect_that_the_rest_flows() const {
    if (GetParam().system == "c4c") {
      EXPECT_EQ(world_->crm().count("Account"), 6U);
    } else if (GetParam().system == "erp") {
      EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
    }
  }
  /// The system has come to its senses: everything arrives, once.
  void expect_recovery() {
    set(instead_, {});
    set(edit_, {});
    for (int i = 0; i < 3; ++i) run({"sync"});
    EXPECT_EQ(ended_.code, 0) << said();
    EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
    EXPECT_EQ(world_->crm().count("Account"), 6U);
    EXPECT_THAT(world_->doubles(), ::testing::IsEmpty());
  }

  // The relay asks on threads of its own.
  template <typename Hook>
  Hook copy_of(const Hook& hook) const {
    const std::lock_guard lock(hooks_);
    return hook;
  }
  template <typename Hook>
  void set(Hook& hook, std::type_identity_t<Hook> to) const {
    const std::lock_guard lock(hooks_);
    hook = std::move(to);
  }

  mutable std::mutex hooks_;
  std::function<void(kit::FaultPeer&)> instead_;
  std::function<void(const kit::SeenRequest&, std::string&)> edit_;
  std::unique_ptr<kit::Relay> relay_;
};

TEST_P(HostileAnswer, IsRefusedInBoundedMemoryAndTheRestFlows) {
  struct Hostility {
    const char* name;
    void (*send)(kit::FaultPeer&);
    const char* reason;
  };
  for (const Hostility& hostility : {Hostility{"100,000 levels", send_deep, "nested too deeply"},
                                     Hostility{"a body without end", send_endless, "larger than"},
                                     Hostility{"a bomb of gzip", send_bomb, "larger than"},
                                     Hostility{"half a text", send_truncated, "protocol"},
                                     Hostility{"no JSON at all", send_nothing_of_json, "protocol"},
                                     Hostility{"rude words", send_rude_words, "http 400"}}) {
    SCOPED_TRACE(hostility.name);
    set(instead_, hostility.send);
    const auto report = run({"sync"});
    EXPECT_EQ(ended_.code, 2) << said();
    const std::string why = stopped(report, GetParam().spoke);
    EXPECT_THAT(why, HasSubstr(GetParam().system + ": "));
    EXPECT_THAT(why, HasSubstr("read"));
    EXPECT_THAT(why, HasSubstr(hostility.reason));
    EXPECT_THAT(why, Not(HasSubstr("\x1b")));
    EXPECT_LT(why.size(), 2000U);
    expect_that_the_rest_flows();
  }
  expect_recovery();
}

TEST_P(HostileAnswer, OneBadRecordHarmsNothing) {
  const std::string& field = GetParam().field;
  for (const std::string& bad : {"\"Twice\":1,\"Twice\":2," + field, field + "\xFF\xFE"}) {
    SCOPED_TRACE(bad);
    set(edit_, [&](const kit::SeenRequest& request, std::string& body) {
      if (!reads(request, GetParam())) return;
      if (const auto at = body.find(field); at != std::string::npos)
        body.replace(at, field.size(), bad);
    });
    const auto report = run({"sync"});
    EXPECT_THAT(ended_.code, AnyOf(1, 2)) << said();
    if (ended_.code == 2) {
      EXPECT_THAT(stopped(report, GetParam().spoke), HasSubstr(GetParam().system + ": "));
    }
    expect_that_the_rest_flows();
  }
  expect_recovery();
}

INSTANTIATE_TEST_SUITE_P(
    OfEachSystem, HostileAnswer,
    ::testing::Values(
        RudeServer{"erp", "DEMO_ERP_URL", "erp-partners",
                   "/API_BUSINESS_PARTNER/A_BusinessPartner?", "\"OrganizationBPName1\":\"",
                   [](const World& world) { return world.erp_server().port(); }},
        RudeServer{"c4c", "DEMO_C4C_URL", "c4c-partners", "/CorporateAccountCollection?",
                   "\"Name\":\"", [](const World& world) { return world.c4c_server().port(); }},
        RudeServer{"crm", "DEMO_CRM_URL", "crm-leads", "FROM%20Lead", "\"Company\":\"",
                   [](const World& world) { return world.crm_server().server->port(); }}),
    [](const auto& each) { return each.param.system; });

/// Metadata is XML: what a parser could be tricked with is refused before it is built.
TEST_F(Trouble, MetadataWithADoctypeStopsTheSystemAlone) {
  std::string bomb = "<!DOCTYPE edmx [<!ENTITY a0 \"aaaaaaaaaaaaaaaa\">";
  for (int i = 1; i < 12; ++i) {
    const std::string inner = "&a" + std::to_string(i - 1) + ";";
    bomb += "<!ENTITY a" + std::to_string(i) + " \"" + inner + inner + inner + inner + "\">";
  }
  bomb += "]>";
  kit::Relay::Hooks hooks;
  hooks.edit = [&](const kit::SeenRequest& request, std::string& body) {
    if (request.line().find("$metadata") == std::string::npos) return;
    const std::size_t root = body.find("<edmx:Edmx");
    ASSERT_NE(root, std::string::npos);
    body.insert(root, bomb);
  };
  const kit::Relay relay(world_->erp_server().port(), std::move(hooks));
  replace_in_project("${env:DEMO_ERP_URL}", relay.origin());
  const auto report = run({"sync"});
  EXPECT_EQ(ended_.code, 2) << said();
  const std::string why = stopped(report, "erp-partners");
  EXPECT_THAT(why, HasSubstr("erp: "));
  EXPECT_THAT(why, HasSubstr("document type declaration is not allowed"));
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
}

/// 23 digits are more than a double, a 64-bit integer or any amount of ours can hold.
TEST_F(Trouble, AnAmountOf23DigitsIsNeverRounded) {
  const std::string digits = "12345678901234567890123";
  kit::Relay::Hooks hooks;
  hooks.edit = [&](const kit::SeenRequest& request, std::string& body) {
    if (request.line().find("FROM%20Lead") == std::string::npos) return;
    const std::string field = "\"Estimated_Value__c\":";
    const std::size_t at = body.find(field);
    if (at == std::string::npos) return;
    const std::size_t end = body.find_first_of(",}", at);
    body.replace(at + field.size(), end - at - field.size(), digits);
  };
  const kit::Relay relay(world_->crm_server().server->port(), std::move(hooks));
  replace_in_project("${env:DEMO_CRM_URL}", relay.origin());
  run({"sync"});
  EXPECT_EQ(ended_.code, 1) << said();
  EXPECT_EQ(world_->c4c().count("LeadCollection"), 19U);
  const auto letters = run({"dead-letters", "list"});
  ASSERT_EQ(letters.size(), 1U) << said();
  EXPECT_THAT(letters[0]["message"].get<std::string>(), HasSubstr("estimated_value.amount"));
  EXPECT_THAT(letters[0]["message"].get<std::string>(), HasSubstr(digits));
  EXPECT_THAT(letters[0]["file"].get<std::string>(), HasSubstr("lead.yaml"));
  EXPECT_GT(letters[0]["line"].get<int>(), 0);
}

}  // namespace
}  // namespace channelbridge::demo

// SOAP 1.2 alone: null, empty and absent; 64-bit numbers; two namespaces; pages by row number.
#include <gmock/gmock.h>

#include "channelbridge/document/tree.hpp"
#include "peers.hpp"

namespace channelbridge::soap::peers {
namespace {

using adapter::NodeOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using document::Tree;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class SoapPeerLimits : public PeerTest {
 protected:
  void SetUp() override {
    PeerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    service_ = adapter_for("limits.yaml", path_of("limits"));
    ASSERT_NE(service_, nullptr);
  }
  static WriteRequest create(int number, const std::string& body) {
    return {.nodes = {{.operation = adapter::Operation::Create, .object = "Limit", .body = body}},
            .correlation = id(900 + number),
            .number = id(number)};
  }
  Tree kept(int number, const std::string& body) {
    const NodeOutcome made = write_one(*service_, limits_, create(number, body), context_);
    EXPECT_EQ(made.status, WriteStatus::Created)
        << (made.error ? channelbridge::to_string(*made.error) : "");
    const auto seen = service_->read_by_key(limits_, made.key, context_);
    EXPECT_TRUE(seen) << (seen ? "" : channelbridge::to_string(seen.error()));
    if (!seen) return {};
    auto tree = document::parse_tree(seen->document.text(), document::Format::Xml);
    EXPECT_TRUE(tree);
    return tree ? *std::move(tree) : Tree{};
  }

  std::shared_ptr<adapter::Adapter> service_{};
  adapter::Selection limits_{.object = "Limit", .id = "LimitID"};
};

TEST_P(SoapPeerLimits, NullEmptyAndAbsentStayWhatTheyAre) {
  const Tree none = kept(1, "<Limit><Partner>P1</Partner><Amount/><Comment/></Limit>");
  ASSERT_NE(none.find("Amount"), nullptr);
  EXPECT_EQ(none.find("Amount")->kind, Tree::Kind::Null);
  ASSERT_NE(none.find("Comment"), nullptr);
  EXPECT_NE(none.find("Comment")->kind, Tree::Kind::Null);
  EXPECT_EQ(none.find("Comment")->text, "");
  EXPECT_EQ(none.find("Until"), nullptr);
  EXPECT_EQ(none.find("Counter"), nullptr);
  const Tree some = kept(2, "<Limit><Partner>P1</Partner><Amount>0</Amount></Limit>");
  EXPECT_EQ(some.find("Amount")->text, "0");
  EXPECT_EQ(some.find("Comment"), nullptr);
}

TEST_P(SoapPeerLimits, NumbersKeepTheirDigits) {
  const Tree most = kept(1,
                         "<Limit><Counter>9223372036854775807</Counter><Partner>P1</Partner>"
                         "<Amount>12345678901234567890.000000001</Amount></Limit>");
  EXPECT_EQ(most.find("Counter")->text, "9223372036854775807");
  EXPECT_EQ(most.find("Amount")->text, "12345678901234567890.000000001");
  const Tree least = kept(2,
                          "<Limit><Counter>-9223372036854775808</Counter><Partner>P1</Partner>"
                          "<Amount>-0.10</Amount></Limit>");
  EXPECT_EQ(least.find("Counter")->text, "-9223372036854775808");
  EXPECT_EQ(least.find("Amount")->text, "-0.10") << "its last digit is one, too";
}

TEST_P(SoapPeerLimits, ElementsOfASecondNamespaceArriveAndComeBack) {
  const Tree tree = kept(1,
                         "<Limit><Note><By>MEIER</By><Text>a &lt; b</Text></Note>"
                         "<Partner>P1</Partner><Amount>1</Amount></Limit>");
  const Tree* note = tree.find("Note");
  ASSERT_NE(note, nullptr);
  ASSERT_NE(note->find("Text"), nullptr);
  EXPECT_EQ(note->find("Text")->text, "a < b");
  EXPECT_EQ(note->find("By")->text, "MEIER");
}

TEST_P(SoapPeerLimits, PagesByRowNumberAreCountedToTheEnd) {
  for (int i = 1; i <= 5; ++i)
    ASSERT_EQ(
        write_one(*service_, limits_,
                  create(i, "<Limit><Partner>P1</Partner><Amount>1</Amount></Limit>"), context_)
            .status,
        WriteStatus::Created);
  std::vector<std::string> keys;
  adapter::Page page;
  for (int i = 0; i < 5 && !page.end; ++i) {
    auto next = service_->read(limits_, page.next, 2, context_);
    ASSERT_TRUE(next) << channelbridge::to_string(next.error());
    page = *std::move(next);
    for (const adapter::Change& each : page.changes) keys.push_back(each.key);
  }
  EXPECT_TRUE(page.end);
  EXPECT_THAT(keys, ElementsAre("L1", "L2", "L3", "L4", "L5"));
  const auto found = service_->find(limits_, id(903), context_);
  ASSERT_TRUE(found);
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->front().key, "L3");
}

INSTANTIATE_TEST_SUITE_P(Peers, SoapPeerLimits,
                         ::testing::Values(Peer{Library::Npm, Version::Soap12},
                                           Peer{Library::Gsoap, Version::Soap12}),
                         [](const auto& each) { return to_string(each.param); });

}  // namespace
}  // namespace channelbridge::soap::peers

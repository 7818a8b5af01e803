// Reservations and claims of channel_funds.wsdl, through the adapter by a manifest.
#include <gmock/gmock.h>

#include "channelbridge/document/tree.hpp"
#include "peers.hpp"

namespace channelbridge::soap::peers {
namespace {

using adapter::NodeOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kDigits = "1234567890123.4567";  // more than a double holds
constexpr Timestamp kDecided{std::chrono::sys_days(std::chrono::year(2026) / 3 / 2)};

document::Tree tree_of(const document::Document& document) {
  auto out = document::parse_tree(document.text(), document::Format::Xml);
  EXPECT_TRUE(out) << document.text();
  return out ? *std::move(out) : document::Tree{};
}
std::string text_at(const document::Tree& tree, const std::string& name) {
  const document::Tree* found = tree.find(name);
  return found == nullptr ? "(absent)" : found->text;
}

/// What a mapping writes, in an order that is not the schema's.
std::string reservation(const std::string& partner, const std::string& description,
                        const std::string& amount = kDigits, const std::string& fund = "F100") {
  return "<ReservationSubmit><RequestedAmount currencyCode=\"EUR\">" + amount +
         "</RequestedAmount><Description>" + description + "</Description><Partner>" + partner +
         "</Partner><ActivityTo>2026-04-30</ActivityTo><ActivityFrom>2026-04-01</ActivityFrom>"
         "<FundNumber>" +
         fund + "</FundNumber></ReservationSubmit>";
}

std::string claim_item(const std::string& number, const std::string& invoice,
                       const std::string& amount) {
  return "<Item><SubmittedAmount currencyCode=\"EUR\">" + amount +
         "</SubmittedAmount><ItemNumber>" + number + "</ItemNumber><InvoiceNumber>" + invoice +
         "</InvoiceNumber><SupplierName>M&amp;M Print</SupplierName><InvoiceDate>2026-04-10"
         "</InvoiceDate><Description>Flyers</Description><NetAmount currencyCode=\"EUR\">" +
         amount + "</NetAmount></Item>";
}
std::string claim(const std::string& amount, const std::string& items) {
  return "<ClaimSubmit>" + items +
         "<ClaimType>ZMDF</ClaimType><FundNumber>F100</FundNumber><Partner>P1</Partner>"
         "<ActivityFrom>2026-04-01</ActivityFrom><ActivityTo>2026-04-30</ActivityTo>"
         "<SubmittedAmount currencyCode=\"EUR\">" +
         amount + "</SubmittedAmount></ClaimSubmit>";
}

class SoapPeerFunds : public PeerTest {
 protected:
  void SetUp() override {
    PeerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    funds_ = adapter_for("funds.yaml", path_of("funds"));
    ASSERT_NE(funds_, nullptr);
  }
  static WriteRequest create(int number, const std::string& body,
                             const std::string& object = "Reservation") {
    return {.nodes = {{.operation = adapter::Operation::Create, .object = object, .body = body}},
            .correlation = id(900 + number),
            .number = id(number),
            .decided = kDecided};
  }
  static WriteRequest update(int number, const std::string& key, const std::string& version,
                             std::string body) {
    body.insert(body.find("<Partner>"), "<ExternalReference>" + id(901) + "</ExternalReference>");
    return {.nodes = {{.operation = adapter::Operation::Update,
                       .object = "Reservation",
                       .key = key,
                       .body = std::move(body),
                       .expected_version = version}},
            .number = id(number),
            .decided = kDecided};
  }
  NodeOutcome write(const WriteRequest& request) {
    return write_one(*funds_, reservations_, request, context_);
  }
  NodeOutcome write_claim(const WriteRequest& request) {
    return write_one(*funds_, claims_, request, context_);
  }
  adapter::Change look(const adapter::Selection& selection, const std::string& key) {
    auto out = funds_->read_by_key(selection, key, context_);
    EXPECT_TRUE(out) << (out ? "" : channelbridge::to_string(out.error()));
    return out ? *std::move(out) : adapter::Change{};
  }

  std::shared_ptr<adapter::Adapter> funds_{};
  adapter::Selection reservations_{.object = "Reservation", .id = "ReservationNumber"};
  adapter::Selection claims_{.object = "Claim", .id = "ClaimNumber"};
};

TEST_P(SoapPeerFunds, TheServersOwnDescriptionHasWhatTheManifestUses) {
  const auto probed = funds_->probe(context_);
  ASSERT_TRUE(probed) << channelbridge::to_string(probed.error());
  EXPECT_THAT(*probed, HasSubstr("its description has everything that the manifest uses"));
}

TEST_P(SoapPeerFunds, ACreateKeepsEveryDigitAndCharacter) {
  const std::string words = "M&amp;A &lt;&quot;Fr\xc3\xbchling&quot;&gt; 50 \xe2\x82\xac";
  const NodeOutcome made = write(create(1, reservation("P1", words)));
  ASSERT_EQ(made.status, WriteStatus::Created) << channelbridge::to_string(*made.error);
  EXPECT_EQ(made.key, "5000000001");
  EXPECT_EQ(made.version, "1");
  EXPECT_EQ(text_at(tree_of(made.document), "RequestedAmount"), kDigits);
  const adapter::Change seen = look(reservations_, made.key);
  const document::Tree tree = tree_of(seen.document);
  EXPECT_EQ(text_at(tree, "RequestedAmount"), kDigits);
  EXPECT_EQ(text_at(*tree.find("RequestedAmount"), "@currencyCode"), "EUR");
  EXPECT_EQ(text_at(tree, "Description"), "M&A <\"Fr\xc3\xbchling\"> 50 \xe2\x82\xac");
  EXPECT_EQ(text_at(tree, "ActivityFrom"), "2026-04-01");
  EXPECT_EQ(seen.correlation, id(901)) << "our record id stands where the mapping put it";
  EXPECT_EQ(stored("reservations"), 1);
}

TEST_P(SoapPeerFunds, TheSameWriteSentAgainIsOneMessage) {
  const NodeOutcome first = write(create(1, reservation("P1", "once")));
  funds_ = adapter_for("funds.yaml", path_of("funds"));  // another process
  const NodeOutcome again = write(create(1, reservation("P1", "once")));
  EXPECT_EQ(again.status, WriteStatus::Created);
  EXPECT_EQ(again.key, first.key) << "its WS-Addressing message id is the same";
  const NodeOutcome other = write(create(2, reservation("P1", "once")));
  EXPECT_NE(other.key, first.key);
  EXPECT_EQ(stored("reservations"), 2);
}

TEST_P(SoapPeerFunds, ReadsInPagesToTheEndAndThenWhatChanged) {
  for (int i = 1; i <= 5; ++i)
    ASSERT_EQ(write(create(i, reservation("P1", "no. " + std::to_string(i)))).status,
              WriteStatus::Created);
  std::vector<std::string> keys;
  std::vector<std::size_t> sizes;
  adapter::Page page;
  const auto pull = [&] {
    do {
      auto next = funds_->read(reservations_, page.next, 2, context_);
      ASSERT_TRUE(next) << channelbridge::to_string(next.error());
      page = *std::move(next);
      sizes.push_back(page.changes.size());
      for (const adapter::Change& each : page.changes) keys.push_back(each.key);
      ASSERT_LT(sizes.size(), 10U);
    } while (!page.end);
  };
  pull();
  EXPECT_THAT(sizes, ElementsAre(2U, 2U, 1U));
  EXPECT_THAT(keys,
              ElementsAre("5000000001", "5000000002", "5000000003", "5000000004", "5000000005"));
  keys.clear();
  pull();
  EXPECT_THAT(keys, ElementsAre()) << "the overlap shows them again, and they are known";
  ASSERT_EQ(write(update(7, "5000000003", "1", reservation("P1", "changed"))).status,
            WriteStatus::Updated);
  ASSERT_EQ(write(create(8, reservation("P1", "new"))).status, WriteStatus::Created);
  keys.clear();
  pull();
  EXPECT_THAT(keys, UnorderedElementsAre("5000000003", "5000000006"));
}

TEST_P(SoapPeerFunds, ReadsSumsOfListsWithoutLosingADigit) {
  ASSERT_EQ(write(create(1, reservation("P1", "x"))).status, WriteStatus::Created);
  const auto page = funds_->read({.object = "Fund", .id = "FundNumber"}, {}, 100, context_);
  ASSERT_TRUE(page) << channelbridge::to_string(page.error());
  EXPECT_TRUE(page->end);
  ASSERT_THAT(page->changes, SizeIs(1));
  const document::Tree fund = tree_of(page->changes[0].document);
  const document::Tree& book = *fund.find("Checkbook");
  EXPECT_EQ(text_at(book, "AvailableToReserve"), "7765432109876.5433");
  ASSERT_THAT(book.children, SizeIs(6));
  EXPECT_EQ(text_at(book.children[0], "Category"), "BUDGET") << "lists keep their order";
  EXPECT_EQ(text_at(book.children[1], "Category"), "RESERVED");
  EXPECT_EQ(text_at(book.children[1], "Value"), kDigits);
}

TEST_P(SoapPeerFunds, AnUpdateCarriesTheVersionAndSaysWhatHasMovedOrGone) {
  const NodeOutcome made = write(create(1, reservation("P1", "first")));
  const NodeOutcome changed =
      write(update(2, made.key, made.version, reservation("P1", "second", "0.01")));
  EXPECT_EQ(changed.status, WriteStatus::Updated);
  EXPECT_EQ(changed.version, "2");
  EXPECT_EQ(text_at(tree_of(look(reservations_, made.key).document), "RequestedAmount"), "0.01");
  const NodeOutcome moved = write(update(3, made.key, made.version, reservation("P1", "third")));
  EXPECT_EQ(moved.status, WriteStatus::Conflict);
  EXPECT_EQ(moved.error->remote_code(), "ZFUND 030");
  const NodeOutcome gone = write(update(4, "5999999999", "1", reservation("P1", "third")));
  EXPECT_EQ(gone.status, WriteStatus::Rejected);
  EXPECT_TRUE(gone.not_found);
  EXPECT_EQ(text_at(tree_of(look(reservations_, made.key).document), "Description"), "second");
  const auto nothing = funds_->read_by_key(reservations_, "5999999999", context_);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code(), ErrorCode::NotFound);
}

TEST_P(SoapPeerFunds, ARefusalUnderStatus200IsRejectedWithCodeTextAndField) {
  const NodeOutcome out = write(create(1, reservation("P1", "x", "1", "F999")));
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->remote_code(), "ZFUND 012");
  EXPECT_EQ(out.error->remote_message(), "Fund F999 is not known");
  ASSERT_THAT(out.error->problems(), SizeIs(1));
  EXPECT_EQ(out.error->problems()[0].path, "FundNumber");
  EXPECT_EQ(stored("reservations"), 0);
}

TEST_P(SoapPeerFunds, AFaultOfTheSenderIsARefusal) {
  const NodeOutcome out = write(create(1, reservation("BARRED", "x")));
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code(), ErrorCode::Rejected);
  EXPECT_THAT(out.error->remote_message(), HasSubstr("Partner BARRED asks for no funds"));
  EXPECT_THAT(out.error->remote_message(), HasSubstr("User: ADMIN")) << "its detail";
}

TEST_P(SoapPeerFunds, AFaultOfTheServerLeavesOpenWhatHappened) {
  const NodeOutcome out = write(create(1, reservation("BROKEN", "x")));
  EXPECT_EQ(out.status, WriteStatus::Unknown);
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code(), ErrorCode::Unavailable);
  EXPECT_EQ(out.error->http_status(), 500);
  EXPECT_THAT(out.error->remote_message(), HasSubstr("short dump"));
}

TEST_P(SoapPeerFunds, AFaultThatTheManifestKnowsStopsTheSpokeAndNothingIsLost) {
  const auto out = funds_->write(reservations_, {create(1, reservation("LOCKED", "x"))}, context_);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(out.error().sent(), Sent::No) << "the same may be sent again";
  EXPECT_THAT(out.error().remote_message(), HasSubstr("locked by user MEIER"));
  EXPECT_EQ(stored("reservations"), 0);
}

TEST_P(SoapPeerFunds, AfterALostAnswerTheCreateIsFoundAndThereOnce) {
  const WriteRequest request = create(1, reservation("P1", "hang up"));
  const NodeOutcome lost = write(request);
  EXPECT_EQ(lost.status, WriteStatus::Unknown);
  EXPECT_EQ(stored("reservations"), 1) << "it is there, and was sent once";
  const auto found = funds_->find(reservations_, request.correlation, context_);
  ASSERT_TRUE(found) << channelbridge::to_string(found.error());
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->front().key, "5000000001");
  EXPECT_EQ(text_at(tree_of(found->front().document), "RequestedAmount"), kDigits);
  const auto none = funds_->find(reservations_, id(999), context_);
  ASSERT_TRUE(none);
  EXPECT_THAT(*none, SizeIs(0));
}

TEST_P(SoapPeerFunds, AnAnswerThatSaysNothingIsNoSuccess) {
  const NodeOutcome out = write(create(1, reservation("P1", "say nothing")));
  EXPECT_EQ(out.status, WriteStatus::Unknown);
  EXPECT_EQ(stored("reservations"), 1);
}

TEST_P(SoapPeerFunds, WhatDoesNotFitTheSchemaIsNotSent) {
  const NodeOutcome out = write(create(1, reservation("P1", "x", "1.23456")));
  EXPECT_EQ(out.status, WriteStatus::Rejected);
  EXPECT_EQ(out.error->sent(), Sent::No);
  EXPECT_EQ(stored("reservations"), 0);
}

TEST_P(SoapPeerFunds, AListGoesAndComesBackInItsOrder) {
  const std::string items = claim_item("10", "R-1", "0.10") + claim_item("20", "R-2", "0.20") +
                            claim_item("30", "R-3", "999999999999.9999");
  const NodeOutcome made = write_claim(create(1, claim("1000000000000.2999", items), "Claim"));
  ASSERT_EQ(made.status, WriteStatus::Created) << channelbridge::to_string(*made.error);
  const document::Tree tree = tree_of(look(claims_, made.key).document);
  std::vector<std::string> numbers;
  std::vector<std::string> amounts;
  for (const document::Tree& child : tree.children) {
    if (child.name != "Item") continue;
    numbers.push_back(text_at(child, "InvoiceNumber"));
    amounts.push_back(text_at(child, "SubmittedAmount"));
    EXPECT_EQ(text_at(child, "SupplierName"), "M&M Print");
  }
  EXPECT_THAT(numbers, ElementsAre("R-1", "R-2", "R-3"));
  EXPECT_THAT(amounts, ElementsAre("0.10", "0.20", "999999999999.9999"));
}

TEST_P(SoapPeerFunds, AnInvoiceThatWasClaimedBeforeIsADuplicate) {
  const auto asked = [](int number) {
    return create(number, claim("100.00", claim_item("10", "R-1", "100.00")), "Claim");
  };
  ASSERT_EQ(write_claim(asked(1)).status, WriteStatus::Created);
  const NodeOutcome twice = write_claim(asked(2));
  EXPECT_EQ(twice.status, WriteStatus::Rejected);
  EXPECT_EQ(twice.error->code(), ErrorCode::Conflict);
  const NodeOutcome wrong =
      write_claim(create(3, claim("100.01", claim_item("10", "R-2", "100.00")), "Claim"));
  EXPECT_EQ(wrong.status, WriteStatus::Rejected);
  EXPECT_EQ(wrong.error->remote_code(), "ZCLAIM 005");
  EXPECT_EQ(stored("claims"), 1);
}

TEST_P(SoapPeerFunds, TheServerTakesOurUsernameTokenAndNoWrongOne) {
  const auto secured = [&](const std::string& password, UsernameToken::Password kind) {
    Options options;
    options.username_token =
        UsernameToken{.user = "CHANNEL", .password = Secret(password), .kind = kind};
    return adapter_for("funds.yaml", path_of("secured"), std::move(options));
  };
  std::vector<UsernameToken::Password> kinds{UsernameToken::Password::Text};
  // Its plugin for digests signs and encrypts, too; what is compiled here knows texts alone.
  if (GetParam().library == Library::Npm) kinds.push_back(UsernameToken::Password::Digest);
  int number = 0;
  for (const UsernameToken::Password kind : kinds) {
    const auto right = secured("Welcome1", kind);
    const NodeOutcome made =
        write_one(*right, reservations_, create(++number, reservation("P1", "x")), context_);
    EXPECT_EQ(made.status, WriteStatus::Created);
    const auto wrong = secured("welcome1", kind);
    const auto refused =
        wrong->write(reservations_, {create(++number, reservation("P1", "x"))}, context_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Unauthenticated);
    EXPECT_EQ(refused.error().sent(), Sent::No) << "nothing was done";
  }
  const auto without = adapter_for("funds.yaml", path_of("secured"));
  const auto refused =
      without->write(reservations_, {create(99, reservation("P1", "x"))}, context_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unauthenticated);
  EXPECT_EQ(stored("reservations"), static_cast<long>(kinds.size()));
}

INSTANTIATE_TEST_SUITE_P(Peers, SoapPeerFunds, ::testing::ValuesIn(all_peers()),
                         [](const auto& each) { return to_string(each.param); });

}  // namespace
}  // namespace channelbridge::soap::peers

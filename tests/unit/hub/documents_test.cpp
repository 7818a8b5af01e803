#include <map>
#include <set>

#include "channelbridge/model/fields.hpp"
#include "documents_support.hpp"

/// Documents with lines: what their state locks, and what becomes of one that lands in part.
namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kQuotes = R"(
system: fake
object: Quote
entity: quote
id: Id
version: Version
format: json
absent: "null"
fields:
  number: Number
  currency: Currency
  notes: Notes
  status: { path: Status, codes: { draft: Draft, presented: Presented, accepted: Accepted } }
  totals.header_discount: Discount
)";

using LockedDocument = DocumentsTest;

TEST_F(LockedDocument, AChangeOfAShippedLineIsRefusedWithItsTotalsAndShown) {
  ship();
  a_->edit(key_, order(3));
  a_->edit(key_, {{"Channel", "web-7"}});
  nlohmann::json lines = a_->at(key_).fields["Lines"];
  const std::size_t before = effects();
  sync();
  EXPECT_EQ(row(*b_, "B1", 10)["Qty"], 5);
  EXPECT_EQ(b_->at("B1").fields["Total"], 90) << "no total of a line that stays as it was";
  EXPECT_EQ(b_->at("B1").fields["Channel"], "web-7") << "what is not locked goes on";
  EXPECT_EQ(effects(), before + 1);
  std::vector<std::string> groups;
  for (const store::ConflictRow& row : conflicts()) {
    EXPECT_EQ(row.reason, "locked");
    groups.push_back(row.group.substr(0, row.group.find_first_of("[.")));
    if (groups.back() == "lines") {
      EXPECT_THAT(row.detail, HasSubstr("changed from 5 to 3: 4 of the line are shipped"));
      EXPECT_THAT(row.hub, HasSubstr("\"5\""));
      EXPECT_THAT(row.system, HasSubstr("\"3\""));
    } else {
      EXPECT_THAT(row.detail, HasSubstr("90"));
      EXPECT_THAT(row.detail, HasSubstr("70"));
    }
  }
  EXPECT_THAT(groups, ::testing::UnorderedElementsAre("lines", "totals", "totals"));
  sync();
  EXPECT_EQ(effects(), before + 1) << "it is parked";
  EXPECT_EQ(a_->at(key_).fields["Lines"], lines) << "and not written back by itself";
}

TEST_F(LockedDocument, APersonsWordWritesTheHubsLineBack) {
  ship();
  a_->edit(key_, order(3));
  sync();
  for (const store::ConflictRow& row : conflicts())
    ASSERT_TRUE(hub_->resolve_conflict("a-orders", key_, row.group, Keep::Hub, Context()));
  sync();
  EXPECT_EQ(row(*a_, key_, 10)["Qty"], 5);
  EXPECT_EQ(a_->at(key_).fields["Total"], 90);
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(LockedDocument, TheSystemThatTakesItsChangeBackClosesTheConflict) {
  ship();
  a_->edit(key_, order(3));
  sync();
  ASSERT_THAT(conflicts(), SizeIs(3));
  nlohmann::json as_it_was = order(5);
  as_it_was["Lines"][0]["Shipped"] = 4;
  a_->edit(key_, as_it_was);
  sync();
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(LockedDocument, ALineThatIsNotShippedIsFreeToChange) {
  ship();
  nlohmann::json edited = order(5);
  edited["Lines"][0]["Shipped"] = 4;
  edited["Lines"][1] = line("l2", 20, 3, 20);
  edited["Net"] = edited["Total"] = 110;
  a_->edit(key_, edited);
  sync();
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_EQ(row(*b_, "B1", 20)["Qty"], 3);
  EXPECT_EQ(b_->at("B1").fields["Total"], 110);
}

TEST_F(LockedDocument, ThePlaceThatShippedItMayNotChangeItEither) {
  ship();
  nlohmann::json lines = b_->at("B1").fields["Lines"];
  for (nlohmann::json& each : lines) {
    if (each["No"] != 10) continue;
    each["Price"] = 9;
    each["Amount"] = 45;
  }
  b_->edit("B1", {{"Lines", lines}, {"Net", 85}, {"Total", 85}});
  const std::size_t before = effects();
  sync();
  EXPECT_EQ(row(*a_, key_, 10)["Price"], 10);
  EXPECT_EQ(row(*b_, "B1", 10)["Price"], 9) << "neither is written over";
  EXPECT_EQ(effects(), before);
  ASSERT_THAT(conflicts(), SizeIs(3));
  for (const store::ConflictRow& conflict : conflicts())
    ASSERT_TRUE(hub_->resolve_conflict("b-orders", "B1", conflict.group, Keep::System, Context()));
  sync();
  EXPECT_EQ(row(*a_, key_, 10)["Price"], 9) << "a person has said so";
  EXPECT_EQ(a_->at(key_).fields["Total"], 85);
  EXPECT_TRUE(plan().empty());
}

TEST_F(LockedDocument, AnAcceptedQuoteKeepsItsFigures) {
  config_.spokes = {{.name = "a-quotes", .system = "a", .mapping = mapping_of(kQuotes)},
                    {.name = "b-quotes", .system = "b", .mapping = mapping_of(kQuotes)}};
  config_.entities["quote"].match = {"number"};
  open();
  const std::string key = a_->add({{"Number", "Q1"},
                                   {"Currency", "EUR"},
                                   {"Status", "Presented"},
                                   {"Notes", nullptr},
                                   {"Discount", 10}});
  sync();
  b_->edit("B1", {{"Status", "Accepted"}});
  sync();
  a_->edit(key, {{"Discount", 20}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Discount"], 10);
  ASSERT_THAT(conflicts(), SizeIs(1));
  EXPECT_THAT(conflicts()[0].detail, HasSubstr("the quote is accepted"));
}

TEST_F(LockedDocument, WhatASystemFillsInOfOurCreateIsNoChangeOfAnAcceptedQuote) {
  config_.spokes = {{.name = "a-quotes", .system = "a", .mapping = mapping_of(kQuotes)},
                    {.name = "b-quotes", .system = "b", .mapping = mapping_of(kQuotes)}};
  config_.entities["quote"].match = {"number"};
  open();
  b_->normalise = [](nlohmann::json& values) {
    if (values.value("Notes", nlohmann::json()).is_null()) values["Notes"] = "ex works";
  };
  const std::string key = a_->add({{"Number", "Q1"},
                                   {"Currency", "EUR"},
                                   {"Status", "Accepted"},
                                   {"Notes", nullptr},
                                   {"Discount", 10}});
  sync();
  sync();
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_EQ(a_->at(key).fields["Notes"], "ex works");
  b_->edit("B1", {{"Notes", "free house"}});
  sync();
  ASSERT_THAT(conflicts(), SizeIs(1)) << "an edit";
  EXPECT_EQ(a_->at(key).fields["Notes"], "ex works");
}

/// A system without transactions: each part of a document lands, or is refused, by itself.
/// b's lines say more than a's: for when they are confirmed.
class RemovedLine : public DocumentsTest {
 protected:
  void SetUp() override {
    DocumentsTest::SetUp();
    config_.spokes[1].mapping =
        mapping_of(std::string(kOrders) + "      confirmed_date: ConfirmedOn\n");
    open();
  }
  /// b has confirmed all lines of the order, and shipped what `shipped` says of the first one.
  void confirm(const nlohmann::json& shipped = nullptr) {
    nlohmann::json lines = b_->at("B1").fields["Lines"];
    for (nlohmann::json& each : lines) {
      each["ConfirmedOn"] = "2027-01-15";
      if (each["No"] == 10) each["Shipped"] = shipped;
    }
    b_->edit("B1", {{"Lines", lines}});
    sync();
    ASSERT_THAT(confirmed(), SizeIs(2));
  }
  void remove_from_a(std::size_t index, int rest) {
    nlohmann::json fewer = a_->at(key_).fields["Lines"];
    fewer.erase(index);
    a_->edit(key_, {{"Lines", fewer}, {"Net", rest}, {"Total", rest}});
  }
  model::Fields fields() {
    const auto rows = hub_->store().records_changed("order", 0, 10).value();
    return parse_record_state(rows.front().state).value().fields;
  }
  /// Elements of the hub's record, each with what is said of it.
  std::map<std::string, std::set<std::string>> elements() {
    std::map<std::string, std::set<std::string>> out;
    for (const auto& [path, value] : fields()) {
      if (const auto inside = model::split_element(path))
        out[std::string(inside->element)].emplace(inside->field);
    }
    return out;
  }
  std::vector<std::string> confirmed() {
    std::vector<std::string> out;
    for (const auto& [element, said] : elements())
      if (said.contains("confirmed_date")) out.push_back(element);
    return out;
  }
};

TEST_F(RemovedLine, IsGoneWholeWithWhatOnlyTheOtherSystemSaysOfIt) {
  key_ = a_->add(order());
  sync();
  confirm();
  remove_from_a(1, 50);
  sync();
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(1));
  EXPECT_THAT(elements(), SizeIs(1));
  sync();
  EXPECT_THAT(elements(), SizeIs(1));
  EXPECT_THAT(conflicts(), IsEmpty());
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(RemovedLine, IsNotBroughtBackByALookAtTheSystemThatStillShowsIt) {
  key_ = a_->add(order());
  sync();
  confirm();
  remove_from_a(1, 50);
  sync({.link_only = true});
  ASSERT_THAT(elements(), SizeIs(1));
  ASSERT_THAT(b_->at("B1").fields["Lines"], SizeIs(2));
  b_->edit("B1", {{"Channel", "web-7"}});
  sync({.link_only = true});
  EXPECT_THAT(elements(), SizeIs(1));
  sync();
  sync();
  EXPECT_THAT(elements(), SizeIs(1));
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(1));
  EXPECT_THAT(a_->at(key_).fields["Lines"], SizeIs(1));
  EXPECT_EQ(a_->at(key_).fields["Channel"], "web-7");
}

TEST_F(RemovedLine, StaysWhileItIsShippedUntilAPersonTakesItWhole) {
  key_ = a_->add(order());
  sync();
  confirm(4);
  remove_from_a(0, 40);
  sync();
  EXPECT_THAT(confirmed(), SizeIs(2));
  EXPECT_EQ(row(*b_, "B1", 10)["Qty"], 5);
  ASSERT_FALSE(conflicts().empty());
  for (const store::ConflictRow& conflict : conflicts())
    EXPECT_EQ(conflict.reason, "locked") << conflict.group << conflict.hub << conflict.system;
  for (const store::ConflictRow& conflict : conflicts())
    ASSERT_TRUE(hub_->resolve_conflict("a-orders", key_, conflict.group, Keep::System, Context()));
  EXPECT_THAT(elements(), SizeIs(1));
}

class DocumentInPart : public DocumentsTest {
 protected:
  void refuse_second_line(bool for_good) {
    b_->before_child =
        [for_good](const adapter::WriteNode& node) -> std::optional<adapter::NodeOutcome> {
      if (node.body.find("20") == std::string::npos) return std::nullopt;
      return adapter::NodeOutcome{
          .status = for_good ? adapter::WriteStatus::Rejected : adapter::WriteStatus::Retry,
          .error = Error(for_good ? ErrorCode::Rejected : ErrorCode::Unavailable,
                         "material 20 is blocked")};
    };
  }
  std::string told() {
    const auto story = hub_->explain("order", "B1");
    return story ? *story : to_string(story.error());
  }
};

TEST_F(DocumentInPart, WhatIsMissingIsWrittenLaterAndNothingTwice) {
  refuse_second_line(false);
  a_->add(order());
  sync();
  b_->before_child = nullptr;
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(2));
  EXPECT_TRUE(plan().empty());
  EXPECT_THAT(told(), HasSubstr("landed in part, 2 of 3: "));
}

TEST_F(DocumentInPart, APartThatIsRefusedForGoodParksTheDocumentUntilItsNextVersion) {
  refuse_second_line(true);
  key_ = a_->add(order());
  sync();
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "Submitted");
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(1));
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_THAT(letters()[0].message, HasSubstr("material 20 is blocked"));
  b_->before_child = nullptr;
  a_->edit(key_, {{"Channel", "web-7"}});
  sync();
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(2)) << "completed";
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(DocumentInPart, TheDeclaredStepCompensatesOnceAndANewVersionCompletes) {
  config_.spokes[1].on_incomplete = {{"status", "cancelled"}};
  open();
  refuse_second_line(true);
  key_ = a_->add(order());
  sync();
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "Cancelled");
  EXPECT_EQ(a_->at(key_).fields["Status"], "Submitted") << "the record itself has not changed";
  EXPECT_THAT(letters(), SizeIs(1)) << "it still waits for a person";
  EXPECT_THAT(told(), HasSubstr("compensates for the part that was refused"));
  const std::size_t before = effects();
  sync();
  EXPECT_EQ(effects(), before);
  EXPECT_TRUE(plan().empty());

  b_->before_child = nullptr;
  a_->edit(key_, {{"Channel", "web-7"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "Submitted");
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(2));
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(letters(), IsEmpty());
  EXPECT_TRUE(plan().empty());
}

TEST_F(DocumentInPart, WhatAPersonMakesOfTheCompensatedPartStays) {
  config_.spokes[1].on_incomplete = {{"status", "cancelled"}};
  open();
  refuse_second_line(true);
  key_ = a_->add(order());
  sync();
  sync();
  ASSERT_EQ(b_->at("B1").fields["Status"], "Cancelled");
  b_->edit("B1", {{"Status", "Submitted"}});
  const std::size_t before = effects();
  sync();
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "Submitted");
  EXPECT_EQ(effects(), before);
}

TEST_F(DocumentInPart, ACompensationThatIsRefusedIsSentOnceAndTheFirstWordsStay) {
  config_.spokes[1].on_incomplete = {{"status", "cancelled"}};
  open();
  refuse_second_line(true);
  int refusals = 0;
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    if (request.nodes.front().operation != adapter::Operation::Update) return std::nullopt;
    ++refusals;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "no cancelling here")};
  };
  a_->add(order());
  sync();
  sync();
  EXPECT_EQ(refusals, 1);
  ASSERT_THAT(letters(), SizeIs(1));
  EXPECT_THAT(letters()[0].message, HasSubstr("material 20 is blocked"));
  EXPECT_THAT(letters()[0].message, HasSubstr("no cancelling here"));
}

TEST_F(DocumentInPart, ACompensationThatDidNotLeaveIsGivenInTheNextRun) {
  config_.spokes[1].on_incomplete = {{"status", "cancelled"}};
  open();
  refuse_second_line(true);
  b_->before_write =
      [&](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
    if (request.nodes.front().operation != adapter::Operation::Update) return std::nullopt;
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Retry,
                                .error = Error(ErrorCode::Unavailable, "come again")};
  };
  a_->add(order());
  sync();
  ASSERT_EQ(b_->at("B1").fields["Status"], "Submitted");
  b_->before_write = nullptr;
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "Cancelled");
  const std::size_t before = effects();
  sync();
  EXPECT_EQ(effects(), before);
}

TEST_F(DocumentInPart, ACompensationIsGivenWhereEachObjectIsReadBeforeItIsWritten) {
  config_.spokes[1].on_incomplete = {{"status", "cancelled"}};
  b_->capabilities().conditional = false;
  open();
  refuse_second_line(true);
  a_->add(order());
  sync();
  sync();
  EXPECT_EQ(b_->at("B1").fields["Status"], "Cancelled");
  const std::size_t before = effects();
  sync();
  EXPECT_EQ(effects(), before);
  EXPECT_TRUE(plan().empty());
}

/// The compensation was sent, did not arrive and was not answered.
class LostCompensation : public DocumentInPart {
 protected:
  void lose() {
    config_.spokes[1].on_incomplete = {{"status", "cancelled"}};
    open();
    refuse_second_line(true);
    b_->before_write =
        [](const adapter::WriteRequest& request) -> std::optional<adapter::NodeOutcome> {
      if (request.nodes.front().operation != adapter::Operation::Update) return std::nullopt;
      return adapter::NodeOutcome{.status = adapter::WriteStatus::Unknown,
                                  .error = Error(ErrorCode::Timeout, "lost")};
    };
    a_->add(order());
    sync();
    sync();
    ASSERT_EQ(b_->at("B1").fields["Status"], "Submitted");
  }
  void expect_given_once() {
    b_->before_write = nullptr;
    sync();
    sync();
    EXPECT_EQ(b_->at("B1").fields["Status"], "Cancelled");
    const std::size_t before = effects();
    sync();
    EXPECT_EQ(effects(), before);
    EXPECT_TRUE(plan().empty());
  }
};

TEST_F(LostCompensation, IsGivenAgainWhereNothingTellsWhetherItLanded) {
  b_->capabilities().versions = adapter::Versions::None;
  b_->capabilities().conditional = false;
  lose();
  expect_given_once();
}

TEST_F(LostCompensation, IsGivenOnceItsObjectCanBeReadAgain) {
  lose();
  b_->edit("B1", {{"Status", "Nobody knows"}});
  sync();
  ASSERT_THAT(told(), HasSubstr("the object cannot be read"));
  b_->edit("B1", {{"Status", "Submitted"}});
  expect_given_once();
}

TEST_F(LostCompensation, ThatLandedIsNobodysEditOnceItsObjectCanBeReadAgain) {
  lose();
  b_->before_write = nullptr;
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    b_->at("B1").fields["Currency"] = "no money";
    return true;
  };
  sync();
  sync();
  b_->lose_answer = nullptr;
  ASSERT_EQ(b_->at("B1").fields["Status"], "Cancelled");
  ASSERT_THAT(told(), HasSubstr("the object cannot be read"));
  b_->edit("B1", {{"Currency", "EUR"}});
  for (int i = 0; i < 2; ++i) sync();
  EXPECT_EQ(a_->objects().begin()->second.fields["Status"], "Submitted") << "nobody cancelled it";
  expect_given_once();
}

TEST_F(DocumentInPart, AnOrderThatWasCompleteIsNotCancelledForALaterLine) {
  config_.spokes[1].on_incomplete = {{"status", "cancelled"}};
  open();
  key_ = a_->add(order());
  sync();
  sync();
  b_->before_child = [](const adapter::WriteNode&) {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "no")};
  };
  nlohmann::json longer = order();
  longer["Lines"].push_back(line("l3", 30, 1, 10));
  longer["Net"] = longer["Total"] = 100;
  a_->edit(key_, longer);
  sync();
  sync();
  EXPECT_THAT(letters(), SizeIs(1));
  EXPECT_EQ(b_->at("B1").fields["Status"], "Submitted");
}

TEST_F(DocumentInPart, ALostAnswerInTheMiddleIsLookedForAndTheRestIsWritten) {
  b_->lose_answer = [](const adapter::WriteRequest&) { return true; };
  refuse_second_line(false);
  a_->add(order());
  sync();
  b_->lose_answer = nullptr;
  b_->before_child = nullptr;
  sync();
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(b_->at("B1").fields["Lines"], SizeIs(2));
  EXPECT_TRUE(plan().empty());
}

}  // namespace
}  // namespace channelbridge::hub

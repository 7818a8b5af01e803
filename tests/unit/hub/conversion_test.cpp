#include "hub_support.hpp"

/// A converted lead: its last document is merged, then its link is closed. (design.md 7, Deletes)
namespace channelbridge::hub {
namespace {

using ::testing::SizeIs;

/// Leads that may be converted.
std::string leads() {
  const std::string lost = "lost: Lost";
  std::string out = kLeads;
  return out.replace(out.find(lost), lost.size(), "converted: Converted");
}

/// Of a system that converts them and tells what became of them.
std::string convertible_leads() {
  return leads() +
         "  converted.opportunity: { path: Became, ref: opportunity, object: Opportunity, "
         "direction: read }\n";
}

constexpr const char* kOpportunities = R"(
system: fake
object: Opportunity
entity: opportunity
id: Id
version: Version
format: json
absent: "null"
fields:
  name: Name
)";

class ConversionTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    b_->kind_field = "Kind";
    config_.spokes = {
        {.name = "a-leads", .system = "a", .mapping = mapping_of(leads())},
        {.name = "b-leads", .system = "b", .mapping = mapping_of(convertible_leads())},
        {.name = "b-deals", .system = "b", .mapping = mapping_of(kOpportunities)}};
    open();
    key_ = a_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}, {"Status", "New"}});
  }
  void convert(const std::string& lead, const std::string& opportunity) {
    b_->edit(lead, {{"Status", "Converted"}, {"Topic", "Pumps and more"}, {"Became", opportunity}});
    b_->at(lead).converted_into = opportunity;
  }
  model::Fields lead() {
    const auto link = hub_->store().links_by_key("a-leads", {key_}).value();
    const auto record = hub_->store().records({link.at(0).record}).value();
    return parse_record_state(record.at(0).state).value().fields;
  }
  store::LinkRow link_in_b(const std::string& key) {
    return hub_->store().links_by_key("b-leads", {key}).value().at(0);
  }
  std::string key_;
};

TEST_F(ConversionTest, TheLastDocumentIsMergedAndTheOpportunityIsFollowedWhenItComes) {
  sync();
  const std::string lead_there = b_->journal().at(0).key;
  convert(lead_there, "B2");
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").converted, 1U);
  EXPECT_EQ(of(report, "b-leads").deleted, 0U);
  EXPECT_TRUE(link_in_b(lead_there).closed);
  EXPECT_EQ(a_->at(key_).fields["Status"], "Converted");
  EXPECT_EQ(a_->at(key_).fields["Topic"], "Pumps and more");
  EXPECT_TRUE(model::parse_pending_reference(*model::get(lead(), "converted.opportunity")));

  ASSERT_EQ(b_->add({{"Kind", "Opportunity"}, {"Name", "Pumps for A"}}), "B2");
  sync();
  const auto deal = hub_->store().links_by_key("b-deals", {"B2"}).value();
  ASSERT_THAT(deal, SizeIs(1));
  EXPECT_EQ(model::get(lead(), "converted.opportunity"), deal[0].record);
  EXPECT_TRUE(plan().empty());
}

TEST_F(ConversionTest, NothingIsPushedToAConvertedLead) {
  sync();
  const std::string lead_there = b_->journal().at(0).key;
  convert(lead_there, "B2");
  a_->edit(key_, {{"Email", "b@example.com"}});  // before the hub has heard of the conversion
  sync();
  a_->edit(key_, {{"Email", "c@example.com"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1)) << "neither written nor created anew";
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
  EXPECT_TRUE(plan().empty());
}

TEST_F(ConversionTest, WhatAConvertedLeadSaysAfterwardsIsMergedAndItsLinkStaysClosed) {
  sync();
  const std::string lead_there = b_->journal().at(0).key;
  convert(lead_there, "B2");
  sync();
  b_->edit(
      lead_there,
      nlohmann::json::object());  // a sign of life that says nothing new: seen again by an overlap
  b_->edit(lead_there, {{"Topic", "Pumps, corrected"}});
  EXPECT_EQ(of(sync(), "b-leads").secondary, 0U);
  EXPECT_EQ(a_->at(key_).fields["Topic"], "Pumps, corrected");
  EXPECT_TRUE(link_in_b(lead_there).closed);
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(ConversionTest, AnUpdateWhoseAnswerIsLostIsResolvedByTheLastDocument) {
  sync();
  const std::string lead_there = b_->journal().at(0).key;
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    convert(lead_there, "B2");
    return true;
  };
  a_->edit(key_, {{"Email", "b@example.com"}});
  sync();
  EXPECT_TRUE(link_in_b(lead_there).closed);
  EXPECT_EQ(a_->at(key_).fields["Status"], "Converted");
  EXPECT_THAT(b_->journal(), SizeIs(2)) << "the create and the update, each once";
  EXPECT_THAT(hub_->store().intents("b-leads", {store::IntentState::Unknown}).value(), SizeIs(0));
}

TEST_F(ConversionTest, ACreateWhoseAnswerIsLostIsFoundConvertedAndNotMadeAgain) {
  b_->lose_answer = [&](const adapter::WriteRequest&) {
    convert("B1", "B2");
    return true;
  };
  sync();
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1));
  EXPECT_TRUE(link_in_b("B1").closed);
  EXPECT_EQ(a_->at(key_).fields["Topic"], "Pumps and more");
}

TEST_F(ConversionTest, WhatWasConvertedBeforeAnybodyMetItBeginsNothingUnlessItCarriesOurMark) {
  sync();
  const std::string stranger = b_->add(
      {{"Kind", "Lead"}, {"Topic", "Old"}, {"Email", "old@example.com"}, {"Status", "Converted"}});
  b_->at(stranger).converted_into = "B7";
  sync();
  EXPECT_THAT(hub_->store().links_by_key("b-leads", {stranger}).value(), SizeIs(0));
  EXPECT_THAT(a_->objects(), SizeIs(1));

  // The store forgot this link; the object's mark still names the record.
  config_.spokes[1].first_contact = FirstContact::System;
  open();
  const std::string ours = b_->journal().at(0).key;
  store::Changes forget;
  forget.removed_links.emplace_back("b-leads", ours);
  ASSERT_TRUE(hub_->store().commit(std::move(forget)));
  convert(ours, "B8");
  sync();
  EXPECT_TRUE(link_in_b(ours).closed);
  EXPECT_EQ(a_->at(key_).fields["Status"], "Converted");
  EXPECT_THAT(b_->journal(), SizeIs(1)) << "and it is not created a second time";
}

TEST_F(ConversionTest, ALastDocumentThatCannotBeReadIsSetAsideAndMergedOnceItCan) {
  sync();
  const std::string lead_there = b_->journal().at(0).key;
  b_->edit(lead_there, {{"Status", "Strange"}});
  b_->at(lead_there).converted_into = "B2";
  a_->edit(key_, {{"Topic", "Valves"}});
  sync();
  EXPECT_THAT(b_->journal(), SizeIs(1)) << "nothing goes over what was not understood";
  ASSERT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  b_->edit(lead_there, {{"Status", "Converted"}});
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
  EXPECT_TRUE(link_in_b(lead_there).closed);
  EXPECT_EQ(a_->at(key_).fields["Status"], "Converted");
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

}  // namespace
}  // namespace channelbridge::hub

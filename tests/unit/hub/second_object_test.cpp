// A second object of a record in one system: nothing is taken from it and nothing is written to it,
// so a person has to know, and says what it is.
#include "documents_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class SecondObject : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    one_ = a_->add(lead("Pumps", "Lind"));
    sync();
    two_ = a_->add(lead("Valves", "Berg"));
    report_ = sync();
  }
  static nlohmann::json lead(const char* topic, const char* name) {
    return {{"Topic", topic}, {"LastName", name}, {"Email", "one@example.com"}, {"Status", "New"}};
  }
  std::vector<store::DuplicateRow> listed() { return hub_->store().duplicates().value(); }
  store::LinkRow link_of(const std::string& key) {
    const std::vector<std::string> keys{key};
    const auto links = hub_->store().links_by_key("a-leads", keys).value();
    return links.empty() ? store::LinkRow{} : links[0];
  }
  std::string record_of(const std::string& key) { return link_of(key).record; }
  std::string name_of(const std::string& key) { return "object:a-leads:" + key; }
  /// Nobody has to say anything, and nothing is left to be written.
  void expect_quiet() {
    EXPECT_THAT(listed(), IsEmpty());
    EXPECT_FALSE(sync().set_aside());
    EXPECT_TRUE(plan().empty());
  }

  std::string one_;
  std::string two_;
  RunReport report_;
};

TEST_F(SecondObject, IsListedWithBothKeysWhatTheyShareAndWhatDiffers) {
  EXPECT_TRUE(report_.set_aside());
  EXPECT_EQ(of(report_, "a-leads").doubles, 1U);
  EXPECT_THAT(to_json(report_), HasSubstr(R"("doubles":1)"));
  ASSERT_THAT(listed(), SizeIs(1));
  const store::DuplicateRow row = listed()[0];
  EXPECT_EQ(row.entity, "lead");
  EXPECT_EQ(row.record, record_of(one_));
  EXPECT_EQ(row.other, name_of(two_));
  EXPECT_EQ(row.reason,
            "a-leads object A2 stands beside A1; both have the same contact.email; "
            "topic is Valves (the record: Pumps), contact.last_name differs");
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "one object there, of the first one's values";
  EXPECT_EQ(b_->at("B1").fields["Topic"], "Pumps");
}

TEST_F(SecondObject, IsListedAsLongAsNobodyHasSaidWhatItIs) {
  const Timestamp since = listed()[0].since;
  open();
  EXPECT_TRUE(sync().set_aside());
  a_->edit(two_, {{"Topic", "Seals"}});
  EXPECT_TRUE(sync().set_aside());
  ASSERT_THAT(listed(), SizeIs(1));
  EXPECT_EQ(listed()[0].since, since);
  EXPECT_THAT(listed()[0].reason, HasSubstr("topic is Seals (the record: Pumps)"));
  a_->edit(one_, {{"Topic", "Seals"}, {"LastName", "Berg"}});
  EXPECT_TRUE(sync().set_aside()) << "they are two still";
  EXPECT_THAT(listed()[0].reason, HasSubstr("it says nothing else than the record"));
  EXPECT_THAT(a_->journal(), IsEmpty());
}

TEST_F(SecondObject, OfTheSamePageIsListedToo) {
  nlohmann::json other = lead("Hoses", "Holm");
  other["Email"] = "two@example.com";
  a_->add(other);
  a_->add(other);
  sync();
  EXPECT_THAT(listed(), SizeIs(2));
  EXPECT_THAT(b_->objects(), SizeIs(2));
}

TEST_F(SecondObject, ThatIsADoubleStaysOneAndIsQuiet) {
  ASSERT_TRUE(hub_->merge_duplicate(record_of(one_), name_of(two_), Context()));
  expect_quiet();
  EXPECT_EQ(record_of(two_), record_of(one_));
  a_->edit(two_, {{"Topic", "Seals"}});
  expect_quiet();
  open();
  expect_quiet();
  EXPECT_EQ(a_->at(one_).fields["Topic"], "Pumps");
  EXPECT_THAT(b_->objects(), SizeIs(1));
}

TEST_F(SecondObject, ThatIsAnotherBecomesTheObjectOfARecordOfItsOwn) {
  ASSERT_TRUE(hub_->dismiss_duplicate(record_of(one_).substr(0, 20), name_of(two_)));
  expect_quiet();
  EXPECT_NE(record_of(two_), record_of(one_));
  ASSERT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(b_->at("B2").fields["Topic"], "Valves");
  EXPECT_EQ(b_->at("B2").fields["LastName"], "Berg");
  a_->edit(two_, {{"Topic", "Seals"}});
  sync();
  EXPECT_EQ(b_->at("B2").fields["Topic"], "Seals");
  b_->edit("B2", {{"Topic", "Rings"}});
  sync();
  EXPECT_EQ(a_->at(two_).fields["Topic"], "Rings");
  EXPECT_EQ(a_->at(one_).fields["Topic"], "Pumps");
  expect_quiet();
}

TEST_F(SecondObject, IsDecidedByItsWholeNameWhereOthersBeginLikeIt) {
  for (int i = 0; i < 18; ++i) a_->add(lead("Valves", "Berg"));
  sync();
  ASSERT_THAT(listed(), SizeIs(19));  // A2 to A20
  EXPECT_EQ(hub_->dismiss_duplicate(record_of(one_), "object:a-leads:A1").error().code(),
            ErrorCode::Invalid);
  ASSERT_TRUE(hub_->merge_duplicate(record_of(one_), name_of(two_), Context()));
  EXPECT_THAT(listed(), SizeIs(18));
}

TEST_F(SecondObject, WhoseKeyIsCorrectedIsNoneAnyMore) {
  a_->edit(two_, {{"Email", "two@example.com"}});
  EXPECT_FALSE(sync().set_aside());
  EXPECT_NE(record_of(two_), record_of(one_));
  ASSERT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(b_->at("B2").fields["Topic"], "Valves");
  expect_quiet();
}

TEST_F(SecondObject, IsNoneAnyMoreWhenTheFirstOnesKeyIsCorrected) {
  a_->edit(one_, {{"Email", "two@example.com"}});
  sync();  // sees that they do not share it, and
  sync();  // looks at the other
  EXPECT_NE(record_of(two_), record_of(one_));
  ASSERT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(b_->at("B1").fields["Email"], "two@example.com");
  EXPECT_EQ(b_->at("B2").fields["Topic"], "Valves");
  expect_quiet();
}

TEST_F(SecondObject, MayBecomeTheSecondOneOfAnother) {
  nlohmann::json other = lead("Hoses", "Holm");
  other["Email"] = "two@example.com";
  const std::string three = a_->add(other);
  sync();
  a_->edit(two_, {{"Email", "two@example.com"}});
  EXPECT_TRUE(sync().set_aside());
  ASSERT_THAT(listed(), SizeIs(1));
  EXPECT_EQ(listed()[0].record, record_of(three));
  EXPECT_EQ(record_of(two_), record_of(three));
}

TEST_F(SecondObject, ThatIsGoneIsNotAskedAboutUntilItComesBack) {
  a_->remove(two_);
  EXPECT_FALSE(sync().set_aside());
  expect_quiet();
  a_->at(two_).deleted = false;
  a_->edit(two_, {{"Topic", "Valves"}});
  EXPECT_TRUE(sync().set_aside());
  EXPECT_THAT(listed(), SizeIs(1));
  ASSERT_TRUE(hub_->merge_duplicate(record_of(one_), name_of(two_), Context()));
  a_->remove(two_);
  sync();
  a_->at(two_).deleted = false;
  a_->edit(two_, {{"Topic", "Seals"}});
  expect_quiet();
}

TEST_F(SecondObject, IsTheRecordsOwnWhereTheFirstOneIsGone) {
  config_.spokes[0].first_contact = FirstContact::System;
  open();
  a_->remove(one_);
  EXPECT_TRUE(sync().set_aside());
  ASSERT_THAT(listed(), SizeIs(1));
  EXPECT_THAT(listed()[0].reason, HasSubstr("beside A1, which is gone"));
  ASSERT_TRUE(hub_->merge_duplicate(record_of(two_), name_of(two_), Context()));
  expect_quiet();
  EXPECT_EQ(b_->at("B1").fields["Topic"], "Valves") << "it is met like any other object";
  b_->edit("B1", {{"Topic", "Rings"}});
  sync();
  EXPECT_EQ(a_->at(two_).fields["Topic"], "Rings");
  EXPECT_THAT(b_->objects(), SizeIs(1));
}

TEST_F(SecondObject, IntoWhichItsSystemMergesTheFirstOneIsTheRecordsOwn) {
  config_.spokes[0].first_contact = FirstContact::System;
  open();
  a_->remove(one_);
  a_->alter_page = [&](adapter::Page& page) {
    for (adapter::Change& change : page.changes)
      if (change.key == one_) change.merged_into = two_;
  };
  sync();
  EXPECT_FALSE(link_of(two_).secondary);
  expect_quiet();
  a_->edit(two_, {{"Topic", "Rings"}});
  sync();
  EXPECT_EQ(b_->at("B1").fields["Topic"], "Rings");
}

TEST_F(SecondObject, ThatWasDeletedAndComesBackBesideAnotherIsListed) {
  nlohmann::json other = lead("Hoses", "Holm");
  other["Email"] = "two@example.com";
  const std::string three = a_->add(other);
  sync();
  a_->remove(three);
  sync();
  const std::string four = a_->add(other);
  EXPECT_EQ(listed().size(), 1U);
  sync();
  EXPECT_EQ(listed().size(), 1U) << "an object that is made again is no second one";
  a_->at(three).deleted = false;
  a_->edit(three, {{"Topic", "Rings"}, {"Email", "three@example.com"}});
  sync();
  sync();
  ASSERT_THAT(listed(), SizeIs(2));
  EXPECT_EQ(record_of(three), record_of(four)) << "it was the record's own: a person says";
  EXPECT_THAT(b_->objects(), SizeIs(2));
}

TEST_F(SecondObject, ThatCannotBeReadIsListedAndItsLetterClosesWhenItCan) {
  a_->edit(two_, {{"Status", "unheard of"}});
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  EXPECT_THAT(listed(), SizeIs(1));
  a_->edit(two_, {{"Status", "New"}, {"Topic", "Rings"}});
  sync();
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), IsEmpty());
  EXPECT_THAT(listed()[0].reason, HasSubstr("Rings"));
}

TEST_F(SecondObject, OfASpokeThatOnlyPushesIsNobodysWhereItIsAnother) {
  config_.spokes[1].direction = SpokeDirection::Push;
  open();
  b_->add(lead("Rings", "Holm"));
  sync();
  const std::string name = "object:b-leads:B2";
  ASSERT_THAT(listed(), SizeIs(2));
  ASSERT_TRUE(hub_->dismiss_duplicate(record_of(one_), name));
  ASSERT_TRUE(hub_->merge_duplicate(record_of(one_), name_of(two_), Context()));
  expect_quiet();
  EXPECT_EQ(hub_->store().counts().value().records, 1);
  b_->edit("B2", {{"Topic", "Hoses"}});
  expect_quiet();
}

/// Two documents of one number.
class SecondDocument : public DocumentsTest {
 protected:
  std::vector<store::DuplicateRow> listed() { return hub_->store().duplicates().value(); }
};

TEST_F(SecondDocument, IsListedWithTheFiguresAndWrittenNowhere) {
  key_ = a_->add(order());
  nlohmann::json other = order(6);
  other["Lines"].erase(1);
  other["Net"] = other["Total"] = 60;
  const std::string second = a_->add(other);
  const RunReport report = sync();
  EXPECT_TRUE(report.set_aside());
  EXPECT_THAT(b_->objects(), SizeIs(1));
  ASSERT_THAT(listed(), SizeIs(1));
  EXPECT_THAT(listed()[0].reason,
              AllOf(HasSubstr("a-orders object A2 stands beside A1"),
                    HasSubstr("both have the same number: 4711"),
                    HasSubstr("totals.grand_total is 60 (the record: 90)"),
                    HasSubstr("lines[no=10].qty.value is 6 (the record: 5)"),
                    HasSubstr("lines[no=20] is missing"), Not(HasSubstr("status"))));
  EXPECT_EQ(b_->at("B1").fields["Total"], 90);
  ASSERT_TRUE(hub_->dismiss_duplicate(listed()[0].record, listed()[0].other));
  sync();
  sync();
  ASSERT_THAT(b_->objects(), SizeIs(2));
  EXPECT_EQ(b_->at("B4").fields["Total"], 60);
  EXPECT_FALSE(sync().set_aside());
  EXPECT_THAT(letters(), IsEmpty());
}

}  // namespace
}  // namespace channelbridge::hub

#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Two records of which a person says what they are.
class DuplicatesTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    one_ = a_->add({{"Topic", "Pumps"}, {"Email", "one@example.com"}});
    two_ = a_->add({{"LastName", "Lind"}, {"Email", "two@example.com"}});
    sync();
    a_->edit(two_, {{"Email", "one@example.com"}});
    sync();
    const auto rows = hub_->store().duplicates().value();
    ASSERT_THAT(rows, SizeIs(1));
    first_ = record_of(one_);
    second_ = record_of(two_);
  }
  std::string record_of(const std::string& key) {
    const auto links = hub_->store().links_by_key("a-leads", {key}).value();
    return links.empty() ? "" : links[0].record;
  }
  std::string one_;
  std::string two_;
  std::string first_;
  std::string second_;
};

TEST_F(DuplicatesTest, TwoThatAreDifferentAreNotAskedAgain) {
  ASSERT_TRUE(hub_->dismiss_duplicate(second_, first_));
  EXPECT_THAT(hub_->store().duplicates().value(), SizeIs(0));
  a_->edit(two_, {{"Email", "two@example.com"}});
  sync();
  a_->edit(two_, {{"Email", "one@example.com"}});
  sync();
  EXPECT_THAT(hub_->store().duplicates().value(), SizeIs(0));
  EXPECT_EQ(hub_->store().counts().value().duplicates, 0);
}

TEST_F(DuplicatesTest, TwoThatAreTheSameBecomeOneAndTheSystemsFollow) {
  ASSERT_TRUE(hub_->merge_duplicate(first_, second_, Context()));
  EXPECT_THAT(hub_->store().duplicates().value(), SizeIs(0));
  EXPECT_EQ(hub_->store().counts().value().records, 1);
  EXPECT_EQ(record_of(two_), first_) << "its objects belong to the survivor";
  sync();
  EXPECT_EQ(a_->at(one_).fields["Topic"], "Pumps");
  EXPECT_EQ(a_->at(one_).fields["LastName"], "Lind") << "where one said nothing, the other's stays";
  EXPECT_THAT(a_->objects(), SizeIs(2)) << "nothing is deleted or created";
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_TRUE(plan().empty());
  // The second object of the system is a double: read, never written.
  const std::size_t writes = a_->journal().size();
  a_->edit(two_, {{"Topic", "other"}});
  sync();
  EXPECT_EQ(a_->at(one_).fields["Topic"], "Pumps");
  EXPECT_THAT(a_->journal(), SizeIs(writes));
}

TEST_F(DuplicatesTest, AMergedRecordIsFoundUnderItsOldId) {
  ASSERT_TRUE(hub_->merge_duplicate(first_, second_, Context()));
  const auto story = hub_->explain("lead", second_);
  ASSERT_TRUE(story) << to_string(story.error());
  EXPECT_THAT(*story, HasSubstr(first_));
  b_->add({{"Topic", "x"}}, second_);  // an object that carries the old id
  sync();
  const auto links = hub_->store().links_of_record(first_).value();
  EXPECT_THAT(links, SizeIs(5));
}

TEST_F(DuplicatesTest, AnObjectOfASystemThatTheSurvivorIsNotInBecomesItsOwn) {
  auto c = std::make_shared<FakeSystem>("C");
  config_.systems.push_back({"c", c});
  config_.spokes.push_back(
      {.name = "c-leads",
       .system = "c",
       .mapping = mapping_of(kLeads),
       .filter = *Filter::parse("contact.last_name = Lind",
                                *model::EntityRegistry::built_in().find("lead"))});
  open();
  sync();
  ASSERT_THAT(c->objects(), SizeIs(1));
  ASSERT_TRUE(hub_->merge_duplicate(first_, second_, Context()));
  sync();
  EXPECT_THAT(c->objects(), SizeIs(1));
  EXPECT_EQ(c->at("C1").fields["Topic"], "Pumps");
  a_->edit(one_, {{"Topic", "Valves"}});
  sync();
  EXPECT_EQ(c->at("C1").fields["Topic"], "Valves");
}

/// A third system that has the second record only, of which there are many more versions.
class OftenEditedDuplicate : public DuplicatesTest {
 protected:
  void SetUp() override {
    DuplicatesTest::SetUp();
    config_.systems.push_back({"c", c_});
    config_.spokes.push_back(
        {.name = "c-leads",
         .system = "c",
         .mapping = mapping_of(kLeads),
         .filter = *Filter::parse("contact.last_name = Lind",
                                  *model::EntityRegistry::built_in().find("lead"))});
    open();
    for (int i = 0; i < 9; ++i) {
      a_->edit(two_, {{"Topic", "Pumps " + std::to_string(i)}});
      sync();
    }
    ASSERT_EQ(c_->at("C1").fields["Topic"], "Pumps 8");
  }
  std::shared_ptr<FakeSystem> c_ = std::make_shared<FakeSystem>("C");
};

TEST_F(OftenEditedDuplicate, EveryLaterEditReachesTheObjectsThatMoved) {
  ASSERT_TRUE(hub_->merge_duplicate(first_, second_, Context()));
  sync();
  EXPECT_EQ(c_->at("C1").fields["Topic"], "Pumps");
  for (const char* topic : {"Valves", "Seals"}) {
    sync();  // what c shows of our write is seen
    a_->edit(one_, {{"Topic", topic}});
    sync();
    EXPECT_EQ(c_->at("C1").fields["Topic"], topic);
  }
}

TEST_F(OftenEditedDuplicate, AWriteThatWasRefusedForTheOneThatGoesDoesNotHoldUpTheSurvivor) {
  c_->before_write = [](const adapter::WriteRequest&) {
    return adapter::NodeOutcome{.status = adapter::WriteStatus::Rejected,
                                .error = Error(ErrorCode::Rejected, "no")};
  };
  a_->edit(two_, {{"Topic", "refused"}});
  sync();
  ASSERT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(1));
  c_->before_write = nullptr;
  ASSERT_TRUE(hub_->merge_duplicate(first_, second_, Context()));
  sync();
  EXPECT_EQ(c_->at("C1").fields["Topic"], "Pumps");
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), SizeIs(0));
}

TEST_F(DuplicatesTest, OnlyAListedPairCanBeDecided) {
  EXPECT_EQ(hub_->merge_duplicate(first_, "019", Context()).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(hub_->dismiss_duplicate("", "").error().code(), ErrorCode::NotFound);
}

/// An object that could be either of two records which its system does not have.
class ObjectOfEither : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.entities["lead"].match = {"contact.email", "contact.last_name"};
    open();
    one_ = a_->add({{"Topic", "Pumps"}, {"Email", "one@example.com"}});
    two_ = a_->add({{"Topic", "Pumps"}, {"LastName", "Lind"}});
    sync({.only = {"a-leads"}});
    either_ = b_->add({{"Topic", "Pumps"}, {"Email", "one@example.com"}, {"LastName", "Lind"}});
    sync();
    ASSERT_THAT(hub_->store().duplicates().value(), SizeIs(1));
  }
  std::size_t open_letters() const { return hub_->store().dead_letters(true, 10).value().size(); }
  std::string one_;
  std::string two_;
  std::string either_;
};

TEST_F(ObjectOfEither, NeitherIsCreatedBesideItBeforeItIsClearWhoseItIs) {
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_EQ(open_letters(), 2U) << "one for each";
  a_->edit(one_, {{"Topic", "Valves"}});
  EXPECT_EQ(of(sync(), "b-leads").waiting, 2U);
  b_->edit(either_, {{"Topic", "Seals"}});
  sync();
  EXPECT_EQ(open_letters(), 2U) << "the same ones";
  EXPECT_THAT(b_->objects(), SizeIs(1));
  EXPECT_THAT(b_->journal(), SizeIs(0));
}

TEST_F(ObjectOfEither, ItBelongsToTheOneThatTheyBecome) {
  const auto pair = hub_->store().duplicates().value()[0];
  ASSERT_TRUE(hub_->merge_duplicate(pair.record, pair.other, Context()));
  const RunReport report = sync();
  EXPECT_EQ(of(report, "b-leads").waiting, 0U);
  EXPECT_EQ(open_letters(), 0U);
  EXPECT_THAT(b_->objects(), SizeIs(1));
  const auto links = hub_->store().links_by_key("b-leads", {either_}).value();
  ASSERT_THAT(links, SizeIs(1));
  EXPECT_EQ(links[0].record, pair.record);
}

TEST_F(ObjectOfEither, WhoseItIsNotIsCreatedOnceItSaysWhoseItIs) {
  const auto pair = hub_->store().duplicates().value()[0];
  ASSERT_TRUE(hub_->dismiss_duplicate(pair.record, pair.other));
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1)) << "two that are different, and still nobody knows";
  b_->edit(either_, {{"LastName", nullptr}});
  EXPECT_EQ(of(sync(), "b-leads").waiting, 0U);
  EXPECT_EQ(open_letters(), 0U);
  EXPECT_THAT(b_->objects(), SizeIs(2));
  EXPECT_THAT(b_->journal(), SizeIs(1));
}

TEST_F(ObjectOfEither, BothAreCreatedWhenItIsGone) {
  b_->remove(either_);
  EXPECT_EQ(of(sync(), "b-leads").created, 2U);
  EXPECT_EQ(open_letters(), 0U);
}

TEST_F(ObjectOfEither, NobodyIsCreatedWhileItCannotBeRead) {
  b_->edit(either_, {{"Status", "unheard of"}});
  sync();
  EXPECT_THAT(b_->objects(), SizeIs(1));
  b_->edit(either_, {{"Status", "New"}, {"LastName", nullptr}});
  sync();
  EXPECT_EQ(open_letters(), 0U);
  EXPECT_THAT(b_->objects(), SizeIs(2));
}

TEST_F(DuplicatesTest, AKeyThatOneGivesUpBelongsToTheOther) {
  ASSERT_TRUE(hub_->dismiss_duplicate(first_, second_));
  a_->edit(one_, {{"Email", "elsewhere@example.com"}});
  sync();
  const std::string theirs = b_->add({{"Topic", "Valves"}, {"Email", "one@example.com"}});
  sync();
  const auto links = hub_->store().links_by_key("b-leads", {theirs}).value();
  ASSERT_THAT(links, SizeIs(1));
  EXPECT_EQ(links[0].record, second_);
  EXPECT_EQ(hub_->store().counts().value().records, 2);
}

class NetworkTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    const std::string partners = std::string(kPartnersOfPartners) + "  partner_number: Number\n";
    config_.spokes = {{.name = "a-partners", .system = "a", .mapping = mapping_of(partners)}};
    open();
  }
};

TEST_F(NetworkTest, WhatMustBeUniqueIsReportedAndStopsNothing) {
  a_->add({{"Name", "Nord"}, {"Number", "7"}});
  a_->add({{"Name", "North"}, {"Number", "7"}});  // in one page
  sync();
  EXPECT_EQ(hub_->store().counts().value().records, 2) << "it is no match key";
  auto rows = hub_->store().duplicates().value();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].reason, "both have the same partner_number: 7");
  const std::string third = a_->add({{"Name", "Norte"}, {"Number", "8"}});
  sync();
  a_->edit(third, {{"Number", "7"}});
  sync();
  EXPECT_THAT(hub_->store().duplicates().value(), SizeIs(2));
}

TEST_F(NetworkTest, APartnerThatIsItsOwnAncestorIsReportedAndStopsNothing) {
  const std::string top = a_->add({{"Name", "Nord"}});
  const std::string below = a_->add({{"Name", "Syd"}, {"Parent", top}});
  EXPECT_EQ(of(sync(), "a-partners").circles, 0U);
  a_->edit(top, {{"Parent", below}});
  EXPECT_EQ(of(sync(), "a-partners").circles, 1U);
  EXPECT_EQ(of(sync(), "a-partners").circles, 0U) << "once, when it is made";
  const std::string self = a_->add({{"Name", "Own"}});
  a_->edit(self, {{"Parent", self}});
  EXPECT_EQ(of(sync(), "a-partners").circles, 1U);
}

TEST_F(NetworkTest, AChainTooLongToBeFollowedIsToldToo) {
  // Each comes before its parent: it leads nowhere yet when it is looked at.
  for (int i = 1; i <= 1'100; ++i)
    a_->add({{"Name", "P" + std::to_string(i)}, {"Parent", "A" + std::to_string(i + 1)}});
  sync();
  const std::string above = "A1";
  const std::string below = a_->add({{"Name", "Last"}});
  sync();
  a_->edit(below, {{"Parent", above}});
  const RunReport report = sync();
  EXPECT_EQ(of(report, "a-partners").circles, 0U);
  EXPECT_EQ(of(report, "a-partners").circles_unseen, 1U);
  EXPECT_THAT(to_json(report), HasSubstr(R"("circles_unseen":1)"));
}

TEST_F(DuplicatesTest, WhatTellsWhoSomebodyIsIsNotShown) {
  const auto rows = hub_->store().duplicates().value();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].reason, "both have the same contact.email");
}

/// Prices, invoices and quotes, each in a document of its own.
class DuplicateDocuments : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.spokes = {{.name = "a-prices", .system = "a", .mapping = mapping_of(R"(
system: fake
object: Price
entity: price_book_entry
id: Id
version: Version
format: json
absent: "null"
fields:
  price_book: { path: Book, ref: price_book, object: Book }
  product: { path: Product, ref: product, object: Product }
  unit: Unit
  valid.start: From
  valid.end: To
  list_price.amount: { path: Price, as: decimal }
  list_price.currency: Currency
)")}};
    open();
  }
  static nlohmann::json price(const char* from, nlohmann::json to, const char* amount) {
    return {{"Book", "B"}, {"Product", "P"},  {"Unit", "H87"},    {"From", from},
            {"To", to},    {"Price", amount}, {"Currency", "EUR"}};
  }
};

TEST_F(DuplicateDocuments, PricesThatContradictEachOtherAreToldOnceAndStopNothing) {
  const std::string first = a_->add(price("2026-01-01", "2026-01-31", "100"));
  a_->add(price("2026-02-01", nullptr, "110"));
  EXPECT_EQ(sync().contradicting, 0U);
  a_->edit(first, {{"To", "2026-02-10"}});
  RunReport report = sync();
  ASSERT_THAT(report.contradictions, SizeIs(1));
  EXPECT_EQ(report.contradicting, 1U);
  EXPECT_EQ(report.contradictions[0].rule, "price_overlap");
  EXPECT_EQ(report.contradictions[0].message,
            "100 EUR and 110 EUR both hold from 2026-02-01 to 2026-02-10");
  EXPECT_EQ(report.contradictions[0].record,
            hub_->store().links_by_key("a-prices", {first}).value()[0].record);
  EXPECT_FALSE(report.set_aside());
  EXPECT_THAT(to_json(report), HasSubstr(R"("rule":"price_overlap")"));
  a_->add(price("2025-01-01", "2025-12-31", "90"));  // another one, of which nothing is to be told
  EXPECT_EQ(sync().contradicting, 0U) << "once, when it is made";
  a_->edit(first, {{"To", "2026-01-20"}});
  report = sync();
  ASSERT_THAT(report.contradictions, SizeIs(1));
  EXPECT_EQ(report.contradictions[0].rule, "price_gap");
}

/// Bundles whose parts stand in their own documents.
class BundleTest : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.spokes = {{.name = "a-products", .system = "a", .mapping = mapping_of(R"(
system: fake
object: Product
entity: product
id: Id
version: Version
format: json
absent: "null"
fields:
  sku: Sku
children:
  components:
    object: Part
    navigation: Parts
    id: No
    fields:
      product: { path: Product, ref: product, object: Product }
)")}};
    open();
  }
  static nlohmann::json bundle(const std::string& sku, const std::vector<std::string>& of) {
    nlohmann::json parts = nlohmann::json::array();
    for (const std::string& key : of)
      parts.push_back({{"No", std::to_string(parts.size() + 1)}, {"Product", key}});
    return {{"Sku", sku}, {"Parts", std::move(parts)}};
  }
};

TEST_F(BundleTest, ABundleThatIsAPartOfItselfIsReportedAndStopsNothing) {
  const std::string pump = a_->add(bundle("pump", {}));
  const std::string set = a_->add(bundle("set", {pump}));
  const std::string station = a_->add(bundle("station", {pump, set}));
  EXPECT_EQ(of(sync(), "a-products").circles, 0U) << "a part twice is no circle";
  a_->edit(pump, bundle("pump", {station}));
  EXPECT_EQ(of(sync(), "a-products").circles, 1U);
  EXPECT_EQ(of(sync(), "a-products").circles, 0U) << "once, when it is made";
}

}  // namespace
}  // namespace channelbridge::hub

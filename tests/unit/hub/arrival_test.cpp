#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class Arrivals : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.spokes = {
        {.name = "a-partners", .system = "a", .mapping = mapping_of(kPartnersOfPartners)},
        {.name = "b-partners", .system = "b", .mapping = mapping_of(kPartnersOfPartners)}};
    open();
  }
  /// Daughters of an object that does not exist yet: the next that is added.
  void add_daughters(int count) {
    const std::string mother = "A" + std::to_string(count + 1);
    for (int i = 0; i < count; ++i)
      a_->add({{"Name", "daughter " + std::to_string(i)}, {"Parent", mother}});
  }
  std::string states() {
    std::string out;
    const auto rows = hub_->store().records_changed("partner", 0, 10'000).value();
    for (const store::RecordRow& row : rows) out += row.state;
    return out;
  }
};

TEST_F(Arrivals, AKeyThatManyRecordsWaitForIsResolvedStepByStep) {
  add_daughters(450);
  sync();
  EXPECT_THAT(states(), HasSubstr("pending:a/Account/A451"));
  a_->add({{"Name", "mother"}});
  sync();
  EXPECT_THAT(states(), Not(HasSubstr("pending:")));
  EXPECT_THAT(hub_->store().pending("a", "Account", {"A451"}, 10).value(), SizeIs(0));
  sync();
  std::string mother;
  for (const auto& [key, object] : b_->objects()) {
    if (object.fields["Name"] == "mother") mother = key;
  }
  int daughters = 0;
  for (const auto& [key, object] : b_->objects())
    daughters += object.fields.value("Parent", "") == mother ? 1 : 0;
  EXPECT_EQ(daughters, 450);
  EXPECT_TRUE(plan().empty());
}

TEST_F(Arrivals, WhatAKilledRunLeftWaitingIsResolvedByTheNext) {
  add_daughters(2);
  sync();
  a_->add({{"Name", "mother"}});
  sync();
  // As if the run had been killed between the mother's page and her daughters.
  const auto rows = hub_->store().records_changed("partner", 0, 10).value();
  store::Changes back;
  for (store::RecordRow row : rows) {
    if (row.state.find("daughter 1") == std::string::npos) continue;
    const auto links = hub_->store().links_by_key("a-partners", {"A3"}).value();
    ASSERT_THAT(links, SizeIs(1));
    const std::size_t at = row.state.find(links[0].record);
    ASSERT_NE(at, std::string::npos);
    row.state.replace(at, links[0].record.size(), "pending:a/Account/A3");
    back.pending.push_back({"a", "Account", "A3", row.id});
    back.records.push_back(row);
  }
  ASSERT_THAT(back.records, SizeIs(1));
  ASSERT_TRUE(hub_->store().commit(std::move(back)));
  sync();
  EXPECT_THAT(states(), Not(HasSubstr("pending:")));
}

/// Two services of one ERP: leads name partners by the numbers that they have in system a.
class SharedKeys : public HubTest {
 protected:
  void SetUp() override {
    HubTest::SetUp();
    config_.systems = {{"a", a_}, {"b", b_, "a"}, {"c", c_, "a"}};
    config_.spokes = {{.name = "a-partners", .system = "a", .mapping = mapping_of(kPartners)},
                      {.name = "b-leads", .system = "b", .mapping = mapping_of(kLeads)},
                      {.name = "c-leads", .system = "c", .mapping = mapping_of(kLeads)}};
    open();
  }
  std::string state_of_lead() {
    const auto rows = hub_->store().records_changed("lead", 0, 10).value();
    return rows.size() == 1 ? rows[0].state : std::string();
  }
  std::shared_ptr<FakeSystem> c_ = std::make_shared<FakeSystem>("C");
};

TEST_F(SharedKeys, AKeyOfTheOtherSystemIsReadAndWritten) {
  const std::string lead =
      b_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}, {"Account", "A1"}});
  sync();
  EXPECT_THAT(state_of_lead(), HasSubstr("pending:a/Account/A1"));
  ASSERT_THAT(c_->objects(), SizeIs(1));
  ASSERT_EQ(a_->add({{"Name", "Nord"}}), "A1");
  sync();
  sync();
  EXPECT_THAT(state_of_lead(), Not(HasSubstr("pending:")));
  EXPECT_EQ(c_->objects().begin()->second.fields["Account"], "A1");
  EXPECT_TRUE(plan().empty());
}

TEST_F(SharedKeys, TheKeysOfTheOthersOtherSystemAreNotItsOwn) {
  config_.systems[2].keys_of = "b";  // which carries no accounts, either: none of a's keys holds
  open();
  b_->add({{"Topic", "Pumps"}, {"Email", "a@example.com"}, {"Account", "A1"}});
  ASSERT_EQ(a_->add({{"Name", "Nord"}}), "A1");
  sync();
  sync();
  ASSERT_THAT(c_->objects(), SizeIs(1));
  EXPECT_EQ(c_->objects().begin()->second.fields.value("Account", ""), "");
}

}  // namespace
}  // namespace channelbridge::hub

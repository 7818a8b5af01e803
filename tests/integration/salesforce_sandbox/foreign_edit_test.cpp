// The hub, with its store, between a folder-like system and the sandbox: an org's user edits a lead
// between our pull and our write. Salesforce's collections take no condition, so only the read
// right before the write can tell.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "channelbridge/hub/hub.hpp"
#include "connected_org.hpp"
#include "fake_system.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kFields = R"(
entity: lead
format: json
absent: "null"
fields:
  company.name: Company
  contact.last_name: LastName
  contact.email: Email
object: Lead
id: Id
)";

/// The real adapter; `after_pull` happens once a pull of it has ended.
class Watched final : public adapter::Adapter {
 public:
  explicit Watched(std::shared_ptr<adapter::Adapter> inner) : inner_(std::move(inner)) {}

  adapter::Capabilities capabilities(const adapter::Selection& selection) const override {
    return inner_->capabilities(selection);
  }
  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override {
    return inner_->describe(object, context);
  }
  Result<std::string> probe(const Context& context) override { return inner_->probe(context); }
  Result<adapter::Page> read(const adapter::Selection& selection, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context& context) override {
    auto page = inner_->read(selection, cursor, page_size, context);
    if (page && page->end && after_pull) std::exchange(after_pull, nullptr)();
    return page;
  }
  Result<adapter::Change> read_by_key(const adapter::Selection& selection, std::string_view key,
                                      const Context& context) override {
    return inner_->read_by_key(selection, key, context);
  }
  Result<adapter::Page> read_by_keys(const adapter::Selection& selection,
                                     const std::vector<std::string>& keys,
                                     const Context& context) override {
    return inner_->read_by_keys(selection, keys, context);
  }
  Result<std::vector<adapter::Change>> find(const adapter::Selection& selection,
                                            std::string_view correlation,
                                            const Context& context) override {
    return inner_->find(selection, correlation, context);
  }
  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override {
    return inner_->write(selection, requests, context);
  }
  adapter::Usage usage() const override { return inner_->usage(); }

  std::function<void()> after_pull{};

 private:
  std::shared_ptr<adapter::Adapter> inner_;
};

class ForeignEdit : public ConnectedOrg {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-edit-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    hub::HubConfig config;
    config.systems = {{"office", office_}, {"crm", crm_}};
    config.spokes = {
        {.name = "office-leads", .system = "office", .mapping = mapping("version: Version")},
        {.name = "crm-leads",
         .system = "crm",
         .mapping = mapping("version: SystemModstamp\nmodified: LastModifiedDate\n"
                            "modified_by: LastModifiedById\n"
                            "correlation: ChannelbridgeId__c")}};
    config.entities["lead"].match = {"contact.email"};
    config.entities["lead"].policies.fallback = {hub::Policy::Kind::Manual, ""};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << store.error();
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
    key_ = office_->add({{"Company", "Acme"}, {"LastName", "Lind"}, {"Email", "a@example.com"}});
    sync();
    ASSERT_EQ(org().count("Lead"), 1U);
    lead_ = org().records("Lead").front()["Id"];
    desk().clock->advance(std::chrono::minutes(1));
    sync();
    desk().clock->advance(std::chrono::minutes(1));
  }
  void TearDown() override {
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }
  static std::shared_ptr<const mapping::Mapping> mapping(const std::string& more) {
    auto out = mapping::Mapping::parse("system: any\n" + more + kFields, "test.yaml",
                                       model::EntityRegistry::built_in());
    EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
    return out ? *out : nullptr;
  }
  hub::RunReport sync() {
    auto report = hub_->sync({}, Context());
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    if (!report) return {};
    for (const hub::SpokeReport& spoke : report->spokes)
      EXPECT_THAT(spoke.stopped, IsEmpty()) << spoke.spoke;
    return *report;
  }
  void org_edits_after_our_pull(const Json& fields) {
    crm_->after_pull = [this, fields] { ASSERT_TRUE(org().edit(lead_, fields)); };
  }

  std::filesystem::path folder_;
  std::shared_ptr<hub::FakeSystem> office_ = std::make_shared<hub::FakeSystem>("O");
  std::shared_ptr<Watched> crm_ = std::make_shared<Watched>(adapter);
  std::unique_ptr<hub::Hub> hub_;
  std::string key_;
  std::string lead_;
};

TEST_F(ForeignEdit, OfTheSameValueIsKeptAndAPersonDecides) {
  office_->edit(key_, {{"Company", "from the office"}});
  org_edits_after_our_pull({{"Company", "from the org"}});
  sync();
  EXPECT_EQ(org().record(lead_)["Company"], "from the org");
  EXPECT_EQ(office_->at(key_).fields["Company"], "from the office");
  EXPECT_THAT(hub_->store().conflicts().value(), SizeIs(1));
}

TEST_F(ForeignEdit, OfAnotherValueTravelsAndOursLandsWithOneMoreCall) {
  office_->edit(key_, {{"Company", "from the office"}});
  org_edits_after_our_pull({{"LastName", "Lindqvist"}});
  sync();
  EXPECT_EQ(org().record(lead_)["Company"], "from the office");
  EXPECT_EQ(org().record(lead_)["LastName"], "Lindqvist");
  EXPECT_EQ(office_->at(key_).fields["LastName"], "Lindqvist") << "in the same run";
}

TEST_F(ForeignEdit, AConversionInTheMomentBetweenIsNotWrittenOver) {
  office_->edit(key_, {{"Company", "from the office"}});
  crm_->after_pull = [this] { ASSERT_TRUE(org().convert_lead(lead_)); };
  const auto effects = desk().journal.effects();
  const hub::RunReport report = sync();
  EXPECT_EQ(desk().journal.effects(), effects);
  EXPECT_EQ(report.spokes.at(1).converted + report.spokes.at(0).converted, 1U);
  EXPECT_EQ(report.spokes.at(1).deleted + report.spokes.at(0).deleted, 0U);
  EXPECT_EQ(org().record(lead_)["Company"], "Acme");
  EXPECT_THAT(hub_->store().dead_letters(true, 10).value(), IsEmpty());
}

}  // namespace
}  // namespace channelbridge::salesforce::test

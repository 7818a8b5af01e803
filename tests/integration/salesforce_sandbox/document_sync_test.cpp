// The hub, with its store, between a system that people fill and the sandbox: an account goes there
// with its list of contacts, and comes back with it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "channelbridge/hub/hub.hpp"
#include "connected_org.hpp"
#include "fake_system.hpp"

namespace channelbridge::salesforce::test {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kOffice = R"(
system: any
object: Customer
entity: partner
id: Id
version: Version
format: json
absent: "null"
fields: { name: Name }
children:
  addresses: { object: Place, navigation: Places, id: No, fields: { line1: Line, city: City } }
)";

constexpr const char* kCrm = R"(
system: any
object: Account
entity: partner
id: Id
version: SystemModstamp
modified: LastModifiedDate
modified_by: LastModifiedById
correlation: ChannelbridgeId__c
format: json
absent: "null"
fields: { name: Name }
children:
  addresses: { object: Contact, navigation: Contacts, id: Id, fields: { line1: LastName, city: MailingCity } }
)";

class DocumentSync : public ConnectedOrg {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("cb-documents-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    adapter = connect({{"settle", "200ms"}});
    hub::HubConfig config;
    config.systems = {{"office", office_}, {"crm", adapter}};
    config.spokes = {{.name = "office-partners",
                      .system = "office",
                      .mapping = mapping(kOffice),
                      .direction = hub::SpokeDirection::Pull},
                     {.name = "crm-partners", .system = "crm", .mapping = mapping(kCrm)}};
    config.entities["partner"].match = {"name"};
    config.entities["partner"].policies.fallback = {hub::Policy::Kind::Latest, ""};
    auto store = store::open_store("sqlite:" + (folder_ / "hub.db").string());
    ASSERT_TRUE(store) << store.error();
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
  }
  void TearDown() override {
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }
  static std::shared_ptr<const mapping::Mapping> mapping(const char* text) {
    auto out = mapping::Mapping::parse(text, "test.yaml", model::EntityRegistry::built_in());
    EXPECT_TRUE(out) << (out ? "" : to_string(out.error()));
    return out ? *out : nullptr;
  }
  void sync() {
    desk().clock->advance(std::chrono::minutes(1));
    auto report = hub_->sync({}, Context());
    ASSERT_TRUE(report) << report.error();
    for (const hub::SpokeReport& spoke : report->spokes)
      EXPECT_THAT(spoke.stopped, IsEmpty()) << spoke.spoke;
    const auto letters = hub_->store().dead_letters(true, 10);
    ASSERT_TRUE(letters) << letters.error();
    for (const store::DeadLetterRow& letter : *letters) ADD_FAILURE() << letter.message;
  }
  static nlohmann::json place(const char* no, const char* line, const char* city) {
    return {{"No", no}, {"Line", line}, {"City", city}};
  }
  /// "LastName, MailingCity" of each contact that is there.
  std::vector<std::string> contacts() {
    std::vector<std::string> out;
    for (const Json& each : org().records("Contact"))
      out.push_back(each["LastName"].get<std::string>() + ", " +
                    each["MailingCity"].get<std::string>());
    return out;
  }

  std::filesystem::path folder_;
  std::shared_ptr<hub::FakeSystem> office_ = std::make_shared<hub::FakeSystem>("O");
  std::unique_ptr<hub::Hub> hub_;
};

TEST_F(DocumentSync, ListsGoThereWithTheirObjectAndFollowIt) {
  const std::string key = office_->add(
      {{"Name", "Nord"}, {"Places", {place("1", "Kai", "Kiel"), place("2", "Tor", "Ulm")}}});
  office_->add({{"Name", "Sued"}, {"Places", nlohmann::json::array()}});
  sync();
  ASSERT_EQ(org().count("Account"), 2U);
  EXPECT_THAT(contacts(), UnorderedElementsAre("Kai, Kiel", "Tor, Ulm"));
  const std::string account = org().records("Contact").front()["AccountId"];
  EXPECT_EQ(org().record(account)["Name"], "Nord");

  const auto effects = desk().journal.effects();
  sync();
  EXPECT_EQ(desk().journal.effects(), effects) << "what came back is what went there";

  office_->edit(key, {{"Places", {place("1", "Kai", "Jena"), place("3", "Hof", "Bonn")}}});
  sync();
  EXPECT_THAT(contacts(), UnorderedElementsAre("Kai, Jena", "Hof, Bonn"));
  const auto after = desk().journal.effects();
  sync();
  EXPECT_EQ(desk().journal.effects(), after);
}

TEST_F(DocumentSync, AChildWhoseAnswerIsLostIsMadeOnce) {
  const std::string key = office_->add({{"Name", "Nord"}, {"Places", {place("1", "Kai", "Kiel")}}});
  sync();
  office_->edit(key, {{"Places", {place("1", "Kai", "Kiel"), place("2", "Tor", "Ulm")}}});
  // The object's own version does not move with its children: only they can tell.
  desk().faults.add({.kind = "bad_gateway", .match = "composite"});
  for (int i = 0; i < 3; ++i) sync();
  EXPECT_EQ(Json(desk().journal.counters())["by_status"]["502"], 1);
  EXPECT_THAT(contacts(), UnorderedElementsAre("Kai, Kiel", "Tor, Ulm"));
  office_->edit(key, {{"Places", {place("2", "Tor", "Bonn")}}});
  sync();
  EXPECT_THAT(contacts(), UnorderedElementsAre("Tor, Bonn"));
}

TEST_F(DocumentSync, AChildThatPeopleChangeThereIsSeenWithItsObject) {
  const std::string key = office_->add({{"Name", "Nord"}, {"Places", {place("1", "Kai", "Kiel")}}});
  sync();
  const Json contact = org().records("Contact").front();
  ASSERT_TRUE(org().edit(contact["Id"], {{"MailingCity", "Husum"}}));
  ASSERT_TRUE(org().edit(contact["AccountId"], {{"Phone", "1"}}));
  sync();
  EXPECT_THAT(contacts(), UnorderedElementsAre("Kai, Husum")) << "not written over";
  office_->edit(key, {{"Name", "Nordwest"}});
  sync();
  EXPECT_EQ(org().records("Account").front()["Name"], "Nordwest");
  EXPECT_THAT(contacts(), UnorderedElementsAre("Kai, Husum"));
}

}  // namespace
}  // namespace channelbridge::salesforce::test

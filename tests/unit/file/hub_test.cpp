#include "channelbridge/hub/hub.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "channelbridge/hub/project.hpp"

#include "partner_folder.hpp"

namespace channelbridge::file::test {
namespace {

constexpr const char* kLeads = R"(
system: file
object: lead
entity: lead
id: lead_id
correlation: lead_id
format: csv
absent: unchanged
fields:
  company.name: company
  contact.last_name: last_name
  contact.phone: phone
)";

/// Two dealers with a folder each, and the hub between them.
class TwoDealers : public ::testing::Test {
 protected:
  TwoDealers() {
    auto mapping = mapping::Mapping::parse(kLeads, "lead.yaml", model::EntityRegistry::built_in());
    EXPECT_TRUE(mapping) << to_string(mapping.error());
    hub::HubConfig config;
    config.systems = {{"north", north_.adapter}, {"south", south_.adapter}};
    config.spokes = {{.name = "north-leads", .system = "north", .mapping = *mapping},
                     {.name = "south-leads", .system = "south", .mapping = *mapping}};
    auto store =
        store::open_store("sqlite:" + (north_.folder / "hub.db").string(), {.create = true});
    EXPECT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(config), *std::move(store));
    for (Partner* dealer : {&north_, &south_})
      dealer->saved = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) -
                      std::chrono::minutes(1);
    north_.leaves("lead.csv", "lead_id,company,last_name,phone\nN-1,Acme,Ek,1\n");
    sync();
    const std::string row = south_.ours();
    const std::size_t at = row.find("\r\n") + 2;
    south_id_ = row.substr(at, row.find(',', at) - at);
  }

  hub::RunReport sync() {
    auto report = hub_->sync({}, Context());
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    if (!report) return {};
    for (const hub::SpokeReport& spoke : report->spokes) {
      for (const std::string& why : spoke.stopped) ADD_FAILURE() << spoke.spoke << ": " << why;
      EXPECT_EQ(spoke.conflicts + spoke.dead_letters, 0U) << spoke.spoke;
    }
    return *report;
  }
  static bool shows(const Partner& dealer, const std::string& cells) {
    return dealer.ours().find("\r\n" + cells + ",") != std::string::npos;
  }

  Partner north_;
  Partner south_;
  std::unique_ptr<hub::Hub> hub_;
  std::string south_id_;
};

TEST_F(TwoDealers, TheirEditsStayWhenTheHubWritesOfOtherThings) {
  ASSERT_TRUE(shows(south_, south_id_ + ",Acme,Ek,1")) << south_.ours();
  south_.leaves("lead.csv", "lead_id,company\n" + south_id_ + ",Acme AB\n");
  sync();
  ASSERT_TRUE(shows(north_, "N-1,Acme AB,Ek,1")) << north_.ours();
  north_.leaves("lead-2.csv", "lead_id,phone\nN-1,2\n");
  sync();
  sync();
  EXPECT_TRUE(shows(south_, south_id_ + ",Acme AB,Ek,2")) << south_.ours();
  EXPECT_TRUE(shows(north_, "N-1,Acme AB,Ek,1")) << north_.ours();
}

TEST_F(TwoDealers, ARowThatNoFileHasAnyMoreIsNotGone) {
  fs::remove(north_.folder / "from-partner" / "lead.csv");
  north_.leaves("lead.csv", "lead_id,company,last_name,phone\nN-2,Other,Berg,5\n");
  south_.leaves("lead.csv", "lead_id,phone\n" + south_id_ + ",2\n");
  for (const hub::SpokeReport& spoke : sync().spokes) EXPECT_EQ(spoke.deleted, 0U) << spoke.spoke;
  EXPECT_TRUE(shows(north_, "N-1,,,2")) << north_.ours();
  south_.leaves("lead-2.csv", "lead_id,company\n" + south_id_ + ",Acme AB\n");
  sync();
  EXPECT_TRUE(shows(north_, "N-1,Acme AB,,2")) << north_.ours();
  EXPECT_TRUE(shows(south_, south_id_ + ",Acme,Ek,1"))
      << "what no file says any more was not emptied";
}

constexpr const char* kStock = R"(
system: file
object: stock
entity: inventory_position
id: position
format: csv
absent: unchanged
fields:
  on_hand.value: on_hand
  on_hand.unit: { const: H87 }
  as_of: as_of
)";

TEST(CountedStock, AnOlderCountThatComesLaterSaysNothing) {
  Partner dealer;
  auto mapping = mapping::Mapping::parse(kStock, "stock.yaml", model::EntityRegistry::built_in());
  ASSERT_TRUE(mapping) << to_string(mapping.error());
  auto store = store::open_store("sqlite:" + (dealer.folder / "hub.db").string(), {.create = true});
  ASSERT_TRUE(store) << to_string(store.error());
  hub::Hub hub({.systems = {{"dealer", dealer.adapter}},
                .spokes = {{.name = "stock", .system = "dealer", .mapping = *mapping}}},
               *std::move(store));
  dealer.saved = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) -
                 std::chrono::minutes(1);
  std::uint64_t outdated = 0;
  const auto counted = [&](const std::string& file, const std::string& rows) {
    dealer.leaves(file, "position,on_hand,as_of\n" + rows);
    const auto report = hub.sync({}, Context());
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    outdated = report ? report->spokes.front().outdated : 0;
    const auto all = hub.store().records_changed("inventory_position", 0, 10).value();
    return all.empty() ? "" : all.front().state;
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(counted("stock-2.csv", "P-1,120,2026-11-20T18:00:00Z\n"), HasSubstr("120"));
  EXPECT_THAT(counted("stock-1.csv", "P-1,300,2026-11-19T18:00:00Z\n"), HasSubstr("120"));
  EXPECT_EQ(outdated, 1U);
  EXPECT_THAT(counted("stock-3.csv", "P-1,90,2026-11-20T18:00:00Z\n"), HasSubstr("90"))
      << "the same count, corrected";
  EXPECT_EQ(outdated, 0U);
}

TEST(ProjectOfFiles, AMappingThatFilesCannotServeIsRefusedWithItsLine) {
  Partner dealer;
  const std::string project = (dealer.folder / "channelbridge.yaml").string();
  adapter::AdapterRegistry adapters;
  adapters.add(kind());
  const auto refusal = [&](const std::string& more, const std::string& spoke) {
    std::ofstream(dealer.folder / "lead.yaml") << kLeads << more;
    std::ofstream(project) << "systems: { dealer: { adapter: file, folder: . } }\nspokes:\n"
                              "  leads:\n    system: dealer\n    mapping: lead.yaml\n" +
                                  spoke;
    const auto loaded = hub::load_project(project, adapters, model::EntityRegistry::built_in());
    if (loaded) return std::string();
    EXPECT_EQ(loaded.error().problems().size(), 1U);
    const Problem& problem = loaded.error().problems().front();
    EXPECT_EQ(problem.file, project);
    EXPECT_EQ(problem.line, 5) << problem.path;
    return problem.message;
  };
  EXPECT_EQ(refusal("", ""), "");
  const std::string child =
      "children:\n  product_interest:\n    object: items\n    navigation: to_items\n    id: [no]\n"
      "    fields: { no: no }\n";
  EXPECT_EQ(refusal(child, ""), "a row of a file is flat: there is no 'children' here");
  EXPECT_EQ(refusal("touch: [to_items]\n", ""),
            "a row of a file is flat: there is no 'touch' here");
  EXPECT_EQ(refusal("", "    where: status = new\n"),
            "a row of a file is flat: there is no 'where' here");
}

}  // namespace
}  // namespace channelbridge::file::test

#include "channelbridge/hub/project.hpp"

#include <fstream>

#include "hub_support.hpp"

namespace channelbridge::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

/// What the project file says of history and of records that leave a spoke.
class ProjectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("cb-project-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "lead.yaml") << kLeads;
    adapters_.add({.name = "fake", .make = [](const adapter::SystemSettings&) {
                     return Result<std::shared_ptr<adapter::Adapter>>(
                         std::make_shared<FakeSystem>("F"));
                   }});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Project> load(const std::string& head, const std::string& spoke) {
    const std::string file = (folder_ / "channelbridge.yaml").string();
    std::ofstream(file, std::ios::trunc)
        << head << "systems: { a: { adapter: fake } }\nspokes:\n  leads: { system: a, "
        << "mapping: lead.yaml" << (spoke.empty() ? "" : ", ") << spoke << " }\n";
    return load_project(file, adapters_, model::EntityRegistry::built_in());
  }
  std::string problems(const std::string& head, const std::string& spoke) {
    const auto loaded = load(head, spoke);
    return loaded ? "" : to_string(loaded.error());
  }

  std::filesystem::path folder_;
  adapter::AdapterRegistry adapters_;
};

TEST_F(ProjectTest, AnObjectIsKeptUnlessTheSpokeStatesWhatItIsGiven) {
  for (const char* keep : {"", "filter: topic = x, on_leave: keep"}) {
    const auto project = load("", keep);
    ASSERT_TRUE(project) << to_string(project.error());
    EXPECT_THAT(project->hub.spokes.at(0).on_leave, SizeIs(0));
  }
  const auto project = load("", "filter: topic = x, on_leave: { set: { status: lost } }");
  ASSERT_TRUE(project) << to_string(project.error());
  EXPECT_THAT(project->hub.spokes.at(0).on_leave, ElementsAre(Pair("status", "lost")));
}

TEST_F(ProjectTest, EveryMistakeOfOnLeaveIsNamed) {
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: deactivate"), HasSubstr("none of: keep"));
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { statsu: lost } }"),
              HasSubstr("status"));
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { status: gone } }"),
              HasSubstr("'gone' is no value"));
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { status: spam } }"),
              HasSubstr("can write"))
      << "a code that the mapping does not have";
  EXPECT_THAT(problems("", "filter: topic = x, on_leave: { set: { rating: hot } }"),
              HasSubstr("does not write this field"));
  EXPECT_THAT(problems("", "on_leave: { set: { status: lost } }"), HasSubstr("without a filter"));
  EXPECT_THAT(
      problems("", "direction: pull, filter: topic = x, on_leave: { set: { status: lost } }"),
      HasSubstr("only pulled"));
}

TEST_F(ProjectTest, RetentionIsDaysOrForever) {
  const auto project = load("retention: { versions: 30d, intents: forever }\n", "");
  ASSERT_TRUE(project) << to_string(project.error());
  EXPECT_EQ(project->hub.retention.versions, std::chrono::hours(24 * 30));
  EXPECT_EQ(project->hub.retention.intents, std::nullopt);
  EXPECT_EQ(project->hub.retention.letters, std::chrono::hours(24 * 90)) << "default";
  for (const char* wrong : {"30", "0d", "-1d", "1w", "soon"}) {
    EXPECT_THAT(problems(std::string("retention: { versions: ") + wrong + " }\n", ""),
                HasSubstr("no number of days"))
        << wrong;
  }
  EXPECT_THAT(problems("retention: { version: 30d }\n", ""), HasSubstr("versions"));
}

/// "path -> suggestion" of every problem, a line each.
std::string listed(const Result<Project>& loaded) {
  std::string out;
  if (loaded) return out;
  for (const Problem& problem : loaded.error().problems()) {
    EXPECT_GT(problem.line, 0) << problem.path;
    out += problem.path + " -> " + problem.suggestion + "\n";
  }
  return out;
}

TEST_F(ProjectTest, AMisspeltKeyIsOneProblemAndWhatStandsUnderItIsChecked) {
  const std::string file = (folder_ / "channelbridge.yaml").string();
  const auto load_text = [&](const std::string& text) {
    std::ofstream(file, std::ios::trunc) << text;
    return load_project(file, adapters_, model::EntityRegistry::built_in());
  };
  EXPECT_EQ(listed(load_text("systems: { a: { adaptor: fake, colour: x } }\n"
                             "spokes: { leads: { system: a, mapping: lead.yaml } }\n")),
            "systems.a.adaptor -> adapter\nsystems.a.colour -> \n");
  EXPECT_EQ(listed(load_text("systems: { a: { adapter: fakee, colour: x } }\n"
                             "spokes: { leads: { system: a, mapping: lead.yaml } }\n")),
            "systems.a.adapter -> fake\nsystems.a.colour -> \n");
  EXPECT_EQ(listed(load_text("sytems: { a: { adapter: fake } }\n"
                             "spoke: { leads: { systm: a, maping: laed.yaml } }\n")),
            "sytems -> systems\nspoke -> spokes\nspokes.leads.systm -> system\n"
            "spokes.leads.maping -> mapping\nspokes.leads.mapping -> lead.yaml\n");
  EXPECT_EQ(listed(load_text("systems: { a: {} }\n"
                             "spokes: { leads: { system: b, mapping: lead.yaml } }\n")),
            "systems.a.adapter -> \nspokes.leads.system -> a\n");
}

}  // namespace
}  // namespace channelbridge::hub

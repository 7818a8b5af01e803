#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "trouble.hpp"

namespace channelbridge::demo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace Poco::Data::Keywords;

class BrokenStore : public Trouble {
 protected:
  std::string store() const { return folder_ + "/channelbridge.db"; }

  std::string ask(const std::string& sql) const {
    Poco::Data::SQLite::Connector::registerConnector();
    Poco::Data::Session session("SQLite", store());
    std::string answer;
    session << sql, into(answer), now;
    return answer;
  }

  /// The run ended in words, not in a crash.
  void expect_stopped(const nlohmann::json& report) const {
    EXPECT_EQ(ended_.code, 2) << said();
    ASSERT_TRUE(report.is_object() && report.contains("error")) << said();
    EXPECT_THAT(report["error"]["message"].get<std::string>(), HasSubstr("channelbridge.db"));
  }

  /// What the systems hold and their journals show is what one undisturbed run makes of this world.
  void expect_every_effect_once() {
    for (int i = 0; i < 3; ++i) run({"sync"});
    EXPECT_EQ(ended_.code, 0) << said();
    EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(world_->c4c().count("LeadCollection"), 20U);
    EXPECT_EQ(world_->crm().count("Account"), 6U);
    EXPECT_EQ(world_->erp().count("A_BusinessPartner"), 6U);
    EXPECT_THAT(world_->doubles(), ::testing::IsEmpty());
    auto effects = world_->journal();
    EXPECT_EQ(effects["c4c-leads"].created, 20U);
    EXPECT_EQ(effects["crm-leads"].created, 0U);
    EXPECT_EQ(effects["crm-partners"].created, 5U);
    EXPECT_EQ(effects["c4c-partners"].created, 5U);
    const auto plan = run({"plan"});
    EXPECT_TRUE(plan["empty"].get<bool>()) << plan.dump(1);
  }
};

TEST_F(BrokenStore, AFullDiskStopsTheRunAndTheNextOneGoesOn) {
  // Enough for the schema, for the first pages, for some writes: the disk is full at another moment
  // each time.
  std::size_t struck = 0;
  for (const std::uint64_t bytes : {50'000U, 150'000U, 250'000U, 350'000U, 450'000U, 600'000U}) {
    SCOPED_TRACE(bytes);
    const auto report = run_limited({"sync"}, bytes);
    if (ended_.code == 0) continue;
    ++struck;
    expect_stopped(report);
    EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
  }
  EXPECT_GE(struck, 3U);
  expect_every_effect_once();
}

TEST_F(BrokenStore, AFullFileSystemStopsTheRunAndTheNextOneGoesOn) {
  const std::string small = folder_ + "/small";
  std::filesystem::create_directory(small);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=400k") != 0)
    GTEST_SKIP() << "this user may not mount";
  struct Unmount {
    std::string place;
    ~Unmount() { ::umount2(place.c_str(), MNT_DETACH); }
  } const unmount{small};
  replace_in_project("sqlite:channelbridge.db", "sqlite:small/channelbridge.db");
  const auto report = run({"sync"});
  expect_stopped(report);
  EXPECT_THAT(report["error"]["message"].get<std::string>(), HasSubstr("full"));
  ASSERT_EQ(::mount("tmpfs", small.c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
  std::filesystem::create_symlink("small/channelbridge.db", store());  // for the questions below
  expect_every_effect_once();
}

TEST_F(BrokenStore, OfANewerVersionIsLeftAlone) {
  run({"sync"});
  ASSERT_EQ(ended_.code, 0) << said();
  ask("PRAGMA user_version = 99");
  const std::uint64_t before = world_->c4c_server().journal().requests();
  for (const char* command : {"sync", "plan", "status"}) {
    const auto report = run({command});
    EXPECT_EQ(ended_.code, 2) << said();
    ASSERT_TRUE(report.is_object() && report.contains("error")) << said();
    EXPECT_EQ(report["error"]["code"], "unsupported");
    EXPECT_THAT(report["error"]["message"].get<std::string>(), HasSubstr("schema version 99"));
    EXPECT_THAT(report["error"]["message"].get<std::string>(), HasSubstr("channelbridge.db"));
  }
  EXPECT_EQ(world_->c4c_server().journal().requests(), before);
  EXPECT_EQ(ask("PRAGMA user_version"), "99");
}

TEST_F(BrokenStore, AFileThatIsNoDatabaseIsLeftAlone) {
  const std::string letter(5000, 'x');
  std::ofstream(store()) << letter;
  const auto report = run({"sync"});
  expect_stopped(report);
  EXPECT_THAT(report["error"]["message"].get<std::string>(), HasSubstr("not a database"));
  std::ifstream in(store());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), letter);
}

TEST_F(BrokenStore, ADatabaseOfSomebodyElseIsLeftAlone) {
  {
    Poco::Data::SQLite::Connector::registerConnector();
    Poco::Data::Session session("SQLite", store());
    session << "CREATE TABLE recipes (id INTEGER, text TEXT)", now;
  }
  const auto report = run({"sync"});
  expect_stopped(report);
  EXPECT_EQ(ask("SELECT group_concat(name) FROM sqlite_schema"), "recipes");
}

TEST_F(BrokenStore, AFolderThatCannotBeWrittenIsNamed) {
  replace_in_project("sqlite:channelbridge.db", "sqlite:/proc/channelbridge.db");
  const auto report = run({"sync"});
  expect_stopped(report);
  EXPECT_THAT(report["error"]["message"].get<std::string>(), Not(HasSubstr("another run")));
  EXPECT_THAT(report["error"]["message"].get<std::string>(), HasSubstr("/proc"));
  replace_in_project("sqlite:/proc/channelbridge.db", "sqlite:nowhere/channelbridge.db");
  expect_stopped(run({"sync"}));
}

}  // namespace
}  // namespace channelbridge::demo

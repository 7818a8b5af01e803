#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "world.hpp"

namespace channelbridge::demo {
namespace {

using std::chrono::milliseconds;

const std::string kProgram = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge";

std::unique_ptr<World> small_world(const std::string& folder) {
  std::filesystem::remove_all(folder);
  auto world = World::start({.folder = folder,
                             .source = CHANNELBRIDGE_SOURCE_DIR,
                             .partners = 24,
                             .contacts = 40,
                             .leads = 120});
  EXPECT_TRUE(world) << (world ? "" : to_string(world.error()));
  if (!world) return nullptr;
  const auto filled = (*world)->fill();
  EXPECT_TRUE(filled) << (filled ? "" : to_string(filled.error()));
  return *std::move(world);
}

/// Starts `sync` and kills it with SIGKILL after `after`; true when it was still running then.
bool sync_and_kill(const World& world, milliseconds after) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : world.environment()) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  environment.push_back(nullptr);
  std::string program = kProgram;
  std::string command = "sync";
  std::array<char*, 3> argv{program.data(), command.data(), nullptr};
  const std::string folder = world.options().folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    ::execve(program.c_str(), argv.data(), environment.data());
    ::_exit(127);
  }
  std::this_thread::sleep_for(after);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

nlohmann::json sync(const World& world, int& code) {
  return nlohmann::json::parse(run_program(world, kProgram, {"sync", "-o", "json"}, code), nullptr,
                               false);
}

std::string effects_of(const World& world) {
  std::string out;
  for (const auto& [spoke, count] : world.journal()) {
    out += spoke + ": " + std::to_string(count.created) + " created, " +
           std::to_string(count.updated) + " updated\n";
  }
  return out;
}

/// What the systems hold in the end, apart from keys and times.
std::string objects_of(const World& world) {
  return "accounts " + std::to_string(world.crm().count("Account")) + ", contacts " +
         std::to_string(world.crm().count("Contact")) + ", leads " +
         std::to_string(world.crm().count("Lead")) + ", partners " +
         std::to_string(world.erp().count("A_BusinessPartner")) + ", c4c accounts " +
         std::to_string(world.c4c().count("CorporateAccountCollection")) + ", c4c contacts " +
         std::to_string(world.c4c().count("ContactCollection")) + ", c4c leads " +
         std::to_string(world.c4c().count("LeadCollection")) + "\n";
}

std::size_t kills() {
  const char* text = std::getenv("CHANNELBRIDGE_KILLS");
  return text == nullptr ? 5 : std::strtoul(text, nullptr, 10);
}

TEST(Crash, KilledAtAnyMomentEveryEffectHappensOnce) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("cb-crash-" + std::to_string(::getpid())))
          .string();
  // The same world without a kill tells what should come out, and how long a run takes.
  std::string expected_effects;
  std::string expected_objects;
  milliseconds whole{};
  {
    const auto world = small_world(folder);
    ASSERT_NE(world, nullptr);
    int code = 0;
    const auto began = std::chrono::steady_clock::now();
    sync(*world, code);
    whole = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
    ASSERT_EQ(code, 0);
    expected_effects = effects_of(*world);
    expected_objects = objects_of(*world);
    ASSERT_NE(expected_effects.find("c4c-leads: 120 created"), std::string::npos)
        << expected_effects;
  }
  std::size_t struck = 0;
  for (std::size_t seed = 1; seed <= kills(); ++seed) {
    std::mt19937_64 random(seed);
    const auto world = small_world(folder);
    ASSERT_NE(world, nullptr);
    // Killed once or twice, then left alone.
    const std::size_t times = 1 + random() % 2;
    std::string story = "seed " + std::to_string(seed) + ", killed after";
    for (std::size_t i = 0; i < times; ++i) {
      const milliseconds after(
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(whole.count() + 1)));
      story += " " + std::to_string(after.count()) + " ms";
      if (sync_and_kill(*world, after)) ++struck;
    }
    int code = 0;
    const auto report = sync(*world, code);
    ASSERT_LE(code, 1) << story << "\n" << report.dump(2);
    sync(*world, code);
    EXPECT_EQ(code, 0) << story << ": something is still set aside";
    EXPECT_EQ(effects_of(*world), expected_effects) << story;
    EXPECT_EQ(objects_of(*world), expected_objects) << story;
    EXPECT_THAT(world->doubles(), testing::IsEmpty()) << story;
    const auto plan = nlohmann::json::parse(
        run_program(*world, kProgram, {"plan", "-o", "json"}, code), nullptr, false);
    ASSERT_FALSE(plan.is_discarded()) << story;
    EXPECT_TRUE(plan["empty"].get<bool>()) << story << "\n" << plan.dump(2);
    if (HasFailure()) break;
  }
  std::printf("%zu worlds, %zu kills struck a running sync of %lld ms\n", kills(), struck,
              static_cast<long long>(whole.count()));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace channelbridge::demo

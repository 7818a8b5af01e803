// Marketing funds: requests, claims, decisions and settlements on their way between four systems.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "funds_world.hpp"
#include "kills.hpp"

namespace channelbridge::crash {
namespace {

using Milliseconds = std::chrono::milliseconds;

std::uint64_t written(const nlohmann::json& report) {
  std::uint64_t out = 0;
  for (const nlohmann::json& spoke : report.at("spokes"))
    out += spoke.value("created", std::uint64_t{}) + spoke.value("updated", std::uint64_t{});
  return out;
}

/// How a stage goes that nobody disturbs.
struct Pace {
  std::size_t runs{};  ///< until nothing is written any more, and one more
  Milliseconds longest{};
  std::uint64_t effects{};
};

/// One run, in which records may be set aside.
nlohmann::json run_on(const Program& program, int& code, const std::string& story) {
  nlohmann::json report = program.sync(code);
  EXPECT_FALSE(report.is_discarded()) << story;
  EXPECT_LE(code, 1) << story << "\n" << report.dump(2);
  return report;
}

/// Runs until nothing is written any more and nothing waits for anything.
Pace come_to_rest(const Program& program, const std::string& story) {
  constexpr std::size_t kMost = 12;
  Pace out;
  nlohmann::json report;
  while (out.runs < kMost && !testing::Test::HasFailure()) {
    const auto began = std::chrono::steady_clock::now();
    int code = 0;
    report = run_on(program, code, story);
    const auto took =
        std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began);
    ++out.runs;
    out.longest = std::max(out.longest, took);
    if (code == 0 && written(report) == 0) return out;
  }
  int ignored = 0;
  ADD_FAILURE() << story << ": it does not come to rest\n"
                << report.dump(2) << "\n"
                << program.run({"waiting", "list"}, ignored).dump(2) << "\n"
                << program.run({"dead-letters", "list"}, ignored).dump(2);
  return out;
}

void expect_everything_once(const FundsWorld& world, const std::string& story) {
  EXPECT_EQ(world.made(), world.wanted_made()) << story;
  EXPECT_THAT(world.wrong_effects(), testing::IsEmpty()) << story;
  EXPECT_EQ(difference(world.wanted(), world.shown()), "") << story;
  EXPECT_EQ(world.paid_in_crm(), world.paid_in_books()) << story;
  int code = 0;
  const nlohmann::json check = world.program().run({"ledger", "verify"}, code);
  EXPECT_EQ(code, 0) << story << "\n" << check.dump(2);
  expect_empty_plan(world.program(), story);
}

/// Partners, budget and funds are everywhere.
void open_books(const FundsWorld& world, const std::string& story) {
  come_to_rest(world.program(), story);
  world.clear_journals();
}

/// How long the stages take; what comes out of them is looked at, too.
std::vector<Pace> undisturbed_stages(const std::string& folder) {
  std::vector<Pace> out;
  std::mt19937_64 random(0);
  const auto world = FundsWorld::start(folder, drawn_deals(random));
  if (world == nullptr) return out;
  const std::string story = "without a kill";
  open_books(*world, story);
  for (const FundsWorld::Stage& stage : FundsWorld::stages()) {
    world->act(stage);
    const std::uint64_t before = world->effects();
    out.push_back(come_to_rest(world->program(), story + ", " + stage.name));
    out.back().effects = world->effects() - before;
    if (testing::Test::HasFailure()) return out;
  }
  expect_everything_once(*world, story);
  return out;
}

/// Runs until a system has had an effect that `random` draws, and is killed before it knows. True
/// when it was.
bool strike_at_effect(const FundsWorld& world, const Pace& pace, std::mt19937_64& random,
                      std::string& story) {
  const std::uint64_t chosen = 1 + random() % std::max<std::uint64_t>(pace.effects, 1);
  story += ", killed at effect " + std::to_string(chosen);
  const std::uint64_t last = world.effects() + chosen;
  for (std::size_t run = 0; run < pace.runs; ++run) {
    if (world.program().sync_and_kill_when([&world, last] { return world.effects() >= last; }))
      return true;
  }
  return false;
}

/// A stage that is killed at one of its effects, and every other time once more, or twice, while it
/// recovers.
std::size_t strike_stage(FundsWorld& world, const FundsWorld::Stage& stage, const Pace& pace,
                         std::mt19937_64& random, std::string& story) {
  world.act(stage);
  story += "; ";
  story += stage.name;
  std::size_t struck = strike_at_effect(world, pace, random, story) ? 1 : 0;
  Milliseconds whole = pace.longest + FundsWorld::kSettle;
  if (random() % 2 == 0) struck += strike(world.program(), random, whole, story);
  come_to_rest(world.program(), story);
  return struck;
}

/// Each stage of the flow is killed in each world: when it is asked for money, when that is decided
/// on one side or the other, when claims are handed in, judged, released to the books, and paid.
TEST(Crash, KilledWhileClaimsCrossEachClaimEachDecisionAndEachPostingIsMadeOnce) {
  const std::string folder = project_folder();
  const std::vector<Pace> paces = undisturbed_stages(folder);
  ASSERT_FALSE(HasFailure()) << "it does not even go well without a kill";
  const auto& stages = FundsWorld::stages();
  std::size_t struck = 0;
  for (std::size_t seed = first_seed(); seed < first_seed() + kills(); ++seed) {
    std::mt19937_64 random(seed);
    const auto world = FundsWorld::start(folder, drawn_deals(random));
    ASSERT_NE(world, nullptr);
    std::string story = "seed " + std::to_string(seed);
    open_books(*world, story);
    for (std::size_t i = 0; i < stages.size() && !HasFailure(); ++i)
      struck += strike_stage(*world, stages[i], paces.at(i), random, story);
    if (HasFailure()) break;
    expect_everything_once(*world, story);
    if (HasFailure()) break;
    std::printf("claims: %s: as without a kill\n", story.c_str());
    std::fflush(stdout);
  }
  std::printf("claims: %zu worlds, %zu kills struck a running sync", kills(), struck);
  for (std::size_t i = 0; i < stages.size(); ++i)
    std::printf("%s %s %lld ms", i == 0 ? ":" : ",", stages[i].name,
                static_cast<long long>(paces.at(i).longest.count()));
  std::printf("\n");
  EXPECT_GE(struck, kills() * stages.size() / 2)
      << "too few kills met a running sync: this proves little";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace channelbridge::crash

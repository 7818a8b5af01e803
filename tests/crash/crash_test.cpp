#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "kills.hpp"
#include "world.hpp"

namespace channelbridge::demo {
namespace {

using crash::difference;
using crash::enough;
using crash::first_seed;
using crash::kills;
using std::chrono::milliseconds;

/// How documents are written.
enum class Writes : std::uint8_t {
  Calls,
  Jobs,     ///< few records are enough for the CRM to be written and read by bulk jobs
  OneByOne  ///< the ERP takes a document in as many requests as it has parts
};

/// Lines that are added to a system's settings in the project file.
void set_up(const std::string& folder, const std::string& adapter, const std::string& lines) {
  const std::string project = folder + "/channelbridge.yaml";
  std::ifstream in(project);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string at = "    adapter: " + adapter + "\n";
  EXPECT_NE(text.find(at), std::string::npos);
  text.insert(text.find(at) + at.size(), lines);
  std::ofstream(project) << text;
}

std::unique_ptr<World> small_world(const std::string& folder, Writes writes) {
  std::filesystem::remove_all(folder);
  auto world = World::start({.folder = folder,
                             .source = CHANNELBRIDGE_SOURCE_DIR,
                             .partners = 24,
                             .contacts = 40,
                             .leads = 120,
                             .edits_every = 8});
  EXPECT_TRUE(world) << (world ? "" : to_string(world.error()));
  if (!world) return nullptr;
  if (writes == Writes::Jobs)
    set_up(folder, "salesforce", "    bulk: { from_records: 5, updates: true, poll: 20ms }\n");
  if (writes == Writes::OneByOne)
    set_up(folder, "sap_s4hana", "    batch: false\n    deep_create: false\n");
  const auto filled = (*world)->fill();
  EXPECT_TRUE(filled) << (filled ? "" : to_string(filled.error()));
  return *std::move(world);
}

crash::Program program_of(const World& world) {
  return crash::Program(world.options().folder, world.environment());
}

nlohmann::json sync(const World& world, int& code) { return program_of(world).sync(code); }

/// Who of two people that edit one field comes first into the hub is a matter of threads, and the
/// dealer sees the first until a person has decided: for him the two are one.
std::map<std::string, std::vector<std::string>> settled_content(const World& world) {
  auto out = world.content();
  const std::string first = " (marketing)";
  for (std::string& line : out.at("dealer-se lead")) {
    const std::size_t at = line.find(" (Vertrieb)");
    if (at != std::string::npos) line.replace(at, std::string(" (Vertrieb)").size(), first);
  }
  std::sort(out.at("dealer-se lead").begin(), out.at("dealer-se lead").end());
  return out;
}

/// What was done beyond, or short of, what is expected: nothing is made or changed twice, nothing
/// is missing.
std::string surplus(const std::map<std::string, EffectCount>& expected,
                    const std::map<std::string, EffectCount>& found, bool updates = true) {
  std::string out;
  std::map<std::string, std::pair<EffectCount, EffectCount>> counts;
  for (const auto& [spoke, count] : expected) counts[spoke].first = count;
  for (const auto& [spoke, count] : found) counts[spoke].second = count;
  const auto told = [](const EffectCount& count) {
    return std::to_string(count.created) + " created with " + std::to_string(count.lines) +
           " lines, " + std::to_string(count.updated) + " updated";
  };
  for (const auto& [spoke, both] : counts) {
    const auto& [wanted, there] = both;
    if (there.created != wanted.created || there.lines != wanted.lines ||
        (updates && there.updated != wanted.updated))
      out += spoke + ": " + told(there) + ", expected " + told(wanted) + "\n";
  }
  return out;
}

/// Documents of the ERP that bear no record's id.
std::vector<std::string> unmarked(const World& world) {
  std::vector<std::string> out;
  for (const World::Document& document : world.erp_documents()) {
    if (document.record.empty()) out.push_back(document.entity + " " + document.number);
  }
  return out;
}

/// What comes out of a world that nobody kills.
struct Outcome {
  std::map<std::string, EffectCount> effects{};
  std::map<std::string, std::vector<std::string>> content{};
  milliseconds whole{};  ///< how long the sync takes that is to be killed, at most
};

/// What happens before the run that is killed; without anything that is the first one.
enum class Before : std::uint8_t { Nothing, Edits, Orders };

void prepare(World& world, Before before) {
  if (before == Before::Nothing) return;
  int code = 0;
  sync(world, code);
  if (before == Before::Edits) {
    EXPECT_TRUE(world.let_people_edit());
  } else {
    world.trade().connect_distributor();
    sync(world, code);
    EXPECT_TRUE(world.trade().enter_prices());
    // Quotes that the ERP knows, and what is on its way: orders of two of them, more quotes,
    // orders.
    EXPECT_TRUE(world.trade().take_orders(6, 0));
    sync(world, code);
    sync(world, code);
    EXPECT_TRUE(world.trade().order_quotes());
    EXPECT_TRUE(world.trade().take_orders(6, 12));
  }
  world.clear_journals();
}

/// The run that is to be killed; what an order brings back comes with the runs after it.
Outcome undisturbed(const std::string& folder, Before before, Writes writes) {
  Outcome out;
  const auto world = small_world(folder, writes);
  int code = 0;
  prepare(*world, before);
  const auto began = std::chrono::steady_clock::now();
  const auto report = sync(*world, code);
  out.whole = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  EXPECT_LE(code, 1) << report.dump(2);
  for (int more = 0; before == Before::Orders && more < 2; ++more) sync(*world, code);
  out.effects = world->journal();
  out.content = settled_content(*world);
  return out;
}

void expect_every_effect_once(Writes writes) {
  const std::string folder = crash::project_folder();
  // The same worlds without a kill tell what should come out, and how long a run takes.
  std::array<Outcome, 2> expected{undisturbed(folder, Before::Nothing, writes),
                                  undisturbed(folder, Before::Edits, writes)};
  ASSERT_EQ(expected[0].effects.at("c4c-leads").created, 120U);
  ASSERT_GT(expected[1].effects.at("crm-leads").updated, 0U);
  std::size_t struck = 0;
  std::size_t worlds = 0;
  for (; !enough(worlds, struck); ++worlds) {
    const std::size_t seed = first_seed() + worlds;
    std::mt19937_64 random(seed);
    const auto world = small_world(folder, writes);
    ASSERT_NE(world, nullptr);
    int code = 0;
    const bool edits = seed % 2 == 0;
    Outcome& wanted = expected.at(edits ? 1 : 0);
    prepare(*world, edits ? Before::Edits : Before::Nothing);
    // Killed once or twice, then left alone.
    std::string story = "seed " + std::to_string(seed) + (edits ? ", after edits" : "");
    struck += crash::strike(program_of(*world), random, wanted.whole, story);
    const auto report = sync(*world, code);
    ASSERT_LE(code, 1) << story << "\n" << report.dump(2);
    const auto second = sync(*world, code);
    ASSERT_LE(code, edits ? 1 : 0) << story << ": something is set aside\n" << second.dump(2);
    EXPECT_EQ(surplus(wanted.effects, world->journal()), "") << story;
    EXPECT_EQ(difference(wanted.content, settled_content(*world)), "") << story;
    EXPECT_THAT(world->doubles(), testing::IsEmpty()) << story;
    crash::expect_empty_plan(program_of(*world), story);
    if (testing::Test::HasFailure()) break;
  }
  std::printf("%zu worlds, %zu kills struck a running sync of %lld and %lld ms\n", worlds, struck,
              static_cast<long long>(expected[0].whole.count()),
              static_cast<long long>(expected[1].whole.count()));
  EXPECT_GE(struck, kills()) << "too few kills met a running sync: this proves little";
  std::filesystem::remove_all(folder);
}

TEST(Crash, KilledAtAnyMomentEveryEffectHappensOnce) { expect_every_effect_once(Writes::Calls); }

/// Quotes and orders on their way from the CRM to the ERP and, as messages, to a distributor. Every
/// other world's ERP takes documents line by line: a kill may leave one half made.
TEST(Crash, KilledWhileOrdersCrossEachQuoteEachOrderAndTheirLinesAreMadeOnce) {
  const std::string folder = crash::project_folder();
  constexpr std::array kWays{Writes::Calls, Writes::OneByOne};
  std::array<Outcome, 2> expected{undisturbed(folder, Before::Orders, kWays[0]),
                                  undisturbed(folder, Before::Orders, kWays[1])};
  for (const Outcome& each : expected) {
    ASSERT_EQ(each.effects.at("erp-quotes").created, 6U);
    ASSERT_EQ(each.effects.at("erp-quotes").lines, 12U);
    ASSERT_EQ(each.effects.at("erp-orders").created, 12U);
    ASSERT_EQ(each.effects.at("erp-orders").lines, 30U);
    ASSERT_EQ(each.effects.at("edi-orders").created, 2U);
  }
  std::size_t struck = 0;
  std::size_t worlds = 0;
  for (; !enough(worlds, struck); ++worlds) {
    const std::size_t seed = first_seed() + worlds;
    std::mt19937_64 random(seed);
    const std::size_t way = seed % kWays.size();
    Outcome& wanted = expected.at(way);
    const auto world = small_world(folder, kWays.at(way));
    ASSERT_NE(world, nullptr);
    prepare(*world, Before::Orders);
    std::string story = "seed " + std::to_string(seed) +
                        (kWays.at(way) == Writes::OneByOne ? ", line by line" : "");
    struck += crash::strike(program_of(*world), random, wanted.whole, story);
    int code = 0;
    for (int run = 0; run < 3; ++run) {
      const auto report = sync(*world, code);
      ASSERT_LE(code, 1) << story << "\n" << report.dump(2);
    }
    ASSERT_EQ(code, 0) << story << ": something is set aside";
    EXPECT_EQ(surplus(wanted.effects, world->journal(), /*updates=*/false), "") << story;
    EXPECT_EQ(difference(wanted.content, settled_content(*world)), "") << story;
    EXPECT_THAT(world->doubles(), testing::IsEmpty()) << story;
    EXPECT_THAT(unmarked(*world), testing::IsEmpty()) << story;
    crash::expect_empty_plan(program_of(*world), story);
    if (testing::Test::HasFailure()) break;
    std::printf("orders: %s: as without a kill\n", story.c_str());
    std::fflush(stdout);
  }
  const EffectCount& quotes = expected[0].effects.at("erp-quotes");
  const EffectCount& orders = expected[0].effects.at("erp-orders");
  std::printf(
      "orders: %zu worlds, %zu kills struck a running sync of %lld ms (%lld line by line); in each "
      "world %llu quotes with %llu lines and %llu orders with %llu lines, each of them once\n",
      worlds, struck, static_cast<long long>(expected[0].whole.count()),
      static_cast<long long>(expected[1].whole.count()),
      static_cast<unsigned long long>(quotes.created),
      static_cast<unsigned long long>(quotes.lines),
      static_cast<unsigned long long>(orders.created),
      static_cast<unsigned long long>(orders.lines));
  EXPECT_GE(struck, kills()) << "too few kills met a running sync: this proves little";
  std::filesystem::remove_all(folder);
}

TEST(Crash, KilledWhileBulkJobsRunEveryEffectHappensOnce) {
  expect_every_effect_once(Writes::Jobs);
}

}  // namespace
}  // namespace channelbridge::demo

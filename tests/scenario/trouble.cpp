#include "trouble.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace channelbridge::demo {

void Trouble::SetUp() {
  folder_ = (std::filesystem::temp_directory_path() / ("cb-trouble-" + std::to_string(::getpid())))
                .string();
  std::filesystem::remove_all(folder_);
  auto world = World::start({.folder = folder_,
                             .source = CHANNELBRIDGE_SOURCE_DIR,
                             .partners = 6,
                             .contacts = 4,
                             .leads = 20});
  ASSERT_TRUE(world) << to_string(world.error());
  world_ = *std::move(world);
  ASSERT_TRUE(world_->fill());
}

void Trouble::TearDown() {
  world_.reset();
  std::filesystem::remove_all(folder_);
}

nlohmann::json Trouble::run(std::vector<std::string> arguments) {
  return run_limited(std::move(arguments), 0);
}

nlohmann::json Trouble::run_limited(std::vector<std::string> arguments,
                                    std::uint64_t max_file_bytes) {
  arguments.insert(arguments.end(), {"-o", "json"});
  kit::ChildOptions options{.program = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge",
                            .arguments = std::move(arguments),
                            .folder = folder_,
                            .environment = world_->environment()};
  if (max_file_bytes > 0) options.max_file_bytes = max_file_bytes;
  ended_ = kit::run_child(options);
  // Whatever happens: no secret is shown, and memory is bounded.
  for (const char* secret : {"Welcome1", "demo-secret", "Bearer ", "Basic Q"})
    EXPECT_THAT(said(), ::testing::Not(::testing::HasSubstr(secret)));
  EXPECT_LT(ended_.peak_kb, kMostMemoryKb);
  return nlohmann::json::parse(ended_.out, nullptr, false);
}

std::string Trouble::project_text() const {
  std::ifstream in(folder_ + "/channelbridge.yaml");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void Trouble::replace_in_project(const std::string& what, const std::string& with) const {
  std::string content = project_text();
  const std::size_t at = content.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  content.replace(at, what.size(), with);
  std::ofstream(folder_ + "/channelbridge.yaml", std::ios::trunc) << content;
}

std::string Trouble::stopped(const nlohmann::json& report, const std::string& spoke) {
  if (!report.is_object() || !report.contains("spokes")) return "no report: " + report.dump();
  std::string out;
  for (const auto& each : report["spokes"]) {
    if (each["spoke"] != spoke) continue;
    for (const auto& why : each["stopped"]) out += why.get<std::string>() + "\n";
  }
  return out;
}

}  // namespace channelbridge::demo

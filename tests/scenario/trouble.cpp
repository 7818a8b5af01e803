#include "trouble.hpp"

namespace channelbridge::demo {

nlohmann::json Trouble::run(std::vector<std::string> arguments) {
  return run_limited(std::move(arguments), 0);
}

nlohmann::json Trouble::run_limited(std::vector<std::string> arguments,
                                    std::uint64_t max_file_bytes) {
  arguments.insert(arguments.end(), {"-o", "json"});
  kit::ChildOptions options{.program = kProgram,
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

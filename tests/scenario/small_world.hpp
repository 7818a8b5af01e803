#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "world.hpp"

namespace channelbridge::demo {

inline const std::string kProgram = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge";

/// A small filled world in a folder of its own, and the program as a user runs it there.
class SmallWorld : public ::testing::Test {
 protected:
  /// How much of it there is; set before SetUp().
  WorldOptions size_{.partners = 6, .contacts = 4, .leads = 20};

  void SetUp() override {
    folder_ =
        (std::filesystem::temp_directory_path() / ("cb-scenario-" + std::to_string(::getpid())))
            .string();
    std::filesystem::remove_all(folder_);
    size_.folder = folder_;
    size_.source = CHANNELBRIDGE_SOURCE_DIR;
    auto world = World::start(size_);
    ASSERT_TRUE(world) << to_string(world.error());
    world_ = *std::move(world);
    ASSERT_TRUE(world_->fill());
  }
  void TearDown() override {
    world_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string run(const std::vector<std::string>& arguments) {
    return run_program(*world_, kProgram, arguments, code_);
  }
  nlohmann::json run_json(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-o", "json"});
    return nlohmann::json::parse(run(arguments), nullptr, false);
  }

  std::string project() const { return folder_ + "/channelbridge.yaml"; }
  std::string project_text() const {
    std::ifstream in(project());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  /// Replaces the first occurrence in the project file.
  void replace_in_project(const std::string& what, const std::string& with) const {
    std::string content = project_text();
    const std::size_t at = content.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    content.replace(at, what.size(), with);
    std::ofstream(project(), std::ios::trunc) << content;
  }

  std::string folder_;
  std::unique_ptr<World> world_;
  int code_{};
};

}  // namespace channelbridge::demo

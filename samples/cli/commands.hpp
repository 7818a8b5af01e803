#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "program.hpp"

/// One function per command; each returns the exit code.
namespace cli {

struct SyncArguments {
  std::vector<std::string> only{};
  std::uint64_t limit{};
  bool link_only{};
  bool accept_mapping_change{};
  std::uint64_t timeout_seconds{};
};
int sync(const Common& common, const SyncArguments& arguments);

struct PlanArguments {
  std::vector<std::string> only{};
  std::string file{};      ///< where to save the planned writes, one JSON object a line
  std::uint64_t show{20};  ///< how many writes to print
};
int plan(const Common& common, const PlanArguments& arguments);

int status(const Common& common);
int explain(const Common& common, const std::string& entity, const std::string& id);
int conflicts_list(const Common& common);
int conflicts_resolve(const Common& common, const std::string& spoke, const std::string& key,
                      const std::string& group, const std::string& keep);
int dead_letters_list(const Common& common);
int dead_letters_show(const Common& common, const std::string& id);
int dead_letters_replay(const Common& common, const std::string& id);

int init(const Common& common, bool force);
int doctor(const Common& common);
int mapping_check(const Common& common, const std::vector<std::string>& files);

struct SandboxArguments {
  std::string kind{};
  int port{};
  std::string metadata{};
  std::string data{};
  std::string journal{};
};
int sandbox(const Common& common, const SandboxArguments& arguments);

}  // namespace cli

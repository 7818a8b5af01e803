#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

/// What the kill tests share: the program in a process of its own, killed at moments that a seed
/// says.
namespace channelbridge::crash {

/// How many are to meet a running sync, and in how many worlds at least: CHANNELBRIDGE_KILLS.
std::size_t kills();
/// Of the first world; the others follow: CHANNELBRIDGE_SEED.
std::size_t first_seed();
/// For the project of this process; it need not be there yet.
std::string project_folder();

/// The program in a project's folder.
///
/// Threads: one at a time.
class Program {
 public:
  explicit Program(std::string folder, std::map<std::string, std::string> environment = {})
      : folder_(std::move(folder)), environment_(std::move(environment)) {}

  /// What a command says as JSON, and its exit code; discarded where it says none.
  nlohmann::json run(std::vector<std::string> arguments, int& code) const;
  nlohmann::json sync(int& code) const { return run({"sync"}, code); }
  /// Starts `sync` and kills it with SIGKILL as soon as `now` says so, asked again and again; true
  /// when it was still running then.
  bool sync_and_kill_when(const std::function<bool()>& now) const;
  bool sync_and_kill(std::chrono::milliseconds after) const;

 private:
  std::string folder_;
  std::map<std::string, std::string> environment_;
};

/// As many worlds as there are kills, and more until as many kills met a running sync: how fast a
/// machine is changes from one run to the next.
bool enough(std::size_t worlds, std::size_t struck);

/// Kills one sync or two, one after the other, each at a moment that `random` draws out of `whole`,
/// and tells `story` so. How many of them were still running; a sync that had ended tells that it
/// does not take as long as was thought.
std::size_t strike(const Program& program, std::mt19937_64& random,
                   std::chrono::milliseconds& whole, std::string& story);

/// Nothing is left to write.
void expect_empty_plan(const Program& program, const std::string& story);

/// Line by line what differs between two worlds, each as sorted lines by object.
std::string difference(const std::map<std::string, std::vector<std::string>>& expected,
                       const std::map<std::string, std::vector<std::string>>& found);

}  // namespace channelbridge::crash

#include "kills.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <thread>

#include "world.hpp"

namespace channelbridge::crash {
namespace {

const std::string kProgram = std::string(CHANNELBRIDGE_BINARY_DIR) + "/bin/channelbridge";

std::size_t from_environment(const char* name, std::size_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoul(text, nullptr, 10);
}

}  // namespace

std::size_t kills() { return from_environment("CHANNELBRIDGE_KILLS", 2); }

std::size_t first_seed() { return from_environment("CHANNELBRIDGE_SEED", 1); }

std::string project_folder() {
  return (std::filesystem::temp_directory_path() / ("cb-crash-" + std::to_string(::getpid())))
      .string();
}

nlohmann::json Program::run(std::vector<std::string> arguments, int& code) const {
  for (const char* word : {"-o", "json"}) arguments.emplace_back(word);
  return nlohmann::json::parse(demo::run_program(folder_, environment_, kProgram, arguments, code),
                               nullptr, false);
}

bool Program::sync_and_kill_when(const std::function<bool()>& now) const {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment_) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  environment.push_back(nullptr);
  std::string program = kProgram;
  std::string command = "sync";
  std::array<char*, 3> argv{program.data(), command.data(), nullptr};
  const pid_t child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    if (::chdir(folder_.c_str()) != 0) ::_exit(127);
    ::execve(program.c_str(), argv.data(), environment.data());
    ::_exit(127);
  }
  constexpr std::chrono::microseconds kPause(100);
  int status = 0;
  pid_t ended = 0;
  while (ended == 0 && !now()) {
    std::this_thread::sleep_for(kPause);
    ended = ::waitpid(child, &status, WNOHANG);
  }
  if (ended == 0) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  return WIFSIGNALED(status);
}

bool Program::sync_and_kill(std::chrono::milliseconds after) const {
  const auto moment = std::chrono::steady_clock::now() + after;
  return sync_and_kill_when([moment] { return std::chrono::steady_clock::now() >= moment; });
}

bool enough(std::size_t worlds, std::size_t struck) {
  const std::size_t most = 2 * kills() + 4;
  return worlds >= most || (worlds >= kills() && struck >= kills());
}

std::size_t strike(const Program& program, std::mt19937_64& random,
                   std::chrono::milliseconds& whole, std::string& story) {
  const std::size_t times = 1 + random() % 2;
  std::size_t struck = 0;
  story += ", killed after";
  for (std::size_t i = 0; i < times; ++i) {
    const std::chrono::milliseconds after(
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(whole.count() + 1)));
    story += " " + std::to_string(after.count()) + " ms";
    const bool running = program.sync_and_kill(after);
    if (running) ++struck;
    if (!running && struck == 0) whole = after;
  }
  return struck;
}

void expect_empty_plan(const Program& program, const std::string& story) {
  int code = 0;
  const nlohmann::json plan = program.run({"plan"}, code);
  ASSERT_FALSE(plan.is_discarded()) << story;
  EXPECT_TRUE(plan.value("empty", false)) << story << "\n" << plan.dump(2);
}

std::string difference(const std::map<std::string, std::vector<std::string>>& expected,
                       const std::map<std::string, std::vector<std::string>>& found) {
  std::string out;
  for (const auto& [object, lines] : expected) {
    const auto& there = found.at(object);
    std::vector<std::string> only;
    std::set_difference(lines.begin(), lines.end(), there.begin(), there.end(),
                        std::back_inserter(only));
    for (const std::string& line : only) out += "missing: " + object + " " + line + "\n";
    only.clear();
    std::set_difference(there.begin(), there.end(), lines.begin(), lines.end(),
                        std::back_inserter(only));
    for (const std::string& line : only) out += "not expected: " + object + " " + line + "\n";
  }
  return out;
}

}  // namespace channelbridge::crash

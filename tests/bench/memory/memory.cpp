// Peak memory of a sync at different numbers of leads: it must not grow with them.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "world.hpp"

namespace {

/// VmHWM in KB of the program that this process runs (proc(5)); 0 = none.
long peak_of_child() {
  long peak = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream status(entry.path() / "status");
    std::string name;
    long parent = 0;
    long high = 0;
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Name:")) name = line.substr(line.find_last_of('\t') + 1);
      if (line.starts_with("PPid:")) parent = std::atol(line.c_str() + 5);
      if (line.starts_with("VmHWM:")) high = std::atol(line.c_str() + 6);
    }
    if (parent == ::getpid() && name == "channelbridge") peak = std::max(peak, high);
  }
  return peak;
}

constexpr long kLimitMb = 200;
constexpr double kGrowth = 1.25;  ///< what a larger number of leads may cost at most

/// Syncs a fresh world with so many leads, prints what it took, and returns the peak in MB; 0 =
/// something else is wrong.
long peak_of_sync(const std::string& source, const std::string& folder, const std::string& program,
                  std::size_t leads) {
  namespace demo = channelbridge::demo;
  std::filesystem::remove_all(folder);
  auto world = demo::World::start(
      {.folder = folder, .source = source, .partners = 60, .contacts = 200, .leads = leads});
  if (!world) {
    std::cerr << world.error() << '\n';
    return 0;
  }
  if (auto filled = (*world)->fill(); !filled) {
    std::cerr << filled.error() << '\n';
    return 0;
  }
  int code = 0;
  // Not getrusage(): a child's peak there counts what it inherited from this process, servers and
  // all, before exec.
  std::atomic<bool> ended{false};
  long peak_kb = 0;
  std::thread watcher([&] {
    while (!ended) {
      peak_kb = std::max(peak_kb, peak_of_child());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  demo::run_program(**world, program, {"sync", "-o", "json"}, code);
  ended = true;
  watcher.join();
  const auto c4c = (*world)->c4c().count("LeadCollection");
  std::printf("%zu leads: %ld MB peak, %zu leads in the other system, exit %d\n", leads,
              peak_kb / 1024, c4c, code);
  std::fflush(stdout);
  std::filesystem::remove_all(folder);
  return code <= 1 && c4c == leads ? peak_kb / 1024 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: bench_memory <source folder> <working folder> <channelbridge program> "
                 "<leads> [more leads …]\n";
    return 3;
  }
  const std::string program = std::filesystem::absolute(argv[3]).string();
  long first = 0;
  for (int i = 4; i < argc; ++i) {
    const long peak = peak_of_sync(argv[1], argv[2], program,
                                   static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)));
    if (first == 0) first = peak;
    if (peak == 0 || peak > kLimitMb ||
        static_cast<double>(peak) > kGrowth * static_cast<double>(first)) {
      std::printf("above the limit: %ld MB, and %.2f times the first figure\n", kLimitMb, kGrowth);
      return 1;
    }
  }
  return 0;
}

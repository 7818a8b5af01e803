// Peak memory of a sync at different numbers of leads: it must not grow with them.
#include <sys/resource.h>
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

}  // namespace

int main(int argc, char** argv) {
  namespace demo = channelbridge::demo;
  if (argc < 5) {
    std::cerr
        << "usage: bench_memory <source folder> <working folder> <channelbridge program> <leads>\n";
    return 3;
  }
  const auto leads = static_cast<std::size_t>(std::strtoull(argv[4], nullptr, 10));
  std::filesystem::remove_all(argv[2]);
  auto world = demo::World::start(
      {.folder = argv[2], .source = argv[1], .partners = 30, .contacts = 0, .leads = leads});
  if (!world) {
    std::cerr << world.error() << '\n';
    return 2;
  }
  if (auto filled = (*world)->fill(); !filled) {
    std::cerr << filled.error() << '\n';
    return 2;
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
  demo::run_program(**world, std::filesystem::absolute(argv[3]).string(), {"sync", "-o", "json"},
                    code);
  ended = true;
  watcher.join();
  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  const auto c4c = (*world)->c4c().count("LeadCollection");
  std::printf("%zu leads: %ld MB peak, %.1f s of CPU, %zu leads in the other system, exit %d\n",
              leads, peak_kb / 1024,
              static_cast<double>(children.ru_utime.tv_sec + children.ru_stime.tv_sec), c4c, code);
  std::filesystem::remove_all(argv[2]);
  return code <= 1 && c4c == leads ? 0 : 1;
}

// Peak memory of a sync at different numbers of leads: it must not grow with them.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "world.hpp"

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
  demo::run_program(**world, std::filesystem::absolute(argv[3]).string(), {"sync", "-o", "json"},
                    code);
  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  const auto c4c = (*world)->c4c().count("LeadCollection");
  std::printf("%zu leads: %ld MB peak, %.1f s of CPU, %zu leads in the other system, exit %d\n",
              leads, children.ru_maxrss / 1024,
              static_cast<double>(children.ru_utime.tv_sec + children.ru_stime.tv_sec), c4c, code);
  std::filesystem::remove_all(argv[2]);
  return code <= 1 && c4c == leads ? 0 : 1;
}

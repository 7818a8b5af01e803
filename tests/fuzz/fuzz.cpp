#include "fuzz.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace channelbridge::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSlower = 10;
constexpr long kMostMemoryKb = 4'000'000;
#else
constexpr std::uint64_t kSlower = 1;
constexpr long kMostMemoryKb = 1'000'000;
#endif

constexpr double kSlowestSeconds = 2.0 * static_cast<double>(kSlower);
constexpr unsigned kHangSeconds = 30 * kSlower;

/// Which mutant runs, for the moment when the program can say nothing more.
std::array<char, 200> where{};

void tell_where(int signal) {
  [[maybe_unused]] const auto said =
      ::write(STDERR_FILENO, where.data(), std::strlen(where.data()));
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// A hang ends with the mutant's number. So does a crash, unless a sanitizer has more to say of it.
void watch() {
  static std::array<char, 1U << 16U> stack;  // a deep recursion leaves none
  const stack_t other{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  ::sigaltstack(&other, nullptr);
  struct sigaction action {};
  action.sa_handler = tell_where;
  action.sa_flags = SA_ONSTACK;
  ::sigaction(SIGALRM, &action, nullptr);
  if (kSlower > 1) return;
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE}) ::sigaction(signal, &action, nullptr);
}

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::string source_file(const std::string& name) {
  return contents(std::string(CHANNELBRIDGE_SOURCE_DIR) + "/" + name);
}

std::string fixture(const std::string& name) { return source_file("tests/fixtures/" + name); }

void run(const Plan& plan) {
  watch();
  Mutator mutator(plan.language);
  for (const std::string& seed : plan.language.seeds)
    EXPECT_EQ(plan.parse(seed), Taken::Yes) << "a seed is not well-formed: " << seed.substr(0, 200);
  const std::uint64_t only = number_from_environment("CHANNELBRIDGE_FUZZ_CASE", ~0ULL);
  if (only != ~0ULL) {
    const std::string text = mutator.mutant(only);
    std::printf("%s\n", text.c_str());
    plan.parse(text);
    return;
  }
  const std::uint64_t cases =
      plan.cases * number_from_environment("CHANNELBRIDGE_FUZZ", 1) / kSlower;
  std::uint64_t taken = 0;
  double slowest = 0;
  const auto began = Clock::now();
  for (std::uint64_t number = 0; number < cases; ++number) {
    std::snprintf(where.data(), where.size(),
                  "\n%s ended here; run it again with CHANNELBRIDGE_FUZZ_CASE=%llu\n",
                  plan.name.c_str(), static_cast<unsigned long long>(number));
    const std::string text = mutator.mutant(number);
    ::alarm(kHangSeconds);
    const auto start = Clock::now();
    if (plan.parse(text) == Taken::Yes) ++taken;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    ::alarm(0);
    slowest = std::max(slowest, seconds);
    ASSERT_LT(seconds, kSlowestSeconds) << plan.name << ", mutant " << number;
    ASSERT_FALSE(::testing::Test::HasFailure()) << plan.name << ", mutant " << number;
  }
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  std::printf("%-16s %8llu mutants, %5.1f %% taken, slowest %6.1f ms, %5.1f s, %ld MB\n",
              plan.name.c_str(), static_cast<unsigned long long>(cases),
              100.0 * static_cast<double>(taken) / static_cast<double>(cases), slowest * 1000,
              seconds, used.ru_maxrss / 1024);
  EXPECT_LT(used.ru_maxrss, kMostMemoryKb);
  EXPECT_GE(static_cast<double>(taken), plan.least_taken * static_cast<double>(cases))
      << "the mutants of " << plan.name << " say nothing";
}

}  // namespace channelbridge::fuzz

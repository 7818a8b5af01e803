#include "jq_internal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "jq_protocol_internal.hpp"

namespace channelbridge::mapping {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostPrograms = 32;  ///< in one process; then a new one begins
constexpr std::size_t kLongestAnswer = 16U << 20U;
constexpr double kBeyondDigits = 1e15;

/// Beside the program that runs, where the library was built or installed for, in the PATH.
std::string find_worker() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<fs::path> places;
  if (const fs::path self = fs::read_symlink("/proc/self/exe", ignored); !self.empty())
    places.push_back(self.parent_path() / "channelbridge-jq");
  places.emplace_back(CHANNELBRIDGE_JQ_BUILT);
  places.emplace_back(CHANNELBRIDGE_JQ_INSTALLED);
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing sets it here
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    if (rest.starts_with('/'))
      places.push_back(fs::path(rest.substr(0, colon)) / "channelbridge-jq");
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  for (const fs::path& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place.string();
  }
  return {};
}

Error unmappable(std::string message) { return Error(ErrorCode::Unmappable, std::move(message)); }

struct Answer {
  char kind{};
  std::string text{};
};

/// One channelbridge-jq and the programs it knows.
///
/// Threads: one at a time.
class Worker {
 public:
  explicit Worker(const JqLimits& limits) : limits_(limits) {}
  ~Worker() { end(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  const JqLimits& limits() const { return limits_; }

  /// The program's number; the error is the compiler's own words.
  Result<std::size_t> program(const std::string& text) {
    if (const auto known = programs_.find(text); known != programs_.end()) return known->second;
    if (programs_.size() >= kMostPrograms) end();
    auto answer = ask('P', text);
    if (!answer) return std::move(answer).error();
    // One that does not compile has taken a number, too.
    const std::size_t number = next_++;
    if (answer->kind == 'e') return Error(ErrorCode::Invalid, answer->text);
    programs_.emplace(text, number);
    return number;
  }

  Result<Answer> ask(char kind, std::string_view text) {
    if (socket_ < 0) {
      if (auto begun = begin(); !begun) return std::move(begun).error();
    }
    const auto deadline = steady_clock::now() + limits_.patience;
    const auto size = static_cast<std::uint32_t>(text.size());
    std::string head(1, kind);
    head.append(reinterpret_cast<const char*>(&size), sizeof size);
    if (!send(head, deadline) || !send(text, deadline)) return ended();
    std::array<char, 5> start{};
    if (!receive(start.data(), start.size(), deadline)) return ended();
    std::uint32_t length = 0;
    std::copy(start.begin() + 1, start.end(), reinterpret_cast<char*>(&length));
    if (length > kLongestAnswer) {
      end();
      return unmappable("the program gives more than " + std::to_string(kLongestAnswer >> 20U) +
                        " MB of text");
    }
    Answer answer{.kind = start[0], .text = std::string(length, '\0')};
    if (!receive(answer.text.data(), length, deadline)) return ended();
    return answer;
  }

 private:
  Result<void> begin() {
    const std::string place = find_worker();
    const auto failed = [] {
      return Error(ErrorCode::Internal,
                   "the program channelbridge-jq, which computes jq fields, cannot be started");
    };
    std::array<int, 2> ends{};
    if (place.empty() || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return failed();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = place;
    std::string memory = std::to_string(limits_.memory);
    std::string time = std::to_string(limits_.processor_time.count());
    std::array<char*, 4> words{name.data(), memory.data(), time.data(), nullptr};
    std::array<char*, 1> environment{nullptr};  // nothing for `env`, no HOME whose ~/.jq is read
    const int code = ::posix_spawn(&child_, place.c_str(), &actions, &attributes, words.data(),
                                   environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (code != 0) {
      ::close(ends[0]);
      child_ = 0;
      return failed();
    }
    socket_ = ends[0];
    return {};
  }

  bool wait(short events, steady_clock::time_point deadline) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd entry{socket_, events, 0};
    return ::poll(&entry, 1, static_cast<int>(left.count())) > 0;
  }

  bool send(std::string_view bytes, steady_clock::time_point deadline) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (sent == 0 || (errno != EAGAIN && errno != EINTR) || !wait(POLLOUT, deadline)) {
        return false;
      }
    }
    return true;
  }

  bool receive(char* data, std::size_t size, steady_clock::time_point deadline) {
    while (size > 0) {
      const ssize_t got = ::recv(socket_, data, size, MSG_DONTWAIT);
      if (got > 0) {
        data += got;
        size -= static_cast<std::size_t>(got);
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR) || !wait(POLLIN, deadline)) {
        return false;
      }
    }
    return true;
  }

  /// Why there is no answer; the next call begins a new process.
  Error ended() {
    const int status = end();
    if (WIFEXITED(status) && WEXITSTATUS(status) == kJqOutOfMemory)
      return unmappable("the program wants more than " + std::to_string(limits_.memory >> 20U) +
                        " MB of memory");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM)
      return unmappable("the program takes more than " +
                        std::to_string(limits_.processor_time.count()) + " ms");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      return unmappable("the program gives no answer in time");
    return unmappable("the program ends jq itself");
  }

  int end() {
    programs_.clear();
    next_ = 0;
    if (socket_ < 0) return 0;
    // It may be ending by itself, with a reason.
    int status = 0;
    pid_t gone = 0;
    for (int i = 0; i < 50 && gone == 0; ++i) {
      gone = ::waitpid(child_, &status, WNOHANG);
      pollfd entry{socket_, 0, 0};
      if (gone == 0 && ::poll(&entry, 1, 0) == 0) break;  // it still holds its end
      if (gone == 0) ::poll(nullptr, 0, 1);
    }
    ::close(socket_);
    socket_ = -1;
    if (gone != 0) return gone < 0 ? 0 : status;
    ::kill(child_, SIGKILL);
    return ::waitpid(child_, &status, 0) < 0 ? 0 : status;
  }

  const JqLimits limits_;
  pid_t child_{};
  int socket_{-1};
  std::size_t next_{};
  std::map<std::string, std::size_t> programs_{};
};

Worker& worker_of_thread(const JqLimits& limits) {
  thread_local std::unique_ptr<Worker> worker;
  const bool same = worker && worker->limits().memory == limits.memory &&
                    worker->limits().processor_time == limits.processor_time &&
                    worker->limits().patience == limits.patience;
  if (!same) worker = std::make_unique<Worker>(limits);
  return *worker;
}

/// Where jq's message points: it shows the line and, below it, blanks up to the place ("… at
/// <top-level>, line 2:\n<line><blanks>").
JqFault fault_of(std::string_view program, const std::string& words) {
  JqFault fault{.message = words, .line = 1, .column = 1};
  constexpr std::string_view kStart = "jq: error: ";
  if (fault.message.starts_with(kStart)) fault.message.erase(0, kStart.size());
  const std::size_t at = fault.message.find(" at <top-level>, line ");
  const std::size_t end = fault.message.find('\n');
  if (at == std::string::npos || end == std::string::npos || end < at) return fault;
  const std::string_view number = std::string_view(fault.message).substr(at + 22);
  std::from_chars(number.data(), number.data() + number.size(), fault.line);
  std::size_t start = 0;
  for (int line = 1; line < fault.line && start != std::string_view::npos; ++line) {
    start = program.find('\n', start);
    if (start != std::string_view::npos) ++start;
  }
  if (start == std::string_view::npos) start = program.size();
  const std::size_t length = std::min(program.find('\n', start), program.size()) - start;
  const std::size_t shown = fault.message.size() - end - 1;
  if (shown >= length) fault.column = static_cast<int>(shown - length) + 1;
  fault.message.erase(at);
  constexpr std::string_view kShell = " (Unix shell quoting issues?)";
  if (const std::size_t hint = fault.message.find(kShell); hint != std::string::npos)
    fault.message.erase(hint, kShell.size());
  return fault;
}

/// In plain digits. What arithmetic in binary adds to 15 digits is not what was meant.
std::optional<std::string> plain_number(const std::string& text) {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(number) ||
      std::abs(number) >= kBeyondDigits)
    return std::nullopt;
  if (number == 0) return "0";
  const int before = static_cast<int>(std::floor(std::log10(std::abs(number)))) + 1;
  std::array<char, 400> digits{};
  const int size =
      std::snprintf(digits.data(), digits.size(), "%.*f", std::clamp(15 - before, 0, 340), number);
  std::string plain(digits.data(), static_cast<std::size_t>(size));
  if (plain.find('.') != std::string::npos) {
    plain.erase(plain.find_last_not_of('0') + 1);
    if (plain.ends_with('.')) plain.pop_back();
  }
  return plain == "-0" ? "0" : plain;
}

}  // namespace

Result<void> compile_jq(const std::string& program) {
  JqFault fault = outside_word(program);
  if (fault.message.empty()) {
    const auto compiled = worker_of_thread({}).program(program);
    if (compiled) return {};
    if (compiled.error().code() == ErrorCode::Internal) return compiled.error();
    fault = fault_of(program, compiled.error().message());
  }
  const std::string message = fault.message + " (line " + std::to_string(fault.line) + ", column " +
                              std::to_string(fault.column) + " of the program)";
  return Error(ErrorCode::Invalid, "the jq program does not compile: " + message)
      .with_problems({{.line = fault.line, .rule = "jq", .message = message}});
}

Result<JqValue> run_jq(const std::string& program, std::string_view json, const JqLimits& limits) {
  Worker& worker = worker_of_thread(limits);
  auto number = worker.program(program);
  if (!number) return std::move(number).error();
  auto answer = worker.ask('D', std::to_string(*number) + ' ' + std::string(json));
  if (!answer) return std::move(answer).error();
  if (answer->kind != 'v' || answer->text.empty()) return unmappable(answer->text);
  const std::string text = answer->text.substr(1);
  switch (answer->text.front()) {
    case 'n':
      return JqValue{};
    case '-':
      return JqValue{.kind = JqValue::Kind::Nothing};
    case 's':
      return JqValue{.kind = JqValue::Kind::Text, .text = text};
    case 'b':
      return JqValue{.kind = JqValue::Kind::Boolean, .text = text};
    default:
      break;
  }
  auto plain = plain_number(text);
  if (!plain)
    return unmappable("the program gives the number " + text +
                      ", and jq computes with 15 digits only: give it as text");
  return JqValue{.kind = JqValue::Kind::Number, .text = *std::move(plain)};
}

}  // namespace channelbridge::mapping

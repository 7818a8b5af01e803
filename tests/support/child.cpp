#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

namespace channelbridge::testing {
namespace {

using Pipe = std::array<int, 2>;

Pipe make_pipe() {
  Pipe ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return ends;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  return out;
}

/// VmHWM in KB (proc(5)); 0 when the process is gone.
long peak_of(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6);
  }
  return 0;
}

/// Reads what is there; false at the end.
bool drain(int descriptor, std::string& into) {
  std::array<char, 65536> step;
  const ssize_t got = ::read(descriptor, step.data(), step.size());
  if (got > 0) into.append(step.data(), static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

Ended run_child(const ChildOptions& options) {
  std::vector<std::string> words{options.program};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  std::vector<char*> argv = pointers(words);
  argv.push_back(nullptr);
  std::vector<char*> environment = pointers(variables);
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  environment.push_back(nullptr);
  const rlimit file_limit{options.max_file_bytes.value_or(0), options.max_file_bytes.value_or(0)};
  const Pipe out = make_pipe();
  const Pipe err = make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {  // only calls that are safe between fork and exec: other threads hold locks
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    if (options.max_file_bytes) {
      ::setrlimit(RLIMIT_FSIZE, &file_limit);
      ::signal(SIGXFSZ, SIG_IGN);
    }
    if (::chdir(options.folder.c_str()) != 0) ::_exit(127);
    ::execve(words[0].c_str(), argv.data(), environment.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  Ended ended;
  bool signalled = false;
  std::array<pollfd, 2> ends{{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  const std::array<std::string*, 2> texts{&ended.out, &ended.err};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    ::poll(ends.data(), ends.size(), 10);
    ended.peak_kb = std::max(ended.peak_kb, peak_of(child));
    if (!signalled && options.signal_when && options.signal_when(ended.out)) {
      signalled = true;
      ::kill(child, options.signal);
    }
    for (std::size_t i = 0; i < ends.size(); ++i) {
      // A negative descriptor is one that poll() leaves alone.
      if (ends[i].revents != 0 && !drain(ends[i].fd, *texts[i])) ends[i].fd = -1;
    }
  }
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

}  // namespace channelbridge::testing

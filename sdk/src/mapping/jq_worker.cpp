// channelbridge-jq: runs jq programs for another process, in bounds. libjq has no limits of its
// own, and some programs end the process or damage its memory (jq 1.6: `$__loc__`, a search for
// modules).
//
//   channelbridge-jq <bytes of memory> <milliseconds of processor time per call>
//
// Standard input is a socket to the other process. Each message has a letter, four bytes of length
// (this machine's order) and a text:
//   asked      P program           compiles it; programs are numbered from 0
//              D number, ' ', JSON runs that program on one document
//   answered   k                   compiled
//              v n|s|d|b text      one output: null, text, number (17 digits), boolean
//              e text              what is wrong
extern "C" {
#include <jq.h>
}
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "jq_protocol_internal.hpp"

namespace {

using channelbridge::mapping::kJqOutOfMemory;

constexpr int kSocket = 0;

bool read_all(char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::read(kSocket, data, size);
    if (got <= 0) return false;
    data += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

void answer(char kind, const std::string& text) {
  std::string message(1, kind);
  const auto size = static_cast<std::uint32_t>(text.size());
  message.append(reinterpret_cast<const char*>(&size), sizeof size);
  message += text;
  const char* next = message.data();
  std::size_t left = message.size();
  while (left > 0) {
    const ssize_t written = ::write(kSocket, next, left);
    if (written <= 0) std::_Exit(0);  // nobody listens any more
    next += written;
    left -= static_cast<std::size_t>(written);
  }
}

std::string text_of(jv value) {
  if (jv_get_kind(value) != JV_KIND_STRING) value = jv_dump_string(value, 0);
  std::string text(jv_string_value(value),
                   static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value))));
  jv_free(value);
  return text;
}

/// Keeps the first message: the others follow from it.
void keep_message(void* to, jv message) {
  auto& kept = *static_cast<std::string*>(to);
  const std::string text = text_of(jq_format_error(message));
  if (kept.empty()) kept = text;
}

/// Memory has no way back here; the other process reads the exit code.
void out_of_memory(void*) { std::_Exit(kJqOutOfMemory); }

void compile(std::vector<jq_state*>& programs, const std::string& text) {
  std::string problem;
  jq_state* program = jq_init();
  jq_set_nomem_handler(program, out_of_memory, nullptr);
  jq_set_error_cb(program, keep_message, &problem);
  const bool compiled = jq_compile(program, text.c_str()) != 0;
  jq_set_error_cb(
      program, [](void*, jv message) { jv_free(message); }, nullptr);
  jq_set_debug_cb(
      program, [](void*, jv message) { jv_free(message); }, nullptr);
  programs.push_back(program);
  compiled ? answer('k', {}) : answer('e', problem);
}

std::string number_text(double number) {
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%.17g", number);
  return {text, static_cast<std::size_t>(length)};
}

void answer_value(const jv& value) {
  switch (jv_get_kind(value)) {
    case JV_KIND_NULL:
      return answer('v', "n");
    case JV_KIND_STRING:
      return answer('v', "s" + text_of(jv_copy(value)));
    case JV_KIND_NUMBER:
      return answer('v', "d" + number_text(jv_number_value(value)));
    case JV_KIND_TRUE:
      return answer('v', "btrue");
    case JV_KIND_FALSE:
      return answer('v', "bfalse");
    default:
      return answer('e', "the program gives an object or a list, not one value");
  }
}

void run(jq_state* program, const char* json, std::size_t size) {
  const jv document = jv_parse_sized(json, static_cast<int>(size));
  if (!jv_is_valid(document)) {
    jv_free(document);
    return answer('e', "jq cannot read the document: it is nested too deeply");
  }
  jq_start(program, document, 0);
  const jv first = jq_next(program);
  if (!jv_is_valid(first)) {
    const jv message = jv_invalid_get_msg(first);
    const bool failed = jv_get_kind(message) != JV_KIND_NULL;
    const std::string text = text_of(message);
    return failed ? answer('e', "the program fails: " + text) : answer('v', "-");
  }
  // A second output is all that need be known of the rest.
  const jv second = jq_next(program);
  const bool several = jv_is_valid(second);
  const jv failure = several ? jv_null() : jv_invalid_get_msg(jv_copy(second));
  const bool failed = jv_get_kind(failure) != JV_KIND_NULL;
  if (several) {
    answer('e', "the program gives several outputs");
  } else if (failed) {
    answer('e', "the program fails: " + text_of(jv_copy(failure)));
  } else {
    answer_value(first);
  }
  jv_free(failure);
  jv_free(second);
  jv_free(first);
}

/// Processor time until the process is ended (SIGVTALRM ends it); 0 = no bound.
void allow(long milliseconds) {
  itimerval timer{};
  timer.it_value = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  ::setitimer(ITIMER_VIRTUAL, &timer, nullptr);
}

void limit(int resource, rlim_t value) {
  const rlimit bound{.rlim_cur = value, .rlim_max = value};
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &bound) != 0) std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 0);  // no file and no socket opens from here on
  limit(RLIMIT_AS, std::strtoull(argv[1], nullptr, 10));
  const long milliseconds = std::strtol(argv[2], nullptr, 10);
  std::vector<jq_state*> programs;
  std::string text;
  for (;;) {
    char kind = 0;
    std::uint32_t size = 0;
    if (!read_all(&kind, 1) || !read_all(reinterpret_cast<char*>(&size), sizeof size)) return 0;
    text.resize(size);
    if (!read_all(text.data(), size)) return 0;
    allow(milliseconds);
    if (kind == 'P') {
      compile(programs, text);
    } else {
      char* rest = nullptr;
      const std::size_t number = std::strtoul(text.c_str(), &rest, 10);
      const auto start = static_cast<std::size_t>(rest + 1 - text.c_str());
      if (number >= programs.size() || start > text.size()) return 2;
      run(programs[number], text.data() + start, text.size() - start);
    }
    allow(0);
  }
}

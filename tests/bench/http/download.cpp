// Downloads through our pipeline beside curl, from the same server in the same run.
//   bench_download check <MB>       what arrives is what was sent, with bounded memory; no times
//   bench_download measure <MB>     rates, at least 0.8 times curl's
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "channelbridge/http/pipeline.hpp"
#include "rows_server.hpp"

namespace {

using namespace channelbridge;

constexpr double kLeast = 0.8;  ///< of curl's rate
constexpr int kRounds = 9;
constexpr long kMostMemoryMb = 8;  ///< that a download may add, whatever its size

/// Writes to /dev/null, as `curl -o /dev/null` does; with `checked`, sums up what passes.
class Discard final : public http::BodySink {
 public:
  explicit Discard(bool checked) : checked_(checked), to_(::open("/dev/null", O_WRONLY)) {}
  ~Discard() override { ::close(to_); }
  Discard(const Discard&) = delete;
  Discard& operator=(const Discard&) = delete;

  Result<void> begin(const http::Response&) override {
    crc_ = 0;
    return {};
  }
  Result<void> take(std::string_view bytes) override {
    if (checked_)
      crc_ = ::crc32_z(crc_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    if (::write(to_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) return {};
    return Error(ErrorCode::Internal, "/dev/null takes nothing");
  }
  std::uint32_t crc() const { return static_cast<std::uint32_t>(crc_); }

 private:
  bool checked_;
  int to_;
  uLong crc_{};
};

http::Pipeline pipeline_on(bool poco, const std::string& origin) {
  auto transport = poco ? http::make_poco_transport(origin) : http::make_cpprest_transport(origin);
  return http::Pipeline(transport.value(), {.system = "bench"});
}

struct Download {
  std::size_t bytes{};
  double rate{};  ///< MB a second
};

Download download(http::Pipeline& pipeline, const std::string& target,
                  const std::shared_ptr<Discard>& sink) {
  const auto start = std::chrono::steady_clock::now();
  const auto answer = pipeline.send({.target = target,
                                     .operation = "download",
                                     .max_response_bytes = std::size_t{4} << 30U,
                                     .sink = sink},
                                    Context());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!answer) {
    std::cerr << answer.error() << '\n';
    return {};
  }
  return {answer->streamed, static_cast<double>(answer->streamed) / 1e6 / took.count()};
}

/// In MB a second, as curl itself says; 0 = it failed.
double curl_rate(const std::string& url) {
  const std::string command = "curl -s -o /dev/null -w '%{speed_download}' " + url;
  FILE* out = ::popen(command.c_str(), "r");
  if (out == nullptr) return 0;
  std::array<char, 64> text{};
  const bool read = std::fgets(text.data(), text.size(), out) != nullptr;
  return ::pclose(out) == 0 && read ? std::strtod(text.data(), nullptr) / 1e6 : 0;
}

long peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

bool arrives(const bench::RowsServer& server, bool poco, const std::string& target,
             std::size_t bytes) {
  auto pipeline = pipeline_on(poco, server.origin());
  const auto sink = std::make_shared<Discard>(true);
  download(pipeline, target, sink);  // what threads, buffers and the first use of all code cost
  const long before = peak_mb();
  const std::size_t arrived = download(pipeline, target, sink).bytes;
  const long grown = peak_mb() - before;
  if (arrived == bytes && sink->crc() == server.crc() && grown <= kMostMemoryMb) return true;
  std::printf("%s %s: %zu of %zu bytes, %s, %ld MB more memory\n", poco ? "Poco" : "cpprest",
              target.c_str(), arrived, bytes, sink->crc() == server.crc() ? "whole" : "damaged",
              grown);
  return false;
}

bool fast_enough(const bench::RowsServer& server, const std::string& target) {
  const auto sink = std::make_shared<Discard>(false);
  const auto rate = [&](bool poco) {
    auto fresh = pipeline_on(poco, server.origin());
    return download(fresh, target, sink).rate;
  };
  // The best of each: a busy machine only ever takes away.
  double of_curl = 0;
  double of_poco = 0;
  double of_cpprest = 0;
  for (int i = 0; i < kRounds; ++i) {
    of_poco = std::max(of_poco, rate(true));
    of_curl = std::max(of_curl, curl_rate(server.origin() + target));
    of_cpprest = std::max(of_cpprest, rate(false));
  }
  std::printf("%-9s curl %6.0f MB/s, Poco %6.0f MB/s (%.2f), cpprest %6.0f MB/s (%.2f)\n",
              target.c_str(), of_curl, of_poco, of_poco / of_curl, of_cpprest,
              of_cpprest / of_curl);
  return of_curl > 0 && of_poco >= kLeast * of_curl;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc == 3 ? argv[1] : "";
  if (verb != "check" && verb != "measure") {
    std::cerr << "usage: bench_download check|measure <MB>\n";
    return 3;
  }
  const std::size_t bytes = std::strtoull(argv[2], nullptr, 10) * 1'000'000;
  const bench::RowsServer server(bytes);
  bool good = true;
  for (const std::string target : {"/rows", "/chunked"}) {
    for (const bool poco : {true, false}) good = arrives(server, poco, target, bytes) && good;
    if (verb == "measure") good = fast_enough(server, target) && good;
  }
  std::printf(good ? "within the limits\n" : "beyond the limits\n");
  return good ? 0 : 1;
}

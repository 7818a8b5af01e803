#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace channelbridge::bench {

/// A process of its own that serves so many bytes of CSV on a loopback port: "/rows" with
/// Content-Length, "/chunked" in chunks of 64 KB.
///
/// Threads: one at a time.
class RowsServer {
 public:
  /// Ends the program when there is no port.
  explicit RowsServer(std::size_t bytes);
  ~RowsServer();
  RowsServer(const RowsServer&) = delete;
  RowsServer& operator=(const RowsServer&) = delete;

  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::uint32_t crc() const { return crc_; }  ///< CRC-32 of the body, as of gzip

 private:
  pid_t child_{};
  std::uint16_t port_{};
  std::uint32_t crc_{};
};

}  // namespace channelbridge::bench

#pragma once

#include <string>
#include <thread>

#include "sandbox/idoc/idoc_server.hpp"

namespace channelbridge::sandbox {

/// The XML HTTP port of the system: posts what it sends to the partner, in order and one at a time,
/// each again until the answer is 200. The fault `duplicate_delivery` posts one once more, as a
/// system does whose answer was lost.
///
/// Threads: has one of its own.
class HttpPort {
 public:
  /// `partner` = "http://host:port/path". `service` and `desk` outlive this.
  HttpPort(std::string partner, std::string user, std::string password,
           std::chrono::milliseconds again, IdocService& service, Desk& desk);

 private:
  void work(const std::stop_token& stop);
  /// 0 = there was no answer.
  int post(const std::string& text) const;

  const std::string partner_;
  const std::string user_;
  const std::string password_;
  const std::chrono::milliseconds again_;
  IdocService& service_;
  Desk& desk_;
  std::jthread thread_;  // last: it uses all others
};

}  // namespace channelbridge::sandbox

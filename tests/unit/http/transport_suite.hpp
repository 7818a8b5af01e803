#pragma once

#include <gtest/gtest.h>

#include <string>

#include "channelbridge/http/transport.hpp"
#include "fault_server.hpp"

namespace channelbridge::http {

using testing::FaultPeer;
using testing::FaultServer;

/// The promises of `Transport`, kept by every implementation.
class TransportFaults : public ::testing::TestWithParam<std::string> {
 protected:
  static std::shared_ptr<Transport> make(const std::string& origin, TransportOptions options = {}) {
    auto made = try_make(origin, std::move(options));
    EXPECT_TRUE(made) << (made ? "" : to_string(made.error()));
    return made ? *made : nullptr;
  }
  static Result<std::shared_ptr<Transport>> try_make(const std::string& origin,
                                                     TransportOptions options = {}) {
    return GetParam() == "poco" ? make_poco_transport(origin, std::move(options))
                                : make_cpprest_transport(origin, std::move(options));
  }

  static Request get(std::string target = "/") { return {.target = std::move(target)}; }
  static Request post(std::string body = "{}") {
    return {.method = "POST", .target = "/records", .body = std::move(body)};
  }
  static Context within(std::chrono::milliseconds timeout) {
    return Context().with_timeout(timeout);
  }
};

}  // namespace channelbridge::http

#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "channelbridge/core/result.hpp"
#include "channelbridge/http/transport.hpp"
#include "channelbridge/soap/soap.hpp"

namespace channelbridge::soap::peers {

enum class Library : std::uint8_t { Npm, Gsoap };

/// A library's server, and the version that it is spoken to.
struct Peer {
  Library library{};
  Version version{};
};
std::string to_string(const Peer& peer);
/// All four, for INSTANTIATE_TEST_SUITE_P.
std::vector<Peer> all_peers();

/// "" = its server can be started; else why not. `missing`: its packages are not there, which is a
/// reason to skip; anything else is a failure.
std::string prepare(Library library, bool& missing);

/// One run of a server on a free port of the loopback interface, with nothing stored. Stopped by
/// its process id when it goes out of scope.
///
/// Threads: one at a time.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(Library library);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  const std::string& url() const { return url_; }
  const std::shared_ptr<http::Transport>& transport() const { return transport_; }
  /// How many "reservations", "claims", "entries" or "limits" it has; -1 = it does not say.
  long stored(const std::string& what) const;

 private:
  Server() = default;

  pid_t pid_{-1};
  std::string url_;
  std::filesystem::path log_;
  std::shared_ptr<http::Transport> transport_;
};

/// A server of its own for each test.
class PeerTest : public ::testing::TestWithParam<Peer> {
 protected:
  void SetUp() override;
  /// The adapter for one of this folder's manifests. Paths are the servers' own for each version.
  std::shared_ptr<adapter::Adapter> adapter_for(const std::string& manifest,
                                                const std::string& path, Options options = {});
  std::string path_of(const std::string& name) const;
  long stored(const std::string& what) const { return server_->stored(what); }

  std::unique_ptr<Server> server_{};
  Context context_{};
};

/// An outcome of a write of one document.
adapter::NodeOutcome write_one(adapter::Adapter& adapter, const adapter::Selection& selection,
                               const adapter::WriteRequest& request, const Context& context);
/// A UUID; the same for the same number.
std::string id(int number);

}  // namespace channelbridge::soap::peers

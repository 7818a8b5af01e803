#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "channelbridge/adapter/receiver.hpp"
#include "channelbridge/core/secret.hpp"

namespace channelbridge::idoc {

/// Takes the POSTs of an XML HTTP port of SAP: each body is an envelope with one IDoc or more, and
/// becomes one file of the inbox, on the disk before it is answered.
///
/// The name follows from the content, so that a transfer that is repeated is one file:
/// "ORDRSP_0000000000700001_" + 32 hexadecimal digits + ".xml".
/// Refused: another method than POST (405), who does not log on as agreed (401), what is no XML
/// (415) or no envelope (400). IDocs inside that break the rules are taken: the inbox sets them
/// aside, each with its reason.
///
/// Threads: any.
class PostReceiver final : public adapter::Receiver {
 public:
  PostReceiver(std::string folder, std::string user, Secret password)
      : folder_(std::move(folder)), user_(std::move(user)), password_(std::move(password)) {}

  Result<http::Response> take(const http::Received& post) override;

 private:
  const std::string folder_;
  const std::string user_;
  const Secret password_;
  std::mutex mutex_;  // one file at a time
};

}  // namespace channelbridge::idoc

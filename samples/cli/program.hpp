#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/hub/hub.hpp"
#include "channelbridge/hub/project.hpp"

/// What the commands share: the options that stand before them, the adapters that are built in,
/// exit codes.
namespace cli {

namespace cb = channelbridge;

/// The process's exit code. docs/guide/operating.md lists them.
enum Exit : int {
  kDone = 0,      ///< everything was done
  kSetAside = 1,  ///< done; some records wait for a person or for another record
  kStopped = 2,   ///< stopped before the end: an error of a system, of the store, or Ctrl-C
  kConfiguration =
      3,  ///< the command line, the project or a mapping is wrong; nothing was contacted
};

struct Common {
  std::string project{"channelbridge.yaml"};
  std::string output{"text"};  ///< text | json
  std::string log{"warning"};  ///< debug | info | warning | error
  bool log_json{};
  bool json() const { return output == "json"; }
};

/// Kinds of systems built into this program.
cb::adapter::AdapterRegistry built_in_adapters();

/// Where mappings that come with the program are.
std::vector<std::string> mapping_folders();
/// Published metadata of a kind of system, for checks without a connection; "" = it needs no files.
std::string metadata_folder(const std::string& adapter);

cb::Result<cb::hub::Project> load_project(const Common& common);
/// Opens the project's store and puts a hub over it. `exclusive` takes the run lock.
cb::Result<std::unique_ptr<cb::hub::Hub>> open_hub(cb::hub::Project project, bool exclusive,
                                                   bool create);

/// Prints an error with all its problems, as text or JSON, and gives the exit code that goes with
/// it.
int fail(const Common& common, const cb::Error& error);
/// The same where the command line names a record, a letter or a conflict: one that is not there is
/// a wrong command line.
int fail_named(const Common& common, const cb::Error& error);

/// Threads that are made while this lives never take Ctrl-C or SIGTERM: a signal goes to any thread
/// that has not blocked it, and would end the process there.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Ctrl-C and SIGTERM ask to stop; a second one ends the process at once.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  std::stop_token token() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

void wait_for_signal(const StopOnSignal& stop);

}  // namespace cli

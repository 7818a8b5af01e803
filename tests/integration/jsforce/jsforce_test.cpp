#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "npm.hpp"
#include "sandbox/salesforce/org.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

namespace fs = std::filesystem;

struct Ran {
  int code{};
  std::string output{};
};

Ran run(const std::string& command) {
  Ran result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> block{};
  while (const std::size_t size = fread(block.data(), 1, block.size(), pipe))
    result.output.append(block.data(), size);
  const int status = pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

// The client as its lock file names it, once per build tree.
Ran install(const fs::path& folder) {
  const fs::path source = CHANNELBRIDGE_SOURCE_DIR "/tests/integration/jsforce";
  fs::create_directories(folder);
  for (const char* file : {"package.json", "package-lock.json"}) {
    fs::copy_file(source / file, folder / file, fs::copy_options::overwrite_existing);
  }
  if (fs::exists(folder / "node_modules/jsforce/package.json")) return {};
  return run("cd '" + folder.string() + "' && npm ci --ignore-scripts --no-audit --no-fund");
}

TEST(Jsforce, WorksWithTheSandboxUnmodified) {
  const fs::path folder = CHANNELBRIDGE_BINARY_DIR "/jsforce_client";
  const Ran installed = install(folder);
  if (installed.code != 0 && !testing::npm_answers(folder, "jsforce")) {
    GTEST_SKIP() << "NOT TESTED: npm cannot be reached, so jsforce is missing\n"
                 << installed.output;
  }
  ASSERT_EQ(installed.code, 0) << installed.output;

  OrgOptions options;
  options.metadata = CHANNELBRIDGE_SOURCE_DIR "/tests/fixtures/salesforce";
  const std::string user = options.users.front().username;
  options.apps = {{.client_id = "jsforce", .client_secret = "s3cret", .run_as = user}};
  const Result<Sandbox> sandbox = Sandbox::start(options);
  ASSERT_TRUE(sandbox) << sandbox.error();
  setenv("SANDBOX_URL", sandbox->server->url().c_str(), 1);
  setenv("ACCESS_TOKEN", sandbox->org->access_token(user).c_str(), 1);
  setenv("CLIENT_ID", "jsforce", 1);
  setenv("CLIENT_SECRET", "s3cret", 1);
  setenv("CLIENT_FOLDER", folder.c_str(), 1);
  const Ran driven = run("node '" CHANNELBRIDGE_SOURCE_DIR "/tests/integration/jsforce/drive.mjs'");
  std::printf("%s", driven.output.c_str());
  ASSERT_EQ(driven.code, 0);
  const Json counters = sandbox->desk->journal.counters();
  EXPECT_EQ(counters["by_object"]["Lead"]["created"], 451);
  EXPECT_EQ(counters["by_object"]["Lead"]["deleted"], 3);
}

}  // namespace
}  // namespace channelbridge::sandbox::salesforce

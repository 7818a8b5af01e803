#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "channelbridge/file/file.hpp"
#include "channelbridge/testing/fakes.hpp"

namespace channelbridge::file::test {

namespace fs = std::filesystem;

/// A folder of a partner, gone with the test.
struct Partner {
  explicit Partner(Options with = {}) : options(std::move(with)) {
    std::string name = (fs::temp_directory_path() / "channelbridge-partner-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    fs::create_directories(folder / "from-partner");
    adapter = *make_file("dealer", folder.string(), options);
  }
  ~Partner() {
    std::error_code ignored;  // a leftover folder of a test harms nobody
    fs::remove_all(folder, ignored);
  }
  Partner(const Partner&) = delete;
  Partner& operator=(const Partner&) = delete;

  /// The partner leaves a file; each one is a second younger than the one before, and has come
  /// later.
  void leaves(const std::string& name, const std::string& bytes) {
    const fs::path path = folder / "from-partner" / name;
    std::ofstream(path, std::ios::binary) << bytes;
    saved += std::chrono::seconds(1);
    const timespec before = arrived;
    while (std::pair(arrived.tv_sec, arrived.tv_nsec) <= std::pair(before.tv_sec, before.tv_nsec)) {
      fs::last_write_time(path, fs::file_time_type::clock::from_sys(saved));
      struct stat info {};
      ASSERT_EQ(::stat(path.c_str(), &info), 0);
      arrived = info.st_ctim;
    }
  }
  /// The same, a moment ago.
  void is_leaving(const std::string& name, const std::string& bytes) {
    saved = std::chrono::floor<std::chrono::seconds>(clock->now()) - std::chrono::seconds(1);
    leaves(name, bytes);
  }
  /// The clock of the machine.
  void is_now(std::chrono::seconds later = {}) {
    clock->advance(std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) +
                   later - clock->now());
  }
  adapter::Change look(const std::string& key) {
    auto change = adapter->read_by_key(leads, key, context);
    EXPECT_TRUE(change) << (change ? "" : to_string(change.error()));
    return change ? *change : adapter::Change{};
  }
  std::string ours(const std::string& name = "lead.csv") const {
    std::ifstream in(folder / "to-partner" / name, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  adapter::Page read(const adapter::Cursor& cursor = {}, std::size_t size = 100) {
    auto page = adapter->read(leads, cursor, size, context);
    EXPECT_TRUE(page) << (page ? "" : to_string(page.error()));
    return page ? *page : adapter::Page{};
  }
  /// All pages up to the end.
  std::vector<adapter::Change> read_all(adapter::Cursor& cursor, std::size_t size = 100) {
    std::vector<adapter::Change> changes;
    for (int i = 0; i < 1'000; ++i) {
      adapter::Page page = read(cursor, size);
      for (auto& change : page.changes) changes.push_back(std::move(change));
      for (auto& piece : page.unreadable) unreadable.push_back(std::move(piece));
      cursor = page.next;
      if (page.end) return changes;
    }
    ADD_FAILURE() << "reading has no end";
    return changes;
  }
  adapter::NodeOutcome write(adapter::Operation operation, const std::string& key,
                             const std::string& body, const std::string& correlation = {}) {
    adapter::WriteRequest request{
        .nodes = {{.operation = operation, .object = "lead", .key = key, .body = body}},
        .correlation_path = correlation.empty() ? "" : "bridge_id",
        .correlation = correlation};
    auto outcomes = adapter->write(leads, {request}, context);
    EXPECT_TRUE(outcomes) << (outcomes ? "" : to_string(outcomes.error()));
    return outcomes ? outcomes->front().nodes.front() : adapter::NodeOutcome{};
  }

  fs::path folder;
  Options options;
  std::shared_ptr<adapter::Adapter> adapter;
  /// Behind the clock of the machine, which stamps the files.
  std::shared_ptr<testing::ManualClock> clock = std::make_shared<testing::ManualClock>(
      Timestamp(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1)));
  Context context{clock, {}};
  std::chrono::sys_seconds saved{std::chrono::sys_days(std::chrono::year(2019) / 6 / 1)};
  timespec arrived{};
  std::vector<adapter::UnreadableDocument> unreadable;
  adapter::Selection leads{.object = "lead",
                           .id = "id",
                           .correlation = "bridge_id",
                           .paths = {"id", "company", "status"}};
};

}  // namespace channelbridge::file::test

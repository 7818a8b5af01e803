#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/hub/hub.hpp"

namespace cli {

/// A table for people: columns as wide as they need, numbers to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string text() const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

/// The number of columns that a UTF-8 text takes on a terminal; wide East Asian characters take
/// two.
std::size_t display_width(std::string_view text);
/// As much of a UTF-8 text as fits so many columns.
std::string_view fitting(std::string_view text, std::size_t columns);

/// "erp-partners pull 200  crm-leads push 30  +2 more": as many entries as fit, at least one.
std::string progress_line(const std::vector<std::string>& entries, std::size_t columns);

/// Progress on standard error: one line that moves on a terminal, plain lines now and then
/// otherwise; silent for JSON output.
class TerminalProgress : public channelbridge::hub::Progress {
 public:
  explicit TerminalProgress(bool silent);
  ~TerminalProgress() override;
  void advance(std::string_view spoke, std::string_view phase, std::uint64_t done) override;

 private:
  bool silent_;
  bool terminal_;
  std::size_t shown_{};
  std::map<std::string, std::pair<std::string, std::uint64_t>, std::less<>> spokes_;
  std::chrono::steady_clock::time_point last_{};
};

void print_report(const channelbridge::hub::RunReport& report);

/// JSON for programs: always UTF-8, whatever stands in the texts (paths and files are bytes).
std::string pretty(const nlohmann::json& value);

}  // namespace cli

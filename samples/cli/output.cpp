#include "output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace cli {

namespace cb = channelbridge;

namespace {

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isdigit(c) != 0 || c == '.';
  });
}

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x20000 && c <= 0x3FFFD);
}

/// The UTF-8 character at the beginning of a text.
struct Character {
  std::size_t bytes{};
  std::size_t columns{};
};

Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t k = 1; k < length && k < text.size(); ++k)
    c = (c << 6U) | (static_cast<unsigned char>(text[k]) & 0x3FU);
  return {std::min(length, text.size()), is_wide(c) ? 2U : 1U};
}

/// Of the terminal behind standard error, less the last one: a full line would wrap.
std::size_t columns_of_terminal() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1U : 79U;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character next = first_of(text);
    width += next.columns;
    text.remove_prefix(next.bytes);
  }
  return width;
}

std::string_view fitting(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const Character next = first_of(text.substr(bytes));
    if (next.columns > columns) break;
    columns -= next.columns;
    bytes += next.bytes;
  }
  return text.substr(0, bytes);
}

std::string progress_line(const std::vector<std::string>& entries, std::size_t columns) {
  std::string out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string longer = out + (i > 0 ? "  " : "") + entries[i];
    const std::size_t left = entries.size() - i - 1;
    const std::string rest = left > 0 ? "  +" + std::to_string(left) + " more" : "";
    if (i > 0 && display_width(longer + rest) > columns) {
      out += "  +" + std::to_string(left + 1) + " more";
      break;
    }
    out = longer;
  }
  return std::string(fitting(out, columns));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(head_.size());
  std::vector<bool> numbers(head_.size(), true);
  for (std::size_t c = 0; c < head_.size(); ++c) {
    widths[c] = display_width(head_[c]);
    for (const auto& row : rows_) {
      widths[c] = std::max(widths[c], display_width(row[c]));
      numbers[c] = numbers[c] && (row[c].empty() || is_number(row[c]));
    }
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - display_width(row[c]), ' ');
      if (c > 0) text += "  ";
      text += numbers[c] ? padding + row[c] : row[c] + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line(head_);
  std::vector<std::string> rule;
  rule.reserve(widths.size());
  for (const std::size_t width : widths) rule.emplace_back(width, '-');
  line(rule);
  for (const auto& row : rows_) line(row);
  return out;
}

TerminalProgress::TerminalProgress(bool silent)
    : silent_(silent), terminal_(::isatty(STDERR_FILENO) == 1) {}

TerminalProgress::~TerminalProgress() {
  if (!silent_ && terminal_ && shown_ > 0)
    std::cerr << '\r' << std::string(shown_, ' ') << '\r' << std::flush;
}

void TerminalProgress::advance(std::string_view spoke, std::string_view phase, std::uint64_t done) {
  if (silent_) return;
  spokes_[std::string(spoke)] = {std::string(phase), done};
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000)))
    return;
  last_ = now;
  std::vector<std::string> entries;
  for (const auto& [name, state] : spokes_)
    entries.push_back(name + ' ' + state.first + ' ' + std::to_string(state.second));
  if (!terminal_) {
    std::cerr << progress_line(entries, std::string::npos) << '\n';
    return;
  }
  std::string text = progress_line(entries, columns_of_terminal());
  const std::size_t width = display_width(text);
  if (width < shown_) text.append(shown_ - width, ' ');
  shown_ = width;
  std::cerr << '\r' << text << std::flush;
}

void print_report(const cb::hub::RunReport& report) {
  Table table({"spoke", "read", "new", "changed", "created", "updated", "unchanged", "waiting",
               "conflicts", "dead", "overruled", "calls", "seconds"});
  for (const cb::hub::SpokeReport& spoke : report.spokes) {
    std::ostringstream seconds;
    seconds << std::fixed << std::setprecision(2)
            << static_cast<double>(spoke.elapsed.count()) / 1000;
    table.add({spoke.spoke, std::to_string(spoke.read), std::to_string(spoke.new_records),
               std::to_string(spoke.changed), std::to_string(spoke.created),
               std::to_string(spoke.updated), std::to_string(spoke.unchanged),
               std::to_string(spoke.waiting), std::to_string(spoke.conflicts),
               std::to_string(spoke.dead_letters), std::to_string(spoke.overruled),
               std::to_string(spoke.calls), seconds.str()});
  }
  std::cout << table.text();
  for (const cb::hub::SpokeReport& spoke : report.spokes) {
    for (const std::string& why : spoke.stopped)
      std::cout << "stopped: " << spoke.spoke << ": " << why << '\n';
  }
  for (const cb::hub::SpokeReport& spoke : report.spokes) {
    for (const cb::hub::PutOff& each : spoke.put_off)
      std::cout << "put off: " << spoke.spoke << ": " << each.writes << " writes: " << each.rule
                << (each.why.empty() ? "" : ": ") << each.why << " (they are tried again)\n";
  }
  std::string unconditional;
  for (const cb::hub::SpokeReport& spoke : report.spokes) {
    if (spoke.unconditional) unconditional += (unconditional.empty() ? "" : ", ") + spoke.spoke;
  }
  if (!unconditional.empty()) {
    std::cout << "updates without a condition: " << unconditional
              << " (read right before; an edit in the moment between can be lost)\n";
  }
  for (const cb::hub::SpokeReport& spoke : report.spokes) {
    if (spoke.secondary > 0)
      std::cout << "doubles: " << spoke.spoke << ": " << spoke.secondary
                << " (objects whose record has another object there: nothing is taken from them or "
                   "written to them; `explain` names both)\n";
  }
  for (const cb::hub::SpokeReport& spoke : report.spokes) {
    if (spoke.outdated > 0)
      std::cout << "older than what is known: " << spoke.spoke << ": " << spoke.outdated
                << " (not taken; the log names key and dates)\n";
    if (spoke.circles > 0)
      std::cout << "circles: " << spoke.spoke << ": " << spoke.circles
                << " (records that lead back to themselves; the log names the way)\n";
    if (spoke.circles_unseen > 0)
      std::cout << "not followed to their end: " << spoke.spoke << ": " << spoke.circles_unseen
                << " (a circle behind a thousand records would not be seen)\n";
  }
  std::uint64_t waiting = 0;
  for (const cb::hub::SpokeReport& spoke : report.spokes) waiting += spoke.waiting;
  for (const cb::hub::Waiting& each : report.waits) {
    std::string objects;
    for (const cb::hub::Waiting::Object& object : each.objects)
      objects += (objects.empty() ? "" : ", ") + object.spoke + " " + object.key;
    std::cout << "waits: " << each.spoke << ": " << each.entity << ' '
              << (each.number.empty() ? each.record : each.number)
              << (objects.empty() ? "" : " (" + objects + ")") << ": " << each.rule << ": "
              << to_string(each) << "; ends " << each.ends << '\n';
  }
  if (waiting > report.waits.size())
    std::cout << waiting << " records wait: `channelbridge waiting list` shows all\n";
  for (const cb::model::Contradiction& each : report.contradictions) {
    std::cout << "contradiction: " << each.rule << ": " << each.message << " (" << each.entity
              << ' ' << each.record << (each.other.empty() ? "" : ", ") << each.other << ")\n";
  }
  if (report.contradicting > report.contradictions.size())
    std::cout << "and " << report.contradicting - report.contradictions.size()
              << " contradictions more: see the log\n";
  if (report.cancelled) std::cout << "stopped on request; the next run goes on from here\n";
}

std::string pretty(const nlohmann::json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cli

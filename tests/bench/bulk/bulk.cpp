// Many leads and order lines into an org and out of it again, as jobs of Bulk API 2.0 and through
// collections and pages, in the same run: what each way costs in calls and time, and that its
// memory does not grow with the number of records. Order lines are the org's own: each is made
// below an order that is there, for an entry of its price book, and the org's totals must be those
// of the lines. The org is this process, the adapter runs in a child of its own.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/salesforce/salesforce.hpp"
#include "loads.hpp"
#include "sandbox/salesforce/org.hpp"

namespace {

namespace cb = channelbridge;
namespace server = channelbridge::sandbox::salesforce;
using cb::bench::Catalogue;

constexpr double kGrowth = 1.25;  ///< what ten times the records may cost at most
constexpr long kLimitMb = 120;
constexpr std::uint64_t kLongestWrite = 10'000;
constexpr std::uint64_t kTold = 5;  ///< errors of single records

/// VmHWM of this process in MB (proc(5)).
long peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6) / 1024;
  return 0;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int fail(const cb::Error& error) {
  std::cerr << error << '\n';
  return 1;
}

/// The adapter, as it is set up for one of the two ways.
struct Client {
  std::shared_ptr<cb::adapter::Adapter> adapter{};
  bool bulk{};
};

cb::Result<Client> open_client(const std::string& url, bool bulk) {
  cb::adapter::SystemSettings system{.name = "crm"};
  auto& settings = system.settings.children;
  settings["url"].text = url;
  auto& credential = settings["credential"].children;
  credential["kind"].text = "client_credentials";
  credential["client_id"].text = "bench";
  credential["client_secret"].text = "bench";
  if (!bulk) settings["bulk"].text = "off";
  auto adapter = cb::salesforce::kind().make(system);
  if (!adapter) return std::move(adapter).error();
  return Client{.adapter = std::move(*adapter), .bulk = bulk};
}

using BodyOf = std::function<std::string(std::uint64_t)>;

/// Creates so many records, as many at a time as the way takes; returns how many there are now.
/// `keys` gets their ids, where it is given.
cb::Result<std::uint64_t> write_all(const Client& client, const std::string& object,
                                    std::uint64_t records, const BodyOf& body_of,
                                    std::vector<std::string>* keys) {
  const auto selection = cb::bench::selection_of(object);
  const auto can = client.adapter->capabilities(selection);
  const std::uint64_t most =
      client.bulk ? std::min<std::uint64_t>(kLongestWrite, can.bulk_records) : can.batch_records;
  std::uint64_t created = 0;
  std::uint64_t told = 0;
  for (std::uint64_t from = 0; from < records;) {
    std::vector<cb::adapter::WriteRequest> batch;
    for (; from < records && batch.size() < most; ++from) {
      batch.push_back({.nodes = {{.object = object, .body = body_of(from)}},
                       .correlation_path = selection.correlation,
                       .correlation = object + "-" + std::to_string(from)});
    }
    auto outcomes = client.adapter->write(selection, batch, cb::Context());
    if (!outcomes) return std::move(outcomes).error();
    for (const auto& outcome : *outcomes) {
      const auto& node = outcome.nodes[0];
      if (node.error && told++ < kTold) std::cerr << *node.error << '\n';
      created += node.status == cb::adapter::WriteStatus::Created ? 1U : 0U;
      if (keys != nullptr) keys->push_back(node.key);
    }
  }
  return created;
}

cb::Result<std::uint64_t> read_all(const Client& client, const std::string& object) {
  const auto selection = cb::bench::selection_of(object);
  const auto page_size = client.adapter->capabilities(selection).page_size;
  std::uint64_t read = 0;
  cb::adapter::Cursor cursor;
  for (bool end = false; !end;) {
    auto page = client.adapter->read(selection, cursor, page_size, cb::Context());
    if (!page) return std::move(page).error();
    read += page->changes.size();
    cursor = page->next;
    end = page->end;
  }
  return read;
}

/// Writes so many records, reads them again, and prints what it took. The orders of order lines are
/// written before, by the same way: their calls and time are not counted, their memory is.
int run_client(const Client& client, const std::string& object, std::uint64_t records,
               const Catalogue& catalogue) {
  std::vector<std::string> orders;
  BodyOf body_of = cb::bench::lead_body;
  if (object == "OrderItem") {
    const std::uint64_t needed = cb::bench::orders_of(records);
    auto made = write_all(
        client, "Order", needed, [&](std::uint64_t) { return cb::bench::order_body(catalogue); },
        &orders);
    if (!made) return fail(made.error());
    if (*made != needed) {
      std::cerr << "only " << *made << " of " << needed << " orders were made\n";
      return 1;
    }
    body_of = [&](std::uint64_t number) {
      return cb::bench::line_body(number, orders[number / cb::bench::kLinesOfOrder], catalogue);
    };
  }
  const std::uint64_t calls_before = client.adapter->usage().requests;
  auto start = std::chrono::steady_clock::now();
  auto created = write_all(client, object, records, body_of, nullptr);
  if (!created) return fail(created.error());
  const double write_seconds = seconds_since(start);
  const std::uint64_t calls_written = client.adapter->usage().requests;
  start = std::chrono::steady_clock::now();
  auto read = read_all(client, object);
  if (!read) return fail(read.error());
  std::cout << *created << ' ' << *read << ' ' << calls_written - calls_before << ' '
            << client.adapter->usage().requests - calls_written << ' ' << write_seconds << ' '
            << seconds_since(start) << ' ' << peak_mb() << '\n';
  return 0;
}

/// --client <url> <object> <way> <records> <account> <price book> <price book entry …>
int run_client(const std::vector<std::string>& given) {
  auto client = open_client(given[2], given[4] == "jobs");
  if (!client) return fail(client.error());
  const Catalogue catalogue{
      .account = given[6], .book = given[7], .entries = {given.begin() + 8, given.end()}};
  return run_client(*client, given[3], std::strtoull(given[5].c_str(), nullptr, 10), catalogue);
}

struct Figures {
  std::uint64_t created{};
  std::uint64_t read{};
  std::uint64_t write_calls{};
  std::uint64_t read_calls{};
  double write_seconds{};
  double read_seconds{};
  long mb{};
};

/// One child against an org of its own; a peak of 0 = something is wrong.
Figures measure(const std::string& metadata, const std::string& program, const std::string& object,
                bool bulk, std::uint64_t records) {
  server::OrgOptions options;
  options.metadata = metadata;
  options.apps = {
      {.client_id = "bench", .client_secret = "bench", .run_as = "integration@sandbox.example"}};
  auto sandbox = server::Sandbox::start(std::move(options));
  const auto catalogue =
      sandbox ? cb::bench::make_catalogue(*sandbox->org) : cb::Result<Catalogue>(sandbox.error());
  if (!catalogue) {
    std::cerr << catalogue.error() << '\n';
    return {};
  }
  std::string command = "'" + program + "' --client '" + sandbox->server->url() + "' " + object +
                        (bulk ? " jobs " : " calls ") + std::to_string(records) + " " +
                        catalogue->account + " " + catalogue->book;
  for (const std::string& entry : catalogue->entries) command += " " + entry;
  Figures figures;
  std::FILE* child = ::popen(command.c_str(), "r");
  if (child == nullptr) return {};
  char line[256] = {};
  const bool told = std::fgets(line, sizeof line, child) != nullptr;
  if (::pclose(child) != 0 || !told) return {};
  std::istringstream(line) >> figures.created >> figures.read >> figures.write_calls >>
      figures.read_calls >> figures.write_seconds >> figures.read_seconds >> figures.mb;
  const bool whole = figures.created == records && figures.read == records &&
                     sandbox->org->count(object) == records &&
                     (object == "Lead" || cb::bench::orders_add_up(*sandbox->org, records));
  std::printf("%-13s %7llu %-6s write %6.1f s %5llu calls   read %6.1f s %4llu calls   %3ld MB%s\n",
              object.c_str(), static_cast<unsigned long long>(records), bulk ? "jobs" : "calls",
              figures.write_seconds, static_cast<unsigned long long>(figures.write_calls),
              figures.read_seconds, static_cast<unsigned long long>(figures.read_calls), figures.mb,
              whole ? "" : "   NOT ALL");
  std::fflush(stdout);
  return whole ? figures : Figures{};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> given(argv, argv + argc);
  if (argc > 8 && given[1] == "--client") return run_client(given);
  if (argc < 3) {
    std::cerr << "usage: bench_bulk <folder with describes> <records> [more …]\n";
    return 3;
  }
  const std::string program = std::filesystem::absolute(argv[0]).string();
  bool holds = true;
  for (const std::string object : {"Lead", "OrderItem"}) {
    std::map<bool, long> first;
    for (int i = 2; i < argc; ++i) {
      const std::uint64_t records = std::strtoull(argv[i], nullptr, 10);
      std::map<bool, Figures> of;
      for (const bool bulk : {true, false}) {
        const Figures& figures = of[bulk] = measure(given[1], program, object, bulk, records);
        const long base = first.try_emplace(bulk, figures.mb).first->second;
        const bool flat = figures.mb > 0 && figures.mb <= kLimitMb &&
                          static_cast<double>(figures.mb) <= kGrowth * static_cast<double>(base);
        if (!flat)
          std::printf("above the limit: %ld MB, and %.2f times the first\n", kLimitMb, kGrowth);
        holds = holds && flat;
      }
      const bool fewer = of[true].write_calls < of[false].write_calls &&
                         of[true].read_calls < of[false].read_calls;
      if (!fewer) std::printf("jobs need no fewer calls\n");
      holds = holds && fewer;
    }
  }
  return holds ? 0 : 1;
}

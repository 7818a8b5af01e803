// Many records into an org and out of it again, as jobs of Bulk API 2.0 and through collections and
// pages, in the same run: what each way costs in calls and time, and that its memory does not grow
// with the number of records. The org is this process, the adapter runs in a child of its own.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "channelbridge/salesforce/salesforce.hpp"
#include "sandbox/salesforce/org.hpp"

namespace {

namespace cb = channelbridge;
namespace server = channelbridge::sandbox::salesforce;
using cb::sandbox::Json;

constexpr double kGrowth = 1.25;  ///< what ten times the records may cost at most
constexpr long kLimitMb = 120;
constexpr std::uint64_t kLongestWrite = 10'000;

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

std::string body_of(const std::string& object, std::uint64_t i) {
  const std::string number = std::to_string(i);
  if (object == "Lead") {
    return R"({"LastName":"Lead )" + number + R"(","FirstName":"Anna","Company":"Nord \"AB\", )" +
           number + R"(","Email":"lead)" + number +
           R"(@x.example","Street":"Kai 1\nHof 2","City":"Kiel","PostalCode":"24103",)"
           R"("Description":"first line\nsecond line","Estimated_Value__c":)" +
           number + ".50}";
  }
  return R"({"Order_No__c":"O-)" + std::to_string(i / 10) + R"(","Product_Code__c":"P-)" +
         std::to_string(i % 997) + R"(","Quantity__c":)" + std::to_string(i % 50 + 1) +
         R"(,"Net_Amount__c":)" + number + R"(.25,"Text__c":"line )" + number + "\"}";
}

cb::adapter::Selection selection_of(const std::string& object) {
  cb::adapter::Selection out{.object = object,
                             .id = "Id",
                             .version = "SystemModstamp",
                             .modified = "LastModifiedDate",
                             .correlation = "ChannelbridgeId__c"};
  if (object == "Lead")
    out.paths = {"LastName", "FirstName", "Company", "Email", "Street", "Description"};
  else
    out.paths = {"Order_No__c", "Product_Code__c", "Quantity__c", "Net_Amount__c", "Text__c"};
  return out;
}

int fail(const cb::Error& error) {
  std::cerr << error << '\n';
  return 1;
}

/// Writes so many records, reads them again, and prints what it took.
int run_client(const std::string& url, const std::string& object, bool bulk,
               std::uint64_t records) {
  cb::adapter::SystemSettings system{.name = "crm"};
  auto& settings = system.settings.children;
  settings["url"].text = url;
  auto& credential = settings["credential"].children;
  credential["kind"].text = "client_credentials";
  credential["client_id"].text = "bench";
  credential["client_secret"].text = "bench";
  if (!bulk) settings["bulk"].text = "off";
  auto adapter = cb::salesforce::kind().make(system);
  if (!adapter) return fail(adapter.error());
  const cb::Context context;
  const auto selection = selection_of(object);
  const auto can = (*adapter)->capabilities(selection);
  const std::uint64_t most =
      bulk ? std::min<std::uint64_t>(kLongestWrite, can.bulk_records) : can.batch_records;
  auto start = std::chrono::steady_clock::now();
  std::uint64_t created = 0;
  for (std::uint64_t from = 0; from < records;) {
    std::vector<cb::adapter::WriteRequest> batch;
    for (; from < records && batch.size() < most; ++from) {
      batch.push_back({.nodes = {{.object = object, .body = body_of(object, from)}},
                       .correlation_path = selection.correlation,
                       .correlation = object + "-" + std::to_string(from)});
    }
    auto outcomes = (*adapter)->write(selection, batch, context);
    if (!outcomes) return fail(outcomes.error());
    for (const auto& outcome : *outcomes)
      created += outcome.nodes[0].status == cb::adapter::WriteStatus::Created ? 1U : 0U;
  }
  const double write_seconds = seconds_since(start);
  const std::uint64_t write_calls = (*adapter)->usage().requests;
  start = std::chrono::steady_clock::now();
  std::uint64_t read = 0;
  cb::adapter::Cursor cursor;
  for (bool end = false; !end;) {
    auto page = (*adapter)->read(selection, cursor, can.page_size, context);
    if (!page) return fail(page.error());
    read += page->changes.size();
    cursor = page->next;
    end = page->end;
  }
  std::cout << created << ' ' << read << ' ' << write_calls << ' '
            << (*adapter)->usage().requests - write_calls << ' ' << write_seconds << ' '
            << seconds_since(start) << ' ' << peak_mb() << '\n';
  return 0;
}

/// The published metadata, and a flat object for order lines.
bool make_metadata(const std::string& source, const std::string& folder) {
  namespace fs = std::filesystem;
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& entry : fs::directory_iterator(source)) {
    if (entry.is_regular_file())
      fs::copy_file(entry.path(), fs::path(folder) / entry.path().filename());
  }
  std::ifstream in(source + "/overlay.json");
  std::ostringstream text;
  text << in.rdbuf();
  auto overlay = cb::sandbox::parse_json(text.str());
  if (!overlay) return false;
  Json fields = Json::array();
  for (const Json& field : (*overlay)["objects"]["Product2"]["fields"]) {
    const std::string name = cb::sandbox::text_of(field, "name");
    const bool own = name.ends_with("__c") && name != "ChannelbridgeId__c";
    const bool system = name == "Id" || name == "IsDeleted" || name.starts_with("Created") ||
                        name.starts_with("LastModified") || name == "SystemModstamp";
    if (!own && (system || name == "ChannelbridgeId__c")) fields.push_back(field);
  }
  const auto add = [&fields](const char* name, const char* type, int length) {
    fields.push_back(Json{{"name", name}, {"label", name}, {"type", type}, {"length", length}});
    if (length == 0) {
      fields.back()["precision"] = 18;
      fields.back()["scale"] = 2;
    }
  };
  add("Order_No__c", "string", 40);
  add("Product_Code__c", "string", 40);
  add("Quantity__c", "double", 0);
  add("Net_Amount__c", "currency", 0);
  add("Text__c", "string", 255);
  (*overlay)["objects"]["Order_Line__c"] = Json{{"label", "Order Line"},
                                                {"labelPlural", "Order Lines"},
                                                {"keyPrefix", "a0Z"},
                                                {"fields", fields}};
  std::ofstream(folder + "/overlay.json") << cb::sandbox::dump_json(*overlay);
  return true;
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
  auto sandbox = server::Sandbox::start({.metadata = metadata,
                                         .apps = {{.client_id = "bench",
                                                   .client_secret = "bench",
                                                   .run_as = "integration@sandbox.example"}}});
  if (!sandbox) {
    std::cerr << sandbox.error() << '\n';
    return {};
  }
  const std::string command = "'" + program + "' --client '" + sandbox->server->url() + "' " +
                              object + (bulk ? " bulk " : " calls ") + std::to_string(records);
  Figures figures;
  std::FILE* child = ::popen(command.c_str(), "r");
  if (child == nullptr) return {};
  char line[256] = {};
  const bool told = std::fgets(line, sizeof line, child) != nullptr;
  if (::pclose(child) != 0 || !told) return {};
  std::istringstream(line) >> figures.created >> figures.read >> figures.write_calls >>
      figures.read_calls >> figures.write_seconds >> figures.read_seconds >> figures.mb;
  const bool whole = figures.created == records && figures.read == records &&
                     sandbox->org->count(object) == records;
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
  if (argc == 6 && std::string(argv[1]) == "--client")
    return run_client(argv[2], argv[3], std::string(argv[4]) == "bulk",
                      std::strtoull(argv[5], nullptr, 10));
  if (argc < 4) {
    std::cerr << "usage: bench_bulk <folder with describes> <working folder> <records> [more …]\n";
    return 3;
  }
  const std::string program = std::filesystem::absolute(argv[0]).string();
  if (!make_metadata(argv[1], argv[2])) return 1;
  bool holds = true;
  for (const std::string object : {"Lead", "Order_Line__c"}) {
    std::map<bool, long> first;
    for (int i = 3; i < argc; ++i) {
      const std::uint64_t records = std::strtoull(argv[i], nullptr, 10);
      std::map<bool, Figures> of;
      for (const bool bulk : {true, false}) {
        const Figures& figures = of[bulk] = measure(argv[2], program, object, bulk, records);
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
  std::filesystem::remove_all(argv[2]);
  return holds ? 0 : 1;
}

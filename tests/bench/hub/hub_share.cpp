// What the hub itself takes of a sync: pull, merge and push between two systems in memory, beside
// SQLite writing the same rows, in the same run.
//   bench_hub check <records>       everything crosses once; no times
//   bench_hub measure <records>     processor time per record, at most kMost times SQLite's
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "channelbridge/hub/hub.hpp"
#include "feed_system.hpp"
#include "raw_rows.hpp"

namespace {

using namespace channelbridge;

/// Of the processor time that SQLite takes for the rows that are there in the end.
constexpr double kMost = 12;

constexpr const char* kLeads = R"(
system: feed
object: Lead
entity: lead
id: Id
version: Version
absent: "null"
fields:
  topic: Topic
  status: { path: Status, codes: { captured: New, qualified: Qualified, lost: Lost } }
  company.name: Company
  contact.first_name: FirstName
  contact.last_name: LastName
  contact.email: Email
  contact.phone: Phone
  address.line1: Street
  address.city: City
  address.postal_code: PostalCode
  address.country: Country
  estimated_value.amount: { path: Amount, as: decimal }
  estimated_value.currency: Currency
  score: { path: Score, as: integer }
)";

std::string lead(std::size_t number) {
  const std::string n = std::to_string(number);
  return "\"Topic\":\"Offer " + n + "\",\"Status\":\"New\",\"Company\":\"Vogt & Partner " + n +
         " GmbH\",\"FirstName\":\"Anna\",\"LastName\":\"Vogt\",\"Email\":\"anna" + n +
         "@vogt.example\",\"Phone\":\"+49301234567\",\"Street\":\"Am Markt "
         "12\",\"City\":\"Berlin\","
         "\"PostalCode\":\"10115\",\"Country\":\"DE\",\"Amount\":" +
         n + ".50,\"Currency\":\"EUR\",\"Score\":42";
}

std::shared_ptr<const mapping::Mapping> leads() {
  return mapping::Mapping::parse(kLeads, "leads.yaml", model::EntityRegistry::built_in()).value();
}

int run(const std::filesystem::path& folder, std::size_t records, bool measure) {
  const auto from = std::make_shared<bench::FeedSystem>("A");
  const auto to = std::make_shared<bench::FeedSystem>("B");
  for (std::size_t i = 0; i < records; ++i) from->add(lead(i));
  hub::HubConfig config;
  config.systems = {{"a", from}, {"b", to}};
  config.spokes = {{.name = "a-leads", .system = "a", .mapping = leads()},
                   {.name = "b-leads", .system = "b", .mapping = leads()}};
  config.entities["lead"].match = {"contact.email"};
  const std::string file = (folder / "hub.db").string();
  hub::RunReport report;
  double hub_time = 0;
  {
    hub::Hub hub(config, store::open_store("sqlite:" + file).value());
    const double begun = bench::processor_seconds();
    report = hub.sync({}, Context()).value();
    hub_time = bench::processor_seconds() - begun - from->seconds() - to->seconds();
    const auto again = hub.sync({}, Context()).value();
    if (again.written() != 0) {
      std::printf("the second sync wrote %llu objects\n",
                  static_cast<unsigned long long>(again.written()));
      return 1;
    }
  }
  if (report.stopped() || report.set_aside() || to->count() != records) {
    std::cout << hub::to_json(report) << '\n';
    return 1;
  }
  std::printf("%zu records crossed once\n", records);
  if (!measure) return 0;
  const bench::RawRows raw = bench::write_again(file, (folder / "raw.db").string(), 1'000);
  const auto each = [&](double seconds) { return seconds * 1e6 / static_cast<double>(records); };
  const double ratio = hub_time / raw.processor;
  std::printf(
      "hub: %.0f us of processor time per record (pull, merge, push); SQLite alone: %.0f us for "
      "its %.1f rows\n",
      each(hub_time), each(raw.processor),
      static_cast<double>(raw.rows) / static_cast<double>(records));
  std::printf("hub / SQLite: %.1f (at most %.0f)\n", ratio, kMost);
  return ratio <= kMost ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc == 3 ? argv[1] : "";
  if (verb != "check" && verb != "measure") {
    std::cerr << "usage: bench_hub check|measure <records>\n";
    return 3;
  }
  const auto folder =
      std::filesystem::temp_directory_path() / ("cb-bench-hub-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const int code = run(folder, std::strtoull(argv[2], nullptr, 10), verb == "measure");
  std::filesystem::remove_all(folder);
  return code;
}

// The hub, with its store file and its mapping files, between a folder and SAP's own server.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cap_server.hpp"
#include "channelbridge/file/file.hpp"
#include "channelbridge/hub/project.hpp"
#include "channelbridge/odata/odata.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"

namespace channelbridge::cap {
namespace {

namespace fs = std::filesystem;

/// How many partners each side begins with: 200, where CHANNELBRIDGE_PARTNERS does not say more.
int partner_count() {
  static const int count = [] {
    const char* text = std::getenv("CHANNELBRIDGE_PARTNERS");
    return text == nullptr ? 200 : std::stoi(text);
  }();
  return count;
}

constexpr int kKnownToBoth = 50;
constexpr int kOnlyOnTheServer = 20;
constexpr int kRenamedInTheFolder = 120;
constexpr int kMovedOnTheServer = 60;

/// An invented company; names and cities are not ASCII, and some hold what a query must escape.
struct Company {
  std::string name, duns, street, city, postal_code, country;
};

Company company(int i) {
  static const std::vector<Company> kinds = {
      {"Nordljus & Söhne", "", "Östra Hamngatan", "Göteborg", "411 04", "SE"},
      {"O'Brien \"Iron\" River", "", "SW Morrison St.", "Coeur d'Alene", "83814", "US"},
      {"Żagiel Łódź", "", "ul. Piotrkowska", "Łódź", "90-001", "PL"},
      {"东海科技", "", "南京东路", "上海", "200001", "CN"},
      {"Rheinwerk 100% #1", "", "Hohe Straße", "Köln", "50667", "DE"}};
  Company out = kinds[static_cast<std::size_t>(i) % kinds.size()];
  out.name += " " + std::to_string(i);
  out.duns = std::to_string(100'000'000 + i);
  out.street += " " + std::to_string(1 + i % 90);
  return out;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

/// One way to reach one of the server's two services.
struct Way {
  std::string name;
  std::string system;  ///< of the project file, without url and credential
  std::string mapping;
  std::string collection;  ///< V4, for edits of others and for counting
  std::string batch;       ///< how the server's log shows a $batch
  std::function<Json(const Company&)> body;
};

Json business_partner(const Company& c) {
  return {{"BusinessPartnerCategory", "2"},
          {"OrganizationBPName1", c.name},
          {"to_BusinessPartnerAddress",
           {{{"StreetName", c.street},
             {"CityName", c.city},
             {"PostalCode", c.postal_code},
             {"Country", c.country}}}},
          {"to_BuPaIdentification",
           {{{"BPIdentificationType", "BUP001"}, {"BPIdentificationNumber", c.duns}}}}};
}

Json crm_partner(const Company& c) {
  return {{"name", c.name},
          {"duns", c.duns},
          {"addresses",
           {{{"kind", "billing"},
             {"line1", c.street},
             {"city", c.city},
             {"postalCode", c.postal_code},
             {"country", c.country}}}}};
}

const std::string kBp = "/odata/v4/bp/A_BusinessPartner";
const std::string kCrm = "/odata/v4/crm/Partners";

std::vector<Way> ways() {
  return {
      {"BusinessPartnerV2",
       "adapter: sap_s4hana, service: /odata/v2/bp, csrf: none, identification_type: ZCBRG",
       "sap_s4hana/business_partner.yaml", kBp, "/odata/v4/bp/$batch", business_partner},
      {"BusinessPartnerV4", "adapter: odata, service: /odata/v4/bp",
       "odata/business_partner_v4.yaml", kBp, "/odata/v4/bp/$batch", business_partner},
      {"OwnModelV2", "adapter: odata, service: /odata/v2/crm", "odata/partners_v2.yaml", kCrm,
       "/odata/v4/crm/$batch", crm_partner},
      {"OwnModelV4", "adapter: odata, service: /odata/v4/crm", "odata/partners_v4.yaml", kCrm,
       "/odata/v4/crm/$batch", crm_partner},
  };
}

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class CapSync : public ::testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    std::string why;
    const Installed installed = install(why);
    if (installed == Installed::Unreachable) {
      GTEST_SKIP() << "NOT TESTED: npm cannot be reached, so SAP's own OData server is missing\n"
                   << why;
    }
    ASSERT_EQ(installed, Installed::Ready) << why;
    auto started = CapServer::start();
    ASSERT_TRUE(started) << to_string(started.error());
    server_ = *std::move(started);
    folder_ = fs::path(CHANNELBRIDGE_BINARY_DIR) / "cap" / ("project_" + GetParam().name);
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "head-office/from-partner");
    fs::create_directories(folder_ / "head-office/to-partner");
    open();
  }
  void TearDown() override {
    hub_.reset();
    if (HasFailure() && server_) std::cerr << server_->log_end() << '\n';
  }

  void open(const std::string& store_file = "hub.db", const std::string& where = "") {
    const Way& way = GetParam();
    std::ofstream(folder_ / "channelbridge.yaml")
        << "store: \"sqlite:" << store_file << "\"\n"
        << "systems:\n  office: { adapter: file, folder: head-office }\n  peer: { " << way.system
        << ", url: \"" << server_->url() << "\", overlap: 2s, settle: 500ms,\n"
        << "    credential: { kind: basic, user: channel, password: \"${env:CAP_PASSWORD}\" } }\n"
        << "entities:\n  partner: { match: [duns], groups: { \"*\": latest } }\n"
        << "spokes:\n  office-partners: { system: office, mapping: file/partner.yaml, "
           "first_contact: system }\n"
        << "  peer-partners: { system: peer, mapping: " << way.mapping << ", first_contact: hub"
        << (where.empty() ? "" : ", where: \"" + where + "\"") << " }\n";
    adapter::AdapterRegistry adapters;
    adapters.add(file::kind());
    adapters.add(odata::kind());
    adapters.add(sap_s4hana::kind());
    const std::string root = CHANNELBRIDGE_SOURCE_DIR;
    auto project = hub::load_project(
        (folder_ / "channelbridge.yaml").string(), adapters, model::EntityRegistry::built_in(),
        {.mapping_folders = {root + "/tests/integration/cap/mappings", root + "/mappings"},
         .environment = [](const std::string& name) -> std::optional<std::string> {
           if (name == "CAP_PASSWORD") return "Welcome1";
           return std::nullopt;
         },
         .log = stderr_log(LogLevel::Warning)});
    ASSERT_TRUE(project) << to_string(project.error());
    auto store = store::open_store(project->store, {.create = true});
    ASSERT_TRUE(store) << to_string(store.error());
    hub_ = std::make_unique<hub::Hub>(std::move(project->hub), *std::move(store));
  }

  /// The office puts a file into its folder.
  void office_sends(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / "head-office/from-partner" / name) << text;
  }

  /// One sync; its report line of the server is printed as a figure.
  hub::RunReport sync(const std::string& what) {
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t batches = server_->logged(GetParam().batch);
    auto report = hub_->sync({}, Context());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_TRUE(report) << to_string(report.error());
    if (!report) return {};
    for (const hub::SpokeReport& spoke : report->spokes) {
      for (const std::string& why : spoke.stopped) ADD_FAILURE() << spoke.spoke << ": " << why;
      EXPECT_EQ(spoke.dead_letters, 0U) << spoke.spoke;
      EXPECT_EQ(spoke.conflicts, 0U) << spoke.spoke;
      EXPECT_EQ(spoke.waiting, 0U) << spoke.spoke;
    }
    const hub::SpokeReport& peer = of(*report, "peer-partners");
    std::printf(
        "%-18s %-26s %6.1f s %5llu calls %4zu $batch %5llu read %5llu created %4llu updated\n",
        GetParam().name.c_str(), what.c_str(), seconds, static_cast<unsigned long long>(peer.calls),
        server_->logged(GetParam().batch) - batches, static_cast<unsigned long long>(peer.read),
        static_cast<unsigned long long>(peer.created),
        static_cast<unsigned long long>(peer.updated));
    std::fflush(stdout);
    return *report;
  }

  static hub::SpokeReport of(const hub::RunReport& report, const std::string& spoke) {
    for (const hub::SpokeReport& line : report.spokes) {
      if (line.spoke == spoke) return line;
    }
    ADD_FAILURE() << "no report of " << spoke;
    return {};
  }

  void expect_nothing_left(const std::string& after) {
    std::size_t planned = 0;
    const auto plan = hub_->plan({}, Context(), [&](const hub::PlannedAction& action) {
      if (++planned > 3) return;
      ADD_FAILURE() << after << ": " << action.spoke << " would write " << action.key << " "
                    << (action.fields.empty() ? "" : action.fields[0].path) << action.waits_for;
    });
    ASSERT_TRUE(plan) << to_string(plan.error());
    EXPECT_TRUE(plan->empty()) << after << ": " << hub::to_json(*plan);
    EXPECT_EQ(sync("again, " + after).written(), 0U) << after;
  }

  /// Somebody else's edits on the server: another street for `count` companies from `first`.
  void alice_moves(int first, int count);

  std::unique_ptr<CapServer> server_;
  fs::path folder_;
  std::unique_ptr<hub::Hub> hub_;
};

std::string csv_head() { return "id,name,duns,street,city,postal_code,country\n"; }

std::string csv_row(int i, const Company& c) {
  return "HO-" + std::to_string(i) + "," + quoted(c.name) + "," + c.duns + "," + quoted(c.street) +
         "," + quoted(c.city) + "," + c.postal_code + "," + c.country + "\n";
}

std::string query_text(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? "%20" : c == '\'' ? "%27" : std::string(1, c);
  return out;
}

void CapSync::alice_moves(int first, int count) {
  const bool own = GetParam().collection == kCrm;
  for (int i = first; i < first + count; ++i) {
    const std::string duns = company(i).duns;
    const std::string filter =
        own ? "/odata/v4/crm/Addresses?$filter=" + query_text("partner/duns eq '" + duns + "'")
            : "/odata/v4/bp/A_BuPaIdentification?$filter=" +
                  query_text("BPIdentificationNumber eq '" + duns + "'");
    const auto [status, found] = server_->as_alice("GET", filter);
    ASSERT_EQ(status, 200) << found;
    ASSERT_EQ(found.at("value").size(), 1U) << "for " << duns;
    const Json row = found.at("value").at(0);
    if (own) {
      // A partner is its parts, too: written through the root, so that its version moves.
      const std::string partner = row.at("partner_ID");
      Json address{{"ID", row.at("ID")}, {"line1", "Moved " + std::to_string(i)}};
      ASSERT_EQ(server_
                    ->as_alice("PATCH", kCrm + "(" + partner + ")",
                               {{"addresses", Json::array({address})}})
                    .first,
                200);
      continue;
    }
    const std::string key = row.at("BusinessPartner");
    const auto addresses =
        server_->as_alice("GET", kBp + "('" + key + "')/to_BusinessPartnerAddress").second;
    ASSERT_EQ(addresses.at("value").size(), 1U);
    const std::string address = addresses.at("value").at(0).at("AddressID");
    ASSERT_EQ(server_
                  ->as_alice("PATCH",
                             "/odata/v4/bp/A_BusinessPartnerAddress(BusinessPartner='" + key +
                                 "',AddressID='" + address + "')",
                             {{"StreetName", "Moved " + std::to_string(i)}})
                  .first,
              200);
  }
}

TEST_P(CapSync, ManyPartnersGoThereAndBackAndNothingIsLeft) {
  // Fifty companies are there already, twenty that the office has never heard of.
  for (int i = 0; i < kKnownToBoth; ++i) {
    const auto [status, body] =
        server_->as_alice("POST", GetParam().collection, GetParam().body(company(i)));
    ASSERT_EQ(status, 201) << body;
  }
  for (int i = partner_count(); i < partner_count() + kOnlyOnTheServer; ++i) {
    const auto [status, body] =
        server_->as_alice("POST", GetParam().collection, GetParam().body(company(i)));
    ASSERT_EQ(status, 201) << body;
  }
  std::string csv = csv_head();
  for (int i = 0; i < partner_count(); ++i) csv += csv_row(i, company(i));
  office_sends("partner-1.csv", csv);

  const hub::RunReport first = sync("first");
  EXPECT_EQ(of(first, "peer-partners").created,
            static_cast<std::uint64_t>(partner_count() - kKnownToBoth));
  EXPECT_EQ(of(first, "peer-partners").updated, 0U);
  EXPECT_EQ(of(first, "office-partners").created, std::uint64_t{kOnlyOnTheServer});
  EXPECT_EQ(server_->count(GetParam().collection), partner_count() + kOnlyOnTheServer);
  EXPECT_GE(server_->logged(GetParam().batch),
            static_cast<std::size_t>((partner_count() - kKnownToBoth) / 50));
  expect_nothing_left("after the first");

  // Both sides go on working: names in the folder, streets on the server, some for one company.
  csv = "id,name\n";
  for (int i = 0; i < kRenamedInTheFolder; ++i) {
    csv += "HO-" + std::to_string(i) + "," + quoted("Renamed " + std::to_string(i)) + "\n";
  }
  office_sends("partner-2.csv", csv);
  alice_moves(kRenamedInTheFolder / 2, kMovedOnTheServer + kRenamedInTheFolder / 2);
  const hub::RunReport second = sync("edits on both sides");
  EXPECT_EQ(of(second, "peer-partners").updated, std::uint64_t{kRenamedInTheFolder});
  EXPECT_EQ(of(second, "office-partners").updated,
            std::uint64_t{kMovedOnTheServer + kRenamedInTheFolder / 2});
  expect_nothing_left("after edits");

  // A hub that starts anew on the same store has nothing to do, either.
  hub_.reset();
  open();
  expect_nothing_left("after a restart");
  EXPECT_EQ(server_->count(GetParam().collection), partner_count() + kOnlyOnTheServer);
  std::ifstream in(folder_ / "head-office/to-partner/partner.csv");
  const std::string sent{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(sent.find("Moved 100"), std::string::npos);
  EXPECT_NE(sent.find(company(partner_count() + 3).name), std::string::npos);
}

/// Of the service whose mark is unique.
class CapRestored : public CapSync {};

TEST_P(CapRestored, AHubThatHasForgottenItsCreatesMakesNoDoubles) {
  constexpr int kFew = 7;
  std::string csv = csv_head();
  for (int i = 0; i < kFew; ++i) csv += csv_row(i, company(i));
  office_sends("partner-1.csv", csv);
  // A store is kept from before the creates …
  ASSERT_TRUE(hub_->sync({.only = {"office-partners"}}, Context()));
  hub_.reset();
  fs::copy_file(folder_ / "hub.db", folder_ / "kept.db");
  open();
  EXPECT_EQ(of(sync("creates"), "peer-partners").created, std::uint64_t{kFew});
  hub_.reset();
  // … and put back, with a filter that hides from its pull what it made: it creates again, the
  // server refuses each mark with a 500, and only a look tells that the partner is there.
  open("kept.db", "name eq 'nobody'");
  EXPECT_EQ(of(sync("creates again"), "peer-partners").created, std::uint64_t{kFew});
  const auto open_intents = hub_->store().intents(
      "peer-partners", {store::IntentState::Sending, store::IntentState::Unknown});
  ASSERT_TRUE(open_intents) << to_string(open_intents.error());
  EXPECT_TRUE(open_intents->empty());
  EXPECT_GE(server_->logged("status: 500"), std::size_t{kFew});
  EXPECT_EQ(server_->count(GetParam().collection), kFew);
  expect_nothing_left("after the look-up");
}

INSTANTIATE_TEST_SUITE_P(Cap, CapSync, ::testing::ValuesIn(ways()),
                         [](const auto& run) { return run.param.name; });
INSTANTIATE_TEST_SUITE_P(Cap, CapRestored, ::testing::Values(ways()[2], ways()[3]),
                         [](const auto& run) { return run.param.name; });

}  // namespace
}  // namespace channelbridge::cap

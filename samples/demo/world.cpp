#include "world.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <tuple>

#include "data.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::demo {

namespace {

namespace fs = std::filesystem;
using sandbox::Json;

constexpr std::array<std::string_view, 4> kCrmStatus{"Open - Not Contacted", "Open - Not Contacted",
                                                     "Working - Contacted", "Open - Not Contacted"};
constexpr std::array<std::string_view, 5> kSources{"Web", "Phone Inquiry", "Partner Referral",
                                                   "Purchased List", "Other"};
constexpr std::array<std::string_view, 3> kRatings{"Hot", "Warm", "Cold"};

const std::map<std::string, std::string> kDealerFiles{
    {"lead", "dealer-leads"}, {"product", "dealer-products"}, {"partner", "dealer-partners"}};

constexpr const char* kDealerCountry = "SE";

Json erp_partner(const Company& company) {
  return Json{
      {"BusinessPartnerCategory", "2"},
      {"BusinessPartnerGrouping", "BP02"},
      {"OrganizationBPName1", company.name},
      {"SearchTerm2", company.tier},
      {"to_BusinessPartnerRole", Json::array({Json{{"BusinessPartnerRole", "000000"}},
                                              Json{{"BusinessPartnerRole", "FLCU01"}}})},
      {"to_BuPaIdentification", Json::array({Json{{"BPIdentificationType", "BUP001"},
                                                  {"BPIdentificationNumber", company.duns}}})},
      {"to_BusinessPartnerAddress", Json::array({Json{{"StreetName", company.street},
                                                      {"CityName", company.city},
                                                      {"Region", company.region},
                                                      {"PostalCode", company.postal_code},
                                                      {"Country", company.country}}})}};
}

Json crm_account(const Company& company) {
  return Json{{"Name", company.name},
              {"DunsNumber", company.duns},
              {"Website", company.website},
              {"Type", "Channel Partner / Reseller"},
              {"Phone", company.phone},
              {"BillingStreet", company.street},
              {"BillingCity", company.city},
              {"BillingState", company.region.empty() ? Json() : Json(company.region)},
              {"BillingPostalCode", company.postal_code},
              {"BillingCountry", company.country}};
}

Json c4c_account(const Company& company) {
  return Json{{"Name", company.name},        {"DUNSID", company.duns},
              {"RoleCode", "CRM000"},        {"LifeCycleStatusCode", "2"},
              {"Phone", company.phone},      {"Street", company.street},
              {"City", company.city},        {"StreetPostalCode", company.postal_code},
              {"StateCode", company.region}, {"CountryCode", company.country},
              {"WebSite", company.website}};
}

}  // namespace

Result<std::unique_ptr<World>> World::start(const WorldOptions& options) {
  std::unique_ptr<World> world(new World);
  world->options_ = options;
  std::error_code error;
  fs::create_directories(fs::path(options.folder) / "dealer-se" / "from-partner", error);
  fs::create_directories(fs::path(options.folder) / "dealer-se" / "to-partner", error);
  fs::copy_file(fs::path(options.source) / "samples/demo/channelbridge.yaml",
                fs::path(options.folder) / "channelbridge.yaml",
                fs::copy_options::overwrite_existing, error);
  if (error)
    return Error(ErrorCode::Internal,
                 "cannot prepare the folder " + options.folder + ": " + error.message());

  sandbox::salesforce::OrgOptions crm;
  crm.metadata = options.source + "/tests/fixtures/salesforce";
  crm.apps.push_back({.client_id = "demo-client",
                      .client_secret = "demo-secret",
                      .run_as = "integration@sandbox.example"});
  crm.daily_calls = 1'000'000;
  crm.orders.activated = sandbox::salesforce::OrderRules::Activated::Editable;
  auto started = sandbox::salesforce::Sandbox::start(crm);
  if (!started) return std::move(started).error();
  world->crm_ = *std::move(started);

  sandbox::SapServerOptions erp;
  erp.gateway.users["MUELLER"] = "Welcome2";
  const sandbox::SalesOptions sales{
      .currencies = options.erp_currencies,
      .custom_fields = {{.set = "A_SalesQuotation", .name = "YY1_ChannelRecord_SDH"}},
      .creatable_fields = {{.set = "A_SalesOrder", .name = "ExternalDocumentID"}}};
  auto erp_started = sandbox::SapServer::start(
      sandbox::sales_services(options.source + "/tests/fixtures/sap", sales), erp);
  if (!erp_started) return std::move(erp_started).error();
  world->erp_ = *std::move(erp_started);

  sandbox::C4cServerOptions c4c;
  c4c.gateway.users["MUELLER"] = "Welcome2";
  auto c4c_started =
      sandbox::C4cServer::start(options.source + "/tests/fixtures/sap/c4c/derived.edmx", c4c);
  if (!c4c_started) return std::move(c4c_started).error();
  world->c4c_ = *std::move(c4c_started);

  auto distributor = sandbox::IdocServer::start();
  if (!distributor) return std::move(distributor).error();
  world->distributor_ = *std::move(distributor);

  world->environment_ = {{"DEMO_EDI_URL", world->distributor_->url()},
                         {"DEMO_CRM_URL", world->crm_.server->url()},
                         {"DEMO_CRM_CLIENT", "demo-client"},
                         {"DEMO_CRM_SECRET", "demo-secret"},
                         {"DEMO_ERP_URL", world->erp_->url()},
                         {"DEMO_C4C_URL", world->c4c_->url()},
                         {"DEMO_ERP_USER", "CHANNEL"},
                         {"DEMO_ERP_PASSWORD", "Welcome1"}};
  return world;
}

Result<void> World::fill() {
  if (auto done = fill_partners(); !done) return done;
  if (auto done = fill_contacts(); !done) return done;
  if (auto done = fill_leads(); !done) return done;
  return fill_trade();
}

Result<void> World::fill_trade() {
  Trade::Systems systems{.crm = crm(),
                         .erp = *erp_,
                         .distributor = *distributor_,
                         .dealer = (fs::path(options_.folder) / "dealer-se").string(),
                         .accounts = accounts_};
  std::map<std::string, std::string> number_of;  // D-U-N-S number -> partner
  for (const Json& row : erp().rows("A_BuPaIdentification"))
    number_of[row.value("BPIdentificationNumber", "")] = row.value("BusinessPartner", "");
  for (const std::string& account : accounts_) {
    const Json row = crm().record(account);
    const std::string duns = row.value("DunsNumber", "");
    systems.customers.push_back(number_of[duns]);
    // The partners whom the dealer is told of: those of its country.
    if (row.value("BillingCountry", "") == kDealerCountry && systems.duns.size() < 3)
      systems.duns.push_back(duns);
  }
  systems.distributor_duns = distributor_duns_;
  systems.distributor_number = number_of[distributor_duns_];
  trade_ = std::make_unique<Trade>(std::move(systems));
  return trade_->fill(options_.products);
}

/// The ERP knows every partner; a third of them is known to one of the CRMs already, so that nobody
/// may be doubled.
Result<void> World::fill_partners() {
  for (std::size_t i = 1; i <= options_.partners; ++i) {
    const Company partner = company(options_.seed * 1'000 + i);
    ++tiers_[partner.tier];
    if (auto done = erp().seed("A_BusinessPartner", erp_partner(partner)); !done)
      return std::move(done).error();
    if (i % 3 != 0) continue;
    if (i % 2 == 0) {
      auto account = crm().insert("Account", crm_account(partner));
      if (!account) return std::move(account).error();
      accounts_.push_back(*account);
      // A small world has no distributor: its first partner is one, then.
      if (distributor_duns_.empty() ||
          (partner.tier == "distributor" && partner.country == kDealerCountry))
        distributor_duns_ = partner.duns;
    } else if (auto done = c4c().seed("CorporateAccountCollection", c4c_account(partner)); !done) {
      return std::move(done).error();
    }
  }
  return {};
}

Result<void> World::fill_contacts() {
  if (accounts_.empty()) return {};
  std::vector<Json> contacts;
  for (std::size_t i = 1; i <= options_.contacts; ++i) {
    const Person someone = person(options_.seed * 10'000 + i);
    contacts.push_back(Json{{"AccountId", accounts_[i % accounts_.size()]},
                            {"FirstName", someone.first_name},
                            {"LastName", someone.last_name},
                            {"Email", someone.email},
                            {"Phone", someone.phone},
                            {"Title", someone.title}});
  }
  auto seeded = crm().seed("Contact", contacts);
  if (!seeded) return std::move(seeded).error();
  return {};
}

Result<void> World::fill_leads() {
  std::vector<Json> leads;
  for (std::size_t i = 1; i <= options_.leads; ++i) {
    const Person someone = person(options_.seed * 1'000'000 + i);
    const Company prospective = prospect(options_.seed * 100'000 + i);
    Json lead{{"FirstName", someone.first_name},
              {"LastName", someone.last_name},
              {"Company", prospective.name},
              {"Email", someone.email},
              {"Phone", someone.phone},
              {"Title", someone.title},
              {"Street", prospective.street},
              {"City", prospective.city},
              {"PostalCode", prospective.postal_code},
              {"Country", prospective.country},
              {"LeadSource", kSources[i % kSources.size()]},
              {"Rating", kRatings[i % kRatings.size()]},
              {"Status", kCrmStatus[i % kCrmStatus.size()]},
              {"Estimated_Value__c", static_cast<double>(1000 + i * 37 % 90'000)}};
    if (!accounts_.empty() && i % 5 == 0) lead["Partner__c"] = accounts_[i % accounts_.size()];
    leads.push_back(std::move(lead));
  }
  auto seeded = crm().seed("Lead", leads);
  if (!seeded) return std::move(seeded).error();
  leads_ = *std::move(seeded);
  return {};
}

Result<World::Edits> World::let_people_edit() {
  Edits out;
  // Sales people qualify leads in Cloud for Customer; some of them correct the company that
  // marketing corrects in the CRM, too.
  // By e-mail: the order in which they were created differs from run to run.
  std::map<std::string, Json> rows;
  for (const auto& row : c4c().rows("LeadCollection")) rows[row.value("ContactEMail", "")] = row;
  std::size_t number = 0;
  for (const auto& [email, row] : rows) {
    ++number;
    const std::string object_id = row.value("ObjectID", "");
    if (number % options_.edits_every == 0) {
      if (auto done =
              c4c().edit("MUELLER", "LeadCollection", {object_id}, Json{{"UserStatusCode", "02"}});
          !done)
        return std::move(done).error();
      ++out.statuses;
    }
    if (number % (5 * options_.edits_every) != 0) continue;
    for (const std::string& id : leads_) {
      const Json lead = crm().record(id);
      if (lead.value("Email", "") != email) continue;
      const std::string company_name = lead.value("Company", "");
      if (auto done = c4c().edit("MUELLER", "LeadCollection", {object_id},
                                 Json{{"Company", company_name + " (Vertrieb)"}});
          !done)
        return std::move(done).error();
      if (auto done = crm().edit(id, Json{{"Company", company_name + " (marketing)"}}); !done)
        return std::move(done).error();
      ++out.contested;
      if (out.a_lead.empty()) out.a_lead = id;
      break;
    }
  }
  for (std::size_t i = 3; i < leads_.size(); i += options_.edits_every) {
    if (auto done = crm().edit(leads_[i], Json{{"Title", "Chief " + std::to_string(i)}}); !done)
      return std::move(done).error();
    ++out.titles;
  }
  const Json partners = erp().rows("A_BusinessPartner");
  std::size_t renamed = 0;
  for (const auto& row : partners) {
    if (++renamed % (1 + options_.edits_every / 2) != 0) continue;
    const std::string key = row.value("BusinessPartner", "");
    if (auto done = erp().edit("MUELLER", "A_BusinessPartner", {key},
                               Json{{"OrganizationBPName1", "Renamed " + key}});
        !done)
      return std::move(done).error();
    ++out.partner_names;
  }
  return out;
}

/// The ERP's effects as effects on business partners: a row of a child is a change of the partner
/// that it belongs to, and part of its making when the same call made the partner.
std::vector<sandbox::JournalEntry> World::roots_of_erp(
    std::vector<sandbox::JournalEntry> entries) const {
  std::map<std::string, std::string> partner_of;  // address -> partner
  for (const auto& address : erp().rows("A_BusinessPartnerAddress"))
    partner_of[address.value("AddressID", "")] = address.value("BusinessPartner", "");
  for (sandbox::JournalEntry& entry : entries) {
    if (entry.object == "A_BusinessPartner" || entry.object == "A_SalesOrder" ||
        entry.object == "A_SalesQuotation")
      continue;
    if (entry.object.starts_with("A_Sales")) {
      entry.object = entry.object.starts_with("A_SalesOrder") ? "A_SalesOrder" : "A_SalesQuotation";
      entry.key = entry.key.substr(0, entry.key.find(','));
      entry.kind = sandbox::EffectKind::Updated;
      continue;
    }
    const std::string first = entry.key.substr(0, entry.key.find(','));
    const bool of_address = entry.object.starts_with("A_Address");
    entry.key = of_address ? partner_of[first] : first;
    entry.object = "A_BusinessPartner";
    entry.kind = sandbox::EffectKind::Updated;
  }
  // Creations first, so that they are what a call is counted as.
  std::stable_partition(entries.begin(), entries.end(), [](const sandbox::JournalEntry& entry) {
    return entry.kind == sandbox::EffectKind::Created;
  });
  return entries;
}

/// The same for lines of orders and quotes of the CRM.
std::vector<sandbox::JournalEntry> World::roots_of_crm(
    std::vector<sandbox::JournalEntry> entries) const {
  for (sandbox::JournalEntry& entry : entries) {
    const bool order = entry.object == "OrderItem";
    if (!order && entry.object != "SBQQ__QuoteLine__c") continue;
    entry.key = crm().record(entry.key).value(order ? "OrderId" : "SBQQ__Quote__c", "");
    entry.object = order ? "Order" : "SBQQ__Quote__c";
    entry.kind = sandbox::EffectKind::Updated;
  }
  std::stable_partition(entries.begin(), entries.end(), [](const sandbox::JournalEntry& entry) {
    return entry.kind == sandbox::EffectKind::Created;
  });
  return entries;
}

std::map<std::string, EffectCount> World::journal() const {
  std::map<std::string, EffectCount> out;
  const auto count_lines = [&](const sandbox::Journal& journal,
                               const std::map<std::string, std::string>& spokes) {
    for (const sandbox::JournalEntry& entry : journal.entries()) {
      const auto spoke = spokes.find(entry.object);
      if (spoke != spokes.end() && entry.kind == sandbox::EffectKind::Created)
        ++out[spoke->second].lines;
    }
  };
  count_lines(crm_.desk->journal,
              {{"SBQQ__QuoteLine__c", "crm-quotes"}, {"OrderItem", "crm-orders"}});
  count_lines(erp_->journal(),
              {{"A_SalesQuotationItem", "erp-quotes"}, {"A_SalesOrderItem", "erp-orders"}});
  const auto count = [&](const std::vector<sandbox::JournalEntry>& entries,
                         const std::map<std::string, std::string>& spokes) {
    // One request may touch a root and its children; a spoke counts roots, once per call.
    std::set<std::tuple<std::string, std::string, std::uint64_t>> seen;
    for (const sandbox::JournalEntry& entry : entries) {
      const auto spoke = spokes.find(entry.object);
      if (spoke != spokes.end()) out[spoke->second].rewritten += entry.rewritten;
      if (spoke == spokes.end() || !seen.emplace(entry.object, entry.key, entry.call).second)
        continue;
      EffectCount& line = out[spoke->second];
      if (entry.kind == sandbox::EffectKind::Created) ++line.created;
      if (entry.kind == sandbox::EffectKind::Updated) ++line.updated;
    }
  };
  count(roots_of_crm(crm_.desk->journal.entries()), {{"Account", "crm-partners"},
                                                     {"Contact", "crm-contacts"},
                                                     {"Lead", "crm-leads"},
                                                     {"Product2", "crm-products"},
                                                     {"SBQQ__Quote__c", "crm-quotes"},
                                                     {"Order", "crm-orders"}});
  count(roots_of_erp(erp_->journal().entries()), {{"A_BusinessPartner", "erp-partners"},
                                                  {"A_SalesQuotation", "erp-quotes"},
                                                  {"A_SalesOrder", "erp-orders"}});
  count(distributor_->journal().entries(),
        {{"SalesOrder", "edi-orders"}, {"OrderConfirmation", "edi-replies"}});
  count(c4c_->journal().entries(), {{"CorporateAccountCollection", "c4c-partners"},
                                    {"ContactCollection", "c4c-contacts"},
                                    {"LeadCollection", "c4c-leads"}});
  // A folder has no journal: what its file holds more, or otherwise, than before is what was done.
  for (const auto& [object, spoke] : kDealerFiles) {
    const auto known = dealer_before_.find(object);
    for (const auto& [key, row] : dealer_rows(object)) {
      const auto* before = known != dealer_before_.end() && known->second.contains(key)
                               ? &known->second.at(key)
                               : nullptr;
      if (before == nullptr) ++out[spoke].created;
      if (before != nullptr && *before != row) ++out[spoke].updated;
    }
  }
  return out;
}

std::vector<World::Document> World::erp_documents() const {
  std::vector<Document> out;
  for (const sandbox::JournalEntry& entry : erp_->journal().entries()) {
    const bool order = entry.object == "A_SalesOrder";
    if (entry.kind != sandbox::EffectKind::Created ||
        (!order && entry.object != "A_SalesQuotation"))
      continue;
    Document made{
        .entity = order ? "order" : "quote", .number = entry.key, .record = entry.correlation};
    for (char& each : made.record)  // ExternalDocumentID is kept in capitals
      each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    out.push_back(std::move(made));
  }
  return out;
}

void World::clear_journals() {
  crm_.desk->journal.clear();
  erp_->journal().clear();
  c4c_->journal().clear();
  distributor_->journal().clear();
  for (const auto& [object, spoke] : kDealerFiles) dealer_before_[object] = dealer_rows(object);
}

std::string run_program(const World& world, const std::string& program,
                        const std::vector<std::string>& arguments, int& code, bool show) {
  return run_program(world.options().folder, world.environment(), program, arguments, code, show);
}

std::string run_program(const std::string& folder,
                        const std::map<std::string, std::string>& variables,
                        const std::string& program, const std::vector<std::string>& arguments,
                        int& code, bool show) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    code = 2;
    return "no pipe";
  }
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> ours;
  ours.reserve(variables.size());
  for (const auto& [name, value] : variables) ours.push_back(name + "=" + value);
  std::vector<char*> environment;
  environment.reserve(ours.size());
  for (std::string& variable : ours) environment.push_back(variable.data());
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  environment.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {  // only calls that are safe between fork and exec: the servers' threads may
                     // hold any lock
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    ::execve(program.c_str(), argv.data(), environment.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  std::string out;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    out.append(buffer.data(), static_cast<std::size_t>(n));
    if (show) std::cout.write(buffer.data(), n).flush();
  }
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return out;
}

}  // namespace channelbridge::demo

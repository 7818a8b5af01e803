#include "trade_world.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "channelbridge/file/file.hpp"
#include "channelbridge/hub/project.hpp"
#include "channelbridge/model/decimal.hpp"
#include "channelbridge/salesforce/salesforce.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "channelbridge/soap/soap.hpp"
#include "channelbridge/store/store.hpp"

namespace channelbridge::test {

namespace fs = std::filesystem;

namespace {

const std::string kSource = CHANNELBRIDGE_SOURCE_DIR;

constexpr const char* kSpokes = R"(
spokes:
  erp-partners: { system: erp, mapping: sap_s4hana/business_partner.yaml, first_contact: hub }
  erp-products: { system: erp, mapping: sap_s4hana/product.yaml, first_contact: hub }
)";

/// A setting of mappings that name it: a project without products has none.
constexpr const char* kUnits =
    "    codes:\n      product_unit: { H87: Each, EA: Each, C62: Each, SET: Each, \"*\": \"*\" }";

}  // namespace

void TradeWorld::SetUp() {
  std::string name = (fs::temp_directory_path() / "channelbridge-trade-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  folder_ = name;

  sandbox::salesforce::OrgOptions org;
  org.metadata = kSource + "/tests/fixtures/salesforce";
  org.apps = {
      {.client_id = "bridge",
       .client_secret = "open sesame",
       .run_as = "integration@sandbox.example"},
      {.client_id = "reviewer", .client_secret = "open sesame", .run_as = "anna@sandbox.example"}};
  org.orders.activated = sandbox::salesforce::OrderRules::Activated::Editable;
  auto crm = sandbox::salesforce::Sandbox::start(std::move(org));
  ASSERT_TRUE(crm) << to_string(crm.error());
  crm_ = *std::move(crm);
  auto erp = sandbox::SapServer::start(sandbox::sales_services(kSource + "/tests/fixtures/sap"));
  ASSERT_TRUE(erp) << to_string(erp.error());
  erp_ = *std::move(erp);
  sandbox::C4cServerOptions options;
  options.settings = sandbox::c4c_settings({.tax_percent = "19"});
  auto c4c = sandbox::C4cServer::start(kSource + "/tests/fixtures/sap/c4c/derived.edmx",
                                       std::move(options));
  ASSERT_TRUE(c4c) << to_string(c4c.error());
  c4c_ = *std::move(c4c);

  for (const auto& [number, company, duns] : {std::tuple("10100001", "Rheinwerk", "123456789"),
                                              std::tuple("10100002", "Seewerk", "987654321")}) {
    in_erp("A_BusinessPartner", {{"BusinessPartner", number},
                                 {"BusinessPartnerCategory", "2"},
                                 {"OrganizationBPName1", company}});
    in_erp("A_BuPaIdentification", {{"BusinessPartner", number},
                                    {"BPIdentificationType", "BUP001"},
                                    {"BPIdentificationNumber", duns}});
    in_erp("A_Customer", {{"Customer", number}});
  }
  for (const auto& [sku, words] : {std::pair("PU-100", "Pump"), std::pair("PU-200", "Big pump")}) {
    in_erp("A_Product", {{"Product", sku}, {"ProductType", "HAWA"}, {"BaseUnit", "PC"}});
    in_erp("A_ProductDescription",
           {{"Product", sku}, {"Language", "EN"}, {"ProductDescription", words}});
  }
}

void TradeWorld::TearDown() {
  hub_.reset();
  std::error_code ignored;  // a leftover folder of a test harms nobody
  fs::remove_all(folder_, ignored);
}

void TradeWorld::start(const std::string& spokes, const std::map<std::string, std::string>& systems,
                       const std::string& entities) {
  const auto more = [&systems](const char* name) {
    const auto found = systems.find(name);
    return found == systems.end() ? std::string("\n") : "\n" + found->second;
  };
  const std::string basic = "    credential: { kind: basic, user: CHANNEL, password: Welcome1 }";
  std::ofstream(folder_ / "channelbridge.yaml")
      << "store: \"sqlite:hub.db\"\nsystems:\n"
      << "  erp:\n    adapter: sap_s4hana\n    url: \"" << erp_->url()
      << "\"\n    client: \"100\"\n    user: channel\n    settle: 200ms\n"
      << basic << more("erp") << "  crm:\n    adapter: salesforce\n    url: \""
      << crm_.server->url() << "\"\n    user: integration@sandbox.example\n    settle: 200ms\n"
      << "    credential: { kind: client_credentials, client_id: bridge, client_secret: open "
         "sesame }\n"
      << (spokes.find("salesforce/product.yaml") == std::string::npos ? "" : kUnits) << more("crm")
      << "  c4c:\n    adapter: sap_c4c\n    url: \"" << c4c_->url()
      << "\"\n    user: channel\n    settle: 200ms\n"
      << basic << more("c4c")
      << "entities:\n  partner: { match: [duns] }\n  product: { match: [sku] }\n"
         "  partner_program: { match: [code] }\n  lead: { match: [email] }\n"
      << entities << kSpokes << spokes;
  adapter::AdapterRegistry adapters;
  adapters.add(salesforce::kind());
  adapters.add(sap_s4hana::kind());
  adapters.add(sap_c4c::kind());
  adapters.add(file::kind());
  adapters.add(soap::kind());
  auto project = hub::load_project((folder_ / "channelbridge.yaml").string(), adapters,
                                   model::EntityRegistry::built_in(),
                                   {.mapping_folders = {kSource + "/mappings"}});
  if (!project) throw std::runtime_error(to_string(project.error()));  // the test ends here
  auto store = store::open_store(project->store, {.create = true});
  if (!store) throw std::runtime_error(to_string(store.error()));
  hub_ = std::make_unique<hub::Hub>(std::move(project->hub), *std::move(store));
}

void TradeWorld::vary_mapping(const std::string& shipped, const std::string& name,
                              const std::vector<std::pair<std::string, std::string>>& words) {
  const fs::path mappings = fs::path(kSource) / "mappings";
  std::ifstream file(mappings / shipped);
  std::ostringstream read;
  read << file.rdbuf();
  std::string text = read.str();
  for (const auto& [those, others] : words) {
    const std::size_t at = text.find(those);
    ASSERT_NE(at, std::string::npos) << shipped << " has no " << those;
    text.replace(at, those.size(), others);
  }
  const fs::path own = folder_ / fs::path(shipped).parent_path();
  fs::create_directories(own);
  if (!fs::exists(folder_ / "codes")) fs::copy(mappings / "codes", folder_ / "codes");
  std::ofstream(own / name) << text;
}

std::string TradeWorld::in_crm(const std::string& object, const Json& fields) {
  const auto made = crm().insert(object, fields);
  EXPECT_TRUE(made) << to_string(made.error());
  return made ? *made : std::string();
}

void TradeWorld::in_erp(const std::string& set, const Json& fields) {
  const auto made = erp(set).seed(set, fields);
  ASSERT_TRUE(made) << to_string(made.error());
}

std::string TradeWorld::in_c4c(const std::string& set, const Json& fields) {
  const auto made = c4c().create("MILLER", set, fields);
  EXPECT_TRUE(made) << to_string(made.error());
  return made ? *made : std::string();
}

void TradeWorld::edit_crm(const std::string& id, const Json& fields) {
  const auto done = crm().edit(id, fields);
  ASSERT_TRUE(done) << to_string(done.error());
}

void TradeWorld::edit_erp(const std::string& set, const std::vector<std::string>& key,
                          const Json& fields) {
  const auto done = erp(set).edit("MILLER", set, key, fields);
  ASSERT_TRUE(done) << to_string(done.error());
}

void TradeWorld::edit_c4c(const std::string& set, const std::string& object_id,
                          const Json& fields) {
  const auto done = c4c().edit("MILLER", set, {object_id}, fields);
  ASSERT_TRUE(done) << to_string(done.error());
}

namespace {

Json the_one(const std::string& what, const std::vector<Json>& rows) {
  if (rows.size() != 1)  // the test ends here
    throw std::runtime_error(what + " has " + std::to_string(rows.size()) + " rows, and not one");
  return rows.front();
}

}  // namespace

Json TradeWorld::only_in_crm(const std::string& object) {
  return the_one(object, crm().records(object));
}
Json TradeWorld::only_in_erp(const std::string& set) { return the_one(set, erp(set).rows(set)); }
Json TradeWorld::only_in_c4c(const std::string& set) { return the_one(set, c4c().rows(set)); }

Json TradeWorld::with(const std::vector<Json>& rows, const std::string& field, const Json& value) {
  for (const Json& row : rows) {
    if (row.contains(field) && row[field] == value) return row;
  }
  return {};
}

std::string TradeWorld::account_in_c4c(const std::string& name) {
  const Json row = with(c4c().rows("CorporateAccountCollection"), "Name", name);
  return row.is_null() ? std::string() : row.value("AccountID", "");
}

std::string TradeWorld::entry_of(const std::string& sku) {
  const Json entry = with(crm().records("PricebookEntry"), "ProductCode", sku);
  EXPECT_FALSE(entry.is_null()) << sku;
  return entry.is_null() ? std::string() : entry.value("Id", "");
}

std::string TradeWorld::enter_prices(const std::string& price) {
  const std::string book = only_in_crm("Pricebook2").value("Id", "");
  for (const Json& each : crm().records("Product2"))
    in_crm("PricebookEntry", {{"Pricebook2Id", book},
                              {"Product2Id", each["Id"]},
                              {"UnitPrice", Json::parse(price)},
                              {"IsActive", true}});
  return book;
}

std::string TradeWorld::figure(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : sandbox::dump_json(value);
  const auto number = model::Decimal::parse(text);
  return number ? to_string(*number) : text;
}

hub::RunReport TradeWorld::run(const std::vector<std::string>& only) {
  for (sandbox::OffsetClock* clock : {crm_.desk->clock.get(), &erp_->clock(), &c4c_->clock()})
    clock->advance(std::chrono::minutes(5));
  const auto report = hub_->sync({.only = only}, Context().with_timeout(std::chrono::seconds(60)));
  EXPECT_TRUE(report) << to_string(report.error());
  if (!report) return {};
  for (const hub::SpokeReport& spoke : report->spokes)
    EXPECT_THAT(spoke.stopped, ::testing::IsEmpty()) << spoke.spoke;
  return *report;
}

std::uint64_t TradeWorld::sync() {
  const hub::RunReport report = run();
  EXPECT_FALSE(report.set_aside()) << open_things();
  return report.written();
}

void TradeWorld::settle() {
  for (int i = 0; i < 6; ++i) {
    if (sync() != 0) continue;
    const std::uint64_t before = effects();
    EXPECT_EQ(sync(), 0U);
    EXPECT_EQ(effects(), before) << "a run that has nothing to do writes nothing";
    expect_nothing_planned();
    return;
  }
  ADD_FAILURE() << "it does not come to rest";
}

void TradeWorld::expect_nothing_planned() {
  const auto plan = hub_->plan({}, Context(), [](const hub::PlannedAction& action) {
    ADD_FAILURE() << "planned: " << action.spoke << " " << action.key;
  });
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_TRUE(plan->empty()) << to_json(*plan);
}

Json TradeWorld::record(const std::string& entity) {
  const auto rows = hub_->store().records_changed(entity, 0, 10);
  if (!rows) throw std::runtime_error(to_string(rows.error()));
  std::vector<Json> states;
  for (const auto& row : *rows) states.push_back(Json::parse(row.state).at("fields"));
  return the_one(entity, states);
}

Json TradeWorld::in_line(const Json& record, const std::string& field) {
  Json out;
  for (const auto& [path, value] : record.items()) {
    if (!path.ends_with("]." + field)) continue;
    EXPECT_TRUE(out.is_null()) << "several lines have " << field;
    out = value;
  }
  return out;
}

std::uint64_t TradeWorld::effects() const {
  return crm_.desk->journal.effects() + erp_->journal().effects() + c4c_->journal().effects();
}

std::map<std::string, std::uint64_t> TradeWorld::made() const {
  std::map<std::string, std::uint64_t> out;
  for (const sandbox::Journal* journal :
       {&crm_.desk->journal, &erp_->journal(), &c4c_->journal()}) {
    for (const sandbox::JournalEntry& entry : journal->entries())
      if (entry.kind == sandbox::EffectKind::Created) ++out[entry.object];
  }
  return out;
}

std::string TradeWorld::open_things() {
  std::string out;
  for (const hub::Spoke& each : hub_->config().spokes) {
    const auto waiting = hub_->store().waiting(each.name, "", 100);
    for (const auto& row : waiting.value())
      out += "\n" + each.name + " waits: " + row.reason + " " + row.detail;
  }
  const auto conflicts = hub_->store().conflicts();
  for (const auto& conflict : conflicts.value())
    out += "\n" + conflict.spoke + ": " + conflict.group + " " + conflict.reason + " " +
           conflict.detail;
  const auto letters = hub_->store().dead_letters(true, 100);
  for (const auto& letter : letters.value())
    out += "\n" + letter.spoke + ": " + letter.rule + " " + letter.message;
  return out;
}

}  // namespace channelbridge::test

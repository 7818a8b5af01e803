#include "books_world.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "channelbridge/file/file.hpp"
#include "channelbridge/hub/project.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"
#include "channelbridge/soap/soap.hpp"
#include "channelbridge/store/store.hpp"

namespace channelbridge::test {

namespace fs = std::filesystem;

namespace {

const std::string kSource = CHANNELBRIDGE_SOURCE_DIR;

constexpr const char* kDealer = R"(
system: file
object: dealer
entity: partner
id: dealer_id
correlation: dealer_id
reference_key: name
format: csv
absent: unchanged
fields:
  name: name
)";

constexpr const char* kSettlement = R"(
system: file
object: settlement
entity: settlement
id: settlement_id
correlation: settlement_id
format: csv
absent: unchanged
fields:
  number: number
  partner: { path: dealer, ref: partner, object: dealer }
  method: method
  currency: currency
  net: net
  tax: tax
  gross: gross
  due_date: due
  status: status
  erp_document: document
  value_date: paid_on
  bank_ref: bank
)";

constexpr const char* kSpokes = R"(
spokes:
  erp-partners: { system: erp, mapping: sap_s4hana/business_partner.yaml, first_contact: hub }
  office-dealers: { system: office, mapping: file/dealer.yaml, direction: push }
  office-settlements: { system: office, mapping: file/settlement.yaml, first_contact: system }
  erp-credits: { system: erp, mapping: sap_s4hana/credit_memo_request.yaml, first_contact: system, filter: "method = credit_memo and status = created" }
  erp-credit-memos: { system: erp, mapping: sap_s4hana/credit_memo.yaml, direction: pull, first_contact: system }
  fi-settlements: { system: fi, mapping: sap_fi/)";

}  // namespace

void BooksWorld::SetUp() {
  std::string name = (fs::temp_directory_path() / "channelbridge-books-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  folder_ = name;
  for (const char* part : {"office/from-partner", "office/to-partner", "file"})
    fs::create_directories(folder_ / part);
  std::ofstream(folder_ / "file" / "dealer.yaml") << kDealer;
  std::ofstream(folder_ / "file" / "settlement.yaml") << kSettlement;

  sandbox::SalesOptions sales;
  sales.tax_percent = otherwise_.credit_tax;
  sales.custom_fields = {{.set = "A_CreditMemoRequest", .name = "YY1_ChannelRecord_SDH"}};
  auto erp =
      sandbox::SapServer::start(sandbox::sales_services(kSource + "/tests/fixtures/sap", sales));
  ASSERT_TRUE(erp) << to_string(erp.error());
  erp_ = *std::move(erp);
  auto fi = sandbox::SapFiServer::start();
  ASSERT_TRUE(fi) << to_string(fi.error());
  fi_ = *std::move(fi);
  const auto seed = [this](const std::string& set, const Json& row) {
    const auto done = desk().seed(set, row);
    ASSERT_TRUE(done) << set << ": " << to_string(done.error());
  };
  for (const auto& [number, company, duns] : {std::tuple("10100001", "Rheinwerk", "123456789"),
                                              std::tuple("10100002", "Seewerk", "987654321")}) {
    seed("A_BusinessPartner", {{"BusinessPartner", number},
                               {"BusinessPartnerCategory", "2"},
                               {"OrganizationBPName1", company}});
    seed("A_BuPaIdentification", {{"BusinessPartner", number},
                                  {"BPIdentificationType", "BUP001"},
                                  {"BPIdentificationNumber", duns}});
    seed("A_Customer", {{"Customer", number}});
    books().add_debtor("1010", std::string("00") + number);
  }
  seed("A_Product", {{"Product", "MDF"}, {"ProductType", "SERV"}, {"BaseUnit", "PC"}});
}

void BooksWorld::TearDown() {
  hub_.reset();
  std::error_code ignored;  // a leftover folder of a test harms nobody
  fs::remove_all(folder_, ignored);
}

void BooksWorld::start(bool bapi, const std::string& spokes) {
  hub_.reset();
  const std::string basic = "    credential: { kind: basic, user: CHANNEL, password: Welcome1 }\n";
  const std::string kind = bapi ? "settlement_bapi.yaml" : "settlement.yaml";
  std::ofstream(folder_ / "channelbridge.yaml")
      << "store: \"sqlite:hub.db\"\nsystems:\n"
      << "  erp:\n    adapter: sap_s4hana\n    url: \"" << erp_->url()
      << "\"\n    client: \"100\"\n    user: channel\n    settle: 200ms\n"
      << basic << "    values: { credit_memo_correlation: YY1_ChannelRecord_SDH"
      << otherwise_.erp_values << " }\n"
      << "  fi:\n    adapter: soap\n    url: \""
      << (otherwise_.books_url.empty() ? fi_->url() : otherwise_.books_url)
      << "\"\n    settle: 200ms\n"
      << basic << "    manifest: sap_fi_" << kind
      << "\n    parameters: { company_code: \"1010\", user: CHANNEL }\n    keys_of: erp\n"
      << otherwise_.books_settings << "  office: { adapter: file, folder: office }\n"
      << "entities:\n  partner: { match: [duns] }\n  incentive: { match: [code] }\n  settlement: { "
      << otherwise_.settlement << " }\n"
      << kSpokes << kind
      << ", first_contact: system, filter: \"method != credit_memo and status in (created, "
         "reversed)\", creates: \"status = created\" }\n"
      << spokes;
  adapter::AdapterRegistry adapters;
  for (auto&& each : {sap_s4hana::kind(), soap::kind(), file::kind()}) adapters.add(each);
  auto project = hub::load_project((folder_ / "channelbridge.yaml").string(), adapters,
                                   model::EntityRegistry::built_in(),
                                   {.mapping_folders = {kSource + "/mappings"}});
  if (!project) throw std::runtime_error(to_string(project.error()));  // the test ends here
  auto store = store::open_store(project->store, {.create = true});
  if (!store) throw std::runtime_error(to_string(store.error()));
  hub_ = std::make_unique<hub::Hub>(std::move(project->hub), *std::move(store));
}

namespace {

Json the_one(const std::string& what, const std::vector<Json>& rows) {
  if (rows.size() != 1)  // the test ends here
    throw std::runtime_error(what + " has " + std::to_string(rows.size()) + " rows, and not one");
  return rows.front();
}

}  // namespace

Json BooksWorld::only(const std::string& set) { return the_one(set, rows(set)); }

Json BooksWorld::document() {
  const Json state = books().state();
  std::vector<Json> all;
  for (const Json& each : state["documents"]) all.push_back(each);
  return the_one("the books", all);
}

sandbox::fi::PaymentRun BooksWorld::pay() {
  return books().pay({.company = "1010",
                      .value_date = *model::Date::parse("2027-01-15"),
                      .bank_reference = "BANK-1"});
}

void BooksWorld::settles(const std::string& number, const std::string& partner,
                         const std::string& method, const std::string& net, const std::string& tax,
                         const std::string& gross) {
  std::ofstream(folder_ / "office" / "from-partner" / ("settlement-" + number + ".csv"))
      << "settlement_id,number,dealer,method,currency,net,tax,gross,status\n"
      << number << ',' << number << ',' << partner << ',' << method << ",EUR," << net << ',' << tax
      << ',' << gross << ",created\n";
}

std::string BooksWorld::sent_to_office() const {
  std::string out;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "office" / "to-partner")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    out.append(std::istreambuf_iterator<char>(in), {});
  }
  return out;
}

std::uint64_t BooksWorld::effects() const {
  return erp_->journal().effects() + fi_->journal().effects();
}

hub::RunReport BooksWorld::run() {
  for (sandbox::OffsetClock* clock : {&erp_->clock(), &fi_->clock()})
    clock->advance(std::chrono::minutes(5));
  const auto report = hub_->sync({}, Context().with_timeout(std::chrono::seconds(60)));
  if (!report) throw std::runtime_error(to_string(report.error()));  // the test ends here
  return *report;
}

std::uint64_t BooksWorld::sync() {
  const hub::RunReport report = run();
  EXPECT_FALSE(report.set_aside()) << open_things();
  return report.written();
}

void BooksWorld::settle() {
  for (int i = 0; i < 6; ++i) {
    if (sync() != 0) continue;
    const std::uint64_t before = effects();
    EXPECT_EQ(sync(), 0U);
    EXPECT_EQ(effects(), before) << "a run that has nothing to do writes nothing";
    const auto plan = hub_->plan({}, Context(), [](const hub::PlannedAction& action) {
      ADD_FAILURE() << "planned: " << action.spoke << " " << action.key;
    });
    ASSERT_TRUE(plan) << to_string(plan.error());
    EXPECT_TRUE(plan->empty()) << to_json(*plan);
    return;
  }
  ADD_FAILURE() << "it does not come to rest";
}

Json BooksWorld::settlement() {
  const auto rows = hub_->store().records_changed("settlement", 0, 10);
  if (!rows) throw std::runtime_error(to_string(rows.error()));
  std::vector<Json> states;
  for (const auto& row : *rows) states.push_back(Json::parse(row.state).at("fields"));
  return the_one("settlement", states);
}

std::string BooksWorld::open_things() {
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
  for (const auto& letter : letters())
    out += "\n" + letter.spoke + ": " + letter.rule + " " + letter.message;
  return out;
}

std::vector<store::DeadLetterRow> BooksWorld::letters() {
  return hub_->store().dead_letters(true, 100).value();
}

}  // namespace channelbridge::test

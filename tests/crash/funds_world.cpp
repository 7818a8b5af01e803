#include "funds_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "channelbridge/model/date.hpp"
#include "channelbridge/model/decimal.hpp"

namespace channelbridge::crash {

namespace fs = std::filesystem;
using sandbox::Json;

namespace {

const std::string kSource = CHANNELBRIDGE_SOURCE_DIR;

constexpr const char* kPlan = "0000000100";
constexpr const char* kReviewer = "ANNA";

constexpr const char* kPassword =
    "    credential: { kind: basic, user: CHANNEL, password: Welcome1 }\n";

constexpr const char* kEntitiesAndSpokes = R"yaml(
entities:
  partner: { match: [duns] }
  settlement: { match: [number], groups: { status: { prefer: fi } } }
spokes:
  erp-partners: { system: erp, mapping: sap_s4hana/business_partner.yaml, first_contact: hub }
  pcm-partners: { system: pcm, mapping: sap_crm/partner.yaml, direction: push }
  pcm-budgets: { system: pcm, mapping: sap_crm/budget.yaml, direction: pull }
  pcm-funds: { system: pcm, mapping: sap_crm/fund.yaml, direction: pull }
  pcm-requests: { system: pcm, mapping: sap_crm/fund_request.yaml, first_contact: system, filter: 'not status in (draft, returned)' }
  pcm-claims: { system: pcm, mapping: sap_crm/claim.yaml, first_contact: system, filter: 'not status in (draft, returned)' }
  pcm-settlements: { system: pcm, mapping: sap_crm/settlement.yaml, first_contact: system }
  crm-accounts: { system: crm, mapping: salesforce/account.yaml, first_contact: hub }
  crm-budgets: { system: crm, mapping: salesforce/budget.yaml, first_contact: hub }
  crm-funds: { system: crm, mapping: salesforce/fund.yaml, first_contact: hub }
  crm-requests: { system: crm, mapping: salesforce/fund_request.yaml, first_contact: system }
  crm-claims: { system: crm, mapping: salesforce/claim.yaml, first_contact: system }
  fi-settlements: { system: fi, mapping: sap_fi/settlement.yaml, first_contact: system, exclusive_with: [erp-credits], filter: "method != credit_memo and status = created" }
  erp-credits: { system: erp, mapping: sap_s4hana/credit_memo_request.yaml, first_contact: system, filter: "method = credit_memo and status = created" }
  erp-credit-memos: { system: erp, mapping: sap_s4hana/credit_memo.yaml, direction: pull, first_contact: system }
  pcm-fund-statements: { system: pcm, mapping: sap_crm/fund_statement.yaml, direction: pull }
  crm-fund-statements: { system: crm, mapping: salesforce/fund_statement.yaml, direction: pull }
  crm-budget-statements: { system: crm, mapping: salesforce/budget_statement.yaml, direction: pull }
ledger: { direct_claims: true }
)yaml";

model::Decimal decimal(std::int64_t cents) { return model::Decimal(cents, 2); }
Json amount(std::int64_t cents) { return sandbox::exact_number(money(cents)); }
sandbox::soap::Amount euros(std::int64_t cents) { return {decimal(cents), "EUR"}; }
model::Date day(const char* text) { return model::Date::parse(text).value(); }

/// The number as it is written with ten digits.
std::string ten_digits(const Partner& partner) { return "00" + std::string(partner.number); }

/// Notes in the test what went wrong.
template <typename T>
bool went_well(const Result<T>& done, const std::string& what) {
  EXPECT_TRUE(done) << what << ": " << (done ? "" : to_string(done.error()));
  return static_cast<bool>(done);
}

template <typename T>
bool started(Result<T> result, T& into) {
  if (!went_well(result, "a sandbox")) return false;
  into = *std::move(result);
  return true;
}

/// How the deals of a world go.
struct Kind {
  Deal::Decided decided;
  bool less;  ///< is granted than was asked for
  Deal::Verdict verdict;
  bool credit_memo;
};
constexpr std::array<Kind, 6> kKinds{{
    {Deal::Decided::InCrm, false, Deal::Verdict::Approved, false},
    {Deal::Decided::InOrg, false, Deal::Verdict::Approved, true},
    {Deal::Decided::InCrm, true, Deal::Verdict::Reduced, true},
    {Deal::Decided::InOrg, true, Deal::Verdict::Reduced, false},
    {Deal::Decided::InCrm, false, Deal::Verdict::Rejected, false},
    {Deal::Decided::Returned, false, Deal::Verdict::NotClaimed, false},
}};

/// "photo 1", "photo 2" … in base64: the proof of each claim.
constexpr std::array<const char*, kKinds.size()> kPhotos{
    "cGhvdG8gMQ==", "cGhvdG8gMg==", "cGhvdG8gMw==", "cGhvdG8gNA==", "cGhvdG8gNQ==", "cGhvdG8gNg=="};

}  // namespace

std::string money(std::int64_t cents) { return to_string(decimal(cents), 2); }

std::vector<Deal> drawn_deals(std::mt19937_64& random) {
  const auto below = [&random](std::uint64_t limit) {
    return static_cast<std::int64_t>(random() % limit);
  };
  std::vector<Deal> out;
  const std::size_t first = random() % kKinds.size();
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const Kind& kind = kKinds.at((first + i) % kKinds.size());
    Deal deal{.partner = i % std::size(kPartners),
              .decided = kind.decided,
              .verdict = kind.verdict,
              .credit_memo = kind.credit_memo};
    // Each deal in a range of its own, and what is returned above all of them.
    deal.asked = 50'000 + 7'000 * static_cast<std::int64_t>(i) + below(4'000);
    if (kind.decided == Deal::Decided::Returned) deal.returned = deal.asked + 45'000;
    deal.granted = deal.asked - (kind.less ? 1 + below(1'000) : 0);
    if (kind.verdict != Deal::Verdict::NotClaimed) deal.claimed = deal.granted - below(1'000);
    if (kind.verdict == Deal::Verdict::Approved) deal.paid = deal.claimed;
    if (kind.verdict == Deal::Verdict::Reduced) deal.paid = deal.claimed - 1 - below(500);
    out.push_back(std::move(deal));
  }
  return out;
}

std::unique_ptr<FundsWorld> FundsWorld::start(const std::string& folder, std::vector<Deal> deals) {
  fs::remove_all(folder);
  fs::create_directories(fs::path(folder) / "evidence");
  std::unique_ptr<FundsWorld> world(new FundsWorld(folder, std::move(deals)));
  if (!world->start_systems()) return nullptr;
  world->fill_erp();
  world->plan_funds();
  world->write_project();
  return world;
}

bool FundsWorld::start_systems() {
  sandbox::salesforce::OrgOptions options;
  options.metadata = kSource + "/tests/fixtures/salesforce";
  options.apps.push_back({.client_id = "bridge",
                          .client_secret = "open sesame",
                          .run_as = "integration@sandbox.example"});
  sandbox::SalesOptions sales;
  sales.tax_percent = "0";  // what a claim is paid bears no tax here
  sales.custom_fields = {{.set = "A_CreditMemoRequest", .name = "YY1_ChannelRecord_SDH"}};
  return started(sandbox::salesforce::Sandbox::start(std::move(options)), org_) &&
         started(sandbox::SapServer::start(
                     sandbox::sales_services(kSource + "/tests/fixtures/sap", sales)),
                 erp_) &&
         started(sandbox::SapCrmServer::start(), crm_) &&
         started(sandbox::SapFiServer::start(), books_);
}

void FundsWorld::fill_erp() {
  const auto seed = [this](const std::string& set, const Json& row) {
    went_well(erp_->sales()->seed(set, row), set);
  };
  for (const Partner& partner : kPartners) {
    seed("A_BusinessPartner", {{"BusinessPartner", partner.number},
                               {"BusinessPartnerCategory", "2"},
                               {"OrganizationBPName1", partner.name}});
    seed("A_BuPaIdentification", {{"BusinessPartner", partner.number},
                                  {"BPIdentificationType", "BUP001"},
                                  {"BPIdentificationNumber", partner.duns}});
    seed("A_Customer", {{"Customer", partner.number}});
    books().add_debtor("1010", ten_digits(partner));
  }
  seed("A_Product", {{"Product", "MDF"}, {"ProductType", "SERV"}, {"BaseUnit", "PC"}});
}

void FundsWorld::plan_funds() {
  crm().add_plan({.number = kPlan,
                  .description = "MDF 2027",
                  .budget = euros(1'000'000),
                  .from = day("2027-01-01"),
                  .to = day("2027-12-31"),
                  .cost_center = "0010101101"});
  for (const Partner& partner : kPartners) {
    crm().add_partner(ten_digits(partner), partner.name);
    went_well(crm().add_fund({.number = partner.fund,
                              .plan = kPlan,
                              .description = std::string(partner.name) + ", marketing",
                              .partner = ten_digits(partner),
                              .from = day("2027-01-01"),
                              .to = day("2027-12-31")},
                             decimal(500'000)),
              partner.fund);
  }
}

void FundsWorld::write_project() const {
  const std::string settle = "    settle: " + std::to_string(kSettle.count()) + "s\n";
  std::ofstream(fs::path(folder_) / "channelbridge.yaml")
      << "store: \"sqlite:channelbridge.db\"\nsystems:\n"
      << "  erp:\n    adapter: sap_s4hana\n    url: \"" << erp_->url()
      << "\"\n    client: \"100\"\n    user: channel\n"
      << settle << kPassword << "    values: { credit_memo_correlation: YY1_ChannelRecord_SDH }\n"
      << "  crm:\n    adapter: salesforce\n    url: \"" << org_.server->url()
      << "\"\n    user: integration@sandbox.example\n"
      << settle
      << "    credential: { kind: client_credentials, client_id: bridge, client_secret: open "
         "sesame }\n    funds: { files: evidence }\n"
      << "  pcm:\n    adapter: soap\n    url: \"" << crm_->url() << "\"\n"
      << settle << kPassword << "    manifest: sap_crm_funds.yaml\n"
      << "  fi:\n    adapter: soap\n    url: \"" << books_->url() << "\"\n"
      << settle << kPassword << "    manifest: sap_fi_settlement.yaml\n"
      << "    parameters: { company_code: \"1010\", user: CHANNEL }\n    keys_of: erp\n"
      << kEntitiesAndSpokes;
}

const std::vector<FundsWorld::Stage>& FundsWorld::stages() {
  static const std::vector<Stage> kAll{
      {"asked", &FundsWorld::ask},        {"decided", &FundsWorld::decide},
      {"claimed", &FundsWorld::claim},    {"judged", &FundsWorld::judge},
      {"released", &FundsWorld::release}, {"paid", &FundsWorld::pay}};
  return kAll;
}

std::string FundsWorld::insert(const std::string& object, const Json& fields) const {
  const auto made = org().insert(object, fields);
  return went_well(made, object) ? *made : std::string();
}

void FundsWorld::edit(const std::string& id, const Json& fields) const {
  went_well(org().edit(id, fields), id);
}

std::string FundsWorld::id_of(const std::string& object, const char* field,
                              const std::string& value) const {
  for (const Json& record : org().records(object)) {
    if (sandbox::text_of(record, field) == value) return sandbox::text_of(record, "Id");
  }
  ADD_FAILURE() << "Salesforce has no " << object << " with " << field << " " << value;
  return {};
}

std::string FundsWorld::number_of(const char* rows, const char* field, std::int64_t cents) const {
  const Json state = crm().state();
  for (const Json& row : state.at(rows)) {
    if (sandbox::text_of(row, field) == money(cents)) return sandbox::text_of(row, "number");
  }
  ADD_FAILURE() << "SAP CRM has none of " << rows << " with " << field << " " << money(cents);
  return {};
}

/// Partners ask for money of their funds.
void FundsWorld::ask() {
  for (std::size_t i = 0; i < deals_.size(); ++i) {
    Deal& deal = deals_[i];
    const Partner& partner = kPartners[deal.partner];
    const std::int64_t asked = deal.returned > 0 ? deal.returned : deal.asked;
    deal.request = insert(
        "PartnerFundRequest",
        {{"Title", "Trade show " + std::to_string(i + 1)},
         {"Description", "a booth"},
         {"BudgetId", id_of("PartnerMarketingBudget", "Reference_Number__c", kPlan)},
         {"AllocationId", id_of("PartnerFundAllocation", "Reference_Number__c", partner.fund)},
         {"ChannelPartnerId", id_of("Account", "Name", partner.name)},
         {"RequestedAmount", amount(asked)},
         {"Total_Cost__c", amount(2 * asked)},
         {"Vendor_Share__c", 50},
         {"DesiredOutcome", "200 leads"},
         {"Status", "Draft"},
         {"Approval_Status__c", "Pending"}});
  }
}

void FundsWorld::decide_request(const Deal& deal) {
  if (deal.decided == Deal::Decided::InOrg) {
    edit(deal.request, {{"Status", "Approved"},
                        {"Amount", amount(deal.granted)},
                        {"Approval_Status__c", nullptr}});
    return;
  }
  sandbox::crm::Verdict verdict{.code = "APPR", .by = kReviewer};
  if (deal.decided == Deal::Decided::Returned) {
    verdict.number = number_of("reservations", "requested", deal.returned);
    verdict.code = "RETN";
    verdict.reason = "Too much";
  } else {
    verdict.number = number_of("reservations", "requested", deal.asked);
    if (deal.granted < deal.asked) {
      verdict.amount = euros(deal.granted);
      verdict.reason = "Less is enough";
    }
  }
  went_well(crm().decide_reservation(verdict), verdict.number);
}

/// Planners and, in Salesforce, channel managers decide.
void FundsWorld::decide() {
  for (const Deal& deal : deals_) decide_request(deal);
}

std::string FundsWorld::claim_of(const Deal& deal, std::size_t number) {
  const std::string invoice = "FV-" + std::to_string(number);
  const std::string id =
      insert("PartnerFundClaim",
             {{"Title", "Claim " + std::to_string(number)},
              {"RequestId", deal.request},
              {"Kind__c", "Reimbursement"},
              {"Claimed_Amount__c", amount(deal.claimed)},
              {"Amount", amount(deal.claimed)},
              {"Activity_Start__c", "2027-03-01"},
              {"Activity_End__c", "2027-03-05"},
              {"Performed_Start__c", "2027-03-01"},
              {"Performed_End__c", "2027-03-05"},
              {"Settlement_Preference__c", deal.credit_memo ? "Credit Memo" : "Bank Transfer"},
              {"Status", "Draft"}});
  insert("Claim_Line__c", {{"Claim__c", id},
                           {"Line_No__c", 1},
                           {"Expense_Type__c", "booth"},
                           {"Invoice_No__c", invoice},
                           {"Invoice_Date__c", "2027-03-06"},
                           {"Vendor_Name__c", "Messe Posen"},
                           {"Net__c", amount(2 * deal.claimed)},
                           {"Claimed__c", amount(deal.claimed)},
                           {"Share_Pct__c", 50}});
  insert("ContentVersion", {{"PathOnClient", invoice + ".pdf"},
                            {"Title", invoice + ".pdf"},
                            {"Evidence_Type__c", "Invoice"},
                            {"VersionData", kPhotos.at(number - 1)},
                            {"FirstPublishLocationId", id}});
  edit(id, {{"Approval_Status__c", "Pending"}});
  return id;
}

/// Partners claim what was granted, or less; who was sent back asks for less.
void FundsWorld::claim() {
  for (std::size_t i = 0; i < deals_.size(); ++i) {
    Deal& deal = deals_[i];
    if (deal.returned > 0)
      edit(deal.request, {{"RequestedAmount", amount(deal.asked)},
                          {"Total_Cost__c", amount(2 * deal.asked)},
                          {"Approval_Status__c", "Pending"}});
    if (deal.claimed > 0) deal.claim = claim_of(deal, i + 1);
  }
}

/// In Salesforce a part is approved line by line.
void FundsWorld::judge_in_org(const Deal& deal) {
  if (deal.verdict == Deal::Verdict::Reduced)
    edit(id_of("Claim_Line__c", "Claim__c", deal.claim),
         {{"Approved__c", amount(deal.paid)}, {"Reason__c", "Over Limit"}});
  edit(deal.claim, {{"Status", "Approved"},
                    {"Approved_Amount__c", amount(deal.paid)},
                    {"Amount", amount(deal.paid)},
                    {"Approval_Status__c", nullptr}});
}

void FundsWorld::judge_claim(const Deal& deal) {
  if (deal.decided == Deal::Decided::InOrg) return judge_in_org(deal);
  sandbox::crm::Verdict verdict{
      .number = number_of("claims", "submitted", deal.claimed), .code = "APPR", .by = kReviewer};
  if (deal.verdict == Deal::Verdict::Reduced)
    verdict.items.push_back({.item = "1", .approved = euros(deal.paid), .reason = "No logo"});
  if (deal.verdict == Deal::Verdict::Rejected) {
    verdict.code = "REJC";
    verdict.reason = "No proof";
  }
  went_well(crm().decide_claim(verdict), verdict.number);
}

/// Reviewers decide claims, in Salesforce where the request was decided there, and what was handed
/// in once more.
void FundsWorld::judge() {
  for (const Deal& deal : deals_) {
    if (deal.claimed > 0) judge_claim(deal);
    if (deal.returned == 0) continue;
    const std::string number = number_of("reservations", "requested", deal.asked);
    went_well(crm().decide_reservation({.number = number, .code = "APPR", .by = kReviewer}),
              number);
  }
}

/// The CRM's billing makes a settlement of each approved claim.
void FundsWorld::release() {
  for (const Deal& deal : deals_) {
    if (deal.paid == 0) continue;
    const std::string number = number_of("claims", "submitted", deal.claimed);
    went_well(crm().settle({.number = number, .step = "RELS", .by = "BILLING"}), number);
  }
}

/// The company pays by bank what it owes, and sales releases, bills and clears what is credited.
void FundsWorld::pay() {
  const sandbox::fi::PaymentRun run =
      books().pay({.company = "1010", .value_date = day("2027-04-01"), .bank_reference = "BANK-1"});
  EXPECT_TRUE(run.left.empty()) << run.left.front().reason;
  sandbox::SalesDesk& sales = *erp_->sales();
  for (const Json& row : sales.service_with("A_CreditMemoRequest")->rows("A_CreditMemoRequest")) {
    const std::string request = sandbox::text_of(row, "CreditMemoRequest");
    if (!went_well(sales.release_credit(request), request)) continue;
    const auto memo = sales.bill_credit(request);
    if (went_well(memo, request)) went_well(sales.clear_credit(*memo), *memo);
  }
}

}  // namespace channelbridge::crash

#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <tuple>

#include "channelbridge/hub/ledger.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/decimal.hpp"
#include "sandbox/soap/sap_crm_server.hpp"
#include "trade_world.hpp"

namespace channelbridge::test {

/// Marketing funds between SAP CRM, whose planners and reviewers decide, and Salesforce, where
/// partners ask and claim. The books are a table that accounting sends. Funds plan 0000000100 has
/// 10,000 EUR: 6,000 are Rheinwerk's (0000000201), 4,000 Seewerk's (0000000202).
class CrmFunds : public TradeWorld {
 protected:
  using Verdict = sandbox::crm::Verdict;

  static constexpr const char* kRheinwerk = "0010100001";
  static constexpr const char* kSeewerk = "0010100002";
  static model::Decimal number(const char* text) { return *model::Decimal::parse(text); }
  static model::Date day(const char* text) { return *model::Date::parse(text); }

  static constexpr const char* kSpokesOfFunds = R"(
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
  books-settlements: { system: books, mapping: file/settlement.yaml, first_contact: system }
)";
  static constexpr const char* kSettlement = R"(
system: file
object: settlement
entity: settlement
id: settlement_id
correlation: settlement_id
format: csv
absent: unchanged
fields:
  number: number
  gross: gross
  currency: { const: EUR }
  erp_document: document
  value_date: paid_on
  bank_ref: bank
  status: status
)";

  void SetUp() override {
    namespace fs = std::filesystem;
    TradeWorld::SetUp();
    auto started = sandbox::SapCrmServer::start();
    ASSERT_TRUE(started) << to_string(started.error());
    pcm_ = *std::move(started);
    pcm_url_ = pcm_->url();
    plan_funds();
    for (const char* name : {"books/from-partner", "books/to-partner", "file", "evidence"})
      fs::create_directories(folder_ / name);
    std::ofstream(folder_ / "file" / "settlement.yaml") << kSettlement;
    prepare();
    open_hub();
    rest();
  }
  /// Right before the hub begins.
  virtual void prepare() {}
  /// Spokes of funds, and rules of entities.
  virtual std::string spokes() const { return kSpokesOfFunds; }
  virtual std::string entities() const { return {}; }
  /// Further systems.
  virtual std::string systems() const { return {}; }
  /// A hub on the store as it is: another process, as far as anybody can tell.
  void open_hub() {
    hub_.reset();
    start(spokes(),
          {{"crm",
            "    funds: { files: evidence, file_bytes: 1000, file_changes: true }\n  pcm:\n    "
            "adapter: soap\n    url: "
            "\"" +
                pcm_url_ +
                "\"\n    manifest: sap_crm_funds.yaml\n    settle: 200ms\n"
                "    credential: { kind: basic, user: CHANNEL, password: Welcome1 }\n"
                "  books: { adapter: file, folder: books, keys_of: crm }\n" +
                systems()}},
          entities());
  }
  void plan_funds() {
    pcm().add_partner(kRheinwerk, "Rheinwerk (old name)");
    pcm().add_partner(kSeewerk, "Seewerk");
    pcm().add_plan({.number = "0000000100",
                    .description = "MDF 2027",
                    .budget = {number("10000"), "EUR"},
                    .from = day("2027-01-01"),
                    .to = day("2027-12-31"),
                    .cost_center = "0010101101"});
    for (const auto& [fund, partner, amount] :
         {std::tuple{"0000000201", kRheinwerk, "6000"}, std::tuple{"0000000202", kSeewerk, "4000"}})
      ASSERT_TRUE(pcm().add_fund({.number = fund,
                                  .plan = "0000000100",
                                  .description = "Marketing",
                                  .partner = partner,
                                  .from = day("2027-01-01"),
                                  .to = day("2027-12-31")},
                                 number(amount)));
  }
  sandbox::SapCrmService& pcm() { return pcm_->service(); }

  /// Until nothing is written any more anywhere; the books are equal on all sides then.
  void rest() {
    settle();
    const auto before = pcm_->journal().effects();
    EXPECT_EQ(sync(), 0U);
    EXPECT_EQ(pcm_->journal().effects(), before) << "a second run writes nothing";
    const auto check = hub_->verify_ledger();
    ASSERT_TRUE(check) << to_string(check.error());
    EXPECT_FALSE(check->broken()) << to_json(*check);
  }

  std::string fund_in_crm(const std::string& fund = "0000000201") {
    return with(crm().records("PartnerFundAllocation"), "Reference_Number__c", fund)["Id"];
  }
  /// A partner asks for money of Rheinwerk's fund and hands the request in; its id in the org.
  std::string ask(const char* title, int amount) {
    const std::string id = in_crm("PartnerFundRequest", request_for(title, amount));
    rest();
    return id;
  }
  Json request_for(const char* title, int amount) {
    return {{"Title", title},
            {"Description", "a booth"},
            {"BudgetId", only_in_crm("PartnerMarketingBudget")["Id"]},
            {"AllocationId", fund_in_crm()},
            {"ChannelPartnerId", account("Rheinwerk")["Id"]},
            {"RequestedAmount", amount},
            {"Total_Cost__c", 2 * amount},
            {"Vendor_Share__c", 50},
            {"DesiredOutcome", "200 leads"},
            {"Status", "Draft"},
            {"Approval_Status__c", "Pending"}};
  }
  Json reservation(const std::string& reference_of) { return row("reservations", reference_of); }
  Json claim_there(const std::string& reference_of) { return row("claims", reference_of); }
  /// The row of the CRM whose external reference is the record of this object of the org.
  Json row(const char* what, const std::string& id) {
    const std::string record = record_of(id);
    const Json state = pcm().state();
    for (const Json& each : state[what])
      if (each["admin"]["reference"] == record) return each;
    return {};
  }
  std::string record_of(const std::string& id) {
    for (const char* entity : {"fund_request", "claim", "marketing_activity"}) {
      const auto story = hub_->explain(entity, id);
      if (story) return Json::parse(*story).value("id", "");
    }
    ADD_FAILURE() << "no record of " << id;
    return {};
  }
  Json in_org(const std::string& id) { return crm().record(id); }
  /// Events of this kind in all books together.
  std::size_t posted(const std::string& kind) {
    const auto postings = hub_->ledger_postings();
    EXPECT_TRUE(postings) << to_string(postings.error());
    if (!postings) return 0;
    return static_cast<std::size_t>(
        std::count_if(postings->begin(), postings->end(), [&kind](const hub::LedgerPosting& each) {
          return each.row.part == 1 && each.row.kind == kind;
        }));
  }
  /// What stands in an account of Rheinwerk's fund.
  std::string in_fund(const std::string& account) {
    const auto lines = hub_->ledger({.fund = "0000000201"});
    if (!lines || lines->empty()) return "no fund";
    const auto found = lines->front().accounts.find(account);
    return found == lines->front().accounts.end() ? "0" : to_string(found->second);
  }

  /// An approved request of 1,500; its id in the org.
  std::string granted() {
    const std::string id = ask("Trade show", 1500);
    decide({.number = reservation(id)["number"], .code = "APPR", .by = "ANNA"}, true);
    rest();
    return id;
  }
  void decide(const Verdict& verdict, bool request = false) {
    const auto done = request ? pcm().decide_reservation(verdict) : pcm().decide_claim(verdict);
    ASSERT_TRUE(done) << to_string(done.error());
  }
  /// A claim with one line and its invoice as proof, handed in; its id in the org.
  std::string claim(const std::string& request, const std::string& invoice, int amount) {
    const std::string id = in_crm("PartnerFundClaim", {{"Title", "Claim"},
                                                       {"RequestId", request},
                                                       {"Kind__c", "Reimbursement"},
                                                       {"Claimed_Amount__c", amount},
                                                       {"Amount", amount},
                                                       {"Activity_Start__c", "2027-03-01"},
                                                       {"Activity_End__c", "2027-03-05"},
                                                       {"Performed_Start__c", "2027-03-01"},
                                                       {"Performed_End__c", "2027-03-05"},
                                                       {"Settlement_Preference__c", "Credit Memo"},
                                                       {"Status", "Draft"}});
    line(id, 1, invoice, amount);
    in_crm("ContentVersion", {{"PathOnClient", invoice + ".pdf"},
                              {"Title", invoice + ".pdf"},
                              {"Evidence_Type__c", "Invoice"},
                              {"VersionData", "cGhvdG8gACBvZiB0aGUgYm9vdGg="},
                              {"FirstPublishLocationId", id}});
    edit_crm(id, {{"Approval_Status__c", "Pending"}});
    return id;
  }
  std::string line(const std::string& id, int no, const std::string& invoice, int amount) {
    return in_crm("Claim_Line__c", {{"Claim__c", id},
                                    {"Line_No__c", no},
                                    {"Expense_Type__c", "booth"},
                                    {"Invoice_No__c", invoice},
                                    {"Invoice_Date__c", "2027-03-06"},
                                    {"Vendor_Name__c", "Messe Posen"},
                                    {"Net__c", 2 * amount},
                                    {"Claimed__c", amount},
                                    {"Share_Pct__c", 50}});
  }
  /// Figures of Rheinwerk's fund, "accrual 250.00, budget 6250.00, …": in the CRM's checkbook, and
  /// in our books.
  std::string in_checkbook() {
    const Json state = pcm().state();
    for (const Json& fund : state["funds"]) {
      if (fund["number"] == "0000000201")
        return figures(
            [&](const char* name) { return fund["checkbook"][name].get<std::string>(); });
    }
    return "no fund";
  }
  std::string in_books() {
    const auto lines = hub_->ledger({.fund = "0000000201"});
    EXPECT_TRUE(lines) << to_string(lines.error());
    if (!lines || lines->size() != 1) return "no books";
    const hub::LedgerLine& line = lines->front();
    return figures([&line](const char* name) {
      const auto found =
          line.accounts.find(name == std::string("available_to_reserve") ? "available" : name);
      return to_string(found == line.accounts.end() ? model::Decimal() : found->second, 2);
    });
  }
  template <typename FigureOf>
  static std::string figures(const FigureOf& figure_of) {
    std::string out;
    for (const char* name : {"accrual", "budget", "reserved", "externally_settled",
                             "over_consumption_approved", "available_to_reserve"})
      out += (out.empty() ? "" : ", ") + std::string(name) + " " + figure_of(name);
    return out;
  }
  std::size_t postings() { return hub_->ledger_postings().value().size(); }
  std::string status_there(const std::string& id) { return claim_there(id)["admin"]["status"]; }
  void sends(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / "books" / "from-partner" / name) << text;
  }
  std::string settlement_id() {
    const auto rows = hub_->store().records_changed("settlement", 0, 10);
    EXPECT_EQ(rows->size(), 1U);
    return rows->empty() ? std::string() : rows->front().id;
  }

  std::unique_ptr<sandbox::SapCrmServer> pcm_{};
  std::string pcm_url_{};  ///< where the hub finds it
};

}  // namespace channelbridge::test

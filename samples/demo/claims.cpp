#include "claims.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

#include "channelbridge/model/date.hpp"
#include "claims_rows.hpp"
#include "sandbox/salesforce/base64.hpp"

namespace channelbridge::demo {

namespace {

using model::Decimal;
using sandbox::Json;
using sandbox::soap::plus;

constexpr const char* kFundsPlan = "0000000100";
constexpr const char* kCompanyCode = "1010";
constexpr const char* kEuro = "EUR";
constexpr const char* kReviewer = "ANNA";
constexpr const char* kPaidOn = "2026-12-15";

// Claims, by what becomes of them.
constexpr std::size_t kInFull = 0;
constexpr std::size_t kInPart = 1;
constexpr std::size_t kReturned = 2;
constexpr std::size_t kRejected = 3;
constexpr std::size_t kCampaign = 4;
constexpr std::size_t kAds = 5;
constexpr std::size_t kWaits = 6;
constexpr std::size_t kTwice = 7;

constexpr const char* kLessForTravel = "250.10";  // of what the second line of kInPart asks for
constexpr const char* kCorrected = "812.35";      // what kReturned asks for in the end

Json exact_euros(const Decimal& amount) { return sandbox::exact_number(to_string(amount, 2)); }

sandbox::soap::Amount in_euros(const Decimal& amount) { return {amount, kEuro}; }

model::Date day_of(const char* text) {
  return model::Date::parse(text).value_or(model::Date(std::chrono::sys_days{}));
}

Error missing_there(const std::string& what) {
  return Error(ErrorCode::Internal, "there is no " + what + " for people to work on");
}

}  // namespace

Claims::Claims()
    : partners_{{.name = "Nordwind Handel",
                 .number = "10100001",
                 .duns = "315000554",
                 .fund = "0000000201",
                 .amount = "12000.00"},
                {.name = "Baltic Systems",
                 .number = "10100002",
                 .duns = "341001228",
                 .fund = "0000000202",
                 .amount = "10000.00"},
                {.name = "Alpen Media",
                 .number = "10100003",
                 .duns = "332880107",
                 .fund = "0000000203",
                 .amount = "8000.00"}},
      requests_{{.title = "Trade show in Hanover",
                 .partner = 0,
                 .asked = "6000.00",
                 .granted = "5400.00"},
                {.title = "Webinars", .partner = 1, .asked = "4000.50", .granted = "4000.50"},
                {.title = "Print and search",
                 .partner = 2,
                 .asked = "2500.00",
                 .granted = "2400.00",
                 .in_salesforce = true},
                {.title = "Golf day", .partner = 2, .asked = "1800.00"}},
      claims_{{.title = "Booth at the trade show",
               .request = 0,
               .method = "Bank Transfer",
               .lines = {{"booth", "MH-2041", "Messe Hannover", "1234.56"}},
               .ends = "Paid",
               .granted = "1234.56"},
              {.title = "Print and travel",
               .request = 0,
               .method = "Credit Memo",
               .lines = {{"print", "P-77", "Druckhaus Nord", "1500.25"},
                         {"travel", "T-5", "Reisewelt", "499.75"}},
               .ends = "Paid",
               .granted = "1750.35"},
              {.title = "Two webinars",
               .request = 1,
               .method = "Bank Transfer",
               .lines = {{"media", "W-9", "Webcast AB", "900.10"}},
               .ends = "Paid",
               .granted = kCorrected},
              {.title = "Partner dinner",
               .request = 1,
               .method = "Bank Transfer",
               .lines = {{"venue", "D-3", "Hotel Baltic", "700.00"}},
               .ends = "Rejected"},
              {.title = "Print campaign",
               .request = 2,
               .method = "Credit Memo",
               .lines = {{"print", "PC-11", "Alpendruck", "1111.11"}},
               .ends = "Paid",
               .granted = "1111.11"},
              {.title = "Search ads",
               .request = 2,
               .method = "Bank Transfer",
               .lines = {{"media", "S-4", "Suchwerk", "333.33"}},
               .ends = "Paid",
               .granted = "333.33"},
              {.title = "Closing event",
               .request = 1,
               .method = "Bank Transfer",
               .lines = {{"venue", "E-8", "Hotel Baltic", "640.00"}},
               .ends = "Submitted"},
              // The first one's invoice, in other letters.
              {.title = "Booth, once more",
               .request = 0,
               .method = "Bank Transfer",
               .lines = {{"booth", "mh 2041", "Messe Hannover", "1234.56"}},
               .ends = "Rejected"}} {}

Result<std::unique_ptr<Claims>> Claims::start(const std::string& folder,
                                              const std::string& source) {
  std::unique_ptr<Claims> out(new Claims);
  out->folder_ = folder;
  if (auto done = out->prepare_folder(source); !done) return std::move(done).error();
  if (auto done = out->start_servers(source); !done) return std::move(done).error();
  if (auto done = out->introduce_partners(); !done) return std::move(done).error();
  if (auto done = out->plan_funds(); !done) return std::move(done).error();
  out->environment_ = {{"DEMO_ERP_URL", out->erp_url()},   {"DEMO_FI_URL", out->fi_url()},
                       {"DEMO_PCM_URL", out->pcm_url()},   {"DEMO_CRM_URL", out->crm_url()},
                       {"DEMO_CRM_CLIENT", "demo-client"}, {"DEMO_CRM_SECRET", "demo-secret"},
                       {"DEMO_SAP_USER", "CHANNEL"},       {"DEMO_SAP_PASSWORD", "Welcome1"}};
  return out;
}

Result<void> Claims::prepare_folder(const std::string& source) const {
  const std::filesystem::path folder(folder_);
  std::error_code error;
  std::filesystem::create_directories(folder / "evidence", error);
  std::filesystem::copy_file(std::filesystem::path(source) / "samples/demo/claims.yaml",
                             folder / "channelbridge.yaml",
                             std::filesystem::copy_options::overwrite_existing, error);
  if (!error) return {};
  return Error(ErrorCode::Internal,
               "cannot prepare the folder " + folder_ + ": " + error.message());
}

Result<void> Claims::start_servers(const std::string& source) {
  sandbox::salesforce::OrgOptions org;
  org.metadata = source + "/tests/fixtures/salesforce";
  org.apps.push_back({.client_id = "demo-client",
                      .client_secret = "demo-secret",
                      .run_as = "integration@sandbox.example"});
  auto salesforce = sandbox::salesforce::Sandbox::start(std::move(org));
  if (!salesforce) return std::move(salesforce).error();
  crm_ = *std::move(salesforce);

  sandbox::SalesOptions selling;
  selling.tax_percent = "0";  // what a claim is paid bears no tax here
  selling.custom_fields = {{.set = "A_CreditMemoRequest", .name = "YY1_ChannelRecord_SDH"}};
  auto erp =
      sandbox::SapServer::start(sandbox::sales_services(source + "/tests/fixtures/sap", selling));
  if (!erp) return std::move(erp).error();
  erp_ = *std::move(erp);
  auto accounting = sandbox::SapFiServer::start();
  if (!accounting) return std::move(accounting).error();
  fi_ = *std::move(accounting);
  auto funds = sandbox::SapCrmServer::start();
  if (!funds) return std::move(funds).error();
  pcm_ = *std::move(funds);
  return {};
}

/// Salesforce learns of them by the program. MDF is what credit memos are for.
Result<void> Claims::introduce_partners() {
  const auto seed = [this](const char* set, const Json& row) { return sales().seed(set, row); };
  for (const Partner& partner : partners_) {
    if (auto done = seed("A_BusinessPartner", Json{{"BusinessPartner", partner.number},
                                                   {"BusinessPartnerCategory", "2"},
                                                   {"OrganizationBPName1", partner.name}});
        !done)
      return done;
    if (auto done = seed("A_BuPaIdentification", Json{{"BusinessPartner", partner.number},
                                                      {"BPIdentificationType", "BUP001"},
                                                      {"BPIdentificationNumber", partner.duns}});
        !done)
      return done;
    if (auto done = seed("A_Customer", Json{{"Customer", partner.number}}); !done) return done;
    fi_->service().add_debtor(kCompanyCode, debtor_of(partner));
    pcm().add_partner(debtor_of(partner), partner.name);
  }
  return seed("A_Product", Json{{"Product", "MDF"}, {"ProductType", "SERV"}, {"BaseUnit", "PC"}});
}

Result<void> Claims::plan_funds() {
  Decimal all;
  for (const Partner& partner : partners_) all = plus(all, euros(partner.amount));
  pcm().add_plan({.number = kFundsPlan,
                  .description = "Channel marketing 2026",
                  .budget = in_euros(all),
                  .from = day_of("2026-01-01"),
                  .to = day_of("2026-12-31"),
                  .cost_center = "0010101101"});
  for (const Partner& partner : partners_) {
    auto done = pcm().add_fund({.number = partner.fund,
                                .plan = kFundsPlan,
                                .description = partner.name,
                                .partner = debtor_of(partner),
                                .from = day_of("2026-01-01"),
                                .to = day_of("2026-12-31")},
                               euros(partner.amount));
    if (!done) return done;
  }
  return {};
}

Decimal Claims::claimed(const Claim& claim) {
  Decimal out;
  for (const Line& line : claim.lines) out = plus(out, euros(line.claimed));
  return out;
}

Result<void> Claims::ask() {
  for (Request& request : requests_) {
    const Partner& partner = partners_.at(request.partner);
    const Json fund =
        row_with(crm().records("PartnerFundAllocation"), "Reference_Number__c", partner.fund);
    if (fund.is_null()) return missing_there("allocation " + partner.fund + " in Salesforce");
    const Decimal asked = euros(request.asked);
    auto made = crm().insert("PartnerFundRequest",
                             Json{{"Title", request.title},
                                  {"Description", request.title},
                                  {"BudgetId", word_in(fund, "BudgetId")},
                                  {"AllocationId", word_in(fund, "Id")},
                                  {"ChannelPartnerId", word_in(fund, "ChannelPartnerId")},
                                  {"RequestedAmount", exact_euros(asked)},
                                  {"Total_Cost__c", exact_euros(plus(asked, asked))},
                                  {"Vendor_Share__c", 50},
                                  {"DesiredOutcome", "200 leads"},
                                  {"Status", "Draft"},
                                  {"Approval_Status__c", "Pending"}});
    if (!made) return std::move(made).error();
    request.key = *made;
  }
  return {};
}

Result<void> Claims::decide_requests() {
  for (const Request& request : requests_) {
    const Decimal granted = euros(request.granted);
    if (request.in_salesforce) {
      auto done = crm().edit(request.key, Json{{"Status", "Approved"},
                                               {"Amount", exact_euros(granted)},
                                               {"Approval_Status__c", nullptr}});
      if (!done) return done;
      continue;
    }
    sandbox::crm::Verdict verdict{.number = request.number, .code = "APPR", .by = kReviewer};
    if (request.granted.empty()) {
      verdict.code = "REJC";
      verdict.reason = "Nobody buys there";
    } else {
      verdict.amount = in_euros(granted);
      if (request.granted != request.asked) verdict.reason = "A smaller booth will do";
    }
    if (auto done = pcm().decide_reservation(verdict); !done) return done;
  }
  return {};
}

Result<void> Claims::submit(Claim& claim) {
  const Json amount = exact_euros(claimed(claim));
  auto made = crm().insert("PartnerFundClaim", Json{{"Title", claim.title},
                                                    {"RequestId", requests_.at(claim.request).key},
                                                    {"Kind__c", "Reimbursement"},
                                                    {"Claimed_Amount__c", amount},
                                                    {"Amount", amount},
                                                    {"Activity_Start__c", "2026-10-01"},
                                                    {"Activity_End__c", "2026-10-31"},
                                                    {"Performed_Start__c", "2026-10-05"},
                                                    {"Performed_End__c", "2026-10-09"},
                                                    {"Settlement_Preference__c", claim.method},
                                                    {"Status", "Draft"}});
  if (!made) return std::move(made).error();
  claim.key = *made;
  int number = 0;
  for (const Line& each : claim.lines) {
    const Decimal sum = euros(each.claimed);
    auto line = crm().insert("Claim_Line__c", Json{{"Claim__c", claim.key},
                                                   {"Line_No__c", ++number},
                                                   {"Expense_Type__c", each.expense},
                                                   {"Invoice_No__c", each.invoice},
                                                   {"Invoice_Date__c", "2026-10-12"},
                                                   {"Vendor_Name__c", each.supplier},
                                                   {"Net__c", exact_euros(plus(sum, sum))},
                                                   {"Claimed__c", exact_euros(sum)},
                                                   {"Share_Pct__c", 50}});
    if (!line) return std::move(line).error();
    const std::string file = each.invoice + ".pdf";
    const std::string bytes = "%PDF invoice " + each.invoice + " of " + each.supplier;
    auto proof = crm().insert("ContentVersion",
                              Json{{"PathOnClient", file},
                                   {"Title", file},
                                   {"Evidence_Type__c", "Invoice"},
                                   {"VersionData", sandbox::salesforce::base64_text(bytes)},
                                   {"FirstPublishLocationId", claim.key}});
    if (!proof) return std::move(proof).error();
  }
  return crm().edit(claim.key, Json{{"Approval_Status__c", "Pending"}});
}

Result<void> Claims::hand_in() {
  for (std::size_t i = 0; i < kTwice; ++i)
    if (auto done = submit(claims_.at(i)); !done) return done;
  return {};
}

Result<void> Claims::claim_twice() { return submit(claims_.at(kTwice)); }

Result<void> Claims::decide_claims() {
  using sandbox::crm::Verdict;
  const auto number = [this](std::size_t fate) { return claims_.at(fate).number; };
  const std::vector<Verdict> verdicts{
      {.number = number(kInFull), .code = "APPR", .by = kReviewer},
      {.number = number(kInPart),
       .code = "APPR",
       .items = {{"2", in_euros(euros(kLessForTravel)), "Business class"}},
       .by = kReviewer},
      {.number = number(kReturned),
       .code = "RETN",
       .reason = "One webinar was in the year before",
       .by = kReviewer},
      {.number = number(kRejected),
       .code = "REJC",
       .reason = "Nobody was told of it before",
       .by = kReviewer},
      {.number = number(kCampaign), .code = "APPR", .by = kReviewer},
      {.number = number(kAds), .code = "APPR", .by = kReviewer},
      {.number = number(kWaits), .code = "REVW", .by = kReviewer}};
  for (const Verdict& verdict : verdicts)
    if (auto done = pcm().decide_claim(verdict); !done) return done;
  return {};
}

Result<void> Claims::reject_the_double() {
  return crm().edit(claims_.at(kTwice).key,
                    Json{{"Status", "Rejected"}, {"Approval_Status__c", nullptr}});
}

std::vector<Json> Claims::lines_of(const Claim& claim) const {
  std::vector<Json> out = crm().records("Claim_Line__c");
  std::erase_if(out, [&](const Json& line) { return word_in(line, "Claim__c") != claim.key; });
  return out;
}

Result<void> Claims::correct() {
  Claim& claim = claims_.at(kReturned);
  const std::vector<Json> lines = lines_of(claim);
  if (lines.size() != 1) return missing_there("line of the returned claim");
  const Decimal sum = euros(kCorrected);
  if (auto done = crm().edit(
          word_in(lines.front(), "Id"),
          Json{{"Net__c", exact_euros(plus(sum, sum))}, {"Claimed__c", exact_euros(sum)}});
      !done)
    return done;
  claim.lines.front().claimed = kCorrected;
  return crm().edit(claim.key, Json{{"Claimed_Amount__c", exact_euros(sum)},
                                    {"Amount", exact_euros(sum)},
                                    {"Approval_Status__c", "Pending"}});
}

Result<void> Claims::approve_corrected() {
  return pcm().decide_claim(
      {.number = claims_.at(kReturned).number, .code = "APPR", .by = kReviewer});
}

Result<std::size_t> Claims::settle() {
  std::size_t released = 0;
  const Json state = pcm().state();
  for (const Json& claim : state.at("claims")) {
    if (word_in(claim.at("admin"), "status") != "Approved") continue;
    auto done = pcm().settle({.number = word_in(claim, "number"), .step = "RELS", .by = "BILLING"});
    if (!done) return std::move(done).error();
    ++released;
  }
  return released;
}

Result<std::size_t> Claims::bill_credits() {
  std::size_t billed = 0;
  const Json requests = sales().service_with("A_CreditMemoRequest")->rows("A_CreditMemoRequest");
  for (const Json& each : requests) {
    if (word_in(each, "OverallOrdReltdBillgStatus") == "C") continue;
    const std::string request = word_in(each, "CreditMemoRequest");
    if (auto done = sales().release_credit(request); !done) return std::move(done).error();
    if (auto memo = sales().bill_credit(request); !memo) return std::move(memo).error();
    ++billed;
  }
  return billed;
}

Result<std::size_t> Claims::pay() {
  const auto run = fi_->service().pay(
      {.company = kCompanyCode, .value_date = day_of(kPaidOn), .bank_reference = "BANK-2026-7"});
  if (!run.left.empty())
    return Error(ErrorCode::Rejected, "document " + run.left.front().document +
                                          " is not paid: " + run.left.front().reason);
  std::size_t out = run.paid.size();
  const Json memos = sales().service_with("A_BillingDocument")->rows("A_BillingDocument");
  for (const Json& memo : memos) {
    if (word_in(memo, "BillingDocumentType") != sales().options().credit_memo_type) continue;
    if (auto done = sales().clear_credit(word_in(memo, "BillingDocument")); !done)
      return std::move(done).error();
    ++out;
  }
  return out;
}

}  // namespace channelbridge::demo

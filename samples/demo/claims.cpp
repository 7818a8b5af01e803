#include "claims.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "channelbridge/model/date.hpp"
#include "sandbox/salesforce/base64.hpp"

namespace channelbridge::demo {

namespace {

using model::Decimal;
using sandbox::Json;
using sandbox::text_of;
using sandbox::soap::plus;

constexpr const char* kFundsPlan = "0000000100";
constexpr const char* kCompanyCode = "1010";
constexpr const char* kEuro = "EUR";
constexpr const char* kReviewer = "ANNA";
constexpr const char* kPaidOn = "2026-12-15";

/// Claims, by what becomes of them.
enum Fate : std::size_t { kInFull, kInPart, kReturned, kRejected, kCampaign, kAds, kWaits, kTwice };

constexpr const char* kLessForTravel = "250.10";  // of what the second line of kInPart asks for
constexpr const char* kCorrected = "812.35";      // what kReturned asks for in the end

Decimal euros(const std::string& text) { return Decimal::parse(text).value_or(Decimal()); }

/// An amount as a system shows it, as text or as number; 0 = it shows none.
Decimal amount_in(const Json& row, const char* field) {
  const auto found = row.find(field);
  if (found == row.end() || found->is_null()) return {};
  return euros(found->is_string() ? found->get<std::string>() : sandbox::dump_json(*found));
}

Json number_of(const Decimal& amount) { return sandbox::exact_number(to_string(amount, 2)); }

sandbox::soap::Amount in_euros(const Decimal& amount) { return {amount, kEuro}; }

model::Date day_of(const char* text) {
  return model::Date::parse(text).value_or(model::Date(std::chrono::sys_days{}));
}

/// Ten digits, as accounting and SAP CRM write it.
std::string debtor_of(const Claims::Partner& partner) { return "00" + partner.number; }

/// The row whose field has this text; null = there is none.
template <typename Rows>
Json row_with(const Rows& rows, const char* field, const std::string& text) {
  for (const Json& row : rows)
    if (text_of(row, field) == text) return row;
  return {};
}

/// Salesforce has no status for what was handed in and waits.
std::string status_in_salesforce(const Json& row) {
  const std::string status = text_of(row, "Status");
  const bool waits = status == "Draft" && !text_of(row, "Approval_Status__c").empty();
  return waits ? "Submitted" : status;
}

Error missing_there(const std::string& what) {
  return Error(ErrorCode::Internal, "there is no " + what + " for people to work on");
}

/// Which count an effect belongs to; null = none.
std::size_t* count_of(const sandbox::JournalEntry& entry, Claims::Done& done) {
  const bool made = entry.kind == sandbox::EffectKind::Created;
  if (entry.object == "Claim") return made ? &done.claims : &done.corrected;
  if (!made) return nullptr;
  if (entry.object == "Settlement")
    return entry.key.ends_with("/PAID") ? &done.paid : &done.settled;
  for (const auto& [object, count] : {std::pair{"PartnerMarketingBudget", &done.budgets},
                                      {"PartnerFundAllocation", &done.budgets},
                                      {"Reservation", &done.reservations},
                                      {"ReservationDecision", &done.decisions},
                                      {"JournalEntry", &done.entries},
                                      {"A_CreditMemoRequest", &done.credits}})
    if (entry.object == object) return count;
  return nullptr;
}

/// What must not be there twice: one object for a record of the program, one step of a settlement.
std::string identity_of(const sandbox::JournalEntry& entry) {
  const bool by_key = entry.correlation.empty() || entry.object == "Settlement";
  std::string out = entry.object + " ";
  out += to_string(entry.kind);
  return out + " " + (by_key ? entry.key : entry.correlation);
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

  sandbox::SalesOptions sales;
  sales.tax_percent = "0";  // what a claim is paid bears no tax here
  sales.custom_fields = {{.set = "A_CreditMemoRequest", .name = "YY1_ChannelRecord_SDH"}};
  auto erp =
      sandbox::SapServer::start(sandbox::sales_services(source + "/tests/fixtures/sap", sales));
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
                                  {"BudgetId", text_of(fund, "BudgetId")},
                                  {"AllocationId", text_of(fund, "Id")},
                                  {"ChannelPartnerId", text_of(fund, "ChannelPartnerId")},
                                  {"RequestedAmount", number_of(asked)},
                                  {"Total_Cost__c", number_of(plus(asked, asked))},
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
                                               {"Amount", number_of(granted)},
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
  const Json amount = number_of(claimed(claim));
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
                                                   {"Net__c", number_of(plus(sum, sum))},
                                                   {"Claimed__c", number_of(sum)},
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

Result<void> Claims::claim() {
  for (std::size_t i = 0; i < kTwice; ++i)
    if (auto done = submit(claims_.at(i)); !done) return done;
  return {};
}

Result<void> Claims::claim_twice() { return submit(claims_.at(kTwice)); }

Result<void> Claims::decide_claims() {
  using sandbox::crm::Verdict;
  const auto number = [this](Fate fate) { return claims_.at(fate).number; };
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
  std::erase_if(out, [&](const Json& line) { return text_of(line, "Claim__c") != claim.key; });
  return out;
}

Result<void> Claims::correct() {
  Claim& claim = claims_.at(kReturned);
  const std::vector<Json> lines = lines_of(claim);
  if (lines.size() != 1) return missing_there("line of the returned claim");
  const Decimal sum = euros(kCorrected);
  if (auto done =
          crm().edit(text_of(lines.front(), "Id"),
                     Json{{"Net__c", number_of(plus(sum, sum))}, {"Claimed__c", number_of(sum)}});
      !done)
    return done;
  claim.lines.front().claimed = kCorrected;
  return crm().edit(claim.key, Json{{"Claimed_Amount__c", number_of(sum)},
                                    {"Amount", number_of(sum)},
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
    if (text_of(claim.at("admin"), "status") != "Approved") continue;
    auto done = pcm().settle({.number = text_of(claim, "number"), .step = "RELS", .by = "BILLING"});
    if (!done) return std::move(done).error();
    ++released;
  }
  return released;
}

Result<std::size_t> Claims::bill_credits() {
  std::size_t billed = 0;
  const Json requests = sales().service_with("A_CreditMemoRequest")->rows("A_CreditMemoRequest");
  for (const Json& each : requests) {
    if (text_of(each, "OverallOrdReltdBillgStatus") == "C") continue;
    const std::string request = text_of(each, "CreditMemoRequest");
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
    if (text_of(memo, "BillingDocumentType") != sales().options().credit_memo_type) continue;
    if (auto done = sales().clear_credit(text_of(memo, "BillingDocument")); !done)
      return std::move(done).error();
    ++out;
  }
  return out;
}

Claims::SeenRequest Claims::look(const Request& request) const {
  const Json row = crm().record(request.key);
  SeenRequest out{.salesforce = status_in_salesforce(row),
                  .granted_in_salesforce = amount_in(row, "Amount")};
  const Json state = pcm().state();
  const Json there = row_with(state.at("reservations"), "number", request.number);
  if (there.is_null()) return out;
  out.crm = text_of(there.at("admin"), "status");
  out.granted_in_crm = amount_in(there, "reserved");
  return out;
}

std::vector<Claims::Booked> Claims::booked() const {
  std::vector<Booked> out;
  const auto is_partner = [this](const std::string& account) {
    return std::any_of(partners_.begin(), partners_.end(),
                       [&](const Partner& partner) { return debtor_of(partner) == account; });
  };
  const Json books = fi_->service().state();
  for (const Json& document : books.at("documents")) {
    for (const Json& line : document.at("lines")) {
      const std::string account = text_of(line, "account");
      const Decimal amount = amount_in(line, "amount");
      // What the company owes; the bank's payment stands there with the other sign.
      if (!is_partner(account) || amount.sign() >= 0) continue;
      out.push_back({.document = text_of(document, "number"),
                     .way = "journal entry",
                     .debtor = account,
                     .amount = -amount,
                     .paid = line.value("paid", false)});
    }
  }
  const Json memos = sales().service_with("A_BillingDocument")->rows("A_BillingDocument");
  for (const Json& memo : memos) {
    if (text_of(memo, "BillingDocumentType") != sales().options().credit_memo_type) continue;
    out.push_back({.document = text_of(memo, "AccountingDocument"),
                   .way = "credit memo",
                   .debtor = "00" + text_of(memo, "SoldToParty"),
                   .amount = amount_in(memo, "TotalGrossAmount"),
                   .paid = text_of(memo, "InvoiceClearingStatus") == "C"});
  }
  return out;
}

Claims::SeenClaim Claims::look(const Claim& claim) const {
  const Json row = crm().record(claim.key);
  SeenClaim out{.salesforce = status_in_salesforce(row),
                .granted_in_salesforce = amount_in(row, "Approved_Amount__c")};
  const Json state = pcm().state();
  const Json there = row_with(state.at("claims"), "number", claim.number);
  if (there.is_null()) return out;
  out.crm = text_of(there.at("admin"), "status");
  out.reference = text_of(there.at("admin"), "reference");
  out.document = text_of(there, "document");
  out.paid_on = text_of(there, "paid_on");
  out.granted_in_crm = amount_in(there, "approved");
  out.books = booked();
  std::erase_if(out.books, [&](const Booked& each) { return each.document != out.document; });
  return out;
}

Claims::Figures Claims::figures_in_crm(const Partner& partner) const {
  const Json state = pcm().state();
  const Json fund = row_with(state.at("funds"), "number", partner.fund);
  if (fund.is_null()) return {};
  const Json& book = fund.at("checkbook");
  const Decimal in_books = amount_in(book, "settled");
  const Decimal granted = plus(
      plus(amount_in(book, "approved_claim"), amount_in(book, "released_to_settle")), in_books);
  Decimal paid;
  for (const Json& claim : state.at("claims")) {
    const bool counts =
        text_of(claim, "fund") == partner.fund && text_of(claim.at("admin"), "status") == "Paid";
    if (counts) paid = plus(paid, amount_in(claim, "approved"));
  }
  return {{"budget", amount_in(book, "budget")},
          {"free", amount_in(book, "available_to_reserve")},
          {"granted requests", plus(amount_in(book, "reserved"), granted)},
          {"reserved", amount_in(book, "reserved")},
          {"waiting claims", amount_in(book, "pending_claim")},
          {"granted claims", granted},
          {"in the books", in_books},
          {"paid out", paid}};
}

Claims::Figures Claims::figures_in_salesforce(const Partner& partner) const {
  const Json fund =
      row_with(crm().records("PartnerFundAllocation"), "Reference_Number__c", partner.fund);
  if (fund.is_null()) return {};
  Decimal waiting;
  for (const Json& claim : crm().records("PartnerFundClaim")) {
    const bool counts = text_of(claim, "AllocationId") == text_of(fund, "Id") &&
                        status_in_salesforce(claim) == "Submitted";
    if (counts) waiting = plus(waiting, amount_in(claim, "Claimed_Amount__c"));
  }
  return {{"budget", amount_in(fund, "Amount")},
          {"granted requests", amount_in(fund, "TotalApprovedFrs")},
          {"waiting claims", waiting},
          {"granted claims", amount_in(fund, "TotalApprovedFcs")},
          {"paid out", amount_in(fund, "TotalReimbursedFcs")}};
}

Claims::Figures Claims::figures_in_books(const Partner& partner) const {
  Decimal posted;
  Decimal paid;
  for (const Booked& each : booked()) {
    if (each.debtor != debtor_of(partner)) continue;
    posted = plus(posted, each.amount);
    if (each.paid) paid = plus(paid, each.amount);
  }
  return {{"in the books", posted}, {"paid out", paid}};
}

Claims::Done Claims::done() const {
  Done out;
  std::set<std::string> seen;
  for (const sandbox::Journal* journal :
       {&crm_.desk->journal, &pcm_->journal(), &erp_->journal(), &fi_->journal()}) {
    for (const sandbox::JournalEntry& entry : journal->entries()) {
      std::size_t* count = count_of(entry, out);
      if (count == nullptr) continue;
      ++*count;
      if (!seen.insert(identity_of(entry)).second) ++out.twice;
    }
  }
  return out;
}

Claims::Done Claims::wanted() const {
  Done out{.budgets = 1 + partners_.size(),
           .reservations = requests_.size(),
           .claims = kTwice,
           .corrected = 1};
  for (const Request& request : requests_)
    if (request.in_salesforce) ++out.decisions;
  for (const Claim& claim : claims_) {
    if (claim.ends != "Paid") continue;
    ++out.settled;
    ++out.paid;
    ++(claim.method == "Credit Memo" ? out.credits : out.entries);
  }
  return out;
}

}  // namespace channelbridge::demo

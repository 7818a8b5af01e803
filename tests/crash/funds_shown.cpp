// What the systems of a FundsWorld, and the program's ledger, show.
#include <algorithm>
#include <iterator>

#include "channelbridge/model/decimal.hpp"
#include "funds_world.hpp"
#include "sandbox/common/journal.hpp"

namespace channelbridge::crash {

namespace {

using Row = sandbox::Json;

constexpr const char* kCreditMemo = "A_CreditMemoRequest";

Row field_of(const Row& row, const char* name) {
  const auto found = row.find(name);
  return found == row.end() ? Row() : *found;
}

/// "812.50", however the system writes it; "-" = it shows none.
std::string shown_amount(const Row& row, const char* name) {
  const Row value = field_of(row, name);
  if (value.is_null()) return "-";
  const std::string text =
      value.is_string() ? value.get<std::string>() : sandbox::number_text(value);
  const auto number = model::Decimal::parse(text);
  return number ? to_string(*number, 2) : text;
}

/// By its number, with leading zeros or without.
std::string partner_called(const std::string& number) {
  for (const Partner& partner : kPartners) {
    if (number.ends_with(partner.number)) return partner.name;
  }
  return "nobody (" + number + ")";
}

std::string status_of(const Row& row) { return sandbox::text_of(field_of(row, "admin"), "status"); }

std::string request_line(const std::string& partner, const std::string& asked,
                         const std::string& granted, const std::string& status) {
  return partner + " asked for " + asked + " and was granted " + granted + ": " + status;
}

std::string claim_line(const std::string& partner, const std::string& claimed,
                       const std::string& approved, const std::string& status) {
  return partner + " claimed " + claimed + ", approved " + approved + ": " + status;
}

std::string settlement_line(const std::string& partner, const std::string& paid,
                            const std::string& document) {
  return partner + " got " + paid + " by document " + document;
}

FundsWorld::Lines sorted(FundsWorld::Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// What a document of the books, if it is no payment, gives to a partner that has been paid.
FundsWorld::Lines credits_of(const Row& document) {
  FundsWorld::Lines out;
  if (sandbox::text_of(document, "type") == "ZP") return out;
  for (const Row& line : document.at("lines")) {
    const std::string amount = shown_amount(line, "amount");
    if (!amount.starts_with("-") || !line.value("paid", false)) continue;
    out.push_back(settlement_line(partner_called(sandbox::text_of(line, "account")),
                                  amount.substr(1), sandbox::text_of(document, "number")));
  }
  return out;
}

bool is_paid(const Deal& deal) { return deal.paid > 0; }
bool is_claimed(const Deal& deal) { return deal.claimed > 0; }
bool is_credited(const Deal& deal) { return deal.paid > 0 && deal.credit_memo; }
bool is_decided_in_org(const Deal& deal) { return deal.decided == Deal::Decided::InOrg; }

/// Steps and decisions are told of a record that has been made: several of them may bear its id.
bool makes_a_record(const sandbox::JournalEntry& entry) {
  return entry.kind == sandbox::EffectKind::Created && entry.object != "Settlement" &&
         entry.object != "ReservationDecision" && entry.object != "ClaimDecision";
}

}  // namespace

std::vector<const sandbox::Journal*> FundsWorld::journals() const {
  return {&org_.desk->journal, &erp_->journal(), &crm_->journal(), &books_->journal()};
}

void FundsWorld::clear_journals() const {
  org_.desk->journal.clear();
  erp_->journal().clear();
  crm_->journal().clear();
  books_->journal().clear();
}

std::uint64_t FundsWorld::effects() const {
  std::uint64_t out = 0;
  for (const sandbox::Journal* journal : journals()) out += journal->effects();
  return out;
}

std::map<std::string, std::uint64_t> FundsWorld::made() const {
  std::map<std::string, std::uint64_t> out;
  for (const sandbox::Journal* journal : journals()) {
    for (const sandbox::JournalEntry& entry : journal->entries()) {
      // Items, partners and prices of a credit memo request are made with it.
      const bool part = entry.object.starts_with("A_CreditMemoReq") && entry.object != kCreditMemo;
      if (entry.kind == sandbox::EffectKind::Created && !part) ++out[entry.object];
    }
  }
  return out;
}

std::size_t FundsWorld::deals_that(bool (*apply)(const Deal&)) const {
  return static_cast<std::size_t>(std::count_if(deals_.begin(), deals_.end(), apply));
}

std::map<std::string, std::uint64_t> FundsWorld::wanted_made() const {
  const std::size_t paid = deals_that(is_paid);
  const std::size_t credited = deals_that(is_credited);
  // Each settlement is told as posted, and then as paid.
  // What Salesforce has decided is told, of requests and of their claims.
  const std::size_t told = deals_that(is_decided_in_org);
  return {{"Reservation", deals_.size()},
          {"ReservationDecision", told},
          {"Claim", deals_that(is_claimed)},
          {"ClaimDecision", told},
          {"Settlement", 2 * paid},
          {"JournalEntry", paid - credited},
          {kCreditMemo, credited}};
}

FundsWorld::Lines FundsWorld::wrong_effects() const {
  std::map<std::string, std::size_t> times;
  Lines out;
  for (const sandbox::Journal* journal : journals()) {
    for (const sandbox::JournalEntry& entry : journal->entries()) {
      const std::string what =
          entry.object + " " + entry.key + " " + std::string(to_string(entry.kind));
      // A second change is one only where it says the same as the first.
      ++times[entry.kind == sandbox::EffectKind::Updated ? what + " " + entry.digest : what];
      if (makes_a_record(entry) && !entry.correlation.empty())
        ++times[entry.object + " for record " + entry.correlation];
      const bool document = entry.object == "JournalEntry" || entry.object == kCreditMemo;
      if (document && makes_a_record(entry) && entry.correlation.empty())
        out.push_back(what + " bears no record's id");
    }
  }
  for (const auto& [what, count] : times) {
    if (count > 1) out.push_back(what + ": " + std::to_string(count) + " times");
  }
  return out;
}

std::string FundsWorld::partner_name(const sandbox::Json& record) const {
  return sandbox::text_of(org().record(sandbox::text_of(record, "ChannelPartnerId")), "Name");
}

FundsWorld::Lines FundsWorld::requests_in_org() const {
  Lines out;
  for (const Row& row : org().records("PartnerFundRequest"))
    out.push_back(request_line(partner_name(row), shown_amount(row, "RequestedAmount"),
                               shown_amount(row, "Amount"), sandbox::text_of(row, "Status")));
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::requests_in_crm() const {
  Lines out;
  const Row state = crm().state();
  for (const Row& row : state.at("reservations"))
    out.push_back(request_line(partner_called(sandbox::text_of(row, "partner")),
                               shown_amount(row, "requested"), shown_amount(row, "reserved"),
                               status_of(row)));
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::claims_in_org() const {
  Lines out;
  for (const Row& row : org().records("PartnerFundClaim"))
    out.push_back(claim_line(partner_name(row), shown_amount(row, "Claimed_Amount__c"),
                             shown_amount(row, "Approved_Amount__c"),
                             sandbox::text_of(row, "Status")));
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::claims_in_crm() const {
  Lines out;
  const Row state = crm().state();
  for (const Row& row : state.at("claims"))
    out.push_back(claim_line(partner_called(sandbox::text_of(row, "partner")),
                             shown_amount(row, "submitted"), shown_amount(row, "approved"),
                             status_of(row)));
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::funds_in_org() const {
  Lines out;
  for (const Row& row : org().records("PartnerFundAllocation"))
    out.push_back(sandbox::text_of(row, "Reference_Number__c") + " paid " +
                  shown_amount(row, "TotalReimbursedFcs"));
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::funds_in_crm() const {
  Lines out;
  const Row state = crm().state();
  for (const Row& row : state.at("funds"))
    out.push_back(sandbox::text_of(row, "number") + " paid " +
                  shown_amount(row.at("checkbook"), "settled"));
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::funds_in_ledger() const {
  Lines out;
  int code = 0;
  const nlohmann::json said = program().run({"ledger", "show"}, code);
  for (const nlohmann::json& line : said) {
    if (!line.is_object() || line.value("of", "") != "fund") continue;
    const std::string text = line.at("accounts").value("paid", "0");
    const auto paid = model::Decimal::parse(text);
    out.push_back(line.value("number", "") + " paid " + (paid ? to_string(*paid, 2) : text));
  }
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::paid_in_crm() const {
  Lines out;
  const Row state = crm().state();
  for (const Row& row : state.at("claims")) {
    if (status_of(row) != "Paid") continue;
    out.push_back(settlement_line(partner_called(sandbox::text_of(row, "partner")),
                                  shown_amount(row, "approved"),
                                  sandbox::text_of(row, "document")));
  }
  return sorted(std::move(out));
}

FundsWorld::Lines FundsWorld::paid_in_books() const {
  Lines out;
  const Row state = books().state();
  for (const Row& document : state.at("documents")) {
    Lines credits = credits_of(document);
    std::move(credits.begin(), credits.end(), std::back_inserter(out));
  }
  const sandbox::SalesDesk& sales = *erp_->sales();
  const Row memos = sales.service_with("A_BillingDocument")->rows("A_BillingDocument");
  for (const Row& memo : memos) {
    if (sandbox::text_of(memo, "InvoiceClearingStatus") != "C") continue;
    out.push_back(settlement_line(partner_called(sandbox::text_of(memo, "SoldToParty")),
                                  shown_amount(memo, "TotalGrossAmount"),
                                  sandbox::text_of(memo, "AccountingDocument")));
  }
  return sorted(std::move(out));
}

std::map<std::string, FundsWorld::Lines> FundsWorld::shown() const {
  return {{"Salesforce: request of", requests_in_org()},
          {"SAP CRM: request of", requests_in_crm()},
          {"Salesforce: claim of", claims_in_org()},
          {"SAP CRM: claim of", claims_in_crm()},
          {"Salesforce: fund", funds_in_org()},
          {"SAP CRM: fund", funds_in_crm()},
          {"ledger: fund", funds_in_ledger()}};
}

std::map<std::string, FundsWorld::Lines> FundsWorld::wanted() const {
  Lines requests;
  Lines claims;
  std::map<std::string, std::int64_t> paid;
  for (const Deal& deal : deals_) {
    const Partner& partner = kPartners[deal.partner];
    requests.push_back(
        request_line(partner.name, money(deal.asked), money(deal.granted), "Approved"));
    if (is_claimed(deal))
      claims.push_back(claim_line(partner.name, money(deal.claimed),
                                  is_paid(deal) ? money(deal.paid) : "-",
                                  is_paid(deal) ? "Paid" : "Rejected"));
    paid[partner.fund] += deal.paid;
  }
  Lines funds;
  for (const auto& [fund, cents] : paid) funds.push_back(fund + " paid " + money(cents));
  requests = sorted(std::move(requests));
  claims = sorted(std::move(claims));
  return {{"Salesforce: request of", requests},
          {"SAP CRM: request of", requests},
          {"Salesforce: claim of", claims},
          {"SAP CRM: claim of", claims},
          {"Salesforce: fund", funds},
          {"SAP CRM: fund", funds},
          {"ledger: fund", funds}};
}

}  // namespace channelbridge::crash

// What the systems hold of requests and claims, and what their journals show.
#include <algorithm>
#include <set>
#include <utility>

#include "claims.hpp"
#include "claims_rows.hpp"

namespace channelbridge::demo {

namespace {

using model::Decimal;
using sandbox::Json;
using sandbox::soap::plus;

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

Claims::SeenRequest Claims::look(const Request& request) const {
  const Json row = crm().record(request.key);
  SeenRequest out{.salesforce = status_in_salesforce(row),
                  .granted_in_salesforce = amount_in(row, "Amount")};
  const Json state = pcm().state();
  const Json there = row_with(state.at("reservations"), "number", request.number);
  if (there.is_null()) return out;
  out.crm = word_in(there.at("admin"), "status");
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
      const std::string account = word_in(line, "account");
      const Decimal amount = amount_in(line, "amount");
      // What the company owes; the bank's payment stands there with the other sign.
      if (!is_partner(account) || amount.sign() >= 0) continue;
      out.push_back({.document = word_in(document, "number"),
                     .way = "journal entry",
                     .debtor = account,
                     .amount = -amount,
                     .paid = line.value("paid", false)});
    }
  }
  const Json memos = sales().service_with("A_BillingDocument")->rows("A_BillingDocument");
  for (const Json& memo : memos) {
    if (word_in(memo, "BillingDocumentType") != sales().options().credit_memo_type) continue;
    out.push_back({.document = word_in(memo, "AccountingDocument"),
                   .way = "credit memo",
                   .debtor = "00" + word_in(memo, "SoldToParty"),
                   .amount = amount_in(memo, "TotalGrossAmount"),
                   .paid = word_in(memo, "InvoiceClearingStatus") == "C"});
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
  out.crm = word_in(there.at("admin"), "status");
  out.reference = word_in(there.at("admin"), "reference");
  out.document = word_in(there, "document");
  out.paid_on = word_in(there, "paid_on");
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
        word_in(claim, "fund") == partner.fund && word_in(claim.at("admin"), "status") == "Paid";
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
    const bool counts = word_in(claim, "AllocationId") == word_in(fund, "Id") &&
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

Claims::Done Claims::did() const {
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

Claims::Done Claims::should_do() const {
  Done out{.budgets = 1 + partners_.size(),
           .reservations = requests_.size(),
           .claims = claims_.size() - 1,
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

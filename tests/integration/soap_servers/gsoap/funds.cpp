// Funds, reservations and claims of channel_funds.wsdl.
#include <algorithm>

#include "peer.hpp"

namespace {

using peer::Books;
using peer::enter;
using peer::fits;
using peer::message_id;
using peer::server;
using peer::text;
using std::string;

funds__Amount* amount(soap* c, const peer::Amount& value) {
  return soap_new_req_funds__Amount(c, value.text, value.currency);
}
funds__Amount* euros(soap* c, const string& value) { return amount(c, {value, "EUR"}); }
peer::Amount amount_of(const funds__Amount& node) { return {node.__item, node.currencyCode}; }

funds__Return* said(soap* c, funds__MessageType type, const string& id, const string& number,
                    const string& words, const string& field = {}) {
  funds__Return* out = soap_new_funds__Return(c);
  funds__ReturnItem* item = soap_new_funds__ReturnItem(c);
  item->Type = type;
  item->Id = id;
  item->Number = number;
  item->Message = words;
  if (!field.empty()) item->Field = text(c, field);
  out->item.push_back(item);
  return out;
}
funds__Return* refusal(soap* c, const string& id, const string& number, const string& words,
                       const string& field) {
  return said(c, funds__MessageType__E, id, number, words, field);
}

template <typename Row>
bool selected(const Row& row, const funds__Selection* asked) {
  if (asked == nullptr) return true;
  return fits(row.number, asked->Number) && fits(row.reference, asked->ExternalReference) &&
         (asked->ChangedSince == nullptr || row.changed >= *asked->ChangedSince);
}
/// The rows of one page, in the order of their stamps; `next` is told where there is another page.
template <typename Row>
std::vector<Row> page_of(soap* c, const std::vector<Row>& rows, const funds__Selection* asked,
                         string*& next) {
  std::vector<Row> all;
  for (const Row& row : rows)
    if (selected(row, asked)) all.push_back(row);
  std::sort(all.begin(), all.end(),
            [](const Row& a, const Row& b) { return a.changed < b.changed; });
  const string* token = asked == nullptr ? nullptr : asked->PageToken;
  const std::size_t from = token == nullptr ? 0 : std::stoul(token->substr(4));
  const int* size = asked == nullptr ? nullptr : asked->PageSize;
  const std::size_t end = from + (size == nullptr ? 1000U : static_cast<std::size_t>(*size));
  if (end < all.size()) next = text(c, "row " + std::to_string(end));
  std::vector<Row> out;
  for (std::size_t i = from; i < std::min(end, all.size()); ++i) out.push_back(all[i]);
  return out;
}

funds__Reservation* node_of(soap* c, const peer::Reservation& row) {
  funds__Reservation* out = soap_new_funds__Reservation(c);
  out->ReservationNumber = row.number;
  out->FundNumber = Books::kFund;
  out->Partner = row.partner;
  out->Description = row.description;
  out->ActivityFrom = row.from;
  out->ActivityTo = row.to;
  out->RequestedAmount = amount(c, row.amount);
  out->ConsumedAmount = amount(c, {"0", row.amount.currency});
  out->UserStatus = "OPEN";
  out->StatusText = "Open";
  out->ExternalReference = text(c, row.reference);
  out->ChangeNumber = row.change;
  out->ChangedAt = row.changed;
  out->ChangedBy = "CHANNEL";
  return out;
}

void answer_with(soap* c, const peer::Reservation& row, funds__ReservationSubmitResponse& out) {
  out.Reservation = node_of(c, row);
  out.Return =
      said(c, funds__MessageType__S, "ZFUND", "001", "Reservation " + row.number + " is saved");
}

int reserve(soap* c, const funds__ReservationSubmit& asked, funds__ReservationSubmitResponse& out) {
  if (asked.Partner == "LOCKED")
    return soap_receiver_fault(c, "Partner LOCKED is locked by user MEIER",
                               "<Lock><User>MEIER</User></Lock>");
  if (asked.Partner == "BARRED")
    return soap_sender_fault(c, "Partner BARRED asks for no funds", "<User>ADMIN</User>");
  if (asked.Partner == "BROKEN") return soap_receiver_fault(c, "Error: short dump", nullptr);
  if (asked.FundNumber != Books::kFund) {
    out.Return =
        refusal(c, "ZFUND", "012", "Fund " + asked.FundNumber + " is not known", "FundNumber");
    return SOAP_OK;
  }
  auto& all = server().books.reservations;
  peer::Reservation* row = nullptr;
  if (asked.ReservationNumber == nullptr) {
    all.push_back({.number = std::to_string(5'000'000'001 + static_cast<long>(all.size())),
                   .reference = asked.ExternalReference});
    row = &all.back();
  } else {
    for (peer::Reservation& each : all)
      if (each.number == *asked.ReservationNumber) row = &each;
    if (row == nullptr) {
      out.Return =
          refusal(c, "ZFUND", "031", "Reservation " + *asked.ReservationNumber + " is not there",
                  "ReservationNumber");
      return SOAP_OK;
    }
    if (asked.ChangeNumber == nullptr || *asked.ChangeNumber != row->change) {
      out.Return = refusal(c, "ZFUND", "030", "It was changed meanwhile", "ChangeNumber");
      return SOAP_OK;
    }
  }
  row->partner = asked.Partner;
  row->description = asked.Description;
  row->from = peer::optional_text(asked.ActivityFrom).value_or("");
  row->to = peer::optional_text(asked.ActivityTo).value_or("");
  row->amount = amount_of(*asked.RequestedAmount);
  row->change += 1;
  row->changed = server().books.now();
  answer_with(c, *row, out);
  return SOAP_OK;
}

funds__Claim* node_of(soap* c, const peer::Claim& row) {
  funds__Claim* out = soap_new_funds__Claim(c);
  out->ClaimNumber = row.number;
  out->ClaimType = row.type;
  out->FundNumber = Books::kFund;
  out->Partner = row.partner;
  out->ActivityFrom = row.from;
  out->ActivityTo = row.to;
  out->SubmittedAmount = amount(c, row.amount);
  for (const peer::ClaimItem& each : row.items) {
    funds__ClaimItem* item = soap_new_funds__ClaimItem(c);
    item->ItemNumber = each.number;
    item->Description = text(c, each.description);
    item->InvoiceNumber = each.invoice;
    item->InvoiceDate = each.invoice_date;
    item->SupplierName = each.supplier;
    item->NetAmount = amount(c, each.net);
    item->SubmittedAmount = amount(c, each.submitted);
    out->Item.push_back(item);
  }
  out->UserStatus = "SUBM";
  out->StatusText = "Submitted";
  out->ExternalReference = text(c, row.reference);
  out->ChangeNumber = 1;
  out->ChangedAt = row.changed;
  out->ChangedBy = "CHANNEL";
  return out;
}

std::vector<peer::ClaimItem> items_of(const funds__ClaimSubmit& asked) {
  std::vector<peer::ClaimItem> out;
  for (const funds__NewClaimItem* each : asked.Item)
    out.push_back({.number = each->ItemNumber,
                   .description = peer::optional_text(each->Description).value_or(""),
                   .invoice = each->InvoiceNumber,
                   .invoice_date = each->InvoiceDate,
                   .supplier = each->SupplierName,
                   .net = amount_of(*each->NetAmount),
                   .submitted = amount_of(*each->SubmittedAmount)});
  return out;
}
const peer::Claim* with_invoice_of(const std::vector<peer::ClaimItem>& items) {
  for (const peer::Claim& claim : server().books.claims)
    for (const peer::ClaimItem& old : claim.items)
      for (const peer::ClaimItem& item : items)
        if (old.supplier == item.supplier && old.invoice == item.invoice) return &claim;
  return nullptr;
}

}  // namespace

int __funds__FundQuery(soap* c, funds__Query*, funds__FundQueryResponse& out) {
  if (enter(c, "FundQuery") != SOAP_OK) return c->error;
  const std::int64_t left = peer::ten_thousandths(Books::kBudget) - server().books.reserved();
  out.ReadAt = server().books.now();
  funds__Fund* fund = soap_new_funds__Fund(c);
  fund->FundNumber = Books::kFund;
  fund->PlanNumber = "P1";
  fund->Description = "Funds of partners";
  fund->FundType = "ZMDF";
  fund->ValidFrom = "2026-01-01";
  fund->ValidTo = "2026-12-31";
  fund->Checkbook = soap_new_funds__Checkbook(c);
  for (const auto& [category, value] :
       {std::pair<string, string>("BUDGET", Books::kBudget),
        std::pair<string, string>("RESERVED", peer::written(server().books.reserved()))})
    fund->Checkbook->ValueCategory.push_back(
        soap_new_req_funds__ValueCategory(c, category, euros(c, value)));
  fund->Checkbook->AvailableToDistribute = euros(c, peer::written(left));
  fund->Checkbook->AvailableToReserve = euros(c, peer::written(left));
  fund->Checkbook->AvailableToSpend = euros(c, "0");
  fund->Checkbook->RemainingCash = euros(c, Books::kBudget);
  fund->UserStatus = "REL";
  fund->StatusText = "Released";
  fund->ChangeNumber = 1;
  fund->ChangedAt = 1'767'225'600;  // 2026-01-01
  fund->ChangedBy = "PLANNER";
  out.Fund.push_back(fund);
  return SOAP_OK;
}

int __funds__ReservationQuery(soap* c, funds__Query* asked, funds__ReservationQueryResponse& out) {
  if (enter(c, "ReservationQuery") != SOAP_OK) return c->error;
  out.ReadAt = server().books.now();
  for (const auto& row :
       page_of(c, server().books.reservations, asked->Selection, out.NextPageToken))
    out.Reservation.push_back(node_of(c, row));
  return SOAP_OK;
}

int __funds__ReservationSubmit(soap* c, funds__ReservationSubmit* asked,
                               funds__ReservationSubmitResponse& out) {
  if (enter(c, "ReservationSubmit") != SOAP_OK) return c->error;
  const string id = message_id(c);
  const auto before = server().books.answered.find(id);
  if (!id.empty() && before != server().books.answered.end()) {
    for (const peer::Reservation& row : server().books.reservations)
      if (row.number == before->second) answer_with(c, row, out);
    return SOAP_OK;
  }
  if (reserve(c, *asked, out) != SOAP_OK) return c->error;
  if (!id.empty() && out.Reservation != nullptr)
    server().books.answered[id] = out.Reservation->ReservationNumber;
  if (asked->Description == "hang up") return c->error = SOAP_STOP;  // stored, and no answer
  if (asked->Description == "say nothing") {
    out.Reservation = nullptr;
    out.Return = soap_new_funds__Return(c);
  }
  return SOAP_OK;
}

int __funds__ClaimQuery(soap* c, funds__Query* asked, funds__ClaimQueryResponse& out) {
  if (enter(c, "ClaimQuery") != SOAP_OK) return c->error;
  out.ReadAt = server().books.now();
  for (const auto& row : page_of(c, server().books.claims, asked->Selection, out.NextPageToken))
    out.Claim.push_back(node_of(c, row));
  return SOAP_OK;
}

int __funds__ClaimSubmit(soap* c, funds__ClaimSubmit* asked, funds__ClaimSubmitResponse& out) {
  if (enter(c, "ClaimSubmit") != SOAP_OK) return c->error;
  std::vector<peer::ClaimItem> items = items_of(*asked);
  std::int64_t sum = 0;
  for (const peer::ClaimItem& each : items) sum += peer::ten_thousandths(each.submitted.text);
  if (sum != peer::ten_thousandths(asked->SubmittedAmount->__item)) {
    out.Return = refusal(
        c, "ZCLAIM", "005",
        "The items are " + peer::written(sum) + ", the claim is " + asked->SubmittedAmount->__item,
        "SubmittedAmount");
    return SOAP_OK;
  }
  if (const peer::Claim* before = with_invoice_of(items)) {
    out.Return = refusal(c, "ZCLAIM", "007", "Claim " + before->number + " has this invoice",
                         "InvoiceNumber");
    return SOAP_OK;
  }
  auto& all = server().books.claims;
  all.push_back({.number = std::to_string(7'000'000'001 + static_cast<long>(all.size())),
                 .reference = asked->ExternalReference,
                 .type = asked->ClaimType,
                 .partner = asked->Partner,
                 .from = asked->ActivityFrom,
                 .to = asked->ActivityTo,
                 .amount = amount_of(*asked->SubmittedAmount),
                 .items = std::move(items),
                 .changed = server().books.now()});
  out.Claim = node_of(c, all.back());
  out.Return =
      said(c, funds__MessageType__S, "ZCLAIM", "001", "Claim " + all.back().number + " is saved");
  return SOAP_OK;
}

// The second port: the same operations.
int __funds__FundQuery_(soap* c, funds__Query* asked, funds__FundQueryResponse& out) {
  return __funds__FundQuery(c, asked, out);
}
int __funds__ReservationQuery_(soap* c, funds__Query* asked, funds__ReservationQueryResponse& out) {
  return __funds__ReservationQuery(c, asked, out);
}
int __funds__ReservationSubmit_(soap* c, funds__ReservationSubmit* asked,
                                funds__ReservationSubmitResponse& out) {
  return __funds__ReservationSubmit(c, asked, out);
}
int __funds__ClaimQuery_(soap* c, funds__Query* asked, funds__ClaimQueryResponse& out) {
  return __funds__ClaimQuery(c, asked, out);
}
int __funds__ClaimSubmit_(soap* c, funds__ClaimSubmit* asked, funds__ClaimSubmitResponse& out) {
  return __funds__ClaimSubmit(c, asked, out);
}
// Operations that no test calls.
int __funds__ProgramQuery(soap*, funds__Query*, funds__ProgramQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ProgramQuery_(soap*, funds__Query*, funds__ProgramQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeQuery(soap*, funds__Query*, funds__InitiativeQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeQuery_(soap*, funds__Query*, funds__InitiativeQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeSubmit(soap*, funds__InitiativeSubmit*, funds__InitiativeSubmitResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeSubmit_(soap*, funds__InitiativeSubmit*, funds__InitiativeSubmitResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeDecide(soap*, funds__InitiativeDecide*, funds__InitiativeDecideResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeDecide_(soap*, funds__InitiativeDecide*, funds__InitiativeDecideResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeProgress(soap*, funds__InitiativeProgress*,
                                funds__InitiativeProgressResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__InitiativeProgress_(soap*, funds__InitiativeProgress*,
                                 funds__InitiativeProgressResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__FundPlanQuery(soap*, funds__Query*, funds__FundPlanQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__FundPlanQuery_(soap*, funds__Query*, funds__FundPlanQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__FundPostingQuery(soap*, funds__Query*, funds__FundPostingQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__FundPostingQuery_(soap*, funds__Query*, funds__FundPostingQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ClaimSettlementStatusQuery(soap*, funds__Query*,
                                        funds__ClaimSettlementStatusQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ClaimSettlementStatusQuery_(soap*, funds__Query*,
                                         funds__ClaimSettlementStatusQueryResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ReservationDecide(soap*, funds__ReservationDecide*,
                               funds__ReservationDecideResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ReservationDecide_(soap*, funds__ReservationDecide*,
                                funds__ReservationDecideResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ClaimDecide(soap*, funds__ClaimDecide*, funds__ClaimDecideResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ClaimDecide_(soap*, funds__ClaimDecide*, funds__ClaimDecideResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ClaimSettlementConfirm(soap*, funds__ClaimSettlementConfirm*,
                                    funds__ClaimSettlementConfirmResponse&) {
  return SOAP_NO_METHOD;
}
int __funds__ClaimSettlementConfirm_(soap*, funds__ClaimSettlementConfirm*,
                                     funds__ClaimSettlementConfirmResponse&) {
  return SOAP_NO_METHOD;
}

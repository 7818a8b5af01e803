// Journal entries and their lookup.
#include "peer.hpp"

namespace {

using peer::Books;
using peer::enter;
using peer::fits;
using peer::server;
using peer::text;
using std::string;

sfin__MessageHeader* header(soap* c, const string* answered) {
  sfin__MessageHeader* out = soap_new_sfin__MessageHeader(c);
  out->CreationDateTime = server().books.now();
  if (answered != nullptr) out->ReferenceID = text(c, *answered);
  return out;
}
sfin__LogSeverity* severity(soap* c, sfin__LogSeverity value) {
  sfin__LogSeverity* out = soap_new_sfin__LogSeverity(c);
  *out = value;
  return out;
}
sfin__Log* log(soap* c, sfin__LogSeverity worst) {
  sfin__Log* out = soap_new_sfin__Log(c);
  out->MaximumLogItemSeverityCode = severity(c, worst);
  return out;
}
void add(soap* c, sfin__Log& log, sfin__LogSeverity how, const string& code, const string& note,
         const string& field = {}) {
  sfin__LogItem* item = soap_new_sfin__LogItem(c);
  item->TypeID = text(c, code);
  item->SeverityCode = severity(c, how);
  if (!field.empty()) item->ReferenceMessageElementName = text(c, field);
  item->Note = note;
  log.Item.push_back(item);
}

template <typename Items>
void take_items(const Items& items, std::vector<peer::EntryItem>& out) {
  for (const auto* each : items) {
    peer::EntryItem item{
        .amount = {each->AmountInTransactionCurrency->__item,
                   each->AmountInTransactionCurrency->currencyCode},
        .side = each->DebitCreditCode == nullptr ? 'S' : static_cast<char>(*each->DebitCreditCode)};
    if constexpr (requires { each->Debtor; }) {
      item.debtor = true;
      item.account = each->Debtor;
    } else {
      item.account = each->GLAccount->__item;
    }
    out.push_back(std::move(item));
  }
}

sfin__JournalEntryCreateConfirmationMessage* post(soap* c,
                                                  const sfin__JournalEntryCreateRequest& asked) {
  const sfin__JournalEntry& entry = *asked.JournalEntry;
  auto* out = soap_new_sfin__JournalEntryCreateConfirmationMessage(c);
  out->MessageHeader = header(c, asked.MessageHeader->ID);
  out->JournalEntryCreateConfirmation = soap_new_sfin__JournalEntryCreateConfirmation(c);
  sfin__JournalEntryCreateConfirmation& made = *out->JournalEntryCreateConfirmation;
  std::vector<peer::EntryItem> items;
  take_items(entry.Item, items);
  take_items(entry.DebtorItem, items);
  std::int64_t balance = 0;
  for (const peer::EntryItem& each : items) balance += peer::ten_thousandths(each.amount.text);
  const bool closed = entry.PostingDate <= Books::kClosedUntil;
  if (balance != 0 || closed) {
    made.AccountingDocument = text(c, "");
    made.CompanyCode = text(c, "");
    made.FiscalYear = text(c, "0000");
    out->Log = log(c, sfin__LogSeverity__3);
    add(c, *out->Log, sfin__LogSeverity__3, "609(RW)", "Error in document");
    if (balance != 0)
      add(c, *out->Log, sfin__LogSeverity__3, "702(F5)", "The balance is " + peer::written(balance),
          "AmountInTransactionCurrency");
    else
      add(c, *out->Log, sfin__LogSeverity__3, "201(F5)",
          "Period of " + entry.PostingDate + " is not open", "PostingDate");
    return out;
  }
  auto& all = server().books.entries;
  const string number = std::to_string(100'000'000 + static_cast<long>(all.size()));
  all.push_back({.document = string(10 - number.size(), '0') + number,
                 .company = entry.CompanyCode,
                 .year = entry.PostingDate.substr(0, 4),
                 .reference = peer::optional_text(entry.DocumentReferenceID).value_or(""),
                 .type = entry.AccountingDocumentType,
                 .text = peer::optional_text(entry.DocumentHeaderText).value_or(""),
                 .document_date = entry.DocumentDate,
                 .posting_date = entry.PostingDate,
                 .posted = server().books.now(),
                 .items = std::move(items)});
  made.AccountingDocument = text(c, all.back().document);
  made.CompanyCode = text(c, all.back().company);
  made.FiscalYear = text(c, all.back().year);
  out->Log = log(c, sfin__LogSeverity__1);
  add(c, *out->Log, sfin__LogSeverity__1, "605(RW)",
      "Document " + all.back().document + " is posted");
  return out;
}

lookup__JournalEntry* node_of(soap* c, const peer::Entry& row) {
  lookup__JournalEntry* out = soap_new_lookup__JournalEntry(c);
  out->CompanyCode = row.company;
  out->AccountingDocument = row.document;
  out->FiscalYear = row.year;
  out->FiscalPeriod = row.posting_date.substr(5, 2);
  out->OriginalReferenceDocument = row.document + row.company + row.year;
  out->AccountingDocumentType = row.type;
  out->DocumentReferenceID = text(c, row.reference);
  out->DocumentHeaderText = text(c, row.text);
  out->DocumentDate = row.document_date;
  out->PostingDate = row.posting_date;
  out->CreatedByUser = "CHANNEL";
  out->CreatedAt = row.posted;
  out->ChangedAt = row.posted;
  out->EntryStatus = lookup__EntryStatus__posted;
  for (const peer::EntryItem& each : row.items) {
    lookup__Item* item = soap_new_lookup__Item(c);
    item->ReferenceDocumentItem = std::to_string(out->Item.size() + 1);
    item->AccountType = each.debtor ? lookup__AccountType__D : lookup__AccountType__S;
    item->Account = each.account;
    item->Amount = soap_new_req_lookup__Amount(c, each.amount.text, each.amount.currency);
    item->DebitCreditCode = static_cast<lookup__DebitCreditCode>(each.side);
    out->Item.push_back(item);
  }
  return out;
}

}  // namespace

int __sfin__JournalEntryCreateRequestConfirmation_USCOREIn(
    soap* c, sfin__JournalEntryBulkCreateRequest* asked,
    sfin__JournalEntryBulkCreateConfirmation& out) {
  if (enter(c, "JournalEntryCreateRequestConfirmation_In") != SOAP_OK) return c->error;
  out.MessageHeader = header(c, asked->MessageHeader->ID);
  out.Log = soap_new_sfin__Log(c);
  bool silent = false;
  for (const sfin__JournalEntryCreateRequest* each : asked->JournalEntryCreateRequest) {
    out.JournalEntryCreateConfirmation.push_back(post(c, *each));
    const string* words = each->JournalEntry->DocumentHeaderText;
    silent = silent || (words != nullptr && *words == "hang up");
  }
  return silent ? c->error = SOAP_STOP : SOAP_OK;
}

int __lookup__JournalEntryByReferenceQuery(soap* c, lookup__JournalEntryByReferenceQuery* asked,
                                           lookup__JournalEntryByReferenceResponse& out) {
  if (enter(c, "JournalEntryByReferenceQuery") != SOAP_OK) return c->error;
  out.ReadAt = server().books.now();
  for (const peer::Entry& row : server().books.entries)
    if (row.company == asked->CompanyCode && fits(row.reference, asked->DocumentReferenceID) &&
        fits(row.document, asked->AccountingDocument))
      out.JournalEntry.push_back(node_of(c, row));
  return SOAP_OK;
}

int __sfin__JournalEntryCreateRequestConfirmation_USCOREIn_(
    soap* c, sfin__JournalEntryBulkCreateRequest* asked,
    sfin__JournalEntryBulkCreateConfirmation& out) {
  return __sfin__JournalEntryCreateRequestConfirmation_USCOREIn(c, asked, out);
}
int __lookup__JournalEntryByReferenceQuery_(soap* c, lookup__JournalEntryByReferenceQuery* asked,
                                            lookup__JournalEntryByReferenceResponse& out) {
  return __lookup__JournalEntryByReferenceQuery(c, asked, out);
}
// Operations that no test calls.
int __lookup__PostingTotalsQuery(soap*, lookup__PostingTotalsQuery*,
                                 lookup__PostingTotalsResponse&) {
  return SOAP_NO_METHOD;
}
int __lookup__PostingTotalsQuery_(soap*, lookup__PostingTotalsQuery*,
                                  lookup__PostingTotalsResponse&) {
  return SOAP_NO_METHOD;
}

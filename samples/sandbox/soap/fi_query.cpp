#include "sandbox/soap/fi_query.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "sandbox/soap/paging.hpp"

namespace channelbridge::sandbox::fi {
namespace {

using soap::value_of;
using soap::XmlWriter;

bool is_asked_for(const Document& document, pugi::xml_node query) {
  const auto fits = [&query](const char* name, const std::string& value) {
    const std::string wanted = value_of(query, name);
    return wanted.empty() || wanted == value;
  };
  return fits("CompanyCode", document.draft.company) &&
         fits("DocumentReferenceID", document.draft.reference) &&
         fits("AccountingDocument", document.number) && fits("FiscalYear", document.year) &&
         fits("OriginalReferenceDocument", document.key()) &&
         fits("CreatedByUser", document.draft.user);
}

bool is_cleared(const Document& document) {
  bool any = false;
  for (const Line& line : document.draft.lines) {
    if (!is_party(line.kind)) continue;
    if (!line.clearing) return false;
    any = true;
  }
  return any;
}

const char* status_of(const Document& document) {
  if (!document.reversed_by.empty()) return "reversed";
  if (!is_cleared(document)) return "posted";
  const auto& lines = document.draft.lines;
  const bool paid = std::any_of(lines.begin(), lines.end(), [](const Line& line) {
    return line.clearing && line.clearing->payment;
  });
  return paid ? "paid" : "cleared";
}

void write_clearing(XmlWriter& xml, const Clearing& clearing) {
  xml.open("Clearing")
      .put("AccountingDocument", clearing.number)
      .put("FiscalYear", clearing.year)
      .put("ClearingDate", to_string(clearing.day))
      .put("IsPayment", clearing.payment ? "true" : "false")
      .put_some("ValueDate", clearing.value_date)
      .put_some("BankReference", clearing.bank_reference)
      .close("Clearing");
}

void write_line(XmlWriter& xml, const Line& line, const std::string& payment_block) {
  const char* type = line.kind == AccountKind::Debtor     ? "D"
                     : line.kind == AccountKind::Creditor ? "K"
                                                          : "S";
  xml.open("Item")
      .put("ReferenceDocumentItem", line.item)
      .put("AccountType", type)
      .put("Account", line.account)
      .put("Amount", *line.amount)
      .put("DebitCreditCode", line.amount->value.sign() < 0 ? "H" : "S")
      .put_some("DocumentItemText", line.text)
      .put_some("AssignmentReference", line.assignment)
      .put_some("CostCenter", line.cost_center)
      .put_some("PaymentBlockingReason", payment_block);
  if (line.clearing) write_clearing(xml, *line.clearing);
  xml.close("Item");
}

void write_document(XmlWriter& xml, const Books& books, const Document& document) {
  constexpr std::size_t kNumber = 10;
  const Draft& draft = document.draft;
  xml.open("JournalEntry")
      .put("CompanyCode", draft.company)
      .put("AccountingDocument", document.number)
      .put("FiscalYear", document.year)
      .put("FiscalPeriod", document.period)
      .put("OriginalReferenceDocument", document.key())
      .put("AccountingDocumentType", draft.type)
      .put_some("DocumentReferenceID", draft.reference)
      .put_some("DocumentHeaderText", draft.header_text)
      .put("DocumentDate", to_string(*draft.document_date))
      .put("PostingDate", to_string(*draft.posting_date))
      .put("CreatedByUser", draft.user)
      .put_some("ReversalReason", draft.reversal_reason)
      .put_some("ReversalOf", document.reversal_of.substr(0, kNumber))
      .put_some("ReversedBy", document.reversed_by)
      .put("IsCleared", is_cleared(document) ? "true" : "false")
      .put("EntryStatus", status_of(document))
      .put("CreatedAt", soap::utc_text(document.created))
      .put("ChangedAt", soap::utc_text(document.changed));
  for (const Line& line : draft.lines)
    write_line(xml, line, books.payment_block_of(document, line));
  xml.close("JournalEntry");
}

/// What stands under one assignment in one currency.
struct Total {
  std::string assignment{};
  std::string currency{};
  model::Decimal posted{};
  model::Decimal paid{};
  Timestamp changed{};
};

/// Adds up the items of partners. What the company owes is negative there.
void add_up(const Document& document, const std::string& wanted,
            std::map<std::string, Total>& totals) {
  const bool stands = document.reversed_by.empty() && document.reversal_of.empty();
  for (const Line& line : document.draft.lines) {
    if (!is_party(line.kind) || line.assignment.empty()) continue;
    if (!wanted.empty() && line.assignment != wanted) continue;
    const auto& [value, currency] = *line.amount;
    Total& total = totals[line.assignment + "," + currency];
    total.assignment = line.assignment;
    total.currency = currency;
    total.posted = soap::minus(total.posted, value);
    if (stands && line.clearing) total.paid = soap::minus(total.paid, value);
    total.changed = std::max(total.changed, document.changed);
  }
}

}  // namespace

std::string answer_query(const Books& books, pugi::xml_node query, Timestamp now) {
  std::vector<const Document*> rows;
  for (const auto& [key, document] : books.documents())
    if (is_asked_for(document, query)) rows.push_back(&document);
  const auto page = soap::page_of<Document>(rows, soap::page_request_of(query), now,
                                            [](const Document& document) {
                                              return soap::Place{document.changed, document.key()};
                                            });
  XmlWriter xml;
  xml.open("q:JournalEntryByReferenceResponse",
           "xmlns:q=\"urn:channelbridge:sandbox:journal-entry-query\"")
      .put("ReadAt", soap::utc_text(page.read_at));
  for (const Document* document : page.rows) write_document(xml, books, *document);
  return xml.put_some("NextPageToken", page.next).close("q:JournalEntryByReferenceResponse").text();
}

std::string answer_totals(const Books& books, pugi::xml_node query, Timestamp now) {
  const std::string company = value_of(query, "CompanyCode");
  std::map<std::string, Total> totals;
  for (const auto& [key, document] : books.documents())
    if (document.draft.company == company && document.draft.type != books.options().payment_type)
      add_up(document, value_of(query, "AssignmentReference"), totals);
  std::vector<const Total*> rows;
  rows.reserve(totals.size());
  for (const auto& [key, total] : totals) rows.push_back(&total);
  const auto page =
      soap::page_of<Total>(rows, soap::page_request_of(query), now, [](const Total& total) {
        return soap::Place{total.changed, total.assignment + "," + total.currency};
      });
  XmlWriter xml;
  xml.open("q:PostingTotalsResponse", "xmlns:q=\"urn:channelbridge:sandbox:journal-entry-query\"")
      .put("ReadAt", soap::utc_text(page.read_at));
  for (const Total* total : page.rows)
    xml.open("PostingTotal")
        .put("CompanyCode", company)
        .put("AssignmentReference", total->assignment)
        .put("Currency", total->currency)
        .put("Posted", soap::Amount{total->posted, total->currency})
        .put("Paid", soap::Amount{total->paid, total->currency})
        .put("ChangedAt", soap::utc_text(total->changed))
        .close("PostingTotal");
  return xml.put_some("NextPageToken", page.next).close("q:PostingTotalsResponse").text();
}

}  // namespace channelbridge::sandbox::fi

#include "sandbox/soap/fi_journal_entry.hpp"

#include <algorithm>

namespace channelbridge::sandbox::fi {
namespace {

using soap::amount_of;
using soap::value_of;
using soap::XmlWriter;

Line line_of(const Books& books, pugi::xml_node item, AccountKind kind, const char* account) {
  Line out{.item = value_of(item, "ReferenceDocumentItem"),
           .kind = kind,
           .account = books.padded(value_of(item, account)),
           .amount = amount_of(item, "AmountInTransactionCurrency"),
           .local = amount_of(item, "AmountInCompanyCodeCurrency"),
           .debit_credit = value_of(item, "DebitCreditCode"),
           .text = value_of(item, "DocumentItemText"),
           .assignment = value_of(item, "AssignmentReference"),
           .cost_center = value_of(item.child("AccountAssignment"), "CostCenter"),
           .payment_block = value_of(item.child("PaymentDetails"), "PaymentBlockingReason"),
           .tax_code = value_of(item.child("Tax"), "TaxCode"),
           .due = soap::date_of(item.child("CashDiscountTerms"), "DueCalculationBaseDate"),
           .terms = value_of(item.child("CashDiscountTerms"), "NetPaymentDays"),
           .payment_method = value_of(item.child("PaymentDetails"), "PaymentMethod")};
  if (kind == AccountKind::Tax) {
    out.account = books.options().tax_account;
    out.tax_code = value_of(item, "TaxCode");
  }
  return out;
}

char severity_of(const Finding& finding) {
  if (finding.type == 'W') return '2';
  return finding.type == 'E' || finding.type == 'A' ? '3' : '1';
}

std::string log_of(const std::vector<Finding>& findings) {
  char worst = '1';
  XmlWriter items;
  for (const Finding& finding : findings) {
    const char severity = severity_of(finding);
    worst = std::max(worst, severity);
    items.open("Item")
        .put("TypeID", finding.number + "(" + finding.area + ")")
        .put("SeverityCode", std::string(1, severity))
        .put("Note", finding.text)
        .close("Item");
  }
  XmlWriter xml;
  return xml.open("Log")
      .put("MaximumLogItemSeverityCode", std::string(1, worst))
      .raw(items.text())
      .close("Log")
      .text();
}

}  // namespace

Draft draft_of_entry(const Books& books, pugi::xml_node entry) {
  Draft out{.company = value_of(entry, "CompanyCode"),
            .type = value_of(entry, "AccountingDocumentType"),
            .reference = value_of(entry, "DocumentReferenceID"),
            .header_text = value_of(entry, "DocumentHeaderText"),
            .user = value_of(entry, "CreatedByUser"),
            .document_date = soap::date_of(entry, "DocumentDate"),
            .posting_date = soap::date_of(entry, "PostingDate"),
            .period = value_of(entry, "PostingFiscalPeriod"),
            .rate = soap::decimal_of(entry, "ExchangeRate"),
            .reversal_reason = value_of(entry, "ReversalReason"),
            .reversed = value_of(entry, "ReversalReferenceDocument")};
  for (const pugi::xml_node item : entry.children("Item"))
    out.lines.push_back(line_of(books, item, AccountKind::Ledger, "GLAccount"));
  for (const pugi::xml_node item : entry.children("DebtorItem"))
    out.lines.push_back(line_of(books, item, AccountKind::Debtor, "Debtor"));
  for (const pugi::xml_node item : entry.children("CreditorItem"))
    out.lines.push_back(line_of(books, item, AccountKind::Creditor, "Creditor"));
  for (const pugi::xml_node item : entry.children("ProductTaxItem"))
    out.lines.push_back(line_of(books, item, AccountKind::Tax, "TaxCode"));
  for (const pugi::xml_node item : entry.children("WithholdingTaxItem"))
    for (Line& line : out.lines)
      if (line.item == value_of(item, "ReferenceDocumentItem"))
        line.withholding =
            value_of(item, "WithholdingTaxType") + "/" + value_of(item, "WithholdingTaxCode");
  return out;
}

Finding posted(const std::string& key, const FiOptions& options) {
  return {.type = 'S',
          .area = "RW",
          .number = "605",
          .text = "Document posted successfully: BKPFF " + key + " " + options.business_system,
          .variables = {"BKPFF", key, options.business_system}};
}

Finding not_posted(const FiOptions& options) {
  return {.type = 'E',
          .area = "RW",
          .number = "609",
          .text = "Error in document: BKPFF $ " + options.business_system,
          .variables = {"BKPFF", "$", options.business_system}};
}

std::string confirmation_header(pugi::xml_node request_header, const std::string& uuid,
                                Timestamp now, const FiOptions& options) {
  XmlWriter xml;
  return xml.open("MessageHeader")
      .put("UUID", uuid)
      .put_some("ReferenceID", value_of(request_header, "ID"))
      .put_some("ReferenceUUID", value_of(request_header, "UUID"))
      .put("CreationDateTime", soap::utc_text(now))
      .put("SenderBusinessSystemID", options.business_system)
      .close("MessageHeader")
      .text();
}

std::string entry_confirmation(const std::string& header, const std::string& company,
                               const Document* document, const std::vector<Finding>& findings) {
  XmlWriter xml;
  return xml.open("JournalEntryCreateConfirmation")
      .raw(header)
      .open("JournalEntryCreateConfirmation")
      .put("AccountingDocument", document == nullptr ? "" : document->number)
      .put("CompanyCode", company)
      .put("FiscalYear", document == nullptr ? "0000" : document->year)
      .close("JournalEntryCreateConfirmation")
      .raw(log_of(findings))
      .close("JournalEntryCreateConfirmation")
      .text();
}

}  // namespace channelbridge::sandbox::fi

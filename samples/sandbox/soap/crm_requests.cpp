#include "sandbox/soap/crm_requests.hpp"

#include <charconv>

namespace channelbridge::sandbox::crm {
namespace {

using soap::amount_of;
using soap::date_of;
using soap::value_of;

std::optional<int> change_of(pugi::xml_node body) {
  const std::string text = value_of(body, "ChangeNumber");
  int out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || read.ec != std::errc{}) return std::nullopt;
  return out;
}

/// A day that the schema demands; it has let this one through.
Date day_of(pugi::xml_node body, const char* name) {
  return date_of(body, name).value_or(Date(std::chrono::sys_days{}));
}

ClaimItem item_of(pugi::xml_node item) {
  return {.number = value_of(item, "ItemNumber"),
          .expense_type = value_of(item, "ExpenseType"),
          .description = value_of(item, "Description"),
          .invoice = value_of(item, "InvoiceNumber"),
          .invoice_date = day_of(item, "InvoiceDate"),
          .supplier = value_of(item, "SupplierName"),
          .net = amount_of(item, "NetAmount").value_or(Amount{}),
          .tax = amount_of(item, "TaxAmount"),
          .submitted = amount_of(item, "SubmittedAmount").value_or(Amount{})};
}

}  // namespace

ReservationOffer reservation_offer_of(pugi::xml_node body) {
  Reservation out{.number = value_of(body, "ReservationNumber"),
                  .fund = value_of(body, "FundNumber"),
                  .partner = value_of(body, "Partner"),
                  .description = value_of(body, "Description"),
                  .activity_type = value_of(body, "ActivityType"),
                  .from = day_of(body, "ActivityFrom"),
                  .to = day_of(body, "ActivityTo"),
                  .requested = amount_of(body, "RequestedAmount").value_or(Amount{}),
                  .percent = soap::decimal_of(body, "ReimbursementPercent"),
                  .deadline = date_of(body, "ClaimDeadline"),
                  .admin = {.reference = value_of(body, "ExternalReference")}};
  const bool dated = date_of(body, "ActivityFrom") && date_of(body, "ActivityTo");
  return {std::move(out), change_of(body), dated};
}

ClaimOffer claim_offer_of(pugi::xml_node body) {
  Claim out{.number = value_of(body, "ClaimNumber"),
            .type = value_of(body, "ClaimType"),
            .reservation = value_of(body, "ReservationNumber"),
            .fund = value_of(body, "FundNumber"),
            .partner = value_of(body, "Partner"),
            .description = value_of(body, "Description"),
            .from = day_of(body, "ActivityFrom"),
            .to = day_of(body, "ActivityTo"),
            .submitted = amount_of(body, "SubmittedAmount").value_or(Amount{}),
            .method = value_of(body, "SettlementMethod"),
            .admin = {.reference = value_of(body, "ExternalReference")}};
  for (const pugi::xml_node item : body.children("Item")) out.items.push_back(item_of(item));
  for (const pugi::xml_node attachment : body.children("Attachment"))
    out.attachments.push_back({.type = value_of(attachment, "AttachmentType"),
                               .file = value_of(attachment, "FileName"),
                               .hash = value_of(attachment, "ContentHash"),
                               .size = value_of(attachment, "Size")});
  return {std::move(out), change_of(body)};
}

Verdict verdict_of(pugi::xml_node body) {
  const bool claim = !value_of(body, "ClaimNumber").empty();
  Verdict out{.number = value_of(body, claim ? "ClaimNumber" : "ReservationNumber"),
              .change = change_of(body),
              .code = value_of(body, "Decision"),
              .amount = amount_of(body, "ApprovedAmount"),
              .reason = value_of(body, "Reason"),
              .by = value_of(body, "DecidedBy"),
              .reference = value_of(body, "ExternalReference")};
  for (const pugi::xml_node item : body.children("ItemDecision"))
    out.items.push_back({.item = value_of(item, "ItemNumber"),
                         .approved = amount_of(item, "ApprovedAmount").value_or(Amount{}),
                         .reason = value_of(item, "Reason")});
  return out;
}

SettlementNews settlement_news_of(pugi::xml_node body) {
  return {.number = value_of(body, "ClaimNumber"),
          .change = change_of(body),
          .step = value_of(body, "Step"),
          .amount = amount_of(body, "SettledAmount"),
          .document = value_of(body, "AccountingDocument"),
          .company = value_of(body, "CompanyCode"),
          .year = value_of(body, "FiscalYear"),
          .value_date = date_of(body, "ValueDate"),
          .bank_reference = value_of(body, "BankReference"),
          .reason = value_of(body, "Reason"),
          .by = value_of(body, "ConfirmedBy")};
}

LeadAnswer lead_answer_of(pugi::xml_node body) {
  return {.number = value_of(body, "LeadNumber"),
          .change = change_of(body),
          .code = value_of(body, "Answer"),
          .reason = value_of(body, "Reason"),
          .reference = value_of(body, "ExternalReference"),
          .revenue = amount_of(body, "ExpectedRevenue"),
          .by = value_of(body, "AnsweredBy")};
}

std::string return_of(const Notes& notes) {
  constexpr std::size_t kDigits = 3;
  soap::XmlWriter xml;
  xml.open("Return");
  for (const Note& note : notes) {
    const std::string number = std::to_string(note.number);
    xml.open("item")
        .put("Type", std::string(1, note.type))
        .put("Id", "ZMDF")
        .put("Number", std::string(kDigits - number.size(), '0') + number)
        .put("Message", note.text.substr(0, 220))
        .put_some("Field", note.field)
        .close("item");
  }
  return xml.close("Return").text();
}

}  // namespace channelbridge::sandbox::crm

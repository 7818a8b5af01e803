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

std::vector<Expense> expenses_of(pugi::xml_node body) {
  std::vector<Expense> out;
  for (const pugi::xml_node each : body.children("Expense"))
    out.push_back({.type = value_of(each, "ElementType"),
                   .actual = amount_of(each, "ActualCost").value_or(Amount{})});
  return out;
}

InitiativeResult result_of(pugi::xml_node body) {
  const pugi::xml_node result = body.child("Result");
  return {.leads = value_of(result, "Leads"),
          .opportunities = value_of(result, "Opportunities"),
          .revenue = amount_of(result, "Revenue"),
          .attendees = value_of(result, "Attendees")};
}

}  // namespace

InitiativeOffer initiative_offer_of(pugi::xml_node body) {
  Initiative out{.number = value_of(body, "InitiativeNumber"),
                 .program = value_of(body, "ProgramNumber"),
                 .plan = value_of(body, "TemplateNumber"),
                 .partner = value_of(body, "Partner"),
                 .description = value_of(body, "Description"),
                 .from = day_of(body, "ActivityFrom"),
                 .to = day_of(body, "ActivityTo"),
                 .location = value_of(body, "Location"),
                 .target_group = value_of(body, "TargetGroup"),
                 .expenses = expenses_of(body),
                 .result = result_of(body),
                 .admin = {.reference = value_of(body, "ExternalReference")}};
  for (const pugi::xml_node each : body.children("Element"))
    out.elements.push_back({.type = value_of(each, "ElementType"),
                            .planned = amount_of(each, "PlannedCost").value_or(Amount{})});
  return {std::move(out), change_of(body)};
}

InitiativeNews initiative_news_of(pugi::xml_node body) {
  return {.number = value_of(body, "InitiativeNumber"),
          .change = change_of(body),
          .step = value_of(body, "Step"),
          .expenses = expenses_of(body),
          .result = result_of(body),
          .reason = value_of(body, "Reason"),
          .by = value_of(body, "ReportedBy")};
}

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
  for (const pugi::xml_node each : body.children("Initiative"))
    out.initiatives.push_back(value_of(each, "InitiativeNumber"));
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
  std::string number;
  for (const char* name : {"ClaimNumber", "ReservationNumber", "InitiativeNumber"})
    if (number.empty()) number = value_of(body, name);
  Verdict out{.number = std::move(number),
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

Lead lead_of(pugi::xml_node body) {
  Lead out{.type = value_of(body, "TransactionType"),
           .admin = {.reference = value_of(body, "ExternalReference"),
                     .changed_by = value_of(body, "CreatedBy")}};
  take_lead(body, out);
  return out;
}

LeadEdit lead_edit_of(pugi::xml_node body) {
  return {.number = value_of(body, "LeadNumber"),
          .change = change_of(body),
          .fields = body,
          .by = value_of(body, "ChangedBy")};
}

LeadDispatch lead_dispatch_of(pugi::xml_node body) {
  return {.number = value_of(body, "LeadNumber"),
          .change = change_of(body),
          .partner = value_of(body, "SalesPartner"),
          .code = value_of(body, "UserStatus"),
          .due = soap::time_of(body, "AnswerDue"),
          .reference = value_of(body, "ExternalReference"),
          .by = value_of(body, "DistributedBy")};
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

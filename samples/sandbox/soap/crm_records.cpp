#include "sandbox/soap/crm_records.hpp"

namespace channelbridge::sandbox::crm {
namespace {

std::optional<Amount> amount_in(const std::optional<Decimal>& value, const std::string& currency) {
  if (!value) return std::nullopt;
  return Amount{*value, currency};
}

void write_decision(soap::XmlWriter& xml, const std::optional<Decision>& decision) {
  if (!decision) return;
  xml.open("Decision")
      .put("Code", decision->code)
      .put_some("Reason", decision->reason)
      .put("DecidedBy", decision->by)
      .put("DecidedAt", soap::utc_text(decision->at))
      .close("Decision");
}

void write_item(soap::XmlWriter& xml, const ClaimItem& item) {
  xml.open("Item")
      .put("ItemNumber", item.number)
      .put_some("ExpenseType", item.expense_type)
      .put_some("InitiativeElement", item.element)
      .put_some("Description", item.description)
      .put("InvoiceNumber", item.invoice)
      .put("InvoiceDate", to_string(item.invoice_date))
      .put("SupplierName", item.supplier)
      .put("NetAmount", item.net)
      .put_some("TaxAmount", item.tax)
      .put("SubmittedAmount", item.submitted)
      .put_some("ApprovedAmount", amount_in(item.approved, item.submitted.currency))
      .put_some("Reason", item.reason)
      .close("Item");
}

}  // namespace

void refuse(Message number, const std::string& text, const std::string& field) {
  throw Refused{{.type = 'E', .number = number, .text = text, .field = field}};
}

Decimal left_of(const Reservation& reservation) {
  const Decimal granted = soap::plus(reservation.reserved.value_or(Decimal()), reservation.beyond);
  return soap::minus(granted, reservation.consumed);
}

std::string text_of_status(const CrmOptions& options, const Admin& admin) {
  return options.statuses.at(admin.status).text;
}

void write_status(soap::XmlWriter& xml, const CrmOptions& options, const Admin& admin) {
  const StatusWords& words = options.statuses.at(admin.status);
  xml.put("UserStatus", words.code).put("StatusText", words.text);
}

void write_admin(soap::XmlWriter& xml, const Admin& admin) {
  xml.put_some("ExternalReference", admin.reference)
      .put("ChangeNumber", std::to_string(admin.change))
      .put("ChangedAt", soap::utc_text(admin.changed))
      .put("ChangedBy", admin.changed_by);
}

void write(soap::XmlWriter& xml, const CrmOptions& options, const Plan& plan) {
  xml.open("FundPlan")
      .put("PlanNumber", plan.number)
      .put("Description", plan.description)
      .put("PlanType", plan.type)
      .put_some("SalesOrganization", plan.organization)
      .put("Budget", plan.budget)
      .put("ValidFrom", to_string(plan.from))
      .put("ValidTo", to_string(plan.to))
      .put_some("CostCenter", plan.cost_center)
      .put_some("GlAccount", plan.gl_account)
      .put_some("InternalOrder", plan.internal_order)
      .put("AvailabilityControl", plan.strict ? "STRICT" : "WARN")
      .put("TolerancePercent", to_string(plan.tolerance, 2));
  write_status(xml, options, plan.admin);
  write_admin(xml, plan.admin);
  xml.close("FundPlan");
}

void write(soap::XmlWriter& xml, const CrmOptions& options, const Program& program) {
  xml.open("Program")
      .put("ProgramNumber", program.number)
      .put("Description", program.description)
      .put_some("LongText", program.text)
      .put("ProgramType", program.type)
      .put("ValidFrom", to_string(program.from))
      .put_some("ValidTo", program.to);
  for (const std::string& type : program.partner_types)
    xml.open("PartnerType").put("Code", type).close("PartnerType");
  xml.put("EnrollmentRequired", program.enrollment ? "true" : "false");
  for (const Participant& participant : program.participants)
    xml.open("Participant")
        .put("Partner", participant.partner)
        .put("EnrolledFrom", to_string(participant.from))
        .put_some("EnrolledTo", participant.to)
        .close("Participant");
  write_status(xml, options, program.admin);
  write_admin(xml, program.admin);
  xml.close("Program");
}

void write(soap::XmlWriter& xml, const CrmOptions& options, const Initiative& initiative) {
  xml.open("Initiative")
      .put("InitiativeNumber", initiative.number)
      .put_some("ProgramNumber", initiative.program)
      .put("TemplateNumber", initiative.plan)
      .put_some("InitiativeType", initiative.type)
      .put("Partner", initiative.partner)
      .put("Description", initiative.description)
      .put("ActivityFrom", to_string(initiative.from))
      .put("ActivityTo", to_string(initiative.to))
      .put_some("Location", initiative.location)
      .put_some("TargetGroup", initiative.target_group);
  for (const InitiativeElement& element : initiative.elements)
    xml.open("Element")
        .put("ElementNumber", element.number)
        .put("ElementType", element.type)
        .put("PlannedCost", element.planned)
        .close("Element");
  for (const Expense& expense : initiative.expenses)
    xml.open("Expense")
        .put("ElementType", expense.type)
        .put("ActualCost", expense.actual)
        .close("Expense");
  if (const InitiativeResult& result = initiative.result; !result.empty())
    xml.open("Result")
        .put_some("Leads", result.leads)
        .put_some("Opportunities", result.opportunities)
        .put_some("Revenue", result.revenue)
        .put_some("Attendees", result.attendees)
        .close("Result");
  write_status(xml, options, initiative.admin);
  write_decision(xml, initiative.decision);
  write_admin(xml, initiative.admin);
  xml.close("Initiative");
}

void write(soap::XmlWriter& xml, const CrmOptions& options, const Reservation& reservation) {
  const std::string& currency = reservation.requested.currency;
  xml.open("Reservation")
      .put("ReservationNumber", reservation.number)
      .put("FundNumber", reservation.fund)
      .put("Partner", reservation.partner)
      .put("Description", reservation.description);
  for (const std::string& initiative : reservation.initiatives)
    xml.open("Initiative").put("InitiativeNumber", initiative).close("Initiative");
  xml.put_some("ActivityType", reservation.activity_type)
      .put("ActivityFrom", to_string(reservation.from))
      .put("ActivityTo", to_string(reservation.to))
      .put("RequestedAmount", reservation.requested)
      .put_some("ReservedAmount", amount_in(reservation.reserved, currency))
      .put("ConsumedAmount", Amount{reservation.consumed, currency});
  if (reservation.percent) xml.put("ReimbursementPercent", to_string(*reservation.percent, 2));
  xml.put_some("ClaimDeadline", reservation.deadline);
  write_status(xml, options, reservation.admin);
  write_decision(xml, reservation.decision);
  write_admin(xml, reservation.admin);
  xml.close("Reservation");
}

void write(soap::XmlWriter& xml, const CrmOptions& options, const Claim& claim) {
  xml.open("Claim")
      .put("ClaimNumber", claim.number)
      .put("ClaimType", claim.type)
      .put_some("ReservationNumber", claim.reservation)
      .put_some("InitiativeNumber", claim.initiative)
      .put("FundNumber", claim.fund)
      .put("Partner", claim.partner)
      .put_some("Description", claim.description)
      .put("ActivityFrom", to_string(claim.from))
      .put("ActivityTo", to_string(claim.to))
      .put("SubmittedAmount", claim.submitted)
      .put_some("ApprovedAmount", amount_in(claim.approved, claim.submitted.currency))
      .put_some("SettlementMethod", claim.method);
  for (const ClaimItem& item : claim.items) write_item(xml, item);
  for (const Attachment& attachment : claim.attachments)
    xml.open("Attachment")
        .put("AttachmentType", attachment.type)
        .put("FileName", attachment.file)
        .put("ContentHash", attachment.hash)
        .put_some("Size", attachment.size)
        .close("Attachment");
  write_status(xml, options, claim.admin);
  write_decision(xml, claim.decision);
  write_admin(xml, claim.admin);
  xml.close("Claim");
}

void write(soap::XmlWriter& xml, const char* element, const Posting& posting,
           const std::string& currency) {
  xml.open(element)
      .put("PostingNumber", posting.number)
      .put("FundNumber", posting.fund)
      .put("PostedAt", soap::utc_text(posting.at))
      .put("Category", posting.category)
      .put("Value", Amount{posting.value, currency})
      .put("DocumentType", posting.document_type)
      .put_some("DocumentNumber", posting.document_number)
      .put_some("ReversalOf", posting.reversal_of)
      .put_some("Text", posting.text)
      .close(element);
}

void write_settlement(soap::XmlWriter& xml, const CrmOptions& options, const Claim& claim) {
  const Settlement& settlement = claim.settlement;
  // What a claim is paid bears no tax in this tenant.
  const std::optional<Amount> tax =
      settlement.amount ? amount_in(Decimal(), claim.submitted.currency) : std::nullopt;
  xml.open("SettlementStatus")
      .put("ClaimNumber", claim.number)
      .put("Partner", claim.partner)
      .put_some("FundNumber", claim.fund);
  write_status(xml, options, claim.admin);
  xml.put_some("SettlementMethod", claim.method)
      .put_some("SettlementDocument", settlement.number)
      .put_some("SettlementDate", settlement.day)
      .put_some("SettledAmount", amount_in(settlement.amount, claim.submitted.currency))
      .put_some("NetAmount", amount_in(settlement.amount, claim.submitted.currency))
      .put_some("TaxAmount", tax)
      .put_some("AccountingDocument", settlement.document)
      .put_some("CompanyCode", settlement.company)
      .put_some("FiscalYear", settlement.year)
      .put_some("ValueDate", settlement.value_date)
      .put_some("BankReference", settlement.bank_reference);
  write_admin(xml, claim.admin);
  xml.close("SettlementStatus");
}

}  // namespace channelbridge::sandbox::crm

// What is given back: credit memo requests on their way into the books (released, billed, cleared),
// and contracts about rebates.
#include "channelbridge/model/decimal.hpp"
#include "sandbox/sap/rules.hpp"
#include "sandbox/sap/sales.hpp"

namespace channelbridge::sandbox {
namespace {

using model::Decimal;
using odata::RowPtr;
using odata::text;
using odata::Transaction;

constexpr const char* kRequests = "A_CreditMemoRequest";
constexpr const char* kRequestItems = "A_CreditMemoRequestItem";
constexpr const char* kBilling = "A_BillingDocument";

Decimal decimal_in(const std::string& value) { return Decimal::parse(value).value_or(Decimal()); }

std::string now_of(const Transaction& transaction) {
  return odata::iso(transaction.options().now, 7) + "Z";
}

RowPtr request_named(const Transaction& transaction, const std::string& request) {
  RowPtr row = transaction.find(kRequests, {request});
  if (!row) odata::refuse(404, odata::kNotFound, "no credit memo request " + request);
  return row;
}

std::vector<RowPtr> items_of(const Transaction& transaction, const std::string& request) {
  std::vector<RowPtr> out;
  const odata::Table& table = transaction.store().table(kRequestItems);
  const odata::Value key = request;
  for (const std::string& each : table.lookup({*table.type().find("CreditMemoRequest")}, {&key}))
    out.push_back(table.find(each));
  return out;
}

bool is_billed(const Transaction& transaction, const RowPtr& header) {
  return text(transaction.store().table(kRequests), *header, "OverallOrdReltdBillgStatus") == "C";
}

Response credit_outcome(const Result<void>& done) {
  if (done) return Response{.status = 204};
  return json_response(done.error().code() == ErrorCode::NotFound ? 404 : 400,
                       Json{{"error", done.error().message()}});
}

/// Of one item: what the billing document says of it.
Json billed_item(const Transaction& transaction, const RowPtr& row, const std::string& request,
                 const Decimal& tax) {
  const odata::Table& items = transaction.store().table(kRequestItems);
  const std::string item = text(items, *row, "CreditMemoRequestItem");
  const Decimal net = decimal_in(text(items, *row, "NetAmount"));
  return Json{{"BillingDocumentItem", item},
              {"Material", text(items, *row, "Material")},
              {"BillingDocumentItemText", text(items, *row, "CreditMemoRequestItemText")},
              {"BillingQuantity", text(items, *row, "RequestedQuantity")},
              {"BillingQuantityUnit", text(items, *row, "RequestedQuantityUnit")},
              {"NetAmount", to_string(net)},
              {"TaxAmount", to_string(tax)},
              {"GrossAmount", to_string(add(net, tax).value_or(Decimal()))},
              {"TransactionCurrency", text(items, *row, "TransactionCurrency")},
              {"SalesDocument", request},
              {"SalesDocumentItem", item},
              {"ReferenceSDDocument", request},
              {"ReferenceSDDocumentItem", item}};
}

/// Why it cannot be billed; throws the refusal.
void check_billable(const Transaction& transaction, const RowPtr& header,
                    const std::string& request) {
  const odata::Table& table = transaction.store().table(kRequests);
  const std::string block = text(table, *header, "HeaderBillingBlockReason");
  if (!block.empty())
    odata::refuse(400, "VF/044",
                  "Credit memo request " + request + " is blocked for billing (" + block + ")");
  if (is_billed(transaction, header) ||
      text(table, *header, "OverallSDDocumentRejectionSts") == "C")
    odata::refuse(400, "VF/041",
                  "Credit memo request " + request + " has nothing that can be billed");
}

}  // namespace

Result<void> SalesDesk::release_credit(const std::string& request) {
  odata::Engine* requests = service_with(kRequests);
  if (requests == nullptr)
    return Error(ErrorCode::NotFound, "the server has no credit memo requests");
  return requests->work("APPROVER", [&](Transaction& transaction) {
    transaction.change_silently(kRequests, request_named(transaction, request),
                                Json{{"HeaderBillingBlockReason", ""},
                                     {"SalesDocApprovalStatus", "B"},
                                     {"LastChangeDateTime", now_of(transaction)}});
  });
}

Result<void> SalesDesk::reject_credit(const std::string& request, const std::string& reason) {
  odata::Engine* requests = service_with(kRequests);
  if (requests == nullptr)
    return Error(ErrorCode::NotFound, "the server has no credit memo requests");
  return requests->work("APPROVER", [&](Transaction& transaction) {
    const RowPtr header = request_named(transaction, request);
    if (is_billed(transaction, header))
      odata::refuse(400, "V1/377",
                    "Credit memo request " + request +
                        " has subsequent documents and cannot be "
                        "changed");
    for (const RowPtr& item : items_of(transaction, request))
      transaction.change_silently(
          kRequestItems, item, Json{{"SalesDocumentRjcnReason", reason}, {"SDProcessStatus", "C"}});
    transaction.change_silently(kRequests, request_named(transaction, request),
                                Json{{"OverallSDDocumentRejectionSts", "C"},
                                     {"OverallSDProcessStatus", "C"},
                                     {"SalesDocApprovalStatus", "C"},
                                     {"LastChangeDateTime", now_of(transaction)}});
  });
}

Result<std::string> SalesDesk::bill_credit(const std::string& request) {
  odata::Engine* requests = service_with(kRequests);
  odata::Engine* billing = service_with(kBilling);
  if (requests == nullptr || billing == nullptr)
    return Error(ErrorCode::NotFound,
                 "the server has no credit memo requests or no billing documents");
  Json document;
  auto done = requests->work("BILLING", [&](Transaction& transaction) {
    const RowPtr header = request_named(transaction, request);
    check_billable(transaction, header, request);
    const odata::Table& table = transaction.store().table(kRequests);
    const odata::Table& items = transaction.store().table(kRequestItems);
    Decimal net_sum;
    Decimal tax_sum;
    Json billed = Json::array();
    for (const RowPtr& row : items_of(transaction, request)) {
      if (!text(items, *row, "SalesDocumentRjcnReason").empty()) continue;
      const Decimal net = decimal_in(text(items, *row, "NetAmount"));
      const Decimal tax =
          divide(multiply(net, decimal_in(options_.tax_percent)).value_or(Decimal()), Decimal(100),
                 2)
              .value_or(Decimal());
      net_sum = add(net_sum, net).value_or(Decimal());
      tax_sum = add(tax_sum, tax).value_or(Decimal());
      billed.push_back(billed_item(transaction, row, request, tax));
      transaction.change_silently(
          kRequestItems, row, Json{{"OrderRelatedBillingStatus", "C"}, {"SDProcessStatus", "C"}});
    }
    const std::string customer = text(table, *header, "SoldToParty");
    const std::string today = odata::iso(transaction.options().now, 0).substr(0, 10);
    document = Json{{"BillingDocumentType", options_.credit_memo_type},
                    {"SDDocumentCategory", "O"},
                    {"BillingDocumentIsCancelled", false},
                    {"BillingDocumentDate", today + "T00:00:00"},
                    {"SalesOrganization", text(table, *header, "SalesOrganization")},
                    {"DistributionChannel", text(table, *header, "DistributionChannel")},
                    {"SoldToParty", customer},
                    {"PayerParty", customer},
                    {"PurchaseOrderByCustomer", text(table, *header, "PurchaseOrderByCustomer")},
                    {"TransactionCurrency", text(table, *header, "TransactionCurrency")},
                    {"TotalNetAmount", to_string(net_sum)},
                    {"TaxAmount", to_string(tax_sum)},
                    {"TotalGrossAmount", to_string(add(net_sum, tax_sum).value_or(Decimal()))},
                    {"OverallBillingStatus", "A"},
                    {"AccountingTransferStatus", "C"},
                    // The books number by themselves; here they take the request's number.
                    {"AccountingDocument", request},
                    {"CompanyCode", options_.company_code},
                    {"FiscalYear", today.substr(0, 4)},
                    {"to_Item", std::move(billed)}};
    transaction.change_silently(kRequests, request_named(transaction, request),
                                Json{{"OverallOrdReltdBillgStatus", "C"},
                                     {"OverallSDProcessStatus", "C"},
                                     {"LastChangeDateTime", now_of(transaction)}});
  });
  if (!done) return done.error();
  return billing->issue("BILLING", kBilling, document);
}

Result<void> SalesDesk::clear_credit(const std::string& billing_document) {
  odata::Engine* billing = service_with(kBilling);
  if (billing == nullptr) return Error(ErrorCode::NotFound, "the server has no billing documents");
  return billing->work("F110", [&](Transaction& transaction) {
    const RowPtr row = transaction.find(kBilling, {billing_document});
    if (!row) odata::refuse(404, odata::kNotFound, "no billing document " + billing_document);
    transaction.change_silently(
        kBilling, row,
        Json{{"InvoiceClearingStatus", "C"}, {"LastChangeDateTime", now_of(transaction)}});
  });
}

Result<std::string> SalesDesk::cancel_credit(const std::string& billing_document) {
  odata::Engine* billing = service_with(kBilling);
  if (billing == nullptr) return Error(ErrorCode::NotFound, "the server has no billing documents");
  Json document;
  auto done = billing->work("BILLING", [&](Transaction& transaction) {
    const RowPtr row = transaction.find(kBilling, {billing_document});
    if (!row) odata::refuse(404, odata::kNotFound, "no billing document " + billing_document);
    const odata::Table& table = transaction.store().table(kBilling);
    if (text(table, *row, "BillingDocumentIsCancelled") == "true")
      odata::refuse(400, "VF/075",
                    "Billing document " + billing_document + " is cancelled already");
    if (text(table, *row, "InvoiceClearingStatus") == "C")
      odata::refuse(
          400, "VF/076",
          "Billing document " + billing_document + " is cleared: reset its clearing first");
    document = Json{{"BillingDocumentType", options_.cancellation_type},
                    {"SDDocumentCategory", "S"},  // (unconfirmed)
                    {"BillingDocumentIsCancelled", false},
                    {"CancelledBillingDocument", billing_document}};
    for (const char* field :
         {"BillingDocumentDate", "SalesOrganization", "DistributionChannel", "SoldToParty",
          "PayerParty", "PurchaseOrderByCustomer", "TransactionCurrency", "TotalNetAmount",
          "TaxAmount", "TotalGrossAmount", "AccountingDocument", "CompanyCode", "FiscalYear"})
      document[field] = text(table, *row, field);
    transaction.change_silently(
        kBilling, row,
        Json{{"BillingDocumentIsCancelled", true}, {"LastChangeDateTime", now_of(transaction)}});
  });
  if (!done) return done.error();
  return billing->issue("BILLING", kBilling, document);
}

SapServiceSpec condition_contract_service(std::string edmx_file,
                                          const std::shared_ptr<SalesDesk>& desk) {
  SapServiceSpec spec = gateway_service(
      "/sap/opu/odata4/sap/api_condition_contract/srvd_a2x/sap/conditioncontract/0001",
      std::move(edmx_file));
  spec.sales = desk;
  odata::Settings& settings = spec.settings;
  settings.component = "LO-SLM";
  settings.numbering = {
      {"ConditionContract/ConditionContract", {.first = 70'000'000}},
      {"CndnContrConditionRecord/ConditionRecord", {.first = 200'000}},
      {"CndnContrConditionRecordScale/ConditionScaleLine", {.first = 1, .per_parent = true}}};
  settings.stamps["CreationUTCDateTime"] = {odata::Stamp::Now};
  settings.stamps["LastChangeUTCDateTime"] = {odata::Stamp::Now, true};
  settings.stamps["CndnContrUUID"] = {odata::Stamp::Uuid};
  settings.stamps["CndnContrBusVolUUID"] = {odata::Stamp::Uuid};
  settings.stamps["CndnContrCalItemUUID"] = {odata::Stamp::Uuid};
  settings.etag = {"LastChangeUTCDateTime"};
  return spec;
}

std::optional<Response> SalesDesk::administer_credit(const std::string& what, const Json& body) {
  const std::string request = text_of(body, "credit_memo_request");
  if (what == "release") return credit_outcome(release_credit(request));
  if (what == "reject")
    return credit_outcome(reject_credit(request, text_of(body, "reason", "00")));
  if (what == "clear") return credit_outcome(clear_credit(text_of(body, "billing_document")));
  if (what == "cancel") {
    const auto cancelled = cancel_credit(text_of(body, "billing_document"));
    return cancelled ? json_response(200, Json{{"billing_document", *cancelled}})
                     : credit_outcome(cancelled.error());
  }
  if (what != "bill" || request.empty()) return std::nullopt;
  const auto billed = bill_credit(request);
  return billed ? json_response(200, Json{{"billing_document", *billed}})
                : credit_outcome(billed.error());
}

}  // namespace channelbridge::sandbox

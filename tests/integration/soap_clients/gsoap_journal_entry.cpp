// Posts one journal entry with the classes that gSOAP generates from the WSDL, and prints the
// number of the document. Arguments: address, user, password, debtor.
#include <ctime>
#include <iostream>
#include <string>

#include "binding.nsmap"
#include "soapbindingProxy.h"

namespace {

ns1__Amount* euros(soap* context, const char* text) {
  return soap_new_req_ns1__Amount(context, text, "EUR");
}

ns1__MessageHeader* header(soap* context, const std::string& id) {
  constexpr std::time_t kMorning = 1'717'232'400;  // 2024-06-01T09:00:00Z
  ns1__MessageHeader* out = soap_new_req_ns1__MessageHeader(context, kMorning);
  out->ID = soap_new_std__string(context);
  *out->ID = id;
  return out;
}

ns1__DebitCreditCode* side(soap* context, ns1__DebitCreditCode code) {
  auto* out = static_cast<ns1__DebitCreditCode*>(soap_malloc(context, sizeof code));
  *out = code;
  return out;
}

ns1__JournalEntry* entry(soap* context, const std::string& debtor) {
  ns1__JournalEntry* out = soap_new_ns1__JournalEntry(context);
  out->OriginalReferenceDocumentType = "BKPFF";
  out->BusinessTransactionType = "RFBU";
  out->AccountingDocumentType = "DG";
  out->DocumentReferenceID = soap_new_std__string(context);
  *out->DocumentReferenceID = "GSOAP-1";
  out->CreatedByUser = "CHANNEL";
  out->CompanyCode = "1010";
  out->DocumentDate = "2024-06-01";
  out->PostingDate = "2024-06-01";
  ns1__Item* costs = soap_new_ns1__Item(context);
  costs->GLAccount = soap_new_ns1__GLAccount(context);
  costs->GLAccount->__item = "0044000000";
  costs->AmountInTransactionCurrency = euros(context, "500.00");
  costs->DebitCreditCode = side(context, ns1__DebitCreditCode__S);
  out->Item.push_back(costs);
  ns1__DebtorItem* partner = soap_new_ns1__DebtorItem(context);
  partner->ReferenceDocumentItem = "2";
  partner->Debtor = debtor;
  partner->AmountInTransactionCurrency = euros(context, "-500.00");
  partner->DebitCreditCode = side(context, ns1__DebitCreditCode__H);
  out->DebtorItem.push_back(partner);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  bindingProxy service(argv[1], SOAP_XML_STRICT);
  soap* context = service.soap;
  context->userid = argv[2];
  context->passwd = argv[3];
  ns1__JournalEntryBulkCreateRequest request;
  request.MessageHeader = header(context, "GSOAP-MESSAGE");
  ns1__JournalEntryCreateRequest* one = soap_new_ns1__JournalEntryCreateRequest(context);
  one->MessageHeader = header(context, "GSOAP-ENTRY");
  one->JournalEntry = entry(context, argv[4]);
  request.JournalEntryCreateRequest.push_back(one);
  ns1__JournalEntryBulkCreateConfirmation confirmation;
  if (service.JournalEntryCreateRequestConfirmation_USCOREIn(&request, confirmation) != SOAP_OK) {
    service.soap_stream_fault(std::cerr);
    return 1;
  }
  for (const auto* each : confirmation.JournalEntryCreateConfirmation) {
    std::cout << *each->MessageHeader->ReferenceID << " "
              << *each->JournalEntryCreateConfirmation->AccountingDocument << "\n";
    for (const auto* item : each->Log->Item) std::cout << *item->TypeID << "\n";
  }
  service.destroy();
  return 0;
}

// Posts an accounting document by BAPI, commits it in the same session, and takes it
// back, with the classes that gSOAP generates from the WSDL of the functions.
// Arguments: address, user, password, customer.
#include <iostream>

#include "binding.nsmap"
#include "gsoap.hpp"
#include "soapbindingProxy.h"

namespace {

using gsoap::some;

using Post = ns1__BAPI_USCOREACC_USCOREDOCUMENT_USCOREPOST;
using Posted = ns1__BAPI_USCOREACC_USCOREDOCUMENT_USCOREPOST_USCORERESULT;
using Reverse = ns1__BAPI_USCOREACC_USCOREDOCUMENT_USCOREREV_USCOREPOST;
using Reversed = ns1__BAPI_USCOREACC_USCOREDOCUMENT_USCOREREV_USCOREPOST_USCORERESULT;
using Commit = ns1__BAPI_USCORETRANSACTION_USCORECOMMIT;
using Committed = ns1__BAPI_USCORETRANSACTION_USCORECOMMIT_USCORERESULT;

ns1__BAPIACCR09* amount(soap* context, const char* item, const char* text) {
  ns1__BAPIACCR09* out = soap_new_ns1__BAPIACCR09(context);
  out->ITEMNO_USCOREACC = some(context, item);
  out->CURRENCY = some(context, "EUR");
  out->AMT_USCOREDOCCUR = some(context, text);
  return out;
}

Post* document(soap* context, const std::string& customer) {
  Post* out = soap_new_ns1__BAPI_USCOREACC_USCOREDOCUMENT_USCOREPOST(context);
  out->DOCUMENTHEADER = soap_new_ns1__BAPIACHE09(context);
  out->DOCUMENTHEADER->BUS_USCOREACT = some(context, "RFBU");
  out->DOCUMENTHEADER->COMP_USCORECODE = some(context, "1010");
  out->DOCUMENTHEADER->DOC_USCOREDATE = some(context, "2024-06-01");
  out->DOCUMENTHEADER->PSTNG_USCOREDATE = some(context, "2024-06-01");
  out->DOCUMENTHEADER->DOC_USCORETYPE = some(context, "DG");
  out->DOCUMENTHEADER->REF_USCOREDOC_USCORENO = some(context, "GSOAP-RFC");
  ns1__BAPIACGL09* costs = soap_new_ns1__BAPIACGL09(context);
  costs->ITEMNO_USCOREACC = some(context, "1");
  costs->GL_USCOREACCOUNT = some(context, "0044000000");
  out->ACCOUNTGL = soap_new_ns1__TABLE_USCOREOF_USCOREBAPIACGL09(context);
  out->ACCOUNTGL->item.push_back(costs);
  ns1__BAPIACAR09* partner = soap_new_ns1__BAPIACAR09(context);
  partner->ITEMNO_USCOREACC = some(context, "2");
  partner->CUSTOMER = some(context, customer);
  out->ACCOUNTRECEIVABLE = soap_new_ns1__TABLE_USCOREOF_USCOREBAPIACAR09(context);
  out->ACCOUNTRECEIVABLE->item.push_back(partner);
  out->CURRENCYAMOUNT = soap_new_ns1__TABLE_USCOREOF_USCOREBAPIACCR09(context);
  out->CURRENCYAMOUNT->item = {amount(context, "1", "75.5"), amount(context, "2", "-75.5")};
  out->RETURN = soap_new_ns1__TABLE_USCOREOF_USCOREBAPIRET2(context);
  return out;
}

void print(const char* what, const ns1__TABLE_USCOREOF_USCOREBAPIRET2* messages) {
  std::cout << what;
  for (const ns1__BAPIRET2* each : messages->item) std::cout << " " << *each->ID << *each->NUMBER;
  std::cout << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  bindingProxy proxy(argv[1], SOAP_XML_STRICT);
  soap* context = proxy.soap;
  // For the next call: gSOAP forgets who calls after each.
  const auto service = [&]() -> bindingProxy& {
    context->userid = argv[2];
    context->passwd = argv[3];
    return proxy;
  };
  const auto done = [&](int code) {
    if (code != SOAP_OK) proxy.soap_stream_fault(std::cerr);
    return code == SOAP_OK;
  };
  const auto commit = [&] {
    Commit request;
    request.WAIT = some(context, "X");
    Committed answer;
    return done(service().BAPI_USCORETRANSACTION_USCORECOMMIT(&request, answer));
  };
  Posted posted;
  if (!done(service().BAPI_USCOREACC_USCOREDOCUMENT_USCOREPOST(document(context, argv[4]), posted)))
    return 1;
  print("posted", posted.RETURN);
  if (*posted.RETURN->item.at(0)->TYPE != "S") return 0;
  if (!commit()) return 1;
  Reverse reverse;
  reverse.BUS_USCOREACT = "RFBU";
  reverse.RETURN = soap_new_ns1__TABLE_USCOREOF_USCOREBAPIRET2(context);
  reverse.REVERSAL = soap_new_ns1__BAPIACREV(context);
  reverse.REVERSAL->OBJ_USCOREKEY_USCORER = some(context, *posted.OBJ_USCOREKEY);
  reverse.REVERSAL->PSTNG_USCOREDATE = some(context, "2024-06-02");
  reverse.REVERSAL->COMP_USCORECODE = some(context, "1010");
  reverse.REVERSAL->REASON_USCOREREV = some(context, "01");
  Reversed reversed;
  if (!done(service().BAPI_USCOREACC_USCOREDOCUMENT_USCOREREV_USCOREPOST(&reverse, reversed)))
    return 1;
  print("reversed", reversed.RETURN);
  const int code = commit() ? 0 : 1;
  proxy.destroy();
  return code;
}

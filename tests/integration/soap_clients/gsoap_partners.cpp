// Saves a business partner twice, the second time as one that is not there, with the classes that
// gSOAP generates from the WSDL of CRMXIF_PARTNER_SAVE. Arguments: address, user, password.
#include <iostream>

#include "binding.nsmap"
#include "gsoap.hpp"
#include "soapbindingProxy.h"

namespace {

using Complex = ns1__CRMXIF_USCOREPARTNER_USCORECOMPLEX;

Complex* partner(soap* context, ns1__OBJECT_USCORETASK task, const char* id) {
  Complex* out = soap_new_ns1__CRMXIF_USCOREPARTNER_USCORECOMPLEX(context);
  out->HEADER = soap_new_ns1__CRMXIF_USCOREPARTNER_USCOREHEADER(context);
  out->HEADER->OBJECT_USCORETASK = task;
  out->HEADER->EXTERNAL_USCOREID = gsoap::some(context, id);
  out->CENTRAL = soap_new_ns1__CENTRAL(context);
  out->CENTRAL->NAME_USCOREORG1 = gsoap::some(context, "Sturm");
  out->CENTRALX = soap_new_ns1__CENTRALX(context);
  out->CENTRALX->NAME_USCOREORG1 = gsoap::some(context, "X");
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  bindingProxy service(argv[1], SOAP_XML_STRICT);
  soap* context = service.soap;
  context->userid = argv[2];
  context->passwd = argv[3];
  ns1__CRMXIF_USCOREPARTNER_USCORESAVE request;
  request.DATA = soap_new_ns1__CRMXIF_USCOREPARTNER_USCORECOMPLEX_USCORET(context);
  request.DATA->item = {partner(context, ns1__OBJECT_USCORETASK__I, "GSOAP-1"),
                        partner(context, ns1__OBJECT_USCORETASK__U, "GSOAP-9")};
  ns1__CRMXIF_USCOREPARTNER_USCORESAVEResponse answer;
  if (service.CRMXIF_USCOREPARTNER_USCORESAVE(&request, answer) != SOAP_OK) {
    service.soap_stream_fault(std::cerr);
    return 1;
  }
  for (const auto* each : answer.RETURN->item)
    std::cout << each->EXTERNAL_USCOREID << " " << each->TYPE << "\n";
  service.destroy();
  return 0;
}

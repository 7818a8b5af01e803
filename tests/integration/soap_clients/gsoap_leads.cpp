// Accepts a lead as its sales partner with the classes that gSOAP generates from the WSDL of lead
// dispatch. Arguments: address, user, password, number of the lead.
#include <iostream>

#include "binding.nsmap"
#include "gsoap.hpp"
#include "soapbindingProxy.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  bindingProxy service(argv[1], SOAP_XML_STRICT);
  soap* context = service.soap;
  context->userid = argv[2];
  context->passwd = argv[3];
  ns1__LeadQuery query;
  query.Selection = soap_new_ns1__Selection(context);
  query.Selection->Number = gsoap::some(context, argv[4]);
  ns1__LeadQueryResponse leads;
  if (service.LeadQuery(&query, leads) != SOAP_OK) {
    service.soap_stream_fault(std::cerr);
    return 1;
  }
  for (const ns1__Lead* lead : leads.Lead) {
    std::cout << lead->LeadNumber << " " << lead->UserStatus << "\n";
    ns1__LeadDispatchAnswer request;
    request.LeadNumber = lead->LeadNumber;
    request.ChangeNumber = lead->ChangeNumber;
    request.Answer = "SPAC";
    request.AnsweredBy = "GSOAP";
    context->userid = argv[2];  // gSOAP forgets who calls after each call
    context->passwd = argv[3];
    ns1__LeadDispatchAnswerResponse answer;
    if (service.LeadDispatchAnswer(&request, answer) != SOAP_OK) {
      service.soap_stream_fault(std::cerr);
      return 1;
    }
    for (const ns1__ReturnItem* each : answer.Return->item)
      std::cout << static_cast<char>(each->Type) << each->Number << "\n";
  }
  service.destroy();
  return 0;
}

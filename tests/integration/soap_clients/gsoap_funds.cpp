// Takes a claim from its reservation to its payment with the classes that gSOAP generates from the
// WSDL of marketing funds, and prints what the service says. Arguments: address, user, password.
#include <iostream>

#include "binding.nsmap"
#include "gsoap.hpp"
#include "soapbindingProxy.h"

namespace {

using gsoap::shown;
using gsoap::some;

constexpr const char* kPartner = "0010100001";

ns1__Amount* euros(soap* context, const std::string& text) {
  return soap_new_req_ns1__Amount(context, text, "EUR");
}

/// The first message, as type and number.
std::string said(const ns1__Return* answer) {
  const ns1__ReturnItem* first = answer->item.at(0);
  return static_cast<char>(first->Type) + first->Number;
}

class Funds {
 public:
  Funds(const char* address, const char* user, const char* password)
      : service_(address, SOAP_XML_STRICT),
        context_(service_.soap),
        user_(user),
        password_(password) {}
  Funds(const Funds&) = delete;
  Funds& operator=(const Funds&) = delete;
  ~Funds() { service_.destroy(); }

  bool funds() {
    ns1__FundQueryResponse answer;
    if (!taken(service().FundQuery(selection({}), answer))) return false;
    for (const ns1__Fund* each : answer.Fund)
      std::cout << "fund " << each->FundNumber << " " << each->Checkbook->AvailableToReserve->__item
                << " of " << each->Checkbook->ValueCategory.size() << " value categories\n";
    return true;
  }
  bool reserve(const std::string& year) {
    ns1__ReservationSubmit request;
    request.ExternalReference = "GSOAP-R";
    request.FundNumber = "0000000201";
    request.Partner = kPartner;
    request.Description = "Trade fair";
    request.ActivityFrom = some(context_, year + "-01-10");
    request.ActivityTo = some(context_, year + "-12-20");
    request.RequestedAmount = euros(context_, "400.00");
    ns1__ReservationSubmitResponse answer;
    if (!taken(service().ReservationSubmit(&request, answer))) return false;
    std::cout << "reservation " << said(answer.Return) << "\n";
    reservation_ = answer.Reservation->ReservationNumber;
    ns1__ReservationDecide decision;
    decision.ReservationNumber = reservation_;
    decision.ChangeNumber = answer.Reservation->ChangeNumber;
    decision.Decision = ns1__ReservationDecision__APPR;
    decision.DecidedBy = "GSOAP";
    ns1__ReservationDecideResponse decided;
    if (!taken(service().ReservationDecide(&decision, decided))) return false;
    std::cout << "reserved " << said(decided.Return) << " "
              << decided.Reservation->ReservedAmount->__item << "\n";
    return true;
  }
  /// Its number; "" = the service refused the message itself.
  std::string claim(const std::string& year, const std::string& reference, const std::string& net) {
    ns1__ClaimSubmit request;
    request.ExternalReference = reference;
    request.ClaimType = "REIM";
    request.ReservationNumber = some(context_, reservation_);
    request.Partner = kPartner;
    request.ActivityFrom = year + "-01-10";
    request.ActivityTo = year + "-12-20";
    request.SubmittedAmount = euros(context_, "150.00");
    ns1__NewClaimItem* item = soap_new_ns1__NewClaimItem(context_);
    item->ItemNumber = "1";
    item->InvoiceNumber = "INV-7";
    item->InvoiceDate = year + "-06-15";
    item->SupplierName = "Messe Kiel";
    item->NetAmount = euros(context_, net);
    item->SubmittedAmount = euros(context_, "150.00");
    request.Item.push_back(item);
    ns1__Attachment* proof = soap_new_ns1__Attachment(context_);
    proof->AttachmentType = "PHOTO";
    proof->FileName = "booth.jpg";
    proof->ContentHash = std::string(64, 'a');
    request.Attachment.push_back(proof);
    ns1__ClaimSubmitResponse answer;
    if (!taken(service().ClaimSubmit(&request, answer))) return {};
    std::cout << "claim " << reference << " " << said(answer.Return) << "\n";
    return answer.Claim == nullptr ? "none" : answer.Claim->ClaimNumber;
  }
  bool decide(const std::string& claim, int change) {
    ns1__ClaimDecide request;
    request.ClaimNumber = claim;
    request.ChangeNumber = change;
    request.Decision = ns1__ClaimDecision__APPR;
    request.DecidedBy = "GSOAP";
    ns1__ItemDecision* item = soap_new_ns1__ItemDecision(context_);
    item->ItemNumber = "1";
    item->ApprovedAmount = euros(context_, "100.25");
    item->Reason = some(context_, "No logo");
    request.ItemDecision.push_back(item);
    ns1__ClaimDecideResponse answer;
    if (!taken(service().ClaimDecide(&request, answer))) return false;
    std::cout << "decided at change " << change << " " << said(answer.Return);
    if (answer.Claim != nullptr) std::cout << " " << answer.Claim->ApprovedAmount->__item;
    std::cout << "\n";
    return true;
  }
  bool pay(const std::string& claim, const std::string& year) {
    ns1__ClaimSettlementConfirm settled;
    settled.ClaimNumber = claim;
    settled.ChangeNumber = 2;
    settled.Step = ns1__SettlementStep__SETL;
    settled.SettledAmount = euros(context_, "100.25");
    settled.AccountingDocument = some(context_, "0100000000");
    settled.CompanyCode = some(context_, "1010");
    settled.FiscalYear = some(context_, year);
    settled.ConfirmedBy = "GSOAP";
    ns1__ClaimSettlementConfirm paid;
    paid.ClaimNumber = claim;
    paid.ChangeNumber = 3;
    paid.Step = ns1__SettlementStep__PAID;
    paid.ValueDate = some(context_, year + "-12-30");
    paid.BankReference = some(context_, "BANK-1");
    paid.ConfirmedBy = "GSOAP";
    for (ns1__ClaimSettlementConfirm* step : {&settled, &paid}) {
      ns1__ClaimSettlementConfirmResponse answer;
      if (!taken(service().ClaimSettlementConfirm(step, answer))) return false;
      std::cout << "confirmed " << said(answer.Return) << "\n";
    }
    ns1__ClaimSettlementStatusQueryResponse status;
    if (!taken(service().ClaimSettlementStatusQuery(selection(claim), status))) return false;
    for (const ns1__SettlementStatus* each : status.SettlementStatus)
      std::cout << "status " << each->UserStatus << " " << shown(each->BankReference) << "\n";
    ns1__ClaimQueryResponse claims;
    if (!taken(service().ClaimQuery(selection(claim), claims))) return false;
    std::cout << "claims " << claims.Claim.size() << "\n";
    return true;
  }

 private:
  /// For the next call: gSOAP forgets who calls after each.
  bindingProxy& service() {
    context_->userid = user_;
    context_->passwd = password_;
    return service_;
  }
  ns1__Query* selection(const std::string& number) {
    ns1__Selection* only = soap_new_ns1__Selection(context_);
    if (!number.empty()) only->Number = some(context_, number);
    ns1__Query* query = soap_new_ns1__Query(context_);
    query->Selection = only;
    return query;
  }
  bool taken(int code) {
    if (code != SOAP_OK) service_.soap_stream_fault(std::cerr);
    return code == SOAP_OK;
  }

  bindingProxy service_;
  soap* context_;
  const char* user_;
  const char* password_;
  std::string reservation_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string year = argv[4];
  Funds funds(argv[1], argv[2], argv[3]);
  if (!funds.funds() || !funds.reserve(year)) return 1;
  const std::string claim = funds.claim(year, "GSOAP-C", "300.00");
  if (claim.empty() || funds.claim(year, "GSOAP-TWICE", "300.00") != "none") return 1;
  if (!funds.decide(claim, 9) || !funds.decide(claim, 1) || !funds.pay(claim, year)) return 1;
  return funds.claim(year, "GSOAP-FORM", "300,00").empty() ? 0 : 1;
}

#include "sandbox/soap/sap_crm_server.hpp"

#include <sstream>

#include "sandbox/soap/crm_requests.hpp"

namespace channelbridge::sandbox {
namespace {

constexpr const char* kFundsSpace = "http://example.com/zcrm/channel_funds";
constexpr const char* kLeadsSpace = "http://example.com/zcrm/lead_dispatch";
constexpr const char* kXifSpace = "urn:sap-com:document:sap:rfc:functions";

std::string in_response(const std::string& operation, const char* space,
                        const std::string& content) {
  const std::string name = "n0:" + operation + "Response";
  soap::XmlWriter xml;
  return xml.open(name, "xmlns:n0=\"" + std::string(space) + "\"").raw(content).close(name).text();
}

/// What the caller sent, for the journal's digest.
std::string sent_by(const soap::Call& call) {
  std::ostringstream out;
  call.message.body.print(out, "", pugi::format_raw);
  return out.str();
}

}  // namespace

SapCrmService::SapCrmService(const crm::CrmOptions& options, std::shared_ptr<Desk> desk)
    : options_(options),
      desk_(std::move(desk)),
      funds_(options, desk_->clock),
      leads_(options, desk_->clock),
      relations_(options),
      hierarchies_(options),
      products_(options),
      documents_(options),
      port_(options.port) {}

Result<std::shared_ptr<SapCrmService>> SapCrmService::make(const crm::CrmOptions& options,
                                                           std::shared_ptr<Desk> desk) {
  std::shared_ptr<SapCrmService> out(new SapCrmService(options, std::move(desk)));
  if (auto added = out->add_endpoints(); !added) return std::move(added).error();
  return out;
}

Result<void> SapCrmService::add_endpoints() {
  using Answer = std::string (SapCrmService::*)(const soap::Call&);
  struct Published {
    const char* path;
    const char* wsdl;
    Answer answer;
  };
  for (const Published& each :
       {Published{kFunds, "channel_funds", &SapCrmService::answer_funds},
        Published{kLeads, "lead_dispatch", &SapCrmService::answer_leads},
        Published{kPartners, "partner_save", &SapCrmService::answer_partners},
        Published{kRelations, "partner_rel_save", &SapCrmService::answer_relations},
        Published{kHierarchies, "partner_hier_save", &SapCrmService::answer_hierarchies},
        Published{kProducts, "product_material_save", &SapCrmService::answer_products},
        Published{kDocuments, "order_save", &SapCrmService::answer_documents}}) {
    auto contract = soap::Contract::read(soap::wsdl_text(each.wsdl));
    if (!contract) return std::move(contract).error();
    port_.add({.path = each.path,
               .contract = *std::move(contract),
               .answer = [this, answer = each.answer](const soap::Call& call) {
                 const std::lock_guard lock(mutex_);
                 return (this->*answer)(call);
               }});
  }
  return {};
}

Response SapCrmService::handle(const Request& request) { return port_.handle(request); }

std::string SapCrmService::answer_funds(const soap::Call& call) {
  const std::string& operation = call.message.operation;
  if (operation.ends_with("Query"))
    return in_response(operation, kFundsSpace,
                       funds_.query(operation, call.message.body.child("Selection")));
  return write(call, kFundsSpace, [&](crm::Notes& notes) { return run_funds(call, notes); });
}

std::string SapCrmService::answer_leads(const soap::Call& call) {
  leads_.fall_back();
  const std::string& operation = call.message.operation;
  const pugi::xml_node selection = call.message.body.child("Selection");
  if (operation == "LeadQuery") return in_response(operation, kLeadsSpace, leads_.query(selection));
  if (operation == "LeadOfferQuery")
    return in_response(operation, kLeadsSpace, leads_.query_offers(selection));
  return write(call, kLeadsSpace, [&](crm::Notes& notes) { return run_leads(call, notes); });
}

std::string SapCrmService::run_leads(const soap::Call& call, crm::Notes& notes) {
  const std::string& operation = call.message.operation;
  const pugi::xml_node body = call.message.body;
  Effect effect{.object = "Lead", .kind = EffectKind::Created, .fields = sent_by(call)};
  const crm::Lead* lead = nullptr;
  if (operation == "LeadCreate") {
    lead = &leads_.create(crm::lead_of(body), funds_.partners(), notes);
    effect.user = lead->admin.changed_by;
  } else if (operation == "LeadChange") {
    const crm::LeadEdit edit = crm::lead_edit_of(body);
    lead = &leads_.edit(edit, funds_.partners(), notes);
    effect.kind = EffectKind::Updated;
    effect.user = edit.by;
  } else if (operation == "LeadDistribute") {
    const crm::LeadDispatch dispatch = crm::lead_dispatch_of(body);
    lead = &leads_.distribute(dispatch, funds_.partners(), notes);
    effect.object = "LeadDistribution";
    effect.user = dispatch.by;
  } else {
    const crm::LeadAnswer answer = crm::lead_answer_of(body);
    lead = &leads_.answer(answer, notes);
    effect.object = "LeadAnswer";
    effect.user = answer.by;
  }
  effect.key = lead->number;
  effect.correlation = lead->admin.reference;
  record(call.request, effect);
  soap::XmlWriter xml;
  leads_.write(xml, *lead);
  const bool of_offer = operation != "LeadCreate" && operation != "LeadChange";
  if (of_offer && !lead->offers.empty()) leads_.write(xml, lead->offers.back());
  return xml.text();
}

crm::XifSaved SapCrmService::saves(const soap::Call& call, const char* object) {
  return [this, &call, object](const std::string& number, EffectKind kind, const std::string& id) {
    record(call.request, {.object = object,
                          .key = number,
                          .kind = kind,
                          .fields = number,
                          .user = call.user,
                          .correlation = id});
  };
}

std::string SapCrmService::answer_partners(const soap::Call& call) {
  crm::Partners partners = funds_.partners();
  const std::string rows = partner_import_.save(partners, call.message.body.child("DATA"),
                                                saves(call, "BusinessPartner"));
  funds_.set_partners(std::move(partners));
  return in_response(call.message.operation, kXifSpace, rows);
}

std::string SapCrmService::answer_relations(const soap::Call& call) {
  return in_response(
      call.message.operation, kXifSpace,
      relations_.save({.all = funds_.partners(), .saved = partner_import_},
                      call.message.body.child("DATA"), saves(call, "PartnerRelation")));
}

std::string SapCrmService::answer_hierarchies(const soap::Call& call) {
  return in_response(
      call.message.operation, kXifSpace,
      hierarchies_.save({.all = funds_.partners(), .saved = partner_import_},
                        call.message.body.child("DATA"), saves(call, "PartnerHierarchy")));
}

std::string SapCrmService::answer_products(const soap::Call& call) {
  return in_response(call.message.operation, kXifSpace,
                     products_.save(call.message.body.child("DATA"), saves(call, "Product")));
}

std::string SapCrmService::answer_documents(const soap::Call& call) {
  return in_response(
      call.message.operation, kXifSpace,
      documents_.save({.partners = funds_.partners(), .products = products_.products()},
                      call.message.body.child("DATA"), saves(call, "Document")));
}

std::string SapCrmService::write(const soap::Call& call, const char* space, const Work& work) {
  const std::string& id = call.message.message_id;
  const bool keyed = options_.idempotent && !id.empty();
  if (const auto known = answered_.find(id); keyed && known != answered_.end())
    return known->second;
  crm::Notes notes;
  std::string record;
  bool refused = false;
  try {
    if (desk_->faults.take("row_lock", call.request.line()))
      crm::refuse(crm::kLocked, "The object is locked by user MILLER");
    record = work(notes);
  } catch (const crm::Refused& refusal) {
    notes = {refusal.note};
    refused = true;
  }
  std::string answer = in_response(call.message.operation, space, record + crm::return_of(notes));
  // A refusal changed nothing: the same message may be sent again when its reason is gone.
  if (keyed && !refused) answered_[id] = answer;
  return answer;
}

void SapCrmService::record(const Request& request, const Effect& effect) {
  desk_->journal.record(request, effect);
}

std::string SapCrmService::submit_initiative(const soap::Call& call, crm::Notes& notes) {
  crm::InitiativeOffer offer = crm::initiative_offer_of(call.message.body);
  const bool again = !offer.initiative.number.empty();
  const crm::Initiative& initiative = funds_.submit(std::move(offer), call.user, notes);
  record(call.request, {.object = "Initiative",
                        .key = initiative.number,
                        .kind = again ? EffectKind::Updated : EffectKind::Created,
                        .fields = sent_by(call),
                        .user = call.user,
                        .correlation = initiative.admin.reference});
  soap::XmlWriter xml;
  crm::write(xml, options_, initiative);
  return xml.text();
}

std::string SapCrmService::submit_reservation(const soap::Call& call, crm::Notes& notes) {
  crm::ReservationOffer offer = crm::reservation_offer_of(call.message.body);
  const bool again = !offer.reservation.number.empty();
  const crm::Reservation& reservation = funds_.submit(std::move(offer), call.user, notes);
  record(call.request, {.object = "Reservation",
                        .key = reservation.number,
                        .kind = again ? EffectKind::Updated : EffectKind::Created,
                        .fields = sent_by(call),
                        .user = call.user,
                        .correlation = reservation.admin.reference});
  soap::XmlWriter xml;
  crm::write(xml, options_, reservation);
  return xml.text();
}

std::string SapCrmService::submit_claim(const soap::Call& call, crm::Notes& notes) {
  crm::ClaimOffer offer = crm::claim_offer_of(call.message.body);
  const bool again = !offer.claim.number.empty();
  const crm::Claim& claim = funds_.submit(std::move(offer), call.user, notes);
  record(call.request, {.object = "Claim",
                        .key = claim.number,
                        .kind = again ? EffectKind::Updated : EffectKind::Created,
                        .fields = sent_by(call),
                        .user = call.user,
                        .correlation = claim.admin.reference});
  soap::XmlWriter xml;
  crm::write(xml, options_, claim);
  return xml.text();
}

std::string SapCrmService::run_funds(const soap::Call& call, crm::Notes& notes) {
  const std::string& operation = call.message.operation;
  const pugi::xml_node body = call.message.body;
  if (operation == "InitiativeSubmit") return submit_initiative(call, notes);
  if (operation == "ReservationSubmit") return submit_reservation(call, notes);
  if (operation == "ClaimSubmit") return submit_claim(call, notes);
  soap::XmlWriter xml;
  Effect effect{.kind = EffectKind::Created, .fields = sent_by(call)};
  if (operation == "InitiativeDecide" || operation == "InitiativeProgress") {
    const bool decided = operation == "InitiativeDecide";
    const crm::Verdict verdict = crm::verdict_of(body);
    const crm::InitiativeNews news = crm::initiative_news_of(body);
    const crm::Initiative& initiative =
        decided ? funds_.decide_initiative(verdict, notes) : funds_.progress(news, notes);
    crm::write(xml, options_, initiative);
    effect.object = decided ? "InitiativeDecision" : "InitiativeStep";
    effect.key = initiative.number + "/" + (decided ? verdict.code : news.step);
    effect.user = decided ? verdict.by : news.by;
    effect.correlation = initiative.admin.reference;
  } else if (operation == "ReservationDecide") {
    const crm::Verdict verdict = crm::verdict_of(body);
    const crm::Reservation& reservation = funds_.decide_reservation(verdict, notes);
    crm::write(xml, options_, reservation);
    effect.object = "ReservationDecision";
    effect.key = reservation.number;
    effect.user = verdict.by;
    effect.correlation = reservation.admin.reference;
  } else if (operation == "ClaimDecide") {
    const crm::Verdict verdict = crm::verdict_of(body);
    const crm::Claim& claim = funds_.decide_claim(verdict, notes);
    crm::write(xml, options_, claim);
    effect.object = "ClaimDecision";
    effect.key = claim.number;
    effect.user = verdict.by;
    effect.correlation = claim.admin.reference;
  } else {
    const crm::SettlementNews news = crm::settlement_news_of(body);
    const crm::Claim& claim = funds_.confirm(news, notes);
    crm::write_settlement(xml, options_, claim);
    effect.object = "Settlement";
    effect.key = claim.number + "/" + news.step;
    effect.user = news.by;
    effect.correlation = claim.admin.reference;
  }
  record(call.request, effect);
  return xml.text();
}

Result<std::unique_ptr<SapCrmServer>> SapCrmServer::start(const SapCrmServerOptions& options) {
  auto server = std::unique_ptr<SapCrmServer>(new SapCrmServer);
  server->desk_ = std::make_shared<Desk>(options.clock);
  auto service = SapCrmService::make(options.crm, server->desk_);
  if (!service) return std::move(service).error();
  server->service_ = *std::move(service);
  auto http = Server::start(server->service_, server->desk_, options.server);
  if (!http) return std::move(http).error();
  server->server_ = *std::move(http);
  return server;
}

}  // namespace channelbridge::sandbox

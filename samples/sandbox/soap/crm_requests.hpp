#pragma once

#include <pugixml.hpp>

#include "sandbox/soap/crm_desk.hpp"
#include "sandbox/soap/crm_leads.hpp"

namespace channelbridge::sandbox::crm {

// What a request's element says; it has passed its schema.

InitiativeOffer initiative_offer_of(pugi::xml_node body);
InitiativeNews initiative_news_of(pugi::xml_node body);
ReservationOffer reservation_offer_of(pugi::xml_node body);
ClaimOffer claim_offer_of(pugi::xml_node body);
/// Of InitiativeDecide, ReservationDecide or ClaimDecide.
Verdict verdict_of(pugi::xml_node body);
SettlementNews settlement_news_of(pugi::xml_node body);
/// Of LeadCreate.
Lead lead_of(pugi::xml_node body);
LeadEdit lead_edit_of(pugi::xml_node body);
LeadDispatch lead_dispatch_of(pugi::xml_node body);
LeadAnswer lead_answer_of(pugi::xml_node body);

/// The element Return.
std::string return_of(const Notes& notes);

}  // namespace channelbridge::sandbox::crm

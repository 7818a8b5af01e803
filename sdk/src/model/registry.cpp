#include "channelbridge/model/lead.hpp"
#include "channelbridge/model/lead_assignment.hpp"
#include "channelbridge/model/partner.hpp"
#include "channelbridge/model/partner_contact.hpp"

namespace channelbridge::model {

EntityRegistry EntityRegistry::built_in() {
  EntityRegistry registry;
  registry.add(entity_type(description(std::type_identity<Partner>())));
  registry.add(entity_type(description(std::type_identity<PartnerContact>())));
  registry.add(entity_type(description(std::type_identity<Lead>())));
  registry.add(entity_type(description(std::type_identity<LeadAssignment>())));
  return registry;
}

}  // namespace channelbridge::model

#pragma once

#include <memory>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/core/time.hpp"

namespace channelbridge::sap_s4hana {

/// The way from a person to its relations with companies, which the service does not offer: rows of
/// A_BusinessPartnerContact whose BusinessPartnerPerson is the person.
inline constexpr std::string_view kByPerson = "by_BusinessPartnerPerson";

/// `inner` with that way as a navigation of A_BusinessPartner, for reading and for updates.
/// `zone` is the system's: its date decides which relations are valid.
///
/// Threads: any.
std::shared_ptr<adapter::Adapter> with_contact_relations(std::shared_ptr<adapter::Adapter> inner,
                                                         TimeZone zone);

/// Adds it to the description of A_BusinessPartner.
void add_by_person(adapter::ObjectMetadata& metadata);

}  // namespace channelbridge::sap_s4hana

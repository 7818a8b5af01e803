#pragma once

#include "sandbox/salesforce/org.hpp"
#include "sandbox/salesforce/state.hpp"

namespace channelbridge::sandbox::salesforce {

/// Makes an account, a contact and an opportunity of a lead, or fills the empty fields of those
/// that are named. Source: SOAP API Developer Guide, "convertLead()"; which code answers which
/// breach is told there for a converted lead only.
Result<ConvertedLead> convert(const OrgOptions& options, Transaction& transaction,
                              const std::string& id, const LeadConversion& how);

/// POST /services/Soap/u/XX.0, of which convertLead is served. `status` 0 = not its path.
Response answer_soap(State& state, const Request& request);

}  // namespace channelbridge::sandbox::salesforce

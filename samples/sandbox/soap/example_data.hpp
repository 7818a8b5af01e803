#pragma once

#include "sandbox/soap/sap_crm_server.hpp"
#include "sandbox/soap/sap_fi_server.hpp"

namespace channelbridge::sandbox {

/// What `channelbridge sandbox sap_fi` begins with: in company code 1010 the debtors 0010100001
/// and 0010100002 and the creditors 0010300001 and 0010300002.
void add_example_data(SapFiService& service);

/// What `channelbridge sandbox sap_crm` begins with: two partners, a funds plan of this year with
/// a strict availability control and a fund for each partner, and two leads, one of them
/// distributed. `today` is in the year.
///
/// Errors   Rejected: never, unless the data break a rule of the system
Result<void> add_example_data(SapCrmService& service, Timestamp today);

}  // namespace channelbridge::sandbox

#pragma once

#include <string>

#include "sandbox/sap/gateway.hpp"

namespace channelbridge::sandbox {

/// Changes how a SAP-like system behaves, from a text as people write it:
///
///     strict_filter=true|false     `or` between terms of one property only, as ABAP ranges take it
///     batch_status=200|202         of an answered $batch (V2)
///     dead_session=logs_on|401|200 the answer to the cookie of a session that is gone
///     custom_field=SET.NAME        a field that the tenant has added (S/4HANA, more than once)
///     delta_links=SET              its changes can be followed by delta links (V4, more than once)
///     orders_move_after=5s         sales orders are delivered and billed by themselves (S/4HANA)
///
/// Errors   Invalid: no such name, not one of its values
Result<void> change_setting(odata::Settings& settings, odata::GatewayOptions& gateway,
                            const std::string& assignment);

}  // namespace channelbridge::sandbox

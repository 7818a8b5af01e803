#pragma once

#include "channelbridge/core/error.hpp"
#include "channelbridge/soap/reply.hpp"
#include "manifest_internal.hpp"

namespace channelbridge::soap {

/// Does a document that was read have all elements that the description requires of it? One that
/// lacks some would otherwise look as if they were empty. Protocol: no, with the path below the
/// document (rule "missing_element"), and where the description says so.
Result<void> check_row(const ReadCall& read, const Node& row);

}  // namespace channelbridge::soap

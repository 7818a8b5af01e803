#pragma once

#include <string>

#include "channelbridge/core/error.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::idoc {

/// The error of an answer that is not what was asked for, by its status; what the page is titled
/// stands in it.
Error refusal(const http::Response& response, const std::string& operation);

}  // namespace channelbridge::idoc

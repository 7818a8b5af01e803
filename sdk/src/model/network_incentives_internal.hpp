#pragma once

#include <memory>
#include <string_view>

#include "channelbridge/model/network.hpp"

namespace channelbridge::model {

/// The checks of business plans, commissions and recruitments; null for another entity.
std::unique_ptr<NetworkCheck> incentive_check(std::string_view entity);

}  // namespace channelbridge::model

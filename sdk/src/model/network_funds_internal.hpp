#pragma once

#include <memory>
#include <string_view>

#include "channelbridge/model/network.hpp"

namespace channelbridge::model {

/// The checks of funds, claims and settlements; null for another entity.
std::unique_ptr<NetworkCheck> fund_check(std::string_view entity);

}  // namespace channelbridge::model

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "channelbridge/adapter/adapter.hpp"

namespace channelbridge::sap_s4hana {

/// Object, or the beginning of its name -> path of the service root. "" = every other object.
using ServicePaths = std::map<std::string, std::string, std::less<>>;

/// services() with what settings say: `replaced` maps a service of the table, or an object or the
/// beginning of its name, to a name under /sap/opu/odata/sap/ or a path of its own.
ServicePaths service_paths(const std::map<std::string, std::string, std::less<>>& replaced);

/// "API_PRODUCT_SRV" -> "/sap/opu/odata/sap/API_PRODUCT_SRV"; a path stays, without its last slash.
std::string service_path(std::string_view service);

/// One adapter over several: each call goes to the service of its object. `make` is asked once for
/// each path, now. Errors: those of `make`.
Result<std::shared_ptr<adapter::Adapter>> make_services(
    const ServicePaths& paths,
    const std::function<Result<std::shared_ptr<adapter::Adapter>>(const std::string& path)>& make);

}  // namespace channelbridge::sap_s4hana

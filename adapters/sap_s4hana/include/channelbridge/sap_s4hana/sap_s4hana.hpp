#pragma once

#include <memory>
#include <string>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::sap_s4hana {

struct Options {
  std::string service{"API_BUSINESS_PARTNER"};  ///< under /sap/opu/odata/sap/, or a path of its own
  std::string client{};                         ///< "100"; "" = the host's default
  std::string language{};                       ///< "EN"
  std::string time_zone{"UTC"};  ///< the system's, for LastChangeDate and LastChangeTime
  std::string user{};            ///< our own user, as LastChangedByUser shows it
  /// Identification type (tenant customising) of the row that carries our record id; "" = none, and
  /// a create whose answer is lost cannot be found again.
  std::string identification_type{};
  bool csrf{true};
};

/// S/4HANA's OData V2 services; business partners as aggregates with roles, addresses, tax numbers,
/// identification. Contacts nothing.
Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       const Options& options = {});

/// `adapter: sap_s4hana`
adapter::AdapterKind kind();

}  // namespace channelbridge::sap_s4hana

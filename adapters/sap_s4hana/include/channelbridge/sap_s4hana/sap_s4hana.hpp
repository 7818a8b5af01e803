#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::sap_s4hana {

/// Where objects whose name begins with `objects` are served. Of several that fit, the longest
/// counts; what fits none stands in API_BUSINESS_PARTNER.
///
/// Source: the services' published metadata and descriptions on the SAP Business Accelerator Hub.
struct ServiceOfObjects {
  std::string_view objects{};  ///< "A_SalesOrder": A_SalesOrderItem, too
  std::string_view service{};  ///< "API_SALES_ORDER_SRV": the name by which settings replace it
  std::string_view path{};     ///< of the service root, from the host
};
std::span<const ServiceOfObjects> services();

struct Options {
  /// One service for all objects: a name under /sap/opu/odata/sap/, or a path of its own. "" = by
  /// services().
  std::string service{};
  /// Service of the table (or object, or the beginning of its name) -> name under
  /// /sap/opu/odata/sap/, or a path of its own.
  std::map<std::string, std::string, std::less<>> service_of{};
  std::string client{};          ///< "100"; "" = the host's default
  std::string language{};        ///< "EN"
  std::string time_zone{"UTC"};  ///< the system's, for LastChangeDate and LastChangeTime
  std::string user{};            ///< our own user, as LastChangedByUser shows it
  /// Identification type (tenant customising) of the row of a business partner that carries our
  /// record id; "" = none, and a create whose answer is lost cannot be found again.
  std::string identification_type{};
  bool csrf{true};
};

/// An S/4HANA system: its OData services behind one login and one session, each object read and
/// written where it is served. Business partners are aggregates with roles, addresses, tax numbers,
/// identification; sales documents with items, partners, pricing elements. Contacts nothing.
Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       const Options& options = {});

/// `adapter: sap_s4hana`
adapter::AdapterKind kind();

}  // namespace channelbridge::sap_s4hana

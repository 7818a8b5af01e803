#pragma once

#include <memory>
#include <string>

#include "channelbridge/adapter/registry.hpp"
#include "channelbridge/http/pipeline.hpp"
#include "channelbridge/http/transport.hpp"

namespace channelbridge::sap_c4c {

struct Options {
  std::string service{"/sap/c4c/odata/v1/c4codataapi"};
  std::string language{};  ///< "EN"
  std::string user{};      ///< our own user, as LastChangedBy shows it
  std::string correlation{
      "ExternalID"};  ///< property that carries our record id; confirm per tenant
  bool csrf{true};    ///< harmless with OAuth and certificates, needed with Basic
};

/// SAP Cloud for Customer (Sales Cloud V1), OData V2: leads with items and parties, accounts,
/// contacts, partners. Contacts nothing.
Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       const Options& options = {});

/// `adapter: sap_c4c`
adapter::AdapterKind kind();

}  // namespace channelbridge::sap_c4c

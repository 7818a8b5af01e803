#include "channelbridge/sap_c4c/sap_c4c.hpp"

#include <chrono>
#include <utility>

#include "channelbridge/odata/metadata.hpp"
#include "channelbridge/odata/odata.hpp"

namespace channelbridge::sap_c4c {
namespace {

/// Beyond the driver's table; README.md says where each line comes from.
constexpr odata::ErrorRule kErrors[] = {
    {0, "", "record locked by", ErrorCode::Unavailable, false},
    {0, "", "is locked by", ErrorCode::Unavailable, false},
    {400, "", "duplicate", ErrorCode::Rejected, true},
};

odata::Options defaults() {
  odata::Options options;
  options.kind = "sap_c4c";
  options.service_path = "/sap/c4c/odata/v1/c4codataapi";
  options.csrf = true;
  options.max_page = 1'000;         // rows of a page without $expand
  options.max_expanded_page = 100;  // parents of a page with $expand
  // A dialog step may go on for ten minutes after its caller has given up (rdisp/max_wprun_time).
  options.settle = std::chrono::minutes(11);
  options.parent_property = "ParentObjectID";
  options.always_stamped = true;  // EntityLastChangedOn is what the service's own delta goes by
  options.correlation = "ExternalID";
  options.errors = kErrors;
  return options;
}

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       const Options& options) {
  odata::Options out = defaults();
  out.service_path = options.service;
  if (!options.language.empty()) out.parameters.emplace_back("sap-language", options.language);
  out.user = options.user;
  out.correlation = options.correlation;
  out.csrf = options.csrf;
  return odata::make_adapter(std::move(transport), std::move(pipeline), std::move(out));
}

adapter::AdapterKind kind() {
  return {.name = "sap_c4c",
          .known_settings = odata::setting_names(),
          .make =
              [](const adapter::SystemSettings& settings) {
                return odata::make_from_settings(settings, defaults(), nullptr);
              },
          .published = odata::published};
}

}  // namespace channelbridge::sap_c4c

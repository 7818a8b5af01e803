#include "channelbridge/sap_s4hana/sap_s4hana.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <utility>

#include "billed_quantities_internal.hpp"
#include "channelbridge/odata/metadata.hpp"
#include "channelbridge/odata/odata.hpp"
#include "contact_relations_internal.hpp"
#include "schedule_totals_internal.hpp"
#include "services_internal.hpp"

namespace channelbridge::sap_s4hana {
namespace {

/// Beyond the driver's table; README.md says where each line comes from.
constexpr odata::ErrorRule kErrors[] = {
    {404, "/IWFND/MED/170", "", ErrorCode::NotFound, false},
    {0, "/IWFND/MED/", "", ErrorCode::Forbidden, false},
    {400, "", "no authorization", ErrorCode::Forbidden, false},
    {400, "", "is locked by", ErrorCode::Unavailable, false},
    {0, "", "is currently being processed", ErrorCode::Unavailable, false},
    {400, "", "duplicate", ErrorCode::Rejected, true},
};

odata::Options defaults() {
  odata::Options options;
  options.kind = "sap_s4hana";
  options.service_path = "/sap/opu/odata/sap/API_BUSINESS_PARTNER";
  options.csrf = true;
  options.max_page = 1'000;
  options.max_expanded_page = 200;
  // A dialog step may go on for ten minutes after its caller has given up (rdisp/max_wprun_time).
  options.settle = std::chrono::minutes(11);
  // A business partner has no time of change before its first change (reference:
  // API_BUSINESS_PARTNER, LastChangeDate is nullable and separate from CreationDate).
  options.created = "CreationDate,CreationTime";
  options.errors = kErrors;
  return options;
}

std::string correlation_path(const std::string& identification_type) {
  return "to_BuPaIdentification[BPIdentificationType=" + identification_type +
         "].BPIdentificationNumber";
}

/// One host, and on it an adapter for each service.
Result<std::shared_ptr<adapter::Adapter>> make_system(std::shared_ptr<http::Transport> transport,
                                                      http::PipelineOptions pipeline,
                                                      const odata::Options& options,
                                                      const ServicePaths& paths) {
  auto zone = TimeZone::find(options.time_zone);
  const std::string system = pipeline.system;
  const std::shared_ptr<Log> log = pipeline.log;
  auto host = odata::make_host(std::move(transport), std::move(pipeline), options.daily_calls,
                               options.reserve_calls);
  if (!host) return host.error();
  const std::string& partners = paths.find("")->second;
  auto made = make_services(
      paths, [&](const std::string& path) -> Result<std::shared_ptr<adapter::Adapter>> {
        odata::Options each = options;
        each.service_path = path;
        if (path != partners) each.metadata_file.clear();  // it is of one service
        auto service = odata::make_adapter(*host, std::move(each));
        if (!service || path != partners) return service;
        return with_contact_relations(*std::move(service), *zone);
      });
  if (!made) return made;
  return with_billed_quantities(with_schedule_totals(*std::move(made)), system, log);
}

/// The row's type as the user writes it into a project.
void read_identification_type(adapter::SettingsReader& reader, odata::Options& options) {
  const std::string type = reader.text("identification_type");
  if (type.empty()) return;
  const bool plain = std::all_of(type.begin(), type.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (!plain || type.size() > 6) {
    reader.problem("identification_type", "identification_type",
                   "'" + type + "' is not an identification type of up to 6 letters");
  } else if (options.correlation.empty()) {
    options.correlation = correlation_path(type);
  }
}

/// A path in `url` or `service` is the one service of the system; `services` adds and replaces.
ServicePaths read_services(adapter::SettingsReader& reader, const adapter::HttpSettings& http,
                           const odata::Options& options) {
  std::map<std::string, std::string, std::less<>> replaced;
  if (const adapter::Setting* named = reader.system().settings.find("services")) {
    for (const auto& [name, setting] : named->children) {
      if (setting.text.empty()) {
        reader.problem("services." + name, "services",
                       "a service's name or path is expected for '" + name + "'");
      }
      replaced.emplace(name, setting.text);
    }
  }
  if (http.base_path.empty() && !reader.has("service")) return service_paths(replaced);
  ServicePaths out{{"", options.service_path}};
  for (const auto& [name, service] : replaced) out.emplace(name, service_path(service));
  return out;
}

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       const Options& options) {
  odata::Options out = defaults();
  if (!options.client.empty()) out.parameters.emplace_back("sap-client", options.client);
  if (!options.language.empty()) out.parameters.emplace_back("sap-language", options.language);
  out.time_zone = options.time_zone;
  if (!TimeZone::find(out.time_zone)) {
    return Error(ErrorCode::Invalid, "there is no time zone '" + out.time_zone + "'")
        .with_system(pipeline.system)
        .with_operation("make adapter");
  }
  out.user = options.user;
  out.csrf = options.csrf;
  if (!options.identification_type.empty()) {
    out.correlation = correlation_path(options.identification_type);
  }
  ServicePaths paths = service_paths(options.service_of);
  if (!options.service.empty()) {
    paths = {{"", service_path(options.service)}};
    for (const auto& [name, service] : options.service_of)
      paths.emplace(name, service_path(service));
  }
  return make_system(std::move(transport), std::move(pipeline), out, paths);
}

adapter::AdapterKind kind() {
  std::vector<std::string> names = odata::setting_names();
  names.emplace_back("identification_type");
  names.emplace_back("services.*");
  return {
      .name = "sap_s4hana",
      .known_settings = std::move(names),
      .make =
          [](const adapter::SystemSettings& settings) -> Result<std::shared_ptr<adapter::Adapter>> {
        adapter::SettingsReader reader(settings);
        adapter::HttpSettings http = adapter::read_http_settings(reader);
        odata::Options options = odata::read_options(reader, http, defaults());
        read_identification_type(reader, options);
        const ServicePaths paths = read_services(reader, http, options);
        if (auto read = reader.finish(); !read) return read.error();
        return make_system(std::move(http.transport), std::move(http.pipeline), options, paths);
      },
      .published =
          [](std::string_view object, const std::string& folder) {
            auto out = odata::published(object, folder);
            if (out && object == "A_BusinessPartner") add_by_person(*out);
            if (out && object == "A_SalesOrderItem") add_schedule_totals(*out);
            if (out && is_order_item(object)) add_billed_quantities(*out);
            return out;
          }};
}

}  // namespace channelbridge::sap_s4hana

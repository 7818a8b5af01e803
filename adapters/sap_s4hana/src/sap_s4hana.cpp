#include "channelbridge/sap_s4hana/sap_s4hana.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "channelbridge/odata/metadata.hpp"
#include "channelbridge/odata/odata.hpp"
#include "contact_relations_internal.hpp"

namespace channelbridge::sap_s4hana {
namespace {

/// Beyond the driver's table; README.md says where each line comes from.
constexpr odata::ErrorRule kErrors[] = {
    {404, "/IWFND/MED/170", "", ErrorCode::NotFound, false},
    {0, "/IWFND/MED/", "", ErrorCode::Forbidden, false},
    {400, "", "no authorization", ErrorCode::Forbidden, false},
    {400, "", "is locked by", ErrorCode::Unavailable, false},
    {400, "", "duplicate", ErrorCode::Rejected, true},
};

odata::Options defaults() {
  odata::Options options;
  options.kind = "sap_s4hana";
  options.service_path = "/sap/opu/odata/sap/API_BUSINESS_PARTNER";
  options.csrf = true;
  options.max_page = 1'000;
  options.max_expanded_page = 200;
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

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       const Options& options) {
  odata::Options out = defaults();
  out.service_path =
      options.service.starts_with('/') ? options.service : "/sap/opu/odata/sap/" + options.service;
  if (!options.client.empty()) out.parameters.emplace_back("sap-client", options.client);
  if (!options.language.empty()) out.parameters.emplace_back("sap-language", options.language);
  out.time_zone = options.time_zone;
  out.user = options.user;
  out.csrf = options.csrf;
  if (!options.identification_type.empty()) {
    out.correlation = correlation_path(options.identification_type);
  }
  auto made = odata::make_adapter(std::move(transport), std::move(pipeline), std::move(out));
  if (!made) return made;
  return with_contact_relations(*std::move(made), *TimeZone::find(options.time_zone));
}

adapter::AdapterKind kind() {
  std::vector<std::string> names = odata::setting_names();
  names.emplace_back("identification_type");
  return {.name = "sap_s4hana",
          .known_settings = std::move(names),
          .make =
              [](const adapter::SystemSettings& settings) {
                std::optional<TimeZone> zone;
                auto made = odata::make_from_settings(
                    settings, defaults(),
                    [&zone](adapter::SettingsReader& reader, const adapter::HttpSettings&,
                            odata::Options& options) {
                      zone = TimeZone::find(options.time_zone);
                      const std::string type = reader.text("identification_type");
                      if (type.empty()) return;
                      const bool plain = std::all_of(type.begin(), type.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '_';
                      });
                      if (!plain || type.size() > 6) {
                        reader.problem(
                            "identification_type", "identification_type",
                            "'" + type + "' is not an identification type of up to 6 letters");
                      } else if (options.correlation.empty()) {
                        options.correlation = correlation_path(type);
                      }
                    });
                if (!made) return made;
                return Result<std::shared_ptr<adapter::Adapter>>(
                    with_contact_relations(*std::move(made), *std::move(zone)));
              },
          .published =
              [](std::string_view object, const std::string& folder) {
                auto out = odata::published(object, folder);
                if (out && object == "A_BusinessPartner") add_by_person(*out);
                return out;
              }};
}

}  // namespace channelbridge::sap_s4hana

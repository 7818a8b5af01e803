#include <algorithm>
#include <utility>

#include "channelbridge/odata/metadata.hpp"
#include "channelbridge/odata/odata.hpp"

namespace channelbridge::odata {

std::vector<std::string> setting_names() {
  std::vector<std::string> names = adapter::http_setting_names();
  for (const char* name :
       {"service", "client", "language", "time_zone", "user", "metadata", "overlay", "csrf",
        "batch", "batch_format", "deep_create", "strategy", "overlap", "settle", "page_size",
        "batch_records", "correlation", "created"}) {
    names.emplace_back(name);
  }
  return names;
}

Options read_options(adapter::SettingsReader& reader, const adapter::HttpSettings& http,
                     Options options) {
  options.service_path = http.base_path.empty() ? options.service_path : http.base_path;
  if (const std::string service = reader.text("service"); !service.empty()) {
    if (service.starts_with('/')) {
      options.service_path = service;
    } else if (!http.base_path.empty()) {
      options.service_path = http.base_path + "/" + service;
    } else {
      // "API_BUSINESS_PARTNER" stands for the service's root under the kind's own folder.
      const std::size_t slash = options.service_path.rfind('/');
      options.service_path = options.service_path.substr(0, slash + 1) + service;
    }
  }
  if (const std::string client = reader.text("client"); !client.empty()) {
    if (client.size() != 3 ||
        !std::all_of(client.begin(), client.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      reader.problem("client", "client", "'" + client + "' is not a client of three digits",
                     "\"100\", in quotes");
    }
    options.parameters.emplace_back("sap-client", client);
  }
  if (const std::string language = reader.text("language"); !language.empty()) {
    options.parameters.emplace_back("sap-language", language);
  }
  options.time_zone = reader.text("time_zone", options.time_zone);
  if (!TimeZone::find(options.time_zone)) {
    reader.problem("time_zone", "time_zone", "there is no time zone '" + options.time_zone + "'",
                   "write an IANA name such as Europe/Berlin");
  }
  options.user = reader.text("user", reader.text("credential.user"));
  options.metadata_file = reader.file("metadata");
  options.overlay_file = reader.file("overlay");
  options.csrf =
      reader.one_of("csrf", {"fetch", "none"}, options.csrf ? "fetch" : "none") == "fetch";
  options.batch = reader.flag("batch", options.batch);
  const bool json = options.batch_format == BatchFormat::Json;
  options.batch_format =
      reader.one_of("batch_format", {"multipart", "json"}, json ? "json" : "multipart") == "json"
          ? BatchFormat::Json
          : BatchFormat::Multipart;
  options.deep_create = reader.flag("deep_create", options.deep_create);
  constexpr std::pair<std::string_view, Strategy> kStrategies[] = {
      {"auto", Strategy::Auto},
      {"keyset", Strategy::Keyset},
      {"time_step", Strategy::TimeStep},
      {"snapshot", Strategy::Snapshot},
      {"delta", Strategy::Delta}};
  const std::string strategy =
      reader.one_of("strategy", {"auto", "keyset", "time_step", "snapshot", "delta"}, "");
  for (const auto& [name, value] : kStrategies) {
    if (strategy == name) options.strategy = value;
  }
  options.daily_calls = static_cast<std::uint64_t>(http.daily_calls);
  options.reserve_calls = static_cast<std::uint64_t>(http.reserve_calls);
  options.overlap = reader.duration("overlap", options.overlap);
  options.settle = reader.duration("settle", options.settle);
  const auto rows = [&](std::string_view name, std::size_t fallback, std::int64_t most) {
    return static_cast<std::size_t>(
        reader.integer(name, static_cast<std::int64_t>(fallback), 1, most));
  };
  options.max_page = rows("page_size", options.max_page, 100'000);
  if (reader.has("page_size")) options.max_expanded_page = options.max_page;
  options.batch_records = rows("batch_records", options.batch_records, 1'000);
  options.correlation = reader.text("correlation", options.correlation);
  options.created = reader.text("created", options.created);
  return options;
}

Result<std::shared_ptr<adapter::Adapter>> make_from_settings(
    const adapter::SystemSettings& settings, Options defaults,
    const std::function<void(adapter::SettingsReader&, const adapter::HttpSettings&, Options&)>&
        adjust) {
  adapter::SettingsReader reader(settings);
  adapter::HttpSettings http = adapter::read_http_settings(reader);
  Options options = read_options(reader, http, std::move(defaults));
  if (adjust) adjust(reader, http, options);
  if (auto read = reader.finish(); !read) return read.error();
  return make_adapter(std::move(http.transport), std::move(http.pipeline), std::move(options));
}

adapter::AdapterKind kind() {
  return {.name = "odata",
          .known_settings = setting_names(),
          .make =
              [](const adapter::SystemSettings& settings) {
                return make_from_settings(settings, {}, nullptr);
              },
          .published = published};
}

}  // namespace channelbridge::odata

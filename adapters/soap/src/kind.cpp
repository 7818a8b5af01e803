#include <algorithm>
#include <filesystem>
#include <set>

#include "adapter_internal.hpp"
#include "channelbridge/adapter/http_settings.hpp"
#include "channelbridge/core/nearest.hpp"

namespace channelbridge::soap {
namespace {

namespace fs = std::filesystem;

/// Parameters that the manifest asks for and nobody gives, and those that it does not know.
std::vector<Problem> problems_of(const Options& options, const Manifest& manifest) {
  std::vector<Problem> out;
  std::vector<std::string> known;
  for (const auto& [name, parameter] : manifest.parameters) {
    known.push_back(name);
    if (!parameter.fallback && !options.parameters.contains(name))
      out.push_back({.path = "parameters." + name,
                     .rule = "required",
                     .message = "is missing: " + parameter.about});
  }
  for (const auto& [name, value] : options.parameters)
    if (!manifest.parameters.contains(name))
      out.push_back(
          {.path = "parameters." + name,
           .rule = "unknown_parameter",
           .message = "the manifest " + manifest.file + " has no parameter '" + name + "'",
           .suggestion = nearest_word(name, known)});
  if (!TimeZone::find(options.time_zone))
    out.push_back({.path = "time_zone",
                   .rule = "time_zone",
                   .message = "there is no time zone '" + options.time_zone + "'"});
  return out;
}

Result<std::shared_ptr<const Manifest>> manifest_of(const Options& options) {
  auto source = find_manifest(options.manifest);
  if (!source) return std::move(source).error();
  return load_manifest(*source, {.wsdl = options.wsdl,
                                 .port = options.port,
                                 .version = options.version,
                                 .path = options.path});
}

std::optional<UsernameToken> read_username_token(adapter::SettingsReader& reader) {
  if (!reader.has("username_token")) return std::nullopt;
  UsernameToken out;
  const std::string type = reader.one_of("username_token.type", {"text", "digest"}, "text");
  out.kind = type == "digest" ? UsernameToken::Password::Digest : UsernameToken::Password::Text;
  out.user = reader.required("username_token.user");
  out.password = reader.required_secret("username_token.password");
  return out;
}

/// What was found in the manifest's files and in the settings, as this system's problems.
void tell(adapter::SettingsReader& reader, const Error& error) {
  if (error.problems().empty()) reader.problem("manifest", "manifest", error.message());
  for (const Problem& each : error.problems()) {
    Problem inner = each;
    inner.suggestion.clear();
    reader.problem("manifest", each.rule, to_string(inner), each.suggestion);
  }
}

Result<std::shared_ptr<adapter::Adapter>> make(const adapter::SystemSettings& system) {
  adapter::SettingsReader reader(system);
  const adapter::HttpSettings http =
      adapter::read_http_settings(reader, {.credential_required = !reader.has("username_token")});
  Options options;
  const std::string name = reader.required("manifest");
  const fs::path beside = fs::path(system.folder) / name;
  std::error_code failed;  // what is no file may be the name of one that comes along
  options.manifest = fs::is_regular_file(beside, failed) ? beside.string() : name;
  options.wsdl = reader.file("wsdl");
  options.port = reader.text("port");
  const std::string version = reader.one_of("soap", {"1.1", "1.2"}, "");
  if (version == "1.1") options.version = Version::Soap11;
  if (version == "1.2") options.version = Version::Soap12;
  options.path = reader.text("path");
  if (const adapter::Setting* parameters = system.settings.find("parameters"))
    for (const auto& [parameter, value] : parameters->children)
      options.parameters.emplace(parameter, value.text);
  options.username_token = read_username_token(reader);
  options.time_zone = reader.text("time_zone", options.time_zone);
  options.overlap = reader.duration("overlap", options.overlap);
  if (reader.has("settle")) options.settle = reader.duration("settle", {});
  options.concurrency = static_cast<int>(reader.integer("limits.concurrency", 4, 1, 256));
  if (!name.empty()) {
    auto manifest = manifest_of(options);
    if (!manifest) {
      tell(reader, manifest.error());
    } else {
      for (const Problem& each : problems_of(options, **manifest))
        reader.problem(each.path, each.rule, each.message, each.suggestion);
    }
  }
  if (auto finished = reader.finish(); !finished) return std::move(finished).error();
  return make_adapter(http.transport, http.pipeline, std::move(options), http.base_path);
}

/// Of the manifests in a folder, and of those that come along.
Result<adapter::ObjectMetadata> published(std::string_view object, const std::string& folder) {
  std::set<std::string> files;
  std::error_code failed;  // no folder: only what comes along is known
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed))
    if (entry->path().extension() == ".yaml") files.insert(entry->path().string());
  for (const std::string& name : shipped_manifests()) files.insert(name);
  std::vector<std::string> known;
  for (const std::string& file : files) {
    auto manifest = manifest_of({.manifest = file});
    if (!manifest) return std::move(manifest).error();
    auto out = describe(**manifest, object);
    if (out || out.error().code() != ErrorCode::NotFound) return out;
    for (const std::string& each : (*manifest)->object_names()) known.push_back(each);
  }
  const std::string near = nearest_word(object, known);
  return Error(ErrorCode::NotFound,
               "no manifest that comes along describes '" + std::string(object) + "'" +
                   (near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
}

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_adapter(std::shared_ptr<http::Transport> transport,
                                                       http::PipelineOptions pipeline,
                                                       Options options, std::string base_path) {
  const std::string system = pipeline.system;
  auto manifest = manifest_of(options);
  if (!manifest) return manifest.error().with_system(system);
  if (auto problems = problems_of(options, **manifest); !problems.empty())
    return Error(ErrorCode::Invalid, "the settings of system '" + system + "' do not hold")
        .with_system(system)
        .with_problems(std::move(problems));
  std::shared_ptr<Random> random = pipeline.random ? pipeline.random : system_random();
  auto shared = std::make_shared<http::Pipeline>(std::move(transport), std::move(pipeline));
  Caller caller(*manifest, shared, options, std::move(base_path),
                *TimeZone::find(options.time_zone), std::move(random), system);
  return std::shared_ptr<adapter::Adapter>(std::make_shared<SoapAdapter>(
      std::move(options), *manifest, std::move(shared), std::move(caller)));
}

adapter::AdapterKind kind() {
  std::vector<std::string> names = adapter::http_setting_names();
  for (const char* name :
       {"manifest", "wsdl", "port", "soap", "path", "parameters.*", "username_token.type",
        "username_token.user", "username_token.password", "time_zone", "overlap", "settle"})
    names.emplace_back(name);
  adapter::AdapterKind out;
  out.name = "soap";
  out.known_settings = std::move(names);
  out.make = make;
  out.published = published;
  out.describes_offline = true;
  return out;
}

}  // namespace channelbridge::soap

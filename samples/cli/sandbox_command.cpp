#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "commands.hpp"
#include "sandbox/idoc/idoc_server.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/sap/c4c_server.hpp"
#include "sandbox/sap/sales.hpp"
#include "sandbox/sap/sap_server.hpp"
#include "sandbox/sap/switches.hpp"
#include "sandbox/soap/example_data.hpp"

namespace cli {

namespace {

namespace sandbox = cb::sandbox;

/// What a client needs to use the sandbox.
struct Access {
  std::string url{};
  std::string service{};  ///< path of the OData service; empty = none
  std::string kind{};     ///< of the credential, as in a project file
  std::vector<std::pair<std::string, std::string>> credential{};
};

/// The sandbox's one user, for Basic authentication.
Access basic(const std::string& url, const std::string& service,
             const std::map<std::string, std::string>& users) {
  const auto& [user, password] = *users.begin();
  return {url, service, "basic", {{"user", user}, {"password", password}}};
}

void announce(const Common& common, const std::string& kind, const Access& access) {
  const std::string& url = access.url;
  if (common.json()) {
    nlohmann::json credential{{"kind", access.kind}};
    for (const auto& [name, value] : access.credential) credential[name] = value;
    nlohmann::json out{{"kind", kind}, {"url", url}, {"credential", credential}};
    if (!access.service.empty()) out["service"] = access.service;
    std::cout << out.dump() << std::endl;
    return;
  }
  std::string how = "credential: { kind: " + access.kind;
  for (const auto& [name, value] : access.credential) how += ", " + name + ": " + value;
  how += " }";
  if (!access.service.empty()) how += "\n  service: " + url + access.service;
  std::cout << kind << " sandbox at " << url << "\n  " << how << "\n  journal: " << url
            << "/__sandbox/journal, faults: " << url
            << "/__sandbox/faults\n  Ctrl-C ends it; its records live in memory" << std::endl;
}

/// --set of a server that has one struct of options.
template <typename Options>
cb::Result<void> change_options(const SandboxArguments& arguments, Options& options) {
  if (!arguments.metadata.empty())
    return cb::Error(cb::ErrorCode::Invalid, "--metadata is not for " + arguments.kind);
  for (const std::string& assignment : arguments.settings) {
    if (auto changed = change_setting(options, assignment); !changed)
      return cb::Error(changed.error().code(), "--set " + changed.error().message());
  }
  return {};
}

/// --set of the SAP-like servers.
cb::Result<void> change_settings(const SandboxArguments& arguments,
                                 sandbox::odata::Settings& settings,
                                 sandbox::odata::GatewayOptions& gateway) {
  for (const std::string& assignment : arguments.settings) {
    if (auto changed = sandbox::change_setting(settings, gateway, assignment); !changed)
      return cb::Error(changed.error().code(), "--set " + changed.error().message());
  }
  return {};
}

int idoc_sandbox(const Common& common, const SandboxArguments& arguments,
                 const StopOnSignal& stop) {
  sandbox::IdocServerOptions options;
  options.server.port = static_cast<std::uint16_t>(arguments.port);
  if (auto set = change_options(arguments, options.idoc); !set) return fail(common, set.error());
  auto started = sandbox::IdocServer::start(options);
  if (!started) return fail(common, started.error());
  sandbox::IdocService& service = (*started)->service();
  service.add_customer("0000301800", "Nordwind GmbH", "Kiel", "DE");
  service.add_customer("0000301801", "Vind & Vatten AB", "Malmö", "SE");
  service.add_material("TG11", {.name = "Sprinkler"});
  service.add_material("TG12", {.name = "Hose", .stock = 4'000});
  announce(common, "IDoc",
           basic((*started)->url(), sandbox::IdocServer::kPort, options.idoc.users));
  wait_for_signal(stop);
  return kDone;
}

int fi_sandbox(const Common& common, const SandboxArguments& arguments, const StopOnSignal& stop) {
  sandbox::SapFiServerOptions options;
  options.server.port = static_cast<std::uint16_t>(arguments.port);
  if (auto set = change_options(arguments, options.fi); !set) return fail(common, set.error());
  auto started = sandbox::SapFiServer::start(options);
  if (!started) return fail(common, started.error());
  sandbox::add_example_data((*started)->service());
  announce(common, "SAP-FI-like",
           basic((*started)->url(), sandbox::SapFiService::kJournalEntry, options.fi.port.users));
  wait_for_signal(stop);
  return kDone;
}

int crm_sandbox(const Common& common, const SandboxArguments& arguments, const StopOnSignal& stop) {
  sandbox::SapCrmServerOptions options;
  options.server.port = static_cast<std::uint16_t>(arguments.port);
  if (auto set = change_options(arguments, options.crm); !set) return fail(common, set.error());
  auto started = sandbox::SapCrmServer::start(options);
  if (!started) return fail(common, started.error());
  auto added = sandbox::add_example_data((*started)->service(), options.clock->now());
  if (!added) return fail(common, added.error());
  announce(common, "SAP-CRM-like",
           basic((*started)->url(), sandbox::SapCrmService::kFunds, options.crm.port.users));
  wait_for_signal(stop);
  return kDone;
}

}  // namespace

int sandbox(const Common& common, const SandboxArguments& arguments) {
  const StopOnSignal stop;
  if (arguments.kind == "idoc") return idoc_sandbox(common, arguments, stop);
  if (arguments.kind == "sap_fi") return fi_sandbox(common, arguments, stop);
  if (arguments.kind == "sap_crm") return crm_sandbox(common, arguments, stop);
  const auto port = static_cast<std::uint16_t>(arguments.port);
  const bool takes_folder = arguments.kind == "salesforce";
  if (!arguments.metadata.empty() &&
      std::filesystem::is_directory(arguments.metadata) != takes_folder) {
    return fail(common, cb::Error(cb::ErrorCode::Invalid,
                                  "--metadata of " + arguments.kind + " is " +
                                      (takes_folder ? "a folder of describe_*.json files"
                                                    : "an EDMX file") +
                                      ", which " + arguments.metadata + " is not"));
  }
  if (arguments.kind == "salesforce" && !arguments.settings.empty())
    return fail(common, cb::Error(cb::ErrorCode::Invalid, "--set is for sap_s4hana and sap_c4c"));
  if (arguments.kind == "salesforce") {
    sandbox::salesforce::OrgOptions options;
    options.metadata =
        arguments.metadata.empty() ? metadata_folder("salesforce") : arguments.metadata;
    options.apps.push_back({.client_id = "channelbridge",
                            .client_secret = "sandbox-secret",
                            .run_as = "integration@sandbox.example"});
    auto started = sandbox::salesforce::Sandbox::start(options, {.port = port});
    if (!started) return fail(common, started.error());
    const auto& app = options.apps.front();
    announce(common, "Salesforce-like",
             {.url = started->server->url(),
              .kind = "client_credentials",
              .credential = {{"client_id", app.client_id}, {"client_secret", app.client_secret}}});
    wait_for_signal(stop);
    return kDone;
  }
  if (arguments.kind == "sap_s4hana") {
    sandbox::SapServerOptions options;
    options.server.port = port;
    const std::string folder = metadata_folder("sap_s4hana");
    std::vector<sandbox::SapServiceSpec> services;
    if (arguments.metadata.empty()) {
      services = sandbox::sales_services(folder);
    } else {
      auto service = sandbox::published_service(arguments.metadata);
      if (!service) return fail(common, service.error());
      services.push_back(*std::move(service));
    }
    if (services.empty())
      return fail(common, cb::Error(cb::ErrorCode::Invalid, "no metadata in " + folder));
    for (sandbox::SapServiceSpec& service : services) {
      if (auto set = change_settings(arguments, service.settings, options.gateway); !set)
        return fail(common, set.error());
    }
    const std::string first = services.front().path;
    auto started = sandbox::SapServer::start(std::move(services), options);
    if (!started) return fail(common, started.error());
    announce(common, "S/4HANA-like", basic((*started)->url(), first, options.gateway.users));
    wait_for_signal(stop);
    return kDone;
  }
  const std::string edmx = arguments.metadata.empty()
                               ? metadata_folder("sap_c4c") + "/c4c/derived.edmx"
                               : arguments.metadata;
  sandbox::C4cServerOptions options;
  options.server.port = port;
  if (auto set = change_settings(arguments, options.settings, options.gateway); !set)
    return fail(common, set.error());
  auto started = sandbox::C4cServer::start(edmx, options);
  if (!started) return fail(common, started.error());
  announce(common, "Cloud-for-Customer-like",
           basic((*started)->url(), sandbox::C4cServer::kRoot, options.gateway.users));
  wait_for_signal(stop);
  return kDone;
}

}  // namespace cli

#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "commands.hpp"
#include "sandbox/salesforce/org.hpp"
#include "sandbox/sap/c4c_server.hpp"
#include "sandbox/sap/sap_server.hpp"

namespace cli {

namespace {

namespace sandbox = cb::sandbox;

void announce(const Common& common, const std::string& kind, const std::string& url,
              const std::string& how) {
  if (common.json()) {
    std::cout << nlohmann::json{{"kind", kind}, {"url", url}}.dump() << std::endl;
    return;
  }
  std::cout << kind << " sandbox at " << url << "\n  " << how << "\n  journal: " << url
            << "/__sandbox/journal, faults: " << url
            << "/__sandbox/faults\n  Ctrl-C ends it; its records live in memory" << std::endl;
}

void wait_for_signal(const StopOnSignal& stop) {
  const cb::Context context(cb::system_clock(), stop.token());
  while (context.sleep(std::chrono::hours(1))) {
  }
}

}  // namespace

int sandbox(const Common& common, const SandboxArguments& arguments) {
  const StopOnSignal stop;
  const auto port = static_cast<std::uint16_t>(arguments.port);
  if (arguments.kind == "salesforce") {
    sandbox::salesforce::OrgOptions options;
    options.metadata =
        arguments.metadata.empty() ? metadata_folder("salesforce") : arguments.metadata;
    options.apps.push_back({.client_id = "channelbridge",
                            .client_secret = "sandbox-secret",
                            .run_as = "integration@sandbox.example"});
    auto started = sandbox::salesforce::Sandbox::start(options, {.port = port});
    if (!started) return fail(common, started.error());
    announce(common, "Salesforce-like", started->server->url(),
             "client credentials: client_id channelbridge, client_secret sandbox-secret");
    wait_for_signal(stop);
    return kDone;
  }
  if (arguments.kind == "sap_s4hana") {
    const std::string edmx = arguments.metadata.empty() ? metadata_folder("sap_s4hana") +
                                                              "/odata-v2/API_BUSINESS_PARTNER.edmx"
                                                        : arguments.metadata;
    sandbox::SapServerOptions options;
    options.server.port = port;
    auto started = sandbox::SapServer::start({sandbox::business_partner_service(edmx)}, options);
    if (!started) return fail(common, started.error());
    announce(common, "S/4HANA-like", (*started)->url(),
             "Basic: see the README of the sandbox; service API_BUSINESS_PARTNER");
    wait_for_signal(stop);
    return kDone;
  }
  const std::string edmx = arguments.metadata.empty()
                               ? metadata_folder("sap_c4c") + "/c4c/derived.edmx"
                               : arguments.metadata;
  sandbox::C4cServerOptions options;
  options.server.port = port;
  auto started = sandbox::C4cServer::start(edmx, options);
  if (!started) return fail(common, started.error());
  announce(common, "Cloud-for-Customer-like", (*started)->url(),
           std::string("service root ") + sandbox::C4cServer::kRoot);
  wait_for_signal(stop);
  return kDone;
}

}  // namespace cli

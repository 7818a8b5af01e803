// The smallest program that embeds the library: loads a project, syncs it once, says what came of
// it.
#include <chrono>
#include <iostream>

#include "channelbridge/file/file.hpp"
#include "channelbridge/hub/hub.hpp"
#include "channelbridge/hub/project.hpp"
#include "channelbridge/salesforce/salesforce.hpp"
#include "channelbridge/sap_c4c/sap_c4c.hpp"
#include "channelbridge/sap_s4hana/sap_s4hana.hpp"

namespace {

using namespace channelbridge;

int report(const Error& error) {
  std::cerr << error << '\n';
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " channelbridge.yaml\n";
    return 3;
  }
  adapter::AdapterRegistry adapters;
  adapters.add(salesforce::kind());
  adapters.add(sap_s4hana::kind());
  adapters.add(sap_c4c::kind());
  adapters.add(file::kind());
  // region: embed
  auto project = hub::load_project(argv[1], adapters, model::EntityRegistry::built_in());
  if (!project) return report(project.error());
  auto store = store::open_store(project->store);
  if (!store) return report(store.error());
  hub::Hub hub(std::move(project->hub), *std::move(store));
  auto run = hub.sync({}, Context().with_timeout(std::chrono::minutes(10)));
  if (!run) return report(run.error());
  std::cout << "wrote " << run->written() << " objects; "
            << (run->set_aside() ? "some records wait for a person" : "all systems agree") << '\n';
  // end region
  return run->stopped() ? 2 : 0;
}

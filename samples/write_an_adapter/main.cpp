// An adapter of one's own, at work: two notebooks of a trade fair, kept agreed by a hub.
#include <iostream>
#include <nlohmann/json.hpp>

#include "channelbridge/hub/hub.hpp"
#include "channelbridge/hub/project.hpp"
#include "notebook.hpp"

namespace {

using namespace channelbridge;

int report(const Error& error) {
  std::cerr << error << '\n';
  return 2;
}

void show(const std::string& name, const notebook::Notebook& notebook) {
  std::cout << name << ":\n";
  for (const auto& [key, page] : notebook.pages)
    std::cout << "  " << key << "  " << nlohmann::json::parse(page.text).dump() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " channelbridge.yaml\n";
    return 3;
  }
  std::map<std::string, notebook::Notebook> notebooks;
  notebook::Notebook& left = notebooks["left"];
  notebook::Notebook& right = notebooks["right"];
  left.add(
      "p1",
      R"({"company":"Nordpumpar AB","name":"Lind","mail":"lind@nordpumpar.example","stage":"new"})");
  left.add(
      "p2",
      R"({"company":"Pompy Gdańsk","name":"Nowak","mail":"nowak@pompy.example","stage":"new"})");
  right.add(
      "p1",
      R"({"company":"Nordpumpar AB","name":"Lind","mail":"lind@nordpumpar.example","stage":"new"})");

  adapter::AdapterRegistry adapters;
  adapters.add(notebook::kind(notebooks));
  auto project = hub::load_project(argv[1], adapters, model::EntityRegistry::built_in());
  if (!project) return report(project.error());
  auto store = store::open_store(project->store);
  if (!store) return report(store.error());
  hub::Hub hub(std::move(project->hub), *std::move(store));

  const auto sync = [&](const std::string& what) {
    auto run = hub.sync({}, Context());
    if (!run) return report(run.error());
    std::cout << "-- " << what << ": wrote " << run->written()
              << (run->set_aside() ? ", some records wait" : "") << '\n';
    return run->stopped() ? 2 : 0;
  };
  if (const int failed = sync("first contact")) return failed;
  show("left", left);
  show("right", right);
  left.edit(
      "p1",
      R"({"company":"Nordpumpar AB","name":"Lind","mail":"lind@nordpumpar.example","stage":"qualified"})");
  right.edit(
      "p1",
      R"({"company":"Nordpumpar i Norr AB","name":"Lind","mail":"lind@nordpumpar.example","stage":"new"})");
  if (const int failed = sync("edits of one record on both sides")) return failed;
  show("left", left);
  show("right", right);
  return sync("once more");
}

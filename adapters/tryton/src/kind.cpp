#include <algorithm>

#include "channelbridge/adapter/http_settings.hpp"
#include "channelbridge/tryton/tryton.hpp"
#include "models_internal.hpp"

namespace channelbridge::tryton {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(", "), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// workflows: { sale.sale: { field: state, initial: draft, steps: { "draft > quotation": quote } }
/// } A model that is named takes the place of its default.
void read_workflows(adapter::SettingsReader& reader, Options& options) {
  const adapter::Setting* models = reader.system().settings.find("workflows");
  if (models == nullptr) return;
  for (const auto& [model, setting] : models->children) {
    Workflow workflow{.field = setting.text_or("field", "state"),
                      .initial = setting.text_or("initial", "draft")};
    const adapter::Setting* steps = setting.find("steps");
    if (steps == nullptr || steps->children.empty()) {
      reader.problem("workflows." + model, "steps", "names no steps",
                     "steps: { \"draft > quotation\": quote }");
      continue;
    }
    for (const auto& [way, method] : steps->children) {
      const std::size_t arrow = way.find(" > ");
      if (arrow == std::string::npos || arrow == 0 || arrow + 3 == way.size() ||
          method.text.empty()) {
        reader.problem("workflows." + model + ".steps", "steps",
                       "'" + way + "' is no step from one state to another",
                       "\"draft > quotation\": quote");
        continue;
      }
      workflow.steps.push_back(
          {.from = way.substr(0, arrow), .to = way.substr(arrow + 3), .method = method.text});
    }
    // sent: "processing, shipment_state"
    if (const adapter::Setting* shown = setting.find("shown")) {
      for (const auto& [state, from] : shown->children) {
        std::vector<std::string> words = words_of(from.text);
        if (words.size() != 2) {
          reader.problem("workflows." + model + ".shown", "shown",
                         "'" + from.text + "' is not a state and the field that refines it",
                         "sent: \"processing, shipment_state\"");
          continue;
        }
        workflow.conclusions.push_back({.state = words[0], .field = words[1], .shown = state});
      }
    }
    options.workflows.insert_or_assign(model, std::move(workflow));
  }
}

/// on_change: { sale.line: [product, quantity] }
void read_on_change(adapter::SettingsReader& reader, Options& options) {
  const adapter::Setting* models = reader.system().settings.find("on_change");
  if (models == nullptr) return;
  for (const auto& [model, fields] : models->children)
    options.on_change.insert_or_assign(model, words_of(fields.text));
}

Result<std::shared_ptr<adapter::Adapter>> make(const adapter::SystemSettings& system) {
  adapter::SettingsReader reader(system);
  adapter::HttpSettings http = adapter::read_http_settings(reader);
  Options options;
  options.database = reader.required("database");
  if (reader.text("credential.kind", "basic") != "basic") {
    reader.problem("credential.kind", "kind", "the server knows users and passwords only", "basic");
  }
  options.user = reader.text("credential.user");
  options.password = reader.secret("credential.password");
  options.endpoint = reader.text("endpoint", options.endpoint);
  options.language = reader.text("language", options.language);
  options.company = reader.integer("company", 0, 0, 1'000'000'000);
  options.overlap = reader.duration("overlap", options.overlap);
  options.settle = reader.duration("settle", options.settle);
  options.batch_records = static_cast<std::size_t>(reader.integer("batch_records", 25, 1, 1'000));
  options.concurrency = static_cast<int>(reader.integer("limits.concurrency", 4, 1, 25));
  options.accept_warnings = words_of(reader.text("accept_warnings"));
  read_workflows(reader, options);
  read_on_change(reader, options);
  if (auto finished = reader.finish(); !finished) return std::move(finished).error();
  return make_tryton(http.transport, http.pipeline, http.base_path, std::move(options));
}

}  // namespace

adapter::AdapterKind kind() {
  adapter::AdapterKind kind;
  kind.name = "tryton";
  kind.known_settings = adapter::http_setting_names();
  for (const char* name : {"database", "endpoint", "language", "company", "overlap", "settle",
                           "batch_records", "accept_warnings", "workflows.*", "on_change.*"})
    kind.known_settings.emplace_back(name);
  kind.make = make;
  kind.published = published_metadata;
  return kind;
}

}  // namespace channelbridge::tryton

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "commands.hpp"
#include "mapping_report.hpp"
#include "output.hpp"

namespace cli {

namespace {

constexpr const char* kProject = R"yaml(# channelbridge project. Every key: docs/configuration.md
store: sqlite:channelbridge.db          # where all durable state lives; back this file up

systems:                                # the first one wins a tie between equal times
  crm:
    adapter: salesforce
    url: "${env:SF_URL}"                # https://login.salesforce.com, or My Domain
    credential: { kind: jwt_bearer, client_id: "${env:SF_CLIENT}", user: "${env:SF_USER}", key: "${file:sf.pem}" }
    limits: { concurrency: 8, daily_calls: 80000, reserve: 10% }
  erp:
    adapter: sap_s4hana
    url: "${env:ERP_URL}"               # https://erp.example:44300
    client: "100"
    time_zone: Europe/Berlin            # of the server, for its zone-less stamps
    identification_type: ZCB001         # where our record id goes, so that no create is sent twice: make this
                                        # identification type in customising, or remove the line (docs/adapters/sap_s4hana.md)
    credential: { kind: basic, user: "${env:ERP_USER}", password: "${env:ERP_PASSWORD}" }

entities:
  partner:
    match: [tax_id, duns]             # strong keys: equal means the same partner
    groups:
      credit_limit: { authority: erp }  # only the ERP changes it
      "*": latest                       # otherwise the later edit wins
  lead:
    groups: { status: { prefer: crm } }

spokes:                                 # one line between a system and the hub each
  erp-partners: { system: erp, mapping: sap_s4hana/business_partner.yaml, first_contact: authority }
  crm-partners: { system: crm, mapping: salesforce/account.yaml, first_contact: hub }
  crm-leads: { system: crm, mapping: salesforce/lead.yaml, first_contact: system }
)yaml";

struct Finding {
  std::string what{};
  std::string verdict{};  // ok | note | error
  std::string detail{};
};

/// What a system cannot promise, said plainly.
std::vector<std::string> weaknesses(const cb::adapter::Capabilities& capabilities, bool pushes) {
  std::vector<std::string> out;
  if (!pushes) return out;
  if (capabilities.idempotency == cb::adapter::Idempotency::None) {
    out.emplace_back(
        "a create without an answer cannot be looked for: nothing there carries our record id. Its "
        "object is known by a match key or by what it shows; else the record waits for a person");
  }
  if (capabilities.answers_later) {
    out.emplace_back(
        "what becomes of a write is told later, by a message: one of which nothing is ever said "
        "stays open until a person looks");
  }
  if (!capabilities.conditional) {
    out.emplace_back(
        "updates carry no condition: each object is read right before it is written, and an edit "
        "of "
        "the same value group in the moment between can be lost");
  }
  if (!capabilities.deletes_visible)
    out.emplace_back(
        "deletes are not visible, unless the service gives delta links: what is gone there is "
        "noticed only when it is written or read by key");
  return out;
}

}  // namespace

namespace {

/// What the template takes from the environment ("env") or from files ("file").
std::vector<std::string> references(const std::string& kind) {
  const std::string_view text(kProject);
  const std::string open = "${" + kind + ":";
  std::vector<std::string> out;
  for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at)) {
    at += open.size();
    out.emplace_back(text.substr(at, text.find('}', at) - at));
  }
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

int init(const Common& common, bool force) {
  if (std::filesystem::exists(common.project) && !force) {
    return fail(common, cb::Error(cb::ErrorCode::Invalid,
                                  common.project + " is there already; --force replaces it"));
  }
  std::ofstream out(common.project, std::ios::trunc);
  out << kProject;
  if (!out.flush())
    return fail(common, cb::Error(cb::ErrorCode::Internal, "cannot write " + common.project));
  if (common.json()) {
    std::cout << nlohmann::json{{"written", common.project},
                                {"variables", references("env")},
                                {"files", references("file")}}
                     .dump()
              << '\n';
  } else {
    std::cout
        << "Wrote " << common.project
        << ". Next: name your systems in it. As it stands it needs the environment variables\n  "
        << listed(references("env")) << "\nand beside it the file " << listed(references("file"))
        << "; then `channelbridge doctor`.\n";
  }
  return kDone;
}

namespace {

/// What the store remembers and the system says otherwise: metadata that has moved.
void examine_metadata(const cb::hub::Hub& hub, const std::string& spoke, const cb::Context& context,
                      std::vector<Finding>& findings) {
  auto drift = hub.metadata_drift(spoke, context);
  if (!drift) {
    if (drift.error().code() != cb::ErrorCode::Unsupported)
      findings.push_back({"spoke " + spoke, "error", to_string(drift.error())});
    return;
  }
  for (const cb::Problem& problem : drift->harmful)
    findings.push_back({"spoke " + spoke, "error", to_string(problem)});
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(kShown, drift->other.size()); ++i)
    findings.push_back({"spoke " + spoke, "note", drift->other[i]});
  if (drift->other.size() > kShown)
    findings.push_back({"spoke " + spoke, "note",
                        "and " + std::to_string(drift->other.size() - kShown) +
                            " more changes that the mapping does not use"});
}

/// Objects whose keys references hold: one that the system does not have is waited for in vain.
void examine_references(const cb::hub::Spoke& spoke, const MetadataSource& live,
                        std::vector<Finding>& findings) {
  std::set<std::string> seen;
  for (const cb::mapping::RuleInfo& rule : spoke.mapping->rules()) {
    if (rule.ref_object.empty() || !seen.insert(rule.ref_object).second) continue;
    const auto described = live(rule.ref_object);
    if (described || described.error().code() != cb::ErrorCode::NotFound) continue;
    findings.push_back({"spoke " + spoke.name, "note",
                        spoke.mapping->file() + ":" + std::to_string(rule.line) +
                            ": the system has no object '" + rule.ref_object + "'; " + rule.field +
                            " never finds its record"});
  }
}

/// Objects that carry record ids which this store does not know: writing stops until accepted.
void examine_marks(cb::store::Store& store, std::vector<Finding>& findings) {
  auto marks = store.unknown_marks();
  if (!marks) {
    findings.push_back({"store", "error", to_string(marks.error())});
    return;
  }
  std::map<std::pair<std::string, bool>, std::pair<const cb::store::UnknownMarkRow*, int>> found;
  for (const cb::store::UnknownMarkRow& row : *marks) {
    if (row.adopted) continue;
    auto& [first, count] = found[{row.spoke, row.own}];
    if (count++ == 0) first = &row;
  }
  for (const auto& [name, rows] : found) {
    const auto& [row, count] = rows;
    findings.push_back(
        {"spoke " + row->spoke, "error",
         std::to_string(count) + " objects carry record ids that " +
             (row->own ? "this store gave out and does not know: the store file is an older copy, "
                         "or a copy of it is in use elsewhere"
                       : "another store gave out: a second hub writes to this system") +
             " (" + row->object + " " + row->key + ", id " + row->mark +
             "). Nothing is written before `sync --accept-marks`; see \"Restoring a backup, moving "
             "a hub\" in the guide"});
  }
}

}  // namespace

int doctor(const Common& common) {
  const StopOnSignal stop;  // first: threads that adapters start shall leave the signals to it
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  std::vector<Finding> findings;
  auto store = cb::store::open_store(project->store, {.create = true, .exclusive = false});
  findings.push_back(
      {"store", store ? "ok" : "error", store ? project->store : to_string(store.error())});
  std::optional<cb::hub::Hub> hub;
  if (store) hub.emplace(project->hub, *std::move(store));
  if (hub) examine_marks(hub->store(), findings);
  const cb::Context context =
      cb::Context(cb::system_clock(), stop.token()).with_timeout(std::chrono::minutes(2));
  std::map<std::string, bool> reached;
  for (const cb::hub::System& system : project->hub.systems) {
    auto probe = system.adapter->probe(context);
    reached[system.name] = probe.has_value();
    findings.push_back({"system " + system.name, probe ? "ok" : "error",
                        probe ? *probe : to_string(probe.error())});
  }
  for (const cb::hub::Spoke& spoke : project->hub.spokes) {
    const auto system = std::find_if(project->hub.systems.begin(), project->hub.systems.end(),
                                     [&](const auto& s) { return s.name == spoke.system; });
    const cb::adapter::Selection selection = cb::hub::selection_of(spoke);
    const bool pushes = spoke.direction != cb::hub::SpokeDirection::Pull;
    for (const std::string& weakness :
         weaknesses(system->adapter->capabilities(selection), pushes)) {
      findings.push_back({"spoke " + spoke.name, "note", weakness});
    }
    if (!reached[spoke.system]) continue;
    const MetadataSource live = [&](const std::string& object) {
      return system->adapter->describe(object, context);
    };
    const std::vector<cb::Problem> problems = check_against(*spoke.mapping, live);
    const auto harmless = [](const cb::Problem& p) { return p.rule == "missing_column"; };
    for (const cb::Problem& problem : problems)
      findings.push_back(
          {"spoke " + spoke.name, harmless(problem) ? "note" : "error", to_string(problem)});
    // Of a system that uses another's keys the objects are that one's.
    if (system->keys_of.empty()) examine_references(spoke, live, findings);
    if (hub) examine_metadata(*hub, spoke.name, context, findings);
    if (std::all_of(problems.begin(), problems.end(), harmless))
      findings.push_back({"spoke " + spoke.name, "ok", "mapping fits the system's own metadata"});
  }
  const bool bad = std::any_of(findings.begin(), findings.end(),
                               [](const Finding& finding) { return finding.verdict == "error"; });
  if (common.json()) {
    nlohmann::json out = nlohmann::json::array();
    for (const Finding& finding : findings)
      out.push_back(
          {{"what", finding.what}, {"verdict", finding.verdict}, {"detail", finding.detail}});
    std::cout << pretty(out) << '\n';
  } else {
    Table table({"what", "", "detail"});
    for (const Finding& finding : findings)
      table.add({finding.what, finding.verdict, finding.detail});
    std::cout << table.text();
  }
  return bad ? kStopped : kDone;
}

}  // namespace cli

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/http/transport.hpp"
#include "commands.hpp"

namespace {

using namespace cli;

constexpr const char* kFooter =
    R"(Exit codes: 0 done, 1 done with records set aside, 2 stopped, 3 wrong command line or configuration.

Examples:
  channelbridge init                         write a commented channelbridge.yaml
  channelbridge doctor                       reach every system and check every mapping
  channelbridge plan --save plan.ndjson      what a sync would write, without writing
  channelbridge sync                         pull, merge, push
  channelbridge explain lead 019c2e          the story of one record)";

constexpr const char* kGlobalOptions =
    "\n\nAlso, as everywhere: -p,--project FILE, -o,--output text|json, --log LEVEL, --log-json.";

/// A command with its help: what it does, and an example.
CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& example) {
  CLI::App* out = parent.add_subcommand(name, what);
  out->footer("Example:\n  " + example + kGlobalOptions);
  return out;
}

/// "90", "90s", "5m" or "1h" as seconds; 0 = it is none of these.
std::uint64_t seconds_of(const std::string& text) {
  std::uint64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  const std::string_view unit(end);
  if (failed != std::errc() || out > 1'000'000) return 0;
  if (unit.empty() || unit == "s") return out;
  return unit == "m" ? out * 60 : unit == "h" ? out * 3600 : 0;
}

constexpr std::int64_t kMostWrites = 1'000'000'000;
constexpr std::int64_t kLongestRun = 365LL * 24 * 3600;  // seconds

/// Whether a program reads the answer, also when the command line as a whole cannot be read.
bool asks_for_json(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool next = words[i] == "-o" || words[i] == "--output";
    if (next && i + 1 < words.size() && words[i + 1] == "json") return true;
    if (words[i] == "-ojson" || words[i] == "--output=json") return true;
  }
  return false;
}

/// What is wrong with the command line, with the nearest word that would have been right.
std::string command_line_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> commands;
  std::vector<std::string> options;
  for (const CLI::App* each : command->get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(each->get_name());
  for (const CLI::App* each : {command, &app}) {
    for (const CLI::Option* option : each->get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    }
  }
  const std::string help = "; --help tells what there is";
  for (const std::string& word : app.remaining(true)) {
    const bool option = word.starts_with("-");
    if (!option && commands.empty()) continue;
    const std::string nearest = cb::nearest_word(word, option ? options : commands);
    return std::string("there is no ") + (option ? "option" : "command") + " '" + word + "'" +
           (nearest.empty() ? help : " (did you mean '" + nearest + "'?)");
  }
  return error.what() + help;
}

constexpr const char* kVerifyFooter =
    "\n\nExit codes: 0 the books hold and every system shows the same, 1 systems show other "
    "figures, "
    "2 the books themselves are broken, or the store cannot be read, 3 wrong command line or "
    "configuration.";

constexpr const char* kEvaluateFooter =
    "\n\nExit codes: 0 evaluated, 1 more is approved than may be paid, 2 the store cannot be read, "
    "3 there is no such claim, or it does not say enough (which is told).";

void add_ledger(CLI::App& app, const Common& common, std::function<int()>& chosen,
                LedgerArguments& arguments, ApprovalArguments& approval, std::string& file) {
  CLI::App* ledger = command(app, "ledger", "the books of marketing funds: sums of postings",
                             "channelbridge ledger show --budget MDF-2026");
  ledger->require_subcommand(1);
  CLI::App* show = command(*ledger, "show", "key figures of budgets, funds and partners",
                           "channelbridge ledger show --fund F-2026-07 -o json");
  show->add_option("--budget", arguments.budget, "a budget and its funds: id, number or key");
  show->add_option("--fund", arguments.fund, "one fund");
  show->add_option("--partner", arguments.partner, "a partner and its funds");
  show->callback([&] { chosen = [&] { return ledger_show(common, arguments); }; });
  const std::string example = std::string("channelbridge ledger verify -o json") + kVerifyFooter;
  command(*ledger, "verify",
          "the books are as they were written, follow from the records, and every system shows the "
          "same; asks no system, changes nothing",
          example)
      ->callback([&] { chosen = [&] { return ledger_verify(common); }; });
  const std::string evaluated =
      std::string("channelbridge ledger evaluate C-2027-01 -o json") + kEvaluateFooter;
  CLI::App* evaluate =
      command(*ledger, "evaluate",
              "what of a claim may be paid, by its lines, its share and what request and fund have "
              "left; changes nothing",
              evaluated);
  evaluate->add_option("claim", arguments.claim, "id, number or key")->required();
  evaluate->callback([&] { chosen = [&] { return ledger_evaluate(common, arguments.claim); }; });
  CLI::App* approve = command(*ledger, "approve",
                              "approves what goes beyond a fund, within what its budget tolerates",
                              "channelbridge ledger approve F-2026-07 R-118");
  approve->add_option("fund", approval.fund, "fund or budget: id, number or key")->required();
  approve->add_option("document", approval.document,
                      "one request (or fund, of a budget): number or id; default: all that waits");
  approve->callback([&] { chosen = [&] { return ledger_approve(common, approval); }; });
  CLI::App* out = command(*ledger, "export", "all postings, as a CSV or a JSON file",
                          "channelbridge ledger export postings.csv");
  out->add_option("file", file, "ends with .csv or .json; replaced when it is there")->required();
  out->callback([&] { chosen = [&] { return ledger_export(common, file); }; });
}

int run(int argc, char** argv) {
  CLI::App app(
      "channelbridge keeps partners, leads and their documents agreed across CRM, ERP and commerce "
      "systems.",
      "channelbridge");
  app.footer(kFooter);
  app.set_version_flag("--version", CHANNELBRIDGE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  Common common;
  app.add_option("-p,--project", common.project, "the project file")->capture_default_str();
  app.add_option("-o,--output", common.output, "text for people, json for programs")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--log", common.log, "lowest level that is logged to standard error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.add_flag("--log-json", common.log_json, "log lines as JSON objects");

  std::function<int()> chosen;

  bool force = false;
  CLI::App* init_command = command(app, "init", "write a commented project file",
                                   "channelbridge init --project channelbridge.yaml");
  init_command->add_flag("--force", force, "replace a file that is there");
  init_command->callback([&] { chosen = [&] { return init(common, force); }; });

  command(app, "doctor",
          "reach every system, check mappings against live metadata, name what is weaker than it "
          "could be; writes nothing in any system",
          "channelbridge doctor -o json")
      ->callback([&] { chosen = [&] { return doctor(common); }; });

  PlanArguments plan_arguments;
  CLI::App* plan_command =
      command(app, "plan", "show what a sync would write; writes nothing in any system",
              "channelbridge plan --save plan.ndjson");
  plan_command->add_option("--only", plan_arguments.only, "names of spokes");
  plan_command->add_option("--save", plan_arguments.file,
                           "save all planned writes, for `sync --plan`");
  plan_command->add_flag("--accept-metadata-change", plan_arguments.accept_metadata_change,
                         "plan although a system describes a used field otherwise than before");
  plan_command->add_flag("--accept-marks", plan_arguments.accept_marks,
                         "plan as if objects with record ids of another store were accepted");
  plan_command->add_option("--show", plan_arguments.show, "how many writes to print")
      ->check(CLI::Range(std::int64_t{0}, kMostWrites))
      ->capture_default_str();
  plan_command->callback([&] { chosen = [&] { return plan(common, plan_arguments); }; });

  SyncArguments sync_arguments;
  CLI::App* sync_command = command(app, "sync", "pull, merge and push until nothing is due",
                                   "channelbridge sync --only crm-leads --limit 100");
  sync_command->add_option("--only", sync_arguments.only, "names of spokes");
  sync_command
      ->add_option("--limit", sync_arguments.limit,
                   "at most so many writes per spoke; the rest waits")
      ->check(CLI::Range(std::int64_t{1}, kMostWrites));
  sync_command->add_flag("--link-only", sync_arguments.link_only, "match and link, write nothing");
  sync_command->add_flag("--accept-mapping-change", sync_arguments.accept_mapping_change,
                         "write although a mapping's meaning has changed");
  sync_command->add_flag("--accept-metadata-change", sync_arguments.accept_metadata_change,
                         "go on although a system describes a used field otherwise than before");
  sync_command->add_flag("--accept-marks", sync_arguments.accept_marks,
                         "after a restored backup or a second hub: objects with unknown record ids "
                         "count as found");
  sync_command->add_option("--plan", sync_arguments.plan,
                           "write only what this saved plan holds; what has moved since waits");
  sync_command
      ->add_option("--timeout", sync_arguments.timeout_seconds,
                   "stop cleanly after so many seconds; with --watch each run")
      ->check(CLI::Range(std::int64_t{1}, kLongestRun));
  std::string watch;
  sync_command
      ->add_option("--watch", watch,
                   "run again and again, so long after the end of each run (30s, 5m, 1h; without a "
                   "value 1m), until Ctrl-C")
      ->expected(0, 1)
      ->check([](const std::string& text) {
        return text.empty() || seconds_of(text) > 0 ? std::string() : text + " is no time like 5m";
      });
  sync_command->callback([&] {
    if (sync_command->count("--watch") > 0)
      sync_arguments.watch_seconds = watch.empty() ? 60 : seconds_of(watch);
    chosen = [&] { return sync(common, sync_arguments); };
  });

  ReceiveArguments receive_arguments;
  CLI::App* receive_command =
      command(app, "receive",
              "read now what a recorded message of a system is about (an outbound message, change "
              "events), as a listener would; writes nothing in any system",
              "channelbridge receive message.xml --system crm");
  receive_command->add_option("file", receive_arguments.file, "the message's body")
      ->required()
      ->check(CLI::ExistingFile);
  receive_command->add_option("--system", receive_arguments.system, "whose message it is")
      ->required();
  receive_command->add_option("--after", receive_arguments.position,
                              "position that the message before it gave, for events in order");
  receive_command->callback([&] { chosen = [&] { return receive(common, receive_arguments); }; });

  ListenArguments listen_arguments;
  CLI::App* listen_command =
      command(app, "listen",
              "take the documents that systems post to us (IDocs of SAP's XML HTTP port) and keep "
              "them for the next sync, which may run beside this",
              "channelbridge listen erp-edi --address 0.0.0.0 --port 8443 --certificate chain.pem "
              "--key key.pem");
  listen_command->add_option("systems", listen_arguments.systems,
                             "names of systems; without any, all that post");
  listen_command
      ->add_option("--address", listen_arguments.address, "of this machine; 0.0.0.0 = all of them")
      ->capture_default_str();
  listen_command->add_option("--port", listen_arguments.port, "0 = any free one, which is printed")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  CLI::Option* certificate =
      listen_command
          ->add_option("--certificate", listen_arguments.certificate, "our chain, PEM: TLS")
          ->check(CLI::ExistingFile);
  CLI::Option* private_key =
      listen_command->add_option("--key", listen_arguments.key, "its private key, PEM")
          ->check(CLI::ExistingFile);
  certificate->needs(private_key);
  private_key->needs(certificate);
  listen_command
      ->add_option("--client-ca", listen_arguments.client_ca,
                   "PEM; callers must also show a certificate of one of these authorities")
      ->check(CLI::ExistingFile)
      ->needs(certificate);
  listen_command->add_flag("--plain", listen_arguments.plain,
                           "without TLS on another address than this machine's own: something in "
                           "front of this ends TLS");
  listen_command->callback([&] { chosen = [&] { return listen(common, listen_arguments); }; });

  command(app, "status", "how far each spoke is, and what waits", "channelbridge status")
      ->callback([&] { chosen = [&] { return status(common); }; });

  std::string entity;
  std::string id;
  CLI::App* explain_command = command(
      app, "explain", "the story of one record: its fields, where each comes from, where it went",
      "channelbridge explain lead 019c2e");
  explain_command->add_option("entity", entity, "lead, partner, …")->required();
  explain_command
      ->add_option("id", id, "the record's id, its beginning, or a key in one of the systems")
      ->required();
  explain_command->callback([&] { chosen = [&] { return explain(common, entity, id); }; });

  CLI::App* waiting =
      command(app, "waiting", "records that cannot be written yet", "channelbridge waiting list");
  waiting->require_subcommand(1);
  command(*waiting, "list", "all that waits: for what, since when, and what ends it",
          "channelbridge waiting list -o json")
      ->callback([&] { chosen = [&] { return waiting_list(common); }; });

  CLI::App* conflicts =
      command(app, "conflicts", "values that wait for a person", "channelbridge conflicts list");
  conflicts->require_subcommand(1);
  command(*conflicts, "list", "all open conflicts, both values beside each other",
          "channelbridge conflicts list -o json")
      ->callback([&] { chosen = [&] { return conflicts_list(common); }; });
  std::string spoke;
  std::string key;
  std::string group;
  std::string keep;
  CLI::App* resolve =
      command(*conflicts, "resolve", "decide one conflict; the next sync carries the decision",
              "channelbridge conflicts resolve crm-leads 00Q5g00000AbCdE topic --keep hub");
  resolve->add_option("spoke", spoke, "the spoke, as listed")->required();
  resolve->add_option("key", key, "key of the object in the spoke's system")->required();
  resolve->add_option("group", group, "the value group, as listed")->required();
  resolve->add_option("--keep", keep, "whose value stays")
      ->check(CLI::IsMember({"hub", "system"}))
      ->required();
  resolve->callback(
      [&] { chosen = [&] { return conflicts_resolve(common, spoke, key, group, keep); }; });

  CLI::App* letters =
      command(app, "dead-letters", "documents and writes that cannot go on without a person",
              "channelbridge dead-letters list");
  letters->require_subcommand(1);
  command(*letters, "list", "all open ones", "channelbridge dead-letters list")->callback([&] {
    chosen = [&] { return dead_letters_list(common); };
  });
  CLI::App* show =
      command(*letters, "show", "one, whole", "channelbridge dead-letters show 019c2e44");
  show->add_option("id", id, "its id or the beginning of it")->required();
  show->callback([&] { chosen = [&] { return dead_letters_show(common, id); }; });
  CLI::App* replay = command(*letters, "replay", "try one again with the next sync",
                             "channelbridge dead-letters replay 019c2e44");
  replay->add_option("id", id, "its id or the beginning of it")->required();
  replay->callback([&] { chosen = [&] { return dead_letters_replay(common, id); }; });

  CLI::App* duplicates =
      command(app, "duplicates", "records that may be one", "channelbridge duplicates list");
  duplicates->require_subcommand(1);
  command(*duplicates, "list", "all that nobody has decided, with the reason",
          "channelbridge duplicates list -o json")
      ->callback([&] { chosen = [&] { return duplicates_list(common); }; });
  DuplicateArguments duplicate_arguments;
  CLI::App* decide =
      command(*duplicates, "resolve", "decide one pair; the next sync carries the decision",
              "channelbridge duplicates resolve 019c2e44-0a1b 019c2e44-7f02 --as same");
  decide->add_option("record", duplicate_arguments.record, "id of the one that stays")->required();
  decide->add_option("other", duplicate_arguments.other, "id of the other")->required();
  decide
      ->add_option("--as", duplicate_arguments.as,
                   "same: merged into the first; different: not listed again")
      ->check(CLI::IsMember({"same", "different"}))
      ->required();
  decide->callback(
      [&] { chosen = [&] { return duplicates_resolve(common, duplicate_arguments); }; });

  LedgerArguments ledger_arguments;
  std::string ledger_file;
  ApprovalArguments approval_arguments;
  add_ledger(app, common, chosen, ledger_arguments, approval_arguments, ledger_file);

  CLI::App* store =
      command(app, "store", "the store file", "channelbridge store backup /backup/bridge.db");
  store->require_subcommand(1);
  std::string backup_file;
  CLI::App* backup = command(*store, "backup", "write a whole copy, also while a run lasts",
                             "channelbridge store backup /backup/bridge-$(date +%F).db");
  backup->add_option("file", backup_file, "a new file")->required();
  backup->callback([&] { chosen = [&] { return store_backup(common, backup_file); }; });
  command(*store, "compact", "remove history that is older than `retention:` and has been read",
          "channelbridge store compact")
      ->callback([&] { chosen = [&] { return store_compact(common); }; });

  CLI::App* mapping = command(app, "mapping", "mapping files", "channelbridge mapping check");
  mapping->require_subcommand(1);
  std::vector<std::string> files;
  CLI::App* check = command(*mapping, "check",
                            "syntax, laws, cases, and names and types against published metadata",
                            "channelbridge mapping check mappings/salesforce/lead.yaml");
  check->add_option("files", files, "mapping files; without any, all mappings of the project");
  check->callback([&] { chosen = [&] { return mapping_check(common, files); }; });

  SandboxArguments sandbox_arguments;
  CLI::App* sandbox_command =
      command(app, "sandbox", "run a local server that behaves like a real system",
              "channelbridge sandbox salesforce --port 8080");
  sandbox_command
      ->add_option("kind", sandbox_arguments.kind,
                   "salesforce, sap_s4hana, sap_c4c, idoc, sap_fi or sap_crm")
      ->required()
      ->check(CLI::IsMember({"salesforce", "sap_s4hana", "sap_c4c", "idoc", "sap_fi", "sap_crm"}));
  sandbox_command
      ->add_option("--port", sandbox_arguments.port, "0 = any free one, which is printed")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  sandbox_command->add_option("--metadata", sandbox_arguments.metadata,
                              "published metadata that drives it: a folder of describe_*.json for "
                              "salesforce, an EDMX file for SAP");
  sandbox_command
      ->add_option("--set", sandbox_arguments.settings,
                   "SAP: strict_filter=true, batch_status=200, dead_session=401, "
                   "custom_field=SET.YY1_NAME_CONTEXT …; sap_fi: open_periods=2024-01:2024-06 …; "
                   "sap_crm: idempotent=false …")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  sandbox_command->callback([&] { chosen = [&] { return sandbox(common, sandbox_arguments); }; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    if (asks_for_json(argc, argv)) common.output = "json";
    return fail(common, cb::Error(cb::ErrorCode::Invalid, command_line_mistake(app, e)));
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  // The pool of cpprestsdk is process-wide and has 40 threads unless the program says otherwise,
  // first thing.
  // Its threads leave the signals to those who wait for them.
  {
    const cli::SignalsBlocked blocked;
    channelbridge::http::set_cpprest_threads(4);
  }
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "channelbridge: " << e.what() << '\n';
    return kStopped;
  }
}

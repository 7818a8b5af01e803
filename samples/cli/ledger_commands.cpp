#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "ledger_report.hpp"
#include "output.hpp"

namespace cli {

namespace {

/// Looks at the books without the run lock.
cb::Result<std::unique_ptr<cb::hub::Hub>> look_at_books(const Common& common) {
  auto project = load_project(common);
  if (!project) return std::move(project).error();
  return open_hub(*std::move(project), false, false);
}

/// Under another name until it is whole: a file that was cut short is never taken for the ledger.
cb::Result<void> write_whole(const std::string& file, const std::string& content) {
  const std::string part = file + ".part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << content;
    out.flush();
    if (!out) return cb::Error(cb::ErrorCode::Internal, "cannot write " + part);
  }
  std::error_code failed;
  std::filesystem::rename(part, file, failed);
  if (failed)
    return cb::Error(cb::ErrorCode::Internal, "cannot write " + file + ": " + failed.message());
  return {};
}

}  // namespace

int ledger_show(const Common& common, const LedgerArguments& arguments) {
  auto hub = look_at_books(common);
  if (!hub) return fail(common, hub.error());
  auto lines = (*hub)->ledger(
      {.budget = arguments.budget, .fund = arguments.fund, .partner = arguments.partner});
  if (!lines) return fail_named(common, lines.error());
  std::cout << (common.json() ? to_json(*lines) + "\n" : ledger_table(*lines));
  return kDone;
}

int ledger_verify(const Common& common) {
  auto hub = look_at_books(common);
  if (!hub) return fail(common, hub.error());
  auto check = (*hub)->verify_ledger();
  if (!check) return fail(common, check.error());
  std::cout << (common.json() ? to_json(*check) + "\n" : ledger_findings(*check));
  if (check->broken()) return kStopped;
  return check->differences.empty() ? kDone : kSetAside;
}

int ledger_evaluate(const Common& common, const std::string& claim) {
  auto hub = look_at_books(common);
  if (!hub) return fail(common, hub.error());
  auto evaluation = (*hub)->evaluate_claim(claim);
  if (!evaluation) return fail_named(common, evaluation.error());
  std::cout << (common.json() ? to_json(*evaluation) + "\n" : ledger_evaluation(*evaluation));
  return evaluation->exceeded() ? kSetAside : kDone;
}

int ledger_approve(const Common& common, const ApprovalArguments& arguments) {
  auto project = load_project(common);
  if (!project) return fail(common, project.error());
  auto hub = open_hub(*std::move(project), true, false);
  if (!hub) return fail(common, hub.error());
  const cb::Context context;
  auto approved = (*hub)->approve_excess(arguments.fund, arguments.document, context);
  if (!approved) return fail_named(common, approved.error());
  std::cout << (common.json() ? to_json(*approved) + "\n" : approved_text(*approved));
  return kDone;
}

int ledger_export(const Common& common, const std::string& file) {
  const std::string kind = std::filesystem::path(file).extension().string();
  if (kind != ".csv" && kind != ".json")
    return fail(common, cb::Error(cb::ErrorCode::Invalid,
                                  "'" + file + "' ends neither with .csv nor with .json"));
  auto hub = look_at_books(common);
  if (!hub) return fail(common, hub.error());
  auto postings = (*hub)->ledger_postings();
  if (!postings) return fail(common, postings.error());
  const std::string content = kind == ".csv" ? to_csv(*postings) : to_json(*postings) + "\n";
  if (auto written = write_whole(file, content); !written) return fail(common, written.error());
  if (common.json()) {
    std::cout << pretty({{"file", file}, {"postings", postings->size()}}) << '\n';
  } else {
    std::cout << "Wrote " << postings->size() << " postings to " << file << ".\n";
  }
  return kDone;
}

}  // namespace cli

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "program.hpp"

/// One function per command; each returns the exit code.
namespace cli {

struct SyncArguments {
  std::vector<std::string> only{};
  std::uint64_t limit{};
  bool link_only{};
  bool accept_mapping_change{};
  bool accept_metadata_change{};
  bool accept_marks{};
  std::string plan{};  ///< a saved plan: only what it holds is written
  std::uint64_t timeout_seconds{};
  std::uint64_t watch_seconds{};  ///< 0 = one run
};
int sync(const Common& common, const SyncArguments& arguments);

struct ReceiveArguments {
  std::string file{};      ///< a message as the system sent it
  std::string system{};    ///< "crm"
  std::string position{};  ///< of the message before it
};
int receive(const Common& common, const ReceiveArguments& arguments);

struct ListenArguments {
  std::vector<std::string> systems{};  ///< none = all that post to us
  std::string address{"127.0.0.1"};
  int port{8090};
  std::string certificate{};
  std::string key{};
  std::string client_ca{};
  bool plain{};  ///< without TLS beyond this machine
};
int listen(const Common& common, const ListenArguments& arguments);

struct PlanArguments {
  std::vector<std::string> only{};
  std::string file{};  ///< where to save the planned writes, one JSON object a line
  bool accept_metadata_change{};
  bool accept_marks{};
  std::uint64_t show{20};  ///< how many writes to print
};
int plan(const Common& common, const PlanArguments& arguments);

int status(const Common& common);
int explain(const Common& common, const std::string& entity, const std::string& id);
int waiting_list(const Common& common);
int conflicts_list(const Common& common);
int conflicts_resolve(const Common& common, const std::string& spoke, const std::string& key,
                      const std::string& group, const std::string& keep);
int dead_letters_list(const Common& common);
int dead_letters_show(const Common& common, const std::string& id);
int dead_letters_replay(const Common& common, const std::string& id);

int duplicates_list(const Common& common);
struct DuplicateArguments {
  std::string record{};
  std::string other{};
  std::string as{};  ///< same | different
};
int duplicates_resolve(const Common& common, const DuplicateArguments& arguments);

struct LedgerArguments {
  std::string budget{};
  std::string fund{};
  std::string partner{};
  std::string claim{};  ///< that is evaluated
};
int ledger_show(const Common& common, const LedgerArguments& arguments);
int ledger_verify(const Common& common);
int ledger_evaluate(const Common& common, const std::string& claim);
struct ApprovalArguments {
  std::string fund{};
  std::string document{};
};
int ledger_approve(const Common& common, const ApprovalArguments& arguments);
int ledger_export(const Common& common, const std::string& file);

int store_compact(const Common& common);
int store_backup(const Common& common, const std::string& file);

int init(const Common& common, bool force);
int doctor(const Common& common);
int mapping_check(const Common& common, const std::vector<std::string>& files);

struct SandboxArguments {
  std::string kind{};
  int port{};
  std::string metadata{};
  std::vector<std::string> settings{};  ///< "name=value", see change_setting()
};
int sandbox(const Common& common, const SandboxArguments& arguments);

}  // namespace cli

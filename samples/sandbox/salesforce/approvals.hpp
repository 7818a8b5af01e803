#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sandbox/common/json.hpp"

namespace channelbridge::sandbox::salesforce {

/// An approval process of one object with one step. While a record waits in it, the record is
/// locked.
struct ApprovalProcess {
  std::string id{};    ///< given by the org
  std::string name{};  ///< developer name
  std::string object{};
  std::string approver{};       ///< username; the step's only actor
  Json entry = Json::object();  ///< field -> text that a record must show to enter
  // Field updates of its actions: field -> text, null, or "{!Other}" = what that field holds.
  Json on_submitted = Json::object();
  Json on_approved = Json::object();
  Json on_rejected = Json::object();
  Json on_recalled = Json::object();
  bool lock_approved{};  ///< the record stays locked after an approval
};

/// What the org knows of approvals beside its records.
struct ApprovalState {
  std::vector<ApprovalProcess> processes{};  ///< in the order in which they are tried
  std::set<std::string> locked{};            ///< ids of records, 18 characters
};

/// Objects that every org has and that no published describe of ours shows: ProcessInstance,
/// ProcessInstanceStep, ProcessInstanceWorkitem. An overlay: member names are objects.
/// Source: Object Reference, of these names; reduced to what integrations read.
Json process_objects();

}  // namespace channelbridge::sandbox::salesforce

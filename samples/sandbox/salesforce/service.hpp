#pragma once

#include <string>
#include <vector>

#include "sandbox/salesforce/errors.hpp"
#include "sandbox/salesforce/state.hpp"

namespace channelbridge::sandbox::salesforce {

/// One call below /services/data/vXX.X, or one part of a composite call.
struct Call {
  State& state;
  Transaction& transaction;
  const Request& request;
  int version{};                    ///< 60 for v60.0
  std::string base{};               ///< "/services/data/v60.0"
  std::vector<std::string> path{};  ///< decoded segments after the version
  bool in_composite{};

  bool is(const char* method) const { return request.method == method; }
};

/// Sends a call to its resource.
Response dispatch(Call& call);

// The resources. Each takes back its own changes when it refuses.
Response answer_row(Call& call, Table& table);  ///< sobjects/X and below, rows.cpp
Response answer_collections(Call& call);        ///< composite/sobjects…, collections.cpp
Response answer_composite(Call& call);          ///< composite, …/batch, …/graph, composite.cpp
Response answer_tree(Call& call);               ///< composite/tree/X, tree.cpp
Response answer_query(Call& call);              ///< query and queryAll, resources.cpp
Response answer_replication(Call& call,
                            Table& table);  ///< sobjects/X/updated and deleted, resources.cpp
Response answer_describe_global(Call& call);
Response answer_describe(Call& call, const Table& table);
Response answer_limits(Call& call);
Response answer_cpq(Call& call);        ///< apexrest/SBQQ/ServiceRouter, cpq_router.cpp
Response answer_approvals(Call& call);  ///< process/approvals, approvals.cpp
Response answer_versions();

constexpr int kOldestVersion = 31;
constexpr int kNewestVersion = 67;

/// "v60.0" -> 60; 0 = no supported version.
int version_of(const std::string& text);
Response method_not_allowed(const std::string& allowed);
/// The parts of a comma-separated list.
std::vector<std::string> split(const std::string& list);
/// The body as a JSON object.
Result<Json> object_body(const Request& request);

}  // namespace channelbridge::sandbox::salesforce

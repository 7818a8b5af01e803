#include "adapter_internal.hpp"

#include "documents_internal.hpp"
#include "graph_internal.hpp"
#include "write_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using adapter::Selection;

// Source: SOQL and SOSL Reference, "Understanding Relationship Query Limitations".
constexpr std::size_t kMostLists = 20;
constexpr std::string_view kCpqQuote = "SBQQ__Quote__c";

/// Was it written, and is the object there now?
bool is_there(const adapter::NodeOutcome& root) {
  return root.status == adapter::WriteStatus::Created ||
         root.status == adapter::WriteStatus::Updated ||
         root.status == adapter::WriteStatus::Unchanged;
}

}  // namespace

adapter::Capabilities SalesforceAdapter::capabilities(const Selection& selection) const {
  adapter::Capabilities capabilities;
  capabilities.versions =
      selection.version.empty() ? adapter::Versions::None : adapter::Versions::Ordered;
  // Collections carry no condition; a single PATCH does (If-Unmodified-Since), but to the second.
  capabilities.conditional = false;
  capabilities.reply = adapter::Reply::None;
  // What goes out as a graph is created, and not upserted.
  const bool flat = selection.children.empty() && !status_travels_alone(selection.object);
  capabilities.idempotency = selection.correlation.empty() ? adapter::Idempotency::None
                             : flat                        ? adapter::Idempotency::Upsert
                                                           : adapter::Idempotency::Find;
  capabilities.deletes_visible = options_.deletes;
  const bool trees = !selection.children.empty() && has_graphs(options_);
  capabilities.deep_create = capabilities.deep_update = trees;
  capabilities.atomic_group = true;  // a record is one node, or one graph
  capabilities.steps = has_steps(selection);
  capabilities.modified_by = !selection.modified_by.empty() && !options_.user.empty();
  capabilities.batch_records =
      trees ? std::min(options_.batch_records, GraphWriter::kMostGraphs) : options_.batch_records;
  capabilities.batch_bytes = options_.batch_bytes;
  // A row of a job is found again by our record id.
  if (selection.children.empty() && !selection.correlation.empty()) {
    capabilities.bulk_from = bulk_from(options_);
    capabilities.bulk_records = std::max(options_.bulk.records, capabilities.bulk_from);
    capabilities.bulk_bytes = options_.bulk.bytes;
    capabilities.bulk_updates = options_.bulk.updates;
  }
  capabilities.read_keys = kMostKeys;
  capabilities.concurrency = options_.concurrency;
  capabilities.settle = options_.settle;
  capabilities.overlap = overlap();
  return capabilities;
}

Result<adapter::ObjectMetadata> SalesforceAdapter::describe(std::string_view object,
                                                            const Context& context) {
  auto found = describes_.get(object, context);
  if (!found) return std::move(found).error();
  return (*found)->metadata;
}

Result<void> SalesforceAdapter::check(const Selection& selection) const {
  for (const std::string& object : selection.touch) {
    const auto holds = [&object](const Selection::Child& child) { return child.object == object; };
    if (std::any_of(selection.children.begin(), selection.children.end(), holds)) continue;
    return Error(ErrorCode::Invalid,
                 "'touch' names " + object + ", which is in no list of this " + selection.object);
  }
  std::set<std::string> lists;
  for (const Selection::Child& child : selection.children) {
    lists.insert(child.navigation);
    if (child.children.empty()) continue;
    return Error(ErrorCode::Unsupported, "children of " + child.navigation +
                                             " are not read with their grandparent: map " +
                                             child.object + " as an object of its own");
  }
  if (lists.size() <= kMostLists) return {};
  return Error(ErrorCode::Unsupported, "a statement reads at most " + std::to_string(kMostLists) +
                                           " lists, not " + std::to_string(lists.size()));
}

Result<std::vector<adapter::WriteOutcome>> SalesforceAdapter::write(
    const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
    const Context& context) {
  auto outcomes =
      write_requests(session_, options_, *random_, describes_, bulk_, fences_, requests, context);
  if (!outcomes) return located(outcomes.error(), "write " + selection.object);
  if (!has_steps(selection)) return outcomes;
  for (adapter::WriteOutcome& outcome : *outcomes) {
    if (outcome.nodes.empty() || !is_there(outcome.nodes.front())) continue;
    if (auto done = complete(selection, outcome.nodes.front().key, context); !done)
      outcome.step = std::move(done).error();
  }
  return outcomes;
}

bool SalesforceAdapter::has_steps(const Selection& selection) const {
  return options_.cpq_calculate && selection.object == kCpqQuote;
}

Result<void> SalesforceAdapter::complete(const Selection& selection, std::string_view key,
                                         const Context& context) {
  if (!has_steps(selection)) return {};
  auto priced = cpq_.price(key, context);
  return priced ? Result<void>() : std::move(priced).error();
}

Result<std::string> SalesforceAdapter::probe(const Context& context) {
  auto response = session_.call(
      {.method = "GET", .target = session_.path("/sobjects"), .operation = "probe"}, context);
  if (!response) {
    if (response.error().code() != ErrorCode::NotFound) return std::move(response).error();
    return located(Error(ErrorCode::Invalid, "the org has no API version " + options_.api_version),
                   "probe");
  }
  const adapter::Usage used = usage();
  std::string text = "Salesforce REST API v" + options_.api_version;
  if (used.budget_limit > 0) {
    text += ", " + std::to_string(used.budget_used) + " of " + std::to_string(used.budget_limit) +
            " calls used today";
  }
  return text;
}

Result<std::shared_ptr<adapter::Adapter>> make_salesforce(
    std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline, Options options) {
  std::vector<Problem> problems;
  const auto check = [&problems](bool holds, const char* path, const char* message) {
    if (!holds) problems.push_back({.path = path, .rule = "range", .message = message});
  };
  check(transport != nullptr, "url", "there is no transport");
  check(options.batch_records >= 1 && options.batch_records <= 200, "batch_records",
        "must be from 1 to 200: what sObject Collections take in one call");
  check(options.reserve_percent >= 0 && options.reserve_percent <= 100, "limits.reserve",
        "must be from 0 to 100 %");
  const auto org = full_id(options.organization);
  check(options.organization.empty() || (org && org->starts_with("00D")), "organization",
        "must be the id of the org: 15 or 18 characters that begin with 00D");
  check(options.api_version.find_first_not_of("0123456789.") == std::string::npos &&
            options.api_version.ends_with(".0"),
        "api_version", "must look like 60.0");
  if (!problems.empty()) {
    return Error(ErrorCode::Invalid, "the settings of system '" + pipeline.system + "' do not hold")
        .with_system(pipeline.system)
        .with_problems(std::move(problems));
  }
  return std::shared_ptr<adapter::Adapter>(std::make_shared<SalesforceAdapter>(
      std::move(transport), std::move(pipeline), std::move(options)));
}

}  // namespace channelbridge::salesforce

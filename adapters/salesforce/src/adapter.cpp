#include "adapter_internal.hpp"

#include <algorithm>

#include "documents_internal.hpp"
#include "graph_internal.hpp"
#include "split_write_internal.hpp"
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

/// Did all of it land? Files are refused by themselves.
bool has_landed_whole(const adapter::WriteOutcome& outcome) {
  return std::all_of(outcome.nodes.begin(), outcome.nodes.end(),
                     [](const adapter::NodeOutcome& node) {
                       return is_there(node) || node.status == adapter::WriteStatus::Deleted;
                     });
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
  // A record is one node, or one graph; its files leave by themselves.
  capabilities.atomic_group =
      std::none_of(selection.children.begin(), selection.children.end(),
                   [](const Selection::Child& child) { return child.object == kFileLink; });
  capabilities.steps = is_priced(selection) || is_submitted_by_us(selection);
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
  adapter::ObjectMetadata metadata = (*found)->metadata;
  const FundOptions& funds = options_.funds;
  offer_submission(metadata, funds);
  if (object == "ContentVersion" && !funds.kind_words.empty())
    metadata.properties.try_emplace(
        funds.kind_field,
        adapter::PropertyMetadata{
            .name = funds.kind_field, .type = "string", .origin = "funds.kind_words"});
  return metadata;
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

Result<std::vector<adapter::WriteOutcome>> SalesforceAdapter::send(
    const std::vector<adapter::WriteRequest>& requests, const Context& context) {
  return write_requests(session_, options_, *random_, describes_, bulk_, fences_, requests,
                        context);
}

Result<std::vector<adapter::WriteOutcome>> SalesforceAdapter::write(
    const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
    const Context& context) {
  auto outcomes = SplitWrite::concerns(requests) ? write_split(selection, requests, context)
                                                 : send(requests, context);
  if (!outcomes) return located(outcomes.error(), "write " + selection.object);
  if (!is_priced(selection)) return outcomes;
  for (adapter::WriteOutcome& outcome : *outcomes) follow(selection, outcome, context);
  return outcomes;
}

Result<std::vector<adapter::WriteOutcome>> SalesforceAdapter::write_split(
    const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
    const Context& context) {
  FundRecords funds(queries_, describes_, histories_, options_);
  auto split = SplitWrite::of(requests, funds, context);
  if (!split) return std::move(split).error();
  std::vector<adapter::WriteOutcome> answered;
  if (!split->going().empty()) {
    auto sent = send(split->going(), context);
    if (!sent) return sent;
    answered = *std::move(sent);
  }
  std::vector<adapter::WriteOutcome> outcomes =
      split->finish(std::move(answered), evidence_, context);
  if (!is_submitted_by_us(selection)) return outcomes;
  // Whatever was written: an earlier step may be left to do, and the record says so itself.
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (FundRecords::concern(requests[i])) follow(selection, outcomes[i], context);
  return outcomes;
}

/// Does the step that follows the write of a record, if it was written. Nobody is to decide on a
/// claim whose proof has not arrived.
void SalesforceAdapter::follow(const Selection& selection, adapter::WriteOutcome& outcome,
                               const Context& context) {
  if (outcome.nodes.empty() || !is_there(outcome.nodes.front())) return;
  if (is_handed_in(selection.object) && !has_landed_whole(outcome)) {
    outcome.step = located(Error(ErrorCode::Rejected, "it is handed in once all of it is there"),
                           "submit for approval")
                       .with_key(outcome.nodes.front().key);
    return;
  }
  if (auto done = complete(selection, outcome.nodes.front().key, context); !done)
    outcome.step = std::move(done).error();
}

bool SalesforceAdapter::is_priced(const Selection& selection) const {
  return options_.cpq_calculate && selection.object == kCpqQuote;
}

bool SalesforceAdapter::is_submitted_by_us(const Selection& selection) const {
  return !options_.funds.approval_field.empty() && is_handed_in(selection.object);
}

Result<void> SalesforceAdapter::complete(const Selection& selection, std::string_view key,
                                         const Context& context) {
  if (is_submitted_by_us(selection)) return hand_in(selection.object, key, context);
  if (!is_priced(selection)) return {};
  auto priced = cpq_.price(key, context);
  return priced ? Result<void>() : std::move(priced).error();
}

/// What waits to be handed in is; a record that was, or that nobody wants to be, stays as it is.
Result<void> SalesforceAdapter::hand_in(std::string_view object, std::string_view key,
                                        const Context& context) {
  const std::string operation = "submit for approval";
  const std::string& field = options_.funds.approval_field;
  auto described = describes_.get(object, context);
  if (!described) return std::move(described).error();
  if (!(*described)->has(field)) return {};
  std::string soql = "SELECT Status," + field + " FROM " + std::string(object);
  soql += " WHERE IsDeleted = false AND Id = " + soql_text(key);
  auto rows = queries_.query({"Status", field}, soql, operation, context);
  if (!rows) return std::move(rows).error();
  if (rows->records.records.size() != 1)
    return located(Error(ErrorCode::NotFound, "there is no such record"), operation)
        .with_key(std::string(key));
  const document::RecordSpan& row = rows->records.records.front();
  if (value_at(row, 0) != options_.draft_status || value_at(row, 1) != kRequested) return {};
  auto before = approvals_.look(key, context);
  if (!before) return std::move(before).error();
  if (before->state == ApprovalState::Pending) return {};
  auto submitted = approvals_.submit({.record = std::string(key)}, context);
  return submitted ? Result<void>() : std::move(submitted).error();
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

#include "fund_records_internal.hpp"

#include <algorithm>

namespace channelbridge::salesforce {
namespace {

using adapter::Operation;
using adapter::WriteNode;
using adapter::WriteRequest;
using document::Tree;

constexpr std::string_view kFundRequest = "PartnerFundRequest";
constexpr std::string_view kFundClaim = "PartnerFundClaim";
constexpr std::string_view kFundStatus = "Status";
constexpr std::string_view kFundRejected = "Rejected";
constexpr std::string_view kFundAmount = "Amount";
constexpr std::size_t kMostRows = 200;  // in one statement

/// The text of a scalar member; "" = it is null or not stated.
std::string scalar(const Tree& body, std::string_view name) {
  const Tree* member = body.find(name);
  const bool told =
      member != nullptr && (member->kind == Tree::Kind::Text || member->kind == Tree::Kind::Number);
  return told ? member->text : std::string();
}

void state(Tree& body, std::string_view name, Tree::Kind kind, std::string text = {}) {
  std::erase_if(body.children, [name](const Tree& member) { return member.name == name; });
  body.children.push_back({.kind = kind, .name = std::string(name), .text = std::move(text)});
}

std::string column_of(const std::map<std::string, std::string, std::less<>>* row,
                      std::string_view column) {
  if (row == nullptr) return {};
  const auto found = row->find(column);
  return found == row->end() ? std::string() : found->second;
}

/// Does FundOptions::approval_field with this text say that a draft waits?
bool waits(std::string_view word) {
  return !word.empty() && word != kReturned && word != kWithdrawn;
}

bool is_draft(const document::RecordSpan& record, const Columns& columns, const Options& options) {
  return columns.status >= 0 && value_at(record, columns.status) == options.draft_status;
}

}  // namespace

bool is_handed_in(std::string_view object) {
  return object == kFundRequest || object == kFundClaim;
}

void offer_submission(adapter::ObjectMetadata& metadata, const FundOptions& funds) {
  const auto status = metadata.properties.find(kFundStatus);
  if (!is_handed_in(metadata.name) || status == metadata.properties.end()) return;
  const auto takes = [](const std::vector<std::string>& values, std::string_view word) {
    return values.empty() || std::find(values.begin(), values.end(), word) != values.end();
  };
  const auto field = metadata.properties.find(funds.approval_field);
  std::vector<std::string>& values = status->second.values;
  for (const auto& [word, remembered] :
       {std::pair(kSubmitted, kRequested), std::pair(kReturned, kReturned),
        std::pair(kWithdrawn, kWithdrawn)}) {
    const bool remembers =
        field == metadata.properties.end() || takes(field->second.values, remembered);
    if (remembers && !takes(values, word)) values.emplace_back(word);
  }
  adapter::PropertyMetadata steps;
  steps.name = kApprovalSteps;
  steps.creatable = steps.updatable = steps.filterable = false;
  steps.origin = "ProcessInstanceStep";
  metadata.properties.emplace(steps.name, steps);
}

void add_waiting(Columns& columns, const ObjectDescribe& describe, const Options& options) {
  const FundOptions& funds = options.funds;
  if (!is_handed_in(describe.metadata.name) || !describe.has(kFundStatus)) return;
  const bool field = describe.has(funds.approval_field);
  columns.approvals = funds.waiting == Waiting::Process || funds.recalled != Recalled::Draft;
  if (columns.approvals || columns.steps)
    columns.touches.push_back(
        {.lane = "ProcessInstance",
         .object = "ProcessInstance",
         .stamp = "SystemModstamp",
         .field = "TargetObjectId",
         .where = "TargetObjectId IN (SELECT Id FROM " + describe.metadata.name + ")"});
  const auto place = [](std::vector<std::string>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<int>(found - names.begin());
    names.push_back(name);
    return static_cast<int>(names.size()) - 1;
  };
  const auto read = [&](const std::string& name) {
    place(columns.select, name);
    return place(columns.wanted, name);
  };
  if (field || columns.approvals) columns.status = read(std::string(kFundStatus));
  if (field) columns.waiting = read(funds.approval_field);
}

bool wants_history(const document::RecordSpan& record, const Columns& columns,
                   const Options& options) {
  return columns.steps || (columns.approvals && is_draft(record, columns, options));
}

std::string_view shown_status(const document::RecordSpan& record, const Columns& columns,
                              const Options& options, const ApprovalHistory& history) {
  const FundOptions& funds = options.funds;
  const std::string_view word = value_at(record, columns.waiting);
  if (word == kWithdrawn && value_at(record, columns.status) == kFundRejected) return kWithdrawn;
  if (!is_draft(record, columns, options)) return {};
  const bool pending = funds.waiting == Waiting::Process && history.last == ApprovalState::Pending;
  if (pending || waits(word)) return kSubmitted;
  if (word == kReturned) return kReturned;
  if (funds.recalled == Recalled::Draft) return {};
  if (history.last == ApprovalState::Rejected) return kReturned;
  if (history.last != ApprovalState::Recalled) return {};
  return funds.recalled == Recalled::Withdrawn ? kWithdrawn : kReturned;
}

Result<document::Document> with_approvals(const document::Document& document,
                                          const Columns& columns, std::string_view status,
                                          const ApprovalHistory& history) {
  if (status.empty() && !columns.steps) return document;
  auto tree = document::parse_tree(document.text(), document::Format::Json);
  if (!tree) return std::move(tree).error();
  if (!status.empty()) state(*tree, kFundStatus, Tree::Kind::Text, std::string(status));
  if (columns.steps) {
    auto steps = document::parse_tree(history.steps, document::Format::Json);
    if (!steps) return std::move(steps).error();
    steps->name = kApprovalSteps;
    tree->children.push_back(*std::move(steps));
  }
  std::string text;
  document::append_json(text, *tree);
  return document::Document::of(std::move(text));
}

bool FundRecords::concern(const WriteRequest& request) {
  return !request.nodes.empty() && is_handed_in(request.nodes.front().object) &&
         request.nodes.front().operation != Operation::Delete;
}

Result<std::vector<FundRecords::Adapted>> FundRecords::adapt(
    const std::vector<WriteRequest*>& requests, const Context& context) {
  if (auto known = look_up(requests, context); !known) return std::move(known).error();
  std::vector<Adapted> out;
  for (WriteRequest* request : requests) {
    auto adapted = adapt_root(request->nodes.front(), context);
    if (!adapted) return std::move(adapted).error();
    out.push_back(*std::move(adapted));
  }
  return out;
}

/// How the records that are to be changed stand now.
Result<void> FundRecords::look_up(const std::vector<WriteRequest*>& requests,
                                  const Context& context) {
  std::map<std::string, std::set<std::string>> wanted;  // object -> ids
  for (const WriteRequest* request : requests) {
    const WriteNode& root = request->nodes.front();
    if (root.operation == Operation::Update && root.body.size() > 2)
      wanted[root.object].insert(full_id(root.key).value_or(root.key));
  }
  for (const auto& [object, ids] : wanted) {
    auto described = describes_.get(object, context);
    if (!described) return std::move(described).error();
    std::vector<std::string> columns = {"Id"};
    const FundOptions& funds = options_.funds;
    for (const std::string& field : {std::string(kFundStatus), funds.approval_field,
                                     funds.claimed_field, funds.approved_field})
      if ((*described)->has(field)) columns.push_back(field);
    std::string select;
    for (const std::string& column : columns) select += (select.empty() ? "" : ",") + column;
    for (auto at = ids.begin(); at != ids.end();) {
      std::string list;
      for (std::size_t count = 0; at != ids.end() && count < kMostRows; ++at, ++count)
        list += (list.empty() ? "" : ",") + soql_text(*at);
      std::string soql = "SELECT " + select;
      soql += " FROM " + object + " WHERE Id IN (" + list + ")";
      auto rows = queries_.query(columns, soql, "read " + object, context);
      if (!rows) return std::move(rows).error();
      if (!rows->done)
        return Error(ErrorCode::Protocol, "the answer stops early")
            .with_operation("read " + object);
      for (const document::RecordSpan& record : rows->records.records) {
        Row& row = present_[full_id(value_at(record, 0)).value_or("")];
        for (std::size_t i = 1; i < columns.size(); ++i)
          row[columns[i]] = value_at(record, static_cast<int>(i));
      }
    }
    if (auto looked = look_up_approvals(ids, context); !looked) return looked;
  }
  return {};
}

Result<void> FundRecords::look_up_approvals(const std::set<std::string>& ids,
                                            const Context& context) {
  if (options_.funds.waiting != Waiting::Process) return {};
  auto histories = histories_.of({ids.begin(), ids.end()}, context);
  if (!histories) return std::move(histories).error();
  for (const auto& [id, history] : *histories)
    if (history.last == ApprovalState::Pending) pending_.insert(id);
  return {};
}

Result<FundRecords::Adapted> FundRecords::adapt_root(WriteNode& root, const Context& context) {
  auto described = describes_.get(root.object, context);
  if (!described) return std::move(described).error();
  auto body = document::parse_tree(root.body.empty() ? "{}" : root.body, document::Format::Json);
  if (!body || body->kind != Tree::Kind::Object)
    return Error(ErrorCode::Invalid, "the body of a write is no JSON object");
  const auto found = present_.find(full_id(root.key).value_or(root.key));
  const Row* present = found == present_.end() ? nullptr : &found->second;
  Adapted adapted = adapt_status(root, **described, present, *body);
  adapt_amount(root, **described, present, *body);
  root.body.clear();
  document::append_json(root.body, *body);
  return adapted;
}

FundRecords::Adapted FundRecords::adapt_status(const WriteNode& root,
                                               const ObjectDescribe& describe, const Row* present,
                                               Tree& body) const {
  if (body.find(kFundStatus) == nullptr) return {};
  const std::string& field = options_.funds.approval_field;
  const bool known = describe.has(field);
  const bool pending = pending_.contains(full_id(root.key).value_or(root.key));
  const std::string waiting = column_of(present, field);
  const std::string status = scalar(body, kFundStatus);
  if (status == kReturned || status == kWithdrawn) {
    state(body, kFundStatus, Tree::Kind::Text,
          status == kReturned ? options_.draft_status : std::string(kFundRejected));
    if (known) state(body, field, Tree::Kind::Text, status);
    return {};
  }
  if (status != kSubmitted) {
    if (known && !waiting.empty()) state(body, field, Tree::Kind::Null);
    return {};
  }
  if ((pending || waits(waiting)) && column_of(present, kFundStatus) == options_.draft_status) {
    std::erase_if(body.children, [](const Tree& member) { return member.name == kFundStatus; });
    return {};
  }
  if (!known)
    return {.refusal = Error(ErrorCode::Rejected,
                             root.object + " has no field '" + field +
                                 "' that says which draft is handed in: add it, name another one "
                                 "(setting funds.approval_field), or have the mapping write Draft")
                           .with_sent(Sent::No)};
  state(body, kFundStatus, Tree::Kind::Text, options_.draft_status);
  state(body, field, Tree::Kind::Text, std::string(kRequested));
  return {};
}

void FundRecords::adapt_amount(const WriteNode& root, const ObjectDescribe& describe,
                               const Row* present, Tree& body) const {
  const FundOptions& funds = options_.funds;
  if (root.object != kFundClaim || body.find(kFundAmount) != nullptr) return;
  if (!describe.has(funds.claimed_field) || !describe.has(funds.approved_field)) return;
  const bool stated =
      body.find(funds.claimed_field) != nullptr || body.find(funds.approved_field) != nullptr;
  if (!stated) return;
  const auto amount = [&](const std::string& field) {
    return body.find(field) != nullptr ? scalar(body, field) : column_of(present, field);
  };
  const std::string granted = amount(funds.approved_field);
  const std::string text = granted.empty() ? amount(funds.claimed_field) : granted;
  if (!text.empty()) state(body, kFundAmount, Tree::Kind::Number, text);
}

}  // namespace channelbridge::salesforce

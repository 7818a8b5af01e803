#include "approval_history_internal.hpp"

#include <algorithm>
#include <tuple>

#include "approvals_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

constexpr std::size_t kRecordsAsked = 200;
constexpr const char* kOperation = "read approvals";

/// Places in step_columns().
struct Column {
  enum : int { kId, kStatus, kActorId, kActorName, kComments, kAt, kInstance, kTarget };
};

const std::vector<std::string>& step_columns() {
  static const std::vector<std::string> names = {"Id",
                                                 "StepStatus",
                                                 "ActorId",
                                                 "Actor.Name",
                                                 "Comments",
                                                 "CreatedDate",
                                                 "ProcessInstance.Status",
                                                 "ProcessInstance.TargetObjectId"};
  return names;
}

void append_text_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  document::append_json_string(out, name);
  out += ':';
  if (value.empty())
    out += "null";
  else
    document::append_json_string(out, value);
}

std::string json_of(const document::RecordSpan& row, std::string_view id) {
  std::string out = "{";
  append_text_member(out, "Id", id);
  append_text_member(out, "StepStatus", value_at(row, Column::kStatus));
  append_text_member(out, "ActorId", value_at(row, Column::kActorId));
  append_text_member(out, "Comments", value_at(row, Column::kComments));
  append_text_member(out, "CreatedDate", value_at(row, Column::kAt));
  std::string actor = "{";
  append_text_member(actor, "Name", value_at(row, Column::kActorName));
  return out + ",\"Actor\":" + actor + "}}";
}

}  // namespace

ApprovalHistories::ApprovalHistories(Session& session, const Options& options)
    : session_(session), options_(with_live_rows(options)), queries_(session, options_) {}

Result<std::map<std::string, ApprovalHistory>> ApprovalHistories::of(
    const std::vector<std::string>& records, const Context& context) {
  std::map<std::string, std::vector<Step>> steps;
  for (std::size_t begin = 0; begin < records.size(); begin += kRecordsAsked) {
    std::string ids;
    for (std::size_t i = begin; i < std::min(begin + kRecordsAsked, records.size()); ++i)
      ids += (ids.empty() ? "" : ",") + soql_text(records[i]);
    auto shown = read("ProcessInstance.TargetObjectId IN (" + ids + ")", steps, context);
    if (!shown) return std::move(shown).error();
  }
  std::map<std::string, ApprovalHistory> out;
  for (auto& [record, each] : steps) {
    std::sort(each.begin(), each.end(), [](const Step& a, const Step& b) {
      return std::tie(a.at, a.id) < std::tie(b.at, b.id);
    });
    ApprovalHistory& history = out[record];
    history.last = state_of(each.back().status);
    history.steps = "[";
    for (const Step& step : each) history.steps += (&step == &each[0] ? "" : ",") + step.json;
    history.steps += "]";
  }
  return out;
}

/// Page by page, by id: an answer that stops early is gone on with behind its last row.
Result<void> ApprovalHistories::read(const std::string& condition,
                                     std::map<std::string, std::vector<Step>>& steps,
                                     const Context& context) {
  std::string select;
  for (const std::string& column : step_columns()) select += (select.empty() ? "" : ",") + column;
  std::string last;
  for (bool done = false; !done;) {
    std::string soql = "SELECT " + select + " FROM ProcessInstanceStep WHERE " + condition;
    if (!last.empty()) soql += " AND Id > " + soql_text(last);
    soql += " ORDER BY Id LIMIT " + std::to_string(kLongestPage);
    auto rows = queries_.query(step_columns(), soql, kOperation, context);
    if (!rows) return std::move(rows).error();
    for (const document::RecordSpan& row : rows->records.records) {
      const auto id = full_id(value_at(row, Column::kId));
      const auto record = full_id(value_at(row, Column::kTarget));
      if (!id || !record || *id == last)
        return session_.located(Error(ErrorCode::Protocol, "a step that names no record, or twice"),
                                kOperation);
      last = *id;
      steps[*record].push_back({.at = std::string(value_at(row, Column::kAt)),
                                .id = *id,
                                .status = std::string(value_at(row, Column::kInstance)),
                                .json = json_of(row, *id)});
    }
    done = rows->done && rows->total < kLongestPage;
    if (!done && rows->records.records.empty())
      return session_.located(Error(ErrorCode::Protocol, "an unfinished answer without rows"),
                              kOperation);
  }
  return {};
}

}  // namespace channelbridge::salesforce

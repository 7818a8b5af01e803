#include "channelbridge/salesforce/approvals.hpp"

#include <nlohmann/json.hpp>

#include "approvals_internal.hpp"
#include "errors_internal.hpp"
#include "json_internal.hpp"
#include "soql_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using Json = nlohmann::json;

/// Must be asked: did it happen? An answer that proves nothing leaves that as open as none.
bool answer_is_lost(const Error& error) {
  return error.sent() == Sent::NoAnswer ||
         (error.sent() == Sent::Answered && !proves_no_effect(error));
}

/// What the org refuses of one record is for its owner to correct, not for us.
Error as_approval_error(const Error& error) {
  if (error.code() != ErrorCode::Invalid || !known_code(error.remote_code())) return error;
  return Error(ErrorCode::Rejected, error.message())
      .with_system(error.system())
      .with_operation(error.operation())
      .with_http_status(error.http_status())
      .with_remote(error.remote_code(), error.remote_message())
      .with_sent(Sent::Answered);
}

Json ids(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& id : list) out.push_back(id);
  return out;
}

std::string text_of_request(const Json& request) {
  return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Options with_live_rows(Options options) {
  options.deletes = false;  // a work item that was decided is a deleted row
  return options;
}

ApprovalState state_of(std::string_view status) {
  if (status == "Pending" || status == "Started") return ApprovalState::Pending;
  if (status == "Approved") return ApprovalState::Approved;
  if (status == "Rejected") return ApprovalState::Rejected;
  if (status == "Removed") return ApprovalState::Recalled;
  return status.empty() ? ApprovalState::None : ApprovalState::Other;
}

std::string_view to_string(ApprovalState state) {
  switch (state) {
    case ApprovalState::None:
      return "none";
    case ApprovalState::Pending:
      return "pending";
    case ApprovalState::Approved:
      return "approved";
    case ApprovalState::Rejected:
      return "rejected";
    case ApprovalState::Recalled:
      return "recalled";
    case ApprovalState::Other:
      return "other";
  }
  return "other";
}

ApprovalCalls::ApprovalCalls(Session& session, const Options& options, ApprovalOptions approvals)
    : session_(session),
      options_(with_live_rows(options)),
      more_(std::move(approvals)),
      queries_(session, options_) {}

/// Texts of the first row's columns; empty when there is none.
Result<std::vector<std::string>> ApprovalCalls::row(const std::vector<std::string>& columns,
                                                    const std::string& rest,
                                                    const std::string& operation,
                                                    const Context& context) {
  auto rows = all(columns, rest, operation, context);
  if (!rows) return std::move(rows).error();
  return rows->empty() ? std::vector<std::string>() : std::move(rows->front());
}

Result<std::vector<std::vector<std::string>>> ApprovalCalls::all(
    const std::vector<std::string>& columns, const std::string& rest, const std::string& operation,
    const Context& context) {
  std::string soql = "SELECT ";
  for (const std::string& column : columns) soql += (&column == &columns[0] ? "" : ",") + column;
  auto rows = queries_.query(columns, soql + rest, operation, context);
  if (!rows) return std::move(rows).error();
  if (!rows->done)
    return session_.located(Error(ErrorCode::Protocol, "a query's answer that stops early"),
                            operation);
  std::vector<std::vector<std::string>> out;
  for (const document::RecordSpan& record : rows->records.records) {
    std::vector<std::string>& texts = out.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i)
      texts.emplace_back(value_at(record, static_cast<int>(i)));
  }
  return out;
}

Result<Approval> ApprovalCalls::youngest(const std::string& record, const Context& context) {
  const std::string operation = "look at an approval";
  auto found = row({"Id", "Status"},
                   " FROM ProcessInstance WHERE TargetObjectId = " + soql_text(record) +
                       " ORDER BY CreatedDate DESC, Id DESC LIMIT 1",
                   operation, context);
  if (!found) return std::move(found).error();
  Approval out{.record = record};
  if (found->empty()) return out;
  out.instance = (*found)[0];
  out.status = (*found)[1];
  out.state = state_of(out.status);
  if (out.state != ApprovalState::Pending) return out;
  auto items =
      all({"Id", "ActorId"},
          " FROM ProcessInstanceWorkitem WHERE ProcessInstanceId = " + soql_text(out.instance) +
              " ORDER BY Id",
          operation, context);
  if (!items) return std::move(items).error();
  for (std::vector<std::string>& item : *items)
    out.work_items.push_back({.id = std::move(item[0]), .actor = std::move(item[1])});
  return out;
}

/// One request of a call to process/approvals, at most once.
Result<Approval> ApprovalCalls::send(const std::string& request, const std::string& operation,
                                     const Context& context) {
  auto response = session_.call({.method = "POST",
                                 .target = session_.path("/process/approvals"),
                                 .body = R"({"requests":[)" + request + "]}",
                                 .operation = operation},
                                context);
  if (!response) return as_approval_error(response.error());
  const auto protocol = [&](const char* what) {
    return session_.located(Error(ErrorCode::Protocol, what).with_sent(Sent::NoAnswer), operation);
  };
  if (!document::check_json(response->body)) return protocol("the answer is no JSON");
  const Json results = Json::parse(response->body, nullptr, false);
  if (!results.is_array() || results.size() != 1 || !results[0].is_object())
    return protocol("the answer is not one approval's");
  const Json& result = results[0];
  if (result.value("success", Json()) != true) {
    const Error error = response_error(
        {.status = 400, .body = response->body, .request = response->request}, operation);
    return as_approval_error(error.with_system(session_.system()));
  }
  Approval out{.record = full_id(text_of(result, "entityId")).value_or(""),
               .instance = full_id(text_of(result, "instanceId")).value_or(""),
               .status = text_of(result, "instanceStatus")};
  out.state = state_of(out.status);
  if (out.record.empty() || out.instance.empty())
    return protocol("the answer does not name the record and its approval");
  return out;
}

/// Work items carry their actors only as records.
Result<Approval> ApprovalCalls::with_items(Approval approval, const Context& context) {
  if (approval.state != ApprovalState::Pending) return approval;
  auto shown = youngest(approval.record, context);
  // It has happened, whatever becomes of this look.
  if (shown && shown->instance == approval.instance) return *std::move(shown);
  return approval;
}

/// Asks `landed` now, and once more when "not there" is final; `lost` was the call's error.
template <typename Landed>
Result<Approval> ApprovalCalls::ask(const Error& lost, const Context& context,
                                    const Landed& landed) {
  for (const bool last : {false, true}) {
    if (last) {
      if (auto waited = context.sleep(options_.settle); !waited) return lost;
    }
    Result<Approval> shown = landed();
    // A look that fails says nothing of our call.
    if (!shown) return shown.error().code() == ErrorCode::Conflict ? shown : Result<Approval>(lost);
    if (!shown->instance.empty()) {
      shown->looked = true;
      return shown;
    }
  }
  return session_.located(
      Error(ErrorCode::Unavailable, "the answer was lost, and the org shows that nothing was done")
          .with_sent(Sent::No),
      lost.operation());
}

Result<Approval> ApprovalCalls::decide(const std::string& action, ApprovalState wanted,
                                       const Verdict& verdict, const std::string& operation,
                                       const Context& context) {
  const auto id = full_id(verdict.work_item);
  if (!id)
    return session_.located(
        Error(ErrorCode::Invalid, "a work item has an id of 15 or 18 characters"), operation);
  auto item = row({"ProcessInstanceId", "ProcessInstance.TargetObjectId"},
                  " FROM ProcessInstanceWorkitem WHERE Id = " + soql_text(*id), operation, context);
  if (!item) return std::move(item).error();
  if (item->empty()) {
    return session_
        .located(Error(ErrorCode::NotFound, "the work item is not open any more"), operation)
        .with_key(*id);
  }
  const std::string instance = (*item)[0];
  const std::string record = (*item)[1];
  auto before = last_step(instance, operation, context);
  if (!before) return std::move(before).error();

  Json request{{"actionType", action}, {"contextId", *id}};
  if (!verdict.comments.empty()) request["comments"] = verdict.comments;
  if (!verdict.approvers.empty()) request["nextApproverIds"] = ids(verdict.approvers);
  auto sent = send(text_of_request(request), operation, context);
  if (sent) return with_items(*std::move(sent), context);
  const Error lost = sent.error();
  if (!answer_is_lost(lost)) return lost.with_key(*id);
  return ask(lost, context, [&]() -> Result<Approval> {
    auto open = row({"Id"}, " FROM ProcessInstanceWorkitem WHERE Id = " + soql_text(*id), operation,
                    context);
    if (!open) return std::move(open).error();
    if (!open->empty()) return Approval{};
    auto step = last_step(instance, operation, context);
    if (!step) return std::move(step).error();
    if (*step == *before) return Approval{};
    if (state_of((*step)[1]) != wanted) {
      return session_.located(
          Error(ErrorCode::Conflict, "somebody else has decided: " + (*step)[1]).with_key(*id),
          operation);
    }
    return youngest(record, context);
  });
}

/// Id and status of the youngest step of an approval; empty texts when there is none.
Result<std::vector<std::string>> ApprovalCalls::last_step(const std::string& instance,
                                                          const std::string& operation,
                                                          const Context& context) {
  auto step = row({"Id", "StepStatus"},
                  " FROM ProcessInstanceStep WHERE ProcessInstanceId = " + soql_text(instance) +
                      " ORDER BY CreatedDate DESC, Id DESC LIMIT 1",
                  operation, context);
  if (step && step->empty()) step->resize(2);
  return step;
}

Result<Approval> ApprovalCalls::look(std::string_view record, const Context& context) {
  const auto id = full_id(record);
  if (!id)
    return session_.located(Error(ErrorCode::Invalid, "a record has an id of 15 or 18 characters"),
                            "look at an approval");
  return youngest(*id, context);
}

Result<Approval> ApprovalCalls::submit(const Submission& submission, const Context& context) {
  const std::string operation = "submit for approval";
  // What is there already tells afterwards whether a lost submission made something new.
  auto before = look(submission.record, context);
  if (!before) return before;
  Json request{{"actionType", "Submit"}, {"contextId", before->record}};
  if (!submission.comments.empty()) request["comments"] = submission.comments;
  if (!submission.approvers.empty()) request["nextApproverIds"] = ids(submission.approvers);
  if (!submission.submitter.empty()) request["contextActorId"] = submission.submitter;
  if (!submission.process.empty()) {
    request["processDefinitionNameOrId"] = submission.process;
    request["skipEntryCriteria"] = submission.skip_entry_criteria;
  }
  auto sent = send(text_of_request(request), operation, context);
  if (sent) return with_items(*std::move(sent), context);
  const Error lost = sent.error();
  if (!answer_is_lost(lost)) return lost.with_key(before->record);
  return ask(lost, context, [&]() -> Result<Approval> {
    auto shown = youngest(before->record, context);
    if (shown && shown->instance == before->instance) return Approval{};
    return shown;
  });
}

Result<Approval> ApprovalCalls::approve(const Verdict& verdict, const Context& context) {
  return decide("Approve", ApprovalState::Approved, verdict, "approve", context);
}

Result<Approval> ApprovalCalls::reject(const Verdict& verdict, const Context& context) {
  return decide("Reject", ApprovalState::Rejected, verdict, "reject", context);
}

Result<Approval> ApprovalCalls::recall(const Verdict& verdict, const Context& context) {
  return decide(more_.recall_action, ApprovalState::Recalled, verdict, "recall", context);
}

struct Approvals::Impl {
  Impl(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline, Options given,
       ApprovalOptions approvals)
      : options(std::move(given)),
        session(std::move(transport), std::move(pipeline), options),
        calls(session, options, std::move(approvals)) {}

  const Options options;
  Session session;
  ApprovalCalls calls;
};

Approvals::Approvals(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
                     Options options, ApprovalOptions approvals)
    : impl_(std::make_unique<Impl>(std::move(transport), std::move(pipeline), std::move(options),
                                   std::move(approvals))) {}
Approvals::~Approvals() = default;

Result<Approval> Approvals::look(std::string_view record, const Context& context) {
  return impl_->calls.look(record, context);
}
Result<Approval> Approvals::submit(const Submission& submission, const Context& context) {
  return impl_->calls.submit(submission, context);
}
Result<Approval> Approvals::approve(const Verdict& verdict, const Context& context) {
  return impl_->calls.approve(verdict, context);
}
Result<Approval> Approvals::reject(const Verdict& verdict, const Context& context) {
  return impl_->calls.reject(verdict, context);
}
Result<Approval> Approvals::recall(const Verdict& verdict, const Context& context) {
  return impl_->calls.recall(verdict, context);
}

}  // namespace channelbridge::salesforce

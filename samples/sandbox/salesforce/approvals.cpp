#include "sandbox/salesforce/approvals.hpp"

#include <algorithm>

#include "sandbox/salesforce/record_id.hpp"
#include "sandbox/salesforce/sales_rules.hpp"
#include "sandbox/salesforce/service.hpp"

/// process/approvals. Source: REST API Developer Guide, "Process Approvals"; the actions and their
/// errors as in ProcessSubmitRequest and ProcessWorkitemRequest of the partner WSDL.
namespace channelbridge::sandbox::salesforce {
namespace {

constexpr std::size_t kMostRequests = 200;

Json column(const char* name, const char* type, int length = 0, const char* to = nullptr) {
  const std::string text = name;
  Json field{{"name", text},        {"label", text},       {"type", type},    {"length", length},
             {"createable", false}, {"updateable", false}, {"nillable", true}};
  if (to == nullptr) return field;
  field["referenceTo"] = Json::array({to});
  field["relationshipName"] = text.substr(0, text.size() - 2);  // "ActorId" -> Actor
  return field;
}

Json object(const char* name, const char* prefix, std::initializer_list<Json> fields) {
  Json all = Json::array(
      {column("Id", "id", 18), column("IsDeleted", "boolean"), column("CreatedDate", "datetime"),
       column("CreatedById", "reference", 18, "User"), column("SystemModstamp", "datetime")});
  for (const Json& field : fields) all.push_back(field);
  return Json{{"label", name},           {"labelPlural", name}, {"keyPrefix", prefix},
              {"createable", false},     {"updateable", false}, {"deletable", false},
              {"fields", std::move(all)}};
}

class ApprovalCall {
 public:
  explicit ApprovalCall(Call& call) : call_(call), state_(call.state) {}

  Result<Json> act(const Json& request) {
    if (!request.is_object()) return malformed_json("a request is an object");
    const std::string action = text_of(request, "actionType");
    const std::string id = text_of(request, "contextId");
    if (action == "Submit") return submit(request, id);
    if (action == "Approve" || action == "Reject" || action == "Removed")
      return decide(request, action, id);
    return refusal(400, "INVALID_OPERATION", "invalid actionType: " + action);
  }

 private:
  /// A row that the system makes; its id.
  std::string add(Table& table, const std::vector<std::pair<std::string, Stored>>& values) {
    return std::string(table.row(call_.transaction.add_computed(table, values)).view(table.id()));
  }

  Table& table(const char* name) { return *state_.database.table(name); }

  std::string text(const Table& table, RowNumber row, const char* field) const {
    const auto number = table.object().find(field);
    return number ? std::string(table.row(row).view(*number)) : std::string();
  }

  bool enters(const ApprovalProcess& process, const Table& records, RowNumber row) const {
    return std::all_of(
        process.entry.items().begin(), process.entry.items().end(), [&](const auto& wanted) {
          return wanted.value().is_string() && text(records, row, wanted.key().c_str()) ==
                                                   wanted.value().template get<std::string>();
        });
  }

  /// The process that takes the record: the named one, else the first whose criteria hold.
  const ApprovalProcess* process_for(const Json& request, const Table& records, RowNumber row) {
    const std::string wanted = text_of(request, "processDefinitionNameOrId");
    const bool skip = request.value("skipEntryCriteria", Json(false)) == true;
    for (const ApprovalProcess& process : state_.approvals.processes) {
      if (process.object != records.object().name()) continue;
      if (!wanted.empty() && wanted != process.name && id15(wanted) != id15(process.id)) continue;
      if ((!wanted.empty() && skip) || enters(process, records, row)) return &process;
    }
    return nullptr;
  }

  Result<Json> submit(const Json& request, const std::string& id) {
    Table* records = state_.database.table_of_id(id);
    const auto row = records == nullptr ? std::nullopt : records->find(id);
    if (!row || records->deleted(*row))
      return refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
    const std::string record = text(*records, *row, "Id");
    if (open_instance(record))
      return refusal(400, "ALREADY_IN_PROCESS", "Cannot submit object already in process.");
    const ApprovalProcess* process = process_for(request, *records, *row);
    if (process == nullptr)
      return refusal(400, "NO_APPLICABLE_PROCESS", "No applicable approval process found.");
    const std::string actor = state_.actors.at(process->approver).user_id;
    const std::string by = call_.transaction.actor().user_id;
    const std::string instance =
        add(table("ProcessInstance"), {{"TargetObjectId", record},
                                       {"ProcessDefinitionId", process->id},
                                       {"Status", "Pending"},
                                       {"SubmittedById", by},
                                       {"LastActorId", by}});
    add_step(instance, "Started", by, text_of(request, "comments"));
    const std::string item =
        add(table("ProcessInstanceWorkitem"),
            {{"ProcessInstanceId", instance}, {"ActorId", actor}, {"OriginalActorId", actor}});
    state_.approvals.locked.insert(record);
    apply(record, process->on_submitted);
    return result(record, instance, "Pending", {actor}, {item});
  }

  Result<Json> decide(const Json& request, const std::string& action, const std::string& id) {
    Table& items = table("ProcessInstanceWorkitem");
    const auto item = items.find(id);
    if (!item || items.deleted(*item))
      return refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
    const std::string instance = text(items, *item, "ProcessInstanceId");
    Table& instances = table("ProcessInstance");
    const RowNumber row = *instances.find(instance);
    const std::string record = text(instances, row, "TargetObjectId");
    const ApprovalProcess& process =
        *std::find_if(state_.approvals.processes.begin(), state_.approvals.processes.end(),
                      [&](const ApprovalProcess& each) {
                        return each.id == text(instances, row, "ProcessDefinitionId");
                      });
    const std::string status = action == "Approve"  ? "Approved"
                               : action == "Reject" ? "Rejected"
                                                    : "Removed";
    const std::string by = call_.transaction.actor().user_id;
    add_step(instance, status, by, text_of(request, "comments"));
    call_.transaction.set_system(items, *item, {{"IsDeleted", "true"}});
    call_.transaction.set_system(
        instances, row,
        {{"Status", status}, {"LastActorId", by}, {"CompletedDate", datetime_text(state_.now())}});
    if (status != "Approved" || !process.lock_approved) state_.approvals.locked.erase(record);
    apply(record, status == "Approved"   ? process.on_approved
                  : status == "Rejected" ? process.on_rejected
                                         : process.on_recalled);
    return result(record, instance, status, {}, {});
  }

  /// Field updates of a process go past the lock.
  void apply(const std::string& record, const Json& updates) {
    Table& records = *state_.database.table_of_id(record);
    const RowNumber row = *records.find(record);
    std::vector<std::pair<std::string, Stored>> values;
    for (const auto& [name, value] : updates.items())
      values.emplace_back(name, value_of(value, records, row));
    if (values.empty()) return;
    const Row before = records.row(row);
    call_.transaction.set_system(records, row, values);
    settle(call_.transaction, records, row, &before);
  }

  Stored value_of(const Json& update, const Table& records, RowNumber row) const {
    if (!update.is_string()) return {};
    const std::string given = update.get<std::string>();
    if (!given.starts_with("{!") || !given.ends_with('}')) return given;
    const auto number = records.object().find(given.substr(2, given.size() - 3));
    return number ? records.row(row).get(*number) : Stored();
  }

  void add_step(const std::string& instance, const std::string& status, const std::string& by,
                const std::string& comments) {
    add(table("ProcessInstanceStep"),
        {{"ProcessInstanceId", instance},
         {"StepStatus", status},
         {"ActorId", by},
         {"OriginalActorId", by},
         {"Comments", comments.empty() ? Stored() : Stored(comments)}});
  }

  bool open_instance(const std::string& record) {
    const Table& instances = table("ProcessInstance");
    for (RowNumber row = 0; row < instances.size(); ++row) {
      if (text(instances, row, "TargetObjectId") == record &&
          text(instances, row, "Status") == "Pending")
        return true;
    }
    return false;
  }

  static Json result(const std::string& record, const std::string& instance,
                     const std::string& status, const std::vector<std::string>& actors,
                     const std::vector<std::string>& items) {
    return Json{{"actorIds", actors},     {"entityId", record},       {"errors", nullptr},
                {"instanceId", instance}, {"instanceStatus", status}, {"newWorkitemIds", items},
                {"success", true}};
  }

  Call& call_;
  State& state_;
};

Json listed(const State& state) {
  Json out = Json::object();
  for (const ApprovalProcess& process : state.approvals.processes) {
    Json& of = out[process.object];
    if (of.is_null()) of = Json::array();
    of.push_back(Json{{"description", nullptr},
                      {"id", process.id},
                      {"name", process.name},
                      {"object", process.object},
                      {"sortOrder", of.size() + 1}});
  }
  return Json{{"approvals", std::move(out)}};
}

}  // namespace

Json process_objects() {
  const Json instance = column("ProcessInstanceId", "reference", 18, "ProcessInstance");
  return Json{
      {"ProcessInstance",
       object(
           "ProcessInstance", "04g",
           {column("TargetObjectId", "reference", 18), column("ProcessDefinitionId", "string", 18),
            column("Status", "picklist", 40), column("SubmittedById", "reference", 18, "User"),
            column("LastActorId", "reference", 18, "User"), column("CompletedDate", "datetime")})},
      {"ProcessInstanceStep", object("ProcessInstanceStep", "04h",
                                     {instance, column("StepStatus", "picklist", 40),
                                      column("ActorId", "reference", 18, "User"),
                                      column("OriginalActorId", "reference", 18, "User"),
                                      column("Comments", "textarea", 4000)})},
      {"ProcessInstanceWorkitem", object("ProcessInstanceWorkitem", "04i",
                                         {instance, column("ActorId", "reference", 18, "User"),
                                          column("OriginalActorId", "reference", 18, "User")})}};
}

Response answer_approvals(Call& call) {
  if (call.path.size() != 2 || call.path[1] != "approvals") return error_response(not_found());
  if (call.is("GET")) return json_response(200, listed(call.state));
  if (!call.is("POST")) return method_not_allowed("GET,HEAD,POST");
  const Result<Json> body = object_body(call.request);
  if (!body) return error_response(body.error());
  const Json requests = body->value("requests", Json());
  if (!requests.is_array() || requests.empty() || requests.size() > kMostRequests)
    return error_response(malformed_json("'requests' must be a list of 1 to 200 requests"));
  const auto mark = call.transaction.mark();
  const std::set<std::string> locked = call.state.approvals.locked;
  Json results = Json::array();
  for (const Json& request : requests) {
    Result<Json> result = ApprovalCall(call).act(request);
    if (!result) {
      call.transaction.roll_back(mark);
      call.state.approvals.locked = locked;
      return error_response(result.error());
    }
    results.push_back(std::move(*result));
  }
  return json_response(200, results);
}

}  // namespace channelbridge::sandbox::salesforce

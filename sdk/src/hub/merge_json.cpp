#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "channelbridge/hub/merge_state.hpp"

namespace channelbridge::hub {

namespace {

using nlohmann::json;

// ---- Writing: a member with its default is left out

json text_of(const model::Value& value) { return value ? json(*value) : json(nullptr); }
json text_of(Timestamp time) { return json(time.time_since_epoch().count()); }
json text_of(const Stated& stated) {
  json object = json::object();
  for (const auto& [path, value] : stated) object[path] = text_of(value);
  return object;
}
json text_of(const Provenance& provenance);
json text_of(const GroupLink& group);
json text_of(const GroupWrite& group);
json text_of(const WriteDecision& decision);
json text_of(const std::vector<Rewrite>& rewrites);
json text_of(const Conflict& conflict) {
  json object{{"reason", to_string(conflict.reason)}, {"incoming", text_of(conflict.incoming)}};
  if (!conflict.detail.empty()) object["detail"] = conflict.detail;
  return object;
}

template <typename T>
json text_of(const std::map<std::string, T, std::less<>>& values) {
  json object = json::object();
  for (const auto& [name, value] : values) object[name] = text_of(value);
  return object;
}

/// An object under construction.
struct Object {
  json value = json::object();

  /// Values passed the strictness gate, so they are UTF-8; what is not would be replaced, never
  /// thrown about.
  std::string dump() const { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

  template <typename T>
  Object& add(const char* name, const T& member) {
    if (member == T{}) return *this;
    if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string> ||
                  std::same_as<T, model::Fields> ||
                  std::same_as<T, std::set<std::string, std::less<>>>) {
      value[name] = member;
    } else {
      value[name] = text_of(member);
    }
    return *this;
  }
  template <typename T>
  Object& add(const char* name, const std::optional<T>& member) {
    if (member) value[name] = text_of(*member);
    return *this;
  }
};

json text_of(const Provenance& provenance) {
  return Object{}
      .add("system", provenance.system)
      .add("version", provenance.version)
      .add("time", provenance.time)
      .add("rank", provenance.rank)
      .add("line", provenance.line)
      .value;
}

json text_of(const std::vector<Rewrite>& rewrites) {
  json list = json::array();
  for (const Rewrite& rewrite : rewrites)
    list.push_back({{"sent", text_of(rewrite.sent)}, {"shown", text_of(rewrite.shown)}});
  return list;
}

json text_of(const GroupLink& group) {
  return Object{}
      .add("met", group.met)
      .add("held", group.held)
      .add("sent", group.sent)
      .add("unknown", group.unknown)
      .add("unseen", group.unseen)
      .add("last_write", group.last_write)
      .add("rewrites", group.rewrites)
      .add("conflict", group.conflict)
      .value;
}

json text_of(const GroupWrite& group) {
  return Object{}
      .add("values", group.values)
      .add("kept", group.kept)
      .add("view", group.view)
      .add("sent", group.sent)
      .value;
}

json text_of(const WriteDecision& decision) {
  return Object{}
      .add("create", decision.create)
      .add("groups", decision.groups)
      .add("expected_version", decision.expected_version)
      .add("record_version", decision.record_version)
      .add("number", decision.number)
      .value;
}

// ---- Reading: whatever is wrong throws, and one guard below turns it into an Error

void read(const json& from, Timestamp& to) {
  to = Timestamp(std::chrono::microseconds(from.get<std::int64_t>()));
}
void read(const json& from, Stated& to) {
  for (const auto& [path, value] : from.items())
    to[path] = value.is_null() ? model::Value{} : model::Value(value.get<std::string>());
}
void read(const json& from, Provenance& to);
void read(const json& from, GroupLink& to);
void read(const json& from, GroupWrite& to);
void read(const json& from, WriteDecision& to);
void read(const json& from, Conflict& to) {
  const auto reason = from.at("reason").get<std::string>();
  const std::array all{ConflictReason::Manual,    ConflictReason::FirstContact,
                       ConflictReason::Rewritten, ConflictReason::CannotTell,
                       ConflictReason::Locked,    ConflictReason::StateJump};
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](ConflictReason one) { return to_string(one) == reason; });
  if (known == all.end()) throw std::invalid_argument("conflict reason");
  to.reason = *known;
  read(from.at("incoming"), to.incoming);
  to.detail = from.value("detail", "");
}
void read(const json& from, std::vector<Rewrite>& to) {
  for (const json& entry : from) {
    Rewrite& rewrite = to.emplace_back();
    read(entry.at("sent"), rewrite.sent);
    read(entry.at("shown"), rewrite.shown);
  }
}
template <typename T>
void read(const json& from, std::map<std::string, T, std::less<>>& to) {
  for (const auto& [name, value] : from.items()) read(value, to[name]);
}

template <typename T>
void get(const json& object, const char* name, T& member) {
  const auto found = object.find(name);
  if (found == object.end()) return;
  if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string> ||
                std::same_as<T, model::Fields> ||
                std::same_as<T, std::set<std::string, std::less<>>>) {
    member = found->template get<T>();
  } else {
    read(*found, member);
  }
}
template <typename T>
void get(const json& object, const char* name, std::optional<T>& member) {
  const auto found = object.find(name);
  if (found != object.end()) read(*found, member.emplace());
}

void read(const json& from, Provenance& to) {
  get(from, "system", to.system);
  get(from, "version", to.version);
  get(from, "time", to.time);
  get(from, "rank", to.rank);
  get(from, "line", to.line);
}

void read(const json& from, GroupLink& to) {
  get(from, "met", to.met);
  get(from, "held", to.held);
  get(from, "sent", to.sent);
  get(from, "unknown", to.unknown);
  get(from, "unseen", to.unseen);
  get(from, "last_write", to.last_write);
  get(from, "rewrites", to.rewrites);
  get(from, "conflict", to.conflict);
}

void read(const json& from, GroupWrite& to) {
  get(from, "values", to.values);
  get(from, "kept", to.kept);
  get(from, "view", to.view);
  get(from, "sent", to.sent);
}

void read(const json& from, RecordState& to) {
  get(from, "fields", to.fields);
  get(from, "provenance", to.provenance);
  get(from, "version", to.version);
}

void read(const json& from, LinkState& to) {
  get(from, "groups", to.groups);
  get(from, "version", to.version);
  get(from, "written_version", to.written_version);
  get(from, "fingerprint", to.fingerprint);
  get(from, "modified", to.modified);
  get(from, "write_ended", to.write_ended);
  get(from, "looked", to.looked);
  get(from, "position", to.position);
  get(from, "look_due", to.look_due);
  get(from, "step_due", to.step_due);
  get(from, "due", to.due);
  get(from, "closed", to.closed);
  get(from, "secondary", to.secondary);
  get(from, "incomplete", to.incomplete);
  get(from, "in_part", to.in_part);
  get(from, "unresolved", to.unresolved);
}

void read(const json& from, WriteDecision& to) {
  get(from, "create", to.create);
  get(from, "groups", to.groups);
  get(from, "expected_version", to.expected_version);
  get(from, "record_version", to.record_version);
  get(from, "number", to.number);
}

template <typename T>
Result<T> parse(std::string_view text, const char* what) {
  const auto refuse = [what] {
    return Error(ErrorCode::Protocol,
                 std::string("the stored ") + what + " is not what this program wrote");
  };
  try {  // the library's own text may quote stored values, so it is left out
    const json object = json::parse(text);
    if (!object.is_object()) return refuse();
    T value;
    read(object, value);
    return value;
  } catch (const std::exception&) {
    return refuse();
  }
}

}  // namespace

std::string to_json(const RecordState& record) {
  return Object{}
      .add("fields", record.fields)
      .add("provenance", record.provenance)
      .add("version", record.version)
      .dump();
}

std::string to_json(const LinkState& link) {
  return Object{}
      .add("groups", link.groups)
      .add("version", link.version)
      .add("written_version", link.written_version)
      .add("fingerprint", link.fingerprint)
      .add("modified", link.modified)
      .add("write_ended", link.write_ended)
      .add("looked", link.looked)
      .add("position", link.position)
      .add("look_due", link.look_due)
      .add("step_due", link.step_due)
      .add("due", link.due)
      .add("closed", link.closed)
      .add("secondary", link.secondary)
      .add("incomplete", link.incomplete)
      .add("in_part", link.in_part)
      .add("unresolved", link.unresolved)
      .dump();
}

std::string to_json(const WriteDecision& decision) {
  return Object{.value = text_of(decision)}.dump();
}

Result<RecordState> parse_record_state(std::string_view text) {
  return parse<RecordState>(text, "record state");
}

Result<LinkState> parse_link_state(std::string_view text) {
  return parse<LinkState>(text, "link state");
}

Result<WriteDecision> parse_write_decision(std::string_view text) {
  return parse<WriteDecision>(text, "write decision");
}

}  // namespace channelbridge::hub

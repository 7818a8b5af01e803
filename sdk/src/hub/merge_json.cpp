#include <simdjson.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "channelbridge/document/document.hpp"
#include "channelbridge/hub/merge_state.hpp"

namespace channelbridge::hub {

namespace {

using nlohmann::json;

// ---- Writing: straight into the text, since every merge and every write does it. A member with
// its default is left out; members stand in the order of their names.

/// Values passed the strictness gate, so they are UTF-8; what is not would be replaced, never
/// thrown about.
void append(std::string& out, const std::string& text) {
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return document::append_json_string(out, text);
  out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}
template <typename T>
requires std::is_arithmetic_v<T>
void append(std::string& out, T number) {
  if constexpr (std::same_as<T, bool>) {
    out += number ? "true" : "false";
  } else {
    out += std::to_string(number);
  }
}
void append(std::string& out, const model::Value& value) {
  value ? append(out, *value) : void(out += "null");
}
void append(std::string& out, Timestamp time) { append(out, time.time_since_epoch().count()); }
void append(std::string& out, const Provenance& provenance);
void append(std::string& out, const GroupLink& group);
void append(std::string& out, const GroupWrite& group);
void append(std::string& out, const WriteDecision& decision);
void append(std::string& out, const Conflict& conflict);
void append(std::string& out, const std::vector<Rewrite>& rewrites);
void append(std::string& out, const std::vector<Said>& said);

template <typename T, typename Compare>
void append(std::string& out, const std::map<std::string, T, Compare>& values) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : values) {
    if (!std::exchange(first, false)) out += ',';
    append(out, name);
    out += ':';
    append(out, value);
  }
  out += '}';
}
void append(std::string& out, const std::set<std::string, std::less<>>& texts) {
  out += '[';
  for (const std::string& text : texts) {
    if (out.back() != '[') out += ',';
    append(out, text);
  }
  out += ']';
}

/// An object under construction.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }

  template <typename T>
  Object& always(const char* name, const T& member) {
    if (!std::exchange(first_, false)) out_ += ',';
    document::append_json_string(out_, name);
    out_ += ':';
    append(out_, member);
    return *this;
  }
  template <typename T>
  Object& add(const char* name, const T& member) {
    return member == T{} ? *this : always(name, member);
  }
  template <typename T>
  Object& add(const char* name, const std::optional<T>& member) {
    return member ? always(name, *member) : *this;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_{true};
};

void append(std::string& out, const Conflict& conflict) {
  Object(out)
      .add("detail", conflict.detail)
      .always("incoming", conflict.incoming)
      .always("reason", std::string(to_string(conflict.reason)))
      .end();
}

void append(std::string& out, const Provenance& provenance) {
  Object(out)
      .add("line", provenance.line)
      .add("rank", provenance.rank)
      .add("system", provenance.system)
      .add("time", provenance.time)
      .add("version", provenance.version)
      .end();
}

void append(std::string& out, const std::vector<Rewrite>& rewrites) {
  out += '[';
  for (const Rewrite& rewrite : rewrites) {
    if (&rewrite != &rewrites.front()) out += ',';
    Object(out).always("sent", rewrite.sent).always("shown", rewrite.shown).end();
  }
  out += ']';
}

void append(std::string& out, const std::vector<Said>& said) {
  out += '[';
  for (const Said& each : said) {
    if (&each != &said.front()) out += ',';
    Object(out)
        .add("modified", each.modified)
        .always("values", each.values)
        .always("version", each.version)
        .end();
  }
  out += ']';
}

void append(std::string& out, const GroupLink& group) {
  Object(out)
      .add("conflict", group.conflict)
      .add("held", group.held)
      .add("last_write", group.last_write)
      .add("meanwhile", group.meanwhile)
      .add("met", group.met)
      .add("rewrites", group.rewrites)
      .add("sent", group.sent)
      .add("unknown", group.unknown)
      .add("unseen", group.unseen)
      .add("version", group.version)
      .end();
}

void append(std::string& out, const GroupWrite& group) {
  Object(out)
      .add("kept", group.kept)
      .add("sent", group.sent)
      .add("values", group.values)
      .add("view", group.view)
      .end();
}

void append(std::string& out, const WriteDecision& decision) {
  Object(out)
      .add("create", decision.create)
      .add("expected_version", decision.expected_version)
      .add("groups", decision.groups)
      .add("number", decision.number)
      .add("record_version", decision.record_version)
      .end();
}

// ---- Reading: every page and every answer does it for all of its records. Whatever is wrong
// throws, and one guard below turns it into an Error.

using simdjson::dom::element;

std::string text_of(element from) { return std::string(from.get_string().value()); }
void read(element from, std::string& to) { to = text_of(from); }
template <typename T>
requires std::is_arithmetic_v<T>
void read(element from, T& to) {
  if constexpr (std::same_as<T, bool>) {
    to = from.get_bool();
  } else if constexpr (std::is_signed_v<T>) {
    const std::int64_t number = from.get_int64();
    if (!std::in_range<T>(number)) throw std::out_of_range("a number");
    to = static_cast<T>(number);
  } else {
    const std::uint64_t number = from.get_uint64();
    if (!std::in_range<T>(number)) throw std::out_of_range("a number");
    to = static_cast<T>(number);
  }
}
void read(element from, Timestamp& to) {
  to = Timestamp(std::chrono::microseconds(from.get_int64().value()));
}
void read(element from, Stated& to) {
  for (const auto [path, value] : from.get_object())
    to[std::string(path)] = value.is_null() ? model::Value{} : model::Value(text_of(value));
}
void read(element from, std::set<std::string, std::less<>>& to) {
  for (const element text : from.get_array()) to.insert(text_of(text));
}
void read(element from, Provenance& to);
void read(element from, GroupLink& to);
void read(element from, GroupWrite& to);
void read(element from, WriteDecision& to);
void read(element from, std::vector<Said>& to);
template <typename T>
void get(element object, const char* name, T& member);
void read(element from, Conflict& to) {
  const auto reason = text_of(from["reason"]);
  const std::array all{ConflictReason::Manual,    ConflictReason::FirstContact,
                       ConflictReason::Rewritten, ConflictReason::CannotTell,
                       ConflictReason::Locked,    ConflictReason::DoesNotAddUp,
                       ConflictReason::StateJump};
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](ConflictReason one) { return to_string(one) == reason; });
  if (known == all.end()) throw std::invalid_argument("conflict reason");
  to.reason = *known;
  read(from["incoming"], to.incoming);
  get(from, "detail", to.detail);
}
void read(element from, std::vector<Rewrite>& to) {
  for (const element entry : from.get_array()) {
    Rewrite& rewrite = to.emplace_back();
    read(entry["sent"], rewrite.sent);
    read(entry["shown"], rewrite.shown);
  }
}
template <typename T>
void read(element from, std::map<std::string, T, std::less<>>& to) {
  for (const auto [name, value] : from.get_object()) read(value, to[std::string(name)]);
}

template <typename T>
void get(element object, const char* name, T& member) {
  element found;
  if (object[name].get(found) == simdjson::SUCCESS) read(found, member);
}
template <typename T>
void get(element object, const char* name, std::optional<T>& member) {
  element found;
  if (object[name].get(found) == simdjson::SUCCESS) read(found, member.emplace());
}

void read(element from, std::vector<Said>& to) {
  for (const element entry : from.get_array()) {
    Said& said = to.emplace_back();
    get(entry, "modified", said.modified);
    read(entry["values"], said.values);
    get(entry, "version", said.version);
  }
}

void read(element from, Provenance& to) {
  get(from, "system", to.system);
  get(from, "version", to.version);
  get(from, "time", to.time);
  get(from, "rank", to.rank);
  get(from, "line", to.line);
}

void read(element from, GroupLink& to) {
  get(from, "met", to.met);
  get(from, "held", to.held);
  get(from, "sent", to.sent);
  get(from, "unknown", to.unknown);
  get(from, "unseen", to.unseen);
  get(from, "last_write", to.last_write);
  get(from, "rewrites", to.rewrites);
  get(from, "conflict", to.conflict);
  get(from, "version", to.version);
  get(from, "meanwhile", to.meanwhile);
}

void read(element from, GroupWrite& to) {
  get(from, "values", to.values);
  get(from, "kept", to.kept);
  get(from, "view", to.view);
  get(from, "sent", to.sent);
}

void read(element from, RecordState& to) {
  get(from, "fields", to.fields);
  get(from, "provenance", to.provenance);
  get(from, "version", to.version);
}

void read(element from, LinkState& to) {
  get(from, "groups", to.groups);
  get(from, "version", to.version);
  get(from, "written_version", to.written_version);
  get(from, "whole_version", to.whole_version);
  get(from, "unread_version", to.unread_version);
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
  get(from, "undecided", to.undecided);
  get(from, "incomplete", to.incomplete);
  get(from, "in_part", to.in_part);
  get(from, "figures_due", to.figures_due);
  get(from, "compensated", to.compensated);
  get(from, "unresolved", to.unresolved);
}

void read(element from, WriteDecision& to) {
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
    thread_local simdjson::dom::parser parser;
    const element object = parser.parse(text.data(), text.size());
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
  std::string out;
  Object(out)
      .add("fields", record.fields)
      .add("provenance", record.provenance)
      .add("version", record.version)
      .end();
  return out;
}

std::string to_json(const LinkState& link) {
  std::string out;
  Object(out)
      .add("closed", link.closed)
      .add("compensated", link.compensated)
      .add("due", link.due)
      .add("figures_due", link.figures_due)
      .add("fingerprint", link.fingerprint)
      .add("groups", link.groups)
      .add("in_part", link.in_part)
      .add("incomplete", link.incomplete)
      .add("look_due", link.look_due)
      .add("looked", link.looked)
      .add("modified", link.modified)
      .add("position", link.position)
      .add("secondary", link.secondary)
      .add("step_due", link.step_due)
      .add("undecided", link.undecided)
      .add("unread_version", link.unread_version)
      .add("unresolved", link.unresolved)
      .add("version", link.version)
      .add("whole_version", link.whole_version)
      .add("write_ended", link.write_ended)
      .add("written_version", link.written_version)
      .end();
  return out;
}

std::string to_json(const WriteDecision& decision) {
  std::string out;
  append(out, decision);
  return out;
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

#include <algorithm>
#include <chrono>
#include <set>

#include "channelbridge/core/nearest.hpp"
#include "manifest_reader_internal.hpp"

namespace channelbridge::soap {
namespace {

using Names = std::vector<std::string>;

bool uses(const std::vector<TextAt>& texts, std::string_view name) {
  return std::any_of(texts.begin(), texts.end(), [name](const TextAt& each) {
    const Names& names = each.text.names();
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

Names with_key(const ObjectRules& rules, Names names) {
  names.emplace_back("key");
  names.emplace_back("key.short");
  for (std::size_t i = 1; i <= rules.key.size(); ++i) names.push_back("key." + std::to_string(i));
  return names;
}

const Names kWriteNames{"number",     "number.hex",   "number.short", "record",
                        "record.hex", "record.short", "decided"};
/// Our record id goes with a create alone.
const Names kChangeNames{"number", "number.hex", "number.short", "decided", "version"};

}  // namespace

void ManifestReader::call(const Node& map, const std::string& path, Call& out) {
  out.line = map.key_line;
  out.operation = required(map, path, "operation");
  if (const Node* operation = map.find("operation")) out.line = operation->line;
  out.service = text(map, path, "service");
  out.request = request(map, path, "request");
}

std::optional<ReadCall> ManifestReader::read_call(const Node& object, const std::string& path,
                                                  const char* key) {
  const Node* node = object.find(key);
  const std::string here = path + '.' + key;
  const bool paged = std::string_view(key) == "read";
  Names keys{"operation", "service", "request", "rows", "done", "refused", "messages"};
  if (paged)
    for (const char* each : {"strategy", "next", "more", "total", "bound", "page_size"})
      keys.emplace_back(each);
  if (node == nullptr || !known(*node, here, keys)) return std::nullopt;
  ReadCall out;
  call(*node, here, out.call);
  out.rows = place(*node, here, "rows").value_or(Place{.line = node->line});
  out.call.answer.done = conditions(*node, here, "done");
  out.call.answer.refused = conditions(*node, here, "refused");
  out.call.answer.messages = messages(*node, here);
  if (!paged) return out;
  out.next = place(*node, here, "next");
  out.more = place(*node, here, "more");
  out.total = place(*node, here, "total");
  out.bound = place(*node, here, "bound");
  out.page_size = number(*node, here, "page_size", out.page_size);
  const bool since = uses(out.call.request, "since");
  out.strategy = since ? Strategy::Time : Strategy::Snapshot;
  const std::string word = text(*node, here, "strategy");
  if (!word.empty() && word != "time" && word != "snapshot")
    problem(node->find("strategy")->line, here + ".strategy", "one_of",
            "'" + word + "' is no strategy", nearest_word(word, {"time", "snapshot"}));
  if ((word == "time" && !since) || (word == "snapshot" && since))
    problem(node->find("strategy")->line, here + ".strategy", "strategy",
            since ? "the request asks for what changed {since} a time: the strategy is time"
                  : "the request carries {since} nowhere: nothing tells what has changed");
  return out;
}

std::optional<Call> ManifestReader::step(const Node& map, const std::string& path,
                                         const char* key) {
  const Node* node = map.find(key);
  const std::string here = path + '.' + key;
  if (node == nullptr || !known(*node, here, {"operation", "request", "answer"}))
    return std::nullopt;
  Call out;
  call(*node, here, out);
  out.answer = answer(*node, here);
  return out;
}

void ManifestReader::written(const Node& node, const std::string& path, WriteCall& out) {
  call(node, path, out.call);
  out.body = place(node, path, "body").value_or(Place{.line = node.line});
  out.conditional = flag(node, path, "conditional");
  out.call.answer = answer(node, path);
  out.commit = step(node, path, "commit");
  out.rollback = step(node, path, "rollback");
  for (std::optional<Call>* each : {&out.commit, &out.rollback})
    if (*each) (*each)->service = out.call.service;
}

std::optional<WriteCall> ManifestReader::write_call(const Node& object, const std::string& path,
                                                    const char* key) {
  const Node* node = object.find(key);
  const std::string here = path + '.' + key;
  if (node == nullptr ||
      !known(*node, here,
             {"operation", "service", "request", "each", "with", "body", "batch", "conditional",
              "repeatable", "whole", "marks", "answer", "commit", "rollback"}))
    return std::nullopt;
  WriteCall out;
  written(*node, here, out);
  out.each = place(*node, here, "each");
  if (out.each && out.each->path.empty())
    problem(out.each->line, here + ".each", "required", "names the element that repeats");
  out.with = request(*node, here, "with");
  out.batch = number(*node, here, "batch", 1);
  out.repeatable = flag(*node, here, "repeatable");
  out.whole = flag(*node, here, "whole");
  if (out.whole && std::string_view(key) != "update")
    problem(node->find("whole")->line, here + ".whole", "whole",
            "only an update has an object that shows what goes along");
  out.marks = marks(*node, here);
  return out;
}

/// Which of them are one "X" only, their description tells: bind_manifest().
std::vector<document::ChangeFlags> ManifestReader::marks(const Node& map, const std::string& path) {
  std::vector<document::ChangeFlags> out;
  for (const auto& [block, flags] : renames(map, path, "marks")) {
    auto at = parsed_place(block, map.find("marks")->key_line, path + ".marks." + block);
    if (at && !at->path.empty()) out.push_back({.block = std::move(at->path), .flags = flags});
  }
  return out;
}

std::optional<StatusStep> ManifestReader::status_step(const Node& node, const std::string& path) {
  if (!known(node, path,
             {"from", "to", "operation", "service", "request", "body", "whole", "last", "names",
              "rows", "sums", "answer", "commit", "rollback"}))
    return std::nullopt;
  StatusStep out;
  out.from = templates(node, path, "from");
  out.to = templates(node, path, "to");
  out.whole = flag(node, path, "whole");
  out.last = flag(node, path, "last");
  out.names = renames(node, path, "names");
  out.rows = renames(node, path, "rows");
  out.sums = sums(node, path);
  written(node, path, out.write);
  return out;
}

std::vector<StepSum> ManifestReader::sums(const Node& map, const std::string& path) {
  std::vector<StepSum> out;
  const Node* node = map.find("sums");
  if (node == nullptr) return out;
  const std::string here = path + ".sums";
  if (node->kind != Node::Kind::Map) {
    problem(node->key_line, here, "wrong_type", "must be a map of elements and what they add up");
    return out;
  }
  for (const auto& [name, value] : node->members) {
    const std::string below = here + '.' + name;
    if (!known(value, below, {"of", "otherwise"})) continue;
    required(value, below, "of");
    required(value, below, "otherwise");
    auto total = parsed_place(name, value.key_line, below);
    auto of = place(value, below, "of");
    auto otherwise = place(value, below, "otherwise");
    if (total && of && otherwise)
      out.push_back({*std::move(total), *std::move(of), *std::move(otherwise)});
  }
  return out;
}

void ManifestReader::steps(const Node& map, const std::string& path, ObjectRules& out) {
  out.status = place(map, path, "status");
  const Node* list = map.find("steps");
  if (list == nullptr) return;
  const std::string here = path + ".steps";
  if (list->kind != Node::Kind::List)
    return problem(list->key_line, here, "wrong_type", "must be a list of steps");
  for (std::size_t i = 0; i < list->items.size(); ++i)
    if (auto step = status_step(list->items[i], here + '[' + std::to_string(i) + ']'))
      out.steps.push_back(*std::move(step));
}

void ManifestReader::object(const std::string& name, const Node& map, Manifest& out) {
  const std::string here = "objects." + name;
  if (name.find('/') != std::string::npos || name.find('.') != std::string::npos)
    problem(map.key_line, here, "name", "an object's name has neither '/' nor '.'");
  if (!known(map, here,
             {"about", "key", "version", "versions", "modified", "correlation", "only", "deleted",
              "shared", "settle", "status", "read", "read_by_key", "find", "create", "update",
              "delete", "steps"}))
    return;
  ObjectRules rules{.name = name, .about = text(map, here, "about"), .line = map.key_line};
  rules.key_text = required(map, here, "key");
  rules.key = places(map, here, "key");
  rules.version = place(map, here, "version");
  const std::string versions = text(map, here, "versions");
  rules.ordered_versions = versions == "ordered";
  if (!versions.empty() && versions != "ordered" && versions != "opaque")
    problem(map.find("versions")->line, here + ".versions", "one_of",
            "'" + versions + "' says nothing of versions",
            nearest_word(versions, {"ordered", "opaque"}));
  rules.modified = place(map, here, "modified");
  rules.correlation = place(map, here, "correlation");
  rules.only = conditions(map, here, "only");
  rules.deleted = conditions(map, here, "deleted");
  rules.shared = shared(map, here);
  if (map.find("settle") != nullptr)
    rules.settle = std::chrono::seconds(number(map, here, "settle", 1));
  rules.read = read_call(map, here, "read");
  rules.read_by_key = read_call(map, here, "read_by_key");
  rules.find = read_call(map, here, "find");
  rules.create = write_call(map, here, "create");
  rules.update = write_call(map, here, "update");
  rules.remove = write_call(map, here, "delete");
  steps(map, here, rules);
  placeholders(rules, out, here);
  sense(rules, here);
  out.objects.emplace(name, std::move(rules));
}

/// What the texts of each call may name.
void ManifestReader::placeholders(const ObjectRules& rules, const Manifest& manifest,
                                  const std::string& path) {
  Names parameters;
  for (const auto& [parameter, value] : manifest.parameters)
    parameters.push_back("parameter." + parameter);
  const auto check_one = [&](const Template& text, const Names& allowed, int line,
                             const std::string& here) {
    for (const std::string& used : text.names())
      if (std::find(allowed.begin(), allowed.end(), used) == allowed.end())
        problem(line, here, "placeholder", "'{" + used + "}' stands for nothing here",
                nearest_word(used, allowed));
  };
  const auto check = [&](const std::vector<TextAt>& texts, Names allowed, const std::string& here) {
    allowed.emplace_back("now");
    allowed.insert(allowed.end(), parameters.begin(), parameters.end());
    for (const TextAt& each : texts)
      check_one(each.text, allowed, each.place.line, here + "." + each.place.text);
  };
  if (rules.read)
    check(rules.read->call.request, {"since", "page_size", "skip", "token"},
          path + ".read.request");
  if (rules.read_by_key)
    check(rules.read_by_key->call.request, with_key(rules, {}), path + ".read_by_key.request");
  if (rules.find)
    check(rules.find->call.request, {"record", "record.hex", "record.short"},
          path + ".find.request");
  const auto check_write = [&](const std::optional<WriteCall>& write, const Names& allowed,
                               const std::string& here) {
    if (!write) return;
    check(write->call.request, write->each ? Names{"call", "call.hex", "decided"} : allowed,
          here + ".request");
    check(write->with, allowed, here + ".with");
    if (write->commit) check(write->commit->request, allowed, here + ".commit.request");
    if (write->rollback) check(write->rollback->request, allowed, here + ".rollback.request");
  };
  Names changes = with_key(rules, kChangeNames);
  check_write(rules.create, kWriteNames, path + ".create");
  check_write(rules.update, changes, path + ".update");
  check_write(rules.remove, changes, path + ".delete");
  changes.emplace_back("status");
  for (std::size_t i = 0; i < rules.steps.size(); ++i) {
    const StatusStep& step = rules.steps[i];
    const std::string here = path + ".steps[" + std::to_string(i) + "]";
    check(step.write.call.request, changes, here + ".request");
    if (step.write.commit) check(step.write.commit->request, changes, here + ".commit.request");
    if (step.write.rollback)
      check(step.write.rollback->request, changes, here + ".rollback.request");
    for (const Template& each : step.from)
      check_one(each, parameters, step.write.call.line, here + ".from");
    for (const Template& each : step.to)
      check_one(each, parameters, step.write.call.line, here + ".to");
  }
}

void ManifestReader::sense_of_read(const ReadCall& read, const std::string& path) {
  if (read.bound && read.strategy == Strategy::Snapshot)
    problem(read.bound->line, path + ".bound", "strategy",
            "the request carries {since} nowhere: nothing is bound");
  const bool token = uses(read.call.request, "token");
  const bool skip = uses(read.call.request, "skip");
  if (read.next.has_value() != token)
    problem(read.call.line, path + ".next", "paging",
            token ? "the request carries {token}: 'next' says where an answer has it"
                  : "the token of the next page goes nowhere: the request carries no {token}");
  if (read.more && !token && !skip)
    problem(read.more->line, path + ".more", "paging",
            "there is another page, and the request asks for it by neither {token} nor {skip}");
  if (skip && read.strategy == Strategy::Time)
    problem(read.call.line, path + ".request", "paging",
            "{skip} counts rows of a list that moves while it is read: with {since}, pages go by "
            "{token}");
  if (skip && !read.total)
    problem(read.call.line, path + ".total", "paging",
            "pages by {skip} miss rows when the list moves: 'total' says where an answer has the "
            "number of all rows");
  if (skip && !read.more && !token)
    problem(read.call.line, path + ".more", "paging",
            "pages by {skip} need 'more': where an answer says that there is another page");
}

void ManifestReader::sense_of_write(const ObjectRules& rules, const WriteCall& write,
                                    const std::string& path, bool creates) {
  const Answer& answer = write.call.answer;
  const bool versioned =
      rules.version && (uses(write.call.request, "version") || uses(write.with, "version"));
  if (!creates && !rules.read_by_key && !write.repeatable)
    problem(write.call.line, path, "read_by_key",
            "a change whose answer is lost is looked for by its key: 'read_by_key' is missing");
  if (!creates && write.conditional && !versioned)
    problem(write.call.line, path + ".conditional", "conditional",
            "the service can compare a version only where the object has a 'version' and the "
            "request carries {version}");
  if (write.whole && (!rules.read_by_key || write.each || write.commit || !write.marks.empty()))
    problem(write.call.line, path + ".whole", "whole",
            "the whole object goes, one in a call, as it shows when it is looked at by its key: "
            "'read_by_key' is needed, and 'each', 'commit' and 'marks' have no place beside it");
  if (creates && answer.key.size() != rules.key.size())
    problem(write.call.line, path + ".answer.key", "key",
            "says where the answer has the new object's key: " + std::to_string(rules.key.size()) +
                " paths joined with ',', as the object's");
  if (answer.done.empty() && !creates)
    problem(write.call.line, path + ".answer.done", "required",
            "what an answer says when the change is done is missing");
  sense_of_commit(write, path);
  if (write.commit && write.batch > 1)
    problem(write.commit->line, path + ".batch", "batch",
            "what is committed as one cannot be answered for one by one");
  if (write.commit && write.repeatable)
    problem(write.commit->line, path + ".repeatable", "repeatable",
            "what is committed in a session is not repeated");
  if (write.batch > 1 && (!write.each || !answer.each || !answer.match))
    problem(write.call.line, path + ".batch", "batch",
            "several documents in one call need 'each', 'answer.each' and 'answer.match'");
  if (answer.match && write.batch > 1 && !uses(write.with, "number") &&
      !uses(write.with, "number.hex"))
    problem(write.call.line, path + ".with", "batch",
            "the answer is matched by the number of the write: 'with' carries no {number}");
}

void ManifestReader::sense_of_commit(const WriteCall& write, const std::string& path) {
  if (!write.commit) return;
  if (!session_)
    problem(write.commit->line, path + ".commit", "session",
            "a commit in another session saves nothing: say 'session: true'");
  if (write.commit->answer.done.empty())
    problem(write.commit->line, path + ".commit.answer.done", "required",
            "what the answer says when the commit is done is missing");
}

void ManifestReader::sense_of_steps(const ObjectRules& rules, const std::string& path) {
  if (rules.steps.empty()) return;
  const int line = rules.steps.front().write.call.line;
  if (!rules.status)
    problem(line, path + ".status", "required",
            "steps lead from status to status: 'status' says where a document has it");
  if (!rules.read_by_key)
    problem(line, path + ".steps", "read_by_key",
            "where an object stands is looked up before it is moved: 'read_by_key' is missing");
  for (std::size_t i = 0; i < rules.steps.size(); ++i) {
    const std::string here = path + ".steps[" + std::to_string(i) + "]";
    sense_of_commit(rules.steps[i].write, here);
    if (rules.steps[i].write.call.answer.done.empty())
      problem(rules.steps[i].write.call.line, here + ".answer.done", "required",
              "what an answer says when the step is done is missing");
  }
}

/// What one key asks of another.
void ManifestReader::sense(const ObjectRules& rules, const std::string& path) {
  if (!rules.read && !rules.read_by_key && !rules.find && !rules.create && !rules.update &&
      !rules.remove && rules.steps.empty())
    problem(rules.line, path, "required", "names no operation at all");
  if (rules.read) sense_of_read(*rules.read, path + ".read");
  if (rules.create) sense_of_write(rules, *rules.create, path + ".create", true);
  if (rules.update) sense_of_write(rules, *rules.update, path + ".update", false);
  if (rules.remove) sense_of_write(rules, *rules.remove, path + ".delete", false);
  sense_of_steps(rules, path);
}

}  // namespace channelbridge::soap

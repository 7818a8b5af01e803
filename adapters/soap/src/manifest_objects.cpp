#include <algorithm>
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
  for (std::size_t i = 1; i <= rules.key.size(); ++i) names.push_back("key." + std::to_string(i));
  return names;
}

const Names kWriteNames{"number",     "number.hex",   "number.short", "record",
                        "record.hex", "record.short", "decided"};

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

std::optional<WriteCall> ManifestReader::write_call(const Node& object, const std::string& path,
                                                    const char* key) {
  const Node* node = object.find(key);
  const std::string here = path + '.' + key;
  if (node == nullptr || !known(*node, here,
                                {"operation", "service", "request", "each", "with", "body", "batch",
                                 "conditional", "answer", "commit", "rollback"}))
    return std::nullopt;
  WriteCall out;
  call(*node, here, out.call);
  out.each = place(*node, here, "each");
  if (out.each && out.each->path.empty())
    problem(out.each->line, here + ".each", "required", "names the element that repeats");
  out.with = request(*node, here, "with");
  out.body = place(*node, here, "body").value_or(Place{.line = node->line});
  out.batch = number(*node, here, "batch", 1);
  out.conditional = flag(*node, here, "conditional");
  out.call.answer = answer(*node, here);
  out.commit = step(*node, here, "commit");
  out.rollback = step(*node, here, "rollback");
  for (std::optional<Call>* each : {&out.commit, &out.rollback})
    if (*each) (*each)->service = out.call.service;
  return out;
}

void ManifestReader::object(const std::string& name, const Node& map, Manifest& out) {
  const std::string here = "objects." + name;
  if (name.find('/') != std::string::npos || name.find('.') != std::string::npos)
    problem(map.key_line, here, "name", "an object's name has neither '/' nor '.'");
  if (!known(map, here,
             {"about", "key", "version", "versions", "modified", "correlation", "deleted", "read",
              "read_by_key", "find", "create", "update", "delete"}))
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
  rules.deleted = conditions(map, here, "deleted");
  rules.read = read_call(map, here, "read");
  rules.read_by_key = read_call(map, here, "read_by_key");
  rules.find = read_call(map, here, "find");
  rules.create = write_call(map, here, "create");
  rules.update = write_call(map, here, "update");
  rules.remove = write_call(map, here, "delete");

  // What the texts of each call may name.
  Names shared{"now"};
  for (const auto& [parameter, value] : out.parameters) shared.push_back("parameter." + parameter);
  const auto check = [&](const std::vector<TextAt>& texts, Names allowed, const std::string& path) {
    allowed.insert(allowed.end(), shared.begin(), shared.end());
    for (const TextAt& each : texts)
      for (const std::string& used : each.text.names())
        if (std::find(allowed.begin(), allowed.end(), used) == allowed.end())
          problem(each.place.line, path + "." + each.place.text, "placeholder",
                  "'{" + used + "}' stands for nothing here", nearest_word(used, allowed));
  };
  if (rules.read)
    check(rules.read->call.request, {"since", "page_size", "skip", "token"},
          here + ".read.request");
  if (rules.read_by_key)
    check(rules.read_by_key->call.request, with_key(rules, {}), here + ".read_by_key.request");
  if (rules.find)
    check(rules.find->call.request, {"record", "record.hex", "record.short"},
          here + ".find.request");
  const auto check_write = [&](const std::optional<WriteCall>& write, const Names& allowed,
                               const std::string& path) {
    if (!write) return;
    check(write->call.request, write->each ? Names{"call", "call.hex", "decided"} : allowed,
          path + ".request");
    check(write->with, allowed, path + ".with");
    if (write->commit) check(write->commit->request, allowed, path + ".commit.request");
    if (write->rollback) check(write->rollback->request, allowed, path + ".rollback.request");
    if (!write->commit) return;
    if (!out.session)
      problem(write->commit->line, path + ".commit", "session",
              "a commit in another session saves nothing: say 'session: true'");
    if (write->batch > 1)
      problem(write->commit->line, path + ".batch", "batch",
              "what is committed as one cannot be answered for one by one");
  };
  Names changes = with_key(rules, kWriteNames);
  changes.emplace_back("version");
  check_write(rules.create, kWriteNames, here + ".create");
  check_write(rules.update, changes, here + ".update");
  check_write(rules.remove, changes, here + ".delete");
  sense(rules, here);
  out.objects.emplace(name, std::move(rules));
}

/// What one key asks of another.
void ManifestReader::sense(const ObjectRules& rules, const std::string& path) {
  if (!rules.read && !rules.read_by_key && !rules.find && !rules.create && !rules.update &&
      !rules.remove)
    problem(rules.line, path, "required", "names no operation at all");
  if (rules.read) {
    const ReadCall& read = *rules.read;
    if (read.bound && read.strategy == Strategy::Snapshot)
      problem(read.bound->line, path + ".read.bound", "strategy",
              "the request carries {since} nowhere: nothing is bound");
    const bool token = uses(read.call.request, "token");
    const bool skip = uses(read.call.request, "skip");
    if (read.next.has_value() != token)
      problem(read.call.line, path + ".read.next", "paging",
              token ? "the request carries {token}: 'next' says where an answer has it"
                    : "the token of the next page goes nowhere: the request carries no {token}");
    if (read.more && !token && !skip)
      problem(read.more->line, path + ".read.more", "paging",
              "there is another page, and the request asks for it by neither {token} nor {skip}");
    if (skip && read.strategy == Strategy::Time)
      problem(read.call.line, path + ".read.request", "paging",
              "{skip} counts rows of a list that moves while it is read: with {since}, pages go by "
              "{token}");
    if (skip && !read.total)
      problem(read.call.line, path + ".read.total", "paging",
              "pages by {skip} miss rows when the list moves: 'total' says where an answer has the "
              "number of all rows");
    if (skip && !read.more && !token)
      problem(read.call.line, path + ".read.more", "paging",
              "pages by {skip} need 'more': where an answer says that there is another page");
  }
  using Named = std::pair<const char*, const std::optional<WriteCall>*>;
  for (const auto& [key, write] :
       {Named{"update", &rules.update}, Named{"delete", &rules.remove}}) {
    if (!*write) continue;
    const std::string here = path + '.' + key;
    if (!rules.read_by_key)
      problem((*write)->call.line, here, "read_by_key",
              "a change whose answer is lost is looked for by its key: 'read_by_key' is missing");
    if ((*write)->conditional && !(rules.version && (uses((*write)->call.request, "version") ||
                                                     uses((*write)->with, "version"))))
      problem((*write)->call.line, here + ".conditional", "conditional",
              "the service can compare a version only where the object has a 'version' and the "
              "request carries {version}");
  }
  for (const auto& [key, write] : {Named{"create", &rules.create}, Named{"update", &rules.update},
                                   Named{"delete", &rules.remove}}) {
    if (!*write) continue;
    const Answer& answer = (*write)->call.answer;
    const std::string here = path + '.' + key + ".answer";
    const bool creates = std::string_view(key) == "create";
    if (creates && answer.key.size() != rules.key.size())
      problem((*write)->call.line, here + ".key", "key",
              "says where the answer has the new object's key: " +
                  std::to_string(rules.key.size()) + " paths joined with ',', as the object's");
    if (answer.done.empty() && !creates)
      problem((*write)->call.line, here + ".done", "required",
              "what an answer says when the change is done is missing");
    if ((*write)->commit && (*write)->commit->answer.done.empty())
      problem((*write)->commit->line, path + '.' + key + ".commit.answer.done", "required",
              "what the answer says when the commit is done is missing");
    if ((*write)->batch > 1 && (!(*write)->each || !answer.each || !answer.match))
      problem((*write)->call.line, path + '.' + key + ".batch", "batch",
              "several documents in one call need 'each', 'answer.each' and 'answer.match'");
    if (answer.match && (*write)->batch > 1 && !uses((*write)->with, "number") &&
        !uses((*write)->with, "number.hex"))
      problem((*write)->call.line, path + '.' + key + ".with", "batch",
              "the answer is matched by the number of the write: 'with' carries no {number}");
  }
}

}  // namespace channelbridge::soap

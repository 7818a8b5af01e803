#include <algorithm>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/soap/envelope.hpp"
#include "manifest_internal.hpp"
#include "node_path_internal.hpp"
#include "schema_path_internal.hpp"
#include "text_check_internal.hpp"

namespace channelbridge::soap {
namespace {

using document::Tree;

/// Holds a manifest against the descriptions of its services.
class Binder {
 public:
  explicit Binder(Manifest& manifest) : manifest_(manifest) {}

  std::vector<Problem> run() {
    for (auto& [name, use] : manifest_.services) address(use, "services." + name);
    address(manifest_.own, "");
    names(manifest_.session_cookie, manifest_.own.line, "session.cookie");
    query(manifest_.opening, manifest_.own.line, "session.open");
    query(manifest_.closing, manifest_.own.line, "session.close");
    for (auto& [path, each] : calls_of(manifest_)) bind(*each, path);
    for (auto& [name, rules] : manifest_.objects) object(rules, "objects." + name);
    return std::move(problems_);
  }

 private:
  void problem(int line, const std::string& path, std::string rule, std::string message,
               std::string suggestion = {}) {
    problems_.push_back({.file = manifest_.file,
                         .line = line,
                         .path = path,
                         .rule = std::move(rule),
                         .message = std::move(message),
                         .suggestion = std::move(suggestion)});
  }

  void names(const Template& text, int line, const std::string& path) {
    std::vector<std::string> known;
    for (const auto& [name, value] : manifest_.parameters) known.push_back("parameter." + name);
    for (const std::string& used : text.names())
      if (std::find(known.begin(), known.end(), used) == known.end())
        problem(line, path, "placeholder", "'{" + used + "}' stands for nothing here",
                nearest_word(used, known));
  }
  void query(const Query& parameters, int line, const std::string& path) {
    for (const auto& [name, text] : parameters) names(text, line, path + '.' + name);
  }
  void address(const ServiceUse& use, const std::string& path) {
    const std::string before = path.empty() ? path : path + '.';
    names(use.path, use.line, before + "path");
    query(use.query, use.line, before + "query");
  }

  void bind(Call& call, const std::string& path) {
    call.use = &manifest_.own;
    if (!call.service.empty()) {
      const auto found = manifest_.services.find(call.service);
      if (found == manifest_.services.end()) {
        std::vector<std::string> known;
        for (const auto& [name, use] : manifest_.services) known.push_back(name);
        return problem(call.line, path + ".service", "unknown_service",
                       "the manifest has no service '" + call.service + "'",
                       nearest_word(call.service, known));
      }
      call.use = &found->second;
    }
    if (call.use->bound == nullptr || call.operation.empty()) return;
    auto operation = Wsdl::operation(*call.use->bound, call.operation);
    if (!operation) {
      std::vector<std::string> known;
      for (const Operation& each : call.use->bound->operations) known.push_back(each.name);
      const bool missing = operation.error().code() == ErrorCode::NotFound;
      return problem(call.line, path + ".operation",
                     missing ? "unknown_operation" : "unsupported_operation",
                     missing ? "the service has no operation '" + call.operation + "'"
                             : operation.error().message(),
                     missing ? nearest_word(call.operation, known) : std::string());
    }
    if (!(*operation)->output || (*operation)->output->root == nullptr)
      return problem(
          call.line, path + ".operation", "one_way",
          "'" + call.operation + "' answers nothing: what became of a call stays unknown");
    call.bound = *operation;
  }

  /// The element at a place; nullptr with a problem when there is none, nullptr without one when a
  /// wildcard hides it.
  const Element* element(const Element& base, const Place& place, const std::string& path) {
    const LocateResult result = locate(base, place.path);
    if (result.problem) {
      unknown_path(*result.problem, place, path);
      return nullptr;
    }
    if (result.found.unknown) return nullptr;
    if (result.found.attribute == nullptr) return result.found.element;
    problem(place.line, path, "shape", "'" + place.text + "' is an attribute");
    return nullptr;
  }
  void unknown_path(const Problem& found, const Place& place, const std::string& path) {
    problem(place.line, path, found.rule, "'" + place.text + "': " + found.message,
            found.suggestion);
  }
  /// A place where a text stands.
  void text(const Element& base, const Place& place, const std::string& path) {
    const LocateResult result = locate(base, place.path);
    if (result.problem) return unknown_path(*result.problem, place, path);
    if (!result.found.unknown && result.found.text() == nullptr)
      problem(place.line, path, "shape",
              "'" + place.text + "' holds elements, and a text is asked for");
  }
  void text(const Element* base, const std::optional<Place>& place, const std::string& path) {
    if (base != nullptr && place) text(*base, *place, path);
  }
  void conditions(const Element* base, const Conditions& all, const std::string& path) {
    if (base == nullptr) return;
    for (const Condition& each : all) {
      const std::string here = path + '.' + each.place.text;
      const LocateResult result = locate(*base, each.place.path);
      if (result.problem) {
        unknown_path(*result.problem, each.place, here);
        continue;
      }
      const TextType* type = result.found.text();
      if (type == nullptr) continue;
      for (const std::string& value : each.values)
        if (const auto fault = check_text(*type, value))
          problem(each.place.line, here, "value",
                  "'" + value + "' never stands there: " + fault->message, fault->suggestion);
    }
  }
  void messages(const Element* base, const std::optional<Messages>& said, const std::string& path) {
    if (base == nullptr || !said) return;
    const Element* each = element(*base, said->each, path + ".each");
    if (each == nullptr) return;
    for (const Place& code : said->code) text(*each, code, path + ".code");
    text(each, said->text, path + ".text");
    text(each, said->severity, path + ".severity");
    text(each, said->field, path + ".field");
  }

  void request(const Element& base, std::vector<TextAt>& texts, const std::string& path) {
    for (TextAt& each : texts) {
      const std::string here = path + '.' + each.place.text;
      const LocateResult result = locate(base, each.place.path);
      if (result.problem) {
        unknown_path(*result.problem, each.place, here);
        continue;
      }
      if (result.found.unknown) continue;
      const TextType* type = result.found.text();
      const bool empty = each.text.constant() && each.text.text().empty();
      if (type == nullptr) {
        if (!empty && !each.null)
          problem(each.place.line, here, "shape",
                  "'" + each.place.text + "' holds elements, and a text is given");
        continue;
      }
      if (type->primitive == Primitive::Date) each.form = TimeForm::Date;
      if (each.null && (result.found.attribute != nullptr || !result.found.element->nillable))
        problem(each.place.line, here, "nil", "'" + each.place.text + "' cannot be null");
      if (!each.text.constant() || each.null || (empty && takes_empty(*type))) continue;
      if (const auto fault = check_text(*type, each.text.text()))
        problem(each.place.line, here, fault->rule,
                "'" + each.text.text() + "' does not fit there: " + fault->message,
                fault->suggestion);
    }
  }

  /// Elements that the service asks for and no text of the manifest gives, with the values that a
  /// first call has. What the document brings along is not known: `body`, with all below it, is
  /// left out.
  void missing(const Call& call, Tree tree, const std::string& body, const std::string& path) {
    tree.name = call.bound->input.root->name.local;
    const auto written =
        write_element(call.use->description->schema(), *call.bound->input.root, tree, Empty::Null);
    if (written) return;
    for (const Problem& each : written.error().problems()) {
      if (each.rule != "missing" && each.rule != "choice") continue;
      if (!body.empty() && each.path.starts_with(body)) continue;
      problem(call.line, path + ".request", "missing",
              "the service asks for '" + each.path + "': it " + each.message);
    }
  }
  Values samples(const std::vector<std::string>& absent) const {
    Values out;
    for (const char* name :
         {"number", "number.hex", "number.short", "record", "record.hex", "record.short", "call",
          "call.hex", "key", "key.short", "key.1", "key.2", "key.3", "key.4", "version", "status",
          "page_size", "skip", "token"})
      out.texts.emplace(name, "1");
    for (const char* name : {"now", "since", "decided"}) out.times.emplace(name, Timestamp());
    for (const auto& [name, parameter] : manifest_.parameters)
      out.texts.emplace("parameter." + name, parameter.fallback.value_or("1"));
    for (const std::string& name : absent) {
      out.texts.erase(name);
      out.times.erase(name);
    }
    return out;
  }
  void missing(const Call& call, const std::vector<std::string>& absent, const std::string& path) {
    Tree tree{.kind = Tree::Kind::Object};
    put_texts(tree, call.request, samples(absent), utc_);
    missing(call, std::move(tree), "", path);
  }

  /// A request that is all texts of the manifest.
  void bare_request(Call& call, const std::vector<std::string>& absent, const std::string& path) {
    if (call.bound->input.root == nullptr) {
      if (!call.request.empty())
        problem(call.line, path + ".request", "shape", "the operation's message is empty");
      return;
    }
    request(*call.bound->input.root, call.request, path + ".request");
    missing(call, absent, path);
  }

  void read_call(ReadCall& read, const ObjectRules& rules, const std::string& path) {
    Call& call = read.call;
    if (call.bound == nullptr) return;
    bare_request(call, {"since", "token"}, path);
    const Element* answer = call.bound->output->root;
    const Element* rows = element(*answer, read.rows, path + ".rows");
    text(answer, read.next, path + ".next");
    text(answer, read.more, path + ".more");
    text(answer, read.total, path + ".total");
    text(answer, read.bound, path + ".bound");
    conditions(answer, call.answer.done, path + ".done");
    conditions(answer, call.answer.refused, path + ".refused");
    messages(answer, call.answer.messages, path + ".messages");
    if (rows == nullptr) return;
    for (const Place& key : rules.key) text(*rows, key, path + ": the object's key");
    text(rows, rules.version, path + ": the object's version");
    text(rows, rules.modified, path + ": the object's modified");
    text(rows, rules.correlation, path + ": the object's correlation");
    conditions(rows, rules.only, path + ": the object's only");
    conditions(rows, rules.deleted, path + ": the object's deleted");
    text(rows, rules.status, path + ": the object's status");
    for (const SharedAttribute& each : rules.shared)
      text(*rows, each.from, path + ": the object's shared");
  }

  void answer(const Call& call, const std::string& path) {
    const Answer& said = call.answer;
    const Element* base = call.bound->output->root;
    if (said.each) base = element(*base, *said.each, path + ".each");
    if (base == nullptr) return;
    text(base, said.match, path + ".match");
    for (const Place& key : said.key) text(*base, key, path + ".key");
    text(base, said.version, path + ".version");
    if (said.document) element(*base, *said.document, path + ".document");
    conditions(base, said.done, path + ".done");
    conditions(base, said.refused, path + ".refused");
    messages(base, said.messages, path + ".messages");
  }

  void step(std::optional<Call>& call, const std::string& path) {
    if (!call || call->bound == nullptr) return;
    bare_request(*call, {}, path);
    answer(*call, path + ".answer");
  }

  void write_call(WriteCall& write, const std::string& path) {
    step(write.commit, path + ".commit");
    step(write.rollback, path + ".rollback");
    Call& call = write.call;
    if (call.bound == nullptr) return;
    answer(call, path + ".answer");
    const Element* root = call.bound->input.root;
    if (root == nullptr)
      return problem(call.line, path + ".body", "shape", "the operation's message is empty");
    request(*root, call.request, path + ".request");
    const Element* item = root;
    if (write.each) item = element(*root, *write.each, path + ".each");
    if (item == nullptr) return;
    if (write.each && write.batch > 1 && !locate(*root, write.each->path).found.repeats)
      problem(write.each->line, path + ".batch", "batch",
              "'" + write.each->text + "' cannot be there more than once");
    request(*item, write.with, path + ".with");
    const Element* body = element(*item, write.body, path + ".body");
    if (body == nullptr) return;
    if (body->type->text)
      problem(write.body.line, path + ".body", "shape",
              "'" + write.body.text + "' holds a text, and no document");
    for (document::ChangeFlags& mark : write.marks) flags(*body, mark, call.line, path + ".marks");
    if (write.body.path.empty() && !write.each) return;  // the document is all of it
    Tree tree{.kind = Tree::Kind::Object};
    put_texts(tree, call.request, samples({}), utc_);
    Tree& inner = write.each ? element_at(tree, write.each->path) : tree;
    element_at(inner, write.body.path);
    put_texts(inner, write.with, samples({}), utc_);
    std::string below = root->name.local;
    for (const auto& steps : {write.each.value_or(Place{}).path, write.body.path})
      for (const document::Step& each : steps) below += '/' + each.name;
    missing(call, std::move(tree), below, path);
  }

  /// A block and the flags beside it, which hold elements, or one text for all of it.
  void flags(const Element& body, document::ChangeFlags& mark, int line, const std::string& path) {
    const auto at = [line](const document::Path& steps) {
      return Place{.path = steps, .text = document::to_string(steps), .line = line};
    };
    if (element(body, at(mark.block), path) == nullptr) return;
    document::Path beside = mark.block;
    beside.back() = document::Step{.name = mark.flags};
    if (const Element* found = element(body, at(beside), path))
      mark.whole = found->type->text.has_value();
  }

  /// An element right below another one; nullptr with a problem when there is none.
  const Element* child(const Element& base, const std::string& name, int line,
                       const std::string& path) {
    return element(base, {.path = {{.name = name}}, .text = name, .line = line}, path);
  }

  void status_step(StatusStep& step, const ObjectRules& rules, const std::string& path) {
    write_call(step.write, path);
    const Call& call = step.write.call;
    if (call.bound == nullptr || call.bound->input.root == nullptr) return;
    const LocateResult body = locate(*call.bound->input.root, step.write.body.path);
    if (body.problem || body.found.element == nullptr) return;
    for (const auto& [name, other] : step.names)
      child(*body.found.element, other, call.line, path + ".names");
    const Element* shown = shown_object(rules);
    for (const auto& [list, key] : step.rows) {
      const std::string here = path + ".rows." + list;
      row(*body.found.element, step.called(list), key, call.line, here);
      if (shown != nullptr) row(*shown, list, key, call.line, here);
    }
    for (const StepSum& sum : step.sums) {
      const std::string here = path + ".sums." + sum.total.text;
      if (shown == nullptr) continue;
      text(*shown, sum.total, here);
      text(*shown, sum.of, here + ".of");
      text(*shown, sum.otherwise, here + ".otherwise");
    }
  }
  /// A list, and the element that tells its rows.
  void row(const Element& base, const std::string& list, const std::string& key, int line,
           const std::string& path) {
    if (const Element* each = child(base, list, line, path)) child(*each, key, line, path);
  }
  /// What a look at an object shows; nullptr = that has problems of its own.
  static const Element* shown_object(const ObjectRules& rules) {
    if (!rules.read_by_key || rules.read_by_key->call.bound == nullptr) return nullptr;
    const ReadCall& read = *rules.read_by_key;
    const LocateResult rows = locate(*read.call.bound->output->root, read.rows.path);
    return rows.problem ? nullptr : rows.found.element;
  }

  void object(ObjectRules& rules, const std::string& path) {
    if (rules.read) read_call(*rules.read, rules, path + ".read");
    if (rules.read_by_key) read_call(*rules.read_by_key, rules, path + ".read_by_key");
    if (rules.find) read_call(*rules.find, rules, path + ".find");
    if (rules.create) write_call(*rules.create, path + ".create");
    if (rules.find && rules.create && rules.correlation && rules.create->call.bound != nullptr &&
        !carries_record(*rules.create, rules.correlation->path))
      problem(rules.create->call.line, path + ".create", "correlation",
              "nothing of the message carries our record id: its document has no '" +
                  rules.correlation->text +
                  "', and no text names {record}. What 'find' looks for would never be there");
    if (rules.update) write_call(*rules.update, path + ".update");
    if (rules.remove) write_call(*rules.remove, path + ".delete");
    for (std::size_t i = 0; i < rules.steps.size(); ++i)
      status_step(rules.steps[i], rules, path + ".steps[" + std::to_string(i) + "]");
  }

  Manifest& manifest_;
  const TimeZone utc_ = *TimeZone::find("UTC");
  std::vector<Problem> problems_{};
};

}  // namespace

bool carries_record(const WriteCall& create, const document::Path& correlation) {
  const auto named = [](const TextAt& each) {
    const auto& names = each.text.names();
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return name.starts_with("record"); });
  };
  const auto in = [&](const std::vector<TextAt>& texts) {
    return std::any_of(texts.begin(), texts.end(), named);
  };
  if (in(create.with) || in(create.call.request)) return true;
  const Element* root = create.call.bound->input.root;
  if (root == nullptr || correlation.empty()) return false;
  const Element* item = create.each ? locate(*root, create.each->path).found.element : root;
  const Element* document =
      item == nullptr ? nullptr : locate(*item, create.body.path).found.element;
  return document != nullptr && !locate(*document, correlation).problem;
}

std::vector<std::pair<std::string, Call*>> calls_of(Manifest& manifest) {
  std::vector<std::pair<std::string, Call*>> out;
  const auto add = [&out](WriteCall& write, const std::string& path) {
    out.emplace_back(path, &write.call);
    if (write.commit) out.emplace_back(path + ".commit", &*write.commit);
    if (write.rollback) out.emplace_back(path + ".rollback", &*write.rollback);
  };
  for (auto& [name, rules] : manifest.objects) {
    const std::string path = "objects." + name + '.';
    if (rules.read) out.emplace_back(path + "read", &rules.read->call);
    if (rules.read_by_key) out.emplace_back(path + "read_by_key", &rules.read_by_key->call);
    if (rules.find) out.emplace_back(path + "find", &rules.find->call);
    const std::pair<const char*, std::optional<WriteCall>*> writes[] = {
        {"create", &rules.create}, {"update", &rules.update}, {"delete", &rules.remove}};
    for (const auto& [key, write] : writes) {
      if (!*write) continue;
      add(**write, path + key);
    }
    for (std::size_t i = 0; i < rules.steps.size(); ++i)
      add(rules.steps[i].write, path + "steps[" + std::to_string(i) + "]");
  }
  return out;
}

std::vector<Problem> bind_manifest(Manifest& manifest) { return Binder(manifest).run(); }

}  // namespace channelbridge::soap

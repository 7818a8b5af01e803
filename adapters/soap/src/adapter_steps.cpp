// Objects that a service moves from status to status by operations of its own, or changes as a
// whole.
#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "adapter_internal.hpp"
#include "channelbridge/document/tree_path.hpp"
#include "message_internal.hpp"
#include "node_path_internal.hpp"
#include "row_check_internal.hpp"
#include "schema_path_internal.hpp"
#include "text_forms_internal.hpp"

namespace channelbridge::soap {

using adapter::NodeOutcome;
using adapter::WriteRequest;
using adapter::WriteStatus;
using document::Tree;

namespace {

/// Takes the text at a path out of a tree.
void remove_at(Tree& tree, const document::Path& path, std::size_t depth = 0) {
  const std::string& name = path[depth].name;
  if (depth + 1 == path.size()) {
    std::erase_if(tree.children, [&name](const Tree& child) { return child.name == name; });
    return;
  }
  for (Tree& child : tree.children)
    if (child.name == name) remove_at(child, path, depth + 1);
}

const Element& body_of(const StatusStep& step) {
  const WriteCall& write = step.write;
  return *locate(*write.call.bound->input.root, write.body.path).found.element;
}

bool leads(const std::vector<Template>& texts, const Values& values, const TimeZone& zone,
           std::string_view status) {
  return std::any_of(texts.begin(), texts.end(), [&](const Template& each) {
    return each.expand(values, TimeForm::DateTime, zone) == status;
  });
}

Result<Tree> tree_of(const Node& row) {
  const auto document = to_document(row);
  if (!document) return document.error();
  return document::parse_tree(document->text(), document::Format::Xml);
}

Error nowhere(const std::string& from, const std::string& to) {
  return Error(ErrorCode::Rejected, "the object stands at '" + from +
                                        "', and no step of the manifest leads from there to '" +
                                        to + "'")
      .with_sent(Sent::No);
}

using Steps = std::vector<const StatusStep*>;

bool is_attribute(const Tree& tree) { return tree.name.starts_with('@'); }

Problem no_place(std::string path) {
  return {.path = std::move(path),
          .rule = "no_place",
          .message = "no step to the status that is written has a place for it"};
}

bool works_out(const StatusStep& step, const std::string& name) {
  return std::any_of(step.sums.begin(), step.sums.end(), [&name](const StepSum& sum) {
    return sum.total.path.size() == 1 && sum.total.path.front().name == name;
  });
}

bool is_carried(const Tree& child, const Steps& steps) {
  return is_attribute(child) ||
         std::any_of(steps.begin(), steps.end(), [&child](const StatusStep* step) {
           return has_place(body_of(*step), step->called(child.name)) ||
                  works_out(*step, child.name);
         });
}

/// The elements that no step on the way has a place for.
std::vector<Problem> left_over(const Tree& written, const Steps& steps) {
  std::vector<Problem> out;
  for (const Tree& child : written.children)
    if (!is_carried(child, steps)) out.push_back(no_place(child.name));
  return out;
}

/// Lists that were emptied, and that no step on the way takes: nothing stands for them in what is
/// written.
std::vector<Problem> lost_lists(const adapter::WriteNode& node, const Tree& written,
                                const Steps& steps) {
  std::vector<Problem> out;
  for (const auto& [path, keys] : node.stood) {
    const std::string list = path.substr(0, path.find('/'));
    const bool taken = std::any_of(steps.begin(), steps.end(), [&list](const StatusStep* step) {
      return has_place(body_of(*step), step->called(list));
    });
    if (!keys.empty() && !taken && written.find(list) == nullptr) out.push_back(no_place(path));
  }
  return out;
}

/// Takes these elements out of what is written.
Tree taken_apart(Tree& written, const Steps& steps) {
  Tree out{.kind = Tree::Kind::Object, .name = written.name};
  std::vector<Tree> carried;
  for (Tree& child : written.children)
    (is_carried(child, steps) ? carried : out.children).push_back(std::move(child));
  written.children = std::move(carried);
  return out;
}

document::Path one_step(std::string name) {
  return document::Path{document::Step{.name = std::move(name)}};
}

/// Does a step take this element of a list's rows?
bool takes(const StatusStep& step, const std::string& list, const std::string& name) {
  const LocateResult place = locate(body_of(step), one_step(step.called(list)));
  if (place.problem || place.found.element == nullptr) return false;
  return !step.rows.contains(list) || has_place(*place.found.element, name);
}

std::string child_text(const Tree& tree, const std::string& child) {
  const Tree* found = tree.find(child);
  return found == nullptr ? std::string() : found->text;
}

/// Does a row show this value? `list`: the element of its rows.
bool shows(const Element& list, const Tree& row, const Tree& value) {
  const Tree* now = row.find(value.name);
  const std::string shown = now == nullptr ? std::string() : now->text;
  for (const Tree& each : value.children) {
    const Tree* there = now == nullptr ? nullptr : now->find(each.name);
    if (!is_attribute(each) || there == nullptr || there->text != each.text) return false;
  }
  if (shown == value.text) return true;
  const LocateResult place = locate(list, one_step(value.name));
  const TextType* type = place.problem ? nullptr : place.found.text();
  return type != nullptr && type->primitive == Primitive::Decimal && is_decimal(shown) &&
         is_decimal(value.text) && compare_decimals(shown, value.text) == 0;
}

/// Of rows that steps take a part of: what none of them takes is what the object shows, or it would
/// be lost.
std::vector<Problem> lost_of_rows(const Element& object, const Tree& written, const Tree& shown,
                                  const Steps& steps) {
  std::vector<Problem> out;
  for (const Tree& row : written.children) {
    const auto part = std::find_if(steps.begin(), steps.end(), [&row](const StatusStep* step) {
      return step->rows.contains(row.name);
    });
    const LocateResult list = locate(object, one_step(row.name));
    if (part == steps.end() || list.problem || list.found.element == nullptr) continue;
    const std::string& key = (*part)->rows.at(row.name);
    const std::string id = child_text(row, key);
    const auto now = std::find_if(
        shown.children.begin(), shown.children.end(),
        [&](const Tree& each) { return each.name == row.name && child_text(each, key) == id; });
    const Tree none{.kind = Tree::Kind::Object};
    for (const Tree& each : row.children) {
      const bool taken = std::any_of(steps.begin(), steps.end(), [&](const StatusStep* step) {
        return takes(*step, row.name, each.name);
      });
      if (is_attribute(each) || taken ||
          shows(*list.found.element, now == shown.children.end() ? none : *now, each))
        continue;
      out.push_back(no_place(row.name + '[' + id + "]." + each.name));
    }
  }
  return out;
}

/// Totals that the service would make otherwise than they are written.
std::vector<Problem> wrong_sums(const Tree& written, const Tree& shown, const Steps& steps) {
  std::vector<Problem> out;
  for (const StatusStep* step : steps) {
    for (const StepSum& sum : step->sums) {
      const auto said = [&](const document::Path& path) {
        std::string text = document::text_at(written, path);
        return text.empty() ? document::text_at(shown, path) : text;
      };
      const std::string total = said(sum.total.path);
      std::vector<std::string> parts = document::texts_at(written, sum.of.path);
      const bool otherwise = parts.empty();
      if (otherwise) parts.push_back(said(sum.otherwise.path));
      if (is_sum(total, parts) == true) continue;
      std::string message = total.empty() ? "is not said" : "is " + total;
      message += otherwise
                     ? ", and nothing stands at '" + sum.of.text + "': the service would take " +
                           parts.front() + ", which stands at '" + sum.otherwise.text + "'"
                     : ", and is not the sum of what stands at '" + sum.of.text + "'";
      out.push_back({.path = sum.total.text, .rule = "sum", .message = std::move(message)});
    }
  }
  return out;
}

/// What a look at an object shows.
const Element& object_of(const ObjectRules& rules) {
  const ReadCall& read = *rules.read_by_key;
  return *locate(*read.call.bound->output->root, read.rows.path).found.element;
}

}  // namespace

std::string SoapAdapter::status_of(const ObjectRules& rules, const WriteRequest& request) {
  const adapter::WriteNode& node = request.nodes.front();
  if (rules.steps.empty() || node.operation != adapter::Operation::Update) return {};
  const auto body = document::parse_tree(node.body, document::Format::Xml);
  return body ? document::text_at(*body, rules.status->path) : std::string();
}

bool SoapAdapter::takes_whole(const ObjectRules& rules, const WriteRequest& request) {
  return request.nodes.front().operation == adapter::Operation::Update && rules.update &&
         rules.update->whole;
}

std::vector<SoapAdapter::Leg> SoapAdapter::way(const ObjectRules& rules, const std::string& from,
                                               const std::string& to,
                                               const Context& context) const {
  const Values values = caller_.values(context);
  std::map<std::string, std::vector<Leg>> reached{{from, {}}};
  std::deque<std::string> next{from};
  while (!next.empty() && !reached.contains(to)) {
    const std::string here = next.front();
    next.pop_front();
    for (const StatusStep& step : rules.steps) {
      if (!leads(step.from, values, caller_.zone(), here)) continue;
      for (const Template& each : step.to) {
        const auto status = each.expand(values, TimeForm::DateTime, caller_.zone());
        if (!status || reached.contains(*status) || (step.last && *status != to)) continue;
        std::vector<Leg> legs = reached[here];
        legs.push_back({&step, *status});
        reached.emplace(*status, std::move(legs));
        next.push_back(*status);
      }
    }
  }
  const auto found = reached.find(to);
  return found == reached.end() ? std::vector<Leg>() : found->second;
}

adapter::Halfway SoapAdapter::halfway(const adapter::Selection& selection,
                                      const document::Document& before, const WriteRequest& request,
                                      const document::Document& shown,
                                      const Context& context) const {
  using adapter::Halfway;
  const auto asked = wanted(selection);
  if (!asked || !asked->rules->status || request.nodes.empty()) return Halfway::No;
  const ObjectRules& rules = *asked->rules;
  const auto status_in = [&rules](const document::Document& document) {
    const auto tree = document::parse_tree(document.text(), document::Format::Xml);
    return tree ? document::text_at(*tree, rules.status->path) : std::string();
  };
  const std::string to = status_of(rules, request);
  const std::string now = status_in(shown);
  if (to.empty() || now.empty() || now == to) return Halfway::No;
  const std::vector<Leg> legs = way(rules, status_in(before), to, context);
  const bool between =
      std::any_of(legs.begin(), legs.end(), [&now](const Leg& leg) { return leg.to == now; });
  if (!between) return Halfway::No;
  return rules.update && !rules.update->whole ? Halfway::Fields : Halfway::Steps;
}

Result<SoapAdapter::Item> SoapAdapter::prepare_step(const ObjectRules& rules, const Leg& leg,
                                                    const Node& row, const Tree& written,
                                                    const WriteRequest& request,
                                                    const Context& context) const {
  const StatusStep& step = *leg.step;
  auto values = write_values(rules, request, context);
  if (!values) return std::move(values).error();
  auto shown = tree_of(row);
  if (!shown) return std::move(shown).error();
  Item out{.request = &request, .values = *std::move(values)};
  out.values.texts["status"] = leg.to;
  if (rules.version) out.values.texts["version"] = text_at(row, rules.version->path);

  const Element& body = body_of(step);
  std::set<std::string> given;
  for (const auto& [path, keys] : request.nodes.front().stood) given.insert(step.called(path));
  const Tree before = step.whole ? renamed(*shown, step.names) : Tree{.kind = Tree::Kind::Object};
  std::set<std::string> parts;
  for (const auto& [list, key] : step.rows) parts.insert(step.called(list));
  const Tree changes = narrowed(body, renamed(written, step.names), parts);
  Tree message = laid_over(body, before, changes, given);
  for (const SharedAttribute& each : rules.shared) {
    std::string text = document::text_at(written, each.from.path);
    if (text.empty()) text = text_at(row, each.from.path);
    share(body, message, each.name, text);
  }
  out.tree.kind = Tree::Kind::Object;
  Tree& at = element_at(out.tree, step.write.body.path);
  at.kind = Tree::Kind::Object;
  at.text = std::move(message.text);
  at.children = std::move(message.children);
  put_texts(out.tree, step.write.call.request, out.values, caller_.zone());
  const Call& call = step.write.call;
  auto fits = write_element(call.use->description->schema(), *call.bound->input.root, out.tree,
                            Empty::Null);
  if (!fits) return std::move(fits).error();
  return out;
}

Result<NodeOutcome> SoapAdapter::walk(const ObjectRules& rules, const WriteRequest& request,
                                      const std::string& operation, const Context& context) {
  const adapter::WriteNode& node = request.nodes.front();
  auto body = document::parse_tree(node.body, document::Format::Xml);
  if (!body) return Error(ErrorCode::Invalid, "the body of a write is no XML element");
  std::string to;
  if (rules.status) {
    to = document::text_at(*body, rules.status->path);
    remove_at(*body, rules.status->path);
  }
  bool unreadable = false;
  const auto look = [&]() -> Result<Node> {
    auto shown = row_of(rules, node.key, operation, context);
    const bool gone = shown && !rules.deleted.empty() && hold(rules.deleted, *shown);
    if (!shown || gone) return shown;
    if (auto whole = check_row(*rules.read_by_key, *shown); !whole) {
      unreadable = true;
      return std::move(whole).error();
    }
    return shown;
  };
  auto row = look();
  // The hub looks at it again, sets it aside, and writes when it can be read.
  if (unreadable) return outcome(WriteStatus::Conflict, request, row.error().with_sent(Sent::No));
  if (!row && row.error().code() == ErrorCode::NotFound)
    return refused_outcome(request, row.error());
  if (!row) return std::move(row).error();
  if (rules.version && !node.expected_version.empty() &&
      text_at(*row, rules.version->path) != node.expected_version)
    return outcome(WriteStatus::Conflict, request,
                   Error(ErrorCode::Conflict, "the object has changed since it was looked at")
                       .with_sent(Sent::No));
  const std::string from = rules.status ? text_at(*row, rules.status->path) : std::string();
  const bool whole = takes_whole(rules, request) && (to.empty() || from == to);
  if (!to.empty() && from == to && body->children.empty() && node.stood.empty())
    return NodeOutcome{
        .status = WriteStatus::Unchanged, .key = node.key, .version = node.expected_version};
  std::optional<StatusStep> replacement;
  std::vector<Leg> legs;
  if (whole) {
    replacement = StatusStep{.whole = true, .write = *rules.update};
    legs.push_back({.step = &*replacement, .to = from});
  } else {
    legs = way(rules, from, to, context);
  }
  const bool changes_apart = rules.update && !rules.update->whole;
  if (legs.empty() && (from != to || !changes_apart))
    return outcome(WriteStatus::Rejected, request, nowhere(from, to));
  Tree apart{.kind = Tree::Kind::Object};
  if (changes_apart) {
    Steps steps;
    for (const Leg& leg : legs) steps.push_back(leg.step);
    apart = taken_apart(*body, steps);
  }
  if (const auto lost = why_lost(rules, legs, *row, *body, node))
    return outcome(WriteStatus::Rejected, request, *lost);
  bool begun = false;
  std::string left_at;  // the version that our own last call made; "" = the service does not say
  if (!apart.children.empty()) {
    if (!legs.empty()) {  // what cannot be a message sends nothing of the rest either
      const auto fits = prepare_step(rules, legs.front(), *row, *body, request, context);
      if (!fits) return refused_outcome(request, fits.error().with_sent(Sent::No));
    }
    auto done = change(rules, apart, request, operation, context);
    if (!done || done->status != WriteStatus::Updated || legs.empty()) return done;
    begun = true;
    left_at = done->version;
  }
  NodeOutcome out;
  for (const Leg& leg : legs) {
    // Each call has a number of its own; that of the first is the write's.
    WriteRequest numbered = request;
    if (begun) {
      numbered.number = uuid_of(request.number + '\n' + leg.to);
      row = look();
      if (!row) return outcome(WriteStatus::Unknown, request, row.error());
      if (rules.version && !left_at.empty() && text_at(*row, rules.version->path) != left_at)
        return outcome(
            WriteStatus::Unknown, request,
            Error(ErrorCode::Conflict,
                  "somebody else has changed the object between two calls of this write"));
    }
    auto done = take(rules, leg, *row, *body, numbered, operation, context);
    if (!begun && (!done || done->status != WriteStatus::Updated)) return done;
    // It is half way there: where it stands now, the object tells.
    if (!done) return outcome(WriteStatus::Unknown, request, done.error());
    if (done->status != WriteStatus::Updated)
      return outcome(WriteStatus::Unknown, request, *done->error);
    begun = true;
    left_at = done->version;
    out = *std::move(done);
  }
  return out;
}

Result<NodeOutcome> SoapAdapter::change(const ObjectRules& rules, const Tree& fields,
                                        const WriteRequest& request, const std::string& operation,
                                        const Context& context) {
  WriteRequest alone = request;
  alone.nodes.front().body.clear();
  document::append_xml(alone.nodes.front().body, fields);
  const auto item = prepare({.rules = &rules}, *rules.update, alone, context);
  if (!item) return refused_outcome(request, item.error().with_sent(Sent::No));
  Outcomes answered(1);
  if (auto sent = send(rules, *rules.update, std::span<const Item>(&*item, 1), operation, answered,
                       context);
      !sent)
    return std::move(sent).error();
  return std::move(answered[0].nodes.front());
}

std::optional<Error> SoapAdapter::why_lost(const ObjectRules& rules, const std::vector<Leg>& legs,
                                           const Node& row, const Tree& written,
                                           const adapter::WriteNode& node) {
  auto shown = tree_of(row);
  if (!shown) return std::move(shown).error();
  Steps steps;
  for (const Leg& leg : legs) steps.push_back(leg.step);
  std::vector<Problem> problems = left_over(written, steps);
  for (const auto& found :
       {lost_lists(node, written, steps), lost_of_rows(object_of(rules), written, *shown, steps),
        wrong_sums(written, *shown, steps)})
    problems.insert(problems.end(), found.begin(), found.end());
  if (problems.empty()) return std::nullopt;
  return Error(ErrorCode::Rejected, "the document has what no step can write")
      .with_problems(std::move(problems))
      .with_sent(Sent::No);
}

Result<NodeOutcome> SoapAdapter::take(const ObjectRules& rules, const Leg& leg, const Node& row,
                                      const Tree& written, const WriteRequest& request,
                                      const std::string& operation, const Context& context) {
  const auto item = prepare_step(rules, leg, row, written, request, context);
  if (!item) return refused_outcome(request, item.error().with_sent(Sent::No));
  Outcomes answered(1);
  if (auto sent = send(rules, leg.step->write, std::span<const Item>(&*item, 1), operation,
                       answered, context);
      !sent)
    return std::move(sent).error();
  return std::move(answered[0].nodes.front());
}

}  // namespace channelbridge::soap

// Objects that a service moves from status to status by operations of its own.
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
#include "schema_path_internal.hpp"

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

/// What the step's message calls an element of the document.
const std::string& name_in(const StatusStep& step, const std::string& name) {
  const auto other = step.names.find(name);
  return other == step.names.end() ? name : other->second;
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

/// The elements that no step on the way has a place for.
std::vector<Problem> left_over(const Tree& written, const std::vector<const StatusStep*>& steps) {
  std::vector<Problem> out;
  for (const Tree& child : written.children) {
    const bool taken = std::any_of(steps.begin(), steps.end(), [&child](const StatusStep* step) {
      return has_place(body_of(*step), name_in(*step, child.name));
    });
    if (!taken && !child.name.starts_with('@'))
      out.push_back({.path = child.name,
                     .rule = "no_place",
                     .message = "no step to the status that is written has a place for it"});
  }
  return out;
}

}  // namespace

std::string SoapAdapter::status_of(const ObjectRules& rules, const WriteRequest& request) {
  const adapter::WriteNode& node = request.nodes.front();
  if (rules.steps.empty() || node.operation != adapter::Operation::Update) return {};
  const auto body = document::parse_tree(node.body, document::Format::Xml);
  return body ? document::text_at(*body, rules.status->path) : std::string();
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
        if (!status || reached.contains(*status)) continue;
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
  for (const auto& [path, keys] : request.nodes.front().stood) given.insert(name_in(step, path));
  const Tree before = step.whole ? renamed(*shown, step.names) : Tree{.kind = Tree::Kind::Object};
  Tree message = laid_over(body, before, renamed(written, step.names), given);
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
  const std::string to = document::text_at(*body, rules.status->path);
  remove_at(*body, rules.status->path);
  auto row = row_of(rules, node.key, operation, context);
  if (!row && row.error().code() == ErrorCode::NotFound)
    return refused_outcome(request, row.error());
  if (!row) return std::move(row).error();
  if (rules.version && !node.expected_version.empty() &&
      text_at(*row, rules.version->path) != node.expected_version)
    return outcome(WriteStatus::Conflict, request,
                   Error(ErrorCode::Conflict, "the object has changed since it was looked at")
                       .with_sent(Sent::No));
  const std::string from = text_at(*row, rules.status->path);
  if (from == to && body->children.empty())
    return NodeOutcome{
        .status = WriteStatus::Unchanged, .key = node.key, .version = node.expected_version};
  const std::vector<Leg> legs = way(rules, from, to, context);
  if (legs.empty()) return outcome(WriteStatus::Rejected, request, nowhere(from, to));
  std::vector<const StatusStep*> steps;
  for (const Leg& leg : legs) steps.push_back(leg.step);
  if (auto problems = left_over(*body, steps); !problems.empty())
    return outcome(WriteStatus::Rejected, request,
                   Error(ErrorCode::Rejected, "the document has what no step can write")
                       .with_problems(std::move(problems))
                       .with_sent(Sent::No));
  NodeOutcome out;
  for (std::size_t i = 0; i < legs.size(); ++i) {
    // Each call has a number of its own; that of the first is the write's.
    WriteRequest numbered = request;
    if (i > 0) {
      numbered.number = uuid_of(request.number + '\n' + legs[i].to);
      row = row_of(rules, node.key, operation, context);
      if (!row) return outcome(WriteStatus::Unknown, request, row.error());
    }
    auto done = take(rules, legs[i], *row, *body, numbered, operation, context);
    if (i == 0 && (!done || done->status != WriteStatus::Updated)) return done;
    // It is half way there: where it stands now, the object tells.
    if (!done) return outcome(WriteStatus::Unknown, request, done.error());
    if (done->status != WriteStatus::Updated)
      return outcome(WriteStatus::Unknown, request, *done->error);
    out = *std::move(done);
  }
  return out;
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

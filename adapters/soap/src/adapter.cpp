#include "adapter_internal.hpp"

#include <algorithm>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/core/shown.hpp"

namespace channelbridge::soap {

using adapter::Selection;

namespace {

Error unknown_object(const Manifest& manifest, std::string_view name, ErrorCode code) {
  const std::string near = nearest_word(name, manifest.object_names());
  return Error(code, "the manifest " + manifest.file + " describes no object '" +
                         std::string(name) + "'" +
                         (near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
}

/// Paths joined with ',' in one form: '.' and '/' are the same.
std::string one_form(const std::string& key) {
  std::string out = key;
  for (char& c : out)
    if (c == '.') c = '/';
  std::erase(out, ' ');
  return out;
}

}  // namespace

Result<Wanted> SoapAdapter::wanted(const Selection& selection) const {
  Wanted out{.rules = manifest_->object(selection.object)};
  if (out.rules == nullptr) return unknown_object(*manifest_, selection.object, ErrorCode::Invalid);
  if (!selection.where.empty() || !selection.touch.empty())
    return Error(ErrorCode::Unsupported,
                 "a manifest says what its requests ask for: there is no '" +
                     std::string(selection.where.empty() ? "touch" : "where") + "' here");
  for (const Selection::Child& child : selection.children)
    if (!child.object.empty())
      return Error(ErrorCode::Unsupported, "what is below a document is part of it: give '" +
                                               child.navigation + "' a path in place of an object");
  if (!selection.id.empty() && one_form(selection.id) != one_form(out.rules->key_text))
    return Error(ErrorCode::Invalid, "the manifest's key of " + selection.object + " is '" +
                                         out.rules->key_text + "', and the mapping's id is '" +
                                         selection.id + "': they must be the same");
  if (out.rules->correlation) out.correlation = out.rules->correlation->path;
  if (!selection.correlation.empty()) {
    auto path = document::parse_path(selection.correlation);
    if (!path) return std::move(path).error();
    out.correlation = *std::move(path);
  }
  return out;
}

/// Is a create of ours found again? One that carries our id nowhere never is: looked for, it would
/// be made a second time.
bool SoapAdapter::findable(const Selection& selection) const {
  const auto asked = wanted(selection);
  if (!asked || !asked->rules->find) return false;
  return !asked->rules->create ||
         carries_record(*asked->rules->create, asked->correlation.value_or(document::Path{}));
}

/// How long a create may still land after its answer was lost.
std::chrono::milliseconds SoapAdapter::settle_of(const ObjectRules& rules) const {
  constexpr std::chrono::seconds kUsual(5);
  return options_.settle.value_or(rules.settle.value_or(kUsual));
}

adapter::Capabilities SoapAdapter::capabilities(const Selection& selection) const {
  adapter::Capabilities out;
  const ObjectRules* rules = manifest_->object(selection.object);
  if (rules == nullptr) return out;
  out.concurrency = options_.concurrency;
  out.settle = settle_of(*rules);
  out.atomic_group = true;  // one document
  out.readable = rules->read.has_value();
  out.deletes_visible = !rules->deleted.empty();
  if (rules->version)
    out.versions = rules->ordered_versions ? adapter::Versions::Ordered : adapter::Versions::Etag;
  if (findable(selection)) out.idempotency = adapter::Idempotency::Find;
  if (rules->read) {
    out.page_size = rules->read->page_size;
    if (rules->read->strategy == Strategy::Time) out.overlap = options_.overlap;
  }
  // Steps are taken from where the object is seen to stand.
  const bool guarded_steps = rules->steps.empty() || rules->version.has_value();
  out.conditional = rules->update ? rules->update->conditional && guarded_steps
                                  : !rules->steps.empty() && guarded_steps;
  const auto reply = [&out](const Answer& answer) {
    if (answer.document) out.reply = adapter::Reply::Full;
    if (answer.version && out.reply == adapter::Reply::None) out.reply = adapter::Reply::Version;
  };
  for (const std::optional<WriteCall>* write : {&rules->create, &rules->update, &rules->remove}) {
    if (!*write) continue;
    out.batch_records = std::max(out.batch_records, (*write)->batch);
    reply((*write)->call.answer);
  }
  for (const StatusStep& step : rules->steps) reply(step.write.call.answer);
  return out;
}

Result<void> SoapAdapter::check(const Selection& selection) const {
  auto found = wanted(selection);
  if (!found) return std::move(found).error();
  return {};
}

Result<adapter::ObjectMetadata> SoapAdapter::describe(std::string_view object, const Context&) {
  auto out = soap::describe(*manifest_, object);
  if (!out) return located(out.error(), "describe " + std::string(object));
  return out;
}

namespace {

bool is_of_user(int status) { return status == 401 || status == 403; }

/// Does a description lean on other files? None is fetched, and none of this machine's is opened
/// because a service says so.
bool leans_on_others(const document::Tree& tree) {
  const std::string_view name = tree.name;
  const std::string_view local =
      name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
  const bool import = local == "import" || local == "include" || local == "redefine";
  if (import && (tree.find("@schemaLocation") != nullptr || tree.find("@location") != nullptr))
    return true;
  return std::any_of(tree.children.begin(), tree.children.end(), leans_on_others);
}

/// The manifest's calls held against the description that the service itself gives.
std::vector<Problem> differences(const Manifest& manifest, std::shared_ptr<const Wsdl> live) {
  Manifest copy = manifest;
  auto port = live->port(manifest.own.bound->name, manifest.own.bound->version);
  if (!port)
    port = live->port("", manifest.own.bound->version);  // bindings have names of their own
  if (!port) return {{.rule = "port", .message = port.error().message()}};
  copy.own.description = std::move(live);
  copy.own.bound = *port;
  return bind_manifest(copy);
}

}  // namespace

Result<std::string> SoapAdapter::probe(const Context& context) {
  const std::string operation = "probe";
  std::string target = manifest_->live_wsdl;
  if (target == "none") return "the manifest names no description to ask for: nothing was asked";
  auto own = caller_.target(manifest_->own, nullptr);
  if (!own) return located(own.error(), operation);
  const std::string& path = *own;
  if (target.empty()) target = path + (path.find('?') == std::string::npos ? "?wsdl" : "&wsdl");
  auto response = caller_.get(target, context);
  if (!response) return located(response.error(), operation);
  const std::string answers =
      target.substr(0, target.find('?')) + " answers " + std::to_string(response->status);
  if (is_of_user(response->status) || response->status == 404 || response->status >= 500) {
    const ErrorCode code = response->status == 401   ? ErrorCode::Unauthenticated
                           : response->status == 403 ? ErrorCode::Forbidden
                           : response->status == 404 ? ErrorCode::NotFound
                                                     : ErrorCode::Unavailable;
    return located(Error(code, answers), operation)
        .with_http_status(response->status)
        .with_request(response->request)
        .with_sent(Sent::Answered);
  }
  const auto tree = document::parse_tree(response->body, document::Format::Xml);
  if (!tree) return answers + ", and no description that can be read";
  if (leans_on_others(*tree))
    return answers + "; its description is in several files, and was not compared";
  auto live = Wsdl::parse(response->body, target.substr(0, target.find('?')) + "?wsdl");
  if (!live) {
    const auto& problems = live.error().problems();
    return answers + "; its description cannot be compared: " +
           shown(problems.empty() ? live.error().message() : to_string(problems.front()), 300);
  }
  if (auto found = differences(*manifest_, *live); !found.empty())
    return located(
        Error(ErrorCode::Invalid, "the service's own description differs in what the manifest uses")
            .with_problems(std::move(found)),
        operation);
  return answers + "; its description has everything that the manifest uses";
}

}  // namespace channelbridge::soap

#include <algorithm>
#include <set>

#include "channelbridge/document/path.hpp"
#include "query_internal.hpp"
#include "steps_internal.hpp"
#include "writer_internal.hpp"

namespace channelbridge::tryton {
namespace {

using adapter::Change;
using adapter::Page;
using adapter::Selection;
using document::Tree;

constexpr std::size_t kMostRows = 1'000;  // of one answer: related records come with each

class TrytonAdapter final : public adapter::Adapter {
 public:
  TrytonAdapter(std::shared_ptr<http::Transport> transport, http::PipelineOptions pipeline,
                const std::string& base_path, Options options)
      : options_(std::move(options)),
        rpc_(std::move(transport), std::move(pipeline), base_path, options_),
        models_(rpc_, options_.workflows) {}

  adapter::Capabilities capabilities(const Selection& selection) const override {
    adapter::Capabilities out;
    out.versions =
        adapter::Versions::Etag;  // the youngest of several rows; one that goes takes it down
    out.conditional = true;
    out.reply = adapter::Reply::Full;
    out.idempotency =
        selection.correlation.empty() ? adapter::Idempotency::None : adapter::Idempotency::Find;
    out.deletes_visible = false;
    out.deep_create = out.deep_update = true;
    // A step is a transaction after that of the fields: that we were the last to write says
    // nothing of the step. Each group is then judged by what the object shows.
    out.atomic_group = !options_.workflows.contains(selection.object);
    out.modified_by = !selection.modified_by.empty();
    out.batch_records = options_.batch_records;
    out.read_keys = kMostRows;
    out.concurrency = options_.concurrency;
    out.settle = options_.settle;
    out.overlap = overlap();
    return out;
  }

  Result<void> check(const Selection& selection) const override;

  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           const Context& context) override {
    auto model = models_.get(object, context);
    if (!model) return std::move(model).error();
    return (*model)->metadata;
  }

  Result<std::string> probe(const Context& context) override {
    auto preferences = rpc_.preferences(context);
    if (!preferences) return std::move(preferences).error();
    std::string text = "Tryton database " + options_.database + " as " + options_.user;
    const Tree* company = preferences->values.find("company");
    if (options_.company > 0)
      text += ", company " + std::to_string(options_.company);
    else if (company != nullptr && company->kind == Tree::Kind::Number)
      text += ", company " + company->text;
    return text;
  }

  Result<Page> read(const Selection& selection, const adapter::Cursor& cursor,
                    std::size_t page_size, const Context& context) override;
  Result<Change> read_by_key(const Selection& selection, std::string_view key,
                             const Context& context) override;
  Result<Page> read_by_keys(const Selection& selection, const std::vector<std::string>& keys,
                            const Context& context) override;
  Result<std::vector<Change>> find(const Selection& selection, std::string_view correlation,
                                   const Context& context) override;

  /// A step is a transaction after that of the fields.
  adapter::Halfway halfway(const Selection& selection, const document::Document& before,
                           const adapter::WriteRequest& request, const document::Document& shown,
                           const Context&) const override {
    const auto workflow = options_.workflows.find(selection.object);
    if (workflow == options_.workflows.end() || request.nodes.empty()) return adapter::Halfway::No;
    const auto state_in = [&](std::string_view text) {
      const auto tree = document::parse_tree(text, document::Format::Json);
      const Tree* state = tree ? tree->find(workflow->second.field) : nullptr;
      return state == nullptr ? std::string() : scalar_text(*state);
    };
    const bool between = is_between(workflow->second, state_in(before.text()),
                                    state_in(request.nodes.front().body), state_in(shown.text()));
    return between ? adapter::Halfway::Fields : adapter::Halfway::No;
  }

  Result<std::vector<adapter::WriteOutcome>> write(
      const Selection& selection, const std::vector<adapter::WriteRequest>& requests,
      const Context& context) override {
    auto outcomes = Writer(rpc_, models_, options_, selection).write(requests, context);
    if (!outcomes) return rpc_.located(outcomes.error(), "write " + selection.object);
    return outcomes;
  }

  adapter::Usage usage() const override { return rpc_.usage(); }

 private:
  Result<std::vector<Change>> search(const Selection& selection, const std::string& domain,
                                     std::size_t limit, const std::string& order,
                                     ReadCursor* position, const Context& context);
  /// The bound counts seconds: less would lose what the last second got after our look.
  std::chrono::milliseconds overlap() const {
    return std::max<std::chrono::milliseconds>(options_.overlap, std::chrono::seconds(2));
  }

  const Options options_;
  Rpc rpc_;
  Models models_;
};

Result<void> TrytonAdapter::check(const Selection& selection) const {
  std::vector<const std::string*> paths{&selection.correlation};
  for (const std::string& path : selection.paths) paths.push_back(&path);
  std::map<std::string, bool> roots;  // name -> is an object
  for (const std::string* path : paths) {
    if (path->empty() || path->starts_with('@')) continue;
    const auto steps = document::parse_path(*path);
    if (!steps) return Error(ErrorCode::Invalid, "path " + *path + ": " + steps.error().message());
    const bool below = steps->size() > 1;
    const auto [known, added] = roots.emplace(steps->front().name, below);
    if (added || known->second == below) continue;
    const std::string& name = known->first;
    return Error(
        ErrorCode::Invalid,
        "'" + name + "' is read as an id and with its fields: write '" + name + ".id' for the id");
  }
  if (!selection.touch.empty()) {
    return Error(ErrorCode::Unsupported,
                 "'touch' is not offered: a write of a record's lines through its forms moves the "
                 "record itself");
  }
  if (!selection.where.empty()) {
    const auto domain = document::parse_tree("[" + selection.where + "]", document::Format::Json);
    if (!domain ||
        std::any_of(domain->children.begin(), domain->children.end(),
                    [](const Tree& clause) { return clause.kind != Tree::Kind::Array; })) {
      return Error(ErrorCode::Invalid,
                   "'where' is no domain: write JSON such as [\"state\",\"=\",\"draft\"]");
    }
  }
  return {};
}

Result<std::vector<Change>> TrytonAdapter::search(const Selection& selection,
                                                  const std::string& domain, std::size_t limit,
                                                  const std::string& order, ReadCursor* position,
                                                  const Context& context) {
  const std::string operation = "read " + selection.object;
  if (auto fits = check(selection); !fits) return rpc_.located(fits.error(), operation);
  auto model = models_.get(selection.object, context);
  if (!model) return std::move(model).error();
  auto lists = row_lists(selection, models_, context);
  if (!lists) return std::move(lists).error();
  auto fields = wanted_fields(selection, **model, *lists);
  if (!fields) return rpc_.located(fields.error(), operation);
  auto rows = rpc_.read("model." + selection.object + ".search_read",
                        search_read(domain, limit, order, *fields), operation, context);
  if (!rows) return std::move(rows).error();
  std::vector<Change> changes;
  for (const Tree& row : rows->children) {
    auto change = change_of(selection, **model, row, *lists, rpc_.user_id());
    if (!change) return rpc_.located(change.error().with_sent(Sent::Answered), operation);
    changes.push_back(std::move(*change));
  }
  if (position == nullptr || rows->children.empty()) return changes;
  auto last = plain(rows->children.back());
  if (!last) return rpc_.located(last.error(), operation);
  position->id = changes.back().key;
  if (position->lane == ReadCursor::Lane::Below) return changes;
  position->at = time_at(*last, position->time_field());
  if (!position->at) {
    return rpc_.located(Error(ErrorCode::Protocol, "a row without its time").with_key(position->id),
                        operation);
  }
  return changes;
}

Result<Page> TrytonAdapter::read(const Selection& selection, const adapter::Cursor& cursor,
                                 std::size_t page_size, const Context& context) {
  auto position = ReadCursor::parse(cursor);
  if (!position) return rpc_.located(position.error(), "read " + selection.object);
  if (!position->bound) {
    auto preferences = rpc_.preferences(context);
    if (!preferences) return std::move(preferences).error();
    // The second that is still running is read too: what it gets later is in the overlap.
    position->bound = preferences->now + std::chrono::seconds(1);
  }
  auto rows = row_lists(selection, models_, context);
  if (!rows) return std::move(rows).error();
  const std::vector<std::string> lists = searchable_names(*rows);
  using Lane = ReadCursor::Lane;
  const std::size_t limit = std::clamp<std::size_t>(page_size, 1, kMostRows);
  Page page;
  for (;;) {
    const std::string order =
        position->lane == Lane::Below
            ? R"([["id","ASC"]])"
            : "[[" + json_text(position->time_field()) + R"(,"ASC"],["id","ASC"]])";
    auto changes = search(selection, page_domain(*position, overlap(), lists, selection.where),
                          limit, order, &*position, context);
    if (!changes) return std::move(changes).error();
    page.changes = std::move(*changes);
    if (!page.changes.empty()) break;
    // Nothing behind the last row: that lane is read to its end. The first pass reads everything
    // in two; what moves behind its back is in the next.
    const bool below = position->lane == Lane::Changed && position->low && !lists.empty();
    if (position->lane != Lane::New && !below) {
      page.end = true;
      // A server whose clock went back moves nothing back.
      position = ReadCursor{.low = std::max(position->low, position->bound)};
      break;
    }
    position = ReadCursor{.low = position->low,
                          .bound = position->bound,
                          .lane = below ? Lane::Below : Lane::Changed};
  }
  page.next = position->text();
  return page;
}

Result<Page> TrytonAdapter::read_by_keys(const Selection& selection,
                                         const std::vector<std::string>& keys,
                                         const Context& context) {
  Page page{.end = true};
  std::set<std::string> open;
  for (const std::string& key : keys) {
    if (is_id(key))
      open.insert(key);
    else
      page.changes.push_back({.key = key, .deleted = true});
  }
  while (!open.empty()) {
    std::vector<std::string> ids;
    for (auto at = open.begin(); at != open.end() && ids.size() < kMostRows; ++at)
      ids.push_back(*at);
    auto changes = search(selection, ids_domain(ids), ids.size(), "null", nullptr, context);
    if (!changes) return std::move(changes).error();
    for (Change& change : *changes) {
      open.erase(change.key);
      page.changes.push_back(std::move(change));
    }
    for (const std::string& id : ids)
      if (open.erase(id) > 0) page.changes.push_back({.key = id, .deleted = true});
  }
  return page;
}

Result<Change> TrytonAdapter::read_by_key(const Selection& selection, std::string_view key,
                                          const Context& context) {
  auto page = read_by_keys(selection, {std::string(key)}, context);
  if (!page) return std::move(page).error().with_key(std::string(key));
  Change& change = page->changes.front();
  if (!change.deleted || !change.merged_into.empty()) return std::move(change);
  return rpc_.located(Error(ErrorCode::NotFound, "there is no such record, or it is not visible")
                          .with_key(std::string(key)),
                      "read " + selection.object);
}

Result<std::vector<Change>> TrytonAdapter::find(const Selection& selection,
                                                std::string_view correlation,
                                                const Context& context) {
  const std::string operation = "find " + selection.object;
  if (selection.correlation.empty()) {
    return rpc_.located(Error(ErrorCode::Unsupported, "the mapping names no correlation field"),
                        operation);
  }
  auto field = dotted(selection.correlation);
  if (!field) return rpc_.located(field.error(), operation);
  auto found =
      search(selection, "[[" + json_text(*field) + ",\"=\"," + json_text(correlation) + "]]",
             kMostRows, "null", nullptr, context);
  if (!found) return found;
  std::erase_if(*found, [&](const Change& change) {
    return !change.deleted && change.correlation != correlation;
  });
  return found;
}

}  // namespace

Result<std::shared_ptr<adapter::Adapter>> make_tryton(std::shared_ptr<http::Transport> transport,
                                                      http::PipelineOptions pipeline,
                                                      const std::string& base_path,
                                                      Options options) {
  std::vector<Problem> problems;
  const auto check = [&problems](bool holds, const char* path, const char* message) {
    if (!holds) problems.push_back({.path = path, .rule = "setting", .message = message});
  };
  check(transport != nullptr, "url", "there is no transport");
  check(!options.database.empty(), "database", "names no database");
  check(!options.user.empty(), "user", "names no user");
  check(options.batch_records >= 1, "batch_records", "must be 1 at least");
  check(!options.endpoint.starts_with('/'), "endpoint",
        "must be a path below the URL, without the first slash");
  for (const auto& [model, workflow] : options.workflows) {
    check(!workflow.field.empty() && !workflow.initial.empty(), "workflows",
          "needs the field and the first state of each model");
  }
  if (!problems.empty()) {
    return Error(ErrorCode::Invalid, "the settings of system '" + pipeline.system + "' do not hold")
        .with_system(pipeline.system)
        .with_problems(std::move(problems));
  }
  return std::shared_ptr<adapter::Adapter>(std::make_shared<TrytonAdapter>(
      std::move(transport), std::move(pipeline), base_path, std::move(options)));
}

}  // namespace channelbridge::tryton

#include "notebook.hpp"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "channelbridge/adapter/http_settings.hpp"

namespace notebook {

namespace {

using namespace channelbridge;

/// All pages that changed after the cursor, oldest change first: the cursor is a position in that
/// order.
std::vector<std::pair<std::string, Notebook::Page>> changed_after(const Notebook& notebook,
                                                                  std::uint64_t position) {
  std::vector<std::pair<std::string, Notebook::Page>> out;
  for (const auto& [key, page] : notebook.pages) {
    if (page.changed > position) out.emplace_back(key, page);
  }
  std::sort(out.begin(), out.end(), [](const auto& left, const auto& right) {
    return left.second.changed < right.second.changed;
  });
  return out;
}

adapter::Change change_of(const std::string& key, const Notebook::Page& page) {
  nlohmann::json document = nlohmann::json::parse(page.text);
  document["key"] = key;
  return {.key = key,
          .version = std::to_string(page.changed),
          .modified = page.modified,
          .correlation = page.correlation,
          .document = document::Document::of(document.dump())};
}

/// What the library asks of an adapter: eight functions.
class NotebookAdapter final : public adapter::Adapter {
 public:
  explicit NotebookAdapter(Notebook& notebook) : notebook_(notebook) {}

  // region: capabilities
  adapter::Capabilities capabilities(const adapter::Selection&) const override {
    return {.versions = adapter::Versions::Etag,
            .conditional = true,
            .reply = adapter::Reply::Full,
            .idempotency = adapter::Idempotency::Find,
            .atomic_group = true,
            .batch_records = 100,
            .settle = std::chrono::milliseconds(0)};
  }
  // end region

  Result<adapter::ObjectMetadata> describe(std::string_view object, const Context&) override {
    if (object != "page")
      return Error(ErrorCode::NotFound, "a notebook has no object '" + std::string(object) + "'");
    adapter::ObjectMetadata out{.name = "page", .keys = {"key"}};
    for (const char* name : {"key", "company", "name", "mail", "stage"})
      out.properties.emplace(name, adapter::PropertyMetadata{.name = name, .type = "string"});
    return out;
  }

  Result<std::string> probe(const Context&) override {
    const std::lock_guard lock(mutex_);
    return "a notebook of " + std::to_string(notebook_.pages.size()) + " pages";
  }

  // region: read
  Result<adapter::Page> read(const adapter::Selection&, const adapter::Cursor& cursor,
                             std::size_t page_size, const Context&) override {
    const std::lock_guard lock(mutex_);
    adapter::Page out{.next = cursor};
    auto changed = changed_after(notebook_, cursor.empty() ? 0 : std::stoull(cursor));
    out.end = changed.size() <= page_size;
    if (!out.end) changed.resize(page_size);
    for (const auto& [key, page] : changed) {
      out.changes.push_back(change_of(key, page));
      out.next = std::to_string(page.changed);
    }
    return out;
  }
  // end region

  Result<adapter::Change> read_by_key(const adapter::Selection&, std::string_view key,
                                      const Context&) override {
    const std::lock_guard lock(mutex_);
    const auto page = notebook_.pages.find(std::string(key));
    if (page == notebook_.pages.end()) return Error(ErrorCode::NotFound, "there is no such page");
    return change_of(page->first, page->second);
  }

  Result<std::vector<adapter::Change>> find(const adapter::Selection&, std::string_view correlation,
                                            const Context&) override {
    const std::lock_guard lock(mutex_);
    std::vector<adapter::Change> out;
    for (const auto& [key, page] : notebook_.pages) {
      if (page.correlation == correlation) out.push_back(change_of(key, page));
    }
    return out;
  }

  Result<std::vector<adapter::WriteOutcome>> write(
      const adapter::Selection&, const std::vector<adapter::WriteRequest>& requests,
      const Context&) override {
    const std::lock_guard lock(mutex_);
    std::vector<adapter::WriteOutcome> out;
    out.reserve(requests.size());
    for (const adapter::WriteRequest& request : requests) out.push_back({{write_one(request)}});
    return out;
  }

  adapter::Usage usage() const override { return {}; }

 private:
  // region: write
  adapter::NodeOutcome write_one(const adapter::WriteRequest& request) {
    const adapter::WriteNode& node = request.nodes.front();
    if (node.operation == adapter::Operation::Create) {
      const std::string key =
          notebook_.add("p" + std::to_string(notebook_.pages.size() + 1), node.body);
      notebook_.pages[key].correlation = request.correlation;
      return answer(adapter::WriteStatus::Created, key);
    }
    const auto page = notebook_.pages.find(node.key);
    if (page == notebook_.pages.end())
      return {.status = adapter::WriteStatus::Rejected,
              .error = Error(ErrorCode::NotFound, "there is no such page"),
              .not_found = true};
    if (!node.expected_version.empty() &&
        node.expected_version != std::to_string(page->second.changed))
      return {.status = adapter::WriteStatus::Conflict,
              .error = Error(ErrorCode::Conflict, "the page has moved since it was looked at")};
    nlohmann::json text = nlohmann::json::parse(page->second.text);
    text.update(nlohmann::json::parse(node.body));
    notebook_.edit(node.key, text.dump());
    return answer(adapter::WriteStatus::Updated, node.key);
  }
  // end region

  adapter::NodeOutcome answer(adapter::WriteStatus status, const std::string& key) const {
    adapter::Change now = change_of(key, notebook_.pages.at(key));
    return {.status = status,
            .key = key,
            .version = std::move(now.version),
            .document = std::move(now.document),
            .modified = now.modified};
  }

  Notebook& notebook_;
  std::mutex mutex_;
};

}  // namespace

std::string Notebook::add(std::string key, std::string text) {
  pages[key] = {.text = std::move(text), .changed = ++changes, .modified = system_clock()->now()};
  return key;
}

void Notebook::edit(const std::string& key, std::string text) {
  Page& page = pages.at(key);
  page.text = std::move(text);
  page.changed = ++changes;
  page.modified = system_clock()->now();
}

// region: kind
adapter::AdapterKind kind(std::map<std::string, Notebook>& notebooks) {
  return {.name = "notebook",
          .known_settings = {"notebook"},
          .make = [&notebooks](const adapter::SystemSettings& system)
              -> Result<std::shared_ptr<adapter::Adapter>> {
            adapter::SettingsReader reader(system);
            const std::string name = reader.required("notebook");
            if (!name.empty() && !notebooks.contains(name))
              reader.problem("notebook", "notebook", "there is no notebook '" + name + "'");
            if (auto finished = reader.finish(); !finished) return std::move(finished).error();
            return std::make_shared<NotebookAdapter>(notebooks.at(name));
          },
          .published = nullptr};
}
// end region

}  // namespace notebook

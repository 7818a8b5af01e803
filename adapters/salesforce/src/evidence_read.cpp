#include <algorithm>
#include <cstdlib>

#include "channelbridge/core/sha256.hpp"
#include "evidence_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using document::Tree;

constexpr std::string_view kLatest = "ContentDocument.LatestPublishedVersion.";

Tree* below(Tree* object, std::string_view name) {
  if (object == nullptr || object->kind != Tree::Kind::Object) return nullptr;
  const auto found = std::find_if(object->children.begin(), object->children.end(),
                                  [name](const Tree& member) { return member.name == name; });
  return found == object->children.end() ? nullptr : &*found;
}

std::string scalar_at(Tree* object, std::string_view name) {
  const Tree* member = below(object, name);
  return member == nullptr ? std::string() : member->text;
}

}  // namespace

std::string lower_ascii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Result<adapter::Selection::Child> Evidence::with_versions(adapter::Selection::Child child,
                                                          const Context& context) {
  const FundOptions& funds = options_.funds;
  const std::string hash = std::string(kLatest) + funds.hash_field;
  const bool wanted = child.object == kFileLink &&
                      std::find(child.paths.begin(), child.paths.end(), hash) != child.paths.end();
  if (!wanted) return child;
  for (const char* field : {"Id", "ContentSize"})
    child.paths.push_back(std::string(kLatest) + field);
  if (funds.kind_words.empty()) return child;
  auto described = describes_.get("ContentVersion", context);
  if (!described) return std::move(described).error();
  if (!(*described)->has(funds.kind_field))
    std::erase(child.paths, std::string(kLatest) + funds.kind_field);
  for (const char* field : {"Title", "TagCsv"})
    if ((*described)->has(field)) child.paths.push_back(std::string(kLatest) + field);
  return child;
}

std::string Evidence::kind_in(const std::string& text) const {
  const std::string small = lower_ascii(text);
  for (const auto& [word, kind] : options_.funds.kind_words)
    if (small.find(word) != std::string::npos) return kind;
  return {};
}

void Evidence::add_kind(Tree& link, bool& changed) const {
  const std::string& field = options_.funds.kind_field;
  Tree* version = below(below(&link, "ContentDocument"), "LatestPublishedVersion");
  if (options_.funds.kind_words.empty() || version == nullptr) return;
  Tree* kind = below(version, field);
  if (kind != nullptr && kind->kind != Tree::Kind::Null) return;
  if (kind == nullptr) kind = &version->children.emplace_back(Tree{.name = field});
  const std::string told =
      kind_in(scalar_at(version, "TagCsv") + " " + scalar_at(version, "Title"));
  changed = true;
  if (told.empty()) return;
  kind->kind = Tree::Kind::Text;
  kind->text = told;
}

Result<document::Document> Evidence::shown(const ChildList& list, document::Document document,
                                           const Context& context) {
  const std::string hash = version_path(options_.funds.hash_field);
  if (list.children.object != kFileLink ||
      std::find(list.select.begin(), list.select.end(), hash) == list.select.end())
    return document;
  auto tree = document::parse_tree(document.text(), document::Format::Json);
  if (!tree) return std::move(tree).error();
  Tree* records = below(below(&*tree, list.navigation), "records");
  if (records == nullptr) return document;  // no files
  bool changed = false;
  for (Tree& link : records->children) {
    if (auto added = add_hash(link, changed, context); !added) return std::move(added).error();
    add_kind(link, changed);
  }
  if (!changed) return document;
  std::string text;
  document::append_json(text, *tree);
  return document::Document::of(std::move(text));
}

Result<void> Evidence::add_hash(Tree& link, bool& changed, const Context& context) {
  Tree* version = below(below(&link, "ContentDocument"), "LatestPublishedVersion");
  Tree* hash = below(version, options_.funds.hash_field);
  const std::string id = scalar_at(version, "Id");
  if (hash == nullptr || hash->kind != Tree::Kind::Null || id.empty()) return {};
  const std::size_t size = std::strtoull(scalar_at(version, "ContentSize").c_str(), nullptr, 10);
  auto read = hash_of(full_id(id).value_or(id), size, context);
  if (!read) return std::move(read).error();
  if (read->empty()) return {};
  hash->kind = Tree::Kind::Text;
  hash->text = *std::move(read);
  changed = true;
  return {};
}

/// The bytes of a version never change: they are read once.
Result<std::string> Evidence::hash_of(const std::string& version, std::size_t bytes,
                                      const Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = hashes_.find(version); known != hashes_.end()) return known->second;
  }
  if (bytes > folder_.most_bytes()) {
    session_.log().write(LogLevel::Warning,
                         "a file is too large to be read (setting funds.file_bytes)",
                         {{"system", session_.system()},
                          {"version", version},
                          {"bytes", std::to_string(bytes)},
                          {"limit", std::to_string(folder_.most_bytes())}});
    return std::string();
  }
  http::Request request{
      .method = "GET",
      .target = session_.path("/sobjects/ContentVersion/" + version + "/VersionData"),
      .operation = "download a file"};
  request.headers.set("Accept", "*/*");
  request.max_response_bytes = folder_.most_bytes();
  auto response = session_.call(std::move(request), context);
  if (!response) {
    const ErrorCode code = response.error().code();
    if (code != ErrorCode::NotFound && code != ErrorCode::Forbidden)
      return std::move(response).error();
    session_.log().write(LogLevel::Warning, "a file cannot be read",
                         {{"system", session_.system()},
                          {"version", version},
                          {"error", to_string(response.error())}});
    return std::string();
  }
  std::string hash = sha256_hex(response->body);
  if (auto kept = folder_.keep(hash, response->body); !kept) return std::move(kept).error();
  const std::lock_guard lock(mutex_);
  return hashes_[version] = std::move(hash);
}

}  // namespace channelbridge::salesforce

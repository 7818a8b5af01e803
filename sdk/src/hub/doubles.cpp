#include "doubles_internal.hpp"

#include <algorithm>
#include <map>

#include "channelbridge/core/shown.hpp"
#include "match_internal.hpp"
#include "merge_internal.hpp"

namespace channelbridge::hub {

namespace {

constexpr std::size_t kDoublesAtOnce = 200;
constexpr std::size_t kDifferencesTold = 12;
constexpr std::size_t kValueTold = 80;  ///< bytes of one value
constexpr std::string_view kObject = "object:";

bool shares(const std::vector<store::MatchKeyRow>& keys, const store::MatchKeyRow& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const store::MatchKeyRow& other) {
    return other.kind == key.kind && other.value == key.value;
  });
}

/// An element by its number, where it has one: ids of elements say nothing to people.
std::string shown_path(const std::string& path, const Stated& said, const LoadedRecord& record) {
  const auto inside = model::split_element(path);
  if (!inside) return path;
  const std::string number = model::element_path(inside->list, inside->element, "no");
  const auto at = said.find(number);
  const model::Value no = at != said.end() ? at->second : model::get(record.state.fields, number);
  return std::string(inside->list) + "[" + (no ? "no=" + *no : std::string()) + "]" +
         (inside->field.empty() ? "" : "." + std::string(inside->field));
}

/// What one document says and its record does not.
class Difference {
 public:
  Difference(const SpokeRun& spoke, const LoadedRecord& record, const Stated& said)
      : entity_(spoke.spoke->mapping->entity()), record_(record), said_(said) {}

  void look_at(const Image& image, const GroupShape& shape) {
    const bool told = std::any_of(shape.readable.begin(), shape.readable.end(),
                                  [&](const std::string& path) { return said_.contains(path); });
    if (!told) {  // a line that only the record has
      const auto first =
          std::find_if(shape.fields.begin(), shape.fields.end(), [&](const std::string& path) {
            return model::split_element(path) && record_.state.fields.contains(path);
          });
      if (first == shape.fields.end()) return;
      const auto inside = model::split_element(*first);
      add(shown_path(model::element_path(inside->list, inside->element, ""), said_, record_) +
          " is missing");
      return;
    }
    for (const std::string& path : shape.readable) {
      const auto at = said_.find(path);
      if (at == said_.end()) continue;
      const model::Value own = view(image, shape, path, model::get(record_.state.fields, path));
      if (at->second == own) continue;
      const model::FieldInfo* field = entity_.find(path);
      const std::string name = shown_path(path, said_, record_);
      if (field != nullptr && field->personal) {  // who somebody is stands in no list
        add(name + " differs");
      } else {
        add(name + " is " + value_of(at->second) + " (the record: " + value_of(own) + ")");
      }
    }
  }
  std::string text() const {
    if (count_ == 0) return "it says nothing else than the record";
    return out_ + (count_ > kDifferencesTold
                       ? ", and " + std::to_string(count_ - kDifferencesTold) + " more"
                       : "");
  }

 private:
  static std::string value_of(const model::Value& value) {
    return value ? channelbridge::shown(*value, kValueTold) : "empty";
  }
  void add(const std::string& difference) {
    if (++count_ > kDifferencesTold) return;
    out_ += (out_.empty() ? "" : ", ") + difference;
  }

  const model::EntityType& entity_;
  const LoadedRecord& record_;
  const Stated& said_;
  std::string out_{};
  std::size_t count_{};
};

class Description {
 public:
  Description(Engine& engine, SpokeRun& spoke)
      : engine_(engine), spoke_(spoke), work_(engine, spoke) {}

  Result<void> run(const std::vector<const store::DuplicateRow*>& rows,
                   const std::vector<std::string>& keys) {
    if (auto done = work_.load_links_by_key(keys); !done) return done;
    std::vector<std::string> records;
    for (const auto& [key, link] : work_.links()) records.push_back(link.row.record);
    if (auto done = work_.load_records(records); !done) return done;
    if (auto done = work_.load_links_of(records); !done) return done;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      store::DuplicateRow row = *rows[i];
      auto reason = describe(keys[i]);
      if (!reason) return std::move(reason).error();
      row.dismissed = reason->empty();  // it is no second object any more
      if (!reason->empty() && *reason == row.reason) continue;
      if (!reason->empty()) row.reason = *std::move(reason);
      work_.changes.decided_duplicates.push_back(std::move(row));
    }
    auto out = work_.finish();
    if (!out) return std::move(out).error();
    return out->empty() ? Result<void>() : engine_.store.commit(*std::move(out));
  }

 private:
  /// "" = nobody has to say anything of it.
  Result<std::string> describe(const std::string& key) {
    LoadedLink* link = work_.link(key);
    const LoadedRecord* record = link == nullptr ? nullptr : work_.record(link->row.record);
    if (record == nullptr || !is_asked(link->state)) return std::string();
    const LoadedLink* first = work_.link_of(record->row.id);
    std::string out = spoke_.spoke->name + " object " + key + " stands beside " +
                      (first == nullptr ? std::string("none") : first->row.key) +
                      (first != nullptr && first->state.closed ? ", which is gone" : "");
    if (link->row.last_document.empty()) return out + "; it has not been read yet";
    const document::Document document = stored_document(link->row.last_document);
    auto patch = read_document(engine_, spoke_, document);
    if (!patch) return out + "; it cannot be read: `dead-letters list`";
    const model::Fields fields = fields_of(*patch);
    const model::EntityType& entity = spoke_.spoke->mapping->entity();
    const auto keys = match_keys(entity, spoke_.match, record->state.fields, record->row.id);
    for (const store::MatchKeyRow& shared : match_keys(entity, spoke_.match, fields, "")) {
      if (shares(keys, shared))
        out += "; both have the same " + shown_key(shared, entity, record->state.fields);
    }
    // Whoever corrected the other one left this one's document as it was: it is read once more.
    if (is_anothers(spoke_, *link, *record, document, fields)) {
      link->state.look_due = link->touched = true;
    }
    LoadedLink copy = *link;  // its elements get no ids here
    const Stated said = statements(engine_, spoke_, *std::move(patch), *record, copy);
    Elements elements =
        elements_of(*spoke_.spoke->mapping, spoke_.shapes, record->state.fields, copy.state);
    for (const auto& [path, value] : said) {
      if (const auto inside = model::split_element(path))
        elements[std::string(inside->list)].emplace(inside->element);
    }
    const MappingImage image(*spoke_.spoke->mapping, spoke_.shapes, elements);
    Difference difference(spoke_, *record, said);
    for (const GroupShape& shape : image.groups()) difference.look_at(image, shape);
    return out + "; " + difference.text();
  }

  Engine& engine_;
  SpokeRun& spoke_;
  Workset work_;
};

}  // namespace

model::Fields fields_of(const model::Patch& patch) {
  model::Fields out;
  for (const model::PatchEntry& entry : patch.entries) model::set(out, entry.path, entry.value);
  return out;
}

std::string double_name(std::string_view spoke, std::string_view key) {
  // No record's id is greater, and the lesser of a pair stands first.
  return std::string(kObject) + std::string(spoke) + ":" + std::string(key);
}

bool is_double_name(std::string_view name) { return name.starts_with(kObject); }

bool is_anothers(const SpokeRun& spoke, const LoadedLink& link, const LoadedRecord& record,
                 const document::Document& document, const model::Fields& said) {
  // What was the record's own object once, or was made as such, stays a question for a person.
  if (!is_asked(link.state) || !link.state.groups.empty() || !document.full()) return false;
  const model::EntityType& entity = spoke.spoke->mapping->entity();
  const auto theirs = match_keys(entity, spoke.match, said, "");
  const auto own = match_keys(entity, spoke.match, record.state.fields, record.row.id);
  return !theirs.empty() &&
         std::none_of(theirs.begin(), theirs.end(),
                      [&](const store::MatchKeyRow& key) { return shares(own, key); });
}

Result<void> describe_doubles(Engine& engine, SpokeRun& spoke,
                              const std::vector<store::DuplicateRow>& listed) {
  const std::string prefix = double_name(spoke.spoke->name, "");
  std::vector<const store::DuplicateRow*> rows;
  std::vector<std::string> keys;
  for (const store::DuplicateRow& row : listed) {
    if (!row.other.starts_with(prefix)) continue;
    rows.push_back(&row);
    keys.push_back(row.other.substr(prefix.size()));
  }
  for (std::size_t at = 0; at < rows.size(); at += kDoublesAtOnce) {
    if (auto go_on = engine.context.check(); !go_on) return go_on;
    const std::lock_guard guard(engine.mutex);
    const auto begin = static_cast<std::ptrdiff_t>(at);
    const auto end = static_cast<std::ptrdiff_t>(std::min(rows.size(), at + kDoublesAtOnce));
    Description description(engine, spoke);
    auto done = description.run({rows.begin() + begin, rows.begin() + end},
                                {keys.begin() + begin, keys.begin() + end});
    if (!done) return done;
  }
  return {};
}

}  // namespace channelbridge::hub

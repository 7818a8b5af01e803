#include "type_internal.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "channelbridge/core/nearest.hpp"

namespace channelbridge::idoc {
namespace {

using Json = nlohmann::json;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// "PARTN 17?": a name, a length where it is known, a question mark where no source says so; '#' at
/// the end of a number that is padded with zeros.
std::optional<Field> field_of(std::string_view text) {
  text = trimmed(text);
  Field out;
  if (text.ends_with('#')) {
    out.padded = true;
    text = trimmed(text.substr(0, text.size() - 1));
  }
  if (text.ends_with('?')) {
    out.confirmed = false;
    text = trimmed(text.substr(0, text.size() - 1));
  }
  const std::size_t blank = text.find(' ');
  out.name = text.substr(0, blank);
  if (blank != std::string_view::npos) {
    const std::string_view digits = trimmed(text.substr(blank));
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out.length).ptr;
    if (read != digits.data() + digits.size()) return std::nullopt;
  }
  if (out.name.empty()) return std::nullopt;
  return out;
}

Segment segment_of(const Json& json, std::vector<std::string>& wrong) {
  Segment out{.name = json.at("name").get<std::string>()};
  const std::string fields = json.value("fields", std::string());
  for (std::size_t begin = 0; begin < fields.size();) {
    const std::size_t end = std::min(fields.find(',', begin), fields.size());
    if (auto field = field_of(std::string_view(fields).substr(begin, end - begin)))
      out.fields.push_back(*std::move(field));
    else
      wrong.push_back(out.name + ": '" + fields.substr(begin, end - begin) + "' is no field");
    begin = end + 1;
  }
  if (const auto children = json.find("children"); children != json.end()) {
    for (const Json& child : *children) out.children.push_back(segment_of(child, wrong));
  }
  return out;
}

std::map<std::string, std::string> literals_of(const Json& json, const char* name) {
  const auto at = json.find(name);
  return at == json.end() ? std::map<std::string, std::string>()
                          : at->get<std::map<std::string, std::string>>();
}

/// {"E1CENTRAL": "E1CENTRALX"}: paths of segments, and the segments of their flags.
std::vector<document::ChangeFlags> marks_of(const Json& json, std::vector<std::string>& wrong) {
  std::vector<document::ChangeFlags> out;
  for (const auto& [block, flags] : literals_of(json, "marks")) {
    auto path = document::parse_path(block);
    if (path && !path->empty())
      out.push_back({.block = *std::move(path), .flags = flags});
    else
      wrong.push_back("marks: '" + block + "' is no path of a segment");
  }
  return out;
}

MessageRules message_of(const Json& json, std::vector<std::string>& wrong) {
  MessageRules out{.full = json.value("full", false),
                   .create = literals_of(json, "create"),
                   .marks = marks_of(json, wrong)};
  if (const auto when = json.find("full_when"); when != json.end()) {
    out.full_when = when->at("path").get<std::string>();
    out.full_values = when->at("values").get<std::vector<std::string>>();
  }
  if (const auto change = json.find("change"); change != json.end()) {
    out.change = ChangeMessage{.message = change->at("message").get<std::string>(),
                               .set = literals_of(*change, "set"),
                               .header_action = change->value("header_action", std::string()),
                               .items = change->value("items", std::string()),
                               .item_key = change->value("item_key", std::string()),
                               .item_action = change->value("item_action", std::string()),
                               .confirmed_by = change->value("confirmed_by", std::string())};
  }
  return out;
}

/// Where a name stands among the fields and segments of a segment; nullopt = it is none of them.
std::optional<std::size_t> rank_of(const Segment& segment, std::string_view name) {
  for (std::size_t i = 0; i < segment.fields.size(); ++i)
    if (segment.fields[i].name == name) return i;
  for (std::size_t i = 0; i < segment.children.size(); ++i)
    if (segment.children[i].name == name) return segment.fields.size() + i;
  return std::nullopt;
}

std::vector<std::string> names_of(const Segment& segment) {
  std::vector<std::string> out;
  for (const Field& field : segment.fields) out.push_back(field.name);
  for (const Segment& child : segment.children) out.push_back(child.name);
  return out;
}

/// Looks at one segment and what hangs below it.
class Inspection {
 public:
  explicit Inspection(std::vector<Problem>& problems) : problems_(problems) {}

  void segment(const Segment& rules, const document::Tree& tree, const std::string& path) {
    std::size_t last = 0;
    std::string last_name;
    for (const document::Tree& child : tree.children) {
      if (child.name.starts_with('@')) continue;
      const std::string below = path.empty() ? child.name : path + "/" + child.name;
      const auto rank = rank_of(rules, child.name);
      if (!rank) {
        add(below, "unknown_name",
            path.empty() ? "the IDoc type has no segment of this name there"
                         : "the segment has no field or segment of this name",
            nearest_word(child.name, names_of(rules)));
        continue;
      }
      if (*rank < last)
        add(below, "order", "stands behind " + last_name + ", and belongs in front of it");
      last = std::max(last, *rank);
      last_name = child.name;
      if (const Segment* inner = rules.child(child.name)) {
        segment(*inner, child, below);
      } else {
        field(*rules.field(child.name), child, below);
      }
    }
  }

 private:
  void field(const Field& rules, const document::Tree& tree, const std::string& path) {
    if (std::any_of(tree.children.begin(), tree.children.end(),
                    [](const document::Tree& child) { return !child.name.starts_with('@'); }))
      return add(path, "shape", "is a field, and holds elements");
    const std::size_t length = characters(tree.text);
    if (rules.length > 0 && length > rules.length)
      add(path, "length",
          "has " + std::to_string(length) + " characters, the field holds " +
              std::to_string(rules.length));
  }
  void add(const std::string& path, std::string rule, std::string message,
           std::string suggestion = {}) {
    constexpr std::size_t kMost = 20;
    if (problems_.size() >= kMost) return;
    problems_.push_back({.path = path,
                         .rule = std::move(rule),
                         .message = std::move(message),
                         .suggestion = std::move(suggestion)});
  }

  std::vector<Problem>& problems_;
};

void sort_below(const Segment& rules, document::Tree& tree) {
  const auto rank = [&rules](const document::Tree& child) {
    if (child.name.starts_with('@')) return std::size_t{0};
    return rank_of(rules, child.name).value_or(rules.fields.size() + rules.children.size()) + 1;
  };
  std::stable_sort(tree.children.begin(), tree.children.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  for (document::Tree& child : tree.children)
    if (const Segment* inner = rules.child(child.name)) sort_below(*inner, child);
}

const Segment* segment_at(const Segment& root, std::string_view path) {
  const Segment* here = &root;
  while (here != nullptr && !path.empty()) {
    const std::size_t slash = path.find('/');
    here = here->child(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return here;
}

}  // namespace

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

const Field* Segment::field(std::string_view wanted) const {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [wanted](const Field& each) { return each.name == wanted; });
  return at == fields.end() ? nullptr : &*at;
}

const Segment* Segment::child(std::string_view wanted) const {
  const auto at = std::find_if(children.begin(), children.end(),
                               [wanted](const Segment& each) { return each.name == wanted; });
  return at == children.end() ? nullptr : &*at;
}

Result<std::shared_ptr<const Type>> Type::parse(std::string_view json) {
  auto out = std::make_shared<Type>();
  std::vector<std::string> wrong;
  try {
    const Json root = Json::parse(json);
    out->name_ = root.at("type").get<std::string>();
    out->root_.name = out->name_;
    for (const Json& segment : root.at("segments"))
      out->root_.children.push_back(segment_of(segment, wrong));
    for (const auto& [name, rules] : root.at("messages").items())
      out->messages_.emplace(name, message_of(rules, wrong));
  } catch (const Json::exception& problem) {
    return Error(ErrorCode::Invalid,
                 std::string("the definition of an IDoc type cannot be read: ") + problem.what());
  }
  if (!wrong.empty())
    return Error(ErrorCode::Invalid, "IDoc type " + out->name_ + ": " + wrong.front());
  return std::shared_ptr<const Type>(std::move(out));
}

const MessageRules* Type::message(std::string_view name) const {
  const auto at = messages_.find(name);
  return at == messages_.end() ? nullptr : &at->second;
}

const Field* Type::field(const document::Path& path) const {
  const Segment* segment = &root_;
  for (std::size_t i = 0; segment != nullptr && i < path.size(); ++i) {
    if (i + 1 == path.size()) return segment->field(path[i].name);
    segment = segment->child(path[i].name);
  }
  return nullptr;
}

std::vector<Problem> Type::arrange(document::Tree& root) const {
  sort_below(root_, root);
  return check(root);
}

std::vector<Problem> Type::check(const document::Tree& root) const {
  std::vector<Problem> problems;
  Inspection(problems).segment(root_, root, "");
  return problems;
}

Result<adapter::ObjectMetadata> Type::describe(std::string_view object) const {
  const bool below = object.starts_with(name_ + "/");
  const Segment* segment = below             ? segment_at(root_, object.substr(name_.size() + 1))
                           : message(object) ? &root_
                                             : nullptr;
  if (segment == nullptr)
    return Error(ErrorCode::NotFound,
                 "IDoc type " + name_ + " has no '" + std::string(object) + "'");
  adapter::ObjectMetadata out{.name = std::string(object)};
  for (const Field& field : segment->fields) {
    out.properties.emplace(
        field.name,
        adapter::PropertyMetadata{.name = field.name,
                                  .max_length = field.length,
                                  .origin = field.confirmed ? "" : "derived, unconfirmed"});
  }
  const std::string prefix = (below ? std::string(object) : name_) + "/";
  for (const Segment& child : segment->children)
    out.navigations.emplace(child.name, prefix + child.name);
  return out;
}

Result<Types> Types::load(const std::string& folder) {
  namespace fs = std::filesystem;
  Types out;
  std::vector<Problem> problems;
  const auto add = [&](std::string_view json, const std::string& file) {
    auto type = Type::parse(json);
    if (type)
      out.types_.insert_or_assign((*type)->name(), *type);
    else
      problems.push_back({.file = file, .rule = "idoc_type", .message = type.error().message()});
  };
  for (const auto& [name, json] : built_in_types()) add(json, std::string(name));
  if (folder.empty()) return out;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() != ".json") continue;
    std::ifstream in(entry->path(), std::ios::binary);
    add(std::string(std::istreambuf_iterator<char>(in), {}), entry->path().string());
  }
  if (failed) {
    problems.push_back({.file = folder,
                        .rule = "folder",
                        .message = "the folder cannot be read: " + failed.message()});
  }
  if (problems.empty()) return out;
  return Error(ErrorCode::Invalid, "the definitions of IDoc types do not hold")
      .with_problems(std::move(problems));
}

const Type* Types::find(std::string_view type) const {
  const auto at = types_.find(type);
  return at == types_.end() ? nullptr : at->second.get();
}

const Type* Types::of_message(std::string_view message, std::string_view preferred) const {
  if (const Type* type = find(preferred); type != nullptr && type->message(message) != nullptr)
    return type;
  for (auto at = types_.rbegin(); at != types_.rend(); ++at)
    if (at->second->message(message) != nullptr) return at->second.get();
  return nullptr;
}

std::vector<std::string> Types::messages() const {
  std::vector<std::string> out;
  for (const auto& [name, type] : types_)
    for (const auto& [message, rules] : type->messages()) out.push_back(message);
  return out;
}

Result<adapter::ObjectMetadata> Types::describe(std::string_view object,
                                                std::string_view preferred) const {
  const std::size_t slash = object.find('/');
  const Type* type = slash == std::string_view::npos ? of_message(object, preferred)
                                                     : find(object.substr(0, slash));
  if (type != nullptr) return type->describe(object);
  const std::string near = nearest_word(object, messages());
  return Error(ErrorCode::NotFound,
               "no IDoc type here carries the message '" + std::string(object) + "'" +
                   (near.empty() ? std::string() : " (did you mean '" + near + "'?)"));
}

}  // namespace channelbridge::idoc

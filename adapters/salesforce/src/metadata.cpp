#include "metadata_internal.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "channelbridge/core/nearest.hpp"
#include "channelbridge/document/document.hpp"
#include "json_internal.hpp"

namespace channelbridge::salesforce {
namespace {

using Json = nlohmann::json;

bool flag_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::size_t size_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

const Json& list_of(const Json& object, const char* name) {
  static const Json empty = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : empty;
}

/// `missing` = what a flag is when the field does not say: a describe says everything, an overlay
/// only what differs from an administrator's new field.
void add_field(const Json& field, bool missing, const char* origin, ObjectDescribe& describe) {
  const auto flag = [&](const char* name) {
    return field.contains(name) ? flag_of(field, name) : missing;
  };
  adapter::PropertyMetadata property;
  property.name = text_of(field, "name");
  if (property.name.empty()) return;
  property.type = text_of(field, "type");
  property.max_length = size_of(field, "length");
  if (const auto scale = field.find("scale");  // said of every field, meant of numbers
      scale != field.end() && scale->is_number_unsigned() &&
      (property.type == "double" || property.type == "currency" || property.type == "percent"))
    property.scale = scale->get<int>();
  property.nullable = flag("nillable");
  property.creatable = flag("createable");
  property.updatable = flag("updateable");
  property.filterable = flag("filterable");
  property.origin = origin;
  if (flag_of(field, "restrictedPicklist")) {  // others take any text
    for (const Json& value : list_of(field, "picklistValues")) {
      if (value.is_string()) property.values.push_back(value.get<std::string>());
      if (flag_of(value, "active")) property.values.push_back(text_of(value, "value"));
    }
  }
  if (flag_of(field, "externalId") || flag_of(field, "idLookup"))
    describe.external_ids.insert(property.name);
  if (flag_of(field, "unique")) describe.unique.insert(property.name);
  const std::string parent = text_of(field, "relationshipName");
  const Json& targets = list_of(field, "referenceTo");
  if (!parent.empty() && !targets.empty() && targets.front().is_string())
    describe.metadata.navigations.emplace(parent, targets.front().get<std::string>());
  describe.metadata.properties.emplace(property.name, std::move(property));
}

/// Source: REST API Developer Guide, "sObject Describe"; relationships without a name cannot be
/// queried from the parent.
void add_children(const Json& object, ObjectDescribe& describe) {
  for (const Json& child : list_of(object, "childRelationships")) {
    if (!child.is_object()) continue;
    const std::string name = text_of(child, "relationshipName");
    const std::string of = text_of(child, "childSObject");
    if (name.empty() || of.empty()) continue;
    describe.metadata.navigations.emplace(name, of);
    describe.children.emplace(name,
                              ChildRelationship{.object = of, .field = text_of(child, "field")});
  }
}

Result<Json> read_json(const std::string& text, const std::string& what) {
  if (auto checked = document::check_json(text); !checked)
    return Error(ErrorCode::Invalid, what + " is no JSON: " + checked.error().message());
  return Json::parse(text, nullptr, false);
}

Result<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return Error(ErrorCode::Invalid, "cannot read " + file.string());
  return text.str();
}

/// Adds what the overlay says of this object; false when it says nothing.
Result<bool> overlay_object(const std::string& file, ObjectDescribe& describe) {
  auto text = read_text(file);
  if (!text) return std::move(text).error();
  auto overlay = read_json(*text, file);
  if (!overlay) return std::move(overlay).error();
  const auto objects = overlay->find("objects");
  if (objects == overlay->end() || !objects->is_object())
    return Error(ErrorCode::Invalid, file + " has no member 'objects'");
  const auto object = objects->find(describe.metadata.name);
  if (object == objects->end()) return false;
  for (const Json& field : list_of(*object, "fields"))
    if (field.is_object()) add_field(field, true, "overlay", describe);
  add_children(*object, describe);
  if (!list_of(*object, "recordTypes").empty()) {
    const Json record_type = {{"name", "RecordTypeId"},
                              {"type", "reference"},
                              {"length", 18},
                              {"relationshipName", "RecordType"},
                              {"referenceTo", Json::array({"RecordType"})}};
    add_field(record_type, true, "overlay", describe);
  }
  return true;
}

/// overlay.json and overlay_<area>.json, in the order of their names.
std::vector<std::filesystem::path> overlays_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;  // no folder, no overlays
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    const std::string file = entry.path().filename().string();
    if (file == "overlay.json" || (file.starts_with("overlay_") && file.ends_with(".json")))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool ObjectDescribe::filterable(std::string_view field) const {
  const auto found = metadata.properties.find(field);
  return found != metadata.properties.end() && found->second.filterable;
}

bool ObjectDescribe::compound(std::string_view field) const {
  const auto found = metadata.properties.find(field);
  return found != metadata.properties.end() &&
         (found->second.type == "address" || found->second.type == "location");
}

Result<ChildRelationship> ObjectDescribe::children_of(std::string_view navigation) const {
  if (const auto found = children.find(navigation); found != children.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, child] : children) known.push_back(name);
  const std::string near = nearest_word(navigation, known);
  return Error(ErrorCode::Invalid, metadata.name + " has no child list '" +
                                       std::string(navigation) + "'" +
                                       (near.empty() ? "" : ": did you mean '" + near + "'?"));
}

Result<ObjectDescribe> parse_describe(std::string_view json) {
  if (auto checked = document::check_json(json); !checked) return std::move(checked).error();
  const Json body = Json::parse(json, nullptr, false);
  ObjectDescribe describe;
  if (!body.is_object() || !body.contains("fields"))
    return Error(ErrorCode::Protocol, "the answer is no describe of an sObject");
  describe.metadata.name = text_of(body, "name");
  describe.key_prefix = text_of(body, "keyPrefix");
  describe.metadata.keys = {"Id"};
  for (const Json& field : list_of(body, "fields"))
    if (field.is_object()) add_field(field, false, "", describe);
  add_children(body, describe);
  return describe;
}

Result<void> apply_overlay(const std::string& file, ObjectDescribe& describe) {
  auto applied = overlay_object(file, describe);
  if (!applied) return std::move(applied).error();
  return {};
}

Result<ObjectDescribe> published_describe(std::string_view object, const std::string& folder) {
  namespace fs = std::filesystem;
  const std::string name = "describe_" + std::string(object) + ".json";
  for (const fs::path& place : {fs::path(folder), fs::path(folder) / "salesforce"}) {
    std::error_code ignored;  // an unreadable file counts as missing
    const bool described = fs::is_regular_file(place / name, ignored);
    ObjectDescribe describe;
    describe.metadata.name = object;
    describe.metadata.keys = {"Id"};
    if (described) {
      auto text = read_text(place / name);
      if (!text) return std::move(text).error();
      auto parsed = parse_describe(*text);
      if (!parsed) return std::move(parsed).error();
      describe = std::move(*parsed);
    }
    bool overlaid = false;
    for (const fs::path& overlay : overlays_of(place)) {
      // Overlays of other objects are not taken apart for this one.
      auto text = read_text(overlay);
      if (!text) return std::move(text).error();
      if (text->find('"' + describe.metadata.name + '"') == std::string::npos) continue;
      auto applied = overlay_object(overlay.string(), describe);
      if (!applied) return std::move(applied).error();
      overlaid = overlaid || *applied;
    }
    if (described || overlaid) return describe;
  }
  return Error(ErrorCode::NotFound, "there is no " + name + " in " + folder);
}

}  // namespace channelbridge::salesforce

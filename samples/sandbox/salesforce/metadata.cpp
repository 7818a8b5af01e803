#include "sandbox/salesforce/metadata.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>

#include "sandbox/common/http.hpp"
#include "sandbox/salesforce/approvals.hpp"
#include "sandbox/salesforce/record_id.hpp"

namespace channelbridge::sandbox::salesforce {
namespace {

FieldType type_of(const std::string& name) {
  static const std::map<std::string, FieldType> kTypes{
      {"id", FieldType::Id},
      {"reference", FieldType::Reference},
      {"string", FieldType::String},
      {"encryptedstring", FieldType::String},
      {"combobox", FieldType::String},
      {"textarea", FieldType::TextArea},
      {"email", FieldType::Email},
      {"phone", FieldType::Phone},
      {"url", FieldType::Url},
      {"picklist", FieldType::Picklist},
      {"multipicklist", FieldType::MultiPicklist},
      {"boolean", FieldType::Boolean},
      {"int", FieldType::Int},
      {"double", FieldType::Decimal},
      {"currency", FieldType::Decimal},
      {"percent", FieldType::Decimal},
      {"date", FieldType::Date},
      {"datetime", FieldType::DateTime},
      {"address", FieldType::Address},
      {"base64", FieldType::Base64},
  };
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? FieldType::Other : found->second;
}

bool flag(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

int whole(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_number_integer() ? found->get<int>() : 0;
}

Field to_field(const Json& json) {
  Field field{.name = text_of(json, "name"),
              .label = text_of(json, "label"),
              .type_name = text_of(json, "type"),
              .length = static_cast<std::size_t>(whole(json, "length")),
              .precision = whole(json, "precision"),
              .scale = whole(json, "scale"),
              .digits = whole(json, "digits"),
              .createable = flag(json, "createable"),
              .updateable = flag(json, "updateable"),
              .nillable = flag(json, "nillable"),
              .defaulted = flag(json, "defaultedOnCreate"),
              .unique = flag(json, "unique"),
              .external_id = flag(json, "externalId"),
              .id_lookup = flag(json, "idLookup"),
              .filterable = flag(json, "filterable"),
              .sortable = flag(json, "sortable"),
              .restricted = flag(json, "restrictedPicklist"),
              .auto_number = flag(json, "autoNumber"),
              .relationship = text_of(json, "relationshipName"),
              .compound = text_of(json, "compoundFieldName"),
              .default_value = json.value("defaultValue", Json())};
  field.type = type_of(field.type_name);
  for (const Json& value : json.value("picklistValues", Json::array())) {
    if (flag(value, "active")) field.picklist.push_back(text_of(value, "value"));
  }
  for (const Json& object : json.value("referenceTo", Json::array())) {
    field.reference_to.push_back(object.get<std::string>());
  }
  return field;
}

std::string soap_type(const std::string& type) {
  switch (type_of(type)) {
    case FieldType::Id:
    case FieldType::Reference:
      return "tns:ID";
    case FieldType::Boolean:
      return "xsd:boolean";
    case FieldType::Int:
      return "xsd:int";
    case FieldType::Decimal:
      return "xsd:double";
    case FieldType::Date:
      return "xsd:date";
    case FieldType::DateTime:
      return "xsd:dateTime";
    case FieldType::Base64:
      return "xsd:base64Binary";
    default:
      return "xsd:string";
  }
}

// The members of a field's describe with the values of a freshly made custom field; order as
// captured.
Json complete_field(const Json& given) {
  const std::string name = text_of(given, "name");
  const std::string type = text_of(given, "type", "string");
  const int length = whole(given, "length");
  const bool long_text = type == "textarea" && length > 255;
  static const Json kNew = Json::parse(
      R"({"aggregatable":true,"aiPredictionField":false,"autoNumber":false,"byteLength":0,
    "calculated":false,"calculatedFormula":null,"cascadeDelete":false,"caseSensitive":false,"compoundFieldName":null,
    "controllerName":null,"createable":true,"custom":false,"defaultValue":null,"defaultValueFormula":null,
    "defaultedOnCreate":false,"dependentPicklist":false,"deprecatedAndHidden":false,"digits":0,
    "displayLocationInDecimal":false,"encrypted":false,"externalId":false,"extraTypeInfo":null,"filterable":true,
    "filteredLookupInfo":null,"formulaTreatNullNumberAsZero":false,"groupable":true,"highScaleNumber":false,
    "htmlFormatted":false,"idLookup":false,"inlineHelpText":null,"label":"","length":0,"mask":null,"maskType":null,
    "name":"","nameField":false,"namePointing":false,"nillable":true,"permissionable":true,"picklistValues":[],
    "polymorphicForeignKey":false,"precision":0,"queryByDistance":false,"referenceTargetField":null,"referenceTo":[],
    "relationshipName":null,"relationshipOrder":null,"restrictedDelete":false,"restrictedPicklist":false,"scale":0,
    "searchPrefilterable":false,"soapType":"xsd:string","sortable":true,"type":"string","unique":false,
    "updateable":true,"writeRequiresMasterRead":false})");
  Json field = kNew;
  field["byteLength"] = length * 3;
  field["custom"] = name.ends_with("__c");
  field["soapType"] = soap_type(type);
  field["filterable"] = !long_text;
  field["sortable"] = !long_text;
  if (type == "boolean") field["defaultValue"] = false;
  for (const auto& [member, value] : given.items()) {
    if (member != "origin") field[member] = value;
  }
  for (Json& value : field["picklistValues"]) {
    if (!value.is_string()) continue;
    value = Json{{"active", true},
                 {"defaultValue", false},
                 {"label", value.get<std::string>()},
                 {"validFor", nullptr},
                 {"value", value.get<std::string>()}};
  }
  return field;
}

Json empty_describe(const std::string& name) {
  Json describe =
      Json::parse(R"({"activateable":false,"createable":true,"custom":false,"customSetting":false,
    "deletable":true,"deprecatedAndHidden":false,"feedEnabled":false,"keyPrefix":null,"label":"","labelPlural":"",
    "layoutable":false,"mergeable":false,"mruEnabled":false,"name":"","queryable":true,"replicateable":true,
    "retrieveable":true,"searchable":false,"triggerable":false,"undeletable":false,"updateable":true,
    "childRelationships":[],"recordTypeInfos":[],"supportedScopes":[],"urls":{},"fields":[]})");
  describe["name"] = name;
  describe["custom"] = name.ends_with("__c");
  return describe;
}

bool has_field(const Json& describe, const std::string& name) {
  const Json& fields = describe.at("fields");
  return std::any_of(fields.begin(), fields.end(),
                     [&](const Json& field) { return text_of(field, "name") == name; });
}

Result<Json> read_json(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(ErrorCode::Invalid, "cannot read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Result<Json> json = parse_json(text);
  if (!json) return Error(ErrorCode::Invalid, path.string() + ": " + json.error().message());
  return json;
}

/// What tells that a file has changed.
struct FileStamp {
  std::string name{};
  std::uintmax_t size{};
  std::filesystem::file_time_type written{};
  bool operator==(const FileStamp&) const = default;
};

std::vector<FileStamp> stamps_of(const std::string& folder) {
  std::vector<FileStamp> out;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(folder, gone)) {
    if (entry.path().extension() != ".json") continue;
    out.push_back({.name = entry.path().filename().string(),
                   .size = entry.file_size(gone),
                   .written = entry.last_write_time(gone)});
  }
  std::sort(out.begin(), out.end(),
            [](const FileStamp& a, const FileStamp& b) { return a.name < b.name; });
  return out;
}

/// overlay.json and overlay_<area>.json, in the order of their names.
std::vector<std::filesystem::path> overlays_of(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    const std::string file = entry.path().filename().string();
    if (file == "overlay.json" || (file.starts_with("overlay_") && file.ends_with(".json")))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void apply_overlay(const Json& overlay, Json& describe, std::vector<RecordType>& record_types) {
  for (const auto& [member, value] : overlay.items()) {
    if (member == "fields" || member == "recordTypes" || member == "source") continue;
    if (member == "childRelationships") {
      for (const Json& child : value) describe[member].push_back(child);
    } else {
      describe[member] = value;
    }
  }
  for (const Json& given : overlay.value("fields", Json::array())) {
    Json field = complete_field(given);
    Json& fields = describe["fields"];
    std::erase_if(fields.get_ref<Json::array_t&>(),
                  [&](const Json& old) { return text_of(old, "name") == text_of(field, "name"); });
    fields.push_back(std::move(field));
  }
  const Json added = overlay.value("recordTypes", Json::array());
  if (!added.empty() && !has_field(describe, "RecordTypeId")) {
    describe["fields"].push_back(complete_field(Json{{"name", "RecordTypeId"},
                                                     {"label", "Record Type ID"},
                                                     {"type", "reference"},
                                                     {"length", 18},
                                                     {"referenceTo", Json::array({"RecordType"})},
                                                     {"relationshipName", "RecordType"}}));
  }
  for (const Json& given : added) {
    const std::string id = make_id("012", record_types.size() + 1);
    record_types.push_back({.id = id,
                            .object = text_of(describe, "name"),
                            .developer_name = text_of(given, "developerName"),
                            .name = text_of(given, "name")});
    describe["recordTypeInfos"].push_back(Json{{"active", true},
                                               {"available", true},
                                               {"defaultRecordTypeMapping", false},
                                               {"developerName", text_of(given, "developerName")},
                                               {"master", false},
                                               {"name", text_of(given, "name")},
                                               {"recordTypeId", id}});
  }
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return result;
}

ObjectType ObjectType::from_describe(Json describe) {
  ObjectType object;
  object.name_ = text_of(describe, "name");
  object.prefix_ = text_of(describe, "keyPrefix");
  for (const Json& json : describe.at("fields")) {
    const auto number = static_cast<std::uint16_t>(object.fields_.size());
    Field field = to_field(json);
    object.by_name_[lower_case(field.name)] = number;
    if (!field.relationship.empty())
      object.by_relationship_[lower_case(field.relationship)] = number;
    object.fields_.push_back(std::move(field));
  }
  object.describe_ = std::move(describe);
  return object;
}

bool ObjectType::allows(const char* member) const { return flag(describe_, member); }

std::optional<std::uint16_t> ObjectType::find(std::string_view name) const {
  const auto found = by_name_.find(lower_case(name));
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint16_t> ObjectType::find_relationship(std::string_view name) const {
  const auto found = by_relationship_.find(lower_case(name));
  return found == by_relationship_.end() ? std::nullopt : std::optional(found->second);
}

Result<Metadata> Metadata::load(const std::string& folder) {
  struct Loaded {
    std::vector<FileStamp> stamps{};
    Metadata metadata{};
  };
  static std::mutex mutex;
  static std::map<std::string, Loaded> all;
  std::vector<FileStamp> stamps = stamps_of(folder);
  const std::lock_guard guard(mutex);
  Loaded& loaded = all[folder];
  if (loaded.stamps != stamps || stamps.empty()) {
    Result<Contents> contents = read(folder);
    if (!contents) return std::move(contents).error();
    loaded.metadata.contents_ = std::make_shared<const Contents>(*std::move(contents));
    loaded.stamps = std::move(stamps);
  }
  return loaded.metadata;
}

Result<Metadata::Contents> Metadata::read(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code missing;
  std::map<std::string, Json> describes;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, missing)) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with("describe_") || !file.ends_with(".json")) continue;
    Result<Json> describe = read_json(entry.path());
    if (!describe) return std::move(describe).error();
    const std::string name = text_of(*describe, "name");
    if (name.empty() || !describe->contains("fields")) continue;  // the list of objects
    describes[name] = std::move(*describe);
  }
  if (describes.empty()) return Error(ErrorCode::Invalid, "no describe_*.json in " + folder);

  Contents contents;
  for (const auto& [name, describe] : describes) {
    for (const Json& info : describe.value("recordTypeInfos", Json::array())) {
      if (flag(info, "master")) continue;
      contents.record_types.push_back({.id = text_of(info, "recordTypeId"),
                                       .object = name,
                                       .developer_name = text_of(info, "developerName"),
                                       .name = text_of(info, "name")});
    }
  }
  const Json own = process_objects();
  for (const auto& [name, object] : own.items()) {
    if (describes.contains(name)) continue;
    describes[name] = empty_describe(name);
    apply_overlay(object, describes[name], contents.record_types);
  }
  for (const fs::path& file : overlays_of(folder)) {
    Result<Json> overlay = read_json(file);
    if (!overlay) return std::move(overlay).error();
    const Json added = overlay->value("objects", Json::object());
    for (const auto& [name, object] : added.items()) {
      if (!describes.contains(name)) describes[name] = empty_describe(name);
      apply_overlay(object, describes[name], contents.record_types);
    }
  }
  for (auto& [name, describe] : describes) {
    contents.objects.emplace(lower_case(name), ObjectType::from_describe(std::move(describe)));
  }
  return contents;
}

const ObjectType* Metadata::find(std::string_view object) const {
  const auto found = objects().find(lower_case(object));
  return found == objects().end() ? nullptr : &found->second;
}

const ObjectType* Metadata::find_by_prefix(std::string_view prefix) const {
  for (const auto& [name, object] : objects()) {
    if (object.prefix() == prefix.substr(0, 3)) return &object;
  }
  return nullptr;
}

}  // namespace channelbridge::sandbox::salesforce

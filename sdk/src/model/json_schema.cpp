#include <algorithm>
#include <nlohmann/json.hpp>

#include "channelbridge/model/json.hpp"

namespace channelbridge::model {
namespace {

using Json = nlohmann::ordered_json;

std::string decimal_pattern(const FieldInfo& field) {
  if (field.precision == 0) return R"(^-?[0-9]+(\.[0-9]+)?$)";
  const std::string whole = std::to_string(field.precision - field.scale);
  const std::string decimals = std::to_string(field.scale);
  return "^-?[0-9]{1," + whole + "}" + (field.scale > 0 ? "(\\.[0-9]{1," + decimals + "})?$" : "$");
}

Json nullable(std::string_view kind) { return Json::array({std::string(kind), "null"}); }

Json field_schema(const FieldInfo& field) {
  Json schema = {{"type", nullable("string")}};
  switch (field.type) {
    case FieldType::Boolean:
      schema["type"] = nullable("boolean");
      break;
    case FieldType::Integer:
      schema["type"] = nullable("integer");
      break;
    case FieldType::Decimal:
    case FieldType::Percent:
      schema["pattern"] = decimal_pattern(field);
      break;
    case FieldType::Date:
      schema["format"] = "date";
      break;
    case FieldType::Timestamp:
      schema["format"] = "date-time";
      break;
    case FieldType::Country:
      schema["pattern"] = "^[A-Z]{2}$";
      break;
    case FieldType::Currency:
      schema["pattern"] = "^[A-Z]{3}$";
      break;
    case FieldType::Unit:
      schema["pattern"] = "^[A-Z0-9]{2,3}$";
      break;
    case FieldType::Email:
      schema["format"] = "email";
      break;
    case FieldType::Code:
      if (field.codes != nullptr) {
        Json codes = Json::array();
        for (const std::string_view code : field.codes->codes) codes.push_back(std::string(code));
        codes.push_back(nullptr);
        schema["enum"] = std::move(codes);
      }
      break;
    case FieldType::Text:
    case FieldType::Language:
    case FieldType::TimeZone:
    case FieldType::Phone:
    case FieldType::Web:
    case FieldType::Reference:
      break;
  }
  if (field.max_length > 0) schema["maxLength"] = field.max_length;
  if (field.read_only) schema["readOnly"] = true;
  schema["x-type"] = std::string(to_string(field.type));
  if (field.required) schema["x-required"] = true;
  if (field.personal) schema["x-personal"] = true;
  if (!field.refers_to.empty()) schema["x-refers-to"] = field.refers_to;
  if (!field.group.empty()) schema["x-group"] = field.group;
  return schema;
}

Json object_schema() {
  return {{"type", nullable("object")},
          {"additionalProperties", false},
          {"properties", Json::object()}};
}

/// The schema of a dotted path below an object's schema, made on the way.
Json& property(Json& object, std::string_view path) {
  Json* place = &object;
  while (true) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    Json& next = (*place)["properties"][std::string(path.substr(0, dot))];
    if (dot == path.size()) return next;
    if (next.is_null()) next = object_schema();
    place = &next;
    path.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string json_schema(const EntityType& type, int indent) {
  Json root = object_schema();
  root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  root["title"] = type.name();
  root["type"] = "object";
  for (const FieldInfo& field : type.fields()) {
    const auto row = split_element(field.path);
    if (!row) {
      property(root, field.path) = field_schema(field);
      continue;
    }
    Json& list = property(root, row->list);
    if (list.is_null()) {
      list = {{"type", nullable("array")}, {"items", object_schema()}};
      list["items"]["type"] = "object";
      list["items"]["properties"]["id"] = {{"type", "string"}};
      const ListInfo* info = type.find_list(row->list);
      if (info != nullptr && info->required) list["x-required"] = true;
      if (info != nullptr) list["x-keys"] = info->keys;
    }
    property(list["items"], row->field) = field_schema(field);
  }
  return root.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace channelbridge::model

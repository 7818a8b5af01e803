#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/common/json.hpp"

namespace channelbridge::sandbox::salesforce {

enum class FieldType {
  Id,
  Reference,
  String,
  TextArea,
  Email,
  Phone,
  Url,
  Picklist,
  MultiPicklist,
  Boolean,
  Int,
  Decimal,  ///< double, currency, percent
  Date,
  DateTime,
  Address,
  Base64,  ///< bytes; answers show where they are to be had
  Other,
};

/// One field as its describe says.
struct Field {
  std::string name{};
  std::string label{};
  std::string type_name{};
  FieldType type{};
  std::size_t length{};
  int precision{};
  int scale{};
  int digits{};
  bool createable{};
  bool updateable{};
  bool nillable{};
  bool defaulted{};
  bool unique{};
  bool external_id{};
  bool id_lookup{};
  bool filterable{};
  bool sortable{};
  bool restricted{};
  bool auto_number{};
  std::vector<std::string> picklist{};
  std::vector<std::string> reference_to{};
  std::string relationship{};
  std::string compound{};
  Json default_value{};

  bool required() const { return createable && !nillable && !defaulted; }
  bool text() const { return type >= FieldType::String && type <= FieldType::MultiPicklist; }
};

/// One sObject. Field numbers are stable and are what rows store.
class ObjectType {
 public:
  static ObjectType from_describe(Json describe);

  const std::string& name() const { return name_; }
  const std::string& prefix() const { return prefix_; }
  const Json& describe() const { return describe_; }
  bool allows(const char* member) const;

  const std::vector<Field>& fields() const { return fields_; }
  std::uint16_t field_count() const { return static_cast<std::uint16_t>(fields_.size()); }
  /// Names compare without case.
  std::optional<std::uint16_t> find(std::string_view name) const;
  std::optional<std::uint16_t> find_relationship(std::string_view name) const;

 private:
  std::string name_{};
  std::string prefix_{};
  Json describe_{};
  std::vector<Field> fields_{};
  std::map<std::string, std::uint16_t> by_name_{};
  std::map<std::string, std::uint16_t> by_relationship_{};
};

struct RecordType {
  std::string id{};
  std::string object{};
  std::string developer_name{};
  std::string name{};
};

/// Everything the org knows about its objects. Copies share it; immutable.
class Metadata {
 public:
  /// Reads describe_*.json of a folder and then its overlays (optional): overlay.json and
  /// overlay_<area>.json. An overlay adds fields, lists of children, record types and whole
  /// objects; members it leaves out get the values an administrator's new field would have. Where a
  /// fact comes from (`origin` of a field, `source` of an object) is no part of a describe. A
  /// folder whose files have not changed is read once in a process.
  static Result<Metadata> load(const std::string& folder);

  const ObjectType* find(std::string_view object) const;
  const ObjectType* find_by_prefix(std::string_view prefix) const;
  const std::map<std::string, ObjectType>& objects() const { return contents_->objects; }
  const std::vector<RecordType>& record_types() const { return contents_->record_types; }

 private:
  struct Contents {
    std::map<std::string, ObjectType> objects{};
    std::vector<RecordType> record_types{};
  };
  static Result<Contents> read(const std::string& folder);

  std::shared_ptr<const Contents> contents_{std::make_shared<Contents>()};
};

std::string lower_case(std::string_view text);

}  // namespace channelbridge::sandbox::salesforce

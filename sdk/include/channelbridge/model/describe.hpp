#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "channelbridge/model/address.hpp"
#include "channelbridge/model/date.hpp"
#include "channelbridge/model/entity_type.hpp"
#include "channelbridge/model/money.hpp"

/// How an entity is described: every member of its struct once, as one row.
///
///     struct Visit {                                  // visit.hpp
///       std::optional<std::string> subject{};
///       Money cost{};
///       CustomFields custom{};
///     };
///     const EntityDescription& description(std::type_identity<Visit>);
///
///     constexpr auto kRows = rows<Visit>(             // visit.cpp
///         field<&Visit::subject>("subject", {.required = true, .max_length = 80}),
///         group<&Visit::cost>("cost", kMoneyRows),
///         custom<&Visit::custom>());
///     constexpr EntityDescription kVisit = entity<Visit>("visit", kRows, {});
///     const EntityDescription& description(std::type_identity<Visit>) { return kVisit; }
///
/// That is all: JSON, validation, schema, difference, hash and path access work on it.
namespace channelbridge::model {

/// The customer's own fields: name -> canonical text. Declared in the project file.
using CustomFields = std::map<std::string, std::string, std::less<>>;

/// An element of a list: the value and the id that the hub gave it ("" = not yet known to the hub).
template <typename T>
struct Element : T {
  std::string id{};

  friend bool operator==(const Element&, const Element&) = default;
};

/// The operations of one value type, behind a pointer to its std::optional.
struct ValueOps {
  FieldType type{};
  bool (*print)(const void* optional, std::string& canonical){};  ///< false = empty
  bool (*parse)(void* optional, std::string_view text){};         ///< false = not of the type
};

/// One table per value type (value_ops.cpp).
template <typename T>
const ValueOps& value_ops();
template <>
const ValueOps& value_ops<std::string>();
template <>
const ValueOps& value_ops<bool>();
template <>
const ValueOps& value_ops<std::int64_t>();
template <>
const ValueOps& value_ops<Decimal>();
template <>
const ValueOps& value_ops<Percent>();
template <>
const ValueOps& value_ops<Date>();
template <>
const ValueOps& value_ops<Timestamp>();
template <>
const ValueOps& value_ops<Code>();
template <>
const ValueOps& value_ops<Country>();
template <>
const ValueOps& value_ops<Currency>();
template <>
const ValueOps& value_ops<Language>();
template <>
const ValueOps& value_ops<Unit>();
template <>
const ValueOps& value_ops<ZoneName>();
template <>
const ValueOps& value_ops<Email>();
template <>
const ValueOps& value_ops<Phone>();
template <>
const ValueOps& value_ops<WebAddress>();
template <>
const ValueOps& value_ops<Reference>();

/// The operations of one list type, behind a pointer to its std::vector<Element<T>>.
struct ListOps {
  std::size_t (*size)(const void* list){};
  void* (*at)(void* list, std::size_t index){};  ///< as T*
  const std::string& (*id)(const void* list, std::size_t index){};
  void* (*append)(void* list, std::string_view id){};
};

/// What a row says beyond name and type. Units of lengths are characters.
struct FieldOptions {
  bool required{};
  bool personal{};
  bool read_only{};
  std::uint32_t max_length{};
  std::uint8_t precision{};
  std::uint8_t scale{};
  const CodeSet* codes{};
  std::string_view refers_to{};
  std::string_view group{};  ///< for flat fields that form a group, e.g. a person's name
};

struct ListOptions {
  std::string_view keys{};  ///< names of element fields, separated by blanks
  bool required{};
  bool read_only{};
  bool personal{};
};

/// One member of a struct, type-erased.
struct Row {
  enum class Kind : std::uint8_t { Field, Nested, Group, List, Custom };
  Kind kind{};
  std::string_view name{};  ///< "" for a base struct: its rows count as rows of the whole
  void* (*member)(void* owner){};
  const ValueOps& (*value)(){};
  const ListOps* list{};
  std::span<const Row> rows{};  ///< of the nested struct, or of a list's elements
  FieldOptions options{};
  std::string_view keys{};
};

/// The rows of T, in the order of its members.
template <typename T, std::size_t kCount>
struct Rows {
  std::array<Row, kCount> list{};
};

namespace detail {

template <typename T>
struct MemberOf;
template <typename Owner, typename Type>
struct MemberOf<Type Owner::*> {
  using owner = Owner;
  using type = Type;
};

template <typename T>
struct ElementOf;
template <typename T>
struct ElementOf<std::vector<Element<T>>> {
  using type = T;
};

template <auto kMember>
void* member(void* owner) {
  return &(static_cast<typename MemberOf<decltype(kMember)>::owner*>(owner)->*kMember);
}

/// Converts to every member type, so that T{Any, Any, …} tells how many members T has.
struct Any {
  template <typename T>
  operator T() const;
};
template <std::size_t>
using AnyAt = Any;

template <typename T, std::size_t... kIndex>
constexpr bool takes(std::index_sequence<kIndex...>) {
  return requires { T{AnyAt<kIndex>{}...}; };
}
template <typename T, std::size_t kCount>
concept HasMembers = takes<T>(std::make_index_sequence<kCount>{}) &&
    !takes<T>(std::make_index_sequence<kCount + 1>{});

template <typename T>
inline constexpr ListOps kListOps{
    [](const void* list) { return static_cast<const std::vector<Element<T>>*>(list)->size(); },
    [](void* list, std::size_t index) {
      T& element = (*static_cast<std::vector<Element<T>>*>(list))[index];
      return static_cast<void*>(&element);
    },
    [](const void* list, std::size_t index) -> const std::string& {
      return (*static_cast<const std::vector<Element<T>>*>(list))[index].id;
    },
    [](void* list, std::string_view id) {
      auto& elements = *static_cast<std::vector<Element<T>>*>(list);
      elements.emplace_back().id = id;
      return static_cast<void*>(static_cast<T*>(&elements.back()));
    }};

}  // namespace detail

/// All rows of T. Fails to compile when a member has no row.
template <typename T, std::same_as<Row>... R>
constexpr Rows<T, sizeof...(R)> rows(R... row) {
  static_assert(detail::HasMembers<T, sizeof...(R)>, "every member needs exactly one row");
  return {{row...}};
}

/// A scalar: std::optional of a value type.
template <auto kMember>
constexpr Row field(std::string_view name, FieldOptions options = {}) {
  using Type = typename detail::MemberOf<decltype(kMember)>::type;
  return {.kind = Row::Kind::Field,
          .name = name,
          .member = &detail::member<kMember>,
          .value = &value_ops<typename Type::value_type>,
          .options = options};
}

/// A struct whose fields stand for themselves: company.name.
template <auto kMember, typename T, std::size_t kCount>
constexpr Row nested(std::string_view name, const Rows<T, kCount>& rows,
                     FieldOptions options = {}) {
  static_assert(std::is_same_v<typename detail::MemberOf<decltype(kMember)>::type, T>);
  return {.kind = Row::Kind::Nested,
          .name = name,
          .member = &detail::member<kMember>,
          .rows = rows.list,
          .options = options};
}

/// A value group: a struct that is merged as a whole.
template <auto kMember, typename T, std::size_t kCount>
constexpr Row group(std::string_view name, const Rows<T, kCount>& rows, FieldOptions options = {}) {
  Row row = nested<kMember>(name, rows, options);
  row.kind = Row::Kind::Group;
  return row;
}

/// The base struct of T; its fields have no prefix.
template <typename T, typename Base, std::size_t kCount>
constexpr Row base(const Rows<Base, kCount>& rows) {
  return {.kind = Row::Kind::Nested,
          .member = [](void* owner) -> void* { return static_cast<Base*>(static_cast<T*>(owner)); },
          .rows = rows.list};
}

/// A list of elements.
template <auto kMember, typename T, std::size_t kCount>
constexpr Row list(std::string_view name, const Rows<T, kCount>& rows, ListOptions options = {}) {
  using List = typename detail::MemberOf<decltype(kMember)>::type;
  static_assert(std::is_same_v<typename detail::ElementOf<List>::type, T>);
  return {.kind = Row::Kind::List,
          .name = name,
          .member = &detail::member<kMember>,
          .list = &detail::kListOps<T>,
          .rows = rows.list,
          .options = {.required = options.required,
                      .personal = options.personal,
                      .read_only = options.read_only},
          .keys = options.keys};
}

/// The customer's own fields.
template <auto kMember>
constexpr Row custom() {
  static_assert(std::is_same_v<typename detail::MemberOf<decltype(kMember)>::type, CustomFields>);
  return {.kind = Row::Kind::Custom, .name = "custom", .member = &detail::member<kMember>};
}

/// Making, copying and ending a value whose type is known to its description only.
struct ObjectOps {
  void* (*make)(){};
  void* (*copy)(const void* object){};
  void (*destroy)(void* object){};
};

/// One entity: its rows and what holds beyond them.
struct EntityDescription {
  std::string_view name{};
  std::span<const Row> rows{};
  EntityRules rules{};
  ObjectOps object{};
};

template <typename T, std::size_t kCount>
constexpr EntityDescription entity(std::string_view name, const Rows<T, kCount>& rows,
                                   const EntityRules& rules = {}) {
  return {
      .name = name,
      .rows = rows.list,
      .rules = rules,
      .object = {[]() -> void* { return new T(); },
                 [](const void* object) -> void* { return new T(*static_cast<const T*>(object)); },
                 [](void* object) { delete static_cast<T*>(object); }}};
}

/// The description as run-time rows. Register it with EntityRegistry::add.
std::shared_ptr<const EntityType> entity_type(const EntityDescription& description);

// Rows of the structs that many entities share.

inline constexpr auto kMoneyRows =
    rows<Money>(field<&Money::amount>("amount", {.precision = 19, .scale = 4}),
                field<&Money::currency>("currency"));

inline constexpr auto kQuantityRows =
    rows<Quantity>(field<&Quantity::value>("value", {.precision = 15, .scale = 3}),
                   field<&Quantity::unit>("unit"));

inline constexpr auto kPeriodRows =
    rows<Period>(field<&Period::start>("start"), field<&Period::end>("end"));

inline constexpr auto kGeoPointRows =
    rows<GeoPoint>(field<&GeoPoint::latitude>("latitude", {.precision = 9, .scale = 6}),
                   field<&GeoPoint::longitude>("longitude", {.precision = 9, .scale = 6}));

inline constexpr auto kAddressRows =
    rows<Address>(field<&Address::line1>("line1", {.max_length = 255}),
                  field<&Address::line2>("line2", {.max_length = 255}),
                  field<&Address::city>("city", {.max_length = 80}),
                  field<&Address::region>("region", {.max_length = 80}),
                  field<&Address::postal_code>("postal_code", {.max_length = 20}),
                  field<&Address::country>("country"), nested<&Address::geo>("geo", kGeoPointRows));

}  // namespace channelbridge::model

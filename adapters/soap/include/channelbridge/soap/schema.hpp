#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channelbridge/soap/names.hpp"

namespace channelbridge::soap {

/// What a text is, of the types that XML Schema has by itself. Names that only differ in white
/// space or in which characters they allow are one.
/// Source: https://www.w3.org/TR/xmlschema-2/
enum class Primitive : std::uint8_t {
  String,  ///< string, normalizedString, token, names, language, anyURI
  Boolean,
  Decimal,  ///< decimal and all integers (Facets has their bounds)
  Float,    ///< float, double
  Date,
  DateTime,
  Time,
  Duration,
  Calendar,  ///< gYear, gYearMonth, gMonth, gMonthDay, gDay: not checked
  Base64,
  Hex,
  QName,
  Any,  ///< anySimpleType: not checked
};

/// What a simple type restricts. Lengths count characters (bytes for Base64 and Hex, items for
/// lists). `patterns` are kept as published: those of one step are alternatives, every step holds.
struct Facets {
  std::optional<std::size_t> length{};
  std::optional<std::size_t> min_length{};
  std::optional<std::size_t> max_length{};
  std::optional<std::size_t> total_digits{};
  std::optional<std::size_t> fraction_digits{};
  std::optional<std::string> min_inclusive{};
  std::optional<std::string> max_inclusive{};
  std::optional<std::string> min_exclusive{};
  std::optional<std::string> max_exclusive{};
  std::vector<std::string> enumeration{};  ///< empty = everything
  std::vector<std::vector<std::string>> patterns{};
  bool collapse{};  ///< blanks at the ends and runs of blanks do not count
};

/// The type of a text: of an element without children, or of an attribute.
struct TextType {
  enum class Variety : std::uint8_t { Atomic, List, Union };
  QName name{};  ///< the nearest named one; "" = anonymous
  Variety variety{Variety::Atomic};
  Primitive primitive{Primitive::String};
  bool integer{};  ///< Decimal without a point
  Facets facets{};
  std::vector<TextType> members{};  ///< List: its items' type; Union: what it may be
};

struct Type;

struct Attribute {
  QName name{};  ///< as it stands in a document: in a namespace only where the schema says so
  TextType type{};
  bool required{};
  std::optional<std::string> fixed{};
};

/// An element's declaration, global or local. `name` is as it stands in a document: local elements
/// of an unqualified schema are in no namespace.
struct Element {
  QName name{};
  const Type* type{};  ///< never null in a Schema; lives as long as it
  bool nillable{};
  bool abstract{};
  std::optional<std::string> fixed{};
  std::string file{};
  int line{};  ///< 1-based
};

/// A part of a content model.
struct Particle {
  static constexpr std::size_t kUnbounded = static_cast<std::size_t>(-1);
  enum class Kind : std::uint8_t { Element, Sequence, Choice, All, Any };
  enum class Process : std::uint8_t { Strict, Lax, Skip };

  Kind kind{Kind::Sequence};
  std::size_t min{1};
  std::size_t max{1};
  const Element* element{};       ///< of Kind::Element
  std::vector<Particle> parts{};  ///< of groups
  /// Of Kind::Any: "##any", "##other", or namespaces ("" = none)
  std::vector<std::string> spaces{};
  std::string other_than{};  ///< of "##other": the schema's own namespace
  Process process{Process::Strict};
};

/// A type; extended types have their base's content and attributes in front of their own.
struct Type {
  QName name{};  ///< "" = anonymous
  bool complex{};
  bool abstract{};
  bool mixed{};
  bool anything{};                 ///< xsd:anyType: any attribute and element
  const Type* base{};              ///< what it extends or restricts; null = nothing of this schema
  std::optional<TextType> text{};  ///< simple types and simple content
  std::optional<Particle> content{};  ///< nullopt = no children
  std::vector<Attribute> attributes{};
  bool any_attribute{};
};

/// All schemas of one service as one.
///
/// Elements and types have the identity of their address and live as long as the Schema.
/// Threads: immutable.
class Schema {
 public:
  Schema() = default;
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  /// A global element; nullptr when there is none.
  const Element* element(const QName& name) const;
  const Type* type(const QName& name) const;
  std::vector<QName> elements() const;
  std::vector<QName> types() const;
  /// Is `derived` the type itself, or made from it by extension or restriction?
  static bool derives(const Type& derived, const Type& from);

 private:
  friend class SchemaReader;
  std::map<QName, Element*> elements_{};
  std::map<QName, Type*> types_{};
  std::vector<std::unique_ptr<Element>> owned_elements_{};
  std::vector<std::unique_ptr<Type>> owned_types_{};
};

}  // namespace channelbridge::soap

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "channelbridge/soap/schema.hpp"
#include "files_internal.hpp"

namespace channelbridge::soap {

/// Reads XSD documents: first all of them are indexed, then what is asked for is built.
/// Types refer to each other in circles: a type that is referred to is made at once and filled
/// later; only a base is filled first.
///
/// Source: https://www.w3.org/TR/xmlschema-1/
class SchemaReader {
 public:
  explicit SchemaReader(Files& files) : files_(files) {}

  /// Indexes one xs:schema element and what it imports and includes. `target`: the namespace that
  /// an including schema lends to one without its own.
  void add(const SourceFile& file, pugi::xml_node schema, const std::string* target = nullptr);
  /// A global element; nullptr with a problem at `node` when there is none.
  const Element* element(const QName& name, const SourceFile& file, pugi::xml_node node);
  /// A type for a part of a message; nullptr with a problem at `node` when there is none.
  const Type* type(const QName& name, const SourceFile& file, pugi::xml_node node);
  /// An element that no schema declares, with these children in order: a wrapper of rpc/literal.
  const Element* wrapper(QName name, const std::vector<std::pair<std::string, const Type*>>& parts,
                         const SourceFile& file, pugi::xml_node node);
  /// Builds every global element and type.
  std::shared_ptr<const Schema> finish();

 private:
  /// What an xs:schema says of everything in it.
  struct Context {
    const SourceFile* file{};
    std::string target{};
    bool qualified_elements{};
    bool qualified_attributes{};
    bool lent{};  ///< the namespace is an including schema's: names without one are of it
  };
  struct Global {
    pugi::xml_node node{};
    const Context* context{};
  };
  using Index = std::map<QName, Global>;

  void index(const Context& context, pugi::xml_node node);
  void follow(const Context& context, pugi::xml_node node, bool include);
  /// A name in an attribute; nullopt with a problem when its prefix is not bound.
  std::optional<QName> named(const Context& context, pugi::xml_node node, const char* attribute);
  void unknown(const SourceFile& file, pugi::xml_node node, std::string_view what,
               const QName& name, const Index& known);
  void problem(const Context& context, pugi::xml_node node, std::string rule, std::string message,
               std::string suggestion = {});

  const Element* global_element(const QName& name);
  const Element* local_element(const Context& context, pugi::xml_node node);
  void fill(Element& out, const Context& context, pugi::xml_node node);

  Type* named_type(const QName& name);
  Type* anonymous_type(const Context& context, pugi::xml_node node);
  void fill(Type& type);
  void fill_simple_content(Type& type, const Context& context, pugi::xml_node node);
  void fill_complex_content(Type& type, const Context& context, pugi::xml_node node);
  void fill_body(Type& type, const Context& context, pugi::xml_node node);
  const Type* filled_base(const Context& context, pugi::xml_node node);
  void fill_waiting();

  std::optional<Particle> particle(const Context& context, pugi::xml_node node);
  void occurrence(const Context& context, pugi::xml_node node, Particle& out);
  Particle wildcard(const Context& context, pugi::xml_node node);
  void attribute(const Context& context, pugi::xml_node node, Type& type);
  void attribute_group(const Context& context, pugi::xml_node node, Type& type);

  TextType text_type(const Context& context, pugi::xml_node node);
  TextType text_named(const Context& context, pugi::xml_node node, const QName& name);
  void facets(const Context& context, pugi::xml_node restriction, TextType& out);

  Files& files_;
  std::shared_ptr<Schema> out_ = std::make_shared<Schema>();
  std::deque<Context> contexts_{};
  std::set<std::pair<const SourceFile*, std::string>> seen_{};
  Index elements_{};
  Index types_{};
  Index groups_{};
  Index attributes_{};
  Index attribute_groups_{};
  std::set<std::string> spaces_{};
  std::map<const Type*, Global> unfilled_{};
  std::deque<Type*> waiting_{};
  std::set<const Type*> filling_{};
  std::set<QName> open_texts_{};
  std::set<QName> open_groups_{};
};

}  // namespace channelbridge::soap

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "definition_internal.hpp"

namespace channelbridge::mapping {

/// The form of what is written: paths put together to one tree, so that rules with the same prefix
/// or the same selection are written through one object.
struct Shape {
  std::string name{};
  std::vector<Shape> members{};
  std::vector<Shape> elements{};  ///< each is an object of an array, told apart by its literals
  std::int32_t rule{-1};
  std::int32_t list{-1};  ///< an embedded list is written here
  std::string literal{};  ///< text of a literal
  bool quoted{true};
  enum class Holds : std::uint8_t { Nothing, Selector, Create } holds{Holds::Nothing};

  void add_rule(const document::Path& path, std::int32_t rule_index);
  void add_literal(const document::Path& path, const Literal& value);
  void add_list(const document::Path& path, std::int32_t list_index);

 private:
  Shape& at(const document::Path& path);
};

/// What is to be written at one rule's place.
struct Outgoing {
  enum class State : std::uint8_t { Skip, Null, Text } state{State::Skip};
  std::string text{};
  bool quoted{true};
};

/// Prints a shape with its values straight to text; what has no value leaves no trace.
class Printer {
 public:
  Printer(Dialect dialect, std::string& out) : dialect_(dialect), out_(out) {}
  virtual ~Printer() = default;

  /// The whole object. `create` adds the literals that only a create carries.
  void object(const Shape& shape, const std::vector<Outgoing>& values, bool create);

 protected:
  /// Prints an embedded list as one value; false when there is nothing to say.
  virtual bool list(std::int32_t, const Shape&) { return false; }
  std::string& out() { return out_; }
  Dialect dialect() const { return dialect_; }
  bool json_members(const Shape& shape, const std::vector<Outgoing>& values, bool create);
  bool xml_members(const Shape& shape, const std::vector<Outgoing>& values, bool create);

 private:
  bool json_value(const Shape& shape, const std::vector<Outgoing>& values, bool create);
  bool json_array(const Shape& shape, const std::vector<Outgoing>& values, bool create);
  bool xml_element(const Shape& shape, const std::vector<Outgoing>& values, bool create);
  void literal(std::string_view text, bool quoted);

  Dialect dialect_;
  std::string& out_;
};

}  // namespace channelbridge::mapping

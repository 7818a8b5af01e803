#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiled_internal.hpp"
#include "present_internal.hpp"

namespace channelbridge::mapping {

/// Turns canonical fields into the nodes that a system is asked to write.
///
/// Threads: one at a time; one record each.
class RecordWriter {
 public:
  RecordWriter(const Compiled& mapping, const model::Fields& fields, const WriteScope& scope,
               const ElementKeys& elements, const References* references)
      : mapping_(mapping),
        fields_(fields),
        scope_(scope),
        elements_(elements),
        references_(references) {}

  Result<Written> run();
  /// The whole embedded list as one value; false when it is not to be written.
  bool embedded(std::int32_t list, const Shape& place, std::string& out);

 private:
  /// One value on its way out.
  struct Task {
    const Rule& rule;
    std::string path;         ///< of the record: "addresses[018f].city"
    std::string present_key;  ///< in present_
    model::Value value;
    bool create;
  };

  std::vector<Outgoing> root_values();
  void choose(std::vector<Outgoing>& out);
  void refuse_several(const Fixed& fixed);
  void refuse_other_currency();
  std::vector<Outgoing> element_values(std::size_t part, const std::string& element, bool create);
  /// Into the rule's place, and into that of its house number.
  void fill(const Task& task, std::size_t rule, std::int32_t number, std::vector<Outgoing>& out);
  Outgoing outgoing(const Task& task);
  void refuse_unless_it_fits_xml(const Task& task, const Outgoing& out);
  Outgoing emptied(const Task& task) const;
  Outgoing reference(const Task& task);
  void keep_synonym(const Task& task, Outgoing& out) const;
  bool contradicts(const Rule& rule, const std::string& path) const;
  void problem(const Rule& rule, const std::string& path, std::string_view value,
               const std::string& reason);

  void list_nodes(const std::string& name);
  void mark_root(std::vector<Outgoing> values);
  void element_node(std::size_t part, const std::string& element, bool create);
  void delete_node(const std::string& group);
  int parent_node(const List& list);
  std::string child_key(std::string_view list, std::string_view element) const;
  std::string own_key(const List& list, const std::string& key) const;
  std::string body(const Shape& shape, const std::vector<Outgoing>& values, bool create);
  bool in_columns(const std::string& list, const std::string& element) const;
  bool in_scope(const std::string& list, const std::string& element) const;

  const Compiled& mapping_;
  const model::Fields& fields_;
  const WriteScope& scope_;
  const ElementKeys& elements_;
  const References* references_;
  Written out_{};
  std::vector<Problem> problems_{};
  PresentCodes present_{};
};

}  // namespace channelbridge::mapping

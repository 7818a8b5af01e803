#include "channelbridge/model/record.hpp"

#include <algorithm>

namespace channelbridge::model {
namespace {

void print(std::span<const Row> rows, void* owner, const std::string& prefix, Fields& fields) {
  for (const Row& row : rows) {
    void* const member = row.member(owner);
    const std::string path = prefix + std::string(row.name);
    switch (row.kind) {
      case Row::Kind::Field: {
        std::string value;
        if (row.value().print(member, value)) fields.emplace(path, std::move(value));
        break;
      }
      case Row::Kind::Nested:
      case Row::Kind::Group:
        print(row.rows, member, row.name.empty() ? prefix : path + ".", fields);
        break;
      case Row::Kind::List:
        for (std::size_t i = 0; i < row.list->size(member); ++i) {
          const std::string& id = row.list->id(member, i);
          const std::string key = id.empty() ? "@" + std::to_string(i + 1) : id;
          print(row.rows, row.list->at(member, i), element_path(path, key, {}) + ".", fields);
        }
        break;
      case Row::Kind::Custom:
        for (const auto& [name, value] : *static_cast<const CustomFields*>(member))
          fields.emplace(path + "." + name, value);
        break;
    }
  }
}

enum class Placed { Yes, Unknown, Refused };

Placed place(std::span<const Row> rows, void* owner, std::string_view path, std::string_view value);

/// The list's element of that id, made when it is not there.
void* element(const Row& row, void* list, std::string_view id) {
  for (std::size_t i = row.list->size(list); i > 0; --i) {
    if (row.list->id(list, i - 1) == id) return row.list->at(list, i - 1);
  }
  return row.list->append(list, id);
}

Placed place_in(const Row& row, void* member, std::string_view rest, std::string_view value) {
  switch (row.kind) {
    case Row::Kind::Field:
      if (!rest.empty()) return Placed::Unknown;
      return row.value().parse(member, value) ? Placed::Yes : Placed::Refused;
    case Row::Kind::Nested:
    case Row::Kind::Group:
      if (!rest.starts_with('.')) return Placed::Unknown;
      return place(row.rows, member, rest.substr(1), value);
    case Row::Kind::List: {
      const std::size_t close = rest.find("].");
      if (!rest.starts_with('[') || close == std::string_view::npos) return Placed::Unknown;
      return place(row.rows, element(row, member, rest.substr(1, close - 1)),
                   rest.substr(close + 2), value);
    }
    case Row::Kind::Custom:
      if (!rest.starts_with('.') || rest.size() < 2) return Placed::Unknown;
      static_cast<CustomFields*>(member)->insert_or_assign(std::string(rest.substr(1)),
                                                           std::string(value));
      return Placed::Yes;
  }
  return Placed::Unknown;
}

Placed place(std::span<const Row> rows, void* owner, std::string_view path,
             std::string_view value) {
  const std::string_view step = path.substr(0, path.find_first_of(".["));
  for (const Row& row : rows) {
    if (row.name.empty()) {  // the base struct
      const Placed placed = place(row.rows, row.member(owner), path, value);
      if (placed != Placed::Unknown) return placed;
    } else if (row.name == step) {
      return place_in(row, row.member(owner), path.substr(step.size()), value);
    }
  }
  return Placed::Unknown;
}

}  // namespace

Fields to_fields(const EntityDescription& description, const void* object) {
  Fields fields;
  // Rows serve reading and writing alike, so they take the object without const; print() changes
  // nothing.
  print(description.rows, const_cast<void*>(object), "", fields);
  return fields;
}

Result<void> from_fields(const EntityDescription& description, const Fields& fields, void* object) {
  std::vector<Problem> problems;
  for (const auto& [path, value] : fields) {
    switch (place(description.rows, object, path, value)) {
      case Placed::Yes:
        break;
      case Placed::Unknown:
        problems.push_back(
            {.path = path, .rule = "unknown_field", .message = "is not a field of this entity"});
        break;
      case Placed::Refused:
        problems.push_back(
            {.path = path, .rule = "value", .message = "is not of its field's type"});
        break;
    }
  }
  if (problems.empty()) return {};
  return Error(ErrorCode::Invalid, "fields do not fit " + std::string(description.name))
      .with_problems(std::move(problems));
}

Result<Record> Record::make(std::string id, const EntityDescription& description,
                            const Fields& fields) {
  Record record(std::move(id), description, description.object.make());
  if (auto done = from_fields(description, fields, record.value_.get()); !done)
    return std::move(done).error();
  return record;
}

}  // namespace channelbridge::model

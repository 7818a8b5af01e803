#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "channelbridge/model/describe.hpp"

namespace channelbridge::model {

/// The content of a described struct, flat. A list element that has no id yet is addressed by its
/// position: "addresses[@1].city".
Fields to_fields(const EntityDescription& description, const void* object);
/// Fills a struct from flat fields. Invalid with all problems: unknown paths, values that are not
/// of their type.
Result<void> from_fields(const EntityDescription& description, const Fields& fields, void* object);

template <typename T>
Fields to_fields(const T& object) {
  return to_fields(description(std::type_identity<T>()), &object);
}

/// Errors   Invalid, with one problem per path
template <typename T>
Result<T> from_fields(const Fields& fields) {
  T object{};
  if (auto done = from_fields(description(std::type_identity<T>()), fields, &object); !done)
    return std::move(done).error();
  return object;
}

/// One canonical instance of any described entity: an id of the hub and the owned value.
///
/// Equality is about content; the id is outside.
/// Threads: as the value.
class Record {
 public:
  template <typename T>
  requires requires { description(std::type_identity<T>()); }
  Record(std::string id, T value)
      : Record(std::move(id), description_of<T>(), new T(std::move(value))) {}

  /// Errors   Invalid, with one problem per path
  static Result<Record> make(std::string id, const EntityDescription& description,
                             const Fields& fields);

  Record(const Record& other)
      : Record(other.id_, *other.description_,
               other.description_->object.copy(other.value_.get())) {}
  Record(Record&&) noexcept = default;
  Record& operator=(Record other) noexcept {
    id_ = std::move(other.id_);
    description_ = other.description_;
    value_ = std::move(other.value_);
    return *this;
  }
  ~Record() = default;

  const std::string& id() const { return id_; }
  const EntityDescription& entity() const { return *description_; }
  Fields fields() const { return to_fields(*description_, value_.get()); }

  /// Null when the record is another entity.
  template <typename T>
  T* as() {
    return is<T>() ? static_cast<T*>(value_.get()) : nullptr;
  }
  template <typename T>
  const T* as() const {
    return is<T>() ? static_cast<const T*>(value_.get()) : nullptr;
  }

  friend bool operator==(const Record& left, const Record& right) {
    return left.description_ == right.description_ && left.fields() == right.fields();
  }

 private:
  template <typename T>
  static const EntityDescription& description_of() {
    return description(std::type_identity<T>());
  }
  template <typename T>
  bool is() const {
    return description_ == &description_of<T>();
  }

  Record(std::string id, const EntityDescription& description, void* value)
      : id_(std::move(id)), description_(&description), value_(value, description.object.destroy) {}

  std::string id_;
  const EntityDescription* description_;
  std::unique_ptr<void, void (*)(void*)> value_;
};

}  // namespace channelbridge::model

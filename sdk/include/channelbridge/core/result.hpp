#pragma once

#include <cassert>
#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "channelbridge/core/error.hpp"

namespace channelbridge {

/// Thrown only by Result::value(), for callers who prefer exceptions.
///
/// Threads: immutable.
class ErrorException : public std::exception {
 public:
  explicit ErrorException(Error error) : error_(std::move(error)), what_(to_string(error_)) {}
  const char* what() const noexcept override { return what_.c_str(); }
  const Error& error() const { return error_; }

 private:
  Error error_;
  std::string what_;
};

/// A value, or the Error that explains its absence. Member names are those of std::expected.
///
///     Result<Page> page = adapter.read(...);
///     if (!page) return std::move(page).error();
///     use(page->changes);
///
/// Threads: as T.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <typename U>
  requires(std::convertible_to<U&&, T> && !std::same_as<std::remove_cvref_t<U>, Result> &&
           !std::same_as<std::remove_cvref_t<U>, Error> && !std::same_as<std::remove_cvref_t<U>, T>)
      Result(U&& value)  // NOLINT(bugprone-forwarding-reference-overload): excluded above
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & { return unchecked(); }
  const T& operator*() const& { return unchecked(); }
  T&& operator*() && { return std::move(unchecked()); }
  T* operator->() { return &unchecked(); }
  const T* operator->() const { return &unchecked(); }

  T& value() & {
    throw_if_error();
    return unchecked();
  }
  const T& value() const& {
    throw_if_error();
    return unchecked();
  }
  T&& value() && {
    throw_if_error();
    return std::move(unchecked());
  }
  template <typename U>
  T value_or(U&& fallback) const& {
    return has_value() ? unchecked() : static_cast<T>(std::forward<U>(fallback));
  }

  const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  template <typename F>
  auto and_then(F&& next) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) return std::move(*this).error();
    return std::invoke(std::forward<F>(next), std::move(unchecked()));
  }

 private:
  T& unchecked() {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& unchecked() const {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  void throw_if_error() const {
    if (!has_value()) throw ErrorException(*std::get_if<1>(&state_));
  }

  std::variant<T, Error> state_;
};

/// Success, or an Error.
///
/// Threads: as Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (error_) throw ErrorException(*error_);
  }
  const Error& error() const& {
    assert(error_);
    return *error_;
  }
  Error error() && {
    assert(error_);
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace channelbridge

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace channelbridge::model {

/// The canonical text of one field, or nullopt for "empty".
///
/// Canonical means: two values are equal exactly when their texts are equal. Decimals have no
/// trailing zeros, dates are 2026-11-21, timestamps 2026-11-21T18:46:26Z, booleans true/false,
/// codes as listed, references a record id or a pending reference (see PendingReference).
using Value = std::optional<std::string>;

/// The content of one record, flat: field path -> canonical text. An absent path is an empty field.
///
/// Paths are "topic", "company.name", and inside a list "addresses[<element id>].city"; a field
/// that only one customer has is "custom.<name>". An element exists while at least one of its
/// fields does.
using Fields = std::map<std::string, std::string, std::less<>>;

/// nullopt when the field is empty.
Value get(const Fields& fields, std::string_view path);
/// Sets, or erases when `value` is empty.
void set(Fields& fields, std::string_view path, Value value);
/// The values of a field of every element of a list, by its row path: "roles[].code". Of a plain
/// path one value or none.
std::vector<std::string> values_at(const Fields& fields, std::string_view row_path);

/// One statement of a document about one field: this is its value (or: it is empty).
struct PatchEntry {
  std::string path{};
  Value value{};
  std::uint32_t rule{};  ///< line of the mapping file that made the statement; 0 = none

  friend bool operator==(const PatchEntry&, const PatchEntry&) = default;
};

/// What a document says about the fields that its mapping covers, ordered by path.
///
/// A field that is not in the patch is not stated; a field with an empty value is stated to be
/// empty. List elements are addressed by the system's own key until the hub knows the element:
/// "addresses[@10012].city". A list that the document shows completely is named in
/// `complete_lists`: elements it does not show are gone.
struct Patch {
  std::vector<PatchEntry> entries{};
  std::vector<std::string> complete_lists{};

  const PatchEntry* find(std::string_view path) const;
  void sort();
};

/// A reference to an object that is not linked to a record yet: kept, compared and explained like
/// any value.
struct PendingReference {
  std::string system{};
  std::string object{};
  std::string key{};

  friend bool operator==(const PendingReference&, const PendingReference&) = default;
};

/// "pending:<system>/<object>/<key>"
std::string to_string(const PendingReference& reference);
std::optional<PendingReference> parse_pending_reference(std::string_view value);

/// A path inside a list, taken apart: "addresses[018f].city" -> list "addresses", element "018f",
/// field "city".
struct ElementPath {
  std::string_view list{};
  std::string_view element{};
  std::string_view field{};
};
/// nullopt when the path is not inside a list.
std::optional<ElementPath> split_element(std::string_view path);
std::string element_path(std::string_view list, std::string_view element, std::string_view field);

}  // namespace channelbridge::model

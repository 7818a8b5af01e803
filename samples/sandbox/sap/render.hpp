#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sap/query.hpp"

namespace channelbridge::sandbox::odata {

/// One page of rows and what stands beside it.
struct Page {
  std::vector<RowPtr> rows{};
  std::optional<std::size_t> count{};
  std::string next{};
  // An answer to somebody who follows a query (V4).
  std::string delta{};                                    ///< the link to what changes from now on
  bool changes{};                                         ///< it shows changes, not the whole
  std::vector<std::pair<RowPtr, std::string>> removed{};  ///< with the reason
};

/// Writes rows in the two JSON dialects and, for V2, in Atom.
///
/// `root` is the service's absolute URL with a trailing slash.
class Renderer {
 public:
  Renderer(const Store& store, const Settings& settings, std::string root,
           bool exact_numbers_as_text)
      : store_(store), settings_(settings), root_(std::move(root)), exact_(exact_numbers_as_text) {}

  std::string collection(const Table& table, const Page& page, const Shape& shape) const;
  std::string entity(const Table& table, const Row& row, const Shape& shape) const;
  std::string property(const Table& table, const Row& row, std::size_t property) const;
  std::string links(const Table& table, const std::vector<RowPtr>& rows, bool many) const;
  std::string service_document() const;

  std::string atom_feed(const Table& table, const Page& page, const Shape& shape,
                        std::string_view updated) const;
  std::string atom_entry(const Table& table, const Row& row, const Shape& shape,
                         std::string_view updated, bool outermost) const;
  std::string atom_service_document() const;

  /// Absolute URL of an entity.
  std::string url(const Table& table, const Row& row) const;
  /// A_X('1'), percent-encoded.
  std::string address(const Table& table, const Row& row) const;

 private:
  bool v4() const { return store_.model().version == Version::V4; }
  void write(std::string& out, const Table& table, const Row& row, const Shape& shape,
             std::string_view context) const;
  /// The rows behind an expanded navigation, chosen by the nested options.
  Page expanded(const Table& target, std::vector<RowPtr> rows, const Shape& shape) const;

  const Store& store_;
  const Settings& settings_;
  std::string root_;
  bool exact_;
};

std::string xml_text(std::string_view text);

}  // namespace channelbridge::sandbox::odata

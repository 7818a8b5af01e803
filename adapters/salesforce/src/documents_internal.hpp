#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/document/tree.hpp"
#include "describes_internal.hpp"
#include "query_internal.hpp"

namespace channelbridge::salesforce {

/// Orders and contracts change their status by itself: a write that carries something else, too, is
/// refused. Source: Object Reference, "Order" and "Contract", usage.
bool status_travels_alone(std::string_view object);

/// What the org asks of documents beyond the fields that they show:
///
///   - A line is made with the price book entry of its product in its document's price book. A body
///     that names the product, "PricebookEntry":{"Product2Id":"01t…"}, gets that entry's id.
///   - What only a create can say (a line's product, a member's programme) stays: an update of a
///     child that repeats it is sent without it, one that says something else is refused.
///   - A document with lines that names no price book is given the org's own (Options::price_book).
///   - The status of an order or a contract travels alone: out of a draft last, back to one first.
///
/// Threads: one at a time.
class Documents {
 public:
  Documents(Queries& queries, Describes& describes, const Options& options)
      : queries_(queries), describes_(describes), options_(options) {}

  /// A request as it goes out, or why it cannot. Nodes that it has got stand behind the given ones.
  struct Adapted {
    adapter::WriteRequest request{};
    std::optional<Error> refusal{};
    std::size_t fault{};  ///< the node that is refused
  };
  static bool concern(const adapter::WriteRequest& request);
  /// One for each, in their order. Errors: those of the queries; nothing has been written.
  Result<std::vector<Adapted>> adapt(const std::vector<const adapter::WriteRequest*>& requests,
                                     const Context& context);

 private:
  using Bodies = std::vector<std::vector<document::Tree>>;  ///< by request and node
  /// A new line whose body names a product.
  struct Line {
    std::size_t request{};
    std::size_t node{};
    std::string product{};
    std::string parent_object{};  ///< of the document, where that is there already
    std::string parent{};         ///< its id; "" = it is made by the same request
  };
  /// A field of a child that is there, which no update can change.
  struct Fixed {
    std::size_t request{};
    std::size_t node{};
    std::string object{};
    std::string key{};
    std::string member{};  ///< of the body
    std::string column{};
    std::string value{};
  };
  /// The price book of a line's document, and its currency where the org has several.
  struct Book {
    std::string id{};
    std::string currency{};
  };
  using Entries = std::map<std::string, std::vector<std::string>>;  ///< see entry_key()

  Result<void> find_lines(const std::vector<Adapted>& adapted, const Bodies& bodies,
                          const Context& context);
  Result<void> find_fixed(const std::vector<Adapted>& adapted, const Bodies& bodies,
                          const Context& context);
  Result<void> look_up_documents(const Context& context);
  Result<void> settle_fixed(std::vector<Adapted>& adapted, Bodies& bodies, const Context& context);
  Result<void> choose_books(std::vector<Adapted>& adapted, Bodies& bodies, const Context& context);
  Result<Entries> look_up_entries(const Context& context);
  void name_entry(std::size_t at, const Entries& entries, std::vector<Adapted>& adapted,
                  Bodies& bodies) const;
  static void send_status_alone(adapter::WriteRequest& request, std::vector<document::Tree>& bodies,
                                const std::string& draft);
  Result<std::string> own_book(const Context& context);
  /// The columns of each row with one of these ids.
  Result<std::map<std::string, std::vector<std::string>>> rows(
      const std::string& object, const std::vector<std::string>& columns,
      const std::set<std::string>& ids, const Context& context);

  Queries& queries_;
  Describes& describes_;
  const Options& options_;
  bool currencies_{};
  std::string own_book_{};
  std::vector<Line> lines_{};
  std::vector<Book> chosen_{};               ///< for each of them
  std::map<std::string, Book> documents_{};  ///< by id
  std::vector<Fixed> fixed_{};
};

}  // namespace channelbridge::salesforce

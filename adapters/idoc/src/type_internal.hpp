#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channelbridge/adapter/adapter.hpp"
#include "channelbridge/document/path.hpp"
#include "channelbridge/document/tree.hpp"
#include "channelbridge/document/tree_path.hpp"

namespace channelbridge::idoc {

/// One field of a segment.
struct Field {
  std::string name{};
  std::size_t length{};  ///< characters; 0 = not known
  bool confirmed{true};  ///< false: length or place are taken from practice, no published source
  /// A number that the system fills with zeros in front and shows in both forms (conversion exit
  /// ALPHA).
  bool padded{};
};

/// One segment of an IDoc type, with its fields and what hangs below it, in the type's order.
struct Segment {
  std::string name{};
  std::vector<Field> fields{};
  std::vector<Segment> children{};

  const Field* field(std::string_view wanted) const;
  const Segment* child(std::string_view wanted) const;
};

/// How a change of a document that was sent before is said.
struct ChangeMessage {
  std::string message{};                     ///< "ORDCHG"
  std::map<std::string, std::string> set{};  ///< path -> value
  std::string header_action{};               ///< path that says what has changed; "" = none
  std::string items{};                       ///< segment of the items; "" = none
  std::string item_key{};
  std::string item_action{};
  std::string confirmed_by{};  ///< message that tells which items the receiver has
};

/// One message type that an IDoc type carries.
struct MessageRules {
  bool full{};              ///< a message says all of its document: what it leaves out is empty
  std::string full_when{};  ///< path whose value tells it, "" = `full` holds
  std::vector<std::string> full_values{};
  std::map<std::string, std::string>
      create{};  ///< path -> value of a message that begins a document
  std::optional<ChangeMessage> change{};
  std::vector<document::ChangeFlags> marks{};  ///< segments whose fields are flagged beside them
};

/// An IDoc type: its segments in order and the messages that use it. A data file, see
/// adapters/idoc/types.
///
/// Threads: immutable.
class Type {
 public:
  /// Errors: Invalid, with what is wrong.
  static Result<std::shared_ptr<const Type>> parse(std::string_view json);

  const std::string& name() const { return name_; }
  const Segment& root() const { return root_; }
  const std::map<std::string, MessageRules, std::less<>>& messages() const { return messages_; }
  const MessageRules* message(std::string_view name) const;

  /// The field at a path from the document's root; null = the type has none there.
  const Field* field(const document::Path& path) const;

  /// Puts segments and fields below the document's root into the type's order; equal names keep
  /// theirs. Problems: unknown segments and fields with the nearest name, texts that are too long.
  std::vector<Problem> arrange(document::Tree& root) const;
  /// What arrange() would find, and segments or fields out of order.
  std::vector<Problem> check(const document::Tree& root) const;

  /// The message's segments as metadata: "ORDERS" has its first segments as navigations to
  /// "ORDERS05/E1EDK01" and so on.
  Result<adapter::ObjectMetadata> describe(std::string_view object) const;

 private:
  std::string name_;
  Segment root_;
  std::map<std::string, MessageRules, std::less<>> messages_;
};

/// The types that come with the adapter, and those of a folder, which replace them by name.
///
/// Threads: immutable.
class Types {
 public:
  /// Errors: Invalid, each file that cannot be read.
  static Result<Types> load(const std::string& folder = {});

  const Type* find(std::string_view type) const;
  /// The type that this message is written in: the one named in `preferred`, else the last by name.
  const Type* of_message(std::string_view message, std::string_view preferred = {}) const;
  std::vector<std::string> messages() const;
  /// Errors: NotFound with the nearest name.
  Result<adapter::ObjectMetadata> describe(std::string_view object,
                                           std::string_view preferred = {}) const;

 private:
  std::map<std::string, std::shared_ptr<const Type>, std::less<>> types_;
};

/// Characters of UTF-8, as field lengths count them.
std::size_t characters(std::string_view text);

/// (name, JSON) of the types that come with the adapter.
std::span<const std::pair<std::string_view, std::string_view>> built_in_types();

}  // namespace channelbridge::idoc
